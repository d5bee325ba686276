"""A copy of the whole database in one file, true to one instant under writes, and the way back, checked.

The file is a zip: `manifest.json` (engine, revision, rows of each table) and the data as its engine gives them.
Plain copies of an SQLite file lose or break rows while someone writes; these do not.
"""

import errno
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import psycopg
from sqlalchemy import Engine, inspect, make_url
from sqlalchemy.exc import SQLAlchemyError

from ml_admin import postgresql_dump
from ml_admin.postgresql_dump import DumpError

MANIFEST = "manifest.json"
COPIES = "copies"  # folder of the copies made before migrations
KEPT = 5  # of them: a copy is personal data too
_FORMAT = 1
_DATABASE = "database.sqlite"
_WAIT = 30  # seconds for a lock of SQLite
_DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error, psycopg.Error)

# (address of a database without tables, revision or None for the present models) -> makes the tables
MakeSchema = Callable[[str, str | None], None]


class BackupError(Exception):
    """Nothing was written or replaced; the text is a French sentence: cause, then remedy."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds."""

    engine: str  # sqlite, postgresql
    method: str  # sqlite, pg_dump, copy
    revision: str | None  # of the migrations
    rows: Mapping[str, int]  # table -> rows
    made_at: str = ""  # ISO instant, UTC
    broken_links: int = 0  # foreign keys that led nowhere already
    columns: Mapping[str, list[str]] = field(default_factory=dict)  # of the method « copy »
    format: int = _FORMAT


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, and where the database that was there before is kept."""

    manifest: Manifest
    kept: Path | None = None


def backup(url: str, path: Path, *, overwrite: bool = False) -> Manifest:
    """Write the database at `url` into the file `path` (readable by its owner alone), or raise BackupError."""
    if path.exists() and not overwrite:
        raise BackupError(f"Le fichier « {path.name} » existe déjà. Choisissez un autre nom, ou retirez-le d’abord.")
    with (
        _said(path),
        _whole_or_nothing(path) as part,
        _workplace(path.parent) as folder,
        ZipFile(part, "w", ZIP_DEFLATED) as archive,
    ):
        manifest = _dump_sqlite(url, folder, archive) if _is_sqlite(url) else _dump_postgresql(url, folder, archive)
        manifest = replace(manifest, made_at=datetime.now(UTC).isoformat(timespec="seconds"))
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
    return manifest


def read_manifest(path: Path) -> Manifest:
    """What the file holds; BackupError for anything that is no backup of ours."""
    try:
        with ZipFile(path) as archive:
            manifest = Manifest(**json.loads(archive.read(MANIFEST)))
    except FileNotFoundError:
        raise BackupError(f"Le fichier « {path.name} » n’existe pas. Vérifiez son nom et son dossier.") from None
    except (OSError, BadZipFile, KeyError, TypeError, ValueError):
        raise BackupError(
            f"« {path.name} » n’est pas une sauvegarde de ML Admin, ou elle est abîmée. Essayez une autre sauvegarde."
        ) from None
    if manifest.format > _FORMAT:
        raise BackupError("Cette sauvegarde vient d’une version plus récente de ML Admin. Mettez l’application à jour.")
    return manifest


def restore(url: str, path: Path, *, force: bool = False, make_schema: MakeSchema | None = None) -> Restored:
    """Put the backup `path` in the database at `url`, then check it row by row count.

    A database that holds rows is refused; with `force` it is replaced, after a backup of it beside the data
    (SQLite: beside the database, PostgreSQL: beside `path`). `make_schema` is asked for by backups made without
    pg_dump.
    """
    manifest = read_manifest(path)
    if manifest.engine != ("sqlite" if _is_sqlite(url) else "postgresql"):
        raise BackupError(
            f"Cette sauvegarde vient de {manifest.engine} : elle ne se rétablit que dans une base du même genre. "
            "Changez DATABASE_URL, ou prenez une autre sauvegarde."
        )
    with _said(path):
        if _is_sqlite(url):
            return _restore_sqlite(url, path, manifest, force)
        return _restore_postgresql(url, path, manifest, force, make_schema)


def copy_before_migration(engine: Engine, data: Path) -> Path | None:
    """A backup in the data folder before its tables change; None for a database without tables.

    The five newest are kept. Raises BackupError: a migration without its copy must not start.
    """
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
    if not tables:
        return None
    folder = data / COPIES
    with _said(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _free_name(folder, f"avant-migration-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}")
    backup(engine.url.render_as_string(hide_password=False), path)
    for old in sorted(folder.glob("avant-migration-*.zip"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


# --- Files -----------------------------------------------------------------------------------------------------------


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _free_name(folder: Path, stem: str) -> Path:
    number = 0
    while (path := folder / (f"{stem}-{number}.zip" if number else f"{stem}.zip")).exists():
        number += 1
    return path


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """A private folder on the disk of the result: the system's own temporary folder may be small."""
    with TemporaryDirectory(prefix=".ml-backup-", dir=folder) as name:
        yield Path(name)


