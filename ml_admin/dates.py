"""Dates, times and durations as offices write them; nothing here knows a field or a form."""

import re
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache
from typing import Final

from ml_admin.text import fold

Raw = str | int | float | date | datetime | time | timedelta
Reading = tuple[date | None, str | None, time | None]  # date, code of what was lost or guessed, time beside it


class Kind(Enum):
    """What a two-digit year may mean."""

    BIRTH = "birth"
    PAST = "past"
    DUE = "due"  # appointments and due dates: at most two years after the reference date


_MONTH_WORDS: Final = {
    1: "janvier janv jan january",
    2: "fevrier fevr fev feb february",
    3: "mars mar mrs march",
    4: "avril avr avl apr april",
    5: "mai may",
    6: "juin jun june",
    7: "juillet juil juill jul jlt july",
    8: "aout aou aug august",
    9: "septembre sept sep september",
    10: "octobre oct october",
    11: "novembre nov november",
    12: "decembre dec december",
}
MONTHS: Final = {word: month for month, words in _MONTH_WORDS.items() for word in words.split()}
_MONTH = "(" + "|".join(sorted(MONTHS, key=len, reverse=True)) + ")"

_DMY = re.compile(r"(\d{1,2})\s*[/.\- ]\s*(\d{1,2})\s*[/.\- ]\s*(\d{4}|\d{2})")
_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ](\d{2}:\d{2})(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")
_DIGITS = re.compile(r"\d{6,8}")

# inside a sentence: the same shapes, apart from any other digit
_DMY_IN = re.compile(r"(?<![\d/.\-])(\d{1,2})\s?[/.\- ,]\s?(\d{1,2})\s?[/.\- ,]\s?(\d{4}|\d{2})(?![\d/])")
_ISO_IN = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_LONG_IN = re.compile(r"(?<!\d)(\d{1,2}) ?(?:er|ere|e|eme|nd)? ?(?:de )?" + _MONTH + r" ?(?:de )?(\d{4}|\d{2})(?!\d)")
_LONG_NO_YEAR_IN = re.compile(r"(?<!\d)(\d{1,2}) ?(?:er|ere|e)? ?" + _MONTH + r"(?![a-z0-9])")
_DM_IN = re.compile(r"(?<![\d/.\-])(\d{1,2})\s?[/.\-]\s?(\d{1,2})(?![\d/]|[.\-]\d)")
_MONTH_YEAR = re.compile(
    r"(?<!\d)(?<![a-z])" + _MONTH + r" (\d{4}|\d{2})(?!\d)|(?<![\d/])(0?[1-9]|1[0-2])[/.\- ](\d{4})(?!\d)"
)
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_MONTH_ALONE = re.compile(r"(?<![a-z])" + _MONTH + r"(?![a-z])")
_TIME_IN = re.compile(
    r"(?<![\d/.\-:])([01]?\d|2[0-3])\s?(?:[hH]|:)\s?([0-5]\d)?(?:\s?(?:min|mn))?(?::[0-5]\d)?(?![\d/])"
)
_WEEKDAY = re.compile(r"^(?:lun|mar|mer|jeu|ven|sam|dim)\.?\s+(?=\d{1,2}\s?[/.\-])", re.IGNORECASE)
_DOUBLED = re.compile(r"([/.\-])\1+")

_FIRST_SERIAL, _LAST_SERIAL = 10_000, 73_415  # 1927 to 2100: below, a number is no date that an office keeps


def from_serial(number: float, date_system: int) -> datetime:
    """The day (and hour) a workbook means by a number, in its 1900 or 1904 system."""
    base = datetime(1904, 1, 1) if date_system == 1904 else datetime(1899, 12, 30)  # noqa: DTZ001 cells have no zone
    return base + timedelta(days=number)


def _moment(moment: datetime) -> tuple[date, time | None]:
    # serials carry seconds by fractions of a day: rounded to the minute
    moment = moment.replace(tzinfo=None) + timedelta(seconds=30)
    hour = time(moment.hour, moment.minute)
    return moment.date(), hour if hour != time(0) else None


def _full_year(year: str, kind: Kind, today: date, at: int | None) -> int:
    if len(year) == 4:
        return int(year)
    recent = today.year - (today.year - int(year)) % 100  # latest one not after the reference year
    if kind is Kind.BIRTH:
        # the latest year that gives a likely age, on the day the file was kept
        age = min(today.year, at or today.year) - recent
        return recent - 100 if age < 10 and age + 100 <= 80 else recent
    if kind is Kind.DUE and recent + 100 <= today.year + 2:
        return recent + 100
    return recent


def _checked(day: int, month: int, year: int) -> tuple[date | None, str | None]:
    """Day first; an impossible month that can be a day is the American order."""
    try:
        return date(year, month, day), None
    except ValueError:
        pass
    if 12 < month <= 31 and 1 <= day <= 12:
        try:
            return date(year, day, month), "day_month_swapped"
        except ValueError:
            pass
    return None, "invalid_date"


def read_date(raw: Raw, kind: Kind, today: date, date_system: int = 1900, year: int | None = None) -> Reading:
    """Any cell -> (date, code, time beside it); code is None when the date is read surely.

    `today` is the reference date, `year` that of the file or sheet, for dates that have none.
    Codes: day_month_swapped, incomplete_date, invalid_date, unparsed_date, several_dates.
    """
    if isinstance(raw, str):
        match = _DMY.fullmatch(raw)
        if match:
            full = _full_year(match[3], kind, today, year)
            return *_checked(int(match[1]), int(match[2]), full), None
        return _read_text(raw, kind, today, date_system, year)
    if isinstance(raw, datetime):
        day, hour = _moment(raw)
        return day, None, hour
    if isinstance(raw, date):
        return raw, None, None
    if isinstance(raw, int | float):
        return _read_number(raw, date_system)
    return None, "unparsed_date", None


def _read_number(number: float, date_system: int) -> Reading:
    if number != number or abs(number) > 99_999_999:
        return None, "unparsed_date", None
    if 1900 <= number <= 2100 and number == int(number):
        return None, "incomplete_date", None
    if _FIRST_SERIAL <= number < _LAST_SERIAL + 1:
        day, hour = _moment(from_serial(number, date_system))
        return day, None, hour
    if number == int(number) and number >= 1_000_000:
        return *_read_digits(f"{int(number):08d}"), None
    return None, "unparsed_date", None


def _read_digits(digits: str) -> tuple[date | None, str | None]:
    """'12032004' (day first) or '20040312'."""
    found = _checked(int(digits[:2]), int(digits[2:4]), int(digits[4:]))
    if found[0] and found[1] is None and 1900 <= found[0].year <= 2100:
        return found
    backwards = _checked(int(digits[6:]), int(digits[4:6]), int(digits[:4])) if digits > "1900" else (None, None)
    if backwards[0] and backwards[1] is None and 1900 <= backwards[0].year <= 2100:
        return backwards
    return found if found[0] and 1900 <= found[0].year <= 2100 else (None, "invalid_date")


def _read_text(raw: str, kind: Kind, today: date, date_system: int, year: int | None) -> Reading:
    text = raw.strip()
    iso = _ISO.fullmatch(text)
    if iso:
        hour = time.fromisoformat(iso[4]) if iso[4] and iso[4] < "24:00" and iso[4] != "00:00" else None
        return *_checked_iso(iso), hour
    if _SERIAL.fullmatch(text):
        return _read_number(float(text.replace(",", ".")), date_system)
    if _DIGITS.fullmatch(text):
        if len(text) == 6:
            full = _full_year(text[4:], kind, today, year)
            return *_checked(int(text[:2]), int(text[2:4]), full), None
        return *_read_digits(text.zfill(8)), None
    return _read_sentence(text, kind, today, year)


def _checked_iso(match: re.Match[str]) -> tuple[date | None, str | None]:
    try:
        return date(int(match[1]), int(match[2]), int(match[3])), None
    except ValueError:
        return None, "invalid_date"


def _read_sentence(text: str, kind: Kind, today: date, year: int | None) -> Reading:
    text = _WEEKDAY.sub("", text)  # « mar. 11/03 » is a Tuesday, not a month
    hour = _time_beside(text)
    # « 30/06 14h » is no year 2014
    text = _DOUBLED.sub(r"\1", _TIME_IN.sub(" ", text) if hour else text)
    folded = fold(text)
    found = [_checked_iso(match) for match in _ISO_IN.finditer(text)]
    numbers, words = _DMY_IN.finditer(_ISO_IN.sub(" ", text)), _LONG_IN.finditer(folded)
    found += [_checked(int(m[1]), int(m[2]), _full_year(m[3], kind, today, year)) for m in numbers]
    found += [_checked(int(m[1]), MONTHS[m[2]], _full_year(m[3], kind, today, year)) for m in words]
    return _first(found, hour) if found else _read_part(text, folded, year, hour)


def _first(found: list[tuple[date | None, str | None]], hour: time | None) -> Reading:
    days = {day for day, _ in found}
    day, code = found[0]
    return day, code or ("several_dates" if len(days) > 1 else None), hour


def _read_part(text: str, folded: str, year: int | None, hour: time | None) -> Reading:
    """A day and a month without year, a month and a year, a year, a month; or nothing that is a date."""
    if _MONTH_YEAR.search(folded) and not _LONG_NO_YEAR_IN.search(folded) or _YEAR.search(folded):
        return None, "incomplete_date", None
    pairs = [(int(m[1]), MONTHS[m[2]]) for m in _LONG_NO_YEAR_IN.finditer(folded)]
    pairs = pairs or [(int(m[1]), int(m[2])) for m in _DM_IN.finditer(text)]
    if pairs and year:
        return _first([_checked(day, month, year) for day, month in pairs], hour)
    month_alone = _MONTH_ALONE.search(folded) and len(folded.split()) <= 2
    return None, "incomplete_date" if pairs or month_alone else "unparsed_date", None


def _time_beside(text: str) -> time | None:
    match = _TIME_IN.search(text)
    return time(int(match[1]), int(match[2] or 0)) if match else None


_DATE_WORDS = frozenset(
    ("le", "du", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "er", "1er")
)


def is_only_date(text: str) -> bool:
    """'le 12 mars 2024', but not 'relancé le 12/03/2024'."""
    words = fold(text).split()
    return bool(words) and all(word.isdigit() or word in MONTHS or word in _DATE_WORDS for word in words)


_TIME_TEXT = re.compile(
    r"(?:(?:a|de|vers|des|entre) )?([01]?\d|2[0-3]) ?(?:h(?:eures?)?|:|\.|,)? ?([0-5]\d)?(?: ?(?:min|mn))?"
)
_TIME_START = re.compile(r"(?<!\d)([01]?\d|2[0-3]) ?(?:h(?:eures?)?|:) ?([0-5]\d)?(?!\d)")
_BARE_HOUR = re.compile(r"([01]?\d|2[0-3])([0-5]\d)?")
_HOUR_RANGE = re.compile(r"(?:de )?([01]?\d|2[0-3])(?: ?[-–à/] ?| a )([01]?\d|2[0-3]) ?h.*")


def read_time(raw: Raw, date_system: int = 1900) -> tuple[time | None, str | None]:
    """'14h30', '9 h', 0.604, 930, time cells; a range gives its start. Code: unparsed_time."""
    if isinstance(raw, str):
        return _read_time_text(raw)
    if isinstance(raw, datetime):
        return (raw + timedelta(seconds=30)).time().replace(second=0, microsecond=0, tzinfo=None), None
    if isinstance(raw, time):
        return raw.replace(second=0, microsecond=0, tzinfo=None), None
    if isinstance(raw, timedelta):
        return _minutes_to_time(raw.total_seconds() / 60)
    if isinstance(raw, int | float) and raw == raw:
        if 0 <= raw < 1:
            return _minutes_to_time(raw * 1440)
        if _FIRST_SERIAL <= raw < _LAST_SERIAL and raw != int(raw):
            return _minutes_to_time(raw % 1 * 1440)
        if raw == int(raw) and 0 <= raw < 2400:
            return _read_time_text(str(int(raw)))
    return None, "unparsed_time"


def _minutes_to_time(minutes: float) -> tuple[time | None, str | None]:
    whole = round(minutes)
    return (time(whole // 60, whole % 60), None) if 0 <= whole < 1440 else (None, "unparsed_time")


@lru_cache(maxsize=4_096)
def _read_time_text(raw: str) -> tuple[time | None, str | None]:
    text = " ".join(raw.lower().replace("\xa0", " ").split()).replace("à", "a").replace("–", "-")
    if text in ("midi", "12h midi"):
        return time(12), None
    bare = _BARE_HOUR.fullmatch(text) or _TIME_TEXT.fullmatch(text) or _HOUR_RANGE.fullmatch(text)
    if bare and bare.re is _HOUR_RANGE:
        return time(int(bare[1])), None
    match = bare or _TIME_START.search(text)
    if match:
        return time(int(match[1]), int(match[2] or 0)), None
    iso = re.search(r"\d{4}-\d\d-\d\d[t ](\d\d):(\d\d)", text)
    if iso and iso[1] < "24" and iso[2] < "60":
        return time(int(iso[1]), int(iso[2])), None
    return None, "unparsed_time"


_HOURS = re.compile(r"(\d{1,2}) ?(?:h(?:eures?|rs?)?|:) ?([0-5]?\d)? ?(?:min(?:utes?)?|mn|')?(?::\d\d)?")
_MINUTES = re.compile(r"(\d{1,3})(?:[.,]0+)? ?(?:min(?:utes?)?\.?|mn|mns|m|'|’|′)?")
_SPOKEN = {
    "une heure": 60, "1 heure": 60, "demi heure": 30, "une demi heure": 30, "1 2 h": 30, "1 2 heure": 30, "1 2h": 30,
    "quart d heure": 15, "un quart d heure": 15, "1 4 h": 15, "1 4h": 15, "3 4 h": 45, "3 4 d heure": 45, "3 4h": 45,
    "trois quarts d heure": 45, "une heure trente": 90, "une heure et demie": 90, "1 heure et demie": 90, "1h et demie": 90,
    "1 h 1 2": 90, "1h1 2": 90, "1h 1 2": 90, "deux heures": 120,
}  # fmt: skip


def read_duration(raw: Raw) -> tuple[int | None, str | None]:
    """Minutes: 45, '45 min', '1h30', a time cell, a fraction of a day. Code: unparsed_duration."""
    minutes: float | None = None
    if isinstance(raw, str):
        minutes = _duration_text(raw)
    elif isinstance(raw, timedelta):
        minutes = raw.total_seconds() / 60
    elif isinstance(raw, time | datetime):
        minutes = raw.hour * 60 + raw.minute
    elif isinstance(raw, int | float) and raw == raw:
        minutes = raw * 1440 if 0 < raw < 1 else raw if raw == int(raw) else None
    if minutes is None or not 0 <= round(minutes) <= 1440:
        return None, "unparsed_duration"
    return round(minutes), None


def _duration_text(raw: str) -> int | None:
    text = " ".join(raw.lower().replace("\xa0", " ").split())
    match = _MINUTES.fullmatch(text)
    if match:
        return int(match[1])
    match = _HOURS.fullmatch(text)
    if match:
        return int(match[1]) * 60 + int(match[2] or 0)
    return _SPOKEN.get(fold(text.replace("½", " 1/2").replace("¼", " 1/4").replace("¾", " 3/4")))
