"""Staged rows as a page shows them: French values, old and new, why, and the answers that may be given."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from flask import url_for
from sqlalchemy import Enum, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import BarrierTheme, Choice, Programme, SituationKind, Verdict
from ml_admin.explanations import display, explain
from ml_admin.fields import fields_of
from ml_admin.imports import board
from ml_admin.imports.answers import ACCEPT, CREATE, IGNORE, OTHER, REOPEN, SAME, cleaner_of, correctable
from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.records import MODELS, as_day
from ml_admin.imports.round_trip import model_of
from ml_admin.imports.rows import Row
from ml_admin.permissions import Viewer, scoped
from ml_admin.text import person_case
from ml_admin.views import formats
from ml_admin.views.registry import views

# words of the short codes that an import reads and the models do not hold as such
_CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "status": {
        "active": "actif",
        "closed": "sorti",
        "in_employment": "en emploi",
        "in_training": "en formation",
        "transferred": "transféré",
        "lost_contact": "sans nouvelles",
        "registered": "inscrit",
        "waiting": "liste d’attente",
        "first_contact": "premier accueil",
        "paused": "en pause",
    },
    "barriers": {
        "mobility": "mobilité",
        "childcare": "garde d’enfant",
        "health": "santé",
        "language": "langue",
        "housing": "logement",
        "money": "argent",
        "justice": "justice",
        "digital": "numérique",
    },
    "programmes": dict(Programme.options()),
}
_TITLES: Final[Mapping[str, tuple[str, ...]]] = {
    "employer": ("name",),
    "partner": ("name",),
    "job_dating_slot": ("slot",),
    "job_dating_employer": ("employer",),
}
# field of a file -> attribute of the record that it becomes, where the names differ
_BECOMES: Final[Mapping[str, str]] = {
    "counsellor": "counsellor_id",
    "officer": "officer_id",
    "site": "site_id",
    "contact_name": "contact",
    "date": "starts_at",
    "duration_min": "ends_at",
    "stand": "number",
}
_SITUATIONS: Final = dict(SituationKind.options())
_THEMES: Final = dict(BarrierTheme.options())
_BADGES: Final[Mapping[str, tuple[str, str]]] = {
    "create": ("ok", "st-ok"),
    "update": ("ok", "st-ok"),
    "unchanged": ("", "st-ring"),
    "decide": ("warn", "st-warn"),
    "refused": ("danger", "st-danger"),
    "skip": ("", "st-dash"),
}


def title_of(row: Row) -> str:
    """The name of who or what the row speaks of; a place in the file when it has none."""
    if model_of(row.entity):
        return f"fiche n°\u00a0{row.target_id}" if row.target_id else "Nouvelle fiche"
    if row.entity == "job_dating_slot":
        return hour_text(row.record.get("slot"))
    names = [row.record.get(name) for name in _TITLES.get(row.entity, ("last_name", "first_name"))]
    words = " ".join(person_case(str(name)) if row.entity not in _TITLES else str(name) for name in names if name)
    return words or "Sans nom"


def hour_text(clock: Any) -> str:
    """'14:30' -> '14 h 30'."""
    return str(clock).replace(":", "\u00a0h\u00a0") if clock else "Sans heure"


def label(entity: str, name: str) -> str:
    """The heading of a field."""
    if model := model_of(entity):
        field = fields_of(model).get(name)
        return field.label if field else name
    meanings = ENTITIES[entity].meanings
    alone = ENTITIES[entity].meaning(name)
    found = alone or next((one for one in meanings if name in one.fields), None)
    return (
        found.label
        if found and (alone or len(found.fields) == 1)
        else _LABELS.get(name, found.label if found else name)
    )


_LABELS: Final[Mapping[str, str]] = {
    "postcode": "Code postal",
    "city": "Commune",
    "address": "Adresse",
    "siret": "SIRET",
    "siren": "SIREN",
    "contact_name": "Contact",
    "contact_role": "Fonction du contact",
    "headcount": "Effectif",
    "headcount_min": "Effectif, au moins",
    "headcount_max": "Effectif, au plus",
    "status": "État",
    "done_date": "Faite le",
    "extra": "Autres colonnes",
    "situation": "Situation",
    "exit_reason": "Motif de sortie",
    "exit_date": "Sortie",
    "phone2": "Autre téléphone",
    "birth_name": "Nom de naissance",
    "external_id": "N° d’origine",
    "programmes": "Programmes",
    "barriers": "Freins",
    "notes": "Notes",
    "last_name": "Nom",
    "first_name": "Prénom",
}


def value_text(entity: str, name: str, value: Any) -> str:
    """A value of a staged record in plain French."""
    if value is None or value == "" or value == []:
        return ""
    if model_of(entity):
        return str(value)  # a cell of the workbook, as it was typed
    if isinstance(value, list):
        return ", ".join(value_text(entity, name, one) for one in value)
    if name == "extra":
        return " · ".join(f"{heading} : {text}" for heading, text in value.items())
    if name in _CODES and entity not in ("appointment", "action_item") and str(value) in _CODES[name]:
        return _CODES[name][str(value)]
    options = _options(entity, name)
    if str(value) in options:
        return options[str(value)]
    if name in ("time", "slot"):
        return hour_text(value)
    return display(_display_name(entity, name), _typed(entity, name, value))


def _display_name(entity: str, name: str) -> str:
    return "phone" if name.startswith("phone") else name if name in ("siret", "siren") else cleaner_of(entity, name)


def _typed(entity: str, name: str, value: Any) -> Any:
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        return as_day(value)
    if name in ("last_name", "birth_name"):
        return person_case(str(value))
    return value


@cache
def _options(entity: str, name: str) -> Mapping[str, str]:
    """Code -> French label of a closed list, {} for other fields."""
    column = MODELS[entity].__table__.columns.get("mode" if (entity, name) == ("appointment", "mode") else name)
    options = column.type.enum_class if column is not None and isinstance(column.type, Enum) else None
    return dict(options.options()) if isinstance(options, type) and issubclass(options, Choice) else {}


def change_text(entity: str, name: str, value: Any, staff: Mapping[int, str], sites: Mapping[int, str]) -> str:
    """A value of a record, before or after, in plain French."""
    if value is None:
        return ""
    if name in ("counsellor_id", "officer_id"):
        return staff.get(int(value), "un autre membre de l’équipe")
    if name == "site_id":
        return sites.get(int(value), "un autre site")
    if name == "contact":
        return f"{value['name']} ({value['role']})" if value.get("role") else str(value["name"])
    if name == "situation":
        return _SITUATIONS[str(value)]
    if name == "barriers":
        return ", ".join(_THEMES[str(code)].lower() for code in value)
    if name in ("starts_at", "ends_at"):
        return formats.instant(datetime.fromisoformat(value))
    if entity.startswith("job_dating"):
        return str(value)
    return value_text(entity, name, value)


# --- A page of rows --------------------------------------------------------------------------------------------------


class Page:
    """Staged rows of one table, ready for the preview: columns, lines, and what may be answered."""

    def __init__(
        self,
        session: Session,
        viewer: Viewer,
        entity: str,
        rows: Sequence[Row],
        positions: Mapping[int, Row],
        sheets: Mapping[int, str],
    ) -> None:
        self._viewer, self.entity, self.rows, self._sheets = viewer, entity, rows, sheets
        self._hidden = frozenset(board.hidden_attributes(viewer, entity))
        self._staff = {one.id: one.full_name for one in session.scalars(select(m.Counsellor))}
        self._sites = dict(session.execute(select(m.Site.id, m.Site.name)).tuples().all())
        self._named = self._names(session)
        self._positions = positions
        self.columns = [name for name in self._fields() if not self._is_hidden(name)]

    def _fields(self) -> list[str]:
        """Fields that some row of the page fills, changes or doubts, in the order of the entity."""
        titles = _TITLES.get(self.entity, ("last_name", "first_name"))
        used = {
            name
            for row in self.rows
            for record in row.records
            for name, value in record.items()
            if value not in (None, [], "")
        }
        used |= {flag["field"] for row in self.rows for flag in row.flags}
        if any(flag["field"] in titles for row in self.rows for flag in row.flags):
            titles = ()  # the name itself is to be corrected
        if self.entity == "job_dating_registration":
            used -= {"employer", "slot", "status", "preference"}
        order = [*ENTITIES[self.entity].fields, "extra"]
        found = [name for name in order if name in used and name not in titles]
        gained = {name for row in self.rows if row.verdict is Verdict.UPDATE for name in row.changes}
        shown = {_BECOMES.get(name, name) for name in found}
        return found + sorted(name for name in gained - shown if not self.entity.startswith("job_dating"))

    def _is_hidden(self, name: str) -> bool:
        return name in self._hidden or _BECOMES.get(name, name) in self._hidden

    def _names(self, session: Session) -> dict[str, tuple[str, str]]:
        """Reference -> (name, address) of the records within the viewer's scope."""
        found: dict[str, tuple[str, str]] = {}
        entity = self.entity if self.entity in ("young_person", "employer", "partner") else "young_person"
        refs = {match["ref"] for row in self.rows for match in row.matches if not match.get("firm")}
        refs |= {f"id:{row.target_id}" for row in self.rows if row.target_id and row.entity == entity}
        refs |= {row.links["person"] for row in self.rows if row.links.get("person")}
        found.update(named(session, self._viewer, MODELS[entity], refs))
        firms = {match["ref"] for row in self.rows for match in row.matches if match.get("firm")}
        return {**named(session, self._viewer, m.Employer, firms), **found} if firms else found

    def show(self, columns: Sequence[str]) -> None:
        """Only these columns, without those closed to the viewer."""
        self.columns = [name for name in columns if name and not self._is_hidden(name)]

    @property
    def headings(self) -> list[str]:
        return [label(self.entity, name) for name in self.columns]

    def lines(self) -> list[dict[str, Any]]:
        return [self._line(row) for row in self.rows]

    def _line(self, row: Row) -> dict[str, Any]:
        secret = row.verdict is Verdict.REFUSED and row.cause == "right"
        _, address = self._named.get(f"id:{row.target_id}", ("", ""))
        edited = [] if secret or row.verdict in (Verdict.SKIP, Verdict.REFUSED) else correctable(row)
        return {
            "position": row.position,
            "number": row.row if row.row is not None else "",
            "sheet": self._sheets.get(row.table, ""),
            "title": "" if secret else title_of(row),
            "url": address or None,
            "cells": [] if secret else [self._cell(row, name, name in edited) for name in self.columns],
            "blank": secret,
            "verdict": {"label": self.why(row), "kind": _BADGES[row.verdict][0], "shape": _BADGES[row.verdict][1]},
            "warnings": [] if secret else self._warnings(row),
            "answers": self.answers(row),
            "also": self._also(row),
        }

    def why(self, row: Row) -> str:
        if row.reason:
            return row.reason
        return "Nouvelle fiche" if row.verdict is Verdict.CREATE else row.verdict.label

    def _cell(self, row: Row, name: str, editable: bool) -> dict[str, Any]:
        cell: dict[str, Any] = {"name": name, "editable": editable, "label": label(self.entity, name)}
        cell["flagged"] = any(flag["field"] == name for flag in row.flags)
        changed = row.changes.get(_BECOMES.get(name, name)) if row.verdict is Verdict.UPDATE else None
        visible = self._sees(row)
        if changed is not None and visible and isinstance(changed, list):
            field = _BECOMES.get(name, name)
            cell["old"] = change_text(self.entity, field, changed[0], self._staff, self._sites)
            cell["new"] = change_text(self.entity, field, changed[1], self._staff, self._sites)
        else:
            cell["text"] = value_text(self.entity, name, row.record.get(name))
        return cell

    def _sees(self, row: Row) -> bool:
        """Whether the record whose old values would show is still within the viewer's scope."""
        if self.entity in ("young_person", "employer", "partner"):
            return row.target_id is None or f"id:{row.target_id}" in self._named
        person = str(row.links.get("person", ""))
        return not person.startswith("id:") or person in self._named

    def _warnings(self, row: Row) -> list[str]:
        """What was lost or guessed in the row, one sentence a field."""
        said = [
            flag
            for flag in row.flags
            if not self._is_hidden(flag["field"]) and not (flag.get("fatal") and row.verdict is Verdict.DECIDE)
        ]
        return [f"{label(self.entity, flag['field'])} : {explain(flag['code'], flag.get('raw'))}" for flag in said]

    def _also(self, row: Row) -> list[str]:
        """What else the row writes or leaves out."""
        said = []
        if str(row.links.get("person", "")).startswith("new:"):
            said.append(f"Crée aussi la fiche de {title_of(row)}")
        elif row.links.get("person") in self._named:
            said.append(f"Pour {self._named[row.links['person']][0]}")
        if row.links.get("left_out"):
            said.append("Écrite sans : " + ", ".join(label(self.entity, name) for name in row.links["left_out"]))
        if self.entity.startswith("job_dating"):
            said += [
                f"{name} : {change_text(self.entity, name, pair[1], {}, {})}"
                for name, pair in row.changes.items()
                if isinstance(pair, list)
            ]
        return said

    # what may be answered

    def answers(self, row: Row) -> list[dict[str, Any]]:
        """Buttons of one row: {kind, ref, label, hint, url}."""
        if row.verdict is Verdict.SKIP and row.decision.get("ignore"):
            return [{"kind": REOPEN, "label": "Reprendre la ligne"}]
        if row.verdict in (Verdict.CREATE, Verdict.UPDATE):
            back = (
                [{"kind": REOPEN, "label": "Revenir sur la réponse"}]
                if row.decision.keys() - {"edits", "values"}
                else []
            )
            return [*back, {"kind": IGNORE, "label": "Ignorer"}]
        if row.verdict is not Verdict.DECIDE:
            return []
        return [*self._offers(row), {"kind": IGNORE, "label": "Ignorer la ligne"}]

    def _offers(self, row: Row) -> list[dict[str, Any]]:
        offers = [self._offer(match) for match in row.matches if self._known(match["ref"])] if _asks_who(row) else []
        if row.cause in (board.POSSIBLE, board.WAITS):
            offers.append(
                {
                    "kind": OTHER,
                    "label": "C’est quelqu’un d’autre" if self.entity == "young_person" else "C’est une autre fiche",
                }
            )
        if row.links.get("wanted"):
            offers.append({"kind": CREATE, "label": "Créer la personne"})
        if row.cause.startswith((board.FLAG, board.CHECK)) and _may_be_accepted(row):
            offers.append({"kind": ACCEPT, "label": _accept_label(row)})
        return offers

    def _known(self, ref: str) -> bool:
        return ref in self._named or (ref.startswith("row:") and int(ref[4:]) in self._positions)

    def _offer(self, match: Mapping[str, Any]) -> dict[str, Any]:
        if match["ref"].startswith("row:"):
            first = self._positions[int(match["ref"][4:])]
            name, address = f"{title_of(first)}, ligne {first.row}", ""
        else:
            name, address = self._named[match["ref"]]
        return {
            "kind": SAME,
            "ref": match["ref"],
            "label": f"C’est {name}",
            "hint": likeness(match),
            "url": address,
        }


