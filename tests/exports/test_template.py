from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import RoleName, Scope
from ml_admin.cleaners import Context, Counsellor
from ml_admin.exports.template import columns_of, has_template, write_template
from ml_admin.fields import fields_of
from ml_admin.imports.analyse import Analysis, analyse
from ml_admin.imports.reader import read
from ml_admin.permissions import NOBODY, Viewer

DENISE = Viewer(RoleName.ADMINISTRATOR, Scope.ALL, label="Denise CAZALIS")
JULIEN = Viewer(RoleName.EMPLOYER_OFFICER, Scope.ALL, label="Julien PONS")
ENTITIES = (m.YoungPerson, m.Employer, m.Partner, m.Appointment, m.ActionItem, m.Registration, m.Stand)
TODAY = date(2026, 3, 18)
# what a person would type under each heading
TYPED: dict[str, Any] = {
    "last_name": "GARÇON",
    "first_name": "Inès",
    "birth_name": "ROUQUETTE",
    "birth_date": date(2005, 2, 28),
    "phone": "06 39 98 12 45",
    "phone2": "05 36 49 01 12",
    "representative_phone": "06 39 98 44 10",
    "email": "ines@example.org",
    "preferred_contact": "SMS, après 14 h",
    "address": "4 place de la Mairie",
    "postcode": "09000",
    "city": "Foix",
    "registration_date": date(2025, 5, 12),
    "exit_date": date(2026, 1, 9),
    "external_id": "00042",
    "residence_permit_end": date(2027, 1, 31),
    "representative": "Hélène Rouquette",
    "rqth_end": date(2027, 6, 30),
    "notes": "Cherche une alternance.",
    "name": "Au Pain d'Orsane",
    "siret": "99900400500016",
    "naf": "10.71C",
    "sector": "Boulangerie",
    "website": "https://example.org",
    "last_contact_date": date(2026, 1, 9),
    "next_action": "Rappeler",
    "next_action_on": date(2026, 4, 2),
    "offers_count": 2,
    "headcount": "10 à 19",
    "contact_name": "Hélène Rouquette",
    "contact_role": "gérante",
    "opening_hours": "9 h à 17 h",
    "agreement_start": date(2025, 1, 1),
    "agreement_end": date(2026, 12, 31),
    "starts_at": datetime(2026, 4, 2, 14, 30),
    "purpose": "Bilan d'étape",
    "duration_min": 45,
    "label": "Refaire le CV",
    "due_date": date(2026, 4, 2),
    "done_date": date(2026, 3, 2),
    "employer": "Au Pain d'Orsane",
    "slot": "10:15",
    "stand": "12",
    "positions": "Vente, Aide-boulanger",
    "counsellor": "DURAND Amélie",
}
# what it becomes where that is not what was typed
READ: dict[str, Any] = {
    "phone": "+33639981245",
    "phone2": "+33536490112",
    "representative_phone": "+33639984410",
    "slot": time(10, 15),
    "positions": ["Vente", "Aide-boulanger"],
}


@pytest.fixture
def session(session: Session) -> Session:
    session.add_all(
        [m.Counsellor(last_name="DURAND", first_name="Amélie"), m.Counsellor(last_name="DIALLO", first_name="Samir")]
    )
    session.flush()
    return session


def template(session: Session, model: type[m.Base], viewer: Viewer = DENISE) -> BytesIO:
    stream = BytesIO()
    write_template(stream, session, viewer, model)
    return stream


def imported(stream: BytesIO) -> Analysis:
    counsellors = (
        Counsellor("DURAND Amélie", "DURAND", "Amélie", "AD"),
        Counsellor("DIALLO Samir", "DIALLO", "Samir", "SD"),
    )
    return analyse(read(stream.getvalue(), "modele.xlsx"), Context(reference_date=TODAY, counsellors=counsellors))


def filled(session: Session, model: type[m.Base]) -> tuple[Analysis, list[dict[str, Any]]]:
    """The template with one row for each option of its longest list; what was typed, a dict a row."""
    columns = columns_of(session, DENISE, model)
    book = openpyxl.load_workbook(template(session, model))
    page = book.worksheets[0]
    typed = []
    for number in range(max(1, *(len(column.options) for column in columns))):
        # a person a row, else the rows would be duplicates
        row = {c.name: c.options[number % len(c.options)] if c.options else TYPED[c.name] for c in columns}
        row |= {name: f"{TYPED[name]}-{'ABCDEFGHIJ'[number]}" for name in ("last_name", "name") if name in row}
        if "done_date" in row and row["status"] != "Faite":
            row["done_date"] = None
        typed.append(row)
        for at, column in enumerate(columns, start=1):
            page.cell(number + 2, at).value = row[column.name]
    stream = BytesIO()
    book.save(stream)
    return imported(stream), typed


