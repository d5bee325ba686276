"""Small spreadsheets written byte by byte, honest or not: libraries refuse to write the wrong ones."""

import io
import struct
import zipfile
from html import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PEOPLE = [["Nom", "Prénom", "Code postal"], ["DURAND", "Amina", 9000], ["PETIT", "Loïc", 9100]]


def zipped(parts: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part, method)  # of 1980: the same bytes at each run
    return out.getvalue()


# --- xlsx ------------------------------------------------------------------------------------------------------------


def letters(column: int) -> str:
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def cell(row: int, column: int, value: object, style: int = 0) -> str:
    start = f'<c r="{letters(column)}{row}"' + (f' s="{style}"' if style else "")
    if isinstance(value, str):
        return f'{start} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"{start}/>" if value is None else f"{start}><v>{value}</v></c>"


def rows_xml(rows: list[list[object]]) -> str:
    return "".join(
        f'<row r="{number}">' + "".join(cell(number, column, value) for column, value in enumerate(row, 1)) + "</row>"
        for number, row in enumerate(rows, 1)
    )


def sheet_xml(data: str, before: str = "", after: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}">{before}<sheetData>{data}</sheetData>{after}</worksheet>'


def styles_xml(formats: list[str] = [], fills: list[str] = []) -> str:  # noqa: B006
    """Style 1, 2… for each format, then for each fill (the inside of <fill>); style 0 is plain."""
    codes = "".join(f'<numFmt numFmtId="{164 + i}" formatCode="{escape(code)}"/>' for i, code in enumerate(formats))
    xfs = "".join(f'<xf numFmtId="{164 + i}" fillId="0"/>' for i in range(len(formats)))
    xfs += "".join(f'<xf numFmtId="0" fillId="{i + 2}"/>' for i in range(len(fills)))
    inside = '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    inside += "".join(f'<fill><patternFill patternType="solid">{fill}</patternFill></fill>' for fill in fills)
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{codes}</numFmts><fills>{inside}</fills>'
        f'<cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs><xf numFmtId="0" fillId="0"/>{xfs}</cellXfs></styleSheet>'
    )


def xlsx_parts(
    sheets: dict[str, str], styles: str = "", properties: str = "", states: str = ""
) -> dict[str, bytes | str]:
    """Parts of a workbook; `sheets`: name -> XML of the sheet; `states`: attributes of the last <sheet>."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{i}" r:id="rId{i}" {states if i == len(names) else ""}/>'
        for i, name in enumerate(names, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{i}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(names) + 1)
    )
    relations += f'<Relationship Id="rIdS" Type="{RELATIONS}/styles" Target="styles.xml"/>'
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><workbookPr {properties}/><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>',
        "xl/styles.xml": styles or styles_xml(),
        **{f"xl/worksheets/sheet{i}.xml": sheets[name] for i, name in enumerate(names, 1)},
    }


def xlsx(
    data: str | None = None, *, before: str = "", after: str = "", styles: str = "", properties: str = ""
) -> bytes:
    """One sheet « Feuil1 » holding `data` (rows in XML), or PEOPLE."""
    xml = sheet_xml(rows_xml(PEOPLE) if data is None else data, before, after)
    return zipped(xlsx_parts({"Feuil1": xml}, styles, properties))


# --- ods -------------------------------------------------------------------------------------------------------------

_SPACES = (
    " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table", "style")
    )
    + ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def ods_text(text: str, attributes: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="string" {attributes}><text:p>{escape(text)}</text:p></table:table-cell>'
    )


def ods_number(value: float, shown: str) -> str:
    return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{shown}</text:p></table:table-cell>'


def ods_row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def ods(rows: str, *, styles: str = "", settings: str = "", manifest: str = "") -> bytes:
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_SPACES}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>{settings}"
        f'<table:table table:name="Feuille1">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content,
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">{manifest}</manifest:manifest>',
        }
    )


ODS_PEOPLE = "".join(ods_row(*(ods_text(str(value)) for value in row)) for row in PEOPLE)


# --- xls -------------------------------------------------------------------------------------------------------------


def record(number: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", number, len(data)) + data


def _bof(kind: int) -> bytes:
    return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 0x07CC, 0x41, 6))


def _label(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def format_record(number: int, code: str) -> bytes:
    return record(0x41E, struct.pack("<H", number) + _label(code))


def style_record(format_number: int = 0, color: int = 0) -> bytes:
    """XF: a number format and a solid fill of that colour of the palette (0: none)."""
    return record(0xE0, struct.pack("<HHHBBBBIIH", 0, format_number, 0, 0, 0, 0, 0, 0, (1 << 26) * bool(color), color))


def xls_cell(row: int, column: int, value: object, style: int = 0) -> bytes:
    place = struct.pack("<HHH", row, column, style)
    if isinstance(value, str):
        return record(0x204, place + _label(value))
    return record(0x201, place) if value is None else record(0x203, place + struct.pack("<d", value))


XLS_PEOPLE = b"".join(
    xls_cell(row, column, value) for row, cells in enumerate(PEOPLE) for column, value in enumerate(cells)
)


def xls_stream(
    cells: bytes = XLS_PEOPLE, head: bytes = b"", dimensions: tuple[int, int, int, int] = (0, 3, 0, 3)
) -> bytes:
    """Workbook stream of one sheet « Feuil1 »: `head` joins the records of the workbook."""
    start = _bof(5) + head
    name = struct.pack("<BBBB", 0, 0, 6, 0) + b"Feuil1"
    offset = len(start) + 4 + 4 + len(name) + 4
    book = start + record(0x85, struct.pack("<I", offset) + name) + record(0x0A)
    return book + _bof(0x10) + record(0x200, struct.pack("<IIHHH", *dimensions, 0)) + cells + record(0x0A)


def compound(stream: bytes, name: str = "Workbook") -> bytes:
    """Compound file (OLE) of one stream: header, table of sectors, directory, stream."""
    data = stream.ljust(4096, b"\0")
    data = data.ljust(-(-len(data) // 512) * 512, b"\0")
    sectors = len(data) // 512
    tables = -(-(sectors + 2) // 127)
    fat = [0xFFFFFFFD] * tables + [0xFFFFFFFE] + list(range(tables + 2, tables + 1 + sectors)) + [0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (128 * tables - len(fat))
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0"))
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIIII", header, 44, tables, tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    struct.pack_into("<109I", header, 76, *range(tables), *[0xFFFFFFFF] * (109 - tables))
    directory = _entry("Root Entry", 5, 0xFFFFFFFE, 0) + _entry(name, 2, tables + 1, len(data))
    return bytes(header) + struct.pack(f"<{128 * tables}I", *fat) + directory.ljust(512, b"\0") + data


def _entry(name: str, kind: int, first: int, size: int) -> bytes:
    label = name.encode("utf-16-le")
    child = 1 if kind == 5 else 0xFFFFFFFF
    links = struct.pack("<HBBIII", len(label) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return label.ljust(64, b"\0") + links + b"\0" * 36 + struct.pack("<IQ", first, size)


def xls(cells: bytes = XLS_PEOPLE, head: bytes = b"", dimensions: tuple[int, int, int, int] = (0, 3, 0, 3)) -> bytes:
    return compound(xls_stream(cells, head, dimensions))
