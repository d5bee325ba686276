"""The search of the head of every page: people, employers, partners, appointments. Words go by POST, never in an address."""

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for

from ml_admin import models as m
from ml_admin.accounts import current_viewer
from ml_admin.column_types import now
from ml_admin.consultations import record_consultation
from ml_admin.listing import ListState, page_of
from ml_admin.permissions import Viewer, may
from ml_admin.views import formats
from ml_admin.views.registry import views
from ml_admin.views.requests import after_response, reads
from ml_admin.views.state import seal

blueprint = Blueprint("search", __name__)

_SEARCHED = (m.YoungPerson, m.Employer, m.Partner, m.Appointment)
_SHOWN = 8
_LEAST = 2  # letters: one alone finds everybody


@blueprint.route("/recherche", methods=("GET", "POST"))
@reads
def results() -> Any:
    """What matches in each entity that the viewer may read, a few lines each with the way to all of them."""
    words = request.form.get("q", "").strip()[:100]
    if request.method == "GET":
        return redirect(url_for("admin.index"))
    viewer = current_viewer()
    groups = [
        _group(viewer, model, words) for model in _SEARCHED if len(words) >= _LEAST and may(viewer, "read", model)
    ]
    found = [group for group in groups if group["count"]]
    _log(viewer, found)
    if len(found) == 1 and found[0]["count"] == 1 and not request.headers.get("HX-Request"):
        return redirect(found[0]["rows"][0]["url"], 303)
    return render_template("search/results.html", ml_query=words, words=words, groups=found, short=len(words) < _LEAST)


def _group(viewer: Viewer, model: type[m.Base], words: str) -> dict[str, Any]:
    view = views()[model]
    session = view.orm
    page = page_of(session, viewer, model, ListState(search=words, size=_SHOWN), now())
    shown = [column for column in page.columns if column.name in _HINTS[model]]
    rows = [
        {
            "title": formats.title_of(model, row.title),
            "url": url_for(f"{view.endpoint}.details_view", key=row.key),
            "hint": " · ".join(
                text for column in shown if (text := formats.text_of(row.values[column.name], column.name))
            ),
        }
        for row in page.rows
    ]
    every = url_for(f"{view.endpoint}.index_view", q=seal(words, str(current_app.secret_key)))
    return {
        "label": view.name,
        "icon": view.icon,
        "count": page.total,
        "rows": rows,
        "url": every,
        "noun": view.noun.count(page.total),
    }


def _log(viewer: Viewer, found: list[dict[str, Any]]) -> None:
    engine, rows = views()[m.YoungPerson].db.engine, sum(group["count"] for group in found)
    after_response(lambda: record_consultation(engine, viewer, "search", m.YoungPerson, detail={"rows": rows}))


_HINTS = {
    m.YoungPerson: ("birth_date", "city", "phone"),
    m.Employer: ("city", "sector"),
    m.Partner: ("kind", "city", "phone"),
    m.Appointment: ("starts_at", "counsellor", "outcome"),
}
