import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier as Gate
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Engine,
    Enum,
    Numeric,
    Table,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from ml_admin import former
from ml_admin import models as m
from ml_admin.choices import (
    AppointmentOutcome,
    BarrierTheme,
    FileStatus,
    Programme,
    RegistrationStatus,
    RoleName,
    Scope,
)
from ml_admin.database import Actor, reading, writing
from ml_admin.merge import MergeRefused, RecordsChanged, compare, merge
from ml_admin.merge_plan import pointing_to
from ml_admin.permissions import Viewer
from ml_admin.triggers import journaled_tables
from ml_admin.unmerge import UnmergeRefused, foreseen, unmerge

CLAIRE = Actor(None, "Claire MARTIN")
DENISE = Viewer(RoleName.MANAGER, Scope.ALL, label="Denise ROUX")
TABLES = {table.name: table for table in journaled_tables(m.Base.metadata)}
LEFT_ASIDE = {"version"}
Rows = dict[tuple[str, int], dict[str, Any]]


# --- An office made from the metadata alone ------------------------------------------------------------------------------


class Office:
    """Makes rows of any table; a foreign key leads to a row that is there, or to one made for it."""

    def __init__(self, session: Session, seed: int = 0) -> None:
        self.session, self.chance, self.number = session, random.Random(seed), 0

    def make(self, table: Table, **given: Any) -> int:
        values = {column.name: self.value(column) for column in table.columns if self.wanted(column, given)}
        values |= {
            key.parent.name: self.target(key.column.table) for key in table.foreign_keys if self.asked(key, given)
        }
        tidied = self.allowed(table, values | given)
        return int(self.session.execute(insert(table).values(tidied).returning(table.c.id)).scalar_one())

    def wanted(self, column: Column[Any], given: dict[str, Any]) -> bool:
        if column.name in given or column.name in ("id", "version", "created_at") or column.computed is not None:
            return False
        if column.foreign_keys or column.info.get("secret"):
            return False
        return not column.nullable or self.chance.random() < 0.5

    def asked(self, key: Any, given: dict[str, Any]) -> bool:
        return key.parent.name not in given and (not key.parent.nullable or self.chance.random() < 0.3)

    def target(self, table: Table) -> int:
        keys = self.session.scalars(select(table.c.id)).all()
        return self.chance.choice(keys) if keys else self.make(table)

    def value(self, column: Column[Any]) -> Any:
        self.number += 1
        kind = column.type
        if isinstance(kind, Enum):
            return self.chance.choice(list(kind.enum_class or ()))
        if isinstance(kind, Boolean):
            return self.chance.random() < 0.5
        if isinstance(kind, DateTime) or getattr(kind, "impl", None) is not None and isinstance(kind.impl, DateTime):  # type: ignore[attr-defined]
            return datetime(2026, 3, 2, 8, tzinfo=UTC) + timedelta(hours=self.number)
        if isinstance(kind, Date):
            return date(2026, 1, 1) + timedelta(days=self.number % 9)
        if isinstance(kind, Numeric):
            return Decimal("2.50")
        if "JSON" in str(kind).upper():
            return {"Colonne": str(self.chance.randrange(4))} if column.name == "extra" else ["poste"]
        if kind.python_type is int:
            return 1 + self.chance.randrange(5)
        if column.name in ("siret", "siren", "postcode"):
            return str(self.number).zfill({"siret": 14, "siren": 9, "postcode": 5}[column.name])
        word = f"{column.name[:6]} {self.chance.randrange(6)}"
        return word[: getattr(kind, "length", None) or len(word)]

    def allowed(self, table: Table, values: dict[str, Any]) -> dict[str, Any]:
        """What the checks of the database ask between columns."""
        unique = {"site": ("name",), "counsellor": ("last_name",), "account": ("username", "email", "fs_uniquifier")}
        unique |= {"job_dating": ("name",), "setting": ("key",), "employer": ()}
        for name in unique.get(table.name, ()):
            values[name] = f"{name} {self.number}"
        if table.name == "account":
            values["counsellor_id"] = None
        for first, last in (("starts_on", "ends_on"), ("received_on", "ends_on"), ("arrived_on", "left_on"), ("registration_date", "exit_date"), ("agreement_start", "agreement_end")):  # fmt: skip
            if values.get(first) and values.get(last):
                values[last] = values[first] + timedelta(days=3)
        if "starts_at" in values:
            values["ends_at"] = values["starts_at"] + timedelta(minutes=15)
        if values.get("headcount_min"):
            values["headcount_max"] = None
        if table.name == "young_person" and values.get("status") != FileStatus.CLOSED:
            values |= {"exit_date": None, "exit_reason": None}
        if values.get("birth_date"):
            values["birth_date"] = date(2004, 3, 1 + self.number % 9)
        if table.name == "action_item" and values.get("status") != "done":
            values["done_date"] = None
        if table.name == "job_dating":
            values |= {"opens_at": None, "closes_at": None, "interview_minutes": 10}
        if table.name == "interview":
            values |= {"slot": self.chance.choice([None, "10:00", "10:10"]), "override": False}
        if table.name == "role":
            values["name"] = RoleName.AUDITOR
        return values


