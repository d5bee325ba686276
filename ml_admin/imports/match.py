"""Which rows speak of the same person or the same firm, in the file or already recorded, and why.

Rows that may be the same are found in blocks (same names, same birth date and one name, same phone, same e-mail…),
then compared. Look-alikes are never merged: twins who share a phone, homonyms born on another day.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from rapidfuzz.distance import OSA

from ml_admin.text import fold

CERTAIN, POSSIBLE = 90, 70
_LARGEST_BLOCK = 80  # a phone or a name shared by more rows proves nothing

_FORMS = (
    "sarl sas sasu sa eurl ei eirl snc sci scp scop scic selarl gaec earl ets etablissement etablissements ste societe entreprise "
    "association asso cie compagnie groupe maison sarlu auto entrepreneur micro"
)
_LEGAL_FORMS = frozenset(_FORMS.split())


class Person(NamedTuple):
    """What tells a person from another; names folded without spaces."""

    last: str
    first: str
    birth: date | None
    phones: frozenset[str]
    email: str | None
    number: str | None  # of an old file: evidence, not a key
    place: str
    gender: str | None
    born: str = ""  # birth name
    group: Hashable = None  # sheet, or None for a record of the database


class Firm(NamedTuple):
    """What tells a firm from another."""

    name: str  # folded
    core: str  # without legal form
    siret: str | None
    phones: frozenset[str]
    email: str | None
    place: str
    written: str
    group: Hashable = None


@dataclass(frozen=True, slots=True)
class Match:
    """Why a row is taken for an earlier one."""

    target: int  # position of the first row of the same person or firm
    kind: str
    score: int  # 0 to 100
    reasons: tuple[str, ...]  # French
    nearest: int = -1  # position of the earlier row most like it, which may itself be a double of the target
    nearest_score: int = 0
    nearest_reasons: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        return "certain" if self.score >= CERTAIN else "possible"


@dataclass(slots=True)
class Matches:
    """By position: the match of a row, or the look-alike that it must not be merged with."""

    same: dict[int, Match]
    other: dict[int, tuple[int, str]]  # position -> (earlier position, twin | homonym)


Compared = tuple[str, int, tuple[str, ...]] | None


def _close(text: str | None) -> str:
    return fold(text).replace(" ", "") if text else ""


def _phones(record: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(number for number in (record.get("phone"), record.get("phone2")) if number)


def person_of(record: Mapping[str, Any], group: Hashable = None) -> Person:
    """A clean young_person record (field -> value) as a Person."""
    return Person(
        _close(record.get("last_name")),
        _close(record.get("first_name")),
        record.get("birth_date"),
        _phones(record),
        record.get("email"),
        record.get("external_id"),
        _close(record.get("city")) or record.get("postcode") or "",
        record.get("gender"),
        _close(record.get("birth_name")),
        group,
    )


def firm_of(record: Mapping[str, Any], group: Hashable = None) -> Firm:
    """A clean employer or partner record as a Firm."""
    written = record.get("name") or ""
    name = fold(written)
    kept = [word for word in fold(written.replace(".", "")).split() if word not in _LEGAL_FORMS]
    return Firm(
        name,
        " ".join(kept) or name,
        record.get("siret"),
        _phones(record),
        record.get("email"),
        _close(record.get("city")) or record.get("postcode") or "",
        written,
        group,
    )


def match_people(people: Sequence[Person], known: int = 0) -> Matches:
    """Each person's earlier self; the first `known` are records, which are not compared with one another."""
    firsts = Counter(person.first for person in people)
    return _match(people, known, _person_keys, lambda one, other: _compare_people(one, other, firsts), _alike)


def match_firms(firms: Sequence[Firm], known: int = 0) -> Matches:
    """The same for firms."""
    return _match(firms, known, _firm_keys, _compare_firms, lambda one, other: "")


def _match(
    items: Sequence[Any],
    known: int,
    keys: Callable[[Any], Iterable[Hashable]],
    compare: Callable[[Any, Any], Compared],
    alike: Callable[[Any, Any], str],
) -> Matches:
    blocks: dict[Hashable, list[int]] = defaultdict(list)
    roots: dict[int, int] = {}
    found = Matches({}, {})
    for at, item in enumerate(items):
        own = list(keys(item))
        if at >= known:
            near = {earlier for key in own for earlier in (*blocks.get(key, ()), *blocks.get(_turned(key), ()))}
            if near:
                _settle(items, at, near, compare, alike, found, roots)
        for key in own:
            if len(blocks[key]) < _LARGEST_BLOCK:
                blocks[key].append(at)
    return found


def _turned(key: Hashable) -> Hashable:
    """Names in each other's column."""
    return (key[0], key[2], key[1]) if isinstance(key, tuple) and key[0] == "names" else None


