"""What stock Flask-Admin does with the same models, and what ours does: each fault is shown alive, then mended."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_babel import Babel
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import FileStatus, RoleName, Scope
from ml_admin.database import Actor, engine_options, make_engine, prepare, writing
from tests.views.two_sites import Database, TwoSites, two_sites

PEOPLE = 60
COUNSELLORS = 20


@pytest.fixture(scope="module")
def house(filled_url: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoSites]:
    with two_sites(filled_url("sqlite"), tmp_path_factory.mktemp("data")) as house:
        with writing(house.engine, Actor(None, "Mise en place")) as session:
            session.add_all(crowd(session))
        yield house


@pytest.fixture(autouse=True)
def every_site(request: pytest.FixtureRequest) -> None:
    if "house" in request.fixturenames:
        request.getfixturevalue("house").reach(Scope.ALL)


@pytest.fixture(scope="module")
def stock_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same tables without triggers, which would ask who writes."""
    path = tmp_path_factory.mktemp("stock") / "stock.sqlite"
    engine = make_engine(f"sqlite:///{path}")
    m.Base.metadata.create_all(engine)
    with Session(engine) as session:
        foix, pamiers = m.Site(name="Foix"), m.Site(name="Pamiers")
        session.add_all([foix, pamiers])
        session.add_all(crowd(session))
        session.flush()
        first, second = session.scalars(select(m.YoungPerson).order_by(m.YoungPerson.id).limit(2))
        first.site, second.site = foix, pamiers
        session.commit()
    engine.dispose()
    return path


def crowd(session: Session) -> list[m.Base]:
    team = [m.Counsellor(last_name=f"NOM{number:02d}", first_name="Camille") for number in range(COUNSELLORS)]
    people = [
        m.YoungPerson(
            last_name=f"ÉLOÏSE{number:02d}",
            first_name="=HYPERLINK(1)" if number == 0 else "Zoé",
            status=FileStatus.ACTIVE,
            counsellor=team[number % COUNSELLORS],
        )
        for number in range(PEOPLE)
    ]
    return [*team, *people]


@pytest.fixture
def stock(stock_template: Path, tmp_path: Path) -> Callable[..., FlaskClient]:
    """`stock(Model, option=…)`: a browser before a plain ModelView."""

    def made(model: type[m.Base], base: type[ModelView] = ModelView, **options: Any) -> FlaskClient:
        path = tmp_path / "stock.sqlite"
        if not path.exists():
            shutil.copy(stock_template, path)
        app = Flask("stock")
        url = f"sqlite:///{path}"
        app.config.update(
            SECRET_KEY="x",
            SQLALCHEMY_ENGINES={"default": {"url": url, **engine_options(url)}},
            BABEL_DEFAULT_LOCALE="fr",
        )
        db = SQLAlchemy(app)
        Babel(app)
        with app.app_context():
            prepare(db.engine)
            view = type("StockView", (base,), options)(model, db, endpoint="stock", url="/stock")
            Admin(app).add_view(view)
        app.extensions["db"] = db
        return app.test_client()

    return made


def read(client: FlaskClient, question: Any) -> Any:
    with client.application.app_context():
        return client.application.extensions["db"].session.scalar(question)


def ours(house: TwoSites, role: RoleName = RoleName.ADMINISTRATOR) -> FlaskClient:
    return house.browser(role)


FORM = ("last_name", "first_name", "city", "site")
FIRST = select(m.YoungPerson.city).where(m.YoungPerson.id == 1)


# --- Exports ---------------------------------------------------------------------------------------------------------


def test_stock_sends_an_empty_file_with_success_when_a_column_is_lazy(stock: Callable[..., FlaskClient]) -> None:
    client = stock(
        m.YoungPerson,
        can_export=True,
        column_list=("last_name",),
        column_export_list=("last_name", "counsellor.last_name"),
    )
    answer = client.get("/stock/export/csv/")
    received = b""
    try:
        for block in answer.response:
            received += block if isinstance(block, bytes) else block.encode()
    except Exception as error:
        assert type(error).__name__ == "DetachedInstanceError"
    assert answer.status_code == 200
    assert received.count(b"\n") == 1  # the headings of 60 people


