"""The data dictionary: what every attribute means, read from the models."""

from typing import Any

from flask import Blueprint, render_template

from ml_admin.accounts import current_viewer, require_page
from ml_admin.listing import kind_of, options_of, target_of
from ml_admin.permissions import may, visible_fields
from ml_admin.views.base import EntityView
from ml_admin.views.registry import views

blueprint = Blueprint("dictionary", __name__)
_KINDS = {
    "text": "texte",
    "choice": "liste fermée",
    "relation": "fiche",
    "relations": "fiches",
    "date": "date",
    "instant": "date et heure",
    "bool": "oui ou non",
    "number": "nombre",
    "json": "liste",
}
_SECTIONS = {
    "general": "tous les lecteurs",
    "contact": "coordonnées",
    "notes": "notes",
    "health": "santé",
    "housing": "logement",
    "justice": "justice",
    "family": "famille",
}


@blueprint.get("/dictionnaire")
def index() -> Any:
    require_page("dictionary")
    viewer = current_viewer()
    entities = [_entity(view) for view in views().values() if may(viewer, "read", view.model)]
    return render_template("dictionary/index.html", entities=entities)


def _entity(view: EntityView) -> dict[str, Any]:
    fields = []
    for name, field in visible_fields(current_viewer(), view.model).items():
        kind = kind_of(view.model, name)
        values = ", ".join(label for _, label in options_of(view.model, name).options()) if kind == "choice" else ""
        if kind in ("relation", "relations"):
            target = views().get(target_of(view.model, name))
            values = target.name if target else ""
        fields.append(
            {
                "label": field.label,
                "kind": _KINDS[kind] + (f" ({field.unit})" if field.unit else ""),
                "values": values,
                "help": field.help or (f"Par exemple : {field.example}" if field.example else ""),
                "section": _SECTIONS[field.section],
                "personal": field.personal,
                "free_text": field.free_text,
                "aliases": ", ".join(field.aliases),
            }
        )
    return {"label": view.name, "id": view.endpoint, "fields": fields}
