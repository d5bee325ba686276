"""Words of a file that no rule understood: grouped, answered once for all their rows, remembered for the next file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, Text, cast, delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.imports import stage
from ml_admin.imports.batches import StepRefusedError
from ml_admin.imports.board import hidden_attributes
from ml_admin.imports.gestures import gesture
from ml_admin.imports.nearby import Staged
from ml_admin.imports.records import WRITES
from ml_admin.imports.rows import Table
from ml_admin.imports.value_choices import BLANK, Options, meaning_of, offer
from ml_admin.imports.value_words import CODES, Key, answers_of, memorable, take_up, words_of
from ml_admin.permissions import Viewer, may

_GONE = "Cette valeur n’attend plus de réponse : rechargez la page."
_NOT_OFFERED = "Cette réponse n’existe pas pour ce champ. Choisissez dans la liste."


@dataclass(frozen=True, slots=True)
class ValueGroup:
    """One word that waits for its meaning, and the rows that hold it."""

    entity: str
    field: str
    label: str  # French name of the field
    code: str  # why it waits
    written: str  # folded: what `answer_value` takes
    said: str  # as the file writes it first
    column: str  # heading
    rows: int
    options: Options  # (value for `answer_value`, French label)
    suggestion: str  # one of these values, or ""
    hint: str


@dataclass(slots=True)
class Reused:
    """One answer that holds for this import."""

    entity: str
    field: str
    label: str
    written: str
    said: str
    answer: str  # French
    rows: int
    earlier: bool  # given in an earlier import, taken up without asking


# --- What waits ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Seen:
    code: str
    said: str
    column: str
    rows: set[int] = field(default_factory=set)


def unmapped(session: Session, viewer: Viewer, batch_id: int) -> list[ValueGroup]:
    """The words of a staged import that wait for a meaning, those of most rows first; never of a field that the
    viewer's role does not import."""
    tables = stage.load_tables(session, batch_id)
    seen = _seen(_flagged(session, batch_id, tables))
    found = []
    for (entity, name, written), one in seen.items():
        if _closed(viewer, entity, name):
            continue
        offered = offer(session, viewer, entity, name, one.code, written)
        if not offered.options:
            continue
        about = (_label(entity, name), one.code, written, one.said, one.column, len(one.rows))
        found.append(ValueGroup(entity, name, *about, offered.options, offered.suggestion, offered.hint))
    return sorted(found, key=lambda group: -group.rows)


def _flagged(session: Session, batch_id: int, tables: Sequence[Table]) -> list[tuple[int, Table, list[dict[str, Any]]]]:
    r = m.ImportRow
    places = {table.key: table for table in tables}
    said = cast(r.flags, Text)
    query = (
        select(r.position, r.table_id, r.flags)
        .where(r.batch_id == batch_id, r.written.is_(False), or_(*(said.contains(code) for code in sorted(CODES))))
        .order_by(r.position)
    )
    return [(position, places[table_id], flags) for position, table_id, flags in session.execute(query)]


def _seen(rows: Iterable[tuple[int, Table, list[dict[str, Any]]]]) -> dict[Key, _Seen]:
    found: dict[Key, _Seen] = {}
    for position, table, flags in rows:
        entity = table.entity or ""
        for flag in flags:
            for written, said in words_of(entity, flag).items():
                heading = next((one["heading"] for one in table.columns if one["index"] == flag.get("column")), "")
                one = found.setdefault((entity, flag["field"], written), _Seen(flag["code"], said, heading))
                one.rows.add(position)
    return found


def _closed(viewer: Viewer, entity: str, name: str) -> bool:
    if not all(may(viewer, "import", model) for model in WRITES[entity]):
        return True
    hidden = frozenset(hidden_attributes(viewer, entity))
    return name in hidden or f"{name}_id" in hidden


def _label(entity: str, name: str) -> str:
    meaning = meaning_of(entity, name)
    return meaning.label if meaning else name


# --- One answer ------------------------------------------------------------------------------------------------------


def answer_value(
    engine: Engine, batch_id: int, viewer: Viewer, entity: str, field_: str, written: str, value: str
) -> int:
    """Give a word its meaning in every row of the import that holds it, and remember it; how many rows changed.

    `value`: one of the group's options. Raises StepRefusedError with a French sentence.
    """
    key = (entity, field_, written)

    def change(staged: Staged) -> set[int]:
        group = _group(staged.session, viewer, batch_id, key)
        if group is None:
            raise StepRefusedError(_GONE)
        if value not in dict(group.options):
            raise StepRefusedError(_NOT_OFFERED)
        answers = answers_of(staged.session, staged.session.get_one(m.ImportBatch, batch_id)) | {key: value}
        waiting = _seen(_flagged(staged.session, batch_id, staged.tables))[key].rows
        return take_up(staged.at(waiting), staged.tables, answers)

    def note(session: Session, batch: m.ImportBatch) -> None:
        _keep(session, batch, key, value)

    return len(gesture(engine, batch_id, viewer, change, note))


