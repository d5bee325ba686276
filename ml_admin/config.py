"""The settings of one installation, read from the environment; a wrong value stops the start with a sentence."""

import ipaddress
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

KEY_LENGTH: Final = 32  # characters: 128 bits even where someone types hexadecimal

_YES = frozenset({"1", "true", "yes", "on", "oui", "vrai"})
_NO = frozenset({"0", "false", "no", "off", "non", "faux"})
_HOST = re.compile(r"\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:]+\]")

KEYS: Final[Mapping[str, str]] = {
    "ML_ADMIN_SECRET_KEY": "secret_key",
    "ML_ADMIN_PASSWORD_SALT": "password_salt",
    "ML_ADMIN_TOTP_KEY": "totp_key",
}
NAMES: Final = (
    "ML_ADMIN_DATA",
    *KEYS,
    "ML_ADMIN_DEMO_PASSWORD",
    "ML_ADMIN_TRUSTED_HOSTS",
    "ML_ADMIN_PROXIES",
    "ML_ADMIN_HTTPS",
    "ML_ADMIN_TIMEZONE",
    "ML_ADMIN_SESSION_IDLE_MINUTES",
    "ML_ADMIN_SESSION_HOURS",
    "ML_ADMIN_UPLOAD_MB",
    "ML_ADMIN_NAME",
)


