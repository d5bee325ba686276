"""Two records become one: everything that leans on the one that goes follows, nothing is lost, and it can be undone.

One transaction under the lock of both records; the triggers write it to the journal under one change set, which
`unmerge` reads back. The caller commits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, delete, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import LookalikeState
from ml_admin.column_types import now
from ml_admin.database import is_sqlite
from ml_admin.former import MERGEABLE
from ml_admin.merge_plan import Join, Move, Plan, plan_of
from ml_admin.merge_values import Pair, Row, Side, chosen_values, joined_extra, pairs
from ml_admin.permissions import Viewer, may, may_see, scoped
from ml_admin.refusals import refusal


class MergeRefused(Exception):
    """Nothing was written; the message is a French sentence with cause and remedy."""


class RecordsChanged(MergeRefused):
    """Somebody changed, merged or deleted one of the two records since the page was read."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two records side by side, and what a merge would do of what leans on them."""

    model: type[m.Base]
    kept: Row
    gone: Row
    pairs: list[Pair]
    plan: Plan

    def visible(self, viewer: Viewer) -> list[Pair]:
        """The pairs that the viewer may read; the others are settled by rule."""
        return [pair for pair in self.pairs if pair.field and may_see(viewer, self.model, pair.name)]


def may_merge(viewer: Viewer, model: type[m.Base]) -> bool:
    """Who may change and delete records of this kind."""
    return model in MERGEABLE and may(viewer, "update", model) and may(viewer, "delete", model)


def compare(session: Session, viewer: Viewer, model: type[m.Base], kept: int, gone: int) -> Comparison | None:
    """Both records if the viewer may merge them, else None."""
    if not may_merge(viewer, model) or kept == gone:
        return None
    rows = _rows(session, viewer, model, kept, gone, lock=False)
    return None if rows is None else _comparison(session, model, *rows, lock=False)


def _rows(
    session: Session, viewer: Viewer, model: type[m.Base], kept: int, gone: int, *, lock: bool
) -> tuple[Row, Row] | None:
    if not all(0 < key < 2**63 for key in (kept, gone)):
        return None
    table, key = _table(model), cast(Any, model).id
    reachable = scoped(select(key).where(key.in_([kept, gone])), model, viewer)
    # in the order of the keys: two people who merge one pair in both directions must not wait for each other
    query = select(table).where(table.c.id.in_(reachable)).order_by(table.c.id)
    found = {row.id: row._asdict() for row in session.execute(query.with_for_update() if lock else query)}
    return (found[kept], found[gone]) if len(found) == 2 else None


def _comparison(session: Session, model: type[m.Base], kept: Row, gone: Row, *, lock: bool) -> Comparison:
    plan = plan_of(session, _table(model), kept["id"], gone["id"], lock=lock)
    return Comparison(model, kept, gone, pairs(session, model, kept, gone), plan)


def _table(model: type[m.Base]) -> Table:
    return m.Base.metadata.tables[model.__tablename__]


def merge(
    session: Session,
    viewer: Viewer,
    model: type[m.Base],
    kept: int,
    gone: int,
    versions: tuple[int, int],
    chosen: Mapping[str, Side],
) -> m.RecordMerge:
    """Make `gone` part of `kept`; `versions` are those that the viewer saw, `chosen` the side of each attribute.

    Attributes that the viewer may not read, or did not choose, follow the proposal. Raises RecordsChanged, or
    MergeRefused with the refusal of the database.
    """
    if not may_merge(viewer, model) or kept == gone:
        raise MergeRefused("Réunir deux fiches demande le droit de les modifier et de les supprimer.")
    try:
        with session.begin_nested():
            return _merged(session, viewer, model, kept, gone, versions, chosen)
    except IntegrityError as error:
        raise MergeRefused(refusal(error, model)[1]) from error
    finally:
        session.expire_all()


def _merged(
    session: Session,
    viewer: Viewer,
    model: type[m.Base],
    kept: int,
    gone: int,
    versions: tuple[int, int],
    chosen: Mapping[str, Side],
) -> m.RecordMerge:
    rows = _rows(session, viewer, model, kept, gone, lock=True)
    if rows is None:
        raise RecordsChanged(
            "L’une des deux fiches n’existe plus, ou n’est plus ouverte à votre rôle. Rien n’a été écrit."
        )
    if tuple(row["version"] for row in rows) != versions:
        raise RecordsChanged("Quelqu’un a changé l’une des deux fiches entre-temps. Rien n’a été écrit : relisez-les.")
    found = _comparison(session, model, *rows, lock=True)
    seen = {pair.name for pair in found.visible(viewer)}
    values = _values(found, {name: side for name, side in chosen.items() if name in seen})
    table = _table(model)
    for step in found.plan.steps:
        _do(session, step)
    session.execute(delete(table).where(table.c.id == gone))
    changed = {name: value for name, value in values.items() if value != found.kept[name]}
    if changed:
        session.execute(update(table).where(table.c.id == kept).values(changed))
    return _noted(session, viewer, table.name, kept, gone)


def _values(found: Comparison, chosen: Mapping[str, Side]) -> dict[str, Any]:
    values, aside = chosen_values(found.pairs, chosen)
    values["extra"] = joined_extra(found.kept["extra"], found.gone["extra"], aside, found.plan.aside)
    return values


def _do(session: Session, step: Move | Join) -> None:
    table = step.table
    if isinstance(step, Move):
        if step.apart:
            session.execute(update(table).where(table.c.id.in_(step.apart)).values(override=True))
        session.execute(update(table).where(table.c.id.in_(step.keys)).values({step.column: step.parent}))
        return
    session.execute(delete(table).where(table.c.id == step.gone))
    if step.changes:
        session.execute(update(table).where(table.c.id == step.kept).values(step.changes))


def _noted(session: Session, viewer: Viewer, table: str, kept: int, gone: int) -> m.RecordMerge:
    number = "ml_change_set()" if is_sqlite(session) else "current_setting('ml.change_set')"
    merge = m.RecordMerge(
        account_id=viewer.account_id,
        actor=viewer.label,
        table_name=table,
        kept_id=kept,
        gone_id=gone,
        change_set=session.scalar(text(f"SELECT {number}")),  # noqa: S608 - one of two constants
    )
    session.add(merge)
    first, second = sorted((kept, gone))
    pair = (m.Lookalike.table_name == table, m.Lookalike.first_id == first, m.Lookalike.second_id == second)
    settled = {"state": LookalikeState.MERGED, "decided_at": now(), "account_id": viewer.account_id}
    session.execute(update(m.Lookalike).where(*pair).values(**settled))
    of_gone = or_(m.Lookalike.first_id == gone, m.Lookalike.second_id == gone)
    waiting = (m.Lookalike.table_name == table, of_gone, m.Lookalike.state == LookalikeState.OPEN)
    session.execute(delete(m.Lookalike).where(*waiting))
    session.flush()
    return merge
