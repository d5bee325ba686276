"""Dated rules of the trade: each has a declared meaning and a usual value; the table `setting` says what changed when.

The usual values and their sources stand in domain.md of the reference (laws, PACEA, CEJ, PMSMP, retention). A rule
holds from its day on: a record of last year is judged by the value of last year.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from ml_admin.models import Setting

Value = int | date | tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one key means. `usual` also says the kind: a number, a day, or several numbers."""

    label: str
    usual: Value
    unit: str = ""
    group: str
    least: int = 0
    most: int = 1000
    help: str = ""

    def read(self, text: str) -> Value:
        """The value that someone typed; raises ValueError with a French sentence."""
        if isinstance(self.usual, date):
            return _day(text)
        if isinstance(self.usual, tuple):
            return tuple(sorted({self._number(part) for part in re.split(r"[,; ]+", text.strip())}, reverse=True))
        return self._number(text)

    def write(self, value: Value) -> str:
        """The value as the table keeps it and the screen shows it: « 24 », « 7, 1 », « 28/02/2022 »."""
        if isinstance(value, date):
            return f"{value:%d/%m/%Y}"
        return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)

    def _number(self, text: str) -> int:
        if not re.fullmatch(r"\s*[0-9]{1,6}\s*", text) or not self.least <= int(text) <= self.most:
            unit = f" ({self.unit})" if self.unit else ""
            raise ValueError(
                f"« {text.strip()} » ne convient pas : donnez un nombre de {self.least} à {self.most}{unit}."
            )
        return int(text)


