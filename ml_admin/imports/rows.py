"""One row of an import between its reading and its writing: what it says, what will happen to it, and why."""

from dataclasses import dataclass, field
from typing import Any, Final

from ml_admin.choices import Verdict

# A reference to a record, as text: "id:12" (in the database), "row:7" (made by the row at position 7 of this import),
# "new:martin lea" (made because somebody asked for it: a person or a firm known by name only).
Ref = str

# layouts of a card, or of people side by side: their rows are not rows of the sheet
WHOLE_SHEETS: Final = frozenset({"form", "transposed"})


@dataclass(slots=True)
class Row:
    """A row of a table of the file; `records` hold the short codes of the cleaners, as JSON holds them."""

    position: int  # order in the import, from 0: stays the same when the file is read again
    table: int  # position of its table in the import
    row: int | None  # as the spreadsheet shows it; None for a form of one person
    entity: str
    records: list[dict[str, Any]]
    flags: list[dict[str, Any]] = field(default_factory=list)  # field, code, fatal, raw
    alike: list[dict[str, Any]] | None = None  # earlier row that may be the same: row, score, reason; None: not known
    decision: dict[str, Any] = field(default_factory=dict)
    verdict: Verdict = Verdict.DECIDE
    cause: str = ""
    reason: str = ""
    target_id: int | None = None
    matches: list[dict[str, Any]] = field(default_factory=list)  # likely records: ref, reason, score
    changes: dict[str, Any] = field(default_factory=dict)  # to create: attribute -> value; to update: -> [old, new]
    links: dict[str, Any] = field(default_factory=dict)  # same, person, event…: references to other records
    version: int | None = None  # of the target when it was compared
    written: bool = False
    key: int | None = None  # of its line in the staging table

    @property
    def record(self) -> dict[str, Any]:
        return self.records[0] if self.records else {}

    @property
    def stops(self) -> list[dict[str, Any]]:
        """The flags that ask for a person first."""
        return [flag for flag in self.flags if flag.get("fatal")]


@dataclass(slots=True)
class Table:
    """One table of the file and the meaning given to its columns."""

    position: int
    sheet: str | None
    number: int | None
    entity: str | None
    layout: str
    columns: list[dict[str, Any]] = field(default_factory=list)  # letter, heading, field, confidence, samples
    options: dict[str, Any] = field(default_factory=dict)  # header_rows, year, event…
    key: int | None = None


@dataclass(slots=True)
class Options:
    """What was chosen for the whole import."""

    mode: str = "update"  # create, complete (fill blanks), update
    source: str = "Anciens fichiers"  # label of the old file numbers
    years: dict[str, int] = field(default_factory=dict)  # "" = whole file, else by sheet
    file_name: str = ""  # names an event without a date
    protected: dict[str, list[str]] = field(default_factory=dict)  # entity -> fields that never replace a known value
    keys: list[int] = field(default_factory=list)  # positions of the tables that also correct names, births, SIRET


MODES = {
    "create": "Créer seulement",
    "complete": "Créer, et compléter les blancs",
    "update": "Créer, et mettre à jour",
}
