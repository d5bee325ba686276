"""Telephone numbers, e-mail and site addresses as offices type them."""

import re
from functools import cache, lru_cache
from typing import Any

import phonenumbers

from ml_admin.cleaned import NOTHING, Cleaned, Context, Flag, as_text, lost
from ml_admin.text import fold, tidy
from ml_admin.vocabularies import EMPTY, is_empty

_PHONE_MARKS = str.maketrans("", "", " .-/_()\xa0\u202f\u2009'")
_FRENCH = re.compile(r"(?:(?:\+|00)?330?|0)?([1-9]\d{8})")
_WRITTEN_FLOAT = re.compile(r"\s*(\d{9,})[.,]0+\s*")
_FRENCH_IN = re.compile(r"(?<!\d)(?:(?:\+|00)\s?33[\s.\-]?(?:\(0\))?\s?0?|0)?[1-9](?:[\s./\-]*\d\d){4}(?!\d)")
_FOREIGN = re.compile(r"(?:\+|00)[1-9]\d{6,14}")
_ABROAD = re.compile(r"\+\s?(?!33)\d|(?<!\d)(?<!\d[\s./\-])00(?!\s?33)")  # not the 00 inside « 02 96 00 14 06 »
_EXTENSION = re.compile(r"\b(?:poste|ext(?:ension)?)\b\.?\s*(?:n°\s*)?\d{1,5}\b", re.IGNORECASE)
_STUCK = re.compile(r"0[1-9]\d{8}|(?:\+|00)33[1-9]\d{8}")
_PIECES = re.compile(r"\s*(?:[;,|&\n\r]|\bou\b|\bet\b|\bpuis\b|\s/\s|\s-\s|\s–\s)\s*", re.IGNORECASE)
_PHONE_WORDS = re.compile(
    r"(?:telephone|tel|port|portable|mobile|fixe|dom|domicile|perso|num|numero|n|fax|bureau|standard|whatsapp|et|ou|pro|gsm|puis)"
)
_NO_PHONE = re.compile(r"(?:pas|plus|aucun|sans|ne |n a|non|en attente|hs$|a |change|inconnu|perdu|liste rouge)")
# overseas prefixes of the French numbering plan -> region; source: libphonenumber metadata
_OVERSEAS = {
    "262": "RE", "263": "RE", "692": "RE", "693": "RE", "269": "YT", "639": "YT", "590": "GP", "690": "GP", "691": "GP", "594": "GF", "694": "GF", "596": "MQ", "696": "MQ", "697": "MQ",
}  # fmt: skip


@cache
def _overseas_numbers(region: str) -> tuple[re.Pattern[str], str]:
    """(numbers that exist there, country code): parsing each number would cost a hundred times more."""
    known: Any = phonenumbers.PhoneMetadata.metadata_for_region(region)
    kinds = (known.fixed_line, known.mobile)
    return re.compile("|".join(kind.national_number_pattern for kind in kinds)), f"+{known.country_code}"


def _overseas(number: str) -> str | None:
    region = _OVERSEAS.get(number[:3])
    if region is None:
        return None
    pattern, code = _overseas_numbers(region)
    return code + number if pattern.fullmatch(number) else None


@lru_cache(maxsize=8_192)
def _foreign(number: str) -> str | None:
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_valid_number(parsed):
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return None


def _one_phone(digits: str) -> str | None:
    """E.164 of one number already without separators; a lost leading zero is given back."""
    match = _FRENCH.fullmatch(digits)
    if match:
        return _overseas(match[1]) or "+33" + match[1]
    if _FOREIGN.fullmatch(digits):
        return _foreign("+" + digits.removeprefix("00").removeprefix("+"))
    return None


def clean_phone(raw: Any, _: Context) -> Cleaned:
    """'06.12 34 56 78', '+33 6…', 612345678.0 -> '+33612345678'; a second number goes to extra phone2."""
    text = as_text(raw)
    number = _one_phone(text.translate(_PHONE_MARKS).strip())
    if number:
        return Cleaned(number)
    if match := _WRITTEN_FLOAT.fullmatch(text):
        return clean_phone(match[1], _)
    folded = fold(text)
    if folded in EMPTY or _NO_PHONE.match(folded) and sum(map(str.isdigit, text)) < 6:
        return NOTHING
    numbers, broken = _several_phones(_EXTENSION.sub(" ", text))
    flags = [Flag("", "invalid_phone")] if broken else []
    if len(numbers) > 2:
        flags.append(Flag("", "values_left_out"))
    if numbers and _words_beside(text):
        flags.append(Flag("", "words_left_out"))
    extra = {"phone2": numbers[1]} if len(numbers) > 1 else {}
    return Cleaned(numbers[0] if numbers else None, tuple(flags), extra)


