"""From the headings of a table and what its columns hold to the fields of one entity, with a confidence."""

import re
from collections.abc import Iterable, Sequence

from ml_admin.cleaners import Context
from ml_admin.communes import bare_city, reference
from ml_admin.imports.columns import Column, Contents, Recognised, of_others, said
from ml_admin.imports.contents import WIDER, fit, like_a_person, mostly_numbers_of_people, one_name, telling, two_names
from ml_admin.imports.entities import Entity, Meaning
from ml_admin.imports.vocabulary import Reading, of_other_thing, readings
from ml_admin.text import fold, tidy

_ENOUGH = 0.45
# told by contents where there is no heading at all
_TOLD_BARE = frozenset({"email", "siret", "phone", "birth_date", "postcode", "gender", "education_level"})
_OVERRULED = frozenset({"notes", "text"})  # cleaners that take anything: a heading for them proves little
# cleaners that refuse most of what is not theirs: with one of these half a heading is enough
_DISCERNING = frozenset(
    {
        "email",
        "siret",
        "phone",
        "birth_date",
        "gender",
        "education_level",
        "programmes",
        "barriers",
        "young_status",
        "partner_kind",
        "appointment_outcome",
        "appointment_mode",
        "appointment_kind",
        "action_status",
        "exit_reason",
        "relationship_state",
        "counsellor",
        "postcode",
        "postcode_city",
        "headcount",
    }
)
_LISTS = frozenset(
    {
        "programmes",
        "barriers",
        "young_status",
        "education_level",
        "gender",
        "boolean",
        "appointment_outcome",
        "appointment_mode",
        "partner_kind",
        "action_status",
        "appointment_kind",
        "exit_reason",
        "relationship_state",
        "action_owner",
        "site",
    }
)
PEOPLE = frozenset({"last_name", "first_name"})


def as_entity(
    entity: Entity,
    columns: list[Column],
    contents: Sequence[Contents],
    context: Context,
    words: str,
    given: frozenset[tuple[str, str]] = frozenset(),
) -> Recognised:
    chosen = _assign(entity, columns, contents, context)
    if not any(column.heading for column in columns) and {"birth_date", "phone", "email"} & {
        meaning.key for meaning, _ in chosen.values()
    }:
        chosen = chosen | _guessed_names(entity, contents, set(chosen))
    if {"last_name"} <= set(entity.fields):
        chosen |= _guessed_whole_name(entity, columns, contents, chosen)
    result = [
        Column(column.index, column.heading, column.group, column.said, *chosen.get(at, (None, 0.0)))
        for at, column in enumerate(columns)
    ]
    for column, one in zip(result, contents, strict=True):
        column.nir = mostly_numbers_of_people(one)
    _widen(entity, result, contents)
    filled = {name for column in result for name in column.fields}
    if not any(need <= filled | {name for one, name in given if one == entity.name} for need in entity.needs):
        return Recognised(entity, "table", result, score=0.0)
    score = sum(column.meaning.weight * column.confidence for column in result if column.meaning)
    score += (
        1.2 * min(2, hints(entity, words))
        - 0.4 * _unexplained(entity, result)
        + _phones_speak(entity, result, contents)
    )
    if "first_name" not in entity.fields and any(
        one.key == "first_name" and one.score >= 0.8 for column in columns for one in said(column)
    ):
        score -= 3  # the names are people's
    if (
        entity.name.startswith("job_dating")
        and not hints(entity, words)
        and not filled & {"slot", "stand", "preference"}
    ):
        score -= 3
    return Recognised(entity, "table", result, score=max(score, 0.01))


_MOBILE = re.compile(r"(?:(?:\+|00)33\s*)?0?\s*[67]")


