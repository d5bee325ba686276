"""A merge taken back at any time: the record that went returns under its own key, with what leant on it.

Read from the lines that the merge wrote in the journal, the last first; field by field, so that what somebody changed
since stays. What was attached since stays on the record that was kept, and is listed. The caller commits.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import LookalikeState
from ml_admin.column_types import now
from ml_admin.former import kept_now
from ml_admin.merge import may_merge
from ml_admin.merge_plan import model_of, pointing_to
from ml_admin.permissions import Viewer, scoped
from ml_admin.refusals import refusal
from ml_admin.replay import one, reinsert, rewrite


class UnmergeRefused(Exception):
    """Nothing was written; the message is a French sentence with cause and remedy."""


@dataclass(frozen=True, slots=True)
class Stay:
    """What an un-merge leaves as it is: a field or a row changed since, a row attached since."""

    table: str
    record_id: int
    columns: tuple[str, ...] = ()  # changed since; () for a row that was attached or deleted since
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class _Return:
    """One line of the merge: the old values still to be written, the columns that somebody changed since."""

    line: m.Journal
    table: Table
    values: dict[str, Any]
    touched: tuple[str, ...]
    lost: bool  # the row, or what it cannot be without, was deleted since


@dataclass(slots=True)
class Unmerged:
    """Table -> rows that come back, rows that lean on the record that went again; and what stays."""

    kept: int
    gone: int
    back: dict[str, int] = field(default_factory=dict)
    returned: dict[str, int] = field(default_factory=dict)
    restored: tuple[str, ...] = ()  # columns of the kept record that are as before
    stays: list[Stay] = field(default_factory=list)


def find(session: Session, viewer: Viewer, merge_id: int) -> m.RecordMerge | None:
    """A merge of records that the viewer may merge, the kept one within their scope."""
    merge = session.get(m.RecordMerge, merge_id) if 0 < merge_id < 2**63 else None
    if merge is None:
        return None
    model: Any = model_of(m.Base.metadata.tables[merge.table_name])
    present = kept_now(session, merge.table_name, merge.kept_id) or merge.kept_id
    if (
        not may_merge(viewer, model)
        or session.scalar(scoped(select(model.id).where(model.id == present), model, viewer)) is None
    ):
        return None
    return merge


def foreseen(session: Session, merge: m.RecordMerge) -> Unmerged:
    """What `unmerge` would do now; writes nothing."""
    return _report(session, merge, list(_returns(session, merge)))


def unmerge(session: Session, viewer: Viewer, merge_id: int) -> Unmerged:
    """Take a merge back. Raises UnmergeRefused when it is over already, or when a rule of the database forbids it."""
    merge = find(session, viewer, merge_id)
    if merge is None:
        raise UnmergeRefused("Cette réunion n’existe pas, ou n’est pas ouverte à votre rôle.")
    model = model_of(m.Base.metadata.tables[merge.table_name])
    try:
        with session.begin_nested():
            return _unmerged(session, viewer, merge, model)
    except IntegrityError as error:
        raise UnmergeRefused(
            f"La fiche ne peut pas revenir telle qu’elle était. {refusal(error, model)[1]} Rien n’a été écrit."
        ) from error
    finally:
        session.expire_all()


def _unmerged(session: Session, viewer: Viewer, merge: m.RecordMerge, model: Any) -> Unmerged:
    _check(session, merge, model)
    returns = list(_returns(session, merge))
    report = _report(session, merge, returns)
    for each in returns:
        _take_back(session, each)
    merge.undone_at = now()
    first, second = sorted((merge.kept_id, merge.gone_id))
    pair = (m.Lookalike.table_name == merge.table_name, m.Lookalike.first_id == first, m.Lookalike.second_id == second)
    asked_again = {"state": LookalikeState.OPEN, "decided_at": None, "account_id": None}
    session.execute(update(m.Lookalike).where(*pair).values(**asked_again))
    session.flush()
    if session.scalar(scoped(select(model.id).where(model.id == merge.gone_id), model, viewer)) is None:
        raise UnmergeRefused(
            "La fiche qui reviendrait n’est pas ouverte à votre rôle. Confiez ce geste à la direction."
        )
    return report


def _check(session: Session, merge: m.RecordMerge, model: Any) -> None:
    """Hold the merge and its kept record until the end; only a merge that still stands is taken back."""
    session.refresh(merge, with_for_update=True)
    if merge.undone_at is not None:
        raise UnmergeRefused("Cette réunion est déjà défaite.")
    kept = session.execute(select(model.id).where(model.id == merge.kept_id).with_for_update()).first()
    if kept is None and kept_now(session, merge.table_name, merge.kept_id) is not None:
        raise UnmergeRefused("La fiche gardée a été réunie depuis avec une autre : défaites d’abord cette réunion-là.")
    if kept is None:
        raise UnmergeRefused("La fiche gardée a été supprimée : rétablissez-la d’abord depuis « Fiches supprimées ».")


def _lines(session: Session, merge: m.RecordMerge) -> list[m.Journal]:
    """What the merge wrote, the last first."""
    lines = select(m.Journal).where(m.Journal.change_set == merge.change_set).order_by(m.Journal.id.desc())
    return list(session.scalars(lines))


def _returns(session: Session, merge: m.RecordMerge) -> Iterator[_Return]:
    """What becomes of each line of the merge, in the order to take them back."""
    lines = _lines(session, merge)
    coming = {(line.table_name, line.record_id) for line in lines if line.operation == "delete"}
    for line in lines:
        table = m.Base.metadata.tables[line.table_name]
        values, touched = _unchanged_since(session, line)
        lost = not _whole(session, table, values, coming)
        if line.operation == "delete" and lost:
            coming.discard((table.name, line.record_id))
        elif line.operation == "update":
            lost = not _exists(session, table, line.record_id)
        yield _Return(line, table, values, touched, lost)


def _unchanged_since(session: Session, line: m.Journal) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(column -> old value of what nobody changed since, the columns that somebody changed)."""
    before, after = line.before or {}, line.after or {}
    if line.operation != "update":
        return dict(before), ()
    later = select(m.Journal.after).where(
        m.Journal.table_name == line.table_name,
        m.Journal.record_id == line.record_id,
        m.Journal.id > line.id,
        m.Journal.operation == "update",
        m.Journal.change_set.is_distinct_from(line.change_set),
    )
    present: dict[str, Any] = {}
    for values in session.scalars(later.order_by(m.Journal.id)):
        present |= values or {}
    names = [name for name in before if name != "version"]
    touched = tuple(name for name in names if name in present and present[name] != after.get(name))
    return {name: before[name] for name in names if name not in touched}, touched


