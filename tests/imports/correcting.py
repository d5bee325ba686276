"""One correction of a staged row in a process of its own, to be killed: `python -m tests.imports.correcting`."""

import sys
from datetime import date

from sqlalchemy import select

from ml_admin import models as m
from ml_admin.cleaners import Context
from ml_admin.database import make_engine, reading
from ml_admin.imports import answers
from ml_admin.permissions import viewer_of


def main(url: str, batch_id: str, city: str) -> None:
    engine = make_engine(url)
    with reading(engine) as session:
        viewer = viewer_of(session.scalars(select(m.Account).where(m.Account.username == "claire")).one())
    answers.correct(engine, int(batch_id), viewer, 0, "city", city, Context(date(2025, 3, 1)))


if __name__ == "__main__":
    main(*sys.argv[1:])
