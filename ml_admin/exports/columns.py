"""What an export holds: which columns the viewer may take away, and the rows that fill them, streamed."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, aliased

from ml_admin import models as m
from ml_admin.cleaners import display
from ml_admin.listing import DERIVED, Column, label_of, options_of, target_of
from ml_admin.listing import columns_for as shown_columns
from ml_admin.permissions import SENSITIVE, Viewer, may

PARIS = ZoneInfo("Europe/Paris")
YES_NO = ("oui", "non")
_AT_A_TIME = 1000  # rows fetched at once: memory stays flat whatever the length of the list


class Record(NamedTuple):
    """One line of an export; key and version are None where the line is no record."""

    key: int | None
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
    readers = [reader_of(column) for column in columns]
    for key, version, *values in session.execute(query.execution_options(yield_per=_AT_A_TIME)):
        yield Record(key, version, [read(value) for read, value in zip(readers, values, strict=True)])


def reader_of(column: ExportColumn) -> Callable[[Any], Any]:
    """From a value of the database to one of a sheet; None stays None."""
    if "phone" in column.name:
        return lambda value: value and display("phone", value)
    return _READERS.get(column.kind, _text)


def _text(value: Any) -> Any:
    # a telephone is known by its writing, whatever the attribute is called
    return display("phone", value) if type(value) is str and value[:3] == "+33" else value


def _local(value: datetime | None) -> datetime | None:
    return value and value.astimezone(PARIS).replace(tzinfo=None, microsecond=0)


def _number(value: int | Decimal | None) -> int | float | None:
    return float(value) if isinstance(value, Decimal) else value


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "choice": lambda value: value and value.label,
    "bool": lambda value: None if value is None else YES_NO[not value],
    "instant": _local,
    "number": _number,
    "json": lambda value: ", ".join(map(str, value)) if value else None,
}


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
    shown = _shown_name(model, model)
    return tuple(session.scalars(select(shown).order_by(shown)))


def _shown_name(model: type[m.Base], entity: Any) -> ColumnElement[Any]:
    # a sheet that comes back must tell Sophie DURAND from Samir DURAND, which « S. DURAND » does not
    return entity.last_name + " " + entity.first_name if model is m.Counsellor else label_of(model, entity)


def _row_query(model: type[m.Base], columns: Sequence[ExportColumn], instant: datetime) -> Select[Any]:
    selected: list[Any] = [model.id, model.__table__.c.version]
    joins = []
    for column in columns:
        if column.kind == "relation":
            target = aliased(target_of(model, column.name))
            joins.append((target, getattr(model, column.name).of_type(target)))
            selected.append(_shown_name(target_of(model, column.name), target))
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


def shown(value: Any) -> str:
    """A value of a sheet as words, where there are no typed cells: 12/03/2004, 12/03/2004 14:30, 7,5."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(value).replace(".", ",") if isinstance(value, float) else str(value)
