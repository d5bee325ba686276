"""The Flask-Security adapter: who is signed in, for how long, and what an anonymous visitor may open."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import urlsplit

from flask import (
    Flask,
    abort,
    flash,
    g,
    has_request_context,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user, user_logged_out
from flask_security import Security, SQLAlchemyUserDatastore
from flask_security.signals import password_changed, user_authenticated
from sqlalchemy import select

from ml_admin import access
from ml_admin import models as m
from ml_admin.column_types import now
from ml_admin.config import Settings
from ml_admin.database import reading
from ml_admin.passwords import LANES, MEMORY_KIB, ROUNDS, SHORTEST
from ml_admin.permissions import NOBODY, Viewer, may, may_open, viewer_of
from ml_admin.sign_in import CodeForm, Codes, Door, NewPasswordForm, SignedIn, SignInForm, apart, door

PUBLIC: Final = frozenset(
    {"static", "health", "security.login", "security.two_factor_token_validation", "accounts.link"}
)
# of Flask-Security's pages, those that this application has no use for
CLOSED: Final = frozenset(
    {
        "security.two_factor_setup",
        "security.two_factor_setup_validate",
        "security.two_factor_rescue",
        "security.tf_select",
    }
)
WITHOUT_CODE: Final = frozenset({"accounts.second_code", "security.logout", "static", "preferences.theme"})

_OPEN = "ml_open"  # in the cookie: token of the session, when it began, when it was last used (seconds)
_EVERY: Final = timedelta(minutes=1)  # how often the cookie is told that the session is in use
_KEPT_AT_SIGN_IN = ("_user_id", "_fresh", "_id", "fs_paa")

_BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "Mac",
    "Linux": "Linux",
}


def init_accounts(app: Flask, db: Any, settings: Settings, clock: Callable[[], datetime] = now) -> None:
    """Bind sign-in, sessions and the gate to an application whose CSRFProtect and Babel are already there."""
    app.config.update(_cookies(settings), **{f"SECURITY_{name}": value for name, value in _security(settings).items()})
    models: tuple[Any, Any] = (m.Account, m.Role)  # plain models, not its mixins: SignedIn stands between
    security = Security(
        app,
        _Accounts(db, *models),
        login_form=SignInForm,
        change_password_form=NewPasswordForm,
        two_factor_verify_code_form=CodeForm,
        totp_cls=Codes,
    )
    app.extensions["ml_door"] = Door(db, settings, clock, cast(Codes, security.totp_factory))
    security.want_json(lambda request: False)
    security.login_manager.user_loader(_load)
    security.login_manager.request_loader(lambda request: None)  # no tokens: sessions alone
    # Flask-Principal would load the account for every style sheet; rights stand in permissions.py
    app.before_request_funcs[None].remove(security.principal._on_before_request)
    user_authenticated.connect(_opened, app)
    user_logged_out.connect(_closed, app)
    password_changed.connect(_password_changed, app)
    app.before_request(_gate)
    app.context_processor(lambda: {"ml_office": settings.name})


def _cookies(settings: Settings) -> dict[str, Any]:
    return {
        # the prefix makes browsers refuse the cookie from a neighbouring site or over plain HTTP
        "SESSION_COOKIE_NAME": "__Host-ml_admin" if settings.https else "ml_admin",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
    }


def _security(settings: Settings) -> Mapping[str, Any]:
    return {
        "LOGIN_URL": "/connexion",
        "LOGOUT_URL": "/deconnexion",
        "CHANGE_URL": "/mon-compte/mot-de-passe",
        "TWO_FACTOR_TOKEN_VALIDATION_URL": "/connexion/code",
        "TWO_FACTOR_SETUP_URL": "/connexion/-/code",
        "TWO_FACTOR_RESCUE_URL": "/connexion/-/secours",
        "TWO_FACTOR_SELECT_URL": "/connexion/-/choix",
        "POST_LOGIN_VIEW": "/",
        "POST_LOGOUT_VIEW": "security.login",
        "POST_CHANGE_VIEW": "accounts.mine",
        "CHANGEABLE": True,
        "TWO_FACTOR": True,
        "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "TWO_FACTOR_RESCUE_EMAIL": False,
        "TOTP_SECRETS": {"1": settings.totp_key},
        "TOTP_ISSUER": re.sub(r"[:%]", " ", f"ML Admin, {settings.name}"),
        "PASSWORD_HASH": "argon2",
        "PASSWORD_SCHEMES": ["argon2"],
        "PASSWORD_SALT": settings.password_salt,
        "PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__rounds": ROUNDS,
            "argon2__memory_cost": MEMORY_KIB,
            "argon2__parallelism": LANES,
        },
        "PASSWORD_LENGTH_MIN": SHORTEST,
        "PASSWORD_NORMALIZE_FORM": "NFKC",
        "SEND_PASSWORD_CHANGE_EMAIL": False,
        "API_ENABLED_METHODS": ["session"],
        "FRESHNESS": timedelta(seconds=-1),  # sensitive gestures ask for the password in their own form
        "FLASH_MESSAGES": False,
        "STATIC_FOLDER": None,
        "CLI_USERS_NAME": None,
        "CLI_ROLES_NAME": None,
    }


class _Accounts(SQLAlchemyUserDatastore):
    """Accounts for Flask-Security, wrapped; what it changes is written by the session that holds the record."""

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> SignedIn | None:
        # asked between the password and the code: the page's session must stay free (sign_in.apart)
        with reading(door().engine) as database:
            account = database.scalars(select(m.Account).filter_by(**wanted)).unique().one_or_none()
        return SignedIn(account) if account is not None and account.active else None

    def put(self, model: Any) -> Any:
        return model


# --- Who is asking ---------------------------------------------------------------------------------------------------


def current_viewer() -> Viewer:
    """Who is asking, read once per request; NOBODY for an anonymous visitor or outside a request."""
    if not has_request_context():
        return NOBODY
    if "ml_viewer" not in g:
        known = current_user.is_authenticated
        g.ml_viewer = viewer_of(current_user.account) if known else NOBODY
        g.ml_theme = (current_user.account.theme or "") if known else ""
    viewer: Viewer = g.ml_viewer
    return viewer


def require(action: str, model: type[m.Base]) -> Viewer:
    """The viewer, or 403 where the rights table does not name this action for their role."""
    viewer = current_viewer()
    if not may(viewer, action, model):
        abort(403)
    return viewer


def require_page(page: str) -> Viewer:
    """The viewer, or 403 where `permissions.PAGES` does not open this page to their role."""
    viewer = current_viewer()
    if not may_open(viewer, page):
        abort(403)
    return viewer


# --- Sessions --------------------------------------------------------------------------------------------------------


def session_token() -> str | None:
    """The token of this browser's session, as access.py asks for it."""
    opened = session.get(_OPEN)
    return opened["token"] if isinstance(opened, dict) else None


