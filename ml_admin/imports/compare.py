"""What a row changes in a record that exists: cell by cell, old and new. A blank never erases, a key never changes
unless somebody asked for it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ml_admin.imports.records import Draft, is_blank
from ml_admin.text import fold

# what a record is recognised by: filled when blank, never replaced by an import
KEYS: Final[Mapping[str, frozenset[str]]] = {
    "young_person": frozenset(
        {"last_name", "first_name", "birth_name", "birth_date", "external_id", "external_source"}
    ),
    "employer": frozenset({"name", "siret", "siren"}),
    "partner": frozenset({"name"}),
    "appointment": frozenset({"starts_at", "time_known"}),
    "action_item": frozenset({"label", "due_date"}),
}
# keys that an import corrects once somebody asked for it, for one table
CORRECTED: Final[Mapping[str, frozenset[str]]] = {
    "young_person": frozenset({"last_name", "first_name", "birth_name", "birth_date"}),
    "employer": frozenset({"name", "siret", "siren"}),
    "partner": frozenset({"name"}),
}
# field of a file -> attribute of the draft; piece of a draft -> where a state holds such pieces
_BECOMES: Final[Mapping[str, str]] = {
    "counsellor": "counsellor_id",
    "officer": "officer_id",
    "site": "site_id",
    "contact_name": "contact",
    "contact_role": "contact",
    "duration_min": "ends_at",
}
_GATHERED: Final[Mapping[str, str]] = {"situation": "situations", "contact": "contacts"}
_NEVER: Final = frozenset({"override", "external_source"})  # set when the record is made, not compared afterwards
_NOTES: Final = frozenset({"notes"})
_EXACT: Final = frozenset({"email", "website", "phone", "phone2", "external_id"})  # where every sign counts
_JOBS: Final = frozenset(
    {"cdi", "cdd_long", "cdd_short", "interim", "alternance", "subsidised", "insertion", "employment"}
)
OTHER_NUMBERS: Final = "Autres numéros de dossier"


@dataclass(slots=True)
class Difference:
    """Attribute -> [old, new], and the attributes where the record's own value was kept against the row's."""

    changes: dict[str, list[Any]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)


def compare(
    entity: str, state: Draft, draft: Draft, mode: str, protected: Collection[str] = (), *, keys: bool = False
) -> Difference:
    """What `draft` would change in `state`; mode: update, complete (only blanks are filled) or create (nothing).

    `protected`: fields of the file that never replace a value, whatever the mode. `keys`: what a record is recognised
    by (`CORRECTED`) is updated like the rest.
    """
    found = Difference()
    if mode == "create":
        return found
    held = {_BECOMES.get(name, name) for name in protected}
    firm = held | (KEYS.get(entity, frozenset()) - (CORRECTED.get(entity, frozenset()) if keys else frozenset()))
    for name, new in draft.items():
        if name in held and name in _PIECES:
            if is_blank(state.get(_GATHERED.get(name, name))):
                _PIECES[name](found, state, new)
        elif name in _PIECES:
            _PIECES[name](found, state, new)
        elif name not in _NEVER:
            _compare_value(found, state, name, new, "complete" if name in firm else mode)
    _second_phone(found, state, draft)
    _exit_with_status(found)
    return found


def take(state: Draft, changes: Mapping[str, list[Any]]) -> None:
    """The state once the changes are written; later rows of the same file are compared with it."""
    for name, (_, new) in changes.items():
        if name == "situation":
            state.setdefault("situations", []).append(new)
        elif name == "contact":
            state.setdefault("contacts", []).append(new)
        else:
            state[name] = new


def first_state(draft: Draft) -> Draft:
    """The state that a new record would have."""
    state = {name: value for name, value in draft.items() if name not in ("situation", "contact")}
    if "situation" in draft:
        state["situations"] = [draft["situation"]]
    if "contact" in draft:
        state["contacts"] = [draft["contact"]]
    return state


def _compare_value(found: Difference, state: Draft, name: str, new: Any, mode: str) -> None:
    old = state.get(name)
    if is_blank(old):
        found.changes[name] = [None, new]
    elif old == new or _same_words(name, old, new):
        return
    elif name in _NOTES:
        _append_note(found, name, str(old), str(new))
    elif mode != "update":
        _keep(found, name, state, new)
    else:
        found.changes[name] = [old, new]


def _same_words(name: str, old: Any, new: Any) -> bool:
    """Only accents, capitals or signs differ: what people wrote in the record is better than an old sheet."""
    return name not in _EXACT and isinstance(old, str) and isinstance(new, str) and fold(old) == fold(new) != ""


def _keep(found: Difference, name: str, state: Draft, new: Any) -> None:
    if name == "external_id":
        _add_extra(found, state, {OTHER_NUMBERS: new})
    elif name != "phone" or new != state.get("phone2"):
        found.kept.append(name)


def _append_note(found: Difference, name: str, old: str, new: str) -> None:
    if fold(new) not in fold(old):
        found.changes[name] = [old, f"{old}\n{new}"]


def _second_phone(found: Difference, state: Draft, draft: Draft) -> None:
    """Another number of the same person takes the second place rather than being lost."""
    if "phone" in found.kept and "phone2" not in draft and is_blank(state.get("phone2")):
        found.kept.remove("phone")
        found.changes["phone2"] = [None, draft["phone"]]
    elif found.changes.get("phone", [None])[0] and draft["phone"] == state.get("phone2"):
        del found.changes["phone"]  # already known, in second place


def _exit_with_status(found: Difference) -> None:
    """A reason or a date of exit comes with the exit, or not at all."""
    if "status" in found.kept:
        found.changes.pop("exit_reason", None)
        found.changes.pop("exit_date", None)


def _add_missing(name: str) -> Any:
    def add(found: Difference, state: Draft, new: list[str]) -> None:
        held = list(state.get(name) or [])
        missing = [code for code in dict.fromkeys(new) if code not in held]
        if missing:
            found.changes[name] = [held or None, held + missing]

    return add


def _add_situation(found: Difference, state: Draft, new: str) -> None:
    held = set(state.get("situations") or [])
    if new not in held and not (new == "employment" and held & _JOBS):
        found.changes["situation"] = [None, new]


def _add_contact(found: Difference, state: Draft, new: Mapping[str, Any]) -> None:
    held = {fold(contact["name"]) for contact in state.get("contacts") or []}
    if fold(new["name"]) not in held:
        found.changes["contact"] = [None, dict(new)]


def _add_extra(found: Difference, state: Draft, new: Mapping[str, Any]) -> None:
    before = dict(state.get("extra") or {})
    present = dict(found.changes["extra"][1]) if "extra" in found.changes else dict(before)
    after = dict(present)
    for heading, text in new.items():
        old = after.get(heading)
        if is_blank(old):
            after[heading] = text
        elif str(text) not in str(old).split(" ; "):
            after[heading] = f"{old} ; {text}"  # what an old file says beside the model is gathered, not replaced
    if after != before:
        found.changes["extra"] = [before or None, after]


_PIECES: Final[Mapping[str, Any]] = {
    "programmes": _add_missing("programmes"),
    "barriers": _add_missing("barriers"),
    "situation": _add_situation,
    "contact": _add_contact,
    "extra": _add_extra,
}
