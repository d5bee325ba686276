"""The application served over HTTP with the demo office, and Chromium to look at it."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from waitress.server import create_server

from ml_admin import demo, jobs
from ml_admin import models as m
from ml_admin.application import create_app
from ml_admin.config import Settings
from ml_admin.database import Actor, make_engine, writing
from ml_admin.passwords import hash_password

HERE = Path(__file__).parent
AXE = HERE.parent / "vendor" / "axe.min.js"
PASSWORD = "une-phrase-de-passe-assez-longue"
PATIENCE = 15_000  # milliseconds; nothing waits that long on an idle machine
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


# --- The office ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Office:
    """The served application: its address, its database, its views."""

    url: str
    engine: Engine
    app: Any

    def first(self, model: type[m.Base]) -> int:
        """The key of the first record of an entity."""
        with Session(self.engine) as session:
            return session.scalars(select(model.id).order_by(model.id).limit(1)).one()

    def read(self, model: type[m.Base], key: int, name: str) -> Any:
        with Session(self.engine) as session:
            return getattr(session.get_one(model, key), name)

    def person(self, last_name: str, **values: Any) -> int:
        """A young person for one test alone."""
        with writing(self.engine, Actor(None, "Mise en place")) as session:
            made = m.YoungPerson(last_name=last_name, first_name="Camille", status="active", **values)
            session.add(made)
            session.flush()
            return made.id


@pytest.fixture(scope="package")
def office(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    file = folder / "ml-admin.sqlite"
    shutil.copy(sqlite_template, file)
    keys = {"secret_key": "k" * 40, "password_salt": "s" * 40, "totp_key": "t" * 40}
    settings = Settings(data=folder, database_url=f"sqlite:///{file}", name="Mission Locale des Vallées", **keys)
    engine = make_engine(settings.database_url)
    _fill(engine, settings)
    app = create_app(settings)
    environment = {"DATABASE_URL": settings.database_url, "ML_ADMIN_DATA": str(folder)}
    worker = jobs.Worker(engine, jobs.child_command("ml_admin.worker"), environment)
    app.extensions["ml_worker"] = worker
    worker.start()
    with _served(app) as url:
        yield Office(url, engine, app)
    worker.stop()
    worker.join()
    engine.dispose()


def _fill(engine: Engine, settings: Settings) -> None:
    hashed = hash_password(PASSWORD, settings.password_salt)  # once: it is slow on purpose
    with writing(engine, Actor(None, "Démonstration")) as session:
        demo.populate(session, date.today(), hash_password=lambda _: hashed, password_for=lambda _: PASSWORD)


@contextmanager
def _served(app: Any) -> Iterator[str]:
    server = create_server(app, host="127.0.0.1", port=0, threads=8, ident=None)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(5)


# --- The browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="package")
def chromium(office: Office) -> Iterator[Browser]:
    """After the office: once Playwright runs, this thread has an event loop, and Flask-Security then refuses to start."""
    known = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in known if (found := shutil.which(name))), "")
    if not path:
        pytest.skip("Chromium absent : écrans, clavier, accessibilité et politique de contenu non couverts")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def contexts(office: Office, chromium: Browser) -> Callable[..., BrowserContext]:
    """A browser signed in as a demo account, kept for the whole run: a password costs on purpose."""
    kept: dict[Any, BrowserContext] = {}
    states: dict[str, Any] = {}

    def context(who: str, width: int, scheme: str, **options: Any) -> BrowserContext:
        key = (who, width, scheme, *sorted(options.items()))
        if key not in kept:
            if who and who not in states:
                states[who] = _signed_in(chromium, office, who)
            kept[key] = chromium.new_context(
                base_url=office.url,
                viewport={"width": width, "height": 900 if width > 500 else 844},
                color_scheme=scheme,
                locale="fr-FR",
                storage_state=states.get(who),
                **options,
            )
            kept[key].set_default_timeout(PATIENCE)
        return kept[key]

    return context


def _signed_in(chromium: Browser, office: Office, who: str) -> Any:
    context = chromium.new_context(base_url=office.url)
    sign_in(context.new_page(), who)
    state = context.storage_state()
    context.close()
    return state


def sign_in(page: Page, who: str, password: str = PASSWORD) -> None:
    page.goto("/")
    page.get_by_label("Nom de compte ou adresse e-mail").fill(who)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_load_state()


@dataclass
class Watched:
    """A page and what its console said that it should not have."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        # an answer 4xx is no fault of the page; a refusal of the content policy is
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(f"{message.type}: {message.text}")


@pytest.fixture
def watched() -> Iterator[list[Watched]]:
    """The pages of one test; at its end none of them may have complained."""
    pages: list[Watched] = []
    yield pages
    for one in pages:
        one.page.close()
    assert [complaint for one in pages for complaint in one.complaints] == []


@pytest.fixture
def open_page(contexts: Callable[..., BrowserContext], watched: list[Watched]) -> Callable[..., Page]:
    """`open_page("conseillere", 390, "dark")`: a page of that account, "" for nobody."""

    def page_of(who: str = "administrateur", width: int = 1280, scheme: str = "light", **options: Any) -> Page:
        return watch(contexts(who, width, scheme, **options).new_page(), watched)

    return page_of


@pytest.fixture
def stranger(office: Office, chromium: Browser, watched: list[Watched]) -> Iterator[Page]:
    """A page of a browser that nobody has signed in to."""
    context = chromium.new_context(base_url=office.url, locale="fr-FR")
    context.set_default_timeout(PATIENCE)
    yield watch(context.new_page(), watched)
    context.close()


def watch(page: Page, watched: list[Watched]) -> Page:
    """The page, listened to until the end of its test."""
    one = Watched(page)
    page.on("console", one.hear)
    page.on("pageerror", lambda error: one.complaints.append(f"script: {error}"))
    watched.append(one)
    return page


# --- What is asked of every screen -----------------------------------------------------------------------------------


def settle(page: Page) -> None:
    """Wait for what htmx brings when it comes near, without scrolling."""
    page.evaluate(
        "document.querySelectorAll('[hx-trigger=revealed]').forEach((zone) => htmx.trigger(zone, 'revealed'))"
    )
    expect(page.locator("[hx-trigger=revealed] .ml-wait")).to_have_count(0)


def accessibility_faults(page: Page, within: str = "html") -> list[str]:
    """What axe-core finds, one line each: the rule, where, why."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(
        """async ([rules, within]) => {
            // the lines of a list are alike, and axe takes its time: the first ones and the last speak for all
            document.querySelectorAll("tbody tr:nth-child(n+7):not(:last-child)").forEach((line) => line.remove());
            const { violations } = await axe.run(within, { runOnly: rules, resultTypes: ["violations"] });
            return violations.flatMap((v) => v.nodes.slice(0, 4).map((n) => `${v.id} ${n.target.join(" ")}: ${n.failureSummary}`));
        }""",
        [RULES, within],
    )
    return found


def faults(page: Page) -> list[str]:
    """Everything that must be true of a screen, whatever it shows."""
    found = [] if page.title().removesuffix(" – ML Admin") else ["a page has a title"]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("the page scrolls sideways")
    if page.locator("h1:visible").count() != 1:
        found.append("a page has one h1")
    return found + accessibility_faults(page)
