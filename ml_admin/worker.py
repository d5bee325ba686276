"""The child process of one job: `python -m ml_admin.worker JOB LEASE`, started by jobs.Worker."""

import logging
import os
import sys
from pathlib import Path

from ml_admin import duplicates, jobs
from ml_admin.database import Actor, make_engine, writing
from ml_admin.imports import tasks


def _apply(work: jobs.Work) -> str | None:
    """Write an import, then have its records compared with the others: a job of its own, nobody waits for it."""
    sentence = tasks.apply(work)
    with writing(work.engine, _ACTOR) as session:
        duplicates.ask(session, None)
    return sentence


_ACTOR = Actor(None, "Recherche de doublons")
HANDLERS = {**tasks.HANDLERS, tasks.APPLY: _apply, **duplicates.HANDLERS}


def main(arguments: list[str]) -> int:
    """Do the job; its state in the table says how it ended."""
    logging.basicConfig(level=logging.WARNING)
    engine = make_engine(os.environ["DATABASE_URL"])
    try:
        job_id, holder = int(arguments[0]), arguments[1]
        jobs.run(engine, Path(os.environ["ML_ADMIN_DATA"]), job_id, holder, HANDLERS)
    finally:
        engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
