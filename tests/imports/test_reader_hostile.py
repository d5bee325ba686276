from pathlib import Path

import pytest
from hostile import AIMED, ANY, READ, Hostile, random_ones
from workbook_builders import PEOPLE

from ml_admin.imports.open import open_workbook
from ml_admin.imports.workbook import RefusedFileError, Workbook

RANDOM = list(random_ones())
TEXTS = [[str(value) for value in row] for row in PEOPLE]
REMEDIES = ("déposez", "recommencez", "Découpez", "Copiez", "Supprimez")


def outcome(path: Path, file_name: str) -> Workbook | str:
    """The workbook, or the sentence: anything else fails the test. The child's limits hold the rest."""
    try:
        return open_workbook(path, file_name)
    except RefusedFileError as refusal:
        return str(refusal)


def check(hostile: Hostile, folder: Path) -> None:
    path = folder / "file"
    path.write_bytes(hostile.build())
    found = outcome(path, hostile.file_name)
    if isinstance(found, str):
        assert hostile.ends != READ, found
        assert found.endswith(".")
        assert any(word in found for word in REMEDIES), found
        assert hostile.ends in (ANY, "same") or hostile.ends in found, found
    elif hostile.ends in (READ, "same"):
        rows = [row for row in found.sheets[0].rows if any(row)][:3]
        assert [[str(value) for value in row if value is not None] for row in rows] == TEXTS
    else:
        assert hostile.ends == ANY, "read, although it should have been refused"


@pytest.mark.parametrize("hostile", AIMED, ids=lambda hostile: hostile.name)
def test_a_hostile_file_is_read_right_or_refused_with_cause_and_remedy(hostile: Hostile, tmp_path: Path) -> None:
    check(hostile, tmp_path)


@pytest.mark.parametrize("hostile", RANDOM[::10], ids=lambda hostile: hostile.name)
def test_a_file_spoilt_at_random_is_never_silently_wrong(hostile: Hostile, tmp_path: Path) -> None:
    check(hostile, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("hostile", RANDOM, ids=lambda hostile: hostile.name)
def test_every_file_spoilt_at_random_is_never_silently_wrong(hostile: Hostile, tmp_path: Path) -> None:
    check(hostile, tmp_path)


def test_there_are_at_least_three_hundred_hostile_files() -> None:
    assert len({hostile.name for hostile in [*AIMED, *RANDOM]}) >= 300


def test_the_files_that_broke_other_readers_are_read_or_refused(shared: Path) -> None:
    files = sorted(path for path in (shared / "data" / "reader_files").rglob("*") if path.is_file())
    found = {path.name: outcome(path, path.name) for path in files}
    refused = {name: sentence for name, sentence in found.items() if isinstance(sentence, str)}
    assert len(files) > 80
    assert all(any(word in sentence for word in REMEDIES) for sentence in refused.values())
    assert len(refused) < 10, refused
