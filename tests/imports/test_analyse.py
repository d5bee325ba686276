import io
import json
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_books import CONTEXT, book, codes, data, records, sheet, skips, table, tables, values

from ml_admin.imports.analyse import analyse
from ml_admin.imports.analysis import Choice
from ml_admin.imports.dry_run import READ, REFUSED, USAGE, WrongOptionError, dry_run, read_years
from ml_admin.imports.results import write_results
from ml_admin.imports.workbook import Cell, CellError

N = None
HEADER: list[Cell] = ["Nom", "Prénom", "Né(e) le", "Tél", "Niveau"]
LEA: list[Cell] = ["DUPRAT", "Léa", "12/03/2001", "06 39 98 11 22", "CAP"]
TOM: list[Cell] = ["MARQUES", "Tom", date(2003, 2, 1), 639981123, "bac"]


# --- Records and flags -----------------------------------------------------------------------------------------------


def test_each_row_gives_one_clean_record() -> None:
    assert records(table([HEADER, LEA, TOM])) == [
        {
            "last_name": "DUPRAT",
            "first_name": "Léa",
            "birth_date": date(2001, 3, 12),
            "phone": "+33639981122",
            "education_level": "3",
        },
        {
            "last_name": "MARQUES",
            "first_name": "Tom",
            "birth_date": date(2003, 2, 1),
            "phone": "+33639981123",
            "education_level": "4",
        },
    ]


def test_what_is_read_surely_is_not_flagged() -> None:
    assert [row.issues for row in table([HEADER, LEA, TOM]).rows] == [(), ()]


def test_a_missing_name_stops_the_row_and_keeps_the_rest() -> None:
    (row,) = data(table([HEADER, [N, "Léa", "12/03/2001", "06 39 98 11 22", N]]))
    assert row.outcome == "error"
    assert codes(row) == {("last_name", "missing_required")}
    assert row.records[0]["phone"] == "+33639981122"


def test_an_impossible_birth_date_stops_the_row_and_a_broken_phone_does_not() -> None:
    first, second = data(
        table([HEADER, ["DUPRAT", "Léa", "31/02/2001", N, N], ["MARQUES", "Tom", "01/02/2003", "06 39 98 1", N]])
    )
    assert (first.outcome, codes(first)) == ("error", {("birth_date", "invalid_date")})
    assert (second.outcome, codes(second)) == ("record", {("phone", "invalid_phone")})


def test_an_issue_points_to_its_cell() -> None:
    (row,) = data(table([HEADER, ["MARQUES", "Tom", "01/02/2003", "06 39 98 1", N]]))
    (issue,) = row.issues
    assert (issue.column, issue.raw) == (3, "06 39 98 1")


def test_an_error_cell_is_said_where_it_stands() -> None:
    (row,) = data(table([HEADER, ["DUPRAT", "Léa", "12/03/2001", CellError("#REF!"), N]]))
    assert codes(row) == {("phone", "excel_error")}


def test_one_and_true_in_the_same_column_are_not_mixed_up() -> None:
    rows: list[list[Cell]] = [
        ["Nom", "Prénom", "N° dossier"],
        ["DUPRAT", "Léa", 1001],
        ["MARQUES", "Tom", True],
        ["SALES", "Ana", 1],
    ]
    assert values(table(rows), "external_id") == ["1001", "oui", "1"]


def test_two_columns_of_notes_are_joined() -> None:
    rows: list[list[Cell]] = [
        ["Nom", "Prénom", "Observations", "Commentaires"],
        ["DUPRAT", "Léa", "vue en mai", "à rappeler"],
        ["MARQUES", "Tom", N, "parti"],
    ]
    assert values(table(rows), "notes") == ["vue en mai\nà rappeler", "parti"]


def test_a_column_of_its_own_wins_over_what_another_cell_says_besides() -> None:
    rows: list[list[Cell]] = [
        ["Entreprise", "Contact", "Fonction"],
        ["Adapei", "M. Leroy (direction)", "RH"],
        ["Puech", "Mme Puech (gérante)", N],
    ]
    assert values(table(rows), "contact_role") == ["RH", "gérante"]


def test_what_is_not_imported_is_kept_aside() -> None:
    (row,) = data(table([["Nom", "Prénom", "Pointure", "Taille"], ["DUPRAT", "Léa", 38, N]]))
    assert row.extra == {"Pointure": "38"}


