"""The closed lists of the trade: stored code, French label."""

from enum import StrEnum
from typing import Self


class Choice(StrEnum):
    """A closed list: `CEJ = "cej", "Contrat d’engagement jeune"`; stored by value, shown by label."""

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def of(cls, code: str) -> Self:
        """The member of this code; ValueError for any other."""
        for member in cls:
            if member.value == code:
                return member
        raise ValueError(f"{code!r} is no {cls.__name__}")

    @classmethod
    def options(cls) -> list[tuple[str, str]]:
        """(code, French label) in the declared order."""
        return [(member.value, member.label) for member in cls]


class RoleName(Choice):
    """Who uses the application."""

    ADMINISTRATOR = "administrator", "Administration"
    MANAGER = "manager", "Direction"
    COUNSELLOR = "counsellor", "Conseil en insertion"
    EMPLOYER_OFFICER = "employer_officer", "Relation entreprises"
    FRONT_DESK = "front_desk", "Accueil"
    AUDITOR = "auditor", "Audit (lecture seule)"


class Scope(Choice):
    """Which records of the rights table a role reaches."""

    ALL = "all", "Tous les sites"
    OWN_SITE = "own_site", "Son site seulement"


class Gender(Choice):
    F = "F", "Femme"
    M = "M", "Homme"


class FileStatus(Choice):
    """Where a young person's file stands; exits carry their reason apart."""

    FIRST_CONTACT = "first_contact", "Premier accueil"
    ACTIVE = "active", "Actif"
    PAUSED = "paused", "En pause"
    CLOSED = "closed", "Sorti"


class ExitReason(Choice):
    DURABLE_EMPLOYMENT = "durable_employment", "Emploi durable"
    SHORT_EMPLOYMENT = "short_employment", "Emploi de courte durée"
    TRAINING = "training", "Formation"
    AGE_LIMIT = "age_limit", "Limite d’âge"
    MOVE = "move", "Déménagement"
    OWN_REQUEST = "own_request", "À sa demande"
    NO_CONTACT = "no_contact", "Sans nouvelles"
    NON_COMPLIANCE = "non_compliance", "Non-respect des engagements"
    TRANSFER = "transfer", "Transfert vers une autre structure"
    OTHER = "other", "Autre"


class EducationLevel(Choice):
    """Today’s scale (since 2019); older Roman codes are translated on the way in."""

    NONE = "none", "Sans diplôme"
    LEVEL_3 = "3", "Niveau 3 (CAP, BEP)"
    LEVEL_4 = "4", "Niveau 4 (bac)"
    LEVEL_5 = "5", "Niveau 5 (bac + 2)"
    LEVEL_6 = "6", "Niveau 6 (licence)"
    LEVEL_7 = "7", "Niveau 7 (master et plus)"


class AppointmentKind(Choice):
    INDIVIDUAL = "individual", "Entretien individuel"
    PARTNER = "partner", "Entretien par un partenaire"
    WORKSHOP = "workshop", "Atelier collectif"
    COLLECTIVE_INFORMATION = "collective_information", "Information collective"
    COMPANY_VISIT = "company_visit", "Visite d’entreprise"
    OUTDOOR_ACTIVITY = "outdoor_activity", "Activité extérieure"
    SERVICE = "service", "Prestation"
    OTHER = "other", "Autre"


class AppointmentMode(Choice):
    IN_PERSON = "in_person", "Sur place"
    PHONE = "phone", "Téléphone"
    VIDEO = "video", "Visio"
    HOME = "home", "À domicile"


class AppointmentOutcome(Choice):
    """Absent, excused, cancelled and rescheduled are never collapsed."""

    PLANNED = "planned", "Prévu"
    ATTENDED = "attended", "Venu"
    ABSENT = "absent", "Absent"
    ABSENT_EXCUSED = "absent_excused", "Excusé"
    CANCELLED = "cancelled", "Annulé"
    RESCHEDULED = "rescheduled", "Reporté"


