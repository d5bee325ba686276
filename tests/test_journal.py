from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ml_admin.choices import AppointmentMode, FileStatus
from ml_admin.database import is_sqlite
from ml_admin.journal import Entry, describe, forget, history_of, merge3, values_at
from ml_admin.models import (
    Account,
    Appointment,
    Base,
    Counsellor,
    ImportBatch,
    Journal,
    Role,
    YoungPerson,
)
from ml_admin.triggers import journaled_tables

AMINA = {"last_name": "DIALLO", "first_name": "Amina", "birth_date": date(2005, 2, 1), "phone": "+33639981245"}


def _add(session: Session, **values: object) -> YoungPerson:
    person = YoungPerson(**(AMINA | values))
    session.add(person)
    session.commit()
    return person


def _story(session: Session, table: str = "young_person", key: int = 1) -> list[tuple[str, dict[str, object]]]:
    """(operation, {column: (before, after)}) oldest first."""
    found = history_of(session, table, key)
    session.rollback()
    return [(e.operation, {c.column: (c.before, c.after) for c in e.changes}) for e in reversed(found)]


# --- Nothing escapes -----------------------------------------------------------------------------------------------------


def test_a_record_saved_by_the_orm_leaves_one_line_a_change(session: Session) -> None:
    person = _add(session)
    person.phone = "+33600000000"
    session.commit()
    session.delete(person)
    session.commit()
    created, changed, deleted = _story(session)
    assert created[0] == "insert" and created[1]["last_name"] == (None, "DIALLO")
    assert changed == ("update", {"phone": ("+33639981245", "+33600000000")})
    assert deleted[0] == "delete" and deleted[1]["phone"] == ("+33600000000", None)


def _orm(session: Session) -> None:
    for person in session.scalars(select(YoungPerson)):
        person.city = "Foix"


def _bulk(session: Session) -> None:
    session.execute(update(YoungPerson).values(city="Foix").execution_options(synchronize_session=False))


def _many(session: Session) -> None:
    statement = text("UPDATE young_person SET city = :city WHERE id = :id")
    session.execute(statement, [{"city": "Foix", "id": 1}, {"city": "Foix", "id": 2}])


def _raw(session: Session) -> None:
    session.connection().exec_driver_sql("UPDATE young_person SET city = 'Foix'")


def _driver(session: Session) -> None:
    driver = session.connection().connection.driver_connection
    assert driver is not None
    driver.execute("UPDATE young_person SET city = 'Foix'")


@pytest.mark.parametrize("write", [_orm, _bulk, _many, _raw, _driver])
def test_each_way_of_writing_leaves_one_line_a_record_and_counts_the_version(
    session: Session, write: Callable[[Session], None]
) -> None:
    _add(session)
    _add(session, first_name="Inès")
    write(session)
    session.commit()
    for key in (1, 2):
        assert _story(session, key=key)[1:] == [("update", {"city": (None, "Foix")})]
    assert session.scalars(select(YoungPerson.version)).all() == [2, 2]


def test_many_rows_inserted_and_deleted_at_once_leave_a_line_each(session: Session) -> None:
    session.execute(insert(YoungPerson), [AMINA | {"first_name": f"Prénom {n}"} for n in range(500)])
    session.execute(delete(YoungPerson).where(YoungPerson.id > 100))
    session.commit()
    counted = select(Journal.operation, func.count(), func.count(Journal.change_set.distinct()))
    assert sorted(tuple(row) for row in session.execute(counted.group_by(Journal.operation))) == [
        ("delete", 400, 1),
        ("insert", 500, 1),
    ]


def test_a_row_replaced_is_seen_as_deleted_and_created(session: Session) -> None:
    if not is_sqlite(session):
        return
    session.execute(text("INSERT INTO site (name, city) VALUES ('Rieumajou', 'Foix')"))
    session.execute(text("INSERT OR REPLACE INTO site (name, city) VALUES ('Rieumajou', 'Pamiers')"))
    session.commit()
    operations = select(Journal.operation).order_by(Journal.id)
    assert session.scalars(operations).all() == ["insert", "delete", "insert"]


def test_rows_truncated_are_seen_as_deleted(session: Session) -> None:
    if is_sqlite(session):
        return
    _add(session)
    session.execute(text("TRUNCATE young_person CASCADE"))
    session.commit()
    assert [operation for operation, _ in _story(session)] == ["insert", "delete"]


def test_children_deleted_by_a_cascade_have_their_line(session: Session) -> None:
    _with_appointment(session)
    session.execute(delete(YoungPerson))
    session.commit()
    assert _story(session, "appointment")[-1][0] == "delete"


