"""Appointments, action items, sign-ups to a job dating and an agenda with a column for each counsellor."""

import csv
import io
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from tests.imports.other_styles.answers import Answers
from tests.imports.unseen_offices.people import COUNSELLORS, FIRSTS, LASTS, TOGETHER
from tests.imports.unseen_offices.pools import Cell, Column, fill, letter, letters, of

OUTCOMES = of(
    "outcome",
    ("Honoré", "attended"),
    ("venu", "attended"),
    ("Présente", "attended"),
    ("P", "attended"),
    ("réalisé", "attended"),
    ("Non honoré", "absent"),
    ("lapin", "absent"),
    ("ABS", "absent"),
    ("non venue", "absent"),
    ("absence injustifiée", "absent"),
    ("pas venu", "absent"),
    ("no show", "absent"),
    ("excusé", "absent_excused"),
    ("AE", "absent_excused"),
    ("a prévenu", "absent_excused"),
    ("Absence justifiée", "absent_excused"),
    ("Annulé", "cancelled"),
    ("annulé par la ML", "cancelled"),
    ("reporté", "rescheduled"),
    ("décalé", "rescheduled"),
    ("à replacer", "rescheduled"),
    ("", None),
    ("???", None, "unmapped_value"),
)
MODES = of(
    "mode",
    ("Présentiel", "in_person"),
    ("physique", "in_person"),
    ("sur place", "in_person"),
    ("au bureau", "in_person"),
    ("Tél.", "phone"),
    ("entretien téléphonique", "phone"),
    ("appel", "phone"),
    ("visio", "video"),
    ("Teams", "video"),
    ("visioconférence", "video"),
    ("", None),
)
DURATIONS = of(
    "duration_min",
    ("30 min", 30),
    ("1h", 60),
    ("1h15", 75),
    ("45'", 45),
    (30, 30),
    ("1 heure", 60),
    ("1/2h", 30),
    ("", None),
    ("0h45", 45),
    ("20 mn", 20),
)
DAYS = of(
    "date",
    ("03/25/2025", "2025-03-25", "day_month_swapped"),
    (date(2025, 3, 4), "2025-03-04"),
    ("mardi 11 mars 2025", "2025-03-11"),
    ("17/3/25", "2025-03-17"),
    ("28-03-2025", "2025-03-28"),
    ("Jeu. 06/03", "2025-03-06"),
    (datetime(2025, 3, 12), "2025-03-12"),
    ("19 mars", "2025-03-19"),
)
HOURS = of(
    "time",
    ("9h", "09:00"),
    ("14h30", "14:30"),
    (time(10, 15), "10:15"),
    ("11:00", "11:00"),
    ("13h45-14h30", "13:45"),
    ("8 h 30", "08:30"),
    ("", None),
    ("16H", "16:00"),
    ("à 15h", "15:00"),
)
PURPOSES = of(
    "purpose",
    ("1er entretien", "1er entretien"),
    ("point CV", "point CV"),
    ("", None),
    ("bilan PMSMP", "bilan PMSMP"),
    ("signature contrat CEJ", "signature contrat CEJ"),
)
MEETINGS = (
    Column("Jour", DAYS),
    Column("H.", HOURS),
    Column("Bénéficiaire", TOGETHER),
    Column("Intervenant", COUNSELLORS),
    Column("Objet", PURPOSES),
    Column("Durée", DURATIONS),
    Column("Modalité", MODES),
    Column("Présence", OUTCOMES),
)


def meetings(folder: Path) -> None:
    name = "rdv_printemps.xlsx"
    answers = Answers(name, year=2025)
    sheet = "Mars 2025"
    answers.sheet(sheet, "appointment", [1], letters(MEETINGS), year=2025)
    rows = [[one.heading for one in MEETINGS], *fill(answers, sheet, "appointment", MEETINGS, 2, 30)]
    answers.skip(sheet, 32, "total")
    _written(folder / name, sheet, [*rows, ["30 RDV dans le mois"]])
    answers.write(folder)


