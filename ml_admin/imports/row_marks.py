"""The words that a workbook given back carries in a hidden column, and by which its rows are known again."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import blake2s
from typing import Final

from ml_admin.imports.workbook import Cell
from ml_admin.text import tidy

HEADING: Final = "À corriger"
HEADER, OURS = "titres", "page"  # in the place of positions: a row of headings, a sheet that we added
_DIGEST: Final = 12  # characters of the file's SHA-256: batches of another database have other files
_MARK = re.compile(r"ml-admin/(\d{1,18})/([0-9a-f]{12})/(titres|page|\d[\d,]*)/([0-9a-f]*)")


@dataclass(frozen=True, slots=True)
class Mark:
    """Which row of which import a row of the sheet was, and what it held then."""

    batch_id: int
    digest: str
    what: str
    print: str

    @property
    def positions(self) -> tuple[int, ...]:
        """Positions of the staged rows; () for headings and for our own sheets."""
        return () if self.what in (HEADER, OURS) else tuple(int(one[:9]) for one in self.what.split(",") if one)

    def is_of(self, file_hash: str) -> bool:
        return file_hash.startswith(self.digest)


def write_mark(batch_id: int, file_hash: str, what: str, fingerprint: str = "") -> str:
    """`what`: positions joined by commas, HEADER or OURS."""
    return f"ml-admin/{batch_id}/{file_hash[:_DIGEST]}/{what}/{fingerprint}"


def read_mark(cell: Cell) -> Mark | None:
    if not isinstance(cell, str) or not cell.startswith("ml-admin/"):
        return None
    found = _MARK.fullmatch(cell.strip())
    return Mark(int(found[1]), found[2], found[3], found[4]) if found else None


def fingerprint(cells: Sequence[Cell]) -> str:
    """What a row holds, whatever the order of its columns; the same after a spreadsheet has saved it."""
    words = sorted(filter(None, map(_words, cells)))
    return blake2s("\x1f".join(words).encode("utf-8", "replace"), digest_size=6).hexdigest()


def sheet_fingerprint(rows: Iterable[Sequence[Cell]]) -> str:
    """The same of a whole sheet, for a form."""
    return fingerprint([cell for row in rows for cell in row])


def _words(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return tidy(cell)
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int | float):
        return f"{float(cell):.12g}"
    return _moment(cell)


def _moment(cell: date | time | timedelta) -> str:
    if isinstance(cell, timedelta):
        return f"{round(cell.total_seconds())} s"
    if isinstance(cell, datetime):
        near = (cell + timedelta(microseconds=500_000)).replace(microsecond=0)  # a spreadsheet counts in days
        return near.isoformat() if near.time() != time() else near.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else cell.replace(microsecond=0).isoformat()
