"""What reading processes do in the tests: a module of its own, so that they start without the test tools."""

from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from ml_admin.database import make_engine, reading
from ml_admin.models import Journal, YoungPerson


def read_up_to(url: str, person: int, last: int, together: Barrier, results: "Queue[tuple[int, int, int]]") -> None:
    """Reads a record and its story in one transaction until its version is `last`; (states seen, not agreeing, refused)."""
    engine = make_engine(url)
    seen: set[int] = set()
    disagreeing = refused = 0
    changes = select(func.count()).where(
        Journal.table_name == "young_person", Journal.record_id == person, Journal.operation == "update"
    )
    together.wait()
    while last not in seen and not refused:
        try:
            with reading(engine) as session:
                version = session.scalar(select(YoungPerson.version).where(YoungPerson.id == person)) or 0
                disagreeing += version != 1 + (session.scalar(changes) or 0)
            seen.add(version)
        except OperationalError:
            refused = 1
    results.put((len(seen), disagreeing, refused))
    engine.dispose()
