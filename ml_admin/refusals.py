"""What the database refuses, said in French: which field, why, what to do. Never SQL, never a value."""

import re
from typing import Any

from sqlalchemy.exc import IntegrityError

from ml_admin.fields import fields_of
from ml_admin.models import Base

_NAMED = {
    "uq_employer_siret": ("siret", "Un autre employeur a déjà ce SIRET. Ouvrez sa fiche, ou corrigez le numéro."),
    "uq_young_person_source": ("external_id", "Ce dossier existe déjà : même numéro, même personne. Cherchez son nom."),
    "uq_counsellor_last_name_first_name": ("last_name", "Cette personne est déjà dans l’équipe."),
    "uq_account_username": ("username", "Ce nom de compte est déjà pris. Choisissez-en un autre."),
    "uq_account_email": ("email", "Un autre compte a déjà cette adresse."),
    "uq_account_counsellor_id": ("counsellor", "Cette personne a déjà un compte."),
    "uq_registration_job_dating_id_young_person_id": ("young_person", "Ce jeune est déjà inscrit à ce job dating."),
    "uq_interview_stand_id_registration_id": ("registration", "Ce jeune est déjà inscrit à ce stand."),
    "uq_interview_slot": ("slot", "Ce jeune a déjà un entretien à cette heure. Choisissez un autre créneau."),
    "uq_stand_job_dating_id_employer_id": ("employer", "Cet employeur a déjà un stand à ce job dating."),
    "uq_setting_key_valid_from": ("valid_from", "Cette règle a déjà une valeur à cette date."),
    "uq_site_name": ("name", "Un site porte déjà ce nom."),
    "ck_young_person_exit_only_when_closed": (
        "exit_date",
        "Une sortie demande l’état « Sorti ». Changez l’état, ou videz la sortie.",
    ),
    "ck_action_item_done_date_only_when_done": ("done_date", "Une date de réalisation demande l’état « Faite »."),
    "ck_appointment_starts_before_end": ("ends_at", "La fin du rendez-vous est avant son début."),
    "ck_employer_headcount": ("headcount_max", "L’effectif au plus est inférieur à l’effectif au moins."),
    "ck_job_dating_opens_before_close": ("closes_at", "La fermeture est avant l’ouverture."),
}
_DOUBLE_BOOKING = (
    "starts_at",
    "Ce conseiller a déjà un rendez-vous prévu à cette heure. Choisissez un autre créneau, ou cochez « Malgré un autre rendez-vous ».",
)


def refusal(error: IntegrityError, model: type[Base]) -> tuple[str | None, str]:
    """(attribute concerned or None, French sentence) for what the database refused to write into `model`."""
    if "double_booking" in str(error.orig):
        return _DOUBLE_BOOKING
    return sentence_of(_constraint(error), model)


def sentence_of(name: str, model: type[Base]) -> tuple[str | None, str]:
    """The same for a constraint known by its name, or for what the database says of it."""
    if name in _NAMED:
        return _NAMED[name]
    if "double_booking" in name:
        return _DOUBLE_BOOKING
    if match := re.search(r"ck_[a-z_]+?_(?P<first>[a-z]+_(?:on|date|start|at))_before_(?P<last>[a-z_]+)$", name):
        return (
            match["last"],
            f"« {_label(model, match['last'])} » est avant « {_label(model, match['first'])} ». Corrigez l’une des deux dates.",
        )
    if "FOREIGN KEY" in name or name.startswith("fk_"):
        return (
            None,
            "D’autres fiches s’appuient sur celle-ci : elle reste. Mettez-la plutôt en sommeil, ou déplacez d’abord ce qui s’y rattache.",
        )
    if name.startswith("uq_"):
        return None, "Une autre fiche porte déjà ces valeurs. Cherchez-la avant d’en créer une."
    column = _column(name)
    if column and column in fields_of(model):
        return column, f"« {_label(model, column)} » n’est pas possible ainsi. Vérifiez la valeur."
    return None, "La base a refusé cette valeur. Vérifiez la saisie : rien n’a été écrit."


def _constraint(error: IntegrityError) -> str:
    diagnosis: Any = getattr(error.orig, "diag", None)
    if diagnosis is not None and diagnosis.constraint_name:
        return str(diagnosis.constraint_name)
    text = str(error.orig)
    if match := re.search(r"CHECK constraint failed: (\w+)", text):
        return match[1]
    if match := re.search(r"UNIQUE constraint failed: (?:index '(\w+)'|(.+))", text):
        return match[1] or _unique_name(match[2])
    return text


def _unique_name(columns: str) -> str:
    """SQLite names the columns, not the constraint: 'employer.siret' -> 'uq_employer_siret'."""
    names = [column.strip().split(".") for column in columns.split(",")]
    table = names[0][0]
    guessed = f"uq_{table}_" + "_".join(name for _, name in names)
    return (
        "uq_young_person_source"
        if guessed.startswith("uq_young_person_external")
        else "uq_interview_slot"
        if guessed == "uq_interview_registration_id_slot"
        else guessed
    )


def _column(name: str) -> str:
    match = re.search(r"NOT NULL constraint failed: \w+\.(\w+)", name) or re.fullmatch(
        r"ck_[a-z_]+?_(postcode|siret|siren|posts|hours|preference|interview_minutes|recruiters|named)", name
    )
    return match[1] if match else ""


def _label(model: type[Base], name: str) -> str:
    field = fields_of(model).get(name)
    return field.label if field else name
