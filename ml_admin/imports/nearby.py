"""The few rows of a staged import, and the few records, that one row may be, lean on or move.

Answers and corrections touch one row of thousands: everything here is found by a query, none of it by reading all rows.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, cast, func, or_, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.imports import stage
from ml_admin.imports.match import keys_of, wanted_keys
from ml_admin.imports.people import close
from ml_admin.imports.records import as_day
from ml_admin.imports.rows import Ref, Row, Table
from ml_admin.text import fold

PEOPLE_AND_FIRMS: Final = ("young_person", "employer", "partner")
ATTACHED: Final = ("appointment", "action_item")
_PREFIX = 6  # letters of both names that rows and records must share to be read
_MANY = 300  # rows at once: reading every record costs less than asking for each
_CHUNK = 5_000

Names = tuple[str, str]


@dataclass
class Staged:
    """The rows of one batch read so far, each with the face it had; more are read as the work asks for them."""

    session: Session
    batch_id: int
    tables: Sequence[Table]
    rows: dict[int, Row] = field(default_factory=dict)
    before: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    near: set[int] = field(default_factory=set)  # rows that those of `surrounded` may be the doubles of
    surrounded: set[int] = field(default_factory=set)
    records: dict[str, dict[int, Any]] = field(default_factory=dict)  # of the database, near the rows of `compared`
    compared: set[int] = field(default_factory=set)
    names: dict[int, Names] = field(default_factory=dict)  # as they were read: of people, to find who spoke of them

    @classmethod
    def of(cls, session: Session, batch_id: int) -> "Staged":
        return cls(session, batch_id, stage.load_tables(session, batch_id))

    def at(self, positions: Iterable[int]) -> list[Row]:
        """These rows, in the order of the file; those that do not exist are left out."""
        wanted = sorted(set(positions))
        missing = [position for position in wanted if position not in self.rows]
        for start in range(0, len(missing), _CHUNK):
            for row in stage.rows_at(self.session, self.batch_id, self.tables, missing[start : start + _CHUNK]):
                self.rows[row.position] = row
                self.before[row.position] = face(row)
                if row.entity == "young_person":
                    self.names[row.position] = _names(row.record)
        return [self.rows[position] for position in wanted if position in self.rows]

    def moved(self) -> list[Row]:
        """The rows read so far that are no longer as they were."""
        return [row for row in self.rows.values() if face(row) != self.before[row.position]]

    def positions(self, *conditions: ColumnElement[bool]) -> set[int]:
        """The rows of the batch that are not written and of which all this is true."""
        r = m.ImportRow
        query = select(r.position).where(r.batch_id == self.batch_id, r.written.is_(False), *conditions)
        return set(self.session.scalars(query))

    def has(self, entity: str) -> bool:
        return any(table.entity == entity for table in self.tables)

    def of_kind(self, *entities: str) -> ColumnElement[bool]:
        return m.ImportRow.table_id.in_([table.key for table in self.tables if table.entity in entities])

    # rows that speak of other rows

    def leaning(self, positions: Collection[int]) -> set[int]:
        """Rows that are doubles of these, or wait for them, and those that lean on them in turn."""
        found: set[int] = set()
        new = {f"row:{position}" for position in positions}
        while new:
            reached = {at for ref in new for at in self._leaning.get(ref, ())} - found
            found |= reached
            new = {f"row:{position}" for position in reached}
        return found - set(positions)

    @cached_property
    def _leaning(self) -> Mapping[Ref, list[int]]:
        graph: dict[Ref, list[int]] = {}
        r = m.ImportRow
        links, matches = cast(r.links, Text), cast(r.matches, Text)
        query = select(r.position, r.links, r.matches).where(
            r.batch_id == self.batch_id,
            r.written.is_(False),
            or_(links.contains('"row:'), matches.contains('"row:')),
        )
        for position, row_links, row_matches in self.session.execute(query):
            for ref in {row_links.get("same"), row_links.get("person"), *(one["ref"] for one in row_matches)}:
                graph.setdefault(ref, []).append(position)
        return graph

    @cached_property
    def first_names(self) -> "FirstNames":
        return FirstNames(self.session, self.batch_id)

    def sharing(self, positions: Iterable[int]) -> set[int]:
        """Rows that write to the same record as these do now, or speak of the same person for the same kind of fact."""
        found: set[int] = set()
        rows = self.at(positions)
        for entity in {row.entity for row in rows}:
            own = [row for row in rows if row.entity == entity]
            found |= self._of_targets(entity, {row.target_id for row in own if row.target_id})
            roots = {str(row.links["same"]) for row in own if row.links.get("same")}
            found |= {int(ref[4:]) for ref in roots} | {at for ref in roots for at in self._leaning.get(ref, ())}
            if entity in ATTACHED:
                found |= self._about(entity, {str(row.links["person"]) for row in own if row.links.get("person")})
        return {row.position for row in self.at(found) if not row.written}

    def _of_targets(self, entity: str, keys: Collection[int]) -> set[int]:
        return set() if not keys else self.positions(self.of_kind(entity), m.ImportRow.target_id.in_(keys))

    def _about(self, entity: str, refs: Collection[Ref]) -> set[int]:
        if not refs:
            return set()
        person = m.ImportRow.links["person"].as_string()
        return self.positions(self.of_kind(entity), person.in_(refs))

    def wanting(self, names: Collection[str]) -> set[int]:
        """Rows that ask who somebody of one of these names is."""
        r = m.ImportRow
        query = select(r.position, r.links).where(
            r.batch_id == self.batch_id, r.written.is_(False), cast(r.links, Text).contains('"wanted"')
        )
        return {
            position for position, links in self.session.execute(query) if set(links.get("wanted", ())) & set(names)
        }

    def naming(self, entities: Sequence[str], names: Collection[Names]) -> set[int]:
        """Rows of these kinds whose first record bears one of these names, in either order."""
        if not names or not any(self.has(entity) for entity in entities):
            return set()
        last, first = (_folded(_said(name)) for name in ("last_name", "first_name"))
        either = {one for pair in names for one in pair if one}
        query = select(m.ImportRow.position, last, first).where(
            m.ImportRow.batch_id == self.batch_id,
            m.ImportRow.written.is_(False),
            self.of_kind(*entities),
            last.in_(either),
            first.in_(either),
        )
        wanted = {*names, *((one, other) for other, one in names)}
        return {position for position, *pair in self.session.execute(query) if tuple(pair) in wanted}


def face(row: Row) -> tuple[Any, ...]:
    """All that a plan or a person may change in a row."""
    return (row.verdict, row.cause, row.reason, row.target_id, row.version, row.matches, row.changes, row.links, repr(row.decision), repr(row.records), repr(row.flags))  # fmt: skip


# --- Who they may be -------------------------------------------------------------------------------------------------


def rows_near(staged: Staged, entity: str, rows: Sequence[Row]) -> set[int]:
    """Rows of the file that share with one of these what matching compares: names, birth date, phone, number…

    All of them for firms, which are few and matched by sound.
    """
    if entity != "young_person":
        return staged.positions(staged.of_kind(entity))
    names = {name for row in rows for name in _names(row.record) if name}
    conditions = [*_alike(rows, _said), *([_folded(_said("last_name")).in_(names)] if names else ())]
    if not conditions:
        return set()
    r, wanted = m.ImportRow, blocks_of(row.record for row in rows)
    query = select(r.position, *map(_said, COMPARED)).where(
        r.batch_id == staged.batch_id, r.written.is_(False), staged.of_kind(entity), or_(*conditions)
    )
    return {at for at, *said in staged.session.execute(query) if shares(wanted, dict(zip(COMPARED, said, strict=True)))}


def blocks_of(records: Iterable[Mapping[str, Any]]) -> set[Hashable]:
    """The keys by which matching would compare others with these people."""
    return wanted_keys(key for record in records for key in _keys(record))


def shares(wanted: Set[Hashable], record: Mapping[str, Any]) -> bool:
    """Whether matching would compare this person with those of `blocks_of`: one day of birth is shared by dozens."""
    return not wanted.isdisjoint(_keys(record))


def _keys(record: Mapping[str, Any]) -> Iterable[Hashable]:
    return keys_of({**record, "birth_date": as_day(record.get("birth_date"))})


def records_near(entity: str, model: Any, rows: Sequence[Row]) -> ColumnElement[bool] | None:
    """The same of the records of the database; None for all of them, once the rows are many."""
    if len(rows) > _MANY or entity != "young_person":
        return None
    starts = {(one + other)[:_PREFIX] for row in rows for one, other in _either(_names(row.record)) if one and other}
    conditions = list(_alike(rows, lambda name: getattr(model, name), as_day))
    conditions += [_record_start(model).in_(sorted(starts))] if starts else []
    return or_(*conditions) if conditions else model.id.is_(None)


def people_named(model: Any, names: Collection[Names]) -> ColumnElement[bool] | None:
    """Records that bear one of these names, or one of the two: those that a slip of the keyboard hides."""
    words = {one for pair in names for one in pair if one}
    if len(words) > _MANY // 10:
        return None
    key = func.replace(model.search_key, " ", "")
    return or_(*(key.contains(word, autoescape=True) for word in words)) if words else model.id.is_(None)


def _alike(
    rows: Sequence[Row], column: Callable[[str], Any], day: Callable[[str], Any] = str
) -> Iterator[ColumnElement[bool]]:
    """One condition for each key of `match` but the names, a little wider than it."""
    held: dict[str, set[Any]] = {}
    for row in rows:
        for name, value in row.record.items():
            if isinstance(value, str) and value:
                held.setdefault(name, set()).add(value)
    phones = held.get("phone", set()) | held.get("phone2", set())
    for name, values in (("phone", phones), ("phone2", phones), *((one, held.get(one, set())) for one in _KEYS)):
        if values:
            yield column(name).in_([day(one) for one in values] if name == "birth_date" else sorted(values))


def _either(names: Names) -> tuple[Names, Names]:
    return names, (names[1], names[0])


# all that the keys of `match` are made of
COMPARED: Final = ("last_name", "first_name", "birth_date", "phone", "phone2", "email", "external_id")
_KEYS: Final = ("email", "external_id", "birth_date")


def _said(name: str) -> Any:
    """A value of the first record of a staged row, as text."""
    return m.ImportRow.records[(0, name)].as_string()


def _folded(value: Any) -> Any:
    return func.replace(func.ml_fold(func.coalesce(value, "")), " ", "")


def _record_start(model: Any) -> Any:
    return func.substr(func.replace(model.search_key, " ", ""), 1, _PREFIX)  # the key begins with both names


def _names(record: Mapping[str, Any]) -> Names:
    return close(record.get("last_name")), close(record.get("first_name"))


def names_of(rows: Iterable[Row]) -> set[Names]:
    """Names that the records of these rows bear."""
    return {_names(record) for row in rows for record in row.records}


class FirstNames(dict[str, int]):
    """How many people bear a first name, in the database and in the file; counted once, when somebody asks."""

    def __init__(self, session: Session, batch_id: int) -> None:
        super().__init__()
        self._session, self._batch_id = session, batch_id

    def __missing__(self, name: str) -> int:
        if not self:
            self[""] = 0
            y, r, said = m.YoungPerson, m.ImportRow, _said("first_name")
            for query in (
                select(y.first_name, func.count()).group_by(y.first_name),
                select(said, func.count()).where(r.batch_id == self._batch_id, r.written.is_(False)).group_by(said),
            ):
                for written, number in self._session.execute(query):
                    folded = fold(written).replace(" ", "") if written else ""
                    self[folded] = self.get(folded, 0) + number
            return self.get(name, 0)
        return 0
