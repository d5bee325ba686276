"""The child process that reads one file: `python -m ml_admin.imports.reader`, an order on stdin, a pickle on stdout."""

import gc
import io
import json
import os
import pickle
import re
import sys
from pathlib import Path
from typing import NamedTuple, cast

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ml_admin.imports import ods_raw, refusals, text_files, web_tables, xls_raw, xlsb_raw, xlsx_raw, xml2003
from ml_admin.imports.archive import Archive
from ml_admin.imports.marks import RawSheet, marked_rows
from ml_admin.imports.workbook import Cell, RefusedFileError, Sheet, Workbook
from ml_admin.text import without_nir

try:
    import resource
except ImportError:  # Windows: the time limit of the parent is the only one
    resource = None  # type: ignore[assignment]

NEW_WORKBOOK = "Copiez le tableau qu’il contient dans un classeur Excel, puis déposez ce classeur."
UNPACK = "Décompressez-la, puis déposez le classeur qu’elle contient."
EXPORT = "Exportez la table au format .xlsx ou .csv, puis déposez ce fichier."
OTHERS = (  # what the first bytes tell; a table may start with « ID;Prénom » or « MZ »
    (
        rb"%PDF-",
        "un document PDF",
        "Demandez le tableau d’origine, ou copiez-le dans un classeur Excel, puis déposez-le.",
    ),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a", "une image", "Recopiez le tableau dans un classeur Excel, puis déposez-le."),
    (rb"\{\\rtf", "un document texte (RTF)", NEW_WORKBOOK),
    (rb"MIME-Version:", "une page web archivée", refusals.RESAVE),
    (rb"7z\xbc\xaf|Rar!\x1a|\x1f\x8b", "une archive compressée", UNPACK),
    (rb"MZ[^\r\n]{0,60}\0|\x7fELF", "un programme", "Choisissez un classeur ou un fichier texte, puis déposez-le."),
    (rb"\x03[\x00-\xff][\x01-\x0c][\x01-\x1f]", "une table dBase", EXPORT),
    (rb"SQLite format 3\0|\0\x01\0\0Standard ", "une base de données", EXPORT),
    (rb"ID;P\w*(?:;[A-Z]+)*(?:\r\n?|\n)[BCEFOP];[A-Z]", "un fichier SYLK", refusals.RESAVE),
    (rb"TABLE(?:\r\n?|\n)0,1(?:\r\n?|\n)", "un fichier DIF", refusals.RESAVE),
    (rb"\x09[\x00\x02\x04][\x04\x06]\x00", "un classeur d’avant Excel 5", refusals.RESAVE),
    (rb"\s*(?:\{\s*\"|\[\s*\{)", "un fichier JSON", "Demandez un export au format .xlsx ou .csv, puis déposez-le."),
)
EXPECTED = {  # the formats that an extension announces; nothing is said about other extensions
    "xlsx": {"xlsx", "xlsm"},
    "xlsm": {"xlsx", "xlsm"},
    "xlsb": {"xlsb"},
    "xls": {"xls"},
    "ods": {"ods"},
    "csv": {"csv"},
    "txt": {"txt"},
}


class RawBook(NamedTuple):
    date_system: int
    sheets: dict[int, RawSheet]


def read(content: bytes, file_name: str) -> Workbook:
    """The file read whole, its type told by its content; raise RefusedFileError otherwise."""
    if not content.strip(b"\0 \t\r\n"):
        raise refusals.empty()
    if content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        book = _read_zip(content, file_name)
    elif content[:8] == xls_raw.MAGIC:
        raw = xls_raw.read_raw(content)
        book = _read_calamine(raw.content, file_name, "xls", RawBook(raw.date_system, raw.sheets))
    else:
        book = _read_text(content, file_name)
    if not book.sheets:
        raise refusals.no_sheet()
    for number, sheet in enumerate(book.sheets, 1):
        sheet.name = sheet.name and (without_nir(sheet.name)[0] or f"Feuille {number}")
    book.notes = [without_nir(note)[0] for note in book.notes]
    extension = Path(file_name).suffix.lower().lstrip(".")
    if book.format not in EXPECTED.get(extension, {book.format}):
        book.notes.append(
            f"Ce fichier est nommé « .{extension} » mais son contenu est au format {book.format} : il a été lu comme tel."
        )
    return book


def _read_zip(content: bytes, file_name: str) -> Workbook:
    archive = Archive(content)
    kind = archive.kind()
    if kind == "ods":
        date_system, sheets = ods_raw.read_raw(archive)
        return _read_calamine(content, file_name, kind, RawBook(date_system, dict(enumerate(sheets))))
    if kind == "xlsb":
        return _read_calamine(content, file_name, kind, RawBook(xlsb_raw.date_system(archive), {}))
    raw = xlsx_raw.read_raw(archive)
    book = _read_calamine(content, file_name, kind, RawBook(raw.date_system, raw.sheets))
    if kind == "xlsm":
        book.notes.append("Ce classeur contient des macros : elles n’ont pas été exécutées.")
    return book


