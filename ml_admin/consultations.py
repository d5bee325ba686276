"""Who read, searched, printed or exported what: one line each, in a transaction of its own, append-only."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.column_types import now
from ml_admin.database import Actor, erasing, writing
from ml_admin.permissions import Viewer

KEPT = timedelta(days=365)  # domain.md, section 4: twelve months


def record_consultation(
    engine: Engine,
    viewer: Viewer,
    action: str,
    model: type[m.Base],
    key: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one line. `action`: view, search, export, print, backup. `detail` holds counts and codes, never a name."""
    line = m.Consultation(
        account_id=viewer.account_id,
        actor=viewer.label,
        action=action,
        table_name=model.__tablename__,
        record_id=key,
        detail=dict(detail or {}),
    )
    with writing(engine, Actor(viewer.account_id, viewer.label)) as session:
        session.add(line)


def purge(session: Session, instant: datetime | None = None) -> int:
    """Take away the lines older than twelve months; how many they were."""
    with erasing(session):
        result = session.execute(delete(m.Consultation).where(m.Consultation.at < (instant or now()) - KEPT))
    return int(result.rowcount)  # type: ignore[attr-defined]
