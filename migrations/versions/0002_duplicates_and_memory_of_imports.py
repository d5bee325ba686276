"""Duplicates and memory of imports"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

# tables from which this revision takes rows away on purpose: elsewhere a lost row stops the migration
loses_rows: set[str] = set()


def upgrade() -> None:
    # no trigger is there while this runs; they are built again from the models afterwards
    op.create_table(
        "import_value",
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("written", sa.String(length=200), nullable=False),
        sa.Column("value", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_value")),
        sa.UniqueConstraint("entity", "field", "written", name=op.f("uq_import_value_entity_field_written")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "lookalike",
        sa.Column("table_name", sa.String(length=63), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "distinct",
                "merged",
                name="lookalikestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_lookalike_account_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lookalike")),
        sa.UniqueConstraint(
            "table_name", "first_id", "second_id", name=op.f("uq_lookalike_table_name_first_id_second_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("lookalike", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lookalike_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lookalike_second_id"), ["second_id"], unique=False)
        batch_op.create_index("ix_lookalike_state", ["table_name", "state", "score"], unique=False)

    op.create_table(
        "record_merge",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("table_name", sa.String(length=63), nullable=False),
        sa.Column("kept_id", sa.BigInteger(), nullable=False),
        sa.Column("gone_id", sa.BigInteger(), nullable=False),
        sa.Column("change_set", sa.String(length=40), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_record_merge_account_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_merge")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("record_merge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_record_merge_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_record_merge_gone", ["table_name", "gone_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_record_merge_kept_id"), ["kept_id"], unique=False)

    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.add_column(sa.Column("annotated_as", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("files_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("origin_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.create_index(batch_op.f("ix_import_batch_files_until"), ["files_until"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_batch_origin_id"), ["origin_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_import_batch_origin_id"), "import_batch", ["origin_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("import_memory", schema=None) as batch_op:
        batch_op.add_column(sa.Column("headings", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True))
    op.execute("UPDATE import_memory SET headings = '[]'")
    with op.batch_alter_table("import_memory", schema=None) as batch_op:
        batch_op.alter_column("headings", existing_type=sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False)

    verdicts = ("create", "update", "unchanged", "decide", "refused", "skip", "delete")
    with op.batch_alter_table("import_row", schema=None) as batch_op:
        batch_op.drop_constraint("verdict", type_="check")
        batch_op.create_check_constraint("verdict", sa.column("verdict").in_(verdicts))
