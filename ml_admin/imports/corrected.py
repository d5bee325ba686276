"""What a person chose, and what is remembered of the shape, put over what a table was recognised as."""

from collections.abc import Sequence

from ml_admin.cleaners import Context
from ml_admin.imports.analysis import Choice
from ml_admin.imports.columns import Column, Contents, Recognised
from ml_admin.imports.contents import fit
from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.recognise import recognise_as
from ml_admin.imports.shapes import LEFT, Recalled, is_grid, recall

_OTHER_CONTENTS = 0.4  # share of its values under which a column no longer holds what it did
_TO_ASK = 0.7  # confidence of a column that nobody has seen in a shape otherwise known


def corrected(
    found: Recognised, choice: Choice, columns: list[Column], contents: Sequence[Contents], context: Context
) -> Recognised:
    """A person's choice goes before the memory of the shape, and both before what was recognised."""
    recalled = recall(choice.memories, found.columns) if choice.memories else None
    wanted = choice.entity
    if wanted is None and recalled is not None and not recalled.memory.grid:
        wanted = recalled.memory.entity
    if wanted == "":
        return Recognised(None, "ignore", columns, "chosen", recalled=recalled)
    if wanted and (found.entity is None or found.entity.name != wanted):
        found = recognise_as(ENTITIES[wanted], columns, contents, context)
    found.recalled = recalled
    if found.entity is None:
        return found
    held = dict(zip((column.index for column in columns), contents, strict=True))
    if recalled is not None and recalled.memory.entity == found.entity.name:
        for column in found.columns:
            _as_before(found, column, recalled, held[column.index], context)
    for column in found.columns:
        if column.index in choice.fields:
            _give(found, column, choice.fields[column.index], "choice")
        if choice.protected is not None:
            column.protected = column.index in choice.protected
    return found


def _as_before(found: Recognised, column: Column, recalled: Recalled, contents: Contents, context: Context) -> None:
    if column.index in recalled.new:
        column.told, column.confidence = "new", min(column.confidence, _TO_ASK)
        return
    wanted = recalled.meanings.get(column.index)
    if wanted is None:
        return
    meaning = found.entity.meaning(wanted) if found.entity and wanted not in ("", LEFT) else None
    if meaning and meaning.strict and contents.values and fit(meaning, contents, context) < _OTHER_CONTENTS:
        column.told, column.confidence = "unlike", min(column.confidence, _TO_ASK)
        return
    _give(found, column, wanted, "memory")
    column.protected = column.index in recalled.protected


def _give(found: Recognised, column: Column, wanted: str, told: str) -> None:
    assert found.entity is not None  # noqa: S101
    if is_grid([column]):
        return
    column.meaning = found.entity.meaning(wanted) if wanted not in ("", LEFT) else None
    column.left_out, column.confidence, column.told = wanted == LEFT, 1.0, told
