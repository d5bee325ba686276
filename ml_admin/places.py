"""Post codes, cities and whole addresses in one cell."""

import re
from typing import Any

from ml_admin.cleaned import NOTHING, Cleaned, Context, as_text, lost
from ml_admin.communes import bare_city, reference
from ml_admin.text import is_damaged, tidy, tidy_lines
from ml_admin.vocabularies import is_empty

_POSTCODE_CITY = re.compile(
    r"(?:F[R]?\s?-\s?)?(\d\d ?\d{3}|\d ?\d{3})(?!\d)\s*[-–,:/]?\s*(['’(]?[^\W\d].*)?", re.IGNORECASE | re.DOTALL
)
_CITY_POSTCODE = re.compile(r"(\D*[^\W\d].*?)[\s(,\-–:]+(\d\d ?\d{3}|\d{4})\s*\)?", re.DOTALL)
_ADDRESS = re.compile(r"(.*\S)\s*(?:[\n,;]|\s[-–]|\s)\s*(?:F-)?(\d\d ?\d{3})\s+(?:[-–]\s*)?([^\W\d].*)", re.DOTALL)


def _official_city(written: str, postcode: str | None, context: Context) -> str | None:
    city = bare_city(written)
    if is_empty(city) or not any(map(str.isalpha, city)):
        return None
    known = context.communes or reference()
    official = known.official_name(city, postcode)
    # a damaged name is no name of a place: better none than « Erc? » among the cities
    return official or (None if is_damaged(city, name=True) else city)


def clean_postcode(raw: Any, context: Context) -> Cleaned:
    """'9000', 9000.0, '09 000' -> '09000'; a city in the cell goes to extra city."""
    text = tidy(as_text(raw))
    if text.isdigit() and len(text) in (4, 5):
        return Cleaned(text.zfill(5))
    if is_empty(text):
        return NOTHING
    postcode, city = _split_place(text, context)
    if postcode is None:
        return lost("invalid_postcode", extra={"city": city} if city and not any(map(str.isdigit, city)) else None)
    return Cleaned(postcode, (), {"city": city} if city else {})


def clean_city(raw: Any, context: Context) -> Cleaned:
    """The official name if the reference knows it, else as written; a post code goes to extra postcode."""
    text = tidy(as_text(raw))
    postcode, city = _split_place(text, context)
    if city is None and postcode is None and not is_empty(text) and not is_damaged(text, name=True):
        return lost("unreadable")
    return Cleaned(city, (), {"postcode": postcode} if postcode else {})


def clean_postcode_city(raw: Any, context: Context) -> Cleaned:
    """'09200 ST GIRONS' -> value '09200 Saint-Girons', extra postcode and city."""
    postcode, city = _split_place(tidy(as_text(raw)), context)
    return Cleaned(" ".join(filter(None, (postcode, city))) or None, (), {"postcode": postcode, "city": city})


def clean_address(raw: Any, context: Context) -> Cleaned:
    """'8 rue des Écoles - 09140 Ercé' -> '8 rue des Écoles', extra postcode and city; a street alone stays whole."""
    text = tidy_lines(as_text(raw))
    match = _ADDRESS.fullmatch(text)
    if match:
        postcode, city = _split_place(f"{match[2]} {tidy(match[3])}", context)
        street = tidy(match[1].replace("\n", ", ")).strip(" ,;-–")
        return Cleaned(street or None, (), {"postcode": postcode, "city": city})
    match = _POSTCODE_CITY.fullmatch(text)
    if match and match[2]:
        postcode, city = _split_place(tidy(text), context)
        return Cleaned(None, (), {"postcode": postcode, "city": city})
    text = tidy(re.sub(r"\s*\n\s*", ", ", text))
    return Cleaned(text) if text.strip("-–—?/_. ") else NOTHING


def _split_place(text: str, context: Context) -> tuple[str | None, str | None]:
    match = _POSTCODE_CITY.fullmatch(text)
    if match:
        postcode = match[1].replace(" ", "").zfill(5)
        return postcode, _official_city(match[2], postcode, context) if match[2] else None
    match = _CITY_POSTCODE.fullmatch(text) if any(map(str.isdigit, text)) else None
    # « B-1000 » is a foreign code, not a city of one letter
    if match and len(match[1]) > 2 and not re.search(r"\bcedex\b", match[1], re.IGNORECASE):
        postcode = match[2].replace(" ", "").zfill(5)
        return postcode, _official_city(match[1], postcode, context)
    return None, _official_city(text, None, context)
