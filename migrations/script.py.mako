"""${message}"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}

# tables from which this revision takes rows away on purpose: elsewhere a lost row stops the migration
loses_rows: set[str] = set()


def upgrade() -> None:
    # no trigger is there while this runs; they are built again from the models afterwards
    ${upgrades if upgrades else "pass"}
