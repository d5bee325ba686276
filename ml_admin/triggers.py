"""What the databases do by themselves: the journal, versions, search keys, and slots that cannot overlap.

Everything is generated from the metadata, for SQLite and PostgreSQL alike. `Table.info` says what a table asks for:

- `journaled` (default true): each change writes one line of the table `journal`; needs an integer key `id`;
- `append_only`: rows can be neither changed nor deleted, but inside `database.erasing`;
- `no_overlap`: {"owner", "starts", "ends": column names, "when": {column: value}}: rows that meet `when` and have the
  same owner never overlap in time.

`Column.info["secret"]` keeps a value out of the journal; computed columns stay out too, they follow from the others.
A refusal is an IntegrityError that holds UNKNOWN_WRITER, APPEND_ONLY or OVERLAP.
"""

# ruff: noqa: S608  (every name in this SQL is one of our models)

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, CursorResult, LargeBinary, MetaData, Table, text

from ml_admin.database import is_sqlite

UNKNOWN_WRITER = "ml_unknown_writer"  # SQLite only: the transaction did not say who writes
APPEND_ONLY = "ml_append_only"
OVERLAP = "ml_double_booking"

_WRITER = "actor_id, actor, batch_id, change_set, table_name, record_id, operation, before, after"


@dataclass(frozen=True)
class _Definition:
    """One trigger or constraint, and how to make it."""

    name: str
    table: str
    sql: str
    constraint: bool = False
    function: str = ""  # that the trigger calls, made before it

    @property
    def digest(self) -> str:
        # a trigger is only as good as the functions it calls; a constraint calls none
        asked = self.sql if self.constraint else "".join([self.sql, self.function, *_POSTGRESQL_FUNCTIONS])
        return hashlib.sha256(asked.encode()).hexdigest()[:16]


def create_all(connection: Connection, metadata: MetaData) -> None:
    """Tables, constraints, functions and triggers in an empty database."""
    create_functions(connection)
    metadata.create_all(connection)
    create_triggers(connection, metadata)


def create_functions(connection: Connection) -> None:
    """The PostgreSQL functions that tables and triggers call; SQLite gets its own with each connection."""
    if not is_sqlite(connection):
        for sql in _POSTGRESQL_FUNCTIONS:
            _run(connection, sql.replace("{journal}", _journal(connection)))


def create_triggers(connection: Connection, metadata: MetaData) -> None:
    """(Re)build every trigger of the models; call it after any change of a table.

    Raises ValueError for a journaled table without an integer `id` or with a column JSON cannot hold.
    """
    drop_triggers(connection)
    create_functions(connection)
    known = set() if is_sqlite(connection) else _postgresql_constraints(connection)
    for definition in _definitions(connection, metadata):
        if definition.constraint:
            _replace_constraint(connection, definition, known)
            continue
        if definition.function:
            _run(connection, definition.function.replace("{journal}", _journal(connection)))
        _run(connection, definition.sql)
        if not is_sqlite(connection):
            _comment(connection, "TRIGGER", definition)


def drop_triggers(connection: Connection) -> None:
    """Take off every trigger made here, those of tables that left the models too; constraints stay."""
    quote = connection.dialect.identifier_preparer.quote
    for name, table in _present(connection):
        where = "" if is_sqlite(connection) else f" ON {quote(table)}"
        connection.exec_driver_sql(f"DROP TRIGGER {quote(name)}{where}")


def missing_triggers(connection: Connection, metadata: MetaData) -> list[str]:
    """Names of the triggers and constraints that are absent or not as the models ask; [] when all is well."""
    wanted = list(_definitions(connection, metadata))
    if is_sqlite(connection):
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        present = {(name, sql) for name, sql in rows}
        return [each.name for each in wanted if (each.name, each.sql) not in present]
    digests = _postgresql_triggers(connection) | _postgresql_constraints(connection)
    return [each.name for each in wanted if (each.name, each.digest) not in digests]


def journaled_tables(metadata: MetaData) -> list[Table]:
    """The tables whose changes are kept, parents before children."""
    return [table for table in metadata.sorted_tables if table.info.get("journaled", True)]


