"""Many rows into one table in one statement, with keys known before: children can be written beside their parents."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, Table, bindparam, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ml_admin.column_types import UtcDateTime
from ml_admin.database import is_sqlite

Values = Mapping[str, Any]


def new_keys(session: Session, table: Table, number: int) -> list[int]:
    """Keys that nobody else gets. On SQLite the write lock, already held, is what keeps others from taking them."""
    if not number:
        return []
    if is_sqlite(session):
        counted = session.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name}) or 0
        highest = session.scalar(select(func.max(table.c.id))) or 0
        first = max(counted, highest) + 1
        return list(range(first, first + number))
    sequence = "SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :number)"
    return list(session.scalars(text(sequence), {"name": f'"{table.name}"', "number": number}))


def insert(session: Session, table: Table, rows: Sequence[Values]) -> None:
    """Write rows whose values are as JSON holds them (days and instants in ISO text); a blank takes the default.

    Below SQLAlchemy's insert(), whose work for each value costs as much as the database's own.
    """
    if not rows:
        return
    named = set().union(*rows)
    columns = [column for column in table.columns if column.key in named]
    connection = session.connection()
    lines = list(zip(*(_values(column, rows, is_sqlite(session)) for column in columns), strict=True))
    names = ", ".join(f'"{column.name}"' for column in columns)
    if is_sqlite(session):
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', lines)  # noqa: S608
        return
    _copy(connection, f'COPY "{table.name}" ({names}) FROM STDIN', lines)


def _copy(connection: Connection, sql: str, lines: Iterable[tuple[Any, ...]]) -> None:
    driver: Any = connection.connection.driver_connection
    errors: Any = connection.dialect.dbapi
    try:
        with driver.cursor() as cursor, cursor.copy(sql) as copy:
            for line in lines:
                copy.write_row(line)
    except errors.Error as error:
        # COPY goes past SQLAlchemy, which gives errors one name for both engines
        raise DBAPIError.instance(sql, None, error, errors.Error, dialect=connection.dialect) from None


def _values(column: Column[Any], rows: Sequence[Values], sqlite: bool) -> list[Any]:
    """What the driver takes for each value of a column, defaults filled in."""
    name, blank = column.key, _default(column)
    convert = _converter(column, sqlite)
    if convert is None:
        return [blank if (value := row.get(name)) is None else value for row in rows]
    made = convert(blank) if blank is not None else None
    return [made if (value := row.get(name)) is None else convert(value) for row in rows]


def _default(column: Column[Any]) -> Any:
    """A column that takes no NULL takes its default, as an insert without it would."""
    default: Any = column.default
    if column.nullable or default is None:
        return None
    value = default.arg(None) if default.is_callable else default.arg
    return value.isoformat() if isinstance(value, datetime) else value


def _converter(column: Column[Any], sqlite: bool) -> Callable[[Any], Any] | None:
    if isinstance(column.type, JSON):
        return _json
    if isinstance(column.type, UtcDateTime) and sqlite:
        return lambda value: datetime.fromisoformat(value).strftime("%Y-%m-%d %H:%M:%S.%f")
    return None


# json.dumps would make an encoder for each cell
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def _json(value: Any) -> str:
    # most cells of the staging table are empty
    return _encode(value) if value else "{}" if value == {} else "[]" if value == [] else _encode(value)


def change(session: Session, table: Table, rows: Iterable[tuple[int, Values]]) -> int:
    """Update rows by key, `version` counted; rows that change the same columns go together. Returns the rows sent."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for key, values in rows:
        if values:
            names = tuple(sorted(values))
            groups.setdefault(names, []).append({"row_key": key, **{f"new_{name}": values[name] for name in names}})
    for names, lines in groups.items():
        counted: dict[str, Any] = {"version": table.c.version + 1} if "version" in table.c else {}
        new = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
        statement = update(table).where(table.c.id == bindparam("row_key")).values(**new, **counted)
        session.connection().execute(statement, lines)
    return sum(map(len, groups.values()))
