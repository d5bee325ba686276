"""The commands: `ml-admin serve`, `import`, `backup`, `restore`, `migrate`, `setup-link`, `password-link`."""

import os
import secrets
import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click
from sqlalchemy import Engine
from waitress import serve as serve_wsgi

from ml_admin import access, backup, demo, jobs
from ml_admin.application import create_app
from ml_admin.choices import RoleName
from ml_admin.config import ConfigurationError, Settings
from ml_admin.database import Actor, make_engine, writing
from ml_admin.imports.command import run_import
from ml_admin.imports.dry_run import dry_run
from ml_admin.migrate import MigrationError, make_schema, migrate, refuse_unready
from ml_admin.passwords import hash_password

USAGE = 2
_PERSON = Actor(None, "Ligne de commande")


@click.group()
@click.version_option(package_name="ml-admin")
def main() -> None:
    """ML Admin : l’administration interne d’une Mission Locale."""


def told(command: Callable[..., Any]) -> Callable[..., Any]:
    """A wrong setting or a refusal ends the command with its sentence, never with a trace."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except ConfigurationError as error:
            _stop(str(error), USAGE)
        except (MigrationError, backup.BackupError, demo.DemoRefused) as error:
            _stop(str(error), 1)

    return run


@main.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse d’écoute.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port d’écoute.")
@click.option("--demo", "with_demo", is_flag=True, help="Remplit une base vide avec une Mission Locale fictive.")
@told
def serve(host: str, port: int, with_demo: bool) -> None:
    """Prépare la base, puis sert l’application."""
    settings = _settings()
    engine = _ready(settings)
    if with_demo:
        _fill_demo(engine, settings)
    _first_link(engine, host, port)
    if warning := settings.warning_for(host):
        click.echo(f"Attention : {warning}", err=True)
    app = create_app(settings)
    worker = _worker(engine, settings)
    app.extensions["ml_worker"] = worker  # an upload wakes it
    worker.start()
    click.echo(f"ML Admin est ouvert : http://{_shown(host)}:{port}/   (Ctrl+C pour fermer)")
    try:
        # behind a declared proxy its X-Forwarded-* headers are kept for ProxyFix
        serve_wsgi(app, host=host, port=port, threads=8, ident=None, clear_untrusted_proxy_headers=not settings.proxies)
    except OSError:
        _stop(f"Le port {port} est déjà pris. Choisissez-en un autre : --port {port + 1}.", 1)
    finally:
        worker.stop()


@main.command("migrate")
@told
def migrate_command() -> None:
    """Met la base à jour, après une copie."""
    settings = _settings()
    done = _migrated(settings)
    click.echo(f"Base à jour : {len(done)} étape(s) appliquée(s)." if done else "La base était déjà à jour.")


@main.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", "dry", is_flag=True, help="Lit et dit, n’écrit rien, sans base de données.")
@click.option("--against-database", is_flag=True, help="Avec --dry-run : compare avec les fiches présentes.")
@click.option(
    "--year", "years", multiple=True, metavar="ANNÉE|FEUILLE=ANNÉE", help="Année du fichier ou d’une feuille."
)
@click.option("--context", type=click.Path(path_type=Path), help="Conseillers et date de référence (JSON).")
@click.option("--results", type=click.Path(path_type=Path), help="Écrit ce qui a été lu, une ligne JSON par ligne.")
@told
def import_command(
    files: tuple[Path, ...],
    dry: bool,
    against_database: bool,
    years: tuple[str, ...],
    context: Path | None,
    results: Path | None,
) -> NoReturn:
    """Importe des classeurs : les lignes sûres sont écrites, les autres attendent une décision à l’écran.

    Sortie 0 : chaque ligne est écrite ou expliquée ; 1 : un fichier a été refusé ; 2 : usage.
    """
    if dry and not against_database:
        sys.exit(dry_run(files, context, years, results))
    engine = _ready(_settings())
    sys.exit(run_import(engine, files, context, years, results, against_database=against_database))


@main.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@told
def backup_command(file: Path) -> None:
    """Sauvegarde toute la base dans FILE, même pendant que l’on y écrit."""
    settings = _settings()
    manifest = backup.backup(settings.database_url, file)
    click.echo(f"Sauvegarde faite : {sum(manifest.rows.values())} lignes dans {file.name}.")


@main.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--force", is_flag=True, help="Remplace une base qui contient déjà des fiches, après l’avoir sauvegardée."
)
@told
def restore_command(file: Path, force: bool) -> None:
    """Remet la sauvegarde FILE dans la base, et la vérifie."""
    settings = _settings()
    done = backup.restore(settings.database_url, file, force=force, make_schema=make_schema)
    click.echo(f"Base remise : {sum(done.manifest.rows.values())} lignes, vérifiées.")
    if done.kept:
        click.echo(f"L’ancienne base est gardée : {done.kept.name}.")
    _migrated(settings)


@main.command("setup-link")
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8000, type=click.IntRange(1, 65535))
@told
def setup_link(host: str, port: int) -> None:
    """Donne le lien de première installation, tant qu’il n’y a aucun compte."""
    engine = _ready(_settings())
    if not _first_link(engine, host, port):
        _stop(
            "Il y a déjà un compte : demandez un lien à un administrateur, ou utilisez « ml-admin password-link ».", 1
        )


@main.command("password-link")
@click.argument("name")
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8000, type=click.IntRange(1, 65535))
@told
def password_link(name: str, host: str, port: int) -> None:
    """Donne un lien à usage unique pour choisir un nouveau mot de passe du compte NAME."""
    engine = _ready(_settings())
    with writing(engine, _PERSON) as session:
        account = access.find_account(session, name)
        if account is None:
            _stop("Aucun compte ne porte ce nom. Vérifiez-le dans Réglages, Comptes.", 1)
        token = access.make_link(session, access.PASSWORD, account.id)
    click.echo(f"À ouvrir une fois, dans les 48 heures : http://{_shown(host)}:{port}/lien/{token}")


def _worker(engine: Engine, settings: Settings) -> jobs.Worker:
    environment = {"DATABASE_URL": settings.database_url, "ML_ADMIN_DATA": str(settings.data)}
    return jobs.Worker(engine, jobs.child_command("ml_admin.worker"), environment)


def _settings() -> Settings:
    return Settings.from_environment(os.environ)


def _migrated(settings: Settings) -> list[str]:
    """The revisions applied, after a copy."""
    return migrate(settings.database_url, lambda engine: backup.copy_before_migration(engine, settings.data))


def _ready(settings: Settings) -> Engine:
    """The engine of a migrated database whose triggers stand."""
    _migrated(settings)
    engine = make_engine(settings.database_url)
    refuse_unready(engine)
    return engine


def _fill_demo(engine: Engine, settings: Settings) -> None:
    with writing(engine, _PERSON) as session:
        if access.any_account(session):
            click.echo("La base contient déjà des comptes : la démonstration n’y ajoute rien.")
            return
        summary = demo.populate(
            session,
            datetime.now(settings.timezone).date(),
            hash_password=lambda password: hash_password(password, settings.password_salt),
            password_for=_demo_passwords(settings),
        )
    click.echo("Mission Locale fictive écrite. Comptes de démonstration, montrés cette fois seulement :")
    for account in summary.accounts:
        click.echo(f"  {account.username:<16} {account.password:<28} {account.role.label}")


def _demo_passwords(settings: Settings) -> Callable[[RoleName], str]:
    return lambda role: settings.demo_password or secrets.token_urlsafe(12)


def _first_link(engine: Engine, host: str, port: int) -> bool:
    """Print the set-up link of a new installation; whether there was one to print."""
    with writing(engine, _PERSON) as session:
        if access.any_account(session):
            return False
        access.ensure_roles(session)
        token = access.make_link(session, access.SETUP, None)
    click.echo(
        "Première installation : ouvrez ce lien une fois, dans les 48 heures, pour créer le compte administrateur."
    )
    click.echo(f"  http://{_shown(host)}:{port}/lien/{token}")
    return True


def _shown(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104 - shown


def _stop(sentence: str, code: int) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
