"""What only a rule in code can refuse about one record, between the change and the flush."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from ml_admin import access, settings
from ml_admin import models as m
from ml_admin.permissions import Viewer, hidden_barriers


def refused(session: Session, viewer: Viewer, record: m.Base) -> Mapping[str, str]:
    """Attribute -> French sentence for a change that must not be written; {} when it may. Tidies what it accepts."""
    if isinstance(record, m.Account):
        return access.refused_change(session, viewer, record)
    if isinstance(record, m.Setting):
        errors = settings.errors(record.key or "", record.value or "")
        if not errors:
            record.value = settings.tidy(record.key, record.value)
        return errors
    if isinstance(record, m.Barrier) and record.theme in hidden_barriers(viewer):
        return {"theme": "Ce frein n’est pas ouvert à votre rôle. Choisissez-en un autre."}
    return {}
