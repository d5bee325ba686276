"""What the database already holds, as an import needs it: values to compare, children, versions, marks of freshness."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.imports.records import CONTACTS, MODELS, Draft, plain_columns, wire
from ml_admin.permissions import Viewer, scoped

_CHUNK = 5_000  # identifiers in one IN: under the limit of both engines
# tables whose new lines could make a plan wrong: somebody else may have written the same thing meanwhile
WATCHED = (
    m.YoungPerson,
    m.Enrolment,
    m.Situation,
    m.Barrier,
    m.Employer,
    m.EmployerContact,
    m.Partner,
    m.PartnerContact,
    m.Appointment,
    m.ActionItem,
    m.JobDating,
    m.Stand,
    m.Registration,
    m.Interview,
)


def freshness(session: Session) -> dict[str, list[int]]:
    """Table -> [lines, highest key]: changes as soon as something is added or taken away."""
    found = {}
    for model in WATCHED:
        lines, highest = session.execute(select(func.count(), func.max(model.id)).select_from(model)).one()
        found[model.__tablename__] = [lines, highest or 0]
    return found


def counsellors(session: Session) -> dict[str, int]:
    """'DURAND Sophie' -> identifier."""
    query = select(m.Counsellor.last_name, m.Counsellor.first_name, m.Counsellor.id)
    return {f"{last} {first}": key for last, first, key in session.execute(query)}


def sites(session: Session) -> dict[str, int]:
    """'Antenne de Lacaze' -> identifier."""
    return dict(session.execute(select(m.Site.name, m.Site.id)).tuples().all())


def reachable(session: Session, model: type[m.Base], viewer: Viewer) -> frozenset[int] | None:
    """Identifiers within the viewer's scope; None when they reach every record."""
    query = select(model.id)
    bound = scoped(query, model, viewer)
    if bound is query:
        return None
    return frozenset(session.scalars(bound))


def values(session: Session, model: type[m.Base], ids: Collection[int]) -> dict[int, Draft]:
    """The records of these identifiers: every column an import may fill, as JSON holds them, with `version`."""
    names = [*_columns(model), "version"]
    table = model.__table__
    query = select(table.c.id, *(table.c[name] for name in names))
    found = {}
    for row in _chunked(session, query, table.c.id, ids):
        found[row[0]] = {name: wire(value) for name, value in zip(names, row[1:], strict=True) if value is not None}
    return found


def _columns(model: type[m.Base]) -> list[str]:
    columns = model.__table__.columns
    foreign = [column.key for column in columns if column.foreign_keys]
    return [*sorted(plain_columns(model)), *foreign, *(["extra"] if "extra" in columns else [])]


def _chunked(session: Session, query: Any, column: Any, ids: Collection[int]) -> Iterator[Any]:
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _CHUNK):
        yield from session.execute(query.where(column.in_(wanted[start : start + _CHUNK])))


def add_pieces(session: Session, entity: str, found: Mapping[int, Draft]) -> None:
    """Complete the values of people and firms with what stands in other tables."""
    if entity == "young_person":
        _add_lists(session, found)
    elif entity in CONTACTS:
        _add_contacts(session, entity, found)


def _add_lists(session: Session, found: Mapping[int, Draft]) -> None:
    _gather(session, m.Enrolment, m.Enrolment.programme, "programmes", found)
    _gather(session, m.Barrier, m.Barrier.theme, "barriers", found)
    current = select(m.Situation.young_person_id, m.Situation.kind).where(m.Situation.state == "current")
    for owner, kind in _chunked(session, current, m.Situation.young_person_id, found):
        found[owner].setdefault("situations", []).append(str(kind))


def _gather(session: Session, model: Any, column: Any, name: str, found: Mapping[int, Draft]) -> None:
    for owner, code in _chunked(session, select(model.young_person_id, column), model.young_person_id, found):
        held = found[owner].setdefault(name, [])
        if code not in held:
            held.append(str(code))


def _add_contacts(session: Session, entity: str, found: Mapping[int, Draft]) -> None:
    model: Any = CONTACTS[entity]
    owner = getattr(model, f"{entity}_id")
    for key, name, role in _chunked(session, select(owner, model.name, model.role), owner, found):
        found[key].setdefault("contacts", []).append({"name": name, "role": role})


def appointments(session: Session, people: Iterable[int]) -> dict[int, list[tuple[int, str, bool, str | None]]]:
    """Young person -> [(identifier, start in ISO, time known, purpose)]."""
    found = defaultdict(list)
    a = m.Appointment
    query = select(a.young_person_id, a.id, a.starts_at, a.time_known, a.purpose)
    for owner, key, starts, known, purpose in _chunked(session, query, a.young_person_id, list(people)):
        found[owner].append((key, wire(starts), known, purpose))
    return found


def actions(session: Session, people: Iterable[int]) -> dict[int, list[tuple[int, str, str | None]]]:
    """Young person -> [(identifier, label, due date)]."""
    found = defaultdict(list)
    a = m.ActionItem
    query = select(a.young_person_id, a.id, a.label, a.due_date)
    for owner, key, label, due in _chunked(session, query, a.young_person_id, list(people)):
        found[owner].append((key, label, wire(due)))
    return found


def versions(session: Session, entity: str, ids: Collection[int], *, lock: bool = False) -> dict[int, int]:
    """Identifier -> version now; `lock` keeps others from changing them until the end of the transaction."""
    model: Any = MODELS[entity]
    query = select(model.id, model.version)
    if lock:
        query = query.with_for_update()
    return dict(tuple(row) for row in _chunked(session, query, model.id, ids))
