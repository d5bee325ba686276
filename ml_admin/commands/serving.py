"""`ml-admin serve`: prepare the database, then serve the application and its jobs."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
from flask import Flask
from sqlalchemy import Engine
from waitress.server import create_server

from ml_admin import access, demo, duplicates, jobs
from ml_admin.application import create_app
from ml_admin.choices import RoleName
from ml_admin.commands.common import PERSON, USAGE, first_link, ready, settings_of_environment, shown, stop, told
from ml_admin.config import Settings
from ml_admin.database import writing
from ml_admin.imports import tasks
from ml_admin.passwords import hash_password


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse d’écoute.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port d’écoute.")
@click.option("--demo", "with_demo", is_flag=True, help="Remplit une base vide avec une Mission Locale fictive.")
@told
def serve(host: str, port: int, with_demo: bool) -> None:
    """Prépare la base, puis sert l’application."""
    settings = settings_of_environment()
    engine = ready(settings)
    if with_demo:
        _fill_demo(engine, settings)
    app = create_app(settings)
    server = _listening(app, host, port, settings)
    first_link(engine, host, port)
    if warning := settings.warning_for(host):
        click.echo(f"Attention : {warning}", err=True)
    worker = _worker(engine, settings)
    app.extensions["ml_worker"] = worker  # an upload wakes it
    worker.start()
    click.echo(f"ML Admin est ouvert : http://{shown(host)}:{port}/   (Ctrl+C pour fermer)")
    try:
        server.run()
    finally:
        worker.stop()


def _listening(app: Flask, host: str, port: int, settings: Settings) -> Any:
    """The server, its address already taken: nothing is announced that cannot be served."""
    try:
        # behind a declared proxy its X-Forwarded-* headers are kept for ProxyFix
        return create_server(
            app, host=host, port=port, threads=8, ident=None, clear_untrusted_proxy_headers=not settings.proxies
        )
    except OSError:
        stop(f"Le port {port} est déjà pris. Choisissez-en un autre : --port {port + 1}.", 1)
    except ValueError:
        stop(f"L’adresse {host} n’est pas une adresse de cette machine. Essayez --host 127.0.0.1.", USAGE)


def _worker(engine: Engine, settings: Settings) -> jobs.Worker:
    environment = {"DATABASE_URL": settings.database_url, "ML_ADMIN_DATA": str(settings.data)}
    return jobs.Worker(engine, jobs.child_command("ml_admin.worker"), environment, tasks.PERIODIC)


def _fill_demo(engine: Engine, settings: Settings) -> None:
    with writing(engine, PERSON) as session:
        if access.any_account(session):
            click.echo("La base contient déjà des comptes : la démonstration n’y ajoute rien.")
            return
        summary = demo.populate(
            session,
            datetime.now(settings.timezone).date(),
            hash_password=lambda password: hash_password(password, settings.password_salt),
            password_for=_demo_passwords(settings),
        )
    duplicates.find_all(engine)
    click.echo("Mission Locale fictive écrite. Comptes de démonstration, montrés cette fois seulement :")
    for account in summary.accounts:
        click.echo(f"  {account.username:<16} {account.password:<28} {account.role.label}")


def _demo_passwords(settings: Settings) -> Callable[[RoleName], str]:
    return lambda role: settings.demo_password or secrets.token_urlsafe(12)