def test_a_social_security_number_is_left_out_and_said() -> None:
    rows: list[list[Cell]] = [
        ["Nom", "Prénom", "NIR", "Divers 2"],
        ["DUPRAT", "Léa", "2 01 03 09 122 001 69", "n° 201030912200169 donné"],
    ]
    analysis = analyse(book(sheet(rows)), CONTEXT)
    (row,) = data(analysis.tables[0])
    assert row.extra == {"Divers 2": "n° donné"}
    assert codes(row) == {("extra", "nir_removed")}
    assert analysis.notes == [
        "La colonne « NIR » n’est pas lue : l’application n’enregistre aucun numéro de sécurité sociale."
    ]


def test_a_hidden_sheet_is_read_and_said() -> None:
    hidden = sheet([HEADER, LEA], "Archives")
    hidden.hidden = True
    analysis = analyse(book(hidden), CONTEXT)
    assert values(analysis.tables[0], "last_name") == ["DUPRAT"]
    assert "« Archives » est masquée" in analysis.notes[0]


def test_hidden_and_coloured_rows_are_kept_and_marked() -> None:
    marked = sheet([HEADER, LEA, TOM])
    marked.hidden_rows, marked.colors = frozenset({2}), {3: "red"}
    first, second = tables(marked)[0].rows
    assert (first.marks, second.marks) == ({"hidden": True}, {"color": "red"})


@pytest.mark.parametrize("ditto", ['"', "idem", "〃"])
def test_a_ditto_sign_repeats_the_cell_above(ditto: str) -> None:
    rows: list[list[Cell]] = [
        ["Nom", "Prénom", "Ville"],
        ["DUPRAT", "Léa", "Foix"],
        ["MARQUES", "Tom", ditto],
        ["SALES", "Ana", ditto],
    ]
    assert values(table(rows), "city") == ["Foix", "Foix", "Foix"]


def test_cells_merged_downwards_repeat() -> None:
    rows: list[list[Cell]] = [
        ["Nom", "Prénom", "Référent"],
        ["DUPRAT", "Léa", "NF"],
        ["MARQUES", "Tom", N],
        ["SALES", "Ana", "DR"],
    ]
    assert values(table(rows, merged=[(2, 3, 3, 3)]), "counsellor") == ["FAUVEL Nora", "FAUVEL Nora", "ROQUE Denis"]


# --- Years -----------------------------------------------------------------------------------------------------------


def levels(name: str, years: dict[str | None, int], title: str = "Fichier") -> Any:
    (found,) = tables(sheet([[title], ["Nom", "Prénom", "Niveau"], ["DUPRAT", "Léa", "niveau 4"]], name), years=years)
    return found.year, values(found, "education_level")


@pytest.mark.parametrize(
    ("name", "years", "title", "expected"),
    [
        ("Suivi", {}, "Fichier", (None, ["4"])),
        ("Suivi", {None: 2016}, "Fichier", (2016, [None])),
        ("Suivi", {None: 2016, "Suivi": 2022}, "Fichier", (2022, ["4"])),
        ("Suivi 2017", {None: 2022}, "Fichier", (2017, [None])),
        ("Suivi", {}, "Jeunes suivis en 2015", (2015, [None])),
        ("Suivi", {None: 2021}, "copie du 12/01/2015", (2021, ["4"])),
        ("2018-2019", {}, "Fichier", (2019, ["4"])),
    ],
)
def test_the_year_is_the_sheet_s_then_its_name_s_then_the_file_s_then_the_title_s(
    name: str, years: dict[str | None, int], title: str, expected: Any
) -> None:
    assert levels(name, years, title) == expected


def test_a_year_for_a_sheet_that_is_not_there_is_a_warning() -> None:
    notes = analyse(book(sheet([HEADER, LEA])), CONTEXT, {"Suivie": 2019}).notes
    assert notes == [
        "L’année donnée pour la feuille « Suivie » ne sert à rien : le fichier n’a pas de feuille de ce nom."
    ]


# --- Appointments and actions ----------------------------------------------------------------------------------------


def test_a_day_left_blank_below_the_first_goes_down() -> None:
    rows: list[list[Cell]] = [
        ["Date", "Heure", "Nom", "Prénom"],
        ["12/04/2023", "9h", "DUPRAT", "Léa"],
        [N, "10h", "MARQUES", "Tom"],
        [],
        [N, "11h", "SALES", "Ana"],
        ["13/04/2023", "9h", "BONNET", "Zoé"],
    ]
    assert values(table(rows, "RDV"), "date") == [date(2023, 4, 12)] * 3 + [date(2023, 4, 13)]


