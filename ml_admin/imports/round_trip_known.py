"""What the database knows of the records of a workbook: as they are, as they were when it was made, their old names."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from ml_admin import models as m
from ml_admin.editing import column_of
from ml_admin.journal import python_value
from ml_admin.listing import kind_of, target_of
from ml_admin.permissions import Viewer, scoped
from ml_admin.sheet_values import reader_of, shown_name
from ml_admin.text import fold

_CHUNK: Final = 2_000  # identifiers in one IN


@dataclass(slots=True)
class Known:
    """A record: attribute -> value, a relation by its key; `names`: how a sheet calls what each relation points to."""

    version: int
    made: datetime
    values: dict[str, Any]
    names: dict[str, str | None] = field(default_factory=dict)
    erased: bool = False  # something of its story was taken out: what it held cannot be told


def known(
    session: Session, viewer: Viewer, model: type[m.Base], attributes: Sequence[str], keys: Iterable[int]
) -> dict[int, Known]:
    """The present values of these records, of those that the viewer reaches."""
    query, relations = _query(model, attributes)
    found = {}
    for line in _chunked(session, scoped(query, model, viewer), model, keys):
        key, version, made, *rest = line
        values = dict(zip(attributes, rest, strict=False))
        names = dict(zip(relations, rest[len(attributes) :], strict=True))
        found[key] = Known(version, made, values, names)
    return found


def _query(model: type[m.Base], attributes: Sequence[str]) -> tuple[Select[Any], list[str]]:
    table = model.__table__
    relations = [name for name in attributes if kind_of(model, name) == "relation"]
    selected: list[Any] = [model.id, table.c.version, table.c.created_at]
    selected += [getattr(model, column_of(model, name)) for name in attributes]
    query: Select[Any] = select(*selected)
    for name in relations:
        target = aliased(target_of(model, name))
        query = query.add_columns(shown_name(target_of(model, name), target))
        query = query.outerjoin(target, target.id == getattr(model, column_of(model, name)))
    return query, relations


def _chunked(session: Session, query: Select[Any], model: type[m.Base], keys: Iterable[int]) -> Iterator[Any]:
    wanted = sorted(set(keys))
    for start in range(0, len(wanted), _CHUNK):
        yield from session.execute(query.where(model.id.in_(wanted[start : start + _CHUNK])))


def sheet_value(model: type[m.Base], name: str, record: Known) -> Any:
    """What an export writes for an attribute of a record."""
    kind = kind_of(model, name)
    return record.names[name] if kind == "relation" else reader_of(name, kind)(record.values[name])


# --- As they were ----------------------------------------------------------------------------------------------------


def as_exported(
    session: Session, model: type[m.Base], present: Mapping[int, Known], versions: Mapping[int, int]
) -> dict[int, Known]:
    """The same records as they were at these versions, rebuilt from the journal; those that did not change are given
    as they are."""
    older = {key: version for key, version in versions.items() if key in present and present[key].version > version}
    found = {key: present[key] for key in versions if key in present}
    for key, record in ((key, present[key]) for key in older):
        found[key] = Known(versions[key], record.made, dict(record.values), dict(record.names))
    for key, before in _lines(session, model, older):
        if before.get("version", 0) >= older[key]:
            _go_back(model, found[key], before)
    _name_again(session, model, {key: found[key] for key in older}, present)
    return found


def _lines(session: Session, model: type[m.Base], keys: Collection[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(record, what it held before) for each change, newest first."""
    j = m.Journal
    wanted = sorted(keys)
    for start in range(0, len(wanted), _CHUNK):
        query = select(j.record_id, j.before).where(
            j.table_name == model.__tablename__,
            j.record_id.in_(wanted[start : start + _CHUNK]),
            j.operation == "update",
        )
        for key, before in session.execute(query.order_by(j.id.desc())):
            yield key, before or {}


def _go_back(model: type[m.Base], record: Known, before: Mapping[str, Any]) -> None:
    if not before.keys() - {"version"}:
        record.erased = True
    for name in record.values:
        column = column_of(model, name)
        if column in before:
            record.values[name] = python_value(cast(Any, model.__table__.c[column]), before[column])


def _name_again(session: Session, model: type[m.Base], then: Mapping[int, Known], present: Mapping[int, Known]) -> None:
    """The names of what relations pointed to, where they point elsewhere since."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for key, record in then.items():
        for name in record.names:
            if record.values[name] != present[key].values[name]:
                record.names[name] = None
                if record.values[name] is not None:
                    wanted[name].add(record.values[name])
    for name, keys in wanted.items():
        target = target_of(model, name)
        names = dict(
            tuple(line) for line in _chunked(session, select(target.id, shown_name(target, target)), target, keys)
        )
        for key, record in then.items():
            if record.values[name] != present[key].values[name]:
                record.names[name] = names.get(record.values[name])


# --- Names -----------------------------------------------------------------------------------------------------------


def records_called(
    session: Session, viewer: Viewer, model: type[m.Base], names: Collection[str]
) -> dict[str, list[int]]:
    """Name as a cell writes it -> keys of the records of `model`, within the viewer's scope, that a sheet calls so.

    Accents, capitals and signs do not count, unless one record alone is written exactly so.
    """
    wanted = {fold(name): name for name in names}
    shown = shown_name(model, model)
    query = scoped(select(model.id, shown).where(func.ml_fold(shown).in_(wanted)), model, viewer)
    called: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for key, name in session.execute(query.order_by(model.id)):
        called[fold(name)].append((key, name))
    found = {}
    for name in names:
        alike = called[fold(name)]
        exact = [key for key, written in alike if written == name]
        found[name] = exact if len(exact) == 1 else [key for key, _ in alike]
    return found


_NAMED: Final[Mapping[type[m.Base], tuple[str, ...]]] = {
    m.YoungPerson: ("last_name", "first_name"),
    m.Counsellor: ("last_name", "first_name"),
    m.JobOffer: ("title",),
}
_THROUGH: Final[Mapping[type[m.Base], tuple[type[m.Base], str]]] = {
    m.Stand: (m.Employer, "employer_id"),
    m.Registration: (m.YoungPerson, "young_person_id"),
}


def former_names(session: Session, model: type[m.Base], key: int) -> set[str]:
    """How sheets have called a record: its name, and those it had before it was renamed."""
    if model in _THROUGH:
        owner, column = _THROUGH[model]
        other = session.scalar(select(model.__table__.c[column]).where(model.id == key))
        return former_names(session, owner, other) if other else set()
    columns = _NAMED.get(model, ("name",))
    held = session.execute(select(*(model.__table__.c[name] for name in columns)).where(model.id == key)).one_or_none()
    if held is None:
        return set()
    parts = dict(zip(columns, held, strict=True))
    names = {" ".join(parts.values())}
    for _, before in _lines(session, model, [key]):
        parts |= {name: before[name] for name in columns if name in before}
        names.add(" ".join(parts.values()))
    return names
