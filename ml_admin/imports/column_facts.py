"""What reading did to each column, in numbers: no word of the file is kept with them.

Each distinct cell is looked at once, however many rows hold it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import zip_longest
from typing import Any, Final

from ml_admin.cleaned import as_text
from ml_admin.imports import analysis as reading
from ml_admin.imports.columns import Column
from ml_admin.imports.record_rows import holds_nir
from ml_admin.imports.records import MODELS
from ml_admin.imports.rows import Table
from ml_admin.imports.workbook import Cell, Workbook
from ml_admin.text import fold, tidy

# codes of a value that is not kept in its field
_UNREAD: Final = frozenset(
    {
        "incomplete_date",
        "invalid_date",
        "unparsed_date",
        "unparsed_time",
        "unparsed_duration",
        "invalid_phone",
        "invalid_email",
        "invalid_postcode",
        "invalid_siret",
        "invalid_siren",
        "siret_digits_lost",
        "date_in_number_column",
        "unparsed_number",
        "invalid_url",
        "excel_error",
        "unreadable",
    }
)
_NOBODY: Final = frozenset({"unknown_counsellor", "ambiguous_counsellor"})
# codes that are counted under their own name
_COUNTED: Final = ("ambiguous_level", "day_month_swapped", "email_repaired", "guessed_name_split", "nir_removed")

_SHORT_PHONE = re.compile(r"[1-9](?:[ ./-]?\d){8}")  # nine digits: a sheet of numbers lost the zero
_SHORT_POSTCODE = re.compile(r"[1-9]\d{3}(?!\d)")
_SERIAL = re.compile(r"\d{5}(?:\.0)?")  # a day as spreadsheets count them

Facts = dict[str, Any]


def add_facts(tables: Sequence[Table], analysis: reading.Analysis, workbook: Workbook) -> None:
    """Put in each column of a table that is taken its `facts`: zeros, dates, known, unread, nir, values…"""
    sheets = {sheet.name: sheet for sheet in workbook.sheets}
    for table, found in zip(tables, analysis.tables, strict=True):
        sheet = sheets.get(found.sheet)
        if found.entity is None or sheet is None:
            continue
        rows = list(zip_longest(*sheet.rows)) if found.layout == "transposed" else sheet.rows
        held = [rows[row.number - 1] for row in found.rows if row.outcome != "skip" and row.number]
        counted, nobody = _flags(found)
        for described, column in zip(table.columns, found.columns, strict=True):
            # a card names its columns by rank, not by place
            cells = Counter() if found.layout == "form" else _cells(held, column.index)
            if not holds_nir(column) and is_lost(found.entity, described):
                described["facts"] = {"values": sum(cells.values())}
                continue
            facts = _facts(column, cells, counted.get(column.index, Counter()), nobody.get(column.index, set()))
            if facts:
                described["facts"] = facts


def is_lost(entity: str, column: Mapping[str, Any]) -> bool:
    """Its words are kept nowhere: by choice, or because the record has no place for what it does not know."""
    aside = column["meaning"] is None and not column.get("employer") and not column.get("slot")
    return bool(column.get("left")) or aside and "extra" not in MODELS[entity].__table__.columns


def _cells(rows: Sequence[Sequence[Cell]], index: int) -> Counter[Cell]:
    cells = Counter(row[index] if index < len(row) else None for row in rows)
    return Counter({cell: times for cell, times in cells.items() if cell is not None and str(cell).strip()})


def _flags(table: reading.Table) -> tuple[dict[int, Counter[str]], dict[int, set[str]]]:
    """Per column: code -> rows that have it, and the folded words that name nobody of the staff."""
    counted: dict[int, Counter[str]] = {}
    nobody: dict[int, set[str]] = {}
    for row in table.rows:
        for issue in row.issues:
            if issue.column is not None:
                counted.setdefault(issue.column, Counter())[issue.code] += 1
                if issue.code in _NOBODY:
                    nobody.setdefault(issue.column, set()).add(fold(issue.raw))
    return counted, nobody


def _facts(column: Column, cells: Counter[Cell], counted: Counter[str], nobody: set[str]) -> Facts:
    if holds_nir(column):
        return {"nir": True}
    facts: Facts = {name: counted[name] for name in _COUNTED if counted[name]}
    unread = sum(times for code, times in counted.items() if code in _UNREAD)
    if unread:
        facts["unread"] = unread
    return facts | (_of_values(column, cells, nobody) if column.meaning and cells else {})


def _of_values(column: Column, cells: Counter[Cell], nobody: set[str]) -> Facts:
    assert column.meaning is not None  # noqa: S101
    fields, cleaner = column.meaning.fields, column.meaning.cleaner
    if cleaner == "phone":
        return _zeros(cells, _SHORT_PHONE, "phones", whole=True)
    if fields[0] == "postcode":
        return _zeros(cells, _SHORT_POSTCODE, "postcodes", whole=len(fields) == 1)
    if fields[0].endswith("date"):
        return {"dates": "both"} if len({_is_serial(cell) for cell in cells}) == 2 else {}
    if cleaner == "counsellor":
        words = {folded for cell in cells if (folded := fold(tidy(as_text(cell))))}
        return {"known": [len(words - nobody), len(words)]}
    return {}


def _zeros(cells: Counter[Cell], short: re.Pattern[str], name: str, *, whole: bool) -> Facts:
    match = short.fullmatch if whole else short.match
    found = sum(times for cell, times in cells.items() if match(tidy(as_text(cell))))
    return {name: found} if found else {}


def _is_serial(cell: Cell) -> bool:
    """A day that a spreadsheet counted, not one that somebody wrote."""
    return isinstance(cell, date | datetime | int | float) or _SERIAL.fullmatch(str(cell).strip()) is not None


# --- In words --------------------------------------------------------------------------------------------------------

# fact -> words of one, of several
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "phones": ("Zéro de tête rendu à {} numéro", "Zéro de tête rendu à {} numéros"),
    "postcodes": ("Zéro de tête rendu à {} code", "Zéro de tête rendu à {} codes"),
    "day_month_swapped": ("{} date remise dans l’ordre jour, mois", "{} dates remises dans l’ordre jour, mois"),
    "email_repaired": ("{} adresse réparée", "{} adresses réparées"),
    "guessed_name_split": ("{} nom séparé sans certitude", "{} noms séparés sans certitude"),
    "ambiguous_level": (
        "{} niveau à dire\u00a0: échelle d’avant 2019, ou d’aujourd’hui\u202f?",
        "{} niveaux à dire\u00a0: échelle d’avant 2019, ou d’aujourd’hui\u202f?",
    ),
    "nir_removed": ("{} numéro de sécurité sociale retiré", "{} numéros de sécurité sociale retirés"),
    "unread": ("{} valeur illisible", "{} valeurs illisibles"),
    "values": ("{} valeur laissée de côté", "{} valeurs laissées de côté"),
}


def fact_words(column: Mapping[str, Any]) -> Iterator[str]:
    """French remarks about a staged column, the most useful first."""
    facts = column.get("facts") or {}
    if facts.get("nir"):
        yield "Numéro de sécurité sociale\u00a0: jamais lu ni gardé"
    if "+" in (column["meaning"] or ""):
        yield "Deux valeurs dans une cellule\u00a0: séparées"
    if facts.get("dates"):
        yield "Dates Excel et dates écrites"
    if facts.get("known"):
        known, all_ = facts["known"]
        yield f"{known} {'nom reconnu' if known < 2 else 'noms reconnus'} sur {all_}"
    for name, (one, several) in _WORDS.items():
        if number := facts.get(name):
            yield (one if number < 2 else several).format(f"{number:,}".replace(",", "\u202f"))
