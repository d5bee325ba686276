"""Going back: an earlier version, a deleted record, one save, a whole import.

Everything is read from the journal and written as new changes, in the session's transaction; the caller commits.
A rule of the database that forbids a return is an IntegrityError, and nothing of that return is written.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from itertools import count, groupby
from typing import Literal, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    String,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    inspect,
    not_,
    or_,
    select,
    text,
)
from sqlalchemy import (
    column as sql_column,
)
from sqlalchemy import (
    table as sql_table,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from ml_admin.column_types import Json
from ml_admin.database import Actor, acting_as, is_sqlite
from ml_admin.journal import Entry, entries
from ml_admin.models import Base, Journal
from ml_admin.replay import (
    Source,
    in_return_order,
    links,
    names_in,
    one,
    overlaid,
    reinsert,
    remove,
    rewrite,
    went_back,
)
from ml_admin.triggers import journaled_tables

Reason = Literal["edited", "referenced", "refused"]

REASONS: dict[Reason, str] = {
    "edited": "modifiée depuis",
    "referenced": "d’autres fiches s’y rattachent depuis",
    "refused": "son ancien état est devenu impossible (par exemple un numéro repris par une autre fiche)",
}


class NotRestorable(Exception):
    """The record cannot come back; the message is a French sentence."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that the undo left as it is."""

    table: str
    record_id: int
    reason: Reason
    since: tuple[Entry, ...] = ()  # what others changed since, oldest first


@dataclass(frozen=True, slots=True)
class UndoReport:
    """Table -> number of records, for each kind of return; and the records kept as they are."""

    removed: dict[str, int]  # had been created
    restored: dict[str, int]  # had been deleted
    rewritten: dict[str, int]  # had been changed
    kept: list[Kept]


# --- One record ------------------------------------------------------------------------------------------------------


def restore(session: Session, model: type[Base], key: int, entry_id: int) -> None:
    """Give a record the values it had just after the entry `entry_id` of its history.

    Raises NotRestorable for an entry of another record, and for a deleted record (see `restore_deleted`).
    """
    table = _table(model)
    session.flush()
    if session.execute(select(table.c.id).where(table.c.id == key).with_for_update()).first() is None:
        raise NotRestorable("Cette fiche a été supprimée\u00a0: restaurez-la d’abord.")
    lines = _lines(session, Journal.table_name == table.name, Journal.record_id == key, Journal.id >= entry_id)
    if not lines or lines[0].id != entry_id or lines[0].operation == "delete":
        raise NotRestorable("Cette version n’existe pas dans l’historique de la fiche.")
    values = overlaid(lines[1:])
    rewrite(session, table, one(session, key, values), values)
    session.expire_all()


def restore_deleted(session: Session, model: type[Base], entry_id: int) -> list[tuple[str, int]]:
    """Bring back the record whose deletion is the entry `entry_id`, and what was deleted with it.

    Records that a cascade deleted in the same transaction come back, links that it emptied are tied again. Returns
    (table, id) of each record brought back. Raises NotRestorable.
    """
    entry = session.get(Journal, entry_id)
    table = _table(model)
    if entry is None or entry.table_name != table.name or entry.operation != "delete":
        raise NotRestorable("Cette suppression n’est pas dans l’historique.")
    if session.execute(select(table.c.id).where(table.c.id == entry.record_id)).first() is not None:
        raise NotRestorable("Cette fiche existe déjà\u00a0: elle a été restaurée.")
    deleted, emptied = _deleted_with(session, entry)
    with session.begin_nested():
        for each, line in deleted:
            before = line.before or {}
            reinsert(session, each, one(session, line.record_id, before), before)
        for each, line, column in emptied:
            _tie_again(session, each, line, column)
    session.expire_all()
    return [(each.name, line.record_id) for each, line in deleted]


