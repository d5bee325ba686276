"""Sign-in, sessions, second code, one-time links, and what an administrator does for an account."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pyotp
import pytest
from flask import Blueprint, Flask, g, request
from flask_babel import Babel
from flask_security.utils import verify_password
from flask_sqlalchemy_lite import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from ml_admin import access, passwords
from ml_admin.accounts import CLOSED, PUBLIC, current_viewer, init_accounts, require
from ml_admin.choices import RoleName, Scope
from ml_admin.config import Settings
from ml_admin.database import Actor, acting_as, begin_mode, engine_options, prepare, writing
from ml_admin.models import Account, LoginAttempt, OneTimeLink, Role, Setting, SignIn
from ml_admin.views import accounts as account_pages
from ml_admin.views import formats

PHRASE = "tambour cerise vallon"
OTHER = "orage lanterne pupitre"
MINUTE = timedelta(minutes=1)


def on_both(test):
    """What touches the data runs on both engines; the rest on SQLite alone."""
    test.on_both = True
    return test


class Clock:
    """The time of the application, moved by hand."""

    def __init__(self):
        self.instant = datetime(2025, 3, 3, 9, tzinfo=UTC)

    def __call__(self):
        return self.instant

    def pass_(self, **time):
        self.instant += timedelta(**time)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def settings(engine, tmp_path):
    return Settings(
        data=tmp_path,
        database_url=engine.url.render_as_string(hide_password=False),
        secret_key="s" * 40,
        password_salt="p" * 40,
        totp_key="t" * 40,
        name="Mission Locale de Rieumajou",
    )


@pytest.fixture
def office(engine, settings):
    """Denise (direction of the accounts), Claire (conseillère) and Karim (accueil), all with the same phrase."""
    hashed = passwords.hash_password(PHRASE, settings.password_salt)
    with Session(engine) as session:
        acting_as(session, None, "Installation")
        for name, role in (
            ("denise", RoleName.ADMINISTRATOR),
            ("claire", RoleName.COUNSELLOR),
            ("karim", RoleName.FRONT_DESK),
        ):
            access.create_account(session, name, f"{name}@example.org", hashed, role)
        session.commit()


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def apps(engine, settings, clock, compiled):
    """Makes as many applications on the same database as a test asks for."""
    made = []

    def make(**changes):
        app = small_app(replace(settings, **changes), clock)
        app.jinja_env.bytecode_cache = compiled  # half of the time went into compiling the same pages
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            app.extensions["ml_door"].engine.dispose()


@pytest.fixture
def app(apps, office):
    return apps()


def small_app(settings, clock):
    app = Flask("ml_admin")
    url = settings.database_url
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_ENGINES={"default": {"url": url, **engine_options(url)}},
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE="fr",
        TESTING=True,
    )
    app.jinja_env.globals["ml_sprite"] = formats.sprite
    db = SQLAlchemy(app)
    Babel(app)
    CSRFProtect(app)

    @app.before_request
    def begin():
        g.mode = begin_mode.set("read" if request.method in ("GET", "HEAD") else "write")

    @app.teardown_request
    def end(_):
        if "mode" in g:
            begin_mode.reset(g.mode)

    with app.app_context():
        prepare(db.engine)
    init_accounts(app, db, settings, clock)

    @app.before_request
    def sign():
        if request.endpoint != "static" and current_viewer().account_id is not None:
            acting_as(db.session, current_viewer().account_id, current_viewer().label)

    app.register_blueprint(account_pages.blueprint)
    for name, endpoint, rule in (
        ("admin", "index", "/"),
        ("account_list", "index_view", "/comptes"),
        ("search", "results", "/chercher"),
        ("preferences", "theme", "/preferences/theme"),
    ):
        blueprint = Blueprint(name, name)
        blueprint.add_url_rule(rule, endpoint, lambda: current_viewer().label or "?", methods=["GET", "POST"])
        app.register_blueprint(blueprint)
    app.add_url_rule("/sante", "health", lambda: "ok")
    app.add_url_rule("/regles", "rules", lambda: require("update", Setting).label)
    return app


class Browser:
    """A browser that sends forms as people do: with the token of the page."""

    def __init__(self, app):
        self.client = app.test_client()

    def get(self, path, **options):
        return self.client.get(path, **options)

    def send(self, path, page=None, follow=False, **fields):
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page or path).text)
        fields = {name.replace("__", "-"): value for name, value in fields.items()}
        return self.client.post(path, data={"csrf_token": token[1] if token else "", **fields}, follow_redirects=follow)

    def sign_in(self, name, password=PHRASE):
        return self.send("/connexion", email=name, password=password)

    def gesture(self, path, **fields):
        return self.send(path, page="/mon-compte", **fields)

    @property
    def is_in(self):
        return self.get("/").status_code == 200

    def cookie(self):
        return self.client.get_cookie("ml_admin").value


@pytest.fixture
def browser(app):
    return Browser(app)


def signed_in(app, name):
    browser = Browser(app)
    assert browser.sign_in(name).status_code == 302
    return browser


def words(response):
    return unescape(response.text).replace("\u00a0", " ").replace("\u202f", " ")


def account(engine, name):
    with Session(engine) as session:
        return session.scalars(select(Account).where(Account.username == name)).unique().one()


def change(engine, name, **values):
    with writing(engine, Actor(None, "Test")) as session:
        row = session.scalars(select(Account).where(Account.username == name)).unique().one()
        for attribute, value in values.items():
            setattr(row, attribute, value)


# --- The gate --------------------------------------------------------------------------------------------------------


def test_an_anonymous_visitor_is_led_to_the_sign_in_and_back(browser):
    led = browser.get("/regles?tri=nom")
    assert led.status_code == 302
    assert led.location == "/connexion?next=/regles?tri%3Dnom"
    back = browser.send(led.location, email="denise", password=PHRASE)
    assert back.location == "/regles?tri=nom"


def test_an_anonymous_form_is_refused_in_words(browser):
    refused = browser.send("/preferences/theme", page="/connexion")
    assert refused.status_code == 401
    assert "n’a pas été enregistré" in words(refused)


def test_an_anonymous_partial_update_sends_the_whole_page_to_the_sign_in(browser):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/regles?page=2"}
    refused = browser.get("/regles", headers=headers)
    assert (refused.status_code, refused.text) == (401, "")
    assert refused.headers["HX-Redirect"] == "/connexion?next=/regles?page%3D2"


def test_every_page_but_the_public_ones_is_closed_to_an_anonymous_visitor(app):
    opened, browser = set(), Browser(app)
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<int:[^>]+>", "1", rule.rule).replace("<token>", "x").replace("<path:filename>", "ml.css")
        answers = {browser.get(path).status_code, browser.send(path, page="/connexion").status_code}
        if rule.endpoint not in CLOSED and not answers <= {302, 401, 405}:
            opened.add(rule.endpoint)
    assert opened == PUBLIC - {"security.two_factor_token_validation"}


def test_flask_securitys_spare_pages_do_not_exist_even_when_signed_in(app):
    browser = signed_in(app, "denise")
    rules = [rule.rule.replace("<token>", "x") for rule in app.url_map.iter_rules() if rule.endpoint in CLOSED]
    assert len(rules) == len(CLOSED)
    assert {browser.get(path).status_code for path in rules} <= {404, 405}


def test_a_role_without_the_right_gets_403(app):
    assert signed_in(app, "denise").get("/regles").status_code == 200
    assert signed_in(app, "karim").get("/regles").status_code == 403


@on_both
def test_a_style_sheet_asks_the_database_nothing(app, browser):
    browser.sign_in("claire")
    asked = []
    with app.app_context():
        event.listen(
            app.extensions["ml_door"].engine, "before_cursor_execute", lambda *details: asked.append(details[2])
        )
    assert browser.get("/static/ml.css").status_code == 200
    assert asked == []
    browser.get("/")
    assert len([statement for statement in asked if statement.startswith("SELECT account")]) == 1


# --- Signing in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["claire", "Claire ", "claire@example.org"])
def test_the_name_or_the_e_mail_opens_the_session(browser, typed):
    assert browser.sign_in(typed).location == "/"
    assert browser.get("/").text == "claire"


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(apps, office):
    def page(name):
        answer = Browser(apps()).sign_in(name, "pas la bonne phrase")
        text = re.sub(r'value="[^"]*"', "", answer.text).replace(name, "")
        return answer.status_code, sorted(answer.headers.keys()), text

    assert page("claire") == page("nobody")


def test_the_answer_says_how_many_tries_remain(browser):
    assert "inexact. Encore 4 essais avant une pause." in words(browser.sign_in("claire", "non"))
    assert "inexact. Encore 3 essais avant une pause." in words(browser.sign_in("claire", ""))


@on_both
@pytest.mark.parametrize("name", ["claire", "nobody"])
def test_guessing_is_slowed_down_across_two_processes(apps, office, clock, name):
    first, second = Browser(apps()), Browser(apps())
    statuses = [browser.sign_in(name, "non").status_code for browser in (first, second) * 4]
    assert statuses == [422] * 5 + [429] * 3
    refused = second.sign_in(name)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"
    assert "Attendez 1 min, puis recommencez ; ou demandez à un administrateur" in words(refused)
    clock.pass_(minutes=1)
    assert first.sign_in(name).status_code == (302 if name == "claire" else 422)


@on_both
def test_a_right_sign_in_starts_the_count_again(app, browser):
    for _ in range(2):
        for _ in range(4):
            browser.sign_in("claire", "non")
        assert signed_in(app, "claire").is_in


@on_both
def test_a_closed_account_is_told_so_only_with_the_right_password(engine, browser):
    change(engine, "karim", active=False)
    assert "Ce compte est fermé" in words(browser.sign_in("karim"))
    assert "Ce compte est fermé" not in words(browser.sign_in("karim", "non"))
    assert not browser.is_in


@on_both
def test_an_account_that_waits_for_its_link_has_no_password_at_all(engine, browser):
    change(engine, "karim", password=None)
    assert {browser.sign_in("karim", password).status_code for password in ("", "None", PHRASE)} == {422}


@pytest.mark.parametrize(
    "address", ["https://example.com/", "//example.com", "///example.com", "\\\\example.com", "javascript:x"]
)
def test_the_sign_in_leads_nowhere_else(app, address):
    browser = Browser(app)
    answer = browser.send("/connexion", email="claire", password=PHRASE, next=address)
    assert answer.status_code == 302
    assert not re.match(r"[a-z]+:|//|\\", answer.location) or answer.location.startswith("http://localhost/")


def test_a_form_without_its_token_is_refused(app):
    refused = app.test_client().post("/connexion", data={"email": "claire", "password": PHRASE})
    assert refused.status_code == 400


@pytest.mark.parametrize("body", ["[1]", "{", '{"email": "claire"}'])
def test_there_is_no_sign_in_by_json(app, body):
    browser = Browser(app)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/connexion").text)[1]
    headers = {"X-CSRFToken": token}
    answer = browser.client.post("/connexion", data=body, headers=headers, content_type="application/json")
    assert answer.status_code == 400


def test_tokens_and_basic_authentication_open_nothing(app):
    client = app.test_client()
    assert client.get("/", auth=("claire", PHRASE)).status_code == 302
    assert client.get("/?auth_token=x", headers={"Authentication-Token": "x"}).status_code == 302


@on_both
def test_accented_and_endless_entries_are_refused_like_others(browser):
    assert {browser.sign_in(name, name).status_code for name in ("é\u0000\ud7ff😀", "x" * 5000, "' OR 1=1 --")} == {422}


def test_the_hash_is_the_one_that_flask_security_reads(app, settings):
    with app.app_context():
        assert verify_password(PHRASE, passwords.hash_password(PHRASE, settings.password_salt))


# --- Sessions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("https", "name"), [(False, "ml_admin"), (True, "__Host-ml_admin")])
def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(apps, office, https, name):
    client = apps(https=https).test_client()
    cookie = client.get("/connexion", base_url="https://localhost/").headers["Set-Cookie"]
    assert cookie.startswith(f"{name}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert ("Secure" in cookie) is https
    assert "Expires" not in cookie and "Domain" not in cookie


def test_a_sign_in_throws_away_what_the_browser_held_before(browser):
    browser.get("/connexion")
    with browser.client.session_transaction() as before:
        before["planted"] = True
        token = before["csrf_token"]
    browser.sign_in("claire")
    with browser.client.session_transaction() as after:
        assert "planted" not in after
        assert after.get("csrf_token") != token


@on_both
def test_a_cookie_copied_before_signing_out_is_worth_nothing_after(app, browser):
    browser.sign_in("claire")
    copy = browser.cookie()
    other = app.test_client()
    other.set_cookie("ml_admin", copy)
    assert other.get("/").status_code == 200
    browser.gesture("/deconnexion")
    assert not browser.is_in
    other.set_cookie("ml_admin", copy)
    assert other.get("/").status_code == 302


def test_signing_out_takes_a_form(browser):
    browser.sign_in("claire")
    assert browser.get("/deconnexion").status_code == 405
    assert browser.client.post("/deconnexion").status_code == 400
    assert browser.is_in


@on_both
def test_an_idle_session_ends_and_says_so(browser, clock):
    browser.sign_in("claire")
    clock.pass_(minutes=29)
    assert browser.is_in
    clock.pass_(minutes=29)
    assert browser.is_in
    clock.pass_(minutes=31)
    assert not browser.is_in
    assert "Votre session est terminée" in words(browser.get("/connexion"))
    clock.pass_(minutes=-31)
    assert not browser.is_in


@on_both
def test_a_session_in_use_ends_after_ten_hours(browser, clock):
    browser.sign_in("claire")
    for _ in range(29):
        clock.pass_(minutes=20)
        assert browser.is_in
    clock.pass_(minutes=20)
    assert not browser.is_in


def test_a_form_sent_after_the_end_of_the_session_is_not_written_and_says_so(browser, clock):
    browser.sign_in("claire")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/mon-compte").text)[1]
    clock.pass_(minutes=31)
    refused = browser.client.post("/preferences/theme", data={"csrf_token": token})
    assert refused.status_code == 401
    assert "Par prudence, elle se ferme après un temps sans activité" in words(refused)


@on_both
def test_a_closed_account_is_out_at_its_next_request_and_stays_out(engine, browser):
    browser.sign_in("claire")
    change(engine, "claire", active=False)
    assert not browser.is_in
    change(engine, "claire", active=True)
    assert not browser.is_in


def test_a_forged_or_damaged_session_is_no_session(browser):
    browser.sign_in("claire")
    for held in (None, "x", {"token": "x", "seen": 0}, ["x"]):
        with browser.client.session_transaction() as cookie:
            cookie["ml_open"] = held
        assert not browser.is_in


def test_the_session_of_one_account_is_not_that_of_another(engine, browser):
    browser.sign_in("claire")
    with browser.client.session_transaction() as cookie:
        cookie["_user_id"] = account(engine, "denise").fs_uniquifier
    assert not browser.is_in


def test_sessions_are_kept_as_digests_with_the_browser_they_are_in(app, engine):
    browser = Browser(app)
    browser.client.environ_base["HTTP_USER_AGENT"] = (
        "Mozilla/5.0 (Windows NT 10.0; rv:133.0) Gecko/20100101 Firefox/133.0"
    )
    browser.sign_in("claire")
    with browser.client.session_transaction() as cookie:
        token = cookie["ml_open"]["token"]
    with Session(engine) as session:
        row = session.scalars(select(SignIn)).one()
        assert row.device == "Firefox, Windows"
        assert token != row.token_hash
        assert {attempt.success for attempt in session.scalars(select(LoginAttempt))} == {True}


def test_the_viewer_is_the_account_in_terms_of_rights(app, engine):
    browser = signed_in(app, "claire")
    seen = []
    app.view_functions["rules"] = lambda: seen.append(current_viewer()) or "ok"
    browser.get("/regles")
    assert (seen[0].role, seen[0].scope, seen[0].label) == (RoleName.COUNSELLOR, Scope.ALL, "claire")
    assert seen[0].account_id == account(engine, "claire").id


# --- Mon compte ------------------------------------------------------------------------------------------------------


@on_both
def test_a_changed_password_closes_the_other_sessions_and_keeps_this_one(app):
    here, elsewhere = signed_in(app, "claire"), signed_in(app, "claire")
    done = here.send(
        "/mon-compte/mot-de-passe", password=PHRASE, new_password=OTHER, new_password_confirm=OTHER, follow=True
    )
    assert "Votre mot de passe est changé" in words(done)
    assert here.is_in and not elsewhere.is_in
    assert Browser(app).sign_in("claire").status_code == 422
    assert Browser(app).sign_in("claire", OTHER).status_code == 302


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"password": "non"}, "Ce n’est pas votre mot de passe actuel. Encore 4 essais avant une pause."),
        ({"new_password": "court", "new_password_confirm": "court"}, "au moins 12 caractères"),
        ({"new_password": "motdepasse123", "new_password_confirm": "motdepasse123"}, "qu’on essaie en premier"),
        ({"new_password": "claire rieumajou", "new_password_confirm": "claire rieumajou"}, "votre nom"),
        ({"new_password_confirm": "orage lanterne pupitres"}, "Les deux mots de passe diffèrent"),
        ({"new_password": PHRASE, "new_password_confirm": PHRASE}, "C’est déjà votre mot de passe"),
    ],
)
def test_a_password_is_not_changed_without_the_present_one_nor_for_a_weak_one(app, engine, fields, sentence):
    before = account(engine, "claire").password
    entries = {"password": PHRASE, "new_password": OTHER, "new_password_confirm": OTHER, **fields}
    answer = signed_in(app, "claire").send("/mon-compte/mot-de-passe", **entries)
    assert sentence in words(answer)
    assert account(engine, "claire").password == before


def test_guessing_the_present_password_of_an_open_session_is_slowed_down(app):
    browser = signed_in(app, "claire")
    entries = {"password": "non", "new_password": OTHER, "new_password_confirm": OTHER}
    for _ in range(5):
        browser.send("/mon-compte/mot-de-passe", **entries)
    refused = browser.send("/mon-compte/mot-de-passe", **{**entries, "password": PHRASE})
    assert refused.status_code == 429


def test_the_account_page_lists_sessions_and_closes_the_others(app):
    here, elsewhere = signed_in(app, "claire"), signed_in(app, "claire")
    page = words(here.get("/mon-compte"))
    assert page.count("cette session") == 1
    assert "Vos autres sessions sont fermées" in words(
        here.send("/mon-compte/sessions", page="/mon-compte", follow=True)
    )
    assert here.is_in and not elsewhere.is_in


# --- The second code -------------------------------------------------------------------------------------------------


def key_of(page):
    return re.search(r'ml-key-text">([^<]+)<', page.text)[1].replace("-", "").replace(" ", "")


def set_up(browser):
    """Sets the second code up; (maker of codes, recovery codes)."""
    maker = pyotp.TOTP(key_of(browser.get("/mon-compte/second-code")))
    page = browser.send("/mon-compte/second-code", code=maker.now())
    assert page.status_code == 200
    return maker, re.findall(r"<li>([0-9a-f-]{14})</li>", page.text)


def next_code(maker):
    return maker.at(datetime.now(UTC), counter_offset=1)


@on_both
def test_the_second_code_is_set_up_then_asked_for(app, engine):
    browser = signed_in(app, "claire")
    maker, codes = set_up(browser)
    assert len(set(codes)) == 10
    row = account(engine, "claire")
    assert maker.secret not in row.tf_totp_secret
    assert not set(codes) & set(row.mf_recovery_codes)
    again = Browser(app)
    asked = again.sign_in("claire")
    assert asked.location.startswith("/connexion/code")
    assert not again.is_in
    assert again.send("/connexion/code", code=next_code(maker)).status_code == 302
    assert again.is_in


def test_the_picture_is_drawn_inside_the_page_without_any_style_or_script(app):
    page = signed_in(app, "claire").get("/mon-compte/second-code").text
    assert "<svg" in page and "<path" in page
    assert "style=" not in page and "data:image" not in page and "<script>" not in page


def test_a_reload_shows_the_same_picture(app):
    browser = signed_in(app, "claire")
    assert key_of(browser.get("/mon-compte/second-code")) == key_of(browser.get("/mon-compte/second-code"))


def test_a_wrong_first_code_sets_nothing_up(app, engine):
    browser = signed_in(app, "claire")
    browser.get("/mon-compte/second-code")
    answer = browser.send("/mon-compte/second-code", code="000000")
    assert "Ce code n’est pas le bon" in words(answer)
    assert account(engine, "claire").tf_totp_secret is None


@on_both
def test_a_code_serves_once(app):
    maker, _ = set_up(signed_in(app, "claire"))
    code = next_code(maker)
    first, second = Browser(app), Browser(app)
    for browser in (first, second):
        browser.sign_in("claire")
    assert first.send("/connexion/code", code=code).status_code == 302
    replayed = second.send("/connexion/code", code=code)
    assert "Ce code a déjà servi" in words(replayed)
    assert not second.is_in


def test_the_code_that_set_it_up_does_not_open_a_session(app):
    browser = signed_in(app, "claire")
    maker = pyotp.TOTP(key_of(browser.get("/mon-compte/second-code")))
    code = maker.now()
    browser.send("/mon-compte/second-code", code=code)
    other = Browser(app)
    other.sign_in("claire")
    assert "Ce code a déjà servi" in words(other.send("/connexion/code", code=code))


def test_guessing_codes_is_slowed_down(app):
    set_up(signed_in(app, "claire"))
    browser = Browser(app)
    browser.sign_in("claire")
    statuses = [browser.send("/connexion/code", code=f"00000{n}").status_code for n in range(6)]
    assert statuses == [422] * 5 + [429]


@on_both
def test_a_recovery_code_replaces_the_telephone_once(app, engine):
    _, codes = set_up(signed_in(app, "claire"))
    for spelling, status in ((codes[0].upper(), 302), (codes[0], 422), (codes[1].replace("-", " "), 302), ("zzz", 422)):
        browser = Browser(app)
        browser.sign_in("claire")
        assert browser.send("/connexion/code", code=spelling).status_code == status
    assert len(account(engine, "claire").mf_recovery_codes) == 8


def test_the_recovery_codes_of_one_account_do_not_open_another(app):
    _, codes = set_up(signed_in(app, "claire"))
    set_up(signed_in(app, "karim"))
    browser = Browser(app)
    browser.sign_in("karim")
    assert browser.send("/connexion/code", code=codes[0]).status_code == 422


@on_both
def test_new_recovery_codes_and_the_end_of_the_second_code_ask_for_the_password(app, engine):
    browser = signed_in(app, "claire")
    _, codes = set_up(browser)
    assert browser.gesture("/mon-compte/codes-de-secours", codes__password="non").status_code == 422
    fresh = browser.gesture("/mon-compte/codes-de-secours", codes__password=PHRASE)
    assert not set(codes) & set(re.findall(r"<li>([0-9a-f-]{14})</li>", fresh.text))
    assert browser.gesture("/mon-compte/second-code/retirer", off__password="non").status_code == 422
    assert account(engine, "claire").tf_totp_secret
    browser.gesture("/mon-compte/second-code/retirer", off__password=PHRASE)
    assert account(engine, "claire").tf_totp_secret is None
    assert signed_in(app, "claire").is_in


@on_both
def test_a_role_that_must_have_a_second_code_sets_it_up_before_anything_else(app, engine):
    browser = signed_in(app, "karim")
    with writing(engine, Actor(None, "Test")) as session:
        session.scalars(select(Role).where(Role.name == RoleName.FRONT_DESK)).one().totp_required = True
    led = browser.get("/regles")
    assert (led.status_code, led.location) == (303, "/mon-compte/second-code")
    assert browser.get("/regles", headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/mon-compte/second-code"
    assert browser.get("/mon-compte").status_code == 303
    set_up(browser)
    assert browser.is_in
    kept = browser.gesture("/mon-compte/second-code/retirer", off__password=PHRASE, follow=True)
    assert "Votre rôle demande un second code" in words(kept)
    assert account(engine, "karim").tf_totp_secret


def test_the_page_of_the_code_is_closed_to_whoever_gave_no_password(browser):
    assert browser.get("/connexion/code").status_code == 302
    assert browser.send("/connexion/code", page="/connexion", code="123456").status_code == 302
    assert not browser.is_in


# --- One-time links --------------------------------------------------------------------------------------------------


def make_link(engine, purpose, name, clock):
    with writing(engine, Actor(None, "Test")) as session:
        target = access.find_account(session, name).id if name else None
        return f"/lien/{access.make_link(session, purpose, target, instant=clock())}"


@on_both
def test_the_first_administrator_sets_the_house_up_once(apps, engine, clock):
    app = apps()
    address = make_link(engine, access.SETUP, None, clock)
    browser = Browser(app)
    entries = {"username": "denise", "email": "Denise@Example.org", "password": PHRASE, "password_confirm": PHRASE}
    done = browser.send(address, **entries, follow=True)
    assert "Votre compte est prêt" in words(done)
    assert account(engine, "denise").role.name == RoleName.ADMINISTRATOR
    assert browser.sign_in("denise@example.org").status_code == 302
    for path in (address, make_link(engine, access.SETUP, None, clock)):
        assert Browser(app).get(path).status_code == 404


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"username": " "}, "de 2 à 80 caractères"),
        ({"email": "denise"}, "adresse e-mail entière"),
        ({"password": "denise-rieumajou", "password_confirm": "denise-rieumajou"}, "votre nom"),
        ({"password_confirm": ""}, "Les deux mots de passe diffèrent"),
    ],
)
def test_a_set_up_with_a_fault_keeps_the_link_and_the_entries(apps, engine, clock, entries, sentence):
    browser = Browser(apps())
    address = make_link(engine, access.SETUP, None, clock)
    right = {"username": "denise", "email": "denise@example.org", "password": PHRASE, "password_confirm": PHRASE}
    answer = browser.send(address, **{**right, **entries})
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert browser.send(address, **right).status_code == 303


@on_both
def test_a_link_gives_a_new_password_once_and_ends_the_sessions(app, engine, clock):
    inside = signed_in(app, "karim")
    address = make_link(engine, access.PASSWORD, "karim", clock)
    assert Browser(app).get(address).status_code == 200
    browser = Browser(app)
    assert browser.send(address, password=OTHER, password_confirm=OTHER).status_code == 303
    assert not inside.is_in
    assert browser.sign_in("karim").status_code == 422
    assert browser.sign_in("karim", OTHER).status_code == 302
    assert Browser(app).get(address).status_code == 404


@on_both
def test_a_link_ends_the_pause_of_whoever_forgot_the_password(app, engine, clock):
    browser = Browser(app)
    for _ in range(6):
        browser.sign_in("karim", "non")
    browser.send(make_link(engine, access.PASSWORD, "karim", clock), password=OTHER, password_confirm=OTHER)
    assert browser.sign_in("karim", OTHER).status_code == 302


def test_a_link_too_old_or_made_up_says_what_to_do(app, engine, clock):
    address = make_link(engine, access.PASSWORD, "karim", clock)
    clock.pass_(hours=48)
    for path in (address, "/lien/x"):
        answer = Browser(app).get(path)
        assert answer.status_code == 404
        assert "demandez-en un autre à un administrateur" in words(answer)


@on_both
def test_guessing_links_is_slowed_down(app):
    browser = Browser(app)
    statuses = [browser.get(f"/lien/{number}").status_code for number in range(6)]
    assert statuses == [404] * 5 + [429]


def test_the_address_of_a_link_is_told_to_no_other_site_and_kept_nowhere(app, engine, clock):
    answer = Browser(app).get(make_link(engine, access.PASSWORD, "karim", clock))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


# --- What an administrator does for an account -----------------------------------------------------------------------

GESTURES = ["lien", "sessions", "second-code/retirer", "fermer", "ouvrir"]


@pytest.mark.parametrize("gesture", GESTURES)
def test_only_the_administration_touches_the_accounts_of_others(app, engine, gesture):
    browser = signed_in(app, "claire")
    key = account(engine, "karim").id
    assert browser.gesture(f"/comptes/{key}/{gesture}").status_code == 403
    assert browser.get(f"/comptes/{key}/{gesture}").status_code == 405
    assert account(engine, "karim").active


@on_both
@pytest.mark.parametrize("gesture", GESTURES)
@pytest.mark.parametrize("key", [0, 999_999, 2**63, 10**30])
def test_an_account_that_does_not_exist_is_not_found(app, gesture, key):
    assert signed_in(app, "denise").gesture(f"/comptes/{key}/{gesture}").status_code == 404


@on_both
def test_an_administrator_hands_over_a_link_that_works(app, engine):
    key = account(engine, "karim").id
    page = signed_in(app, "denise").gesture(f"/comptes/{key}/lien")
    address = re.search(r'value="http://localhost(/lien/[^"]+)"', page.text)[1]
    assert Browser(app).send(address, password=OTHER, password_confirm=OTHER).status_code == 303
    assert Browser(app).sign_in("karim", OTHER).status_code == 302
    with Session(engine) as session:
        assert address.removeprefix("/lien/") not in {link.token_hash for link in session.scalars(select(OneTimeLink))}


def test_a_closed_account_gets_no_link(app, engine):
    change(engine, "karim", active=False)
    answer = signed_in(app, "denise").gesture(f"/comptes/{account(engine, 'karim').id}/lien")
    assert answer.status_code == 303
    with Session(engine) as session:
        assert session.scalars(select(OneTimeLink)).all() == []


def test_an_administrator_ends_the_sessions_of_an_account(app, engine):
    inside = signed_in(app, "karim")
    signed_in(app, "denise").gesture(f"/comptes/{account(engine, 'karim').id}/sessions")
    assert not inside.is_in


@on_both
def test_an_administrator_takes_the_second_code_off(app, engine):
    set_up(signed_in(app, "karim"))
    signed_in(app, "denise").gesture(f"/comptes/{account(engine, 'karim').id}/second-code/retirer")
    row = account(engine, "karim")
    assert (row.tf_totp_secret, row.mf_recovery_codes) == (None, None)
    assert signed_in(app, "karim").is_in


@on_both
def test_an_account_is_closed_and_opened_again(app, engine):
    inside, boss = signed_in(app, "karim"), signed_in(app, "denise")
    key = account(engine, "karim").id
    boss.gesture(f"/comptes/{key}/fermer")
    assert not inside.is_in
    assert not account(engine, "karim").active
    boss.gesture(f"/comptes/{key}/ouvrir")
    assert not inside.is_in
    assert signed_in(app, "karim").is_in


@on_both
def test_an_administrator_does_not_close_their_own_account(app, engine):
    boss = signed_in(app, "denise")
    refused = boss.gesture(f"/comptes/{account(engine, 'denise').id}/fermer", follow=False)
    assert refused.status_code == 303
    assert "votre propre compte" in words(boss.get("/mon-compte"))
    assert account(engine, "denise").active


for name, test in list(globals().items()):
    if name.startswith("test_") and not hasattr(test, "on_both"):
        globals()[name] = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)(test)
