"""What a person decides about staged rows."""

from datetime import date

import pytest

from ml_admin import models as m
from ml_admin.cleaners import Context
from ml_admin.imports import answers
from ml_admin.imports.answers import ACCEPT, CREATE, IGNORE, OTHER, REOPEN, SAME
from ml_admin.imports.batches import StepRefusedError
from tests.imports.office import PEOPLE, Office
from tests.imports.test_plan import MEETINGS, know, person

TODAY = Context(date(2025, 1, 15))
ALMOST = "Nom;Prénom;Date de naissance;Ville\nGARÇONS;Inès;12/03/2004;Foix\n"


def almost(office: Office) -> tuple[int, int]:
    """A batch whose one row is almost a known person, and that person."""
    key = know(office, person("GARÇON", "Inès", birth_date=date(2004, 3, 12)))
    return office.drop(office.claire, "jeunes.csv", ALMOST), key


def test_the_same_person_is_completed(office: Office) -> None:
    batch, key = almost(office)
    answers.answer(office.engine, batch, office.claire, [0], SAME, f"id:{key}")
    row = office.rows(batch)[0]
    assert (row.verdict, row.target_id, row.changes) == ("update", key, {"city": [None, "Foix"]})


def test_somebody_else_is_created(office: Office) -> None:
    batch, _ = almost(office)
    answers.answer(office.engine, batch, office.claire, [0], OTHER)
    assert office.rows(batch)[0].verdict == "create"


def test_an_ignored_row_is_not_written_and_may_come_back(office: Office) -> None:
    batch, _ = almost(office)
    answers.answer(office.engine, batch, office.claire, [0], IGNORE)
    assert office.rows(batch)[0].verdict == "skip"
    answers.answer(office.engine, batch, office.claire, [0], REOPEN)
    assert office.rows(batch)[0].verdict == "decide"


def test_a_record_that_was_not_offered_cannot_be_chosen(office: Office) -> None:
    batch, _ = almost(office)
    other = know(office, person("OUALI", "Yanis"))
    with pytest.raises(StepRefusedError, match="n’est plus possible"):
        answers.answer(office.engine, batch, office.claire, [0], SAME, f"id:{other}")


def test_writing_anyway_leaves_out_what_the_database_would_refuse(office: Office) -> None:
    text = "Nom;Prénom;Date de naissance;Date d'inscription\nOUALI;Yanis;07/11/2004;01/02/2003\n"
    batch = office.drop(office.claire, "jeunes.csv", text)
    answers.answer(office.engine, batch, office.claire, [0], ACCEPT)
    row = office.rows(batch)[0]
    assert (row.verdict, row.links["left_out"]) == ("create", ["registration_date"])
    assert "registration_date" not in row.changes


def test_one_answer_may_serve_every_row_left_for_the_same_reason(office: Office) -> None:
    impossible = "".join(f"{name};Lou;31/02/2004;;;;;;\n" for name in ("AZÉMA", "BOYER", "CLAVEL"))
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE + impossible)
    assert office.verdicts(batch)[3:] == ["decide"] * 3
    answers.answer(office.engine, batch, office.claire, [3], ACCEPT, alike=True)
    assert office.verdicts(batch)[3:] == ["create"] * 3


def test_a_person_created_for_one_row_serves_the_others_of_that_name(office: Office) -> None:
    batch = office.drop(office.claire, "agenda.csv", MEETINGS + "22/03/2024;10h;LACAZE;Zoé;CM;bilan;oui\n")
    answers.answer(office.engine, batch, office.claire, [1], CREATE)
    assert [row.links.get("person") for row in office.rows(batch)[1:]] == ["new:lacaze/zoe"] * 2


def test_an_unknown_person_may_be_somebody_known_under_another_spelling(office: Office) -> None:
    key = know(office, person("GARÇONS", "Inès"))
    batch = office.drop(office.claire, "agenda.csv", MEETINGS)
    answers.answer(office.engine, batch, office.claire, [0], SAME, f"id:{key}")
    row = office.rows(batch)[0]
    assert (row.verdict, row.links["person"]) == ("create", f"id:{key}")


def test_a_double_follows_the_answer_about_its_first_row(office: Office) -> None:
    key = know(office, person("GARÇON", "Inès", birth_date=date(2004, 3, 12)))
    text = "Nom;Prénom;Date de naissance;Téléphone;E-mail\nGARÇONS;Inès;12/03/2004;0639981245;\nGARÇONS;Inès;12/03/2004;0639981245;ines@example.org\n"
    batch = office.drop(office.claire, "jeunes.csv", text)
    answers.answer(office.engine, batch, office.claire, [0], SAME, f"id:{key}")
    rows = office.rows(batch)
    assert [row.verdict for row in rows] == ["update", "update"]
    assert [row.target_id for row in rows] == [key, key]


# --- Correcting a cell -----------------------------------------------------------------------------------------------


def test_a_corrected_cell_is_cleaned_like_the_file(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    answers.correct(office.engine, batch, office.claire, 0, "phone", "06.39.98.99.99", TODAY)
    assert office.rows(batch)[0].changes["phone"] == "+33639989999"


def test_a_corrected_name_lets_the_row_be_written(office: Office) -> None:
    text = "Nom;Prénom;Date de naissance;Ville\n;Inès;12/03/2004;Foix\nOUALI;Yanis;07/11/2004;Foix\n"
    batch = office.drop(office.claire, "jeunes.csv", text)
    answers.correct(office.engine, batch, office.claire, 0, "last_name", "garçon", TODAY)
    row = office.rows(batch)[0]
    assert (row.verdict, row.flags, row.changes["last_name"]) == ("create", [], "GARÇON")


def test_a_correction_that_is_still_wrong_says_so(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    row = answers.correct(office.engine, batch, office.claire, 0, "phone", "06 39", TODAY)
    assert [flag["code"] for flag in row.flags] == ["invalid_phone"]
    assert "phone" not in office.rows(batch)[0].changes


def test_a_corrected_row_is_compared_again_with_the_others(office: Office) -> None:
    text = PEOPLE + "GARCONNET;Inès;12/03/2004;06 39 98 12 45;09000;Foix;;;\n"
    batch = office.drop(office.claire, "jeunes.csv", text)
    answers.correct(office.engine, batch, office.claire, 3, "last_name", "GARÇON", TODAY)
    row = office.rows(batch)[3]
    assert (row.verdict, row.links["same"]) == ("unchanged", "row:0")


def test_only_fields_of_the_row_can_be_corrected(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    for name in ("id", "site_id", "version", "email"):
        with pytest.raises(StepRefusedError):
            answers.correct(office.engine, batch, office.claire, 0, name, "1", TODAY)


def test_a_written_row_takes_no_answer(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    office.write(office.claire, batch)
    with pytest.raises(StepRefusedError):
        answers.answer(office.engine, batch, office.claire, [0], IGNORE)
    assert office.count(m.YoungPerson) == 3
