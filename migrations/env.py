"""What Alembic runs: the revisions, on the connection and in the transaction that ml_admin.migrate opened."""

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.ddl.sqlite import SQLiteImpl
from alembic.operations.batch import ApplyBatchImpl
from sqlalchemy import JSON, Connection, Table

from ml_admin.column_types import UtcDateTime
from ml_admin.models import Base


class OurSQLite(SQLiteImpl):
    """Makes a table anew as ours are: stock batch mode writes into generated columns and lets keys be used again."""

    __dialect__ = "sqlite"

    def prep_table_for_batch(self, batch_impl: ApplyBatchImpl, table: Table) -> None:
        for column in table.columns:
            if column.computed is not None:
                batch_impl.column_transfers[column.name].pop("expr", None)
        if batch_impl.new_table is not None:
            batch_impl.new_table.dialect_options["sqlite"]["autoincrement"] = True

    def compare_server_default(self, present_column: Any, column: Any, wanted: Any, present: Any) -> bool:
        if wanted == "" and present in ("''", "('')"):
            return False  # the same: Alembic takes the empty text for no default
        return bool(super().compare_server_default(present_column, column, wanted, present))


def plain_type(kind: str, thing: Any, _: AutogenContext) -> str | bool:
    """A revision names plain SQL types: it must still run when our own types have changed."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, JSON):
        return 'sa.JSON().with_variant(JSONB(), "postgresql")'
    return False


connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew
    render_item=plain_type,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
