"""Every attribute of every entity takes an ordinary value by the form, by the cell and again without change."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import RoleName, Scope
from ml_admin.editing import column_of, writable
from ml_admin.fields import fields_of
from ml_admin.listing import kind_of, options_of, target_of
from ml_admin.permissions import Viewer
from ml_admin.views.registry import views
from tests.views.two_sites import Database, TwoSites, two_sites

ADMINISTRATOR = Viewer(RoleName.ADMINISTRATOR, Scope.ALL)
ENTITIES = [mapper.class_ for mapper in m.Base.registry.mappers if writable(ADMINISTRATOR, mapper.class_)]
CASES = [(model, name) for model in ENTITIES for name in writable(ADMINISTRATOR, model)]
USUAL: Mapping[str, str] = {  # by cleaner
    "": "Bonjour",
    "text": "Bonjour",
    "name": "Maison du Pont",
    "notes": "Une ligne.\nUne autre.",
    "phone": "06 39 98 12 45",
    "email": "lea@example.org",
    "postcode": "09000",
    "city": "Foix",
    "url": "https://example.org",
    "last_name": "PETIT",
    "first_name": "Léa",
    "birth_name": "ROUX",
    "birth_date": "2004-05-12",
    "date": "2024-05-02",
    "due_date": "2027-05-02",
    "time": "10:15",
    "contact": "Mme Roux",
    "siret": "99900400500016",
    "siren": "999004005",
    "integer": "12",
    "offers_count": "3",
    "decimal": "1,5",
    "positions": "Vendeuse\nServeur",
}
SPECIAL: Mapping[tuple[type[m.Base], str], str] = {
    (m.Setting, "key"): "age.max",
    (m.Setting, "value"): "24",
    (m.Employer, "naf"): "10.71C",
    (m.JobOffer, "rome_code"): "D1106",
    (m.Counsellor, "initials"): "CM",
    (m.Stand, "recruiters"): "2",
    (m.JobDating, "closes_at"): "12:30",
    (m.Partner, "agreement_start"): "2024-05-02",
}
# what the rules of the record ask besides
WITH: Mapping[tuple[type[m.Base], str], Mapping[str, str]] = {
    (m.YoungPerson, "exit_date"): {"status": "closed"},
    (m.YoungPerson, "exit_reason"): {"status": "closed"},
    (m.ActionItem, "done_date"): {"status": "done"},
    (m.Appointment, "starts_at"): {"ends_at": "2027-06-02T11:00"},
    (m.Appointment, "ends_at"): {"starts_at": "2027-06-02T09:00"},
}


@pytest.fixture(scope="module")
def house(
    request: pytest.FixtureRequest, filled_url: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoSites]:
    with two_sites(filled_url(request.param), tmp_path_factory.mktemp("data")) as house:
        house.reach(Scope.ALL)
        yield house


def usual(house: TwoSites, model: type[m.Base], name: str) -> str:
    kind = kind_of(model, name)
    if kind == "choice":
        return options_of(model, name).options()[-1][0]
    if kind == "relation":
        return str(
            free_counsellor(house) if model is m.Account and name == "counsellor" else house.own[target_of(model, name)]
        )
    if kind in ("bool", "instant"):
        return {"bool": "oui", "instant": "2027-06-02T10:00"}[kind]
    return SPECIAL.get((model, name)) or USUAL[fields_of(model)[name].cleaner]


def free_counsellor(house: TwoSites) -> int:
    with Session(house.engine) as session:
        taken = select(m.Account.counsellor_id).where(m.Account.counsellor_id.is_not(None))
        return session.scalars(select(m.Counsellor.id).where(m.Counsellor.id.not_in(taken))).one()


def state(house: TwoSites, model: type[m.Base]) -> Any:
    with Session(house.engine) as session:
        return session.get_one(model, house.own[model])


def ticked(house: TwoSites, model: type[m.Base]) -> dict[str, str]:
    """Boxes that are ticked: one that is not sent is one that is not ticked."""
    record = state(house, model)
    return {
        name: "y" for name in writable(ADMINISTRATOR, model) if kind_of(model, name) == "bool" and getattr(record, name)
    }


@pytest.mark.parametrize("house", ["sqlite", "postgresql"], indirect=True, scope="module")
@pytest.mark.parametrize(("model", "name"), CASES, ids=[f"{model.__name__}.{name}" for model, name in CASES])
def test_an_ordinary_value_is_saved(house: TwoSites, model: type[m.Base], name: str) -> None:
    client = house.browser(RoleName.ADMINISTRATOR)
    with house.app.app_context():
        view = views()[model]
    address, before, value = f"{view.url}/{house.own[model]}", state(house, model), usual(house, model, name)
    change = {"version": str(before.version), **ticked(house, model), name: value, **WITH.get((model, name), {})}
    answer = client.post(f"{address}/modifier", data=change)
    assert answer.status_code == 303, re.findall(
        r'class="invalid[^>]*>([^<]+)|<li><a href="#[^>]*>([^<]+)', answer.text
    )
    after = state(house, model)
    assert getattr(after, column_of(model, name)) not in (None, "", [])
    # what a form shows and sends back changes nothing
    again = {"version": str(after.version), **ticked(house, model), name: value}
    assert client.post(f"{address}/modifier", data=again).status_code == 303
    assert state(house, model).version == after.version
    assert client.get(f"{address}/modifier").status_code == client.get(address).status_code == 200
    if fields_of(model)[name].quick:
        cell = {"id": after.id, "column": name, "version": after.version, "value": value}
        assert client.post(f"{view.url}/saisie", data=cell).status_code == 200
