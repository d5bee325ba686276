"""From the headings of a table and what its columns hold to the fields they fill, with a confidence."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ml_admin.cleaners import Context
from ml_admin.communes import bare_city, reference
from ml_admin.imports.clean import clean_cell
from ml_admin.imports.entities import ENTITIES, FREE, Entity, Meaning
from ml_admin.imports.grid_cells import clean_mark, is_nobody
from ml_admin.imports.vocabulary import Reading, readings
from ml_admin.imports.workbook import Cell
from ml_admin.text import fold, tidy

_SAMPLE = 60
_ENOUGH = 0.45
_TOLD_ANYWHERE = frozenset({"email", "siret"})  # told by contents alone, whatever the heading
_TOLD_BARE = _TOLD_ANYWHERE | {"phone", "birth_date", "postcode", "gender", "education_level"}  # … without a heading
_PEOPLE = frozenset({"last_name", "first_name"})
_FIRM = re.compile(r"\b(?:sarl|sas|sasu|sa|eurl|ets|etablissements|ste|societe|groupe|garage|boulangerie|restaurant|auberge|hotel|ehpad|mairie|residence|carrefour|leclerc|intermarche|lidl|super u|coiffure|transports?|menuiserie|maconnerie|batiment|btp|services?|interim|pharmacie|clinique|hopital|camping|association|adapei|industries?|france|fils|freres|maraichage|brasserie|pizzeria|mc donald|mcdonald)\b")


@dataclass(slots=True)
class Column:
    """One column of a table and what it was taken for."""

    index: int  # from 0
    heading: str
    group: str = ""
    said: str = ""  # the heading without the words that every heading of the table repeats
    meaning: Meaning | None = None  # None: not imported, kept aside
    confidence: float = 0.0
    employer: str | None = None  # in a grid, whose column it is
    slot: Any = None  # in a grid lying on its side, the time of the column

    @property
    def letter(self) -> str:
        number, letters = self.index + 1, ""
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(65 + rest) + letters
        return letters

    @property
    def fields(self) -> tuple[str, ...]:
        return self.meaning.fields if self.meaning else ()


@dataclass(slots=True)
class Recognised:
    """What a table is."""

    entity: Entity | None
    layout: str  # table, cross_grid, slot_grid, form, ignore
    columns: list[Column]
    why: str = ""  # of what is ignored
    score: float = 0.0


@dataclass(slots=True)
class Contents:
    """What one column holds: some distinct values, and how full it is."""

    values: list[Cell]
    share: float  # of the rows that are filled
    fits: dict[str, float] = field(default_factory=dict)  # by cleaner, computed once


def contents_of(cells: Sequence[Cell]) -> Contents:
    """Up to 60 distinct values taken all along the column."""
    filled = [cell for cell in cells if cell is not None and cell != ""]
    distinct = list(dict.fromkeys(filled))
    step = max(1, len(distinct) // _SAMPLE)
    return Contents(distinct[::step][:_SAMPLE], len(filled) / len(cells) if cells else 0.0)


def recognise(
    columns: list[Column],
    contents: Sequence[Contents],
    context: Context,
    words: str = "",
    firms: frozenset[str] = frozenset(),
    given: frozenset[tuple[str, str]] = frozenset(),
) -> Recognised:
    """Choose the entity that explains the most columns.

    `words`: sheet name and titles; `firms`: folded names of employers found elsewhere in the workbook;
    `given`: (entity, field) that titles and section rows fill.
    """
    plain_headings(columns)
    found = _slot_grid(columns, contents, context) or _cross_grid(columns, contents, context, words, firms)
    if found:
        return found
    tried = [_as_entity(entity, columns, contents, context, words, given) for entity in ENTITIES.values()]
    best = max(tried, key=lambda one: one.score)
    return best if best.score > 0 else Recognised(None, "ignore", columns, _why_ignored(contents))


def plain_headings(columns: Iterable[Column]) -> None:
    """'Nom bénéficiaire', 'Prénom bénéficiaire', 'Téléphone bénéficiaire': set `said` to what is left without the common word."""
    words = [set(fold(column.heading).split()) for column in columns]
    if {"nom"} in words or {"prenom"} in words:
        return
    beside = [one - {first} for first in ("nom", "prenom") for one in words if first in one]
    common = set.intersection(*beside) if len(beside) >= 2 else set()
    for column in columns if common else ():
        left = [word for word in fold(column.heading).split() if word not in common]
        column.said = " ".join(left) or column.heading


def recognise_as(entity: Entity, columns: list[Column], contents: Sequence[Contents], context: Context) -> Recognised:
    """The same for an entity that somebody chose."""
    return _as_entity(entity, columns, contents, context, "")


def _why_ignored(contents: Sequence[Contents]) -> str:
    cells = [cell for one in contents for cell in one.values]
    figures = sum(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in cells)
    if not cells:
        return "empty sheet"
    return "statistics" if figures > 0.4 * len(cells) else "value lists"


# --- One entity ------------------------------------------------------------------------------------------------------


def _as_entity(entity: Entity, columns: list[Column], contents: Sequence[Contents], context: Context, words: str, given: frozenset[tuple[str, str]] = frozenset()) -> Recognised:
    chosen = _assign(entity, columns, contents, context)
    if not any(column.heading for column in columns) and {"birth_date", "phone", "email"} & {meaning.key for meaning, _ in chosen.values()}:
        chosen = chosen | _guessed_names(entity, contents, set(chosen))
    result = [
        Column(column.index, column.heading, column.group, column.said, *chosen.get(at, (None, 0.0)))
        for at, column in enumerate(columns)
    ]
    _widen(entity, result, contents)
    filled = {name for column in result for name in column.fields}
    if not any(need <= filled | {name for one, name in given if one == entity.name} for need in entity.needs):
        return Recognised(entity, "table", result, score=0.0)
    score = sum(column.meaning.weight * column.confidence for column in result if column.meaning)
    score += 1.2 * min(2, _hints(entity, words)) - 0.4 * _unexplained(entity, result) + _phones_speak(entity, result, contents)
    if "first_name" not in entity.fields and any(one.key == "first_name" and one.score >= 0.8 for column in columns for one in _said(column)):
        score -= 3  # the names are people's
    if entity.name.startswith("job_dating") and not _hints(entity, words) and not filled & {"slot", "stand", "preference"}:
        score -= 3
    return Recognised(entity, "table", result, score=max(score, 0.01))


_MOBILE = re.compile(r"(?:(?:\+|00)33\s*)?0?\s*[67]")


def _phones_speak(entity: Entity, columns: Sequence[Column], contents: Sequence[Contents]) -> float:
    """Mobile numbers are people's, landlines are firms'."""
    numbers = [str(cell) for at, column in enumerate(columns) if column.fields == ("phone",) for cell in contents[at].values if str(cell)[:1].isdigit() or str(cell).startswith("+")]
    if len(numbers) < 2:
        return 0.0
    mobile = sum(_MOBILE.match(number) is not None for number in numbers) / len(numbers)
    return (mobile - 0.5) * (-2.0 if entity.name in ("employer", "partner") else 2.0 if _PEOPLE <= set(entity.fields) else 0.0)


def _hints(entity: Entity, words: str) -> int:
    said = set(fold(words).split())
    return sum(word in said for word in entity.words)


def _unexplained(entity: Entity, columns: Iterable[Column]) -> int:
    """Columns left aside although another entity knows their heading word for word."""
    return sum(
        column.meaning is None and any(one.score >= 0.8 and one.entity not in ("", entity.name) for one in readings(column.heading))
        for column in columns
    )


def _assign(entity: Entity, columns: list[Column], contents: Sequence[Contents], context: Context) -> dict[int, tuple[Meaning, float]]:
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


def _guessed_names(entity: Entity, contents: Sequence[Contents], taken: set[int]) -> dict[int, tuple[Meaning, float]]:
    """In a table without headings: two columns of words side by side, capitals first; or one of two words; a column of communes."""
    last, first, both, city = (entity.meaning(key) for key in ("last_name", "first_name", "last_name+first_name", "city"))
    texts = {at: [tidy(str(cell)) for cell in one.values] for at, one in enumerate(contents) if at not in taken and one.values}
    found: dict[int, tuple[Meaning, float]] = {}
    towns = [at for at, one in texts.items() if sum(reference().official_name(bare_city(text)) is not None for text in one) >= 0.8 * len(one)]
    if city and towns:
        found[towns[0]] = (city, 0.5)
    names = [at for at, one in texts.items() if at not in found and sum(map(_one_name, one)) >= 0.9 * len(one)]
    if not (last and first and both) or not names:
        return found
    if sum(map(_two_names, texts[names[0]])) >= 0.8 * len(texts[names[0]]):
        return found | {names[0]: (both, 0.5)}
    pair = [at for at in names if at + 1 in names]
    if not pair:
        return found
    capitals = sum(text.isupper() for text in texts[pair[0] + 1]) > sum(text.isupper() for text in texts[pair[0]])
    return found | {pair[0]: (first if capitals else last, 0.5), pair[0] + 1: (last if capitals else first, 0.5)}


def _candidates(entity: Entity, column: Column, contents: Contents, context: Context) -> list[tuple[Meaning, float]]:
    said = _said(column)
    if any(one.entity == "" and one.score >= 0.8 for one in said):
        return []
    found = []
    scores = {one.key: one.score for one in said if one.entity == entity.name}
    for meaning in entity.meanings:
        score = scores.get(meaning.key, 0.0)
        guess = not said and meaning.cleaner in (_TOLD_ANYWHERE if column.heading else _TOLD_BARE) and len(contents.values) >= 4
        if not score and not guess:
            continue
        fit = _fit(meaning, contents, context)
        if guess:
            if fit >= 0.9:
                found.append((meaning, 0.6 * fit))
            continue
        confidence = score * (0.35 + 0.65 * fit)
        if confidence >= _ENOUGH or (score == 1.0 and meaning.strict and confidence >= 0.3):
            found.append((meaning, confidence))
    return found


# groups of columns that speak of somebody else than the record, and what they then say of them
_OTHERS_OWN = frozenset({"first_name", "phone", "phone2", "email", "address", "postcode", "city", "postcode+city", "address+postcode+city", "gender", "birth_date"})
_OTHERS = re.compile(r"\b(?:conseiller|conseillere|referent|referente|cip|representant|parent|parents|mere|pere|tuteur|urgence|employeur|entreprise)\b")


def _said(column: Column) -> tuple[Reading, ...]:
    """What the heading says, with the group above it where that makes it clearer."""
    own = readings(column.said or column.heading)
    if not column.group:
        return own
    joined = readings(f"{column.heading} {column.group}")
    if joined and joined[0].score >= 0.95:
        return joined
    if _OTHERS.search(fold(column.group)):
        keys = {one.key for one in own if one.score >= 0.8}
        if keys & {"last_name", "last_name+first_name"}:
            return readings(column.group)
        return () if keys & _OTHERS_OWN else own
    return own


# --- What the contents say -------------------------------------------------------------------------------------------


def _fit(meaning: Meaning, contents: Contents, context: Context) -> float:
    """Share of the values that are of the meaning's kind; 0.7 when there is nothing to judge by."""
    key = meaning.cleaner + ("" if meaning.strict else meaning.key)
    if key not in contents.fits:
        contents.fits[key] = _measured(meaning, contents.values, context)
    return contents.fits[key]


