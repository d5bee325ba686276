"""What an import did and what it left: counts, records made, and a workbook of the rows that still wait."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import xlsxwriter
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import Verdict
from ml_admin.explanations import explain
from ml_admin.imports import stage
from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.round_trip import is_record
from ml_admin.imports.rows import Row, Table
from ml_admin.journal import Entry, entries
from ml_admin.permissions import Viewer, scoped

SHOWN: Final[tuple[type[m.Base], ...]] = (
    m.YoungPerson,
    m.Employer,
    m.Partner,
    m.Appointment,
    m.ActionItem,
    m.JobDating,
    m.Registration,
)
WAITING: Final = (Verdict.DECIDE, Verdict.REFUSED)
_HEADINGS: Final = ("Feuille", "Ligne", "Contenu", "Ce qu’elle devient", "Pourquoi", "À vérifier")
_WIDTHS: Final = (24, 8, 22, 18, 60, 60)


@dataclass(frozen=True, slots=True)
class Made:
    """Records of one entity that a batch created: their number, and the first ones the viewer may read."""

    model: type[m.Base]
    number: int
    records: tuple[Any, ...]


def made(session: Session, batch_id: int, viewer: Viewer, limit: int = 10) -> list[Made]:
    """What the batch created and that is still there, entity by entity; people first."""
    pages = [made_page(session, batch_id, viewer, model.__tablename__, 0, limit) for model in SHOWN]
    return [one for one in pages if one is not None]


def made_page(session: Session, batch_id: int, viewer: Viewer, table: str, page: int, size: int) -> Made | None:
    """One page of the records of one table that the batch created, None when the viewer may read none of them."""
    model = next((one for one in SHOWN if one.__tablename__ == table), None)
    if model is None:
        return None
    query = scoped(select(model).where(model.id.in_(_own(batch_id, model))), model, viewer)
    number = session.scalar(query.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    records = session.scalars(query.order_by(model.id).limit(size).offset(page * size)).unique()
    return Made(model, number, tuple(records)) if number else None


@dataclass(frozen=True, slots=True)
class Changed:
    """A record that existed and that a batch changed, with its lines of the journal."""

    model: type[m.Base]
    record: Any
    entries: tuple[Entry, ...]


def changed(session: Session, batch_id: int, viewer: Viewer, page: int, size: int) -> tuple[list[Changed], int]:
    """One page of the known records that the batch changed and that the viewer may read; how many they are."""
    found: list[Changed] = []
    total, left = 0, page * size
    for model in SHOWN:
        keys = _own(batch_id, model, "update").where(m.Journal.record_id.not_in(_own(batch_id, model)))
        query = scoped(select(model).where(model.id.in_(keys)), model, viewer)
        number = session.scalar(query.with_only_columns(func.count(), maintain_column_froms=True)) or 0
        total += number
        if left < number and len(found) < size:
            records = session.scalars(query.order_by(model.id).offset(left).limit(size - len(found))).unique()
            found += [Changed(model, record, _lines(session, batch_id, model, record.id)) for record in records]
        left = max(0, left - number)
    return found, total


def _lines(session: Session, batch_id: int, model: type[m.Base], key: int) -> tuple[Entry, ...]:
    j = m.Journal
    ours = j.batch_id == batch_id, j.table_name == model.__tablename__, j.record_id == key, j.operation == "update"
    return tuple(entries(session, select(j).where(*ours).order_by(j.id)))


def _own(batch_id: int, model: type[m.Base], operation: str = "insert") -> Select[Any]:
    j = m.Journal
    return select(j.record_id).where(
        j.batch_id == batch_id, j.table_name == model.__tablename__, j.operation == operation
    )


def write_remaining(stream: BinaryIO, session: Session, batch_id: int) -> int:
    """A workbook of the rows that wait: where they stand in the file, and why; how many they are. The stream stays open."""
    tables = stage.load_tables(session, batch_id)
    rows = [row for row in stage.load_rows(session, batch_id, tables, WAITING) if not row.written]
    with xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        bold, wrapped = (
            book.add_format({"bold": True, "bottom": 1}),
            book.add_format({"text_wrap": True, "valign": "top"}),
        )
        page = book.add_worksheet("Lignes à reprendre")
        page.freeze_panes(1, 0)
        for at, (heading, width) in enumerate(zip(_HEADINGS, _WIDTHS, strict=True)):
            page.set_column(at, at, width)
            page.write_string(0, at, heading, bold)
        for line, cells in enumerate(_told({table.position: table for table in tables}, rows), 1):
            for at, text in enumerate(cells):
                page.write_string(line, at, text, wrapped)
        page.autofilter(0, 0, max(1, len(rows)), len(_HEADINGS) - 1)
    return len(rows)


def _content(row: Row) -> str:
    return "Export revenu" if is_record(row) else ENTITIES[row.entity].label


def _told(tables: Mapping[int, Table], rows: Iterable[Row]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        table = tables[row.table]
        said = [] if row.cause == "right" else [explain(flag["code"], flag.get("raw")) for flag in row.flags]
        number = "" if row.row is None else str(row.row)
        yield table.sheet or "", number, _content(row), row.verdict.label, row.reason, " ".join(said)
