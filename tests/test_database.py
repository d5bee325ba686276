import sqlite3
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from ml_admin import triggers
from ml_admin.choices import AppointmentOutcome
from ml_admin.database import (
    Actor,
    acting_as,
    begin_mode,
    beginning,
    engine_options,
    erasing,
    is_sqlite,
    prepare,
    reading,
    writing,
)
from ml_admin.models import Appointment, Base, Consultation, Counsellor, Journal, Setting, Site, YoungPerson
from ml_admin.text import fold
from tests.editors import processes, save_often

CLAIRE = Actor(1, "Claire MARTIN")
TEN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _lines(engine: Engine) -> list[Journal]:
    with reading(engine) as session:
        return list(session.scalars(select(Journal).order_by(Journal.id)))


# --- How a transaction begins ------------------------------------------------------------------------------------------


def test_what_is_written_is_there_afterwards(engine: Engine) -> None:
    with writing(engine, CLAIRE) as session:
        session.add(Site(name="Rieumajou"))
    with reading(engine) as session:
        assert session.scalars(select(Site.name)).all() == ["Rieumajou"]


def test_an_exception_takes_everything_back_and_leaves_no_line(engine: Engine) -> None:
    with pytest.raises(RuntimeError), writing(engine, CLAIRE) as session:
        session.add(Site(name="Rieumajou"))
        session.flush()
        raise RuntimeError
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Site)) == 0
    assert _lines(engine) == []


def test_a_reading_transaction_cannot_write(engine: Engine) -> None:
    with reading(engine) as session, pytest.raises(DBAPIError):
        session.execute(insert(Site), {"name": "Rieumajou"})


def test_the_mode_of_the_request_decides_for_a_plain_session(engine: Engine) -> None:
    with beginning("read"), Session(engine) as session:
        acting_as(session, 1, "Claire MARTIN")
        with pytest.raises(DBAPIError):
            session.execute(insert(Site), {"name": "Rieumajou"})
    with Session(engine) as session:
        acting_as(session, 1, "Claire MARTIN")
        session.execute(insert(Site), {"name": "Rieumajou"})
        session.commit()
    assert begin_mode.get() == "write"
    assert len(_lines(engine)) == 1


def test_a_reader_waits_for_no_writer_and_sees_one_state(engine: Engine) -> None:
    with writing(engine, CLAIRE) as writer:
        writer.add(Site(name="Rieumajou"))
        writer.flush()
        with reading(engine) as session:
            assert session.scalars(select(Site.name)).all() == []
            writer.commit()
            assert session.scalars(select(Site.name)).all() == []
        with reading(engine) as session:
            assert session.scalars(select(Site.name)).all() == ["Rieumajou"]


