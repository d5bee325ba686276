"""What a record is recognised by changes only when somebody asked for it, for this import and this table."""

from datetime import date
from typing import Any

from sqlalchemy import select

from ml_admin import models as m
from ml_admin.database import Actor, reading, writing
from ml_admin.imports import answers, tasks, undo
from ml_admin.imports.answers import SAME
from ml_admin.imports.compare import compare
from tests.imports.office import Office
from tests.imports.test_plan import know, person

FILE = "Nom;Prénom;Date de naissance;Ville\nGARÇONS;Inès;12/03/2004;Foix\n"


def ask(office: Office, batch: int, **options: Any) -> None:
    """Read again, with the names and births of known people to be corrected."""
    with writing(office.engine, Actor(None, "Essai")) as session:
        line = session.get_one(m.ImportBatch, batch)
        line.options = {**line.options, "tables": [{"sheet": None, "rank": 1, "keys": True}], **options}
        tasks.ask(session, tasks.READ, line, office.claire)
    office.work()


def dropped(office: Office) -> int:
    """A file whose one row was said to be a known person of nearly the same name."""
    key = know(office, person("GARÇON", "Inès", birth_date=date(2004, 3, 12)))
    batch = office.drop(office.claire, "a.csv", FILE)
    answers.answer(office.engine, batch, office.claire, [0], SAME, f"id:{key}")
    return batch


def test_a_name_does_not_change_without_being_asked_for(office: Office) -> None:
    batch = dropped(office)
    office.write(office.claire, batch)
    assert [one.last_name for one in office.people()] == ["GARÇON"]


def test_it_changes_once_asked_for_is_journalled_and_undone(office: Office) -> None:
    batch = dropped(office)
    ask(office, batch)
    assert office.rows(batch)[0].changes["last_name"] == ["GARÇON", "GARÇONS"]
    office.write(office.claire, batch)
    assert [(one.last_name, one.search_key[:7]) for one in office.people()] == [("GARÇONS", "garcons")]
    with reading(office.engine) as session:
        told = session.scalars(select(m.Journal.after).where(m.Journal.batch_id == batch)).all()
    assert any("last_name" in changes for changes in told)
    undo.undo(office.engine, batch, office.claire)
    assert [(one.last_name, one.search_key[:7]) for one in office.people()] == [("GARÇON", "garcon ")]


def test_filling_blanks_alone_never_corrects_a_name(office: Office) -> None:
    batch = dropped(office)
    ask(office, batch, mode="complete", mode_chosen=True)
    assert set(office.rows(batch)[0].changes) == {"city"}


def test_the_next_import_of_the_shape_asks_again(office: Office) -> None:
    batch = dropped(office)
    ask(office, batch)
    office.write(office.claire, batch)
    after = office.drop(office.claire, "b.csv", FILE)
    assert office.batch(batch).options["keys"] == [0] and office.batch(after).options["keys"] == []


def test_which_keys_may_be_corrected() -> None:
    person_, firm = {"birth_date": "2004-03-12", "external_id": "A1"}, {"siret": "12345678900011"}
    corrected = compare("young_person", person_, {"birth_date": "2004-03-13", "external_id": "A2"}, "update", keys=True)
    assert corrected.changes.keys() == {"birth_date", "extra"}  # a file number is one more, not another
    assert compare("employer", firm, {"siret": "12345678900029"}, "update", keys=True).changes
    assert not compare("employer", firm, {"siret": "12345678900029"}, "update").changes
    moved = compare("appointment", {"starts_at": "2024-03-12"}, {"starts_at": "2024-03-13"}, "update", keys=True)
    assert not moved.changes


def test_a_protected_column_holds_even_then() -> None:
    kept = compare(
        "young_person", {"last_name": "GARÇON"}, {"last_name": "GARÇONS"}, "update", ["last_name"], keys=True
    )
    assert not kept.changes
