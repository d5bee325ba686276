from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import AppointmentMode, AppointmentOutcome, Programme, RoleName, Scope
from ml_admin.cleaners import Context, Counsellor
from ml_admin.exports.columns import ExportColumn, ExportSheet, columns_for, guarded_columns, rows_for
from ml_admin.exports.workbook import write_workbook
from ml_admin.imports.analyse import analyse
from ml_admin.imports.reader import read
from ml_admin.permissions import NOBODY, Viewer, scoped

NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
DENISE = Viewer(RoleName.MANAGER, Scope.ALL, label="Denise CAZALIS")
KARIM = Viewer(RoleName.FRONT_DESK, Scope.ALL, label="Karim BENALI")
JULIEN = Viewer(RoleName.EMPLOYER_OFFICER, Scope.ALL, label="Julien PONS")


def names(columns: list[ExportColumn]) -> list[str]:
    return [column.name for column in columns]


@pytest.fixture
def amina(session: Session) -> m.YoungPerson:
    site = m.Site(name="Antenne de Rieumajou")
    claire = m.Counsellor(last_name="DURAND", first_name="Sophie", site=site)
    amina = m.YoungPerson(
        last_name="GARÇON",
        first_name="Amina",
        birth_date=date(2006, 9, 7),
        phone="+33639981245",
        postcode="09000",
        driving_licence=False,
        notes="=1+1",
        rqth=True,
        site=site,
        counsellor=claire,
    )
    session.add(amina)
    session.flush()
    return amina


def rows_of(session: Session, model: type[m.Base], columns: list[ExportColumn], viewer: Viewer = DENISE) -> list[Any]:
    return list(rows_for(session, model, scoped(select(model.id), model, viewer), columns, NOW))


def test_free_text_and_sensitive_columns_stay_unless_asked_for(session: Session) -> None:
    plain = names(columns_for(session, DENISE, m.YoungPerson))
    assert "last_name" in plain
    assert not {"notes", "rqth", "health_notes", "representative", "residence_permit_end"} & set(plain)
    asked = names(columns_for(session, DENISE, m.YoungPerson, opted_in=["rqth", "notes"]))
    assert set(asked) - set(plain) == {"rqth", "notes"}


def test_choosing_a_guarded_column_in_the_list_is_not_asking_for_it(session: Session) -> None:
    assert names(columns_for(session, DENISE, m.YoungPerson, ["last_name", "notes"])) == ["last_name"]


def test_what_a_role_may_not_see_never_leaves(session: Session) -> None:
    columns = names(columns_for(session, JULIEN, m.Employer, opted_in=["health_notes", "notes"]))
    assert "notes" in columns
    assert columns_for(session, JULIEN, m.YoungPerson, opted_in=["health_notes"]) == []


@pytest.mark.parametrize("viewer", [KARIM, NOBODY])
def test_who_may_not_export_gets_no_column(session: Session, viewer: Viewer) -> None:
    assert columns_for(session, viewer, m.YoungPerson) == []
    assert guarded_columns(viewer, m.YoungPerson) == []


def test_columns_come_in_the_order_of_the_list(session: Session) -> None:
    assert names(columns_for(session, DENISE, m.YoungPerson, ["city", "last_name", "nonsense"])) == [
        "city",
        "last_name",
    ]


def test_guarded_columns_are_named_for_the_boxes() -> None:
    assert ("notes", "Notes") in guarded_columns(DENISE, m.YoungPerson)
    assert guarded_columns(JULIEN, m.Employer) == [("notes", "Notes")]


def test_closed_lists_and_short_tables_are_drop_downs(session: Session, amina: m.YoungPerson) -> None:
    options = {column.name: column.options for column in columns_for(session, DENISE, m.YoungPerson)}
    assert options["gender"] == ("Femme", "Homme")
    assert options["driving_licence"] == ("oui", "non")
    assert options["counsellor"] == ("DURAND Sophie",)
    assert options["site"] == ("Antenne de Rieumajou",)
    assert options["last_name"] == ()


def test_values_are_those_of_a_sheet(session: Session, amina: m.YoungPerson) -> None:
    columns = columns_for(session, DENISE, m.YoungPerson, opted_in=["notes"])
    (record,) = rows_of(session, m.YoungPerson, columns)
    values = dict(zip(names(columns), record.values, strict=True))
    assert record.key is not None and record.key.startswith(f"{amina.id}-")
    assert record.version == 1
    assert values["birth_date"] == date(2006, 9, 7)
    assert values["phone"] == "06 39 98 12 45"
    assert values["postcode"] == "09000"
    assert values["driving_licence"] == "non"
    assert values["status"] == "Premier accueil"
    assert values["counsellor"] == "DURAND Sophie"
    assert values["has_vehicle"] is None
    assert values["notes"] == "=1+1"


def test_times_are_those_of_paris(session: Session, amina: m.YoungPerson) -> None:
    winter, summer = datetime(2026, 1, 9, 8, 0, tzinfo=UTC), datetime(2026, 7, 9, 8, 0, tzinfo=UTC)
    for start in (winter, summer):
        session.add(m.Appointment(young_person=amina, starts_at=start, ends_at=start.replace(hour=9)))
    session.flush()
    rows = rows_of(session, m.Appointment, columns_for(session, DENISE, m.Appointment, ["starts_at"]))
    assert [row.values[0] for row in rows] == [datetime(2026, 1, 9, 9, 0), datetime(2026, 7, 9, 10, 0)]


