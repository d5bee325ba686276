"""Write the rows of an exported workbook that came back, by the rules of a form; what changed meanwhile waits."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import Verdict
from ml_admin.editing import column_of, create, out_of_scope, remove, set_values, writable
from ml_admin.imports.round_trip import model_of
from ml_admin.imports.round_trip_plan import identical
from ml_admin.imports.rows import Row
from ml_admin.imports.writing import Writing
from ml_admin.journal import python_value
from ml_admin.permissions import Viewer, may, scoped
from ml_admin.record_rules import refused
from ml_admin.refusals import refusal

_TOGETHER: Final = 500  # records locked and sent at once


def write(writing: Writing, rows: Iterable[Row]) -> None:
    """Write every row that its plan found sure; rows are marked as written, left to be planned again, or refused."""
    by_model: dict[type[m.Base], list[Row]] = defaultdict(list)
    for row in rows:
        if row.verdict in (Verdict.UNCHANGED, Verdict.SKIP):
            row.written = True
        elif row.verdict in (Verdict.CREATE, Verdict.UPDATE, Verdict.DELETE):
            by_model[cast(type[m.Base], model_of(row.entity))].append(row)
    for model, found in by_model.items():
        changed = sorted((row for row in found if row.verdict is Verdict.UPDATE), key=lambda row: row.target_id or 0)
        for start in range(0, len(changed), _TOGETHER):
            _change(writing, model, changed[start : start + _TOGETHER])
        for row in found:
            if row.verdict is Verdict.CREATE:
                _create(writing, model, row)
        for row in found:
            if row.verdict is Verdict.DELETE:
                _delete(writing, model, row)


def _change(writing: Writing, model: type[m.Base], rows: Sequence[Row]) -> None:
    records = _locked(writing.session, writing.viewer, model, [row.target_id for row in rows if row.target_id])
    allowed = frozenset(writable(writing.viewer, model))
    ready: list[tuple[Row, Any]] = []
    with writing.session.no_autoflush:
        for row in rows:
            record = records.pop(row.target_id or 0, None)
            if record is None or record.version != row.version:
                writing.postponed.append(row)
                continue
            errors = _prepare(writing, model, record, row, allowed)
            if errors:
                _refuse(writing, row, next(iter(errors.values())))
            else:
                ready.append((row, record))
    if _sent(writing.session):
        for row, _ in ready:
            _note_change(writing, model, row)
        return
    for row, _ in ready:
        _change_alone(writing, model, row)


def _prepare(
    writing: Writing, model: type[m.Base], record: m.Base, row: Row, allowed: frozenset[str]
) -> Mapping[str, str]:
    values = {name: _python(model, name, new) for name, (_, new) in row.changes.items() if name in allowed}
    errors: Mapping[str, str] = out_of_scope(writing.session, writing.viewer, model, values)
    if not errors:
        set_values(writing.session, record, values)
        errors = refused(writing.session, writing.viewer, record)
        if errors:
            writing.session.expire(record)
    return errors


def _change_alone(writing: Writing, model: type[m.Base], row: Row) -> None:
    """One of the records sent together was refused: each goes alone, and the refused one says why."""
    session = writing.session
    record = _locked(session, writing.viewer, model, [row.target_id or 0])[row.target_id or 0]
    try:
        with session.begin_nested():
            with session.no_autoflush:
                _prepare(writing, model, record, row, frozenset(writable(writing.viewer, model)))
            session.flush()
    except IntegrityError as error:
        session.expire_all()
        _refuse(writing, row, refusal(error, model)[1])
        return
    _note_change(writing, model, row)


def _sent(session: Session) -> bool:
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        session.expire_all()
        return False
    return True


def _locked(session: Session, viewer: Viewer, model: type[m.Base], keys: Sequence[int]) -> dict[int, Any]:
    if not may(viewer, "update", model):
        return {}
    query = scoped(select(model).where(model.id.in_(keys)).order_by(model.id), model, viewer)
    query = query.with_for_update(of=model).execution_options(populate_existing=True)
    return {record.id: record for record in session.scalars(query).unique()}


def _python(model: type[m.Base], name: str, value: Any) -> Any:
    return python_value(cast(Any, model.__table__.c[column_of(model, name)]), value)


def _note_change(writing: Writing, model: type[m.Base], row: Row) -> None:
    row.written = True
    writing.updated[model.__tablename__] += 1
    writing.values += len(row.changes)


def _create(writing: Writing, model: type[m.Base], row: Row) -> None:
    values = {name: _python(model, name, value) for name, value in row.changes.items()}
    if identical(writing.session, model, values):
        row.written = True
        return
    saved = create(writing.session, writing.viewer, model, values)
    if saved.record is None:
        writing.session.expunge_all()
        _refuse(writing, row, next(iter(saved.errors.values())))
        return
    row.written, row.target_id = True, saved.record.id
    writing.created[model.__tablename__] += 1


def _delete(writing: Writing, model: type[m.Base], row: Row) -> None:
    saved = remove(writing.session, writing.viewer, model, row.target_id or 0, row.version)
    if saved.done:
        row.written = True
        writing.deleted[model.__tablename__] += 1
        return
    writing.session.expire_all()
    _refuse(writing, row, next(iter(saved.errors.values())))


def _refuse(writing: Writing, row: Row, sentence: str) -> None:
    row.decision = {**row.decision, "refused": sentence}
    row.verdict, row.cause, row.reason, row.changes = Verdict.DECIDE, "refused:", sentence[:300], {}
    writing.refused.append(row)
