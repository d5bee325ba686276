"""Imports on the screen: dropped, recognised, previewed, decided, written, taken back."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from werkzeug.test import TestResponse

from ml_admin import jobs
from ml_admin import models as m
from ml_admin.choices import RoleName, Scope
from ml_admin.database import Actor, reading, writing
from ml_admin.imports import tasks
from tests.imports.office import PEOPLE
from tests.imports.test_plan import FIRMS, MEETINGS
from tests.views.conftest import House

SignIn = Callable[[RoleName], FlaskClient]
WRONG = PEOPLE + ";Sans nom;01/01/2004;;;;;;\n"


@pytest.fixture
def work(engine: Engine, tmp_path: Path) -> Callable[[], int]:
    return lambda: jobs.run_waiting(engine, tmp_path, tasks.HANDLERS)


def drop(client: FlaskClient, name: str, text: str, **form: str) -> TestResponse:
    return client.post("/imports", data={"files": (io.BytesIO(text.encode()), name), **form})


def staged(client: FlaskClient, work: Callable[[], int], text: str = PEOPLE, **form: str) -> str:
    """The address of a file that was dropped and read."""
    address = drop(client, "jeunes.csv", text, **form).headers["Location"]
    work()
    return address


def text_of(response: TestResponse) -> str:
    assert response.status_code == 200, response.status
    page = response.get_data(as_text=True)
    assert page.count("<h1>") == 1
    return page


def count(engine: Engine, model: type[m.Base]) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


# --- Dropping a file -------------------------------------------------------------------------------------------------


def test_an_office_without_imports_is_told_what_to_do(claire: FlaskClient) -> None:
    page = text_of(claire.get("/imports"))
    assert "Aucun import pour l’instant" in page and "Déposer un ou plusieurs fichiers" in page


def test_a_dropped_file_is_read_then_previewed(claire: FlaskClient, work: Callable[[], int]) -> None:
    address = drop(claire, "jeunes.csv", PEOPLE).headers["Location"]
    assert "Lecture en cours" in text_of(claire.get(address))
    assert "En attente de son tour" in claire.get(f"{address}/avancement").get_data(as_text=True)
    work()
    assert claire.get(f"{address}/avancement").headers["HX-Redirect"] == address
    page = text_of(claire.get(address, follow_redirects=True))
    assert "Écrire les 3\u00a0lignes sûres" in page and "Ouali Yanis" in page


def test_several_files_become_several_imports(claire: FlaskClient, work: Callable[[], int]) -> None:
    files = [(io.BytesIO(text.encode()), name) for name, text in (("jeunes.csv", PEOPLE), ("entreprises.csv", FIRMS))]
    assert claire.post("/imports", data={"files": files}).headers["Location"] == "/imports"
    assert work() == 2
    page = text_of(claire.get("/imports"))
    assert "jeunes.csv" in page and "entreprises.csv" in page and "À vérifier" in page


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "Choisissez au moins un fichier"),
        ({"year": "abc"}, "L’année doit être un nombre"),
        ({"mode": "effacer"}, "Choisissez"),
    ],
)
def test_an_incomplete_drop_says_what_is_missing(claire: FlaskClient, form: dict[str, str], sentence: str) -> None:
    data = dict(form) if not form else {"files": (io.BytesIO(b"a;b\n"), "a.csv"), **form}
    response = claire.post("/imports", data=data)
    assert response.status_code == 422
    assert sentence in response.get_data(as_text=True)


def test_a_file_that_cannot_be_read_says_why(claire: FlaskClient, work: Callable[[], int]) -> None:
    address = claire.post(
        "/imports", data={"files": (io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(400)), "photo.xlsx")}
    ).headers["Location"]
    work()
    page = text_of(claire.get(address, follow_redirects=True))
    assert "Fichier refusé" in page and "image" in page


def test_a_file_over_the_limit_is_refused_in_french(claire: FlaskClient, app: object) -> None:
    claire.application.config["MAX_CONTENT_LENGTH"] = 1000
    response = claire.post("/imports", data={"files": (io.BytesIO(bytes(5000)), "gros.csv")})
    assert response.status_code == 413
    assert "trop lourd" in response.get_data(as_text=True)


def test_a_work_that_failed_can_be_asked_again(claire: FlaskClient, engine: Engine, work: Callable[[], int]) -> None:
    address = drop(claire, "jeunes.csv", PEOPLE).headers["Location"]
    with writing(engine, Actor(None, "Essai")) as session:
        for job in session.scalars(select(m.Job)):
            job.state, job.message = "failed", "Le travail s’est interrompu trois fois."
    assert "Relancer" in text_of(claire.get(address))
    claire.post(f"{address}/relancer")
    work()
    assert "Aperçu de l’import" in text_of(claire.get(address, follow_redirects=True))


# --- Recognition -----------------------------------------------------------------------------------------------------


def test_the_recognition_shows_columns_samples_and_confidence(claire: FlaskClient, work: Callable[[], int]) -> None:
    page = text_of(claire.get(f"{staged(claire, work)}/reconnaissance"))
    assert "Date de naissance" in page and "12/03/2004" in page
    assert '<option value="birth_date" selected>' in page


def test_a_corrected_column_is_read_again(claire: FlaskClient, work: Callable[[], int]) -> None:
    address = staged(claire, work, "Nom;Prénom;Date de naissance;Pointure\nOUALI;Yanis;07/11/2004;vue au forum\n")
    response = claire.post(
        f"{address}/reconnaissance", data={"contenu-0": "young_person", "champ-0-3": "notes", "mode": "update"}
    )
    assert response.headers["Location"] == address
    work()
    page = text_of(claire.get(f"{address}/apercu"))
    assert "Notes" in page and "vue au forum" in page and "Pointure" not in page


def test_a_wrong_year_keeps_the_reading_and_says_so(claire: FlaskClient, work: Callable[[], int]) -> None:
    address = staged(claire, work)
    response = claire.post(
        f"{address}/reconnaissance", data={"annee-0": "l’an dernier", "mode": "update"}, follow_redirects=True
    )
    assert "doit être un nombre, comme 2019" in text_of(response)


def test_samples_of_a_closed_field_are_masked(signed_in: SignIn, work: Callable[[], int]) -> None:
    officer = signed_in(RoleName.EMPLOYER_OFFICER)
    page = text_of(officer.get(f"{staged(officer, work)}/reconnaissance"))
    assert "Votre rôle n’importe pas ces fiches" in page
    assert "12/03/2004" not in page


# --- Preview and answers ---------------------------------------------------------------------------------------------


def test_old_and_new_values_stand_in_the_cell(claire: FlaskClient, work: Callable[[], int], house: House) -> None:
    text = "Nom;Prénom;Date de naissance;Téléphone\nGARÇON;Amina;12/03/2004;06 39 98 99 99\n"
    page = text_of(claire.get(f"{staged(claire, work, text)}/apercu?onglet=update"))
    assert re.search(
        r'<del class="ml-was">.*?06 39 98 12 45</del> <ins class="ml-now">.*?06 39 98 99 99</ins>',
        page.replace("\u00a0", " "),
    )
    assert "Garçon Amina" in page


def test_a_row_to_decide_offers_its_answers_and_takes_one(
    claire: FlaskClient, work: Callable[[], int], house: House
) -> None:
    address = staged(claire, work, "Nom;Prénom;Date de naissance\nGARÇONS;Amina;12/03/2004\n")
    page = text_of(claire.get(f"{address}/apercu"))
    assert "Peut-être déjà dans la base" in page and "C’est Garçon Amina" in page and "C’est quelqu’un d’autre" in page
    response = claire.post(
        f"{address}/lignes/0", data={"answer": "same", "ref": f"id:{house.amina}", "onglet": "decide"}
    )
    assert "onglet=decide" in response.headers["Location"]
    assert '<span class="ml-cnt">1</span>' in text_of(claire.get(f"{address}/apercu?onglet=unchanged"))


def test_one_click_creates_an_unknown_person(claire: FlaskClient, work: Callable[[], int], engine: Engine) -> None:
    address = staged(claire, work, MEETINGS)
    assert "Créer la personne" in text_of(claire.get(f"{address}/apercu?onglet=decide"))
    claire.post(f"{address}/lignes/1", data={"answer": "create"})
    claire.post(f"{address}/ecrire")
    work()
    assert count(engine, m.Appointment) == 1
    assert count(engine, m.YoungPerson) == 3


@pytest.mark.parametrize("data", [{}, {"answer": "everything"}])
def test_an_answer_that_does_not_exist_is_refused(
    claire: FlaskClient, work: Callable[[], int], data: dict[str, str]
) -> None:
    assert claire.post(f"{staged(claire, work)}/lignes/0", data=data).status_code == 400


def test_an_answer_to_a_row_that_is_gone_is_said(claire: FlaskClient, work: Callable[[], int]) -> None:
    address = staged(claire, work)
    response = claire.post(f"{address}/lignes/99", data={"answer": "ignore"}, follow_redirects=True)
    assert "n’est plus à décider" in text_of(response)


def test_the_words_of_a_masked_row_are_told_by_no_cell(signed_in: SignIn, work: Callable[[], int]) -> None:
    lucas = signed_in(RoleName.EMPLOYER_OFFICER)
    address = staged(lucas, work)
    assert "Masquée" in text_of(lucas.get(f"{address}/apercu?onglet=refused"))
    assert lucas.get(f"{address}/cellule?id=0&column=phone").status_code == 404
    assert lucas.post(f"{address}/cellule", data={"id": "0", "column": "phone", "value": "x"}).status_code == 404


def test_a_place_too_long_for_the_database_is_no_row(claire: FlaskClient, work: Callable[[], int]) -> None:
    address = staged(claire, work)
    for place in (2**31, 2**63, 10**30):
        response = claire.post(f"{address}/lignes/{place}", data={"answer": "ignore"}, follow_redirects=True)
        assert "rechargez la page" in text_of(response)


def test_a_cell_is_corrected_in_place(claire: FlaskClient, work: Callable[[], int]) -> None:
    address = staged(claire, work)
    assert 'value="06 39 98 12 45"' in claire.get(f"{address}/cellule?id=0&column=phone").get_data(
        as_text=True
    ).replace("\u00a0", " ")
    wrong = claire.post(f"{address}/cellule", data={"id": "0", "column": "phone", "value": "06 39"})
    assert wrong.status_code == 422 and "Il manque six chiffres" in wrong.get_data(as_text=True)
    right = claire.post(
        f"{address}/cellule",
        data={"id": "0", "column": "phone", "value": "06.39.98.99.99"},
        headers={"HX-Request": "true"},
    )
    assert right.status_code == 200 and "06 39 98 99 99" in right.get_data(as_text=True).replace("\u00a0", " ")


@pytest.mark.parametrize(
    "query", ["id=0&column=site_id", "id=0&column=version", "id=x&column=phone", "id=99&column=phone", "id=0"]
)
def test_only_cells_of_the_preview_open(claire: FlaskClient, work: Callable[[], int], query: str) -> None:
    assert claire.get(f"{staged(claire, work)}/cellule?{query}").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["onglet=x", "page=0", "page=-3", "page=99999999999", "table=zz", "cause=<script>", "onglet=decide&table=7&page=4"],
)
def test_any_address_of_the_preview_answers(claire: FlaskClient, work: Callable[[], int], query: str) -> None:
    assert "<script>" not in text_of(claire.get(f"{staged(claire, work)}/apercu?{query}"))


# --- Writing and taking back -----------------------------------------------------------------------------------------


def test_the_sure_rows_are_written_and_the_rest_can_be_taken_up_later(
    claire: FlaskClient, denise: FlaskClient, work: Callable[[], int], engine: Engine
) -> None:
    address = staged(claire, work, WRONG)
    page = text_of(claire.get(f"{address}/apercu?onglet=create"))
    assert "Écrire les 3\u00a0lignes sûres" in page and "1\u00a0ligne reste ici" in page
    assert claire.post(f"{address}/ecrire").headers["Location"] == address
    assert "Écriture en cours" in text_of(claire.get(address))
    work()
    page = text_of(claire.get(address, follow_redirects=True))
    assert "3\u00a0jeunes créés" in page and "1\u00a0ligne reste à reprendre" in page and "Ouali Yanis" in page
    claire_corrects = denise.post(f"{address}/cellule", data={"id": "3", "column": "last_name", "value": "AZÉMA"})
    assert claire_corrects.status_code == 200
    denise.post(f"{address}/ecrire")
    work()
    assert "4\u00a0jeunes créés" in text_of(denise.get(address, follow_redirects=True))
    assert count(engine, m.YoungPerson) == 6


def test_writing_the_same_file_again_says_that_nothing_changed(claire: FlaskClient, work: Callable[[], int]) -> None:
    for _ in range(2):
        address = staged(claire, work)
        claire.post(f"{address}/ecrire")
        work()
    page = text_of(claire.get(f"{address}/apercu"))
    assert 'Inchangées <span class="ml-cnt">3</span>' in page


def test_an_import_is_undone_from_its_page(claire: FlaskClient, work: Callable[[], int], engine: Engine) -> None:
    address = staged(claire, work)
    claire.post(f"{address}/ecrire")
    work()
    page = text_of(claire.get(f"{address}/annuler"))
    assert "Annuler cet import ?" in page.replace("\u202f", " ") and "tout peut être repris" in page
    page = text_of(claire.post(f"{address}/annuler", follow_redirects=True))
    assert "Import annulé" in page and "3\u00a0jeunes retirés" in page
    assert count(engine, m.YoungPerson) == 2


def test_the_rows_that_wait_come_back_as_a_workbook(claire: FlaskClient, work: Callable[[], int]) -> None:
    address = staged(claire, work, WRONG.replace("Sans nom", "=1+1"))
    response = claire.get(f"{address}/lignes.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(response.get_data())).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[1][1] == "5" and rows[1][3] == "À décider" and "Il manque le nom" in rows[1][4]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_an_abandoned_import_keeps_nothing(claire: FlaskClient, work: Callable[[], int], engine: Engine) -> None:
    address = staged(claire, work)
    assert "Import abandonné" in text_of(claire.post(f"{address}/abandonner", follow_redirects=True))
    assert count(engine, m.ImportRow) == 0
    assert "Rien n’a été écrit" in text_of(claire.get(address, follow_redirects=True))


def test_a_closed_import_takes_no_more_gestures(claire: FlaskClient, work: Callable[[], int], engine: Engine) -> None:
    address = staged(claire, work)
    claire.post(f"{address}/abandonner")
    for gesture in ("ecrire", "lignes/0", "reconnaissance", "annuler", "relancer", "abandonner"):
        response = claire.post(f"{address}/{gesture}", data={"answer": "ignore", "mode": "update"})
        assert response.status_code == 303
    assert work() == 0 and count(engine, m.YoungPerson) == 2


# --- Who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [RoleName.FRONT_DESK, RoleName.AUDITOR])
def test_roles_that_do_not_import_see_no_import(
    signed_in: SignIn, role: RoleName, claire: FlaskClient, work: Callable[[], int]
) -> None:
    address, client = staged(claire, work), signed_in(role)
    assert client.get("/imports").status_code == 403
    assert drop(client, "a.csv", PEOPLE).status_code == 403
    assert client.get(f"{address}/apercu").status_code == 403


def test_an_import_of_somebody_else_does_not_exist(
    signed_in: SignIn, claire: FlaskClient, work: Callable[[], int]
) -> None:
    address, officer = staged(claire, work), signed_in(RoleName.EMPLOYER_OFFICER)
    for path in (
        "",
        "/apercu",
        "/reconnaissance",
        "/resultat",
        "/avancement",
        "/lignes.xlsx",
        "/annuler",
        "/cellule?id=0&column=phone",
    ):
        assert officer.get(f"{address}{path}").status_code == 404
    for path in ("/ecrire", "/abandonner", "/annuler", "/lignes/0", "/cellule", "/reconnaissance", "/relancer"):
        assert officer.post(f"{address}{path}", data={"answer": "ignore"}).status_code == 404


def test_the_direction_may_take_up_an_import_of_the_team(
    denise: FlaskClient, claire: FlaskClient, work: Callable[[], int]
) -> None:
    address = staged(claire, work)
    assert "Ouali Yanis" in text_of(denise.get(f"{address}/apercu"))


def test_rows_that_a_role_may_not_import_show_no_name(signed_in: SignIn, work: Callable[[], int]) -> None:
    officer = signed_in(RoleName.EMPLOYER_OFFICER)
    page = text_of(officer.get(f"{staged(officer, work)}/apercu"))
    assert "Votre rôle n’importe pas ces fiches" in page and "Ouali" not in page and "0639" not in page


def test_models_are_offered_for_what_a_role_imports(signed_in: SignIn, claire: FlaskClient) -> None:
    officer = signed_in(RoleName.EMPLOYER_OFFICER)
    assert claire.get("/imports/modele/young_person.xlsx").status_code == 200
    assert officer.get("/imports/modele/young_person.xlsx").status_code == 404
    assert officer.get("/imports/modele/employer.xlsx").status_code == 200
    assert claire.get("/imports/modele/../../secret.xlsx").status_code == 404


def test_no_page_of_an_import_is_kept_by_the_browser(claire: FlaskClient, work: Callable[[], int]) -> None:
    address = staged(claire, work)
    for path in ("/apercu", "/reconnaissance", "/lignes.xlsx"):
        assert claire.get(f"{address}{path}").headers["Cache-Control"] == "no-store"


def test_a_forged_form_writes_nothing(claire: FlaskClient, work: Callable[[], int], engine: Engine) -> None:
    address = staged(claire, work)
    claire.application.config["WTF_CSRF_ENABLED"] = True
    for path in ("/ecrire", "/abandonner", "/annuler", "/lignes/0", "/cellule", "/reconnaissance", "/relancer"):
        assert claire.post(f"{address}{path}", data={"answer": "ignore"}).status_code == 400
    assert drop(claire, "a.csv", PEOPLE).status_code == 400


def test_old_values_of_a_person_who_left_the_scope_are_no_longer_shown(
    claire: FlaskClient, work: Callable[[], int], engine: Engine, house: House
) -> None:
    text = "Nom;Prénom;Date de naissance;Téléphone\nGARÇON;Amina;12/03/2004;06 39 98 99 99\n"
    address = staged(claire, work, text)
    with writing(engine, Actor(None, "Essai")) as session:
        role = session.scalars(select(m.Role).where(m.Role.name == RoleName.COUNSELLOR)).one()
        role.scope = Scope.OWN_SITE
        amina = session.get_one(m.YoungPerson, house.amina)
        amina.site_id, amina.counsellor_id = house.pamiers, house.paul
    page = text_of(claire.get(f"{address}/apercu?onglet=update")).replace("\u00a0", " ")
    assert "06 39 98 99 99" in page and "06 39 98 12 45" not in page and f"/jeunes/{house.amina}" not in page


def test_only_the_rows_with_a_warning_are_shown_when_asked(claire: FlaskClient, work: Callable[[], int]) -> None:
    text = "Nom;Prénom;Date de naissance;Téléphone\nOUALI;Yanis;07/11/2004;06 39\nFONTANEL;Léa;03/07/2003;\n"
    address = staged(claire, work, text)
    page = text_of(claire.get(f"{address}/apercu?onglet=create&verifier=1"))
    assert "Ouali Yanis" in page and "Fontanel Léa" not in page
    assert "Seulement les lignes à vérifier (1)" in page


def test_one_sure_row_is_said_in_the_singular(claire: FlaskClient, work: Callable[[], int]) -> None:
    address = staged(claire, work, "Nom;Prénom;Date de naissance\nOUALI;Yanis;07/11/2004\n")
    page = text_of(claire.get(f"{address}/apercu"))
    assert "Écrire la ligne sûre" in page and "les 1" not in page


def test_who_answered_is_told_to_a_colleague(claire: FlaskClient, denise: FlaskClient, work: Callable[[], int]) -> None:
    address = staged(claire, work)
    claire.post(f"{address}/lignes/0", data={"answer": "ignore"})
    assert "a répondu à 1\u00a0ligne" in text_of(denise.get(f"{address}/apercu"))


# --- The preview as the page one works in ----------------------------------------------------------------------------

UNKNOWN = (
    "Nom;Prénom;Date de naissance;Téléphone;Dispositif\n"
    "QUÉRIGUT;Prune;12/03/2004;0639981201;Tremplin 16\n"
    "LORDAT;Ondine;13/03/2004;0639981202;Tremplin 16\n"
    "MIGLOS;Octave;14/03/2004;0639981203;CEJ\n"
)


def test_one_answer_at_the_head_of_the_preview_settles_all_its_rows(
    claire: FlaskClient, work: Callable[[], int]
) -> None:
    address = staged(claire, work, UNKNOWN)
    page = text_of(claire.get(f"{address}/apercu"))
    assert "Une réponse règle 2\u00a0cellules" in page.replace("\u202f", "") and "« Tremplin 16 »" in page.replace(
        "\u00a0", " "
    )
    data = {
        "entity": "young_person",
        "field": "programmes",
        "written": "tremplin 16",
        "value": "CEJ",
        "here": "preview",
    }
    response = claire.post(f"{address}/valeur", data={**data, "onglet": "create"})
    assert response.headers["Location"].endswith("/apercu?onglet=create")
    page = text_of(claire.get(response.headers["Location"]))
    assert "2\u00a0lignes ont changé" in page and "Une réponse règle" not in page


def test_a_possible_double_says_how_alike_it_is_and_where(
    claire: FlaskClient, work: Callable[[], int], house: House
) -> None:
    page = text_of(
        claire.get(
            f"{staged(claire, work, 'Nom;Prénom;Date de naissance' + chr(10) + 'GARÇONS;Amina;12/03/2004' + chr(10))}/apercu"
        )
    )
    assert re.search(r"dans la base, ressemblance \d+ sur 100", page)


def test_a_wrong_correction_is_not_recorded(claire: FlaskClient, work: Callable[[], int]) -> None:
    address = staged(claire, work, UNKNOWN)
    response = claire.post(f"{address}/cellule", data={"id": "0", "column": "phone", "value": "06 39"})
    assert response.status_code == 422 and 'value="06 39"' in response.get_data(as_text=True)
    page = text_of(claire.get(f"{address}/apercu?onglet=create")).replace("\u00a0", " ")
    assert "06 39 98 12 01" in page and "Il manque" not in page


def test_the_words_of_the_file_stand_beside_a_wrong_correction(claire: FlaskClient, work: Callable[[], int]) -> None:
    address = staged(claire, work, "Nom;Prénom;Date de naissance;Téléphone\nLORDAT;Ondine;13/03/2004;06.39.98.7\n")
    response = claire.post(f"{address}/cellule", data={"id": "0", "column": "phone", "value": "06 39"})
    assert "Dans le fichier : « 06.39.98.7 »." in response.get_data(as_text=True).replace("\u00a0", " ")


def test_a_correction_brings_back_its_row_and_the_counts(claire: FlaskClient, work: Callable[[], int]) -> None:
    address = staged(claire, work, WRONG)
    data = {"id": "3", "column": "last_name", "value": "AZÉMA", "columns": "last_name,birth_date"}
    page = claire.post(f"{address}/cellule", data=data, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert (
        'id="ligne-3"' in page and 'À créer <span class="ml-cnt">4</span>' in page and "les 4\u00a0lignes sûres" in page
    )


def test_a_pasted_column_keeps_what_it_understands_and_says_the_rest(
    claire: FlaskClient, work: Callable[[], int]
) -> None:
    address = staged(claire, work, UNKNOWN)
    data = {
        "column": "phone",
        "ids": ["0", "1", "2", "99", "x"],
        "values": ["0639981301", "06", "0639981303", "0", "0"],
    }
    page = claire.post(f"{address}/colonne", data=data).get_data(as_text=True).replace("\u00a0", " ")
    assert "2 cellules enregistrées, 2 refusées" in page and page.count("non enregistré") == 1
    page = text_of(claire.get(f"{address}/apercu?onglet=create")).replace("\u00a0", " ")
    assert "06 39 98 13 01" in page and "06 39 98 12 02" in page and "06 39 98 13 03" in page


def test_ticked_rows_are_ignored_then_taken_up_again(claire: FlaskClient, work: Callable[[], int]) -> None:
    address = staged(claire, work, UNKNOWN)
    claire.post(f"{address}/cochees", data={"action": "ignore", "rowid": ["0", "2", "zz"]})
    page = text_of(claire.get(f"{address}/apercu?onglet=skip"))
    assert "Quérigut Prune" in page and "Miglos Octave" in page and "Lordat" not in page
    claire.post(f"{address}/cochees", data={"action": "reopen", "rowid": ["0", "2"]})
    assert 'À créer <span class="ml-cnt">3</span>' in text_of(claire.get(f"{address}/apercu"))
    assert "Cochez d’abord" in text_of(
        claire.post(f"{address}/cochees", data={"action": "ignore"}, follow_redirects=True)
    )
    assert claire.post(f"{address}/cochees", data={"action": "write", "rowid": "0"}).status_code == 400


def test_a_name_is_looked_for_without_standing_in_the_address(claire: FlaskClient, work: Callable[[], int]) -> None:
    address = staged(claire, work, UNKNOWN)
    response = claire.post(f"{address}/chercher", data={"search": "querigut PRUNE", "onglet": "create"})
    assert "erigut" not in response.headers["Location"].lower()
    page = text_of(claire.get(response.headers["Location"]))
    assert "Quérigut Prune" in page and "Lordat Ondine" not in page
    nobody = claire.post(f"{address}/chercher", data={"search": "Nemo", "onglet": "create"}, follow_redirects=True)
    assert "Personne de ce nom" in text_of(nobody)


def test_gestures_of_the_grid_are_closed_to_others_and_to_forged_forms(
    signed_in: SignIn, claire: FlaskClient, work: Callable[[], int]
) -> None:
    address, officer = staged(claire, work), signed_in(RoleName.EMPLOYER_OFFICER)
    for path in ("colonne", "cochees", "chercher", "valeur"):
        assert officer.post(f"{address}/{path}", data={"action": "ignore"}).status_code == 404
    claire.application.config["WTF_CSRF_ENABLED"] = True
    for path in ("colonne", "cochees", "chercher", "valeur"):
        assert claire.post(f"{address}/{path}", data={"action": "ignore"}).status_code == 400
