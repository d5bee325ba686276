"""The raw pass over .xlsx: error cells, numbers drawn with zeros, hidden rows, fills and far cells, which calamine loses."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from itertools import islice
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ml_admin.imports import refusals
from ml_admin.imports.archive import Archive
from ml_admin.imports.marks import RawSheet, color_name, palette_color
from ml_admin.imports.number_formats import displayed, draws_zeros
from ml_admin.imports.workbook import CellError

MAX_STYLES = 65_490  # of Excel
MAX_FILLED = 200_000  # coloured cells of a sheet beyond which colours are decoration, and costly

_ATTRIBUTE = re.compile(rb'([\w:]+)\s*=\s*"([^"]*)"')
_ROW_OR_CELL = re.compile(rb"<(row|c)((?:\s[^>]*)?)>")
_REFERENCE = re.compile(rb'<c r="([A-Z]+)(\d+)"')
_ROW = re.compile(rb'<row r="(\d+)"')
_HIDDEN = re.compile(rb'<row r="(\d+)"[^>]*?\shidden="(?:1|true|on)"')
_FILLED = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*(?<!/)>(?!</c>)')
_FAR = re.compile(rb'<c r="[A-Z]{2}')
_UNUSUAL = re.compile(rb'<(?:c|row)(?! r=")[\s>/]')
_ERROR = re.compile(rb' t="e"')
_VALUE = re.compile(rb"[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?\s*<v[^>]*>([^<]*)</v>")


@dataclass(slots=True)
class Styles:
    """What a cell's style number says: a format that draws zeros, the name of a fill."""

    formats: dict[int, str] = field(default_factory=dict)
    fills: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class RawBook:
    date_system: int
    sheets: dict[int, RawSheet]  # by position in the workbook


def read_raw(archive: Archive) -> RawBook:
    """Check every part and read what calamine loses; raise RefusedFileError for far cells and damage."""
    main = _main_part(archive)
    root = _parsed(archive, main)
    properties = next((node for node in root.iter() if _local(node.tag) == "workbookPr"), None)
    date1904 = properties is not None and properties.get("date1904") in ("1", "true", "on")
    relations = _relations(archive, main)
    styles = _styles(archive, relations)
    sheets: dict[int, RawSheet] = {}
    nodes = [node for node in root.iter() if _local(node.tag) == "sheet"]
    if len(nodes) > refusals.MAX_SHEETS:
        raise refusals.too_many_sheets()
    done = {main}
    cells = 0
    for position, node in enumerate(nodes):
        kind, part = relations.get(_relation_id(node.attrib), ("", ""))
        if kind == "worksheet" and part in archive and part not in done:
            done.add(part)
            xml = archive.read(part)
            cells += xml.count(b"</c>")
            if cells > refusals.MAX_CELLS:
                raise refusals.too_many_cells()
            sheets[position] = read_sheet(xml, node.get("name"), styles)
    archive.check(done)
    return RawBook(1904 if date1904 else 1900, sheets)


def read_sheet(xml: bytes, name: str | None, styles: Styles) -> RawSheet:
    """The raw pass over one sheet's XML; `name` is for the sentence of a refusal."""
    xml = _standard(xml)
    _refuse_far_cells(xml, name)
    sheet = RawSheet(uncomputed=xml.count(b"</f></c>"))
    if b'hidden="' in xml:
        sheet.hidden_rows = {int(number) for number in _HIDDEN.findall(xml)}
    if b't="e"' in xml:
        for row, column, _, end in _cells(xml, _ERROR):
            value = _VALUE.match(xml, end)
            text = value[1].decode("utf-8", "replace") if value else "#N/A"
            sheet.replaced[row, column] = CellError(unescape(text) or "#N/A")
    if styles.formats:
        _draw_zeros(xml, styles, sheet)
    if styles.fills:
        _find_fills(xml, styles, sheet)
    return sheet


def _draw_zeros(xml: bytes, styles: Styles, sheet: RawSheet) -> None:
    for row, column, tag, end in _cells(xml, _style_token(styles.formats)):
        value = _VALUE.match(xml, end)
        if not value or tag.get(b"t", b"n") != b"n":
            continue
        text = _drawn(value[1], styles.formats[int(tag[b"s"])])
        if text is not None:
            sheet.replaced[row, column] = text


