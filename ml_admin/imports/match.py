"""Which rows speak of the same person or the same firm, in the file or already recorded, and why.

Rows that may be the same are found in blocks (same names, same birth date and one name, same phone, same e-mail…),
then compared. Look-alikes are never merged: twins who share a phone, homonyms born on another day.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from ml_admin.imports.name_likeness import PART, SAME, SLIP, SOUND, joined, likeness, near, same_spoken, words_of
from ml_admin.text import fold, phonetic

CERTAIN, POSSIBLE = 90, 70
OFFERED = 5  # candidates shown for one row
_LARGEST_BLOCK = 80  # a name shared by more rows proves nothing
_CROWD = 5  # last names on one phone: a hostel's, nobody's own

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
    group: Hashable = None  # sheet ("" of a file without), or None for a record of the database
    last_words: tuple[str, ...] = ()
    first_words: tuple[str, ...] = ()


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
    siren: str | None = None


class Candidate(NamedTuple):
    """An earlier row or a record that a row may be."""

    at: int  # its position
    score: int  # 0 to 100
    reasons: tuple[str, ...]  # French

    @property
    def said(self) -> str:
        """The reasons as a sentence begins: 'Mêmes nom et prénom, même téléphone'."""
        words = ", ".join(self.reasons)
        return words[:1].upper() + words[1:]


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
    candidates: tuple[Candidate, ...] = ()  # the nearest and the next ones, best first

    @property
    def verdict(self) -> str:
        return "certain" if self.score >= CERTAIN else "possible"


@dataclass(slots=True)
class Matches:
    """By position: the match of a row, or the look-alike that it must not be merged with."""

    same: dict[int, Match]
    other: dict[int, tuple[int, str]]  # position -> (earlier position, twin | homonym)


Compared = tuple[str, int, tuple[str, ...]] | None


def _phones(record: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(number for number in (record.get("phone"), record.get("phone2")) if number)


def person_of(record: Mapping[str, Any], group: Hashable = None) -> Person:
    """A clean young_person record (field -> value) as a Person."""
    return Person(
        joined(record.get("last_name")),
        joined(record.get("first_name")),
        record.get("birth_date"),
        _phones(record),
        record.get("email"),
        record.get("external_id"),
        joined(record.get("city")) or record.get("postcode") or "",
        record.get("gender"),
        joined(record.get("birth_name")),
        group,
        words_of(record.get("last_name")),
        words_of(record.get("first_name")),
    )


def firm_of(record: Mapping[str, Any], group: Hashable = None) -> Firm:
    """A clean employer or partner record as a Firm."""
    written = record.get("name") or ""
    name = fold(written)
    kept = [word for word in fold(written.replace(".", "")).split() if word not in _LEGAL_FORMS]
    siret = record.get("siret")
    return Firm(
        name,
        " ".join(kept) or name,
        siret,
        _phones(record),
        record.get("email"),
        joined(record.get("city")) or record.get("postcode") or "",
        written,
        group,
        siret[:9] if siret else record.get("siren"),
    )


def match_people(
    people: Sequence[Person], known: int = 0, firsts: Mapping[str, int] | None = None, *, apart: bool = False
) -> Matches:
    """Each person's earlier self; the first `known` are records, which are not compared with one another.

    `firsts`: how many bear each first name, where `people` are only a part of them. `apart`: the others are compared
    with the records alone.
    """
    firsts = Counter(person.first for person in people) if firsts is None else firsts
    lone = _without_crowds(people)
    return _match(lone, known, _person_keys, lambda one, other: _compare_people(one, other, firsts), _alike, apart)


def match_firms(firms: Sequence[Firm], known: int = 0, *, apart: bool = False) -> Matches:
    """The same for firms."""
    return _match(firms, known, _firm_keys, _compare_firms, lambda one, other: "", apart)


def _without_crowds(people: Sequence[Person]) -> Sequence[Person]:
    """The phone of a hostel or of an office is nobody's own: it says nothing of who somebody is."""
    numbers = Counter(number for person in people for number in person.phones)
    names: dict[str, set[str]] = {number: set() for number, borne in numbers.items() if borne > _CROWD}
    for person in people if names else ():
        for number in person.phones & names.keys():
            names[number].add(person.last)
    crowds = {number for number, found in names.items() if len(found) > _CROWD}
    if not crowds:
        return people
    return [one._replace(phones=one.phones - crowds) if one.phones & crowds else one for one in people]


