"""Read files and say what an import would make of them, without any database."""

import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from ml_admin.cleaners import Context, Counsellor
from ml_admin.imports.analyse import analyse
from ml_admin.imports.analysis import Analysis
from ml_admin.imports.open import open_workbook
from ml_admin.imports.results import write_results
from ml_admin.imports.workbook import RefusedFileError

READ, REFUSED, USAGE = 0, 1, 2


class WrongOptionError(Exception):
    """An option that cannot be understood; the message is a French sentence."""


def dry_run(paths: Sequence[Path], context_json: Path | None, years: Iterable[str], results_path: Path | None) -> int:
    """Analyse each file, print a summary, write the results.

    `years`: '2019' for the files, 'SHEET=2019' for one sheet. Exit code: 0 every row recorded or explained, 1 a file was
    refused (the others are done), 2 usage.
    """
    try:
        context, picked = read_context(context_json), read_years(years)
        with ExitStack() as stack:
            out = stack.enter_context(_writable(results_path)) if results_path else None
            return max((_one_file(path, context, picked, out) for path in paths), default=READ)
    except WrongOptionError as error:
        print(error, file=sys.stderr)
        return USAGE


def _writable(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise WrongOptionError("Le fichier de résultats ne peut pas être écrit : vérifiez son dossier.") from error


def _one_file(path: Path, context: Context, years: dict[str | None, int], out: TextIO | None) -> int:
    try:
        workbook = open_workbook(path)
    except RefusedFileError as error:
        print(f"{path.name} : {error}", file=sys.stderr)
        return REFUSED
    except OSError:
        print(
            f"{path.name} : le fichier ne peut pas être ouvert. Vérifiez son nom et vos droits de lecture.",
            file=sys.stderr,
        )
        return REFUSED
    analysis = analyse(workbook, context, years)
    if out:
        write_results(analysis, out)
    for note in analysis.notes:
        print(f"{path.name} : {note}", file=sys.stderr)
    print(summary(analysis))
    return READ


def read_context(path: Path | None) -> Context:
    """Counsellors and reference date of a JSON file; today and nobody without one."""
    if path is None:
        return Context(date.today())  # noqa: DTZ011 - the day of whoever runs the command
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        counsellors = tuple(
            Counsellor(one["key"], one["last_name"], one["first_name"], one.get("initials") or "")
            for one in data.get("counsellors", ())
        )
        sites = tuple(map(str, data.get("sites", ())))
        return Context(date.fromisoformat(data["reference_date"]), counsellors=counsellors, sites=sites)
    except OSError as error:
        raise WrongOptionError("Le fichier de contexte ne peut pas être ouvert : vérifiez son nom.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongOptionError(
            "Le fichier de contexte n’a pas la forme attendue : reference_date et counsellors."
        ) from error


def read_years(options: Iterable[str]) -> dict[str | None, int]:
    """'2019' -> {None: 2019}; 'Suivi=2019' -> {'Suivi': 2019}."""
    years: dict[str | None, int] = {}
    for option in options:
        sheet, equals, year = option.rpartition("=")
        if not (year.strip().isdigit() and 1900 < int(year) < 2200):
            raise WrongOptionError(f"Année non comprise : « {option} ». Écrivez 2019, ou FEUILLE=2019.")
        years[sheet if equals else None] = int(year)
    return years


_OUTCOMES = (("record", "à enregistrer"), ("error", "à décider"), ("skip", "laissées de côté"))


def summary(analysis: Analysis) -> str:
    """A few French lines: what was recognised, how many rows."""
    lines = [analysis.file_name]
    for table in analysis.tables:
        where = table.sheet or "fichier"
        if table.entity is None:
            lines.append(f"  {where} : ignorée ({_WHY.get(table.why, table.why)})")
            continue
        counts = [f"{sum(row.outcome == code for row in table.rows)} {label}" for code, label in _OUTCOMES]
        doubles = sum(row.duplicate is not None for row in table.rows)
        lines.append(f"  {where} : {table.entity}, {', '.join(counts)}, {doubles} en double")
    return "\n".join(lines)


_WHY = {
    "empty sheet": "vide",
    "statistics": "statistiques",
    "value lists": "listes de valeurs",
    "mailing labels": "étiquettes d’envoi",
    "prose": "du texte",
    "staff": "des professionnels, sans fiche de jeune",
    "undated agenda": "agenda sans date ni année",
    "chosen": "à votre demande",
}
