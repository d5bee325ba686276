"""A writing tells how far it is and can be stopped before its commit, on both engines."""

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from ml_admin import models as m
from ml_admin.choices import BatchState, JobState
from ml_admin.database import reading, writing
from ml_admin.imports import answers, batches, progress, stage, tasks
from ml_admin.imports.batches import StepRefusedError
from ml_admin.imports.gestures import gesture
from ml_admin.imports.nearby import Staged
from ml_admin.imports.progress import CancelledError, Meter, Told
from tests.imports.office import PEOPLE, Office
from tests.imports.test_answers import TODAY
from tests.imports.test_apply import ask_to_write, state


def at(office: Office, job: int) -> Path:
    return progress.place(office.data / batches.FOLDER, job)


def test_a_writing_stopped_before_it_begins_writes_nothing_and_waits_as_before(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    before, rows = state(office), office.verdicts(batch)
    ask_to_write(office, batch)
    assert tasks.stop(office.engine, office.data, batch)
    office.work()
    after = office.batch(batch)
    assert (after.state, state(office), office.verdicts(batch)) == (BatchState.STAGED, before, rows)
    assert after.message is not None and "Rien n’a été écrit" in after.message
    assert not list((office.data / batches.FOLDER).glob("writing-*"))
    assert office.write(office.claire, batch)["created"] == {"young_person": 3, "enrolment": 4}


def test_a_writing_stopped_at_its_last_step_while_it_holds_the_lock_writes_nothing(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    before = state(office)
    path = at(office, ask_to_write(office, batch))
    told: list[Told] = []

    def look(connection: Any, cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE import_batch") and progress.told(path).total and not told:
            told.append(progress.told(path))
            assert tasks.stop(office.engine, office.data, batch)  # from another connection, during the transaction

    event.listen(office.engine, "before_cursor_execute", look)
    try:
        office.work()
    finally:
        event.remove(office.engine, "before_cursor_execute", look)
    assert [(one.total, one.rows) for one in told] == [(10, 3)]
    assert (office.batch(batch).state, state(office)) == (BatchState.STAGED, before)


def test_a_writing_that_is_over_cannot_be_stopped(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    ask_to_write(office, batch)
    office.work()
    assert not tasks.stop(office.engine, office.data, batch)
    assert office.count(m.YoungPerson) == 3


def test_a_writing_that_failed_is_given_up_at_once(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    job = ask_to_write(office, batch)
    with writing(office.engine, batches.actor_of(office.claire)) as session:
        session.get_one(m.Job, job).state = JobState.FAILED
    assert tasks.stop(office.engine, office.data, batch)
    assert office.batch(batch).state is BatchState.STAGED


def test_an_old_wish_to_stop_stops_no_later_writing(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    ask_to_write(office, batch)
    tasks.stop(office.engine, office.data, batch)
    office.work()
    ask_to_write(office, batch)
    office.work()
    assert office.batch(batch).state is BatchState.APPLIED


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (Told(), ""),
        (Told(1, 100, 50, 3.0), ""),
        (Told(50, 100, 50, 4.0), "encore 4\u00a0s environ"),
        (Told(99, 100, 50, 4.0), "encore 1\u00a0s environ"),
        (Told(50, 100, 50, 22.0), "encore 25\u00a0s environ"),
        (Told(10, 100, 50, 20.0), "encore 3\u00a0min environ"),
        (Told(100, 100, 50, 4.0), ""),
    ],
)
def test_the_time_left_is_said_in_words(one: Told, words: str) -> None:
    assert progress.left_words(one) == words


def test_a_meter_never_tells_more_than_all(tmp_path: Path) -> None:
    meter = Meter(tmp_path / "writing-1", 10, 5)
    meter.step(400)
    assert (progress.told(meter.path).done, progress.told(meter.path).total) == (10, 10)
    progress.ask_to_stop(meter.path)
    with pytest.raises(CancelledError):
        meter.step()


def test_half_a_file_of_progress_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "writing-1").write_text('{"done": 3')
    assert progress.told(tmp_path / "writing-1") == Told()


# --- Two people at once ----------------------------------------------------------------------------------------------


def both(office: Office, *typed: str) -> list[str]:
    """Two people correct the same cell at the same moment; the sentences of who was refused."""
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    together, refused = threading.Barrier(2), []

    def one(text: str) -> None:
        first = [True]

        def change(staged: Staged) -> set[int]:
            row = staged.at([0])[0]
            row.records[0] = {**row.record, "city": text}
            if first.pop() if first else False:
                together.wait(30)  # both have read the same state
            return {0}

        try:
            gesture(office.engine, batch, office.claire, change)
        except StepRefusedError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=one, args=(text,)) for text in typed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(office.engine) as session:
        row = stage.rows_at(session, batch, stage.load_tables(session, batch), [0])[0]
    assert row.record["city"] in typed
    return refused


def test_the_second_of_two_people_at_the_same_row_is_told_and_the_first_keeps(office: Office) -> None:
    assert ["Un collègue vient de changer" in sentence for sentence in both(office, "Mirepoix", "Lavelanet")] == [True]


def test_two_people_at_two_rows_are_both_heard(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    together = threading.Barrier(2)

    def one(position: int) -> None:
        together.wait(30)
        answers.correct(office.engine, batch, office.claire, position, "city", f"Ville {position}", TODAY)

    threads = [threading.Thread(target=one, args=(position,)) for position in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.records[0]["city"] for row in office.rows(batch)][:2] == ["Ville 0", "Ville 1"]
