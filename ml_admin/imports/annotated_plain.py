"""A file written back as a new .xlsx, row by row: the same sheets, columns and values, whatever its format and size."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ml_admin.cleaned import as_text
from ml_admin.formulas import guarded
from ml_admin.imports.annotated_lines import DONE, Line, Page
from ml_admin.imports.annotated_look import COMMENTS, GREY, LISTS, LOOKS, README, free_name
from ml_admin.imports.columns import letter_of
from ml_admin.imports.row_marks import HEADER, OURS, write_mark
from ml_admin.imports.workbook import Cell
from ml_admin.text import without_nir

_NO_NAME: Final = "Données"  # of a text file
_LONGEST: Final = 32_767  # characters of one cell (Excel's specifications)
_EXACT: Final = 10**15  # a greater number loses digits in a cell
_OLDEST: Final = date(1900, 3, 1)  # Excel's calendar is wrong before
_FORMATS: Final = {"date": "dd/mm/yyyy", "instant": "dd/mm/yyyy hh:mm:ss", "time": "hh:mm:ss", "duration": "[h]:mm:ss"}


def write_plain(pages: Sequence[Page], readme: Sequence[Mapping[str, Any]], out: Path) -> None:
    """Write every page, « Lisez-moi » first, to `out`; rows are not held in memory."""
    options = {"constant_memory": True, "tmpdir": str(out.parent)}
    with xlsxwriter.Workbook(str(out), options) as book:
        book.set_properties({"author": "ML Admin"})
        styles = _Styles(book)
        names = _names(pages)
        _write_readme(book.add_worksheet(names[0]), styles, readme, pages[0])
        writer = _Writer(styles, _places(pages))
        for page, name in zip(pages, names[1:], strict=True):
            writer.write(book.add_worksheet(name), page)
        if writer.lists:
            _write_lists(book.add_worksheet(LISTS), styles, writer.lists, pages[0])


def _names(pages: Iterable[Page]) -> list[str]:
    names: list[str] = []
    for page in pages:
        names.append(free_name(without_nir(page.sheet.name or _NO_NAME)[0], names))
    return [free_name(README, names), *names]


def _places(pages: Iterable[Page]) -> dict[tuple[str, ...], str]:
    lists = dict.fromkeys(tuple(told["options"]) for page in pages for told in page.lists)
    return {one: f"={LISTS}!${letter_of(at)}$2:${letter_of(at)}${len(one) + 1}" for at, one in enumerate(lists)}


class _Styles:
    """Every format, by what a cell is and how it looks; made when first asked for."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[str, str, bool], Format] = {}

    def of(self, kind: str, look: str = "", text: bool = False) -> Format:
        """`text`: a cell that stays text when somebody opens it, « =… » included."""
        key = kind, look, text
        if key not in self._made:
            says: dict[str, Any] = {"num_format": _FORMATS[kind]} if kind in _FORMATS else {}
            if look in LOOKS:
                says |= {"bg_color": LOOKS[look]}
            if look in (DONE, "grey"):
                says |= {"font_color": GREY}
            if kind in ("said", "prose", "strong"):
                says |= {"text_wrap": True, "valign": "top", "bold": kind == "strong" or look == HEADER}
            self._made[key] = self._book.add_format({**says, "quote_prefix": text})
        return self._made[key]


