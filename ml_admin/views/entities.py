"""The entities that have screens: one line each, and a subclass where a screen says more than its model."""

from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from sqlalchemy import func, select

from ml_admin import models as m
from ml_admin import settings
from ml_admin.choices import ActionStatus, AppointmentOutcome, FileStatus
from ml_admin.column_types import now
from ml_admin.listing import PARIS, Filter, ListState
from ml_admin.permissions import Viewer, may, may_see
from ml_admin.views import formats
from ml_admin.views.base import EntityView, Noun


class YoungPersonView(EntityView):
    """The young people: saved lists, and the file's header."""

    def saved_views(self, viewer: Viewer, state: ListState) -> list[dict[str, Any]]:
        today = datetime.now(PARIS).date()
        mine = (Filter("counsellor", "est", (str(viewer.counsellor_id),)),) if viewer.counsellor_id else ()
        adult = (
            today.replace(year=today.year - 18) if (today.month, today.day) != (2, 29) else today - timedelta(days=6575)
        )
        views: list[tuple[str, tuple[Filter, ...]]] = [("Tous", ())]
        if mine:
            views.append(("Mes jeunes", mine))
        if may(viewer, "read", m.Appointment):
            open_file = Filter("status", "est", ("active", "first_contact"))
            views.append(("Sans rendez-vous à venir", (*mine, open_file, Filter("next_appointment", "vide"))))
        if may(viewer, "read", m.Enrolment):
            views.append(("CEJ en cours", (Filter("programme", "est", ("CEJ",)),)))
        views.append(("Mineurs", (Filter("birth_date", "entre", ((adult + timedelta(days=1)).isoformat(), "")),)))
        return [
            {
                "label": label,
                "url": self.address(ListState(filters=filters)),
                "current": state.filters == filters and not state.search,
                "count": None,
            }
            for label, filters in views
        ]

    def subtitle(self, record: m.YoungPerson) -> str:
        today = datetime.now(PARIS).date()
        parts = []
        if record.birth_date:
            born = {"F": "née", "M": "né"}.get(record.gender or "", "né(e)")
            parts.append(f"{record.age_on(today)} ans, {born} le {formats.day(record.birth_date)}")
        if record.city:
            parts.append(record.city)
        if record.registration_date:
            parts.append(f"inscription le {formats.day(record.registration_date)}")
        return " · ".join(parts)

    def badges(self, viewer: Viewer, record: m.YoungPerson) -> list[dict[str, Any]]:
        badges = super().badges(viewer, record)
        if may(viewer, "read", m.Enrolment):
            today = datetime.now(PARIS).date()
            running = [e for e in record.enrolments if e.ends_on is None or e.ends_on >= today]
            badges += [{"label": e.programme.label, "kind": "info", "shape": "st-diamond"} for e in running[:4]]
        return badges

    def facts(self, viewer: Viewer, record: m.YoungPerson) -> list[dict[str, Any]]:
        facts = [{"label": "Référent", "value": record.counsellor.full_name if record.counsellor else ""}]
        if may(viewer, "read", m.Appointment):
            last, following = self._appointments(record)
            facts.append({"label": "Dernier contact", "value": formats.instant(last) if last else ""})
            facts.append({"label": "Prochain rendez-vous", "value": formats.instant(following) if following else ""})
        if may_see(viewer, m.YoungPerson, "preferred_contact"):
            facts.append({"label": "Joindre de préférence", "value": record.preferred_contact or ""})
        return facts

    def record_buttons(self, viewer: Viewer, record: m.YoungPerson) -> list[dict[str, Any]]:
        buttons = super().record_buttons(viewer, record)
        if may_see(viewer, m.YoungPerson, "phone") and record.phone:
            buttons.append({"label": formats.phone(record.phone), "icon": "phone", "url": f"tel:{record.phone}"})
        if may_see(viewer, m.YoungPerson, "email") and record.email:
            buttons.append({"label": "Écrire", "icon": "mail", "url": f"mailto:{record.email}"})
        return buttons

    def alerts(self, viewer: Viewer, record: m.YoungPerson) -> dict[str, Any] | None:
        today = datetime.now(PARIS).date()
        lines = []
        if record.is_minor_on(today) and not record.representative and may_see(viewer, m.YoungPerson, "representative"):
            lines.append("Mineur sans représentant légal noté.")
        limit = settings.number(self.orm, "age.max", today) + 1
        if record.birth_date and record.status is not FileStatus.CLOSED:
            left = (_birthday(record.birth_date, limit) - today).days
            if 0 <= left <= 92:
                lines.append(f"{limit} ans dans {left} jours.")
            elif left < 0:
                lines.append(f"{limit} ans passés depuis le {formats.day(_birthday(record.birth_date, limit))}.")
        if may(viewer, "read", m.ActionItem) and (late := self._late_actions(record, today)):
            lines.append(f"{late} {'action' if late < 2 else 'actions'} en retard.")
        return {"title": "À voir", "lines": lines} if lines else None

    def _appointments(self, record: m.YoungPerson) -> tuple[datetime | None, datetime | None]:
        of_record = select(func.max(m.Appointment.starts_at)).where(m.Appointment.young_person_id == record.id)
        last = self.orm.scalar(of_record.where(m.Appointment.outcome == AppointmentOutcome.ATTENDED))
        following = select(func.min(m.Appointment.starts_at)).where(m.Appointment.young_person_id == record.id)
        planned = following.where(m.Appointment.outcome == AppointmentOutcome.PLANNED, m.Appointment.starts_at >= now())
        return last, self.orm.scalar(planned)

    def _late_actions(self, record: m.YoungPerson, today: Any) -> int:
        open_ = m.ActionItem.status.in_([ActionStatus.TODO, ActionStatus.DOING])
        query = select(func.count()).where(
            m.ActionItem.young_person_id == record.id, open_, m.ActionItem.due_date < today
        )
        return self.orm.scalar(query) or 0


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


