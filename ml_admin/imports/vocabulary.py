"""Which meanings a heading announces: exact alias, abbreviation, alias among other words, near spelling."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz, process

from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.old_headings import NOT_IMPORTED
from ml_admin.text import fold

_SMALL = frozenset(
    {
        "s",
        "de",
        "du",
        "des",
        "d",
        "la",
        "le",
        "les",
        "l",
        "au",
        "aux",
        "en",
        "un",
        "une",
        "votre",
        "son",
        "sa",
        "et",
        "a",
    }
)
# words that may surround a heading without changing what it says
_AROUND = (
    "jeune beneficiaire candidat candidate usager personne obligatoire format jj mm aaaa exact exacte actuel actuelle principal principale perso "
    "personnel personnelle ml mission locale o n oui non si connu connue numero n no num 1 complet saisir lettres majuscules "
    "prevu prevue repere reperee identifie identifiee recu recue concerne concernee declare declaree indique indiquee interne libre ce jour valide lib "
    "address details field value name of the client"
)
_NEUTRAL = frozenset(_AROUND.split())
# how offices and programs shorten the words of headings
_WRITTEN = {
    "telephone": "tel", "tph": "tel", "phone": "tel", "port": "portable", "dom": "domicile", "adr": "adresse", "dt": "date", "dte": "date",
    "numero": "n", "num": "n", "no": "n", "nr": "n", "nbre": "nb", "nombre": "nb", "inscr": "inscription", "niv": "niveau", "form": "formation",
    "hre": "heure", "tps": "temp", "cons": "conseiller", "pren": "prenom", "naiss": "naissance", "dern": "dernier", "pers": "personne",
    "codpos": "code postal", "codpost": "code postal", "codepostal": "code postal", "cod": "code", "resp": "responsable", "obs": "observation",
    "benef": "beneficiaire", "int": "interne", "conv": "convention", "eff": "effectif", "accomp": "accompagnement", "mini": "min", "maxi": "max",
    "minimum": "min", "maximum": "max", "reference": "ref", "situ": "situation", "sect": "secteur", "dernierement": "dernier", "motorisee": "motorise",
    "datenaissance": "date naissance", "email": "mail", "courriel": "mail", "nir": "nir",
}  # fmt: skip
# a heading that holds one of these speaks of a wish, of the past, or of somebody else
_OTHER_THING = frozenset(
    [
        "souhaite",
        "souhaitee",
        "souhaites",
        "souhaitees",
        "souhait",
        "vise",
        "visee",
        "envisage",
        "envisagee",
        "voulu",
        "voulue",
        "projet",
        "objectif",
        "recherche",
        "recherchee",
        "cible",
        "ancien",
        "ancienne",
        "precedent",
        "precedente",
        "conjoint",
        "conjointe",
        "mere",
        "pere",
        "parent",
        "parents",
        "tuteur",
        "tutrice",
        "enfant",
        "enfants",
        "frere",
        "soeur",
        "urgence",
        "representant",
        "relance",
        "renouvellement",
        "creation",
        "modification",
        "maj",
        "saisie",
        "archive",
    ]
)
_INCLUSIVE = re.compile(
    r"\((?:e|s|es|ère|ere|ne|le|trice|rice)\)|(?<=\w{2})[·•.](?:e|es|ère|ere|trice|rice|ne|se)\b(?:[·•.]s\b)?",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"[(\[][^()\[\]]*[)\]]?")
_ACRONYM = re.compile(r"\b(?:[^\W\d_]\.){2,}[^\W\d_]?\b")
_EXACT, _SHORT, _AMONG, _NEAR, _WEAK = 1.0, 0.85, 0.9, 0.8, 0.45


class Reading(NamedTuple):
    """One meaning that a heading may have, between 0 and 1."""

    score: float
    entity: str
    key: str


@lru_cache(maxsize=16_384)
def folded(heading: str) -> str:
    """'N° de\\nTéléphones :' -> 'n telephone': what headings are compared by, small words and plurals dropped."""
    heading = _INCLUSIVE.sub("", heading)
    words = fold(_ACRONYM.sub(lambda match: match.group().replace(".", ""), heading)).split()
    words = " ".join(_WRITTEN.get(word) or _WRITTEN.get(word.rstrip("s"), word) for word in words).split()
    return " ".join(word.rstrip("s") if len(word) > 3 else word for word in words if word not in _SMALL) or " ".join(
        words
    )


@cache
def _aliases() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for entity in ENTITIES.values():
        for meaning in entity.meanings:
            for heading in dict.fromkeys(map(folded, meaning.headings)):
                found[heading].append((entity.name, meaning.key))
    for heading in {folded(one) for one in NOT_IMPORTED.split(";")}:
        found[heading].append(("", ""))
    return dict(found)


@cache
def _by_beginning() -> dict[str, list[tuple[str, list[str]]]]:
    """The three letters that an alias begins with -> aliases and their words: a word that shortens one has them too."""
    found: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    for alias in filter(None, _aliases()):
        found[alias.split()[0][:3]].append((alias, alias.split()))
    return dict(found)


@lru_cache(maxsize=65_536)
def is_heading(text: str) -> bool:
    """Whether the text is word for word a known heading; cheap enough for every cell of a big sheet."""
    return len(text) < 60 and folded(text) in _aliases()


@lru_cache(maxsize=4096)
def readings(heading: str) -> tuple[Reading, ...]:
    """Every meaning that the heading may have, best first; entity "" = a column known not to be imported."""
    text = folded(heading)
    if not text or len(text) > 80:
        return ()
    best: dict[tuple[str, str], float] = {}
    for said, weight in _ways(heading, text):
        for alias, score in _near(said):
            for target in _aliases()[alias]:
                best[target] = max(weight * score, best.get(target, 0.0))
    return tuple(sorted((Reading(score, *target) for target, score in best.items()), reverse=True))


def _ways(heading: str, text: str) -> list[tuple[str, float]]:
    """The heading whole, what stands outside its brackets, what stands inside, with a weight each."""
    ways = [(text, 1.0), *_halves(heading, text)]
    if text in _aliases() or not _ASIDE.search(_INCLUSIVE.sub("", heading)):
        return ways
    outside = folded(_ASIDE.sub(" ", _INCLUSIVE.sub("", heading)))
    inside = folded(" ".join(_ASIDE.findall(_INCLUSIVE.sub("", heading))))
    return ways + [(said, weight) for said, weight in ((outside, 0.95), (inside, 0.85)) if said and said in _aliases()]


def _halves(heading: str, text: str) -> list[tuple[str, float]]:
    """'Étape / action': two words for one thing, where each is known by itself."""
    halves = [folded(half) for half in re.split(r"\s*/\s*", heading)]
    if text in _aliases() or len(halves) != 2 or not all(half in _aliases() for half in halves):
        return []
    both = set(_aliases()[halves[0]]) & set(_aliases()[halves[1]])
    return [(halves[0], 0.9)] if both else []


def of_other_thing(heading: str) -> bool:
    """'Diplôme souhaité', 'Tél. mère': not the field that its other words announce."""
    return not _OTHER_THING.isdisjoint(fold(heading).split())


def _near(text: str) -> list[tuple[str, float]]:
    if text in _aliases():
        return [(text, _EXACT)]
    words = text.split()
    close_by = (one for start in {word[:3] for word in words} for one in _by_beginning().get(start, ()))
    found = [(alias, score) for alias, parts in close_by if (score := _likeness(words, parts))]
    if not any(score > _WEAK for _, score in found) and len(text) > 4:
        close = process.extract(text, list(_aliases()), scorer=fuzz.ratio, score_cutoff=86, limit=5)
        found += [(alias, _NEAR * ratio / 100) for alias, ratio, _ in close]
    return found


def _likeness(words: list[str], alias: list[str]) -> float:
    """1 for the same words, less for shortened ones, for neutral words around, for another order."""
    left, short = list(words), 0
    for part in alias:
        found = part if part in left else next((word for word in left if _abbreviates(word, part)), None)
        if found is None:
            return 0.0
        left.remove(found)
        short += found != part
    if not left:
        return _SHORT if short else _AMONG
    if not _OTHER_THING.isdisjoint(left):
        return 0.0
    if _NEUTRAL.issuperset(left):
        return _AMONG if not short else _NEAR
    return _WEAK * len(alias) / len(words) if len(alias[0]) > 2 and not short else 0.0


def _abbreviates(word: str, whole: str) -> bool:
    return word == whole or (len(word) > 2 and len(whole) > len(word) and whole.startswith(word))


def enough_for_a_record(headings: Iterable[str]) -> bool:
    """These headings alone fill what some entity needs: a row of them is the header of a table."""
    said = [
        (one.entity, name)
        for heading in headings
        for one in readings(heading)
        if one.score >= 0.8
        for name in one.key.split("+")
    ]
    return any(
        need <= {name for entity, name in said if entity == one.name} for one in ENTITIES.values() for need in one.needs
    )