def _measured(meaning: Meaning, values: Sequence[Cell], context: Context) -> float:
    if not values:
        return 0.7
    if meaning.cleaner in FREE or (meaning.cleaner == "counsellor" and not context.counsellors):
        return _shape(meaning, values)
    scores = [score for score in (_read(meaning.cleaner, cell, context) for cell in values) if score is not None]
    return sum(scores) / len(scores) if scores else 0.7


def _read(cleaner: str, cell: Cell, context: Context) -> float | None:
    """1 read, 0.5 of the kind but broken, 0 something else, None nothing."""
    cleaned = clean_cell(cleaner, cell, context)
    codes = [flag.code for flag in cleaned.flags if flag.code not in ("mojibake_repaired", "encoding_damage")]
    if cleaned.value not in (None, []):
        return 0.5 if "unmapped_value" in codes else 1.0
    if cleaner == "postcode" and cleaned.extra:
        return 0.5
    if not codes or "excel_error" in codes or "missing_birth_date" in codes:
        return None
    return 0.5 if any(code.startswith(("ambiguous", "incomplete", "siren", "siret_", "date_in")) for code in codes) else 0.3 if codes[0] == "invalid_date" else 0.0


def _shape(meaning: Meaning, values: Sequence[Cell]) -> float:
    texts = [tidy(str(cell)) for cell in values]
    if meaning.key == "external_id":
        return _numbering(values, texts)
    tests = [_SHAPES.get(meaning.key, _any_words)] + [test for narrow, _, test in _WIDER if narrow == meaning.key]
    return max(sum(map(test, texts)) for test in tests) / len(texts)


