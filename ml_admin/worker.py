"""The child process of one job: `python -m ml_admin.worker JOB LEASE`, started by jobs.Worker."""

import logging
import os
import sys
from pathlib import Path

from ml_admin import duplicates, jobs
from ml_admin.database import make_engine
from ml_admin.imports import tasks

HANDLERS = {**tasks.HANDLERS, **duplicates.HANDLERS}


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
