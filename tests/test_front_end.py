"""The templates and static files, without an application: what the content policy, the budget and the sprite demand."""

import gzip
import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

PACKAGE = Path(__file__).parent.parent / "ml_admin"
TEMPLATES = PACKAGE / "templates"
STATIC = PACKAGE / "static"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
PAGES = [name for name in NAMES if "/email/" not in name]


def text_of(name):
    """The template without its comments."""
    return re.sub(r"\{#.*?#\}", "", (TEMPLATES / name).read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles(name):
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    assert environment.get_template(name).name == name


@pytest.mark.parametrize("name", PAGES)
def test_no_page_needs_an_inline_script_a_style_or_a_handler(name):
    text = text_of(name)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("name", PAGES)
def test_no_page_calls_a_foreign_host(name):
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text_of(name))


@pytest.mark.parametrize("name", NAMES)
def test_french_quotation_marks_hold_their_words(name):
    assert not re.search("« | »", text_of(name))


def test_every_icon_drawn_is_in_the_sprite():
    drawn = set()
    for name in NAMES:
        drawn |= set(re.findall(r"(?:icon|shape)\(\"([a-z0-9-]+)\"\)", text_of(name)))
        drawn |= set(re.findall(r"\"icon\": \"([a-z0-9-]+)\"", text_of(name)))
    held = set(re.findall(r"<symbol id=\"([a-z0-9-]+)\"", (STATIC / "icons.svg").read_text(encoding="utf-8")))
    assert drawn and drawn <= held


def test_every_post_form_carries_the_csrf_token():
    for name in PAGES:
        for form in re.findall(
            r"<form[^>]*method=\"post\".*?</form>|<form[^>]*id=\"ml-bulk\".*?</form>", text_of(name), flags=re.DOTALL
        ):
            assert re.search(r"csrf|hidden_tag\(\)|caller\(\)", form), (name, form[:120])


def test_the_first_load_stays_under_250_kilobytes_compressed():
    assets = (TEMPLATES / "_assets.html").read_text(encoding="utf-8")
    files = [name for name in re.findall(r"filename='([^']+)'", assets) if name.endswith((".css", ".js"))]
    assert len(files) == 4
    assert sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in files) <= 250_000


def test_the_style_sheet_only_names_files_that_are_served():
    named = re.findall(r"url\(\"([^\"]+)\"\)", (STATIC / "ml.css").read_text(encoding="utf-8"))
    assert named and all((STATIC / name).is_file() for name in named)


def test_no_style_sheet_carries_an_image_that_the_content_policy_refuses():
    assert not [path.name for path in STATIC.rglob("*.css") if "data:" in path.read_text(encoding="utf-8")]


def test_every_vendored_file_has_its_licence():
    licences = (STATIC / "vendor" / "LICENSES.md").read_text(encoding="utf-8")
    named = [path.name for path in (STATIC / "vendor").iterdir() if path.suffix != ".md"]
    assert named and all(f"`{name}`" in licences for name in named)
