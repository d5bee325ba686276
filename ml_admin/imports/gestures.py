"""A gesture on a staged import: what somebody answers or corrects, and the few rows that it moves, planned again."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.database import reading, writing
from ml_admin.imports import stage
from ml_admin.imports.batches import BUSY, OPEN, TRIES, StepRefusedError, actor_of
from ml_admin.imports.nearby import ATTACHED, PEOPLE_AND_FIRMS, Staged, face, names_of, rows_near
from ml_admin.imports.plan import plan
from ml_admin.imports.rows import Options, Row
from ml_admin.permissions import Viewer

_EVENTS = ("job_dating_registration", "job_dating_slot", "job_dating_employer")
_ROUNDS = 20  # each adds the rows that the one before has moved; files met so far need three

_CHANGED = (
    "Un collègue vient de changer cette ligne : la voici telle qu’elle est. Refaites votre geste s’il le faut encore."
)


def _nothing(session: Session, batch: m.ImportBatch) -> None:
    return None


def gesture(
    engine: Engine,
    batch_id: int,
    viewer: Viewer,
    change: Callable[[Staged], Collection[int]],
    note: Callable[[Session, m.ImportBatch], None] = _nothing,
    *,
    answered: bool = True,
) -> set[int]:
    """Let `change` correct rows or record answers in those it asks of `Staged`, and plan them again with the rows that
    they move; positions of the rows that now differ.

    `note` keeps what goes with the change, in the transaction that saves it. `answered`: somebody said something, whose
    name is kept. All is read and planned outside the writing; a batch that somebody else changed meanwhile is read again.
    Raises StepRefusedError with a French sentence.
    """
    seen: dict[int, tuple[Any, ...]] = {}
    for _ in range(TRIES):
        with reading(engine) as session:
            batch = session.get_one(m.ImportBatch, batch_id)
            version, options = batch.version, stage.options_of(batch)
            staged = Staged.of(session, batch_id)
            asked = change(staged)
            if any(staged.before[position] != before for position, before in seen.items() if position in staged.before):
                raise StepRefusedError(_CHANGED)  # what was answered was asked of another state
            seen = {position: staged.before[position] for position in asked if position in staged.before}
            plan_again(staged, viewer, options, asked)
        moved = staged.moved()
        if _save(engine, batch_id, viewer, version, moved, len(asked) if answered else 0, note):
            return {row.position for row in moved} | set(asked)
    raise StepRefusedError(BUSY)


def _save(
    engine: Engine,
    batch_id: int,
    viewer: Viewer,
    version: int,
    rows: Sequence[Row],
    asked: int,
    note: Callable[[Session, m.ImportBatch], None],
) -> bool:
    """False when somebody else has changed the batch since this version."""
    with writing(engine, actor_of(viewer)) as session:
        batch = session.get_one(m.ImportBatch, batch_id, with_for_update=True)
        if batch.state not in OPEN:
            raise StepRefusedError("Cet import n’est plus ouvert : rien n’a été changé.")
        if batch.version != version:
            return False
        stage.save_plan(session, rows)
        batch.counts = stage.counts_of(session, batch)
        if asked:
            answers = {**batch.options.get("answered_by", {})}
            answers[viewer.label] = answers.get(viewer.label, 0) + asked
            batch.options = {**batch.options, "answers": batch.options.get("answers", 0) + 1, "answered_by": answers}
        note(session, batch)
    return True


def plan_again(staged: Staged, viewer: Viewer, options: Options, asked: Collection[int]) -> None:
    """Plan these rows again, and those that lean on them, write to the same record or speak of the same people."""
    chosen = {row.position for row in staged.at(asked) if not row.written}
    more = staged.leaning(chosen) | staged.sharing(chosen)
    for _ in range(_ROUNDS):
        chosen |= more
        around = _around(staged, chosen)
        rows = staged.at(chosen | around)
        plan(staged.session, rows, staged.tables, viewer, options, chosen, staged)
        more = _moved(staged, chosen) - chosen
        if not more:
            return


def _around(staged: Staged, chosen: Collection[int]) -> set[int]:
    """Rows that these may be the doubles of, or speak of: read, not planned."""
    rows = staged.at(chosen)
    for entity in PEOPLE_AND_FIRMS:
        own = [row for row in rows if row.entity == entity and row.records and row.position not in staged.surrounded]
        staged.near |= rows_near(staged, entity, own) if own else set()
    staged.surrounded |= set(chosen)
    found = set(staged.near)
    speaking = [row for row in rows if row.entity not in PEOPLE_AND_FIRMS]
    if speaking:
        found |= staged.naming(("young_person",), names_of(speaking))
        found |= (
            staged.positions(staged.of_kind("employer")) if any(row.entity in _EVENTS for row in speaking) else set()
        )
    refs = [ref for row in staged.at(found | set(chosen)) for ref in (row.links.get("same"), *_matched(row)) if ref]
    return found | {int(ref[4:]) for ref in refs if ref.startswith("row:")}


def _matched(row: Row) -> list[str]:
    return [match["ref"] for match in row.matches]


def _moved(staged: Staged, chosen: Collection[int]) -> set[int]:
    """What the plan just made brings in: rows of the same records, and rows that speak of the people or firms planned."""
    rows = staged.at(chosen)
    found = staged.sharing(chosen) | staged.leaning(chosen)
    # a later row that may be the double of a planned one is its double, not the reverse: the file is read downwards
    found |= {
        at for row in rows for ref in _matched(row) if ref.startswith("row:") and (at := int(ref[4:])) > row.position
    }
    people = [row for row in rows if row.entity == "young_person" and face(row) != staged.before[row.position]]
    names = names_of(people) | {staged.names[row.position] for row in people}
    found |= staged.naming(ATTACHED, names)
    held = any(staged.has(entity) for entity in _EVENTS)
    if held and any(row.entity != "partner" and row.entity not in ATTACHED for row in rows):
        found |= staged.positions(staged.of_kind(*_EVENTS))  # places and hours of an event depend on one another
    return {row.position for row in staged.at(found) if not row.written}
