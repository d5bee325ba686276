"""What a person reads about a value: the sentence for each code (cause, then remedy), and how clean values look in French."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import phonenumbers

from ml_admin.text import tidy, without_nir

_SENTENCES = {
    "missing_required": "Il manque le nom ou le prénom. Complétez-le pour enregistrer la ligne.",
    "missing_birth_date": "La date de naissance manque. La fiche est créée sans elle{file} ; complétez-la dès que vous la connaissez.",
    "incomplete_date": "La date est incomplète : il faut le jour, le mois et l’année{file}. Complétez-la.",
    "invalid_date": "Cette date n’existe pas dans le calendrier{file}. Corrigez le jour ou le mois.",
    "unparsed_date": "La date n’a pas été reconnue{file}. Écrivez-la comme 12/03/2004.",
    "several_dates": "La cellule contient plusieurs dates{file}. La première est gardée : vérifiez que c’est la bonne.",
    "unlikely_date": "L’année est surprenante{file}. Vérifiez-la.",
    "day_month_swapped": "Le mois était écrit avant le jour{file}. La date a été remise dans l’ordre : vérifiez-la.",
    "unparsed_time": "L’heure n’a pas été reconnue{file}. Écrivez-la comme 14:30.",
    "unparsed_duration": "La durée n’a pas été reconnue{file}. Écrivez-la en minutes, comme 45.",
    "invalid_phone": "{digits}{file}. Retrouvez le numéro complet et saisissez-le sur la fiche.",
    "values_left_out": "La cellule contient plus de valeurs que la fiche n’en garde{file}. Les premières sont gardées : notez les autres.",
    "words_left_out": "Le numéro est gardé, pas les mots écrits à côté{file}. Reportez-les dans les notes s’ils sont utiles.",
    "invalid_email": "Cette adresse électronique ne peut pas recevoir de message{file}. Corrigez-la : il faut un @, un point, et pas d’accent.",
    "email_repaired": "Une faute de frappe a été corrigée dans l’adresse électronique{file}. Vérifiez-la.",
    "invalid_postcode": "Ce code postal n’a pas cinq chiffres{file}. Corrigez-le.",
    "ambiguous_level": "Ce niveau peut se lire dans l’ancienne échelle ou dans celle de 2019{file}. Choisissez le diplôme ou le niveau sur la fiche.",
    "ambiguous_counsellor": "Plusieurs conseillers répondent à ce nom ou à ces initiales{file}. Choisissez lequel.",
    "unknown_counsellor": "Personne de l’équipe ne porte ce nom ou ces initiales{file}. Choisissez un conseiller ou ajoutez-le.",
    "unmapped_value": "Une partie de la cellule n’a pas été comprise{file}. Choisissez la valeur dans la liste.",
    "siren_only": "C’est le SIREN de l’entreprise, sans l’établissement{file}. Le SIREN est gardé ; ajoutez le SIRET (14 chiffres) si vous l’avez.",
    "siret_digits_lost": "Le tableur a arrondi le SIRET et ses derniers chiffres sont perdus{file}. Retrouvez-le et saisissez-le.",
    "invalid_siret": "Ce SIRET contient une erreur : sa clé de contrôle n’est pas juste{file}. Vérifiez ses 14 chiffres.",
    "invalid_siren": "Ce SIREN contient une erreur : sa clé de contrôle n’est pas juste{file}. Vérifiez ses 9 chiffres.",
    "date_in_number_column": "Le tableur a changé ce nombre en date{file}. Saisissez l’effectif ou le nombre voulu.",
    "unparsed_number": "Le nombre n’a pas été reconnu{file}. Écrivez-le en chiffres.",
    "invalid_url": "Cette adresse de site n’est pas reconnue{file}. Écrivez-la comme https://www.exemple.fr.",
    "mojibake_repaired": "Les accents étaient abîmés et ont été rétablis{file}. Vérifiez le résultat.",
    "encoding_damage": "Des lettres ont été perdues dans le fichier et remplacées par « ? »{file}. Corrigez le texte.",
    "excel_error": "La cellule contient une erreur de calcul du tableur{file}. Corrigez la formule ou saisissez la valeur.",
    "guessed_name_split": "Rien ne distingue le nom du prénom{file}. Le premier mot est pris pour le nom : vérifiez.",
    "nir_removed": "Un numéro de sécurité sociale était écrit ici. Il n’est pas gardé : l’application n’en enregistre aucun.",
    "slot_conflict": "Cette personne est inscrite chez deux employeurs sur le même créneau{file}. Gardez une seule inscription.",
}  # fmt: skip
_LONGEST = 60


def _quoted(raw: Any) -> str:
    """The words of the file, short, without any social-security number."""
    text, _ = without_nir(tidy(display("text", raw)))
    return (text[: _LONGEST - 1] + "…") if len(text) > _LONGEST else text


def _count_of_digits(raw: Any) -> str:
    digits = len(re.sub(r"\D", "", re.sub(r"^\s*(?:\+|00)33", "0", display("text", raw))))
    if not digits:
        return "Ce n’est pas un numéro de téléphone"
    missing = 10 - digits
    if 0 < missing < 10:
        return f"Il manque {_spelled(missing)} chiffre{'s' if missing > 1 else ''} au numéro de téléphone"
    if missing < 0:
        return "Le numéro de téléphone a trop de chiffres"
    return "Ce numéro de téléphone n’existe pas"


def _spelled(count: int) -> str:
    return ("", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf")[count]


def explain(code: str, raw: Any = None) -> str:
    """The French sentence for a person: cause, then remedy. An unknown code still says that a value is to be checked.

    `raw` is the cell as the file has it; a social-security number in it is never quoted.
    """
    sentence = _SENTENCES.get(code, "Cette valeur est à vérifier{file}.")
    words = _quoted(raw) if raw not in (None, "") else ""
    file = f" (dans le fichier : « {words} »)" if words else ""
    return sentence.replace("{digits}", _count_of_digits(raw) if code == "invalid_phone" else "").replace(
        "{file}", file
    )


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
