"""The pieces of the import pages: steps, tabs, sentences, forms read back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import BatchState, Verdict
from ml_admin.explanations import explain
from ml_admin.imports import batches, board, stage
from ml_admin.imports.answers import ACCEPT, CREATE, IGNORE, OTHER
from ml_admin.imports.board import hidden_attributes
from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.records import WRITES
from ml_admin.imports.report import Made
from ml_admin.imports.rows import Row, Table
from ml_admin.imports.undo import Kept, Undone
from ml_admin.permissions import Viewer, may
from ml_admin.views import formats
from ml_admin.views.import_rows import Page, label, title_of, value_text
from ml_admin.views.registry import views

ENTITY_LABELS: Final[Mapping[str, str]] = {name: entity.label for name, entity in ENTITIES.items()}

_TABS: Final = (
    (Verdict.CREATE, "À créer", ""),
    (Verdict.UPDATE, "À mettre à jour", ""),
    (Verdict.UNCHANGED, "Inchangées", ""),
    (Verdict.DECIDE, "À décider", "warn"),
    (Verdict.REFUSED, "Refusées", "danger"),
    (Verdict.SKIP, "Ignorées", ""),
)
_STATES: Final[Mapping[BatchState, tuple[str, str]]] = {
    BatchState.READING: ("info", "st-half"),
    BatchState.STAGED: ("warn", "st-warn"),
    BatchState.APPLYING: ("info", "st-half"),
    BatchState.APPLIED: ("ok", "st-ok"),
    BatchState.UNDONE: ("", "st-dash"),
    BatchState.REFUSED: ("danger", "st-danger"),
    BatchState.ABANDONED: ("", "st-dash"),
}
# table -> (one, several, feminine)
_NOUNS: Final[Mapping[str, tuple[str, str, bool]]] = {
    "young_person": ("jeune", "jeunes", False),
    "employer": ("employeur", "employeurs", False),
    "employer_contact": ("contact d’employeur", "contacts d’employeurs", False),
    "partner": ("partenaire", "partenaires", False),
    "partner_contact": ("contact de partenaire", "contacts de partenaires", False),
    "appointment": ("rendez-vous", "rendez-vous", False),
    "action_item": ("action", "actions", True),
    "enrolment": ("programme", "programmes", False),
    "situation": ("situation", "situations", True),
    "barrier": ("frein", "freins", False),
    "job_dating": ("job dating", "job datings", False),
    "stand": ("stand", "stands", False),
    "registration": ("inscription", "inscriptions", True),
    "interview": ("entretien", "entretiens", False),
}
_WHY_SKIPPED: Final[Mapping[str, str]] = {
    "title": "de titre",
    "note": "de note",
    "section": "de rubrique",
    "total": "de total",
    "repeated_header": "de titres répétés",
    "empty_slot": "sans personne",
}
_WHY_IGNORED: Final[Mapping[str, str]] = {
    "empty sheet": "vide",
    "statistics": "des totaux",
    "value lists": "des listes de valeurs",
    "chosen": "laissée de côté",
}


def plural(number: int, one: str, several: str) -> str:
    """'0 ligne', '1 ligne', '2 lignes'."""
    return f"{formats.number(number)}\u00a0{one if number < 2 else several}"


def sure(counts: Mapping[str, int]) -> int:
    """Rows that would be written now."""
    return counts.get("create", 0) + counts.get("update", 0)


def line_of(batch: m.ImportBatch) -> dict[str, Any]:
    """One import in the list."""
    colour, shape = _STATES[batch.state]
    waiting = batches.remaining(batch.counts or {}) if batch.state in batches.OPEN else 0
    label_ = "Écrit en partie" if batch.state is BatchState.APPLIED and waiting else batch.state.label
    return {
        "name": batch.file_name,
        "url": url_for("imports.show", key=batch.id),
        "at": formats.instant(batch.created_at),
        "actor": batch.actor,
        "state": {"label": label_, "kind": colour, "shape": shape},
        "facts": _facts(batch, waiting),
    }


def _facts(batch: m.ImportBatch, waiting: int) -> str:
    if batch.state is BatchState.REFUSED:
        return batch.message or ""
    counts = batch.counts or {}
    written = (batch.report or {}).get("created", {}), (batch.report or {}).get("updated", {})
    said = []
    if batch.state is BatchState.STAGED:
        said.append(f"{plural(sure(counts), 'ligne sûre', 'lignes sûres')} à écrire")
    if batch.state is BatchState.APPLIED:
        said.append(
            f"{plural(sum(written[0].values()), 'fiche créée', 'fiches créées')}, {plural(sum(written[1].values()), 'mise à jour', 'mises à jour')}"
        )
    if waiting:
        said.append(f"{plural(waiting, 'ligne', 'lignes')} à reprendre")
    return " · ".join(said)


def frame(batch: m.ImportBatch, step: int) -> dict[str, Any]:
    """What every page of one import shows: name, steps, addresses."""
    names = ("Fichier", "Reconnaissance", "Aperçu", "Résultat")
    hints = (batch.file_name, "feuilles et colonnes", "rien n’est encore écrit", "annulable à tout moment")
    if batch.applied_at:
        hints = (*hints[:2], "une partie est écrite", hints[3])
    states = ["done" if at < step else "now" if at == step else "" for at in range(4)]
    return {
        "batch": batch,
        "key": batch.id,
        "steps": [{"label": n, "hint": h, "state": s} for n, h, s in zip(names, hints, states, strict=True)],
    }


# --- Recognition -----------------------------------------------------------------------------------------------------


def recognised(viewer: Viewer, tables: Sequence[Table]) -> list[dict[str, Any]]:
    """Each table of the file: what it was taken for, its columns, what is left out."""
    ranks: dict[str | None, int] = {}
    found = []
    for table in tables:
        rank = ranks[table.sheet] = ranks.get(table.sheet, 0) + 1
        found.append(_recognised(viewer, table, rank))
    return found


def _recognised(viewer: Viewer, table: Table, rank: int) -> dict[str, Any]:
    allowed = table.entity is None or all(may(viewer, "import", model) for model in WRITES[table.entity])
    hidden = frozenset(hidden_attributes(viewer, table.entity)) if table.entity else frozenset()
    plain = table.layout in ("table", "form")
    return {
        "id": f"t{table.position}",
        "position": table.position,
        "name": _place(table, rank),
        "entity": table.entity or "",
        "entities": [("", "Ne pas importer"), *ENTITY_LABELS.items()],
        "rows": table.options.get("rows", 0),
        "header": _header_words(table.options.get("header_rows") or []),
        "why": _WHY_IGNORED.get(table.options.get("why", ""), ""),
        "skipped": _skipped_words(table.options.get("skipped") or {}),
        "year": table.options.get("year") or "",
        "allowed": allowed,
        "grid": not plain,
        "columns": [_column(viewer, table, column, hidden) for column in table.columns]
        if table.entity and allowed
        else [],
    }


def _place(table: Table, rank: int) -> str:
    name = table.sheet or "Le fichier"
    return f"{name}, tableau {rank}" if table.number else name


def _header_words(rows: Sequence[int]) -> str:
    if not rows:
        return "aucun titre"
    return f"ligne {rows[0]}" if len(rows) == 1 else f"lignes {rows[0]} à {rows[-1]}"


def _skipped_words(skipped: Mapping[str, int]) -> str:
    said = [
        f"{plural(number, 'ligne', 'lignes')} {_WHY_SKIPPED.get(why, 'de côté')}" for why, number in skipped.items()
    ]
    return ", ".join(said)


def _column(viewer: Viewer, table: Table, column: Mapping[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    meanings = [one for one in ENTITIES[table.entity or ""].meanings if not hidden.intersection(one.fields)]
    chosen = column["meaning"] or ""
    closed = bool(column["meaning"]) and chosen not in {one.key for one in meanings}
    confidence = column["confidence"]
    return {
        "id": f"c{table.position}-{column['index']}",
        "name": f"champ-{table.position}-{column['index']}",
        "letter": column["letter"],
        "heading": column["heading"] or f"colonne {column['letter']}",
        "samples": "masqué" if closed else " ; ".join(column["samples"]),
        "choices": [("", "Gardée à part, sur la fiche"), *((one.key, one.label) for one in meanings)],
        "chosen": chosen,
        "fixed": bool(column.get("employer") or column.get("slot")),
        "closed": closed,
        "confidence": confidence,
        "reading": _reading(chosen, confidence),
    }


def _reading(chosen: str, confidence: float) -> tuple[str, str]:
    if not chosen:
        return "non reconnue", "danger"
    return ("sûre", "ok") if confidence >= 0.75 else ("à vérifier", "warn")


@dataclass
class Corrections:
    """What a person changed in the recognition, as the batch keeps it."""

    tables: list[dict[str, Any]] = field(default_factory=list)
    years: dict[str, int] = field(default_factory=dict)


def corrections(form: Any, tables: Sequence[Table]) -> tuple[Corrections, str]:
    """Read the recognition form back; the second value is a French sentence when something is wrong with it."""
    found = Corrections()
    ranks: dict[str | None, int] = {}
    for table in tables:
        rank = ranks[table.sheet] = ranks.get(table.sheet, 0) + 1
        wrong = _correct_table(form, table, rank, found)
        if wrong:
            return found, wrong
    return found, ""


def _correct_table(form: Any, table: Table, rank: int, found: Corrections) -> str:
    entity = form.get(f"contenu-{table.position}", table.entity or "")
    if entity and entity not in ENTITIES:
        return "Ce contenu n’existe pas. Rechargez la page."
    year = form.get(f"annee-{table.position}", "").strip()
    if year and not (year.isdecimal() and 1950 <= int(year) <= 2100):
        return f"L’année de « {table.sheet or 'ce fichier'} » doit être un nombre, comme 2019."
    if year and int(year) != table.options.get("year"):
        found.years[table.sheet or ""] = int(year)
    choice: dict[str, Any] = {"sheet": table.sheet, "rank": rank}
    if entity != (table.entity or ""):
        choice["entity"] = entity
    elif table.entity:
        choice["fields"] = _fields(form, table)
        if table.layout == "table":
            choice["entity"] = table.entity  # a correction holds the rest of the reading in place
    if choice.get("fields") or "entity" in choice:
        found.tables.append(choice)
    return ""


def _fields(form: Any, table: Table) -> dict[str, str]:
    known = {one.key for one in ENTITIES[table.entity or ""].meanings} | {""}
    found = {}
    for column in table.columns:
        chosen = form.get(f"champ-{table.position}-{column['index']}")
        if chosen is not None and chosen in known:
            found[str(column["index"])] = chosen
    return found


# --- Preview ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """The part of the preview that an address names."""

    verdict: Verdict
    table: int | None
    cause: str
    page: int  # from 0

    @classmethod
    def of(cls, given: Mapping[str, str], counts: Mapping[str, int]) -> "Asked":
        tabs = {str(verdict): verdict for verdict, _, _ in _TABS}
        first = next((verdict for verdict, _, _ in _TABS if counts.get(verdict)), Verdict.CREATE)
        if counts.get(Verdict.DECIDE):
            first = first if sure(counts) else Verdict.DECIDE
        page, table = given.get("page", "1"), given.get("table", "")
        return cls(
            tabs.get(given.get("onglet", ""), first),
            int(table) if table.isdecimal() and len(table) < 6 else None,
            given.get("cause", "")[:60],
            int(page) - 1 if page.isdecimal() and 0 < int(page[:6]) < 100_000 else 0,
        )


@dataclass
class Found:
    """One page of staged rows, all of one table."""

    entity: str = ""
    rows: list[Row] = field(default_factory=list)
    others: dict[int, Row] = field(default_factory=dict)  # rows of the file that these ones may be
    total: int = 0
    table: Table | None = None
    tables: list[tuple[Table, int]] = field(default_factory=list)  # with their rows of this verdict
    causes: list[tuple[str, int]] = field(default_factory=list)


def rows_of(session: Session, batch_id: int, asked: Asked, size: int) -> Found:
    """The rows that the address asks for; the first table that has some, when it names none."""
    r = m.ImportRow
    tables = stage.load_tables(session, batch_id)
    own = (r.batch_id == batch_id, r.verdict == asked.verdict, r.written.is_(False))
    counted: dict[int, int] = dict(
        tuple(row) for row in session.execute(select(r.table_id, func.count()).where(*own).group_by(r.table_id))
    )
    found = Found(tables=[(table, counted[table.key]) for table in tables if table.key in counted])
    if not found.tables:
        return found
    found.table = next((table for table, _ in found.tables if table.position == asked.table), found.tables[0][0])
    found.entity = found.table.entity or ""
    own = (*own, r.table_id == found.table.key)
    found.causes = [
        (cause, number)
        for cause, number in session.execute(
            select(r.cause, func.count()).where(*own).group_by(r.cause).order_by(func.count().desc())
        )
    ]
    if asked.cause:
        own = (*own, r.cause == asked.cause)
    found.total = session.scalar(select(func.count()).select_from(r).where(*own)) or 0
    keys = session.scalars(select(r.id).where(*own).order_by(r.position).limit(size).offset(asked.page * size)).all()
    found.rows = stage.rows_by_key(session, tables, keys)
    near = {int(match["ref"][4:]) for row in found.rows for match in row.matches if match["ref"].startswith("row:")}
    found.others = {row.position: row for row in stage.rows_at(session, batch_id, tables, near)}
    return found


def row_at(session: Session, batch_id: int, position: int) -> Row | None:
    """One staged row."""
    return next(iter(stage.rows_at(session, batch_id, stage.load_tables(session, batch_id), [position])), None)


def preview_parts(batch: m.ImportBatch, asked: Asked, found: Found, page: Page | None) -> dict[str, Any]:
    """What the preview template shows."""
    counts = batch.counts or {}
    here = {
        "onglet": str(asked.verdict),
        "table": found.table.position if found.table else "",
        "cause": asked.cause,
        "page": asked.page + 1,
    }
    return {
        "tabs": _tabs(batch, asked),
        "tables": _table_links(batch, asked, found),
        "causes": _cause_chips(batch, asked, found),
        "groups": _group_answers(batch, asked, found),
        "columns": page.headings if page else [],
        "lines": page.lines() if page else [],
        "quick_url": url_for("imports.cell_form", key=batch.id),
        "answer_url": lambda position: url_for("imports.answer", key=batch.id, position=position),
        "here": here,
        "verdict": asked.verdict,
        "total": found.total,
        "page": asked.page,
        "pages": max(1, -(-found.total // 50)),
        "url_for_page": lambda n: url_for("imports.preview", key=batch.id, **{**here, "page": n + 1}),
        "sure": sure(counts),
        "sure_words": plural(sure(counts), "ligne sûre", "lignes sûres"),
        "waiting": batches.remaining(counts),
        "summary": _summary(batch, counts),
        "facts": _preview_facts(batch, counts),
        "region": f"Lignes : {next(words for verdict, words, _ in _TABS if verdict is asked.verdict).lower()}",
    }


def _preview_facts(batch: m.ImportBatch, counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    written = counts.get("written", 0)
    return f"{batch.file_name} · {plural(total, 'ligne lue', 'lignes lues')}, {plural(written, 'faite', 'faites') if written else 'aucune écrite'}"


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
        if verdict is not Verdict.SKIP or counts.get(verdict)
    ]


def _table_links(batch: m.ImportBatch, asked: Asked, found: Found) -> list[dict[str, Any]]:
    """Which table of the file, where several have rows of this kind."""
    if len(found.tables) < 2:
        return []
    return [
        {
            "label": f"{table.sheet or 'Fichier'} ({ENTITY_LABELS[table.entity or '']})",
            "url": url_for("imports.preview", key=batch.id, onglet=str(asked.verdict), table=table.position),
            "current": found.table is table,
            "count": formats.number(number),
        }
        for table, number in found.tables
    ]


def _cause_chips(batch: m.ImportBatch, asked: Asked, found: Found) -> list[dict[str, Any]]:
    """Filter by reason, where there are several."""
    if asked.verdict is not Verdict.DECIDE or len(found.causes) < 2:
        return []
    here = {"key": batch.id, "onglet": str(asked.verdict), "table": found.table.position if found.table else ""}
    return [
        {
            "label": cause_words(found.entity, cause),
            "count": formats.number(number),
            "url": url_for("imports.preview", **here, cause="" if cause == asked.cause else cause),
            "current": cause == asked.cause,
        }
        for cause, number in found.causes
    ]


_CAUSES: Final[Mapping[str, str]] = {
    board.POSSIBLE: "Peut-être déjà connu",
    board.UNKNOWN_PERSON: "Jeune inconnu",
    board.SEVERAL: "Plusieurs du même nom",
    board.WAITS: "Attend une autre ligne",
    board.OUT_OF_SCOPE: "Pour une personne qui voit tous les sites",
    "right": "Non ouvert à votre rôle",
}


def cause_words(entity: str, cause: str) -> str:
    """The reason of a group of rows, in a few words."""
    if cause in _CAUSES:
        return _CAUSES[cause]
    kind, _, rest = cause.partition(":")
    name = rest.partition(":")[0]
    return f"{label(entity, name)} à corriger" if kind in (board.FLAG, board.CHECK) and name else "À relire"


def _group_answers(batch: m.ImportBatch, asked: Asked, found: Found) -> list[dict[str, Any]]:
    """One answer for all the rows left for the same reason."""
    if asked.verdict is not Verdict.DECIDE or not found.rows:
        return []
    numbers = dict(found.causes)
    firsts = {row.cause: row for row in reversed(found.rows)}
    groups = []
    for cause, row in firsts.items():
        number = numbers.get(cause, 0)
        if number > 1:
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


def _summary(batch: m.ImportBatch, counts: Mapping[str, int]) -> list[str]:
    """What the confirmation names."""
    said = [
        f"{plural(counts.get('create', 0), 'ligne crée', 'lignes créent')} de nouvelles fiches",
        f"{plural(counts.get('update', 0), 'ligne met', 'lignes mettent')} à jour des fiches connues",
        f"{plural(counts.get('unchanged', 0), 'ligne est déjà identique', 'lignes sont déjà identiques')} : rien à écrire",
    ]
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
    codes = [flag for flag in row.flags if flag["field"] == name]
    lost = row.record.get(name) in (None, [], "")
    return explain(codes[0]["code"], codes[0].get("raw")) if codes and lost else ""


def cell_of(row: Row, name: str) -> dict[str, Any]:
    return {"value": value_text(row.entity, name, row.record.get(name)), "row_label": f"ligne {row.row}"}


def changed_words(number: int) -> str:
    return "C’est noté. " + (
        f"{plural(number, 'ligne a changé', 'lignes ont changé')}." if number else "Rien d’autre ne change."
    )


# --- Result and undo -------------------------------------------------------------------------------------------------


def counted(numbers: Mapping[str, int], verb: str) -> list[str]:
    """'3 jeunes créés', '1 inscription créée'."""
    said = []
    for table, number in numbers.items():
        one, several, feminine = _NOUNS.get(table, ("fiche", "fiches", True))
        ending = ("e" if feminine else "") + ("s" if number > 1 else "")
        said.append(f"{plural(number, one, several)} {verb}{ending}")
    return said


def report_lines(batch: m.ImportBatch) -> list[str]:
    """What the batch wrote, in words."""
    report = batch.report or {}
    lines = counted(report.get("created", {}), "créé") + counted(report.get("updated", {}), "modifié")
    if report.get("values"):
        lines.append(f"{plural(report['values'], 'valeur changée', 'valeurs changées')} dans des fiches connues")
    return lines


def result_parts(batch: m.ImportBatch, made: Iterable[Made]) -> dict[str, Any]:
    """What the result template shows."""
    report = batch.report or {}
    return {
        "state": batch.state,
        "applied": batch.applied_at is not None,
        "at": formats.instant(batch.applied_at) if batch.applied_at else "",
        "written": report_lines(batch),
        "to_read": report.get("last", {}).get("to_read", 0),
        "taken_back": counted(report.get("removed", {}), "retiré")
        + counted(report.get("rewritten", {}), "remis en état")
        if batch.undone_at
        else [],
        "kept": counted(report.get("kept", {}), "gardé") if batch.undone_at else [],
        "undone_at": formats.instant(batch.undone_at) if batch.undone_at else "",
        "waiting": batches.remaining(batch.counts or {}) if batch.state is BatchState.APPLIED else 0,
        "sure": sure(batch.counts or {}) if batch.state is BatchState.APPLIED else 0,
        "made": [_made(one) for one in made],
    }


def _made(one: Made) -> dict[str, Any]:
    view = views().get(one.model)
    names = [
        {"name": str(record), "url": url_for(f"{view.endpoint}.details_view", key=record.id) if view else ""}
        for record in one.records
    ]
    noun = _NOUNS.get(one.model.__tablename__, ("fiche", "fiches", True))
    return {"title": plural(one.number, noun[0], noun[1]), "names": names, "more": one.number - len(names)}


def kept_lines(kept: Sequence[Kept]) -> list[dict[str, Any]]:
    """Records that an undo keeps."""
    models: dict[str, Any] = {model.__tablename__: view for model, view in views().items()}
    lines = []
    for one in kept:
        view = models.get(one.table)
        address = url_for(f"{view.endpoint}.details_view", key=one.record_id) if view and one.name else ""
        noun = _NOUNS.get(one.table, ("fiche", "fiches", True))[0]
        lines.append({"name": one.name or f"une fiche ({noun})", "noun": noun, "url": address, "reason": one.reason})
    return lines


def undone_words(undone: Undone) -> str:
    removed, kept = sum(undone.removed.values()), undone.kept_total
    words = f"Import annulé : {plural(removed, 'fiche retirée', 'fiches retirées')}, {plural(sum(undone.rewritten.values()), 'remise en état', 'remises en état')}"
    return (
        f"{words}. {plural(kept, 'fiche modifiée depuis est gardée', 'fiches modifiées depuis sont gardées')}."
        if kept
        else f"{words}."
    )
