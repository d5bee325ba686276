"""« Ma journée »: the start page, by role."""

from datetime import datetime
from typing import Any

from flask import request, url_for
from flask_admin import AdminIndexView, expose
from sqlalchemy import exists, select

from ml_admin import models as m
from ml_admin.accounts import current_viewer
from ml_admin.choices import AppointmentOutcome, RoleName
from ml_admin.column_types import now
from ml_admin.listing import PARIS
from ml_admin.my_day import appointments_on, last_imports, receives, without_outcome, worklists
from ml_admin.permissions import Viewer, may, may_open
from ml_admin.text import person_case
from ml_admin.views import formats
from ml_admin.views.dial import TICKS, arcs, degrees
from ml_admin.views.import_pages import line_of
from ml_admin.views.registry import views

_OUTCOMES = (
    AppointmentOutcome.ATTENDED,
    AppointmentOutcome.ABSENT,
    AppointmentOutcome.ABSENT_EXCUSED,
    AppointmentOutcome.CANCELLED,
    AppointmentOutcome.RESCHEDULED,
)


class HomeView(AdminIndexView):
    """Today's appointments, those without outcome, worklists, last imports; each block opens its list."""

    def __init__(self, db: Any, **options: Any) -> None:
        super().__init__(**options)
        self.db = db

    def is_accessible(self) -> bool:
        return may_open(current_viewer(), "home")

    @expose("/")
    def index(self) -> Any:
        viewer, instant = current_viewer(), now()
        session, today = self.db.session, instant.astimezone(PARIS).date()
        own = receives(viewer) or (viewer.role is RoleName.EMPLOYER_OFFICER and viewer.counsellor_id is not None)
        mine = own and request.args.get("portee") != "equipe"
        agenda = may(viewer, "read", m.Appointment)
        day = appointments_on(session, viewer, today) if agenda else []
        late = without_outcome(session, viewer, instant) if agenda and may(viewer, "update", m.Appointment) else []
        lists = worklists(session, viewer, instant, mine=mine)
        return self.render(
            "home/index.html",
            today=today,
            today_words=formats.long_day(today).capitalize(),
            clock=formats.clock(instant),
            agenda_open=agenda,
            day=(lines := [_line(a, instant, day) for a in day]),
            own_day=receives(viewer),
            first=_first_gesture(session, viewer),
            dial=_dial(day, lines, instant) if receives(viewer) and day else None,
            day_words=_day_words(day, instant),
            late=[_line(a, instant, late) for a in late],
            outcomes=_OUTCOMES,
            todo=[_todo(item) for item in lists],
            mine=mine,
            own=own,
            imports=[line_of(batch) for batch in last_imports(session, viewer)],
            buttons=_buttons(viewer),
            agenda_url=url_for("appointments.index_view") if agenda else None,
            outcome_url=url_for("appointments.ajax_update") if agenda else None,
        )


def _line(appointment: m.Appointment, instant: datetime, day: Any) -> dict[str, Any]:
    local = appointment.starts_at.astimezone(PARIS)
    minutes = int((appointment.ends_at - appointment.starts_at).total_seconds() // 60)
    upcoming = [a for a in day if a.starts_at > instant and a.outcome is AppointmentOutcome.PLANNED]
    kind, shape = formats.look_of(appointment.outcome) or ("", "st-ring")
    person = appointment.young_person
    parts = [appointment.kind.label, appointment.mode.label if appointment.mode else "", appointment.purpose or ""]
    return {
        "id": appointment.id,
        "version": appointment.version,
        "time": formats.clock(appointment.starts_at) if appointment.time_known else "heure inconnue",
        "date": formats.day(local.date()),
        "length": f"{minutes // 60} h {minutes % 60:02d}"
        if minutes >= 60 and minutes % 60
        else f"{minutes // 60} h"
        if minutes >= 60
        else f"{minutes} min",
        "name": f"{person.first_name} {person_case(person.last_name)}",
        "url": url_for("young_people.details_view", key=person.id),
        "appointment_url": url_for("appointments.details_view", key=appointment.id),
        "badge": {"label": appointment.outcome.label, "kind": kind, "shape": shape},
        "text": " · ".join(part for part in parts if part),
        "purpose": appointment.purpose or appointment.kind.label,
        "with": appointment.counsellor.full_name if appointment.counsellor else "",
        "past": appointment.ends_at < instant,
        "next": bool(upcoming) and upcoming[0] is appointment,
    }


def _first_gesture(session: Any, viewer: Viewer) -> dict[str, Any] | None:
    """An empty office: where to begin."""
    if not may(viewer, "import", m.YoungPerson) or session.scalar(select(exists().select_from(m.YoungPerson))):
        return None
    return {
        "title": "Aucun jeune n’est encore enregistré",
        "text": "Déposez un ancien classeur\u00a0: vous verrez ce qui sera écrit avant de l’accepter.",
        "action": {"label": "Importer un classeur", "icon": "file-import", "url": url_for("imports.index")},
    }


def _dial(day: Any, lines: Any, instant: datetime) -> dict[str, Any]:
    """The watch: see views/dial.py."""
    looks = [_look(a, line) for a, line in zip(day, lines, strict=True)]
    spans = [(a.starts_at, a.ends_at, look) for a, look in zip(day, looks, strict=True) if a.time_known]
    return {"arcs": arcs(spans), "needle": degrees(instant), "ticks": TICKS}


def _look(appointment: m.Appointment, line: dict[str, Any]) -> str:
    if appointment.outcome is AppointmentOutcome.ABSENT:
        return "ml-miss"
    return "ml-soon" if line["next"] else "ml-done" if line["past"] else "ml-plan"


def _day_words(day: Any, instant: datetime) -> str:
    past = sum(1 for a in day if a.ends_at < instant)
    words = [f"{len(day)} rendez-vous" + (f", dont {past} {'passé' if past == 1 else 'passés'}" if past else "")]
    ahead = [a.starts_at for a in day if a.starts_at > instant and a.outcome is AppointmentOutcome.PLANNED]
    minutes = int((min(ahead) - instant).total_seconds() // 60) + 1 if ahead else 0
    if 0 < minutes < 120:
        words.append(f"prochain dans {minutes} min")
    return " · ".join(words)


def _todo(item: Any) -> dict[str, Any]:
    return {
        "count": item.count,
        "label": item.label,
        "why": item.why if item.count else "rien à faire",
        "url": views()[item.model].address(item.state),
    }


def _buttons(viewer: Viewer) -> list[dict[str, Any]]:
    buttons = []
    if may(viewer, "create", m.Appointment):
        buttons.append(
            {"label": "Nouveau rendez-vous", "icon": "calendar-plus", "url": url_for("appointments.create_view")}
        )
    if may(viewer, "create", m.YoungPerson):
        buttons.append(
            {
                "label": "Recevoir un jeune",
                "icon": "door-enter",
                "url": url_for("young_people.create_view"),
                "kind": "primary",
                "hotkey": "n",
            }
        )
    elif may(viewer, "create", m.Employer):
        buttons.append(
            {
                "label": "Nouvel employeur",
                "icon": "plus",
                "url": url_for("employers.create_view"),
                "kind": "primary",
                "hotkey": "n",
            }
        )
    return buttons
