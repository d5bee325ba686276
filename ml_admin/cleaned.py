"""What cleaning takes and gives: the contract of every cleaner, and any cell as text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from ml_admin.communes import Communes


@dataclass(frozen=True, slots=True)
class Flag:
    """What was lost or guessed in one value."""

    field: str  # attribute concerned ("" = the field being cleaned)
    code: str  # "invalid_phone", "ambiguous_level"…
    fatal: bool = False  # a person must decide first


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A clean value, what it says besides, and what was lost or guessed."""

    value: Any
    flags: tuple[Flag, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Counsellor:
    """A counsellor as an import knows one."""

    key: str  # "DURAND Sophie"
    last_name: str
    first_name: str
    initials: str


@dataclass(frozen=True)
class Context:
    """What cleaning needs to know besides the value."""

    reference_date: date
    date_system: int = 1900
    year: int | None = None  # of the file or sheet, when dates have none
    counsellors: tuple[Counsellor, ...] = ()
    sites: tuple[str, ...] = ()  # their names
    communes: Communes | None = None  # None: the reference shipped with the application


Cleaner = Callable[[Any, Context], Cleaned]

NOTHING = Cleaned(None, (), MappingProxyType({}))


def number_text(number: float) -> str:
    """612345678.0 -> '612345678'; what a sheet shows of a number, without exponent."""
    if number != number or number in (float("inf"), float("-inf")):
        return ""
    return str(int(number)) if number == int(number) else repr(number)


def as_text(raw: Any) -> str:
    """Any cell as the words a person would have typed."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "oui" if raw else "non"
    if isinstance(raw, int | float):
        return number_text(raw)
    if isinstance(raw, datetime):
        return raw.strftime("%d/%m/%Y %H:%M" if raw.hour or raw.minute else "%d/%m/%Y")
    if isinstance(raw, date):
        return raw.strftime("%d/%m/%Y")
    if isinstance(raw, time):
        return raw.strftime("%H:%M")
    if isinstance(raw, timedelta):
        minutes = round(raw.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02}"
    return str(raw)


def lost(code: str, attribute: str = "", *, fatal: bool = False, extra: dict[str, Any] | None = None) -> Cleaned:
    return Cleaned(None, (Flag(attribute, code, fatal),), extra or {})
