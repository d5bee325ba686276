"""The preview of an import: tabs, pages of rows, answers for many rows, one cell opened in place."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Final

from flask import url_for
from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import Verdict
from ml_admin.explanations import explain
from ml_admin.imports import batches, board, stage
from ml_admin.imports.answers import ACCEPT, CREATE, IGNORE, OTHER
from ml_admin.imports.round_trip import is_record, model_of
from ml_admin.imports.round_trip_plan import WRONG
from ml_admin.imports.rows import Row, Table
from ml_admin.imports.values import ValueGroup
from ml_admin.text import fold
from ml_admin.views import formats
from ml_admin.views.import_pages import ENTITY_LABELS, plural, sure
from ml_admin.views.import_record_rows import RecordPage, cause_label, content_label, groups_of
from ml_admin.views.import_rows import Page, label, title_of, value_text
from ml_admin.views.requests import whole
from ml_admin.views.state import unseal

_TABS: Final = (
    (Verdict.CREATE, "À créer", ""),
    (Verdict.UPDATE, "À mettre à jour", ""),
    (Verdict.DELETE, "À supprimer", "danger"),
    (Verdict.UNCHANGED, "Inchangées", ""),
    (Verdict.DECIDE, "À décider", "warn"),
    (Verdict.REFUSED, "Refusées", "danger"),
    (Verdict.SKIP, "Ignorées", ""),
)
TAB_LABELS: Final[Mapping[Verdict, str]] = {verdict: words for verdict, words, _ in _TABS}


@dataclass(frozen=True)
class Asked:
    """The part of the preview that an address names."""

    verdict: Verdict
    entity: str  # "" = the first that has rows
    cause: str
    page: int  # from 0
    sheet: int | None = None  # position of one table
    doubts: bool = False  # only the rows with a warning
    words: str = ""  # of a name
    sealed: str = ""  # the same, as the address holds them

    @classmethod
    def of(cls, given: Mapping[str, str], counts: Mapping[str, int], secret: str) -> "Asked":
        tabs = {str(verdict): verdict for verdict, _, _ in _TABS}
        first = next((verdict for verdict, _, _ in _TABS if counts.get(verdict)), Verdict.CREATE)
        if counts.get(Verdict.DECIDE) and not sure(counts):
            first = Verdict.DECIDE
        page = given.get("page", "1")
        return cls(
            tabs.get(given.get("onglet", ""), first),
            _content(given.get("contenu", "")),
            given.get("cause", "")[:60],
            int(page) - 1 if page.isdecimal() and len(page) < 6 and int(page) else 0,
            whole(given.get("feuille", ""), 4),
            given.get("verifier") == "1",
            unseal(given["q"], secret) if "q" in given else "",
            given.get("q", "")[:400],
        )

    @property
    def filters(self) -> dict[str, Any]:
        """What narrows the rows, as the address says it."""
        told = {"feuille": self.sheet, "verifier": "1" if self.doubts else "", "q": self.sealed if self.words else ""}
        return {name: value for name, value in told.items() if value not in (None, "")}


def _content(asked: str) -> str:
    return asked if asked in ENTITY_LABELS or model_of(asked) else ""


@dataclass
class Found:
    """One page of staged rows, all of one kind."""

    entity: str = ""
    rows: list[Row] = field(default_factory=list)
    others: dict[int, Row] = field(default_factory=dict)  # rows of the file that these ones may be
    sheets: dict[int, str] = field(default_factory=dict)  # table -> its sheet, where the kind stands in several
    total: int = 0
    doubtful: int = 0  # rows of this tab with a warning
    entities: dict[str, int] = field(default_factory=dict)  # kinds that have rows of this verdict
    causes: list[tuple[str, int]] = field(default_factory=list)


def rows_of(session: Session, batch_id: int, asked: Asked, size: int) -> Found:
    """The rows that the address asks for; the first kind of content that has some, when it names none."""
    r = m.ImportRow
    tables = stage.load_tables(session, batch_id)
    conditions = [r.batch_id == batch_id, r.verdict == asked.verdict, r.written.is_(False)]
    lines = session.execute(select(r.table_id, func.count()).where(*conditions).group_by(r.table_id))
    counted: dict[int | None, int] = {table_id: number for table_id, number in lines}  # noqa: C416 - rows, not pairs
    found = Found()
    for table in tables:
        if table.key in counted and table.entity:
            found.entities[table.entity] = found.entities.get(table.entity, 0) + counted[table.key]
    if not found.entities:
        return found
    found.entity = asked.entity if asked.entity in found.entities else next(iter(found.entities))
    own = {table.key: table for table in tables if table.entity == found.entity}
    if len(own) > 1:
        found.sheets = {table.position: table.sheet or "" for table in own.values()}
    conditions.append(r.table_id.in_([key for key in own if key is not None]))
    causes = select(r.cause, func.count()).where(*conditions).group_by(r.cause).order_by(func.count().desc())
    found.causes = [(cause, number) for cause, number in session.execute(causes)]
    if asked.cause:
        conditions.append(r.cause == asked.cause.removeprefix(PLAIN))
    if asked.words:
        conditions += _found_once(session, [*conditions, *_named(asked.words)])
    if asked.sheet in found.sheets:
        conditions.append(r.table_id == next(t.key for t in tables if t.position == asked.sheet))
    doubtful = cast(r.flags, Text) != "[]"
    found.doubtful = session.scalar(select(func.count()).select_from(r).where(*conditions, doubtful)) or 0
    if asked.doubts:
        conditions.append(doubtful)
    found.total = session.scalar(select(func.count()).select_from(r).where(*conditions)) or 0
    page = select(r.id).where(*conditions).order_by(r.position).limit(size).offset(asked.page * size)
    found.rows = stage.rows_by_key(session, tables, session.scalars(page).all())
    found.others = _others(session, batch_id, tables, found.rows)
    return found


_NAMES: Final = ("last_name", "first_name", "birth_name", "name", "employer", "young_person")


_FEW: Final = 2_000


def _found_once(session: Session, conditions: list[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    """The same rows by their keys when they are few: names are folded once, and not for each count of the page."""
    keys = session.scalars(select(m.ImportRow.id).where(*conditions).limit(_FEW + 1)).all()
    return [m.ImportRow.id.in_(keys)] if len(keys) <= _FEW else conditions


def _named(words: str) -> list[ColumnElement[bool]]:
    """Rows whose first record bears these words in its names; never those that the page shows without a name."""
    if not fold(words):
        return []
    said: list[Any] = [func.coalesce(m.ImportRow.records[(0, name)].as_string(), "") for name in _NAMES]
    names = func.ml_fold(reduce(lambda one, other: one + " " + other, said))
    return [m.ImportRow.cause != "right", *(names.contains(word, autoescape=True) for word in fold(words).split()[:6])]


def _others(session: Session, batch_id: int, tables: Sequence[Table], rows: Sequence[Row]) -> dict[int, Row]:
    near = {int(match["ref"][4:]) for row in rows for match in row.matches if match["ref"].startswith("row:")}
    return {row.position: row for row in stage.rows_at(session, batch_id, tables, near)}


def found_at(session: Session, batch_id: int, positions: Collection[int]) -> Found:
    """Some rows, of the kind of the first."""
    tables = stage.load_tables(session, batch_id)
    rows = stage.rows_at(session, batch_id, tables, positions)
    entity = rows[0].entity if rows else ""
    own = {table.position: table.sheet or "" for table in tables if table.entity == entity}
    rows = [row for row in rows if row.entity == entity]
    return Found(entity, rows, _others(session, batch_id, tables, rows), own if len(own) > 1 else {})


def rows_at(session: Session, batch_id: int, positions: Collection[int]) -> list[Row]:
    """Staged rows by their place in the file."""
    return stage.rows_at(session, batch_id, stage.load_tables(session, batch_id), positions)


def row_at(session: Session, batch_id: int, position: int) -> Row | None:
    """One staged row."""
    return next(iter(rows_at(session, batch_id, [position])), None)


def preview_parts(batch: m.ImportBatch, asked: Asked, found: Found, page: Page | RecordPage | None) -> dict[str, Any]:
    """What the preview template shows."""
    counts = batch.counts or {}
    here = place_of(asked, found.entity)
    return {
        "filters": _filters(batch, asked, found),
        **standing(batch, asked),
        "entities": _entity_links(batch, asked, found),
        "causes": _cause_chips(batch, asked, found),
        "groups": _group_answers(batch, asked, found),
        "columns": list(zip(page.columns, page.headings, strict=True)) if page else [],
        "lines": page.lines() if page else [],
        "quick_url": url_for("imports.cell_form", key=batch.id),
        "checked_url": url_for("imports.answer_checked", key=batch.id),
        "paste_url": url_for("imports.paste", key=batch.id),
        "answer_url": lambda position: url_for("imports.answer", key=batch.id, position=position),
        "here": here,
        "verdict": asked.verdict,
        "total": found.total,
        "page": asked.page,
        "pages": max(1, -(-found.total // 50)),
        "url_for_page": lambda n: url_for("imports.preview", key=batch.id, **{**here, "page": n + 1}),
        "waiting": batches.remaining(counts),
        "facts": _preview_facts(batch, counts),
        "region": f"Lignes : {next(words for verdict, words, _ in _TABS if verdict is asked.verdict).lower()}",
    }


def place_of(asked: Asked, entity: str) -> dict[str, Any]:
    """The part of the preview that is shown, as addresses and forms say it."""
    told = {"onglet": str(asked.verdict), "contenu": entity, "cause": asked.cause, "page": asked.page + 1}
    return {**told, **asked.filters}


def standing(batch: m.ImportBatch, asked: Asked) -> dict[str, Any]:
    """What every gesture may change around the rows: the tabs and what would be written."""
    counts = batch.counts or {}
    return {
        "tabs": _tabs(batch, asked),
        "sure": sure(counts),
        "sure_words": _sure_words(sure(counts)),
        "summary": _summary(batch, counts),
    }


def _sure_words(number: int) -> str:
    """« la ligne sûre », « les 1 575 lignes sûres »: follows « Écrire »."""
    return "la ligne sûre" if number == 1 else f"les {plural(number, 'ligne sûre', 'lignes sûres')}"


def _preview_facts(batch: m.ImportBatch, counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    written = counts.get("written", 0)
    done = plural(written, "faite", "faites") if written else "aucune écrite"
    said = [batch.file_name, f"{plural(total, 'ligne lue', 'lignes lues')}, {done}"]
    for who, number in (batch.options or {}).get("answered_by", {}).items():
        said.append(f"{who} a répondu à {plural(number, 'ligne', 'lignes')}")
    return " · ".join(said)


def _filters(batch: m.ImportBatch, asked: Asked, found: Found) -> dict[str, Any]:
    """What narrows the rows of a tab: a name, a sheet, the rows with a warning."""
    return {
        "url": url_for("imports.preview", key=batch.id),
        "fields": {
            "onglet": str(asked.verdict),
            "contenu": found.entity,
            "cause": asked.cause,
            "q": asked.filters.get("q", ""),
        },
        "doubts": asked.doubts,
        "doubtful": formats.number(found.doubtful),
        "words": asked.words,
        "search_url": url_for("imports.search", key=batch.id),
        "sheet": "" if asked.sheet is None else str(asked.sheet),
        "sheets": [("", "Toutes les feuilles"), *((str(at), name or "Sans nom") for at, name in found.sheets.items())]
        if found.sheets
        else [],
        "shown": bool(found.total or found.doubtful or asked.filters),
    }


def _tabs(batch: m.ImportBatch, asked: Asked) -> list[dict[str, Any]]:
    counts = batch.counts or {}
    return [
        {
            "label": words,
            "url": url_for("imports.preview", key=batch.id, onglet=str(verdict)),
            "current": verdict is asked.verdict,
            "count": formats.number(counts.get(verdict, 0)),
            "count_kind": kind if counts.get(verdict) else "",
        }
        for verdict, words, kind in _TABS
        if verdict not in (Verdict.SKIP, Verdict.DELETE) or counts.get(verdict)
    ]


def _entity_links(batch: m.ImportBatch, asked: Asked, found: Found) -> list[dict[str, Any]]:
    """Which kind of content, where several have rows of this verdict."""
    if len(found.entities) < 2:
        return []
    return [
        {
            "label": content_label(entity) if model_of(entity) else ENTITY_LABELS[entity],
            "url": url_for("imports.preview", key=batch.id, onglet=str(asked.verdict), contenu=entity),
            "current": entity == found.entity,
            "count": formats.number(number),
        }
        for entity, number in found.entities.items()
    ]


def _cause_chips(batch: m.ImportBatch, asked: Asked, found: Found) -> list[dict[str, Any]]:
    """Filter by reason, where there are several."""
    if len(found.causes) < 2:
        return []
    here: dict[str, Any] = {"key": batch.id, "onglet": str(asked.verdict), "contenu": found.entity, **asked.filters}
    return [
        {
            "label": cause_words(found.entity, cause) if cause else _PLAIN,
            "count": formats.number(number),
            "url": url_for("imports.preview", **here, cause="" if asked.cause == (cause or PLAIN) else cause or PLAIN),
            "current": asked.cause == (cause or PLAIN),
        }
        for cause, number in found.causes
    ]


PLAIN: Final = "simple"  # in an address: the rows without a code of reason
_PLAIN: Final = "Sans remarque"
_CAUSES: Final[Mapping[str, str]] = {
    board.POSSIBLE: "Peut-être déjà connu",
    board.UNKNOWN_PERSON: "Jeune inconnu",
    board.SEVERAL: "Plusieurs du même nom",
    board.WAITS: "Attend une autre ligne",
    board.OUT_OF_SCOPE: "Pour une personne qui voit tous les sites",
    "right": "Non ouvert à votre rôle",
    "ignored": "Ignorées à votre demande",
    "no_mark": "Aucun employeur coché",
}


def cause_words(entity: str, cause: str) -> str:
    """The reason of a group of rows, in a few words."""
    if cause in _CAUSES:
        return _CAUSES[cause]
    if model_of(entity):
        return cause_label(entity, cause)
    kind, _, rest = cause.partition(":")
    name = rest.partition(":")[0]
    return f"{label(entity, name)} à corriger" if kind in (board.FLAG, board.CHECK) and name else "À relire"


def _group_answers(batch: m.ImportBatch, asked: Asked, found: Found) -> list[dict[str, Any]]:
    """One answer for all the rows left for the same reason."""
    numbers = dict(found.causes)
    if model_of(found.entity):
        return [
            {
                "title": title,
                "number": formats.number(numbers.get(row.cause, 0)),
                "position": row.position,
                "answers": offers,
            }
            for row, title, offers in groups_of(found.entity, asked.verdict, found.rows, numbers)
        ]
    if asked.verdict is not Verdict.DECIDE or not found.rows:
        return []
    firsts = {row.cause: row for row in reversed(found.rows)}
    groups = []
    for cause, row in firsts.items():
        number = numbers.get(cause, 0)
        if number > 1 and cause != board.WAITS:  # those follow the answer to the row that they wait for
            groups.append(
                {
                    "title": cause_words(found.entity, cause),
                    "number": formats.number(number),
                    "position": row.position,
                    "answers": _answers_alike(cause, row, number),
                }
            )
    return groups


def _answers_alike(cause: str, row: Row, number: int) -> list[dict[str, str]]:
    every = f"les {formats.number(number)} lignes"
    found = []
    if cause == board.UNKNOWN_PERSON and row.links.get("wanted"):
        found.append({"kind": CREATE, "label": "Créer toutes ces personnes"})
    if cause == board.POSSIBLE:
        found.append({"kind": OTHER, "label": f"Créer {every} comme nouvelles"})
    if cause.startswith((board.FLAG, board.CHECK)) and row.record.get("last_name", row.record.get("name", "x")):
        found.append({"kind": ACCEPT, "label": f"Écrire {every} sans cette valeur"})
    return [*found, {"kind": IGNORE, "label": f"Ignorer {every}"}]


_NUMBERS: Final = (
    "",
    "Une réponse règle",
    "Deux réponses règlent",
    "Trois réponses règlent",
    "Quatre réponses règlent",
)


def values_words(groups: Sequence[ValueGroup]) -> str:
    """« Deux réponses règlent 22 cellules »: one row may hold several of the words, so cells are counted, not rows."""
    number = len(groups)
    answers = _NUMBERS[number] if number < len(_NUMBERS) else f"{formats.number(number)} réponses règlent"
    return f"{answers} {plural(sum(group.rows for group in groups), 'cellule', 'cellules')}"


def _summary(batch: m.ImportBatch, counts: Mapping[str, int]) -> list[str]:
    """What the confirmation names."""
    said = [
        f"{plural(counts.get('create', 0), 'ligne crée', 'lignes créent')} de nouvelles fiches",
        f"{plural(counts.get('update', 0), 'ligne met', 'lignes mettent')} à jour des fiches connues",
        f"{plural(counts.get('unchanged', 0), 'ligne est déjà identique', 'lignes sont déjà identiques')} : rien à écrire",
    ]
    if counts.get("delete"):
        said.insert(2, f"{plural(counts['delete'], 'ligne supprime', 'lignes suppriment')} une fiche")
    waiting = batches.remaining(counts)
    return (
        [*said, f"{plural(waiting, 'ligne reste', 'lignes restent')} ici, à décider ou refusées"] if waiting else said
    )


# --- One cell --------------------------------------------------------------------------------------------------------


def quick_edit(action: str, row: Row, name: str, value: Any, error: str = "") -> dict[str, Any]:
    """The cell of `macros/form.html: quick_edit`."""
    shown = value_text(row.entity, name, value) if not error else value
    return {
        "action": action,
        "pk": row.position,
        "column": name,
        "label": label(row.entity, name),
        "row_label": f"ligne {row.row}" if row.row is not None else title_of(row),
        "version": 0,
        "before": value_text(row.entity, name, row.record.get(name)),
        "kind": "text",
        "value": shown,
        "error": error,
    }


def problem_of(row: Row, name: str) -> str:
    """What is still wrong with a corrected field, as a sentence; '' when it was read."""
    if is_record(row):
        return row.reason if row.cause == f"{WRONG}:{name}" else ""
    codes = [flag for flag in row.flags if flag["field"] == name]
    lost = row.record.get(name) in (None, [], "")
    return explain(codes[0]["code"], codes[0].get("raw")) if codes and lost else ""


def changed_words(number: int) -> str:
    return "C’est noté. " + (
        f"{plural(number, 'ligne a changé', 'lignes ont changé')}." if number else "Rien d’autre ne change."
    )
