"""The recognition page: a doubtful file shows it first, each choice is read back, memory and answers are said."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from ml_admin import models as m
from ml_admin.choices import RoleName
from ml_admin.database import reading
from tests.imports.office import PEOPLE
from tests.views.test_imports import SignIn, count, drop, staged, text_of, work

__all__ = ["work"]

Work = Callable[[], int]
ODD = "Nom;Prénom;Date de naissance;Dispositif;Pointure\nOUALI;Yanis;07/11/2004;Tremplin 16;41\nFONTANEL;Léa;03/07/2003;CEJ;38\n"


def test_a_sure_file_goes_straight_to_its_preview(claire: FlaskClient, work: Work) -> None:
    address = staged(claire, work, PEOPLE)
    assert claire.get(address).headers["Location"].endswith("/apercu")


def test_a_doubtful_file_shows_its_recognition_until_it_was_seen(claire: FlaskClient, work: Work) -> None:
    address = staged(claire, work, ODD)
    assert claire.get(address).headers["Location"].endswith("/reconnaissance")
    assert "Aucun champ ressemblant" in text_of(claire.get(f"{address}/reconnaissance"))
    response = claire.post(f"{address}/reconnaissance", data={"suite": "1"})
    assert response.headers["Location"].endswith("/apercu")
    assert claire.get(address).headers["Location"].endswith("/apercu")


def test_kept_apart_and_left_aside_are_two_choices(claire: FlaskClient, work: Work, engine: Engine) -> None:
    address = staged(claire, work, ODD)
    assert "Pointure" in text_of(claire.get(f"{address}/apercu?onglet=create"))
    claire.post(f"{address}/reconnaissance", data={"champ-0-4": "-"})
    work()
    assert "repris nulle part" in text_of(claire.get(f"{address}/reconnaissance"))
    claire.post(f"{address}/ecrire")
    work()
    with reading(engine) as session:
        assert all(not extra for extra in session.scalars(select(m.YoungPerson.extra)))


def test_one_choice_leaves_the_other_columns_as_they_were_read(claire: FlaskClient, work: Work) -> None:
    address = staged(claire, work, ODD)
    claire.post(f"{address}/reconnaissance", data={"champ-0-4": "notes"})
    work()
    page = text_of(claire.get(f"{address}/reconnaissance"))
    assert page.count("votre choix") == 1


def test_an_unticked_sheet_is_not_taken(claire: FlaskClient, work: Work, engine: Engine) -> None:
    address = staged(claire, work, ODD)
    claire.post(f"{address}/reconnaissance", data={"pris-0": "1", "contenu-0": "young_person"})
    work()
    assert "laissée de côté" in text_of(claire.get(f"{address}/reconnaissance"))
    assert count(engine, m.ImportRow) == 0
    response = claire.post(f"{address}/reconnaissance", data={"pris-0": "1", "prendre-0": "1", "contenu-0": ""})
    assert "Choisissez le contenu" in text_of(claire.get(response.headers["Location"]))


def test_a_protected_column_is_kept_by_the_page(claire: FlaskClient, work: Work) -> None:
    address = staged(claire, work, PEOPLE)
    claire.post(f"{address}/reconnaissance", data={"protections-0": "1", "protege-0-3": "1"})
    work()
    assert 'name="protege-0-3" value="1" checked' in text_of(claire.get(f"{address}/reconnaissance"))


def test_a_word_is_answered_then_forgotten_from_the_page(claire: FlaskClient, work: Work) -> None:
    address = staged(claire, work, ODD)
    assert "«\u00a0Tremplin 16\u00a0»" in text_of(claire.get(f"{address}/reconnaissance")).replace(
        "« ", "«\u00a0"
    ).replace(" »", "\u00a0»")
    word = {"entity": "young_person", "field": "programmes", "written": "tremplin 16"}
    claire.post(f"{address}/valeur", data={**word, "value": "CIVIS"})
    assert "1\u00a0réponse reprise" in text_of(claire.get(f"{address}/reconnaissance"))
    claire.post(f"{address}/valeur", data={**word, "revoke": "1"})
    assert "Tremplin 16" in text_of(claire.get(f"{address}/reconnaissance"))
    response = claire.post(f"{address}/valeur", data=word, follow_redirects=True)
    assert "Choisissez d’abord" in text_of(response)


def test_a_known_shape_is_said_with_one_click_to_forget_it(claire: FlaskClient, work: Work, engine: Engine) -> None:
    first = staged(claire, work, ODD)
    claire.post(f"{first}/ecrire")
    work()
    address = staged(claire, work, ODD.replace("Pointure", "Pointures").replace("OUALI", "AZÉMA"))
    page = text_of(claire.get(f"{address}/reconnaissance"))
    assert "Lu comme le" in page and "devenue" in page
    claire.post(f"{address}/memoire", data={"forget": "1"})
    work()
    assert "Lu sans mémoire" in text_of(claire.get(f"{address}/reconnaissance"))
    assert count(engine, m.ImportMemory) == 0


def test_a_closed_field_is_neither_offered_nor_answered(signed_in: SignIn, work: Work) -> None:
    officer = signed_in(RoleName.EMPLOYER_OFFICER)
    address = drop(officer, "j.csv", ODD).headers["Location"]
    work()
    page = text_of(officer.get(f"{address}/reconnaissance"))
    assert "Tremplin" not in page and "Votre rôle n’importe pas ces fiches" in page


def test_names_are_corrected_only_once_it_is_ticked(claire: FlaskClient, work: Work) -> None:
    address = staged(claire, work, PEOPLE)
    box = 'name="cles-0" value="1"'
    page = text_of(claire.get(f"{address}/reconnaissance"))
    assert box in page and f"{box} checked" not in page
    claire.post(f"{address}/reconnaissance", data={"protections-0": "1", "cles-0": "1"})
    work()
    assert f"{box} checked" in text_of(claire.get(f"{address}/reconnaissance"))
    claire.post(f"{address}/reconnaissance", data={"protections-0": "1"})
    work()
    assert f"{box} checked" not in text_of(claire.get(f"{address}/reconnaissance"))


def test_a_column_said_to_be_right_is_sure(claire: FlaskClient, work: Work) -> None:
    address = staged(claire, work, ODD.replace("Pointure", "Obs. 2").replace(";41", ";vu le 12").replace(";38", ";RAS"))
    assert 'name="juste-0-4"' in text_of(claire.get(f"{address}/reconnaissance"))
    claire.post(f"{address}/reconnaissance", data={"champ-0-4": "notes", "juste-0-4": "1"})
    work()
    page = text_of(claire.get(f"{address}/reconnaissance"))
    assert 'name="juste-0-4"' not in page and page.count("votre choix") == 1


def test_a_column_left_aside_says_how_many_values_it_holds(claire: FlaskClient, work: Work) -> None:
    address = staged(claire, work, ODD)
    claire.post(f"{address}/reconnaissance", data={"champ-0-4": "-"})
    work()
    words = "«\u00a0Pointure\u00a0»\u00a0: 2 valeurs laissées de côté"
    for page in ("apercu", "reconnaissance"):
        assert words in text_of(claire.get(f"{address}/{page}"))
    claire.post(f"{address}/ecrire")
    work()
    assert words in text_of(claire.get(f"{address}/resultat"))
