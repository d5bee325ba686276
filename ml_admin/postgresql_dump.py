"""PostgreSQL's part of a backup: pg_dump where there is one, else COPY of every table in one transaction."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.engine import Inspector

from ml_admin.database import make_engine

DUMP = "database.dump"
_LOCK_SECONDS = 15  # a running application holds its tables


class DumpError(Exception):
    """A French sentence: cause, then remedy."""


@dataclass(frozen=True, slots=True)
class Dump:
    """What was written into the archive."""

    method: str  # pg_dump, copy
    revision: str | None
    rows: Mapping[str, int]
    columns: Mapping[str, list[str]] = field(default_factory=dict)


def dump(url: str, folder: Path, archive: ZipFile) -> Dump:
    """Write the database into the archive as it stands at one instant, whatever is written meanwhile."""
    with _snapshot(url) as connection:
        tool = _tool("pg_dump", connection)
        rows, revision = _state(connection)
        if tool:
            snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
            target = folder / DUMP
            _run(url, [tool, "--format=custom", "--compress=0", f"--snapshot={snapshot}", f"--file={target}"])
            archive.write(target, DUMP)
            return Dump("pg_dump", revision, rows)
        columns = {table: _columns(connection, table) for table in rows}
        for table, names in columns.items():
            _copy_out(connection, archive, table, names)
        return Dump("copy", revision, rows, columns)


def read(url: str) -> tuple[dict[str, int], str | None]:
    """(table -> rows, revision of the migrations) of a database."""
    with _snapshot(url) as connection:
        return _state(connection)


def check_tools(method: str) -> None:
    """Raises DumpError when a dump of this method cannot be loaded here."""
    if method == "pg_dump" and shutil.which("pg_restore") is None:
        raise DumpError(
            "Cette sauvegarde a été faite par pg_dump : il faut pg_restore pour la rétablir. "
            "Installez les outils clients de PostgreSQL, puis recommencez."
        )


def empty(url: str) -> None:
    """Drop the tables and the functions of the application; extensions and the rest stay."""
    with _writing(url) as connection:
        for table in inspect(connection).get_table_names():
            _execute(connection, sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(sql.Identifier(table)))
        functions = connection.scalars(
            text(
                "SELECT oid::regprocedure::text FROM pg_proc "
                "WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'ml\\_%'"
            )
        )
        for signature in functions.all():
            connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {signature} CASCADE")


def load_dump(url: str, path: Path) -> None:
    """Run pg_restore on an empty database, in one transaction."""
    tool = shutil.which("pg_restore")
    if tool is None:
        check_tools("pg_dump")
        return
    options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    _run(url, [tool, *options, str(path)])


def load_tables(url: str, archive: ZipFile, columns: Mapping[str, list[str]]) -> None:
    """Fill tables that exist and hold nothing, without waking their triggers, in one transaction."""
    with _writing(url) as connection:
        for table in _parents_first(inspect(connection)):
            if table in columns:
                _execute(connection, sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
                _execute(connection, sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        for table in _parents_first(inspect(connection)):
            if table in columns:
                _copy_in(connection, archive, table, columns[table])
                _execute(connection, sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))
                _set_counter(connection, table, columns[table])


# --- Transactions ----------------------------------------------------------------------------------------------------


@contextmanager
def _snapshot(url: str) -> Iterator[Connection]:
    """A transaction that sees one state and cannot write (see database.py)."""
    engine = make_engine(url).execution_options(ml_mode="read")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _writing(url: str) -> Iterator[Connection]:
    engine = make_engine(url).execution_options(ml_mode="write")
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
            yield connection
    finally:
        engine.dispose()


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - the only driver we ship
    return driver


def _execute(connection: Connection, statement: sql.Composed) -> None:
    connection.exec_driver_sql(statement.as_string(_driver(connection)))


def _state(connection: Connection) -> tuple[dict[str, int], str | None]:
    tables = sorted(inspect(connection).get_table_names())
    rows = {}
    for table in tables:
        statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        rows[table] = connection.exec_driver_sql(statement.as_string(_driver(connection))).scalar_one()
    revision = connection.scalar(text("SELECT version_num FROM alembic_version")) if "alembic_version" in rows else None
    return rows, revision


# --- Tools of PostgreSQL ---------------------------------------------------------------------------------------------


def _tool(name: str, connection: Connection) -> str | None:
    """The tool, unless it is older than the server, which it would then refuse."""
    path = shutil.which(name)
    if path is None:
        return None
    answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - found on PATH
    version = re.search(r"(\d+)", answer)
    return path if version and int(version[1]) >= _driver(connection).info.server_version // 10_000 else None


def _run(url: str, command: list[str]) -> None:
    """Run a client tool; the password goes by the environment, never by the command line."""
    _, parameters = make_url(url).get_dialect()().create_connect_args(make_url(url))
    environment = dict(os.environ)
    password = parameters.pop("password", None)
    if password:
        environment["PGPASSWORD"] = str(password)
    command = [command[0], f"--dbname={make_conninfo(**parameters)}", "--no-password", *command[1:]]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise DumpError(
            f"L’outil {Path(command[0]).name} s’est arrêté (code {done.returncode}). "
            "Vérifiez que la base répond et que sa version convient, arrêtez l’application, puis recommencez."
        )


# --- Table after table -----------------------------------------------------------------------------------------------


def _columns(connection: Connection, table: str) -> list[str]:
    """Those that are written: what the database computes it will compute again."""
    query = text(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = :table AND is_generated = 'NEVER' "
        "ORDER BY ordinal_position"
    )
    return list(connection.scalars(query, {"table": table}))


def _copy_out(connection: Connection, archive: ZipFile, table: str, columns: list[str]) -> None:
    with (
        archive.open(_member(table), "w", force_zip64=True) as stream,
        _driver(connection).cursor() as cursor,
        cursor.copy(_copy_statement(table, columns, "TO STDOUT")) as source,
    ):
        for block in source:
            stream.write(block)


def _copy_in(connection: Connection, archive: ZipFile, table: str, columns: list[str]) -> None:
    with (
        archive.open(_member(table)) as stream,
        _driver(connection).cursor() as cursor,
        cursor.copy(_copy_statement(table, columns, "FROM STDIN")) as target,
    ):
        while block := stream.read(1 << 20):
            target.write(block)


def _copy_statement(table: str, columns: list[str], direction: str) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(table), names, sql.SQL(direction))


def _member(table: str) -> str:
    return f"tables/{table}.copy"


def _parents_first(inspector: Inspector) -> list[str]:
    return [name for name, _ in inspector.get_sorted_table_and_fkc_names() if name is not None]


def _set_counter(connection: Connection, table: str, columns: list[str]) -> None:
    """New records go on after the highest key."""
    if "id" not in columns:
        return
    sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": f'"{table}"'})
    highest = connection.exec_driver_sql(
        sql.SQL("SELECT max(id) FROM {}").format(sql.Identifier(table)).as_string(_driver(connection))
    ).scalar()
    if sequence and highest:
        connection.execute(text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest})