def _settle(
    items: Sequence[Any],
    at: int,
    near: set[int],
    compare: Callable[[Any, Any], Compared],
    alike: Callable[[Any, Any], str],
    found: Matches,
    roots: dict[int, int],
) -> None:
    best: tuple[int, int, str, tuple[str, ...]] | None = None
    for earlier in sorted(near):
        root = items[roots.get(earlier, earlier)]
        if _opposed(root, items[at]) and compare(root, items[at]) is None:
            continue
        compared = compare(items[earlier], items[at])
        if compared and compared[1] >= POSSIBLE and (best is None or compared[1] > best[1]):
            best = (earlier, compared[1], compared[0], compared[2])
        if best and best[1] >= 100:
            break
    if best is None:
        other = next(((earlier, why) for earlier in sorted(near) if (why := alike(items[earlier], items[at]))), None)
        if other:
            found.other[at] = other
        return
    root = roots.get(best[0], best[0])
    first = compare(items[root], items[at]) if root != best[0] else None
    kind, score, reasons = first if first and first[1] >= POSSIBLE else (best[2], best[1], best[3])
    roots[at] = root
    found.same[at] = Match(root, kind, score, reasons, best[0], best[1], best[3])


def _opposed(root: Any, item: Any) -> bool:
    """A row without birth date or SIRET must not tie together two that have different ones."""
    one, other = (root.birth, item.birth) if isinstance(root, Person) else (root.siret, item.siret)
    return bool(one and other and one != other)


# --- People ----------------------------------------------------------------------------------------------------------


def _person_keys(person: Person) -> Iterable[Hashable]:
    if person.last and person.first:
        yield ("names", person.last, person.first)
    if person.birth:
        yield ("birth", person.birth, person.first)
        yield (person.birth, person.last)
    yield from person.phones
    if person.email:
        yield person.email
    if person.number:
        yield ("number", person.number)


def _compare_people(one: Person, other: Person, firsts: Counter[str]) -> Compared:
    """(kind, score, reasons) when they may be the same person."""
    last, first = one.last == other.last, one.first == other.first
    if last and first:
        return _same_names(one, other)
    if one.last == other.first and one.first == other.last:
        return _swapped_names(one, other)
    if one.birth and other.birth and one.birth != other.birth:
        return None
    if (
        one.last == other.first
        and _near(one.first, other.last)
        or one.first == other.last
        and _near(one.last, other.first)
    ) and _shared(one, other):
        return _weigh(one, other, "swapped_names", 80, "nom et prénom inversés, avec une faute de frappe")
    if first and one.first and (one.born and one.born == other.last or other.born and other.born == one.last):
        return _weigh(one, other, "exact", 90, "nom de naissance de l’autre fiche")
    if first and one.first and _near(one.last, other.last):
        return _typo(one, other, "typo_last_name", "noms presque identiques")
    if last and one.last and _near(one.first, other.first) and not _twins(one, other, firsts):
        return _typo(one, other, "typo_first_name", "prénoms presque identiques")
    return None


def _same_names(one: Person, other: Person) -> Compared:
    if one.birth and one.birth == other.birth:
        kind = "same_person_other_sheet" if one.group != other.group else "exact"
        return _weigh(one, other, kind, 97, "mêmes nom et prénom, même date de naissance")
    if not one.birth or not other.birth:
        return _without_birth_date(
            one, other, "no_birth_date", "mêmes nom et prénom, date de naissance absente d’un côté"
        )
    if (one.birth.year, one.birth.month, one.birth.day) == (other.birth.year, other.birth.day, other.birth.month):
        return _weigh(one, other, "swapped_day_month", 80, "mêmes nom et prénom, jour et mois de naissance inversés")
    if (one.birth.month, one.birth.day) == (other.birth.month, other.birth.day) and _one_digit(
        one.birth.year, other.birth.year
    ):
        return _weigh(
            one, other, "one_digit_year", 70, "mêmes nom et prénom, année de naissance différente d’un chiffre"
        )
    return None


def _swapped_names(one: Person, other: Person) -> Compared:
    if one.birth and one.birth == other.birth:
        return _weigh(one, other, "swapped_names", 92, "nom et prénom inversés, même date de naissance")
    if not one.birth or not other.birth:
        return _without_birth_date(
            one, other, "swapped_names", "nom et prénom inversés, date de naissance absente d’un côté"
        )
    return None


def _without_birth_date(one: Person, other: Person, kind: str, reason: str) -> Compared:
    """Names alone are not enough: a phone, an e-mail or at least the place must agree."""
    if _shared(one, other):
        return _weigh(one, other, kind, 88, reason)
    if one.place and one.place == other.place and not _apart(one, other):
        return _weigh(one, other, kind, 72, reason)
    return None


def _typo(one: Person, other: Person, kind: str, reason: str) -> Compared:
    if one.birth and other.birth:
        return _weigh(one, other, kind, 84, f"{reason}, même date de naissance")
    return (
        _weigh(one, other, kind, 70, f"{reason}, date de naissance absente d’un côté") if _shared(one, other) else None
    )


