import zipfile
from datetime import date, datetime, time, timedelta
from io import BytesIO

import pytest
import xlsxwriter
from workbook_builders import PEOPLE, cell, rows_xml, sheet_xml, styles_xml, xlsx, xlsx_parts, zipped

from ml_admin.imports import reader
from ml_admin.imports.workbook import CellError, RefusedFileError, Sheet


def sheet_of(content: bytes) -> Sheet:
    return reader.read(content, "classeur.xlsx").sheets[0]


def test_values_keep_their_type_and_whole_numbers_are_integers() -> None:
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"default_date_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["texte", 12, 1.5, True])
    sheet.write(1, 0, date(1999, 2, 8))
    sheet.write(1, 1, datetime(2024, 3, 12, 14, 30), book.add_format({"num_format": "dd/mm/yyyy hh:mm"}))
    sheet.write(1, 2, 0.5, book.add_format({"num_format": "hh:mm"}))
    sheet.write(1, 3, 1.5, book.add_format({"num_format": "[h]:mm"}))
    book.close()
    rows = sheet_of(out.getvalue()).rows
    assert rows[0] == ["texte", 12, 1.5, True]
    assert [type(value) for value in rows[0]] == [str, int, float, bool]
    assert rows[1] == [date(1999, 2, 8), datetime(2024, 3, 12, 14, 30), time(12), timedelta(days=1.5)]


def test_blank_rows_and_columns_before_the_table_are_counted() -> None:
    assert sheet_of(xlsx(f'<row r="3">{cell(3, 2, "x")}</row>')).rows == [[None, None], [None, None], [None, "x"]]


def test_error_cells_are_errors_and_typed_ones_are_text() -> None:
    data = '<row r="1"><c r="A1" t="e"><v>#N/A</v></c><c r="B1" s="0" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    row = sheet_of(xlsx(data + cell(1, 3, "#N/A") + "</row>")).rows[0]
    assert row == ["#N/A", "#DIV/0!", "#N/A"]
    assert [isinstance(value, CellError) for value in row] == [True, True, False]


def test_an_error_alone_at_the_end_of_a_row_is_kept() -> None:
    assert sheet_of(xlsx('<row r="2"><c r="C2" t="e"><v>#REF!</v></c></row>')).rows[1][2] == CellError("#REF!")


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("00000", 9000, "09000"),
        ('0#" "##" "##" "##" "##', 612345678, "0612345678"),
        ("0#\\ ##\\ ##\\ ##\\ ##", 612345678, "0612345678"),
        ("00.00", 9.5, 9.5),
        ("0", 9000, 9000),
        ("# ##0", 9000, 9000),
        ("00000", 9000.5, 9000.5),
        ("00000", -5, -5),
        ('"ML-"0000', 12, "ML-0012"),
        ("[$-40C]00000", 1280, "01280"),
        ("0.00E+00", 9000, 9000),
        ("[<=9999999]000-0000;00", 12, 12),
        ("00000;-00000", 123456, "123456"),
    ],
)
def test_numbers_drawn_with_zeros_are_the_text_that_the_screen_shows(code: str, value: float, shown: object) -> None:
    content = xlsx(f'<row r="1">{cell(1, 1, value, 1)}</row>', styles=styles_xml([code]))
    assert sheet_of(content).rows == [[shown]]


def test_dates_with_a_two_digit_day_stay_dates() -> None:
    content = xlsx(f'<row r="1">{cell(1, 1, 36199, 1)}</row>', styles=styles_xml(["dd/mm/yyyy"]))
    assert sheet_of(content).rows == [[date(1999, 2, 8)]]


def test_hidden_rows_are_read_and_marked() -> None:
    data = f'<row r="1">{cell(1, 1, "a")}</row><row r="2" spans="1:1" hidden="1">{cell(2, 1, "b")}</row>'
    sheet = sheet_of(xlsx(data, before='<cols><col min="1" max="1" hidden="1"/></cols>'))
    assert sheet.rows == [["a"], ["b"]]
    assert sheet.hidden_rows == {2}


def test_hidden_sheets_are_read_and_marked() -> None:
    parts = xlsx_parts(
        {"Vue": sheet_xml(rows_xml(PEOPLE)), "Cachée": sheet_xml(rows_xml([["x"]]))}, states='state="hidden"'
    )
    book = reader.read(zipped(parts), "classeur.xlsx")
    assert [(sheet.name, sheet.hidden, len(sheet.rows)) for sheet in book.sheets] == [
        ("Vue", False, 3),
        ("Cachée", True, 1),
    ]


