import struct
from datetime import date

import pytest
from workbook_builders import (
    PEOPLE,
    XLS_PEOPLE,
    compound,
    format_record,
    record,
    style_record,
    xls,
    xls_cell,
    xls_stream,
)

from ml_admin.imports import reader
from ml_admin.imports.workbook import CellError, RefusedFileError

ROW_HIDDEN = struct.pack("<HHHHHHI", 1, 0, 3, 255, 0, 0, 0x120)


def rk(row: int, column: int, style: int, bits: int) -> bytes:
    return record(0x27E, struct.pack("<HHHI", row, column, style, bits))


def error(row: int, column: int, code: int) -> bytes:
    return record(0x205, struct.pack("<HHHBB", row, column, 0, code, 1))


def test_a_plain_sheet_is_read() -> None:
    book = reader.read(xls(), "anciens.xls")
    assert (book.format, book.date_system, book.sheets[0].name) == ("xls", 1900, "Feuil1")
    assert book.sheets[0].rows == PEOPLE
    assert book.notes == []


def test_error_cells_are_errors_typed_or_computed() -> None:
    computed = struct.pack("<HHHBBBBBBBBHIH", 0, 1, 0, 2, 0, 0x17, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0)
    sheet = reader.read(xls(error(0, 0, 42) + record(6, computed)), "a.xls").sheets[0]
    assert sheet.rows == [["#N/A", "#REF!"]]
    assert all(isinstance(value, CellError) for value in sheet.rows[0])


def test_hidden_rows_are_marked() -> None:
    sheet = reader.read(xls(record(0x208, ROW_HIDDEN) + XLS_PEOPLE), "a.xls").sheets[0]
    assert (sheet.hidden_rows, sheet.rows) == ({2}, PEOPLE)


def test_numbers_drawn_with_zeros_are_the_text_that_the_screen_shows() -> None:
    head = format_record(170, "00000") + style_record() + style_record(170)
    mulrk = record(0xBD, struct.pack("<HHHIHIH", 2, 0, 1, 1280 << 2 | 2, 0, 5 << 2 | 2, 1))
    cells = xls_cell(0, 0, 9000, 1) + rk(1, 0, 1, 9100 << 2 | 2) + mulrk
    assert reader.read(xls(cells, head), "a.xls").sheets[0].rows == [["09000", None], ["09100", None], ["01280", 5]]


def test_dates_follow_the_date_system_of_the_workbook() -> None:
    head = record(0x22, b"\1\0") + style_record() + style_record(14)
    book = reader.read(xls(xls_cell(0, 0, 34116, 1), head), "mac.xls")
    assert (book.date_system, book.sheets[0].rows) == (1904, [[date(1997, 5, 28)]])


def test_a_row_filled_with_a_colour_is_marked_by_its_name() -> None:
    head = style_record() + style_record(color=13) + style_record(color=22)
    cells = xls_cell(0, 0, "a", 2) + xls_cell(1, 0, "b", 1) + xls_cell(1, 1, "c", 1)
    assert reader.read(xls(cells, head), "a.xls").sheets[0].colors == {2: "yellow"}


@pytest.mark.parametrize(
    "dimensions", [(0, 65_536, 0, 256), (0, 0xFFFFFFFF, 0, 0xFFFF), (0, 1, 0, 1), (9, 3, 0, 3), (0, 3, 7, 3)]
)
def test_lying_dimensions_hide_nothing_and_cost_nothing(dimensions: tuple[int, int, int, int]) -> None:
    assert reader.read(xls(dimensions=dimensions), "a.xls").sheets[0].rows == PEOPLE


def test_a_far_filled_cell_is_refused_with_its_place() -> None:
    with pytest.raises(RefusedFileError, match="ligne 65535, colonne 256"):
        reader.read(xls(XLS_PEOPLE + xls_cell(65_534, 255, "z")), "a.xls")


def test_an_encrypted_workbook_is_refused_for_its_password() -> None:
    with pytest.raises(RefusedFileError, match="mot de passe"):
        reader.read(xls(head=record(0x2F, b"\1\0" * 27)), "a.xls")


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        ("EncryptedPackage", "mot de passe"),
        ("WordDocument", "un document Word"),
        ("PowerPoint Document", "une présentation PowerPoint"),
        ("Inconnu", "un autre logiciel|d’un autre logiciel"),
    ],
)
def test_other_documents_in_the_same_container_are_named(stream: str, words: str) -> None:
    with pytest.raises(RefusedFileError, match=words):
        reader.read(compound(b"x" * 5000, stream), "a.xls")


def test_a_looped_chain_of_sectors_is_refused() -> None:
    content = bytearray(xls())
    struct.pack_into("<I", content, 512 + 4 * 4, 3)
    with pytest.raises(RefusedFileError, match="sans fin"):
        reader.read(bytes(content), "a.xls")


def test_a_directory_that_leads_out_of_the_file_is_refused() -> None:
    content = bytearray(xls())
    struct.pack_into("<I", content, 48, 0x00FFFFFF)
    with pytest.raises(RefusedFileError, match="hors du fichier"):
        reader.read(bytes(content), "a.xls")


def test_the_old_stream_name_of_excel_5_is_found() -> None:
    assert reader.read(compound(xls_stream(), "Book"), "a.xls").sheets[0].rows == PEOPLE