def test_ours_sends_every_row_with_its_relations(house: TwoSites) -> None:
    sheet = ours(house).post("/jeunes/export/csv").get_data(as_text=True)
    assert sheet.count("\n") == PEOPLE + 3
    assert sheet.count("NOM07") == PEOPLE // COUNSELLORS


def test_stock_sends_live_formulas_in_a_comma_file_without_mark(stock: Callable[..., FlaskClient]) -> None:
    sheet = (
        stock(m.YoungPerson, can_export=True, column_list=("last_name", "first_name")).get("/stock/export/csv/").data
    )
    assert b",=HYPERLINK(1)" in sheet and not sheet.startswith(b"\xef\xbb\xbf")


def test_ours_sends_no_formula_and_a_file_that_french_excel_opens(house: TwoSites) -> None:
    sheet = ours(house).post("/jeunes/export/csv").data
    assert b";=HYPERLINK" not in sheet and b"HYPERLINK(1)" in sheet
    assert sheet.startswith(b"\xef\xbb\xbf") and b";" in sheet.splitlines()[0]


# --- Rights ----------------------------------------------------------------------------------------------------------


def test_stock_is_open_to_an_anonymous_visitor(stock: Callable[..., FlaskClient]) -> None:
    client = stock(m.YoungPerson, column_list=("last_name",))
    assert "ÉLOÏSE" in client.get("/stock/").text
    assert client.get("/admin/").status_code == 200


def test_ours_is_closed_to_an_anonymous_visitor(house: TwoSites) -> None:
    for address in ("/", "/jeunes/"):
        assert house.browser(None).get(address).status_code == 302


def test_stock_writes_a_cell_of_a_read_only_screen(stock: Callable[..., FlaskClient]) -> None:
    client = stock(
        m.YoungPerson, can_edit=False, column_list=("city",), column_editable_list=("city",), form_columns=FORM
    )
    assert client.post("/stock/ajax/update/", data={"list_form_pk": "1", "city": "Ailleurs"}).status_code == 200
    assert read(client, FIRST) == "Ailleurs"


def test_ours_writes_no_cell_for_who_only_reads(house: TwoSites) -> None:
    person = house.own[m.YoungPerson]
    cell = {"id": person, "column": "status", "version": 1, "value": "paused"}
    assert ours(house, RoleName.AUDITOR).post("/jeunes/saisie", data=cell).status_code == 403


class OfFoix(ModelView):  # type: ignore[misc]
    """The row filter that the documentation shows first."""

    def get_query(self) -> Any:
        return super().get_query().where(m.YoungPerson.site_id == 1)


def test_stock_opens_changes_and_deletes_what_its_list_hides(stock: Callable[..., FlaskClient]) -> None:
    client = stock(
        m.YoungPerson,
        OfFoix,
        can_view_details=True,
        column_list=("last_name", "city"),
        column_editable_list=("city",),
        form_columns=FORM,
    )
    assert "ÉLOÏSE01" not in client.get("/stock/").text
    assert "ÉLOÏSE01" in client.get("/stock/details/?id=2").text
    assert "ÉLOÏSE01" in client.get("/stock/edit/?id=2").text
    client.post("/stock/ajax/update/", data={"list_form_pk": "2", "city": "Ailleurs"})
    assert read(client, select(m.YoungPerson.city).where(m.YoungPerson.id == 2)) == "Ailleurs"
    client.post("/stock/delete/", data={"id": "2"})
    assert read(client, select(func.count()).where(m.YoungPerson.id == 2)) == 0


def test_ours_knows_nothing_of_what_its_list_hides(house: TwoSites) -> None:
    house.reach(Scope.OWN_SITE)
    client, hidden = ours(house), house.other[m.YoungPerson]
    assert "Diallo" not in client.get("/jeunes/").text
    for address in (f"/jeunes/{hidden}", f"/jeunes/{hidden}/modifier"):
        assert client.get(address).status_code == 404
    assert client.post("/jeunes/saisie", data={"id": hidden, "column": "phone", "value": "x"}).status_code == 404
    assert client.post(f"/jeunes/{hidden}/supprimer", data={"confirmed": "1"}).status_code == 404


