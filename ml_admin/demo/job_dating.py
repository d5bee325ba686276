"""Two job datings: one past, with its outcomes, one to come, with its registrations."""

from datetime import date, timedelta
from typing import Any

from ml_admin import models as m
from ml_admin.choices import (
    EventStatus,
    InterviewOutcome,
    InterviewStatus,
    RegistrationStatus,
)
from ml_admin.demo import words
from ml_admin.demo.world import World, someone

_SEASONS = {12: "d’hiver", 3: "de printemps", 6: "d’été", 9: "d’automne"}


def _event_name(day: date) -> str:
    return f"Job dating {_SEASONS[day.month // 3 * 3 or 12]}"


def write_job_dating(world: World, day: date, *, past: bool) -> None:
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


def _stands(world: World, event: int) -> list[int]:
    rows = []
    for number, employer in enumerate(world.draw.sample(world.employers, 14), start=1):
        titles = [title for title, _, _ in world.draw.sample(words.OFFERS, world.draw.randint(1, 3))]
        rows.append(
            {
                "job_dating_id": event,
                "employer_id": employer,
                "number": str(number),
                "recruiters": 1,
                "people": someone(world),
                "positions": titles,
                "posts": world.draw.randint(1, 5),
            }
        )
    return world.insert_for_keys(m.Stand, rows)


def _registrations(world: World, event: int, day: date, past: bool) -> list[tuple[int, RegistrationStatus]]:
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
    world: World, stands: list[int], registrations: list[tuple[int, RegistrationStatus]], past: bool
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


def _interview_end(world: World, past: bool, came: bool) -> dict[str, Any]:
    if not past:
        return {"status": InterviewStatus.REGISTERED, "outcome": None, "call_back_on": None}
    if not came:
        return {"status": InterviewStatus.MISSED, "outcome": None, "call_back_on": None}
    outcome = world.draw.choices(list(InterviewOutcome), (28, 14, 10, 8, 32, 8))[0]
    back = (
        world.today + timedelta(days=world.draw.randint(-5, 12)) if outcome == InterviewOutcome.TO_CALL_BACK else None
    )
    return {"status": InterviewStatus.HELD, "outcome": outcome, "call_back_on": back}
