from datetime import date, datetime, time

import pytest

from ml_admin.imports import reader
from ml_admin.imports.workbook import CellError, RefusedFileError, Sheet, Workbook

PAGE = "<html><head><meta charset={0}></head><body>{1}</body></html>"
EXCEL = "urn:schemas-microsoft-com:office:excel"


def page(body: str, encoding: str = "utf-8") -> Workbook:
    return reader.read(PAGE.format(encoding, body).encode(encoding), "export.xls")


def xml(rows: str, *, styles: str = "", options: str = "", book: str = "") -> Sheet:
    return xml_book(rows, styles=styles, options=options, book=book).sheets[0]


def xml_book(rows: str, *, styles: str = "", options: str = "", book: str = "") -> Workbook:
    content = (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        f'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<ExcelWorkbook xmlns="{EXCEL}">{book}</ExcelWorkbook><Styles>{styles}</Styles><Worksheet ss:Name="Jeunes"><Table>{rows}</Table>'
        f'<WorksheetOptions xmlns="{EXCEL}">{options}</WorksheetOptions></Worksheet></Workbook>'
    )
    return reader.read(content.encode(), "export.xls")


def cell(kind: str, text: str, **attributes: object) -> str:
    given = " ".join(f'ss:{name}="{value}"' for name, value in attributes.items())
    return f'<Cell {given}><Data ss:Type="{kind}">{text}</Data></Cell>'


def test_a_web_page_named_xls_is_read_and_it_is_said() -> None:
    book = page("<table><tr><th>Nom<th>Prénom</tr><tr><td>DURAND</td><td>Zo&eacute;<br>Amina</td></tr></table>")
    assert (book.format, book.encoding) == ("html", "utf-8")
    assert book.sheets[0].rows == [["Nom", "Prénom"], ["DURAND", "Zoé\nAmina"]]
    assert ".xls" in book.notes[0]


def test_the_encoding_that_a_page_declares_is_obeyed() -> None:
    assert page("<table><tr><td>Hélène</table>", "iso-8859-1").sheets[0].rows == [["Hélène"]]


def test_each_table_of_a_page_is_a_sheet() -> None:
    book = page("<table><tr><td>a</table><p>entre</p><table><tr><td>b</table><table><tr><td> &nbsp;</table>")
    assert [(sheet.name, sheet.rows) for sheet in book.sheets] == [("Tableau 1", [["a"]]), ("Tableau 2", [["b"]])]


def test_spans_keep_the_columns_straight() -> None:
    sheet = page("<table><tr><td rowspan=2>a<td colspan=2>b<tr><td>c<td>d</table>").sheets[0]
    assert sheet.rows == [["a", "b", None], [None, "c", "d"]]
    assert sheet.merged == [(1, 1, 2, 1), (1, 2, 1, 3)]


def test_a_page_without_a_table_is_refused() -> None:
    with pytest.raises(RefusedFileError, match="page web sans tableau.*enregistrez"):
        page("<p>Session expirée</p>")


def test_endless_spans_are_refused() -> None:
    with pytest.raises(RefusedFileError, match="cellules remplies"):
        page("<table>" + "<tr><td rowspan=1000 colspan=1000>x" * 4 + "</table>")


def test_xml_of_excel_2003_gives_typed_values() -> None:
    row = (
        cell("String", "DURAND")
        + cell("Number", "9000")
        + cell("Number", "1.5")
        + cell("Boolean", "1")
        + cell("Error", "#N/A")
    )
    row += (
        cell("DateTime", "1999-02-08T00:00:00.000")
        + cell("DateTime", "2024-03-12T14:30:00.000")
        + cell("DateTime", "1899-12-31T09:15:00.000")
    )
    sheet = xml(f"<Row>{row}</Row>")
    assert sheet.rows == [
        ["DURAND", 9000, 1.5, True, "#N/A", date(1999, 2, 8), datetime(2024, 3, 12, 14, 30), time(9, 15)]
    ]
    assert isinstance(sheet.rows[0][4], CellError)
    assert sheet.name == "Jeunes"


def test_skipped_rows_and_cells_keep_their_place() -> None:
    sheet = xml(f'<Row ss:Index="3">{cell("String", "a", Index=2)}{cell("String", "b")}</Row>')
    assert sheet.rows == [[], [], [None, "a", "b"]]


def test_formats_fills_hidden_rows_and_merges_are_told() -> None:
    styles = '<Style ss:ID="z"><NumberFormat ss:Format="00000"/></Style><Style ss:ID="r"><Interior ss:Color="#FF9999" ss:Pattern="Solid"/></Style>'
    rows = f"<Row>{cell('Number', '9000', StyleID='z')}</Row>"
    rows += f'<Row ss:Hidden="1">{cell("String", "x", MergeAcross=1)}{cell("String", "y")}</Row>'
    rows += f'<Row ss:StyleID="r">{cell("String", "rouge")}</Row>'
    sheet = xml(rows, styles=styles)
    assert sheet.rows == [["09000"], ["x", None, "y"], ["rouge"]]
    assert (sheet.hidden_rows, sheet.merged, sheet.colors) == ({2}, [(2, 1, 2, 2)], {3: "red"})


def test_hidden_sheets_and_the_1904_date_system_are_told() -> None:
    book = xml_book(f"<Row>{cell('String', 'a')}</Row>", options="<Visible>SheetHidden</Visible>", book="<Date1904/>")
    assert (book.sheets[0].hidden, book.date_system) == (True, 1904)


@pytest.mark.parametrize("row", ['<Row ss:Index="99999999">', '<Row><Cell ss:Index="20000"/>'])
def test_a_far_cell_is_refused(row: str) -> None:
    with pytest.raises(RefusedFileError, match="très loin"):
        xml(f"{row}{cell('String', 'a')}</Row>")


def test_broken_xml_is_refused() -> None:
    with pytest.raises(RefusedFileError, match="abîmé"):
        xml("<Row><Cell></Row>")


def test_entities_that_multiply_are_refused() -> None:
    content = (
        '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">&b;</Workbook>'
    )
    with pytest.raises(RefusedFileError, match="abîmé"):
        reader.read(content.encode(), "export.xml")
