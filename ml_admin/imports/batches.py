"""The life of an import in the database: read, planned, corrected, written, undone. Each step is one function.

A step takes an engine, not a session: long computing happens outside any transaction, the writing in one short one.
"""

import gc
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, Select, delete, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session, make_transient

from ml_admin import models as m
from ml_admin.choices import BatchState, Verdict
from ml_admin.cleaners import Context, Counsellor
from ml_admin.column_types import now
from ml_admin.database import Actor, acting_as, reading, writing
from ml_admin.imports import known, stage
from ml_admin.imports.analyse import analyse
from ml_admin.imports.analysis import Choice
from ml_admin.imports.apply import StalePlanError, check_fresh, lock, write
from ml_admin.imports.open import open_workbook
from ml_admin.imports.plan import plan
from ml_admin.imports.records import PARIS
from ml_admin.imports.remarks import remarks
from ml_admin.imports.rows import Options, Row, Table
from ml_admin.imports.workbook import RefusedFileError
from ml_admin.imports.writing import Writing
from ml_admin.permissions import Viewer, visible_imports

FOLDER = "imports"
OPEN = (BatchState.STAGED, BatchState.APPLYING, BatchState.APPLIED)

_CHUNK = 4_000  # staged rows in one transaction: others write in between
_TRIES = 4
_BUSY = "La base a changé pendant l’écriture, plusieurs fois de suite. Rien n’a été écrit : réessayez dans un instant."
_REFUSED = "La base a refusé une valeur. Rien n’a été écrit : relisez l’aperçu, puis réessayez."

Progress = Callable[[int, int, str], None]


class StepRefusedError(Exception):
    """A step that cannot be done; the message is a French sentence."""


def _silent(done: int, total: int, message: str) -> None:
    return None


@contextmanager
def no_collection() -> Iterator[None]:
    """All that a reading builds stays until its end: looking for garbage among it costs a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


# --- Who may -----------------------------------------------------------------------------------------------------------


def visible(viewer: Viewer) -> Select[Any]:
    """The batches that the viewer may open."""
    return visible_imports(select(m.ImportBatch), viewer)


def find(session: Session, viewer: Viewer, batch_id: int) -> m.ImportBatch | None:
    """The batch of this key if the viewer may open it."""
    if not 0 < batch_id < 2**63:
        return None
    batch: m.ImportBatch | None = session.scalars(visible(viewer).where(m.ImportBatch.id == batch_id)).one_or_none()
    return batch


def actor_of(viewer: Viewer, batch_id: int | None = None) -> Actor:
    return Actor(viewer.account_id, viewer.label, batch_id)


# --- A file arrives ------------------------------------------------------------------------------------------------------


def create(
    session: Session,
    viewer: Viewer,
    data: Path,
    file_name: str,
    content: Iterator[bytes],
    options: Options | None = None,
) -> m.ImportBatch:
    """Keep a dropped file under a name of our own and open its batch, in the caller's transaction."""
    folder = data / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stored = uuid4().hex
    digest = hashlib.sha256()
    with (folder / stored).open("wb") as file:
        for block in content:
            digest.update(block)
            file.write(block)
    batch = m.ImportBatch(
        account_id=viewer.account_id,
        actor=viewer.label,
        site_id=viewer.site_id,
        file_name=_shown_name(file_name),
        file_hash=digest.hexdigest(),
        stored_as=stored,
        options=asdict(options or Options()),
    )
    session.add(batch)
    session.flush()
    return batch


def _shown_name(file_name: str) -> str:
    """The last part of whatever a browser calls the file, in 200 characters."""
    name = "".join(char for char in file_name.replace("\\", "/").rpartition("/")[2] if char.isprintable()).strip()
    return name[-200:] or "fichier"


def stored_file(data: Path, batch: m.ImportBatch) -> Path | None:
    """Where the dropped file waits, or None once it is gone."""
    path = data / FOLDER / batch.stored_as if batch.stored_as else None
    return path if path is not None and path.is_file() else None


def forget_file(data: Path, stored_as: str | None) -> None:
    """Delete the dropped file; the batch keeps its hash."""
    if stored_as:
        with suppress(OSError):
            (data / FOLDER / stored_as).unlink(missing_ok=True)


# --- Reading and planning ------------------------------------------------------------------------------------------------


def context_of(session: Session, today: datetime | None = None) -> Context:
    """What cleaning knows of this office: the day and the counsellors."""
    day = (today or now()).astimezone(PARIS).date()
    query = select(m.Counsellor.last_name, m.Counsellor.first_name, m.Counsellor.initials)
    counsellors = tuple(
        Counsellor(f"{last} {first}", last, first, initials or "") for last, first, initials in session.execute(query)
    )
    return Context(day, counsellors=counsellors)