def _match(
    items: Sequence[Any],
    known: int,
    keys: Callable[[Any], Iterable[Hashable]],
    compare: Callable[[Any, Any], Compared],
    alike: Callable[[Any, Any], str],
    apart: bool,
) -> Matches:
    blocks: dict[Hashable, list[int]] = {}
    roots: dict[int, int] = {}
    found = Matches({}, {})
    asked = [list(keys(item)) for item in items[known:]]
    wanted = wanted_keys(key for own in asked for key in own) if known else set()
    for at in range(known):
        _enter(blocks, at, wanted.intersection(keys(items[at])))
    for at, own in enumerate(asked, known):
        found_near = {
            earlier for key in own for other in (key, _turned(key)) if other in blocks for earlier in blocks[other]
        }
        if found_near:
            _settle(items, at, found_near, compare, alike, found, roots)
        if not apart:
            _enter(blocks, at, own)
    return found


def _enter(blocks: dict[Hashable, list[int]], at: int, keys: Iterable[Hashable]) -> None:
    for key in keys:
        block = blocks.setdefault(key, [])
        if len(block) < _LARGEST_BLOCK:
            block.append(at)


def wanted_keys(keys: Iterable[Hashable]) -> set[Hashable]:
    """Keys of the blocks in which those who have these keys look for one another."""
    return {other for key in keys for other in (key, _turned(key))} - {None}


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
    ranked: list[tuple[int, int, str, tuple[str, ...]]] = []
    for earlier in sorted(near):
        compared = compare(items[earlier], items[at])
        if compared is None or compared[1] < POSSIBLE:
            continue
        root = roots.get(earlier, earlier)
        if root != earlier and _opposed(items[root], items[at]) and compare(items[root], items[at]) is None:
            continue
        ranked.append((-compared[1], earlier, compared[0], compared[2]))
    if not ranked:
        other = next(((earlier, why) for earlier in sorted(near) if (why := alike(items[earlier], items[at]))), None)
        if other:
            found.other[at] = other
        return
    ranked.sort()
    candidates = tuple(Candidate(earlier, min(-score, 100), reasons) for score, earlier, _, reasons in ranked[:OFFERED])
    best, root = candidates[0], roots.get(candidates[0].at, candidates[0].at)
    first = compare(items[root], items[at]) if root != best.at else None
    kind, score, reasons = first if first and first[1] >= POSSIBLE else (ranked[0][2], best.score, best.reasons)
    roots[at] = root
    found.same[at] = Match(root, kind, min(score, 100), reasons, best.at, best.score, best.reasons, candidates)


def _opposed(root: Any, item: Any) -> bool:
    """A row without birth date or SIRET must not tie together two that have different ones."""
    one, other = (root.birth, item.birth) if isinstance(root, Person) else (root.siret, item.siret)
    return bool(one and other and one != other)


# --- People ----------------------------------------------------------------------------------------------------------


def _person_keys(person: Person) -> Iterable[Hashable]:
    return _keys(person.last, person.first, person.birth, person.phones, person.email, person.number)


def keys_of(record: Mapping[str, Any]) -> Iterable[Hashable]:
    """Blocks in which a person is compared with others, of a record as `person_of` takes it."""
    last, first = joined(record.get("last_name")), joined(record.get("first_name"))
    phones = (number for number in (record.get("phone"), record.get("phone2")) if number)
    return _keys(last, first, record.get("birth_date"), phones, record.get("email"), record.get("external_id"))


