"""Write the sure rows of an import: all or nothing, under the batch's name in the journal."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from ml_admin.choices import Verdict
from ml_admin.database import is_sqlite
from ml_admin.imports import apply_events, bulk, known, round_trip_write
from ml_admin.imports.compare import first_state, take
from ml_admin.imports.people import wanted_key
from ml_admin.imports.records import CONTACTS, MODELS, PIECES, Draft, person_of, python_value, site_of
from ml_admin.imports.round_trip import is_record
from ml_admin.imports.rows import Ref, Row
from ml_admin.imports.writing import Writing, table_of
from ml_admin.permissions import Viewer

_LOCK = 7_041_960  # of PostgreSQL's advisory locks: one import writes at a time
_RECORDS = ("employer", "partner", "young_person")  # in the order in which others lean on them
_ATTACHED = ("appointment", "action_item")


class StalePlanError(Exception):
    """The database changed since the plan was made: it must be made again before anything is written."""


def lock(session: Session) -> None:
    """Wait for other imports; on SQLite the transaction already holds the only write lock."""
    if not is_sqlite(session):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def check_fresh(session: Session, fresh: Mapping[str, Sequence[int]]) -> None:
    """Raises StalePlanError when records were added or taken away since the plan was made."""
    if {name: list(marks) for name, marks in fresh.items()} != known.freshness(session):
        raise StalePlanError


def write(
    session: Session,
    rows: Sequence[Row],
    viewer: Viewer,
    counsellors: Mapping[str, int],
    step: Callable[[int], None] = lambda rows: None,
) -> Writing:
    """Write every row that a plan found sure, inside the caller's transaction; the rows are marked as written.

    `step` is told of the rows that each statement has written; what it raises goes to the caller. Raises IntegrityError
    when the database still refuses something: the caller rolls everything back.
    """
    writing = Writing(session, viewer, counsellors, step=step)
    round_trip_write.write(writing, [row for row in rows if is_record(row) and not row.written])
    rows = [row for row in rows if not is_record(row)]
    sure = [row for row in rows if not row.written and row.verdict in (Verdict.CREATE, Verdict.UPDATE)]
    sure = _still_true(writing, sure)
    for entity in _RECORDS:
        _write_records(writing, entity, [row for row in sure if row.entity == entity])
    _write_wanted_people(writing, sure)
    for entity in _ATTACHED:
        _write_attached(writing, entity, [row for row in sure if row.entity == entity])
    apply_events.write(writing, [row for row in sure if row.entity.startswith("job_dating")])
    _mark(writing, rows, sure)
    return writing


def _still_true(writing: Writing, rows: Sequence[Row]) -> list[Row]:
    """Leave out the rows whose record somebody changed or deleted since the plan, and what leans on them."""
    lost: set[Ref] = set()
    for entity in (*_RECORDS, *_ATTACHED):
        planned = {row.target_id: row.version for row in reversed(rows) if row.entity == entity and row.target_id}
        now = known.versions(writing.session, entity, [key for key in planned if key], lock=True)
        lost |= {f"{entity}:{key}" for key, version in planned.items() if key and now.get(key) != version}
    people = {ref for row in rows for ref in _people(row) if ref.startswith("id:")}
    present = known.versions(writing.session, "young_person", [int(ref[3:]) for ref in people])
    gone = {ref for ref in people if int(ref[3:]) not in present}
    kept = []
    for row in rows:
        if f"{row.entity}:{row.target_id}" in lost or gone.intersection(_people(row)):
            writing.postponed.append(row)
        else:
            kept.append(row)
    return kept


def _people(row: Row) -> Sequence[Ref]:
    if row.entity in _RECORDS:
        return ()
    return [ref for ref in (row.links.get("person"), *(cell["person"] for cell in row.links.get("cells", ()))) if ref]


# --- People and firms ------------------------------------------------------------------------------------------------


def _write_records(writing: Writing, entity: str, rows: Sequence[Row]) -> None:
    states = {f"row:{row.position}": first_state(row.changes) for row in rows if row.verdict is Verdict.CREATE}
    known_changes: dict[int, Draft] = {}
    for row in rows:
        if row.verdict is not Verdict.UPDATE:
            continue
        if row.target_id:
            _gather(known_changes.setdefault(row.target_id, {}), row.changes)
            writing.values += len(row.changes)
        elif row.links.get("same") in states:
            take(states[row.links["same"]], row.changes)
    _create(writing, entity, states)
    _change(writing, entity, known_changes)


def _gather(changes: Draft, new: Mapping[str, list[Any]]) -> None:
    """Several rows of one person: the first old value, the last new one; pieces add up."""
    for name, (old, value) in new.items():
        if name in ("situation", "contact"):
            changes.setdefault(name, []).append(value)
        else:
            changes[name] = [changes[name][0] if name in changes else old, value]


def _create(writing: Writing, entity: str, states: Mapping[Ref, Draft]) -> None:
    table = table_of(MODELS[entity])
    for ref, key in zip(states, bulk.new_keys(writing.session, table, len(states)), strict=True):
        writing.keys[ref] = key
    columns = {column.key for column in table.columns}
    lines = (
        {"id": writing.keys[ref], **{name: value for name, value in state.items() if name in columns}}
        for ref, state in states.items()
    )
    writing.add(MODELS[entity], lines)
    _add_pieces(writing, entity, ((writing.keys[ref], state) for ref, state in states.items()))


def _change(writing: Writing, entity: str, changes: Mapping[int, Draft]) -> None:
    model = MODELS[entity]
    columns = {column.key for column in table_of(model).columns}
    lines = []
    added = []
    for key, changed in changes.items():
        lines.append((key, {n: python_value(model, n, v[1]) for n, v in changed.items() if n in columns}))
        added.append((key, _added(changed)))
    writing.change(model, lines)
    _add_pieces(writing, entity, added)


def _added(changed: Draft) -> Draft:
    """The pieces that an update adds, in the shape of a new record's."""
    found: Draft = {}
    for name in ("programmes", "barriers"):
        if name in changed:
            held, after = changed[name]
            found[name] = [code for code in after if code not in (held or ())]
    if "situation" in changed:
        found["situations"] = changed["situation"]
    if "contact" in changed:
        found["contacts"] = changed["contact"]
    return found


