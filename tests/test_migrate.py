import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from ml_admin import migrate as migrations
from ml_admin.backup import copy_before_migration, read_manifest
from ml_admin.database import Actor, is_sqlite, make_engine, reading, writing
from ml_admin.migrate import MigrationError, migrate, new_revision, refuse_unready
from ml_admin.models import Base, Enrolment, Journal, Site, YoungPerson
from ml_admin.triggers import create_all, drop_triggers, missing_triggers

CLAIRE = Actor(1, "Claire MARTIN")
NextRevision = Callable[[str], None]


@pytest.fixture
def next_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NextRevision:
    """Writes the revision after the last one, in a copy of the folder; its argument is the body of upgrade()."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrations, "MIGRATIONS", folder)

    def write(body: str, loses: str = "set()") -> None:
        last = max(path.name[:4] for path in (folder / "versions").glob("[0-9]*.py"))
        name = f"{int(last) + 1:04}"
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        (folder / "versions" / f"{name}_next.py").write_text(
            f"import sqlalchemy as sa\nfrom alembic import op\nrevision = '{name}'\ndown_revision = '{last}'\n"
            f"loses_rows: set[str] = {loses}\ndef upgrade() -> None:\n{lines}\n"
        )

    return write


@pytest.fixture
def filled(empty_url: str) -> str:
    """A migrated database with a site, three young people and an enrolment."""
    migrate(empty_url)
    engine = make_engine(empty_url)
    with writing(engine, CLAIRE) as session:
        session.execute(insert(Site), [{"name": "Rieumajou"}])
        people = [{"last_name": "DIALLO", "first_name": name, "site_id": 1} for name in ("Amina", "Inès", "Zoé")]
        session.execute(insert(YoungPerson), people)
        session.add(Enrolment(young_person_id=1, programme="PACEA", starts_on=date(2026, 1, 5)))
    engine.dispose()
    return empty_url


def _numbers(url: str) -> dict[str, int]:
    engine = make_engine(url)
    with reading(engine) as session:
        found = {
            m.__tablename__: session.scalar(select(func.count(m.id))) for m in (Site, YoungPerson, Enrolment, Journal)
        }
    engine.dispose()
    return found  # type: ignore[return-value]


FILLED = {"site": 1, "young_person": 3, "enrolment": 1, "journal": 5}


# --- From nothing ------------------------------------------------------------------------------------------------------


def _schema(connection: Connection) -> set[str]:
    """Everything the database knows of its tables, as text."""
    if is_sqlite(connection):
        rows = connection.exec_driver_sql("SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        pieces = [(table, line.strip().rstrip(",")) for table, sql in rows for line in sql.replace('"', "").split("\n")]
    else:
        columns = (
            "SELECT c.relname, a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || a.attnotnull || a.attgenerated::text"
            " || coalesce(pg_get_expr(d.adbin, d.adrelid), '') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
            " WHERE c.relkind = 'r' AND a.attnum > 0 AND c.relnamespace = 'public'::regnamespace"
        )
        keys = "SELECT conrelid::regclass::text, conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE contype <> 'n'"
        indexes = "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        pieces = [tuple(row) for sql in (columns, keys, indexes) for row in connection.exec_driver_sql(sql)]
    return {f"{table}: {piece}" for table, piece in pieces if not table.startswith(("alembic", "sqlite_"))}


def _described(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return _schema(connection)


def _plain(schema: set[str]) -> set[str]:
    return {re.sub(r"DEFAULT \((\w+|'')\)", r"DEFAULT \1", line) for line in schema}


def _empty(engine: Engine) -> None:
    if is_sqlite(engine):
        engine.dispose()
        Path(str(engine.url.database)).unlink()
        return
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")


def test_the_revisions_make_the_database_that_the_models_describe(empty_url: str) -> None:
    assert migrate(empty_url)
    engine = make_engine(empty_url)
    migrated = _described(engine)
    with engine.connect() as connection:
        assert missing_triggers(connection, Base.metadata) == []
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    _empty(engine)
    with engine.begin() as connection:
        create_all(connection, Base.metadata)
    assert _plain(migrated) == _plain(_described(engine))
    engine.dispose()


def test_a_second_run_finds_nothing_to_do(filled: str) -> None:
    assert migrate(filled) == []
    assert _numbers(filled) == FILLED


def test_two_programs_starting_together_migrate_once(empty_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(migrate, [empty_url, empty_url]))
    assert sorted(map(len, done))[0] == 0
    assert max(map(len, done)) > 0


# --- With data -----------------------------------------------------------------------------------------------------------

# columns with nothing else to them, in tables with generated columns, checks, partial indexes and children
ANEW = """
for table, column in (('site', 'opening_hours'), ('young_person', 'notes'), ('interview', 'slot')):
    with op.batch_alter_table(table) as batch:
        batch.alter_column(column, comment='made anew')
        batch.alter_column(column, type_=sa.String(4000))
for table, column, kind in (('site', 'opening_hours', sa.Text()), ('young_person', 'notes', sa.Text()), ('interview', 'slot', sa.String(5))):
    with op.batch_alter_table(table) as batch:
        batch.alter_column(column, type_=kind, comment=None)
