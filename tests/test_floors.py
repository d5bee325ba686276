import tomllib

from tests.conftest import ROOT

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NOT_CODE = {"templates", "static", "reference", "__init__", "__pycache__"}


def test_every_module_stands_on_a_floor() -> None:
    layers = SETTINGS["tool"]["importlinter"]["contracts"][0]["layers"]
    named = {name.strip().removeprefix("ml_admin.") for line in layers for name in line.split("|")}
    present = {path.stem for path in (ROOT / "ml_admin").iterdir()} - NOT_CODE
    assert present == named


def test_every_dependency_is_pinned() -> None:
    for requirement in [*SETTINGS["project"]["dependencies"], *SETTINGS["dependency-groups"]["test"]]:
        assert "==" in requirement, requirement
