"""SIRET, SIREN, head-counts and other numbers, with what a spreadsheet does to them."""

import re
from datetime import date, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from ml_admin.cleaned import NOTHING, Cleaned, Context, as_text, lost
from ml_admin.text import fold, tidy
from ml_admin.vocabularies import EMPTY, is_empty

_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?\s?E\s?\+?\s?\d{1,2}", re.IGNORECASE)
_VAT = re.compile(r"FR\s?[0-9A-Z]{2}\s?((?:\d[ .]?){9})", re.IGNORECASE)
_NO_NUMBER = frozenset(
    (
        "en cours",
        "en attente",
        "aucun",
        "aucune",
        "pas de siret",
        "pas de siren",
        "non",
        "en creation",
        "en cours d immatriculation",
        "sans",
        "association",
    )
)


def clean_siret(raw: Any, _: Context) -> Cleaned:
    """14 digits with a right key (lost leading zeros given back if the key is then right), extra siren."""
    text = as_text(raw).strip()
    folded = fold(text)
    if folded in EMPTY or folded in _NO_NUMBER:
        return NOTHING
    if isinstance(raw, str) and _SCIENTIFIC.fullmatch(text):
        return lost("siret_digits_lost")
    vat = _VAT.fullmatch(text)
    digits = vat[1] if vat else re.sub(r"(?i)^\s*siret?\s*(?:n[o°]?)?\s*:?|[\s.\-_'\u202f\xa0]", "", text)
    digits = re.sub(r"\D", "", digits) if vat else digits
    if not digits.isdigit() or not digits.isascii():
        return lost("invalid_siret")
    if 10 <= len(digits) <= 14 and siret_number.is_valid(digits.zfill(14)):
        return Cleaned(digits.zfill(14), (), {"siren": digits.zfill(14)[:9]})
    if len(digits) == 9 and siren_number.is_valid(digits):
        return lost("siren_only", extra={"siren": digits})
    return lost("invalid_siret")


def clean_siren(raw: Any, context: Context) -> Cleaned:
    """9 digits with a right key; a SIRET or a VAT number gives its own."""
    text = re.sub(r"[\s.\-]", "", as_text(raw))
    if text.isdigit() and text.isascii() and 7 <= len(text) <= 9 and siren_number.is_valid(text.zfill(9)):
        return Cleaned(text.zfill(9))
    found = clean_siret(raw, context)
    if "siren" in found.extra:
        return Cleaned(found.extra["siren"], (), {"siret": found.value} if found.value else {})
    return (
        lost("invalid_siren" if found.flags[0].code == "invalid_siret" else found.flags[0].code)
        if found.flags
        else NOTHING
    )


_SPELLED = {
    "zero": 0,
    "un": 1,
    "une": 1,
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "cinq": 5,
    "six": 6,
    "sept": 7,
    "huit": 8,
    "neuf": 9,
    "dix": 10,
}
_NONE_OF_THEM = frozenset(
    ("aucun", "aucune", "zero", "pas d offre", "pas d offres", "aucune offre", "pas de poste", "sans")
)
_INTEGER = re.compile(r"[+-]?\d{1,3}(?:[ .\u202f\xa0]\d{3})+(?!\d)|[+-]?\d+")
_GOES_ON = re.compile(r" ?[.,/-] ?\d")
_NO_FRACTION = re.compile(r"[.,]0+")
_DATE_LIKE = re.compile(
    r"\d{1,4}[/\-.]\d{1,2}[/\-.]\d{2,4}(?: \d\d:\d\d(?::\d\d)?)?|\d{1,2}[-/ .](?:janv?|fevr?|mars?|avr|mai|juin|juil?|aout?|sept?|oct|nov|dec)\.?|(?:janv?|fevr?|mars?|avr|mai|juin|juil?|aout?|sept?|oct|nov|dec)\.?[-/ .]\d{2}"
)


def _is_date(raw: Any, text: str) -> bool:
    """Excel made a date of '10-19'."""
    plain = text.lower().replace("é", "e").replace("û", "u")
    return isinstance(raw, date | time | timedelta) or bool(_DATE_LIKE.fullmatch(plain))


def _whole(text: str) -> int:
    return int(re.sub(r"[ .\u202f\xa0]", "", text))


def clean_integer(raw: Any, _: Context) -> Cleaned:
    """The whole number at the start, words behind it or not ('3 personnes'); '2,5' and '2-3' are none."""
    text = tidy(as_text(raw))
    if is_empty(text):
        return NOTHING
    if _is_date(raw, text):
        return lost("date_in_number_column")
    match = _INTEGER.match(text)
    if not match:
        word = fold(text).split(" ")[0]
        return Cleaned(_SPELLED[word]) if word in _SPELLED else lost("unparsed_number")
    rest = text[match.end() :]
    number = _whole(match.group())
    if abs(number) >= 2**31 or _GOES_ON.match(rest) and not _NO_FRACTION.fullmatch(rest):
        return lost("unparsed_number")
    return Cleaned(number)


