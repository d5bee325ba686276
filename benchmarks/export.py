"""Export of 43,200 young people × 30 columns to .xlsx, beside XlsxWriter alone writing the same cells in the same run.

    uv run --group test python benchmarks/export.py

Each side runs in a process of its own, so that the peak memory is its own. Exit 1 when a target is missed.
"""

import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from ml_admin import models as m
from ml_admin import triggers
from ml_admin.choices import EducationLevel, FileStatus, Gender, RoleName, Scope
from ml_admin.column_types import now
from ml_admin.database import Actor, make_engine, reading, writing
from ml_admin.exports.columns import ExportSheet, columns_for, rows_for
from ml_admin.exports.workbook import write_workbook
from ml_admin.permissions import Viewer, scoped

ROWS, COLUMNS = 43_200, 30
MOST_SECONDS, MOST_MEMORY = 3.0, 150  # of CPU; MB
VIEWER = Viewer(RoleName.MANAGER, Scope.ALL, label="Denise CAZALIS")


def young_people() -> list[dict[str, Any]]:
    draw = Random(31)
    return [
        {
            "last_name": f"GARÇON-{number % 977}",
            "first_name": f"Inès-{number % 311}",
            "birth_name": "ROUQUETTE" if number % 9 == 0 else None,
            "birth_date": date(2000 + number % 9, 1 + number % 12, 1 + number % 28),
            "gender": draw.choice(list(Gender)),
            "phone": f"+3363998{number % 10_000:04}",
            "phone2": f"+3353649{number % 10_000:04}",
            "email": f"jeune.{number}@example.org",
            "preferred_contact": "SMS, après 14 h",
            "address": f"{number % 90} rue des Écoles",
            "postcode": f"3199{number % 9}",
            "city": f"Commune {number % 40}",
            "education_level": draw.choice(list(EducationLevel)),
            "driving_licence": draw.choice((True, False)),
            "has_vehicle": draw.choice((True, False)),
            "status": FileStatus.ACTIVE,
            "registration_date": date(2024, 1 + number % 12, 1 + number % 28),
            "external_id": f"TV-{number}",
            "external_source": "Ancien logiciel",
            "representative": "Hélène Rouquette",
            "representative_phone": f"+3363998{number % 10_000:04}",
            "rqth": None,
            "health_notes": "Complémentaire santé à renouveler.",
            "housing_notes": "Logé chez un proche.",
            "notes": "Cherche un contrat en alternance pour la rentrée.",
            "site_id": 1 + number % 3,
            "counsellor_id": 1 + number % 12,
        }
        for number in range(ROWS)
    ]


def fill(url: str) -> None:
    engine = make_engine(url)
    with engine.begin() as connection:
        triggers.create_all(connection, m.Base.metadata)
    tables = m.Base.metadata.tables
    with writing(engine, Actor(None, "Mesure")) as session:
        session.execute(insert(tables["site"]), [{"name": f"Antenne {number}"} for number in range(3)])
        staff = [{"last_name": f"DURAND-{number}", "first_name": "Sophie"} for number in range(12)]
        session.execute(insert(tables["counsellor"]), staff)
        session.execute(insert(tables["young_person"]), young_people())
    engine.dispose()


def ours(url: str, target: Path) -> None:
    with reading(make_engine(url)) as session, target.open("wb") as stream:
        sheet = _sheet(session)
        write_workbook(stream, sheet)


def _sheet(session: Session) -> ExportSheet:
    opted = ["rqth", "rqth_end", "representative", "representative_phone", "health_notes", "housing_notes", "notes"]
    columns = columns_for(session, VIEWER, m.YoungPerson, opted_in=opted)
    columns = [column for column in columns if column.name not in ("last_contact", "next_appointment", "programme")]
    columns = columns[:COLUMNS]
    rows = rows_for(session, m.YoungPerson, scoped(select(m.YoungPerson.id), m.YoungPerson, VIEWER), columns, now())
    return ExportSheet("Jeunes", columns, rows, "young_person")


def alone(url: str, target: Path) -> None:
    """XlsxWriter in its economical mode, given the cells ready: what a plain script would do."""
    with reading(make_engine(url)) as session:
        sheet = _sheet(session)
        cells = [tuple(record.values) for record in sheet.rows]
    started = time.process_time()
    with Workbook(target, {"constant_memory": True}) as book:
        page = book.add_worksheet("Jeunes")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for at, column in enumerate(sheet.columns):
            page.write(0, at, column.heading)
        for number, values in enumerate(cells, start=1):
            for at, value in enumerate(values):
                if isinstance(value, (date, datetime)):
                    page.write(number, at, value, day)
                elif value is not None:
                    page.write(number, at, value)
    print(f"{time.process_time() - started:.3f} {len(sheet.columns)}")


def measure(side: str, url: str, target: Path) -> tuple[float, float, int]:
    """(CPU seconds, MB at most, columns) of one side in a process of its own."""
    command = [sys.executable, __file__, side, url, str(target)]
    words = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(words[0]), float(words[-1]), int(words[1])


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'benchmark.sqlite'}"
        # in a process of its own too: on Linux a child inherits the peak memory of its parent
        subprocess.run([sys.executable, __file__, "fill", url, "-"], check=True)
        pairs = [
            (measure("ours", url, Path(folder) / "ours.xlsx"), measure("alone", url, Path(folder) / "alone.xlsx"))
            for _ in range(2)
        ]
    own, bare = min(pair[0][0] for pair in pairs), min(pair[1][0] for pair in pairs)
    memory, columns = max(pair[0][1] for pair in pairs), pairs[0][0][2]
    print(f"size: {ROWS} rows x {columns} columns (target: {COLUMNS} columns)")
    print(f"export: {own:.2f} s CPU (target: <= {MOST_SECONDS} s); XlsxWriter alone: {bare:.2f} s CPU")
    print(f"peak memory: {memory:.0f} MB (target: <= {MOST_MEMORY} MB)")
    return int(own > MOST_SECONDS or memory > MOST_MEMORY or columns < COLUMNS)


def _one_side(side: str, url: str, target: Path) -> None:
    if side == "fill":
        fill(url)
    elif side == "alone":
        alone(url, target)
    else:
        started = time.process_time()
        ours(url, target)
        print(f"{time.process_time() - started:.3f} {COLUMNS}")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.1f}")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        _one_side(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    else:
        sys.exit(main())
