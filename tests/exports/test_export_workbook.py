from collections.abc import Iterator, Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import openpyxl
import openpyxl.utils.escape
import pytest
from dangerous_texts import DANGEROUS
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_admin.exports.columns import ExportColumn, ExportSheet, Record
from ml_admin.exports.sheet_rows import fitting
from ml_admin.exports.workbook import README, sheet_name, write_workbook


def book_of(
    columns: Sequence[ExportColumn], rows: Sequence[Sequence[Any]], **slots: Any
) -> openpyxl.workbook.workbook.Workbook:
    stream = BytesIO()
    records = [Record(f"{number}-bcdfghjk", 1, row) for number, row in enumerate(rows, start=1)]
    write_workbook(stream, ExportSheet("Jeunes", columns, records, **slots))
    return openpyxl.load_workbook(stream)


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_is_never_a_formula(text: str) -> None:
    cell = book_of([ExportColumn("notes", "Notes")], [[text]])["Jeunes"]["A2"]
    assert cell.data_type == "s"
    assert cell.value.replace("\r", "\n") == text.replace("\r", "\n")
    assert cell.number_format == "@"
    assert cell.quotePrefix


@pytest.mark.parametrize(
    "text", ["<r><t>x</t></r>", "<r></c><c><f>1+1</f></r>", "<r></r>", "a & b < c > d", "_x0041_", "A\u0007B"]
)
def test_markup_is_text_like_any_other(text: str) -> None:
    book = book_of([ExportColumn("notes", "Notes")], [[text], ["below"]])
    assert openpyxl.utils.escape.unescape(book["Jeunes"]["A2"].value) == text
    assert book["Jeunes"]["A3"].value == "below"


def test_an_address_of_the_web_is_no_link() -> None:
    page = book_of([ExportColumn("website", "Site")], [["https://example.org"]])["Jeunes"]
    assert page["A2"].hyperlink is None


def test_numbers_kept_as_text_keep_their_zeros() -> None:
    columns = [ExportColumn("postcode", "Code postal"), ExportColumn("siret", "SIRET")]
    page = book_of(columns, [["09000", "00000000000018"]])["Jeunes"]
    assert [cell.value for cell in page[2]] == ["09000", "00000000000018"]


def test_dates_instants_and_numbers_are_real_ones() -> None:
    columns = [
        ExportColumn("birth_date", "Naissance", "date"),
        ExportColumn("starts_at", "Début", "instant"),
        ExportColumn("hours", "Heures", "number"),
    ]
    page = book_of(columns, [[date(2004, 2, 29), datetime(2026, 3, 29, 14, 30), 7.5]])["Jeunes"]
    assert [cell.value for cell in page[2]] == [datetime(2004, 2, 29), datetime(2026, 3, 29, 14, 30), 7.5]
    assert [cell.is_date for cell in page[2]] == [True, True, False]


def test_a_date_before_excel_s_calendar_is_written_as_words() -> None:
    page = book_of([ExportColumn("birth_date", "Naissance", "date")], [[date(1899, 12, 31)], [date(1900, 1, 5)]])[
        "Jeunes"
    ]
    assert [page["A2"].value, page["A3"].value] == ["31/12/1899", "05/01/1900"]


def test_nothing_is_an_empty_cell() -> None:
    columns = [ExportColumn(kind, kind, kind) for kind in ("text", "date", "instant", "number", "choice")]
    page = book_of(columns, [[None] * 5])["Jeunes"]
    assert {cell.value for cell in page[2]} == {None}


def test_the_heading_stays_in_sight_and_filters_every_row() -> None:
    page = book_of([ExportColumn("a", "A"), ExportColumn("b", "B")], [["x", "y"]] * 30)["Jeunes"]
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref == "A1:B31"


def test_columns_are_as_wide_as_what_they_hold() -> None:
    page = book_of([ExportColumn("a", "A"), ExportColumn("b", "B")], [["x", "y" * 30]])["Jeunes"]
    assert page.column_dimensions["A"].width < page.column_dimensions["B"].width < 60


def test_a_short_list_is_a_drop_down() -> None:
    column = ExportColumn("gender", "Sexe", "choice", ("Femme", "Homme"))
    (rule,) = book_of([column], [["Femme"]])["Jeunes"].data_validations.dataValidation
    assert rule.formula1 == '"Femme,Homme"'
    assert "A2" in rule.sqref