def rows_of(session: Session) -> Rows:
    """Every row of every table that keeps its story, apart from the count of changes."""
    return {
        (name, row["id"]): {key: value for key, value in row.items() if key not in LEFT_ASIDE}
        for name, table in TABLES.items()
        for row in session.execute(select(table)).mappings()
    }


@pytest.fixture
def db(session: Session) -> Iterator[Session]:
    yield session
    session.rollback()


def versions_of(session: Session, model: Any, *keys: int) -> tuple[int, ...]:
    return tuple(session.execute(select(model.version).where(model.id == key)).scalar_one() for key in keys)


def merged(session: Session, model: Any, kept: int, gone: int, **chosen: Any) -> m.RecordMerge:
    versions: Any = versions_of(session, model, kept, gone)
    return merge(session, DENISE, model, kept, gone, versions, chosen)


def person(session: Session, last_name: str = "GARÇON", first_name: str = "Amina", **values: Any) -> int:
    made = m.YoungPerson(last_name=last_name, first_name=first_name, **values)
    session.add(made)
    session.flush()
    return made.id


def add(session: Session, *records: m.Base) -> list[int]:
    session.add_all(records)
    session.flush()
    return [record.id for record in records]


# --- Everything follows ---------------------------------------------------------------------------------------------------

LINKS = [(child, column, parent) for parent in former.MERGEABLE for child, column in pointing_to(parent.__table__)]  # type: ignore[arg-type]


def test_every_table_that_leans_on_a_merged_record_keeps_its_story() -> None:
    assert len(LINKS) > 10
    assert [child.name for child, _, _ in LINKS if child.name not in TABLES] == []
    assert [
        t.name for t in m.Base.metadata.sorted_tables for k in t.foreign_key_constraints if len(k.columns) > 1
    ] == []


@pytest.mark.parametrize(
    ("child", "column", "parent"), LINKS, ids=lambda each: getattr(each, "name", None) or str(each)
)
def test_a_row_follows_by_each_foreign_key_and_comes_back(db: Session, child: Table, column: str, parent: Any) -> None:
    office = Office(db, 5)
    table = TABLES[parent.__tablename__]
    kept, gone = office.make(table), office.make(table)
    row = office.make(child, **{column: gone})
    before = rows_of(db)
    merge_ = merged(db, parent, kept, gone)
    assert db.scalar(select(child.c[column]).where(child.c.id == row)) == kept
    assert (table.name, gone) not in rows_of(db)
    unmerge(db, DENISE, merge_.id)
    assert rows_of(db) == before


def tree(session: Session, seed: int) -> tuple[Any, int, int]:
    """Two records of one kind and a random tree of what leans on them, to three floors down."""
    office = Office(session, seed)
    parent = office.chance.choice(former.MERGEABLE)
    table = TABLES[parent.__tablename__]
    kept, gone = office.make(table), office.make(table)
    for name in ("site", "counsellor", "job_dating", "job_dating", "employer"):
        office.make(TABLES[name])
    floor = [(table, [kept, gone])]
    for _ in range(3):
        below = []
        for above, keys in floor:
            for child, column in pointing_to(above):
                made = [key for owner in keys for key in _children(session, office, child, column, owner)]
                if made:
                    below.append((child, made))
        floor = below
    return parent, kept, gone


