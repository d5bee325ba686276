"""What an exported workbook remembers of itself, on a sheet that nobody sees: enough to know which lines were deleted."""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from uuid import uuid4

SHEET: Final = "ML Admin"
SAID: Final = "Cette feuille permet à l’application de reconnaître ce classeur quand il revient. Laissez-la."
_MARK: Final = "ML1:"  # before each piece: no spreadsheet takes it for a formula or a number
_PIECE: Final = 30_000  # characters; a cell holds 32,767
_LONGEST: Final = 64 * 1024 * 1024  # bytes unpacked: a million lines, and no bomb


@dataclass(slots=True)
class Manifest:
    """One export: `keys` and `versions` of its rows, `columns` its attributes in order, `at` an instant in ISO."""

    table: str
    at: str
    columns: list[str]
    filters: str = ""
    keys: list[str] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    export: str = field(default_factory=lambda: uuid4().hex)


def lines_of(manifest: Manifest) -> list[str]:
    """The cells of the sheet, one a row."""
    packed = b64encode(zlib.compress(json.dumps(asdict(manifest)).encode())).decode()
    return [SAID, *(_MARK + packed[at : at + _PIECE] for at in range(0, len(packed), _PIECE))]


def read_lines(cells: Iterable[Any]) -> Manifest | None:
    """The manifest that `lines_of` wrote; None when anything of it is missing or was changed."""
    packed = "".join(cell[len(_MARK) :] for cell in cells if isinstance(cell, str) and cell.startswith(_MARK))
    try:
        unpacking = zlib.decompressobj()
        found = json.loads(unpacking.decompress(b64decode(packed, validate=True), _LONGEST))
        manifest = Manifest(**found)
    except (ValueError, TypeError, zlib.error):
        return None
    return manifest if _is_whole(manifest) else None


def _is_whole(manifest: Manifest) -> bool:
    texts: Sequence[Any] = (manifest.table, manifest.at, manifest.filters, manifest.export)
    lists: Sequence[Any] = (manifest.keys, manifest.columns, manifest.versions)
    return (
        all(isinstance(one, str) for one in texts)
        and all(isinstance(one, list) for one in lists)
        and len(manifest.keys) == len(manifest.versions)
        and all(isinstance(one, str) for one in (*manifest.keys, *manifest.columns))
        and all(isinstance(one, int) for one in manifest.versions)
    )
