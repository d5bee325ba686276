"""Where the tables of a sheet are: header rows, columns, data rows, and what each other row is (title, note, total…).

Rows are numbered as the spreadsheet shows them (first row = 1); columns count from 0.
Nothing here looks at contents but to tell data from decoration; what a heading means is read from the vocabulary.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from ml_admin.imports.vocabulary import folded, is_heading, readings
from ml_admin.imports.workbook import Cell, CellError, Sheet
from ml_admin.text import fold, tidy

# a header of records names at least one of these
_NAMING = frozenset({"last_name", "first_name", "last_name+first_name", "name", "employer", "label", "slot", "date", "time"})
_TOTAL = re.compile(r"^(sous )?(total|totaux)\b|^(nb|nbre|nombre|somme|moyenne|effectif)\b")
_FIGURE = re.compile(r"[\d\s.,%€/h:()-]*\d[\d\s.,%€/h:()-]*[^\W\d]{0,12}$")
_NOTE = re.compile(
    r"^(nb|legende|note|notes|nota|attention|remarque|remarques|ps|source|maj|mis a jour|mise a jour|page|imprime|edite|extrait|suite|rappel|"
    r"ne pas|voir|vu|a partir|pour|document|fichier|confidentiel|pause|dejeuner|repas|ferme|fermeture|ferie|conges|vacances|reunion)\b"
)
_SECTION = re.compile(
    r"^(antenne|site|secteur|permanence|groupe|promo|promotion|session|annee|mois|janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|"
    r"octobre|novembre|decembre|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|semaine|conseiller|conseillere|referent|referente|zone|canton|"
    r"commune|ville|atelier|categorie|type|nouveau|nouveaux|nouvelles|ancien|anciens|anciennes|sortis|archives|liste|hommes|femmes|garcons|filles|"
    r"jeunes|entreprises|partenaires|rentree|trimestre|semestre|bassin|pays|haute|haut|bas|basse|stand|equipe)\b"
)
_DECORATION = re.compile(r"^\W*[*=_~#>•→►-]{2,}|^[*>•→►]|[*=_~#-]{2,}\W*$")


@dataclass(slots=True)
class Heading:
    """The words over one column."""

    column: int
    text: str  # of the header's own row or rows
    group: str = ""  # of a row above that names several columns at once


@dataclass(slots=True)
class Block:
    """One table of a sheet."""

    headings: list[Heading]
    header_rows: list[int]
    rows: list[int]
    skipped: dict[int, str] = field(default_factory=dict)  # row -> title, note, section, total, repeated_header
    titles: list[str] = field(default_factory=list)
    sections: dict[int, str] = field(default_factory=dict)  # row -> words of a row that speaks for those below


@dataclass(slots=True)
class _Segment:
    """A run of header cells in one row."""

    row: int
    first: int
    last: int


class Grid:
    """A sheet with quick answers about its cells."""

    def __init__(self, sheet: Sheet) -> None:
        self.rows = sheet.rows
        self.filled = [_filled(row) for row in sheet.rows]
        self.width = max((cells[-1] + 1 for cells in self.filled if cells), default=0)
        self.wide = {(top, left - 1): right - 1 for top, left, bottom, right in sheet.merged if right > left and bottom - top < 3}

    def cell(self, row: int, column: int) -> Cell:
        cells = self.rows[row - 1] if 0 < row <= len(self.rows) else []
        return cells[column] if column < len(cells) else None

    def between(self, row: int, first: int, last: int) -> list[int]:
        return [column for column in self.filled[row - 1] if first <= column <= last] if 0 < row <= len(self.rows) else []

    def text(self, row: int, column: int) -> str:
        cell = self.cell(row, column)
        if isinstance(cell, time):
            return cell.strftime("%H:%M")
        return tidy(str(cell)) if cell is not None else ""


def find_tables(sheet: Sheet) -> list[Block]:
    """The tables of a sheet in reading order; one without headings when the sheet has no header row; none when it is empty."""
    grid = Grid(sheet)
    segments = _header_segments(grid)
    if not segments:
        lone = _without_known_header(grid)
        return [lone] if lone else []
    blocks = [_block(grid, segment, segments) for segment in segments]
    blocks = _joined(grid, blocks)
    _take_rest(grid, blocks)
    return blocks


def _filled(row: list[Cell]) -> list[int]:
    return [column for column, cell in enumerate(row) if cell is not None and (type(cell) is not str or (cell and not cell.isspace()))]


# --- Header rows -----------------------------------------------------------------------------------------------------


def _header_segments(grid: Grid) -> list[_Segment]:
    """Header runs, top to bottom then left to right; a repeated header gives none."""
    found: list[_Segment] = []
    for number, filled in enumerate(grid.filled, 1):
        if len(filled) < 2:
            continue
        row = grid.rows[number - 1]
        hits = [column for column in filled if type(row[column]) is str and is_heading(row[column])]  # type: ignore[arg-type]
        if len(hits) < 2 and not (hits and (_times_below(grid, number, hits[0]) or _hours(grid, number) >= 3)):
            continue
        for first, last in _split(grid, number, hits):
            segment = _Segment(number, first, last)
            if _is_header(grid, segment, hits, found) and not _repeats(grid, segment, found):
                _put(grid, segment, found)
    return found


def _put(grid: Grid, segment: _Segment, found: list[_Segment]) -> None:
    """Of two header rows that follow each other the better known counts: the other is its banner or its second line."""
    before = [one for one in found if one.row == segment.row - 1 and one.first <= segment.last and segment.first <= one.last]
    if not before or _known(_texts(grid, segment)) >= sum(_known(_texts(grid, one)) for one in before):
        found[:] = [one for one in found if one not in before]
        found.append(segment)


def _split(grid: Grid, number: int, hits: list[int]) -> list[tuple[int, int]]:
    """Cut a header row into tables side by side: at an empty column, or where the same headings come back."""
    runs: list[list[int]] = []
    for column in grid.filled[number - 1]:
        if runs and column == runs[-1][-1] + 1 and not _comes_back(grid, number, runs[-1], column):
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
    return sum(_is_time(grid.cell(number, column)) for column in grid.filled[number - 1])


def _comes_back(grid: Grid, number: int, run: list[int], column: int) -> bool:
    """The run's first heading appears again and the next ones follow it."""
    texts = [folded(grid.text(number, one)) for one in run]
    here = [folded(grid.text(number, column + offset)) for offset in range(2)]
    return len(texts) > 1 and texts[:2] == here


