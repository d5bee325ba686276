"""Lists of young people as six invented offices export or keep them."""

import csv
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from tests.imports.other_styles import dirt as d
from tests.imports.other_styles.answers import Answers
from tests.imports.other_styles.people import AIN, BRITTANY, CHARENTE, REUNION, people
from tests.imports.other_styles.sheets import Line, answer, csv_text, headings, lines_of, xlsx

YOUNG = "young_person"
LEVELS = {
    "none": ("Niveau VI", "V bis", "sans diplôme", "DNB", "Collège", "3ème", "CFG"),
    "3": ("CAP", "BEP", "CAP cuisine", "Niveau V", "Niv. V"),
    "4": ("Bac pro", "BAC", "bac général", "Niveau IV", "Bac techno", "Baccalauréat"),
    "5": ("BTS", "DUT", "bac+2", "Niv III", "BAC + 2"),
    "6": ("Licence", "BUT", "Niveau II", "bac +3"),
    "7": ("Master 2", "M2", "Niveau I", "bac+5"),
}
STATUS = {
    "active": ("Dossier actif", "SUIVI", "en cours d'accompagnement", "Actif"),
    "closed": ("Clôturé", "dossier clos", "SORTI", "Archivé"),
    "in_employment": ("En emploi", "CDI", "CDD 4 mois", "travaille"),
    "in_training": ("En formation", "alternance", "Apprenti", "scolarisé"),
    "lost_contact": ("Injoignable", "ne répond plus", "perdue de vue", "sans nouvelles"),
}
YES_NO = {True: ("oui", "O", "x", "Permis B", "B"), False: ("non", "N", "pas de permis")}
BARRIERS = {
    (): ("", "RAS", "aucun"),
    ("mobility",): ("mobilité", "pas de véhicule", "Transport"),
    ("housing", "money"): ("logement + budget", "Hébergement / ressources", "logement, finances"),
    ("language",): ("FLE", "langue", "maîtrise de la langue"),
    ("digital",): ("numérique", "informatique"),
}
PROGRAMMES = {
    (): ("", "aucun", "-"),
    ("CEJ",): ("CEJ", "Contrat d'engagement jeune", "c.e.j."),
    ("PACEA",): ("PACEA", "pacea", "P.A.C.E.A."),
    ("CEJ", "PACEA"): ("PACEA puis CEJ", "CEJ + PACEA", "CEJ/PACEA"),
    ("OBLIGATION_FORMATION",): ("Obligation de formation", "OF 16-18", "oblig. formation"),
}
_many = {"programmes": PROGRAMMES, "barriers": BARRIERS}


def several(name: str) -> d.Dirt:
    """A list of codes; the record holds a list."""

    def write(truth: Any, draw: Random) -> d.Shown:
        return d.Shown(draw.choice(_many[name][truth[name]]), {name: list(truth[name])})

    return write


def dos_export(folder: Path) -> None:
    """Field names of an old program in capitals, cp850, dates with dots or none, a separator too many at each end."""
    name, draw = "EXTRACT_USAGERS.CSV", Random(11)
    columns = {
        "REF_INT": d.plain("external_id"),
        "NOM_USAGER": d.last_name,
        "PRENOM_USAGER": d.first_name,
        "DDN": d.birth("dot", "ymd", "digits"),
        "SEXE": d.said("gender", {"F": ("F", "2"), "M": ("M", "1")}),
        "TEL_DOM": d.phone("stuck", "dots", name="phone2"),
        "TEL_PORT": d.phone("stuck", "nine", "double_zero"),
        "ADR_1": d.text(str.upper, "address"),
        "CODPOS": d.postcode,
        "LIB_COMMUNE": d.city,
        "NIV_FORM": d.said("education_level", LEVELS),
        "DT_INSCR": d.dated("registration_date", "dot", "ymd"),
    }
    lines = lines_of(columns, people(draw, 60, AIN), draw)
    for line in lines:
        line.record["phone2"] = line.record["phone2"]
        line.record["address"] = line.record["address"].upper()
    rows = [headings(columns), *(line.cells for line in lines)]
    content = "".join(line + ";;\r\n" for line in csv_text(rows, ";").splitlines())
    (folder / name).write_bytes(content.encode("cp850") + b"\x1a")
    answers = Answers(name, year=2021)
    answer(answers, None, YOUNG, lines)
    answers.write(folder)


