from datetime import date
from typing import Any

import pytest

from ml_admin.imports.match import Match, firm_of, match_firms, match_people, person_of

LEA: dict[str, Any] = {
    "last_name": "DUPRAT",
    "first_name": "Léa",
    "birth_date": date(2001, 3, 12),
    "phone": "+33639981122",
    "email": "lea@example.org",
    "city": "Foix",
    "gender": "F",
}


def person(**changes: Any) -> dict[str, Any]:
    return LEA | changes


def same_person(*people: dict[str, Any], known: int = 0) -> Match | None:
    return match_people([person_of(one) for one in people], known).same.get(len(people) - 1)


def same_firm(*firms: dict[str, Any]) -> Match | None:
    return match_firms([firm_of(one) for one in firms]).same.get(len(firms) - 1)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "exact"),
        ({"last_name": "duprat", "first_name": "LEA"}, "exact"),
        ({"last_name": "DUPRATT"}, "typo_last_name"),
        ({"last_name": "DURPAT"}, "typo_last_name"),
        ({"last_name": "DUPRA?"}, "typo_last_name"),
        ({"first_name": "Léaa"}, "typo_first_name"),
        ({"last_name": "LÉA", "first_name": "Duprat"}, "swapped_names"),
        ({"last_name": "LÉA", "first_name": "Dupra?"}, "swapped_names"),
        ({"birth_date": date(2001, 12, 3)}, "swapped_day_month"),
        ({"birth_date": date(2007, 3, 12)}, "one_digit_year"),
        ({"birth_date": None}, "no_birth_date"),
        ({"last_name": "MARTIN", "birth_name": "DUPRAT"}, "exact"),
    ],
)
def test_the_same_person_is_found_in_each_disguise(changes: dict[str, Any], kind: str) -> None:
    found = same_person(LEA, person(**changes))
    assert found
    assert (found.target, found.kind) == (0, kind)
    assert found.verdict == "certain" or kind == "one_digit_year"


def test_the_reasons_are_said_in_french() -> None:
    found = same_person(LEA, person(birth_date=None, email=None))
    assert found
    assert found.reasons == (
        "mêmes nom et prénom, date de naissance absente d’un côté",
        "même téléphone",
        "même commune",
    )


def test_another_sheet_is_told_from_the_same_one() -> None:
    people = [person_of(LEA, "2019"), person_of(LEA, "2020")]
    assert match_people(people).same[1].kind == "same_person_other_sheet"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"first_name": "Manon", "email": None}, "twin"),
        ({"birth_date": date(1998, 11, 30), "phone": "+33639980000", "email": None}, "homonym"),
    ],
)
def test_a_look_alike_is_named_and_never_merged(changes: dict[str, Any], why: str) -> None:
    found = match_people([person_of(LEA), person_of(person(**changes))])
    assert (found.same, found.other) == ({}, {1: (0, why)})


def test_twins_of_two_sexes_with_near_names_are_two_people() -> None:
    assert same_person(person(first_name="Louis", gender="M"), person(first_name="Louise", gender="F")) is None


def test_two_usual_first_names_one_letter_apart_are_two_people() -> None:
    others = [
        person(last_name=name, first_name=first, phone=None, email=None, birth_date=date(2000, 1, day))
        for day, (name, first) in enumerate((("ROY", "Emma"), ("BLANC", "Emna"), ("GROS", "Emma")), 1)
    ]
    assert same_person(*others, person(first_name="Emma"), person(first_name="Emna")) is None


def test_names_alone_do_not_make_one_person_when_the_birth_date_is_missing() -> None:
    assert same_person(LEA, person(birth_date=None, phone=None, email=None, city="Pamiers")) is None
    assert same_person(LEA, person(birth_date=None, phone="+33639980000", email=None)) is None


def test_the_place_alone_makes_a_possible_match_only() -> None:
    found = same_person(LEA, person(birth_date=None, phone=None, email=None))
    assert found
    assert found.verdict == "possible"


def test_a_shared_file_number_does_not_make_one_person_of_two() -> None:
    assert (
        same_person(person(external_id="4512"), {"last_name": "MARQUES", "first_name": "Tom", "external_id": "4512"})
        is None
    )


