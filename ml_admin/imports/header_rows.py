"""Which rows of a sheet are headers, and the words over each column, on one row or two.

Rows are numbered as the spreadsheet shows them (first row = 1); columns count from 0.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from itertools import chain

from ml_admin.imports.vocabulary import enough_for_a_record, folded, is_heading, readings
from ml_admin.imports.workbook import Cell, Sheet
from ml_admin.text import tidy

# a header of records names at least one of these
_NAMING = frozenset(
    {"last_name", "first_name", "last_name+first_name", "name", "employer", "label", "slot", "date", "time"}
)


_PEOPLE = frozenset({"last_name", "first_name", "last_name+first_name"})


WIDEST = 500  # columns: no office keeps so many; further ones are left out and said


@dataclass(slots=True)
class Heading:
    """The words over one column."""

    column: int
    text: str  # of the header's own row or rows
    group: str = ""  # of a row above that names several columns at once


@dataclass(slots=True)
class Segment:
    """A run of header cells in one row."""

    row: int
    first: int
    last: int


class Grid:
    """A sheet with quick answers about its cells."""

    def __init__(self, sheet: Sheet) -> None:
        self.rows = sheet.rows
        self.filled = [_filled(row) for row in sheet.rows]
        if any(cells and cells[-1] >= WIDEST for cells in self.filled):
            self.filled = [[column for column in cells if column < WIDEST] for cells in self.filled]
        self.width = max((cells[-1] + 1 for cells in self.filled if cells), default=0)
        self.wide = {
            (top, left - 1): right - 1 for top, left, bottom, right in sheet.merged if right > left and bottom - top < 3
        }

    def cell(self, row: int, column: int) -> Cell:
        cells = self.rows[row - 1] if 0 < row <= len(self.rows) else []
        return cells[column] if column < len(cells) else None

    def between(self, row: int, first: int, last: int) -> list[int]:
        return (
            [column for column in self.filled[row - 1] if first <= column <= last] if 0 < row <= len(self.rows) else []
        )

    def text(self, row: int, column: int) -> str:
        cell = self.cell(row, column)
        if isinstance(cell, time):
            return cell.strftime("%H:%M")
        return tidy(str(cell)) if cell is not None else ""


def _filled(row: list[Cell]) -> list[int]:
    return [
        column
        for column, cell in enumerate(row)
        if cell is not None and (type(cell) is not str or (cell and not cell.isspace()))
    ]


def header_segments(grid: Grid) -> list[Segment]:
    """Header runs, top to bottom then left to right; a repeated header gives none."""
    found: list[Segment] = []
    known = {cell for cell in set(chain.from_iterable(grid.rows)) if _is_known(cell)}
    naming = {cell for cell in known if names_records(tidy(str(cell)))}
    for number, filled in enumerate(grid.filled, 1):
        if len(filled) < 2:
            continue
        row = grid.rows[number - 1]
        hits = [column for column in filled if row[column] in known]
        heads = [column for column in hits if row[column] in naming and _may_head(row, filled, column)]
        if not heads or _goes_under(grid, number, hits, heads, found):
            continue  # most rows of data that hold known words
        if len(hits) < 2 and not (_times_below(grid, number, hits[0]) or _hours(grid, number) >= 3):
            continue
        for first, last in _split(grid, number, hits):
            segment = Segment(number, first, last)
            if _is_header(grid, segment, hits, found) and not _repeats(grid, segment, found):
                _put(grid, segment, found)
    return found


def _is_known(cell: Cell) -> bool:
    # two digits in front are a phone or a date: no need to look further, in a file of a hundred thousand of them
    return isinstance(cell, str) and not cell[:2].isdigit() and is_heading(cell)


def _goes_under(grid: Grid, number: int, hits: list[int], heads: list[int], above: list[Segment]) -> bool:
    """A row of the table above: what might head a table stands under a header, filled cells over it and over its
    neighbours, and known words are nowhere close enough together for the test that `_is_header` makes of such a row."""
    filled, over = grid.filled[number - 1], grid.rows[number - 2]
    for column in heads:
        place = bisect_left(filled, column)
        beside = filled[max(0, place - 1) : place + 2]
        if not all(one < len(over) and over[one] is not None for one in beside):
            return False
        if not any(one.first <= column <= one.last for one in above):
            return False
    places = [bisect_left(filled, column) for column in hits]
    return not any(
        0.6 * (places[end] - places[start] + 1) <= end - start + 1
        for start in range(len(places) - 2)
        for end in range(start + 2, len(places))
    )


def _may_head(row: list[Cell], filled: list[int], column: int) -> bool:
    """No date and no mail address in the cells that touch this one: a header that held it would hold them too."""
    at = bisect_left(filled, column)
    first = next((one for one in range(at, 0, -1) if filled[one - 1] != filled[one] - 1), 0)
    last = next((one for one in range(at, len(filled) - 1) if filled[one + 1] != filled[one] + 1), len(filled) - 1)
    return not any(_is_value(row[one]) for one in filled[first : last + 1])


def _is_value(cell: Cell) -> bool:
    """A date, a tick, a duration or a mail address: no words over a column."""
    if isinstance(cell, str):
        return "@" in cell and re.search(r"\w@\w", cell) is not None
    return isinstance(cell, date | bool | timedelta)


def _put(grid: Grid, segment: Segment, found: list[Segment]) -> None:
    """Of two header rows that follow each other the better known counts: the other is its banner or its second line."""
    before = [
        one for one in found if one.row == segment.row - 1 and one.first <= segment.last and segment.first <= one.last
    ]
    if not before or _known(_texts(grid, segment)) >= sum(_known(_texts(grid, one)) for one in before):
        found[:] = [one for one in found if one not in before]
        found.append(segment)


def _split(grid: Grid, number: int, hits: list[int]) -> list[tuple[int, int]]:
    """Cut a header row into tables side by side: at an empty column, or where the same headings come back, or a table ends."""
    runs: list[list[int]] = []
    said = cache(lambda column: folded(grid.text(number, column)))
    for column in grid.filled[number - 1]:
        beside = bool(runs) and column == runs[-1][-1] + 1
        if beside and not (_comes_back(runs[-1], column, said) or _touches(grid, number, runs[-1], column, hits)):
            runs[-1].append(column)
        else:
            runs.append([column])
    joined: list[list[int]] = []
    for run in runs:
        if joined and _goes_on(grid, number, joined[-1], run, hits):
            joined[-1] += run
        else:
            joined.append(run)
    return [(run[0], run[-1]) for run in joined]


def _goes_on(grid: Grid, number: int, before: list[int], run: list[int], hits: list[int]) -> bool:
    """Over an empty column: the same header, unless both sides could be one, or one side is data of another table."""
    if not any(column in hits for column in before):
        return False
    if not any(column in hits for column in run):
        return all(type(grid.cell(number, column)) in (str, time) for column in run)
    return not (_stands_alone(grid, number, before, hits) and _stands_alone(grid, number, run, hits))


def _hours(grid: Grid, number: int) -> int:
    return sum(is_time(grid.cell(number, column)) for column in grid.filled[number - 1])


def _comes_back(run: list[int], column: int, said: Callable[[int], str]) -> bool:
    """The run's first two headings appear again."""
    return len(run) > 1 and said(run[0]) == said(column) and said(run[1]) == said(column + 1)


