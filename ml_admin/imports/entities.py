"""What an old file may hold: each importable entity, its fields, the headings that announce them, how cells are cleaned.

Labels, aliases and cleaners come from the models (`described`); what stands here is import vocabulary only:
several fields in one cell, related records in one row, the words of old files.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import DeclarativeBase

from ml_admin.fields import fields_of
from ml_admin.imports import old_headings as words
from ml_admin.models import (
    ActionItem,
    Appointment,
    Barrier,
    Employer,
    EmployerContact,
    Enrolment,
    Interview,
    Partner,
    PartnerContact,
    Stand,
    YoungPerson,
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column may mean: the fields that its cells fill and the headings that say so."""

    fields: tuple[str, ...]
    label: str
    cleaner: str
    headings: tuple[str, ...]
    weight: float  # how much such a column speaks for its entity
    strict: bool  # the cleaner refuses what is not of its kind, so contents are evidence

    @property
    def key(self) -> str:
        return "+".join(self.fields)

    @property
    def claims(self) -> tuple[str, ...]:
        """The fields that no other column may fill; what a cell says besides gives way to a column of its own."""
        return self.fields[:1] if self.cleaner in ("action_status", "contact", "siret") else self.fields


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of record that an import makes."""

    name: str
    label: str
    meanings: tuple[Meaning, ...]
    needs: tuple[frozenset[str], ...]  # a table is read as this entity if it fills one of these sets
    required: tuple[str, ...]  # a record without one of them is an error
    hints: tuple[str, ...]  # in a sheet name or title they speak for the entity

    def meaning(self, key: str) -> Meaning | None:
        return next((one for one in self.meanings if one.key == key), None)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for one in self.meanings for name in one.fields))


# cleaners that accept any text: what a column holds then proves nothing
FREE = frozenset(
    ("text", "notes", "name", "last_name", "birth_name", "first_name", "full_name", "city", "postcode_city", "address")
    + ("contact", "positions")
)


def _said(name: str, label: str, cleaner: str, headings: str = "", weight: float = 1.0) -> Meaning:
    """`headings`: separated by semicolons."""
    plain = "" if "+" in name else name  # a file written by a program may use the field's own name
    said = tuple(one.strip() for one in f"{label}; {headings}; {plain}".split(";") if one.strip())
    return Meaning(tuple(name.split("+")), label, cleaner, said, weight, cleaner not in FREE)


def _of(
    model: type[DeclarativeBase],
    attribute: str,
    headings: str = "",
    *,
    name: str = "",
    cleaner: str = "",
    weight: float = 1.0,
) -> Meaning:
    """A meaning read from the model's own declaration, with more headings of old files."""
    field = fields_of(model)[attribute]
    said = f"{_aliases(model, attribute)}; {headings}"
    return _said(name or attribute, field.label, cleaner or field.cleaner, said, weight)


def _aliases(model: type[DeclarativeBase], attribute: str) -> str:
    return "; ".join(fields_of(model)[attribute].aliases)


def _others(model: type[DeclarativeBase], told: Iterable[Meaning]) -> tuple[Meaning, ...]:
    """The other importable fields of a model, so that a new field is recognised without a line here."""
    known = {name for one in told for name in one.fields}
    return tuple(
        _said(name, field.label, field.cleaner, _aliases(model, name), 0.5)
        for name, field in fields_of(model).items()
        if field.imported and field.cleaner and name not in known
    )


_PERSON = (
    _of(YoungPerson, "last_name", words.LAST_NAME),
    _of(YoungPerson, "first_name", words.FIRST_NAME),
    _said("last_name+first_name", "Nom et prénom", "full_name", words.WHOLE_NAME),
)


