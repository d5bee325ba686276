import gzip
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ml_admin.imports.analyse import analyse
from ml_admin.imports.dry_run import read_context
from ml_admin.imports.open import open_workbook
from ml_admin.imports.results import write_results


def answers(path: Path) -> list[dict[str, Any]]:
    packed = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in packed.decode("utf-8").splitlines()]


def results_of(folder: Path, lines: list[dict[str, Any]]) -> str:
    """As its user would import it, with the years of the file and of its sheets."""
    years = {line["sheet"]: line["year"] for line in lines if line["type"] == "sheet" and line.get("year")}
    analysis = analyse(
        open_workbook(folder / lines[0]["file"]),
        read_context(folder / "context.json"),
        {None: lines[0]["year"], **years},
    )
    out = io.StringIO()
    write_results(analysis, out)
    return out.getvalue()


@pytest.fixture(scope="module")
def score(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    shared: Path = request.getfixturevalue("shared")
    folder, results = shared / "legacy", tmp_path_factory.mktemp("results") / "results.jsonl"
    found = [answers(path) for path in sorted(folder.glob("*.expected.jsonl*"))]
    results.write_text("".join(results_of(folder, lines) for lines in found), encoding="utf-8")
    command = [sys.executable, str(shared / "tools" / "score_import.py"), str(folder), str(results), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout)["total"])


def test_no_row_is_lost_invented_or_wrongly_refused(score: dict[str, Any]) -> None:
    names = ("row_lost", "junk_imported", "rows_invented", "error_missed", "good_row_refused", "record_count_wrong")
    assert {name: score[name] for name in names} == dict.fromkeys(names, 0)


def test_fields_are_right_and_none_is_wrong_in_silence(score: dict[str, Any]) -> None:
    assert score["field_ok_%_mean_of_files"] >= 99.9
    assert score["field_wrong_silent_%"] <= 0.01


def test_what_is_lost_is_said_and_what_is_sure_is_not(score: dict[str, Any]) -> None:
    assert score["flag_code_%"] >= 99.9
    assert score["flag_extra_%_of_rows"] <= 0.1


def test_duplicates_are_found_and_look_alikes_left_alone(score: dict[str, Any]) -> None:
    assert score["dup_recall_%"] >= 99.5
    assert score["dup_precision_%"] >= 99.5
