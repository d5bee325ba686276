"""The life of an import in the database: read, planned, corrected, written, undone. Each step is one function.

A step takes an engine, not a session: long computing happens outside any transaction, the writing in one short one.
"""

import gc
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, Select, delete, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import BatchState, Verdict
from ml_admin.cleaners import Context, Counsellor
from ml_admin.column_types import now
from ml_admin.database import Actor, reading, writing
from ml_admin.imports import resumed, retention, round_trip, stage
from ml_admin.imports.analyse import analyse
from ml_admin.imports.analysis import Choice
from ml_admin.imports.column_facts import add_facts
from ml_admin.imports.doubts import doubts
from ml_admin.imports.kept_answers import keep_answers, lost_words
from ml_admin.imports.memory import Recalling, memories
from ml_admin.imports.open import open_workbook
from ml_admin.imports.plan import plan
from ml_admin.imports.records import PARIS
from ml_admin.imports.remarks import remarks
from ml_admin.imports.rows import Options, Row, Table
from ml_admin.imports.value_words import answers_of, take_up
from ml_admin.imports.workbook import RefusedFileError, Workbook
from ml_admin.permissions import Viewer, visible_imports
from ml_admin.text import without_nir

FOLDER = "imports"
OPEN = (BatchState.STAGED, BatchState.APPLYING, BatchState.APPLIED)

_CHUNK = 4_000  # staged rows in one transaction: others write in between
TRIES = 4
BUSY = "La base a changé pendant l’écriture, plusieurs fois de suite. Rien n’a été écrit : réessayez dans un instant."

Progress = Callable[[int, int, str], None]


class StepRefusedError(Exception):
    """A step that cannot be done; the message is a French sentence."""


def silent(done: int, total: int, message: str) -> None:
    return None


@contextmanager
def no_collection() -> Iterator[None]:
    """All that a reading builds stays until its end: looking for garbage among it costs a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


# --- Who may -----------------------------------------------------------------------------------------------------------


def visible(viewer: Viewer) -> Select[Any]:
    """The batches that the viewer may open."""
    return visible_imports(select(m.ImportBatch), viewer)


def find(session: Session, viewer: Viewer, batch_id: int) -> m.ImportBatch | None:
    """The batch of this key if the viewer may open it."""
    if not 0 < batch_id < 2**63:
        return None
    batch: m.ImportBatch | None = session.scalars(visible(viewer).where(m.ImportBatch.id == batch_id)).one_or_none()
    return batch


def actor_of(viewer: Viewer, batch_id: int | None = None) -> Actor:
    return Actor(viewer.account_id, viewer.label, batch_id)


# --- A file arrives ------------------------------------------------------------------------------------------------------


def create(
    session: Session,
    viewer: Viewer,
    data: Path,
    file_name: str,
    content: Iterator[bytes],
    options: Options | None = None,
) -> m.ImportBatch:
    """Keep a dropped file under a name of our own and open its batch, in the caller's transaction."""
    folder = data / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stored = uuid4().hex
    digest = hashlib.sha256()
    with (folder / stored).open("wb") as file:
        for block in content:
            digest.update(block)
            file.write(block)
    batch = m.ImportBatch(
        account_id=viewer.account_id,
        actor=viewer.label,
        site_id=viewer.site_id,
        file_name=shown_name(file_name),
        file_hash=digest.hexdigest(),
        stored_as=stored,
        options=asdict(options or Options()),
        state=BatchState.READING,
    )
    retention.keep_until(session, batch)
    session.add(batch)
    session.flush()
    return batch


def shown_name(file_name: str) -> str:
    """The last part of whatever a browser calls the file, in 200 characters."""
    name = "".join(char for char in file_name.replace("\\", "/").rpartition("/")[2] if char.isprintable()).strip()
    spaced, found = without_nir(name.replace("_", " "))  # an underscore sticks to digits as a letter does
    name = spaced.lstrip(". ") if found else name
    return name[-200:] or "fichier"


def stored_file(data: Path, batch: m.ImportBatch) -> Path | None:
    """Where the dropped file waits, or None once it is gone."""
    path = data / FOLDER / batch.stored_as if batch.stored_as else None
    return path if path is not None and path.is_file() else None


def forget_file(data: Path, stored_as: str | None) -> None:
    """Delete the dropped file; the batch keeps its hash."""
    if stored_as:
        with suppress(OSError):
            (data / FOLDER / stored_as).unlink(missing_ok=True)


