"""What the database would refuse, told when the plan is made: one bad row must not stop the others.

Every check constraint of an imported table has its counterpart here or is true by construction; a test compares both.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ml_admin import models as m
from ml_admin.fields import fields_of
from ml_admin.imports.records import MODELS, Draft, limits

Problem = tuple[str, str]  # attribute, French sentence: cause, then remedy

# (first, last): the last day may not come before the first
_ORDERS: Final[Mapping[type[m.Base], tuple[tuple[str, str], ...]]] = {
    m.YoungPerson: (("birth_date", "registration_date"), ("registration_date", "exit_date")),
    m.Partner: (("agreement_start", "agreement_end"),),
    m.Employer: (("headcount_min", "headcount_max"),),
    m.Appointment: (("starts_at", "ends_at"),),
}
# constraints of the models that need no check here, and why
BY_CONSTRUCTION: Final[Mapping[str, str]] = {
    "ck_appointment_starts_before_end": "a duration is always positive",
    "ck_job_dating_interview_minutes": "the default is kept",
    "ck_job_dating_opens_before_close": "hours are not imported",
    "ck_stand_posts": "posts are not imported",
    "ck_enrolment_starts_on_before_ends_on": "dates are not imported",
    "ck_situation_starts_on_before_ends_on": "dates are not imported",
}
CHECKED: Final = frozenset(
    {
        "ck_young_person_named",
        "ck_young_person_exit_only_when_closed",
        "ck_young_person_postcode",
        "ck_young_person_birth_date_before_registration_date",
        "ck_young_person_registration_date_before_exit_date",
        "ck_employer_siret",
        "ck_employer_siren",
        "ck_employer_headcount",
        "ck_employer_postcode",
        "ck_partner_postcode",
        "ck_partner_agreement_start_before_agreement_end",
        "ck_action_item_done_date_only_when_done",
        "ck_action_item_hours",
        "ck_stand_recruiters",
        "ck_interview_preference",
    }
)


def problem(entity: str, values: Draft) -> Problem | None:
    """The first thing that the database would refuse in a record that would hold `values`; None when all is well."""
    model = MODELS[entity]
    own = _OWN.get(entity)
    return _too_long(model, values) or _out_of_order(model, values) or (own(values) if own else None)


_SHORT = 20  # no free text has a smaller limit; codes of fixed length have their own check


def _too_long(model: type[m.Base], values: Draft) -> Problem | None:
    for name, text in values.items():
        if text.__class__ is str and len(text) > _SHORT and len(text) > limits(model).get(name, len(text)):
            longest = limits(model)[name]
            return name, f"« {label(model, name)} » dépasse {longest} caractères. Raccourcissez le texte."
    return None


def _out_of_order(model: type[m.Base], values: Draft) -> Problem | None:
    for first, last in _ORDERS.get(model, ()):
        before, after = values.get(first), values.get(last)
        if before is not None and after is not None and after < before:
            if first == "headcount_min":
                return last, "L’effectif au plus est inférieur à l’effectif au moins. Corrigez l’un des deux."
            return last, f"« {label(model, last)} » est avant « {label(model, first)} ». Corrigez l’une des deux dates."
    return None


def _person(values: Draft) -> Problem | None:
    if not values.get("last_name") or not values.get("first_name"):
        return "last_name", "Il manque le nom ou le prénom. Complétez-le pour enregistrer la ligne."
    exits = next((name for name in ("exit_date", "exit_reason") if values.get(name)), None)
    if exits and values.get("status") != "closed":
        return exits, "Le fichier donne une sortie, et un dossier encore ouvert. Choisissez l’un des deux."
    return _postcode(values)


def _employer(values: Draft) -> Problem | None:
    if not values.get("name"):
        return "name", "Il manque le nom de l’entreprise. Complétez-le pour enregistrer la ligne."
    for name, digits in (("siret", 14), ("siren", 9)):
        if values.get(name) and len(values[name]) != digits:
            return name, f"Le {name.upper()} doit avoir {digits} chiffres. Vérifiez-le."
    return _postcode(values)


def _partner(values: Draft) -> Problem | None:
    if not values.get("name"):
        return "name", "Il manque le nom de la structure. Complétez-le pour enregistrer la ligne."
    return _postcode(values)


def _action(values: Draft) -> Problem | None:
    if not values.get("label"):
        return "label", "Il manque l’action à faire. Complétez-la pour enregistrer la ligne."
    if values.get("done_date") and values.get("status") != "done":
        return "done_date", "L’action a une date de réalisation, et n’est pas dite faite. Choisissez l’un des deux."
    return None


def _appointment(values: Draft) -> Problem | None:
    if not values.get("starts_at"):
        return "date", "Il manque la date du rendez-vous. Complétez-la pour enregistrer la ligne."
    return None


def _postcode(values: Draft) -> Problem | None:
    if values.get("postcode") and len(values["postcode"]) != 5:
        return "postcode", "Le code postal doit avoir cinq chiffres. Corrigez-le."
    return None


_OWN: Final[Mapping[str, Callable[[Draft], Problem | None]]] = {
    "young_person": _person,
    "employer": _employer,
    "partner": _partner,
    "action_item": _action,
    "appointment": _appointment,
}


def label(model: type[m.Base], name: str) -> str:
    """The French name of an attribute."""
    fields: Mapping[str, Any] = fields_of(model)
    field = fields.get(name) or fields.get(name.removesuffix("_id"))
    return field.label if field else name
