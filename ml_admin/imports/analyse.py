"""What a workbook says: its tables, their columns, and each row as clean records with what was lost or guessed.

This is the plain object that the preview shows and that the dry run prints; it knows no database.
"""

import gc
import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from ml_admin.cleaners import Context, Flag
from ml_admin.imports.clean import CleanColumn, clean_cell, clean_column
from ml_admin.imports.entities import ENTITIES, Entity
from ml_admin.imports.forms import Form, find_form
from ml_admin.imports.grids import clean_mark, is_nobody
from ml_admin.imports.headings import Column, Contents, Recognised, contents_of, recognise, recognise_as
from ml_admin.imports.match import Match, Matches, firm_of, match_firms, match_people, person_of
from ml_admin.imports.tables import Block, Heading, find_tables
from ml_admin.imports.vocabulary import readings
from ml_admin.imports.workbook import Cell, Sheet, Workbook
from ml_admin.text import fold, tidy, without_nir

Years = Mapping[str | None, int]  # sheet name -> year that its user picked; None: of the whole file


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing lost or guessed, with the cell that it comes from."""

    field: str
    code: str
    fatal: bool
    raw: str = ""
    column: int | None = None  # from 0


@dataclass(slots=True)
class Row:
    """One row of a table; `number` is None for a form."""

    number: int | None
    outcome: str  # record, error, skip
    records: list[dict[str, Any]] = field(default_factory=list)
    issues: tuple[Issue, ...] = ()
    why: str = ""  # of a skip: title, note, section, total, repeated_header, empty_slot
    duplicate: Match | None = None  # its target is a position in Analysis.people or Analysis.firms
    duplicate_of: tuple[str | None, int | None] | None = None  # sheet and row of the first one
    not_duplicate_of: tuple[str | None, int | None, str] | None = None  # … and twin or homonym
    marks: Mapping[str, Any] = field(default_factory=dict)  # hidden, color: kept, not interpreted
    extra: Mapping[str, str] = field(default_factory=dict)  # heading -> words of the columns that are not imported


@dataclass(slots=True)
class Table:
    """One table of a sheet, or a sheet that is ignored."""

    sheet: str | None
    number: int | None  # 1, 2… where the sheet holds several
    entity: str | None
    layout: str  # table, cross_grid, slot_grid, form, ignore
    header_rows: list[int]
    columns: list[Column]
    rows: list[Row]
    titles: list[str] = field(default_factory=list)
    year: int | None = None
    event: Mapping[str, Any] = field(default_factory=dict)  # of a job dating: event_date, event_place
    why: str = ""  # of an ignored one
    score: float = 0.0


@dataclass(slots=True)
class Analysis:
    """Everything recognised in one file."""

    file_name: str
    format: str
    date_system: int
    encoding: str | None
    delimiter: str | None
    notes: list[str]  # French sentences about the file
    tables: list[Table]

    @property
    def counts(self) -> Counter[str]:
        return Counter(row.outcome for table in self.tables for row in table.rows)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person corrected in the recognition of one table."""

    entity: str | None = None  # another entity; "" = ignore the table
    fields: Mapping[int, str] = field(default_factory=dict)  # column -> key of a meaning; "" = not imported


Choices = Mapping[tuple[str | None, int], Choice]  # by sheet and rank of the table in it (from 1)


def analyse(workbook: Workbook, context: Context, years: Years | None = None, choices: Choices | None = None) -> Analysis:
    """Recognise, clean and compare everything in a workbook.

    `context.date_system` and `context.year` are taken from the workbook and from `years`.
    """
    context = replace(context, date_system=workbook.date_system)
    notes = list(workbook.notes) + _unknown_sheets(workbook, years or {})
    tables: list[Table] = []
    with _no_collection():
        firms = _firm_names(workbook)
        for sheet in workbook.sheets:
            tables += _tables_of(sheet, context, years or {}, choices or {}, firms)
        _mark_duplicates(tables)
    return Analysis(workbook.file_name, workbook.format, workbook.date_system, workbook.encoding, workbook.delimiter, notes, tables)


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
    return [f"L’année donnée pour la feuille « {name} » ne sert à rien : le fichier n’a pas de feuille de ce nom." for name in years if name is not None and name not in known]


