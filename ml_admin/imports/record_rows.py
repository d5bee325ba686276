"""From the cells of a recognised table to one clean record a row, column by column."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ml_admin.cleaners import Context, Flag
from ml_admin.imports.analysis import Issue, Row
from ml_admin.imports.clean import CleanColumn, clean_column
from ml_admin.imports.columns import Column
from ml_admin.imports.entities import Entity, Meaning
from ml_admin.imports.sections import Sections, fill
from ml_admin.imports.workbook import Cell
from ml_admin.text import fold, tidy, without_nir

_NAMES = frozenset({"last_name", "first_name", "last_name+first_name"})
_DITTO = frozenset({'"', "''", "〃", "«", "»", "idem", "id.", "id", '" "', '"-"', "-//-", '-"-'})
_NIR_HEADING = re.compile(r"\b(?:nir|nss|secu|securite sociale)\b")
# a row that says only when, where or with whom holds nobody
_EMPTY_PLACE = frozenset({"date", "time", "slot", "duration_min", "counsellor", "employer", "status"})


def record_rows(
    entity: Entity,
    columns: Sequence[Column],
    cells: Sequence[list[Cell]],
    numbers: Sequence[int],
    sections: Sections,
    context: Context,
) -> list[Row]:
    """One Row a data row. `cells`: one list a column, in the order of `numbers` (rows as the spreadsheet shows them)."""
    raw = _filled_down(entity, columns, [_without_dittos(one) for one in cells], sections)
    cleaned = [
        (column, clean_column(as_headed(column.meaning, column.heading), one, context))
        for column, one in zip(columns, raw, strict=True)
        if column.meaning
    ]
    fields = _merged(cleaned)
    names = tuple(fields)
    records = [dict(zip(names, values, strict=True)) for values in zip(*fields.values(), strict=True)]
    if sections:
        fill(records, numbers, sections)
    issues = _issues(entity, cleaned, dict(zip((column.index for column in columns), raw, strict=True)), records)
    extras = _extras(columns, raw)
    rows = []
    for at, (number, record) in enumerate(zip(numbers, records, strict=True)):
        said = issues.get(at, ())
        row = Row(number, "record", [record], said)
        if at in extras:
            row.extra, row.issues = extras[at][0], (*said, *extras[at][1])
        rows.append(_judged(entity, row) if said else row)
    return rows


def as_headed(meaning: Meaning, heading: str) -> Meaning:
    """The same meaning, names in the order that the heading says: « Prénom Nom »."""
    words = fold(heading).split()
    if (
        meaning.cleaner != "full_name"
        or not {"nom", "prenom"}.issubset(words)
        or words.index("prenom") > words.index("nom")
    ):
        return meaning
    return replace(meaning, cleaner="full_name_first")


def issue(flag: Flag, raw: Cell, column: int | None) -> Issue:
    """A flag with the words of its cell, without any social-security number."""
    text = without_nir(str(raw))[0] if raw is not None else ""
    return Issue(flag.field, flag.code, flag.fatal, text, column)


# --- Cells that say « as above » -------------------------------------------------------------------------------------


def _without_dittos(cells: list[Cell]) -> list[Cell]:
    signs = {cell for cell in set(cells) if isinstance(cell, str) and cell.strip().lower() in _DITTO}
    if not signs:
        return cells
    filled: list[Cell] = []
    for cell in cells:
        filled.append(filled[-1] if cell in signs and filled else cell)
    return filled


def _filled_down(
    entity: Entity, columns: Sequence[Column], cells: list[list[Cell]], sections: Sections
) -> list[list[Cell]]:
    """An appointment's day left blank below the first holds for the rows under it; so do the names in a plan of actions."""
    keys = [column.meaning.key if column.meaning else "" for column in columns]
    dated = any("date" in values for _, values in sections)
    if entity.name == "appointment" and "date" in keys and not dated:
        at = keys.index("date")
        return [*cells[:at], _down(cells[at], [cell is not None for cell in cells[at]]), *cells[at + 1 :]]
    if entity.name == "action_item":
        named = [at for at, key in enumerate(keys) if key in _NAMES]
        written = [any(row) for row in zip(*([cell is not None for cell in cells[at]] for at in named), strict=True)]
        return [_down(one, written) if at in named else one for at, one in enumerate(cells)]
    return cells


