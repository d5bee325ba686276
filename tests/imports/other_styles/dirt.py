"""How offices write a value: each function takes the truth and gives the cell with what an import should make of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any

Codes = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Shown:
    """A cell, the fields that it should fill, and what should be said of it."""

    cell: Any
    record: Mapping[str, Any] = field(default_factory=dict)
    warnings: Codes = ()
    errors: Codes = ()


Dirt = Callable[[Mapping[str, Any], Random], Shown]


def plain(name: str) -> Dirt:
    """As it is."""
    return lambda truth, _: Shown(truth[name], {name: truth[name]})


def aside(name: str) -> Dirt:
    """A column that no field is made of."""
    return lambda truth, _: Shown(truth[name])


def one_of(*ways: Dirt, weights: tuple[int, ...] | None = None) -> Dirt:
    """One way or another, drawn for each row."""
    return lambda truth, draw: draw.choices(ways, weights)[0](truth, draw)


def said(name: str, spellings: Mapping[Any, tuple[str, ...]], *, nothing: tuple[str, ...] = ("",)) -> Dirt:
    """A closed list in an office's own words: code -> spellings."""

    def write(truth: Mapping[str, Any], draw: Random) -> Shown:
        code = truth[name]
        return Shown(draw.choice(nothing if code is None else spellings[code]), {name: code})

    return write


def lost(cell: Any, name: str, code: str, value: Any = None) -> Dirt:
    """A cell that gives nothing, and says why."""
    return lambda *_: Shown(cell, {name: value}, ((name, code),))


def text(cell: Callable[[Any], str], name: str) -> Dirt:
    """The truth in other clothes."""
    return lambda truth, _: Shown(cell(truth[name]) if truth[name] else "", {name: truth[name]})


# --- dates -----------------------------------------------------------------------------------------------------------

MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
SHORT = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
DAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
_FORMS: dict[str, Callable[[date], Any]] = {
    "slash": lambda day: f"{day:%d/%m/%Y}",
    "dot": lambda day: f"{day:%d.%m.%Y}",
    "dash": lambda day: f"{day:%d-%m-%Y}",
    "space": lambda day: f"{day:%d %m %Y}",
    "short": lambda day: f"{day.day}/{day.month}/{day:%y}",
    "iso": lambda day: day.isoformat(),
    "iso_slash": lambda day: f"{day:%Y/%m/%d}",
    "iso_time": lambda day: f"{day.isoformat()} 00:00:00",
    "iso_zone": lambda day: f"{day.isoformat()}T00:00:00Z",
    "digits": lambda day: f"{day:%d%m%Y}",
    "ymd": lambda day: f"{day:%Y%m%d}",
    "ymd_number": lambda day: int(f"{day:%Y%m%d}"),
    "long": lambda day: f"{day.day}{'er' if day.day == 1 else ''} {MONTHS[day.month - 1]} {day.year}",
    "weekday": lambda day: f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}",
    "abbreviated": lambda day: f"{day:%d}-{SHORT[day.month - 1]}-{day:%y}",
    "capitals": lambda day: f"{day.day} {MONTHS[day.month - 1].upper()} {day.year}",
    "le": lambda day: f"le {day:%d/%m/%Y}",
    "english": lambda day: (
        f"{day.day} {['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][day.month - 1]} {day.year}"
    ),
    "cell": lambda day: day,
    "moment": lambda day: datetime(day.year, day.month, day.day),
    "serial": lambda day: (day - date(1899, 12, 30)).days,
    "serial_text": lambda day: str((day - date(1899, 12, 30)).days),
    "serial_1904": lambda day: (day - date(1904, 1, 1)).days,
}


def dated(name: str, *forms: str) -> Dirt:
    """A day in one of these forms; None is an empty cell."""

    def write(truth: Mapping[str, Any], draw: Random) -> Shown:
        day = truth[name]
        cell = _FORMS[draw.choice(forms)](day) if day else ""
        return Shown(cell, {name: day and day.isoformat()})

    return write


def american(name: str) -> Dirt:
    """Month first, where the day shows it; else day first."""

    def write(truth: Mapping[str, Any], _: Random) -> Shown:
        day = truth[name]
        if day is None or day.day <= 12:
            return Shown(f"{day:%d/%m/%Y}" if day else "", {name: day and day.isoformat()})
        return Shown(f"{day:%m/%d/%Y}", {name: day.isoformat()}, ((name, "day_month_swapped"),))

    return write


def birth(*forms: str, faults: bool = True) -> Dirt:
    """A birth date; about one in twenty is missing, broken or incomplete."""
    fine = dated("birth_date", *forms)

    def wrong(truth: Mapping[str, Any], draw: Random) -> Shown:
        cell, code = draw.choice(
            [
                ("", "missing_birth_date"),
                ("?", "missing_birth_date"),
                ("2004", "incomplete_date"),
                ("mars 2005", "incomplete_date"),
                ("31/02/2004", "invalid_date"),
                ("voir carte d'identité", "unparsed_date"),
            ]
        )
        flag = (("birth_date", code),)
        return Shown(cell, {"birth_date": None}, *(((), flag) if code == "invalid_date" else (flag, ())))

    return one_of(fine, wrong, weights=(19, 1)) if faults else fine