def _drawn(value: bytes, code: str) -> str | None:
    try:
        return displayed(float(value), code)
    except (ValueError, OverflowError):
        return None


def _find_fills(xml: bytes, styles: Styles, sheet: RawSheet) -> None:
    cells = list(islice(_cells(xml, _style_token(styles.fills)), MAX_FILLED + 1))
    if len(cells) > MAX_FILLED:
        return
    for row, column, tag, _ in cells:
        sheet.fills.setdefault(row, {})[column] = styles.fills[int(tag[b"s"])]


def _style_token(styles: dict[int, str]) -> re.Pattern[bytes]:
    return re.compile(rb' s="(?:%s)"' % b"|".join(b"%d" % number for number in styles))


def _cells(xml: bytes, token: re.Pattern[bytes]) -> Iterator[tuple[int, int, dict[bytes, bytes], int]]:
    """(row, column, attributes, position inside the tag) of the cells whose tag holds `token`.

    Looks for the rare token first and walks back to the tag: ten times faster than matching every cell.
    """
    for match in token.finditer(xml):
        start = xml.rfind(b"<", 0, match.start())
        reference = _REFERENCE.match(xml, start)
        if reference:
            tag = dict(_ATTRIBUTE.findall(xml, start, xml.find(b">", start)))
            yield int(reference[2]), _column(reference[1]), tag, match.end()


def _standard(xml: bytes) -> bytes:
    """The same sheet written as Excel does: UTF-8, no prefix, double quotes, `r` first in rows and cells."""
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff"):
        xml = xml.decode("utf-16", "replace").encode()
    for mark, pattern in ((b"<!--", rb"<!--.*?-->"), (b"<![CDATA[", rb"<!\[CDATA\[.*?\]\]>")):
        if mark in xml:
            xml = re.sub(pattern, b"", xml, flags=re.DOTALL)
    prefix = re.search(rb"<(\w+:)worksheet[\s>]", xml[:4096])
    if prefix:
        xml = xml.replace(b"<" + prefix[1], b"<").replace(b"</" + prefix[1], b"</")
    if b"='" in xml:
        xml = re.sub(rb"='([^'\"<>]*)'", rb'="\1"', xml)
    if _UNUSUAL.search(xml):
        xml = _numbered(xml)
    return xml


def _numbered(xml: bytes) -> bytes:
    """Rows and cells that leave their reference out get the next one, as Excel reads them."""
    row = column = 0

    def number(match: re.Match[bytes]) -> bytes:
        nonlocal row, column
        given = dict(_ATTRIBUTE.findall(match[2])).get(b"r")
        rest = re.sub(rb"\s+", b" ", re.sub(rb'\sr\s*=\s*"[^"]*"', b"", match[2]))
        if match[1] == b"row":
            row, column = _int(given) if given else row + 1, 0
            return b'<row r="%d"%s>' % (row, rest)
        letters = given.rstrip(b"0123456789") if given else b""
        column = _column(letters) if letters.isalpha() and letters.isupper() else column + 1
        return b'<c r="%s%d"%s>' % (_letters(column), row, rest)

    return _ROW_OR_CELL.sub(number, xml)


def _refuse_far_cells(xml: bytes, name: str | None) -> None:
    """calamine allocates the whole rectangle up to the last filled cell: a far one must not reach it."""
    rows = max(map(_int, set(_ROW.findall(xml))), default=0)
    if rows <= refusals.MAX_ROWS and rows * (26 if not _FAR.search(xml) else refusals.MAX_COLUMNS) <= refusals.MAX_AREA:
        return
    last_row, last_column = 0, 0
    for letters, digits in _FILLED.findall(xml):
        last_row, last_column = max(last_row, _int(digits)), max(last_column, _column(letters))
    if last_row > refusals.MAX_ROWS or last_column > refusals.MAX_COLUMNS or last_row * last_column > refusals.MAX_AREA:
        raise refusals.far_cell(name, f"{_letters(min(last_column, 99_999)).decode()}{last_row}")