# --- Reading and planning ------------------------------------------------------------------------------------------------


def context_of(session: Session, today: datetime | None = None) -> Context:
    """What cleaning knows of this office: the day, the counsellors and the sites."""
    day = (today or now()).astimezone(PARIS).date()
    query = select(m.Counsellor.last_name, m.Counsellor.first_name, m.Counsellor.initials)
    counsellors = tuple(
        Counsellor(f"{last} {first}", last, first, initials or "") for last, first, initials in session.execute(query)
    )
    sites = tuple(session.scalars(select(m.Site.name).order_by(m.Site.name)))
    return Context(day, counsellors=counsellors, sites=sites)


def read(engine: Engine, data: Path, batch_id: int, viewer: Viewer, progress: Progress = silent) -> None:
    """Read the dropped file of a batch, recognise it, compare it with the database and stage it.

    A file that cannot be read leaves the batch refused, with its French sentence.
    """
    with reading(engine) as session:
        batch = session.get_one(m.ImportBatch, batch_id)
        path, file_name, options, choices = (
            stored_file(data, batch),
            batch.file_name,
            stage.options_of(batch),
            _choices(batch),
        )
        recalled = [] if batch.options.get("blind") else memories(session)
        mode_chosen = bool(batch.options.get("mode_chosen")) or options.mode != Options().mode
        context, digest = context_of(session), batch.file_hash
    if path is None:
        return _refuse(
            engine,
            data,
            batch_id,
            "Le fichier n’est plus là : il est effacé une fois écrit ou abandonné. Déposez-le à nouveau.",
        )
    progress(0, 0, "Lecture du fichier")
    try:
        workbook = open_workbook(path, file_name)
    except RefusedFileError as error:
        return _refuse(engine, data, batch_id, str(error))
    progress(0, 0, "Reconnaissance des colonnes")
    again = _resumed(engine, batch_id, workbook, viewer)
    if again and again.origin:
        options, choices = _like_origin(again.origin, options, choices)
    with no_collection():
        years = {sheet or None: year for sheet, year in options.years.items()}
        apart = round_trip.set_apart(workbook)
        analysis = analyse(workbook, context, years, Recalling(apart.choices | choices, recalled))
        if again:
            resumed.leave_out(analysis, again)
        tables, rows = stage.rows_of(analysis)
        if again:
            resumed.remember(again, tables, rows)
        stage.add_samples(tables, analysis, workbook)
        add_facts(tables, analysis, workbook)
        options.mode = options.mode if mode_chosen else mode_before(tables) or options.mode
        options.protected = protected_fields(tables)
        options.keys = open_keys(tables, choices)
        apart.renumber(tables, rows)
        progress(0, len(rows), "Comparaison avec les fiches connues")
        with reading(engine) as session:
            take_up(rows, tables, answers_of(session, session.get_one(m.ImportBatch, batch_id)))
            usual = list(tables)
            said = list(round_trip.read_back(session, viewer, apart, tables, rows))
            lost = keep_answers(*load(session, batch_id), tables, rows)
            fresh = plan(session, rows, tables, viewer, options)
            notes = [
                *lost_words(lost),
                *(again.notes() if again else ()),
                *said,
                *analysis.notes,
                *remarks(session, batch_id, digest, viewer, usual, rows),
            ]
        _stage(engine, batch_id, tables, rows, fresh, notes, options, progress)
    return None


def mode_before(tables: Sequence[Table]) -> str:
    """The mode of the imports whose memory serves, when all agree."""
    modes = {table.options["recalled"]["mode"] for table in tables if table.options.get("recalled")}
    return modes.pop() if len(modes) == 1 else ""


def protected_fields(tables: Sequence[Table]) -> dict[str, list[str]]:
    """Entity -> fields of the columns that never replace a known value."""
    found: dict[str, list[str]] = {}
    for table in tables:
        for column in table.columns:
            if table.entity and column.get("protected") and column["meaning"]:
                found.setdefault(table.entity, []).extend(column["meaning"].split("+"))
    return found


def open_keys(tables: Sequence[Table], choices: Mapping[tuple[str | None, int], Choice]) -> list[int]:
    """Positions of the tables for which somebody asked that names, births and SIRET be corrected too."""
    asked = {place for place, choice in choices.items() if choice.keys}
    return [table.position for table in tables if (table.sheet, table.number or 1) in asked]