def _letters(text: str) -> float:
    return float("@" not in text and sum(char.isdigit() for char in text) <= 0.2 * len(text) and any(char.isalpha() for char in text))


def _one_name(text: str) -> float:
    return _letters(text) * (1.0 if len(text) < 40 else 0.3)


def _two_names(text: str) -> float:
    return _one_name(text) * (1.0 if " " in text else 0.2)


def _place(text: str) -> float:
    return float(bool(re.search(r"(?<!\d)\d ?\d{3,4}(?!\d)", text)) and _has_letters(text) and len(text) < 60)


def _full_address(text: str) -> float:
    return float(bool(re.search(r".\b\d{2} ?\d{3}\s*[-,]?\s+[^\W\d]", text)))


def _has_letters(text: str) -> bool:
    return any(char.isalpha() for char in text)


def _any_words(text: str) -> float:
    return 0.9 if _has_letters(text) else 0.5


def _firm(text: str) -> float:
    if not _has_letters(text) or "@" in text:
        return 0.0
    return 0.3 if _like_a_person(text) else 1.0


def _like_a_person(text: str) -> bool:
    """'DUPRAT Léa', 'Tom MARQUES': capitals beside a capitalised word, and no word of a firm."""
    words = text.replace("-", " ").split()
    capitals = [word for word in words if len(word) > 1 and word.isupper()]
    return 2 <= len(words) <= 4 and 0 < len(capitals) < len(words) and all(word.isalpha() and word[0].isupper() for word in words) and not _FIRM.search(fold(text))


