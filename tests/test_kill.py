import random

import pytest
from sqlalchemy import Engine, func, select, text

from ml_admin.database import Actor, erasing, is_sqlite, reading, writing
from ml_admin.models import Journal, YoungPerson
from tests.editors import ROWS, import_people, processes


def _import(engine: Engine, killed_after: float | None) -> None:
    """An import in another process, killed so many seconds after its first statement; None lets it end."""
    context = processes()
    begun = context.Event()
    process = context.Process(target=import_people, args=(engine.url.render_as_string(hide_password=False), begun))  # type: ignore[attr-defined]
    process.start()
    assert begun.wait(120)
    process.join(killed_after)
    process.kill()
    process.join()


def _written(engine: Engine) -> tuple[int, int]:
    """People, and people whose creation stands in the journal; a difference is a fault."""
    with reading(engine) as session:
        lines = select(func.count(Journal.record_id.distinct())).where(Journal.operation == "insert")
        return session.scalar(select(func.count(YoungPerson.id))) or 0, session.scalar(lines) or 0


def _clear(engine: Engine) -> None:
    with writing(engine, Actor(1, "Claire MARTIN")) as session, erasing(session):
        session.execute(text("DELETE FROM young_person"))
        session.execute(text("DELETE FROM journal"))


def _kill_at(engine: Engine, moments: int) -> None:
    chance = random.Random(6)
    for _ in range(moments):
        _import(engine, chance.uniform(0, 0.5))
        assert _written(engine) in [(0, 0), (ROWS, ROWS)]
        _clear(engine)
        _import(engine, None)
        assert _written(engine) == (ROWS, ROWS)
        _clear(engine)
    if is_sqlite(engine):
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_an_import_killed_at_any_moment_is_whole_or_absent_and_runs_again(engine: Engine) -> None:
    _kill_at(engine, 3)


@pytest.mark.long
def test_an_import_killed_at_fifty_moments_is_whole_or_absent_and_runs_again(engine: Engine) -> None:
    _kill_at(engine, 50)
