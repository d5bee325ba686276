"""A job forum: candidates × employers with marks, hours and choices; times × employers, upright and lying."""

from pathlib import Path
from typing import Any

from other_styles.answers import Answers

from other_layouts.paper import Paper, people, save, sheets
from other_layouts.several_tables import FIRMS

_NAMES = [firm[0] for firm in FIRMS]


def forum(folder: Path) -> None:
    name = "forum emploi.xlsx"
    answers = Answers(name, year=2025)
    book, (marks, choices, slots, lying) = sheets(["Positionnements", "Vœux", "Planning", "Planning (bis)"])
    found = people(7, 30)

    paper = Paper(marks, 2, 2)
    row = paper.line("FORUM DE L’EMPLOI – jeudi 22 mai 2025 – Halle aux Grains")
    paper.merge(row, 2, 9)
    answers.skip("Positionnements", row, "title")
    paper.gap()
    head = paper.line("Candidat", "Né(e) le", "Tél", *_NAMES)
    answers.sheet("Positionnements", "job_dating_registration", [head], layout="cross_grid")
    for at, one in enumerate(found[:12]):
        cells: list[Any] = [None] * 5
        cells[at % 5] = "X"
        cells[(at + 2) % 5] = f"{9 + at % 3}h{'15' if at % 2 else '30'}"
        if at % 4 == 0:
            cells[(at + 3) % 5] = "liste d’attente"
        row = paper.line(one.whole, one.born, one.tel, *cells)
        base = one.told("birth_date", "phone")
        records = []
        for column, cell in enumerate(cells):
            if cell:
                hour = cell if "h" in cell and cell[0].isdigit() else None
                slot = f"{int(hour.split('h')[0]):02d}:{hour.split('h')[1]}" if hour else None
                status = "waiting" if "attente" in cell else "registered"
                records.append(base | {"employer": _NAMES[column], "slot": slot, "status": status, "preference": None})
        answers.row("Positionnements", row, "job_dating_registration", *records)
    answers.skip("Positionnements", paper.line("Total", None, None, 8, 8, 8, 8, 8), "total")

    paper = Paper(choices)
    head = paper.line("NOM", "PRÉNOM", "CONSEILLER", *_NAMES)
    answers.sheet("Vœux", "job_dating_registration", [head], layout="cross_grid")
    for at, one in enumerate(found[12:20]):
        cells = [None] * 5
        for rank in (1, 2, 3):
            cells[(at + 2 * rank) % 5] = rank
        row = paper.line(one.last, one.first, "FAUVEL", *cells)
        records = [
            one.name
            | {
                "counsellor": "FAUVEL Nora",
                "employer": _NAMES[column],
                "slot": None,
                "status": "registered",
                "preference": cell,
            }
            for column, cell in enumerate(cells)
            if cell
        ]
        answers.row("Vœux", row, "job_dating_registration", *records)

    hours = ["09:00", "09:20", "09:40", "10:00", "10:20"]
    paper = Paper(slots)
    answers.skip("Planning", paper.line("Passages du 22/05/2025"), "title")
    head = paper.line("Horaires", *_NAMES)
    answers.sheet("Planning", "job_dating_slot", [head], layout="slot_grid")
    for at, hour in enumerate(hours):
        cells = [found[(at + 2 * column) % 10].whole if (at + column) % 3 else "libre" for column in range(5)]
        if at == 2:
            cells = ["PAUSE"] * 5
        row = paper.line(hour.replace(":", "h"), *cells)
        records = [
            found[(at + 2 * column) % 10].name | {"slot": hour, "employer": _NAMES[column]}
            for column, cell in enumerate(cells)
            if cell not in ("libre", "PAUSE")
        ]
        answers.row("Planning", row, "job_dating_slot", *records)

    paper = Paper(lying)
    head = paper.line("Employeur", *(f"{int(hour[:2])}h{hour[3:]}" for hour in hours))
    answers.sheet("Planning (bis)", "job_dating_slot", [head], layout="slot_grid")
    for at, firm in enumerate(_NAMES):
        cells = [
            found[20 + at * 2 + column % 2].whole if column % 2 == at % 2 and column < 3 else None
            for column in range(5)
        ]
        row = paper.line(firm, *cells)
        records = [
            found[20 + at * 2 + column % 2].name | {"slot": hours[column], "employer": firm}
            for column, cell in enumerate(cells)
            if cell
        ]
        conflict = []
        answers.row("Planning (bis)", row, "job_dating_slot", *records, warnings=conflict)
    save(book, folder, name)
    answers.write(folder)


BOOKS = {"forum emploi.xlsx": forum}
