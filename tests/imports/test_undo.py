"""Taking an import back: what it made goes, what somebody changed since stays."""

from datetime import date

import pytest
from sqlalchemy import select

from ml_admin import models as m
from ml_admin.choices import BatchState
from ml_admin.database import reading, writing
from ml_admin.imports import undo
from ml_admin.imports.batches import StepRefusedError
from tests.imports.office import PEOPLE, SETTING_UP, Office
from tests.imports.test_apply import GRID
from tests.imports.test_plan import FIRMS, MEETINGS, know, person


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
    foreseen = undo.foresee(office.engine, batch, office.claire)
    listed = [(one.name, one.reason) for one in foreseen.kept if one.edited]
    assert listed == [("Garçon Inès", "modifiée depuis")]
    undone = undo.undo(office.engine, batch, office.claire)
    assert [one.name for one in undone.kept if one.table == "young_person"] == ["Garçon Inès"]
    assert [one.last_name for one in office.people()] == ["GARÇON"]
    assert undone == foreseen


def edit(office: Office, key: int, **values: object) -> None:
    with writing(office.engine, SETTING_UP) as session:
        for name, value in values.items():
            setattr(session.get_one(m.YoungPerson, key), name, value)


def test_the_page_announces_what_a_later_import_still_needs(office: Office) -> None:
    batch = written(office)
    written(office, MEETINGS)  # appointments of the people of the first import
    foreseen = undo.foresee(office.engine, batch, office.claire)
    assert [(one.name, one.edited) for one in foreseen.kept if one.table == "young_person"] == [("Garçon Inès", False)]
    assert office.batch(batch).undone_at is None and office.count(m.YoungPerson) == 3
    assert undo.undo(office.engine, batch, office.claire) == foreseen


def test_a_person_edited_since_goes_when_chosen(office: Office) -> None:
    batch = written(office)
    inès, yanis, _ = office.people()
    edit(office, inès.id, email="ines@example.org")
    edit(office, yanis.id, email="yanis@example.org")
    undone = undo.undo(office.engine, batch, office.claire, [("young_person", inès.id)])
    assert undone.removed["young_person"] == 2
    assert [one.last_name for one in office.people()] == ["OUALI"]


def test_all_that_was_edited_since_goes_when_all_is_chosen(office: Office) -> None:
    batch = written(office)
    for one in office.people():
        edit(office, one.id, email="quelqu.un@example.org")
    assert undo.foresee(office.engine, batch, office.claire).removed.get("young_person", 0) == 0
    foreseen = undo.foresee(office.engine, batch, office.claire, "all")
    undone = undo.undo(office.engine, batch, office.claire, "all")
    assert undone == foreseen
    assert (undone.removed["young_person"], undone.kept_total, office.count(m.YoungPerson)) == (3, 0, 0)


def test_an_update_edited_since_goes_back_to_its_old_value_when_chosen(office: Office) -> None:
    key = know(office, person("GARÇON", "Inès", birth_date=date(2004, 3, 12), phone="+33639981200"))
    batch = written(office)
    edit(office, key, phone="+33639981299", email="ines@example.org")
    undo.undo(office.engine, batch, office.claire, [("young_person", key)])
    (inès,) = office.people()
    assert (inès.phone, inès.email) == ("+33639981200", "ines@example.org")


def test_what_was_deleted_since_is_not_counted_as_taken_away(office: Office) -> None:
    batch = written(office)
    with writing(office.engine, SETTING_UP) as session:
        session.delete(session.get_one(m.YoungPerson, office.people()[0].id))
    undone = undo.undo(office.engine, batch, office.claire, "all")
    assert undone.removed["young_person"] == 2
    assert office.count(m.YoungPerson) == 0


def test_nobody_takes_back_later_changes_on_a_record_out_of_their_scope(office: Office) -> None:
    batch = written(office)
    key = office.people()[0].id
    with writing(office.engine, SETTING_UP) as session:
        other = session.scalars(select(m.Site.id).where(m.Site.name == "Antenne de Lacaze")).one()
    edit(office, key, site_id=other, counsellor_id=None)
    office.narrow()
    undo.undo(office.engine, batch, office.claire, "all")
    assert [one.id for one in office.people()] == [key]


def test_an_undo_is_in_the_history_under_the_name_of_who_asked(office: Office) -> None:
    batch = written(office)
    undo.undo(office.engine, batch, office.denise)
    with reading(office.engine) as session:
        actors = select(m.Journal.actor).where(m.Journal.batch_id == batch, m.Journal.operation == "delete")
        assert set(session.scalars(actors)) == {office.denise.label}
    assert office.batch(batch).report["undone_by"] == office.denise.label


def test_an_import_is_undone_once(office: Office) -> None:
    batch = written(office)
    undo.undo(office.engine, batch, office.claire)
    with pytest.raises(StepRefusedError, match="déjà annulé"):
        undo.undo(office.engine, batch, office.claire)


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