# --- telephones and addresses ----------------------------------------------------------------------------------------


def _pairs(number: str, between: str) -> str:
    national = "0" + number.removeprefix("+33")
    return between.join(national[at : at + 2] for at in range(0, 10, 2))


PHONES: dict[str, Callable[[str], Any]] = {
    "spaces": lambda n: _pairs(n, " "),
    "dots": lambda n: _pairs(n, "."),
    "dashes": lambda n: _pairs(n, "-"),
    "slashes": lambda n: _pairs(n, "/"),
    "stuck": lambda n: _pairs(n, ""),
    "no_break": lambda n: _pairs(n, "\u00a0"),
    "international": lambda n: f"+33 {n[3]} {n[4:6]} {n[6:8]} {n[8:10]} {n[10:]}",
    "double_zero": lambda n: "0033" + n[3:],
    "double_zero_spaced": lambda n: f"00 33 {n[3]} {n[4:6]} {n[6:8]} {n[8:10]} {n[10:]}",
    "zero_in_brackets": lambda n: f"+33 (0){n[3]} {n[4:6]} {n[6:8]} {n[8:10]} {n[10:]}",
    "number": lambda n: int(n[3:]),
    "float_text": lambda n: n[3:] + ".0",
    "nine": lambda n: n[3:],
    "threes": lambda n: f"0{n[3:6]} {n[6:9]} {n[9:]}",
    "labelled": lambda n: "Tél : " + _pairs(n, " "),
}
NO_PHONE = ("", "", "pas de tél", "n'a plus de portable", "néant", "en attente", "-")


def phone(*forms: str, name: str = "phone") -> Dirt:
    """One number; about one in twenty lost a digit."""

    def write(truth: Mapping[str, Any], draw: Random) -> Shown:
        number = truth[name]
        if number is None:
            return Shown(draw.choice(NO_PHONE), {name: None})
        if draw.random() < 0.05:
            return Shown(_pairs(number, " ")[:-1], {name: None}, ((name, "invalid_phone"),))
        return Shown(PHONES[draw.choice(forms)](number), {name: number})

    return write


def two_phones(*between: str) -> Dirt:
    """Both numbers in one cell."""

    def write(truth: Mapping[str, Any], draw: Random) -> Shown:
        first, second = truth["phone"], truth["phone2"]
        if first is None:
            return Shown(draw.choice(NO_PHONE), {"phone": None, "phone2": None})
        way = draw.choice(("spaces", "dots", "stuck", "international"))
        numbers = [PHONES[way](number) for number in (first, second) if number]
        return Shown(draw.choice(between).join(numbers), {"phone": first, "phone2": second})

    return write


def email(truth: Mapping[str, Any], draw: Random) -> Shown:
    """Capitals, spaces, links, a comma for the dot; about one in fifteen is no address."""
    address = truth["email"]
    if address is None:
        return Shown(draw.choice(("", "", "pas de mail", "aucun", "-")), {"email": None})
    if draw.random() < 0.06:
        cell = draw.choice((address.replace("@", " "), address.replace("@", "é@")))
        return Shown(cell, {"email": None}, (("email", "invalid_email"),))
    if draw.random() < 0.05:
        cell = address.rpartition(".")[0] + "," + address.rpartition(".")[2]
        return Shown(cell, {"email": address}, (("email", "email_repaired"),))
    ways = (address, address.upper(), f" {address} ", f"mailto:{address}", address.replace("@", " @ "), f"<{address}>")
    return Shown(draw.choices(ways, (8, 2, 1, 1, 1, 1))[0], {"email": address})


# --- places ----------------------------------------------------------------------------------------------------------


def _plain_letters(name: str) -> str:
    return name.upper().translate(str.maketrans("ÉÈÊÀÂÔÎÇ", "EEEAAOIC"))


def _short(name: str) -> str:
    return name.replace("Saint-", "St ").replace("Sainte-", "Ste ").replace("-sur-", " s/ ").replace("-lès-", " les ")


CITIES: tuple[Callable[[str], str], ...] = (str, str.upper, _plain_letters, _short, lambda n: n.replace("-", " "))


def city(truth: Mapping[str, Any], draw: Random) -> Shown:
    return Shown(draw.choice(CITIES)(truth["city"]), {"city": truth["city"]})


def postcode(truth: Mapping[str, Any], draw: Random) -> Shown:
    code = truth["postcode"]
    ways = (code, int(code), f"{code[:2]} {code[2:]}")
    return Shown(draw.choices(ways, (5, 3, 1))[0], {"postcode": code})