def unicode_text(folder: Path) -> None:
    """« Texte Unicode » of a spreadsheet: UTF-16, tabs, line breaks inside quotes, one column for the person."""
    name, draw = "suivi antenne nord.txt", Random(12)
    columns = {
        "Bénéficiaire\n(NOM, Prénom)": d.comma,
        "Né(e) le": d.birth("slash", "short", "weekday"),
        "Tél. dom. / port.": d.two_phones(" ou ", " / ", "\n"),
        "Mèl": d.email,
        "Domiciliation": d.place,
        "Conseiller(e) référent(e)": d.counsellor,
        "Où en est-il ?": d.said("status", STATUS),
        "Freins repérés": several("barriers"),
        "Obs.": d.plain("notes"),
    }
    lines = lines_of(columns, people(draw, 55), draw)
    text = csv_text([headings(columns), *(line.cells for line in lines)], "\t", quoting=csv.QUOTE_MINIMAL)
    (folder / name).write_bytes(b"\xff\xfe" + text.encode("utf-16-le"))
    answers = Answers(name)
    answer(answers, None, YOUNG, lines)
    answers.write(folder)


def lying_headings(folder: Path) -> None:
    """Headings that say something else than what the columns hold, or nothing."""
    name, draw = "liste contacts 2023.xlsx", Random(13)
    columns = {
        "Réf": d.plain("external_id"),
        "Usager": d.one_of(d.capitals_first, d.capitals_last, d.civil),
        "infos": d.birth("slash", "dot", "cell", "long"),
        "contact": d.phone("spaces", "dots", "number", "international", "labelled"),
        "observations": d.email,
        "Domiciliation": d.place,
        "Scolarité / diplôme": d.said("education_level", LEVELS),
        "Prescripteur": d.counsellor,
        "": several("programmes"),
    }
    truths = people(draw, 50, CHARENTE)
    lines = lines_of(columns, truths, draw)
    xlsx(folder / name, {"Base": [headings(columns), *(line.cells for line in lines)]})
    answers = Answers(name, year=2023)
    answer(answers, "Base", YOUNG, lines)
    answers.write(folder)


def english_export(folder: Path) -> None:
    """A foreign program's export: English field names, commas, every field quoted, a social-security column and one in notes."""
    name, draw = "contacts-export.csv", Random(14)
    columns = {
        "ID": d.plain("external_id"),
        "Last Name": d.last_name,
        "First Name": d.first_name,
        "DOB": d.birth("iso", "iso_time", "iso_zone", faults=False),
        "Gender": d.said("gender", {"F": ("female", "Female"), "M": ("male", "Male")}),
        "Mobile": d.phone("international", "zero_in_brackets", "double_zero_spaced"),
        "Home phone": d.phone("international", "spaces", name="phone2"),
        "E-mail Address": d.email,
        "Street": d.plain("address"),
        "Zip": d.postcode,
        "Town": d.city,
        "Case worker": d.counsellor,
        "Created": d.dated("registration_date", "iso", "iso_time"),
        "N° SS": _social_security,
        "Remarks": _note_with_number,
    }
    lines = lines_of(columns, people(draw, 45), draw)
    text = csv_text([headings(columns), *(line.cells for line in lines)], ",", quoting=csv.QUOTE_ALL, end="\n")
    (folder / name).write_bytes(text.encode("utf-8-sig"))
    answers = Answers(name, year=2024)
    answer(answers, None, YOUNG, lines)
    answers.write(folder)


def social_security_number(truth: Any, *, key: bool = True) -> str:
    """An invented number of the right shape and key."""
    day = truth["birth_date"]
    number = f"{'2' if truth['gender'] == 'F' else '1'}{day:%y%m}22113{int(truth['external_id'][-3:]) % 900 + 1:03}"
    return number + (f"{97 - int(number) % 97:02}" if key else "")


def _social_security(truth: Any, draw: Random) -> d.Shown:
    number = social_security_number(truth, key=draw.random() < 0.5)
    spaced = f"{number[0]} {number[1:3]} {number[3:5]} {number[5:7]} {number[7:10]} {number[10:13]} {number[13:]}"
    return d.Shown(draw.choice((number, spaced.strip())))


def _note_with_number(truth: Any, draw: Random) -> d.Shown:
    if draw.random() < 0.2:
        cell = f"Carte vitale {social_security_number(truth)} reçue"
        return d.Shown(cell, {"notes": "Carte vitale reçue"}, (("notes", "nir_removed"),))
    return d.Shown(truth["notes"], {"notes": truth["notes"]})


