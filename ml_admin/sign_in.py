"""What a sign-in must get right: password, code of the telephone, recovery code; each try is counted first."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from flask import after_this_request, current_app, request
from flask_login import current_user
from flask_security import ChangePasswordForm, LoginForm, TwoFactorVerifyCodeForm, UserMixin
from flask_security.totp import Totp
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from wtforms import PasswordField, StringField

from ml_admin import access, passwords, throttle
from ml_admin.config import Settings
from ml_admin.database import Actor, reading, writing
from ml_admin.models import Account

RECOVERY_CODES: Final = 10
_STEP: Final = 30  # seconds that a code lives; one before and one after are accepted (RFC 6238, 5.2)


@dataclass(slots=True)
class Door:
    """What the sign-in of one application needs; `current_app.extensions["ml_door"]`."""

    db: Any  # Flask-SQLAlchemy-Lite's SQLAlchemy
    settings: Settings
    clock: Callable[[], datetime]
    codes: "Codes"

    @property
    def engine(self) -> Engine:
        engine: Engine = self.db.engine
        return engine


class SignedIn(UserMixin):
    """An account as Flask-Security handles it; the record stays a plain model in `account`."""

    account: Account
    roles: list[Any] = []  # always empty: rights stand in permissions.py

    def __init__(self, account: Account) -> None:
        object.__setattr__(self, "account", account)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.account, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.account, name, value)

    def check_tf_required(self, tf_setup_methods: list[Any], tf_fresh: bool) -> tuple[bool, list[Any]]:
        # whoever must have a code and has none yet is sent to set it up by accounts.gate
        return bool(tf_setup_methods), tf_setup_methods


def signed_in_account() -> Account:
    """The account behind this request; only where the gate lets nobody else in."""
    account: Account = current_user.account
    return account


def door() -> Door:
    found: Door = current_app.extensions["ml_door"]
    return found


@contextmanager
def apart() -> Iterator[Session]:
    """A short transaction of its own. The page's is committed first: on SQLite two writers of one request would wait for each other."""
    here = door()
    here.db.session.commit()
    with writing(here.engine, Actor(None, "Connexion")) as session:
        yield session


# --- Password --------------------------------------------------------------------------------------------------------


def check_sign_in(identifier: str, password: str) -> tuple[Account | None, str]:
    """(account, "") or (None, French sentence). An unknown name, a wrong password: same words, same time, same count."""
    attempt = count("login", _subject(identifier))
    if attempt.wait:
        return None, patience(attempt.wait)
    with reading(door().engine) as session:
        account = access.find_account(session, identifier)
    right = passwords.matches(password, account.password if account else None, door().settings.password_salt)
    if account is None or not right:
        return None, f"Nom de compte ou mot de passe inexact. {_remaining(attempt)}"
    if not account.active:
        # said only to whoever knows the password
        return None, "Ce compte est fermé. Un administrateur de votre équipe peut le rouvrir."
    with apart() as session:
        throttle.succeed(session, attempt)
        throttle.purge(session, door().clock())
        access.purge(session, door().clock())
    return account, ""


def forgive(session: Session, identifier: str) -> None:
    """The next sign-in under this name need not wait."""
    throttle.forgive(session, "login", _subject(identifier), **_now())


def _subject(identifier: str) -> str:
    return unicodedata.normalize("NFKC", identifier).strip().casefold()[:254]


def check_own_password(account_id: int, kept: str | None, password: str) -> str:
    """ "" when this is the password of the account signed in, else a French sentence."""
    attempt = count("password", str(account_id))
    if attempt.wait:
        return patience(attempt.wait)
    if not passwords.matches(password, kept, door().settings.password_salt):
        return f"Ce n’est pas votre mot de passe actuel. {_remaining(attempt)}"
    with apart() as session:
        throttle.succeed(session, attempt)
    return ""


def words_about(account: Account) -> Iterable[str]:
    """What somebody who knows the person would try as a password."""
    return (account.username, account.email.partition("@")[0], account.shown_name, door().settings.name)


# --- Codes -----------------------------------------------------------------------------------------------------------


class Codes(Totp):
    """Flask-Security's codes, each accepted once."""

    def counter_of(self, code: str, secret: str) -> int | None:
        """The time step of a right code, None for a wrong one."""
        try:
            match = self._totp.verify(code, secret, window=_STEP)
        except ValueError:  # passlib's faults of a token are ValueErrors
            return None
        return int(match.counter)


def check_code(account_id: int, secret: str, code: str) -> str:
    """ "" when this is the present code of the telephone, never used before; else a French sentence."""
    attempt = count("totp", str(account_id))
    if attempt.wait:
        return patience(attempt.wait)
    counter = door().codes.counter_of(code, secret)
    if counter is None:
        return f"Ce code n’est pas le bon, ou n’est plus valable : entrez celui qui s’affiche maintenant. {_remaining(attempt)}"
    with apart() as session:
        used = throttle.seen_before(session, "totp-used", f"{account_id}:{counter}", **_now())
        if not used:
            throttle.succeed(session, attempt)
    return "Ce code a déjà servi. Attendez le suivant : il change toutes les 30 secondes." if used else ""


