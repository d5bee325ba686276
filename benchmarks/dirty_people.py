"""43,200 people in a database and a workbook of 43,200 rows × 30 columns about half of them, as old files say things."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from xlsxwriter import Workbook

from tests.imports.planted import DISGUISES, people

Record = dict[str, Any]
Cell = str | int | float | date | None

ROWS = 43_200
SOURCE = "Anciens fichiers"
TODAY = date(2026, 11, 23)

_LEVELS = {"3": ("CAP", "BEP", "CAP/BEP", "niveau 3"), "4": ("Bac", "BAC PRO", "niveau 4"), "5": ("BTS", "Bac+2"), "6": ("Licence",), "none": ("brevet", "3ème")}  # fmt: skip
_PROGRAMMES = {"CEJ": ("CEJ", "cej"), "PACEA": ("PACEA", "Pacea"), "GARANTIE_JEUNES": ("Garantie jeunes", "GJ")}
_BARRIERS = (
    "mobilité",
    "logement",
    "Santé",
    "garde d'enfant",
    "langue",
    "argent",
    "numérique",
    "RAS",
    "",
    "Mobilité, logement",
)
_NOTES = (
    "cherche un stage",
    "à rappeler en septembre",
    "projet vente",
    "intéressé par le bâtiment",
    "permis en cours",
    "",
)
_STREETS = ("rue des Écoles", "avenue de la Gare", "impasse du Moulin", "chemin de la Croix", "place de l'Église")
_PLACES = (("09000", "Foix"), ("09100", "Pamiers"), ("09200", "Saint-Girons"), ("09300", "Lavelanet"), ("09500", "Mirepoix"), ("09700", "Saverdun"), ("09270", "Mazères"), ("09400", "Tarascon-sur-Ariège"), ("09120", "Varilhes"))  # fmt: skip


def everybody() -> list[Record]:
    """The people of the database, then as many whom it does not know: half of these come with half of those in the file."""
    draw = Random(2026)
    found = people(draw, ROWS + ROWS // 2)
    for at, one in enumerate(found):
        level, programme = draw.choice(list(_LEVELS)), draw.choice(list(_PROGRAMMES))
        postcode, city = draw.choice(_PLACES)
        one |= {
            "external_id": str(100_000 + at),
            "address": f"{draw.randrange(1, 90)} {draw.choice(_STREETS)}",
            "postcode": postcode,
            "city": city,
            "phone2": f"+335{at:08}" if at % 5 == 0 else None,
            "education_level": level,
            "programme": programme,
            "driving_licence": at % 3 == 0,
            "has_vehicle": at % 7 == 0,
            "registration_date": date(2019, 1, 1) + timedelta(draw.randrange(2000)),
            "representative": "Hélène ROUQUETTE" if at % 11 == 0 else None,
            "representative_phone": f"+336{50_000_000 + at:08}" if at % 11 == 0 else None,
        }
    return found


def known_rows(found: list[Record]) -> list[Record]:
    """The records of the first 43,200 people, as the database holds them."""
    names = ("last_name", "first_name", "birth_date", "gender", "phone", "phone2", "email", "address", "postcode", "city", "education_level", "driving_licence", "has_vehicle", "registration_date", "external_id", "representative", "representative_phone")  # fmt: skip
    return [
        {name: one[name] for name in names} | {"status": "active", "external_source": SOURCE} for one in found[:ROWS]
    ]


def file_rows(found: list[Record]) -> Iterator[list[Cell]]:
    """Half of the people of the database and the 21,600 others, in no order, some of them disguised, some twice."""
    draw = Random(77)
    listed = [*range(0, ROWS, 2), *range(ROWS, len(found))]
    twice = draw.sample(listed, ROWS // 50)
    chosen = [*draw.sample(listed, ROWS - len(twice)), *twice]
    draw.shuffle(chosen)
    for at in chosen:
        one = found[at]
        if draw.random() < 0.04:
            one = DISGUISES[draw.choice(tuple(DISGUISES))](draw, dict(one)) or one
        yield [dirty(draw, one) for dirty in COLUMNS.values()]


def write_workbook(path: Path, found: list[Record]) -> None:
    book = Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("Jeunes")
    days = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_row(0, 0, list(COLUMNS))
    for at, cells in enumerate(file_rows(found), 1):
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write_datetime(at, column, cell, days)  # type: ignore[arg-type]
            elif cell is not None and cell != "":
                sheet.write(at, column, cell)
    book.close()


# --- Cells -----------------------------------------------------------------------------------------------------------

Writer = Callable[[Random, Record], Cell]


def _name(field: str) -> Writer:
    def write(draw: Random, one: Record) -> Cell:
        text = one.get(field)
        if not text:
            return None
        return draw.choices((text, text.lower(), f" {text}  ", text.upper()), (70, 12, 8, 10))[0]

    return write


def _day(field: str) -> Writer:
    def write(draw: Random, one: Record) -> Cell:
        day = one.get(field)
        if day is None:
            return draw.choice((None, "?", ""))
        kind = draw.random()
        if kind < 0.6:
            return day  # type: ignore[no-any-return]
        if kind < 0.97:
            return f"{day:{draw.choice(('%d/%m/%Y', '%d.%m.%Y', '%d-%m-%Y', '%d/%m/%y'))}}"
        return draw.choice((f"{day:%Y}", "31/02/2004", "à vérifier"))

    return write


def _phone(field: str) -> Writer:
    def write(draw: Random, one: Record) -> Cell:
        number = one.get(field)
        if number is None:
            return draw.choice((None, "-", "néant"))
        local = "0" + number[3:]
        pairs = [local[at : at + 2] for at in range(0, 10, 2)]
        kind = draw.random()
        if kind < 0.02:
            return local[:-1]  # a digit lost
        if kind < 0.15:
            return int(local)
        return draw.choice((" ".join(pairs), ".".join(pairs), local, number, "-".join(pairs)))

    return write


def _email(draw: Random, one: Record) -> Cell:
    text = one.get("email")
    if not text:
        return None
    return draw.choices((text, text.upper(), text.replace("@", " @ "), text.replace(".", ","), text.replace("@", "")), (80, 10, 5, 3, 2))[0]  # fmt: skip


def _choice(field: str, words: dict[str, tuple[str, ...]]) -> Writer:
    return lambda draw, one: draw.choice(words[one[field]]) if one.get(field) in words else None


def _flag(field: str) -> Writer:
    return lambda draw, one: draw.choice(("x", "oui", "O", "VRAI") if one.get(field) else ("", "non", "N", ""))


def _plain(field: str) -> Writer:
    return lambda draw, one: one.get(field)


def _any(*words: str) -> Writer:
    return lambda draw, one: draw.choice(words)


COLUMNS: dict[str, Writer] = {
    "N° dossier": _plain("external_id"),
    "Civilité": lambda draw, one: draw.choice(("Mme", "F", "Mlle") if one.get("gender") == "F" else ("M.", "H", "M")),
    "Nom": _name("last_name"),
    "Nom de naissance": _name("birth_name"),
    "Prénom": _name("first_name"),
    "Né(e) le": _day("birth_date"),
    "Téléphone": _phone("phone"),
    "Tél. 2": _phone("phone2"),
    "Mail": _email,
    "Adresse": _name("address"),
    "CP": lambda draw, one: (
        int(one["postcode"]) if one.get("postcode") and draw.random() < 0.5 else one.get("postcode")
    ),
    "Commune": _name("city"),
    "Niveau": _choice("education_level", _LEVELS),
    "Permis": _flag("driving_licence"),
    "Véhicule": _flag("has_vehicle"),
    "Dispositif": _choice("programme", _PROGRAMMES),
    "Statut": _any("actif", "Actif", "suivi", "en emploi", "en formation", ""),
    "Freins": _any(*_BARRIERS),
    "Date d'inscription": _day("registration_date"),
    "Représentant légal": _plain("representative"),
    "Téléphone du représentant": _phone("representative_phone"),
    "Joindre de préférence": _any("SMS", "après 14 h", "mail", "", ""),
    "Observations": _any(*_NOTES),
    "Réf. CAF": lambda draw, one: f"{draw.randrange(10**7):07}",
    "Pointure": lambda draw, one: draw.randrange(36, 47),
    "Club de sport": _any("", "", "rugby", "foot", "judo"),
    "Régime alimentaire": _any("", "", "végétarien", "sans porc"),
    "Groupe atelier": _any("A", "B", "C", "D"),
    "Dernière enquête": _any("2023", "2024", "2025", ""),
    "Casier rangement": lambda draw, one: f"{draw.choice('ABCDEF')}-{draw.randrange(1, 400)}",
}