def _add_pieces(writing: Writing, entity: str, owners: Iterable[tuple[int, Draft]]) -> None:
    if entity == "young_person":
        _add_to_people(writing, owners)
    elif entity in CONTACTS:
        model = CONTACTS[entity]
        lines = [{f"{entity}_id": key, **contact} for key, state in owners for contact in state.get("contacts", ())]
        writing.add(model, lines)


def _add_to_people(writing: Writing, owners: Iterable[tuple[int, Draft]]) -> None:
    lines: dict[str, list[dict[str, Any]]] = {"programmes": [], "barriers": [], "situation": []}
    for key, state in owners:
        lines["programmes"] += [{"young_person_id": key, "programme": code} for code in state.get("programmes", ())]
        lines["barriers"] += [{"young_person_id": key, "theme": code} for code in state.get("barriers", ())]
        lines["situation"] += [{"young_person_id": key, "kind": code} for code in state.get("situations", ())]
    for name, found in lines.items():
        writing.add(PIECES[name], found)


# --- People that somebody asked to create ----------------------------------------------------------------------------


def _write_wanted_people(writing: Writing, rows: Iterable[Row]) -> None:
    """« Créer la personne »: one record for each name, however many rows speak of it."""
    wanted: dict[Ref, Draft] = {}
    for row in rows:
        if not any(ref.startswith("new:") for ref in _people(row)):
            continue
        for record in row.records:
            ref = f"new:{wanted_key(record)}"
            if ref in _people(row):
                wanted[ref] = {**_wanted(writing, record), **wanted.get(ref, {})}
    _create(writing, "young_person", wanted)


def _wanted(writing: Writing, record: Mapping[str, Any]) -> Draft:
    known_of = (
        "last_name",
        "first_name",
        "phone",
        "phone2",
        "email",
        "counsellor",
        "birth_date",
        "gender",
        "postcode",
        "city",
    )
    draft = person_of({name: record[name] for name in known_of if record.get(name)}, writing.counsellors)
    return {"status": "active", **site_of(writing.viewer), **draft}


# --- Appointments and actions ----------------------------------------------------------------------------------------


def _write_attached(writing: Writing, entity: str, rows: Sequence[Row]) -> None:
    model = MODELS[entity]
    states: dict[Ref, Draft] = {}
    changes: dict[int, Draft] = {}
    for row in rows:
        if row.verdict is Verdict.CREATE:
            person = writing.key(row.links["person"])
            states[f"row:{row.position}"] = {**row.changes, "young_person_id": person}
        elif row.target_id:
            _gather(changes.setdefault(row.target_id, {}), row.changes)
            writing.values += len(row.changes)
        elif row.links.get("same") in states:
            take(states[row.links["same"]], row.changes)
    _create(writing, entity, states)
    columns = {column.key for column in table_of(model).columns}
    lines = [
        (key, {n: python_value(model, n, v[1]) for n, v in c.items() if n in columns}) for key, c in changes.items()
    ]
    writing.change(model, lines)


# --- Afterwards ------------------------------------------------------------------------------------------------------


def _mark(writing: Writing, rows: Iterable[Row], sure: Iterable[Row]) -> None:
    """Nothing is left to do for what was written, what was known already, and what was set aside."""
    for row in sure:
        row.written = True
        if row.target_id is None:
            row.target_id = writing.keys.get(str(row.links.get("same") or f"row:{row.position}"))
    for row in rows:
        if row.verdict in (Verdict.UNCHANGED, Verdict.SKIP):
            row.written = True
            if row.target_id is None and row.links.get("same"):
                row.target_id = writing.keys.get(row.links["same"])
