"""Lists of records: one description of what is shown, searched, filtered and sorted, bound to the viewer's rights."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    Date,
    Enum,
    Numeric,
    Select,
    String,
    and_,
    case,
    func,
    inspect,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import RelationshipProperty, Session, aliased
from sqlalchemy.types import Integer

from ml_admin import models as m
from ml_admin.choices import AppointmentOutcome, Choice, RoleName
from ml_admin.column_types import UtcDateTime
from ml_admin.fields import Field, fields_of
from ml_admin.permissions import Viewer, may, may_see, scoped, visible_fields
from ml_admin.text import fold

PARIS = ZoneInfo("Europe/Paris")
PAGE_SIZES = (20, 50, 100)
_MAX_PAGE = 1_000_000
EMPTY, FILLED = "vide", "rempli"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition: `values` are codes, keys, ISO days or words according to the kind of the field."""

    field: str
    operator: str  # est, contient, entre, vide, rempli
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListState:
    """What a list shows; rebuilt from the address at each request."""

    sort: str = ""  # "" = the model's own order
    descending: bool = False
    page: int = 1
    size: int = 50
    search: str = ""
    filters: tuple[Filter, ...] = ()
    columns: tuple[str, ...] = ()  # () = the listed ones

    def without(self, filter_: Filter) -> "ListState":
        return replace(self, page=1, filters=tuple(f for f in self.filters if f != filter_))


@dataclass(frozen=True, slots=True)
class Derived:
    """A column that no table holds: computed for the rows of the page."""

    label: str
    kind: str
    expression: Callable[[datetime], ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list as the screen and the export read it."""

    name: str
    label: str
    kind: str  # text, choice, relation, date, instant, bool, number, json
    sortable: bool
    quick: bool = False
    field: Field | None = None


class Row(NamedTuple):
    """One record of a list; `title` is its name."""

    key: int
    version: int
    title: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `rows` are (key, version, name, {column: value}); a relation's value is (key, label)."""

    rows: list["Row"]
    total: int
    state: ListState
    columns: list[Column]

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.state.size))


def _attended(instant: datetime) -> ColumnElement[Any]:
    return (
        select(func.max(m.Appointment.starts_at))
        .where(m.Appointment.young_person_id == m.YoungPerson.id, m.Appointment.outcome == AppointmentOutcome.ATTENDED)
        .scalar_subquery()
    )


def _next_planned(instant: datetime) -> ColumnElement[Any]:
    return (
        select(func.min(m.Appointment.starts_at))
        .where(
            m.Appointment.young_person_id == m.YoungPerson.id,
            m.Appointment.outcome == AppointmentOutcome.PLANNED,
            m.Appointment.starts_at >= instant,
        )
        .scalar_subquery()
    )


def _programme(instant: datetime) -> ColumnElement[Any]:
    today = instant.astimezone(PARIS).date()
    return (
        select(m.Enrolment.programme)
        .where(
            m.Enrolment.young_person_id == m.YoungPerson.id,
            or_(m.Enrolment.ends_on.is_(None), m.Enrolment.ends_on >= today),
        )
        .order_by(m.Enrolment.starts_on.desc(), m.Enrolment.id.desc())
        .limit(1)
        .scalar_subquery()
    )


DERIVED: Mapping[type[m.Base], Mapping[str, Derived]] = {
    m.YoungPerson: {
        "programme": Derived("Programme", "choice", _programme),
        "last_contact": Derived("Dernier contact", "instant", _attended),
        "next_appointment": Derived("Prochain rendez-vous", "instant", _next_planned),
    }
}


def _title(model: type[m.Base]) -> ColumnElement[Any]:
    """What names one row of a list: the record's name, or for things without a name the person or firm they are about."""
    for name in ("young_person", "employer", "partner"):
        if name in inspect(model).relationships and not hasattr(model, "name"):
            target: Any = target_of(model, name)
            label = label_of(target, target)
            return select(label).where(target.id == getattr(model, f"{name}_id")).scalar_subquery()
    if model is m.Interview:
        return (
            select(label_of(m.YoungPerson, m.YoungPerson))
            .join(m.Registration, m.Registration.young_person_id == m.YoungPerson.id)
            .where(m.Registration.id == m.Interview.registration_id)
            .scalar_subquery()
        )
    if model is m.Setting:
        return m.Setting.key.expression
    return label_of(model, model)