def _children(session: Session, office: Office, child: Table, column: str, owner: int) -> Iterator[int]:
    for _ in range(office.chance.randrange(4)):
        point = session.begin_nested()
        try:
            key = office.make(child, **{column: owner})
        except Exception:  # two rows that may not be together: the tree is as good without
            point.rollback()
        else:
            yield key


def there_and_back(session: Session, seed: int) -> None:
    parent, kept, gone = tree(session, seed)
    before = rows_of(session)
    merge_ = merged(session, parent, kept, gone)
    table = TABLES[parent.__tablename__]
    assert all(
        session.scalar(select(func.count()).select_from(child).where(child.c[column] == gone)) == 0
        for child, column in pointing_to(table)
    )
    foretold = foreseen(session, merge_)
    report = unmerge(session, DENISE, merge_.id)
    assert report == foretold and report.stays == []
    assert rows_of(session) == before


@pytest.mark.parametrize("seed", range(12))
def test_merging_then_separating_any_tree_gives_back_every_row(db: Session, seed: int) -> None:
    there_and_back(db, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(12, 200))
def test_merging_then_separating_any_of_many_trees_gives_back_every_row(db: Session, seed: int) -> None:
    there_and_back(db, seed)


# --- What is kept, what is said twice --------------------------------------------------------------------------------------


def test_the_fullest_value_wins_and_blanks_are_filled(db: Session) -> None:
    kept = person(db, "GARCON", "Amina", phone="+33639981245", registration_date=date(2025, 3, 1))
    gone = person(db, "GARÇON", "Amina", email="a@example.org", registration_date=date(2025, 2, 1), notes="Vue en mai")
    merged(db, m.YoungPerson, kept, gone)
    found = db.get_one(m.YoungPerson, kept)
    assert (found.last_name, found.phone, found.email) == ("GARÇON", "+33639981245", "a@example.org")
    assert (found.registration_date, found.notes) == (date(2025, 2, 1), "Vue en mai")


def test_a_chosen_side_wins_and_the_other_number_is_kept(db: Session) -> None:
    kept = person(db, phone="+33639981245", external_id="TV-1", external_source="Ancien logiciel", notes="Un")
    gone = person(
        db,
        phone="+33639981246",
        external_id="TV-2",
        external_source="Autre logiciel",
        notes="Deux",
        extra={"Couleur": "bleu"},
    )
    merged(db, m.YoungPerson, kept, gone, phone="gone", external_id="kept", external_source="kept")
    found = db.get_one(m.YoungPerson, kept)
    assert (found.phone, found.phone2, found.external_id) == ("+33639981246", "+33639981245", "TV-1")
    assert found.notes == "Un\nDeux"
    assert found.extra["Couleur"] == "bleu"
    assert found.extra["N° de dossier d’origine, autre fiche"] == "TV-2 (Autre logiciel)"


def test_what_means_something_only_together_comes_from_one_side(db: Session) -> None:
    kept = person(db, status=FileStatus.ACTIVE, address="3 rue du Pont", postcode="09000", city="Foix")
    gone = person(db, status=FileStatus.CLOSED, exit_date=date(2026, 1, 5), city="Pamiers")
    merged(db, m.YoungPerson, kept, gone)
    found = db.get_one(m.YoungPerson, kept)
    assert (found.status, found.exit_date) == (FileStatus.CLOSED, date(2026, 1, 5))
    assert (found.address, found.postcode, found.city) == (None, None, "Pamiers")


def test_a_choice_that_the_database_forbids_writes_nothing_and_says_why(db: Session) -> None:
    kept = person(db, status=FileStatus.ACTIVE)
    gone = person(db, status=FileStatus.CLOSED, exit_date=date(2026, 1, 5))
    before = rows_of(db)
    with pytest.raises(MergeRefused, match="Sorti"):
        merged(db, m.YoungPerson, kept, gone, status="kept", exit_date="gone")
    assert rows_of(db) == before


