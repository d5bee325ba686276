"""Columns that fewer offices keep: what they say is written, and the same file again changes nothing."""

from sqlalchemy import select

from ml_admin import models as m
from ml_admin.database import reading
from tests.imports.office import Office
from tests.imports.test_plan import know, person

ACTIONS = (
    "Nom;Prénom;Action;Pour le;Nb h. CEJ;Qui fait quoi\r\n"
    "GARÇON;Inès;Refaire le CV;12/03/2025;1h30;le jeune\r\n"
    "GARÇON;Inès;Visite du CFA;19/03/2025;250;partenaire\r\n"
)
EXITS = "Nom;Prénom;Né(e) le;Statut;Sorti le;Motif de sortie\r\nGARÇON;Inès;12/03/2004;clos;01/06/2024;a déménagé\r\n"
FIRMS = "Raison sociale;Effectif min;Effectif max;État de la relation;Suite à donner\r\nBiscuiterie du Trégor;10;49;en sommeil;Relancer\r\n"


def test_hours_and_owner_of_an_action_are_written(office: Office) -> None:
    know(office, person("GARÇON", "Inès"))
    office.write(office.claire, office.drop(office.claire, "actions.csv", ACTIONS))
    with reading(office.engine) as session:
        found = session.execute(select(m.ActionItem.hours, m.ActionItem.owner).order_by(m.ActionItem.due_date)).all()
    assert [(hours and float(hours), owner) for hours, owner in found] == [(1.5, "young_person"), (None, "partner")]


def test_an_exit_and_its_reason_are_written_once(office: Office) -> None:
    office.write(office.claire, office.drop(office.claire, "sorties.csv", EXITS))
    assert [(one.status, one.exit_reason) for one in office.people()] == [("closed", "move")]
    assert office.verdicts(office.drop(office.claire, "sorties.csv", EXITS)) == ["unchanged"]


def test_both_ends_of_a_headcount_and_the_relation_are_written(office: Office) -> None:
    office.write(office.claire, office.drop(office.claire, "prospection.csv", FIRMS))
    with reading(office.engine) as session:
        firm = session.scalars(select(m.Employer)).one()
    said = (firm.headcount_min, firm.headcount_max, firm.relationship_state, firm.next_action)
    assert said == (10, 49, "dormant", "Relancer")
