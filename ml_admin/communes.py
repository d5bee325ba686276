"""Official names of communes and their post codes (source: `reference/NOTICE`)."""

import csv
import gzip
import io
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from ml_admin.text import fold, tidy

_CEDEX = re.compile(r"\s*\bcedex\b\s*\d*|\s*\bcdx\b\s*\d*", re.IGNORECASE)
_DEPARTMENT = re.compile(r"\s*\((?:\d[\dABab]\d?|[A-Za-zÀ-ÿ' -]{3,})\)\s*$")
_ARTICLE_BEHIND = re.compile(r"^(.*\S)\s*[(,]\s*(l'|la|le|les)\s*\)?$", re.IGNORECASE)
_ARTICLES = frozenset(("la", "le", "les", "l"))
_DISTRICT = re.compile(
    r"^(paris|lyon|marseille) 0?(\d{1,2})(?: ?(?:e|er|eme|ere|arr|arrondissement|eme arrondissement))?$"
)
_WORDS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "s": "sur", "ss": "sous"}


_SHORT = re.compile(r"\bs(?:t|te|ts|tes|s)?\b")


class Commune(NamedTuple):
    """One commune under one of its post codes."""

    postcode: str  # "" for a former commune
    name: str
    insee: str
    kind: str  # "" commune, "d" delegated or associated, "a" district of Paris, Lyon, Marseille


def city_key(name: str) -> str:
    """'ST-JEAN S/ MER' and 'Saint-Jean-sur-Mer' -> 'saint jean sur mer'."""
    if "/" in name:
        name = re.sub(r"\b[sS]/[sS](?:/|\b)", " sous ", name)
        name = re.sub(r"\b[sS]/", " sur ", name)
    folded = fold(name)
    if not _SHORT.search(folded):
        return folded
    words = folded.split()
    last = len(words) - 1
    if not last:
        return folded
    # a lone « s » is an abbreviation only between two words
    return " ".join(_WORDS.get(word, word) if word != "s" or 0 < at < last else word for at, word in enumerate(words))


class Communes:
    """Lookup of official names; built once, read only."""

    def __init__(self, communes: Iterable[Commune]) -> None:
        self.by_postcode: dict[str, list[Commune]] = {}
        self.by_key: dict[str, list[Commune]] = {}
        self._without_article: dict[str, set[str]] = {}
        for commune in communes:
            self._add(commune)

    def _add(self, commune: Commune) -> None:
        if commune.postcode:
            self.by_postcode.setdefault(commune.postcode, []).append(commune)
        key = city_key(commune.name)
        self.by_key.setdefault(key, []).append(commune)
        article, _, rest = key.partition(" ")
        if article in _ARTICLES:
            self._without_article.setdefault(rest, set()).add(key)

    def official_name(self, written: str, postcode: str | None = None) -> str | None:
        """The official name, or None when nothing or several different spellings answer.

        A post code settles « Le Vernet » / « Le Vernet-d'Ariège »-like choices: its own communes win.
        """
        key = city_key(written)
        found = self.by_key.get(key) or self._found_without_article(key) or self._district(key)
        if not found:
            return None
        near = [commune for commune in found if postcode and commune.postcode == postcode]
        names = {commune.name for commune in near or [c for c in found if c.kind != "d"] or found}
        if len(names) == 1:
            return names.pop()
        # capitals hide the accents that would tell « Saint-Remy » from « Saint-Rémy »
        same = [name for name in names if name.casefold() == written.casefold() and not written.isupper()]
        return same[0] if same else None

    def _found_without_article(self, key: str) -> list[Commune]:
        keys = self._without_article.get(key, set())
        return self.by_key[next(iter(keys))] if len(keys) == 1 else []

    def _district(self, key: str) -> list[Commune]:
        match = _DISTRICT.match(key)
        if not match:
            return []
        rank = "1er" if match[2] == "1" else f"{match[2]}e"
        return self.by_key.get(f"{match[1]} {rank} arrondissement", [])

    def at(self, postcode: str) -> list[Commune]:
        """The communes served by a post code."""
        return self.by_postcode.get(postcode, [])


@cache
def reference() -> Communes:
    """The shipped reference, read at first use (a tenth of a second)."""
    packed = (files("ml_admin") / "reference" / "communes.csv.gz").read_bytes()
    rows = csv.reader(io.StringIO(gzip.decompress(packed).decode("utf-8")), delimiter=";")
    next(rows)
    return Communes(Commune(*row) for row in rows)


def bare_city(written: str) -> str:
    """'FOIX CEDEX (09)' -> 'FOIX', 'Bastide (La)' -> 'La Bastide': what surrounds the name dropped."""
    name = tidy(_CEDEX.sub("", written)).strip(" ,;-")
    behind = _ARTICLE_BEHIND.match(name)
    if behind:
        name = behind[2] + ("" if behind[2].endswith("'") else " ") + behind[1]
    return _DEPARTMENT.sub("", name).strip(" ,;-")
