"""What reading a file yields: plain sheets of plain cells, whatever the format was."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta


class CellError(str):
    """An error cell as the sheet shows it: '#N/A', '#REF!'…"""


Cell = str | int | float | bool | date | datetime | time | timedelta | CellError | None


@dataclass(slots=True)
class Sheet:
    """One sheet; `rows[0]` is row 1 of the spreadsheet (for CSV: record 1, blank records counted)."""

    name: str | None  # None for CSV and text
    rows: list[list[Cell]]  # ragged on the right; numbers drawn with zeros ("00000") are already text
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()  # 1-based
    merged: list[tuple[int, int, int, int]] = field(
        default_factory=list
    )  # first row, first column, last row, last column; 1-based, inclusive
    colors: dict[int, str] = field(default_factory=dict)  # row (1-based) -> name or RGB of a fill that marks the row


@dataclass(slots=True)
class Workbook:
    """A file read whole: formulas by their values, macros never run."""

    file_name: str
    format: str  # xlsx, xlsm, xls, ods, xlsb, csv, txt, html, xml2003
    date_system: int  # 1900 or 1904
    sheets: list[Sheet]
    encoding: str | None = None  # of CSV and text
    delimiter: str | None = None
    notes: list[str] = field(default_factory=list)  # French sentences: what was repaired or left out while reading


class RefusedFileError(Exception):
    """The file cannot be read; the message is a French sentence with cause and remedy, without personal data."""
