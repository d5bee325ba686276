"""Fills an empty database with the fictional Mission Locale des Trois-Vallées, alive on the day it is made."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from holidays import country_holidays
from sqlalchemy import Table, exists, insert, select
from sqlalchemy.orm import Session

from ml_admin import demo_data as words
from ml_admin import models as m
from ml_admin.choices import (
    ActionOwner,
    ActionStatus,
    AppointmentKind,
    AppointmentMode,
    AppointmentOutcome,
    BarrierState,
    EducationLevel,
    EventStatus,
    ExitReason,
    FileStatus,
    Gender,
    InteractionKind,
    InteractionOutcome,
    InterviewOutcome,
    InterviewStatus,
    ObjectiveState,
    OfferStatus,
    PartnerKind,
    Programme,
    RegistrationStatus,
    Relationship,
    RoleName,
    SituationKind,
    SituationState,
)
from ml_admin.database import acting_as
from ml_admin.text import fold, tidy_lines

PARIS = ZoneInfo("Europe/Paris")
YOUNG_PEOPLE = 400
_MUST_BE_EMPTY = (m.Account, m.Site, m.Counsellor, m.YoungPerson, m.Partner, m.Employer, m.JobDating)
# start and minutes of the interviews that fill a counsellor's day
_SLOTS = ((9, 0, 45), (9, 45, 45), (10, 30, 30), (11, 15, 45), (13, 30, 45), (14, 15, 45), (15, 15, 45), (16, 15, 45))


class DemoRefused(Exception):
    """The database already holds something; the message is French, for the person at the keyboard."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demo and its password in clear: shown once, kept nowhere."""

    username: str
    role: RoleName
    password: str


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What was written: the accounts, and table -> rows."""

    accounts: tuple[DemoAccount, ...]
    rows: Mapping[str, int]


@dataclass(slots=True)
class _Young:
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
        return _birthday(self.row["birth_date"], age)


@dataclass(slots=True)
class _World:
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
    young: list[_Young] = field(default_factory=list)
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


def populate(
    session: Session,
    today: date,
    *,
    hash_password: Callable[[str], str],
    password_for: Callable[[RoleName], str],
    seed: int = 31,
) -> DemoSummary:
    """Write the demo in the session's transaction, which the caller commits.

    The same `seed` and `today` give the same records (secrets apart). Raises DemoRefused on a database in use.
    """
    if any(session.scalar(select(exists().select_from(model))) for model in _MUST_BE_EMPTY):
        raise DemoRefused(
            "La base contient déjà des dossiers ou des comptes : la démonstration ne s’écrit que dans une base vide. "
            "Indiquez un autre dossier de données, ou une base neuve."
        )
    acting_as(session, None, "Démonstration")
    world = _world(session, today, Random(seed))  # noqa: S311 - a story, not a secret
    _house(world)
    accounts = _accounts(world, hash_password, password_for)
    _partners(world)
    _employers(world)
    _young_people(world)
    _paths(world)
    _appointments(world)
    _actions(world)
    _job_dating(world, world.open_day(today - timedelta(days=74)), past=True)
    _job_dating(world, world.open_day(today + timedelta(days=16)), past=False)
    return DemoSummary(accounts, world.rows)


def _world(session: Session, today: date, draw: Random) -> _World:
    mobiles, landlines = list(range(10_000)), list(range(10_000))
    draw.shuffle(mobiles)
    draw.shuffle(landlines)
    return _World(
        session,
        today,
        draw,
        country_holidays("FR", years=range(today.year - 1, today.year + 2)),
        (f"+3363998{number:04}" for number in mobiles),
        (f"+3353649{number:04}" for number in landlines),
    )


def _table(model: type[m.Base]) -> Table:
    return m.Base.metadata.tables[model.__tablename__]


def _birthday(birth: date, age: int) -> date:
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:  # 29 February
        return date(birth.year + age, 3, 1)


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), PARIS).astimezone(UTC)


def _address_at(*names: str) -> str:
    parts = (fold(name).replace(" ", "-") for name in names)
    return ".".join(parts) + "@example.org"


def _luhn_key(digits: str) -> str:
    total = sum(int(digit) if at % 2 else sum(divmod(int(digit) * 2, 10)) for at, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def siret(number: int) -> str:
    """A SIRET with right keys whose SIREN (999…) is given to no firm."""
    siren = f"999{number:05}"
    siren += _luhn_key(siren)
    return siren + "0001" + _luhn_key(siren + "0001")


# --- The house --------------------------------------------------------------------------------------------------------


def _house(world: _World) -> None:
    world.sites = world.insert_for_keys(
        m.Site,
        [
            {
                "name": name,
                "address": address,
                "postcode": words.POSTCODES[city],
                "city": city,
                "phone": next(world.landlines),
                "email": _address_at("accueil", city),
                "opening_hours": hours,
            }
            for name, address, city, hours in words.SITES
        ],
    )
    world.staff = world.insert_for_keys(
        m.Counsellor,
        [
            {
                "last_name": last,
                "first_name": first,
                "initials": initials,
                "job_title": title,
                "email": _address_at(first, last),
                "phone": next(world.landlines),
                "site_id": world.sites[site],
                "arrived_on": world.day_ago(500, 4000),
            }
            for last, first, initials, title, site in words.STAFF
        ],
    )


def _accounts(
    world: _World, hash_password: Callable[[str], str], password_for: Callable[[RoleName], str]
) -> tuple[DemoAccount, ...]:
    roles = {role.name: role.id for role in world.session.scalars(select(m.Role))}
    missing = [name for name in RoleName if name not in roles]
    roles |= dict(zip(missing, world.insert_for_keys(m.Role, [{"name": name} for name in missing]), strict=True))
    accounts = tuple(DemoAccount(username, role, password_for(role)) for username, role, _ in words.ACCOUNTS)
    world.insert(
        m.Account,
        [
            {
                "username": account.username,
                "email": _address_at(account.username),
                "password": hash_password(account.password),
                "fs_uniquifier": secrets.token_hex(16),
                "role_id": roles[account.role],
                "counsellor_id": None if person is None else world.staff[person],
                "site_id": world.sites[0],
            }
            for account, (_, _, person) in zip(accounts, words.ACCOUNTS, strict=True)
        ],
    )
    return accounts


# --- Partners and employers -------------------------------------------------------------------------------------------


def _someone(world: _World) -> str:
    first = world.draw.choice(words.GIRLS + words.BOYS)
    return f"{first} {world.draw.choice(words.LAST_NAMES).title()}"


def _contact(world: _World, roles: Sequence[str]) -> dict[str, Any]:
    name = _someone(world)
    return {
        "name": name,
        "role": world.draw.choice(roles),
        "phone": next(world.mobiles) if world.chance(70) else None,
        "email": _address_at(*name.split(" ", 1)) if world.chance(80) else None,
        "left_on": world.day_ago(20, 300) if world.chance(6) else None,
    }


def _place(world: _World) -> dict[str, Any]:
    city = world.draw.choices(list(words.POSTCODES), words.CITIES)[0]
    return {
        "address": f"{world.draw.randint(1, 90)} {world.draw.choice(words.STREETS)}",
        "postcode": words.POSTCODES[city],
        "city": city,
    }


def _partner(world: _World, name: str, kind: PartnerKind) -> dict[str, Any]:
    agreed = world.chance(60)
    start = world.day_ago(30, 700)
    return {
        "name": name,
        "kind": kind,
        **_place(world),
        "phone": next(world.landlines),
        "email": _address_at("contact", name)[:80] if world.chance(75) else None,
        "opening_hours": "Du lundi au vendredi, 9 h à 17 h" if world.chance(50) else None,
        "emergency": name in words.EMERGENCY,
        "has_agreement": agreed,
        "agreement_start": start if agreed else None,
        "agreement_end": _birthday(start, 2) if agreed else None,
    }


def _partners(world: _World) -> None:
    ids = world.insert_for_keys(m.Partner, [_partner(world, *known) for known in words.PARTNERS])
    for key, (_, kind) in zip(ids, words.PARTNERS, strict=True):
        world.partners.setdefault(kind, []).append(key)
    contacts = [
        {"partner_id": key, **_contact(world, words.PARTNER_ROLES)}
        for key in ids
        for _ in range(world.draw.randint(1, 3))
    ]
    world.insert(m.PartnerContact, contacts)


def _employer(world: _World, position: int, state: Relationship) -> dict[str, Any]:
    name, sector, naf, least, most = words.EMPLOYERS[position]
    number = siret(position * 131 + 7)
    due = state in (Relationship.ACTIVE, Relationship.DISCUSSION) and world.chance(70)
    return {
        "name": name,
        "siret": number,
        "siren": number[:9],
        "naf": naf,
        "sector": sector,
        "headcount_min": least,
        "headcount_max": most,
        **_place(world),
        "phone": next(world.landlines),
        "email": _address_at("contact", name)[:80] if world.chance(80) else None,
        "relationship_state": state,
        "officer_id": world.staff[words.OFFICER],
        "last_contact_date": None,
        "next_action": world.draw.choice(words.NEXT_ACTIONS) if due else None,
        "next_action_on": world.today + timedelta(days=world.draw.randint(-12, 30)) if due else None,
    }


def _employers(world: _World) -> None:
    states = world.draw.choices(list(Relationship), (25, 20, 40, 15), k=len(words.EMPLOYERS))
    states[0] = Relationship.ACTIVE
    rows = [_employer(world, position, state) for position, state in enumerate(states)]
    exchanges = [_exchange_days(world, state) for state in states]
    for row, days in zip(rows, exchanges, strict=True):
        row["last_contact_date"] = max(days, default=None)
    world.employers = world.insert_for_keys(m.Employer, rows)
    contacts = [
        {"employer_id": key, **_contact(world, words.ROLES)}
        for key in world.employers
        for _ in range(world.draw.randint(1, 3))
    ]
    by_employer: dict[int, list[int]] = {}
    for key, contact in zip(world.insert_for_keys(m.EmployerContact, contacts), contacts, strict=True):
        by_employer.setdefault(contact["employer_id"], []).append(key)
    world.insert(
        m.EmployerInteraction,
        [
            _exchange(world, key, world.draw.choice(by_employer[key]), day)
            for key, days in zip(world.employers, exchanges, strict=True)
            for day in days
        ],
    )
    active = [key for key, state in zip(world.employers, states, strict=True) if state == Relationship.ACTIVE]
    world.insert(m.JobOffer, [_offer(world, key) for key in active for _ in range(world.draw.randint(0, 3))])


def _exchange_days(world: _World, state: Relationship) -> list[date]:
    least, most, count = {
        Relationship.PROSPECT: (20, 360, 1),
        Relationship.DISCUSSION: (3, 120, 3),
        Relationship.ACTIVE: (1, 365, 8),
        Relationship.DORMANT: (200, 365, 2),
    }[state]
    return [world.day_ago(least, most) for _ in range(world.draw.randint(count // 2, count))]


def _exchange(world: _World, employer: int, contact: int, day: date) -> dict[str, Any]:
    return {
        "employer_id": employer,
        "contact_id": contact,
        "counsellor_id": world.staff[words.OFFICER],
        "happened_on": day,
        "kind": world.draw.choice(list(InteractionKind)),
        "outcome": world.draw.choices(list(InteractionOutcome), (45, 25, 10, 20))[0],
        "summary": world.draw.choice(words.SUMMARIES),
    }


def _offer(world: _World, employer: int) -> dict[str, Any]:
    title, rome, contract = world.draw.choice(words.OFFERS)
    received = world.day_ago(2, 200)
    ends = received + timedelta(days=world.draw.randint(30, 120))
    past = world.draw.choice((OfferStatus.FILLED, OfferStatus.EXPIRED, OfferStatus.WITHDRAWN))
    return {
        "employer_id": employer,
        "title": title,
        "rome_code": rome,
        "contract": contract,
        "posts": world.draw.choice((1, 1, 1, 2, 3)),
        **{name: value for name, value in _place(world).items() if name != "address"},
        "hours": world.draw.choice(("35 h", "35 h, un samedi sur deux", "24 h", "39 h", "35 h, dès 5 h")),
        "starts_on": received + timedelta(days=world.draw.randint(10, 90)),
        "received_on": received,
        "ends_on": ends,
        "licence_required": world.chance(25),
        "level_required": world.draw.choice((None, None, EducationLevel.LEVEL_3, EducationLevel.LEVEL_4)),
        "status": OfferStatus.OPEN if ends >= world.today else past,
    }


# --- Young people -----------------------------------------------------------------------------------------------------


def _identity(world: _World) -> dict[str, Any]:
    gender = world.draw.choice((Gender.F, Gender.M))
    names = words.MIXED if world.chance(5) else words.GIRLS if gender == Gender.F else words.BOYS
    last = world.draw.choice(words.LONG_NAMES if world.chance(12) else words.LAST_NAMES)
    return {"last_name": last, "first_name": world.draw.choice(names), "birth_name": None, "gender": gender}


def _dates(world: _World) -> dict[str, Any]:
    """Birth, entry and exit that obey the public of a Mission Locale: 16 to 25 years."""
    registered = world.day_ago(1, 365) if world.chance(70) else world.day_ago(366, 900)
    born = registered - timedelta(days=world.draw.randint(int(16.05 * 365.25), int(24.8 * 365.25)))
    limit = _birthday(born, 26)
    seniority = (world.today - registered).days
    exit_date, reason, status = None, None, FileStatus.ACTIVE
    if limit <= world.today:
        exit_date, reason = limit, ExitReason.AGE_LIMIT
    elif seniority > 120 and world.chance(34):
        exit_date = registered + timedelta(days=world.draw.randint(90, seniority - 6))
        reason = world.draw.choices(list(ExitReason), (24, 18, 20, 0, 8, 9, 12, 4, 4, 1))[0]
    if exit_date:
        status = FileStatus.CLOSED
    elif seniority <= 21:
        status = FileStatus.FIRST_CONTACT
    elif world.chance(7):
        status = FileStatus.PAUSED
    return {
        "birth_date": born,
        "registration_date": registered,
        "exit_date": exit_date,
        "exit_reason": reason,
        "status": status,
    }


def _contact_details(world: _World, identity: Mapping[str, Any]) -> dict[str, Any]:
    email = _address_at(identity["first_name"], identity["last_name"])
    return {
        "phone": next(world.mobiles) if world.chance(94) else None,
        "phone2": next(world.landlines) if world.chance(8) else None,
        "email": email if world.chance(72) else None,
        "preferred_contact": world.draw.choice(words.CONTACT_HABITS) if world.chance(35) else None,
        **_place(world),
    }


def _background(world: _World, born: date) -> dict[str, Any]:
    adult = _birthday(born, 18) <= world.today
    level = world.draw.choices([*EducationLevel, None], (34, 27, 24, 4, 2, 1, 8))[0]
    licence = adult and world.chance(38)
    permit = world.chance(7)
    return {
        "education_level": level if adult else EducationLevel.NONE,
        "driving_licence": licence,
        "has_vehicle": licence and world.chance(60),
        "residence_permit_end": world.today + timedelta(days=world.draw.randint(-8, 500)) if permit else None,
        # two or three minors are left without, as a file to complete
        "representative": None if adult or world.chance(10) else _someone(world),
        "representative_phone": None if adult else next(world.mobiles),
    }


def _notes(world: _World, city: str) -> dict[str, Any]:
    rqth = world.chance(4)
    return {
        "rqth": True if rqth else None,
        "rqth_end": world.today + timedelta(days=world.draw.randint(20, 900)) if rqth else None,
        "health_notes": world.draw.choice(words.HEALTH) if rqth or world.chance(6) else None,
        "housing_notes": world.draw.choice(words.HOUSING) if world.chance(12) else None,
        "family_notes": world.draw.choice(words.FAMILY) if world.chance(5) else None,
        "justice_notes": world.draw.choice(words.JUSTICE) if world.chance(2) else None,
        "notes": world.draw.choice(words.NOTES).format(city=city) if world.chance(55) else None,
    }


def _young_person(world: _World, number: int) -> _Young:
    identity, dates = _identity(world), _dates(world)
    details = _contact_details(world, identity)
    site = words.NEAREST_SITE[list(words.POSTCODES).index(details["city"])]
    referent = world.draw.choice([one for one in words.REFERENTS if words.STAFF[one][4] == site])
    old = (world.today - dates["registration_date"]).days > 600
    return _Young(
        {
            **identity,
            **dates,
            **details,
            **_background(world, dates["birth_date"]),
            **_notes(world, details["city"]),
            "site_id": world.sites[site],
            "counsellor_id": world.staff[referent],
            "external_id": f"TV-{number:05}" if old else None,
            "external_source": "Ancien logiciel" if old else None,
        },
        site,
        referent,
    )


def _young_people(world: _World) -> None:
    world.young = [_young_person(world, number) for number in range(YOUNG_PEOPLE)]
    _twins_and_homonyms(world)
    for person, key in zip(
        world.young, world.insert_for_keys(m.YoungPerson, [one.row for one in world.young]), strict=True
    ):
        person.id = key


def _twins_and_homonyms(world: _World) -> None:
    """Twins on one telephone, two people of one name, a married name: what a search for duplicates must tell apart."""
    elder, twin, first, second, married = [one for one in world.young if one.left is None and one.row["phone"]][:5]
    twin.site, twin.referent = elder.site, elder.referent
    twin.row = elder.row | {"last_name": "N’DIAYE", "first_name": "Awa", "gender": Gender.F}
    elder.row |= {"last_name": "N’DIAYE", "first_name": "Adama", "gender": Gender.M}
    first.row |= {"last_name": "MARTIN", "first_name": "Camille"}
    second.row |= {"last_name": "MARTIN", "first_name": "Camille"}
    married.row |= {
        "last_name": "DA SILVA PEREIRA",
        "birth_name": "ROUQUETTE",
        "first_name": "Coralie",
        "gender": Gender.F,
    }
    for person in (elder, twin, first, second, married):
        person.row["email"] = _address_at(person.row["first_name"], person.row["last_name"])
    second.row["email"] = None


# --- Their path: programmes, situations, barriers ---------------------------------------------------------------------


def _paths(world: _World) -> None:
    enrolments = [row for person in world.young for row in _enrolments(world, person)]
    situations = [row for person in world.young for row in _situations(world, person)]
    barriers = [row for person in world.young for row in _barriers(world, person)]
    world.insert(m.Enrolment, enrolments)
    world.insert(m.Situation, situations)
    world.insert(m.Barrier, barriers)


def _enrolments(world: _World, person: _Young) -> list[dict[str, Any]]:
    """Dates obey the schemes: PACEA 24 months at most and never beside a CEJ, both over at the 26th birthday."""
    start = person.registered + timedelta(days=world.draw.randint(6, 28))
    if start > world.today - timedelta(days=3) or world.chance(12):
        return []
    if person.birthday(18) > start + timedelta(days=60) and world.chance(45):
        return _closed_with(
            person, [_enrolment(person, Programme.OBLIGATION_FORMATION, start, person.birthday(18), None)]
        )
    if world.chance(50):
        return _closed_with(person, [_cej(world, person, start)])
    pacea_end = min(_birthday(start, 2), person.birthday(26))
    move = start + timedelta(days=world.draw.randint(60, 200))
    if move < min(world.today, pacea_end) and world.chance(35):
        pacea = _enrolment(person, Programme.PACEA, start, move, "Entrée en CEJ")
        return _closed_with(person, [pacea, _cej(world, person, move + timedelta(days=1))])
    return _closed_with(person, [_enrolment(person, Programme.PACEA, start, pacea_end, None)])


def _enrolment(person: _Young, programme: Programme, start: date, end: date, reason: str | None) -> dict[str, Any]:
    return {
        "young_person_id": person.id,
        "programme": programme,
        "starts_on": start,
        "ends_on": end,
        "exit_reason": reason,
    }


def _cej(world: _World, person: _Young, start: date) -> dict[str, Any]:
    months = world.draw.choices((6, 9, 12, 18), (15, 25, 50, 10))[0]
    end = min(start + timedelta(days=round(months * 30.4)), person.birthday(26))
    left = person.left
    person.in_cej = start <= world.today <= end and left is None
    return _enrolment(
        person, Programme.CEJ, start, end, "Terme du contrat" if end < world.today and left is None else None
    )


def _closed_with(person: _Young, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the exit of the person cuts short."""
    left = person.left
    if left is None:
        return [row for row in rows if row["starts_on"] <= row["ends_on"]]
    for row in rows:
        if row["ends_on"] > left:
            row.update(ends_on=left, exit_reason="Sortie du dossier")
    return [row for row in rows if row["starts_on"] <= row["ends_on"]]


