"""Which value wins, field by field, when two records become one: the fullest, else the latest; never a blank."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import JSON, Column, Table, Text, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import Choice
from ml_admin.fields import Field, fields_of
from ml_admin.text import fold

Side = Literal["kept", "gone", "both"]
OTHER: Final = "autre fiche"  # what marks, in `extra`, a value of the record that went

_MACHINERY = frozenset({"id", "version", "created_at", "extra"})
# columns that only mean something together come from one side when the two sides contradict each other
_TOGETHER: tuple[frozenset[str], ...] = (
    frozenset({"status", "exit_date", "exit_reason"}),
    frozenset({"external_id", "external_source"}),
    frozenset({"address", "postcode", "city"}),
    frozenset({"rqth", "rqth_end"}),
    frozenset({"siret", "siren"}),
    frozenset({"headcount_min", "headcount_max"}),
    frozenset({"has_agreement", "agreement_start", "agreement_end"}),
    frozenset({"next_action", "next_action_on"}),
)
# and these must follow each other, whichever sides they come from
_IN_ORDER = (
    ("headcount_min", "headcount_max"),
    ("agreement_start", "agreement_end"),
    ("birth_date", "registration_date"),
    ("registration_date", "exit_date"),
)
_EARLIEST, _LATEST = frozenset({"registration_date"}), frozenset({"last_contact_date"})
# numbers by which people and firms are found again: the one that is not chosen is kept aside
_NUMBERS = frozenset({"external_id", "phone", "phone2", "email", "siret"})

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """One column of the two records; `name` is its attribute, a relation for a foreign key."""

    column: str
    name: str
    field: Field | None
    kept: Any
    gone: Any
    proposed: Side
    joinable: bool = False  # both texts may be kept, one after the other

    @property
    def same(self) -> bool:
        return blank(self.kept) and blank(self.gone) or bool(self.kept == self.gone)

    def value(self, side: Side) -> Any:
        """What the record that stays holds when this side is chosen."""
        if side == "both" and self.joinable:
            return joined(self.kept, self.gone)
        return self.gone if side == "gone" else self.kept


def blank(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def own_columns(table: Table) -> list[Column[Any]]:
    """The columns that say something of a record: no key, no count of changes, nothing that follows from others."""
    return [column for column in table.columns if column.name not in _MACHINERY and column.computed is None]


def attribute_of(model: type[m.Base], column: str) -> str:
    """The described attribute of a column: « counsellor » for counsellor_id."""
    relation = column.removesuffix("_id")
    return relation if column.endswith("_id") and relation in fields_of(model) else column


def pairs(session: Session, model: type[m.Base], kept: Row, gone: Row) -> list[Pair]:
    """Every column of two records of `model`, with the side that is proposed, in the order of the form."""
    table = m.Base.metadata.tables[model.__tablename__]
    since = _last_set(session, table, kept["id"]), _last_set(session, table, gone["id"])
    meanings = fields_of(model)
    found = []
    for column in own_columns(table):
        name = attribute_of(model, column.name)
        text = is_free_text(column, meanings.get(name))
        side = _proposed(column, kept[column.name], gone[column.name], since, text)
        found.append(Pair(column.name, name, meanings.get(name), kept[column.name], gone[column.name], side, text))
    found = _kept_together(found, since)
    ranks = {name: place for place, name in enumerate(meanings)}
    return sorted(found, key=lambda pair: ranks.get(pair.name, len(ranks)))


def is_free_text(column: Column[Any], field: Field | None) -> bool:
    """Whether two values of this column may stand one after the other."""
    return isinstance(column.type, Text) or (field is not None and field.free_text)


def _proposed(column: Column[Any], kept: Any, gone: Any, since: tuple[Row, Row], text: bool) -> Side:
    if blank(gone) or kept == gone:
        return "kept"
    if blank(kept):
        return "gone"
    if text:
        return _fuller_text(kept, gone)
    if column.name in _EARLIEST | _LATEST:
        first: Side = "kept" if kept < gone else "gone"
        return first if column.name in _EARLIEST else _turned(first)
    if isinstance(kept, str) and not isinstance(kept, Choice) and fold(kept) == fold(gone):
        return "gone" if _fullness(gone) > _fullness(kept) else "kept"
    return _latest([column.name], since)


def _fuller_text(kept: str, gone: str) -> Side:
    if fold(gone) in fold(kept):
        return "kept"
    return "gone" if fold(kept) in fold(gone) else "both"


def _fullness(text: str) -> tuple[int, int]:
    """Accents and hyphens are typed by who looked closely."""
    return sum(not sign.isascii() or sign in "-'" for sign in text), len(text)


def _latest(columns: Iterable[str], since: tuple[Row, Row]) -> Side:
    kept, gone = (max(side.get(name, 0) for name in columns) for side in since)
    return "gone" if gone > kept else "kept"


def _turned(side: Side) -> Side:
    return "gone" if side == "kept" else "kept"


def _last_set(session: Session, table: Table, key: int) -> dict[str, int]:
    """Column -> the line of the journal that last gave it a value: the higher, the later."""
    lines = select(m.Journal.id, m.Journal.after).where(
        m.Journal.table_name == table.name, m.Journal.record_id == key, m.Journal.after.is_not(None)
    )
    found: dict[str, int] = {}
    for line in session.execute(lines.order_by(m.Journal.id)):
        found.update(dict.fromkeys(line.after or {}, line.id))
    return found


def _kept_together(found: Sequence[Pair], since: tuple[Row, Row]) -> list[Pair]:
    """An address of one side and the town of the other would be nobody's."""
    sides: dict[str, Side] = {}
    for columns in _TOGETHER:
        group = [pair for pair in found if pair.column in columns]
        against = [pair for pair in group if not pair.same and not blank(pair.kept) and not blank(pair.gone)]
        if against:
            side = _latest([pair.column for pair in against], since)
            sides |= {pair.column: side for pair in group}
    settled = {pair.column: _with_side(pair, sides.get(pair.column, pair.proposed)) for pair in found}
    for names in _IN_ORDER:
        first, last = (settled.get(name) for name in names)
        if first and last and _out_of_order(first, last):
            settled |= {pair.column: _with_side(pair, "kept") for pair in (first, last)}
    return list(settled.values())


