"""What the page of a record tells, to whom."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import ActionStatus, AppointmentOutcome, Programme, RoleName, Scope, SituationKind
from ml_admin.database import Actor, writing
from ml_admin.permissions import Viewer
from ml_admin.story import story_of
from tests.views.conftest import House

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def told(engine: Engine, house: House) -> House:
    with writing(engine, Actor(None, "Mise en place")) as session:
        session.add_all(_events(house))
    return house


def _events(house: House) -> list[m.Base]:
    hour = timedelta(hours=1)
    past, ahead = NOW - timedelta(days=10), NOW + timedelta(days=10)
    own = {"young_person_id": house.amina}
    return [
        m.Appointment(**own, starts_at=past, ends_at=past + hour, purpose="Bilan", outcome=AppointmentOutcome.ATTENDED),
        m.Appointment(**own, starts_at=past - hour, ends_at=past, purpose="Sans suite"),
        m.Appointment(**own, starts_at=ahead, ends_at=ahead + hour, purpose="À venir"),
        m.ActionItem(**own, label="Refaire le CV", status=ActionStatus.DONE, done_date=date(2026, 2, 27)),
        m.ActionItem(**own, label="Ouvrir un compte"),
        m.Situation(**own, kind=SituationKind.TRAINING, starts_on=date(2026, 1, 5)),
        m.Enrolment(**own, programme=Programme.CEJ, starts_on=date(2025, 9, 1), ends_on=date(2026, 2, 28)),
    ]


def story(engine: Engine, role: RoleName, house: House, limit: int = 12) -> list[str]:
    with Session(engine) as session:
        person = session.get_one(m.YoungPerson, house.amina)
        viewer = Viewer(role, Scope.ALL, account_id=1)
        return [event.what for event in story_of(session, viewer, person, NOW, limit)]


def test_a_story_tells_what_happened_newest_first(engine: Engine, told: House) -> None:
    assert story(engine, RoleName.COUNSELLOR, told) == [
        "Fin de CEJ",
        "Refaire le CV",
        "Bilan",
        "Situation\u00a0: Formation",
        "Entrée en CEJ",
    ]
    assert story(engine, RoleName.COUNSELLOR, told, 2) == ["Fin de CEJ", "Refaire le CV"]


def test_a_story_holds_only_what_the_role_reads(engine: Engine, told: House) -> None:
    assert story(engine, RoleName.FRONT_DESK, told) == ["Bilan"]
    assert "Bilan" not in story(engine, RoleName.EMPLOYER_OFFICER, told)


def test_the_lists_of_a_record_are_counted_and_the_empty_ones_not_fetched(claire: FlaskClient, told: House) -> None:
    page = claire.get(f"/jeunes/{told.amina}").text
    assert f"/jeunes/{told.amina}/liees/appointments/young_person" in page
    assert f"/jeunes/{told.amina}/liees/registrations/young_person" not in page


def test_a_related_list_shows_who_it_is_about(claire: FlaskClient, engine: Engine, told: House) -> None:
    with writing(engine, Actor(None, "Mise en place")) as session:
        partner = m.Partner(name="Habitat Jeunes")
        session.add(partner)
        session.flush()
        session.get_one(m.Appointment, 1).partner_id = partner.id
        key = partner.id
    lines = claire.get(f"/partenaires/{key}/liees/appointments/partner").text
    assert "Garçon Amina" in lines


def test_the_present_version_offers_no_way_back(denise: FlaskClient, house: House) -> None:
    address = f"/jeunes/{house.amina}"
    assert "Revenir à cette version" not in denise.get(f"{address}/modifications").text
    denise.post(f"{address}/modifier", data={"version": "1", "city": "Foix"})
    assert denise.get(f"{address}/modifications").text.count("Revenir à cette version</button>") == 1


def test_deleted_records_are_offered_to_who_brings_them_back(
    claire: FlaskClient, denise: FlaskClient, house: House
) -> None:
    assert "/jeunes/supprimees" in denise.get("/jeunes/").text
    assert "/jeunes/supprimees" not in claire.get("/jeunes/").text
    assert "/regles/supprimees" not in denise.get("/regles/").text


def test_a_new_account_is_nobodys_yet(
    signed_in: Callable[[RoleName], FlaskClient], engine: Engine, house: House
) -> None:
    boss = signed_in(RoleName.ADMINISTRATOR)
    assert "Martin" not in boss.get("/comptes/nouveau").text
    with Session(engine) as session:
        role = session.query(m.Role.id).filter_by(name=RoleName.FRONT_DESK).scalar()
    form = {"username": "nadia", "email": "nadia@example.org", "role": str(role), "active": "y"}
    page = boss.get(boss.post("/comptes/nouveau", data=form).location).text
    assert "Ce compte attend son mot de passe" in page
    assert "/lien" in page


def test_a_role_tells_its_rights(signed_in: Callable[[RoleName], FlaskClient], engine: Engine, house: House) -> None:
    with Session(engine) as session:
        key = session.query(m.Role.id).filter_by(name=RoleName.COUNSELLOR).scalar()
    page = signed_in(RoleName.ADMINISTRATOR).get(f"/roles/{key}").text
    assert "Ce que ce rôle peut faire" in page
    assert "coordonnées, notes, santé, logement, justice, famille" in page
    assert 'name="name"' not in signed_in(RoleName.ADMINISTRATOR).get(f"/roles/{key}/modifier").text


def test_the_rules_in_force_stand_above_their_changes(denise: FlaskClient, house: House) -> None:
    denise.post("/regles/nouveau", data={"key": "watch.no_contact_days", "valid_from": "2020-01-01", "value": " 35 "})
    page = denise.get("/regles/").text
    assert "<b>35</b> jours" in page
    refused = denise.post("/regles/nouveau", data={"key": "inventée", "valid_from": "2020-01-01", "value": "3"})
    assert refused.status_code == 422


def test_the_start_page_is_ones_own_or_the_teams(
    claire: FlaskClient, denise: FlaskClient, engine: Engine, house: House
) -> None:
    start = datetime.now(UTC).replace(hour=10, minute=0)
    with writing(engine, Actor(None, "Mise en place")) as session:
        for person, staff in ((house.amina, house.claire), (house.bilal, house.paul)):
            session.add(
                m.Appointment(
                    young_person_id=person,
                    counsellor_id=staff,
                    starts_at=start,
                    ends_at=start + timedelta(minutes=30),
                )
            )
    own, team = claire.get("/").text, denise.get("/").text
    assert "Bilal Diallo" not in own
    assert "ml-dial" in own
    assert "Bilal Diallo" in team
    assert "toute l’équipe" in team
