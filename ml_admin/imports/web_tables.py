"""Web pages saved as .xls by old software: their tables, cell by cell, as text."""

import re
from html.parser import HTMLParser

from ml_admin.imports import refusals, text_files
from ml_admin.imports.workbook import Sheet

MAX_SPAN = 1_000  # of HTML itself
MAX_SPANNED = 200_000  # cells under the merged ones of a page


def is_html(head: bytes) -> bool:
    """`head`: the first bytes of the file, without its mark of encoding."""
    return bool(
        re.match(
            rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|table|body)\b", head, re.I | re.S
        )
    )


def read_html(content: bytes) -> tuple[list[Sheet], str, list[str]]:
    """(sheets, encoding, notes); raise RefusedFileError if the page holds no table."""
    declared = re.search(rb"charset=[\"']?([\w-]+)", content[:4096], re.IGNORECASE)
    text = _declared(content, declared[1].decode()) if declared else None
    decoded = text or text_files.decode(content)
    parser = _Tables()
    parser.feed(decoded.text)
    parser.close()
    sheets = [sheet for sheet in parser.sheets if any(any(row) for row in sheet.rows)]
    if not sheets:
        raise refusals.wrong_kind("une page web sans tableau", refusals.RESAVE)
    return sheets, decoded.encoding, decoded.notes


def _declared(content: bytes, encoding: str) -> text_files.Text | None:
    try:
        return text_files.Text(content.decode(encoding), encoding.lower(), [])
    except (LookupError, UnicodeDecodeError):
        return None


class _Tables(HTMLParser):
    """Each table becomes a sheet; a table inside a cell is a sheet of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[Sheet] = []
        self._open: list[Sheet] = []
        self._cell: list[str] | None = None
        self._span = (1, 1)
        self._cells = self._spanned = 0
        self._taken: dict[tuple[int, int], None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._end_cell()
            self._open.append(Sheet(f"Tableau {len(self.sheets) + 1}", []))
            self.sheets.append(self._open[-1])
            self._taken = {}
        elif tag == "tr" and self._open:
            self._end_cell()
            self._open[-1].rows.append([])
        elif tag in ("td", "th") and self._open:
            self._start_cell(dict(attrs))
        elif tag in ("br", "p", "div") and self._cell:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._end_cell()
        if tag == "table" and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(re.sub(r"[ \t\r\n]+", " ", data))

    def _start_cell(self, attributes: dict[str, str | None]) -> None:
        self._end_cell()
        self._cell = []
        self._span = (_span(attributes.get("rowspan")), _span(attributes.get("colspan")))
        if not self._open[-1].rows:
            self._open[-1].rows.append([])

    def _end_cell(self) -> None:
        if self._cell is None or not self._open:
            return
        sheet = self._open[-1]
        row, (height, width) = len(sheet.rows), self._span
        cells = sheet.rows[-1]
        while (row, len(cells) + 1) in self._taken:
            cells.append(None)
        text = "\n".join(line.strip() for line in "".join(self._cell).split("\n")).strip()
        first = len(cells) + 1
        cells += [text or None, *[None] * (width - 1)]
        self._cell = None
        self._cells += 1
        self._spanned += height * width - 1
        if self._cells > refusals.MAX_CELLS or self._spanned > MAX_SPANNED:
            raise refusals.too_many_cells()
        if (height, width) != (1, 1):
            sheet.merged.append((row, first, row + height - 1, first + width - 1))
            self._taken |= dict.fromkeys(
                (r, c) for r in range(row + 1, row + height) for c in range(first, first + width)
            )


def _span(value: str | None) -> int:
    return min(int(value), MAX_SPAN) if value and re.fullmatch("[1-9][0-9]{0,3}", value) else 1