def _out_of_order(first: Pair, last: Pair) -> bool:
    start, end = first.value(first.proposed), last.value(last.proposed)
    return not blank(start) and not blank(end) and bool(start > end)


def _with_side(pair: Pair, side: Side) -> Pair:
    return Pair(pair.column, pair.name, pair.field, pair.kept, pair.gone, side, pair.joinable)


def chosen_values(found: Sequence[Pair], chosen: Mapping[str, Side]) -> tuple[dict[str, Any], dict[str, str]]:
    """(column -> value of the record that stays, what is kept aside in `extra`); `chosen`: attribute -> side."""
    values: dict[str, Any] = {}
    aside: dict[str, str] = {}
    for pair in found:
        side = chosen.get(pair.name, pair.proposed)
        values[pair.column] = pair.value(side)
        lost = pair.kept if side == "gone" else pair.gone
        if pair.column in _NUMBERS and not pair.same and not blank(lost) and not blank(values[pair.column]):
            aside[pair.column] = lost
    if "phone" in aside and blank(values.get("phone2", "-")):
        values["phone2"] = aside.pop("phone")  # a person reached on two numbers
    labels = {pair.column: pair.field.label if pair.field else pair.column for pair in found}
    if "external_id" in aside:
        source = next(
            (p.kept if p.kept != values[p.column] else p.gone for p in found if p.column == "external_source"), None
        )
        aside["external_id"] += f" ({source})" if source else ""
    numbers = {values.get(name) for name in _NUMBERS}
    return values, {f"{labels[name]}, {OTHER}": value for name, value in aside.items() if value not in numbers}


# --- Joining ------------------------------------------------------------------------------------------------------------


def joined(kept: Any, gone: Any) -> Any:
    """Two texts one after the other, two lists as one; what is already there is not said twice."""
    if blank(kept) or blank(gone):
        return gone if blank(kept) else kept
    if isinstance(kept, list):
        return [*kept, *(each for each in gone if each not in kept)]
    side = _fuller_text(kept, gone)
    return f"{kept}\n{gone}" if side == "both" else gone if side == "gone" else kept


def joined_extra(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """What old files had besides, of both records; one heading with two values becomes two headings."""
    found: dict[str, Any] = {}
    for part in parts:
        for heading, value in part.items():
            if blank(found.get(heading)):
                found[heading] = value
            elif found[heading] != value:
                found[_free(found, heading)] = value
    return found


def _free(found: Mapping[str, Any], heading: str) -> str:
    name, number = f"{heading}, {OTHER}", 2
    while name in found:
        name, number = f"{heading}, {OTHER} {number}", number + 1
    return name


def absorbed(
    model: type[m.Base], table: Table, kept: Row, gone: Row, passed: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """(changes of the row that stays, what it cannot hold) when two attached rows are one; `passed`: the common key.

    A blank or the default of a column gives way; texts and lists are joined.
    """
    changes: dict[str, Any] = {}
    left: dict[str, str] = {}
    for column in own_columns(table):
        one, other = kept[column.name], gone[column.name]
        if column.name == passed or blank(other) or one == other or _same_words(one, other):
            continue
        if blank(one) or _is_default(column, one):
            changes[column.name] = other
        elif isinstance(column.type, JSON) or is_free_text(column, fields_of(model).get(column.name)):
            left |= _both(column, changes, one, other, label_of(model, column.name))
        elif not _is_default(column, other):
            left[label_of(model, column.name)] = words(other)
    return changes, left


def _same_words(one: Any, other: Any) -> bool:
    return type(one) is str and type(other) is str and fold(one) == fold(other) != ""


def _both(column: Column[Any], changes: dict[str, Any], one: Any, other: Any, label: str) -> dict[str, str]:
    both = joined(one, other)
    longest = getattr(column.type, "length", None)
    if longest and len(both) > longest:
        return {label: words(other)}
    if both != one:
        changes[column.name] = both
    return {}


def _is_default(column: Column[Any], value: Any) -> bool:
    default = column.default
    return default is not None and default.is_scalar and value == default.arg  # type: ignore[attr-defined]


def label_of(model: type[m.Base], column: str) -> str:
    field = fields_of(model).get(attribute_of(model, column))
    return field.label if field else column


def words(value: Any) -> str:
    """A value as `extra` keeps it, in French."""
    if isinstance(value, Choice):
        return value.label
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return ", ".join(map(words, value)) if isinstance(value, list) else str(value)
