"""Young people: a list saved as UTF-16 text without a mark, and a permanence's sheet whose zeros are only a number format."""

from datetime import date
from pathlib import Path
from typing import Any

from tests.imports.other_styles.answers import Answers
from tests.imports.unseen_offices.pools import Cell, Column, fill, left_out, letters, of
from tests.imports.workbook_builders import ods, ods_number, ods_row, ods_text

COUNSELLORS = of(
    "counsellor",
    ("NF", "FAUVEL Nora"),
    ("Mme Fauvel", "FAUVEL Nora"),
    ("M. ROQUE", "ROQUE Denis"),
    ("Denis R.", "ROQUE Denis"),
    ("E. de Rosa", "DE ROSA Élise"),
    ("DE ROSA", "DE ROSA Élise"),
    ("Naudin", None, "ambiguous_counsellor"),
    ("Flore NAUDIN", "NAUDIN Flore"),
    ("M.-A. Naudin", "NAUDIN Marc-Antoine"),
    ("Aïssata", "TRAORÉ Aïssata"),
    ("traore a.", "TRAORÉ Aïssata"),
    ("", None),
    ("Mme Kerbrat", None, "unknown_counsellor"),
    ("D.R.", "ROQUE Denis"),
)
LEVELS = of(
    "education_level",
    ("Sans diplôme", "none"),
    ("Niv. VI", "none"),
    ("Infra V", "none"),
    ("CFG", "none"),
    ("DNB", "none"),
    ("SEGPA", "none"),
    ("Fin de 3e", "none"),
    ("CAP cuisine", "3"),
    ("BEP vente", "3"),
    ("Niv V", "3"),
    ("MC pâtisserie", "3"),
    ("DEAES", "3"),
    ("Titre pro niv. 3", "3"),
    ("BAC PRO", "4"),
    ("Bac STMG", "4"),
    ("niveau IV", "4"),
    ("DAEU", "4"),
    ("BP coiffure", "4"),
    ("BPJEPS", "4"),
    ("BTS", "5"),
    ("DUT GEA", "5"),
    ("Bac + 2", "5"),
    ("Niv. III", "5"),
    ("Licence pro", "6"),
    ("BUT", "6"),
    ("Bac+3", "6"),
    ("Master 2", "7"),
    ("bac +5", "7"),
    ("", None),
)
LICENCES = of(
    "driving_licence",
    ("oui", True),
    ("Non", False),
    ("B", True),
    ("en cours", None, "unmapped_value"),
    ("Titulaire", True),
    ("sans", False),
    ("", None),
    ("code obtenu", None, "unmapped_value"),
    ("permis B", True),
    ("pas de permis", False),
    ("O", True),
)
PROGRAMMES = of(
    "programmes",
    ("CEJ", ["CEJ"]),
    ("C.E.J.", ["CEJ"]),
    ("Contrat d'Engagement Jeune", ["CEJ"]),
    ("PACEA + CEJ", ["PACEA", "CEJ"]),
    ("GJ", ["GARANTIE_JEUNES"]),
    ("Garantie jeunes", ["GARANTIE_JEUNES"]),
    ("pacea", ["PACEA"]),
    ("Oblig. formation", ["OBLIGATION_FORMATION"]),
    ("OF 16-18", ["OBLIGATION_FORMATION"]),
    ("CIVIS renforcé", ["CIVIS"]),
    ("aucun", []),
    ("", []),
    ("PACEA/GJ", ["PACEA", "GARANTIE_JEUNES"]),
    ("à définir", []),
    ("Parcours contractualisé d'accompagnement", ["PACEA"]),
)
STATUSES = of(
    "status",
    ("Actif", "active"),
    ("En accompagnement", "active"),
    ("suivi en cours", "active"),
    ("Sorti", "closed"),
    ("Dossier clôturé", "closed"),
    ("archivé", "closed"),
    ("fin d'accompagnement", "closed"),
    ("CDI", "in_employment"),
    ("CDD 6 mois", "in_employment"),
    ("intérim", "in_employment"),
    ("en alternance", "in_training"),
    ("A trouvé un emploi", "in_employment"),
    ("en formation", "in_training"),
    ("Entrée en formation", "in_training"),
    ("POEC", "in_training"),
    ("Transféré", "transferred"),
    ("muté ML voisine", "transferred"),
    ("Perdu de vue", "lost_contact"),
    ("injoignable", "lost_contact"),
    ("ne répond plus", "lost_contact"),
    ("plus de nouvelles", "lost_contact"),
    ("", None),
)
BARRIERS = of(
    "barriers",
    ("mobilité", ["mobility"]),
    ("pas de véhicule", ["mobility"]),
    ("logement", ["housing"]),
    ("SDF", ["housing"]),
    ("hébergé chez un tiers", ["housing"]),
    ("Santé", ["health"]),
    ("RQTH", ["health"]),
    ("addictions", ["health"]),
    ("garde d'enfants", ["childcare"]),
    ("mode de garde", ["childcare"]),
    ("FLE", ["language"]),
    ("illettrisme", ["language"]),
    ("maîtrise du français", ["language"]),
    ("budget", ["money"]),
    ("surendettement", ["money"]),
    ("sans ressources", ["money"]),
    ("fracture numérique", ["digital"]),
    ("informatique", ["digital"]),
    ("suivi SPIP", ["justice"]),
    ("sous main de justice", ["justice"]),
    ("PJJ", ["justice"]),
    ("RAS", []),
    ("néant", []),
    ("", []),
    ("logement / mobilité", ["housing", "mobility"]),
    ("santé + garde d'enfant", ["health", "childcare"]),
    ("permis, logement", ["mobility", "housing"]),
)
EMAILS = of(
    "email",
    ("Prune.Hoarau@Example.org ", "prune.hoarau@example.org"),
    ("mailto:dj974@example.net", "dj974@example.net"),
    ("k.techer @ example.com", "k.techer@example.com"),
    ("lolo.payet@example,org", "lolo.payet@example.org", "email_repaired"),
    ("pas de mail", None),
    ("", None),
    ("ruben.example.org", None, "invalid_email"),
    ("Sega Maloya <sega@example.org>", "sega@example.org"),
    ("néant", None),
    ("y_fontaine@example.net", "y_fontaine@example.net"),
    ("aucune", None),
)
PHONES = [
    Cell("+262 692 12 34 56", {"phone": "+262692123456"}),
    Cell("06 39 98 11 22", {"phone": "+33639981122"}),
    Cell("00262 693 11 22 33", {"phone": "+262693112233"}),
    Cell("639981133", {"phone": "+33639981133"}),
    Cell("+262(0)692 44 55 66", {"phone": "+262692445566"}),
    Cell("06-39-98-11-44", {"phone": "+33639981144"}),
    Cell("(+33) 6 39 98 11 55", {"phone": "+33639981155"}),
    Cell("+590 690 12 34 56", {"phone": "+590690123456"}),
    Cell("pas de tel", {"phone": None}),
    Cell("NC", {"phone": None}),
    Cell("06 39 98 1", {"phone": None}, (("phone", "invalid_phone"),)),
    Cell("06.39.98.11.66 / 06.39.98.11.77", {"phone": "+33639981166", "phone2": "+33639981177"}),
    Cell("06 39 98 11 88 (mère)", {"phone": "+33639981188"}, (("phone", "words_left_out"),)),
]
BIRTHS = of(
    "birth_date",
    ("12/03/2004", "2004-03-12"),
    ("03.07.2003", "2003-07-03"),
    ("2004-11-05", "2004-11-05"),
    ("7 mai 2005", "2005-05-07"),
    ("28 févr. 2002", "2002-02-28"),
    ("09/25/2003", "2003-09-25", "day_month_swapped"),
    ("15/08/03", "2003-08-15"),
    ("1er sept. 2004", "2004-09-01"),
    ("?", None, "missing_birth_date"),
    ("2003", None, "incomplete_date"),
    ("samedi 21 juin 2003", "2003-06-21"),
    ("31/04/2004", None, "invalid_date"),
    ("né le 04/01/2005", "2005-01-04"),
    ("17-10-2006", "2006-10-17"),
    ("29/02/2004 à Saint-Denis", "2004-02-29"),
    ("non renseignée", None, "missing_birth_date"),
)
ENTRIES = of(
    "registration_date",
    ("14/01/2025", "2025-01-14"),
    ("3 mars 2024", "2024-03-03"),
    ("02/09/24", "2024-09-02"),
    ("", None),
    ("15-11-2023", "2023-11-15"),
    ("oct. 2024", None, "incomplete_date"),
    ("06/18/2025", "2025-06-18", "day_month_swapped"),
)
TITLES = of(
    "gender",
    ("M.", "M"),
    ("Mme", "F"),
    ("Mlle", "F"),
    ("Monsieur", "M"),
    ("Madame", "F"),
    ("Mr", "M"),
    ("Melle", "F"),
)
CITIES = [
    Cell("SAINT DENIS", {"city": "Saint-Denis"}),
    Cell("St-Pierre", {"city": "Saint-Pierre"}),
    Cell("LE TAMPON", {"city": "Le Tampon"}),
    Cell("Ste Marie", {"city": "Sainte-Marie"}),
    Cell("Les Avirons", {"city": "Les Avirons"}),
    Cell("St Denis Cedex 9", {"city": "Saint-Denis"}),
]
LAST = (
    *("HOARAU", "PAYET", "GRONDIN", "Techer", "fontaine", "D'ABBADIE", "BÉGUE", "RIVIÈRE", "O'Connor", "DIJOUX"),
    *(
        "VITRY",
        "LEBRETON",
        "MOUSSA ALI",
        "Nativel",
        "SAÏD-HASSANI",
        "CADET",
        "LE GOFF",
        "Marimoutou",
        "ABDOU",
        "ROBERT",
    ),
    *("Thémyr", "VIRASSAMY", "BOYER", "Lauret", "QUÉRÉ", "NGUYEN", "SINAPAYEL", "ETHÈVE", "Zitte", "WAGNER"),
)
FIRST = (
    *("Prune", "jean-luc", "KELLY", "Loïc", "Anaïs", "Wendy", "Mathéo", "Ousséni", "Gaëlle", "Yannis"),
    *("Ophélie", "DYLAN", "Nassim", "Marie Ange", "Tessa", "Ruben", "Inès", "Ugo", "Fatima-Zahra", "Brice"),
    *("Solène", "Kévin", "lindsay", "Elouan", "Maïwenn", "Hugo", "Clara", "Noa", "Pétronille", "Swan"),
)


