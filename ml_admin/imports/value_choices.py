"""What a word that an import did not understand may mean: the choices of its field, the nearest of them, a hint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz import fuzz, process
from sqlalchemy import select
from sqlalchemy.orm import Session

from ml_admin import choices, vocabularies
from ml_admin import models as m
from ml_admin.choices import Scope
from ml_admin.imports.entities import ENTITIES, Meaning
from ml_admin.imports.records import BARRIERS, MODELS
from ml_admin.permissions import Viewer, hidden_barriers
from ml_admin.text import fold

Options = Sequence[tuple[str, str]]  # (key, French label)

BLANK, APART = "=blank", "=apart"  # answers that are no code of a field
LISTS: Final = frozenset({"programmes", "barriers"})
_NEAR: Final = 75.0  # of 100: below, another word is only another word
_CLEAR: Final = 5.0  # how far before the second a suggestion must be

_STATUS: Final[Options] = (
    ("active", "Actif"),
    ("in_employment", "Actif, en emploi"),
    ("in_training", "Actif, en formation"),
    ("first_contact", "Premier accueil"),
    ("paused", "En pause"),
    ("closed", "Sorti"),
    ("transferred", "Sorti : transféré"),
    ("lost_contact", "Sorti : sans nouvelles"),
)
_CLOSED: Final[Mapping[str, Options]] = {
    "gender": choices.Gender.options(),
    "programmes": choices.Programme.options(),
    "young_status": _STATUS,
    "education_level": choices.EducationLevel.options(),
    "partner_kind": choices.PartnerKind.options(),
    "appointment_outcome": choices.AppointmentOutcome.options(),
    "appointment_mode": choices.AppointmentMode.options(),
    "action_status": choices.ActionStatus.options(),
    "appointment_kind": choices.AppointmentKind.options(),
    "exit_reason": choices.ExitReason.options(),
    "relationship_state": choices.Relationship.options(),
    "action_owner": choices.ActionOwner.options(),
    "boolean": (("true", "Oui"), ("false", "Non")),
    "registration_mark": (("registered", "Inscrit"), ("waiting", "Liste d’attente")),
}
# the scale before 2019, of which an old « 5 » may speak: level V was the CAP
_OLD_LEVELS: Final[Mapping[str, str]] = {"6": "none", "5": "3", "4": "4", "3": "5", "2": "6", "1": "7"}


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be answered for one word; `suggestion` is a key, "" when nothing is near."""

    options: Options
    suggestion: str = ""
    hint: str = ""


def meaning_of(entity: str, name: str) -> Meaning | None:
    """The meaning whose first field this is."""
    meanings = ENTITIES[entity].meanings
    return ENTITIES[entity].meaning(name) or next((one for one in meanings if one.fields[0] == name), None)


def cleaner_of(entity: str, name: str) -> str:
    meaning = meaning_of(entity, name)
    return meaning.cleaner if meaning else ""


def offer(session: Session, viewer: Viewer, entity: str, name: str, code: str, written: str) -> Offer:
    """The choices for a folded word of this field, nearest first where people are chosen."""
    cleaner = cleaner_of(entity, name)
    if cleaner == "counsellor":
        return _counsellors(session, written, sure=code == "unknown_counsellor")
    options = [*_of_field(session, cleaner, viewer)]
    if not options:
        return Offer(())
    if code == "ambiguous_level":
        return _levels(options, written, entity)
    return Offer((*options, *_besides(entity, cleaner)), _nearest(cleaner, written, options))


def _of_field(session: Session, cleaner: str, viewer: Viewer) -> Options:
    if cleaner == "site":
        return _sites(session, viewer)
    if cleaner != "barriers":
        return _CLOSED.get(cleaner, ())
    labels, hidden = dict(choices.BarrierTheme.options()), {str(theme) for theme in hidden_barriers(viewer)}
    return [(code, labels[theme]) for code, theme in BARRIERS.items() if theme not in hidden]


def _sites(session: Session, viewer: Viewer) -> Options:
    query = select(m.Site.name).order_by(m.Site.name)
    if viewer.scope is Scope.OWN_SITE:
        query = query.where(m.Site.id == viewer.site_id)
    return [(name, name) for name in session.scalars(query)]


def _besides(entity: str, cleaner: str) -> Options:
    blank = (BLANK, "Personne : pas inscrit" if cleaner == "registration_mark" else "Laisser vide")
    apart = "extra" in MODELS[entity].__table__.columns and cleaner != "registration_mark"
    return (blank, (APART, "Garder les mots à part, sur la fiche")) if apart else (blank,)


def _nearest(cleaner: str, written: str, options: Options) -> str:
    known = vocabularies.VOCABULARIES.get(cleaner)
    words = {fold(label): key for key, label in options}
    if known:
        words = {word: code for word, code in known.spellings.items() if len(word) > 2} | words
    # no partial ratio: « tremplin 16 » holds the 16 of « of 16 18 » and means something else
    found = process.extractOne(written, list(words), scorer=fuzz.token_sort_ratio, score_cutoff=_NEAR)
    code = words[found[0]] if found else ""
    return code if code in dict(options) else ""


def _levels(options: Options, written: str, entity: str) -> Offer:
    """« 5 » was the CAP until 2018, and is bac + 2 since."""
    digit = written[:1]
    labels = dict(options)
    both = [key for key in (_OLD_LEVELS.get(digit, ""), digit) if key in labels]
    first = [(key, labels[key]) for key in dict.fromkeys(both)]
    rest = [one for one in options if one not in first]
    hint = " ou ".join(
        f"{scale} : {labels[key]}"
        for scale, key in (("avant 2019", _OLD_LEVELS.get(digit, "")), ("depuis", digit))
        if key in labels
    )
    return Offer((*first, *rest, *_besides(entity, "education_level")), "", hint)


def _counsellors(session: Session, written: str, *, sure: bool) -> Offer:
    c = m.Counsellor
    found = [
        (f"{last} {first}", f"{first} {last.title()}")
        for last, first in session.execute(select(c.last_name, c.first_name).order_by(c.last_name, c.first_name))
    ]
    scores = {key: _likeness(written, key) for key, _ in found}
    ranked = sorted(found, key=lambda one: -scores[one[0]] if scores[one[0]] >= _NEAR else 0)
    best = [scores[key] for key, _ in ranked[:2]]
    near = sure and best and best[0] >= _NEAR and (len(best) < 2 or best[0] - best[1] >= _CLEAR)
    rest = (
        (BLANK, "Laisser vide, sans référent"),
        (APART, "Garder le nom à part, sur la fiche"),
    )
    return Offer((*ranked, *rest), ranked[0][0] if near else "")


def _likeness(written: str, key: str) -> float:
    words = fold(key)
    return max(fuzz.ratio(written, words), *(fuzz.ratio(written, word) for word in words.split()), fuzz.token_sort_ratio(written, words))  # fmt: skip


def value_of(cleaner: str, key: str) -> Any:
    """The value that a record takes for a key of a closed list."""
    return key == "true" if cleaner == "boolean" else key