def _phones_speak(entity: Entity, columns: Sequence[Column], contents: Sequence[Contents]) -> float:
    """Mobile numbers are people's, landlines are firms'."""
    numbers = [
        str(cell)
        for at, column in enumerate(columns)
        if column.fields == ("phone",)
        for cell in contents[at].values
        if str(cell)[:1].isdigit() or str(cell).startswith("+")
    ]
    if len(numbers) < 2:
        return 0.0
    mobile = sum(_MOBILE.match(number) is not None for number in numbers) / len(numbers)
    return (mobile - 0.5) * (
        -2.0 if entity.name in ("employer", "partner") else 2.0 if set(entity.fields) >= PEOPLE else 0.0
    )


def hints(entity: Entity, words: str) -> int:
    said = set(fold(words).split())
    return sum(word in said for word in entity.hints)


def _unexplained(entity: Entity, columns: Iterable[Column]) -> int:
    """Columns left aside although another entity knows their heading word for word."""
    return sum(
        column.meaning is None
        and any(one.score >= 0.8 and one.entity not in ("", entity.name) for one in readings(column.heading))
        for column in columns
    )


def _assign(
    entity: Entity, columns: list[Column], contents: Sequence[Contents], context: Context
) -> dict[int, tuple[Meaning, float]]:
    """Each column takes one meaning and each field one column, the surest first."""
    candidates = sorted(
        (
            (confidence, -at, meaning)
            for at, column in enumerate(columns)
            for meaning, confidence in _candidates(entity, column, contents[at], context)
        ),
        key=lambda one: (one[0], one[1]),
        reverse=True,
    )
    chosen: dict[int, tuple[Meaning, float]] = {}
    taken: set[str] = set()
    for confidence, minus_at, meaning in candidates:
        if -minus_at in chosen:
            continue
        if taken.isdisjoint(meaning.claims) or meaning.fields == ("notes",):
            chosen[-minus_at] = (meaning, confidence)
            taken.update(meaning.claims)
        elif meaning.fields == ("phone",) and "phone2" not in taken:
            second = entity.meaning("phone2")
            if second:
                chosen[-minus_at] = (second, confidence)
                taken.add("phone2")
    return chosen


def _guessed_whole_name(
    entity: Entity, columns: Sequence[Column], contents: Sequence[Contents], chosen: dict[int, tuple[Meaning, float]]
) -> dict[int, tuple[Meaning, float]]:
    """Nobody is named, and a column of an unknown heading holds « DUPONT Lucie »: it names them."""
    both, taken = entity.meaning("last_name+first_name"), {name for one, _ in chosen.values() for name in one.fields}
    if both is None or not taken.isdisjoint(both.fields):
        return {}
    for at, column in enumerate(columns):
        texts = [tidy(str(cell)) for cell in contents[at].values]
        known = any(one.score >= 0.8 for one in said(column)) or of_other_thing(column.heading)
        if at in chosen or not column.heading or known or len(texts) < 4:
            continue
        if sum(map(like_a_person, texts)) >= 0.7 * len(texts):
            return {at: (both, 0.5)}
    return {}


def _guessed_names(entity: Entity, contents: Sequence[Contents], taken: set[int]) -> dict[int, tuple[Meaning, float]]:
    """In a table without headings: two columns of words side by side, capitals first; or one of two words; a column of communes."""
    last, first, both, city = (
        entity.meaning(key) for key in ("last_name", "first_name", "last_name+first_name", "city")
    )
    texts = {
        at: [tidy(str(cell)) for cell in one.values]
        for at, one in enumerate(contents)
        if at not in taken and one.values
    }
    found: dict[int, tuple[Meaning, float]] = {}
    towns = [
        at
        for at, one in texts.items()
        if sum(reference().official_name(bare_city(text)) is not None for text in one) >= 0.8 * len(one)
    ]
    if city and towns:
        found[towns[0]] = (city, 0.5)
    names = [at for at, one in texts.items() if at not in found and sum(map(one_name, one)) >= 0.9 * len(one)]
    if not (last and first and both) or not names:
        return found
    if sum(map(two_names, texts[names[0]])) >= 0.8 * len(texts[names[0]]):
        return found | {names[0]: (both, 0.5)}
    pair = [at for at in names if at + 1 in names]
    if not pair:
        return found
    capitals = sum(text.isupper() for text in texts[pair[0] + 1]) > sum(text.isupper() for text in texts[pair[0]])
    return found | {pair[0]: (first if capitals else last, 0.5), pair[0] + 1: (last if capitals else first, 0.5)}


