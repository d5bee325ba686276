"""Who may do what: the table is whole, denies by default, and the scope of records holds on both engines."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from ml_admin import models as m
from ml_admin.choices import AppointmentOutcome, BarrierTheme, Programme, RoleName, Scope, SituationKind
from ml_admin.fields import fields_of
from ml_admin.permissions import (
    NOBODY,
    PAGES,
    RIGHTS,
    SENSITIVE,
    Viewer,
    hidden_barriers,
    may,
    may_open,
    may_see,
    scoped,
    viewer_of,
    visible_fields,
)

ACTIONS = {"read", "create", "update", "delete", "export", "import", "restore"}
DESCRIBED = [mapper.class_ for mapper in m.Base.registry.mappers if fields_of(mapper.class_)]
INNER_CIRCLE = {RoleName.ADMINISTRATOR, RoleName.MANAGER, RoleName.COUNSELLOR}
OF_A_PERSON = [m.YoungPerson, m.Enrolment, m.Situation, m.Barrier, m.Appointment, m.ActionItem, m.Registration]
SCOPED = [*OF_A_PERSON, m.Interview]


def readers(model):
    return {role for role in RoleName if may(Viewer(role), "read", model)}


# --- The table -------------------------------------------------------------------------------------------------------


def test_every_role_has_its_line():
    assert set(RIGHTS) == set(RoleName)


@pytest.mark.parametrize("model", DESCRIBED, ids=lambda model: model.__name__)
def test_every_described_entity_is_named_by_the_table(model):
    assert readers(model)


def test_the_table_names_nothing_but_described_entities_known_actions_and_known_sections():
    sections = {field.section for model in DESCRIBED for field in fields_of(model).values()}
    for rights in RIGHTS.values():
        for model, right in rights.items():
            assert model in DESCRIBED
            assert right.actions <= ACTIONS
            assert right.sections <= {"general", "contact"} | SENSITIVE
    assert sections <= {"general", "contact"} | SENSITIVE


def test_who_may_do_anything_to_an_entity_may_also_read_it():
    blind = [
        (role, model)
        for role, rights in RIGHTS.items()
        for model, right in rights.items()
        if "read" not in right.actions
    ]
    assert blind == []


def test_every_page_is_open_to_some_role_and_to_the_administrator():
    assert all(RoleName.ADMINISTRATOR in roles for roles in PAGES.values())


@pytest.mark.parametrize("model", DESCRIBED, ids=lambda model: model.__name__)
def test_nobody_may_do_nothing(model):
    assert not [action for action in ACTIONS if may(NOBODY, action, model)]
    assert visible_fields(NOBODY, model) == {}
    assert not [page for page in PAGES if may_open(NOBODY, page)]


def test_an_unknown_action_page_or_attribute_is_refused_to_everybody():
    for role in RoleName:
        viewer = Viewer(role, Scope.ALL)
        assert not may(viewer, "destroy", m.YoungPerson)
        assert not may_open(viewer, "nowhere")
        assert not may_see(viewer, m.Account, "password")
        assert not may_see(viewer, m.YoungPerson, "contact_key")
        assert not may(viewer, "read", m.Journal)


@pytest.mark.parametrize("section", sorted(SENSITIVE - {"notes"}))
def test_health_housing_justice_and_family_are_read_by_three_roles_alone(section):
    fields = [
        (model, name) for model in DESCRIBED for name, field in fields_of(model).items() if field.section == section
    ]
    assert fields
    for model, name in fields:
        assert {role for role in RoleName if may_see(Viewer(role), model, name)} == INNER_CIRCLE


@pytest.mark.parametrize("model", DESCRIBED, ids=lambda model: model.__name__)
def test_notes_on_a_person_are_read_by_three_roles_and_notes_on_firms_by_four(model):
    of_a_person = model in OF_A_PERSON
    expected = INNER_CIRCLE if of_a_person else INNER_CIRCLE | {RoleName.EMPLOYER_OFFICER}
    for name, field in fields_of(model).items():
        if field.section == "notes":
            seen = {role for role in RoleName if may_see(Viewer(role), model, name)}
            assert seen == (
                expected if may(Viewer(RoleName.EMPLOYER_OFFICER), "update", model) or of_a_person else INNER_CIRCLE
            )


def test_the_auditor_changes_takes_out_and_calls_nothing():
    for model, right in RIGHTS[RoleName.AUDITOR].items():
        assert right.actions == {"read"}
        assert {field.section for field in visible_fields(Viewer(RoleName.AUDITOR), model).values()} <= {"general"}


@pytest.mark.parametrize("model", [m.Account, m.Role, m.Setting])
def test_accounts_and_rules_are_changed_by_the_administration(model):
    writers = {role for role in RoleName if may(Viewer(role), "update", model)}
    assert writers - {RoleName.MANAGER if model is m.Setting else None} == {RoleName.ADMINISTRATOR}


def test_accounts_are_neither_deleted_nor_exported():
    assert not [role for role in RoleName for action in ("delete", "export") if may(Viewer(role), action, m.Account)]


# --- The scope of records --------------------------------------------------------------------------------------------


@pytest.fixture
def office(session):
    """Two sites; three young people: of Claire's site, of another site but followed by Claire, of another site."""
    here, there = m.Site(name="Siège"), m.Site(name="Antenne de Rieumajou")
    claire = m.Counsellor(last_name="MARTIN", first_name="Claire", site=here)
    people = [
        m.YoungPerson(last_name="DIOP", first_name="Amina", site=here),
        m.YoungPerson(last_name="ROUX", first_name="Léo", site=there, counsellor=claire),
        m.YoungPerson(last_name="PETIT", first_name="Nora", site=there),
    ]
    employer = m.Employer(name="Boulangerie du Pont")
    event = m.JobDating(name="Forum de printemps", held_on=date(2025, 4, 3))
    stand = m.Stand(job_dating=event, employer=employer)
    session.add_all([here, there, claire, *people, employer, event, stand])
    session.flush()
    for number, person in enumerate(people):
        session.add_all(everything_of(person, event, stand, number))
    session.commit()
    return {"site": here.id, "counsellor": claire.id, "people": [person.id for person in people]}