def _young_person() -> tuple[Meaning, ...]:
    told = (
        *_PERSON,
        _of(YoungPerson, "birth_name", "nom jf; nom de jf; née (nom); nom patronymique"),
        _of(
            YoungPerson,
            "birth_date",
            "né(e); naissance; date naiss.; date de naiss; d. naissance; dn; d.d.n.; né en; né(e) en; date nais; anniversaire; jour de naissance; dob; date of birth; birth date",
            weight=3,
        ),
        _of(YoungPerson, "gender", "civ.; civ; sexe (h/f); f / h; m/f; m / mme; titre; h ou f; gender; sex"),
        _of(YoungPerson, "phone", words.PHONE),
        _of(YoungPerson, "phone2", words.PHONE2),
        _of(YoungPerson, "email", words.EMAIL),
        _of(YoungPerson, "address", words.ADDRESS),
        _of(YoungPerson, "postcode", words.POSTCODE),
        _of(YoungPerson, "city", words.CITY),
        _said("postcode+city", "Code postal et commune", "postcode_city", words.PLACE),
        _said("address+postcode+city", "Adresse complète", "address", words.FULL_ADDRESS),
        _of(
            YoungPerson,
            "education_level",
            "niveau d'études; niv. formation; niv.; formation initiale; niveau d'étude; diplôme obtenu; dernier diplôme; études; scolarité; niveau de diplôme; niveau de qualification; qualification; niv d'études",
            weight=2,
        ),
        _of(
            YoungPerson,
            "driving_licence",
            "permis o/n; permis (o/n); permis b (o/n); permis ?; titulaire du permis; a le permis",
            weight=2,
        ),
        _of(YoungPerson, "counsellor", words.COUNSELLOR),
        _of(
            YoungPerson,
            "site",
            "antenne de rattachement; site de rattachement; lieu d'accueil; lieu de suivi; point d'accueil; site d'accueil; antenne / permanence; agence",
            cleaner="site",
            weight=0.5,
        ),
        _of(
            Enrolment,
            "programme",
            "dispositifs; programmes; cej/pacea/gj; accompagnement; parcours; contrat; contrat d'engagement; type d'accompagnement; mesures; cej / pacea; cej; pacea; dispositif d'accompagnement; contractualisation",
            name="programmes",
            weight=2,
        ),
        _of(
            YoungPerson,
            "status",
            "où en est-on ?; statut du dossier; situation actuelle; état dossier; suivi; statut actuel; position; devenir",
            weight=1.5,
        ),
        _of(
            Barrier,
            "theme",
            "freins identifiés; freins périphériques; difficulté; difficultés rencontrées; problèmes; problématique; obstacles; besoins; freins à l'emploi; points à travailler",
            name="barriers",
            weight=2,
        ),
        _of(
            YoungPerson,
            "registration_date",
            "inscription; date 1er accueil; date du 1er accueil; premier accueil; date d'accueil; entré le; entrée; date entrée; date 1er contact; 1er rdv; premier rendez-vous; date inscription; accueilli le; arrivé le; date de premier contact; inscrit depuis; créé le; created; date de création du dossier",
            weight=1.5,
        ),
        _of(YoungPerson, "notes", words.NOTES, cleaner="notes"),
        _of(YoungPerson, "has_vehicle", "motorisé; moyen de locomotion; a une voiture; véhicule personnel"),
        _of(
            YoungPerson,
            "rqth",
            "reconnaissance th; travailleur handicapé; reconnaissance travailleur handicapé; th",
            weight=0.5,
        ),
        _of(
            YoungPerson,
            "exit_reason",
            "raison de sortie; motif de fin d'accompagnement; motif de clôture; cause de sortie; motif de la sortie",
            cleaner="exit_reason",
        ),
        _of(
            YoungPerson,
            "external_id",
            "n° de dossier; numéro dossier; dossier; num; n° id; n° jeune; n° usager; code jeune; n° i-milo; id i-milo; id jeune; matricule; identifiant dans le si; identifiant interne; n° d'inscription",
        ),
    )
    return told + _others(YoungPerson, told)


