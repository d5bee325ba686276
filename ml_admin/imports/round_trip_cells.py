"""One cell of an exported workbook that came back: is it still what was written there, and if not, what does it say?"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

from ml_admin import models as m
from ml_admin.cleaned import as_text
from ml_admin.cleaners import CLEANERS, Context, clean, explain
from ml_admin.editing import column_of
from ml_admin.fields import fields_of
from ml_admin.imports.workbook import CellError
from ml_admin.listing import kind_of, options_of
from ml_admin.sheet_values import CUT, PARIS, YES_NO, shown
from ml_admin.text import fold

_MOMENT: Final = re.compile(r"(.+?)(?:[\sT]+|\s*à\s*)(\d{1,2}\s?(?:[:hH]\s?\d{0,2}(?::\d{2})?))")
_YEARS: Final = range(1900, 2200)


class WrongCellError(Exception):
    """A cell that cannot be read; the message is a French sentence with cause and remedy."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a changed cell says: a value as the record holds it, what else it gives, what was guessed."""

    value: Any
    extra: Mapping[str, Any] = field(default_factory=dict)  # other attributes, written where they are empty
    flags: tuple[tuple[str, str], ...] = ()  # (attribute, code)


# --- Still the same --------------------------------------------------------------------------------------------------


def is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def same(exported: Any, cell: Any) -> bool:
    """Whether `cell` still says `exported`, a value as `sheet_values.reader_of` gives it.

    A spreadsheet may have turned a day into an instant at midnight, rounded a second, written lines with other ends:
    that is no change.
    """
    if cell == exported:
        return True
    if exported is None or exported == "":
        return cell is None or cell == ""
    if isinstance(exported, datetime):
        return _minute(cell) == exported.replace(second=0) or _words(cell) == shown(exported)
    if isinstance(exported, date):
        return _day(cell) == exported or _words(cell) == shown(exported)
    if isinstance(exported, int | float):
        return _number(cell) == exported
    return _same_text(exported, cell)


def _same_text(exported: str, cell: Any) -> bool:
    if not isinstance(cell, str):
        return cell is not None and as_text(cell) == exported
    old, new = _plain(exported), _plain(cell)
    return old == new or (new.endswith(CUT) and len(new) < len(old) and old.startswith(new.removesuffix(CUT)))


def _plain(text: str) -> str:
    # no spreadsheet keeps a carriage return, no text file a NUL
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _words(cell: Any) -> str:
    return cell.strip() if isinstance(cell, str) else ""


def _minute(cell: Any) -> datetime | None:
    if isinstance(cell, datetime):
        # 14:30 may come back as 14:29:59.9999
        return (cell + timedelta(milliseconds=500)).replace(second=0, microsecond=0, tzinfo=None)
    return datetime.combine(cell, time()) if isinstance(cell, date) else None