class ConfigurationError(Exception):
    """A setting that cannot be used; the text is a French sentence for whoever starts the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an installation may choose. Keys and the database's password stay out of `repr`."""

    data: Path
    database_url: str = field(repr=False)  # sqlite:///… or postgresql+psycopg://…
    secret_key: str = field(repr=False)
    password_salt: str = field(repr=False)
    totp_key: str = field(repr=False)
    demo_password: str | None = field(default=None, repr=False)
    trusted_hosts: tuple[str, ...] = ()  # empty: any name is answered
    proxies: int = 0  # reverse proxies whose X-Forwarded-* headers are believed
    https: bool = False  # served over TLS: Secure cookies, HSTS
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Paris"))
    session_idle: timedelta = timedelta(minutes=30)
    session_limit: timedelta = timedelta(hours=10)  # counted from the sign-in
    upload_mb: int = 50
    name: str = "Mission Locale"

    @property
    def upload_bytes(self) -> int:
        return self.upload_mb * 1024 * 1024

    @property
    def is_sqlite(self) -> bool:
        return make_url(self.database_url).get_backend_name() == "sqlite"

    @property
    def sqlite_file(self) -> Path | None:
        """The file of an SQLite database, None with PostgreSQL."""
        return Path(make_url(self.database_url).database or "") if self.is_sqlite else None

    @staticmethod
    def loopback(host: str) -> bool:
        """Whether `host` is reached from this machine alone."""
        if host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host.strip("[]")).is_loopback
        except ValueError:
            return False

    def warning_for(self, host: str) -> str | None:
        """The French warning to print when `host` is open to the network without TLS; None when all is well."""
        if self.loopback(host) or self.https:
            return None
        return (
            f"L’adresse {host} est ouverte au réseau sans HTTPS : mots de passe et dossiers y passent en clair. "
            "Placez un serveur HTTPS devant (voir README), puis donnez ML_ADMIN_HTTPS=1 et ML_ADMIN_PROXIES=1."
        )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Read every setting; makes the data folder (0700) and, with SQLite, the missing keys (files 0600).

        Raises ConfigurationError with a French sentence.
        """
        _refuse_unknown(environ)
        data = _folder(environ)
        url = _database_url(environ, data)
        hosts = _hosts(environ)
        proxies = _integer(environ, "ML_ADMIN_PROXIES", 0, 0, 5)
        if proxies and not hosts:
            raise ConfigurationError(
                f"ML_ADMIN_PROXIES vaut {proxies} : donnez aussi ML_ADMIN_TRUSTED_HOSTS, "
                "les noms sous lesquels le site est servi (exemple : admin.exemple.fr)."
            )
        return cls(
            data=data,
            database_url=url.render_as_string(hide_password=False),
            **_keys(environ, data, may_make=url.get_backend_name() == "sqlite"),
            demo_password=_demo_password(environ),
            trusted_hosts=hosts,
            proxies=proxies,
            https=_boolean(environ, "ML_ADMIN_HTTPS"),
            timezone=_timezone(environ),
            session_idle=timedelta(minutes=_integer(environ, "ML_ADMIN_SESSION_IDLE_MINUTES", 30, 5, 720)),
            session_limit=timedelta(hours=_integer(environ, "ML_ADMIN_SESSION_HOURS", 10, 1, 24)),
            upload_mb=_integer(environ, "ML_ADMIN_UPLOAD_MB", 50, 1, 500),
            name=_name(environ),
        )


def _given(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "").strip()


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    # a misspelt name would leave the default in force without a word
    for name in sorted(environ):
        if name.startswith("ML_ADMIN_") and name not in NAMES:
            near = get_close_matches(name, NAMES, n=1, cutoff=0.8)
            hint = f" Vouliez-vous dire {near[0]} ?" if near else f" Réglages connus : {', '.join(NAMES)}."
            raise ConfigurationError(f"Le réglage {name} n’existe pas.{hint}")


def _folder(environ: Mapping[str, str]) -> Path:
    folder = Path(_given(environ, "ML_ADMIN_DATA") or "data").expanduser().absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"ML_ADMIN_DATA : le dossier {folder} ne peut pas être créé ({error.strerror}). Donnez un autre dossier."
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigurationError(
            f"ML_ADMIN_DATA : le programme n’a pas le droit d’écrire dans {folder}. Donnez-lui ce droit, ou un autre dossier."
        )
    return folder


def _database_url(environ: Mapping[str, str], data: Path) -> URL:
    given = _given(environ, "DATABASE_URL")
    if not given:
        return URL.create("sqlite", database=str(data / "ml_admin.sqlite"))
    try:
        url = make_url(re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", given))
    except (ArgumentError, ValueError):
        # `from None`: the parser's own message repeats the address, password included
        raise ConfigurationError(
            "DATABASE_URL n’est pas une adresse de base. Exemple : postgresql://utilisateur:motdepasse@serveur/base."
        ) from None
    if url.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise ConfigurationError(
            f"DATABASE_URL : « {url.drivername} » n’est pas pris en charge. Donnez sqlite:///… ou postgresql://…"
        )
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise ConfigurationError(
            "DATABASE_URL : une base SQLite en mémoire ne garde rien. Donnez un fichier, par exemple sqlite:///data/ml_admin.sqlite."
        )
    if url.get_backend_name() == "postgresql" and not url.database:
        raise ConfigurationError("DATABASE_URL : il manque le nom de la base, après le nom du serveur et « / ».")
    return url


def _keys(environ: Mapping[str, str], data: Path, *, may_make: bool) -> dict[str, str]:
    return {attribute: _key(environ, name, data / attribute, may_make) for name, attribute in KEYS.items()}


def _key(environ: Mapping[str, str], name: str, file: Path, may_make: bool) -> str:
    key = _given(environ, name)
    if not key and not may_make:
        # several processes or machines share that database: a key made by one of them would lock the others out
        raise ConfigurationError(
            f"{name} manque : avec PostgreSQL, donnez {', '.join(KEYS)} dans l’environnement "
            '(python -c "import secrets; print(secrets.token_urlsafe(48))" en fabrique une).'
        )
    key = key or _key_in(file)
    if len(key) < KEY_LENGTH:
        source = f"le fichier {file}" if not _given(environ, name) else name
        raise ConfigurationError(f"{name} : la clé donnée par {source} a moins de {KEY_LENGTH} caractères.")
    return key


def _key_in(file: Path) -> str:
    try:
        if not file.exists():
            _make_key(file)
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"Le fichier de clé {file} ne peut être ni lu ni créé. Vérifiez les droits du dossier de données."
        ) from error


def _make_key(file: Path) -> None:
    # written whole under another name, then linked: two processes starting together end with the same key
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")  # 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(48) + "\n")
        os.link(draft, file)
    except FileExistsError:
        return
    finally:
        os.unlink(draft)


def _demo_password(environ: Mapping[str, str]) -> str | None:
    password = environ.get("ML_ADMIN_DEMO_PASSWORD", "")
    if password and len(password) < 12:
        raise ConfigurationError("ML_ADMIN_DEMO_PASSWORD : donnez au moins 12 caractères.")
    return password or None


def _hosts(environ: Mapping[str, str]) -> tuple[str, ...]:
    hosts = tuple(part.strip() for part in _given(environ, "ML_ADMIN_TRUSTED_HOSTS").split(",") if part.strip())
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise ConfigurationError(
                f"ML_ADMIN_TRUSTED_HOSTS : « {host} » n’est pas un nom de serveur. "
                "Donnez des noms séparés par des virgules, sans http:// ni port (exemple : admin.exemple.fr)."
            )
    return hosts


def _integer(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    given = _given(environ, name)
    if not given:
        return default
    if not re.fullmatch(r"[0-9]{1,6}", given) or not least <= int(given) <= most:
        raise ConfigurationError(f"{name} : « {given} » ne convient pas. Donnez un nombre entier de {least} à {most}.")
    return int(given)


def _boolean(environ: Mapping[str, str], name: str) -> bool:
    given = _given(environ, name).casefold()
    if given and given not in _YES | _NO:
        raise ConfigurationError(f"{name} : « {given} » ne convient pas. Donnez 1 (oui) ou 0 (non).")
    return given in _YES


def _timezone(environ: Mapping[str, str]) -> ZoneInfo:
    given = _given(environ, "ML_ADMIN_TIMEZONE") or "Europe/Paris"
    try:
        return ZoneInfo(given)
    except (KeyError, ValueError, OSError):
        raise ConfigurationError(
            f"ML_ADMIN_TIMEZONE : « {given} » n’est pas un fuseau connu. Exemples : Europe/Paris, Indian/Reunion, America/Cayenne."
        ) from None


def _name(environ: Mapping[str, str]) -> str:
    name = _given(environ, "ML_ADMIN_NAME") or "Mission Locale"
    if len(name) > 80 or not name.isprintable():
        raise ConfigurationError("ML_ADMIN_NAME : donnez le nom de la Mission Locale en 80 caractères au plus.")
    return name
