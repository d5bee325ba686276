"""Who an appointment, an action or a registration speaks of: people of the database and of the same file, by name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from rapidfuzz.distance import OSA
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.imports.rows import Ref
from ml_admin.text import fold

_SHOWN = 5  # candidates offered


class Somebody(NamedTuple):
    """What tells a person from another when only a name is written."""

    ref: Ref
    last: str  # folded, without spaces
    first: str
    phones: frozenset[str]
    counsellor_id: int | None
    reached: bool  # within the scope of who imports


class Found(NamedTuple):
    """The one person meant, or those who may be; the reason is French."""

    person: Somebody | None
    likely: tuple[Somebody, ...]
    reason: str


def close(text: Any) -> str:
    """'Le Goff' and 'LEGOFF' are the same name."""
    return fold(str(text)).replace(" ", "") if text else ""


def wanted_key(record: Mapping[str, Any]) -> str:
    """What joins the rows of one unknown person: their names."""
    return f"{fold(str(record.get('last_name') or ''))}/{fold(str(record.get('first_name') or ''))}"


class Directory:
    """People by name, also with both names in each other's place and under their birth name."""

    def __init__(self) -> None:
        self._named: dict[tuple[str, str], list[Somebody]] = defaultdict(list)
        self._by_last: dict[str, list[Somebody]] = defaultdict(list)
        self._by_first: dict[str, list[Somebody]] = defaultdict(list)

    def add(self, person: Somebody, birth_name: str = "") -> None:
        for last in dict.fromkeys((person.last, birth_name)):
            if last and person.first:
                self._named[last, person.first].append(person)
        self._by_last[person.last].append(person)
        self._by_first[person.first].append(person)

    def find(self, record: Mapping[str, Any], counsellor_id: int | None) -> Found:
        """The person of this name; a phone, then the counsellor, choose between people of one name."""
        last, first = close(record.get("last_name")), close(record.get("first_name"))
        same = _distinct(self._named.get((last, first)) or self._named.get((first, last)) or ())
        if len(same) == 1:
            return Found(same[0], (), "même nom")
        if same:
            return _settled(same, record, counsellor_id)
        return Found(None, tuple(self._near(last, first))[:_SHOWN], "")

    def _near(self, last: str, first: str) -> Iterator[Somebody]:
        for other in _distinct(self._by_last.get(last, ())):
            if _slip(other.first, first):
                yield other
        for other in _distinct(self._by_first.get(first, ())):
            if other.last != last and _slip(other.last, last):
                yield other


def _settled(same: list[Somebody], record: Mapping[str, Any], counsellor_id: int | None) -> Found:
    phones = {number for number in (record.get("phone"), record.get("phone2")) if number}
    for kept, reason in (
        ([one for one in same if one.phones & phones], "même nom, même téléphone"),
        ([one for one in same if counsellor_id and one.counsellor_id == counsellor_id], "même nom, même conseiller"),
    ):
        if len(kept) == 1:
            return Found(kept[0], (), reason)
    return Found(None, tuple(same[:_SHOWN]), "plusieurs personnes de ce nom")


def _distinct(people: Iterable[Somebody]) -> list[Somebody]:
    return list({person.ref: person for person in people}.values())


def _slip(one: str, other: str) -> bool:
    """One slip of the keyboard, two in a long name."""
    allowed = 2 if min(len(one), len(other)) >= 8 else 1
    return len(one) > 2 and len(other) > 2 and OSA.distance(one, other, score_cutoff=allowed) <= allowed


def add_known(
    directory: Directory, session: Session, reach: frozenset[int] | None, where: ColumnElement[bool] | None = None
) -> None:
    """Everybody of the database, or those of `where`; `reach`: identifiers that may be shown, None for all."""
    y = m.YoungPerson
    query = select(y.id, y.last_name, y.first_name, y.birth_name, y.phone, y.phone2, y.counsellor_id)
    query = query if where is None else query.where(where)
    for key, last, first, born, phone, phone2, counsellor_id in session.execute(query):
        phones = frozenset(number for number in (phone, phone2) if number)
        reached = reach is None or key in reach
        directory.add(Somebody(f"id:{key}", close(last), close(first), phones, counsellor_id, reached), close(born))
