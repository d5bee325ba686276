"""Old values written back as SQL, many records in one statement, on both engines.

A `Source` is a subquery that yields `record_id` and `doc`, the values as the journal's JSON holds them. The triggers
write these changes to the journal like any other.
"""

# ruff: noqa: S608  (every name in this SQL is one of our models)

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, Column, DefaultClause, Table, TextClause, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ml_admin.database import is_sqlite
from ml_admin.models import Base, Journal
from ml_admin.triggers import kept_columns


@dataclass(frozen=True, slots=True)
class Source:
    """Which records, and the values to write: `sql` selects (record_id, doc)."""

    sql: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


def one(session: Session, key: int, values: Mapping[str, Any]) -> Source:
    """The source of a single record."""
    doc = ":doc" if is_sqlite(session) else "CAST(:doc AS jsonb)"
    return Source(f"SELECT :key AS record_id, {doc} AS doc", {"key": key, "doc": json.dumps(dict(values))})


def names_in(session: Session, source: Source) -> set[str]:
    """The columns that at least one document of the source holds."""
    if is_sqlite(session):
        sql = f"SELECT DISTINCT j.key FROM ({source.sql}) AS n, json_each(n.doc) AS j"
    else:
        sql = f"SELECT DISTINCT jsonb_object_keys(n.doc) FROM ({source.sql}) AS n"
    return set(session.scalars(text(sql), source.parameters))


def rewrite(session: Session, table: Table, source: Source, names: Collection[str]) -> int:
    """Give existing records the values of their documents; `names` are the columns that the documents may hold."""
    columns = [
        column for column in kept_columns(table) if column.name in names and column.name not in ("id", "version")
    ]
    if not columns:
        return 0
    target = f'"{table.name}"'
    if is_sqlite(session):
        values = ", ".join(f'"{c.name}" = {_or_present(table, c)}' for c in columns)
        sql = f"UPDATE {target} SET {values}, version = {target}.version + 1 FROM ({source.sql}) AS n WHERE n.record_id = {target}.id"
    else:
        values = ", ".join(f'"{c.name}" = r."{c.name}"' for c in columns)
        wanted = ", ".join(f'p."{c.name}"' for c in columns)
        sql = (
            f"UPDATE {target} SET {values}, version = {target}.version + 1 FROM (SELECT n.record_id, {wanted} "
            f"FROM ({source.sql}) AS n JOIN {target} AS o ON o.id = n.record_id "
            f"CROSS JOIN LATERAL jsonb_populate_record(o, n.doc) AS p) AS r WHERE r.record_id = {target}.id"
        )
    return _count(session, text(sql), source)


def reinsert(session: Session, table: Table, source: Source, names: Collection[str]) -> int:
    """Bring deleted records back under their old key; a column the documents do not hold gets its default."""
    columns = [
        column for column in kept_columns(table) if column.name in names and column.name not in ("id", "version")
    ]
    listed = ", ".join(["id", "version", *(f'"{column.name}"' for column in columns)])
    if is_sqlite(session):
        values = ", ".join(_or_default(column) for column in columns)
        sql = f"SELECT n.record_id, json_extract(n.doc, '$.version') + 1, {values} FROM ({source.sql}) AS n"
    else:
        values = ", ".join(f'p."{column.name}"' for column in columns)
        sql = (
            f"SELECT n.record_id, p.version + 1, {values} FROM ({source.sql}) AS n "
            f'CROSS JOIN LATERAL jsonb_populate_record(NULL::"{table.name}", n.doc) AS p'
        )
    return _count(session, text(f'INSERT INTO "{table.name}" ({listed}) {sql}'), source)


def remove(session: Session, table: Table, source: Source) -> int:
    """Delete the records of the source."""
    sql = f'DELETE FROM "{table.name}" WHERE id IN (SELECT n.record_id FROM ({source.sql}) AS n)'
    return _count(session, text(sql), source)


def _count(session: Session, statement: TextClause, source: Source) -> int:
    return int(getattr(session.execute(statement, source.parameters), "rowcount", 0))


def _path(column: Column[Any]) -> str:
    return f"'$.\"{column.name}\"'"


def _extracted(column: Column[Any]) -> str:
    value = f"json_extract(n.doc, {_path(column)})"
    if not isinstance(column.type, JSON):
        return value
    # json_extract takes the quotes off a string: a JSON column needs them back
    return f"CASE WHEN {value} IS NULL THEN NULL ELSE json_quote({value}) END"


def _or_present(table: Table, column: Column[Any]) -> str:
    present = f'"{table.name}"."{column.name}"'
    return f"CASE WHEN json_type(n.doc, {_path(column)}) IS NULL THEN {present} ELSE {_extracted(column)} END"


def _or_default(column: Column[Any]) -> str:
    if column.nullable or not isinstance(column.server_default, DefaultClause):
        return _extracted(column)
    default = column.server_default.arg
    sql = f"'{default}'" if isinstance(default, str) else str(default)
    return f"CASE WHEN json_type(n.doc, {_path(column)}) IS NULL THEN {sql} ELSE {_extracted(column)} END"


# --- Lines of the journal ----------------------------------------------------------------------------------------------


def links(table: Table, line: Journal) -> Iterable[tuple[str, tuple[str, int]]]:
    """(column, (table, id)) for each record that the old values point to."""
    before = line.before or {}
    for key in table.foreign_keys:
        value = before.get(key.parent.name)
        if value is not None:
            yield key.parent.name, (key.column.table.name, value)


def overlaid(lines: Iterable[Journal]) -> dict[str, Any]:
    """The oldest value of each column, over lines given oldest first."""
    values: dict[str, Any] = {}
    for line in lines:
        values = (line.before or {}) | values
    return values


def in_return_order(lines: list[Journal]) -> list[Journal]:
    """Lines given newest first, in the order to reverse them: a deletion before what its cascade did.

    PostgreSQL writes them the other way round, and a link cannot come back before its target.
    """
    ranks: dict[int, tuple[int, int]] = {}
    pointed: dict[tuple[str, int], tuple[int, int]] = {}  # record -> newest line that had pointed to it
    for line in lines:
        record = (line.table_name, line.record_id)
        rank = (line.id, 0)
        if line.operation == "delete" and record in pointed:
            rank = (pointed[record][0], pointed[record][1] + 1)
        if line.operation != "update":
            pointed.pop(record, None)
        for _, target in links(Base.metadata.tables[line.table_name], line):
            pointed[target] = max(rank, pointed.get(target, rank))
        ranks[line.id] = rank
    return sorted(lines, key=lambda line: ranks[line.id], reverse=True)


def went_back(session: Session, line: Journal) -> bool:
    """Reverse one line; False, and nothing written, if a rule of the database forbids it."""
    target = Base.metadata.tables[line.table_name]
    before = line.before or {}
    source = one(session, line.record_id, before)
    try:
        with session.begin_nested():
            if line.operation == "insert":
                remove(session, target, source)
            elif line.operation == "delete":
                reinsert(session, target, source, before)
            else:
                rewrite(session, target, source, before)
    except IntegrityError:
        return False
    return True
