"""From the bytes of a file to plain sheets, whatever the format."""

import csv
import io

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ml_admin.imports.workbook import Cell, Sheet, Workbook

ENCODINGS = ("utf-8-sig", "cp1252", "mac_roman", "cp850", "latin-1")


def read(content: bytes, file_name: str) -> Workbook:
    if content[:2] == b"PK" or content[:4] == b"\xd0\xcf\x11\xe0":
        return read_spreadsheet(content, file_name)
    return read_text(content, file_name)


def read_spreadsheet(content: bytes, file_name: str) -> Workbook:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = [
        Sheet(
            name=meta.name,
            rows=plain_rows(book.get_sheet_by_name(meta.name)),
            hidden=meta.visible != SheetVisibleEnum.Visible,
            merged=merged(book.get_sheet_by_name(meta.name)),
        )
        for meta in book.sheets_metadata
        if meta.typ == SheetTypeEnum.WorkSheet
    ]
    return Workbook(file_name, file_name.rsplit(".", 1)[-1].lower(), 1900, sheets)


def plain_rows(sheet: CalamineSheet) -> list[list[Cell]]:
    return [[plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]


def plain(cell: Cell) -> Cell:
    if cell == "":
        return None
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def merged(sheet: CalamineSheet) -> list[tuple[int, int, int, int]]:
    ranges = sheet.merged_cell_ranges or []
    return [(top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in ranges]


def read_text(content: bytes, file_name: str) -> Workbook:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    delimiter = max(";\t,|", key=text.count)
    rows: list[list[Cell]] = [
        [cell or None for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    ]
    name = file_name.rsplit(".", 1)[-1].lower()
    return Workbook(
        file_name, "txt" if name == "txt" else "csv", 1900, [Sheet(None, rows)], encoding=encoding, delimiter=delimiter
    )