def clean_offers_count(raw: Any, context: Context) -> Cleaned:
    """The number at the start; 'aucune' = 0."""
    return Cleaned(0) if isinstance(raw, str) and fold(raw) in _NONE_OF_THEM else clean_integer(raw, context)


def clean_decimal(raw: Any, _: Context) -> Cleaned:
    """'1 234,50 €' -> Decimal('1234.50')."""
    text = tidy(as_text(raw))
    if is_empty(text):
        return NOTHING
    if _is_date(raw, text) and not isinstance(raw, float):
        return lost("date_in_number_column")
    plain = re.sub(r"[\s€%]|euros?|eur\b", "", text, flags=re.IGNORECASE)
    plain = plain.replace(".", "").replace(",", ".") if "," in plain else plain
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return lost("unparsed_number")
    return Cleaned(number) if number.is_finite() and abs(number) < 10**12 else lost("unparsed_number")


# a date cell that lost its format: no firm of a Mission Locale employs as many people
_FIRST_DAY, _LAST_DAY = 36_526, 54_788  # 2000 to 2049
_HEAD = r"(\d{1,3}(?:[ .]\d{3})+|\d+)"
_RANGE = re.compile(rf"(?:de |entre )?{_HEAD} ?(?:a|-|/|et|ou|–) ?{_HEAD}\b.*")
_LESS = re.compile(
    rf"(?:<|moins (?:de |d )?|inf(?:erieur)?(?:e)?s? a )(=?) ?{_HEAD}\b.*|(?:<=|≤|max(?:imum)?|jusqu ?'?a) ?{_HEAD}\b.*|{_HEAD} ?max.*"
)
_MORE = re.compile(
    rf"(?:>|plus de |sup(?:erieur)?(?:e)?s? a )(=?) ?{_HEAD}\b.*|(?:>=|≥|min(?:imum)?|au moins) ?{_HEAD}\b.*|{_HEAD} ?(?:\+|et plus|ou plus|et \+)"
)
_ABOUT = re.compile(
    rf"(?:env(?:iron)?\.?|~|≈|a peu pres|autour de|vers|ca\.?) ?{_HEAD}\b.*|{_HEAD}(?! ?[,.]\d)(?: ?[^\d\s].*)?"
)
_ROUNDED = {
    "dizaine": 10,
    "douzaine": 12,
    "quinzaine": 15,
    "vingtaine": 20,
    "trentaine": 30,
    "quarantaine": 40,
    "cinquantaine": 50,
    "soixantaine": 60,
    "centaine": 100,
}
_ROUND = re.compile(rf"(?:env(?:iron)?\.? )?(?:une )?({'|'.join(_ROUNDED)})\b.*")


def clean_headcount(raw: Any, _: Context) -> Cleaned:
    """'10 à 19' -> value '10-19', extra headcount_min 10, headcount_max 19; '< 10' -> None/9; 'env. 50' -> 50/50."""
    text = tidy(as_text(raw))
    nothing = {"headcount_min": None, "headcount_max": None}
    if is_empty(text):
        return Cleaned(None, (), nothing)
    if _is_date(raw, text) or isinstance(raw, int | float) and _FIRST_DAY <= raw <= _LAST_DAY:
        return lost("date_in_number_column", "headcount", extra=nothing)
    bounds = _bounds(" ".join(text.lower().replace("à", "a").replace("é", "e").replace("’", "'").split()))
    if bounds is None:
        return lost("unparsed_number", "headcount", extra=nothing)
    low, high = bounds
    shown = (
        str(low)
        if low == high
        else f"< {high + 1}"
        if low is None and high is not None
        else f">= {low}"
        if high is None
        else f"{low}-{high}"
    )
    return Cleaned(shown, (), {"headcount_min": low, "headcount_max": high})


def _bounds(text: str) -> tuple[int | None, int | None] | None:
    if text.split(" ")[0] in ("aucun", "zero", "0"):
        return 0, 0
    if match := _ROUND.fullmatch(text):
        return _ROUNDED[match[1]], _ROUNDED[match[1]]
    if match := _RANGE.fullmatch(text):
        low, high = _whole(match[1]), _whole(match[2])
        return (low, high) if low <= high else None
    if match := _LESS.fullmatch(text):
        high = _whole(match[2] or match[3] or match[4]) - (1 if match[2] and not match[1] else 0)
        return (None, high) if high >= 0 else None
    if match := _MORE.fullmatch(text):
        return _whole(match[2] or match[3] or match[4]) + (1 if match[2] and not match[1] else 0), None
    if match := _ABOUT.fullmatch(text):
        number = _whole(match[1] or match[2])
        return number, number
    return None
