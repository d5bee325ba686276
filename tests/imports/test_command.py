"""The import command on a database: sure rows written, the rest staged, nothing lost in silence."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from ml_admin import models as m
from ml_admin.database import reading
from ml_admin.imports import answers, values
from ml_admin.imports.command import run_import
from tests.imports.office import PEOPLE, Office
from tests.imports.test_memory import correct


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "jeunes.csv"
    path.write_text(PEOPLE + ";Sans nom;01/01/2004;;;;;;\n", encoding="utf-8")
    return path


def batches_of(office: Office) -> list[m.ImportBatch]:
    with reading(office.engine) as session:
        found = list(session.scalars(select(m.ImportBatch)))
        session.expunge_all()
        return found


def test_sure_rows_are_written_and_the_others_wait(
    office: Office, sheet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_import(office.engine, [sheet], None, []) == 0
    assert [one.last_name for one in office.people()] == ["GARÇON", "OUALI", "FONTANEL"]
    assert capsys.readouterr().out.startswith(
        "jeunes.csv : 3 lignes créées, 0 mise à jour (7 fiches créées, 0 modifiée)"
    )
    (batch,) = batches_of(office)
    assert (batch.state, batch.counts) == ("applied", {"written": 3, "decide": 1})
    assert [(row.row, row.verdict) for row in office.rows(batch.id)] == [(5, "decide")]


def test_a_row_that_may_double_a_written_one_can_still_be_answered(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "jeunes.csv"
    path.write_text(PEOPLE + "GARÇONS;Inès;12/03/2004;;;;;;\n", encoding="utf-8")
    run_import(office.engine, [path], None, [])
    (batch,) = batches_of(office)
    assert batch.counts == {"written": 3, "decide": 1}
    waiting = next(row for row in office.rows(batch.id) if not row.written)
    answers.answer(office.engine, batch.id, office.denise, [waiting.position], answers.SAME, waiting.matches[0]["ref"])
    office.write(office.denise, batch.id)
    assert batches_of(office)[0].counts == {"written": 4}
    assert office.count(m.YoungPerson) == 3


def test_a_second_run_says_that_nothing_changed(
    office: Office, sheet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_import(office.engine, [sheet], None, [])
    run_import(office.engine, [sheet], None, [])
    assert "0 ligne créée, 0 mise à jour" in capsys.readouterr().out.splitlines()[1]
    assert office.count(m.YoungPerson) == 3


def test_comparing_with_the_database_writes_nothing(
    office: Office, sheet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    context = tmp_path / "context.json"
    context.write_text(
        json.dumps(
            {
                "reference_date": "2025-01-15",
                "counsellors": [{"key": "AZÉMA Léo", "last_name": "AZÉMA", "first_name": "Léo", "initials": "LA"}],
            }
        )
    )
    assert run_import(office.engine, [sheet], context, [], against_database=True) == 0
    assert (
        capsys.readouterr().out
        == "jeunes.csv : 3 à créer, 0 à mettre à jour, 0 inchangée, 1 à décider, 0 refusée, 0 laissée de côté\n"
    )
    assert (office.count(m.YoungPerson), office.count(m.ImportBatch), office.count(m.Counsellor)) == (0, 0, 2)


def test_the_context_adds_missing_counsellors_once(office: Office, sheet: Path, tmp_path: Path) -> None:
    context = tmp_path / "context.json"
    counsellors = [
        {"key": f"{last} {first}", "last_name": last, "first_name": first, "initials": "X"}
        for last, first in (("MARTIN", "Claire"), ("AZÉMA", "Léo"))
    ]
    context.write_text(json.dumps({"reference_date": "2025-01-15", "counsellors": counsellors}))
    for _ in range(2):
        run_import(office.engine, [sheet], context, [])
    assert office.count(m.Counsellor) == 3


def test_a_refused_file_leaves_the_others_done(
    office: Office, sheet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "photo.xlsx"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    assert run_import(office.engine, [broken, tmp_path / "absent.csv", sheet], None, []) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("photo.xlsx : ") and said[1].startswith("absent.csv : Ce fichier n’a pas pu être ouvert")
    assert office.count(m.YoungPerson) == 3


@pytest.mark.parametrize("year", ["deux mille", "SUIVI=", "=x", "99999"])
def test_a_year_that_cannot_be_understood_is_a_usage_error(office: Office, sheet: Path, year: str) -> None:
    assert run_import(office.engine, [sheet], None, [year]) == 2
    assert office.count(m.YoungPerson) == 0


def test_the_results_tell_every_row(office: Office, sheet: Path, tmp_path: Path) -> None:
    results = tmp_path / "out.jsonl"
    run_import(office.engine, [sheet], None, [], results)
    lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    assert [(line["row"], line["outcome"]) for line in lines] == [
        (2, "record"),
        (3, "record"),
        (4, "record"),
        (5, "error"),
    ]


@pytest.mark.parametrize(
    "name",
    ["suivi_jeunes_2016-2024.xlsx", "entreprises.xlsx", "partenaires.xlsx", "planning_rdv_2023.xlsx", "plan_actions_2024.xlsx", "job_dating_2024.xlsx"],
)  # fmt: skip
def test_a_reference_workbook_imported_twice_changes_nothing_the_second_time(
    office: Office, shared: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    legacy = shared / "legacy"
    for _ in range(2):
        assert run_import(office.engine, [legacy / name], legacy / "context.json", ["2023"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "0 ligne créée, 0 mise à jour (0 fiche créée, 0 modifiée)" in second
    assert first.rpartition(" à décider")[0].rpartition(" ")[2] == second.rpartition(" à décider")[0].rpartition(" ")[2]


def test_what_was_answered_on_the_screen_serves_the_command_and_is_said(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = "Nom;Prénom;Date de naissance;Dispositif;Pointure\nOUALI;Yanis;07/11/2004;Tremplin 16;41\n"
    batch = office.drop(office.claire, "janvier.csv", first)
    correct(office, office.claire, batch, fields={"4": "-"}, mode="complete")
    values.answer_value(office.engine, batch, office.claire, "young_person", "programmes", "tremplin 16", "CEJ")
    office.write(office.claire, batch)
    path = tmp_path / "fevrier.csv"
    path.write_text(first.replace("OUALI;Yanis", "AZÉMA;Lou").replace("Pointure", "Pointure;Suivi"), encoding="utf-8")
    assert run_import(office.engine, [path], None, []) == 0
    said = capsys.readouterr().err.replace("\u00a0", " ").replace("\u202f", " ")
    assert "lu comme le" in said and "colonne « Suivi » nouvelle" in said
    assert "« Pointure » : 1 valeur laissée de côté." in said
    assert "créer, et compléter les blancs" in said and "reprises dans 1 ligne" in said
    assert batches_of(office)[1].options["mode"] == "complete"
    assert [(one.last_name, one.extra) for one in office.people()][1] == ("AZÉMA", {})


def test_a_context_file_does_not_make_the_sites_unknown(office: Office, tmp_path: Path) -> None:
    path, context = tmp_path / "jeunes.csv", tmp_path / "context.json"
    path.write_text("Nom;Prénom;Né(e) le;Antenne\nGARÇON;Inès;12/03/2004;Lacaze\n", encoding="utf-8")
    context.write_text(json.dumps({"reference_date": "2025-01-15", "counsellors": []}))
    run_import(office.engine, [path], context, [])
    with reading(office.engine) as session:
        assert session.scalar(select(m.Site.name).join(m.YoungPerson)) == "Antenne de Lacaze"
