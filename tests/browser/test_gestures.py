"""The gestures of a working day, in a real browser."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Locator, Page, expect

from ml_admin import models as m
from ml_admin.database import Actor, writing
from tests.browser.conftest import PASSWORD, Office, accessibility_faults, sign_in

Opener = Callable[..., Page]


def button(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def toast(page: Page) -> Locator:
    return page.locator("#ml-toasts")


def search_list(page: Page, words: str) -> None:
    page.get_by_label("Chercher dans cette liste").fill(words)
    page.keyboard.press("Enter")
    page.wait_for_load_state()


# --- Coming in, finding ----------------------------------------------------------------------------------------------


def test_a_wrong_password_is_said_and_the_name_stays(stranger: Page) -> None:
    sign_in(stranger, "audit", "une-autre-phrase-assez-longue")
    expect(stranger.get_by_role("alert")).to_be_visible()
    expect(stranger.get_by_label("Nom de compte ou adresse e-mail")).to_have_value("audit")


def test_one_signs_in_lands_on_the_day_and_signs_out(stranger: Page) -> None:
    sign_in(stranger, "conseillere")
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Ma journée")
    stranger.locator(".ml-top summary").click()
    button(stranger, "Se déconnecter").click()
    stranger.goto("/jeunes/")
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Se connecter")


def test_slash_finds_a_name_without_accents_and_keeps_it_out_of_the_address(open_page: Opener, office: Office) -> None:
    office.person("ÉLÉONORÉ-GARÇON")
    page = open_page("conseillere")
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("eleonore garcon")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Camille Éléonoré-Garçon")
    assert "eleonore" not in page.url.lower()


def test_a_search_without_result_says_what_to_do(open_page: Opener) -> None:
    page = open_page("conseillere")
    page.goto("/")
    page.locator("#find").fill("zzzz")
    page.keyboard.press("Enter")
    expect(page.locator(".ml-empty h2")).to_have_text("Rien ne répond à «\u00a0zzzz\u00a0»")
    expect(page.get_by_role("link", name="Voir tous les jeunes")).to_be_visible()


# --- Lists -----------------------------------------------------------------------------------------------------------


def test_a_filter_becomes_a_chip_and_leaves_by_its_cross(open_page: Opener) -> None:
    page = open_page("conseillere")
    page.goto("/jeunes/")
    every = page.locator(".ml-head .ml-sub b").inner_text()
    button(page, "Ajouter un filtre").click()
    page.get_by_label("Champ").select_option(label="État")
    page.get_by_role("checkbox", name="Sorti").check()
    button(page, "Filtrer la liste").click()
    page.wait_for_load_state()
    expect(page.locator(".ml-chip")).to_have_text("État\u00a0: Sorti")
    assert set(page.locator("tbody td[data-col=status] .ml-st").all_inner_texts()) == {"Sorti"}
    page.get_by_role("link", name="Retirer le filtre État Sorti").click()
    expect(page.locator(".ml-chip")).to_have_count(0)
    assert page.locator(".ml-head .ml-sub b").inner_text() == every


def test_a_filter_on_days_takes_two_of_them(open_page: Opener) -> None:
    page = open_page("conseillere")
    page.goto("/jeunes/")
    button(page, "Ajouter un filtre").click()
    page.get_by_label("Champ").select_option(label="Naissance")
    page.get_by_role("textbox", name="Valeur").fill("2004-01-01")
    page.get_by_role("textbox", name="Jusqu’à").fill("2004-12-31")
    button(page, "Filtrer la liste").click()
    expect(page.locator(".ml-chip")).to_have_text("Naissance\u00a0: du 01/01/2004 au 31/12/2004")


def test_a_heading_sorts_and_says_it(open_page: Opener) -> None:
    page = open_page("conseillere")
    page.goto("/jeunes/")
    page.get_by_role("columnheader", name="Commune").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Commune")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("columnheader", name="Commune").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Commune")).to_have_attribute("aria-sort", "descending")


def test_columns_and_page_size_are_kept_for_the_account(open_page: Opener) -> None:
    page = open_page("direction")
    page.goto("/partenaires/")
    button(page, "Colonnes").click()
    page.get_by_role("dialog").get_by_label("Horaires").check()
    button(page, "Appliquer").click()
    expect(page.get_by_role("columnheader", name="Horaires")).to_be_visible()
    page.get_by_label("Lignes par page").select_option("20")
    expect(page.get_by_text("Lignes 1 à 20 sur")).to_be_visible()
    page.goto("/")
    page.goto("/partenaires/")
    expect(page.get_by_role("columnheader", name="Horaires")).to_be_visible()
    button(page, "Colonnes").click()
    button(page, "Colonnes d’origine").click()
    expect(page.get_by_role("columnheader", name="Horaires")).to_have_count(0)


def test_a_list_leaves_as_a_workbook(open_page: Opener, tmp_path: Path) -> None:
    page = open_page("conseillere")
    page.goto("/jeunes/?f.status=closed")
    count = int(page.locator(".ml-head .ml-sub b").inner_text())
    page.locator(".ml-filters summary").click()
    with page.expect_download() as sent:
        button(page, "Excel (.xlsx)").click()
    sent.value.save_as(tmp_path / "jeunes.xlsx")
    sheet = load_workbook(tmp_path / "jeunes.xlsx").worksheets[0]
    assert sheet.max_row == count + 1


# --- One cell --------------------------------------------------------------------------------------------------------


def cell_of(page: Page, name: str, column: str) -> Locator:
    return page.get_by_role("row", name=name).locator(f"td[data-col={column}]")


def box_of(page: Page) -> Locator:
    return page.locator(".ml-qedit").get_by_role("textbox", name="Téléphone")


def test_a_cell_is_changed_by_the_keyboard_alone(open_page: Opener, office: Office) -> None:
    key = office.person("CELLULE", phone="+33639980001")
    page = open_page("conseillere")
    page.goto("/jeunes/")
    search_list(page, "cellule")
    page.get_by_role("rowheader", name="Cellule Camille").get_by_role("link").focus()
    page.keyboard.press("F2")
    expect(box_of(page)).to_be_focused()
    page.keyboard.type("06 39 98 00 02")
    page.keyboard.press("Enter")
    expect(cell_of(page, "Cellule Camille", "phone")).to_contain_text("06\u00a039\u00a098\u00a000\u00a002")
    expect(page.locator("#ml-said")).to_have_text("Téléphone enregistré.")
    expect(page.get_by_role("button", name="Modifier Téléphone")).to_be_focused()
    assert office.read(m.YoungPerson, key, "phone") == "+33639980002"


def test_escape_gives_the_cell_back(open_page: Opener, office: Office) -> None:
    key = office.person("RENONCE", phone="+33639980001")
    page = open_page("conseillere")
    page.goto("/jeunes/")
    search_list(page, "renonce")
    cell = cell_of(page, "Renonce Camille", "phone")
    cell.dblclick(position={"x": 100, "y": 8})
    box_of(page).fill("06 39 98 99 99")
    page.keyboard.press("Escape")
    expect(cell).to_contain_text("06\u00a039\u00a098\u00a000\u00a001")
    expect(cell.get_by_role("button")).to_be_focused()
    assert office.read(m.YoungPerson, key, "phone") == "+33639980001"


def test_a_cell_that_cannot_be_read_says_why_and_keeps_what_was_typed(open_page: Opener, office: Office) -> None:
    office.person("ILLISIBLE")
    page = open_page("conseillere")
    page.goto("/jeunes/")
    search_list(page, "illisible")
    cell = cell_of(page, "Illisible Camille", "phone")
    cell.hover()
    cell.get_by_role("button").click()
    box_of(page).fill("06 39")
    page.keyboard.press("Enter")
    expect(cell.get_by_role("alert")).to_contain_text("Il manque")
    expect(box_of(page)).to_have_value("06 39")


def test_two_people_in_one_cell_are_told_apart(open_page: Opener, office: Office) -> None:
    key = office.person("RENCONTRE", phone="+33639980001")
    page, other = open_page("conseillere"), open_page("direction")
    for one in (page, other):
        one.goto("/jeunes/")
        search_list(one, "rencontre")
        cell_of(one, "Rencontre Camille", "phone").hover()
        cell_of(one, "Rencontre Camille", "phone").get_by_role("button").click()
    box_of(other).fill("06 39 98 00 08")
    other.keyboard.press("Enter")
    expect(cell_of(other, "Rencontre Camille", "phone")).to_contain_text("08")
    box_of(page).fill("06 39 98 00 09")
    box_of(page).press("Enter")
    expect(page.get_by_role("alert").filter(has_text="entre-temps")).to_be_visible()
    assert office.read(m.YoungPerson, key, "phone") == "+33639980008"
    box_of(page).press("Enter")
    expect(cell_of(page, "Rencontre Camille", "phone")).to_contain_text("09")
    assert office.read(m.YoungPerson, key, "phone") == "+33639980009"


# --- Several lines ---------------------------------------------------------------------------------------------------


def test_a_selection_changes_together(open_page: Opener, office: Office) -> None:
    keys = [office.person("ENSEMBLE", city=town) for town in ("Foix", "Pamiers", "Lavelanet")]
    page = open_page("conseillere")
    page.goto("/jeunes/")
    search_list(page, "ensemble")
    page.get_by_label("Choisir les 3 lignes de la page").check()
    expect(page.locator("#ml-bulk [data-count]")).to_have_text("3 sélectionnés")
    button(page, "Modifier…").click()
    page.get_by_role("combobox", name="État").select_option(label="En pause")
    page.get_by_role("form", name="État").get_by_role("button").click()
    expect(toast(page)).to_contain_text("3 jeunes")
    assert {office.read(m.YoungPerson, key, "status").value for key in keys} == {"paused"}


def test_all_the_results_can_be_chosen_beyond_the_page(open_page: Opener) -> None:
    page = open_page("conseillere")
    page.goto("/jeunes/")
    total = page.locator(".ml-head .ml-sub b").inner_text()
    page.locator("thead input[type=checkbox]").check()
    page.locator("[data-select-all]").click()
    expect(page.locator("#ml-bulk [data-count]")).to_contain_text("résultats sont sélectionnés")
    assert page.locator("#ml-bulk").get_attribute("data-total") == total
    button(page, "Tout désélectionner").click()
    expect(page.locator("#ml-bulk")).to_be_hidden()


def test_a_deletion_asks_first_and_comes_back_whole(open_page: Opener, office: Office) -> None:
    key = office.person("SUPPRIME")
    page = open_page("direction")
    page.goto(f"/jeunes/{key}")
    page.locator(".ml-id summary").click()
    button(page, "Supprimer la fiche").click()
    expect(page.get_by_role("dialog")).to_contain_text("Supprimer «\u00a0Camille Supprime\u00a0»")
    expect(button(page, "Garder la fiche")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", level=1)).to_have_text("Camille Supprime")
    page.locator(".ml-id summary").click()
    button(page, "Supprimer la fiche").click()
    page.get_by_role("dialog").get_by_role("button", name="Supprimer la fiche").click()
    expect(toast(page)).to_contain_text("La fiche est supprimée")
    page.get_by_role("link", name="Fiches supprimées").click()
    page.get_by_role("listitem").filter(has_text="Supprime Camille").get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Camille Supprime")
    assert page.url.endswith(f"/jeunes/{key}")


def test_a_deletion_is_undone_from_its_message(open_page: Opener, office: Office) -> None:
    key = office.person("DÉFAIRE")
    page = open_page("direction")
    page.goto(f"/jeunes/{key}")
    page.locator(".ml-id summary").click()
    button(page, "Supprimer la fiche").click()
    page.get_by_role("dialog").get_by_role("button", name="Supprimer la fiche").click()
    button(toast(page), "Défaire").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Camille Défaire")


def test_who_may_not_restore_is_told_who_may(open_page: Opener, office: Office) -> None:
    page = open_page("conseillere")
    page.goto(f"/jeunes/{office.person('AUTRUI')}")
    page.locator(".ml-id summary").click()
    button(page, "Supprimer la fiche").click()
    expect(page.get_by_role("dialog")).to_contain_text("La direction ou l’administration pourra la rétablir.")


# --- Forms -----------------------------------------------------------------------------------------------------------


def test_a_form_with_faults_keeps_what_was_typed_and_leads_to_them(open_page: Opener) -> None:
    page = open_page("conseillere")
    page.goto("/jeunes/nouveau")
    page.get_by_label("Prénom").fill("Zoé")
    page.get_by_label("Téléphone", exact=True).fill("06 12")
    button(page, "Créer la fiche").click()
    expect(page.locator(".ml-errors")).to_be_focused()
    expect(page.get_by_label("Prénom")).to_have_value("Zoé")
    expect(page.get_by_label("Téléphone", exact=True)).to_have_value("06 12")
    page.locator(".ml-errors").get_by_role("link", name="Nom").first.click()
    expect(page.get_by_label("Nom obligatoire", exact=True)).to_be_focused()


def test_two_saves_of_one_field_are_laid_side_by_side(open_page: Opener, office: Office) -> None:
    key = office.person("CONFLIT", phone="+33639980001", city="Foix")
    page, other = open_page("conseillere"), open_page("direction")
    for one in (page, other):
        one.goto(f"/jeunes/{key}/modifier")
    other.get_by_label("Téléphone", exact=True).fill("06 39 98 00 02")
    other.get_by_label("Commune").fill("Pamiers")
    button(other, "Enregistrer").click()
    page.get_by_label("Téléphone", exact=True).fill("06 39 98 00 03")
    page.get_by_label("Adresse").fill("3 rue du Pont")
    button(page, "Enregistrer").click()
    expect(page.get_by_role("heading", name="Une valeur a changé en même temps")).to_be_visible()
    assert page.get_by_role("radio", checked=True).count() == page.locator(".ml-seg input:checked").count()
    assert accessibility_faults(page) == []
    page.get_by_role("row", name="Téléphone").get_by_role("radio").first.check()
    button(page, "Enregistrer").click()
    expect(toast(page)).to_contain_text("enregistrés")
    kept = [office.read(m.YoungPerson, key, name) for name in ("phone", "city", "address")]
    assert kept == ["+33639980003", "Pamiers", "3 rue du Pont"]


def test_a_picker_is_worked_by_the_keyboard(open_page: Opener, office: Office) -> None:
    key = office.person("PÉKIN")
    page = open_page("conseillere")
    page.goto("/plan-actions/nouveau")
    box = page.get_by_role("combobox", name="Jeune")
    box.focus()
    page.keyboard.type("pekin")
    expect(page.get_by_role("option", name="Pékin Camille")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box).to_have_value("Pékin Camille")
    expect(box).to_have_attribute("aria-expanded", "false")
    assert page.locator("input[type=hidden][name=young_person]").input_value() == str(key)
    page.keyboard.press("Control+a")
    page.keyboard.type("quelqu’un d’autre")
    page.keyboard.press("Tab")
    expect(box).to_have_value("Pékin Camille")


def test_a_picker_shows_its_first_answers_when_it_is_clicked(open_page: Opener) -> None:
    page = open_page("administrateur")
    page.goto("/comptes/nouveau")
    page.get_by_role("combobox", name="Site").click()
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(3)


def test_the_answer_of_an_appointment_takes_one_gesture(open_page: Opener, office: Office) -> None:
    person = office.person("RÉSULTAT")
    start = datetime.now(UTC) - timedelta(minutes=45)
    with writing(office.engine, Actor(None, "Mise en place")) as session:
        late = m.Appointment(young_person_id=person, starts_at=start, ends_at=start + timedelta(minutes=30))
        session.add(late)
        session.flush()
        key = late.id
    page = open_page("direction")
    page.goto("/")
    row = page.get_by_role("row", name="Camille Résultat")
    button(row, "Venu").click()
    expect(row.locator("td").last).to_contain_text("Venu")
    expect(button(row, "Absent")).to_have_count(0)
    assert office.read(m.Appointment, key, "outcome").value == "attended"


def test_an_earlier_version_comes_back(open_page: Opener, office: Office) -> None:
    key = office.person("VERSION", city="Foix")
    page = open_page("direction")
    page.goto(f"/jeunes/{key}/modifier")
    page.get_by_label("Commune").fill("Pamiers")
    button(page, "Enregistrer").click()
    page.get_by_role("heading", name="Modifications").scroll_into_view_if_needed()
    expect(page.locator(".ml-changes")).to_contain_text("Pamiers")
    expect(button(page, "Revenir à cette version")).to_have_count(1)
    button(page, "Revenir à cette version").click()
    page.get_by_role("dialog").get_by_role("button", name="Revenir à cette version").click()
    expect(toast(page)).to_contain_text("revenue")
    assert office.read(m.YoungPerson, key, "city") == "Foix"


# --- Accounts, look, keyboard ----------------------------------------------------------------------------------------


def test_a_new_account_leads_to_its_link_and_the_link_to_a_password(open_page: Opener, stranger: Page) -> None:
    page = open_page("administrateur")
    page.goto("/comptes/nouveau")
    page.get_by_label("Nom de compte").fill("nouvelle")
    page.get_by_label("E-mail").fill("nouvelle@example.org")
    page.get_by_role("combobox", name="Rôle").select_option(label="Accueil")
    button(page, "Créer la fiche").click()
    expect(page.get_by_text("Ce compte attend son mot de passe")).to_be_visible()
    button(page, "Créer le lien").click()
    link = page.get_by_label("Le lien").input_value()
    assert accessibility_faults(page) == []
    stranger.goto(link)
    stranger.get_by_label("Nouveau mot de passe obligatoire", exact=True).fill(PASSWORD + "-nouvelle")
    stranger.get_by_label("encore une fois").fill(PASSWORD + "-nouvelle")
    button(stranger, "Enregistrer le mot de passe").click()
    sign_in(stranger, "nouvelle", PASSWORD + "-nouvelle")
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Ma journée")


def test_a_rule_is_chosen_in_a_list_and_refused_with_its_bounds(open_page: Opener) -> None:
    page = open_page("administrateur")
    page.goto("/regles/")
    page.get_by_role("link", name="Changer\u00a0: Sans contact depuis").click()
    expect(page.get_by_role("combobox", name="Règle")).to_have_value("watch.no_contact_days")
    page.get_by_label("Valeur").fill("1000")
    button(page, "Créer la fiche").click()
    expect(page.locator(".ml-errors")).to_contain_text("de 7 à 365")
    page.get_by_label("Valeur").fill(" 35 ")
    button(page, "Créer la fiche").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sans contact depuis")
    page.goto("/regles/")
    expect(page.get_by_role("row", name="Sans contact depuis").first).to_contain_text("35 jours")


def test_the_theme_is_kept_with_the_account(open_page: Opener) -> None:
    page = open_page("entreprises")
    page.goto("/")
    for wanted in ("dark", "light"):
        with page.expect_response("**/preferences/theme"):
            button(page, "Clair ou sombre").first.click()
        expect(page.locator("html")).to_have_attribute("data-bs-theme", wanted)
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-bs-theme", wanted)


def test_the_keys_are_told_and_escape_gives_the_focus_back(open_page: Opener) -> None:
    page = open_page("conseillere")
    page.goto("/jeunes/")
    opener = button(page, "Raccourcis clavier").first
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Raccourcis clavier")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Raccourcis clavier")).to_be_visible()


def test_a_list_is_walked_with_the_arrows(open_page: Opener) -> None:
    page = open_page("conseillere")
    page.goto("/jeunes/")
    names = page.locator("tbody th a")
    names.first.focus()
    page.keyboard.press("ArrowDown")
    expect(names.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(names.first).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("tbody input[name=rowid]").first).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#ml-bulk")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nouveau jeune")


def test_the_first_tab_leads_to_the_content(open_page: Opener) -> None:
    page = open_page("conseillere")
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#contenu")).to_be_focused()


def test_a_menu_opens_and_closes_by_the_keyboard(open_page: Opener) -> None:
    page = open_page("conseillere")
    page.goto("/")
    menu = page.locator(".ml-top summary")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Mon compte")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Mon compte")).to_be_hidden()
    expect(menu).to_be_focused()


# --- Without JavaScript ----------------------------------------------------------------------------------------------


def test_without_javascript_a_record_is_found_changed_and_deleted(open_page: Opener, office: Office) -> None:
    key = office.person("SIMPLE", city="Foix")
    page = open_page("direction", java_script_enabled=False)
    page.goto("/jeunes/")
    search_list(page, "simple camille")
    page.get_by_role("link", name="Simple Camille", exact=True).click()
    page.get_by_role("link", name="Modifier").click()
    page.get_by_label("Commune").fill("Pamiers")
    button(page, "Enregistrer").click()
    assert office.read(m.YoungPerson, key, "city") == "Pamiers"
    page.get_by_role("link", name="Voir les modifications").click()
    expect(page.locator(".ml-changes")).to_contain_text("Pamiers")
    page.goto(f"/jeunes/{key}")
    page.locator(".ml-id summary").click()
    button(page, "Supprimer la fiche").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Supprimer")
    button(page, "Supprimer la fiche").click()
    expect(page.get_by_text("La fiche est supprimée")).to_be_visible()


def test_without_javascript_a_filter_is_set_and_an_answer_given(open_page: Opener, office: Office) -> None:
    page = open_page("conseillere", java_script_enabled=False)
    page.goto("/")
    row = page.locator("#issue").locator("xpath=ancestor::section").locator("tbody tr").first
    key = int(row.locator("input[name=id]").input_value())
    button(row, "Absent").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ma journée")
    assert office.read(m.Appointment, key, "outcome").value == "absent"


# --- Import ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Nom", "Prénom", "Né(e) le", "Portable", "Ville"])
    sheet.append(["ZÉPHIRIN", "Ondine", "12/03/2005", "06 39 98 10 10", "Foix"])
    sheet.append(["ZÉPHIRIN", "Octave", "03/09/2006", "06 39 98 10 11", "Pamiers"])
    book.save(tmp_path / "accueil.xlsx")
    return tmp_path / "accueil.xlsx"


def test_a_workbook_becomes_records_and_goes_away_again(open_page: Opener, workbook: Path) -> None:
    page = open_page("administrateur")
    page.goto("/imports")
    page.locator("input[type=file]").set_input_files(workbook)
    button(page, "Lire les fichiers").click()
    page.wait_for_url("**/apercu**", timeout=60_000)
    assert accessibility_faults(page) == []
    page.get_by_role("link", name="Feuilles et colonnes").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("bien lu")
    assert accessibility_faults(page) == []
    page.get_by_role("link", name="Voir l’aperçu").or_(page.get_by_role("button", name="Voir l’aperçu")).first.click()
    button(page, "Écrire les 2 lignes sûres").click()
    page.get_by_role("dialog").get_by_role("button", name="Écrire les 2 lignes sûres").click()
    page.wait_for_url("**/resultat**", timeout=60_000)
    expect(page.get_by_text("2 jeunes créés").first).to_be_visible()
    assert accessibility_faults(page) == []
    result = page.url
    page.locator("#find").fill("zephirin")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Zéphirin Ondine")).to_be_visible()
    page.goto(result)
    page.get_by_role("link", name="Annuler cet import").click()
    assert accessibility_faults(page) == []
    button(page, "Annuler cet import").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import annulé")
    page.locator("#find").fill("zephirin")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Rien ne répond à")).to_be_visible()
