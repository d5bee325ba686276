"""The workbook given back: what waits is explained in it, nothing computes, and dropped again only that is taken up."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from ml_admin import models as m
from ml_admin.database import writing
from ml_admin.imports import annotated, batches, tasks
from tests.imports.office import PEOPLE, Office

HEADINGS = ["Nom", "Prénom", "Date de naissance", "Téléphone", "Ville", "Niveau", "Observations"]
ROWS: list[list[Any]] = [
    ["GARÇON", "Inès", "12/03/2004", "06 39 98 12 45", "Foix", "bac", "vue au forum"],
    ["", "Sans nom", "01/01/2004", "", "", "", ""],
    ["OUALI", "Yanis", "07/11/2004", "06 39 98 12 46", "Pamiers", "CAP", ""],
    ["", "Sans nom non plus", "02/01/2004", "", "", "", "=1+1"],
]


def book(rows: list[list[Any]], headings: list[str] = HEADINGS, name: str = "Jeunes") -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"strings_to_formulas": False}) as made:
        sheet = made.add_worksheet(name)
        bold = made.add_format({"bold": True, "bg_color": "#DDEEFF"})
        for at, heading in enumerate(headings):
            sheet.write_string(0, at, heading, bold)
        for number, row in enumerate(rows, 1):
            for at, cell in enumerate(row):
                sheet.write_string(number, at, cell) if isinstance(cell, str) else sheet.write(number, at, cell)
    return stream.getvalue()


def apply(office: Office, batch_id: int, viewer: Any = None) -> None:
    """Have the sure rows written by the job, as the screen does."""
    viewer = viewer or office.claire
    with writing(office.engine, batches.actor_of(viewer)) as session:
        tasks.ask(session, tasks.APPLY, session.get_one(m.ImportBatch, batch_id), viewer)
    office.work()


def given_back(office: Office, batch_id: int) -> Any:
    return openpyxl.load_workbook(io.BytesIO(path_of(office, batch_id).read_bytes()))


def path_of(office: Office, batch_id: int) -> Path:
    path = annotated.annotated_file(office.data, office.batch(batch_id))
    assert path is not None
    return path


def written(office: Office, content: bytes | str, name: str = "jeunes.xlsx") -> int:
    batch = office.drop(office.claire, name, content)
    apply(office, batch)
    return batch


def corrected(office: Office, batch_id: int, change: Any) -> bytes:
    """The workbook given back, changed by its user and saved."""
    made = given_back(office, batch_id)
    change(made)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def test_the_same_sheet_comes_back_with_a_reason_beside_the_rows_that_wait(office: Office) -> None:
    made = given_back(office, written(office, book(ROWS)))
    assert made.sheetnames[:2] == ["Lisez-moi", "Jeunes"]
    sheet = made["Jeunes"]
    assert [[cell.value or "" for cell in row[:7]] for row in sheet.iter_rows(min_row=1, max_row=5)] == [
        HEADINGS,
        *ROWS,
    ]
    beside = [sheet.cell(row, 8).value for row in range(1, 6)]
    assert beside[0] == "À corriger" and beside[1] == beside[3] == "Écrite"
    assert "Il manque le nom" in beside[2] and "Il manque le nom" in beside[4]


def test_the_faulty_cell_is_coloured_and_says_why(office: Office) -> None:
    sheet = given_back(office, written(office, book(ROWS)))["Jeunes"]
    assert sheet["A3"].fill.fgColor.rgb == "00F8D0CB"
    assert "Il manque le nom" in sheet["A3"].comment.text
    assert sheet["A2"].comment is None


def test_the_styles_of_the_workbook_are_kept(office: Office) -> None:
    sheet = given_back(office, written(office, book(ROWS)))["Jeunes"]
    assert sheet["A1"].font.bold and sheet["A1"].fill.fgColor.rgb == "FFDDEEFF"


def test_a_column_with_a_word_not_understood_gets_its_list(office: Office) -> None:
    rows = [[*ROWS[1][:5], "niveau inconnu", ""], ROWS[0]]
    made = given_back(office, written(office, book(rows)))
    rules = made["Jeunes"].data_validations.dataValidation
    assert [str(rule.sqref) for rule in rules] == ["F2:F3"]
    lists = made["Listes_ML_Admin"]
    assert lists.sheet_state == "veryHidden"
    assert "Niveau 4 (bac)" in [cell.value for cell in lists["A"]]


def test_a_file_without_anything_left_is_not_given_back_and_leaves_no_file(office: Office) -> None:
    batch = written(office, book([ROWS[0]]))
    assert office.batch(batch).annotated_as is None
    assert list((office.data / "imports").iterdir()) == []


@pytest.mark.parametrize("name", ["jeunes.csv", "jeunes.txt"])
def test_a_text_file_comes_back_as_a_workbook_with_the_same_rows(office: Office, name: str) -> None:
    text = PEOPLE + ";Sans nom;01/01/2004;;;;;;=1+1\n"
    made = given_back(office, written(office, text, name))
    sheet = made[made.sheetnames[1]]
    assert [cell.value for cell in sheet[1]][:9] == PEOPLE.splitlines()[0].split(";")
    assert [cell.value for cell in sheet[2]][:8] == PEOPLE.splitlines()[1].split(";")[:8]
    assert sheet["I5"].value == "=1+1" and sheet["I5"].data_type == "s"


def test_dropped_again_only_the_rows_that_remained_are_taken_up(office: Office) -> None:
    batch = written(office, book(ROWS))

    def change(made: Any) -> None:
        made["Jeunes"]["A3"] = "FONTANEL"

    again = office.drop(office.claire, "jeunes_a_corriger.xlsx", corrected(office, batch, change))
    told = office.batch(again)
    assert told.origin_id == batch
    assert "2 lignes déjà écrites : laissées." in told.notes
    assert office.verdicts(again) == ["create", "decide"]
    assert all("extra" not in record for row in office.rows(again) for record in row.records)


def test_the_origin_says_which_rows_were_taken_up_once_they_are_written(office: Office) -> None:
    batch = written(office, book(ROWS))

    def change(made: Any) -> None:
        made["Jeunes"]["A3"] = "FONTANEL"

    again = office.drop(office.claire, "retour.xlsx", corrected(office, batch, change))
    assert office.batch(batch).counts["decide"] == 2
    apply(office, again)
    origin = office.batch(batch)
    assert origin.counts == {"written": 3, "decide": 1}
    assert [(one["batch"], one["rows"]) for one in origin.report["resumed"]] == [(again, 1)]
    assert office.count(m.YoungPerson) == 3
