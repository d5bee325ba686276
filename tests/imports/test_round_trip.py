"""An exported workbook edited elsewhere and dropped back: nothing changes but what somebody changed."""

import io
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import RoleName
from ml_admin.column_types import now
from ml_admin.database import Actor, writing
from ml_admin.editing import column_of
from ml_admin.exports.columns import ExportSheet, columns_for, guarded_columns, rows_for
from ml_admin.exports.text import write_csv
from ml_admin.exports.workbook import write_workbook
from ml_admin.fields import fields_of
from ml_admin.imports import answers, undo
from ml_admin.listing import kind_of, options_of, target_of
from ml_admin.permissions import RIGHTS, Viewer, scoped
from tests.imports.office import SETTING_UP, Office

EXPORTED = [model for model, right in RIGHTS[RoleName.MANAGER].items() if "export" in right.actions]
WRITERS: dict[str, Callable[..., int]] = {"xlsx": write_workbook, "csv": write_csv}
# what spreadsheets and text files are known to damage
TEXTS = [
    "=Léa",
    "-",
    "fin  ",
    "_x000D_ et _x0041_",
    "deux\nlignes ; « oui »",
    "+33 1",
    "007",
    "🙂 été",
    "'=1+1",
    "a\r\nb",
    " \t@x",
    "1e5",
]
HARDEST = re.compile("[\n\r]")


def export(office: Office, model: type[m.Base], kind: str = "xlsx", viewer: Viewer | None = None) -> bytes:
    """Every column that the viewer may take away, of every record in scope."""
    stream, viewer = io.BytesIO(), viewer or office.denise
    with Session(office.engine) as session:
        opted = [name for name, _ in guarded_columns(viewer, model)]
        columns = columns_for(session, viewer, model, opted_in=opted)
        rows = rows_for(session, model, scoped(select(model.id), model, viewer), columns, now())
        WRITERS[kind](stream, ExportSheet("Liste", columns, rows, model.__tablename__))
    return stream.getvalue()


def fill(
    session: Session,
    model: type[m.Base],
    made: dict[type[m.Base], list[int]],
    number: int,
    texts: Sequence[str] = TEXTS,
) -> None:
    """A record with every attribute filled, bound by no cleaner: what the database takes, it may hold."""
    record = model()
    for name in fields_of(model):
        kind = kind_of(model, name)
        if kind == "relations":
            continue
        if kind == "relation":
            setattr(record, column_of(model, name), made[target_of(model, name)][number])
        else:
            setattr(record, name, _value(model, name, kind, number, texts))
    _agree(record)
    session.add(record)
    session.flush()
    made.setdefault(model, []).append(record.id)


def _value(model: type[m.Base], name: str, kind: str, number: int, texts: Sequence[str]) -> Any:
    column = model.__table__.c[name]
    if kind == "choice":
        options = list(options_of(model, name))
        return options[-1 - number % len(options)]
    if kind == "date":
        return date(1899, 12, 31) if number and name == "birth_date" else date(2024, 2, 27) + timedelta(days=number)
    values: dict[str, Any] = {
        "bool": bool(number),
        "instant": datetime(2026, 10, 25, number, 30, 41, tzinfo=UTC),  # 2:30 in France, twice that night
        "number": Decimal("7.50") if "hours" in name else 1 + number,
        "json": ["Vente, rayon", "=Caisse"],
    }
    if kind in values:
        return values[kind]
    special = {"phone": "+33639981245", "postcode": "09000", "siret": f"{number:014d}", "siren": "000000018"}
    longest = getattr(column.type, "length", None) or 40_000
    text = special.get(re.sub(r"\d|_phone$", "", name) or "", "") or (
        "x" * 33_000 if longest == 40_000 and number else texts[(len(name) + number) % len(texts)]
    )
    return text[:longest]


def _agree(record: Any) -> None:
    """What the database asks of several attributes together."""
    if isinstance(record, m.Appointment):
        record.ends_at = record.starts_at.replace(minute=45)
    if isinstance(record, m.Interview):
        record.override = True
    if isinstance(record, m.YoungPerson):
        record.status = "closed"
    if isinstance(record, m.ActionItem):
        record.status = "done"
    if isinstance(record, m.JobDating):
        record.interview_minutes, record.opens_at, record.closes_at = 15, "09:00", "12:30"
    if isinstance(record, m.Site):
        record.name = f"{record.name} {now().microsecond}"


