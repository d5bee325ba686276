"""The raw pass over .xls (BIFF 5 and 8): error cells, numbers drawn with zeros, hidden rows, fills, date system.

The container is checked first: its looped or endless sector chains make other readers eat all the memory.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from ml_admin.imports import refusals
from ml_admin.imports.marks import PALETTE, RawSheet, color_name, palette_color
from ml_admin.imports.number_formats import displayed, draws_zeros
from ml_admin.imports.workbook import CellError

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = 0xFFFFFFF0  # sector numbers from here on are marks, not sectors
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
OTHER_DOCUMENTS = {
    "worddocument": "un document Word",
    "powerpoint document": "une présentation PowerPoint",
    "__properties_version1.0": "un message Outlook",
    "visiodocument": "un dessin Visio",
}
_BLANK, _NUMBER, _BOOLERR, _RK, _MULRK, _MULBLANK, _FORMULA = 0x201, 0x203, 0x205, 0x27E, 0xBD, 0xBE, 0x06
_CELLS = frozenset({_BLANK, _NUMBER, 0x204, _BOOLERR, _RK, _MULRK, _MULBLANK, _FORMULA, 0xFD, 0xD6, 0x406})
_BOF, _EOF, _DIMENSIONS, _ROW = 0x809, 0x0A, 0x200, 0x208


@dataclass(slots=True)
class RawBook:
    content: bytes  # the file, its lying dimensions put right
    date_system: int
    sheets: dict[int, RawSheet]  # by position in the workbook


def read_raw(content: bytes) -> RawBook:
    """Raise RefusedFileError for passwords, other documents, broken containers and far cells."""
    try:
        stream = Container(content).workbook()
        book = _Book(stream.data)
        sheets = {position: book.sheet(position) for position in range(len(book.offsets))}
        patched = bytearray(content)
        for place, dimensions in book.dimensions:
            stream.write(patched, place, dimensions)
    except (struct.error, IndexError, UnicodeDecodeError, MemoryError) as error:
        raise refusals.unreadable() from error
    return RawBook(bytes(patched) if book.dimensions else content, book.date_system, sheets)


class Stream:
    """A stream of the container, and where its bytes lie in the file."""

    def __init__(self, data: bytes, sectors: list[int], size: int) -> None:
        self.data = data
        self._sectors = sectors  # offsets in the file
        self._size = size

    def write(self, content: bytearray, place: int, new: bytes) -> None:
        for index, byte in enumerate(new, place):
            content[self._sectors[index // self._size] + index % self._size] = byte


class Container:
    """Compound file: a small file system of chained sectors."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise refusals.damaged("sa structure est fausse")
        self._size = 512 if shift == 9 else 4096
        self._fat = self._read_fat()
        self._directory = self._entries()

    def workbook(self) -> Stream:
        names = set(self._directory)
        if "encryptedpackage" in names:
            raise refusals.password()
        for name in ("workbook", "book"):
            if name in names:
                return self._stream(*self._directory[name])
        what = next(
            (label for name, label in OTHER_DOCUMENTS.items() if name in names), "un document d’un autre logiciel"
        )
        raise refusals.wrong_kind(
            what, "Copiez le tableau qu’il contient dans un classeur Excel, puis déposez ce classeur."
        )

    def _read_fat(self) -> list[int]:
        """The chains of sectors: the first 109 tables are listed in the header, the others in chained lists."""
        places = list(struct.unpack_from("<109I", self._content, 76))
        next_list, lists = struct.unpack_from("<II", self._content, 68)
        per_list = self._size // 4 - 1
        for _ in range(min(lists, len(self._content) // self._size)):
            if next_list >= _END:
                break
            *more, next_list = struct.unpack_from(f"<{per_list + 1}I", self._content, self._offset(next_list))
            places += more
        fat: list[int] = []
        for place in places:
            if place < _END:
                fat += struct.unpack_from(f"<{self._size // 4}I", self._content, self._offset(place))
        return fat

    def _offset(self, sector: int) -> int:
        return (sector + 1) * self._size

    def _chain(self, sector: int, table: list[int]) -> list[int]:
        chain: list[int] = []
        while sector < _END:
            if len(chain) > len(table) or sector >= len(table):
                raise refusals.damaged("ses parties s’enchaînent sans fin ou hors du fichier")
            chain.append(sector)
            sector = table[sector]
        return chain

    def _sectors(self, first: int) -> tuple[bytes, list[int]]:
        offsets = [self._offset(sector) for sector in self._chain(first, self._fat)]
        return b"".join(self._content[at : at + self._size] for at in offsets), offsets

    def _entries(self) -> dict[str, tuple[int, int]]:
        """Lower-case name -> (first sector, size) of the streams; checks the small-sector table on the way."""
        data, _ = self._sectors(struct.unpack_from("<I", self._content, 48)[0])
        found: dict[str, tuple[int, int]] = {}
        for at in range(0, len(data) - 127, 128):
            length, kind = struct.unpack_from("<HB", data, at + 64)
            name = data[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace").lower()
            if kind == 5:
                name = "/root"
            if kind in (2, 5):
                found[name] = struct.unpack_from("<II", data, at + 116)
        return found

    def _stream(self, first: int, size: int) -> Stream:
        cutoff, mini_first = struct.unpack_from("<II", self._content, 56)
        if size >= cutoff:
            data, offsets = self._sectors(first)
            return Stream(data[:size], offsets, self._size)
        table_bytes, _ = self._sectors(mini_first)
        table = list(struct.unpack(f"<{len(table_bytes) // 4}I", table_bytes))
        _, root = self._sectors(self._directory["/root"][0])
        per_sector = self._size >> 6
        offsets = [root[mini // per_sector] + mini % per_sector * 64 for mini in self._chain(first, table)]
        return Stream(b"".join(self._content[at : at + 64] for at in offsets)[:size], offsets, 64)


@dataclass(slots=True)
class _Styles:
    formats: dict[int, str] = field(default_factory=dict)  # style -> format that draws zeros
    fills: dict[int, str] = field(default_factory=dict)  # style -> colour name


class _Book:
    """The records of the workbook stream: a number, a length, the data."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.date_system = 1900
        self.offsets: list[int] = []
        self.dimensions: list[tuple[int, bytes]] = []  # places whose declared size lies, what to write there
        self._codes: dict[int, str] = {}
        self._xfs: list[bytes] = []
        self._palette = list(PALETTE)
        self._old = struct.unpack_from("<H", data, 4)[0] < 0x600  # BIFF 5
        self._globals()
        self._styles = self._read_styles()

    def _records(self, at: int) -> Iterator[tuple[int, int, int]]:
        """(number, place of the data, length) up to the end of the substream, embedded charts left out."""
        depth = 0
        data, end = self._data, len(self._data) - 3
        while at < end:
            number, length = struct.unpack_from("<HH", data, at)
            depth += (number == _BOF) - (number == _EOF)
            if depth <= 1:
                yield number, at + 4, length
            if depth <= 0:
                return
            at += 4 + length

    def _globals(self) -> None:
        for number, at, length in self._records(0):
            if number == 0x2F:
                raise refusals.password()
            if number == 0x85:
                self.offsets.append(struct.unpack_from("<I", self._data, at)[0])
            elif number == 0x22:
                self.date_system = 1904 if self._data[at] else 1900
            elif number == 0x41E:
                self._format(at, length)
            elif number == 0xE0:
                self._xfs.append(self._data[at : at + length])
            elif number == 0x92:
                count = min(struct.unpack_from("<H", self._data, at)[0], 56)
                self._palette[:count] = [self._data[at + 2 + 4 * i : at + 5 + 4 * i].hex() for i in range(count)]
        if len(self.offsets) > refusals.MAX_SHEETS:
            raise refusals.too_many_sheets()

    def _format(self, at: int, length: int) -> None:
        number = struct.unpack_from("<H", self._data, at)[0]
        if self._old:
            code = self._data[at + 3 : at + length].decode("latin-1")
        elif self._data[at + 4] & 1:
            code = self._data[at + 5 : at + length].decode("utf-16-le", "replace")
        else:
            code = self._data[at + 5 : at + length].decode("latin-1")
        if draws_zeros(code):
            self._codes[number] = code

    def _read_styles(self) -> _Styles:
        styles = _Styles()
        for number, xf in enumerate(self._xfs):
            code = self._codes.get(struct.unpack_from("<H", xf, 2)[0])
            if code:
                styles.formats[number] = code
            color = self._fill(xf)
            if color:
                styles.fills[number] = color
        return styles

    def _fill(self, xf: bytes) -> str | None:
        if self._old:
            bits = struct.unpack_from("<I", xf, 8)[0]
            pattern, index = bits >> 16 & 0x3F, bits & 0x7F
        else:
            pattern, index = struct.unpack_from("<I", xf, 14)[0] >> 26, struct.unpack_from("<H", xf, 18)[0] & 0x7F
        if pattern != 1 or index >= 64:
            return None
        return palette_color(index) if index < 8 else color_name(self._palette[index - 8])

    def sheet(self, position: int) -> RawSheet:
        sheet = RawSheet()
        declared = (0, b"")
        last_row = last_column = -1
        data = self._data
        for number, at, length in self._records(self.offsets[position]):
            if number in _CELLS:
                row, column = struct.unpack_from("<HH", data, at)
                self._cell(sheet, number, at, length, row, column)
                if number not in (_BLANK, _MULBLANK):
                    last = struct.unpack_from("<H", data, at + length - 2)[0] if number == _MULRK else column
                    last_row, last_column = max(last_row, row), max(last_column, last)
            elif number == _ROW:
                if struct.unpack_from("<I", data, at + 12)[0] & 0x20:
                    sheet.hidden_rows.add(struct.unpack_from("<H", data, at)[0] + 1)
            elif number == _DIMENSIONS:
                declared = (at, data[at : at + length])
        if (last_row + 1) * (last_column + 1) > refusals.MAX_AREA:
            raise refusals.far_cell(None, f"ligne {last_row + 1}, colonne {last_column + 1}")
        self._correct_dimensions(declared, last_row + 1, last_column + 1)
        return sheet

    def _correct_dimensions(self, declared: tuple[int, bytes], rows: int, columns: int) -> None:
        """calamine reserves what DIMENSIONS announces, be it 65,536 × 256 blanks."""
        at, record = declared
        layout = "<HHHH" if len(record) < 14 else "<IIHH"
        if len(record) < struct.calcsize(layout):
            return
        first_row, last_row, first_column, last_column = struct.unpack_from(layout, record)
        area = (last_row - first_row) * (last_column - first_column)
        upside_down = first_row > last_row or first_column > last_column
        if upside_down or area > max(4 * rows * columns, 100_000):
            self.dimensions.append((at, struct.pack(layout, 0, rows, 0, columns)))

    def _cell(self, sheet: RawSheet, number: int, at: int, length: int, row: int, column: int) -> None:
        if number in (_MULRK, _MULBLANK):
            step = 6 if number == _MULRK else 2
            for index in range((length - 6) // step):
                place = at + 4 + index * step
                style = struct.unpack_from("<H", self._data, place)[0]
                value = self._rk(place + 2) if number == _MULRK else None
                self._style(sheet, row + 1, column + index + 1, style, value)
            return
        style = struct.unpack_from("<H", self._data, at + 4)[0]
        value = None
        if number == _NUMBER:
            value = struct.unpack_from("<d", self._data, at + 6)[0]
        elif number == _RK:
            value = self._rk(at + 6)
        elif number == _BOOLERR and self._data[at + 7]:
            sheet.replaced[row + 1, column + 1] = CellError(ERRORS.get(self._data[at + 6], "#N/A"))
        elif number in (_FORMULA, 0x406):
            value = self._formula(sheet, at, row, column)
        self._style(sheet, row + 1, column + 1, style, value)

    def _formula(self, sheet: RawSheet, at: int, row: int, column: int) -> float | None:
        result = self._data[at + 6 : at + 14]
        if result[6:] != b"\xff\xff":
            return float(struct.unpack("<d", result)[0])
        if result[0] == 2:
            sheet.replaced[row + 1, column + 1] = CellError(ERRORS.get(result[2], "#N/A"))
        return None

    def _style(self, sheet: RawSheet, row: int, column: int, style: int, value: float | None) -> None:
        code = self._styles.formats.get(style)
        text = displayed(value, code) if code and value is not None and abs(value) < 1e15 else None
        if text is not None:
            sheet.replaced[row, column] = text
        color = self._styles.fills.get(style)
        if color:
            sheet.fills.setdefault(row, {})[column] = color

    def _rk(self, at: int) -> float:
        bits = struct.unpack_from("<I", self._data, at)[0]
        if bits & 2:
            value = float(struct.unpack_from("<i", self._data, at)[0] >> 2)
        else:
            value = struct.unpack("<d", struct.pack("<Q", (bits & 0xFFFFFFFC) << 32))[0]
        return value / 100 if bits & 1 else value
