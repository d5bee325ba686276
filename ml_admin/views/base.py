"""EntityView: the screens of one entity, generated from its model, under the rights table.

Flask-Admin gives the routes, the blueprint and the menu; every handler is bound to `listing`, `editing` and
`permissions`, which mend what its own leave open (docs/decisions/0001-flask-admin.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from flask import Response, abort, after_this_request, current_app, flash, redirect, request, url_for
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.accounts import current_viewer
from ml_admin.choices import Choice
from ml_admin.column_types import now
from ml_admin.consultations import record_consultation
from ml_admin.editing import Saved, create, find, remove, save, writable
from ml_admin.exports.columns import guarded_columns
from ml_admin.fields import fields_of
from ml_admin.journal import history_of
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
    count_of,
    default_columns,
    filters_for,
    kind_of,
    matching,
    options_of,
    page_of,
    target_of,
)
from ml_admin.permissions import Viewer, may, may_see, visible_fields
from ml_admin.views import formats
from ml_admin.views.exports import options_page, send_list
from ml_admin.views.forms import form_class, parse, record_data, values_of
from ml_admin.views.history import deleted_context, history_line, restored, undeleted
from ml_admin.views.state import read_state, write_state

_RANGED = ("date", "instant", "number")
_MAX_BULK = 500  # records that one bulk edit writes; more is an import's work


def reads(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a POST that changes nothing: it neither waits for the write lock nor holds it."""
    view.ml_reads = True  # type: ignore[attr-defined]
    return view


@dataclass(frozen=True, slots=True)
class Noun:
    """How an entity is spoken of."""

    one: str
    many: str
    new: str  # « Nouveau jeune »
    list_: str  # « Liste des jeunes »
    feminine: bool = False

    def count(self, number: int) -> str:
        return f"{formats.number(number)} {self.one if number < 2 else self.many}"


