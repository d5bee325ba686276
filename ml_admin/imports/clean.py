"""One column at a time: each distinct value is cleaned once, however many rows hold it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ml_admin import cleaners
from ml_admin.cleaners import Cleaned, Context, Flag
from ml_admin.imports.entities import Meaning
from ml_admin.imports.grid_cells import clean_mark
from ml_admin.imports.workbook import Cell

# cleaners that only an import needs
_OWN: dict[str, Callable[[Any, Context], Cleaned]] = {"registration_mark": clean_mark}


@dataclass(slots=True)
class CleanColumn:
    """What a column gives: a list a field, in the order of the rows, and the flags of the rows that have some."""

    fields: dict[str, list[Any]]
    flags: dict[int, tuple[Flag, ...]] = field(default_factory=dict)  # position -> flags, their field always named


def clean_cell(name: str, cell: Cell, context: Context) -> Cleaned:
    """Like cleaners.clean, with the cleaners that only an import has."""
    own = _OWN.get(name)
    return own(cell, context) if own else cleaners.clean(name, cell, context)


def clean_column(meaning: Meaning, cells: Sequence[Cell], context: Context) -> CleanColumn:
    """Clean every cell of a column for one meaning.

    A field that the cell names in `extra` wins; else the first field of the meaning takes the value itself.
    Other extras (phone2, birth_name, time…) become fields of their own where some row has them.
    """
    keys = _keys(cells)
    distinct = {
        key: clean_cell(meaning.cleaner, cell, context) for key, cell in dict(zip(keys, cells, strict=True)).items()
    }
    names = dict.fromkeys((*meaning.fields, *(name for one in distinct.values() for name in one.extra)))
    column = CleanColumn({name: _values(name, meaning, distinct, keys) for name in names})
    flagged = {key: _named(one.flags, meaning) for key, one in distinct.items() if one.flags}
    if flagged:
        column.flags = {at: flagged[key] for at, key in enumerate(keys) if key in flagged}
    return column


def _keys(cells: Sequence[Cell]) -> Sequence[Any]:
    """1, 1.0 and True are one dictionary key: tell them apart where a column mixes them."""
    kinds = set(map(type, cells))
    return [(type(cell), cell) for cell in cells] if bool in kinds and len(kinds & {int, float}) else cells


def _values(name: str, meaning: Meaning, distinct: dict[Any, Cleaned], keys: Sequence[Any]) -> list[Any]:
    own = name == meaning.fields[0]
    found = {key: one.extra.get(name, one.value if own else None) for key, one in distinct.items()}
    return [found[key] for key in keys]


def _named(flags: tuple[Flag, ...], meaning: Meaning) -> tuple[Flag, ...]:
    return tuple(flag if flag.field else Flag(meaning.fields[0], flag.code, flag.fatal) for flag in flags)
