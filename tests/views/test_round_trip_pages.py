"""The round trip of a list through a workbook, by the pages that people use, on both engines."""

import io
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ml_admin import jobs
from ml_admin import models as m
from ml_admin.choices import RoleName, Scope
from ml_admin.imports import tasks
from tests.imports.test_round_trip import at, row_of
from tests.views.conftest import House
from tests.views.test_concurrent_edits import Editor, hire, story
from tests.views.two_sites import Database, TwoSites, two_sites


@pytest.fixture(params=["sqlite", "postgresql"])
def sites(
    request: pytest.FixtureRequest, filled_url: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoSites]:
    with two_sites(filled_url(request.param), tmp_path_factory.mktemp("data")) as house:
        house.reach(Scope.ALL)
        yield house


@pytest.fixture
def work(engine: Engine, tmp_path: Any) -> Callable[[], int]:
    return lambda: jobs.run_waiting(engine, tmp_path, tasks.HANDLERS)


def exported(client: FlaskClient, kind: str = "xlsx") -> bytes:
    answer = client.post(f"/jeunes/export/{kind}")
    assert answer.status_code == 200
    return answer.data


def edited(content: bytes, first: str, **cells: Any) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book["Jeunes"]
    for heading, value in cells.items():
        at(page, heading, row_of(page, first)).value = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def drop(client: FlaskClient, content: bytes, work: Callable[[], int], name: str = "jeunes.xlsx") -> str:
    address = client.post("/imports", data={"files": (io.BytesIO(content), name)}).headers["Location"]
    work()
    return str(address)


