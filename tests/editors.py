"""What other processes do in the tests: a module of its own, so that they start without the test tools."""

from multiprocessing.queues import Queue

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from ml_admin.database import Actor, make_engine, writing
from ml_admin.models import Setting, Site


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
