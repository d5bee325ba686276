"""Tables made of pools: each column takes in turn cells written by hand beside what they mean."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tests.imports.other_styles.answers import Answers

_ERRORS = {("birth_date", "invalid_date"), ("last_name", "missing_required"), ("first_name", "missing_required")}


class Cell(NamedTuple):
    raw: Any
    means: dict[str, Any]
    said: tuple[tuple[str, str], ...] = ()


class Column(NamedTuple):
    heading: str
    pool: Sequence[Cell]


def of(field: str, *cells: tuple[Any, ...]) -> list[Cell]:
    """Cells of one field: (raw, value) or (raw, value, code that must be said)."""
    return [Cell(raw, {field: value}, tuple((field, code) for code in codes)) for raw, value, *codes in cells]


def left_out(*raws: Any) -> list[Cell]:
    return [Cell(raw, {}) for raw in raws]


def letter(index: int) -> str:
    return chr(65 + index)


def fill(
    answers: Answers, sheet: str | None, entity: str, columns: Sequence[Column], first: int, count: int, start: int = 0
) -> list[list[Any]]:
    """Answers of `count` rows from row `first`, and their cells; `start`: rows that the pools gave before."""
    rows = []
    for index in range(start, start + count):
        cells = [column.pool[index % len(column.pool)] for column in columns]
        record: dict[str, Any] = {}
        for cell in cells:
            record |= cell.means
        said = [one for cell in cells for one in cell.said]
        errors = [one for one in said if one in _ERRORS]
        warnings = [one for one in said if one not in _ERRORS]
        answers.row(sheet, first + index - start, entity, record, errors=errors, warnings=warnings)
        rows.append([cell.raw for cell in cells])
    return rows


def letters(columns: Iterable[Column]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for index, column in enumerate(columns):
        fields = sorted({field for cell in column.pool for field in cell.means})
        found[letter(index)] = fields if len(fields) > 1 else (fields[0] if fields else None)
    return found