def read(engine: Engine, data: Path, batch_id: int, viewer: Viewer, progress: Progress = _silent) -> None:
    """Read the dropped file of a batch, recognise it, compare it with the database and stage it.

    A file that cannot be read leaves the batch refused, with its French sentence.
    """
    with reading(engine) as session:
        batch = session.get_one(m.ImportBatch, batch_id)
        path, file_name, options, choices = (
            stored_file(data, batch),
            batch.file_name,
            stage.options_of(batch),
            _choices(batch),
        )
        context, digest = context_of(session), batch.file_hash
    if path is None:
        return _refuse(
            engine,
            data,
            batch_id,
            "Le fichier n’est plus là : il est effacé une fois écrit ou abandonné. Déposez-le à nouveau.",
        )
    progress(0, 0, "Lecture du fichier")
    try:
        workbook = open_workbook(path, file_name)
    except RefusedFileError as error:
        return _refuse(engine, data, batch_id, str(error))
    progress(0, 0, "Reconnaissance des colonnes")
    with no_collection():
        years = {sheet or None: year for sheet, year in options.years.items()}
        analysis = analyse(workbook, context, years, choices)
        tables, rows = stage.rows_of(analysis)
        stage.add_samples(tables, analysis, workbook)
        progress(0, len(rows), "Comparaison avec les fiches connues")
        with reading(engine) as session:
            fresh = plan(session, rows, tables, viewer, options)
            notes = [*analysis.notes, *remarks(session, batch_id, digest, viewer, tables, rows)]
        _stage(engine, batch_id, tables, rows, fresh, notes, progress)
    return None


def _choices(batch: m.ImportBatch) -> dict[tuple[str | None, int], Choice]:
    """What a person corrected in the recognition."""
    return {
        (one["sheet"], one["rank"]): Choice(
            one.get("entity"), {int(index): key for index, key in one.get("fields", {}).items()}
        )
        for one in batch.options.get("tables", [])
    }


def _refuse(engine: Engine, data: Path, batch_id: int, sentence: str) -> None:
    with writing(engine, Actor(None, "Import")) as session:
        batch = session.get_one(m.ImportBatch, batch_id)
        stored, batch.stored_as = batch.stored_as, None
        batch.state, batch.message = BatchState.REFUSED, sentence
    forget_file(data, stored)


def _stage(
    engine: Engine,
    batch_id: int,
    tables: Sequence[Table],
    rows: Sequence[Row],
    fresh: Mapping[str, Sequence[int]],
    notes: Sequence[str],
    progress: Progress,
) -> None:
    staging = Actor(None, "Import")
    with writing(engine, staging) as session:
        session.execute(delete(m.ImportTable).where(m.ImportTable.batch_id == batch_id))
        stage.store_tables(session, batch_id, tables)
    for start in range(0, len(rows), _CHUNK):
        with writing(engine, staging) as session:
            stage.store_rows(session, batch_id, tables, rows[start : start + _CHUNK])
        progress(min(start + _CHUNK, len(rows)), len(rows), "Préparation de l’aperçu")
    with writing(engine, staging) as session:
        batch = session.get_one(m.ImportBatch, batch_id)
        batch.state, batch.notes = BatchState.STAGED, list(notes)
        batch.options = {**batch.options, "fresh": dict(fresh)}
        batch.counts = stage.count(session, batch_id)


def load(session: Session, batch_id: int) -> tuple[list[Table], list[Row]]:
    tables = stage.load_tables(session, batch_id)
    return tables, stage.load_rows(session, batch_id, tables)


def replan(engine: Engine, batch_id: int, viewer: Viewer, change: Callable[[list[Row]], Collection[int]]) -> int:
    """Let `change` correct staged rows or record answers, and plan again those it names; how many rows now differ.

    The rows are read, planned and saved outside one long transaction; a batch that somebody else changed meanwhile is
    read again.
    """
    for _ in range(_TRIES):
        with reading(engine) as session:
            batch = session.get_one(m.ImportBatch, batch_id)
            version, options = batch.version, stage.options_of(batch)
            tables, rows = load(session, batch_id)
            before = {row.position: _face(row) for row in rows}
            only = change(rows)
            plan(session, rows, tables, viewer, options, only)
        changed = [row for row in rows if _face(row) != before[row.position]]
        with writing(engine, actor_of(viewer)) as session:
            batch = session.get_one(m.ImportBatch, batch_id, with_for_update=True)
            if batch.state not in OPEN:
                raise StepRefusedError("Cet import n’est plus ouvert : rien n’a été changé.")
            if batch.version != version:
                continue
            stage.save_plan(session, changed)
            batch.counts = _counts(session, batch)
            batch.options = {**batch.options, "answers": batch.options.get("answers", 0) + 1}
            return len(changed)
    raise StepRefusedError(_BUSY)


