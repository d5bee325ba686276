"""Where the tables of a sheet are: columns, data rows, and what each other row is (title, note, section, total…).

Rows are numbered as the spreadsheet shows them (first row = 1); columns count from 0.
Nothing here looks at contents but to tell data from decoration.
"""

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from ml_admin.imports.header_rows import (
    Grid,
    Heading,
    Segment,
    header_segments,
    headings_of,
    is_time,
    is_words,
    names_people,
    names_records,
)
from ml_admin.imports.vocabulary import folded, is_heading, readings
from ml_admin.imports.workbook import Cell, CellError, Sheet
from ml_admin.text import fold

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
class Block:
    """One table of a sheet."""

    headings: list[Heading]
    header_rows: list[int]
    rows: list[int]
    skipped: dict[int, str] = field(default_factory=dict)  # row -> title, note, section, total, repeated_header
    titles_by_row: dict[int, str] = field(default_factory=dict)
    sections: dict[int, str] = field(default_factory=dict)  # row -> words of a row that speaks for those below
    lone: dict[int, str] = field(default_factory=dict)  # data rows of one cell in a wide table, and its words
    left_out: tuple[int, int] | None = None  # first and last column of words at the right that are no part of the table

    @property
    def titles(self) -> list[str]:
        return [text for _, text in sorted(self.titles_by_row.items())]


def find_tables(sheet: Sheet) -> list[Block]:
    """The tables of a sheet in reading order; one without headings when the sheet has no header row; none when it is empty."""
    grid = Grid(sheet)
    segments = header_segments(grid)
    if not segments:
        lone = _without_known_header(grid)
        return [lone] if lone else []
    blocks = [_block(grid, segment, segments) for segment in segments]
    blocks = _with_rows(blocks)
    _take_rest(grid, blocks)
    return blocks


# --- One table -------------------------------------------------------------------------------------------------------


def _block(grid: Grid, segment: Segment, segments: list[Segment]) -> Block:
    first, last, end = _extent(grid, segment, segments)
    last, left_out = _trimmed(grid, segment, last, end)
    header_rows, headings = headings_of(grid, segment, first, last)
    start = header_rows[-1] + 1
    block = Block(headings, header_rows, [], left_out=left_out)
    columns = _Columns(grid, first, last, headings, header_rows)
    for number in range(start, end + 1):
        cells = grid.between(number, first, last)
        if cells:
            columns.classify(block, number, cells)
    _take_titles(grid, block, first, last, _floor(segment, segments))
    return block


def _extent(grid: Grid, segment: Segment, segments: list[Segment]) -> tuple[int, int, int]:
    """First and last column, last row: up to the next header over these columns, or beside them."""
    beside = [
        one for one in segments if one is not segment and not (one.first <= segment.last and segment.first <= one.last)
    ]
    left = max((one.last + 1 for one in beside if one.last < segment.first), default=0)
    right = min((one.first - 1 for one in beside if one.first > segment.last), default=grid.width - 1)
    below = [
        one.row for one in segments if one.row > segment.row and one.first <= segment.last and segment.first <= one.last
    ]
    end = min(below, default=len(grid.rows) + 1) - 1
    if below:
        end = _before_titles(grid, segment, end)
    used = (
        sorted({column for row in range(segment.row, end + 1) for column in grid.between(row, left, right)})
        if len(beside) or left
        else None
    )
    if used is None:
        return min(left, segment.first), max(segment.last, _last_used(grid, segment.row, end)), end
    return min(segment.first, used[0]), max(segment.last, used[-1]), end


def _trimmed(grid: Grid, segment: Segment, last: int, end: int) -> tuple[int, tuple[int, int] | None]:
    """Behind an empty column, words without one known heading are a legend beside the table."""
    if end - segment.row > 300:
        return last, None
    used = {column for row in range(segment.row, end + 1) for column in grid.between(row, segment.first, last)}
    gap = next((column for column in range(segment.first, last) if column not in used), None)
    beyond = [column for column in range(gap + 1, last + 1) if column in used] if gap is not None else []
    if (
        gap is None
        or not beyond
        or any(readings(grid.text(segment.row, column)) for column in beyond)
        or len(beyond) > 3
    ):
        return last, None
    return gap - 1, (beyond[0], beyond[-1])


