"""What the jobs of an import do, in the name of whoever asked for them."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ml_admin import consultations
from ml_admin import models as m
from ml_admin.choices import BatchState, JobState
from ml_admin.database import Actor, reading, writing
from ml_admin.imports import annotated, batch_writing, batches, progress, purge
from ml_admin.jobs import Work, enqueue
from ml_admin.permissions import Viewer, may_open, viewer_of

READ: Final = "import.read"
APPLY: Final = "import.apply"
PURGE: Final = "import.purge"


def ask(session: Session, kind: str, batch: m.ImportBatch, viewer: Viewer) -> m.Job:
    """Have a batch read or written, in the caller's transaction; the state of the batch says so at once."""
    batch.state = BatchState.READING if kind == READ else BatchState.APPLYING
    batch.message = None
    job = enqueue(session, kind, {"batch": batch.id}, viewer.account_id)
    batch.options = {**batch.options, "job": job.id}
    return job


def read(work: Work) -> str | None:
    """Read a dropped file and stage what it says."""
    batch_id, viewer = int(work.payload["batch"]), _viewer(work)
    if viewer is None:
        return _give_up(
            work, batch_id, BatchState.REFUSED, "Ce compte ne peut plus importer. Confiez l’import à un collègue."
        )
    batches.read(work.engine, work.data, batch_id, viewer, work.progress)
    return None


def apply(work: Work) -> str | None:
    """Write the sure rows of a batch, then give its workbook back.

    A job that is taken over after the writing was kept only makes the workbook.
    """
    batch_id, viewer = int(work.payload["batch"]), _viewer(work)
    if viewer is None:
        return _give_up(
            work, batch_id, BatchState.STAGED, "Ce compte ne peut plus importer. Confiez l’import à un collègue."
        )
    meter_at = progress.place(work.data / batches.FOLDER, work.job_id)
    try:
        if _is_asked(work, batch_id):
            batch_writing.apply(work.engine, work.data, batch_id, viewer, work.progress, meter_at)
        progress.forget(meter_at)  # not when it breaks: the next worker of this job must hear the wish to stop
    except batches.StepRefusedError as error:
        progress.forget(meter_at)
        return _give_up(work, batch_id, BatchState.STAGED, str(error))
    work.progress(0, 0, "Classeur à corriger", at_once=True)
    annotated.make(work.engine, work.data, batch_id)
    return None


def _is_asked(work: Work, batch_id: int) -> bool:
    with reading(work.engine) as session:
        return session.get_one(m.ImportBatch, batch_id).state is BatchState.APPLYING


def _viewer(work: Work) -> Viewer | None:
    """The rights of today of the account that asked, None when it may no longer import."""
    with reading(work.engine) as session:
        job = session.get_one(m.Job, work.job_id)
        account = session.get(m.Account, job.account_id) if job.account_id else None
        if account is None or not account.active:
            return None
        viewer = viewer_of(account)
    return viewer if may_open(viewer, "imports") else None


def _give_up(work: Work, batch_id: int, state: BatchState, sentence: str) -> str:
    return _close(work.engine, batch_id, state, sentence)


def _close(engine: Engine, batch_id: int, state: BatchState, sentence: str) -> str:
    with writing(engine, Actor(None, "Import")) as session:
        batch = session.get_one(m.ImportBatch, batch_id, with_for_update=True)
        if batch.state in (BatchState.READING, BatchState.APPLYING):
            batch.state = BatchState.APPLIED if batch.applied_at and state is BatchState.STAGED else state
            batch.message = sentence
    return sentence


def stop(engine: Engine, data: Path, batch_id: int) -> bool:
    """Ask the writing of a batch to stop, or take back the asking when nobody works at it; False when it is over.

    Nothing of it is written unless its commit had begun.
    """
    with reading(engine) as session:
        batch = session.get_one(m.ImportBatch, batch_id)
        key = batch.options.get("job")
        job = session.get(m.Job, key) if isinstance(key, int) else None
        if batch.state is not BatchState.APPLYING or job is None:
            return False
        failed, meter_at = job.state is JobState.FAILED, progress.place(data / batches.FOLDER, job.id)
    if failed:
        progress.forget(meter_at)
        return bool(_close(engine, batch_id, BatchState.STAGED, batch_writing.STOPPED))
    progress.ask_to_stop(meter_at)
    return True


def erase_old(work: Work) -> str | None:
    """Erase what imports have kept long enough, and the consultations of more than twelve months ago."""
    purge.purge(work.engine, work.data)
    with writing(work.engine, Actor(None, "Conservation")) as session:
        consultations.purge(session)
    return None


HANDLERS: Final[Mapping[str, Callable[[Work], str | None]]] = {READ: read, APPLY: apply, PURGE: erase_old}
PERIODIC: Final[Mapping[str, timedelta]] = {PURGE: timedelta(days=1)}
