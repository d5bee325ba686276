"""Accounts, one-time links and open sessions, on both engines."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ml_admin import access
from ml_admin.choices import RoleName, Scope
from ml_admin.models import Account, OneTimeLink, Role, SignIn
from ml_admin.permissions import Viewer

NINE = datetime(2025, 3, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def denise(session):
    return access.create_account(session, "denise", "Denise.Cazalis@example.org", None, RoleName.ADMINISTRATOR)


@pytest.fixture
def karim(session):
    return access.create_account(session, "karim", "karim@example.org", None, RoleName.FRONT_DESK)


def viewer(account):
    return Viewer(account.role.name, Scope.ALL, account_id=account.id)


def role(session, name):
    return session.scalars(select(Role).where(Role.name == name)).one()


# --- Roles and accounts ----------------------------------------------------------------------------------------------


def test_the_six_roles_are_written_once(session):
    access.ensure_roles(session)
    access.ensure_roles(session)
    assert sorted(session.scalars(select(Role.name))) == sorted(RoleName)


@pytest.mark.parametrize("typed", ["denise", "DENISE ", "denise.cazalis@example.org", "Denise.Cazalis@EXAMPLE.org"])
def test_an_account_is_found_by_name_or_e_mail_in_any_case(session, denise, typed):
    assert access.find_account(session, typed) is denise


def test_a_name_goes_before_the_e_mail_of_somebody_else(session, denise):
    other = access.create_account(session, "denise.cazalis@example.org", "other@example.org", None, RoleName.AUDITOR)
    assert access.find_account(session, "denise.cazalis@example.org") is other


def test_an_unknown_name_finds_nobody(session, denise):
    assert access.find_account(session, "quelqu’un") is None
    assert access.find_account(session, "") is None


# --- One-time links --------------------------------------------------------------------------------------------------


def test_a_link_is_kept_as_a_digest_and_opens_until_it_is_spent(session, karim):
    token = access.make_link(session, access.PASSWORD, karim.id, instant=NINE)
    link = access.find_link(session, token, NINE + HOUR)
    assert link.account_id == karim.id
    assert token not in {link.token_hash, str(link.id)}
    assert access.spend(session, link, NINE + HOUR)
    assert access.find_link(session, token, NINE + HOUR) is None
    assert not access.spend(session, link, NINE + HOUR)


def test_a_link_is_over_after_two_days(session, karim):
    token = access.make_link(session, access.PASSWORD, karim.id, instant=NINE)
    assert access.find_link(session, token, NINE + 47 * HOUR)
    assert access.find_link(session, token, NINE + 48 * HOUR) is None


def test_a_new_link_stops_the_one_before_and_leaves_those_of_others(session, karim, denise):
    first, others = [
        access.make_link(session, access.PASSWORD, account.id, instant=NINE) for account in (karim, denise)
    ]
    second = access.make_link(session, access.PASSWORD, karim.id, instant=NINE)
    opened = [access.find_link(session, token, NINE) is not None for token in (first, others, second)]
    assert opened == [False, True, True]


def test_the_set_up_link_is_closed_by_the_first_account(session):
    token = access.make_link(session, access.SETUP, None, instant=NINE)
    assert access.find_link(session, token, NINE)
    access.create_account(session, "denise", "denise@example.org", None, RoleName.ADMINISTRATOR)
    assert access.find_link(session, token, NINE) is None


@pytest.mark.parametrize("token", ["", "x", "é" * 50])
def test_a_made_up_token_opens_nothing(session, karim, token):
    access.make_link(session, access.PASSWORD, karim.id, instant=NINE)
    assert access.find_link(session, token, NINE) is None


# --- Open sessions ---------------------------------------------------------------------------------------------------


def test_a_session_is_open_until_it_is_ended_or_too_old(session, karim):
    token = access.open_session(session, karim.id, "Firefox, Windows", NINE)
    assert access.signed_in(session, token, NINE - HOUR) is karim
    assert access.signed_in(session, token, NINE) is None
    assert access.signed_in(session, token + "x", NINE - HOUR) is None
    access.end_session(session, token, NINE + HOUR)
    assert access.signed_in(session, token, NINE - HOUR) is None


def test_all_sessions_but_one_can_be_ended(session, karim, denise):
    tokens = [access.open_session(session, account.id, "", NINE) for account in (karim, karim, denise)]
    assert access.end_sessions(session, karim.id, NINE, but=tokens[1]) == 1
    assert [access.signed_in(session, token, NINE - HOUR) is not None for token in tokens] == [False, True, True]


def test_a_closed_account_loses_its_sessions_for_good(session, karim, denise):
    token = access.open_session(session, karim.id, "", NINE)
    karim.active = False
    session.flush()
    assert access.signed_in(session, token, NINE - HOUR) is None
    karim.active = True
    session.flush()
    assert access.signed_in(session, token, NINE - HOUR) is None


def test_the_last_sessions_say_which_one_is_here(session, karim):
    tokens = [access.open_session(session, karim.id, name, NINE) for name in ("Firefox, Windows", "Chrome, Android")]
    access.end_session(session, tokens[0], NINE + HOUR)
    listed = access.last_sessions(session, karim.id, NINE - HOUR, tokens[1])
    assert [(line["device"], line["open"], line["here"]) for line in listed] == [
        ("Chrome, Android", True, True),
        ("Firefox, Windows", False, False),
    ]


def test_old_sessions_and_links_are_purged(session, karim):
    access.open_session(session, karim.id, "", NINE)
    access.make_link(session, access.PASSWORD, karim.id, instant=NINE)
    access.purge(session, NINE + timedelta(days=179))
    assert session.scalars(select(SignIn)).all()
    access.purge(session, NINE + timedelta(days=181))
    assert session.scalars(select(SignIn)).all() == session.scalars(select(OneTimeLink)).all() == []


# --- What nobody may do ----------------------------------------------------------------------------------------------


def test_nobody_changes_their_own_role_or_closes_their_own_account(session, denise):
    access.create_account(session, "second", "second@example.org", None, RoleName.ADMINISTRATOR)
    denise.role_id = role(session, RoleName.MANAGER).id
    assert set(access.refused_change(session, viewer(denise), denise)) == {"role"}
    session.refresh(denise)
    denise.active = False
    assert set(access.refused_change(session, viewer(denise), denise)) == {"active"}


def test_the_last_administrator_is_neither_closed_nor_given_another_role(session, denise, karim):
    boss = viewer(karim)
    denise.active = False
    assert "dernier compte d’administration" in access.refused_change(session, boss, denise)["active"]
    session.refresh(denise)
    denise.role = role(session, RoleName.MANAGER)
    assert "dernier compte d’administration" in access.refused_change(session, boss, denise)["role"]


def test_a_closed_administrator_does_not_count_as_the_one_who_remains(session, denise, karim):
    closed = access.create_account(session, "second", "second@example.org", None, RoleName.ADMINISTRATOR)
    closed.active = False
    session.flush()
    denise.active = False
    assert access.refused_change(session, viewer(karim), denise)


def test_other_changes_are_free(session, denise, karim):
    karim.active = False
    assert access.refused_change(session, viewer(denise), karim) == {}
    session.flush()
    karim.active, karim.role = True, role(session, RoleName.COUNSELLOR)
    assert access.refused_change(session, viewer(denise), karim) == {}
    denise.email = "d.cazalis@example.org"
    assert access.refused_change(session, viewer(denise), denise) == {}
    fresh = Account(username="new", email="new@example.org", role=role(session, RoleName.AUDITOR))
    assert access.refused_change(session, viewer(denise), fresh) == {}
