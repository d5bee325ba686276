"""Lists as .csv for French spreadsheets: semicolons, BOM, 12/03/2004, and nothing that could become a formula."""

import csv
import io
from typing import BinaryIO

from ml_admin.exports.columns import ExportSheet, shown
from ml_admin.formulas import guarded


def write_csv(stream: BinaryIO, sheet: ExportSheet) -> int:
    """Write the sheet as UTF-8 with BOM, `;`, CRLF; gives the number of rows. The stream stays open."""
    wrapper = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=False)
    try:
        writer = csv.writer(wrapper, delimiter=";", lineterminator="\r\n")
        writer.writerow([guarded(column.heading) for column in sheet.columns])
        count = 0
        for record in sheet.rows:
            writer.writerow([guarded(value) if isinstance(value, str) else shown(value) for value in record.values])
            count += 1
        wrapper.flush()
    finally:
        wrapper.detach()
    return count
