import io
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import other_layouts
import pytest
from other_styles.answers import books_of, write_books

from ml_admin.imports.analyse import analyse
from ml_admin.imports.analysis import Analysis
from ml_admin.imports.dry_run import read_context
from ml_admin.imports.open import open_workbook
from ml_admin.imports.results import write_results

BOOKS = sorted(books_of(other_layouts))
Key = tuple[str | None, int | None, int | None]  # sheet, table, row


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("layouts")
    write_books(other_layouts, made)
    return made


def answers(folder: Path, name: str) -> list[dict[str, Any]]:
    text = (folder / f"{name}.expected.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def read(folder: Path, name: str) -> Analysis:
    year = answers(folder, name)[0]["year"]
    return analyse(open_workbook(folder / name), read_context(folder / "context.json"), {None: year} if year else {})


def rows_of(analysis: Analysis) -> dict[Key, dict[str, Any]]:
    out = io.StringIO()
    write_results(analysis, out)
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    return {(line["sheet"], line.get("table"), line["row"]): line for line in found}


def pairs(expected: dict[str, Any], got: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    def order(record: dict[str, Any]) -> list[str]:
        return [str(record.get(name)) for name in ("date", "employer", "counsellor", "slot", "last_name")]

    return zip(sorted(expected["records"], key=order), sorted(got["records"], key=order), strict=True)


@pytest.mark.parametrize("name", BOOKS)
def test_every_row_of_another_layout_is_read_as_its_author_meant(folder: Path, name: str) -> None:
    found = rows_of(read(folder, name))
    wrong = []
    for line in answers(folder, name):
        if line["type"] != "row" or line["outcome"] == "skip":
            continue
        key = (line["sheet"], line.get("table"), line["row"])
        got = found.get(key, {"outcome": "lost", "records": []})
        same = got["outcome"] == line["outcome"] and len(got["records"]) == len(line["records"])
        if not same:
            wrong.append((key, line["outcome"], got["outcome"]))
            continue
        for expected, record in pairs(line, got):
            wrong += [
                (key, field, value, record.get(field))
                for field, value in expected.items()
                if (record.get(field) if record.get(field) != [] else None) != value
            ]
    assert wrong == []


@pytest.mark.parametrize("name", BOOKS)
def test_nothing_but_its_rows_is_read_of_another_layout(folder: Path, name: str) -> None:
    kept = {
        (line["sheet"], line.get("table"), line["row"])
        for line in answers(folder, name)
        if line["type"] == "row" and line.get("records")
    }
    read_as_data = {
        key for key, line in rows_of(read(folder, name)).items() if line["outcome"] != "skip" and line["records"]
    }
    assert read_as_data == kept


@pytest.mark.parametrize("name", BOOKS)
def test_each_sheet_has_the_layout_that_its_author_gave_it(folder: Path, name: str) -> None:
    wanted, found = defaultdict(set), defaultdict(set)
    for line in answers(folder, name):
        if line["type"] == "sheet":
            wanted[line["sheet"]].add((line["entity"], line["layout"]))
    for table in read(folder, name).tables:
        found[table.sheet].add((table.entity, table.layout))
    assert found == wanted


def test_what_an_ignored_sheet_is_and_what_an_agenda_sets_aside_is_said(folder: Path) -> None:
    drawer = {table.sheet: table.why for table in read(folder, "classeur du bureau.xlsx").tables if not table.entity}
    assert drawer == {
        "Étiquettes": "mailing labels",
        "Bilan 2024": "statistics",
        "Listes": "value lists",
        "Feuil6": "empty sheet",
        "À lire": "prose",
    }
    notes = read(folder, "agenda équipe.xlsx").notes
    assert any("4 cases ne nomment personne" in note and "CONGÉS" in note for note in notes)