def _deleted_with(
    session: Session, entry: Journal
) -> tuple[list[tuple[Table, Journal]], list[tuple[Table, Journal, str]]]:
    """The deletions that follow from one, parents first, and the links emptied by them."""
    lines = [entry]
    if entry.change_set is not None:
        lines = _lines(session, Journal.change_set == entry.change_set)
    back = {(entry.table_name, entry.record_id)}
    deleted: list[tuple[Table, Journal]] = []
    emptied = []
    for table in journaled_tables(Base.metadata):
        for line in lines:
            if line.table_name != table.name:
                continue
            ties = [column for column, target in links(table, line) if target in back]
            if line.operation == "delete" and (line.id == entry.id or ties):
                back.add((table.name, line.record_id))
                deleted.append((table, line))
            elif line.operation == "update":
                emptied += [(table, line, name) for name in ties if (line.after or {}).get(name) is None]
    return deleted, emptied


def _tie_again(session: Session, table: Table, line: Journal, column: str) -> None:
    empty = select(table.c.id).where(table.c.id == line.record_id, table.c[column].is_(None))
    if session.execute(empty).first() is not None:  # nobody chose another since
        values = {column: (line.before or {})[column]}
        rewrite(session, table, one(session, line.record_id, values), values)


def _table(model: type[Base]) -> Table:
    return cast(Table, inspect(model).local_table)


def _lines(session: Session, *conditions: ColumnElement[bool]) -> list[Journal]:
    return list(session.scalars(select(Journal).where(*conditions).order_by(Journal.id)))


# --- Many records ----------------------------------------------------------------------------------------------------


def undo_batch(session: Session, batch_id: int, also: Collection[tuple[str, int]] = ()) -> UndoReport:
    """Undo all that an import wrote, except on records changed by somebody else since, or that others now need.

    Those are kept untouched and listed; `also` names changed ones, (table, id), that are undone all the same. The lines of the undo belong to the batch: undoing it again takes only what
    was kept the first time and no longer has to be.
    """
    before: Actor | None = session.info.get("ml_actor")
    user_id, label = (before.user_id, before.label) if before else (None, "outside")
    acting_as(session, user_id, label, batch_id)
    report = _undo(session, Journal.batch_id == batch_id, Journal.batch_id.is_distinct_from(batch_id), also)
    acting_as(session, user_id, label, before.batch_id if before else None)
    return report


def undo_change_set(session: Session, change_set: str) -> UndoReport:
    """Undo one save: all that one transaction wrote, on the terms of `undo_batch`."""
    return _undo(session, Journal.change_set == change_set, Journal.change_set.is_distinct_from(change_set))


def _undo(
    session: Session, ours: ColumnElement[bool], theirs: ColumnElement[bool], also: Collection[tuple[str, int]] = ()
) -> UndoReport:
    session.flush()
    _make_work_table(session)
    _gather(session, ours)
    _keep_edited(session, theirs)
    _release(session, also)
    for attempt in count():
        _keep_referenced(session)
        if _replayed_at_once(session) or _replayed_line_by_line(session, ours, first_only=attempt < _PATIENCE):
            break
    report = _report(session, theirs)
    session.execute(text("DROP TABLE ml_undo"))
    session.expire_all()
    return report


def _make_work_table(session: Session) -> None:
    """`ml_undo`: one row for each record to put back. An exception needs no clearing: its rollback takes it away."""
    if not is_sqlite(session):
        # nobody writes a journaled table between our look at the later changes and our own writes
        session.execute(text("LOCK TABLE journal IN SHARE ROW EXCLUSIVE MODE"))
    doc = "text" if is_sqlite(session) else "jsonb"
    session.execute(
        text(
            "CREATE TEMPORARY TABLE ml_undo (table_name text, record_id bigint, action text, first_id bigint, "
            f"lines integer, doc {doc}, kept text, PRIMARY KEY (table_name, record_id))"
        )
    )


_WORK = sql_table(
    "ml_undo",
    sql_column("table_name", String),
    sql_column("record_id", BigInteger),
    sql_column("action", String),  # remove, reinsert, rewrite, nothing
    sql_column("first_id", BigInteger),  # our first line of the record
    sql_column("lines", Integer),
    sql_column("doc", Json),  # the old values
    sql_column("kept", String),  # why the record stays as it is
)


