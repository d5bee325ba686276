"""Appointments and actions of an import: whose they are, and whether they are already known."""

from collections.abc import Iterable, Sequence
from typing import Any

from ml_admin import models as m
from ml_admin.choices import Verdict
from ml_admin.imports import known
from ml_admin.imports.board import OUT_OF_SCOPE, SETTLED, SEVERAL, UNKNOWN_PERSON, WAITS, Board, decide, place, sentence
from ml_admin.imports.nearby import names_of, people_named
from ml_admin.imports.people import Directory, Somebody, add_known, close, wanted_key
from ml_admin.imports.records import Draft
from ml_admin.imports.rows import Ref, Row
from ml_admin.imports.settle import settle_known, settle_new
from ml_admin.permissions import may
from ml_admin.text import fold

Key = tuple[Any, ...]


def plan(board: Board, rows: Sequence[Row]) -> None:
    """Set the verdicts of appointment and action rows; people and firms of the file are settled before."""
    if not rows:
        return
    directory = directory_of(board, rows)
    for row in rows:
        ref = person_of_row(board, directory, row, row.record)
        if ref is not None:
            row.links["person"] = ref
    for entity in ("appointment", "action_item"):
        _plan_entity(board, entity, [row for row in rows if row.entity == entity and "person" in row.links])


def directory_of(board: Board, rows: Sequence[Row]) -> Directory:
    """People of the database whom these rows may mean, then those that this file makes or may make."""
    directory = Directory()
    where = people_named(m.YoungPerson, names_of(rows)) if board.near else None
    add_known(directory, board.session, board.reach("young_person"), where)
    for row in board.rows.values():
        if row.entity != "young_person" or row.written or row.target_id or row.links.get("same"):
            continue
        if row.verdict in (Verdict.CREATE, Verdict.DECIDE):
            directory.add(_of_row(board, row), close(row.record.get("birth_name")))
    return directory


def _of_row(board: Board, row: Row) -> Somebody:
    record = row.record
    phones = frozenset(number for number in (record.get("phone"), record.get("phone2")) if number)
    counsellor_id = board.counsellors.get(str(record.get("counsellor")))
    last, first = close(record.get("last_name")), close(record.get("first_name"))
    return Somebody(f"row:{row.position}", last, first, phones, counsellor_id, True)


def person_of_row(board: Board, directory: Directory, row: Row, record: dict[str, Any]) -> Ref | None:
    """The young person a record speaks of, or None once the row is left to a person.

    An answer given for a name ("new", "id:12") holds for every row of that name.
    """
    answer = (row.decision.get("people") or {}).get(wanted_key(record))
    if answer == "new" and may(board.viewer, "import", m.YoungPerson):
        return f"new:{wanted_key(record)}"
    if answer and answer.startswith("id:") and board.reaches("young_person", int(answer[3:])):
        return str(answer)
    found = directory.find(record, board.counsellors.get(str(record.get("counsellor"))))
    if found.person is None:
        _ask(row, record, found.likely, found.reason)
        return None
    if not found.person.reached:
        decide(row, OUT_OF_SCOPE, "À vérifier par une personne qui voit les dossiers de tous les sites.")
        return None
    row.reason = row.reason or sentence(found.reason)
    return _settled_ref(board, row, found.person.ref)


def _settled_ref(board: Board, row: Row, ref: Ref) -> Ref | None:
    if not ref.startswith("row:"):
        return ref
    first = board.rows[int(ref[4:])]
    if first.verdict in SETTLED:
        return board.ref(first)
    said = place(board, row, first)
    decide(row, WAITS, f"Attend {said}, du même jeune, à décider.", [{"ref": ref, "reason": "même nom"}])
    return None


def _ask(row: Row, record: dict[str, Any], likely: Sequence[Somebody], reason: str) -> None:
    wanted = wanted_key(record)
    known_here = [one for one in likely if one.reached and one.ref.startswith("id:")]
    offered = [{"ref": one.ref, "reason": reason or "nom presque identique", "wanted": wanted} for one in known_here]
    if row.verdict is Verdict.DECIDE:
        offered = [*row.matches, *offered]  # a row of several people asks about each
    if reason:
        # how many bear the name elsewhere is not told to who does not see them
        words = (
            "Plusieurs jeunes portent ce nom. Choisissez lequel." if len(known_here) > 1 else "Dites de qui il s’agit."
        )
        decide(row, SEVERAL, words, offered)
    else:
        decide(row, UNKNOWN_PERSON, "Ce jeune n’est pas connu. Créez-le, ou dites qui c’est.", offered)
    row.links.setdefault("wanted", []).append(wanted)


# --- Known already? --------------------------------------------------------------------------------------------------


def _plan_entity(board: Board, entity: str, rows: Sequence[Row]) -> None:
    people = {int(row.links["person"][3:]) for row in rows if row.links["person"].startswith("id:")}
    present = _appointments(board, people) if entity == "appointment" else _actions(board, people)
    # every row of this kind is planned again together, so the file's own ones are found in order
    drafts = {row.position: board.draft(row) for row in rows}
    keys = {row.position: _key(entity, row.links["person"], drafts[row.position]) for row in rows}
    board.load(entity, {int(present[key][3:]) for key in keys.values() if key in present})
    for row in rows:
        key, draft = keys[row.position], drafts[row.position]
        if key in present:
            row.reason = f"{row.reason} ; déjà noté" if row.reason else "Déjà noté"
            _without_guesses(row, draft)
            settle_known(board, row, present[key], draft)
        else:
            settle_new(board, row, draft)
            if row.verdict is Verdict.CREATE:
                present[key] = f"row:{row.position}"


def _key(entity: str, person: Ref, draft: Draft) -> Key:
    if entity == "action_item":
        return person, fold(str(draft.get("label") or "")), draft.get("due_date")
    return _appointment_key(person, draft.get("starts_at"), bool(draft.get("time_known")), draft.get("purpose"))


def _appointment_key(person: Ref, starts: Any, known_time: bool, purpose: Any) -> Key:
    # two meetings of one day without an hour are told apart by what they are about
    return person, starts, known_time, "" if known_time else fold(str(purpose or ""))


def _appointments(board: Board, people: Iterable[int]) -> dict[Key, Ref]:
    return {
        _appointment_key(f"id:{person}", starts, known_time, purpose): f"id:{key}"
        for person, held in known.appointments(board.session, people).items()
        for key, starts, known_time, purpose in held
    }


def _actions(board: Board, people: Iterable[int]) -> dict[Key, Ref]:
    return {
        (f"id:{person}", fold(label), due): f"id:{key}"
        for person, held in known.actions(board.session, people).items()
        for key, label, due in held
    }


def _without_guesses(row: Row, draft: Draft) -> None:
    """The end of a meeting is only compared when the file gives a duration."""
    if not row.record.get("duration_min"):
        draft.pop("ends_at", None)