def _situations(world: _World, person: _Young) -> list[dict[str, Any]]:
    """School, then search broken by short episodes, then what came out of it."""
    until = person.left or world.today
    day = person.registered
    school = person.birthday(16) + timedelta(days=world.draw.randint(0, max((day - person.birthday(16)).days, 0)))
    rows = [_situation(person, SituationKind.SCHOOL, None, school - timedelta(days=900), school)]
    while (until - day).days > 60 and world.chance(70):
        kind, label, usual = world.draw.choice(words.EPISODES)
        start = day + timedelta(days=world.draw.randint(15, 90))
        end = start + timedelta(days=max(3, round(usual * world.draw.uniform(0.6, 1.1))))
        if start >= until:
            break
        rows.append(_situation(person, SituationKind.JOB_SEEKER, None, day, start))
        rows.append(_situation(person, kind, label, start, end))
        if kind in (SituationKind.CDD_SHORT, SituationKind.INTERIM, SituationKind.IMMERSION):
            rows[-1]["employer_id"] = world.draw.choice(world.employers)
        day = end
    if day < until:
        rows.append(_situation(person, SituationKind.JOB_SEEKER, None, day, person.left))
    if person.row["exit_reason"] == ExitReason.DURABLE_EMPLOYMENT:
        kind, label = world.draw.choice(words.DURABLE)
        rows.append(_situation(person, kind, label, until, None) | {"employer_id": world.draw.choice(world.employers)})
    return [row | {"state": _state(world, row)} for row in rows]


