"""How well what a column holds fits a meaning: read by its own cleaner, or by its shape where the cleaner takes anything."""

import re
from collections.abc import Sequence

from ml_admin.cleaners import Context
from ml_admin.communes import reference
from ml_admin.imports.clean import clean_cell
from ml_admin.imports.columns import Contents
from ml_admin.imports.entities import FREE, Meaning
from ml_admin.imports.workbook import Cell
from ml_admin.text import fold, tidy, without_nir
from ml_admin.vocabularies import VOCABULARIES, spelled

FIRM = re.compile(
    r"\b(?:sarl|sas|sasu|sa|eurl|ets|etablissements|ste|societe|groupe|garage|boulangerie|restaurant|auberge|hotel|ehpad|mairie|residence|carrefour|leclerc|intermarche|lidl|super u|coiffure|transports?|menuiserie|maconnerie|batiment|btp|services?|interim|pharmacie|clinique|hopital|camping|association|adapei|industries?|france|fils|freres|maraichage|brasserie|pizzeria|mc donald|mcdonald)\b"
)


def fit(meaning: Meaning, contents: Contents, context: Context) -> float:
    """Share of the values that are of the meaning's kind; 0.7 when there is nothing to judge by."""
    key = meaning.cleaner + ("" if meaning.strict else meaning.key)
    if key not in contents.fits:
        contents.fits[key] = _measured(meaning, contents.values, context)
    return contents.fits[key]


def _measured(meaning: Meaning, values: Sequence[Cell], context: Context) -> float:
    if not values:
        return 0.7
    if meaning.cleaner in FREE or (meaning.cleaner == "counsellor" and not context.counsellors):
        return _shape(meaning, values)
    scores = [score for score in (_read(meaning.cleaner, cell, context) for cell in values) if score is not None]
    return sum(scores) / len(scores) if scores else 0.7


def _read(cleaner: str, cell: Cell, context: Context) -> float | None:
    """1 read, 0.5 of the kind but broken, 0 something else, None nothing."""
    cleaned = clean_cell(cleaner, cell, context)
    codes = [flag.code for flag in cleaned.flags if flag.code not in ("mojibake_repaired", "encoding_damage")]
    if cleaned.value not in (None, []):
        return 0.5 if "unmapped_value" in codes else 1.0
    if cleaner == "postcode" and cleaned.extra:
        return 0.5
    if not codes or "excel_error" in codes or "missing_birth_date" in codes:
        return None
    return (
        0.5
        if any(code.startswith(("ambiguous", "incomplete", "siren", "siret_", "date_in")) for code in codes)
        else 0.3
        if codes[0] == "invalid_date"
        else 0.0
    )


def _shape(meaning: Meaning, values: Sequence[Cell]) -> float:
    texts = [tidy(str(cell)) for cell in values]
    if meaning.key == "external_id":
        return _numbering(values, texts)
    tests = [_SHAPES.get(meaning.key, _any_words)] + [test for narrow, _, test in WIDER if narrow == meaning.key]
    return max(sum(map(test, texts)) for test in tests) / len(texts)


def letters(text: str) -> float:
    return float(
        "@" not in text
        and sum(char.isdigit() for char in text) <= 0.2 * len(text)
        and any(char.isalpha() for char in text)
    )


def one_name(text: str) -> float:
    return letters(text) * (1.0 if len(text) < 40 else 0.3)


def two_names(text: str) -> float:
    return one_name(text) * (1.0 if " " in text else 0.2)


def place(text: str) -> float:
    return float(bool(re.search(r"(?<!\d)\d ?\d{3,4}(?!\d)", text)) and _has_letters(text) and len(text) < 60)


def full_address(text: str) -> float:
    return float(bool(re.search(r".\b\d{2} ?\d{3}\s*[-,]?\s+[^\W\d]", text)))


def _has_letters(text: str) -> bool:
    return any(char.isalpha() for char in text)


def _any_words(text: str) -> float:
    return 0.9 if _has_letters(text) else 0.5


def firm(text: str) -> float:
    if not _has_letters(text) or "@" in text:
        return 0.0
    return 0.3 if like_a_person(text) else 1.0


def like_a_person(text: str) -> bool:
    """'DUPRAT Léa', 'Tom MARQUES': capitals beside a capitalised word, and no word of a firm."""
    words = text.replace("-", " ").split()
    capitals = [word for word in words if len(word) > 1 and word.isupper()]
    return (
        2 <= len(words) <= 4
        and 0 < len(capitals) < len(words)
        and all(word.isalpha() and word[0].isupper() for word in words)
        and not FIRM.search(fold(text))
    )


