from datetime import date, time

import pytest
from small_books import CONTEXT, book, data, records, sheet, skips, tables

from ml_admin.imports.analyse import analyse
from ml_admin.imports.analysis import Choice
from ml_admin.imports.meetings import read_meeting
from ml_admin.imports.workbook import Cell

N = None
TEAM: list[Cell] = ["Heure", "Nora FAUVEL", "M. ROQUE"]


def agenda(title: str) -> list[list[Cell]]:
    return [
        [title],
        [],
        TEAM,
        ["9h", "DUPRAT Léa", N],
        ["10h", "MARQUES Tom – CV", "réunion"],
        ["11h", N, "DUPRAT Léa (tél)"],
    ]


def test_each_filled_cell_of_an_agenda_is_an_appointment_of_its_own() -> None:
    (found,) = tables(sheet(agenda("Planning du lundi 13 janvier 2025")))
    assert (found.entity, found.layout, found.header_rows) == ("appointment", "agenda", [3])
    day = {"date": date(2025, 1, 13)}
    assert records(found) == [
        day | {"time": time(9), "counsellor": "FAUVEL Nora", "last_name": "DUPRAT", "first_name": "Léa"},
        day
        | {"time": time(10), "counsellor": "FAUVEL Nora", "last_name": "MARQUES", "first_name": "Tom", "purpose": "CV"},
        day
        | {"time": time(11), "counsellor": "ROQUE Denis", "last_name": "DUPRAT", "first_name": "Léa", "mode": "phone"},
    ]
    assert [row.number for row in data(found)] == [4, 5, 6]


def test_cells_that_name_nobody_are_counted_and_quoted() -> None:
    notes = analyse(book(sheet(agenda("13/01/2025"))), CONTEXT).notes
    assert any("1 case ne nomme personne" in note and "réunion" in note for note in notes)


def test_an_agenda_without_a_day_is_ignored_and_says_so() -> None:
    (found,) = tables(sheet(agenda("Planning")))
    assert (found.entity, found.why) == (None, "undated agenda")
    assert set(skips(found).values()) == {"title", "note"}


def test_the_year_that_a_person_gives_dates_an_agenda() -> None:
    days: list[list[Cell]] = [
        [N, "Lundi 13/01", "Mardi 14/01"],
        ["9h", "DUPRAT Léa", N],
        ["10h", N, "MARQUES Tom"],
        ["11h", N, N],
    ]
    assert tables(sheet(days))[0].why == "undated agenda"
    (found,) = tables(sheet(days), years={None: 2025})
    assert [one["date"] for one in records(found)] == [date(2025, 1, 13), date(2025, 1, 14)]


def test_weekdays_under_the_title_of_a_week_have_their_dates() -> None:
    days: list[list[Cell]] = [
        ["Agenda de Nora FAUVEL – semaine du 13 au 17 janvier 2025"],
        [N, "Lundi", "Mardi", "Mercredi"],
        ["9h", "DUPRAT Léa", N, N],
        ["10h", N, N, "MARQUES Tom"],
        ["14h", N, N, N],
    ]
    (found,) = tables(sheet(days))
    assert [one["date"] for one in records(found)] == [date(2025, 1, 13), date(2025, 1, 15)]


def test_an_agenda_may_lie_on_its_side() -> None:
    rows: list[list[Cell]] = [
        ["Lundi 13 janvier 2025"],
        [N, "9h", "10h", "11h"],
        ["Nora FAUVEL", "DUPRAT Léa", N, N],
        ["Denis ROQUE", N, N, "MARQUES Tom"],
    ]
    (found,) = tables(sheet(rows))
    assert [(row.number, row.records[0]["time"]) for row in data(found)] == [(3, time(9)), (4, time(11))]


def test_the_day_may_stand_left_of_its_first_hour() -> None:
    rows: list[list[Cell]] = [
        ["Jour", "Heure", "Nora FAUVEL", "M. ROQUE"],
        [date(2025, 1, 13), "9h", "DUPRAT Léa", N],
        [N, "10h", N, "MARQUES Tom"],
        [date(2025, 1, 14), "9h", "ROUX Ana", N],
    ]
    (found,) = tables(sheet(rows))
    assert [(one["date"].day, one["last_name"]) for one in records(found)] == [
        (13, "DUPRAT"),
        (13, "MARQUES"),
        (14, "ROUX"),
    ]


def test_somebody_may_leave_an_agenda_out() -> None:
    (found,) = tables(sheet(agenda("13/01/2025")), choices={("Feuil1", 1): Choice(entity="")})
    assert (found.entity, found.why) == (None, "chosen")


def test_times_over_employers_stay_the_slots_of_a_job_dating() -> None:
    rows: list[list[Cell]] = [
        ["Heure", "Garage Puech", "Adapei"],
        ["9h", "DUPRAT Léa", N],
        ["10h", N, "MARQUES Tom"],
        ["11h", "DUPRAT Léa", N],
    ]
    assert tables(sheet(rows))[0].layout == "slot_grid"


def test_a_list_of_appointments_is_no_agenda() -> None:
    rows: list[list[Cell]] = [
        ["Heure", "Nom", "Prénom", "Conseiller"],
        ["9h", "DUPRAT", "Léa", "Nora FAUVEL"],
        ["10h", "MARQUES", "Tom", "Denis ROQUE"],
        ["11h", "ROUX", "Ana", "Nora FAUVEL"],
    ]
    assert tables(sheet(rows, "13-01-2025"))[0].layout == "table"


@pytest.mark.parametrize(
    "words",
    ["PAUSE", "réunion d’équipe", "CONGÉS", "Atelier CV", "///", "x", "RTT", "Formation interne", 12, None, " "],
)
def test_words_of_an_agenda_that_name_nobody(words: Cell) -> None:
    assert read_meeting(words, CONTEXT) is None


@pytest.mark.parametrize(
    ("words", "last", "first", "more"),
    [
        ("DUPRAT Léa", "DUPRAT", "Léa", {}),
        ("Léa DUPRAT", "DUPRAT", "Léa", {}),
        ("duprat léa", "DUPRAT", "Léa", {}),
        ("M. MARQUES – bilan", "MARQUES", None, {"purpose": "bilan"}),
        ("DUPRAT Léa (absente)", "DUPRAT", "Léa", {"outcome": "absent"}),
        ("DUPRAT Léa 06 39 98 11 22", "DUPRAT", "Léa", {"phone": "+33639981122"}),
        ("CEJ : DUPRAT Léa", "DUPRAT", "Léa", {"purpose": "CEJ"}),
    ],
)
def test_people_of_an_agenda(words: str, last: str, first: str | None, more: dict[str, str]) -> None:
    found = read_meeting(words, CONTEXT)
    assert found is not None
    told = {name: value for name, value in found[0].items() if value is not None and not name.endswith("_name")}
    assert (found[0]["last_name"], found[0]["first_name"], told) == (last, first, more)
    assert bool(found[1]) == (first is None)
