"""What the demo has made up so far, and how it writes, draws and counts days."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from holidays import country_holidays
from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import (
    PartnerKind,
)
from ml_admin.demo import words
from ml_admin.text import fold, tidy_lines

PARIS = ZoneInfo("Europe/Paris")


@dataclass(slots=True)
class Young:
    """One young person while their year is made up."""

    row: dict[str, Any]
    site: int  # positions in words.SITES and words.STAFF
    referent: int
    id: int = 0
    in_cej: bool = False
    days: set[date] = field(default_factory=set)  # those with an appointment

    @property
    def registered(self) -> date:
        day: date = self.row["registration_date"]
        return day

    @property
    def left(self) -> date | None:
        day: date | None = self.row["exit_date"]
        return day

    def birthday(self, age: int) -> date:
        return birthday(self.row["birth_date"], age)


@dataclass(slots=True)
class World:
    """All that has been made up so far."""

    session: Session
    today: date
    draw: Random
    closed_days: Mapping[date, str]
    mobiles: Iterator[str]
    landlines: Iterator[str]
    sites: list[int] = field(default_factory=list)
    staff: list[int] = field(default_factory=list)
    partners: dict[PartnerKind, list[int]] = field(default_factory=dict)
    employers: list[int] = field(default_factory=list)
    young: list[Young] = field(default_factory=list)
    taken: set[tuple[int, date, int]] = field(default_factory=set)  # referent, day, slot
    rows: dict[str, int] = field(default_factory=dict)

    def insert(self, model: type[m.Base], rows: Sequence[dict[str, Any]]) -> None:
        """Bulk insert of rows that name the same columns."""
        if rows:
            self.session.execute(insert(_table(model)), self._tidied(model, rows))

    def insert_for_keys(self, model: type[m.Base], rows: Sequence[dict[str, Any]]) -> list[int]:
        """The same, slower, giving the new keys back in the order of the rows."""
        statement = insert(_table(model)).returning(_table(model).c.id, sort_by_parameter_order=True)
        return list(self.session.scalars(statement, self._tidied(model, rows))) if rows else []

    def _tidied(self, model: type[m.Base], rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        # as a form would keep them: StrEnum members are not plain strings
        self.rows[model.__tablename__] = self.rows.get(model.__tablename__, 0) + len(rows)
        return [
            {name: tidy_lines(value) if type(value) is str else value for name, value in row.items()} for row in rows
        ]

    def chance(self, percent: float) -> bool:
        return self.draw.random() * 100 < percent

    def day_ago(self, least: int, most: int) -> date:
        return self.today - timedelta(days=self.draw.randint(least, most))

    def is_open(self, day: date) -> bool:
        # the demo is shown on any day, Sundays too: today is always worked
        return day == self.today or (day.weekday() < 5 and day not in self.closed_days)

    def open_day(self, day: date) -> date:
        """The first working day from `day` on."""
        while not self.is_open(day):
            day += timedelta(days=1)
        return day


def new_world(session: Session, today: date, draw: Random) -> World:
    mobiles, landlines = list(range(10_000)), list(range(10_000))
    draw.shuffle(mobiles)
    draw.shuffle(landlines)
    return World(
        session,
        today,
        draw,
        country_holidays("FR", years=range(today.year - 1, today.year + 2)),
        (f"+3363998{number:04}" for number in mobiles),
        (f"+3353649{number:04}" for number in landlines),
    )


def _table(model: type[m.Base]) -> Table:
    return m.Base.metadata.tables[model.__tablename__]


def birthday(birth: date, age: int) -> date:
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:  # 29 February
        return date(birth.year + age, 3, 1)


def instant(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), PARIS).astimezone(UTC)


def example_email(*names: str) -> str:
    parts = (fold(name).replace(" ", "-") for name in names)
    return ".".join(parts) + "@example.org"


def someone(world: World) -> str:
    first = world.draw.choice(words.GIRLS + words.BOYS)
    return f"{first} {world.draw.choice(words.LAST_NAMES).title()}"


def place(world: World) -> dict[str, Any]:
    city = world.draw.choices(list(words.POSTCODES), words.CITIES)[0]
    number, street = world.draw.randint(1, 90), world.draw.choice(words.STREETS)
    return {
        "address": f"{street} {number}" if street.startswith("résidence") else f"{number} {street}",
        "postcode": words.POSTCODES[city],
        "city": city,
    }