def test_stock_offers_and_hands_out_everybody_through_a_relation(stock: Callable[..., FlaskClient]) -> None:
    form = stock(m.Enrolment, form_columns=("young_person", "programme")).get("/stock/new/").text
    assert form.count("<option") > PEOPLE
    refs = {"young_person": {"fields": ("last_name",), "page_size": 10}}
    client = stock(m.Enrolment, form_columns=("young_person",), form_ajax_refs=refs)
    everybody = client.get("/stock/ajax/lookup/?name=young_person&limit=1000000&query=").json
    assert everybody is not None and len(everybody) == PEOPLE


def test_ours_hands_out_twenty_within_reach(house: TwoSites) -> None:
    client = ours(house)
    form = client.get("/programmes/nouveau").text
    assert max(block.count("<option") for block in re.findall(r"<select.*?</select>", form, re.DOTALL)) <= 50
    offered = client.post("/jeunes/choix", data={"query": "", "limit": "1000000"}).json
    assert offered is not None and len(offered["results"]) == 20 and offered["more"]
    house.reach(Scope.OWN_SITE)
    assert client.post("/jeunes/choix", data={"query": "diallo"}).json == {"results": [], "more": False}


class ByRole(ModelView):  # type: ignore[misc]
    """Columns that a role decides, as a property invites to write."""

    asked = 0

    @property
    def column_list(self) -> tuple[str, ...]:
        ByRole.asked += 1
        return ("last_name", "city")


def test_stock_freezes_its_columns_at_start(stock: Callable[..., FlaskClient]) -> None:
    client = stock(m.YoungPerson, ByRole)
    before = ByRole.asked
    client.get("/stock/")
    client.get("/stock/")
    assert ByRole.asked == before


def test_ours_shows_each_role_its_own_columns(house: TwoSites) -> None:
    assert "Téléphone" in ours(house, RoleName.COUNSELLOR).get("/jeunes/").text
    assert "Téléphone" not in ours(house, RoleName.AUDITOR).get("/jeunes/").text


# --- Writing ---------------------------------------------------------------------------------------------------------


def test_stock_deletes_without_a_token(stock: Callable[..., FlaskClient]) -> None:
    client = stock(m.YoungPerson, column_list=("last_name",))
    client.post("/stock/delete/", data={"id": "3"})
    assert read(client, select(func.count()).where(m.YoungPerson.id == 3)) == 0


def test_ours_deletes_nothing_without_a_token(house: TwoSites) -> None:
    house.app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = ours(house).post(f"/jeunes/{house.own[m.YoungPerson]}/supprimer", data={"confirmed": "1"})
    finally:
        house.app.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code == 400
    assert ours(house).get(f"/jeunes/{house.own[m.YoungPerson]}").status_code == 200


def test_stock_lets_the_second_of_two_stale_forms_win(stock: Callable[..., FlaskClient]) -> None:
    client = stock(m.YoungPerson, form_columns=("last_name", "first_name", "city", "email"))
    stale = {"last_name": "A", "first_name": "B", "city": "", "email": ""}
    client.post("/stock/edit/?id=1", data=stale | {"city": "Foix"})
    client.post("/stock/edit/?id=1", data=stale | {"email": "b@example.org"})
    assert read(client, FIRST) is None  # Foix is lost, though the model counts its versions


def test_ours_keeps_both(house: TwoSites) -> None:
    with writing(house.engine, Actor(None, "Mise en place")) as session:
        person = m.YoungPerson(last_name="ROUX", first_name="Léo")
        session.add(person)
        session.flush()
        key = person.id
    address, stale = f"/jeunes/{key}/modifier", {"version": "1", "city": "", "email": ""}
    assert ours(house).post(address, data=stale | {"city": "Foix"}).status_code == 303
    assert ours(house).post(address, data=stale | {"email": "leo@example.org"}).status_code == 303
    with Session(house.engine) as session:
        saved = session.get_one(m.YoungPerson, key)
        assert (saved.city, saved.email) == ("Foix", "leo@example.org")