def test_two_enrolments_that_say_the_same_become_one_and_two_that_differ_stay_two(db: Session) -> None:
    kept, gone = person(db), person(db)
    same, other = date(2025, 1, 6), date(2026, 2, 2)
    [first, _] = add(
        db,
        m.Enrolment(young_person_id=kept, programme=Programme.CEJ, starts_on=same),
        m.Enrolment(young_person_id=kept, programme=Programme.PACEA, starts_on=other, ends_on=date(2026, 5, 1)),
    )
    add(
        db,
        m.Enrolment(young_person_id=gone, programme=Programme.CEJ, starts_on=same, ends_on=date(2026, 1, 6)),
        m.Enrolment(young_person_id=gone, programme=Programme.PACEA, starts_on=other, ends_on=date(2026, 9, 1)),
    )
    found = compare(db, DENISE, m.YoungPerson, kept, gone)
    assert found and (found.plan.joins("enrolment"), found.plan.moved("enrolment")) == (1, 1)
    assert found.plan.disputed == {"enrolment": 1}
    merged(db, m.YoungPerson, kept, gone)
    rows = db.execute(select(m.Enrolment.id, m.Enrolment.ends_on).where(m.Enrolment.young_person_id == kept)).all()
    assert len(rows) == 3 and (first, date(2026, 1, 6)) in [tuple(row) for row in rows]


def test_two_registrations_for_one_event_become_one_with_all_their_interviews(db: Session) -> None:
    kept, gone = person(db), person(db)
    baker, mason = m.Employer(name="Boulangerie du Pont"), m.Employer(name="Maçonnerie Roc")
    forum = m.JobDating(name="Forum")
    bread, stone = m.Stand(job_dating=forum, employer=baker), m.Stand(job_dating=forum, employer=mason)
    one = m.Registration(young_person_id=kept, job_dating=forum)
    two = m.Registration(young_person_id=gone, job_dating=forum, status=RegistrationStatus.PRESENT, arrives_at="09:30")
    add(db, bread, stone, one, two)
    add(
        db,
        m.Interview(stand=bread, registration=one, slot="10:00"),
        m.Interview(stand=bread, registration=two, preference=2),
        m.Interview(stand=stone, registration=two, slot="10:00"),
    )
    before = rows_of(db)
    merge_ = merged(db, m.YoungPerson, kept, gone)
    [registration] = db.scalars(select(m.Registration)).all()
    assert (registration.young_person_id, registration.status, registration.arrives_at) == (kept, "present", "09:30")
    interviews = db.scalars(select(m.Interview).order_by(m.Interview.stand_id)).all()
    assert [(i.registration_id, i.preference, i.override) for i in interviews] == [
        (registration.id, 2, False),
        (registration.id, None, True),
    ]
    unmerge(db, DENISE, merge_.id)
    assert rows_of(db) == before


def test_an_answer_that_a_joined_row_cannot_hold_is_told_in_its_text(db: Session) -> None:
    kept, gone = person(db), person(db)
    day = date(2025, 1, 6)
    add(db, m.Barrier(young_person_id=kept, theme=BarrierTheme.HOUSING, state="no", noted_on=day))
    add(db, m.Barrier(young_person_id=gone, theme=BarrierTheme.HOUSING, state="lifted", noted_on=day))
    merged(db, m.YoungPerson, kept, gone)
    [barrier] = db.scalars(select(m.Barrier)).all()
    assert barrier.state == "no" and "Réponse (autre fiche)" in (barrier.objective or "")


def test_two_firms_with_one_siret_between_them_become_one(db: Session) -> None:
    [kept, gone] = add(
        db, m.Employer(name="Boulangerie du Pont"), m.Employer(name="BOULANGERIE DU PONT", siret="73282932000074")
    )
    add(db, m.EmployerContact(employer_id=kept, name="Mme ROUX", phone="+33561000001"))
    add(db, m.EmployerContact(employer_id=gone, name="Mme Roux", email="roux@example.org"))
    before = rows_of(db)
    merge_ = merged(db, m.Employer, kept, gone)
    assert db.get_one(m.Employer, kept).siret == "73282932000074"
    [contact] = db.scalars(select(m.EmployerContact)).all()
    assert (contact.phone, contact.email) == ("+33561000001", "roux@example.org")
    unmerge(db, DENISE, merge_.id)
    assert rows_of(db) == before