def _resumed(engine: Engine, batch_id: int, workbook: Workbook, viewer: Viewer) -> resumed.Resumed | None:
    """What a workbook that was given back says of its origin; the batch is tied to it."""
    with reading(engine) as session:
        again = resumed.take_up(session, workbook, viewer)
    if again and again.origin and again.origin.id != batch_id:
        with writing(engine, Actor(None, "Import")) as session:
            batch = session.get_one(m.ImportBatch, batch_id, with_for_update=True)
            batch.origin_id = again.origin.id
            batch.options = {**batch.options, "named_after": stage.options_of(again.origin).file_name}
    return again


def _like_origin(
    origin: m.ImportBatch, options: Options, choices: dict[tuple[str | None, int], Choice]
) -> tuple[Options, dict[tuple[str | None, int], Choice]]:
    """Read as the origin was: its years, its corrected recognition, the name of its file; what is chosen anew wins."""
    before = stage.options_of(origin)
    years = {**before.years, **options.years}
    read = {
        place: replace(choice, keys=False) for place, choice in _choices(origin).items()
    }  # asked for once, not twice
    return replace(options, years=years, file_name=before.file_name), {**read, **choices}


def _choices(batch: m.ImportBatch) -> dict[tuple[str | None, int], Choice]:
    """What a person corrected in the recognition."""
    return {
        (one["sheet"], one["rank"]): Choice(
            one.get("entity"),
            {int(index): key for index, key in one.get("fields", {}).items()},
            frozenset(one["protected"]) if "protected" in one else None,
            bool(one.get("keys")),
        )
        for one in batch.options.get("tables", [])
    }


def _refuse(engine: Engine, data: Path, batch_id: int, sentence: str) -> None:
    with writing(engine, Actor(None, "Import")) as session:
        batch = session.get_one(m.ImportBatch, batch_id)
        stored, batch.stored_as = batch.stored_as, None
        batch.state, batch.message = BatchState.REFUSED, without_nir(sentence)[0]
    forget_file(data, stored)


def _stage(
    engine: Engine,
    batch_id: int,
    tables: Sequence[Table],
    rows: Sequence[Row],
    fresh: Mapping[str, Sequence[int]],
    notes: Sequence[str],
    options: Options,
    progress: Progress,
) -> None:
    staging = Actor(None, "Import")
    with writing(engine, staging) as session:
        session.execute(delete(m.ImportTable).where(m.ImportTable.batch_id == batch_id))
        stage.store_tables(session, batch_id, tables)
    for start in range(0, len(rows), _CHUNK):
        with writing(engine, staging) as session:
            stage.store_rows(session, batch_id, tables, rows[start : start + _CHUNK])
        progress(min(start + _CHUNK, len(rows)), len(rows), "Préparation de l’aperçu")
    with writing(engine, staging) as session:
        batch = session.get_one(m.ImportBatch, batch_id)
        batch.state, batch.notes = BatchState.STAGED, list(notes)
        chosen = {"mode": options.mode, "protected": options.protected, "keys": options.keys, "doubts": doubts(tables)}
        batch.options = {**batch.options, **chosen, "fresh": dict(fresh)}
        batch.counts = stage.counts_of(session, batch)


def load(session: Session, batch_id: int) -> tuple[list[Table], list[Row]]:
    tables = stage.load_tables(session, batch_id)
    return tables, stage.load_rows(session, batch_id, tables)


# --- Afterwards ------------------------------------------------------------------------------------------------------


def remaining(counts: Mapping[str, int]) -> int:
    """Rows that still wait for somebody."""
    return counts.get(Verdict.DECIDE, 0) + counts.get(Verdict.REFUSED, 0)


def abandon(session: Session, data: Path, batch: m.ImportBatch) -> None:
    """Give an import up: what waits and both files go; what was written stays, with the lines that say where."""
    if batch.applied_at:
        session.execute(delete(m.ImportRow).where(m.ImportRow.batch_id == batch.id, m.ImportRow.written.is_(False)))
        stage.forget_samples(session, batch.id)
    else:
        session.execute(delete(m.ImportTable).where(m.ImportTable.batch_id == batch.id))
    files = batch.stored_as, batch.annotated_as
    batch.stored_as = batch.annotated_as = None
    batch.state = BatchState.APPLIED if batch.applied_at else BatchState.ABANDONED
    session.flush()
    batch.counts = stage.counts_of(session, batch)
    retention.keep_until(session, batch)
    session.flush()
    for name in files:
        forget_file(data, name)
