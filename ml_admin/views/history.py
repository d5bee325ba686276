"""« Modifications » of a record, its earlier versions, and the records that were deleted."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ml_admin import models as m
from ml_admin.choices import Scope
from ml_admin.editing import find
from ml_admin.fields import fields_of
from ml_admin.journal import Entry, describe, entries
from ml_admin.listing import label_of
from ml_admin.merge import may_merge
from ml_admin.permissions import Viewer, hidden_barriers, may, may_see, scoped
from ml_admin.refusals import refusal
from ml_admin.text import person_case
from ml_admin.undo import NotRestorable, restore, restore_deleted
from ml_admin.views import formats
from ml_admin.views.registry import views

_VERBS = {"insert": "a créé la fiche", "update": "a modifié la fiche", "delete": "a supprimé la fiche"}
_ICONS = {"insert": "plus", "update": "pencil", "delete": "trash"}
_DELETED_SHOWN = 100


def history_line(view: Any, viewer: Viewer, record: Any, entry: Entry) -> dict[str, Any] | None:
    """One entry as _history.html draws it; None when nothing of it may be seen by the viewer."""
    if (merge := _merge_told(view, entry)) is not None:
        return _merge_line(view, viewer, record, entry, merge)
    changes = [_change(line) for line in _lines(view, viewer, entry)]
    if not changes and entry.operation == "update":
        return None
    if entry.record_id != record.id:
        return _part_line(entry, changes)
    return {
        "icon": _ICONS[entry.operation],
        "sentence": f"{entry.actor} {_VERBS[entry.operation]}",
        "meta": formats.instant(entry.at) + (" · import" if entry.batch_id else ""),
        "changes": changes if entry.operation == "update" else [],
        "restore": _restore_button(view, record, entry) if may(viewer, "restore", view.model) else None,
    }


def _part_line(entry: Entry, changes: list[dict[str, str]]) -> dict[str, Any]:
    """What happened to a record before it became part of this one."""
    return {
        "icon": _ICONS[entry.operation],
        "sentence": f"{entry.actor} {_VERBS[entry.operation]}",
        "meta": f"{formats.instant(entry.at)}{' · import' if entry.batch_id else ''} · fiche réunie n°\u00a0{entry.record_id}",
        "changes": changes if entry.operation == "update" else [],
        "restore": None,
    }


def _merge_told(view: Any, entry: Entry) -> m.RecordMerge | None:
    """The merge that this line took part in: the record that went, or that came back by its end."""
    gone = select(m.RecordMerge).where(
        m.RecordMerge.table_name == view.model.__tablename__, m.RecordMerge.gone_id == entry.record_id
    )
    if entry.operation == "delete":
        gone = gone.where(m.RecordMerge.change_set == entry.change_set)
    elif entry.operation == "insert":
        earlier = select(m.Journal.change_set).where(
            m.Journal.table_name == view.model.__tablename__,
            m.Journal.record_id == entry.record_id,
            m.Journal.operation == "delete",
            m.Journal.id < entry.id,
        )
        gone = gone.where(
            m.RecordMerge.undone_at.is_not(None),
            m.RecordMerge.change_set == earlier.order_by(m.Journal.id.desc()).limit(1).scalar_subquery(),
        )
    else:
        return None
    found: m.RecordMerge | None = view.orm.scalars(gone.limit(1)).first()
    return found


def _merge_line(view: Any, viewer: Viewer, record: Any, entry: Entry, merge: m.RecordMerge) -> dict[str, Any]:
    other = merge.kept_id if record.id == merge.gone_id else merge.gone_id
    verb = "a réuni cette fiche avec" if entry.operation == "delete" else "a séparé cette fiche de"
    standing = entry.operation == "delete" and merge.undone_at is None and may_merge(viewer, view.model)
    return {
        "icon": "arrows-join" if entry.operation == "delete" else "arrow-back-up",
        "sentence": f"{entry.actor} {verb} la fiche n°\u00a0{other}",
        "meta": formats.instant(entry.at),
        "changes": [],
        "restore": None,
        "link": {"label": "Séparer les deux fiches", "url": url_for("duplicates.undo_form", key=merge.id)}
        if standing
        else None,
    }


def _lines(view: Any, viewer: Viewer, entry: Entry) -> list[str]:
    return describe(
        _without_hidden_themes(view, viewer, entry),
        view.model,
        lambda name: may_see(viewer, view.model, name),
        lambda table, key: _name(view, viewer, table, key),
    )


def _without_hidden_themes(view: Any, viewer: Viewer, entry: Entry) -> Entry:
    """A barrier whose theme the viewer may read now may have had one that they may not."""
    hidden = hidden_barriers(viewer) if view.model is m.Barrier else frozenset()
    shown = [c for c in entry.changes if c.column != "theme" or not {c.before, c.after} & hidden]
    return replace(entry, changes=tuple(shown))


def _change(line: str) -> dict[str, str]:
    label, _, change = line.partition("\u00a0: ")
    before, arrow, after = change.partition(" → ")
    before, after = formats.phone(before), formats.phone(after)
    return (
        {"label": label, "before": "" if before == "vide" else before, "after": after}
        if arrow
        else {"label": label, "before": "", "after": change}
    )


def _name(view: Any, viewer: Viewer, table: str, key: int) -> str:
    model = next((other for other in views() if other.__tablename__ == table), None)
    if model is None or not may(viewer, "read", model):
        return "une autre fiche"
    label = view.orm.scalar(scoped(select(label_of(model, model)).where(model.id == key), model, viewer))
    return person_case(str(label)) if label else "une autre fiche"


def _restore_button(view: Any, record: Any, entry: Entry) -> dict[str, Any] | None:
    if entry.operation == "delete":
        return None
    return {
        "url": url_for(f"{view.endpoint}.restore_view", key=record.id),
        "fields": {"entry": entry.id},
        "label": "Revenir à cette version",
        "confirm": {
            "title": "Revenir à cette version ?",
            "text": "Les champs changés depuis reprennent leur valeur d’alors. C’est un nouveau changement : il se défait aussi.",
            "action": "Revenir à cette version",
            "keep": "Ne rien changer",
            "kind": "primary",
        },
    }


def restored(view: Any, viewer: Viewer, key: int, entry: int) -> Any:
    """Give a record the values it had just after one entry of its history."""
    line = view.orm.get(m.Journal, entry)
    if (
        line is None
        or line.table_name != view.model.__tablename__
        or line.record_id != key
        or line.operation == "delete"
    ):
        abort(404)
    if not all(may_see(viewer, view.model, name) for name in fields_of(view.model)):
        abort(403)  # a version is whole: who may not read a field does not bring its old value back
    page = redirect(url_for(f"{view.endpoint}.details_view", key=key), 303)
    return _done(view, lambda: restore(view.orm, view.model, key, entry), "La version choisie est revenue.", page)


def _done(view: Any, gesture: Callable[[], Any], words: str, page: Any) -> Any:
    """Do it whole or not at all, and say which."""
    try:
        gesture()
        view.orm.commit()
    except NotRestorable as error:
        view.orm.rollback()
        flash(str(error), "error")
    except IntegrityError as error:
        view.orm.rollback()
        flash(refusal(error, view.model)[1], "error")
    else:
        flash(words, "success")
    return page


def deleted_context(view: Any, viewer: Viewer) -> dict[str, Any]:
    """The last deleted records of an entity that the viewer could reach, newest first."""
    lines = entries(
        view.orm,
        select(m.Journal)
        .where(m.Journal.table_name == view.model.__tablename__, m.Journal.operation == "delete")
        .order_by(m.Journal.id.desc())
        .limit(_DELETED_SHOWN),
    )
    lines = [entry for entry in lines if _merge_told(view, entry) is None]  # those come back from the desk
    shown = [_deleted(view, viewer, entry) for entry in lines if reachable(view, viewer, entry)]
    return {
        "view_title": f"Fiches supprimées : {view.name.lower()}",
        "crumbs": [(view.name, url_for(f"{view.endpoint}.index_view")), ("Fiches supprimées", None)],
        "lines": shown,
        "back": url_for(f"{view.endpoint}.index_view"),
    }


def reachable(view: Any, viewer: Viewer, entry: Entry) -> bool:
    """Whether a deleted record was within the viewer's scope, judged by its last values."""
    before = {change.column: change.before for change in entry.changes}
    if view.model is m.Barrier and before.get("theme") in hidden_barriers(viewer):
        return False
    if viewer.scope is Scope.ALL:
        return True
    if view.model is m.YoungPerson:
        places = ((before.get("site_id"), viewer.site_id), (before.get("counsellor_id"), viewer.counsellor_id))
        return any(was is not None and was == own for was, own in places)
    for column, owner in (("young_person_id", m.YoungPerson), ("registration_id", m.Registration)):
        if column in before:
            return find(view.orm, viewer, owner, before[column]) is not None
    return True


