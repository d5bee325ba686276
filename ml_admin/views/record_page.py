"""What a record page draws: its head, groups of attributes, the lists of what leans on it; see the head of details.html."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy import func, select

from ml_admin import models as m
from ml_admin.column_types import now
from ml_admin.fields import fields_of
from ml_admin.listing import (
    PARIS,
    Filter,
    ListState,
    columns_for,
    kind_of,
    matching,
    target_of,
)
from ml_admin.permissions import Viewer, may, may_see, visible_fields
from ml_admin.views import formats
from ml_admin.views.cells import Cells
from ml_admin.views.registry import views

OWNING = ("young_person", "employer", "partner", "job_dating", "stand", "registration")
BESIDE = (m.Enrolment, m.Situation, m.Barrier, m.PartnerContact, m.EmployerContact)  # narrow lists, at the right
_PEOPLE = (m.YoungPerson, m.Counsellor, m.Account, m.PartnerContact, m.EmployerContact)

_SHOWN = 6  # lines of a related list; its foot opens all of them

# what stands under the name, for records whose attributes are many or whose name says little
HEAD_FACTS: Mapping[type[m.Base], Sequence[str]] = {
    m.Enrolment: ("young_person", "starts_on", "ends_on"),
    m.Situation: ("young_person", "starts_on", "ends_on", "employer"),
    m.Barrier: ("young_person", "noted_on"),
    m.Appointment: ("young_person", "starts_at", "counsellor", "site"),
    m.ActionItem: ("young_person", "due_date", "owner", "counsellor"),
    m.Partner: ("kind", "phone", "city", "agreement_end"),
    m.PartnerContact: ("partner", "role", "phone"),
    m.Employer: ("officer", "last_contact_date", "next_action", "next_action_on"),
    m.EmployerContact: ("employer", "role", "phone"),
    m.EmployerInteraction: ("employer", "happened_on", "contact", "counsellor"),
    m.JobOffer: ("employer", "contract", "city", "ends_on"),
    m.JobDating: ("held_on", "place", "opens_at", "closes_at"),
    m.Stand: ("job_dating", "employer", "posts"),
    m.Registration: ("job_dating", "arrives_at", "leaves_at"),
    m.Interview: ("stand", "slot", "preference", "outcome"),
    m.Account: ("username", "role", "site"),
    m.Counsellor: ("job_title", "phone", "site"),
    m.Site: ("address", "city", "phone"),
}

# the columns of an entity inside the page of another: the first that remain are shown, 3 beside, 5 in the main column
RELATED_COLUMNS: Mapping[type[m.Base], Sequence[str]] = {
    m.Enrolment: ("programme", "starts_on", "ends_on"),
    m.Situation: ("young_person", "kind", "state", "starts_on"),
    m.Barrier: ("theme", "state", "noted_on"),
    m.Appointment: ("starts_at", "young_person", "kind", "outcome", "purpose", "counsellor"),
    m.ActionItem: ("label", "young_person", "status", "due_date", "owner"),
    m.PartnerContact: ("name", "role", "phone"),
    m.EmployerContact: ("name", "role", "phone"),
    m.EmployerInteraction: ("happened_on", "kind", "outcome", "contact", "counsellor"),
    m.JobOffer: ("title", "contract", "posts", "city", "ends_on", "status"),
    m.Stand: ("employer", "job_dating", "number", "recruiters", "posts"),
    m.Registration: ("young_person", "job_dating", "status", "arrives_at"),
    m.Interview: ("registration", "stand", "slot", "status", "outcome"),
}


def record_context(view: Any, viewer: Viewer, record: Any) -> dict[str, Any]:
    """What details.html draws; see the head of that template."""
    title = view.title(viewer, record)
    person = isinstance(record, _PEOPLE)
    related = related_panels(view, viewer, record)
    story = view.story(viewer, record)
    return {
        "view_title": view.name,
        "record": {
            "name": title,
            "initials": initials(title) if person else "",
            "icon": "" if person else view.icon,
            "sub": view.subtitle(record),
            "badges": view.badges(viewer, record),
            "facts": view.facts(viewer, record),
        },
        "crumbs": [(view.name, url_for(f"{view.endpoint}.index_view")), (title, None)],
        "buttons": view.record_buttons(viewer, record),
        "more": view.more_buttons(viewer, record),
        "alerts": view.alerts(viewer, record),
        "next": view.next_gesture(viewer, record),
        "parts": parts(related, story) if len(related) > 2 else [],
        "story": story,
        "groups": field_groups(view, viewer, record),
        "related": related,
        "history_url": url_for(f"{view.endpoint}.history_view", key=record.id),
        "model": record,
        "return_url": url_for(f"{view.endpoint}.index_view"),
    }


def initials(name: str) -> str:
    """« Adama N’Diaye » -> « AN »."""
    return "".join(word[0] for word in name.split()[:2]).upper()


def parts(related: Sequence[Mapping[str, Any]], story: Any) -> list[dict[str, Any]]:
    """The ways inside a long page."""
    found = [{"label": "Histoire", "url": "#histoire"}] if story else []
    in_order = sorted(related, key=lambda panel: bool(panel["side"]))
    found += [{"label": r["title"], "url": f"#{r['id']}", "count": r["count"]} for r in in_order if r["count"]]
    return [*found, {"label": "Modifications", "url": "#modifications"}]


def head_facts(viewer: Viewer, record: Any) -> list[dict[str, Any]]:
    """The facts that `HEAD_FACTS` names, as far as the viewer may read them."""
    cells = Cells(viewer, formats.sprite(), datetime.now(PARIS).date())
    seen = visible_fields(viewer, type(record))
    return [
        {"label": seen[name].label, "value": cells.of_record(record, name)}
        for name in HEAD_FACTS.get(type(record), ())
        if name in seen
    ]


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
    """The lists of what leans on this record, counted; each is filled when it comes near."""
    readable = [
        (other, name)
        for other, name in leaning(view)
        if may(viewer, "read", other.model) and may_see(viewer, other.model, name)
    ]
    counts = _counts(view, viewer, readable, record.id)
    return [
        _panel(view, viewer, record, other, name, count) for (other, name), count in zip(readable, counts, strict=True)
    ]


def _counts(view: Any, viewer: Viewer, leaning_: Sequence[tuple[Any, str]], key: int) -> list[int]:
    """How many records each list holds, within the viewer's scope, in one query."""
    states = [(other.model, leaning_on(name, key)) for other, name in leaning_]
    counted = [
        select(func.count()).select_from(matching(viewer, model, state, now()).subquery()).scalar_subquery()
        for model, state in states
    ]
    return list(view.orm.execute(select(*counted)).one()) if counted else []


