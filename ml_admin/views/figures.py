"""« Pilotage »: counted figures, each number opening its list."""

from typing import Any

from flask import Blueprint, render_template

from ml_admin import models as m
from ml_admin.accounts import current_viewer, require_page
from ml_admin.column_types import now
from ml_admin.indicators import Figure, headline, series
from ml_admin.views import formats
from ml_admin.views.registry import views

blueprint = Blueprint("figures", __name__)


@blueprint.get("/pilotage")
def index() -> Any:
    require_page("figures")
    viewer, instant = current_viewer(), now()
    session = views()[m.YoungPerson].orm
    charts = [
        {"title": one.title, "fact": one.fact, "rows": _bars(one.figures)} for one in series(session, viewer, instant)
    ]
    tiles = [_drawn(figure) | {"definition": figure.definition} for figure in headline(session, viewer, instant)]
    return render_template("figures/index.html", tiles=tiles, charts=charts, day=formats.long_day(instant.date()))


def _drawn(figure: Figure) -> dict[str, Any]:
    return {
        "label": figure.label,
        "count": formats.number(figure.count),
        "url": views()[figure.model].address(figure.state),
    }


def _bars(figures: Any) -> list[dict[str, Any]]:
    most = max((figure.count for figure in figures), default=0) or 1
    return [_drawn(figure) | {"value": figure.count, "most": most} for figure in figures]