def _with_appointment(session: Session) -> None:
    _add(session)
    start = datetime(2026, 7, 3, 8, 0, tzinfo=UTC)
    counsellor = Counsellor(last_name="MARTIN", first_name="Claire")
    session.add(counsellor)
    session.flush()
    session.add(
        Appointment(
            young_person_id=1,
            counsellor_id=counsellor.id,
            starts_at=start,
            ends_at=start.replace(hour=9),
            mode=AppointmentMode.PHONE,
        )
    )
    session.commit()


def test_a_rollback_leaves_no_line(session: Session) -> None:
    _add(session)
    session.execute(update(YoungPerson).values(city="Foix"))
    session.rollback()
    with pytest.raises(IntegrityError):
        session.execute(insert(YoungPerson), [AMINA | {"first_name": "Inès"}, AMINA | {"first_name": ""}])
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Journal)) == 1


def test_a_savepoint_taken_back_leaves_no_line(session: Session) -> None:
    person = _add(session)
    nested = session.begin_nested()
    person.city = "Foix"
    session.flush()
    nested.rollback()
    person.city = "Pamiers"
    session.commit()
    assert [changes for _, changes in _story(session)[1:]] == [{"city": (None, "Pamiers")}]


def test_a_write_that_changes_nothing_leaves_no_line_and_no_version(session: Session) -> None:
    _add(session)
    session.execute(text("UPDATE young_person SET phone = phone"))
    session.commit()
    assert len(_story(session)) == 1
    assert session.scalar(select(YoungPerson.version)) == 1


def test_the_line_says_who_and_when_and_for_which_batch(session: Session) -> None:
    person = _add(session)
    before = datetime.now(UTC)
    person.city = "Foix"
    session.commit()
    entry = history_of(session, "young_person", person.id)[0]
    assert (entry.actor_id, entry.actor, entry.batch_id) == (1, "Claire MARTIN", None)
    assert abs((entry.at - before).total_seconds()) < 60


def test_machinery_is_not_journaled(session: Session) -> None:
    session.add(ImportBatch(file_name="liste.xlsx", actor="Claire MARTIN"))
    session.commit()
    assert session.scalar(select(func.count()).select_from(Journal)) == 0
    names = {table.name for table in journaled_tables(Base.metadata)}
    assert names & {"journal", "consultation", "import_row", "job", "lease", "login_attempt", "preference"} == set()


def test_secrets_never_enter_the_journal(session: Session) -> None:
    session.add(
        Account(
            username="claire",
            email="claire@exemple.fr",
            role=Role(name="counsellor"),
            password="secret-1",
            fs_uniquifier="secret-2",
        )
    )
    session.commit()
    session.execute(text("UPDATE account SET password = 'secret-3', tf_totp_secret = 'secret-4'"))
    session.execute(text("UPDATE account SET password = 'secret-5', username = 'claire.m'"))
    session.commit()
    assert [changes for _, changes in _story(session, "account")[1:]] == [{"username": ("claire", "claire.m")}]
    lines = session.scalars(select(Journal)).all()
    assert not any("secret-" in str(line.before) + str(line.after) for line in lines)
    assert session.scalar(select(Account.version)) == 3


# --- Values come back as they were -----------------------------------------------------------------------------------------


def test_values_of_every_kind_are_kept_whole(session: Session) -> None:
    _add(
        session, extra={"Vœu": ["a", {"b": None}], "n": 1.5, "quote": 'l’"été"\n'}, status=FileStatus.ACTIVE, rqth=True
    )
    (_, created), *_ = _story(session)
    assert created["extra"] == (None, {"Vœu": ["a", {"b": None}], "n": 1.5, "quote": 'l’"été"\n'})
    assert created["birth_date"] == (None, "2005-02-01")
    assert created["status"] == (None, "active")
    assert created["rqth"] == (None, True)
    assert "search_key" not in created


# --- Versions ------------------------------------------------------------------------------------------------------------


def test_the_orm_counts_versions_itself_and_the_trigger_only_for_others(session: Session) -> None:
    person = _add(session)
    for city in ("Foix", "Pamiers"):
        person.city = city
        session.commit()
    assert person.version == 3
    session.execute(text("UPDATE young_person SET city = 'Lavelanet'"))
    session.commit()
    assert person.version == 4
    person.city = "Foix"
    session.commit()
    assert person.version == 5
    assert [(line.before or {}).get("version") for line in session.scalars(select(Journal).order_by(Journal.id))] == [
        None, 1, 2, 3, 4,
    ]  # fmt: skip


def test_the_values_of_an_earlier_version_are_found_again(session: Session) -> None:
    person = _add(session)
    person.phone, person.status = None, FileStatus.ACTIVE
    session.commit()
    session.execute(text("UPDATE young_person SET birth_date = '2004-12-31', phone = '+33611111111'"))
    session.commit()
    assert values_at(session, person, 3) == {}
    assert values_at(session, person, 2) == {"phone": None, "birth_date": date(2005, 2, 1), "version": 2}
    first = values_at(session, person, 1)
    assert first["phone"] == "+33639981245" and first["status"] is FileStatus.FIRST_CONTACT


