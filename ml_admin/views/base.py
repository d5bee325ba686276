"""EntityView: the screens of one entity, generated from its model, under the rights table.

Flask-Admin gives the routes, the blueprint and the menu; every handler is bound to `listing`, `editing` and
`permissions`, which mend what its own leave open (docs/decisions/0001-flask-admin.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from flask import abort, current_app, flash, redirect, request, url_for
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import select
from sqlalchemy.orm import Session

from ml_admin import former
from ml_admin import models as m
from ml_admin.accounts import current_viewer
from ml_admin.choices import Choice
from ml_admin.column_types import now
from ml_admin.consultations import record_consultation
from ml_admin.duplicates import look_at
from ml_admin.editing import Saved, create, find, remove, save, writable
from ml_admin.fields import fields_of
from ml_admin.journal import entries as read_entries
from ml_admin.journal import history_of
from ml_admin.listing import (
    PAGE_SIZES,
    PARIS,
    ListState,
    Page,
    choices_of,
    columns_for,
    kind_of,
    page_of,
    target_of,
)
from ml_admin.permissions import Viewer, may, visible_fields
from ml_admin.views import duplicates, formats
from ml_admin.views.bulk import (
    MAX_BULK,
    bulk_change,
    bulk_delete,
    bulk_fields,
    chosen,
    too_many,
)
from ml_admin.views.cells import Cells
from ml_admin.views.exports import options_page, send_list
from ml_admin.views.form_page import (
    form_page,
    prefilled,
    quick_cell,
    quick_refused,
    saved_words,
    versions,
)
from ml_admin.views.forms import form_class, parse, record_data, required, values_of
from ml_admin.views.history import deleted_context, history_line, restored, undeleted
from ml_admin.views.list_page import (
    list_context,
    posted_filter,
    record_address,
)
from ml_admin.views.record_page import (
    OWNING,
    head_facts,
    leaning,
    leaning_on,
    plain_text,
    record_context,
    related_columns,
)
from ml_admin.views.registry import views
from ml_admin.views.requests import after_response, reads, whole
from ml_admin.views.state import read_state, write_state


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
    model: type[m.Base]

    def __init__(self, model: type[m.Base], db: Any, name: str, noun: Noun, url: str, endpoint: str, icon: str) -> None:
        self.db = db
        self.noun = noun
        self.icon = icon
        super().__init__(model, db, name=name, url=f"/{url}", endpoint=endpoint)
        views()[model] = self

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
        return self.render(self.list_template, **list_context(self, viewer, page), **self.list_extras(viewer))

    @expose("/chercher", methods=("POST",))
    @reads
    def search_list(self) -> Any:
        """Words go by POST and come back sealed: no name in an address."""
        state = replace(self.posted_state(), search=request.form.get("search", "").strip()[:100], page=1)
        return redirect(self.address(state), 303)

    @expose("/filtrer", methods=("POST",))
    @reads
    def add_filter(self) -> Any:
        filter_ = posted_filter(self, request.form.get("field", ""))
        state = self.posted_state()
        if filter_ is None:
            flash("Ce filtre n’a pas été posé : il manque une valeur. Choisissez-la, puis filtrez.", "warning")
            return redirect(self.address(state), 303)
        others = tuple(f for f in state.filters if f.field != filter_.field)
        return redirect(self.address(replace(state, filters=(*others, filter_), page=1)), 303)

    @expose("/colonnes", methods=("POST",))
    def choose_columns(self) -> Any:
        known = {column.name for column in columns_for(current_viewer(), self.model)}
        asked = [] if request.form.get("reset") else dict.fromkeys(request.form.getlist("columns"))  # each once
        self._prefer({"columns": [name for name in asked if name in known]})
        return redirect(self.address(self.posted_state()), 303)

    @expose("/lignes", methods=("POST",))
    def choose_size(self) -> Any:
        size = request.form.get("page_size", "")
        if size in map(str, PAGE_SIZES):
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
        return str(url_for(f"{self.endpoint}.index_view", **dict[str, Any](write_state(state, self.secret))))

    @property
    def secret(self) -> str:
        return str(current_app.secret_key)

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

    def list_extras(self, viewer: Viewer) -> dict[str, Any]:
        """What the list's own template draws beside the list."""
        return {}

    def head_buttons(self, viewer: Viewer) -> list[dict[str, Any]]:
        return duplicates.list_button(viewer, self.model)

    def import_address(self, viewer: Viewer) -> str | None:
        if "imports.index" in current_app.view_functions and may(viewer, "import", self.model):
            return url_for("imports.index")
        return None

    def bulk_actions(self, viewer: Viewer) -> list[dict[str, Any]]:
        """Gestures on a selection: change one field, export, delete."""
        actions: list[dict[str, Any]] = []
        if may(viewer, "update", self.model) and bulk_fields(self, viewer):
            actions.append({"name": "change", "label": "Modifier…", "icon": "pencil"})
        if may(viewer, "export", self.model):
            actions.append({"name": "export", "label": "Exporter", "icon": "download"})
        if may(viewer, "delete", self.model):
            text = f"Elles quittent les listes, avec ce qui leur est rattaché. {self.way_back(viewer, 'les')}"
            confirm = {
                "title": "Supprimer {n} fiches ?",
                "text": text,
                "action": "Supprimer les {n} fiches",
                "keep": "Garder les fiches",
            }
            actions.append({"name": "delete", "label": "Supprimer", "icon": "trash", "confirm": confirm})
        return actions

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
        kept = former.kept_now(self.orm, self.model.__tablename__, key) if key < 2**63 else None
        if kept is not None and find(self.orm, viewer, self.model, kept) is not None:
            return redirect(url_for(f"{self.endpoint}.details_view", key=kept))
        record = self.found(viewer, key)
        self.consulted("view", key)
        context = record_context(self, viewer, record) | self.record_extras(viewer, record)
        return self.render(self.details_template, **context)

    def found(self, viewer: Viewer, key: int) -> Any:
        """The record within the viewer's scope; 404 for another's, exactly as for none."""
        record = find(self.orm, viewer, self.model, key)
        if record is None:
            abort(404)
        return record

    def title(self, viewer: Viewer, record: Any) -> str:
        """How the record is called at the head of its page."""
        return formats.called(record)

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
        return head_facts(viewer, record)

    def alerts(self, viewer: Viewer, record: Any) -> dict[str, Any] | None:
        return None

    def record_extras(self, viewer: Viewer, record: Any) -> dict[str, Any]:
        """What the record's own template draws beside the rest."""
        return {}

    def next_gesture(self, viewer: Viewer, record: Any) -> dict[str, Any] | None:
        """What this record waits for: {title, text, action}."""
        return None

    def story(self, viewer: Viewer, record: Any) -> dict[str, Any] | None:
        """What happened, newest first; see `story` in details.html."""
        return None

    def record_buttons(self, viewer: Viewer, record: Any) -> list[dict[str, Any]]:
        if not may(viewer, "update", self.model):
            return []
        address = url_for(f"{self.endpoint}.edit_view", key=record.id)
        return [{"label": "Modifier", "icon": "pencil", "url": address, "kind": "primary"}]

    def more_buttons(self, viewer: Viewer, record: Any) -> list[dict[str, Any]]:
        buttons: list[dict[str, Any]] = [{"label": "Imprimer", "icon": "printer", "print": True}]
        buttons += duplicates.record_button(viewer, record)
        if delete := self.delete_button(viewer, record):
            buttons.append(delete)
        return buttons

    def way_back(self, viewer: Viewer, what: str) -> str:
        """Who brings deleted records back: « la » or « les »."""
        if may(viewer, "restore", self.model):
            return f"Vous pourrez {what} rétablir depuis « Fiches supprimées »."
        return f"La direction ou l’administration pourra {what} rétablir."

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
                "title": f"Supprimer « {title} » ?",
                "text": f"La fiche et ce qui lui est rattaché quittent les listes. {self.way_back(viewer, 'la')}",
                "action": "Supprimer la fiche",
                "keep": "Garder la fiche",
            },
        }

    @expose("/<int:key>/liees/<other>/<relation>")
    def related_view(self, key: int, other: str, relation: str) -> Any:
        viewer = current_viewer()
        record = self.found(viewer, key)
        found = [view for view, name in leaning(self) if view.endpoint == other and name == relation]
        if not found or not may(viewer, "read", found[0].model):
            abort(404)
        view = found[0]
        state = leaning_on(relation, record.id)
        page = view.related_page(viewer, relation, state)
        cells = Cells(viewer, formats.sprite(), datetime.now(PARIS).date())
        lead = page.columns[0] if page.columns else None
        address = record_address(view)
        rows = [
            {
                "title": plain_text(cells.of(view.model, row, lead.name, False)) or view.noun.one
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
            noun=view.noun,
        )

    def related_page(self, viewer: Viewer, name: str, state: ListState) -> Page:
        """The records of this entity that `state` selects, with the columns that say something beside that one."""
        names = related_columns(viewer, self.model, name)
        return page_of(self.orm, viewer, self.model, replace(state, columns=names), now())

    # --- forms --------------------------------------------------------------------------------------------------------

    @expose("/nouveau", methods=("GET", "POST"))
    def create_view(self) -> Any:
        viewer = current_viewer()
        self._demand(viewer, "create")
        form = form_class(self.model, self.form_names(viewer, "create"))
        if request.method != "POST":  # HEAD carries no token: it must not write
            return form_page(self, viewer, form(data=self.prefilled(viewer)), None, Saved())
        filled = form(request.form)
        saved = Saved()
        alike: list[dict[str, Any]] = []
        if filled.validate():
            values = values_of(filled)
            alike = [] if request.form.get("autre") else duplicates.alike(viewer, self.model, values)
            saved = Saved() if alike else create(self.orm, viewer, self.model, values)
            if saved.record is not None:
                key = saved.record.id
                look_at(self.orm, self.model, key)
                self.orm.commit()
                flash(f"{self.noun.new} : la fiche est enregistrée.", "success")
                return redirect(url_for(f"{self.endpoint}.details_view", key=key), 303)
            self.orm.rollback()
        return form_page(self, viewer, filled, None, saved, alike), 422

    @expose("/<int:key>/modifier", methods=("GET", "POST"))
    def edit_view(self, key: int) -> Any:
        viewer = current_viewer()
        self._demand(viewer, "update")
        record = self.found(viewer, key)
        names = self.form_names(viewer, "update")
        form = form_class(self.model, names)
        if request.method != "POST":
            self.consulted("view", key)
            return form_page(self, viewer, form(data=record_data(record, names)), record, Saved())
        filled = form(request.form)
        saved = Saved()
        if filled.validate():
            version, seen = versions(request.form.get("version", ""))
            resolved = (
                {name: request.form.get(f"resolve-{name}", "") for name in names} if seen == record.version else {}
            )
            saved = save(self.orm, viewer, self.model, key, version, values_of(filled), resolved)
            if saved.record is not None:
                look_at(self.orm, self.model, key)
                self.orm.commit()
                flash(saved_words(self, saved), "success")
                return redirect(url_for(f"{self.endpoint}.details_view", key=key), 303)
            self.orm.rollback()
            record = self.found(viewer, key)
        return form_page(self, viewer, filled, record, saved), 409 if saved.collisions else 422

    def prefilled(self, viewer: Viewer) -> dict[str, Any]:
        """What a new record's form opens with."""
        return prefilled(self, viewer)

    def form_notes(self, form: Any, record: Any) -> list[str]:
        """What must be known before the form is filled."""
        return []

    def form_names(self, viewer: Viewer, action: str) -> tuple[str, ...]:
        """The attributes of the form: whose record it is, then the others in declared order."""
        names = [name for name in writable(viewer, self.model, action) if self._reachable(viewer, name)]
        return tuple(sorted(names, key=lambda name: name not in OWNING or not required(self.model, name)))

    def _reachable(self, viewer: Viewer, name: str) -> bool:
        return kind_of(self.model, name) != "relation" or may(viewer, "read", target_of(self.model, name))

    def _demand(self, viewer: Viewer, action: str) -> None:
        if not may(viewer, action, self.model):
            abort(403)

    # --- quick edit ---------------------------------------------------------------------------------------------------

    @expose("/saisie")
    def quick_form(self) -> Any:
        viewer = current_viewer()
        name, row = self._quick_target(viewer, request.args.get("column", ""), request.args.get("id", ""))
        return self.render("admin/model/_quick_edit.html", cell=quick_cell(self, viewer, name, row, row.version))

    @expose("/saisie", methods=("POST",))
    def ajax_update(self) -> Any:
        viewer = current_viewer()
        name, row = self._quick_target(viewer, request.form.get("column", ""), request.form.get("id", ""))
        typed = request.form.get("value", "").strip()
        version, _ = versions(request.form.get("version", ""))
        try:
            value = parse(self.model, name, typed)
        except ValueError as error:
            cell = quick_cell(self, viewer, name, row, version, typed, str(error))
            return self._whole_page(str(error)) or (self.render("admin/model/_quick_edit.html", cell=cell), 422)
        saved = save(self.orm, viewer, self.model, row.id, version, {name: value})
        if saved.record is None:
            self.orm.rollback()
            changed = "Cette fiche a changé entre-temps\u00a0: relisez-la, puis recommencez."
            sentence = " ".join(saved.errors.values()) or changed
            return self._whole_page(sentence) or quick_refused(self, viewer, name, row.id, typed, saved)
        self.orm.commit()
        label, called = fields_of(self.model)[name].label, self.title(viewer, saved.record)
        cells = Cells(viewer, formats.sprite(), datetime.now(PARIS).date())
        context = {"value": cells.of_record(saved.record, name), "label": label, "row_label": called}
        done = f"{label} enregistré."
        return self._whole_page(done, "success") or self.render("admin/model/_cell.html", **context)

    def _whole_page(self, sentence: str, category: str = "error") -> Any:
        """Without JavaScript the answer to a cell of the start page is that page, with the sentence; else None."""
        if not request.form.get("retour") or request.headers.get("HX-Request"):
            return None
        flash(sentence, category)
        return redirect(url_for("admin.index"), 303)

    def _quick_target(self, viewer: Viewer, name: str, key: str) -> tuple[str, Any]:
        field = fields_of(self.model).get(name)
        self._demand(viewer, "update")
        if field is None or not field.quick or name not in writable(viewer, self.model):
            abort(403)
        return name, self.found(viewer, whole(key) or 0)

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
        version, _ = versions(request.form.get("version", ""))
        if not request.form.get("confirmed") and not request.headers.get("X-Confirmed"):
            return self._ask_again(viewer, record)
        saved = remove(self.orm, viewer, self.model, key, version)
        if saved.record is None:
            self.orm.rollback()
            flash(" ".join(saved.errors.values()), "error")
            return redirect(url_for(f"{self.endpoint}.details_view", key=key), 303)
        self.orm.commit()
        flash(self._undoable(viewer, key), "success")
        return redirect(url_for(f"{self.endpoint}.index_view"), 303)

    def _undoable(self, viewer: Viewer, key: int) -> Any:
        """What is said of a deletion, with its undo for who may restore."""
        if not may(viewer, "restore", self.model):
            return "La fiche est supprimée. La direction ou l’administration peut la rétablir."
        deleted = history_of(self.orm, self.model.__tablename__, key, 1)
        text = "La fiche est supprimée. Elle reste dans « Fiches supprimées »."
        return {"text": text, "undo_url": url_for(f"{self.endpoint}.undelete_view", entry=deleted[0].id)}

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
        if not request.form.get("all") and not chosen(self):
            flash("Rien n’était choisi. Cochez des lignes, puis recommencez.", "warning")
            return redirect(self.address(self.posted_state()), 303)
        if name == "export":
            # the same form, sent again where nothing waits for the write lock
            return redirect(url_for(f"{self.endpoint}.export", export_type="xlsx"), 307)
        return bulk_change(self, viewer) if name == "change" else bulk_delete(self, viewer)

    @expose("/export/<export_type>", methods=("POST",))
    @reads
    def export(self, export_type: str) -> Any:
        viewer = current_viewer()
        self._demand(viewer, "export")
        if export_type == "options":
            return options_page(self, viewer, "xlsx")
        if export_type not in ("xlsx", "csv"):
            abort(404)
        keys = list(chosen(self)) if "rowid" in request.form and not request.form.get("all") else None
        if keys is not None and len(keys) > MAX_BULK:
            return too_many(self)
        return send_list(self, viewer, self.posted_state(), export_type, keys)

    # --- history ----------------------------------------------------------------------------------------------------------

    @expose("/<int:key>/modifications")
    def history_view(self, key: int) -> Any:
        viewer = current_viewer()
        record = self.found(viewer, key)
        first = request.args.get("apres", "0")
        offset = int(first) if first.isdecimal() and len(first) < 7 else 0
        told = former.story(self.orm, self.model.__tablename__, record.id)
        entries = read_entries(self.orm, told.limit(21).offset(offset))
        shown = [history_line(self, viewer, record, entry) for entry in entries[:20]]
        if not offset and shown and shown[0]:
            shown[0]["restore"] = None  # the newest line is what the record is now: there is nothing to go back to
        more = url_for(f"{self.endpoint}.history_view", key=key, apres=offset + 20) if len(entries) > 20 else None
        part = "_history.html" if request.headers.get("HX-Request") else "history.html"
        page = {"view_title": "Modifications", "crumbs": self._crumbs_of(viewer, record, "Modifications")}
        return self.render(f"admin/model/{part}", entries=[line for line in shown if line], more_url=more, **page)

    def _crumbs_of(self, viewer: Viewer, record: Any, here: str) -> list[tuple[str, str | None]]:
        list_, page = url_for(f"{self.endpoint}.index_view"), url_for(f"{self.endpoint}.details_view", key=record.id)
        return [(self.name, list_), (self.title(viewer, record), page), (here, None)]

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
