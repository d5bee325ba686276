"""The entities that have screens: one line each; what a screen says more than its model stands in a subclass."""

from datetime import datetime, timedelta
from typing import Any

from ml_admin import models as m
from ml_admin.listing import PARIS, Filter, ListState
from ml_admin.permissions import Viewer
from ml_admin.views.base import EntityView, Noun
from ml_admin.views.house import AccountView, RoleView, SettingView
from ml_admin.views.young_people import YoungPersonView


class AppointmentView(EntityView):
    """Appointments: today's, those that wait for their outcome."""

    def saved_views(self, viewer: Viewer, state: ListState) -> list[dict[str, Any]]:
        today = datetime.now(PARIS).date()
        mine = (Filter("counsellor", "est", (str(viewer.counsellor_id),)),) if viewer.counsellor_id else ()
        day = today.isoformat()
        views = [
            ("Tous", ()),
            ("Aujourd’hui", (*mine, Filter("starts_at", "entre", (day, day)))),
            ("À venir", (*mine, Filter("starts_at", "entre", (day, "")), Filter("outcome", "est", ("planned",)))),
            (
                "À renseigner",
                (
                    *mine,
                    Filter("starts_at", "entre", ("", (today - timedelta(days=1)).isoformat())),
                    Filter("outcome", "est", ("planned",)),
                ),
            ),
        ]
        return [
            {
                "label": label,
                "url": self.address(ListState(filters=filters)),
                "current": state.filters == filters,
                "count": None,
            }
            for label, filters in views
        ]


class ActionView(EntityView):
    """Action items: those to do, those that are late."""

    def saved_views(self, viewer: Viewer, state: ListState) -> list[dict[str, Any]]:
        today = datetime.now(PARIS).date()
        open_ = Filter("status", "est", ("todo", "doing"))
        mine = (Filter("counsellor", "est", (str(viewer.counsellor_id),)),) if viewer.counsellor_id else ()
        views = [
            ("Toutes", ()),
            ("À faire", (*mine, open_)),
            ("En retard", (*mine, open_, Filter("due_date", "entre", ("", (today - timedelta(days=1)).isoformat())))),
        ]
        return [
            {
                "label": label,
                "url": self.address(ListState(filters=filters)),
                "current": state.filters == filters,
                "count": None,
            }
            for label, filters in views
        ]


def build_views(db: Any) -> list[EntityView]:
    """Every entity's view, in the order of the menu. Needs an application context."""
    rows: list[tuple[type[EntityView], type[m.Base], str, Noun, str, str, str]] = [
        (
            YoungPersonView,
            m.YoungPerson,
            "Jeunes",
            Noun("jeune", "jeunes", "Nouveau jeune", "Liste des jeunes"),
            "jeunes",
            "young_people",
            "user",
        ),
        (
            EntityView,
            m.Enrolment,
            "Programmes",
            Noun("programme", "programmes", "Nouveau programme", "Liste des programmes"),
            "programmes",
            "enrolments",
            "flag",
        ),
        (
            EntityView,
            m.Situation,
            "Situations",
            Noun("situation", "situations", "Nouvelle situation", "Liste des situations", True),
            "situations",
            "situations",
            "briefcase",
        ),
        (
            EntityView,
            m.Barrier,
            "Freins",
            Noun("frein", "freins", "Nouveau frein", "Liste des freins"),
            "freins",
            "barriers",
            "flag",
        ),
        (
            AppointmentView,
            m.Appointment,
            "Rendez-vous",
            Noun("rendez-vous", "rendez-vous", "Nouveau rendez-vous", "Liste des rendez-vous"),
            "rendez-vous",
            "appointments",
            "calendar-week",
        ),
        (
            ActionView,
            m.ActionItem,
            "Actions",
            Noun("action", "actions", "Nouvelle action", "Liste des actions", True),
            "plan-actions",
            "action_items",
            "checklist",
        ),
        (
            EntityView,
            m.Partner,
            "Partenaires",
            Noun("partenaire", "partenaires", "Nouveau partenaire", "Liste des partenaires"),
            "partenaires",
            "partners",
            "heart-handshake",
        ),
        (
            EntityView,
            m.PartnerContact,
            "Contacts partenaires",
            Noun("contact", "contacts", "Nouveau contact", "Liste des contacts"),
            "contacts-partenaires",
            "partner_contacts",
            "user",
        ),
        (
            EntityView,
            m.Employer,
            "Employeurs",
            Noun("employeur", "employeurs", "Nouvel employeur", "Liste des employeurs"),
            "employeurs",
            "employers",
            "building-factory-2",
        ),
        (
            EntityView,
            m.EmployerContact,
            "Interlocuteurs",
            Noun("interlocuteur", "interlocuteurs", "Nouvel interlocuteur", "Liste des interlocuteurs"),
            "interlocuteurs",
            "employer_contacts",
            "user",
        ),
        (
            EntityView,
            m.EmployerInteraction,
            "Échanges",
            Noun("échange", "échanges", "Nouvel échange", "Liste des échanges"),
            "echanges",
            "interactions",
            "phone",
        ),
        (
            EntityView,
            m.JobOffer,
            "Offres",
            Noun("offre", "offres", "Nouvelle offre", "Liste des offres", True),
            "offres",
            "job_offers",
            "briefcase",
        ),
        (
            EntityView,
            m.JobDating,
            "Job datings",
            Noun("job dating", "job datings", "Nouveau job dating", "Liste des job datings"),
            "job-datings",
            "job_datings",
            "clock-hour-4",
        ),
        (
            EntityView,
            m.Stand,
            "Stands",
            Noun("stand", "stands", "Nouveau stand", "Liste des stands"),
            "stands",
            "stands",
            "building-factory-2",
        ),
        (
            EntityView,
            m.Registration,
            "Inscriptions",
            Noun("inscription", "inscriptions", "Nouvelle inscription", "Liste des inscriptions", True),
            "inscriptions",
            "registrations",
            "checklist",
        ),
        (
            EntityView,
            m.Interview,
            "Entretiens",
            Noun("entretien", "entretiens", "Nouvel entretien", "Liste des entretiens"),
            "entretiens",
            "interviews",
            "clock-hour-4",
        ),
        (
            AccountView,
            m.Account,
            "Comptes",
            Noun("compte", "comptes", "Nouveau compte", "Liste des comptes"),
            "comptes",
            "account_list",
            "lock",
        ),
        (
            RoleView,
            m.Role,
            "Rôles",
            Noun("rôle", "rôles", "Nouveau rôle", "Liste des rôles"),
            "roles",
            "roles",
            "lock",
        ),
        (
            EntityView,
            m.Counsellor,
            "Équipe",
            Noun("personne", "personnes", "Nouvelle personne", "Liste de l’équipe", True),
            "equipe",
            "counsellors",
            "users-group",
        ),
        (
            EntityView,
            m.Site,
            "Sites",
            Noun("site", "sites", "Nouveau site", "Liste des sites"),
            "sites",
            "sites",
            "home",
        ),
        (
            SettingView,
            m.Setting,
            "Règles datées",
            Noun("règle", "règles", "Nouvelle règle", "Liste des règles", True),
            "regles",
            "settings",
            "settings",
        ),
    ]
    return [view(model, db, name, noun, url, endpoint, icon) for view, model, name, noun, url, endpoint, icon in rows]
