"""The desk of possible duplicates in a real browser: choices, keys, telephone, dark, without JavaScript."""

from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Page, expect

from ml_admin import duplicates
from ml_admin import models as m
from tests.browser.conftest import Office, faults

Opener = Callable[..., Page]
_numbers = count(1000)


@pytest.fixture
def twice(office: Office) -> tuple[int, int]:
    """One person written twice, alike enough to head the list."""
    number = f"+3363997{next(_numbers):04d}"
    keys = [
        office.person("ZUÑIGA-ROUX", phone=number, city="Foix"),
        office.person("ZUNIGA ROUX", phone=number, city="Foix", notes="Vue en mai"),
    ]
    duplicates.find_all(office.engine)
    return keys[0], keys[1]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_the_desk_is_open_to_everybody(open_page: Opener, twice: tuple[int, int], width: int, scheme: str) -> None:
    page = open_page("direction", width, scheme)
    for address in ("/doublons", "/doublons?etat=reunies", "/doublons?genre=partenaires&etat=differentes"):
        page.goto(address)
        assert faults(page) == []
    page.goto(f"/doublons/jeunes/{twice[0]}/{twice[1]}")
    assert faults(page) == []


def test_the_kept_value_follows_the_choice_and_the_keys_decide(
    open_page: Opener, office: Office, twice: tuple[int, int]
) -> None:
    page = open_page("direction")
    page.goto(f"/doublons/jeunes/{twice[0]}/{twice[1]}")
    line = page.get_by_role("row").filter(has=page.locator("[name=c-last_name]"))
    line.get_by_role("radio").nth(1).check()
    expect(line.locator("[data-result]")).to_have_text("Zuniga Roux")
    page.keyboard.press("f")
    expect(page.locator("#ml-toasts")).to_contain_text("n’en font plus qu’une")
    assert office.read(m.YoungPerson, twice[0], "last_name") == "ZUNIGA ROUX"
    page.locator("#ml-toasts").get_by_role("button", name="Défaire").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Réunir deux fiches")
    assert office.read(m.YoungPerson, twice[1], "notes") == "Vue en mai"


def test_arrows_go_through_the_pairs_and_d_sets_one_aside(open_page: Opener, twice: tuple[int, int]) -> None:
    page = open_page("direction")
    page.goto("/doublons")
    first = page.locator("#dm").inner_text()
    page.keyboard.press("ArrowRight")
    expect(page.locator("section > header > p")).to_contain_text("paire 2")
    page.wait_for_load_state()  # the keys are heard once the scripts run
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#dm")).to_have_text(first)
    page.wait_for_load_state()
    page.keyboard.press("d")
    expect(page.locator("#ml-toasts")).to_contain_text("n’est plus proposée")


def test_the_desk_works_without_javascript(open_page: Opener, office: Office, twice: tuple[int, int]) -> None:
    page = open_page("direction", java_script_enabled=False)
    page.goto(f"/doublons/jeunes/{twice[0]}/{twice[1]}")
    page.get_by_role("radio", name="Nom, fiche B").check()
    page.get_by_role("button", name="Fusionner en une fiche").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zuniga Roux")
    assert office.read(m.YoungPerson, twice[0], "notes") == "Vue en mai"
