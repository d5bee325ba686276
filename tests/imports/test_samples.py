import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from ml_admin.cleaners import Context
from ml_admin.imports.analyse import analyse
from ml_admin.imports.analysis import Analysis, Table
from ml_admin.imports.open import open_workbook
from ml_admin.imports.workbook import RefusedFileError
from tests.imports.small_books import records

CONTEXT = Context(date(2025, 1, 15))
REMEDIES = re.compile(r"déposez|recommencez|Découpez|Copiez|Supprimez")
# by content: whatever the name says
REFUSED = {
    "issue_594_dos.ods": "très loin du tableau",
    "pass_protected.ods": "mot de passe",
    "pass_protected.xlsx": "mot de passe",
    "BlankSheetTypes.xlsb": "abîmé",
    "ErrorTypes.dif": "fichier DIF",
    "ErrorTypes.slk": "fichier SYLK",
}


def read(path: Path) -> Analysis | str:
    try:
        return analyse(open_workbook(path), CONTEXT)
    except RefusedFileError as refusal:
        return str(refusal)


def files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.fixture(scope="module")
def told(request: pytest.FixtureRequest) -> dict[str, Analysis | str]:
    data: Path = request.getfixturevalue("shared") / "data"
    paths = [*files(data / "reader_files"), *files(data / "import_samples")]
    return {path.name: read(path) for path in paths}


def the_table(told: dict[str, Analysis | str], name: str) -> Table:
    found = told[name]
    assert isinstance(found, Analysis)
    (table,) = found.tables
    return table


def test_every_sample_is_read_or_refused_with_cause_and_remedy(told: dict[str, Analysis | str]) -> None:
    assert len(told) >= 95
    refused = {name: found for name, found in told.items() if isinstance(found, str)}
    assert refused.keys() == REFUSED.keys()
    for name, sentence in refused.items():
        assert REFUSED[name] in sentence
        assert REMEDIES.search(sentence), sentence


def test_each_sheet_of_a_sample_is_a_table_or_says_why_it_is_ignored(told: dict[str, Analysis | str]) -> None:
    for name, found in told.items():
        for table in found.tables if isinstance(found, Analysis) else ():
            assert table.entity or table.why, name


def test_rows_of_a_sample_are_all_read_or_set_aside_with_a_reason(told: dict[str, Analysis | str]) -> None:
    for name, found in told.items():
        for table in found.tables if isinstance(found, Analysis) else ():
            assert all(row.records or row.why for row in table.rows), name


def test_beneficiaries_of_a_neighbouring_service_are_young_people(told: dict[str, Analysis | str]) -> None:
    table = the_table(told, "import_beneficiaires.csv")
    assert table.entity == "young_person"
    first, _, _, last = records(table)
    assert first["last_name"] == "FONDUE"
    assert first["birth_date"] == date(1998, 5, 25)
    assert (first["phone"], first["postcode"], first["city"]) == ("+33601234567", "61120", "Camembert")
    assert last == {
        "external_id": "1234567",
        "first_name": "Charlot",
        "last_name": "FONDUE",
        "birth_date": date(1997, 4, 22),
    }


def test_broken_dates_of_beneficiaries_are_said(told: dict[str, Analysis | str]) -> None:
    table = the_table(told, "import_beneficiaires_buggy.csv")
    said = {(one.field, one.code) for row in table.rows for one in row.issues}
    assert {("birth_date", "unparsed_date"), ("birth_date", "missing_birth_date")} <= said


def test_structures_are_firms_and_one_without_a_name_waits_for_a_person(told: dict[str, Analysis | str]) -> None:
    table = the_table(told, "import_structures_buggy.csv")
    assert table.entity in ("employer", "partner")
    assert [row.outcome for row in table.rows] == ["record", "error", "record", "record"]
    assert records(table)[0]["siret"] == "22930008201453"


def test_professionals_are_no_young_people(told: dict[str, Analysis | str]) -> None:
    table = the_table(told, "import_professionnels.csv")
    assert (table.entity, table.why) == (None, "staff")
    assert [row.why for row in table.rows] == ["note", "note"]


@pytest.mark.parametrize("name", ["import_charges_orientation.xls", "import_charges_orientation.xlsx"])
def test_officers_who_write_from_one_office_are_no_young_people(told: dict[str, Analysis | str], name: str) -> None:
    assert (the_table(told, name).entity, the_table(told, name).why) == (None, "staff")


@pytest.mark.parametrize("name", ["Fichier_de_contacts_test_-_Drome.csv", "fichier_contact_test.csv"])
def test_contacts_of_a_department_are_young_people(told: dict[str, Analysis | str], name: str) -> None:
    (one,) = records(the_table(told, name))
    assert one.keys() >= {"last_name", "first_name", "phone", "email", "external_id"}


def test_users_with_post_code_and_town_in_one_cell_are_read(told: dict[str, Analysis | str]) -> None:
    (one,) = records(the_table(told, "fichier_usager_test.xlsx"))
    assert (one["postcode"], one["city"], one["phone"]) == ("75007", "Paris", "+33620022002")
    assert one["birth_date"] == date(1980, 11, 21)


def test_social_security_numbers_of_samples_are_read_nowhere(told: dict[str, Analysis | str]) -> None:
    for found in told.values():
        for table in found.tables if isinstance(found, Analysis) else ():
            words = [str(value) for row in table.rows for one in row.records for value in one.values()]
            words += [text for row in table.rows for text in row.extra.values()]
            assert not [text for text in words if re.fullmatch(r"[12]\d{12}(?:\d{2})?", text.replace(" ", ""))]