_SHAPES = {
    "last_name": _one_name,
    "first_name": _one_name,
    "birth_name": _one_name,
    "last_name+first_name": _two_names,
    "contact_name+contact_role": _letters,
    "counsellor": _one_name,
    "city": _letters,
    "postcode+city": _place,
    "address+postcode+city": _full_address,
    "name": _firm,
    "employer": _firm,
    "label": _any_words,
}


def _numbering(values: Sequence[Cell], texts: Sequence[str]) -> float:
    """File numbers have digits; 1, 2, 3… only counts the rows."""
    numbers = [value for value in values if isinstance(value, int | float)] or [int(text) for text in texts if text.isdigit()]
    if len(numbers) > 3 and min(numbers) <= 2 and max(numbers) <= 1.2 * len(numbers) + 3 and numbers == sorted(numbers):
        return 0.0
    return sum(len(text) <= 20 and (any(map(str.isdigit, text)) or len(text) >= 5 and text.isalnum() and text.isupper()) for text in texts) / len(texts)


# --- A cell that holds more than its heading says --------------------------------------------------------------------

_WIDER = (("last_name", "last_name+first_name", _two_names), ("city", "postcode+city", _place), ("postcode", "postcode+city", _place), ("address", "address+postcode+city", _full_address))


def _widen(entity: Entity, columns: list[Column], contents: Sequence[Contents]) -> None:
    """'Nom' alone over « DUPONT Lucie », 'Ville' over « 09000 FOIX »: the cell fills both fields if the other has no column."""
    for narrow, wide, test in _WIDER:
        meaning, taken = entity.meaning(wide), {name for column in columns for name in column.fields}
        if meaning is None or not taken.isdisjoint(set(meaning.fields) - {narrow}):
            continue
        for at, column in enumerate(columns):
            texts = [tidy(str(cell)) for cell in contents[at].values]
            if column.fields == (narrow,) and texts and sum(map(test, texts)) >= 0.6 * len(texts):
                column.meaning = meaning


