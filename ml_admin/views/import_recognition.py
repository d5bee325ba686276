"""The recognition step of an import: what each sheet and column was taken for, and the corrections read back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ml_admin.imports.board import hidden_attributes
from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.records import WRITES
from ml_admin.imports.rows import Table
from ml_admin.permissions import Viewer, may
from ml_admin.views.import_pages import ENTITY_LABELS, plural

_WHY_SKIPPED: Final[Mapping[str, str]] = {
    "title": "de titre",
    "note": "de note",
    "section": "de rubrique",
    "total": "de total",
    "repeated_header": "de titres répétés",
    "empty_slot": "sans personne",
}
_FEW: Final = 3  # tables that are all shown open
_WHY_IGNORED: Final[Mapping[str, str]] = {
    "empty sheet": "vide",
    "statistics": "des totaux",
    "value lists": "des listes de valeurs",
    "mailing labels": "des étiquettes d’envoi, dont les fiches sont ailleurs",
    "prose": "du texte, sans tableau",
    "staff": "des professionnels, et non des jeunes : choisissez un contenu pour les importer",
    "undated agenda": "un agenda dont les jours n’ont pas d’année : donnez-la à droite",
    "chosen": "laissée de côté",
}


def recognised(viewer: Viewer, tables: Sequence[Table]) -> list[dict[str, Any]]:
    """Each table of the file: what it was taken for, its columns, what is left out."""
    ranks: dict[str | None, int] = {}
    found = []
    for table in tables:
        rank = ranks[table.sheet] = ranks.get(table.sheet, 0) + 1
        found.append(_recognised(viewer, table, rank))
    few = sum(bool(one["columns"]) for one in found) <= _FEW
    for one in found:
        kinds = [column["reading"][1] for column in one["columns"] if not column["fixed"]]
        doubts, lost = kinds.count("warn"), kinds.count("danger")
        one["words"] = _column_words(kinds.count("ok"), doubts, lost)
        one["open"] = few or doubts > 0  # what is sure need not be read in a file of twelve sheets
    return found


def _column_words(sure: int, doubts: int, lost: int) -> str:
    """'12 sûres · 1 à vérifier · 1 non reconnue'."""
    parts = (
        (sure, plural(sure, "sûre", "sûres")),
        (doubts, f"{doubts} à vérifier"),
        (lost, plural(lost, "non reconnue", "non reconnues")),
    )
    return " · ".join(words for number, words in parts if number)


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
    if year and not (year.isdecimal() and len(year) == 4 and 1950 <= int(year) <= 2100):
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