class EntityView(ModelView):
    """List, record, form, quick edit, bulk actions, export, history and restore of one entity."""

    list_template = "admin/model/list.html"
    details_template = "admin/model/details.html"
    create_template = "admin/model/create.html"
    edit_template = "admin/model/edit.html"
    views: ClassVar[Mapping[type[m.Base], "EntityView"]] = {}
    model: type[m.Base]

    def __init__(self, model: type[m.Base], db: Any, name: str, noun: Noun, url: str, endpoint: str, icon: str) -> None:
        self.db = db
        self.noun = noun
        self.icon = icon
        super().__init__(model, db, name=name, url=f"/{url}", endpoint=endpoint)
        EntityView.views = {**EntityView.views, model: self}

    # Flask-Admin would scaffold forms, filters and columns at start, the same for everybody: ours follow the viewer

    def _refresh_cache(self) -> None:
        self.column_labels = {name: field.label for name, field in fields_of(self.model).items()}

    def init_actions(self) -> None:
        self._actions: list[Any] = []
        self._actions_data: dict[str, Any] = {}

    def scaffold_auto_joins(self) -> list[Any]:
        return []

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        # the original calls again after any TypeError, and hides it behind another
        return fn(self, *args, **kwargs)

    def is_accessible(self) -> bool:
        return may(current_viewer(), "read", self.model)

    def is_visible(self) -> bool:
        return self.is_accessible()

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:
        abort(403)

    @property
    def orm(self) -> Session:
        """The session of the request."""
        session: Session = self.db.session
        return session

    # --- the list ---------------------------------------------------------------------------------------------------

    @expose("/")
    def index_view(self) -> Any:
        viewer, instant = current_viewer(), now()
        state = self.state_of(request.args, viewer)
        page = page_of(self.orm, viewer, self.model, state, instant)
        if state.search:
            self.consulted("search", detail={"rows": page.total})
        return self.render(self.list_template, **self.list_context(viewer, page))

    @expose("/chercher", methods=("POST",))
    @reads
    def search_list(self) -> Any:
        """Words go by POST and come back sealed: no name in an address."""
        state = replace(self.posted_state(), search=request.form.get("search", "").strip()[:100], page=1)
        return redirect(self.address(state), 303)

    @expose("/filtrer", methods=("POST",))
    @reads
    def add_filter(self) -> Any:
        filter_ = self._posted_filter(request.form.get("field", ""))
        state = self.posted_state()
        if filter_ is None:
            flash("Ce filtre n’a pas été posé : il manque une valeur. Choisissez-la, puis filtrez.", "warning")
            return redirect(self.address(state), 303)
        others = tuple(f for f in state.filters if f.field != filter_.field)
        return redirect(self.address(replace(state, filters=(*others, filter_), page=1)), 303)

    @expose("/colonnes", methods=("POST",))
    def choose_columns(self) -> Any:
        known = {column.name for column in columns_for(current_viewer(), self.model)}
        chosen = (
            [] if request.form.get("reset") else [name for name in request.form.getlist("columns") if name in known]
        )
        self._prefer({"columns": chosen})
        return redirect(self.address(self.posted_state()), 303)

    @expose("/lignes", methods=("POST",))
    def choose_size(self) -> Any:
        size = request.form.get("page_size", "")
        if size.isdecimal() and int(size) in PAGE_SIZES:
            self._prefer({"size": int(size)})
        return redirect(self.address(replace(self.posted_state(), page=1)), 303)

    def state_of(self, arguments: Mapping[str, str], viewer: Viewer) -> ListState:
        """The list that an address names, with the viewer's own columns and page size."""
        preference = self._preference(viewer)
        columns = tuple(preference.get("columns") or ())
        return read_state(arguments, self.secret, columns, int(preference.get("size") or 50))

    def posted_state(self) -> ListState:
        """The list from which a form of the list page was sent."""
        arguments = dict(item.partition("=")[::2] for item in request.form.get("etat", "").split("&") if "=" in item)
        return self.state_of(arguments, current_viewer())

    def address(self, state: ListState) -> str:
        return url_for(f"{self.endpoint}.index_view", **write_state(state, self.secret))

    @property
    def secret(self) -> str:
        return str(current_app.secret_key)

    def list_context(self, viewer: Viewer, page: Page) -> dict[str, Any]:
        """What list.html draws; see the head of that template."""
        state, sprite, today = page.state, formats.sprite(), datetime.now(PARIS).date()
        names = [column.name for column in page.columns]
        lead = names[0] if names else ""
        cells = _Cells(viewer, sprite, today)
        quick = [c.name for c in page.columns[1:] if c.quick and may(viewer, "update", self.model)]
        return {
            "view_title": self.name,
            "noun": {"one": self.noun.one, "many": self.noun.many, "new": self.noun.new, "list": self.noun.list_},
            "data": page.rows,
            "count": page.total,
            "total": self._total(viewer, page),
            "list_columns": [(column.name, column.label) for column in page.columns],
            "get_value": lambda row, name: cells.of(self.model, row, name, name == lead),
            "get_pk_value": lambda row: row.key,
            "row_key": lambda row: f"{row.key}.{row.version}",
            "row_url": self._record_address(),
            "row_title": lambda row: formats.title_of(self.model, row.title) or self.noun.one,
            "head": {column.name: self._head(column, state) for column in page.columns},
            "sort_column": None,
            "sort_desc": False,
            "minor_columns": names[1:] if len(names) < 3 else [n for n in names[1:] if n not in self.major_columns],
            "quick_columns": quick,
            "quick_url": url_for(f"{self.endpoint}.quick_form"),
            "views": self.saved_views(viewer, state),
            "chips": self.chips(state),
            "clear_url": self.address(replace(state, filters=(), search="", page=1)),
            "filter_groups_ml": self._filter_groups(viewer),
            "filter_url": url_for(f"{self.endpoint}.add_filter"),
            "column_groups": self._column_groups(viewer, names),
            "columns_url": url_for(f"{self.endpoint}.choose_columns"),
            "search_text": state.search,
            "search_url": url_for(f"{self.endpoint}.search_list"),
            "state": {"etat": "&".join(f"{k}={v}" for k, v in write_state(state, self.secret).items())},
            "bulk_actions": self.bulk_actions(viewer),
            "action_url": url_for(f"{self.endpoint}.action_view"),
            "exports": self._exports(viewer),
            "page": state.page - 1,
            "num_pages": page.pages,
            "page_size": state.size,
            "pager_url": lambda number: self.address(replace(state, page=number + 1)),
            "page_sizes": list(PAGE_SIZES),
            "page_size_url": url_for(f"{self.endpoint}.choose_size"),
            "create_url": url_for(f"{self.endpoint}.create_view") if may(viewer, "create", self.model) else None,
            "import_url": self.import_address(viewer),
            "head_buttons": self.head_buttons(viewer),
            "return_url": self.address(state),
        }

    major_columns: ClassVar[Sequence[str]] = (
        "status",
        "outcome",
        "state",
        "next_appointment",
        "due_date",
        "relationship_state",
    )

    def saved_views(self, viewer: Viewer, state: ListState) -> list[dict[str, Any]]:
        """Ready-made lists shown as tabs: [{label, url, current}]."""
        return []

    def head_buttons(self, viewer: Viewer) -> list[dict[str, Any]]:
        return []

    def import_address(self, viewer: Viewer) -> str | None:
        if "imports.index" in current_app.view_functions and may(viewer, "import", self.model):
            return url_for("imports.index")
        return None

    def bulk_actions(self, viewer: Viewer) -> list[dict[str, Any]]:
        """Gestures on a selection: change one field, export, delete."""
        actions = []
        if may(viewer, "update", self.model) and self._bulk_fields(viewer):
            actions.append({"name": "change", "label": "Modifier…", "icon": "pencil"})
        if may(viewer, "export", self.model):
            actions.append({"name": "export", "label": "Exporter", "icon": "download"})
        if may(viewer, "delete", self.model):
            text = "Elles quittent les listes, avec ce qui leur est rattaché. Vous pourrez les rétablir depuis « Fiches supprimées »."
            confirm = {
                "title": "Supprimer {n} fiches ?",
                "text": text,
                "action": "Supprimer les {n} fiches",
                "keep": "Garder les fiches",
            }
            actions.append({"name": "delete", "label": "Supprimer", "icon": "trash", "confirm": confirm})
        return actions

    def _total(self, viewer: Viewer, page: Page) -> int | None:
        if not page.state.filters and not page.state.search:
            return page.total
        return None if page.total else count_of(self.orm, viewer, self.model, ListState(), now())

    def _record_address(self) -> Callable[[Row], str]:
        pattern = url_for(f"{self.endpoint}.details_view", key=0)
        return lambda row: pattern[:-1] + str(row.key)

    def _head(self, column: Column, state: ListState) -> dict[str, str]:
        if not column.sortable:
            return {"sort": "", "url": ""}
        current = state.sort == column.name
        direction = ("descending" if state.descending else "ascending") if current else "none"
        again = replace(state, sort=column.name, descending=current and not state.descending, page=1)
        return {"sort": direction, "url": self.address(again)}

    def chips(self, state: ListState) -> list[dict[str, str]]:
        """What narrows the list, in words, each with the address without it."""
        return [self._chip(filter_, state) for filter_ in state.filters] + self._search_chip(state)

    def _chip(self, filter_: Filter, state: ListState) -> dict[str, str]:
        labels = {column.name: column for column in filters_for(current_viewer(), self.model)}
        column = labels.get(filter_.field)
        label = column.label if column else "Filtre inconnu"
        value = self._filter_words(filter_, column.kind) if column else "sans effet"
        return {"label": label, "value": value, "remove_url": self.address(state.without(filter_))}

    def _search_chip(self, state: ListState) -> list[dict[str, str]]:
        if not state.search:
            return []
        return [
            {"label": "Recherche", "value": state.search, "remove_url": self.address(replace(state, search="", page=1))}
        ]

    def _filter_words(self, filter_: Filter, kind: str) -> str:
        if filter_.operator in (EMPTY, FILLED):
            return "vide" if filter_.operator == EMPTY else "renseigné"
        if kind == "choice":
            known = dict(options_of(self.model, filter_.field).options())
            return ", ".join(known.get(value, "?") for value in filter_.values)
        if kind == "relation":
            target = target_of(self.model, filter_.field)
            labels = [
                label
                for value in filter_.values[:5]
                if value.isdecimal() and len(value) < 16
                for _, label in choices_of(self.orm, current_viewer(), target, "", key=int(value))
            ]
            return ", ".join(labels) or "?"
        if filter_.operator == "entre":
            return _range_words(filter_.values, kind)
        return ", ".join(filter_.values)

    def _filter_groups(self, viewer: Viewer) -> list[dict[str, Any]]:
        fields = [self._filter_field(column) for column in filters_for(viewer, self.model)]
        return [{"label": "", "fields": fields}] if fields else []

    def _filter_field(self, column: Column) -> dict[str, Any]:
        empty = [
            {"key": EMPTY, "label": "n’est pas renseigné", "arity": 0},
            {"key": FILLED, "label": "est renseigné", "arity": 0},
        ]
        field: dict[str, Any] = {"name": column.name, "label": column.label, "choices": ()}
        if column.kind == "choice":
            choices = options_of(self.model, column.name).options()
            return field | {"kind": "checks", "choices": choices, "operators": [{"key": "est", "label": "est"}, *empty]}
        if column.kind == "bool":
            return field | {
                "kind": "select",
                "choices": [("oui", "oui"), ("non", "non")],
                "operators": [{"key": "est", "label": "est"}, *empty],
            }
        if column.kind == "relation":
            view = EntityView.views[target_of(self.model, column.name)]
            return field | {
                "kind": "picker",
                "url": url_for(f"{view.endpoint}.ajax_lookup"),
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

    def _posted_filter(self, name: str) -> Filter | None:
        columns = {column.name: column for column in filters_for(current_viewer(), self.model)}
        if name not in columns:
            return None
        operator = request.form.get("op", "est")
        values = tuple(value.strip()[:100] for value in request.form.getlist("value") if value.strip())
        if operator in (EMPTY, FILLED):
            return Filter(name, operator)
        if not values:
            return None
        if columns[name].kind in _RANGED:
            last = request.form.get("value2", "").strip()
            ends = {"depuis": (values[0], ""), "jusqu": ("", values[0])}.get(operator, (values[0], last))
            return Filter(name, "entre", ends)
        return Filter(name, "contient" if columns[name].kind in ("text", "json") else "est", values)

    def _column_groups(self, viewer: Viewer, shown: Sequence[str]) -> list[dict[str, Any]]:
        groups: dict[str, list[dict[str, Any]]] = {}
        for column in columns_for(viewer, self.model):
            group = (column.field.group if column.field else "Suivi") or "Fiche"
            groups.setdefault(group, []).append(
                {"name": column.name, "label": column.label, "shown": column.name in shown}
            )
        return [{"label": label, "columns": columns} for label, columns in groups.items()]

    def _exports(self, viewer: Viewer) -> list[dict[str, str]]:
        if not may(viewer, "export", self.model):
            return []
        address = {kind: url_for(f"{self.endpoint}.export", export_type=kind) for kind in ("xlsx", "csv", "options")}
        exports = [{"label": "Excel (.xlsx)", "url": address["xlsx"]}, {"label": "CSV", "url": address["csv"]}]
        if guarded_columns(viewer, self.model):
            exports.append({"label": "Excel, avec notes et données réservées…", "url": address["options"]})
        return exports

    # --- preferences ------------------------------------------------------------------------------------------------

    def _preference(self, viewer: Viewer) -> Mapping[str, Any]:
        query = select(m.Preference.value).where(
            m.Preference.account_id == viewer.account_id, m.Preference.key == self.endpoint
        )
        return self.orm.scalar(query) or {}

    def _prefer(self, change: Mapping[str, Any]) -> None:
        viewer = current_viewer()
        query = select(m.Preference).where(
            m.Preference.account_id == viewer.account_id, m.Preference.key == self.endpoint
        )
        preference = self.orm.scalar(query)
        if preference is None:
            preference = m.Preference(account_id=viewer.account_id, key=self.endpoint, value={})
            self.orm.add(preference)
        preference.value = {**preference.value, **change}
        self.orm.commit()

    # --- the record ---------------------------------------------------------------------------------------------------

    @expose("/<int:key>")
    def details_view(self, key: int) -> Any:
        viewer = current_viewer()
        record = self.found(viewer, key)
        self.consulted("view", key)
        return self.render(self.details_template, **self.record_context(viewer, record))

    def found(self, viewer: Viewer, key: int) -> Any:
        """The record within the viewer's scope; 404 for another's, exactly as for none."""
        record = find(self.orm, viewer, self.model, key)
        if record is None:
            abort(404)
        return record

    def record_context(self, viewer: Viewer, record: Any) -> dict[str, Any]:
        """What details.html draws; see the head of that template."""
        title = self.title(viewer, record)
        return {
            "view_title": self.name,
            "record": {
                "name": title,
                "icon": self.icon,
                "sub": self.subtitle(record),
                "badges": self.badges(viewer, record),
                "facts": self.facts(viewer, record),
            },
            "crumbs": [(self.name, url_for(f"{self.endpoint}.index_view")), (title, None)],
            "buttons": self.record_buttons(viewer, record),
            "more": self.more_buttons(viewer, record),
            "alerts": self.alerts(viewer, record),
            "groups": self.groups(viewer, record),
            "related": self.related(viewer, record),
            "history_url": url_for(f"{self.endpoint}.history_view", key=record.id),
            "model": record,
            "return_url": url_for(f"{self.endpoint}.index_view"),
        }

    def title(self, viewer: Viewer, record: Any) -> str:
        """How the record is called at the head of its page."""
        if isinstance(record, m.YoungPerson | m.Counsellor):
            return f"{record.first_name} {formats.person_case_words(record.last_name)}"
        return str(record)

    def subtitle(self, record: Any) -> str:
        return ""

    def badges(self, viewer: Viewer, record: Any) -> list[dict[str, Any]]:
        """The states of the record beside its name."""
        found = []
        for name in visible_fields(viewer, self.model):
            value = getattr(record, name, None) if kind_of(self.model, name) == "choice" else None
            look = formats.look_of(value) if isinstance(value, Choice) else None
            if look:
                kind, shape = look
                found.append({"label": formats.text_of(value), "kind": kind, "shape": shape})
        return found

    def facts(self, viewer: Viewer, record: Any) -> list[dict[str, Any]]:
        return []

    def alerts(self, viewer: Viewer, record: Any) -> dict[str, Any] | None:
        return None

    def record_buttons(self, viewer: Viewer, record: Any) -> list[dict[str, Any]]:
        if not may(viewer, "update", self.model):
            return []
        address = url_for(f"{self.endpoint}.edit_view", key=record.id)
        return [{"label": "Modifier", "icon": "pencil", "url": address, "kind": "primary"}]

    def more_buttons(self, viewer: Viewer, record: Any) -> list[dict[str, Any]]:
        buttons: list[dict[str, Any]] = [{"label": "Imprimer", "icon": "printer", "print": True}]
        if delete := self.delete_button(viewer, record):
            buttons.append(delete)
        return buttons

    def delete_button(self, viewer: Viewer, record: Any) -> dict[str, Any] | None:
        if not may(viewer, "delete", self.model):
            return None
        title = self.title(viewer, record)
        return {
            "label": "Supprimer la fiche",
            "icon": "trash",
            "url": url_for(f"{self.endpoint}.delete_view", key=record.id),
            "post": True,
            "fields": {"version": record.version},
            "confirm": {
                "title": f"Supprimer « {title} » ?",
                "text": "La fiche et ce qui lui est rattaché quittent les listes. Vous pourrez la rétablir depuis « Fiches supprimées ».",
                "action": "Supprimer la fiche",
                "keep": "Garder la fiche",
            },
        }

    def groups(self, viewer: Viewer, record: Any) -> list[dict[str, Any]]:
        """The filled attributes by subject; what an old file had besides comes last."""
        cells = _Cells(viewer, formats.sprite(), datetime.now(PARIS).date())
        groups: dict[str, list[dict[str, Any]]] = {}
        for name, field in visible_fields(viewer, self.model).items():
            value = cells.of_record(record, name)
            if value != "":
                groups.setdefault(field.group or "Fiche", []).append(
                    {"label": field.label, "value": value, "wide": field.free_text}
                )
        panels = [
            {"title": title, "id": f"groupe-{number}", "fields": fields}
            for number, (title, fields) in enumerate(groups.items())
        ]
        extra = getattr(record, "extra", None)
        if extra and may_see(viewer, self.model, "notes"):  # nobody sorted these columns: shown to who may read notes
            fields = [{"label": label, "value": formats.text_of(value)} for label, value in extra.items()]
            panels.append({"title": "Repris de l’ancien fichier", "id": "groupe-repris", "fields": fields})
        return panels

    def related(self, viewer: Viewer, record: Any) -> list[dict[str, Any]]:
        """The lists of what leans on this record, filled when they come near."""
        panels = []
        for view, name in self._leaning():
            if not may(viewer, "read", view.model) or not may_see(viewer, view.model, name):
                continue
            new = None
            if may(viewer, "create", view.model):
                address = url_for(f"{view.endpoint}.create_view", **{name: record.id})
                new = {"label": "Ajouter", "icon": "plus", "url": address}
            panels.append(
                {
                    "title": view.name,
                    "id": f"liees-{view.endpoint}-{name}",
                    "url": url_for(f"{self.endpoint}.related_view", key=record.id, other=view.endpoint, relation=name),
                    "create": new,
                    "side": view.model in (m.Enrolment, m.Situation, m.Barrier, m.PartnerContact, m.EmployerContact),
                }
            )
        return panels

    def _leaning(self) -> list[tuple["EntityView", str]]:
        """(view, relation) of every entity that points to this one by a relation of its own."""
        return [
            (view, name)
            for view in EntityView.views.values()
            for name in fields_of(view.model)
            if kind_of(view.model, name) == "relation" and target_of(view.model, name) is self.model and name in _OWNING
        ]

    @expose("/<int:key>/liees/<other>/<relation>")
    def related_view(self, key: int, other: str, relation: str) -> Any:
        viewer = current_viewer()
        record = self.found(viewer, key)
        leaning = [view for view, name in self._leaning() if view.endpoint == other and name == relation]
        if not leaning or not may(viewer, "read", leaning[0].model):
            abort(404)
        view = leaning[0]
        state = ListState(filters=(Filter(relation, "est", (str(record.id),)),), size=20)
        page = view.related_page(viewer, relation, state)
        cells = _Cells(viewer, formats.sprite(), datetime.now(PARIS).date())
        lead = page.columns[0] if page.columns else None
        address = view._record_address()
        rows = [
            {
                "title": _plain(cells.of(view.model, row, lead.name, False)) or view.noun.one
                if lead
                else view.noun.one,
                "url": address(row),
                "cells": [cells.of(view.model, row, column.name, False) for column in page.columns[1:]],
            }
            for row in page.rows
        ]
        return self.render(
            "admin/model/_related.html",
            title=view.name,
            columns=[column.label for column in page.columns],
            rows=rows,
            total=page.total,
            list_url=view.address(state),
            empty=f"Aucun élément : {view.noun.many}.",
        )

    def related_page(self, viewer: Viewer, name: str, state: ListState) -> Page:
        """The records of this entity that `state` selects, without that column."""
        names = tuple(n for n in default_columns(viewer, self.model) if n != name)[:5]
        return page_of(self.orm, viewer, self.model, replace(state, columns=names), now())

    # --- forms --------------------------------------------------------------------------------------------------------

    @expose("/nouveau", methods=("GET", "POST"))
    def create_view(self) -> Any:
        viewer = current_viewer()
        self._demand(viewer, "create")
        form = form_class(self.model, self.form_names(viewer, "create"))
        if request.method == "GET":
            return self._form_page(viewer, form(data=self._prefilled(viewer)), None, Saved())
        filled = form(request.form)
        saved = Saved()
        if filled.validate():
            saved = create(self.orm, viewer, self.model, values_of(filled))
            if saved.record is not None:
                key = saved.record.id
                self.orm.commit()
                flash(f"{self.noun.new} : la fiche est enregistrée.", "success")
                return redirect(url_for(f"{self.endpoint}.details_view", key=key), 303)
            self.orm.rollback()
        return self._form_page(viewer, filled, None, saved), 422

    @expose("/<int:key>/modifier", methods=("GET", "POST"))
    def edit_view(self, key: int) -> Any:
        viewer = current_viewer()
        self._demand(viewer, "update")
        record = self.found(viewer, key)
        names = self.form_names(viewer, "update")
        form = form_class(self.model, names)
        if request.method == "GET":
            self.consulted("view", key)
            return self._form_page(viewer, form(data=record_data(record, names)), record, Saved())
        filled = form(request.form)
        saved = Saved()
        if filled.validate():
            version, seen = _versions(request.form.get("version", ""))
            resolved = (
                {name: request.form.get(f"resolve-{name}", "") for name in names} if seen == record.version else {}
            )
            saved = save(self.orm, viewer, self.model, key, version, values_of(filled), resolved)
            if saved.record is not None:
                self.orm.commit()
                flash(self._saved_words(saved), "success")
                return redirect(url_for(f"{self.endpoint}.details_view", key=key), 303)
            self.orm.rollback()
            record = self.found(viewer, key)
        return self._form_page(viewer, filled, record, saved), 409 if saved.collisions else 422

    def form_names(self, viewer: Viewer, action: str) -> tuple[str, ...]:
        """The attributes of the form, in declared order."""
        return tuple(name for name in writable(viewer, self.model, action) if self._reachable(viewer, name))

    def _reachable(self, viewer: Viewer, name: str) -> bool:
        return kind_of(self.model, name) != "relation" or may(viewer, "read", target_of(self.model, name))

    def _prefilled(self, viewer: Viewer) -> dict[str, Any]:
        """Values of a new record that the address names: the keys of relations only."""
        values: dict[str, Any] = {}
        for name in self.form_names(viewer, "create"):
            given = request.args.get(name, "")
            if kind_of(self.model, name) == "relation" and given.isdecimal() and len(given) < 16:
                values[name] = int(given)
            column = self.model.__table__.c.get(name)
            if column is not None and column.default is not None and column.default.is_scalar:
                values[name] = column.default.arg
        if "counsellor" in fields_of(self.model) and viewer.counsellor_id:
            values.setdefault("counsellor", viewer.counsellor_id)
        return values

    def _form_page(self, viewer: Viewer, form: Any, record: Any, saved: Saved) -> Any:
        names = list(form._fields)
        for name, field in form._fields.items():
            if field.kind == "relation" and field.data:
                found = choices_of(self.orm, viewer, target_of(self.model, name), "", key=int(field.data))
                field.display = formats.person_case_words(found[0][1]) if found else ""
        for name, sentence in saved.errors.items():
            if name in form._fields:
                form._fields[name].errors = [*form._fields[name].errors, sentence]
        title = self.title(viewer, record) if record else self.noun.new
        errors = [(f.id, f"{f.label.text} : {e}") for f in form._fields.values() for e in f.errors]
        errors += [("", sentence) for name, sentence in saved.errors.items() if name not in form._fields]
        back = (
            url_for(f"{self.endpoint}.details_view", key=record.id)
            if record
            else url_for(f"{self.endpoint}.index_view")
        )
        crumbs = [(self.name, url_for(f"{self.endpoint}.index_view")), ("Modifier" if record else self.noun.new, None)]
        if record:
            crumbs.insert(1, (title, back))
        return self.render(
            self.edit_template if record else self.create_template,
            form=form,
            form_opts=None,
            view_title=f"Modifier {title}" if record else title,
            crumbs=crumbs,
            groups=self._form_groups(form, names),
            version=self._form_version(record, saved) if record else None,
            errors=errors,
            conflict=self._conflict(viewer, saved) if saved.collisions else None,
            save_label="Enregistrer" if record else "Créer la fiche",
            cancel_url=back,
            return_url=back,
            delete=self.delete_button(viewer, record) if record else None,
        )

    def _form_groups(self, form: Any, names: Sequence[str]) -> list[dict[str, Any]]:
        groups: dict[str, list[dict[str, Any]]] = {}
        for name in names:
            field = form._fields[name]
            options = {"name": name, **field.options}
            if field.kind == "relation":
                view = EntityView.views[target_of(self.model, name)]
                options["url"] = url_for(f"{view.endpoint}.ajax_lookup")
            groups.setdefault(field.described.group or "Fiche", []).append(options)
        return [{"title": title, "fields": fields} for title, fields in groups.items()]

    def _form_version(self, record: Any, saved: Saved) -> str:
        if request.method == "GET":
            return str(record.version)
        version, _ = _versions(request.form.get("version", ""))
        return f"{version}-{record.version}" if saved.collisions else str(version)

    def _conflict(self, viewer: Viewer, saved: Saved) -> dict[str, Any]:
        fields = []
        for name, collision in saved.collisions.items():
            shown = {
                side: self._value_words(viewer, name, getattr(collision, side)) for side in ("mine", "theirs", "base")
            }
            fields.append(
                {"name": name, "label": fields_of(self.model)[name].label, "chosen": ""}
                | {f"{side}_text": text for side, text in shown.items()}
            )
        return {"who": saved.theirs, "at": "", "merged": saved.merged, "fields": fields}

    def _value_words(self, viewer: Viewer, name: str, value: Any) -> str:
        if value is not None and kind_of(self.model, name) == "relation":
            found = choices_of(self.orm, viewer, target_of(self.model, name), "", key=value)
            return found[0][1] if found else ""
        return formats.text_of(value, name)

    def _saved_words(self, saved: Saved) -> str:
        if not saved.merged:
            return "Les changements sont enregistrés."
        others = "un changement" if saved.merged == 1 else f"{saved.merged} changements"
        return f"Les changements sont enregistrés, avec {others} fait entre-temps par quelqu’un d’autre."

    def _demand(self, viewer: Viewer, action: str) -> None:
        if not may(viewer, action, self.model):
            abort(403)

    # --- quick edit ---------------------------------------------------------------------------------------------------

    @expose("/saisie")
    def quick_form(self) -> Any:
        viewer = current_viewer()
        name, row = self._quick_target(viewer, request.args.get("column", ""), request.args.get("id", ""))
        return self.render("admin/model/_quick_edit.html", cell=self._quick_cell(viewer, name, row, row.version))

    @expose("/saisie", methods=("POST",))
    def ajax_update(self) -> Any:
        viewer = current_viewer()
        name, row = self._quick_target(viewer, request.form.get("column", ""), request.form.get("id", ""))
        typed = request.form.get("value", "").strip()
        version, _ = _versions(request.form.get("version", ""))
        try:
            value = parse(self.model, name, typed)
        except ValueError as error:
            return self.render(
                "admin/model/_quick_edit.html", cell=self._quick_cell(viewer, name, row, version, typed, str(error))
            ), 422
        saved = save(self.orm, viewer, self.model, row.id, version, {name: value})
        if saved.record is None:
            self.orm.rollback()
            return self._quick_refused(viewer, name, row.id, typed, saved)
        self.orm.commit()
        cells = _Cells(viewer, formats.sprite(), datetime.now(PARIS).date())
        context = {
            "value": cells.of_record(saved.record, name),
            "label": fields_of(self.model)[name].label,
            "row_label": self.title(viewer, saved.record),
        }
        return self.render("admin/model/_cell.html", **context)

    def _quick_target(self, viewer: Viewer, name: str, key: str) -> tuple[str, Any]:
        field = fields_of(self.model).get(name)
        self._demand(viewer, "update")
        if field is None or not field.quick or name not in writable(viewer, self.model) or not key.isdecimal():
            abort(403)
        return name, self.found(viewer, int(key))

    def _quick_cell(
        self, viewer: Viewer, name: str, record: Any, version: int, typed: str | None = None, error: str = ""
    ) -> dict[str, Any]:
        field = form_class(self.model, (name,))(data=record_data(record, (name,)))._fields[name]
        options = field.options
        return {
            "action": url_for(f"{self.endpoint}.ajax_update"),
            "pk": record.id,
            "column": name,
            "label": field.described.label,
            "row_label": self.title(viewer, record),
            "version": version,
            "before": formats.text_of(getattr(record, name), name),
            "kind": "select" if options["kind"] == "segmented" else options["kind"],
            "value": options["value"] if typed is None else typed,
            "choices": options.get("choices", ()),
            "error": error,
        }

    def _quick_refused(self, viewer: Viewer, name: str, key: int, typed: str, saved: Saved) -> Any:
        record = self.found(viewer, key)
        if saved.collisions:
            theirs = formats.text_of(saved.collisions[name].theirs, name) or "vide"
            error = f"{saved.theirs} a mis « {theirs} » entre-temps. Enregistrez de nouveau pour mettre votre valeur, ou renoncez."
            return self.render(
                "admin/model/_quick_edit.html",
                cell=self._quick_cell(viewer, name, record, record.version, typed, error),
            ), 409
        error = " ".join(saved.errors.values())
        return self.render(
            "admin/model/_quick_edit.html", cell=self._quick_cell(viewer, name, record, record.version, typed, error)
        ), 422

    # --- pickers ------------------------------------------------------------------------------------------------------

    @expose("/choix", methods=("POST",))
    @reads
    def ajax_lookup(self) -> Any:
        """Records of this entity for the pickers of other forms: 20 at most, within the viewer's scope."""
        words = request.form.get("query", "").strip()[:100]
        found = choices_of(self.orm, current_viewer(), self.model, words, limit=21)
        results = [
            {"id": key, "text": formats.title_of(self.model, str(label)), "hint": ""} for key, label in found[:20]
        ]
        return {"results": results, "more": len(found) > 20}

    # --- deletion, restore, history -------------------------------------------------------------------------------------

    @expose("/<int:key>/supprimer", methods=("POST",))
    def delete_view(self, key: int) -> Any:
        viewer = current_viewer()
        self._demand(viewer, "delete")
        record = self.found(viewer, key)
        version, _ = _versions(request.form.get("version", ""))
        if not request.form.get("confirmed") and not request.headers.get("X-Confirmed"):
            return self._ask_again(viewer, record)
        saved = remove(self.orm, viewer, self.model, key, version)
        if saved.record is None:
            self.orm.rollback()
            flash(" ".join(saved.errors.values()), "error")
            return redirect(url_for(f"{self.endpoint}.details_view", key=key), 303)
        self.orm.commit()
        flash("La fiche est supprimée. Elle reste dans « Fiches supprimées ».", "success")
        return redirect(url_for(f"{self.endpoint}.index_view"), 303)

    def _ask_again(self, viewer: Viewer, record: Any) -> Any:
        button = self.delete_button(viewer, record) or {}
        return self.render(
            "admin/model/confirm.html",
            view_title=button["confirm"]["title"],
            text=button["confirm"]["text"],
            action_label=button["confirm"]["action"],
            keep_label=button["confirm"]["keep"],
            form_action=button["url"],
            fields={"version": record.version},
            cancel_url=url_for(f"{self.endpoint}.details_view", key=record.id),
        )

    # --- bulk actions ---------------------------------------------------------------------------------------------------

    @expose("/actions", methods=("POST",))
    def action_view(self) -> Any:
        viewer, name = current_viewer(), request.form.get("action", "")
        if name not in {action["name"] for action in self.bulk_actions(viewer)}:
            abort(403)
        if not request.form.get("all") and not self._chosen():
            flash("Rien n’était choisi. Cochez des lignes, puis recommencez.", "warning")
            return redirect(self.address(self.posted_state()), 303)
        return {"change": self._bulk_change, "export": self._bulk_export, "delete": self._bulk_delete}[name](viewer)

    def _chosen(self) -> dict[int, int | None]:
        """key -> version seen, from the boxes; what is no key is left out."""
        pairs = [value.partition(".") for value in request.form.getlist("rowid")]
        return {int(k): int(v) if v.isdecimal() else None for k, _, v in pairs if k.isdecimal() and len(k) < 19}

    def _selected(self, viewer: Viewer) -> dict[int, int | None]:
        """key -> version seen, of the boxes or of all the results; always within the viewer's scope."""
        chosen = self._chosen()
        keys = matching(viewer, self.model, self.posted_state() if request.form.get("all") else ListState(), now())
        if request.form.get("all"):
            return dict.fromkeys(self.orm.scalars(keys.limit(_MAX_BULK + 1)))
        allowed = self.orm.scalars(keys.where(self.model.id.in_(list(chosen)[: _MAX_BULK + 1])))
        return {key: chosen[key] for key in allowed}

    def _bulk_fields(self, viewer: Viewer) -> list[str]:
        """What a selection may be given at once: states, and who or where."""
        fields = fields_of(self.model)
        return [
            name
            for name in self.form_names(viewer, "update")
            if (kind_of(self.model, name) == "choice" and fields[name].quick)
            or name in ("counsellor", "site", "officer")
        ]

    def _bulk_change(self, viewer: Viewer) -> Any:
        selected = self._selected(viewer)
        if len(selected) > _MAX_BULK:
            return self._too_many()
        names = self._bulk_fields(viewer)
        name = request.form.get("field", "")
        if name not in names:
            return self._bulk_page(viewer, selected, names)
        try:
            value = parse(self.model, name, request.form.get(name, "").strip())
        except ValueError as error:
            return self._bulk_page(viewer, selected, names, str(error)), 422
        results = [
            save(self.orm, viewer, self.model, key, version or self._version(key), {name: value})
            for key, version in selected.items()
        ]
        refused = [saved for saved in results if saved.record is None]
        if any(saved.errors for saved in refused):
            self.orm.rollback()
            sentence = next(" ".join(saved.errors.values()) for saved in refused if saved.errors)
            return self._bulk_page(viewer, selected, names, f"Rien n’a été changé. {sentence}"), 422
        self.orm.commit()
        done, kept = len(results) - len(refused), len(refused)
        flash(f"{self.noun.count(done)} : {fields_of(self.model)[name].label.lower()} changé.", "success")
        if kept:
            flash(
                f"{self.noun.count(kept)} modifiés entre-temps par quelqu’un d’autre : laissés tels quels. Relisez-les.",
                "warning",
            )
        return redirect(self.address(self.posted_state()), 303)

    def _version(self, key: int) -> int:
        return self.orm.scalar(select(self.model.__table__.c.version).where(self.model.id == key)) or 0

    def _bulk_page(
        self, viewer: Viewer, selected: Mapping[int, int | None], names: Sequence[str], error: str = ""
    ) -> Any:
        form = form_class(self.model, tuple(names))()
        groups = self._form_groups(form, names)
        return self.render(
            "admin/model/bulk.html",
            view_title=f"Modifier {self.noun.count(len(selected))}",
            crumbs=[(self.name, url_for(f"{self.endpoint}.index_view")), ("Modifier la sélection", None)],
            form=form,
            fields=[options | {"required": False, "note": ""} for group in groups for options in group["fields"]],
            labels={name: fields_of(self.model)[name].label for name in names},
            rowids=[f"{key}.{version or ''}" for key, version in selected.items()],
            etat=request.form.get("etat", ""),
            error=error,
            form_action=url_for(f"{self.endpoint}.action_view"),
            cancel_url=self.address(self.posted_state()),
        )

    def _bulk_delete(self, viewer: Viewer) -> Any:
        selected = self._selected(viewer)
        if len(selected) > _MAX_BULK:
            return self._too_many()
        if not request.form.get("confirmed"):
            return self.render(
                "admin/model/confirm.html",
                view_title=f"Supprimer {self.noun.count(len(selected))} ?",
                text="Ces fiches et ce qui leur est rattaché quittent les listes. Vous pourrez les rétablir depuis « Fiches supprimées ».",
                action_label=f"Supprimer {self.noun.count(len(selected))}",
                keep_label="Garder les fiches",
                form_action=url_for(f"{self.endpoint}.action_view"),
                fields={
                    "action": "delete",
                    "etat": request.form.get("etat", ""),
                    "rowid": [f"{k}.{v or ''}" for k, v in selected.items()],
                },
                cancel_url=self.address(self.posted_state()),
            )
        for key, version in selected.items():
            saved = remove(self.orm, viewer, self.model, key, version)
            if saved.record is None:
                # all or nothing: half a deletion would be hard to tell
                self.orm.rollback()
                flash("Rien n’a été supprimé. " + " ".join(saved.errors.values()), "error")
                return redirect(self.address(self.posted_state()), 303)
        self.orm.commit()
        flash(
            f"{self.noun.count(len(selected))} : suppression faite. Elles restent dans « Fiches supprimées ».",
            "success",
        )
        return redirect(self.address(self.posted_state()), 303)

    def _bulk_export(self, viewer: Viewer) -> Any:
        # the same form, sent again where nothing waits for the write lock
        return redirect(url_for(f"{self.endpoint}.export", export_type="xlsx"), 307)

    def _too_many(self) -> Any:
        flash(f"Plus de {_MAX_BULK} fiches à la fois : posez un filtre, ou passez par un import.", "warning")
        return redirect(self.address(self.posted_state()), 303)

    @expose("/export/<export_type>", methods=("POST",))
    @reads
    def export(self, export_type: str) -> Any:
        viewer = current_viewer()
        self._demand(viewer, "export")
        if export_type == "options":
            return options_page(self, viewer, "xlsx")
        if export_type not in ("xlsx", "csv"):
            abort(404)
        keys = list(self._chosen()) if "rowid" in request.form and not request.form.get("all") else None
        return send_list(self, viewer, self.posted_state(), export_type, keys)

    # --- history ----------------------------------------------------------------------------------------------------------

    @expose("/<int:key>/modifications")
    def history_view(self, key: int) -> Any:
        viewer = current_viewer()
        record = self.found(viewer, key)
        first = request.args.get("apres", "0")
        offset = int(first) if first.isdecimal() and len(first) < 7 else 0
        entries = history_of(self.orm, self.model.__tablename__, record.id, 21, offset)
        shown = [history_line(self, viewer, record, entry) for entry in entries[:20]]
        more = url_for(f"{self.endpoint}.history_view", key=key, apres=offset + 20) if len(entries) > 20 else None
        return self.render("admin/model/_history.html", entries=[line for line in shown if line], more_url=more)

    @expose("/<int:key>/retablir", methods=("POST",))
    def restore_view(self, key: int) -> Any:
        viewer = current_viewer()
        self._demand(viewer, "restore")
        self.found(viewer, key)
        entry = request.form.get("entry", "")
        if not entry.isdecimal() or len(entry) > 18:
            abort(400)
        return restored(self, viewer, key, int(entry))

    @expose("/supprimees")
    def deleted_view(self) -> Any:
        viewer = current_viewer()
        self._demand(viewer, "restore")
        return self.render("admin/model/deleted.html", **deleted_context(self, viewer))

    @expose("/supprimees/<int:entry>", methods=("POST",))
    def undelete_view(self, entry: int) -> Any:
        viewer = current_viewer()
        self._demand(viewer, "restore")
        return undeleted(self, viewer, entry)

    # --- consultation log -----------------------------------------------------------------------------------------------

    def consulted(self, action: str, key: int | None = None, detail: Mapping[str, Any] | None = None) -> None:
        """Log that personal data was read, once the answer is sent: a reader never waits for a writer."""
        if self.model not in LOGGED:
            return
        viewer, engine, model = current_viewer(), self.db.engine, self.model

        @after_response
        def write() -> None:
            record_consultation(engine, viewer, action, model, key, detail)


LOGGED = (m.YoungPerson, m.Appointment, m.ActionItem, m.Enrolment, m.Situation, m.Barrier)
_OWNING = ("young_person", "employer", "partner", "job_dating", "stand", "registration")


class _Cells:
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
            return formats.person_case(value) if name == "birth_name" else value
        address = None
        if type(value) is tuple:
            if lead:
                return formats.person_case_words(str(value[1]))
            address = self.address(target_of(model, name), value[0])
        return formats.cell(name, value, today=self.today, sprite=self.sprite, address=address)

    def of_record(self, record: Any, name: str) -> Any:
        """One attribute of a loaded record."""
        model, value = type(record), getattr(record, name)
        kind = kind_of(model, name)
        if kind == "relations":
            return ""
        if kind == "relation":
            if value is None or not may(self.viewer, "read", type(value)):
                return ""
            label = (
                formats.person_case_words(str(value)) if isinstance(value, m.YoungPerson | m.Counsellor) else str(value)
            )
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
            view = EntityView.views.get(model)
            readable = view is not None and may(self.viewer, "read", model)
            self._addresses[model] = url_for(f"{view.endpoint}.details_view", key=0)[:-1] if view and readable else None
        prefix = self._addresses[model]
        return None if prefix is None else f"{prefix}{key}"


def _versions(typed: str) -> tuple[int, int]:
    """'12' -> (12, 12); '12-15' (a conflict was shown at 15) -> (12, 15)."""
    version, _, seen = typed.partition("-")
    first = int(version) if version.isdecimal() and len(version) < 10 else 0
    return first, int(seen) if seen.isdecimal() and len(seen) < 10 else first


def _range_words(values: Sequence[str], kind: str) -> str:
    first, last = (_day_words(value) if kind != "number" else value for value in (*values, "", "")[:2])
    if first and last:
        return f"du {first} au {last}" if kind != "number" else f"de {first} à {last}"
    return f"à partir de {first}" if first else f"jusqu’à {last}"


def _day_words(value: str) -> str:
    return "/".join(reversed(value.split("-"))) if value.count("-") == 2 else value


def _plain(value: Any) -> str:
    return value.striptags() if isinstance(value, Markup) else str(value)


def after_response(write: Callable[[], None]) -> Callable[[], None]:
    @after_this_request
    def at_close(response: Response) -> Response:
        response.call_on_close(write)
        return response

    return write