def _touches(grid: Grid, number: int, run: list[int], column: int, hits: list[int]) -> bool:
    """Two tables without a blank column between: each names its records, and one goes on alone under the other's end."""
    if column not in hits or not names_records(grid.text(number, column)):
        return False
    right = [one for one in grid.filled[number - 1] if one >= column]
    if not all(len(side) > 1 and enough_for_a_record(grid.text(number, at) for at in side) for side in (run, right)):
        return False
    sides = [
        (bool(grid.between(row, run[0], run[-1])), bool(grid.between(row, column, right[-1])))
        for row in range(number + 1, min(number + 301, len(grid.rows) + 1))
        if len(grid.between(row, run[0], right[-1])) > 1
    ]
    both = sides.count((True, True))
    return 2 <= both <= len(sides) - 2 and all(side == (True, True) for side in sides[:both]) and len(set(sides)) == 2


def _stands_alone(grid: Grid, number: int, run: list[int], hits: list[int]) -> bool:
    known = [column for column in run if column in hits]
    return len(known) >= 2 and any(names_records(grid.text(number, column)) for column in known)


def names_records(heading: str) -> bool:
    return any(reading.key in _NAMING and reading.score >= 0.8 for reading in readings(heading))


def names_people(heading: str) -> bool:
    """The heading of a person's name, and of nothing that a firm or a stand has."""
    keys = {reading.key for reading in readings(heading) if reading.score >= 0.8}
    return not keys.isdisjoint(_PEOPLE) and keys.isdisjoint({"name", "people"})


