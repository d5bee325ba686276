"""Open a file somebody dropped: read whole by a child process with limits, or refused with a sentence."""

import io
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ml_admin.imports import refusals, workbook
from ml_admin.imports.workbook import RefusedFileError, Workbook

MAX_BYTES = 50 * 1024 * 1024
MEMORY = 512 * 1024 * 1024  # address space of the child
SECONDS = 9  # for a small file; one second more for each megabyte
ROOT = Path(__file__).resolve().parents[2]
PASSED_ON = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH", "LANG")  # no secret of ours reaches the child


def open_workbook(
    path: Path,
    file_name: str | None = None,
    *,
    progress: Callable[[str], None] | None = None,
    max_bytes: int = MAX_BYTES,
    memory: int = MEMORY,
    seconds: int | None = None,
) -> Workbook:
    """Read a spreadsheet or text file whole; `file_name` is the name its user knows it by.

    `max_bytes` limits the file, `memory` (bytes) and `seconds` the child that reads it. Raise RefusedFileError, a
    French sentence with cause and remedy, for whatever cannot be read: nothing that the file holds raises anything else.
    """
    tell = progress or (lambda _: None)
    tell("Vérification du fichier")
    size = _size(path)
    if size == 0:
        raise refusals.empty()
    if size > max_bytes:
        raise refusals.too_heavy(max_bytes)
    tell("Lecture du fichier")
    book = _unpacked(_child(path, file_name or path.name, memory, seconds or SECONDS + size // (1024 * 1024)))
    tell(f"{sum(len(sheet.rows) for sheet in book.sheets)} lignes lues")
    return book


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise RefusedFileError(
            "Ce fichier n’a pas pu être ouvert. Vérifiez qu’il existe encore, puis recommencez."
        ) from error


def _child(path: Path, file_name: str, memory: int, seconds: int) -> bytes:
    order = {"path": str(path.resolve()), "file_name": file_name, "memory": memory, "seconds": seconds}
    try:
        done = subprocess.run(  # noqa: S603  the command is ours; names reach the child by its stdin, not in the process list
            [sys.executable, "-m", "ml_admin.imports.reader"],
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=4 * seconds,  # of the clock, on a busy machine; the child itself stops after `seconds` of computing
            cwd=ROOT,
            env=environment(),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise refusals.too_long() from error
    if done.returncode or not done.stdout:
        raise _death(done.returncode)
    return done.stdout


def environment() -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return passed_on | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def _death(code: int) -> RefusedFileError:
    """What the end of the child means: negative codes are signals (POSIX)."""
    if -code in (24, 9):  # SIGXCPU, and SIGKILL when it goes on
        return refusals.too_long()
    return refusals.too_much_memory() if -code == 6 else refusals.unreadable()  # 6: Rust aborts when memory is refused


class _Reply(pickle.Unpickler):
    """Reads the types of a workbook only, whatever became of the child."""

    def find_class(self, module: str, name: str) -> object:
        if module == workbook.__name__ or (module == "datetime" and name in ("date", "datetime", "time", "timedelta")):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(name)


def _unpacked(packed: bytes) -> Workbook:
    try:
        reply = _Reply(io.BytesIO(packed)).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, ValueError) as error:
        raise refusals.unreadable() from error
    if isinstance(reply, Workbook):
        return reply
    raise RefusedFileError(str(reply))
