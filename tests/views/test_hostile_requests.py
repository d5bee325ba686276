"""Requests that no page sends: never an answer 5xx, always a French sentence, never code in a page."""

import logging
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from ml_admin import models as m
from ml_admin.choices import RoleName, Scope
from ml_admin.database import Actor, writing
from ml_admin.fields import fields_of
from ml_admin.listing import kind_of, options_of
from ml_admin.views.registry import views
from ml_admin.views.state import seal
from tests.views.two_sites import Database, TwoSites, two_sites

ENGINES = ["sqlite", "postgresql"]
FRENCH = re.compile(r"[éèêàçôûîÉÀ’]|\b(?:la|le|les|une|vous|rien|votre)\b")
ENGLISH = re.compile(
    r"Not Found|Bad Request|Forbidden|Method Not Allowed|Internal Server|Too Large|field is required|Not a valid"
    r"|invalid literal|Traceback|Error\b.*line|must be|SELECT |INSERT |UPDATE |sqlalchemy|psycopg"
)


@pytest.fixture(scope="module")
def house(
    request: pytest.FixtureRequest, filled_url: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoSites]:
    with two_sites(filled_url(request.param), tmp_path_factory.mktemp("data")) as house:
        house.reach(Scope.ALL)
        yield house


on_both_engines = pytest.mark.parametrize("house", ENGINES, indirect=True, scope="module")
on_one_engine = pytest.mark.parametrize("house", ENGINES[:1], indirect=True, scope="module")


# --- What is sent ----------------------------------------------------------------------------------------------------

NUMBERS = (
    *("0", "-1", "1", "2", "20", "999999", "2147483648", "9223372036854775807", "9223372036854775808", "9" * 40),
    *(
        "9" * 5000,
        "1e5",
        "0x10",
        "１２",
        "٣",
        "²",
        "1.5",
        "1,5",
        "99999",
        "NaN",
        "Infinity",
        "1E+400",
        "--5",
        "+5",
        "5-6",
        "1_000",
    ),
)
WORDS = (
    *(
        "",
        " ",
        "a",
        "é" * 300,
        "x" * 6000,
        "a\x00b",
        "\x00",
        "\x01\x02",
        "\r\nSet-Cookie: a=b",
        "\u202e\u2028\ufffe",
        "😀",
    ),
    *(
        "%_\\",
        "'; DROP TABLE young_person; --",
        "{{7*7}}",
        "${jndi:ldap://x}",
        "../../etc/passwd",
        "=1+1",
        "null",
        "[]",
    ),
    *(
        "<script>alert(1)</script>",
        "\"'><img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "ßİſ",
        "a" + "\u0301" * 400,
    ),
)
DAYS = (
    *(
        "0001-01-01",
        "9999-12-31",
        "2024-02-30",
        "0000-00-00",
        "10000-01-01",
        "20240101",
        "2024-W01-1",
        "31/12/9999",
        "1/1/1",
    ),
    *(
        "0001-01-01T00:00",
        "9999-12-31T23:59",
        "2024-03-31T02:30",
        "2024-01-01T00:00+99:99",
        "2024-01-01T25:00",
        "12/13/2014 9h",
    ),
    *("0001-01-01..9999-12-31", "..", "x..y", "2024-01-01..", "99:99", "24:00", "9h", "-5..--5"),
)
CODES = (
    "active",
    "planned",
    "23",
    "cej",
    "vide",
    "rempli",
    "oui",
    "non",
    "y",
    "mine",
    "theirs",
    "1-2",
    "x-y",
    "1.1",
    ".",
    "1.9" + "9" * 5000,
)
KEYS = (
    "1",
    "2",
    "3",
    "0",
    "987654",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "9" * 30,
    "9" * 5000,
    "-1",
    "abc",
    "１",
    "1 ",
    "1.0",
    "%00",
)
CALLERS = (
    *[RoleName.ADMINISTRATOR] * 4,
    *[RoleName.MANAGER] * 4,
    *[RoleName.COUNSELLOR] * 2,
    RoleName.FRONT_DESK,
    None,
)
HOSTILE_HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"HX-Request": "true"},
    {"HX-Request": "true", "HX-Current-URL": "http://["},
    {"Referer": "http://["},
    {"Referer": "http://localhost/\x7f"},
    {"X-Confirmed": "1"},
    {"Cookie": "ml_admin=x.y.z"},
    {"Content-Type": "application/json"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "multipart/form-data; boundary="},
    {"Content-Type": "application/x-www-form-urlencoded; charset=utf-99"},
    {"Accept": "application/json"},
    {"X-Forwarded-For": "'", "X-Forwarded-Host": "evil.example"},
)
GESTURES = (
    *(
        "version",
        "etat",
        "rowid",
        "action",
        "field",
        "all",
        "column",
        "id",
        "value",
        "value2",
        "op",
        "search",
        "query",
        "columns",
    ),
    *(
        "page_size",
        "reset",
        "confirmed",
        "entry",
        "avec",
        "motif",
        "q",
        "tri",
        "page",
        "apres",
        "portee",
        "theme",
        "next",
        "email",
    ),
    *(
        "password",
        "code",
        "mode",
        "year",
        "answer",
        "ref",
        "alike",
        "onglet",
        "table",
        "cause",
        "csrf_token",
        "_method",
        "offset[]",
    ),
)


