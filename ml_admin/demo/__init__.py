"""Fills an empty database with the fictional Mission Locale des Trois-Vallées, alive on the day it is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import RoleName
from ml_admin.database import acting_as
from ml_admin.demo.agenda import write_actions, write_appointments
from ml_admin.demo.house import DemoAccount, write_accounts, write_house
from ml_admin.demo.job_dating import write_job_dating
from ml_admin.demo.network import write_employers, write_partners
from ml_admin.demo.world import new_world
from ml_admin.demo.young_people import write_paths, write_young_people

_MUST_BE_EMPTY = (m.Account, m.Site, m.Counsellor, m.YoungPerson, m.Partner, m.Employer, m.JobDating)


class DemoRefused(Exception):
    """The database already holds something; the message is French, for the person at the keyboard."""


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What was written: the accounts, and table -> rows."""

    accounts: tuple[DemoAccount, ...]
    rows: Mapping[str, int]


def populate(
    session: Session,
    today: date,
    *,
    hash_password: Callable[[str], str],
    password_for: Callable[[RoleName], str],
    seed: int = 31,
) -> DemoSummary:
    """Write the demo in the session's transaction, which the caller commits.

    The same `seed` and `today` give the same records (secrets apart). Raises DemoRefused on a database in use.
    """
    if any(session.scalar(select(exists().select_from(model))) for model in _MUST_BE_EMPTY):
        raise DemoRefused(
            "La base contient déjà des dossiers ou des comptes : la démonstration ne s’écrit que dans une base vide. "
            "Indiquez un autre dossier de données, ou une base neuve."
        )
    acting_as(session, None, "Démonstration")
    world = new_world(session, today, Random(seed))  # noqa: S311 - a story, not a secret
    write_house(world)
    accounts = write_accounts(world, hash_password, password_for)
    write_partners(world)
    write_employers(world)
    write_young_people(world)
    write_paths(world)
    write_appointments(world)
    write_actions(world)
    write_job_dating(world, world.open_day(today - timedelta(days=74)), past=True)
    write_job_dating(world, world.open_day(today + timedelta(days=16)), past=False)
    return DemoSummary(accounts, world.rows)
