"""Who may do what: one table role × entity × action × field group, and the scope of records. Deny by default.

Actions: read, create, update, delete, export, import (also templates), restore (earlier versions, deleted records).
Field groups (`Field.section`): general, contact, notes, health, housing, justice, family.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from ml_admin import models as m
from ml_admin.choices import BarrierTheme, RoleName, Scope
from ml_admin.fields import Field, fields_of

SENSITIVE = frozenset({"notes", "health", "housing", "justice", "family"})
_EVERY = frozenset({"general", "contact"}) | SENSITIVE
_PLAIN = frozenset({"general", "contact"})
_BARE = frozenset({"general"})


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking: taken from the account once per request, never from the client."""

    role: RoleName | None = None
    scope: Scope = Scope.OWN_SITE
    account_id: int | None = None
    counsellor_id: int | None = None
    site_id: int | None = None
    label: str = ""


NOBODY = Viewer()


def viewer_of(account: m.Account) -> Viewer:
    """The account in the terms of the rights table; its own site goes before that of its staff record."""
    staff_site = account.counsellor.site_id if account.counsellor else None
    return Viewer(
        role=account.role.name,
        scope=account.role.scope,
        account_id=account.id,
        counsellor_id=account.counsellor_id,
        site_id=account.site_id if account.site_id is not None else staff_site,
        label=account.shown_name,
    )


@dataclass(frozen=True, slots=True)
class Right:
    """Actions on an entity and the field groups they reach."""

    actions: frozenset[str]
    sections: frozenset[str] = _PLAIN


def _right(actions: str, sections: frozenset[str] = _PLAIN) -> Right:
    return Right(frozenset(actions.split()), sections)


_ALL = "read create update delete export import restore"
_KEEP = "read create update delete export import"
_WRITE = "read create update export"
_READ = "read export"

_FILES = (m.YoungPerson, m.Enrolment, m.Situation, m.Barrier, m.Appointment, m.ActionItem)
_PARTNERS = (m.Partner, m.PartnerContact)
_EMPLOYERS = (m.Employer, m.EmployerContact, m.EmployerInteraction, m.JobOffer)
_EVENTS = (m.JobDating, m.Stand, m.Registration, m.Interview)
_HOUSE = (m.Site, m.Counsellor)
_SYSTEM = (m.Account, m.Role, m.Setting)


def _rows(*groups: tuple[Iterable[type[m.Base]], Right]) -> Mapping[type[m.Base], Right]:
    return {entity: right for entities, right in groups for entity in entities}


RIGHTS: Mapping[RoleName, Mapping[type[m.Base], Right]] = {
    RoleName.ADMINISTRATOR: _rows(
        (_FILES + _PARTNERS + _EMPLOYERS + _EVENTS, _right(_ALL, _EVERY)),
        (_HOUSE, _right(_ALL)),
        # an earlier version of an account would pass by the rules of access.refused_change
        ((m.Account,), _right("read create update")),
        ((m.Setting,), _right("read create update restore")),
        ((m.Role,), _right("read update")),
    ),
    RoleName.MANAGER: _rows(
        (_FILES + _PARTNERS + _EMPLOYERS + _EVENTS, _right(_ALL, _EVERY)),
        (_HOUSE, _right("read create update export restore")),
        ((m.Setting,), _right("read create update")),
    ),
    RoleName.COUNSELLOR: _rows(
        (_FILES, _right(_KEEP, _EVERY)),
        (_PARTNERS + _EMPLOYERS + _EVENTS, _right("read create update export import", _PLAIN | {"notes"})),
        (_HOUSE, _right("read")),
    ),
    RoleName.EMPLOYER_OFFICER: _rows(
        ((m.YoungPerson,), _right("read", _PLAIN)),
        ((m.Situation, m.Enrolment), _right("read", _BARE)),
        (_EMPLOYERS + _EVENTS, _right(_KEEP, _PLAIN | {"notes"})),
        (_PARTNERS, _right("read export")),
        (_HOUSE, _right("read")),
    ),
    RoleName.FRONT_DESK: _rows(
        ((m.YoungPerson,), _right("read create update", _PLAIN)),
        ((m.Appointment,), _right("read create update", _PLAIN)),
        ((m.Registration, m.Interview), _right("read update", _PLAIN)),
        ((m.JobDating, m.Stand), _right("read")),
        (_PARTNERS + (m.Employer,), _right("read")),
        (_HOUSE, _right("read")),
    ),
    RoleName.AUDITOR: _rows(
        (_FILES[:3] + (m.Appointment, m.ActionItem) + _PARTNERS + _EMPLOYERS + _EVENTS, _right("read", _BARE)),
        (_HOUSE, _right("read", _BARE)),
        ((m.Role, m.Setting), _right("read", _BARE)),
    ),
}

