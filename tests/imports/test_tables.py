from datetime import date, time

import pytest
from small_books import sheet

from ml_admin.imports.forms import find_cards, find_form
from ml_admin.imports.tables import Block, find_tables
from ml_admin.imports.workbook import Cell

N = None
LEA: list[Cell] = ["DUPRAT", "Léa", "12/03/2001", "06 39 98 11 22", "Foix"]
TOM: list[Cell] = ["MARQUES", "Tom", date(2003, 2, 1), "06 39 98 11 23", "Pamiers"]
HEADER: list[Cell] = ["Nom", "Prénom", "Né(e) le", "Tél", "Commune"]


def found(rows: list[list[Cell]], merged: list[tuple[int, int, int, int]] | None = None) -> list[Block]:
    return find_tables(sheet(rows, merged=merged or []))


def words(block: Block) -> list[str]:
    return [heading.text for heading in block.headings]


def test_an_empty_sheet_has_no_table() -> None:
    assert found([]) == found([[N, N], []]) == []


def test_a_letterhead_and_titles_stand_over_the_header() -> None:
    (block,) = found(
        [["Mission Locale du Haut Pays"], ["12 rue du Marché - 09000 Foix"], [], ["Suivi 2019"], HEADER, LEA, TOM]
    )
    assert (block.header_rows, block.rows) == ([5], [6, 7])
    assert block.titles == ["Mission Locale du Haut Pays", "12 rue du Marché - 09000 Foix", "Suivi 2019"]
    assert block.skipped == {1: "title", 2: "title", 4: "title"}


def test_a_table_may_start_anywhere_in_the_sheet() -> None:
    (block,) = found([[], [], [N, N, *HEADER], [N, N, *LEA], [N, N, *TOM]])
    named = [heading for heading in block.headings if heading.text]
    assert [heading.column for heading in named] == [2, 3, 4, 5, 6]
    assert block.rows == [4, 5]


def test_a_row_of_groups_over_the_header_belongs_to_it() -> None:
    (block,) = found([["Qui", N, N, "Où", N], HEADER, LEA, TOM], [(1, 1, 1, 3), (1, 4, 1, 5)])
    assert block.header_rows == [1, 2]
    assert [heading.group for heading in block.headings] == ["Qui", "Qui", "Qui", "Où", "Où"]


def test_a_second_header_row_parts_what_is_merged_over_it() -> None:
    rows: list[list[Cell]] = [
        ["Nom", "Prénom", "Téléphone", N, "Adresse", N, N],
        [N, N, "Fixe", "Portable", "Rue", "CP", "Ville"],
        ["DUPRAT", "Léa", "05 61 02 03 04", "06 39 98 11 22", "3 rue du Pont", 9000, "Foix"],
    ]
    (block,) = found(rows, [(1, 3, 1, 4), (1, 5, 1, 7)])
    assert block.header_rows == [1, 2]
    assert words(block) == ["Nom", "Prénom", "Fixe", "Portable", "Rue", "CP", "Ville"]
    assert block.rows == [3]


def test_headings_wrapped_by_hand_over_two_rows_are_read_together() -> None:
    (block,) = found(
        [["Nom", "Prénom", "Date de", "Code"], [N, N, "naissance", "postal"], ["DUPRAT", "Léa", "12/03/2001", "09000"]]
    )
    assert block.header_rows == [1, 2]
    assert words(block) == ["Nom", "Prénom", "Date de naissance", "Code postal"]


def test_two_tables_one_under_the_other_have_their_own_headers_and_titles() -> None:
    first, second = found(
        [
            ["Entreprise", "Contact", "Tél"],
            ["Garage Puech", "M. Puech", "05 61 00 00 01"],
            [],
            ["PARTENAIRES"],
            ["Structure", "Domaine", "Tél"],
            ["CCAS", "social", "05 61 00 00 03"],
        ]
    )
    assert (first.rows, second.rows) == ([2], [6])
    assert (second.titles, second.header_rows) == (["PARTENAIRES"], [5])


def test_the_groups_over_a_second_table_are_no_row_of_the_first() -> None:
    rows: list[list[Cell]] = [
        ["Entreprise", "Ville", "Tél"],
        ["Adapei", "Foix", "05 61 00 00 01"],
        [],
        ["Qui", N, "Où"],
        HEADER[:3],
        LEA[:3],
    ]
    first, second = found(rows, [(4, 1, 4, 2)])
    assert (first.rows, second.header_rows, second.rows) == ([2], [4, 5], [6])


def test_two_tables_side_by_side_are_read_apart() -> None:
    left, right = found(
        [[*HEADER, N, "Entreprise", "Ville"], [*LEA, N, "Garage Puech", "Foix"], [*TOM, N, "Adapei", "Pamiers"], LEA]
    )
    assert words(left) == HEADER
    assert words(right) == ["Entreprise", "Ville"]
    assert (left.rows, right.rows) == ([2, 3, 4], [2, 3])