@contextmanager
def _whole_or_nothing(path: Path) -> Iterator[Path]:
    """A file that takes its name only when it is complete and on the disk."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield part
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


_CAUSES = {
    errno.ENOSPC: "le disque est plein",
    errno.EACCES: "l’accès est refusé",
    errno.EPERM: "l’accès est refusé",
    errno.ENOENT: "le dossier n’existe pas",
    errno.EROFS: "le disque est en lecture seule",
}


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """What the system, a database or a tool refuses, as a sentence without data."""
    try:
        yield
    except DumpError as error:
        raise BackupError(str(error)) from None
    except OSError as error:
        cause = _CAUSES.get(error.errno or 0, "le système l’a refusé")
        raise BackupError(
            f"« {path.name} » : {cause}. Rien n’a été changé. Libérez de la place ou choisissez un autre dossier."
        ) from None
    except _DATABASE_ERRORS as error:
        raise BackupError(
            f"La base ne répond pas comme il faut ({type(error).__name__}). "
            "Vérifiez DATABASE_URL, arrêtez l’application si elle tourne, puis recommencez."
        ) from error


# --- SQLite ----------------------------------------------------------------------------------------------------------


def _file_of(url: str) -> Path:
    return Path(make_url(url).database or "")


def _dump_sqlite(url: str, folder: Path, archive: ZipFile) -> Manifest:
    source, copy = _file_of(url), folder / _DATABASE
    if not source.is_file():
        raise BackupError("Il n’y a pas de base à cet endroit. Vérifiez DATABASE_URL et ML_ADMIN_DATA.")
    _copy_sqlite(source, copy)
    manifest = _read_sqlite(copy)
    archive.write(copy, _DATABASE)
    return manifest


def _copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's own online copy, in one step: the state between two transactions, and writers go on meanwhile."""
    with (
        closing(sqlite3.connect(source, timeout=_WAIT)) as here,
        closing(sqlite3.connect(target, timeout=_WAIT)) as there,
    ):
        here.backup(there)


def _read_sqlite(path: Path) -> Manifest:
    """The state of a database, checked page by page and link by link."""
    with closing(sqlite3.connect(path, timeout=_WAIT)) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise BackupError("La base est abîmée. Rétablissez la dernière sauvegarde, et gardez ce fichier de côté.")
        broken = len(connection.execute("PRAGMA foreign_key_check").fetchall())
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        ).fetchall()
        rows = {name: _count(connection, name) for (name,) in tables}
        found = (
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
            if "alembic_version" in rows
            else None
        )
    return Manifest("sqlite", "sqlite", found[0] if found else None, rows, broken_links=broken)


