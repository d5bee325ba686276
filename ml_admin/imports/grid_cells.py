"""Grids of a job dating: what a mark says, and which cells mean that nobody is there."""

import re
from typing import Any

from ml_admin.cleaners import Cleaned, Context, Flag, clean
from ml_admin.text import fold, tidy

_WAITING = re.compile(r"\b(?:la|l a|attente|waiting|sur liste|reserve|suppleant)\b")
_PREFERENCE = re.compile(
    r"\b(?:choix|voeu|vœu|priorite|preference|rang)\s*(?:n|no|num|numero)?\s*(\d{1,2})\b|\b(\d)\s*(?:er|e|eme|nd)\s*(?:choix|voeu)\b"
)
_TIME = re.compile(r"(?<!\d)([01]?\d|2[0-3])\s*[hH:]\s*([0-5]\d)?(?!\d)")
_CROSSES = frozenset(
    {
        "x",
        "xx",
        "xxx",
        "oui",
        "o",
        "1",
        "ok",
        "v",
        "vrai",
        "inscrit",
        "inscrite",
        "rdv",
        "present",
        "yes",
        "true",
        "positionne",
        "positionnee",
        "c",
        "candidat",
        "interesse",
        "interessee",
    }
)
_NOBODY = frozenset(
    {
        "",
        "non",
        "n",
        "0",
        "libre",
        "faux",
        "no",
        "vide",
        "personne",
        "dispo",
        "disponible",
        "aucun",
        "aucune",
        "annule",
        "annulee",
        "ras",
        "creneau libre",
        "place libre",
        "a pourvoir",
    }
)
_CLOSED = re.compile(
    r"^(?:pause|dejeuner|repas|ferme|fermeture|reunion|cafe|accueil|installation|fin\b|rangement|discours|pot\b|bilan)"
)
_TICKS = str.maketrans(dict.fromkeys("✓✔☑✅🗸√•●■", "x") | dict.fromkeys("✗✘❌☐", "0"))


def clean_mark(raw: Any, context: Context) -> Cleaned:
    """A cell of a candidates × employers grid: value registered, waiting or None (nobody); extra slot and preference.

    Words that say none of this are kept as a registration and flagged `unmapped_value`.
    """
    if raw is None or raw == "":
        return Cleaned(None)
    hour = clean("time", raw, context) if not isinstance(raw, str | int | float) else None
    if hour and hour.value:
        return Cleaned("registered", (), {"slot": hour.value, "preference": None})
    words = fold(tidy(str(raw).translate(_TICKS)))
    if words in _NOBODY or isinstance(raw, bool) and not raw:
        return Cleaned(None)
    preference = _PREFERENCE.search(words)
    slot = _TIME.search(str(raw))
    extra = {
        "slot": clean("time", slot.group(), context).value if slot else None,
        "preference": int(preference[1] or preference[2]) if preference else None,
    }
    if _WAITING.search(words):
        return Cleaned("waiting", (), extra)
    known = words in _CROSSES or words in ("1 0", "true") or preference or slot
    return Cleaned("registered", () if known else (Flag("", "unmapped_value"),), extra)


def is_rank(cell: Any) -> bool:
    """A whole number from 1 to 9, as ranks of choice are written."""
    return (isinstance(cell, int) and not isinstance(cell, bool) and 1 <= cell <= 9) or (
        isinstance(cell, str) and re.fullmatch(r"\s*[1-9]\s*", cell) is not None
    )


def is_nobody(cell: Any) -> bool:
    """'libre', '-', '///', 'PAUSE CAFÉ': a slot without a person."""
    if cell is None:
        return True
    words = fold(str(cell))
    return words in _NOBODY or _CLOSED.match(words) is not None
