"""Accounts apart from the web: roles, new accounts, one-time links, open sessions, and what nobody may do to an account."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, CursorResult, delete, event, exists, func, inspect, or_, select, update
from sqlalchemy.orm import Mapper, Session

from ml_admin.choices import RoleName
from ml_admin.column_types import now
from ml_admin.models import Account, Counsellor, OneTimeLink, Role, SignIn, Site
from ml_admin.permissions import Viewer

SETUP: Final = "setup"  # the first administrator chooses a name and a password
PASSWORD: Final = "password"  # noqa: S105 - a purpose, not a secret
LINK_HOURS: Final = 48
KEPT: Final = timedelta(days=180)  # finished sessions and used links


def ensure_roles(session: Session) -> None:
    """Write the six roles of the rights table where they are missing."""
    present = set(session.scalars(select(Role.name)))
    session.add_all(Role(name=name) for name in RoleName if name not in present)
    session.flush()


def create_account(
    session: Session,
    username: str,
    email: str,
    password_hash: str | None,
    role: RoleName,
    counsellor: Counsellor | None = None,
    site: Site | None = None,
) -> Account:
    """A new active account; `password_hash` comes from `passwords.hash_password`, None waits for a one-time link."""
    ensure_roles(session)
    account = Account(
        username=username.strip(),
        email=email.strip().lower(),
        password=password_hash,
        role=session.scalars(select(Role).where(Role.name == role)).one(),
        counsellor=counsellor,
        site=site,
    )
    session.add(account)
    session.flush()
    return account


def find_account(session: Session, identifier: str) -> Account | None:
    """The account of this name or e-mail, whatever the case; a name goes before an e-mail."""
    typed = identifier.replace("\0", "").strip()  # a NUL is no text for PostgreSQL
    lowered = typed.lower()
    query = select(Account).where(
        or_(Account.username == typed, func.lower(Account.username) == lowered, func.lower(Account.email) == lowered)
    )
    found = session.scalars(query).unique().all()
    ranks = {typed: 0, lowered: 1}
    return min(found, key=lambda account: ranks.get(account.username, 2), default=None)


def any_account(session: Session) -> bool:
    """False on a new installation, which then waits for its first administrator."""
    return bool(session.scalar(select(exists().select_from(Account))))


# --- One-time links --------------------------------------------------------------------------------------------------


def make_link(
    session: Session, purpose: str, account_id: int | None, hours: int = LINK_HOURS, *, instant: datetime | None = None
) -> str:
    """The token of a new link, which is nowhere kept: `/lien/<token>`.

    Earlier links of an account stop working. Set-up links stay: each process that starts prints its own, and all of
    them end with the first account.
    """
    instant = instant or now()
    if purpose != SETUP:
        session.execute(delete(OneTimeLink).where(*_unused(purpose, account_id)))
    token = secrets.token_urlsafe(32)
    session.add(
        OneTimeLink(
            purpose=purpose,
            account_id=account_id,
            token_hash=_digest(token),
            created_at=instant,
            expires_at=instant + timedelta(hours=hours),
        )
    )
    session.flush()
    return token


def find_link(session: Session, token: str, instant: datetime) -> OneTimeLink | None:
    """The link of a token while it may be used: not used, not too old, its purpose still open."""
    query = select(OneTimeLink).where(
        OneTimeLink.token_hash == _digest(token), OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > instant
    )
    link = session.scalars(query).one_or_none()
    if link is None or (link.purpose == SETUP and any_account(session)):
        return None
    return link


def spend(session: Session, link: OneTimeLink, instant: datetime) -> bool:
    """Use a link up; False when somebody else did so at the same moment."""
    query = update(OneTimeLink).where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None)).values(used_at=instant)
    return _count(session.execute(query)) == 1


def _unused(purpose: str, account_id: int | None) -> list[Any]:
    return [
        OneTimeLink.purpose == purpose,
        OneTimeLink.account_id.is_(None) if account_id is None else OneTimeLink.account_id == account_id,
        OneTimeLink.used_at.is_(None),
    ]


def _digest(token: str) -> str:
    # a plain digest is enough: the token holds 256 random bits
    return hashlib.sha256(token.encode()).hexdigest()


# --- Open sessions ---------------------------------------------------------------------------------------------------


def open_session(session: Session, account_id: int, device: str, instant: datetime) -> str:
    """The token of a new signed-in browser; only its digest is kept."""
    token = secrets.token_urlsafe(32)
    session.add(SignIn(account_id=account_id, token_hash=_digest(token), device=device[:40], started_at=instant))
    session.flush()
    return token


def signed_in(session: Session, token: str, since: datetime) -> Account | None:
    """The active account of an open session begun after `since`; one query."""
    query = (
        select(Account)
        .join(SignIn, SignIn.account_id == Account.id)
        .where(
            SignIn.token_hash == _digest(token),
            SignIn.ended_at.is_(None),
            SignIn.started_at > since,
            Account.active,
        )
    )
    return session.scalars(query).unique().one_or_none()


def end_session(session: Session, token: str, instant: datetime) -> None:
    """What signing out does."""
    session.execute(update(SignIn).where(SignIn.token_hash == _digest(token)).values(ended_at=instant))


def end_sessions(session: Session, account_id: int, instant: datetime, but: str | None = None) -> int:
    """End every open session of an account, but that of token `but`; how many they were."""
    query = update(SignIn).where(SignIn.account_id == account_id, SignIn.ended_at.is_(None))
    if but is not None:
        query = query.where(SignIn.token_hash != _digest(but))
    return _count(session.execute(query.values(ended_at=instant)))


def last_sessions(session: Session, account_id: int, since: datetime, but: str | None = None) -> list[dict[str, Any]]:
    """The ten last sessions of an account, latest first: started_at, ended_at, device, open, here (token `but`)."""
    query = select(SignIn).where(SignIn.account_id == account_id).order_by(SignIn.id.desc()).limit(10)
    here = _digest(but) if but else ""
    return [
        {
            "started_at": row.started_at,
            "ended_at": row.ended_at,
            "device": row.device,
            "open": row.ended_at is None and row.started_at > since,
            "here": row.token_hash == here,
        }
        for row in session.scalars(query)
    ]


def purge(session: Session, instant: datetime) -> None:
    """Take away sessions and links that nobody will ask about."""
    session.execute(delete(SignIn).where(SignIn.started_at < instant - KEPT))
    session.execute(delete(OneTimeLink).where(OneTimeLink.created_at < instant - KEPT))


@event.listens_for(Account, "after_update")
def _close_sessions(mapper: Mapper[Any], connection: Connection, account: Account) -> None:
    # opened again later, the account must not bring its old sessions back
    if not account.active and inspect(account).attrs.active.history.has_changes():
        connection.execute(
            update(SignIn.__table__)  # type: ignore[arg-type]
            .where(SignIn.__table__.c.account_id == account.id, SignIn.__table__.c.ended_at.is_(None))
            .values(ended_at=now())
        )


def _count(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0


# --- What nobody may do ----------------------------------------------------------------------------------------------


def refused_change(session: Session, viewer: Viewer, account: Account) -> Mapping[str, str]:
    """Attribute -> French sentence for a pending change of an account that must not be written; {} when it may.

    Call it between the change and the flush: nobody changes their own role or closes their own account, and an active
    administrator always remains.
    """
    errors = {}
    changed = {name for name in ("role_id", "role", "active") if inspect(account).attrs[name].history.has_changes()}
    if account.id is not None and account.id == viewer.account_id:
        if changed & {"role_id", "role"}:
            errors["role"] = "Personne ne change son propre rôle : demandez-le à un autre administrateur."
        if "active" in changed and not account.active:
            errors["active"] = "Vous ne pouvez pas fermer votre propre compte : demandez-le à un autre administrateur."
    if changed and not errors and account.id is not None and not _administrator_remains(session, account):
        name = "active" if "active" in changed else "role"
        errors[name] = "C’est le dernier compte d’administration ouvert : ouvrez-en un autre avant."
    return errors


def _administrator_remains(session: Session, account: Account) -> bool:
    with session.no_autoflush:
        administration = session.scalars(select(Role.id).where(Role.name == RoleName.ADMINISTRATOR)).one_or_none()
        # as the database still holds them; held until the end, so that two administrators cannot close each other
        query = select(Account.id).where(Account.role_id == administration, Account.active).order_by(Account.id)
        administrators = set(session.scalars(query.with_for_update()))
        role_id = account.role.id if inspect(account).attrs.role.history.has_changes() else account.role_id
        stays = account.active and role_id == administration
        return stays or administrators != {account.id}
