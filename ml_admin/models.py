"""Every table of ML Admin: read from top to bottom it is the data dictionary of a Mission Locale.

Holds tables, constraints and rules about one record; queries, imports and figures live upstairs.
What an attribute means to people stands in its `info=described(...)`; see fields.py.
Instants are UTC (`UtcDateTime`); days are plain dates. There is no column for a social-security number.
Table.info: `journaled` (default true) says whether triggers write its changes to the journal; see triggers.py.
Column.info: `secret` keeps a column out of the journal.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship

from ml_admin import choices
from ml_admin.column_types import Json, UtcDateTime, choice, now
from ml_admin.fields import described
from ml_admin.text import person_case

_Key = BigInteger().with_variant(Integer(), "sqlite")  # only INTEGER PRIMARY KEY counts up on SQLite


class Base(DeclarativeBase):
    """Gives every table its key."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    id: Mapped[int] = mapped_column(_Key, primary_key=True)


class Versioned:
    """A record that several people may change: `version` counts its changes."""

    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, server_default=text("CURRENT_TIMESTAMP"))

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]


class Extra:
    """Keeps what an imported file had and the model has not."""

    extra: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default=text("'{}'"))


def _folded(*columns: str) -> Computed:
    """A search key kept by the database itself, bulk and foreign writes included."""
    joined = " || ' ' || ".join(f"coalesce({column}, '')" for column in columns)
    return Computed(f"ml_fold({joined})", persisted=True)


def _in_order(first: str, last: str) -> CheckConstraint:
    return CheckConstraint(f"{last} IS NULL OR {first} IS NULL OR {last} >= {first}", name=f"{first}_before_{last}")


def _post_code(column: str = "postcode") -> CheckConstraint:
    return CheckConstraint(f"{column} IS NULL OR length({column}) = 5", name=column)


def _to(target: str, ondelete: str) -> ForeignKey:
    return ForeignKey(f"{target}.id", ondelete=ondelete)


# --- The house: sites, staff, accounts ------------------------------------------------------------------------------


class Site(Versioned, Base):
    """A place where young people are received (siège, antenne, permanence)."""

    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("name"), _post_code())

    name: Mapped[str] = mapped_column(
        String(120),
        info=described("Nom", group="Site", listed=True, searched=True, cleaner="name", example="Antenne de Rieumajou"),
    )
    address: Mapped[str | None] = mapped_column(String(200), info=described("Adresse", group="Site", cleaner="text"))
    postcode: Mapped[str | None] = mapped_column(
        String(5), info=described("Code postal", group="Site", listed=True, cleaner="postcode", example="09000")
    )
    city: Mapped[str | None] = mapped_column(
        String(120), info=described("Commune", group="Site", listed=True, filtered=True, cleaner="city")
    )
    phone: Mapped[str | None] = mapped_column(
        String(20), info=described("Téléphone", group="Site", listed=True, quick=True, cleaner="phone")
    )
    email: Mapped[str | None] = mapped_column(String(254), info=described("E-mail", group="Site", cleaner="email"))
    opening_hours: Mapped[str | None] = mapped_column(
        Text, info=described("Horaires d’ouverture", group="Site", cleaner="notes")
    )
    active: Mapped[bool] = mapped_column(
        default=True, server_default=text("true"), info=described("Ouvert", group="Site", listed=True, filtered=True)
    )
    search_key: Mapped[str] = mapped_column(Text, _folded("name", "city"))

    def __str__(self) -> str:
        return self.name


class Counsellor(Versioned, Base):
    """A member of staff, whether or not they have an account."""

    __tablename__ = "counsellor"
    __table_args__ = (UniqueConstraint("last_name", "first_name"), _in_order("arrived_on", "left_on"))

    last_name: Mapped[str] = mapped_column(
        String(80),
        info=described("Nom", group="Identité", listed=True, searched=True, personal=True, cleaner="last_name"),
    )
    first_name: Mapped[str] = mapped_column(
        String(80),
        info=described("Prénom", group="Identité", listed=True, searched=True, personal=True, cleaner="first_name"),
    )
    initials: Mapped[str | None] = mapped_column(
        String(5),
        info=described(
            "Initiales", group="Identité", listed=True, cleaner="text", help="Deux personnes peuvent avoir les mêmes."
        ),
    )
    job_title: Mapped[str | None] = mapped_column(
        String(120), info=described("Fonction", group="Identité", listed=True, cleaner="text")
    )
    email: Mapped[str | None] = mapped_column(
        String(254), info=described("E-mail", group="Travail", listed=True, personal=True, cleaner="email")
    )
    phone: Mapped[str | None] = mapped_column(
        String(20),
        info=described("Téléphone", group="Travail", listed=True, personal=True, quick=True, cleaner="phone"),
    )
    site_id: Mapped[int | None] = mapped_column(_to("site", "SET NULL"), index=True)
    arrived_on: Mapped[date | None] = mapped_column(info=described("Arrivée", group="Travail", cleaner="date"))
    left_on: Mapped[date | None] = mapped_column(
        info=described("Départ", group="Travail", filtered=True, cleaner="date")
    )
    search_key: Mapped[str] = mapped_column(Text, _folded("last_name", "first_name", "initials"))

    site: Mapped[Site | None] = relationship(info=described("Site", group="Travail", listed=True, filtered=True))

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {person_case(self.last_name)}"

    def __str__(self) -> str:
        return self.full_name


class Role(Versioned, Base):
    """One role of the rights table and what an administrator may set of it."""

    __tablename__ = "role"
    __table_args__ = (UniqueConstraint("name"),)

    name: Mapped[choices.RoleName] = mapped_column(
        choice(choices.RoleName), info=described("Rôle", listed=True, form=False)
    )
    scope: Mapped[choices.Scope] = mapped_column(
        choice(choices.Scope),
        default=choices.Scope.ALL,
        server_default=choices.Scope.ALL.value,
        info=described("Dossiers visibles", listed=True, help="« Son site seulement » s’appuie sur le site du compte."),
    )
    totp_required: Mapped[bool] = mapped_column(
        default=False, server_default=text("false"), info=described("Code de vérification obligatoire", listed=True)
    )

    @property
    def permissions(self) -> list[str]:
        """Asked by Flask-Security; rights stand in permissions.py."""
        return []

    def __str__(self) -> str:
        return self.name.label