def _read_calamine(content: bytes, file_name: str, kind: str, raw: RawBook) -> Workbook:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    if len(book.sheet_names) > refusals.MAX_SHEETS:
        raise refusals.too_many_sheets()
    result = Workbook(file_name, kind, raw.date_system, [])
    same: dict[Cell, Cell] = {}
    for position, meta in enumerate(book.sheets_metadata):
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        try:
            read = book.get_sheet_by_index(position)
        except Exception:
            if kind != "xlsb":  # which lists its charts among the sheets
                raise
            result.notes.append(
                f"La feuille « {meta.name} » n’a pas pu être lue : si elle contient un tableau, copiez-le dans un classeur .xlsx."
            )
            continue
        sheet = _sheet(meta.name, read, raw.sheets.get(position), same)
        sheet.hidden = meta.visible != SheetVisibleEnum.Visible
        result.sheets.append(sheet)
        _tell_uncomputed(result, meta.name, raw.sheets.get(position))
    return result


def _sheet(name: str, read: CalamineSheet, raw: RawSheet | None, same: dict[Cell, Cell]) -> Sheet:
    end = read.end
    if end and (end[0] + 1) * (end[1] + 1) > refusals.MAX_AREA:
        raise refusals.far_cell(name, f"ligne {end[0] + 1}, colonne {end[1] + 1}")
    rows = cast("list[list[Cell]]", read.to_python(skip_empty_area=False))
    for index, row in enumerate(rows):
        rows[index] = [_plain(cell, same) for cell in row]  # in place: two copies of a big sheet do not fit
    merged = [
        (top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in read.merged_cell_ranges or []
    ]
    sheet = Sheet(name, rows, merged=merged)
    if raw:
        _complete(sheet, raw)
    return sheet


def _plain(cell: Cell, same: dict[Cell, Cell]) -> Cell:
    """Empty text is None, 9000.0 is 9000; equal texts and dates are one object: smaller in memory and in the pipe."""
    if isinstance(cell, str):
        return same.setdefault(cell, cell) if cell else None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    return cell if isinstance(cell, int) else same.setdefault(cell, cell)


def _complete(sheet: Sheet, raw: RawSheet) -> None:
    rows = sheet.rows
    for (row, column), cell in raw.replaced.items():
        rows += [[] for _ in range(row - len(rows))]
        rows[row - 1] += [None] * (column - len(rows[row - 1]))
        rows[row - 1][column - 1] = cell
    sheet.hidden_rows = frozenset(row for row in raw.hidden_rows if row <= len(rows))
    sheet.colors = marked_rows(raw.fills, rows)
    if raw.merged is not None:
        sheet.merged = raw.merged


def _tell_uncomputed(book: Workbook, name: str, raw: RawSheet | None) -> None:
    if raw and raw.uncomputed:
        book.notes.append(
            f"Formules sans résultat enregistré dans la feuille « {name} », lues comme vides : {raw.uncomputed}. Ouvrez le classeur dans Excel, enregistrez-le, puis déposez-le de nouveau."
        )


def _read_text(content: bytes, file_name: str) -> Workbook:
    for pattern, what, remedy in OTHERS:
        if re.match(pattern, content):
            raise refusals.wrong_kind(what, remedy)
    head = _head(content)
    if xml2003.is_xml2003(head):
        sheets, date_system = xml2003.read_xml2003(content)
        return Workbook(file_name, "xml2003", date_system, sheets)
    if web_tables.is_html(head):
        sheets, encoding, notes = web_tables.read_html(content)
        return Workbook(file_name, "html", 1900, sheets, encoding, notes=notes)
    if head.lstrip().startswith(b"<?xml"):
        raise refusals.wrong_kind("un fichier XML", refusals.RESAVE)
    text, encoding, notes = text_files.decode(content)
    delimiter = text_files.delimiter_of(text)
    rows, more = text_files.records(text, delimiter)
    kind = "txt" if file_name.lower().endswith(".txt") else "csv"
    return Workbook(file_name, kind, 1900, [Sheet(None, rows)], encoding, delimiter, [*notes, *more])


def _head(content: bytes) -> bytes:
    """The beginning, as UTF-8 without its mark."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content[:8192].decode("utf-16", "replace").encode()
    return content[:4096].removeprefix(b"\xef\xbb\xbf")


def limit_resources(memory: int, seconds: int, written: int = 0) -> None:
    """Address space and CPU seconds of this process; `written`: bytes of the largest file it may write, no core dump."""
    if resource is None:
        return
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, written),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
    ):
        try:
            resource.setrlimit(limit, (value, value))
        except (ValueError, OSError):  # macOS refuses some of them
            continue


def answer(content: bytes, file_name: str) -> Workbook | str:
    """The workbook, or the sentence that refuses it."""
    try:
        return read(content, file_name)
    except RefusedFileError as refusal:
        return str(refusal)
    except MemoryError:
        return str(refusals.too_much_memory())
    except BaseException:  # panics of calamine are no Exception; whatever it stumbles on is in the file
        return str(refusals.unreadable())


def main() -> None:
    gc.disable()  # short-lived, and all it makes is alive until the end
    order = json.load(sys.stdin)
    content = Path(order["path"]).read_bytes()
    limit_resources(order["memory"], order["seconds"])
    reply = answer(content, order["file_name"])
    del content
    try:
        packed = pickle.dumps(reply, protocol=5)
    except MemoryError:
        packed = pickle.dumps(str(refusals.too_much_memory()))
    with os.fdopen(sys.stdout.fileno(), "wb", closefd=False) as out:
        out.write(packed)
    sys.stdout.flush()
    os._exit(0)  # freeing a million cells one by one takes longer than the kernel does


if __name__ == "__main__":
    main()