def _int(digits: bytes) -> int:
    """Row numbers of a damaged sheet may have thousands of digits."""
    return int(digits[:12]) if digits.isdigit() else 0


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters[:5]:
        number = number * 26 + letter - 64
    return number


def _letters(column: int) -> bytes:
    letters = b""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = bytes([65 + rest]) + letters
    return letters


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _relation_id(attributes: dict[str, str]) -> str:
    return next((value for key, value in attributes.items() if _local(key) == "id"), "")


def _parsed(archive: Archive, part: str) -> Element:
    try:
        root: Element = fromstring(archive.read(part))
        return root
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise refusals.damaged("la liste de ses feuilles est illisible") from error


def _main_part(archive: Archive) -> str:
    relations = _relations(archive, "")
    return next((part for kind, part in relations.values() if kind == "officeDocument"), "xl/workbook.xml")


def _relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """id -> (kind, part) of the parts that `part` ('' = the package) refers to."""
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    if path not in archive:
        return {}
    found = {}
    for node in _parsed(archive, path):
        target = node.get("Target", "").replace("\\", "/")
        target = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[node.get("Id", "")] = (node.get("Type", "").rpartition("/")[2], target)
    return found


def _styles(archive: Archive, relations: dict[str, tuple[str, str]]) -> Styles:
    parts = dict(relations.values())
    if parts.get("styles", "") not in archive:
        return Styles()
    xml = archive.read(parts["styles"])
    theme = _theme_colors(archive.read(parts["theme"])) if parts.get("theme", "") in archive else []
    return parse_styles(xml, theme)


def parse_styles(xml: bytes, theme: list[str]) -> Styles:
    """Style numbers that draw zeros or fill a cell, from styles.xml; `theme`: RRGGBB in the order of the theme."""
    xml = re.sub(rb"(</?)\w+:", rb"\1", xml)
    formats = {}
    for attributes in map(_attributes, re.findall(rb"<numFmt\s([^>]*)>", xml)):
        code = unescape(attributes.get(b"formatCode", b"").decode("utf-8", "replace"))
        if draws_zeros(code):
            formats[attributes.get(b"numFmtId")] = code
    fills = [_fill_color(fill, theme) for fill in re.findall(rb"<fill>(.*?)</fill>|<fill/>", xml, re.DOTALL)]
    block = re.search(rb"<cellXfs\b.*?</cellXfs>", xml, re.DOTALL)
    styles = Styles()
    for number, match in enumerate(islice(re.finditer(rb"<xf\s([^>]*)>", block[0] if block else b""), MAX_STYLES)):
        attributes = _attributes(match[1])
        if attributes.get(b"numFmtId") in formats:
            styles.formats[number] = formats[attributes[b"numFmtId"]]
        fill = _int(attributes.get(b"fillId", b"0"))
        color = fills[fill] if fill < len(fills) else None
        if color:
            styles.fills[number] = color
    return styles


def _attributes(text: bytes) -> dict[bytes, bytes]:
    return dict(_ATTRIBUTE.findall(text))


def _fill_color(fill: bytes, theme: list[str]) -> str | None:
    tag = re.search(rb"<fgColor\s([^>]*)>", fill)
    if b'patternType="solid"' not in fill or not tag:
        return None
    attributes = _attributes(tag[1])
    rgb = attributes.get(b"rgb", b"").decode("ascii", "replace")[-6:]
    if re.fullmatch("[0-9A-Fa-f]{6}", rgb):
        return color_name(rgb)
    if b"indexed" in attributes:
        return palette_color(_int(attributes[b"indexed"]))
    index = _int(attributes.get(b"theme", b"99"))
    return color_name(theme[index]) if index < len(theme) else None


def _theme_colors(xml: bytes) -> list[str]:
    """Theme colours by the number cells use: light and dark are stored the other way round."""
    found = re.findall(rb'<a:(?:sysClr\s[^>]*lastClr|srgbClr\s[^>]*?val)="([0-9A-Fa-f]{6})"', xml)[:12]
    colors = [color.decode() for color in found]
    return [*colors[1::-1], *colors[3:1:-1], *colors[4:]] if len(colors) == 12 else []
