"""Tries at a secret, counted in the database: a guesser waits longer and longer, whichever process answers.

A try is written down before the secret is looked at, so that many tries at once cannot slip past the count. Names and
addresses are kept as keyed digests.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import CursorResult, delete, select, text, update
from sqlalchemy.orm import Session

from ml_admin.database import is_sqlite
from ml_admin.models import LoginAttempt

FREE: Final = 5  # wrong tries at one account before the first pause
FREE_BY_ADDRESS: Final = 30  # a whole office may share one address
WINDOW: Final = timedelta(hours=24)
ADDRESS_WINDOW: Final = timedelta(hours=1)
FIRST_PAUSE: Final = timedelta(minutes=1)  # doubles with each wrong try
LONGEST_PAUSE: Final = timedelta(hours=1)
KEPT: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Try:
    """One try: may go on when `wait` is zero; `left` wrong ones remain after it before a pause."""

    id: int | None
    left: int
    wait: timedelta = timedelta()


def begin(session: Session, kind: str, subject: str, address: str, *, key: str, instant: datetime) -> Try:
    """Write down a try of `kind` (login, totp, password, link) and say whether it may go on.

    Call it in a writing transaction of its own, committed before the secret is looked at; a refused try is not counted.
    """
    subject_hash, address_hash = digest(key, kind, subject), digest(key, "address", address)
    _alone(session, subject_hash)
    since = _failures(session, kind, subject_hash, instant)
    wait = max(
        _pause(since, FREE, instant), _pause(_from_address(session, address_hash, instant), FREE_BY_ADDRESS, instant)
    )
    if wait:
        return Try(None, 0, wait)
    attempt = LoginAttempt(kind=kind, subject_hash=subject_hash, address_hash=address_hash, at=instant)
    session.add(attempt)
    session.flush()
    return Try(attempt.id, max(FREE - len(since) - 1, 0))


def succeed(session: Session, attempt: Try) -> None:
    """The secret was right: the count of its subject starts again."""
    session.execute(update(LoginAttempt).where(LoginAttempt.id == attempt.id).values(success=True))


def forgive(session: Session, kind: str, subject: str, *, key: str, instant: datetime) -> None:
    """Start the count of one subject again, as an administrator's link does."""
    subject_hash = digest(key, kind, subject)
    session.add(LoginAttempt(kind=kind, subject_hash=subject_hash, address_hash="", at=instant, success=True))


def seen_before(session: Session, kind: str, subject: str, *, key: str, instant: datetime) -> bool:
    """Write down a thing that may be used once; True when it was written before (a code played again)."""
    subject_hash = digest(key, kind, subject)
    _alone(session, subject_hash)
    query = select(LoginAttempt.id).where(LoginAttempt.kind == kind, LoginAttempt.subject_hash == subject_hash)
    if session.scalar(query.limit(1)) is not None:
        return True
    session.add(LoginAttempt(kind=kind, subject_hash=subject_hash, address_hash="", at=instant, success=True))
    session.flush()
    return False


def purge(session: Session, instant: datetime) -> int:
    """Take away the tries that no longer count; how many they were."""
    result = session.execute(delete(LoginAttempt).where(LoginAttempt.at < instant - KEPT))
    return result.rowcount if isinstance(result, CursorResult) else 0


def digest(key: str, kind: str, subject: str) -> str:
    """A keyed digest of 64 characters: without the installation's key nobody finds the name behind it."""
    return hmac.new(key.encode(), f"{kind}\0{subject}".encode(), hashlib.sha256).hexdigest()


def _failures(session: Session, kind: str, subject_hash: str, instant: datetime) -> list[datetime]:
    """Instants of the wrong tries since the last right one, latest first."""
    query = select(LoginAttempt.at, LoginAttempt.success).where(
        LoginAttempt.kind == kind, LoginAttempt.subject_hash == subject_hash, LoginAttempt.at > instant - WINDOW
    )
    failures = []
    for at, success in session.execute(query.order_by(LoginAttempt.id.desc()).limit(100)):
        if success:
            break
        failures.append(at)
    return failures


def _from_address(session: Session, address_hash: str, instant: datetime) -> list[datetime]:
    # a right try does not start this count again: whoever has one account could else try all the others
    query = select(LoginAttempt.at).where(
        LoginAttempt.address_hash == address_hash,
        LoginAttempt.at > instant - ADDRESS_WINDOW,
        LoginAttempt.success.is_(False),
    )
    return list(session.scalars(query.order_by(LoginAttempt.id.desc()).limit(100)))


def _pause(failures: list[datetime], free: int, instant: datetime) -> timedelta:
    if len(failures) < free:
        return timedelta()
    pause = min(FIRST_PAUSE * (1 << min(len(failures) - free, 10)), LONGEST_PAUSE)
    return max(failures[0] + pause - instant, timedelta())


def _alone(session: Session, subject_hash: str) -> None:
    """One try at a time for a subject; SQLite's writing transactions are alone already."""
    if not is_sqlite(session):
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0))"), {"subject": subject_hash})
