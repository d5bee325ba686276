"""Work done apart from a request: a table of jobs, each taken by lease, with a heartbeat, progress and resume."""

import logging
import os
import secrets
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, and_, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from ml_admin.choices import JobState
from ml_admin.column_types import now
from ml_admin.database import Actor, reading, writing
from ml_admin.models import Job, Lease

log = logging.getLogger(__name__)

HEARTBEAT = timedelta(seconds=5)
LOST_AFTER = timedelta(seconds=60)  # longer than the longest wait for the write lock of SQLite
ATTEMPTS = 3
POLL_SECONDS = 2.0
PROGRESS_SECONDS = 0.5
OPEN = (JobState.WAITING, JobState.RUNNING)

_MACHINERY = Actor(None, "Tâche de fond")
_BROKEN = "Le travail s’est interrompu trois fois. Relancez-le ; s’il s’arrête encore, prévenez votre administrateur."


class LostError(Exception):
    """Another worker has taken the job over: nothing more may be written for it."""


@dataclass
class Work:
    """What a handler is given: the database, the data folder, its payload, and the way to say how far it is."""

    engine: Engine
    data: Path
    job_id: int
    holder: str
    payload: Mapping[str, Any]
    _told: float = field(default=0.0, repr=False)

    def progress(self, done: int, total: int, message: str = "", *, at_once: bool = False) -> None:
        """Show `done` of `total` (rows, most often) and a French sentence to who waits. Cheap to call often.

        Raises LostError when the job now belongs to somebody else.
        """
        moment = time.monotonic()
        if not at_once and moment - self._told < PROGRESS_SECONDS:
            return
        self._told = moment
        if not _touch(self.engine, self.job_id, self.holder, done=done, total=total, message=message or None):
            raise LostError


Handler = Callable[[Work], str | None]


def enqueue(session: Session, kind: str, payload: Mapping[str, Any], account_id: int | None = None) -> Job:
    """Ask for a job inside the caller's own transaction; `payload` holds identifiers, never personal data."""
    job = Job(kind=kind, payload=dict(payload), account_id=account_id)
    session.add(job)
    session.flush()
    return job


def take(engine: Engine, holder: str) -> int | None:
    """Lease the oldest job that waits, or whose worker has been silent too long; None when there is nothing to do."""
    with reading(engine) as session:
        found = session.scalars(select(Job.id).where(_free()).order_by(Job.id).limit(1)).first()
    if found is None:
        return None
    with writing(engine, _MACHINERY) as session:
        values = {"state": JobState.RUNNING, "holder": holder, "heartbeat_at": now(), "attempts": Job.attempts + 1}
        # the condition is asked again: two workers may have seen the same job
        taken = _changed(session, update(Job).where(Job.id == found, _free()).values(started_at=now(), **values))
    return found if taken else None


def run(engine: Engine, data: Path, job_id: int, holder: str, handlers: Mapping[str, Handler]) -> bool:
    """Do a leased job to its end, here; True when it ended well. The state of the job says the rest."""
    with reading(engine) as session:
        job = session.get(Job, job_id)
        if job is None or job.holder != holder or job.state is not JobState.RUNNING:
            return False
        work = Work(engine, data, job_id, holder, job.payload)
        handler = handlers.get(job.kind)
    try:
        if handler is None:
            raise LookupError(job.kind)
        with _heartbeat(work):
            sentence = handler(work)
    except LostError:
        return False
    except Exception as error:
        # the text of an error may hold personal data: its kind and its place are enough to mend it
        places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
        log.error("job %s failed: %s at %s", job_id, type(error).__name__, ", ".join(places))
        return _give_back(engine, job_id, holder)
    return _touch(engine, job_id, holder, state=JobState.DONE, ended_at=now(), message=sentence)


def run_waiting(engine: Engine, data: Path, handlers: Mapping[str, Handler]) -> int:
    """Do every waiting job here and now (a command, a test); how many were tried."""
    tried = 0
    while (job_id := take(engine, holder := secrets.token_hex(8))) is not None:
        run(engine, data, job_id, holder, handlers)
        tried += 1
    return tried


def _free() -> Any:
    silent = and_(Job.state == JobState.RUNNING, or_(Job.heartbeat_at.is_(None), Job.heartbeat_at < now() - LOST_AFTER))
    return and_(or_(Job.state == JobState.WAITING, silent), Job.attempts < ATTEMPTS)


def _changed(session: Session, statement: Any) -> bool:
    result = session.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount == 1


def _touch(engine: Engine, job_id: int, holder: str, **values: Any) -> bool:
    with writing(engine, _MACHINERY) as session:
        mine = and_(Job.id == job_id, Job.holder == holder, Job.state == JobState.RUNNING)
        return _changed(session, update(Job).where(mine).values(heartbeat_at=now(), **values))