def test_a_day_over_its_appointments_goes_down_and_the_sheet_may_name_the_counsellor() -> None:
    rows: list[list[Cell]] = [
        ["Heure", "Nom et prénom", "Motif"],
        ["Lundi 3 avril 2023"],
        ["9h", "DUPRAT Léa", "CV"],
        ["Mardi 4 avril 2023"],
        ["10h30", "MARQUES Tom", "bilan"],
    ]
    found = table(rows, "Nora Fauvel")
    assert values(found, "date") == [date(2023, 4, 3), date(2023, 4, 4)]
    assert values(found, "counsellor") == ["FAUVEL Nora", "FAUVEL Nora"]
    assert values(found, "time") == [time(9), time(10, 30)]


def test_an_hour_without_anybody_is_an_empty_place() -> None:
    rows: list[list[Cell]] = [
        ["Date", "Heure", "Nom", "Prénom", "Conseiller"],
        ["12/04/2023", "9h", "DUPRAT", "Léa", "NF"],
        ["12/04/2023", "10h", N, N, "NF"],
    ]
    assert skips(table(rows, "RDV")) == {3: "empty_slot"}


def test_an_appointment_with_an_unreadable_day_is_still_an_appointment() -> None:
    (row,) = data(table([["Date", "Heure", "Nom", "Prénom"], ["jeudi ?", "9h", "DUPRAT", "Léa"]], "RDV"))
    assert (row.outcome, codes(row)) == ("record", {("date", "unparsed_date")})


def test_a_plan_of_actions_may_name_its_person_once() -> None:
    rows: list[list[Cell]] = [
        ["Jeune", "Action", "Pour le", "État"],
        ["DUPRAT Léa", "CV", "15/03/2024", "fait"],
        [N, "Lettre", "16/03/2024", N],
        ["MARQUES Tom", "CV", "18/03/2024", "en cours"],
    ]
    assert values(table(rows, "Actions"), "last_name") == ["DUPRAT", "DUPRAT", "MARQUES"]


def test_a_plan_of_actions_may_name_its_person_in_its_title() -> None:
    found = table(
        [
            ["Plan d’action"],
            ["Jeune : DUPRAT Léa"],
            ["Conseillère : Mme Fauvel"],
            ["Action", "Échéance", "Fait"],
            ["Refaire le CV", "15/03/2024", "oui le 10/03/2024"],
        ]
    )
    assert records(found) == [
        {
            "last_name": "DUPRAT",
            "first_name": "Léa",
            "counsellor": "FAUVEL Nora",
            "label": "Refaire le CV",
            "due_date": date(2024, 3, 15),
            "status": "done",
            "done_date": date(2024, 3, 10),
        }
    ]


def test_a_letterhead_does_not_give_its_mail_to_everybody() -> None:
    found = table(
        [
            ["Mission Locale"],
            ["Mail : contact@example.org"],
            ["Tél : 05 61 00 11 22"],
            ["Nom", "Prénom", "Ville"],
            ["DUPRAT", "Léa", "Foix"],
        ]
    )
    assert records(found) == [{"last_name": "DUPRAT", "first_name": "Léa", "city": "Foix"}]


def test_a_counsellor_over_their_people_is_a_section() -> None:
    found = table(
        [
            ["Nom", "Prénom", "Né le", "Tél"],
            ["Mme Fauvel"],
            ["DUPRAT", "Léa", "12/03/2001", N],
            ["Conseiller : D. Roque"],
            ["MARQUES", "Tom", "01/02/2003", N],
        ]
    )
    assert values(found, "counsellor") == ["FAUVEL Nora", "ROQUE Denis"]
    assert skips(found) == {2: "section", 4: "section"}


# --- Job dating ------------------------------------------------------------------------------------------------------


