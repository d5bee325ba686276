"""Sending a list as a workbook or a CSV: filtered as seen, logged, free text and sensitive columns only when asked."""

import tempfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app, request, send_file, url_for

from ml_admin.column_types import now
from ml_admin.exports.columns import ExportSheet, columns_for, guarded_columns, rows_for
from ml_admin.exports.text import write_csv
from ml_admin.exports.workbook import write_workbook
from ml_admin.listing import PARIS, ListState, matching, order_of
from ml_admin.permissions import Viewer
from ml_admin.views import formats
from ml_admin.views.list_page import chips

_KINDS = {
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_workbook),
    "csv": ("text/csv", write_csv),
}
_LEAST_REASON = 5  # characters


def send_list(view: Any, viewer: Viewer, state: ListState, kind: str, keys: Sequence[int] | None = None) -> Any:
    """The list of `state` (or the chosen `keys` of it) as an attachment. Guarded columns need a reason."""
    guarded = dict(guarded_columns(viewer, view.model))
    opted = [name for name in request.form.getlist("avec") if name in guarded]
    reason = request.form.get("motif", "").strip()[:200]
    if opted and len(reason) < _LEAST_REASON:
        return options_page(view, viewer, kind, error="Dites en quelques mots à quoi servira ce fichier."), 422
    instant = now()
    query = matching(viewer, view.model, state, instant)
    if keys is not None:
        query = query.where(view.model.id.in_(keys))
    columns = columns_for(view.orm, viewer, view.model, opted_in=opted)
    order = order_of(view.model, viewer, state, instant)
    rows = rows_for(view.orm, view.model, query, columns, instant, order)
    sheet = ExportSheet(
        view.name,
        columns,
        rows,
        view.model.__tablename__,
        _notes(view, viewer, state, reason, [guarded[n] for n in opted]),
    )
    media, write = _KINDS[kind]
    stream = tempfile.TemporaryFile()  # noqa: SIM115 - sent, then closed by the server
    count = write(stream, sheet)
    stream.seek(0)
    view.consulted("export", detail={"rows": count, "kind": kind, "guarded": opted, "reason": reason})
    day = datetime.now(PARIS).strftime("%Y-%m-%d")
    return send_file(stream, media, as_attachment=True, download_name=f"{view.url.strip('/')}_{day}.{kind}")


def options_page(view: Any, viewer: Viewer, kind: str, error: str = "") -> Any:
    """Which guarded columns to take along, and why."""
    return view.render(
        "admin/model/export.html",
        view_title="Exporter avec des colonnes réservées",
        crumbs=[(view.name, url_for(f"{view.endpoint}.index_view")), ("Exporter", None)],
        columns=guarded_columns(viewer, view.model),
        chosen=request.form.getlist("avec"),
        reason=request.form.get("motif", ""),
        etat=request.form.get("etat", ""),
        error=error,
        kind=kind,
        form_action=url_for(f"{view.endpoint}.export", export_type=kind),
        cancel_url=view.address(view.posted_state()),
    )


def _notes(view: Any, viewer: Viewer, state: ListState, reason: str, opted: Sequence[str]) -> list[tuple[str, str]]:
    words = [f"{chip['label']} : {chip['value']}" for chip in chips(view, state)]
    return [
        ("Source", f"{current_app.config['ML_SETTINGS'].name}, {view.name.lower()}"),
        ("Fait le", formats.instant(now())),
        ("Par", viewer.label),
        ("Filtres", " · ".join(words) or "aucun"),
        ("Colonnes réservées", ", ".join(opted) or "aucune"),
        *([("Motif", reason)] if reason else []),
    ]
