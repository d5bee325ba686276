"""What is erased in time, what imports hold of a person, and the number that is never kept."""

import io
import random
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select, text

from ml_admin import jobs
from ml_admin import models as m
from ml_admin.choices import BatchState, JobState
from ml_admin.column_types import now
from ml_admin.database import reading, writing
from ml_admin.imports import purge, report, retention, tasks
from tests.imports.office import PEOPLE, SETTING_UP, Office
from tests.imports.test_annotated import ROWS, apply, book, path_of, written

LATER = timedelta(days=91)
MUCH_LATER = timedelta(days=181)


def files(office: Office) -> list[Path]:
    return [path for path in (office.data / "imports").rglob("*") if path.is_file()]


def test_both_files_and_what_waits_go_after_the_delay_and_the_report_stays(office: Office) -> None:
    batch = written(office, book(ROWS))
    assert len(files(office)) == 2
    assert purge.purge(office.engine, office.data, now() + timedelta(days=89)).batches == 0
    done = purge.purge(office.engine, office.data, now() + LATER)
    assert (done.batches, files(office)) == (1, [])
    told = office.batch(batch)
    assert told.state is BatchState.APPLIED and told.file_hash and told.report["created"]["young_person"] == 2
    assert told.report["lost"] == 2
    assert [(row.written, row.records, row.flags) for row in office.rows(batch)] == [(True, [], [])] * 2