def _last_used(grid: Grid, start: int, end: int) -> int:
    return max((cells[-1] for cells in grid.filled[start - 1 : end] if cells), default=0)


def _before_titles(grid: Grid, segment: Segment, end: int) -> int:
    """The rows just over the next header that are titles or group words belong to it."""
    while end > segment.row + 1 and len(grid.between(end, segment.first, segment.last)) <= 1:
        end -= 1
    return end


def _floor(segment: Segment, segments: list[Segment]) -> int:
    above = [
        one.row for one in segments if one.row < segment.row and one.first <= segment.last and segment.first <= one.last
    ]
    return max(above, default=0)


def _take_titles(grid: Grid, block: Block, first: int, last: int, floor: int) -> None:
    """Rows over the header down from `floor` (the header of the table above, 0 = none)."""
    row = block.header_rows[0] - 1
    while row > floor:
        cells = grid.between(row, first, last)
        if floor and len(cells) > 1:
            return
        if cells:
            block.skipped[row] = "title"
            block.titles_by_row[row] = " ".join(grid.text(row, column) for column in cells)
        row -= 1


@dataclass
class _Columns:
    """What tells data rows from the others, for one table."""

    grid: Grid
    first: int
    last: int
    headings: list[Heading]
    header_rows: list[int]
    naming: frozenset[int] = frozenset()
    wide: bool = False
    firms: bool = False  # no heading names a person
    printed: dict[int, set[Cell]] = field(default_factory=dict)  # column -> its cells in the header rows, as written

    def __post_init__(self) -> None:
        for row in self.header_rows:
            for column in self.grid.between(row, self.first, self.last):
                self.printed.setdefault(column, set()).add(self.grid.cell(row, column))
        self.naming = frozenset(one.column for one in self.headings if names_records(one.text))
        self.firms = bool(self.naming) and not any(names_people(one.text) for one in self.headings)
        self.wide = sum(bool(one.text) for one in self.headings) >= 4

    def classify(self, block: Block, number: int, cells: list[int]) -> None:
        why = self.why(number, cells)
        if not why:
            block.rows.append(number)
            if self.wide and len(cells) == 1:
                block.lone[number] = self.grid.text(number, cells[0])
            return
        block.skipped[number] = why
        if why == "section":
            block.sections[number] = " ".join(self.grid.text(number, column) for column in cells)

    def why(self, number: int, cells: list[int]) -> str:
        """'' for data."""
        lead = self.grid.cell(number, cells[0])
        if isinstance(lead, str) and _TOTAL.match(fold(lead)) and self.figures(number, cells[1:]):
            counted = len(cells) > 1 or any(map(str.isdigit, lead)) or fold(lead).startswith(("total", "sous"))
            return "total" if counted else "note"
        if lead in self.printed.get(cells[0], ()) and self.printed_again(number, cells):
            return "repeated_header"
        if cells[0] in self.naming or len(cells) < 4:
            text = self.grid.text(number, cells[0])
            if len(cells) >= 2 and is_heading(text) and self.repeats(number, cells):
                return "repeated_header"
        return self.sparse(number, cells) if len(cells) <= 2 and len(self.headings) > 1 else ""

    def figures(self, number: int, cells: list[int]) -> bool:
        return all(_is_figure(self.grid.cell(number, column)) for column in cells)

    def printed_again(self, number: int, cells: list[int]) -> bool:
        return len(cells) > 1 and all(self.grid.cell(number, one) in self.printed.get(one, ()) for one in cells)

    def repeats(self, number: int, cells: list[int]) -> bool:
        return any(self.same_words(number, row, cells) for row in self.header_rows)

    def same_words(self, number: int, row: int, cells: list[int]) -> bool:
        same = [folded(self.grid.text(number, one)) == folded(self.grid.text(row, one)) for one in cells]
        return sum(same) >= max(2, 0.6 * len(cells))

    def sparse(self, number: int, cells: list[int]) -> str:
        """A row of one or two cells: decoration, unless it looks like a name or continues a grid."""
        wide = any(self.grid.wide.get((number, column), column) - column >= 2 for column in cells)
        if len(cells) == 2:
            return "note" if wide else ""
        cell, column = self.grid.cell(number, cells[0]), cells[0]
        if isinstance(cell, (date, datetime)):
            return "section"
        if not isinstance(cell, str) or is_time(cell):
            return "" if column in self.naming or not self.wide else "note"
        if self.firms and self.wide and column in self.naming and not wide:
            return self.lone_firm(number, cell)
        told = _why_words(cell)
        if told or not self.wide:
            return told
        if wide or column not in self.naming or self.said_below(number, cell):
            return "section"
        return "" if _like_a_name(cell) else "note"

    def lone_firm(self, number: int, cell: str) -> str:
        """A firm may be called « Groupe Pons », « Ville de Foix » or « la Poste »: a section shares its first word with another."""
        words = fold(cell)
        if not words or _NOTE.match(words) or _DECORATION.search(cell.strip()) or ":" in cell or len(cell) > 60:
            return _why_words(cell) or "note"
        first_word = _SECTION.match(words)
        if self.said_below(number, cell) or (first_word and self.lone_words[words.split()[0]] >= 2):
            return "section"
        return "" if any(map(str.isalpha, words)) else "note"

    @cached_property
    def lone_words(self) -> Counter[str]:
        """First words of the rows of one cell."""
        rows = range(self.header_rows[-1] + 1, len(self.grid.rows) + 1)
        lone = [(row, cells[0]) for row in rows if len(cells := self.grid.between(row, self.first, self.last)) == 1]
        return Counter(fold(self.grid.text(row, column)).split(" ")[0] for row, column in lone)

    def said_below(self, number: int, text: str) -> bool:
        """The next rows repeat these words in a column: 'PAMIERS' over the people of Pamiers."""
        word = fold(text)
        return any(
            fold(self.grid.text(row, column)) == word
            for row in (number + 1, number + 2)
            for column in self.grid.between(row, self.first, self.last)
        )


