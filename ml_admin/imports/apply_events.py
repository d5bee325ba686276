"""Write the stands, registrations and interviews of an import, each made once whatever the number of rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from ml_admin import models as m
from ml_admin.imports import bulk
from ml_admin.imports.records import Draft, as_day
from ml_admin.imports.rows import Ref, Row
from ml_admin.imports.writing import Writing, table_of


def write(writing: Writing, rows: Sequence[Row]) -> None:
    """Rows of stands, cross grids and slot grids, already found sure."""
    if not rows:
        return
    events = {row.links["event"]["ref"]: row.links["event"] for row in rows}
    for ref, event in events.items():
        writing.keys[f"event/{ref}"] = _event(writing, ref, event)
    _new_firms(writing, rows)
    for ref in events:
        _write_event(writing, writing.keys[f"event/{ref}"], [row for row in rows if row.links["event"]["ref"] == ref])


def _event(writing: Writing, ref: Ref, event: Draft) -> int:
    if ref.startswith("id:"):
        return int(ref[3:])
    record = m.JobDating(name=event["name"], held_on=as_day(event["held_on"]), place=event["place"])
    writing.session.add(record)
    writing.session.flush()
    writing.created["job_dating"] += 1
    return record.id


def _new_firms(writing: Writing, rows: Sequence[Row]) -> None:
    """Employers that only the event knows: a name, to be completed."""
    names: dict[Ref, str] = {}
    for row in rows:
        for part in (row.links, *row.links.get("cells", ())):
            ref = part.get("employer")
            if ref and ref.startswith("new:"):
                names.setdefault(ref, part["employer_name"])
    for ref, key in zip(names, bulk.new_keys(writing.session, table_of(m.Employer), len(names)), strict=True):
        writing.firm_keys[ref] = key
    writing.add(m.Employer, [{"id": writing.firm_keys[ref], "name": name} for ref, name in names.items()])


def _employer(writing: Writing, ref: Ref) -> int:
    return writing.firm_keys[ref] if ref.startswith("new:") else writing.key(ref)


def _write_event(writing: Writing, event: int, rows: Sequence[Row]) -> None:
    session = writing.session
    stands = {one.employer_id: one for one in session.scalars(select(m.Stand).where(m.Stand.job_dating_id == event))}
    people = {
        one.young_person_id: one
        for one in session.scalars(select(m.Registration).where(m.Registration.job_dating_id == event))
    }
    for row in rows:
        if "stand" in row.links:
            _write_stand(writing, event, stands, row)
    cells = [cell for row in rows for cell in row.links.get("cells", ())]
    for cell in cells:
        _stand(writing, event, stands, _employer(writing, cell["employer"]))
        _registration(writing, event, people, writing.key(cell["person"]), cells)
    session.flush()
    _write_interviews(writing, event, stands, people, cells)


def _stand(writing: Writing, event: int, stands: dict[int, m.Stand], employer: int) -> m.Stand:
    if employer not in stands:
        stands[employer] = m.Stand(job_dating_id=event, employer_id=employer)
        writing.session.add(stands[employer])
        writing.created["stand"] += 1
    return stands[employer]


def _write_stand(writing: Writing, event: int, stands: dict[int, m.Stand], row: Row) -> None:
    employer = _employer(writing, row.links["employer"])
    known = employer in stands
    stand = _stand(writing, event, stands, employer)
    for name, value in row.links["stand"].items():
        if not known or name in row.changes:
            setattr(stand, name, value)
    if known and row.changes:
        writing.updated["stand"] += 1
        writing.values += len(row.changes)


def _registration(
    writing: Writing, event: int, people: dict[int, m.Registration], person: int, cells: Sequence[Draft]
) -> None:
    if person in people:
        return
    waits = all(cell["status"] == "waiting" for cell in cells if writing.key(cell["person"]) == person)
    people[person] = m.Registration(
        job_dating_id=event, young_person_id=person, status="waiting" if waits else "registered"
    )
    writing.session.add(people[person])
    writing.created["registration"] += 1


def _write_interviews(
    writing: Writing, event: int, stands: dict[int, m.Stand], people: dict[int, m.Registration], cells: Sequence[Draft]
) -> None:
    session = writing.session
    query = select(m.Interview).join(m.Stand).where(m.Stand.job_dating_id == event)
    present: dict[tuple[int, int], Any] = {(one.stand_id, one.registration_id): one for one in session.scalars(query)}
    for cell in cells:
        place = stands[_employer(writing, cell["employer"])].id, people[writing.key(cell["person"])].id
        interview = present.get(place)
        if interview is None:
            interview = present[place] = m.Interview(stand_id=place[0], registration_id=place[1])
            session.add(interview)
            writing.created["interview"] += 1
        for name, value in cell["set"].items():
            setattr(interview, name, value)
        interview.override = bool(interview.override) or cell["override"]
    session.flush()
