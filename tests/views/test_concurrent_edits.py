"""Several people save one record over HTTP at once, by form, by cell and by selection: no accepted change is lost."""

import multiprocessing
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import RoleName, Scope
from ml_admin.database import Actor, writing
from ml_admin.journal import Entry, entries
from tests.readers import read_up_to
from tests.views.two_sites import Database, TwoSites, two_sites

EDITORS = 8
ENGINES = ["sqlite", "postgresql"]
COLUMNS = ("address", "phone", "counsellor_id")  # what the form, the cell and the selection change


@pytest.fixture(params=ENGINES)
def house(
    request: pytest.FixtureRequest, filled_url: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoSites]:
    with two_sites(filled_url(request.param), tmp_path_factory.mktemp("data")) as house:
        house.reach(Scope.ALL)
        yield house


@dataclass
class Editor:
    """Saves a value that nobody else writes, and again after each refusal, until it is accepted."""

    client: FlaskClient
    person: int
    number: int
    counsellors: list[int]
    accepted: list[tuple[str, object]] = field(default_factory=list)  # (column, value)
    refused: int = 0
    odd: Counter[int] = field(default_factory=Counter)

    def work(self, saves: int) -> None:
        for save in range(saves):
            way = (self.by_form, self.by_cell, self.by_selection)[(save + self.number) % 3]
            for _ in range(400):
                if way(self.number * saves + save, self.version()):
                    break
                self.refused += 1

    def version(self) -> int:
        page = self.client.get(f"/jeunes/{self.person}/modifier").text
        found = re.search(r'name="version" value="(\d+)"', page)
        assert found, page[:300]
        return int(found[1])

    def by_form(self, unique: int, version: int) -> bool:
        address = f"{unique} rue du Pont"
        answer = self.client.post(f"/jeunes/{self.person}/modifier", data={"version": version, "address": address})
        return self.judged(answer.status_code, 303, "address", address)

    def by_cell(self, unique: int, version: int) -> bool:
        cell = {"id": self.person, "column": "phone", "version": version, "value": f"063998{unique:04d}"}
        return self.judged(
            self.client.post("/jeunes/saisie", data=cell).status_code, 200, "phone", f"+3363998{unique:04d}"
        )

    def by_selection(self, unique: int, version: int) -> bool:
        counsellor = self.counsellors[unique]
        form = {
            "action": "change",
            "rowid": f"{self.person}.{version}",
            "field": "counsellor",
            "counsellor": counsellor,
        }
        answer = self.client.post("/jeunes/actions", data=form)
        if answer.status_code == 303 and "laissés tels quels" in self.client.get("/jeunes/").text:
            return False
        return self.judged(answer.status_code, 303, "counsellor_id", counsellor)

    def judged(self, status: int, success: int, column: str, value: object) -> bool:
        if status == success:
            self.accepted.append((column, value))
        elif status != 409:
            self.odd[status] += 1
        return status == success


def hire(house: TwoSites, number: int) -> list[int]:
    with writing(house.engine, Actor(None, "Mise en place")) as session:
        team = [m.Counsellor(last_name=f"NOM{each:04d}", first_name="Camille") for each in range(number)]
        session.add_all(team)
        session.flush()
        return [counsellor.id for counsellor in team]


def story(house: TwoSites, person: int) -> list[Entry]:
    """The changes of a record, oldest first."""
    with Session(house.engine) as session:
        lines = select(m.Journal).where(
            m.Journal.table_name == "young_person", m.Journal.record_id == person, m.Journal.operation == "update"
        )
        return entries(session, lines.order_by(m.Journal.id))


def edit_at_once(house: TwoSites, saves: int) -> list[Editor]:
    person, counsellors = house.own[m.YoungPerson], hire(house, EDITORS * saves)
    editors = [Editor(house.new_browser(RoleName.MANAGER), person, number, counsellors) for number in range(EDITORS)]
    with ThreadPoolExecutor(EDITORS) as pool:
        for done in [pool.submit(editor.work, saves) for editor in editors]:
            done.result()
    return editors


def check(house: TwoSites, editors: list[Editor], saves: int) -> None:
    accepted = [change for editor in editors for change in editor.accepted]
    assert sum((editor.odd for editor in editors), Counter()) == {}  # neither 5xx nor any other surprise
    assert len(accepted) == len(set(accepted)) == EDITORS * saves
    changes = [
        (change.column, change.before, change.after)
        for entry in story(house, house.own[m.YoungPerson])
        for change in entry.changes
    ]
    assert sorted(map(str, accepted)) == sorted(str((column, after)) for column, _, after in changes)
    with Session(house.engine) as session:
        record = session.get_one(m.YoungPerson, house.own[m.YoungPerson])
        assert record.version == 1 + len(accepted)
        for column in COLUMNS:
            chain = [(before, after) for name, before, after in changes if name == column] or [
                ("", getattr(record, column))
            ]
            assert all(after == before for (_, after), (before, _) in zip(chain, chain[1:], strict=False))
            assert getattr(record, column) == chain[-1][1]


def test_eight_editors_lose_nothing(house: TwoSites) -> None:
    check(house, edit_at_once(house, 6), 6)


@pytest.mark.long
def test_eight_editors_of_sixty_saves_lose_nothing(house: TwoSites) -> None:
    check(house, edit_at_once(house, 60), 60)


def test_readers_see_whole_states_while_others_write(house: TwoSites) -> None:
    person, context = house.own[m.YoungPerson], multiprocessing.get_context("spawn")
    together, results = context.Barrier(5), context.Queue()
    url = house.engine.url.render_as_string(hide_password=False)
    readers = [context.Process(target=read_up_to, args=(url, person, 1 + EDITORS, together, results)) for _ in range(4)]
    for reader in readers:
        reader.start()
    together.wait()
    editors = edit_at_once(house, 1)
    seen = [results.get(timeout=120) for _ in readers]
    for reader in readers:
        reader.join()
    check(house, editors, 1)
    assert [(disagreeing, refused) for _, disagreeing, refused in seen] == [(0, 0)] * 4
    assert max(states for states, _, _ in seen) > 2  # they did read while others wrote


def test_two_selections_in_opposite_orders_do_not_block_each_other(house: TwoSites) -> None:
    people = [house.own[m.YoungPerson], house.other[m.YoungPerson]]
    counsellors = hire(house, 20)
    clients = [house.new_browser(RoleName.MANAGER) for _ in range(2)]

    def change(client: FlaskClient, order: list[int], team: list[int]) -> list[int]:
        forms = [
            {"action": "change", "rowid": [f"{key}" for key in order], "field": "counsellor", "counsellor": each}
            for each in team
        ]
        return [client.post("/jeunes/actions", data=form).status_code for form in forms]

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(change, clients[0], people, counsellors[:10])
        second = pool.submit(change, clients[1], people[::-1], counsellors[10:])
        assert first.result() + second.result() == [303] * 20