def _employer() -> tuple[Meaning, ...]:
    told = (
        _of(Employer, "name", words.EMPLOYER_NAME, weight=2.5),
        _said(
            "siret+siren",
            "SIRET",
            "siret",
            "n° siret; siret / siren; siren; n° siren; siret ou siren; numéro siret; n° de siret; identifiant siret; tva intracommunautaire",
            3,
        ),
        _said(
            "contact_name+contact_role", "Contact", "contact", f"{words.CONTACT}; {_aliases(EmployerContact, 'name')}"
        ),
        _of(EmployerContact, "role", words.ROLE, name="contact_role", cleaner="text"),
        _of(Employer, "phone", f"{words.PHONE}; téléphone fixe; standard"),
        _of(Employer, "email", words.EMAIL),
        _of(Employer, "address", f"{words.ADDRESS}; siège"),
        _of(Employer, "postcode", words.POSTCODE),
        _of(Employer, "city", f"{words.CITY}; lieu; localisation; implantation"),
        _said("postcode+city", "Code postal et commune", "postcode_city", words.PLACE),
        _said("address+postcode+city", "Adresse complète", "address", words.FULL_ADDRESS),
        _of(
            Employer, "sector", "branche; métier; type d'activité; activités; secteur pro; domaine d'activité", weight=2
        ),
        _said(
            "headcount_min+headcount_max",
            "Effectif",
            "headcount",
            "effectifs; nb de salariés; nb salariés; nombre de salariés; salariés; taille; tranche d'effectif; nb d'employés; effectif total",
            2,
        ),
        _said("headcount_min", "Effectif, au moins", "integer", "effectif min; salariés min; effectif minimal", 1),
        _said("headcount_max", "Effectif, au plus", "integer", "effectif max; salariés max; effectif maximal", 1),
        _of(
            Employer,
            "relationship_state",
            "état de la relation; statut de la relation; type de relation; niveau de relation; état relation",
            cleaner="relationship_state",
        ),
        _of(
            Employer,
            "officer",
            "cre; c.r.e.; chargé de mission entreprises; chargé des relations entreprises; conseillère; conseiller entreprise; conseiller entreprises; conseiller emploi; conseiller en charge; "
            "référent ml; interlocuteur ml; qui suit; suivie par; prospecteur; visité par; contacté par; prospecté par; portefeuille de",
        ),
        _of(Employer, "next_action", "suite à donner; action à venir; à faire; prochaine étape"),
        _of(
            Employer,
            "last_contact_date",
            "date du dernier contact; contact le; dernière visite; visité le; date de contact; dernier échange; rencontré le; date contact",
            weight=2,
        ),
        _of(
            Employer,
            "offers_count",
            "nb postes; nb d'offres; offres en cours; postes à pourvoir; nombre de postes; offres; nb offres en cours; besoins en recrutement; recrutements prévus",
            weight=2,
        ),
        _of(Employer, "notes", words.NOTES, cleaner="notes"),
    )
    return told + _others(Employer, told)


def _partner() -> tuple[Meaning, ...]:
    told = (
        _of(Partner, "name", words.PARTNER_NAME, weight=2.5),
        _of(
            Partner,
            "kind",
            "type de structure; type de partenaire; domaine d'intervention; thème; champ; type d'organisme",
            weight=2,
        ),
        _of(Partner, "address", words.ADDRESS),
        _of(Partner, "postcode", words.POSTCODE),
        _of(Partner, "city", f"{words.CITY}; lieu"),
        _said("postcode+city", "Code postal et commune", "postcode_city", words.PLACE),
        _said("address+postcode+city", "Adresse complète", "address", words.FULL_ADDRESS),
        _said(
            "contact_name+contact_role",
            "Contact",
            "contact",
            f"{words.CONTACT}; {_aliases(PartnerContact, 'name')}; référent; référente",
        ),
        _of(PartnerContact, "role", words.ROLE, name="contact_role", cleaner="text"),
        _of(Partner, "phone", f"{words.PHONE}; standard"),
        _of(Partner, "email", words.EMAIL),
        _of(
            Partner,
            "has_agreement",
            "convention o/n; convention (o/n); conventionnement; partenariat signé; convention de partenariat",
            weight=3,
        ),
        _of(Partner, "notes", words.NOTES, cleaner="notes"),
    )
    return told + _others(Partner, told)