def test_each_mark_of_a_candidate_is_a_registration() -> None:
    rows: list[list[Cell]] = [
        ["JOB DATING du 14 mars 2024 – Salle des fêtes"],
        ["Candidat", "Tél", "Adapei", "Carrefour", "Mairie de Foix", "Total"],
        ["DUPRAT Léa", "06 39 98 11 22", "✓", "10h15", "choix 2", 3],
        ["MARQUES Tom", N, N, "liste d’attente", "-", 1],
        ["SALES Ana", N, N, N, N, 0],
        ["TOTAL", N, 1, 2, 1, 4],
    ]
    found = table(rows)
    assert found.event == {"event_date": date(2024, 3, 14), "event_place": "Salle des fêtes"}
    assert [(one["employer"], one["status"], one.get("slot"), one.get("preference")) for one in records(found)] == [
        ("Adapei", "registered", None, None),
        ("Carrefour", "registered", time(10, 15), None),
        ("Mairie de Foix", "registered", None, 2),
        ("Carrefour", "waiting", None, None),
    ]
    assert [len(row.records) for row in data(found)] == [3, 1, 0]
    assert skips(found) == {1: "title", 6: "total"}


def test_a_mark_that_says_nothing_known_is_kept_and_said() -> None:
    rows: list[list[Cell]] = [["Job dating"], ["Candidat", "Tél", "Adapei", "Mairie"]]
    rows += [[f"DUPRAT Léa{letter}", N, "x", N] for letter in "abcdefg"]
    rows += [["MARQUES Tom", N, "voir avec elle", "oui"], ["SALES Ana", N, "oui", "X"]]
    row = data(table(rows))[7]
    assert codes(row) == {("status", "unmapped_value")}
    assert len(row.records) == 2


def test_each_person_of_a_row_of_times_is_a_slot_and_a_double_booking_is_said() -> None:
    rows: list[list[Cell]] = [
        ["Heure", "Adapei", "Carrefour"],
        ["9h", "DUPRAT Léa", "MARQUES Tom"],
        ["9h20", "libre", "///"],
        ["9h40", "SALES Ana", "SALES Ana"],
        ["10h", "PAUSE", N],
    ]
    found = table(rows, "Passages")
    assert [(one["slot"], one["employer"], one["last_name"]) for one in records(found)] == [
        (time(9), "Adapei", "DUPRAT"),
        (time(9), "Carrefour", "MARQUES"),
        (time(9, 40), "Adapei", "SALES"),
        (time(9, 40), "Carrefour", "SALES"),
    ]
    assert [codes(row) for row in data(found)] == [set(), set(), {("slot", "slot_conflict")}, set()]


def test_a_grid_of_slots_may_lie_on_its_side() -> None:
    found = table(
        [
            ["Entreprise", "9h00", "9h20", "9h40"],
            ["Adapei", "DUPRAT Léa", "libre", N],
            ["Carrefour", N, "DUPRAT Léa", "MARQUES Tom"],
        ]
    )
    assert [(one["slot"], one["employer"], one["last_name"]) for one in records(found)] == [
        (time(9), "Adapei", "DUPRAT"),
        (time(9, 20), "Carrefour", "DUPRAT"),
        (time(9, 40), "Carrefour", "MARQUES"),
    ]


# --- Sheets, forms, corrections --------------------------------------------------------------------------------------


def form(last: str, first: str) -> list[list[Cell]]:
    return [
        ["FICHE JEUNE"],
        ["Nom :", last, N, "Prénom :", first],
        ["Né(e) le : 12/03/2001"],
        ["CP :", 9000, N, "Ville :", "FOIX"],
        ["Référent :", "NF"],
    ]


def test_one_form_a_sheet_gives_one_record_a_sheet() -> None:
    first, second = tables(sheet(form("DUPRAT", "Léa"), "Léa"), sheet(form("MARQUES", "Tom"), "Tom"))
    assert (first.layout, first.rows[0].number) == ("form", None)
    assert records(first) == [
        {
            "last_name": "DUPRAT",
            "first_name": "Léa",
            "birth_date": date(2001, 3, 12),
            "postcode": "09000",
            "city": "Foix",
            "counsellor": "FAUVEL Nora",
        }
    ]
    assert values(second, "last_name") == ["MARQUES"]


def test_tables_of_one_sheet_are_numbered_in_reading_order() -> None:
    found = tables(
        sheet([["Entreprise", "Tél"], ["Adapei", "05 61 00 00 01"], [], ["Structure", "Domaine"], ["CCAS", "social"]]),
        sheet([HEADER, LEA], "Jeunes"),
    )
    assert [(one.sheet, one.number, one.entity) for one in found] == [
        ("Feuil1", 1, "employer"),
        ("Feuil1", 2, "partner"),
        ("Jeunes", None, "young_person"),
    ]