def test_a_third_row_points_to_the_first_one() -> None:
    found = same_person(LEA, person(last_name="DUPRATT"), person(last_name="DUPRATT", birth_date=None))
    assert found
    assert found.target == 0


def test_a_row_without_birth_date_does_not_tie_two_homonyms_together() -> None:
    undated = person(birth_date=None, phone=None, email=None)
    homonym = person(birth_date=date(1998, 11, 30), phone="+33639980000", email=None)
    found = match_people([person_of(one) for one in (LEA, undated, homonym)])
    assert found.same.keys() == {1}
    assert found.other == {2: (0, "homonym")}


def test_the_nearest_of_several_namesakes_is_chosen() -> None:
    other = person(birth_date=date(1998, 11, 30), phone="+33639980000", email="autre@example.org")
    found = same_person(LEA, other, person(birth_date=None, phone="+33639980000", email=None))
    assert found
    assert found.target == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"last_name": "HADDAD"}, {"last_name": "HADAD"}),
        ({"last_name": "GAUTHIER"}, {"last_name": "GAUTIER"}),
        ({"first_name": "Mohamed"}, {"first_name": "Mohammed"}),
        ({"last_name": "LE GOFF"}, {"last_name": "LEGOFF"}),
        ({"last_name": "BEN ALI"}, {"last_name": "Benali"}),
        ({"last_name": "LE GOFF"}, {"last_name": "GOFF"}),
        ({"last_name": "GARCIA-LOPEZ"}, {"last_name": "GARCIA"}),
        ({"first_name": "Marie-Lou"}, {"first_name": "Marie"}),
        ({"last_name": "GAUTHIER", "first_name": "Mohamed"}, {"last_name": "GAUTIER", "first_name": "Mohammed"}),
    ],
)
def test_a_name_written_as_heard_joined_or_in_part_is_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    sexless = {"gender": None}
    others = [
        person(last_name="ROY", first_name=first, birth_date=date(2003, 1, day), phone=None, email=None)
        for day, first in enumerate(("Mohamed", "Mohammed", "Marie", "Marie-Lou"), 1)
    ]
    found = same_person(*others, person(**one, **sexless), person(**other, **sexless))
    assert found
    assert found.target == len(others)


@pytest.mark.parametrize(
    ("one", "other"), [("Daniel", "Danielle"), ("Mehmet", "Mehdi"), ("Bao", "Bảo Long"), ("Ana", "Anna Lucia")]
)
def test_brothers_and_sisters_born_on_one_day_stay_two_people(one: str, other: str) -> None:
    others = [
        person(last_name=name, first_name=first, phone=None, email=None, birth_date=date(2000, 1, day))
        for day, (name, first) in enumerate(((n, f) for n in ("ROY", "BLANC") for f in (one, other)), 1)
    ]
    twins = [person(first_name=first, gender=gender) for first, gender in ((one, "M"), (other, "F"))]
    assert same_person(*others, *twins) is None


def test_two_rows_of_names_alone_are_asked_about() -> None:
    found = same_person({"last_name": "DUPRAT", "first_name": "Léa"}, {"last_name": "Duprat", "first_name": "LÉA"})
    assert found
    assert found.verdict == "possible"


def test_numbered_names_are_not_said_the_same() -> None:
    numbered = [person(last_name=f"TEST {at}", email=None, phone=f"+3363998000{at}") for at in range(3, 9)]
    assert match_people([person_of(one) for one in numbered]).same == {}


def test_a_nickname_alone_does_not_make_one_person() -> None:
    assert (
        same_person(person(first_name="Alexandre"), person(first_name="Alex", birth_date=None, phone=None, email=None))
        is None
    )


def test_couples_and_siblings_on_one_phone_stay_apart() -> None:
    sister = person(first_name="Manon", birth_date=date(2004, 5, 2), email=None)
    partner = person(last_name="ROQUES", first_name="Hugo", birth_date=date(2000, 7, 8), gender="M", email=None)
    assert match_people([person_of(one) for one in (LEA, sister, partner)]).same == {}


