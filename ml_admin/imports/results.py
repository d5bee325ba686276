"""The results of a recognition as lines of JSON, one a row, in the neutral codes of the import specification."""

import json
from collections.abc import Iterable
from datetime import date, time
from decimal import Decimal
from itertools import groupby
from typing import Any, TextIO

from ml_admin.imports.analysis import Analysis, Issue, Row, Table


def write_results(analysis: Analysis, out: TextIO) -> None:
    """Write one JSON object for each row seen: file, sheet, row, table, outcome, records, warnings, errors, duplicate_of."""
    for table in analysis.tables:
        for row in _joined(table.rows) if table.layout == "agenda" else table.rows:
            out.write(json.dumps(_line(analysis, table, row), ensure_ascii=False, default=_plain) + "\n")


def _joined(rows: Iterable[Row]) -> Iterable[Row]:
    """The meetings of one row of an agenda are rows of their own: here they are its records."""
    for number, group in groupby(rows, key=lambda row: row.number):
        same = list(group)
        outcome = max((row.outcome for row in same), key=("skip", "record", "error").index)
        records = [record for row in same for record in row.records]
        yield Row(number, outcome, records, tuple(one for row in same for one in row.issues), same[0].why)


def _line(analysis: Analysis, table: Table, row: Row) -> dict[str, Any]:
    line: dict[str, Any] = {
        "file": analysis.file_name,
        "sheet": table.sheet,
        "row": row.number,
        "outcome": row.outcome,
        "records": row.records,
    }
    if table.number is not None:
        line["table"] = table.number
    if row.issues:
        line["warnings"], line["errors"] = _said(row.issues, fatal=False), _said(row.issues, fatal=True)
    if row.why:
        line["why"] = row.why
    if row.duplicate and row.duplicate_of:
        line["duplicate_of"] = {
            "sheet": row.duplicate_of[0],
            "row": row.duplicate_of[1],
            "kind": row.duplicate.kind,
            "score": row.duplicate.score,
        }
    return line


def _said(issues: Iterable[Issue], *, fatal: bool) -> list[dict[str, str]]:
    return [{"field": one.field, "code": one.code, "raw": one.raw} for one in issues if one.fatal == fatal]


def _plain(value: Any) -> Any:
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)
