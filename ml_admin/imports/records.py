"""From the short codes of an import to what the tables hold: one flat draft a record, its values as JSON holds them.

A draft has the columns of the record's own table, and pieces that become rows of other tables:
`programmes`, `barriers`, `situation`, `contact`. Days and instants are ISO text. A blank is absent, so it erases nothing.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Date, String

from ml_admin import models as m
from ml_admin.choices import Scope
from ml_admin.column_types import UtcDateTime
from ml_admin.permissions import Viewer

Draft = dict[str, Any]

PARIS: Final = ZoneInfo("Europe/Paris")
DEFAULT_MINUTES: Final = 45
_LONGEST_MINUTES: Final = 12 * 60

MODELS: Final[Mapping[str, type[m.Base]]] = {
    "young_person": m.YoungPerson,
    "employer": m.Employer,
    "partner": m.Partner,
    "appointment": m.Appointment,
    "action_item": m.ActionItem,
    "job_dating_registration": m.Registration,
    "job_dating_slot": m.Interview,
    "job_dating_employer": m.Stand,
}
# what else a table of this kind writes: the right to import is asked for each
WRITES: Final[Mapping[str, tuple[type[m.Base], ...]]] = {
    "young_person": (m.YoungPerson,),
    "employer": (m.Employer,),
    "partner": (m.Partner,),
    "appointment": (m.Appointment,),
    "action_item": (m.ActionItem,),
    "job_dating_registration": (m.JobDating, m.Registration, m.Interview, m.Stand),
    "job_dating_slot": (m.JobDating, m.Registration, m.Interview, m.Stand),
    "job_dating_employer": (m.JobDating, m.Stand),
}
# piece of a draft -> the table that it becomes a row of
PIECES: Final[Mapping[str, type[m.Base]]] = {
    "programmes": m.Enrolment,
    "barriers": m.Barrier,
    "situation": m.Situation,
}
CONTACTS: Final[Mapping[str, type[m.Base]]] = {"employer": m.EmployerContact, "partner": m.PartnerContact}

# code of a file -> (status, exit_reason, situation)
_STATUS: Final[Mapping[str, tuple[str, str | None, str | None]]] = {
    "first_contact": ("first_contact", None, None),
    "active": ("active", None, None),
    "paused": ("paused", None, None),
    "in_employment": ("active", None, "employment"),
    "in_training": ("active", None, "training"),
    "closed": ("closed", None, None),
    "transferred": ("closed", "transfer", None),
    "lost_contact": ("closed", "no_contact", None),
}
BARRIERS: Final[Mapping[str, str]] = {
    "mobility": "23",
    "childcare": "24",
    "health": "25",
    "language": "26",
    "housing": "27",
    "money": "28",
    "justice": "29",
    "digital": "digital",
}
_NOT_WRITTEN = frozenset({"id", "version", "created_at", "search_key", "contact_key", "extra"})


@cache
def plain_columns(model: type[m.Base]) -> frozenset[str]:
    """The columns that a record fills by their own name."""
    return frozenset(
        column.key for column in model.__table__.columns if column.key not in _NOT_WRITTEN and not column.foreign_keys
    )


@cache
def day_columns(model: type[m.Base]) -> frozenset[str]:
    return frozenset(column.key for column in model.__table__.columns if isinstance(column.type, Date))


@cache
def instant_columns(model: type[m.Base]) -> frozenset[str]:
    return frozenset(column.key for column in model.__table__.columns if isinstance(column.type, UtcDateTime))


@cache
def limits(model: type[m.Base]) -> Mapping[str, int]:
    """Column -> longest text; closed lists have their own check."""
    return {
        column.key: column.type.length
        for column in model.__table__.columns
        if type(column.type) is String and column.type.length
    }


def wire(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, Decimal):
        return float(value)
    return value


def as_day(text: Any) -> date | None:
    """'2004-03-12' -> the day."""
    return date.fromisoformat(text) if isinstance(text, str) and text else text or None


def is_blank(value: Any) -> bool:
    return value is None or value == "" or value == []


def person_of(record: Mapping[str, Any], counsellors: Mapping[str, int]) -> Draft:
    """A young person; `counsellors`: key of a counsellor -> their identifier."""
    draft = _plain(m.YoungPerson, record)
    draft.pop("status", None)
    if (key := record.get("counsellor")) in counsellors:
        draft["counsellor_id"] = counsellors[str(key)]
    if status := record.get("status"):
        _set_status(draft, str(status))
    if programmes := record.get("programmes"):
        draft["programmes"] = list(programmes)
    if barriers := record.get("barriers"):
        draft["barriers"] = [BARRIERS.get(code, code) for code in barriers]
    return draft


def site_of(viewer: Viewer) -> Draft:
    """Somebody who only sees their own site would lose sight of the people they create elsewhere."""
    return {"site_id": viewer.site_id} if viewer.scope is Scope.OWN_SITE and viewer.site_id else {}


def firm_of(model: type[m.Base]) -> Callable[[Mapping[str, Any], Mapping[str, int]], Draft]:
    """An employer or a partner, with the person to call there."""

    def draft_of(record: Mapping[str, Any], counsellors: Mapping[str, int]) -> Draft:
        draft = _plain(model, record)
        if (key := record.get("officer")) in counsellors:
            draft["officer_id"] = counsellors[str(key)]
        if name := record.get("contact_name"):
            draft["contact"] = {"name": name, "role": record.get("contact_role")}
        if model is m.Employer and draft.get("siret") and not draft.get("siren"):
            draft["siren"] = draft["siret"][:9]
        return draft

    return draft_of


def appointment_of(record: Mapping[str, Any], counsellors: Mapping[str, int]) -> Draft:
    """A meeting, without its young person. Imported ones may overlap (`override`)."""
    draft = _plain(m.Appointment, record)
    draft.update(override=True)
    if record.get("date"):
        draft.update(_when(record))
    if (key := record.get("counsellor")) in counsellors:
        draft["counsellor_id"] = counsellors[str(key)]
    return draft


def action_of(record: Mapping[str, Any], counsellors: Mapping[str, int]) -> Draft:
    """A step of the plan, without its young person."""
    draft = _plain(m.ActionItem, record)
    if draft.get("done_date"):
        draft["status"] = "done"  # the date of the deed says more than a mark beside it
    if (key := record.get("counsellor")) in counsellors:
        draft["counsellor_id"] = counsellors[str(key)]
    return draft


DRAFTS: Final[Mapping[str, Callable[[Mapping[str, Any], Mapping[str, int]], Draft]]] = {
    "young_person": person_of,
    "employer": firm_of(m.Employer),
    "partner": firm_of(m.Partner),
    "appointment": appointment_of,
    "action_item": action_of,
}


def stand_of(record: Mapping[str, Any]) -> Draft:
    """A stand, without its event and employer; `people` of old sheets counts the recruiters."""
    draft: Draft = {}
    if record.get("stand"):
        draft["number"] = str(record["stand"])
    if record.get("positions"):
        draft["positions"] = list(record["positions"])
    people = record.get("people")
    if isinstance(people, int) and people > 0:
        draft["recruiters"] = people
    elif isinstance(people, str) and people:
        draft["people"] = people
    return draft


def _plain(model: type[m.Base], record: Mapping[str, Any]) -> Draft:
    columns = plain_columns(model)
    # is_blank written out: this line meets every cell of the file
    draft = {n: v for n, v in record.items() if n in columns and v is not None and v != "" and v != []}
    if record.get("extra"):
        draft["extra"] = dict(record["extra"])
    return draft


def _set_status(draft: Draft, code: str) -> None:
    status, reason, situation = _STATUS.get(code, (None, None, None))
    if status:
        draft["status"] = status
    if reason:
        draft["exit_reason"] = reason
    if situation:
        draft["situation"] = situation


def _when(record: Mapping[str, Any]) -> Draft:
    """Local wall time to UTC; in the night when an hour is lost or doubled, the first reading holds."""
    day = record["date"] if isinstance(record["date"], date) else date.fromisoformat(str(record["date"])[:10])
    clock = record.get("time")
    hour = clock if isinstance(clock, time) else time.fromisoformat(str(clock)) if clock else time(0)
    minutes = record.get("duration_min")
    length = minutes if isinstance(minutes, int) and 0 < minutes <= _LONGEST_MINUTES else DEFAULT_MINUTES
    starts = datetime.combine(day, hour, PARIS).astimezone(UTC)
    return {
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(minutes=length)).isoformat(),
        "time_known": bool(clock),
    }


def python_value(model: type[m.Base], name: str, value: Any) -> Any:
    """A value of a draft as the column wants it."""
    if isinstance(value, str):
        if name in day_columns(model):
            return date.fromisoformat(value)
        if name in instant_columns(model):
            return datetime.fromisoformat(value)
    return value
