"""Gestures on a selection of records: one field for all, deletion. All or nothing, within the viewer’s scope."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy import select

from ml_admin.column_types import now
from ml_admin.editing import remove, save
from ml_admin.fields import fields_of
from ml_admin.listing import (
    ListState,
    kind_of,
    matching,
)
from ml_admin.permissions import Viewer
from ml_admin.views.form_page import (
    form_groups,
)
from ml_admin.views.forms import form_class, parse
from ml_admin.views.requests import whole

MAX_BULK = 500  # records that one gesture writes; more is an import's work


def chosen(view: Any) -> dict[int, int | None]:
    """key -> version seen, from the boxes; what is no key is left out."""
    pairs = [value.partition(".") for value in request.form.getlist("rowid")]
    return {key: whole(version, 9) for text, _, version in pairs if (key := whole(text))}


def selected(view: Any, viewer: Viewer) -> dict[int, int | None]:
    """key -> version seen, of the boxes or of all the results; always within the viewer's scope."""
    boxes = chosen(view)
    keys = matching(viewer, view.model, view.posted_state() if request.form.get("all") else ListState(), now())
    keys = keys.order_by(view.model.id)  # two gestures that lock the same records wait for each other, in one order
    if request.form.get("all"):
        return dict.fromkeys(view.orm.scalars(keys.limit(MAX_BULK + 1)))
    allowed = view.orm.scalars(keys.where(view.model.id.in_(list(boxes)[: MAX_BULK + 1])))
    return {key: boxes[key] for key in allowed}


def bulk_fields(view: Any, viewer: Viewer) -> list[str]:
    """What a selection may be given at once: states, and who or where."""
    fields = fields_of(view.model)
    return [
        name
        for name in view.form_names(viewer, "update")
        if (kind_of(view.model, name) == "choice" and fields[name].quick) or name in ("counsellor", "site", "officer")
    ]


def bulk_change(view: Any, viewer: Viewer) -> Any:
    records = selected(view, viewer)
    if len(records) > MAX_BULK:
        return too_many(view)
    names = bulk_fields(view, viewer)
    name = request.form.get("field", "")
    if name not in names:
        return bulk_page(view, viewer, records, names)
    try:
        value = parse(view.model, name, request.form.get(name, "").strip())
    except ValueError as error:
        return bulk_page(view, viewer, records, names, str(error)), 422
    done = kept = 0
    for key, version in records.items():
        saved = save(view.orm, viewer, view.model, key, version or present_version(view, key), {name: value})
        if saved.errors:  # the database takes nothing more from a transaction that it refused
            view.orm.rollback()
            sentence = " ".join(saved.errors.values())
            return bulk_page(view, viewer, records, names, f"Rien n’a été changé. {sentence}"), 422
        done, kept = done + saved.done, kept + (not saved.done)
    view.orm.commit()
    flash(f"{view.noun.count(done)} : {fields_of(view.model)[name].label.lower()} changé.", "success")
    if kept:
        flash(
            f"{view.noun.count(kept)} modifiés entre-temps par quelqu’un d’autre : laissés tels quels. Relisez-les.",
            "warning",
        )
    return redirect(view.address(view.posted_state()), 303)


def present_version(view: Any, key: int) -> int:
    return view.orm.scalar(select(view.model.__table__.c.version).where(view.model.id == key)) or 0


def bulk_page(
    view: Any, viewer: Viewer, records: Mapping[int, int | None], names: Sequence[str], error: str = ""
) -> Any:
    form = form_class(view.model, tuple(names))()
    groups = form_groups(view, form, names)
    return view.render(
        "admin/model/bulk.html",
        view_title=f"Modifier {view.noun.count(len(records))}",
        crumbs=[(view.name, url_for(f"{view.endpoint}.index_view")), ("Modifier la sélection", None)],
        form=form,
        fields=[options | {"required": False, "note": ""} for group in groups for options in group["fields"]],
        labels={name: fields_of(view.model)[name].label for name in names},
        rowids=[f"{key}.{version or ''}" for key, version in records.items()],
        etat=request.form.get("etat", ""),
        error=error,
        form_action=url_for(f"{view.endpoint}.action_view"),
        cancel_url=view.address(view.posted_state()),
    )


def bulk_delete(view: Any, viewer: Viewer) -> Any:
    records = selected(view, viewer)
    if len(records) > MAX_BULK:
        return too_many(view)
    if not request.form.get("confirmed"):
        return view.render(
            "admin/model/confirm.html",
            view_title=f"Supprimer {view.noun.count(len(records))} ?",
            text=f"Ces fiches et ce qui leur est rattaché quittent les listes. {view.way_back(viewer, 'les')}",
            action_label=f"Supprimer {view.noun.count(len(records))}",
            keep_label="Garder les fiches",
            form_action=url_for(f"{view.endpoint}.action_view"),
            fields={
                "action": "delete",
                "etat": request.form.get("etat", ""),
                "rowid": [f"{k}.{v or ''}" for k, v in records.items()],
            },
            cancel_url=view.address(view.posted_state()),
        )
    for key, version in records.items():
        saved = remove(view.orm, viewer, view.model, key, version)
        if saved.record is None:
            # all or nothing: half a deletion would be hard to tell
            view.orm.rollback()
            flash("Rien n’a été supprimé. " + " ".join(saved.errors.values()), "error")
            return redirect(view.address(view.posted_state()), 303)
    view.orm.commit()
    flash(
        f"{view.noun.count(len(records))} : suppression faite. {view.way_back(viewer, 'les')}",
        "success",
    )
    return redirect(view.address(view.posted_state()), 303)


def too_many(view: Any) -> Any:
    flash(f"Plus de {MAX_BULK} fiches à la fois : posez un filtre, ou passez par un import.", "warning")
    return redirect(view.address(view.posted_state()), 303)
