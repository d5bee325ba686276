"""What an attribute means to people, declared once in the model and read by every screen, sheet and rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import ColumnProperty, DeclarativeBase

_ranks = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The meaning of one attribute; see `described` for each slot."""

    label: str
    help: str = ""
    example: str = ""
    unit: str = ""
    group: str = ""  # heading of the form and the record page
    section: str = (
        "general"  # field group of the rights table: general, contact, notes, health, housing, justice, family…
    )
    listed: bool = False  # in the list without asking
    column: bool = True  # may be shown in the list
    searched: bool = False
    filtered: bool = False
    sorted: bool = True
    quick: bool = False  # edited inside the list
    form: bool = True
    exported: bool = True
    imported: bool = True
    personal: bool = False  # emptied by erasure
    free_text: bool = False  # goes to no recipient
    cleaner: str = ""  # a name in cleaners.CLEANERS
    aliases: tuple[str, ...] = ()  # other headings of old files
    retention: str = ""
    rank: int = 0


def described(label: str, **slots: Any) -> dict[str, Field]:
    """The `info=` of a column or relationship: `mapped_column(info=described("Nom", listed=True))`.

    Raises TypeError for an unknown slot, at import time.
    """
    return {"field": Field(label=label, rank=next(_ranks), **slots)}


@cache
def fields_of(model: type[DeclarativeBase]) -> Mapping[str, Field]:
    """Attribute name -> Field, in the order the model declares them."""
    found = {}
    for prop in inspect(model).attrs:
        # a ColumnProperty's own .info is empty under SQLAlchemy 2.1: the column carries it
        info = prop.columns[0].info if isinstance(prop, ColumnProperty) else prop.info
        if "field" in info:
            found[prop.key] = info["field"]
    return dict(sorted(found.items(), key=lambda item: item[1].rank))
