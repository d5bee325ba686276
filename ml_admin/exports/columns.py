"""What an export holds: which columns the viewer may take away, and the rows that fill them, streamed."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, aliased

from ml_admin import models as m
from ml_admin.listing import DERIVED, Column, options_of, target_of
from ml_admin.listing import columns_for as shown_columns
from ml_admin.permissions import SENSITIVE, Viewer, may
from ml_admin.sheet_values import YES_NO, key_text, reader_of, shown_name

_AT_A_TIME = 1000  # rows fetched at once: memory stays flat whatever the length of the list


class Record(NamedTuple):
    """One line of an export; key (`sheet_values.key_text`) and version are None where the line is no record."""

    key: str | None
    version: int | None
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column: `kind` is text, choice, bool, relation, json, date, instant or number; `options` a drop-down."""

    name: str
    heading: str
    kind: str = "text"
    options: tuple[str, ...] = ()
    help: str = ""  # shown by a template when the cell is chosen


@dataclass(slots=True)
class ExportSheet:
    """One table to write. `table` names the records, so that the workbook can come back; "" for figures.

    `notes` are the lines of « Lisez-moi »: (subject, sentence).
    """

    title: str
    columns: Sequence[ExportColumn]
    rows: Iterable[Record]
    table: str = ""
    notes: Sequence[tuple[str, str]] = field(default_factory=tuple)


def columns_for(
    session: Session,
    viewer: Viewer,
    model: type[m.Base],
    chosen: Sequence[str] | None = None,
    opted_in: Collection[str] = (),
) -> list[ExportColumn]:
    """The columns of an export, in the order chosen (None: all). None for who may not export.

    Free text and sensitive columns come only when `opted_in` names them (domain.md, section 4).
    """
    allowed = {column.name: column for column in _exported(viewer, model)}
    names = [name for name in (chosen if chosen is not None else allowed) if name in allowed]
    names = [name for name in names if not _guarded(allowed[name])]
    names += [name for name in allowed if name in opted_in and _guarded(allowed[name])]
    return [_column(session, model, allowed[name]) for name in names]


def guarded_columns(viewer: Viewer, model: type[m.Base]) -> list[tuple[str, str]]:
    """(name, label) of the columns that leave only when asked for by name: to offer as boxes, unticked."""
    return [(column.name, column.label) for column in _exported(viewer, model) if _guarded(column)]


def rows_for(
    session: Session,
    model: type[m.Base],
    keys: Select[Any],
    columns: Sequence[ExportColumn],
    instant: datetime,
    order: Sequence[ColumnElement[Any]] = (),
) -> Iterator[Record]:
    """The records that `keys` (a select of ids, bound to the viewer's scope) names: one query, streamed.

    `instant` is the present for derived columns. Values are those of the sheet: text, numbers, dates, local times.
    """
    picked = keys.subquery()
    query = _row_query(model, columns, instant).join(picked, picked.c.id == model.id).order_by(*order, model.id)
    readers = [reader_of(column.name, column.kind) for column in columns]
    table = model.__tablename__
    for key, version, made, *values in session.execute(query.execution_options(yield_per=_AT_A_TIME)):
        cells = [read(value) for read, value in zip(readers, values, strict=True)]
        yield Record(key_text(table, key, version, made), version, cells)


def _exported(viewer: Viewer, model: type[m.Base]) -> list[Column]:
    if not may(viewer, "export", model):
        return []
    return [column for column in shown_columns(viewer, model) if column.field is None or column.field.exported]


def _guarded(column: Column) -> bool:
    return column.field is not None and (column.field.free_text or column.field.section in SENSITIVE)


def _column(session: Session, model: type[m.Base], column: Column) -> ExportColumn:
    options: tuple[str, ...] = ()
    if column.kind == "bool":
        options = YES_NO
    elif column.kind == "choice":
        options = tuple(label for _, label in options_of(model, column.name).options())
    elif column.kind == "relation" and target_of(model, column.name) in (m.Counsellor, m.Site):
        options = names_of(session, target_of(model, column.name))
    return ExportColumn(column.name, column.label, column.kind, options)


def names_of(session: Session, model: type[m.Base]) -> tuple[str, ...]:
    """How the sheets name every record of a short table: sites, counsellors."""
    shown = shown_name(model, model)
    return tuple(session.scalars(select(shown).order_by(shown)))


def _row_query(model: type[m.Base], columns: Sequence[ExportColumn], instant: datetime) -> Select[Any]:
    selected: list[Any] = [model.id, model.__table__.c.version, model.__table__.c.created_at]
    joins = []
    for column in columns:
        if column.kind == "relation":
            target = aliased(target_of(model, column.name))
            joins.append((target, getattr(model, column.name).of_type(target)))
            selected.append(shown_name(target_of(model, column.name), target))
        elif column.name in DERIVED.get(model, {}):
            selected.append(DERIVED[model][column.name].expression(instant))
        else:
            selected.append(getattr(model, column.name))
    query = select(*selected).select_from(model)
    for target, relation in joins:
        query = query.outerjoin(target, relation.expression if hasattr(relation, "expression") else relation)
    return query


def is_text(column: ExportColumn) -> bool:
    """Whether its cells are words even when they look like numbers: telephones, post codes, SIRET."""
    return column.kind not in ("date", "instant", "number")