class ActionStatus(Choice):
    TODO = "todo", "À faire"
    DOING = "doing", "En cours"
    DONE = "done", "Faite"
    CANCELLED = "cancelled", "Abandonnée"


class ActionOwner(Choice):
    YOUNG_PERSON = "young_person", "Le jeune"
    COUNSELLOR = "counsellor", "Le conseiller"
    PARTNER = "partner", "Un partenaire"


class Theme(Choice):
    """What an action is about."""

    EMPLOYMENT = "employment", "Emploi"
    TRAINING = "training", "Formation"
    PROJECT = "project", "Projet"
    MOBILITY = "mobility", "Mobilité"
    HOUSING = "housing", "Logement"
    HEALTH = "health", "Santé"
    MONEY = "money", "Budget"
    RIGHTS = "rights", "Droits et papiers"
    DIGITAL = "digital", "Numérique"
    CITIZENSHIP = "citizenship", "Citoyenneté, loisirs"
    OTHER = "other", "Autre"


class BarrierTheme(Choice):
    """France Travail’s « contraintes » codes, plus digital."""

    MOBILITY = "23", "Mobilité"
    FAMILY = "24", "Famille, garde d’enfant"
    HEALTH = "25", "Santé"
    LITERACY = "26", "Lire, écrire, compter"
    HOUSING = "27", "Logement"
    MONEY = "28", "Argent"
    LEGAL = "29", "Administratif et justice"
    DIGITAL = "digital", "Numérique"


class BarrierState(Choice):
    NOT_DISCUSSED = "not_discussed", "Non abordé"
    YES = "yes", "Oui"
    NO = "no", "Non"
    LIFTED = "lifted", "Levé"


class ObjectiveState(Choice):
    NOT_DISCUSSED = "not_discussed", "Non abordé"
    IN_PROGRESS = "in_progress", "En cours"
    REACHED = "reached", "Atteint"
    ABANDONED = "abandoned", "Abandonné"


class Programme(Choice):
    """Schemes (dispositifs); Garantie jeunes and CIVIS are history."""

    PACEA = "PACEA", "PACEA"
    CEJ = "CEJ", "CEJ"
    GARANTIE_JEUNES = "GARANTIE_JEUNES", "Garantie jeunes"
    OBLIGATION_FORMATION = "OBLIGATION_FORMATION", "Obligation de formation"
    CIVIS = "CIVIS", "CIVIS"


class SituationKind(Choice):
    CDI = "cdi", "CDI"
    CDD_LONG = "cdd_long", "CDD de 6 mois et plus"
    CDD_SHORT = "cdd_short", "CDD de moins de 6 mois"
    INTERIM = "interim", "Intérim"
    ALTERNANCE = "alternance", "Alternance, apprentissage"
    SUBSIDISED = "subsidised", "Contrat aidé"
    INSERTION = "insertion", "Insertion par l’activité"
    EMPLOYMENT = "employment", "Emploi (contrat non précisé)"
    TRAINING = "training", "Formation"
    IMMERSION = "immersion", "Immersion (PMSMP)"
    CIVIC_SERVICE = "civic_service", "Service civique"
    VOLUNTEERING = "volunteering", "Bénévolat"
    SCHOOL = "school", "Scolarité"
    JOB_SEEKER = "job_seeker", "Recherche d’emploi"
    BUSINESS_CREATION = "business_creation", "Création d’activité"
    ESAT = "esat", "ESAT"


class SituationState(Choice):
    PLANNED = "planned", "Prévue"
    CURRENT = "current", "En cours"
    ENDED = "ended", "Terminée"


class PartnerKind(Choice):
    """What a partner is first called for."""

    TRAINING = "training", "Formation"
    HOUSING = "housing", "Logement"
    HEALTH = "health", "Santé"
    EMPLOYMENT = "employment", "Emploi"
    SOCIAL = "social", "Action sociale"
    MOBILITY = "mobility", "Mobilité"
    JUSTICE = "justice", "Droit et justice"


