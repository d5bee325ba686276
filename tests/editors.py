"""What other processes do in the tests: a module of its own, so that they start without the test tools."""

import multiprocessing
from multiprocessing.context import BaseContext
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event

from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from ml_admin.database import Actor, make_engine, writing
from ml_admin.models import Setting, Site, YoungPerson

ROWS = 3_000


def processes() -> BaseContext:
    """How the tests start a process: from a server that has read this module once, where the system has one."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def save_often(url: str, name: str, saves: int, results: "Queue[tuple[int, int, int]]") -> None:
    """Reads a number, adds one, writes it back, as an editor would; (saved, refused, locked)."""
    engine = make_engine(url)
    saved = refused = locked = 0
    while saved < saves:
        try:
            with writing(engine, Actor(None, name)) as session:
                counter = session.scalars(select(Setting)).one()
                counter.value = str(int(counter.value) + 1)
                session.add(Site(name=f"{name} {saved}"))
            saved += 1
        except StaleDataError:
            refused += 1
        except OperationalError:
            locked += 1
            break
    results.put((saved, refused, locked))
    engine.dispose()


def import_people(url: str, begun: Event) -> None:
    """Writes 3,000 people in one transaction, in ten statements."""
    engine = make_engine(url)
    with writing(engine, Actor(1, "Claire MARTIN", batch_id=7)) as session:
        for start in range(0, ROWS, 300):
            rows = [{"last_name": "DIALLO", "first_name": f"Prénom {n}"} for n in range(start, start + 300)]
            session.execute(insert(YoungPerson), rows)
            begun.set()
    engine.dispose()
