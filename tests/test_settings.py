"""Dated rules: the usual value, what changes when, and what cannot be typed."""

from datetime import date

import pytest

from ml_admin import settings
from ml_admin.models import Setting

MARCH = date(2025, 3, 1)


def change(session, key, valid_from, value):
    session.add(Setting(key=key, valid_from=valid_from, value=value))
    session.commit()


def test_a_rule_nobody_changed_has_its_usual_value(session):
    assert settings.get(session, "age.max", MARCH) == 25
    assert settings.number(session, "pacea.max_months", MARCH) == 24


def test_a_rule_holds_from_its_day_on_and_leaves_the_past_alone(session):
    change(session, "cej.max_months", date(2025, 1, 1), "15")
    change(session, "cej.max_months", date(2026, 1, 1), "9")
    assert [
        settings.get(session, "cej.max_months", day)
        for day in (date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1))
    ] == [12, 15, 15, 9]


def test_all_rules_are_read_in_one_query_and_agree_with_single_readings(session):
    change(session, "reminder.appointment_days", date(2025, 1, 1), "2, 10")
    change(session, "garantie_jeunes.last_entry", date(2025, 1, 1), "31/12/2021")
    together = settings.all_on(session, MARCH)
    assert together == {key: settings.get(session, key, MARCH) for key in settings.RULES}
    assert together["reminder.appointment_days"] == (10, 2)
    assert together["garantie_jeunes.last_entry"] == date(2021, 12, 31)


def test_a_row_with_a_key_of_another_version_disturbs_nothing(session):
    change(session, "rule.of.tomorrow", date(2025, 1, 1), "?")
    assert set(settings.all_on(session, MARCH)) == set(settings.RULES)


def test_a_value_written_past_the_form_leaves_the_usual_one_in_force(session):
    change(session, "age.max", date(2025, 1, 1), "vingt-cinq")
    assert settings.get(session, "age.max", MARCH) == 25
    assert settings.all_on(session, MARCH)["age.max"] == 25


def test_asking_for_an_undeclared_rule_fails(session):
    with pytest.raises(KeyError):
        settings.get(session, "age.maximum", MARCH)


def test_a_rule_with_several_numbers_is_not_one_number(session):
    with pytest.raises(TypeError):
        settings.number(session, "follow_up.months", MARCH)


@pytest.mark.parametrize("key", settings.RULES)
def test_every_usual_value_can_be_typed_back(key):
    rule = settings.RULES[key]
    assert rule.read(rule.write(rule.usual)) == rule.usual
    assert settings.errors(key, rule.write(rule.usual)) == {}


@pytest.mark.parametrize("key", settings.RULES)
def test_every_rule_fits_its_column_and_has_a_label_of_its_own(key):
    assert len(key) <= 80
    assert [label for _, label in settings.options()].count(dict(settings.options())[key]) == 1


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("age.max", "beaucoup"),
        ("age.max", "-3"),
        ("age.max", "99"),
        ("age.max", ""),
        ("age.max", "25,5"),
        ("reminder.appointment_days", "7 et 1"),
        ("reminder.appointment_days", "7, 400"),
        ("garantie_jeunes.last_entry", "30/02/2022"),
        ("garantie_jeunes.last_entry", "bientôt"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_a_sentence(key, typed):
    assert settings.errors(key, typed)["value"].endswith(".")


def test_an_unknown_key_is_refused_with_a_sentence():
    assert settings.errors("age.maximum", "3") == {"key": "Cette règle n’existe pas. Choisissez-la dans la liste."}


@pytest.mark.parametrize(
    ("key", "typed", "kept"),
    [
        ("age.max", " 26 ", "26"),
        ("reminder.appointment_days", "1;7 ; 7", "7, 1"),
        ("garantie_jeunes.last_entry", "2022-02-28", "28/02/2022"),
    ],
)
def test_a_value_is_kept_in_one_spelling(key, typed, kept):
    assert settings.tidy(key, typed) == kept
