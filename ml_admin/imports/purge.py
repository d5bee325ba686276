"""What is erased: files and staged words whose time is over, and everything that imports hold of one person."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, String, and_, cast, delete, or_, select, update
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import BatchState
from ml_admin.column_types import now
from ml_admin.database import Actor, reading, writing
from ml_admin.imports import stage
from ml_admin.imports.batches import FOLDER, forget_file, remaining
from ml_admin.imports.records import MODELS, PARIS
from ml_admin.imports.resumed import EMPTY
from ml_admin.text import fold

ERASED: Final = "erased"  # cause of a row that held an erased person
_FORGOTTEN: Final = timedelta(days=1)  # a file that no import names was left by a death in mid-work
_ACTOR: Final = Actor(None, "Conservation")


@dataclass(frozen=True, slots=True)
class Purged:
    """How many imports were emptied, and how many files were deleted, those that no import named included."""

    batches: int
    files: int


def purge(engine: Engine, data: Path, instant: datetime | None = None) -> Purged:
    """Erase the files and the staged words of every import whose day has come; hash, counts and report stay."""
    present = instant or now()
    with reading(engine) as session:
        due = session.scalars(select(m.ImportBatch.id).where(m.ImportBatch.files_until < present)).all()
    files = 0
    for batch_id in due:
        with writing(engine, _ACTOR) as session:
            names = _empty(session, batch_id, present)
        for name in names:
            forget_file(data, name)
        files += len(names)
    return Purged(len(due), files + _sweep(engine, data, present))


def _empty(session: Session, batch_id: int, present: datetime) -> list[str]:
    batch = session.get_one(m.ImportBatch, batch_id, with_for_update=True)
    if batch.files_until is None or batch.files_until >= present:
        return []  # somebody took it up meanwhile
    names = [name for name in (batch.stored_as, batch.annotated_as) if name]
    batch.stored_as = batch.annotated_as = batch.files_until = None
    waiting = remaining(batch.counts or {})
    if batch.applied_at:
        waits = and_(m.ImportRow.batch_id == batch_id, m.ImportRow.written.is_(False))
        session.execute(delete(m.ImportRow).where(waits))
        stage.forget_samples(session, batch_id)
    else:
        session.execute(delete(m.ImportTable).where(m.ImportTable.batch_id == batch_id))
        if batch.state is not BatchState.REFUSED:
            batch.state = BatchState.ABANDONED
    session.flush()
    batch.report = {**batch.report, "purged_at": present.isoformat(), "lost": waiting}
    batch.counts = stage.counts_of(session, batch)
    return names


def _sweep(engine: Engine, data: Path, present: datetime) -> int:
    """Files of the folder that no import names any more."""
    with reading(engine) as session:
        named = set(session.scalars(select(m.ImportBatch.stored_as)))
        named |= set(session.scalars(select(m.ImportBatch.annotated_as)))
    left = [path for path in _files(data / FOLDER) if path.name not in named]
    old = [path for path in left if datetime.fromtimestamp(path.stat().st_mtime, PARIS) < present - _FORGOTTEN]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


# --- Erasure of a person -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Erased:
    """Staged rows emptied, imports that held the person, files deleted with them."""

    rows: int
    batches: int
    files: tuple[str, ...]


def erase_person(session: Session, data: Path, person: m.YoungPerson) -> Erased:
    """Empty every staged row that speaks of this person and delete the files of the imports that hold them.

    A file is deleted whole: its other rows stay staged, but can no longer be read again from it. Rows are found by the
    record that they match or are tied to, and by the same names with the same birth date or none. The caller commits;
    it calls `journal.forget` beside this.
    """
    lines = list(_rows_of(session, person))
    imports = {batch for _, batch in lines} | set(_imports_that_wrote(session, person))
    if lines:
        emptied = {"written": True, "cause": ERASED, **EMPTY}
        session.execute(update(m.ImportRow), [{"id": key, **emptied} for key, _ in lines])
    files: list[str] = []
    for batch in session.scalars(select(m.ImportBatch).where(m.ImportBatch.id.in_(imports)).with_for_update()):
        files += [name for name in (batch.stored_as, batch.annotated_as) if name]
        batch.stored_as = batch.annotated_as = None
        stage.forget_samples(session, batch.id)
        session.flush()
        batch.counts = stage.counts_of(session, batch)
    session.flush()
    for name in files:
        forget_file(data, name)
    return Erased(len(lines), len(imports), tuple(files))


def _imports_that_wrote(session: Session, person: m.YoungPerson) -> Collection[int]:
    j = m.Journal
    lines = select(j.batch_id).where(j.table_name == "young_person", j.record_id == person.id, j.batch_id.is_not(None))
    return session.scalars(lines.distinct()).all()  # type: ignore[return-value]


def _rows_of(session: Session, person: m.YoungPerson) -> Iterator[tuple[int, int]]:
    """(key, import) of the rows that wait and speak of the person."""
    r = m.ImportRow
    people = select(m.ImportTable.id).where(m.ImportTable.entity.in_(_of_people()))
    words = f'%"id:{person.id}"%'
    tied = or_(cast(r.matches, String).like(words), cast(r.links, String).like(words))
    query = select(r.id, r.batch_id, r.target_id, r.records, tied, m.ImportTable.entity)
    query = query.join(m.ImportTable, m.ImportTable.id == r.table_id).where(
        r.written.is_(False), r.table_id.in_(people)
    )
    for key, batch, target, records, is_tied, entity in session.execute(query.execution_options(yield_per=1_000)):
        own = entity == "young_person" and target == person.id
        if own or is_tied or any(_is(person, record) for record in records):
            yield key, batch


def _of_people() -> list[str]:
    return [entity for entity in MODELS if entity not in ("employer", "partner", "job_dating_employer")]


def _is(person: m.YoungPerson, record: dict[str, Any]) -> bool:
    same = all(fold(str(record.get(name) or "")) == fold(getattr(person, name)) for name in ("last_name", "first_name"))
    born = record.get("birth_date")
    return same and (not born or person.birth_date is None or born == person.birth_date.isoformat())
