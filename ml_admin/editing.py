"""Saving one record that others may be changing: three-way merge field by field, and the refusals of the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import RelationshipProperty, Session

from ml_admin import models as m
from ml_admin.fields import fields_of
from ml_admin.journal import Collision, merge3, values_at
from ml_admin.permissions import Viewer, may, may_see, scoped
from ml_admin.record_rules import refused
from ml_admin.refusals import refusal

_SIDES = ("mine", "theirs", "base")


@dataclass(frozen=True, slots=True)
class Saved:
    """How a save ended; `record` is None when nothing was written."""

    record: m.Base | None = None
    collisions: Mapping[str, Collision] = field(default_factory=dict)  # attribute -> what both sides want
    theirs: str = ""  # who changed it meanwhile
    merged: int = 0  # changes of others that were kept beside mine
    errors: Mapping[str, str] = field(default_factory=dict)  # attribute or "" -> French sentence

    @property
    def done(self) -> bool:
        return self.record is not None


GONE = Saved(
    errors={
        "": "Cette fiche n’existe plus, ou n’est pas ouverte à votre rôle. Votre saisie est encore là : copiez ce qui doit l’être."
    }
)


def find(session: Session, viewer: Viewer, model: type[m.Base], key: int, *, lock: bool = False) -> Any | None:
    """The record of this key within the viewer's scope, or None; `lock` holds the row until the end of the transaction."""
    if not 0 < key < 2**63:
        return None
    query = scoped(select(model).where(model.id == key), model, viewer)
    if lock:
        # the page may have read the record before the lock was granted: what another wrote meanwhile must be seen
        query = query.with_for_update(of=model).execution_options(populate_existing=True)
    return session.scalars(query).unique().one_or_none()


def writable(viewer: Viewer, model: type[m.Base], action: str = "update") -> list[str]:
    """The attributes that a form may offer to the viewer."""
    if not may(viewer, action, model):
        return []
    return [
        name
        for name, described in fields_of(model).items()
        if described.form and may_see(viewer, model, name) and not _is_list(model, name)
    ]


def create(session: Session, viewer: Viewer, model: type[m.Base], values: Mapping[str, Any]) -> Saved:
    """Write a new record from attribute -> clean value (relations: the key or None)."""
    allowed = set(writable(viewer, model, "create"))
    given = {name: value for name, value in values.items() if name in allowed}
    if errors := out_of_scope(session, viewer, model, given):
        return Saved(errors=errors)
    record = model()
    set_values(session, record, given)
    complete(record, viewer)
    if errors := dict(refused(session, viewer, record)):
        return Saved(errors=errors)
    session.add(record)  # last: a question asked of the session would write it, outside of what _flushed answers for
    return _flushed(session, model, Saved(record))


def save(
    session: Session,
    viewer: Viewer,
    model: type[m.Base],
    key: int,
    version: int,
    values: Mapping[str, Any],
    resolved: Mapping[str, str] | None = None,
) -> Saved:
    """Write `values` into the record that the viewer saw as `version`.

    Fields that only one side changed merge; a field that both changed differently comes back as a collision and
    nothing is written, unless `resolved` says which side to keep ("mine", "theirs", "base").
    """
    record = find(session, viewer, model, key, lock=True) if may(viewer, "update", model) else None
    if record is None:
        return GONE
    mine = {name: value for name, value in values.items() if name in writable(viewer, model)}
    present = present_values(record, mine)
    base = base_values(session, record, version, present)
    merge = merge3(base, mine, present)
    merged = sum(present[name] != base[name] for name in mine if name not in merge.collisions)
    answers = {name: side for name, side in (resolved or {}).items() if side in _SIDES and name in merge.collisions}
    if merge.collisions.keys() - answers.keys():
        open_ = {name: both for name, both in merge.collisions.items() if name not in answers}
        return Saved(collisions=open_, theirs=last_writer(session, record), merged=merged)
    chosen = merge.values | {name: getattr(merge.collisions[name], side) for name, side in answers.items()}
    if errors := out_of_scope(session, viewer, model, chosen):
        return Saved(errors=errors)
    set_values(session, record, chosen)
    if errors := dict(refused(session, viewer, record)):
        session.expire(record)  # not refresh: that would flush the change first
        return Saved(errors=errors)
    return _flushed(session, model, Saved(record, merged=merged))


def remove(session: Session, viewer: Viewer, model: type[m.Base], key: int, version: int | None) -> Saved:
    """Delete a record; refused when it changed since `version` (None: whatever it is) or when others lean on it."""
    record = find(session, viewer, model, key, lock=True) if may(viewer, "delete", model) else None
    if record is None:
        return GONE
    if version is not None and record.version != version:
        who = last_writer(session, record)
        return Saved(errors={"": f"{who} a changé cette fiche entre-temps. Relisez-la avant de la supprimer."})
    session.delete(record)
    return _flushed(session, model, Saved(record))


def present_values(record: m.Base, names: Mapping[str, Any]) -> dict[str, Any]:
    """attribute -> value, a relation by its key."""
    return {name: getattr(record, column_of(type(record), name)) for name in names}


def column_of(model: type[m.Base], name: str) -> str:
    """The column behind an attribute: a relation's foreign key, else itself."""
    return f"{name}_id" if isinstance(inspect(model).attrs[name], RelationshipProperty) else name


def set_values(session: Session, record: m.Base, values: Mapping[str, Any]) -> None:
    """Give clean values to a record, relations by their key."""
    for name, value in values.items():
        column = column_of(type(record), name)
        if getattr(record, column) != value:
            setattr(record, column, value)


def complete(record: m.Base, viewer: Viewer) -> None:
    """What a new record takes from its author when the form says nothing."""
    if isinstance(record, m.YoungPerson) and record.site_id is None:
        record.site_id = viewer.site_id
    if isinstance(record, m.Appointment) and record.site_id is None:
        record.site_id = viewer.site_id


def out_of_scope(session: Session, viewer: Viewer, model: type[m.Base], values: Mapping[str, Any]) -> dict[str, str]:
    """Relations that point to a record which the viewer may not reach: the form's picker is no proof."""
    errors = {}
    for name, value in values.items():
        prop = inspect(model).attrs[name]
        if value is None or not isinstance(prop, RelationshipProperty):
            continue
        if find(session, viewer, prop.mapper.class_, value) is None:
            errors[name] = "Cette fiche n’existe plus, ou n’est pas ouverte à votre rôle. Choisissez-en une autre."
    return errors


def base_values(session: Session, record: m.Base, version: int, present: Mapping[str, Any]) -> dict[str, Any]:
    """What the attributes of `present` held at `version`."""
    if record.version == version:  # type: ignore[attr-defined]
        return dict(present)
    changed = values_at(session, record, version)
    return {name: changed.get(column_of(type(record), name), value) for name, value in present.items()}


def last_writer(session: Session, record: m.Base) -> str:
    """Who changed the record last, as the journal names them."""
    query = select(m.Journal.actor).where(
        m.Journal.table_name == record.__tablename__, m.Journal.record_id == record.id
    )
    return session.scalar(query.order_by(m.Journal.id.desc()).limit(1)) or "Quelqu’un"


def _flushed(session: Session, model: type[m.Base], saved: Saved) -> Saved:
    """Send the change to the database now; its refusal becomes a sentence and nothing stays half done."""
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as error:
        name, sentence = refusal(error, model)
        return Saved(errors={name or "": sentence})
    return saved


def _is_list(model: type[m.Base], name: str) -> bool:
    prop = inspect(model).attrs[name]
    return isinstance(prop, RelationshipProperty) and bool(prop.uselist)