def _stands_alone(grid: Grid, number: int, run: list[int], hits: list[int]) -> bool:
    known = [column for column in run if column in hits]
    return len(known) >= 2 and any(_names(grid.text(number, column)) for column in known)


def _names(heading: str) -> bool:
    return any(reading.key in _NAMING and reading.score >= 0.8 for reading in readings(heading))


def _is_header(grid: Grid, segment: _Segment, hits: list[int], above: list[_Segment]) -> bool:
    cells = grid.between(segment.row, segment.first, segment.last)
    known = [column for column in hits if segment.first <= column <= segment.last]
    if not known or not any(_names(grid.text(segment.row, column)) for column in known):
        return False
    kinds = [type(grid.cell(segment.row, column)) for column in cells]
    if any(kind in (date, datetime, bool, timedelta) for kind in kinds) or kinds.count(str) + kinds.count(time) < 0.7 * len(cells):
        return False
    if any("@" in grid.text(segment.row, column) and len(grid.text(segment.row, column)) > 3 for column in cells):
        return False
    share = len(known) / len(cells)
    over = any(one.first <= segment.last and segment.first <= one.last for one in above)
    if over and not _set_apart(grid, segment):
        return len(known) >= 3 and share >= 0.6
    return share >= 0.4 or len(known) >= 3 or _hours(grid, segment.row) >= 3 or _times_below(grid, segment.row, known[0]) or _is_wide_grid(grid, segment, known)


def _set_apart(grid: Grid, segment: _Segment) -> bool:
    """The row above, in these columns, is blank or holds one title cell."""
    return segment.row == 1 or len(grid.between(segment.row - 1, segment.first, segment.last)) <= 1