def _written(path: Path, sheet: str, rows: list[list[Any]]) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append([None if value == "" else value for value in row])
    book.save(path)


def _twice(text: str) -> str:
    """As an accent saved in UTF-8 and opened as Windows-1252 reads."""
    return text.encode("utf-8").decode("cp1252")


BROKEN_LASTS = [Cell(_twice("LÉVÊQUE"), {"last_name": "LÉVÊQUE"}, (("last_name", "mojibake_repaired"),)), *LASTS[:13]]
BROKEN_FIRSTS = [
    Cell(_twice("Gaëlle"), {"first_name": "Gaëlle"}, (("first_name", "mojibake_repaired"),)),
    *FIRSTS[10:23],
]
LABELS = [
    Cell(_twice("Préparer l'entretien"), {"label": "Préparer l'entretien"}, (("label", "mojibake_repaired"),)),
    *of(
        "label",
        ("Refaire le CV", "Refaire le CV"),
        ("Inscription FT", "Inscription FT"),
        ("Demande FAJ", "Demande FAJ"),
        ("Dossier CSS ; carte Vitale", "Dossier CSS ; carte Vitale"),
        ("Enquête métier : menuiserie", "Enquête métier : menuiserie"),
        ("Relancer l'employeur", "Relancer l'employeur"),
    ),
]
DUE = of(
    "due_date",
    ("15/10/2025", "2025-10-15"),
    ("fin octobre 2025", None, "incomplete_date"),
    ("30/09/25", "2025-09-30"),
    ("", None),
    ("dès que possible", None, "unparsed_date"),
    ("10/31/2025", "2025-10-31", "day_month_swapped"),
    ("ven. 12 sept. 2025", "2025-09-12"),
)
STATES = [
    Cell("à faire", {"status": "todo", "done_date": None}),
    Cell("Pas commencé", {"status": "todo", "done_date": None}),
    Cell("non", {"status": "todo", "done_date": None}),
    Cell("", {"status": "todo", "done_date": None}),
    Cell("en cours", {"status": "doing", "done_date": None}),
    Cell("démarré", {"status": "doing", "done_date": None}),
    Cell("fait", {"status": "done", "done_date": None}),
    Cell("réalisé le 12/03/2025", {"status": "done", "done_date": "2025-03-12"}),
    Cell("Effectuée", {"status": "done", "done_date": None}),
    Cell("ok", {"status": "done", "done_date": None}),
    Cell("terminé 02/09/2025", {"status": "done", "done_date": "2025-09-02"}),
    Cell("✔", {"status": "done", "done_date": None}),
    Cell("abandonné", {"status": "cancelled", "done_date": None}),
    Cell("annulée", {"status": "cancelled", "done_date": None}),
    Cell("sans objet", {"status": "cancelled", "done_date": None}),
]
ACTIONS = (
    Column("Nom du jeune", BROKEN_LASTS),
    Column("Prénom du jeune", BROKEN_FIRSTS),
    Column("Action à mener", LABELS),
    Column("Pour le", DUE),
    Column("Avancement", STATES),
    Column("Suivi par", COUNSELLORS),
)


def actions(folder: Path) -> None:
    """Semicolons and UTF-8, some lines encoded twice."""
    name = "plan_daction.csv"
    answers = Answers(name, year=2025)
    answers.sheet(None, "action_item", [1], letters(ACTIONS), year=2025)
    rows = [[one.heading for one in ACTIONS], *fill(answers, None, "action_item", ACTIONS, 2, 42)]
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    (folder / name).write_text(out.getvalue(), encoding="utf-8", newline="")
    answers.write(folder)


