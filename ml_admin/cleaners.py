"""One small function per kind of dirt; the form and the sheet share them.

- `clean(name, raw, context) -> Cleaned` never raises on bad data; an unknown name raises KeyError.
- `CLEANERS: dict[str, Cleaner]` lists the names that a field may give as `cleaner=`.
- `Cleaned.value` is None (or an empty list) for empty or unreadable; dates are `date`, times `time`, durations minutes, numbers
  `int` or `Decimal`, lists `list[str]`, closed lists their code, all else `str`. Cleaning a clean value gives it back.
- `Cleaned.extra` holds what the same cell gave to other fields (phone2, city, siren, birth_name, done_date, time…).
- `explain(code, raw) -> str` is the French sentence for a person: cause, then remedy. `display` shows a clean value.
"""

import re
from datetime import date, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ml_admin import dates, person_names, vocabularies
from ml_admin.cleaned import NOTHING, Cleaned, Cleaner, Context, Counsellor, Flag, as_text, lost, number_text
from ml_admin.contact_details import clean_email, clean_phone, clean_url
from ml_admin.explanations import display, explain
from ml_admin.firm_numbers import (
    clean_decimal,
    clean_headcount,
    clean_integer,
    clean_offers_count,
    clean_siren,
    clean_siret,
)
from ml_admin.places import clean_address, clean_city, clean_postcode, clean_postcode_city
from ml_admin.text import fold, is_damaged, repair_mojibake, tidy, tidy_lines, without_nir

__all__ = ["CLEANERS", "Cleaned", "Cleaner", "Context", "Counsellor", "Flag", "clean", "display", "explain"]


_LISTS = frozenset(("programmes", "barriers", "positions"))
_NAMES = frozenset(("last_name", "birth_name", "first_name", "full_name", "city", "postcode_city", "contact", "name"))
_NUMBERED = frozenset(("siret", "siren", "email", "url"))  # a key or an address, where 13 digits are no NIR
# may be an error cell, a lost or broken accent, a social-security number: all else goes straight to its cleaner
_SUSPECT = re.compile(r"[#?\ufffdÂÃÄÅâ]|\d(?:\W?[\dABab]){12}")
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
    if not _SUSPECT.search(raw):
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
    if _EXCEL_ERROR.fullmatch(raw.strip()):
        # the error says more than « missing », which is kept only when it stops the row
        stops = (flag for flag in cleaner("", context).flags if flag.fatal)
        return Cleaned([] if name in _LISTS else None, (Flag("", "excel_error"), *stops))
    flags: list[Flag] = []
    text = repair_mojibake(raw)
    if text != raw:
        flags.append(Flag("", "mojibake_repaired"))
    if name not in _NUMBERED:
        if is_damaged(text, name=name in _NAMES):
            flags.append(Flag("", "encoding_damage"))
        text, found = without_nir(text)
        flags += [Flag("", "nir_removed")] if found else []
    cleaned = cleaner(text, context)
    return Cleaned(cleaned.value, (*flags, *cleaned.flags), cleaned.extra) if flags else cleaned


# --- free text -------------------------------------------------------------------------------------------------------


def clean_text(raw: Any, _: Context) -> Cleaned:
    """One line as written, spaces tidied; a lone dash or question mark is nothing."""
    text = tidy(as_text(raw))
    return Cleaned(text) if text.strip("-–—?/_. ") else NOTHING


def clean_notes(raw: Any, _: Context) -> Cleaned:
    """Several lines as written."""
    text = tidy_lines(as_text(raw))
    return Cleaned(text) if text.strip("-–—?/_. \n") else NOTHING


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
        return lost("missing_required", fatal=True)
    used, birth = person_names.split_birth_name(text)
    last = person_names.last_name(used)
    if vocabularies.is_empty(last):
        return lost("missing_required", fatal=True)
    return Cleaned(last, (), {"birth_name": person_names.last_name(birth)} if birth else {})


def clean_birth_name(raw: Any, context: Context) -> Cleaned:
    """Like a last name, but nobody needs one."""
    return Cleaned(clean_last_name(person_names.without_born(tidy(as_text(raw))), context).value)


def clean_first_name(raw: Any, _: Context) -> Cleaned:
    """A capital at each word. Empty: `missing_required`."""
    text = person_names.first_name(as_text(raw))
    return lost("missing_required", fatal=True) if vocabularies.is_empty(text) else Cleaned(text)


def clean_full_name(raw: Any, _: Context) -> Cleaned:
    """One cell « Nom Prénom »: value 'NOM Prénom', extra last_name, first_name, birth_name."""
    return _whole_name(raw, first_before=False)


def clean_full_name_first(raw: Any, _: Context) -> Cleaned:
    """The same under a heading « Prénom Nom »: where no capitals tell, the first name comes first."""
    return _whole_name(raw, first_before=True)