@dataclass
class Sender:
    """Makes requests out of a seed: the same seed, the same requests."""

    house: TwoSites
    seed: int
    sent: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        with self.house.app.app_context():
            self.models = {view.endpoint: view.model for view in views().values()}
        # what signs out, ends or opens sessions would leave nothing to attack
        self.rules = [
            rule
            for rule in self.house.app.url_map.iter_rules()
            if rule.endpoint not in ("security.logout", "security.login", "static", "admin.static")
        ]
        tokens = [seal(words, "k" * 40) for words in ("", "garcon", "\x00", "x" * 3000)]
        self.tokens = (*tokens, "~", "~x", "~" + "A" * 200, "~é", tokens[1][:-4], tokens[1] + "=", seal("x", "other"))

    def value(self) -> str:
        pool = self.random.choice((NUMBERS, WORDS, DAYS, CODES, self.tokens, KEYS))
        return self.random.choice(pool)

    def names(self, model: type[m.Base] | None) -> list[str]:
        attributes = list(fields_of(model)) if model else []
        return [
            *GESTURES,
            *attributes,
            *(f"f.{name}" for name in (*attributes, "programme", "next_appointment", "nothing", "id", "version")),
            *(f"resolve-{name}" for name in attributes),
        ]

    def likely(self, model: type[m.Base] | None, name: str) -> str:
        """A value that the attribute could have, so that the request goes further."""
        plain = name.removeprefix("f.").removeprefix("resolve-")
        if model is None or plain not in fields_of(model) or self.random.random() < 0.4:
            return self.value()
        kind = kind_of(model, plain)
        if kind == "choice":
            return self.random.choice([code for code, _ in options_of(model, plain).options()])
        pools = {"relation": KEYS[:3], "date": DAYS, "instant": DAYS, "number": NUMBERS, "bool": CODES}
        return self.random.choice(pools.get(kind, WORDS))

    def key(self) -> str:
        return self.random.choice(KEYS[:3] if self.random.random() < 0.7 else KEYS)

    def form(self, model: type[m.Base] | None) -> list[tuple[str, str]]:
        names = self.random.sample(self.names(model), self.random.randint(0, 8))
        if model and self.random.random() < 0.5:
            names += [name for name, described in fields_of(model).items() if described.form]
        pairs = [(name, self.likely(model, name)) for name in names]
        if self.random.random() < 0.2:
            pairs += [
                (self.random.choice(pairs)[0] if pairs else "x", self.value())
                for _ in range(self.random.randint(1, 60))
            ]
        if model and self.random.random() < 0.5:
            pairs += [
                ("field", self.random.choice(list(fields_of(model)))),
                ("action", self.random.choice(("change", "delete", "export"))),
            ]
            pairs += [
                ("rowid", f"{self.key()}.{self.random.choice(NUMBERS)}"),
                ("column", self.random.choice(list(fields_of(model)))),
            ]
        return pairs

    def path(self, rule: str) -> str:
        words = (*self.models, "young_person", "employer", "xlsx", "csv", "options", *WORDS)
        return re.sub(
            r"<[^>]+>",
            lambda found: (
                quote(self.key() if "int:" in found[0] else self.random.choice(words), safe="%")[:8000] or "x"
            ),
            rule,
        )

    def send(self) -> None:
        rule = self.random.choice(self.rules)
        model = self.models.get(rule.endpoint.partition(".")[0])
        usual = sorted((rule.methods or set()) & {"GET", "POST"})
        method = self.random.choice(
            usual if self.random.random() < 0.9 else ("HEAD", "OPTIONS", "PUT", "DELETE", "TRACE")
        )
        role = self.random.choice(CALLERS)
        address, sent = self.path(str(rule.rule)), self.form(model)
        query = urlencode(sent if method == "GET" else self.form(model)[:3])
        if self.random.random() < 0.1:
            query += "&%FF%FE=%C3%28&" + "a=1&" * self.random.randint(0, 300)
        headers: dict[str, str] = dict(self.random.choice(HOSTILE_HEADERS))
        body = urlencode(sent).encode() if method != "GET" else b""
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        self.judge(role, method, f"{address}?{query}", body, headers)

    def judge(self, role: RoleName | None, method: str, address: str, body: bytes, headers: dict[str, str]) -> None:
        request = f"{role} {method} {address[:300]} {body[:400]!r} {headers}"
        with listening(self.house) as faults:
            try:
                answer = self.house.browser(role).open(
                    address, method=method, data=body, headers=headers, buffered=True
                )
            except Exception as error:  # past every handler: the server would answer 500 by itself
                self.wrong.append(f"raised {type(error).__name__}: {str(error)[:200]} | {request}")
                return
        self.sent[answer.status_code] += 1
        if answer.status_code >= 500:
            self.wrong.append(f"{answer.status_code} {faults} | {request}")
        elif complaint := badly_refused(answer, method):
            self.wrong.append(f"{answer.status_code} {complaint} | {request}")


