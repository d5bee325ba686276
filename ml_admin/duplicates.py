"""Records of the database that may be one: found all together by a job, or around one record; and what people said of them."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, Select, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import LookalikeState
from ml_admin.column_types import now
from ml_admin.database import Actor, is_sqlite, reading, writing
from ml_admin.former import MERGEABLE
from ml_admin.imports.match import Firm, Matches, Person, firm_of, match_firms, match_people, person_of
from ml_admin.jobs import OPEN, Work, enqueue
from ml_admin.merge import may_merge
from ml_admin.permissions import Viewer, scoped
from ml_admin.text import fold

FIND: Final = "duplicates.find"
NOT_SURE: Final = 89  # the most that two different birth dates allow
_ACTOR: Final = Actor(None, "Recherche de doublons")
_FIELDS: Mapping[type[m.Base], tuple[str, ...]] = {
    m.YoungPerson: (
        *("last_name", "first_name", "birth_name", "birth_date", "gender"),
        *("phone", "phone2", "email", "external_id", "city", "postcode"),
    ),
    m.Employer: ("name", "siret", "phone", "email", "city", "postcode"),
    m.Partner: ("name", "phone", "email", "city", "postcode"),
}
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """Two records that look alike; `first` is the lower key."""

    first: int
    second: int
    score: int  # 0 to 100
    reasons: tuple[str, ...]  # French, without personal data


# --- The whole database ---------------------------------------------------------------------------------------------------


def ask(session: Session, account_id: int | None) -> m.Job:
    """Have the whole database looked at, in the caller's transaction; one search at a time."""
    waiting = search_under_way(session)
    return waiting or enqueue(session, FIND, {}, account_id)


def search_under_way(session: Session) -> m.Job | None:
    query = select(m.Job).where(m.Job.kind == FIND, m.Job.state.in_(OPEN)).order_by(m.Job.id)
    return session.scalars(query.limit(1)).first()


def last_search(session: Session) -> m.Job | None:
    """The last search that ended or failed."""
    query = select(m.Job).where(m.Job.kind == FIND, m.Job.ended_at.is_not(None)).order_by(m.Job.ended_at.desc())
    return session.scalars(query.limit(1)).first()


def find(work: Work) -> str:
    """The job: every young person, employer and partner."""
    return find_all(work.engine, lambda done, total, words: work.progress(done, total, words, at_once=True))


def find_all(engine: Engine, progress: Callable[[int, int, str], None] = lambda done, total, words: None) -> str:
    """Look at every record of every kind; a French sentence with the number of pairs to look at."""
    total = 0
    for done, (model, words) in enumerate(_WORDS.items()):
        progress(done, len(_WORDS), f"Recherche parmi les {words}")
        with reading(engine) as session:
            records = _records(session, model)
        pairs = _pairs(model, records)
        with writing(engine, _ACTOR) as session:
            _keep(session, model, pairs)
            total += _count_open(session, model)
    return "1 paire à regarder." if total == 1 else f"{total} paires à regarder."


_WORDS: Mapping[type[m.Base], str] = {m.YoungPerson: "jeunes", m.Employer: "employeurs", m.Partner: "partenaires"}


def _records(session: Session, model: type[m.Base], *conditions: ColumnElement[bool]) -> list[Record]:
    table = m.Base.metadata.tables[model.__tablename__]
    columns = [table.c[name] for name in ("id", *_FIELDS[model])]
    rows = session.execute(select(*columns).where(*conditions).order_by(table.c.id))
    return [row._asdict() for row in rows]


def _pairs(model: type[m.Base], records: Sequence[Record]) -> list[Found]:
    """Each record and the earlier one most like it."""
    matches = _matched(model, records, 0, None)
    found = []
    for at, match in sorted(matches.same.items()):
        near = match.nearest if match.nearest >= 0 else match.target
        near_score = match.nearest_score if match.nearest >= 0 else match.score
        reasons = match.nearest_reasons if match.nearest >= 0 else match.reasons
        found.append(_found(records[near], records[at], near_score, reasons))
    return found


def _matched(model: type[m.Base], records: Sequence[Record], known: int, firsts: Counter[str] | None) -> Matches:
    if model is m.YoungPerson:
        people: list[Person] = [person_of(record) for record in records]
        return match_people(people, known, firsts)
    firms: list[Firm] = [firm_of(record) for record in records]
    return match_firms(firms, known)


def _found(one: Record, other: Record, score: int, reasons: tuple[str, ...]) -> Found:
    first, second = sorted((one["id"], other["id"]))
    births = one.get("birth_date"), other.get("birth_date")
    apart = None not in births and births[0] != births[1]
    return Found(first, second, min(score, NOT_SURE) if apart else score, reasons)