def _situation(person: _Young, kind: SituationKind, label: str | None, start: date, end: date | None) -> dict[str, Any]:
    return {
        "young_person_id": person.id,
        "kind": kind,
        "label": label,
        "starts_on": start,
        "ends_on": end,
        "employer_id": None,
    }


def _state(world: _World, row: Mapping[str, Any]) -> SituationState:
    if row["starts_on"] > world.today:
        return SituationState.PLANNED
    ended = row["ends_on"] is not None and row["ends_on"] < world.today
    return SituationState.ENDED if ended else SituationState.CURRENT


def _barriers(world: _World, person: _Young) -> list[dict[str, Any]]:
    if person.row["status"] == FileStatus.FIRST_CONTACT and world.chance(60):
        return []
    rows = []
    for theme, (share, objective) in words.BARRIERS.items():
        # the whole diagnostic is asked: an answer « non » is an answer
        state = BarrierState.NO if not world.chance(share) else BarrierState.YES
        if state == BarrierState.NO and not world.chance(30):
            continue
        if state == BarrierState.YES and (world.today - person.registered).days > 120 and world.chance(40):
            state = BarrierState.LIFTED
        rows.append(
            {
                "young_person_id": person.id,
                "theme": theme,
                "state": state,
                "noted_on": person.registered,
                "objective": objective.format(city=person.row["city"]) if state != BarrierState.NO else None,
                "objective_state": _OBJECTIVES[state],
            }
        )
    return rows


