"""Four hundred files: who they are, their programmes, situations and barriers."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from ml_admin import models as m
from ml_admin.choices import (
    BarrierState,
    EducationLevel,
    ExitReason,
    FileStatus,
    Gender,
    ObjectiveState,
    Programme,
    SituationKind,
    SituationState,
)
from ml_admin.demo import words
from ml_admin.demo.world import World, Young, birthday, example_email, place, someone
from ml_admin.text import fold

YOUNG_PEOPLE = 400


def _identity(world: World) -> dict[str, Any]:
    gender = world.draw.choice((Gender.F, Gender.M))
    names = words.MIXED if world.chance(5) else words.GIRLS if gender == Gender.F else words.BOYS
    last = world.draw.choice(words.LONG_NAMES if world.chance(12) else words.LAST_NAMES)
    return {"last_name": last, "first_name": world.draw.choice(names), "birth_name": None, "gender": gender}


def _dates(world: World) -> dict[str, Any]:
    """Birth, entry and exit that obey the public of a Mission Locale: 16 to 25 years."""
    registered = world.day_ago(1, 365) if world.chance(70) else world.day_ago(366, 900)
    born = registered - timedelta(days=world.draw.randint(int(16.05 * 365.25), int(24.8 * 365.25)))
    limit = birthday(born, 26)
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


def _contact_details(world: World, identity: Mapping[str, Any]) -> dict[str, Any]:
    email = example_email(identity["first_name"], identity["last_name"])
    return {
        "phone": next(world.mobiles) if world.chance(94) else None,
        "phone2": next(world.landlines) if world.chance(8) else None,
        "email": email if world.chance(72) else None,
        "preferred_contact": world.draw.choice(words.CONTACT_HABITS) if world.chance(35) else None,
        **place(world),
    }


def _background(world: World, born: date) -> dict[str, Any]:
    adult = birthday(born, 18) <= world.today
    level = world.draw.choices([*EducationLevel, None], (34, 27, 24, 4, 2, 1, 8))[0]
    licence = adult and world.chance(38)
    permit = world.chance(7)
    return {
        "education_level": level if adult else EducationLevel.NONE,
        "driving_licence": licence,
        "has_vehicle": licence and world.chance(60),
        "residence_permit_end": world.today + timedelta(days=world.draw.randint(-8, 500)) if permit else None,
        # two or three minors are left without, as a file to complete
        "representative": None if adult or world.chance(10) else someone(world),
        "representative_phone": None if adult else next(world.mobiles),
    }


def _notes(world: World, city: str) -> dict[str, Any]:
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


def _young_person(world: World, number: int) -> Young:
    identity, dates = _identity(world), _dates(world)
    details = _contact_details(world, identity)
    site = words.NEAREST_SITE[list(words.POSTCODES).index(details["city"])]
    referent = world.draw.choice([one for one in words.REFERENTS if words.STAFF[one][4] == site])
    old = (world.today - dates["registration_date"]).days > 600
    return Young(
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


def write_young_people(world: World) -> None:
    world.young = [_young_person(world, number) for number in range(YOUNG_PEOPLE)]
    _twins_and_homonyms(world)
    _written_twice(world)
    for person, key in zip(
        world.young, world.insert_for_keys(m.YoungPerson, [one.row for one in world.young]), strict=True
    ):
        person.id = key


def _twins_and_homonyms(world: World) -> None:
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
        person.row["email"] = example_email(person.row["first_name"], person.row["last_name"])
    second.row["email"] = None


def _written_twice(world: World) -> None:
    """Five people whom two colleagues received: what the desk of possible duplicates shows."""
    known = [one for one in world.young if one.left is None and one.row["phone"] and one.row["email"]][5:10]
    slips: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = (
        lambda row: {"last_name": fold(row["last_name"]).upper(), "first_name": fold(row["first_name"]).title()},
        lambda row: {"phone2": row["phone"], "phone": next(world.mobiles), "email": None},
        lambda row: {"last_name": row["first_name"].upper(), "first_name": row["last_name"].title()},
        lambda row: {"first_name": row["first_name"][:-1]},
        lambda row: {"last_name": row["last_name"][:2] + row["last_name"][1:], "email": None, "address": None},
    )
    for first, second, slip in zip(known, world.young[-len(slips) :], slips, strict=True):
        own = {name: second.row[name] for name in ("notes", "education_level", "preferred_contact")}
        second.site, second.referent = first.site, first.referent
        second.row = first.row | own | {"external_id": None, "external_source": None}
        second.row |= slip(first.row)


def write_paths(world: World) -> None:
    enrolments = [row for person in world.young for row in _enrolments(world, person)]
    situations = [row for person in world.young for row in _situations(world, person)]
    barriers = [row for person in world.young for row in _barriers(world, person)]
    world.insert(m.Enrolment, enrolments)
    world.insert(m.Situation, situations)
    world.insert(m.Barrier, barriers)


def _enrolments(world: World, person: Young) -> list[dict[str, Any]]:
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
    pacea_end = min(birthday(start, 2), person.birthday(26))
    move = start + timedelta(days=world.draw.randint(60, 200))
    if move < min(world.today, pacea_end) and world.chance(35):
        pacea = _enrolment(person, Programme.PACEA, start, move, "Entrée en CEJ")
        return _closed_with(person, [pacea, _cej(world, person, move + timedelta(days=1))])
    return _closed_with(person, [_enrolment(person, Programme.PACEA, start, pacea_end, None)])


def _enrolment(person: Young, programme: Programme, start: date, end: date, reason: str | None) -> dict[str, Any]:
    return {
        "young_person_id": person.id,
        "programme": programme,
        "starts_on": start,
        "ends_on": end,
        "exit_reason": reason,
    }


def _cej(world: World, person: Young, start: date) -> dict[str, Any]:
    months = world.draw.choices((6, 9, 12, 18), (15, 25, 50, 10))[0]
    end = min(start + timedelta(days=round(months * 30.4)), person.birthday(26))
    left = person.left
    person.in_cej = start <= world.today <= end and left is None
    return _enrolment(
        person, Programme.CEJ, start, end, "Terme du contrat" if end < world.today and left is None else None
    )


def _closed_with(person: Young, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the exit of the person cuts short."""
    left = person.left
    if left is None:
        return [row for row in rows if row["starts_on"] <= row["ends_on"]]
    for row in rows:
        if row["ends_on"] > left:
            row.update(ends_on=left, exit_reason="Sortie du dossier")
    return [row for row in rows if row["starts_on"] <= row["ends_on"]]


def _situations(world: World, person: Young) -> list[dict[str, Any]]:
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


def _situation(person: Young, kind: SituationKind, label: str | None, start: date, end: date | None) -> dict[str, Any]:
    return {
        "young_person_id": person.id,
        "kind": kind,
        "label": label,
        "starts_on": start,
        "ends_on": end,
        "employer_id": None,
    }


def _state(world: World, row: Mapping[str, Any]) -> SituationState:
    if row["starts_on"] > world.today:
        return SituationState.PLANNED
    ended = row["ends_on"] is not None and row["ends_on"] < world.today
    return SituationState.ENDED if ended else SituationState.CURRENT


def _barriers(world: World, person: Young) -> list[dict[str, Any]]:
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
