"""What an import would do to each row, and why."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import CheckConstraint, UniqueConstraint

from ml_admin import models as m
from ml_admin.database import writing
from ml_admin.imports import batches
from ml_admin.imports.checks import BY_CONSTRUCTION, CHECKED
from ml_admin.imports.compare import compare
from tests.imports.office import PEOPLE, SETTING_UP, Office


def know(office: Office, record: m.Base) -> int:
    with writing(office.engine, SETTING_UP) as session:
        session.add(record)
        session.flush()
        return record.id


def person(last_name: str, first_name: str, **values: object) -> m.YoungPerson:
    return m.YoungPerson(last_name=last_name, first_name=first_name, **values)


ines = {"birth_date": date(2004, 3, 12), "city": "Foix"}


# --- People ----------------------------------------------------------------------------------------------------------


def test_people_of_an_empty_office_are_all_created(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    assert office.verdicts(batch) == ["create"] * 3
    first = office.rows(batch)[0]
    assert first.changes["last_name"] == "GARÇON"
    assert first.changes["birth_date"] == "2004-03-12"
    assert first.changes["programmes"] == ["CEJ"]
    assert office.count(m.YoungPerson) == 0


def test_a_known_person_is_updated_cell_by_cell(office: Office) -> None:
    know(office, person("GARÇON", "Inès", phone="+33639981200", **ines))
    row = office.rows(office.drop(office.claire, "jeunes.csv", PEOPLE))[0]
    assert row.verdict == "update"
    assert row.changes["phone"] == ["+33639981200", "+33639981245"]
    assert row.changes["postcode"] == [None, "09000"]
    assert "city" not in row.changes
    assert row.reason == "Mêmes nom et prénom, même date de naissance, téléphones différents, même commune"


def test_a_blank_cell_erases_nothing(office: Office) -> None:
    know(office, person("GARÇON", "Inès", phone="+33639981245", **ines))
    text = "Nom;Prénom;Date de naissance;Téléphone;Ville\nGARÇON;Inès;12/03/2004;;\n"
    row = office.rows(office.drop(office.claire, "jeunes.csv", text))[0]
    assert (row.verdict, row.changes) == ("unchanged", {})


def test_accents_of_the_record_survive_a_sheet_without_accents(office: Office) -> None:
    know(office, person("GARÇON", "Inès", **ines))
    text = "Nom;Prénom;Date de naissance;Ville\nGARCON;Ines;12/03/2004;FOIX\n"
    assert office.verdicts(office.drop(office.claire, "jeunes.csv", text)) == ["unchanged"]


def test_a_key_field_never_changes_and_this_is_said(office: Office) -> None:
    know(office, person("GARÇON", "Inès", phone="+33639981245", email="ines@example.org", **ines))
    text = "Nom;Prénom;Date de naissance;Téléphone;E-mail;Ville\nGARCCON;Inès;12/03/2004;0639981245;ines@example.org;Foix\n"
    row = office.rows(office.drop(office.claire, "jeunes.csv", text))[0]
    assert (row.verdict, row.changes) == ("unchanged", {})
    assert row.reason is not None and "valeur de la fiche gardée : Nom" in row.reason


def test_a_likely_person_is_left_to_decide_with_the_reason(office: Office) -> None:
    key = know(office, person("GARÇON", "Inès", birth_date=date(2004, 3, 12)))
    text = "Nom;Prénom;Date de naissance\nGARÇONS;Inès;12/03/2004\n"
    row = office.rows(office.drop(office.claire, "jeunes.csv", text))[0]
    assert (row.verdict, row.cause) == ("decide", "possible")
    assert row.matches[0]["ref"] == f"id:{key}"
    assert row.reason is not None and row.reason.startswith("Peut-être déjà dans la base : noms qui se prononcent")


def test_twins_on_one_phone_stay_two_people(office: Office) -> None:
    text = "Nom;Prénom;Date de naissance;Téléphone\nDUBOIS;Emma;01/02/2005;0639981299\nDUBOIS;Lucas;01/02/2005;0639981299\n"
    assert office.verdicts(office.drop(office.claire, "jumeaux.csv", text)) == ["create", "create"]


def test_a_sure_double_in_the_file_completes_its_first_row(office: Office) -> None:
    text = (
        "Nom;Prénom;Date de naissance;Téléphone;E-mail;Ville\n"
        "GARÇON;Inès;12/03/2004;0639981245;;Foix\n"
        "GARÇON;Inès;12/03/2004;0639981245;ines@example.org;Foix\n"
        "GARÇON;Inès;12/03/2004;0639981245;ines@example.org;Foix\n"
    )
    rows = office.rows(office.drop(office.claire, "doubles.csv", text))
    assert [row.verdict for row in rows] == ["create", "update", "unchanged"]
    assert rows[1].changes == {"email": [None, "ines@example.org"]}
    assert rows[1].reason == "Déjà dans ce fichier, ligne 2"


def test_a_row_without_a_name_waits_for_a_person(office: Office) -> None:
    text = "Nom;Prénom;Date de naissance;Ville\n;Inès;12/03/2004;Foix\nOUALI;Yanis;07/11/2004;Foix\n"
    rows = office.rows(office.drop(office.claire, "jeunes.csv", text))
    assert [row.verdict for row in rows] == ["decide", "create"]
    assert rows[0].cause == "flag:last_name:missing_required"


def test_what_the_database_would_refuse_is_left_to_decide(office: Office) -> None:
    text = "Nom;Prénom;Date de naissance;Date d'inscription\nOUALI;Yanis;07/11/2004;01/02/2003\n"
    row = office.rows(office.drop(office.claire, "jeunes.csv", text))[0]
    assert (row.verdict, row.cause) == ("decide", "check:registration_date")
    assert row.reason == "« Inscription » est avant « Naissance ». Corrigez l’une des deux dates."


def test_a_text_too_long_for_its_column_is_left_to_decide(office: Office) -> None:
    text = f"Nom;Prénom;Date de naissance;Adresse\nOUALI;Yanis;07/11/2004;{'rue longue ' * 30}\n"
    row = office.rows(office.drop(office.claire, "jeunes.csv", text))[0]
    assert (row.verdict, row.cause) == ("decide", "check:address")


def test_somebody_who_left_is_not_reopened_by_an_old_file(office: Office) -> None:
    know(office, person("GARÇON", "Inès", status="closed", exit_reason="move", **ines))
    text = "Nom;Prénom;Date de naissance;Statut\nGARÇON;Inès;12/03/2004;actif\n"
    row = office.rows(office.drop(office.claire, "jeunes.csv", text))[0]
    assert (row.verdict, row.cause) == ("decide", "check:status")


def test_an_unknown_column_is_kept_beside_the_record(office: Office) -> None:
    text = "Nom;Prénom;Date de naissance;Pointure\nOUALI;Yanis;07/11/2004;43\n"
    assert office.rows(office.drop(office.claire, "jeunes.csv", text))[0].changes["extra"] == {"Pointure": "43"}


def test_old_numbers_are_evidence_and_never_a_key(office: Office) -> None:
    text = (
        "N° dossier;Nom;Prénom;Date de naissance;Ville\n"
        "D-7;GARÇON;Inès;12/03/2004;Foix\nD-7;OUALI;Yanis;07/11/2004;Foix\nD-9;GARÇON;Inès;12/03/2004;Foix\n"
    )
    rows = office.rows(office.drop(office.claire, "jeunes.csv", text))
    assert [row.verdict for row in rows] == ["create", "create", "update"]
    assert rows[2].changes == {"extra": [None, {"Autres numéros de dossier": "D-9"}]}


def test_create_only_leaves_known_people_alone(office: Office) -> None:
    know(office, person("GARÇON", "Inès", **ines))
    assert office.verdicts(office.drop(office.claire, "j.csv", PEOPLE, mode="create")) == [
        "unchanged",
        "create",
        "create",
    ]


def test_completing_fills_blanks_and_changes_nothing_else(office: Office) -> None:
    know(office, person("GARÇON", "Inès", phone="+33639981200", phone2="+33639981201", **ines))
    row = office.rows(office.drop(office.claire, "jeunes.csv", PEOPLE, mode="complete"))[0]
    assert "phone" not in row.changes and row.changes["postcode"] == [None, "09000"]


@pytest.mark.parametrize(
    ("state", "draft", "expected"),
    [
        ({"notes": "vue au forum"}, {"notes": "Vue au forum"}, {}),
        (
            {"notes": "vue au forum"},
            {"notes": "cherche un CDI"},
            {"notes": ["vue au forum", "vue au forum\ncherche un CDI"]},
        ),
        ({"phone": "+331"}, {"phone": "+332"}, {"phone": ["+331", "+332"]}),
        ({"phone": "+331", "phone2": "+332"}, {"phone": "+332"}, {}),
        ({"programmes": ["CEJ"]}, {"programmes": ["PACEA", "CEJ"]}, {"programmes": [["CEJ"], ["CEJ", "PACEA"]]}),
        ({"situations": ["cdi"]}, {"situation": "employment"}, {}),
        ({"situations": ["training"]}, {"situation": "employment"}, {"situation": [None, "employment"]}),
        ({"extra": {"a": "1"}}, {"extra": {"a": "2"}}, {"extra": [{"a": "1"}, {"a": "1 ; 2"}]}),
    ],
)
def test_values_meet_without_losing_any(
    state: dict[str, object], draft: dict[str, object], expected: dict[str, object]
) -> None:
    assert compare("young_person", state, draft, "update").changes == expected


# --- Rights and scope ------------------------------------------------------------------------------------------------


def test_a_role_that_may_not_import_people_has_its_rows_refused(office: Office) -> None:
    row = office.rows(office.drop(office.lucas, "jeunes.csv", PEOPLE))[0]
    assert row.verdict == "refused"
    assert row.reason == "Votre rôle n’importe pas ces fiches. Confiez cet import à une personne qui le peut."


def test_a_person_of_another_site_is_not_shown_nor_doubled(office: Office) -> None:
    office.narrow()
    know(office, person("GARÇON", "Inès", site_id=office.claire.site_id, phone="+33639981200", **ines))
    row = office.rows(office.drop(office.nora, "jeunes.csv", PEOPLE))[0]
    assert (row.verdict, row.cause, row.matches, row.changes) == ("decide", "out_of_scope", [], {})
    assert row.reason == "À vérifier par une personne qui voit les dossiers de tous les sites."


def test_new_people_belong_to_the_site_of_who_sees_only_that_one(office: Office) -> None:
    office.narrow()
    rows = office.rows(office.drop(office.nora, "jeunes.csv", PEOPLE))
    assert rows[0].changes["site_id"] == office.nora.site_id


def test_notes_are_left_out_for_a_role_that_does_not_read_them(office: Office) -> None:
    text = "Structure;Type;Ville;Observations\nCap Logement;logement;Foix;accueil froid\n"
    assert "notes" in office.rows(office.drop(office.denise, "a.csv", text))[0].changes
    assert office.verdicts(office.drop(office.lucas, "a.csv", text)) == ["refused"]


# --- Firms -----------------------------------------------------------------------------------------------------------

FIRMS = (
    "Entreprise;SIRET;Contact;Téléphone;Ville;Effectif\n"
    "SARL Mercier;73282932000074;M. Alain Duroc (gérant);0561981200;Foix;10 à 19\n"
    "Boulangerie Azéma;;;0561981201;Pamiers;3\n"
)


def test_firms_are_created_with_their_contact(office: Office) -> None:
    rows = office.rows(office.drop(office.lucas, "entreprises.csv", FIRMS))
    assert [row.verdict for row in rows] == ["create", "create"]
    assert rows[0].changes["siren"] == "732829320"
    assert rows[0].changes["contact"]["role"] == "gérant"


def test_the_same_siret_under_another_name_is_one_firm(office: Office) -> None:
    know(office, m.Employer(name="Établissements Mercier", siret="73282932000074", city="Foix"))
    row = office.rows(office.drop(office.lucas, "entreprises.csv", FIRMS))[0]
    assert row.verdict == "update"
    assert row.changes["headcount_max"] == [None, 19]
    assert "name" not in row.changes


# --- Appointments and actions ----------------------------------------------------------------------------------------

MEETINGS = (
    "Date;Heure;Nom;Prénom;Conseiller;Objet;Venu\n"
    "14/03/2024;14h30;GARÇON;Inès;Claire MARTIN;bilan;oui\n15/03/2024;9h;LACAZE;Zoé;CM;accueil;non\n"
)


def test_an_appointment_is_tied_to_the_person_of_that_name(office: Office) -> None:
    key = know(office, person("GARÇON", "Inès"))
    row = office.rows(office.drop(office.claire, "agenda.csv", MEETINGS))[0]
    assert (row.verdict, row.links["person"]) == ("create", f"id:{key}")
    assert row.changes["starts_at"] == datetime(2024, 3, 14, 13, 30, tzinfo=UTC).isoformat()
    assert row.changes["ends_at"] == datetime(2024, 3, 14, 14, 15, tzinfo=UTC).isoformat()
    assert row.changes["override"] is True


def test_an_appointment_of_an_unknown_person_waits_for_one_click(office: Office) -> None:
    row = office.rows(office.drop(office.claire, "agenda.csv", MEETINGS))[1]
    assert (row.verdict, row.cause, row.links["wanted"]) == ("decide", "unknown_person", ["lacaze/zoe"])


def test_a_day_without_an_hour_is_kept_as_such(office: Office) -> None:
    know(office, person("GARÇON", "Inès"))
    text = "Date;Nom;Prénom;Objet du rendez-vous\n14/03/2024;GARÇON;Inès;bilan\n14/03/2024;GARÇON;Inès;atelier CV\n"
    rows = office.rows(office.drop(office.claire, "agenda.csv", text))
    assert [row.verdict for row in rows] == ["create", "create"]
    assert rows[0].changes["time_known"] is False


def test_homonyms_are_told_apart_by_the_counsellor(office: Office) -> None:
    know(office, person("GARÇON", "Inès", birth_date=date(2001, 1, 1), counsellor_id=office.nora.counsellor_id))
    mine = know(office, person("GARÇON", "Inès", counsellor_id=office.claire.counsellor_id))
    row = office.rows(office.drop(office.claire, "agenda.csv", MEETINGS))[0]
    assert (row.links["person"], row.reason) == (f"id:{mine}", "Même nom, même conseiller")


def test_homonyms_that_nothing_tells_apart_are_offered(office: Office) -> None:
    keys = [know(office, person("LACAZE", "Zoé", birth_date=date(2000 + n, 1, 1))) for n in range(2)]
    row = office.rows(office.drop(office.claire, "agenda.csv", MEETINGS))[1]
    assert (row.verdict, row.cause) == ("decide", "several")
    assert [match["ref"] for match in row.matches] == [f"id:{key}" for key in keys]


def test_a_near_name_is_offered_and_not_believed(office: Office) -> None:
    key = know(office, person("GARÇONS", "Inès"))
    row = office.rows(office.drop(office.claire, "agenda.csv", MEETINGS))[0]
    assert (row.verdict, [match["ref"] for match in row.matches]) == ("decide", [f"id:{key}"])


def test_an_appointment_of_a_person_of_the_same_file_waits_for_nothing(office: Office) -> None:
    text = "Nom;Prénom;Date de naissance;Ville\nLACAZE;Zoé;12/03/2004;Foix\n"
    office.write(office.claire, office.drop(office.claire, "jeunes.csv", text))
    assert office.rows(office.drop(office.claire, "agenda.csv", MEETINGS))[1].verdict == "create"


ACTIONS = "Jeune;Action;Échéance;Fait ?\nGARÇON Inès;Refaire son CV;16/08/2024;fait le 12/08/2024\n"


def test_an_action_is_tied_and_done(office: Office) -> None:
    know(office, person("GARÇON", "Inès"))
    row = office.rows(office.drop(office.claire, "actions.csv", ACTIONS))[0]
    assert row.verdict == "create"
    assert (row.changes["status"], row.changes["done_date"]) == ("done", "2024-08-12")


# --- Completeness ----------------------------------------------------------------------------------------------------


def test_every_constraint_of_an_imported_table_is_foreseen() -> None:
    written = (m.YoungPerson, m.Enrolment, m.Situation, m.Barrier, m.Employer, m.EmployerContact, m.Partner, m.PartnerContact, m.Appointment, m.ActionItem, m.JobDating, m.Stand, m.Registration, m.Interview)  # fmt: skip
    tables = [model.__table__ for model in written]
    checks = {
        str(c.name)
        for table in tables
        for c in table.constraints
        if isinstance(c, CheckConstraint) and not c.info.get("type") and c._type_bound is False
    }  # type: ignore[attr-defined]
    assert checks <= CHECKED | set(BY_CONSTRUCTION)
    uniques = {str(c.name) for table in tables for c in table.constraints if isinstance(c, UniqueConstraint)}
    assert uniques == {
        "uq_young_person_source",
        "uq_barrier_young_person_id_theme_noted_on",
        "uq_employer_siret",
        "uq_job_dating_name_held_on",
        "uq_stand_job_dating_id_employer_id",
        "uq_registration_job_dating_id_young_person_id",
        "uq_interview_stand_id_registration_id",
    }


def test_a_batch_is_seen_by_its_author_and_by_who_may_restore_files(office: Office) -> None:
    batch = office.drop(office.claire, "jeunes.csv", PEOPLE)
    with writing(office.engine, SETTING_UP) as session:
        assert batches.find(session, office.claire, batch) is not None
        assert batches.find(session, office.denise, batch) is not None
        assert batches.find(session, office.nora, batch) is None
        assert batches.find(session, office.karim, batch) is None