class listening:
    """`with listening(house) as faults`: what the log of the application says meanwhile."""

    def __init__(self, house: TwoSites) -> None:
        self.logger, self.faults = house.app.logger, []  # type: ignore[var-annotated]
        self.handler = logging.Handler(logging.ERROR)
        self.handler.emit = lambda record: self.faults.append(record.getMessage())  # type: ignore[method-assign]

    def __enter__(self) -> list[str]:
        self.logger.addHandler(self.handler)
        return self.faults

    def __exit__(self, *_: object) -> None:
        self.logger.removeHandler(self.handler)


def badly_refused(answer: TestResponse, method: str) -> str:
    """What is wrong with a refusal: English, machine words, no words; "" when all is well."""
    if answer.status_code < 400 or method == "HEAD" or answer.headers.get("HX-Redirect"):
        return ""
    text = re.sub(r"<script.*?</script>|<[^>]+>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
    if found := ENGLISH.search(text):
        return f"English: {found[0]}"
    return "" if FRENCH.search(text) else f"no sentence: {text[:100]!r}"


def mend(house: TwoSites) -> None:
    """Put back what would keep everybody out: closed accounts, other roles, a second code for all."""
    with writing(house.engine, Actor(None, "Mise en place")) as session:
        session.execute(update(m.Role).values(totp_required=False, scope=Scope.ALL))
        roles = {role.name: role.id for role in session.scalars(select(m.Role))}
        for name, account in house.accounts.items():
            session.execute(update(m.Account).where(m.Account.id == account).values(active=True, role_id=roles[name]))
    for role in house.accounts:
        if house.browser(role).get("/mon-compte").status_code != 200:
            house.forget(role)


def attack(house: TwoSites, seed: int, number: int) -> Sender:
    sender = Sender(house, seed)
    for turn in range(number):
        if turn % 100 == 0:
            mend(house)
        sender.send()
    return sender


@on_both_engines
def test_a_thousand_requests_that_no_page_sends_are_answered(house: TwoSites) -> None:
    sender = attack(house, 20_260, 1_000)
    assert not sender.wrong, "\n".join(sender.wrong)
    reached = sum(count for status, count in sender.sent.items() if status in (200, 302, 303, 307, 409, 422))
    assert reached > 300  # they do not all stop at the door


@pytest.mark.long
@on_both_engines
def test_ten_thousand_requests_that_no_page_sends_are_answered(house: TwoSites) -> None:
    sender = attack(house, 1, 10_000)
    assert not sender.wrong, "\n".join(sender.wrong)


# --- Requests that once broke something ------------------------------------------------------------------------------

ENDLESS = "9" * 5000  # digits past what Python reads
TRAPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("GET", f"/jeunes/{ENDLESS}", {}),
    ("GET", f"/jeunes/{2**64}", {}),
    ("GET", f"/jeunes/saisie?id={ENDLESS}&column=phone", {}),
    ("POST", "/jeunes/saisie", {"id": ENDLESS, "column": "phone"}),
    ("POST", "/jeunes/lignes", {"page_size": ENDLESS}),
    ("POST", "/jeunes/actions", {"action": "change", "rowid": f"1.{ENDLESS}"}),
    ("POST", "/jeunes/export/csv", {"rowid": [f"{key}.1" for key in range(40_000)]}),
    ("POST", f"/jeunes/supprimees/{2**64}", {}),
    ("GET", "/rendez-vous/?f.starts_at=0001-01-01..9999-12-31", {}),
    ("GET", "/jeunes/?f.last_contact=..0001-01-01", {}),
    ("GET", "/employeurs/?f.headcount_min=--5..-", {}),
    ("POST", "/employeurs/nouveau", {"name": "x", "headcount_min": "--5"}),
    ("POST", "/plan-actions/nouveau", {"young_person": "1", "label": "x", "hours": "99999"}),
    ("POST", "/plan-actions/nouveau", {"young_person": "1", "label": "x", "hours": "1e400"}),
    (
        "POST",
        "/rendez-vous/nouveau",
        {"young_person": "1", "starts_at": "0001-01-01T00:00", "ends_at": "0001-01-01T01:00"},
    ),
    ("POST", "/regles/nouveau", {"key": "age.max", "valid_from": "2024-01-01"}),
    ("POST", "/imports", {"year": ENDLESS}),
    ("POST", "/connexion?next=http://[", {"email": "\x00", "password": "\x00"}),
    ("POST", "/jeunes/export/xlsx", {"avec": "notes", "motif": "abcde\x00f"}),
    ("POST", "/inscriptions/choix", {"query": ""}),
    ("POST", "/entretiens/choix", {"query": "garcon"}),
    ("HEAD", "/jeunes/nouveau", {}),
)


