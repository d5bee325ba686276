"""The figures of « Pilotage »: each is a list state, so that a number is the length of the list it opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import AppointmentOutcome, BarrierTheme, ExitReason, Programme, Relationship
from ml_admin.listing import PARIS, Filter, ListState, count_of
from ml_admin.permissions import Viewer, hidden_barriers, may


@dataclass(frozen=True, slots=True)
class Figure:
    """One counted figure with its definition, shown as help on the screen."""

    label: str
    definition: str
    model: type[m.Base]
    state: ListState
    count: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """Figures that belong together: drawn as bars, with their table."""

    title: str
    fact: str
    figures: Sequence[Figure]


# label, definition, entity, what narrows its list
_Declared = tuple[str, str, type[m.Base], list[Filter]]


def headline(session: Session, viewer: Viewer, instant: datetime) -> list[Figure]:
    """The figures at the head of the page."""
    year = _year(instant)
    declared = [
        (
            "Dossiers ouverts",
            "Premier accueil, actif ou en pause",
            m.YoungPerson,
            [Filter("status", "est", ("first_contact", "active", "paused"))],
        ),
        (
            "Inscrits cette année",
            "Inscription depuis le 1er janvier",
            m.YoungPerson,
            [Filter("registration_date", "entre", year)],
        ),
        (
            "Rendez-vous honorés",
            "Depuis le 1er janvier, « Venu »",
            m.Appointment,
            [Filter("starts_at", "entre", year), Filter("outcome", "est", ("attended",))],
        ),
        (
            "Absences sans excuse",
            "Depuis le 1er janvier, « Absent »",
            m.Appointment,
            [Filter("starts_at", "entre", year), Filter("outcome", "est", ("absent",))],
        ),
        (
            "Sorties vers l’emploi durable",
            "CDI, CDD de 6 mois et plus, alternance",
            m.YoungPerson,
            [Filter("exit_date", "entre", year), Filter("exit_reason", "est", ("durable_employment",))],
        ),
        (
            "Employeurs actifs",
            "Relation « Partenaire actif »",
            m.Employer,
            [Filter("relationship_state", "est", ("active",))],
        ),
    ]
    return _counted(session, viewer, instant, declared)


def series(session: Session, viewer: Viewer, instant: datetime) -> list[Series]:
    """The bar charts of the page."""
    year = _year(instant)
    hidden = hidden_barriers(viewer)
    declared: list[tuple[str, str, list[_Declared]]] = [
        (
            "Rendez-vous de l’année, par résultat",
            "depuis le 1er janvier",
            [
                (o.label, "", m.Appointment, [Filter("starts_at", "entre", year), Filter("outcome", "est", (o.value,))])
                for o in AppointmentOutcome
            ],
        ),
        (
            "Programmes en cours",
            "un jeune compte dans le plus récent des siens",
            [(p.label, "", m.YoungPerson, [Filter("programme", "est", (p.value,))]) for p in Programme],
        ),
        (
            "Freins déclarés",
            "réponse « oui », plusieurs par jeune",
            [
                (t.label, "", m.Barrier, [Filter("theme", "est", (t.value,)), Filter("state", "est", ("yes",))])
                for t in BarrierTheme
                if t not in hidden
            ],
        ),
        (
            "Sorties de l’année, par motif",
            "depuis le 1er janvier",
            [
                (
                    r.label,
                    "",
                    m.YoungPerson,
                    [Filter("exit_date", "entre", year), Filter("exit_reason", "est", (r.value,))],
                )
                for r in ExitReason
            ],
        ),
        (
            "Employeurs, par relation",
            "toutes les fiches",
            [(r.label, "", m.Employer, [Filter("relationship_state", "est", (r.value,))]) for r in Relationship],
        ),
    ]
    charts = [Series(title, fact, _counted(session, viewer, instant, figures)) for title, fact, figures in declared]
    return [chart for chart in charts if chart.figures]


def _counted(session: Session, viewer: Viewer, instant: datetime, declared: Sequence[_Declared]) -> list[Figure]:
    figures = []
    for label, definition, model, filters in declared:
        if may(viewer, "read", model):
            state = ListState(filters=tuple(filters))
            figures.append(Figure(label, definition, model, state, count_of(session, viewer, model, state, instant)))
    return figures


def _year(instant: datetime) -> tuple[str, str]:
    return date(instant.astimezone(PARIS).year, 1, 1).isoformat(), ""
