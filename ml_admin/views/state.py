"""The state of a list in its address: readable, except words, which may be names and travel sealed."""

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken

from ml_admin.listing import EMPTY, FILLED, PAGE_SIZES, Filter, ListState

_SEALED = "~"
_PREFIX = "f."
_RANGE = ".."
_MOST = 60  # arguments read: each filter is drawn with the address of the list without it


@lru_cache(maxsize=512)  # one page writes the same words into some twenty addresses
def seal(words: str, secret: str) -> str:
    """Words as an opaque token, so that no name stands in an address, a log or a history of the browser."""
    return _SEALED + _cipher(secret).encrypt(words.encode()).decode()


def unseal(token: str, secret: str) -> str:
    """The words of a token; '' for one that this application did not make."""
    try:
        return _cipher(secret).decrypt(token.removeprefix(_SEALED).encode()).decode()
    except (InvalidToken, ValueError):
        return ""


def read_state(arguments: Mapping[str, str], secret: str, columns: tuple[str, ...], size: int) -> ListState:
    """The state that an address names; what makes no sense is left out. `size`: lines a page when none is given."""
    sort = arguments.get("tri", "")
    return ListState(
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        page=_number(arguments.get("page", ""), 1),
        size=size if size in PAGE_SIZES else 50,
        search=unseal(arguments["q"], secret) if "q" in arguments else "",
        filters=tuple(
            _filter(key.removeprefix(_PREFIX), value, secret)
            for key, value in list(arguments.items())[:_MOST]
            if key.startswith(_PREFIX)
        ),
        columns=columns,
    )


def write_state(state: ListState, secret: str) -> dict[str, str]:
    """The arguments of the address that shows `state`; the usual values are left out."""
    arguments: dict[str, str] = {}
    if state.search:
        arguments["q"] = seal(state.search, secret)
    for filter_ in state.filters:
        arguments[_PREFIX + filter_.field] = _value(filter_, secret)
    if state.sort:
        arguments["tri"] = ("-" if state.descending else "") + state.sort
    if state.page > 1:
        arguments["page"] = str(state.page)
    return arguments


def _filter(field: str, value: str, secret: str) -> Filter:
    if value in (EMPTY, FILLED):
        return Filter(field, value)
    if value.startswith(_SEALED):
        return Filter(field, "contient", (unseal(value, secret),))
    if _RANGE in value:
        first, _, last = value.partition(_RANGE)
        return Filter(field, "entre", (first, last))
    return Filter(field, "est", tuple(value.split(","))[:200])


def _value(filter_: Filter, secret: str) -> str:
    if filter_.operator in (EMPTY, FILLED):
        return filter_.operator
    if filter_.operator == "contient":
        return seal(filter_.values[0] if filter_.values else "", secret)
    if filter_.operator == "entre":
        return _RANGE.join((*filter_.values, "", "")[:2])
    return ",".join(filter_.values)


def _number(value: str, default: int) -> int:
    return int(value) if value.isdecimal() and len(value) < 8 else default


@lru_cache(maxsize=8)
def _cipher(secret: str) -> Fernet:
    key = hashlib.sha256(b"list state\0" + secret.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
