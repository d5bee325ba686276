"""A list corrected in a spreadsheet, in a real browser."""

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import RoleName, Scope
from ml_admin.column_types import now
from ml_admin.database import Actor, writing
from ml_admin.exports.columns import ExportSheet, columns_for, rows_for
from ml_admin.exports.workbook import write_workbook
from ml_admin.permissions import Viewer
from tests.browser.conftest import Office, faults
from tests.imports.test_round_trip import at

Opener = Callable[..., Page]
ALINE = Viewer(RoleName.ADMINISTRATOR, Scope.ALL)


def corrected(office: Office) -> bytes:
    """Five people: one corrected, one corrected on both sides, one emptied, one taken out, one wrong."""
    keys = [office.person(f"RETOUR-{name}", city="Foix", address="1 rue du Pont") for name in "ABCDE"]
    stream = io.BytesIO()
    with Session(office.engine) as session:
        columns = columns_for(session, ALINE, m.YoungPerson)
        rows = rows_for(
            session, m.YoungPerson, select(m.YoungPerson.id).where(m.YoungPerson.id.in_(keys)), columns, now()
        )
        write_workbook(stream, ExportSheet("Jeunes", columns, rows, "young_person"))
    book = openpyxl.load_workbook(stream)
    page = book["Jeunes"]
    lines = {at(page, "Nom", row).value[-1]: row for row in range(2, 7)}
    at(page, "Commune", lines["A"]).value = "Pamiers"
    at(page, "Commune", lines["B"]).value = "Pamiers"
    at(page, "Adresse", lines["C"]).value = None
    at(page, "Référent", lines["E"]).value = "Personne"
    page.delete_rows(lines["D"])
    with writing(office.engine, Actor(None, "Paul PONS")) as session:
        session.get_one(m.YoungPerson, keys[1]).city = "Lavelanet"
    changed = io.BytesIO()
    book.save(changed)
    return changed.getvalue()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "light"), (1280, "dark")])
def test_a_corrected_export_shows_what_changes(
    open_page: Opener, office: Office, tmp_path: Path, width: int, scheme: str
) -> None:
    page = open_page("administrateur", width=width, scheme=scheme)
    page.goto("/imports")
    file = {"name": "jeunes.xlsx", "mimeType": "application/octet-stream", "buffer": corrected(office)}
    page.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    page.get_by_role("button", name="Lire les fichiers", exact=True).click()
    page.wait_for_url("**/apercu**", timeout=60_000)
    address = page.url.partition("?")[0]
    for verdict, words in (
        ("update", "Pamiers"),
        ("decide", "Prendre le classeur"),
        ("unchanged", "Vider les cases effacées"),
        ("skip", "Proposer la suppression"),
    ):
        page.goto(f"{address}?onglet={verdict}")
        expect(page.get_by_text(words).first).to_be_visible()
        assert faults(page) == []
        page.screenshot(path=tmp_path / f"{verdict}-{width}-{scheme}.png", full_page=True)
    page.get_by_role("button", name="Proposer la suppression").click()
    page.goto(f"{address}?onglet=delete")
    expect(page.get_by_text("Ligne retirée du classeur")).to_be_visible()
    assert faults(page) == []