_OBJECTIVES = {
    BarrierState.NO: None,
    BarrierState.YES: ObjectiveState.IN_PROGRESS,
    BarrierState.LIFTED: ObjectiveState.REACHED,
}


# --- The agenda -------------------------------------------------------------------------------------------------------


def _appointments(world: _World) -> None:
    rows = [row for person in world.young for row in _past_appointments(world, person)]
    _forget_outcomes(world, rows)
    rows += _today(world) + _coming(world) + _workshops(world)
    world.insert(m.Appointment, rows)


def _free_slot(world: _World, person: _Young, day: date) -> int | None:
    free = [slot for slot in range(len(_SLOTS)) if (person.referent, day, slot) not in world.taken]
    return world.draw.choice(free) if free and day not in person.days else None


def _book(world: _World, person: _Young, day: date, slot: int) -> dict[str, Any]:
    world.taken.add((person.referent, day, slot))
    person.days.add(day)
    hour, minute, minutes = _SLOTS[slot]
    purpose, kind = _purpose(world, person, day)
    partners = {"Psychologue": PartnerKind.HEALTH, "Permanence": PartnerKind.HOUSING}.get(purpose.split()[0])
    start = _at(day, hour, minute)
    return {
        "young_person_id": person.id,
        "counsellor_id": world.staff[person.referent],
        "site_id": world.sites[person.site],
        "partner_id": world.draw.choice(world.partners[partners]) if partners else None,
        "starts_at": start,
        "ends_at": start + timedelta(minutes=minutes),
        "kind": kind,
        "mode": world.draw.choices(list(AppointmentMode), (70, 18, 9, 3))[0],
        "outcome": AppointmentOutcome.PLANNED,
        "purpose": purpose,
        "notes": None,
    }