def _whole(session: Session, table: Table, values: dict[str, Any], coming: set[tuple[str, int]]) -> bool:
    """Empty the links whose target was deleted meanwhile, as that deletion would have done; False where it may not be."""
    for key in table.foreign_keys:
        name, target = key.parent.name, key.column.table
        wanted = values.get(name)
        if wanted is None or (target.name, wanted) in coming or _exists(session, target, wanted):
            continue
        if not key.parent.nullable:
            return False
        values[name] = None
    return True


def _exists(session: Session, table: Table, key: int) -> bool:
    return session.execute(select(table.c.id).where(table.c.id == key)).first() is not None


def _take_back(session: Session, each: _Return) -> None:
    if each.lost or not each.values:
        return
    source = one(session, each.line.record_id, each.values)
    write = reinsert if each.line.operation == "delete" else rewrite
    write(session, each.table, source, each.values)


def _report(session: Session, merge: m.RecordMerge, returns: list[_Return]) -> Unmerged:
    report = Unmerged(merge.kept_id, merge.gone_id)
    own = (merge.table_name, merge.kept_id)
    for each in returns:
        record = (each.table.name, each.line.record_id)
        if each.lost or each.touched:
            report.stays.append(Stay(*record, each.touched, each.lost))
        if each.lost:
            continue
        if each.line.operation == "delete":
            report.back[each.table.name] = report.back.get(each.table.name, 0) + 1
        elif record == own:
            report.restored += tuple(each.values)
        elif any(each.table.c[name].foreign_keys for name in each.values):
            report.returned[each.table.name] = report.returned.get(each.table.name, 0) + 1
    report.stays += _attached_since(session, merge)
    return report


def _attached_since(session: Session, merge: m.RecordMerge) -> Iterator[Stay]:
    """Rows that somebody attached to the kept record after the merge."""
    last = max((line.id for line in _lines(session, merge)), default=0)
    table = m.Base.metadata.tables[merge.table_name]
    for child, column in pointing_to(table):
        made = select(m.Journal.record_id).where(
            m.Journal.table_name == child.name, m.Journal.operation == "insert", m.Journal.id > last
        )
        query = select(child.c.id).where(child.c[column] == merge.kept_id, child.c.id.in_(made))
        yield from (Stay(child.name, key) for key in session.scalars(query.order_by(child.c.id)))