def _firm_names(workbook: Workbook) -> frozenset[str]:
    """Folded words of the columns headed as firms, in any sheet: they tell the columns of a grid."""
    names: set[str] = set()
    if len(workbook.sheets) < 2:
        return frozenset()
    for sheet in workbook.sheets:
        for block in find_tables(sheet) if len(sheet.rows) < 500 else []:
            for heading in block.headings:
                if any(one.key == "employer" and one.score >= 0.8 for one in readings(heading.text)):
                    names |= {fold(str(cell)) for cell in _cells(sheet, block.rows, heading.column) if cell is not None}
    return frozenset(names - {""})


def _cells(sheet: Sheet, rows: Sequence[int], column: int) -> list[Cell]:
    return [row[column] if column < len(row) else None for row in (sheet.rows[number - 1] for number in rows)]


# --- Tables of a sheet -----------------------------------------------------------------------------------------------


def _tables_of(sheet: Sheet, context: Context, years: Years, choices: Choices, firms: frozenset[str]) -> list[Table]:
    form = find_form(sheet)
    if form:
        table = _form_table(sheet, form, context, years)
        if table:
            return [table]
    blocks = find_tables(sheet)
    if not blocks:
        return [Table(sheet.name, None, None, "ignore", [], [], [], why="empty sheet")]
    tables = []
    titles = [title for block in blocks for title in block.titles]
    for rank, block in enumerate(blocks, 1):
        dated = replace(context, year=_year(sheet, [*titles, *block.titles], years))
        tables.append(_table(sheet, block, dated, choices.get((sheet.name, rank), Choice()), firms))
        tables[-1].number = rank if len(blocks) > 1 else None
    return tables


_YEAR = re.compile(r"(?<![\d/.-])(?:19|20)\d\d(?![\d])")


def _year(sheet: Sheet, titles: Sequence[str], years: Years) -> int | None:
    """Picked for the sheet, else in the sheet's name, picked for the file, or in a title; the last of several ('2023-2024')."""
    if sheet.name in years and sheet.name is not None:
        return years[sheet.name]
    named = _YEAR.findall(sheet.name or "")
    if named:
        return int(named[-1])
    if None in years:
        return years[None]
    titled = [year for title in titles for year in _YEAR.findall(title)]
    return int(titled[-1]) if titled else None


def _table(sheet: Sheet, block: Block, context: Context, choice: Choice, firms: frozenset[str]) -> Table:
    columns = [Column(heading.column, heading.text, heading.group) for heading in block.headings]
    cells = _data(sheet, block)
    contents = [contents_of(column) for column in cells]
    words = " ".join([sheet.name or "", *block.titles])
    found = _chosen(choice, columns, contents, context, words, firms)
    table = Table(sheet.name, None, found.entity.name if found.entity and found.layout != "ignore" else None, found.layout, block.header_rows, found.columns, [])
    table.titles, table.year, table.why, table.score = block.titles, context.year, found.why, found.score
    if found.layout == "ignore" or found.entity is None:
        table.rows = [Row(number, "skip", why="note") for number in sorted((*block.rows, *block.skipped))]
        return table
    if found.layout in ("cross_grid", "slot_grid") or found.entity.name.startswith("job_dating"):
        table.event = _event(block.titles, context)
    table.rows = _rows(sheet, block, found, cells, context)
    _mark(table.rows, sheet)
    return table


def _chosen(choice: Choice, columns: list[Column], contents: Sequence[Contents], context: Context, words: str, firms: frozenset[str]) -> Recognised:
    if choice.entity == "":
        return Recognised(None, "ignore", columns, "chosen")
    found = recognise_as(ENTITIES[choice.entity], columns, contents, context) if choice.entity else recognise(columns, contents, context, words, firms)
    if found.entity:
        for column in found.columns:
            if column.index in choice.fields:
                column.meaning, column.confidence = found.entity.meaning(choice.fields[column.index]), 1.0
    return found


def _data(sheet: Sheet, block: Block) -> list[list[Cell]]:
    """The data cells column by column; cells merged downwards repeat."""
    columns = [_cells(sheet, block.rows, heading.column) for heading in block.headings]
    at = {number: position for position, number in enumerate(block.rows)} if sheet.merged else {}
    first = block.headings[0].column
    for top, left, bottom, right in sheet.merged:
        if bottom == top or not 0 <= left - 1 - first < len(columns) or right > left:
            continue
        start = at.get(top)
        for number in range(top + 1, bottom + 1):
            if start is not None and number in at:
                columns[left - 1 - first][at[number]] = columns[left - 1 - first][start]
    return columns