def label_of(model: type[m.Base], entity: Any) -> ColumnElement[Any]:
    """The SQL expression of how a record of `model` is named, for `entity` (the model or an alias of it)."""
    shown: ColumnElement[Any]
    if model is m.YoungPerson:
        shown = entity.last_name + " " + entity.first_name
    elif model is m.Counsellor:
        shown = func.substr(entity.first_name, 1, 1) + ". " + entity.last_name
    elif model is m.Account:
        shown = entity.username
    elif model is m.Role:
        shown = case({role.value: role.label for role in RoleName}, value=entity.name, else_="")
    elif model is m.Stand:
        shown = select(m.Employer.name).where(m.Employer.id == entity.employer_id).scalar_subquery()
    elif model is m.Registration:
        person = select(m.YoungPerson.last_name + " " + m.YoungPerson.first_name)
        shown = person.where(m.YoungPerson.id == entity.young_person_id).scalar_subquery()
    else:
        shown = entity.title if model is m.JobOffer else entity.name
    return shown


@cache
def kind_of(model: type[m.Base], name: str) -> str:
    """text, choice, relation, relations, date, instant, bool, number or json; KeyError for an unknown attribute."""
    if name in DERIVED.get(model, {}):
        return DERIVED[model][name].kind
    prop = inspect(model).attrs[name]
    if isinstance(prop, RelationshipProperty):
        return "relations" if prop.uselist else "relation"
    kind = model.__table__.c[name].type
    for name_, types in _KINDS:
        if isinstance(kind, types):
            return name_
    return "text"


_KINDS: tuple[tuple[str, Any], ...] = (
    ("choice", Enum),
    ("instant", UtcDateTime),
    ("date", Date),
    ("bool", Boolean),
    ("number", (Integer, Numeric)),
    ("json", JSON),
    ("text", String),
)


def options_of(model: type[m.Base], name: str) -> type[Choice]:
    """The closed list behind an attribute of kind `choice`."""
    if name == "programme" and model is m.YoungPerson:
        return m.Enrolment.__table__.c.programme.type.enum_class  # type: ignore[attr-defined,no-any-return]
    return model.__table__.c[name].type.enum_class  # type: ignore[attr-defined,no-any-return]


def target_of(model: type[m.Base], name: str) -> type[m.Base]:
    """The model that a relationship points to."""
    return inspect(model).relationships[name].mapper.class_


def columns_for(viewer: Viewer, model: type[m.Base]) -> list[Column]:
    """Every column that the viewer may show, in declared order; derived ones last."""
    columns = [
        _column(model, name, field)
        for name, field in visible_fields(viewer, model).items()
        if field.column and _shown(viewer, model, name)
    ]
    for name, derived in DERIVED.get(model, {}).items():
        if _derived_visible(viewer, model, name):
            columns.append(Column(name, derived.label, derived.kind, sortable=derived.kind != "choice"))
    return columns


def default_columns(viewer: Viewer, model: type[m.Base]) -> list[str]:
    """The names of the columns that a list opens with."""
    derived = DERIVED.get(model, {})
    listed = fields_of(model)
    return [c.name for c in columns_for(viewer, model) if c.name in derived or listed[c.name].listed]


def filters_for(viewer: Viewer, model: type[m.Base]) -> list[Column]:
    """What the viewer may filter on."""
    derived = DERIVED.get(model, {})
    return [
        c
        for c in columns_for(viewer, model)
        if c.name in derived or c.kind == "relation" or (c.field and c.field.filtered)
    ]


