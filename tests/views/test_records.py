import re

from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from tests.views.conftest import House


def person(engine: Engine, key: int) -> m.YoungPerson:
    with Session(engine) as session:
        return session.get_one(m.YoungPerson, key)


def test_the_list_shows_people(claire: FlaskClient, house: House) -> None:
    page = claire.get("/jeunes/")
    assert page.status_code == 200
    assert "Garçon Amina" in page.text


def test_a_name_is_found_without_its_accents(claire: FlaskClient, house: House) -> None:
    address = claire.post("/jeunes/chercher", data={"search": "garcon"}).location
    assert "garcon" not in address
    found = claire.get(address).text
    assert "Garçon Amina" in found
    assert "Diallo Bilal" not in found


def test_a_telephone_is_found_as_it_is_spoken(claire: FlaskClient, house: House) -> None:
    assert (
        "Garçon Amina" in claire.get(claire.post("/jeunes/chercher", data={"search": "06 39 98 12 45"}).location).text
    )


def test_a_wildcard_is_no_letter(claire: FlaskClient, house: House) -> None:
    for sign in ("_", "%", "\\"):
        assert "Garçon Amina" not in claire.get(claire.post("/jeunes/chercher", data={"search": sign}).location).text


def test_a_page_beyond_the_end_shows_the_last_one(claire: FlaskClient, house: House) -> None:
    for page in ("99999999999999999999", "-3", "abc", "7"):
        assert "Garçon Amina" in claire.get(f"/jeunes/?page={page}").text


def test_a_new_record_is_cleaned_like_an_import(claire: FlaskClient, engine: Engine, house: House) -> None:
    form = {"last_name": "de la fontaine", "first_name": "zoé", "phone": "06.39.98.00.01", "status": "active"}
    answer = claire.post("/jeunes/nouveau", data=form)
    assert answer.status_code == 303
    saved = person(engine, int(answer.location.rpartition("/")[2]))
    assert (saved.last_name, saved.first_name, saved.phone) == ("DE LA FONTAINE", "Zoé", "+33639980001")


def test_a_wrong_value_is_explained_and_kept(claire: FlaskClient, engine: Engine, house: House) -> None:
    form = {"version": "1", "last_name": "GARÇON", "first_name": "Amina", "phone": "06 39 98"}
    answer = claire.post(f"/jeunes/{house.amina}/modifier", data=form)
    assert answer.status_code == 422
    assert 'value="06 39 98"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert person(engine, house.amina).phone == "+33639981245"


def test_the_form_carries_the_version_of_its_record(claire: FlaskClient, engine: Engine, house: House) -> None:
    for phone in ("06 39 98 00 01", "06 39 98 00 02", "06 39 98 00 03"):
        page = claire.get(f"/jeunes/{house.amina}/modifier").text
        version = re.findall(r'name="version" value="([^"]*)"', page)[0]
        assert version == str(person(engine, house.amina).version)
        answer = claire.post(f"/jeunes/{house.amina}/modifier", data={"version": version, "phone": phone})
        assert answer.status_code == 303


def test_changes_to_different_fields_merge(
    claire: FlaskClient, denise: FlaskClient, engine: Engine, house: House
) -> None:
    assert claire.post(f"/jeunes/{house.amina}/modifier", data={"version": "1", "city": "Foix"}).status_code == 303
    assert (
        denise.post(f"/jeunes/{house.amina}/modifier", data={"version": "1", "email": "amina@example.org"}).status_code
        == 303
    )
    saved = person(engine, house.amina)
    assert (saved.city, saved.email) == ("Foix", "amina@example.org")


def test_two_values_for_one_field_are_shown_and_asked(
    claire: FlaskClient, denise: FlaskClient, engine: Engine, house: House
) -> None:
    claire.post(f"/jeunes/{house.amina}/modifier", data={"version": "1", "phone": "06 39 98 00 01"})
    answer = denise.post(f"/jeunes/{house.amina}/modifier", data={"version": "1", "phone": "06 39 98 00 02"})
    assert answer.status_code == 409
    for value in (
        "06\u00a039\u00a098\u00a000\u00a001",
        "06\u00a039\u00a098\u00a000\u00a002",
        "06\u00a039\u00a098\u00a012\u00a045",
    ):
        assert value in answer.text
    assert person(engine, house.amina).phone == "+33639980001"
    chosen = {"version": "1-2", "phone": "06 39 98 00 02", "resolve-phone": "mine"}
    assert denise.post(f"/jeunes/{house.amina}/modifier", data=chosen).status_code == 303
    assert person(engine, house.amina).phone == "+33639980002"


