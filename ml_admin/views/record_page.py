"""What a record page draws: groups of attributes, and the lists of what leans on it; see the head of details.html."""

from datetime import datetime
from typing import Any

from flask import url_for
from markupsafe import Markup

from ml_admin import models as m
from ml_admin.fields import fields_of
from ml_admin.listing import (
    PARIS,
    kind_of,
    target_of,
)
from ml_admin.permissions import Viewer, may, may_see, visible_fields
from ml_admin.views import formats
from ml_admin.views.cells import Cells
from ml_admin.views.registry import views

_OWNING = ("young_person", "employer", "partner", "job_dating", "stand", "registration")


def record_context(view: Any, viewer: Viewer, record: Any) -> dict[str, Any]:
    """What details.html draws; see the head of that template."""
    title = view.title(viewer, record)
    return {
        "view_title": view.name,
        "record": {
            "name": title,
            "icon": view.icon,
            "sub": view.subtitle(record),
            "badges": view.badges(viewer, record),
            "facts": view.facts(viewer, record),
        },
        "crumbs": [(view.name, url_for(f"{view.endpoint}.index_view")), (title, None)],
        "buttons": view.record_buttons(viewer, record),
        "more": view.more_buttons(viewer, record),
        "alerts": view.alerts(viewer, record),
        "groups": field_groups(view, viewer, record),
        "related": related_panels(view, viewer, record),
        "history_url": url_for(f"{view.endpoint}.history_view", key=record.id),
        "model": record,
        "return_url": url_for(f"{view.endpoint}.index_view"),
    }


def field_groups(view: Any, viewer: Viewer, record: Any) -> list[dict[str, Any]]:
    """The filled attributes by subject; what an old file had besides comes last."""
    cells = Cells(viewer, formats.sprite(), datetime.now(PARIS).date())
    groups: dict[str, list[dict[str, Any]]] = {}
    for name, field in visible_fields(viewer, view.model).items():
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
    if extra and may_see(viewer, view.model, "notes"):  # nobody sorted these columns: shown to who may read notes
        fields = [{"label": label, "value": formats.text_of(value)} for label, value in extra.items()]
        panels.append({"title": "Repris de l’ancien fichier", "id": "groupe-repris", "fields": fields})
    return panels


def related_panels(view: Any, viewer: Viewer, record: Any) -> list[dict[str, Any]]:
    """The lists of what leans on this record, filled when they come near."""
    panels = []
    for other, name in leaning(view):
        if not may(viewer, "read", other.model) or not may_see(viewer, other.model, name):
            continue
        new = None
        if may(viewer, "create", other.model):
            address = url_for(f"{other.endpoint}.create_view", **{name: record.id})
            new = {"label": "Ajouter", "icon": "plus", "url": address}
        panels.append(
            {
                "title": other.name,
                "id": f"liees-{other.endpoint}-{name}",
                "url": url_for(f"{view.endpoint}.related_view", key=record.id, other=other.endpoint, relation=name),
                "create": new,
                "side": other.model in (m.Enrolment, m.Situation, m.Barrier, m.PartnerContact, m.EmployerContact),
            }
        )
    return panels


def leaning(view: Any) -> list[tuple[Any, str]]:
    """(view, relation) of every entity that points to this one by a relation of its own."""
    return [
        (other, name)
        for other in views().values()
        for name in fields_of(other.model)
        if kind_of(other.model, name) == "relation" and target_of(other.model, name) is view.model and name in _OWNING
    ]


def plain_text(value: Any) -> str:
    return value.striptags() if isinstance(value, Markup) else str(value)
