"""What an import did and what it left: counts, records made, and a workbook of the rows that still wait."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import xlsxwriter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import Verdict
from ml_admin.explanations import explain
from ml_admin.imports import stage
from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.rows import Row, Table
from ml_admin.permissions import Viewer, scoped

WAITING: Final = (Verdict.DECIDE, Verdict.REFUSED)
_HEADINGS: Final = ("Feuille", "Ligne", "Contenu", "Ce qu’elle devient", "Pourquoi", "À vérifier")
_WIDTHS: Final = (24, 8, 22, 18, 60, 60)


@dataclass(frozen=True, slots=True)
class Made:
    """Records of one entity that a batch created: their number, and the first ones the viewer may read."""

    model: type[m.Base]
    number: int
    records: tuple[Any, ...]


def made(session: Session, batch_id: int, viewer: Viewer, limit: int = 50) -> list[Made]:
    """What the batch created and that is still there, entity by entity; people first."""
    found = []
    for model in (m.YoungPerson, m.Employer, m.Partner, m.Appointment, m.ActionItem, m.JobDating, m.Registration):
        own = select(m.Journal.record_id).where(
            m.Journal.batch_id == batch_id, m.Journal.table_name == model.__tablename__, m.Journal.operation == "insert"
        )
        query = scoped(select(model).where(model.id.in_(own)), model, viewer)
        number = session.scalar(query.with_only_columns(func.count(), maintain_column_froms=True)) or 0
        if number:
            found.append(Made(model, number, tuple(session.scalars(query.order_by(model.id).limit(limit)).unique())))
    return found


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
        for line, cells in enumerate(_lines({table.position: table for table in tables}, rows), 1):
            for at, text in enumerate(cells):
                page.write_string(line, at, text, wrapped)
        page.autofilter(0, 0, max(1, len(rows)), len(_HEADINGS) - 1)
    return len(rows)


def _lines(tables: Mapping[int, Table], rows: Iterable[Row]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        table = tables[row.table]
        said = [] if row.cause == "right" else [explain(flag["code"], flag.get("raw")) for flag in row.flags]
        number = "" if row.row is None else str(row.row)
        yield table.sheet or "", number, ENTITIES[row.entity].label, row.verdict.label, row.reason, " ".join(said)
