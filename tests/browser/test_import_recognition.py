"""The recognition of a file, in a real browser: one gesture for each correction, on any screen."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE, faults

Opener = Callable[..., Page]

ODD = (
    "Nom;Prénom;Date de naissance;Tél.;Dispositif;Pointure;Obs. 2\n"
    "SERRANO;Yanis;07/11/2004;639981202;Tremplin 16;41;vu le 12\n"
    "FONTANEL;Léa;03/07/2003;06 39 98 12 03;CEJ;38;RAS\n"
    "AZÉMA;Lou;01/02/2005;639981204;CEJ;40;x\n"
)


def recognised(page: Page, text: str = ODD) -> Page:
    """The page of a file that was just dropped."""
    page.goto("/imports")
    page.locator("#files").set_input_files({"name": "liste.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.locator("form:has(#files) button").first.click()
    page.wait_for_url(re.compile(r"/imports/\d+/reconnaissance"))
    return page


def line(page: Page, heading: str) -> Locator:
    return page.locator("tr", has=page.get_by_role("rowheader", name=heading, exact=True))


def test_a_choice_is_read_again_in_the_same_place(open_page: Opener) -> None:
    page = recognised(open_page("conseillere"))
    field = page.get_by_label("Champ pour « Pointure »")
    field.scroll_into_view_if_needed()
    field.focus()
    field.select_option("Laissée de côté, gardée nulle part")
    expect(line(page, "Pointure")).to_contain_text("votre choix", timeout=PATIENCE)
    expect(line(page, "Pointure")).to_contain_text("3 valeurs laissées de côté")
    expect(field).to_be_focused()
    expect(page).to_have_url(re.compile("reconnaissance$"))


def test_two_choices_in_a_row_are_both_kept(open_page: Opener) -> None:
    page = recognised(open_page("conseillere"))
    page.get_by_label("Champ pour « Pointure »").select_option("-")
    expect(page.locator("#relecture")).to_have_text("Relecture en cours…")
    page.get_by_label("Champ pour « Obs. 2 »").select_option("Gardée à part, sur la fiche")
    expect(line(page, "Obs. 2")).to_contain_text("votre choix", timeout=PATIENCE)
    expect(line(page, "Pointure")).to_contain_text("votre choix", timeout=PATIENCE)


def test_a_doubtful_column_is_right_by_one_tick(open_page: Opener) -> None:
    page = recognised(open_page("conseillere"))
    line(page, "Obs. 2").get_by_label("c’est juste").check()
    expect(line(page, "Obs. 2")).to_contain_text("votre choix", timeout=PATIENCE)
    expect(line(page, "Obs. 2").get_by_label("c’est juste")).to_have_count(0)


def test_the_preview_waits_for_the_last_choice(open_page: Opener) -> None:
    page = recognised(open_page("conseillere"))
    page.get_by_label("Champ pour « Pointure »").select_option("-")
    expect(page.locator("#relecture")).to_have_text("Relecture en cours…")
    page.get_by_role("button", name="Voir l’aperçu").first.click()
    page.wait_for_url(re.compile("apercu"))
    expect(page.locator("main")).to_contain_text("« Pointure » : 3 valeurs laissées de côté")


def test_without_script_a_button_reads_again(open_page: Opener) -> None:
    address = recognised(open_page("conseillere")).url
    page = open_page("conseillere", java_script_enabled=False)
    page.goto(address)
    page.get_by_label("Champ pour « Pointure »").select_option("-")
    page.get_by_role("button", name="Relire avec ces choix").click()
    expect(page.locator("h1")).to_be_visible()
    for _ in range(400):  # a page without script is loaded again by hand until the reading is done
        page.goto(address)
        if "/reconnaissance" in page.url:
            break
    expect(line(page, "Pointure")).to_contain_text("votre choix", timeout=PATIENCE)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "light"), (1280, "dark"), (390, "dark")])
def test_the_page_has_no_fault(open_page: Opener, width: int, scheme: str) -> None:
    page = recognised(open_page("conseillere", width, scheme))
    cut = page.locator("select:visible").evaluate_all(
        "all => all.filter((s) => { const r = s.getBoundingClientRect(); return r.right > innerWidth || r.left < 0; }).length"
    )
    assert cut == 0
    assert faults(page) == []
