"""Rules of accounts and dated settings hold for the form, the quick edit and every other way of `editing`."""

from datetime import date

import pytest
from sqlalchemy import select

from ml_admin import access, editing
from ml_admin.choices import RoleName, Scope
from ml_admin.models import Account, Role, Setting
from ml_admin.permissions import Viewer


@pytest.fixture
def denise(session):
    return access.create_account(session, "denise", "denise@example.org", None, RoleName.ADMINISTRATOR)


@pytest.fixture
def viewer(session, denise):
    session.commit()
    return Viewer(RoleName.ADMINISTRATOR, Scope.ALL, account_id=denise.id)


def save(session, viewer, record, **values):
    return editing.save(session, viewer, type(record), record.id, record.version, values)


def test_an_administrator_cannot_close_their_own_account_by_the_form(session, denise, viewer):
    saved = save(session, viewer, denise, active=False, email="d.cazalis@example.org")
    session.commit()
    assert set(saved.errors) == {"active"}
    assert (denise.active, denise.email) == (True, "denise@example.org")


def test_the_last_administrator_keeps_the_role_whoever_asks(session, denise, viewer):
    other = Viewer(RoleName.ADMINISTRATOR, Scope.ALL, account_id=denise.id + 1000)
    manager = session.scalars(select(Role.id).where(Role.name == RoleName.MANAGER)).one()
    assert set(save(session, other, denise, role=manager).errors) == {"role"}
    session.commit()
    assert denise.role.name == RoleName.ADMINISTRATOR


def test_a_new_account_waits_for_its_link(session, viewer):
    role = session.scalars(select(Role.id).where(Role.name == RoleName.AUDITOR)).one()
    made = editing.create(
        session, viewer, Account, {"username": "audit", "email": "a@example.org", "active": True, "role": role}
    )
    session.commit()
    assert made.done
    assert made.record.password is None
    assert made.record.fs_uniquifier


def test_a_rule_is_written_tidied_or_refused_in_words(session, viewer):
    made = editing.create(session, viewer, Setting, {"key": "age.max", "valid_from": date(2025, 1, 1), "value": " 26 "})
    assert made.record.value == "26"
    session.commit()
    assert "nombre de 16 à 35" in save(session, viewer, made.record, value="beaucoup").errors["value"]
    refused = editing.create(session, viewer, Setting, {"key": "?", "valid_from": date(2025, 1, 1), "value": "1"})
    assert set(refused.errors) == {"key"}
    session.commit()
    assert session.scalars(select(Setting.value)).all() == ["26"]
