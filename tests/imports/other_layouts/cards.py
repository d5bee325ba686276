"""One form a person: a sheet each, or several on one sheet; labels beside or over the values, check boxes."""

from pathlib import Path
from typing import Any

from openpyxl.worksheet.worksheet import Worksheet
from other_styles.answers import Answers

from other_layouts.paper import Paper, Person, people, save, sheets

_FIELDS = ("gender", "birth_date", "phone", "email", "address", "postcode", "city")


def _box(ticked: bool, words: str) -> str:
    return f"{'☒' if ticked else '☐'} {words}"


def _two_columns(sheet: Worksheet, one: Person, at: int) -> dict[str, Any]:
    paper = Paper(sheet)
    paper.merge(paper.line("FICHE D’ACCUEIL"), 1, 6)
    paper.line("Mission Locale des Trois Vallées")
    paper.gap()
    paper.line("IDENTITÉ")
    paper.line("Nom :", one.last, None, "Prénom :", one.first)
    paper.line("Né(e) le :", one.born, None, "Sexe :", _box(one.gender == "F", "F"), _box(one.gender == "M", "M"))
    paper.gap()
    paper.line("COORDONNÉES")
    paper.line("Adresse :", one.street)
    paper.line("Code postal :", one.postcode, None, "Ville :", one.city)
    paper.line("Téléphone :", one.tel, None, "Courriel :", one.email)
    paper.gap()
    paper.line(
        "Permis B :", f"{_box(at % 2 == 0, 'oui')}   {_box(at % 2 == 1, 'non')}", None, "Conseiller :", "Nora FAUVEL"
    )
    paper.line("Observations :")
    paper.gap()
    paper.line("Signature du jeune", None, None, "Signature du conseiller")
    return one.told(*_FIELDS, driving_licence=at % 2 == 0, counsellor="FAUVEL Nora")


def _labels_over(sheet: Worksheet, one: Person) -> dict[str, Any]:
    paper = Paper(sheet, 1, 2)
    paper.line("Dossier individuel")
    paper.gap()
    for labels, values in (
        (("NOM", "PRÉNOM", "SEXE"), (one.last, one.first, one.gender)),
        (("DATE DE NAISSANCE", "TÉLÉPHONE", "COURRIEL"), (one.day, one.tel, one.email)),
        (("ADRESSE", "CODE POSTAL", "VILLE"), (one.street, one.postcode, one.city)),
    ):
        paper.line(*labels)
        paper.line(*values)
        paper.gap()
    return one.told(*_FIELDS)


def a_sheet_each(folder: Path) -> None:
    """Thirty sheets: twenty with labels beside, in two columns, and boxes; ten with labels over."""
    name = "fiches individuelles.xlsx"
    answers = Answers(name)
    found = people(5, 30)
    book, pages = sheets([f"{one.last} {one.first[0]} {at}" for at, one in enumerate(found, 1)])
    for at, (one, sheet) in enumerate(zip(found, pages, strict=True)):
        record = _two_columns(sheet, one, at) if at < 20 else _labels_over(sheet, one)
        answers.sheet(sheet.title, "young_person", layout="form")
        answers.row(sheet.title, None, "young_person", record)
    save(book, folder, name)
    answers.write(folder)


def stacked(folder: Path) -> None:
    """Six cards one under the other; on a second sheet, four in two columns of two."""
    name = "fiches empilées.xlsx"
    answers = Answers(name)
    book, (down, across) = sheets(["Fiches", "Deux par ligne"])
    found = people(6, 10)
    paper = Paper(down)
    answers.sheet("Fiches", "young_person", layout="form")
    for one in found[:6]:
        row = paper.line("Nom", one.last, "Prénom", one.first)
        paper.line("Né(e) le", one.born, "Tél.", one.tel)
        paper.line("Adresse", one.street, "Ville", one.city)
        paper.line("Mail", one.email)
        paper.gap()
        answers.row("Fiches", row, "young_person", one.told("birth_date", "phone", "email", "address", "city"))
    answers.sheet("Deux par ligne", "young_person", layout="form")
    for at, one in enumerate(found[6:]):
        paper = Paper(across, 2 + 6 * (at // 2), 1 + 3 * (at % 2))
        row = paper.line("Nom :", one.last)
        paper.line("Prénom :", one.first)
        paper.line("Date de naissance :", one.day)
        paper.line("Portable :", one.tel)
        answers.row("Deux par ligne", row, "young_person", one.told("birth_date", "phone"), table=1 + at % 2)
    save(book, folder, name)
    answers.write(folder)


BOOKS = {"fiches individuelles.xlsx": a_sheet_each, "fiches empilées.xlsx": stacked}
