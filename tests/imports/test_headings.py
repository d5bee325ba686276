from datetime import time

import pytest
from small_books import table

from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.vocabulary import readings
from ml_admin.imports.workbook import Cell

N = None


def meaning(heading: str, entity: str = "young_person") -> str:
    return next((one.key for one in readings(heading) if one.entity == entity), "")


def fields(rows: list[list[Cell]], name: str = "Feuil1") -> list[str]:
    return ["+".join(column.fields) for column in table(rows, name).columns]


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Nom*", "last_name"),
        ("PATRONYME", "last_name"),
        ("Prénom usuel :", "first_name"),
        ("Nom & prénom", "last_name+first_name"),
        ("Candidat(e)", "last_name+first_name"),
        ("Date de naissance (JJ/MM/AAAA)", "birth_date"),
        ("N°\nportable", "phone"),
        ("Tél. du jeune", "phone"),
        ("Tél fixe", "phone2"),
        ("ADRESSE MAIL", "email"),
        ("Code Post.", "postcode"),
        ("Commune de résidence", "city"),
        ("CP/Ville", "postcode+city"),
        ("Niv. d’étude", "education_level"),
        ("Permis (O/N)", "driving_licence"),
        ("Conseillère référente", "counsellor"),
        ("Freins périph.", "barriers"),
        ("Inscrit(e) le", "registration_date"),
        ("Date naisance", "birth_date"),
        ("OBSERVATION", "notes"),
    ],
)
def test_a_heading_is_known_however_it_is_written(heading: str, expected: str) -> None:
    assert meaning(heading) == expected


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("DT_INSCR", "registration_date"),
        ("TEL_PORT", "phone"),
        ("Prénom·e", "first_name"),
        ("Conseiller.ère", "counsellor"),
        ("Usager reçu", "last_name+first_name"),
        ("Last Name", "last_name"),
        ("Zip", "postcode"),
    ],
)
def test_shortened_inclusive_and_english_headings_are_known(heading: str, expected: str) -> None:
    assert meaning(heading) == expected


def _people(heading: str, *cells: Cell) -> list[str]:
    names = ("DUPRAT", "MARQUES", "BONNET", "SALES", "PUECH")
    return fields([["Nom", "Prénom", heading], *([name, "Léa", cell] for name, cell in zip(names, cells, strict=True))])


def test_contents_overrule_a_heading_that_says_something_else() -> None:
    mails = [f"lea{at}@example.org" for at in range(5)]
    assert _people("Observations", *mails)[2] == "email"
    assert _people("Contact", *(f"06 39 98 11 2{at}" for at in range(5)))[2] == "phone"
    assert _people(
        "Domiciliation", "22200 GUINGAMP", "22300 Lannion", "22600 Loudéac", "22000 St Brieuc", "22140 Bégard"
    )[2] == ("postcode+city")


@pytest.mark.parametrize("heading", ["Joindre le tuteur", "Numéro employeur", "Contact mère"])
def test_what_belongs_to_somebody_else_is_not_taken_for_the_person(heading: str) -> None:
    assert _people(heading, *(f"06 39 98 11 2{at}" for at in range(5)))[2] == ""


def test_the_nature_of_a_meeting_is_its_kind_where_it_holds_kinds_and_its_purpose_elsewhere() -> None:
    def nature(*cells: Cell) -> str:
        head: list[Cell] = ["Jour", "Heure", "Nom", "Prénom", "Nature"]
        return fields([head, *(["12/04/2023", "9h", "DUPRAT", "Léa", cell] for cell in cells)], "RDV")[4]

    assert nature("Atelier", "Individuel", "Info coll.") == "kind"
    assert nature("Refaire le CV", "Point CEJ", "Signature") == "purpose"


def test_a_wished_diploma_is_no_level() -> None:
    assert _people("Diplôme souhaité", "CAP", "BTS", "Bac pro", "Licence", "BEP")[2] == ""


