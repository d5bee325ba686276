"""The `import` command on the database: sure rows are written, the others wait on the screen."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Engine, select

from ml_admin import models as m
from ml_admin.choices import BatchState, RoleName, Scope, Verdict
from ml_admin.cleaners import Context, Counsellor
from ml_admin.database import Actor, reading, writing
from ml_admin.imports import round_trip, stage
from ml_admin.imports.analyse import analyse
from ml_admin.imports.batch_writing import write_new
from ml_admin.imports.batches import (
    StepRefusedError,
    context_of,
    mode_before,
    no_collection,
    protected_fields,
    shown_name,
)
from ml_admin.imports.column_facts import add_facts
from ml_admin.imports.dry_run import READ, REFUSED, USAGE, WrongOptionError, read_context, read_years
from ml_admin.imports.memory import Recalling, memories
from ml_admin.imports.open import open_workbook
from ml_admin.imports.plan import plan
from ml_admin.imports.remarks import left_by_choice
from ml_admin.imports.results import write_results
from ml_admin.imports.rows import MODES, Options, Row, Table
from ml_admin.imports.shapes import recalled_words
from ml_admin.imports.value_words import answers_of, take_up
from ml_admin.imports.workbook import RefusedFileError
from ml_admin.permissions import Viewer

# whoever may run a command on the machine may already read the database
OPERATOR = Viewer(role=RoleName.ADMINISTRATOR, scope=Scope.ALL, label="Ligne de commande")


def run_import(
    engine: Engine,
    paths: Sequence[Path],
    context_json: Path | None,
    years: Iterable[str],
    results_path: Path | None = None,
    *,
    against_database: bool = False,
) -> int:
    """Import each file: its sure rows are written, the rows to decide stay staged for the screen.

    `years`: '2019' for the files, 'SHEET=2019' for one sheet. `against_database`: only say what would happen, write
    nothing. The counsellors of `context_json` that are missing are added. Exit code: 0 every row was recorded or
    explained, 1 a file was refused (the others are done), 2 usage.
    """
    try:
        given, picked = (read_context(context_json) if context_json else None), read_years(years)
    except WrongOptionError as error:
        print(error, file=sys.stderr)
        return USAGE
    if given and not against_database:
        _add_counsellors(engine, given.counsellors)
    with reading(engine) as session:
        context = _merged(context_of(session), given)
    code = READ
    with ExitStack() as stack:
        out = stack.enter_context(results_path.open("w", encoding="utf-8")) if results_path else None
        for path in paths:
            code = max(code, _one_file(engine, path, context, picked, out, write=not against_database))
    return code


def _add_counsellors(engine: Engine, counsellors: Iterable[Counsellor]) -> None:
    with writing(engine, Actor(None, OPERATOR.label)) as session:
        known = {
            (last, first) for last, first in session.execute(select(m.Counsellor.last_name, m.Counsellor.first_name))
        }
        session.add_all(
            m.Counsellor(last_name=one.last_name, first_name=one.first_name, initials=one.initials[:5] or None)
            for one in counsellors
            if (one.last_name, one.first_name) not in known
        )


def _merged(present: Context, given: Context | None) -> Context:
    """The day of the context file, and its counsellors beside those of the database, whose sites alone are known."""
    if given is None:
        return present
    keys = {one.key for one in given.counsellors}
    others = tuple(one for one in present.counsellors if one.key not in keys)
    return replace(given, counsellors=(*given.counsellors, *others), sites=present.sites)


def _one_file(
    engine: Engine, path: Path, context: Context, years: Mapping[str | None, int], out: TextIO | None, *, write: bool
) -> int:
    try:
        workbook = open_workbook(path)
        digest = sha256(path.read_bytes()).hexdigest()
    except RefusedFileError as error:
        return _refused(path, str(error))
    except OSError:
        return _refused(path, "le fichier ne peut pas être ouvert. Vérifiez son nom et vos droits de lecture.")
    with no_collection():
        apart = round_trip.set_apart(workbook)
        with reading(engine) as session:
            recalled, answers = memories(session), answers_of(session, m.ImportBatch(options={}))
        analysis = analyse(workbook, context, years, Recalling(apart.choices, recalled))
        if out:
            write_results(analysis, out)
        tables, rows = stage.rows_of(analysis)
        add_facts(tables, analysis, workbook)
        del workbook
        apart.renumber(tables, rows)
        answered = take_up(rows, tables, answers)
        usual = [*_recalled(tables, len(answered)), *left_by_choice(tables)]
        with reading(engine) as session:
            notes = [*round_trip.read_back(session, OPERATOR, apart, tables, rows), *usual, *analysis.notes]
        for note in notes:
            print(f"{path.name} : {note}", file=sys.stderr)
        del analysis
        options = Options(years={sheet or "": year for sheet, year in years.items()}, file_name=path.name)
        options.mode, options.protected = mode_before(tables) or options.mode, protected_fields(tables)
        try:
            _finish(engine, path, digest, tables, rows, options, notes, write=write)
        except StepRefusedError as error:
            return _refused(path, str(error))
    return READ


def _recalled(tables: Sequence[Table], answered: int) -> Iterator[str]:
    """What was read as somebody had it read before, in French sentences."""
    for table in tables:
        if words := recalled_words(table.options.get("recalled")):
            yield f"«\u00a0{table.sheet or 'le fichier'}\u00a0»\u00a0: {words[0].lower()}{words[1:]}."
    mode = mode_before(tables)
    if mode and mode != Options().mode:
        yield f"Comme la dernière fois\u00a0: {MODES[mode].lower()}."
    if answered:
        yield f"Réponses des imports précédents reprises dans {_number(answered, 'ligne', 'lignes')}."


def _refused(path: Path, sentence: str) -> int:
    print(f"{path.name} : {sentence}", file=sys.stderr)
    return REFUSED


def _finish(
    engine: Engine,
    path: Path,
    digest: str,
    tables: list[Table],
    rows: list[Row],
    options: Options,
    notes: list[str],
    *,
    write: bool,
) -> None:
    if not write:
        with reading(engine) as session:
            plan(session, rows, tables, OPERATOR, options)
        print(_foreseen(path.name, rows))
        return
    batch = m.ImportBatch(
        actor=OPERATOR.label,
        file_name=shown_name(path.name),
        file_hash=digest,
        state=BatchState.APPLYING,
        notes=notes,
        options={
            "years": options.years,
            "mode": options.mode,
            "source": options.source,
            "protected": options.protected,
        },
    )
    report = write_new(engine, OPERATOR, batch, tables, rows, options)
    print(_written(path.name, rows, report))


_SAID = {
    Verdict.CREATE: ("à créer", "à créer"),
    Verdict.UPDATE: ("à mettre à jour", "à mettre à jour"),
    Verdict.UNCHANGED: ("inchangée", "inchangées"),
    Verdict.DECIDE: ("à décider", "à décider"),
    Verdict.REFUSED: ("refusée", "refusées"),
    Verdict.DELETE: ("à supprimer", "à supprimer"),
    Verdict.SKIP: ("laissée de côté", "laissées de côté"),
}


def _number(number: int, one: str, several: str) -> str:
    return f"{number} {one if number < 2 else several}"


def _counted(rows: Sequence[Row], *verdicts: Verdict) -> str:
    numbers = Counter(row.verdict for row in rows)
    return ", ".join(_number(numbers[verdict], *_SAID[verdict]) for verdict in verdicts)


def _foreseen(name: str, rows: Sequence[Row]) -> str:
    deleted = any(row.verdict is Verdict.DELETE for row in rows)
    return f"{name} : {_counted(rows, *(one for one in _SAID if one is not Verdict.DELETE or deleted))}"


def _written(name: str, rows: Sequence[Row], report: Mapping[str, Any]) -> str:
    numbers = Counter(row.verdict for row in rows)
    lines = f"{_number(numbers[Verdict.CREATE], 'ligne créée', 'lignes créées')}, {_number(numbers[Verdict.UPDATE], 'mise à jour', 'mises à jour')}"
    made = _number(sum(report["created"].values()), "fiche créée", "fiches créées")
    changed = _number(sum(report["updated"].values()), "modifiée", "modifiées")
    left = _counted(rows, Verdict.UNCHANGED, Verdict.DECIDE, Verdict.REFUSED)
    return f"{name} : {lines} ({made}, {changed}), {left}"
