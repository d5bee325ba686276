"""What belongs to another site: no relation, picker, selection, file, figure or return reaches it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import AppointmentOutcome, RoleName, Scope
from ml_admin.database import Actor, writing
from ml_admin.fields import fields_of
from ml_admin.listing import kind_of, target_of
from ml_admin.permissions import PAGES, Viewer, may
from ml_admin.views.registry import views
from tests.views.two_sites import SCOPED, Database, TwoSites, two_sites

ROLES = list(RoleName)
THEIRS = ("Diallo", "DIALLO", "Bilal")
NOT_YOURS = "ouverte à votre rôle"


@pytest.fixture(scope="module")
def house(
    request: pytest.FixtureRequest, filled_url: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoSites]:
    with two_sites(filled_url(request.param), tmp_path_factory.mktemp("data")) as house:
        yield house


# the conditions of the scope are the same SQL for all: two roles are enough on the second engine
CASES = [("sqlite", role) for role in ROLES] + [("postgresql", RoleName.MANAGER), ("postgresql", RoleName.FRONT_DESK)]
for_each_role = pytest.mark.parametrize(("house", "role"), CASES, indirect=["house"], scope="module")
on_both_engines = pytest.mark.parametrize("house", ["sqlite", "postgresql"], indirect=True, scope="module")


def screens(house: TwoSites, role: RoleName, action: str) -> list[Any]:
    with house.app.app_context():
        return [view for view in views().values() if may(Viewer(role), action, view.model)]


def lines(house: TwoSites) -> int:
    with Session(house.engine) as session:
        return session.scalar(select(func.count()).select_from(m.Journal)) or 0


def names_theirs(text: str) -> bool:
    return any(name in text for name in THEIRS)


def to_people(view: Any) -> list[str]:
    """The relations of an entity that lead to a record of one site."""
    return [
        name
        for name in fields_of(view.model)
        if kind_of(view.model, name) == "relation" and target_of(view.model, name) in SCOPED
    ]


@for_each_role
def test_nothing_of_another_site_is_on_any_list(house: TwoSites, role: RoleName) -> None:
    client = house.browser(role)
    for view in screens(house, role, "read"):
        assert not names_theirs(client.get(f"{view.url}/").text), view.url
        found = client.get(client.post(f"{view.url}/chercher", data={"search": "diallo"}).location).text
        assert not re.findall(rf'href="{view.url}/\d+"', found), view.url
        picked = client.post(f"{view.url}/choix", data={"query": "diallo"}).json
        assert picked == {"results": [], "more": False}, view.url
        offered = client.post(f"{view.url}/choix", data={"query": ""}).text
        assert not names_theirs(offered), view.url


@for_each_role
def test_nothing_of_another_site_is_on_the_pages_of_no_entity(house: TwoSites, role: RoleName) -> None:
    client = house.browser(role)
    assert not names_theirs(client.get("/").text)
    found = client.post("/recherche", data={"q": "diallo"}).text
    assert not re.findall(r'href="/[a-z-]+/\d+"', found)
    if role in PAGES["figures"]:
        assert not names_theirs(client.get("/pilotage").text)


@for_each_role
def test_each_figure_worklist_and_tab_opens_a_list_that_its_filters_narrow(house: TwoSites, role: RoleName) -> None:
    client = house.browser(role)
    pages = ["/", "/?portee=equipe", "/pilotage", *(f"{view.url}/" for view in screens(house, role, "read"))]
    links = {link for page in pages for link in re.findall(r'href="(/[a-z-]+/\?[^"]*f\.[^"]+)"', client.get(page).text)}
    assert links or role is RoleName.AUDITOR
    wrong = []
    for link in links:
        page = client.get(link.replace("&amp;", "&")).text
        if "Filtre inconnu" in page or names_theirs(page):
            wrong.append(link)
    assert not wrong, "\n".join(wrong)


@for_each_role
def test_no_file_holds_a_record_of_another_site(house: TwoSites, role: RoleName) -> None:
    client = house.browser(role)
    for view in screens(house, role, "export"):
        with_theirs = {"rowid": [f"{house.own[view.model]}.1", f"{house.other.get(view.model, 0)}.1"]}
        for form in ({}, with_theirs, {"all": "1", "etat": f"f.site={house.pamiers}"}):
            sheet = client.post(f"{view.url}/export/csv", data=form)
            assert sheet.status_code == 200
            assert not names_theirs(sheet.get_data(as_text=True)), (view.url, form)


@for_each_role
def test_no_form_ties_a_record_to_one_of_another_site(house: TwoSites, role: RoleName) -> None:
    client, tried = house.browser(role), 0
    for view in screens(house, role, "update"):
        for name in to_people(view):
            theirs = house.other[target_of(view.model, name)]
            before, tried = lines(house), tried + 1
            answer = client.post(f"{view.url}/{house.own[view.model]}/modifier", data={"version": "1", name: theirs})
            assert answer.status_code == 422 and NOT_YOURS in answer.text, (view.url, name)
            assert not names_theirs(answer.text), (view.url, name)
            if may(Viewer(role), "create", view.model):
                answer = client.post(f"{view.url}/nouveau", data=sample(house, view.model) | {name: theirs})
                assert answer.status_code == 422 and NOT_YOURS in answer.text, (view.url, name)
                assert not names_theirs(client.get(f"{view.url}/nouveau", query_string={name: theirs}).text)
            assert lines(house) == before
    assert tried or role in (RoleName.AUDITOR,)


def sample(house: TwoSites, model: type[m.Base]) -> dict[str, Any]:
    """Enough to create a record of an entity that leads to a person."""
    enough: dict[type[m.Base], dict[str, Any]] = {
        m.Enrolment: {"programme": "CEJ"},
        m.Situation: {"kind": "cdi"},
        m.Barrier: {"theme": "23"},
        m.Appointment: {"starts_at": "2025-06-02T09:00", "ends_at": "2025-06-02T10:00"},
        m.ActionItem: {"label": "Écrire"},
        m.Registration: {"job_dating": house.own[m.JobDating]},
        m.Interview: {"stand": house.own[m.Stand]},
    }
    return enough[model]


@for_each_role
def test_a_gesture_on_a_selection_leaves_the_records_of_another_site(house: TwoSites, role: RoleName) -> None:
    client = house.browser(role)
    for model in SCOPED:
        view = next((view for view in screens(house, role, "read") if view.model is model), None)
        if view is None:
            continue
        before = lines(house)
        theirs = {"rowid": f"{house.other[model]}.1", "etat": f"f.site={house.pamiers}"}
        for everything in ({}, {"all": "1"}):
            client.post(f"{view.url}/actions", data=theirs | everything | _states(model))
            if not everything:
                client.post(f"{view.url}/actions", data=theirs | {"action": "delete", "confirmed": "1"})
        with Session(house.engine) as session:
            record = session.get(model, house.other[model])
            assert record is not None and record.version == 1  # type: ignore[attr-defined]
        assert not everything or lines(house) - before <= 1  # the own record alone was among « all »


def _states(model: type[m.Base]) -> dict[str, Any]:
    """A change of the first state that a selection may be given."""
    return {
        "action": "change",
        **{
            m.YoungPerson: {"field": "status", "status": "paused"},
            m.Situation: {"field": "state", "state": "ended"},
            m.Barrier: {"field": "state", "state": "no"},
            m.Appointment: {"field": "outcome", "outcome": AppointmentOutcome.ATTENDED.value},
            m.ActionItem: {"field": "status", "status": "doing"},
            m.Registration: {"field": "status", "status": "present"},
            m.Interview: {"field": "status", "status": "held"},
        }.get(model, {"field": "nothing"}),
    }


@on_both_engines
def test_a_version_of_another_record_is_not_brought_back(house: TwoSites) -> None:
    director, before = house.browser(RoleName.MANAGER), lines(house)
    for model in SCOPED:
        view = next(view for view in screens(house, RoleName.MANAGER, "restore") if view.model is model)
        with Session(house.engine) as session:
            entry = session.scalar(
                select(m.Journal.id).where(
                    m.Journal.table_name == model.__tablename__, m.Journal.record_id == house.other[model]
                )
            )
        address = f"{view.url}/{house.own[model]}/retablir"
        assert director.post(address, data={"entry": entry}).status_code == 404
    assert lines(house) == before


@on_both_engines
def test_deleted_records_of_another_site_are_not_listed(house: TwoSites) -> None:
    director = house.browser(RoleName.MANAGER)
    for model in SCOPED:
        view = next(view for view in screens(house, RoleName.MANAGER, "restore") if view.model is model)
        page = director.get(f"{view.url}/supprimees").text
        assert f"/supprimees/{house.deleted_own[model]}" in page
        assert f"/supprimees/{house.deleted_other[model]}" not in page


@on_both_engines
def test_whoever_has_neither_site_nor_people_reaches_nobody(house: TwoSites) -> None:
    with writing(house.engine, Actor(None, "Mise en place")) as session:
        nowhere = m.YoungPerson(last_name="SANS", first_name="Site")
        gone = m.YoungPerson(last_name="SANS", first_name="Trace")
        session.add_all([nowhere, gone])
        session.flush()
        key = nowhere.id
        session.get_one(m.Account, house.accounts[RoleName.ADMINISTRATOR]).site_id = None
        session.delete(gone)
    try:
        client = house.browser(RoleName.ADMINISTRATOR)
        assert client.get(f"/jeunes/{key}").status_code == 404
        assert not re.findall(r'href="/jeunes/\d+"', client.get("/jeunes/").text)
        assert not re.findall(r'"/jeunes/supprimees/\d+"', client.get("/jeunes/supprimees").text)
    finally:
        with writing(house.engine, Actor(None, "Mise en place")) as session:
            session.get_one(m.Account, house.accounts[RoleName.ADMINISTRATOR]).site_id = house.foix
            session.delete(session.get_one(m.YoungPerson, key))


@for_each_role
def test_an_import_of_another_site_is_on_no_page(house: TwoSites, role: RoleName) -> None:
    for address in ("/", "/imports", f"/imports/{house.other_import}/apercu"):
        assert "jeunes Diallo" not in house.browser(role).get(address).text


@on_both_engines
def test_who_may_restore_the_files_of_every_site_reads_every_import(house: TwoSites) -> None:
    house.reach(Scope.ALL)
    try:
        for address in ("/imports", f"/imports/{house.other_import}/apercu"):
            assert "jeunes Diallo" in house.browser(RoleName.MANAGER).get(address).text
            assert "jeunes Diallo" not in house.browser(RoleName.COUNSELLOR).get(address).text
    finally:
        house.reach(Scope.OWN_SITE)


@on_both_engines
def test_a_role_that_reaches_every_site_reads_both(house: TwoSites) -> None:
    house.reach(Scope.ALL)
    try:
        for role in ROLES:
            assert house.browser(role).get(f"/jeunes/{house.other[m.YoungPerson]}").status_code == 200
    finally:
        house.reach(Scope.OWN_SITE)
