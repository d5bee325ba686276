"""One value of a record as a piece of page, with the way to the record it names."""

from collections.abc import Callable, Collection
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from ml_admin import models as m
from ml_admin.listing import (
    Page,
    Row,
    kind_of,
    target_of,
)
from ml_admin.permissions import Viewer, may
from ml_admin.text import person_case
from ml_admin.views import formats
from ml_admin.views.registry import views

_PENCIL = (
    '<button type="button" class="ml-pencil" data-qedit aria-label="Modifier {}, {}">'
    '<svg class="ml-ic" aria-hidden="true"><use href="{}#pencil"/></svg></button>'
)
_NONE = '<span class="ml-ghost">aucun</span>'


def draw_rows(
    cells: "Cells",
    model: type[m.Base],
    page: Page,
    address: Callable[[Row], str],
    *,
    selectable: bool,
    quick: Collection[str],
    minor: Collection[str],
    noun: str,
) -> Markup:
    """The lines of a list's table. Here and not in the template: 500 cells a page are most of its cost."""
    drawn = []
    for row in page.rows:
        title = escape(formats.title_of(model, row.title) or noun)
        line = [f'<tr data-pk="{row.key}">']
        if selectable:
            line.append(
                f'<td class="ml-ck"><input class="form-check-input" type="checkbox" name="rowid" form="ml-bulk" '
                f'value="{row.key}.{row.version}" aria-label="Choisir {title}"></td>'
            )
        for place, column in enumerate(page.columns):
            value = escape(cells.of(model, row, column.name, place == 0))
            if place == 0:
                line.append(f'<th scope="row"><a href="{address(row)}">{value or title}</a></th>')
                continue
            shade = " ml-p2" if column.name in minor else ""
            if column.name in quick:
                pencil = _PENCIL.format(escape(column.label), title, cells.sprite)
                line.append(f'<td class="ml-editcell{shade}" data-col="{column.name}">{value or _NONE}{pencil}</td>')
            else:
                line.append(f'<td class="ml-cell{shade}">{value or _NONE}</td>')
        line.append("</tr>")
        drawn.append("".join(line))
    return Markup("".join(drawn))  # noqa: S704 - every value above went through escape


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
        if type(value) is str and name not in formats.LINKED and not formats.is_phone(value):
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
            label = formats.called(value)
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