# --- Who, and when ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", RoleName)
@pytest.mark.parametrize("model", former.MERGEABLE)
def test_only_who_changes_and_deletes_may_merge(db: Session, role: RoleName, model: Any) -> None:
    office = Office(db)
    kept, gone = office.make(TABLES[model.__tablename__]), office.make(TABLES[model.__tablename__])
    before, viewer = rows_of(db), Viewer(role, Scope.ALL)
    allowed = {
        m.YoungPerson: {RoleName.ADMINISTRATOR, RoleName.MANAGER, RoleName.COUNSELLOR},
        m.Employer: {RoleName.ADMINISTRATOR, RoleName.MANAGER, RoleName.EMPLOYER_OFFICER},
        m.Partner: {RoleName.ADMINISTRATOR, RoleName.MANAGER},
    }[model]
    if role in allowed:
        merge_ = merge(db, viewer, model, kept, gone, (1, 1), {})
        with pytest.raises(UnmergeRefused):
            unmerge(db, Viewer(RoleName.AUDITOR, Scope.ALL), merge_.id)
        unmerge(db, viewer, merge_.id)
        return
    assert compare(db, viewer, model, kept, gone) is None
    with pytest.raises(MergeRefused):
        merge(db, viewer, model, kept, gone, (1, 1), {})
    assert rows_of(db) == before


def test_a_record_out_of_reach_is_not_merged(db: Session) -> None:
    [foix, pamiers] = add(db, m.Site(name="Foix"), m.Site(name="Pamiers"))
    kept, gone = person(db, site_id=foix), person(db, site_id=pamiers)
    viewer = Viewer(RoleName.COUNSELLOR, Scope.OWN_SITE, site_id=foix)
    assert compare(db, viewer, m.YoungPerson, kept, gone) is None
    with pytest.raises(RecordsChanged):
        merge(db, viewer, m.YoungPerson, kept, gone, (1, 1), {})


def test_a_record_changed_meanwhile_is_not_merged(db: Session) -> None:
    kept, gone = person(db), person(db)
    seen: Any = versions_of(db, m.YoungPerson, kept, gone)
    db.execute(update(m.YoungPerson).where(m.YoungPerson.id == gone).values(city="Foix"))
    before = rows_of(db)
    with pytest.raises(RecordsChanged):
        merge(db, DENISE, m.YoungPerson, kept, gone, seen, {})
    assert rows_of(db) == before


def test_two_people_who_merge_one_pair_at_once_are_told_apart(engine: Engine) -> None:
    with writing(engine, CLAIRE) as session:
        kept, gone = person(session), person(session)
    gate = Gate(2)

    def at_once(pair: tuple[int, int]) -> bool:
        gate.wait()
        try:
            with writing(engine, CLAIRE) as session:
                merge(session, DENISE, m.YoungPerson, *pair, (1, 1), {})
        except MergeRefused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(at_once, [(kept, gone), (gone, kept)])) == [False, True]
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(m.YoungPerson)) == 1
        assert session.scalar(select(func.count()).select_from(m.RecordMerge)) == 1


class Failure(Exception):
    pass


@contextmanager
def failing_at(engine: Engine, number: int) -> Iterator[list[int]]:
    """The n-th statement from here on fails; gives how many were sent."""
    sent = [0]

    def count(*_: Any) -> None:
        sent[0] += 1
        if sent[0] == number:
            raise Failure

    event.listen(engine, "before_cursor_execute", count)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", count)


def every_statement(engine: Engine, gesture: Callable[[], Any]) -> int:
    """Let each statement of a gesture fail in turn: nothing of it may stay. Gives how many there are."""
    with reading(engine) as session:
        before = rows_of(session), session.scalar(select(func.count()).select_from(m.Journal))
    for number in range(1, 2000):
        try:
            with failing_at(engine, number):
                gesture()
        except Failure:
            with reading(engine) as session:
                assert (rows_of(session), session.scalar(select(func.count()).select_from(m.Journal))) == before
        else:
            return number - 1
    raise AssertionError("the gesture never ends")


def test_a_merge_and_its_return_are_whole_or_absent_whatever_statement_fails(engine: Engine) -> None:
    with writing(engine, CLAIRE) as session:
        parent, kept, gone = tree(session, 3)
        versions: Any = versions_of(session, parent, kept, gone)
    done: list[int] = []

    def unite() -> None:
        with writing(engine, CLAIRE) as session:
            done[:] = [merge(session, DENISE, parent, kept, gone, versions, {}).id]

    def separate() -> None:
        with writing(engine, CLAIRE) as session:
            unmerge(session, DENISE, done[0])

    assert every_statement(engine, unite) > 10
    assert every_statement(engine, separate) > 10


