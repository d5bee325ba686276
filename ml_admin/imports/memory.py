"""What an office remembers of the files it imported: how each shape of table was read when it was last written.

Kept in the office's own database, without any name of a file (docs/decisions/0005-memory-by-shape.md).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.column_types import now
from ml_admin.imports.analysis import Choice, Choices
from ml_admin.imports.records import PARIS, WRITES
from ml_admin.imports.rows import Table
from ml_admin.imports.shapes import LEFT, Known, Memory
from ml_admin.permissions import Viewer, may


class Recalling(dict[tuple[str | None, int], Choice]):
    """A person's corrections; every table is besides compared with what is remembered."""

    def __init__(self, choices: Choices, memories: Sequence[Memory]) -> None:
        super().__init__()
        self._bare = Choice(memories=tuple(memories))
        for place, choice in choices.items():
            self[place] = replace(choice, memories=tuple(memories))

    def get(self, place: tuple[str | None, int], default: Any = None) -> Any:
        return super().get(place, self._bare)


def memories(session: Session) -> list[Memory]:
    """Everything that is remembered, the latest first."""
    query = select(m.ImportMemory).order_by(m.ImportMemory.used_at.desc(), m.ImportMemory.id.desc())
    return [_memory(line) for line in session.scalars(query)]


def _memory(line: m.ImportMemory) -> Memory:
    kept = line.mapping
    columns = tuple(Known(one["key"], one["said"], one["field"], one["protected"]) for one in kept["columns"])
    day = line.used_at.astimezone(PARIS).date()
    return Memory(line.id, line.shape, kept["entity"], kept["grid"], columns, kept["mode"], day, kept["years_given"])


def remember(session: Session, batch: m.ImportBatch, tables: Sequence[Table], viewer: Viewer) -> None:
    """Keep how each table of a batch that was just written had been read, in place of what was known of its shape.

    Of a table that the viewer's role does not import nothing was written, and nothing is learnt.
    """
    given = bool(batch.options.get("years"))
    for table in tables:
        shape, names = table.options.get("shape"), table.options.get("named")
        if not shape or not names or (table.entity is None and table.options.get("why") != "chosen"):
            continue
        if table.entity and not all(may(viewer, "import", model) for model in WRITES[table.entity]):
            continue
        columns = {column["index"]: column for column in table.columns}
        mapping = {
            "entity": table.entity or "",
            "grid": any(column["employer"] or column["slot"] for column in table.columns),
            "columns": [_column(key, said, columns[index]) for key, said, index in names],
            "mode": batch.options.get("mode", "update"),
            "years_given": given,
            "batch": batch.id,
        }
        session.execute(delete(m.ImportMemory).where(m.ImportMemory.shape == shape))
        session.add(m.ImportMemory(shape=shape, headings=[name[0] for name in names], mapping=mapping, used_at=now()))
        session.flush()


def _column(key: str, said: str, column: dict[str, Any]) -> dict[str, Any]:
    meaning = LEFT if column.get("left") else column["meaning"] or ""
    return {"key": key, "said": said, "field": meaning, "protected": bool(column.get("protected"))}


def forget(session: Session, keys: Collection[int]) -> None:
    """The next file of these shapes is read as the first one was."""
    if keys:
        session.execute(delete(m.ImportMemory).where(m.ImportMemory.id.in_(keys)))


def forget_batch(session: Session, batch_id: int) -> None:
    """An import that is undone teaches nothing."""
    lines = session.execute(select(m.ImportMemory.id, m.ImportMemory.mapping)).all()
    forget(session, [key for key, mapping in lines if mapping.get("batch") == batch_id])
