"""The rows of a job dating's grids: candidates × employers, times × employers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ml_admin.cleaners import Context, Flag
from ml_admin.imports.analysis import Issue, Row
from ml_admin.imports.clean import clean_cell
from ml_admin.imports.columns import Column
from ml_admin.imports.entities import Entity
from ml_admin.imports.grid_cells import clean_mark, is_nobody, is_rank
from ml_admin.imports.record_rows import issue, record_rows
from ml_admin.imports.sections import Sections
from ml_admin.imports.workbook import Cell
from ml_admin.text import fold


def cross_rows(
    entity: Entity,
    columns: Sequence[Column],
    cells: Sequence[list[Cell]],
    numbers: Sequence[int],
    sections: Sections,
    context: Context,
) -> list[Row]:
    """One record for each mark of a candidate's row; none is a candidate who chose nobody."""
    plain = [(column, values) for column, values in zip(columns, cells, strict=True) if not column.employer]
    marked = [(column, values) for column, values in zip(columns, cells, strict=True) if column.employer]
    rows = record_rows(
        entity, [column for column, _ in plain], [values for _, values in plain], numbers, sections, context
    )
    ranked = any(is_rank(cell) and str(cell).strip() != "1" for _, values in marked for cell in values)
    for at, row in enumerate(rows):
        if row.outcome != "skip":
            _read_marks(row, [(column, _choice(values[at], ranked)) for column, values in marked], context)
    return rows


def _choice(cell: Cell, ranked: bool) -> Cell:
    """Where some marks are 2 or 3, a 1 is the first choice and no cross."""
    return f"choix {str(cell).strip()}" if ranked and is_rank(cell) else cell


def _read_marks(row: Row, cells: Sequence[tuple[Column, Cell]], context: Context) -> None:
    person, records, said = row.records[0], [], list(row.issues)
    for column, cell in cells:
        mark = clean_mark(cell, context)
        said += [issue(Flag("status", flag.code, flag.fatal), cell, column.index) for flag in mark.flags]
        if mark.value:
            place = {
                "employer": column.employer,
                "slot": mark.extra.get("slot"),
                "status": mark.value,
                "preference": mark.extra.get("preference"),
            }
            records.append(person | place)
    row.records, row.issues = records, (*said, *_conflicts(records))


def slot_rows(
    columns: Sequence[Column], cells: Sequence[list[Cell]], numbers: Sequence[int], context: Context
) -> list[Row]:
    """One record for each person in a row of one time, or in a row of one employer with times along the top."""
    side = next(at for at, column in enumerate(columns) if column.meaning)
    meaning = columns[side].meaning
    assert meaning is not None  # noqa: S101
    rows = []
    for at, number in enumerate(numbers):
        first = clean_cell(meaning.cleaner, cells[side][at], context)
        records: list[dict[str, Any]] = []
        said = [
            issue(Flag(meaning.fields[0], flag.code, flag.fatal), cells[side][at], columns[side].index)
            for flag in first.flags
        ]
        for column, values in zip(columns, cells, strict=True):
            if (column.employer or column.slot) and not is_nobody(values[at]):
                person = clean_cell("full_name", values[at], context)
                said += [issue(flag, values[at], column.index) for flag in person.flags]
                place = (
                    {"slot": first.value, "employer": column.employer}
                    if column.employer
                    else {"slot": column.slot, "employer": first.value}
                )
                records.append(place | {name: person.extra.get(name) for name in ("last_name", "first_name")})
        rows.append(
            Row(number, "error" if any(one.fatal for one in said) else "record", records, (*said, *_conflicts(records)))
        )
    return rows


def _conflicts(records: Sequence[Mapping[str, Any]]) -> list[Issue]:
    """One person at two employers in one slot."""
    seen = Counter((one["last_name"], one["first_name"], one["slot"]) for one in records if one["slot"])
    people = {fold(f"{last} {first}"): f"{last} {first}" for (last, first, _), times in seen.items() if times > 1}
    return [Issue("slot", "slot_conflict", False, name) for name in people.values()]
