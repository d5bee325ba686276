"""The columns of a table: heading, what they hold, what they were taken for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ml_admin.imports.entities import Entity, Meaning
from ml_admin.imports.shapes import Recalled
from ml_admin.imports.vocabulary import Reading, readings
from ml_admin.imports.workbook import Cell
from ml_admin.text import fold, without_nir

_SAMPLE = 60
_LONGEST = 1_000


def letter_of(index: int) -> str:
    """0 -> 'A', 26 -> 'AA'."""
    number, letters = index + 1, ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(slots=True)
class Column:
    """One column of a table and what it was taken for."""

    index: int  # from 0
    heading: str
    group: str = ""
    said: str = ""  # the heading without the words that every heading of the table repeats
    meaning: Meaning | None = None  # None: not imported, kept aside
    confidence: float = 0.0
    employer: str | None = None  # in a grid, whose column it is
    slot: Any = None  # in a grid lying on its side, the time of the column
    nir: bool = False  # holds social-security numbers: nothing of it is read
    left_out: bool = False  # by choice: not even kept apart
    protected: bool = False  # never replaces a value that a record has
    told: str = ""  # choice, memory, new (since the memory), unlike (holds something else than it did)

    def __post_init__(self) -> None:
        # a heading is kept with the recognition: whatever stands there, never a social-security number
        self.heading, self.group = without_nir(self.heading)[0], without_nir(self.group)[0]

    @property
    def letter(self) -> str:
        return letter_of(self.index)

    @property
    def fields(self) -> tuple[str, ...]:
        return self.meaning.fields if self.meaning else ()


@dataclass(slots=True)
class Recognised:
    """What a table is."""

    entity: Entity | None
    layout: str  # table, cross_grid, slot_grid, form, ignore
    columns: list[Column]
    why: str = ""  # of what is ignored
    score: float = 0.0
    recalled: Recalled | None = None


@dataclass(slots=True)
class Contents:
    """What one column holds: some distinct values."""

    values: Sequence[Cell]
    fits: dict[str, float] = field(default_factory=dict)  # by cleaner, computed once


def contents_of(cells: Sequence[Cell]) -> Contents:
    """Up to 60 distinct values taken all along the column."""
    distinct = list(dict.fromkeys(cell for cell in cells if cell is not None and cell != ""))
    step = max(1, len(distinct) // _SAMPLE)
    return Contents([_cut(cell) for cell in distinct[::step][:_SAMPLE]])


def _cut(cell: Cell) -> Cell:
    """The beginning says what a text is: a cell of five million letters is not looked at whole."""
    return cell[:_LONGEST] if type(cell) is str and len(cell) > _LONGEST else cell


# groups of columns that speak of somebody else than the record, and what they then say of them
_OTHERS_OWN = frozenset(
    {
        "first_name",
        "phone",
        "phone2",
        "email",
        "address",
        "postcode",
        "city",
        "postcode+city",
        "address+postcode+city",
        "gender",
        "birth_date",
    }
)
_OTHERS = re.compile(
    r"\b(?:conseiller|conseillere|referent|referente|cip|representant|parent|parents|mere|pere|tuteur|urgence|employeur|entreprise)\b"
)


def of_others(heading: str) -> bool:
    """'Tél. employeur', 'Mail du référent', among columns that speak of a person."""
    return _OTHERS.search(fold(heading)) is not None


def said(column: Column) -> tuple[Reading, ...]:
    """What the heading says, with the group above it where that makes it clearer."""
    own = readings(column.said or column.heading)
    if not column.group:
        return own
    joined = readings(f"{column.heading} {column.group}")
    if joined and joined[0].score >= 0.95 and not (own and _part_of(own[0], joined[0])):
        return joined
    if _OTHERS.search(fold(column.group)):
        keys = {one.key for one in own if one.score >= 0.8}
        if keys & {"last_name", "last_name+first_name"}:
            return readings(column.group)
        return () if keys & _OTHERS_OWN else own
    return own


def _part_of(own: Reading, joined: Reading) -> bool:
    """'Code postal' under « Commune » is the post code, not both."""
    return own.score >= 0.95 and own.key != joined.key and own.key in joined.key.split("+")
