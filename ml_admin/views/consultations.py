"""Who read, searched or exported what: read-only, for administrators and auditors."""

from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from sqlalchemy import func, select

from ml_admin import models as m
from ml_admin.accounts import current_viewer, require_page
from ml_admin.permissions import may
from ml_admin.views import formats
from ml_admin.views.registry import views

blueprint = Blueprint("consultations", __name__)
_SIZE = 50
_ACTIONS = {
    "view": "Consultation",
    "search": "Recherche",
    "export": "Export",
    "print": "Impression",
    "backup": "Sauvegarde",
}
_OTHERS = {"import_batch": "Imports"}  # what is no entity of the menu


@blueprint.get("/consultations")
def index() -> Any:
    require_page("consultations")
    session = current_app.extensions["ml_db"].session
    total = session.scalar(select(func.count()).select_from(m.Consultation)) or 0
    pages = max(1, -(-total // _SIZE))
    asked = request.args.get("page", "1")
    page = min(max(1, int(asked) if asked.isdecimal() and len(asked) < 8 else 1), pages)
    query = select(m.Consultation).order_by(m.Consultation.id.desc()).limit(_SIZE).offset((page - 1) * _SIZE)
    lines = [_line(line) for line in session.scalars(query)]
    return render_template(
        "consultations/index.html",
        lines=lines,
        total=total,
        page=page - 1,
        pages=pages,
        url_for_page=lambda n: url_for("consultations.index", page=n + 1),
    )


def _line(line: m.Consultation) -> dict[str, Any]:
    screens = {view.model.__tablename__: view for view in views().values()}
    view = screens.get(line.table_name)
    readable = view is not None and line.record_id and may(current_viewer(), "read", view.model)
    rows = (line.detail or {}).get("rows")
    return {
        "at": formats.instant(line.at),
        "actor": line.actor,
        "action": _ACTIONS.get(line.action, line.action),
        "entity": view.name if view else _OTHERS.get(line.table_name, line.table_name),
        "record": f"{'fiche' if view else 'import'} n° {line.record_id}" if line.record_id else "",
        "url": url_for(f"{view.endpoint}.details_view", key=line.record_id) if view and readable else None,
        "rows": "" if rows is None else formats.number(int(rows)),
    }
