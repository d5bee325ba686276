"""Agendas: times × counsellors, days × hours for one counsellor, two header rows for both; cells as people write them."""

from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from other_styles.answers import Answers

from other_layouts.paper import Paper, Person, people, save, sheets

_TEAM = (("Nora FAUVEL", "FAUVEL Nora"), ("M. ROQUE", "ROQUE Denis"), ("A. TRAORÉ", "TRAORÉ Aïssata"))
_DAYS = ("Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi")
Said = tuple[str | None, dict[str, Any] | None, bool]  # cell, record, without a first name


def _cell(one: Person, at: int) -> Said:
    """The same meeting, told in one way of six."""
    match at % 6:
        case 0:
            return one.whole, one.name, False
        case 1:
            return f"{one.first} {one.last}", one.name, False
        case 2:
            return f"{one.whole} – bilan", one.name | {"purpose": "bilan"}, False
        case 3:
            civility = "Mme" if one.gender == "F" else "M."
            return f"{civility} {one.last} (CV)", {"last_name": one.last, "first_name": None, "purpose": "CV"}, True
        case 4:
            return f"{one.whole}\n{one.tel}", one.name | {"phone": f"+33{one.phone[1:]}"}, False
        case _:
            return f"{one.whole} - absent", one.name | {"outcome": "absent"}, False


def _row(answers: Answers, sheet: str, row: int, said: list[Said], table: int | None = None) -> None:
    records = [record for _, record, _ in said if record]
    errors = [("first_name", "missing_required") for _, record, half in said if record and half]
    if records:
        answers.row(sheet, row, "appointment", *records, errors=errors, table=table)


def by_counsellor(folder: Path) -> None:
    """A sheet a day, its date in the sheet's name or in a title; lunch, leave and meetings name nobody."""
    name = "agenda équipe.xlsx"
    answers = Answers(name, year=2024)
    book, pages = sheets(["04-03-2024", "Mardi", "6 mars 2024"])
    found = iter(people(8, 90))
    for number, sheet in enumerate(pages):
        day, paper = date(2024, 3, 4 + number), Paper(sheet)
        if number == 1:
            answers.skip("Mardi", paper.line("PLANNING DU MARDI 5 MARS 2024"), "title")
            paper.gap()
        head = paper.line("" if number == 0 else "Heure", *(shown for shown, _ in _TEAM))
        answers.sheet(sheet.title, "appointment", [head], layout="agenda")
        for at in range(9):
            hour = time(9 + at // 2, 30 * (at % 2))
            said: list[Said] = []
            for column in range(3):
                if at == 6:
                    said.append(("PAUSE DÉJEUNER" if column == 0 else None, None, False))
                elif (at + column) % 4 == 3:
                    said.append((("réunion d’équipe", "CONGÉS", None)[column], None, False))
                else:
                    cell, record, half = _cell(next(found), at + column)
                    record = (record or {}) | {
                        "date": day.isoformat(),
                        "time": f"{hour:%H:%M}",
                        "counsellor": _TEAM[column][1],
                    }
                    said.append((cell, record, half))
            shown = (
                hour
                if number == 0
                else f"{hour.hour}h{hour.minute:02d}"
                if number == 1
                else f"{hour:%H:%M}-{hour.hour + (hour.minute + 30) // 60}:{(hour.minute + 30) % 60:02d}"
            )
            row = paper.line(shown, *(cell for cell, _, _ in said))
            if at == 6:
                paper.merge(row, 2, 4)
            _row(answers, sheet.title, row, said)
    save(book, folder, name)
    answers.write(folder)


def weekly(folder: Path) -> None:
    """A sheet a counsellor, days across and hours down: dates in full, day and month with a week's title, weekdays alone."""
    name = "semainier.xlsx"
    answers = Answers(name, year=2025)
    book, (first, second, third) = sheets(["FAUVEL", "Denis", "Semaine 5"])
    found = iter(people(9, 200))

    paper = Paper(first)
    for week in range(2):  # two weeks, one under the other
        monday = date(2025, 1, 13) + timedelta(7 * week)
        head = paper.line("Heures", *(monday + timedelta(at) for at in range(5)))
        table = 1 + week
        answers.sheet("FAUVEL", "appointment", [head], layout="agenda", table=table)
        for hour in (9, 10, 11, 14, 15):
            said: list[Said] = []
            for at in range(5):
                if (hour + at) % 3 == 0:
                    said.append((None, None, False))
                    continue
                cell, record, half = _cell(next(found), hour + at)
                day = (monday + timedelta(at)).isoformat()
                said.append(
                    (cell, (record or {}) | {"date": day, "time": f"{hour:02d}:00", "counsellor": "FAUVEL Nora"}, half)
                )
            _row(answers, "FAUVEL", paper.line(f"{hour}h", *(cell for cell, _, _ in said)), said, table)
        paper.gap(2)

    paper = Paper(second)
    answers.skip("Denis", paper.line("Conseiller : Denis ROQUE"), "title")
    answers.skip("Denis", paper.line("Semaine du 20 au 24 janvier 2025"), "title")
    answers.sheet("Denis", "appointment", [paper.line(None, *_DAYS)], layout="agenda")
    for hour in (9, 10, 11, 14):
        said = []
        for at in range(5):
            if at == 2:
                said.append(("FORMATION" if hour == 9 else None, None, False))
                continue
            cell, record, half = _cell(next(found), hour + at)
            day = (date(2025, 1, 20) + timedelta(at)).isoformat()
            said.append(
                (cell, (record or {}) | {"date": day, "time": f"{hour:02d}:30", "counsellor": "ROQUE Denis"}, half)
            )
        _row(answers, "Denis", paper.line(time(hour, 30), *(cell for cell, _, _ in said)), said)

    paper = Paper(third)  # days over counsellors
    answers.skip("Semaine 5", paper.line("Permanences de janvier 2025"), "title")
    top = paper.line(None, "Lundi 27/01", None, "Mardi 28/01", None)
    paper.merge(top, 2, 3)
    paper.merge(top, 4, 5)
    low = paper.line(None, "NF", "DR", "NF", "DR")
    answers.sheet("Semaine 5", "appointment", [top, low], layout="agenda")
    for hour in (9, 10, 11):
        said = []
        for at in range(4):
            one = next(found)
            day, key = f"2025-01-{27 + at // 2}", ("FAUVEL Nora", "ROQUE Denis")[at % 2]
            said.append((one.whole, one.name | {"date": day, "time": f"{hour:02d}:00", "counsellor": key}, False))
        _row(answers, "Semaine 5", paper.line(f"{hour}:00", *(cell for cell, _, _ in said)), said)
    save(book, folder, name)
    answers.write(folder)


BOOKS = {"agenda équipe.xlsx": by_counsellor, "semainier.xlsx": weekly}
