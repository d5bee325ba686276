"""A table lying on its side: the headings down a column, one record in each of the columns beside it."""

from dataclasses import replace

from ml_admin.imports.header_rows import Grid, header_segments
from ml_admin.imports.vocabulary import enough_for_a_record, folded, is_heading
from ml_admin.imports.workbook import Cell, Sheet

_TALLEST = 120  # fields of one record
_WIDEST = 400  # records


def turned(sheet: Sheet) -> tuple[Sheet, list[str]] | None:
    """The sheet with rows and columns swapped and the titles over it, or None when it stands upright.

    Row n of the answer is column n of the sheet (A = 1).
    """
    if not 3 <= len(sheet.rows) <= _TALLEST or max(map(len, sheet.rows)) > _WIDEST:
        return None
    grid = Grid(sheet)
    if header_segments(grid):
        return None
    column = _labels(grid)
    if column is None:
        return None
    rows = [number for number in range(1, len(sheet.rows) + 1) if is_heading(grid.text(number, column))]
    if not _stands(grid, column, rows):
        return None
    kept = [list(row) if number >= rows[0] else [] for number, row in enumerate(sheet.rows, 1)]
    titles = [
        " ".join(grid.text(number, at) for at in cells)
        for number, cells in enumerate(grid.filled[: rows[0] - 1], 1)
        if cells
    ]
    swapped: list[list[Cell]] = [[row[at] if at < len(row) else None for row in kept] for at in range(grid.width)]
    return replace(sheet, rows=swapped, merged=[], hidden_rows=frozenset(), colors={}), titles


def _labels(grid: Grid) -> int | None:
    """The first column most of whose words are known headings."""
    for column in range(min(4, grid.width)):
        words = [grid.text(number, column) for number in range(1, len(grid.rows) + 1)]
        known = [folded(word) for word in words if word and is_heading(word)]
        if len(set(known)) >= 3 and len(known) == len(set(known)) and len(known) >= 0.5 * sum(map(bool, words)):
            return column
    return None


def _stands(grid: Grid, column: int, rows: list[int]) -> bool:
    """Two records at least, filled on most rows, whose cells are no headings; enough is named for one record."""
    right = [[at for at in grid.filled[number - 1] if at > column] for number in rows]
    if not enough_for_a_record(grid.text(number, column) for number in rows):
        return False
    records = {at for cells in right for at in cells}
    full = [at for at in records if sum(at in cells for cells in right) >= 0.5 * len(rows)]
    headings = sum(is_heading(grid.text(number, at)) for number, cells in zip(rows, right, strict=True) for at in cells)
    return len(full) >= 2 and len(full) >= 0.6 * len(records) and headings <= 0.15 * sum(map(len, right))