class Relationship(Choice):
    PROSPECT = "prospect", "Prospect"
    DISCUSSION = "discussion", "En discussion"
    ACTIVE = "active", "Partenaire actif"
    DORMANT = "dormant", "En sommeil"


class InteractionKind(Choice):
    PHONE = "phone", "Téléphone"
    EMAIL = "email", "E-mail"
    VISIT = "visit", "Visite"
    MEETING = "meeting", "Réunion"
    EVENT = "event", "Évènement"
    IMMERSION_FOLLOW_UP = "immersion_follow_up", "Suivi d’immersion"


class InteractionOutcome(Choice):
    POSITIVE = "positive", "Favorable"
    NEUTRAL = "neutral", "Neutre"
    NEGATIVE = "negative", "Défavorable"
    TO_FOLLOW_UP = "to_follow_up", "À suivre"


class Contract(Choice):
    CDI = "cdi", "CDI"
    CDD = "cdd", "CDD"
    ALTERNANCE = "alternance", "Alternance"
    INTERIM = "interim", "Intérim"
    PMSMP = "pmsmp", "Immersion (PMSMP)"
    INSERTION = "insertion", "Insertion"
    SUBSIDISED = "subsidised", "Contrat aidé"
    OTHER = "other", "Autre"


class OfferStatus(Choice):
    OPEN = "open", "Ouverte"
    FILLED = "filled", "Pourvue"
    EXPIRED = "expired", "Expirée"
    WITHDRAWN = "withdrawn", "Retirée"


class EventStatus(Choice):
    PREPARING = "preparing", "En préparation"
    OPEN = "open", "Inscriptions ouvertes"
    RUNNING = "running", "En cours"
    CLOSED = "closed", "Terminé"
    CANCELLED = "cancelled", "Annulé"


class RegistrationStatus(Choice):
    REGISTERED = "registered", "Inscrit"
    WAITING = "waiting", "Liste d’attente"
    PRESENT = "present", "Présent"
    EXCUSED = "excused", "Excusé"
    ABSENT = "absent", "Absent"
    WALK_IN = "walk_in", "Venu sans inscription"
    CANCELLED = "cancelled", "Désinscrit"


class InterviewStatus(Choice):
    REGISTERED = "registered", "Inscrit"
    WAITING = "waiting", "Liste d’attente"
    HELD = "held", "Passé"
    MISSED = "missed", "Manqué"
    CANCELLED = "cancelled", "Annulé"


class InterviewOutcome(Choice):
    KEPT = "kept", "Candidature gardée"
    SECOND_INTERVIEW = "second_interview", "Second entretien"
    TRIAL = "trial", "Essai ou immersion"
    HIRED = "hired", "Recruté"
    REFUSED = "refused", "Non retenu"
    TO_CALL_BACK = "to_call_back", "À rappeler"


class BatchState(Choice):
    """Life of an import."""

    READING = "reading", "Lecture en cours"
    STAGED = "staged", "À vérifier"
    APPLYING = "applying", "Écriture en cours"
    APPLIED = "applied", "Écrit"
    UNDONE = "undone", "Annulé"
    REFUSED = "refused", "Fichier refusé"
    ABANDONED = "abandoned", "Abandonné"


class Verdict(Choice):
    """What an import will do with one row."""

    CREATE = "create", "À créer"
    UPDATE = "update", "À mettre à jour"
    UNCHANGED = "unchanged", "Inchangée"
    DECIDE = "decide", "À décider"
    REFUSED = "refused", "Refusée"
    SKIP = "skip", "Ignorée"
    DELETE = "delete", "À supprimer"


class LookalikeState(Choice):
    """What is known of two records that look alike."""

    OPEN = "open", "À regarder"
    DISTINCT = "distinct", "Deux fiches différentes"
    MERGED = "merged", "Réunies"


class JobState(Choice):
    WAITING = "waiting", "En attente"
    RUNNING = "running", "En cours"
    DONE = "done", "Terminé"
    FAILED = "failed", "Échoué"