def test_stock_lets_people_edit_the_version(stock: Callable[..., FlaskClient]) -> None:
    assert 'name="version"' in re.sub(r"<input[^>]*hidden[^>]*>", "", stock(m.Site).get("/stock/new/").text)


def test_ours_carries_the_version_hidden(house: TwoSites) -> None:
    form = ours(house).get(f"/sites/{house.foix}/modifier").text
    assert re.search(r'<input type="hidden" name="version"', form)
    assert "version" not in ours(house).get("/sites/nouveau").text


def test_stock_shows_the_statement_and_its_values(stock: Callable[..., FlaskClient]) -> None:
    client = stock(m.Site, form_columns=("name", "city"))
    page = client.post("/stock/new/", data={"name": "Foix", "city": "Secret"}, follow_redirects=True).text
    assert "INSERT INTO site" in page and "Secret" in page and "parameters" in page


def test_ours_says_what_to_do(house: TwoSites) -> None:
    answer = ours(house).post("/sites/nouveau", data={"name": "Foix", "city": "Secret"})
    assert answer.status_code == 422
    assert "Un site porte déjà ce nom." in answer.text
    assert "INSERT" not in answer.text and "UNIQUE" not in answer.text


def test_stock_deletes_half_of_a_selection(stock: Callable[..., FlaskClient]) -> None:
    client = stock(m.Site, column_list=("name",))
    with client.application.app_context():
        session = client.application.extensions["db"].session
        free, held = m.Employer(name="Libre"), m.Employer(name="Tenu")
        session.add_all([free, held])
        session.flush()
        session.add(m.JobOffer(employer=held, title="Vendeuse", contract="cdi"))
        session.commit()
        keys = [free.id, held.id]
    client = stock(m.Employer, column_list=("name",), form_columns=("name",))
    client.post("/stock/action/", data={"action": "delete", "rowid": keys})
    assert read(client, select(func.count()).select_from(m.Employer)) == 1


def test_ours_deletes_a_whole_selection_or_nothing(house: TwoSites) -> None:
    with writing(house.engine, Actor(None, "Mise en place")) as session:
        free, held = m.Employer(name="Libre"), m.Employer(name="Tenu")
        session.add_all([free, held])
        session.flush()
        session.add(m.JobOffer(employer=held, title="Vendeuse", contract="cdi"))
        keys = [free.id, held.id]
    form = {"action": "delete", "confirmed": "1", "rowid": [f"{key}.1" for key in keys]}
    page = ours(house).post("/employeurs/actions", data=form, follow_redirects=True).text
    assert "Rien n’a été supprimé" in page
    with Session(house.engine) as session:
        assert session.scalar(select(func.count()).where(m.Employer.id.in_(keys))) == 2


def test_stock_calls_a_refused_cell_a_failure_of_the_server(stock: Callable[..., FlaskClient]) -> None:
    client = stock(
        m.YoungPerson, column_list=("birth_date",), column_editable_list=("birth_date",), form_columns=("birth_date",)
    )
    answer = client.post("/stock/ajax/update/", data={"list_form_pk": "1", "birth_date": "n'importe"})
    assert answer.status_code == 500


def test_ours_calls_a_refused_cell_a_refusal(house: TwoSites) -> None:
    cell = {"id": house.own[m.YoungPerson], "column": "phone", "version": 1, "value": "12"}
    answer = ours(house).post("/jeunes/saisie", data=cell)
    assert answer.status_code == 422 and "ml-" in answer.text