def _down(cells: list[Cell], written: Sequence[bool]) -> list[Cell]:
    last: Cell = None
    filled = []
    for cell, is_written in zip(cells, written, strict=True):
        last = cell if is_written else last
        filled.append(last)
    return filled


# --- Fields and issues -----------------------------------------------------------------------------------------------


def _merged(cleaned: Sequence[tuple[Column, CleanColumn]]) -> dict[str, list[Any]]:
    """One list a field. A column of its own wins over what another cell gave besides; two columns of notes are joined."""
    fields: dict[str, list[Any]] = {}
    own: set[str] = set()
    for column, one in cleaned:
        claims = set(column.meaning.claims) if column.meaning else set()
        for name, values in one.fields.items():
            if name not in fields:
                fields[name] = values
            elif name == "notes":
                fields[name] = [
                    "\n".join(filter(None, pair)) or None for pair in zip(fields[name], values, strict=True)
                ]
            elif name in claims and name not in own:
                fields[name] = _either(values, fields[name])
            else:
                fields[name] = _either(fields[name], values)
        own |= claims
    return fields


def _either(first: list[Any], second: list[Any]) -> list[Any]:
    return [one if one is not None and one != [] else other for one, other in zip(first, second, strict=True)]


def _issues(
    entity: Entity,
    cleaned: Sequence[tuple[Column, CleanColumn]],
    raw: dict[int, list[Cell]],
    records: list[dict[str, Any]],
) -> dict[int, tuple[Issue, ...]]:
    """Position -> what was lost or guessed; a required field that is missing is an error, one that a section filled is not."""
    found: dict[int, tuple[Issue, ...]] = {}
    for column, one in cleaned:
        for at, flags in one.flags.items():
            said = tuple(
                issue(flag, raw[column.index][at], column.index) for flag in flags if not _mended(flag, records[at])
            )
            if said:
                found[at] = found.get(at, ()) + said
    for name in entity.required:
        for at, record in enumerate(records):
            if record.get(name) is None and not any(one.field == name and one.fatal for one in found.get(at, ())):
                found[at] = (*found.get(at, ()), Issue(name, "missing_required", True))
    return found


def _mended(flag: Flag, record: dict[str, Any]) -> bool:
    return flag.code == "missing_required" and record.get(flag.field) is not None


def _judged(entity: Entity, row: Row) -> Row:
    if not any(one.fatal for one in row.issues):
        return row
    kept = {name for name, value in row.records[0].items() if value not in (None, [])}
    if kept <= _EMPTY_PLACE and "name" not in entity.required:
        return Row(row.number, "skip", why="empty_slot")
    row.outcome = "error"
    return row


def _extras(columns: Sequence[Column], cells: Sequence[list[Cell]]) -> dict[int, tuple[dict[str, str], list[Issue]]]:
    """Words of the columns that nothing was made of; a social-security number is taken out, and said."""
    found: dict[int, tuple[dict[str, str], list[Issue]]] = {}
    for column, values in zip(columns, cells, strict=True):
        if column.meaning or column.employer or column.slot or column.left_out or holds_nir(column):
            continue
        name = column.heading or f"colonne {column.letter}"
        for at, cell in enumerate(values):
            text, is_nir = without_nir(tidy(str(cell))) if cell is not None else ("", False)
            if text or is_nir:
                words, said = found.setdefault(at, ({}, []))
                words |= {name: text} if text else {}
                said += [Issue("extra", "nir_removed", False, "", column.index)] if is_nir else []
    return found


def holds_nir(column: Column) -> bool:
    """The column is headed as social-security numbers, or holds them: nothing of it is read."""
    return column.nir or _NIR_HEADING.search(fold(column.heading)) is not None
