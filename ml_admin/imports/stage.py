"""An analysis written into the staging tables, and read back: it survives a restart and waits for a colleague."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import zip_longest
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import Verdict
from ml_admin.fields import fields_of
from ml_admin.imports import analysis as reading
from ml_admin.imports import bulk
from ml_admin.imports.records import MODELS, wire
from ml_admin.imports.rows import Options, Row, Table
from ml_admin.imports.shapes import Recalled, drift_words, named, shape_of
from ml_admin.imports.writing import table_of
from ml_admin.listing import DERIVED
from ml_admin.text import tidy, without_nir

_SAMPLES = 4
_OWN_KEY = re.compile(r"(?:Clé|Version) \(\w+\)")  # the hidden columns of exports/workbook.py
_LONGEST_SAMPLE = 60
_LONGEST_REASON = 300
_AT_ONCE = 1_000  # staged rows asked for at a time


def rows_of(analysis: reading.Analysis) -> tuple[list[Table], list[Row]]:
    """The tables of a file and the rows that say something; skipped rows are counted on their table."""
    tables = [_table(position, table) for position, table in enumerate(analysis.tables)]
    rows: list[Row] = []
    places: dict[str, list[int]] = {}  # entity -> positions, in the order the matches count them
    for position, table in enumerate(analysis.tables):
        if table.entity is None or table.entity not in MODELS:
            continue
        for one in table.rows:
            if one.outcome != "skip":
                rows.append(_row(len(rows), position, table.entity, one, places.setdefault(table.entity, [])))
    return tables, rows


def _table(position: int, table: reading.Table) -> Table:
    skipped: dict[str, int] = {}
    for row in table.rows:
        if row.outcome == "skip":
            skipped[row.why] = skipped.get(row.why, 0) + 1
    options = {
        "header_rows": table.header_rows,
        "year": table.year,
        "event": {name: wire(value) for name, value in table.event.items()},
        "why": table.why,
        "skipped": skipped,
        "rows": sum(row.outcome != "skip" for row in table.rows),
        # a table without heading rows has no shape: its first row is somebody
        "shape": shape_of(table.columns) if table.header_rows or table.layout == "form" else "",
        "named": [[one.key, one.said, one.index] for one in named(table.columns)],
        "recalled": _recalled(table.recalled) if table.recalled else None,
    }
    return Table(
        position, table.sheet, table.number, table.entity, table.layout, [_column(c) for c in table.columns], options
    )


def _recalled(recalled: Recalled) -> dict[str, Any]:
    drift = recalled.drift
    said = {"new": drift.new, "gone": drift.gone, "renamed": [list(pair) for pair in drift.renamed]}
    memory = recalled.memory
    return {
        "memory": memory.id,
        "at": memory.used.isoformat(),
        "mode": memory.mode,
        "words": drift_words(drift),
        **said,
    }


def _column(column: Any) -> dict[str, Any]:
    return {
        "index": column.index,
        "letter": column.letter,
        "heading": column.heading,
        "group": column.group,
        "meaning": column.meaning.key if column.meaning else None,
        "confidence": round(column.confidence, 2),
        "left": column.left_out,
        "protected": column.protected,
        "told": column.told,
        "employer": column.employer,
        "slot": wire(column.slot),
        "samples": [],
    }


def _row(position: int, table: int, entity: str, row: reading.Row, places: list[int]) -> Row:
    alike = [
        {"row": places[one.at], "score": one.score, "reason": one.said}
        for one in (row.duplicate.candidates if row.duplicate else ())
    ]
    if row.records:
        places.append(position)
    records = [
        {n: v if v is None or v.__class__ is str else wire(v) for n, v in record.items()} for record in row.records
    ]
    if records and (extra := _not_ours(entity, row.extra)):
        records[0]["extra"] = {heading: _clean_text(text) for heading, text in extra.items()}
    return Row(position, table, row.number, entity, records, [_flag(one) for one in row.issues], alike)


def _not_ours(entity: str, extra: Mapping[str, str]) -> Mapping[str, str]:
    """What a sheet has and the model has not. A workbook that we exported says by its key column that its other
    columns are the record's own: copying them into `extra` would keep every value twice."""
    if not any(_OWN_KEY.fullmatch(heading) for heading in extra) or entity not in MODELS:
        return extra
    model = MODELS[entity]
    ours = {field.label for field in fields_of(model).values()} | {one.label for one in DERIVED.get(model, {}).values()}
    return {heading: text for heading, text in extra.items() if heading not in ours and not _OWN_KEY.fullmatch(heading)}


