"""Lists as .csv for French spreadsheets: semicolons, BOM, 12/03/2004, and nothing that could become a formula."""

import csv
import io
from typing import Any, BinaryIO

from ml_admin.exports.columns import ExportSheet
from ml_admin.formulas import guarded
from ml_admin.sheet_values import key_headings, shown


def write_csv(stream: BinaryIO, sheet: ExportSheet) -> int:
    """Write the sheet as UTF-8 with BOM, `;`, CRLF; gives the number of rows. The stream stays open.

    The two last columns are the key and the version of each record, when the rows are records.
    """
    wrapper = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=False)
    try:
        writer = csv.writer(wrapper, delimiter=";", lineterminator="\r\n")
        keys = key_headings(sheet.table) if sheet.table else ()
        writer.writerow([*(guarded(column.heading) for column in sheet.columns), *keys])
        count = 0
        for record in sheet.rows:
            own = (record.key, record.version) if keys else ()
            writer.writerow([*map(_cell, record.values), *own])
            count += 1
        wrapper.flush()
    finally:
        wrapper.detach()
    return count


def _cell(value: Any) -> str:
    return guarded(value) if isinstance(value, str) else shown(value)