def likeness(match: Mapping[str, Any]) -> str:
    """« même nom, dans la base, ressemblance 92 sur 100 »."""
    where = "dans le fichier" if match["ref"].startswith("row:") else "dans la base"
    score = f"ressemblance {match['score']} sur 100" if match.get("score") else ""
    return ", ".join(words for words in (match.get("reason", ""), where, score) if words)


def _asks_who(row: Row) -> bool:
    return row.cause in (board.POSSIBLE, board.WAITS, board.UNKNOWN_PERSON, board.SEVERAL)


def _may_be_accepted(row: Row) -> bool:
    """Without a name nothing can be written: the cell must be filled."""
    needed = ENTITIES[row.entity].required
    return not any(flag["field"] in needed and not row.record.get(flag["field"]) for flag in row.stops)


def _accept_label(row: Row) -> str:
    if row.cause == f"{board.CHECK}:status":
        return "Garder la sortie, écrire le reste"
    return "Écrire sans cette valeur"


def named(session: Session, viewer: Viewer, model: Any, refs: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Reference -> (name, address) of those records that the viewer may read."""
    keys = [int(ref[3:]) for ref in refs if ref.startswith("id:")]
    if not keys:
        return {}
    query = scoped(select(model).where(model.id.in_(keys)), model, viewer)
    view = views().get(model)
    return {
        f"id:{record.id}": (str(record), url_for(f"{view.endpoint}.details_view", key=record.id) if view else "")
        for record in session.scalars(query).unique()
    }
