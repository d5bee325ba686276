"""Values as French people read them: plain text (`text_of`) and as pieces of a page (`cell`)."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import g, url_for
from markupsafe import Markup, escape

from ml_admin import choices as c
from ml_admin import models as m
from ml_admin.choices import Choice
from ml_admin.settings import RULES
from ml_admin.text import person_case

PARIS = ZoneInfo("Europe/Paris")
_MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
_DAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]

# a state is a shape, a word and a colour: (colour, shape)
_STATES: tuple[tuple[Choice, tuple[str, str]], ...] = (
    (c.FileStatus.FIRST_CONTACT, ("", "st-ring")),
    (c.FileStatus.ACTIVE, ("ok", "st-half")),
    (c.FileStatus.PAUSED, ("warn", "st-late")),
    (c.FileStatus.CLOSED, ("mute", "st-dash")),
    (c.AppointmentOutcome.PLANNED, ("", "st-ring")),
    (c.AppointmentOutcome.ATTENDED, ("ok", "st-ok")),
    (c.AppointmentOutcome.ABSENT, ("danger", "st-danger")),
    (c.AppointmentOutcome.ABSENT_EXCUSED, ("warn", "st-warn")),
    (c.AppointmentOutcome.CANCELLED, ("mute", "st-dash")),
    (c.AppointmentOutcome.RESCHEDULED, ("info", "st-info")),
    (c.ActionStatus.TODO, ("", "st-ring")),
    (c.ActionStatus.DOING, ("info", "st-half")),
    (c.ActionStatus.DONE, ("ok", "st-ok")),
    (c.ActionStatus.CANCELLED, ("mute", "st-dash")),
    (c.Relationship.PROSPECT, ("", "st-ring")),
    (c.Relationship.DISCUSSION, ("info", "st-half")),
    (c.Relationship.ACTIVE, ("ok", "st-ok")),
    (c.Relationship.DORMANT, ("mute", "st-dash")),
    (c.SituationState.PLANNED, ("", "st-ring")),
    (c.SituationState.CURRENT, ("ok", "st-half")),
    (c.SituationState.ENDED, ("mute", "st-dash")),
    (c.BarrierState.YES, ("warn", "st-warn")),
    (c.BarrierState.NO, ("mute", "st-dash")),
    (c.BarrierState.LIFTED, ("ok", "st-ok")),
    (c.BarrierState.NOT_DISCUSSED, ("", "st-ring")),
    (c.OfferStatus.OPEN, ("ok", "st-half")),
    (c.OfferStatus.FILLED, ("ok", "st-ok")),
    (c.OfferStatus.EXPIRED, ("mute", "st-dash")),
    (c.OfferStatus.WITHDRAWN, ("mute", "st-dash")),
    (c.EventStatus.PREPARING, ("", "st-ring")),
    (c.EventStatus.OPEN, ("info", "st-info")),
    (c.EventStatus.RUNNING, ("ok", "st-half")),
    (c.EventStatus.CLOSED, ("ok", "st-ok")),
    (c.EventStatus.CANCELLED, ("mute", "st-dash")),
    (c.RegistrationStatus.REGISTERED, ("", "st-ring")),
    (c.RegistrationStatus.WAITING, ("warn", "st-late")),
    (c.RegistrationStatus.PRESENT, ("ok", "st-ok")),
    (c.RegistrationStatus.EXCUSED, ("warn", "st-warn")),
    (c.RegistrationStatus.ABSENT, ("danger", "st-danger")),
    (c.RegistrationStatus.WALK_IN, ("ok", "st-half")),
    (c.RegistrationStatus.CANCELLED, ("mute", "st-dash")),
    (c.InterviewStatus.REGISTERED, ("", "st-ring")),
    (c.InterviewStatus.WAITING, ("warn", "st-late")),
    (c.InterviewStatus.HELD, ("ok", "st-ok")),
    (c.InterviewStatus.MISSED, ("danger", "st-danger")),
    (c.InterviewStatus.CANCELLED, ("mute", "st-dash")),
    (c.InteractionOutcome.POSITIVE, ("ok", "st-ok")),
    (c.InteractionOutcome.NEUTRAL, ("", "st-ring")),
    (c.InteractionOutcome.NEGATIVE, ("danger", "st-danger")),
    (c.InteractionOutcome.TO_FOLLOW_UP, ("warn", "st-late")),
)
# two lists may share a code, and members compare as their codes: the class belongs to the key
BADGES = {(type(state), state.value): look for state, look in _STATES}

_PEOPLE = frozenset({"young_person", "registration", "interview", "counsellor", "officer"})
# attributes whose text becomes a link or changes its look
LINKED = frozenset({"key", "phone", "phone2", "representative_phone", "email", "website", "last_name", "birth_name"})


def title_of(model: type[m.Base], title: str) -> str:
    """The name of a record as lists show it: « Garçon Inès »."""
    if model in (m.YoungPerson, m.Counsellor) or any(
        name in m.Base.metadata.tables[model.__tablename__].c for name in ("young_person_id", "registration_id")
    ):
        return person_case(title)
    return title


def called(record: m.Base) -> str:
    """How a record is named in a sentence or at the head of its page: « Inès Garçon », « Stand 3 · Au Pain d’Orsane »."""
    if isinstance(record, m.YoungPerson | m.Counsellor):
        return f"{record.first_name} {person_case(record.last_name)}"
    if isinstance(record, m.Registration):
        return called(record.young_person)
    if isinstance(record, m.Interview):
        return called(record.registration)
    if isinstance(record, m.Stand):
        return f"{record} · {record.employer.name}"
    if isinstance(record, m.Setting):
        return RULES[record.key].label if record.key in RULES else record.key
    return str(record)


def day(value: date) -> str:
    """12/03/2004."""
    return value.strftime("%d/%m/%Y")


def long_day(value: date) -> str:
    """lundi 23 novembre 2026."""
    number = "1er" if value.day == 1 else str(value.day)
    return f"{_DAYS[value.weekday()]} {number} {_MONTHS[value.month - 1]} {value.year}"


def month(value: date) -> str:
    """Novembre 2026."""
    return f"{_MONTHS[value.month - 1].capitalize()} {value.year}"


def clock(value: datetime) -> str:
    """9 h 05, in France."""
    local = value.astimezone(PARIS)
    return f"{local.hour}\u00a0h\u00a0{local.minute:02d}"


def instant(value: datetime) -> str:
    """02/12/2025, 9 h 15, in France."""
    return f"{day(value.astimezone(PARIS).date())}, {clock(value)}"


def is_phone(value: str) -> bool:
    """Whether a text is a French number as its cleaner writes it, whatever the attribute is called."""
    return value[:3] == "+33" and len(value) == 12


def phone(value: str) -> str:
    """'+33639981245' -> '06 39 98 12 45', with spaces that do not break."""
    if is_phone(value):
        digits = "0" + value[3:]
        return "\u00a0".join(digits[i : i + 2] for i in range(0, 10, 2))
    return value


def number(value: int) -> str:
    """1 948, with the narrow space of figures."""
    return f"{value:,}".replace(",", "\u202f")


def age(birth: date, today: date) -> int:
    """Full years."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def text_of(value: Any, name: str = "") -> str:
    """Any value in plain French text; '' for nothing."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, Choice):
        return value.label
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return day(value.astimezone(PARIS).date()) if name == "last_contact" else instant(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, tuple):
        return person_case(str(value[1] or "")) if name in _PEOPLE else str(value[1] or "")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}".replace(".", ",")
    if isinstance(value, int):
        return number(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(text_of(item) for item in value)
    if name in ("last_name", "birth_name"):
        return person_case(str(value))
    if name == "key":
        return RULES[value].label if value in RULES else str(value)
    return phone(str(value))


def look_of(value: Choice) -> tuple[str, str] | None:
    """(colour, shape) of a state; None for a closed list that is no state."""
    return BADGES.get((type(value), value.value))


@lru_cache(maxsize=512, typed=True)  # typed: members of two lists compare as their codes
def badge(value: Choice, sprite: str) -> Markup:
    """A state as shape, word and colour; a plain word when the list is no state."""
    look = look_of(value)
    if look is None:
        return escape(value.label)
    colour, shape = look
    kind = f" ml-{colour}" if colour else ""
    drawn = f'<svg aria-hidden="true"><use href="{escape(sprite)}#{shape}"/></svg>{escape(value.label)}'
    return Markup(f'<span class="ml-st{kind} ml-bare">{drawn}</span>')  # noqa: S704 - escaped above


def cell(name: str, value: Any, *, today: date, sprite: str, address: str | None = None) -> Markup | str:
    """One value of a list or a record as a piece of page; '' for nothing. `address`: of the record a relation names.

    Built by hand: Markup.format costs four times as much, and a list draws 500 of these.
    """
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, Choice):
        return badge(value, sprite)
    if name == "birth_date" and isinstance(value, date):
        years = f'<span class="ml-faint">{age(value, today)} ans</span>'
        return Markup(f'<span class="ml-nowrap">{day(value)} {years}</span>')  # noqa: S704 - figures
    if isinstance(value, tuple):
        shown = text_of(value, name)
        return _link(address, shown) if address else shown
    if isinstance(value, str) and ("phone" in name or is_phone(value)):
        return Markup(f'<a class="ml-nowrap" href="tel:{escape(value)}">{escape(phone(value))}</a>')  # noqa: S704
    if name == "email":
        return _link(f"mailto:{value}", value)
    if name == "website":
        # a link only for what is surely an address of the web
        return _link(value, value) if str(value).startswith(("https://", "http://")) else str(value)
    return text_of(value, name)


def _link(address: str, words: str) -> Markup:
    return Markup(f'<a href="{escape(address)}">{escape(words)}</a>')  # noqa: S704 - escaped here


def sprite() -> str:
    """Address of the icons, built once a page; the templates ask for it too."""
    if "ml_sprite" not in g:
        g.ml_sprite = url_for("static", filename="icons.svg")
    return str(g.ml_sprite)
