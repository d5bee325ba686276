"""Sites, staff and accounts of the demo."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from ml_admin import models as m
from ml_admin.choices import (
    RoleName,
)
from ml_admin.demo import words
from ml_admin.demo.world import World, example_email


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demo and its password in clear: shown once, kept nowhere."""

    username: str
    role: RoleName
    password: str


def write_house(world: World) -> None:
    world.sites = world.insert_for_keys(
        m.Site,
        [
            {
                "name": name,
                "address": address,
                "postcode": words.POSTCODES[city],
                "city": city,
                "phone": next(world.landlines),
                "email": example_email("accueil", city),
                "opening_hours": hours,
            }
            for name, address, city, hours in words.SITES
        ],
    )
    world.staff = world.insert_for_keys(
        m.Counsellor,
        [
            {
                "last_name": last,
                "first_name": first,
                "initials": initials,
                "job_title": title,
                "email": example_email(first, last),
                "phone": next(world.landlines),
                "site_id": world.sites[site],
                "arrived_on": world.day_ago(500, 4000),
            }
            for last, first, initials, title, site in words.STAFF
        ],
    )


def write_accounts(
    world: World, hash_password: Callable[[str], str], password_for: Callable[[RoleName], str]
) -> tuple[DemoAccount, ...]:
    roles = {role.name: role.id for role in world.session.scalars(select(m.Role))}
    missing = [name for name in RoleName if name not in roles]
    roles |= dict(zip(missing, world.insert_for_keys(m.Role, [{"name": name} for name in missing]), strict=True))
    accounts = tuple(DemoAccount(username, role, password_for(role)) for username, role, _ in words.ACCOUNTS)
    world.insert(
        m.Account,
        [
            {
                "username": account.username,
                "email": example_email(account.username),
                "password": hash_password(account.password),
                "fs_uniquifier": secrets.token_hex(16),
                "role_id": roles[account.role],
                "counsellor_id": None if person is None else world.staff[person],
                "site_id": world.sites[0],
            }
            for account, (_, _, person) in zip(accounts, words.ACCOUNTS, strict=True)
        ],
    )
    return accounts