def _count(connection: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    (count,) = connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608 - read from the base itself
    return int(count)


def _restore_sqlite(url: str, path: Path, manifest: Manifest, force: bool) -> Restored:
    target = _file_of(url)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _workplace(target.parent) as folder:
        copy = folder / _DATABASE
        _unpack(path, _DATABASE, copy)
        _same(manifest, _read_sqlite(copy))
        kept = None
        if target.exists() and _holds_rows(_read_sqlite(target).rows):
            kept = _keep(url, target.parent, target.stem, force)
        # through SQLite itself, not by a rename: a program that has the base open sees the new one, whole
        _copy_sqlite(copy, target)
    _same(manifest, _read_sqlite(target))
    target.chmod(0o600)
    return Restored(manifest, kept)


def _unpack(path: Path, member: str, target: Path) -> None:
    try:
        with ZipFile(path) as archive, archive.open(member) as source, target.open("wb") as stream:
            shutil.copyfileobj(source, stream)
    except (BadZipFile, KeyError):
        raise BackupError("La sauvegarde est abîmée : ses données sont illisibles. Essayez-en une autre.") from None


def _same(expected: Manifest, found: Manifest) -> None:
    if (dict(found.rows), found.revision, found.broken_links) != (
        dict(expected.rows),
        expected.revision,
        expected.broken_links,
    ):
        raise BackupError("La sauvegarde ne contient pas ce que dit son manifeste. Essayez-en une autre.")


def _holds_rows(rows: Mapping[str, int]) -> bool:
    return any(count for table, count in rows.items() if table != "alembic_version")


def _keep(url: str, folder: Path, stem: str, force: bool) -> Path:
    if not force:
        raise BackupError(
            "La base contient déjà des données. Choisissez une base vide, ou ajoutez --force : "
            "elle sera remplacée, après une sauvegarde de ce qu’elle contient."
        )
    path = _free_name(folder, f"{stem}-avant-restauration-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    backup(url, path)
    return path


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


def _dump_postgresql(url: str, folder: Path, archive: ZipFile) -> Manifest:
    dump = postgresql_dump.dump(url, folder, archive)
    return Manifest("postgresql", dump.method, dump.revision, dump.rows, columns=dump.columns)


def _restore_postgresql(
    url: str, path: Path, manifest: Manifest, force: bool, make_schema: MakeSchema | None
) -> Restored:
    if manifest.method == "copy" and make_schema is None:
        raise BackupError("Cette sauvegarde se rétablit par la commande « ml-admin restore », qui recrée ses tables.")
    postgresql_dump.check_tools(manifest.method)
    kept = None
    if _holds_rows(postgresql_dump.read(url)[0]):
        kept = _keep(url, path.parent, "base", force)
    with _workplace(path.parent) as folder:
        try:
            _load_postgresql(url, path, manifest, folder, make_schema)
        except Exception as error:  # whatever it was, the database is not left empty
            raise BackupError(_gone_wrong(url, kept, folder, make_schema, error)) from error
    return Restored(manifest, kept)


def _load_postgresql(url: str, path: Path, manifest: Manifest, folder: Path, make_schema: MakeSchema | None) -> None:
    postgresql_dump.empty(url)
    if manifest.method == "pg_dump":
        _unpack(path, postgresql_dump.DUMP, folder / postgresql_dump.DUMP)
        postgresql_dump.load_dump(url, folder / postgresql_dump.DUMP)
    elif make_schema is not None:
        make_schema(url, manifest.revision)
        with ZipFile(path) as archive:
            postgresql_dump.load_tables(url, archive, manifest.columns)
    rows, revision = postgresql_dump.read(url)
    _same(manifest, Manifest("postgresql", manifest.method, revision, rows))


def _gone_wrong(url: str, kept: Path | None, folder: Path, make_schema: MakeSchema | None, error: Exception) -> str:
    """Put back what was there; the sentence says what became of it."""
    cause = str(error) if isinstance(error, DumpError | BackupError) else "La base a refusé les données."
    if kept is None:
        return f"{cause} La base, qui était vide, est à refaire avant un nouvel essai."
    try:
        _load_postgresql(url, kept, read_manifest(kept), folder, make_schema)
    except (DumpError, BackupError, OSError, *_DATABASE_ERRORS):
        return f"{cause} Les données d’avant sont dans « {kept.name} » : rétablissez-les dans une base neuve."
    return f"{cause} La base d’avant a été remise en place."