def _is_header(grid: Grid, segment: Segment, hits: list[int], above: list[Segment]) -> bool:
    cells = grid.between(segment.row, segment.first, segment.last)
    known = [column for column in hits if segment.first <= column <= segment.last]
    if not any(names_records(grid.text(segment.row, column)) for column in known) or _is_data(grid, segment.row, cells):
        return False
    share = len(known) / len(cells)
    over = any(one.first <= segment.last and segment.first <= one.last for one in above)
    if over and not _set_apart(grid, segment):
        return len(known) >= 3 and share >= 0.6
    return (
        share >= 0.4
        or len(known) >= 3
        or enough_for_a_record(grid.text(segment.row, column) for column in known)
        or _hours(grid, segment.row) >= 3
        or _times_below(grid, segment.row, known[0])
        or _is_wide_grid(grid, segment, known)
    )


def _is_data(grid: Grid, row: int, cells: list[int]) -> bool:
    """Dates, ticks, mail addresses, many numbers: no words over columns."""
    if any(_is_value(grid.cell(row, column)) for column in cells):
        return True
    kinds = [type(grid.cell(row, column)) for column in cells]
    return kinds.count(str) + kinds.count(time) < 0.7 * len(cells)


def _set_apart(grid: Grid, segment: Segment) -> bool:
    """The row above, in these columns, is blank or holds one title cell."""
    return segment.row == 1 or len(grid.between(segment.row - 1, segment.first, segment.last)) <= 1


def _times_below(grid: Grid, number: int, column: int) -> bool:
    below = [grid.cell(row, column) for row in range(number + 1, min(number + 9, len(grid.rows) + 1))]
    below = [cell for cell in below if cell is not None]
    return len(below) >= 3 and sum(is_time(cell) for cell in below) >= 0.7 * len(below)


def is_time(cell: Cell) -> bool:
    return isinstance(cell, time) or (
        isinstance(cell, str)
        and re.fullmatch(r"\s*\d{1,2}\s*[hH:]\s*(\d{2})?(\s*[-–à]\s*\d{1,2}\s*[hH:]\s*(\d{2})?)?\s*", cell) is not None
    )


def _is_wide_grid(grid: Grid, segment: Segment, known: list[int]) -> bool:
    """A grid of marks: few known headings at the left, then many columns that are mostly empty below."""
    others = [column for column in range(segment.first, segment.last + 1) if column not in known]
    below = range(segment.row + 1, min(segment.row + 31, len(grid.rows) + 1))
    full = [sum(column in grid.filled[row - 1] for row in below) for column in others]
    return len(others) >= 2 and len(known) >= 2 and sum(full) <= 0.5 * len(others) * len(below)


def _repeats(grid: Grid, segment: Segment, found: list[Segment]) -> bool:
    """The same words as the last header over these columns, or as a row beside it: a page break, not a new table."""
    over = [one for one in found if one.first <= segment.last and segment.first <= one.last]
    if not over:
        return False
    row, own = over[-1].row, _texts(grid, segment)
    if _texts(grid, over[-1]) == own:
        return True
    beside = (
        Segment(row + offset, segment.first, segment.last) for offset in (-1, 1, 2) if 0 < row + offset < segment.row
    )
    return any(_texts(grid, one) == own for one in beside)