def _day(text: str) -> date:
    match = re.fullmatch(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*", text)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"« {text.strip()} » n’est pas une date. Exemple : 01/03/2022.") from None


_PUBLIC = "Public"
_SCHEMES = "Dispositifs"
_PMSMP = "Immersions (PMSMP)"
_WATCH = "Alertes"
_KEEP = "Conservation"

RULES: Final[Mapping[str, Rule]] = {
    "age.min": Rule(label="Âge d’entrée", usual=16, unit="ans", group=_PUBLIC, least=10, most=30),
    "age.max": Rule(
        label="Dernier âge accompagné",
        usual=25,
        unit="ans",
        group=_PUBLIC,
        least=16,
        most=35,
        help="25 : jusqu’à la veille du 26e anniversaire.",
    ),
    "age.max_rqth": Rule(label="Dernier âge avec RQTH (CEJ)", usual=29, unit="ans", group=_PUBLIC, least=16, most=40),
    "age.majority": Rule(
        label="Majorité", usual=18, unit="ans", group=_PUBLIC, least=16, most=21, help="Avant : représentant légal."
    ),
    "pacea.max_months": Rule(label="Durée maximale du PACEA", usual=24, unit="mois", group=_SCHEMES, least=1, most=60),
    "pacea.sign_within_months": Rule(
        label="Signature du PACEA après le diagnostic", usual=1, unit="mois", group=_SCHEMES, least=0, most=12
    ),
    "cej.max_months": Rule(label="Durée maximale du CEJ", usual=12, unit="mois", group=_SCHEMES, least=1, most=36),
    "cej.max_months_exceptional": Rule(
        label="Durée exceptionnelle du CEJ", usual=18, unit="mois", group=_SCHEMES, least=1, most=36
    ),
    "cej.hours_min": Rule(label="CEJ : heures par semaine, au moins", usual=15, unit="h", group=_SCHEMES, most=60),
    "cej.hours_max": Rule(label="CEJ : heures par semaine, au plus", usual=20, unit="h", group=_SCHEMES, most=60),
    "garantie_jeunes.last_entry": Rule(
        label="Dernière entrée en Garantie jeunes", usual=date(2022, 2, 28), group=_SCHEMES
    ),
    "pmsmp.max_days": Rule(label="Durée d’une immersion", usual=30, unit="jours", group=_PMSMP, least=1, most=90),
    "pmsmp.renewals": Rule(label="Renouvellements d’une immersion", usual=1, group=_PMSMP, most=5),
    "pmsmp.max_months_per_year": Rule(
        label="Immersion par jeune et par employeur sur 12 mois", usual=2, unit="mois", group=_PMSMP, least=1, most=12
    ),
    "watch.no_contact_days": Rule(label="Sans contact depuis", usual=28, unit="jours", group=_WATCH, least=7, most=365),
    "watch.birthday_days": Rule(
        label="Prévenir avant la limite d’âge", usual=90, unit="jours", group=_WATCH, least=1, most=730
    ),
    "watch.scheme_end_days": Rule(
        label="Prévenir avant la fin d’un dispositif", usual=60, unit="jours", group=_WATCH, least=1, most=365
    ),
    "watch.papers_end_days": Rule(
        label="Prévenir avant la fin d’un titre de séjour ou d’une RQTH",
        usual=90,
        unit="jours",
        group=_WATCH,
        least=1,
        most=365,
    ),
    "reminder.appointment_days": Rule(
        label="Rappel de rendez-vous, avant", usual=(7, 1), unit="jours", group=_WATCH, least=0, most=60
    ),
    "reminder.action_days": Rule(label="Rappel d’action, avant", usual=(3,), unit="jours", group=_WATCH, most=60),
    "follow_up.months": Rule(
        label="Appels après la sortie", usual=(12, 6, 3), unit="mois", group=_WATCH, least=1, most=60
    ),
    "keep.file_months": Rule(
        label="Dossier d’un jeune, après le dernier contact",
        usual=24,
        unit="mois",
        group=_KEEP,
        least=1,
        most=240,
        help="Ou après la limite d’âge, si elle vient plus tard.",
    ),
    "keep.cej_years": Rule(label="Pièces du CEJ, après sa fin", usual=10, unit="ans", group=_KEEP, least=1, most=30),
    "keep.contact_months": Rule(
        label="Interlocuteur ou agent, après son départ", usual=12, unit="mois", group=_KEEP, least=1, most=120
    ),
    "keep.job_dating_months": Rule(
        label="Candidats d’un job dating", usual=23, unit="mois", group=_KEEP, least=1, most=24
    ),
    "keep.import_days": Rule(
        label="Fichiers d’un import, après son écriture",
        usual=90,
        unit="jours",
        group=_KEEP,
        least=1,
        most=730,
        help="Le fichier, le classeur annoté et les lignes en attente sont alors effacés ; le compte rendu reste.",
    ),
    "keep.import_open_days": Rule(
        label="Import jamais terminé, après son dépôt",
        usual=180,
        unit="jours",
        group=_KEEP,
        least=1,
        most=730,
    ),
    "keep.consultation_months": Rule(
        label="Journal des consultations",
        usual=12,
        unit="mois",
        group=_KEEP,
        least=6,
        most=12,
        help="De 6 à 12 mois, selon la CNIL.",
    ),
}


def get(session: Session, key: str, day: date) -> Value:
    """The value of one rule on `day`; costs a query: read several at once with `all_on`. KeyError for an unknown key."""
    rule = RULES[key]
    query = select(Setting.value).where(Setting.key == key, Setting.valid_from <= day)
    text = session.scalar(query.order_by(Setting.valid_from.desc()).limit(1))
    return rule.usual if text is None else _kept(rule, text)


def number(session: Session, key: str, day: date) -> int:
    """`get` for a rule that is one number; TypeError otherwise."""
    value = get(session, key, day)
    if not isinstance(value, int):
        raise TypeError(f"{key} is not a number")
    return value


def all_on(session: Session, day: date) -> dict[str, Value]:
    """Every rule as it holds on `day`, in one query."""
    values = {key: rule.usual for key, rule in RULES.items()}
    query = select(Setting.key, Setting.value).where(Setting.valid_from <= day).order_by(Setting.valid_from)
    for key, text in session.execute(query):
        if key in RULES:  # a rule of a later version of the program, or of an earlier one
            values[key] = _kept(RULES[key], text)
    return values


def _kept(rule: Rule, text: str) -> Value:
    try:
        return rule.read(text)
    except ValueError:
        return rule.usual  # written past the form; every page that needs the rule must still open


def errors(key: str, value: str) -> dict[str, str]:
    """Attribute of `Setting` -> French sentence for what cannot be kept; {} when all is well."""
    rule = RULES.get(key)
    if rule is None:
        return {"key": "Cette règle n’existe pas. Choisissez-la dans la liste."}
    try:
        rule.read(value)
    except ValueError as error:
        return {"value": str(error)}
    return {}


def tidy(key: str, value: str) -> str:
    """The value as the table keeps it; ValueError with a French sentence, KeyError for an unknown key."""
    return RULES[key].write(RULES[key].read(value))


def options() -> list[tuple[str, str]]:
    """(key, French label with its unit) for the form, by group."""
    return [(key, f"{rule.label} ({rule.unit})" if rule.unit else rule.label) for key, rule in RULES.items()]


def explained(key: str) -> dict[str, Any]:
    """What the screen says beside a rule: label, unit, group, help, usual value as text."""
    rule = RULES[key]
    return {
        "label": rule.label,
        "unit": rule.unit,
        "group": rule.group,
        "help": rule.help,
        "usual": rule.write(rule.usual),
    }
