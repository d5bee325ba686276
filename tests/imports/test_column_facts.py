"""What reading did to each column is counted, and said in words that hold nothing of the file."""

from datetime import date

import pytest
from openpyxl import Workbook

from ml_admin.cleaners import Context
from ml_admin.database import reading
from ml_admin.imports import stage
from ml_admin.imports.analyse import analyse
from ml_admin.imports.column_facts import add_facts, fact_words
from ml_admin.imports.open import open_workbook
from tests.imports.office import Office

ROWS = [
    ("DUPONT", "Léa", "12/03/2004", "639981201", "9000", "Claire MARTIN", "1 85 05 78 006 084 91"),
    ("OUALI", "Yanis", date(2004, 11, 7), 639981202, 9100, "CM", "2 85 05 78 006 084 41"),
    ("AZÉMA", "Lou", "01/02/2005", "06 39 98 12 03", "31000", "Zoé INCONNUE", ""),
    ("BOYER", "Tom", "3 avril 2005", "0639", "9000", "Nora BENALI", ""),
]
TITLES = ("Nom", "Prénom", "Né(e) le", "Tél.", "CP", "Conseiller", "N° SS")


@pytest.fixture
def said(office: Office) -> dict[str, list[str]]:
    """Heading -> remarks, of a workbook with a header on its second row."""
    book = Workbook()
    for row in [("Liste des jeunes",), TITLES, *ROWS]:
        book.active.append(row)
    path = office.data / "liste.xlsx"
    book.save(path)
    batch = office.drop(office.claire, "liste.xlsx", path.read_bytes())
    with reading(office.engine) as session:
        (table,) = stage.load_tables(session, batch)
    return {column["heading"]: list(fact_words(column)) for column in table.columns}


def test_zeros_given_back_are_counted(said: dict[str, list[str]]) -> None:
    assert said["Tél."][0] == "Zéro de tête rendu à 2 numéros"
    assert said["CP"] == ["Zéro de tête rendu à 3 codes"]


def test_days_of_a_spreadsheet_beside_written_ones_are_said(said: dict[str, list[str]]) -> None:
    assert said["Né(e) le"] == ["Dates Excel et dates écrites"]


def test_names_of_the_staff_are_counted_once_each(said: dict[str, list[str]]) -> None:
    assert said["Conseiller"] == ["3 noms reconnus sur 4"]


def test_what_could_not_be_read_is_counted(said: dict[str, list[str]]) -> None:
    assert said["Tél."][1] == "1 valeur illisible"


def test_a_column_of_social_security_numbers_is_said_and_not_read(said: dict[str, list[str]]) -> None:
    assert said["N° SS"] == ["Numéro de sécurité sociale\u00a0: jamais lu ni gardé"]


def test_two_fields_in_a_cell_and_plain_columns(office: Office) -> None:
    path = office.data / "deux.csv"
    path.write_text("Nom Prénom;Ville;Dispositif\nDUPONT Léa;Foix;CEJ\nOUALI Yanis;Pamiers;CEJ\n", encoding="utf-8")
    workbook = open_workbook(path)
    analysis = analyse(workbook, Context(date(2026, 1, 5)))
    tables, _ = stage.rows_of(analysis)
    add_facts(tables, analysis, workbook)
    first, *others = tables[0].columns
    assert list(fact_words(first)) == ["Deux valeurs dans une cellule\u00a0: séparées"]
    assert [list(fact_words(column)) for column in others] == [[], []]
