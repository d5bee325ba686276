"""Tokens, headers and addresses: no writing request without its token, no GET that writes, no name outside a page."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, table
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.accounts import CLOSED
from ml_admin.choices import RoleName, Scope
from ml_admin.views.registry import views
from tests.views.two_sites import Database, TwoSites, two_sites

NAMES = ("Amina", "GARÇON", "garcon", "Gar%C3%A7on")
# written apart from the page: who read what, who is signed in
WRITTEN_BY_READING = {"consultation", "login_attempt"}


@pytest.fixture(scope="module")
def house(filled_url: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoSites]:
    with two_sites(filled_url("sqlite"), tmp_path_factory.mktemp("data")) as house:
        house.reach(Scope.ALL)
        yield house


@pytest.fixture
def guarded_house(house: TwoSites) -> Iterator[TwoSites]:
    house.app.config["WTF_CSRF_ENABLED"] = True
    yield house
    house.app.config["WTF_CSRF_ENABLED"] = False


def addresses(house: TwoSites, method: str) -> list[tuple[str, str]]:
    """(endpoint, address) of each rule that answers this method, with keys of records that are there."""
    found = []
    with house.app.test_request_context():
        entities = {view.endpoint: view.model for view in views().values()}
        adapter = house.app.url_map.bind("localhost")
        for rule in house.app.url_map.iter_rules():
            if method in (rule.methods or ()) and rule.endpoint not in CLOSED:
                model = entities.get(rule.endpoint.partition(".")[0])
                values = _values(house, rule.endpoint, model)
                given = {name: value for name, value in values.items() if name in rule.arguments}
                found.append((rule.endpoint, adapter.build(rule.endpoint, given, method=method)))
    return found


def _values(house: TwoSites, endpoint: str, model: type[m.Base] | None) -> Mapping[str, Any]:
    key = house.own[model] if model else house.spare_account
    return {
        "key": house.imports[RoleName.ADMINISTRATOR] if endpoint.startswith("imports.") else key,
        "entry": house.deleted_own.get(model, 1) if model else 1,
        "other": house.own[m.YoungPerson] if endpoint.startswith("duplicates.") else "barriers",
        "kind": "jeunes",
        "one": house.own[m.YoungPerson],
        "relation": "young_person",
        "export_type": "xlsx",
        "filename": "ml.css",
        "token": "unknown",
        "entity": "young_person",
        "position": 1,
    }


def counted(house: TwoSites) -> dict[str, int]:
    with Session(house.engine) as session:
        return {
            name: session.scalar(select(func.count()).select_from(table(name))) or 0
            for name in m.Base.metadata.tables
            if name not in WRITTEN_BY_READING
        }


def versions(house: TwoSites) -> dict[str, int]:
    with Session(house.engine) as session:
        return {
            each.name: session.scalar(select(func.sum(each.c.version))) or 0
            for each in m.Base.metadata.sorted_tables
            if "version" in each.c
        }


# --- Tokens ----------------------------------------------------------------------------------------------------------


def refused(client: FlaskClient, address: str, form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    answer = client.post(address, data=form, headers=headers)
    return answer.status_code == 400 and "rechargez" in answer.text.casefold()


@pytest.mark.parametrize("token", ["", "wrong", "stale"])
def test_no_request_writes_without_the_token_of_its_session(guarded_house: TwoSites, token: str) -> None:
    house, client = guarded_house, guarded_house.new_browser(RoleName.ADMINISTRATOR)
    sent = {
        "": {},
        "wrong": {"csrf_token": "x.y.z"},
        "stale": {"csrf_token": token_of(house.new_browser(RoleName.MANAGER))},
    }
    before = counted(house), versions(house)
    posts = addresses(house, "POST")
    accepted = [endpoint for endpoint, address in posts if not refused(client, address, sent[token], {})]
    accepted += [
        endpoint
        for endpoint, address in posts
        if not refused(client, address, {}, {"HX-Request": "true", "X-CSRFToken": sent[token].get("csrf_token", "")})
    ]
    assert accepted == []
    assert (counted(house), versions(house)) == before


def token_of(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/jeunes/nouveau").text)
    assert found
    return found[1]


def test_the_token_of_the_page_opens_every_form(guarded_house: TwoSites) -> None:
    client = guarded_house.new_browser(RoleName.MANAGER)
    token, person = token_of(client), guarded_house.own[m.YoungPerson]
    form = {"csrf_token": token, "version": "1"}
    assert client.post(f"/jeunes/{person}/modifier", data=form).status_code == 303
    cell = {"id": str(person), "column": "phone", "version": "9", "value": "06 39 98 00 01"}
    assert client.post("/jeunes/saisie", data=cell, headers={"X-CSRFToken": token}).status_code in (200, 409)
    assert client.post("/deconnexion", data={"csrf_token": token}).status_code == 302


def test_a_writing_route_is_closed_to_other_methods(house: TwoSites) -> None:
    client, open_ = house.browser(RoleName.ADMINISTRATOR), []
    for number, (endpoint, address) in enumerate(addresses(house, "POST")):
        method = ("PUT", "PATCH", "DELETE")[number % 3]
        answer = client.open(address, method=method)
        if answer.status_code not in (404, 405):
            open_.append((endpoint, method, answer.status_code))
    assert open_ == []


# --- Reading writes nothing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [RoleName.ADMINISTRATOR, None])
def test_a_get_changes_no_row(house: TwoSites, role: RoleName | None) -> None:
    client = house.browser(role)
    before = counted(house), versions(house)
    pages = addresses(house, "GET")
    for _, address in pages:
        client.get(address)
        client.head(address)
    assert len(pages) > 150
    assert (counted(house), versions(house)) == before
    if role is not None:
        assert client.get("/").status_code == 200  # still signed in


# --- Headers and addresses -------------------------------------------------------------------------------------------

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize("role", [RoleName.ADMINISTRATOR, None])
def test_every_answer_carries_the_headers(house: TwoSites, role: RoleName | None) -> None:
    client, wrong = house.browser(role), []
    asked = [(endpoint, client.get(address)) for endpoint, address in addresses(house, "GET")]
    asked += [
        (endpoint, client.post(address)) for endpoint, address in addresses(house, "POST") if "log" not in endpoint
    ]
    asked += [
        ("nowhere", client.get("/nulle-part")),
        ("method", client.put("/jeunes/")),
        ("text", client.get("/sante")),
    ]
    for endpoint, answer in asked:
        policy = answer.headers.get("Content-Security-Policy", "")
        sound = "script-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        sound = sound and all(answer.headers.get(name) == value for name, value in HEADERS.items())
        sound = sound and answer.headers.get("Referrer-Policy") in ("same-origin", "no-referrer")
        sound = sound and bool(answer.headers.get("Permissions-Policy"))
        if "static" not in endpoint:
            sound = sound and answer.headers.get("Cache-Control") == "no-store"
        if not sound:
            wrong.append((endpoint, answer.status_code, dict(answer.headers)))
    assert not wrong, "\n".join(map(str, wrong))


def test_a_style_sheet_is_kept_by_the_browser_and_a_page_is_not(house: TwoSites) -> None:
    client = house.browser(RoleName.COUNSELLOR)
    page = client.get("/jeunes/")
    sheet = re.search(r'href="(/static/ml\.css\?v=[^"]+)"', page.text)
    assert sheet and "immutable" in client.get(sheet[1]).headers["Cache-Control"]
    assert page.headers["Cache-Control"] == "no-store"


def test_the_cookie_is_kept_from_scripts_and_other_sites(house: TwoSites) -> None:
    cookies = house.app.test_client().get("/connexion").headers.getlist("Set-Cookie")
    assert cookies and all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)


def test_no_name_stands_in_an_address(house: TwoSites) -> None:
    client, locations, links = house.browser(RoleName.ADMINISTRATOR), [], set()
    for view in ("jeunes", "rendez-vous", "plan-actions", "freins", "inscriptions", "entretiens"):
        for form in ({"search": "Amina"}, {"search": "GARÇON", "etat": "tri=-last_name"}):
            locations.append(client.post(f"/{view}/chercher", data=form).location)
        for field in ("city", "birth_date", "status", "counsellor", "notes", "last_name"):
            locations.append(
                client.post(f"/{view}/filtrer", data={"field": field, "op": "contient", "value": "Amina"}).location
            )
    locations.append(client.post("/recherche", data={"q": "Amina Garçon"}).location or "")
    for _, address in addresses(house, "GET"):
        page = client.get(address)
        locations.append(page.location or "")
        links |= set(
            re.findall(
                r'(?:href|action|hx-get|hx-post|data-url)="(/[^"]*)"', page.text if page.mimetype == "text/html" else ""
            )
        )
    links |= set(re.findall(r'href="(/[^"]*)"', client.post("/recherche", data={"q": "garcon"}).text))
    assert len(links) > 200
    assert [
        address for address in [*locations, *links] if any(name.casefold() in address.casefold() for name in NAMES)
    ] == []
