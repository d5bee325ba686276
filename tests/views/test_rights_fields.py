"""Every guarded attribute × every role: nothing of it is shown, searched, sorted, filtered, exported or written."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import BarrierTheme, RoleName, Scope
from ml_admin.database import Actor, writing
from ml_admin.fields import fields_of
from ml_admin.listing import kind_of
from ml_admin.permissions import RIGHTS, SENSITIVE, Viewer, may, may_see
from ml_admin.views.registry import views
from ml_admin.views.state import seal
from tests.views.two_sites import MARK, Database, TwoSites, guarded, marks, spellings, traces, two_sites

ROLES = list(RoleName)
CLOSED_SECTIONS = {
    RoleName.EMPLOYER_OFFICER: SENSITIVE,
    RoleName.FRONT_DESK: SENSITIVE,
    RoleName.AUDITOR: SENSITIVE | {"contact"},
}


@pytest.fixture(scope="module")
def house(filled_url: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoSites]:
    with two_sites(filled_url("sqlite"), tmp_path_factory.mktemp("data")) as house:
        house.reach(Scope.ALL)
        _write_twice(house)
        yield house


def _write_twice(house: TwoSites) -> None:
    """Empty and refill the guarded attributes, so that the history holds them before and after."""
    for model in {type_ for type_ in house.own if guarded(type_)}:
        for value in (dict.fromkeys(guarded(model)), marks(model)):
            with writing(house.engine, Actor(None, "Mise en place")) as session:
                record = session.get_one(model, house.own[model])
                for name, planted in value.items():
                    setattr(record, name, planted)


def screens(house: TwoSites) -> list[Any]:
    with house.app.app_context():
        return list(views().values())


def hidden_from(house: TwoSites, role: RoleName) -> list[tuple[Any, list[str]]]:
    """(screen, attributes that the role may not see) for the entities that it reads."""
    viewer = Viewer(role, Scope.ALL)
    found = [
        (view, [name for name in guarded(view.model) if not may_see(viewer, view.model, name)])
        for view in screens(house)
        if may(viewer, "read", view.model)
    ]
    return [(view, names) for view, names in found if names]


def keys_in(view: Any, page: str) -> list[str]:
    """The records of a list page, in its order."""
    return list(dict.fromkeys(re.findall(rf'href="{view.url}/(\d+)"', page)))


def everything(house: TwoSites, role: RoleName) -> list[tuple[str, list[str]]]:
    """(address, traces of what the role may not see) for each place where an attribute could show."""
    client = house.browser(role)
    leaks: list[Any] = []
    for view, names in hidden_from(house, role):
        key = house.own[view.model]
        for address in (f"{view.url}/{key}", f"{view.url}/{key}/modifier", f"{view.url}/{key}/modifications"):
            leaks.append((address, traces(view.model, names, client.get(address).text)))
        for name in names:
            cell = client.get(f"{view.url}/saisie", query_string={"id": key, "column": name})
            leaks.append((f"{view.url}/saisie {name}", traces(view.model, names, cell.text)))
            assert cell.status_code == 403
    return leaks


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_not_see_is_on_no_page_of_a_record(house: TwoSites, role: RoleName) -> None:
    assert [leak for leak in everything(house, role) if leak[1]] == []


def test_the_marks_are_found_where_they_may_be_seen(house: TwoSites) -> None:
    director, person = house.browser(RoleName.MANAGER), house.own[m.YoungPerson]
    plain = [name for name in guarded(m.YoungPerson) if spellings(marks(m.YoungPerson)[name])]
    assert traces(m.YoungPerson, plain, director.get(f"/jeunes/{person}").text) == plain
    assert traces(m.YoungPerson, plain, director.get(f"/jeunes/{person}/modifier").text) == plain
    assert traces(m.YoungPerson, plain, director.get(f"/jeunes/{person}/modifications").text) == plain
    director.post("/jeunes/colonnes", data={"columns": ["last_name", *plain]})
    assert traces(m.YoungPerson, plain, director.get("/jeunes/").text) == plain
    director.post("/jeunes/colonnes", data={"reset": "1"})


def test_each_role_that_reads_people_has_what_it_may_not_see(house: TwoSites) -> None:
    for role, sections in CLOSED_SECTIONS.items():
        names = {view.model: names for view, names in hidden_from(house, role)}[m.YoungPerson]
        assert {fields_of(m.YoungPerson)[name].section for name in names} == set(sections)


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_not_see_is_no_column_even_when_asked(house: TwoSites, role: RoleName) -> None:
    client = house.browser(role)
    leaks: list[Any] = []
    for view, names in hidden_from(house, role):
        client.post(f"{view.url}/colonnes", data={"columns": names})
        page = client.get(f"{view.url}/").text
        leaks += [(view.url, traces(view.model, names, page))]
        leaks += [(view.url, name) for name in names if f'value="{name}"' in page]
    assert [leak for leak in leaks if leak[1]] == []


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_not_see_finds_nothing(house: TwoSites, role: RoleName) -> None:
    client = house.browser(role)
    leaks: list[Any] = []
    for view, names in hidden_from(house, role):
        for name in names:
            for words in spellings(marks(view.model)[name]):
                address = client.post(f"{view.url}/chercher", data={"search": words}).location
                leaks += [(name, words, found) for found in keys_in(view, client.get(address).text)]
                picked = client.post(f"{view.url}/choix", data={"query": words}).json
                leaks += [(name, words, "picked")] if picked is None or picked["results"] else []
                everywhere = client.post("/recherche", data={"q": words})
                leaks += [(name, words, "everywhere")] if everywhere.status_code != 200 else []
                leaks += [(name, words, found) for found in keys_in(view, everywhere.text)]
    assert leaks == []


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_not_see_sorts_nothing(house: TwoSites, role: RoleName) -> None:
    client = house.browser(role)
    leaks: list[Any] = []
    for view, names in hidden_from(house, role):
        usual = keys_in(view, client.get(f"{view.url}/").text)
        for name in names:
            for sort in (name, f"-{name}"):
                if keys_in(view, client.get(f"{view.url}/", query_string={"tri": sort}).text) != usual:
                    leaks.append((view.url, sort))
    assert leaks == []


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_not_see_filters_nothing(house: TwoSites, role: RoleName) -> None:
    client = house.browser(role)
    leaks: list[Any] = []
    for view, names in hidden_from(house, role):
        usual = keys_in(view, client.get(f"{view.url}/").text)
        for name in names:
            planted = str(marks(view.model)[name])
            sealed = seal(planted, house.app.config["SECRET_KEY"])
            for value in (planted, sealed, "2033-01-01..2033-12-31", "vide", "rempli", "oui", "non"):
                if keys_in(view, client.get(f"{view.url}/", query_string={f"f.{name}": value}).text) != usual:
                    leaks.append((view.url, name, value))
            form = {"field": name, "op": "contient", "value": planted}
            if "f." in client.post(f"{view.url}/filtrer", data=form).location:
                leaks.append((view.url, name, "posted"))
    assert leaks == []


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_not_see_leaves_with_no_file(house: TwoSites, role: RoleName) -> None:
    client = house.browser(role)
    leaks: list[Any] = []
    for view, names in hidden_from(house, role):
        form = {"avec": names, "motif": "Bilan annuel", "columns": names}
        book = client.post(f"{view.url}/export/xlsx", data=form)
        table = client.post(f"{view.url}/export/csv", data=form)
        options = client.post(f"{view.url}/export/options").text
        assert book.status_code == table.status_code == (200 if may(Viewer(role), "export", view.model) else 403)
        text = cells_of(book.data) + table.get_data(as_text=True) if book.status_code == 200 else ""
        leaks += [(view.url, traces(view.model, names, text))]
        leaks += [(view.url, name) for name in names if f'value="{name}"' in options]
    assert [leak for leak in leaks if leak[1]] == []


def cells_of(workbook: bytes) -> str:
    book = load_workbook(BytesIO(workbook))
    return "\n".join(
        f"{cell.value} {cell.value:%d/%m/%Y}" if hasattr(cell.value, "strftime") else str(cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    )


def test_a_file_holds_what_the_role_may_see_when_it_says_why(house: TwoSites) -> None:
    names = guarded(m.YoungPerson)
    counsellor = house.browser(RoleName.COUNSELLOR)
    usual = cells_of(counsellor.post("/jeunes/export/xlsx").data)
    sensitive = [name for name in names if fields_of(m.YoungPerson)[name].section in SENSITIVE]
    assert traces(m.YoungPerson, sensitive, usual) == []
    whole = cells_of(counsellor.post("/jeunes/export/xlsx", data={"avec": names, "motif": "Bilan annuel"}).data)
    plain = [name for name in names if spellings(marks(m.YoungPerson)[name])]
    assert traces(m.YoungPerson, plain, whole) == plain


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_not_see_is_not_written_nor_told_by_a_refusal(house: TwoSites, role: RoleName) -> None:
    client, viewer = house.browser(role), Viewer(role, Scope.ALL)
    leaks: list[Any] = []
    for view, names in hidden_from(house, role):
        key = house.own[view.model]
        for wrong in ("", "x", "32/13/2024", "oui"):
            form = dict.fromkeys(names, wrong)
            for answer in (
                client.post(f"{view.url}/{key}/modifier", data=form | kept(house, viewer, view, key)),
                client.post(f"{view.url}/nouveau", data=form),
                *(client.post(f"{view.url}/saisie", data=_cell(key, name, wrong)) for name in names),
                client.post(
                    f"{view.url}/actions", data={"action": "change", "rowid": f"{key}.1", "field": names[0]} | form
                ),
            ):
                leaks += [(view.url, wrong, traces(view.model, names, answer.text))]
        with Session(house.engine) as session:
            record = session.get_one(view.model, key)
            leaks += [(view.url, name, "written") for name in names if getattr(record, name) != marks(view.model)[name]]
    assert [leak for leak in leaks if leak[2]] == []


def _cell(key: int, name: str, value: str) -> dict[str, Any]:
    return {"id": key, "column": name, "version": 1, "value": value}


def kept(house: TwoSites, viewer: Viewer, view: Any, key: int) -> dict[str, Any]:
    """What a form that changes nothing must send: a box that is not sent is a box that is not ticked."""
    with Session(house.engine) as session:
        record = session.get_one(view.model, key)
        names = [name for name in fields_of(view.model) if kind_of(view.model, name) == "bool"]
        return {"version": record.version} | {name: "y" for name in names if getattr(record, name)}


def test_a_conflict_shows_the_disputed_field_alone(house: TwoSites) -> None:
    person = house.own[m.YoungPerson]
    names = [name for name in guarded(m.YoungPerson) if fields_of(m.YoungPerson)[name].section in SENSITIVE]
    with Session(house.engine) as session:
        version = session.get_one(m.YoungPerson, person).version
    director, karim = house.browser(RoleName.MANAGER), house.browser(RoleName.FRONT_DESK)
    health = marks(m.YoungPerson)["health_notes"]
    change = {"version": version, "city": "Foix", "health_notes": f"{health} et suite"}
    assert director.post(f"/jeunes/{person}/modifier", data=change).status_code == 303
    answer = karim.post(f"/jeunes/{person}/modifier", data={"version": version, "city": "Pamiers", "health_notes": "x"})
    assert answer.status_code == 409
    assert "Foix" in answer.text
    assert traces(m.YoungPerson, names, answer.text) == []


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_not_see_is_on_no_other_page(house: TwoSites, role: RoleName) -> None:
    client = house.browser(role)
    words = {name: name for view, names in hidden_from(house, role) for name in names}
    for address in (
        "/",
        "/pilotage",
        "/dictionnaire",
        "/consultations",
        "/jeunes/supprimees",
        "/rendez-vous/supprimees",
    ):
        page = client.get(address)
        if words and page.status_code == 200:
            assert MARK not in page.text.casefold(), address
    for view in screens(house):
        for other in screens(house):
            panel = client.get(f"{view.url}/{house.own[view.model]}/liees/{other.endpoint}/young_person").text
            hidden = {seen.model: names for seen, names in hidden_from(house, role)}.get(other.model, [])
            assert traces(other.model, hidden, panel) == []


# --- Barriers: rows, not columns, are sensitive ----------------------------------------------------------------------


@pytest.fixture
def plain_reader(house: TwoSites, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The front desk, given barriers without the sensitive groups; one of mobility beside the one of health."""
    everything_else = RIGHTS[RoleName.MANAGER][m.Barrier].actions
    right = type(RIGHTS[RoleName.MANAGER][m.Barrier])(everything_else, frozenset({"general", "contact"}))
    monkeypatch.setitem(RIGHTS, RoleName.FRONT_DESK, {**RIGHTS[RoleName.FRONT_DESK], m.Barrier: right})
    return house.browser(RoleName.FRONT_DESK)