def _keep(session: Session, model: type[m.Base], pairs: Sequence[Found]) -> None:
    """Write what was found; what is no longer alike leaves the list, what somebody judged stays judged."""
    of_kind = m.Lookalike.table_name == model.__tablename__
    known = {(pair.first_id, pair.second_id): pair for pair in session.scalars(select(m.Lookalike).where(of_kind))}
    distinct = _still_distinct(session, model, list(known.values()))
    wanted = {(pair.first, pair.second): pair for pair in pairs}
    left = [p.id for key, p in known.items() if p.state is LookalikeState.OPEN and key not in wanted]
    for start in range(0, len(left), 500):
        session.execute(delete(m.Lookalike).where(m.Lookalike.id.in_(left[start : start + 500])))
    for key, pair in wanted.items():
        present = known.get(key)
        if present is None:
            continue
        if present.state is LookalikeState.OPEN or (present.state is LookalikeState.DISTINCT and key not in distinct):
            _open(present, pair)
    _add(session, model, [pair for key, pair in wanted.items() if key not in known])


def _open(present: m.Lookalike, pair: Found) -> None:
    present.state, present.decided_at, present.account_id = LookalikeState.OPEN, None, None
    present.score, present.reasons = pair.score, list(pair.reasons)


def _add(session: Session, model: type[m.Base], pairs: Sequence[Found]) -> None:
    rows = [
        {
            "table_name": model.__tablename__,
            "first_id": pair.first,
            "second_id": pair.second,
            "score": pair.score,
            "reasons": list(pair.reasons),
            "state": LookalikeState.OPEN,
            "found_at": now(),
        }
        for pair in pairs
    ]
    if rows:
        table = m.Base.metadata.tables["lookalike"]
        # a form may have found the same pair meanwhile
        insert = sqlite.insert if is_sqlite(session) else postgresql.insert
        session.execute(insert(table).on_conflict_do_nothing(), rows)


def _still_distinct(session: Session, model: type[m.Base], pairs: Sequence[m.Lookalike]) -> set[tuple[int, int]]:
    """Pairs said different, of which no identifying field has changed since."""
    judged = [pair for pair in pairs if pair.state is LookalikeState.DISTINCT and pair.decided_at]
    if not judged:
        return set()
    since = min(pair.decided_at for pair in judged if pair.decided_at)
    lines = select(m.Journal.record_id, m.Journal.at, m.Journal.after).where(
        m.Journal.table_name == model.__tablename__, m.Journal.operation == "update", m.Journal.at >= since
    )
    changed: dict[int, Any] = {}
    for key, at, after in session.execute(lines.order_by(m.Journal.id)):
        if not _FIELDS[model] or set(after or {}) & set(_FIELDS[model]):
            changed[key] = at
    return {
        (pair.first_id, pair.second_id)
        for pair in judged
        if not any(key in changed and changed[key] > pair.decided_at for key in (pair.first_id, pair.second_id))
    }


# --- Around one record ----------------------------------------------------------------------------------------------------


def look_at(session: Session, model: type[m.Base], key: int) -> None:
    """Compare one record with those that share something with it, and keep the pairs; the caller commits."""
    own = (
        _records(session, model, m.Base.metadata.tables[model.__tablename__].c.id == key) if model in MERGEABLE else []
    )
    if not own:
        return
    found = list(_alike(session, model, own[0], key))
    beside = or_(m.Lookalike.first_id == key, m.Lookalike.second_id == key)
    pairs = list(session.scalars(select(m.Lookalike).where(m.Lookalike.table_name == model.__tablename__, beside)))
    wanted = {(pair.first, pair.second): pair for pair in found}
    distinct = _still_distinct(session, model, pairs)
    for present in pairs:
        known = (present.first_id, present.second_id)
        pair = wanted.pop(known, None)
        if pair is None and present.state is LookalikeState.OPEN:
            session.delete(present)
        elif pair and present.state is not LookalikeState.MERGED and known not in distinct:
            _open(present, pair)
    session.flush()
    _add(session, model, list(wanted.values()))


def resembling(session: Session, model: type[m.Base], values: Record) -> list[tuple[int, int, tuple[str, ...]]]:
    """(key, score, reasons) of the records that a new one with these clean values looks like, most alike first."""
    if model not in MERGEABLE:
        return []
    new = {name: values.get(name) for name in _FIELDS[model]} | {"id": 0}
    found = sorted(_alike(session, model, new, 0), key=lambda pair: -pair.score)
    return [(pair.second, pair.score, pair.reasons) for pair in found]


