"""The preview of an import in a real browser: keys, paste, ticks, telephone, dark."""

import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import faults

Opener = Callable[..., Page]
_numbers = count(1)
_NAMES = ("Quérigut", "Lordat", "Miglos", "Usson", "Roquefixade", "Montségur")


@pytest.fixture
def preview(open_page: Opener, tmp_path: Path) -> Callable[..., Page]:
    """A file of six people nobody knows, dropped through the screen, its preview opened."""

    def opened(width: int = 1280, scheme: str = "light") -> Page:
        number = next(_numbers)
        lines = [
            f"{name}{'abcdefgh'[number % 8] * 3};Prune;{day + 10}/0{number % 9 + 1}/2004;0639{number:02d}00{day:02d};Foix;Gar. Jeunes"
            for day, name in enumerate(_NAMES)
        ]
        file = tmp_path / f"grille{number}.csv"
        file.write_text(
            "\n".join(["Nom;Prénom;Date de naissance;Téléphone;Ville;Dispositif", *lines]), encoding="utf-8"
        )
        page = open_page("administrateur", width, scheme)
        page.goto("/imports")
        page.locator("input[type=file]").first.set_input_files(file)
        page.get_by_role("button", name="Lire les fichiers").click()
        page.wait_for_url(re.compile("/(apercu|reconnaissance)"), timeout=60_000)
        page.goto(page.url.replace("reconnaissance", "apercu").partition("?")[0] + "?onglet=create")
        return page

    return opened


def cell(page: Page, row: int, column: str) -> Locator:
    return page.locator(f'tr[data-pk="{row}"] td[data-col="{column}"]')


def test_a_cell_is_corrected_with_the_keys_alone(preview: Callable[..., Page]) -> None:
    page = preview()
    page.evaluate("window.kept = true")
    cell(page, 0, "phone").focus()
    page.keyboard.press("ArrowDown")
    expect(cell(page, 1, "phone")).to_be_focused()
    page.keyboard.press("Enter")
    field = cell(page, 1, "phone").locator("input[name=value]")
    expect(field).to_be_focused()
    field.fill("06 39 98 7")
    page.keyboard.press("Enter")
    expect(cell(page, 1, "phone")).to_contain_text("Il manque")
    expect(field).to_have_value("06 39 98 7")
    field.fill("06.39.98.77.77")
    page.keyboard.press("Tab")
    expect(cell(page, 1, "phone")).to_contain_text("06 39 98 77 77")
    assert cell(page, 1, "phone").evaluate(
        "(c) => document.activeElement !== c && document.activeElement.matches('td[data-col]')"
    )
    assert page.evaluate("window.kept")


def test_a_wrong_correction_that_is_given_up_changes_nothing(preview: Callable[..., Page]) -> None:
    page = preview()
    before = cell(page, 0, "phone").inner_text()
    cell(page, 0, "phone").focus()
    page.keyboard.press("F2")
    field = cell(page, 0, "phone").locator("input[name=value]")
    expect(field).to_be_focused()
    field.fill("12")
    page.keyboard.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Escape")
    expect(cell(page, 0, "phone")).to_be_focused()
    page.reload()
    assert cell(page, 0, "phone").inner_text() == before


def test_a_pasted_column_fills_the_cells_below_in_one_request(preview: Callable[..., Page]) -> None:
    page = preview()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    cell(page, 1, "phone").focus()
    page.evaluate(
        """() => { const data = new DataTransfer(); data.setData("text/plain", "0639988101\\n06 39\\n0639988103\\n");
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }"""
    )
    expect(cell(page, 1, "phone")).to_contain_text("06 39 98 81 01")
    expect(cell(page, 2, "phone")).to_contain_text("non enregistré")
    expect(cell(page, 3, "phone")).to_contain_text("06 39 98 81 03")
    expect(page.locator("#grille-dit")).to_contain_text("2 cellules enregistrées, 1 refusée")
    expect(cell(page, 1, "phone")).to_be_focused()
    assert len(sent) == 1


def test_ticked_rows_are_ignored_together_and_taken_up_again(preview: Callable[..., Page]) -> None:
    page = preview()
    page.locator("input[name=rowid]").nth(1).click()
    page.locator("input[name=rowid]").nth(3).click(modifiers=["Shift"])
    page.get_by_role("button", name="Ignorer les 3 cochées").click()
    expect(page.locator("#decisions")).to_contain_text("Ignorées 3")
    page.get_by_role("link", name="Ignorées 3").click()
    page.locator("thead input[type=checkbox]").check()
    page.get_by_role("button", name="Reprendre les 3 cochées").click()
    expect(page.locator("#decisions")).not_to_contain_text("Ignorées")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_the_grid_is_open_to_everybody(preview: Callable[..., Page], width: int, scheme: str) -> None:
    page = preview(width, scheme)
    cell(page, 0, "phone").focus()
    page.keyboard.press("Enter")
    expect(cell(page, 0, "phone").locator("input[name=value]")).to_be_focused()
    assert faults(page) == []
