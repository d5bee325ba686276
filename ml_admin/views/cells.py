"""One value of a record as a piece of page, with the way to the record it names."""

from typing import Any

from flask import url_for

from ml_admin import models as m
from ml_admin.listing import (
    Row,
    kind_of,
    target_of,
)
from ml_admin.permissions import Viewer, may
from ml_admin.text import person_case
from ml_admin.views import formats
from ml_admin.views.registry import views


class Cells:
    """Draws the values of one page; knows which records the viewer may open."""

    def __init__(self, viewer: Viewer, sprite: str, today: Any) -> None:
        self.viewer, self.sprite, self.today = viewer, sprite, today
        self._addresses: dict[type[m.Base], str | None] = {}

    def of(self, model: type[m.Base], row: Row, name: str, lead: bool) -> Any:
        """One cell of a list; the lead one is the name of the record, drawn inside the link to it."""
        value = row.values[name]
        if lead and name in ("last_name", "young_person"):
            return formats.title_of(model, row.title)
        if type(value) is str and name not in formats.LINKED:
            return person_case(value) if name == "birth_name" else value
        address = None
        if type(value) is tuple:
            if lead:
                return person_case(str(value[1]))
            address = self.address(target_of(model, name), value[0])
        return formats.cell(name, value, today=self.today, sprite=self.sprite, address=address)

    def of_record(self, record: Any, name: str) -> Any:
        """One attribute of a loaded record."""
        model: type[m.Base] = type(record)
        value = getattr(record, name)
        kind = kind_of(model, name)
        if kind == "relations":
            return ""
        if kind == "relation":
            if value is None or not may(self.viewer, "read", type(value)):
                return ""
            label = person_case(str(value)) if isinstance(value, m.YoungPerson | m.Counsellor) else str(value)
            return formats.cell(
                name,
                (value.id, label),
                today=self.today,
                sprite=self.sprite,
                address=self.address(type(value), value.id),
            )
        return formats.cell(name, value, today=self.today, sprite=self.sprite)

    def address(self, model: type[m.Base], key: int) -> str | None:
        """Where a record is shown; None when the viewer may not read it."""
        if model not in self._addresses:
            view = views().get(model)
            readable = view is not None and may(self.viewer, "read", model)
            self._addresses[model] = url_for(f"{view.endpoint}.details_view", key=0)[:-1] if view and readable else None
        prefix = self._addresses[model]
        return None if prefix is None else f"{prefix}{key}"
