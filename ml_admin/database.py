"""The engine of both databases: how a transaction begins, and who is writing in it."""

import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session, SessionTransaction

from ml_admin.text import fold

Mode = Literal["read", "write"]

# Set for every request by the application (GET and HEAD read, the others write). A program that says nothing writes:
# an immediate lock taken for nothing costs a wait, a deferred one that is upgraded costs a refused or a lost update.
begin_mode: ContextVar[Mode] = ContextVar("begin_mode", default="write")

_NAME = 40  # characters of a name
BUSY_SECONDS = 30  # an import may hold the write lock for some seconds


@dataclass(frozen=True, slots=True)
class Actor:
    """Who writes, as the journal will name them."""

    user_id: int | None
    label: str
    batch_id: int | None = None


@dataclass(slots=True)
class _Writer:
    """What the SQL functions of one SQLite connection answer; renewed by every transaction."""

    actor: Actor | None = None
    change_set: str = ""
    erasing: bool = False


def engine_options(url: str) -> dict[str, Any]:
    """The keyword arguments of `create_engine`, also for an extension that makes its own engine (then `prepare` it)."""
    if make_url(url).get_backend_name() == "sqlite":
        # isolation_level None: the driver starts no transaction by itself, `_begin_sqlite` does
        return {"connect_args": {"timeout": BUSY_SECONDS, "isolation_level": None}, "pool_size": 10, "max_overflow": 20}
    return {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 20}


def make_engine(url: str) -> Engine:
    """An engine on `sqlite:///path` or `postgresql+psycopg://…` whose transactions follow the rules of this module."""
    return prepare(create_engine(url, **engine_options(url)))


def prepare(engine: Engine) -> Engine:
    """Attach the rules of this module to an engine made with `engine_options`."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _connect_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)
    return engine


@contextmanager
def writing(engine: Engine, actor: Actor) -> Iterator[Session]:
    """A session in one writing transaction: committed at the end, rolled back by an exception."""
    with Session(engine.execution_options(ml_mode="write"), info={"ml_actor": actor}) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session whose transactions see one state of the database, wait for no writer and cannot write."""
    with Session(engine.execution_options(ml_mode="read")) as session:
        yield session


@contextmanager
def beginning(mode: Mode) -> Iterator[None]:
    """Transactions begun inside start as `mode`, whatever the request's method says."""
    token = begin_mode.set(mode)
    try:
        yield
    finally:
        begin_mode.reset(token)


def acting_as(target: Session | Connection, user_id: int | None, label: str, batch_id: int | None = None) -> None:
    """Say who writes, for the transaction under way and the following ones of this session or connection.

    `label` is what the history shows ("Claire MARTIN"); SQLite refuses the writes of a transaction without it.
    """
    actor = Actor(user_id, label, batch_id)
    if isinstance(target, Connection):
        target.execution_options(ml_actor=actor)
        if target.in_transaction():
            _apply(target, actor)
        return
    target.info["ml_actor"] = actor
    if target.in_transaction():
        _apply(target.connection(), actor)


@contextmanager
def erasing(session: Session) -> Iterator[None]:
    """Inside, append-only tables may be emptied: the erasure of a person and the purge of old lines, nothing else."""
    connection = session.connection()
    _set_erasing(connection, True)
    try:
        yield
    finally:
        if session.in_transaction() and session.is_active:
            _set_erasing(connection, False)


def is_sqlite(target: Session | Connection | Engine) -> bool:
    """True on SQLite, False on PostgreSQL."""
    bind = target.get_bind() if isinstance(target, Session) else target
    return bind.dialect.name == "sqlite"


@event.listens_for(Session, "after_begin")
def _tell_connection(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    actor = session.info.get("ml_actor")
    if actor is not None and not connection.in_nested_transaction():
        _apply(connection, actor)


def _apply(connection: Connection, actor: Actor) -> None:
    if is_sqlite(connection):
        _writer(connection).actor = actor
        return
    connection.execute(
        text(
            "SELECT set_config('ml.user', :user, true), set_config('ml.actor', :label, true), set_config('ml.batch', :batch, true)"
        ),
        {"user": _text(actor.user_id), "label": actor.label[:120], "batch": _text(actor.batch_id)},
    )


def _set_erasing(connection: Connection, value: bool) -> None:
    if is_sqlite(connection):
        _writer(connection).erasing = value
        return
    connection.execute(text("SELECT set_config('ml.erasing', :value, true)"), {"value": "1" if value else ""})


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


def _mode(options: Mapping[str, Any]) -> Mode:
    mode: Mode = options.get("ml_mode") or begin_mode.get()
    return mode


def _writer(connection: Connection) -> _Writer:
    writer: _Writer = connection.info["ml_writer"]
    return writer


def _connect_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    writer = record.info["ml_writer"] = _Writer()
    record.info["ml_read_only"] = False
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "recursive_triggers = ON",  # else INSERT OR REPLACE deletes rows behind the journal's back
        "cache_size = -65536",  # KiB; the default spills a large import to disk half-way
        "trusted_schema = ON",  # some builds forbid our functions inside triggers
    ):
        connection.execute(f"PRAGMA {pragma}")
    functions: dict[str, Any] = {
        "ml_user": lambda: writer.actor and writer.actor.user_id,
        "ml_actor": lambda: writer.actor and writer.actor.label[:120],
        "ml_batch": lambda: writer.actor and writer.actor.batch_id,
        "ml_change_set": lambda: writer.change_set,
        "ml_erasing": lambda: int(writer.erasing),
    }
    for name, function in functions.items():
        connection.create_function(name, 0, function)
    connection.create_function("ml_fold", 1, _fold, deterministic=True)  # generated columns ask for it


def _fold(value: object) -> str | None:
    if value is None:
        return None
    text_ = str(value)
    return _fold_name(text_) if len(text_) <= _NAME else fold(text_)


@lru_cache(maxsize=32_768)
def _fold_name(text_: str) -> str:
    """Names come back by thousands in one search; longer texts are each their own and are not held in memory."""
    return fold(text_)


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    driver = cast(sqlite3.Connection, connection.connection.driver_connection)
    info = connection.info
    info["ml_writer"].actor = options.get("ml_actor")
    info["ml_writer"].change_set = secrets.token_hex(8)
    info["ml_writer"].erasing = False
    read_only = _mode(options) == "read"
    if info["ml_read_only"] != read_only:
        driver.execute(f"PRAGMA query_only = {int(read_only)}")
        info["ml_read_only"] = read_only
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    driver.isolation_level = None  # an earlier user of AUTOCOMMIT leaves the driver's own transactions on
    driver.execute("BEGIN DEFERRED" if read_only else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    if _mode(options) == "read":
        # one snapshot for the whole page, as on SQLite
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return
    connection.execute(text("SELECT set_config('ml.change_set', :number, true)"), {"number": secrets.token_hex(8)})
    actor = options.get("ml_actor")
    if actor is not None:
        _apply(connection, actor)
