"""What a table is: the entity that explains most of its columns, or one of the grids of a job dating."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from ml_admin.cleaners import Context
from ml_admin.imports.clean import clean_cell
from ml_admin.imports.columns import Column, Contents, Recognised
from ml_admin.imports.contents import FIRM, two_names
from ml_admin.imports.entities import ENTITIES, Entity
from ml_admin.imports.grid_cells import clean_mark, is_nobody, is_rank
from ml_admin.imports.headings import PEOPLE, as_entity, hints
from ml_admin.imports.vocabulary import readings
from ml_admin.imports.workbook import Cell
from ml_admin.text import fold, tidy

_POSTAL_LINE = re.compile(r"(?:^|\s)\d{2} ?\d{3}\s+[^\W\d]{2,}(?:[ '-][^\W\d]+)*(?:\s+cedex)?$", re.IGNORECASE)


def recognise(
    columns: list[Column],
    contents: Sequence[Contents],
    context: Context,
    words: str = "",
    firms: frozenset[str] = frozenset(),
    given: frozenset[tuple[str, str]] = frozenset(),
) -> Recognised:
    """Choose the entity that explains the most columns.

    `words`: sheet name and titles; `firms`: folded names of employers found elsewhere in the workbook;
    `given`: (entity, field) that titles and section rows fill.
    """
    plain_headings(columns)
    found = _slot_grid(columns, contents, context) or _cross_grid(columns, contents, context, words, firms)
    if found:
        return found
    tried = [as_entity(entity, columns, contents, context, words, given) for entity in ENTITIES.values()]
    best = max(tried, key=lambda one: one.score)
    if best.entity and best.entity.name == "young_person" and _are_staff(best.columns, contents):
        return Recognised(None, "ignore", columns, "staff")
    return best if best.score > 0 else Recognised(None, "ignore", columns, _why_ignored(contents))


def plain_headings(columns: Iterable[Column]) -> None:
    """'Nom bénéficiaire', 'Prénom bénéficiaire', 'Téléphone bénéficiaire': set `said` to what is left without the common word."""
    words = [set(fold(column.heading).split()) for column in columns]
    if {"nom"} in words or {"prenom"} in words:
        return
    beside = [one - {first} for first in ("nom", "prenom") for one in words if first in one]
    common = set.intersection(*beside) if len(beside) >= 2 else set()
    for column in columns if common else ():
        left = [word for word in fold(column.heading).split() if word not in common]
        column.said = " ".join(left) if left and common & set(fold(column.heading).split()) else column.heading


def recognise_as(entity: Entity, columns: list[Column], contents: Sequence[Contents], context: Context) -> Recognised:
    """The same for an entity that somebody chose."""
    return as_entity(entity, columns, contents, context, "")


def _why_ignored(contents: Sequence[Contents]) -> str:
    cells = [cell for one in contents for cell in one.values]
    figures = sum(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in cells)
    if not cells:
        return "empty sheet"
    if figures > 0.4 * len(cells):
        return "statistics"
    texts = [tidy(str(cell)) for cell in cells if isinstance(cell, str)]
    if sum(_POSTAL_LINE.search(text) is not None for text in texts) > max(1, 0.2 * len(texts)):
        return "mailing labels"
    if sum(len(text.split()) >= 4 for text in texts) >= 0.6 * len(cells):
        return "prose"
    return "value lists"


_TRADE = re.compile(
    r"\b(?:conseill|charge|chef|directeur|directrice|responsable|assistant|coordinat|travailleu|educat|secretaire|referent|agent)"
)


def _are_staff(columns: Sequence[Column], contents: Sequence[Contents]) -> bool:
    """Names and how to reach them, nothing else; their trade is to advise, or all write from one office's own domain."""
    told = {name for column in columns for name in column.fields}
    if not told <= {"last_name", "first_name", "phone", "phone2", "email", "gender"}:
        return False
    others = [fold(str(cell)) for at, one in enumerate(contents) if not columns[at].meaning for cell in one.values]
    if others and sum(_TRADE.search(text) is not None for text in others) >= 0.6 * len(others):
        return True
    mails = [str(c).lower() for at, one in enumerate(contents) if columns[at].fields == ("email",) for c in one.values]
    domains = {mail.rpartition("@")[2] for mail in mails}
    return len(mails) >= 2 and len(domains) == 1 and not others and not _PUBLIC.search(domains.pop())