def sessions_since() -> datetime:
    """Sessions begun before this instant are over."""
    return door().clock() - door().settings.session_limit


def _load(user_id: str) -> SignedIn | None:
    """The account of the cookie, while its session is open, not idle for too long and not too old."""
    opened = session.get(_OPEN)
    if not isinstance(opened, dict):
        return None
    instant = door().clock()
    seen = datetime.fromtimestamp(opened["seen"], UTC)
    account = None
    if instant - seen <= door().settings.session_idle:
        account = access.signed_in(door().db.session, opened["token"], sessions_since())
    if account is None or account.fs_uniquifier != user_id:
        session.clear()
        g.ml_session_over = True
        return None
    if instant - seen >= _EVERY:
        session[_OPEN] = {**opened, "seen": instant.timestamp()}
    g.fs_authn_via = "session"  # what Flask-Security's own pages ask for
    return SignedIn(account)


def _opened(app: Flask, user: SignedIn, authn_via: Collection[str] | None = None, **_: Any) -> None:
    """A new session at each sign-in: what the browser held before is thrown away."""
    instant, account_id = door().clock(), user.account.id
    kept = {name: session[name] for name in _KEPT_AT_SIGN_IN if name in session}
    session.clear()
    with apart() as database:
        if "change" in (authn_via or ()):
            access.end_sessions(database, account_id, instant)
        token = access.open_session(database, account_id, _device(), instant)
    session.update(kept)
    session[_OPEN] = {"token": token, "seen": instant.timestamp()}
    g.pop("ml_viewer", None)


def _closed(app: Flask, **_: Any) -> None:
    if token := session_token():
        with apart() as database:
            access.end_session(database, token, door().clock())
    session.clear()
    g.pop("ml_viewer", None)


def _password_changed(app: Flask, **_: Any) -> None:
    flash("Votre mot de passe est changé. Vos autres sessions sont fermées.", "success")


def _device() -> str:
    agent = request.user_agent.string
    known = [next((name for sign, name in names.items() if sign in agent), "") for names in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in known if name) or "Navigateur inconnu"


# --- The gate --------------------------------------------------------------------------------------------------------


def _gate() -> Any:
    """Nothing is open to an anonymous visitor but `PUBLIC`; a role that must have a code sets it up first."""
    endpoint = request.endpoint
    if endpoint is None:
        return None  # 404 and 405 answer for themselves
    if endpoint in CLOSED:
        abort(404)
    if request.blueprint == "security" and request.is_json:
        abort(400)
    if endpoint == "security.two_factor_token_validation" and current_viewer().role is not None:
        # the page one comes back to with « Retour »: Flask-Security would end the session, by a GET
        return redirect(url_for("admin.index"), 303)
    if endpoint in PUBLIC:
        return None
    if current_viewer().role is None:
        return _turn_away()
    account = current_user.account
    if account.role.totp_required and not account.tf_totp_secret and endpoint not in WITHOUT_CODE:
        return _sent_to(url_for("accounts.second_code"))
    return None


def _turn_away() -> Any:
    over = g.get("ml_session_over", False)
    if request.headers.get("HX-Request"):
        return _sent_to(url_for("security.login", next=_path(request.headers.get("HX-Current-URL", ""))))
    if request.method not in ("GET", "HEAD"):
        return render_template("security/signed_out.html", over=over), 401
    if over:
        flash("Votre session est terminée. Connectez-vous pour reprendre.", "info")
    return redirect(url_for("security.login", next=_path(request.full_path)))


def _sent_to(address: str) -> Any:
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": address}
    return redirect(address, 303)


def _path(address: str) -> str | None:
    """The path of an address of ours, without the server; None for the start page, where the sign-in leads anyway."""
    try:
        parts = urlsplit(address)
    except ValueError:  # a header may say anything
        return None
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return path if path not in ("", "/") else None
