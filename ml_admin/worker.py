"""The child process of one job: `python -m ml_admin.worker JOB LEASE`, started by jobs.Worker."""

import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from ml_admin import duplicates, jobs
from ml_admin.database import Actor, make_engine, writing
from ml_admin.imports import tasks

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

_SECONDS = 900  # of computing; a million rows take about seven minutes


def _apply(work: jobs.Work) -> str | None:
    """Write an import, then have its records compared with the others: a job of its own, nobody waits for it."""
    sentence = tasks.apply(work)
    with writing(work.engine, _ACTOR) as session:
        duplicates.ask(session, None)
    return sentence


_ACTOR = Actor(None, "Recherche de doublons")
HANDLERS = {**tasks.HANDLERS, tasks.APPLY: _apply, **duplicates.HANDLERS}


def _give_up(number: int, frame: FrameType | None) -> None:
    raise TimeoutError


def _limit() -> None:
    """A file made to keep a recognition busy for ever ends like any other failure: said, and others get their turn."""
    if resource is not None:
        signal.signal(signal.SIGXCPU, _give_up)
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS + 60))


def main(arguments: list[str]) -> int:
    """Do the job; its state in the table says how it ended."""
    logging.basicConfig(level=logging.WARNING)
    _limit()
    engine = make_engine(os.environ["DATABASE_URL"])
    try:
        job_id, holder = int(arguments[0]), arguments[1]
        jobs.run(engine, Path(os.environ["ML_ADMIN_DATA"]), job_id, holder, HANDLERS)
    finally:
        engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