class EmployerView(EntityView):
    """Employers: where the relation stands."""

    def facts(self, viewer: Viewer, record: m.Employer) -> list[dict[str, Any]]:
        return [
            {"label": "Chargé de relation", "value": record.officer.full_name if record.officer else ""},
            {"label": "Dernier contact", "value": formats.text_of(record.last_contact_date)},
            {"label": "Prochaine action", "value": record.next_action or ""},
            {"label": "Prévue le", "value": formats.text_of(record.next_action_on)},
        ]


class AccountView(EntityView):
    """Accounts: closed rather than deleted; passwords go by one-time links."""

    def more_buttons(self, viewer: Viewer, record: m.Account) -> list[dict[str, Any]]:
        return account_buttons(viewer, record) if may(viewer, "update", m.Account) else []


def account_buttons(viewer: Viewer, record: m.Account) -> list[dict[str, Any]]:
    """What an administrator does for an account: see views/accounts.py."""
    return [
        {
            "label": "Lien pour un nouveau mot de passe",
            "icon": "lock",
            "url": url_for("accounts.issue_link", key=record.id),
            "post": True,
        },
        {
            "label": "Fermer ses sessions",
            "icon": "logout",
            "url": url_for("accounts.end_sessions", key=record.id),
            "post": True,
        },
        {
            "label": "Retirer le code de vérification",
            "icon": "lock",
            "url": url_for("accounts.reset_totp", key=record.id),
            "post": True,
        },
    ]


def _birthday(birth: Any, years: int) -> Any:
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:  # born on 29 February
        return birth.replace(year=birth.year + years, month=3, day=1)


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
            EmployerView,
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
            EntityView,
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
            EntityView,
            m.Setting,
            "Règles datées",
            Noun("règle", "règles", "Nouvelle règle", "Liste des règles", True),
            "regles",
            "settings",
            "settings",
        ),
    ]
    return [view(model, db, name, noun, url, endpoint, icon) for view, model, name, noun, url, endpoint, icon in rows]