def _purpose(world: _World, person: _Young, day: date) -> tuple[str, AppointmentKind]:
    if (day - person.registered).days < 5:
        return "Premier accueil", AppointmentKind.INDIVIDUAL
    if person.in_cej and world.chance(35):
        return "Point CEJ de la semaine", AppointmentKind.INDIVIDUAL
    return world.draw.choice(words.PURPOSES)


def _past_appointments(world: _World, person: _Young) -> Iterator[dict[str, Any]]:
    """A meeting every two to four weeks since the first one, or for a year."""
    silent = world.draw.randint(35, 90) if world.chance(12) else 0
    until = min(person.left or world.today, world.today - timedelta(days=silent))
    day = max(person.registered, world.today - timedelta(days=364))
    steady = world.draw.uniform(0.6, 0.95)
    while True:
        day = world.open_day(day)
        if day >= until:
            return
        slot = _free_slot(world, person, day)
        if slot is None:
            day += timedelta(days=1)
            continue
        row = _book(world, person, day, slot)
        yield row | _outcome(world, steady, day)
        day += timedelta(days=world.draw.randint(13, 29))


def _outcome(world: _World, steady: float, day: date) -> dict[str, Any]:
    if world.draw.random() > steady:
        missed = (AppointmentOutcome.ABSENT, AppointmentOutcome.ABSENT_EXCUSED, AppointmentOutcome.CANCELLED)
        return {"outcome": world.draw.choices((*missed, AppointmentOutcome.RESCHEDULED), (50, 25, 10, 15))[0]}
    note = world.draw.choice(words.REPORTS).format(n=world.draw.randint(2, 9), day=f"{day + timedelta(days=6):%d/%m}")
    return {"outcome": AppointmentOutcome.ATTENDED, "notes": note if world.chance(60) else None}


