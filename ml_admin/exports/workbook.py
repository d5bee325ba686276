"""Lists as .xlsx: real dates, typed text, drop-downs, and the keys by which the workbook can come back."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain, islice, zip_longest
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ml_admin.exports.columns import ExportColumn, ExportSheet, Record, is_text, shown

README = "Lisez-moi"
LISTS = "Listes"
_CELL_LIMIT = 32_767  # characters of one cell (Excel's specifications)
_INLINE_LIMIT = 255  # characters of a list written inside the rule
_ROOM = 1_000  # rows below the last one where the drop-downs still work
_SAMPLE = 200  # rows looked at for the width of columns
_WIDTHS = {"date": 11.0, "instant": 16.0, "bool": 9.0, "number": 10.0}
_CUT = " […] (suite coupée : cellule trop longue)"
_OLDEST = date(1900, 3, 1)  # Excel's calendar is wrong before (it has a 29 February 1900)


class Styles:
    """The formats of one workbook."""

    def __init__(self, book: Workbook) -> None:
        head = {"bold": True, "bg_color": "#E7EEF0", "bottom": 1, "text_wrap": True, "valign": "top"}
        self.heading: Format = book.add_format(head)
        self.strong: Format = book.add_format({"bold": True, "valign": "top"})
        self.prose: Format = book.add_format({"text_wrap": True, "valign": "top"})
        # text that stays text when the cell is edited: zeros kept, « =… » never a formula
        self.text: Format = book.add_format({"num_format": "@", "quote_prefix": True})
        self.date: Format = book.add_format({"num_format": "dd/mm/yyyy"})
        self.instant: Format = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        self.number: Format = book.add_format({"num_format": "General"})

    def of(self, column: ExportColumn) -> Format:
        return {"date": self.date, "instant": self.instant, "number": self.number}.get(column.kind, self.text)


def key_headings(table: str) -> tuple[str, str]:
    """The headings of the two hidden columns that say which record, in which version, a row is."""
    return f"Clé ({table})", f"Version ({table})"


def write_workbook(stream: BinaryIO, sheet: ExportSheet) -> int:
    """Write the sheet, « Lisez-moi » and the lists; gives the number of rows. Rows are never held in memory.

    The stream must be seekable and stays open. Nothing is left in temporary files, even when a row cannot be read.
    """
    with TemporaryDirectory(prefix="ml-export-") as folder, _book(stream, folder) as book:
        styles = Styles(book)
        page = book.add_worksheet(sheet_name(sheet.title))
        count = _write_table(page, styles, sheet)
        sources = write_lists(book, sheet.columns)
        for at, column in enumerate(sheet.columns):
            if column.options:
                page.data_validation(1, at, count + _ROOM, at, list_rule(column, sources))
        keep_as_text(page, sheet.columns, count + _ROOM)
        write_readme(book, styles, _notes(sheet, count))
    return count


class _book:
    """A workbook closed at the end; given up, not written, when something goes wrong."""

    def __init__(self, stream: BinaryIO, folder: str) -> None:
        self.book = Workbook(stream, {"constant_memory": True, "tmpdir": folder, "strings_to_numbers": False})

    def __enter__(self) -> Workbook:
        return self.book

    def __exit__(self, error: object, *_: object) -> None:
        if error is None:
            self.book.close()
            return
        self.book.fileclosed = True  # else it complains when it is collected
        for page in self.book.worksheets():
            if page.row_data_fh is not None:
                page.row_data_fh.close()


def sheet_name(title: str) -> str:
    """The title as Excel takes it: 31 characters, none of []:*?/\\, no quote at either end."""
    name = "".join(" " if char in "[]:*?/\\" else char for char in title).strip("' ")[:31].strip("' ")
    return name if name and name.lower() not in (README.lower(), LISTS.lower(), "history") else "Export"


def _write_table(page: Worksheet, styles: Styles, sheet: ExportSheet) -> int:
    rows = iter(sheet.rows)
    first = list(islice(rows, _SAMPLE))
    _write_head(page, styles, sheet, first)
    writers = [_writer(page, column, styles.of(column)) for column in sheet.columns]
    count = 0
    for count, record in enumerate(chain(first, rows), start=1):  # noqa: B007 - the number of the last row is used
        for at, value in enumerate(record.values):
            if value is not None:
                writers[at](count, at, value)
        if sheet.table:
            page.write_number(count, len(writers), record.key)
            page.write_number(count, len(writers) + 1, record.version)
    if sheet.columns:
        page.autofilter(0, 0, max(count, 1), len(sheet.columns) - 1 + 2 * bool(sheet.table))
    return count


def _write_head(page: Worksheet, styles: Styles, sheet: ExportSheet, first: Sequence[Record]) -> None:
    for at, column in enumerate(sheet.columns):
        widest = max((len(shown(record.values[at])) for record in first), default=0)
        page.set_column(at, at, width_of(column, widest), styles.of(column))
    page.freeze_panes(1, min(1, len(sheet.columns)))
    for at, column in enumerate(sheet.columns):
        page.write_string(0, at, column.heading, styles.heading)
    if sheet.table:
        last = len(sheet.columns)
        page.set_column(last, last + 1, 12, None, {"hidden": True})
        for at, heading in enumerate(key_headings(sheet.table), start=last):
            page.write_string(0, at, heading, styles.heading)


def width_of(column: ExportColumn, widest: int = 0) -> float:
    """Characters: what the kind asks for, else the longest of heading, options and cells seen, from 9 to 45."""
    least = max(9.0, min(len(column.heading), 18) + 3.0)
    if column.kind in _WIDTHS:
        return max(least, _WIDTHS[column.kind])
    return min(45.0, max(least, widest + 2.0, max(map(len, column.options), default=0) + 3.0))


def _writer(page: Worksheet, column: ExportColumn, style: Format) -> Callable[[int, int, Any], object]:
    """Never `page.write`, which makes formulas, links and numbers of what looks like one."""
    if is_text(column):
        return lambda row, at, value: _write_text(page, row, at, fitting(value), style)
    if column.kind == "number":
        return lambda row, at, value: page.write_number(row, at, value, style)
    return lambda row, at, value: _write_date(page, row, at, value, style)


def _write_text(page: Worksheet, row: int, at: int, text: str, style: Format) -> object:
    if text.startswith("<r>") and text.endswith("</r>"):
        # XlsxWriter would take it for rich text of its own making and write it as raw XML
        return page.write_rich_string(row, at, style, text[:3], text[3:], style)
    return page.write_string(row, at, text, style)


def _write_date(page: Worksheet, row: int, at: int, value: date, style: Format) -> object:
    day = value.date() if isinstance(value, datetime) else value
    if day < _OLDEST:
        return page.write_string(row, at, shown(value))
    return page.write_datetime(row, at, value, style)


def fitting(text: str) -> str:
    """The text as one cell holds it: lines end by LF; what is longer than Excel takes is cut, and says so."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if len(text) <= _CELL_LIMIT else text[: _CELL_LIMIT - len(_CUT)] + _CUT