def _keys(
    last: str, first: str, birth: date | None, phones: Iterable[str], email: str | None, number: str | None
) -> Iterable[Hashable]:
    if last and first:
        yield ("names", last, first)
    if birth:
        # by sound: whoever spells one of the names as they hear it stands in the same block
        yield (birth, "first", phonetic(first))
        yield (birth, "last", phonetic(last))
    yield from phones
    if email:
        yield email
    if number:
        yield ("number", number)


def _compare_people(one: Person, other: Person, firsts: Mapping[str, int]) -> Compared:
    """(kind, score, reasons) when they may be the same person."""
    last, first = one.last == other.last, one.first == other.first
    if last and first:
        return _same_names(one, other)
    if one.last == other.first and one.first == other.last:
        return _swapped_names(one, other)
    if one.birth and other.birth and one.birth != other.birth:
        return None
    if _turned_with_a_slip(one, other) and _shared(one, other):
        return _weigh(one, other, "swapped_names", 80, "nom et prénom inversés, avec une faute de frappe")
    if first and one.first and (one.born and one.born == other.last or other.born and other.born == one.last):
        return _weigh(one, other, "exact", 90, "nom de naissance de l’autre fiche")
    return _near_names(one, other, firsts)


def _turned_with_a_slip(one: Person, other: Person) -> bool:
    return (
        one.last == other.first
        and near(one.first, other.last)
        or one.first == other.last
        and near(one.last, other.first)
    )


# how names are alike -> (score, kind, words); both names the same is no matter of likeness
_LASTS: Mapping[str, tuple[int, str]] = {
    SLIP: (84, "noms presque identiques"),
    SOUND: (86, "noms qui se prononcent de même"),
    PART: (82, "un des noms n’est écrit qu’en partie"),
}
_FIRSTS: Mapping[str, tuple[int, str]] = {
    SLIP: (84, "prénoms presque identiques"),
    SOUND: (86, "prénoms qui se prononcent de même"),
    PART: (82, "un des prénoms n’est écrit qu’en partie"),
}


def _near_names(one: Person, other: Person, firsts: Mapping[str, int]) -> Compared:
    lasts = likeness(one.last, other.last, one.last_words, other.last_words)
    alike = likeness(one.first, other.first, one.first_words, other.first_words)
    if not alike or alike != SAME and _twins(one, other, alike, firsts):
        return None
    if lasts == SAME:
        return _typo(one, other, "typo_first_name", *_FIRSTS[alike])
    if alike == SAME:
        return _typo(one, other, "typo_last_name", *_LASTS[lasts]) if lasts else _other_last_name(one, other)
    if not (lasts and one.birth and other.birth):
        return None
    # two slips at once and one town are two people of one day
    if _shared(one, other) or SLIP not in (lasts, alike) and one.place and one.place == other.place:
        reason = f"{_LASTS[lasts][1]}, {_FIRSTS[alike][1]}, même date de naissance"
        return _weigh(one, other, "typo_last_name", 74, reason)
    return None


def _other_last_name(one: Person, other: Person) -> Compared:
    """A name of marriage that no record explains: nobody else of that first name and day has that phone or e-mail."""
    if not (one.birth and other.birth and one.first) or not (
        one.phones & other.phones or one.email and one.email == other.email
    ):
        return None
    return _weigh(one, other, "other_last_name", 66, "même prénom, même date de naissance, autre nom (nom d’usage ?)")


def _same_names(one: Person, other: Person) -> Compared:
    if one.birth and one.birth == other.birth:
        kind = "same_person_other_sheet" if one.group != other.group else "exact"
        if _two_files(one, other):
            return (
                None
                if _of_one_file(one, other)
                else _weigh(one, other, kind, 80, "mêmes nom et prénom, même date de naissance")
            )
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
    if _bare(one) and _bare(other):
        return _weigh(one, other, kind, 72, "mêmes nom et prénom, et rien d’autre pour les distinguer")
    return None