def _panel(view: Any, viewer: Viewer, record: Any, other: Any, name: str, count: int) -> dict[str, Any]:
    new = None
    if may(viewer, "create", other.model):
        new = {"label": "Ajouter", "icon": "plus", "url": url_for(f"{other.endpoint}.create_view", **{name: record.id})}
    return {
        "title": other.name,
        "id": f"liees-{other.endpoint}",
        "url": url_for(f"{view.endpoint}.related_view", key=record.id, other=other.endpoint, relation=name),
        "count": count,
        "none": "aucune" if other.noun.feminine else "aucun",
        "list_url": other.address(leaning_on(name, record.id)),
        "create": new,
        "side": other.model in BESIDE,
    }


def leaning_on(relation: str, key: int) -> ListState:
    """The list of the records whose `relation` is the record `key`."""
    return ListState(filters=(Filter(relation, "est", (str(key),)),), size=_SHOWN)


def related_columns(viewer: Viewer, model: type[m.Base], relation: str) -> tuple[str, ...]:
    """The columns of `model` in the page of the record that `relation` points to."""
    shown = {column.name for column in columns_for(viewer, model)} - {relation}
    wanted = RELATED_COLUMNS.get(model) or [column.name for column in columns_for(viewer, model)]
    return tuple(name for name in wanted if name in shown)[: 3 if model in BESIDE else 5]


def leaning(view: Any) -> list[tuple[Any, str]]:
    """(view, relation) of every entity that points to this one by a relation of its own."""
    return [
        (other, name)
        for other in views().values()
        for name in fields_of(other.model)
        if kind_of(other.model, name) == "relation" and target_of(other.model, name) is view.model and name in OWNING
    ]


def plain_text(value: Any) -> str:
    return value.striptags() if isinstance(value, Markup) else str(value)