_DATE_IN = re.compile(r"\d{1,2}\s*[/.-]\s*\d{1,2}\s*[/.-]\s*\d{2,4}|\d{1,2}(?:er)?\s+[^\W\d]{3,9}\.?\s+\d{4}")


def _event(titles: Sequence[str], context: Context) -> dict[str, Any]:
    """Date and place of a job dating, from its title: 'JOB DATING du 14 mars 2024 – Salle des fêtes'."""
    event: dict[str, Any] = {}
    for title in titles:
        day = _DATE_IN.search(title)
        if day and "event_date" not in event:
            event["event_date"] = clean_cell("due_date", day.group(), context).value
        place = re.split(r"\s[–—-]\s", title)
        if len(place) > 1 and not _DATE_IN.search(place[-1]):
            event.setdefault("event_place", tidy(place[-1]))
    return event


def _mark(rows: list[Row], sheet: Sheet) -> None:
    if not sheet.hidden_rows and not sheet.colors:
        return
    for row in rows:
        marks: dict[str, Any] = {}
        if row.number in sheet.hidden_rows:
            marks["hidden"] = True
        if row.number in sheet.colors:
            marks["color"] = sheet.colors[row.number]
        if marks:
            row.marks = marks


# --- Rows of a table -------------------------------------------------------------------------------------------------


def _rows(sheet: Sheet, block: Block, found: Recognised, cells: list[list[Cell]], context: Context) -> list[Row]:
    skipped = [Row(number, "skip", why=why) for number, why in block.skipped.items()]
    if found.layout == "slot_grid":
        data = _slot_rows(block, found, cells, context)
    elif found.layout == "cross_grid":
        data = _cross_rows(sheet.name, block, found, cells, context)
    else:
        data = _record_rows(sheet.name, block, found, cells, context)
    return sorted([*skipped, *data], key=lambda row: row.number or 0) if skipped else data


def _record_rows(name: str | None, block: Block, found: Recognised, cells: list[list[Cell]], context: Context) -> list[Row]:
    assert found.entity is not None  # noqa: S101
    sections = _sections(name, block, found, context)
    cleaned = [
        (column, clean_column(column.meaning, _down(raw) if column.meaning.key == "date" and not sections else raw, context))
        for column, raw in zip(found.columns, cells, strict=True)
        if column.meaning
    ]
    fields = _merged(cleaned, len(block.rows))
    names = tuple(fields)
    records = [dict(zip(names, values, strict=True)) for values in zip(*fields.values(), strict=True)]
    for number, record in zip(block.rows, records, strict=True):
        if sections:
            _fill(record, sections, number)
    issues = _issues(found.entity, cleaned, cells, found.columns, records)
    extras = _extras(found.columns, cells)
    rows = []
    for at, (number, record) in enumerate(zip(block.rows, records, strict=True)):
        said = issues.get(at, ())
        row = Row(number, "error" if any(one.fatal for one in said) else "record", [record], said)
        if at in extras:
            row.extra = extras[at]
        rows.append(_or_empty(found.entity, row) if said else row)
    return rows


def _down(cells: list[Cell]) -> list[Cell]:
    """A date left blank below the first holds for the rows under it."""
    last: Cell = None
    filled = []
    for cell in cells:
        if cell is not None and not (isinstance(cell, str) and not cell.strip(' "\'»«〃')):
            last = cell
        filled.append(last)
    return filled


def _merged(cleaned: Sequence[tuple[Column, CleanColumn]], height: int) -> dict[str, list[Any]]:
    """One list a field. A column's own field wins over what another cell gave besides; two notes columns are joined."""
    own = {name for column, _ in cleaned for name in column.fields}
    fields: dict[str, list[Any]] = {}
    for column, one in cleaned:
        for name, values in one.fields.items():
            if name not in fields:
                fields[name] = values
            elif name == "notes":
                fields[name] = ["\n".join(filter(None, pair)) or None for pair in zip(fields[name], values, strict=True)]
            elif name in column.fields and name in own:
                fields[name] = [value if value not in (None, []) else other for value, other in zip(values, fields[name], strict=True)]
            else:
                fields[name] = [value if value not in (None, []) else other for value, other in zip(fields[name], values, strict=True)]
    return fields