def _times_below(grid: Grid, number: int, column: int) -> bool:
    below = [grid.cell(row, column) for row in range(number + 1, min(number + 9, len(grid.rows) + 1))]
    below = [cell for cell in below if cell is not None]
    return len(below) >= 3 and sum(_is_time(cell) for cell in below) >= 0.7 * len(below)


def _is_time(cell: Cell) -> bool:
    return isinstance(cell, time) or (isinstance(cell, str) and re.fullmatch(r"\s*\d{1,2}\s*[hH:]\s*(\d{2})?(\s*[-–à]\s*\d{1,2}\s*[hH:]\s*(\d{2})?)?\s*", cell) is not None)


def _is_wide_grid(grid: Grid, segment: _Segment, known: list[int]) -> bool:
    """A grid of marks: few known headings at the left, then many columns that are mostly empty below."""
    others = [column for column in range(segment.first, segment.last + 1) if column not in known]
    below = range(segment.row + 1, min(segment.row + 31, len(grid.rows) + 1))
    full = [sum(column in grid.filled[row - 1] for row in below) for column in others]
    return len(others) >= 2 and len(known) >= 2 and sum(full) <= 0.5 * len(others) * len(below)


def _repeats(grid: Grid, segment: _Segment, found: list[_Segment]) -> bool:
    """The same headings as the last header over these columns: a page break, not a new table."""
    over = [one for one in found if one.first <= segment.last and segment.first <= one.last]
    return bool(over) and _texts(grid, over[-1]) == _texts(grid, segment)


def _texts(grid: Grid, segment: _Segment) -> list[str]:
    return [folded(grid.text(segment.row, column)) for column in range(segment.first, segment.last + 1)]


# --- One table -------------------------------------------------------------------------------------------------------


def _block(grid: Grid, segment: _Segment, segments: list[_Segment]) -> Block:
    first, last, end = _extent(grid, segment, segments)
    header_rows, headings = _headings(grid, segment, first, last)
    start = header_rows[-1] + 1
    block = Block(headings, header_rows, [])
    columns = _Columns(grid, first, last, headings, segment)
    for number in range(start, end + 1):
        cells = grid.between(number, first, last)
        if cells:
            columns.classify(block, number, cells)
    _take_titles(grid, block, first, last, _floor(segment, segments))
    return block


def _extent(grid: Grid, segment: _Segment, segments: list[_Segment]) -> tuple[int, int, int]:
    """First and last column, last row: up to the next header over these columns, or beside them."""
    beside = [one for one in segments if one is not segment and not (one.first <= segment.last and segment.first <= one.last)]
    left = max((one.last + 1 for one in beside if one.last < segment.first), default=0)
    right = min((one.first - 1 for one in beside if one.first > segment.last), default=grid.width - 1)
    below = [one.row for one in segments if one.row > segment.row and one.first <= segment.last and segment.first <= one.last]
    end = min(below, default=len(grid.rows) + 1) - 1
    if below:
        end = _before_titles(grid, segment, end)
    used = sorted({column for row in range(segment.row, end + 1) for column in grid.between(row, left, right)}) if len(beside) or left else None
    if used is None:
        return min(left, segment.first), max(segment.last, _last_used(grid, segment.row, end)), end
    return min(segment.first, used[0]), max(segment.last, used[-1]), end


def _last_used(grid: Grid, start: int, end: int) -> int:
    return max((cells[-1] for cells in grid.filled[start - 1 : end] if cells), default=0)


def _before_titles(grid: Grid, segment: _Segment, end: int) -> int:
    """The rows just over the next header that are titles or group words belong to it."""
    while end > segment.row + 1 and len(grid.between(end, segment.first, segment.last)) <= 1:
        end -= 1
    return end


def _floor(segment: _Segment, segments: list[_Segment]) -> int:
    above = [one.row for one in segments if one.row < segment.row and one.first <= segment.last and segment.first <= one.last]
    return max(above, default=0)


