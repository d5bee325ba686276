"""Take back everything an import wrote, except what somebody has changed since and that is not asked for by name.

What the page announces and what is done come from one function: the announcement runs it whole and lets it go.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Engine, and_, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from ml_admin import models as m
from ml_admin import undo as journal_undo
from ml_admin.choices import BatchState
from ml_admin.column_types import now
from ml_admin.database import writing
from ml_admin.imports.batches import StepRefusedError, actor_of, find
from ml_admin.imports.memory import forget_batch
from ml_admin.imports.retention import keep_until
from ml_admin.imports.round_trip import LAYOUT
from ml_admin.permissions import Viewer, may, scoped
from ml_admin.undo import REASONS, UndoReport

_LISTED: Final = 200  # kept records shown one by one
_CHUNK: Final = 5_000

Place = tuple[str, int]  # table, record
Also = Collection[Place] | Literal["all"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that the undo leaves as it is; `name` is empty when the viewer may not read it."""

    table: str
    record_id: int
    name: str
    reason: str
    edited: bool = False  # may be undone all the same


@dataclass(frozen=True, slots=True)
class Undone:
    """Table -> records taken away, put back; and those that are kept."""

    removed: Mapping[str, int]
    rewritten: Mapping[str, int]
    kept: tuple[Kept, ...]
    kept_total: int
    kept_by_table: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.removed.values()) + sum(self.rewritten.values())


class _LetGo(Exception):
    """Ends a transaction whose result alone was wanted."""


def foresee(engine: Engine, batch_id: int, viewer: Viewer, also: Also = ()) -> Undone:
    """What `undo` would do now, to the last record; nothing is written. Raises StepRefusedError like `undo`."""
    found: list[Undone] = []
    with suppress(_LetGo), writing(engine, actor_of(viewer)) as session:
        found.append(_undo(session, batch_id, viewer, also))
        raise _LetGo
    return found[0]


def undo(engine: Engine, batch_id: int, viewer: Viewer, also: Also = ()) -> Undone:
    """Undo a written batch in one transaction; the undo is itself in the history.

    `also`: records changed since that are undone all the same, those of the viewer's scope alone. Raises
    StepRefusedError when there is nothing to undo, or when the viewer may not import what it wrote.
    """
    try:
        with writing(engine, actor_of(viewer)) as session:
            undone = _undo(session, batch_id, viewer, also)
            batch = session.get_one(m.ImportBatch, batch_id)
            batch.state, batch.undone_at = BatchState.UNDONE, now()
            batch.report = {
                **batch.report,
                "removed": dict(undone.removed),
                "rewritten": dict(undone.rewritten),
                "kept": dict(undone.kept_by_table),
                "undone_by": viewer.label,
            }
            keep_until(session, batch)
            forget_batch(session, batch_id)
    except IntegrityError as error:
        raise StepRefusedError("D’autres fiches s’appuient sur cet import. Rien n’a été annulé.") from error
    return undone


def _undo(session: Session, batch_id: int, viewer: Viewer, also: Also) -> Undone:
    batch = find(session, viewer, batch_id)
    if batch is None or batch.applied_at is None:
        raise StepRefusedError("Cet import n’a rien écrit : il n’y a rien à annuler.")
    if batch.undone_at is not None:
        raise StepRefusedError("Cet import est déjà annulé.")
    touched = touched_models(session, batch_id)
    tables = select(m.ImportTable.layout).where(m.ImportTable.batch_id == batch_id)
    # what came back in an exported workbook was written by the rights of a form
    right = "update" if LAYOUT in session.scalars(tables).all() else "import"
    if not all(may(viewer, "import", model) or may(viewer, right, model) for model in touched):
        raise StepRefusedError(
            "Cet import a écrit des fiches que votre rôle n’importe pas. Confiez l’annulation à la direction."
        )
    chosen = _within_reach(session, viewer, edited_since(session, batch_id) if also == "all" else also)
    session.expunge_all()
    report = journal_undo.undo_batch(session, batch_id, chosen)
    return _undone(session, viewer, report)


def edited_since(session: Session, batch_id: int) -> list[Place]:
    """Records that the batch wrote and that somebody changed after it."""
    ours, later = m.Journal.__table__, aliased(m.Journal)
    first = (
        select(ours.c.table_name, ours.c.record_id, func.min(ours.c.id).label("first"))
        .where(ours.c.batch_id == batch_id)
        .group_by(ours.c.table_name, ours.c.record_id)
        .subquery()
    )
    same = and_(
        later.table_name == first.c.table_name,
        later.record_id == first.c.record_id,
        later.id > first.c.first,
        later.batch_id.is_distinct_from(batch_id),
    )
    place = first.c.table_name, first.c.record_id
    return [
        (table, key) for table, key in session.execute(select(*place).join(later, same).distinct().order_by(*place))
    ]


def touched_models(session: Session, batch_id: int) -> list[type[m.Base]]:
    """The entities that the batch wrote."""
    names = set(session.scalars(select(m.Journal.table_name).where(m.Journal.batch_id == batch_id).distinct()))
    return [mapper.class_ for mapper in m.Base.registry.mappers if mapper.class_.__tablename__ in names]


def _within_reach(session: Session, viewer: Viewer, places: Any) -> list[Place]:
    """Nobody undoes what others wrote on a record that they may not open."""
    models = _models()
    found: list[Place] = []
    for table, keys in _by_table(places).items():
        model: Any = models.get(table)
        for start in range(0, len(keys), _CHUNK) if model else ():
            query = scoped(select(model.id).where(model.id.in_(keys[start : start + _CHUNK])), model, viewer)
            found += [(table, key) for key in session.scalars(query)]
    return found


def _undone(session: Session, viewer: Viewer, report: UndoReport) -> Undone:
    shown = sorted(report.kept, key=lambda one: one.reason != "edited")[:_LISTED]
    names = _names(session, viewer, [(one.table, one.record_id) for one in shown])
    kept = tuple(
        Kept(
            one.table,
            one.record_id,
            names.get((one.table, one.record_id), ""),
            REASONS[one.reason],
            one.reason == "edited" and (one.table, one.record_id) in names,
        )
        for one in shown
    )
    by_table = dict(Counter(one.table for one in report.kept))
    return Undone(report.removed, report.rewritten, kept, len(report.kept), by_table)


def _models() -> dict[str, Any]:
    return {mapper.class_.__tablename__: mapper.class_ for mapper in m.Base.registry.mappers}


def _by_table(places: Iterable[Place]) -> dict[str, list[int]]:
    keys: dict[str, list[int]] = {}
    for table, key in places:
        keys.setdefault(table, []).append(key)
    return keys


def _names(session: Session, viewer: Viewer, places: Iterable[Place]) -> dict[Place, str]:
    """What the viewer may read of them."""
    models, found = _models(), {}
    for table, wanted in _by_table(places).items():
        query = scoped(select(models[table]).where(models[table].id.in_(wanted)), models[table], viewer)
        found.update({(table, record.id): str(record) for record in session.scalars(query).unique()})
    return found