def _candidates(entity: Entity, column: Column, contents: Contents, context: Context) -> list[tuple[Meaning, float]]:
    heard = said(column)
    if mostly_numbers_of_people(contents) or any(one.entity == "" and one.score >= 0.8 for one in heard):
        return []
    found = _told_by_heading(entity, heard, column, contents, context)
    if column.heading and _of_somebody_else(entity, column):
        return found
    known = any(one.score >= 0.8 for one in heard)
    lies = known and all(meaning.cleaner in _OVERRULED or confidence < 0.45 for meaning, confidence in found)
    if known and not (lies and any(one.entity == entity.name for one in heard)) and not _elsewhere(entity, heard):
        return found
    told = _told_by_contents(entity, column, contents, context)
    surest = max((confidence for _, confidence in told), default=1.0)
    return [*told, *((meaning, min(confidence, 0.9 * surest)) for meaning, confidence in found)] if told else found


def _elsewhere(entity: Entity, heard: Sequence[Reading]) -> bool:
    """Only other entities know the heading: what the column holds decides."""
    return not any(one.entity == entity.name and one.score >= 0.8 for one in heard)


def _of_somebody_else(entity: Entity, column: Column) -> bool:
    return of_other_thing(column.heading) or (set(entity.fields) >= PEOPLE and of_others(column.heading))


def _told_by_heading(
    entity: Entity, heard: Sequence[Reading], column: Column, contents: Contents, context: Context
) -> list[tuple[Meaning, float]]:
    scores = {one.key: one.score for one in reversed(heard) if one.entity == entity.name}
    found = []
    for meaning in entity.meanings:
        score = scores.get(meaning.key, 0.0)
        share = fit(meaning, contents, context) if score else 0.0
        if not score or (share < 0.1 and meaning.cleaner in _LISTS and len(contents.values) >= 2):
            continue
        if score < 0.5 and meaning.cleaner in _DISCERNING and share >= 0.8 and len(contents.values) >= 3:
            score = 0.6
        confidence = score * (0.35 + 0.65 * share)
        if confidence >= _ENOUGH or (score == 1.0 and meaning.strict and confidence >= 0.3):
            found.append((meaning, confidence))
    return found


def _told_by_contents(
    entity: Entity, column: Column, contents: Contents, context: Context
) -> list[tuple[Meaning, float]]:
    """Of a heading that says nothing, or something else than what the column holds: only what cannot be mistaken."""
    found = [(one, 0.6 * telling(one, contents, context)) for one in entity.meanings]
    if not column.heading and len(contents.values) >= 4:
        found += [(one, 0.6 * fit(one, contents, context)) for one in entity.meanings if one.cleaner in _TOLD_BARE]
    return [(one, confidence) for one, confidence in found if confidence >= 0.5]


def _widen(entity: Entity, columns: list[Column], contents: Sequence[Contents]) -> None:
    """'Nom' alone over « DUPONT Lucie », 'Ville' over « 09000 FOIX »: the cell fills both fields if the other has no column."""
    for narrow, wide, test in WIDER:
        meaning, taken = entity.meaning(wide), {name for column in columns for name in column.fields}
        if meaning is None or not taken.isdisjoint(set(meaning.fields) - {narrow}):
            continue
        for at, column in enumerate(columns):
            texts = [tidy(str(cell)) for cell in contents[at].values]
            if column.fields == (narrow,) and texts and sum(map(test, texts)) >= 0.6 * len(texts):
                column.meaning = meaning
