"""Take back everything an import wrote, except what somebody has changed since."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, and_, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from ml_admin import models as m
from ml_admin import undo as journal_undo
from ml_admin.choices import BatchState
from ml_admin.column_types import now
from ml_admin.database import writing
from ml_admin.imports.batches import StepRefusedError, actor_of, find
from ml_admin.permissions import Viewer, may, scoped
from ml_admin.undo import REASONS, UndoReport

_LISTED = 200  # kept records shown one by one


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that the undo leaves as it is; `name` is empty when the viewer may not read it."""

    table: str
    record_id: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Undone:
    """Table -> records taken away, put back; and those that are kept."""

    removed: Mapping[str, int]
    rewritten: Mapping[str, int]
    kept: tuple[Kept, ...]
    kept_total: int


def undo(engine: Engine, batch_id: int, viewer: Viewer) -> Undone:
    """Undo a written batch in one transaction; the undo is itself in the history.

    Raises StepRefusedError when there is nothing to undo, or when the viewer may not import what it wrote.
    """
    try:
        with writing(engine, actor_of(viewer)) as session:
            undone = _undo(session, batch_id, viewer)
            batch = session.get_one(m.ImportBatch, batch_id)
            batch.state, batch.undone_at = BatchState.UNDONE, now()
            kept = dict(Counter(one.table for one in undone.kept))
            batch.report = {
                **batch.report,
                "removed": dict(undone.removed),
                "rewritten": dict(undone.rewritten),
                "kept": kept,
            }
    except IntegrityError as error:
        raise StepRefusedError("D’autres fiches s’appuient sur cet import. Rien n’a été annulé.") from error
    return undone


def _undo(session: Session, batch_id: int, viewer: Viewer) -> Undone:
    batch = find(session, viewer, batch_id)
    if batch is None or batch.applied_at is None:
        raise StepRefusedError("Cet import n’a rien écrit : il n’y a rien à annuler.")
    touched = touched_models(session, batch_id)
    if not all(may(viewer, "import", model) for model in touched):
        raise StepRefusedError(
            "Cet import a écrit des fiches que votre rôle n’importe pas. Confiez l’annulation à la direction."
        )
    session.expunge_all()
    report = journal_undo.undo_batch(session, batch_id)
    return _undone(session, viewer, report)


def edited_since(session: Session, batch_id: int, viewer: Viewer) -> tuple[list[Kept], int]:
    """Records of the batch that somebody changed after it, which an undo would keep: the first ones, and their number."""
    ours, later = m.Journal.__table__, aliased(m.Journal)
    last = (
        select(ours.c.table_name, ours.c.record_id, func.max(ours.c.id).label("last"))
        .where(ours.c.batch_id == batch_id)
        .group_by(ours.c.table_name, ours.c.record_id)
        .subquery()
    )
    same = and_(later.table_name == last.c.table_name, later.record_id == last.c.record_id, later.id > last.c.last)
    place = last.c.table_name, last.c.record_id
    query = select(*place).join(later, same).distinct().order_by(*place)
    found = [journal_undo.Kept(table, key, "edited") for table, key in session.execute(query)]
    models = {mapper.class_.__tablename__: mapper.class_ for mapper in m.Base.registry.mappers}
    names = _names(session, viewer, models, found[:_LISTED])
    shown = [
        Kept(one.table, one.record_id, names.get((one.table, one.record_id), ""), REASONS["edited"])
        for one in found[:_LISTED]
    ]
    return shown, len(found)


def touched_models(session: Session, batch_id: int) -> list[type[m.Base]]:
    """The entities that the batch wrote."""
    names = set(session.scalars(select(m.Journal.table_name).where(m.Journal.batch_id == batch_id).distinct()))
    return [mapper.class_ for mapper in m.Base.registry.mappers if mapper.class_.__tablename__ in names]


def _undone(session: Session, viewer: Viewer, report: UndoReport) -> Undone:
    models = {mapper.class_.__tablename__: mapper.class_ for mapper in m.Base.registry.mappers}
    shown = report.kept[:_LISTED]
    names = _names(session, viewer, models, shown)
    kept = tuple(
        Kept(one.table, one.record_id, names.get((one.table, one.record_id), ""), REASONS[one.reason]) for one in shown
    )
    return Undone(report.removed, report.rewritten, kept, len(report.kept))


def _names(
    session: Session, viewer: Viewer, models: Mapping[str, Any], kept: Iterable[Any]
) -> dict[tuple[str, int], str]:
    found = {}
    keys: dict[str, list[int]] = {}
    for one in kept:
        keys.setdefault(one.table, []).append(one.record_id)
    for table, wanted in keys.items():
        model = models[table]
        query = scoped(select(model).where(model.id.in_(wanted)), model, viewer)
        found.update({(table, record.id): str(record) for record in session.scalars(query).unique()})
    return found