@pytest.fixture
def themes(house: TwoSites) -> Iterator[dict[BarrierTheme, int]]:
    with writing(house.engine, Actor(None, "Mise en place")) as session:
        made = {
            theme: m.Barrier(young_person_id=house.own[m.YoungPerson], theme=theme)
            for theme in (BarrierTheme.MOBILITY, BarrierTheme.HOUSING, BarrierTheme.FAMILY, BarrierTheme.LEGAL)
        }
        session.add_all(made.values())
        session.flush()
        keys = {theme: barrier.id for theme, barrier in made.items()}
    yield keys | {BarrierTheme.HEALTH: house.own[m.Barrier]}
    with writing(house.engine, Actor(None, "Mise en place")) as session:
        for key in keys.values():
            if barrier := session.get(m.Barrier, key):
                session.delete(barrier)


def test_a_barrier_of_a_hidden_theme_is_a_record_that_does_not_exist(
    house: TwoSites, plain_reader: FlaskClient, themes: dict[BarrierTheme, int]
) -> None:
    mobility = themes.pop(BarrierTheme.MOBILITY)
    page = plain_reader.get("/freins/").text
    assert re.findall(r'href="/freins/(\d+)"', page)[:1] == [str(mobility)]
    assert not [key for key in themes.values() if f"/freins/{key}" in page]
    assert plain_reader.get(f"/freins/{mobility}").status_code == 200
    for key in themes.values():
        for address in (f"/freins/{key}", f"/freins/{key}/modifier", f"/freins/{key}/modifications"):
            assert plain_reader.get(address).status_code == 404
        assert plain_reader.post(f"/freins/{key}/supprimer", data={"confirmed": "1", "version": "1"}).status_code == 404
        assert plain_reader.post("/freins/saisie", data=_cell(key, "state", "no")).status_code == 404


