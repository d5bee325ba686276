"""Text and CSV files: which encoding, which delimiter, which records."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from ml_admin.formulas import unguarded
from ml_admin.imports import refusals
from ml_admin.imports.workbook import Cell

DELIMITERS = (";", "\t", "|", ",")  # in order of preference when two explain the records as well
SAMPLE = 64 * 1024
MAX_ACCENTS = 200_000  # bytes beyond ASCII that are enough to tell an encoding

# How likely a letter is in French text; what is absent here is unlikely and costs points
_LOWER = {
    "é": 10,
    "è": 6,
    "à": 5,
    "ê": 4,
    "ç": 4,
    "â": 3,
    "î": 3,
    "ô": 3,
    "û": 3,
    "ë": 3,
    "ï": 3,
    "œ": 3,
    "ù": 2,
    "ü": 2,
}
_RARE = dict.fromkeys("äöñíóáúæÿ", 1)
_UPPER = {
    "É": 5,
    "È": 4,
    "Ê": 4,
    "À": 4,
    "Ç": 4,
    "Ô": 3,
    "Î": 3,
    "Â": 3,
    "Ë": 3,
    "Ï": 3,
    "Û": 3,
    "Ù": 2,
    "Œ": 3,
    "Ü": 2,
}
_SIGNS = dict.fromkeys("’«»–—…“”€°²\u00a0", 2)
csv.field_size_limit(2**31 - 1)  # the size of the file is the limit; csv refuses 131,072 characters by itself
_SINGLE_BYTE = ("cp1252", "iso8859-15", "mac_roman", "cp850")


class Text(NamedTuple):
    text: str
    encoding: str
    notes: list[str]


def decode(content: bytes) -> Text:
    """The text of a file whose encoding nobody knows; raise RefusedFileError if it is empty or no text."""
    text = _unicode(content) or _mixed(content) or _single_byte(content)
    plain = text.text.lstrip("\ufeff").rstrip("\x1a").replace("\0", "")
    if not plain.strip():
        raise refusals.empty()
    if sum(map(plain[:SAMPLE].count, map(chr, (*range(1, 9), *range(14, 27))))) * 100 > len(plain[:SAMPLE]):
        raise refusals.wrong_kind(
            "un fichier qui ne contient pas de texte",
            "Enregistrez le tableau au format .xlsx ou .csv, puis déposez-le.",
        )
    return Text(plain, text.encoding, text.notes)


def _unicode(content: bytes) -> Text | None:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark) and (text := _decoded(content, encoding)) is not None:
            return Text(text, encoding, [])
    zeros = content[:4096].count(0)
    if zeros * 4 > len(content[:4096]):
        encoding = "utf-16-le" if content[1:4096:2].count(0) > content[0:4096:2].count(0) else "utf-16-be"
        text = _decoded(content[: len(content) // 2 * 2], encoding)
        return Text(text, encoding, []) if text is not None else None
    text = _decoded(content, "utf-8")
    return Text(text, "utf-8", []) if text is not None else None


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _mixed(content: bytes) -> Text | None:
    """UTF-8 with a few bytes of another encoding: files glued together by hand."""
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    wrong = re.findall("[\udc80-\udcff]+", text)
    right = len(re.findall("[\u0080-\ud7ff\ue000-\uffff]", text))
    if right < 4 * sum(map(len, wrong)):
        return None
    repaired = re.sub("[\udc80-\udcff]+", lambda match: _legacy(match.group()), text)
    note = f"Ce fichier mélange deux encodages. Passages lus comme du texte Windows : {len(wrong)}."
    return Text(repaired, "utf-8", [note])


def _legacy(escaped: str) -> str:
    return _cp1252(escaped.encode("utf-8", "surrogateescape"))


def _single_byte(content: bytes) -> Text:
    encoding = _likeliest(content)
    if encoding != "cp1252":
        return Text(content.decode(encoding, "replace"), encoding, [])
    undefined = _decoded(content, "cp1252") is None
    return Text(_cp1252(content), "latin-1" if undefined else "cp1252", [])


def _cp1252(content: bytes) -> str:
    """cp1252, its five undefined bytes as latin-1 has them."""
    return _decoded(content, "cp1252") or re.sub(
        "[\udc80-\udcff]",
        lambda match: chr(ord(match.group()) - 0xDC00),
        content.decode("cp1252", "surrogateescape"),
    )


def _likeliest(content: bytes) -> str:
    accents = Counter(islice(_contexts(content), MAX_ACCENTS))
    scores = {
        encoding: sum(_score(byte, before, after, encoding) * count for (before, byte, after), count in accents.items())
        for encoding in _SINGLE_BYTE
    }
    return max(_SINGLE_BYTE, key=lambda encoding: scores[encoding])


def _contexts(content: bytes) -> Iterator[tuple[str, bytes, str]]:
    for match in re.finditer(rb"[\x80-\xff]", content):
        at = match.start()
        yield _class(content[max(at - 1, 0) : at]), match[0], _class(content[at + 1 : at + 2])


def _class(byte: bytes) -> str:
    """l lower case, u upper case, h beyond ASCII, o other or the end of the file."""
    if not byte:
        return "o"
    if byte[0] >= 0x80:
        return "h"
    return "l" if byte.islower() else "u" if byte.isupper() else "o"


def _score(byte: bytes, before: str, after: str, encoding: str) -> int:
    """How plausible the character is between these two neighbours in French."""
    char = _decoded(byte, encoding)
    if char is None or "\x80" <= char < "\xa0":
        return -20
    if char in _LOWER or char in _RARE:
        return _lower_score(char, before, after)
    if char in _UPPER:
        return -8 if before == "l" else _UPPER[char] - 4 * (before + after == "oo")
    inside = before in "lu" and after in "lu"
    if char in _SIGNS:
        return 4 if inside and char == "’" else -6 if inside else _SIGNS[char]
    return -3 if char.isalpha() else -6 if inside else -2


def _lower_score(char: str, before: str, after: str) -> int:
    if before == "u" and after in "uo":
        return -8
    if char in "àù" and after == "l":
        return -6
    if before == after == "o" and char != "à":
        return -4
    return _LOWER.get(char, 0) or _RARE[char]


def delimiter_of(text: str) -> str | None:
    """The delimiter that cuts most records into the same number of fields; None if there is one column."""
    hint = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    if hint:
        return hint[1]
    sample = text[:SAMPLE]
    if len(text) > SAMPLE:
        sample = sample[: sample.rfind("\n") + 1] or sample
    scores = {delimiter: _regularity(sample, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best][1] > 1 else None


def _regularity(sample: str, delimiter: str) -> tuple[float, int]:
    """(share of the records that have the usual number of fields, that number); one field is no proof."""
    widths = Counter(len(record) for record in _lenient(sample, delimiter) if any(record))
    if not widths:
        return 0, 0
    usual, count = max(widths.items(), key=lambda item: (item[0] > 1) * item[1])
    return (round(count / widths.total(), 2), usual) if usual > 1 else (0, 1)


def _lenient(text: str, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def records(text: str, delimiter: str | None) -> tuple[list[list[Cell]], list[str]]:
    """Records (blank ones kept, empty fields None) and notes; a stray quote does not swallow the lines after it."""
    if text.count("\n") + text.count(delimiter or "\n") > refusals.MAX_CELLS:
        raise refusals.too_many_cells()
    notes = []
    separator = delimiter or "\x1f"
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        rows = _with_stray_quotes(text, separator)
        notes = ["Des guillemets sont mal placés dans ce fichier : ils ont été lus comme du texte."]
    if re.match(r"sep=.\r?\n", text, re.IGNORECASE):
        rows[0] = []
    # a quote before « =… » was put there by an export, ours or another's, so that no spreadsheet runs it
    return [[(unguarded(field) if field[:1] == "'" else field) or None for field in row] for row in rows], notes


def _with_stray_quotes(text: str, delimiter: str) -> list[list[str]]:
    """A field is quoted only if its closing quote ends the field; other quotes are plain characters."""
    end = re.escape(delimiter) + r"\r\n"
    field = re.compile(rf'(?:"((?:[^"]++|"")*+)"(?=[{end}]|\Z)|([^{end}]*+))({re.escape(delimiter)}|\r\n|\r|\n|\Z)')
    rows: list[list[str]] = [[]]
    for quoted, bare, stop in field.findall(text):
        rows[-1].append(quoted.replace('""', '"') or bare)
        if stop != delimiter:
            rows.append([])
    while rows and rows[-1] in ([], [""]):  # what the end of the text matches once or twice
        rows.pop()
    return [row if row != [""] else [] for row in rows]