def test_merging_takes_what_one_side_changed() -> None:
    base = {"city": "Foix", "phone": "1", "notes": "a", "email": None}
    merge = merge3(base, base | {"city": "Pamiers", "email": ""}, base | {"phone": "2"})
    assert merge.values == {"city": "Pamiers", "phone": "2", "notes": "a", "email": None}
    assert merge.collisions == {}


def test_merging_asks_only_for_a_true_collision() -> None:
    merge = merge3({"city": "Foix", "phone": "1"}, {"city": "Pamiers", "phone": "2"}, {"city": "Pamiers", "phone": "3"})
    assert merge.values == {"city": "Pamiers", "phone": "3"}
    collision = merge.collisions["phone"]
    assert (collision.base, collision.mine, collision.theirs) == ("1", "2", "3")


def test_a_field_that_nobody_followed_takes_my_value() -> None:
    assert merge3({}, {"city": "Pamiers"}, {"city": "Foix"}).values == {"city": "Pamiers"}


# --- In words ------------------------------------------------------------------------------------------------------------


def _anything(_: str) -> bool:
    return True


def _last(session: Session, model: type[Base], key: int = 1) -> Entry:
    return history_of(session, model.__tablename__, key)[0]


def test_a_change_reads_as_french(session: Session) -> None:
    person = _add(session)
    person.status, person.birth_date, person.rqth = FileStatus.ACTIVE, None, True
    session.commit()
    lines = describe(_last(session, YoungPerson), YoungPerson, _anything)
    assert "Naissance\u00a0: 01/02/2005 → vide" in lines
    assert any("Premier accueil → Actif" in line for line in lines)
    assert any(line.endswith("vide → oui") for line in lines)
    assert len(lines) == 3


def test_an_instant_is_shown_in_paris_time_and_a_relation_by_its_name(session: Session) -> None:
    _with_appointment(session)
    names = {("young_person", 1): "Amina DIALLO", ("counsellor", 1): "Claire MARTIN"}
    lines = describe(_last(session, Appointment), Appointment, _anything, lambda table, key: names[table, key])
    assert "Date et heure\u00a0: 03/07/2026 10:00" in lines
    assert "Jeune\u00a0: Amina DIALLO" in lines
    assert "Conseiller\u00a0: Claire MARTIN" in lines
    assert "Mode\u00a0: Téléphone" in lines


def test_a_field_that_may_not_be_seen_leaves_no_trace(session: Session) -> None:
    person = _add(session)
    person.health_notes = "asthme"
    session.commit()
    assert describe(_last(session, YoungPerson), YoungPerson, lambda name: name != "health_notes") == []
    assert describe(_last(session, YoungPerson), YoungPerson, _anything) != []


def test_history_is_paged_newest_first(session: Session) -> None:
    person = _add(session)
    for n in range(4):
        person.city = f"Commune {n}"
        session.commit()
    pages = [history_of(session, "young_person", 1, limit=2, offset=start) for start in (0, 2, 4)]
    assert [entry.changes[0].after for entry in pages[0]] == ["Commune 3", "Commune 2"]
    assert [len(page) for page in pages] == [2, 2, 1]


def test_a_code_that_left_its_list_is_shown_as_it_is(session: Session) -> None:
    _add(session)
    entry = history_of(session, "young_person", 1)[0]
    odd = [change if change.column != "status" else type(change)("status", None, "ancien") for change in entry.changes]
    from_old = Entry(**{name: getattr(entry, name) for name in Entry.__slots__} | {"changes": tuple(odd)})
    assert any(line.endswith("ancien") for line in describe(from_old, YoungPerson, _anything))


# --- Erasure -------------------------------------------------------------------------------------------------------------


def test_forgetting_a_person_empties_every_line_of_theirs_alone(session: Session) -> None:
    person = _add(session)
    other = _add(session, first_name="Inès")
    person.phone = other.phone = None
    session.commit()
    session.delete(person)
    session.commit()
    table = Base.metadata.tables["young_person"]
    assert forget(session, table, 1, ["last_name", "first_name", "birth_date", "phone"]) == 3
    session.commit()
    lines = session.scalars(select(Journal)).all()
    theirs = [line for line in lines if line.record_id == 1]
    assert not any(
        word in str(line.before) + str(line.after) for line in theirs for word in ("DIALLO", "Amina", "2005", "+33")
    )
    assert [entry.operation for entry in history_of(session, "young_person", 1)] == ["delete", "update", "insert"]
    assert any("DIALLO" in str(line.after) for line in lines if line.record_id == 2)
