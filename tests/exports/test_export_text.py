import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from dangerous_texts import DANGEROUS
from hypothesis import given
from hypothesis import strategies as st

from ml_admin.exports.columns import ExportColumn, ExportSheet, Record
from ml_admin.exports.text import write_csv
from ml_admin.formulas import guarded, unguarded
from ml_admin.imports.reader import read


def written(rows: Sequence[Sequence[Any]], headings: Sequence[str] = ("Nom",)) -> bytes:
    stream = io.BytesIO()
    columns = [ExportColumn(heading, heading) for heading in headings]
    count = write_csv(stream, ExportSheet("Jeunes", columns, [Record("1-bcdfghjk", 1, row) for row in rows]))
    assert count == len(rows)
    return stream.getvalue()


def read_back(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_it_is_a_french_csv() -> None:
    content = written([["GARÇON", "Inès"]], ("Nom", "Prénom"))
    assert content == "\ufeffNom;Prénom\r\nGARÇON;Inès\r\n".encode()


def test_dates_times_and_decimals_are_french() -> None:
    content = written([[date(2004, 3, 12), datetime(2026, 3, 29, 9, 5), 7.5, 12, None]], "abcde")
    assert read_back(content)[1] == ["12/03/2004", "29/03/2026 09:05", "7,5", "12", ""]


def test_a_negative_number_stays_a_number() -> None:
    assert read_back(written([[-5]]))[1] == ["-5"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_is_never_a_formula(text: str) -> None:
    (_, (cell,)) = read_back(written([[text]]))
    assert cell == f"'{text}"
    assert unguarded(cell) == text


@pytest.mark.parametrize("text", ["GARÇON", "06 39 98 12 45", "10-19", "l’été", "'tis", "a=b", "", "1 + 1", "« oui »"])
def test_harmless_text_is_left_alone(text: str) -> None:
    assert guarded(text) == text


def test_a_heading_is_guarded_too() -> None:
    assert read_back(written([], ("=A1",))) == [["'=A1"]]


def test_separators_quotes_and_line_ends_stay_inside_their_cell() -> None:
    text = 'deux ; "mots"\nsur deux lignes\r\net trois'
    assert read_back(written([[text, "fin"]], "ab"))[1] == [text, "fin"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_any_text_comes_back_as_it_was(texts: list[str]) -> None:
    rows = read_back(written([texts], [f"c{at}" for at in range(len(texts))]))
    assert [unguarded(cell) for cell in rows[1]] == texts


def test_the_two_last_columns_say_which_record_in_which_version() -> None:
    stream = io.BytesIO()
    rows = [Record("12-bcdfghjk", 3, ["GARÇON"])]
    write_csv(stream, ExportSheet("Jeunes", [ExportColumn("last_name", "Nom")], rows, table="young_person"))
    assert read_back(stream.getvalue()) == [
        ["Nom", "Clé (young_person)", "Version (young_person)"],
        ["GARÇON", "12-bcdfghjk", "3"],
    ]


def test_the_stream_stays_open() -> None:
    stream = io.BytesIO()
    write_csv(stream, ExportSheet("Jeunes", [ExportColumn("a", "A")], []))
    assert not stream.closed


@pytest.mark.parametrize("text", [text for text in DANGEROUS if text.strip() == text])
def test_what_was_guarded_is_read_back_as_it_was(text: str) -> None:
    (sheet,) = read(written([["GARÇON", text, "06 39 98 12 45"]], ("Nom", "Notes", "Téléphone")), "jeunes.csv").sheets
    assert sheet.rows[1] == ["GARÇON", text, "06 39 98 12 45"]