def page_of(session: Session, viewer: Viewer, model: type[m.Base], state: ListState, instant: datetime) -> Page:
    """One page of the list: two queries, whatever the number of columns. A page beyond the end shows the last one."""
    total = count_of(session, viewer, model, state, instant)
    state = replace(state, page=min(max(1, state.page), max(1, -(-total // state.size)), _MAX_PAGE))
    shown = {column.name: column for column in columns_for(viewer, model)}
    names = [name for name in state.columns if name in shown] or default_columns(viewer, model)
    columns = [shown[name] for name in names]
    if not total:
        return Page([], 0, state, columns)
    keys = matching(viewer, model, state, instant).order_by(*order_of(model, viewer, state, instant))
    keys = keys.limit(state.size).offset((state.page - 1) * state.size)
    picked = keys.subquery()
    query = row_query(model, columns, instant).join(picked, picked.c.id == model.id)
    query = query.order_by(*order_of(model, viewer, state, instant))
    return Page([read_row(columns, row) for row in session.execute(query)], total, state, columns)


def count_of(session: Session, viewer: Viewer, model: type[m.Base], state: ListState, instant: datetime) -> int:
    """How many records the state selects within the viewer's scope."""
    keys = matching(viewer, model, state, instant).subquery()
    return session.execute(select(func.count()).select_from(keys)).scalar_one()


def matching(viewer: Viewer, model: type[m.Base], state: ListState, instant: datetime) -> Select[Any]:
    """Keys of all the records that the state selects within the viewer's scope, in no order."""
    query = scoped(select(model.id), model, viewer)
    for condition in _conditions(viewer, model, state, instant):
        query = query.where(condition)
    return query


def row_query(model: type[m.Base], columns: Sequence[Column], instant: datetime) -> Select[Any]:
    """A select of key, version, name and the columns; relations give key and label by one outer join each."""
    selected: list[Any] = [model.id, model.__table__.c.version, _title(model)]
    joins = []
    for column in columns:
        if column.kind == "relation":
            target = aliased(target_of(model, column.name))
            joins.append((target, getattr(model, column.name).of_type(target)))
            selected += [target.id, label_of(target_of(model, column.name), target)]
        elif column.name in DERIVED.get(model, {}):
            selected.append(DERIVED[model][column.name].expression(instant))
        else:
            selected.append(getattr(model, column.name))
    query = select(*selected).select_from(model)
    for target, relation in joins:
        query = query.outerjoin(target, relation.expression if hasattr(relation, "expression") else relation)
    return query


def read_row(columns: Sequence[Column], row: Sequence[Any]) -> Row:
    """One result of `row_query`."""
    values: dict[str, Any] = {}
    position = 3
    for column in columns:
        if column.kind == "relation":
            values[column.name] = None if row[position] is None else (row[position], row[position + 1])
            position += 2
        else:
            values[column.name] = row[position]
            position += 1
    return Row(row[0], row[1], str(row[2] or ""), values)


def order_of(model: type[m.Base], viewer: Viewer, state: ListState, instant: datetime) -> list[ColumnElement[Any]]:
    """The ORDER BY: what was asked if the viewer may see it, else the model's own; the key always last."""
    name, down = state.sort, state.descending
    sortable = {column.name for column in columns_for(viewer, model) if column.sortable}
    expression = _sort_expression(model, name, instant) if name in sortable else None
    if expression is None:
        expression, down = _own_order(model)
    table_key: Any = model.id
    ordered = expression.desc() if down else expression.asc()
    if not _never_null(model, name):
        ordered = ordered.nulls_last()
    return [ordered, table_key.desc() if down else table_key.asc()]


def choices_of(
    session: Session, viewer: Viewer, model: type[m.Base], words: str, limit: int = 20, key: int | None = None
) -> list[tuple[int, str]]:
    """(key, label) of records of `model` in the viewer's scope whose name matches; `key` asks for that one."""
    query = scoped(select(model.id, _choice_label(model).label("label")), model, viewer)
    query = query.where(model.id == key) if key is not None else query.where(_search(viewer, model, words))
    order = getattr(model, "search_key", None)
    query = query.order_by(order if order is not None else model.id, model.id).limit(min(limit, 50))
    return [(found, label) for found, label in session.execute(query)]


def _choice_label(model: type[m.Base]) -> ColumnElement[Any]:
    # an appointment or an interview has no name of its own: its picker says whom it is about
    return label_of(model, model) if hasattr(model, "name") or model in _NAMED_APART else _title(model)


_NAMED_APART = (m.YoungPerson, m.Counsellor, m.Account, m.Stand, m.Registration, m.JobOffer)  # see label_of


def _column(model: type[m.Base], name: str, field: Field) -> Column:
    kind = kind_of(model, name)
    sortable = field.sorted and kind not in ("json", "relations") and not field.free_text
    return Column(name, field.label, kind, sortable, field.quick, field)


def _shown(viewer: Viewer, model: type[m.Base], name: str) -> bool:
    kind = kind_of(model, name)
    return kind != "relations" and (kind != "relation" or may(viewer, "read", target_of(model, name)))


def _derived_visible(viewer: Viewer, model: type[m.Base], name: str) -> bool:
    # dates of appointments and programmes are read by whoever may read these entities
    entity, field = (m.Enrolment, "programme") if name == "programme" else (m.Appointment, "starts_at")
    return may_see(viewer, entity, field)


def _own_order(model: type[m.Base]) -> tuple[ColumnElement[Any], bool]:
    for name, down in (("starts_at", True), ("happened_on", True), ("due_date", False), ("held_on", True)):
        if name in model.__table__.c:
            return getattr(model, name), down
    key = getattr(model, "search_key", None)
    return (key, False) if key is not None else (model.__table__.c.id, True)


def _never_null(model: type[m.Base], name: str) -> bool:
    column = model.__table__.c.get(name)
    if name in ("", "last_name", "name"):
        return _own_order(model)[0].key in ("search_key", "starts_at", "id", "happened_on")
    return column is not None and not column.nullable


def _sort_expression(model: type[m.Base], name: str, instant: datetime) -> ColumnElement[Any] | None:
    if name in DERIVED.get(model, {}):
        return DERIVED[model][name].expression(instant)
    kind = kind_of(model, name)
    if kind == "relation":
        target = target_of(model, name)
        own_key = getattr(model, f"{name}_id")
        entity = aliased(target)
        label = getattr(entity, "search_key", None)
        shown = label_of(target, entity) if label is None else label
        return select(shown).where(entity.id == own_key).scalar_subquery()
    if name in ("last_name", "name", "title", "username") and hasattr(model, "search_key"):
        return model.search_key  # type: ignore[no-any-return]  # blind to accents and capitals
    return getattr(model, name)  # type: ignore[no-any-return]


def _conditions(viewer: Viewer, model: type[m.Base], state: ListState, instant: datetime) -> list[ColumnElement[bool]]:
    allowed = {column.name: column for column in filters_for(viewer, model)}
    conditions = []
    if state.search:
        conditions.append(_search(viewer, model, state.search))
    for filter_ in state.filters:
        if filter_.field in allowed:  # a field the viewer may not see does not filter
            conditions.append(_condition(model, allowed[filter_.field].kind, filter_, instant))
    return conditions


def _condition(model: type[m.Base], kind: str, filter_: Filter, instant: datetime) -> ColumnElement[bool]:
    expression: Any
    if filter_.field in DERIVED.get(model, {}):
        expression = DERIVED[model][filter_.field].expression(instant)
    elif kind == "relation":
        expression = getattr(model, f"{filter_.field}_id")
    else:
        expression = getattr(model, filter_.field)
    if filter_.operator == EMPTY:
        return expression.is_(None)  # type: ignore[no-any-return]
    if filter_.operator == FILLED:
        return expression.is_not(None)  # type: ignore[no-any-return]
    return _CONDITIONS[kind](expression, filter_.values)


def _any_code(expression: Any, values: Sequence[str]) -> ColumnElement[bool]:
    known = [value for value in values if value in {member.value for member in expression.type.enum_class}]
    return expression.in_(known)  # type: ignore[no-any-return]


def _any_key(expression: Any, values: Sequence[str]) -> ColumnElement[bool]:
    return expression.in_([int(v) for v in values if v.isdecimal() and len(v) < 16])  # type: ignore[no-any-return]


def _truth(expression: Any, values: Sequence[str]) -> ColumnElement[bool]:
    return expression.is_(list(values[:1]) == ["oui"])  # type: ignore[no-any-return]


def _words(expression: Any, values: Sequence[str]) -> ColumnElement[bool]:
    folded = func.ml_fold(func.coalesce(expression, ""))
    return and_(true(), *(folded.like(_infix(word)) for word in fold(values[0] if values else "").split()))


def _between_days(expression: Any, values: Sequence[str]) -> ColumnElement[bool]:
    first, last = _days(values)
    bounds = [expression >= first] if first else []
    bounds += [expression <= last] if last else []
    return and_(true(), *bounds)


def _between_instants(expression: Any, values: Sequence[str]) -> ColumnElement[bool]:
    first, last = _days(values)
    bounds = [expression >= start_of(first)] if first and first > date.min else []  # it begins in year 0 in UTC
    bounds += [expression < start_of(last + timedelta(days=1))] if last and last < date.max else []
    return and_(true(), *bounds)


def _between_numbers(expression: Any, values: Sequence[str]) -> ColumnElement[bool]:
    numbers = [_whole(value) for value in (*values, "", "")][:2]
    bounds = [expression >= numbers[0]] if numbers[0] is not None else []
    bounds += [expression <= numbers[1]] if numbers[1] is not None else []
    return and_(true(), *bounds)


_CONDITIONS: Mapping[str, Callable[[Any, Sequence[str]], ColumnElement[bool]]] = {
    "choice": _any_code,
    "relation": _any_key,
    "bool": _truth,
    "text": _words,
    "json": _words,
    "date": _between_days,
    "instant": _between_instants,
    "number": _between_numbers,
}


def start_of(day: date) -> datetime:
    """The instant at which a day begins in France, in UTC."""
    return datetime.combine(day, time.min, PARIS).astimezone(UTC)


def _days(values: Sequence[str]) -> tuple[date | None, date | None]:
    first, last = [_day(value) for value in (*values, "", "")][:2]
    return first, last


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _whole(value: str) -> int | None:
    return int(value) if re.fullmatch(r"-?[0-9]{1,9}", value) else None


def comparable(model: type[m.Base], column: Column, value: str) -> bool:
    """Whether a filter on this column can mean something by this value; words are kept out of the other columns."""
    if column.kind == "choice":
        return value in {code for code, _ in options_of(model, column.name).options()}
    readers: Mapping[str, Callable[[str], Any]] = {
        "relation": _whole,
        "number": _whole,
        "date": _day,
        "instant": _day,
        "bool": {"oui": True, "non": True}.get,
    }
    return column.kind not in readers or readers[column.kind](value) is not None


def _search(viewer: Viewer, model: type[m.Base], words: str) -> ColumnElement[bool]:
    """Every word somewhere in the keys that the viewer may search."""
    keys = _search_keys(viewer, model, with_contacts=any(sign.isdigit() or sign == "@" for sign in words))
    found = [or_(*(key(word) for key in keys)) for word in _search_words(words)] if keys else []
    # signs alone (« _ », « % ») name nobody; no words at all is the whole list, for a picker that opens
    return and_(*found) if found else literal(not words.strip())


def _search_words(words: str) -> list[str]:
    folded = fold(words)
    digits = folded.replace(" ", "")
    if digits.isdecimal() and len(digits) >= 4:
        # a telephone number is kept as 336…: typed with its zero, spaced or not
        return [digits[1:] if digits.startswith("0") else digits]
    return folded.split()


def _search_keys(
    viewer: Viewer, model: type[m.Base], with_contacts: bool
) -> list[Callable[[str], ColumnElement[bool]]]:
    keys: list[Callable[[str], ColumnElement[bool]]] = []
    for name in ("search_key", "contact_key"):
        column = getattr(model, name, None)
        # a word of letters alone is no telephone and no address: the narrow index of names then answers by itself
        if column is not None and (name == "search_key" or (with_contacts and may_see(viewer, model, "phone"))):
            keys.append(lambda word, column=column: column.like(_infix(word)))  # type: ignore[misc]
    for name in ("young_person", "employer", "partner"):
        relation = inspect(model).relationships.get(name)
        if relation is not None and may_see(viewer, model, name) and may(viewer, "read", target_of(model, name)):
            keys.append(_through(model, name))
    return keys


def _through(model: type[m.Base], name: str) -> Callable[[str], ColumnElement[bool]]:
    target: Any = target_of(model, name)
    own_key = getattr(model, f"{name}_id")
    return lambda word: own_key.in_(select(target.id).where(target.search_key.like(_infix(word))))


def _infix(word: str) -> str:
    return f"%{word}%"  # folded words are letters and digits: nothing to escape