def test_social_security_numbers_under_any_heading_are_left_out() -> None:
    numbers: list[Cell] = ["2 04 03 22 113 045 30", "2040322113045", "1030222113046", "2050722113047", "1061222113048"]
    found = table([["Nom", "Prénom", "Réf. CPAM"], *(["DUPRAT", "Léa", one] for one in numbers)])
    assert found.columns[2].meaning is None
    assert not any(row.extra for row in found.rows)


def test_notes_that_hold_one_such_number_are_still_notes() -> None:
    said: list[Cell] = [f"Carte {at} : 20403221130{at}5 reçue" for at in range(10, 15)]
    assert _people("Remarques", *said)[2] == "notes"


@pytest.mark.parametrize("heading", ["Âge", "NIR", "N° sécurité sociale", "Nb RDV", "Émargement"])
def test_some_columns_are_known_for_not_being_imported(heading: str) -> None:
    assert readings(heading)[0].entity == ""


def test_an_unknown_heading_means_nothing() -> None:
    assert readings("Groupe sanguin du chien") == ()


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.name)
def test_every_label_of_the_application_is_a_heading_of_its_entity(entity: object) -> None:
    for one in entity.meanings:  # type: ignore[attr-defined]
        assert any((found.entity, found.key) == (entity.name, one.key) for found in readings(one.label)), one.label  # type: ignore[attr-defined]


def test_a_field_declared_on_a_model_is_recognised_by_its_label_and_aliases() -> None:
    assert meaning("Véhiculé") == "has_vehicle"
    assert meaning("Code APE", "employer") == "naf"


def test_contents_tell_a_counsellor_from_a_file_number_under_the_same_heading() -> None:
    assert (
        fields([["Nom", "Prénom", "Réf."], ["DUPRAT", "Léa", "NF"], ["MARQUES", "Tom", "D. Roque"]])[2] == "counsellor"
    )
    assert (
        fields([["Nom", "Prénom", "Réf."], ["DUPRAT", "Léa", 120345], ["MARQUES", "Tom", 118009]])[2] == "external_id"
    )


def test_a_column_that_only_counts_the_rows_is_not_a_file_number() -> None:
    rows: list[list[Cell]] = [
        [number, name, "Léa"] for number, name in enumerate(("DUPRAT", "MARQUES", "BONNET", "SALES"), 1)
    ]
    assert fields([["N°", "Nom", "Prénom"], *rows]) == ["", "last_name", "first_name"]


def test_a_name_column_that_holds_both_names_fills_both_fields() -> None:
    rows: list[list[Cell]] = [
        ["Nom", "Tél", "Né le"],
        ["DUPRAT Léa", "06 39 98 11 22", "12/03/2001"],
        ["Tom MARQUES", "06 39 98 11 23", "01/02/2003"],
    ]
    assert fields(rows) == ["last_name+first_name", "phone", "birth_date"]


def test_a_town_column_with_post_codes_fills_both_fields() -> None:
    rows: list[list[Cell]] = [
        ["Nom", "Prénom", "Ville"],
        ["DUPRAT", "Léa", "09000 FOIX"],
        ["MARQUES", "Tom", "09100 - Pamiers"],
    ]
    assert fields(rows)[2] == "postcode+city"


def test_an_address_column_with_post_code_and_town_fills_three_fields() -> None:
    rows: list[list[Cell]] = [
        ["Structure", "Adresse", "Tél"],
        ["CCAS", "1 place de la Mairie - 09000 FOIX", "05 61 00 00 03"],
        ["CFA", "2 av. du Stade\n09100 Pamiers", "05 61 00 00 05"],
    ]
    assert fields(rows)[1] == "address+postcode+city"


def test_an_address_beside_its_own_post_code_stays_an_address() -> None:
    rows: list[list[Cell]] = [
        ["Nom", "Prénom", "Adresse", "CP", "Ville"],
        ["DUPRAT", "Léa", "3 rue du Pont", 9000, "Foix"],
    ]
    assert fields(rows)[2:] == ["address", "postcode", "city"]


