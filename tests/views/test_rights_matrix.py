"""Every route × every role × own and other's record; a route that the tables below do not know fails."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import url_for
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from ml_admin import models as m
from ml_admin.accounts import CLOSED, PUBLIC
from ml_admin.choices import RoleName
from ml_admin.fields import fields_of
from ml_admin.permissions import PAGES, Viewer, may, may_see
from ml_admin.views.record_page import leaning
from ml_admin.views.registry import views
from tests.views.two_sites import Database, TwoSites, two_sites

ROLES = list(RoleName)
NONE = 987_654  # the key of no record
Form = Mapping[str, Any]


@pytest.fixture(scope="module")
def house(filled_url: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoSites]:
    with two_sites(filled_url("sqlite"), tmp_path_factory.mktemp("data")) as house:
        yield house


# --- What each route asks --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Probe:
    """The action of the rights table that a route of an entity asks for, and a request answered `status` where it holds."""

    action: str
    status: int
    send: Callable[[type[m.Base], int], Form] = lambda model, key: {}
    record: str = ""  # the argument of the address that is a key; "form" when the key is sent instead
    values: Form | None = None  # other arguments of the address


def quick_of(model: type[m.Base]) -> str:
    return next((name for name, field in fields_of(model).items() if field.quick), "")


def cell(model: type[m.Base], key: int) -> Form:
    return {"id": key, "column": quick_of(model), "version": 1, "value": "illisible"}


def boxes(action: str) -> Callable[[type[m.Base], int], Form]:
    return lambda model, key: {"action": action, "rowid": f"{key}.1"}


VERSION = {"version": "1"}
ENTITY: Mapping[tuple[str, str], tuple[Probe, ...]] = {
    ("index_view", "GET"): (Probe("read", 200),),
    ("search_list", "POST"): (Probe("read", 303, lambda model, key: {"search": "garcon"}),),
    ("add_filter", "POST"): (Probe("read", 303, lambda model, key: {"field": "nothing", "value": "1"}),),
    ("choose_columns", "POST"): (Probe("read", 303, lambda model, key: {"reset": "1"}),),
    ("choose_size", "POST"): (Probe("read", 303, lambda model, key: {"page_size": "50"}),),
    ("details_view", "GET"): (Probe("read", 200, record="key"),),
    ("history_view", "GET"): (Probe("read", 200, record="key"),),
    ("related_view", "GET"): (Probe("read", 404, record="key", values={"other": "nothing", "relation": "nothing"}),),
    ("ajax_lookup", "POST"): (Probe("read", 200, lambda model, key: {"query": ""}),),
    ("create_view", "GET"): (Probe("create", 200),),
    ("create_view", "POST"): (Probe("create", 422),),
    ("edit_view", "GET"): (Probe("update", 200, record="key"),),
    ("edit_view", "POST"): (Probe("update", 303, lambda model, key: VERSION, record="key"),),
    ("quick_form", "GET"): (Probe("update", 200, cell, record="form"),),
    ("ajax_update", "POST"): (Probe("update", 422, cell, record="form"),),
    ("delete_view", "POST"): (Probe("delete", 200, lambda model, key: VERSION, record="key"),),
    ("action_view", "POST"): (
        Probe("update", 200, boxes("change")),
        Probe("export", 307, boxes("export")),
        Probe("delete", 200, boxes("delete")),
    ),
    ("export", "POST"): tuple(
        Probe("export", 200, values={"export_type": kind}) for kind in ("csv", "xlsx", "options")
    ),
    ("restore_view", "POST"): (Probe("restore", 400, record="key"),),
    ("deleted_view", "GET"): (Probe("restore", 200),),
    ("undelete_view", "POST"): (Probe("restore", 303, record="entry"),),
}

EVERYBODY = frozenset(RoleName)
ACCOUNTS = frozenset(role for role in RoleName if may(Viewer(role), "update", m.Account))
MERGING = frozenset(role for role in RoleName if may(Viewer(role), "delete", m.YoungPerson))
PAIR = {"kind": "jeunes", "one": NONE, "other": NONE + 1}
# (endpoint, method): roles, the answer where it is open, the arguments of the address, what is sent
PAGE: Mapping[tuple[str, str], tuple[frozenset[RoleName], int, Form, Form]] = {
    ("admin.index", "GET"): (PAGES["home"], 200, {}, {}),
    ("admin.static", "GET"): (EVERYBODY, 404, {"filename": "nothing.js"}, {}),
    ("search.results", "GET"): (PAGES["search"], 302, {}, {}),
    ("search.results", "POST"): (PAGES["search"], 200, {}, {"q": "zz"}),
    ("figures.index", "GET"): (PAGES["figures"], 200, {}, {}),
    ("duplicates.index", "GET"): (PAGES["duplicates"], 200, {}, {}),
    ("duplicates.search", "POST"): (PAGES["duplicates"], 303, {}, {}),
    ("duplicates.progress", "GET"): (PAGES["duplicates"], 200, {}, {}),
    ("duplicates.pair", "GET"): (MERGING, 404, PAIR, {}),
    ("duplicates.unite", "POST"): (MERGING, 303, PAIR, {}),
    ("duplicates.judge", "POST"): (MERGING, 404, PAIR, {}),
    ("duplicates.choose", "GET"): (MERGING, 404, {"kind": "jeunes", "one": NONE}, {}),
    ("duplicates.choose", "POST"): (MERGING, 404, {"kind": "jeunes", "one": NONE}, {}),
    ("duplicates.undo_form", "GET"): (PAGES["duplicates"], 404, {"key": NONE}, {}),
    ("duplicates.take_back", "POST"): (PAGES["duplicates"], 404, {"key": NONE}, {}),
    ("consultations.index", "GET"): (PAGES["consultations"], 200, {}, {}),
    ("dictionary.index", "GET"): (PAGES["dictionary"], 200, {}, {}),
    ("preferences.theme", "POST"): (EVERYBODY, 303, {}, {}),
    ("accounts.mine", "GET"): (EVERYBODY, 200, {}, {}),
    ("accounts.end_my_sessions", "POST"): (EVERYBODY, 303, {}, {}),
    ("accounts.second_code", "GET"): (EVERYBODY, 200, {}, {}),
    ("accounts.second_code", "POST"): (EVERYBODY, 422, {}, {}),
    ("accounts.second_code_off", "POST"): (EVERYBODY, 422, {}, {}),
    ("accounts.recovery_codes", "POST"): (EVERYBODY, 303, {}, {}),
    ("security.change_password", "GET"): (EVERYBODY, 200, {}, {}),
    ("security.change_password", "POST"): (EVERYBODY, 422, {}, {}),
    ("accounts.issue_link", "POST"): (ACCOUNTS, 200, {"key": "spare"}, {}),
    ("accounts.end_sessions", "POST"): (ACCOUNTS, 303, {"key": "spare"}, {}),
    ("accounts.reset_totp", "POST"): (ACCOUNTS, 303, {"key": "spare"}, {}),
    ("accounts.close", "POST"): (ACCOUNTS, 303, {"key": "spare"}, {}),
    ("accounts.reopen", "POST"): (ACCOUNTS, 303, {"key": "spare"}, {}),
    ("security.logout", "POST"): (EVERYBODY, 302, {}, {}),
}
# of an import: the answer for one's own that waits to be checked, other arguments of the address
IMPORT: Mapping[tuple[str, str], tuple[int, Form]] = {
    ("index", "GET"): (200, {}),
    ("upload", "POST"): (422, {}),
    ("template", "GET"): (404, {"entity": "nothing"}),
    ("show", "GET"): (303, {}),
    ("progress", "GET"): (200, {}),
    ("retry", "POST"): (303, {}),
    ("stop", "POST"): (303, {}),
    ("recognition", "GET"): (200, {}),
    ("recognise", "POST"): (303, {}),
    ("answer_value", "POST"): (303, {}),
    ("forget_memory", "POST"): (303, {}),
    ("preview", "GET"): (200, {}),
    ("answer", "POST"): (400, {"position": 1}),
    ("cell_form", "GET"): (404, {}),
    ("correct", "POST"): (404, {}),
    ("paste", "POST"): (200, {}),
    ("answer_checked", "POST"): (400, {}),
    ("search", "POST"): (303, {}),
    ("write", "POST"): (303, {}),
    ("result", "GET"): (303, {}),
    ("remaining", "GET"): (200, {}),
    ("annotated_book", "GET"): (404, {}),
    ("undo_form", "GET"): (303, {}),
    ("take_back", "POST"): (303, {}),
    ("abandon", "POST"): (303, {}),
}
WITHOUT_BATCH = {"index", "upload", "template"}
# open to an anonymous visitor: the answer, the arguments of the address
OPEN: Mapping[tuple[str, str], tuple[int, Form]] = {
    ("health", "GET"): (200, {}),
    ("static", "GET"): (200, {"filename": "ml.css"}),
    ("security.login", "GET"): (200, {}),
    ("security.login", "POST"): (422, {}),
    ("security.two_factor_token_validation", "GET"): (302, {}),
    ("security.two_factor_token_validation", "POST"): (302, {}),
    ("accounts.link", "GET"): (404, {"token": "unknown"}),
    ("accounts.link", "POST"): (404, {"token": "unknown"}),
}


def routes(house: TwoSites) -> list[tuple[str, str]]:
    return sorted(
        (rule.endpoint, method)
        for rule in house.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


def entity_of(house: TwoSites, endpoint: str) -> Any:
    with house.app.app_context():
        return next((view for view in views().values() if view.endpoint == endpoint.partition(".")[0]), None)


def entity_routes(house: TwoSites) -> Iterator[tuple[Any, str, str]]:
    """(screen, suffix of the endpoint, method) of each route of an entity."""
    for endpoint, method in routes(house):
        view = entity_of(house, endpoint)
        if view is not None:
            yield view, endpoint.partition(".")[2], method


def ask(house: TwoSites, client: FlaskClient, endpoint: str, method: str, values: Form, sent: Form) -> TestResponse:
    with house.app.test_request_context():
        address = url_for(endpoint, **values)
    if method == "GET":
        return client.get(address, query_string=dict(sent))
    return client.post(address, data=dict(sent))


def try_(
    house: TwoSites, client: FlaskClient, view: Any, suffix: str, method: str, probe: Probe, key: int
) -> TestResponse:
    values = dict(probe.values or {}) | ({probe.record: key} if probe.record not in ("", "form") else {})
    return ask(house, client, f"{view.endpoint}.{suffix}", method, values, probe.send(view.model, key))


def key_of(house: TwoSites, model: type[m.Base], probe: Probe, other: bool = False) -> int | None:
    """The record of an entity, its deletion for a probe that brings one back; None where there is none to try."""
    lines = house.deleted_other if other else house.deleted_own
    return lines.get(model) if probe.record == "entry" else (house.other if other else house.own).get(model)


def allowed(viewer: Viewer, model: type[m.Base], suffix: str, probe: Probe) -> bool:
    if suffix in ("quick_form", "ajax_update") and not may_see(viewer, model, quick_of(model)):
        return False
    return may(viewer, probe.action, model)


def offers_nothing(house: TwoSites, view: Any, viewer: Viewer, probe: Probe) -> bool:
    """« Modifier… » is no action of an entity without a field to give to several records."""
    sent = probe.send(view.model, 1)
    if sent.get("action") != "change":
        return False
    with house.app.test_request_context():
        return "change" not in {action["name"] for action in view.bulk_actions(viewer)}


# --- The matrix ------------------------------------------------------------------------------------------------------


def test_every_route_has_its_line(house: TwoSites) -> None:
    unknown = [
        (endpoint, method)
        for endpoint, method in routes(house)
        if endpoint not in CLOSED
        and (endpoint, method) not in PAGE
        and (endpoint, method) not in OPEN
        and not (endpoint.startswith("imports.") and (endpoint.removeprefix("imports."), method) in IMPORT)
        and not (entity_of(house, endpoint) and (endpoint.partition(".")[2], method) in ENTITY)
    ]
    assert not unknown, "\n".join(map(str, unknown))


def test_no_line_speaks_of_a_route_that_is_gone(house: TwoSites) -> None:
    known = set(routes(house))
    suffixes = {(suffix, method) for _, suffix, method in entity_routes(house)}
    assert set(ENTITY) == suffixes
    imports = [(f"imports.{name}", method) for name, method in IMPORT]
    assert {line for line in [*PAGE, *OPEN, *imports] if line not in known} == set()
    assert {endpoint for endpoint, _ in OPEN} == PUBLIC


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_what_the_rights_table_gives_on_its_own_records(house: TwoSites, role: RoleName) -> None:
    client, viewer, wrong = house.browser(role), Viewer(role), []
    for view, suffix, method in entity_routes(house):
        for probe in ENTITY[suffix, method]:
            key = key_of(house, view.model, probe)
            if key is None and probe.record == "entry":
                continue
            answer = try_(house, client, view, suffix, method, probe, key or NONE)
            held = allowed(viewer, view.model, suffix, probe) and not offers_nothing(house, view, viewer, probe)
            expected = probe.status if held else 403
            if answer.status_code != expected:
                wrong.append((view.endpoint, suffix, method, probe.action, answer.status_code, expected))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("role", ROLES)
def test_anothers_record_is_answered_exactly_like_none(house: TwoSites, role: RoleName) -> None:
    client, viewer, wrong = house.browser(role), Viewer(role), []
    for view, suffix, method in entity_routes(house):
        for probe in (probe for probe in ENTITY[suffix, method] if probe.record):
            key = key_of(house, view.model, probe, other=True)
            if key is None:
                continue
            theirs = try_(house, client, view, suffix, method, probe, key)
            none = try_(house, client, view, suffix, method, probe, NONE)
            expected = 404 if allowed(viewer, view.model, suffix, probe) else 403
            if theirs.status_code != expected or (theirs.status_code, theirs.text) != (none.status_code, none.text):
                wrong.append((view.endpoint, suffix, method, theirs.status_code, none.status_code, expected))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("role", ROLES)
def test_the_panels_of_a_record_hold_the_entities_that_the_role_reads(house: TwoSites, role: RoleName) -> None:
    client, viewer, wrong = house.browser(role), Viewer(role), []
    with house.app.app_context():
        panels = [(view, other, name) for view in views().values() for other, name in leaning(view)]
    assert len(panels) > 10
    for view, other, name in panels:
        values = {"key": house.own[view.model], "other": other.endpoint, "relation": name}
        answer = ask(house, client, f"{view.endpoint}.related_view", "GET", values, {})
        expected = 403 if not may(viewer, "read", view.model) else 200 if may(viewer, "read", other.model) else 404
        if answer.status_code != expected or "Diallo" in answer.text:
            wrong.append((view.endpoint, other.endpoint, name, answer.status_code, expected))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_the_pages_that_are_its_own(house: TwoSites, role: RoleName) -> None:
    wrong = []
    for (endpoint, method), (roles, status, values, sent) in PAGE.items():
        client = house.new_browser(role) if endpoint == "security.logout" else house.browser(role)
        values = {name: house.spare_account if value == "spare" else value for name, value in values.items()}
        answer = ask(house, client, endpoint, method, values, sent)
        expected = status if role in roles else 403
        if answer.status_code != expected:
            wrong.append((endpoint, method, answer.status_code, expected))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("role", ROLES)
def test_an_import_is_opened_by_its_roles_and_only_when_within_reach(house: TwoSites, role: RoleName) -> None:
    client, wrong = house.browser(role), []
    for (name, method), (status, values) in IMPORT.items():
        for whose, key in (("own", house.imports[role]), ("other", house.other_import), ("none", NONE)):
            batch = {} if name in WITHOUT_BATCH else {"key": key}
            answer = ask(house, client, f"imports.{name}", method, {**values, **batch}, {})
            reached = status if whose == "own" or not batch else 404
            expected = reached if role in PAGES["imports"] else 403
            if answer.status_code != expected or b"Diallo" in answer.data:
                wrong.append((name, method, whose, answer.status_code, expected))
    assert not wrong, "\n".join(map(str, wrong))


def test_pages_that_the_application_does_not_use_exist_for_nobody(house: TwoSites) -> None:
    closed = [(endpoint, method) for endpoint, method in routes(house) if endpoint in CLOSED]
    assert closed
    for endpoint, method in closed:
        values = {"token": "x"} if endpoint == "security.two_factor_setup_validate" else {}
        for role in (None, RoleName.ADMINISTRATOR):
            assert ask(house, house.browser(role), endpoint, method, values, {}).status_code == 404


def test_an_anonymous_visitor_is_sent_to_sign_in_everywhere_else(house: TwoSites) -> None:
    client, wrong = house.browser(None), []
    for view, suffix, method in entity_routes(house):
        for probe in ENTITY[suffix, method]:
            answer = try_(house, client, view, suffix, method, probe, key_of(house, view.model, probe) or NONE)
            if not turned_away(answer, method):
                wrong.append((view.endpoint, suffix, method, answer.status_code))
    pages = [(*line, values, sent) for line, (_, _, values, sent) in PAGE.items()]
    for (name, method), (_, values) in IMPORT.items():
        batch = {} if name in WITHOUT_BATCH else {"key": house.other_import}
        pages.append((f"imports.{name}", method, {**values, **batch}, {}))
    for endpoint, method, values, sent in pages:
        values = {name: house.spare_account if value == "spare" else value for name, value in values.items()}
        answer = ask(house, client, endpoint, method, values, sent)
        if not turned_away(answer, method):
            wrong.append((endpoint, "", method, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


def turned_away(answer: TestResponse, method: str) -> bool:
    if method == "GET":
        return (
            answer.status_code == 302
            and answer.location.startswith("/connexion?next=")
            or answer.location == "/connexion"
        )
    return answer.status_code == 401


def test_what_is_open_to_an_anonymous_visitor_is_listed(house: TwoSites) -> None:
    for (endpoint, method), (status, values) in OPEN.items():
        assert ask(house, house.browser(None), endpoint, method, values, {}).status_code == status, (endpoint, method)


def test_nobody_brings_an_earlier_version_of_an_account_back(house: TwoSites) -> None:
    client, own = house.browser(RoleName.ADMINISTRATOR), house.accounts[RoleName.ADMINISTRATOR]
    with Session(house.engine) as session:
        line = select(m.Journal.id).where(m.Journal.table_name == "account", m.Journal.record_id == own)
        entry = session.scalars(line.limit(1)).one()
    assert client.post(f"/comptes/{own}/retablir", data={"entry": entry}).status_code == 403
    assert "retablir" not in client.get(f"/comptes/{own}/modifications").text
