"""What a person reads about a value: the sentence for each code (cause, then remedy), and how clean values look in French."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import phonenumbers

from ml_admin.cleaned import as_text
from ml_admin.text import tidy, without_nir

# {raw} is « : “the words of the cell” »; the sentence stands without it
_SENTENCES = {
    "missing_required": "Il manque le nom ou le prénom. Complétez-le pour enregistrer la ligne.",
    "missing_birth_date": "La date de naissance n’est pas connue{raw}. La fiche est gardée sans elle : complétez-la dès que possible.",
    "incomplete_date": "La date est incomplète{raw}. Il faut le jour, le mois et l’année.",
    "invalid_date": "Cette date n’existe pas dans le calendrier{raw}. Corrigez le jour ou le mois.",
    "unparsed_date": "La date n’a pas été reconnue{raw}. Écrivez-la comme 12/03/2004.",
    "several_dates": "Il y a plusieurs dates{raw}. La première est gardée : vérifiez que c’est la bonne.",
    "unlikely_date": "L’année est surprenante{raw}. La date est gardée : vérifiez-la.",
    "day_month_swapped": "Le mois était écrit avant le jour{raw}. La date a été remise dans l’ordre : vérifiez-la.",
    "unparsed_time": "L’heure n’a pas été reconnue{raw}. Écrivez-la comme 14:30.",
    "unparsed_duration": "La durée n’a pas été reconnue{raw}. Écrivez-la en minutes, comme 45.",
    "invalid_phone": "{digits}{raw}. Retrouvez le numéro complet et saisissez-le sur la fiche.",
    "values_left_out": "Il y a plus de valeurs que la fiche n’en garde{raw}. Les premières sont gardées : notez les autres.",
    "words_left_out": "La valeur est gardée, pas les mots écrits à côté{raw}. Reportez-les dans les notes s’ils sont utiles.",
    "invalid_email": "Cette adresse électronique ne peut pas recevoir de message{raw}. Il y faut un @, un point, et pas d’accent : corrigez-la.",
    "email_repaired": "Une faute de frappe a été corrigée dans l’adresse électronique{raw}. Vérifiez-la.",
    "invalid_postcode": "Ce code postal n’a pas cinq chiffres{raw}. Corrigez-le.",
    "ambiguous_level": "Ce niveau peut se lire dans l’ancienne échelle ou dans celle de 2019{raw}. Choisissez le niveau sur la fiche.",
    "ambiguous_counsellor": "Plusieurs conseillers répondent à ce nom ou à ces initiales{raw}. Choisissez lequel.",
    "unknown_counsellor": "Personne de l’équipe ne porte ce nom ou ces initiales{raw}. Choisissez un conseiller, ou ajoutez-le à l’équipe.",
    "unmapped_value": "Une partie de la valeur n’a pas été comprise{raw}. Choisissez dans la liste.",
    "siren_only": "C’est le SIREN de l’entreprise, pas le SIRET de l’établissement{raw}. Le SIREN est gardé : ajoutez le SIRET (14 chiffres) si vous l’avez.",
    "siret_digits_lost": "Le tableur a arrondi le SIRET, ses derniers chiffres sont perdus{raw}. Retrouvez-le et saisissez-le.",
    "invalid_siret": "Ce SIRET n’a pas 14 chiffres, ou l’un d’eux est faux{raw}. Vérifiez-le.",
    "invalid_siren": "Ce SIREN n’a pas 9 chiffres, ou l’un d’eux est faux{raw}. Vérifiez-le.",
    "date_in_number_column": "Le tableur a changé ce nombre en date{raw}. Saisissez le nombre voulu.",
    "unparsed_number": "Le nombre n’a pas été reconnu{raw}. Écrivez-le en chiffres.",
    "invalid_url": "Cette adresse de site n’est pas reconnue{raw}. Écrivez-la comme https://www.exemple.fr.",
    "mojibake_repaired": "Les accents étaient abîmés{raw}. Ils ont été rétablis : vérifiez le résultat.",
    "encoding_damage": "Des lettres accentuées ont été perdues et remplacées par des points d’interrogation{raw}. Corrigez le texte.",
    "excel_error": "La cellule contient une erreur de calcul du tableur{raw}. Saisissez la valeur.",
    "guessed_name_split": "Rien ne distingue le nom du prénom{raw}. Le nom a été pris au début : vérifiez.",
    "nir_removed": "Un numéro de sécurité sociale était écrit ici. Il n’est pas gardé : l’application n’en enregistre aucun.",
    "slot_conflict": "Cette personne est inscrite chez deux employeurs au même créneau{raw}. Gardez une seule inscription.",
    "not_open": "Cette colonne ne se change pas ici{raw}. La valeur de la fiche est gardée.",
    "cell_to_correct": "Cette case est à corriger{raw}.",
    "unreadable": "Cette valeur n’a pas été comprise{raw}. Corrigez-la, ou laissez le champ vide.",
}  # fmt: skip
_LONGEST = 60


def _quoted(raw: Any) -> str:
    """The words of the file, short, without any social-security number."""
    text, _ = without_nir(tidy(as_text(raw)))
    return (text[: _LONGEST - 1] + "…") if len(text) > _LONGEST else text


_SPELLED = ("", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf")


def _fault_of_phone(raw: Any) -> str:
    digits = len(re.sub(r"\D", "", re.sub(r"^\s*(?:\+|00)33", "0", as_text(raw))))
    missing = 10 - digits - (isinstance(raw, int | float) and digits < 10)  # a number cell has lost its zero
    if not digits:
        return "Ce n’est pas un numéro de téléphone"
    if missing > 0:
        return f"Il manque {_SPELLED[missing]} chiffre{'s' if missing > 1 else ''} au numéro de téléphone"
    if missing == 0:
        return "Ce numéro de téléphone n’existe pas"
    return "Le numéro de téléphone a trop de chiffres" if digits < 15 else "L’un des numéros de téléphone est faux"


def explain(code: str, raw: Any = None) -> str:
    """The French sentence for a person: cause, then remedy. An unknown code still says that a value is to be checked.

    `raw` is the cell or the form entry; a social-security number in it is never quoted.
    """
    sentence = _SENTENCES.get(code, "Cette valeur est à vérifier{raw}.")
    words = "" if raw is None or code == "nir_removed" else _quoted(raw)
    said = f" : «\u00a0{words}\u00a0»" if words else ""
    # braces are replaced one by one, not formatted: the words of a cell may hold some
    fault = (
        _fault_of_phone(raw) if code == "invalid_phone" and raw is not None else "Ce numéro de téléphone est incomplet"
    )
    return re.sub(r" (?=:)", "\u00a0", sentence.replace("{digits}", fault).replace("{raw}", said))


def _phone(number: str) -> str:
    """'+33612345678' -> '06 12 34 56 78'; overseas too; other countries in international form."""
    for prefix in ("+33", "+262", "+590", "+594", "+596"):
        national = number.removeprefix(prefix)
        if national != number and len(national) == 9:
            return " ".join(re.findall("..", "0" + national))
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _number(number: float | Decimal) -> str:
    whole, _, rest = f"{number:,}".partition(".")
    return whole.replace(",", "\u202f") + (f",{rest}" if rest.strip("0") else "")


def display(name: str, value: Any) -> str:
    """A clean value as French shows it: '06 12 34 56 78', 12/03/2004, 9 h 05, oui; '' for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y}" + (f" {value.hour} h {value.minute:02}" if value.hour or value.minute else "")
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, time):
        return f"{value.hour} h {value.minute:02}"
    if isinstance(value, list | tuple):
        return ", ".join(display(name, item) for item in value)
    if name == "duration" and isinstance(value, int):
        return f"{value} min" if value < 60 else f"{value // 60} h" + (f" {value % 60:02}" if value % 60 else "")
    if name == "phone" and isinstance(value, str):
        return _phone(value)
    if name == "siret" and len(str(value)) == 14:
        return f"{value[:3]} {value[3:6]} {value[6:9]} {value[9:]}"
    if name == "siren" and len(str(value)) == 9:
        return f"{value[:3]} {value[3:6]} {value[6:]}"
    if name in ("integer", "decimal", "offers_count") and isinstance(value, int | float | Decimal):
        return _number(value)
    return str(value)
