"""Until when the files and the words of an import are kept: dated rules, one day for each batch."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin import settings
from ml_admin.choices import BatchState
from ml_admin.column_types import now
from ml_admin.imports.records import PARIS

ENDED = "keep.import_days"
OPEN = "keep.import_open_days"


def keep_until(session: Session, batch: m.ImportBatch, instant: datetime | None = None) -> None:
    """Set the day on which both files and what is staged are erased, from the rule of today.

    An import that waits for somebody has a longer delay than one that is written, undone, refused or given up.
    """
    present = instant or now()
    waits = batch.state in (BatchState.READING, BatchState.STAGED, BatchState.APPLYING)
    days = settings.number(session, OPEN if waits else ENDED, present.astimezone(PARIS).date())
    batch.files_until = present + timedelta(days=days)
