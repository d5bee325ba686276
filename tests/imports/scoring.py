"""Compares what an import read with the answers of a generated file, by the names of the specification."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ml_admin.imports.analyse import analyse
from ml_admin.imports.dry_run import read_context
from ml_admin.imports.open import open_workbook
from ml_admin.imports.results import write_results

_NOT_A_SHEET = (".csv", ".txt", ".tsv")
Line = Mapping[str, Any]


def score(folder: Path, name: str, results: Path) -> tuple[Counter[str], list[str]]:
    """(figures, first differences in words) of one file of `folder`, read with the years that its user would pick."""
    answers = [json.loads(line) for line in (folder / f"{name}.expected.jsonl").read_text("utf-8").splitlines()]
    years = {line["sheet"]: line["year"] for line in answers if line["type"] == "sheet" and line.get("year")}
    if answers[0]["year"]:
        years[None] = answers[0]["year"]
    with results.open("w", encoding="utf-8") as out:
        write_results(analyse(open_workbook(folder / name), read_context(folder / "context.json"), years), out)
    read = [json.loads(line) for line in results.read_text("utf-8").splitlines()]
    return _compared(answers[1:], {_key(name, line): line for line in read}, name)


def _key(name: str, line: Line) -> tuple[Any, ...]:
    sheet = None if name.lower().endswith(_NOT_A_SHEET) else line["sheet"]
    return sheet, line["row"], line.get("table")


def _compared(answers: Iterable[Line], read: dict[tuple[Any, ...], Line], name: str) -> tuple[Counter[str], list[str]]:
    figures: Counter[str] = Counter()
    said: list[str] = []
    seen = set()
    for want in (line for line in answers if line["type"] == "row"):
        key = _key(name, want)
        key = key if key in read else (*key[:2], None)
        seen.add(key)
        figures["rows"] += 1
        _row(want, read.get(key, {"outcome": "skip"}), figures, said)
    figures["rows_invented"] = sum(line["outcome"] == "record" for key, line in read.items() if key not in seen)
    return figures, said[:20]


def _row(want: Line, got: Line, figures: Counter[str], said: list[str]) -> None:
    if want["outcome"] == "skip":
        figures["junk_imported"] += got["outcome"] == "record"
        return
    if got["outcome"] == "skip":
        figures["row_lost"] += 1
        return
    figures["errors"] += want["outcome"] == "error"
    figures["error_missed"] += want["outcome"] == "error" != got["outcome"]
    figures["good_row_refused"] += want["outcome"] == "record" != got["outcome"]
    figures["record_count_wrong"] += len(want["records"]) != len(got["records"])
    expected, flagged = _flags(want), _flags(got)
    figures["flags"] += len(expected)
    figures["flags_found"] += len(expected & flagged)
    figures["flag_extra"] += len({field for field, _ in flagged} - {field for field, _ in expected})
    for right, found in zip(sorted(want["records"], key=_order), sorted(got["records"], key=_order), strict=False):
        _fields(want["row"], right, found, {field for field, _ in flagged}, figures, said)
    if flagged != expected:
        said.append(f"row {want['row']}: flags {sorted(flagged ^ expected)}")


def _fields(row: Any, right: Line, found: Line, flagged: set[str], figures: Counter[str], said: list[str]) -> None:
    for name, value in right.items():
        same = _plain(name, value) == _plain(name, found.get(name))
        figures["fields"] += 1
        figures["field_ok"] += same
        figures["field_wrong_silent"] += not same and _plain(name, found.get(name)) is not None and name not in flagged
        if not same:
            said.append(f"row {row}: {name} is {found.get(name)!r} instead of {value!r}")


def _flags(line: Line) -> set[tuple[str, str]]:
    return {(one["field"], one["code"]) for kind in ("warnings", "errors") for one in line.get(kind, ())}


def _order(record: Line) -> tuple[str, ...]:
    return str(record.get("employer")), str(record.get("slot")), str(record.get("last_name"))


def _plain(name: str, value: Any) -> Any:
    """Compared as the specification says: no case in names, no accents in cities, 1.0 is 1."""
    if value in (None, "", []):
        return None
    if isinstance(value, list):
        return sorted(_plain(name, one) for one in value)
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", " ".join(value.replace("’", "'").split())).casefold()
    if name == "city":
        bare = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
        return re.sub(r"\bst(e?)\b", r"saint\1", re.sub(r"[^a-z0-9]+", " ", bare)).strip()
    return text