def _several_phones(text: str) -> tuple[list[str], bool]:
    """(valid numbers in order, is there one that is not)."""
    found: dict[str, None] = {}
    broken = False
    for piece in _PIECES.split(text):
        rest = piece
        for match in _FRENCH_IN.finditer(piece) if not _ABROAD.search(piece) else ():
            number = _one_phone(match.group().translate(_PHONE_MARKS))
            if number:
                found[number] = None
                rest = rest.replace(match.group(), " ", 1)
        digits = re.sub(r"[^\d+]", "", rest)
        stuck = [_one_phone(number) for number in _STUCK.findall(digits)] if len(digits) >= 19 else [_one_phone(digits)]
        found.update(dict.fromkeys(number for number in stuck if number))
        broken = broken or (not any(stuck) and len(digits) >= 2)
    if not found:
        whole = _one_phone(re.sub(r"[^\d+]", "", text))
        return ([whole], False) if whole else ([], True)
    return list(found), broken


def _words_beside(text: str) -> bool:
    return any(not _PHONE_WORDS.fullmatch(word) for word in re.findall(r"[a-z]+", fold(text)))


_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}")
_EMAIL_IN = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w.,-]+[.,][a-z]{2,}")
_NO_EMAIL = re.compile(r"(?:pas|plus|aucune?|sans|non|ne |n a|en attente|a creer|inconnue?)\b")


def clean_email(raw: Any, _: Context) -> Cleaned:
    """Lower case, unwrapped; a comma for the dot of the domain is mended and said."""
    text = tidy(as_text(raw)).lower()
    if _EMAIL.fullmatch(text) and ".." not in text:
        return Cleaned(text)
    if is_empty(text) or "@" not in text and _NO_EMAIL.match(fold(text)):
        return NOTHING
    return _unwrapped_email(text)


def _unwrapped_email(text: str) -> Cleaned:
    wrapped = re.search(r"<\s*(?:mailto:)?([^<>]*)>", text)
    text = wrapped[1] if wrapped else text.removeprefix("mailto:").split("?")[0]
    plain = re.sub(r"\s*@\s*", "@", text).strip(" .;,<>\"'")
    found = _mended_email(plain)
    if found.value:
        return found
    beside = re.sub(r"\s*\([^()]*\)?\s*", "", plain)
    if beside != plain and (found := _mended_email(beside)).value:
        return Cleaned(found.value, (*found.flags, Flag("", "words_left_out")))
    several = [part.strip(" .,<>()") for part in re.split(r"[;/\n]|\s+(?:ou|et|-)?\s*", plain) if "@" in part]
    sound = [mended for mended in map(_mended_email, several) if mended.value]
    if len(several) > 1 and sound:
        return Cleaned(sound[0].value, (*sound[0].flags, Flag("", "values_left_out")))
    return lost("invalid_email")


def _mended_email(text: str) -> Cleaned:
    if _EMAIL.fullmatch(text) and ".." not in text:
        return Cleaned(text)
    local, _, domain = re.sub(r"\s*[(\[]\s*(?:at|arobase|a)\s*[)\]]\s*", "@", text).partition("@")
    mended = local + "@" + re.sub(r"\s*,\s*", ".", domain).replace("..", ".")
    if _EMAIL.fullmatch(mended) and ".." not in mended:
        return Cleaned(mended, (Flag("", "email_repaired"),))
    return NOTHING


def clean_url(raw: Any, _: Context) -> Cleaned:
    """'www.exemple.fr' -> 'https://www.exemple.fr'."""
    text = tidy(as_text(raw))
    if is_empty(text) or fold(text) in ("non", "aucun", "pas de site"):
        return NOTHING
    match = re.fullmatch(r"(?i)(https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(:\d+)?([/?#]\S*)?", text)
    if not match:
        return lost("invalid_url")
    return Cleaned(f"{(match[1] or 'https://').lower()}{match[2].lower()}{match[3] or ''}{match[4] or ''}")