def _group(session: Session, viewer: Viewer, batch_id: int, key: Key) -> ValueGroup | None:
    found = unmapped(session, viewer, batch_id)
    return next((one for one in found if (one.entity, one.field, one.written) == key), None)


def _keep(session: Session, batch: m.ImportBatch, key: Key, value: str) -> None:
    others = [one for one in batch.options.get("values", ()) if tuple(one[:3]) != key]
    batch.options = {**batch.options, "values": [*others, [*key, value]]}
    if not memorable(key[2]):
        return
    session.execute(delete(m.ImportValue).where(*_is(key)))
    line = m.ImportValue(entity=key[0], field=key[1], written=key[2], value=None if value == BLANK else value)
    try:
        with session.begin_nested():
            session.add(line)
    except IntegrityError:
        return  # somebody answered the same word at the same moment: theirs holds for the next files


def _is(key: Key) -> tuple[Any, ...]:
    v = m.ImportValue
    return v.entity == key[0], v.field == key[1], v.written == key[2]


# --- Answers that hold, and their withdrawal -------------------------------------------------------------------------


def reused(session: Session, viewer: Viewer, batch_id: int) -> list[Reused]:
    """The answers that hold for a staged import, of this one and of earlier ones."""
    batch = session.get_one(m.ImportBatch, batch_id)
    own = {tuple(one[:3]) for one in batch.options.get("values", ())}
    tables = {table.key: table.entity or "" for table in stage.load_tables(session, batch_id)}
    r = m.ImportRow
    query = select(r.table_id, r.decision).where(
        r.batch_id == batch_id, r.written.is_(False), cast(r.decision, Text).contains('"values"')
    )
    found: dict[Key, Reused] = {}
    for table_id, decision in session.execute(query):
        entity = tables[table_id]
        for entry in decision["values"]:
            name, words = entry["flag"]["field"], words_of(entity, entry["flag"])
            for written, value in entry["said"].items():
                key = (entity, name, written)
                if key not in found and not _closed(viewer, entity, name):
                    answer = _answer_words(session, viewer, key, entry["flag"]["code"], value)
                    told = (_label(entity, name), written, words.get(written, written), answer)
                    found[key] = Reused(entity, name, *told, 0, key not in own)
                if key in found:
                    found[key].rows += 1
    return sorted(found.values(), key=lambda one: (one.label, one.written))


def _answer_words(session: Session, viewer: Viewer, key: Key, code: str, value: str) -> str:
    return dict(offer(session, viewer, key[0], key[1], code, key[2]).options).get(value, value)


def revoke(engine: Engine, batch_id: int, viewer: Viewer, entity: str, field_: str, written: str) -> int:
    """Forget an answer, for this import and for the next ones; its rows wait again. How many rows changed."""
    key = (entity, field_, written)

    def change(staged: Staged) -> set[int]:
        holding = _holding(staged, key) if not _closed(viewer, entity, field_) else set()
        if not holding:
            raise StepRefusedError("Cette réponse n’est plus là : rechargez la page.")
        answers = answers_of(staged.session, staged.session.get_one(m.ImportBatch, batch_id))
        answers.pop(key, None)
        return take_up(staged.at(holding), staged.tables, answers)

    def note(session: Session, batch: m.ImportBatch) -> None:
        kept = [one for one in batch.options.get("values", ()) if tuple(one[:3]) != key]
        batch.options = {**batch.options, "values": kept}
        session.execute(delete(m.ImportValue).where(*_is(key)))

    return len(gesture(engine, batch_id, viewer, change, note))


def _holding(staged: Staged, key: Key) -> set[int]:
    """The rows in which this answer stands."""
    r = m.ImportRow
    query = select(r.position, r.decision).where(
        r.batch_id == staged.batch_id,
        r.written.is_(False),
        staged.of_kind(key[0]),
        cast(r.decision, Text).contains('"values"'),
    )
    return {
        position
        for position, decision in staged.session.execute(query)
        if any(one["flag"]["field"] == key[1] and key[2] in one["said"] for one in decision.get("values", ()))
    }
