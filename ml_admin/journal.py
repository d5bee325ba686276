"""The story of a record: who changed what and when, in words; what a save changed meanwhile; erasure of the story."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum as PythonEnum
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, Column, Date, Enum, Numeric, Select, Table, inspect, select, text
from sqlalchemy.orm import Session

from ml_admin.column_types import UtcDateTime
from ml_admin.database import erasing, is_sqlite
from ml_admin.fields import Field, fields_of
from ml_admin.models import Base, Journal

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Change:
    """One column of one entry; values as JSON holds them."""

    column: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal; `changes` leaves out `version`."""

    id: int
    at: datetime
    actor_id: int | None
    actor: str
    batch_id: int | None
    change_set: str | None
    table: str
    record_id: int
    operation: str  # insert, update, delete
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Collision:
    """A field that both sides changed, differently."""

    base: Any
    mine: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Merge:
    """`values` to save; a field in `collisions` keeps their value in `values` until somebody chooses."""

    values: dict[str, Any] = field(default_factory=dict)
    collisions: dict[str, Collision] = field(default_factory=dict)


def history_of(session: Session, table: str, key: int, limit: int = 50, offset: int = 0) -> list[Entry]:
    """The entries of one record, newest first."""
    lines = select(Journal).where(Journal.table_name == table, Journal.record_id == key)
    return entries(session, lines.order_by(Journal.id.desc()).limit(limit).offset(offset))


def entries(session: Session, lines: Select[Any]) -> list[Entry]:
    """Plain entries of a `select(Journal)`, in its order."""
    return [_entry(line) for line in session.scalars(lines)]


def _entry(line: Journal) -> Entry:
    before, after = line.before or {}, line.after or {}
    columns = [column for column in (before or after) if column != "version"]
    return Entry(
        id=line.id,
        at=line.at,
        actor_id=line.actor_id,
        actor=line.actor,
        batch_id=line.batch_id,
        change_set=line.change_set,
        table=line.table_name,
        record_id=line.record_id,
        operation=line.operation,
        changes=tuple(Change(column, before.get(column), after.get(column)) for column in columns),
    )


# --- In words --------------------------------------------------------------------------------------------------------


def describe(
    entry: Entry,
    model: type[Base],
    may_see: Callable[[str], bool],
    name_of: Callable[[str, int], str] = lambda table, key: f"n°\u00a0{key}",
) -> list[str]:
    """French lines such as « Téléphone : vide → 06 39 98 12 45 », in the order of the form.

    `may_see` is asked with each attribute name; a field that may not be seen leaves no trace. `name_of(table, id)` names
    the record a relation points to. [] when nothing of the entry may be seen or has a label.
    """
    changes = {change.column: change for change in entry.changes}
    shown = []
    for attribute, meaning, column in _labelled(model):
        if column.name in changes and may_see(attribute):
            shown.append(_line(entry, meaning, column, changes[column.name], name_of))
    return [line for line in shown if line]


def _labelled(model: type[Base]) -> list[tuple[str, Field, Column[Any]]]:
    """(attribute, meaning, column) of each described attribute; a relation stands for its foreign key."""
    mapper = inspect(model)
    found = []
    for attribute, meaning in fields_of(model).items():
        if attribute in mapper.relationships:
            columns = list(mapper.relationships[attribute].local_columns)
        elif attribute in mapper.columns:
            columns = [mapper.columns[attribute]]
        else:
            continue
        if len(columns) == 1 and not columns[0].primary_key:
            found.append((attribute, meaning, cast(Column[Any], columns[0])))
    return found


def _line(entry: Entry, meaning: Field, column: Column[Any], change: Change, name_of: Callable[[str, int], str]) -> str:
    before, after = (_shown(column, value, name_of) for value in (change.before, change.after))
    if entry.operation == "update":
        return f"{meaning.label}\u00a0: {before or 'vide'} → {after or 'vide'}"
    value = before if entry.operation == "delete" else after
    return f"{meaning.label}\u00a0: {value}" if value else ""


def _shown(column: Column[Any], raw: Any, name_of: Callable[[str, int], str]) -> str:
    value = python_value(column, raw)
    if value is None or value == "" or value == [] or value == {}:
        return ""
    for key in column.foreign_keys:
        return name_of(key.column.table.name, int(value))
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return value.astimezone(PARIS).strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, Decimal | float):
        return str(value).replace(".", ",")
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(getattr(value, "label", value))


def python_value(column: Column[Any], raw: Any) -> Any:
    """What the journal's JSON holds, as the attribute would hold it; what cannot be read is given back as it is."""
    if raw is None or isinstance(column.type, JSON):
        return raw
    try:
        return _converted(column, raw)
    except (ValueError, TypeError, ArithmeticError):
        return raw  # a code that left its list, an older format


def _converted(column: Column[Any], raw: Any) -> Any:
    if isinstance(column.type, UtcDateTime):
        instant = datetime.fromisoformat(raw)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    if isinstance(column.type, Date):
        return date.fromisoformat(raw)
    if isinstance(column.type, Enum) and column.type.enum_class is not None:
        return column.type.enum_class(raw)
    if isinstance(column.type, Numeric):
        return column.type.python_type(str(raw))
    return raw


# --- Two people on one record ------------------------------------------------------------------------------------------


def values_at(session: Session, record: Base, version: int) -> dict[str, Any]:
    """Column name -> value that `record` had at `version`: the common base of a three-way merge.

    Only the columns that changed since then: the others still have that value, and `merge3` knows it.
    """
    table = cast(Table, record.__table__)
    lines = select(Journal).where(Journal.table_name == table.name, Journal.record_id == record.id)
    values: dict[str, Any] = {}
    for line in session.scalars(lines.order_by(Journal.id.desc())):
        before = line.before or {}
        if line.operation != "update" or before.get("version", 0) < version:
            break
        values |= before
    return {name: python_value(table.c[name], raw) for name, raw in values.items() if name in table.c}


def merge3(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Merge:
    """Field by field: what one side alone changed is taken; what both changed differently is a collision.

    `mine` names the fields; one that `base` lacks did not change on their side. None and "" are the same value.
    """
    merge = Merge()
    for name, value in mine.items():
        present = theirs.get(name)
        origin = base.get(name, present)
        if _same(value, origin) or _same(value, present):
            merge.values[name] = present
        elif _same(present, origin):
            merge.values[name] = value
        else:
            merge.values[name] = present
            merge.collisions[name] = Collision(origin, value, present)
    return merge


def _same(one: Any, other: Any) -> bool:
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    if value is None or value == "":
        return None
    return value.value if isinstance(value, PythonEnum) else value


# --- Erasure ---------------------------------------------------------------------------------------------------------


def forget(session: Session, table: Table, key: int, columns: Sequence[str]) -> int:
    """Take the values of `columns` out of every entry of one record; the lines stay. Number of lines changed."""
    if is_sqlite(session):
        paths = ", ".join(f"'$.\"{table.c[name].name}\"'" for name in columns)
        emptied = f"before = json_remove(before, {paths}), after = json_remove(after, {paths})"
    else:
        names = ", ".join(f"'{table.c[name].name}'" for name in columns)
        emptied = f"before = before - ARRAY[{names}], after = after - ARRAY[{names}]"
    with erasing(session):
        statement = text(f"UPDATE journal SET {emptied} WHERE table_name = :table AND record_id = :key")  # noqa: S608
        result = session.execute(statement, {"table": table.name, "key": key})
    session.expire_all()
    return int(getattr(result, "rowcount", 0))
