"""The rows of a sheet as the XML that a workbook holds them in: cells of a known kind, each in the style of its column.

XlsxWriter makes everything else; for each cell it makes an object and asks what it is, which took three quarters of an
export. Office Open XML, ECMA-376 part 1: 18.3.1.4 (cells), 18.3.1.53 (inline text), 22.9.2.19 (escaped characters).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from ml_admin.exports.columns import ExportColumn, Record, is_text
from ml_admin.sheet_values import CUT, shown

_CELL_LIMIT = 32_767  # characters of one cell (Excel's specifications)
_OLDEST = date(1900, 3, 1)  # Excel's calendar is wrong before (it has a 29 February 1900)
_DAY_ZERO = date(1899, 12, 30).toordinal()
_TOGETHER = 500  # rows given at once

# a text that stands in XML as it is: nothing to escape, no space at its ends
_PLAIN = re.compile(r"[^\s&<>\x00-\x1f_\ufffe\uffff](?:[^&<>\x00-\x1f_\ufffe\uffff]*[^\s&<>\x00-\x1f_\ufffe\uffff])?")
_LOOKS_ESCAPED = re.compile(r"(?=_x[0-9a-fA-F]{4}_)_")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")

Writer = Callable[[str, Any], str]  # (number of the row, a value that is not None) -> the cell


def rows_xml(
    columns: Sequence[ExportColumn], styles: Sequence[str], rows: Iterable[Record], keyed: bool
) -> Iterator[tuple[int, str]]:
    """(rows so far, XML of the last ones), from the second row of the sheet on.

    `styles`: index of the style of each column. `keyed`: the key and the version of each record follow its values.
    """
    writers = [
        _writer(column, xl_col_to_name(at), style)
        for at, (column, style) in enumerate(zip(columns, styles, strict=True))
    ]
    key = _text_writer(xl_col_to_name(len(columns)), "0")
    version = _number_writer(xl_col_to_name(len(columns) + 1), "0")
    done: list[str] = []
    last = 0
    for last, record in enumerate(rows, start=1):
        row = str(last + 1)
        cells = [write(row, value) for write, value in zip(writers, record.values, strict=True) if value is not None]
        if keyed:
            cells += (key(row, record.key), version(row, record.version))
        done.append(f'<row r="{row}">{"".join(cells)}</row>')
        if len(done) == _TOGETHER:
            yield last, "".join(done)
            done.clear()
    yield last, "".join(done)


def fitting(text: str) -> str:
    """The text as one cell holds it: lines end by LF; what is longer than Excel takes is cut, and says so."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if len(text) <= _CELL_LIMIT else text[: _CELL_LIMIT - len(CUT)] + CUT


def _writer(column: ExportColumn, place: str, style: str) -> Writer:
    if is_text(column):
        return _text_writer(place, style)
    return _number_writer(place, style) if column.kind == "number" else _date_writer(place, style)


def _text_writer(place: str, style: str) -> Writer:
    before, between = f'<c r="{place}', f'" s="{style}" t="inlineStr"><is><t'

    def write(row: str, text: str) -> str:
        if len(text) <= _CELL_LIMIT and _PLAIN.fullmatch(text):
            return f"{before}{row}{between}>{text}</t></is></c>"
        return f"{before}{row}{between}{_escaped(fitting(text))}</t></is></c>"

    return write


def _escaped(text: str) -> str:
    """What follows `<t`: a sign that XML cannot hold is written by its number, as spreadsheets read it."""
    text = _LOOKS_ESCAPED.sub("_x005F_", text)
    text = _CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f' xml:space="preserve">{text}' if text != text.strip() else f">{text}"


def _number_writer(place: str, style: str) -> Writer:
    before, between = f'<c r="{place}', f'" s="{style}"><v>' if style != "0" else '"><v>'
    return lambda row, value: f"{before}{row}{between}{value:.16G}</v></c>"


def _date_writer(place: str, style: str) -> Writer:
    before, between = f'<c r="{place}', f'" s="{style}"><v>'
    text = _text_writer(place, "0")

    def write(row: str, value: date) -> str:
        day, hours = (value.date(), _part_of_day(value)) if isinstance(value, datetime) else (value, 0.0)
        if day < _OLDEST:
            return text(row, shown(value))
        return f"{before}{row}{between}{day.toordinal() - _DAY_ZERO + hours:.16G}</v></c>"

    return write


def _part_of_day(value: datetime) -> float:
    return (value.hour * 3600 + value.minute * 60 + value.second) / 86_400
