"""« Mon compte », one-time links, and what an administrator does for an account."""

import time
from typing import Any

import segno
from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from markupsafe import Markup

from ml_admin import access, passwords, throttle
from ml_admin import models as m
from ml_admin.accounts import current_viewer, require, session_token, sessions_since
from ml_admin.choices import RoleName
from ml_admin.database import acting_as
from ml_admin.editing import find
from ml_admin.sign_in import (
    apart,
    check_code,
    count,
    door,
    forgive,
    new_recovery_codes,
    patience,
    signed_in_account,
    words_about,
)
from ml_admin.views import formats
from ml_admin.views.account_forms import ChosenPasswordForm, OwnPasswordForm, SecondCodeForm, SetUpForm

blueprint = Blueprint("accounts", __name__)

_FRESH_SECONDS = 600  # after the sign-in, the password is not asked again to set a code up
_PENDING = "ml_code_secret"  # encrypted, in the cookie until its first code is right


# --- Mon compte ------------------------------------------------------------------------------------------------------


@blueprint.get("/mon-compte")
def mine() -> Any:
    """The account of whoever is signed in: password, second code, sessions."""
    return _mine()


def _mine(**forms: Any) -> Any:
    account = signed_in_account()
    shown = {
        "account": account,
        "code_is_set": bool(account.tf_totp_secret),
        "code_is_due": account.role.totp_required,
        "codes_left": len(account.mf_recovery_codes or ()),
        "sessions": [
            {**line, "began": formats.text_of(line["started_at"])}
            for line in access.last_sessions(door().db.session, account.id, sessions_since(), session_token())
        ],
        "code_off_form": OwnPasswordForm(formdata=None, prefix="off-"),
        "new_codes_form": OwnPasswordForm(formdata=None, prefix="codes-"),
    }
    return render_template("security/account.html", **{**shown, **forms})


@blueprint.post("/mon-compte/sessions")
def end_my_sessions() -> Any:
    """Sign out everywhere but here."""
    ended = access.end_sessions(door().db.session, signed_in_account().id, door().clock(), but=session_token())
    door().db.session.commit()
    flash("Vos autres sessions sont fermées." if ended else "Aucune autre session n’était ouverte.", "success")
    return redirect(url_for("accounts.mine"), 303)


@blueprint.route("/mon-compte/second-code", methods=["GET", "POST"])
def second_code() -> Any:
    """Set up the code of the telephone: photograph, then type the code shown."""
    account = signed_in_account()
    if account.tf_totp_secret:
        return redirect(url_for("accounts.mine"), 303)
    form = SecondCodeForm()
    if form.validate_on_submit() and (_is_fresh() or form.right()):
        secret = session.get(_PENDING)
        sentence = (
            check_code(account.id, secret, form.code.data or "") if secret else "Entrez le code du nouveau carré."
        )
        if secret and not sentence:
            return _code_is_set(account, secret)
        form.code.errors = [sentence]
    return _setting_up(account, form)


def _setting_up(account: m.Account, form: SecondCodeForm) -> Any:
    codes = door().codes
    secret = session.setdefault(_PENDING, codes.generate_totp_secret())
    picture = segno.make(codes.get_totp_uri(account.username, secret), error="m")
    return render_template(
        "security/second_code.html",
        form=form,
        picture=Markup(picture.svg_inline(scale=4, border=2, light="#fff")),  # noqa: S704 - drawn here, holds no text
        key=codes.get_totp_pretty_key(secret),
        due=account.role.totp_required,
        password_asked=not _is_fresh(),
    )


def _code_is_set(account: m.Account, secret: str) -> Any:
    account.tf_totp_secret, account.tf_primary_method = secret, "authenticator"
    codes = new_recovery_codes(account)
    access.end_sessions(door().db.session, account.id, door().clock(), but=session_token())
    door().db.session.commit()
    session.pop(_PENDING)
    return render_template("security/recovery_codes.html", codes=codes, first=True)


@blueprint.post("/mon-compte/second-code/retirer")
def second_code_off() -> Any:
    """Go back to the password alone, where the role allows it."""
    form = OwnPasswordForm(prefix="off-")
    if signed_in_account().role.totp_required:
        flash("Votre rôle demande un second code : il reste en place.", "error")
        return redirect(url_for("accounts.mine"), 303)
    if not form.right():
        return _mine(code_off_form=form)
    _without_code(signed_in_account())
    door().db.session.commit()
    flash("Le second code n’est plus demandé.", "success")
    return redirect(url_for("accounts.mine"), 303)


@blueprint.post("/mon-compte/codes-de-secours")
def recovery_codes() -> Any:
    """New recovery codes, shown once."""
    form = OwnPasswordForm(prefix="codes-")
    if not signed_in_account().tf_totp_secret:
        return redirect(url_for("accounts.mine"), 303)
    if not form.right():
        return _mine(new_codes_form=form)
    codes = new_recovery_codes(signed_in_account())
    door().db.session.commit()
    return render_template("security/recovery_codes.html", codes=codes, first=False)


def _is_fresh() -> bool:
    return time.time() - float(session.get("fs_paa", 0)) < _FRESH_SECONDS