def _forget_outcomes(world: _World, rows: list[dict[str, Any]]) -> None:
    """Some of the last two weeks' appointments wait for their outcome: four of the demo's counsellor, two of the others."""
    since = _at(world.today - timedelta(days=14), 0, 0)
    for referent in words.REFERENTS:
        recent = [row for row in rows if row["counsellor_id"] == world.staff[referent] and row["starts_at"] >= since]
        for row in world.draw.sample(recent, min(len(recent), 4 if referent == words.REFERENTS[0] else 2)):
            row.update(outcome=AppointmentOutcome.PLANNED, notes=None)


def _followed(world: _World, referent: int) -> list[_Young]:
    open_files = (FileStatus.ACTIVE, FileStatus.FIRST_CONTACT)
    people = [one for one in world.young if one.referent == referent and one.row["status"] in open_files]
    world.draw.shuffle(people)
    return people


def _today(world: _World) -> list[dict[str, Any]]:
    """Every counsellor sees people today; the demo's counsellor has a full day."""
    rows = []
    for referent in words.REFERENTS:
        count = len(_SLOTS) if referent == words.REFERENTS[0] else world.draw.randint(3, 6)
        slots = sorted(world.draw.sample(range(len(_SLOTS)), count))
        for person, slot in zip(_followed(world, referent), slots, strict=False):
            rows.append(_book(world, person, world.today, slot))
    return rows


