"""Small workbooks as other offices keep them, built in code; every person and firm is invented."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from ml_admin.cleaners import Context, Counsellor
from ml_admin.imports.analyse import analyse
from ml_admin.imports.analysis import Choices, Row, Table, Years
from ml_admin.imports.workbook import Cell, Sheet, Workbook

CONTEXT = Context(
    date(2025, 1, 15),
    counsellors=(
        Counsellor("FAUVEL Nora", "FAUVEL", "Nora", "NF"),
        Counsellor("ROQUE Denis", "ROQUE", "Denis", "DR"),
        Counsellor("NAUDIN Flore", "NAUDIN", "Flore", "FN"),
    ),
)


def sheet(
    rows: Sequence[Sequence[Cell]], name: str | None = "Feuil1", merged: Sequence[tuple[int, int, int, int]] = ()
) -> Sheet:
    return Sheet(name, [list(row) for row in rows], merged=list(merged))


def book(*sheets: Sheet) -> Workbook:
    return Workbook("essai.xlsx", "xlsx", 1900, list(sheets))


def tables(*sheets: Sheet, years: Years | None = None, choices: Choices | None = None) -> list[Table]:
    return analyse(book(*sheets), CONTEXT, years, choices).tables


def table(
    rows: Sequence[Sequence[Cell]], name: str | None = "Feuil1", merged: Sequence[tuple[int, int, int, int]] = ()
) -> Table:
    found = tables(sheet(rows, name, merged))
    assert len(found) == 1
    return found[0]


def data(found: Table) -> list[Row]:
    return [row for row in found.rows if row.outcome != "skip"]


def records(found: Table) -> list[dict[str, Any]]:
    """The records, without their empty fields."""
    return [
        {name: value for name, value in one.items() if value not in (None, [])}
        for row in data(found)
        for one in row.records
    ]


def values(found: Table, name: str) -> list[Any]:
    return [one.get(name) for row in data(found) for one in row.records]


def skips(found: Table) -> dict[int | None, str]:
    return {row.number: row.why for row in found.rows if row.outcome == "skip"}


def codes(row: Row) -> set[tuple[str, str]]:
    return {(one.field, one.code) for one in row.issues}
