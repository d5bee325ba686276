import json
import os
import pickle
from pathlib import Path

import pytest
from workbook_builders import PEOPLE, rows_xml, sheet_xml, xlsx, xlsx_parts, zipped

from ml_admin.imports import open as opening
from ml_admin.imports import reader
from ml_admin.imports.open import open_workbook
from ml_admin.imports.workbook import RefusedFileError


@pytest.fixture
def dropped(tmp_path: Path) -> Path:
    path = tmp_path / "3f1c"
    path.write_bytes(xlsx())
    return path


def big(path: Path, rows: int) -> Path:
    people = [["DURAND", "Amina", number, f"note {number}"] for number in range(rows)]
    path.write_bytes(zipped(xlsx_parts({"Feuil1": sheet_xml(rows_xml(people))})))  # type: ignore[arg-type]
    return path


def test_a_workbook_comes_back_whole_under_the_name_its_user_knows(dropped: Path) -> None:
    book = open_workbook(dropped, "suivi 2019.xlsx")
    assert (book.file_name, book.format, book.sheets[0].rows) == ("suivi 2019.xlsx", "xlsx", PEOPLE)


def test_without_another_name_the_file_keeps_its_own(tmp_path: Path) -> None:
    path = tmp_path / "accents éà « ».csv"
    path.write_bytes(b"Nom;Ville\nDURAND;Foix\n")
    assert open_workbook(path).file_name == path.name


def test_progress_is_told_in_french(dropped: Path) -> None:
    told: list[str] = []
    open_workbook(dropped, progress=told.append)
    assert told == ["Vérification du fichier", "Lecture du fichier", "3 lignes lues"]


def test_the_child_receives_no_secret_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    assert "postgresql://secret" not in opening.environment().values()


def test_the_file_is_read_from_any_current_folder(
    dropped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_workbook(Path(dropped.name)).sheets[0].rows == PEOPLE


def test_a_file_above_the_size_is_refused_before_it_is_read(dropped: Path) -> None:
    with pytest.raises(RefusedFileError, match="dépasse la taille permise.*Découpez-le"):
        open_workbook(dropped, max_bytes=100)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").touch()
    with pytest.raises(RefusedFileError, match="vide"):
        open_workbook(tmp_path / "a.xlsx")


@pytest.mark.parametrize("name", ["absent.xlsx", "."])
def test_what_is_no_readable_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RefusedFileError, match=r"\.$"):
        open_workbook(tmp_path / name)


@pytest.mark.skipif(os.name != "posix", reason="sans module resource, la mémoire n’est pas limitée")
def test_a_file_that_needs_more_memory_than_allowed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedFileError, match="trop de mémoire.*découpez-le"):
        open_workbook(big(tmp_path / "a.xlsx", 40_000), memory=45 * 1024 * 1024)


def test_a_file_that_takes_more_time_than_allowed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(b"<table>" + b"<tr><td>x" * 400_000)
    with pytest.raises(RefusedFileError, match="trop de temps.*découpez-le"):
        open_workbook(path, seconds=1)


def test_an_answer_that_is_no_workbook_is_refused() -> None:
    for packed in (b"", b"garbage", pickle.dumps(os.getcwd), pickle.dumps(print)):
        with pytest.raises(RefusedFileError, match="abîmé"):
            opening._unpacked(packed)


def test_a_sentence_of_the_child_becomes_the_refusal() -> None:
    with pytest.raises(RefusedFileError, match=r"^Ce fichier est vide\.$"):
        opening._unpacked(pickle.dumps("Ce fichier est vide."))


def test_real_files_cross_the_pipe_unchanged(shared: Path) -> None:
    paths = [path for path in (shared / "legacy").iterdir() if path.suffix in (".xlsx", ".xls", ".ods", ".csv", ".txt")]
    small = [path for path in paths if path.stat().st_size < 1_000_000]
    assert len(small) > 10
    for path in small:
        assert open_workbook(path) == reader.read(path.read_bytes(), path.name)


def test_hidden_rows_and_colours_of_real_files_are_those_expected(shared: Path) -> None:
    for answers in sorted((shared / "legacy").glob("*.expected.jsonl")):
        lines = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
        book = open_workbook(answers.with_name(answers.name.removesuffix(".expected.jsonl")))
        for sheet in book.sheets:
            rows = [
                line
                for line in lines
                if line["type"] == "row" and line.get("sheet") in (sheet.name, None) and line.get("marks")
            ]
            assert sheet.hidden_rows == {row["row"] for row in rows if row["marks"].get("hidden")}
            assert sheet.colors == {row["row"]: row["marks"]["color"] for row in rows if row["marks"].get("color")}
