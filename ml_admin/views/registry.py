"""Which screen shows which entity, for the application that answers."""

from collections.abc import MutableMapping
from typing import Any

from flask import current_app

from ml_admin.models import Base


def views() -> MutableMapping[type[Base], Any]:
    """Model -> its EntityView."""
    found: MutableMapping[type[Base], Any] = current_app.extensions.setdefault("ml_views", {})
    return found