def place(truth: Mapping[str, Any], draw: Random) -> Shown:
    """Post code and city in one cell, either way round."""
    code, name = truth["postcode"], draw.choice(CITIES)(truth["city"])
    ways = (f"{code} {name}", f"{code} - {name}", f"{name} ({code})", f"{name} {code}", f"{code} {name} CEDEX")
    return Shown(draw.choices(ways, (6, 2, 3, 2, 1))[0], {"postcode": code, "city": truth["city"]})


def whole_address(truth: Mapping[str, Any], draw: Random) -> Shown:
    between = draw.choice((" - ", ", ", "\n", " "))
    cell = f"{truth['address']}{between}{truth['postcode']} {draw.choice(CITIES)(truth['city'])}"
    return Shown(cell, {"address": truth["address"], "postcode": truth["postcode"], "city": truth["city"]})


# --- names -----------------------------------------------------------------------------------------------------------


def _whole(truth: Mapping[str, Any], cell: str) -> Shown:
    return Shown(cell, {"last_name": truth["last_name"], "first_name": truth["first_name"]})


def capitals_first(truth: Mapping[str, Any], _: Random) -> Shown:
    """LE GOFF Maëlle"""
    return _whole(truth, f"{truth['last_name']} {truth['first_name']}")


def capitals_last(truth: Mapping[str, Any], _: Random) -> Shown:
    """Maëlle LE GOFF"""
    return _whole(truth, f"{truth['first_name']} {truth['last_name']}")


def comma(truth: Mapping[str, Any], draw: Random) -> Shown:
    """Le Goff, Maëlle"""
    last = draw.choice((str, str.title))(truth["last_name"])
    return _whole(truth, f"{last}, {draw.choice((str, str.lower, str.upper))(truth['first_name'])}")


def civil(truth: Mapping[str, Any], _: Random) -> Shown:
    """Mme LE GOFF Maëlle"""
    word = "Mme" if truth["gender"] == "F" else "M."
    return _whole(truth, f"{word} {truth['last_name']} {truth['first_name']}")


def title_first_last(truth: Mapping[str, Any], _: Random) -> Shown:
    """Maëlle Goffic, under a heading that says the order"""
    return _whole(truth, f"{truth['first_name']} {truth['last_name'].title()}")


def last_name(truth: Mapping[str, Any], draw: Random) -> Shown:
    """Any case; an empty one stops the row."""
    if draw.random() < 0.015:
        return Shown("", {"last_name": None}, (), (("last_name", "missing_required"),))
    cell = draw.choice((str, str, str.title, str.lower))(truth["last_name"])
    return Shown(draw.choice((cell, cell, f"{cell} ", f"\u00a0{cell}")), {"last_name": truth["last_name"]})


def first_name(truth: Mapping[str, Any], draw: Random) -> Shown:
    cell = draw.choice((str, str, str.upper, str.lower))(truth["first_name"])
    return Shown(cell, {"first_name": truth["first_name"]})


def born(truth: Mapping[str, Any], draw: Random) -> Shown:
    """LE GOFF née PRIGENT, where she has a birth name"""
    shown, birth_name = last_name(truth, draw), truth.get("birth_name")
    if not birth_name or shown.errors:
        return Shown(shown.cell, {**shown.record, "birth_name": None}, (), shown.errors)
    last = truth["last_name"]
    cell = draw.choice((f"{last} née {birth_name}", f"{birth_name} ép. {last}", f"{last} (née {birth_name.title()})"))
    return Shown(cell, {"last_name": last, "birth_name": birth_name})


# --- counsellors -----------------------------------------------------------------------------------------------------

COUNSELLORS: dict[str, tuple[str, ...]] = {
    "FAUVEL Nora": ("Nora FAUVEL", "N. Fauvel", "NF", "Mme Fauvel", "fauvel", "FAUVEL N.", "nora", "N.FAUVEL"),
    "ROQUE Denis": ("Denis ROQUE", "D. Roque", "DR", "M. ROQUE", "Roque", "ROQUE Denis", "d roque"),
    "DE ROSA Élise": ("Élise De Rosa", "EDR", "Mme DE ROSA", "E. De Rosa", "de rosa élise", "Elise"),
    "NAUDIN Flore": ("Flore Naudin", "FN", "F. NAUDIN", "Mme NAUDIN Flore", "flore"),
    "TRAORÉ Aïssata": ("Aïssata Traoré", "AT", "Mme TRAORE", "A. Traoré", "aissata traore"),
}


def counsellor(truth: Mapping[str, Any], draw: Random) -> Shown:
    """About one in twelve has two answers, or none."""
    chance = draw.random()
    if chance < 0.04:
        return lost(draw.choice(("Mme Naudin", "NAUDIN")), "counsellor", "ambiguous_counsellor")(truth, draw)
    if chance < 0.08:
        return lost(draw.choice(("Gwenn Kerbrat", "PL", "stagiaire")), "counsellor", "unknown_counsellor")(truth, draw)
    key = truth["counsellor"]
    return Shown(draw.choice(COUNSELLORS[key]) if key else draw.choice(("", "non attribué")), {"counsellor": key})