def everything_of(person, event, stand, number):
    start = datetime(2025, 3, 3 + number, 9, tzinfo=UTC)
    registration = m.Registration(young_person=person, job_dating=event)
    return [
        m.Enrolment(young_person=person, programme=Programme.PACEA),
        m.Situation(young_person=person, kind=SituationKind.JOB_SEEKER),
        *[m.Barrier(young_person=person, theme=theme) for theme in BarrierTheme],
        m.Appointment(
            young_person=person, starts_at=start, ends_at=start.replace(hour=10), outcome=AppointmentOutcome.ATTENDED
        ),
        m.ActionItem(young_person=person, label="Écrire le CV"),
        registration,
        m.Interview(stand=stand, registration=registration),
    ]


def person_of(record):
    if isinstance(record, m.YoungPerson):
        return record.id
    return record.registration.young_person_id if isinstance(record, m.Interview) else record.young_person_id


def viewers(office):
    return {
        "own site": Viewer(scope=Scope.OWN_SITE, site_id=office["site"]),
        "own site and own people": Viewer(
            scope=Scope.OWN_SITE, site_id=office["site"], counsellor_id=office["counsellor"]
        ),
        "own people": Viewer(scope=Scope.OWN_SITE, counsellor_id=office["counsellor"]),
        "no site": Viewer(scope=Scope.OWN_SITE),
        "all": Viewer(scope=Scope.ALL),
    }


REACH = {"own site": [0], "own site and own people": [0, 1], "own people": [1], "no site": [], "all": [0, 1, 2]}


def test_every_role_reaches_the_records_of_its_scope_and_no_other(session, office):
    for who, viewer in viewers(office).items():
        reached = {office["people"][position] for position in REACH[who]}
        for role in RoleName:
            viewer = replace(viewer, role=role)
            for model in SCOPED:
                found = session.scalars(scoped(select(model), model, viewer)).unique().all()
                expected = reached if may(viewer, "read", model) else set()
                assert {person_of(record) for record in found} == expected, (who, role, model.__name__)


def test_barriers_of_a_hidden_theme_are_not_among_the_rows(session, office):
    for role in RoleName:
        viewer = Viewer(role, Scope.ALL)
        themes = set(session.scalars(scoped(select(m.Barrier.theme), m.Barrier, viewer)))
        assert themes == (set(BarrierTheme) if role in INNER_CIRCLE else set())
        assert hidden_barriers(viewer) == (frozenset() if role in INNER_CIRCLE else frozenset(m.Barrier.SECTIONS))


def test_a_role_that_reads_barriers_without_the_sensitive_groups_sees_the_plain_themes(session, office, monkeypatch):
    plain = {**RIGHTS[RoleName.FRONT_DESK], m.Barrier: RIGHTS[RoleName.FRONT_DESK][m.YoungPerson]}
    monkeypatch.setitem(RIGHTS, RoleName.FRONT_DESK, plain)
    viewer = Viewer(RoleName.FRONT_DESK, Scope.ALL)
    themes = set(session.scalars(scoped(select(m.Barrier.theme), m.Barrier, viewer)))
    assert themes == {BarrierTheme.MOBILITY, BarrierTheme.LITERACY, BarrierTheme.MONEY, BarrierTheme.DIGITAL}


def test_the_site_of_the_account_goes_before_that_of_the_staff_record(session):
    here, there = m.Site(name="Siège"), m.Site(name="Antenne")
    role = m.Role(name=RoleName.COUNSELLOR, scope=Scope.OWN_SITE)
    claire = m.Counsellor(last_name="MARTIN", first_name="Claire", site=here)
    account = m.Account(username="claire", email="claire@example.org", role=role, counsellor=claire)
    session.add_all([here, there, account])
    session.flush()
    viewer = viewer_of(account)
    assert (viewer.role, viewer.scope, viewer.site_id) == (RoleName.COUNSELLOR, Scope.OWN_SITE, here.id)
    assert (viewer.account_id, viewer.counsellor_id, viewer.label) == (account.id, claire.id, claire.full_name)
    account.site = there
    session.flush()
    assert viewer_of(account).site_id == there.id


def test_nobody_reaches_no_record(session, office):
    for model in [*SCOPED, m.Site, m.Employer]:
        assert session.scalars(scoped(select(model), model, NOBODY)).unique().all() == []


def test_employers_and_partners_are_shared_between_sites(session, office):
    viewer = Viewer(RoleName.EMPLOYER_OFFICER, Scope.OWN_SITE, site_id=office["site"])
    assert [each.name for each in session.scalars(scoped(select(m.Employer), m.Employer, viewer))] == [
        "Boulangerie du Pont"
    ]
