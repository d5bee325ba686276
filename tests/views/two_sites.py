"""A house for the hostile tests: one record of every entity at Foix and at Pamiers, sensitive fields marked."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Boolean, Date, Engine, String, select
from sqlalchemy.orm import Session

from ml_admin import access
from ml_admin import models as m
from ml_admin.application import create_app
from ml_admin.choices import (
    BarrierTheme,
    BatchState,
    Contract,
    FileStatus,
    InteractionKind,
    Programme,
    RoleName,
    Scope,
    SituationKind,
)
from ml_admin.config import Settings
from ml_admin.database import Actor, make_engine, writing
from ml_admin.fields import fields_of
from ml_admin.permissions import SENSITIVE

OF_A_PERSON = (m.Enrolment, m.Situation, m.Barrier, m.Appointment, m.ActionItem, m.Registration, m.Interview)
SCOPED = (m.YoungPerson, *OF_A_PERSON)
MARK = "zqx"


@dataclass
class TwoSites:
    """The application, keys of its records, and browsers signed in."""

    app: Flask
    engine: Engine
    own: dict[type[m.Base], int] = field(default_factory=dict)  # at Foix, where every account is
    other: dict[type[m.Base], int] = field(default_factory=dict)  # at Pamiers, of people alone
    deleted_own: dict[type[m.Base], int] = field(default_factory=dict)  # entity -> line of the journal
    deleted_other: dict[type[m.Base], int] = field(default_factory=dict)
    accounts: dict[RoleName, int] = field(default_factory=dict)
    imports: dict[RoleName, int] = field(default_factory=dict)  # one batch of each account
    other_import: int = 0
    spare_account: int = 0
    foix: int = 0
    pamiers: int = 0
    _browsers: dict[RoleName, FlaskClient] = field(default_factory=dict)

    def browser(self, role: RoleName | None) -> FlaskClient:
        """The same browser each time for a role; a new anonymous one for None."""
        if role is None:
            return self.app.test_client()
        if role not in self._browsers:
            self._browsers[role] = self.new_browser(role)
        return self._browsers[role]

    def new_browser(self, role: RoleName) -> FlaskClient:
        instant = datetime.now(UTC)
        with writing(self.engine, Actor(None, "Connexion")) as session:
            token = access.open_session(session, self.accounts[role], "Test", instant - timedelta(seconds=1))
            uniquifier = session.get_one(m.Account, self.accounts[role]).fs_uniquifier
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = uniquifier
            cookie["_fresh"] = True
            cookie["ml_open"] = {"token": token, "seen": instant.timestamp()}
        return client

    def forget(self, role: RoleName) -> None:
        """The next `browser` of this role signs in again."""
        self._browsers.pop(role, None)

    def reach(self, scope: Scope) -> None:
        """Give every role this scope of records."""
        with writing(self.engine, Actor(None, "Mise en place")) as session:
            for role in session.scalars(select(m.Role)):
                role.scope = scope


@contextmanager
def two_sites(database: AbstractContextManager[str], folder: Path) -> Iterator[TwoSites]:
    with database as url:
        engine = make_engine(url)
        settings = Settings(
            data=folder, database_url=url, secret_key="k" * 40, password_salt="s" * 40, totp_key="t" * 40
        )
        app = create_app(settings)
        app.config["WTF_CSRF_ENABLED"] = False  # the tests of the token turn it on
        house = TwoSites(app, engine)
        _furnish(house)
        yield house
        with app.app_context():
            app.extensions["ml_db"].engine.dispose()
        engine.dispose()


def _furnish(house: TwoSites) -> None:
    with writing(house.engine, Actor(None, "Mise en place")) as session:
        access.ensure_roles(session)
        foix, pamiers = m.Site(name="Foix"), m.Site(name="Pamiers")
        claire = m.Counsellor(last_name="MARTIN", first_name="Claire", site=foix)
        paul = m.Counsellor(last_name="PONS", first_name="Paul", site=pamiers)
        session.add_all([foix, pamiers, claire, paul])
        session.flush()
        shared = _shared_records(session, foix)
        house.own = {
            **shared,
            **_person(session, ("Amina", "GARÇON"), foix, claire, shared, 0),
            m.Site: foix.id,
            m.Counsellor: claire.id,
        }
        house.other = _person(session, ("Bilal", "DIALLO"), pamiers, paul, shared, 1)
        house.foix, house.pamiers = foix.id, pamiers.id
        for role in RoleName:
            staff = claire if role is RoleName.COUNSELLOR else None
            house.accounts[role] = access.create_account(
                session, role.value, f"{role.value}@example.org", None, role, staff, foix
            ).id
        spare = access.create_account(session, "ancien", "ancien@example.org", None, RoleName.AUDITOR, None, foix)
        parting = access.create_account(session, "partie", "partie@example.org", None, RoleName.AUDITOR, None, foix)
        house.spare_account, house.own[m.Account], house.own[m.Role] = spare.id, parting.id, spare.role.id
        _import_files(session, house)
    house.deleted_own = _delete_some(house, house.foix, house.own)
    house.deleted_other = _delete_some(house, house.pamiers, house.other)
    house.reach(Scope.OWN_SITE)


def _import_files(session: Session, house: TwoSites) -> None:
    for role, account in house.accounts.items():
        batch = m.ImportBatch(file_name="a.xlsx", account_id=account, site_id=house.foix, state=BatchState.STAGED)
        session.add(batch)
        session.flush()
        house.imports[role] = batch.id
    theirs = m.ImportBatch(file_name="jeunes Diallo.xlsx", site_id=house.pamiers, state=BatchState.STAGED)
    session.add(theirs)
    session.flush()
    house.other_import = theirs.id


def _shared_records(session: Session, site: m.Site) -> dict[type[m.Base], int]:
    partner = m.Partner(name="Centre de formation des Deux Vallées", **marks(m.Partner))
    employer = m.Employer(name="Boulangerie du Pont", **marks(m.Employer))
    event = m.JobDating(name="Forum de printemps", held_on=date(2025, 4, 3), **marks(m.JobDating))
    session.add_all([partner, employer, event])
    session.flush()
    contact = m.EmployerContact(name="M. BRUN", employer=employer)
    records = [
        partner,
        employer,
        event,
        contact,
        m.PartnerContact(name="Mme ROUX", partner=partner),
        m.EmployerInteraction(
            employer=employer,
            contact=contact,
            happened_on=date(2025, 3, 1),
            kind=InteractionKind.VISIT,
            **marks(m.EmployerInteraction),
        ),
        m.JobOffer(employer=employer, title="Vendeuse", contract=Contract.CDD, **marks(m.JobOffer)),
        m.Stand(job_dating=event, employer=employer, number="A1"),
        m.Setting(key="age.max", valid_from=date(2020, 1, 1), value="25"),
    ]
    session.add_all(records)
    session.flush()
    return {type(record): record.id for record in records}


def _person(
    session: Session,
    name: tuple[str, str],
    site: m.Site,
    counsellor: m.Counsellor,
    shared: Mapping[type[m.Base], int],
    number: int,
) -> dict[type[m.Base], int]:
    person = m.YoungPerson(
        first_name=name[0],
        last_name=name[1],
        birth_date=date(2004, 3, 12),
        status=FileStatus.ACTIVE,
        site=site,
        counsellor=counsellor,
        **marks(m.YoungPerson, number),
    )
    session.add(person)
    session.flush()
    things = things_of(person.id, counsellor.id, site.id, shared, 0, number)
    session.add_all(things)
    session.flush()
    return {type(record): record.id for record in (person, *things)}


def things_of(
    person: int, counsellor: int, site: int, shared: Mapping[type[m.Base], int], day: int, number: int = 0
) -> list[Any]:
    """One record of each entity that belongs to a young person."""
    start = datetime(2025, 3, 3 + day, 9, tzinfo=UTC)
    registration = m.Registration(young_person_id=person, job_dating_id=shared[m.JobDating])
    return [
        m.Enrolment(young_person_id=person, programme=Programme.CEJ, starts_on=date(2025, 1, 6)),
        m.Situation(young_person_id=person, kind=SituationKind.JOB_SEEKER, employer_id=shared[m.Employer]),
        m.Barrier(
            young_person_id=person,
            theme=BarrierTheme.HEALTH,
            noted_on=date(2025, 1, 6 + day),
            **marks(m.Barrier, number),
        ),
        m.Appointment(
            young_person_id=person,
            counsellor_id=counsellor,
            site_id=site,
            starts_at=start,
            ends_at=start + timedelta(hours=1),
            **marks(m.Appointment, number),
        ),
        m.ActionItem(young_person_id=person, label="Écrire le CV", **marks(m.ActionItem, number)),
        registration,
        m.Interview(stand_id=shared[m.Stand], registration=registration),
    ]


def _delete_some(house: TwoSites, site: int, kept: Mapping[type[m.Base], int]) -> dict[type[m.Base], int]:
    """Delete one record of each entity of the people of a site; the lines of the journal that say so."""
    with writing(house.engine, Actor(None, "Mise en place")) as session:
        event = m.JobDating(name=f"Forum d’automne {site}")
        stand = m.Stand(job_dating=event, employer_id=house.own[m.Employer])
        gone = m.YoungPerson(first_name="Zoé", last_name="PARTIE", site_id=site, **marks(m.YoungPerson))
        session.add_all([gone, event, stand])
        session.flush()
        shared: dict[type[m.Base], int] = {**house.own, m.JobDating: event.id}
        things = things_of(kept[m.YoungPerson], house.own[m.Counsellor], site, shared, 3 + site)[:-1]
        things.append(m.Interview(stand_id=stand.id, registration_id=kept[m.Registration]))
        session.add_all(things)
        session.flush()
        records: list[Any] = [gone, *things]
        keys: dict[type[m.Base], int] = {}
        for record in records:
            keys[type(record)] = record.id
    for model, key in reversed(keys.items()):
        with writing(house.engine, Actor(None, "Mise en place")) as session:
            session.delete(session.get_one(model, key))
    with Session(house.engine) as session:
        return {model: _deletion(session, model, key) for model, key in keys.items()}


def _deletion(session: Session, model: type[m.Base], key: int) -> int:
    lines = select(m.Journal.id).where(m.Journal.table_name == model.__tablename__, m.Journal.record_id == key)
    return session.scalars(lines.where(m.Journal.operation == "delete")).one()


# --- Marks -----------------------------------------------------------------------------------------------------------


def guarded(model: type[m.Base]) -> list[str]:
    """The attributes of a model that some role that reads the model may not see."""
    return [name for name, described in fields_of(model).items() if described.section in SENSITIVE | {"contact"}]


def marks(model: type[m.Base], site: int = 0) -> dict[str, Any]:
    """A value for every guarded attribute, such that its trace on a page cannot be anything else; another per site."""
    return {name: _mark(model, name, number, site) for number, name in enumerate(guarded(model))}


def _mark(model: type[m.Base], name: str, number: int, site: int) -> Any:
    kind = model.__table__.c[name].type
    if isinstance(kind, Boolean):
        return site == 0
    if isinstance(kind, Date):
        return date(2033 + site, 7, 1 + number)
    if "phone" in name:
        return f"+336399855{number + 30 * site:02d}"
    assert isinstance(kind, String)
    word = f"{MARK}{site}{number:02d}{name.replace('_', '')}"
    return f"{word}@example.org" if name == "email" else word


def spellings(value: Any) -> tuple[str, ...]:
    """How a marked value may stand on a page or in a sheet; () for one that cannot be told from others."""
    if isinstance(value, bool):
        return ()
    if isinstance(value, date):
        return value.isoformat(), f"{value:%d/%m/%Y}", f"{value:%d/%m/%y}"
    if value.startswith("+33"):
        digits = "0" + value[3:]
        pairs = [digits[place : place + 2] for place in range(0, 10, 2)]
        return value, digits, " ".join(pairs), "\u00a0".join(pairs), ".".join(pairs)
    return (value,)


def traces(model: type[m.Base], names: list[str], text: str) -> list[str]:
    """Which of these attributes left a trace in a text."""
    shown = text.casefold()
    planted = [marks(model, site) for site in (0, 1)]
    return [
        name
        for name in names
        if any(word.casefold() in shown for values in planted for word in spellings(values[name]))
    ]


Database = Callable[[str], AbstractContextManager[str]]