def test_a_name_of_marriage_that_nothing_explains_is_asked_about() -> None:
    found = same_person(LEA, person(last_name="ROQUES"))
    assert found
    assert found.verdict == "possible"


def test_two_files_and_two_phones_under_one_name_and_day_are_two_people_of_one_file() -> None:
    other = person(external_id="77", phone="+33639980000", email=None)
    found = match_people([person_of(person(external_id="12"), ""), person_of(other, "")])
    assert (found.same, found.other) == ({}, {1: (0, "homonym")})


def test_the_same_against_a_record_is_asked_about() -> None:
    other = person(external_id="77", phone="+33639980000", email=None)
    found = match_people([person_of(person(external_id="12")), person_of(other, "")], known=1)
    assert found.same[1].verdict == "possible"
    assert "numéros de dossier différents" in found.same[1].reasons


def test_all_who_may_be_meant_are_offered_best_first() -> None:
    other = person(birth_date=date(1998, 11, 30), phone="+33639980000", email="autre@example.org", city=None)
    found = same_person(other, LEA, person(birth_date=None, phone=LEA["phone"], email="autre@example.org", city=None))
    assert found
    assert [one.at for one in found.candidates] == [1, 0]
    assert found.candidates[0].score >= found.candidates[1].score
    assert found.candidates[0].said.startswith("Mêmes nom et prénom")


def test_rows_kept_apart_are_compared_with_the_records_alone() -> None:
    people = [person_of(one) for one in (person(last_name="MARQUES", first_name="Tom"), LEA, LEA)]
    assert match_people(people, known=1, apart=True).same == {}


def test_records_already_known_are_not_compared_with_one_another() -> None:
    people = [person_of(one) for one in (LEA, LEA, LEA)]
    assert match_people(people, known=2).same.keys() == {2}
    assert match_people(people, known=3).same == {}


def test_a_phone_shared_by_a_whole_hostel_proves_nothing() -> None:
    people = [
        person_of({"last_name": f"NOM{at}", "first_name": f"Prénom{at}", "phone": "+33561000000"}) for at in range(900)
    ]
    assert match_people(people).same == {}


GARAGE: dict[str, Any] = {
    "name": "SARL Garage Puech",
    "siret": "99711840100253",
    "phone": "+33561000001",
    "city": "Foix",
}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "exact"),
        ({"name": "SARL GARAGE PUECH"}, "same_name_other_case"),
        ({"name": "Garage Puech"}, "legal_form_dropped"),
        ({"name": "S.A.R.L. Garage Puech"}, "legal_form_dropped"),
        ({"name": "GARAGE PUECH SARL", "siret": None}, "legal_form_dropped"),
        ({"name": "Garage Puech", "siret": None, "phone": None}, "legal_form_dropped"),
        ({"name": "Puech Automobiles"}, "same_siret"),
    ],
)
def test_the_same_firm_is_found_in_each_disguise(changes: dict[str, Any], kind: str) -> None:
    found = same_firm(GARAGE, GARAGE | changes)
    assert found
    assert found.kind == kind


@pytest.mark.parametrize(
    "changes",
    [
        {"city": "Pamiers", "siret": None, "phone": "+33561000002"},
        {"siret": "99711840100261"},
        {"name": "Garage Arnal", "siret": None},
    ],
)
def test_two_places_of_work_stay_two_firms(changes: dict[str, Any]) -> None:
    assert same_firm(GARAGE, GARAGE | changes) is None


def test_another_site_of_one_siren_is_another_place_of_work() -> None:
    site = {"name": "Garage Puech", "siren": "997118401", "city": "Pamiers"}
    assert same_firm(GARAGE, site) is None
    assert same_firm(GARAGE, site | {"city": "Foix"})


def test_one_name_under_two_sirens_is_two_firms() -> None:
    assert same_firm(GARAGE, GARAGE | {"siret": None, "siren": "123456782"}) is None


def test_a_firm_whose_place_is_unknown_is_a_possible_match() -> None:
    found = same_firm(GARAGE, {"name": "Garage Puech"})
    assert found
    assert found.verdict == "possible"
