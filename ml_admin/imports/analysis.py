"""What the recognition of a workbook gives: the plain object that the preview shows and the dry run prints."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ml_admin.imports.columns import Column
from ml_admin.imports.match import Match
from ml_admin.imports.shapes import Memory, Recalled

Years = Mapping[str | None, int]  # sheet name -> year that its user picked; None: of the whole file


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing lost or guessed, with the cell that it comes from."""

    field: str
    code: str
    fatal: bool
    raw: str = ""
    column: int | None = None  # from 0


@dataclass(slots=True)
class Row:
    """One row of a table; `number` is None for a form."""

    number: int | None
    outcome: str  # record, error, skip
    records: list[dict[str, Any]] = field(default_factory=list)
    issues: tuple[Issue, ...] = ()
    why: str = ""  # of a skip: title, note, section, total, repeated_header, empty_slot
    duplicate: Match | None = None
    duplicate_of: tuple[str | None, int | None] | None = None  # sheet and row of the first one
    not_duplicate_of: tuple[str | None, int | None, str] | None = None  # … and twin or homonym
    marks: Mapping[str, Any] = field(default_factory=dict)  # hidden, color: kept, not interpreted
    extra: Mapping[str, str] = field(default_factory=dict)  # heading -> words of the columns that are not imported


@dataclass(slots=True)
class Table:
    """One table of a sheet, or a sheet that is ignored."""

    sheet: str | None
    number: int | None  # 1, 2… where the sheet holds several
    entity: str | None
    layout: str  # table, cross_grid, slot_grid, form, ignore
    header_rows: list[int]
    columns: list[Column]
    rows: list[Row]
    titles: list[str] = field(default_factory=list)
    year: int | None = None
    event: Mapping[str, Any] = field(default_factory=dict)  # of a job dating: event_date, event_place
    why: str = ""  # of an ignored one: empty sheet, statistics, value lists, chosen
    score: float = 0.0
    recalled: Recalled | None = None


@dataclass(slots=True)
class Analysis:
    """Everything recognised in one file."""

    file_name: str
    format: str
    date_system: int
    encoding: str | None
    delimiter: str | None
    notes: list[str]  # French sentences about the file
    tables: list[Table]

    @property
    def counts(self) -> Counter[str]:
        """Outcome -> number of rows."""
        return Counter(row.outcome for table in self.tables for row in table.rows)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person corrected in the recognition of one table."""

    entity: str | None = None  # another entity; "" = ignore the table
    fields: Mapping[int, str] = field(default_factory=dict)  # column -> key of a meaning; "" kept apart, LEFT left out
    protected: frozenset[int] | None = None  # columns that never replace a known value; None: nobody said
    keys: bool = False  # names, births and SIRET of known records are corrected too
    memories: Sequence[Memory] = ()  # how tables of near shapes were read before


Choices = Mapping[tuple[str | None, int], Choice]  # by sheet and rank of the table in it (from 1)
