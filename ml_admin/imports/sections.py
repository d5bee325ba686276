"""What a sheet's name, a title or a section row says of the rows below: a day, a counsellor, 'Jeune : DUPONT Léa', the event."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from ml_admin.cleaners import Context
from ml_admin.communes import bare_city, reference
from ml_admin.imports.clean import clean_cell
from ml_admin.imports.entities import Entity
from ml_admin.imports.header_rows import names_people
from ml_admin.imports.tables import Block
from ml_admin.imports.vocabulary import readings
from ml_admin.text import fold, tidy

Sections = list[tuple[int, dict[str, Any]]]  # row -> field values that hold below it; row 0 = the whole table

_BARE = ("date", "counsellor")  # told without a label
# told with one: never how to reach somebody, which a letterhead gives of the office itself
_LABELLED = frozenset(
    {
        "date",
        "counsellor",
        "programmes",
        "last_name+first_name",
        "last_name",
        "first_name",
        "employer",
        "purpose",
        "mode",
    }
)
_HALF_DAYS = frozenset({"matin", "apres midi", "journee", "aprem", "soir"})
_DATE_IN = re.compile(r"\d{1,2}\s*[/.-]\s*\d{1,2}\s*[/.-]\s*\d{2,4}|\d{1,2}(?:er)?\s+[^\W\d]{3,9}\.?\s+\d{4}")


def given_fields(texts: Iterable[str]) -> frozenset[tuple[str, str]]:
    """(entity, field) that labelled words fill: 'Jeune : DUPONT Léa' gives the names of an action plan."""
    found: set[tuple[str, str]] = set()
    for text in texts:
        label, colon, value = text.partition(":")
        if colon and value.strip():
            found |= {
                (one.entity, name)
                for one in readings(label)
                if one.score >= 0.8 and one.key in _LABELLED
                for name in one.key.split("+")
            }
    return frozenset(found)


def read_sections(sheet_name: str | None, block: Block, entity: Entity, context: Context) -> Sections:
    """Only what is read without doubt; [] when nothing is said."""
    said = [(0, _values(text, entity, context)) for text in (sheet_name or "", *block.titles)]
    said += [
        (number, _values(text, entity, context) or _bare_values(text, entity, context))
        for number, text in sorted(block.sections.items())
    ]
    return [(number, values) for number, values in said if values]


def promote(block: Block, texts: dict[int, str], context: Context) -> None:
    """A row whose only words are a counsellor's name or a scheme heads the rows below: it is no person.

    So do communes, where all such rows name one and the table has no column of communes.
    """
    if texts and not any(names_people(one.text) for one in block.headings):
        return  # a firm may bear any name
    towns = _are_towns(block, texts)
    for number, text in texts.items():
        if towns or any(_is(cleaner, text, context) for cleaner in ("counsellor", "programmes")):
            block.rows.remove(number)
            block.skipped[number], block.sections[number] = "section", text


def _is(cleaner: str, text: str, context: Context) -> bool:
    cleaned = clean_cell(cleaner, text, context)
    return cleaned.value not in (None, []) and not cleaned.flags


def _are_towns(block: Block, texts: dict[int, str]) -> bool:
    told = any(one.key.endswith("city") and one.score >= 0.8 for h in block.headings for one in readings(h.text))
    below = set(block.rows) - texts.keys()
    return (
        len(texts) >= 2
        and not told
        and all(reference().official_name(bare_city(text)) is not None for text in texts.values())
        and all(number + 1 in below for number in texts)
    )


def fill(records: Sequence[dict[str, Any]], numbers: Sequence[int], sections: Sections) -> None:
    """Give each record what the sections above its row say and its own cells do not. `numbers` go up."""
    current: dict[str, Any] = {}
    ahead = iter(sections)
    following = next(ahead, None)
    for record, number in zip(records, numbers, strict=True):
        while following and following[0] < number:
            current |= following[1]
            following = next(ahead, None)
        for name, value in current.items():
            if record.get(name) is None:
                record[name] = value


def _values(text: str, entity: Entity, context: Context) -> dict[str, Any]:
    label, _, value = text.partition(":")
    keys = (
        [one.key for one in readings(label) if one.entity == entity.name and one.score >= 0.8 and one.key in _LABELLED][
            :1
        ]
        if value.strip()
        else []
    )
    for key in keys or [one for one in _BARE if entity.meaning(one)]:
        meaning = entity.meaning(key)
        if meaning is None:
            continue
        cleaned = clean_cell(meaning.cleaner, tidy(value) if keys else text, context)
        if cleaned.value not in (None, []) and not cleaned.flags:
            return {
                name: cleaned.extra.get(name, cleaned.value if name == meaning.fields[0] else None)
                for name in meaning.fields
            }
    return {}


def _bare_values(text: str, entity: Entity, context: Context) -> dict[str, Any]:
    """A scheme or a commune standing alone over its rows; in a title the same words may speak of something else."""
    if entity.meaning("programmes") and _is("programmes", text, context):
        return {"programmes": clean_cell("programmes", text, context).value}
    name = reference().official_name(bare_city(text)) if entity.meaning("city") and ":" not in text else None
    return {"city": name} if name else {}


def read_event(titles: Sequence[str], context: Context) -> dict[str, Any]:
    """Date and place of a job dating, from its title: 'JOB DATING du 14 mars 2024 – Salle des fêtes'."""
    event: dict[str, Any] = {}
    for title in titles:
        day = _DATE_IN.search(title)
        if day and "event_date" not in event:
            event["event_date"] = clean_cell("due_date", day.group(), context).value
        parts = re.split(r"\s[–—-]\s", title)
        if len(parts) > 1 and not _DATE_IN.search(parts[-1]) and fold(parts[-1]) not in _HALF_DAYS:
            event.setdefault("event_place", tidy(parts[-1]))
    return event
