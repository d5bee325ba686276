"""A year of appointments and actions, and the weeks to come."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from ml_admin import models as m
from ml_admin.choices import (
    ActionOwner,
    ActionStatus,
    AppointmentKind,
    AppointmentMode,
    AppointmentOutcome,
    FileStatus,
    PartnerKind,
)
from ml_admin.demo import words
from ml_admin.demo.world import World, Young, instant

# start and minutes of the interviews that fill a counsellor's day
_SLOTS = ((9, 0, 45), (9, 45, 45), (10, 30, 30), (11, 15, 45), (13, 30, 45), (14, 15, 45), (15, 15, 45), (16, 15, 45))


def write_appointments(world: World) -> None:
    rows = [row for person in world.young for row in _past_appointments(world, person)]
    _forget_outcomes(world, rows)
    rows += _today(world) + _coming(world) + _workshops(world)
    world.insert(m.Appointment, rows)


def _free_slot(world: World, person: Young, day: date) -> int | None:
    free = [slot for slot in range(len(_SLOTS)) if (person.referent, day, slot) not in world.taken]
    return world.draw.choice(free) if free and day not in person.days else None


def _book(world: World, person: Young, day: date, slot: int) -> dict[str, Any]:
    world.taken.add((person.referent, day, slot))
    person.days.add(day)
    hour, minute, minutes = _SLOTS[slot]
    purpose, kind = _purpose(world, person, day)
    partners = {"Psychologue": PartnerKind.HEALTH, "Permanence": PartnerKind.HOUSING}.get(purpose.split()[0])
    start = instant(day, hour, minute)
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


def _purpose(world: World, person: Young, day: date) -> tuple[str, AppointmentKind]:
    if (day - person.registered).days < 5:
        return "Premier accueil", AppointmentKind.INDIVIDUAL
    if person.in_cej and world.chance(35):
        return "Point CEJ de la semaine", AppointmentKind.INDIVIDUAL
    return world.draw.choice(words.PURPOSES)


def _past_appointments(world: World, person: Young) -> Iterator[dict[str, Any]]:
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


def _outcome(world: World, steady: float, day: date) -> dict[str, Any]:
    if world.draw.random() > steady:
        missed = (AppointmentOutcome.ABSENT, AppointmentOutcome.ABSENT_EXCUSED, AppointmentOutcome.CANCELLED)
        return {"outcome": world.draw.choices((*missed, AppointmentOutcome.RESCHEDULED), (50, 25, 10, 15))[0]}
    note = world.draw.choice(words.REPORTS).format(n=world.draw.randint(2, 9), day=f"{day + timedelta(days=6):%d/%m}")
    return {"outcome": AppointmentOutcome.ATTENDED, "notes": note if world.chance(60) else None}


def _forget_outcomes(world: World, rows: list[dict[str, Any]]) -> None:
    """Some of the last two weeks' appointments wait for their outcome: four of the demo's counsellor, two of the others."""
    since = instant(world.today - timedelta(days=14), 0, 0)
    for referent in words.REFERENTS:
        recent = [row for row in rows if row["counsellor_id"] == world.staff[referent] and row["starts_at"] >= since]
        for row in world.draw.sample(recent, min(len(recent), 4 if referent == words.REFERENTS[0] else 2)):
            row.update(outcome=AppointmentOutcome.PLANNED, notes=None)


def _followed(world: World, referent: int) -> list[Young]:
    open_files = (FileStatus.ACTIVE, FileStatus.FIRST_CONTACT)
    people = [one for one in world.young if one.referent == referent and one.row["status"] in open_files]
    world.draw.shuffle(people)
    return people


def _today(world: World) -> list[dict[str, Any]]:
    """Every counsellor sees people today; the demo's counsellor has a full day."""
    rows = []
    for referent in words.REFERENTS:
        count = len(_SLOTS) if referent == words.REFERENTS[0] else world.draw.randint(3, 6)
        slots = sorted(world.draw.sample(range(len(_SLOTS)), count))
        for person, slot in zip(_followed(world, referent), slots, strict=False):
            rows.append(_book(world, person, world.today, slot))
    return rows


def _coming(world: World) -> list[dict[str, Any]]:
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


def _workshops(world: World) -> list[dict[str, Any]]:
    """One every other week and site; nobody's agenda holds them, so that they double no interview."""
    rows = []
    for weeks in range(-50, 4, 2):
        for site in range(len(words.SITES)):
            day = world.open_day(world.today + timedelta(days=weeks * 7 + 2 + site - world.today.weekday()))
            if day != world.today:
                rows += _workshop(world, site, day)
    return rows


def _workshop(world: World, site: int, day: date) -> list[dict[str, Any]]:
    free = [
        one
        for one in world.young
        if one.site == site and one.registered < day < (one.left or date.max) and day not in one.days
    ]
    name, kind = world.draw.choice(words.WORKSHOPS)
    start = instant(day, 14, 0)
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


def write_actions(world: World) -> None:
    rows = []
    for person in world.young:
        if (world.today - person.registered).days > 8:
            plan = world.draw.sample(words.ACTIONS, world.draw.randint(1, 6))
            rows += [_action(world, person, *step) for step in plan]
    world.insert(m.ActionItem, rows)


def _action(
    world: World, person: Young, label: str, theme: Any, owner: ActionOwner, hours: int | None
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


def _action_status(world: World, person: Young, due: date) -> ActionStatus:
    late = (world.today - due).days
    if late <= 0:
        weights = (70, 22, 8, 0)
    elif late < 45 and person.left is None:
        weights = (25, 5, 62, 8)
    else:
        weights = (0, 0, 85, 15)
    return world.draw.choices(list(ActionStatus), weights)[0]
