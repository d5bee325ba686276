"""What a workbook says: its tables, their columns, and each row as clean records with what was lost or guessed."""

import gc
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ml_admin.cleaners import Context
from ml_admin.imports.agenda_tables import agenda_tables
from ml_admin.imports.analysis import Analysis, Choice, Choices, Row, Table, Years
from ml_admin.imports.columns import Column, Contents, Recognised, contents_of, letter_of
from ml_admin.imports.corrected import corrected
from ml_admin.imports.forms import Form, find_cards, find_form
from ml_admin.imports.grids import cross_rows, slot_rows
from ml_admin.imports.header_rows import WIDEST
from ml_admin.imports.match import Matches, firm_of, match_firms, match_people, person_of
from ml_admin.imports.recognise import recognise
from ml_admin.imports.record_rows import holds_nir, record_rows
from ml_admin.imports.sections import given_fields, promote, read_event, read_sections
from ml_admin.imports.sideways import turned
from ml_admin.imports.tables import Block, find_tables
from ml_admin.imports.vocabulary import folded, readings
from ml_admin.imports.workbook import Cell, Sheet, Workbook
from ml_admin.text import fold

_DATE = re.compile(r"\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?\d{2,4}")  # of a copy, not the year that the table is about
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def analyse(
    workbook: Workbook, context: Context, years: Years | None = None, choices: Choices | None = None
) -> Analysis:
    """Recognise, clean and compare everything in a workbook; knows no database.

    The date system is the workbook's, the year of each table comes from `years`, sheet name or title.
    `choices` are a person's corrections of the recognition.
    """
    context = replace(context, date_system=workbook.date_system)
    notes = [*workbook.notes, *_unknown_sheets(workbook, years or {}), *_hidden_sheets(workbook)]
    tables: list[Table] = []
    with _no_collection():
        firms = _firm_names(workbook)
        for sheet in workbook.sheets:
            found, said = _tables_of(sheet, context, years or {}, {} if choices is None else choices, firms)
            tables += found
            notes += said
        _mark_duplicates(tables)
    notes += [note for table in tables for note in _nir_columns(table)]
    return Analysis(
        workbook.file_name, workbook.format, workbook.date_system, workbook.encoding, workbook.delimiter, notes, tables
    )