def _flag(issue: reading.Issue) -> dict[str, Any]:
    flag = {"field": issue.field, "code": issue.code, "raw": _clean_text(issue.raw), "column": issue.column}
    return {**flag, "fatal": True} if issue.fatal else flag


def _clean_text(text: str) -> str:
    # PostgreSQL takes no NUL, whatever the file held
    return text.replace("\x00", "")


def add_samples(tables: Iterable[Table], analysis: reading.Analysis, workbook: Any) -> None:
    """A few words of each column, to recognise it by; the caller hides what the viewer may not read."""
    sheets = {sheet.name: sheet for sheet in workbook.sheets}
    for table, found in zip(tables, analysis.tables, strict=True):
        sheet = sheets.get(found.sheet)
        numbers = [row.number for row in found.rows if row.outcome != "skip" and row.number]
        if sheet is None or not numbers or found.layout == "form":
            continue
        rows = list(zip_longest(*sheet.rows)) if found.layout == "transposed" else sheet.rows
        for column in table.columns:
            column["samples"] = _samples(rows, numbers, column["index"])


def _samples(rows: Sequence[Sequence[Any]], numbers: Sequence[int], index: int) -> list[str]:
    found: dict[str, None] = {}
    for number in numbers[:200]:
        row = rows[number - 1]
        cell = row[index] if index < len(row) else None
        if cell is not None and str(cell).strip():
            text, _ = without_nir(tidy(str(wire(cell))))
            found[_clean_text(text)[:_LONGEST_SAMPLE]] = None
        if len(found) >= _SAMPLES:
            break
    return [text for text in found if text]


def forget_samples(session: Session, batch_id: int) -> None:
    """They are words of people: once nothing is left to recognise, nobody needs them."""
    for table in session.scalars(select(m.ImportTable).where(m.ImportTable.batch_id == batch_id)):
        table.columns = [{**column, "samples": []} for column in table.columns]


# --- Writing and reading back ----------------------------------------------------------------------------------------


def store(session: Session, batch_id: int, tables: Sequence[Table], rows: Sequence[Row]) -> None:
    """Replace what the batch had staged."""
    session.execute(delete(m.ImportTable).where(m.ImportTable.batch_id == batch_id))
    store_tables(session, batch_id, tables)
    store_rows(session, batch_id, tables, rows)


def store_tables(session: Session, batch_id: int, tables: Sequence[Table]) -> None:
    """Write the tables and give each its key."""
    for table in tables:
        line = m.ImportTable(
            batch_id=batch_id,
            position=table.position,
            sheet=table.sheet,
            number=table.number,
            entity=table.entity,
            layout=table.layout,
            columns=table.columns,
            options=table.options,
        )
        session.add(line)
        session.flush()
        table.key = line.id


def store_rows(session: Session, batch_id: int, tables: Sequence[Table], rows: Sequence[Row]) -> None:
    """Write rows in one executemany; what was written to its record keeps no personal data here."""
    keys = {table.position: table.key for table in tables}
    bulk.insert(session, table_of(m.ImportRow), [_line(batch_id, keys[row.table], row) for row in rows])


def _line(batch_id: int, table_id: int | None, row: Row) -> dict[str, Any]:
    return {"batch_id": batch_id, "table_id": table_id, "position": row.position, "row": row.row, **_state(row)}


def _state(row: Row) -> dict[str, Any]:
    kept = not row.written
    return {
        "verdict": row.verdict,
        "written": row.written,
        "cause": row.cause[:60],
        "records": row.records if kept else [],
        "flags": row.flags if kept else [],
        "reason": row.reason[:_LONGEST_REASON] or None,
        "target_id": row.target_id,
        "matches": row.matches if kept else [],
        "changes": row.changes if kept else {},
        "decision": row.decision if kept else {},
        "links": row.links if kept else {},
        "target_version": row.version,
    }


def save_plan(session: Session, rows: Iterable[Row]) -> None:
    """Write again what a plan or a correction changed in rows that were read back."""
    lines = [{"id": row.key, **_state(row)} for row in rows]
    if lines:
        session.execute(update(m.ImportRow), lines)