def test_two_phone_columns_are_the_two_phones() -> None:
    rows: list[list[Cell]] = [["Nom", "Prénom", "Tél", "Tél"], ["DUPRAT", "Léa", "06 39 98 11 22", "05 61 02 03 04"]]
    assert fields(rows)[2:] == ["phone", "phone2"]


def test_used_name_and_birth_name_are_told_apart() -> None:
    rows: list[list[Cell]] = [["Nom de naissance", "Nom d’usage", "Prénom"], ["DUPRAT", "MARTIN", "Léa"]]
    assert fields(rows) == ["birth_name", "last_name", "first_name"]


def test_a_group_speaks_of_somebody_else() -> None:
    rows: list[list[Cell]] = [
        ["Jeune", N, "Conseiller", N],
        ["Nom", "Prénom", "Nom", "Tél"],
        ["DUPRAT", "Léa", "Fauvel", "05 61 00 00 09"],
        ["MARQUES", "Tom", "Roque", "05 61 00 00 10"],
    ]
    assert fields(rows) == ["last_name", "first_name", "counsellor", ""]


def test_a_word_that_every_heading_repeats_is_ignored() -> None:
    rows: list[list[Cell]] = [
        ["Nom responsable dossier", "Prénom responsable dossier", "Téléphone dossier"],
        ["DUPRAT", "Léa", "0639981122"],
    ]
    assert fields(rows) == ["last_name", "first_name", "phone"]


def test_a_contract_column_is_not_a_programme_when_it_holds_jobs() -> None:
    rows: list[list[Cell]] = [["Nom", "Prénom", "Contrat"], ["DUPRAT", "Léa", "CDD"], ["MARQUES", "Tom", "intérim"]]
    assert fields(rows)[2] == ""


def test_columns_without_heading_are_told_by_what_they_hold() -> None:
    rows: list[list[Cell]] = [
        [last, first, f"{day}/03/2001", f"06399811{day}", f"{first.lower()}@example.org"]
        for last, first, day in (
            ("DUPRAT", "Lea", 10),
            ("MARQUES", "Tom", 11),
            ("BONNET", "Zoe", 12),
            ("SALES", "Ana", 13),
        )
    ]
    assert fields(rows) == ["last_name", "first_name", "birth_date", "phone", "email"]


def test_a_column_with_an_unknown_heading_and_no_telling_contents_is_kept_aside() -> None:
    found = table([["Nom", "Prénom", "Pointure"], ["DUPRAT", "Léa", 38], ["MARQUES", "Tom", 42]])
    assert found.columns[2].meaning is None
    assert found.rows[0].extra == {"Pointure": "38"}


def test_a_sure_column_is_surer_than_a_guessed_one() -> None:
    found = table([["Nom", "Prénom", "Date naiss"], ["DUPRAT", "Léa", "12/03/2001"], ["MARQUES", "Tom", "01/02/2003"]])
    assert found.columns[0].confidence > 0.95
    assert 0.5 < found.columns[2].confidence <= 1


ENTITY_CASES: list[tuple[str, str, list[list[Cell]]]] = [
    ("young_person", "Suivi", [["Nom", "Prénom", "Né le", "Permis"], ["DUPRAT", "Léa", "12/03/2001", "oui"]]),
    (
        "employer",
        "Prospection",
        [["Nom", "Activité", "Tél", "Effectif"], ["Adapei", "Médico-social", "05 61 00 00 01", "10 à 19"]],
    ),
    ("partner", "Annuaire", [["Nom", "Domaine", "Référent", "Convention"], ["CCAS", "social", "Mme Arnaud", "oui"]]),
    (
        "appointment",
        "RDV",
        [["Jour", "Horaire", "Nom", "Prénom", "Motif"], ["12/04/2023", "9h", "DUPRAT", "Léa", "CV"]],
    ),
    (
        "action_item",
        "Plan d’action",
        [["Nom", "Prénom", "Démarche", "Échéance"], ["DUPRAT", "Léa", "Refaire le CV", "15/03/2024"]],
    ),
    (
        "job_dating_registration",
        "Job dating",
        [["Nom", "Prénom", "Entreprise", "Créneau"], ["DUPRAT", "Léa", "Adapei", "9h20"]],
    ),
    (
        "job_dating_employer",
        "Forum",
        [["Entreprise", "N° de stand", "Profils recherchés"], ["Adapei", "B4", "aide-soignant"]],
    ),
]