@contextmanager
def _no_collection() -> Iterator[None]:
    """All that is built here stays: looking for garbage among it took a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _unknown_sheets(workbook: Workbook, years: Years) -> list[str]:
    known = {sheet.name for sheet in workbook.sheets}
    return [
        f"L’année donnée pour la feuille « {name} » ne sert à rien : le fichier n’a pas de feuille de ce nom."
        for name in years
        if name is not None and name not in known
    ]


def _hidden_sheets(workbook: Workbook) -> list[str]:
    return [
        f"La feuille « {sheet.name} » est masquée dans le fichier : elle est lue comme les autres."
        for sheet in workbook.sheets
        if sheet.hidden and any(sheet.rows)
    ]


def _nir_columns(table: Table) -> list[str]:
    found = [column for column in table.columns if holds_nir(column)] if table.entity else []
    return [
        f"La colonne « {column.heading} » n’est pas lue : l’application n’enregistre aucun numéro de sécurité sociale."
        for column in found
    ]


def _firm_names(workbook: Workbook) -> frozenset[str]:
    """Folded words of the columns headed as firms, in any sheet: they tell the columns of a grid."""
    names: set[str] = set()
    for sheet in workbook.sheets if len(workbook.sheets) > 1 else ():
        for block in find_tables(sheet) if len(sheet.rows) < 500 else ():
            for heading in block.headings:
                if any(one.key == "employer" and one.score >= 0.8 for one in readings(heading.text)):
                    names |= {fold(str(cell)) for cell in _cells(sheet, block.rows, heading.column) if cell is not None}
    return frozenset(names - {""})


def _cells(sheet: Sheet, rows: Sequence[int], column: int) -> list[Cell]:
    return [row[column] if column < len(row) else None for row in (sheet.rows[number - 1] for number in rows)]


# --- Tables of a sheet -----------------------------------------------------------------------------------------------


def _tables_of(
    sheet: Sheet, context: Context, years: Years, choices: Choices, firms: frozenset[str]
) -> tuple[list[Table], list[str]]:
    """The tables of a sheet, and French sentences about what was left out of them."""
    on_its_side = turned(sheet)
    if on_its_side:
        found, said = _upright_tables(on_its_side[0], context, years, choices, firms, on_its_side[1])
        for table in found:
            table.layout = "transposed" if table.layout == "table" else table.layout
        return found, said
    found = _cards(sheet, context, years, choices)
    if found:
        return found, []
    dated = replace(context, year=_year(sheet, _first_words(sheet), years))
    found, said = agenda_tables(sheet, dated, choices)
    return (found, said) if found else _upright_tables(sheet, context, years, choices, firms)


def _first_words(sheet: Sheet) -> list[str]:
    return [str(cell) for row in sheet.rows[:6] for cell in row if isinstance(cell, str)]


def _upright_tables(
    sheet: Sheet,
    context: Context,
    years: Years,
    choices: Choices,
    firms: frozenset[str],
    over: Sequence[str] = (),
) -> tuple[list[Table], list[str]]:
    blocks = find_tables(sheet)
    if not blocks:
        return [Table(sheet.name, None, None, "ignore", [], [], [], why="empty sheet")], []
    titles = [*over, *(title for block in blocks for title in block.titles)]
    _share_titles(blocks)
    tables = []
    for rank, block in enumerate(blocks, 1):
        promote(block, block.lone, context)
        dated = replace(context, year=_year(sheet, [*titles, *block.titles], years))
        tables.append(_table(sheet, block, dated, choices.get((sheet.name, rank), Choice()), firms))
        tables[-1].number = rank if len(blocks) > 1 else None
    left_out = [block.left_out for block in blocks if block.left_out]
    width = max(map(len, sheet.rows))
    return tables, [_left_out(sheet, *one) for one in [*left_out, *([(WIDEST, width - 1)] if width > WIDEST else [])]]


def _left_out(sheet: Sheet, first: int, last: int) -> str:
    where = f"colonnes {letter_of(first)} à {letter_of(last)}" if last > first else f"colonne {letter_of(first)}"
    return f"Feuille « {sheet.name} » : les mots écrits à côté du tableau ({where}) ne sont pas repris."


def _share_titles(blocks: Sequence[Block]) -> None:
    """Of tables side by side, a title over the first one speaks for all, but in a row where each has its own."""
    for before, block in zip(blocks, blocks[1:], strict=False):
        if (
            before.headings[-1].column < block.headings[0].column
            and abs(before.header_rows[0] - block.header_rows[0]) <= 3
        ):
            block.titles_by_row = before.titles_by_row | block.titles_by_row


def _year(sheet: Sheet, titles: Sequence[str], years: Years) -> int | None:
    """Picked for the sheet, else in the sheet's name, picked for the file, or in a title; the last of several ('2023-2024')."""
    if sheet.name is not None and sheet.name in years:
        return years[sheet.name]
    named = _years_in(sheet.name or "")
    if named:
        return named[-1]
    if None in years:
        return years[None]
    titled = [year for title in titles for year in _years_in(title)]
    return titled[-1] if titled else None


def _years_in(text: str) -> list[int]:
    return [int(year) for year in _YEAR.findall(_DATE.sub(" ", text))]


def _table(sheet: Sheet, block: Block, context: Context, choice: Choice, firms: frozenset[str]) -> Table:
    columns = [Column(heading.column, heading.text, heading.group) for heading in block.headings]
    cells = _data(sheet, block)
    said = [*block.titles, *block.sections.values()]
    found = _recognised(
        choice, columns, [contents_of(one) for one in cells], context, [sheet.name or "", *block.titles], said, firms
    )
    table = Table(
        sheet.name,
        None,
        None,
        found.layout,
        block.header_rows,
        found.columns,
        [],
        block.titles,
        context.year,
        why=found.why,
        score=found.score,
        recalled=found.recalled,
    )
    if found.layout == "ignore" or found.entity is None:
        table.rows = [
            Row(number, "skip", why=block.skipped.get(number, "note"))
            for number in sorted((*block.rows, *block.skipped))
        ]
        return table
    table.entity = found.entity.name
    if found.entity.name.startswith("job_dating"):
        table.event = read_event(block.titles, context)
    table.rows = _rows(sheet, block, found, cells, context)
    _mark(table.rows, sheet)
    return table


def _recognised(
    choice: Choice,
    columns: list[Column],
    contents: Sequence[Contents],
    context: Context,
    words: Sequence[str],
    said: Sequence[str],
    firms: frozenset[str],
) -> Recognised:
    """What the table is, a person's corrections included."""
    found = recognise(columns, contents, context, " ".join(words), firms, given_fields(said))
    return corrected(found, choice, columns, contents, context)


def _data(sheet: Sheet, block: Block) -> list[list[Cell]]:
    """The data cells column by column; cells merged downwards repeat."""
    columns = [_cells(sheet, block.rows, heading.column) for heading in block.headings]
    at = {number: position for position, number in enumerate(block.rows)} if sheet.merged else {}
    first = block.headings[0].column
    for top, left, bottom, right in sheet.merged:
        if bottom == top or right > left or not 0 <= left - 1 - first < len(columns) or top not in at:
            continue
        column = columns[left - 1 - first]
        for number in range(top + 1, bottom + 1):
            if number in at:
                column[at[number]] = column[at[top]]
    return columns


