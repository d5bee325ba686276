"""Partners and employers of the demo, their contacts, exchanges and offers."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from ml_admin import models as m
from ml_admin.choices import (
    EducationLevel,
    InteractionKind,
    InteractionOutcome,
    OfferStatus,
    PartnerKind,
    Relationship,
)
from ml_admin.demo import words
from ml_admin.demo.world import World, birthday, example_email, place, someone


def _luhn_key(digits: str) -> str:
    total = sum(int(digit) if at % 2 else sum(divmod(int(digit) * 2, 10)) for at, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def siret(number: int) -> str:
    """A SIRET with right keys whose SIREN (999…) is given to no firm."""
    siren = f"999{number:05}"
    siren += _luhn_key(siren)
    return siren + "0001" + _luhn_key(siren + "0001")


def _contact(world: World, roles: Sequence[str]) -> dict[str, Any]:
    name = someone(world)
    return {
        "name": name,
        "role": world.draw.choice(roles),
        "phone": next(world.mobiles) if world.chance(70) else None,
        "email": example_email(*name.split(" ", 1)) if world.chance(80) else None,
        "left_on": world.day_ago(20, 300) if world.chance(6) else None,
    }


def _partner(world: World, name: str, kind: PartnerKind) -> dict[str, Any]:
    agreed = world.chance(60)
    start = world.day_ago(30, 700)
    return {
        "name": name,
        "kind": kind,
        **place(world),
        "phone": next(world.landlines),
        "email": example_email("contact", name[:50]) if world.chance(75) else None,
        "opening_hours": "Du lundi au vendredi, 9 h à 17 h" if world.chance(50) else None,
        "emergency": name in words.EMERGENCY,
        "has_agreement": agreed,
        "agreement_start": start if agreed else None,
        "agreement_end": birthday(start, 2) if agreed else None,
    }


def write_partners(world: World) -> None:
    ids = world.insert_for_keys(m.Partner, [_partner(world, *known) for known in words.PARTNERS])
    for key, (_, kind) in zip(ids, words.PARTNERS, strict=True):
        world.partners.setdefault(kind, []).append(key)
    contacts = [
        {"partner_id": key, **_contact(world, words.PARTNER_ROLES)}
        for key in ids
        for _ in range(world.draw.randint(1, 3))
    ]
    world.insert(m.PartnerContact, contacts)


def _employer(world: World, position: int, state: Relationship) -> dict[str, Any]:
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
        **place(world),
        "phone": next(world.landlines),
        "email": example_email("contact", name[:50]) if world.chance(80) else None,
        "relationship_state": state,
        "officer_id": world.staff[words.OFFICER],
        "last_contact_date": None,
        "next_action": world.draw.choice(words.NEXT_ACTIONS) if due else None,
        "next_action_on": world.today + timedelta(days=world.draw.randint(-12, 30)) if due else None,
    }


def write_employers(world: World) -> None:
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
    world.insert(m.JobOffer, [_offer(world, key) for key in active for _ in range(world.draw.randint(1, 4))])


def _exchange_days(world: World, state: Relationship) -> list[date]:
    least, most, count = {
        Relationship.PROSPECT: (20, 360, 1),
        Relationship.DISCUSSION: (3, 120, 3),
        Relationship.ACTIVE: (1, 365, 8),
        Relationship.DORMANT: (200, 365, 2),
    }[state]
    return [world.day_ago(least, most) for _ in range(world.draw.randint(count // 2, count))]


def _exchange(world: World, employer: int, contact: int, day: date) -> dict[str, Any]:
    return {
        "employer_id": employer,
        "contact_id": contact,
        "counsellor_id": world.staff[words.OFFICER],
        "happened_on": day,
        "kind": world.draw.choice(list(InteractionKind)),
        "outcome": world.draw.choices(list(InteractionOutcome), (45, 25, 10, 20))[0],
        "summary": world.draw.choice(words.SUMMARIES),
    }


def _offer(world: World, employer: int) -> dict[str, Any]:
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
        **{name: value for name, value in place(world).items() if name != "address"},
        "hours": world.draw.choice(("35 h", "35 h, un samedi sur deux", "24 h", "39 h", "35 h, dès 5 h")),
        "starts_on": received + timedelta(days=world.draw.randint(10, 90)),
        "received_on": received,
        "ends_on": ends,
        "licence_required": world.chance(25),
        "level_required": world.draw.choice((None, None, EducationLevel.LEVEL_3, EducationLevel.LEVEL_4)),
        "status": OfferStatus.OPEN if ends >= world.today else past,
    }
