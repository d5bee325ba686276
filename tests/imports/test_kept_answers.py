"""A file that is read again keeps what people answered about its rows and corrected in its cells."""

from datetime import date
from typing import Any

import pytest

from ml_admin import models as m
from ml_admin.cleaners import Context
from ml_admin.database import Actor, writing
from ml_admin.imports import answers, tasks
from ml_admin.imports.answers import IGNORE, OTHER, SAME
from tests.imports.office import Office
from tests.imports.test_plan import know, person

TODAY = Context(date(2025, 1, 15))
FILE = (
    "Nom;Prénom;Date de naissance;Ville;Pointure\n"
    "GARÇONS;Inès;12/03/2004;Foix;38\nOUALI;Yanis;07/11/2004;Pamiers;41\nAZÉMA;Lou;01/02/2005;Foix;40\n"
)
LOST = "à refaire\u00a0: ce que vous aviez répondu"


@pytest.fixture
def batch(office: Office) -> int:
    """A staged file whose first row is almost a known person."""
    know(office, person("GARÇON", "Inès", birth_date=date(2004, 3, 12)))
    return office.drop(office.claire, "jeunes.csv", FILE)


def read_again(office: Office, batch: int, **choice: Any) -> None:
    with writing(office.engine, Actor(None, "Essai")) as session:
        line = session.get_one(m.ImportBatch, batch)
        line.options = {**line.options, "tables": [{"sheet": None, "rank": 1, **choice}]}
        tasks.ask(session, tasks.READ, line, office.claire)
    office.work()


def notes(office: Office, batch: int) -> str:
    return " ".join(office.batch(batch).notes)


def test_answers_about_rows_stay(office: Office, batch: int) -> None:
    answers.answer(office.engine, batch, office.claire, [0], OTHER)
    answers.answer(office.engine, batch, office.claire, [1], IGNORE)
    read_again(office, batch, fields={"4": "-"})
    assert office.verdicts(batch) == ["create", "skip", "create"]
    assert LOST not in notes(office, batch)


def test_the_same_person_stays_the_same(office: Office, batch: int) -> None:
    known = office.people()[0].id
    answers.answer(office.engine, batch, office.claire, [0], SAME, f"id:{known}")
    read_again(office, batch, fields={"4": "-"})
    assert office.rows(batch)[0].target_id == known


def test_a_corrected_cell_stays_corrected(office: Office, batch: int) -> None:
    answers.correct(office.engine, batch, office.claire, 1, "city", "Mirepoix", TODAY)
    read_again(office, batch, fields={"4": "-"})
    row = office.rows(batch)[1]
    assert row.records[0]["city"] == "Mirepoix" and row.decision["edits"] == ["city"]
    assert office.rows(batch)[2].records[0]["city"] == "Foix"


def test_a_correction_whose_field_is_gone_is_to_do_again_and_it_is_said(office: Office, batch: int) -> None:
    answers.correct(office.engine, batch, office.claire, 1, "city", "Mirepoix", TODAY)
    answers.correct(office.engine, batch, office.claire, 2, "city", "Mirepoix", TODAY)
    read_again(office, batch, fields={"3": "-"})
    assert f"2 réponses {LOST}" in notes(office, batch)
    assert "city" not in office.rows(batch)[1].records[0]


def test_an_answer_about_who_somebody_is_falls_with_the_names_it_was_given_for(office: Office, batch: int) -> None:
    answers.answer(office.engine, batch, office.claire, [0], OTHER)
    read_again(office, batch, fields={"2": "-"})
    assert f"1 réponse {LOST}" in notes(office, batch)
    assert "identity" not in office.rows(batch)[0].decision


def test_rows_that_are_no_longer_taken_say_what_went_with_them(office: Office, batch: int) -> None:
    answers.answer(office.engine, batch, office.claire, [1], IGNORE)
    read_again(office, batch, entity="")
    assert f"1 réponse {LOST}" in notes(office, batch)
