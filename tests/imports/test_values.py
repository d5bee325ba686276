"""Words of a file that no rule understood, answered once."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from ml_admin import models as m
from ml_admin.choices import RoleName
from ml_admin.database import reading
from ml_admin.imports import answers, values
from ml_admin.imports.batches import StepRefusedError, context_of
from ml_admin.imports.value_choices import APART, BLANK
from ml_admin.imports.values import Reused, ValueGroup
from ml_admin.permissions import Viewer
from tests.imports.office import Office

HEAD = "Nom;Prénom;Date de naissance;Dispositif;Référent\n"
WORDS = HEAD + (
    "GARÇON;Inès;12/03/2004;Tremplin 16;Mme Bernali\n"
    "OUALI;Yanis;07/11/2004;CEJ + tremplin 16;NB\n"
    "FONTANEL;Léa;03/07/2003;PACEA;Mme Bernali\n"
)


def waiting(office: Office, batch: int, viewer: Viewer | None = None) -> list[ValueGroup]:
    with reading(office.engine) as session:
        return values.unmapped(session, viewer or office.claire, batch)


def held(office: Office, batch: int, viewer: Viewer | None = None) -> list[Reused]:
    with reading(office.engine) as session:
        return values.reused(session, viewer or office.claire, batch)


def answer(office: Office, batch: int, field: str, written: str, value: str) -> int:
    return values.answer_value(office.engine, batch, office.claire, "young_person", field, written, value)


def remembered(office: Office) -> list[tuple[str, str, object]]:
    with reading(office.engine) as session:
        v = m.ImportValue
        return [tuple(row) for row in session.execute(select(v.field, v.written, v.value).order_by(v.written))]


def test_one_word_of_several_rows_is_asked_once(office: Office) -> None:
    groups = waiting(office, office.drop(office.claire, "jeunes.csv", WORDS))
    assert [(one.field, one.written, one.said, one.rows, one.column) for one in groups] == [
        ("programmes", "tremplin 16", "Tremplin 16", 2, "Dispositif"),
        ("counsellor", "bernali", "Bernali", 2, "Référent"),
    ]


def test_a_word_is_told_with_the_heading_of_its_own_table(office: Office) -> None:
    second = (
        "\n\n\nCommune;Nom;Prénom;Né le;Code postal\nFoix;AZÉMA;Lou;01/02/2005;09000\nFoix;PUJOL;Tom;03/02/2005;09000\n"
    )
    batch = office.drop(office.claire, "jeunes.csv", WORDS + second)
    assert len({row.table_id for row in office.rows(batch)}) == 2
    assert {(one.field, one.column) for one in waiting(office, batch)} == {
        ("programmes", "Dispositif"),
        ("counsellor", "Référent"),
    }


def test_the_nearest_member_of_staff_is_proposed(office: Office) -> None:
    groups = waiting(office, office.drop(office.claire, "jeunes.csv", WORDS))
    assert groups[1].suggestion == "BENALI Nora"
    assert groups[1].options[0] == ("BENALI Nora", "Nora Benali")


def test_a_word_near_to_a_known_spelling_is_proposed(office: Office) -> None:
    text = HEAD + "GARÇON;Inès;12/03/2004;Garntie de la jeunesse;CM\n"
    assert waiting(office, office.drop(office.claire, "j.csv", text))[0].suggestion == "GARANTIE_JEUNES"


def test_an_answer_fills_every_row_beside_what_was_understood(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", WORDS)
    assert answer(office, batch, "programmes", "tremplin 16", "GARANTIE_JEUNES") == 2
    rows = office.rows(batch)
    assert [row.changes["programmes"] for row in rows] == [["GARANTIE_JEUNES"], ["CEJ", "GARANTIE_JEUNES"], ["PACEA"]]
    assert [one.field for one in waiting(office, batch)] == ["counsellor"]


def test_an_answer_is_taken_up_silently_by_the_next_file_and_listed(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", WORDS)
    answer(office, batch, "counsellor", "bernali", "BENALI Nora")
    office.write(office.claire, batch)
    again = office.drop(office.nora, "autres.csv", HEAD + "AZÉMA;Lou;01/02/2005;CEJ;Mme BERNALI\n")
    assert waiting(office, again) == []
    assert "counsellor_id" in office.rows(again)[0].changes
    assert [(one.said, one.answer, one.rows, one.earlier) for one in held(office, again)] == [
        ("BERNALI", "Nora Benali", 1, True)
    ]


def test_a_withdrawn_answer_is_asked_again_and_no_longer_remembered(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", WORDS)
    before = [(row.records, row.flags, row.changes) for row in office.rows(batch)]
    answer(office, batch, "programmes", "tremplin 16", "CIVIS")
    assert remembered(office) == [("programmes", "tremplin 16", "CIVIS")]
    assert values.revoke(office.engine, batch, office.claire, "young_person", "programmes", "tremplin 16") == 2
    assert remembered(office) == []
    assert len(waiting(office, batch)) == 2
    after = [(row.records, row.flags, row.changes) for row in office.rows(batch)]
    assert [(r, sorted(map(str, f)), c) for r, f, c in after] == [(r, sorted(map(str, f)), c) for r, f, c in before]


def test_a_word_may_be_left_blank_or_kept_beside_the_record(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", WORDS)
    answer(office, batch, "programmes", "tremplin 16", BLANK)
    answer(office, batch, "counsellor", "bernali", APART)
    rows = office.rows(batch)
    assert "programmes" not in rows[0].changes and rows[1].changes["programmes"] == ["CEJ"]
    assert rows[0].changes["extra"] == {"Référent": "Bernali"}
    assert [row.flags for row in rows] == [[], [], []]
    assert remembered(office) == [("counsellor", "bernali", "=apart"), ("programmes", "tremplin 16", None)]


def test_an_old_level_says_both_scales_and_proposes_none(office: Office) -> None:
    text = "Nom;Prénom;Date de naissance;Niveau de formation\nGARÇON;Inès;12/03/1995;5\nOUALI;Yanis;07/11/1996;5\n"
    batch = office.drop(office.claire, "suivi.csv", text, years={"": 2014})
    group = waiting(office, batch)[0]
    assert (group.code, group.said, group.rows, group.suggestion) == ("ambiguous_level", "5", 2, "")
    assert group.hint == "avant 2019 : Niveau 3 (CAP, BEP) ou depuis : Niveau 5 (bac + 2)"
    answer(office, batch, "education_level", "5", "3")
    assert [row.changes["education_level"] for row in office.rows(batch)] == ["3", "3"]


def test_a_sentence_is_answered_for_this_file_and_remembered_nowhere(office: Office) -> None:
    said = "ne sait pas trop encore, sa mère doit rappeler à la rentrée prochaine"
    text = f"Nom;Prénom;Date de naissance;Statut\nGARÇON;Inès;12/03/2004;{said}\n"
    batch = office.drop(office.claire, "jeunes.csv", text)
    group = waiting(office, batch)[0]
    answer(office, batch, "status", group.written, "paused")
    assert office.rows(batch)[0].changes["status"] == "paused"
    assert remembered(office) == []


def test_a_cell_corrected_by_hand_outlives_the_withdrawal_of_an_answer(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", WORDS)
    answer(office, batch, "counsellor", "bernali", "BENALI Nora")
    with reading(office.engine) as session:
        context = context_of(session)
    answers.correct(office.engine, batch, office.claire, 0, "counsellor", "CM", context)
    values.revoke(office.engine, batch, office.claire, "young_person", "counsellor", "bernali")
    rows = office.rows(batch)
    assert rows[0].records[0]["counsellor"] == "MARTIN Claire"
    assert rows[2].records[0]["counsellor"] is None


def test_only_offered_answers_to_words_that_wait_are_taken(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", WORDS)
    with pytest.raises(StepRefusedError, match="liste"):
        answer(office, batch, "programmes", "tremplin 16", "PERMIS")
    with pytest.raises(StepRefusedError, match="rechargez"):
        answer(office, batch, "programmes", "autre mot", "CEJ")
    with pytest.raises(StepRefusedError, match="rechargez"):
        values.revoke(office.engine, batch, office.claire, "young_person", "programmes", "tremplin 16")


def test_somebody_whose_role_does_not_import_the_field_neither_sees_nor_answers(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", WORDS)
    officer = replace(office.lucas, role=RoleName.EMPLOYER_OFFICER)
    assert [one.field for one in waiting(office, batch, officer) if one.field == "programmes"] == []
    with pytest.raises(StepRefusedError):
        values.answer_value(office.engine, batch, officer, "young_person", "programmes", "tremplin 16", "CEJ")


def test_a_role_that_does_not_import_the_records_answers_none_of_their_words(office: Office) -> None:
    batch = office.drop(office.lucas, "jeunes.csv", WORDS)
    assert waiting(office, batch, office.lucas) == []
    with pytest.raises(StepRefusedError, match="rechargez"):
        values.answer_value(office.engine, batch, office.lucas, "young_person", "counsellor", "bernali", "BENALI Nora")
    assert remembered(office) == []


def test_a_mark_of_a_grid_is_answered_for_its_employer_alone(office: Office) -> None:
    text = "Job dating du 12/03/2025;;;;\nNom;Prénom;Garage Dupuy SARL;EHPAD Les Tilleuls;Boulangerie Pons\n" + "".join(
        f"{last};{first};{marks}\n"
        for last, first, marks in (
            ("GARÇON", "Inès", "x;bof;"),
            ("OUALI", "Yanis", "x;x;"),
            ("FONTANEL", "Léa", ";LA;x"),
            ("AZÉMA", "Lou", "x;;x"),
        )
    )
    batch = office.drop(office.claire, "job dating.csv", text)
    group = waiting(office, batch)[0]
    assert (group.entity, group.said) == ("job_dating_registration", "bof")
    values.answer_value(office.engine, batch, office.claire, group.entity, group.field, group.written, BLANK)
    first = office.rows(batch)[0]
    assert [record["employer"] for record in first.records] == ["Garage Dupuy SARL"]
    values.revoke(office.engine, batch, office.claire, group.entity, group.field, group.written)
    assert [record["employer"] for record in office.rows(batch)[0].records] == [
        "Garage Dupuy SARL",
        "EHPAD Les Tilleuls",
    ]