_PUBLIC = re.compile(
    r"^(?:gmail|googlemail|hotmail|outlook|live|msn|yahoo|ymail|laposte|orange|wanadoo|free|sfr|neuf|bbox|icloud|me|proton|protonmail|aol|gmx|"
    r"exemple|example)\."
)


# --- Grids ---------------------------------------------------------------------------------------------------------------


def _slot_grid(columns: list[Column], contents: Sequence[Contents], context: Context) -> Recognised | None:
    """Times down the side, employers along the top, people inside; or the same lying on its side."""
    entity = ENTITIES["job_dating_slot"]
    times = [at for at, one in enumerate(contents) if len(one.values) >= 3 and _all_times(one.values, context)]
    inside = [
        at for at, column in enumerate(columns) if column.heading and at not in times and not _known_person(column)
    ]
    if len(times) == 1 and len(inside) >= 2 and all(_people(contents[at].values) for at in inside):
        return Recognised(
            entity,
            "slot_grid",
            [_grid_column(entity, column, at in times, at in inside) for at, column in enumerate(columns)],
        )
    hours = {
        at: _hour(column.heading, context)
        for at, column in enumerate(columns)
        if re.match(r"\s*\d{1,2}\s*[hH:]", column.heading)
    }
    if len(hours) >= 3 and all(hours.values()) and all(_people(contents[at].values) for at in hours) and 0 not in hours:
        sides = [
            Column(
                c.index,
                c.heading,
                c.group,
                meaning=entity.meaning("employer") if not at else None,
                confidence=0.8,
                slot=hours.get(at),
            )
            for at, c in enumerate(columns)
        ]
        return Recognised(entity, "slot_grid", sides)
    return None


def _hour(text: str, context: Context) -> Any:
    return clean_cell("time", text, context).value


def _all_times(values: Sequence[Cell], context: Context) -> bool:
    read = [clean_cell("time", cell, context).value is not None for cell in values if not isinstance(cell, int | float)]
    return len(read) >= 3 and sum(read) >= 0.8 * len(read)


def _known_person(column: Column) -> bool:
    return any(
        one.score >= 0.8 and one.entity in ("appointment", "young_person", "action_item", "")
        for one in readings(column.heading)
    )


def _people(values: Sequence[Cell]) -> bool:
    texts = [tidy(str(cell)) for cell in values if not is_nobody(cell)]
    return sum(map(two_names, texts)) >= 0.5 * len(texts)


def _grid_column(entity: Entity, column: Column, is_time: bool, is_inside: bool) -> Column:
    meaning = entity.meaning("slot") if is_time else None
    return Column(
        column.index,
        column.heading,
        column.group,
        meaning=meaning,
        confidence=0.9,
        employer=column.heading if is_inside else None,
    )


def _cross_grid(
    columns: list[Column], contents: Sequence[Contents], context: Context, words: str, firms: frozenset[str]
) -> Recognised | None:
    """Candidates down the side, employers along the top, marks inside."""
    entity = ENTITIES["job_dating_registration"]
    marked = [
        at
        for at, column in enumerate(columns)
        if column.heading and not _strongly_known(column) and _marks(contents[at].values, context)
    ]
    firm = any(_speaks_of_firms(columns[at], firms) for at in marked)
    figures = any(is_rank(cell) and cell not in (1, "1") for at in marked for cell in contents[at].values)
    if len(marked) < 2 or not (firm or (hints(entity, words) and not figures)):
        return None
    rest = [column if at not in marked else Column(column.index, "", "") for at, column in enumerate(columns)]
    empty = Contents([])
    named = as_entity(entity, rest, [empty if at in marked else one for at, one in enumerate(contents)], context, words)
    if not {name for column in named.columns for name in column.fields} >= PEOPLE:
        return None
    for at in marked:
        named.columns[at] = Column(
            columns[at].index, columns[at].heading, columns[at].group, confidence=0.9, employer=columns[at].heading
        )
    return Recognised(entity, "cross_grid", named.columns)


def _strongly_known(column: Column) -> bool:
    return any(one.score >= 0.8 for one in readings(column.heading))


def _marks(values: Sequence[Cell], context: Context) -> bool:
    """Crosses, times, « LA », ranks of choice… ; an empty column of a grid counts as one of its marks."""
    read = [is_rank(cell) or not clean_mark(cell, context).flags for cell in values]
    return sum(read) >= 0.6 * len(read)


def _speaks_of_firms(column: Column, firms: frozenset[str]) -> bool:
    name = fold(column.heading)
    return (
        name in firms
        or FIRM.search(name) is not None
        or "entreprise" in fold(column.group)
        or "employeur" in fold(column.group)
    )
