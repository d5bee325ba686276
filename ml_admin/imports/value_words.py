"""Words that no rule understood, in staged rows: which they are, and the answers put in and taken out again."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin import person_names, vocabularies
from ml_admin.imports.rows import Row, Table
from ml_admin.imports.value_choices import APART, BLANK, LISTS, cleaner_of, value_of
from ml_admin.text import fold, tidy

CODES: Final = frozenset({"unmapped_value", "unknown_counsellor", "ambiguous_counsellor", "ambiguous_level"})

Key = tuple[str, str, str]  # entity, field, folded words
Answers = Mapping[Key, str]  # -> key of an option

_WHOLE = re.compile(r"(\d+)\.0")


def words_of(entity: str, flag: Mapping[str, Any]) -> dict[str, str]:
    """Folded words -> as written, of a flag that an answer may settle; a list gives only the parts not understood."""
    if flag.get("code") not in CODES or not flag.get("raw"):
        return {}
    raw, cleaner = tidy(_WHOLE.sub(r"\1", str(flag["raw"]))), cleaner_of(entity, flag["field"])
    if cleaner in LISTS:
        parts = vocabularies.not_understood(raw, cleaner) or [raw]
    elif cleaner == "counsellor":
        parts = [person_names.without_civility(raw)]
    else:
        parts = [vocabularies.without_dates(raw) or raw]
    return {folded[:200]: part for part in parts if (folded := fold(part) or part.strip())}


def memorable(written: str) -> bool:
    """A word of a list is kept for the next file; a sentence or a number may speak of somebody."""
    return len(written) <= 60 and len(written.split()) <= 6 and not re.search(r"\d{5}", written)


# --- Answers taken up ------------------------------------------------------------------------------------------------


def answers_of(session: Session, batch: m.ImportBatch) -> dict[Key, str]:
    """What earlier imports remember, then what was answered for this one."""
    v = m.ImportValue
    found = {
        (entity, name, written): BLANK if value is None else str(value)
        for entity, name, written, value in session.execute(select(v.entity, v.field, v.written, v.value))
    }
    return found | {(one[0], one[1], one[2]): one[3] for one in batch.options.get("values", ())}


def take_up(rows: Iterable[Row], tables: Iterable[Table], answers: Answers) -> set[int]:
    """Put the answers in the rows that wait for them, in place; the positions of the rows that changed.

    What was put in before is taken out first: an answer that is gone leaves no trace.
    """
    columns = {table.position: {column["index"]: column for column in table.columns} for table in tables}
    changed = set()
    for row in rows:
        if row.written or not (row.decision.get("values") or any(flag.get("code") in CODES for flag in row.flags)):
            continue
        before = (repr(row.records), repr(row.flags), repr(row.decision))
        _take_out(row)
        _put_in(row, columns.get(row.table, {}), answers)
        if (repr(row.records), repr(row.flags), repr(row.decision)) != before:
            changed.add(row.position)
    return changed


def _take_out(row: Row) -> None:
    records = list(row.records)
    for entry in reversed(row.decision.get("values", ())):
        row.flags = [*(flag for flag in row.flags if flag != entry["left"]), entry["flag"]]
        if entry["removed"]:
            records.insert(entry["at"], entry["removed"])
        elif entry["at"] < len(records):
            records[entry["at"]] = {**records[entry["at"]], **entry["before"]}
    row.records = records
    row.decision = {name: value for name, value in row.decision.items() if name != "values"}


def _put_in(row: Row, columns: Mapping[int, Mapping[str, Any]], answers: Answers) -> None:
    entries = []
    for flag in list(row.flags):
        words = words_of(row.entity, flag)
        keys = {written: (row.entity, flag["field"], written) for written in words}
        said = {written: answers[key] for written, key in keys.items() if key in answers}
        if not said:
            continue
        waiting = [part for written, part in words.items() if written not in said]
        left = {**flag, "raw": " ; ".join(waiting)} if waiting else None
        column = columns.get(flag.get("column", -1), {})
        told = _answer(row, flag["field"], [(words[written], key) for written, key in said.items()], column)
        entries.append({"flag": flag, "left": left, "said": said, **told})
        row.flags = [one for one in row.flags if one is not flag] + ([left] if left else [])
    if entries:
        row.decision = {**row.decision, "values": entries}


def _answer(row: Row, name: str, said: Sequence[tuple[str, str]], column: Mapping[str, Any]) -> dict[str, Any]:
    """Put answers in the record that the column speaks of; what it takes to have that record back."""
    employer = column.get("employer")
    at = next((n for n, one in enumerate(row.records) if employer in (None, one.get("employer"))), None)
    if at is None:
        return {"at": 0, "before": {}, "removed": None}
    before = row.records[at]
    if employer is not None and all(key == BLANK for _, key in said):  # a mark of a grid that means nobody
        row.records = [*row.records[:at], *row.records[at + 1 :]]
        return {"at": at, "before": {}, "removed": before}
    after = dict(before)
    for words, key in said:
        _fill(row.entity, after, name, key, words, column.get("heading") or "À part")
    row.records = [*row.records[:at], after, *row.records[at + 1 :]]
    return {
        "at": at,
        "before": {one: before.get(one) for one in after if after[one] != before.get(one)},
        "removed": None,
    }


def _fill(entity: str, record: dict[str, Any], name: str, key: str, words: str, heading: str) -> None:
    cleaner = cleaner_of(entity, name)
    if key == APART:
        extra = record.get("extra") or {}
        held = extra.get(heading)
        record["extra"] = {**extra, heading: f"{held} ; {words}" if held else words}
    elif cleaner in LISTS and key != BLANK:
        record[name] = list(dict.fromkeys([*(record.get(name) or ()), key]))
    elif key != BLANK:
        record[name] = value_of(cleaner, key)
