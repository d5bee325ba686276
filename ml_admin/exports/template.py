"""An empty workbook per entity: the headings the import knows, lists to choose from, help on each column."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from ml_admin import models as m
from ml_admin.exports.columns import ExportColumn, names_of
from ml_admin.exports.workbook import Styles, keep_as_text, list_rule, sheet_name, width_of, write_lists, write_readme
from ml_admin.fields import Field, fields_of
from ml_admin.listing import kind_of, options_of
from ml_admin.permissions import SENSITIVE, Viewer, may, may_see
from ml_admin.sheet_values import YES_NO

ROOM = 2_000  # rows made ready: lists and help stop below
_MESSAGE, _TITLE = 255, 32  # characters of an input message and of its title (Excel's specifications)


@dataclass(frozen=True, slots=True)
class _Entity:
    """What one line of the template makes: fields of the entity ("*": all it imports) and of what goes with it."""

    title: str
    fields: Sequence[tuple[type[m.Base], str]]
    required: frozenset[str]
    others: Sequence[ExportColumn] = ()  # read by the import, not kept as such
    without: frozenset[str] = frozenset()  # said by another column, or not read from a table


_PERSON = ((m.YoungPerson, "last_name"), (m.YoungPerson, "first_name"))
_NAMED = frozenset({"last_name", "first_name"})
_ENTITIES: Mapping[type[m.Base], _Entity] = {
    m.YoungPerson: _Entity("Jeunes", ((m.YoungPerson, "*"), (m.Enrolment, "programme")), _NAMED),
    m.Employer: _Entity(
        "Employeurs",
        ((m.Employer, "*"),),
        frozenset({"name"}),
        (
            ExportColumn("headcount", "Effectif", help="Un nombre ou une tranche. Exemple\u00a0: 10 à 19"),
            ExportColumn("contact_name", "Contact", help="Exemple\u00a0: Hélène Rouquette"),
            ExportColumn("contact_role", "Fonction", help="Exemple\u00a0: gérante"),
        ),
        frozenset({"siren", "headcount_min", "headcount_max"}),
    ),
    m.Partner: _Entity(
        "Partenaires",
        ((m.Partner, "*"),),
        frozenset({"name"}),
        (
            ExportColumn("contact_name", "Contact", help="Exemple\u00a0: Bruno Estèves"),
            ExportColumn("contact_role", "Fonction", help="Exemple\u00a0: éducateur"),
        ),
    ),
    m.Appointment: _Entity(
        "Rendez-vous",
        (*_PERSON, (m.Appointment, "*")),
        _NAMED | {"starts_at"},
        (ExportColumn("duration_min", "Durée", "number", help="En minutes. Exemple\u00a0: 45"),),
    ),
    m.ActionItem: _Entity("Actions", (*_PERSON, (m.ActionItem, "*")), _NAMED | {"label"}, without=frozenset({"hours"})),
    m.Registration: _Entity(
        "Inscriptions au job dating",
        (*_PERSON, (m.YoungPerson, "birth_date"), (m.YoungPerson, "phone"), (m.YoungPerson, "email")),
        _NAMED | {"employer"},
        (
            ExportColumn("employer", "Employeur", help="Le stand choisi. Une ligne par employeur."),
            ExportColumn("slot", "Heure", help="Si elle est déjà fixée. Exemple\u00a0: 10:15"),
        ),
    ),
    m.Stand: _Entity(
        "Stands du job dating",
        (),
        frozenset({"employer"}),
        (
            ExportColumn("employer", "Employeur", help="Exemple\u00a0: Au Pain d’Orsane"),
            ExportColumn("stand", "Stand", help="Exemple\u00a0: 12"),
            ExportColumn("positions", "Postes proposés", help="Séparés par des virgules."),
        ),
    ),
}


def has_template(viewer: Viewer, model: type[m.Base]) -> bool:
    """Whether the import reads this entity from a table and the viewer may import it."""
    return model in _ENTITIES and may(viewer, "import", model)


def columns_of(session: Session, viewer: Viewer, model: type[m.Base]) -> list[ExportColumn]:
    """The columns of the template of `model`, those that the viewer may fill; KeyError if it has none."""
    entity = _ENTITIES[model]
    described = [
        _column(session, owner, name, field)
        for owner, given in entity.fields
        for name, field in _importable(viewer, owner, given)
        if name not in entity.without
    ]
    return [*described, *entity.others]


def write_template(stream: BinaryIO, session: Session, viewer: Viewer, model: type[m.Base]) -> None:
    """Write the empty workbook of `model`; KeyError if it has none. The stream stays open."""
    columns, entity = columns_of(session, viewer, model), _ENTITIES[model]
    with Workbook(stream, {"in_memory": True}) as book:
        styles = Styles(book)
        needed = book.add_format({"bold": True, "bg_color": "#0B5A68", "font_color": "#FFFFFF", "bottom": 1})
        page = book.add_worksheet(sheet_name(entity.title))
        page.freeze_panes(1, 0)
        sources = write_lists(book, columns)
        for at, column in enumerate(columns):
            required = column.name in entity.required
            page.set_column(at, at, width_of(column), styles.of(column))
            page.write_string(0, at, column.heading, needed if required else styles.heading)
            page.write_comment(0, at, _comment(column, required), {"x_scale": 1.6})
            page.data_validation(1, at, ROOM, at, _rule(column, sources))
        keep_as_text(page, columns, ROOM)
        write_readme(book, styles, _notes(entity, columns))


def _importable(viewer: Viewer, model: type[m.Base], given: str) -> Iterator[tuple[str, Field]]:
    for name, field in fields_of(model).items():
        # minimal data: nobody is invited to fill a sheet with health or justice notes
        invited = not (field.free_text and field.section in SENSITIVE - {"notes"})
        if given in ("*", name) and field.imported and field.cleaner and invited and may_see(viewer, model, name):
            yield name, field


def _column(session: Session, model: type[m.Base], name: str, field: Field) -> ExportColumn:
    kind = kind_of(model, name)
    options: tuple[str, ...] = ()
    if kind == "bool":
        options = YES_NO
    elif kind == "choice":
        options = tuple(label for _, label in options_of(model, name).options())
    elif name in ("counsellor", "officer"):
        options = names_of(session, m.Counsellor)
    return ExportColumn(name, field.label, kind, options, _help(field, kind, bool(options)))


def _help(field: Field, kind: str, listed: bool) -> str:
    sentences = [field.help]
    if listed:
        sentences.append("Choisissez dans la liste.")
    elif field.example or kind in _EXAMPLES:
        sentences.append(f"Exemple\u00a0: {field.example or _EXAMPLES[kind]}")
    return " ".join(filter(None, sentences))


_EXAMPLES = {"date": "12/03/2004", "instant": "18/11/2025 14:30"}


def _comment(column: ExportColumn, required: bool) -> str:
    return " ".join(filter(None, ["À remplir sur chaque ligne." if required else "", column.help])) or "Facultatif."


def _rule(column: ExportColumn, sources: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    """What may be typed, and the help shown when a cell is chosen."""
    rule: dict[str, Any] = {"validate": "any"}
    if column.options:
        rule = list_rule(column, sources)
    elif column.kind in ("date", "instant"):
        rule = {
            "validate": "date",
            "criteria": "between",
            "minimum": date(1900, 3, 1),
            "maximum": date(2199, 12, 31),
            "error_type": "warning",
            "error_title": column.heading[:_TITLE],
            "error_message": "Ce n’est pas une date comme 12/03/2004. La garder\u202f?",
        }
    if column.help:
        rule |= {"input_title": column.heading[:_TITLE], "input_message": column.help[:_MESSAGE]}
    return rule


def _notes(entity: _Entity, columns: Sequence[ExportColumn]) -> Iterator[tuple[str, str]]:
    yield (
        "Modèle vide",
        f"{entity.title}. Une ligne par fiche, sous les titres\u202f; puis déposez le classeur dans « Imports ».",
    )
    yield "À remplir", ", ".join(column.heading for column in columns if column.name in entity.required)
    yield "Facultatif", "toutes les autres colonnes. Une case vide n’efface jamais rien."
    yield (
        "Titres",
        "gardez-les. Vous pouvez retirer des colonnes, en changer l’ordre, en ajouter\u00a0: rien n’est perdu.",
    )
    yield "Aide", "arrêtez-vous sur un titre, ou choisissez une case."
