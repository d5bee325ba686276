"""The page of a writing under way, in a real browser: what it says, how it stops, telephone and dark."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ml_admin import models as m
from ml_admin.choices import BatchState, JobState
from ml_admin.column_types import now
from ml_admin.database import Actor, writing
from ml_admin.imports import batches, progress
from ml_admin.imports.progress import Meter
from tests.browser.conftest import Office, faults

Opener = Callable[..., Page]


@pytest.fixture
def under_way(office: Office) -> Iterator[tuple[int, Path]]:
    """A writing that stands still in its middle: the batch and where it tells."""
    with writing(office.engine, Actor(None, "Mise en place")) as session:
        batch = m.ImportBatch(
            actor="Administrateur", file_name="jeunes_2025.xlsx", file_hash="0" * 64, state=BatchState.APPLYING
        )
        job = m.Job(kind="import.apply", payload={}, state=JobState.RUNNING, heartbeat_at=now())
        session.add_all([batch, job])
        session.flush()
        batch.options = {"job": job.id}
        key, path = batch.id, progress.place(office.app.config["ML_SETTINGS"].data / batches.FOLDER, job.id)
    path.parent.mkdir(exist_ok=True)
    meter = Meter(path, 86_400, 43_200)
    meter._began -= 12
    meter.step(43_200)
    yield key, path
    progress.forget(path)
    with writing(office.engine, Actor(None, "Mise en place")) as session:
        session.delete(session.get_one(m.Job, session.get_one(m.ImportBatch, key).options["job"]))
        session.delete(session.get_one(m.ImportBatch, key))


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "light"), (1280, "dark")])
def test_a_writing_under_way_says_rows_and_time_and_can_be_left(
    open_page: Opener, under_way: tuple[int, Path], width: int, scheme: str
) -> None:
    page = open_page("administrateur", width, scheme)
    page.goto(f"/imports/{under_way[0]}")
    expect(page.get_by_text("lignes sur")).to_contain_text("21\u202f600 lignes sur 43\u202f200")
    expect(page.get_by_text("encore 15\u00a0s environ")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("link", name="Finir plus tard").click()
    expect(page).to_have_url("/imports")


def test_a_writing_is_asked_to_stop_by_keyboard_and_the_page_says_so(
    open_page: Opener, under_way: tuple[int, Path]
) -> None:
    page = open_page("administrateur", 1280, "light")
    page.goto(f"/imports/{under_way[0]}")
    page.get_by_role("button", name="Arrêter l’écriture").press("Enter")
    expect(page.get_by_role("status").filter(has_text="Arrêt demandé")).to_be_visible()
    assert progress.is_stopping(under_way[1])
    assert faults(page) == []
