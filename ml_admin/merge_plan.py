"""What leans on a record that goes: which rows follow to the one that stays, which of them say the same thing twice.

Read from the metadata: a new foreign key follows by itself. Reads only; the preview and the merge use the same plan.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Index, Table, UniqueConstraint, and_, select, true
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.fields import fields_of
from ml_admin.merge_values import OTHER, Row, absorbed, blank, is_free_text, joined_extra, own_columns, words
from ml_admin.text import fold

# what makes two attached rows one and the same thing, when nothing else in them contradicts it
_SAME: Mapping[type[m.Base], tuple[str, ...]] = {
    m.Enrolment: ("programme", "starts_on"),
    m.Situation: ("kind", "starts_on"),
    m.Appointment: ("starts_at", "counsellor_id"),
    m.ActionItem: ("label", "due_date"),
    m.PartnerContact: ("name",),
    m.EmployerContact: ("name",),
    m.EmployerInteraction: ("happened_on", "kind", "counsellor_id"),
    m.JobOffer: ("title", "received_on"),
}


@dataclass(slots=True)
class Move:
    """Rows of one table that get another parent; `apart`: those that must also say that they overlap another."""

    table: Table
    column: str
    parent: int
    keys: list[int]
    apart: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Join:
    """Two attached rows that become one: `gone` is deleted, `changes` are written on `kept`."""

    table: Table
    kept: int
    gone: int
    changes: dict[str, Any]


@dataclass(slots=True)
class Plan:
    """The steps in the order to do them, and what no column of the joined rows could hold."""

    lock: bool = False
    steps: list[Move | Join] = field(default_factory=list)
    aside: dict[str, str] = field(default_factory=dict)
    disputed: dict[str, int] = field(default_factory=dict)  # table -> rows alike, both kept

    def moved(self, table: str) -> int:
        return sum(len(step.keys) for step in self.steps if isinstance(step, Move) and step.table.name == table)

    def joins(self, table: str) -> int:
        return sum(isinstance(step, Join) and step.table.name == table for step in self.steps)

    def apart(self, table: str) -> int:
        return sum(len(step.apart) for step in self.steps if isinstance(step, Move) and step.table.name == table)


def pointing_to(table: Table) -> Iterator[tuple[Table, str]]:
    """(table, column) of every foreign key to the key of this one."""
    for child in m.Base.metadata.sorted_tables:
        for key in child.foreign_keys:
            if key.column.table is table:
                yield child, key.parent.name


def plan_of(session: Session, table: Table, kept: int, gone: int, *, lock: bool = False) -> Plan:
    """How everything that leans on `gone` comes to lean on `kept`.

    `lock` holds the rows read: what somebody attaches meanwhile to one that goes must not go with it.
    """
    plan = Plan(lock)
    _follow(session, plan, table, kept, gone)
    return plan


def _follow(session: Session, plan: Plan, table: Table, kept: int, gone: int) -> None:
    for child, column in pointing_to(table):
        leaving = _rows(session, child, column, gone, plan.lock)
        if not leaving:
            continue
        staying = _rows(session, child, column, kept, plan.lock)
        doubles = _doubles(plan, child, column, staying, leaving)
        for row, other in doubles:
            _join(session, plan, child, column, other, row)
        lost = {row["id"] for row, _ in doubles}
        moving = [row for row in leaving if row["id"] not in lost]
        if moving:
            apart = _overlapping(session, child, column, staying, moving)
            plan.steps.append(Move(child, column, kept, [row["id"] for row in moving], apart))


def _rows(session: Session, table: Table, column: str, key: int, lock: bool) -> list[Row]:
    query = select(table).where(table.c[column] == key).order_by(table.c.id)
    return [row._asdict() for row in session.execute(query.with_for_update() if lock else query)]


def _join(session: Session, plan: Plan, table: Table, passed: str, kept: Row, gone: Row) -> None:
    changes, left = absorbed(model_of(table), table, kept, gone, passed)
    if "extra" in table.c:
        extra = joined_extra(
            kept["extra"], gone["extra"], {f"{label}, {OTHER}": value for label, value in left.items()}
        )
        changes |= {"extra": extra} if extra != kept["extra"] else {}
    elif left and not _told_in_text(table, kept, changes, left):
        name = _name_of(table, kept)
        told = {f"{name}, {label.lower()}, {OTHER}": value for label, value in left.items()}
        plan.aside = joined_extra(plan.aside, told)
    _follow(session, plan, table, kept["id"], gone["id"])
    plan.steps.append(Join(table, kept["id"], gone["id"], changes))


def _told_in_text(table: Table, kept: Row, changes: dict[str, Any], left: Mapping[str, str]) -> bool:
    """Tell what the row cannot hold otherwise in a text of its own, where there is one with room."""
    said = "\n".join(f"{label} ({OTHER}) : {value}" for label, value in left.items())
    for column in own_columns(table):
        if is_free_text(column, fields_of(model_of(table)).get(column.name)):
            present = changes.get(column.name, kept[column.name])
            told = f"{present}\n{said}" if present else said
            if len(told) <= (getattr(column.type, "length", None) or len(told)):
                changes[column.name] = told
                return True
    return False


def _name_of(table: Table, row: Row) -> str:
    return f"{_NAMES.get(model_of(table), 'Fiche attachée')} {title_of(table, row)}".strip()


_NAMES: Mapping[type[m.Base], str] = {
    m.Barrier: "Frein",
    m.Registration: "Inscription",
    m.Interview: "Entretien",
    m.Stand: "Stand",
}


@cache
def model_of(table: Table) -> type[m.Base]:
    """The class of a table."""
    return next(mapper.class_ for mapper in m.Base.registry.mappers if mapper.local_table is table)


# --- Rows that say the same ---------------------------------------------------------------------------------------------


def _doubles(
    plan: Plan, table: Table, column: str, staying: Sequence[Row], leaving: Sequence[Row]
) -> list[tuple[Row, Row]]:
    """(row that goes, row that says the same and stays); each of them once."""
    found: list[tuple[Row, Row]] = []
    taken: set[int] = set()
    for row in leaving:
        free = [other for other in staying if other["id"] not in taken]
        same = next((other for other in free if _collide(table, column, row, other)), None)
        if same is None:
            alike = [other for other in free if _alike(table, row, other)]
            same = next((other for other in alike if not _contradict(table, column, row, other)), None)
            if alike and same is None:
                plan.disputed[table.name] = plan.disputed.get(table.name, 0) + 1
        if same is not None:
            taken.add(same["id"])
            found.append((row, same))
    return found


def _uniques(table: Table) -> Iterator[set[str]]:
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield {column.name for column in constraint.columns}
    for index in table.indexes:
        if index.unique and _where(index) is None:
            yield {column.name for column in index.columns}


def _collide(table: Table, column: str, row: Row, other: Row) -> bool:
    """Whether the database would refuse both rows under one parent."""
    groups = [names - {column} for names in _uniques(table) if column in names]
    return any(all(not blank(row[name]) and row[name] == other[name] for name in names) for names in groups)


def _alike(table: Table, row: Row, other: Row) -> bool:
    names = _SAME.get(model_of(table), ())
    return bool(names) and all(_plain(row[name]) == _plain(other[name]) for name in names)


def _plain(value: Any) -> Any:
    return fold(value) if type(value) is str else value


def _contradict(table: Table, column: str, row: Row, other: Row) -> bool:
    """Whether the two rows hold different values for one thing; a text that says more contradicts nothing."""
    changes, left = absorbed(model_of(table), table, other, row, column)
    return bool(left) or any(not blank(other[name]) and type(value) is not str for name, value in changes.items())


def _where(index: Index) -> Any:
    return index.dialect_options["sqlite"]["where"]


def _overlapping(
    session: Session, table: Table, column: str, staying: Sequence[Row], moving: Sequence[Row]
) -> list[int]:
    """Rows that a partial unique index would refuse beside those that stay: they carry `override`, as after an import."""
    found = []
    for index in table.indexes:
        names = {each.name for each in index.columns} - {column}
        if not index.unique or _where(index) is None or len(names) == len(index.columns):
            continue
        meant = _meeting(session, table, _where(index), [row["id"] for row in (*staying, *moving)])
        places = {tuple(row[name] for name in sorted(names)) for row in staying if row["id"] in meant}
        found += [r["id"] for r in moving if r["id"] in meant and tuple(r[name] for name in sorted(names)) in places]
    return found


def _meeting(session: Session, table: Table, condition: Any, keys: Sequence[int]) -> set[int]:
    return set(session.scalars(select(table.c.id).where(and_(true(), table.c.id.in_(keys), condition))))


def title_of(table: Table, row: Row) -> str:
    """What tells an attached row from its neighbours, in a few words; '' when nothing does."""
    names = [name for name in ("name", "label", "theme", "number", "slot") if name in table.c]
    names = list(_SAME.get(model_of(table), names))
    return " · ".join(words(row[name]) for name in names if not name.endswith("_id") and not blank(row[name]))
