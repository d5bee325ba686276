"""One cell of an agenda: who comes, what about, and what became of it; or words that name nobody."""

import re
from collections.abc import Sequence
from typing import Any

from ml_admin.cleaners import Context, Flag
from ml_admin.imports.clean import clean_cell
from ml_admin.imports.workbook import Cell
from ml_admin.text import fold, tidy

FIELDS = ("last_name", "first_name", "phone", "purpose", "outcome", "mode")

_PARTS = re.compile(r"\s[–—-]\s|\s*[\n\r;/()\[\]]\s*|\s*[,:]\s+|\s:\s*")
_PHONE = re.compile(r"(?:\+33\s?|0)[1-9](?:[\s.]?\d{2}){4}(?!\d)")
_CIVILITY = re.compile(r"^(?:m|mr|mme|mlle|monsieur|madame|mademoiselle)\b\.?\s*\S", re.IGNORECASE)
# what a day holds besides people: the first word tells
_BUSY = re.compile(
    r"(?:reunions?|conges?|rtt|ferie|ferme|fermeture|pause|dejeuner|repas|formations?|ateliers?|info|infos|information|collectif|collective|"
    r"permanences?|absente?s?|abs|maladie|malade|arret|recup|recuperation|off|libre|dispo|disponible|indisponible|reserve|bloque|vacances|"
    r"deplacement|visites?|forum|salon|job|point|equipe|comite|copil|cotech|bureau|administratif|admin|bilans?|entretiens?|rdv|telephone|appels?|"
    r"mails?|dossiers?|preparation|seminaire|teletravail|tt|ca|am|cafe|accueil|cej|pacea|stage|matin|midi|soir|apres|journee|non|rien|ras|x+|"
    r"\W*)(?:\W|$)"
)


def read_meeting(cell: Cell, context: Context) -> tuple[dict[str, Any], tuple[Flag, ...]] | None:
    """The fields of a meeting ('NOM Prénom', 'M. X – bilan', 'NOM Prénom (tél)'), or None when nobody is named."""
    if not isinstance(cell, str) or not cell.strip():
        return None
    phone = _PHONE.search(cell)
    parts = [tidy(one) for one in _PARTS.split(_PHONE.sub("\n", cell)) if one and tidy(one)]
    who = next((at for at, one in enumerate(parts) if is_somebody(one)), None)
    if who is None:
        return None
    name = clean_cell("full_name", parts[who], context)
    found = dict.fromkeys(FIELDS) | {one: name.extra.get(one) for one in ("last_name", "first_name")}
    found["phone"] = clean_cell("phone", phone.group(), context).value if phone else None
    _read_rest(found, [*parts[:who], *parts[who + 1 :]], context)
    return found, name.flags


def is_somebody(text: str) -> bool:
    """Two to five words that are letters and no activity, or a civility with a name; a name in capitals alone."""
    if _CIVILITY.match(text):
        return True
    words = text.replace("-", " ").replace("'", " ").replace("’", " ").replace(".", " ").split()
    letters = all(word.isalpha() for word in words)
    if not words or not letters or len(words) > 6 or _BUSY.match(fold(text)):
        return False
    return len(words) > 1 or (len(words[0]) > 2 and words[0].isupper())


def _read_rest(found: dict[str, Any], parts: Sequence[str], context: Context) -> None:
    """The other words are an outcome, a mode, or else the purpose."""
    left = []
    for part in parts:
        for name, cleaner in (("outcome", "appointment_outcome"), ("mode", "appointment_mode")):
            cleaned = clean_cell(cleaner, part, context)
            if cleaned.value and not cleaned.flags and found[name] is None:
                found[name] = cleaned.value
                break
        else:
            left.append(part)
    found["purpose"] = ", ".join(left) or None