_SHAPES = {
    "last_name": one_name,
    "first_name": one_name,
    "birth_name": one_name,
    "last_name+first_name": two_names,
    "contact_name+contact_role": letters,
    "counsellor": one_name,
    "city": letters,
    "postcode+city": place,
    "address+postcode+city": full_address,
    "name": firm,
    "employer": firm,
    "label": _any_words,
}


def _numbering(values: Sequence[Cell], texts: Sequence[str]) -> float:
    """File numbers have digits; 1, 2, 3… only counts the rows."""
    numbers = [value for value in values if isinstance(value, int | float)] or [
        int(text) for text in texts if text.isdecimal() and len(text) < 16
    ]
    if len(numbers) > 3 and min(numbers) <= 2 and max(numbers) <= 1.2 * len(numbers) + 3 and numbers == sorted(numbers):
        return 0.0
    return sum(
        len(text) <= 20 and (any(map(str.isdigit, text)) or len(text) >= 5 and text.isalnum() and text.isupper())
        for text in texts
    ) / len(texts)


# --- What can be nothing else -----------------------------------------------------------------------------------------

_AGES = range(12, 36)  # of the people of a Mission Locale, on the day of the file or of the import
_LEVEL = re.compile(
    r"(?:niv(?:eau)? ?)?(?:vi|v bis|v|iv|iii|ii|i)|niv(?:eau)? ?[3-7]|bac(?: (?:pro|general|techno|professionnel|technologique))?|baccalaureat|cap|bep|"
    r"cap bep|bts|dut|but|licence|master(?: [12])?|m[12]|bac (?:plus )?[2-8]|sans diplome|aucun diplome|dnb|brevet|college|cfg|[3-6]e(?:me)?"
)


def telling(meaning: Meaning, contents: Contents, context: Context) -> float:
    """Share of the values that can be nothing but this, whatever the heading; 0 where contents alone never tell."""
    key = f"telling {meaning.key}"
    if key not in contents.fits:
        contents.fits[key] = _telling(meaning, contents, context)
    return contents.fits[key]


def _telling(meaning: Meaning, contents: Contents, context: Context) -> float:
    values = [cell for cell in contents.values if not isinstance(cell, bool)]
    if meaning.cleaner in VOCABULARIES and meaning.cleaner not in ("boolean", "gender", "action_status"):
        return _closed(meaning.cleaner, values)
    if meaning.cleaner == "education_level":
        return _levels(values, context)
    if len(values) < 4:
        return 0.0
    if meaning.cleaner in ("email", "siret", "phone", "url"):
        return fit(meaning, contents, context)
    test = {"birth_date": _born, "postcode_city": _known_place, "counsellor": _colleague}.get(meaning.cleaner)
    return sum(test(cell, context) for cell in values) / len(values) if test else 0.0


def _closed(name: str, values: Sequence[Cell]) -> float:
    """Of a closed list: three of its codes at least, in words of its own and not in passing."""
    found = [spelled(tidy(str(cell)), name) for cell in values]
    several = len({code for one in found if one for code in one}) >= 3
    return sum(one is not None for one in found) / len(found) if several else 0.0


def _levels(values: Sequence[Cell], context: Context) -> float:
    plain = [cell for cell in values if _LEVEL.fullmatch(fold(str(cell).replace("+", " ")))]
    several = len({clean_cell("education_level", cell, context).value for cell in plain}) >= 3
    return len(plain) / len(values) if several else 0.0


def _born(cell: Cell, context: Context) -> bool:
    day = clean_cell("birth_date", cell, context).value
    return day is not None and (
        context.reference_date.year - day.year in _AGES or (context.year or 0) - day.year in _AGES
    )


def _known_place(cell: Cell, context: Context) -> bool:
    if not place(tidy(str(cell))):
        return False
    found = clean_cell("postcode_city", cell, context).extra
    return any(one.name == found.get("city") for one in reference().at(found.get("postcode") or ""))


def _colleague(cell: Cell, context: Context) -> bool:
    cleaned = clean_cell("counsellor", cell, context)
    return len(tidy(str(cell))) > 3 and (
        cleaned.value is not None or any(one.code == "ambiguous_counsellor" for one in cleaned.flags)
    )


def mostly_numbers_of_people(contents: Contents) -> bool:
    """A column of social-security numbers, whatever its heading."""
    found = [without_nir(tidy(str(cell))) == ("", True) for cell in contents.values]
    return len(found) >= 2 and sum(found) >= 0.6 * len(found)


# a cell that holds more than its heading says
WIDER = (
    ("last_name", "last_name+first_name", two_names),
    ("city", "postcode+city", place),
    ("postcode", "postcode+city", place),
    ("address", "address+postcode+city", full_address),
)
