"""A workbook that was given back and is dropped again: only the rows that remained are taken up.

Its rows are known by the words of a hidden column (row_marks.py), checked against the database: an import that the
viewer may not open is never reached. A row is left out when the database says that it is done and it holds what it
held then; a row that was moved, changed or added is read like any other, so that nothing is lost in silence.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.column_types import now
from ml_admin.imports import stage
from ml_admin.imports.analysis import Analysis
from ml_admin.imports.analysis import Row as ReadRow
from ml_admin.imports.records import PARIS
from ml_admin.imports.row_marks import HEADER, HEADING, OURS, Mark, fingerprint, read_mark, sheet_fingerprint
from ml_admin.imports.rows import WHOLE_SHEETS, Row, Table
from ml_admin.imports.workbook import Sheet, Workbook
from ml_admin.permissions import Viewer, visible_imports

WRITTEN: Final = "written"  # why a row of the sheet is not read
_LOOKED_AT: Final = 300  # rows of a sheet in which the first mark is looked for
_FORM: Final = "form"  # in the place of a row number
_CHUNK: Final = 5_000
# what nobody may read any more in a row that is done
EMPTY: Final[Mapping[str, Any]] = {
    **{name: [] for name in ("records", "flags", "matches")},
    **{name: {} for name in ("changes", "links", "decision")},
    "reason": None,
}


@dataclass
class Resumed:
    """What a workbook given back says of the import that it comes from; sheets under the names they had there."""

    origin: m.ImportBatch | None = None
    left_out: dict[str | None, set[int]] = field(default_factory=dict)  # sheet -> rows that are done
    forms_out: set[str | None] = field(default_factory=set)
    taken: dict[str | None, dict[str, list[int]]] = field(default_factory=dict)  # sheet -> row -> positions there
    changed: int = 0  # rows that are done and no longer hold what they held

    def notes(self) -> list[str]:
        """French sentences for the head of the preview."""
        if self.origin is None:
            return [
                "Ce classeur vient d’un import qui n’existe plus, ou que vous ne pouvez pas ouvrir : toutes ses lignes sont lues."
            ]
        day = self.origin.created_at.astimezone(PARIS)
        done = sum(map(len, self.left_out.values())) + len(self.forms_out)
        said = [f"Ce classeur reprend l’import « {self.origin.file_name} » du {day:%d/%m/%Y}."]
        if done:
            said.append("1 ligne déjà écrite : laissée." if done == 1 else f"{_number(done)} lignes déjà écrites : laissées.")  # fmt: skip
        if self.changed:
            said.append("1 ligne déjà écrite a changé dans le classeur : elle est relue." if self.changed == 1 else f"{_number(self.changed)} lignes déjà écrites ont changé dans le classeur : elles sont relues.")  # fmt: skip
        return said


def _number(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


# --- A workbook comes back ----------------------------------------------------------------------------------------------


def take_up(session: Session, workbook: Workbook, viewer: Viewer) -> Resumed | None:
    """Take our columns and sheets out of the workbook; None when it has none, and then it is left as it was."""
    found = {id(sheet): columns for sheet in workbook.sheets if (columns := _mark_columns(sheet))}
    if not found:
        return None
    marks = {id(sheet): _marks(sheet, found[id(sheet)]) for sheet in workbook.sheets if id(sheet) in found}
    workbook.sheets[:] = [sheet for sheet in workbook.sheets if not _is_ours(marks.get(id(sheet), {}))]
    for sheet in workbook.sheets:
        if id(sheet) in found:
            _strip(sheet, found[id(sheet)], marks[id(sheet)])
    origin = _origin(session, viewer, marks.values())
    resumed = Resumed(origin)
    if origin is not None:
        staged = _staged(session, origin)
        for sheet in workbook.sheets:
            own = {number: mark for number, mark in marks.get(id(sheet), {}).items() if mark.batch_id == origin.id}
            _sort_out(resumed, sheet, own, staged)
    return resumed


def _mark_columns(sheet: Sheet) -> list[int]:
    looked_at = [row for row in sheet.rows if any(row)][:_LOOKED_AT]
    return sorted({at for row in looked_at for at, cell in enumerate(row) if read_mark(cell)})


def _marks(sheet: Sheet, columns: Sequence[int]) -> dict[int, Mark]:
    """Row number -> its mark."""
    found = {}
    for number, row in enumerate(sheet.rows, 1):
        for at in columns:
            if at < len(row) and (mark := read_mark(row[at])):
                found[number] = mark
    return found


def _is_ours(marks: Mapping[int, Mark]) -> bool:
    return any(mark.what == OURS for mark in marks.values())


def _strip(sheet: Sheet, columns: Sequence[int], marks: Mapping[int, Mark]) -> None:
    """Without the marks and what we said beside the rows."""
    headers = [sheet.rows[number - 1] for number, mark in marks.items() if mark.what == HEADER]
    said = [at for row in headers for at, cell in enumerate(row[: columns[-1]]) if cell == HEADING]
    ours = {*columns, max(said)} if said else {*columns, *([columns[-1] - 1] if marks and columns[-1] else [])}
    for row in sheet.rows:
        for at in ours:
            if at < len(row):
                row[at] = None
        while row and row[-1] is None:
            row.pop()


def _origin(session: Session, viewer: Viewer, marks: Iterable[Mapping[int, Mark]]) -> m.ImportBatch | None:
    """The import that most rows come from, among those that the viewer may open and whose file is the same."""
    counted = Counter((mark.batch_id, mark.digest) for one in marks for mark in one.values())
    for (batch_id, digest), _ in counted.most_common(3):
        query = visible_imports(select(m.ImportBatch), viewer).where(m.ImportBatch.id == batch_id)
        batch: m.ImportBatch | None = session.scalars(query).one_or_none()
        if batch is not None and batch.file_hash.startswith(digest):
            return batch
    return None


@dataclass(frozen=True, slots=True)
class _Staged:
    sheet: str | None
    row: int | None
    done: bool


def _staged(session: Session, origin: m.ImportBatch) -> dict[int, _Staged]:
    """Position -> where the row stood and whether it is done; what was undone since is not."""
    sheets = {table.key: table.sheet for table in stage.load_tables(session, origin.id)}
    again = select(m.ImportBatch.id).where(m.ImportBatch.origin_id == origin.id, m.ImportBatch.undone_at.is_not(None))
    undone = {f"{_CAUSE}:{key}" for key in session.scalars(again)}
    r = m.ImportRow
    lines = session.execute(select(r.position, r.table_id, r.row, r.written, r.cause).where(r.batch_id == origin.id))
    return {
        position: _Staged(sheets.get(table), row, written and origin.undone_at is None and cause not in undone)
        for position, table, row, written, cause in lines
    }


def _sort_out(resumed: Resumed, sheet: Sheet, marks: Mapping[int, Mark], staged: Mapping[int, _Staged]) -> None:
    """Which rows of the sheet are done, which are taken up; the sheet takes the name that it had."""
    named = Counter(staged[at].sheet for mark in marks.values() for at in mark.positions if at in staged)
    if named:
        sheet.name = named.most_common(1)[0][0]
    for number, mark in marks.items():
        there = [staged[at] for at in mark.positions if at in staged]
        if not there:
            continue
        form = there[0].row is None
        same = mark.print == (sheet_fingerprint(sheet.rows) if form else fingerprint(sheet.rows[number - 1]))
        if all(one.done for one in there):
            resumed.changed += not same
            if same and form:
                resumed.forms_out.add(sheet.name)
            elif same:
                resumed.left_out.setdefault(sheet.name, set()).add(number)
            continue
        waiting = [at for at in mark.positions if at in staged and not staged[at].done]
        place = resumed.taken.setdefault(sheet.name, {}).setdefault(_FORM if form else str(number), [])
        place += waiting


# --- Its rows are read ----------------------------------------------------------------------------------------------------


def leave_out(found: Analysis, resumed: Resumed) -> None:
    """Skip the rows that are done; the database, where they now stand, says what the others are the double of."""
    for table in found.tables:
        out = resumed.left_out.get(table.sheet, set())
        form = table.layout in WHOLE_SHEETS and table.sheet in resumed.forms_out
        table.rows = [
            ReadRow(row.number, "skip", why=WRITTEN) if row.outcome != "skip" and (form or row.number in out) else row
            for row in table.rows
        ]
        for row in table.rows:
            row.duplicate = None


def remember(resumed: Resumed, tables: Iterable[Table], rows: Iterable[Row]) -> None:
    """Note in each table from which row of the origin its rows come."""
    for table in tables:
        taken = resumed.taken.get(table.sheet)
        if taken and table.entity:
            table.options["origin"] = taken
    for row in rows:
        row.alike = None


# --- They are written -------------------------------------------------------------------------------------------------------

_CAUSE: Final = "resumed"


def close_origins(
    session: Session, batch: m.ImportBatch, tables: Sequence[Table], rows: Iterable[Row]
) -> list[m.ImportBatch]:
    """In the origins of a batch, the rows that it has now written no longer wait; the origins that changed."""
    origin_id, origins = batch.origin_id, []
    done = [(row.table, row.row) for row in rows if row.written]
    while origin_id is not None and (positions := _positions(tables, done)):
        origin = session.get(m.ImportBatch, origin_id, with_for_update=True)
        if origin is None:
            break
        _close(session, origin, batch, positions)
        origins.append(origin)
        tables = stage.load_tables(session, origin.id)
        places = {table.key: table.position for table in tables}
        r = m.ImportRow
        lines = _chunked(session, select(r.table_id, r.row).where(r.batch_id == origin.id), positions)
        done, origin_id = [(places[table], number) for table, number in lines], origin.origin_id
    return origins


def _positions(tables: Iterable[Table], done: Iterable[tuple[int, int | None]]) -> set[int]:
    origins = {table.position: table.options.get("origin", {}) for table in tables}
    return {
        position
        for table, number in done
        for position in origins.get(table, {}).get(_FORM if number is None else str(number), ())
    }


def _chunked(session: Session, query: Any, positions: Collection[int]) -> list[Any]:
    wanted = sorted(positions)
    found: list[Any] = []
    for start in range(0, len(wanted), _CHUNK):
        found += session.execute(query.where(m.ImportRow.position.in_(wanted[start : start + _CHUNK])))
    return found


def _close(session: Session, origin: m.ImportBatch, batch: m.ImportBatch, positions: Collection[int]) -> None:
    r = m.ImportRow
    waiting = select(r.id).where(r.batch_id == origin.id, r.written.is_(False))
    keys = [key for (key,) in _chunked(session, waiting, positions)]
    if not keys:
        return
    cause = f"{_CAUSE}:{batch.id}"
    session.execute(update(r), [{"id": key, "written": True, "cause": cause, **EMPTY} for key in keys])
    session.flush()
    told = {"batch": batch.id, "at": now().isoformat(), "rows": len(keys)}
    origin.report = {**origin.report, "resumed": [*origin.report.get("resumed", []), told]}
    origin.counts = stage.counts_of(session, origin)