@pytest.mark.parametrize(
    ("fill", "name"),
    [
        ('<fgColor rgb="FFFF9999"/>', "red"),
        ('<fgColor rgb="FFFFFF00"/>', "yellow"),
        ('<fgColor indexed="11"/>', "green"),
        ('<fgColor rgb="FFD9D9D9"/>', None),
        ('<fgColor rgb="FFFFFFFF"/>', None),
    ],
)
def test_a_row_filled_with_a_colour_is_marked_by_its_name(fill: str, name: str | None) -> None:
    data = f'<row r="1">{cell(1, 1, "a")}</row><row r="2">{cell(2, 1, "b", 1)}{cell(2, 2, "c", 1)}</row>'
    sheet = sheet_of(xlsx(data, styles=styles_xml(fills=[fill])))
    assert sheet.colors == ({2: name} if name else {})


def test_one_coloured_cell_among_many_does_not_mark_its_row() -> None:
    data = f'<row r="1">{cell(1, 1, "a", 1)}{cell(1, 2, "b")}{cell(1, 3, "c")}</row>'
    assert sheet_of(xlsx(data, styles=styles_xml(fills=['<fgColor rgb="FFFF0000"/>']))).colors == {}


def test_merged_cells_are_told() -> None:
    content = xlsx(after='<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>')
    assert sheet_of(content).merged == [(2, 1, 3, 1)]


def test_the_1904_date_system_is_told_and_its_dates_are_right() -> None:
    data = f'<row r="1">{cell(1, 1, 34116, 1)}</row>'
    book = reader.read(xlsx(data, styles=styles_xml(["dd/mm/yyyy"]), properties='date1904="1"'), "mac.xlsx")
    assert (book.date_system, book.sheets[0].rows) == (1904, [[date(1997, 5, 28)]])


def test_a_lying_dimension_hides_nothing() -> None:
    assert len(sheet_of(xlsx(before='<dimension ref="A1:A1"/>')).rows) == 3


def test_cells_without_a_reference_take_the_next_place() -> None:
    data = '<row><c><v>1</v></c><c t="e"><v>#REF!</v></c></row><row r="4"><c r="B4"><v>2</v></c><c t="e"><v>#N/A</v></c></row>'
    assert sheet_of(xlsx(data)).rows == [[1, "#REF!", None], [None] * 3, [None] * 3, [None, 2, "#N/A"]]


def test_prefixed_names_and_single_quotes_are_understood() -> None:
    xml = sheet_xml("<row r='1'><c r='A1' t='e'><v>#N/A</v></c></row>")
    prefixed = xml.replace("<worksheet xmlns=", "<x:worksheet xmlns:x=").replace("</worksheet", "</x:worksheet")
    for tag in ("sheetData", "row", "c", "v"):
        prefixed = (
            prefixed.replace(f"<{tag}>", f"<x:{tag}>")
            .replace(f"<{tag} ", f"<x:{tag} ")
            .replace(f"</{tag}>", f"</x:{tag}>")
        )
    assert isinstance(sheet_of(zipped(xlsx_parts({"F": prefixed}))).rows[0][0], CellError)


def test_formulas_give_their_stored_result_and_missing_results_are_said() -> None:
    data = '<row r="1"><c r="A1"><f>40+2</f><v>42</v></c><c r="B1"><f>A1*2</f></c></row>'
    book = reader.read(xlsx(data), "calculs.xlsx")
    assert book.sheets[0].rows[0][0] == 42
    assert "Formules sans résultat" in book.notes[0]


def test_macros_never_run_and_it_is_said() -> None:
    parts = xlsx_parts({"F": sheet_xml(rows_xml(PEOPLE))}) | {"xl/vbaProject.bin": b"\xcc\x61"}
    book = reader.read(zipped(parts), "macros.xlsm")
    assert book.format == "xlsm"
    assert "macros" in book.notes[0]


def test_the_type_is_told_by_the_content_and_a_wrong_extension_is_said() -> None:
    book = reader.read(xlsx(), "export.xls")
    assert book.format == "xlsx"
    assert "« .xls »" in book.notes[0].replace("\u00a0", " ")


def test_a_file_without_extension_needs_no_remark() -> None:
    assert reader.read(xlsx(), "3f1c").notes == []


def test_a_far_filled_cell_is_refused_with_its_place() -> None:
    data = f'<row r="1">{cell(1, 1, "a")}</row><row r="1048576">{cell(1_048_576, 16_384, "z")}</row>'
    with pytest.raises(RefusedFileError, match="Feuil1.*XFD1048576.*Supprimez"):
        sheet_of(xlsx(data))


def test_far_blank_formatted_cells_do_not_matter() -> None:
    data = rows_xml(PEOPLE) + f'<row r="1048576">{cell(1_048_576, 16_384, None, 0)}</row>'
    assert sheet_of(xlsx(data)).rows == PEOPLE


def test_a_byte_changed_in_a_stored_part_is_refused() -> None:
    parts = xlsx_parts({"F": sheet_xml(rows_xml(PEOPLE))})
    content = zipped(parts, zipfile.ZIP_STORED)
    assert sheet_of(content).rows == PEOPLE
    with pytest.raises(RefusedFileError, match="abîmé.*somme de contrôle"):
        sheet_of(content.replace(b"DURAND", b"DURANT"))