def _give_back(engine: Engine, job_id: int, holder: str) -> bool:
    """A job that broke is tried again, three times in all; then it says that it failed."""
    with writing(engine, _MACHINERY) as session:
        mine = and_(Job.id == job_id, Job.holder == holder, Job.state == JobState.RUNNING)
        session.execute(update(Job).where(mine, Job.attempts < ATTEMPTS).values(state=JobState.WAITING, holder=None))
        session.execute(update(Job).where(mine).values(state=JobState.FAILED, ended_at=now(), message=_BROKEN))
    return False


def health(session: Session) -> dict[str, int]:
    """How many jobs wait, run, and failed in the last day; no personal data."""
    query = select(Job.state, func.count()).where(or_(Job.state.in_(OPEN), Job.ended_at > now() - timedelta(days=1)))
    counted = {row[0]: row[1] for row in session.execute(query.group_by(Job.state))}
    return {state.value: counted.get(state, 0) for state in (*OPEN, JobState.FAILED)}


def ask_when_due(engine: Engine, kind: str, every: timedelta) -> bool:
    """Ask for a periodic job if nobody has done so for `every`; whether this process did. One lease for all processes."""
    with reading(engine) as session:
        if session.scalar(select(Lease.id).where(Lease.name == kind, Lease.until > now())) is not None:
            return False
    try:
        with writing(engine, _MACHINERY) as session:
            lease = session.scalars(select(Lease).where(Lease.name == kind).with_for_update()).one_or_none()
            if lease is None:
                lease = Lease(name=kind, holder="", until=now())
                session.add(lease)
            elif lease.until > now():
                return False
            lease.until = now() + every
            lease.holder = str(enqueue(session, kind, {}).id)
    except IntegrityError:  # another process made the row at the same moment
        return False
    return True


def bury(engine: Engine) -> None:
    """Jobs whose last allowed worker died without a word are said to have failed."""
    with reading(engine) as session:
        dead = and_(Job.state == JobState.RUNNING, Job.attempts >= ATTEMPTS, Job.heartbeat_at < now() - LOST_AFTER)
        found = session.scalars(select(Job.id).where(dead)).all()
    if found:
        with writing(engine, _MACHINERY) as session:
            values = {"state": JobState.FAILED, "ended_at": now(), "message": _BROKEN}
            session.execute(update(Job).where(Job.id.in_(found), dead).values(**values))


@contextmanager
def _heartbeat(work: Work) -> Iterator[None]:
    """Say every few seconds that the job lives."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(HEARTBEAT.total_seconds()):
            try:
                _touch(work.engine, work.job_id, work.holder)
            except SQLAlchemyError as error:  # a beat that is missed is not the end: the next one follows
                log.warning("job %s: %s", work.job_id, type(error).__name__)

    thread = threading.Thread(target=beat, name=f"heartbeat-{work.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


# --- The worker of a served process ----------------------------------------------------------------------------------


class Worker:
    """A thread that leases jobs and has each one done in a process of its own.

    Reading a workbook is minutes of pure computing at worst: in the web process it would hold every other page back,
    and its memory would stay. `command` is what the child process runs, given the number of the job and the lease.
    """

    def __init__(
        self,
        engine: Engine,
        command: tuple[str, ...],
        environment: Mapping[str, str],
        periodic: Mapping[str, timedelta] | None = None,
    ) -> None:
        self._engine = engine
        self._periodic = periodic or {}  # kind of job -> how often
        self._command = command
        self._environment = {
            **os.environ,
            **environment,
        }  # the address of the database is no argument: `ps` shows those
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """A job was just asked for here: look now, not at the next turn."""
        self._wake.set()

    def stop(self) -> None:
        """Take no more jobs; the one under way goes on in its own process."""
        self._stop.set()
        self._wake.set()

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                if not self._one():
                    bury(self._engine)
                    if any(ask_when_due(self._engine, kind, every) for kind, every in self._periodic.items()):
                        continue
                    self._wake.wait(POLL_SECONDS)
                    self._wake.clear()
            except Exception as error:  # the database may be away for a moment: the worker outlives it
                log.error("jobs: %s", type(error).__name__)
                self._stop.wait(POLL_SECONDS)

    def _one(self) -> bool:
        holder = secrets.token_hex(8)
        job_id = take(self._engine, holder)
        if job_id is None:
            return False
        done = subprocess.run(  # noqa: S603 - our own program, with two numbers
            (*self._command, str(job_id), holder), env=self._environment, stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            _give_back(self._engine, job_id, holder)
        return True


def child_command(module: str) -> tuple[str, ...]:
    """The command that runs a module of ours with the same Python."""
    return (sys.executable, "-m", module)