def test_an_empty_sheet_is_ignored_and_said() -> None:
    (found,) = tables(sheet([], "Feuil3"))
    assert (found.layout, found.why) == ("ignore", "empty sheet")


def test_columns_beyond_any_office_s_are_left_out_and_said() -> None:
    wide: list[Cell] = ["intitulé"] * 600
    analysis = analyse(book(sheet([["Nom", "Prénom", *wide], ["DUPRAT", "Léa", *wide]])), CONTEXT)
    assert [one["last_name"] for one in records(analysis.tables[0])] == ["DUPRAT"]
    assert analysis.notes == [
        "Feuille « Feuil1 » : les mots écrits à côté du tableau (colonnes SG à WD) ne sont pas repris."
    ]


def test_every_filled_row_is_recorded_or_explained() -> None:
    rows: list[list[Cell]] = [
        ["Titre"],
        [],
        HEADER,
        LEA,
        [],
        ["Sous-total", 1],
        HEADER,
        ["*** suite ***"],
        TOM,
        ["TOTAL", 2],
        [],
        ["Légende : vert = actif"],
    ]
    found = table(rows)
    seen = {row.number for row in found.rows} | set(found.header_rows)
    assert seen == {number for number, row in enumerate(rows, 1) if any(row)}


def test_a_person_may_correct_what_a_column_means() -> None:
    rows: list[list[Cell]] = [["Nom", "Prénom", "Machin"], ["DUPRAT", "Léa", "NF"]]
    (found,) = tables(sheet(rows), choices={("Feuil1", 1): Choice(fields={2: "counsellor", 1: ""})})
    assert records(found) == [{"last_name": "DUPRAT", "counsellor": "FAUVEL Nora"}]


def test_a_person_may_correct_what_a_table_is_or_ignore_it() -> None:
    rows: list[list[Cell]] = [["Nom", "Tél", "Ville"], ["Puech", "05 61 00 00 01", "Foix"]]
    (partner,) = tables(sheet(rows), choices={("Feuil1", 1): Choice(entity="partner")})
    (ignored,) = tables(sheet(rows), choices={("Feuil1", 1): Choice(entity="")})
    assert (partner.entity, values(partner, "name")) == ("partner", ["Puech"])
    assert (ignored.layout, [row.outcome for row in ignored.rows]) == ("ignore", ["skip"])


# --- Duplicates and results ------------------------------------------------------------------------------------------


def test_a_person_seen_on_another_sheet_points_to_the_first_row() -> None:
    found = tables(sheet([HEADER, TOM, LEA], "2019"), sheet([["Suivi"], HEADER, LEA], "2020"))
    row = data(found[1])[0]
    assert row.duplicate
    assert (row.duplicate.kind, row.duplicate_of) == ("same_person_other_sheet", ("2019", 3))


def test_a_look_alike_is_shown_and_not_merged() -> None:
    twin: list[Cell] = ["DUPRAT", "Manon", "12/03/2001", "06 39 98 11 22", N]
    row = data(table([HEADER, LEA, twin]))[1]
    assert (row.duplicate, row.not_duplicate_of) == (None, ("Feuil1", 2, "twin"))


def test_the_results_have_one_line_a_row_in_neutral_codes() -> None:
    analysis = analyse(
        book(
            sheet(
                [
                    ["Suivi"],
                    [*HEADER, "Permis"],
                    [*LEA, "oui"],
                    [*LEA, "non"],
                    ["MARQUES", "Tom", "31/02/2003", N, N, N],
                ]
            )
        ),
        CONTEXT,
    )
    out = io.StringIO()
    write_results(analysis, out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(line["row"], line["outcome"]) for line in lines] == [
        (1, "skip"),
        (3, "record"),
        (4, "record"),
        (5, "error"),
    ]
    assert lines[1]["records"][0]["birth_date"] == "2001-03-12"
    assert lines[2]["duplicate_of"]["row"] == 3
    assert lines[3]["errors"] == [{"field": "birth_date", "code": "invalid_date", "raw": "31/02/2003"}]


def test_the_analysis_knows_its_counts() -> None:
    assert analyse(book(sheet([["Suivi"], HEADER, LEA, [N, "Tom", N, N, N]])), CONTEXT).counts == {
        "record": 1,
        "error": 1,
        "skip": 1,
    }