def check_recovery_code(account_id: int, code: str) -> str:
    """ "" when this is a recovery code of the account, which is then used up; else a French sentence."""
    attempt = count("totp", str(account_id))
    if attempt.wait:
        return patience(attempt.wait)
    wanted = _code_digest(account_id, code)
    with writing(door().engine, Actor(account_id, "Connexion")) as session:
        account = session.get(Account, account_id, with_for_update={"of": Account})
        left = list(account.mf_recovery_codes or ()) if account else []
        if account is None or wanted not in left:
            return f"Ce code de secours n’est pas le bon, ou a déjà servi. {_remaining(attempt)}"
        account.mf_recovery_codes = [kept for kept in left if kept != wanted]
        throttle.succeed(session, attempt)
    return ""


def new_recovery_codes(account: Account) -> list[str]:
    """Give an account fresh recovery codes and return them; only digests are kept, the earlier ones stop working."""
    codes: list[str] = door().codes.generate_recovery_codes(RECOVERY_CODES)
    account.mf_recovery_codes = [_code_digest(account.id, code) for code in codes]
    return codes


def _code_digest(account_id: int, code: str) -> str:
    plain = re.sub(r"[^0-9a-f]", "", code.lower())
    return throttle.digest(door().settings.totp_key, "recovery", f"{account_id}:{plain}")


# --- Counting --------------------------------------------------------------------------------------------------------


def count(kind: str, subject: str) -> throttle.Try:
    """Write down a try from this address, committed before anything is compared."""
    with apart() as session:
        return throttle.begin(session, kind, subject, request.remote_addr or "", **_now())


def patience(wait: timedelta) -> str:
    """The sentence of a pause; the answer becomes 429 and says when to come back."""
    seconds = ceil(wait.total_seconds())
    _answer(429, seconds)
    return (
        f"Trop d’essais. Attendez {_duration(seconds)}, puis recommencez ; "
        "ou demandez à un administrateur un lien pour choisir un nouveau mot de passe."
    )


def _remaining(attempt: throttle.Try) -> str:
    _answer(422)
    if attempt.left == 0:
        return f"Prochain essai dans {_duration(int(throttle.FIRST_PAUSE.total_seconds()))}, ou plus si vous en avez fait d’autres."
    return f"Encore {attempt.left} essai{'s' if attempt.left > 1 else ''} avant une pause."


def _duration(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    return f"{ceil(seconds / 60)} min"


def _answer(status: int, retry: int | None = None) -> None:
    @after_this_request
    def change(response: Any) -> Any:
        response.status_code = status
        if retry is not None:
            response.headers["Retry-After"] = str(retry)
        return response


def _now() -> dict[str, Any]:
    return {"key": door().settings.secret_key, "instant": door().clock()}


# --- Flask-Security's forms ------------------------------------------------------------------------------------------


class SignInForm(LoginForm):
    """Name or e-mail, password. Nothing is remembered once the browser closes."""

    email = StringField("Nom de compte ou adresse e-mail")  # the name that Flask-Security's view expects
    password = PasswordField("Mot de passe")
    remember = None

    def validate(self, **options: Any) -> bool:
        if not super(LoginForm, self).validate(**options):
            return False
        account, sentence = check_sign_in(self.email.data or "", self.password.data or "")
        if account is None:
            self.form_errors.append(sentence)
            return False
        self.user = SignedIn(account)
        return True

    def validate_next(self, field: Any) -> None:
        """An address elsewhere is left out by Flask-Security's redirect; it is no fault of who signs in."""


class CodeForm(TwoFactorVerifyCodeForm):
    """The code of the telephone, or a recovery code."""

    def validate(self, **options: Any) -> bool:
        if not super(TwoFactorVerifyCodeForm, self).validate(**options):
            return False
        code, account_id = re.sub(r"\s", "", str(self.code.data)), self.user.id if self.user else 0
        if re.fullmatch(r"\d{6}", code):
            sentence = check_code(account_id, self.tf_totp_secret, code)
        else:
            sentence = check_recovery_code(account_id, code)
        if sentence:
            self.code.errors = [sentence]
        return not sentence


class NewPasswordForm(ChangePasswordForm):
    """The present password, and twice the new one."""

    password = PasswordField("Mot de passe actuel")
    new_password = PasswordField("Nouveau mot de passe")
    new_password_confirm = PasswordField("Nouveau mot de passe, encore une fois")

    def validate(self, **options: Any) -> bool:
        if not super(ChangePasswordForm, self).validate(**options):
            return False
        account = signed_in_account()
        kept, about, new = account.password, words_about(account), self.new_password.data or ""
        self.password.errors = [s for s in [check_own_password(account.id, kept, self.password.data or "")] if s]
        if self.password.errors:
            return False
        if self.password.data == new:
            self.new_password.errors = ["C’est déjà votre mot de passe. Choisissez-en un autre."]
        else:
            self.new_password.errors = passwords.refusals(new, about)
        self.new_password_confirm.errors = differing(new, self.new_password_confirm.data)
        self.new_password.data = passwords.normalised(new)
        return not (self.new_password.errors or self.new_password_confirm.errors)


def differing(password: str, again: str | None) -> list[str]:
    """What to say when a new password was not typed twice alike."""
    return [] if password == (again or "") else ["Les deux mots de passe diffèrent. Tapez-les de nouveau."]
