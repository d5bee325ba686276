"""The desk of possible duplicates: who sees which pair, a merge by form, what other screens say of it."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from ml_admin import duplicates
from ml_admin import models as m
from ml_admin.choices import LookalikeState, RoleName, Scope
from ml_admin.database import Actor, writing
from tests.views.conftest import House


def person(engine: Engine, **values: Any) -> int:
    with writing(engine, Actor(None, "Mise en place")) as session:
        made = m.YoungPerson(**values)
        session.add(made)
        session.flush()
        return made.id


@pytest.fixture
def twice(engine: Engine, house: House) -> int:
    """Amina a second time, at Pamiers."""
    values = {"last_name": "GARCON", "first_name": "Amina", "phone": "+33639981245", "email": "amina@example.org"}
    key = person(engine, site_id=house.pamiers, city="Foix", **values)
    duplicates.find_all(engine)
    return key


def versions(page: str) -> str:
    found = re.search(r'name="versions" value="([\d-]+)"', page)
    assert found, page[:500]
    return found[1]


def test_the_desk_shows_both_records_and_their_choices(denise: FlaskClient, house: House, twice: int) -> None:
    page = denise.get("/doublons").text
    assert "Doublons possibles" in page and "Amina" in page and "même téléphone" in page
    assert 'name="c-email" value="b"' in page and "Fusionner en une fiche" in page
    assert "Doublons possibles" in denise.get("/jeunes/").text


def test_a_merge_by_form_keeps_what_was_chosen_and_the_old_address_leads_on(
    denise: FlaskClient, engine: Engine, house: House, twice: int
) -> None:
    address = f"/doublons/jeunes/{house.amina}/{twice}"
    seen = versions(denise.get(address).text)
    answer = denise.post(f"{address}/reunir", data={"versions": seen, "c-email": "b", "c-last_name": "a"})
    assert (answer.status_code, answer.location) == (303, f"/jeunes/{house.amina}")
    with Session(engine) as session:
        kept = session.get_one(m.YoungPerson, house.amina)
        assert (kept.last_name, kept.email, kept.city) == ("GARÇON", "amina@example.org", "Foix")
    old = denise.get(f"/jeunes/{twice}")
    assert (old.status_code, old.location) == (302, f"/jeunes/{house.amina}")
    story = denise.get(f"/jeunes/{house.amina}/modifications").text
    assert "a réuni cette fiche avec" in story and "Séparer les deux fiches" in story
    assert (
        "Aucune fiche" in denise.get("/jeunes/supprimees").text
        or f"n° {twice}" not in denise.get("/jeunes/supprimees").text
    )


def test_a_merge_is_taken_back_from_the_list_of_merges(
    denise: FlaskClient, engine: Engine, house: House, twice: int
) -> None:
    address = f"/doublons/jeunes/{house.amina}/{twice}"
    denise.post(f"{address}/reunir", data={"versions": versions(denise.get(address).text)})
    page = denise.get("/doublons", query_string={"etat": "reunies"}).text
    undo = re.search(r'href="(/doublons/reunions/\d+)"', page)
    assert undo
    assert "Séparer les deux fiches" in denise.get(undo[1]).text
    assert denise.post(undo[1]).status_code == 303
    with Session(engine) as session:
        assert session.get_one(m.YoungPerson, twice).email == "amina@example.org"
        assert session.get_one(m.YoungPerson, house.amina).email is None
    assert "a séparé cette fiche de" in denise.get(f"/jeunes/{house.amina}/modifications").text


def test_a_record_changed_meanwhile_shows_both_again_and_writes_nothing(
    denise: FlaskClient, engine: Engine, house: House, twice: int
) -> None:
    address = f"/doublons/jeunes/{house.amina}/{twice}"
    seen = versions(denise.get(address).text)
    with writing(engine, Actor(None, "Paul PONS")) as session:
        session.get_one(m.YoungPerson, twice).city = "Pamiers"
    answer = denise.post(f"{address}/reunir", data={"versions": seen, "c-last_name": "b"})
    assert answer.status_code == 409 and "entre-temps" in answer.text and "Fusionner" in answer.text
    assert re.search(r'name="c-last_name" value="b"[^>]* checked', answer.text)  # what was chosen is kept
    with Session(engine) as session:
        assert session.get(m.YoungPerson, twice) is not None


def test_two_different_people_are_not_proposed_again(
    denise: FlaskClient, engine: Engine, house: House, twice: int
) -> None:
    assert denise.post(f"/doublons/jeunes/{house.amina}/{twice}/juger").status_code == 303
    duplicates.find_all(engine)
    assert "Aucun doublon à regarder" in denise.get("/doublons").text
    assert "Regarder de nouveau" in denise.get("/doublons", query_string={"etat": "differentes"}).text


def test_a_key_too_long_for_the_database_is_no_record(denise: FlaskClient, house: House) -> None:
    for key in (2**63, 10**30):
        assert denise.post(f"/doublons/jeunes/{house.amina}/{key}/juger").status_code == 404
        assert denise.post(f"/doublons/jeunes/{key}/{house.amina}/juger").status_code == 404


def test_a_pair_out_of_scope_is_neither_shown_nor_merged(
    claire: FlaskClient, engine: Engine, house: House, twice: int
) -> None:
    with writing(engine, Actor(None, "Mise en place")) as session:
        role = session.scalars(select(m.Role).where(m.Role.name == RoleName.COUNSELLOR)).one()
        role.scope = Scope.OWN_SITE
    assert "Aucun doublon à regarder" in claire.get("/doublons").text
    address = f"/doublons/jeunes/{house.amina}/{twice}"
    assert claire.get(address).status_code == 404
    assert claire.post(f"{address}/juger").status_code == 404
    assert claire.post(f"{address}/reunir", data={"versions": "1-1"}).location == "/doublons?genre=jeunes"
    with Session(engine) as session:
        assert session.get(m.YoungPerson, twice) is not None
        assert session.scalars(select(m.Lookalike.state)).one() is LookalikeState.OPEN


def test_a_new_file_that_resembles_another_asks_before_it_is_written(
    denise: FlaskClient, claire: FlaskClient, engine: Engine, house: House
) -> None:
    typed = {"last_name": "Garcon", "first_name": "Amina", "birth_date": "2004-03-12", "status": "active"}
    answer = denise.post("/jeunes/nouveau", data=typed)
    assert answer.status_code == 422 and "Une fiche ressemble" in answer.text and "Amina Garçon" in answer.text
    assert denise.post("/jeunes/nouveau", data={**typed, "autre": "1"}).status_code == 303
    with Session(engine) as session:
        assert session.scalars(select(m.Lookalike)).one().score >= 90


def test_a_record_of_another_site_is_not_named_when_a_new_one_resembles_it(
    claire: FlaskClient, engine: Engine, house: House, twice: int
) -> None:
    person(engine, last_name="SANTORO", first_name="Léa", phone="+33639981299", site_id=house.pamiers, city="Pamiers")
    with writing(engine, Actor(None, "Mise en place")) as session:
        for role in session.scalars(select(m.Role)):
            role.scope = Scope.OWN_SITE
    typed = {"last_name": "Santoro", "first_name": "Lea", "phone": "06 39 98 12 99", "status": "active"}
    page = claire.post("/jeunes/nouveau", data=typed).text
    assert "une fiche d’un autre site" in page and "Léa" not in page and "même téléphone" not in page


def test_another_record_is_chosen_by_hand(denise: FlaskClient, house: House, twice: int) -> None:
    assert "Réunir avec une autre fiche" in denise.get(f"/jeunes/{house.amina}").text
    choose = f"/doublons/jeunes/{house.amina}/avec"
    assert denise.get(choose).status_code == 200
    assert denise.post(choose, data={"autre": house.amina}).status_code == 422
    assert denise.post(choose, data={"autre": twice}).location == f"/doublons/jeunes/{house.amina}/{twice}"


def test_a_search_is_asked_once_at_a_time(denise: FlaskClient, engine: Engine) -> None:
    for _ in range(2):
        assert denise.post("/doublons/chercher").status_code == 303
    with Session(engine) as session:
        assert len(session.scalars(select(m.Job)).all()) == 1
    assert "Recherche" in denise.get("/doublons").text
    assert denise.get("/doublons/avancement").status_code == 200
