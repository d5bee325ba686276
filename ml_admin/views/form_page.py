"""What a form page draws: groups, errors, conflicts, prefilled values; and the cell edited in place."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for

from ml_admin import models as m
from ml_admin.accounts import current_viewer
from ml_admin.editing import Saved
from ml_admin.fields import fields_of
from ml_admin.journal import history_of
from ml_admin.listing import (
    choices_of,
    kind_of,
    target_of,
)
from ml_admin.permissions import Viewer
from ml_admin.text import person_case
from ml_admin.views import formats
from ml_admin.views.forms import form_class, record_data
from ml_admin.views.registry import views


def prefilled(view: Any, viewer: Viewer) -> dict[str, Any]:
    """Values of a new record that the address names: the keys of relations only."""
    values: dict[str, Any] = {}
    for name in view.form_names(viewer, "create"):
        given = request.args.get(name, "")
        if kind_of(view.model, name) == "relation" and given.isdecimal() and len(given) < 16:
            values[name] = int(given)
        column = view.model.__table__.c.get(name)
        if column is not None and column.default is not None and column.default.is_scalar:
            values[name] = column.default.arg
    # a new account is somebody else's
    if "counsellor" in fields_of(view.model) and viewer.counsellor_id and view.model is not m.Account:
        values.setdefault("counsellor", viewer.counsellor_id)
    return values


def form_page(
    view: Any, viewer: Viewer, form: Any, record: Any, saved: Saved, alike: Sequence[dict[str, Any]] = ()
) -> Any:
    names = list(form._fields)
    for name, field in form._fields.items():
        if field.kind == "relation" and field.data:
            found = choices_of(view.orm, viewer, target_of(view.model, name), "", key=int(field.data))
            field.display = person_case(found[0][1]) if found else ""
    for name, sentence in saved.errors.items():
        if name in form._fields:
            form._fields[name].errors = [*form._fields[name].errors, sentence]
    title = view.title(viewer, record) if record else view.noun.new
    errors = [(f.id, f"{f.label.text} : {e}") for f in form._fields.values() for e in f.errors]
    errors += [("", sentence) for name, sentence in saved.errors.items() if name not in form._fields]
    back = url_for(f"{view.endpoint}.details_view", key=record.id) if record else url_for(f"{view.endpoint}.index_view")
    crumbs = [(view.name, url_for(f"{view.endpoint}.index_view")), ("Modifier" if record else view.noun.new, None)]
    if record:
        crumbs.insert(1, (title, back))
    return view.render(
        view.edit_template if record else view.create_template,
        form=form,
        form_opts=None,
        view_title=f"Modifier {title}" if record else title,
        crumbs=crumbs,
        groups=form_groups(view, form, names),
        version=form_version(view, record, saved) if record else None,
        errors=errors,
        sub=last_change(view, record) if record else "",
        notes=view.form_notes(form, record),
        alike=alike,
        conflict=conflict(view, viewer, record, saved) if saved.collisions else None,
        save_label="Enregistrer" if record else "Créer la fiche",
        cancel_url=back,
        return_url=back,
        delete=view.delete_button(viewer, record) if record else None,
    )


def last_change(view: Any, record: Any) -> str:
    """« Dernière modification le 18/11/2026, 9 h 05, par Karim Benali »."""
    entries = history_of(view.orm, view.model.__tablename__, record.id, 1)
    if not entries:
        return ""
    return f"Dernière modification le {formats.instant(entries[0].at)}, par {entries[0].actor}"


def form_groups(view: Any, form: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for name in names:
        field = form._fields[name]
        options = {"name": name, **field.options}
        if field.kind == "relation":
            options |= relation_control(view, name, field)
        groups.setdefault(field.described.group or "Fiche", []).append(options)
    return [{"title": title if len(groups) > 1 else "", "fields": fields} for title, fields in groups.items()]


def relation_control(view: Any, name: str, field: Any) -> dict[str, Any]:
    """A list for the few roles, which have no search; a picker for everything else."""
    other = views()[target_of(view.model, name)]
    if other.model is not m.Role:
        return {"url": url_for(f"{other.endpoint}.ajax_lookup")}
    found = choices_of(view.orm, current_viewer(), other.model, "")
    return {"kind": "select", "choices": [("", "à choisir"), *((str(key), label) for key, label in found)]}


def form_version(view: Any, record: Any, saved: Saved) -> str:
    if request.method != "POST":
        return str(record.version)
    version, _ = versions(request.form.get("version", ""))
    return f"{version}-{record.version}" if saved.collisions else str(version)


def conflict(view: Any, viewer: Viewer, record: Any, saved: Saved) -> dict[str, Any]:
    fields = []
    for name, collision in saved.collisions.items():
        shown = {side: value_words(view, viewer, name, getattr(collision, side)) for side in ("mine", "theirs", "base")}
        fields.append(
            {"name": name, "label": fields_of(view.model)[name].label, "chosen": ""}
            | {f"{side}_text": text for side, text in shown.items()}
        )
    last = history_of(view.orm, view.model.__tablename__, record.id, 1)
    return {
        "who": saved.theirs,
        "at": formats.clock(last[0].at) if last else "",
        "merged": saved.merged,
        "fields": fields,
    }


def value_words(view: Any, viewer: Viewer, name: str, value: Any) -> str:
    if value is not None and kind_of(view.model, name) == "relation":
        found = choices_of(view.orm, viewer, target_of(view.model, name), "", key=value)
        return found[0][1] if found else ""
    return formats.text_of(value, name)


def saved_words(view: Any, saved: Saved) -> str:
    if not saved.merged:
        return "Les changements sont enregistrés."
    others = "un changement" if saved.merged == 1 else f"{saved.merged} changements"
    return f"Les changements sont enregistrés, avec {others} fait entre-temps par quelqu’un d’autre."


def quick_cell(
    view: Any, viewer: Viewer, name: str, record: Any, version: int, typed: str | None = None, error: str = ""
) -> dict[str, Any]:
    field = form_class(view.model, (name,))(data=record_data(record, (name,)))._fields[name]
    options = field.options
    return {
        "action": url_for(f"{view.endpoint}.ajax_update"),
        "pk": record.id,
        "column": name,
        "label": field.described.label,
        "row_label": view.title(viewer, record),
        "version": version,
        "before": formats.text_of(getattr(record, name), name),
        "kind": "select" if options["kind"] == "segmented" else options["kind"],
        "value": options["value"] if typed is None else typed,
        "choices": options.get("choices", ()),
        "error": error,
    }


def quick_refused(view: Any, viewer: Viewer, name: str, key: int, typed: str, saved: Saved) -> Any:
    record = view.found(viewer, key)
    if saved.collisions:
        theirs = formats.text_of(saved.collisions[name].theirs, name) or "vide"
        error = f"{saved.theirs} a mis « {theirs} » entre-temps. Enregistrez de nouveau pour mettre votre valeur, ou renoncez."
        return view.render(
            "admin/model/_quick_edit.html",
            cell=quick_cell(view, viewer, name, record, record.version, typed, error),
        ), 409
    error = " ".join(saved.errors.values())
    return view.render(
        "admin/model/_quick_edit.html", cell=quick_cell(view, viewer, name, record, record.version, typed, error)
    ), 422


def versions(typed: str) -> tuple[int, int]:
    """'12' -> (12, 12); '12-15' (a conflict was shown at 15) -> (12, 15)."""
    version, _, seen = typed.partition("-")
    first = int(version) if version.isdecimal() and len(version) < 10 else 0
    return first, int(seen) if seen.isdecimal() and len(seen) < 10 else first