def _face(row: Row) -> tuple[Any, ...]:
    """All that a plan or a person may change in a row."""
    return (row.verdict, row.cause, row.reason, row.target_id, row.version, row.matches, row.changes, row.links, repr(row.decision), repr(row.records), repr(row.flags))  # fmt: skip


# --- Writing -----------------------------------------------------------------------------------------------------------


def apply(engine: Engine, data: Path, batch_id: int, viewer: Viewer, progress: Progress = _silent) -> dict[str, Any]:
    """Write the sure rows of a staged batch, exactly as its preview shows them; returns the report.

    A row whose fate changed because the database did is not written: it waits to be read again.
    Raises StepRefusedError when nothing could be written.
    """
    sentence = _BUSY
    for _ in range(_TRIES):
        progress(0, 0, "Vérification")
        try:
            with no_collection():
                report, postponed = _apply_once(engine, data, batch_id, viewer, progress)
            if postponed:
                _replan_these(engine, batch_id, viewer, postponed)
            return report
        except StalePlanError:
            sentence = _BUSY
        except IntegrityError:
            sentence = _REFUSED
        except OperationalError as error:
            raise StepRefusedError("La base ne répond pas. Rien n’a été écrit : réessayez dans un instant.") from error
    raise StepRefusedError(sentence)


def _replan_these(engine: Engine, batch_id: int, viewer: Viewer, positions: Collection[int]) -> None:
    replan(engine, batch_id, viewer, lambda _: positions)


def _apply_once(
    engine: Engine, data: Path, batch_id: int, viewer: Viewer, progress: Progress
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
            seen = {row.position: _face(row) for row in rows}
            fresh = plan(session, rows, tables, viewer, options)
            changed = [row for row in rows if _face(row) != seen[row.position]]
    other = {row.position for row in changed}
    sure = [row for row in rows if row.position not in other]
    progress(0, len(sure), "Écriture")
    with writing(engine, actor_of(viewer, batch_id)) as session:
        lock(session)
        check_fresh(session, fresh)
        batch = session.get_one(m.ImportBatch, batch_id, with_for_update=True)
        if batch.version != version:
            raise StalePlanError
        done = write(session, sure, viewer, staff)
        stage.save_written(session, [row for row in rows if row.position not in written])
        stage.save_plan(session, [row for row in changed if not row.written])
        report = _report(session, batch, done, len(changed), _counts(session, batch))
        stored = batch.stored_as
        batch.stored_as = None
    forget_file(data, stored)
    return report, {row.position for row in done.postponed}


def write_new(
    engine: Engine, viewer: Viewer, batch: m.ImportBatch, tables: Sequence[Table], rows: Sequence[Row], options: Options
) -> dict[str, Any]:
    """Plan, write and stage what a command has just read, in one transaction: nothing of it is left by a failure."""
    sentence = _BUSY
    for _ in range(_TRIES):
        with reading(engine) as session:
            fresh = plan(session, rows, tables, viewer, options)
            staff = known.counsellors(session)
        try:
            with writing(engine, actor_of(viewer)) as session:
                return _write_new(session, viewer, batch, tables, rows, fresh, staff)
        except StalePlanError:
            sentence = _BUSY
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
        "values": before.get("values", 0) + done.values,
        "last": {
            "created": dict(done.created),
            "updated": dict(done.updated),
            "to_read": to_read + len(done.postponed),
        },
    }
    batch.state, batch.applied_at, batch.report, batch.counts = BatchState.APPLIED, now(), report, dict(counts)
    batch.options = {**batch.options, "fresh": known.freshness(session)}
    return report


def _counts(session: Session, batch: m.ImportBatch) -> dict[str, int]:
    """Verdict -> rows, with those that a command wrote without staging them."""
    counts = stage.count(session, batch.id)
    return {**counts, "written": counts["written"] + batch.options.get("unstaged", 0)}


def _sum(before: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    names = dict.fromkeys([*before, *more])
    return {name: before.get(name, 0) + more.get(name, 0) for name in names if before.get(name, 0) + more.get(name, 0)}


def remaining(counts: Mapping[str, int]) -> int:
    """Rows that still wait for somebody."""
    return counts.get(Verdict.DECIDE, 0) + counts.get(Verdict.REFUSED, 0)


def abandon(session: Session, data: Path, batch: m.ImportBatch) -> None:
    """Give an import up: what was staged and the dropped file go, what was written stays."""
    session.execute(delete(m.ImportTable).where(m.ImportTable.batch_id == batch.id))
    stored, batch.stored_as = batch.stored_as, None
    batch.state = BatchState.APPLIED if batch.applied_at else BatchState.ABANDONED
    session.flush()
    batch.counts = _counts(session, batch)
    session.flush()
    forget_file(data, stored)