def write_lists(book: Workbook, columns: Sequence[ExportColumn]) -> Mapping[tuple[str, ...], Any]:
    """Options -> where a rule finds them: inside itself, or on a hidden sheet when the list is long."""
    lists = dict.fromkeys(column.options for column in columns if column.options)
    long = [options for options in lists if _is_long(options)]
    if long:
        page = book.add_worksheet(LISTS)
        page.hide()
        # a sheet written without memory is written row after row
        for row, line in enumerate(zip_longest(*long, fillvalue=""), start=1):
            for at, option in enumerate(line):
                page.write_string(row, at, option)
    places = {one: f"={LISTS}!${_letter(at)}$2:${_letter(at)}${len(one) + 1}" for at, one in enumerate(long)}
    return {one: places.get(one) or list(one) for one in lists}


def _is_long(options: Sequence[str]) -> bool:
    # a comma inside an option would cut it in two
    return len(",".join(options)) > _INLINE_LIMIT or any("," in option for option in options)


def list_rule(column: ExportColumn, sources: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    """The drop-down of a column that has options."""
    return {
        "validate": "list",
        "source": sources[column.options],
        # a warning, not a wall: the import says what it does not understand
        "error_type": "warning",
        "error_title": column.heading[:32],
        "error_message": "Cette valeur n’est pas dans la liste. La garder\u202f?",
    }


def keep_as_text(page: Worksheet, columns: Sequence[ExportColumn], last_row: int) -> None:
    """No green corner « nombre stocké sous forme de texte » on telephones and post codes."""
    ranges = [f"{_letter(at)}2:{_letter(at)}{last_row + 1}" for at, column in enumerate(columns) if is_text(column)]
    if ranges:
        page.ignore_errors({"number_stored_as_text": " ".join(ranges)})


def _letter(at: int) -> str:
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def write_readme(book: Workbook, styles: Styles, notes: Iterable[tuple[str, str]]) -> None:
    """« Lisez-moi »: one column of sentences, which an import cannot take for a table of records."""
    page = book.add_worksheet(README)
    page.set_column(0, 0, 110)
    page.write_string(0, 0, README, styles.strong)
    said = [(subject, sentence) for subject, sentence in notes if sentence]
    for row, (subject, sentence) in enumerate(said, start=2):
        page.write_rich_string(row, 0, styles.strong, f"{subject}\u00a0: ", fitting(sentence), styles.prose)


def _notes(sheet: ExportSheet, count: int) -> Iterator[tuple[str, str]]:
    yield "Feuille", sheet.title
    yield "Lignes", f"{count:,}".replace(",", "\u202f")
    yield from sheet.notes
    if sheet.table:
        yield (
            "Colonnes masquées",
            "Les deux dernières colonnes disent de quelle fiche et de quelle version vient chaque ligne. "
            "Laissez-les : avec elles, le classeur corrigé peut revenir par « Imports ».",
        )
    yield (
        "Textes",
        "Téléphones, codes postaux et SIRET sont du texte, pour garder leurs zéros. "
        "Un texte qui commence par =, +, - ou @ est du texte aussi : il ne se calcule pas.",
    )
    yield (
        "Données personnelles",
        "Ce fichier sort de l’application avec des données de personnes : gardez-le à l’abri, effacez-le après usage.",
    )