def _word_by_word(name: str) -> str:
    return "".join(part.capitalize() if part.isalpha() else part for part in _parts(name))


def _parts(name: str) -> list[str]:
    return name.replace("-", " - ").replace(" - ", "\0-\0").replace(" ", "\0 \0").split("\0")


LASTS = of("last_name", *((one, one.upper()) for one in LAST))
FIRSTS = of("first_name", *((one, _word_by_word(one)) for one in FIRST))
TOGETHER = [
    Cell(
        f"{title}{last.upper()} {_word_by_word(first)}", {"last_name": last.upper(), "first_name": _word_by_word(first)}
    )
    for title, last, first in zip(("", "M. ", "", "Mme ", "") * 6, LAST[::-1], FIRST, strict=True)
]
MARRIED = [
    Cell("", {"birth_name": None}),
    Cell("", {"birth_name": None}),
    Cell("LEVENEUR", {"birth_name": "LEVENEUR"}),
    Cell("née Picard", {"birth_name": "PICARD"}),
]
NUMBERS = of("external_id", *((f"P-{1000 + 7 * index}", f"P-{1000 + 7 * index}") for index in range(30)))
NOTES = of("notes", ("", None), ("vu en IC le 12", "vu en IC le 12"), ("souhaite l'animation", "souhaite l'animation"))

