"""The rows of a workbook that is given back: what is said beside each, what is coloured, what is taken out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Final

from ml_admin.cleaned import as_text
from ml_admin.imports.row_marks import HEADER, HEADING, fingerprint, sheet_fingerprint, write_mark
from ml_admin.imports.workbook import Cell, Sheet
from ml_admin.text import without_nir

DONE, WAITING = "done", "waiting"
_WIDEST: Final = 16_000  # columns; our two come after them
_LEAST_NUMBER: Final = 10**11  # a smaller number cannot hold a social-security number


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that somebody must look at."""

    sentence: str
    fatal: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the sheet, `number` from 1; `changed` are the cells that differ from the file."""

    number: int
    cells: Sequence[Cell]
    changed: Mapping[int, Cell]
    state: str = ""  # DONE, WAITING, HEADER or nothing
    said: str = ""
    mark: str = ""
    faults: Mapping[int, Fault] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet and what the order says of it (see annotated.py)."""

    sheet: Sheet
    told: Mapping[str, Any]
    batch_id: int
    file_hash: str

    @property
    def width(self) -> int:
        """Columns that the sheet uses; « À corriger » stands in the next one."""
        filled = max((_filled(row) for row in self.sheet.rows), default=0)
        merged = max((right for _, _, _, right in self.sheet.merged if right < _WIDEST), default=0)
        return max(filled, merged)

    @property
    def speaks(self) -> bool:
        """Whether rows of this sheet were staged, and whether there is room to say so."""
        return bool(self.told) and self.width < _WIDEST

    @property
    def lists(self) -> Sequence[Mapping[str, Any]]:
        """Drop-downs: column (from 0), first and last row, options."""
        return self.told.get("lists", ()) if self.speaks else ()

    @property
    def filter(self) -> tuple[int, int] | None:
        """Row of the headings and last row of the only table of the sheet."""
        found = self.told.get("filter")
        return (found[0], found[1]) if found else None

    def lines(self) -> Iterator[Line]:
        """Every row of the sheet in its order."""
        rows, headers = self.told.get("rows", {}), set(self.told.get("headers", ()))
        blank, first = set(self.told.get("blank", ())), min(headers, default=0)
        whole = self.told.get("whole")
        for number, cells in enumerate(self.sheet.rows, 1):
            told = rows.get(str(number), {})
            changed = _changed(cells, blank if number > first else (), told.get("values", ()))
            shown = [changed.get(at, cell) for at, cell in enumerate(cells)] if changed else cells
            if whole and number == 1:
                yield self._whole(whole, cells, changed)
            elif number in headers:
                yield Line(number, shown, changed, HEADER, HEADING, self._mark(HEADER))
            elif told:
                yield self._told(number, shown, changed, told)
            else:
                yield Line(number, shown, changed)

    def _told(self, number: int, cells: Sequence[Cell], changed: Mapping[int, Cell], told: Mapping[str, Any]) -> Line:
        faults = {at: Fault(sentence, fatal) for at, sentence, fatal in told["faults"]}
        mark = self._mark(",".join(map(str, told["positions"])), fingerprint(cells))
        return Line(number, cells, changed, told["state"], told["said"], mark, faults)

    def _whole(self, whole: Mapping[str, Any], cells: Sequence[Cell], changed: Mapping[int, Cell]) -> Line:
        """A form is one record: what is said of it stands on its first row."""
        rows = [[_without_nir(cell) for cell in row] for row in self.sheet.rows]
        mark = self._mark(",".join(map(str, whole["positions"])), sheet_fingerprint(rows))
        return Line(1, [_without_nir(cell) for cell in cells], changed, whole["state"], whole["said"], mark)

    def _mark(self, what: str, print_: str = "") -> str:
        return write_mark(self.batch_id, self.file_hash, what, print_)


def _filled(row: Sequence[Cell]) -> int:
    return next((at for at in range(len(row), 0, -1) if row[at - 1] not in (None, "")), 0)


def _changed(cells: Sequence[Cell], blank: Any, values: Iterable[tuple[int, Cell]]) -> dict[int, Cell]:
    """Cells whose social-security number is taken out, and those that somebody corrected on the screen."""
    changed: dict[int, Cell] = {at: None for at in blank if at < len(cells) and cells[at] is not None}
    for at, cell in enumerate(cells):
        if may_hold_nir(cell) and (left := _without_nir(cell)) != cell:
            changed[at] = left
    return changed | dict(values)


def may_hold_nir(cell: Cell) -> bool:
    """Cheap and generous: most cells are short."""
    if isinstance(cell, str):
        return len(cell) > 12
    return isinstance(cell, int | float) and _LEAST_NUMBER <= abs(cell) < inf


def _without_nir(cell: Cell) -> Cell:
    if not may_hold_nir(cell):
        return cell
    left, found = without_nir(as_text(cell))
    return (left or None) if found else cell