STANDS = ("Armor Logistique", "EHPAD Les Hortensias", "Boulangerie Le Bihan", "Proxim'Aide", "Elag'Ouest")
MARKS: tuple[tuple[Any, dict[str, Any] | None], ...] = (
    ("", None),
    ("x", {"slot": None, "status": "registered"}),
    ("", None),
    ("9h40", {"slot": "09:40", "status": "registered"}),
    ("-", None),
    ("LA", {"slot": None, "status": "waiting"}),
    ("", None),
    ("✓", {"slot": None, "status": "registered"}),
    ("vœu 1", {"slot": None, "status": "registered", "preference": 1}),
    ("", None),
    ("liste d'attente", {"slot": None, "status": "waiting"}),
    ("", None),
    ("2e choix", {"slot": None, "status": "registered", "preference": 2}),
    (time(14, 20), {"slot": "14:20", "status": "registered"}),
    ("", None),
    ("inscrit", {"slot": None, "status": "registered"}),
    ("Non", None),
    ("en attente", {"slot": None, "status": "waiting"}),
    ("OUI", {"slot": None, "status": "registered"}),
)


def crossed(folder: Path) -> None:
    name = "forum_emploi_croise.xlsx"
    answers = Answers(name, year=2025)
    sheet = "Placement"
    for row in (1, 2):
        answers.skip(sheet, row, "title")
    columns: dict[str, Any] = {"A": ["last_name", "first_name"], "B": "counsellor"}
    columns |= {letter(2 + index): {"employer": one} for index, one in enumerate(STANDS)}
    answers.sheet(sheet, "job_dating_registration", [3], columns, layout="cross_grid", year=2025)
    rows: list[list[Any]] = [["Job dating alternance"], ["jeudi 20 mars 2025, salle des Augustins"]]
    rows.append(["Candidat(e)", "Conseiller·ère", *STANDS])
    for index in range(28):
        who, whose = TOGETHER[index], COUNSELLORS[index % len(COUNSELLORS)]
        marks = [MARKS[(5 * index + 3 * place) % len(MARKS)] for place in range(len(STANDS))]
        records = [
            who.means | whose.means | {"employer": stand} | means
            for stand, (_, means) in zip(STANDS, marks, strict=True)
            if means
        ]
        answers.row(sheet, 4 + index, "job_dating_registration", *records, warnings=whose.said)
        rows.append([who.raw, whose.raw, *(raw for raw, _ in marks)])
    answers.skip(sheet, 32, "total")
    rows.append(["Nb d'inscrits", "", 12, 11, 13, 12, 12])
    _written(folder / name, sheet, rows)
    answers.write(folder)


OFFICERS = (("Nora Fauvel", "FAUVEL Nora"), ("D. ROQUE", "ROQUE Denis"), ("TRAORÉ", "TRAORÉ Aïssata"))


def agenda(folder: Path) -> None:
    """A sheet for each day: hours down, a column for each counsellor, who comes in the cell."""
    name = "agenda_equipe.xlsx"
    answers = Answers(name, year=2025)
    book = Workbook()
    book.remove(book.worksheets[0])
    for number, (title, day) in enumerate((("Lundi 15 sept.", "2025-09-15"), ("Mardi 16 sept.", "2025-09-16"))):
        page = book.create_sheet(title)
        columns = {"A": "time"} | {letter(1 + index): ["last_name", "first_name"] for index in range(3)}
        answers.sheet(title, "appointment", [1], columns, layout="slot_grid", year=2025)
        page.append(["", *(shown for shown, _ in OFFICERS)])
        for slot in range(8):
            hour = f"{9 + slot:02d}:00"
            taken = [
                TOGETHER[(number * 13 + slot * 2 + place) % 28] if (slot + place) % 3 else None for place in range(3)
            ]
            records = [
                {"date": day, "time": hour, "counsellor": key} | cell.means
                for cell, (_, key) in zip(taken, OFFICERS, strict=True)
                if cell
            ]
            answers.row(title, 2 + slot, "appointment", *records)
            page.append([f"{9 + slot}h", *(cell.raw if cell else None for cell in taken)])
    book.save(folder / name)
    answers.write(folder)


BOOKS = {
    "rdv_printemps.xlsx": meetings,
    "plan_daction.csv": actions,
    "forum_emploi_croise.xlsx": crossed,
    "agenda_equipe.xlsx": agenda,
}
