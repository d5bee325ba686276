import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Table, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ml_admin.database import Actor, erasing, reading, writing
from ml_admin.models import Base
from ml_admin.undo import UndoReport, undo_batch

BATCH = 7
NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NAMES = ("site", "counsellor", "young_person", "appointment", "employer", "employer_contact", "job_offer")
TABLES = [Base.metadata.tables[name] for name in NAMES]
Rows = dict[tuple[str, int], dict[str, Any]]


def _some(session: Session, chance: random.Random, name: str) -> int | None:
    keys = session.scalars(select(Base.metadata.tables[name].c.id)).all()
    return chance.choice(keys) if keys else None


def _new(session: Session, chance: random.Random, table: Table) -> dict[str, Any]:
    word = f"{chance.randrange(10**6):06}"
    start = NINE + timedelta(minutes=10 * chance.randrange(40))
    return {
        "site": {"name": word},
        "counsellor": {"last_name": word, "first_name": "Claire", "site_id": _some(session, chance, "site")},
        "young_person": {
            "last_name": word,
            "first_name": "Amina",
            "site_id": _some(session, chance, "site"),
            "counsellor_id": _some(session, chance, "counsellor"),
        },
        "appointment": {
            "young_person_id": _some(session, chance, "young_person"),
            "counsellor_id": _some(session, chance, "counsellor"),
            "starts_at": start,
            "ends_at": start + timedelta(minutes=15),
        },
        "employer": {"name": word, "siret": f"{chance.randrange(4):014}" if chance.random() < 0.5 else None},
        "employer_contact": {"employer_id": _some(session, chance, "employer"), "name": word},
        "job_offer": {"employer_id": _some(session, chance, "employer"), "title": word},
    }[table.name]


def _write(session: Session, chance: random.Random) -> None:
    """One random write; a refusal of the database is as good as another."""
    table = chance.choice(TABLES)
    kind = chance.choice(["insert", "insert", "update", "update", "update", "delete"])
    key = _some(session, chance, table.name)
    values = _new(session, chance, table)
    with suppress(IntegrityError), session.begin_nested():
        if kind == "insert":
            session.execute(insert(table).values(values))
        elif kind == "update":
            name = chance.choice(list(values))
            session.execute(update(table).where(table.c.id == key).values({name: values[name]}))
        else:
            session.execute(delete(table).where(table.c.id == key))


def _writes(engine: Engine, chance: random.Random, actor: Actor, number: int) -> None:
    with writing(engine, actor) as session:
        for _ in range(number):
            _write(session, chance)


def _rows(engine: Engine) -> Rows:
    with reading(engine) as session:
        return {
            (table.name, row.id): {name: value for name, value in row._mapping.items() if name != "version"}
            for table in TABLES
            for row in session.execute(select(table))
        }


def _emptied(engine: Engine) -> None:
    with writing(engine, Actor(1, "Claire MARTIN")) as session, erasing(session):
        for table in reversed(TABLES):
            session.execute(delete(table))
        session.execute(text("DELETE FROM journal"))


def _undo(engine: Engine) -> UndoReport:
    with writing(engine, Actor(3, "Denise ROUX")) as session:
        return undo_batch(session, BATCH)


def _at_random(engine: Engine, seeds: range, check: Callable[[Engine, random.Random], None]) -> None:
    for seed in seeds:
        chance = random.Random(seed)
        _writes(engine, chance, Actor(1, "Claire MARTIN"), 40)
        check(engine, chance)
        _emptied(engine)


def _alone(engine: Engine, chance: random.Random) -> None:
    before = _rows(engine)
    _writes(engine, chance, Actor(1, "Claire MARTIN", BATCH), 40)
    assert _undo(engine).kept == []
    assert _rows(engine) == before


def _among_others(engine: Engine, chance: random.Random) -> None:
    """Each record is as before the import or, if it is listed as kept, as it was before the undo."""
    before = _rows(engine)
    _writes(engine, chance, Actor(1, "Claire MARTIN", BATCH), 30)
    _writes(engine, chance, Actor(2, "Karim BENALI"), 12)
    _writes(engine, chance, Actor(1, "Claire MARTIN", BATCH), 10)
    then, touched = _rows(engine), _touched(engine)
    report = _undo(engine)
    kept = {(each.table, each.record_id) for each in report.kept}
    after = _rows(engine)
    for record in before.keys() | then.keys() | after.keys():
        if record in kept or record not in touched:
            assert after.get(record) == then.get(record)
    assert all(record in touched for record in kept)
    untouched_since = touched - kept - _touched(engine, by_others=True)
    assert all(after.get(record) == before.get(record) for record in untouched_since)


def _touched(engine: Engine, *, by_others: bool = False) -> set[tuple[str, int]]:
    """Records that the import wrote, or others since."""
    condition = "actor = 'Karim BENALI'" if by_others else f"batch_id = {BATCH}"
    with reading(engine) as session:
        rows = session.execute(text(f"SELECT table_name, record_id FROM journal WHERE {condition}"))
        return {(name, key) for name, key in rows}


@pytest.mark.parametrize("check", [_alone, _among_others])
def test_undoing_any_import_gives_back_what_nobody_else_touched(
    engine: Engine, check: Callable[[Engine, random.Random], None]
) -> None:
    _at_random(engine, range(8), check)


@pytest.mark.long
@pytest.mark.parametrize("check", [_alone, _among_others])
def test_undoing_any_of_many_imports_gives_back_what_nobody_else_touched(
    engine: Engine, check: Callable[[Engine, random.Random], None]
) -> None:
    _at_random(engine, range(8, 300), check)