"""


def test_a_table_made_anew_keeps_its_rows_its_children_and_its_triggers(
    filled: str, next_revision: NextRevision
) -> None:
    engine = make_engine(filled)
    before = _described(engine)
    engine.dispose()
    next_revision(ANEW)
    assert len(migrate(filled)) == 1
    assert _numbers(filled) == FILLED
    if is_sqlite(engine):  # PostgreSQL alters in place, and words the condition of an index anew
        assert _plain(_described(engine)) == _plain(before)
    with writing(engine, CLAIRE) as session:
        assert set(session.scalars(select(YoungPerson.site_id))) == {1}
        session.execute(text("UPDATE site SET city = 'Foix'"))
        if is_sqlite(engine):
            assert session.scalar(text("PRAGMA foreign_keys")) == 1
        last = session.scalars(select(Journal).order_by(Journal.id.desc())).first()
        assert last and (last.table_name, last.operation) == ("site", "update")
        assert session.scalar(select(Site.version)) == 2
    with engine.connect() as connection:
        assert missing_triggers(connection, Base.metadata) == []
    engine.dispose()


def test_the_old_state_is_copied_first_on_sqlite(filled: str, next_revision: NextRevision, tmp_path: Path) -> None:
    next_revision("op.execute(\"UPDATE site SET name = 'Après'\")")
    migrate(filled)
    copies = list(tmp_path.glob("copies/*.sqlite"))
    if not filled.startswith("sqlite"):
        assert copies == []
        return
    (copy,) = copies
    assert _numbers(f"sqlite:///{copy}") == FILLED
    engine = make_engine(f"sqlite:///{copy}")
    with reading(engine) as session:
        assert session.scalars(select(Site.name)).all() == ["Rieumajou"]
    engine.dispose()
    assert copy.stat().st_mode & 0o077 == 0


def test_the_key_of_a_deleted_record_is_not_given_again_after_a_migration(
    filled: str, next_revision: NextRevision
) -> None:
    engine = make_engine(filled)
    with writing(engine, CLAIRE) as session:
        session.execute(text("DELETE FROM young_person WHERE id = 3"))
    engine.dispose()
    next_revision(ANEW)
    migrate(filled)
    with writing(engine, CLAIRE) as session:
        session.execute(insert(YoungPerson), [{"last_name": "DIALLO", "first_name": "Léa"}])
        assert session.scalar(select(func.max(YoungPerson.id))) == 4
    engine.dispose()


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("op.execute('DELETE FROM enrolment')", "enrolment"),
        (
            "op.execute('DELETE FROM enrolment')\nop.create_table('extra_table', sa.Column('id', sa.Integer()))",
            "enrolment",
        ),
    ],
)
def test_a_revision_that_loses_rows_unsaid_is_taken_back(
    filled: str, next_revision: NextRevision, body: str, cause: str
) -> None:
    next_revision(body)
    with pytest.raises(MigrationError, match=cause):
        migrate(filled)
    _as_before(filled)


def _as_before(url: str) -> None:
    assert _numbers(url) == FILLED
    engine = make_engine(url)
    assert "extra_table" not in inspect(engine).get_table_names()
    with engine.connect() as connection:
        assert missing_triggers(connection, Base.metadata) == []
        assert MigrationContext.configure(connection).get_current_revision() != "9999"
    engine.dispose()


def test_a_copy_of_either_database_stands_before_its_tables_change(
    filled: str, next_revision: NextRevision, tmp_path: Path
) -> None:
    next_revision("op.create_table('extra_table', sa.Column('id', sa.Integer()))")
    migrate(filled, lambda engine: copy_before_migration(engine, tmp_path))
    (copy,) = tmp_path.glob("copies/*")
    assert copy.stat().st_mode & 0o077 == 0
    if copy.suffix == ".zip":
        assert read_manifest(copy).rows["young_person"] == FILLED["young_person"]
        assert read_manifest(copy).revision != "9999"


def test_a_revision_may_say_which_rows_it_takes(filled: str, next_revision: NextRevision) -> None:
    next_revision("op.execute('DELETE FROM enrolment')", loses="{'enrolment'}")
    migrate(filled)
    assert _numbers(filled) == FILLED | {"enrolment": 0}


def test_a_revision_that_fails_in_the_middle_changes_nothing(filled: str, next_revision: NextRevision) -> None:
    next_revision("op.create_table('extra_table', sa.Column('id', sa.Integer()))\nop.execute('SELECT * FROM nowhere')")
    with pytest.raises(DBAPIError):
        migrate(filled)
    _as_before(filled)


def test_a_revision_that_leaves_records_tied_to_nothing_is_taken_back(filled: str, next_revision: NextRevision) -> None:
    next_revision("op.execute('UPDATE young_person SET site_id = 99')")
    # PostgreSQL refuses it by itself
    with pytest.raises((MigrationError, IntegrityError), match="young_person"):
        migrate(filled)
    _as_before(filled)


def test_a_database_of_a_newer_program_is_left_alone(filled: str) -> None:
    engine = make_engine(filled)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9998'"))
    with pytest.raises(MigrationError, match="plus récente"):
        migrate(filled)
    with pytest.raises(MigrationError, match="plus récente"):
        refuse_unready(engine)
    engine.dispose()


# --- At the start --------------------------------------------------------------------------------------------------------


def test_a_migrated_database_is_ready(filled: str) -> None:
    engine = make_engine(filled)
    refuse_unready(engine)
    engine.dispose()


def test_an_empty_database_is_not_ready(empty_url: str) -> None:
    engine = make_engine(empty_url)
    with pytest.raises(MigrationError, match="ml-admin migrate"):
        refuse_unready(engine)
    engine.dispose()


def test_lost_triggers_are_seen_at_the_start_and_built_again(filled: str) -> None:
    engine = make_engine(filled)
    with engine.begin() as connection:
        drop_triggers(connection)
    with pytest.raises(MigrationError, match="journal"):
        refuse_unready(engine)
    assert migrate(filled) == []
    refuse_unready(engine)
    engine.dispose()


def test_a_revision_written_from_the_models_has_nothing_to_say_when_they_have_not_changed(
    next_revision: NextRevision,
) -> None:
    body = new_revision("Nothing new").read_text("utf-8").partition("def upgrade")[2]
    assert "op." not in body