@pytest.mark.parametrize(
    "options", [tuple(f"Motif numéro {n} de la liste" for n in range(20)), ("Famille, garde d’enfant", "Santé")]
)
def test_a_long_list_or_one_with_commas_stands_on_a_hidden_sheet(options: tuple[str, ...]) -> None:
    book = book_of([ExportColumn("a", "A", "choice", options)], [[options[0]]])
    (rule,) = book["Jeunes"].data_validations.dataValidation
    assert rule.formula1 == f"Listes!$A$2:$A${len(options) + 1}"
    assert book["Listes"].sheet_state == "hidden"
    assert tuple(row[0] for row in book["Listes"].iter_rows(min_row=2, values_only=True)) == options


def test_two_long_lists_each_have_their_column() -> None:
    lists = [tuple(f"{letter}, {n}" for n in range(size)) for letter, size in (("a", 3), ("b", 5))]
    columns = [ExportColumn(str(at), str(at), "choice", options) for at, options in enumerate(lists)]
    book = book_of(columns, [["a, 0", "b, 4"]])
    rules = {rule.formula1 for rule in book["Jeunes"].data_validations.dataValidation}
    assert rules == {"Listes!$A$2:$A$4", "Listes!$B$2:$B$6"}
    assert [cell.value for cell in book["Listes"]["B"]][1:] == list(lists[1])


def test_hidden_columns_say_which_record_in_which_version() -> None:
    page = book_of([ExportColumn("a", "A")], [["x"], ["y"]], table="young_person")["Jeunes"]
    assert [cell.value for cell in page[1]] == ["A", "Clé (young_person)", "Version (young_person)"]
    assert [[cell.value for cell in row] for row in page.iter_rows(min_row=2)] == [
        ["x", "1-bcdfghjk", 1],
        ["y", "2-bcdfghjk", 1],
    ]
    assert page.column_dimensions["B"].hidden
    assert page.auto_filter.ref == "A1:C3"  # sorting carries the keys along


def test_figures_have_no_keys() -> None:
    page = book_of([ExportColumn("a", "A")], [["x"]])["Jeunes"]
    assert page.max_column == 1


def test_read_me_says_who_took_what_and_how() -> None:
    notes = [("Filtres", "État : Actif"), ("Par", "Denise CAZALIS")]
    page = book_of([ExportColumn("a", "A")], [["x"]] * 3, notes=notes, table="young_person")[README]
    sentences = [str(row[0]) for row in page.iter_rows(values_only=True)]
    assert "Feuille\u00a0: Jeunes" in sentences
    assert "Lignes\u00a0: 3" in sentences
    assert "Filtres\u00a0: État : Actif" in sentences
    assert "Par\u00a0: Denise CAZALIS" in sentences
    assert page.max_column == 1  # two columns could be taken for a table


def test_an_empty_list_is_a_workbook_with_its_headings() -> None:
    book = book_of([ExportColumn("a", "A")], [], table="young_person")
    assert [cell.value for cell in book["Jeunes"][1]][0] == "A"
    assert book["Jeunes"].max_row == 1


def test_a_text_too_long_for_a_cell_is_cut_and_says_so() -> None:
    cell = book_of([ExportColumn("notes", "Notes")], [["é" * 40_000]])["Jeunes"]["A2"]
    assert len(cell.value) == 32_767
    assert cell.value.endswith("(suite coupée : cellule trop longue)")


def test_a_text_that_just_fits_is_left_alone() -> None:
    assert fitting("é" * 32_767) == "é" * 32_767


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Jeunes", "Jeunes"),
        ("Jeunes [État : actif / sortis ?]", "Jeunes  État   actif   sortis"),
        ("Une liste dont le nom est vraiment très long", "Une liste dont le nom est vraim"),
        ("'Entre quotes'", "Entre quotes"),
        ("", "Export"),
        ("Lisez-moi", "Export"),
        ("History", "Export"),
    ],
)
def test_any_title_gives_a_name_that_excel_takes(title: str, name: str) -> None:
    assert sheet_name(title) == name
    write_workbook(BytesIO(), ExportSheet(title, [ExportColumn("a", "A")], []))


def test_a_row_that_cannot_be_read_leaves_no_file_behind() -> None:
    def broken() -> Iterator[Record]:
        yield Record("1-bcdfghjk", 1, ["AMRANI"])
        raise RuntimeError("the database went away")

    before = set(Path(gettempdir()).glob("ml-export-*"))
    with pytest.raises(RuntimeError, match="went away"):
        write_workbook(BytesIO(), ExportSheet("Jeunes", [ExportColumn("a", "A")], broken()))
    assert set(Path(gettempdir()).glob("ml-export-*")) == before


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30), min_size=1, max_size=8)
)
def test_any_text_comes_back_as_it_was(texts: list[str]) -> None:
    page = book_of([ExportColumn("a", "A")], [[text] for text in texts])["Jeunes"]
    assert [page.cell(row, 1).value for row in range(2, len(texts) + 2)] == texts