def kept_columns(table: Table) -> list[Column[Any]]:
    """The columns whose values enter the journal, `version` and `id` included."""
    return [column for column in table.columns if not column.info.get("secret") and column.computed is None]


def _definitions(connection: Connection, metadata: MetaData) -> Iterator[_Definition]:
    sqlite = is_sqlite(connection)
    for table in metadata.sorted_tables:
        if table.info.get("journaled", True):
            _check(table)
            yield from _sqlite_journal(table) if sqlite else _postgresql_journal(table)
        if table.info.get("append_only"):
            yield from _sqlite_append_only(table) if sqlite else _postgresql_append_only(table)
        if "no_overlap" in table.info:
            yield from _sqlite_no_overlap(table) if sqlite else _postgresql_no_overlap(table)


def _check(table: Table) -> None:
    if [column.name for column in table.primary_key] != ["id"] or "version" not in table.columns:
        raise ValueError(f"{table.name}: a journaled table needs the key `id` and a `version`")
    for column in kept_columns(table):
        if isinstance(column.type, LargeBinary):
            raise ValueError(f"{table.name}.{column.name}: bytes cannot enter the journal")


def _compared(table: Table) -> list[str]:
    """Every column whose change counts as a change, secrets included."""
    return [column.name for column in table.columns if column.name != "version" and column.computed is None]


def _kept(table: Table) -> list[Column[Any]]:
    return [column for column in kept_columns(table) if column.name != "version"]


# --- SQLite ----------------------------------------------------------------------------------------------------------


def _json_item(alias: str, column: Column[Any]) -> str:
    """SQL of the text `,"column":value`."""
    value = f'{alias}."{column.name}"'
    if isinstance(column.type, JSON):
        shown = f"CASE WHEN {value} IS NULL THEN 'null' ELSE json({value}) END"
    elif isinstance(column.type, Boolean):
        shown = f"CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END"
    else:
        shown = f"json_quote({value})"
    return f"""',"{column.name}":' || {shown}"""


def _sqlite_whole(alias: str, table: Table) -> str:
    items = " || ".join(_json_item(alias, column) for column in _kept(table))
    return f"""'{{"version":' || {alias}.version || {items} || '}}'"""


def _sqlite_changed(alias: str, version: str, table: Table) -> str:
    items = " || ".join(
        f'CASE WHEN OLD."{column.name}" IS NEW."{column.name}" THEN \'\' ELSE {_json_item(alias, column)} END'
        for column in _kept(table)
    )
    return f"""'{{"version":' || {version} || {items} || '}}'"""


def _sqlite_differs(names: list[str]) -> str:
    return " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in names)


def _sqlite_line(table: Table, operation: str, alias: str, before: str, after: str, only: str = "") -> str:
    return (
        f"SELECT RAISE(ABORT, '{UNKNOWN_WRITER}') WHERE ml_actor() IS NULL; "
        f"INSERT INTO journal (at, {_WRITER}) SELECT strftime('%Y-%m-%d %H:%M:%f000', 'now'), ml_user(), ml_actor(), "
        f"ml_batch(), ml_change_set(), '{table.name}', {alias}.id, '{operation}', {before}, {after}{only};"
    )


def _sqlite_trigger(table: Table, name: str, event: str, body: str, when: str = "") -> _Definition:
    name = f"ml_{name}_{table.name}"
    condition = f" WHEN {when}" if when else ""
    return _Definition(name, table.name, f'CREATE TRIGGER {name} {event} ON "{table.name}"{condition} BEGIN {body} END')