# --- Later ------------------------------------------------------------------------------------------------------------------


def test_what_somebody_changed_or_added_since_stays_and_is_listed(db: Session) -> None:
    kept, gone = person(db, email="a@example.org"), person(db, city="Foix", phone="+33639981245")
    starts = datetime(2026, 3, 2, 9, tzinfo=UTC)
    [met, cv] = add(
        db,
        m.Appointment(young_person_id=gone, starts_at=starts, ends_at=starts + timedelta(hours=1)),
        m.ActionItem(young_person_id=gone, label="Écrire le CV"),
    )
    merge_ = merged(db, m.YoungPerson, kept, gone)
    db.commit()
    db.execute(update(m.YoungPerson).where(m.YoungPerson.id == kept).values(city="Pamiers"))
    db.execute(update(m.Appointment).where(m.Appointment.id == met).values(outcome=AppointmentOutcome.ATTENDED))
    db.execute(m.ActionItem.__table__.delete().where(m.ActionItem.id == cv))  # type: ignore[attr-defined]
    [new] = add(db, m.ActionItem(young_person_id=kept, label="Appeler la mission"))
    db.commit()
    report = unmerge(db, DENISE, merge_.id)
    db.commit()
    assert (db.get_one(m.YoungPerson, kept).city, db.get_one(m.YoungPerson, gone).city) == ("Pamiers", "Foix")
    assert db.get_one(m.YoungPerson, kept).phone is None
    appointment = db.get_one(m.Appointment, met)
    assert (appointment.young_person_id, appointment.outcome) == (gone, AppointmentOutcome.ATTENDED)
    assert db.get_one(m.ActionItem, new).young_person_id == kept
    stays = {(stay.table, stay.record_id, stay.columns, stay.deleted) for stay in report.stays}
    assert stays == {
        ("young_person", kept, ("city",), False),
        ("action_item", cv, (), True),
        ("action_item", new, (), False),
    }
    assert (report.back, report.returned) == ({"young_person": 1}, {"appointment": 1})


def test_a_merge_is_taken_back_once_and_the_last_of_a_chain_first(db: Session) -> None:
    one, two, three = person(db), person(db), person(db)
    before = rows_of(db)
    first = merged(db, m.YoungPerson, two, three)
    db.commit()
    second = merged(db, m.YoungPerson, one, two)
    db.commit()
    assert [former.kept_now(db, "young_person", key) for key in (one, two, three)] == [None, one, one]
    assert sorted(former.parts_of(db, "young_person", one)) == [two, three]
    with pytest.raises(UnmergeRefused, match="d’abord"):
        unmerge(db, DENISE, first.id)
    unmerge(db, DENISE, second.id)
    db.commit()
    unmerge(db, DENISE, first.id)
    db.commit()
    with pytest.raises(UnmergeRefused, match="déjà"):
        unmerge(db, DENISE, first.id)
    assert rows_of(db) == before


def test_a_record_comes_back_without_the_link_whose_target_is_gone(db: Session) -> None:
    [site] = add(db, m.Site(name="Foix"))
    kept, gone = person(db), person(db, site_id=site)
    merge_ = merged(db, m.YoungPerson, kept, gone)
    db.commit()
    db.execute(m.Site.__table__.delete())  # type: ignore[attr-defined]
    db.commit()
    unmerge(db, DENISE, merge_.id)
    assert db.get_one(m.YoungPerson, gone).site_id is None


def test_the_story_of_both_is_told(db: Session) -> None:
    kept, gone = person(db, "DIARRA", "Élodie"), person(db, "DIARRA", "Élodi")
    merge_ = merged(db, m.YoungPerson, kept, gone)
    db.commit()
    lines = list(db.scalars(former.story(db, "young_person", kept)))
    assert {(line.record_id, line.operation) for line in lines} >= {
        (kept, "insert"),
        (gone, "insert"),
        (gone, "delete"),
    }
    unmerge(db, DENISE, merge_.id)
    db.commit()
    told = [(line.record_id, line.operation) for line in db.scalars(former.story(db, "young_person", kept))]
    assert (gone, "delete") in told and (gone, "insert") in told
