"""Taking an import back: what it made goes, what somebody changed since stays."""

from datetime import date

import pytest

from ml_admin import models as m
from ml_admin.choices import BatchState
from ml_admin.database import reading, writing
from ml_admin.imports import undo
from ml_admin.imports.batches import StepRefusedError
from tests.imports.office import PEOPLE, SETTING_UP, Office
from tests.imports.test_apply import GRID
from tests.imports.test_plan import FIRMS, know, person


def written(office: Office, text: str = PEOPLE) -> int:
    batch = office.drop(office.claire, "fichier.csv", text)
    office.write(office.claire, batch)
    return batch


def test_what_was_created_goes_and_what_was_updated_comes_back(office: Office) -> None:
    know(office, person("GARÇON", "Inès", birth_date=date(2004, 3, 12), phone="+33639981200"))
    batch = written(office)
    undone = undo.undo(office.engine, batch, office.claire)
    assert undone.removed == {"young_person": 2, "enrolment": 4}
    assert undone.rewritten == {"young_person": 1}
    assert [(one.last_name, one.phone, one.city) for one in office.people()] == [("GARÇON", "+33639981200", None)]
    assert office.batch(batch).state is BatchState.UNDONE


def test_people_edited_since_are_listed_and_kept(office: Office) -> None:
    batch = written(office)
    with writing(office.engine, SETTING_UP) as session:
        session.get_one(m.YoungPerson, office.people()[0].id).email = "ines@example.org"
    with reading(office.engine) as session:
        listed, number = undo.edited_since(session, batch, office.claire)
    assert ([(one.name, one.reason) for one in listed], number) == ([("Garçon Inès", "modifiée depuis")], 1)
    undone = undo.undo(office.engine, batch, office.claire)
    assert [one.name for one in undone.kept if one.table == "young_person"] == ["Garçon Inès"]
    assert [one.last_name for one in office.people()] == ["GARÇON"]


def test_a_job_dating_is_taken_back_whole(office: Office) -> None:
    know(office, person("GARÇON", "Inès"))
    know(office, person("OUALI", "Yanis"))
    undo.undo(office.engine, written(office, GRID), office.claire)
    assert [office.count(model) for model in (m.JobDating, m.Stand, m.Registration, m.Interview, m.Employer)] == [0] * 5
    assert office.count(m.YoungPerson) == 2


def test_an_undone_file_may_be_imported_again(office: Office) -> None:
    undo.undo(office.engine, written(office), office.claire)
    assert office.verdicts(office.drop(office.claire, "fichier.csv", PEOPLE)) == ["create"] * 3


def test_an_undone_import_is_not_written_again(office: Office) -> None:
    batch = written(office)
    undo.undo(office.engine, batch, office.claire)
    with pytest.raises(StepRefusedError, match="n’est plus ouvert"):
        office.write(office.claire, batch)


def test_nothing_written_is_nothing_to_undo(office: Office) -> None:
    batch = office.drop(office.claire, "fichier.csv", PEOPLE)
    with pytest.raises(StepRefusedError, match="il n’y a rien à annuler"):
        undo.undo(office.engine, batch, office.claire)


def test_somebody_elses_import_is_not_undone_by_a_colleague(office: Office) -> None:
    batch = written(office)
    with pytest.raises(StepRefusedError):
        undo.undo(office.engine, batch, office.nora)
    assert office.count(m.YoungPerson) == 3


def test_undoing_asks_for_the_right_to_import_every_entity(office: Office) -> None:
    batch = written(office, FIRMS)
    with writing(office.engine, SETTING_UP) as session:
        session.get_one(m.ImportBatch, batch).account_id = office.karim.account_id
    with pytest.raises(StepRefusedError, match="votre rôle n’importe pas"):
        undo.undo(office.engine, batch, office.karim)
    assert office.count(m.Employer) == 2
