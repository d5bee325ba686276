"""What waits for one person today: each worklist is a list state, so that its number opens the list behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from ml_admin import models as m
from ml_admin import settings
from ml_admin.choices import AppointmentOutcome
from ml_admin.listing import EMPTY, PARIS, Filter, ListState, count_of, filters_for, start_of
from ml_admin.permissions import Viewer, may, may_open, scoped, visible_imports


@dataclass(frozen=True, slots=True)
class Worklist:
    """Records that wait for a gesture; `count` is the length of the list that `state` shows."""

    label: str
    why: str
    model: type[m.Base]
    state: ListState
    count: int = 0


def worklists(session: Session, viewer: Viewer, instant: datetime, *, mine: bool) -> list[Worklist]:
    """The worklists that the viewer's role opens, counted; `mine`: only what concerns the viewer."""
    found = []
    for label, why, model, filters in _declared(session, viewer, instant, mine):
        usable = {column.name for column in filters_for(viewer, model)}
        if usable.issuperset(filter_.field for filter_ in filters):
            state = ListState(filters=tuple(filters))
            found.append(Worklist(label, why, model, state, count_of(session, viewer, model, state, instant)))
    return found


def appointments_on(session: Session, viewer: Viewer, day: date) -> Sequence[m.Appointment]:
    """The viewer's appointments of one day in their order; of everybody in reach for who receives nobody."""
    query = _appointments(viewer).where(
        m.Appointment.starts_at >= start_of(day), m.Appointment.starts_at < start_of(day + timedelta(days=1))
    )
    return session.scalars(query.order_by(m.Appointment.starts_at, m.Appointment.id).limit(60)).all()


def without_outcome(session: Session, viewer: Viewer, instant: datetime, limit: int = 6) -> Sequence[m.Appointment]:
    """Past appointments still « prévu », the latest first."""
    query = _appointments(viewer).where(
        m.Appointment.outcome == AppointmentOutcome.PLANNED, m.Appointment.ends_at < instant
    )
    return session.scalars(query.order_by(m.Appointment.starts_at.desc()).limit(limit)).all()


def last_imports(session: Session, viewer: Viewer, limit: int = 3) -> Sequence[m.ImportBatch]:
    """The latest imports that the viewer may open."""
    if not may_open(viewer, "imports"):
        return []
    query = select(m.ImportBatch).order_by(m.ImportBatch.id.desc()).limit(limit)
    return session.scalars(visible_imports(query, viewer)).all()


def _appointments(viewer: Viewer) -> Select[m.Appointment]:
    query = scoped(select(m.Appointment), m.Appointment, viewer)
    query = query.options(joinedload(m.Appointment.young_person), joinedload(m.Appointment.counsellor))
    return query.where(m.Appointment.counsellor_id == viewer.counsellor_id) if receives(viewer) else query


def receives(viewer: Viewer) -> bool:
    """Whether the day is one's own: the front desk and the management see everybody's."""
    return (
        viewer.counsellor_id is not None
        and may(viewer, "read", m.Barrier)
        and not may(viewer, "restore", m.YoungPerson)
    )


def _declared(
    session: Session, viewer: Viewer, instant: datetime, mine: bool
) -> list[tuple[str, str, type[m.Base], list[Filter]]]:
    today = instant.astimezone(PARIS).date()
    yesterday = (today - timedelta(days=1)).isoformat()
    own = [Filter("counsellor", "est", (str(viewer.counsellor_id),))] if mine and viewer.counsellor_id else []
    officer = [Filter("officer", "est", (str(viewer.counsellor_id),))] if mine and viewer.counsellor_id else []
    open_file = Filter("status", "est", ("first_contact", "active"))
    days = settings.number(session, "watch.no_contact_days", today)
    adult = _years_before(today, settings.number(session, "age.majority", today)) + timedelta(days=1)
    limit = settings.number(session, "age.max", today) + 1
    oldest, youngest = (
        _years_before(today, limit),
        _years_before(today + timedelta(days=settings.number(session, "watch.birthday_days", today)), limit),
    )
    silent = Filter("last_contact", "entre", ("", (today - timedelta(days=days)).isoformat()))
    lists: list[tuple[str, str, type[m.Base], list[Filter]]] = [
        (
            "Sans rendez-vous à venir",
            "dossier ouvert, rien de prévu",
            m.YoungPerson,
            [*own, open_file, Filter("next_appointment", EMPTY)],
        ),
        ("Sans contact", f"dernier contact il y a plus de {days} jours", m.YoungPerson, [*own, open_file, silent]),
        (
            "Rendez-vous à renseigner",
            "passés, encore « prévus »",
            m.Appointment,
            [*own, Filter("outcome", "est", ("planned",)), Filter("starts_at", "entre", ("", yesterday))],
        ),
        (
            "Actions en retard",
            "à faire avant aujourd’hui",
            m.ActionItem,
            [*own, Filter("status", "est", ("todo", "doing")), Filter("due_date", "entre", ("", yesterday))],
        ),
        (
            "Bientôt la limite d’âge",
            f"{limit} ans dans les semaines qui viennent",
            m.YoungPerson,
            [*own, open_file, Filter("birth_date", "entre", (oldest.isoformat(), youngest.isoformat()))],
        ),
        (
            "Mineurs sans représentant",
            "à compléter avant toute signature",
            m.YoungPerson,
            [*own, open_file, Filter("birth_date", "entre", (adult.isoformat(), "")), Filter("representative", EMPTY)],
        ),
        (
            "Employeurs à rappeler",
            "prochaine action dépassée",
            m.Employer,
            [*officer, Filter("next_action_on", "entre", ("", today.isoformat()))],
        ),
        (
            "Offres bientôt finies",
            "dans les quinze jours",
            m.JobOffer,
            [
                Filter("status", "est", ("open",)),
                Filter("ends_on", "entre", (today.isoformat(), (today + timedelta(days=15)).isoformat())),
            ],
        ),
    ]
    return [entry for entry in lists if _speaks_to(viewer, entry[2])]


def _speaks_to(viewer: Viewer, model: type[m.Base]) -> bool:
    """Worklists are for who may act on them."""
    return may(viewer, "update", model)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