PLIE = (
    Column("N° dossier", NUMBERS),
    Column("Civilité", TITLES),
    Column("NOM d'usage", LASTS),
    Column("Nom de naissance", MARRIED),
    Column("Prénom(s)", FIRSTS),
    Column("Né(e) le", BIRTHS),
    Column("Tél.", PHONES),
    Column("Courriel", EMAILS),
    Column("Commune de résidence", CITIES),
    Column("Niv. formation", LEVELS),
    Column("Permis B", LICENCES),
    Column("Référent de parcours", COUNSELLORS),
    Column("Accompagnement", PROGRAMMES),
    Column("Situation", STATUSES),
    Column("Freins identifiés", BARRIERS),
    Column("Date d'entrée", ENTRIES),
    Column("Observations", NOTES),
)


def plie(folder: Path) -> None:
    """Tabs, UTF-16 little endian without its mark, as a script of an old mail server leaves it."""
    name = "plie_participants.csv"
    answers = Answers(name, year=2025)
    answers.sheet(None, "young_person", [1], letters(PLIE), year=2025)
    rows = [[one.heading for one in PLIE], *fill(answers, None, "young_person", PLIE, 2, 30)]
    (folder / name).write_bytes("".join("\t".join(row) + "\r\n" for row in rows).encode("utf-16-le"))
    answers.write(folder)


