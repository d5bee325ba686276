"""Each kind of dirt that offices type, and what comes out."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_admin.choices import (
    ActionStatus,
    AppointmentMode,
    AppointmentOutcome,
    BarrierTheme,
    EducationLevel,
    FileStatus,
    Gender,
)
from ml_admin.cleaners import CLEANERS, Cleaned, Context, Counsellor, Flag, clean, display, explain
from ml_admin.explanations import _SENTENCES

CLAIRE = Counsellor("LAFONT Claire", "LAFONT", "Claire", "CL")
KARIM = Counsellor("BENALI Karim", "BENALI", "Karim", "KB")
NADIA = Counsellor("EL AMRANI Nadia", "EL AMRANI", "Nadia", "NEA")
LUC = Counsellor("PONS-MARTY Jean-Luc", "PONS-MARTY", "Jean-Luc", "JLP")
CECILE = Counsellor("LOPEZ Cécile", "LOPEZ", "Cécile", "CL")
STAFF = (CLAIRE, KARIM, NADIA, LUC, CECILE)
NIR = "2 85 05 78 006 084 41"


def context(**known: Any) -> Context:
    return Context(date(2025, 1, 15), counsellors=STAFF, **known)


def value(name: str, raw: Any, **known: Any) -> Any:
    return clean(name, raw, context(**known)).value


def codes(cleaned: Cleaned) -> list[str]:
    return [flag.code for flag in cleaned.flags]


def said(name: str, raw: Any, **known: Any) -> tuple[Any, list[str]]:
    cleaned = clean(name, raw, context(**known))
    return cleaned.value, codes(cleaned)


# --- every cleaner ---------------------------------------------------------------------------------------------------

CELLS = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.text(st.sampled_from("0123456789/.-: +h,janvfévMaàé?&@()<>'’\u00a0\n"), max_size=30),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@pytest.mark.parametrize("name", CLEANERS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(raw=CELLS, year=st.none() | st.integers(2005, 2025), date_system=st.sampled_from((1900, 1904)))
def test_no_cell_makes_a_cleaner_fail(name: str, raw: Any, year: int | None, date_system: int) -> None:
    cleaned = clean(name, raw, context(year=year, date_system=date_system))
    assert isinstance(cleaned, Cleaned)
    assert all(flag.code in _SENTENCES for flag in cleaned.flags)


@pytest.mark.parametrize("name", CLEANERS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(raw=CELLS)
def test_cleaning_a_clean_value_gives_it_back(name: str, raw: Any) -> None:
    once = value(name, raw)
    assert once is None or value(name, once) == once


@pytest.mark.parametrize("name", CLEANERS)
@pytest.mark.parametrize("raw", [None, "", "   ", "\u00a0"])
def test_an_empty_cell_is_nothing(name: str, raw: str | None) -> None:
    assert value(name, raw) in (None, [], "todo")


def test_an_unknown_cleaner_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        clean("no such cleaner", "x", context())


@pytest.mark.parametrize(
    "error", ["#N/A", "#REF!", "#VALEUR!", "#DIV/0!", "#NOM?", "#NAME?", "#NUL!", "#NOMBRE!", "#####"]
)
@pytest.mark.parametrize("name", ["phone", "counsellor", "text", "date", "birth_date", "programmes"])
def test_an_error_cell_is_said_and_left_empty(name: str, error: str) -> None:
    found, flags = said(name, error)
    assert not found
    assert flags == ["excel_error"]


@pytest.mark.parametrize("name", ["text", "notes", "last_name", "address", "city", "young_status"])
def test_broken_accents_are_repaired_and_said_in_every_text(name: str) -> None:
    assert codes(clean(name, "dÃ©mÃ©nagÃ©", context()))[0] == "mojibake_repaired"


@pytest.mark.parametrize("name", ["text", "notes", "last_name", "contact", "external_id"][:4])
def test_a_social_security_number_is_never_kept(name: str) -> None:
    cleaned = clean(name, f"Amina {NIR}", context())
    assert "2" not in str(cleaned.value)
    assert "nir_removed" in codes(cleaned)


@pytest.mark.parametrize("raw", [285057800608441, 285057800608441.0, "285057800608441"])
def test_a_social_security_number_in_a_number_cell_is_never_kept(raw: Any) -> None:
    for name in ("text", "phone", "notes", "integer"):
        assert said(name, raw) == (None, ["nir_removed"])


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "clean_name"),
    [
        ("van  den berg ", "VAN DEN BERG"),
        ("d’Almeida", "D'ALMEIDA"),
        ("Le\u00a0Goff", "LE GOFF"),
        ("lê", "LÊ"),
        ("Mme Durand", "DURAND"),
        ("M. martin", "MARTIN"),
        ("Mmeran", "MMERAN"),
    ],
)
def test_a_last_name_is_in_capitals_with_its_accents(raw: str, clean_name: str) -> None:
    assert said("last_name", raw) == (clean_name, [])


@pytest.mark.parametrize(
    "raw", ["MARTIN née DUPONT", "Martin (née Dupont)", "DUPONT ép. MARTIN", "Dupont épouse Martin", "DUPONT EP MARTIN"]
)
def test_a_birth_name_goes_apart(raw: str) -> None:
    cleaned = clean("last_name", raw, context())
    assert (cleaned.value, dict(cleaned.extra)) == ("MARTIN", {"birth_name": "DUPONT"})


@pytest.mark.parametrize(
    ("raw", "clean_name"),
    [
        ("MARIE-ange", "Marie-Ange"),
        ("étienne", "Étienne"),
        ("jean  pierre", "Jean Pierre"),
        ("d’artagnan", "D'Artagnan"),
        ("ANAIS", "Anais"),
        ("Maria del mar", "Maria Del Mar"),
    ],
)
def test_a_first_name_has_a_capital_at_each_word(raw: str, clean_name: str) -> None:
    assert said("first_name", raw) == (clean_name, [])


@pytest.mark.parametrize("name", ["last_name", "first_name"])
@pytest.mark.parametrize("raw", ["", "?", "-", "inconnu"])
def test_a_missing_name_stops_the_row(name: str, raw: str) -> None:
    assert clean(name, raw, context()).flags == (Flag("", "missing_required", fatal=True),)


def test_a_damaged_name_is_kept_as_it_is() -> None:
    assert said("last_name", "AUTHI?") == ("AUTHI?", ["encoding_damage"])


@pytest.mark.parametrize(
    ("raw", "last", "first"),
    [
        ("MARTIN Sophie", "MARTIN", "Sophie"),
        ("Sophie MARTIN", "MARTIN", "Sophie"),
        ("Martin Sophie", "MARTIN", "Sophie"),
        ("martin sophie", "MARTIN", "Sophie"),
        ("MARTIN SOPHIE", "MARTIN", "Sophie"),
        ("Mme Sophie MARTIN", "MARTIN", "Sophie"),
        ("MARTIN Sophie (Mme)", "MARTIN", "Sophie"),
        ("Martin, Sophie", "MARTIN", "Sophie"),
        ("Le Goff Fatou", "LE GOFF", "Fatou"),
        ("Van den Berg Lou", "VAN DEN BERG", "Lou"),
        ("Abd El Kader Assia", "ABD EL KADER", "Assia"),
        ("Apolline DES CHAMPS", "DES CHAMPS", "Apolline"),
        ("Jean de LA TOUR", "DE LA TOUR", "Jean"),
        ("D’ALMEIDA Elif", "D'ALMEIDA", "Elif"),
        ("d'ALMEIDA Elif", "D'ALMEIDA", "Elif"),
        ("McDONALD Dylan", "MCDONALD", "Dylan"),
        ("LE BRAS-MORVAN Marie-Ange", "LE BRAS-MORVAN", "Marie-Ange"),
        ("GAUTIER Marie Charlotte", "GAUTIER", "Marie Charlotte"),
        ("DUPONT J.", "DUPONT", "J."),
    ],
)
def test_one_cell_gives_last_and_first_name(raw: str, last: str, first: str) -> None:
    cleaned = clean("full_name", raw, context())
    assert dict(cleaned.extra) == {"last_name": last, "first_name": first}
    assert cleaned.flags == ()


@pytest.mark.parametrize("raw", ["MARTIN née DUPONT Sophie", "Sophie MARTIN née DUPONT", "DUPONT ép. MARTIN Sophie"])
def test_one_cell_may_hold_a_birth_name_too(raw: str) -> None:
    assert dict(clean("full_name", raw, context()).extra) == {
        "last_name": "MARTIN",
        "first_name": "Sophie",
        "birth_name": "DUPONT",
    }


def test_three_words_without_capitals_are_split_by_guess_and_said() -> None:
    cleaned = clean("full_name", "Saidi Marie Charlotte", context())
    assert dict(cleaned.extra) == {"last_name": "SAIDI", "first_name": "Marie Charlotte"}
    assert cleaned.flags == (Flag("last_name", "guessed_name_split"),)


def test_a_name_alone_lacks_its_first_name() -> None:
    assert clean("full_name", "Mme DUPONT", context()).flags == (Flag("first_name", "missing_required", fatal=True),)


@pytest.mark.parametrize(
    ("raw", "name", "role"),
    [
        ("Mme Fontaine (RH)", "Fontaine", "RH"),
        ("Benali - directrice", "Benali", "directrice"),
        ("Mme Durand, assistante sociale", "Durand", "assistante sociale"),
        ("Directeur : M. Hamidi", "Hamidi", "Directeur"),
        ("M. Hamidi", "Hamidi", None),
        ("Le Goff-Martin", "Le Goff-Martin", None),
        ("RH", None, "RH"),
        ("", None, None),
    ],
)
def test_a_contact_loses_its_civility_and_gives_its_role(raw: str, name: str | None, role: str | None) -> None:
    cleaned = clean("contact", raw, context())
    assert (cleaned.value, cleaned.extra["contact_role"]) == (name, role)


# --- dates and times -------------------------------------------------------------------------------------------------

THE_12TH = [
    "12/03/2004", "12/3/04", "12.03.2004", "12-03-04", "12 03 2004", "12 / 03 / 2004", "12//03//2004", "2004-03-12", "2004/03/12",
    "2004-03-12 00:00:00", "2004-03-12T08:30:00Z", "12032004", "120304", "12 mars 2004", "12 MARS 04", "12-mars-04", "12mars2004",
    "ven. 12 mars 2004", "Vendredi 12/03/2004", "né le 12/03/2004", "12/03/2004 à Foix", "le 12 mars 2004 à FOIX (09)", "12/03/2004 14:30",
    "12/03/2004 (17 ans)", "38058", "38058,0", 38058, 38058.0, 12032004, date(2004, 3, 12), datetime(2004, 3, 12), datetime(2004, 3, 12, 8, 30),
]  # fmt: skip


@pytest.mark.parametrize("name", ["birth_date", "date"])
@pytest.mark.parametrize("raw", THE_12TH)
def test_a_date_is_read_surely_in_every_usual_writing(name: str, raw: Any) -> None:
    assert said(name, raw) == (date(2004, 3, 12), [])


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("1er juin 1996", date(1996, 6, 1)),
        ("2 janv. 97", date(1997, 1, 2)),
        ("27 févr. 07", date(2007, 2, 27)),
        ("3 fevrier 2001", date(2001, 2, 3)),
        ("26 août 01", date(2001, 8, 26)),
        ("26 aout 2001", date(2001, 8, 26)),
        ("9 déc 99", date(1999, 12, 9)),
        ("9 Sept. 1999", date(1999, 9, 9)),
        ("5 juil 2000", date(2000, 7, 5)),
        ("5 juin 2000", date(2000, 6, 5)),
        ("1032004", date(2004, 3, 1)),
        (1032004.0, date(2004, 3, 1)),
        ("20040312", date(2004, 3, 12)),
    ],
)
def test_month_names_and_lost_zeros_are_understood(raw: Any, day: date) -> None:
    assert said("birth_date", raw) == (day, [])


def test_a_serial_follows_the_date_system_of_the_workbook() -> None:
    assert (
        value("birth_date", 36596, date_system=1904)
        == value("birth_date", "36596", date_system=1904)
        == date(2004, 3, 12)
    )
    assert value("birth_date", 38058, date_system=1900) == date(2004, 3, 12)


@pytest.mark.parametrize(
    ("raw", "found", "code"),
    [
        ("03/25/2004", date(2004, 3, 25), "day_month_swapped"),
        ("2004", None, "incomplete_date"),
        (2004, None, "incomplete_date"),
        (2004.0, None, "incomplete_date"),
        ("mars 2004", None, "incomplete_date"),
        ("03/2004", None, "incomplete_date"),
        ("XX/XX/2004", None, "incomplete_date"),
        ("12/03", None, "incomplete_date"),
        ("dès que possible", None, "unparsed_date"),
        ("17 ans", None, "unparsed_date"),
        ("31/02/2004", None, "invalid_date"),
        ("00/03/1990", None, "invalid_date"),
        ("13/13/2003", None, "invalid_date"),
        ("12/03/2004 ou 13/03/2004", date(2004, 3, 12), "several_dates"),
    ],
)
def test_what_is_lost_or_guessed_in_a_date_is_said(raw: Any, found: date | None, code: str) -> None:
    assert said("birth_date", raw) == (found, [code])
    assert said("date", raw) == (found, [code])


def test_nobody_is_born_in_a_year_to_come_and_another_date_so_late_is_kept_and_said() -> None:
    assert said("birth_date", "12/03/2052") == (None, ["invalid_date"])
    assert said("date", "12/03/2052") == (date(2052, 3, 12), ["unlikely_date"])


def test_an_abbreviated_weekday_is_no_month() -> None:
    assert said("due_date", "mar. 11/03/2025") == (date(2025, 3, 11), [])


def test_a_day_is_no_post_code_with_a_city() -> None:
    assert value("postcode", "2020-02-13 10:00") is None


def test_hours_are_read_as_decimals_or_as_lengths() -> None:
    assert [float(value("hours", raw)) for raw in ("1,5", "1h30", "3 h", 7, "0h30")] == [1.5, 1.5, 3, 7, 0.5]


def test_a_heading_that_puts_the_first_name_first_settles_names_without_capitals() -> None:
    extra = clean("full_name_first", "Maëlle Le Goff", Context(date(2025, 1, 15))).extra
    assert (extra["last_name"], extra["first_name"]) == ("LE GOFF", "Maëlle")
    assert clean("full_name_first", "LE GOFF Maëlle", Context(date(2025, 1, 15))).extra == extra


def test_an_impossible_birth_date_stops_the_row_and_another_date_does_not() -> None:
    assert clean("birth_date", "31/02/2004", context()).flags[0].fatal
    assert not clean("date", "31/02/2004", context()).flags[0].fatal


@pytest.mark.parametrize("raw", ["", "?", "-", "inconnue", "à compléter", "NC", None])
def test_a_birth_date_that_nobody_knows_is_missing(raw: str | None) -> None:
    assert said("birth_date", raw) == (None, ["missing_birth_date"])


@pytest.mark.parametrize("raw", ["", "-", "jamais", "pas encore", "?"])
def test_another_date_may_be_empty(raw: str) -> None:
    assert said("date", raw) == (None, [])


@pytest.mark.parametrize(
    ("name", "raw", "day"),
    [
        ("birth_date", "12/03/07", date(2007, 3, 12)),
        ("birth_date", "12/03/97", date(1997, 3, 12)),
        ("birth_date", "12/03/25", date(1925, 3, 12)),
        ("date", "26/12/23", date(2023, 12, 26)),
        ("date", "26/12/26", date(1926, 12, 26)),
        ("due_date", "26/12/26", date(2026, 12, 26)),
        ("due_date", "26/12/27", date(2027, 12, 26)),
        ("due_date", "26/12/28", date(1928, 12, 26)),
    ],
)
def test_a_year_of_two_digits_is_the_latest_likely_one(name: str, raw: str, day: date) -> None:
    assert value(name, raw) == day or (
        name == "birth_date" and day.year == 1925 and value(name, raw) == date(2025, 3, 12)
    )


@pytest.mark.parametrize(
    "raw", ["12/03", "12-3", "12 mars", "jeudi 12 mars", "le 12/03 à 14h", "12 mars 14h", "12/03 14h30"]
)
def test_a_date_without_year_takes_that_of_the_file(raw: str) -> None:
    assert said("due_date", raw, year=2023) == (date(2023, 3, 12), [])


@pytest.mark.parametrize(
    "raw", ["12/03/2024 14:30", "12/03/2024 à 14h30", datetime(2024, 3, 12, 14, 30), 45363.6041666]
)
def test_the_time_of_an_appointment_is_kept_beside_its_date(raw: Any) -> None:
    cleaned = clean("due_date", raw, context())
    assert (cleaned.value, dict(cleaned.extra)) == (date(2024, 3, 12), {"time": time(14, 30)})


@pytest.mark.parametrize(
    "raw",
    ["14h30", "14:30", "14 h 30", "14.30", "1430", "14H30", "à 14h30", "14h30-15h", "de 14h30 à 15h30", "14:30:00", 1430, 0.6041666667,
     time(14, 30), timedelta(hours=14, minutes=30), datetime(2024, 1, 2, 14, 30), 45363.6041667],
)  # fmt: skip
def test_a_time_is_read_in_every_usual_writing(raw: Any) -> None:
    assert said("time", raw) == (time(14, 30), [])


@pytest.mark.parametrize(
    ("raw", "hour"), [("9h", 9), ("9 heures", 9), (9, 9), ("9-10h", 9), ("midi", 12), ("9h à 10h", 9)]
)
def test_a_full_hour_is_read(raw: Any, hour: int) -> None:
    assert said("time", raw) == (time(hour), [])


@pytest.mark.parametrize("raw", ["matin", "25h", "14h75", 2500, -1])
def test_another_time_is_said(raw: Any) -> None:
    assert said("time", raw) == (None, ["unparsed_time"])


@pytest.mark.parametrize(
    ("raw", "minutes"),
    [
        (45, 45), ("45", 45), ("45 min", 45), ("45mn", 45), ("45'", 45), ("0:45", 45), (time(0, 45), 45), (0.03125, 45), ("3/4 h", 45),
        ("1h", 60), ("1h00", 60), ("une heure", 60), ("1h30", 90), ("1 h 30", 90), ("½ h", 30), (timedelta(minutes=50), 50),
    ],
)  # fmt: skip
def test_a_duration_is_minutes(raw: Any, minutes: int) -> None:
    assert said("duration", raw) == (minutes, [])


def test_another_duration_is_said() -> None:
    assert said("duration", "long") == said("duration", "30-45") == (None, ["unparsed_duration"])


# --- how to reach people ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    ["06 39 98 12 34", "06.39.98.12.34", "06/39/98/12/34", "06-39-98-12-34", "0639981234", "639981234", 639981234, 639981234.0, 6.39981234e8,
     "639981234.0", "+33 6 39 98 12 34", "+33639981234", "0033639981234", "+33 (0)6 39 98 12 34", "33639981234", "06,39,98,12,34",
     "tél : 06 39 98 12 34", "06 39 98 12 34 / 06.39.98.12.34"],
)  # fmt: skip
def test_a_french_number_is_read_in_every_usual_writing(raw: Any) -> None:
    cleaned = clean("phone", raw, context())
    assert (cleaned.value, cleaned.flags, dict(cleaned.extra)) == ("+33639981234", (), {})


@pytest.mark.parametrize(
    "raw",
    ["0639981234; 05 36 49 99 68", "06 39 98 12 34 / 0536499968", "0639981234\n05.36.49.99.68", "06.39.98.12.34 - 05 36 49 99 68",
     "0639981234 ou 0536499968", "06 39 98 12 34 05 36 49 99 68", "06399812340536499968", "0639981234/0536499968",
     "06-39-98-12-34/05-36-49-99-68", "+33639981234, +33536499968", "639981234 / 536499968", "port 06 39 98 12 34 fixe 05 36 49 99 68"],
)  # fmt: skip
def test_two_numbers_in_a_cell_are_both_kept(raw: str) -> None:
    cleaned = clean("phone", raw, context())
    assert (cleaned.value, dict(cleaned.extra), cleaned.flags) == ("+33639981234", {"phone2": "+33536499968"}, ())


@pytest.mark.parametrize("raw", ["06 39 98 12 3; 05.36.49.99.68", "05.36.49.99.68 - 06 39 98 12 3"])
def test_the_sound_number_is_kept_beside_a_broken_one(raw: str) -> None:
    assert said("phone", raw) == ("+33536499968", ["invalid_phone"])


@pytest.mark.parametrize("raw", ["06 39 98 12 3", "06 39 98 12 345", "12", 6399812, "abc", "00 00 00 00 00"])
def test_a_number_of_the_wrong_length_is_said(raw: Any) -> None:
    assert said("phone", raw) == (None, ["invalid_phone"])


@pytest.mark.parametrize(
    "raw", ["", "-", "?", "néant", "pas de tel", "Pas de téléphone", "aucun", "sans", "n’a plus de tel", "NC"]
)
def test_no_telephone_is_nothing(raw: str) -> None:
    assert said("phone", raw) == (None, [])


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("0692 12 34 56", "+262692123456"),
        ("+262 692 12 34 56", "+262692123456"),
        ("0639 01 12 34", "+262639011234"),
        ("0690 30 12 34", "+590690301234"),
        ("0694 20 12 34", "+594694201234"),
        ("0696 20 12 34", "+596696201234"),
        ("+34 612 34 56 78", "+34612345678"),
    ],
)
def test_overseas_and_foreign_numbers_have_their_own_code(raw: str, number: str) -> None:
    assert said("phone", raw) == (number, [])


def test_words_beside_a_number_are_said() -> None:
    assert said("phone", "06 39 98 12 34 (sa mère)") == ("+33639981234", ["words_left_out"])


@pytest.mark.parametrize("raw", ["lea@exemple.fr", " LEA@EXEMPLE.FR ", "lea @ exemple.fr", "mailto:lea@exemple.fr", "Léa B. <lea@exemple.fr>", "lea@exemple.fr;", "<lea@exemple.fr>"])  # fmt: skip
def test_an_email_is_unwrapped(raw: str) -> None:
    assert said("email", raw) == ("lea@exemple.fr", [])


@pytest.mark.parametrize("raw", ["lea@exemple,fr", "lea@exemple, fr", "lea(at)exemple.fr"])
def test_a_slip_in_an_email_is_mended_and_said(raw: str) -> None:
    assert said("email", raw) == ("lea@exemple.fr", ["email_repaired"])


@pytest.mark.parametrize(
    "raw", ["léa@exemple.fr", "lea exemple.fr", "lea@exemple", "lea@@exemple.fr", "le a@exemple.fr", "voir dossier"]
)
def test_another_email_is_said(raw: str) -> None:
    assert said("email", raw) == (None, ["invalid_email"])


@pytest.mark.parametrize("raw", ["", "-", "non", "pas d’adresse", "aucun", "sans", "n'a pas de mail", "néant"])
def test_no_email_is_nothing(raw: str) -> None:
    assert said("email", raw) == (None, [])


def test_the_first_of_two_emails_is_kept_and_the_other_said() -> None:
    assert said("email", "lea@exemple.fr ; lb@exemple.org") == ("lea@exemple.fr", ["values_left_out"])


@pytest.mark.parametrize(
    ("raw", "url"),
    [("www.Exemple.fr", "https://www.exemple.fr"), ("http://exemple.fr/A?b=1", "http://exemple.fr/A?b=1"), ("", None)],
)
def test_a_site_address_is_completed(raw: str, url: str | None) -> None:
    assert said("url", raw) == (url, [])


def test_another_site_address_is_said() -> None:
    assert said("url", "javascript:alert(1)") == said("url", "mon site") == (None, ["invalid_url"])


# --- places ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw", [9000, 9000.0, "9000", "09000", "09 000", "F-09000", "09000 FOIX", "Foix 09000", "09000 FOIX CEDEX"]
)
def test_a_post_code_is_five_digits(raw: Any) -> None:
    assert said("postcode", raw) == ("09000", [])


@pytest.mark.parametrize("raw", ["09", "2A004", "011000", "B-1000", "Foix"])
def test_another_post_code_is_said(raw: str) -> None:
    assert said("postcode", raw) == (None, ["invalid_postcode"])


@pytest.mark.parametrize(
    ("raw", "city"),
    [
        ("ST GIRONS", "Saint-Girons"),
        ("St-Girons", "Saint-Girons"),
        ("SAINTE CROIX VOLVESTRE", "Sainte-Croix-Volvestre"),
        ("Ste Croix Volvestre", "Sainte-Croix-Volvestre"),
        ("LEZAT SUR LEZE", "Lézat-sur-Lèze"),
        ("CHALON S/SAONE", "Chalon-sur-Saône"),
        ("VILLENEUVE S/ LOT", "Villeneuve-sur-Lot"),
        ("L’UNION", "L'Union"),
        ("PAMIERS CEDEX", "Pamiers"),
        ("Toulouse Cedex 4", "Toulouse"),
        ("Foix (09)", "Foix"),
        ("Tour du Crieu (La)", "La Tour-du-Crieu"),
        ("BASTIDE DE SEROU", "La Bastide-de-Sérou"),
        ("PARIS 12", "Paris 12e Arrondissement"),
        ("Lyon 3ème", "Lyon 3e Arrondissement"),
        ("Nulle-Part-les-Oies", "Nulle-Part-les-Oies"),
        ("SAINT-REMY", "SAINT-REMY"),  # Saint-Rémy or Saint-Remy: capitals do not tell
        ("Saint-Rémy", "Saint-Rémy"),
    ],
)
def test_a_city_takes_its_official_name(raw: str, city: str) -> None:
    assert said("city", raw) == (city, [])


def test_a_damaged_city_is_not_kept() -> None:
    assert said("city", "Amb?rieu-en-Bugey") == (None, ["encoding_damage"])


@pytest.mark.parametrize("raw", ["09200 ST GIRONS", "9200 saint girons", "09200 - St Girons", "09200\nSaint-Girons", "Saint Girons (09200)", "09 200 ST GIRONS CEDEX"])  # fmt: skip
def test_a_post_code_and_a_city_in_one_cell_are_split(raw: str) -> None:
    cleaned = clean("postcode_city", raw, context())
    assert dict(cleaned.extra) == {"postcode": "09200", "city": "Saint-Girons"}
    assert cleaned.flags == ()


@pytest.mark.parametrize("raw", ["8 rue des Écoles - 09140 ERCE", "8 rue des Écoles, 09140 Ercé", "8 rue des Écoles\n09140 Ercé", "8 rue des Écoles 09140 Ercé CEDEX"])  # fmt: skip
def test_a_whole_address_is_split(raw: str) -> None:
    cleaned = clean("address", raw, context())
    assert (cleaned.value, dict(cleaned.extra)) == ("8 rue des Écoles", {"postcode": "09140", "city": "Ercé"})


def test_a_street_stays_whole() -> None:
    assert clean("address", "62 bis rue du 8 Mai 1945", context()) == Cleaned("62 bis rue du 8 Mai 1945")


# --- closed lists ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected", "spellings"),
    [
        ("gender", "F", ["F", "f", "Mme", "Mlle", "Féminin", "fém.", "femme", "2", 2, 2.0, "Madame", "fille"]),
        ("gender", "M", ["M", "m", "H", "M.", "Mr", "Monsieur", "Masculin", "masc.", "homme", "1", 1, "garçon"]),
        ("boolean", True, ["x", "X", "✓", "✔", "oui", "OUI", "O", "1", 1, 1.0, "B", "ok", "VRAI", True, "permis B", "oui (B)", "B + A"]),
        ("boolean", False, ["non", "Non", "N", "0", 0, 0.0, "FAUX", False, "pas encore", "non (code en cours)"]),
        ("partner_kind", "training", ["OF", "organisme de formation", "CFA", "Formations", "lycée"]),
        ("partner_kind", "justice", ["PJJ", "SPIP", "point-justice"]),
        ("partner_kind", "social", ["CCAS", "action sociale", "Centre social"]),
        ("partner_kind", "mobility", ["garage solidaire", "auto-école", "transports"]),
        ("appointment_outcome", "attended", ["venu", "Venue", "présent", "P", "ok", "honoré", "venue en retard", "presant"]),
        ("appointment_outcome", "absent", ["absent", "abs", "NV", "non venu", "pas venue", "n’est pas venu", "lapin", "absent non excusé", "abs injustifiée"]),
        ("appointment_outcome", "absent_excused", ["AE", "abs. exc.", "absent excusé", "excusée", "absente, a prévenu"]),
        ("appointment_outcome", "cancelled", ["annulé", "Annulée", "annulation", "annulé par la ML"]),
        ("appointment_outcome", "rescheduled", ["reporté", "report", "décalé", "reporté au 12/03"]),
        ("appointment_mode", "in_person", ["sur place", "présentiel", "physique", "bureau", "face à face"]),
        ("appointment_mode", "phone", ["tel", "Tél.", "téléphone", "par téléphone", "rdv tel"]),
        ("appointment_mode", "video", ["visio", "visioconférence", "Teams", "distanciel"]),
        ("young_status", "active", ["actif", "En cours", "suivi en cours", "en recherche d’emploi", "cherche CDI"]),
        ("young_status", "closed", ["clos", "Clôturé", "dossier clos le 12/03/2023", "sorti", "archivé", "fin de suivi"]),
        ("young_status", "in_employment", ["CDI", "CDD 6 mois", "emploi durable", "intérim", "sorti en emploi"]),
        ("young_status", "in_training", ["formation", "en formation AFPA", "apprentissage", "apprenti boulanger", "scolarisé"]),
        ("young_status", "transferred", ["déménagé", "muté ML Toulouse", "transfert"]),
        ("young_status", "lost_contact", ["perdu de vue", "PDV", "injoignable", "ne répond plus", "sans nouvelles depuis mars"]),
        ("action_status", "todo", ["", "non", "à faire", "pas fait", "non fait", False]),
        ("action_status", "doing", ["en cours", "commencé"]),
        ("action_status", "done", ["fait", "OK", "x", "✓", "oui", "terminé", "Réalisée", True]),
        ("action_status", "cancelled", ["annulé", "abandonné", "sans suite"]),
    ],
)  # fmt: skip
def test_closed_lists_understand_what_offices_write(name: str, expected: Any, spellings: list[Any]) -> None:
    assert {str(raw): said(name, raw) for raw in spellings} == {str(raw): (expected, []) for raw in spellings}


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("young_status", "voir avec la direction"), ("young_status", "bof"), ("young_status", "sans emploi"), ("young_status", "fin de formation"),
        ("appointment_outcome", "??"), ("appointment_mode", "mail"), ("partner_kind", "autre"), ("gender", "H/F"), ("boolean", "en cours"),
        ("action_status", "relancé le 12/03/2024"), ("boolean", "B en cours"), ("education_level", "CAP 1ère année"), ("education_level", "bac pro non obtenu"), ("education_level", "autre"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said(name: str, raw: str) -> None:
    assert said(name, raw) == (None, ["unmapped_value"])


@pytest.mark.parametrize(
    ("raw", "programmes"),
    [
        ("CEJ", ["CEJ"]), ("C.E.J.", ["CEJ"]), ("c e j", ["CEJ"]), ("Contrat d’engagement jeune", ["CEJ"]), ("CEJ depuis 03/2022", ["CEJ"]),
        ("P.A.C.E.A", ["PACEA"]), ("pacéa", ["PACEA"]), ("PACEA signé le 12/03/2022", ["PACEA"]), ("OF 16/18", ["OBLIGATION_FORMATION"]),
        ("Oblig. de formation", ["OBLIGATION_FORMATION"]), ("gar. jeunes", ["GARANTIE_JEUNES"]), ("garanti jeunes", ["GARANTIE_JEUNES"]),
        ("PACEA puis CEJ", ["PACEA", "CEJ"]), ("pacea + GJ", ["PACEA", "GARANTIE_JEUNES"]), ("PACEA/Gar. Jeunes", ["PACEA", "GARANTIE_JEUNES"]),
        ("civis\nCEJ", ["CIVIS", "CEJ"]), ("PACEA & OF 16-18", ["PACEA", "OBLIGATION_FORMATION"]), ("RAS", []), ("-", []), ("aucun", []),
    ],
)  # fmt: skip
def test_programmes_are_a_list(raw: str, programmes: list[str]) -> None:
    assert said("programmes", raw) == (programmes, [])


def test_two_programmes_without_separator_are_both_found() -> None:
    assert sorted(value("programmes", "PACEA CEJ")) == sorted(value("programmes", "CEJ-PACEA")) == ["CEJ", "PACEA"]


@pytest.mark.parametrize(
    ("raw", "kept"), [("voir dossier", []), ("AIJ ?", []), ("refus CEJ", []), ("PACEA, autre", ["PACEA"])]
)
def test_the_parts_understood_are_kept_beside_those_that_are_not(raw: str, kept: list[str]) -> None:
    assert said("programmes", raw) == (kept, ["unmapped_value"])


@pytest.mark.parametrize(
    ("raw", "barriers"),
    [
        ("mobilité, logement", ["mobility", "housing"]), ("santé + garde d’enfant", ["health", "childcare"]), ("permis\nFLE", ["mobility", "language"]),
        ("pb de transport / budget", ["mobility", "money"]), ("mobilté", ["mobility"]), ("numérique et justice", ["digital", "justice"]),
        ("Lire, écrire, compter", ["language"]), ("RAS", []), ("aucun frein", []), ("pas de problème de santé", []), ("logement ok", []),
    ],
)  # fmt: skip
def test_barriers_are_a_list_and_ras_is_none(raw: str, barriers: list[str]) -> None:
    assert said("barriers", raw) == (barriers, [])


@pytest.mark.parametrize(
    ("level", "spellings"),
    [
        ("none", ["sans diplôme", "Sans dipl.", "aucun", "VI", "V bis", "Niv. Vbis", "5 bis", "Brevet", "DNB", "3ème", "collège", "CFG", "infra V"]),
        ("3", ["CAP", "CAP cuisine", "BEP", "V", "niv V", "NIV.V", "Niveau V", "3 - CAP/BEP", "niveau CAP"]),
        ("4", ["bac", "Bac pro vente", "BAC STMG", "baccalauréat", "IV", "niveau IV (bac)", "brevet professionnel", "BP coiffure", "Bac+1"]),
        ("5", ["Bac+2", "bac + 2", "BTS", "DUT", "III", "Niv. III"]),
        ("6", ["Licence pro", "Bac+3", "II", "BUT", "maîtrise"]),
        ("7", ["Master", "bac +5", "I", "doctorat", "M2"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("year", [None, 2014, 2024])
def test_diplomas_and_roman_levels_mean_the_same_in_every_year(
    level: str, spellings: list[str], year: int | None
) -> None:
    found = {raw: said("education_level", raw, year=year) for raw in spellings}
    assert found == {raw: (level, []) for raw in spellings}


@pytest.mark.parametrize("raw", ["niveau 4", "niv 4", "N4", "4", 4, 4.0])
def test_an_arabic_level_is_ambiguous_before_2019_only(raw: Any) -> None:
    assert said("education_level", raw, year=2018) == (None, ["ambiguous_level"])
    assert said("education_level", raw, year=2019) == said("education_level", raw) == ("4", [])


@pytest.mark.parametrize(
    ("counsellor", "spellings"),
    [
        (KARIM, ["KB", "kb", "K.B.", "Benali", "M. Benali", "BENALI Karim", "Karim BENALI", "K. Benali", "benali k.", "Karim"]),
        (NADIA, ["NEA", "nea", "Mme El Amrani", "EL-AMRANI", "N. El Amrani", "Nadia El Amrani"]),
        (LUC, ["JLP", "Jean-Luc PONS-MARTY", "J-L Pons Marty", "JL Pons-Marty", "M. Pons-Marty"]),
        (CECILE, ["Mme Lopez", "Cecile LOPEZ", "C. Lopez"]),
    ],
)  # fmt: skip
def test_a_counsellor_is_known_by_many_names(counsellor: Counsellor, spellings: list[str]) -> None:
    assert {raw: said("counsellor", raw) for raw in spellings} == {raw: (counsellor.key, []) for raw in spellings}


def test_two_candidates_or_nobody_are_said() -> None:
    assert said("counsellor", "CL") == said("counsellor", "KB / NEA") == (None, ["ambiguous_counsellor"])
    assert said("counsellor", "Mme Vidal") == said("counsellor", "stagiaire") == (None, ["unknown_counsellor"])
    assert said("counsellor", "non attribué") == (None, [])


@pytest.mark.parametrize(
    "raw",
    ["fait le 12/03/2024", "OK 12/03/24", "fait le 12/03", "12/03/2024", "le 12 mars 2024", date(2024, 3, 12), 45363],
)
def test_an_action_done_gives_its_date(raw: Any) -> None:
    cleaned = clean("action_status", raw, context(year=2024))
    assert (cleaned.value, dict(cleaned.extra)) == ("done", {"done_date": date(2024, 3, 12)})


@pytest.mark.parametrize(
    ("choices", "name"),
    [
        (Gender, "gender"), (AppointmentMode, "appointment_mode"), (AppointmentOutcome, "appointment_outcome"), (ActionStatus, "action_status"),
        (EducationLevel, "education_level"), (FileStatus, "young_status"), (BarrierTheme, "barriers"),
    ],
)  # fmt: skip
def test_the_labels_of_our_own_lists_come_back_from_a_sheet(choices: Any, name: str) -> None:
    read = [clean(name, choice.label, context()) for choice in choices]
    assert all(one.value and not one.flags for one in read)
    assert len({str(one.value) for one in read}) == len(read)


@pytest.mark.parametrize(
    ("raw", "positions"),
    [
        ("serveur / boulanger", ["serveur", "boulanger"]), ("aide-soignant\nvendeuse", ["aide-soignant", "vendeuse"]),
        ("vendeur/vendeuse", ["vendeur/vendeuse"]), ("cuisinier H/F, plongeur", ["cuisinier H/F", "plongeur"]), ("-", []),
    ],
)  # fmt: skip
def test_positions_are_a_list_of_words(raw: str, positions: list[str]) -> None:
    assert said("positions", raw) == (positions, [])


# --- firms and numbers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        "73282932000074",
        "732 829 320 00074",
        "732.829.320.00074",
        73282932000074,
        73282932000074.0,
        "SIRET : 73282932000074",
    ],
)
def test_a_siret_gives_its_siren(raw: Any) -> None:
    cleaned = clean("siret", raw, context())
    assert (cleaned.value, cleaned.flags, dict(cleaned.extra)) == ("73282932000074", (), {"siren": "732829320"})


@pytest.mark.parametrize(
    ("raw", "siret"),
    [
        (542012000015, "00542012000015"),
        ("542012000015", "00542012000015"),
        ("356 000 000 00048", "35600000000048"),
        ("35600000049837", "35600000049837"),
    ],
)
def test_lost_zeros_come_back_and_the_post_office_has_its_own_key(raw: Any, siret: str) -> None:
    assert said("siret", raw) == (siret, [])


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("732 829 320", "siren_only"), ("732829320", "siren_only"), ("FR 44 732 829 320", "siren_only"), ("8,43E+13", "siret_digits_lost"),
        ("8.43E+13", "siret_digits_lost"), ("73282932000075", "invalid_siret"), ("732829320000", "invalid_siret"), ("abc", "invalid_siret"),
    ],
)  # fmt: skip
def test_another_siret_is_said(raw: str, code: str) -> None:
    cleaned = clean("siret", raw, context())
    assert (cleaned.value, codes(cleaned)) == (None, [code])
    assert dict(cleaned.extra) == ({"siren": "732829320"} if code == "siren_only" else {})


@pytest.mark.parametrize("raw", ["732829320", "732 829 320", 732829320.0, "732 829 320 00074", "FR44732829320"])
def test_a_siren_is_nine_digits(raw: Any) -> None:
    assert said("siren", raw) == ("732829320", [])


@pytest.mark.parametrize(
    ("raw", "low", "high"),
    [
        ("10 à 19", 10, 19), ("10-19", 10, 19), ("de 10 à 19 salariés", 10, 19), ("< 10", None, 9), ("moins de 10", None, 9), ("<= 10", None, 10),
        ("env. 50", 50, 50), ("environ 50", 50, 50), ("50 salariés", 50, 50), (50, 50, 50), (50.0, 50, 50), ("> 50", 51, None), ("50 et plus", 50, None),
        ("50+", 50, None), ("1 000 à 1 999", 1000, 1999), ("2 500", 2500, 2500), ("0", 0, 0), ("", None, None), ("NC", None, None),
    ],
)  # fmt: skip
def test_a_headcount_is_two_bounds(raw: Any, low: int | None, high: int | None) -> None:
    cleaned = clean("headcount", raw, context())
    assert (dict(cleaned.extra), cleaned.flags) == ({"headcount_min": low, "headcount_max": high}, ())


@pytest.mark.parametrize("raw", [date(2021, 9, 5), datetime(2021, 9, 5), 43757.0, "19-oct", "oct-19", "10/19/2019"])
def test_a_headcount_that_became_a_date_is_said(raw: Any) -> None:
    assert clean("headcount", raw, context()).flags == (Flag("headcount", "date_in_number_column"),)


@pytest.mark.parametrize(
    ("name", "raw", "number"),
    [
        ("offers_count", "2 postes", 2), ("offers_count", "0 (commis)", 0), ("offers_count", "aucune", 0), ("offers_count", "deux CDD", 2),
        ("integer", 2.0, 2), ("integer", "1 200", 1200), ("integer", "3 personnes", 3), ("decimal", "1 234,50 €", Decimal("1234.50")),
        ("decimal", 12.5, Decimal("12.5")), ("decimal", "12.5", Decimal("12.5")),
    ],
)  # fmt: skip
def test_numbers_are_read_with_their_words(name: str, raw: Any, number: int | Decimal) -> None:
    assert said(name, raw) == (number, [])


@pytest.mark.parametrize(
    ("name", "raw"),
    [("integer", "2,5"), ("integer", "2-3"), ("integer", 1e20), ("offers_count", "plusieurs"), ("decimal", "inf")],
)
def test_another_number_is_said(name: str, raw: Any) -> None:
    assert said(name, raw) == (None, ["unparsed_number"])


# --- what people read ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [*_SENTENCES, "a code from elsewhere"])
def test_each_code_has_a_sentence_with_a_remedy_and_french_spaces(code: str) -> None:
    sentence = explain(code, "12 {rue} ?")
    assert sentence.endswith(".")
    assert " :" not in sentence and "« " not in sentence and "{raw}" not in sentence
    assert explain(code) and "None" not in explain(code)


def test_a_sentence_counts_the_missing_digits() -> None:
    assert explain("invalid_phone", "06 39 98 7").startswith(
        "Il manque trois chiffres au numéro de téléphone\u00a0: «\u00a006 39 98 7\u00a0»."
    )


def test_a_social_security_number_is_never_quoted() -> None:
    for code in ("nir_removed", "unmapped_value", "unparsed_date"):
        assert "85" not in explain(code, f"voir {NIR}")
        assert "85" not in explain(code, 285057800608441.0)


def test_a_long_cell_is_quoted_short() -> None:
    assert len(explain("unmapped_value", "mot " * 200)) < 200


@pytest.mark.parametrize(
    ("name", "clean_value", "shown"),
    [
        ("phone", "+33639981234", "06 39 98 12 34"),
        ("phone", "+262692123456", "06 92 12 34 56"),
        ("phone", "+34612345678", "+34 612 34 56 78"),
        ("date", date(2004, 3, 12), "12/03/2004"),
        ("time", time(9, 5), "9 h 05"),
        ("duration", 45, "45 min"),
        ("duration", 90, "1 h 30"),
        ("boolean", True, "oui"),
        ("boolean", False, "non"),
        ("siret", "73282932000074", "732 829 320 00074"),
        ("integer", 43200, "43\u202f200"),
        ("decimal", Decimal("1234.50"), "1\u202f234,50"),
        ("positions", ["serveur", "plongeur"], "serveur, plongeur"),
        ("text", None, ""),
    ],
)
def test_a_clean_value_is_shown_as_french_writes_it(name: str, clean_value: Any, shown: str) -> None:
    assert display(name, clean_value) == shown


@pytest.mark.parametrize("name", ["phone", "date", "siret", "siren", "boolean", "positions"])
def test_what_is_shown_is_read_back(name: str) -> None:
    raw = {
        "phone": "0692 12 34 56",
        "date": "12/03/2004",
        "siret": "73282932000074",
        "siren": "732829320",
        "boolean": "x",
        "positions": "a, b",
    }[name]
    assert value(name, display(name, value(name, raw))) == value(name, raw)


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("02 96 00 14 06 (standard)", "+33296001406"),
        ("02.96.00.14.06 / 06 39 98 11 22", "+33296001406"),
        ("tél 06-00-12-34-56", "+33600123456"),
    ],
)
def test_two_zeros_inside_a_number_are_no_foreign_prefix(raw: str, number: str) -> None:
    assert said("phone", raw) == (number, [])


def test_the_extension_of_a_switchboard_is_left_out_and_said() -> None:
    assert said("phone", "02 96 00 14 09 poste 12") == ("+33296001409", ["words_left_out"])


@pytest.mark.parametrize(
    ("raw", "key"), [("Jean-Luc P.", LUC.key), ("J.-L. Pons-Marty", LUC.key), ("Karim B", KARIM.key)]
)
def test_a_counsellor_is_known_by_first_name_and_initial(raw: str, key: str) -> None:
    assert said("counsellor", raw) == (key, [])


def test_a_civility_before_a_counsellor_is_no_initial() -> None:
    marc = Counsellor("NAUDIN Marc", "NAUDIN", "Marc", "MN")
    flore = Counsellor("NAUDIN Flore", "NAUDIN", "Flore", "FN")
    cleaned = clean("counsellor", "M. Naudin", Context(date(2025, 1, 15), counsellors=(marc, flore)))
    assert (cleaned.value, codes(cleaned)) == (None, ["ambiguous_counsellor"])


@pytest.mark.parametrize("raw", ["née Picard", "Née : PICARD", "(née Picard)"])
def test_a_birth_name_loses_the_word_that_announces_it(raw: str) -> None:
    assert value("birth_name", raw) == "PICARD"


@pytest.mark.parametrize(
    ("raw", "count"), [("une vingtaine", 20), ("environ une centaine", 100), ("dizaine de salariés", 10)]
)
def test_a_round_headcount_in_words_is_read(raw: str, count: int) -> None:
    extra = clean("headcount", raw, context()).extra
    assert (extra["headcount_min"], extra["headcount_max"]) == (count, count)


def test_signed_on_a_day_is_signed() -> None:
    assert said("boolean", "signée le 12/03/2024") == (True, [])


def test_an_action_without_object_any_more_is_cancelled() -> None:
    assert said("action_status", "sans objet") == (ActionStatus.CANCELLED, [])