def test_tables_side_by_side_may_start_on_different_rows() -> None:
    rows: list[list[Cell]] = [
        ["Nom", "Prénom", "Né le"],
        ["DUPRAT", "Léa", "12/03/2001", N, "Entreprise", "Ville", "Tél"],
        ["MARQUES", "Tom", "13/03/2002", N, "Adapei", "Foix", "05 61 00 00 02"],
    ]
    left, right = found(rows)
    assert (left.rows, right.header_rows, right.rows) == ([2, 3], [2], [3])


def test_the_same_headings_again_without_a_gap_start_a_second_table() -> None:
    left, right = found(
        [
            ["Nom", "Prénom", "Tél", "Nom", "Prénom", "Tél"],
            ["DUPRAT", "Léa", "0639981122", "MARQUES", "Tom", "0639981123"],
        ]
    )
    assert [heading.column for heading in right.headings] == [3, 4, 5]
    assert words(left) == words(right)


def test_an_empty_column_inside_a_header_does_not_cut_the_table() -> None:
    (block,) = found([["Nom", "Prénom", N, "Tél", "Commune"], ["DUPRAT", "Léa", N, "06 39 98 11 22", "Foix"]])
    assert words(block) == ["Nom", "Prénom", "", "Tél", "Commune"]


def test_a_legend_beside_the_table_is_left_out_and_said() -> None:
    (block,) = found([[*HEADER, N, "Légende"], [*LEA, N, "rouge = sorti"], [*TOM, N, "vert = actif"]])
    assert words(block) == HEADER
    assert block.left_out == (6, 6)


@pytest.mark.parametrize(
    "row",
    [
        ["Total", 2],
        ["TOTAL jeunes", N, "2"],
        [N, "Sous-total Foix :", 12],
        ["Nb de jeunes : 45"],
        ["Nombre d’inscrits", 45, N, N, "45 %"],
        ["Moyenne", N, 21.5],
    ],
)
def test_a_total_is_no_person(row: list[Cell]) -> None:
    (block,) = found([HEADER, LEA, row, TOM])
    assert block.skipped == {3: "total"}


def test_a_firm_called_total_is_a_firm() -> None:
    (block,) = found(
        [["Entreprise", "Ville", "Tél", "Secteur"], ["TOTAL Access", "Foix", "05 61 00 00 01", "Carburant"]]
    )
    assert block.rows == [2]


@pytest.mark.parametrize(
    "text",
    [
        "NB : les verts sont à rappeler",
        "*** été 2019 ***",
        "--- anciens ---",
        "Légende : rouge = sorti",
        "édité le 12/03/2019",
        "à partir d’ici : ceux de la permanence",
        "→ voir l’autre classeur",
    ],
)
def test_a_word_to_the_reader_is_no_person(text: str) -> None:
    (block,) = found([HEADER, LEA, [text], TOM])
    assert block.rows == [2, 4]
    assert block.skipped[3] in ("note", "section")


def test_a_person_of_whom_only_the_name_is_known_stays_a_row() -> None:
    (block,) = found([HEADER, LEA, ["BONNET"], TOM])
    assert block.rows == [2, 3, 4]


def test_a_town_over_its_people_is_a_section() -> None:
    (block,) = found([HEADER, ["FOIX"], LEA, ["PAMIERS"], TOM])
    assert (block.rows, block.sections) == ([3, 5], {2: "FOIX", 4: "PAMIERS"})


def test_a_header_printed_again_on_the_next_page_is_skipped() -> None:
    (block,) = found([HEADER, LEA, HEADER, TOM])
    assert (block.rows, block.skipped) == ([2, 4], {3: "repeated_header"})


def test_blank_rows_inside_a_table_do_not_end_it() -> None:
    (block,) = found([HEADER, LEA, [], [], [], TOM])
    assert block.rows == [2, 6]


def test_a_sheet_without_header_is_all_data() -> None:
    (block,) = found([LEA, TOM, LEA, TOM])
    assert (block.header_rows, block.rows) == ([], [1, 2, 3, 4])


def test_unknown_headings_over_other_kinds_of_cells_are_still_headings() -> None:
    (block,) = found([["Truc", "Machin"], ["a", 12], ["b", 13]])
    assert (block.header_rows, words(block)) == ([1], ["Truc", "Machin"])


def test_a_long_questionnaire_beside_the_names_is_one_table() -> None:
    questions: list[Cell] = [
        f"Question {number} : que pensez-vous de l’atelier, en quelques mots ?" for number in range(12)
    ]
    (block,) = found([["Nom", "Prénom", *questions], ["DUPRAT", "Léa", *["bien"] * 12]])
    assert (block.header_rows, block.rows) == ([1], [2])


def test_a_header_of_times_is_a_header() -> None:
    (block,) = found([["Entreprise", time(9), time(9, 20), time(9, 40)], ["Adapei", "DUPRAT Léa", N, "MARQUES Tom"]])
    assert words(block) == ["Entreprise", "09:00", "09:20", "09:40"]


