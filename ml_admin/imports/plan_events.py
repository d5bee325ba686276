"""Job datings of an import: which event, which stands, who is signed up where and when."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ml_admin import models as m
from ml_admin.choices import InterviewStatus, Verdict
from ml_admin.imports.board import CHECK, OUT_OF_SCOPE, SEVERAL, Board, decide
from ml_admin.imports.checks import label
from ml_admin.imports.match import firm_of
from ml_admin.imports.people import Directory
from ml_admin.imports.plan_attached import directory_of, person_of_row
from ml_admin.imports.records import Draft, as_day, stand_of
from ml_admin.imports.rows import Ref, Row
from ml_admin.permissions import may

_OPEN = ("registered", "waiting")  # later states were written on the day itself: an old list does not undo them
_LONGEST_NAME = 200
_STATES = {code: words.lower() for code, words in InterviewStatus.options()}


@dataclass
class Events:
    """Events, stands, registrations and interviews, by references, as they will be."""

    board: Board
    directory: Directory
    firms: dict[str, list[Ref]] = field(default_factory=lambda: defaultdict(list))  # core of the name -> employers
    stands: dict[tuple[Ref, Ref], Draft] = field(default_factory=dict)  # event, employer
    registrations: set[tuple[Ref, Ref]] = field(default_factory=set)  # event, person
    interviews: dict[tuple[Ref, Ref, Ref], Draft] = field(default_factory=dict)  # event, employer, person
    places: dict[tuple[Ref, Ref, str], Ref] = field(default_factory=dict)  # event, person, hour -> employer
    mine: set[tuple[Ref, Ref, Ref]] = field(default_factory=set)  # interviews that this file has set


def plan(board: Board, rows: Sequence[Row]) -> None:
    """Set the verdicts of stand, registration and slot rows; people and employers of the file are settled before."""
    if not rows:
        return
    events = Events(board, directory_of(board, rows))
    _know_firms(events)
    tables = _events_of_tables(board, rows)
    _know_events(events, {event["ref"] for event in tables.values()})
    for row in sorted(rows, key=lambda row: (row.entity != "job_dating_employer", row.position)):
        row.links["event"] = tables[row.table]
        if row.entity == "job_dating_employer":
            _plan_stand(events, row)
        else:
            _plan_cells(events, row)


# --- Which event -----------------------------------------------------------------------------------------------------


def _events_of_tables(board: Board, rows: Iterable[Row]) -> dict[int, dict[str, Any]]:
    """Table -> the event it speaks of; a sheet without a date speaks of the event of its workbook."""
    said = {
        position: dict(board.tables[position].options.get("event") or {}) for position in {row.table for row in rows}
    }
    dated = next((event for _, event in sorted(said.items()) if event.get("event_date")), {})
    known: list[tuple[int, str, Any]] = [
        (key, name, day)
        for key, name, day in board.session.execute(select(m.JobDating.id, m.JobDating.name, m.JobDating.held_on))
    ]
    return {
        position: _event(board, event if event.get("event_date") else dated | event, known)
        for position, event in said.items()
    }


def _event(board: Board, said: Mapping[str, Any], known: Sequence[tuple[int, str, Any]]) -> dict[str, Any]:
    day = as_day(said.get("event_date"))
    name = (
        f"Job dating du {day:%d/%m/%Y}" if day else f"Job dating, {Path(board.options.file_name).stem}"[:_LONGEST_NAME]
    )
    same = [key for key, other, held_on in known if (held_on == day if day else other == name)]
    ref = f"id:{min(same)}" if same else f"new:{day or name}"
    place = str(said.get("event_place") or "")[:200] or None
    return {"ref": ref, "name": name, "held_on": day.isoformat() if day else None, "place": place}


def _know_events(events: Events, refs: Iterable[Ref]) -> None:
    keys = [int(ref[3:]) for ref in refs if ref.startswith("id:")]
    if not keys:
        return
    session = events.board.session
    s, r, i = m.Stand, m.Registration, m.Interview
    for stand in session.execute(
        select(s.job_dating_id, s.employer_id, s.number, s.positions, s.recruiters, s.people).where(
            s.job_dating_id.in_(keys)
        )
    ):
        events.stands[f"id:{stand[0]}", f"id:{stand[1]}"] = dict(
            zip(("number", "positions", "recruiters", "people"), stand[2:], strict=True)
        )
    for event, person in session.execute(select(r.job_dating_id, r.young_person_id).where(r.job_dating_id.in_(keys))):
        events.registrations.add((f"id:{event}", f"id:{person}"))
    query = select(s.job_dating_id, s.employer_id, r.young_person_id, i.slot, i.preference, i.status, i.override)
    for row in session.execute(
        query.select_from(i)
        .join(s, i.stand_id == s.id)
        .join(r, i.registration_id == r.id)
        .where(s.job_dating_id.in_(keys))
    ):
        place = (f"id:{row[0]}", f"id:{row[1]}", f"id:{row[2]}")
        events.interviews[place] = {"slot": row[3], "preference": row[4], "status": str(row[5])}
        if row[3] and not row[6]:
            events.places[place[0], place[2], row[3]] = place[1]


# --- Which employer --------------------------------------------------------------------------------------------------


def _know_firms(events: Events) -> None:
    for key, name in events.board.session.execute(select(m.Employer.id, m.Employer.name)):
        events.firms[firm_of({"name": name}).core].append(f"id:{key}")
    for row in events.board.rows.values():
        if row.entity == "employer" and not row.written and row.verdict is Verdict.CREATE:
            events.firms[firm_of(row.record).core].append(f"row:{row.position}")


def _employer(events: Events, row: Row, name: Any) -> Ref | None:
    """The employer of this name; one that is not known is made with its stand."""
    core = firm_of({"name": name}).core if name else ""
    if not core:
        decide(row, f"{CHECK}:employer", "Il manque le nom de l’entreprise. Complétez-le pour enregistrer la ligne.")
        return None
    answer = (row.decision.get("firms") or {}).get(core)
    if answer:
        return str(answer)
    same = events.firms.get(core, [])
    if len(same) > 1:
        decide(
            row,
            SEVERAL,
            f"Plusieurs entreprises se nomment « {name} ». Choisissez laquelle.",
            [{"ref": ref, "reason": "même nom", "firm": core} for ref in same[:5]],
        )
        return None
    if same:
        return same[0]
    if not may(events.board.viewer, "import", m.Employer):
        decide(
            row, OUT_OF_SCOPE, "Cette entreprise n’est pas connue. Confiez la ligne à une personne qui peut la créer."
        )
        return None
    return f"new:{core}"


# --- Stands ----------------------------------------------------------------------------------------------------------


def _plan_stand(events: Events, row: Row) -> None:
    employer = _employer(events, row, row.record.get("employer"))
    if employer is None:
        return
    draft = stand_of(row.record)
    if len(draft.get("number", "")) > 20 or len(draft.get("people", "")) > 300:
        decide(
            row,
            f"{CHECK}:stand",
            "Le numéro de stand ou les personnes présentes dépassent la place prévue. Raccourcissez-les.",
        )
        return
    place = row.links["event"]["ref"], employer
    row.links.update(employer=employer, employer_name=row.record["employer"], stand=draft)
    present = events.stands.get(place)
    if present is None:
        row.verdict, events.stands[place] = Verdict.CREATE, dict(draft)
        return
    row.changes = {name: [present.get(name), new] for name, new in draft.items() if present.get(name) != new}
    if events.board.options.mode == "create":
        row.changes = {}
    present.update(draft)
    row.verdict, row.reason = Verdict.UPDATE if row.changes else Verdict.UNCHANGED, "Stand déjà noté"


# --- Registrations and slots -----------------------------------------------------------------------------------------


def _plan_cells(events: Events, row: Row) -> None:
    cells = []
    for record in row.records:
        person = person_of_row(events.board, events.directory, row, record)
        employer = _employer(events, row, record.get("employer")) if person else None
        if person and employer:
            cells.append({"person": person, "employer": employer, "employer_name": record["employer"], **_said(record)})
    if _is_left(row):
        return
    planned = [_plan_cell(events, row, cell) for cell in cells]
    if _is_left(row):
        return
    row.links["cells"] = [cell for cell, is_new in zip(cells, planned, strict=True) if is_new is not None]
    row.verdict = Verdict.UNCHANGED if not row.links["cells"] else Verdict.CREATE if any(planned) else Verdict.UPDATE
    if row.verdict is Verdict.UNCHANGED:
        row.reason = "Déjà inscrit"


def _is_left(row: Row) -> bool:
    return row.verdict is Verdict.DECIDE


def _said(record: Mapping[str, Any]) -> Draft:
    preference = record.get("preference")
    return {
        "slot": record.get("slot"),
        "status": "waiting" if record.get("status") == "waiting" else "registered",
        "preference": preference if isinstance(preference, int) and 1 <= preference <= 50 else None,
        "override": False,
    }


def _plan_cell(events: Events, row: Row, cell: Draft) -> bool | None:
    """True: a new interview, False: one that changes, None: nothing to write."""
    event, person, employer = row.links["event"]["ref"], cell["person"], cell["employer"]
    place = (event, employer, person)
    present = events.interviews.get(place)
    change = _changed(events, row, place, present, cell)
    if change is None or _is_left(row):
        return None
    events.interviews[place] = {**(present or {}), **change}
    cell["set"] = change
    events.mine.add(place)
    if cell["slot"]:
        taken_by = events.places.setdefault((event, person, cell["slot"]), employer)
        cell["override"] = taken_by != employer  # two places at once in the file: kept, and said by its warning
    events.registrations.add((event, person))
    row.changes[str(cell["employer_name"])] = [_words(present), _words(events.interviews[place])]
    return present is None


def _changed(events: Events, row: Row, place: tuple[Ref, Ref, Ref], present: Draft | None, cell: Draft) -> Draft | None:
    if present is None:
        return {name: cell[name] for name in ("slot", "status", "preference")}
    if events.board.options.mode == "create" and place not in events.mine:
        return None
    change = {name: cell[name] for name in ("slot", "preference") if cell[name] and cell[name] != present[name]}
    if "slot" in change and present["slot"] and place in events.mine and not row.decision.get("accept"):
        decide(
            row,
            f"{CHECK}:slot",
            f"Deux heures pour le même stand : {present['slot']} et {cell['slot']}. Choisissez l’une des deux.",
        )
    if cell["status"] != present["status"] and present["status"] in _OPEN and place not in events.mine:
        change["status"] = cell["status"]
    return change or None


def _words(state: Draft | None) -> str | None:
    if state is None:
        return None
    words = [_STATES[str(state["status"])]]
    if state.get("slot"):
        words.append(str(state["slot"]).replace(":", " h "))
    if state.get("preference"):
        words.append(f"{label(m.Interview, 'preference').lower()} {state['preference']}")
    return ", ".join(words)
