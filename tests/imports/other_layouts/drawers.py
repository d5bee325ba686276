"""A drawer of sheets: forty months, hidden rows and sheets, statistics, value lists, mailing labels, nothing at all."""

from datetime import date, time
from pathlib import Path

from other_styles.answers import Answers

from other_layouts.paper import Paper, people, save, sheets

_MONTHS = "Janvier Février Mars Avril Mai Juin Juillet Août Septembre Octobre Novembre Décembre".split()  # noqa: SIM905


def forty_months(folder: Path) -> None:
    """Appointments, the date on the first row of each day only; the month and the year in the sheet's name."""
    name = "rdv par mois.xlsx"
    answers = Answers(name)
    months = [(2021 + at // 12, at % 12 + 1) for at in range(40)]
    book, pages = sheets([f"{_MONTHS[month - 1]} {year}" for year, month in months])
    found = iter(people(10, 500))
    for (year, month), sheet in zip(months, pages, strict=True):
        paper = Paper(sheet)
        answers.skip(sheet.title, paper.line(f"Rendez-vous – {_MONTHS[month - 1]} {year}"), "title")
        answers.sheet(sheet.title, "appointment", [paper.line("Date", "Heure", "Nom", "Prénom", "Motif", "Venu ?")])
        for day in (3, 10, 24):
            for hour in (9, 11, 14, 16):
                one = next(found)
                shown = date(year, month, day) if month % 2 else f"{day:02d}/{month:02d}"
                row = paper.line(
                    shown if hour == 9 else None,
                    time(hour, 30),
                    one.last,
                    one.first,
                    "suivi",
                    "oui" if hour % 2 else "non",
                )
                record = {
                    "date": f"{year}-{month:02d}-{day:02d}",
                    "time": f"{hour:02d}:30",
                    "purpose": "suivi",
                    "outcome": "attended" if hour % 2 else "absent",
                }
                answers.row(sheet.title, row, "appointment", one.name | record)
    save(book, folder, name)
    answers.write(folder)


def drawer(folder: Path) -> None:
    name = "classeur du bureau.xlsx"
    answers = Answers(name)
    book, (youths, secret, labels, figures, lists, blank, memo) = sheets(
        ["Jeunes", "Anciens", "Étiquettes", "Bilan 2024", "Listes", "Feuil6", "À lire"]
    )
    found = people(11, 30)

    paper = Paper(youths)
    answers.sheet("Jeunes", "young_person", [paper.line("Nom", "Prénom", "Né(e) le", "Téléphone", "Ville")])
    for at, one in enumerate(found[:12]):
        row = paper.line(one.last, one.first, one.born, one.tel, one.city)
        youths.row_dimensions[row].hidden = at in (3, 4)
        marks = {"hidden": True} if at in (3, 4) else None
        answers.row("Jeunes", row, "young_person", one.told("birth_date", "phone", "city"), marks=marks)
    youths.column_dimensions["D"].hidden = True

    paper = Paper(secret)
    secret.sheet_state = "hidden"
    answers.sheet("Anciens", "young_person", [paper.line("NOM", "PRENOM", "DATE NAISSANCE")])
    for one in found[12:18]:
        answers.row("Anciens", paper.line(one.last, one.first, one.day), "young_person", one.told("birth_date"))

    answers.sheet("Étiquettes", None, layout="ignore")
    for at, one in enumerate(found[:12]):
        paper = Paper(labels, 1 + 4 * (at // 3), 1 + at % 3)
        for words in (one.whole, one.street, f"{one.postcode} {one.city.upper()}"):
            paper.line(words)

    paper = Paper(figures)
    paper.line("Bilan 2024")
    paper.line("Mois", "Accueils", "Rendez-vous", "Sorties emploi")
    for at, month in enumerate(_MONTHS):
        paper.line(month, 20 + at, 75 + 3 * at, at)
    paper.line("Total", 306, 1098, 66)
    answers.sheet("Bilan 2024", None, layout="ignore")

    paper = Paper(lists)
    paper.line("Oui", "CEJ", "Formation", "Auch")
    paper.line("Non", "PACEA", "Emploi", "Condom")
    paper.line(None, "CIVIS", "Abandon", "Lectoure")
    answers.sheet("Listes", None, layout="ignore")
    answers.sheet("Feuil6", None, layout="ignore")

    paper = Paper(memo)
    for words in (
        "Pour remplir ce classeur :",
        "1. une ligne par jeune",
        "2. ne pas toucher aux titres",
        "3. enregistrer sous un autre nom",
    ):
        paper.line(words)
    answers.sheet("À lire", None, layout="ignore")
    save(book, folder, name)
    answers.write(folder)


BOOKS = {"rdv par mois.xlsx": forty_months, "classeur du bureau.xlsx": drawer}