def mac_1904(folder: Path) -> None:
    """Days counted from 1904, cells and bare numbers; headings on several lines; ticks; hidden rows; formulas with their values."""
    name, draw = "Parcours 2025.xlsx", Random(15)
    columns = {
        "NOM\nd'usage": d.born,
        "PRÉNOM": d.first_name,
        "DATE DE\nNAISSANCE": d.birth("moment", "serial_1904", "slash"),
        "Civ.": d.said("gender", {"F": ("Mme", "Mlle"), "M": ("M.", "Mr")}),
        "Tél.\nport.": d.phone("number", "spaces", "threes"),
        "CP": d.postcode,
        "VILLE": d.city,
        "Permis B\n(✓)": d.said("driving_licence", {True: ("✓", "x", "OUI"), False: ("non",)}),
        "Dispositif": several("programmes"),
        "Date 1er\naccueil": d.dated("registration_date", "moment", "serial_1904", "abbreviated"),
        "Réf.": d.counsellor,
    }
    truths = people(draw, 48, AIN)
    lines = lines_of(columns, truths, draw)
    broken = lines[7]
    broken.record["city"] = None
    broken.warnings += (("city", "excel_error"),)

    def edit(book: Any) -> None:
        sheet = book.get_worksheet_by_name("Jeunes suivis")
        sheet.write_formula(8, 6, "=VLOOKUP(F9,X:Y,2,0)", None, "#N/A")
        sheet.write_formula(2, 1, '=PROPER("x")', None, lines[1].cells[1])
        for row in (4, 5, 6):
            sheet.set_row(row, None, None, {"hidden": True})

    rows = [headings(columns), *(line.cells for line in lines)]
    xlsx(folder / name, {"Jeunes suivis": rows}, date_1904=True, edit=edit)
    answers = Answers(name, date_system=1904, year=2025)
    answer(answers, "Jeunes suivis", YOUNG, lines)
    answers.write(folder)


def overseas(folder: Path) -> None:
    """An office of La Réunion: numbers and post codes of its own; first name first, as the heading says; later pasted rows."""
    name, draw = "fichier jeunes Sud.xlsx", Random(16)
    truths = people(draw, 40, REUNION)
    for number, truth in enumerate(truths):
        truth["phone"] = f"+2626920{10_000 + number * 97}"[:13] if truth["phone"] else None
        truth["phone2"] = None
    columns = {
        "Prénom et nom": d.title_first_last,
        "Date naiss.": d.birth("slash", "dash", "space", "capitals"),
        "GSM": _overseas_phone,
        "Courriel": d.email,
        "Adresse (n°, rue, CP, ville)": d.whole_address,
        "Niveau d'étude": d.said("education_level", LEVELS),
        "Inscrit depuis": d.dated("registration_date", "english", "long", "le"),
    }
    for truth in truths:  # without capitals nothing but the heading tells the order: names of one word each
        truth["last_name"] = truth["last_name"].replace(" ", "-")
    lines = lines_of(columns, truths, draw)
    xlsx(folder / name, {"Sud": [headings(columns), *(line.cells for line in lines)]})
    answers = Answers(name, year=2025)
    answer(answers, "Sud", YOUNG, lines)
    answers.write(folder)


def _overseas_phone(truth: Any, draw: Random) -> d.Shown:
    number = truth["phone"]
    if number is None:
        return d.Shown(draw.choice(("", "pas de GSM")), {"phone": None})
    bare = number.removeprefix("+262")
    spaced = f"0{bare[:3]} {bare[3:5]} {bare[5:7]} {bare[7:]}"
    ways = (spaced, f"+262 {bare[:3]} {bare[3:5]} {bare[5:7]} {bare[7:]}", f"00262{bare}", int(bare), f"0{bare}")
    return d.Shown(draw.choice(ways), {"phone": number})


def mended_by_hand(folder: Path) -> None:
    """UTF-8 lines beside cp1252 lines, accents broken twice, stray quotes, rows cut short; some people typed twice."""
    name, draw = "recollé.csv", Random(17)
    columns = {
        "Nom jeune": d.last_name,
        "Prénom jeune": d.first_name,
        "Naiss.": d.birth("slash", "short", faults=False),
        "Sexe H/F": d.said("gender", {"F": ("F",), "M": ("H",)}),
        "N° portable": d.phone("spaces", "slashes"),
        "Commune de résidence": d.city,
        "Accompagné par": d.counsellor,
        "Motorisé": d.said("has_vehicle", {True: ("oui", "voiture"), False: ("non",)}),
        "Commentaire libre": d.plain("notes"),
    }
    truths = people(draw, 44)
    for truth in truths:
        truth["has_vehicle"] = draw.choice((True, False, None))
    first, second = truths[3], truths[9]
    truths += [
        dict(first),
        {**second, "last_name": second["first_name"].upper(), "first_name": second["last_name"].title()},
    ]
    lines = lines_of(columns, truths, draw)
    for at in (20, 31):
        lines[at].cells[8] = 'dit "je rappelle" puis plus rien'
        lines[at].record["notes"] = lines[at].cells[8]
    lines[40].cells[7:], lines[40].record["has_vehicle"], lines[40].record["notes"] = [], None, None
    whole = [_raw_line(headings(columns))] + [_raw_line(line.cells) for line in lines]
    content = b"".join(_encoded(at, text, lines) for at, text in enumerate(whole))
    (folder / name).write_bytes(content)
    answers = Answers(name, year=2022)
    answer(answers, None, YOUNG, lines, doubles={44: (3, "exact"), 45: (9, "swapped_names")})
    answers.write(folder)


