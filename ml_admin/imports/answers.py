"""What a person decides about staged rows: same person or not, create, ignore, write anyway, correct a cell."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Engine

from ml_admin import cleaners
from ml_admin import models as m
from ml_admin.choices import Verdict
from ml_admin.cleaners import Context
from ml_admin.imports.batches import StepRefusedError
from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.gestures import gesture
from ml_admin.imports.nearby import Staged
from ml_admin.imports.records import wire
from ml_admin.imports.round_trip import COPIED, MISSING, is_record
from ml_admin.imports.round_trip_plan import COLLISION
from ml_admin.imports.rows import Row
from ml_admin.permissions import Viewer
from ml_admin.text import without_nir

SAME, OTHER, CREATE, IGNORE, ACCEPT, REOPEN = "same", "other", "create", "ignore", "accept", "reopen"
# of an exported workbook that came back: which side to keep, cells to empty, lines taken out
MINE, THEIRS, ERASE, DELETE = "mine", "theirs", "erase", "delete"
ANSWERS: Final = frozenset({SAME, OTHER, CREATE, IGNORE, ACCEPT, REOPEN, MINE, THEIRS, ERASE, DELETE})

_GONE = "Cette ligne n’est plus à décider : rechargez la page."
_NOT_OFFERED = "Cette réponse n’est plus possible pour cette ligne : rechargez la page."


def answer(
    engine: Engine,
    batch_id: int,
    viewer: Viewer,
    positions: Collection[int],
    kind: str,
    ref: str = "",
    *,
    alike: bool = False,
) -> int:
    """Record an answer for these rows and plan them again; how many rows changed, this one and those that lean on it.

    `ref`: for SAME, which of the offered records. `alike`: the same answer for every row left for the same reason; one
    name is answered once for all the rows that bear it. Raises StepRefusedError with a French sentence.
    """

    def change(staged: Staged) -> Collection[int]:
        asked = [row for row in staged.at(positions) if not row.written]
        if not asked:
            raise StepRefusedError(_GONE)
        if alike:
            causes = {row.cause for row in asked}
            verdicts = {row.verdict for row in asked} if kind in (ERASE, DELETE) else {Verdict.DECIDE}
            alike_ = m.ImportRow.verdict.in_(verdicts), m.ImportRow.cause.in_(causes)
            asked = [row for row in staged.at(staged.positions(*alike_)) if not row.written]
        for row in asked:
            _record(row, kind, ref)
        return {row.position for row in asked} | _share_people(staged, asked)

    return len(gesture(engine, batch_id, viewer, change))


def _record(row: Row, kind: str, ref: str) -> None:
    """Keep the answer with the row; a new plan reads it."""
    if kind == REOPEN:
        row.decision = {name: value for name, value in row.decision.items() if name in ("edits", "values")}
    elif is_record(row):
        _record_of_export(row, kind, ref)
    elif kind in (IGNORE, ACCEPT):
        row.decision = {**row.decision, kind: True}
    elif row.verdict is not Verdict.DECIDE:
        raise StepRefusedError(_GONE)
    elif kind == SAME:
        _record_same(row, ref)
    elif kind == OTHER and row.matches and not row.links.get("wanted"):
        row.decision = {**row.decision, "identity": "new"}
    elif kind == CREATE and row.links.get("wanted"):
        row.decision = {
            **row.decision,
            "people": {**row.decision.get("people", {}), **dict.fromkeys(row.links["wanted"], "new")},
        }
    else:
        raise StepRefusedError(_NOT_OFFERED)


def _record_of_export(row: Row, kind: str, ref: str) -> None:
    """The answers for a row that is known by its key; each only where the page offers it."""
    cause = row.cause.partition(":")[0]
    answered: dict[str, Any] | None = {kind: True} if kind in (IGNORE, ACCEPT) else None
    if kind in (MINE, THEIRS) and cause == COLLISION:
        answered = {"sides": {"": kind}}
    elif kind == ERASE and row.links.get("emptied"):
        answered = {"erase": True}
    elif kind == DELETE and cause == MISSING:
        answered = {"delete": True}
    elif kind == OTHER and cause == COPIED:
        answered = {"identity": "new"}
    elif kind == SAME and (offered := next((one for one in row.matches if one["ref"] == ref), None)):
        answered = {"picked": {**row.decision.get("picked", {}), offered["field"]: int(ref[3:])}}
    if answered is None:
        raise StepRefusedError(_NOT_OFFERED)
    row.decision = {**row.decision, **answered}


def _record_same(row: Row, ref: str) -> None:
    offered = next((match for match in row.matches if match["ref"] == ref), None)
    if offered is None:
        raise StepRefusedError(_NOT_OFFERED)  # never a record that was not shown: it may be out of scope
    if offered.get("firm"):
        row.decision = {**row.decision, "firms": {**row.decision.get("firms", {}), offered["firm"]: ref}}
    elif row.links.get("wanted"):
        wanted = offered.get("wanted") or row.links["wanted"][0]
        row.decision = {**row.decision, "people": {**row.decision.get("people", {}), wanted: ref}}
    else:
        row.decision = {**row.decision, "identity": ref}


def _share_people(staged: Staged, asked: Iterable[Row]) -> set[int]:
    """One answer for a name holds for every row of the file that bears it."""
    people: dict[str, str] = {}
    for row in asked:
        people |= row.decision.get("people", {})
    touched = set()
    for row in staged.at(staged.wanting(people)) if people else ():
        mine = {name: people[name] for name in row.links.get("wanted", ()) if name in people}
        if mine and not row.written:
            row.decision = {**row.decision, "people": {**row.decision.get("people", {}), **mine}}
            touched.add(row.position)
    return touched


# --- Correcting a cell -----------------------------------------------------------------------------------------------


def correct(engine: Engine, batch_id: int, viewer: Viewer, position: int, name: str, raw: str, context: Context) -> Row:
    """Clean what somebody typed for one field of a row, as if the file had said so, and plan the row again.

    `name`: a field of the row's first record. Returns the row; its flags say what is still wrong with the value.
    Raises StepRefusedError when the row or the field cannot be corrected.
    """
    return correct_column(engine, batch_id, viewer, name, {position: raw}, context)[0]


def correct_column(
    engine: Engine, batch_id: int, viewer: Viewer, name: str, typed: Mapping[int, str], context: Context
) -> list[Row]:
    """The same for one field of several rows (position -> what was typed), in one gesture: all of them or none."""
    found: list[Row] = []

    def change(staged: Staged) -> Collection[int]:
        found[:] = [row for row in staged.at(typed) if not row.written and name in correctable(row)]
        if len(found) != len(typed):
            raise StepRefusedError(_GONE)
        for row in found:
            _take(row, name, typed[row.position], context)
        return typed.keys()

    gesture(engine, batch_id, viewer, change)
    return found


def _take(row: Row, name: str, raw: str, context: Context) -> None:
    if is_record(row):
        row.records[0] = {**row.record, name: without_nir(raw)[0]}
        row.decision = {one: value for one, value in row.decision.items() if one not in ("refused", "accept")}
    else:
        _clean(row, name, raw, context)


def correctable(row: Row) -> list[str]:
    """Fields of the row that a person may correct in place; grids are corrected in the file.

    None of a row that the viewer's role does not import: the page masks its words.
    """
    if len(row.records) != 1 or (row.verdict is Verdict.REFUSED and row.cause == "right"):
        return []
    if is_record(row):
        return list(row.record)
    meanings = [one for one in ENTITIES[row.entity].meanings if len(one.fields) == 1]
    return [
        one.fields[0]
        for one in meanings
        if one.fields[0] in row.record or one.fields[0] in ENTITIES[row.entity].required
    ]


def cleaner_of(entity: str, name: str) -> str:
    """The cleaner of a field of an import."""
    meaning = ENTITIES[entity].meaning(name)
    return meaning.cleaner if meaning else "text"


def _clean(row: Row, name: str, raw: str, context: Context) -> None:
    cleaned = cleaners.clean(cleaner_of(row.entity, name), raw, context)
    row.records[0] = {**row.record, name: wire(cleaned.value), **_others(row.record, cleaned.extra)}
    said = without_nir(raw)[0][:200]
    kept = [flag for flag in row.flags if flag["field"] != name]
    new = [{"field": one.field or name, "code": one.code, "raw": said, "fatal": one.fatal} for one in cleaned.flags]
    row.flags = [*kept, *new, *_missing(row, name)]
    edited = dict.fromkeys([*row.decision.get("edits", ()), name])
    answered = [one for one in row.decision.get("values", ()) if one["flag"]["field"] != name]
    row.decision = {**row.decision, "edits": list(edited), "values": answered}


def _others(record: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """What the words give besides goes to fields that are still empty."""
    return {name: wire(value) for name, value in extra.items() if value is not None and not record.get(name)}


def _missing(row: Row, name: str) -> list[dict[str, Any]]:
    if row.record.get(name) or name not in ENTITIES[row.entity].required:
        return []
    return [{"field": name, "code": "missing_required", "raw": "", "fatal": True}]
