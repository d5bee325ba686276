"""The user's own .xlsx written back by openpyxl: its styles are kept, everything that could run or compute is not."""

import io
import re
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.packaging.core import DocumentProperties
from openpyxl.packaging.custom import CustomPropertyList
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.protection import DocumentSecurity
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.header_footer import HeaderFooter
from openpyxl.worksheet.protection import SheetProtection

from ml_admin.cleaned import as_text
from ml_admin.formulas import guarded
from ml_admin.imports.annotated_lines import DONE, WAITING, Line, Page, may_hold_nir
from ml_admin.imports.annotated_look import COMMENTS, GREY, HIDDEN, LISTS, LOOKS, README, free_name, list_rule
from ml_admin.imports.archive import Archive
from ml_admin.imports.row_marks import HEADER, OURS, write_mark
from ml_admin.imports.workbook import Workbook
from ml_admin.text import without_nir

_CELLS: Final = 150_000  # openpyxl takes 10 s and 500 MB for four times as many
_UNPACKED: Final = 60 * 1024 * 1024
_STYLES: Final = 2 * 1024 * 1024
_SHEETS: Final = 100
_PLAIN_LIST: Final = re.compile(r'"[^"]*"|(?:\'?[\w .-]+\'?!)?\$?[A-Z]{1,3}\$?\d+:\$?[A-Z]{1,3}\$?\d+')


def may_keep_styles(content: bytes, book: Workbook) -> bool:
    """Whether openpyxl can hold this workbook in little time and memory."""
    if book.format not in ("xlsx", "xlsm") or len(book.sheets) > _SHEETS:
        return False
    archive = Archive(content)
    parts = [archive.size(name) for name in archive.names()]
    heaviest = max((archive.size(name) for name in archive.names() if name.endswith("styles.xml")), default=0)
    cells = sum(len(row) for sheet in book.sheets for row in sheet.rows)
    return cells <= _CELLS and sum(parts) <= _UNPACKED and heaviest <= _STYLES


def write_styled(content: bytes, pages: Sequence[Page], readme: Sequence[Mapping[str, Any]], out: Path) -> None:
    """Write the workbook of `content` with what `pages` say, to `out`; whatever openpyxl stumbles on is raised."""
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True, keep_links=False)
    _disarm(book)
    painter = _Painter()
    lists: dict[tuple[str, ...], str] = {}
    for page in pages:
        sheet = book[page.sheet.name]
        _clean_cells(sheet)
        _write_page(sheet, page, painter)
        _add_lists(book, sheet, page, lists)
    for sheet in book.worksheets:
        title, found = without_nir(sheet.title)
        if found:
            sheet.title = free_name(title or "Feuille", book.sheetnames)
    _write_lists(book, lists, pages[0])
    _write_readme(book, readme, pages[0])
    book.save(out)


# --- What may stay of the file -----------------------------------------------------------------------------------------


def _disarm(book: Any) -> None:
    """Take out what computes, points elsewhere or speaks of people beside the cells."""
    for sheet in list(book.chartsheets):
        book.remove(sheet)
    book.defined_names.clear()
    book.properties, book.custom_doc_props = DocumentProperties(creator="ML Admin"), CustomPropertyList()
    book.security = DocumentSecurity()
    for sheet in book.worksheets:
        sheet.defined_names.clear()
        sheet.conditional_formatting = ConditionalFormattingList()
        sheet.protection, sheet.HeaderFooter = SheetProtection(), HeaderFooter()
        sheet.legacy_drawing, sheet._charts, sheet._images, sheet._pivots, sheet._hyperlinks = None, [], [], [], []
        # a table sorts its own columns alone: the reasons beside it would stay behind
        sheet.tables.clear()
        sheet.auto_filter.ref = None
        kept = [rule for rule in sheet.data_validations.dataValidation if _is_plain_list(rule)]
        sheet.data_validations.dataValidation = kept


def _is_plain_list(rule: DataValidation) -> bool:
    text = str(rule.formula1 or "")
    return rule.type == "list" and bool(_PLAIN_LIST.fullmatch(text)) and not without_nir(text)[1]


def _clean_cells(sheet: Any) -> None:
    for cells in sheet.iter_rows():
        for cell in cells:
            if isinstance(cell, MergedCell):
                continue
            cell._hyperlink = None
            if cell.comment:
                said = without_nir(cell.comment.text or "")[0]
                cell.comment = Comment(said, "") if said else None
            if may_hold_nir(cell.value):
                left, found = without_nir(as_text(cell.value))
                if found:
                    _put(cell, left or None)
            if cell.data_type == "s" and guarded(cell.value) != cell.value:
                cell.quotePrefix = True  # else it becomes a formula as soon as somebody opens the cell


# --- What is said -----------------------------------------------------------------------------------------------------


