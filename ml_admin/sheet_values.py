"""How a record stands in a sheet: its key, and each value as a cell holds it. Exports write it, imports know it again."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement

from ml_admin import models as m
from ml_admin.cleaners import display
from ml_admin.listing import label_of

PARIS: Final = ZoneInfo("Europe/Paris")
YES_NO: Final = ("oui", "non")
CUT: Final = " […] (suite coupée : cellule trop longue)"  # ends a text that no cell can hold whole

_KEY: Final = re.compile(r"\s*(\d{1,18})-([bcdfghjklmnpqrst]{8})\s*")
_HEADING: Final = re.compile(r"\s*(Clé|Version) \((\w{1,63})\)\s*")
_PHONE: Final = re.compile(r"\+33\d{9}")
_LETTERS: Final = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")


# --- Keys ------------------------------------------------------------------------------------------------------------


def key_headings(table: str) -> tuple[str, str]:
    """The headings of the two columns that say which record, in which version, a row is."""
    return f"Clé ({table})", f"Version ({table})"


def read_heading(text: Any) -> tuple[str, str] | None:
    """('Clé', 'young_person') of the heading of a key, ('Version', …) of a version; None for any other cell."""
    found = _HEADING.fullmatch(text) if isinstance(text, str) else None
    return (found[1], found[2]) if found else None


def key_text(table: str, key: int, version: int, created_at: datetime) -> str:
    """'12-bcdfghjk': the key of a record and a proof drawn from it.

    The proof holds for one record of one database in one version: a key dragged down by a spreadsheet, a version typed
    over, a workbook of another office name nothing. It gives no right: whoever knows the key still needs the record's.
    Never a number, a date or a formula for a spreadsheet.
    """
    proof = blake2b(f"{table}:{key}:{version}:{created_at.isoformat()}".encode(), digest_size=4)
    return f"{key}-{proof.hexdigest().translate(_LETTERS)}"


def read_key(text: Any) -> tuple[int, str] | None:
    """(key, the whole text as `key_text` writes it), or None for what is no key."""
    found = _KEY.fullmatch(text) if isinstance(text, str) else None
    return (int(found[1]), f"{int(found[1])}-{found[2]}") if found else None


# --- Values ----------------------------------------------------------------------------------------------------------


def reader_of(name: str, kind: str) -> Callable[[Any], Any]:
    """From a value of the database to one of a sheet, for the attribute `name` of this kind; None stays None."""
    if "phone" in name:
        return lambda value: value and display("phone", value)
    return _READERS.get(kind, _text)


def _text(value: Any) -> Any:
    # a telephone is known by its writing, whatever the attribute is called
    return display("phone", value) if type(value) is str and value[:3] == "+33" and _PHONE.fullmatch(value) else value


def _local(value: datetime | None) -> datetime | None:
    return value and value.astimezone(PARIS).replace(tzinfo=None, microsecond=0)


def _number(value: int | Decimal | None) -> int | float | None:
    return float(value) if isinstance(value, Decimal) else value


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "choice": lambda value: value and value.label,
    "bool": lambda value: None if value is None else YES_NO[not value],
    "instant": _local,
    "number": _number,
    "relation": lambda value: value,  # a name, even one that looks like a telephone
    "json": lambda value: ", ".join(map(str, value)) if value else None,
}


def shown_name(model: type[m.Base], entity: Any) -> ColumnElement[Any]:
    """How a sheet names a record of `model`, for `entity` (the model or an alias of it)."""
    # a sheet that comes back must tell Sophie DURAND from Samir DURAND, which « S. DURAND » does not
    return entity.last_name + " " + entity.first_name if model is m.Counsellor else label_of(model, entity)


def shown(value: Any) -> str:
    """A value of a sheet as words, where there are no typed cells: 12/03/2004, 12/03/2004 14:30, 7,5."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(value).replace(".", ",") if isinstance(value, float) else str(value)