def _day(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time() else None
    return cell if isinstance(cell, date) else None


def _number(cell: Any) -> float | None:
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return cell
    try:
        return float(_words(cell).replace(",", "."))
    except ValueError:
        return None


# --- What it says now ------------------------------------------------------------------------------------------------


def read_cell(model: type[m.Base], name: str, cell: Any, context: Context) -> Said:
    """What a changed, filled cell says for an attribute that is no relation, by the cleaner of its form.

    Raises WrongCellError.
    """
    if isinstance(cell, CellError):
        raise WrongCellError(explain("excel_error", cell))
    return _READERS[kind_of(model, name)](model, name, cell, context)


@cache
def required(model: type[m.Base], name: str) -> bool:
    """Whether a record cannot be written without this attribute."""
    column = model.__table__.c[column_of(model, name)]
    return not column.nullable and column.default is None and column.server_default is None


def _cleaned(model: type[m.Base], name: str, cell: Any, context: Context) -> Said:
    cleaner = fields_of(model)[name].cleaner or "text"
    found = clean(cleaner, cell, context)
    if found.value in (None, "") and not found.extra:
        raise WrongCellError(explain(found.flags[0].code if found.flags else "unreadable", cell))
    value = f"{found.value:%H:%M}" if isinstance(found.value, time) else found.value
    longest = getattr(model.__table__.c[name].type, "length", None)
    if longest and isinstance(value, str) and len(value) > longest:
        raise WrongCellError(f"{len(value)} caractères, pour {longest} au plus. Raccourcissez le texte.")
    return Said(value, found.extra, tuple((flag.field or name, flag.code) for flag in found.flags))


def _choice(model: type[m.Base], name: str, cell: Any, context: Context) -> Said:
    options = options_of(model, name)
    words = fold(as_text(cell))
    codes = [code for code, label in options.options() if words in (fold(label), fold(code))]
    cleaner = fields_of(model)[name].cleaner
    if not codes and cleaner in CLEANERS:
        codes = [
            code for code in (clean(cleaner, cell, context).value,) if code in {one for one, _ in options.options()}
        ]
    if len(codes) != 1:
        raise WrongCellError(f"«\u00a0{_quoted(cell)}\u00a0» n’est pas dans la liste. Choisissez l’une de ses valeurs.")
    return Said(options.of(codes[0]))


def _truth(model: type[m.Base], name: str, cell: Any, context: Context) -> Said:
    words = fold(as_text(cell))
    if words in YES_NO:
        return Said(words == YES_NO[0])
    value = clean("boolean", cell, context).value
    if value is None:
        raise WrongCellError(f"«\u00a0{_quoted(cell)}\u00a0» ne dit ni oui ni non. Écrivez oui ou non.")
    return Said(bool(value))


def _quantity(model: type[m.Base], name: str, cell: Any, context: Context) -> Said:
    words = as_text(cell).replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    whole = fields_of(model)[name].cleaner != "decimal"
    if not re.fullmatch(r"-?\d{1,9}(\.0*)?" if whole else r"-?\d{1,9}(\.\d*)?", words):
        raise WrongCellError(explain("unparsed_number", cell))
    if whole:
        return Said(int(words.partition(".")[0]))
    value, kind = Decimal(words), model.__table__.c[name].type
    if abs(value) >= 10 ** (kind.precision - kind.scale):  # type: ignore[attr-defined]
        raise WrongCellError("Ce nombre est trop grand. Vérifiez la saisie.")
    return Said(value)


def _instant(model: type[m.Base], name: str, cell: Any, context: Context) -> Said:
    moment = _minute(cell) or _moment(as_text(cell), context)
    if moment is None:
        raise WrongCellError(
            "La date et l’heure n’ont pas pu être lues. Écrivez-les par exemple ainsi\u00a0: 18/11/2026 14:30."
        )
    if moment.year not in _YEARS:
        raise WrongCellError("Cette date est trop loin. Vérifiez l’année.")
    return Said(moment.replace(tzinfo=PARIS).astimezone(UTC))


def _moment(words: str, context: Context) -> datetime | None:
    found = _MOMENT.fullmatch(words.strip())
    if found is None:
        return None
    day, hour = clean("due_date", found[1], context).value, clean("time", found[2], context).value
    return datetime.combine(day, hour) if isinstance(day, date) and isinstance(hour, time) else None


def _items(model: type[m.Base], name: str, cell: Any, context: Context) -> Said:
    found = [item.strip()[:200] for item in re.split(r"[,;\n]", as_text(cell))]
    return Said([item for item in found if item][:100])


def _quoted(cell: Any) -> str:
    text = as_text(cell)
    return text if len(text) <= 60 else f"{text[:59]}…"


_READERS: Final[Mapping[str, Callable[[type[m.Base], str, Any, Context], Said]]] = {
    "text": _cleaned,
    "date": _cleaned,
    "choice": _choice,
    "bool": _truth,
    "number": _quantity,
    "instant": _instant,
    "json": _items,
}
