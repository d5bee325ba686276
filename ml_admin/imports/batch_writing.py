"""Write a batch, staged on the screen or just read by a command: one short transaction, planned again when the base moved."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session, make_transient

from ml_admin import models as m
from ml_admin.choices import BatchState, Verdict
from ml_admin.column_types import now
from ml_admin.database import acting_as, reading, writing
from ml_admin.imports import known, memory, resumed, retention, stage
from ml_admin.imports.apply import StalePlanError, check_fresh, lock, write
from ml_admin.imports.batches import (
    BUSY,
    OPEN,
    TRIES,
    Progress,
    StepRefusedError,
    actor_of,
    forget_file,
    load,
    no_collection,
    silent,
)
from ml_admin.imports.gestures import gesture
from ml_admin.imports.nearby import face
from ml_admin.imports.plan import plan
from ml_admin.imports.progress import CancelledError, Meter
from ml_admin.imports.rows import Options, Row, Table
from ml_admin.imports.writing import Writing
from ml_admin.permissions import Viewer

_REFUSED = "La base a refusé une valeur. Rien n’a été écrit : relisez l’aperçu, puis réessayez."

STOPPED = "Écriture arrêtée à votre demande. Rien n’a été écrit : l’import attend ici, comme avant."
_CHUNK = 2_000  # rows noted as written in one statement


def apply(
    engine: Engine,
    data: Path,
    batch_id: int,
    viewer: Viewer,
    progress: Progress = silent,
    meter_at: Path | None = None,
) -> dict[str, Any]:
    """Write the sure rows of a staged batch, exactly as its preview shows them; returns the report.

    A row whose fate changed because the database did is not written: it waits to be read again. `meter_at`: where
    `progress.place` says how far it is and takes the wish to stop. Raises StepRefusedError when nothing was written.
    """
    sentence = BUSY
    for _ in range(TRIES):
        progress(0, 0, "Vérification")
        try:
            with no_collection():
                report, postponed = _apply_once(engine, data, batch_id, viewer, progress, meter_at)
            if postponed:
                _replan_these(engine, batch_id, viewer, postponed)
            return report
        except CancelledError:
            raise StepRefusedError(STOPPED) from None
        except StalePlanError:
            sentence = BUSY
        except IntegrityError:
            sentence = _REFUSED
        except OperationalError as error:
            raise StepRefusedError("La base ne répond pas. Rien n’a été écrit : réessayez dans un instant.") from error
    raise StepRefusedError(sentence)


def _replan_these(engine: Engine, batch_id: int, viewer: Viewer, positions: Collection[int]) -> None:
    gesture(engine, batch_id, viewer, lambda _: positions, answered=False)


def _apply_once(
    engine: Engine, data: Path, batch_id: int, viewer: Viewer, progress: Progress, meter_at: Path | None
) -> tuple[dict[str, Any], set[int]]:
    """The report, and the positions of rows whose record was changed by somebody since the plan."""
    with reading(engine) as session:
        batch = session.get_one(m.ImportBatch, batch_id)
        if batch.state not in OPEN:
            raise StepRefusedError("Cet import n’est plus ouvert : il a été annulé ou abandonné.")
        version, options = batch.version, stage.options_of(batch)
        tables, rows = load(session, batch_id)
        staff = known.counsellors(session)
        fresh = batch.options.get("fresh") or {}
        written = {row.position for row in rows if row.written}
        changed: list[Row] = []
        if fresh != known.freshness(session):
            seen = {row.position: face(row) for row in rows}
            fresh = plan(session, rows, tables, viewer, options)
            changed = [row for row in rows if face(row) != seen[row.position]]
    other = {row.position for row in changed}
    sure = [row for row in rows if row.position not in other]
    marked = [row for row in rows if row.position not in written]
    step = _meter(meter_at, sure, marked)
    progress(0, len(sure), "Écriture")
    started = monotonic()
    with writing(engine, actor_of(viewer, batch_id)) as session:
        lock(session)
        check_fresh(session, fresh)
        batch = session.get_one(m.ImportBatch, batch_id, with_for_update=True)
        if batch.version != version:
            raise StalePlanError
        done = write(session, sure, viewer, staff, step)
        for start in range(0, len(marked), _CHUNK):
            stage.save_written(session, marked[start : start + _CHUNK])
            step(len(marked[start : start + _CHUNK]))
        stage.save_plan(session, [row for row in [*changed, *done.refused] if not row.written])
        stage.forget_samples(session, batch_id)
        report = _report(session, batch, done, len(changed), stage.counts_of(session, batch))
        memory.remember(session, batch, tables, viewer)
        batch.report = report = {**report, "runs": [*report.get("runs", []), _run(viewer, done, started)]}
        origins = resumed.close_origins(session, batch, tables, rows)
        useless = [name for one in (batch, *origins) for name in _let_go(session, one)]
        session.flush()
        step(0)  # the last moment at which a wish to stop is heard
    for name in useless:
        forget_file(data, name)
    return report, {row.position for row in done.postponed}


def _meter(at: Path | None, sure: Sequence[Row], marked: Sequence[Row]) -> Callable[[int], None]:
    if at is None:
        return lambda rows: None
    due = [row for row in sure if not row.written and row.verdict in (Verdict.CREATE, Verdict.UPDATE)]
    meter = Meter(at, len(due) + sum(map(_pieces, due)) + len(marked), len(due))
    meter.step()
    return meter.step


def _pieces(row: Row) -> int:
    """Lines of other tables that come with a row (schemes, barriers…): they take as long as the row itself."""
    new = row.verdict is Verdict.CREATE
    held = row.changes.values() if new else (after for _, after in row.changes.values())
    return sum(len(one) for one in held if isinstance(one, list | tuple))


def _run(viewer: Viewer, done: Writing, started: float) -> dict[str, Any]:
    """One line of the report for each time that somebody had rows written."""
    made = {"created": sum(done.created.values()), "updated": sum(done.updated.values())}
    return {"at": now().isoformat(), "by": viewer.label, "seconds": round(monotonic() - started, 1), **made}


def _let_go(session: Session, batch: m.ImportBatch) -> list[str]:
    """Names of the files of a batch that is done: nothing of it waits, so nothing will be given back or read again."""
    retention.keep_until(session, batch)
    if any(number for name, number in batch.counts.items() if name != "written"):
        return []
    files = [name for name in (batch.stored_as, batch.annotated_as) if name]
    batch.stored_as = batch.annotated_as = None
    return files


def write_new(
    engine: Engine, viewer: Viewer, batch: m.ImportBatch, tables: Sequence[Table], rows: Sequence[Row], options: Options
) -> dict[str, Any]:
    """Plan, write and stage what a command has just read, in one transaction: nothing of it is left by a failure."""
    sentence = BUSY
    for _ in range(TRIES):
        with reading(engine) as session:
            fresh = plan(session, rows, tables, viewer, options)
            staff = known.counsellors(session)
        try:
            with writing(engine, actor_of(viewer)) as session:
                return _write_new(session, viewer, batch, tables, rows, fresh, staff)
        except StalePlanError:
            sentence = BUSY
        except IntegrityError:
            sentence = _REFUSED
        make_transient(batch)
        batch.id = None  # type: ignore[assignment]
        for row in rows:
            row.written = False
    raise StepRefusedError(sentence)


def _write_new(
    session: Session,
    viewer: Viewer,
    batch: m.ImportBatch,
    tables: Sequence[Table],
    rows: Sequence[Row],
    fresh: Mapping[str, Sequence[int]],
    staff: Mapping[str, int],
) -> dict[str, Any]:
    lock(session)
    check_fresh(session, fresh)
    session.add(batch)
    session.flush()
    acting_as(session, viewer.account_id, viewer.label, batch.id)
    done = write(session, rows, viewer, staff)
    stage.store_tables(session, batch.id, tables)
    kept = _still_needed(rows)
    stage.store_rows(session, batch.id, tables, kept)
    batch.options = {**batch.options, "unstaged": len(rows) - len(kept)}
    return _report(session, batch, done, 0, stage.count_of(rows))


def _still_needed(rows: Sequence[Row]) -> list[Row]:
    """The rows that wait, and the written ones that they may be the double of: the others have nothing left to say."""
    waiting = [row for row in rows if not row.written]
    refs = {match["ref"] for row in waiting for match in row.matches} | {str(row.links.get("same")) for row in waiting}
    return [row for row in rows if not row.written or f"row:{row.position}" in refs]


def _report(
    session: Session, batch: m.ImportBatch, done: Writing, to_read: int, counts: Mapping[str, int]
) -> dict[str, Any]:
    """Add what was just written to the batch's report and close what is done."""
    before = batch.report or {}
    report = {
        **before,
        "created": _sum(before.get("created", {}), done.created),
        "updated": _sum(before.get("updated", {}), done.updated),
        "deleted": _sum(before.get("deleted", {}), done.deleted),
        "values": before.get("values", 0) + done.values,
        "last": {
            "created": dict(done.created),
            "updated": dict(done.updated),
            "deleted": dict(done.deleted),
            "to_read": to_read + len(done.postponed) + len(done.refused),
        },
    }
    batch.state, batch.applied_at, batch.report, batch.counts = BatchState.APPLIED, now(), report, dict(counts)
    batch.options = {**batch.options, "fresh": known.freshness(session)}
    return report


def _sum(before: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    names = dict.fromkeys([*before, *more])
    return {name: before.get(name, 0) + more.get(name, 0) for name in names if before.get(name, 0) + more.get(name, 0)}
