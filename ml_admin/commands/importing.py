"""`ml-admin import`: workbooks from the command line, without the web application."""

import sys
from pathlib import Path
from typing import NoReturn

import click

from ml_admin.commands.common import ready, settings_of_environment, told
from ml_admin.imports.command import run_import
from ml_admin.imports.dry_run import dry_run


@click.command("import")
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
    engine = ready(settings_of_environment())
    sys.exit(run_import(engine, files, context, years, results, against_database=against_database))
