"""The meetings of an agenda as rows of a table, and what of it names nobody, said."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ml_admin.cleaners import Context
from ml_admin.imports.agendas import Agenda, find_agendas
from ml_admin.imports.analysis import Choices, Row, Table
from ml_admin.imports.columns import Column
from ml_admin.imports.meetings import FIELDS, read_meeting
from ml_admin.imports.record_rows import issue
from ml_admin.imports.workbook import Sheet
from ml_admin.text import tidy, without_nir

_TOLD = ("date", "time", "counsellor")
_QUOTED = 6  # words given as examples


def agenda_tables(sheet: Sheet, context: Context, choices: Choices) -> tuple[list[Table], list[str]]:
    """The agendas of a sheet as tables, and French sentences; ([], []) when it holds none, or somebody chose another entity.

    Each meeting is a row of its own, several may have the same number: each is decided by itself.
    """
    chosen = {rank: one.entity for (name, rank), one in choices.items() if name == sheet.name}
    if any(entity not in (None, "", "appointment") for entity in chosen.values()):
        return [], []
    agendas = find_agendas(sheet, context)
    tables, notes = [], []
    for rank, agenda in enumerate(agendas, 1):
        table, aside = _table(sheet, agenda, context, "chosen" if chosen.get(rank) == "" else "")
        table.number = rank if len(agendas) > 1 else None
        tables.append(table)
        notes += _said(sheet, aside)
    if not any(table.why or any(row.records for row in table.rows) for table in tables):
        return [], []
    return tables, notes


def _table(sheet: Sheet, agenda: Agenda, context: Context, why: str) -> tuple[Table, Counter[str]]:
    columns = [
        Column(column, words, confidence=0.9, slot=words) for column, words in sorted(agenda.headings.items())
    ] or [Column(column, "") for column in sorted({slot.column for slot in agenda.slots})]
    titles = [words for _, words in sorted(agenda.titles.items())]
    rows = [Row(number, "skip", why="title") for number in agenda.titles]
    aside: Counter[str] = Counter()
    why = why or ("undated agenda" if agenda.undated else "")
    meetings = [] if why else _meetings(agenda, context, aside)
    filled = {row.number for row in meetings}
    rows += meetings
    rows += [Row(number, "skip", why="note" if why else "empty_slot") for number in agenda.rows if number not in filled]
    rows.sort(key=lambda row: row.number or 0)
    entity, layout = (None, "ignore") if why else ("appointment", "agenda")
    return (
        Table(sheet.name, None, entity, layout, agenda.header_rows, columns, rows, titles, context.year, why=why),
        aside,
    )


def _meetings(agenda: Agenda, context: Context, aside: Counter[str]) -> list[Row]:
    rows = []
    for slot in agenda.slots:
        meeting = read_meeting(slot.cell, context)
        if meeting is None:
            aside[without_nir(tidy(str(slot.cell)))[0][:40]] += 1
            continue
        fields, flags = meeting
        record: dict[str, Any] = {name: slot.told.get(name) for name in _TOLD} | fields
        said = tuple(issue(flag, slot.cell, slot.column) for flag in flags)
        rows.append(Row(slot.row, "error" if any(one.fatal for one in said) else "record", [record], said))
    _drop_unsaid(rows)
    return rows


def _drop_unsaid(rows: Sequence[Row]) -> None:
    """A field that no cell of the agenda speaks of is none of its fields."""
    spoken = {name for row in rows for name, value in row.records[0].items() if value is not None}
    for row in rows:
        row.records = [
            {n: v for n, v in row.records[0].items() if n in spoken or n not in FIELDS or n.endswith("_name")}
        ]


def _said(sheet: Sheet, aside: Counter[str]) -> list[str]:
    if not aside:
        return []
    number = aside.total()
    words = ", ".join(f"« {text} »" for text, _ in aside.most_common(_QUOTED))
    more = "…" if len(aside) > _QUOTED else ""
    cells = "1 case ne nomme personne" if number == 1 else f"{number} cases ne nomment personne"
    return [f"Feuille « {sheet.name} » : dans l’agenda, {cells} : {words}{more}."]