def test_an_autocommit_user_does_not_spoil_the_next_transaction(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SELECT 1")
    with pytest.raises(RuntimeError), writing(engine, CLAIRE) as session:
        session.execute(insert(Site), {"name": "Rieumajou"})
        raise RuntimeError
    assert _lines(engine) == []


def test_sqlite_connections_have_the_promised_settings(engine: Engine) -> None:
    if not is_sqlite(engine):
        return
    with engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert found == ["wal", 1, 1, 1, 30_000]


def test_flask_sessions_follow_the_same_rules(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    app = Flask("test")
    app.config["SQLALCHEMY_ENGINES"] = {"default": {"url": url, **engine_options(url)}}
    db = SQLAlchemy(app)
    with app.app_context():
        prepare(db.engine)
        acting_as(db.session, 4, "Karim BENALI")
        db.session.add(Site(name="Rieumajou"))
        db.session.commit()
    with app.app_context(), beginning("read"):
        assert db.session.scalars(select(Site.name)).all() == ["Rieumajou"]
        with pytest.raises(DBAPIError):
            db.session.execute(insert(Site), {"name": "Autre"})
    with app.app_context():
        db.engine.dispose()
    assert [(line.actor_id, line.actor) for line in _lines(engine)] == [(4, "Karim BENALI")]


# --- Who writes --------------------------------------------------------------------------------------------------------


def test_sqlite_refuses_an_unknown_writer_and_postgresql_records_outside(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(Site(name="Rieumajou"))
        if is_sqlite(engine):
            with pytest.raises(IntegrityError, match=triggers.UNKNOWN_WRITER):
                session.commit()
        else:
            session.commit()
    assert [line.actor for line in _lines(engine)] == ([] if is_sqlite(engine) else ["outside"])


def test_a_foreign_program_without_our_functions_is_refused_by_sqlite(engine: Engine) -> None:
    if not is_sqlite(engine):
        return
    foreign = sqlite3.connect(str(engine.url.database))
    with pytest.raises(sqlite3.OperationalError, match="ml_"):
        foreign.execute("INSERT INTO site (name) VALUES ('Ailleurs')")
    with pytest.raises(sqlite3.OperationalError, match="ml_"):
        foreign.execute("DELETE FROM site")
    foreign.close()


def test_a_connection_given_back_forgets_its_writer(engine: Engine) -> None:
    with writing(engine, CLAIRE) as session:
        session.add(Site(name="Rieumajou"))
    with engine.connect() as connection:
        if is_sqlite(engine):
            with pytest.raises(IntegrityError, match=triggers.UNKNOWN_WRITER):
                connection.execute(update(Site).values(city="Foix"))
        else:
            connection.execute(update(Site).values(city="Foix"))
            connection.commit()
            assert _lines(engine)[-1].actor == "outside"


def test_the_writer_may_be_named_in_the_middle_of_a_transaction(engine: Engine) -> None:
    with Session(engine) as session:
        session.scalars(select(Site)).all()
        acting_as(session, None, "Reprise de nuit", batch_id=7)
        session.add(Site(name="Rieumajou"))
        session.commit()
        session.add(Site(name="Autre"))
        session.commit()
    assert [(line.actor_id, line.actor, line.batch_id) for line in _lines(engine)] == [
        (None, "Reprise de nuit", 7),
        (None, "Reprise de nuit", 7),
    ]


def test_the_writer_is_known_inside_a_savepoint_begun_first(engine: Engine) -> None:
    with Session(engine, info={"ml_actor": CLAIRE}) as session:
        with session.begin_nested():
            session.add(Site(name="Rieumajou"))
        session.commit()
    assert [line.actor for line in _lines(engine)] == ["Claire MARTIN"]


def test_a_page_being_read_does_not_stop_a_short_write_beside_it(engine: Engine) -> None:
    with reading(engine) as page:
        assert page.scalars(select(Site)).all() == []
        with writing(engine, CLAIRE) as session:
            session.add(Consultation(actor="Claire MARTIN", action="view", table_name="site"))
        assert page.scalar(select(func.count()).select_from(Consultation)) == 0
    with reading(engine) as page:
        assert page.scalar(select(func.count()).select_from(Consultation)) == 1


def test_a_plain_connection_may_say_who_writes(engine: Engine) -> None:
    with engine.connect() as connection:
        acting_as(connection, 3, "Denise ROUX")
        connection.execute(insert(Site), {"name": "Rieumajou"})
        connection.commit()
        connection.execute(update(Site).values(city="Foix"))
        connection.commit()
    lines = _lines(engine)
    assert {line.actor for line in lines} == {"Denise ROUX"}
    assert lines[0].change_set != lines[1].change_set


# --- Rules the database keeps by itself ----------------------------------------------------------------------------------


@pytest.fixture
def agenda(engine: Engine) -> Engine:
    with writing(engine, CLAIRE) as session:
        session.add_all(
            [Counsellor(last_name="MARTIN", first_name="Claire"), Counsellor(last_name="ROUX", first_name="Denise")]
        )
        session.add(YoungPerson(last_name="DIALLO", first_name="Amina", birth_date=date(2005, 2, 1)))
    return engine


def _book(engine: Engine, minutes: int, counsellor: int | None = 1, **values: object) -> None:
    starts = TEN + timedelta(minutes=minutes)
    with writing(engine, CLAIRE) as session:
        session.add(
            Appointment(
                young_person_id=1,
                counsellor_id=counsellor,
                starts_at=starts,
                ends_at=starts + timedelta(minutes=30),
                **values,
            )
        )


def test_one_counsellor_cannot_be_booked_twice_at_once(agenda: Engine) -> None:
    _book(agenda, 0)
    for minutes in (-29, 0, 15, 29):
        with pytest.raises(IntegrityError, match=triggers.OVERLAP):
            _book(agenda, minutes)


@pytest.mark.parametrize(
    "other",
    [
        {"minutes": 30},
        {"minutes": -30},
        {"minutes": 0, "counsellor": 2},
        {"minutes": 0, "counsellor": None},
        {"minutes": 0, "override": True},
        {"minutes": 0, "outcome": AppointmentOutcome.CANCELLED},
    ],
)
def test_these_may_stand_beside_a_planned_appointment(agenda: Engine, other: dict[str, object]) -> None:
    _book(agenda, 0)
    _book(agenda, **other)  # type: ignore[arg-type]
    if other.get("counsellor", 1) is None:
        _book(agenda, **other)  # type: ignore[arg-type]


def test_moving_an_appointment_onto_another_is_refused_also_in_bulk(agenda: Engine) -> None:
    _book(agenda, 0)
    _book(agenda, 60)
    with pytest.raises(IntegrityError, match=triggers.OVERLAP), writing(agenda, CLAIRE) as session:
        session.execute(
            update(Appointment)
            .where(Appointment.id == 2)
            .values(starts_at=TEN, ends_at=TEN + timedelta(minutes=5))
            .execution_options(synchronize_session=False)
        )
    with writing(agenda, CLAIRE) as session:
        session.execute(update(Appointment).where(Appointment.id == 2).values(purpose="Point d’étape"))


def test_append_only_tables_are_changed_by_erasure_alone(engine: Engine) -> None:
    with writing(engine, CLAIRE) as session:
        session.add(Consultation(actor="Claire MARTIN", action="view", table_name="young_person", record_id=1))
    for statement in ("DELETE FROM consultation", "UPDATE consultation SET actor = 'x'", "DELETE FROM journal"):
        with writing(engine, CLAIRE) as session:
            session.add(Site(name=statement[:30]))
        with pytest.raises(IntegrityError, match=triggers.APPEND_ONLY), writing(engine, CLAIRE) as session:
            session.execute(text(statement))
    with writing(engine, CLAIRE) as session, erasing(session):
        session.execute(text("DELETE FROM consultation"))
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Consultation)) == 0


def test_the_key_of_a_deleted_row_is_given_to_no_other(engine: Engine) -> None:
    with writing(engine, CLAIRE) as session:
        session.add(Site(name="Première"))
    with writing(engine, CLAIRE) as session:
        session.execute(text("DELETE FROM site"))
    with writing(engine, CLAIRE) as session:
        session.add(Site(name="Seconde"))
    with reading(engine) as session:
        assert session.scalars(select(Site.id)).all() == [2]


def _folded(connection: Connection, value: str) -> str | None:
    return connection.scalar(text("SELECT ml_fold(:value)"), {"value": value})


NAMES = [
    "Garçon", "ÉLOÏSE", "L’Hermîte-Œuvrard", "l'Hermite  d'Açores", "Ŝmørrebrød", "Straße", "Łukasz", "Þór", "«\u00a0N'Guyễn\u00a0»",
    "Jean – Marie…", "  ", "O’Brien_42", "ﬁlière", "n° 12 bis", "DUPONT/DURAND (née)", "Ægir", "Đặng", "ıspanak", "½ part", "№5", "A\u0301", "a+b=c",
]  # fmt: skip


def test_the_search_key_is_the_same_on_both_engines(engine: Engine) -> None:
    with engine.connect() as connection:
        assert {name: _folded(connection, name) for name in NAMES} == {name: fold(name) for name in NAMES}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(min_codepoint=1, max_codepoint=0x17F), max_size=12), min_size=20, max_size=20))