def test_derived_columns_of_the_list_are_exported_too(session: Session, amina: m.YoungPerson) -> None:
    session.add(m.Enrolment(young_person=amina, programme=Programme.CEJ, starts_on=date(2026, 1, 5)))
    session.flush()
    columns = columns_for(session, DENISE, m.YoungPerson, ["last_name", "programme", "next_appointment"])
    assert rows_of(session, m.YoungPerson, columns)[0].values == ["GARÇON", "CEJ", None]


def test_decimals_and_lists_are_readable(session: Session, amina: m.YoungPerson) -> None:
    event_, firm = m.JobDating(name="Job dating d’hiver"), m.Employer(name="Au Pain d’Orsane")
    session.add(m.Stand(job_dating=event_, employer=firm, positions=["Vente", "Aide-boulanger"]))
    session.add(m.ActionItem(young_person=amina, label="Refaire le CV", hours=Decimal("2.50")))
    session.flush()
    stand = rows_of(session, m.Stand, columns_for(session, DENISE, m.Stand, ["positions", "employer"]))
    assert stand[0].values == ["Vente, Aide-boulanger", "Au Pain d’Orsane"]
    action = rows_of(session, m.ActionItem, columns_for(session, DENISE, m.ActionItem, ["hours", "young_person"]))
    assert action[0].values == [2.5, "GARÇON Amina"]


def test_only_the_records_in_scope_leave(session: Session, amina: m.YoungPerson) -> None:
    other = m.YoungPerson(last_name="AUTRE", first_name="Site")
    session.add(other)
    session.flush()
    claire = Viewer(RoleName.COUNSELLOR, Scope.OWN_SITE, site_id=amina.site_id)
    columns = columns_for(session, claire, m.YoungPerson, ["last_name"])
    assert [row.values for row in rows_of(session, m.YoungPerson, columns, claire)] == [["GARÇON"]]


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_one_query_whatever_the_number_of_rows(session: Session, amina: m.YoungPerson, statements: list[str]) -> None:
    for number in range(30):
        session.add(
            m.Appointment(
                young_person=amina,
                counsellor=amina.counsellor,
                mode=AppointmentMode.PHONE,
                outcome=AppointmentOutcome.ATTENDED,
                starts_at=datetime(2026, 1, 1 + number, 8, 0, tzinfo=UTC),
                ends_at=datetime(2026, 1, 1 + number, 9, 0, tzinfo=UTC),
            )
        )
    session.flush()
    columns = columns_for(session, DENISE, m.Appointment)
    statements.clear()
    assert len(rows_of(session, m.Appointment, columns)) == 30
    assert len(statements) == 1


@pytest.mark.parametrize(
    "model", [m.YoungPerson, m.Appointment, m.ActionItem, m.Employer, m.Partner, m.Stand, m.Interview]
)
def test_every_list_becomes_a_workbook(session: Session, amina: m.YoungPerson, model: type[m.Base]) -> None:
    columns = columns_for(session, DENISE, model)
    stream = BytesIO()
    rows = rows_for(session, model, scoped(select(model.id), model, DENISE), columns, NOW)
    write_workbook(stream, ExportSheet("Liste", columns, rows, model.__tablename__))
    headings = [cell.value for cell in openpyxl.load_workbook(stream)["Liste"][1]]
    assert headings[: len(columns)] == [column.heading for column in columns]


def test_an_exported_workbook_reads_back_as_the_same_people(session: Session, amina: m.YoungPerson) -> None:
    columns = columns_for(session, DENISE, m.YoungPerson)
    stream = BytesIO()
    rows = rows_for(session, m.YoungPerson, scoped(select(m.YoungPerson.id), m.YoungPerson, DENISE), columns, NOW)
    notes = [("Filtres", "État : Actif · Commune : Foix"), ("Par", "Denise CAZALIS"), ("Nom", "GARÇON")]
    write_workbook(stream, ExportSheet("Jeunes", columns, rows, "young_person", notes))
    counsellor = Counsellor("DURAND Sophie", "DURAND", "Sophie", "SD")
    table, *others = analyse(
        read(stream.getvalue(), "jeunes.xlsx"),
        Context(reference_date=NOW.date(), counsellors=(counsellor,), sites=("Antenne de Rieumajou",)),
    ).tables
    assert {other.layout for other in others} == {"ignore"}
    (row,) = table.rows
    assert (row.outcome, row.issues) == ("record", ())
    kept = {
        name: row.records[0][name]
        for name in ("last_name", "first_name", "birth_date", "phone", "postcode", "counsellor")
    }
    assert kept == {
        "last_name": "GARÇON",
        "first_name": "Amina",
        "birth_date": date(2006, 9, 7),
        "phone": "+33639981245",
        "postcode": "09000",
        "counsellor": "DURAND Sophie",
    }
