"""The screens of the house: accounts, roles, dated rules."""

from datetime import datetime
from itertools import groupby
from typing import Any

from flask import request, url_for

from ml_admin import models as m
from ml_admin import settings
from ml_admin.fields import fields_of
from ml_admin.listing import PARIS
from ml_admin.permissions import RIGHTS, Viewer, may
from ml_admin.views.base import EntityView
from ml_admin.views.registry import views


class AccountView(EntityView):
    """Accounts: closed rather than deleted; passwords go by one-time links."""

    def badges(self, viewer: Viewer, record: m.Account) -> list[dict[str, Any]]:
        if not record.active:
            return [{"label": "Compte fermé", "kind": "mute", "shape": "st-dash"}]
        if record.password is None:
            return [{"label": "Sans mot de passe", "kind": "warn", "shape": "st-warn"}]
        return [{"label": "Compte ouvert", "kind": "ok", "shape": "st-ok"}]

    def form_notes(self, form: Any, record: Any) -> list[str]:
        """A new account has no password yet, and nobody types it here."""
        words = (
            "Une fois le compte créé, vous donnerez à cette personne un lien\u00a0: elle y choisira son mot de passe."
        )
        return [] if record else [words]

    def next_gesture(self, viewer: Viewer, record: m.Account) -> dict[str, Any] | None:
        """A new account waits for the link by which its owner chooses a password."""
        if record.password is not None or not record.active or not may(viewer, "update", m.Account):
            return None
        return {
            "title": "Ce compte attend son mot de passe",
            "text": "Créez un lien, puis donnez-le à cette personne\u00a0: elle y choisira son mot de passe.",
            "action": account_links(record)["link"] | {"label": "Créer le lien", "kind": "primary"},
        }

    def more_buttons(self, viewer: Viewer, record: m.Account) -> list[dict[str, Any]]:
        if not may(viewer, "update", m.Account):
            return []
        links = account_links(record)
        if not record.active:
            return [links["reopen"]]
        own = record.id == viewer.account_id
        return [
            links[name] for name in (("link", "sessions", "code") if own else ("link", "sessions", "code", "close"))
        ]


def account_links(record: m.Account) -> dict[str, dict[str, Any]]:
    """What an administrator does for an account: see views/accounts.py."""

    def gesture(endpoint: str, label: str, icon: str, confirm: dict[str, str] | None = None) -> dict[str, Any]:
        address = url_for(f"accounts.{endpoint}", key=record.id)
        return {"label": label, "icon": icon, "url": address, "post": True, "confirm": confirm}

    name = record.shown_name
    close = {
        "title": f"Fermer le compte de {name}\u202f?",
        "text": "Ses sessions se terminent tout de suite. Ses fiches et son historique restent\u202f; le compte peut être rouvert.",
        "action": "Fermer le compte",
        "keep": "Garder le compte ouvert",
    }
    code = {
        "title": f"Retirer le second code de {name}\u202f?",
        "text": "Pour un téléphone perdu\u00a0: le mot de passe suffira, et ses sessions sont fermées.",
        "action": "Retirer le code",
        "keep": "Ne rien changer",
    }
    return {
        "link": gesture("issue_link", "Lien pour un nouveau mot de passe", "lock"),
        "sessions": gesture("end_sessions", "Fermer ses sessions", "logout"),
        "code": gesture("reset_totp", "Retirer le second code", "lock", code),
        "close": gesture("close", "Fermer le compte", "x", close),
        "reopen": gesture("reopen", "Rouvrir le compte", "arrow-back-up"),
    }


class SettingView(EntityView):
    """Dated rules: the values in force stand above the list of what was changed."""

    list_template = "settings/list.html"

    def list_extras(self, viewer: Viewer) -> dict[str, Any]:
        """Every rule as it holds today, by subject."""
        today = datetime.now(PARIS).date()
        values = settings.all_on(self.orm, today)
        changes = may(viewer, "create", m.Setting)
        lines = [
            settings.explained(key)
            | {
                "value": settings.RULES[key].write(value),
                "changed": value != settings.RULES[key].usual,
                "url": url_for("settings.create_view", key=key) if changes else None,
            }
            for key, value in values.items()
        ]
        return {"rules": [(group, list(found)) for group, found in groupby(lines, lambda line: line["group"])]}

    def form_notes(self, form: Any, record: Any) -> list[str]:
        """What the chosen rule means, above its form."""
        key = form._fields["key"].data
        if key not in settings.RULES:
            return []
        rule = settings.explained(key)
        return [
            f"{rule['label']}. Valeur habituelle\u00a0: {rule['usual']} {rule['unit']}".strip() + f". {rule['help']}"
        ]

    def prefilled(self, viewer: Viewer) -> dict[str, Any]:
        key = request.args.get("key", "")
        start = {"valid_from": datetime.now(PARIS).date()}
        return super().prefilled(viewer) | start | ({"key": key} if key in settings.RULES else {})


class RoleView(EntityView):
    """Roles: what each may do is written in the program; a few things are set here."""

    details_template = "roles/details.html"

    def record_extras(self, viewer: Viewer, record: m.Role) -> dict[str, Any]:
        """The lines of the rights table for this role: [{entity, actions, reserved}]."""
        return {"rights": [_right(view, record) for view in views().values() if view.model in RIGHTS[record.name]]}


_ACTIONS = ("read", "create", "update", "delete", "export", "import", "restore")
_RESERVED = (
    ("contact", "coordonnées"),
    ("notes", "notes"),
    ("health", "santé"),
    ("housing", "logement"),
    ("justice", "justice"),
    ("family", "famille"),
)


def _right(view: EntityView, role: m.Role) -> dict[str, Any]:
    right = RIGHTS[role.name][view.model]
    held = {field.section for field in fields_of(view.model).values()}
    reserved = [word for section, word in _RESERVED if section in right.sections and section in held]
    return {
        "entity": view.name,
        "actions": [action in right.actions for action in _ACTIONS],
        "reserved": ", ".join(reserved),
    }