def _rows(sheet: Sheet, block: Block, found: Recognised, cells: list[list[Cell]], context: Context) -> list[Row]:
    assert found.entity is not None  # noqa: S101
    sections = read_sections(sheet.name, block, found.entity, context)
    if found.layout == "slot_grid":
        data = slot_rows(found.columns, cells, block.rows, context)
    elif found.layout == "cross_grid":
        data = cross_rows(found.entity, found.columns, cells, block.rows, sections, context)
    else:
        data = record_rows(found.entity, found.columns, cells, block.rows, sections, context)
    skipped = [Row(number, "skip", why=why) for number, why in block.skipped.items()]
    return sorted([*skipped, *data], key=lambda row: row.number or 0) if skipped else data


def _mark(rows: list[Row], sheet: Sheet) -> None:
    if not sheet.hidden_rows and not sheet.colors:
        return
    for row in rows:
        marks: dict[str, Any] = {"hidden": True} if row.number in sheet.hidden_rows else {}
        if row.number in sheet.colors:
            marks["color"] = sheet.colors[row.number]
        if marks:
            row.marks = marks


def _cards(sheet: Sheet, context: Context, years: Years, choices: Choices) -> list[Table]:
    """The forms of a sheet: one, or one table for each column of cards; [] when it holds none."""
    strips = find_cards(sheet)
    if not strips:
        form = find_form(sheet)
        strips = [[form]] if form else []
    tables = []
    for rank, cards in enumerate(strips, 1):
        table = _form_table(sheet, cards, context, years, choices.get((sheet.name, rank), Choice()))
        if table is None:
            return []
        table.number = rank if len(strips) > 1 else None
        tables.append(table)
    return tables


def _form_table(sheet: Sheet, cards: Sequence[Form], context: Context, years: Years, choice: Choice) -> Table | None:
    """A record for each card, or None when no entity explains them. A card alone on its sheet has no number."""
    said = cards[0].rest[:3] if len(cards) == 1 else []
    context = replace(context, year=_year(sheet, said, years))
    labels = _labels(cards)
    columns = [Column(at, label) for at, (label, _) in enumerate(labels)]
    cells = [values for _, values in labels]
    found = _recognised(
        choice, columns, [contents_of(one) for one in cells], context, [sheet.name or "", *said], (), frozenset()
    )
    if found.entity is None or found.layout != "table":
        return None
    rows = record_rows(found.entity, found.columns, cells, [card.first_row for card in cards], [], context)
    if not any(value not in (None, []) for row in rows for value in row.records[0].values()):
        return None
    if len(cards) == 1:
        rows[0].number = None
    rest = [words for card in cards for words in card.rest]
    return Table(
        sheet.name,
        None,
        found.entity.name,
        "form",
        [],
        found.columns,
        rows,
        rest,
        context.year,
        score=found.score,
        recalled=found.recalled,
    )


def _labels(cards: Sequence[Form]) -> list[tuple[str, list[Cell]]]:
    """Each label of the cards, in the order of reading, with its value on each card; one said twice counts twice."""
    found: dict[tuple[str, int], tuple[str, list[Cell]]] = {}
    for at, card in enumerate(cards):
        times: Counter[str] = Counter()
        for label, value in card.pairs:
            times[folded(label)] += 1
            key = (folded(label), times[folded(label)])
            found.setdefault(key, (label, [None] * len(cards)))[1][at] = value
    return list(found.values())


# --- Duplicates ------------------------------------------------------------------------------------------------------


def _mark_duplicates(tables: Sequence[Table]) -> None:
    """Across all the sheets; a candidate, an appointment or an action is no second file of a person."""
    people = _places(tables, "young_person")
    _report(people, match_people([person_of(row.records[0], table.sheet or "") for table, row in people]))
    for entity in ("employer", "partner"):
        firms = _places(tables, entity)
        _report(firms, match_firms([firm_of(row.records[0], table.sheet) for table, row in firms]))


def _places(tables: Sequence[Table], entity: str) -> list[tuple[Table, Row]]:
    return [
        (table, row)
        for table in tables
        if table.entity == entity
        for row in table.rows
        if row.outcome != "skip" and row.records
    ]


def _report(places: Sequence[tuple[Table, Row]], matches: Matches) -> None:
    for at, found in matches.same.items():
        table, row = places[found.target]
        places[at][1].duplicate, places[at][1].duplicate_of = found, (table.sheet, row.number)
    for at, (earlier, why) in matches.other.items():
        table, row = places[earlier]
        places[at][1].not_duplicate_of = (table.sheet, row.number, why)
