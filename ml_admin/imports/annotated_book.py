"""The child process that writes a workbook back with its faults: `python -m ml_admin.imports.annotated_book`.

An order on stdin (see annotated.py); the workbook goes to the file that it names. Exit code 0: written; another one:
this way cannot write it.
"""

import gc
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ml_admin.imports import reader
from ml_admin.imports.annotated_lines import Page
from ml_admin.imports.annotated_plain import write_plain
from ml_admin.imports.annotated_styled import may_keep_styles, write_styled
from ml_admin.imports.workbook import Workbook

MAX_OUTPUT: Final = 200 * 1024 * 1024  # bytes of one file that the child writes
WRITTEN, BROKEN = 0, 3


def pages_of(book: Workbook, order: Mapping[str, Any]) -> list[Page]:
    sheets = order["sheets"]
    return [Page(sheet, sheets.get(sheet.name or "", {}), order["batch"], order["file_hash"]) for sheet in book.sheets]


def write(content: bytes, order: Mapping[str, Any]) -> int:
    """Read the file again and write it with what the order says; an exit code."""
    book = reader.read(content, order["file_name"])
    pages, out = pages_of(book, order), Path(order["out"])
    if order["styled"] and may_keep_styles(content, book):
        write_styled(content, pages, order["readme_styled"], out)
    else:
        del content
        write_plain(pages, order["readme_plain"], out)
    return WRITTEN


def main() -> None:
    gc.disable()
    order = json.load(sys.stdin)
    content = Path(order["path"]).read_bytes()
    os.umask(0o077)
    reader.limit_resources(order["memory"], order["seconds"], MAX_OUTPUT)
    try:
        code = write(content, order)
    except BaseException:  # whatever a library stumbles on is in the file; nothing of it goes to a log
        code = BROKEN
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
