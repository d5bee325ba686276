"""The raw pass over .ods: error cells, numbers drawn with zeros, hidden rows, merged cells, fills and far cells."""

import re
from collections.abc import Iterator
from html import unescape

from ml_admin.imports import refusals
from ml_admin.imports.archive import Archive
from ml_admin.imports.marks import RawSheet, color_name
from ml_admin.imports.workbook import CellError

_CELL = re.compile(
    rb"<table:(?:covered-)?table-cell(\s[^>]*?)?(?:/>|>(.*?)</table:(?:covered-)?table-cell>)", re.DOTALL
)
_ATTRIBUTE = re.compile(rb'([\w:-]+)="([^"]*)"')
_NOTE = re.compile(rb"<office:annotation\b.*?</office:annotation>", re.DOTALL)
_PARAGRAPH = re.compile(rb"<text:p(?:\s[^>]*)?>(.*?)</text:p>", re.DOTALL)
_ERROR_TEXT = re.compile(r"#[\w/ÀÉ]+[!?]?|(?:Err|Erreur)\s*:\s*\d+")
_ZEROS = re.compile(r"0[\d .\u00a0\u202f-]*\d")
_DRAWN = re.compile(rb'office:value-type="float"[^>]*><text:p>0[\d .\xc2-]')
_REPEATED = re.compile(rb'<table:table-cell(?=[^>]*office:value-type)[^>]*number-columns-repeated="(\d+)"')


def read_raw(archive: Archive) -> tuple[int, list[RawSheet]]:
    """(date system, sheets in the order of the file); raise RefusedFileError for damage and far cells."""
    xml = archive.read("content.xml")
    archive.check({"content.xml"})
    null_date = re.search(rb'<table:null-date[^>]*date-value="(\d{4})', xml)
    fills = _fill_styles(xml)
    tokens = [b'-spanned="', b':value-type="error"', b"<text:p>#", b"<text:p>Err"]
    tokens += [b'style-name="%s"' % name for name in fills]
    sheets = [_sheet(xml, start, end, fills, tokens) for start, end in _tables(xml)]
    if len(sheets) > refusals.MAX_SHEETS:
        raise refusals.too_many_sheets()
    return 1904 if null_date and null_date[1] == b"1904" else 1900, sheets


def _fill_styles(xml: bytes) -> dict[bytes, str]:
    """Cell style -> colour name, of the styles written in the document itself."""
    found = {}
    for match in re.finditer(rb"<style:style\s([^>]*)>(.*?)</style:style>", xml, re.DOTALL):
        rgb = re.search(rb'fo:background-color="#([0-9a-fA-F]{6})"', match[2])
        color = color_name(rgb[1].decode()) if rgb else None
        name = dict(_ATTRIBUTE.findall(match[1])).get(b"style:name")
        if color and name:
            found[name] = color
    return found


def _tables(xml: bytes) -> Iterator[tuple[int, int]]:
    """Where each sheet starts and ends; searched by hand: expressions over 100 MB take seconds."""
    end = 0
    while (start := xml.find(b"<table:table ", end)) >= 0:
        end = xml.find(b"</table:table>", start)
        end = len(xml) if end < 0 else end
        tag = xml.find(b">", start)
        end = tag if xml[tag - 1 : tag] == b"/" else end
        yield start, end


def _rows(xml: bytes, start: int, end: int) -> Iterator[tuple[bytes, bytes, int]]:
    """(tag, content, groups closed just before) of the rows and of the openings of groups of rows."""
    before = start
    while (at := xml.find(b"<table:table-row", before, end)) >= 0:
        closed = xml.count(b"</table:table-row-group>", before, at)
        stop = xml.find(b">", at, end)
        tag = xml[at:stop]
        before = stop
        if xml[at + 16 : at + 17] in (b" ", b">", b"/"):
            before = stop if tag.endswith(b"/") else max(xml.find(b"</table:table-row>", stop, end), stop)
        yield tag, xml[stop + 1 : before], closed


