"""Agendas: hours down the side and counsellors or days along the top (or the same on its side); each filled cell is a meeting.

Rows are numbered as the spreadsheet shows them (first row = 1); columns count from 0.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from ml_admin.cleaners import Context
from ml_admin.imports.clean import clean_cell
from ml_admin.imports.header_rows import is_time
from ml_admin.imports.workbook import Cell, Sheet
from ml_admin.text import fold, tidy

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_HALF_DAYS = frozenset({"matin", "matinee", "apres midi", "am", "pm"})
_DAY = re.compile(rf"(?:{'|'.join(WEEKDAYS)})s?\b")
_WEEK_TO = re.compile(r"(?:semaine|du)\b.*?\bau\s+(?P<last>.*\d.*)", re.IGNORECASE)
_WEEK_NUMBER = re.compile(r"\b(?:semaine|sem|s)\s*(?:n\s*)?(\d{1,2})\b")
_OWNER = re.compile(
    r"\b(?:agenda|planning|plannings|rendez-vous|rdv|permanences?|semaine|emploi du temps|conseill\w+|référente?|referente?|de|d[’'])\b|:",
    re.IGNORECASE,
)
_COPY = re.compile(r"\b(?:edite|imprime|maj|mis a jour|mise a jour|extrait|page)\b")
_LARGEST = 20_000  # rows: no agenda, and not worth the look


@dataclass(slots=True)
class Slot:
    """A filled cell and what its row and column say of it: date, time, counsellor."""

    row: int
    column: int
    cell: Cell
    told: dict[str, Any]


@dataclass(slots=True)
class Agenda:
    """One grid of hours."""

    header_rows: list[int]
    rows: list[int]
    headings: dict[int, str]  # column -> words over it
    slots: list[Slot] = field(default_factory=list)
    titles: dict[int, str] = field(default_factory=dict)  # row -> words over the grid
    lying: bool = False  # hours along the top

    @property
    def undated(self) -> bool:
        return bool(self.slots) and not any(slot.told.get("date") for slot in self.slots)


def find_agendas(sheet: Sheet, context: Context) -> list[Agenda]:
    """The agendas that the sheet holds, one under the other; [] when it is something else. `context.year`: of the sheet."""
    if len(sheet.rows) > _LARGEST or not sheet.rows:
        return []
    found = _upright(sheet, context)
    if found:
        return found
    turned = _turned(sheet)
    return [_laid_back(one) for one in _upright(turned, context)] if turned else []


def _turned(sheet: Sheet) -> Sheet | None:
    width = max(map(len, sheet.rows))
    if width > 200 or len(sheet.rows) > 200:
        return None
    rows = [[row[column] if column < len(row) else None for row in sheet.rows] for column in range(width)]
    merged = [(left, top, right, bottom) for top, left, bottom, right in sheet.merged]
    return Sheet(sheet.name, rows, merged=merged)


def _laid_back(agenda: Agenda) -> Agenda:
    """Rows and columns as the sheet has them: the turned one had them swapped."""
    for slot in agenda.slots:
        slot.row, slot.column = slot.column + 1, slot.row - 1
    return replace(
        agenda,
        header_rows=[],
        rows=sorted({slot.row for slot in agenda.slots}),
        headings={},
        titles={},
        lying=True,
    )


# --- Finding the grid ------------------------------------------------------------------------------------------------


def _upright(sheet: Sheet, context: Context) -> list[Agenda]:
    side = _side(sheet)
    if side is None:
        return []
    hours = {number: row[side] for number, row in enumerate(sheet.rows, 1) if side < len(row) and _is_hour(row[side])}
    tops = [number for number in _tops(sheet, side, hours) if _tells(sheet.rows[number - 1], side, context)]
    agendas = []
    for at, group in enumerate(groups := _joined(tops)):
        end = groups[at + 1][0] if at + 1 < len(groups) else len(sheet.rows) + 1
        agenda = _agenda(sheet, side, group, end, hours, context)
        if agenda is None:
            return []
        agendas.append(agenda)
    for before, agenda in zip([None, *agendas], agendas, strict=False):
        _entitle(sheet, agenda, before, context)
    return agendas


def _side(sheet: Sheet) -> int | None:
    """The leftmost column that holds hours."""
    counts: Counter[int] = Counter()
    for row in sheet.rows:
        for column, cell in enumerate(row[:12]):
            if _is_hour(cell):
                counts[column] += 2 if isinstance(cell, str) and fold(cell) in _HALF_DAYS else 1
                break
    good = [column for column, count in counts.items() if count >= 3]
    return min(good, default=None)


def _is_hour(cell: Cell) -> bool:
    return is_time(cell) or (isinstance(cell, str) and fold(cell) in _HALF_DAYS)


def _tops(sheet: Sheet, side: int, hours: dict[int, Cell]) -> list[int]:
    """Rows without an hour of their own, next to a row of hours or to another such row, filled right of the hours."""
    below = set(hours)
    found: list[int] = []
    for number in range(len(sheet.rows), 0, -1):
        row = sheet.rows[number - 1]
        if number not in hours and number + 1 in below and any(cell is not None for cell in row[side + 1 :]):
            found.append(number)
            below.add(number)
    return found[::-1]


def _joined(numbers: Iterable[int]) -> list[list[int]]:
    groups: list[list[int]] = []
    for number in numbers:
        if groups and groups[-1][-1] == number - 1:
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def _tells(row: Sequence[Cell], side: int, context: Context) -> bool:
    """Most of the words right of the hours are days or counsellors."""
    cells = [cell for cell in row[side + 1 :] if cell is not None and str(cell).strip()]
    told = [cell for cell in cells if _told(cell, context)]
    return bool(told) and len(told) >= 0.6 * len(cells)


def _told(cell: Cell, context: Context) -> dict[str, Any]:
    """What a heading says: {"date": …}, {"weekday": 0…6} or {"counsellor": key}."""
    if isinstance(cell, date):
        return {"date": cell.date() if isinstance(cell, datetime) else cell}
    if not isinstance(cell, str) or len(cell) > 60:
        return {}
    day = read_day(cell, context)
    weekday = _DAY.match(fold(cell))
    if day or weekday:
        return {"date": day} if day else {"weekday": WEEKDAYS.index(weekday.group().rstrip("s"))} if weekday else {}
    counsellor = clean_cell("counsellor", cell, context)
    return {"counsellor": counsellor.value} if counsellor.value and not counsellor.flags else {}


def read_day(text: str, context: Context) -> date | None:
    """'Lundi 11/03/2024', 'mardi 12 mars' with the year of the sheet; None for words without a whole date."""
    if not any(map(str.isdigit, text)) or _WEEK_TO.search(text) or _COPY.search(fold(text)):
        return None
    cleaned = clean_cell("due_date", text, context)
    return cleaned.value if isinstance(cleaned.value, date) and not cleaned.flags else None


def _agenda(
    sheet: Sheet, side: int, tops: list[int], end: int, hours: dict[int, Cell], context: Context
) -> Agenda | None:
    """The grid under these header rows, or None when its cells do not stand under them."""
    columns = _columns(sheet, side, tops, context)
    agenda = Agenda(tops, [], {column: words for column, (words, _) in columns.items()})
    outside, hour = 0, None
    day = _day_before(sheet, tops, side, context)
    for number in range(tops[-1] + 1, end):
        row = sheet.rows[number - 1]
        day = _day_before(sheet, [number], side, context) or day
        hour = hours.get(number, hour if _merged_down(sheet, number, side) else None)
        if hour is None:
            continue
        agenda.rows.append(number)
        start = clean_cell("time", hour, context).value
        for column, cell in enumerate(row):
            if column == side or cell is None or not str(cell).strip():
                continue
            if column in columns:
                told: dict[str, Any] = {"time": start if isinstance(start, time) else None} | day | columns[column][1]
                agenda.slots.append(Slot(number, column, cell, told))
            elif column > side:
                outside += 1
    return agenda if len(agenda.slots) > 2 * outside or not agenda.slots and not outside else None


def _day_before(sheet: Sheet, numbers: Sequence[int], side: int, context: Context) -> dict[str, Any]:
    """The day that stands left of the hours, on the first row of each day."""
    cells = (cell for number in numbers for cell in sheet.rows[number - 1][:side] if cell is not None)
    return next((told for cell in cells if "date" in (told := _told(cell, context))), {})


def _merged_down(sheet: Sheet, number: int, side: int) -> bool:
    return any(top < number <= bottom and left - 1 <= side <= right - 1 for top, left, bottom, right in sheet.merged)


def _columns(sheet: Sheet, side: int, tops: list[int], context: Context) -> dict[int, tuple[str, dict[str, Any]]]:
    """Column -> its words and what they say; of two header rows the upper one spreads over those that follow it."""
    width = max(len(sheet.rows[number - 1]) for number in tops)
    found: dict[int, tuple[str, dict[str, Any]]] = {}
    above: dict[int, tuple[str, dict[str, Any]]] = {}
    for number in tops:
        row, above = sheet.rows[number - 1], found
        found, spread = {}, number != tops[-1]
        last: tuple[str, dict[str, Any]] | None = None
        for column in range(side + 1, width):
            cell = row[column] if column < len(row) else None
            if cell is not None and str(cell).strip():
                told = _told(cell, context)
                last = (_words(cell), told) if told else None
            elif not spread:
                last = None
            if last:
                words, told = above.get(column, ("", {}))
                found[column] = (tidy(f"{words} {last[0]}"), told | last[1])
    return found or above


def _words(cell: Cell) -> str:
    return cell.strftime("%d/%m/%Y") if isinstance(cell, date) else tidy(str(cell))


# --- What titles and the sheet's name say of all ---------------------------------------------------------------------


def _entitle(sheet: Sheet, agenda: Agenda, before: Agenda | None, context: Context) -> None:
    """Fill the day and the counsellor that the columns leave open."""
    floor = before.rows[-1] if before and before.rows else 0
    for number in range(floor + 1, agenda.header_rows[0]):
        words = " ".join(tidy(_words(cell)) for cell in sheet.rows[number - 1] if cell is not None and _words(cell))
        if words.strip():
            agenda.titles[number] = words
    said = [sheet.name or "", *(before.titles.values() if before else ()), *agenda.titles.values()]
    common: dict[str, Any] = {}
    for text in said:
        common |= _said(text, context)
    for slot in agenda.slots:
        weekday = slot.told.pop("weekday", None)
        if weekday is not None and "week" in common:
            slot.told["date"] = common["week"] + timedelta(weekday)
        for name in ("date", "counsellor"):
            if weekday is None or name != "date":
                slot.told.setdefault(name, common.get(name))


def _said(text: str, context: Context) -> dict[str, Any]:
    """{"week": its Monday}, {"date": …} and {"counsellor": …} of a title."""
    found: dict[str, Any] = {}
    week, day = _week(text, context), read_day(text, context)
    if week:
        found["week"] = week
    elif day:
        found["date"] = day
    rest = tidy(_OWNER.sub(" ", text))
    for words in (text, rest):
        cleaned = clean_cell("counsellor", words, context) if words else None
        if cleaned and cleaned.value and not cleaned.flags:
            found["counsellor"] = cleaned.value
    return found


def _week(text: str, context: Context) -> date | None:
    """The Monday of 'Semaine du 11 au 15 mars 2024' or of 'semaine 11' with a year."""
    span = _WEEK_TO.search(text)
    if span:
        last = clean_cell("due_date", span["last"], context)
        if isinstance(last.value, date) and not last.flags:
            return last.value - timedelta(last.value.weekday())
    number = _WEEK_NUMBER.search(fold(text))
    year = re.search(r"(?<!\d)20\d\d(?!\d)", text)
    given = int(year.group()) if year else context.year
    if number and given and 1 <= int(number[1]) <= 52:
        return date.fromisocalendar(given, int(number[1]), 1)
    return None