def tab(client: FlaskClient, address: str, verdict: str) -> str:
    answer = client.get(f"{address}/apercu?onglet={verdict}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_an_untouched_export_says_that_nothing_changed(denise: FlaskClient, work: Callable[[], int], kind: str) -> None:
    address = drop(denise, exported(denise, kind), work, f"jeunes.{kind}")
    page = tab(denise, address, "unchanged")
    assert "reconnues à leur clé" in page and "Amina" in page and "Écrire" not in page
    for verdict in ("create", "update", "decide", "refused", "skip"):
        tab(denise, address, verdict)
    assert denise.get(f"{address}/reconnaissance").status_code == 200
    assert denise.get(f"{address}/lignes.xlsx").status_code == 200


def test_old_and_new_stand_side_by_side_then_are_written_and_taken_back(
    denise: FlaskClient, house: House, engine: Engine, work: Callable[[], int]
) -> None:
    address = drop(denise, edited(exported(denise), "Amina", Commune="Pamiers", Référent="PONS Paul"), work)
    page = tab(denise, address, "update")
    assert "GARÇON Amina" in page or "Amina" in page
    assert "Pamiers" in page and "PONS Paul" in page and "MARTIN Claire" in page
    denise.post(f"{address}/ecrire")
    work()
    result = denise.get(f"{address}/resultat").get_data(as_text=True)
    assert "1\u00a0jeune modifié" in result
    with Session(engine) as session:
        amina = session.get_one(m.YoungPerson, house.amina)
        assert (amina.city, amina.counsellor_id) == ("Pamiers", house.paul)
    denise.post(f"{address}/annuler")
    with Session(engine) as session:
        assert session.get_one(m.YoungPerson, house.amina).city is None


def test_a_colleague_s_change_meanwhile_is_shown_with_both_values(
    denise: FlaskClient, claire: FlaskClient, house: House, engine: Engine, work: Callable[[], int]
) -> None:
    content = edited(exported(denise), "Amina", Commune="Pamiers")
    form = {"version": 1, "city": "Lavelanet", "address": "1 rue du Pont"}
    assert claire.post(f"/jeunes/{house.amina}/modifier", data=form).status_code == 303
    address = drop(denise, content, work)
    page = tab(denise, address, "decide")
    assert (
        "Pamiers dans le classeur" in page and "Lavelanet sur la fiche" in page and "Commune (Claire Martin, le" in page
    )
    position = re.search(r'data-pk="(\d+)"', page)
    assert position
    denise.post(f"{address}/lignes/{position[1]}", data={"answer": "mine"})
    denise.post(f"{address}/ecrire")
    work()
    with Session(engine) as session:
        amina = session.get_one(m.YoungPerson, house.amina)
        assert (amina.city, amina.address) == ("Pamiers", "1 rue du Pont")


def test_a_cell_that_waits_is_corrected_in_place(
    denise: FlaskClient, house: House, engine: Engine, work: Callable[[], int]
) -> None:
    address = drop(denise, edited(exported(denise), "Amina", Référent="Personne"), work)
    page = tab(denise, address, "decide")
    position = re.search(r'data-pk="(\d+)"', page)
    assert position and "Aucune fiche ouverte à votre rôle" in page
    assert denise.get(f"{address}/cellule?id={position[1]}&column=counsellor").status_code == 200
    cell = {"id": position[1], "column": "counsellor"}
    assert denise.post(f"{address}/cellule", data={**cell, "value": "Personne encore"}).status_code == 422
    assert denise.post(f"{address}/cellule", data={**cell, "value": "Pons Paul"}).status_code == 200
    denise.post(f"{address}/ecrire")
    work()
    with Session(engine) as session:
        assert session.get_one(m.YoungPerson, house.amina).counsellor_id == house.paul


# --- Eight editors at once ---------------------------------------------------------------------------------------------


class WorkbookEditor(Editor):
    """Half of the saves by a workbook: exported, changed, dropped back, written."""

    def work(self, saves: int) -> None:
        for save in range(saves):
            unique = self.number * saves + save
            if save % 2:
                while not self.by_form(unique, self.version()):
                    self.refused += 1
            else:
                while not self.by_workbook(unique):
                    self.refused += 1

    def by_workbook(self, unique: int) -> bool:
        house: TwoSites = self.house  # type: ignore[attr-defined]
        address = f"{unique} place du Marché"
        content = self.client.post("/jeunes/export/xlsx").data
        book = openpyxl.load_workbook(io.BytesIO(content))
        page = book["Jeunes"]
        keys = [cell.value for cell in page[1]].index("Clé (young_person)") + 1
        line = next(r for r in range(2, page.max_row + 1) if page.cell(r, keys).value.startswith(f"{self.person}-"))
        at(page, "Adresse", line).value = address
        stream = io.BytesIO()
        book.save(stream)
        batch = self.client.post("/imports", data={"files": (io.BytesIO(stream.getvalue()), "x.xlsx")}).headers[
            "Location"
        ]
        data = house.app.config["ML_SETTINGS"].data
        jobs.run_waiting(house.engine, data, tasks.HANDLERS)
        self.until(batch, lambda state: state not in ("reading", "applying"))
        self.client.post(f"{batch}/ecrire")
        jobs.run_waiting(house.engine, data, tasks.HANDLERS)
        self.until(batch, lambda state: state not in ("reading", "applying"))
        with Session(house.engine) as session:
            found = session.get_one(m.ImportBatch, int(batch.rpartition("/")[2]))
            done = (found.report or {}).get("updated", {}).get("young_person", 0) == 1
        if done:
            self.accepted.append(("address", address))
        return done

    def until(self, batch: str, true_of: Callable[[str], bool]) -> None:
        house: TwoSites = self.house  # type: ignore[attr-defined]
        for _ in range(2000):
            with Session(house.engine) as session:
                if true_of(str(session.get_one(m.ImportBatch, int(batch.rpartition("/")[2])).state)):
                    return
            jobs.run_waiting(house.engine, house.app.config["ML_SETTINGS"].data, tasks.HANDLERS)
        raise AssertionError("the import never ended")


@pytest.mark.long
def test_eight_editors_four_of_them_by_workbook_lose_nothing(sites: TwoSites) -> None:
    person, team, saves = sites.own[m.YoungPerson], hire(sites, 32), 4
    editors: list[Editor] = []
    for number in range(8):
        kind = WorkbookEditor if number % 2 else Editor
        editor = kind(sites.new_browser(RoleName.MANAGER), person, number, team)
        editor.house = sites  # type: ignore[attr-defined]
        editors.append(editor)
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(editor.work, saves) for editor in editors]:
            done.result()
    accepted = sorted(str(change) for editor in editors for change in editor.accepted)
    changes = [(c.column, c.before, c.after) for entry in story(sites, person) for c in entry.changes]
    assert accepted == sorted(str((column, after)) for column, _, after in changes)
    for column in {column for column, _, _ in changes}:
        chain = [(before, after) for name, before, after in changes if name == column]
        assert all(after == before for (_, after), (before, _) in zip(chain, chain[1:], strict=False))
