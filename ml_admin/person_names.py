"""Names of persons: who is the last name in one cell, what is a civility, what is a birth name."""

import re
from dataclasses import dataclass

from ml_admin.text import fold, repair_mojibake, tidy

_CIVILITY = r"(?:mme|mlle|melle|mle|mrs?|m\.|madame|mademoiselle|monsieur|mr\.|mme\.|mlle\.|dr\.?|me\.)"
_CIVILITIES = re.compile(rf"^(?:{_CIVILITY}\s*(?:et|&|/|ou)\s*)?(?:{_CIVILITY}|m)(?:\s+|(?<=\.))(?=\S)", re.IGNORECASE)
_CIVILITY_BEHIND = re.compile(rf"\s*[(,]\s*(?:{_CIVILITY}|m)\s*\)?$", re.IGNORECASE)
_BORN = re.compile(r"(?:\s+|\s*[(,]\s*)(née?|nee?)\s*(?::|\.)?\s+(\S.*)$", re.IGNORECASE)
_BORN_BEFORE = re.compile(r"^\(?\s*(?:née?|nee?)\b\s*(?::|\.)?\s+(?=\S)", re.IGNORECASE)
_MARRIED = re.compile(
    r"(?:\s+|\s*[(,]\s*)(?:ép|ep|épouse|epouse|épse|epse|veuve|vve)\b\.?\s*:?\s*(\S.*)$", re.IGNORECASE
)
_MIXED_CAPITALS = re.compile(r"(?:Mc|Mac|De|Le|La|Di|Du|Da|Des|O'|D'|L'|N'|Saint-|Van|Ben|El|Al)[^\W\d_]*")
_WORD_ENDS = re.compile(r"([\s\-'(/,.]+)")
PARTICLES = frozenset(
    ("de", "du", "des", "d", "la", "le", "les", "l", "van", "von", "vander", "den", "der", "ten", "ter")
    + ("el", "al", "ben", "bin", "ibn", "abd", "abdel", "abou", "abu", "bou", "ould", "ait", "sidi")
    + (
        "da",
        "do",
        "dos",
        "das",
        "di",
        "del",
        "della",
        "lo",
        "san",
        "santa",
        "saint",
        "sainte",
        "st",
        "ste",
        "mac",
        "mc",
        "o",
    )
)


@dataclass(frozen=True, slots=True)
class Person:
    """What one cell says of a person; `guessed` when nothing told the last name from the first."""

    last_name: str | None = None
    first_name: str | None = None
    birth_name: str | None = None
    guessed: bool = False


def last_name(text: str) -> str:
    """'van den  Berg' -> 'VAN DEN BERG'; accents as written."""
    # capitals may make a broken accent of two sound signs: repaired again, so that a clean name stays as it is
    return tidy(repair_mojibake(text.upper()).upper())


def first_name(text: str) -> str:
    """'MARIE-ange d’arc' -> 'Marie-Ange D'Arc': a capital at each word, also behind `-` and `'`."""
    return tidy(_capitalized(repair_mojibake(_capitalized(tidy(text)))))


def _capitalized(text: str) -> str:
    return "".join(word.capitalize() for word in _WORD_ENDS.split(text))


def _worded(text: str) -> str:
    return " ".join(word for word in text.split(" ") if fold(word))


def without_civility(text: str) -> str:
    """'Mme DURAND' -> 'DURAND'; a lone civility is kept as it is."""
    if text.isalpha():
        return text
    return _CIVILITY_BEHIND.sub("", _CIVILITIES.sub("", text)) or text


def without_born(text: str) -> str:
    """'née DUPONT', as a column of birth names says it -> 'DUPONT'."""
    bare = _BORN_BEFORE.sub("", text)
    return text if bare == text else bare.strip(" ()")


def split_birth_name(text: str) -> tuple[str, str | None]:
    """'MARTIN née DUPONT' and 'DUPONT ép. MARTIN' -> ('MARTIN', 'DUPONT'): name in use, birth name."""
    if text.isalpha():
        return text, None
    born = _BORN.search(text)
    if born and born.start():
        return text[: born.start()].strip(" ,("), born[2].strip(" ,()")
    married = _MARRIED.search(text)
    if married and married.start():
        return married[1].strip(" ,()"), text[: married.start()].strip(" ,(")
    return text, None


def _in_capitals(word: str) -> bool:
    letters = [char for char in word if char.isalpha()]
    if len(letters) < 2 or not letters[-1].isupper():
        return False
    lower = [char for char in letters if char.islower()]
    return not lower or bool(_MIXED_CAPITALS.match(word)) and len(letters) - len(lower) >= 3


def split_person(text: str, *, first_before: bool = False) -> Person:
    """One cell « Nom Prénom »: the words in capitals are the last name; without any to tell, last name first.

    `first_before`: the heading says « Prénom Nom ».
    """
    text = without_civility(tidy(text))
    used, birth = split_birth_name(text)
    if birth is None:
        return _split(used, first_before)
    here, there = _split(used, first_before), _split(birth, first_before)
    # the first name stands on either side: « Sophie MARTIN née DUPONT », « MARTIN née DUPONT Sophie »
    return Person(here.last_name, there.first_name or here.first_name, there.last_name, here.guessed or there.guessed)


def _split(text: str, first_before: bool) -> Person:
    before, comma, after = text.partition(",")
    if comma and fold(before) and fold(after):
        return _person(before, after)
    words = _worded(text).split(" ")
    capitals = [_in_capitals(word) for word in words]
    if any(capitals) and not all(capitals):
        return _split_by_capitals(words, capitals)
    return _first_name_first(words) if first_before else _last_name_first(words)


def _person(last: str, first: str, *, guessed: bool = False) -> Person:
    last, first = _worded(last_name(last)), _worded(first_name(first))
    return Person(last or last_name(first) or None, first if last and first else None, guessed=guessed)


def _split_by_capitals(words: list[str], capitals: list[bool]) -> Person:
    # a particle in lower case before the capitals is part of the name: « Jean de LA TOUR »
    for at in range(len(words) - 2, -1, -1):
        if capitals[at + 1] and not capitals[at] and words[at].islower() and fold(words[at]) in PARTICLES:
            capitals[at] = True
    last = " ".join(word for word, capital in zip(words, capitals, strict=True) if capital)
    return _person(last, " ".join(word for word, capital in zip(words, capitals, strict=True) if not capital))


def _first_name_first(words: list[str]) -> Person:
    # « Jean Pierre Martin » leaves a doubt, « Léa Le Goff » none
    guessed = len(words) > 2 and fold(words[1]) not in PARTICLES
    person = _person(" ".join(words[1:]), words[0], guessed=guessed)
    again = _split(f"{person.last_name} {person.first_name}", False)
    # of letters that have no capitals nothing would tell the order any more
    kept = (again.last_name, again.first_name) == (person.last_name, person.first_name)
    plain = len(words) > 1 and all(re.sub(r"[-'.]", "", word).isalpha() for word in words)
    return person if plain and kept else _last_name_first(words)


def _last_name_first(words: list[str]) -> Person:
    at = 0
    while at < len(words) - 2 and fold(words[at]) in PARTICLES:
        at += 1
    first = words[at + 1 :]
    # two words are ruled by the custom; with three or more, which ones are the last name is a guess
    return _person(" ".join(words[: at + 1]), " ".join(first), guessed=len(first) > 1)
