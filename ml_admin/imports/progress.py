"""How far the writing of an import is, and whether somebody wants it stopped: two small files of the data folder.

The database cannot say it: on SQLite the writing holds the only write lock until its commit, so that neither the job's
line could be changed by who writes nor a wish to stop be noted by who waits; on PostgreSQL both would be unseen inside
the transaction. A file is seen at once on both engines, and the worker shares this folder with the pages already.
"""

import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_EVERY = 0.3  # seconds
_FIRST_WORDS = 0.05  # part done before a time is foretold: less says nothing of the rate


class CancelledError(Exception):
    """Somebody stopped the writing before its commit."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a page shows of a writing."""

    done: int = 0  # steps: rows written, then rows of the preview noted as written
    total: int = 0
    rows: int = 0  # of `total`: those to write
    seconds: float = 0.0  # since it began


@dataclass
class Meter:
    """Told of every step of a writing; raises CancelledError at the first step after somebody asked to stop."""

    path: Path
    total: int
    rows: int
    done: int = 0
    _began: float = field(default_factory=time.monotonic)
    _told: float = 0.0

    def step(self, rows: int = 0) -> None:
        """So many more rows are written."""
        if _stop(self.path).exists():
            raise CancelledError
        self.done = min(self.done + rows, self.total)
        moment = time.monotonic()
        if moment - self._told >= _EVERY:
            self._told = moment
            _write(
                self.path, {"done": self.done, "total": self.total, "rows": self.rows, "seconds": moment - self._began}
            )


def place(folder: Path, job_id: int) -> Path:
    """Where the writing of this job tells; one name for each job, so that an old wish stops nothing new."""
    return folder / f"writing-{job_id}"


def told(path: Path) -> Told:
    """What was told last; nothing yet when the file is not there or not whole."""
    try:
        return Told(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return Told()


def ask_to_stop(path: Path) -> None:
    """Have the writing stopped, if its commit has not begun."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _stop(path).touch(mode=0o600)


def is_stopping(path: Path) -> bool:
    return _stop(path).exists()


def forget(path: Path) -> None:
    for one in (path, _stop(path), path.with_suffix(".new")):
        with suppress(OSError):
            one.unlink(missing_ok=True)


def left_words(one: Told) -> str:
    """« encore 4 s environ », at the mean rate since the beginning, in steps that do not dance; '' too early to say."""
    if not one.total or one.done < one.total * _FIRST_WORDS or one.done >= one.total:
        return ""
    left = one.seconds * (one.total - one.done) / one.done
    if left < 10:
        return f"encore {max(1, round(left))}\u00a0s environ"
    if left < 55:
        return f"encore {-(-int(left) // 5) * 5}\u00a0s environ"
    return f"encore {max(1, round(left / 60))}\u00a0min environ"


def _stop(path: Path) -> Path:
    return path.with_suffix(".stop")


def _write(path: Path, values: dict[str, float]) -> None:
    new = path.with_suffix(".new")
    new.write_text(json.dumps(values))
    new.replace(path)  # a reader sees the old or the new, never a half
