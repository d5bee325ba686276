"""What waits in the staging tables: kept through restarts, without what must never be kept."""

import pytest

from ml_admin import jobs
from ml_admin import models as m
from ml_admin.choices import BatchState
from ml_admin.database import reading, writing
from ml_admin.imports import batches, stage, tasks
from ml_admin.imports.rows import Row
from tests.imports.office import PEOPLE, SETTING_UP, Office


def test_rows_come_back_as_they_were_stored(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    with reading(office.engine) as session:
        tables, rows = batches.load(session, batch)
    assert [(table.entity, table.layout, table.options["rows"]) for table in tables] == [("young_person", "table", 3)]
    assert rows[2].record["notes"] == "cherche un stage"
    assert rows[2].row == 4


def test_columns_keep_what_they_were_taken_for_and_some_words(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    with reading(office.engine) as session:
        column = stage.load_tables(session, batch)[0].columns[4]
    assert (column["letter"], column["heading"], column["meaning"]) == ("E", "Code postal", "postcode")
    assert column["samples"] == ["09000", "09100", "09200"]


def test_a_social_security_number_is_staged_nowhere(office: Office) -> None:
    number = "1 85 05 78 006 084 91"
    text = f"Nom;Prénom;Date de naissance;N° Sécu;Observations\nOUALI;Yanis;07/11/2004;{number};son n° {number} à vérifier\n"
    batch = office.drop(office.claire, "jeunes.csv", text)
    with reading(office.engine) as session:
        tables, rows = batches.load(session, batch)
    said = repr((tables, rows)).replace(" ", "")
    assert "185057800608491" not in said and "1850578006084" not in said


def test_a_file_that_cannot_be_read_is_refused_with_its_cause(office: Office) -> None:
    batch = office.batch(office.drop(office.claire, "photo.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(500)))
    assert batch.state is BatchState.REFUSED
    assert batch.message and batch.message.endswith(".")
    assert list((office.data / batches.FOLDER).iterdir()) == []


def test_the_dropped_file_is_kept_under_our_own_name_until_it_is_written(office: Office) -> None:
    batch = office.drop(office.claire, "../../Jeunes d’ici.csv", PEOPLE)
    stored = list((office.data / batches.FOLDER).iterdir())
    assert office.batch(batch).file_name == "Jeunes d’ici.csv"
    assert [file.name for file in stored] == [office.batch(batch).stored_as]
    office.write(office.claire, batch)
    assert list((office.data / batches.FOLDER).iterdir()) == []


def test_an_abandoned_import_leaves_no_words_behind(office: Office) -> None:
    batch_id = office.drop(office.claire, "jeunes.csv", PEOPLE)
    with writing(office.engine, SETTING_UP) as session:
        batches.abandon(session, office.data, session.get_one(m.ImportBatch, batch_id))
    assert office.rows(batch_id) == []
    assert office.batch(batch_id).state is BatchState.ABANDONED
    assert list((office.data / batches.FOLDER).iterdir()) == []


def test_what_a_person_corrected_in_the_recognition_is_followed(office: Office) -> None:
    text = "Nom;Prénom;Date de naissance;Pointure\nOUALI;Yanis;07/11/2004;vue au forum\n"
    batch_id = office.drop(office.claire, "jeunes.csv", text)
    with writing(office.engine, SETTING_UP) as session:
        batch = session.get_one(m.ImportBatch, batch_id)
        batch.options = {**batch.options, "tables": [{"sheet": None, "rank": 1, "fields": {"3": "notes"}}]}
        tasks.ask(session, tasks.READ, batch, office.claire)
    office.work()
    row = office.rows(batch_id)[0]
    assert row.changes["notes"] == "vue au forum" and "extra" not in row.changes


def test_a_table_may_be_left_out(office: Office) -> None:
    batch_id = office.drop(office.claire, "jeunes.csv", PEOPLE)
    with writing(office.engine, SETTING_UP) as session:
        batch = session.get_one(m.ImportBatch, batch_id)
        batch.options = {**batch.options, "tables": [{"sheet": None, "rank": 1, "entity": ""}]}
        tasks.ask(session, tasks.READ, batch, office.claire)
    office.work()
    assert office.rows(batch_id) == []


def test_reading_again_after_a_crash_gives_the_same_rows(office: Office) -> None:
    batch_id = office.drop(office.claire, "jeunes.csv", PEOPLE)
    before = [(row.position, row.verdict, row.changes) for row in office.rows(batch_id)]
    with writing(office.engine, SETTING_UP) as session:
        tasks.ask(session, tasks.READ, session.get_one(m.ImportBatch, batch_id), office.claire)
    assert jobs.take(office.engine, "dies at once") is not None
    forget(office)
    assert office.work() == 1
    assert [(row.position, row.verdict, row.changes) for row in office.rows(batch_id)] == before


def forget(office: Office) -> None:
    with writing(office.engine, SETTING_UP) as session:
        for job in session.query(m.Job).filter_by(state="running"):
            job.heartbeat_at = None


def test_a_closed_account_no_longer_imports(office: Office) -> None:
    with writing(office.engine, SETTING_UP) as session:
        batch = batches.create(session, office.claire, office.data, "jeunes.csv", iter([PEOPLE.encode()]))
        tasks.ask(session, tasks.READ, batch, office.claire)
        session.get_one(m.Account, office.claire.account_id).active = False
        batch_id = batch.id
    office.work()
    assert office.batch(batch_id).state is BatchState.REFUSED


@pytest.mark.parametrize("name", ["", "   ", "a/b\\c\x00.csv", "x" * 500])
def test_any_file_name_is_kept_readable(office: Office, name: str) -> None:
    shown = office.batch(office.drop(office.claire, name, PEOPLE)).file_name
    assert shown and len(shown) <= 200 and shown.isprintable()


def test_a_row_knows_what_stops_it() -> None:
    row = Row(0, 0, 2, "young_person", [{}], [{"field": "a", "code": "x"}, {"field": "b", "code": "y", "fatal": True}])
    assert [flag["field"] for flag in row.stops] == ["b"]


# --- What is said of the whole file ----------------------------------------------------------------------------------


def test_a_file_that_was_written_before_says_when(office: Office) -> None:
    office.write(office.claire, office.drop(office.claire, "jeunes.csv", PEOPLE))
    notes = office.batch(office.drop(office.claire, "copie.csv", PEOPLE)).notes
    assert notes[0].startswith("Ce même fichier a déjà été écrit le ")


def test_a_state_that_the_file_does_not_give_is_said(office: Office) -> None:
    notes = office.batch(office.drop(office.claire, "jeunes.csv", PEOPLE)).notes
    assert notes == ["Le fichier ne dit pas où en sont les dossiers : les nouveaux sont créés « Actif »."]