def _texts(grid: Grid, segment: Segment) -> list[str]:
    return [folded(grid.text(segment.row, column)) for column in range(segment.first, segment.last + 1)]


# --- One row, two or three --------------------------------------------------------------------------------------------------


def headings_of(grid: Grid, segment: Segment, first: int, last: int) -> tuple[list[int], list[Heading]]:
    """Choose between one, two and three header rows: the choice that makes the most headings known."""
    row = segment.row
    own = [grid.text(row, column) for column in range(first, last + 1)]
    choices = [([row], own, [""] * len(own))]
    above = _group_row(grid, row - 1, first, last)
    if above:
        choices.append(([row - 1, row], own, above))
        wrapped = [tidy(f"{grid.text(row - 1, column)} {grid.text(row, column)}") for column in range(first, last + 1)]
        choices.append(([row - 1, row], wrapped, [""] * len(own)))
    under = grid.between(row + 1, first, last)
    if is_words(grid, row + 1, first, last) and not (len(under) == 1 and names_records(grid.text(row, under[0]))):
        groups = _spread(grid, row, first, last)
        below = [grid.text(row + 1, column) for column in range(first, last + 1)]
        parted = [under or over for over, under in zip(own, below, strict=True)]
        named = [over if under else "" for over, under in zip(groups, below, strict=True)]
        choices.append(([row, row + 1], parted, named))
        if above:
            wider = [low or high for low, high in zip(named, above, strict=True)]
            choices.append(([row - 1, row, row + 1], parted, wider))
        joined = [
            tidy(f"{over if grid.text(row, column) or under else ''} {under}")
            for column, (over, under) in enumerate(zip(groups, below, strict=True), first)
        ]
        choices.append(([row, row + 1], joined, [""] * len(own)))
    best = max(choices, key=lambda choice: _known(choice[1], choice[2]) + _preference(row, *choice))
    return best[0], [
        Heading(first + at, text, group) for at, (text, group) in enumerate(zip(best[1], best[2], strict=True))
    ]


def _preference(row: int, rows: list[int], _: list[str], groups: list[str]) -> float:
    """Between equals: groups above tell more; a second row below is taken only if it adds something."""
    return 0.01 * any(groups) - 0.001 * (len(rows) > 1 and rows[0] == row)


def _known(texts: list[str], groups: list[str] | None = None) -> float:
    """How much the vocabulary knows; a heading said twice under one group counts once."""
    score = 0.0
    for text, _ in dict.fromkeys(zip(map(folded, texts), groups or texts, strict=True)):
        found = readings(text) if text else ()
        score += found[0].score if found and found[0].score > 0.5 else 0.0
    return score


def _group_row(grid: Grid, number: int, first: int, last: int) -> list[str]:
    """The words of a row that names groups of columns ('Identité', 'Coordonnées'), spread over them; [] if it is not one."""
    cells = grid.between(number, first, last)
    if len(cells) < 2 and not any(
        (number, column) in grid.wide and grid.wide[number, column] < last and column > first for column in cells
    ):
        return []
    if not cells or any(type(grid.cell(number, column)) is not str for column in cells):
        return []
    if len(grid.between(number - 1, first, last)) >= 2 and not any(row == number for row, _ in grid.wide):
        return []  # the last row of the table above
    return _spread(grid, number, first, last)


def _spread(grid: Grid, number: int, first: int, last: int) -> list[str]:
    """Each cell's words over the columns that it is merged across, or else that follow it empty."""
    words, until, said = [""] * (last - first + 1), -1, ""
    merged = any(row == number for row, _ in grid.wide)
    for column in range(first, last + 1):
        text = grid.text(number, column)
        if text:
            said, until = text, grid.wide.get((number, column), column if merged else last)
        words[column - first] = said if column <= until else ""
    return words


def is_words(grid: Grid, number: int, first: int, last: int) -> bool:
    """Short words only, as a second header row has."""
    cells = grid.between(number, first, last)
    texts = [grid.cell(number, column) for column in cells]
    return bool(cells) and all(
        isinstance(text, str) and len(text) < 40 and not re.search(r"\d{2}|@", text) for text in texts
    )