@pytest.mark.parametrize(("entity", "name", "rows"), ENTITY_CASES, ids=[case[0] for case in ENTITY_CASES])
def test_the_entity_that_explains_the_columns_is_chosen(entity: str, name: str, rows: list[list[Cell]]) -> None:
    assert table(rows, name).entity == entity


def test_names_and_mobile_numbers_are_people_names_and_landlines_are_firms() -> None:
    people: list[list[Cell]] = [
        ["Nom", "Tél", "Ville"],
        ["DUPRAT Léa", "06 39 98 11 22", "Foix"],
        ["Tom MARQUES", "06 39 98 11 23", "Foix"],
    ]
    firms: list[list[Cell]] = [
        ["Nom", "Tél", "Ville"],
        ["Garage Puech", "05 61 00 00 01", "Foix"],
        ["Boulangerie Arnal", "05 61 00 00 02", "Foix"],
    ]
    assert (table(people).entity, table(firms).entity) == ("young_person", "employer")


def test_a_list_of_staff_with_first_names_is_not_taken_for_firms() -> None:
    assert (
        table(
            [["Courriel", "Prénom", "Nom", "Téléphone"], ["zoe@example.org", "Zoé", "BONNET", "05 61 00 00 01"]]
        ).entity
        != "employer"
    )


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([["Conseiller", "Nb jeunes", "CEJ", "PACEA"], ["Fauvel", 45, 12, 20], ["Roque", 50, 13, 22]], "statistics"),
        ([["Situation", "Niveau", "Permis"], ["emploi", "CAP", "oui"], ["formation", "BEP", "non"]], "value lists"),
        ([["oui"], ["non"], ["peut-être"]], "value lists"),
    ],
)
def test_lists_and_statistics_are_ignored_with_a_reason(rows: list[list[Cell]], why: str) -> None:
    found = table(rows)
    assert (found.layout, found.entity, found.why) == ("ignore", None, why)


def test_marks_under_firms_make_a_grid_of_candidates() -> None:
    found = table(
        [
            ["Forum de l’emploi"],
            ["Candidat", "Portable", "Adapei", "Mairie de Foix"],
            ["DUPRAT Léa", "0639981122", "x", N],
            ["MARQUES Tom", N, N, "LA"],
        ]
    )
    assert (found.entity, found.layout) == ("job_dating_registration", "cross_grid")
    assert [column.employer for column in found.columns] == [None, None, "Adapei", "Mairie de Foix"]


def test_marks_under_workshops_make_no_grid_of_candidates() -> None:
    found = table(
        [["Nom", "Prénom", "Atelier CV", "Simulation"], ["DUPRAT", "Léa", "x", N], ["MARQUES", "Tom", N, "x"]]
    )
    assert (found.entity, found.layout) == ("young_person", "table")


@pytest.mark.parametrize(
    "hours",
    [["9h", "9h20", "9h40"], [time(9), time(9, 20), time(9, 40)], ["09:00 - 09:20", "09:20 - 09:40", "09:40 - 10:00"]],
)
def test_people_under_firms_beside_times_make_a_grid_of_slots(hours: list[Cell]) -> None:
    people: list[list[Cell]] = [["DUPRAT Léa", "MARQUES Tom"], ["MARQUES Tom", "libre"], ["BONNET Zoé", N]]
    found = table(
        [["Heure", "Adapei", "Carrefour"], *([hour, *pair] for hour, pair in zip(hours, people, strict=True))]
    )
    assert (found.entity, found.layout) == ("job_dating_slot", "slot_grid")