def _issues(entity: Entity, cleaned: Sequence[tuple[Column, CleanColumn]], cells: list[list[Cell]], columns: Sequence[Column], records: list[dict[str, Any]]) -> dict[int, tuple[Issue, ...]]:
    """Position -> what was lost or guessed in the row; a required field that is missing is an error."""
    found: dict[int, tuple[Issue, ...]] = {}
    raw = {column.index: values for column, values in zip(columns, cells, strict=True)}
    for column, one in cleaned:
        for at, flags in one.flags.items():
            found[at] = found.get(at, ()) + tuple(_issue(flag, raw[column.index][at], column.index) for flag in flags)
    for name in entity.required:
        for at, record in enumerate(records):
            if record.get(name) is None and not any(one.field == name and one.fatal for one in found.get(at, ())):
                found[at] = (*found.get(at, ()), Issue(name, "missing_required", True))
    return found


def _issue(flag: Flag, raw: Cell, column: int | None) -> Issue:
    text, _ = without_nir(str(raw)) if raw is not None else ("", False)
    return Issue(flag.field, flag.code, flag.fatal, text, column)


def _or_empty(entity: Entity, row: Row) -> Row:
    """A row with a day, an hour or a counsellor and nobody: an empty place, not a record."""
    kept = {name for name, value in row.records[0].items() if value not in (None, [])}
    if row.outcome == "error" and kept <= {"date", "time", "slot", "duration_min", "counsellor", "employer", "status"} and entity.name not in ("employer", "partner"):
        return Row(row.number, "skip", why="empty_slot")
    return row


_NIR_HEADING = re.compile(r"\b(?:nir|nss|secu|securite sociale)\b")


def _extras(columns: Sequence[Column], cells: list[list[Cell]]) -> dict[int, dict[str, str]]:
    """Words of the columns that nothing was made of, without social-security numbers."""
    found: dict[int, dict[str, str]] = {}
    for column, values in zip(columns, cells, strict=True):
        if column.meaning or column.employer or column.slot or _NIR_HEADING.search(fold(column.heading)):
            continue
        name = column.heading or f"colonne {column.letter}"
        for at, cell in enumerate(values):
            text = without_nir(tidy(str(cell)))[0] if cell is not None else ""
            if text:
                found.setdefault(at, {})[name] = text
    return found


# --- Section rows ----------------------------------------------------------------------------------------------------


def _sections(name: str | None, block: Block, found: Recognised, context: Context) -> list[tuple[int, dict[str, Any]]]:
    """Rows that say something of those below them: 'Lundi 3 avril', 'Conseiller : Mme Durand'; so may the sheet's name and titles."""
    said = [(0, _section(text, found, context)) for text in (name or "", *block.titles)]
    said += [(number, _section(text, found, context)) for number, text in sorted(block.sections.items())]
    return said if any(values for _, values in said) else []


def _section(text: str, found: Recognised, context: Context) -> dict[str, Any]:
    assert found.entity is not None  # noqa: S101
    label, _, value = text.partition(":")
    key = next((one.key for one in readings(label) if one.entity == found.entity.name and one.score >= 0.8), "") if value else ""
    tried = [key] if key else [one for one in ("date", "counsellor") if found.entity.meaning(one)]
    for one in tried:
        meaning = found.entity.meaning(one)
        cleaned = clean_cell(meaning.cleaner, tidy(value) if key else text, context) if meaning else None
        if meaning and cleaned and cleaned.value not in (None, []) and not cleaned.flags:
            return {name: cleaned.extra.get(name, cleaned.value) for name in meaning.fields}
    return {}


def _fill(record: dict[str, Any], sections: list[tuple[int, dict[str, Any]]], number: int) -> None:
    current: dict[str, Any] = {}
    for start, values in sections:
        if start < number and values:
            current = current | values
    for name, value in current.items():
        if record.get(name) is None:
            record[name] = value


# --- Grids -----------------------------------------------------------------------------------------------------------


def _cross_rows(name: str | None, block: Block, found: Recognised, cells: list[list[Cell]], context: Context) -> list[Row]:
    """One record for each mark of a candidate's row; none is a candidate who chose nobody."""
    people = Recognised(found.entity, "table", [column for column in found.columns if not column.employer])
    plain = [values for column, values in zip(found.columns, cells, strict=True) if not column.employer]
    rows = _record_rows(name, block, people, plain, context)
    for at, row in enumerate(rows):
        if row.outcome == "skip":
            continue
        person, records, said = row.records[0], [], list(row.issues)
        for column, values in zip(found.columns, cells, strict=True):
            if not column.employer or values[at] is None:
                continue
            mark = clean_mark(values[at], context)
            said += [_issue(Flag("status", flag.code, flag.fatal), values[at], column.index) for flag in mark.flags]
            if mark.value:
                records.append({**person, "employer": column.employer, "slot": mark.extra.get("slot"), "status": mark.value, "preference": mark.extra.get("preference")})
        said += _conflicts(records)
        row.records, row.issues, row.extra = records, tuple(said), {**row.extra}
    return rows