def _headings(grid: Grid, segment: _Segment, first: int, last: int) -> tuple[list[int], list[Heading]]:
    """Choose between one and two header rows: the choice that makes the most headings known."""
    row = segment.row
    own = [grid.text(row, column) for column in range(first, last + 1)]
    choices = [([row], own, [""] * len(own))]
    above = _group_row(grid, row - 1, first, last)
    if above:
        choices.append(([row - 1, row], own, above))
        wrapped = [tidy(f"{grid.text(row - 1, column)} {grid.text(row, column)}") for column in range(first, last + 1)]
        choices.append(([row - 1, row], wrapped, [""] * len(own)))
    if _is_words(grid, row + 1, first, last):
        groups = _spread(grid, row, first, last)
        below = [grid.text(row + 1, column) for column in range(first, last + 1)]
        parted = [under or over for over, under in zip(own, below, strict=True)]
        choices.append(([row, row + 1], parted, [over if under else "" for over, under in zip(groups, below, strict=True)]))
        joined = [tidy(f"{over if grid.text(row, column) or under else ''} {under}") for column, (over, under) in enumerate(zip(groups, below, strict=True), first)]
        choices.append(([row, row + 1], joined, [""] * len(own)))
    best = max(choices, key=lambda choice: _known(choice[1]) + 0.01 * any(choice[2]) - 0.001 * (len(choice[0]) > 1 and choice[0][0] == row))
    return best[0], [Heading(first + at, text, group) for at, (text, group) in enumerate(zip(best[1], best[2], strict=True))]


def _known(texts: list[str]) -> float:
    """How much the vocabulary knows; a heading said twice counts once."""
    score = 0.0
    for text in dict.fromkeys(folded(text) for text in texts if text):
        found = readings(text)
        score += found[0].score if found and found[0].score > 0.5 else 0.0
    return score


def _group_row(grid: Grid, number: int, first: int, last: int) -> list[str]:
    """The words of a row that names groups of columns ('Identité', 'Coordonnées'), spread over them; [] if it is not one."""
    cells = grid.between(number, first, last)
    if len(cells) < 2 and not any((number, column) in grid.wide and grid.wide[number, column] < last and column > first for column in cells):
        return []
    if not cells or any(type(grid.cell(number, column)) is not str for column in cells):
        return []
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


def _is_words(grid: Grid, number: int, first: int, last: int) -> bool:
    """Short words only, as a second header row has."""
    cells = grid.between(number, first, last)
    texts = [grid.cell(number, column) for column in cells]
    return bool(cells) and all(isinstance(text, str) and len(text) < 40 and not re.search(r"\d{2}|@", text) for text in texts)


def _take_titles(grid: Grid, block: Block, first: int, last: int, floor: int) -> None:
    """Rows over the header down from `floor` (the header of the table above, 0 = none)."""
    row = block.header_rows[0] - 1
    while row > floor:
        cells = grid.between(row, first, last)
        if floor and len(cells) > 1:
            return
        if cells:
            block.skipped[row] = "title"
            block.titles.insert(0, " ".join(grid.text(row, column) for column in cells))
        row -= 1


