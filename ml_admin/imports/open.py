"""Open a file somebody dropped: its type by content, read whole."""

from collections.abc import Callable
from pathlib import Path

from ml_admin.imports import reader
from ml_admin.imports.workbook import Workbook


def open_workbook(
    path: Path, file_name: str | None = None, *, progress: Callable[[str], None] | None = None
) -> Workbook:
    """Read a spreadsheet or text file whole; `file_name` is the name its user knows it by."""
    if progress:
        progress("Lecture du fichier")
    return reader.read(path.read_bytes(), file_name or path.name)