def _slot_rows(block: Block, found: Recognised, cells: list[list[Cell]], context: Context) -> list[Row]:
    """One record for each person in a row of times, or in a row of one employer with times along the top."""
    sides = next((values for column, values in zip(found.columns, cells, strict=True) if column.meaning), [])
    side = next((column.meaning for column in found.columns if column.meaning), None)
    rows = []
    for at, number in enumerate(block.rows):
        said: list[Issue] = []
        first = clean_cell(side.cleaner, sides[at], context) if side else None
        records = []
        for column, values in zip(found.columns, cells, strict=True):
            if column.meaning or not (column.employer or column.slot) or is_nobody(values[at]):
                continue
            person = clean_cell("full_name", values[at], context)
            said += [_issue(flag, values[at], column.index) for flag in person.flags]
            place = {"slot": first.value if first else None, "employer": column.employer} if column.employer else {"slot": column.slot, "employer": first.value if first else None}
            records.append({**place, "last_name": person.extra.get("last_name"), "first_name": person.extra.get("first_name")})
        said += _conflicts(records)
        outcome = "error" if any(one.fatal for one in said) else "record"
        rows.append(Row(number, outcome, records, tuple(said)))
    return rows


def _conflicts(records: Sequence[Mapping[str, Any]]) -> list[Issue]:
    """One person at two employers in one slot."""
    seen = Counter((fold(f"{one['last_name']} {one['first_name']}"), one["slot"]) for one in records if one.get("slot"))
    return [Issue("slot", "slot_conflict", False, f"{one['last_name']} {one['first_name']}") for one in {fold(f"{r['last_name']} {r['first_name']}"): r for r in records if seen[(fold(f"{r['last_name']} {r['first_name']}"), r["slot"])] > 1}.values()]


# --- Forms -----------------------------------------------------------------------------------------------------------


def _form_table(sheet: Sheet, form: Form, context: Context, years: Years) -> Table | None:
    """The one record of a form, or None when no entity explains it."""
    context = replace(context, year=_year(sheet, form.rest[:3], years))
    columns = [Column(at, label) for at, (label, _) in enumerate(form.pairs)]
    cells: list[list[Cell]] = [[value] for _, value in form.pairs]
    found = recognise(columns, [contents_of(one) for one in cells], context, " ".join([sheet.name or "", *form.rest[:3]]))
    if found.entity is None or found.layout != "table":
        return None
    block = Block([Heading(column.index, column.heading) for column in columns], [], [0])
    row = _record_rows(sheet.name, block, found, cells, context)[0]
    row.number = None
    table = Table(sheet.name, None, found.entity.name, "form", [], found.columns, [row], form.rest, context.year)
    table.score = found.score
    return table


# --- Duplicates ------------------------------------------------------------------------------------------------------


def _mark_duplicates(tables: Sequence[Table]) -> None:
    for entities, build, match in ((("young_person",), person_of, match_people), (("employer",), firm_of, match_firms), (("partner",), firm_of, match_firms)):
        places = [(table, row) for table in tables if table.entity in entities for row in table.rows if row.outcome != "skip" and row.records]
        items: list[Any] = [build(row.records[0], _group(table)) for table, row in places]
        _report(places, match(items))


def _group(table: Table) -> Hashable:
    return table.sheet


def _report(places: Sequence[tuple[Table, Row]], matches: Matches) -> None:
    for at, found in matches.same.items():
        table, row = places[found.target]
        places[at][1].duplicate, places[at][1].duplicate_of = found, (table.sheet, row.number)
    for at, (earlier, why) in matches.other.items():
        table, row = places[earlier]
        places[at][1].not_duplicate_of = (table.sheet, row.number, why)


def birth_years(analysis: Analysis) -> Counter[int]:
    """How many people of each birth year: a quick check that dates were read in the right order."""
    return Counter(record["birth_date"].year for table in analysis.tables for row in table.rows for record in row.records if isinstance(record.get("birth_date"), date))
