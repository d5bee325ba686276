"""A file of a shape already imported is read as before; what changed in its headings is said."""

from typing import Any

from sqlalchemy import select

from ml_admin import models as m
from ml_admin.database import Actor, reading, writing
from ml_admin.imports import stage, tasks, undo
from ml_admin.imports.rows import Table
from ml_admin.imports.shapes import LEFT
from ml_admin.permissions import Viewer
from tests.imports.office import Office

FILE = "Nom;Prénom;Date de naissance;Réf;Gsm pro;Pointure\nGARÇON;Inès;12/03/2004;A12;0639981245;38\nOUALI;Yanis;07/11/2004;B7;0639981246;41\n"
NEXT = "Nom;Prénom;Date de naissance;Réf;Gsm pro;Pointure\nAZÉMA;Lou;01/02/2005;C3;0639981299;40\n"


def tables(office: Office, batch: int) -> list[Table]:
    with reading(office.engine) as session:
        return stage.load_tables(session, batch)


def correct(office: Office, viewer: Viewer, batch: int, **choice: Any) -> None:
    """Have the first table read again with a person's choices."""
    kept = {name: choice.pop(name) for name in ("mode", "years") if name in choice}
    with writing(office.engine, Actor(None, "Essai")) as session:
        line = session.get_one(m.ImportBatch, batch)
        sheet = tables(office, batch)[0].sheet
        chosen = [{"sheet": sheet, "rank": 1, **choice}]
        line.options = {**line.options, **kept, "tables": chosen, "mode_chosen": "mode" in kept}
        tasks.ask(session, tasks.READ, line, viewer)
    office.work()


def learn(office: Office, **choice: Any) -> int:
    """Import the first file with these choices; its batch."""
    batch = office.drop(office.claire, "janvier.csv", FILE)
    choice = choice or {"fields": {"3": "external_id", "4": "phone", "5": LEFT}}
    correct(office, office.claire, batch, **choice)
    office.write(office.claire, batch)
    return batch


def meanings(office: Office, batch: int) -> dict[str, str]:
    return {
        column["heading"]: LEFT if column["left"] else column["meaning"] or ""
        for column in tables(office, batch)[0].columns
    }


def words(office: Office, batch: int) -> str:
    recalled = tables(office, batch)[0].options["recalled"]
    return recalled["words"] if recalled else "nothing recalled"


def remembered(office: Office) -> list[m.ImportMemory]:
    with reading(office.engine) as session:
        found = list(session.scalars(select(m.ImportMemory)))
        session.expunge_all()
        return found


def test_the_next_file_of_the_shape_needs_no_answer(office: Office) -> None:
    learn(office)
    batch = office.drop(office.nora, "tout autre nom.csv", NEXT)
    assert meanings(office, batch)["Réf"] == "external_id" and meanings(office, batch)["Pointure"] == LEFT
    assert office.batch(batch).options["doubts"] == [] and words(office, batch) == ""
    assert "extra" not in office.rows(batch)[0].changes


def test_a_role_teaches_only_the_tables_that_it_imports(office: Office) -> None:
    firms = "Raison sociale;SIRET;Téléphone;Ville\nGarage Dupuy SARL;73282932000074;0561223344;Foix\n\n\n\n"
    batch = office.drop(office.lucas, "mixte.csv", firms + FILE)
    assert [table.entity for table in tables(office, batch)] == ["employer", "young_person"]
    office.write(office.lucas, batch)
    assert [line.mapping["entity"] for line in remembered(office)] == ["employer"]


def test_the_order_of_the_columns_is_no_part_of_the_shape(office: Office) -> None:
    learn(office)
    text = "Pointure;Gsm pro;Prénom;Nom;Réf;Date de naissance\n40;0639981299;Lou;AZÉMA;C3;01/02/2005\n"
    batch = office.drop(office.claire, "mars.csv", text)
    assert meanings(office, batch)["Pointure"] == LEFT and meanings(office, batch)["Réf"] == "external_id"
    assert words(office, batch) == ""


def test_a_near_shape_says_what_changed_and_asks_the_new_column_alone(office: Office) -> None:
    learn(office)
    text = "Nom;Prénom;Date de naissance;Gsm pro;Pointures;Tél. 2\nAZÉMA;Lou;01/02/2005;0639981299;40;0639981298\n"
    batch = office.drop(office.claire, "mars.csv", text)
    assert words(office, batch).replace("\u00a0", " ") == (
        "colonnes « Tél. 2 » nouvelle, « Réf » disparue, « Pointure » devenue « Pointures »"
    )
    assert meanings(office, batch)["Pointures"] == LEFT
    told = {column["heading"]: column["told"] for column in tables(office, batch)[0].columns}
    assert [name for name, one in told.items() if one != "memory"] == ["Tél. 2"]