def _coming(world: _World) -> list[dict[str, Any]]:
    rows = []
    for referent in words.REFERENTS:
        people = _followed(world, referent)
        # a quarter has nothing ahead: the worklist of the start page is made of them
        for person in people[: len(people) * 3 // 4]:
            day = world.open_day(
                world.today + timedelta(days=world.draw.choice((1, 1, 2, 2, 3, 4, 6, 8, 10, 13, 17, 22)))
            )
            slot = _free_slot(world, person, day)
            if slot is not None:
                rows.append(_book(world, person, day, slot))
    return rows


def _workshops(world: _World) -> list[dict[str, Any]]:
    """One every other week and site; nobody's agenda holds them, so that they double no interview."""
    rows = []
    for weeks in range(-50, 4, 2):
        for site in range(len(words.SITES)):
            day = world.open_day(world.today + timedelta(days=weeks * 7 + 2 + site - world.today.weekday()))
            if day != world.today:
                rows += _workshop(world, site, day)
    return rows


def _workshop(world: _World, site: int, day: date) -> list[dict[str, Any]]:
    free = [
        one
        for one in world.young
        if one.site == site and one.registered < day < (one.left or date.max) and day not in one.days
    ]
    name, kind = world.draw.choice(words.WORKSHOPS)
    start = _at(day, 14, 0)
    rows = []
    for person in world.draw.sample(free, min(len(free), world.draw.randint(5, 10))):
        person.days.add(day)
        outcome = _outcome(world, 0.75, day)["outcome"] if day < world.today else AppointmentOutcome.PLANNED
        rows.append(
            {
                "young_person_id": person.id,
                "counsellor_id": None,
                "site_id": world.sites[site],
                "partner_id": None,
                "starts_at": start,
                "ends_at": start + timedelta(hours=2),
                "kind": kind,
                "mode": AppointmentMode.IN_PERSON,
                "outcome": outcome,
                "purpose": name,
                "notes": None,
            }
        )
    return rows


# --- Actions ----------------------------------------------------------------------------------------------------------


def _actions(world: _World) -> None:
    rows = []
    for person in world.young:
        if (world.today - person.registered).days > 8:
            plan = world.draw.sample(words.ACTIONS, world.draw.randint(1, 6))
            rows += [_action(world, person, *step) for step in plan]
    world.insert(m.ActionItem, rows)


def _action(
    world: _World, person: _Young, label: str, theme: Any, owner: ActionOwner, hours: int | None
) -> dict[str, Any]:
    last = person.left or world.today + timedelta(days=28)
    first = max(person.registered + timedelta(days=7), last - timedelta(days=365))
    due = first + timedelta(days=world.draw.randint(0, max((last - first).days, 0)))
    status = _action_status(world, person, due)
    done = min(due - timedelta(days=world.draw.randint(0, 6)), world.today)
    return {
        "young_person_id": person.id,
        "label": label,
        "theme": theme,
        "status": status,
        "due_date": due,
        "done_date": max(done, person.registered) if status == ActionStatus.DONE else None,
        "owner": owner,
        "hours": hours if person.in_cej else None,
        "counsellor_id": world.staff[person.referent],
    }


def _action_status(world: _World, person: _Young, due: date) -> ActionStatus:
    late = (world.today - due).days
    if late <= 0:
        weights = (70, 22, 8, 0)
    elif late < 45 and person.left is None:
        weights = (25, 5, 62, 8)
    else:
        weights = (0, 0, 85, 15)
    return world.draw.choices(list(ActionStatus), weights)[0]


# --- Job dating -------------------------------------------------------------------------------------------------------

_SEASONS = {12: "d’hiver", 3: "de printemps", 6: "d’été", 9: "d’automne"}


def _event_name(day: date) -> str:
    return f"Job dating {_SEASONS[day.month // 3 * 3 or 12]}"


def _job_dating(world: _World, day: date, *, past: bool) -> None:
    event = {
        "name": _event_name(day),
        "held_on": day,
        "place": "Salle des fêtes de Saint-Alban",
        "opens_at": "09:00",
        "closes_at": "12:30",
        "interview_minutes": 15,
        "status": EventStatus.CLOSED if past else EventStatus.OPEN,
        "site_id": world.sites[0],
    }
    (key,) = world.insert_for_keys(m.JobDating, [event])
    stands = _stands(world, key)
    registrations = _registrations(world, key, day, past)
    _interviews(world, stands, registrations, past)


def _stands(world: _World, event: int) -> list[int]:
    rows = []
    for number, employer in enumerate(world.draw.sample(world.employers, 14), start=1):
        titles = [title for title, _, _ in world.draw.sample(words.OFFERS, world.draw.randint(1, 3))]
        rows.append(
            {
                "job_dating_id": event,
                "employer_id": employer,
                "number": str(number),
                "recruiters": 1,
                "people": _someone(world),
                "positions": titles,
                "posts": world.draw.randint(1, 5),
            }
        )
    return world.insert_for_keys(m.Stand, rows)


def _registrations(world: _World, event: int, day: date, past: bool) -> list[tuple[int, RegistrationStatus]]:
    able = [one for one in world.young if one.registered < min(day, world.today) and (one.left or date.max) > day]
    people = world.draw.sample(able, min(len(able), 62 if past else 48))
    after = (
        RegistrationStatus.PRESENT,
        RegistrationStatus.ABSENT,
        RegistrationStatus.EXCUSED,
        RegistrationStatus.WALK_IN,
    )
    before = (RegistrationStatus.REGISTERED, RegistrationStatus.WAITING, RegistrationStatus.CANCELLED)
    statuses = [
        world.draw.choices(after, (72, 15, 7, 6))[0] if past else world.draw.choices(before, (88, 8, 4))[0]
        for _ in people
    ]
    rows = [
        {
            "job_dating_id": event,
            "young_person_id": one.id,
            "status": status,
            "arrives_at": None,
            "leaves_at": "11:40" if world.chance(10) else None,
        }
        for one, status in zip(people, statuses, strict=True)
    ]
    return list(zip(world.insert_for_keys(m.Registration, rows), statuses, strict=True))


def _interviews(
    world: _World, stands: list[int], registrations: list[tuple[int, RegistrationStatus]], past: bool
) -> None:
    """One person at a stand and one stand for a person in every quarter of an hour."""
    hours = [f"{9 + quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in range(14)]
    places = {(stand, hour) for stand in stands for hour in hours}
    rows = []
    for registration, status in registrations:
        if status in (RegistrationStatus.CANCELLED, RegistrationStatus.WAITING):
            continue
        wishes = world.draw.sample(stands, world.draw.randint(1, 4))
        free = world.draw.sample(hours, len(hours))
        for preference, stand in enumerate(wishes, start=1):
            hour = next((one for one in free if (stand, one) in places), None)
            if hour is None:
                continue
            free.remove(hour)
            places.remove((stand, hour))
            came = status in (RegistrationStatus.PRESENT, RegistrationStatus.WALK_IN)
            rows.append(
                {"stand_id": stand, "registration_id": registration, "slot": hour, "preference": preference}
                | _interview_end(world, past, came)
            )
    world.insert(m.Interview, rows)


def _interview_end(world: _World, past: bool, came: bool) -> dict[str, Any]:
    if not past:
        return {"status": InterviewStatus.REGISTERED, "outcome": None, "call_back_on": None}
    if not came:
        return {"status": InterviewStatus.MISSED, "outcome": None, "call_back_on": None}
    outcome = world.draw.choices(list(InterviewOutcome), (28, 14, 10, 8, 32, 8))[0]
    back = (
        world.today + timedelta(days=world.draw.randint(-5, 12)) if outcome == InterviewOutcome.TO_CALL_BACK else None
    )
    return {"status": InterviewStatus.HELD, "outcome": outcome, "call_back_on": back}
