from collections import Counter
from pathlib import Path

import pytest

from tests.imports import other_layouts, other_styles, unseen_offices
from tests.imports.other_styles.answers import books_of, write_books
from tests.imports.scoring import score

PACKAGES = (other_styles, other_layouts, unseen_offices)
BOOKS = [(package, name) for package in PACKAGES for name in books_of(package)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("books")
    for package in PACKAGES:
        write_books(package, found)
    return found


@pytest.fixture(scope="module")
def figures(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Counter[str], list[str]]]:
    results = tmp_path_factory.mktemp("results") / "results.jsonl"
    return {name: score(folder, name, results) for _, name in BOOKS}


@pytest.mark.parametrize("name", [name for _, name in BOOKS])
def test_a_file_of_another_office_loses_no_row_and_invents_none(
    figures: dict[str, tuple[Counter[str], list[str]]], name: str
) -> None:
    found, said = figures[name]
    assert found["rows"] > 0
    counts = ("row_lost", "junk_imported", "rows_invented", "record_count_wrong")
    assert {one: found[one] for one in counts} == dict.fromkeys(counts, 0), said


@pytest.mark.parametrize("name", [name for _, name in BOOKS])
def test_fields_of_a_file_of_another_office_are_read(
    figures: dict[str, tuple[Counter[str], list[str]]], name: str
) -> None:
    found, said = figures[name]
    assert found["field_ok"] >= 0.9 * found["fields"], said
    assert found["field_wrong_silent"] <= 0.0205 * found["fields"], said


def test_over_all_files_of_other_offices_the_targets_are_reached_within_two_points(
    figures: dict[str, tuple[Counter[str], list[str]]],
) -> None:
    total = sum((found for found, _ in figures.values()), Counter[str]())
    assert total["field_ok"] >= 0.975 * total["fields"]
    assert total["flags_found"] >= 0.95 * total["flags"]
    assert total["flag_extra"] <= 0.03 * total["rows"]
    assert total["good_row_refused"] <= 0.022 * total["rows"]
    assert total["error_missed"] <= 0.04 * total["errors"]
