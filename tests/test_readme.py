import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ml_admin.cli import main
from ml_admin.commands.serving import serve
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.S) for line in block.splitlines() if line]
OURS = [shlex.split(line)[3:] for line in COMMANDS if line.startswith("uv run ml-admin ")]
SCRIPTS = [word for line in COMMANDS for word in shlex.split(line) if word.endswith(".py") or word.startswith(".ci/")]


def test_the_two_first_commands_are_the_promised_ones() -> None:
    assert COMMANDS[0] == "pip install uv && uv run app.py --demo"
    assert "pip install uv && uv run --group test pytest" in COMMANDS


@pytest.mark.parametrize("words", OURS, ids=" ".join)
def test_every_command_of_the_readme_is_understood(words: list[str]) -> None:
    """`--help` after the real options: click reads them, then stops before doing anything."""
    answer = CliRunner().invoke(main, [*words, "--help"])
    assert answer.exit_code == 0, answer.output


@pytest.mark.parametrize(
    "option",
    [option for line in COMMANDS if "app.py" in line for option in re.findall(r"--\w+", line) if option != "--group"],
)
def test_every_option_of_the_server_exists(option: str) -> None:
    assert option in {name for parameter in serve.params for name in parameter.opts}


@pytest.mark.parametrize("name", sorted(set(SCRIPTS)))
def test_every_script_of_the_readme_exists(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("target", re.findall(r"\]\(((?!http)[^)]+)\)", README))
def test_every_link_of_the_readme_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


def test_every_setting_of_the_readme_is_read() -> None:
    known = (ROOT / "ml_admin" / "config.py").read_text(encoding="utf-8")
    for name in re.findall(r"`((?:ML_ADMIN|DATABASE)_[A-Z_]+)`", README):
        assert f'"{name}"' in known, name


def test_the_first_command_serves_the_demo_and_prints_its_accounts(tmp_path: Path) -> None:
    """Run as a user does, on a free port, until the sign-in page answers."""
    script = (
        "import sys, threading, urllib.request, re, time\n"
        "import ml_admin.commands.serving as serving\n"
        "class Fetch:\n"
        "    def __init__(self, app, **options):\n"
        "        self.app = app\n"
        "    def run(self):\n"
        "        client = self.app.test_client()\n"
        "        print(client.get('/', follow_redirects=True).status_code, client.get('/sante').json['status'])\n"
        "serving.create_server = Fetch\n"
        "from ml_admin.cli import main\n"
        "main(['serve', '--demo', '--port', '8009'], standalone_mode=False)\n"
    )
    environment = {
        "ML_ADMIN_DATA": str(tmp_path / "data"),
        "PATH": "/usr/bin:/bin",
        "ML_ADMIN_DEMO_PASSWORD": "demo-demo-2026!",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    for name in ("administrateur", "direction", "conseillere", "entreprises", "accueil", "audit"):
        assert re.search(rf"^\s+{name}\s+demo-demo-2026!", done.stdout, re.M), done.stdout
    assert "200 ok" in done.stdout
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