def test_labels_beside_their_values_make_a_form() -> None:
    form = find_form(
        sheet(
            [
                ["FICHE"],
                ["Nom :", "DUPRAT", N, "Prénom :", "Léa"],
                ["Né(e) le : 12/03/2001"],
                ["Tél :", "06 39 98 11 22"],
                ["Mail :"],
                ["Ville :", "Foix"],
            ]
        )
    )
    assert form
    assert dict(form.pairs) == {
        "Nom": "DUPRAT",
        "Prénom": "Léa",
        "Né(e) le": "12/03/2001",
        "Tél": "06 39 98 11 22",
        "Mail": None,
        "Ville": "Foix",
    }


def test_labels_over_their_values_make_a_form() -> None:
    form = find_form(
        sheet(
            [
                ["Nom", N, "Prénom"],
                ["DUPRAT", N, "Léa"],
                ["Date de naissance", N, "Téléphone"],
                ["12/03/2001", N, "06 39 98 11 22"],
            ]
        )
    )
    assert form
    assert dict(form.pairs) == {
        "Nom": "DUPRAT",
        "Prénom": "Léa",
        "Date de naissance": "12/03/2001",
        "Téléphone": "06 39 98 11 22",
    }


def test_a_table_of_one_person_is_no_form() -> None:
    assert find_form(sheet([HEADER, LEA])) is None
    assert find_form(sheet([HEADER, LEA, TOM, LEA])) is None


@pytest.mark.parametrize(
    "name", ["Groupe Pons", "Ville de Foix", "Atelier du Bois", "la Poste", "Garage 2000", "FAUVEL"]
)
def test_a_firm_of_which_only_the_name_is_known_stays_a_row_whatever_its_name(name: str) -> None:
    (block,) = found(
        [["Employeur", "Stand", "Postes proposés", "Personnes"], [name], ["Boulangerie Pons", "3", "vente"]]
    )
    assert (block.rows, block.skipped) == ([2, 3], {})


def test_firms_may_stand_under_rows_of_sectors() -> None:
    header: list[Cell] = ["Entreprise", "Ville", "Tél", "Activité"]
    firm: list[Cell] = ["Garage Puech", "Foix", "05 61 00 00 01", "Mécanique"]
    (block,) = found([header, ["Secteur Nord"], firm, ["Secteur Sud"], firm])
    assert (block.rows, block.sections) == ([3, 5], {2: "Secteur Nord", 4: "Secteur Sud"})


def test_the_words_of_three_header_rows_are_skipped_on_every_page() -> None:
    header: list[list[Cell]] = [
        ["QUI", N, N, "OÙ", N],
        ["Nom", "Prénom", "Naissance", "Commune", N],
        [N, N, "(date)", "Code postal", "Ville"],
    ]
    person: list[Cell] = ["DUPRAT", "Léa", "12/03/2001", "09000", "Foix"]
    merged = [(1, 1, 1, 3), (1, 4, 1, 5), (2, 4, 2, 5), (5, 1, 5, 3), (5, 4, 5, 5), (6, 4, 6, 5)]
    (block,) = found([*header, person, *header, person], merged)
    assert (block.header_rows, block.rows) == ([1, 2, 3], [4, 8])
    assert set(block.skipped.values()) == {"repeated_header"}


def test_the_last_row_of_a_table_is_no_banner_of_the_next_one() -> None:
    firms: list[list[Cell]] = [["Garage Puech", "Foix", "05 61 00 00 01"], ["Adapei", "Pamiers", "05 61 00 00 02"]]
    first, second = found([["Entreprise", "Ville", "Tél"], *firms, HEADER[:3], LEA[:3]])
    assert (first.rows, second.header_rows, second.rows) == ([2, 3], [4], [5])


def test_tables_that_touch_are_parted_where_one_goes_on_alone() -> None:
    header: list[Cell] = ["Nom", "Prénom", "Né(e) le", "Structure", "Domaine"]
    ccas: list[Cell] = ["CCAS", "social"]
    left, right = found([header, [*LEA[:3], *ccas], [*TOM[:3], *ccas], LEA[:3], TOM[:3]])
    assert (left.rows, right.rows) == ([2, 3, 4, 5], [2, 3])


def test_a_row_of_thousands_of_labels_is_no_sheet_of_cards() -> None:
    assert find_cards(sheet([["Nom :"] * 20_000])) == []


def test_boxes_that_are_ticked_are_the_value() -> None:
    form = find_form(
        sheet(
            [
                ["Nom :", "DUPRAT", N, "Prénom :", "Léa"],
                ["Sexe :", "☒ F", "☐ M"],
                ["☐ Permis B"],
                ["Tél :", "06 39 98 11 22", N, "Situation :", "[ ] en emploi  [x] en formation"],
                ["Ville :", "Foix"],
            ]
        )
    )
    assert form
    told = dict(form.pairs)
    assert (told["Sexe"], told["Permis B"], told["Situation"]) == ("F", "non", "en formation")
