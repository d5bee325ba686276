"""What an import should give of a generated file, written as the specification of imports asks."""

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

CONTEXT = {
    "reference_date": "2025-09-10",
    "counsellors": [
        {"key": "FAUVEL Nora", "last_name": "FAUVEL", "first_name": "Nora", "initials": "NF"},
        {"key": "ROQUE Denis", "last_name": "ROQUE", "first_name": "Denis", "initials": "DR"},
        {"key": "DE ROSA Élise", "last_name": "DE ROSA", "first_name": "Élise", "initials": "EDR"},
        {"key": "NAUDIN Flore", "last_name": "NAUDIN", "first_name": "Flore", "initials": "FN"},
        {"key": "NAUDIN Marc-Antoine", "last_name": "NAUDIN", "first_name": "Marc-Antoine", "initials": "MAN"},
        {"key": "TRAORÉ Aïssata", "last_name": "TRAORÉ", "first_name": "Aïssata", "initials": "AT"},
    ],
    "sites": ["Antenne de Loudéac", "Siège de Guingamp", "Antenne de Saint-Brieuc"],
}
Said = Iterable[tuple[str, str]]  # (field, code)


class Answers:
    """The lines of one `NAME.expected.jsonl`, gathered while the generator writes its file."""

    def __init__(self, name: str, *, date_system: int = 1900, year: int | None = None) -> None:
        """`year`: what the user would pick as the year of the file; the format is the extension of `name`."""
        self.name = name
        first = {"type": "file", "file": name, "format": name.rpartition(".")[2], "date_system": date_system}
        self.lines: list[dict[str, Any]] = [{**first, "year": year}]

    def sheet(
        self,
        sheet: str | None,
        entity: str | None,
        header_rows: Iterable[int] = (),
        columns: Mapping[str, Any] | None = None,
        *,
        layout: str = "table",
        table: int | None = None,
        year: int | None = None,
    ) -> None:
        """One table; `columns`: letter -> field, fields, {"employer": name} or None."""
        line = {"type": "sheet", "sheet": sheet, "entity": entity, "layout": layout, "header_rows": list(header_rows)}
        self._add(line | {"columns": dict(columns or {})}, table=table, year=year)

    def row(
        self,
        sheet: str | None,
        row: int | None,
        entity: str,
        *records: Mapping[str, Any],
        table: int | None = None,
        errors: Said = (),
        warnings: Said = (),
        duplicate_of: Mapping[str, Any] | None = None,
        not_duplicate_of: Mapping[str, Any] | None = None,
        marks: Mapping[str, Any] | None = None,
    ) -> None:
        """A row that is read; with errors a person must decide first."""
        outcome = "error" if (errors := list(errors)) else "record"
        line = {"type": "row", "sheet": sheet, "row": row, "entity": entity, "outcome": outcome, "records": records}
        said = {"errors": _codes(errors), "warnings": _codes(warnings)}
        alike = {"duplicate_of": duplicate_of, "not_duplicate_of": not_duplicate_of}
        self._add(line, table=table, **said, **alike, marks=marks)

    def skip(self, sheet: str | None, row: int, why: str, *, table: int | None = None) -> None:
        """A row that holds nobody: title, note, section, total, repeated header."""
        self._add({"type": "row", "sheet": sheet, "row": row, "outcome": "skip", "why": why}, table=table)

    def _add(self, line: dict[str, Any], **more: Any) -> None:
        self.lines.append(line | {name: value for name, value in more.items() if value})

    def write(self, folder: Path) -> None:
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in self.lines)
        (folder / f"{self.name}.expected.jsonl").write_text(text, encoding="utf-8")


def _codes(said: Said) -> list[dict[str, str]]:
    return [{"field": field, "code": code} for field, code in said]


def write_books(package: ModuleType, folder: Path) -> list[str]:
    """Every file of a package's generators with its answers, and `context.json`; the names of the files."""
    (folder / "context.json").write_text(json.dumps(CONTEXT, ensure_ascii=False), encoding="utf-8")
    books = books_of(package)
    for write in books.values():
        write(folder)
    return sorted(books)


def books_of(package: ModuleType) -> dict[str, Callable[[Path], None]]:
    """File name -> its generator, over all modules of the package."""
    found: dict[str, Callable[[Path], None]] = {}
    for one in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        found |= getattr(importlib.import_module(one.name), "BOOKS", {})
    return found
