"""The application as `app.py` serves it, in a process of its own, and somebody who uploads files to it over HTTP."""

import http.cookiejar
import os
import re
import secrets
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT

PASSWORD = "un mot de passe de test très long"
_FINAL = frozenset({"staged", "refused", "applied", "cancelled", "undone"})


@dataclass
class Served:
    """A running server: its address, its data folder, its process."""

    address: str
    data: Path
    process: "subprocess.Popen[bytes]"

    def query(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Read the database beside the server."""
        connection = sqlite3.connect(f"file:{self.data / 'ml_admin.sqlite'}?mode=ro", uri=True, timeout=30)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def family(self) -> list[int]:
        """Process numbers of the server, its workers and their readers."""
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                except (OSError, IndexError):
                    continue
                children.setdefault(parent, []).append(int(entry.name))
        found = [self.process.pid]
        for one in found:
            found += children.get(one, [])
        return found


@contextmanager
def served(data: Path) -> Iterator[Served]:
    """Serve a demonstration office from `data`."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    environment = os.environ | {"ML_ADMIN_DATA": str(data), "ML_ADMIN_DEMO_PASSWORD": PASSWORD}
    environment.pop("DATABASE_URL", None)
    with (data / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py", "--demo", "--port", str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, process)
            yield Served(address, data, process)
        finally:
            process.terminate()
            process.wait(30)


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(f"{address}/sante", timeout=2).close()
            return
        except OSError:
            threading.Event().wait(0.2)
    raise AssertionError("the server does not answer")


class Client:
    """A browser without screen: cookies, forms with their token."""

    def __init__(self, address: str) -> None:
        self.address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar, _NoRedirect)
        self._token = ""

    def get(self, path: str) -> str:
        with self._opener.open(self.address + path, timeout=60) as answer:
            text = str(answer.read().decode())
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
        self._token = found[1] if found else self._token
        return text

    def sign_in(self, account: str) -> None:
        page = self.get("/connexion")
        name = re.search(r'<input[^>]*name="(email|username|login|identity)"', page)
        assert name, "no field for the account"
        self.post("/connexion", {name[1]: account, "password": PASSWORD})

    def post(self, path: str, values: dict[str, str], file: tuple[str, bytes] | None = None) -> str:
        """Send a form; returns where it leads."""
        boundary = secrets.token_hex(16)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in {**values, "csrf_token": self._token}.items()
        ]
        if file:
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{file[0]}"\r\n\r\n'
            parts += [head.encode(), file[1], b"\r\n"]
        body = b"".join([*parts, f"--{boundary}--\r\n".encode()])
        kind = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Origin": self.address,
            "Referer": self.address + path,
        }
        with self._opener.open(urllib.request.Request(self.address + path, body, kind), timeout=60) as answer:
            assert answer.status in (302, 303), (path, answer.status, answer.read()[:2000])
            return str(answer.headers["Location"])


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def http_error_302(self, req, fp, code, msg, headers):  # type: ignore[no-untyped-def]
        return fp

    http_error_303 = http_error_302


def upload(client: Client, server: Served, file_name: str, content: bytes) -> tuple[str, str, float]:
    """Drop a file and wait until it is read or refused: state, sentence, seconds."""
    begun = time.monotonic()
    key = int(client.post("/imports", {"mode": "update"}, (file_name, content)).rstrip("/").rpartition("/")[2])
    while True:
        ((state, message),) = server.query("SELECT state, message FROM import_batch WHERE id = ?", key)
        if state in _FINAL:
            return str(state), str(message or ""), time.monotonic() - begun
        assert time.monotonic() - begun < 60, f"{file_name} is never read"
        assert server.process.poll() is None, "the server ended"
        threading.Event().wait(0.03)


@dataclass
class Watch:
    """Meanwhile: how long others wait, and the largest process."""

    server: Served
    waits: list[float] = field(default_factory=list)  # seconds
    failures: list[str] = field(default_factory=list)
    largest: int = 0  # bytes
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator["Watch"]:
        threads = [threading.Thread(target=one, daemon=True) for one in (self._ask, self._weigh)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(30)

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.waits, n=100)[98]

    def _ask(self) -> None:
        while not self._stop.wait(0.05):
            begun = time.monotonic()
            try:
                urllib.request.urlopen(f"{self.server.address}/sante", timeout=20).close()
            except (OSError, urllib.error.URLError) as error:
                self.failures.append(type(error).__name__)
            self.waits.append(time.monotonic() - begun)

    def _weigh(self) -> None:
        while not self._stop.wait(0.05):
            for number in self.server.family():
                try:
                    status = Path(f"/proc/{number}/status").read_text()
                except OSError:
                    continue
                peak = re.search(r"VmHWM:\s+(\d+) kB", status)
                self.largest = max(self.largest, int(peak[1]) * 1024 if peak else 0)
