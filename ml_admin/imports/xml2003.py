"""Spreadsheets in the XML of Excel 2002-2003, often named .xls or .xml."""

import io
from collections.abc import Iterator
from datetime import date, datetime, time
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from ml_admin.imports import refusals
from ml_admin.imports.marks import color_name, marked_rows
from ml_admin.imports.number_formats import displayed, draws_zeros
from ml_admin.imports.workbook import Cell, CellError, Sheet

SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"
_SS = f"{{{SPREADSHEET}}}"
_NO_DAY = (date(1899, 12, 31), date(1899, 12, 30), date(1904, 1, 1))  # how a time alone is written


def is_xml2003(head: bytes) -> bool:
    return SPREADSHEET.encode() in head and b"<Workbook" in head


def read_xml2003(content: bytes) -> tuple[list[Sheet], int]:
    """(sheets, date system); raise RefusedFileError when the XML is broken or a cell is far away."""
    try:
        reading = _Reading()
        for _, node in iterparse(io.BytesIO(content), events=("end",)):
            reading.end(node)
        return reading.sheets, reading.date_system
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise refusals.unreadable() from error


class _Reading:
    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self.date_system = 1900
        self._formats: dict[str, str] = {}
        self._colors: dict[str, str] = {}
        self._start()

    def _start(self) -> None:
        self._rows: list[list[Cell]] = []
        self._hidden_rows: set[int] = set()
        self._merged: list[tuple[int, int, int, int]] = []
        self._fills: dict[int, dict[int, str]] = {}
        self._hidden = False
        self._area = 0

    def end(self, node: Element) -> None:
        name = str(node.tag).rpartition("}")[2]
        if name == "Style":
            self._style(node)
        elif name == "Date1904":
            self.date_system = 1904
        elif name == "Row":
            self._row(node)
            node.clear()
        elif name == "Visible":
            self._hidden = (node.text or "") != "SheetVisible"
        elif name == "Worksheet":
            self._sheet(node)
            node.clear()

    def _style(self, node: Element) -> None:
        number = node.get(f"{_SS}ID", "")
        for child in node:
            code = child.get(f"{_SS}Format", "")
            rgb = child.get(f"{_SS}Color", "").lstrip("#")
            if draws_zeros(code):
                self._formats[number] = code
            if child.tag == f"{_SS}Interior" and len(rgb) == 6 and (color := color_name(rgb)):
                self._colors[number] = color

    def _row(self, node: Element) -> None:
        number = _whole(node, "Index", len(self._rows) + 1)
        cells: list[Cell] = []
        for column, cell in _positions(node):
            self._merge(cell, number, column)
            cells += [None] * (column - 1 - len(cells))
            cells.append(self._value(cell))
            if color := self._colors.get(cell.get(f"{_SS}StyleID", node.get(f"{_SS}StyleID", ""))):
                self._fills.setdefault(number, {})[column] = color
        self._area += len(cells) + number - len(self._rows)
        if number > refusals.MAX_ROWS or len(cells) > refusals.MAX_COLUMNS or self._area > refusals.MAX_AREA:
            raise refusals.far_cell(None, f"ligne {number}")
        self._rows += [[] for _ in range(number - 1 - len(self._rows))]
        self._rows.append(cells)
        if node.get(f"{_SS}Hidden") == "1":
            self._hidden_rows.add(number)
        self._rows += [[] for _ in range(min(_whole(node, "Span", 0), refusals.MAX_ROWS - number))]

    def _merge(self, cell: Element, row: int, column: int) -> None:
        down, across = _whole(cell, "MergeDown", 0), _whole(cell, "MergeAcross", 0)
        if down or across:
            self._merged.append((row, column, row + down, column + across))

    def _value(self, cell: Element) -> Cell:
        data = next((child for child in cell if str(child.tag).endswith("}Data")), None)
        text = "".join(data.itertext()) if data is not None else ""
        if data is None or not text:
            return None
        return _typed(text, data.get(f"{_SS}Type", "String"), self._formats.get(cell.get(f"{_SS}StyleID", "")))

    def _sheet(self, node: Element) -> None:
        sheet = Sheet(node.get(f"{_SS}Name"), self._rows, self._hidden, frozenset(self._hidden_rows), self._merged)
        sheet.colors = marked_rows(self._fills, self._rows)
        self.sheets.append(sheet)
        self._start()


def _typed(text: str, kind: str, code: str | None) -> Cell:
    if kind == "Number":
        number = float(text)
        drawn = displayed(number, code) if code else None
        return drawn or (int(number) if number.is_integer() else number)
    if kind == "DateTime":
        return _moment(datetime.fromisoformat(text))
    if kind == "Boolean":
        return text == "1"
    return CellError(text) if kind == "Error" else text


def _moment(moment: datetime) -> date | datetime | time:
    if moment.date() in _NO_DAY:
        return moment.time()
    return moment.date() if moment.time() == time() else moment


def _positions(row: Element) -> Iterator[tuple[int, Element]]:
    column = 0
    for cell in row:
        if str(cell.tag).endswith("}Cell"):
            column = _whole(cell, "Index", column + 1)
            if column > refusals.MAX_COLUMNS:
                raise refusals.far_cell(None, f"colonne {column}")
            yield column, cell
            column += _whole(cell, "MergeAcross", 0)


def _whole(node: Element, name: str, default: int) -> int:
    text = node.get(f"{_SS}{name}", "")
    return int(text) if text.isdigit() and len(text) < 9 else default