def test_a_choice_made_on_an_older_conflict_asks_again(
    claire: FlaskClient, denise: FlaskClient, engine: Engine, house: House
) -> None:
    address = f"/jeunes/{house.amina}/modifier"
    claire.post(address, data={"version": "1", "phone": "06 39 98 00 01"})
    claire.post(address, data={"version": "2", "phone": "06 39 98 00 03"})
    chosen = {"version": "1-2", "phone": "06 39 98 00 02", "resolve-phone": "mine"}
    assert denise.post(address, data=chosen).status_code == 409
    assert person(engine, house.amina).phone == "+33639980003"


def test_a_quick_edit_saves_one_cell(claire: FlaskClient, engine: Engine, house: House) -> None:
    cell = {"id": house.amina, "column": "phone", "version": 1, "value": "0639980007"}
    assert "06" in claire.post("/jeunes/saisie", data=cell).text
    assert person(engine, house.amina).phone == "+33639980007"
    assert claire.post("/jeunes/saisie", data=cell | {"value": "0639980008"}).status_code == 409
    assert claire.post("/jeunes/saisie", data=cell | {"version": 2, "value": "12"}).status_code == 422
    assert person(engine, house.amina).phone == "+33639980007"


def test_only_declared_fields_are_edited_in_place(claire: FlaskClient, engine: Engine, house: House) -> None:
    cell = {"id": house.amina, "column": "notes", "version": 1, "value": "x"}
    assert claire.post("/jeunes/saisie", data=cell).status_code == 403


def test_a_selection_changes_together_or_not_at_all(claire: FlaskClient, engine: Engine, house: House) -> None:
    rows = [f"{house.amina}.1", f"{house.bilal}.1"]
    form = {"action": "change", "rowid": rows, "field": "status", "status": "paused"}
    assert claire.post("/jeunes/actions", data=form).status_code == 303
    assert {person(engine, key).status.value for key in (house.amina, house.bilal)} == {"paused"}


def test_a_deleted_record_comes_back_whole(
    claire: FlaskClient, denise: FlaskClient, engine: Engine, house: House
) -> None:
    claire.post("/freins/nouveau", data={"young_person": house.amina, "theme": "23", "state": "yes"})
    assert "Supprimer" in claire.post(f"/jeunes/{house.amina}/supprimer", data={"version": "1"}).text
    claire.post(f"/jeunes/{house.amina}/supprimer", data={"version": "1", "confirmed": "1"})
    assert claire.get(f"/jeunes/{house.amina}").status_code == 404
    with Session(engine) as session:
        entry = session.scalar(
            select(m.Journal.id).where(m.Journal.table_name == "young_person", m.Journal.operation == "delete")
        )
    assert "Garçon Amina" in denise.get("/jeunes/supprimees").text
    denise.post(f"/jeunes/supprimees/{entry}")
    assert denise.get(f"/jeunes/{house.amina}").status_code == 200
    with Session(engine) as session:
        assert session.scalar(select(m.Barrier.theme).where(m.Barrier.young_person_id == house.amina)) == "23"


def test_a_stale_deletion_is_refused(claire: FlaskClient, denise: FlaskClient, engine: Engine, house: House) -> None:
    denise.post(f"/jeunes/{house.amina}/modifier", data={"version": "1", "city": "Foix"})
    claire.post(f"/jeunes/{house.amina}/supprimer", data={"version": "1", "confirmed": "1"})
    assert person(engine, house.amina).city == "Foix"


def test_the_history_tells_who_changed_what(claire: FlaskClient, house: House) -> None:
    claire.post(f"/jeunes/{house.amina}/modifier", data={"version": "1", "city": "Foix"})
    story = claire.get(f"/jeunes/{house.amina}/modifications").text
    assert "Claire Martin a modifié la fiche" in story
    assert "Foix" in story


def test_a_name_that_is_code_is_only_text(claire: FlaskClient, house: House) -> None:
    claire.post(f"/jeunes/{house.amina}/modifier", data={"version": "1", "address": "<script>alert(1)</script>"})
    assert "<script>alert(1)" not in claire.get(f"/jeunes/{house.amina}").text


def test_the_sql_of_a_refusal_is_not_shown(claire: FlaskClient, house: House) -> None:
    form = {"version": "1", "exit_date": "2024-05-01"}
    answer = claire.post(f"/jeunes/{house.amina}/modifier", data=form)
    assert answer.status_code == 422
    assert "CHECK" not in answer.text
    assert "Sorti" in answer.text