def _gather(session: Session, ours: ColumnElement[bool]) -> None:
    """What the undo comes down to for each record, its first and last line being ours."""
    spans = (
        select(
            Journal.table_name,
            Journal.record_id,
            func.min(Journal.id).label("first_id"),
            func.max(Journal.id).label("last_id"),
            func.count().label("lines"),
        )
        .where(ours)
        .group_by(Journal.table_name, Journal.record_id)
        .subquery()
    )
    first, last = aliased(Journal), aliased(Journal)
    created, gone = first.operation == "insert", last.operation == "delete"
    # created then deleted: nothing to do, but a way back line by line passes through it
    action = case((and_(created, gone), "nothing"), (created, "remove"), (gone, "reinsert"), else_="rewrite")
    net = (
        select(spans.c.table_name, spans.c.record_id, action, spans.c.first_id, spans.c.lines, first.before)
        .join(first, first.id == spans.c.first_id)
        .join(last, last.id == spans.c.last_id)
    )
    names = ["table_name", "record_id", "action", "first_id", "lines", "doc"]
    session.execute(_WORK.insert().from_select(names, net))
    _overlay_several(session, ours)


def _overlay_several(session: Session, ours: ColumnElement[bool]) -> None:
    """A record changed in several lines goes back to the oldest value of each column."""
    several = and_(_WORK.c.lines > 1, _WORK.c.action.in_(["reinsert", "rewrite"]))
    same = and_(_WORK.c.table_name == Journal.table_name, _WORK.c.record_id == Journal.record_id)
    lines = (
        select(Journal)
        .join(_WORK, same)
        .where(several, ours)
        .order_by(Journal.table_name, Journal.record_id, Journal.id)
    )
    docs = [
        {"of_table": name, "of_record": key, "doc": overlaid(group)}
        for (name, key), group in groupby(session.scalars(lines), lambda line: (line.table_name, line.record_id))
    ]
    if docs:
        row = and_(_WORK.c.table_name == bindparam("of_table"), _WORK.c.record_id == bindparam("of_record"))
        session.connection().execute(_WORK.update().where(row).values(doc=bindparam("doc")), docs)


def _keep_edited(session: Session, theirs: ColumnElement[bool]) -> None:
    later = exists().where(
        Journal.table_name == _WORK.c.table_name,
        Journal.record_id == _WORK.c.record_id,
        Journal.id > _WORK.c.first_id,
        theirs,
    )
    session.execute(_WORK.update().where(later).values(kept="edited"))


def _release(session: Session, also: Collection[tuple[str, int]]) -> None:
    """Undo these although they were changed since; what was deleted since stays as it is."""
    if not also:
        return
    last = select(func.max(Journal.id)).group_by(Journal.table_name, Journal.record_id)
    gone = exists().where(
        Journal.table_name == _WORK.c.table_name,
        Journal.record_id == _WORK.c.record_id,
        Journal.operation == "delete",
        Journal.id.in_(last),
    )
    chosen = and_(
        _WORK.c.table_name == bindparam("of_table"),
        _WORK.c.record_id == bindparam("of_record"),
        _WORK.c.kept == "edited",
    )
    keys = [{"of_table": table, "of_record": key} for table, key in also]
    session.connection().execute(_WORK.update().where(chosen, not_(gone)).values(kept=None), keys)


def _keep_referenced(session: Session) -> None:
    """Keep a created record that another record, which stays, points to; then what that one points to, and so on."""
    keys = [(parent, child, name) for parent, child, name in _all_links() if _asked(session, "remove", parent)]
    while sum(_keep_for(session, *link) for link in keys):
        pass


def _all_links() -> list[tuple[str, Table, str]]:
    """(parent table, child table, its column) of each foreign key whose rows must not be lost in silence."""
    return [
        (key.column.table.name, child, key.parent.name)
        for child in Base.metadata.sorted_tables
        for key in child.foreign_keys
        if child.info.get("journaled", True) or key.ondelete not in ("CASCADE", "SET NULL")
    ]


def _asked(session: Session, action: str, table: str) -> bool:
    asked = exists().where(_WORK.c.action == action, _WORK.c.table_name == table, _WORK.c.kept.is_(None))
    return bool(session.scalar(select(asked)))