def _whole_name(raw: Any, *, first_before: bool) -> Cleaned:
    text = tidy(as_text(raw))
    if vocabularies.is_empty(text):
        return Cleaned(None, (Flag("last_name", "missing_required", True),), {"last_name": None, "first_name": None})
    person = person_names.split_person(text, first_before=first_before)
    flags = [Flag("last_name", "guessed_name_split")] if person.guessed else []
    flags += [Flag(part, "missing_required", True) for part in ("last_name", "first_name") if not getattr(person, part)]
    extra = {"last_name": person.last_name, "first_name": person.first_name}
    if person.birth_name:
        extra["birth_name"] = person.birth_name
    return Cleaned(" ".join(filter(None, (person.last_name, person.first_name))) or None, tuple(flags), extra)


_ROLE_BEHIND = re.compile(r"^(.*?\S)\s*(?:\(\s*([^()]+?)\s*\)|\s[-–—]\s*(.+)|[,;:]\s*(.+)|/\s*(.+))$", re.DOTALL)
_ROLE = re.compile(
    r"\b(?:direct|gerant|rh\b|drh\b|respons|chef|assist|secret|coord|refer|conseil|charge|educat|format|accueil|presid|patron|manager|adjoint|comptab|"
    r"recrut|cadre|employe|associe|maitre|tuteur|medecin|infirm|psycholog|animat|agent|dg\b|daf\b|pdg\b|proprietaire|artisan|exploitant|ressources humaines)"
)


_ROLE_ALONE = frozenset(
    (
        "rh",
        "drh",
        "directeur",
        "directrice",
        "direction",
        "gerant",
        "gerante",
        "responsable",
        "accueil",
        "secretariat",
        "ressources humaines",
    )
)


def clean_contact(raw: Any, _: Context) -> Cleaned:
    """'Mme Fontaine (RH)' -> 'Fontaine', extra contact_role 'RH'; the civility is dropped."""
    text = tidy(as_text(raw)).strip(" ,;:-/")
    name, role = (None, text) if fold(text) in _ROLE_ALONE else _split_role(text)
    two_persons = role is not None and person_names.without_civility(role) != role
    flags = (Flag("", "values_left_out"),) if two_persons else ()
    return Cleaned(name, flags, {"contact_role": None if two_persons else role})


def _split_role(text: str) -> tuple[str | None, str | None]:
    roles: list[str] = []
    while match := _ROLE_BEHIND.match(text):
        text, role = match[1], next(found for found in match.groups()[1:] if found).strip()
        if _ROLE.search(fold(text)) and not _ROLE.search(fold(role)):
            text, role = role, text
        roles.insert(0, role)
        text = text.strip(" ,;:-/")
    name = person_names.without_civility(text)
    return None if vocabularies.is_empty(name) else name, ", ".join(roles) or None


# --- dates and times -------------------------------------------------------------------------------------------------


_NO_DATE = frozenset(
    ("jamais", "pas encore", "aucun", "aucune", "non", "sans", "aucun contact", "jamais contacte", "pas de date")
)


def _clean_date(raw: Any, context: Context, kind: dates.Kind) -> tuple[Cleaned, time | None]:
    day, code, hour = dates.read_date(raw, kind, context.reference_date, context.date_system, context.year)
    if code == "unparsed_date" and isinstance(raw, str) and (vocabularies.is_empty(raw) or fold(raw) in _NO_DATE):
        return NOTHING, None
    return Cleaned(day, (Flag("", code),) if code else ()), hour


def clean_birth_date(raw: Any, context: Context) -> Cleaned:
    """Empty or '?': `missing_birth_date`; an impossible date stops the row; an unlikely age is said."""
    cleaned, _ = _clean_date(raw, context, dates.Kind.BIRTH)
    if cleaned.value is None:
        code = cleaned.flags[0].code if cleaned.flags else "missing_birth_date"
        return lost(code, fatal=code == "invalid_date")
    if cleaned.value.year > context.reference_date.year:
        return lost("invalid_date", fatal=True)  # nobody is born tomorrow
    age = context.reference_date.year - cleaned.value.year
    if not 10 <= age <= 80:
        return Cleaned(cleaned.value, (*cleaned.flags, Flag("", "unlikely_date")))
    return cleaned


def clean_date(raw: Any, context: Context) -> Cleaned:
    """A past date: registration, last contact, done on. « jamais » is nothing."""
    cleaned, _ = _clean_date(raw, context, dates.Kind.PAST)
    return _with_likely_year(cleaned, context.reference_date.year + 1)


def clean_due_date(raw: Any, context: Context) -> Cleaned:
    """An appointment or a due date; a time in the same cell goes to extra time."""
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


_MOST_HOURS = 200  # of one action; the database holds no more


