"""Lists as .xlsx: real dates, typed text, drop-downs, and the keys by which the workbook can come back."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from itertools import chain, islice, zip_longest
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from ml_admin import sheet_manifest
from ml_admin.column_types import now
from ml_admin.exports.columns import ExportColumn, ExportSheet, Record, is_text
from ml_admin.exports.sheet_rows import fitting, rows_xml
from ml_admin.sheet_manifest import Manifest
from ml_admin.sheet_values import key_headings, shown

README = "Lisez-moi"
LISTS = "Listes"
_INLINE_LIMIT = 255  # characters of a list written inside the rule
_ROOM = 1_000  # rows below the last one where the drop-downs still work
_SAMPLE = 200  # rows looked at for the width of columns
_WIDTHS = {"date": 11.0, "instant": 16.0, "bool": 9.0, "number": 10.0}
_PAGE = "xl/worksheets/sheet1.xml"
_TYPES = "[Content_Types].xml"  # first in the archive: programs tell a workbook by it
_LEVEL = 3  # of compression: half the time of the usual 6 for a tenth more to send
_MODEL_ROW = re.compile(r'<row r="2"[^>]*>(.*?)</row>')
_MODEL_STYLE = re.compile(r'<c r="[A-Z]+2" s="(\d+)"')


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


def write_workbook(stream: BinaryIO, sheet: ExportSheet) -> int:
    """Write the sheet, « Lisez-moi » and the lists; gives the number of rows. Rows are never held in memory.

    The stream must be seekable and stays open. XlsxWriter makes the workbook around the rows, with one row that shows
    the style of each column; the rows themselves are poured in where it stands.
    """
    manifest = _manifest(sheet)
    rows = _noted(sheet.rows, manifest)
    first = list(islice(rows, _SAMPLE))
    before = _shell(sheet, first, 0, manifest)
    opening, _, styles = _page_of(before)
    count = 0
    with ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as out:
        out.writestr(_TYPES, before.read(_TYPES))
        with out.open(_PAGE, "w") as page:
            page.write(opening.encode())
            for count, xml in rows_xml(sheet.columns, styles, chain(first, rows), bool(sheet.table)):  # noqa: B007 - the last count is used
                page.write(xml.encode())
            # only now is the number of rows known, which filters, rules and « Lisez-moi » say
            after = _shell(sheet, first, count, manifest)
            page.write(_page_of(after)[1].encode())
        for name in after.namelist():
            if name not in (_TYPES, _PAGE):
                out.writestr(name, after.read(name))
    return count


def _manifest(sheet: ExportSheet) -> Manifest:
    filters = next((sentence for subject, sentence in sheet.notes if subject == "Filtres"), "")
    return Manifest(sheet.table, now().isoformat(), [column.name for column in sheet.columns], filters)


def _noted(rows: Iterable[Record], manifest: Manifest) -> Iterator[Record]:
    for record in rows:
        if record.key is not None and record.version is not None:
            manifest.keys.append(record.key)
            manifest.versions.append(record.version)
        yield record


def _shell(sheet: ExportSheet, first: Sequence[Record], count: int, manifest: Manifest) -> ZipFile:
    """The workbook around `count` rows, with a model row instead of them."""
    stream = BytesIO()
    with Workbook(stream, {"in_memory": True}) as book:
        styles = Styles(book)
        page = book.add_worksheet(sheet_name(sheet.title))
        _write_head(page, styles, sheet, first)
        for at, column in enumerate(sheet.columns):
            page.write_blank(1, at, None, styles.of(column))
        if sheet.columns:
            page.autofilter(0, 0, max(count, 1), len(sheet.columns) - 1 + 2 * bool(sheet.table))
        sources = write_lists(book, sheet.columns)
        for at, column in enumerate(sheet.columns):
            if column.options:
                page.data_validation(1, at, count + _ROOM, at, list_rule(column, sources))
        keep_as_text(page, sheet.columns, count + _ROOM)
        write_readme(book, styles, _notes(sheet, count))
        if sheet.table:
            _write_manifest(book, manifest)
    return ZipFile(stream)


def _write_manifest(book: Workbook, manifest: Manifest) -> None:
    page = book.add_worksheet(sheet_manifest.SHEET)
    page.very_hidden()
    for row, text in enumerate(sheet_manifest.lines_of(manifest)):
        page.write_string(row, 0, text)


def _page_of(shell: ZipFile) -> tuple[str, str, list[str]]:
    """The XML of the sheet before and after its rows, and the style of each column."""
    xml = shell.read(_PAGE).decode()
    model = _MODEL_ROW.search(xml)
    styles = _MODEL_STYLE.findall(model[1]) if model else []
    before, _, after = (_MODEL_ROW.sub("", xml, count=1)).partition("</sheetData>")
    # optional, and it would speak of the model row
    return re.sub(r"<dimension [^>]*/>", "", before, count=1), f"</sheetData>{after}", styles


def sheet_name(title: str) -> str:
    """The title as Excel takes it: 31 characters, none of []:*?/\\, no quote at either end."""
    name = "".join(" " if char in "[]:*?/\\" else char for char in title).strip("' ")[:31].strip("' ")
    taken = (README.lower(), LISTS.lower(), sheet_manifest.SHEET.lower(), "history")
    return name if name and name.lower() not in taken else "Export"


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
    places = {
        one: f"={LISTS}!${xl_col_to_name(at)}$2:${xl_col_to_name(at)}${len(one) + 1}" for at, one in enumerate(long)
    }
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
    ranges = [
        f"{xl_col_to_name(at)}2:{xl_col_to_name(at)}{last_row + 1}"
        for at, column in enumerate(columns)
        if is_text(column)
    ]
    if ranges:
        page.ignore_errors({"number_stored_as_text": " ".join(ranges)})


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
