"""What a list page draws: columns, filters in words, gestures; see the head of list.html."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import current_app, request, url_for
from markupsafe import Markup

from ml_admin import models as m
from ml_admin.accounts import current_viewer
from ml_admin.column_types import now
from ml_admin.exports.columns import guarded_columns
from ml_admin.listing import (
    EMPTY,
    FILLED,
    PAGE_SIZES,
    PARIS,
    Column,
    Filter,
    ListState,
    Page,
    Row,
    choices_of,
    columns_for,
    comparable,
    count_of,
    filters_for,
    options_of,
    target_of,
)
from ml_admin.permissions import RIGHTS, Viewer, may
from ml_admin.views import formats
from ml_admin.views.cells import Cells, draw_rows
from ml_admin.views.registry import views
from ml_admin.views.state import write_state

_RANGED = ("date", "instant", "number")


def list_context(view: Any, viewer: Viewer, page: Page) -> dict[str, Any]:
    """What list.html draws; see the head of that template."""
    state, actions = page.state, view.bulk_actions(viewer)
    names = [column.name for column in page.columns]
    minor = names[1:] if len(names) < 3 else [name for name in names[1:] if name not in view.major_columns]
    quick = [c.name for c in page.columns[1:] if c.quick and may(viewer, "update", view.model)]
    return {
        "view_title": view.name,
        "noun": {"one": view.noun.one, "many": view.noun.many, "new": view.noun.new, "list": view.noun.list_},
        "data": page.rows,
        "count": page.total,
        "total": total_of(view, viewer, page),
        "rows_html": draw_rows(
            Cells(viewer, formats.sprite(), datetime.now(PARIS).date()),
            view.model,
            page,
            record_address(view),
            selectable=bool(actions),
            quick=quick,
            minor=minor,
            noun=view.noun.one,
        ),
        "heads": [head_of(view, column, state, column.name in minor) for column in page.columns],
        "quick_columns": quick,
        "quick_url": url_for(f"{view.endpoint}.quick_form"),
        "views": view.saved_views(viewer, state),
        "chips": chips(view, state),
        "clear_url": view.address(replace(state, filters=(), search="", page=1)),
        "filter_fields": filter_groups(view, viewer),
        "filter_url": url_for(f"{view.endpoint}.add_filter"),
        "column_groups": column_groups(view, viewer, names),
        "columns_url": url_for(f"{view.endpoint}.choose_columns"),
        "search_text": state.search,
        "search_url": url_for(f"{view.endpoint}.search_list"),
        "state": {"etat": "&".join(f"{k}={v}" for k, v in write_state(state, view.secret).items())},
        "bulk_actions": actions,
        "action_url": url_for(f"{view.endpoint}.action_view"),
        "exports": export_menu(view, viewer),
        "page": state.page - 1,
        "num_pages": page.pages,
        "page_size": state.size,
        "pager_url": lambda number: view.address(replace(state, page=number + 1)),
        "page_sizes": list(PAGE_SIZES),
        "size_url": url_for(f"{view.endpoint}.choose_size"),
        "create_url": url_for(f"{view.endpoint}.create_view") if may(viewer, "create", view.model) else None,
        "import_url": view.import_address(viewer),
        "deleted_url": deleted_address(view, viewer),
        "head_buttons": view.head_buttons(viewer),
        "return_url": view.address(state),
    }


def deleted_address(view: Any, viewer: Viewer) -> str | None:
    """Where the deleted records of this entity are; None for who may not bring them back, or when nobody deletes any."""
    someone = any("delete" in rights[view.model].actions for rights in RIGHTS.values() if view.model in rights)
    return url_for(f"{view.endpoint}.deleted_view") if someone and may(viewer, "restore", view.model) else None


def total_of(view: Any, viewer: Viewer, page: Page) -> int | None:
    if not page.state.filters and not page.state.search:
        return page.total
    return None if page.total else count_of(view.orm, viewer, view.model, ListState(), now())


def record_address(view: Any) -> Callable[[Row], str]:
    pattern = url_for(f"{view.endpoint}.details_view", key=0)
    return lambda row: pattern[:-1] + str(row.key)


def head_of(view: Any, column: Column, state: ListState, minor: bool) -> dict[str, str]:
    """One heading: its word, how the list is sorted by it, the address that sorts."""
    head = {"label": column.label, "sort": "", "url": "", "shade": "ml-p2" if minor else ""}
    if not column.sortable:
        return head
    current = state.sort == column.name
    direction = ("descending" if state.descending else "ascending") if current else "none"
    again = replace(state, sort=column.name, descending=current and not state.descending, page=1)
    return head | {"sort": direction, "url": view.address(again)}


def chips(view: Any, state: ListState) -> list[dict[str, str]]:
    """What narrows the list, in words, each with the address without it."""
    return [chip_of(view, filter_, state) for filter_ in state.filters] + search_chip(view, state)


def chip_of(view: Any, filter_: Filter, state: ListState) -> dict[str, str]:
    labels = {column.name: column for column in filters_for(current_viewer(), view.model)}
    column = labels.get(filter_.field)
    label = column.label if column else "Filtre inconnu"
    value = filter_words(view, filter_, column.kind) if column else "sans effet"
    return {"label": label, "value": value, "remove_url": view.address(state.without(filter_))}


def search_chip(view: Any, state: ListState) -> list[dict[str, str]]:
    if not state.search:
        return []
    return [
        {"label": "Recherche", "value": state.search, "remove_url": view.address(replace(state, search="", page=1))}
    ]


def filter_words(view: Any, filter_: Filter, kind: str) -> str:
    if filter_.operator in (EMPTY, FILLED):
        return "vide" if filter_.operator == EMPTY else "renseigné"
    if kind == "choice":
        known = dict(options_of(view.model, filter_.field).options())
        return ", ".join(known.get(value, "?") for value in filter_.values)
    if kind == "relation":
        target = target_of(view.model, filter_.field)
        labels = [
            label
            for value in filter_.values[:5]
            if value.isdecimal() and len(value) < 16
            for _, label in choices_of(view.orm, current_viewer(), target, "", key=int(value))
        ]
        return ", ".join(labels) or "?"
    if filter_.operator == "entre":
        return range_words(filter_.values, kind)
    return ", ".join(filter_.values)


def filter_groups(view: Any, viewer: Viewer) -> list[dict[str, Any]]:
    """What the filter dialog offers, under one heading; `html` is its fields drawn."""
    columns = filters_for(viewer, view.model)
    if not columns:
        return []
    key = (view.endpoint, *(column.name for column in columns))
    if any(_of_roles(view, column) for column in columns):
        return [_drawn(view, columns)]  # the roles are rows of a table
    drawn: dict[Any, dict[str, Any]] = current_app.extensions.setdefault("ml_filter_dialogs", {})
    if key not in drawn:  # a tenth of every list otherwise, for a dialog that says the same each time
        drawn[key] = _drawn(view, columns)
    return [drawn[key]]


def _of_roles(view: Any, column: Column) -> bool:
    return column.kind == "relation" and target_of(view.model, column.name) is m.Role


def _drawn(view: Any, columns: Sequence[Column]) -> dict[str, Any]:
    fields = [filter_field(view, column) for column in columns]
    draw = current_app.jinja_env.get_template("macros/table.html").module.filter_field  # type: ignore[attr-defined]
    return {"label": "", "fields": fields, "html": Markup("").join(draw(field) for field in fields)}


def filter_field(view: Any, column: Column) -> dict[str, Any]:
    empty = [
        {"key": EMPTY, "label": "n’est pas renseigné", "arity": 0},
        {"key": FILLED, "label": "est renseigné", "arity": 0},
    ]
    field: dict[str, Any] = {"name": column.name, "label": column.label, "choices": ()}
    if column.kind == "choice":
        choices = options_of(view.model, column.name).options()
        return field | {"kind": "checks", "choices": choices, "operators": [{"key": "est", "label": "est"}, *empty]}
    if column.kind == "bool":
        return field | {
            "kind": "select",
            "choices": [("oui", "oui"), ("non", "non")],
            "operators": [{"key": "est", "label": "est"}, *empty],
        }
    if _of_roles(view, column):
        choices = [(str(key), label) for key, label in choices_of(view.orm, current_viewer(), m.Role, "")]
        return field | {"kind": "checks", "choices": choices, "operators": [{"key": "est", "label": "est"}]}
    if column.kind == "relation":
        other = views()[target_of(view.model, column.name)]
        return field | {
            "kind": "picker",
            "url": url_for(f"{other.endpoint}.ajax_lookup"),
            "operators": [{"key": "est", "label": "est"}, *empty],
        }
    if column.kind in _RANGED:
        between = [
            {"key": "entre", "label": "entre", "arity": 2},
            {"key": "depuis", "label": "à partir de"},
            {"key": "jusqu", "label": "jusqu’à"},
        ]
        return field | {"kind": "number" if column.kind == "number" else "date", "operators": [*between, *empty]}
    return field | {"kind": "text", "operators": [{"key": "contient", "label": "contient"}, *empty]}


def posted_filter(view: Any, name: str) -> Filter | None:
    columns = {column.name: column for column in filters_for(current_viewer(), view.model)}
    if name not in columns:
        return None
    operator = request.form.get("op", "est")
    typed = (value.strip()[:100] for value in request.form.getlist("value") if value.strip())
    values = tuple(value for value in typed if comparable(view.model, columns[name], value))
    if operator in (EMPTY, FILLED):
        return Filter(name, operator)
    if not values:
        return None
    if columns[name].kind in _RANGED:
        last = request.form.get("value2", "").strip()
        last = last if comparable(view.model, columns[name], last) else ""
        ends = {"depuis": (values[0], ""), "jusqu": ("", values[0])}.get(operator, (values[0], last))
        return Filter(name, "entre", ends)
    return Filter(name, "contient" if columns[name].kind in ("text", "json") else "est", values)


def column_groups(view: Any, viewer: Viewer, shown: Sequence[str]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for column in columns_for(viewer, view.model):
        group = (column.field.group if column.field else "Suivi") or "Fiche"
        groups.setdefault(group, []).append({"name": column.name, "label": column.label, "shown": column.name in shown})
    return [{"label": label, "columns": columns} for label, columns in groups.items()]


def export_menu(view: Any, viewer: Viewer) -> list[dict[str, str]]:
    if not may(viewer, "export", view.model):
        return []
    address = {kind: url_for(f"{view.endpoint}.export", export_type=kind) for kind in ("xlsx", "csv", "options")}
    exports = [{"label": "Excel (.xlsx)", "url": address["xlsx"]}, {"label": "CSV", "url": address["csv"]}]
    if guarded_columns(viewer, view.model):
        exports.append({"label": "Excel, avec notes et données réservées…", "url": address["options"]})
    return exports


def range_words(values: Sequence[str], kind: str) -> str:
    first, last = (day_words(value) if kind != "number" else value for value in (*values, "", "")[:2])
    if first and last:
        return f"du {first} au {last}" if kind != "number" else f"de {first} à {last}"
    return f"à partir de {first}" if first else f"jusqu’à {last}"


def day_words(value: str) -> str:
    return "/".join(reversed(value.split("-"))) if value.count("-") == 2 else value
