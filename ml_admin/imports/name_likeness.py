"""How two names are alike: the same, said the same, one slip of the keyboard apart, or one a part of the other."""

from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from ml_admin.text import fold, phonetic

SAME: Final = "same"
SOUND: Final = "sound"
SLIP: Final = "slip"
PART: Final = "part"

_PARTICLE_WORDS: Final = "al ait ben bin bou da das de del den der des di do dos du el la le les ould van von"
_PARTICLES: Final = frozenset(_PARTICLE_WORDS.split())
_DISTINCT: Final = 65_536  # names kept at hand: an office has some thousands


def joined(text: str | None) -> str:
    """'Le Goff' and 'LEGOFF' are the same name: folded, without spaces."""
    return _folded(text)[0] if text else ""


def words_of(text: str | None) -> tuple[str, ...]:
    """'García-López' -> ('garcia', 'lopez')."""
    return _folded(text)[1] if text else ()


@lru_cache(maxsize=_DISTINCT)
def _folded(text: str) -> tuple[str, tuple[str, ...]]:
    words = fold(text).split()
    return "".join(words), tuple(words)


def likeness(one: str, other: str, words: tuple[str, ...], other_words: tuple[str, ...]) -> str:
    """SAME, SOUND, SLIP, PART, or "" for two names; `one` and `other` as `joined` gives them."""
    if not one or not other:
        return ""
    if one == other:
        return SAME
    if _numbered(one, other):
        return ""
    if near(one, other):
        return SOUND if same_spoken(one, other) else SLIP
    return SOUND if same_spoken(one, other) else PART if _is_part(words, other_words) else ""


def same_spoken(one: str, other: str) -> bool:
    """'haddad' and 'hadad', 'gauthier' and 'gautier'; not 'daniel' and 'danielle', which are two first names."""
    sound = phonetic(one)
    said = len(sound) > 1 and sound == phonetic(other) and one.endswith("e") == other.endswith("e")
    return said and not _numbered(one, other)


def _numbered(one: str, other: str) -> bool:
    """'Atelier 3' and 'Atelier 4': numbers are no slips, and a code of sounds leaves them out."""
    if one.isalpha() or other.isalpha():
        return False
    mine, theirs = ([char for char in name if char.isdigit()] for name in (one, other))
    return bool(mine and theirs) and mine != theirs


def near(one: str, other: str) -> bool:
    """One slip of the keyboard (letter missing, doubled, changed, two turned), two in a long name."""
    shortest = min(len(one), len(other))
    if shortest < 2:
        return False
    allowed = 2 if shortest >= 8 else 1
    return OSA.distance(one, other, score_cutoff=allowed) <= allowed


def _is_part(words: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """'Marie' of 'Marie-Lou', 'Goff' of 'Le Goff'; a particle alone is no name."""
    if len(words) == len(other):
        return False
    short, long = sorted((words, other), key=len)
    return bool(set(short) <= set(long) and any(len(word) > 2 and word not in _PARTICLES for word in short))
