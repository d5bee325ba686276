"""What an import did, on the screen: the report, the workbook to correct, the undo page."""

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from ml_admin import jobs
from ml_admin import models as m
from ml_admin.choices import RoleName
from ml_admin.database import Actor, reading, writing
from ml_admin.imports import tasks
from tests.imports.office import PEOPLE

WRONG = PEOPLE + ";Sans nom;01/01/2004;;;;;;\n"


@pytest.fixture
def done(claire: FlaskClient, engine: Engine, tmp_path: Path) -> str:
    """The address of an import written in part, by Claire."""
    files = {"files": (io.BytesIO(WRONG.encode()), "jeunes.csv")}
    address = str(claire.post("/imports", data=files).headers["Location"])
    jobs.run_waiting(engine, tmp_path, tasks.HANDLERS)
    claire.post(f"{address}/ecrire")
    jobs.run_waiting(engine, tmp_path, tasks.HANDLERS)
    return address


def page(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.get_data(as_text=True)


def edit(engine: Engine, last_name: str) -> int:
    with writing(engine, Actor(None, "Un collègue")) as session:
        person = session.scalars(select(m.YoungPerson).where(m.YoungPerson.last_name == last_name)).one()
        person.email = "nouvelle@example.org"
        return person.id


def test_the_report_says_what_was_made_and_what_remains_in_two_ways(claire: FlaskClient, done: str) -> None:
    said = page(claire, f"{done}/resultat")
    assert "3\u00a0jeunes créés" in said and "1\u00a0ligne reste à reprendre" in said
    assert "Reprendre les 1\u00a0ligne restante" in said or "ligne restante" in said
    assert "Télécharger le classeur à corriger" in said and "SHA-256" in said and "effacés le" in said


def test_the_workbook_is_an_attachment_and_its_download_is_logged(
    claire: FlaskClient, done: str, engine: Engine
) -> None:
    response = claire.get(f"{done}/classeur.xlsx")
    assert response.headers["Content-Disposition"].startswith("attachment; filename=jeunes_a_corriger.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(response.data))
    assert book.sheetnames[0] == "Lisez-moi"
    with reading(engine) as session:
        line = session.scalars(select(m.Consultation).order_by(m.Consultation.id.desc())).first()
    assert line is not None and (line.action, line.table_name, line.detail["rows"]) == ("export", "import_batch", 1)


def test_who_may_not_open_the_import_gets_no_workbook(
    signed_in: Callable[[RoleName], FlaskClient], karim: FlaskClient, done: str
) -> None:
    assert karim.get(f"{done}/classeur.xlsx").status_code == 403
    assert signed_in(RoleName.EMPLOYER_OFFICER).get(f"{done}/classeur.xlsx").status_code == 404


def test_the_records_made_are_paged_by_entity(claire: FlaskClient, done: str) -> None:
    said = page(claire, f"{done}/resultat?contenu=young_person")
    assert "3\u00a0jeunes créés" in said and "Ouali Yanis" in said
    assert claire.get(f"{done}/resultat?contenu=account&page=99999").status_code == 200


def test_a_known_record_shows_old_and_new_on_demand(claire: FlaskClient, engine: Engine, tmp_path: Path) -> None:
    text = "Nom;Prénom;Date de naissance;Ville\nGARÇON;Amina;12/03/2004;Foix\n"
    address = claire.post("/imports", data={"files": (io.BytesIO(text.encode()), "a.csv")}).headers["Location"]
    jobs.run_waiting(engine, tmp_path, tasks.HANDLERS)
    claire.post(f"{address}/ecrire")
    jobs.run_waiting(engine, tmp_path, tasks.HANDLERS)
    said = page(claire, f"{address}/resultat")
    assert "fiche connue mise à jour" in said and "<summary>Garçon Amina</summary>" in said and "Foix" in said


def test_the_undo_page_counts_what_it_will_do(claire: FlaskClient, done: str, engine: Engine) -> None:
    assert "3\u00a0jeunes retirés" in page(claire, f"{done}/annuler")
    key = edit(engine, "OUALI")
    said = page(claire, f"{done}/annuler")
    assert "2\u00a0jeunes retirés" in said and f'value="young_person:{key}"' in said
    assert "3\u00a0jeunes retirés" in said  # all of them, on request


def test_a_ticked_record_is_undone_too(claire: FlaskClient, done: str, engine: Engine) -> None:
    chosen = edit(engine, "OUALI")
    edit(engine, "FONTANEL")
    claire.post(
        f"{done}/annuler", data={"modifiees": "choisies", "aussi": [f"young_person:{chosen}", "x:1", "young_person:"]}
    )
    with reading(engine) as session:
        assert "FONTANEL" in set(session.scalars(select(m.YoungPerson.last_name)))
        assert "OUALI" not in set(session.scalars(select(m.YoungPerson.last_name)))
    said = page(claire, f"{done}/resultat")
    assert "Import annulé le" in said and "2\u00a0jeunes retirés" in said
