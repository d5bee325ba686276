"""What writing an import would do: create, update, unchanged, decide or refused, for each row, cell by cell.

The same rows, with the verdicts set here, are what the preview shows and what apply writes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ml_admin.choices import Scope, Verdict
from ml_admin.explanations import explain
from ml_admin.imports import known, plan_attached, plan_events, round_trip_plan
from ml_admin.imports.board import FLAG, OUT_OF_SCOPE, POSSIBLE, SETTLED, WAITS, Board, decide, place, refuse
from ml_admin.imports.match import CERTAIN, OFFERED, firm_of, match_firms, match_people, person_of
from ml_admin.imports.nearby import PEOPLE_AND_FIRMS, Staged, blocks_of, records_near, shares
from ml_admin.imports.records import MODELS, WRITES, as_day, site_of
from ml_admin.imports.round_trip import is_record
from ml_admin.imports.rows import Options, Ref, Row, Table
from ml_admin.imports.settle import settle_known, settle_new, source_key
from ml_admin.permissions import Viewer, may

Candidate = tuple[Ref, int, str]  # record, score of 100, reason
Candidates = Mapping[int, list[Candidate]]  # by position, best first
_ANSWERED = 100
_OTHER_SITE = "Site du fichier laissé de côté : vous n’enregistrez que dans le vôtre"


def plan(
    session: Session,
    rows: Sequence[Row],
    tables: Sequence[Table],
    viewer: Viewer,
    options: Options,
    only: Collection[int] | None = None,
    near: Staged | None = None,
) -> dict[str, list[int]]:
    """Set the verdict, reason, target and changes of every row that is not written yet; reads only.

    `only`: positions of the rows to look at again; the others stay as they are. With `near`, `rows` are those that it
    has read, not all of the batch.
    Returns the marks of `known.freshness` that the plan holds for; {} with `near`.
    """
    round_trip_plan.plan(session, viewer, [r for r in rows if is_record(r) and (only is None or r.position in only)])
    rows = [row for row in rows if not is_record(row)]
    board = Board(
        session,
        viewer,
        options,
        {row.position: row for row in rows},
        {table.position: table for table in tables},
        known.counsellors(session),
        near,
    )
    fresh = known.freshness(session) if near is None else {}
    again = [row for row in rows if not row.written and (only is None or row.position in only)]
    for row in again:
        _reset(row)
        _first_word(board, row)
    if only is not None:
        _touch(board, {row.position for row in again})
    opened = [row for row in again if row.verdict is Verdict.CREATE]
    for entity in PEOPLE_AND_FIRMS:
        _plan_records(board, entity, [row for row in opened if row.entity == entity])
    plan_attached.plan(board, [row for row in opened if row.entity in ("appointment", "action_item")])
    plan_events.plan(board, [row for row in opened if row.entity.startswith("job_dating")])
    return fresh


def _touch(board: Board, again: Collection[int]) -> None:
    """Records that the other rows of the file write to."""
    for row in board.rows.values():
        if row.entity in PEOPLE_AND_FIRMS and row.position not in again and not row.written and row.verdict in SETTLED:
            board.touched.add(board.ref(row))


def _reset(row: Row) -> None:
    # CREATE until something says otherwise: the stages after this one only take such rows up
    row.verdict, row.cause, row.reason, row.target_id = Verdict.CREATE, "", "", None
    row.matches, row.changes, row.links, row.version = [], {}, {}, None


def _first_word(board: Board, row: Row) -> None:
    """What needs no record to be known: rows set aside, rights, and what a person must read first."""
    if row.decision.get("ignore"):
        row.verdict, row.cause, row.reason = Verdict.SKIP, "ignored", "Ignorée à votre demande"
        return
    forbidden = [model for model in WRITES[row.entity] if not may(board.viewer, "import", model)]
    if forbidden:
        refuse(row, "right", "Votre rôle n’importe pas ces fiches. Confiez cet import à une personne qui le peut.")
        return
    if row.stops and not row.decision.get("accept"):
        flag = row.stops[0]
        decide(row, f"{FLAG}:{flag['field']}:{flag['code']}", explain(flag["code"], flag.get("raw")))
        return
    if not row.records:
        row.verdict, row.cause, row.reason = Verdict.SKIP, "no_mark", "Aucun employeur coché sur cette ligne"


# --- People and firms ------------------------------------------------------------------------------------------------


def _plan_records(board: Board, entity: str, rows: list[Row]) -> None:
    if not rows:
        return
    found = _candidates(board, entity, rows)
    chosen = {row.position: _chosen(row, found) for row in rows}
    keys = [int(one[0][0][3:]) for one in chosen.values() if one and one[0][0].startswith("id:")]
    written = [row.target_id for row in board.rows.values() if row.written and row.target_id and row.entity == entity]
    board.load(entity, [*keys, *written])
    for row in rows:
        identity = _identity(board, row, chosen[row.position])
        if identity is not None:
            _settle(board, row, *identity)


def _candidates(board: Board, entity: str, rows: Sequence[Row]) -> Candidates:
    """The likely record or earlier row of each row; what the reading found is enough when the database is empty."""
    known_items: list[tuple[Ref, Mapping[str, Any], str | None]] = [
        (f"id:{key}", record, None) for key, record in _identities(board, entity, rows)
    ]
    in_file: Candidates = {}
    read = board.near is None and all(row.alike is not None for row in rows)
    if read:
        in_file = _found_in_file(rows)  # the reading has compared the rows of the file with one another
        if not known_items:
            return in_file
    again = {row.position for row in rows}
    others = [
        row
        for row in (() if read else board.rows.values())
        if row.entity == entity and row.position not in again and not row.written and row.records
    ]
    known_items += [(f"row:{row.position}", _dated(row), board.tables[row.table].sheet or "") for row in others]
    own = [(f"row:{row.position}", _dated(row), board.tables[row.table].sheet or "") for row in rows]
    refs = [ref for ref, _, _ in (*known_items, *own)]
    first = len(known_items)
    if entity == "young_person":
        firsts = board.near.first_names if board.near else None
        people = [person_of(record, sheet) for _, record, sheet in (*known_items, *own)]
        matches = match_people(people, first, firsts, apart=read)
    else:
        matches = match_firms([firm_of(record, sheet) for _, record, sheet in (*known_items, *own)], first, apart=read)
    found: dict[int, list[Candidate]] = dict(in_file)
    for at, match in matches.same.items():
        position = rows[at - first].position
        near = [(refs[one.at], one.score, one.said) for one in match.candidates]
        found[position] = _best_first([*near, *found.get(position, ())])
    return found


def _best_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    """A certain record goes before a certain row of the file, which writes to it or waits for an answer."""
    ranked = sorted(candidates, key=lambda one: (one[1] < CERTAIN, one[0].startswith("row:"), -one[1]))
    certain = [one for one in ranked if one[1] >= CERTAIN]
    return [*certain, *sorted(ranked[len(certain) :], key=lambda one: -one[1])][:OFFERED]


def _dated(row: Row) -> Mapping[str, Any]:
    return {**row.record, "birth_date": as_day(row.record.get("birth_date"))}


def _found_in_file(rows: Iterable[Row]) -> Candidates:
    return {
        row.position: [(f"row:{one['row']}", one["score"], one["reason"]) for one in row.alike]
        for row in rows
        if row.alike
    }


_PERSON = ("last_name", "first_name", "birth_name", "birth_date", "phone", "phone2", "email", "external_id", "city", "postcode", "gender")  # fmt: skip
_FIRM = ("name", "siret", "phone", "email", "city", "postcode")
_BARE_FIRM = ("name", "phone", "email", "city", "postcode")


def _identities(board: Board, entity: str, rows: Sequence[Row]) -> list[tuple[int, dict[str, Any]]]:
    """(identifier, what tells it from another) of every record of the kind, in scope or not: a double is one anyway.

    Of those that these rows may be, where only some rows are planned.
    """
    model: Any = MODELS[entity]
    names = {"young_person": _PERSON, "employer": _FIRM, "partner": _BARE_FIRM}[entity]
    source = (model.external_source,) if entity == "young_person" else ()
    query = select(model.id, *(getattr(model, name) for name in names), *source)
    found = []
    for row in _known_lines(board, entity, model, query, rows):
        record = dict(zip(names, row[1 : len(names) + 1], strict=True))
        found.append((row[0], record))
        if source and record["external_id"]:
            key = source_key({**record, "external_source": row[-1]})
            board.source_keys.setdefault(key, f"id:{row[0]}")
        if entity == "employer" and record["siret"]:
            board.sirets[record["siret"]] = f"id:{row[0]}"
    return found


def _known_lines(board: Board, entity: str, model: Any, query: Any, rows: Sequence[Row]) -> Iterable[Any]:
    """Lines of the records, those near the rows where only some are planned; what was read for a row is kept."""
    near = board.near
    if near is None:
        return board.session.execute(query.order_by(model.id))
    new = [row for row in rows if row.position not in near.compared]
    held = near.records.setdefault(entity, {})
    if new:
        where = records_near(entity, model, new)
        wanted = blocks_of(row.record for row in new) if entity == "young_person" else None
        for line in board.session.execute(query if where is None else query.where(where)):
            if wanted is None or shares(wanted, dict(line._mapping)):
                held[line[0]] = line
        near.compared |= {row.position for row in new}
    return [held[key] for key in sorted(held)]


def _chosen(row: Row, found: Candidates) -> list[Candidate]:
    """What a person answered, else what was found, best first; []: a new record."""
    answer = row.decision.get("identity")
    if answer == "new":
        return []
    if answer:
        return [(str(answer), _ANSWERED, "Votre réponse")]
    return found.get(row.position, [])


def _identity(board: Board, row: Row, chosen: list[Candidate]) -> tuple[Ref | None, str] | None:
    """(the record to compare with or None for a new one, reason); None when a person must decide first."""
    if not chosen:
        return None, ""
    ref, score, reason = chosen[0]
    row.matches = [
        {"ref": other, "reason": words, "score": points}
        for other, points, words in chosen
        if other.startswith("row:") or board.reaches(row.entity, int(other[3:]))
    ]
    if ref.startswith("row:"):
        return _identity_in_file(board, row, int(ref[4:]), score, reason)
    if not board.reaches(row.entity, int(ref[3:])):
        decide(row, OUT_OF_SCOPE, "À vérifier par une personne qui voit les dossiers de tous les sites.")
        return None
    if score < CERTAIN:
        decide(row, POSSIBLE, f"Peut-être déjà dans la base : {reason[:1].lower()}{reason[1:]}", row.matches)
        return None
    return (ref, reason) if board.holds(ref) else (None, "")


def _identity_in_file(board: Board, row: Row, position: int, score: int, reason: str) -> tuple[Ref | None, str] | None:
    first = board.rows.get(position)
    if first is None:
        return None, ""
    said = place(board, row, first).removeprefix("la ")
    if score < CERTAIN:
        words = f"Peut-être déjà dans ce fichier, {said} : {reason[:1].lower()}{reason[1:]}"
        decide(row, POSSIBLE, words, row.matches)
        return None
    if first.written or first.verdict in SETTLED:
        return board.ref(first), f"Déjà dans ce fichier, {said}"
    decide(
        row,
        WAITS,
        f"Déjà dans ce fichier, {said}, qui attend une réponse.",
        [{"ref": f"row:{position}", "reason": reason, "score": score}],
    )
    return None


def _settle(board: Board, row: Row, ref: Ref | None, reason: str) -> None:
    draft = board.draft(row)
    elsewhere = board.viewer.scope is Scope.OWN_SITE and row.record.get("site") and "site_id" not in draft
    row.reason = " ; ".join(filter(None, (reason, _OTHER_SITE if elsewhere else "")))
    if ref is not None:
        settle_known(board, row, ref, draft)
        return
    if row.entity == "young_person":
        draft.setdefault("status", "closed" if draft.get("exit_date") or draft.get("exit_reason") else "active")
        draft.update(site_of(board.viewer))
        if draft.get("external_id"):
            draft["external_source"] = board.options.source
    settle_new(board, row, draft)
