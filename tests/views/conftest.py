"""The application on both engines, and the fixed cast that uses it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ml_admin import access
from ml_admin import models as m
from ml_admin.application import create_app
from ml_admin.choices import FileStatus, RoleName
from ml_admin.config import Settings
from ml_admin.database import Actor, writing

PASSWORD = "une-phrase-de-passe-assez-longue"


@dataclass(frozen=True)
class House:
    """Keys of the cast: Claire and Amina at Foix, Bilal at Pamiers."""

    foix: int
    pamiers: int
    claire: int  # counsellor at Foix
    paul: int  # counsellor at Pamiers
    amina: int  # young person of Foix, followed by Claire
    bilal: int  # young person of Pamiers, followed by Paul
    accounts: dict[RoleName, int]


@pytest.fixture
def settings(engine: Engine, tmp_path: Path) -> Settings:
    return Settings(
        data=tmp_path,
        database_url=engine.url.render_as_string(hide_password=False),
        secret_key="k" * 40,
        password_salt="s" * 40,
        totp_key="t" * 40,
    )


@pytest.fixture
def house(engine: Engine) -> House:
    with writing(engine, Actor(None, "Mise en place")) as session:
        return _furnish(session)


def _furnish(session: Session) -> House:
    foix, pamiers = m.Site(name="Foix"), m.Site(name="Pamiers")
    session.add_all([foix, pamiers])
    session.flush()
    claire = m.Counsellor(last_name="MARTIN", first_name="Claire", site_id=foix.id)
    paul = m.Counsellor(last_name="PONS", first_name="Paul", site_id=pamiers.id)
    session.add_all([claire, paul])
    session.flush()
    amina = m.YoungPerson(
        last_name="GARÇON",
        first_name="Amina",
        birth_date=date(2004, 3, 12),
        phone="+33639981245",
        status=FileStatus.ACTIVE,
        site_id=foix.id,
        counsellor_id=claire.id,
        notes="Note de suivi",
        health_notes="Suivi médical",
    )
    bilal = m.YoungPerson(
        last_name="DIALLO", first_name="Bilal", status=FileStatus.ACTIVE, site_id=pamiers.id, counsellor_id=paul.id
    )
    session.add_all([amina, bilal])
    access.ensure_roles(session)
    accounts = {}
    for role in RoleName:
        staff = claire if role is RoleName.COUNSELLOR else None
        accounts[role] = access.create_account(
            session, role.value, f"{role.value}@example.org", None, role, staff, foix
        ).id
    session.flush()
    return House(foix.id, pamiers.id, claire.id, paul.id, amina.id, bilal.id, accounts)


@pytest.fixture
def app(settings: Settings, house: House) -> Flask:
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False  # the protection has its own tests
    app.config["PROPAGATE_FAULTS"] = True
    return app


@pytest.fixture
def signed_in(app: Flask, engine: Engine, house: House) -> Callable[[RoleName], FlaskClient]:
    """A browser signed in with a role, without the cost of a password."""

    def sign_in(role: RoleName) -> FlaskClient:
        instant = datetime.now(UTC)
        with writing(engine, Actor(None, "Connexion")) as session:
            token = access.open_session(session, house.accounts[role], "Test", instant - timedelta(seconds=1))
            account = session.get_one(m.Account, house.accounts[role])
            uniquifier = account.fs_uniquifier
        client = app.test_client()
        with client.session_transaction() as browser:
            browser["_user_id"] = uniquifier
            browser["_fresh"] = True
            browser["ml_open"] = {"token": token, "seen": instant.timestamp()}
        return client

    return sign_in


@pytest.fixture
def claire(signed_in: Callable[[RoleName], FlaskClient]) -> FlaskClient:
    return signed_in(RoleName.COUNSELLOR)


@pytest.fixture
def karim(signed_in: Callable[[RoleName], FlaskClient]) -> FlaskClient:
    """At the front desk."""
    return signed_in(RoleName.FRONT_DESK)


@pytest.fixture
def denise(signed_in: Callable[[RoleName], FlaskClient]) -> FlaskClient:
    """The director."""
    return signed_in(RoleName.MANAGER)


@pytest.fixture
def auditor(signed_in: Callable[[RoleName], FlaskClient]) -> FlaskClient:
    return signed_in(RoleName.AUDITOR)