def test_a_barrier_of_a_hidden_theme_is_in_no_panel_count_file_or_deleted_list(
    house: TwoSites, plain_reader: FlaskClient, themes: dict[BarrierTheme, int]
) -> None:
    panel = plain_reader.get(f"/jeunes/{house.own[m.YoungPerson]}/liees/barriers/young_person").text
    assert "Mobilité" in panel and "Logement" not in panel and "Santé" not in panel
    sheet = plain_reader.post("/freins/export/csv").get_data(as_text=True)
    assert "Mobilité" in sheet and "Logement" not in sheet and "Santé" not in sheet
    gone = {"action": "delete", "confirmed": "1", "rowid": [f"{key}.1" for key in themes.values()]}
    plain_reader.post("/freins/actions", data=gone)
    with Session(house.engine) as session:
        left = set(session.scalars(select(m.Barrier.theme).where(m.Barrier.id.in_(themes.values()))))
    assert left == set(themes) - {BarrierTheme.MOBILITY}
    house.browser(RoleName.MANAGER).post("/freins/actions", data=gone)
    deleted = plain_reader.get("/freins/supprimees").text
    assert "Mobilité" in deleted and "Logement" not in deleted and "Santé" not in deleted


def test_a_theme_that_was_hidden_stays_hidden_in_the_story(
    house: TwoSites, plain_reader: FlaskClient, themes: dict[BarrierTheme, int]
) -> None:
    key = themes[BarrierTheme.HOUSING]
    director = house.browser(RoleName.MANAGER)
    assert (
        director.post(
            f"/freins/{key}/modifier", data={"version": "1", "theme": "23", "noted_on": "2025-02-03"}
        ).status_code
        == 303
    )
    assert "Logement" in director.get(f"/freins/{key}/modifications").text
    assert plain_reader.get(f"/freins/{key}").status_code == 200
    story = plain_reader.get(f"/freins/{key}/modifications")
    assert story.status_code == 200
    assert "Logement" not in story.text


def test_a_hidden_theme_cannot_be_given(
    house: TwoSites, plain_reader: FlaskClient, themes: dict[BarrierTheme, int]
) -> None:
    form = {"young_person": house.own[m.YoungPerson], "theme": BarrierTheme.HEALTH.value, "noted_on": "2025-05-05"}
    answer = plain_reader.post("/freins/nouveau", data=form)
    assert answer.status_code == 422
    assert "ouvert à votre rôle" in answer.text