def _sheet(xml: bytes, start: int, end: int, fills: dict[bytes, str], tokens: list[bytes]) -> RawSheet:
    sheet = RawSheet(merged=[])
    row, last_column, hidden_groups = 0, 1, 0
    for opening, cells, closed in _rows(xml, start, end):
        hidden_groups = max(hidden_groups - closed, 0)
        tag = dict(_ATTRIBUTE.findall(opening))
        if opening.startswith(b"<table:table-row-group"):
            hidden_groups += hidden_groups > 0 or tag.get(b"table:display") == b"false"
            continue
        repeated = _number(tag, b"table:number-rows-repeated")
        if b"<text:p" in cells or b"office:value" in cells:
            last_column = max(last_column, _width(cells))
            _refuse_far(xml, start, row + repeated, last_column)
            if hidden_groups or tag.get(b"table:visibility", b"visible") != b"visible":
                sheet.hidden_rows |= set(range(row + 1, row + repeated + 1))
            if any(token in cells for token in tokens) or (b"<text:p>0" in cells and _DRAWN.search(cells)):
                for copy in range(repeated):
                    _read_row(sheet, row + copy + 1, cells, fills)
        row += repeated
    return sheet


def _refuse_far(xml: bytes, table: int, last_row: int, last_column: int) -> None:
    far = last_row > refusals.MAX_ROWS or last_column > refusals.MAX_COLUMNS
    if far or last_row * last_column > refusals.MAX_AREA:
        name = dict(_ATTRIBUTE.findall(xml, table, xml.find(b">", table))).get(b"table:name", b"")
        raise refusals.far_cell(unescape(name.decode("utf-8", "replace")), f"ligne {last_row}, colonne {last_column}")


def _cells(row: bytes) -> Iterator[tuple[int, int, dict[bytes, bytes], bytes]]:
    """(column, times repeated, attributes, content)"""
    column = 1
    for attributes, content in _CELL.findall(row):
        tag = dict(_ATTRIBUTE.findall(attributes))
        repeated = _number(tag, b"table:number-columns-repeated")
        yield column, repeated, tag, content
        column += repeated


def _width(row: bytes) -> int:
    """Columns up to the last value at most: the repeated blanks that end a row do not count."""
    width = row.count(b"<table:table-cell")
    if b"columns-repeated" in row:
        width += sum(int(digits[:9]) - 1 for digits in _REPEATED.findall(row))
    return width


def _read_row(sheet: RawSheet, row: int, cells: bytes, fills: dict[bytes, str]) -> None:
    if b"<office:annotation" in cells:
        cells = _NOTE.sub(b"", cells)
    for column, repeated, tag, content in _cells(cells):
        down = _number(tag, b"table:number-rows-spanned")
        across = _number(tag, b"table:number-columns-spanned")
        if sheet.merged is not None and (down, across) != (1, 1):
            sheet.merged.append((row, column, row + down - 1, column + across - 1))
        color = fills.get(tag.get(b"table:style-name", b""))
        told = _told(tag, content)
        for place in range(column, column + repeated) if color or told else ():
            if told:
                sheet.replaced[row, place] = told
            if color:
                sheet.fills.setdefault(row, {})[place] = color


def _told(tag: dict[bytes, bytes], content: bytes) -> str | None:
    """What the cell shows and its value does not say: an error, or zeros in front of a number."""
    paragraph = _PARAGRAPH.search(content)
    if not paragraph:
        return None
    text = unescape(re.sub(rb"<[^>]*>", b"", paragraph[1]).decode("utf-8", "replace")).strip()
    failed = tag.get(b"calcext:value-type") == b"error" or b"table:formula" in tag
    if failed and _ERROR_TEXT.fullmatch(text):
        return CellError(text)
    if tag.get(b"office:value-type") == b"float" and _ZEROS.fullmatch(text):
        return _drawn(text, tag.get(b"office:value", b""))
    return None


def _drawn(text: str, value: bytes) -> str | None:
    digits = re.sub(r"\D", "", text)
    try:
        same = len(digits) > 1 and float(value) == int(digits)
    except ValueError:
        return None
    return "".join(text.split()) if same else None


def _number(tag: dict[bytes, bytes], name: bytes) -> int:
    digits = tag.get(name, b"1")
    return int(digits[:9]) if digits.isdigit() else 1
