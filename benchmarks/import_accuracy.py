"""How exactly workbooks are read: the sixteen reference workbooks, and the files that the tests write in other styles and layouts.

    uv run --group test benchmarks/import_accuracy.py [--details] [--only reference|styles|layouts|unseen]

Runs the dry run of the import as the user of each file would (with its year), scores the results with `tools/score_import.py` of
the reference folder (`ML_SHARED`) and prints a figure and its target a line. Exits 1 when one is missed, 2 when files are missing.
"""

import argparse
import contextlib
import gzip
import importlib
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ml_admin.imports.dry_run import READ, dry_run

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ML_SHARED", ROOT.parent / "shared"))
SCORER = SHARED / "tools" / "score_import.py"
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "imports")]  # as the tests find them
# name of the scorer -> (target, whether more is better); see the specification of the import
TARGETS = {
    "row_lost": (0, False),
    "junk_imported": (0, False),
    "rows_invented": (0, False),
    "record_count_wrong": (0, False),
    "dup_false_lookalike": (0, False),
    "field_ok_%": (99.5, True),
    "field_ok_%_mean_of_files": (99.0, True),
    "field_wrong_silent_%": (0.05, False),
    "flag_recall_%": (97.0, True),
    "flag_extra_%_of_rows": (1.0, False),
    "good_row_refused_%": (0.2, False),
    "error_missed_%": (2.0, False),
    "dup_right_target_%": (95.0, True),
    "dup_precision_%": (98.0, True),
}
SLACK = 2.0  # points that files in other styles may lose
OWN = {
    "styles": "tests.imports.other_styles",
    "layouts": "tests.imports.other_layouts",
    "unseen": "tests.imports.unseen_offices",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--details", action="store_true", help="the scorer's own table as well")
    parser.add_argument("--only", choices=("reference", *OWN))
    options = parser.parse_args()
    if not SCORER.is_file():
        print(f"missing: {SCORER.name} (give the folder of reference workbooks in ML_SHARED)", file=sys.stderr)
        sys.exit(2)
    missed = 0
    for name in (options.only,) if options.only else ("reference", *OWN):
        with tempfile.TemporaryDirectory() as folder:
            books = SHARED / "legacy" if name == "reference" else _written(OWN[name], Path(folder))
            missed += _report(name, books, Path(folder) / "results.jsonl", options.details)
    sys.exit(1 if missed else 0)


def _written(package: str, folder: Path) -> Path:
    answers = importlib.import_module("tests.imports.other_styles.answers")
    try:
        answers.write_books(importlib.import_module(package), folder)
    except ModuleNotFoundError as error:
        print(f"missing: {error.name}", file=sys.stderr)
        sys.exit(2)
    return folder


def _report(name: str, books: Path, results: Path, details: bool) -> int:
    """Figures missed."""
    answers = [_lines(path) for path in sorted(books.glob("*.expected.jsonl*"))]
    if not answers:
        print(f"missing: answer files of {name}", file=sys.stderr)
        sys.exit(2)
    for lines in answers:
        _read(books, lines, results)
    if details:
        print(_scored(books, results))
    figures: dict[str, Any] = json.loads(_scored(books, results, "--json"))["total"]
    print(f"## {name}: {len(answers)} files, {figures['rows']} rows")
    slack = 0.0 if name == "reference" else SLACK
    return sum(_say(what, figures[what], target, more, slack) for what, (target, more) in TARGETS.items())


def _lines(path: Path) -> list[dict[str, Any]]:
    packed = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in packed.decode("utf-8").splitlines()]


def _read(books: Path, lines: list[dict[str, Any]], results: Path) -> None:
    """Add what the dry run makes of one file, with the years that its user would pick."""
    years = [str(lines[0]["year"])] if lines[0].get("year") else []
    years += [f"{one['sheet']}={one['year']}" for one in lines if one["type"] == "sheet" and one.get("year")]
    own = results.with_suffix(".one")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        code = dry_run([books / lines[0]["file"]], books / "context.json", years, own)
    if code != READ:
        sys.exit(f"{lines[0]['file']}: {said.getvalue()}")
    with results.open("a", encoding="utf-8") as gathered:
        gathered.write(own.read_text(encoding="utf-8"))


def _scored(books: Path, results: Path, *options: str) -> str:
    command = [sys.executable, str(SCORER), str(books), str(results), *options]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _say(what: str, figure: float | None, target: float, more: bool, slack: float) -> bool:
    """Whether it is missed; nothing to measure is no miss. Counts that must be 0 bear no slack."""
    slack = slack if "%" in what else 0.0
    bound = target - slack if more else target + slack
    reached = figure is None or (figure >= bound if more else figure <= bound)
    print(f"{'ok    ' if reached else 'MISSED'} {what}: {figure} (target {'>=' if more else '<='} {bound:g})")
    return not reached


if __name__ == "__main__":
    main()
