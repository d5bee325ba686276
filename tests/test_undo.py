from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Table, delete, event, func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from ml_admin.database import Actor, acting_as, is_sqlite, reading, writing
from ml_admin.journal import history_of
from ml_admin.models import (
    Appointment,
    Base,
    Counsellor,
    Employer,
    Enrolment,
    Journal,
    Partner,
    Site,
    YoungPerson,
)
from ml_admin.undo import NotRestorable, UndoReport, restore, restore_deleted, undo_batch, undo_change_set

CLAIRE = Actor(1, "Claire MARTIN")
IMPORT = Actor(1, "Claire MARTIN", batch_id=7)
AMINA = {"last_name": "DIALLO", "first_name": "Amina", "birth_date": date(2005, 2, 1)}
TEN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _state(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Every row of every journaled table, without version: what people see."""
    with reading(engine) as session:
        return {
            table.name: [
                {name: value for name, value in row._mapping.items() if name != "version"}
                for row in session.execute(select(table).order_by(table.c.id))
            ]
            for table in Base.metadata.sorted_tables
            if table.info.get("journaled", True)
        }


def _undo(engine: Engine) -> UndoReport:
    with writing(engine, CLAIRE) as session:
        return undo_batch(session, 7)


@pytest.fixture
def people(engine: Engine) -> Engine:
    """What was there before the import: a counsellor, three young people, two employers."""
    with writing(engine, CLAIRE) as session:
        session.add(Counsellor(last_name="MARTIN", first_name="Claire"))
        session.execute(insert(YoungPerson), [AMINA | {"first_name": name} for name in ("Amina", "Inès", "Zoé")])
        session.execute(insert(Employer), [{"name": "Boulangerie", "siret": "1" * 14}, {"name": "Garage"}])
    return engine


def _import(engine: Engine) -> None:
    with writing(engine, IMPORT) as session:
        session.execute(text("UPDATE young_person SET city = 'Foix', phone = '+33639981245' WHERE id <> 3"))
        session.execute(text("UPDATE young_person SET city = 'Pamiers' WHERE id = 1"))
        session.execute(insert(YoungPerson), [AMINA | {"first_name": name} for name in ("Léa", "Tom")])
        session.execute(insert(Partner), [{"name": "Maison des ados"}])
        session.execute(
            insert(Appointment),
            [
                {"young_person_id": key, "counsellor_id": 1, "partner_id": 1, "starts_at": TEN + timedelta(hours=key), "ends_at": TEN + timedelta(hours=key, minutes=30)}
                for key in (1, 4, 5)
            ],
        )  # fmt: skip
        session.execute(delete(Employer).where(Employer.id == 2))


# --- A whole import ----------------------------------------------------------------------------------------------------


def test_undoing_an_import_gives_back_the_state_before_it(people: Engine) -> None:
    before = _state(people)
    _import(people)
    assert _state(people) != before
    report = _undo(people)
    assert _state(people) == before
    assert report == UndoReport(
        removed={"young_person": 2, "partner": 1, "appointment": 3},
        restored={"employer": 1},
        rewritten={"young_person": 2},
        kept=[],
    )


def test_a_record_edited_since_is_kept_and_listed_with_what_changed(people: Engine) -> None:
    _import(people)
    with writing(people, Actor(2, "Karim BENALI")) as session:
        session.execute(text("UPDATE young_person SET email = 'amina@exemple.fr' WHERE id = 1"))
    report = _undo(people)
    (kept,) = report.kept
    assert (kept.table, kept.record_id, kept.reason) == ("young_person", 1, "edited")
    assert [(entry.actor, entry.changes[0].after) for entry in kept.since] == [("Karim BENALI", "amina@exemple.fr")]
    with reading(people) as session:
        amina, ines = session.get(YoungPerson, 1), session.get(YoungPerson, 2)
        assert amina and ines
        assert (amina.city, amina.email) == ("Pamiers", "amina@exemple.fr")
        assert (ines.city, ines.phone) == (None, None)
    assert report.rewritten == {"young_person": 1}


def test_a_created_record_that_others_need_since_is_kept(people: Engine) -> None:
    _import(people)
    with writing(people, CLAIRE) as session:
        session.add(Enrolment(young_person_id=4, programme="PACEA", starts_on=date(2026, 1, 5)))
    report = _undo(people)
    assert [(kept.table, kept.record_id, kept.reason) for kept in report.kept] == [("young_person", 4, "referenced")]
    with reading(people) as session:
        assert session.scalar(select(func.count()).select_from(Enrolment)) == 1
        assert session.scalars(select(YoungPerson.id).order_by(YoungPerson.id)).all() == [1, 2, 3, 4]


def test_a_kept_record_keeps_what_it_points_to(people: Engine) -> None:
    _import(people)
    with writing(people, CLAIRE) as session:
        session.execute(text("UPDATE appointment SET purpose = 'Point' WHERE young_person_id = 4"))
    report = _undo(people)
    assert {(kept.table, kept.reason) for kept in report.kept} == {
        ("appointment", "edited"),
        ("young_person", "referenced"),
        ("partner", "referenced"),
    }
    with reading(people) as session:
        assert session.scalars(select(Appointment.partner_id)).all() == [1]


def test_a_link_made_by_the_import_itself_keeps_nothing(people: Engine) -> None:
    with writing(people, IMPORT) as session:
        session.execute(insert(Counsellor), {"last_name": "ROUX", "first_name": "Denise"})
        session.execute(text("UPDATE young_person SET counsellor_id = 2"))
    report = _undo(people)
    assert report.kept == []
    assert (report.removed, report.rewritten) == ({"counsellor": 1}, {"young_person": 3})


def test_a_link_made_since_by_somebody_keeps_the_record(people: Engine) -> None:
    with writing(people, IMPORT) as session:
        session.execute(insert(Counsellor), {"last_name": "ROUX", "first_name": "Denise"})
    with writing(people, CLAIRE) as session:
        session.execute(text("UPDATE young_person SET counsellor_id = 2 WHERE id = 3"))
    with writing(people, IMPORT) as session:
        session.execute(text("UPDATE young_person SET city = 'Foix' WHERE id = 3"))
    report = _undo(people)
    assert [(kept.table, kept.reason) for kept in report.kept] == [("counsellor", "referenced")]
    with reading(people) as session:
        zoe = session.get(YoungPerson, 3)
        assert zoe and (zoe.counsellor_id, zoe.city) == (2, None)


def test_a_number_taken_since_keeps_only_that_record(people: Engine) -> None:
    with writing(people, IMPORT) as session:
        session.execute(text("UPDATE employer SET siret = '22222222222222' WHERE id = 1"))
        session.execute(text("UPDATE employer SET city = 'Foix' WHERE id = 2"))
    with writing(people, CLAIRE) as session:
        session.add(Employer(name="Repreneur", siret="1" * 14))
    report = _undo(people)
    assert [(kept.table, kept.record_id, kept.reason) for kept in report.kept] == [("employer", 1, "refused")]
    with reading(people) as session:
        rows = session.execute(select(Employer.siret, Employer.city).order_by(Employer.id)).all()
        assert [tuple(row) for row in rows] == [("2" * 14, None), (None, None), ("1" * 14, None)]


def test_numbers_exchanged_by_an_import_are_exchanged_back(people: Engine) -> None:
    before = _state(people)
    with writing(people, IMPORT) as session:
        session.execute(text("UPDATE employer SET siret = NULL WHERE id = 1"))
        session.execute(text("UPDATE employer SET siret = '11111111111111' WHERE id = 2"))
        session.execute(text("UPDATE employer SET siret = '33333333333333' WHERE id = 1"))
    assert _undo(people).kept == []
    assert _state(people) == before


def test_a_record_deleted_then_created_again_under_the_same_number_comes_back(people: Engine) -> None:
    before = _state(people)
    with writing(people, IMPORT) as session:
        session.execute(delete(Employer).where(Employer.id == 1))
        session.add(Employer(name="Boulangerie neuve", siret="1" * 14))
    report = _undo(people)
    assert (report.removed, report.restored, report.kept) == ({"employer": 1}, {"employer": 1}, [])
    assert _state(people) == before


def test_what_a_cascade_did_comes_back_also_line_by_line(people: Engine) -> None:
    with writing(people, CLAIRE) as session:
        session.execute(insert(Site), {"name": "Rieumajou"})
        session.execute(text("UPDATE young_person SET site_id = 1"))
    before = _state(people)
    with writing(people, IMPORT) as session:
        # the number given on forbids the short way
        session.execute(delete(Employer).where(Employer.id == 1))
        session.add(Employer(name="Boulangerie neuve", siret="1" * 14))
        session.execute(insert(Site), {"name": "Passage"})
        session.execute(text("UPDATE young_person SET site_id = 2 WHERE id = 1"))
        session.execute(delete(Site))
    assert _undo(people).kept == []
    assert _state(people) == before


def test_undoing_twice_changes_nothing_more_and_takes_what_is_free_since(people: Engine) -> None:
    before = _state(people)
    _import(people)
    with writing(people, CLAIRE) as session:
        session.add(Enrolment(young_person_id=4, programme="PACEA", starts_on=date(2026, 1, 5)))
    _undo(people)
    assert [kept.reason for kept in _undo(people).kept] == ["referenced"]
    with writing(people, CLAIRE) as session:
        session.execute(delete(Enrolment))
    report = _undo(people)
    assert (report.removed, report.kept) == ({"young_person": 1}, [])
    assert _state(people) == before


def test_the_undo_is_journaled_with_its_author_and_belongs_to_the_batch(people: Engine) -> None:
    _import(people)
    with writing(people, Actor(3, "Denise ROUX")) as session:
        undo_batch(session, 7)
        session.add(Site(name="Après"))
    with reading(people) as session:
        entry = history_of(session, "young_person", 2)[0]
        assert (entry.actor, entry.batch_id, entry.operation) == ("Denise ROUX", 7, "update")
        assert history_of(session, "site", 1)[0].batch_id is None


def test_a_batch_unknown_to_the_journal_undoes_nothing(people: Engine) -> None:
    before = _state(people)
    with writing(people, CLAIRE) as session:
        assert undo_batch(session, 99) == UndoReport({}, {}, {}, [])
    assert _state(people) == before


def test_two_undos_fit_in_one_transaction(people: Engine) -> None:
    before = _state(people)
    _import(people)
    with writing(people, Actor(1, "Claire MARTIN", 8)) as session:
        session.add(Site(name="Autre"))
    with writing(people, CLAIRE) as session:
        undo_batch(session, 8)
        undo_batch(session, 7)
    assert _state(people) == before


def test_a_stale_form_is_refused_after_an_undo(people: Engine) -> None:
    with reading(people) as session:
        version = session.scalar(select(YoungPerson.version).where(YoungPerson.id == 1))
    _import(people)
    _undo(people)
    with reading(people) as session:
        assert session.scalar(select(YoungPerson.version).where(YoungPerson.id == 1)) == version + 3


# --- All or nothing ------------------------------------------------------------------------------------------------------


class _Failing:
    """Makes the n-th statement that writes fail, as a full disk would."""

    def __init__(self, engine: Engine, number: int) -> None:
        self.engine, self.number, self.seen = engine, number, 0

    def __call__(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if (
            statement.lstrip()
            .upper()
            .startswith(("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "SAVEPOINT", "RELEASE"))
        ):
            self.seen += 1
            if self.seen == self.number:
                raise OperationalError(statement, {}, Exception("disk full"))

    def __enter__(self) -> "_Failing":
        event.listen(self.engine, "before_cursor_execute", self)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self)


def test_an_undo_that_fails_at_any_statement_changes_nothing(people: Engine) -> None:
    original = _state(people)
    _import(people)
    imported = _state(people)
    for number in range(1, 200):
        with _Failing(people, number) as failing:
            try:
                _undo(people)
                break
            except OperationalError:
                pass
        assert failing.seen == number
        assert _state(people) == imported
    assert number > 8
    assert _state(people) == original


# --- One save ------------------------------------------------------------------------------------------------------------


def test_one_save_is_undone_with_all_it_wrote(people: Engine) -> None:
    before = _state(people)
    with writing(people, CLAIRE) as session:
        session.execute(text("UPDATE young_person SET city = 'Foix'"))
        session.add(Site(name="Rieumajou"))
    with reading(people) as session:
        change_set = session.scalars(select(Journal.change_set).order_by(Journal.id.desc())).first()
    assert change_set
    with writing(people, CLAIRE) as session:
        report = undo_change_set(session, change_set)
    assert (report.rewritten, report.removed) == ({"young_person": 3}, {"site": 1})
    assert _state(people) == before


# --- One record ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def amina(people: Engine) -> Iterator[Session]:
    """A session on a record with a story: created, then Foix, then Pamiers with a phone."""
    with Session(people) as session:
        acting_as(session, 1, "Claire MARTIN")
        person = session.get_one(YoungPerson, 1)
        person.city, person.extra = "Foix", {"Ancien": "x"}
        session.commit()
        person.city, person.phone, person.extra = "Pamiers", "+33639981245", {}
        session.commit()
        yield session


def test_an_earlier_version_comes_back_as_one_new_change(amina: Session) -> None:
    person = amina.get_one(YoungPerson, 1)
    newest, second, created = history_of(amina, "young_person", 1)
    restore(amina, YoungPerson, 1, second.id)
    amina.commit()
    assert (person.city, person.phone, person.extra, person.version) == ("Foix", None, {"Ancien": "x"}, 4)
    restore(amina, YoungPerson, 1, created.id)
    amina.commit()
    assert (person.city, person.phone, person.extra) == (None, None, {})
    restore(amina, YoungPerson, 1, newest.id)
    amina.commit()
    assert (person.city, person.phone, person.extra) == ("Pamiers", "+33639981245", {})
    assert len(history_of(amina, "young_person", 1)) == 6


def test_an_open_record_may_be_saved_after_a_restore(amina: Session) -> None:
    person = amina.get_one(YoungPerson, 1)
    restore(amina, YoungPerson, 1, history_of(amina, "young_person", 1)[1].id)
    person.email = "amina@exemple.fr"
    amina.commit()
    assert (person.city, person.email, person.version) == ("Foix", "amina@exemple.fr", 5)


def test_the_entry_of_another_record_restores_nothing(amina: Session) -> None:
    other = history_of(amina, "young_person", 2)[0]
    with pytest.raises(NotRestorable):
        restore(amina, YoungPerson, 1, other.id)
    with pytest.raises(NotRestorable):
        restore(amina, YoungPerson, 1, 10**12)


def test_a_version_whose_number_was_taken_since_is_refused_by_the_database(people: Engine) -> None:
    with Session(people) as session:
        acting_as(session, 1, "Claire MARTIN")
        session.execute(text("UPDATE employer SET siret = NULL WHERE id = 1"))
        session.execute(text("UPDATE employer SET siret = '11111111111111' WHERE id = 2"))
        session.commit()
        with pytest.raises(IntegrityError):
            restore(session, Employer, 1, history_of(session, "employer", 1)[-1].id)


def test_a_deleted_record_comes_back_with_what_went_with_it(people: Engine) -> None:
    _import(people)
    before = _state(people)
    with Session(people) as session:
        acting_as(session, 1, "Claire MARTIN")
        session.add(Enrolment(young_person_id=1, programme="PACEA", starts_on=date(2026, 1, 5)))
        session.commit()
        session.execute(delete(Enrolment))
        session.commit()
        session.execute(delete(YoungPerson).where(YoungPerson.id.in_([1, 2])))
        session.commit()
        entry = history_of(session, "young_person", 1)[0]
        assert restore_deleted(session, YoungPerson, entry.id) == [("young_person", 1), ("appointment", 1)]
        session.commit()
        assert session.get_one(YoungPerson, 1).version == 4
        assert session.get(YoungPerson, 2) is None
        assert session.scalar(select(func.count()).select_from(Enrolment)) == 0
        restore_deleted(session, YoungPerson, history_of(session, "young_person", 2)[0].id)
        session.commit()
    assert _state(people) == before


def test_a_link_emptied_by_the_deletion_is_tied_again_unless_somebody_chose_another(people: Engine) -> None:
    with Session(people) as session:
        acting_as(session, 1, "Claire MARTIN")
        session.execute(insert(Site), [{"name": "Rieumajou"}, {"name": "Autre"}])
        session.execute(text("UPDATE young_person SET site_id = 1"))
        session.commit()
        session.execute(delete(Site).where(Site.id == 1))
        session.commit()
        session.execute(text("UPDATE young_person SET site_id = 2 WHERE id = 3"))
        session.commit()
        restore_deleted(session, Site, history_of(session, "site", 1)[0].id)
        session.commit()
        assert session.scalars(select(YoungPerson.site_id).order_by(YoungPerson.id)).all() == [1, 1, 2]


def test_a_deletion_is_restored_once(people: Engine) -> None:
    with Session(people) as session:
        acting_as(session, 1, "Claire MARTIN")
        session.execute(delete(YoungPerson).where(YoungPerson.id == 3))
        session.commit()
        entry = history_of(session, "young_person", 3)[0]
        with pytest.raises(NotRestorable):
            restore(session, YoungPerson, 3, entry.id)
        restore_deleted(session, YoungPerson, entry.id)
        with pytest.raises(NotRestorable):
            restore_deleted(session, YoungPerson, entry.id)
        with pytest.raises(NotRestorable):
            restore_deleted(session, YoungPerson, history_of(session, "young_person", 1)[0].id)


# --- Large imports -------------------------------------------------------------------------------------------------------


def test_a_large_import_is_undone_in_few_statements(people: Engine) -> None:
    rows = [AMINA | {"first_name": f"Prénom {n}"} for n in range(3_000)]
    before = _state(people)
    with writing(people, IMPORT) as session:
        session.execute(insert(_table(YoungPerson)), rows)
        session.execute(text("UPDATE young_person SET city = 'Foix'"))
    with _Failing(people, -1) as counted:
        report = _undo(people)
    assert report.removed == {"young_person": 3_000}
    assert counted.seen < 120
    assert _state(people) == before


def _table(model: type[Base]) -> Table:
    table = Base.metadata.tables[model.__tablename__]
    assert isinstance(table, Table)
    return table


def test_postgresql_lets_nobody_write_between_the_look_and_the_undo(people: Engine) -> None:
    if is_sqlite(people):
        return
    _import(people)
    with writing(people, CLAIRE) as session:
        undo_batch(session, 7)
        with pytest.raises(OperationalError), writing(people, CLAIRE) as other:
            other.execute(text("SET LOCAL lock_timeout = '50ms'"))
            other.execute(text("UPDATE young_person SET city = 'Foix' WHERE id = 3"))