def test_another_shape_recalls_nothing(office: Office) -> None:
    learn(office)
    batch = office.drop(office.claire, "e.csv", "Entreprise;SIRET;Ville\nGarage Dupuy;;Foix\n")
    assert words(office, batch) == "nothing recalled"


def test_a_column_that_holds_something_else_is_asked_again(office: Office) -> None:
    learn(office)
    text = "Nom;Prénom;Date de naissance;Réf;Gsm pro;Pointure\nAZÉMA;Lou;01/02/2005;C3;à rappeler demain;40\nBOYER;Tom;03/04/2005;C4;chez sa tante;41\n"
    batch = office.drop(office.claire, "mars.csv", text)
    told = {column["heading"]: column["told"] for column in tables(office, batch)[0].columns}
    assert told["Gsm pro"] == "unlike"
    assert office.batch(batch).options["doubts"]


def test_a_table_left_aside_stays_aside(office: Office) -> None:
    learn(office, entity="")
    batch = office.drop(office.claire, "mars.csv", NEXT)
    assert tables(office, batch)[0].entity is None and office.rows(batch) == []


def test_mode_and_protected_columns_come_back(office: Office) -> None:
    first = learn(office, mode="complete", fields={"4": "phone"}, protected=[4])
    assert office.batch(first).options["protected"] == {"young_person": ["phone"]}
    batch = office.drop(office.claire, "mars.csv", NEXT)
    options = office.batch(batch).options
    assert (options["mode"], options["protected"]) == ("complete", {"young_person": ["phone"]})


def test_a_protected_column_fills_a_blank_and_never_replaces(office: Office) -> None:
    text = "Nom;Prénom;Date de naissance;Téléphone;Ville\nGARÇON;Inès;12/03/2004;0639981245;Foix\nOUALI;Yanis;07/11/2004;;Foix\n"
    office.write(office.claire, office.drop(office.claire, "a.csv", text))
    other = text.replace("0639981245", "0639989999").replace("2004;;Foix", "2004;0639981246;Pamiers")
    batch = office.drop(office.claire, "b.csv", other)
    correct(office, office.claire, batch, protected=[3, 4])
    first, second = office.rows(batch)
    assert "phone" not in first.changes
    assert second.changes == {"phone": [None, "+33639981246"]}


def test_what_is_remembered_names_neither_file_nor_person(office: Office) -> None:
    text = "Nom;Prénom;Date de naissance;Léa Duprat\nGARÇON;Inès;12/03/2004;x\nOUALI;Yanis;07/11/2004;x\n"
    office.write(office.claire, office.drop(office.claire, "dossier secret.csv", text))
    kept = repr([(line.headings, line.mapping) for line in remembered(office)]).lower()
    assert "nom" in kept
    assert "duprat" not in kept and "secret" not in kept and "garçon" not in kept


def test_a_memory_opens_no_field_that_the_role_of_the_next_one_does_not_import(office: Office) -> None:
    text = "Raison sociale;SIRET;Ville;Suivi\nGarage Dupuy;;Foix;vu en mars\n"
    batch = office.drop(office.denise, "e.csv", text)
    correct(office, office.denise, batch, fields={"3": "notes"})
    office.write(office.denise, batch)
    learn(office)
    officer = office.drop(office.lucas, "mars.csv", NEXT)
    assert office.verdicts(officer) == ["refused"]


def test_an_undone_import_teaches_nothing(office: Office) -> None:
    batch = learn(office)
    assert len(remembered(office)) == 1
    undo.undo(office.engine, batch, office.claire)
    assert remembered(office) == []


def test_a_file_read_without_memory_is_read_as_the_first_one_was(office: Office) -> None:
    learn(office)
    batch = office.drop(office.claire, "mars.csv", NEXT)
    with writing(office.engine, Actor(None, "Essai")) as session:
        line = session.get_one(m.ImportBatch, batch)
        line.options = {**line.options, "blind": True}
        tasks.ask(session, tasks.READ, line, office.claire)
    office.work()
    assert words(office, batch) == "nothing recalled" and meanings(office, batch)["Pointure"] == ""
