"""The shape of a table: its headings, whatever their order. A table of a shape already imported is read as before.

Knows no database: `memory` keeps what is compared here. A drift is what changed in the headings since.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from rapidfuzz import fuzz

from ml_admin.text import fold, without_nir

LEFT: Final = "-"  # instead of a meaning: the column is left out, its words are kept nowhere

_ALIKE = 80.0  # of 100: two headings that may be one renamed
_ENOUGH = 0.6  # share of the headings that a near shape has in common
_FEWEST = 3  # headings that it must have in common
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Named:
    """One column of a shape. `key`: folded heading, numbered when it is said twice, or its digest when it is private."""

    key: str
    said: str  # as written; "" when it is private
    index: int = -1


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of one column. `meaning`: key of a meaning, "" kept apart, LEFT left out."""

    key: str
    said: str
    meaning: str
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """How a shape was read when it was last written."""

    id: int
    shape: str
    entity: str  # "" = the table is not taken
    grid: bool
    columns: tuple[Known, ...]
    mode: str
    used: date
    years_given: bool = False  # somebody had to give the year of its dates


@dataclass(slots=True)
class Drift:
    """What changed in the headings: words for a person."""

    new: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.renamed)


@dataclass(slots=True)
class Recalled:
    """A memory that serves for a table, and where each of its columns goes."""

    memory: Memory
    meanings: dict[int, str] = field(default_factory=dict)  # column -> meaning
    protected: frozenset[int] = frozenset()
    new: frozenset[int] = frozenset()
    drift: Drift = field(default_factory=Drift)


def is_grid(columns: Iterable[Any]) -> bool:
    return any(column.employer or column.slot for column in columns)


def named(columns: Sequence[Any]) -> list[Named]:
    """The headings that tell a shape; those of a grid's employers and times change with each event."""
    times: Counter[str] = Counter()
    found = []
    for column in columns:
        words = without_nir(f"{column.group} {column.heading}")[0].strip()
        folded = fold(words)
        if not folded or column.employer or column.slot:
            continue
        times[folded] += 1
        key = folded if times[folded] == 1 else f"{folded} ({times[folded]})"
        private = column.meaning is None and _may_name_somebody(column.heading)
        found.append(
            Named(_digest(key) if private else key[:200], "" if private else column.heading[:_LONGEST], column.index)
        )
    return found


def _may_name_somebody(heading: str) -> bool:
    """'Léa DUPRAT' over a column is a person; so may be any two capitalised words that no field answers to."""
    words = re.sub(r"[-'’.]", " ", heading).split()
    capitals = all(word.isalpha() and word[0].isupper() for word in words)
    return 2 <= len(words) <= 4 and capitals or "@" in heading or len(re.findall(r"\d", heading)) > 4


def _digest(words: str) -> str:
    return "#" + hashlib.sha256(words.encode()).hexdigest()[:16]


def shape_of(columns: Sequence[Any]) -> str:
    """The same for every table of these headings; "" when there are too few to tell it from another."""
    keys = sorted({one.key if one.key.startswith("#") else _digest(one.key) for one in named(columns)})
    if len(keys) < (1 if is_grid(columns) else 2):
        return ""
    return hashlib.sha256(f"{is_grid(columns)} {' '.join(keys)}".encode()).hexdigest()


# --- Recalling -------------------------------------------------------------------------------------------------------


def recall(memories: Iterable[Memory], columns: Sequence[Any]) -> Recalled | None:
    """What is remembered of a table of this shape, else of the nearest one."""
    grid, shape, present = is_grid(columns), shape_of(columns), named(columns)
    alike = [memory for memory in memories if memory.grid == grid]
    exact = next((memory for memory in alike if shape and memory.shape == shape), None)
    if exact is not None:
        return _recalled(exact, present, {})
    if grid or len(present) < _FEWEST:
        return None
    found = [(_score(memory, present, pairs := _renamed(memory, present)), memory, pairs) for memory in alike]
    score, memory, pairs = max(found, key=lambda one: one[0], default=(0.0, None, {}))
    return _recalled(memory, present, pairs) if memory is not None and score >= _ENOUGH else None


def _held(one: Named, keys: Mapping[str, Any]) -> str:
    """The key under which a memory holds a column of the file, "" when it does not."""
    return next((key for key in (one.key, _digest(one.key)) if key in keys), "")


def _renamed(memory: Memory, present: Sequence[Named]) -> dict[str, str]:
    """Key in the file -> key in the memory, of headings that differ by little."""
    keys = {known.key: known for known in memory.columns}
    held = {_held(one, keys) for one in present}
    new = [one for one in present if one.said and not _held(one, keys)]
    gone = [known for known in memory.columns if known.said and known.key not in held]
    pairs = sorted(
        ((fuzz.ratio(one.key, known.key), one.key, known.key) for one in new for known in gone), reverse=True
    )
    found: dict[str, str] = {}
    for score, one, other in pairs:
        # « Tél. 2 » is no new name of « Tél. »: a number more is another column
        if score >= _ALIKE and one not in found and other not in found.values() and _digits(one) == _digits(other):
            found[one] = other
    return found


def _digits(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def _score(memory: Memory, present: Sequence[Named], pairs: Mapping[str, str]) -> float:
    keys = {known.key: known for known in memory.columns}
    common = sum(bool(_held(one, keys)) for one in present)
    if common + len(pairs) < _FEWEST:
        return 0.0
    return (common + 0.8 * len(pairs)) / max(len(keys), len(present))


def _recalled(memory: Memory, present: Sequence[Named], pairs: Mapping[str, str]) -> Recalled:
    keys = {known.key: known for known in memory.columns}
    found, served, new, protected = Recalled(memory), set(), set(), set()
    for one in present:
        key = _held(one, keys) or pairs.get(one.key, "")
        if not key:
            new.add(one.index)
            found.drift.new.append(one.said or "un titre qui peut nommer quelqu’un")
            continue
        served.add(key)
        found.meanings[one.index] = keys[key].meaning
        if keys[key].protected:
            protected.add(one.index)
        if key == pairs.get(one.key):
            found.drift.renamed.append((keys[key].said, one.said))
    found.drift.gone = [known.said or "une colonne sans champ" for known in memory.columns if known.key not in served]
    found.new, found.protected = frozenset(new), frozenset(protected)
    return found


def recalled_words(recalled: Mapping[str, Any] | None) -> str:
    """'Lu comme le 14/10/2025 ; colonne « Tél. 2 » nouvelle', of what a staged table keeps of its memory; "" of none."""
    if not recalled:
        return ""
    day = date.fromisoformat(recalled["at"])
    return f"Lu comme le {day:%d/%m/%Y}" + (f"\u202f; {recalled['words']}" if recalled["words"] else "")


def drift_words(drift: Drift) -> str:
    """'colonne « Tél. 2 » nouvelle, « Réf » disparue'; "" when nothing changed."""
    said = [f"« {name} » nouvelle" for name in drift.new]
    said += [f"« {name} » disparue" for name in drift.gone]
    said += [f"« {old} » devenue « {new} »" for old, new in drift.renamed]
    start = "colonne " if len(said) == 1 else "colonnes "
    return re.sub(r"« | »", lambda match: match.group().replace(" ", "\u00a0"), start + ", ".join(said)) if said else ""