def _raw_line(cells: list[Any]) -> str:
    return ";".join("" if cell is None else str(cell) for cell in cells) + "\r\n"


def _encoded(at: int, text: str, lines: list[Line]) -> bytes:
    """Line 5 is cp1252, lines 12 and 26 were broken twice: what is repaired must be said."""
    if at in (12, 26):
        line = lines[at - 1]
        broken = [
            name
            for name, cell in zip(_MENDED, line.cells, strict=False)
            if isinstance(cell, str) and not cell.strip().isascii()
        ]
        line.warnings += tuple((name, "mojibake_repaired") for name in broken)
        return text.encode("utf-8").decode("cp1252").encode("utf-8")
    return text.encode("cp1252" if at == 5 else "utf-8")


_MENDED = ("last_name", "first_name", "birth_date", "gender", "phone", "city", "counsellor", "has_vehicle", "notes")


def without_headings(folder: Path) -> None:
    """A list that somebody began without any heading: only what the columns hold tells them."""
    name, draw = "liste.csv", Random(18)
    columns = {
        "a": d.last_name,
        "b": d.first_name,
        "c": d.birth("slash", "dash", faults=False),
        "d": d.phone("spaces", "dots"),
        "e": d.email,
        "f": d.postcode,
        "g": d.city,
    }
    lines = [line for line in lines_of(columns, people(draw, 40, CHARENTE), draw) if not line.errors]
    (folder / name).write_bytes(csv_text([line.cells for line in lines], ";").encode("cp1252"))
    answers = Answers(name)
    answer(answers, None, YOUNG, lines, first_row=1)
    answers.write(folder)


def mac_roman(folder: Path) -> None:
    """Mac Roman, old line ends, a scale of levels of before 2019, the year only in the file's own dates."""
    name, draw = "Jeunes 2017 (Mac).csv", Random(19)
    truths = people(draw, 42, BRITTANY)
    for truth in truths:
        truth["registration_date"] = date(2017, truth["registration_date"].month, truth["registration_date"].day)
        truth["birth_date"] = truth["birth_date"].replace(
            year=truth["birth_date"].year - 5, day=min(truth["birth_date"].day, 28)
        )
    columns = {
        "Civilité": d.said("gender", {"F": ("Madame", "Mademoiselle"), "M": ("Monsieur",)}),
        "Nom de famille": d.last_name,
        "Prénom(s)": d.first_name,
        "Date naissance": d.birth("short", "slash"),
        "Niv. scol.": d.one_of(
            d.said("education_level", LEVELS),
            d.lost("niveau 4", "education_level", "ambiguous_level"),
            weights=(9, 1),
        ),
        "Localité": d.city,
        "Tph": d.phone("dots", "spaces"),
        "Situation à ce jour": d.said("status", STATUS),
        "Date d'entrée": d.dated("registration_date", "slash", "short"),
    }
    lines = lines_of(columns, truths, draw)
    text = csv_text([headings(columns), *(line.cells for line in lines)], ";", end="\r")
    (folder / name).write_bytes(text.encode("mac_roman"))
    answers = Answers(name, year=2017)
    answer(answers, None, YOUNG, lines)
    answers.write(folder)


BOOKS = {
    "EXTRACT_USAGERS.CSV": dos_export,
    "suivi antenne nord.txt": unicode_text,
    "liste contacts 2023.xlsx": lying_headings,
    "contacts-export.csv": english_export,
    "Parcours 2025.xlsx": mac_1904,
    "fichier jeunes Sud.xlsx": overseas,
    "recollé.csv": mended_by_hand,
    "liste.csv": without_headings,
    "Jeunes 2017 (Mac).csv": mac_roman,
}