@on_both_engines
@pytest.mark.parametrize(("method", "address", "form"), TRAPS, ids=[f"{m} {a[:40]} {str(f)[:40]}" for m, a, f in TRAPS])
def test_a_request_that_once_broke_something_is_answered(
    house: TwoSites, method: str, address: str, form: dict[str, Any]
) -> None:
    answer = house.browser(RoleName.ADMINISTRATOR).open(address, method=method, data=form or None, buffered=True)
    assert answer.status_code < 500
    assert badly_refused(answer, method) == ""


@on_both_engines
def test_an_anonymous_request_with_a_broken_header_is_sent_to_sign_in(house: TwoSites) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://["}
    answer = house.browser(None).get("/jeunes/", headers=headers)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/connexion")


@on_both_engines
def test_a_column_asked_three_thousand_times_is_one_column(house: TwoSites) -> None:
    client = house.browser(RoleName.AUDITOR)
    client.post("/jeunes/colonnes", data={"columns": ["city"] * 3_000})
    page = client.get("/jeunes/")
    client.post("/jeunes/colonnes", data={"reset": "1"})
    assert page.status_code == 200
    assert page.text.count('scope="col"') < 5


@on_one_engine
def test_two_thousand_filters_in_an_address_are_not_all_drawn(house: TwoSites) -> None:
    page = house.browser(RoleName.ADMINISTRATOR).get(
        "/jeunes/?" + "&".join(f"f.x{number}=1" for number in range(2_000))
    )
    assert page.status_code == 200
    assert page.text.count("Filtre inconnu") < 200


@on_both_engines
def test_a_selection_that_the_database_refuses_is_refused_whole_and_in_words(house: TwoSites) -> None:
    with writing(house.engine, Actor(None, "Mise en place")) as session:
        left = [
            m.YoungPerson(
                last_name="ROUX", first_name=name, status="closed", exit_date=date(2024, 5, 1), site_id=house.foix
            )
            for name in ("Léo", "Nora")
        ]
        session.add_all(left)
        session.flush()
        boxes = [f"{person.id}.1" for person in left]
    form = {"action": "change", "rowid": boxes, "field": "status", "status": "active"}
    answer = house.browser(RoleName.MANAGER).post("/jeunes/actions", data=form)
    assert answer.status_code == 422
    assert "Rien n’a été changé" in answer.text and "Sorti" in answer.text


@on_both_engines
def test_a_new_record_refused_for_a_reason_keeps_what_was_typed(house: TwoSites) -> None:
    form = {"last_name": "ROUX", "first_name": "Léo", "exit_date": "2024-05-01", "site": str(house.foix)}
    answer = house.browser(RoleName.MANAGER).post("/jeunes/nouveau", data=form)
    assert answer.status_code == 422
    assert 'value="ROUX"' in answer.text and "Sorti" in answer.text


