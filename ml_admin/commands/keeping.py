"""`ml-admin migrate`, `backup`, `restore`, `purge`, `setup-link`, `password-link`."""

from pathlib import Path

import click

from ml_admin import access, backup, consultations
from ml_admin.commands.common import PERSON, bring_up, first_link, ready, settings_of_environment, shown, stop, told
from ml_admin.database import writing
from ml_admin.imports import purge
from ml_admin.migrate import make_schema


@click.command("migrate")
@told
def migrate_command() -> None:
    """Met la base à jour, après une copie."""
    settings = settings_of_environment()
    done = bring_up(settings)
    click.echo(f"Base à jour : {len(done)} étape(s) appliquée(s)." if done else "La base était déjà à jour.")


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@told
def backup_command(file: Path) -> None:
    """Sauvegarde toute la base dans FILE, même pendant que l’on y écrit."""
    settings = settings_of_environment()
    manifest = backup.backup(settings.database_url, file)
    click.echo(f"Sauvegarde faite : {sum(manifest.rows.values())} lignes dans {file.name}.")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--force", is_flag=True, help="Remplace une base qui contient déjà des fiches, après l’avoir sauvegardée."
)
@told
def restore_command(file: Path, force: bool) -> None:
    """Remet la sauvegarde FILE dans la base, et la vérifie."""
    settings = settings_of_environment()
    done = backup.restore(settings.database_url, file, force=force, make_schema=make_schema)
    click.echo(f"Base remise : {sum(done.manifest.rows.values())} lignes, vérifiées.")
    if done.kept:
        click.echo(f"L’ancienne base est gardée : {done.kept.name}.")
    bring_up(settings)


@click.command("purge")
@told
def purge_command() -> None:
    """Efface les fichiers d’import et les consultations gardés assez longtemps ; le serveur le fait chaque jour."""
    settings = settings_of_environment()
    engine = ready(settings)
    done = purge.purge(engine, settings.data)
    with writing(engine, PERSON) as session:
        lines = consultations.purge(session)
    click.echo(f"Imports vidés : {done.batches} ; fichiers effacés : {done.files} ; consultations effacées : {lines}.")


@click.command("setup-link")
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8000, type=click.IntRange(1, 65535))
@told
def setup_link(host: str, port: int) -> None:
    """Donne le lien de première installation, tant qu’il n’y a aucun compte."""
    engine = ready(settings_of_environment())
    if not first_link(engine, host, port):
        stop("Il y a déjà un compte : demandez un lien à un administrateur, ou utilisez « ml-admin password-link ».", 1)


@click.command("password-link")
@click.argument("name")
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8000, type=click.IntRange(1, 65535))
@told
def password_link(name: str, host: str, port: int) -> None:
    """Donne un lien à usage unique pour choisir un nouveau mot de passe du compte NAME."""
    engine = ready(settings_of_environment())
    with writing(engine, PERSON) as session:
        account = access.find_account(session, name)
        if account is None:
            stop("Aucun compte ne porte ce nom. Vérifiez-le dans Réglages, Comptes.", 1)
        token = access.make_link(session, access.PASSWORD, account.id)
    click.echo(f"À ouvrir une fois, dans les 48 heures : http://{shown(host)}:{port}/lien/{token}")
