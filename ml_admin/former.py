"""Records that were made one with another: which record they are now, and their story."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from ml_admin import models as m

MERGEABLE: tuple[type[m.Base], ...] = (m.YoungPerson, m.Employer, m.Partner)


def _standing(table: str) -> ColumnElement[bool]:
    return and_(m.RecordMerge.table_name == table, m.RecordMerge.undone_at.is_(None))


def kept_now(session: Session, table: str, key: int) -> int | None:
    """The record that this one is now part of; None when it was not merged, or came back."""
    found = None
    while (merge := merge_away(session, table, key)) is not None:
        found = key = merge.kept_id
    return found


def merge_away(session: Session, table: str, key: int) -> m.RecordMerge | None:
    """The standing merge by which this record went."""
    query = select(m.RecordMerge).where(_standing(table), m.RecordMerge.gone_id == key)
    return session.scalars(query.order_by(m.RecordMerge.id.desc()).limit(1)).first()


def parts_of(session: Session, table: str, key: int) -> list[int]:
    """The keys of the records that are now this one, however many merges ago."""
    found: list[int] = []
    near = [key]
    while near:
        query = select(m.RecordMerge.gone_id).where(_standing(table), m.RecordMerge.kept_id.in_(near))
        near = [gone for gone in session.scalars(query) if gone not in found]
        found += near
    return found


def story(session: Session, table: str, key: int) -> Select[Any]:
    """The lines of the journal that tell of a record and of those that are now part of it, newest first.

    Of a record that was part of it once, only the line that took it and the one that gave it back.
    """
    keys = [key, *parts_of(session, table, key)]
    own = and_(m.Journal.table_name == table, m.Journal.record_id.in_(keys))
    passing = _passing(session, table, keys)
    lines = select(m.Journal).where(or_(own, m.Journal.id.in_(passing)) if passing else own)
    return lines.order_by(m.Journal.id.desc())


def _passing(session: Session, table: str, keys: list[int]) -> list[int]:
    undone = select(m.RecordMerge).where(
        m.RecordMerge.table_name == table, m.RecordMerge.kept_id.in_(keys), m.RecordMerge.undone_at.is_not(None)
    )
    found = []
    for merge in session.scalars(undone):
        lines = select(m.Journal.id, m.Journal.operation).where(
            m.Journal.table_name == table, m.Journal.record_id == merge.gone_id
        )
        gone = lines.where(m.Journal.change_set == merge.change_set, m.Journal.operation == "delete")
        left = session.execute(gone).first()
        if left is not None:
            back = lines.where(m.Journal.id > left.id, m.Journal.operation == "insert").order_by(m.Journal.id)
            found += [left.id, *(line.id for line in session.execute(back.limit(1)))]
    return found
