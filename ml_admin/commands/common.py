"""What the commands share: settings, a ready database, sentences instead of traces."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

import click
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError, OperationalError

from ml_admin import access, backup, demo
from ml_admin.config import ConfigurationError, Settings
from ml_admin.database import Actor, make_engine, writing
from ml_admin.migrate import MigrationError, migrate, refuse_unready

USAGE = 2
PERSON = Actor(None, "Ligne de commande")


def told(command: Callable[..., Any]) -> Callable[..., Any]:
    """A wrong setting or a refusal ends the command with its sentence, never with a trace."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        os.umask(0o077)  # what a command makes holds personal data: for its owner alone
        try:
            return command(*args, **kwargs)
        except ConfigurationError as error:
            stop(str(error), USAGE)
        except (MigrationError, backup.BackupError, demo.DemoRefused) as error:
            stop(str(error), 1)
        except OperationalError:
            stop(
                "La base de données ne répond pas. Vérifiez qu’elle est démarrée, et l’adresse donnée dans DATABASE_URL.",
                1,
            )
        except DatabaseError:
            stop(
                "Le fichier de la base est illisible ou abîmé. Remettez une sauvegarde : ml-admin restore FICHIER --force, "
                "ou indiquez un autre dossier dans ML_ADMIN_DATA.",
                1,
            )

    return run


def settings_of_environment() -> Settings:
    """The settings; raises ConfigurationError."""
    return Settings.from_environment(os.environ)


def bring_up(settings: Settings) -> list[str]:
    """The revisions applied, after a copy."""
    return migrate(settings.database_url, lambda engine: backup.copy_before_migration(engine, settings.data))


def ready(settings: Settings) -> Engine:
    """The engine of a migrated database whose triggers stand."""
    bring_up(settings)
    engine = make_engine(settings.database_url)
    refuse_unready(engine)
    return engine


def first_link(engine: Engine, host: str, port: int) -> bool:
    """Print the set-up link of a new installation; whether there was one to print."""
    with writing(engine, PERSON) as session:
        if access.any_account(session):
            return False
        access.ensure_roles(session)
        token = access.make_link(session, access.SETUP, None)
    click.echo(
        "Première installation : ouvrez ce lien une fois, dans les 48 heures, pour créer le compte administrateur."
    )
    click.echo(f"  http://{shown(host)}:{port}/lien/{token}")
    return True


def shown(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104 - shown


def stop(sentence: str, code: int) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(code)
