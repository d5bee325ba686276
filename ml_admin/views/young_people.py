"""The screens of young people: ready-made lists, and the page of a file."""

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from flask import url_for
from sqlalchemy import func, select

from ml_admin import models as m
from ml_admin import settings
from ml_admin.choices import ActionStatus, AppointmentOutcome, FileStatus
from ml_admin.column_types import now
from ml_admin.listing import PARIS, Filter, ListState
from ml_admin.permissions import Viewer, may, may_see
from ml_admin.story import Event, story_of
from ml_admin.views import formats
from ml_admin.views.base import EntityView
from ml_admin.views.registry import views


class YoungPersonView(EntityView):
    """The young people: saved lists, and the file's header."""

    def saved_views(self, viewer: Viewer, state: ListState) -> list[dict[str, Any]]:
        today = datetime.now(PARIS).date()
        mine = (Filter("counsellor", "est", (str(viewer.counsellor_id),)),) if viewer.counsellor_id else ()
        adult = (
            today.replace(year=today.year - 18) if (today.month, today.day) != (2, 29) else today - timedelta(days=6575)
        )
        views: list[tuple[str, tuple[Filter, ...]]] = [("Tous", ())]
        if mine:
            views.append(("Mes jeunes", mine))
        if may(viewer, "read", m.Appointment):
            open_file = Filter("status", "est", ("active", "first_contact"))
            views.append(("Sans rendez-vous à venir", (*mine, open_file, Filter("next_appointment", "vide"))))
        if may(viewer, "read", m.Enrolment):
            views.append(("CEJ en cours", (Filter("programme", "est", ("CEJ",)),)))
        views.append(("Mineurs", (Filter("birth_date", "entre", ((adult + timedelta(days=1)).isoformat(), "")),)))
        return [
            {
                "label": label,
                "url": self.address(ListState(filters=filters)),
                "current": state.filters == filters and not state.search,
                "count": None,
            }
            for label, filters in views
        ]

    def subtitle(self, record: m.YoungPerson) -> str:
        today = datetime.now(PARIS).date()
        parts = []
        if record.birth_date:
            born = {"F": "née", "M": "né"}.get(record.gender or "", "né(e)")
            parts.append(f"{record.age_on(today)} ans, {born} le {formats.day(record.birth_date)}")
        if record.city:
            parts.append(record.city)
        if record.registration_date:
            parts.append(f"inscription le {formats.day(record.registration_date)}")
        return " · ".join(parts)

    def badges(self, viewer: Viewer, record: m.YoungPerson) -> list[dict[str, Any]]:
        badges = super().badges(viewer, record)
        if may(viewer, "read", m.Enrolment):
            today = datetime.now(PARIS).date()
            running = [e for e in record.enrolments if e.ends_on is None or e.ends_on >= today]
            badges += [{"label": e.programme.label, "kind": "info", "shape": "st-diamond"} for e in running[:4]]
        return badges

    def facts(self, viewer: Viewer, record: m.YoungPerson) -> list[dict[str, Any]]:
        facts = [{"label": "Référent", "value": record.counsellor.full_name if record.counsellor else ""}]
        if may(viewer, "read", m.Appointment):
            last, following = self._last_contact(record), self._next_appointment(record)
            facts.append({"label": "Dernier contact", "value": formats.instant(last) if last else ""})
            if following is None:  # else the needle says it
                facts.append({"label": "Prochain rendez-vous", "value": ""})
        if may_see(viewer, m.YoungPerson, "preferred_contact"):
            facts.append({"label": "Joindre de préférence", "value": record.preferred_contact or ""})
        return facts

    def record_buttons(self, viewer: Viewer, record: m.YoungPerson) -> list[dict[str, Any]]:
        buttons = super().record_buttons(viewer, record)
        if may_see(viewer, m.YoungPerson, "phone") and record.phone:
            buttons.append({"label": formats.phone(record.phone), "icon": "phone", "url": f"tel:{record.phone}"})
        if may_see(viewer, m.YoungPerson, "email") and record.email:
            buttons.append({"label": "Écrire", "icon": "mail", "url": f"mailto:{record.email}"})
        return buttons

    def next_gesture(self, viewer: Viewer, record: m.YoungPerson) -> dict[str, Any] | None:
        """The next appointment."""
        if not may(viewer, "read", m.Appointment) or (planned := self._next_appointment(record)) is None:
            return None
        local = planned.starts_at.astimezone(PARIS)
        details = [planned.kind.label, planned.mode.label if planned.mode else "", planned.purpose or ""]
        if planned.counsellor:
            details.append(f"avec {planned.counsellor.full_name}")
        return {
            "title": f"Prochain rendez-vous\u00a0: {formats.long_day(local.date())}, {formats.clock(local)}",
            "text": " · ".join(part for part in details if part),
            "action": {"label": "Ouvrir", "url": url_for("appointments.details_view", key=planned.id)},
        }

    def story(self, viewer: Viewer, record: m.YoungPerson) -> dict[str, Any] | None:
        """What happened, month by month, or year by year when it is spread out."""
        events = story_of(self.orm, viewer, record, now())
        long = bool(events) and (events[0].day - events[-1].day).days > _MANY_DAYS
        heading = (lambda e: str(e.day.year)) if long else (lambda e: formats.month(e.day))
        months = [{"label": label, "events": [_event(e) for e in found]} for label, found in groupby(events, heading)]
        return {"title": "Histoire", "months": months}

    def alerts(self, viewer: Viewer, record: m.YoungPerson) -> dict[str, Any] | None:
        today = datetime.now(PARIS).date()
        lines = []
        if record.is_minor_on(today) and not record.representative and may_see(viewer, m.YoungPerson, "representative"):
            lines.append("Mineur sans représentant légal noté.")
        limit = settings.number(self.orm, "age.max", today) + 1
        if record.birth_date and record.status is not FileStatus.CLOSED:
            left = (_birthday(record.birth_date, limit) - today).days
            if 0 <= left <= 92:
                lines.append(f"{limit} ans dans {left} jours.")
            elif left < 0:
                lines.append(f"{limit} ans passés depuis le {formats.day(_birthday(record.birth_date, limit))}.")
        if may(viewer, "read", m.ActionItem) and (late := self._late_actions(record, today)):
            lines.append(f"{late} {'action' if late < 2 else 'actions'} en retard.")
        return {"title": "À voir", "lines": lines} if lines else None

    def _last_contact(self, record: m.YoungPerson) -> datetime | None:
        query = select(func.max(m.Appointment.starts_at)).where(m.Appointment.young_person_id == record.id)
        return self.orm.scalar(query.where(m.Appointment.outcome == AppointmentOutcome.ATTENDED))

    def _next_appointment(self, record: m.YoungPerson) -> m.Appointment | None:
        query = select(m.Appointment).where(m.Appointment.young_person_id == record.id)
        query = query.where(m.Appointment.outcome == AppointmentOutcome.PLANNED, m.Appointment.starts_at >= now())
        return self.orm.scalars(query.order_by(m.Appointment.starts_at).limit(1)).first()

    def _late_actions(self, record: m.YoungPerson, today: Any) -> int:
        open_ = m.ActionItem.status.in_([ActionStatus.TODO, ActionStatus.DOING])
        query = select(func.count()).where(
            m.ActionItem.young_person_id == record.id, open_, m.ActionItem.due_date < today
        )
        return self.orm.scalar(query) or 0


_MANY_DAYS = 200  # a story longer than this is told by years
_ICONS = {
    m.Appointment: "calendar-week",
    m.ActionItem: "checklist",
    m.Situation: "briefcase",
    m.Enrolment: "flag",
}


def _event(event: Event) -> dict[str, Any]:
    record = event.record
    kind, shape = (formats.look_of(event.state) if event.state else None) or ("", "st-ring")
    at = formats.instant(event.at) if isinstance(event.at, datetime) else formats.day(event.at)
    return {
        "icon": _ICONS[type(record)],
        "title": event.what,
        "badge": {"label": event.state.label, "kind": kind, "shape": shape} if event.state else None,
        "meta": " · ".join(part for part in (at, event.text, event.who) if part),
        "url": url_for(f"{views()[type(record)].endpoint}.details_view", key=record.id),
    }


def _birthday(birth: Any, years: int) -> Any:
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:  # born on 29 February
        return birth.replace(year=birth.year + years, month=3, day=1)