def _sqlite_journal(table: Table) -> Iterator[_Definition]:
    differs = _sqlite_differs(_compared(table))
    seen = _sqlite_differs([column.name for column in _kept(table)])
    next_version = "CASE WHEN NEW.version = OLD.version THEN OLD.version + 1 ELSE NEW.version END"
    before, after = _sqlite_changed("OLD", "OLD.version", table), _sqlite_changed("NEW", next_version, table)
    whole_old, whole_new = _sqlite_whole("OLD", table), _sqlite_whole("NEW", table)
    insert = _sqlite_line(table, "insert", "NEW", "NULL", whole_new)
    update = _sqlite_line(table, "update", "NEW", before, after, f" WHERE {seen}")
    delete = _sqlite_line(table, "delete", "OLD", whole_old, "NULL")
    bump = f'UPDATE "{table.name}" SET version = OLD.version + 1 WHERE id = NEW.id;'
    yield _sqlite_trigger(table, "insert", "AFTER INSERT", insert)
    yield _sqlite_trigger(table, "update", "AFTER UPDATE", update, differs)
    yield _sqlite_trigger(table, "delete", "AFTER DELETE", delete)
    # the ORM has counted already: a bump that always ran would break its next flush
    yield _sqlite_trigger(table, "bump", "AFTER UPDATE", bump, f"NEW.version = OLD.version AND ({differs})")


def _sqlite_append_only(table: Table) -> Iterator[_Definition]:
    body = f"SELECT RAISE(ABORT, '{APPEND_ONLY}');"
    for event in ("UPDATE", "DELETE"):
        yield _sqlite_trigger(table, f"keep_{event.lower()}", f"BEFORE {event}", body, "ml_erasing() = 0")


def _sqlite_no_overlap(table: Table) -> Iterator[_Definition]:
    rule = table.info["no_overlap"]
    owner, starts, ends = rule["owner"], rule["starts"], rule["ends"]
    others = (
        f'SELECT 1 FROM "{table.name}" AS o WHERE o.{owner} = NEW.{owner} AND o.id <> NEW.id '
        f"AND o.{starts} < NEW.{ends} AND o.{ends} > NEW.{starts} AND {_when('o.', rule['when'], sqlite=True)}"
    )
    body = f"SELECT RAISE(ABORT, '{OVERLAP}') WHERE EXISTS ({others});"
    when = _when("NEW.", rule["when"], sqlite=True)
    columns = ", ".join([owner, starts, ends, *rule["when"]])
    # AFTER: before an insert, NEW.id is not known yet
    yield _sqlite_trigger(table, "overlap_insert", "AFTER INSERT", body, when)
    yield _sqlite_trigger(table, "overlap_update", f"AFTER UPDATE OF {columns}", body, when)


def _when(prefix: str, values: Mapping[str, str | bool], *, sqlite: bool) -> str:
    def literal(value: str | bool) -> str:
        if isinstance(value, bool):
            return str(int(value)) if sqlite else str(value).lower()
        return "'" + value.replace("'", "''") + "'"

    return " AND ".join(f"{prefix}{column} = {literal(value)}" for column, value in values.items())


# --- PostgreSQL ------------------------------------------------------------------------------------------------------

_POSTGRESQL_WRITER = """
    nullif(current_setting('ml.user', true), '')::bigint,
    coalesce(nullif(current_setting('ml.actor', true), ''), 'outside'),
    nullif(current_setting('ml.batch', true), '')::bigint,
    coalesce(nullif(current_setting('ml.change_set', true), ''), 'x' || pg_current_xact_id()::text)"""

