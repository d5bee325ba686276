"""A database of every released revision comes up to the present one with all its rows (`releases/REVISION.json`)."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, Boolean, DateTime, MetaData, func, select

from ml_admin.database import Actor, is_sqlite, make_engine, writing
from ml_admin.migrate import MIGRATIONS, make_schema, migrate
from ml_admin.models import Base, ImportRow, Journal, YoungPerson
from ml_admin.triggers import missing_triggers

RELEASES = sorted(Path(__file__).with_name("releases").glob("*.json"))
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=RELEASES, ids=lambda path: path.stem)
def release(request: pytest.FixtureRequest, empty_url: str) -> tuple[str, Rows]:
    """A database as that release left it: its address, and its rows as SQLite held them."""
    rows: Rows = json.loads(request.param.read_text())
    make_schema(empty_url, request.param.stem)
    engine = make_engine(empty_url)
    schema = MetaData()
    schema.reflect(engine)
    with engine.begin() as connection:
        if is_sqlite(connection):
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for table in schema.sorted_tables:
            if lines := rows.get(table.name):
                connection.execute(table.insert(), [_typed(table.columns, line) for line in lines])
                if not is_sqlite(connection):
                    last = max(line["id"] for line in lines)
                    connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), last)))
    engine.dispose()
    return empty_url, rows


def _typed(columns: Any, line: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in line.items():
        kind = columns[name].type
        if value is not None and isinstance(kind, Boolean):
            value = bool(value)
        elif value is not None and isinstance(kind, JSON):
            value = json.loads(value)
        elif isinstance(value, str) and isinstance(kind, DateTime):
            value = datetime.fromisoformat(value)
        elif isinstance(value, str) and hasattr(kind, "python_type") and kind.python_type.__name__ == "date":
            value = datetime.fromisoformat(value).date()
        found[name] = value
    return found


def _numbers(url: str, names: Any) -> dict[str, int]:
    engine = make_engine(url)
    with engine.connect() as connection:
        tables = Base.metadata.tables
        found = {name: connection.scalar(select(func.count()).select_from(tables[name])) for name in names}
    engine.dispose()
    return found  # type: ignore[return-value]


def test_there_is_a_database_of_every_revision_but_the_last_one() -> None:
    revisions = sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert [path.stem for path in RELEASES][: len(revisions) - 1] == revisions[:-1]


def test_a_released_database_comes_up_with_all_its_rows(release: tuple[str, Rows]) -> None:
    url, rows = release
    assert migrate(url)
    assert _numbers(url, rows) == {name: len(lines) for name, lines in rows.items()}
    engine = make_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        assert missing_triggers(connection, Base.metadata) == []
    with writing(engine, Actor(None, "Claire")) as session:
        for line in rows["import_row"]:
            assert session.get_one(ImportRow, line["id"]).records == json.loads(line["records"])
        line = rows["young_person"][0]
        person = session.get_one(YoungPerson, line["id"])
        assert person.last_name == line["last_name"]
        person.city = "Lavelanet"
        session.flush()
        last = session.scalars(select(Journal).order_by(Journal.id.desc())).first()
        assert last and (last.table_name, last.record_id) == ("young_person", person.id)
    engine.dispose()