class Typo(ModelView):  # type: ignore[misc]
    """A formatter with a fault of its own."""

    column_list = ("last_name",)

    def render(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("the true fault")


def test_stock_hides_a_type_error_behind_another(stock: Callable[..., FlaskClient]) -> None:
    client = stock(m.YoungPerson, Typo)
    client.application.testing = True
    with pytest.raises(TypeError, match="unexpected keyword argument 'cls'"):
        client.get("/stock/")


def test_ours_lets_a_type_error_be_itself(house: TwoSites, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*args: Any, **kwargs: Any) -> Any:
        raise TypeError("the true fault")

    monkeypatch.setattr("ml_admin.views.base.page_of", faulty)
    monkeypatch.setitem(house.app.config, "PROPAGATE_FAULTS", True)
    house.app.testing = True
    try:
        with pytest.raises(TypeError, match="the true fault"):
            ours(house).get("/jeunes/")
    finally:
        house.app.testing = False


# --- Lists -----------------------------------------------------------------------------------------------------------


def test_stock_finds_no_accent_and_takes_signs_for_wildcards(stock: Callable[..., FlaskClient]) -> None:
    client = stock(m.YoungPerson, column_list=("last_name",), column_searchable_list=("last_name",))
    for words in ("éloïse", "eloise"):
        assert "ÉLOÏSE" not in client.get("/stock/", query_string={"search": words}).text
    assert client.get("/stock/", query_string={"search": "_"}).text.count("ÉLOÏSE") >= 20


def test_ours_is_blind_to_accents_and_takes_signs_for_signs(house: TwoSites) -> None:
    client = ours(house)
    for words, found in (("éloïse", True), ("eloise", True), ("ELOISE07", True), ("_", False), ("%", False)):
        page = client.get(client.post("/jeunes/chercher", data={"search": words}).location).text
        assert ("Éloïse07" in page) is found, words


def test_stock_puts_the_words_of_a_search_in_the_address(stock: Callable[..., FlaskClient]) -> None:
    client = stock(m.YoungPerson, column_list=("last_name",), column_searchable_list=("last_name",))
    form = re.search(
        r"<form[^>]*class=\"[^\"]*search[^\"]*\"[^>]*>|<form[^>]*role=\"search\"[^>]*>", client.get("/stock/").text
    )
    assert form and 'method="GET"' in form[0]


def test_ours_seals_the_words_of_a_search(house: TwoSites) -> None:
    assert "eloise" not in ours(house).post("/jeunes/chercher", data={"search": "eloise"}).location


def statements(engine: Engine, ask: Callable[[], Any]) -> list[str]:
    """The SQL that a request sends."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return [statement for statement in seen if statement.lstrip().upper().startswith(("SELECT", "WITH"))]


def engine_of(client: FlaskClient) -> Engine:
    extension = client.application.extensions.get("db") or client.application.extensions["ml_db"]
    with client.application.app_context():
        engine: Engine = extension.engine
        return engine


def test_stock_asks_a_query_for_each_row(stock: Callable[..., FlaskClient]) -> None:
    client = stock(m.YoungPerson, column_list=("last_name", "counsellor.last_name"))
    assert len(statements(engine_of(client), lambda: client.get("/stock/"))) >= 20


def test_ours_asks_four_queries_for_a_page(house: TwoSites) -> None:
    client = ours(house)
    client.get("/jeunes/")
    assert len(statements(engine_of(client), lambda: client.get("/jeunes/"))) <= 4


def test_stock_leaves_its_pages_unordered_and_goes_below_zero(stock: Callable[..., FlaskClient]) -> None:
    client = stock(m.YoungPerson, column_list=("last_name",))
    listed = statements(engine_of(client), lambda: client.get("/stock/?page=-3"))
    assert not [statement for statement in listed if "ORDER BY" in statement]
    assert read(client, select(1)) == 1


def test_ours_ends_every_order_with_the_key(house: TwoSites) -> None:
    client = ours(house)
    for address in ("/jeunes/", "/jeunes/?tri=city", "/rendez-vous/?tri=-starts_at", "/jeunes/?page=-3"):
        listed = [each for each in statements(engine_of(client), lambda: client.get(address)) if "LIMIT" in each]  # noqa: B023
        assert listed and all(
            re.search(r"\.id( ASC| DESC)?\s+LIMIT", each.replace("\n", " ")) for each in listed if "ORDER BY" in each
        )


def test_stock_gives_an_old_address_of_a_filter_another_meaning(stock: Callable[..., FlaskClient]) -> None:
    address = "/stock/?flt0_0=Zo%C3%A9"
    one = stock(m.YoungPerson, column_list=("last_name",), column_filters=("first_name", "city")).get(address).text
    two = stock(m.YoungPerson, column_list=("last_name",), column_filters=("city", "first_name")).get(address).text
    assert ("ÉLOÏSE05" in one) is not ("ÉLOÏSE05" in two)


def test_ours_names_the_field_of_a_filter(house: TwoSites) -> None:
    posted = ours(house).post("/jeunes/filtrer", data={"field": "status", "value": "active"})
    assert posted.location.endswith("/jeunes/?f.status=active")


HOSTILE = ("?page=99999999999999999999", "?flt0_0=99999999999999999999")


@pytest.mark.parametrize("address", HOSTILE)
def test_stock_breaks_on_what_is_no_number(stock: Callable[..., FlaskClient], address: str) -> None:
    client = stock(
        m.YoungPerson, can_view_details=True, column_list=("last_name",), column_filters=("id",), form_columns=FORM
    )
    assert client.get(f"/stock/{address}").status_code == 500


@pytest.mark.parametrize(
    "address",
    ["abc", "99999999999999999999/modifier", "?page=99999999999999999999", "?f.counsellor=99999999999999999999"],
)
def test_ours_answers_what_is_no_number(house: TwoSites, address: str) -> None:
    assert ours(house).get(f"/jeunes/{address}").status_code in (200, 404)


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_stock_needs_scripts_inside_its_pages_and_sends_no_header(stock: Callable[..., FlaskClient]) -> None:
    answer = stock(m.YoungPerson, column_list=("last_name",)).get("/stock/")
    assert len(re.findall(r"\son[a-z]+=|javascript:", answer.text)) > 10
    assert "Content-Security-Policy" not in answer.headers and "X-Frame-Options" not in answer.headers


def test_ours_needs_none_and_forbids_them(house: TwoSites) -> None:
    answer = ours(house).get("/jeunes/")
    assert not re.findall(r"<[^>]+\s(on[a-z]+|style)=|javascript:|<script(?![^>]*src=)|<style", answer.text)
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]


def test_stock_has_neither_language_nor_heading_nor_landmark(stock: Callable[..., FlaskClient]) -> None:
    page = stock(m.YoungPerson, column_list=("last_name",), column_sortable_list=("last_name",)).get("/stock/").text
    assert "<html>" in page and "<h1" not in page and "<main" not in page
    assert "aria-sort" not in page and 'scope="col"' not in page


def test_ours_has_them(house: TwoSites) -> None:
    page = ours(house).get("/jeunes/").text
    assert '<html lang="fr"' in page and page.count("<h1") == 1 and page.count("<main") == 1
    assert "aria-sort" in page and 'scope="col"' in page and "Aller au contenu" in page


def test_stock_loads_more_than_fifteen_files(stock: Callable[..., FlaskClient]) -> None:
    page = stock(m.YoungPerson, column_list=("last_name",)).get("/stock/").text
    assert len(re.findall(r"<(?:script|link)[^>]+(?:src|href)=\"/", page)) > 15


def test_ours_loads_four(house: TwoSites) -> None:
    page = ours(house).get("/jeunes/").text
    assert len(re.findall(r"<script[^>]+src=|<link[^>]+stylesheet", page)) <= 4
    assert not re.search(r"jquery|select2|moment|bootstrap4|font-?awesome|x-editable", page, re.IGNORECASE)


def test_ours_speaks_french_when_a_save_fails(house: TwoSites) -> None:
    answer = ours(house).post("/sites/nouveau", data={"name": ""})
    assert answer.status_code == 422
    assert "à renseigner" in answer.text and not re.search(r"Failed|required\.|This field", answer.text)


def test_stock_imports_nothing(stock: Callable[..., FlaskClient]) -> None:
    assert not [rule for rule in stock(m.Site).application.url_map.iter_rules() if "import" in rule.rule]


def test_ours_imports(house: TwoSites) -> None:
    assert ours(house).get("/imports").status_code == 200