def test_the_search_key_of_any_latin_text_is_the_same_on_both_engines(engine: Engine, values: list[str]) -> None:
    with engine.connect() as connection:
        assert [_folded(connection, value) for value in values] == [fold(value) for value in values]


def test_the_search_key_follows_a_bulk_update(engine: Engine) -> None:
    with writing(engine, CLAIRE) as session:
        session.execute(insert(YoungPerson), [{"last_name": "GARÇON", "first_name": "Inès"}])
        session.execute(text("UPDATE young_person SET last_name = 'LEFÈVRE'"))
    with reading(engine) as session:
        assert "lefevre ines" in session.scalar(select(YoungPerson.search_key))


# --- Triggers as the models ask ------------------------------------------------------------------------------------------


def test_a_fresh_database_has_every_trigger(engine: Engine) -> None:
    with engine.connect() as connection:
        assert triggers.missing_triggers(connection, Base.metadata) == []


def test_a_lost_or_altered_trigger_is_named_and_rebuilt(engine: Engine) -> None:
    with engine.begin() as connection:
        if is_sqlite(engine):
            connection.exec_driver_sql("DROP TRIGGER ml_update_site")
        else:
            connection.exec_driver_sql("ALTER TABLE site DISABLE TRIGGER ml_update_site")
        connection.exec_driver_sql("DROP TRIGGER ml_bump_site" + ("" if is_sqlite(engine) else " ON site"))
        assert triggers.missing_triggers(connection, Base.metadata) == ["ml_update_site", "ml_bump_site"]
        triggers.create_triggers(connection, Base.metadata)
        assert triggers.missing_triggers(connection, Base.metadata) == []


