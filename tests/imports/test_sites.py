"""The site that follows a young person, as files name it, within what the importer may write."""

from sqlalchemy import select

from ml_admin import models as m
from ml_admin.database import reading
from ml_admin.imports import values
from tests.imports.office import Office

PEOPLE = (
    "Nom;Prénom;Né(e) le;Antenne\r\n"
    "GARÇON;Inès;12/03/2004;Lacaze\r\n"
    "OUALI;Yanis;07/11/2004;siège\r\n"
    "FONTANEL;Léa;03/07/2003;Antenne de Lacaze\r\n"
    "PUJOL;Tom;03/02/2005;Mirepoix\r\n"
)


def followed_at(office: Office) -> dict[str, str | None]:
    with reading(office.engine) as session:
        query = select(m.YoungPerson.last_name, m.Site.name).outerjoin(m.YoungPerson.site)
        return dict(session.execute(query).tuples().all())


def test_the_site_of_a_person_is_written_once(office: Office) -> None:
    office.write(office.claire, office.drop(office.claire, "jeunes.csv", PEOPLE))
    assert followed_at(office) == {
        "GARÇON": "Antenne de Lacaze",
        "OUALI": "Siège de Rieumajou",
        "FONTANEL": "Antenne de Lacaze",
        "PUJOL": None,
    }
    assert office.verdicts(office.drop(office.claire, "jeunes.csv", PEOPLE)) == ["unchanged"] * 4


def test_a_site_nobody_knows_is_asked_among_the_sites(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    with reading(office.engine) as session:
        (asked,) = values.unmapped(session, office.claire, batch)
    assert (asked.field, asked.written, asked.rows) == ("site", "mirepoix", 1)
    values.answer_value(office.engine, batch, office.claire, "young_person", "site", "mirepoix", "Antenne de Lacaze")
    office.write(office.claire, batch)
    assert followed_at(office)["PUJOL"] == "Antenne de Lacaze"


def test_somebody_who_sees_their_own_site_alone_writes_no_other(office: Office) -> None:
    office.narrow()
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    with reading(office.engine) as session:
        (asked,) = values.unmapped(session, office.claire, batch)
    assert {key for key, _ in asked.options if not key.startswith("=")} == {"Siège de Rieumajou"}
    office.write(office.claire, batch)
    assert set(followed_at(office).values()) == {"Siège de Rieumajou"}


def test_a_site_left_out_of_a_known_record_is_said(office: Office) -> None:
    office.write(
        office.claire,
        office.drop(
            office.claire, "jeunes.csv", PEOPLE.replace("Lacaze", "Rieumajou").replace("Antenne de R", "Siège de R")
        ),
    )
    office.narrow()
    first = office.rows(office.drop(office.claire, "jeunes.csv", PEOPLE, mode="update"))[0]
    assert first.verdict == "unchanged"
    assert "laissé de côté" in (first.reason or "")


def test_another_site_in_a_later_file_is_a_change(office: Office) -> None:
    office.write(office.claire, office.drop(office.claire, "jeunes.csv", PEOPLE))
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE.replace("siège", "Lacaze"), mode="update")
    assert office.verdicts(batch) == ["unchanged", "update", "unchanged", "unchanged"]
    office.write(office.claire, batch)
    assert followed_at(office)["OUALI"] == "Antenne de Lacaze"