class Account(Versioned, Base):
    """Someone who may sign in. Columns are those that Flask-Security asks for, written by hand."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("username"),
        UniqueConstraint("email"),
        UniqueConstraint("fs_uniquifier"),
        UniqueConstraint("counsellor_id"),
    )

    username: Mapped[str] = mapped_column(
        String(80), info=described("Nom de compte", group="Compte", listed=True, searched=True, cleaner="text")
    )
    email: Mapped[str] = mapped_column(
        String(254),
        info=described("E-mail", group="Compte", listed=True, searched=True, personal=True, cleaner="email"),
    )
    active: Mapped[bool] = mapped_column(
        default=True,
        server_default=text("true"),
        info=described(
            "Actif", group="Compte", listed=True, filtered=True, help="Un compte fermé est déconnecté tout de suite."
        ),
    )
    role_id: Mapped[int] = mapped_column(_to("role", "RESTRICT"), index=True)
    counsellor_id: Mapped[int | None] = mapped_column(_to("counsellor", "SET NULL"))
    site_id: Mapped[int | None] = mapped_column(_to("site", "SET NULL"), index=True)
    password: Mapped[str | None] = mapped_column(String(255), info={"secret": True})
    fs_uniquifier: Mapped[str] = mapped_column(String(64), default=lambda: uuid4().hex, info={"secret": True})
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"secret": True})
    current_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"secret": True})
    login_count: Mapped[int] = mapped_column(default=0, server_default="0", info={"secret": True})
    tf_primary_method: Mapped[str | None] = mapped_column(String(64), info={"secret": True})
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255), info={"secret": True})
    tf_phone_number: Mapped[str | None] = mapped_column(String(128), info={"secret": True})
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(Json, info={"secret": True})
    theme: Mapped[str | None] = mapped_column(String(10), info={"secret": True})  # light, dark or the system's choice
    search_key: Mapped[str] = mapped_column(Text, _folded("username", "email"))

    role: Mapped[Role] = relationship(lazy="joined", info=described("Rôle", group="Compte", listed=True, filtered=True))
    counsellor: Mapped[Counsellor | None] = relationship(
        lazy="joined", info=described("Fiche du personnel", group="Compte", listed=True)
    )
    site: Mapped[Site | None] = relationship(info=described("Site", group="Compte", listed=True, filtered=True))

    @property
    def roles(self) -> list[Role]:
        """Asked by Flask-Security; one role an account."""
        return [self.role] if self.role else []

    @property
    def shown_name(self) -> str:
        return self.counsellor.full_name if self.counsellor else self.username

    def __str__(self) -> str:
        return self.shown_name


class OneTimeLink(Base):
    """A link an administrator hands over: first set-up or a new password. Only its hash is kept."""

    __tablename__ = "one_time_link"
    __table_args__ = (UniqueConstraint("token_hash"), {"info": {"journaled": False}})

    purpose: Mapped[str] = mapped_column(String(20))  # setup, password
    token_hash: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[int | None] = mapped_column(_to("account", "CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignIn(Base):
    """A browser signed in to an account, until it signs out, its time is over or somebody ends it."""

    __tablename__ = "sign_in"
    __table_args__ = (UniqueConstraint("token_hash"), {"info": {"journaled": False}})

    account_id: Mapped[int] = mapped_column(_to("account", "CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(40), default="", server_default="")  # « Firefox, Windows »: no address
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginAttempt(Base):
    """A failed sign-in, counted in the database so that several processes see it. Names are hashed."""

    __tablename__ = "login_attempt"
    __table_args__ = ({"info": {"journaled": False}},)

    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    kind: Mapped[str] = mapped_column(String(20))  # login, totp, upload, link…
    subject_hash: Mapped[str] = mapped_column(String(64), index=True)
    address_hash: Mapped[str] = mapped_column(String(64), index=True)
    success: Mapped[bool] = mapped_column(default=False)


class Preference(Base):
    """What one account chose for one screen: columns, page size."""

    __tablename__ = "preference"
    __table_args__ = (UniqueConstraint("account_id", "key"), {"info": {"journaled": False}})

    account_id: Mapped[int] = mapped_column(_to("account", "CASCADE"))
    key: Mapped[str] = mapped_column(String(80))
    value: Mapped[Any] = mapped_column(Json)


class Setting(Versioned, Base):
    """A rule with the day from which it holds: laws and habits change, old rows keep their rule."""

    __tablename__ = "setting"
    __table_args__ = (UniqueConstraint("key", "valid_from"),)

    key: Mapped[str] = mapped_column(String(80), info=described("Règle", listed=True, searched=True, filtered=True))
    valid_from: Mapped[date] = mapped_column(info=described("À partir du", listed=True, cleaner="due_date"))
    value: Mapped[str] = mapped_column(String(200), info=described("Valeur", listed=True, cleaner="text"))
    search_key: Mapped[str] = mapped_column(Text, _folded("key", "value"))

    def __str__(self) -> str:
        return self.key


# --- Young people ----------------------------------------------------------------------------------------------------


class YoungPerson(Versioned, Extra, Base):
    """A person aged 16 to 25 accompanied by the Mission Locale.

    An old file number is evidence, not a key: old files give one number to two people.
    """

    __tablename__ = "young_person"
    __table_args__ = (
        # the same person under the same number of the same source, written twice at once
        UniqueConstraint(
            "external_source", "external_id", "last_name", "first_name", "birth_date", name="uq_young_person_source"
        ),
        CheckConstraint("length(last_name) > 0 AND length(first_name) > 0", name="named"),
        CheckConstraint(
            "status = 'closed' OR (exit_date IS NULL AND exit_reason IS NULL)", name="exit_only_when_closed"
        ),
        _post_code(),
        _in_order("birth_date", "registration_date"),
        _in_order("registration_date", "exit_date"),
        Index("ix_young_person_search_key", "search_key", "id"),  # the order of the list
    )

    last_name: Mapped[str] = mapped_column(
        String(80),
        info=described(
            "Nom",
            group="Identité",
            listed=True,
            searched=True,
            personal=True,
            cleaner="last_name",
            aliases=("nom de famille", "nom d’usage", "nom du jeune"),
            example="GARÇON",
        ),
    )
    first_name: Mapped[str] = mapped_column(
        String(80),
        info=described(
            "Prénom",
            group="Identité",
            searched=True,
            personal=True,
            cleaner="first_name",
            aliases=("prénom du jeune",),
            example="Inès",
        ),
    )
    birth_name: Mapped[str | None] = mapped_column(
        String(80),
        info=described(
            "Nom de naissance",
            group="Identité",
            searched=True,
            personal=True,
            cleaner="birth_name",
            aliases=("nom de jeune fille", "né(e)"),
        ),
    )
    birth_date: Mapped[date | None] = mapped_column(
        info=described(
            "Naissance",
            group="Identité",
            listed=True,
            filtered=True,
            personal=True,
            cleaner="birth_date",
            aliases=("date de naissance", "né le", "née le", "né(e) le", "ddn", "date naiss"),
            example="12/03/2004",
        )
    )
    gender: Mapped[choices.Gender | None] = mapped_column(
        choice(choices.Gender),
        info=described(
            "Sexe", group="Identité", filtered=True, cleaner="gender", aliases=("genre", "civilité", "h/f", "f/m")
        ),
    )
    phone: Mapped[str | None] = mapped_column(
        String(20),
        info=described(
            "Téléphone",
            group="Coordonnées",
            section="contact",
            listed=True,
            quick=True,
            personal=True,
            cleaner="phone",
            aliases=("tél", "portable", "mobile", "n° de téléphone", "gsm"),
            example="06 39 98 12 45",
        ),
    )
    phone2: Mapped[str | None] = mapped_column(
        String(20),
        info=described(
            "Autre téléphone",
            group="Coordonnées",
            section="contact",
            personal=True,
            cleaner="phone",
            aliases=("tél 2", "téléphone fixe", "fixe", "autre tél"),
        ),
    )
    email: Mapped[str | None] = mapped_column(
        String(254),
        info=described(
            "E-mail",
            group="Coordonnées",
            section="contact",
            quick=True,
            personal=True,
            cleaner="email",
            aliases=("mail", "courriel", "adresse mail", "mél"),
        ),
    )
    preferred_contact: Mapped[str | None] = mapped_column(
        String(120),
        info=described(
            "Joindre de préférence",
            group="Coordonnées",
            section="contact",
            personal=True,
            cleaner="text",
            example="SMS, après 14 h",
        ),
    )
    address: Mapped[str | None] = mapped_column(
        String(200),
        info=described(
            "Adresse",
            group="Coordonnées",
            section="contact",
            personal=True,
            cleaner="text",
            aliases=("rue", "domicile", "adresse postale"),
        ),
    )
    postcode: Mapped[str | None] = mapped_column(
        String(5),
        info=described(
            "Code postal",
            group="Coordonnées",
            filtered=True,
            cleaner="postcode",
            aliases=("cp", "c.p.", "code post"),
            example="09000",
        ),
    )
    city: Mapped[str | None] = mapped_column(
        String(120),
        info=described(
            "Commune",
            group="Coordonnées",
            listed=True,
            filtered=True,
            searched=True,
            cleaner="city",
            aliases=("ville", "localité"),
        ),
    )
    education_level: Mapped[choices.EducationLevel | None] = mapped_column(
        choice(choices.EducationLevel),
        info=described(
            "Niveau",
            group="Parcours",
            filtered=True,
            cleaner="education_level",
            aliases=("niveau de formation", "niveau scolaire", "niv", "diplôme"),
        ),
    )
    driving_licence: Mapped[bool | None] = mapped_column(
        info=described(
            "Permis B", group="Parcours", filtered=True, cleaner="boolean", aliases=("permis", "permis de conduire")
        )
    )
    has_vehicle: Mapped[bool | None] = mapped_column(
        info=described("Véhicule", group="Parcours", filtered=True, cleaner="boolean", aliases=("voiture", "véhiculé"))
    )
    status: Mapped[choices.FileStatus] = mapped_column(
        choice(choices.FileStatus),
        default=choices.FileStatus.FIRST_CONTACT,
        server_default=choices.FileStatus.FIRST_CONTACT.value,
        index=True,
        info=described(
            "État",
            group="Accompagnement",
            listed=True,
            filtered=True,
            quick=True,
            cleaner="young_status",
            aliases=("statut", "situation", "etat du dossier"),
        ),
    )
    registration_date: Mapped[date | None] = mapped_column(
        info=described(
            "Inscription",
            group="Accompagnement",
            filtered=True,
            cleaner="date",
            aliases=("date d’inscription", "inscrit le", "date d’entrée", "date accueil", "1er accueil"),
        )
    )
    exit_date: Mapped[date | None] = mapped_column(
        info=described("Sortie", group="Accompagnement", filtered=True, cleaner="date", aliases=("date de sortie",))
    )
    exit_reason: Mapped[choices.ExitReason | None] = mapped_column(
        choice(choices.ExitReason),
        info=described("Motif de sortie", group="Accompagnement", filtered=True, aliases=("motif sortie",)),
    )
    site_id: Mapped[int | None] = mapped_column(_to("site", "SET NULL"), index=True)
    counsellor_id: Mapped[int | None] = mapped_column(_to("counsellor", "SET NULL"), index=True)
    external_id: Mapped[str | None] = mapped_column(
        String(40),
        info=described(
            "N° de dossier d’origine",
            group="Accompagnement",
            cleaner="text",
            aliases=("n°", "numéro", "réf", "id", "n° dossier", "identifiant", "matricule"),
        ),
    )
    external_source: Mapped[str | None] = mapped_column(
        String(80), info=described("Origine du numéro", group="Accompagnement", cleaner="text", imported=False)
    )
    # papers and rights
    residence_permit_end: Mapped[date | None] = mapped_column(
        info=described("Fin du titre de séjour", group="Droits et papiers", section="family", cleaner="due_date")
    )
    representative: Mapped[str | None] = mapped_column(
        String(120),
        info=described(
            "Représentant légal",
            group="Droits et papiers",
            section="family",
            filtered=True,
            personal=True,
            cleaner="text",
            help="Obligatoire avant 18 ans.",
        ),
    )
    representative_phone: Mapped[str | None] = mapped_column(
        String(20),
        info=described(
            "Téléphone du représentant", group="Droits et papiers", section="family", personal=True, cleaner="phone"
        ),
    )
    rqth: Mapped[bool | None] = mapped_column(
        info=described(
            "RQTH",
            group="Santé",
            section="health",
            filtered=True,
            cleaner="boolean",
            help="Reconnaissance de la qualité de travailleur handicapé.",
        )
    )
    rqth_end: Mapped[date | None] = mapped_column(
        info=described("Fin de la RQTH", group="Santé", section="health", cleaner="due_date")
    )
    health_notes: Mapped[str | None] = mapped_column(
        Text, info=described("Santé", group="Santé", section="health", personal=True, free_text=True, cleaner="notes")
    )
    housing_notes: Mapped[str | None] = mapped_column(
        Text,
        info=described("Logement", group="Logement", section="housing", personal=True, free_text=True, cleaner="notes"),
    )
    family_notes: Mapped[str | None] = mapped_column(
        Text,
        info=described("Famille", group="Famille", section="family", personal=True, free_text=True, cleaner="notes"),
    )
    justice_notes: Mapped[str | None] = mapped_column(
        Text,
        info=described("Justice", group="Justice", section="justice", personal=True, free_text=True, cleaner="notes"),
    )
    notes: Mapped[str | None] = mapped_column(
        Text,
        info=described(
            "Notes",
            group="Notes",
            section="notes",
            personal=True,
            free_text=True,
            cleaner="notes",
            aliases=("observations", "commentaires", "remarques", "obs"),
            help="Faits utiles : la personne peut lire ses notes.",
        ),
    )
    search_key: Mapped[str] = mapped_column(
        Text, _folded("last_name", "first_name", "last_name", "birth_name", "city", "external_id")
    )
    contact_key: Mapped[str] = mapped_column(
        Text, _folded("phone", "phone2", "email")
    )  # searched only by who sees the contacts

    site: Mapped[Site | None] = relationship(
        info=described("Site", group="Accompagnement", filtered=True, aliases=("antenne", "permanence"))
    )
    counsellor: Mapped[Counsellor | None] = relationship(
        info=described(
            "Référent",
            group="Accompagnement",
            listed=True,
            filtered=True,
            cleaner="counsellor",
            aliases=("conseiller", "conseillère", "conseiller référent", "cip", "suivi par"),
        )
    )
    enrolments: Mapped[list["Enrolment"]] = relationship(
        back_populates="young_person", passive_deletes="all", order_by="Enrolment.starts_on.desc()"
    )
    situations: Mapped[list["Situation"]] = relationship(
        back_populates="young_person", passive_deletes="all", order_by="Situation.starts_on.desc()"
    )
    barriers: Mapped[list["Barrier"]] = relationship(back_populates="young_person", passive_deletes="all")

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {person_case(self.last_name)}"

    def age_on(self, day: date) -> int | None:
        """Full years on `day`; a person born on 29 February ages on 1 March of common years."""
        if self.birth_date is None:
            return None
        return day.year - self.birth_date.year - ((day.month, day.day) < (self.birth_date.month, self.birth_date.day))

    def is_minor_on(self, day: date) -> bool:
        age = self.age_on(day)
        return age is not None and age < 18

    def __str__(self) -> str:
        return f"{person_case(self.last_name)} {self.first_name}"


class _OfYoungPerson:
    """Belongs to one young person and goes with their file."""

    young_person_id: Mapped[int] = mapped_column(_to("young_person", "CASCADE"), index=True)


class Enrolment(_OfYoungPerson, Versioned, Extra, Base):
    """A young person in a programme (PACEA, CEJ…), with dates where they are known."""

    __tablename__ = "enrolment"
    __table_args__ = (_in_order("starts_on", "ends_on"),)

    programme: Mapped[choices.Programme] = mapped_column(
        choice(choices.Programme),
        info=described("Programme", listed=True, filtered=True, cleaner="programmes", aliases=("dispositif", "mesure")),
    )
    starts_on: Mapped[date | None] = mapped_column(
        info=described("Début", listed=True, filtered=True, quick=True, cleaner="date")
    )
    ends_on: Mapped[date | None] = mapped_column(
        info=described("Fin", listed=True, filtered=True, quick=True, cleaner="due_date")
    )
    exit_reason: Mapped[str | None] = mapped_column(String(200), info=described("Motif de fin", cleaner="text"))

    young_person: Mapped[YoungPerson] = relationship(back_populates="enrolments", info=described("Jeune", listed=True))

    def __str__(self) -> str:
        return self.programme.label


class Situation(_OfYoungPerson, Versioned, Extra, Base):
    """A dated episode: what the young person does (job, training, school, search)."""

    __tablename__ = "situation"
    __table_args__ = (_in_order("starts_on", "ends_on"),)
    DURABLE: ClassVar = frozenset(
        {choices.SituationKind.CDI, choices.SituationKind.CDD_LONG, choices.SituationKind.ALTERNANCE}
    )

    kind: Mapped[choices.SituationKind] = mapped_column(
        choice(choices.SituationKind), info=described("Situation", listed=True, filtered=True)
    )
    state: Mapped[choices.SituationState] = mapped_column(
        choice(choices.SituationState),
        default=choices.SituationState.CURRENT,
        server_default="current",
        info=described("État", listed=True, filtered=True, quick=True),
    )
    starts_on: Mapped[date | None] = mapped_column(
        info=described("Début", listed=True, filtered=True, cleaner="due_date")
    )
    ends_on: Mapped[date | None] = mapped_column(info=described("Fin", listed=True, filtered=True, cleaner="due_date"))
    employer_id: Mapped[int | None] = mapped_column(_to("employer", "SET NULL"), index=True)
    label: Mapped[str | None] = mapped_column(
        String(200), info=described("Intitulé", cleaner="text", example="Employée de vente")
    )

    young_person: Mapped[YoungPerson] = relationship(back_populates="situations", info=described("Jeune", listed=True))
    employer: Mapped["Employer | None"] = relationship(info=described("Employeur", listed=True))

    def __str__(self) -> str:
        return self.kind.label


class Barrier(_OfYoungPerson, Versioned, Base):
    """One theme of the diagnostic for one young person (frein), with its objective.

    Rows on health, housing, family and justice are sensitive: permissions.py hides them by theme.
    """

    __tablename__ = "barrier"
    __table_args__ = (UniqueConstraint("young_person_id", "theme", "noted_on"),)
    SECTIONS: ClassVar = {
        choices.BarrierTheme.HEALTH: "health",
        choices.BarrierTheme.HOUSING: "housing",
        choices.BarrierTheme.FAMILY: "family",
        choices.BarrierTheme.LEGAL: "justice",
    }

    theme: Mapped[choices.BarrierTheme] = mapped_column(
        choice(choices.BarrierTheme),
        info=described(
            "Frein", listed=True, filtered=True, cleaner="barriers", aliases=("freins", "difficultés", "problématiques")
        ),
    )
    state: Mapped[choices.BarrierState] = mapped_column(
        choice(choices.BarrierState),
        default=choices.BarrierState.YES,
        server_default="yes",
        info=described("Réponse", listed=True, filtered=True, quick=True),
    )
    noted_on: Mapped[date | None] = mapped_column(info=described("Noté le", listed=True, filtered=True, cleaner="date"))
    objective: Mapped[str | None] = mapped_column(
        String(300), info=described("Objectif", section="notes", free_text=True, cleaner="text")
    )
    objective_state: Mapped[choices.ObjectiveState | None] = mapped_column(
        choice(choices.ObjectiveState), info=described("Avancement", filtered=True)
    )

    young_person: Mapped[YoungPerson] = relationship(back_populates="barriers", info=described("Jeune", listed=True))

    def __str__(self) -> str:
        return self.theme.label


class Appointment(Versioned, Extra, Base):
    """A meeting with a young person. `override` lets past and imported ones overlap."""

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="starts_before_end"),
        Index("ix_appointment_counsellor_start", "counsellor_id", "starts_at"),
        Index("ix_appointment_young_person_start", "young_person_id", "starts_at"),
        {
            "info": {
                "no_overlap": {
                    "owner": "counsellor_id",
                    "starts": "starts_at",
                    "ends": "ends_at",
                    "when": {"outcome": "planned", "override": False},
                }
            }
        },
    )

    young_person_id: Mapped[int] = mapped_column(_to("young_person", "CASCADE"))
    counsellor_id: Mapped[int | None] = mapped_column(_to("counsellor", "RESTRICT"))
    site_id: Mapped[int | None] = mapped_column(_to("site", "SET NULL"), index=True)
    partner_id: Mapped[int | None] = mapped_column(_to("partner", "SET NULL"), index=True)
    starts_at: Mapped[datetime] = mapped_column(
        UtcDateTime,
        index=True,
        info=described(
            "Date et heure",
            listed=True,
            filtered=True,
            cleaner="due_date",
            aliases=("date", "date rdv", "jour", "heure"),
            example="18/11/2025 14:30",
        ),
    )
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, info=described("Fin", imported=False))
    time_known: Mapped[bool] = mapped_column(
        default=True,
        server_default=text("true"),
        info=described(
            "Heure connue", form=False, imported=False, help="Faux quand l’ancien fichier ne donnait que le jour."
        ),
    )
    kind: Mapped[choices.AppointmentKind] = mapped_column(
        choice(choices.AppointmentKind),
        default=choices.AppointmentKind.INDIVIDUAL,
        server_default="individual",
        info=described("Nature", listed=True, filtered=True),
    )
    mode: Mapped[choices.AppointmentMode | None] = mapped_column(
        choice(choices.AppointmentMode),
        info=described(
            "Mode", listed=True, filtered=True, cleaner="appointment_mode", aliases=("lieu", "type", "modalité")
        ),
    )
    outcome: Mapped[choices.AppointmentOutcome] = mapped_column(
        choice(choices.AppointmentOutcome),
        default=choices.AppointmentOutcome.PLANNED,
        server_default="planned",
        index=True,
        info=described(
            "Résultat",
            listed=True,
            filtered=True,
            quick=True,
            cleaner="appointment_outcome",
            aliases=("venu", "présence", "présent", "statut"),
        ),
    )
    purpose: Mapped[str | None] = mapped_column(
        String(300), info=described("Objet", listed=True, cleaner="text", aliases=("motif", "sujet", "objet du rdv"))
    )
    notes: Mapped[str | None] = mapped_column(
        Text,
        info=described(
            "Compte rendu", section="notes", personal=True, free_text=True, cleaner="notes", aliases=("observations",)
        ),
    )
    override: Mapped[bool] = mapped_column(
        default=False,
        server_default=text("false"),
        info=described(
            "Malgré un autre rendez-vous", imported=False, help="Accepte deux rendez-vous prévus à la même heure."
        ),
    )

    young_person: Mapped[YoungPerson] = relationship(info=described("Jeune", listed=True))
    counsellor: Mapped[Counsellor | None] = relationship(
        info=described("Conseiller", listed=True, filtered=True, cleaner="counsellor", aliases=("référent", "reçu par"))
    )
    site: Mapped[Site | None] = relationship(info=described("Site", filtered=True))
    partner: Mapped["Partner | None"] = relationship(info=described("Partenaire"))

    def needs_outcome(self, instant: datetime) -> bool:
        """A past appointment still « prévu » waits for its outcome (domain.md, section 2)."""
        return self.outcome == choices.AppointmentOutcome.PLANNED and self.ends_at < instant

    def __str__(self) -> str:
        return self.purpose or self.kind.label


class ActionItem(_OfYoungPerson, Versioned, Extra, Base):
    """One step of the plan: who does what by when."""

    __tablename__ = "action_item"
    __table_args__ = (
        CheckConstraint("done_date IS NULL OR status = 'done'", name="done_date_only_when_done"),
        CheckConstraint("hours IS NULL OR hours BETWEEN 0 AND 200", name="hours"),
    )

    label: Mapped[str] = mapped_column(
        String(300),
        info=described(
            "Action", listed=True, searched=True, cleaner="text", aliases=("intitulé", "libellé", "quoi", "à faire")
        ),
    )
    theme: Mapped[choices.Theme | None] = mapped_column(
        choice(choices.Theme), info=described("Thème", listed=True, filtered=True)
    )
    status: Mapped[choices.ActionStatus] = mapped_column(
        choice(choices.ActionStatus),
        default=choices.ActionStatus.TODO,
        server_default="todo",
        index=True,
        info=described(
            "État",
            listed=True,
            filtered=True,
            quick=True,
            cleaner="action_status",
            aliases=("fait", "statut", "réalisé", "avancement"),
        ),
    )
    due_date: Mapped[date | None] = mapped_column(
        index=True,
        info=described(
            "Pour le",
            listed=True,
            filtered=True,
            quick=True,
            cleaner="due_date",
            aliases=("échéance", "date limite", "avant le", "date prévue"),
        ),
    )
    done_date: Mapped[date | None] = mapped_column(
        info=described("Faite le", filtered=True, cleaner="date", aliases=("date de réalisation", "fait le"))
    )
    owner: Mapped[choices.ActionOwner | None] = mapped_column(
        choice(choices.ActionOwner), info=described("Qui la fait", listed=True, filtered=True)
    )
    hours: Mapped[Decimal | None] = mapped_column(
        Numeric(5, 2), info=described("Heures CEJ", cleaner="decimal", unit="h")
    )
    counsellor_id: Mapped[int | None] = mapped_column(_to("counsellor", "SET NULL"), index=True)
    partner_id: Mapped[int | None] = mapped_column(_to("partner", "SET NULL"), index=True)
    notes: Mapped[str | None] = mapped_column(
        Text, info=described("Notes", section="notes", personal=True, free_text=True, cleaner="notes")
    )
    search_key: Mapped[str] = mapped_column(Text, _folded("label"))

    young_person: Mapped[YoungPerson] = relationship(info=described("Jeune", listed=True))
    counsellor: Mapped[Counsellor | None] = relationship(
        info=described(
            "Conseiller", listed=True, filtered=True, cleaner="counsellor", aliases=("référent", "suivi par")
        )
    )
    partner: Mapped["Partner | None"] = relationship(info=described("Partenaire"))

    def __str__(self) -> str:
        return self.label


# --- Partners --------------------------------------------------------------------------------------------------------


class Partner(Versioned, Extra, Base):
    """An organisation to which young people are sent: training, housing, health…"""

    __tablename__ = "partner"
    __table_args__ = (_post_code(), _in_order("agreement_start", "agreement_end"))

    name: Mapped[str] = mapped_column(
        String(200),
        info=described(
            "Nom",
            group="Partenaire",
            listed=True,
            searched=True,
            cleaner="name",
            aliases=("structure", "organisme", "partenaire"),
        ),
    )
    kind: Mapped[choices.PartnerKind | None] = mapped_column(
        choice(choices.PartnerKind),
        info=described(
            "Domaine",
            group="Partenaire",
            listed=True,
            filtered=True,
            quick=True,
            cleaner="partner_kind",
            aliases=("type", "catégorie", "nature", "thématique"),
        ),
    )
    address: Mapped[str | None] = mapped_column(
        String(200), info=described("Adresse", group="Coordonnées", cleaner="text")
    )
    postcode: Mapped[str | None] = mapped_column(
        String(5),
        info=described("Code postal", group="Coordonnées", filtered=True, cleaner="postcode", aliases=("cp",)),
    )
    city: Mapped[str | None] = mapped_column(
        String(120),
        info=described("Commune", group="Coordonnées", listed=True, filtered=True, cleaner="city", aliases=("ville",)),
    )
    phone: Mapped[str | None] = mapped_column(
        String(20),
        info=described("Téléphone", group="Coordonnées", listed=True, quick=True, cleaner="phone", aliases=("tél",)),
    )
    email: Mapped[str | None] = mapped_column(
        String(254), info=described("E-mail", group="Coordonnées", cleaner="email", aliases=("mail", "courriel"))
    )
    website: Mapped[str | None] = mapped_column(
        String(200), info=described("Site internet", group="Coordonnées", cleaner="url")
    )
    opening_hours: Mapped[str | None] = mapped_column(
        Text, info=described("Horaires", group="Partenaire", cleaner="notes")
    )
    emergency: Mapped[bool] = mapped_column(
        default=False,
        server_default=text("false"),
        info=described("Joignable en urgence", group="Partenaire", listed=True, filtered=True),
    )
    has_agreement: Mapped[bool | None] = mapped_column(
        info=described(
            "Convention",
            group="Partenaire",
            listed=True,
            filtered=True,
            cleaner="boolean",
            aliases=("convention signée", "conventionné"),
        )
    )
    agreement_start: Mapped[date | None] = mapped_column(
        info=described("Début de convention", group="Partenaire", cleaner="due_date")
    )
    agreement_end: Mapped[date | None] = mapped_column(
        info=described("Fin de convention", group="Partenaire", filtered=True, cleaner="due_date")
    )
    notes: Mapped[str | None] = mapped_column(
        Text,
        info=described(
            "Notes",
            group="Notes",
            section="notes",
            free_text=True,
            cleaner="notes",
            aliases=("observations", "remarques"),
        ),
    )
    active: Mapped[bool] = mapped_column(
        default=True,
        server_default=text("true"),
        info=described("Actif", group="Partenaire", filtered=True, imported=False),
    )
    search_key: Mapped[str] = mapped_column(Text, _folded("name", "city"))

    contacts: Mapped[list["PartnerContact"]] = relationship(back_populates="partner", passive_deletes="all")

    def __str__(self) -> str:
        return self.name


class PartnerContact(Versioned, Base):
    """Who to call at a partner."""

    __tablename__ = "partner_contact"

    partner_id: Mapped[int] = mapped_column(_to("partner", "CASCADE"), index=True)
    name: Mapped[str] = mapped_column(
        String(120),
        info=described(
            "Nom",
            listed=True,
            searched=True,
            personal=True,
            cleaner="contact",
            aliases=("contact", "interlocuteur", "personne à contacter"),
        ),
    )
    role: Mapped[str | None] = mapped_column(
        String(120), info=described("Fonction", listed=True, cleaner="text", aliases=("fonction du contact", "poste"))
    )
    phone: Mapped[str | None] = mapped_column(
        String(20), info=described("Ligne directe", listed=True, quick=True, personal=True, cleaner="phone")
    )
    email: Mapped[str | None] = mapped_column(
        String(254), info=described("E-mail", listed=True, personal=True, cleaner="email")
    )
    left_on: Mapped[date | None] = mapped_column(info=described("Parti le", filtered=True, cleaner="date"))
    search_key: Mapped[str] = mapped_column(Text, _folded("name"))

    partner: Mapped[Partner] = relationship(back_populates="contacts", info=described("Partenaire", listed=True))

    def __str__(self) -> str:
        return self.name


# --- Employers -------------------------------------------------------------------------------------------------------


class Employer(Versioned, Extra, Base):
    """One place of work of a firm (a SIRET). Sleeps, is never deleted once someone was proposed to it."""

    __tablename__ = "employer"
    __table_args__ = (
        UniqueConstraint("siret"),
        CheckConstraint("siret IS NULL OR length(siret) = 14", name="siret"),
        CheckConstraint("siren IS NULL OR length(siren) = 9", name="siren"),
        CheckConstraint(
            "headcount_max IS NULL OR headcount_min IS NULL OR headcount_max >= headcount_min", name="headcount"
        ),
        _post_code(),
    )

    name: Mapped[str] = mapped_column(
        String(200),
        info=described(
            "Nom",
            group="Entreprise",
            listed=True,
            searched=True,
            cleaner="name",
            aliases=("entreprise", "société", "raison sociale", "employeur"),
        ),
    )
    siret: Mapped[str | None] = mapped_column(
        String(14),
        info=described(
            "SIRET",
            group="Entreprise",
            filtered=True,
            searched=True,
            cleaner="siret",
            aliases=("n° siret", "siret/siren"),
            help="14 chiffres, clé vérifiée.",
        ),
    )
    siren: Mapped[str | None] = mapped_column(
        String(9), info=described("SIREN", group="Entreprise", cleaner="siren", help="Déduit du SIRET.")
    )
    naf: Mapped[str | None] = mapped_column(
        String(6),
        info=described(
            "NAF", group="Entreprise", filtered=True, cleaner="text", aliases=("code naf", "ape", "code ape")
        ),
    )
    sector: Mapped[str | None] = mapped_column(
        String(120),
        info=described(
            "Secteur",
            group="Entreprise",
            listed=True,
            filtered=True,
            cleaner="text",
            aliases=("activité", "secteur d’activité", "domaine"),
        ),
    )
    headcount_min: Mapped[int | None] = mapped_column(
        info=described(
            "Effectif, au moins",
            group="Entreprise",
            cleaner="integer",
            aliases=("effectif", "effectifs", "salariés", "nb salariés"),
        )
    )
    headcount_max: Mapped[int | None] = mapped_column(
        info=described("Effectif, au plus", group="Entreprise", cleaner="integer")
    )
    address: Mapped[str | None] = mapped_column(
        String(200), info=described("Adresse", group="Coordonnées", cleaner="text")
    )
    postcode: Mapped[str | None] = mapped_column(
        String(5),
        info=described("Code postal", group="Coordonnées", filtered=True, cleaner="postcode", aliases=("cp",)),
    )
    city: Mapped[str | None] = mapped_column(
        String(120),
        info=described(
            "Commune", group="Coordonnées", listed=True, filtered=True, cleaner="city", aliases=("ville", "lieu")
        ),
    )
    phone: Mapped[str | None] = mapped_column(
        String(20),
        info=described(
            "Téléphone", group="Coordonnées", listed=True, quick=True, cleaner="phone", aliases=("tél", "standard")
        ),
    )
    email: Mapped[str | None] = mapped_column(
        String(254),
        info=described("E-mail", group="Coordonnées", quick=True, cleaner="email", aliases=("mail", "courriel")),
    )
    website: Mapped[str | None] = mapped_column(
        String(200), info=described("Site internet", group="Coordonnées", cleaner="url")
    )
    relationship_state: Mapped[choices.Relationship] = mapped_column(
        choice(choices.Relationship),
        default=choices.Relationship.PROSPECT,
        server_default="prospect",
        info=described("Relation", group="Suivi", listed=True, filtered=True, quick=True),
    )
    officer_id: Mapped[int | None] = mapped_column(_to("counsellor", "SET NULL"), index=True)
    last_contact_date: Mapped[date | None] = mapped_column(
        info=described(
            "Dernier contact",
            group="Suivi",
            listed=True,
            filtered=True,
            cleaner="date",
            aliases=("contacté le", "date dernier contact", "vu le"),
        )
    )
    next_action: Mapped[str | None] = mapped_column(
        String(300), info=described("Prochaine action", group="Suivi", cleaner="text")
    )
    next_action_on: Mapped[date | None] = mapped_column(
        info=described("Prévue le", group="Suivi", listed=True, filtered=True, quick=True, cleaner="due_date")
    )
    offers_count: Mapped[int | None] = mapped_column(
        info=described(
            "Offres reçues",
            group="Suivi",
            cleaner="offers_count",
            aliases=("nb offres", "offres", "nombre d’offres"),
            help="Repris des anciens fichiers.",
        )
    )
    notes: Mapped[str | None] = mapped_column(
        Text,
        info=described(
            "Notes",
            group="Notes",
            section="notes",
            free_text=True,
            cleaner="notes",
            aliases=("observations", "commentaires", "remarques"),
        ),
    )
    search_key: Mapped[str] = mapped_column(Text, _folded("name", "city", "siret"))

    officer: Mapped[Counsellor | None] = relationship(
        info=described(
            "Chargé de relation",
            group="Suivi",
            listed=True,
            filtered=True,
            cleaner="counsellor",
            aliases=("chargé(e) de relations entreprises", "chargé de relation entreprise", "suivi par", "conseiller"),
        )
    )
    contacts: Mapped[list["EmployerContact"]] = relationship(back_populates="employer", passive_deletes="all")
    interactions: Mapped[list["EmployerInteraction"]] = relationship(back_populates="employer", passive_deletes="all")

    def __str__(self) -> str:
        return self.name


class EmployerContact(Versioned, Base):
    """Who to call at a firm, until they leave."""

    __tablename__ = "employer_contact"

    employer_id: Mapped[int] = mapped_column(_to("employer", "CASCADE"), index=True)
    name: Mapped[str] = mapped_column(
        String(120),
        info=described(
            "Nom",
            listed=True,
            searched=True,
            personal=True,
            cleaner="contact",
            aliases=("contact", "interlocuteur", "responsable"),
        ),
    )
    role: Mapped[str | None] = mapped_column(
        String(120), info=described("Fonction", listed=True, cleaner="text", aliases=("fonction du contact", "poste"))
    )
    phone: Mapped[str | None] = mapped_column(
        String(20), info=described("Ligne directe", listed=True, quick=True, personal=True, cleaner="phone")
    )
    email: Mapped[str | None] = mapped_column(
        String(254), info=described("E-mail", listed=True, personal=True, cleaner="email")
    )
    left_on: Mapped[date | None] = mapped_column(info=described("Parti le", filtered=True, cleaner="date"))
    search_key: Mapped[str] = mapped_column(Text, _folded("name"))

    employer: Mapped[Employer] = relationship(back_populates="contacts", info=described("Employeur", listed=True))

    def __str__(self) -> str:
        return self.name


class EmployerInteraction(Versioned, Base):
    """One contact with a firm and what it gave."""

    __tablename__ = "employer_interaction"

    employer_id: Mapped[int] = mapped_column(_to("employer", "RESTRICT"), index=True)
    contact_id: Mapped[int | None] = mapped_column(_to("employer_contact", "SET NULL"), index=True)
    counsellor_id: Mapped[int | None] = mapped_column(_to("counsellor", "SET NULL"), index=True)
    happened_on: Mapped[date] = mapped_column(
        index=True, info=described("Date", listed=True, filtered=True, cleaner="date")
    )
    kind: Mapped[choices.InteractionKind] = mapped_column(
        choice(choices.InteractionKind), info=described("Nature", listed=True, filtered=True)
    )
    outcome: Mapped[choices.InteractionOutcome | None] = mapped_column(
        choice(choices.InteractionOutcome), info=described("Résultat", listed=True, filtered=True, quick=True)
    )
    summary: Mapped[str | None] = mapped_column(
        Text, info=described("Résumé", section="notes", free_text=True, cleaner="notes")
    )

    employer: Mapped[Employer] = relationship(back_populates="interactions", info=described("Employeur", listed=True))
    contact: Mapped[EmployerContact | None] = relationship(info=described("Interlocuteur", listed=True))
    counsellor: Mapped[Counsellor | None] = relationship(info=described("Par", listed=True, filtered=True))

    def __str__(self) -> str:
        return self.kind.label


class JobOffer(Versioned, Extra, Base):
    """Posts that a firm wants to fill."""

    __tablename__ = "job_offer"
    __table_args__ = (CheckConstraint("posts > 0", name="posts"), _post_code(), _in_order("received_on", "ends_on"))

    employer_id: Mapped[int] = mapped_column(_to("employer", "RESTRICT"), index=True)
    title: Mapped[str] = mapped_column(
        String(200), info=described("Intitulé", listed=True, searched=True, cleaner="text", example="Employé de vente")
    )
    rome_code: Mapped[str | None] = mapped_column(
        String(5), info=described("ROME", filtered=True, cleaner="text", example="D1106")
    )
    contract: Mapped[choices.Contract] = mapped_column(
        choice(choices.Contract), info=described("Contrat", listed=True, filtered=True)
    )
    posts: Mapped[int] = mapped_column(
        default=1, server_default="1", info=described("Postes", listed=True, cleaner="integer")
    )
    postcode: Mapped[str | None] = mapped_column(
        String(5), info=described("Code postal", filtered=True, cleaner="postcode")
    )
    city: Mapped[str | None] = mapped_column(
        String(120), info=described("Commune", listed=True, filtered=True, cleaner="city")
    )
    hours: Mapped[str | None] = mapped_column(String(120), info=described("Horaires", cleaner="text"))
    starts_on: Mapped[date | None] = mapped_column(info=described("Prise de poste", filtered=True, cleaner="due_date"))
    received_on: Mapped[date | None] = mapped_column(info=described("Reçue le", filtered=True, cleaner="date"))
    ends_on: Mapped[date | None] = mapped_column(
        info=described("Valable jusqu’au", listed=True, filtered=True, quick=True, cleaner="due_date")
    )
    licence_required: Mapped[bool | None] = mapped_column(
        info=described("Permis exigé", filtered=True, cleaner="boolean")
    )
    level_required: Mapped[choices.EducationLevel | None] = mapped_column(
        choice(choices.EducationLevel), info=described("Niveau demandé", filtered=True)
    )
    status: Mapped[choices.OfferStatus] = mapped_column(
        choice(choices.OfferStatus),
        default=choices.OfferStatus.OPEN,
        server_default="open",
        info=described("État", listed=True, filtered=True, quick=True),
    )
    notes: Mapped[str | None] = mapped_column(
        Text, info=described("Notes", section="notes", free_text=True, cleaner="notes")
    )
    search_key: Mapped[str] = mapped_column(Text, _folded("title", "city"))

    employer: Mapped[Employer] = relationship(info=described("Employeur", listed=True))

    def __str__(self) -> str:
        return self.title


# --- Job dating ------------------------------------------------------------------------------------------------------


class JobDating(Versioned, Base):
    """An event where young people meet several employers in short interviews."""

    __tablename__ = "job_dating"
    __table_args__ = (
        UniqueConstraint("name", "held_on"),
        CheckConstraint("interview_minutes BETWEEN 3 AND 120", name="interview_minutes"),
        CheckConstraint("closes_at IS NULL OR opens_at IS NULL OR closes_at > opens_at", name="opens_before_close"),
    )

    name: Mapped[str] = mapped_column(String(200), info=described("Nom", listed=True, searched=True, cleaner="name"))
    held_on: Mapped[date | None] = mapped_column(info=described("Date", listed=True, filtered=True, cleaner="due_date"))
    place: Mapped[str | None] = mapped_column(String(200), info=described("Lieu", listed=True, cleaner="text"))
    opens_at: Mapped[str | None] = mapped_column(
        String(5), info=described("Ouverture", cleaner="time", example="09:00")
    )
    closes_at: Mapped[str | None] = mapped_column(
        String(5), info=described("Fermeture", cleaner="time", example="12:30")
    )
    interview_minutes: Mapped[int] = mapped_column(
        default=10, server_default="10", info=described("Durée d’un entretien", cleaner="integer", unit="min")
    )
    status: Mapped[choices.EventStatus] = mapped_column(
        choice(choices.EventStatus),
        default=choices.EventStatus.PREPARING,
        server_default="preparing",
        info=described("État", listed=True, filtered=True, quick=True),
    )
    site_id: Mapped[int | None] = mapped_column(_to("site", "SET NULL"), index=True)
    notes: Mapped[str | None] = mapped_column(
        Text, info=described("Notes", section="notes", free_text=True, cleaner="notes")
    )
    search_key: Mapped[str] = mapped_column(Text, _folded("name", "place"))

    site: Mapped[Site | None] = relationship(info=described("Site", filtered=True))

    def __str__(self) -> str:
        return self.name


class Stand(Versioned, Base):
    """One employer at one event."""

    __tablename__ = "stand"
    __table_args__ = (
        UniqueConstraint("job_dating_id", "employer_id"),
        CheckConstraint("recruiters > 0", name="recruiters"),
        CheckConstraint("posts IS NULL OR posts >= 0", name="posts"),
    )

    job_dating_id: Mapped[int] = mapped_column(_to("job_dating", "CASCADE"), index=True)
    employer_id: Mapped[int] = mapped_column(_to("employer", "RESTRICT"), index=True)
    number: Mapped[str | None] = mapped_column(
        String(20), info=described("Stand", listed=True, cleaner="text", aliases=("n° de stand", "table"))
    )
    recruiters: Mapped[int] = mapped_column(
        default=1, server_default="1", info=described("Recruteurs", listed=True, cleaner="integer")
    )
    people: Mapped[str | None] = mapped_column(
        String(300),
        info=described(
            "Personnes présentes", personal=True, cleaner="text", aliases=("recruteurs présents", "intervenants")
        ),
    )
    positions: Mapped[list[str]] = mapped_column(
        Json,
        default=list,
        server_default=text("'[]'"),
        info=described("Postes proposés", cleaner="positions", aliases=("postes", "métiers"), sorted=False),
    )
    posts: Mapped[int | None] = mapped_column(info=described("Nombre de postes", listed=True, cleaner="integer"))
    wanted_profile: Mapped[str | None] = mapped_column(Text, info=described("Profil recherché", cleaner="notes"))

    job_dating: Mapped[JobDating] = relationship(info=described("Job dating", listed=True, filtered=True))
    employer: Mapped[Employer] = relationship(info=described("Employeur", listed=True))

    def __str__(self) -> str:
        return f"Stand {self.number}" if self.number else "Stand"


class Registration(_OfYoungPerson, Versioned, Extra, Base):
    """A young person signed up for an event."""

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("job_dating_id", "young_person_id"),)

    job_dating_id: Mapped[int] = mapped_column(_to("job_dating", "CASCADE"), index=True)
    status: Mapped[choices.RegistrationStatus] = mapped_column(
        choice(choices.RegistrationStatus),
        default=choices.RegistrationStatus.REGISTERED,
        server_default="registered",
        info=described("État", listed=True, filtered=True, quick=True),
    )
    arrives_at: Mapped[str | None] = mapped_column(String(5), info=described("Arrive à", cleaner="time"))
    leaves_at: Mapped[str | None] = mapped_column(String(5), info=described("Repart à", cleaner="time"))

    job_dating: Mapped[JobDating] = relationship(info=described("Job dating", listed=True, filtered=True))
    young_person: Mapped[YoungPerson] = relationship(info=described("Jeune", listed=True))

    def __str__(self) -> str:
        return self.status.label


class Interview(Versioned, Base):
    """A registered young person at one stand, in a slot once there is one."""

    __tablename__ = "interview"
    __table_args__ = (
        UniqueConstraint("stand_id", "registration_id"),
        # one place at a time; imported timetables that contradict themselves carry `override`
        Index(
            "uq_interview_slot",
            "registration_id",
            "slot",
            unique=True,
            sqlite_where=text("NOT override AND slot IS NOT NULL AND status IN ('registered', 'held')"),
            postgresql_where=text("NOT override AND slot IS NOT NULL AND status IN ('registered', 'held')"),
        ),
        CheckConstraint("preference IS NULL OR preference BETWEEN 1 AND 50", name="preference"),
    )

    stand_id: Mapped[int] = mapped_column(_to("stand", "CASCADE"), index=True)
    registration_id: Mapped[int] = mapped_column(_to("registration", "CASCADE"), index=True)
    slot: Mapped[str | None] = mapped_column(
        String(5), info=described("Heure", listed=True, quick=True, cleaner="time", example="10:15")
    )
    preference: Mapped[int | None] = mapped_column(info=described("Choix", listed=True, cleaner="integer"))
    status: Mapped[choices.InterviewStatus] = mapped_column(
        choice(choices.InterviewStatus),
        default=choices.InterviewStatus.REGISTERED,
        server_default="registered",
        info=described("État", listed=True, filtered=True, quick=True),
    )
    outcome: Mapped[choices.InterviewOutcome | None] = mapped_column(
        choice(choices.InterviewOutcome), info=described("Résultat", listed=True, filtered=True, quick=True)
    )
    call_back_on: Mapped[date | None] = mapped_column(
        info=described("À rappeler le", filtered=True, cleaner="due_date")
    )
    override: Mapped[bool] = mapped_column(
        default=False, server_default=text("false"), info=described("Malgré un autre entretien", imported=False)
    )

    stand: Mapped[Stand] = relationship(info=described("Stand", listed=True))
    registration: Mapped[Registration] = relationship(info=described("Inscription", listed=True))

    def __str__(self) -> str:
        return self.slot or self.status.label


# --- Imports: batches and staging ------------------------------------------------------------------------------------


class ImportBatch(Base):
    """One file dropped in, from reading to undo."""

    __tablename__ = "import_batch"
    __table_args__ = ({"info": {"journaled": False}},)

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    account_id: Mapped[int | None] = mapped_column(_to("account", "SET NULL"), index=True)
    actor: Mapped[str] = mapped_column(String(120), default="")
    site_id: Mapped[int | None] = mapped_column(
        _to("site", "SET NULL"), index=True
    )  # of who dropped it: the scope of the batch
    file_name: Mapped[str] = mapped_column(String(200))
    file_hash: Mapped[str] = mapped_column(String(64), default="", index=True)
    stored_as: Mapped[str | None] = mapped_column(String(80))  # its name in the data folder, until written or abandoned
    shape: Mapped[str] = mapped_column(String(64), default="", index=True)
    state: Mapped[choices.BatchState] = mapped_column(
        choice(choices.BatchState), default=choices.BatchState.READING, index=True
    )
    message: Mapped[str | None] = mapped_column(Text)  # French sentence of a refusal
    notes: Mapped[list[str]] = mapped_column(Json, default=list)
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # verdict -> rows
    options: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # years given, answers
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    report: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # what apply and undo did
    annotated_as: Mapped[str | None] = mapped_column(String(80))  # the workbook given back, in the data folder
    files_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)  # both files are deleted then
    origin_id: Mapped[int | None] = mapped_column(
        _to("import_batch", "SET NULL"), index=True
    )  # the import whose workbook was given back and dropped again
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


class ImportTable(Base):
    """One recognised table of a batch and the meaning given to its columns."""

    __tablename__ = "import_table"
    __table_args__ = (UniqueConstraint("batch_id", "position"), {"info": {"journaled": False}})

    batch_id: Mapped[int] = mapped_column(_to("import_batch", "CASCADE"))
    position: Mapped[int]
    sheet: Mapped[str | None] = mapped_column(String(200))
    number: Mapped[int | None]  # 1, 2… where a sheet holds several tables
    entity: Mapped[str | None] = mapped_column(String(40))
    layout: Mapped[str] = mapped_column(String(20))
    columns: Mapped[list[dict[str, Any]]] = mapped_column(
        Json, default=list
    )  # letter, heading, field, confidence, samples
    options: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # header rows, year, event…


class ImportRow(Base):
    """One row of a staged file: what it says, what will happen, why."""

    __tablename__ = "import_row"
    __table_args__ = (
        Index("ix_import_row_verdict", "batch_id", "written", "verdict", "position"),
        # two readings of one file at once must not stage its rows twice
        Index("ix_import_row_position", "batch_id", "position", unique=True),
        {"info": {"journaled": False}},
    )

    batch_id: Mapped[int] = mapped_column(_to("import_batch", "CASCADE"))
    table_id: Mapped[int] = mapped_column(_to("import_table", "CASCADE"), index=True)
    position: Mapped[int]  # order in the batch
    row: Mapped[int | None]  # as the spreadsheet shows it
    verdict: Mapped[choices.Verdict] = mapped_column(choice(choices.Verdict))
    written: Mapped[bool] = mapped_column(default=False, server_default=text("false"))  # done: nothing is left to do
    cause: Mapped[str] = mapped_column(String(60), default="", server_default="")  # code of the reason, to group alike
    records: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    flags: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)  # field, code, fatal, sentence
    reason: Mapped[str | None] = mapped_column(String(300))  # French, shown beside the row
    target_id: Mapped[int | None] = mapped_column(BigInteger)  # the record it matches, or made
    matches: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)  # likely records: id, score, reason
    changes: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # field -> [old, new]
    target_version: Mapped[int | None]  # of the target when it was compared
    links: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # references to the other records it writes
    decision: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # what a person decided


class ImportMemory(Base):
    """How somebody had one shape of file read: the next one of that shape is read so without a question."""

    __tablename__ = "import_memory"
    __table_args__ = (UniqueConstraint("shape"), {"info": {"journaled": False}})

    shape: Mapped[str] = mapped_column(String(64))
    headings: Mapped[list[str]] = mapped_column(Json, default=list)  # folded, in order: what a drift is told from
    mapping: Mapped[Any] = mapped_column(Json)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class ImportValue(Base):
    """What somebody said a word of an old file means, for one field: « Gar. Jeunes » is the Garantie jeunes."""

    __tablename__ = "import_value"
    __table_args__ = (UniqueConstraint("entity", "field", "written"), {"info": {"journaled": False}})

    entity: Mapped[str] = mapped_column(String(40))
    field: Mapped[str] = mapped_column(String(60))
    written: Mapped[str] = mapped_column(String(200))  # folded
    value: Mapped[Any] = mapped_column(Json)  # as the cleaner of the field would give it; null: leave blank
    used_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


# --- Duplicates --------------------------------------------------------------------------------------------------------


class Lookalike(Base):
    """Two records that may be one, and what somebody said of them."""

    __tablename__ = "lookalike"
    __table_args__ = (
        UniqueConstraint("table_name", "first_id", "second_id"),
        Index("ix_lookalike_state", "table_name", "state", "score"),
        {"info": {"journaled": False}},
    )

    table_name: Mapped[str] = mapped_column(String(63))
    first_id: Mapped[int] = mapped_column(BigInteger)  # the lower key of the two
    second_id: Mapped[int] = mapped_column(BigInteger, index=True)
    score: Mapped[int]  # 0 to 100
    reasons: Mapped[list[str]] = mapped_column(Json, default=list)  # French, without personal data
    state: Mapped[choices.LookalikeState] = mapped_column(
        choice(choices.LookalikeState), default=choices.LookalikeState.OPEN
    )
    found_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    account_id: Mapped[int | None] = mapped_column(_to("account", "SET NULL"), index=True)  # who decided


class RecordMerge(Base):
    """Two records made one, so that the merge can be taken back and old addresses still lead somewhere."""

    __tablename__ = "record_merge"
    __table_args__ = (Index("ix_record_merge_gone", "table_name", "gone_id"), {"info": {"journaled": False}})

    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    account_id: Mapped[int | None] = mapped_column(_to("account", "SET NULL"), index=True)
    actor: Mapped[str] = mapped_column(String(120), default="")
    table_name: Mapped[str] = mapped_column(String(63))
    kept_id: Mapped[int] = mapped_column(BigInteger, index=True)
    gone_id: Mapped[int] = mapped_column(BigInteger)
    change_set: Mapped[str] = mapped_column(String(40))  # its lines of the journal
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# --- Machinery: journal, consultations, jobs, leases -------------------------------------------------------------------


class Journal(Base):
    """What changed, written by triggers in the same transaction as the change."""

    __tablename__ = "journal"
    __table_args__ = (
        Index("ix_journal_record", "table_name", "record_id", "id"),
        {"info": {"journaled": False, "append_only": True}},
    )

    at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("CURRENT_TIMESTAMP"))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(120))
    batch_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    change_set: Mapped[str | None] = mapped_column(String(40), index=True)  # one transaction
    table_name: Mapped[str] = mapped_column(String(63))
    record_id: Mapped[int] = mapped_column(BigInteger)
    operation: Mapped[str] = mapped_column(String(8))  # insert, update, delete
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any] | None] = mapped_column(Json)


class Consultation(Base):
    """Who read, exported or searched what; append-only, kept 12 months. Holds no name and no search text."""

    __tablename__ = "consultation"
    __table_args__ = ({"info": {"journaled": False, "append_only": True}},)

    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    account_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(20))  # view, search, export, print, backup
    table_name: Mapped[str] = mapped_column(String(63))
    record_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # number of rows, columns, reason


class Job(Base):
    """Work done apart from a request, with a heartbeat so that another process can take it over."""

    __tablename__ = "job"
    __table_args__ = ({"info": {"journaled": False}},)

    kind: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[int | None] = mapped_column(_to("account", "SET NULL"), index=True)  # who waits for it
    state: Mapped[choices.JobState] = mapped_column(
        choice(choices.JobState), default=choices.JobState.WAITING, index=True
    )
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    holder: Mapped[str | None] = mapped_column(String(40))  # the worker that has it
    payload: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    message: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Lease(Base):
    """Which process does the periodic work."""

    __tablename__ = "lease"
    __table_args__ = (UniqueConstraint("name"), {"info": {"journaled": False}})

    name: Mapped[str] = mapped_column(String(40))
    holder: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime] = mapped_column(UtcDateTime)


for _table in Base.metadata.tables.values():
    # else SQLite gives the key of a deleted last row to the next one, and the journal would mix their stories
    _table.dialect_options["sqlite"]["autoincrement"] = True
