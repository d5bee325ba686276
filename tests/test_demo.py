import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from stdnum import luhn

from ml_admin import models as m
from ml_admin.choices import ActionStatus, AppointmentOutcome, EventStatus, FileStatus, Programme, RoleName
from ml_admin.database import make_engine
from ml_admin.demo import DemoRefused, DemoSummary, populate
from ml_admin.demo.world import birthday

TODAY = date(2026, 3, 18)  # a Wednesday
YEAR_END = date(2027, 1, 3)  # a Sunday, just after a year end
LEAP_DAY = date(2028, 2, 29)


def fill(session: Session, today: date = TODAY, seed: int = 31) -> DemoSummary:
    return populate(
        session,
        today,
        seed=seed,
        hash_password=lambda password: f"hashed {password}",
        password_for=lambda role: f"secret-{role}",
    )


@pytest.fixture(scope="module")
def demo(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The demo written once, to be read; what depends on the engine asks for `session`."""
    path = tmp_path_factory.mktemp("demo") / "demo.sqlite"
    shutil.copy(sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}")
    with Session(engine) as session:
        fill(session)
        session.commit()
        yield session
    engine.dispose()


@pytest.fixture(params=[YEAR_END, LEAP_DAY], ids=str)
def another_day(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path
) -> Iterator[tuple[Session, date]]:
    path = tmp_path / "demo.sqlite"
    shutil.copy(sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}")
    with Session(engine) as session:
        fill(session, request.param, seed=7)
        yield session, request.param
    engine.dispose()


@pytest.fixture
def count(demo: Session) -> Callable[..., int]:
    def counted(model: type[m.Base], *conditions: Any) -> int:
        return demo.scalar(select(func.count()).select_from(model).where(*conditions)) or 0

    return counted


def local_day(instant: datetime) -> date:
    return instant.astimezone(UTC).date()  # interviews are between 8 and 17 h UTC: same day in Paris


def test_a_mission_locale_of_the_announced_size_is_written(session: Session) -> None:
    fill(session)

    def count(model: type[m.Base]) -> int:
        return session.scalar(select(func.count()).select_from(model)) or 0

    assert (count(m.Site), count(m.Counsellor), count(m.YoungPerson)) == (3, 12, 400)
    assert (count(m.Employer), count(m.Partner), count(m.JobDating)) == (60, 40, 2)
    assert count(m.Appointment) > 3000
    assert count(m.ActionItem) > 800


def test_the_summary_gives_the_accounts_once_with_their_passwords(session: Session) -> None:
    summary = fill(session)
    assert {account.username: account.role for account in summary.accounts} == {
        "administrateur": RoleName.ADMINISTRATOR,
        "direction": RoleName.MANAGER,
        "conseillere": RoleName.COUNSELLOR,
        "entreprises": RoleName.EMPLOYER_OFFICER,
        "accueil": RoleName.FRONT_DESK,
        "audit": RoleName.AUDITOR,
    }
    assert {account.password for account in summary.accounts} == {f"secret-{role}" for role in RoleName}
    kept = session.scalars(select(m.Account.password)).all()
    assert set(kept) == {f"hashed secret-{role}" for role in RoleName}


def test_every_account_has_a_secret_of_its_own(session: Session) -> None:
    fill(session)
    first = set(session.scalars(select(m.Account.fs_uniquifier)))
    session.rollback()
    fill(session)
    assert len(first) == 6
    assert not first & set(session.scalars(select(m.Account.fs_uniquifier)))


def test_roles_that_stand_already_are_used(session: Session) -> None:
    session.add_all(m.Role(name=name) for name in RoleName)
    session.flush()
    fill(session)
    assert session.scalar(select(func.count()).select_from(m.Role)) == len(RoleName)


def test_a_database_in_use_is_refused_and_left_alone(session: Session) -> None:
    session.add(m.Site(name="Antenne réelle"))
    session.commit()
    with pytest.raises(DemoRefused, match="base vide"):
        fill(session)
    assert session.scalars(select(m.Site.name)).all() == ["Antenne réelle"]
    assert session.scalar(select(func.count()).select_from(m.YoungPerson)) == 0


def test_the_journal_names_the_demo_as_the_writer(demo: Session) -> None:
    assert demo.execute(text("SELECT DISTINCT actor FROM journal")).scalars().all() == ["Démonstration"]


def test_the_same_seed_tells_the_same_story(session: Session) -> None:
    def story() -> list[Any]:
        fill(session)
        people = session.execute(select(m.YoungPerson.last_name, m.YoungPerson.phone, m.YoungPerson.notes)).all()
        meetings = session.execute(select(m.Appointment.starts_at, m.Appointment.outcome)).all()
        session.rollback()
        return [sorted(map(repr, people)), sorted(map(repr, meetings))]

    assert story() == story()


def test_another_seed_tells_another_story(session: Session) -> None:
    fill(session, seed=1)
    first = session.scalars(select(m.YoungPerson.phone)).all()
    session.rollback()
    fill(session, seed=2)
    assert session.scalars(select(m.YoungPerson.phone)).all() != first


def test_the_counsellor_account_has_a_full_day_on_any_day(another_day: tuple[Session, date]) -> None:
    session, today = another_day
    counsellor = session.scalar(select(m.Account.counsellor_id).where(m.Account.username == "conseillere"))
    starts = session.scalars(select(m.Appointment.starts_at).where(m.Appointment.counsellor_id == counsellor)).all()
    assert sum(local_day(start) == today for start in starts) == 8


def test_every_counsellor_has_appointments_today_and_ahead(demo: Session) -> None:
    rows = demo.execute(select(m.Appointment.counsellor_id, m.Appointment.starts_at)).all()
    followers = {row.counsellor_id for row in rows} - {None}
    assert len(followers) == 7
    assert {row.counsellor_id for row in rows if local_day(row.starts_at) == TODAY} - {None} == followers
    assert {row.counsellor_id for row in rows if local_day(row.starts_at) > TODAY} - {None} == followers


def test_the_year_behind_is_lived_and_what_is_ahead_is_only_planned(demo: Session) -> None:
    rows = demo.execute(select(m.Appointment.starts_at, m.Appointment.outcome)).all()
    assert {row.outcome for row in rows if local_day(row.starts_at) >= TODAY} == {AppointmentOutcome.PLANNED}
    past = [row for row in rows if local_day(row.starts_at) < TODAY]
    assert {row.outcome for row in past} == set(AppointmentOutcome)
    assert len({(row.starts_at.year, row.starts_at.month) for row in past}) >= 12
    assert 5 <= sum(row.outcome == AppointmentOutcome.PLANNED for row in past) <= 40


def test_nobody_is_in_two_interviews_at_once(demo: Session) -> None:
    rows = demo.scalars(select(m.Appointment)).all()
    booked = [(row.counsellor_id, row.starts_at) for row in rows if row.counsellor_id]
    assert len(booked) == len(set(booked))
    days = [(row.young_person_id, local_day(row.starts_at)) for row in rows]
    assert len(days) == len(set(days))


def test_nobody_works_on_a_sunday_but_today(another_day: tuple[Session, date]) -> None:
    session, today = another_day
    days = {local_day(start) for start in session.scalars(select(m.Appointment.starts_at))}
    assert {day for day in days if day.weekday() > 4} <= {today}


def test_appointments_stand_between_entry_and_exit(demo: Session) -> None:
    for row in demo.scalars(select(m.Appointment).join(m.YoungPerson)):
        person = row.young_person
        assert person.registration_date <= local_day(row.starts_at) <= (person.exit_date or date.max)


def test_some_actions_are_late_some_due_some_done(count: Callable[..., int]) -> None:
    open_ones = m.ActionItem.status.in_([ActionStatus.TODO, ActionStatus.DOING])
    assert count(m.ActionItem, open_ones, m.ActionItem.due_date < TODAY) > 20
    assert count(m.ActionItem, open_ones, m.ActionItem.due_date >= TODAY) > 50
    assert count(m.ActionItem, m.ActionItem.status == ActionStatus.DONE) > 400
    assert count(m.ActionItem, m.ActionItem.done_date > TODAY) == 0


def test_everybody_is_of_the_age_of_a_mission_locale(another_day: tuple[Session, date]) -> None:
    session, today = another_day
    people = session.scalars(select(m.YoungPerson)).all()
    assert all(16 <= (person.age_on(person.registration_date) or 0) <= 25 for person in people)
    assert all((person.age_on(today) or 0) <= 25 for person in people if person.status != FileStatus.CLOSED)


def test_minors_have_a_representative_but_a_few(demo: Session) -> None:
    minors = [one for one in demo.scalars(select(m.YoungPerson)) if one.is_minor_on(TODAY)]
    without = [one for one in minors if not one.representative]
    assert len(minors) > 20
    assert 0 < len(without) < len(minors) / 3


def test_a_few_people_have_the_disability_status_with_its_end(demo: Session) -> None:
    ends = demo.scalars(select(m.YoungPerson.rqth_end).where(m.YoungPerson.rqth)).all()
    assert 5 <= len(ends) <= 40
    assert all(ends)


def test_programmes_obey_their_rules(another_day: tuple[Session, date]) -> None:
    session, _ = another_day
    by_person: dict[int, list[m.Enrolment]] = {}
    for row in session.scalars(select(m.Enrolment).order_by(m.Enrolment.starts_on)):
        by_person.setdefault(row.young_person_id, []).append(row)
        assert row.starts_on and row.ends_on
        person = row.young_person
        assert person.registration_date <= row.starts_on
        if row.programme == Programme.PACEA:
            assert row.ends_on <= birthday(row.starts_on, 2)
        if row.programme == Programme.CEJ:
            assert row.ends_on - row.starts_on <= timedelta(days=18 * 31)
        if row.programme != Programme.OBLIGATION_FORMATION:
            assert row.ends_on <= birthday(person.birth_date, 26)
    for rows in by_person.values():
        assert all(first.ends_on < then.starts_on for first, then in zip(rows, rows[1:], strict=False))


def test_immersions_last_thirty_days_at_most(demo: Session) -> None:
    rows = demo.scalars(select(m.Situation).where(m.Situation.kind == "immersion")).all()
    assert rows
    assert all(row.ends_on - row.starts_on <= timedelta(days=30) for row in rows)


def test_numbers_are_those_kept_for_fiction(demo: Session) -> None:
    models = (m.YoungPerson, m.Employer, m.Partner, m.EmployerContact, m.PartnerContact, m.Site, m.Counsellor)
    phones = {phone for model in models for phone in demo.scalars(select(model.phone)) if phone}
    emails = {email for model in models for email in demo.scalars(select(model.email)) if email}
    assert all(phone.startswith(("+3363998", "+3353649")) and len(phone) == 12 for phone in phones)
    assert all(email.endswith("@example.org") and email.isascii() for email in emails)


def test_sirets_have_right_keys(demo: Session) -> None:
    sirets = demo.scalars(select(m.Employer.siret)).all()
    assert len(set(sirets)) == 60
    assert all(luhn.is_valid(siret) and luhn.is_valid(siret[:9]) and len(siret) == 14 for siret in sirets)


def test_twins_share_a_phone_and_homonyms_do_not_share_a_birth_date(demo: Session) -> None:
    twins = demo.scalars(select(m.YoungPerson).where(m.YoungPerson.first_name.in_(["Awa", "Adama"]))).all()
    twins = [one for one in twins if one.last_name == "N'DIAYE"]
    homonyms = demo.scalars(
        select(m.YoungPerson).where(m.YoungPerson.last_name == "MARTIN", m.YoungPerson.first_name == "Camille")
    ).all()
    assert len({one.birth_date for one in twins}) < len(twins)
    assert len({one.phone for one in twins}) < len(twins)
    assert len(homonyms) >= 2
    assert len({one.birth_date for one in homonyms}) == len(homonyms)


def test_one_job_dating_is_over_with_outcomes_and_one_is_coming(demo: Session) -> None:
    past, coming = demo.scalars(select(m.JobDating).order_by(m.JobDating.held_on)).all()
    assert (past.status, coming.status) == (EventStatus.CLOSED, EventStatus.OPEN)
    assert past.held_on < TODAY < coming.held_on

    def outcomes(event: m.JobDating) -> list[Any]:
        stands = select(m.Stand.id).where(m.Stand.job_dating_id == event.id)
        return list(demo.scalars(select(m.Interview.outcome).where(m.Interview.stand_id.in_(stands))))

    assert sum(one is not None for one in outcomes(past)) > 50
    assert set(outcomes(coming)) == {None}