def _without_code(account: m.Account) -> None:
    account.tf_totp_secret = account.tf_primary_method = account.mf_recovery_codes = None


# --- One-time links --------------------------------------------------------------------------------------------------


@blueprint.route("/lien/<token>", methods=["GET", "POST"])
def link(token: str) -> Any:
    """Where a one-time link leads: a form, and only its button spends the link."""
    attempt = count("link", request.remote_addr or "")
    if attempt.wait:
        return _unreadable(render_template("security/link_over.html", sentence=patience(attempt.wait))), 429
    found = access.find_link(door().db.session, token, door().clock())
    if found is None:
        return _unreadable(render_template("security/link_over.html", sentence="")), 404
    with apart() as database:
        throttle.succeed(database, attempt)
    form = SetUpForm() if found.purpose == access.SETUP else ChosenPasswordForm()
    account = door().db.session.get(m.Account, found.account_id) if found.account_id else None
    about = words_about(account) if account else (door().settings.name,)
    if form.validate_on_submit() and form.accepts(about) and access.spend(door().db.session, found, door().clock()):
        return _set_up(form) if account is None else _new_password(account, form)
    page = render_template("security/link.html", form=form, token=token, set_up=account is None, account=account)
    return _unreadable(page), 422 if request.method == "POST" else 200


def _unreadable(page: str) -> Any:
    """The address holds a secret: no site that the page links to is told about it."""
    response = current_app.make_response(page)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _set_up(form: Any) -> Any:
    database = door().db.session
    acting_as(database, None, "Mise en service")
    hashed = passwords.hash_password(form.password.data, door().settings.password_salt)
    access.create_account(database, form.username.data, form.email.data, hashed, RoleName.ADMINISTRATOR)
    database.commit()
    flash("Votre compte est prêt. Connectez-vous avec le mot de passe que vous venez de choisir.", "success")
    return redirect(url_for("security.login"), 303)


def _new_password(account: m.Account, form: Any) -> Any:
    database = door().db.session
    acting_as(database, account.id, account.shown_name)
    account.password = passwords.hash_password(form.password.data, door().settings.password_salt)
    access.end_sessions(database, account.id, door().clock())
    for identifier in (account.username, account.email):
        forgive(database, identifier)
    database.commit()
    flash("Votre mot de passe est enregistré. Connectez-vous.", "success")
    return redirect(url_for("security.login"), 303)


# --- What an administrator does for an account -----------------------------------------------------------------------


@blueprint.post("/comptes/<int:key>/lien")
def issue_link(key: int) -> Any:
    """A link for a new password, shown this once."""
    account = _theirs(key)
    if not account.active:
        flash("Ce compte est fermé : ouvrez-le avant de donner un lien.", "error")
        return _back()
    token = access.make_link(door().db.session, access.PASSWORD, account.id, instant=door().clock())
    door().db.session.commit()
    _note("link issued", key)
    address = url_for("accounts.link", token=token, _external=True)
    return _unreadable(
        render_template("security/link_made.html", account=account, address=address, hours=access.LINK_HOURS)
    )


@blueprint.post("/comptes/<int:key>/sessions")
def end_sessions(key: int) -> Any:
    """Sign an account out everywhere."""
    account = _theirs(key)
    ended = access.end_sessions(door().db.session, account.id, door().clock())
    door().db.session.commit()
    _note("sessions ended", key)
    flash("Ses sessions sont fermées." if ended else "Aucune session n’était ouverte.", "success")
    return _back()


@blueprint.post("/comptes/<int:key>/second-code/retirer")
def reset_totp(key: int) -> Any:
    """Take the second code away from somebody who lost the telephone."""
    account = _theirs(key)
    _without_code(account)
    access.end_sessions(door().db.session, account.id, door().clock())
    door().db.session.commit()
    _note("second code reset", key)
    flash("Le second code est retiré, et ses sessions sont fermées.", "success")
    return _back()


@blueprint.post("/comptes/<int:key>/fermer")
def close(key: int) -> Any:
    """Close an account: its sessions end at once."""
    return _opened_or_closed(key, False)


@blueprint.post("/comptes/<int:key>/ouvrir")
def reopen(key: int) -> Any:
    """Open a closed account again."""
    return _opened_or_closed(key, True)


def _opened_or_closed(key: int, active: bool) -> Any:
    account = _theirs(key)
    account.active = active
    if errors := access.refused_change(door().db.session, current_viewer(), account):
        door().db.session.rollback()
        flash(" ".join(errors.values()), "error")
        return _back()
    door().db.session.commit()
    flash("Le compte est ouvert." if active else "Le compte est fermé, ses sessions aussi.", "success")
    return _back()


def _theirs(key: int) -> m.Account:
    viewer = require("update", m.Account)
    account: m.Account | None = find(door().db.session, viewer, m.Account, key, lock=True)
    if account is None:
        abort(404)
    return account


def _note(gesture: str, key: int) -> None:
    # numbers, no names: the log of the server is read by others than this page
    current_app.logger.info("account %s: %s by account %s", key, gesture, current_viewer().account_id)


def _back() -> Any:
    referrer = request.referrer or ""
    return redirect(referrer if referrer.startswith(request.host_url) else url_for("admin.index"), 303)
