from datetime import datetime, time
from pathlib import Path

import openpyxl
import pytest

from ml_admin.imports import reader
from ml_admin.imports.workbook import RefusedFileError


def comparable(value: object) -> object:
    """What both readers may say otherwise: midnight, outer spaces, how a line ends, blank text."""
    if isinstance(value, datetime) and value.time() == time():
        return value.date()
    if isinstance(value, str):
        return value.replace("_x000D_", "").replace("\r", "").strip() or None
    return round(value, 9) if isinstance(value, float) else value


def cells(rows: list[list[object]]) -> dict[tuple[int, int], object]:
    found = {(row, column): comparable(value) for row, line in enumerate(rows) for column, value in enumerate(line)}
    return {place: value for place, value in found.items() if value is not None}


@pytest.mark.filterwarnings("ignore")
def test_two_readers_agree_on_every_cell_of_honest_files(shared: Path) -> None:
    agreed = 0
    for path in sorted(path for path in shared.rglob("*.xlsx") if path.stat().st_size < 1_000_000):
        try:
            book, other = reader.read(path.read_bytes(), path.name), openpyxl.load_workbook(path, data_only=True)
        except (RefusedFileError, IndexError):  # a password; a minimal package that openpyxl stumbles on
            continue
        for sheet in book.sheets:
            if sheet.name in other.sheetnames:  # openpyxl misses the sheets of strict files
                theirs = [list(line) for line in other[sheet.name].iter_rows(values_only=True)]
                assert cells(list(sheet.rows)) == cells(theirs), f"{path.name}, {sheet.name}"
        agreed += 1
    assert agreed > 30
