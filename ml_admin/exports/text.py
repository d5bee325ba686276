"""Lists as .csv for French spreadsheets: semicolons, BOM, 12/03/2004, and nothing that could become a formula."""

import csv
import io
import re
from typing import BinaryIO

from ml_admin.exports.columns import ExportSheet, shown

# = + - @ and their full-width forms begin a formula, TAB and line ends move to another cell (OWASP, CSV injection);
# spreadsheets look behind spaces, signs that do not show and quotes
_BEHIND = r"[\s\x00-\x1f\x7f\u00a0\u00ad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u2064\u3000\ufeff'\"‘’“”«»＇＂]*"
_FORMULA = re.compile(rf"{_BEHIND}[=+\-@＝＋－＠﹦﹢﹣﹫−]|[\t\r\n\x00]")


def guarded(text: str) -> str:
    """Text with a quote before it if a spreadsheet could read it as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


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