def _alike(session: Session, model: type[m.Base], record: Record, key: int) -> Iterator[Found]:
    near = list(_near(model, record))
    if not near:
        return
    table = m.Base.metadata.tables[model.__tablename__]
    others = _records(session, model, table.c.id != key, or_(*near))
    firsts = _first_names(session) if others and model is m.YoungPerson else None
    for other in others:
        match = _matched(model, [other, record], 1, firsts).same.get(1)
        if match:
            yield _found(other, record, match.score, match.reasons)


def _near(model: type[m.Base], record: Record) -> Iterator[ColumnElement[bool]]:
    """Conditions on records that share with this one something that matching compares."""
    table = m.Base.metadata.tables[model.__tablename__]
    phones = [number for number in (record.get("phone"), record.get("phone2")) if number]
    for name in ("phone", "phone2"):
        if phones and name in table.c:
            yield table.c[name].in_(phones)
    for name in ("email", "birth_date", "external_id", "siret"):
        if record.get(name):
            yield table.c[name] == record[name]
    if model is m.YoungPerson:
        last, first = (fold(record.get(name) or "") for name in ("last_name", "first_name"))
        if last and first:
            yield table.c.search_key.like(f"{last} {first}%")
            yield table.c.search_key.like(f"{first} {last}%")
    elif core := firm_of(record).core:
        yield table.c.search_key.like(f"%{max(core.split(), key=len)}%")


def _first_names(session: Session) -> Counter[str]:
    """How many people bear each first name, as matching compares them: a common one is no slip of another."""
    counted: Counter[str] = Counter()
    query = select(m.YoungPerson.first_name, func.count()).group_by(m.YoungPerson.first_name)
    for name, number in session.execute(query):
        counted[fold(name).replace(" ", "")] += number
    return counted


# --- The desk ---------------------------------------------------------------------------------------------------------------


def listed(viewer: Viewer, model: type[m.Base], state: LookalikeState) -> Select[Any]:
    """The pairs of one kind and state whose two records the viewer may merge, most alike first."""
    query = select(m.Lookalike).where(m.Lookalike.table_name == model.__tablename__, m.Lookalike.state == state)
    key: Any = model.id
    reach = scoped(select(key), model, viewer)
    query = query.where(m.Lookalike.first_id.in_(reach), m.Lookalike.second_id.in_(reach))
    query = query if may_merge(viewer, model) else query.where(m.Lookalike.id.is_(None))
    return query.order_by(m.Lookalike.score.desc(), m.Lookalike.id)


def count_of(session: Session, viewer: Viewer, model: type[m.Base], state: LookalikeState) -> int:
    """How many pairs `listed` gives."""
    pairs = listed(viewer, model, state).order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(pairs)) or 0


def merged(viewer: Viewer, model: type[m.Base]) -> Select[Any]:
    """The merges that stand, of records that the viewer may merge, the last first."""
    key: Any = model.id
    query = select(m.RecordMerge).where(
        m.RecordMerge.table_name == model.__tablename__,
        m.RecordMerge.undone_at.is_(None),
        m.RecordMerge.kept_id.in_(scoped(select(key), model, viewer)),
    )
    query = query if may_merge(viewer, model) else query.where(m.RecordMerge.id.is_(None))
    return query.order_by(m.RecordMerge.id.desc())


def judge(session: Session, viewer: Viewer, model: type[m.Base], one: int, other: int, *, distinct: bool) -> bool:
    """Say that two records are different, or ask the question again; False when the pair is not the viewer's to judge."""
    first, second = sorted((one, other))
    if second >= 2**63:
        return False  # longer than any key
    reach = scoped(select(model.__table__.c.id).where(model.__table__.c.id.in_([first, second])), model, viewer)
    if not may_merge(viewer, model) or len(session.scalars(reach).all()) != 2:
        return False
    pair = and_(
        m.Lookalike.table_name == model.__tablename__, m.Lookalike.first_id == first, m.Lookalike.second_id == second
    )
    if distinct:
        _add(session, model, [Found(first, second, 0, ("rapprochées à la main",))])
    values = (
        {"state": LookalikeState.DISTINCT, "decided_at": now(), "account_id": viewer.account_id}
        if distinct
        else {"state": LookalikeState.OPEN, "decided_at": None, "account_id": None}
    )
    session.execute(update(m.Lookalike).where(pair, m.Lookalike.state != LookalikeState.MERGED).values(**values))
    return True


def _count_open(session: Session, model: type[m.Base]) -> int:
    query = select(func.count()).where(
        m.Lookalike.table_name == model.__tablename__, m.Lookalike.state == LookalikeState.OPEN
    )
    return session.scalar(query) or 0


HANDLERS: Final[Mapping[str, Callable[[Work], str | None]]] = {FIND: find}