def _bare(person: Person) -> bool:
    """Only names are known: the same row read again would make a second record."""
    return not (person.birth or person.phones or person.email or person.number or person.place)


def _two_files(one: Person, other: Person) -> bool:
    """Another file number and another phone: of all that tells people apart, only the names and the day agree."""
    return bool(one.number and other.number and one.number != other.number and one.phones and other.phones) and not (
        one.phones & other.phones or one.email and one.email == other.email
    )


def _of_one_file(one: Person, other: Person) -> bool:
    """Numbers of two sources differ for one person too."""
    return one.group is not None and other.group is not None


def _typo(one: Person, other: Person, kind: str, score: int, reason: str) -> Compared:
    if one.birth and other.birth:
        return _weigh(one, other, kind, score, f"{reason}, même date de naissance")
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
    elif one.number and other.number and not _of_one_file(one, other):
        reasons = [*reasons, "numéros de dossier différents"]
    if one.place and other.place:
        score += 4 if one.place == other.place else -6
        reasons += ["même commune"] if one.place == other.place else ["communes différentes"]
    if one.gender and other.gender and one.gender != other.gender:
        score, reasons = score - 10, [*reasons, "sexes différents"]
    return kind, score, tuple(reasons)


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


def _twins(one: Person, other: Person, alike: str, firsts: Mapping[str, int]) -> bool:
    """Two first names that other people bear too are two names, not one name and its slip."""
    if one.gender and other.gender and one.gender != other.gender:
        return True
    if alike == PART or alike == SOUND and same_spoken(one.first, other.first):
        return False
    return firsts[one.first] > 1 and firsts[other.first] > 1 and not _one_only(firsts, one.first, other.first)


def _one_only(firsts: Mapping[str, int], one: str, other: str) -> bool:
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
        if one.first == other.first:
            return "homonym"
    return ""


# --- Firms -----------------------------------------------------------------------------------------------------------


def _firm_keys(firm: Firm) -> Iterable[Hashable]:
    if firm.core:
        yield ("core", phonetic(firm.core) or firm.core)
    if firm.siret:
        yield firm.siret
    yield from firm.phones


def _compare_firms(one: Firm, other: Firm) -> Compared:
    """(kind, score, reasons); two different SIRETs, or SIRENs, are two places of work."""
    if one.siret and other.siret and one.siret != other.siret or one.siren and other.siren and one.siren != other.siren:
        return None
    agree, apart = _agreements(one, other), _disagreements(one, other)
    if one.core == other.core and one.core:
        return _same_firm_name(one, other, agree, apart)
    if one.siret and one.siret == other.siret:
        return "same_siret", 92, ("même SIRET", "noms différents")
    if one.place and other.place and one.place != other.place:
        return None
    if len(agree) > 1 and "même commune" in agree and (near(one.core, other.core) or same_spoken(one.core, other.core)):
        return "typo_name", 84 - 8 * len(apart), ("noms presque identiques", *agree, *apart)
    return None


def _same_firm_name(one: Firm, other: Firm, agree: Sequence[str], apart: Sequence[str]) -> Compared:
    case = "same_name_other_case" if one.name == other.name else "legal_form_dropped"
    kind = "exact" if one.written == other.written else case
    reason = "même nom" if one.name == other.name else "même nom, forme juridique omise"
    if one.place and other.place and one.place != other.place:
        if not agree or agree == ["même SIREN"]:
            return None  # another place of the same house
        apart = [*apart, "communes différentes"] if "même SIRET" not in agree else apart
    if agree:
        return kind, min(100, 88 + 6 * len(agree)) - 14 * len(apart), (reason, *agree, *apart)
    return kind, 72, (reason, "commune inconnue d’un côté")


def _agreements(one: Firm, other: Firm) -> list[str]:
    found = []
    if one.siret and one.siret == other.siret:
        found.append("même SIRET")
    elif one.siren and one.siren == other.siren:
        found.append("même SIREN")
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
