"""create_app: the only place where the parts meet."""

import hashlib
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, jsonify, request
from flask_admin import Admin
from flask_babel import Babel
from flask_sqlalchemy_lite import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from ml_admin import jobs
from ml_admin.accounts import current_viewer, init_accounts
from ml_admin.config import Settings
from ml_admin.database import acting_as, begin_mode, engine_options, prepare
from ml_admin.views import accounts as account_pages
from ml_admin.views import consultations, dictionary, duplicates, figures, formats, imports, search, shell
from ml_admin.views.entities import build_views
from ml_admin.views.home import HomeView
from ml_admin.views.theme import OurTheme

STATIC = Path(__file__).parent / "static"


def create_app(settings: Settings) -> Flask:
    """The application on a migrated database; reads and writes nothing by itself, starts no thread."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_ENGINES={"default": {"url": settings.database_url, **engine_options(settings.database_url)}},
        MAX_CONTENT_LENGTH=settings.upload_bytes + 2**20,
        MAX_FORM_MEMORY_SIZE=5 * 2**20,
        MAX_FORM_PARTS=5_000,
        WTF_CSRF_TIME_LIMIT=None,  # a long form is not lost to the clock; the session has its own limits
        BABEL_DEFAULT_LOCALE="fr",
        BABEL_DEFAULT_TIMEZONE=str(settings.timezone),
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        ML_SETTINGS=settings,
        ML_VERSION=_version(),
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = False
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, settings.proxies, settings.proxies, settings.proxies, settings.proxies)  # type: ignore[method-assign]
    db = SQLAlchemy(app)
    app.extensions["ml_db"] = db
    Babel(app)
    app.before_request(_limit)  # before the token is looked for in the form
    CSRFProtect(app)
    app.before_request(_begin)
    app.teardown_request(_end)
    with app.app_context():
        prepare(db.engine)
        init_accounts(app, db, settings)
        app.before_request(lambda: _sign(db))
        _mount(app, db)
    app.context_processor(shell.context)
    app.jinja_env.globals["ml_sprite"] = formats.sprite
    app.after_request(shell.secure)
    app.after_request(shell.compress)
    shell.add_errors(app)
    app.add_url_rule("/sante", "health", lambda: _health(db))
    return app


def _mount(app: Flask, db: Any) -> None:
    admin = Admin(
        app,
        name="ML Admin",
        theme=OurTheme(),
        index_view=HomeView(db, name="Ma journée", url="/", endpoint="admin"),
        csp_nonce_generator=shell.nonce,
    )
    for view in build_views(db):
        admin.add_view(view)
    for part in (shell, search, figures, consultations, dictionary, duplicates, imports, account_pages):
        app.register_blueprint(part.blueprint)


def _limit() -> None:
    """Only a file to import may be large: any other form is read whole into memory."""
    if request.endpoint != "imports.upload":
        request.max_content_length = 5 * 2**20


def _begin() -> None:
    """GET, HEAD and the views marked `reads` see one state of the database; the others take the write lock at once."""
    view = current_app.view_functions.get(request.endpoint or "")
    reading = request.method in ("GET", "HEAD", "OPTIONS") or getattr(view, "ml_reads", False)
    g.ml_mode = begin_mode.set("read" if reading else "write")


def _end(error: BaseException | None) -> None:
    if "ml_mode" in g:
        begin_mode.reset(g.pop("ml_mode"))


def _sign(db: Any) -> None:
    """The journal names who is signed in; who only reads needs no name."""
    if begin_mode.get() == "read" or request.endpoint == "static":
        return
    viewer = current_viewer()
    if viewer.account_id is not None:
        acting_as(db.session, viewer.account_id, viewer.label)


def _health(db: Any) -> Any:
    """The state of the database and of the jobs, without personal data; 503 when the database does not answer."""
    try:
        db.session.execute(text("SELECT 1"))
        return jsonify(status="ok", database="ok", jobs=jobs.health(db.session))
    except SQLAlchemyError:
        return jsonify(status="panne", database="injoignable"), 503


def _version() -> str:
    """Changes with any static file, so that browsers never mix an old script with a new page."""
    digest = hashlib.sha256()
    for file in sorted(STATIC.rglob("*")):
        if file.is_file():
            digest.update(f"{file.name}{file.stat().st_size}{file.stat().st_mtime_ns}".encode())
    return digest.hexdigest()[:10]
