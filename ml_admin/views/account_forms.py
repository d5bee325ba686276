"""The forms of « Mon compte » and of one-time links."""

import re
from collections.abc import Iterable

from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, StringField

from ml_admin import passwords
from ml_admin.sign_in import check_own_password, differing, signed_in_account

_MAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")


class OwnPasswordForm(FlaskForm):
    """The present password, before a gesture on the safety of the account."""

    password = PasswordField("Mot de passe actuel")

    def right(self) -> bool:
        account = signed_in_account()
        sentence = check_own_password(account.id, account.password, self.password.data or "")
        self.password.errors = [sentence] if sentence else []
        return not sentence


class SecondCodeForm(OwnPasswordForm):
    """The first code of the telephone; the password too when the sign-in is not of this moment."""

    code = StringField("Code à six chiffres")


class ChosenPasswordForm(FlaskForm):
    """A new password, behind a one-time link."""

    password = PasswordField("Nouveau mot de passe")
    password_confirm = PasswordField("Nouveau mot de passe, encore une fois")

    def accepts(self, about: Iterable[str]) -> bool:
        self.password.errors = passwords.refusals(self.password.data or "", about)
        self.password_confirm.errors = differing(self.password.data or "", self.password_confirm.data)
        return not (self.password.errors or self.password_confirm.errors)


class SetUpForm(ChosenPasswordForm):
    """The first administrator of a new installation."""

    username = StringField("Nom de compte")
    email = EmailField("Adresse e-mail")

    def accepts(self, about: Iterable[str]) -> bool:
        username, email = (self.username.data or "").strip(), (self.email.data or "").strip()
        named = 2 <= len(username) <= 80 and username.isprintable()
        self.username.errors = [] if named else ["Donnez un nom de 2 à 80 caractères."]
        mail = len(email) <= 254 and email.isprintable() and _MAIL.fullmatch(email)
        self.email.errors = [] if mail else ["Donnez une adresse e-mail entière, comme nom@exemple.fr."]
        fits = super().accepts((*about, username, email.partition("@")[0]))
        return fits and not (self.username.errors or self.email.errors)
