"""From invented truth to the rows of a sheet with their answers, and to files of several kinds."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from random import Random
from typing import Any

from xlsxwriter import Workbook

from tests.imports.other_styles.answers import Answers
from tests.imports.other_styles.dirt import Codes, Dirt

Truth = Mapping[str, Any]


@dataclass
class Line:
    """One row: what the sheet shows, what an import should make of it."""

    cells: list[Any]
    record: dict[str, Any] = field(default_factory=dict)
    warnings: Codes = ()
    errors: Codes = ()


def lines_of(columns: Mapping[str, Dirt], truths: Sequence[Truth], draw: Random) -> list[Line]:
    """`columns`: heading -> how its cells are written; a heading may end in `#2` to come twice."""
    found = []
    for truth in truths:
        shown = [dirt(truth, draw) for dirt in columns.values()]
        line = Line([one.cell for one in shown])
        for one in shown:
            line.record |= one.record
            line.warnings += one.warnings
            line.errors += one.errors
        found.append(line)
    return found


def headings(columns: Mapping[str, Dirt]) -> list[str]:
    return [heading.partition("#")[0] for heading in columns]


def answer(
    answers: Answers,
    sheet: str | None,
    entity: str,
    lines: Sequence[Line],
    first_row: int = 2,
    doubles: Mapping[int, tuple[int, str]] | None = None,
    year: int | None = None,
) -> None:
    """`doubles`: position of a line -> (position of the first one of the same person, kind)."""
    answers.sheet(sheet, entity, [first_row - 1], year=year)
    for at, line in enumerate(lines):
        first = (doubles or {}).get(at)
        same = {"sheet": sheet, "row": first_row + first[0], "kind": first[1]} if first else None
        said = {"warnings": line.warnings, "errors": line.errors}
        answers.row(sheet, first_row + at, entity, line.record, duplicate_of=same, **said)


def csv_text(rows: Sequence[Sequence[Any]], delimiter: str = ";", *, end: str = "\r\n", quoting: int = 0) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(
        [[_csv_cell(cell) for cell in row] for row in rows]
    )
    return out.getvalue()


def _csv_cell(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    return cell


def xlsx(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    *,
    date_1904: bool = False,
    edit: Callable[[Workbook], None] | None = None,
) -> None:
    """`edit` sees the workbook before it is closed: formulas, hidden rows, formats."""
    book = Workbook(str(path), {"date_1904": date_1904, "default_date_format": "dd/mm/yyyy"})
    hour = book.add_format({"num_format": "hh:mm"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, time):
                    sheet.write_datetime(at, column, cell, hour)
                elif isinstance(cell, str):
                    sheet.write_string(at, column, cell)
                elif cell is not None:
                    sheet.write(at, column, cell)
    if edit:
        edit(book)
    book.close()