def _appointment() -> tuple[Meaning, ...]:
    return (
        _said("date", "Date", "due_date", words.DATE, 1.5),
        _said(
            "time",
            "Heure",
            "time",
            "heure rdv; heure du rdv; horaire; h; à; créneau; heure de rdv; horaires; heure début; heure de début; début",
            2,
        ),
        *_PERSON,
        _of(Appointment, "counsellor", words.COUNSELLOR),
        _of(
            Appointment,
            "purpose",
            "objet du rendez-vous; motif du rdv; nature; type de rdv; type d'entretien; thème; pour quoi; type rdv; raison; motif de l'entretien",
            weight=2,
        ),
        _said(
            "duration_min",
            "Durée",
            "duration",
            "durée (min); durée en minutes; temps; durée rdv; durée min; tps; durée prévue",
            2,
        ),
        _of(
            Appointment,
            "outcome",
            "venu ?; venu(e); présent ?; présent/absent; p/a; présence (o/n); suite; réalisé; rdv honoré; honoré; issue; état; présent o/n",
            weight=2,
        ),
        _of(
            Appointment,
            "mode",
            "mode; modalité; comment; forme; tel/visio/présentiel; type de contact; modalités; présentiel/distanciel; canal",
            weight=2,
        ),
        _of(
            Appointment,
            "kind",
            "nature; type de rdv; type d'entretien; type rdv; type de rendez-vous",
            cleaner="appointment_kind",
        ),
        _of(Appointment, "notes", words.NOTES, cleaner="notes"),
        _said("phone", "Téléphone", "phone", words.PHONE, 0.3),
    )


def _action_item() -> tuple[Meaning, ...]:
    return (
        *_PERSON,
        _of(
            ActionItem,
            "label",
            "action à faire; actions; action à mener; tâche; démarche; démarches; à faire; étape; objet; description; action prévue; actions à réaliser; quoi ?",
            weight=3,
        ),
        _of(
            ActionItem,
            "due_date",
            "date d'échéance; délai; pour quand; quand; à faire avant; date butoir; à faire pour le; date prévisionnelle; pour quand ?; limite; avant le",
            weight=2,
        ),
        _said(
            "status+done_date",
            "État",
            "action_status",
            _aliases(ActionItem, "status")
            + "; fait ?; état d'avancement; réalisée; réalisé ?; fait o/n; terminé; ok ?; où ça en est; suite donnée",
            2,
        ),
        _of(ActionItem, "done_date", "fait le; réalisé le; faite le; date réalisation; terminé le"),
        _of(ActionItem, "counsellor", f"{words.COUNSELLOR}; responsable; qui s'en occupe"),
        _of(
            ActionItem,
            "hours",
            "nb h cej; nb d'heures; heures; nombre d'heures; volume horaire; h. cej",
            cleaner="hours",
        ),
        _of(
            ActionItem,
            "owner",
            "qui fait quoi; qui fait; qui; réalisée par; à faire par; porteur de l'action; acteur",
            cleaner="action_owner",
        ),
        _of(ActionItem, "notes", words.NOTES, cleaner="notes"),
    )


def _registration() -> tuple[Meaning, ...]:
    kept = {
        "birth_date",
        "gender",
        "phone",
        "phone2",
        "email",
        "postcode",
        "city",
        "postcode+city",
        "counsellor",
        "education_level",
        "driving_licence",
        "programmes",
        "address",
        "external_id",
    }
    return (
        *_PERSON,
        *(one for one in _young_person() if one.key in kept),
        _said(
            "employer",
            "Employeur",
            "name",
            f"{words.EMPLOYER_NAME}; entreprise souhaitée; entreprises souhaitées; stand / entreprise; voeu; voeux",
            2,
        ),
        _of(Interview, "slot", "créneau; horaire; heure de passage; heure entretien; passage; heure rdv", weight=2),
        _said("status", "État", "registration_mark", "statut; inscription; liste; inscrit; liste d'attente"),
        _of(
            Interview,
            "preference",
            "préférence; ordre; choix n°; n° de choix; priorité; rang; voeu n°; n° de voeu",
            weight=2,
        ),
    )