def clean_hours(raw: Any, context: Context) -> Cleaned:
    """Hours as a decimal: '1,5', '1h30', '3 h', a time cell that is a length."""
    text = as_text(raw)
    bare = re.fullmatch(r"\s*(\d+(?:[.,]\d+)?)\s*(?:h|heures?)?\s*", text)
    if bare and not (isinstance(raw, float) and raw < 1):
        hours = Decimal(bare[1].replace(",", "."))
        return Cleaned(hours) if hours <= _MOST_HOURS else lost("unparsed_number")
    minutes = clean_duration(raw, context)
    return Cleaned(None if minutes.value is None else Decimal(minutes.value) / 60, minutes.flags)


# --- closed lists ----------------------------------------------------------------------------------------------------


def _clean_choice(raw: Any, name: str) -> Cleaned:
    code, understood = vocabularies.read_one(as_text(raw), name)
    return Cleaned(code) if understood else lost("unmapped_value")


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


_DIGIT = re.compile(r"\d")


def clean_action_status(raw: Any, context: Context) -> Cleaned:
    """Empty or 'non' = todo; 'fait le 12/03/2024' or a date alone = done, extra done_date."""
    if isinstance(raw, date | float | int) and not isinstance(raw, bool) and raw not in (0, 1):
        cleaned = clean_date(raw, context)
        return Cleaned("done", (), {"done_date": cleaned.value}) if cleaned.value else lost("unmapped_value")
    text = as_text(raw)
    code, understood = vocabularies.read_one(text, "action_status")
    if understood and code is None:
        return Cleaned("todo")
    dated = clean_date(text, context) if _DIGIT.search(text) else NOTHING
    if code == "done" or code is None and dated.value and dates.is_only_date(text):
        flags = tuple(Flag("done_date", flag.code) for flag in dated.flags if flag.code != "unparsed_date")
        return Cleaned("done", flags, {"done_date": dated.value} if dated.value else {})
    return Cleaned(code) if code else lost("unmapped_value")


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
        ways |= {f"{first} {last[:1]}"} if first and last else set()
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
    # « M.-A. Naudin » begins with initials; « M. Naudin » with a civility, which goes first
    for word in dict.fromkeys((fold(person_names.without_civility(tidy(text))), fold(text))):
        if keys := spellings.get(word) or spellings.get(word.replace(" ", "")):
            return keys
    return frozenset()


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
    return lost("ambiguous_counsellor" if keys else "unknown_counsellor")


_KINDS_OF_SITE = frozenset(
    ("antenne", "site", "permanence", "siege", "social", "agence", "bureau", "relais", "point", "accueil")
    + ("ml", "mission", "locale", "de", "du", "des", "d", "la", "le", "les", "l", "a", "au")
)


def _place_of(text: str) -> str:
    """'Antenne de Lacaze' -> 'lacaze'."""
    return " ".join(word for word in fold(text).split() if word not in _KINDS_OF_SITE)


@lru_cache(maxsize=64)
def _site_spellings(sites: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """Folded spelling -> names of the sites it may mean: whole, the place alone, « siège » alone."""
    spellings: dict[str, set[str]] = {}
    for one in sites:
        kinds = {"siege", "siege social"} if "siege" in fold(one).split() else set()
        for way in {fold(one), _place_of(one), *kinds} - {""}:
            spellings.setdefault(way, set()).add(one)
    return {way: frozenset(names) for way, names in spellings.items()}


def clean_site(raw: Any, context: Context) -> Cleaned:
    """'Lacaze', 'ML Lacaze', 'siège' -> name of the site; two of them or none: `unmapped_value`."""
    text = tidy(as_text(raw))
    if vocabularies.is_empty(text):
        return NOTHING
    spellings = _site_spellings(context.sites)
    names = spellings.get(fold(text)) or spellings.get(_place_of(text)) or frozenset()
    return Cleaned(next(iter(names))) if len(names) == 1 else lost("unmapped_value")


CLEANERS: dict[str, Cleaner] = {
    "text": clean_text,
    "name": clean_text,
    "notes": clean_notes,
    "url": clean_url,
    "positions": clean_positions,
    "last_name": clean_last_name,
    "birth_name": clean_birth_name,
    "first_name": clean_first_name,
    "full_name": clean_full_name,
    "full_name_first": clean_full_name_first,
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
    "site": clean_site,
    "programmes": _choices("programmes"),
    "young_status": _choice("young_status"),
    "barriers": _choices("barriers"),
    "partner_kind": _choice("partner_kind"),
    "appointment_outcome": _choice("appointment_outcome"),
    "appointment_mode": _choice("appointment_mode"),
    "appointment_kind": _choice("appointment_kind"),
    "exit_reason": _choice("exit_reason"),
    "relationship_state": _choice("relationship_state"),
    "action_owner": _choice("action_owner"),
    "action_status": clean_action_status,
    "hours": clean_hours,
    "siret": clean_siret,
    "siren": clean_siren,
    "headcount": clean_headcount,
    "integer": clean_integer,
    "offers_count": clean_offers_count,
    "decimal": clean_decimal,
}
