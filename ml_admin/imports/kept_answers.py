"""What people answered about rows and corrected in cells, put over the same rows when their file is read again.

The file is the same file: a row is the same when its table, its number and its kind of record are. An answer is kept
when what it was given for is still what the row says; what cannot be kept is counted, never dropped in silence.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ml_admin.imports.compare import KEYS
from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.round_trip import LAYOUT
from ml_admin.imports.rows import Row, Table

_Place = tuple[str | None, int | None, str, int | None, int]  # sheet, table in it, kind, row, rank among its like


def keep_answers(
    tables_before: Sequence[Table], before: Sequence[Row], tables: Sequence[Table], rows: Sequence[Row]
) -> int:
    """Put the answers and corrections of `before` in `rows`, in place; how many have to be given again."""
    exported = {table.position for table in tables_before if table.layout == LAYOUT}
    answered = [row for row in before if row.decision.keys() - {"values"} or row.table in exported]
    if not answered:
        return 0
    now = _by_place(tables, rows)
    places = {row.position: place for place, row in _by_place(tables_before, before).items()}
    moved = {old: now[place].position for old, place in places.items() if place in now}
    lost = 0
    for row in answered:
        new = now.get(places[row.position])
        if row.table in exported:
            lost += _keep_exported(row, new)
        else:
            lost += _asked(row) if new is None else _keep(row, new, moved)
    return lost


def _by_place(tables: Sequence[Table], rows: Sequence[Row]) -> dict[_Place, Row]:
    named = {table.position: (table.sheet, table.number) for table in tables}
    found: dict[_Place, Row] = {}
    for row in rows:
        sheet, number = named[row.table]
        rank = 0
        while (place := (sheet, number, row.entity, row.row, rank)) in found:
            rank += 1
        found[place] = row
    return found


def _asked(row: Row) -> int:
    """How many gestures a row holds."""
    return len(row.decision.get("edits", ())) + bool(row.decision.keys() - {"edits", "values"})


def _keep_exported(row: Row, new: Row | None) -> int:
    """A row known by its key: a cell corrected there leaves no other trace than its value."""
    if new is None:
        return _asked(row)
    new.records, new.flags, new.decision = row.records, row.flags, row.decision
    return 0


def _keep(row: Row, new: Row, moved: Mapping[int, int]) -> int:
    stops = _stops(row)
    edits = [name for name in row.decision.get("edits", ()) if _keep_cell(row, new, name)]
    lost = len(row.decision.get("edits", ())) - len(edits)
    answers = {name: value for name, value in row.decision.items() if name not in ("edits", "values")}
    kept = {name: value for name, value in answers.items() if name not in ("identity", "accept")}
    for name in ("people", "firms"):
        if name in kept:
            kept[name] = {who: at for who, ref in kept[name].items() if (at := _moved(ref, moved))}
    if "identity" in answers and _face(row) == _face(new) and (ref := _moved(answers["identity"], moved)):
        kept["identity"] = ref
    if answers.get("accept") and _stops(new) == stops:  # what is lost by « écrire quand même » is what was seen
        kept["accept"] = True
    new.decision = {**new.decision, **kept, **({"edits": edits} if edits else {})}
    return lost + (kept != answers and _fewer(kept, answers))


def _fewer(kept: Mapping[str, Any], answers: Mapping[str, Any]) -> bool:
    return kept.keys() != answers.keys() or any(
        len(kept[name]) < len(answers[name]) for name in ("people", "firms") if name in answers
    )


def _keep_cell(row: Row, new: Row, name: str) -> bool:
    """Put a corrected value back, with what was said of it; False when the row has no such field any more."""
    if len(new.records) != 1 or name not in row.record:
        return False
    if name not in new.record and name not in ENTITIES[new.entity].required:
        return False
    new.records[0] = {**new.record, name: row.record[name]}
    new.flags = [flag for flag in new.flags if flag["field"] != name]
    new.flags += [flag for flag in row.flags if flag["field"] == name]
    values = [one for one in new.decision.get("values", ()) if one["flag"]["field"] != name]
    new.decision = {**new.decision, **({"values": values} if "values" in new.decision else {})}
    return True


def _moved(ref: str, moved: Mapping[int, int]) -> str:
    """The same record after the reading; "" when the row that makes it is gone."""
    if not ref.startswith("row:"):
        return ref
    at = moved.get(int(ref[4:]))
    return "" if at is None else f"row:{at}"


def _face(row: Row) -> list[Any]:
    """What a record is recognised by."""
    return [row.record.get(name) for name in sorted(KEYS.get(row.entity, ()))]


def _stops(row: Row) -> set[tuple[str, str]]:
    return {(flag["field"], flag["code"]) for flag in row.stops}


def lost_words(number: int) -> list[str]:
    """[] or one French sentence for the head of the preview."""
    if not number:
        return []
    words = "1 réponse à refaire" if number == 1 else f"{number} réponses à refaire"
    return [f"{words}\u00a0: ce que vous aviez répondu ou corrigé ne correspond plus à ce qui est lu."]