class _Writer:
    """Writes the pages of one workbook, one after the other."""

    def __init__(self, styles: _Styles, lists: Mapping[tuple[str, ...], str]) -> None:
        self.styles, self.lists, self.comments = styles, lists, 0

    def write(self, sheet: Worksheet, page: Page) -> None:
        width, speaks = page.width, page.speaks
        sheet.set_column(0, max(0, width - 1), 16)
        if page.sheet.hidden:
            sheet.hide()
        if speaks:
            sheet.set_column(width, width, 60)
            sheet.set_column(width + 1, width + 1, None, None, {"hidden": True})
        for line in page.lines():
            if line.number in page.sheet.hidden_rows:
                sheet.set_row(line.number - 1, None, None, {"hidden": True})
            self._row(sheet, line)
            if speaks and line.state:
                _write_text(sheet, line.number - 1, width, line.said, self.styles.of("said", line.state))
                sheet.write_string(line.number - 1, width + 1, line.mark)
        self._finish(sheet, page)

    def _row(self, sheet: Worksheet, line: Line) -> None:
        look = {DONE: "grey", HEADER: HEADER}.get(line.state, "")
        for at, cell in enumerate(line.cells):
            fault = line.faults.get(at)
            shown = ("fatal" if fault.fatal else "doubt") if fault else look
            write_cell(sheet, line.number - 1, at, cell, self.styles, shown)
            if fault and self.comments < COMMENTS:
                self.comments += 1
                sheet.write_comment(line.number - 1, at, fault.sentence, {"author": "ML Admin", "x_scale": 2})
        for at, fault in line.faults.items():
            if at >= len(line.cells):
                sheet.write_blank(line.number - 1, at, None, self.styles.of("", "fatal" if fault.fatal else "doubt"))

    def _finish(self, sheet: Worksheet, page: Page) -> None:
        for first_row, first_column, last_row, last_column in page.sheet.merged:
            # merge_range() would write the rows below first, and a sheet without memory takes them in order
            sheet.merge.append([first_row - 1, first_column - 1, last_row - 1, last_column - 1])
        for told in page.lists:
            rule = {
                "validate": "list",
                "source": self.lists[tuple(told["options"])],
                "error_type": "warning",
                "error_title": "Valeur inconnue",
                "error_message": "Cette valeur n’est pas dans la liste. La garder\u202f?",
            }
            sheet.data_validation(told["first"] - 1, told["column"], told["last"] - 1, told["column"], rule)
        if page.speaks and page.filter:
            first, last = page.filter
            sheet.autofilter(first - 1, 0, last - 1, page.width + 1)
            sheet.freeze_panes(first, 0) if first < 20 else None


# --- Cells --------------------------------------------------------------------------------------------------------------


def write_cell(sheet: Worksheet, row: int, at: int, cell: Cell, styles: _Styles, look: str = "") -> None:
    """One cell in its own type; never `sheet.write`, which makes formulas and links of what looks like one."""
    if cell is None or cell == "":
        if look in ("fatal", "doubt"):
            sheet.write_blank(row, at, None, styles.of("", look))
    elif isinstance(cell, str):
        _write_text(sheet, row, at, cell, styles.of("", look, guarded(cell) != cell))
    elif isinstance(cell, bool):
        sheet.write_boolean(row, at, cell, styles.of("", look))
    elif isinstance(cell, int | float):
        if abs(cell) < _EXACT:
            sheet.write_number(row, at, cell, styles.of("", look))
        else:
            _write_text(sheet, row, at, as_text(cell) if abs(cell) < float("inf") else str(cell), styles.of("", look))
    else:
        _write_moment(sheet, row, at, cell, styles, look)


def _write_moment(
    sheet: Worksheet, row: int, at: int, cell: date | time | timedelta, styles: _Styles, look: str
) -> None:
    if isinstance(cell, date) and (cell.date() if isinstance(cell, datetime) else cell) < _OLDEST:
        _write_text(sheet, row, at, as_text(cell), styles.of("", look))
        return
    kind = "time" if isinstance(cell, time) else "duration" if isinstance(cell, timedelta) else "date"
    if isinstance(cell, datetime) and cell.time() != time():
        kind = "instant"
    sheet.write_datetime(row, at, cell, styles.of(kind, look))


def _write_text(sheet: Worksheet, row: int, at: int, text: str, style: Format) -> None:
    text = text[:_LONGEST]
    if text.startswith("<r>") and text.endswith("</r>"):
        # XlsxWriter would take it for rich text of its own making and write it as raw XML
        sheet.write_rich_string(row, at, style, text[:3], text[3:], style)
    else:
        sheet.write_string(row, at, text, style)


# --- Our own sheets ----------------------------------------------------------------------------------------------------


def _write_readme(sheet: Worksheet, styles: _Styles, lines: Iterable[Mapping[str, Any]], page: Page) -> None:
    sheet.set_column(0, 0, 110)
    sheet.set_column(1, 1, None, None, {"hidden": True})
    for row, line in enumerate(lines):
        kind = "strong" if line.get("strong") else "prose"
        _write_text(sheet, row, 0, line["text"], styles.of(kind, line.get("look", "")))
        if row == 0:
            sheet.write_string(0, 1, write_mark(page.batch_id, page.file_hash, OURS))


def _write_lists(sheet: Worksheet, styles: _Styles, lists: Iterable[tuple[str, ...]], page: Page) -> None:
    sheet.very_hidden()
    sheet.write_string(0, 0, write_mark(page.batch_id, page.file_hash, OURS))
    for row, options in enumerate(zip_longest(*lists, fillvalue=None), 1):
        for at, option in enumerate(options):
            if option is not None:
                _write_text(sheet, row, at, option, styles.of(""))