# pages that belong to no entity; read by the views and by the generated matrix test
PAGES: Mapping[str, frozenset[RoleName]] = {
    "home": frozenset(RoleName),
    "search": frozenset(RoleName),
    "imports": frozenset({RoleName.ADMINISTRATOR, RoleName.MANAGER, RoleName.COUNSELLOR, RoleName.EMPLOYER_OFFICER}),
    "duplicates": frozenset({RoleName.ADMINISTRATOR, RoleName.MANAGER, RoleName.COUNSELLOR, RoleName.EMPLOYER_OFFICER}),
    "figures": frozenset({RoleName.ADMINISTRATOR, RoleName.MANAGER, RoleName.COUNSELLOR, RoleName.AUDITOR}),
    "consultations": frozenset({RoleName.ADMINISTRATOR, RoleName.AUDITOR}),
    "dictionary": frozenset({RoleName.ADMINISTRATOR, RoleName.MANAGER, RoleName.AUDITOR}),
}


def may(viewer: Viewer, action: str, model: type[m.Base]) -> bool:
    """Whether the table names this action for the viewer's role."""
    right = _right_of(viewer, model)
    return right is not None and action in right.actions


def may_open(viewer: Viewer, page: str) -> bool:
    """Whether the viewer's role opens this page of `PAGES`."""
    return viewer.role is not None and viewer.role in PAGES.get(page, frozenset())


def may_see(viewer: Viewer, model: type[m.Base], field: str) -> bool:
    """Whether the viewer may read this attribute: shown, searched, sorted, filtered, exported, in history."""
    right = _right_of(viewer, model)
    described = fields_of(model).get(field)
    return right is not None and described is not None and described.section in right.sections


def visible_fields(viewer: Viewer, model: type[m.Base]) -> dict[str, Field]:
    """The described attributes that the viewer may read, in declared order."""
    return {name: field for name, field in fields_of(model).items() if may_see(viewer, model, name)}


def scoped(query: Select[Any], model: type[m.Base], viewer: Viewer) -> Select[Any]:
    """The same select, left with the records that the viewer may reach.

    Bind it to every list, count, get by id, picker, action, quick edit, export, import and undo.
    """
    if not may(viewer, "read", model):
        return query.where(false())
    condition = _reach(model, viewer)
    return query if condition is None else query.where(condition)


def visible_imports(query: Select[Any], viewer: Viewer) -> Select[Any]:
    """The same select of import batches, left with the viewer's own; of their whole scope for who may restore files."""
    reach = [and_(m.ImportBatch.account_id == viewer.account_id, m.ImportBatch.account_id.is_not(None))]
    if may(viewer, "restore", m.YoungPerson):
        if viewer.scope is Scope.ALL:
            return query
        if viewer.site_id is not None:
            reach.append(m.ImportBatch.site_id == viewer.site_id)
    return query.where(or_(*reach))


def hidden_barriers(viewer: Viewer) -> frozenset[BarrierTheme]:
    """Themes of `Barrier` whose rows the viewer may not see."""
    right = _right_of(viewer, m.Barrier)
    sections = right.sections if right else frozenset()
    return frozenset(theme for theme, section in m.Barrier.SECTIONS.items() if section not in sections)


def _right_of(viewer: Viewer, model: type[m.Base]) -> Right | None:
    return RIGHTS[viewer.role].get(model) if viewer.role else None


def _reach(model: type[m.Base], viewer: Viewer) -> ColumnElement[bool] | None:
    conditions: list[ColumnElement[bool]] = []
    if model is m.Barrier and (hidden := hidden_barriers(viewer)):
        conditions.append(m.Barrier.theme.not_in(hidden))
    if viewer.scope is not Scope.ALL:
        conditions.extend(_of_own_site(model, viewer))
    return and_(*conditions) if conditions else None


def _of_own_site(model: type[m.Base], viewer: Viewer) -> list[ColumnElement[bool]]:
    if model is m.YoungPerson:
        return [_own_young_people(viewer)]
    if model is m.Interview:
        registrations = select(m.Registration.id).join(m.YoungPerson).where(_own_young_people(viewer))
        return [m.Interview.registration_id.in_(registrations)]
    if "young_person_id" in model.__table__.columns:
        people = select(m.YoungPerson.id).where(_own_young_people(viewer))
        return [model.__table__.c.young_person_id.in_(people)]
    return []


def _own_young_people(viewer: Viewer) -> ColumnElement[bool]:
    own: list[ColumnElement[bool]] = []
    if viewer.site_id is not None:
        own.append(m.YoungPerson.site_id == viewer.site_id)
    if viewer.counsellor_id is not None:
        own.append(m.YoungPerson.counsellor_id == viewer.counsellor_id)
    return or_(*own) if own else false()