class _Painter:
    """Styles of cells, each made once: openpyxl spends its time on them."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, bytes], Any] = {}
        self.comments = 0

    def paint(self, cell: Cell, look: str) -> None:
        before: array[int] = cell._style
        key = look, before.tobytes()
        if key not in self._made:
            _LOOKS[look](cell)
            self._made[key] = copy(cell._style)
        cell._style = copy(self._made[key])


def _fill(color: str) -> PatternFill:
    return PatternFill("solid", start_color=color.lstrip("#"))


def _filled(look: str) -> Callable[[Cell], None]:
    def set_look(cell: Cell) -> None:
        cell.fill = _fill(LOOKS[look])

    return set_look


def _grey(cell: Cell) -> None:
    font = copy(cell.font)
    font.color = GREY.lstrip("#")
    cell.font = font


def _said(look: str) -> Callable[[Cell], None]:
    def set_look(cell: Cell) -> None:
        cell.fill = _fill(LOOKS[look])
        cell.font = Font(bold=look == HEADER, color=GREY.lstrip("#") if look == DONE else None)
        cell.alignment = Alignment(wrap_text=True, vertical="top")

    return set_look


_LOOKS: Final[Mapping[str, Callable[[Cell], None]]] = {
    "fatal": _filled("fatal"),
    "doubt": _filled("doubt"),
    "grey": _grey,
    DONE: _said(DONE),
    WAITING: _said(WAITING),
    HEADER: _said(HEADER),
}


def _write_page(sheet: Any, page: Page, painter: _Painter) -> None:
    column = page.width + 1
    for line in page.lines():
        for at, value in line.changed.items():
            _put(sheet.cell(line.number, at + 1), value)
        if not line.state or not page.speaks:
            continue
        said = sheet.cell(line.number, column)
        _put(said, line.said)
        painter.paint(said, line.state)
        _put(sheet.cell(line.number, column + 1), line.mark)
        _paint_row(sheet, line, painter)
    if page.speaks:
        sheet.column_dimensions[get_column_letter(column)].width = 60
        sheet.column_dimensions[get_column_letter(column + 1)].hidden = True
        if page.filter:
            first, last = page.filter
            sheet.auto_filter.ref = f"A{first}:{get_column_letter(column + 1)}{last}"


def _paint_row(sheet: Any, line: Line, painter: _Painter) -> None:
    if line.state == DONE:
        for at, value in enumerate(line.cells):
            if value is not None:
                painter.paint(sheet.cell(line.number, at + 1), "grey")
    for at, fault in line.faults.items():
        cell = sheet.cell(line.number, at + 1)
        painter.paint(cell, "fatal" if fault.fatal else "doubt")
        if painter.comments < COMMENTS and not isinstance(cell, MergedCell):
            painter.comments += 1
            cell.comment = Comment(_legal(fault.sentence), "ML Admin", 120, 320)


def _put(cell: Any, value: Any) -> None:
    """Never a formula, whatever the text begins with."""
    if isinstance(cell, MergedCell):
        return
    if isinstance(value, str):
        cell.value, cell.data_type = None, "s"
        cell._value = _legal(value)
        cell.quotePrefix = guarded(value) != value
    else:
        cell.value = value


def _legal(text: str) -> str:
    legal: str = ILLEGAL_CHARACTERS_RE.sub("", text)
    return legal[:32_000]


# --- Lists, and the first sheet -----------------------------------------------------------------------------------------


def _add_lists(book: Any, sheet: Any, page: Page, lists: dict[tuple[str, ...], str]) -> None:
    for told in page.lists:
        options = tuple(told["options"])
        column = get_column_letter(told["column"] + 1)
        if options not in lists:
            letter = get_column_letter(len(lists) + 1)
            lists[options] = f"{LISTS}!${letter}$2:${letter}${len(options) + 1}"
        rule = DataValidation("list", formula1=lists[options], **list_rule())
        rule.add(f"{column}{told['first']}:{column}{told['last']}")
        sheet.add_data_validation(rule)


def _write_lists(book: Any, lists: Iterable[tuple[str, ...]], page: Page) -> None:
    if not lists:
        return
    sheet = book.create_sheet(LISTS)
    sheet.sheet_state = HIDDEN
    _put(sheet.cell(1, 1), write_mark(page.batch_id, page.file_hash, OURS))
    for column, options in enumerate(lists, 1):
        for row, option in enumerate(options, 2):
            _put(sheet.cell(row, column), option)


def _write_readme(book: Any, lines: Iterable[Mapping[str, Any]], page: Page) -> None:
    sheet = book.create_sheet(free_name(README, book.sheetnames), 0)
    sheet.column_dimensions["A"].width = 110
    sheet.column_dimensions["B"].hidden = True
    _put(sheet.cell(1, 2), write_mark(page.batch_id, page.file_hash, OURS))
    for row, line in enumerate(lines, 1):
        cell = sheet.cell(row, 1)
        _put(cell, line["text"])
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(bold=bool(line.get("strong")), size=14 if row == 1 else 11)
        if line.get("look"):
            cell.fill = _fill(LOOKS[line["look"]])
    for other in book.worksheets:
        other.sheet_view.tabSelected = False
    book.active = 0
    sheet.sheet_view.tabSelected = True