def test_dropping_leaves_no_trigger_of_ours(engine: Engine) -> None:
    with engine.begin() as connection:
        triggers.drop_triggers(connection)
        count = len(triggers.missing_triggers(connection, Base.metadata))
        assert count > 4 * len(triggers.journaled_tables(Base.metadata)) - 1


def test_secret_columns_stand_in_no_trigger(engine: Engine) -> None:
    account = Base.metadata.tables["account"]
    kept = {column.name for column in triggers.kept_columns(account)}
    assert {"password", "fs_uniquifier", "tf_totp_secret", "mf_recovery_codes"} & kept == set()
    assert {"username", "email", "active"} <= kept


def test_every_table_is_in_the_database(engine: Engine) -> None:
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())


# --- Several processes ---------------------------------------------------------------------------------------------------

SAVES = 40


def test_four_processes_writing_one_record_lose_no_update_and_meet_no_lock(engine: Engine) -> None:
    with writing(engine, CLAIRE) as session:
        session.add(Setting(key="counter", valid_from=date(2026, 1, 1), value="0"))
    url = engine.url.render_as_string(hide_password=False)
    context = processes()
    results = context.Queue()
    editors = [context.Process(target=save_often, args=(url, f"Poste {n}", SAVES, results)) for n in range(4)]  # type: ignore[attr-defined]
    for editor in editors:
        editor.start()
    outcomes = [results.get(timeout=120) for _ in editors]
    for editor in editors:
        editor.join()
    assert [saved for saved, _, _ in outcomes] == [SAVES] * 4
    assert sum(locked for _, _, locked in outcomes) == 0
    if is_sqlite(engine):
        assert sum(refused for _, refused, _ in outcomes) == 0  # the immediate lock leaves nothing to refuse
    with reading(engine) as session:
        assert session.scalars(select(Setting.value)).one() == str(4 * SAVES)
        assert session.scalar(select(func.count()).select_from(Site)) == 4 * SAVES
        journaled = select(func.count()).select_from(Journal).where(Journal.table_name == "setting")
        assert session.scalar(journaled.where(Journal.operation == "update")) == 4 * SAVES