@pytest.fixture
def full(office: Office) -> Office:
    """Two records of every exported entity, hard to carry."""
    furnish(office, 2, TEXTS)
    return office


def furnish(office: Office, number: int, texts: Sequence[str]) -> None:
    made: dict[type[m.Base], list[int]] = {}
    waiting = [*EXPORTED]
    with writing(office.engine, SETTING_UP) as session:
        while waiting:
            model = next(each for each in waiting if _needs(each) <= {*made, each})
            waiting.remove(model)
            for each in range(number):
                fill(session, model, made, each, texts)


def _needs(model: type[m.Base]) -> set[type[m.Base]]:
    return {target_of(model, name) for name in fields_of(model) if kind_of(model, name) == "relation"}


def resaved(content: bytes) -> bytes:
    """Opened and saved by another program."""
    stream = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(content)).save(stream)
    return stream.getvalue()


def edited(content: bytes, change: Callable[[Any], None]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book["Liste"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def at(page: Any, heading: str, row: int = 2) -> Any:
    return page.cell(row, [cell.value for cell in page[1]].index(heading) + 1)


# --- Untouched -------------------------------------------------------------------------------------------------------


def test_whatever_a_role_exports_is_covered_here() -> None:
    every = {model for rights in RIGHTS.values() for model, right in rights.items() if "export" in right.actions}
    assert every == set(EXPORTED)


def test_every_exported_entity_has_headings_that_name_one_attribute() -> None:
    for model in EXPORTED:
        labels = [field.label for name, field in fields_of(model).items() if kind_of(model, name) != "relations"]
        assert len(labels) == len(set(labels)), model


@pytest.mark.parametrize("how", ["xlsx", "csv", "xlsx resaved"])
def test_an_untouched_export_changes_nothing(full: Office, how: str) -> None:
    for model in EXPORTED:
        content = export(full, model, how[:4].strip())
        batch = full.drop(full.denise, f"liste.{how[:4].strip()}", resaved(content) if "resaved" in how else content)
        rows = full.rows(batch)
        told = [
            (str(row.verdict), row.reason, row.records, row.links) for row in rows if str(row.verdict) != "unchanged"
        ]
        assert (model, told) == (model, [])
        assert len(rows) == full.count(model)
        report = full.write(full.denise, batch)
        assert (report["created"], report["updated"], report["values"]) == ({}, {}, 0)


# --- Edited ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def people(office: Office) -> Office:
    """Three young people, one with an appointment that leans on her."""
    with writing(office.engine, SETTING_UP) as session:
        siege, lacaze = session.scalars(select(m.Site).order_by(m.Site.id))
        claire = session.scalars(select(m.Counsellor).where(m.Counsellor.last_name == "MARTIN")).one()
        for first, site in (("Inès", siege), ("Yanis", siege), ("Léa", lacaze)):
            person = m.YoungPerson(
                last_name="GARÇON", first_name=first, phone="+33639981245", city="Foix", site=site, counsellor=claire
            )
            session.add(person)
            session.flush()
        start = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
        session.add(m.Appointment(young_person=person, starts_at=start, ends_at=start.replace(hour=10)))
    return office


def person(office: Office, first: str) -> m.YoungPerson:
    return next(one for one in office.people() if one.first_name == first)


def row_of(page: Any, first: str) -> int:
    return next(row for row in range(2, page.max_row + 1) if at(page, "Prénom", row).value == first)


def set_cell(first: str, heading: str, value: Any) -> Callable[[Any], None]:
    def change(page: Any) -> None:
        at(page, heading, row_of(page, first)).value = value

    return change


def only(office: Office, batch: int, verdict: str) -> m.ImportRow:
    (row,) = [row for row in office.rows(batch) if str(row.verdict) == verdict]
    return row


def change_directly(office: Office, first: str, **values: Any) -> None:
    with writing(office.engine, Actor(None, "Paul PONS")) as session:
        record = session.scalars(select(m.YoungPerson).where(m.YoungPerson.first_name == first)).one()
        for name, value in values.items():
            setattr(record, name, value)


def test_only_the_changed_cell_is_proposed_written_and_undone(people: Office) -> None:
    content = edited(export(people, m.YoungPerson), set_cell("Yanis", "Commune", "Pamiers"))
    batch = people.drop(people.denise, "jeunes.xlsx", content)
    assert sorted(people.verdicts(batch)) == ["unchanged", "unchanged", "update"]
    assert only(people, batch, "update").changes == {"city": ["Foix", "Pamiers"]}
    report = people.write(people.denise, batch)
    assert (report["created"], report["updated"], report["values"]) == ({}, {"young_person": 1}, 1)
    assert person(people, "Yanis").city == "Pamiers"
    undo.undo(people.engine, batch, people.denise)
    assert [one.city for one in people.people()] == ["Foix"] * 3
    again = people.drop(people.denise, "jeunes.xlsx", export(people, m.YoungPerson))
    assert set(people.verdicts(again)) == {"unchanged"}


def test_what_another_changed_elsewhere_in_the_record_is_kept(people: Office) -> None:
    content = edited(export(people, m.YoungPerson), set_cell("Yanis", "Commune", "Pamiers"))
    change_directly(people, "Yanis", address="1 rue du Pont", city="Foix")
    batch = people.drop(people.denise, "jeunes.xlsx", content)
    assert only(people, batch, "update").changes == {"city": ["Foix", "Pamiers"]}
    people.write(people.denise, batch)
    yanis = person(people, "Yanis")
    assert (yanis.city, yanis.address) == ("Pamiers", "1 rue du Pont")


@pytest.mark.parametrize(("kind", "city"), [(answers.MINE, "Pamiers"), (answers.THEIRS, "Lavelanet")])
def test_a_field_changed_on_both_sides_waits_for_a_person(people: Office, kind: str, city: str) -> None:
    content = edited(export(people, m.YoungPerson), set_cell("Yanis", "Commune", "Pamiers"))
    change_directly(people, "Yanis", city="Lavelanet")
    batch = people.drop(people.denise, "jeunes.xlsx", content)
    row = only(people, batch, "decide")
    assert row.reason and "Commune (Paul PONS" in row.reason
    assert row.links["collisions"]["city"]["mine"] == "Pamiers"
    assert row.links["collisions"]["city"]["theirs"] == "Lavelanet"
    answers.answer(people.engine, batch, people.denise, [row.position], kind)
    people.write(people.denise, batch)
    assert person(people, "Yanis").city == city


def test_the_same_change_on_both_sides_is_no_change(people: Office) -> None:
    content = edited(export(people, m.YoungPerson), set_cell("Yanis", "Commune", "Pamiers"))
    change_directly(people, "Yanis", city="Pamiers")
    assert set(people.verdicts(people.drop(people.denise, "jeunes.xlsx", content))) == {"unchanged"}


def test_an_old_workbook_that_nobody_touched_takes_nothing_back(people: Office) -> None:
    content = export(people, m.YoungPerson)
    change_directly(people, "Yanis", city="Pamiers", first_name="Yannis", phone=None)
    assert set(people.verdicts(people.drop(people.denise, "jeunes.xlsx", content))) == {"unchanged"}


def test_a_change_between_the_preview_and_the_writing_is_never_overwritten(people: Office) -> None:
    content = edited(export(people, m.YoungPerson), set_cell("Yanis", "Commune", "Pamiers"))
    batch = people.drop(people.denise, "jeunes.xlsx", content)
    change_directly(people, "Yanis", city="Lavelanet")
    report = people.write(people.denise, batch)
    assert report["updated"] == {} and person(people, "Yanis").city == "Lavelanet"
    assert only(people, batch, "decide").cause == "collision"


def test_an_emptied_cell_keeps_the_value_unless_somebody_asks(people: Office) -> None:
    content = edited(export(people, m.YoungPerson), set_cell("Yanis", "Commune", None))
    batch = people.drop(people.denise, "jeunes.xlsx", content)
    assert set(people.verdicts(batch)) == {"unchanged"}
    (row,) = [row for row in people.rows(batch) if row.cause == "emptied"]
    answers.answer(people.engine, batch, people.denise, [row.position], answers.ERASE, alike=True)
    assert only(people, batch, "update").changes == {"city": ["Foix", None]}
    people.write(people.denise, batch)
    assert person(people, "Yanis").city is None


def test_a_social_security_number_is_kept_nowhere_and_erases_nothing(people: Office) -> None:
    number = "285057800608441"

    def change(page: Any) -> None:
        set_cell("Yanis", "Commune", int(number))(page)
        set_cell("Inès", "Commune", number)(page)
        for cell in list(page[row_of(page, "Léa")]):  # a line copied below itself, then changed
            page.cell(page.max_row + (cell.column == 1), cell.column).value = cell.value
        at(page, "Commune", page.max_row).value = f"Foix {number}"
        page.cell(1, page.max_column + 1).value = f"Sécu {number}"

    batch = people.drop(people.denise, "jeunes.xlsx", edited(export(people, m.YoungPerson), change))
    people.write(people.denise, batch)
    assert {one.city for one in people.people()} == {"Foix"}
    with Session(people.engine) as session:
        kept = [
            *session.execute(select(m.ImportRow.records, m.ImportRow.changes, m.ImportRow.flags, m.ImportRow.links)),
            *session.execute(select(m.ImportTable.columns)),
            *session.execute(select(m.ImportBatch.notes)),
        ]
    assert "copied" in str(kept) and number not in str(kept)


def test_columns_may_be_moved_removed_renamed_and_added(people: Office) -> None:
    def change(page: Any) -> None:
        set_cell("Yanis", "Commune", "Pamiers")(page)
        at(page, "Prénom", 1).value = "Petit nom"
        page.delete_cols([cell.value for cell in page[1]].index("Nom") + 1)
        page.insert_cols(1)
        page["A1"] = "À rappeler"
        for row in range(2, page.max_row + 1):
            page.cell(row, 1).value = "oui"
        page.insert_rows(1)
        page["A1"] = "Ma liste"
        page.title = "Autre nom"

    batch = people.drop(people.denise, "x.xlsx", edited(export(people, m.YoungPerson), change))
    assert sorted(people.verdicts(batch)) == ["unchanged", "unchanged", "update"]
    assert only(people, batch, "update").changes == {"city": ["Foix", "Pamiers"]}
    assert any("« À rappeler »" in note for note in people.batch(batch).notes)


def test_rows_may_be_sorted(people: Office) -> None:
    def change(page: Any) -> None:
        rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]
        for number, row in enumerate(reversed(rows), 2):
            for index, value in enumerate(row, 1):
                page.cell(number, index).value = value

    assert set(
        people.verdicts(people.drop(people.denise, "x.xlsx", edited(export(people, m.YoungPerson), change)))
    ) == {"unchanged"}


def test_a_relation_that_was_renamed_since_is_no_change(people: Office) -> None:
    content = export(people, m.YoungPerson)
    with writing(people.engine, SETTING_UP) as session:
        session.scalars(select(m.Site).order_by(m.Site.id)).first().name = "Nouveau siège"  # type: ignore[union-attr]
    assert set(people.verdicts(people.drop(people.denise, "x.xlsx", content))) == {"unchanged"}


def test_a_relation_is_chosen_by_its_name(people: Office) -> None:
    content = edited(export(people, m.YoungPerson), set_cell("Yanis", "Référent", "benali nora"))
    batch = people.drop(people.denise, "x.xlsx", content)
    people.write(people.denise, batch)
    with Session(people.engine) as session:
        yanis = session.get_one(m.YoungPerson, person(people, "Yanis").id)
        assert yanis.counsellor is not None and yanis.counsellor.last_name == "BENALI"


@pytest.mark.parametrize(
    ("heading", "value"),
    [("Commune", "=SOMME(A1)"), ("Référent", "Personne"), ("État", "Perdu"), ("Naissance", "32/13/2004")],
)
def test_a_cell_that_cannot_be_read_waits_with_its_reason(people: Office, heading: str, value: str) -> None:
    def change(page: Any) -> None:
        cell = at(page, heading, row_of(page, "Yanis"))
        cell.value = value
        cell.data_type = "s"

    batch = people.drop(people.denise, "x.xlsx", edited(export(people, m.YoungPerson), change))
    told = [row for row in people.rows(batch) if str(row.verdict) in ("decide", "update")]
    assert len(told) == 1
    if heading == "Commune":
        assert told[0].changes["city"][1] == "=SOMME(A1)"
    else:
        assert told[0].reason and told[0].reason.startswith(heading)


def test_what_the_database_would_refuse_is_said_before(people: Office) -> None:
    content = edited(export(people, m.YoungPerson), set_cell("Yanis", "Sortie", date(2026, 3, 1)))
    row = only(people, people.drop(people.denise, "x.xlsx", content), "decide")
    assert row.reason == "Une sortie demande l’état « Sorti ». Changez l’état, ou videz la sortie."


# --- Keys, rights, scope -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forge", ["other key", "other version", "other proof"])
def test_a_key_that_no_export_of_this_base_wrote_names_nothing(people: Office, forge: str) -> None:
    def change(page: Any) -> None:
        set_cell("Yanis", "Commune", "Pamiers")(page)
        cell = at(page, "Clé (young_person)", row_of(page, "Yanis"))
        key, _, proof = cell.value.partition("-")
        other = {"other key": (int(key) % 3 + 1, proof), "other proof": (key, "bbbbbbbb")}.get(
            forge, (key, proof[::-1])
        )
        cell.value = f"{other[0]}-{other[1]}"

    batch = people.drop(people.denise, "x.xlsx", edited(export(people, m.YoungPerson), change))
    assert only(people, batch, "refused").cause == "forged"
    people.write(people.denise, batch)
    assert {one.city for one in people.people()} == {"Foix"}


def test_a_record_out_of_scope_is_not_reached_by_its_key(people: Office) -> None:
    content = edited(export(people, m.YoungPerson), set_cell("Inès", "Commune", "Pamiers"))
    with writing(people.engine, SETTING_UP) as session:
        session.execute(update(m.YoungPerson).values(counsellor_id=None))
    people.narrow()
    batch = people.drop(people.nora, "x.xlsx", content)
    refused = [row for row in people.rows(batch) if row.cause == "gone"]
    assert len(refused) == 2 and all(row.records == [] and row.target_id is None for row in refused)
    people.write(people.nora, batch)
    assert {one.city for one in people.people()} == {"Foix"}


def test_a_role_that_may_not_change_these_records_changes_nothing(people: Office) -> None:
    def rename(page: Any) -> None:
        at(page, "Horaires d’ouverture").value = "9 h"

    batch = people.drop(people.claire, "x.xlsx", edited(export(people, m.Site), rename))
    assert sorted(people.verdicts(batch)) == ["refused", "unchanged"]
    people.write(people.claire, batch)
    with Session(people.engine) as session:
        assert set(session.scalars(select(m.Site.opening_hours))) == {None}


def test_a_field_closed_to_the_role_is_left_alone(office: Office) -> None:
    with writing(office.engine, SETTING_UP) as session:
        session.add(m.YoungPerson(last_name="GARÇON", first_name="Inès", health_notes="Suivi", city="Foix"))
    content = edited(export(office, m.YoungPerson), set_cell("Inès", "Commune", "Pamiers"))
    batch = office.drop(office.lucas, "x.xlsx", content)  # reads young people, changes none
    assert office.verdicts(batch) == ["refused"]
    assert "Suivi" not in str([(row.records, row.links, row.changes) for row in office.rows(batch)])


# --- Rows added, copied, taken out -------------------------------------------------------------------------------------


def add_person(page: Any) -> None:
    row = page.max_row + 1
    for heading, value in (
        ("Nom", "OUALI"),
        ("Prénom", "Samia"),
        ("Naissance", date(2005, 4, 2)),
        ("Téléphone", "06 39 98 12 99"),
    ):
        at(page, heading, row).value = value


def test_a_row_added_without_a_key_is_created_once(people: Office) -> None:
    content = edited(export(people, m.YoungPerson), add_person)
    batch = people.drop(people.denise, "x.xlsx", content)
    row = only(people, batch, "create")
    assert row.row == 5
    assert people.write(people.denise, batch)["created"] == {"young_person": 1}
    assert set(people.verdicts(people.drop(people.denise, "x.xlsx", content))) == {"unchanged"}
    assert people.count(m.YoungPerson) == 4


def test_a_row_added_to_any_other_list_follows_the_rules_of_its_form(people: Office) -> None:
    def add(page: Any) -> None:
        at(page, "Nom", 4).value, at(page, "Commune", 4).value = "Permanence de Varilhes", "Varilhes"

    content = edited(export(people, m.Site), add)
    batch = people.drop(people.denise, "x.xlsx", content)
    assert sorted(people.verdicts(batch)) == ["create", "unchanged", "unchanged"]
    assert people.write(people.denise, batch)["created"] == {"site": 1}
    assert set(people.verdicts(people.drop(people.denise, "x.xlsx", content))) == {"unchanged"}


@pytest.mark.parametrize(("answer", "people_after"), [(answers.ACCEPT, 3), (answers.OTHER, 4)])
def test_a_copied_row_waits_for_a_person(people: Office, answer: str, people_after: int) -> None:
    def copy(page: Any) -> None:
        source = row_of(page, "Yanis")
        for cell in page[source]:
            page.cell(page.max_row + (cell.column == 1), cell.column).value = cell.value
        at(page, "Prénom", page.max_row).value = "Mehdi"

    batch = people.drop(people.denise, "x.xlsx", edited(export(people, m.YoungPerson), copy))
    row = only(people, batch, "decide")
    assert row.cause == "copied"
    answers.answer(people.engine, batch, people.denise, [row.position], answer)
    people.write(people.denise, batch)
    assert people.count(m.YoungPerson) == people_after
    assert any(one.first_name == "Mehdi" for one in people.people())


def drop_line(first: str) -> Callable[[Any], None]:
    return lambda page: page.delete_rows(row_of(page, first))


def test_a_line_taken_out_deletes_only_when_somebody_asks(people: Office) -> None:
    batch = people.drop(people.denise, "x.xlsx", edited(export(people, m.YoungPerson), drop_line("Yanis")))
    row = only(people, batch, "skip")
    assert row.cause == "missing"
    answers.answer(people.engine, batch, people.denise, [row.position], answers.DELETE, alike=True)
    only(people, batch, "delete")
    assert people.write(people.denise, batch)["deleted"] == {"young_person": 1}
    assert people.count(m.YoungPerson) == 2
    undo.undo(people.engine, batch, people.denise)
    assert person(people, "Yanis").phone == "+33639981245"


def test_without_an_answer_a_line_taken_out_deletes_nothing(people: Office) -> None:
    batch = people.drop(people.denise, "x.xlsx", edited(export(people, m.YoungPerson), drop_line("Yanis")))
    people.write(people.denise, batch)
    assert people.count(m.YoungPerson) == 3


def test_a_record_that_changed_since_is_not_deleted(people: Office) -> None:
    content = edited(export(people, m.YoungPerson), drop_line("Inès"))
    change_directly(people, "Inès", city="Pamiers")
    batch = people.drop(people.denise, "x.xlsx", content)
    row = only(people, batch, "skip")
    answers.answer(people.engine, batch, people.denise, [row.position], answers.DELETE)
    row = only(people, batch, "decide")
    assert row.reason and row.reason.startswith("Paul PONS a changé cette fiche depuis l’export")
    people.write(people.denise, batch)
    assert people.count(m.YoungPerson) == 3


def test_a_role_that_may_not_delete_proposes_no_deletion(people: Office) -> None:
    batch = people.drop(people.lucas, "x.xlsx", edited(export(people, m.YoungPerson), drop_line("Yanis")))
    row = only(people, batch, "skip")
    answers.answer(people.engine, batch, people.lucas, [row.position], answers.DELETE)
    assert only(people, batch, "refused").cause == "right"
