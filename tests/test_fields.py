"""One described line of a model is enough: a field of a throw-away entity is found everywhere it should be."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import Computed, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ml_admin import models as m
from ml_admin import triggers
from ml_admin.choices import RoleName, Scope
from ml_admin.database import acting_as
from ml_admin.exports import template
from ml_admin.exports.template import write_template
from ml_admin.fields import described, fields_of
from ml_admin.imports import entities
from ml_admin.journal import forget
from ml_admin.permissions import RIGHTS, SENSITIVE, Right, Viewer
from ml_admin.views.base import EntityView, Noun
from tests.views.two_sites import Database, TwoSites, two_sites

DIRECTOR = Viewer(RoleName.MANAGER, Scope.ALL, label="Denise CAZALIS")


@dataclass
class Place:
    """The throw-away entity, its screen and the house that holds it."""

    model: Any
    house: TwoSites
    client: FlaskClient  # may everything
    visitor: FlaskClient  # may read the general attributes
    view: Any


def declared() -> type[Any]:
    class Garden(m.Versioned, m.Base):
        """A plot that a group of young people grows."""

        __tablename__ = "garden_of_a_test"

        name: Mapped[str] = mapped_column(String(80), info=described("Nom", listed=True, searched=True, cleaner="name"))
        # the line whose path is followed
        caller: Mapped[str | None] = mapped_column(
            String(20),
            info=described(
                "Ligne du jardinier",
                group="Contact",
                section="contact",
                listed=True,
                searched=True,
                filtered=True,
                quick=True,
                personal=True,
                cleaner="phone",
                aliases=("tél jardin",),
                help="Le soir.",
                example="06 39 98 12 45",
            ),
        )
        soil: Mapped[str | None] = mapped_column(
            Text, info=described("Terre", group="Contact", section="notes", free_text=True, cleaner="notes")
        )
        search_key: Mapped[str] = mapped_column(Text, Computed("ml_fold(name)", persisted=True))

        def __str__(self) -> str:
            return self.name

    return Garden


@pytest.fixture(scope="module")
def place(filled_url: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    patch = pytest.MonkeyPatch()
    model = declared()
    try:
        for role, sections in ((RoleName.MANAGER, {"general", "contact"} | SENSITIVE), (RoleName.AUDITOR, {"general"})):
            actions = "read create update delete export import restore" if role is RoleName.MANAGER else "read"
            right = Right(frozenset(actions.split()), frozenset(sections))
            patch.setitem(RIGHTS, role, {**RIGHTS[role], model: right})
        with two_sites(filled_url("sqlite"), tmp_path_factory.mktemp("data")) as house:
            house.reach(Scope.ALL)
            with house.engine.begin() as connection:
                triggers.create_all(connection, m.Base.metadata)
            yield Place(
                model, house, house.browser(RoleName.MANAGER), house.browser(RoleName.AUDITOR), _screen(house, model)
            )
    finally:
        patch.undo()
        m.Base.metadata.remove(model.__table__)


def _screen(house: TwoSites, model: type[Any]) -> Any:
    with house.app.app_context():
        noun = Noun("jardin", "jardins", "Nouveau jardin", "Liste des jardins")
        view = EntityView(model, house.app.extensions["ml_db"], "Jardins", noun, "jardins", "gardens", "flag")
        house.app.extensions["admin"][0].add_view(view)
        return view


@pytest.fixture
def garden(place: Place) -> Iterator[int]:
    """A record made by the form."""
    form = {"name": "Le Grand Pré", "caller": "06.39.98.12.45", "soil": "Argile"}
    answer = place.client.post("/jardins/nouveau", data=form)
    assert answer.status_code == 303
    yield int(answer.location.rpartition("/")[2])
    for key in re.findall(r'href="/jardins/(\d+)"', place.client.get("/jardins/").text):
        place.client.post(
            f"/jardins/{key}/supprimer", data={"version": kept(place, int(key)).version, "confirmed": "1"}
        )


def kept(place: Place, key: int) -> Any:
    with Session(place.house.engine) as session:
        return session.get_one(place.model, key)


def test_the_form_offers_it_with_its_words_and_control(place: Place) -> None:
    page = place.client.get("/jardins/nouveau").text
    control = re.search(r'<input[^>]*name="caller"[^>]*>', page)
    assert control and 'type="tel"' in control[0]
    assert "Ligne du jardinier" in page and "Le soir." in page and "Contact" in page


def test_the_form_cleans_it(place: Place, garden: int) -> None:
    assert kept(place, garden).caller == "+33639981245"


def test_the_form_refuses_it_in_words(place: Place) -> None:
    answer = place.client.post("/jardins/nouveau", data={"name": "Le Pré", "caller": "06 39"})
    assert answer.status_code == 422
    assert (
        "Ligne du jardinier" in answer.text and 'value="06 39"' in answer.text and 'aria-invalid="true"' in answer.text
    )


def test_the_record_page_shows_it_in_its_group(place: Place, garden: int) -> None:
    page = place.client.get(f"/jardins/{garden}").text
    assert "Ligne du jardinier" in page and "06\u00a039\u00a098\u00a012\u00a045" in page


def test_the_list_shows_it_and_edits_it_in_place(place: Place, garden: int) -> None:
    assert "06\u00a039\u00a098\u00a012\u00a045" in place.client.get("/jardins/").text
    cell = {"id": garden, "column": "caller", "version": 1, "value": "0639980007"}
    assert place.client.post("/jardins/saisie", data=cell).status_code == 200
    assert kept(place, garden).caller == "+33639980007"


def test_the_list_filters_sorts_and_offers_it(place: Place, garden: int) -> None:
    posted = {"field": "caller", "op": "contient", "value": "3998"}
    found = place.client.post("/jardins/filtrer", data=posted).location
    assert f"/jardins/{garden}" in place.client.get(found).text
    none = place.client.post("/jardins/filtrer", data=posted | {"value": "4400"}).location
    assert f"/jardins/{garden}" not in place.client.get(none).text
    page = place.client.get("/jardins/?tri=-caller").text
    assert 'aria-sort="descending"' in page and 'value="caller"' in page


def test_the_search_finds_what_the_entity_gave_to_its_key(place: Place, garden: int) -> None:
    found = place.client.post("/jardins/chercher", data={"search": "grand pre"}).location
    assert f"/jardins/{garden}" in place.client.get(found).text
    none = place.client.post("/jardins/chercher", data={"search": "petit"}).location
    assert f"/jardins/{garden}" not in place.client.get(none).text


def test_the_export_takes_it(place: Place, garden: int) -> None:
    book = load_workbook(BytesIO(place.client.post("/jardins/export/xlsx").data))
    headings, first = list(book.worksheets[0].iter_rows(values_only=True))[:2]
    line = dict(zip(headings, first, strict=True))
    assert line["Ligne du jardinier"] == "06 39 98 12 45"
    assert "Terre" not in headings  # free text leaves only when somebody asks and says why


def test_the_history_names_it(place: Place, garden: int) -> None:
    change = {"version": "1", "caller": "06 39 98 00 01"}
    assert place.client.post(f"/jardins/{garden}/modifier", data=change).status_code == 303
    story = place.client.get(f"/jardins/{garden}/modifications").text
    assert "Ligne du jardinier" in story and "06\u00a039\u00a098\u00a000\u00a001" in story


def test_the_dictionary_explains_it(place: Place) -> None:
    page = place.client.get("/dictionnaire").text
    assert "Ligne du jardinier" in page and "tél jardin" in page and "Le soir." in page


def test_its_section_hides_it_everywhere_from_who_may_not_see_it(place: Place, garden: int) -> None:
    place.visitor.post("/jardins/colonnes", data={"columns": ["name", "caller", "soil"]})
    for address in ("/jardins/", f"/jardins/{garden}", f"/jardins/{garden}/modifications", "/dictionnaire"):
        page = place.visitor.get(address)
        assert page.status_code == 200
        assert not re.search(r"Ligne du jardinier|39.98.12|Argile", page.text), address
    assert "Le Grand Pré" in place.visitor.get("/jardins/").text


def test_the_template_asks_for_it_and_the_import_knows_its_headings(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    described_ = template._Entity("Jardins", ((place.model, "*"),), frozenset({"name"}))
    monkeypatch.setitem(template._ENTITIES, place.model, described_)
    stream = BytesIO()
    with Session(place.house.engine) as session:
        write_template(stream, session, DIRECTOR, place.model)
    sheet = load_workbook(BytesIO(stream.getvalue())).worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    assert {"Nom", "Ligne du jardinier", "Terre"} <= set(headings)
    note = next(cell.comment.text for cell in sheet[1] if cell.value == "Ligne du jardinier")
    assert "Le soir." in note
    known = {one.fields: one for one in entities._others(place.model, ())}
    caller = known[("caller",)]
    assert caller.cleaner == "phone" and {"Ligne du jardinier", "tél jardin"} <= set(caller.headings)


def test_erasure_can_take_it_out_of_the_story(place: Place, garden: int) -> None:
    personal = [name for name, field in fields_of(place.model).items() if field.personal]
    assert personal == ["caller"]
    with Session(place.house.engine) as session:
        acting_as(session, None, "Effacement")
        forget(session, place.model.__table__, garden, personal)
        session.commit()
        lines = session.scalars(
            select(m.Journal).where(m.Journal.table_name == place.model.__tablename__, m.Journal.record_id == garden)
        )
        assert not [line for line in lines if "639981245" in str(line.before) + str(line.after)]


def test_an_attribute_without_description_is_shown_nowhere(place: Place, garden: int) -> None:
    assert "created_at" not in fields_of(place.model)
    assert "created_at" not in place.client.get("/jardins/nouveau").text + place.client.get("/jardins/").text