def _why_words(text: str) -> str:
    """What words alone say they are; '' when they may be a name."""
    words = fold(text)
    if _SECTION.match(words):
        return "section"
    if _NOTE.match(words) or not words:
        return "note"
    if _DECORATION.search(text.strip()) or len(text) > 45 or ":" in text:
        return "section" if ":" in text and len(text) < 60 else "note"
    return ""


def _like_a_name(text: str) -> bool:
    capital = text.strip()[:1].isupper()
    return capital and len(text.split()) <= 5 and not any(char.isdigit() for char in text)


def _is_figure(cell: Cell) -> bool:
    if isinstance(cell, str) and not isinstance(cell, CellError):
        return _FIGURE.match(cell.strip()) is not None
    return True


# --- What is left ----------------------------------------------------------------------------------------------------


def _with_rows(blocks: list[Block]) -> list[Block]:
    """Without headers that have no row under them, just over another: words of a banner, not a table.

    The first row of a header on two rows is no data of the table above.
    """
    headers = {(row, heading.column) for block in blocks for row in block.header_rows for heading in block.headings}
    for block in blocks:
        while block.rows and (block.rows[-1], block.headings[0].column) in headers:
            block.rows.pop()
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
    words = is_words(grid, first, 0, grid.width - 1)
    header = words and sum(is_heading(grid.text(first, column)) for column in grid.filled[first - 1]) >= 2
    header = header or words and any(not is_words(grid, number, 0, grid.width - 1) for number in below[:20])
    headings = [Heading(column, grid.text(first, column) if header else "") for column in range(grid.width)]
    block = Block(headings, [first] if header else [], [])
    for number, cells in enumerate(grid.filled, 1):
        if cells and number < first:
            block.skipped[number] = "title"
            block.titles_by_row[number] = " ".join(grid.text(number, column) for column in cells)
        elif cells and not (header and number == first):
            block.rows.append(number)
    return block
