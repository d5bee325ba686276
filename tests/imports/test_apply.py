"""Writing an import: exactly the preview, all or nothing, never twice."""

import io
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import Engine, delete, event, func, select, update
from sqlalchemy.exc import OperationalError

from ml_admin import jobs
from ml_admin import models as m
from ml_admin.choices import BatchState
from ml_admin.database import reading, writing
from ml_admin.imports import annotated, answers, batches, tasks
from ml_admin.imports.batches import StepRefusedError
from tests.imports.office import PEOPLE, SETTING_UP, Office
from tests.imports.test_plan import ACTIONS, FIRMS, MEETINGS, know, person


def change(office: Office, model: type[m.Base], key: int, **values: object) -> None:
    with writing(office.engine, SETTING_UP) as session:
        record = session.get_one(model, key)
        for name, value in values.items():
            setattr(record, name, value)


def test_the_sure_rows_are_written_under_the_batch_in_the_journal(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    report = office.write(office.claire, batch)
    assert report["created"] == {"young_person": 3, "enrolment": 4}
    inès = office.people()[0]
    assert (inès.last_name, inès.phone, inès.counsellor_id) == ("GARÇON", "+33639981245", office.claire.counsellor_id)
    assert "garcon ines" in inès.search_key
    with reading(office.engine) as session:
        who = m.Journal.actor, m.Journal.batch_id
        lines = session.execute(select(*who, func.count()).where(m.Journal.batch_id.is_not(None)).group_by(*who)).all()
    assert lines == [(office.claire.label, batch, 7)]


def test_the_second_import_of_a_file_changes_nothing(office: Office) -> None:
    office.write(office.claire, office.drop(office.claire, "jeunes.csv", PEOPLE))
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    assert office.verdicts(batch) == ["unchanged"] * 3
    report = office.write(office.claire, batch)
    assert (report["created"], report["updated"], report["values"]) == ({}, {}, 0)
    assert office.count(m.YoungPerson) == 3


def test_an_update_writes_only_its_cells_and_counts_the_version(office: Office) -> None:
    key = know(office, person("GARÇON", "Inès", phone="+33639981200", email="ines@example.org"))
    change(office, m.YoungPerson, key, birth_date=date(2004, 3, 12))
    report = office.write(office.claire, office.drop(office.claire, "jeunes.csv", PEOPLE))
    assert report["updated"] == {"young_person": 1}
    inès = office.people()[0]
    assert (inès.phone, inès.email, inès.city, inès.version) == ("+33639981245", "ines@example.org", "Foix", 3)


def test_rows_to_decide_stay_and_the_words_of_written_rows_leave(office: Office) -> None:
    text = PEOPLE + ";Sans nom;01/01/2004;;;;;;\n"
    batch = office.drop(office.claire, "jeunes.csv", text)
    office.write(office.claire, batch)
    rows = office.rows(batch)
    assert [(row.written, bool(row.records)) for row in rows] == [(True, False)] * 3 + [(False, True)]
    assert rows[0].target_id == office.people()[0].id
    assert office.batch(batch).counts == {"written": 3, "decide": 1}


def test_firms_are_written_with_their_contact(office: Office) -> None:
    office.write(office.lucas, office.drop(office.lucas, "entreprises.csv", FIRMS))
    with reading(office.engine) as session:
        contact = session.scalars(select(m.EmployerContact)).one()
        assert (contact.name, contact.role, contact.employer.siret) == ("Alain Duroc", "gérant", "73282932000074")


def test_status_and_barriers_become_situations_and_barriers(office: Office) -> None:
    text = "Nom;Prénom;Date de naissance;Statut;Freins\nOUALI;Yanis;07/11/2004;en emploi;mobilité, logement\nGARÇON;Inès;12/03/2004;perdu de vue;\n"
    office.write(office.claire, office.drop(office.claire, "jeunes.csv", text))
    yanis, inès = office.people()
    assert (yanis.status, inès.status, inès.exit_reason) == ("active", "closed", "no_contact")
    with reading(office.engine) as session:
        assert session.scalars(select(m.Situation.kind)).all() == ["employment"]
        assert sorted(session.scalars(select(m.Barrier.theme))) == ["23", "27"]


def test_appointments_and_actions_are_written_once(office: Office) -> None:
    know(office, person("GARÇON", "Inès"))
    for _ in range(2):
        office.write(office.claire, office.drop(office.claire, "agenda.csv", MEETINGS))
        office.write(office.claire, office.drop(office.claire, "actions.csv", ACTIONS))
    assert (office.count(m.Appointment), office.count(m.ActionItem)) == (1, 1)


def test_one_click_creates_an_unknown_person_once_for_all_their_rows(office: Office) -> None:
    text = MEETINGS + "22/03/2024;10h;LACAZE;Zoé;CM;bilan;oui\n"
    batch = office.drop(office.claire, "agenda.csv", text)
    answers.answer(office.engine, batch, office.claire, [1], answers.CREATE)
    assert office.verdicts(batch) == ["decide", "create", "create"]
    office.write(office.claire, batch)
    zoé = office.people()[0]
    assert (zoé.last_name, zoé.first_name, zoé.counsellor_id) == ("LACAZE", "Zoé", office.claire.counsellor_id)
    assert office.count(m.Appointment) == 2


def test_imported_appointments_may_overlap(office: Office) -> None:
    know(office, person("GARÇON", "Inès"))
    know(office, person("OUALI", "Yanis"))
    text = "Date;Heure;Nom;Prénom;Conseiller;Objet\n14/03/2024;14h30;GARÇON;Inès;CM;bilan\n14/03/2024;14h30;OUALI;Yanis;CM;bilan\n"
    office.write(office.claire, office.drop(office.claire, "agenda.csv", text))
    assert office.count(m.Appointment) == 2


# --- Job dating ------------------------------------------------------------------------------------------------------

GRID = """Job dating du 14 mars 2024 – Salle des fêtes;;;;
;;;;
Candidat;Téléphone;SARL Mercier;Garage Azéma;EHPAD Les Tilleuls
GARÇON Inès;0639981245;x;10h15;
OUALI Yanis;0639981246;LA;;x
"""


def test_a_cross_grid_becomes_stands_registrations_and_interviews(office: Office) -> None:
    know(office, person("GARÇON", "Inès"))
    know(office, person("OUALI", "Yanis"))
    batch = office.drop(office.claire, "jobdating.csv", GRID)
    assert office.verdicts(batch) == ["create", "create"]
    report = office.write(office.claire, batch)
    assert report["created"] == {"employer": 3, "job_dating": 1, "stand": 3, "registration": 2, "interview": 4}
    with reading(office.engine) as session:
        event_ = session.scalars(select(m.JobDating)).one()
        assert (event_.name, str(event_.held_on), event_.place) == (
            "Job dating du 14/03/2024",
            "2024-03-14",
            "Salle des fêtes",
        )
        found = session.execute(select(m.Interview.slot, m.Interview.status).order_by(m.Interview.id)).all()
    assert sorted(map(tuple, found), key=str) == [
        ("10:15", "registered"),
        (None, "registered"),
        (None, "registered"),
        (None, "waiting"),
    ]
    assert office.verdicts(office.drop(office.claire, "jobdating.csv", GRID)) == ["unchanged", "unchanged"]


def test_people_and_their_appointments_come_in_one_workbook(office: Office) -> None:
    sheets = {
        "Jeunes": [("Nom", "Prénom", "Date de naissance", "Ville"), ("LACAZE", "Zoé", "12/03/2004", "Foix"), ("OUALI", "Yanis", "07/11/2004", "Foix")],
        "Rendez-vous": [("Date", "Heure", "Nom", "Prénom", "Objet du rendez-vous"), ("14/03/2024", "14h30", "LACAZE", "Zoé", "bilan"), ("15/03/2024", "9h", "OUALI", "Yanis", "accueil")],
    }  # fmt: skip
    batch = office.drop(office.claire, "tout.xlsx", workbook(sheets))
    assert office.verdicts(batch) == ["create"] * 4
    assert [row.links["person"] for row in office.rows(batch)[2:]] == ["row:0", "row:1"]
    office.write(office.claire, batch)
    with reading(office.engine) as session:
        found = session.execute(
            select(m.YoungPerson.last_name, m.Appointment.purpose).join(m.Appointment).order_by(m.Appointment.id)
        )
        assert found.all() == [("LACAZE", "bilan"), ("OUALI", "accueil")]


def workbook(sheets: dict[str, list[tuple[str, ...]]]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        for name, lines in sheets.items():
            page = book.add_worksheet(name)
            for at, line in enumerate(lines):
                page.write_row(at, 0, line)
    return stream.getvalue()


def test_slots_complete_the_registrations_of_the_same_event(office: Office) -> None:
    know(office, person("GARÇON", "Inès"))
    know(office, person("OUALI", "Yanis"))
    office.write(office.claire, office.drop(office.claire, "grille.csv", GRID))
    slots = "Job dating du 14 mars 2024 – Salle des fêtes;;;\n;;;\nHeure;SARL Mercier;Garage Azéma;EHPAD Les Tilleuls\n9h00;GARÇON Inès;;OUALI Yanis\n9h15;OUALI Yanis;GARÇON Inès;\n9h30;libre;;\n9h45;;;\n"
    batch = office.drop(office.claire, "creneaux.csv", slots)
    assert [row.verdict for row in office.rows(batch) if row.records] == ["update", "update"]
    office.write(office.claire, batch)
    with reading(office.engine) as session:
        found = session.execute(
            select(m.Employer.name, m.Interview.slot)
            .select_from(m.Interview)
            .join(m.Stand)
            .join(m.Employer)
            .order_by(m.Employer.name, m.Interview.slot)
        ).all()
    assert found == [
        ("EHPAD Les Tilleuls", "09:00"),
        ("Garage Azéma", "09:15"),
        ("SARL Mercier", "09:00"),
        ("SARL Mercier", "09:15"),
    ]
    assert office.count(m.JobDating) == 1


def test_a_person_in_two_places_at_once_is_kept_and_said(office: Office) -> None:
    know(office, person("GARÇON", "Inès"))
    text = GRID.replace("GARÇON Inès;0639981245;x;10h15;", "GARÇON Inès;0639981245;10h15;10h15;")
    batch = office.drop(office.claire, "grille.csv", text)
    assert "slot_conflict" in {flag["code"] for flag in office.rows(batch)[0].flags}
    office.write(office.claire, batch)
    with reading(office.engine) as session:
        assert sorted(session.scalars(select(m.Interview.override))) == [False, True]


# --- Others at work --------------------------------------------------------------------------------------------------


def test_a_record_changed_since_the_preview_is_left_for_another_look(office: Office) -> None:
    key = know(office, person("GARÇON", "Inès", birth_date=date(2004, 3, 12), phone="+33639981200"))
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    change(office, m.YoungPerson, key, phone="+33639981299")
    report = office.write(office.claire, batch)
    assert report["last"]["to_read"] == 1
    assert office.people()[0].phone == "+33639981299"
    assert office.rows(batch)[0].changes["phone"] == ["+33639981299", "+33639981245"]


def test_a_person_created_since_the_preview_is_not_doubled(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    know(office, person("GARÇON", "Inès", birth_date=date(2004, 3, 12), city="Foix"))
    office.write(office.claire, batch)
    assert [one.last_name for one in office.people()] == ["GARÇON", "OUALI", "FONTANEL"]
    assert office.rows(batch)[0].verdict == "update"


def test_two_imports_at_once_make_no_double(office: Office) -> None:
    dropped = [office.drop(viewer, "jeunes.csv", PEOPLE) for viewer in (office.claire, office.denise)]
    threads = [
        threading.Thread(target=office.write, args=(viewer, batch))
        for viewer, batch in zip((office.claire, office.denise), dropped, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert office.count(m.YoungPerson) == 3


def test_two_imports_at_once_add_a_programme_once_to_a_known_person(office: Office) -> None:
    know(
        office,
        person("GARÇON", "Inès", birth_date=date(2004, 3, 12), phone="+33639981245", postcode="09000", city="Foix"),
    )
    dropped = [office.drop(office.claire, "jeunes.csv", PEOPLE) for _ in range(2)]
    threads = [threading.Thread(target=office.write, args=(office.claire, batch)) for batch in dropped]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (office.count(m.YoungPerson), office.count(m.Enrolment)) == (3, 4)


def test_the_same_batch_written_twice_at_once_is_written_once(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    threads = [threading.Thread(target=office.write, args=(office.claire, batch)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (office.count(m.YoungPerson), office.count(m.Enrolment)) == (3, 4)


def test_others_read_while_an_import_is_being_written(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    seen: list[int] = []

    def look(connection: Any, cursor: Any, statement: str, *_: object) -> None:
        if "import_row" in statement and statement.lstrip().startswith("UPDATE") and not seen:
            seen.append(office.count(m.YoungPerson))

    event.listen(office.engine, "before_cursor_execute", look)
    office.write(office.claire, batch)
    event.remove(office.engine, "before_cursor_execute", look)
    assert (seen, office.count(m.YoungPerson)) == ([0], 3)


# --- All or nothing --------------------------------------------------------------------------------------------------


def state(office: Office) -> dict[str, int]:
    written = (m.YoungPerson, m.Enrolment, m.Employer, m.EmployerContact, m.Appointment, m.JobDating, m.Stand, m.Registration, m.Interview, m.Journal)  # fmt: skip
    return {model.__tablename__: office.count(model) for model in written}


@contextmanager
def failing(engine: Engine, nth: int) -> Iterator[list[int]]:
    """The nth statement that writes fails, as a full disk would make it."""
    seen = [0]

    def fail(connection: Any, cursor: Any, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "COPY")):
            seen[0] += 1
            if seen[0] == nth:
                raise OperationalError(statement, None, Exception("disk full"))

    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", fail)


def test_whichever_statement_fails_nothing_is_written(office: Office) -> None:
    know(office, person("GARÇON", "Inès"))
    know(office, person("OUALI", "Yanis", birth_date=date(2004, 11, 7)))
    dropped = [
        office.drop(office.denise, name, text)
        for name, text in (("jeunes.csv", PEOPLE), ("grille.csv", GRID), ("entreprises.csv", FIRMS))
    ]
    before = state(office)
    for batch in dropped:
        nth = 1
        while True:
            with failing(office.engine, nth) as seen:
                try:
                    office.write(office.denise, batch)
                    break
                except StepRefusedError as error:
                    assert str(error) == "La base ne répond pas. Rien n’a été écrit : réessayez dans un instant."
            assert seen[0] == nth
            assert state(office) == before
            nth += 1
        assert nth > 3
        before = state(office)


def test_a_value_that_the_database_still_refuses_stops_the_whole_and_is_said(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    with writing(office.engine, SETTING_UP) as session:
        row = session.scalars(select(m.ImportRow).where(m.ImportRow.batch_id == batch, m.ImportRow.position == 2)).one()
        row.changes = {**row.changes, "postcode": "1"}
    with pytest.raises(StepRefusedError, match="La base a refusé une valeur. Rien n’a été écrit"):
        office.write(office.claire, batch)
    assert office.count(m.YoungPerson) == 0


# --- kill -9 ---------------------------------------------------------------------------------------------------------

_SYLLABLES = ("BA", "DO", "FI", "LU", "MO", "NA", "RI", "TU", "VO", "ZA")  # no two names are said the same
MANY = "Nom;Prénom;Date de naissance;Ville;Dispositif\n" + "".join(
    f"{''.join(_SYLLABLES[n // 10**place % 10] for place in range(3))};Prénom{chr(97 + n % 26)};{1 + n % 28:02}/{1 + n % 12:02}/{2000 + n % 7};Foix;CEJ\n"
    for n in range(600)
)


def ask_to_write(office: Office, batch_id: int) -> int:
    with writing(office.engine, batches.actor_of(office.claire)) as session:
        batch = session.get_one(m.ImportBatch, batch_id)
        return tasks.ask(session, tasks.APPLY, batch, office.claire).id


def kill_in_the_middle(office: Office, batch_id: int, delay: float) -> None:
    """Start the worker of the job as the server does, and kill it after `delay` seconds of work."""
    job_id = ask_to_write(office, batch_id)
    assert jobs.take(office.engine, "test") == job_id
    url = office.engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "DATABASE_URL": url, "ML_ADMIN_DATA": str(office.data)}
    process = subprocess.Popen((*jobs.child_command("ml_admin.worker"), str(job_id), "test"), env=environment)
    while not ended_within(process, 0.02) and not started(office, job_id):
        pass
    if not ended_within(process, delay):
        process.send_signal(signal.SIGKILL)
    process.wait()


def ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def started(office: Office, job_id: int) -> bool:
    with reading(office.engine) as session:
        return session.get_one(m.Job, job_id).message is not None


def forget_lease(office: Office) -> None:
    """As if the dead worker had been silent for long enough."""
    with writing(office.engine, SETTING_UP) as session:
        session.execute(update(m.Job).where(m.Job.state == "running").values(heartbeat_at=None, attempts=0))


def prove_kills(office: Office, kills: int) -> set[int]:
    chance = random.Random(kills)
    outcomes = set()
    for _ in range(kills):
        batch = office.drop(office.claire, "beaucoup.csv", MANY)
        before = state(office)
        kill_in_the_middle(office, batch, chance.uniform(0, 0.7))
        after = state(office)
        outcomes.add(after["young_person"] - before["young_person"])
        assert after["young_person"] - before["young_person"] in (0, 600)
        assert after["journal"] - before["journal"] == 2 * (after["young_person"] - before["young_person"])
        forget_lease(office)
        office.work()
        assert office.batch(batch).state is BatchState.APPLIED
        assert state(office)["young_person"] - before["young_person"] == 600
        clean(office, batch)
    return outcomes


def clean(office: Office, batch: int) -> None:
    """The next round starts from an empty office again."""
    with writing(office.engine, batches.actor_of(office.claire, batch)) as session:
        for model in (m.Enrolment, m.YoungPerson):
            session.execute(delete(model))


def test_kill_9_leaves_nothing_half_written_and_the_rerun_is_exact(office: Office) -> None:
    prove_kills(office, 3)


@pytest.mark.long
def test_kill_9_two_hundred_times(office: Office) -> None:
    assert prove_kills(office, 100) == {0, 600}


def test_kill_9_during_a_correction_leaves_the_row_before_or_after_it(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    for number in range(4):
        before = faces(office, batch)
        process = correcting(office, batch, f"Ville {number}")
        ended_within(process, 0.9 + 0.2 * number)  # its start takes about a second: reading, planning and saving follow
        process.kill()
        process.wait()
        assert faces(office, batch) in (before, [(f"Ville {number}", "create", before[0][2] + 1), *before[1:]])
        counts = office.batch(batch).counts
        assert counts["create"] == 3
    process = correcting(office, batch, "Mirepoix")
    assert process.wait(120) == 0
    assert faces(office, batch)[0][0] == "Mirepoix"


def faces(office: Office, batch: int) -> list[tuple[str, str, int]]:
    """City and fate of each row, with the answers that the batch counts."""
    answers_given = office.batch(batch).options.get("answers", 0)
    return [
        (row.records[0]["city"], str(row.verdict), answers_given if n == 0 else 0)
        for n, row in enumerate(office.rows(batch))
    ]


def correcting(office: Office, batch: int, city: str) -> subprocess.Popen[bytes]:
    url = office.engine.url.render_as_string(hide_password=False)
    return subprocess.Popen((sys.executable, "-m", "tests.imports.correcting", url, str(batch), city))


def test_kill_9_while_the_workbook_is_made_after_the_commit_keeps_the_writing_and_makes_it_again(
    office: Office,
) -> None:
    wrong = "".join(f"NOM{chr(65 + n // 26)}{chr(65 + n % 26)};;32/13/2004;;09000;Foix;;;\n" for n in range(400))
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE + wrong)
    job_id = ask_to_write(office, batch)
    assert jobs.take(office.engine, "test") == job_id
    url = office.engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "DATABASE_URL": url, "ML_ADMIN_DATA": str(office.data)}
    process = subprocess.Popen((*jobs.child_command("ml_admin.worker"), str(job_id), "test"), env=environment)
    while not ended_within(process, 0.01) and office.batch(batch).state is not BatchState.APPLIED:
        pass
    process.kill()
    process.wait()
    after = state(office)
    assert after["young_person"] == 3
    forget_lease(office)
    office.work()
    assert state(office) == after
    line = office.batch(batch)
    assert line.state is BatchState.APPLIED
    assert annotated.annotated_file(office.data, line) is not None
