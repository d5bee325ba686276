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
    "personnel personnelle ml mission locale o n oui non si connu connue numero n no num 1 complet saisir lettres majuscules"
)
_NEUTRAL = frozenset(_AROUND.split())
_ACRONYM = re.compile(r"\b(?:[^\W\d_]\.){2,}[^\W\d_]?\b")
_EXACT, _SHORT, _AMONG, _NEAR, _WEAK = 1.0, 0.85, 0.9, 0.8, 0.45


class Reading(NamedTuple):
    """One meaning that a heading may have, between 0 and 1."""

    score: float
    entity: str
    key: str


def folded(heading: str) -> str:
    """'N° de\\nTéléphones :' -> 'n telephone': what headings are compared by, small words and plurals dropped."""
    words = fold(_ACRONYM.sub(lambda match: match.group().replace(".", ""), heading)).split()
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
def _split_aliases() -> list[tuple[str, list[str]]]:
    return [(alias, alias.split()) for alias in _aliases() if alias]


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
    for alias, score in _near(text):
        for target in _aliases()[alias]:
            best[target] = max(score, best.get(target, 0.0))
    return tuple(sorted((Reading(score, *target) for target, score in best.items()), reverse=True))


def _near(text: str) -> list[tuple[str, float]]:
    if text in _aliases():
        return [(text, _EXACT)]
    words = text.split()
    found = [(alias, score) for alias, parts in _split_aliases() if (score := _likeness(words, parts))]
    if not any(score > _WEAK for _, score in found) and len(text) > 4:
        close = process.extract(text, list(_aliases()), scorer=fuzz.ratio, score_cutoff=86, limit=5)
        found += [(alias, _NEAR * ratio / 100) for alias, ratio, _ in close]
    return found


def _likeness(words: list[str], alias: list[str]) -> float:
    if len(words) == len(alias) and all(_abbreviates(*pair) for pair in zip(words, alias, strict=True)):
        return _SHORT
    others = set(words) - set(alias)
    if len(others) + len(set(alias)) != len(set(words)):
        return 0.0
    if others <= _NEUTRAL:
        return _AMONG
    return _WEAK * len(alias) / len(words) if len(alias[0]) > 2 else 0.0


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
