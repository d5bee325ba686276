"""The story of one young person: what happened, newest first, from the tables that the viewer may read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from ml_admin import models as m
from ml_admin.choices import AppointmentOutcome, Choice
from ml_admin.listing import PARIS
from ml_admin.permissions import Viewer, may, may_see, scoped


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `at` is an instant when its hour is known, else a day."""

    at: datetime | date
    what: str
    record: m.Base
    state: Choice | None = None
    text: str = ""
    who: str = ""

    @property
    def day(self) -> date:
        return self.at.astimezone(PARIS).date() if isinstance(self.at, datetime) else self.at


def story_of(
    session: Session, viewer: Viewer, person: m.YoungPerson, instant: datetime, limit: int = 12
) -> list[Event]:
    """The last `limit` events before `instant`, within the viewer's scope."""
    events = [
        *_appointments(session, viewer, person, instant, limit),
        *_actions(session, viewer, person, limit),
        *_situations(session, viewer, person, instant, limit),
        *_programmes(viewer, person, instant),
    ]
    return sorted(events, key=_rank, reverse=True)[:limit]


def _rank(event: Event) -> tuple[date, float]:
    return event.day, event.at.timestamp() if isinstance(event.at, datetime) else 0.0


def _appointments(
    session: Session, viewer: Viewer, person: m.YoungPerson, instant: datetime, limit: int
) -> Iterator[Event]:
    query = _of(person, m.Appointment, viewer).where(m.Appointment.starts_at < instant)
    query = query.where(m.Appointment.outcome != AppointmentOutcome.PLANNED)
    query = query.options(joinedload(m.Appointment.counsellor)).order_by(m.Appointment.starts_at.desc())
    for appointment in session.scalars(query.limit(limit)):
        who = appointment.counsellor.full_name if appointment.counsellor else ""
        at = appointment.starts_at if appointment.time_known else appointment.starts_at.astimezone(PARIS).date()
        kind = appointment.kind.label
        yield Event(
            at, appointment.purpose or kind, appointment, appointment.outcome, kind if appointment.purpose else "", who
        )


def _actions(session: Session, viewer: Viewer, person: m.YoungPerson, limit: int) -> Iterator[Event]:
    query = _of(person, m.ActionItem, viewer).where(m.ActionItem.done_date.is_not(None))
    for action in session.scalars(query.order_by(m.ActionItem.done_date.desc()).limit(limit)):
        if action.done_date is not None:
            who = action.owner.label if action.owner else ""
            yield Event(action.done_date, action.label, action, action.status, "", who)


def _situations(
    session: Session, viewer: Viewer, person: m.YoungPerson, instant: datetime, limit: int
) -> Iterator[Event]:
    today = instant.astimezone(PARIS).date()
    query = _of(person, m.Situation, viewer).where(m.Situation.starts_on <= today)
    query = query.options(joinedload(m.Situation.employer)).order_by(m.Situation.starts_on.desc())
    for situation in session.scalars(query.limit(limit)):
        place = situation.employer.name if situation.employer and may(viewer, "read", m.Employer) else ""
        words = " · ".join(part for part in (situation.label or "", place) if part)
        if situation.starts_on is not None:
            yield Event(situation.starts_on, f"Situation\u00a0: {situation.kind.label}", situation, None, words)


def _programmes(viewer: Viewer, person: m.YoungPerson, instant: datetime) -> Iterator[Event]:
    if not may_see(viewer, m.Enrolment, "programme"):
        return
    today = instant.astimezone(PARIS).date()
    for enrolment in person.enrolments:
        name = enrolment.programme.label
        if enrolment.starts_on and enrolment.starts_on <= today:
            yield Event(enrolment.starts_on, f"Entrée en {name}", enrolment)
        if enrolment.ends_on and enrolment.ends_on <= today:
            yield Event(enrolment.ends_on, f"Fin de {name}", enrolment, None, enrolment.exit_reason or "")


def _of(person: m.YoungPerson, entity: Any, viewer: Viewer) -> Select[Any]:
    return scoped(select(entity), entity, viewer).where(entity.young_person_id == person.id)