def test_an_import_never_finished_is_erased_later(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    assert purge.purge(office.engine, office.data, now() + LATER).batches == 0
    purge.purge(office.engine, office.data, now() + MUCH_LATER)
    assert office.batch(batch).state is BatchState.ABANDONED
    assert (list(office.rows(batch)), files(office)) == ([], [])


def test_the_delay_is_a_dated_rule(office: Office) -> None:
    with writing(office.engine, SETTING_UP) as session:
        session.add(m.Setting(key=retention.ENDED, valid_from=date(2020, 1, 1), value="10"))
    batch = written(office, book(ROWS))
    until = office.batch(batch).files_until
    assert until is not None and timedelta(days=9) < until - now() < timedelta(days=11)


def test_a_file_that_no_import_names_is_swept_away(office: Office) -> None:
    written(office, book(ROWS))
    left = office.data / "imports" / "annotated-abc"
    left.mkdir()
    (left / "plain.xlsx").write_bytes(b"left by a death")
    purge.purge(office.engine, office.data)
    assert len(files(office)) == 3
    purge.purge(office.engine, office.data, now() + timedelta(days=2))
    assert len(files(office)) == 2


def test_the_purge_is_asked_once_a_day_whatever_the_number_of_processes(office: Office) -> None:
    every = tasks.PERIODIC[tasks.PURGE]
    assert [jobs.ask_when_due(office.engine, tasks.PURGE, every) for _ in range(3)] == [True, False, False]
    office.work()
    with reading(office.engine) as session:
        assert [job.state for job in session.query(m.Job)] == [JobState.DONE]


def test_erasing_a_person_empties_the_rows_and_the_files_that_hold_them(office: Office) -> None:
    written(office, book(ROWS))
    waiting = office.drop(office.claire, "encore.xlsx", book([ROWS[0], ROWS[2]]))
    inès = office.people()[0]
    assert len(files(office)) == 3
    with writing(office.engine, SETTING_UP) as session:
        erased = purge.erase_person(session, office.data, session.get_one(m.YoungPerson, inès.id))
    assert (erased.rows, erased.batches, files(office)) == (1, 2, [])
    assert [bool(row.records) for row in office.rows(waiting)] == [False, True]
    assert office.batch(waiting).counts["written"] == 1


# --- The social-security number -----------------------------------------------------------------------------------------


def numbers(seed: int, amount: int) -> list[tuple[str, str]]:
    """(as somebody writes it, its digits) of numbers with a right key."""
    rng = random.Random(seed)
    found = []
    for _ in range(amount):
        department = rng.choice(["09", "31", "75", "2A", "2B", "13"])
        parts = [rng.choice("12"), f"{rng.randint(0, 99):02}", f"{rng.randint(1, 12):02}", department]
        parts += [f"{rng.randint(1, 990):03}", f"{rng.randint(1, 999):03}"]
        whole = int("".join(parts).replace("2A", "19").replace("2B", "18"))
        key = f"{97 - whole % 97:02}"
        gap = rng.choice(["", " ", ".", "-", "\u00a0", "\u202f"])
        shown = gap.join(parts) + rng.choice([f"{gap}{key}", f" {key}", f" (clé {key})", ""])
        found.append((shown, "".join(parts)))
    return found


def places(forms: list[tuple[str, str]]) -> Iterator[list[str]]:
    """One row for each number: in a name, a telephone, an unknown column, in the middle of a note."""
    for at, (shown, _) in enumerate(forms):
        row = [f"NOM{at}", f"Prénom{at}", "12/03/2004", "", "", "", "", ""]
        row[(3, 4, 5, 6, 7, 0)[at % 6]] = f"dit {shown} ce jour" if at % 6 in (3, 4) else shown
        yield row


def everything_kept(office: Office, without: set[str]) -> str:
    """All that the database and the data folder hold, as text; dropped files themselves left out."""
    said = []
    with office.engine.connect() as connection:
        for table in inspect(office.engine).get_table_names():
            said += [repr(tuple(line)) for line in connection.execute(text(f'SELECT * FROM "{table}"'))]
    for path in office.data.rglob("*"):
        if path.is_file() and path.name not in without:
            content = path.read_bytes()
            said.append(content.decode("latin-1"))
            if content[:2] == b"PK":
                said += list(members(content))
    return "\n".join(said)


def members(content: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            yield archive.read(name).decode("utf-8", "replace")


def bare(words: str) -> str:
    return "".join(char for char in words if char not in " .-\u00a0\u202f")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_social_security_number_is_kept_anywhere(
    office: Office, kind: str, caplog: pytest.LogCaptureFixture, n: int = 250
) -> None:
    forms = numbers(7 if kind == "csv" else 8, n)
    headings = ["Nom", "Prénom", "Date de naissance", "Téléphone", "Ville", "Niveau", "Observations", "Divers"]
    headings[7] = f"Divers {forms[0][0]}"
    rows = [*places(forms), ["", "sans nom", "", "", "", "", f"note {forms[1][0]}", ""]]
    content: Any = book(rows, headings, "Jeunes")
    if kind == "csv":
        content = "\n".join(";".join(row) for row in [headings, *rows])
    batch = office.drop(office.claire, f"dossier {forms[2][0]}.{kind}", content)
    sources = {str(office.batch(batch).stored_as)}
    apply(office, batch)
    office.data.joinpath("remaining.xlsx").write_bytes(_remaining(office, batch))
    assert path_of(office, batch).is_file()
    kept = bare(everything_kept(office, sources) + caplog.text)
    assert [digits for _, digits in forms if digits in kept] == []


def _remaining(office: Office, batch: int) -> bytes:
    stream = io.BytesIO()
    with reading(office.engine) as session:
        report.write_remaining(stream, session, batch)
    return stream.getvalue()


def test_numbers_that_only_look_like_one_are_left_alone(office: Office) -> None:
    near = []
    for shown, digits in numbers(9, 250):
        whole = int(digits.replace("2A", "19").replace("2B", "18"))
        near.append(f"{digits}{(97 - whole % 97) % 97 + 1:02}")
        assert shown
    rng = random.Random(10)
    names = ["".join(rng.choices("ABCDEFGHIJKLMNOPRSTUVXZ", k=9)) for _ in near]
    days = [f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/{rng.randint(1999, 2007)}" for _ in near]
    rows = [[name, "Léa", day, "", "", "", f"réf {one} ici"] for name, day, one in zip(names, days, near, strict=True)]
    written(office, book(rows))
    notes = {one.notes for one in office.people()}
    assert notes == {f"réf {one} ici" for one in near}


def samples(office: Office, batch: int) -> list[str]:
    with reading(office.engine) as session:
        tables = session.scalars(select(m.ImportTable).where(m.ImportTable.batch_id == batch)).all()
        return [word for table in tables for column in table.columns for word in column["samples"]]


def test_the_words_that_a_column_was_recognised_by_go_when_it_is_written(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE + ";Sans nom;01/01/2004;;;;;;\n")
    assert "GARÇON" in samples(office, batch)
    office.write(office.claire, batch)
    assert samples(office, batch) == []
