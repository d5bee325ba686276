"""Who follows an employer, and words of rarer closed lists, as files say them."""

from sqlalchemy import select

from ml_admin import models as m
from ml_admin.database import reading
from ml_admin.imports import values
from tests.imports.office import Office
from tests.imports.test_plan import know, person

FIRMS = (
    "Raison sociale;Ville;Chargé(e) de relations entreprises\r\n"
    "Biscuiterie du Trégor;Lannion;Mme Martin\r\n"
    "Garage Corlay;Guingamp;NB\r\n"
    "Scierie du Menhir;Bégard;M. Inconnu\r\n"
)


def officers(office: Office) -> list[tuple[str, str | None]]:
    with reading(office.engine) as session:
        query = select(m.Employer.name, m.Counsellor.last_name).outerjoin(m.Employer.officer).order_by(m.Employer.name)
        return [(name, last) for name, last in session.execute(query)]


def test_who_follows_an_employer_is_written_once(office: Office) -> None:
    office.write(office.denise, office.drop(office.denise, "entreprises.csv", FIRMS))
    assert officers(office) == [
        ("Biscuiterie du Trégor", "MARTIN"),
        ("Garage Corlay", "BENALI"),
        ("Scierie du Menhir", None),
    ]
    assert office.verdicts(office.drop(office.denise, "entreprises.csv", FIRMS)) == ["unchanged"] * 3


def test_another_officer_in_a_later_file_is_a_change(office: Office) -> None:
    office.write(office.denise, office.drop(office.denise, "entreprises.csv", FIRMS))
    batch = office.drop(office.denise, "entreprises.csv", FIRMS.replace("Mme Martin", "Nora Benali"), mode="update")
    assert office.verdicts(batch) == ["update", "unchanged", "unchanged"]
    office.write(office.denise, batch)
    assert officers(office)[0] == ("Biscuiterie du Trégor", "BENALI")


def test_an_officer_nobody_knows_is_asked_among_the_staff(office: Office) -> None:
    batch = office.drop(office.denise, "entreprises.csv", FIRMS)
    with reading(office.engine) as session:
        (asked,) = values.unmapped(session, office.denise, batch)
    assert (asked.entity, asked.field, asked.written) == ("employer", "officer", "inconnu")
    assert {"MARTIN Claire", "BENALI Nora"} <= {key for key, _ in asked.options}
    values.answer_value(office.engine, batch, office.denise, "employer", "officer", "inconnu", "MARTIN Claire")
    office.write(office.denise, batch)
    assert officers(office)[-1] == ("Scierie du Menhir", "MARTIN")


def test_a_reason_to_leave_that_no_rule_knows_is_answered_for_every_row(office: Office) -> None:
    text = (
        "Nom;Prénom;Né(e) le;Statut;Motif de sortie\r\n"
        "GARÇON;Inès;12/03/2004;clos;basculé PLIE\r\nOUALI;Yanis;07/11/2004;clos;Basculé PLIE\r\n"
        "FONTANEL;Léa;03/07/2003;clos;déménagement\r\n"
    )
    batch = office.drop(office.claire, "sorties.csv", text)
    with reading(office.engine) as session:
        (asked,) = values.unmapped(session, office.claire, batch)
    assert (asked.field, asked.rows) == ("exit_reason", 2)
    assert "transfer" in {key for key, _ in asked.options}
    values.answer_value(office.engine, batch, office.claire, "young_person", "exit_reason", asked.written, "transfer")
    office.write(office.claire, batch)
    assert {str(one.exit_reason) for one in office.people()} == {"transfer", "move"}


def test_states_of_a_relation_and_owners_of_an_action_are_asked_too(office: Office) -> None:
    know(office, person("GARÇON", "Inès"))
    firms = (
        "Raison sociale;SIRET;Effectif;État de la relation\r\nGarage Corlay;;12;tiède\r\nBiscuiterie;;40;prospect\r\n"
    )
    steps = "Nom;Prénom;Action;Pour le;Qui fait quoi\r\nGARÇON;Inès;Refaire le CV;12/03/2025;la famille\r\nGARÇON;Inès;Voir le CFA;19/03/2025;le jeune\r\n"
    found: dict[str, set[str]] = {}
    for viewer, name, text in ((office.denise, "firmes.csv", firms), (office.denise, "actions.csv", steps)):
        batch = office.drop(viewer, name, text)
        with reading(office.engine) as session:
            found |= {one.field: {key for key, _ in one.options} for one in values.unmapped(session, viewer, batch)}
    assert {"prospect", "discussion", "active", "dormant"} <= found["relationship_state"]
    assert {"young_person", "counsellor", "partner"} <= found["owner"]
