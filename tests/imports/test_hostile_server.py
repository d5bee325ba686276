import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.imports.hostile import AIMED, READ, Hostile, random_ones
from tests.imports.served import Client, Served, Watch, served, upload

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc absent : mémoire des processus non mesurée")
REMEDIES = ("déposez", "recommencez", "Découpez", "Copiez", "Supprimez")


def from_readers(shared: Path) -> list[Hostile]:
    """The files that broke other readers, those that are to be refused at least."""
    files = sorted(path for path in (shared / "data" / "reader_files").rglob("*") if path.is_file())
    return [Hostile(path.name, path.name, path.read_bytes, "") for path in files]


def send(server: Served, ones: Sequence[Hostile]) -> list[tuple[Hostile, str, str, float]]:
    client = Client(server.address)
    client.sign_in("administrateur")
    client.get("/imports")
    return [(one, *upload(client, server, one.file_name, one.build())) for one in ones]


def check(data: Path, ones: Sequence[Hostile]) -> tuple[list[tuple[Hostile, str, str, float]], Watch]:
    with served(data) as server, Watch(server).running() as watch:
        told = send(server, ones)
        assert server.process.poll() is None
        again = server.query(
            "SELECT count(*) FROM job WHERE kind = 'import.read' AND (attempts > 1 OR state <> 'done')"
        )
        assert again == [(0,)], "a worker died"
    refused = [(one, sentence) for one, state, sentence, _ in told if state == "refused"]
    assert not [one.name for one, _ in refused if one.ends == READ]
    assert not [(one.name, said) for one, said in refused if not any(word in said for word in REMEDIES)]
    assert not [(one.name, said) for one, said in refused if not said.endswith(".")]
    assert {state for _, state, _, _ in told} <= {"staged", "refused"}
    assert watch.failures == []
    assert watch.largest < 512 * 1024 * 1024
    return told, watch


def test_hostile_files_sent_to_a_running_server_are_read_or_refused_and_harm_nobody(tmp_path: Path) -> None:
    told, _ = check(tmp_path, [*AIMED[::12], *list(random_ones())[::24]])
    assert any(state == "refused" for _, state, _, _ in told)


@pytest.mark.long
def test_hundreds_of_hostile_files_sent_to_a_running_server_harm_nobody(tmp_path: Path, shared: Path) -> None:
    ones = [*AIMED, *random_ones(), *from_readers(shared)]
    assert len(ones) >= 300
    told, watch = check(tmp_path, ones)
    slowest = max((seconds, one.name) for one, state, _, seconds in told if state == "refused")
    figures = (
        f"{len(told)} fichiers, {sum(state == 'refused' for _, state, _, _ in told)} refusés, "
        f"refus le plus lent {slowest[0]:.1f} s ({slowest[1]}), plus gros processus {watch.largest / 2**20:.0f} Mo, "
        f"/sante : {len(watch.waits)} demandes, p99 {watch.p99 * 1000:.0f} ms, max {max(watch.waits) * 1000:.0f} ms"
    )
    print(figures)
    assert slowest[0] < 10, figures
    assert watch.p99 < 1, figures