@pytest.mark.parametrize("model", ENTITIES)
def test_a_filled_template_imports_without_a_question(session: Session, model: type[m.Base]) -> None:
    analysis, typed = filled(session, model)
    table, *others = analysis.tables
    assert {other.layout for other in others} == {"ignore"}
    assert [row.outcome for row in table.rows] == ["record"] * len(typed)
    assert [row.issues for row in table.rows] == [()] * len(typed)
    assert all(column.meaning for column in table.columns)


@pytest.mark.parametrize("model", ENTITIES)
def test_every_field_comes_back_right(session: Session, model: type[m.Base]) -> None:
    analysis, typed = filled(session, model)
    owners = {name: field for owner in (m.YoungPerson, model) for name, field in fields_of(owner).items()}
    for row, source in zip(analysis.tables[0].rows, typed, strict=True):
        (record,) = row.records
        for column in columns_of(session, DENISE, model):
            name = {"programme": "programmes", "headcount": "headcount_min", "starts_at": "date"}.get(
                column.name, column.name
            )
            if column.kind in ("choice", "bool") or column.name == "counsellor":
                assert record[name] not in (None, []), (column.heading, source[column.name])
            elif column.name == "headcount":
                assert (record["headcount_min"], record["headcount_max"]) == (10, 19)
            elif column.name == "starts_at":
                assert (record["date"], record["time"]) == (date(2026, 4, 2), time(14, 30))
            else:
                assert record[name] == READ.get(name, source[column.name]), (column.heading, owners.get(name))


def test_each_option_of_a_list_gives_its_own_code(session: Session) -> None:
    analysis, typed = filled(session, m.YoungPerson)
    records = [row.records[0] for row in analysis.tables[0].rows]
    for name, key in (("education_level", "education_level"), ("status", "status"), ("programme", "programmes")):
        assert len({str(record[key]) for record in records}) == len({row[name] for row in typed})


@pytest.mark.parametrize("model", ENTITIES)
def test_an_empty_template_holds_nothing_to_import(session: Session, model: type[m.Base]) -> None:
    assert imported(template(session, model)).counts["record"] == 0
    assert imported(template(session, model)).counts["error"] == 0


def test_zeros_stay_and_dates_are_dates(session: Session) -> None:
    page = openpyxl.load_workbook(template(session, m.YoungPerson)).worksheets[0]
    formats = {cell.value: page.column_dimensions[cell.column_letter].number_format for cell in page[1]}
    assert {formats[heading] for heading in ("Code postal", "Téléphone", "Nom")} == {"@"}
    assert formats["Naissance"] == "dd/mm/yyyy"


def test_lists_and_help_stand_on_the_cells(session: Session) -> None:
    page = openpyxl.load_workbook(template(session, m.YoungPerson)).worksheets[0]
    rules = {next(iter(rule.sqref.ranges)).min_col: rule for rule in page.data_validations.dataValidation}
    columns = {cell.value: cell for cell in page[1]}
    assert rules[columns["Sexe"].column].formula1 == '"Femme,Homme"'
    assert rules[columns["Référent"].column].formula1 == '"DIALLO Samir,DURAND Amélie"'
    assert rules[columns["Naissance"].column].prompt == "Exemple\u00a0: 12/03/2004"
    assert columns["Nom"].comment.text.startswith("À remplir sur chaque ligne.")
    assert columns["RQTH"].comment.text.startswith("Reconnaissance de la qualité")


def test_no_template_asks_for_a_social_security_number_or_health_notes(session: Session) -> None:
    headings = {column.heading for column in columns_of(session, DENISE, m.YoungPerson)}
    assert not headings & {"Santé", "Justice", "Famille", "Logement", "NIR"}


def test_a_template_asks_only_for_what_the_viewer_may_see(session: Session) -> None:
    headings = {column.heading for column in columns_of(session, JULIEN, m.Registration)}
    assert "Téléphone" in headings
    plain = Viewer(RoleName.AUDITOR, Scope.ALL)
    assert "Téléphone" not in {column.heading for column in columns_of(session, plain, m.Registration)}


def test_only_who_may_import_is_offered_a_template() -> None:
    assert has_template(DENISE, m.YoungPerson)
    assert has_template(JULIEN, m.Employer)
    assert not has_template(JULIEN, m.YoungPerson)
    assert not has_template(NOBODY, m.YoungPerson)
    assert not has_template(DENISE, m.Site)
