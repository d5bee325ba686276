"""What a new entity or field must not forget: a screen, rights, a place in the menu, a cleaner, words."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import String, inspect
from sqlalchemy.orm import RelationshipProperty

from ml_admin import models as m
from ml_admin.application import create_app
from ml_admin.choices import Choice, RoleName
from ml_admin.cleaners import CLEANERS
from ml_admin.config import Settings
from ml_admin.fields import Field, described, fields_of
from ml_admin.listing import kind_of, options_of, target_of
from ml_admin.permissions import RIGHTS, Viewer, may
from ml_admin.views import MENU
from ml_admin.views.registry import views

# tables that nobody edits on a screen of their own, and why
WITHOUT_SCREEN = {
    m.OneTimeLink: "handed over from the account, shown once",
    m.SignIn: "the sessions of « Mon compte »",
    m.LoginAttempt: "counts only, names hashed",
    m.Preference: "columns and page sizes, kept by the lists themselves",
    m.ImportBatch: "the pages of an import",
    m.ImportTable: "the pages of an import",
    m.ImportRow: "the pages of an import",
    m.ImportMemory: "what an import learnt",
    m.ImportValue: "what an import learnt",
    m.Lookalike: "the desk of possible duplicates",
    m.RecordMerge: "the desk of possible duplicates",
    m.Journal: "« Modifications » of each record",
    m.Consultation: "its own read-only page",
    m.Job: "progress of an import",
    m.Lease: "machinery",
}
MAPPED: list[type[m.Base]] = [mapper.class_ for mapper in m.Base.registry.mappers]
TABLES = set(m.Base.metadata.tables.values())
ENTITIES = [model for model in MAPPED if model not in WITHOUT_SCREEN]
FIELDS = [(model, name, field) for model in ENTITIES for name, field in fields_of(model).items()]
each_entity = pytest.mark.parametrize("model", ENTITIES, ids=lambda model: model.__name__)
# cleaners that imports and forms name by themselves, not through an attribute of a model
CALLED_BY_NAME = re.compile(r"[\"']([a-z_]+)[\"']")


@pytest.fixture(scope="module")
def app(filled_url: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with filled_url("sqlite") as url:
        data, key = tmp_path_factory.mktemp("data"), "k" * 40
        app = create_app(Settings(data=data, database_url=url, secret_key=key, password_salt=key, totp_key=key))
        with app.app_context():
            yield app


def test_every_table_has_a_screen_or_a_reason() -> None:
    assert set(WITHOUT_SCREEN) <= set(MAPPED)
    assert [model.__name__ for model in ENTITIES if not fields_of(model)] == []
    assert [model.__name__ for model in WITHOUT_SCREEN if fields_of(model)] == []
    assert {model.__table__ for model in MAPPED} == TABLES


@each_entity
def test_an_entity_has_a_screen_rights_and_a_place_in_the_menu(app: Flask, model: type[m.Base]) -> None:
    view = views().get(model)
    assert view is not None, f"{model.__name__}: a line in views/entities.py"
    assert [role for role in RoleName if may(Viewer(role), "read", model)], (
        f"{model.__name__}: a line in permissions.py"
    )
    screens = [screen for section in MENU for screen in section.screens]
    assert f"{view.endpoint}.index_view" in screens, f"{model.__name__}: a place in views/__init__.py: MENU"
    noun = view.noun
    assert all((noun.one, noun.many, noun.new, noun.list_))


def test_the_menu_leads_to_pages_that_exist_once_each(app: Flask) -> None:
    screens = [screen for section in MENU for screen in section.screens]
    assert [screen for screen in screens if screen not in app.view_functions] == []
    assert len(screens) == len(set(screens))


def test_the_rights_table_names_no_entity_without_a_screen(app: Flask) -> None:
    assert {model for rights in RIGHTS.values() for model in rights} == set(views())


@each_entity
def test_an_entity_keeps_its_story(model: type[m.Base]) -> None:
    table = m.Base.metadata.tables[model.__tablename__]
    assert table.info.get("journaled", True)
    assert inspect(model).version_id_col is table.columns["version"]


@pytest.mark.parametrize(
    ("model", "name", "field"), FIELDS, ids=[f"{model.__name__}.{name}" for model, name, _ in FIELDS]
)
def test_an_attribute_says_what_it_is(model: type[m.Base], name: str, field: Field) -> None:
    assert field.label and field.label == field.label.strip()
    assert not re.search(r"[«»] |'", field.label), "French typography"
    assert field.cleaner == "" or field.cleaner in CLEANERS
    assert len(set(field.aliases)) == len(field.aliases)
    kind = kind_of(model, name)  # KeyError for an attribute that the model has not
    if kind == "relation":
        assert target_of(model, name) in ENTITIES
        assert f"{name}_id" in model.__table__.columns
    if kind == "choice":
        assert issubclass(options_of(model, name), Choice)
    if kind in ("date", "text") and field.form and isinstance(model.__table__.columns[name].type, String):
        assert field.cleaner or model is m.Setting, "a typed text needs its cleaner"
    if field.quick:
        assert field.form and field.column and kind not in ("relation", "relations", "json")
    if field.listed or field.filtered:
        assert field.column
    if field.free_text:
        assert field.section != "general", "free text stands behind a right of its own"


@each_entity
def test_labels_of_an_entity_are_told_apart(model: type[m.Base]) -> None:
    labels = [field.label for field in fields_of(model).values()]
    assert sorted(labels) == sorted(set(labels))


@each_entity
def test_a_column_is_described_or_machinery(model: type[m.Base]) -> None:
    mapper = inspect(model)
    relations = {f"{name}_id" for name, prop in mapper.attrs.items() if isinstance(prop, RelationshipProperty)}
    machinery = {"id", "version", "created_at", "extra", "search_key", "contact_key", "confirmed_at"}
    silent = [
        column.name
        for column in model.__table__.columns
        if column.name not in machinery | relations | set(fields_of(model)) and not column.info.get("secret")
    ]
    assert silent == []


@each_entity
def test_what_is_said_to_be_searched_is_in_a_key_of_the_search(model: type[m.Base]) -> None:
    columns = m.Base.metadata.tables[model.__tablename__].columns
    folded = [columns[name].computed for name in ("search_key", "contact_key") if name in columns]
    text = " ".join(str(each.sqltext) for each in folded if each is not None)
    assert [
        name for name, field in fields_of(model).items() if field.searched and not re.search(rf"\b{name}\b", text)
    ] == []


def test_an_unknown_slot_is_refused_when_the_model_is_read() -> None:
    with pytest.raises(TypeError):
        described("Nom", listd=True)
    with pytest.raises(TypeError):
        described()  # type: ignore[call-arg]


def test_every_cleaner_is_named_by_a_field_or_an_import() -> None:
    named = {field.cleaner for _, _, field in FIELDS}
    for path in sorted((Path(m.__file__).parent / "imports").glob("*.py")):
        named |= set(CALLED_BY_NAME.findall(path.read_text(encoding="utf-8")))
    named |= set(CALLED_BY_NAME.findall((Path(m.__file__).parent / "views" / "forms.py").read_text(encoding="utf-8")))
    assert [name for name in CLEANERS if name not in named] == []


@pytest.mark.parametrize("options", Choice.__subclasses__(), ids=lambda options: options.__name__)
def test_a_closed_list_has_a_label_for_each_code(options: type[Choice]) -> None:
    pairs = options.options()
    assert pairs
    assert all(code and label and code == code.strip() for code, label in pairs)
    assert len({label for _, label in pairs}) == len(pairs) == len({code for code, _ in pairs})


def test_no_column_could_hold_a_social_security_number_by_name() -> None:
    wanted = re.compile(r"\b(nir|nss|secu|social_security|numero_secu)", re.IGNORECASE)
    assert not [
        f"{table}.{column.name}"
        for table, each in m.Base.metadata.tables.items()
        for column in each.columns
        if wanted.search(column.name)
    ]
