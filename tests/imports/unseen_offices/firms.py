"""Employers of a business-relations officer, and the partners of a network directory."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from tests.imports.other_styles.answers import Answers
from tests.imports.unseen_offices.pools import Cell, Column, fill, left_out, letters, of

_DAMAGED = ("siret", "siret_digits_lost")


def _keyed(start: str, length: int) -> str:
    """`start` and the last digit that makes its Luhn key right."""
    for last in "0123456789":
        total = 0
        for place, digit in enumerate(reversed(start + last)):
            double = int(digit) * (1 + place % 2)
            total += double - 9 if double > 9 else double
        if total % 10 == 0 and len(start) + 1 == length:
            return start + last
    raise ValueError(start)


def _siret(index: int) -> str:
    siren = _keyed(f"99{index:06d}", 9)
    return _keyed(f"{siren}0001", 14)


def _no_key(siret: str) -> str:
    return siret[:-1] + str((int(siret[-1]) + 1) % 10)


def _sirets() -> list[Cell]:
    cells = []
    for index in range(26):
        number = _siret(1203 + 37 * index)
        siren = number[:9]
        spaced = f"{siren[:3]} {siren[3:6]} {siren[6:]} {number[9:]}"
        both, half, none = (
            {"siret": number, "siren": siren},
            {"siret": None, "siren": siren},
            {"siret": None, "siren": None},
        )
        ways: list[Cell] = [
            Cell(spaced, both),
            Cell(int(number), both),
            Cell(f"SIRET : {number}", both),
            Cell(number.replace("99", "99.", 1), both),
            Cell(f"{siren[:3]} {siren[3:6]} {siren[6:]}", half, (("siret", "siren_only"),)),
            Cell(f"FR 32 {siren}", half, (("siret", "siren_only"),)),
            Cell("9,90E+13", none, (_DAMAGED,)),
            Cell(number[:-1], none, (("siret", "invalid_siret"),)),
            Cell(_no_key(number), none, (("siret", "invalid_siret"),)),
            Cell("", none),
            Cell("NC", none),
            Cell(f"{siren}-{number[9:]}", both),
            Cell("en cours d'immatriculation", none),
        ]
        cells.append(ways[index % len(ways)])
    return cells


NAMES = (
    *(
        "SARL Kerampuilh",
        "EHPAD Les Hortensias",
        "Boulangerie Le Bihan",
        "Ets. Jagu & Fils",
        "Armor Logistique",
        "SAS ToitVert",
    ),
    *(
        "Hôtel de l'Estran",
        "Le Fournil d'Argoat",
        "Guéno Travaux Publics",
        "Intermarché (Bégard)",
        "Proxim'Aide",
        "SCEA du Menhir",
    ),
    *("Garage Corlay", "ADMR du Trieux", "Conserverie Ty Pesk", "Coiff'Elle", "GAEC de Kerivoal", "Transports Le Moal"),
    *("Clinique du Jaudy", "Brasserie Roc'h", "Elag'Ouest", "Atelier Plume", "Crêperie Ar Vro", "Mairie de Pontrieux"),
    *("Pépinières Salaün", "Fonderie de l'Ic"),
)
COUNTS = [
    Cell("10 à 19", {"headcount_min": 10, "headcount_max": 19}),
    Cell("10-19", {"headcount_min": 10, "headcount_max": 19}),
    Cell("< 10", {"headcount_min": None, "headcount_max": 9}),
    Cell("env. 50", {"headcount_min": 50, "headcount_max": 50}),
    Cell("~ 30", {"headcount_min": 30, "headcount_max": 30}),
    Cell(25, {"headcount_min": 25, "headcount_max": 25}),
    Cell("50+", {"headcount_min": 50, "headcount_max": None}),
    Cell("250 et plus", {"headcount_min": 250, "headcount_max": None}),
    Cell("entre 20 et 49", {"headcount_min": 20, "headcount_max": 49}),
    Cell("moins de 10", {"headcount_min": None, "headcount_max": 9}),
    Cell("2 salariés", {"headcount_min": 2, "headcount_max": 2}),
    Cell("3 ETP", {"headcount_min": 3, "headcount_max": 3}),
    Cell(
        datetime(2025, 9, 6), {"headcount_min": None, "headcount_max": None}, (("headcount", "date_in_number_column"),)
    ),
    Cell("", {"headcount_min": None, "headcount_max": None}),
    Cell("1 à 2 sal.", {"headcount_min": 1, "headcount_max": 2}),
    Cell("≥ 50", {"headcount_min": 50, "headcount_max": None}),
    Cell("une vingtaine", {"headcount_min": 20, "headcount_max": 20}),
]
OFFERS = of(
    "offers_count",
    ("2 offres", 2),
    ("aucune", 0),
    (3, 3),
    ("1 CDD", 1),
    ("", None),
    ("0", 0),
    ("2 (1 CDI + 1 alternance)", 2),
    ("deux", 2),
)
SAID = of(
    "contact_name",
    ("M. Hervé LEBLANC", "Hervé LEBLANC"),
    ("Mme JÉGOU", "JÉGOU"),
    ("LE CAM Soizic", "LE CAM Soizic"),
    ("", None),
    ("Mr TANGUY Yves", "TANGUY Yves"),
    ("Madame Rozenn PRIGENT", "Rozenn PRIGENT"),
    ("Mle CORRE", "CORRE"),
)
ROLES = of(
    "contact_role",
    ("Gérante", "Gérante"),
    ("DRH", "DRH"),
    ("chef d'équipe", "chef d'équipe"),
    ("", None),
    ("Resp. recrutement", "Resp. recrutement"),
)
LINES = of(
    "phone",
    ("02 96 00 14 01", "+33296001401"),
    ("296001402", "+33296001402"),
    ("0590 12 34", None, "invalid_phone"),
    ("+262 262 12 34 56", "+262262123456"),
    ("+590 590 12 34 56", "+590590123456"),
    ("02.96.00.14.06 (standard)", "+33296001406"),
    ("néant", None),
    ("0033 2 96 00 14 08", "+33296001408"),
    ("02 96 00 14 09 poste 12", "+33296001409", "words_left_out"),
)
MAILS = of(
    "email",
    ("rh@example.org", "rh@example.org"),
    ("CONTACT@EXAMPLE.COM", "contact@example.com"),
    ("", None),
    ("accueil@example,net", "accueil@example.net", "email_repaired"),
    ("www.example.org", None, "invalid_email"),
    ("recrutement @example.org", "recrutement@example.org"),
)
PLACES = [
    Cell("22200 GUINGAMP", {"postcode": "22200", "city": "Guingamp"}),
    Cell("22140 Bégard", {"postcode": "22140", "city": "Bégard"}),
    Cell("22500 PAIMPOL CEDEX", {"postcode": "22500", "city": "Paimpol"}),
    Cell("GUINGAMP (22200)", {"postcode": "22200", "city": "Guingamp"}),
    Cell("22300 LANNION", {"postcode": "22300", "city": "Lannion"}),
]
TALKS = of(
    "last_contact_date",
    (date(2025, 3, 14), "2025-03-14"),
    ("03/25/2025", "2025-03-25", "day_month_swapped"),
    ("12/06/25", "2025-06-12"),
    ("mai 2024", None, "incomplete_date"),
    ("", None),
    ("appel du 17/01/2025", "2025-01-17"),
    ("2 sept. 2024", "2024-09-02"),
    ("jamais", None),
)
SECTORS = of(
    "sector", ("BTP", "BTP"), ("aide à domicile", "aide à domicile"), ("IAA", "IAA"), ("", None), ("HCR", "HCR")
)
REMARKS = of(
    "notes", ("", None), ("accepte les PMSMP", "accepte les PMSMP"), ("rappeler en janvier", "rappeler en janvier")
)
FIRMS = (
    Column("Raison sociale", of("name", *((one, one) for one in NAMES))),
    Column("N° SIRET", _sirets()),
    Column("Branche", SECTORS),
    Column("Interlocuteur", SAID),
    Column("Fonction", ROLES),
    Column("Ligne directe", LINES),
    Column("Mél", MAILS),
    Column("Implantation", PLACES),
    Column("Effectif", COUNTS),
    Column("Dernier échange", TALKS),
    Column("Nb d'offres", OFFERS),
    Column("Ok RGPD", left_out("oui", "", "non")),
    Column("Remarques", REMARKS),
)


def firms(folder: Path) -> None:
    name = "entreprises_suivies.xlsx"
    answers = Answers(name, year=2025)
    sheet = "Portefeuille"
    answers.skip(sheet, 1, "title")
    answers.sheet(sheet, "employer", [2], letters(FIRMS), year=2025)
    rows: list[list[Any]] = [["Portefeuille entreprises : pôle relations employeurs"], [one.heading for one in FIRMS]]
    rows += fill(answers, sheet, "employer", FIRMS, 3, 26)
    _written(folder / name, sheet, rows)
    answers.write(folder)


def _written(path: Path, sheet: str, rows: list[list[Any]]) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append([None if value == "" else value for value in row])
    book.save(path)


KINDS = (
    *(
        ("Organisme de formation", "training"),
        ("CFA", "training"),
        ("E2C", "training"),
        ("EPIDE", "training"),
        ("Lycée pro", "training"),
    ),
    *(
        ("Bailleur social", "housing"),
        ("FJT", "housing"),
        ("CHRS", "housing"),
        ("Hébergement d'urgence", "housing"),
        ("CLLAJ", "housing"),
    ),
    *(
        ("CMP", "health"),
        ("CSAPA", "health"),
        ("Planning familial", "health"),
        ("Maison des ados", "health"),
        ("PASS hôpital", "health"),
    ),
    *(("CCAS", "social"), ("CAF", "social"), ("Assistante sociale", "social"), ("Épicerie solidaire", "social")),
    *(
        ("Agence d'intérim", "employment"),
        ("SIAE", "employment"),
        ("Chantier d'insertion", "employment"),
        ("France Travail", "employment"),
    ),
    *(("Auto-école sociale", "mobility"), ("Garage solidaire", "mobility"), ("Plateforme mobilité", "mobility")),
    *(("PJJ", "justice"), ("SPIP", "justice"), ("Point-justice", "justice")),
)
SITES = [
    Cell("12 rue des Lilas 22200 GUINGAMP", {"address": "12 rue des Lilas", "postcode": "22200", "city": "Guingamp"}),
    Cell("ZA de Kerlossouët, 22300 Lannion", {"address": "ZA de Kerlossouët", "postcode": "22300", "city": "Lannion"}),
    Cell(
        "3 bis, quai Morand - 22500 PAIMPOL", {"address": "3 bis, quai Morand", "postcode": "22500", "city": "Paimpol"}
    ),
    Cell("", {"address": None, "postcode": None, "city": None}),
]
WHO = [
    Cell("Mme Nolwenn AUFFRET (coordinatrice)", {"contact_name": "Nolwenn AUFFRET", "contact_role": "coordinatrice"}),
    Cell("M. SIMON, directeur", {"contact_name": "SIMON", "contact_role": "directeur"}),
    Cell("KERGOAT Maël - éducateur", {"contact_name": "KERGOAT Maël", "contact_role": "éducateur"}),
    Cell("", {"contact_name": None, "contact_role": None}),
    Cell("Mme Le Dantec", {"contact_name": "LE DANTEC", "contact_role": None}),
]
AGREED = of(
    "has_agreement",
    ("signée", True),
    ("oui", True),
    ("non", False),
    ("", None),
    ("x", True),
    ("pas de convention", False),
    ("signée le 12/03/2024", True),
)
PARTNERS = (
    Column(
        "Structure",
        of("name", *((f"{kind} n° {index}", f"{kind} n° {index}") for index, (kind, _) in enumerate(KINDS, 1))),
    ),
    Column("Type de structure", of("kind", *KINDS)),
    Column("Coordonnées postales", SITES),
    Column("Personne ressource", WHO),
    Column("Standard", LINES),
    Column("Courriel", MAILS),
    Column("Convention", AGREED),
)


def partners(folder: Path) -> None:
    name = "carnet_reseau.xlsx"
    answers = Answers(name)
    answers.sheet("Réseau", "partner", [1], letters(PARTNERS))
    rows = [[one.heading for one in PARTNERS], *fill(answers, "Réseau", "partner", PARTNERS, 2, len(KINDS))]
    _written(folder / name, "Réseau", rows)
    answers.write(folder)


BOOKS = {"entreprises_suivies.xlsx": firms, "carnet_reseau.xlsx": partners}
