"""The settings: good defaults, and one French sentence for each wrong value."""

import stat
from pathlib import Path

import pytest

from ml_admin.config import KEYS, ConfigurationError, Settings

LONG = "k" * 40


def settings(folder: Path, **given: str) -> Settings:
    return Settings.from_environment({"ML_ADMIN_DATA": str(folder), **given})


def refusal(folder: Path, **given: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        settings(folder, **given)
    return str(caught.value)


def test_without_any_setting_a_sqlite_file_is_used_in_the_data_folder(tmp_path):
    made = settings(tmp_path / "data")
    assert made.sqlite_file == tmp_path / "data" / "ml_admin.sqlite"
    assert made.is_sqlite
    assert made.timezone.key == "Europe/Paris"
    assert (made.session_idle.total_seconds(), made.session_limit.total_seconds()) == (1800, 36000)


def test_the_data_folder_is_closed_to_other_users(tmp_path):
    settings(tmp_path / "data")
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_keys_are_made_once_and_kept_in_private_files(tmp_path):
    first = settings(tmp_path)
    second = settings(tmp_path)
    assert (first.secret_key, first.password_salt, first.totp_key) == (
        second.secret_key,
        second.password_salt,
        second.totp_key,
    )
    assert len({first.secret_key, first.password_salt, first.totp_key}) == 3
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in KEYS.values()} == {0o600}
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(KEYS.values())


def test_a_key_of_the_environment_wins_over_the_file(tmp_path):
    settings(tmp_path)
    assert settings(tmp_path, ML_ADMIN_SECRET_KEY=LONG).secret_key == LONG


def test_secrets_do_not_show_in_a_traceback(tmp_path):
    made = settings(
        tmp_path,
        DATABASE_URL="postgresql://ml:motdepasse@serveur/base",
        ML_ADMIN_DEMO_PASSWORD="phrase de passe",
        **dict.fromkeys(KEYS, LONG),
    )
    assert not [secret for secret in (LONG, "motdepasse", "phrase de passe") if secret in repr(made)]


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_is_reached_with_psycopg_whatever_the_spelling(tmp_path, scheme):
    made = settings(tmp_path, DATABASE_URL=f"{scheme}://ml:mot%2Fpasse@serveur:5433/base", **dict.fromkeys(KEYS, LONG))
    assert made.database_url == "postgresql+psycopg://ml:mot%2Fpasse@serveur:5433/base"
    assert made.sqlite_file is None


@pytest.mark.parametrize("missing", KEYS)
def test_with_postgresql_each_key_must_be_given(tmp_path, missing):
    keys = {name: LONG for name in KEYS if name != missing}
    assert refusal(tmp_path, DATABASE_URL="postgresql://serveur/base", **keys).startswith(f"{missing} manque")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", "n’importe quoi", "n’est pas une adresse de base"),
        ("DATABASE_URL", "mysql://serveur/base", "n’est pas pris en charge"),
        ("DATABASE_URL", "sqlite://", "ne garde rien"),
        ("DATABASE_URL", "sqlite:///:memory:", "ne garde rien"),
        ("DATABASE_URL", "postgresql://serveur", "il manque le nom de la base"),
        ("DATABASE_URL", "postgresql://serveur:port/base", "n’est pas une adresse de base"),
        ("ML_ADMIN_SECRET_KEY", "courte", "moins de 32 caractères"),
        ("ML_ADMIN_DEMO_PASSWORD", "court", "au moins 12 caractères"),
        ("ML_ADMIN_TRUSTED_HOSTS", "http://admin.exemple.fr", "n’est pas un nom de serveur"),
        ("ML_ADMIN_TRUSTED_HOSTS", "admin.exemple.fr:443", "n’est pas un nom de serveur"),
        ("ML_ADMIN_PROXIES", "un", "nombre entier de 0 à 5"),
        ("ML_ADMIN_PROXIES", "-1", "nombre entier de 0 à 5"),
        ("ML_ADMIN_PROXIES", "1", "donnez aussi ML_ADMIN_TRUSTED_HOSTS"),
        ("ML_ADMIN_HTTPS", "peut-être", "Donnez 1 (oui) ou 0 (non)"),
        ("ML_ADMIN_TIMEZONE", "Europe/Rieumajou", "n’est pas un fuseau connu"),
        ("ML_ADMIN_TIMEZONE", "../../etc/passwd", "n’est pas un fuseau connu"),
        ("ML_ADMIN_SESSION_IDLE_MINUTES", "0", "nombre entier de 5 à 720"),
        ("ML_ADMIN_SESSION_HOURS", "48", "nombre entier de 1 à 24"),
        ("ML_ADMIN_UPLOAD_MB", "5000", "nombre entier de 1 à 500"),
        ("ML_ADMIN_NAME", "M" * 81, "80 caractères au plus"),
        ("ML_ADMIN_PROXY", "1", "Vouliez-vous dire ML_ADMIN_PROXIES"),
        ("ML_ADMIN_XYZ", "1", "Réglages connus"),
    ],
)
def test_a_wrong_value_stops_the_start_with_a_sentence(tmp_path, name, value, words):
    sentence = refusal(tmp_path, **{name: value})
    assert words in sentence
    assert name in sentence


def test_the_password_of_a_wrong_address_is_not_repeated(tmp_path):
    assert "sesame-ouvre" not in refusal(tmp_path, DATABASE_URL="postgresql://ml:sesame-ouvre@serveur:port/base")


def test_a_data_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "data").write_text("")
    assert "ne peut pas être créé" in refusal(tmp_path / "data")


def test_a_damaged_key_file_is_refused(tmp_path):
    (tmp_path / "secret_key").write_bytes(b"\xff\xfe")
    assert "ne peut être ni lu ni créé" in refusal(tmp_path)


def test_an_empty_key_file_is_refused_rather_than_signing_with_nothing(tmp_path):
    (tmp_path / "secret_key").write_text("")
    assert "moins de 32 caractères" in refusal(tmp_path)


@pytest.mark.parametrize(("word", "meaning"), [("1", True), ("oui", True), ("Non", False), ("", False)])
def test_yes_and_no_are_understood(tmp_path, word, meaning):
    assert settings(tmp_path, ML_ADMIN_HTTPS=word).https is meaning


def test_several_trusted_hosts_are_separated_by_commas(tmp_path):
    made = settings(tmp_path, ML_ADMIN_TRUSTED_HOSTS="admin.exemple.fr, .interne", ML_ADMIN_PROXIES="1")
    assert made.trusted_hosts == ("admin.exemple.fr", ".interne")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1", "[::1]"])
def test_this_machine_alone_needs_no_warning(tmp_path, host):
    assert settings(tmp_path).warning_for(host) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.10", "admin.exemple.fr"])
def test_an_address_open_to_the_network_warns_unless_served_over_https(tmp_path, host):
    assert "sans HTTPS" in settings(tmp_path).warning_for(host)
    assert settings(tmp_path, ML_ADMIN_HTTPS="1").warning_for(host) is None
