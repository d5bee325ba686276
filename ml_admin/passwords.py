"""Passwords: what is refused and why, and the hash that is kept (argon2id over a keyed digest).

Rules: ASVS 5.0, 6.2 and NIST SP 800-63B: length, a list of the most common ones, words of the context; no
composition, no periodic change.
"""

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
LONGEST: Final = 256  # a limit only against hashing a book

# OWASP's first choice for little memory: several sign-ins at once must not fill a small server
MEMORY_KIB: Final = 19_456
ROUNDS: Final = 2
LANES: Final = 1

_HASHER = PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=LANES)
_COMMON_FILE = Path(__file__).parent / "reference" / "common_passwords.txt"
_CONTEXT = ("missionlocale", "mission", "locale", "mladmin", "administrateur", "admin", "conseillere", "conseiller")
_ROWS = (
    "0123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
)
_LOOKALIKES = str.maketrans("013457@$!€", "oieastasie")


def normalised(password: str) -> str:
    """The same letters whatever keyboard composed them."""
    return unicodedata.normalize("NFKC", password)


def refusals(password: str, about: Iterable[str] = ()) -> list[str]:
    """French sentences for what is wrong with a new password; [] when it may be used.

    `about`: words that somebody who knows the person would try (names, account name, e-mail, office).
    """
    password = normalised(password)
    if len(password) < SHORTEST:
        return [f"Donnez au moins {SHORTEST} caractères : quatre mots sans rapport conviennent très bien."]
    if len(password) > LONGEST:
        return [f"Donnez au plus {LONGEST} caractères."]
    folded = _folded(password)
    if _is_common(folded):
        return ["Ce mot de passe est de ceux qu’on essaie en premier. Choisissez par exemple quatre mots sans rapport."]
    if len(set(folded)) < 5 or len(_without_runs(folded)) < 5:
        return ["Ce mot de passe répète ou déroule les mêmes touches. Choisissez par exemple quatre mots sans rapport."]
    if _tells(folded, about):
        return ["Ce mot de passe est fait surtout de votre nom ou de celui de l’équipe. Choisissez d’autres mots."]
    return []


def hash_password(password: str, salt: str) -> str:
    """The argon2id hash to keep; `salt` is the installation's key (`Settings.password_salt`), as Flask-Security uses it."""
    return _HASHER.hash(_keyed(password, salt))


def matches(password: str, kept: str | None, salt: str) -> bool:
    """Whether this is the password behind a hash; takes the same time when there is no hash."""
    try:
        return _HASHER.verify(kept or _nobodys_hash(), _keyed(password, salt)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def _keyed(password: str, salt: str) -> bytes:
    digest = hmac.new(salt.encode(), normalised(password).encode(), hashlib.sha512).digest()
    return base64.b64encode(digest)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(b"nobody")


@cache
def _common() -> frozenset[str]:
    lines = _COMMON_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def _folded(words: str) -> str:
    decomposed = unicodedata.normalize("NFKD", words.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _is_common(folded: str) -> bool:
    """A common password as it is, said twice, with l00kalikes, or with up to eight figures and signs around."""
    compact = re.sub(r"[\s._-]", "", folded)
    heart = re.sub(r"^[^a-z]{0,8}|[^a-z]{0,8}$", "", compact)
    known = _common()
    forms = {folded, compact, heart, heart.translate(_LOOKALIKES)}
    return any(form in known or _unit(form) in known for form in forms)


def _unit(text: str) -> str:
    """« soleilsoleil » -> « soleil »."""
    size = (text + text).find(text, 1)
    return text[:size]


def _without_runs(folded: str) -> str:
    """What is left without the stretches of four keys or more in the order of the keyboard or the alphabet."""
    for row in _ROWS:
        for line in (row + row[:3], (row + row[:3])[::-1]):
            for size in range(len(line), 3, -1):
                for start in range(len(line) - size + 1):
                    folded = folded.replace(line[start : start + size], "")
    return folded


def _tells(folded: str, about: Iterable[str]) -> bool:
    words = {part for each in about for part in re.split(r"[^a-z0-9]+", _folded(each)) if len(part) >= 3}
    rest = re.sub(r"[^a-z0-9]", "", folded)
    for word in sorted(words | set(_CONTEXT), key=len, reverse=True):
        rest = rest.replace(word, "")
    letters = re.sub(r"[^a-z]", "", rest)
    return len(letters) < 6 and len(letters) < len(re.sub(r"[^a-z]", "", folded))