def load_tables(session: Session, batch_id: int) -> list[Table]:
    lines = session.scalars(
        select(m.ImportTable).where(m.ImportTable.batch_id == batch_id).order_by(m.ImportTable.position)
    )
    return [
        Table(one.position, one.sheet, one.number, one.entity, one.layout, one.columns, one.options, one.id)
        for one in lines
    ]


def load_rows(
    session: Session, batch_id: int, tables: Iterable[Table], verdicts: Collection[Verdict] | None = None
) -> list[Row]:
    """The rows of a batch in the order of the file; `verdicts` leaves the others out."""
    wanted = () if verdicts is None else (m.ImportRow.verdict.in_(verdicts),)
    return _rows(session, tables, m.ImportRow.batch_id == batch_id, *wanted)


def rows_at(session: Session, batch_id: int, tables: Iterable[Table], positions: Collection[int]) -> list[Row]:
    """Some rows of a batch, by their place in the file."""
    known = [position for position in positions if position < 2**31]  # an address may name any number
    return _rows(session, tables, m.ImportRow.batch_id == batch_id, m.ImportRow.position.in_(known)) if known else []


def rows_by_key(session: Session, tables: Iterable[Table], keys: Collection[int]) -> list[Row]:
    return _rows(session, tables, m.ImportRow.id.in_(keys)) if keys else []


def _rows(session: Session, tables: Iterable[Table], *conditions: ColumnElement[bool]) -> list[Row]:
    places: Mapping[int | None, Table] = {table.key: table for table in tables}
    r = m.ImportRow
    columns = (r.position, r.table_id, r.row, r.records, r.flags, r.decision, r.verdict, r.cause, r.reason, r.target_id, r.matches, r.changes, r.links, r.target_version, r.written, r.id)  # fmt: skip
    found = []
    query = select(*columns).where(*conditions).order_by(r.position)
    # all at once, the JSON of a big batch would stand beside what is made of it
    for line in session.execute(query, execution_options={"yield_per": _AT_ONCE}):
        position, table_id, number, records, flags, decision, verdict, cause, reason, *rest = line
        table = places[table_id]
        told = (
            table.position,
            number,
            table.entity or "",
            records,
            flags,
            None,
            decision,
            verdict,
            cause,
            reason or "",
        )
        found.append(Row(position, *told, *rest))
    return found


def count(session: Session, batch_id: int) -> dict[str, int]:
    """Verdict -> rows that are not written yet, and "written"."""
    r = m.ImportRow
    query = select(r.written, r.verdict, func.count()).where(r.batch_id == batch_id).group_by(r.written, r.verdict)
    found: dict[str, int] = {"written": 0}
    for written, verdict, number in session.execute(query):
        name = "written" if written else str(verdict)
        found[name] = found.get(name, 0) + number
    return found


def counts_of(session: Session, batch: m.ImportBatch) -> dict[str, int]:
    """The same, with the rows that a command wrote without staging them."""
    counts = count(session, batch.id)
    return {**counts, "written": counts["written"] + batch.options.get("unstaged", 0)}


def count_of(rows: Iterable[Row]) -> dict[str, int]:
    """The same of rows in memory."""
    counted = Counter("written" if row.written else str(row.verdict) for row in rows)
    return {"written": 0, **counted}


def options_of(batch: m.ImportBatch) -> Options:
    """What was chosen for the import."""
    kept = {name: value for name, value in batch.options.items() if name in Options.__dataclass_fields__}
    return Options(**{**kept, "file_name": batch.options.get("named_after") or batch.file_name})


def options_line(options: Options) -> dict[str, Any]:
    return asdict(options)


def save_written(session: Session, rows: Iterable[Row]) -> None:
    """Note what is done; the words of the file leave the staging table with it."""
    done = [{"row_key": row.key, "made": row.target_id} for row in rows if row.written and row.key is not None]
    if not done:
        return
    table = m.ImportRow.__table__
    empty: dict[str, Any] = {name: [] for name in ("records", "flags", "matches")} | {
        name: {} for name in ("changes", "links", "decision")
    }
    statement = update(m.ImportRow).where(table.c.id == bindparam("row_key"))
    session.connection().execute(statement.values(written=True, target_id=bindparam("made"), **empty), done)