def _deleted(view: Any, viewer: Viewer, entry: Entry) -> dict[str, Any]:
    words = [
        f"{change['label']} : {change['after'] or change['before']}"
        for change in map(_change, _lines(view, viewer, entry)[:4])
    ]
    return {
        "title": _deleted_title(view, viewer, entry),
        "text": " · ".join(words),
        "meta": f"{entry.actor}, {formats.instant(entry.at)}",
        "url": url_for(f"{view.endpoint}.undelete_view", entry=entry.id),
    }


def _deleted_title(view: Any, viewer: Viewer, entry: Entry) -> str:
    before = {change.column: change.before for change in entry.changes}
    if "last_name" in before:
        return person_case(f"{before['last_name']} {before.get('first_name') or ''}")
    return str(before.get("name") or before.get("title") or before.get("label") or view.noun.one)


def undeleted(view: Any, viewer: Viewer, entry: int) -> Any:
    """Bring a deleted record back, with what went with it."""
    if entry >= 2**63:
        abort(404)
    found = entries(view.orm, select(m.Journal).where(m.Journal.id == entry, m.Journal.operation == "delete"))
    if not found or found[0].table != view.model.__tablename__ or not reachable(view, viewer, found[0]):
        abort(404)
    key = found[0].record_id
    page = redirect(url_for(f"{view.endpoint}.deleted_view"), 303)
    if _merge_told(view, found[0]) is not None:
        flash(
            "Cette fiche a été réunie avec une autre\u00a0: séparez-les depuis « Doublons possibles », onglet « Réunies ».",
            "error",
        )
        return page
    answer = _done(
        view,
        lambda: restore_deleted(view.orm, view.model, entry),
        "La fiche est de retour, avec ce qui lui était rattaché.",
        page,
    )
    back = view.orm.get(view.model, key) is not None
    return redirect(url_for(f"{view.endpoint}.details_view", key=key), 303) if back else answer
