"""Passwords: long ones pass, guessable ones do not, and the hash is one that Flask-Security reads."""

import pytest

from ml_admin.passwords import hash_password, matches, refusals

SALT = "s" * 40
CLAIRE = ("claire.martin", "claire.martin@ml-rieumajou.example", "Claire MARTIN", "Mission Locale de Rieumajou")


@pytest.mark.parametrize(
    "password",
    [
        "tambour cerise vallon",
        "Tambour-Cerise-42",
        "x7Kq!mZ2vLp9",
        "éléphant sous la pluie",
        "cheval soleil tambour rouge",
        "Claire aime les orages d’été",
        "密码密码很长很长的句子吗对",
        "phrase de passe " * 16,
    ],
)
def test_a_long_password_without_rules_of_composition_is_accepted(password):
    assert refusals(password[:256], CLAIRE) == []


@pytest.mark.parametrize("password", ["", "court", "onze caract"])
def test_less_than_twelve_characters_is_refused(password):
    assert "au moins 12 caractères" in refusals(password)[0]


def test_more_than_256_characters_is_refused():
    assert "au plus 256" in refusals("tambour cerise " * 20)[0]


@pytest.mark.parametrize(
    "password",
    [
        "motdepasse123",
        "MotDePasse2024!",
        "mot de passe 2025",
        "P@ssw0rd1234",
        "Password2024!",
        "azertyuiop12",
        "AzertyUiop!!",
        "qwertyuiop[]",
        "soleilsoleil",
        "marseille13013",
        "Bienvenue2025!",
        "123456azerty",
        "1qaz2wsx3edc",
        "changezmoi12",
        "unbelievable",
    ],
)
def test_a_common_password_is_refused_whatever_is_put_around_it(password):
    assert "qu’on essaie en premier" in refusals(password)[0]


@pytest.mark.parametrize(
    "password",
    ["aaaaaaaaaaaaaaa", "abababababab", "123456789012", "abcdefghijkl", "azertyqsdfghwxcvbn", "987654321098"],
)
def test_keys_in_a_row_or_repeated_are_refused(password):
    assert refusals(password)


@pytest.mark.parametrize(
    "password", ["claire.martin2024", "MartinClaire!!12", "Rieumajou2025!!", "La Mission Locale 31", "martin-rieumajou"]
)
def test_the_names_that_everybody_knows_are_refused(password):
    assert "votre nom" in refusals(password, CLAIRE)[0]


def test_a_hash_is_argon2id_salted_and_matches_its_password_alone():
    first, second = hash_password("tambour cerise vallon", SALT), hash_password("tambour cerise vallon", SALT)
    assert first.startswith("$argon2id$")
    assert first != second
    assert matches("tambour cerise vallon", first, SALT)
    assert not matches("tambour cerise vallons", first, SALT)
    assert not matches("tambour cerise vallon", first, "t" * 40)


def test_no_password_matches_an_account_without_one():
    assert not matches("nobody", None, SALT)
    assert not matches("", "", SALT)
    assert not matches("x", "not a hash", SALT)


def test_accents_typed_in_two_ways_are_the_same_password():
    assert matches("e\u0301te\u0301 sous la pluie", hash_password("\u00e9t\u00e9 sous la pluie", SALT), SALT)
