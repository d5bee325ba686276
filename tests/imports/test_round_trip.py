"""An exported workbook edited elsewhere and dropped back: nothing changes but what somebody changed."""

import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import RoleName
from ml_admin.column_types import now
from ml_admin.database import writing
from ml_admin.editing import column_of
from ml_admin.exports.columns import ExportSheet, columns_for, guarded_columns, rows_for
from ml_admin.exports.text import write_csv
from ml_admin.exports.workbook import write_workbook
from ml_admin.fields import fields_of
from ml_admin.listing import kind_of, options_of, target_of
from ml_admin.permissions import RIGHTS, Viewer, scoped
from tests.imports.office import SETTING_UP, Office

EXPORTED = [model for model, right in RIGHTS[RoleName.MANAGER].items() if "export" in right.actions]
WRITERS: dict[str, Callable[..., int]] = {"xlsx": write_workbook, "csv": write_csv}
# what spreadsheets and text files are known to damage
TEXTS = [
    "=Léa",
    "-",
    "fin  ",
    "_x000D_ et _x0041_",
    "deux\nlignes ; « oui »",
    "+33 1",
    "007",
    "🙂 été",
    "'=1+1",
    "a\r\nb",
    " \t@x",
    "1e5",
]
HARDEST = re.compile("[\n\r]")


def export(office: Office, model: type[m.Base], kind: str = "xlsx", viewer: Viewer | None = None) -> bytes:
    """Every column that the viewer may take away, of every record in scope."""
    stream, viewer = io.BytesIO(), viewer or office.denise
    with Session(office.engine) as session:
        opted = [name for name, _ in guarded_columns(viewer, model)]
        columns = columns_for(session, viewer, model, opted_in=opted)
        rows = rows_for(session, model, scoped(select(model.id), model, viewer), columns, now())
        WRITERS[kind](stream, ExportSheet("Liste", columns, rows, model.__tablename__))
    return stream.getvalue()


def fill(session: Session, model: type[m.Base], made: dict[type[m.Base], list[int]], number: int) -> None:
    """A record with every attribute filled, bound by no cleaner: what the database takes, it may hold."""
    record = model()
    for name in fields_of(model):
        kind = kind_of(model, name)
        if kind == "relations":
            continue
        if kind == "relation":
            setattr(record, column_of(model, name), made[target_of(model, name)][number])
        else:
            setattr(record, name, _value(model, name, kind, number))
    _agree(record)
    session.add(record)
    session.flush()
    made.setdefault(model, []).append(record.id)


def _value(model: type[m.Base], name: str, kind: str, number: int) -> Any:
    column = model.__table__.c[name]
    if kind == "choice":
        return list(options_of(model, name))[-1 - number]
    if kind == "date":
        return date(1899, 12, 31) if number and name == "birth_date" else date(2024, 2, 27 + number)
    values: dict[str, Any] = {
        "bool": bool(number),
        "instant": datetime(2026, 10, 25, number, 30, 41, tzinfo=UTC),  # 2:30 in France, twice that night
        "number": Decimal("7.50") if "hours" in name else 1 + number,
        "json": ["Vente, rayon", "=Caisse"],
    }
    if kind in values:
        return values[kind]
    special = {"phone": "+33639981245", "postcode": "09000", "siret": f"0000000000001{number}", "siren": "000000018"}
    longest = getattr(column.type, "length", None) or 40_000
    text = special.get(re.sub(r"\d|_phone$", "", name) or "", "") or (
        "x" * 33_000 if longest == 40_000 and number else TEXTS[(len(name) + number) % len(TEXTS)]
    )
    return text[:longest]


def _agree(record: Any) -> None:
    """What the database asks of several attributes together."""
    if isinstance(record, m.Appointment):
        record.ends_at = record.starts_at.replace(minute=45)
    if isinstance(record, m.Interview):
        record.override = True
    if isinstance(record, m.YoungPerson):
        record.status = "closed"
    if isinstance(record, m.ActionItem):
        record.status = "done"
    if isinstance(record, m.JobDating):
        record.interview_minutes, record.opens_at, record.closes_at = 15, "09:00", "12:30"
    if isinstance(record, m.Site):
        record.name = f"{record.name} {now().microsecond}"


@pytest.fixture
def full(office: Office) -> Office:
    """Two records of every exported entity, hard to carry."""
    made: dict[type[m.Base], list[int]] = {}
    waiting = [*EXPORTED]
    with writing(office.engine, SETTING_UP) as session:
        while waiting:
            model = next(each for each in waiting if _needs(each) <= {*made, each})
            waiting.remove(model)
            for number in (0, 1):
                fill(session, model, made, number)
    return office


def _needs(model: type[m.Base]) -> set[type[m.Base]]:
    return {target_of(model, name) for name in fields_of(model) if kind_of(model, name) == "relation"}


def resaved(content: bytes) -> bytes:
    """Opened and saved by another program."""
    stream = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(content)).save(stream)
    return stream.getvalue()


def edited(content: bytes, change: Callable[[Any], None]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book["Liste"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def at(page: Any, heading: str, row: int = 2) -> Any:
    return page.cell(row, [cell.value for cell in page[1]].index(heading) + 1)


# --- Untouched -------------------------------------------------------------------------------------------------------


def test_whatever_a_role_exports_is_covered_here() -> None:
    every = {model for rights in RIGHTS.values() for model, right in rights.items() if "export" in right.actions}
    assert every == set(EXPORTED)


def test_every_exported_entity_has_headings_that_name_one_attribute() -> None:
    for model in EXPORTED:
        labels = [field.label for name, field in fields_of(model).items() if kind_of(model, name) != "relations"]
        assert len(labels) == len(set(labels)), model


@pytest.mark.parametrize("how", ["xlsx", "csv", "xlsx resaved"])
def test_an_untouched_export_changes_nothing(full: Office, how: str) -> None:
    for model in EXPORTED:
        content = export(full, model, how[:4].strip())
        batch = full.drop(full.denise, f"liste.{how[:4].strip()}", resaved(content) if "resaved" in how else content)
        rows = full.rows(batch)
        told = [
            (str(row.verdict), row.reason, row.records, row.links) for row in rows if str(row.verdict) != "unchanged"
        ]
        assert (model, told) == (model, [])
        assert len(rows) == full.count(model)
        report = full.write(full.denise, batch)
        assert (report["created"], report["updated"], report["values"]) == ({}, {}, 0)