def _weigh(one: Person, other: Person, kind: str, score: int, reason: str) -> Compared:
    """Add what else agrees or not."""
    reasons = [reason]
    if one.phones & other.phones:
        score, reasons = score + 8, [*reasons, "même téléphone"]
    elif one.phones and other.phones:
        score, reasons = score - 6, [*reasons, "téléphones différents"]
    if one.email and other.email:
        score += 8 if one.email == other.email else -2
        reasons += ["même e-mail"] if one.email == other.email else ["e-mails différents"]
    if one.number and one.number == other.number:
        score, reasons = score + 4, [*reasons, "même numéro de dossier"]
    if one.place and other.place:
        score += 4 if one.place == other.place else -6
        reasons += ["même commune"] if one.place == other.place else ["communes différentes"]
    if one.gender and other.gender and one.gender != other.gender:
        score, reasons = score - 10, [*reasons, "sexes différents"]
    return kind, min(score, 100), tuple(reasons)


def _shared(one: Person, other: Person) -> bool:
    """Something that two strangers do not share; a file number counts only beside names that agree."""
    return (
        bool(one.phones & other.phones)
        or bool(one.email and one.email == other.email)
        or bool(one.number and one.number == other.number and one.place == other.place)
    )


def _apart(one: Person, other: Person) -> bool:
    """Both have a phone or an e-mail, and not the same."""
    return bool(one.phones and other.phones and not one.phones & other.phones) or bool(
        one.email and other.email and one.email != other.email
    )


def _near(one: str, other: str) -> bool:
    """One slip of the keyboard (letter missing, doubled, changed, two turned), two in a long name."""
    shortest = min(len(one), len(other))
    if shortest < 2:
        return False
    allowed = 2 if shortest >= 8 else 1
    return OSA.distance(one, other, score_cutoff=allowed) <= allowed


def _twins(one: Person, other: Person, firsts: Counter[str]) -> bool:
    """Two first names that other people bear too are two names, not one name and its slip."""
    if one.gender and other.gender and one.gender != other.gender:
        return True
    return firsts[one.first] > 1 and firsts[other.first] > 1 and not _one_only(firsts, one.first, other.first)


def _one_only(firsts: Counter[str], one: str, other: str) -> bool:
    """One is so much rarer than the other that it must be its slip."""
    rare, common = sorted((firsts[one], firsts[other]))
    return rare <= 3 and common >= 30 * rare


def _one_digit(year: int, other: int) -> bool:
    return sum(a != b for a, b in zip(str(year), str(other), strict=True)) == 1


def _alike(one: Person, other: Person) -> str:
    if one.birth and other.birth and one.last and one.last == other.last:
        if (
            one.birth == other.birth
            and one.first != other.first
            and (one.phones & other.phones or one.place == other.place)
        ):
            return "twin"
        if one.birth != other.birth and one.first == other.first:
            return "homonym"
    return ""


# --- Firms -----------------------------------------------------------------------------------------------------------


def _firm_keys(firm: Firm) -> Iterable[Hashable]:
    if firm.core:
        yield ("core", firm.core)
    if firm.siret:
        yield firm.siret
    yield from firm.phones


def _compare_firms(one: Firm, other: Firm) -> Compared:
    """(kind, score, reasons); two different SIRETs are two places of work."""
    if one.siret and other.siret and one.siret != other.siret:
        return None
    agree = _agreements(one, other)
    if one.core == other.core and one.core:
        kind = (
            "exact"
            if one.written == other.written
            else "same_name_other_case"
            if one.name == other.name
            else "legal_form_dropped"
        )
        reason = "même nom" if one.name == other.name else "même nom, forme juridique omise"
        if agree:
            apart = _disagreements(one, other)
            return kind, min(100, 88 + 6 * len(agree)) - 14 * len(apart), (reason, *agree, *apart)
        return None if one.place and other.place else (kind, 72, (reason, "commune inconnue d’un côté"))
    if one.siret and one.siret == other.siret:
        return "same_siret", 92, ("même SIRET", "noms différents")
    if agree and "même téléphone" in agree and len(agree) > 1 and _near(one.core, other.core):
        return "typo_name", 84, ("noms presque identiques", *agree)
    return None


def _agreements(one: Firm, other: Firm) -> list[str]:
    found = []
    if one.siret and one.siret == other.siret:
        found.append("même SIRET")
    if one.phones & other.phones:
        found.append("même téléphone")
    if one.email and one.email == other.email:
        found.append("même e-mail")
    if one.place and one.place == other.place:
        found.append("même commune")
    return found


def _disagreements(one: Firm, other: Firm) -> list[str]:
    """Two contacts of one firm have two e-mails: only with another phone do they count."""
    if not (one.phones and other.phones) or one.phones & other.phones or one.siret and one.siret == other.siret:
        return []
    return ["téléphones différents"] + (
        ["e-mails différents"] if one.email and other.email and one.email != other.email else []
    )