# --- Grids -----------------------------------------------------------------------------------------------------------


def _slot_grid(columns: list[Column], contents: Sequence[Contents], context: Context) -> Recognised | None:
    """Times down the side, employers along the top, people inside; or the same lying on its side."""
    entity = ENTITIES["job_dating_slot"]
    times = [at for at, one in enumerate(contents) if len(one.values) >= 3 and _all_times(one.values, context)]
    inside = [at for at, column in enumerate(columns) if column.heading and at not in times and not _known_person(column)]
    if len(times) == 1 and len(inside) >= 2 and all(_people(contents[at].values) for at in inside):
        return Recognised(entity, "slot_grid", [_grid_column(entity, column, at in times, at in inside) for at, column in enumerate(columns)])
    hours = {at: _hour(column.heading, context) for at, column in enumerate(columns) if re.match(r"\s*\d{1,2}\s*[hH:]", column.heading)}
    if len(hours) >= 3 and all(hours.values()) and all(_people(contents[at].values) for at in hours) and 0 not in hours:
        sides = [Column(c.index, c.heading, c.group, meaning=entity.meaning("employer") if not at else None, confidence=0.8, slot=hours.get(at)) for at, c in enumerate(columns)]
        return Recognised(entity, "slot_grid", sides)
    return None


def _hour(text: str, context: Context) -> Any:
    return clean_cell("time", text, context).value


def _all_times(values: Sequence[Cell], context: Context) -> bool:
    read = [clean_cell("time", cell, context).value is not None for cell in values if not isinstance(cell, int | float)]
    return len(read) >= 3 and sum(read) >= 0.8 * len(read)


def _known_person(column: Column) -> bool:
    return any(one.score >= 0.8 and one.entity in ("appointment", "young_person", "action_item", "") for one in readings(column.heading))


def _people(values: Sequence[Cell]) -> bool:
    texts = [tidy(str(cell)) for cell in values if not is_nobody(cell)]
    return sum(map(_two_names, texts)) >= 0.5 * len(texts)


def _grid_column(entity: Entity, column: Column, is_time: bool, is_inside: bool) -> Column:
    meaning = entity.meaning("slot") if is_time else None
    return Column(column.index, column.heading, column.group, meaning=meaning, confidence=0.9, employer=column.heading if is_inside else None)


def _cross_grid(columns: list[Column], contents: Sequence[Contents], context: Context, words: str, firms: frozenset[str]) -> Recognised | None:
    """Candidates down the side, employers along the top, marks inside."""
    entity = ENTITIES["job_dating_registration"]
    marked = [at for at, column in enumerate(columns) if column.heading and not _strongly_known(column) and _marks(contents[at].values, context)]
    if len(marked) < 2 or not (_hints(entity, words) or any(_speaks_of_firms(columns[at], firms) for at in marked)):
        return None
    rest = [column if at not in marked else Column(column.index, "", "") for at, column in enumerate(columns)]
    empty = Contents([], 0.0)
    named = _as_entity(entity, rest, [empty if at in marked else one for at, one in enumerate(contents)], context, words)
    if not _PEOPLE <= {name for column in named.columns for name in column.fields}:
        return None
    for at in marked:
        named.columns[at] = Column(columns[at].index, columns[at].heading, columns[at].group, confidence=0.9, employer=columns[at].heading)
    return Recognised(entity, "cross_grid", named.columns)


def _strongly_known(column: Column) -> bool:
    return any(one.score >= 0.8 for one in readings(column.heading))


def _marks(values: Sequence[Cell], context: Context) -> bool:
    """Crosses, times, « LA »… ; an empty column of a grid counts as one of its marks."""
    read = [not clean_mark(cell, context).flags for cell in values]
    return sum(read) >= 0.8 * len(read)


def _speaks_of_firms(column: Column, firms: frozenset[str]) -> bool:
    name = fold(column.heading)
    return name in firms or _FIRM.search(name) is not None or "entreprise" in fold(column.group) or "employeur" in fold(column.group)