def _slot() -> tuple[Meaning, ...]:
    return (
        _said("slot", "Créneau", "time", "heure; horaire; heures; horaires; h; créneaux; heure de passage", 2),
        _said("employer", "Employeur", "name", words.EMPLOYER_NAME, 2),
        *_PERSON,
    )


def _job_dating_employer() -> tuple[Meaning, ...]:
    return (
        _said("employer", "Employeur", "name", f"{words.EMPLOYER_NAME}; nom; structure; exposant; exposants", 2),
        _of(Stand, "number", "n° stand; stand n°; emplacement; n° de table; box", name="stand", weight=3),
        _of(
            Stand,
            "positions",
            "postes à pourvoir; postes recherchés; profils recherchés; métiers proposés; offres proposées; poste(s); emplois; recherche",
            weight=2,
        ),
        _said(
            "people",
            "Personnes présentes",
            "integer",
            "nb personnes; nb de personnes; nombre de personnes; nb recruteurs; recruteurs; nb représentants; nb de recruteurs; personnes",
            2,
        ),
    )


_NAMED = frozenset({"last_name", "first_name"})

ENTITIES: dict[str, Entity] = {
    one.name: one
    for one in (
        Entity(
            "young_person",
            "Jeunes",
            _young_person(),
            (_NAMED, frozenset({"last_name", "birth_date"})),
            ("last_name", "first_name"),
            (
                "jeune",
                "jeunes",
                "inscrits",
                "suivi",
                "accueil",
                "permanence",
                "cej",
                "pacea",
                "garantie",
                "beneficiaires",
                "portefeuille",
                "public",
            ),
        ),
        Entity(
            "employer",
            "Employeurs",
            _employer(),
            (frozenset({"name"}),),
            ("name",),
            (
                "entreprise",
                "entreprises",
                "employeur",
                "employeurs",
                "prospects",
                "prospection",
                "societes",
                "recruteurs",
            ),
        ),
        Entity(
            "partner",
            "Partenaires",
            _partner(),
            (frozenset({"name"}),),
            ("name",),
            ("partenaire", "partenaires", "annuaire", "structures", "associations", "organismes", "reseau"),
        ),
        Entity(
            "appointment",
            "Rendez-vous",
            _appointment(),
            (_NAMED | {"date"}, _NAMED | {"time"}),
            ("last_name", "first_name"),
            ("rdv", "rendez", "planning", "agenda", "entretiens", "permanence", "calendrier"),
        ),
        Entity(
            "action_item",
            "Actions",
            _action_item(),
            (_NAMED | {"label"},),
            ("last_name", "first_name", "label"),
            ("action", "actions", "plan", "taches", "demarches", "todo"),
        ),
        Entity(
            "job_dating_registration",
            "Inscriptions au job dating",
            _registration(),
            (_NAMED | {"employer"},),
            ("last_name", "first_name"),
            ("job", "dating", "inscriptions", "forum", "candidats", "jobdating", "speed"),
        ),
        Entity(
            "job_dating_slot",
            "Créneaux du job dating",
            _slot(),
            (_NAMED | {"employer", "slot"},),
            ("slot", "employer"),
            ("job", "dating", "creneaux", "planning", "entretiens", "passages", "jobdating"),
        ),
        Entity(
            "job_dating_employer",
            "Stands du job dating",
            _job_dating_employer(),
            (frozenset({"employer", "stand"}), frozenset({"employer", "positions"})),
            ("employer",),
            ("job", "dating", "stands", "exposants", "forum", "jobdating"),
        ),
    )
}