_POSTGRESQL_FUNCTIONS = (
    # the same folding as text.fold, which SQLite calls; \\u0300-\\u036f are the accents that NFKD sets apart
    r"""
CREATE OR REPLACE FUNCTION ml_fold(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $ml$
SELECT btrim(regexp_replace(
    replace(replace(replace(replace(translate(lower(
        regexp_replace(normalize(value, NFKD), '[\u0300-\u036f]', '', 'g')
    ), 'øØłŁđĐðÐıŒÆÞ', 'oollddddiœæþ'), 'œ', 'oe'), 'æ', 'ae'), 'þ', 'th'), 'ß', 'ss'),
    '[\u0001-\u002f\u003a-\u0060\u007b-\u00bf\u00d7\u00f7\u02c2-\u02c5\u02d2-\u02df\u02e5-\u02eb\u02ed\u02ef-\u02ff\u2000-\u2bff\u3000-\u303f\ufeff]+', ' ', 'g'))
$ml$""",
    f"""
CREATE OR REPLACE FUNCTION ml_journal() RETURNS trigger LANGUAGE plpgsql AS $ml$
DECLARE
    hidden text[] := coalesce(TG_ARGV, '{{}}');  -- without arguments TG_ARGV is NULL, and so is what it is taken from
    was jsonb;
    is_now jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        is_now := to_jsonb(NEW) - hidden;
    ELSE
        was := to_jsonb(OLD) - hidden;
    END IF;
    INSERT INTO {{journal}} (at, {_WRITER})
    SELECT now(), {_POSTGRESQL_WRITER},
        TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, lower(TG_OP), was, is_now;
    RETURN NULL;
END $ml$""",
    f"""
CREATE OR REPLACE FUNCTION ml_journal_truncate() RETURNS trigger LANGUAGE plpgsql AS $ml$
BEGIN
    EXECUTE format(
        $sql$INSERT INTO {{journal}} (at, {_WRITER})
        SELECT now(), {_POSTGRESQL_WRITER}, $1, t.id, 'delete', to_jsonb(t) - $2::text[], NULL FROM %I.%I t$sql$,
        TG_TABLE_SCHEMA, TG_TABLE_NAME) USING TG_TABLE_NAME, coalesce(TG_ARGV, '{{}}');
    RETURN NULL;
END $ml$""",
    """
CREATE OR REPLACE FUNCTION ml_bump() RETURNS trigger LANGUAGE plpgsql AS $ml$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $ml$""",
    f"""
CREATE OR REPLACE FUNCTION ml_keep() RETURNS trigger LANGUAGE plpgsql AS $ml$
BEGIN
    IF coalesce(current_setting('ml.erasing', true), '') <> '1' THEN
        RAISE EXCEPTION '{APPEND_ONLY}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN RETURN NEW; END IF;
    RETURN OLD;
END $ml$""",
)


def _postgresql_trigger(table: Table, name: str, event: str, function: str, when: str = "") -> _Definition:
    name = f"ml_{name}_{table.name}"
    level = "STATEMENT" if "TRUNCATE" in event else "ROW"
    condition = f" WHEN ({when})" if when else ""
    sql = f'CREATE TRIGGER {name} {event} ON "{table.name}" FOR EACH {level}{condition} EXECUTE FUNCTION {function}'
    return _Definition(name, table.name, sql)


def _postgresql_update(table: Table) -> str:
    """Column by column: comparing two whole rows as JSON took eight times as long."""
    compared = "\n".join(
        f"""    IF OLD."{name}" IS DISTINCT FROM NEW."{name}" THEN
        was := was || jsonb_build_object('{name}', OLD."{name}");
        is_now := is_now || jsonb_build_object('{name}', NEW."{name}");
    END IF;"""
        for name in (column.name for column in _kept(table))
    )
    return f"""
CREATE OR REPLACE FUNCTION ml_update_{table.name}() RETURNS trigger LANGUAGE plpgsql AS $ml$
DECLARE
    was jsonb := '{{}}';
    is_now jsonb := '{{}}';
BEGIN
{compared}
    IF is_now = '{{}}' THEN RETURN NULL; END IF;
    INSERT INTO {{journal}} (at, {_WRITER})
    SELECT now(), {_POSTGRESQL_WRITER}, TG_TABLE_NAME, NEW.id, 'update',
        was || jsonb_build_object('version', OLD.version), is_now || jsonb_build_object('version', NEW.version);
    RETURN NULL;
END $ml$"""


def _postgresql_journal(table: Table) -> Iterator[_Definition]:
    hidden = ", ".join(f"'{column.name}'" for column in table.columns if column not in set(kept_columns(table)))
    old, new = (", ".join(f'{alias}."{name}"' for name in _compared(table)) for alias in ("OLD", "NEW"))
    differs = f"ROW({old}) IS DISTINCT FROM ROW({new})"
    yield _postgresql_trigger(table, "insert", "AFTER INSERT", f"ml_journal({hidden})")
    update = _postgresql_trigger(table, "update", "AFTER UPDATE", f"ml_update_{table.name}()", differs)
    yield replace(update, function=_postgresql_update(table))
    yield _postgresql_trigger(table, "delete", "AFTER DELETE", f"ml_journal({hidden})")
    yield _postgresql_trigger(table, "truncate", "BEFORE TRUNCATE", f"ml_journal_truncate({hidden})")
    # the ORM has counted already: a bump that always ran would break its next flush
    bump = f"NEW.version = OLD.version AND {differs}"
    yield _postgresql_trigger(table, "bump", "BEFORE UPDATE", "ml_bump()", bump)


