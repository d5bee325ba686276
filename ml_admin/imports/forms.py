"""A sheet that is one form for one person, or several such cards: labels, and the value beside or under each."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ml_admin.imports.vocabulary import enough_for_a_record, folded, is_heading, readings
from ml_admin.imports.workbook import Cell, CellError, Sheet
from ml_admin.text import tidy

_LARGEST = 250  # filled cells of one form: above, it is none
_REACH = 5  # columns between a label and its value
_LABELS_A_ROW = 4  # more of them are the header of a table
_MOST = 2_000  # rows: of a sheet of cards
_ACROSS = 8  # cards side by side
_BOX = re.compile(r"([☒☑✓✔✅🗹]|\[\s?[xX✓]\s?\]|[☐□▢❏❑○◯]|\[\s?\])\s*([^☒☑✓✔✅🗹☐□▢❏❑○◯\[]*)")
_EMPTY_BOX = re.compile(r"[☐□▢❏❑○◯]|\[\s?\]")
_ERROR = re.compile(r"\s*#(?:N/A|[A-Z0-9/]+[!?])")  # an error of a formula, also as text

Filled = list[tuple[int, list[tuple[int, Cell]]]]  # row, its filled cells by column


@dataclass(slots=True)
class Form:
    """What a form says, in reading order."""

    pairs: list[tuple[str, Cell]] = field(default_factory=list)  # label, value (None = left blank)
    rows: set[int] = field(default_factory=set)  # where labels with a value stand
    rest: list[str] = field(default_factory=list)  # words that are neither
    widest: int = 0  # most labels in one row
    first_row: int = 0

    @property
    def known(self) -> set[str]:
        """Its labels that the vocabulary has word for word, where a value stands that is no error of a formula."""
        told = [label for label, value in self.pairs if value is not None and type(value) is not CellError]
        return {folded(label) for label in told if is_heading(label)}


def find_form(sheet: Sheet) -> Form | None:
    """The form that the sheet is, or None when it is a table or something else."""
    return _form(_all_filled(sheet)) if len(sheet.rows) <= _LARGEST else None


def find_cards(sheet: Sheet) -> list[list[Form]]:
    """Cards of the same labels on one sheet, a list for each column of cards; [] when there are not two."""
    if len(sheet.rows) > _MOST:
        return []
    filled = _all_filled(sheet)
    places = _anchors(filled)
    tops, lefts = sorted({row for row, _ in places}), sorted({column for _, column in places})
    if len(places) < 2 or len(lefts) > _ACROSS:
        return []
    strips = []
    for left, right in zip(lefts, [*lefts[1:], 1 << 20], strict=True):
        cards = [
            _form(_region(filled, top, bottom, left if left != lefts[0] else 0, right), least=3)
            for top, bottom in zip(tops, [*tops[1:], 1 << 30], strict=True)
            if (top, left) in places
        ]
        strips.append([card for card in cards if card])
    found = [card for strip in strips for card in strip]
    return [strip for strip in strips if strip] if len(found) == len(places) and _alike(found) else []


def _anchors(filled: Filled) -> set[tuple[int, int]]:
    """Row and column of each place where the first known label of the sheet comes back."""
    labels: dict[str, set[tuple[int, int]]] = {}
    for number, cells in filled:
        for column, cell in cells:
            label = _parted(cell)[0] if isinstance(cell, str) and len(cell) < 60 else None
            if label and is_heading(label):
                labels.setdefault(folded(label), set()).add((number, column))
    return next(iter(labels.values()), set())


def _region(filled: Filled, top: int, bottom: int, left: int, right: int) -> Filled:
    rows = [
        (number, [(c, cell) for c, cell in cells if left <= c < right])
        for number, cells in filled
        if top <= number < bottom
    ]
    return [(number, cells) for number, cells in rows if cells]


def _alike(cards: Sequence[Form]) -> bool:
    """Most cards answer most of the labels that any of them has."""
    every = set().union(*(card.known for card in cards))
    return sum(len(card.known) >= 0.5 * len(every) for card in cards) >= 0.6 * len(cards)


def _all_filled(sheet: Sheet) -> Filled:
    return [(number, cells) for number, row in enumerate(sheet.rows, 1) if (cells := _filled(row))]


def _form(filled: Filled, least: int = 4) -> Form | None:
    """`least`: known labels that a value must answer."""
    if not 3 <= sum(len(cells) for _, cells in filled) <= _LARGEST:
        return None
    form = Form(first_row=filled[0][0])
    for number, cells in filled:
        _read_row(form, number, cells)
    found = form if _is_form(form, len(filled), least) else _boxes(filled, least)
    if found:
        found.first_row = filled[0][0]
    return found


def _boxes(filled: Filled, least: int) -> Form | None:
    """A form whose values stand under their labels, a row of labels then a row of values, several times."""
    form, lines, at, whole = Form(), 0, 0, 0
    while at < len(filled):
        labels = {column: _parted(cell)[0] for column, cell in filled[at][1]}
        below = dict(filled[at + 1][1]) if at + 1 < len(filled) else {}
        under = below and below.keys() <= labels.keys() and not any(_parted(cell)[0] for cell in below.values())
        if all(labels.values()) and under and filled[at + 1][0] == filled[at][0] + 1:
            form.pairs += [(str(label), _ticked([below.get(column)])) for column, label in labels.items()]
            lines, at, whole = lines + 1, at + 2, whole + enough_for_a_record(map(str, labels.values()))
            continue
        form.rest += [tidy(str(cell)) for _, cell in filled[at][1]]
        at += 1
    return form if whole <= 1 and lines >= 2 and len(form.known) >= least and 2 * lines >= 0.6 * len(filled) else None


def _filled(row: list[Cell]) -> list[tuple[int, Cell]]:
    return [(column, cell) for column, cell in enumerate(row) if cell is not None and str(cell).strip()]


def _read_row(form: Form, number: int, cells: list[tuple[int, Cell]]) -> None:
    at, before = 0, len(form.pairs)
    while at < len(cells):
        column, cell = cells[at]
        label, value = _parted(cell)
        found: Cell = _ticked([value])
        at += 1
        if label is None:
            _boxed_label(form, cell)
            continue
        if value is None and at < len(cells) and cells[at][0] - column <= _REACH and _parted(cells[at][1])[0] is None:
            run = _box_run(cells, at)
            found = _ticked([one for _, one in cells[at : at + run]])
            at += run
        form.pairs.append((label, found))
        if found is not None and is_heading(label):
            form.rows.add(number)
    form.widest = max(form.widest, len(form.pairs) - before)


# --- Check boxes -----------------------------------------------------------------------------------------------------


def _box_run(cells: list[tuple[int, Cell]], at: int) -> int:
    """How many cells from `at` on are the answer: one, or all the boxes in a row with their words."""
    end = at
    while end < len(cells) and (_has_box(cells[end][1]) or (end > at and _is_box(cells[end - 1][1]))):
        end += 1
    return max(1, end - at)


def _has_box(cell: Cell) -> bool:
    return isinstance(cell, str) and _BOX.search(cell) is not None


def _is_box(cell: Cell) -> bool:
    return isinstance(cell, str) and (match := _BOX.fullmatch(cell.strip())) is not None and not match[2].strip()


def _ticked(cells: Iterable[Cell]) -> Cell:
    """The words of the ticked boxes; the value itself where there is no box, None where none is ticked."""
    values = list(cells)
    if not any(map(_has_box, values)):
        return values[0] if values else None
    found = _BOX.findall(" ".join(tidy(str(one)) for one in values if one is not None))
    ticked = [tidy(words).strip(" /,;|") for box, words in found if not _EMPTY_BOX.match(box)]
    if len(found) == 1 and not found[0][1].strip():
        return "oui" if ticked else "non"
    return " / ".join(filter(None, ticked)) or None


def _boxed_label(form: Form, cell: Cell) -> None:
    """'☒ Permis B' says yes to its own label; other words are the rest."""
    boxes = _BOX.findall(cell) if isinstance(cell, str) else []
    for box, words in boxes:
        if _is_label(words):
            form.pairs.append((tidy(words), "non" if _EMPTY_BOX.match(box) else "oui"))
    if not any(_is_label(words) for _, words in boxes):
        form.rest.append(tidy(str(cell)))


# --- Labels ----------------------------------------------------------------------------------------------------------


def _parted(cell: Cell) -> tuple[str | None, str | None]:
    """(label, value) of 'Nom : DUPONT'; (label, None) of 'Nom :' or 'Nom'; (None, None) of anything else."""
    if not isinstance(cell, str) or _ERROR.match(cell) or _BOX.match(cell.strip()):
        return None, None
    text = tidy(cell)
    before, colon, after = text.partition(":")
    if colon and len(before) < 40 and _is_label(before):
        return tidy(before), tidy(after) or None
    if is_heading(text):
        return text, None
    return (tidy(before), None) if colon and not after.strip() and len(before) < 40 else (None, None)


def _is_label(text: str) -> bool:
    return is_heading(text) or any(one.score >= 0.85 for one in readings(text))


def _is_form(form: Form, height: int, least: int) -> bool:
    """Several labels one under the other, with values; as many values as labels, nearly."""
    blank = sum(value is None for _, value in form.pairs)
    return (
        form.widest <= _LABELS_A_ROW
        and len(form.known) >= least
        and len(form.rows) >= 3
        and len(form.rows) >= 0.3 * height
        and blank <= len(form.pairs) * 0.6
    )
