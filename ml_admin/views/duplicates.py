"""The desk of possible duplicates: pairs, two records side by side, merge, and what a merge taken back gives."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from sqlalchemy import func, select

from ml_admin import duplicates, former
from ml_admin import models as m
from ml_admin import unmerge as returns
from ml_admin.accounts import require_page
from ml_admin.choices import LookalikeState
from ml_admin.consultations import record_consultation
from ml_admin.editing import find
from ml_admin.fields import fields_of
from ml_admin.merge import Comparison, MergeRefused, RecordsChanged, compare, may_merge, merge
from ml_admin.merge_plan import model_of, pointing_to, title_of
from ml_admin.merge_values import Pair, Side, attribute_of, blank
from ml_admin.permissions import Viewer, may, may_see, scoped
from ml_admin.views import formats
from ml_admin.views.registry import views
from ml_admin.views.requests import after_response, whole

blueprint = Blueprint("duplicates", __name__)

KINDS: Final[Mapping[str, type[m.Base]]] = {"jeunes": m.YoungPerson, "employeurs": m.Employer, "partenaires": m.Partner}
_STATES: Final = {"a-regarder": "À regarder", "differentes": "Différentes", "reunies": "Réunies"}
_SIZE: Final = 12
_SIDES: Final[Mapping[str, Side]] = {"a": "kept", "b": "gone", "ab": "both"}
_CHANGED: Final = "Quelqu’un d’autre a traité cette paire entre-temps."


def _session() -> Any:
    return current_app.extensions["ml_db"].session


def kind_of(model: type[m.Base]) -> str:
    """The word of a model in addresses."""
    return next(kind for kind, known in KINDS.items() if known is model)


def _model(viewer: Viewer, kind: str) -> type[m.Base]:
    model = KINDS.get(kind)
    if model is None:
        abort(404)
    if not may_merge(viewer, model):
        abort(403)
    return model


def _name(record: Any) -> str:
    return formats.called(record)


# --- The list -------------------------------------------------------------------------------------------------------------


@blueprint.get("/doublons")
def index() -> Any:
    """The pairs of one kind and state, the chosen one side by side."""
    viewer = require_page("duplicates")
    own = [kind for kind, model in KINDS.items() if may_merge(viewer, model)]
    kind = request.args.get("genre", "") if request.args.get("genre", "") in own else own[0]
    state = request.args.get("etat", "") if request.args.get("etat", "") in _STATES else "a-regarder"
    page = max(1, whole(request.args.get("page", "1"), 5) or 1) - 1
    model, session = KINDS[kind], _session()
    frame = _frame(viewer, own, kind, state)
    if state == "reunies":
        query = duplicates.merged(viewer, model)
        total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
        found = session.scalars(query.limit(_SIZE).offset(page * _SIZE)).all()
        merges = [_merge_line(session, viewer, model, each) for each in found]
        return render_template("duplicates/index.html", **frame, **_pager(kind, state, page, total), merges=merges)
    looked = LookalikeState.OPEN if state == "a-regarder" else LookalikeState.DISTINCT
    query = duplicates.listed(viewer, model, looked)
    total = duplicates.count_of(session, viewer, model, looked)
    found = session.scalars(query.limit(_SIZE).offset(page * _SIZE)).all()
    asked = whole(request.args.get("paire", "")) or 0
    chosen = next((place for place, pair in enumerate(found) if pair.id == asked), 0)
    pairs = [_pair_line(session, model, kind, state, page, pair, at == chosen) for at, pair in enumerate(found)]
    desk = _desk_of_pair(session, viewer, model, found, chosen, pairs, page, total) if found else {}
    return render_template("duplicates/index.html", **frame, **_pager(kind, state, page, total), pairs=pairs, **desk)


def _frame(viewer: Viewer, own: list[str], kind: str, state: str) -> dict[str, Any]:
    session = _session()
    counts = {one: duplicates.count_of(session, viewer, KINDS[one], LookalikeState.OPEN) for one in own}
    search, last = duplicates.search_under_way(session), duplicates.last_search(session)
    return {
        "kinds": [
            {
                "label": views()[KINDS[one]].name,
                "url": url_for("duplicates.index", genre=one, etat=state),
                "current": one == kind,
                "count": formats.number(counts[one]),
            }
            for one in own
        ]
        if len(own) > 1
        else [],
        "states": [
            {"label": label, "url": url_for("duplicates.index", genre=kind, etat=one), "current": one == state}
            for one, label in _STATES.items()
        ],
        "kind": kind,
        "state": state,
        "waiting": counts[kind],
        "search": _work(search) if search else None,
        "last": formats.instant(last.ended_at) if last and last.ended_at else "",
    }


def _pager(kind: str, state: str, page: int, total: int) -> dict[str, Any]:
    return {
        "page": page,
        "total": total,
        "pages": max(1, -(-total // _SIZE)),
        "size": _SIZE,
        "url_for_page": lambda n: url_for("duplicates.index", genre=kind, etat=state, page=n + 1),
    }


def _pair_line(
    session: Any, model: type[m.Base], kind: str, state: str, page: int, pair: m.Lookalike, current: bool
) -> dict[str, Any]:
    one, other = session.get(model, pair.first_id), session.get(model, pair.second_id)
    names = [_name(record) for record in (one, other)]
    return {
        "score": pair.score,
        "title": names[0] if names[0].casefold() == names[1].casefold() else " / ".join(names),
        "why": ", ".join(pair.reasons[:2]),
        "url": url_for("duplicates.index", genre=kind, etat=state, page=page + 1, paire=pair.id),
        "current": current,
    }


def _desk_of_pair(
    session: Any,
    viewer: Viewer,
    model: type[m.Base],
    found: Any,
    chosen: int,
    lines: list[dict[str, Any]],
    page: int,
    total: int,
) -> dict[str, Any]:
    pair = found[chosen]
    found_pair = compare(session, viewer, model, pair.first_id, pair.second_id)
    if found_pair is None:
        return {}
    place = page * _SIZE + chosen + 1
    return {
        **_desk(session, viewer, found_pair, {}),
        "why": list(pair.reasons),
        "place": f"paire {formats.number(place)} sur {formats.number(total)}",
        "previous": lines[chosen - 1]["url"] if chosen else "",
        "next": lines[chosen + 1]["url"] if chosen + 1 < len(lines) else "",
        "distinct": pair.state is LookalikeState.DISTINCT,
    }


def _merge_line(session: Any, viewer: Viewer, model: type[m.Base], each: m.RecordMerge) -> dict[str, Any]:
    record = session.get(model, each.kept_id)
    return {
        "name": _name(record),
        "url": url_for(f"{views()[model].endpoint}.details_view", key=each.kept_id),
        "gone": f"fiche n° {each.gone_id}",
        "meta": f"{each.actor}, {formats.instant(each.at)}",
        "undo": url_for("duplicates.undo_form", key=each.id),
    }


# --- Two records side by side ---------------------------------------------------------------------------------------------


def _desk(session: Any, viewer: Viewer, found: Comparison, chosen: Mapping[str, Side]) -> dict[str, Any]:
    """What _desk.html draws: lines to choose, lines that agree, what is attached."""
    model, kind = found.model, kind_of(found.model)
    one, other = session.get(model, found.kept["id"]), session.get(model, found.gone["id"])
    _log(viewer, model, found)
    rows = [
        _row(session, pair, chosen.get(pair.name, pair.proposed)) for pair in found.visible(viewer) if not pair.same
    ]
    same = [_row(session, pair, "kept") for pair in found.visible(viewer) if pair.same and not blank(pair.kept)]
    keys = {"kind": kind, "one": found.kept["id"], "other": found.gone["id"]}
    return {
        "desk": {
            "title": _name(one),
            "heads": [_head(session, model, record) for record in (one, other)],
            "rows": sorted(rows, key=lambda row: not row["differs"]),
            "same": same,
            "attached": _attached(session, viewer, found),
            "hidden": any(not may_see(viewer, model, p.name) for p in found.pairs if p.field and not p.same),
            "versions": f"{found.kept['version']}-{found.gone['version']}",
            "merge_url": url_for("duplicates.unite", **keys),
            "distinct_url": url_for("duplicates.judge", **keys),
            "people": model is m.YoungPerson,
        }
    }


def _log(viewer: Viewer, model: type[m.Base], found: Comparison) -> None:
    if model is not m.YoungPerson:
        return
    engine, keys = current_app.extensions["ml_db"].engine, (found.kept["id"], found.gone["id"])

    def write() -> None:
        for key in keys:
            record_consultation(engine, viewer, "view", model, key)

    after_response(write)


def _head(session: Any, model: type[m.Base], record: Any) -> dict[str, str]:
    query = select(m.Journal.batch_id).where(
        m.Journal.table_name == model.__tablename__, m.Journal.record_id == record.id, m.Journal.operation == "insert"
    )
    batch = session.scalar(query.order_by(m.Journal.id).limit(1))
    day = formats.day(cast(datetime, record.created_at).astimezone(formats.PARIS).date())
    return {
        "sub": f"import du {day}" if batch else f"créée le {day}",
        "url": url_for(f"{views()[model].endpoint}.details_view", key=record.id),
    }


def _row(session: Any, pair: Pair, side: Side) -> dict[str, Any]:
    field = pair.field
    texts = [_text(session, pair, value) for value in (pair.kept, pair.gone)]
    options = [{"side": "a", "text": texts[0]}, {"side": "b", "text": texts[1]}]
    both = pair.joinable and all(texts)
    return {
        "name": pair.name,
        "label": field.label if field else pair.name,
        "options": options,
        "both": _text(session, pair, pair.value("both")) if both else "",
        "chosen": next(code for code, known in _SIDES.items() if known == side),
        "differs": all(texts),
        "result": _text(session, pair, pair.value(side)),
    }


def _text(session: Any, pair: Pair, value: Any) -> str:
    """A value in words; of a relation, the name of the record."""
    if value is not None and pair.column != pair.name and pair.column.endswith("_id"):
        target: Any = _TARGETS[pair.column]
        record = session.get(target, value)
        return _name(record) if record else ""
    return formats.text_of(value, pair.name)


_TARGETS: Final[Mapping[str, type[m.Base]]] = {
    "site_id": m.Site,
    "counsellor_id": m.Counsellor,
    "officer_id": m.Counsellor,
    "partner_id": m.Partner,
    "employer_id": m.Employer,
}


def _attached(session: Any, viewer: Viewer, found: Comparison) -> list[dict[str, Any]]:
    """Counts of what leans on each record, for the entities that the viewer reads."""
    lines: dict[str, dict[str, Any]] = {}
    table = m.Base.metadata.tables[found.model.__tablename__]
    for child, column in pointing_to(table):
        model: Any = model_of(child)
        if not may(viewer, "read", model) or model not in views():
            continue
        one, other = (_number(session, viewer, model, column, row["id"]) for row in (found.kept, found.gone))
        joins = found.plan.joins(child.name)
        if one or other:
            lines[child.name] = {
                "label": views()[model].name,
                "one": one,
                "other": other,
                "both": one + other - joins,
                "said": _said(found, child.name, joins),
            }
    return list(lines.values())


def _number(session: Any, viewer: Viewer, model: Any, column: str, key: int) -> int:
    query = scoped(select(model.id).where(getattr(model, column) == key), model, viewer)
    return int(session.scalar(select(func.count()).select_from(query.subquery())) or 0)


def _said(found: Comparison, table: str, joins: int) -> str:
    words = []
    if joins:
        words.append("1 en double, réunie en une" if joins == 1 else f"{joins} en double, réunies")
    if disputed := found.plan.disputed.get(table, 0):
        words.append(f"{disputed} {'semblable diffère, gardée' if disputed == 1 else 'semblables diffèrent, gardées'}")
    if found.plan.apart(table):
        words.append("à la même heure, gardés tous deux")
    return " ; ".join(words)


@blueprint.get("/doublons/<kind>/<int:one>/<int:other>")
def pair(kind: str, one: int, other: int) -> Any:
    """Two records chosen by hand."""
    viewer = require_page("duplicates")
    found = compare(_session(), viewer, _model(viewer, kind), one, other)
    if found is None:
        abort(404)
    return _pair_page(viewer, found, {}, "")


def _pair_page(viewer: Viewer, found: Comparison, chosen: Mapping[str, Side], error: str) -> str:
    view = views()[found.model]
    return render_template(
        "duplicates/pair.html",
        **_desk(_session(), viewer, found, chosen),
        error=error,
        kind=kind_of(found.model),
        list_name=view.name,
        list_url=url_for(f"{view.endpoint}.index_view"),
    )


@blueprint.post("/doublons/<kind>/<int:one>/<int:other>/reunir")
def unite(kind: str, one: int, other: int) -> Any:
    viewer = require_page("duplicates")
    model, session = _model(viewer, kind), _session()
    chosen = {name: _SIDES[side] for name in fields_of(model) if (side := request.form.get(f"c-{name}", "")) in _SIDES}
    first, _, second = request.form.get("versions", "").partition("-")
    try:
        done = merge(session, viewer, model, one, other, (whole(first, 9) or 0, whole(second, 9) or 0), chosen)
        key = done.id
        duplicates.look_at(session, model, one)
        session.commit()
    except MergeRefused as error:
        session.rollback()
        found = compare(session, viewer, model, one, other)
        if found is None:
            flash(str(error), "error")
            return redirect(url_for("duplicates.index", genre=kind), 303)
        return _pair_page(viewer, found, chosen, str(error)), 409 if isinstance(error, RecordsChanged) else 422
    words: Any = {
        "text": "Les deux fiches n’en font plus qu’une.",
        "undo_url": url_for("duplicates.take_back", key=key),
    }
    flash(words, "success")
    if request.form.get("retour") == "liste":
        return redirect(url_for("duplicates.index", genre=kind), 303)
    return redirect(url_for(f"{views()[model].endpoint}.details_view", key=one), 303)


@blueprint.post("/doublons/<kind>/<int:one>/<int:other>/juger")
def judge(kind: str, one: int, other: int) -> Any:
    """Two different records, or a question asked again."""
    viewer = require_page("duplicates")
    model, session = _model(viewer, kind), _session()
    distinct = request.form.get("reponse") != "revoir"
    if not duplicates.judge(session, viewer, model, one, other, distinct=distinct):
        session.rollback()
        abort(404)
    session.commit()
    flash(
        "C’est noté : la paire n’est plus proposée." if distinct else "La paire est de nouveau à regarder.", "success"
    )
    return redirect(url_for("duplicates.index", genre=kind, etat="a-regarder"), 303)


@blueprint.route("/doublons/<kind>/<int:one>/avec", methods=("GET", "POST"))
def choose(kind: str, one: int) -> Any:
    """« Réunir avec une autre fiche… »: the other one is chosen by its name."""
    viewer = require_page("duplicates")
    model = _model(viewer, kind)
    record = find(_session(), viewer, model, one)
    if record is None:
        abort(404)
    error = ""
    if request.method == "POST":
        other = whole(request.form.get("autre", "")) or 0
        if other != one and find(_session(), viewer, model, other) is not None:
            return redirect(url_for("duplicates.pair", kind=kind, one=one, other=other), 303)
        error = "Choisissez une autre fiche dans la liste proposée."
    view = views()[model]
    page = render_template(
        "duplicates/choose.html",
        name=_name(record),
        back=url_for(f"{view.endpoint}.details_view", key=one),
        lookup=url_for(f"{view.endpoint}.ajax_lookup"),
        list_name=view.name,
        list_url=url_for(f"{view.endpoint}.index_view"),
        error=error,
    )
    return (page, 422) if error else page


# --- The search ------------------------------------------------------------------------------------------------------------


@blueprint.post("/doublons/chercher")
def search() -> Any:
    viewer = require_page("duplicates")
    session = _session()
    duplicates.ask(session, viewer.account_id)
    session.commit()
    if worker := current_app.extensions.get("ml_worker"):
        worker.wake()
    return redirect(url_for("duplicates.index", genre=request.form.get("genre", "")[:20]), 303)


@blueprint.get("/doublons/avancement")
def progress() -> Any:
    """The search alone, asked for every two seconds."""
    require_page("duplicates")
    under_way = duplicates.search_under_way(_session())
    if under_way is None:
        return "", 200, {"HX-Refresh": "true"}
    return render_template("duplicates/_search.html", search=_work(under_way))


def _work(job: m.Job) -> dict[str, Any]:
    return {"title": job.message or "Recherche en attente de son tour", "done": job.done, "total": job.total or 1}


# --- A merge taken back ------------------------------------------------------------------------------------------------------


def _merge(viewer: Viewer, key: int) -> m.RecordMerge:
    found = returns.find(_session(), viewer, key)
    return found if found is not None else abort(404)


@blueprint.get("/doublons/reunions/<int:key>")
def undo_form(key: int) -> Any:
    """What comes back and what stays, before it is done."""
    viewer = require_page("duplicates")
    done, session = _merge(viewer, key), _session()
    model = model_of(m.Base.metadata.tables[done.table_name])
    kept = former.kept_now(session, done.table_name, done.kept_id) or done.kept_id
    report = returns.foreseen(session, done)
    record = session.get(model, kept)
    return render_template(
        "duplicates/undo.html",
        name=_name(record) if record else f"fiche n° {done.kept_id}",
        gone=done.gone_id,
        over=done.undone_at is not None,
        meta=f"{done.actor}, {formats.instant(done.at)}",
        back=_counted(viewer, report.back),
        returned=_counted(viewer, report.returned),
        stays=[_stay_line(session, viewer, stay) for stay in report.stays],
        action=url_for("duplicates.take_back", key=key),
        url=url_for(f"{views()[model].endpoint}.details_view", key=kept),
        list_url=url_for("duplicates.index", genre=kind_of(model), etat="reunies"),
    )


def _counted(viewer: Viewer, numbers: Mapping[str, int]) -> list[str]:
    found = []
    for name, number in numbers.items():
        model = model_of(m.Base.metadata.tables[name])
        if model in views() and may(viewer, "read", model):
            found.append(views()[model].noun.count(number))
    return found


def _stay_line(session: Any, viewer: Viewer, stay: returns.Stay) -> dict[str, str]:
    table = m.Base.metadata.tables[stay.table]
    model: Any = model_of(table)
    record = find(session, viewer, model, stay.record_id) if may(viewer, "read", model) else None
    if record is None:
        return {
            "name": "Une fiche",
            "noun": "",
            "reason": "supprimée depuis" if stay.deleted else "changée ou ajoutée depuis",
        }
    labels = [
        fields_of(model)[name].label
        for column in stay.columns
        if may_see(viewer, model, name := attribute_of(model, column))
    ]
    row = {column.name: getattr(record, column.name) for column in table.columns}
    return {
        "name": title_of(table, row) or _name(record),
        "noun": views()[model].noun.one if model in views() else "",
        "reason": (f"changé depuis : {', '.join(labels)}" if labels else "changé depuis")
        if stay.columns
        else "ajouté depuis",
    }


@blueprint.post("/doublons/reunions/<int:key>")
def take_back(key: int) -> Any:
    viewer = require_page("duplicates")
    done, session = _merge(viewer, key), _session()
    model, kept, gone = model_of(m.Base.metadata.tables[done.table_name]), done.kept_id, done.gone_id
    try:
        report = returns.unmerge(session, viewer, key)
        session.commit()
    except returns.UnmergeRefused as error:
        session.rollback()
        flash(str(error), "error")
        return redirect(url_for("duplicates.undo_form", key=key), 303)
    came = ", ".join(_counted(viewer, report.returned)) or "rien d’autre"
    flash(f"La fiche est de retour, avec : {came}.", "success")
    return redirect(url_for("duplicates.pair", kind=kind_of(model), one=kept, other=gone), 303)


# --- What other screens say of duplicates ------------------------------------------------------------------------------------


def list_button(viewer: Viewer, model: type[m.Base]) -> list[dict[str, Any]]:
    """« Doublons possibles », at the head of a list."""
    if not may_merge(viewer, model):
        return []
    return [{"label": "Doublons possibles", "icon": "users", "url": url_for("duplicates.index", genre=kind_of(model))}]


def record_button(viewer: Viewer, record: Any) -> list[dict[str, Any]]:
    """« Réunir avec une autre fiche… », among the other gestures of a record."""
    if not may_merge(viewer, type(record)):
        return []
    address = url_for("duplicates.choose", kind=kind_of(type(record)), one=record.id)
    return [{"label": "Réunir avec une autre fiche…", "icon": "users", "url": address}]


def alike(viewer: Viewer, model: type[m.Base], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a new record looks like; one out of the viewer's reach is told without its name."""
    session, found = _session(), []
    for key, _, reasons in duplicates.resembling(session, model, values)[:5]:
        record = find(session, viewer, model, key)
        found.append(
            {
                "name": _name(record) if record else "une fiche d’un autre site",
                "url": url_for(f"{views()[model].endpoint}.details_view", key=key) if record else "",
                "why": ", ".join(reasons) if record else "",
            }
        )
    return found
