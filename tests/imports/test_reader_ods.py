import pytest
from workbook_builders import ODS_PEOPLE, ods, ods_number, ods_row, ods_text, zipped

from ml_admin.imports import reader
from ml_admin.imports.workbook import CellError, RefusedFileError, Sheet

PEOPLE = [["Nom", "Prénom", "Code postal"], ["DURAND", "Amina", "9000"], ["PETIT", "Loïc", "9100"]]
EMPTY = "<table:table-cell/>"


def sheet_of(rows: str, **more: str) -> Sheet:
    return reader.read(ods(rows, **more), "classeur.ods").sheets[0]


def test_a_plain_sheet_is_read_and_the_blank_end_of_the_page_is_not() -> None:
    end = ods_row(
        '<table:table-cell table:number-columns-repeated="16384"/>', attributes='table:number-rows-repeated="1048573"'
    )
    book = reader.read(ods(ODS_PEOPLE + end), "classeur.ods")
    assert (book.format, book.sheets[0].name, book.sheets[0].rows) == ("ods", "Feuille1", PEOPLE)


def test_repeated_rows_and_cells_are_written_out() -> None:
    twice = '<table:table-cell table:number-columns-repeated="2" office:value-type="string"><text:p>x</text:p></table:table-cell>'
    assert sheet_of(ods_row(twice, attributes='table:number-rows-repeated="3"')).rows == [["x", "x"]] * 3


@pytest.mark.parametrize(
    ("value", "shown", "read"),
    [
        (9000, "09000", "09000"),
        (612345678, "06 12 34 56 78", "0612345678"),
        (9000, "9000", 9000),
        (0.5, "0,50", 0.5),
        (0, "0", 0),
    ],
)
def test_numbers_drawn_with_zeros_are_the_text_that_the_screen_shows(value: float, shown: str, read: object) -> None:
    assert sheet_of(ods_row(ods_number(value, shown))).rows == [[read]]


def test_error_cells_are_errors_and_typed_ones_are_text() -> None:
    computed = ods_text("#N/A", 'table:formula="of:=NA()"')
    modern = ods_text("#REF!", 'office:string-value="" calcext:value-type="error" table:formula="of:=#REF!"')
    row = sheet_of(ods_row(computed, EMPTY, modern, ods_text("#N/A"))).rows[0]
    assert row == ["#N/A", None, "#REF!", "#N/A"]
    assert [isinstance(value, CellError) for value in row] == [True, False, True, False]


def test_hidden_rows_are_marked_filtered_folded_or_repeated() -> None:
    rows = (
        ods_row(ods_text("a"))
        + ods_row(ods_text("b"), attributes='table:visibility="collapse" table:number-rows-repeated="2"')
        + ods_row(ods_text("c"), attributes='table:visibility="filter"')
        + '<table:table-row-group table:display="false">'
        + ods_row(ods_text("d"))
        + "</table:table-row-group>"
        + ods_row(ods_text("e"))
    )
    sheet = sheet_of(rows)
    assert sheet.hidden_rows == {2, 3, 4, 5}
    assert [row[0] for row in sheet.rows] == ["a", "b", "b", "c", "d", "e"]


def test_merged_cells_are_told() -> None:
    rows = ods_row(ods_text("a", 'table:number-rows-spanned="2" table:number-columns-spanned="1"'), ods_text("b"))
    rows += ods_row("<table:covered-table-cell/>", ods_text("c"))
    sheet = sheet_of(rows)
    assert (sheet.merged, sheet.rows) == ([(1, 1, 2, 1)], [["a", "b"], [None, "c"]])


def test_a_row_filled_with_a_colour_is_marked_by_its_name() -> None:
    styles = '<style:style style:name="ce1" style:family="table-cell"><style:table-cell-properties fo:background-color="#ff9999"/></style:style>'
    rows = ods_row(ods_text("a")) + ods_row(ods_text("b", 'table:style-name="ce1"'))
    assert sheet_of(rows, styles=styles).colors == {2: "red"}


def test_a_comment_is_not_the_content_of_its_cell() -> None:
    noted = (
        '<table:table-cell office:value-type="float" office:value="9000"><office:annotation><text:p>#N/A</text:p>'
        "</office:annotation><text:p>09000</text:p></table:table-cell>"
    )
    assert sheet_of(ods_row(noted)).rows == [["09000"]]


def test_the_date_system_is_told() -> None:
    settings = (
        '<table:calculation-settings><table:null-date table:date-value="1904-01-01"/></table:calculation-settings>'
    )
    assert reader.read(ods(ODS_PEOPLE, settings=settings), "a.ods").date_system == 1904


@pytest.mark.parametrize(("rows", "columns"), [("999999999", "999999999"), ("1000000", "100"), ("1", "16384000")])
def test_a_value_repeated_without_reason_is_refused(rows: str, columns: str) -> None:
    cell = f'<table:table-cell table:number-columns-repeated="{columns}" office:value-type="string"><text:p>x</text:p></table:table-cell>'
    with pytest.raises(RefusedFileError, match="Feuille1.*très loin"):
        sheet_of(ods_row(cell, attributes=f'table:number-rows-repeated="{rows}"'))


def test_an_encrypted_workbook_is_refused_for_its_password() -> None:
    with pytest.raises(RefusedFileError, match="mot de passe"):
        sheet_of(ODS_PEOPLE, manifest="<manifest:encryption-data/>")


def test_a_text_document_is_named() -> None:
    with pytest.raises(RefusedFileError, match="un document texte.*Copiez"):
        reader.read(zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"}), "a.ods")
