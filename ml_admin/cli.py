"""`ml-admin`: each command is loaded when it is asked for, so that an import does not wait for the web application."""

from importlib import import_module
from typing import Final

import click

COMMANDS: Final = {
    "serve": "serving:serve",
    "import": "importing:import_command",
    "migrate": "keeping:migrate_command",
    "backup": "keeping:backup_command",
    "restore": "keeping:restore_command",
    "purge": "keeping:purge_command",
    "setup-link": "keeping:setup_link",
    "password-link": "keeping:password_link",
}


class LateCommands(click.Group):
    """A group that knows its commands by name and imports the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"ml_admin.commands.{module}"), name)
        return command


@click.command(cls=LateCommands)
@click.version_option(package_name="ml-admin")
def main() -> None:
    """ML Admin : l’administration interne d’une Mission Locale."""


if __name__ == "__main__":
    main()
