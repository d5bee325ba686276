"""Bringing a database to the present models, under a lock, after a copy of the SQLite file.

Only the served application and the commands call this; importing the application never migrates.
`python -m ml_admin.migrate "Add the ROME code of an offer"` writes the next numbered revision from the models.

While revisions run, the triggers are away (SQLite re-reads all of them at every ALTER TABLE) and, on SQLite, foreign
keys are not enforced: making a table anew would empty its children. Afterwards foreign keys and the number of rows of
each table are checked and the triggers are built again from the models; all of it in one transaction.
"""

import re
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from ml_admin.database import beginning, is_sqlite, make_engine
from ml_admin.models import Base
from ml_admin.triggers import create_functions, create_triggers, drop_triggers, missing_triggers

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
COPIES_KEPT = 5
_LOCK = 4_702_111_234_474_983_745  # any number that nobody else uses on this server


class MigrationError(Exception):
    """The database stays as it was; the text is a French sentence for whoever starts the program."""


def migrate(url: str, save: Callable[[Engine], object] | None = None) -> list[str]:
    """Bring the database at `url` to the newest revision; the revisions applied, oldest first.

    Several processes may call it at once: the first one works, the others wait and find nothing left to do. An SQLite
    file that holds tables is copied to `copies/` beside it first; for a PostgreSQL database `save` is called, and what
    it raises stops the migration. Raises MigrationError.
    """
    engine = make_engine(url)
    try:
        with _alone(engine) as connection:
            return _bring_up(connection, engine, save)
    finally:
        engine.dispose()


def make_schema(url: str, revision: str | None) -> None:
    """The empty tables of `revision` (None: the newest), without triggers, for a backup that brings its own rows.

    `migrate` must follow. Raises MigrationError for a revision that this program does not know.
    """
    engine = make_engine(url)
    try:
        with _alone(engine) as connection:
            _refuse_newer(revision, _script())
            create_functions(connection)
            command.upgrade(_config(connection), revision or "head")
    finally:
        engine.dispose()


def refuse_unready(engine: Engine) -> None:
    """Raise MigrationError when the database is not the one the models describe, triggers included."""
    with beginning("read"), engine.connect() as connection:
        revision, script = _present(connection), _script()
        _refuse_newer(revision, script)
        if revision != script.get_current_head():
            raise MigrationError("La base n’est pas à jour. Lancez « ml-admin migrate », puis recommencez.")
        if missing_triggers(connection, Base.metadata):
            raise MigrationError(
                "La base a perdu des règles du journal. Lancez « ml-admin migrate », puis recommencez."
            )


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """One transaction that nobody else can write beside, without foreign keys on SQLite."""
    with engine.connect().execution_options(ml_mode="write") as connection:
        if is_sqlite(connection):
            # inside a transaction this setting would be ignored without a word
            _driver(connection).execute("PRAGMA foreign_keys = OFF")
        with connection.begin():  # on SQLite the write lock is taken here
            if not is_sqlite(connection):
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            yield connection


def _bring_up(connection: Connection, engine: Engine, save: Callable[[Engine], object] | None) -> list[str]:
    revision, script = _present(connection), _script()
    _refuse_newer(revision, script)
    if revision == script.get_current_head():
        if missing_triggers(connection, Base.metadata):
            create_triggers(connection, Base.metadata)
        return []
    if revision is not None and is_sqlite(connection):
        _copy(Path(str(engine.url.database)), revision)
    elif revision is not None and save is not None:
        save(engine)
    before, keys = _counts(connection), _last_keys(connection)
    drop_triggers(connection)
    create_functions(connection)  # generated columns call one of them
    command.upgrade(_config(connection), "head")
    _keep_last_keys(connection, keys)
    _check_keys(connection)
    applied = list(script.iterate_revisions("head", revision or "base"))[::-1]
    _check_counts(before, _counts(connection), {name for each in applied for name in each.module.loses_rows})
    create_triggers(connection, Base.metadata)
    return [each.revision for each in applied]


def _refuse_newer(revision: str | None, script: ScriptDirectory) -> None:
    if revision is not None and revision not in {each.revision for each in script.walk_revisions()}:
        raise MigrationError(
            "Cette base a été écrite par une version plus récente du programme. Installez cette version, ou une suivante."
        )


def _copy(file: Path, revision: str) -> None:
    """A whole copy by SQLite itself; a plain copy of the file could miss what the write-ahead log still holds."""
    folder = file.parent / "copies"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{file.stem}-{revision}-{datetime.now(UTC):%Y%m%dT%H%M%S}.sqlite"
    source, copy = sqlite3.connect(file), sqlite3.connect(target)
    try:
        target.chmod(0o600)
        source.backup(copy)
    finally:
        source.close()
        copy.close()
    for old in sorted(folder.glob(f"{file.stem}-*.sqlite"), key=lambda each: each.stat().st_mtime)[:-COPIES_KEPT]:
        old.unlink()


def _last_keys(connection: Connection) -> dict[str, int]:
    if not is_sqlite(connection) or not inspect(connection).has_table("sqlite_sequence"):
        return {}
    return {row.name: row.seq for row in connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")}


def _keep_last_keys(connection: Connection, keys: dict[str, int]) -> None:
    """A table made anew forgets the keys of deleted rows: they must not be given again, the journal knows them."""
    for name, key in keys.items():
        connection.execute(
            text("UPDATE sqlite_sequence SET seq = max(seq, :key) WHERE name = :name"), {"name": name, "key": key}
        )


def _check_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all() if is_sqlite(connection) else []
    if broken:
        names = ", ".join(sorted({row[0] for row in broken}))
        raise MigrationError(f"La mise à jour laisserait des fiches rattachées à rien ({names}). Rien n’a été changé.")


def _check_counts(before: dict[str, int], after: dict[str, int], allowed: set[str]) -> None:
    lost = [name for name, number in before.items() if after.get(name, 0) < number and name not in allowed]
    if lost:
        raise MigrationError(f"La mise à jour perdrait des lignes ({', '.join(lost)}). Rien n’a été changé.")


def _counts(connection: Connection) -> dict[str, int]:
    quote = connection.dialect.identifier_preparer.quote
    names = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
    return {name: connection.exec_driver_sql(f"SELECT count(*) FROM {quote(name)}").scalar_one() for name in names}  # noqa: S608


def _present(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(None))


def _config(connection: Connection | None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def new_revision(message: str) -> Path:
    """Write `migrations/versions/000N_message.py` from the difference between the models and the last revision."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/scratch.sqlite"
        if _script().get_current_head() is not None:
            migrate(url)
        engine = make_engine(url)
        with _alone(engine) as connection:
            drop_triggers(connection)
            number = f"{len(list(_script().walk_revisions())) + 1:04}"
            slug = re.sub(r"\W+", "_", message.lower()).strip("_")[:40]
            config = _config(connection)
            config.set_main_option("file_template", f"{number}_{slug}")
            made: Any = command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()
    file = Path(made.path)
    file.write_text(re.sub(r"^ *(# ###.*|info=\{.*\},)\n", "", file.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    return file


if __name__ == "__main__":
    sys.stdout.write(f"{new_revision(' '.join(sys.argv[1:]) or 'change')}\n")