# --- The dry run -----------------------------------------------------------------------------------------------------


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    path = tmp_path / "jeunes.csv"
    path.write_text(
        "Nom;Prénom;Né le;Tél\nDUPRAT;Léa;12/03/2001;0639981122\nMARQUES;Tom;;0639981123\n", encoding="utf-8"
    )
    return path


def test_a_dry_run_writes_the_results_and_says_what_it_would_do(
    csv_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "out.jsonl"
    assert dry_run([csv_file], None, ["2019"], results) == READ
    assert [json.loads(line)["row"] for line in results.read_text(encoding="utf-8").splitlines()] == [2, 3]
    assert "2 à enregistrer" in capsys.readouterr().out


def test_a_refused_file_does_not_stop_the_others(
    csv_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "abime.xlsx"
    broken.write_bytes(b"PK\x03\x04 rien de bon")
    assert dry_run([broken, tmp_path / "absent.xlsx", csv_file], None, [], None) == REFUSED
    said = capsys.readouterr()
    assert said.err.count("\n") == 2
    assert "jeunes.csv" in said.out


def test_a_context_gives_the_counsellors_and_the_reference_date(tmp_path: Path) -> None:
    path, context, results = tmp_path / "rdv.csv", tmp_path / "context.json", tmp_path / "out.jsonl"
    path.write_text("Date;Heure;Nom;Prénom;Conseiller\n12/04/23;9h;DUPRAT;Léa;NF\n", encoding="utf-8")
    context.write_text(
        json.dumps(
            {
                "reference_date": "2023-06-01",
                "counsellors": [{"key": "FAUVEL Nora", "last_name": "FAUVEL", "first_name": "Nora", "initials": "NF"}],
            }
        ),
        encoding="utf-8",
    )
    dry_run([path], context, [], results)
    (record,) = json.loads(results.read_text(encoding="utf-8"))["records"]
    assert (record["date"], record["counsellor"]) == ("2023-04-12", "FAUVEL Nora")


@pytest.mark.parametrize("content", ["[", "[]", "{}", '{"reference_date": "hier"}'])
def test_a_wrong_context_is_a_usage_error_with_a_sentence(
    content: str, csv_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "context.json"
    path.write_text(content, encoding="utf-8")
    assert dry_run([csv_file], path, [], None) == USAGE
    assert capsys.readouterr().err.startswith("Le fichier de contexte")


def test_results_that_cannot_be_written_are_a_usage_error(
    csv_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dry_run([csv_file], None, [], tmp_path / "absent" / "out.jsonl") == USAGE
    assert "résultats" in capsys.readouterr().err


def test_years_are_read_for_the_file_and_for_sheets() -> None:
    assert read_years(["2019", "Suivi=2020", "a=b=2021"]) == {None: 2019, "Suivi": 2020, "a=b": 2021}
    with pytest.raises(WrongOptionError, match="Année non comprise"):
        read_years(["Suivi=bientôt"])


# --- Whatever the cells ----------------------------------------------------------------------------------------------

ODD = st.one_of(
    st.none(),
    st.sampled_from(
        ["Nom", "Prénom", "Date", "Heure", "Tél", "Entreprise", "Structure", "Action", "Fait", "Adapei", "x"]
    ),
    st.sampled_from(
        ["DUPRAT Léa", "TOTAL", "NB : x", "Conseiller : NF", "Lundi 3 avril 2023", "9h20", "libre", "idem"]
    ),
    st.sampled_from(
        ["12/03/2001", "31/02/2001", "a@b.fr", "09000 FOIX", "²", "٣", "1" * 5000, "\x00", "(((", "Nom : X"]
    ),
    st.sampled_from([0, -1, 1e300, float("inf"), float("nan"), True, CellError("#N/A"), timedelta(days=-3), time(9)]),
    st.text(max_size=8),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(ODD, max_size=8), max_size=14))
def test_any_grid_of_odd_cells_is_recorded_or_explained(rows: list[list[Cell]]) -> None:
    analysis = analyse(book(sheet(rows)), CONTEXT)
    write_results(analysis, io.StringIO())
    seen = {row.number for one in analysis.tables for row in one.rows}
    seen |= {row for one in analysis.tables for row in one.header_rows}
    filled = {
        number for number, row in enumerate(rows, 1) if any(cell is not None and str(cell).strip() for cell in row)
    }
    assert filled <= seen or any(one.layout == "form" for one in analysis.tables)
