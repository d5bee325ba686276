import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ml_admin.formulas import unguarded
from ml_admin.imports import reader, text_files
from ml_admin.imports.workbook import RefusedFileError, Workbook

WORDS = [
    "Élodie",
    "Benoît",
    "François",
    "Noël",
    "Hélène",
    "Anaïs",
    "Zoé",
    "Gaëlle",
    "garçon",
    "forêt",
    "où",
    "à Foix",
    "déjà",
]
WORDS += [
    "THÉRÈSE",
    "CÔME",
    "première",
    "rue de l’Évêché",
    "Ax-les-Thermes",
    "Saint-Girons",
    "né le",
    "09000",
    "06 39 98 54 22",
]
HEADINGS = ["Nom", "Prénom", "Téléphone", "Né(e) le", "Commune"]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman", "cp850"]


def read(content: bytes, name: str = "export.csv") -> Workbook:
    return reader.read(content, name)


def written(rows: Sequence[Sequence[str]], delimiter: str, end: str = "\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=5, max_size=5), min_size=3, max_size=8),
    st.sampled_from(ENCODINGS),
    st.sampled_from(text_files.DELIMITERS),
    st.sampled_from(["\r\n", "\n", "\r"]),
)
def test_every_encoding_with_every_delimiter_gives_the_same_records(
    rows: list[list[str]], encoding: str, delimiter: str, end: str
) -> None:
    content = written([HEADINGS, *rows], delimiter, end).replace("’", "'" if encoding == "cp850" else "’")
    book = read(content.encode(encoding))
    assert book.delimiter == delimiter
    assert book.sheets[0].rows == [
        [value.replace("’", "'" if encoding == "cp850" else "’") for value in row] for row in [HEADINGS, *rows]
    ]
    assert book.encoding == encoding


# a quote that keeps a formula from running is taken off: see formulas.py
UNGUARDED = st.text(st.sampled_from("abé;,|\t\"\n '"), min_size=1, max_size=6).filter(
    lambda text: unguarded(text) == text
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.lists(UNGUARDED, min_size=4, max_size=4),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(text_files.DELIMITERS),
)
def test_quoted_delimiters_quotes_and_line_breaks_come_back(rows: list[list[str]], delimiter: str) -> None:
    assert text_files.records(written(rows, delimiter), delimiter) == (rows, [])


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_are_read_or_refused_with_a_sentence(content: bytes) -> None:
    try:
        read(content, "n’importe quoi.csv")
    except RefusedFileError as refusal:
        assert str(refusal).endswith(".")


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
def test_any_text_in_utf_8_is_read_as_it_is(text: str) -> None:
    assume(text.strip() and not text.startswith("\ufeff"))
    assert text_files.decode(text.encode()).text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Prénom", "cp850"),
        ("Prénom", "mac_roman"),
        ("Téléphone;Forêt", "cp850"),
        ("Hélène à Foix", "mac_roman"),
        ("N° SÉCU", "cp1252"),
    ],
)
def test_one_accented_line_is_enough_to_tell_the_encoding(text: str, encoding: str) -> None:
    assert text_files.decode(text.encode(encoding)).encoding == encoding


def test_latin_9_keeps_its_ligatures_and_its_euro() -> None:
    assert (
        text_files.decode("sœur, cœur, 15 € ; œuvre, bœuf".encode("iso8859-15")).text
        == "sœur, cœur, 15 € ; œuvre, bœuf"
    )


def test_typography_of_windows_is_read() -> None:
    text = "« très motivé » – l’été… 12 € pour l’ŒUVRE"
    assert text_files.decode(text.encode("cp1252")).text == text


def test_utf_8_read_twice_is_left_to_the_cleaners() -> None:
    broken = "Thérèse;Hélène".encode().decode("cp1252")
    assert text_files.decode(broken.encode()).text == broken


def test_two_encodings_glued_together_are_both_read_and_it_is_said() -> None:
    content = "Prénom;Ville\nÉlodie;Lézat\nHélène;Bézac\nZoé;Saint-Céré\n".encode() + "Noël;Foix\n".encode("cp1252")
    book = read(content)
    assert book.sheets[0].rows[-1] == ["Noël", "Foix"]
    assert "deux encodages" in book.notes[0]


def test_records_are_numbered_with_the_blank_ones_and_not_with_line_breaks() -> None:
    rows = read(b'Nom;Note\n\n"DURAND";"a\nb"\n;\nPETIT;c\n').sheets[0].rows
    assert rows == [["Nom", "Note"], [], ["DURAND", "a\nb"], [None, None], ["PETIT", "c"]]


def test_a_stray_quote_does_not_swallow_the_following_lines() -> None:
    book = read(b'Nom;Note;Ville\n"DURAND;dit "le grand";Foix\nPETIT;12";"Pamiers"\n"A";"b;\nc";D\n')
    assert book.sheets[0].rows == [
        ["Nom", "Note", "Ville"],
        ['"DURAND', 'dit "le grand"', "Foix"],
        ["PETIT", '12"', "Pamiers"],
        ["A", "b;\nc", "D"],
    ]
    assert "guillemets" in book.notes[0].lower()


def test_the_delimiter_declared_for_excel_is_obeyed_and_its_line_counted() -> None:
    book = read(b"sep=|\r\nNom|Ville; pays\r\nDURAND|Foix; France\r\n")
    assert (book.delimiter, book.sheets[0].rows) == ("|", [[], ["Nom", "Ville; pays"], ["DURAND", "Foix; France"]])


def test_commas_in_the_text_do_not_win_over_semicolons() -> None:
    text = "Nom;Adresse\nDURAND;12, rue Haute, Foix\nPETIT;3, place, bis\n"
    assert text_files.delimiter_of(text) == ";"


def test_a_title_above_the_table_does_not_hide_the_delimiter() -> None:
    assert text_files.delimiter_of("Liste des jeunes, 2019\n\nNom\tVille\tTél\nA\tB\tC\nD\tE\tF\n") == "\t"


def test_one_column_has_no_delimiter() -> None:
    book = read(b"Nom\nDURAND\nPETIT\n", "noms.txt")
    assert (book.format, book.delimiter, book.sheets[0].rows) == ("txt", None, [["Nom"], ["DURAND"], ["PETIT"]])


def test_text_named_xls_is_read_and_it_is_said() -> None:
    book = read(b"Nom\tVille\nDURAND\tFoix\n", "export.xls")
    assert (book.format, book.delimiter) == ("csv", "\t")
    assert ".xls" in book.notes[0]


@pytest.mark.parametrize("first", ["ID;Prénom", "ID;PROG", "MZ;Ville", "TABLE;x", "<nom>;b", "PK;b", "[n°];b"])
def test_headings_that_look_like_other_formats_are_read(first: str) -> None:
    assert read(f"{first}\nA;B\n".encode()).sheets[0].rows[1] == ["A", "B"]


@pytest.mark.parametrize("content", [b"", b" \r\n\t\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0\0\0\0", b"\xef\xbb\xbf\r\n"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(RefusedFileError, match="vide"):
        read(content)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(RefusedFileError, match="n’est pas un tableau"):
        read(bytes(range(256)) * 20)
