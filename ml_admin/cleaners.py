"""One small function per kind of dirt; the form and the sheet share them.

- `clean(name, raw, context) -> Cleaned` never raises on bad data; an unknown name raises KeyError.
- `CLEANERS: dict[str, Cleaner]` lists the names that a field may give as `cleaner=`.
- `Cleaned.value` is None (or an empty list) for empty or unreadable; dates are `date`, times `time`, durations minutes, numbers
  `int` or `Decimal`, lists `list[str]`, closed lists their code, all else `str`. Cleaning a clean value gives it back.
- `Cleaned.extra` holds what the same cell gave to other fields (phone2, city, siren, birth_name, done_date, time…).
- `explain(code, raw) -> str` is the French sentence for a person: cause, then remedy. `display` shows a clean value.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import phonenumbers
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from ml_admin import dates, person_names, vocabularies
from ml_admin.communes import Communes, bare_city, reference
from ml_admin.explanations import display, explain
from ml_admin.text import fold, is_damaged, repair_mojibake, tidy, tidy_lines, without_nir

__all__ = ["CLEANERS", "Cleaned", "Cleaner", "Context", "Counsellor", "Flag", "clean", "display", "explain"]


@dataclass(frozen=True, slots=True)
class Flag:
    """What was lost or guessed in one value."""

    field: str  # attribute concerned ("" = the field being cleaned)
    code: str  # "invalid_phone", "ambiguous_level"…
    fatal: bool = False  # a person must decide first


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A clean value, what it says besides, and what was lost or guessed."""

    value: Any
    flags: tuple[Flag, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Counsellor:
    """A counsellor as an import knows one."""

    key: str  # "DURAND Sophie"
    last_name: str
    first_name: str
    initials: str


@dataclass(frozen=True)
class Context:
    """What cleaning needs to know besides the value."""

    reference_date: date
    date_system: int = 1900
    year: int | None = None  # of the file or sheet, when dates have none
    counsellors: tuple[Counsellor, ...] = ()
    communes: Communes | None = None  # None: the reference shipped with the application


Cleaner = Callable[[Any, Context], Cleaned]

NOTHING = Cleaned(None)
NO_ITEM = Cleaned([])
_LISTS = frozenset(("programmes", "barriers", "positions"))
_NAMES = frozenset(("last_name", "first_name", "full_name", "city", "postcode_city", "contact", "name"))
_NUMBERED = frozenset(("siret", "siren", "email", "url"))  # a key or an address, where 13 digits are no NIR
_EXCEL_ERROR = re.compile(
    r"#(?:N/?A|N/D|REF ?!|VALEUR ?!|VALUE!|DIV/0 ?!|NOM ?\?|NAME\?|NUL ?!|NULL!|NOMBRE ?!|NUM!|CALC ?!|GETTING_DATA|SPILL!|PROPAGATION ?!|#+)",
    re.IGNORECASE,
)


def clean(name: str, raw: Any, context: Context) -> Cleaned:
    """The clean value of one cell or form entry; KeyError for a name that CLEANERS does not have."""
    cleaner = CLEANERS[name]
    if raw is None:
        return cleaner("", context)
    if not isinstance(raw, str):
        return _clean_other(name, cleaner, raw, context)
    if raw.isascii() and len(raw) < 13 and "#" not in raw and "?" not in raw:
        return cleaner(raw, context)
    return _clean_text(name, cleaner, raw, context)


def _clean_other(name: str, cleaner: Cleaner, raw: Any, context: Context) -> Cleaned:
    if isinstance(raw, list | tuple | set | frozenset):
        raw = "\n".join(str(item) for item in raw)
        return _clean_text(name, cleaner, raw, context)
    if isinstance(raw, int | float) and abs(raw) >= 1e12 and name not in _NUMBERED:
        return _clean_text(name, cleaner, number_text(raw), context)
    return cleaner(raw, context)


def _clean_text(name: str, cleaner: Cleaner, raw: str, context: Context) -> Cleaned:
    """Whatever the field: error cells, broken accents, social-security numbers."""
    if _EXCEL_ERROR.match(raw.strip()):
        # the error says more than « missing », which is kept only when it stops the row
        flags = tuple(flag for flag in cleaner("", context).flags if flag.fatal)
        return Cleaned([] if name in _LISTS else None, (Flag("", "excel_error"), *flags))
    flags = ()
    text = repair_mojibake(raw)
    if text != raw:
        flags += (Flag("", "mojibake_repaired"),)
    if is_damaged(text, name=name in _NAMES):
        flags += (Flag("", "encoding_damage"),)
    if name not in _NUMBERED:
        text, found = without_nir(text)
        flags += (Flag("", "nir_removed"),) if found else ()
    cleaned = cleaner(text, context)
    return Cleaned(cleaned.value, flags + cleaned.flags, cleaned.extra) if flags else cleaned


def number_text(number: float) -> str:
    """612345678.0 -> '612345678'; what a sheet shows of a number, without exponent."""
    if number != number or number in (float("inf"), float("-inf")):
        return ""
    return str(int(number)) if number == int(number) else repr(number)


def as_text(raw: Any) -> str:
    """Any cell as the words a person would have typed."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "oui" if raw else "non"
    if isinstance(raw, int | float):
        return number_text(raw)
    if isinstance(raw, datetime):
        return raw.strftime("%d/%m/%Y %H:%M" if raw.hour or raw.minute else "%d/%m/%Y")
    if isinstance(raw, date):
        return raw.strftime("%d/%m/%Y")
    if isinstance(raw, time):
        return raw.strftime("%H:%M")
    if isinstance(raw, timedelta):
        minutes = round(raw.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02}"
    return str(raw)


def _lost(code: str, attribute: str = "", *, fatal: bool = False, extra: dict[str, Any] | None = None) -> Cleaned:
    return Cleaned(None, (Flag(attribute, code, fatal),), extra or {})


# --- free text -------------------------------------------------------------------------------------------------------


def clean_text(raw: Any, _: Context) -> Cleaned:
    """One line as written, spaces tidied; a lone dash or question mark is nothing."""
    text = tidy(as_text(raw))
    return Cleaned(text) if text.strip("-–—?/_. ") else NOTHING


def clean_notes(raw: Any, _: Context) -> Cleaned:
    """Several lines as written."""
    text = tidy_lines(as_text(raw))
    return Cleaned(text) if text.strip("-–—?/_. \n") else NOTHING


def clean_url(raw: Any, _: Context) -> Cleaned:
    """'www.exemple.fr' -> 'https://www.exemple.fr'."""
    text = tidy(as_text(raw))
    if vocabularies.is_empty(text) or fold(text) in ("non", "aucun", "pas de site"):
        return NOTHING
    match = re.fullmatch(r"(?i)(https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(:\d+)?([/?#]\S*)?", text)
    if not match:
        return _lost("invalid_url")
    return Cleaned(f"{(match[1] or 'https://').lower()}{match[2].lower()}{match[3] or ''}{match[4] or ''}")


_GENDERED = re.compile(r"(\w{3})\w*(?:\([\w.]+\))?/\1\w*|\b[hHfFmM]/[hHfFmM]\b", re.UNICODE)


def clean_positions(raw: Any, _: Context) -> Cleaned:
    """'serveur / boulanger' -> two; 'vendeur/vendeuse' and 'cuisinier H/F' stay one."""
    text = tidy_lines(as_text(raw))
    text = _GENDERED.sub(lambda match: match.group().replace("/", "\x1f"), text)
    parts = [
        tidy(part.replace("\x1f", "/")).strip(" -•*")
        for part in re.split(r"[\n,;/+&•|]|\s+-\s+|\s+et\s+", text.replace("\r", "\n"))
    ]
    found = dict.fromkeys(part for part in parts if part and not vocabularies.is_empty(part))
    return Cleaned(list(found))


# --- names -----------------------------------------------------------------------------------------------------------


def clean_last_name(raw: Any, _: Context) -> Cleaned:
    """In capitals; 'MARTIN née DUPONT' gives its birth name apart. Empty: `missing_required`."""
    text = person_names.without_civility(tidy(as_text(raw)))
    if vocabularies.is_empty(text):
        return _lost("missing_required", fatal=True)
    used, birth = person_names.split_birth_name(text)
    extra = {"birth_name": person_names.last_name(birth)} if birth else {}
    return Cleaned(person_names.last_name(used), (), extra)


def clean_first_name(raw: Any, _: Context) -> Cleaned:
    """A capital at each word. Empty: `missing_required`."""
    text = tidy(as_text(raw))
    if vocabularies.is_empty(text):
        return _lost("missing_required", fatal=True)
    return Cleaned(person_names.first_name(text))


def clean_full_name(raw: Any, _: Context) -> Cleaned:
    """One cell « Nom Prénom »: value 'NOM Prénom', extra last_name, first_name, birth_name."""
    text = tidy(as_text(raw))
    if vocabularies.is_empty(text):
        return Cleaned(None, (Flag("last_name", "missing_required", True),), {"last_name": None, "first_name": None})
    person = person_names.split_person(text)
    flags = [Flag("last_name", "guessed_name_split")] if person.guessed else []
    flags += [Flag(part, "missing_required", True) for part in ("last_name", "first_name") if not getattr(person, part)]
    extra = {"last_name": person.last_name, "first_name": person.first_name}
    if person.birth_name:
        extra["birth_name"] = person.birth_name
    return Cleaned(" ".join(filter(None, (person.last_name, person.first_name))), tuple(flags), extra)


_ROLE_BEHIND = re.compile(r"^(.*?\S)\s*(?:\(\s*([^()]+?)\s*\)|\s[-–—]\s*(.+)|[,;:]\s*(.+)|/\s*(.+))$", re.DOTALL)
_ROLE = re.compile(
    r"\b(?:direct|gerant|rh\b|drh\b|respons|chef|assist|secret|coord|refer|conseil|charge|educat|format|accueil|presid|patron|manager|adjoint|comptab|"
    r"recrut|cadre|employe|associe|maitre|tuteur|medecin|infirm|psycholog|animat|agent|dg\b|daf\b|pdg\b|proprietaire|artisan|exploitant|ressources humaines)"
)


def clean_contact(raw: Any, _: Context) -> Cleaned:
    """'Mme Fontaine (RH)' -> 'Fontaine', extra contact_role 'RH'; the civility is dropped."""
    text = tidy(as_text(raw))
    if vocabularies.is_empty(text):
        return Cleaned(None, (), {"contact_role": None})
    name, role = text, None
    match = _ROLE_BEHIND.match(text)
    if match:
        name, role = match[1], match[2] or match[3] or match[4] or match[5]
        if _ROLE.search(fold(name)) and not _ROLE.search(fold(role)):
            name, role = role, name
    name = person_names.without_civility(name.strip(" ,;:-/"))
    return Cleaned(name or None, (), {"contact_role": role.strip() or None if role else None})


# --- dates and times -------------------------------------------------------------------------------------------------


def _clean_date(raw: Any, context: Context, kind: dates.Kind) -> tuple[Cleaned, time | None]:
    if isinstance(raw, str) and vocabularies.is_empty(raw):
        return NOTHING, None
    day, code, hour = dates.read_date(raw, kind, context.reference_date, context.date_system, context.year)
    return Cleaned(day, (Flag("", code),) if code else ()), hour


_NO_DATE = frozenset(
    (
        "jamais",
        "pas encore",
        "aucun",
        "aucune",
        "non",
        "aucun contact",
        "jamais contacte",
        "sans",
        "pas de date",
        "inconnue",
    )
)


def clean_birth_date(raw: Any, context: Context) -> Cleaned:
    """Empty or '?': `missing_birth_date`; an impossible date stops the row; an unlikely age is said."""
    cleaned, _ = _clean_date(raw, context, dates.Kind.BIRTH)
    if cleaned.value is None:
        code = cleaned.flags[0].code if cleaned.flags else "missing_birth_date"
        return _lost(code, fatal=code == "invalid_date")
    age = context.reference_date.year - cleaned.value.year
    if not 10 <= age <= 80:
        return Cleaned(cleaned.value, (*cleaned.flags, Flag("", "unlikely_date")))
    return cleaned


def clean_date(raw: Any, context: Context) -> Cleaned:
    """A past date: registration, last contact, done on. « jamais » is nothing."""
    if isinstance(raw, str) and fold(raw) in _NO_DATE:
        return NOTHING
    cleaned, _ = _clean_date(raw, context, dates.Kind.PAST)
    return _with_likely_year(cleaned, context.reference_date.year + 1)


def clean_due_date(raw: Any, context: Context) -> Cleaned:
    """An appointment or a due date; a time in the same cell goes to extra time."""
    if isinstance(raw, str) and fold(raw) in _NO_DATE:
        return NOTHING
    cleaned, hour = _clean_date(raw, context, dates.Kind.DUE)
    cleaned = _with_likely_year(cleaned, context.reference_date.year + 10)
    return Cleaned(cleaned.value, cleaned.flags, {"time": hour}) if hour and cleaned.value else cleaned


def _with_likely_year(cleaned: Cleaned, latest: int) -> Cleaned:
    # Missions Locales date from 1982: an earlier or far later year is a slip of the keyboard
    if cleaned.value is None or 1980 <= cleaned.value.year <= latest:
        return cleaned
    return Cleaned(cleaned.value, (*cleaned.flags, Flag("", "unlikely_date")))


def clean_time(raw: Any, context: Context) -> Cleaned:
    """'14h30', day fractions, time cells -> time; a range gives its start."""
    if isinstance(raw, str) and vocabularies.is_empty(raw):
        return NOTHING
    hour, code = dates.read_time(raw, context.date_system)
    return Cleaned(hour, (Flag("", code),) if code else ())


def clean_duration(raw: Any, _: Context) -> Cleaned:
    """Minutes."""
    if isinstance(raw, str) and vocabularies.is_empty(raw):
        return NOTHING
    minutes, code = dates.read_duration(raw)
    return Cleaned(minutes, (Flag("", code),) if code else ())


# --- how to reach people ---------------------------------------------------------------------------------------------

_PHONE_MARKS = str.maketrans("", "", " .-/_()\xa0\u202f\u2009'")
_FRENCH = re.compile(r"(?:(?:\+|00)?330?|0)?([1-9]\d{8})")
_FRENCH_IN = re.compile(r"(?<!\d)(?:(?:\+|00)\s?33[\s.\-]?(?:\(0\))?\s?0?|0)?[1-9](?:[\s./\-]*\d\d){4}(?!\d)")
_FOREIGN = re.compile(r"(?:\+|00)[1-9]\d{6,14}")
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


@lru_cache(maxsize=8_192)
def _overseas(number: str, region: str) -> str | None:
    parsed = phonenumbers.parse("0" + number, region)
    if phonenumbers.is_valid_number(parsed):
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return None


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
        number = match[1]
        region = _OVERSEAS.get(number[:3])
        return (region and _overseas(number, region)) or "+33" + number
    if _FOREIGN.fullmatch(digits):
        return _foreign("+" + digits.removeprefix("00").removeprefix("+"))
    return None


def clean_phone(raw: Any, _: Context) -> Cleaned:
    """'06.12 34 56 78', '+33 6…', 612345678.0 -> '+33612345678'; a second number goes to extra phone2."""
    text = as_text(raw)
    number = _one_phone(text.translate(_PHONE_MARKS).strip())
    if number:
        return Cleaned(number)
    folded = fold(text)
    if folded in vocabularies.EMPTY or _NO_PHONE.match(folded) and sum(map(str.isdigit, text)) < 6:
        return NOTHING
    numbers, broken = _several_phones(text)
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
        for match in _FRENCH_IN.finditer(piece) if not re.search(r"[+]\s?(?!33)\d|00(?!33)", piece) else ():
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
    if vocabularies.is_empty(text) or "@" not in text and _NO_EMAIL.match(fold(text)):
        return NOTHING
    return _unwrapped_email(text)


def _unwrapped_email(text: str) -> Cleaned:
    wrapped = re.search(r"<\s*(?:mailto:)?([^<>]*)>", text)
    text = wrapped[1] if wrapped else text.removeprefix("mailto:").split("?")[0]
    plain = re.sub(r"\s*@\s*", "@", text).strip(" .;,<>()\"'")
    found = _mended_email(plain)
    if found.value:
        return found
    several = [part.strip(" .,<>()") for part in re.split(r"[;/\n]|\s+(?:ou|et|-)?\s*", plain) if "@" in part]
    sound = [mended for mended in map(_mended_email, several) if mended.value]
    if len(several) > 1 and sound:
        return Cleaned(sound[0].value, (*sound[0].flags, Flag("", "values_left_out")))
    return _lost("invalid_email")


def _mended_email(text: str) -> Cleaned:
    if _EMAIL.fullmatch(text) and ".." not in text:
        return Cleaned(text)
    local, _, domain = re.sub(r"\s*[(\[]\s*(?:at|arobase|a)\s*[)\]]\s*", "@", text).partition("@")
    mended = local + "@" + re.sub(r"\s*,\s*", ".", domain).replace("..", ".")
    if _EMAIL.fullmatch(mended) and ".." not in mended:
        return Cleaned(mended, (Flag("", "email_repaired"),))
    return NOTHING


# --- places ----------------------------------------------------------------------------------------------------------

_POSTCODE_CITY = re.compile(
    r"(?:F[R]?\s?-\s?)?(\d\d ?\d{3}|\d ?\d{3})(?!\d)\s*[-–,:/]?\s*(\D.*)?", re.IGNORECASE | re.DOTALL
)
_CITY_POSTCODE = re.compile(r"(\D*[^\W\d].*?)[\s(,\-–:]+(\d\d ?\d{3}|\d{4})\s*\)?", re.DOTALL)
_ADDRESS = re.compile(r"(.*\S)\s*(?:[\n,;]|\s[-–]|\s)\s*(?:F-)?(\d\d ?\d{3})\s+(?:[-–]\s*)?([^\W\d].*)", re.DOTALL)


def _official_city(written: str, postcode: str | None, context: Context) -> str | None:
    city = bare_city(written)
    if not city or vocabularies.is_empty(city):
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
    if vocabularies.is_empty(text):
        return NOTHING
    postcode, city = _split_place(text, context)
    if postcode is None:
        return _lost("invalid_postcode", extra={"city": city} if city and not any(map(str.isdigit, city)) else None)
    return Cleaned(postcode, (), {"city": city} if city else {})


def clean_city(raw: Any, context: Context) -> Cleaned:
    """The official name if the reference knows it, else as written; a post code goes to extra postcode."""
    postcode, city = _split_place(tidy(as_text(raw)), context)
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
    text = tidy(re.sub(r"\s*\n\s*", ", ", text))
    return Cleaned(text) if text.strip("-–—?/_. ") else NOTHING


def _split_place(text: str, context: Context) -> tuple[str | None, str | None]:
    match = _POSTCODE_CITY.fullmatch(text)
    if match:
        postcode = match[1].replace(" ", "").zfill(5)
        return postcode, _official_city(match[2], postcode, context) if match[2] else None
    match = _CITY_POSTCODE.fullmatch(text) if any(map(str.isdigit, text)) else None
    if match and not re.search(r"\bcedex\b", match[1], re.IGNORECASE):
        postcode = match[2].replace(" ", "").zfill(5)
        return postcode, _official_city(match[1], postcode, context)
    return None, _official_city(text, None, context)


# --- closed lists ----------------------------------------------------------------------------------------------------


def _clean_choice(raw: Any, name: str) -> Cleaned:
    code, understood = vocabularies.read_one(as_text(raw), name)
    return Cleaned(code) if understood else _lost("unmapped_value")


def _choice(name: str) -> Cleaner:
    def cleaner(raw: Any, _: Context) -> Cleaned:
        return _clean_choice(raw, name)

    cleaner.__doc__ = f"A code of the closed list `{name}`, or `unmapped_value`."
    return cleaner


def _choices(name: str) -> Cleaner:
    def cleaner(raw: Any, _: Context) -> Cleaned:
        codes, understood = vocabularies.read_many(as_text(raw), name)
        return Cleaned(codes, () if understood else (Flag("", "unmapped_value"),))

    cleaner.__doc__ = f"Codes of the closed list `{name}`; the parts understood are kept beside `unmapped_value`."
    return cleaner


def clean_boolean(raw: Any, _: Context) -> Cleaned:
    """'x', '✓', 'O', 1 -> True; 'non', 0 -> False; empty -> None."""
    if isinstance(raw, bool):
        return Cleaned(raw)
    cleaned = _clean_choice(raw, "boolean")
    return Cleaned(cleaned.value == "true") if cleaned.value else cleaned


def clean_education_level(raw: Any, context: Context) -> Cleaned:
    """'none', '3' to '7' on the scale since 2019; a bare Arabic level of an older file is ambiguous."""
    text = as_text(raw)
    if vocabularies.is_empty(text) and fold(text) != "none":
        return NOTHING
    level, code = vocabularies.read_level(text, context.year is not None and context.year <= 2018)
    return Cleaned(level, (Flag("", code),) if code else ())


_DONE_DATE = re.compile(r"\d")


def clean_action_status(raw: Any, context: Context) -> Cleaned:
    """Empty or 'non' = todo; 'fait le 12/03/2024' or a date alone = done, extra done_date."""
    if isinstance(raw, date | float | int) and not isinstance(raw, bool) and raw not in (0, 1):
        cleaned = clean_date(raw, context)
        return Cleaned("done", (), {"done_date": cleaned.value}) if cleaned.value else _lost("unmapped_value")
    text = as_text(raw)
    code, understood = vocabularies.read_one(text, "action_status")
    if understood and code is None:
        return Cleaned("todo")
    dated = clean_date(text, context) if _DONE_DATE.search(text) else NOTHING
    if dated.value and code in (None, "done"):
        flags = tuple(Flag("done_date", flag.code) for flag in dated.flags)
        return Cleaned("done", flags, {"done_date": dated.value})
    if code == "done" and dated.flags and dated.flags[0].code != "unparsed_date":
        return Cleaned("done", (Flag("done_date", dated.flags[0].code),))
    return Cleaned(code) if code else _lost("unmapped_value")


@lru_cache(maxsize=64)
def _counsellor_spellings(counsellors: tuple[Counsellor, ...]) -> dict[str, frozenset[str]]:
    """Folded spelling -> keys of the counsellors it may mean."""
    spellings: dict[str, set[str]] = {}
    for one in counsellors:
        last, first = fold(one.last_name), fold(one.first_name)
        letters = {first[:1], "".join(word[:1] for word in first.split()), " ".join(word[:1] for word in first.split())}
        ways = {
            fold(one.key),
            fold(one.initials),
            " ".join(fold(one.initials)),
            last,
            first,
            f"{last} {first}",
            f"{first} {last}",
        }
        ways |= {way for letter in letters if letter for way in (f"{letter} {last}", f"{last} {letter}")}
        for way in ways - {""}:
            spellings.setdefault(way, set()).add(one.key)
            spellings.setdefault(way.replace(" ", ""), set()).add(one.key)
    return {way: frozenset(keys) for way, keys in spellings.items()}


_NO_COUNSELLOR = frozenset(
    (
        "aucun",
        "aucune",
        "non attribue",
        "sans referent",
        "sans",
        "pas de referent",
        "a attribuer",
        "non affecte",
        "personne",
    )
)


def _keys_of(text: str, spellings: dict[str, frozenset[str]]) -> frozenset[str]:
    word = fold(person_names.without_civility(tidy(text)))
    return spellings.get(word) or spellings.get(word.replace(" ", "")) or frozenset()


def clean_counsellor(raw: Any, context: Context) -> Cleaned:
    """Initials, 'Mme Durand', 'S. Durand', either order -> key; two candidates or nobody: None and why."""
    text = tidy(as_text(raw))
    folded = fold(text)
    if folded in vocabularies.EMPTY or folded in _NO_COUNSELLOR:
        return NOTHING
    spellings = _counsellor_spellings(context.counsellors)
    keys = _keys_of(text, spellings)
    if not keys:
        parts = re.split(r"\s*(?:[/+&,;>]|\bpuis\b|\bet\b|\s-\s|\()\s*", text.rstrip(") "))
        keys = frozenset().union(*(_keys_of(part, spellings) for part in parts if part))
    if len(keys) == 1:
        return Cleaned(next(iter(keys)))
    return _lost("ambiguous_counsellor" if keys else "unknown_counsellor")


# --- firms and numbers -----------------------------------------------------------------------------------------------

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
    if folded in vocabularies.EMPTY or folded in _NO_NUMBER:
        return NOTHING
    if isinstance(raw, str) and _SCIENTIFIC.fullmatch(text):
        return _lost("siret_digits_lost")
    vat = _VAT.fullmatch(text)
    digits = vat[1] if vat else re.sub(r"(?i)^\s*siret?\s*(?:n[o°]?)?\s*:?|[\s.\-_'\u202f\xa0]", "", text)
    digits = re.sub(r"\D", "", digits) if vat else digits
    if not digits.isdigit() or not digits.isascii():
        return _lost("invalid_siret")
    if 10 <= len(digits) <= 14 and siret_number.is_valid(digits.zfill(14)):
        return Cleaned(digits.zfill(14), (), {"siren": digits.zfill(14)[:9]})
    if len(digits) == 9 and siren_number.is_valid(digits):
        return _lost("siren_only", extra={"siren": digits})
    return _lost("invalid_siret")


def clean_siren(raw: Any, context: Context) -> Cleaned:
    """9 digits with a right key; a SIRET or a VAT number gives its own."""
    text = re.sub(r"[\s.\-]", "", as_text(raw))
    if text.isdigit() and text.isascii() and 7 <= len(text) <= 9 and siren_number.is_valid(text.zfill(9)):
        return Cleaned(text.zfill(9))
    found = clean_siret(raw, context)
    if "siren" in found.extra:
        return Cleaned(found.extra["siren"], (), {"siret": found.value} if found.value else {})
    return (
        _lost("invalid_siren" if found.flags[0].code == "invalid_siret" else found.flags[0].code)
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
_DATE_LIKE = re.compile(
    r"\d{1,4}[/\-.]\d{1,2}[/\-.]\d{2,4}(?: \d\d:\d\d(?::\d\d)?)?|\d{1,2}[-/ .](?:janv?|fevr?|mars?|avr|mai|juin|juil?|aout?|sept?|oct|nov|dec)\.?|(?:janv?|fevr?|mars?|avr|mai|juin|juil?|aout?|sept?|oct|nov|dec)\.?[-/ .]\d{2}"
)


def _is_date(raw: Any, text: str) -> bool:
    """Excel made a date of '10-19'."""
    plain = text.lower().replace("é", "e").replace("û", "u")
    return isinstance(raw, date | time | timedelta) or bool(_DATE_LIKE.fullmatch(plain))


def _whole(text: str) -> int:
    return int(re.sub(r"[ .\u202f\xa0]", "", text))


def _clean_integer(raw: Any, *, leading: bool) -> Cleaned:
    text = tidy(as_text(raw))
    if vocabularies.is_empty(text):
        return NOTHING
    if _is_date(raw, text):
        return _lost("date_in_number_column")
    match = (_INTEGER.match if leading else _INTEGER.fullmatch)(text)
    if not match and leading:
        word = fold(text).split(" ")[0]
        return Cleaned(_SPELLED[word]) if word in _SPELLED else _lost("unparsed_number")
    # « 2,5 » is no whole number, « 2, rue » starts with one
    if not match or re.match(r"[.,]\d", text[match.end() :]) and not re.fullmatch(r"[.,]0+", text[match.end() :]):
        return _lost("unparsed_number")
    number = _whole(match.group())
    return Cleaned(number) if abs(number) < 2**31 else _lost("unparsed_number")


def clean_integer(raw: Any, _: Context) -> Cleaned:
    """A whole number, with or without words behind ('3 personnes')."""
    return _clean_integer(raw, leading=True)


def clean_offers_count(raw: Any, _: Context) -> Cleaned:
    """The number at the start; 'aucune' = 0."""
    return Cleaned(0) if isinstance(raw, str) and fold(raw) in _NONE_OF_THEM else _clean_integer(raw, leading=True)


def clean_decimal(raw: Any, _: Context) -> Cleaned:
    """'1 234,50 €' -> Decimal('1234.50')."""
    text = tidy(as_text(raw))
    if vocabularies.is_empty(text):
        return NOTHING
    if _is_date(raw, text) and not isinstance(raw, float):
        return _lost("date_in_number_column")
    plain = re.sub(r"[\s€%]|euros?|eur\b", "", text, flags=re.IGNORECASE)
    plain = plain.replace(".", "").replace(",", ".") if "," in plain else plain
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return _lost("unparsed_number")
    return Cleaned(number) if number.is_finite() and abs(number) < 10**12 else _lost("unparsed_number")


_HEAD = r"(\d{1,3}(?:[ .]\d{3})+|\d+)"
_RANGE = re.compile(rf"(?:de |entre )?{_HEAD} ?(?:a|-|/|et|–) ?{_HEAD}\b.*")
_LESS = re.compile(
    rf"(?:<|moins (?:de |d )?|inf(?:erieur)?(?:e)?s? a )(=?) ?{_HEAD}\b.*|(?:<=|≤|max(?:imum)?|jusqu ?'?a) ?{_HEAD}\b.*"
)
_MORE = re.compile(
    rf"(?:>|plus de |sup(?:erieur)?(?:e)?s? a )(=?) ?{_HEAD}\b.*|(?:>=|≥|min(?:imum)?|au moins) ?{_HEAD}\b.*|{_HEAD} ?(?:\+|et plus|ou plus|et \+)"
)
_ABOUT = re.compile(
    rf"(?:env(?:iron)?\.?|~|≈|a peu pres|autour de|vers|ca\.?) ?{_HEAD}\b.*|{_HEAD}(?! ?[,.]\d)(?: ?[^\d].*)?"
)


def clean_headcount(raw: Any, _: Context) -> Cleaned:
    """'10 à 19' -> value '10-19', extra headcount_min 10, headcount_max 19; '< 10' -> None/9; 'env. 50' -> 50/50."""
    text = tidy(as_text(raw))
    nothing = {"headcount_min": None, "headcount_max": None}
    if vocabularies.is_empty(text):
        return Cleaned(None, (), nothing)
    if _is_date(raw, text):
        return _lost("date_in_number_column", "headcount", extra=nothing)
    bounds = _bounds(" ".join(text.lower().replace("à", "a").replace("é", "e").replace("’", "'").split()))
    if bounds is None:
        return _lost("unparsed_number", "headcount", extra=nothing)
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
    if match := _RANGE.fullmatch(text):
        low, high = _whole(match[1]), _whole(match[2])
        return (low, high) if low <= high else None
    if match := _LESS.fullmatch(text):
        high = _whole(match[2] or match[3]) - (0 if match[3] or match[1] else 1)
        return (None, high) if high >= 0 else None
    if match := _MORE.fullmatch(text):
        return _whole(match[2] or match[3] or match[4]) + (1 if match[2] and not match[1] else 0), None
    if match := _ABOUT.fullmatch(text):
        number = _whole(match[1] or match[2])
        return number, number
    return None


CLEANERS: dict[str, Cleaner] = {
    "text": clean_text,
    "name": clean_text,
    "notes": clean_notes,
    "url": clean_url,
    "positions": clean_positions,
    "last_name": clean_last_name,
    "first_name": clean_first_name,
    "full_name": clean_full_name,
    "contact": clean_contact,
    "birth_date": clean_birth_date,
    "date": clean_date,
    "due_date": clean_due_date,
    "time": clean_time,
    "duration": clean_duration,
    "phone": clean_phone,
    "email": clean_email,
    "postcode": clean_postcode,
    "city": clean_city,
    "postcode_city": clean_postcode_city,
    "address": clean_address,
    "gender": _choice("gender"),
    "education_level": clean_education_level,
    "boolean": clean_boolean,
    "counsellor": clean_counsellor,
    "programmes": _choices("programmes"),
    "young_status": _choice("young_status"),
    "barriers": _choices("barriers"),
    "partner_kind": _choice("partner_kind"),
    "appointment_outcome": _choice("appointment_outcome"),
    "appointment_mode": _choice("appointment_mode"),
    "action_status": clean_action_status,
    "siret": clean_siret,
    "siren": clean_siren,
    "headcount": clean_headcount,
    "integer": clean_integer,
    "offers_count": clean_offers_count,
    "decimal": clean_decimal,
}