@dataclass(slots=True)
class _Columns:
    """What tells data rows from the others, for one table."""

    grid: Grid
    first: int
    last: int
    headings: list[Heading]
    segment: _Segment
    naming: frozenset[int] = frozenset()
    wide: bool = False

    def __post_init__(self) -> None:
        self.naming = frozenset(one.column for one in self.headings if _names(one.text))
        self.wide = sum(bool(one.text) for one in self.headings) >= 4

    def classify(self, block: Block, number: int, cells: list[int]) -> None:
        why = self.why(number, cells)
        if not why:
            block.rows.append(number)
            return
        block.skipped[number] = why
        if why == "section":
            block.sections[number] = " ".join(self.grid.text(number, column) for column in cells)

    def why(self, number: int, cells: list[int]) -> str:
        """'' for data."""
        lead = self.grid.cell(number, cells[0])
        if type(lead) is str and _TOTAL.match(fold(lead)) and self.figures(number, cells[1:]):
            return "total" if len(cells) > 1 or any(map(str.isdigit, lead)) or fold(lead).startswith(("total", "sous")) else "note"
        if cells[0] in self.naming or len(cells) < 4:
            text = self.grid.text(number, cells[0])
            if len(cells) >= 2 and is_heading(text) and self.repeats(number, cells):
                return "repeated_header"
        if len(cells) <= 2 and self.wide:
            return self.sparse(number, cells)
        return ""

    def figures(self, number: int, cells: list[int]) -> bool:
        return all(_is_figure(self.grid.cell(number, column)) for column in cells)

    def repeats(self, number: int, cells: list[int]) -> bool:
        same = [folded(self.grid.text(number, column)) == folded(self.grid.text(self.segment.row, column)) for column in cells]
        return sum(same) >= max(2, 0.6 * len(cells))

    def sparse(self, number: int, cells: list[int]) -> str:
        """A row of one or two cells in a wide table: decoration, unless it looks like a name or continues a grid."""
        wide = any(self.grid.wide.get((number, column), column) - column >= 2 for column in cells)
        if len(cells) == 2:
            return "note" if wide else ""
        cell, column = self.grid.cell(number, cells[0]), cells[0]
        if isinstance(cell, (date, datetime)):
            return "section"
        if not isinstance(cell, str):
            return "" if column in self.naming else "note"
        return _why_alone(cell, wide=wide, naming=column in self.naming)


def _why_alone(text: str, *, wide: bool, naming: bool) -> str:
    words = fold(text)
    if _SECTION.match(words):
        return "section"
    if _NOTE.match(words) or not words:
        return "note"
    if _DECORATION.search(text.strip()) or len(text) > 45 or ":" in text:
        return "section" if ":" in text and len(text) < 60 else "note"
    if wide or not naming:
        return "section"
    capital = text.strip()[:1].isupper()
    return "" if capital and len(words.split()) <= 5 and not any(char.isdigit() for char in text) else "note"


def _is_figure(cell: Cell) -> bool:
    if isinstance(cell, str) and not isinstance(cell, CellError):
        return _FIGURE.match(cell.strip()) is not None
    return True


# --- What is left ----------------------------------------------------------------------------------------------------


def _joined(grid: Grid, blocks: list[Block]) -> list[Block]:
    """A header without a row under it, just over another: words of a banner, not a table."""
    kept = [block for block in blocks if block.rows or len(blocks) == 1]
    return kept or blocks[:1]


def _take_rest(grid: Grid, blocks: list[Block]) -> None:
    """Rows that no table claimed are shown as notes of the table above them."""
    claimed = {row for block in blocks for row in (*block.header_rows, *block.rows, *block.skipped)}
    starts = [block.header_rows[0] for block in blocks]
    for number, cells in enumerate(grid.filled, 1):
        if cells and number not in claimed:
            blocks[max(0, bisect_right(starts, number) - 1)].skipped[number] = "note"


def _without_known_header(grid: Grid) -> Block | None:
    """A sheet whose words are unknown: the first full row is its header if it is all words over something else."""
    full = [number for number, cells in enumerate(grid.filled, 1) if len(cells) >= max(2, 0.5 * grid.width)]
    if not full:
        full = [number for number, cells in enumerate(grid.filled, 1) if cells]
    if not full:
        return None
    first, below = full[0], full[1:]
    words = _is_words(grid, first, 0, grid.width - 1)
    header = words and sum(is_heading(grid.text(first, column)) for column in grid.filled[first - 1]) >= 2
    header = header or words and any(not _is_words(grid, number, 0, grid.width - 1) for number in below[:20])
    headings = [Heading(column, grid.text(first, column) if header else "") for column in range(grid.width)]
    block = Block(headings, [first] if header else [], [])
    for number, cells in enumerate(grid.filled, 1):
        if cells and number < first:
            block.skipped[number] = "title"
            block.titles.append(" ".join(grid.text(number, column) for column in cells))
        elif cells and not (header and number == first):
            block.rows.append(number)
    return block