@on_one_engine
def test_a_form_of_many_megabytes_is_refused_in_french(house: TwoSites) -> None:
    client = house.browser(RoleName.COUNSELLOR)
    big = client.post("/jeunes/nouveau", data={"last_name": "x" * 6_000_000, "first_name": "y"})
    many = client.post("/jeunes/nouveau", data={f"file{number}": (BytesIO(b"x"), "a") for number in range(6_000)})
    for answer in (big, many):
        assert answer.status_code == 413
        assert badly_refused(answer, "POST") == "" and "<h1" in answer.text


@on_one_engine
def test_refusals_of_each_kind_are_french_pages(house: TwoSites) -> None:
    client = house.browser(RoleName.COUNSELLOR)
    answers = {
        403: client.get("/comptes/"),
        404: client.get("/nulle-part"),
        405: client.delete("/jeunes/"),
        422: client.post("/jeunes/nouveau", data={"last_name": "", "first_name": ""}),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert 'lang="fr"' in answer.text and badly_refused(answer, "GET") == ""


# --- Code in values --------------------------------------------------------------------------------------------------

_EVENTS = (
    "onerror=alert(1)",
    "onload=alert(1)",
    "onfocus=alert(1) autofocus",
    "onmouseover=alert(1)",
    "ontoggle=alert(1) open",
)
PAYLOADS = (
    "<script>alert(1)</script>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "</script><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</option></select><script>alert(1)</script>",
    "</template><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<script src=//evil.example/x></script>",
    "<script\x0c>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=data:text/html,x>",
    "<embed src=x>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<link rel=stylesheet href=//evil.example>",
    "<form action=//evil.example><button>",
    "<style>*{display:none}</style>",
    "<math><mi xlink:href=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<template><img src=x onerror=alert(1)></template>",
    "<div hx-get=//evil.example hx-trigger=load>",
    "<img src=x data-url=//evil.example>",
    "<details open ontoggle=alert(1)>",
    *(f"<svg {event}>" for event in _EVENTS),
    *(f'"><img src=x {event}>' for event in _EVENTS),
    *(f"' {event} x='" for event in _EVENTS[:3]),
    "{{7*7}}<b>x</b>",
)
EVERYTHING = " ".join(PAYLOADS)
# columns whose length the database checks
SHORT = {"postcode": "<b>\"'", "siret": "<svg onload=1>", "siren": "<img src>"}


def test_there_are_forty_payloads() -> None:
    assert len(set(PAYLOADS)) == 40


def text_columns(model: type[m.Base]) -> list[str]:
    return [name for name, described in fields_of(model).items() if kind_of(model, name) == "text" and described.form]


def plant(house: TwoSites, model: type[m.Base], key: int, text: str) -> None:
    """Write code into every text column of a record, twice, so that its history holds it before and after."""
    for ending in ("", "z"):
        with writing(house.engine, Actor(None, f"Mise en place {PAYLOADS[0]}")) as session:
            record = session.get_one(model, key)
            for name in text_columns(model):
                last = "z" if name == "closes_at" else ""
                setattr(record, name, SHORT.get(name) or f"{text}{last}{ending}{key}")


def raw_in(page: str) -> list[str]:
    """The payloads that stand in a page as they were typed."""
    shown = page.casefold()
    return [payload for payload in (*PAYLOADS, *SHORT.values()) if payload.casefold() in shown]


def told(page: str) -> bool:
    """Whether a page speaks of the payloads, escaped."""
    return "&lt;script&gt;" in page.casefold()


@pytest.fixture(scope="module")
def loaded(house: TwoSites) -> TwoSites:
    """Every text column of every record, a file name and the names of accounts are code."""
    with house.app.app_context():
        models = [view.model for view in views().values()]
    for model in models:
        if text_columns(model) and model is not m.Setting:
            for key in {house.own[model], house.other.get(model, house.own[model])}:
                plant(house, model, key, EVERYTHING)
    with writing(house.engine, Actor(None, "Mise en place")) as session:
        session.add(m.Setting(key=EVERYTHING, valid_from=date(2021, 1, 1), value=EVERYTHING))
        for batch in session.scalars(select(m.ImportBatch)):
            batch.file_name = batch.message = batch.actor = EVERYTHING
        gone = session.get_one(m.Employer, house.own[m.Employer])
        session.add(m.EmployerContact(name=EVERYTHING, employer=gone))
    return house


@on_one_engine
def test_code_in_every_text_column_is_text_on_every_page(loaded: TwoSites) -> None:
    house, client = loaded, loaded.browser(RoleName.ADMINISTRATOR)
    with house.app.app_context():
        screens = [view for view in views().values() if text_columns(view.model)]
    raw, silent = [], []
    for view in screens:
        key, columns = house.own[view.model], text_columns(view.model)
        client.post(f"{view.url}/colonnes", data={"columns": columns})
        found = client.post(f"{view.url}/chercher", data={"search": "alert"}).location
        pages = {
            address: client.get(address).text
            for address in (
                f"{view.url}/",
                f"{view.url}/{key}",
                f"{view.url}/{key}/modifier",
                f"{view.url}/{key}/modifications",
                found,
            )
        }
        pages["delete"] = client.post(f"{view.url}/{key}/supprimer", data={"version": "1"}).text
        pages["bulk"] = client.post(f"{view.url}/actions", data={"action": "change", "rowid": f"{key}.1"}).text
        raw += [(address, raw_in(page)) for address, page in pages.items() if raw_in(page)]
        silent += [address for address in list(pages)[:4] if not told(pages[address]) and view.model is not m.Setting]
    assert raw == []
    assert silent == []  # the code was there to be shown


@on_one_engine
def test_code_in_names_is_text_on_the_pages_around(loaded: TwoSites) -> None:
    house = loaded
    for role in (RoleName.ADMINISTRATOR, RoleName.COUNSELLOR):
        client = house.browser(role)
        pages = {
            address: client.get(address).text
            for address in ("/", "/imports", "/consultations", "/pilotage", "/mon-compte", "/regles/")
        }
        pages["search"] = client.post("/recherche", data={"q": "alert"}).text
        for view, key in (("jeunes", house.own[m.YoungPerson]), ("employeurs", house.own[m.Employer])):
            for panel in set(re.findall(rf'"(/{view}/{key}/liees/[^"]+)"', client.get(f"/{view}/{key}").text)):
                pages[panel] = client.get(panel).text
        for step in ("apercu", "reconnaissance"):
            pages[step] = client.get(f"/imports/{house.imports[role]}/{step}").text
        assert {address: raw_in(page) for address, page in pages.items() if raw_in(page)} == {}
        assert told(pages["search"]) and told(pages["/imports"])
    deleted = house.browser(RoleName.ADMINISTRATOR).get("/jeunes/supprimees").text
    assert raw_in(deleted) == []


@on_one_engine
def test_code_that_is_sent_comes_back_as_text(house: TwoSites) -> None:
    client, wrong = house.browser(RoleName.MANAGER), []
    for payload in PAYLOADS:
        filtered = client.post("/jeunes/filtrer", data={"field": "city", "op": "contient", "value": payload}).location
        narrowed = {"search": payload, "etat": filtered.partition("?")[2]}
        typed = dict.fromkeys(text_columns(m.YoungPerson), payload) | {"birth_date": payload}
        cell = {"id": house.own[m.YoungPerson], "column": "phone", "version": 1, "value": payload}
        pages = [
            client.get(client.post("/jeunes/chercher", data=narrowed).location),
            client.get("/jeunes/", query_string={"tri": payload, f"f.{payload}": payload, "page": payload}),
            client.post("/recherche", data={"q": payload}),
            client.post("/jeunes/nouveau", data=typed),
            client.post("/jeunes/saisie", data=cell),
            client.post("/jeunes/export/options", data={"motif": payload, "etat": payload}),
            house.browser(None).get("/connexion", query_string={"next": payload}),
        ]
        wrong += [(page.request.path, payload) for page in pages if raw_in(page.text)]
    assert wrong == []


@on_one_engine
def test_an_address_of_the_web_is_a_link_and_nothing_else_is(house: TwoSites) -> None:
    client, partner = house.browser(RoleName.MANAGER), house.own[m.Partner]
    for website in (
        "javascript:alert(1)",
        "data:text/html,x",
        " javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "vbscript:x",
        "//evil.example",
    ):
        with writing(house.engine, Actor(None, "Mise en place")) as session:
            session.get_one(m.Partner, partner).website = website
        links = re.findall(r'href="([^"]*)"', client.get(f"/partenaires/{partner}").text)
        assert not [link for link in links if not re.match(r"/(?!/)|#|https?://localhost|mailto:|tel:", link)], website