def _postgresql_append_only(table: Table) -> Iterator[_Definition]:
    yield _postgresql_trigger(table, "keep", "BEFORE UPDATE OR DELETE", "ml_keep()")
    yield _postgresql_trigger(table, "keep_truncate", "BEFORE TRUNCATE", "ml_keep()")


def _postgresql_no_overlap(table: Table) -> Iterator[_Definition]:
    rule = table.info["no_overlap"]
    owner, starts, ends = rule["owner"], rule["starts"], rule["ends"]
    # a one-number range for the owner: plain equality in gist would need the btree_gist extension;
    # of a NULL owner that range would be unbounded, in everybody's way
    sql = (
        f'ALTER TABLE "{table.name}" ADD CONSTRAINT {OVERLAP}_{table.name} EXCLUDE USING gist '
        f"(int8range({owner}, {owner}, '[]') WITH &&, tstzrange({starts}, {ends}) WITH &&) "
        f"WHERE ({owner} IS NOT NULL AND {_when('', rule['when'], sqlite=False)})"
    )
    yield _Definition(f"{OVERLAP}_{table.name}", table.name, sql, constraint=True)


def _replace_constraint(connection: Connection, definition: _Definition, known: set[tuple[str, str]]) -> None:
    if (definition.name, definition.digest) in known:
        return  # its index is dear to rebuild
    table = connection.dialect.identifier_preparer.quote(definition.table)
    connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {definition.name}")
    _run(connection, definition.sql)
    _comment(connection, "CONSTRAINT", definition)


def _comment(connection: Connection, kind: str, definition: _Definition) -> None:
    table = connection.dialect.identifier_preparer.quote(definition.table)
    connection.exec_driver_sql(f"COMMENT ON {kind} {definition.name} ON {table} IS '{definition.digest}'")


def _journal(connection: Connection) -> str:
    """The journal by its full name: another program may look for tables elsewhere."""
    return f"{connection.scalar(text('SELECT quote_ident(current_schema())'))}.journal"


def _run(connection: Connection, sql: str) -> CursorResult[Any]:
    # psycopg reads % as the mark of a parameter
    return connection.exec_driver_sql(sql if is_sqlite(connection) else sql.replace("%", "%%"))


# --- What is there ---------------------------------------------------------------------------------------------------


def _present(connection: Connection) -> list[tuple[str, str]]:
    """(trigger, table) of every trigger made here."""
    if is_sqlite(connection):
        sql = r"SELECT name, tbl_name AS on_table FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ml\_%' ESCAPE '\'"
    else:
        sql = (
            r"SELECT g.tgname AS name, c.relname AS on_table FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid "
            r"WHERE c.relnamespace = current_schema()::regnamespace AND g.tgname LIKE 'ml\_%'"
        )
    return [(row.name, row.on_table) for row in _run(connection, sql)]


def _postgresql_triggers(connection: Connection) -> set[tuple[str, str]]:
    sql = (
        "SELECT g.tgname, obj_description(g.oid, 'pg_trigger') FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid "
        "WHERE c.relnamespace = current_schema()::regnamespace AND NOT g.tgisinternal AND g.tgenabled <> 'D'"
    )
    return {(name, digest) for name, digest in connection.exec_driver_sql(sql)}


def _postgresql_constraints(connection: Connection) -> set[tuple[str, str]]:
    sql = (
        "SELECT conname, obj_description(oid, 'pg_constraint') FROM pg_constraint "
        "WHERE connamespace = current_schema()::regnamespace AND contype = 'x'"
    )
    return {(name, digest) for name, digest in connection.exec_driver_sql(sql)}