class Shown(float):
    """A number that the sheet shows with its format: 639981122 as « 06 39 98 11 22 »."""

    shown = ""


def _shown(value: float, shown: str) -> Shown:
    number = Shown(value)
    number.shown = shown
    return number


ZEROS = of(
    "phone",
    (_shown(639981201, "06 39 98 12 01"), "+33639981201"),
    (_shown(296001234, "02 96 00 12 34"), "+33296001234"),
    ("06 39 98 12 03", "+33639981203"),
    (_shown(639981204, "0639981204"), "+33639981204"),
    ("", None),
)
CODES = of(
    "postcode",
    (_shown(1000, "01000"), "01000"),
    (_shown(22200, "22200"), "22200"),
    (_shown(9300, "09300"), "09300"),
    ("22300", "22300"),
    (_shown(6400, "06400"), "06400"),
)
TOWNS = of(
    "city",
    ("BOURG EN BRESSE", "Bourg-en-Bresse"),
    ("Guingamp", "Guingamp"),
    ("LAVELANET", "Lavelanet"),
    ("lannion", "Lannion"),
    ("CANNES", "Cannes"),
)
SEXES = of("gender", ("H", "M"), ("F", "F"), ("fém.", "F"), ("masc.", "M"), ("Garçon", "M"), ("fille", "F"), ("", None))
DAYS = of("birth_date", *((day, day.isoformat()) for day in (date(2003 + i % 4, 1 + i % 12, 5 + i) for i in range(19))))
PERMANENCE = (
    Column("Identité", TOGETHER),
    Column("N° sécu", left_out("1 04 03 22 113 025", "2 03 07 22 050 118")),
    Column("D.D.N.", DAYS),
    Column("Sexe", SEXES),
    Column("Portable", ZEROS),
    Column("C.P.", CODES),
    Column("Ville", TOWNS),
    Column("Diplôme le plus élevé", LEVELS),
    Column("Permis", LICENCES),
    Column("CIP", COUNSELLORS),
    Column("Mesure", PROGRAMMES),
    Column("Difficultés repérées", BARRIERS),
    Column("1er accueil", ENTRIES),
    Column("Commentaires", NOTES),
)


def permanence(folder: Path) -> None:
    name = "permanence_jeunes.ods"
    answers = Answers(name, year=2025)
    sheet = "Feuille1"
    answers.skip(sheet, 1, "title")
    answers.sheet(sheet, "young_person", [3], letters(PERMANENCE), year=2025)
    answers.skip(sheet, 4, "section")
    one = fill(answers, sheet, "young_person", PERMANENCE, 5, 14)
    answers.skip(sheet, 19, "section")
    two = fill(answers, sheet, "young_person", PERMANENCE, 20, 15, start=14)
    answers.skip(sheet, 35, "total")
    rows = [["Permanence de la mairie : jeunes reçus"], [], [column.heading for column in PERMANENCE]]
    rows += [["Entrées du 1er semestre"], *one, ["Entrées du 2nd semestre"], *two, ["Total : 29 jeunes"]]
    hidden = '<table:table-column/><table:table-column table:visibility="collapse"/><table:table-column table:number-columns-repeated="12"/>'
    (folder / name).write_bytes(ods(hidden + "".join(ods_row(*(_ods_cell(value) for value in row)) for row in rows)))
    answers.write(folder)


def _ods_cell(value: Any) -> str:
    if isinstance(value, Shown):
        return ods_number(float(value), value.shown)
    if isinstance(value, date):
        shown = value.strftime("%d/%m/%y")
        return (
            f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}">'
            f"<text:p>{shown}</text:p></table:table-cell>"
        )
    return ods_text(value) if value else "<table:table-cell/>"


BOOKS = {"plie_participants.csv": plie, "permanence_jeunes.ods": permanence}
