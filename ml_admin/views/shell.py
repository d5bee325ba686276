"""What surrounds every page: menu, account, theme, headers, error pages, the state of the service."""

import gzip
import secrets
from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, current_app, g, redirect, render_template, request, url_for
from flask_admin import AdminIndexView
from flask_wtf.csrf import CSRFError
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from ml_admin import models as m
from ml_admin.accounts import current_viewer
from ml_admin.permissions import Viewer, may, may_open
from ml_admin.views import MENU, Section
from ml_admin.views.registry import views

blueprint = Blueprint("preferences", __name__)

PAGE_OF_ENDPOINT = {
    "admin.index": "home",
    "imports.index": "imports",
    "duplicates.index": "duplicates",
    "figures.index": "figures",
    "consultations.index": "consultations",
    "dictionary.index": "dictionary",
}


@blueprint.post("/preferences/theme")
def theme() -> Any:
    """Light or dark, kept with the account."""
    chosen = request.form.get("theme")
    viewer = current_viewer()
    if chosen in ("light", "dark"):
        session = current_app.extensions["ml_db"].session
        # not through the record: a look is no change of the account
        session.execute(update(m.Account).where(m.Account.id == viewer.account_id).values(theme=chosen))
        session.commit()
    if request.headers.get("HX-Request") or request.headers.get("X-Requested-With"):
        return "", 204
    return redirect(_back(), 303)


def _back() -> str:
    """The page that the form was on, if it is one of ours."""
    referrer = request.referrer or ""
    return referrer if referrer.startswith(request.host_url) else url_for("admin.index")


def menu(viewer: Viewer) -> list[dict[str, Any]]:
    """The rail for this viewer: only what they may open."""
    endpoint = request.endpoint or ""
    return [entry for section in MENU if (entry := _entry(section, viewer, endpoint.partition(".")[0]))]


def _entry(section: Section, viewer: Viewer, here: str) -> dict[str, Any] | None:
    screens = [_screen(name, here) for name in section.screens if _open(viewer, name)]
    if not screens:
        return None
    return {
        "label": section.label,
        "icon": section.icon,
        "url": screens[0]["url"],
        "current": any(screen["current"] for screen in screens),
        "foot": section.foot,
        "short": section.short,
        # the other screens of a subject are offered from its lists; a record or a form is about one thing
        "screens": screens if len(screens) > 1 and (request.endpoint or "").endswith((".index_view", ".index")) else [],
    }


def _screen(endpoint: str, here: str) -> dict[str, Any]:
    blueprint_name = endpoint.partition(".")[0]
    return {
        "label": _LABELS.get(endpoint) or _names()[blueprint_name],
        "url": url_for(endpoint),
        "current": blueprint_name == here,
    }


_LABELS = {
    "admin.index": "Ma journée",
    "imports.index": "Imports",
    "duplicates.index": "Doublons possibles",
    "figures.index": "Pilotage",
    "consultations.index": "Consultations",
    "dictionary.index": "Dictionnaire",
}


def _names() -> dict[str, str]:
    return {view.endpoint: view.name for view in views().values()}


def _open(viewer: Viewer, endpoint: str) -> bool:
    if endpoint not in current_app.view_functions:
        return False
    if endpoint in PAGE_OF_ENDPOINT:
        return may_open(viewer, PAGE_OF_ENDPOINT[endpoint])
    name = endpoint.partition(".")[0]
    return any(view.endpoint == name and may(viewer, "read", view.model) for view in views().values())


def context() -> dict[str, Any]:
    """What layout.html asks of every page."""
    viewer = current_viewer()
    if viewer.role is None:
        return {"ml_menu": [], "ml_user": None, "ml_theme": "", "ml_version": current_app.config["ML_VERSION"]}
    initials = "".join(word[0] for word in viewer.label.split()[:2]).upper()
    return {
        "ml_menu": menu(viewer),
        "ml_user": {"name": viewer.label, "initials": initials, "role": viewer.role.label},
        "ml_account_links": [{"label": "Mon compte", "icon": "user", "url": url_for("accounts.mine")}],
        "ml_theme": g.get("ml_theme", ""),
        "ml_version": current_app.config["ML_VERSION"],
    }


def nonce() -> str:
    """The nonce of this answer; nothing of ours needs one, Flask-Admin asks for it."""
    if "ml_nonce" not in g:
        g.ml_nonce = secrets.token_urlsafe(16)
    return str(g.ml_nonce)


def secure(response: Any) -> Any:
    """Headers of every answer: nothing from elsewhere, nothing kept, nothing framed."""
    headers = response.headers
    headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'",
    )
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if current_app.config["ML_SETTINGS"].https:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint == "static" and response.status_code == 200 and request.args.get("v"):
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    return response


def compress(response: Any) -> Any:
    """Style sheets, scripts and icons go compressed; pages do not: a secret beside echoed words would leak (BREACH)."""
    if request.endpoint != "static" or response.status_code != 200 or not request.accept_encodings["gzip"]:
        return response
    if response.mimetype not in _COMPRESSED:
        return response
    response.direct_passthrough = False
    response.set_data(_gzipped(response.get_data()))
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response


_COMPRESSED = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})


@lru_cache(maxsize=64)
def _gzipped(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)


def add_errors(app: Flask) -> None:
    """French pages for everything that goes wrong; the words are in templates/errors."""
    for code in (400, 403, 404, 405, 409, 413, 429, 500, 503):
        app.register_error_handler(code, _error)
    app.register_error_handler(CSRFError, lambda error: _page(400, stale=True))
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(Exception, _unexpected)


def _error(error: HTTPException) -> Any:
    return _page(error.code or 500)


def _unexpected(error: Exception) -> Any:
    if isinstance(error, HTTPException):
        return _page(error.code or 500) if error.code in (400, 401, 403, 404, 405, 409, 413, 429, 500, 503) else error
    return _failed(error, 500)


def _database_away(error: OperationalError) -> Any:
    return _failed(error, 503)


def _failed(error: Exception, code: int) -> Any:
    reference = secrets.token_hex(4)
    # the kind of fault and where, never its text: SQL and names may stand in it
    where = _last_frame(error)
    current_app.logger.error("reference %s: %s at %s", reference, type(error).__name__, where)
    if current_app.config.get("PROPAGATE_FAULTS"):
        raise error
    return _page(code, reference=reference)


def _last_frame(error: Exception) -> str:
    trace = error.__traceback__
    place = "?"
    while trace is not None:
        code = trace.tb_frame.f_code
        if "ml_admin" in code.co_filename:
            place = f"{code.co_filename.rpartition('ml_admin')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _page(code: int, **details: Any) -> Any:
    if request.headers.get("HX-Request"):
        return _SHORT.get(code, _SHORT[500]), code
    return render_template(f"errors/{code if code != 401 else 403}.html", **details), code


_SHORT = {
    400: "Cette demande est incomplète ou trop ancienne. Rechargez la page.",
    403: "Ceci n’est pas ouvert à votre rôle.",
    404: "Cette fiche n’existe plus, ou n’est pas ouverte à votre rôle.",
    409: "Quelqu’un d’autre a changé cette fiche. Rechargez la page.",
    429: "Trop de demandes à la suite. Attendez une minute.",
    500: "Le serveur n’a pas pu répondre. Rien n’a été écrit : réessayez.",
    503: "La base ne répond pas. Rien n’a été écrit : réessayez dans un instant.",
}


class GuardedIndex(AdminIndexView):
    """Flask-Admin's own index page would be public."""

    def is_accessible(self) -> bool:
        return may_open(current_viewer(), "home")