def _keep_for(session: Session, parent: str, child: Table, name: str) -> int:
    """Keep the records of `parent` to which rows of `child` will still point; how many more."""
    gone = _WORK.alias("gone")
    holds = (
        func.json_type(gone.c.doc, f'$."{name}"').is_not(None)
        if is_sqlite(session)
        else func.jsonb_exists(gone.c.doc, name)
    )
    leaves = exists().where(
        gone.c.table_name == child.name,
        gone.c.record_id == child.c.id,
        gone.c.kept.is_(None),
        or_(gone.c.action == "remove", holds),
    )
    stays = exists().where(child.c[name] == _WORK.c.record_id, not_(leaves))
    candidates = and_(_WORK.c.table_name == parent, _WORK.c.action == "remove", _WORK.c.kept.is_(None))
    result = session.execute(_WORK.update().where(candidates, stays).values(kept="referenced"))
    return int(getattr(result, "rowcount", 0))


def _replayed_at_once(session: Session) -> bool:
    """Write everything, a statement for each table and kind of return; False if a rule of the database forbids it."""
    tables = journaled_tables(Base.metadata)
    try:
        with session.begin_nested():
            for each in tables:
                _replay(session, "reinsert", each)
            for each in tables:
                _replay(session, "rewrite", each)
            for each in reversed(tables):
                _replay(session, "remove", each)
    except IntegrityError:
        return False
    return True


def _replay(session: Session, action: str, table: Table) -> None:
    if not _asked(session, action, table.name):
        return
    sql = "SELECT record_id, doc FROM ml_undo WHERE table_name = :table AND action = :action AND kept IS NULL"
    source = Source(sql, {"table": table.name, "action": action})
    if action == "remove":
        remove(session, table, source)
    else:
        write = reinsert if action == "reinsert" else rewrite
        write(session, table, source, names_in(session, source))


_PATIENCE = 5  # refusals looked into one by one


class _Refused(Exception):
    pass


def _replayed_line_by_line(session: Session, ours: ColumnElement[bool], first_only: bool) -> bool:
    """The slow and exact way, newest line first; what a rule still forbids is kept and everything is taken back.

    A refusal may draw others after it: with `first_only` the first one alone is believed.
    """
    same = and_(_WORK.c.table_name == Journal.table_name, _WORK.c.record_id == Journal.record_id)
    lines = select(Journal).join(_WORK, same).where(ours, _WORK.c.kept.is_(None)).order_by(Journal.id.desc())
    refused = set()
    with suppress(_Refused), session.begin_nested():
        for line in in_return_order(list(session.scalars(lines))):
            if not went_back(session, line):
                refused.add((line.table_name, line.record_id))
                if first_only:
                    break
        if refused:
            raise _Refused
    for name, key in refused:
        session.execute(
            _WORK.update().where(_WORK.c.table_name == name, _WORK.c.record_id == key).values(kept="refused")
        )
    return not refused


def _report(session: Session, theirs: ColumnElement[bool]) -> UndoReport:
    counted = select(_WORK.c.action, _WORK.c.table_name, func.count()).where(_WORK.c.kept.is_(None))
    counted = counted.where(_WORK.c.action != "nothing")
    done: dict[str, dict[str, int]] = {"remove": {}, "reinsert": {}, "rewrite": {}}
    for action, name, number in session.execute(counted.group_by(_WORK.c.action, _WORK.c.table_name)):
        done[action][name] = number
    same = and_(_WORK.c.table_name == Journal.table_name, _WORK.c.record_id == Journal.record_id)
    later = select(Journal).join(_WORK, same).where(_WORK.c.kept == "edited", Journal.id > _WORK.c.first_id, theirs)
    since: dict[tuple[str, int], list[Entry]] = {}
    for entry in entries(session, later.order_by(Journal.id)):
        since.setdefault((entry.table, entry.record_id), []).append(entry)
    rows = session.execute(
        select(_WORK.c.table_name, _WORK.c.record_id, _WORK.c.kept)
        .where(_WORK.c.kept.is_not(None))
        .order_by(_WORK.c.table_name, _WORK.c.record_id)
    )
    kept = [Kept(name, key, reason, tuple(since.get((name, key), ()))) for name, key, reason in rows]
    return UndoReport(done["remove"], done["reinsert"], done["rewrite"], kept)
