"""A sheet that is one form for one person: labels, and the value beside each."""

from dataclasses import dataclass, field

from ml_admin.imports.vocabulary import enough_for_a_record, folded, is_heading, readings
from ml_admin.imports.workbook import Cell, Sheet
from ml_admin.text import tidy

_LARGEST = 250  # filled cells: above, it is no form
_REACH = 5  # columns between a label and its value
_LABELS_A_ROW = 4  # more of them are the header of a table


@dataclass(slots=True)
class Form:
    """What a form says, in reading order."""

    pairs: list[tuple[str, Cell]] = field(default_factory=list)  # label, value (None = left blank)
    rows: set[int] = field(default_factory=set)  # where labels with a value stand
    rest: list[str] = field(default_factory=list)  # words that are neither
    widest: int = 0  # most labels in one row


def find_form(sheet: Sheet) -> Form | None:
    """The form that the sheet is, or None when it is a table or something else."""
    if len(sheet.rows) > _LARGEST:
        return None
    filled = [(number, cells) for number, row in enumerate(sheet.rows, 1) if (cells := _filled(row))]
    if not 4 <= sum(len(cells) for _, cells in filled) <= _LARGEST:
        return None
    form = Form()
    for number, cells in filled:
        _read_row(form, number, cells)
    return form if _is_form(form, len(filled)) else _boxes(filled)


def _boxes(filled: list[tuple[int, list[tuple[int, Cell]]]]) -> Form | None:
    """A form whose values stand under their labels, a row of labels then a row of values, several times."""
    form, lines, at, whole = Form(), 0, 0, 0
    while at < len(filled):
        labels = {column: _parted(cell)[0] for column, cell in filled[at][1]}
        below = dict(filled[at + 1][1]) if at + 1 < len(filled) else {}
        under = below and below.keys() <= labels.keys() and not any(_parted(cell)[0] for cell in below.values())
        if all(labels.values()) and under and filled[at + 1][0] == filled[at][0] + 1:
            form.pairs += [(str(label), below.get(column)) for column, label in labels.items()]
            lines, at, whole = lines + 1, at + 2, whole + enough_for_a_record(map(str, labels.values()))
            continue
        form.rest += [tidy(str(cell)) for _, cell in filled[at][1]]
        at += 1
    known = {folded(label) for label, value in form.pairs if value is not None and is_heading(label)}
    return form if whole <= 1 and lines >= 2 and len(known) >= 4 and 2 * lines >= 0.6 * len(filled) else None


def _filled(row: list[Cell]) -> list[tuple[int, Cell]]:
    return [(column, cell) for column, cell in enumerate(row) if cell is not None and str(cell).strip()]


def _read_row(form: Form, number: int, cells: list[tuple[int, Cell]]) -> None:
    at, before = 0, len(form.pairs)
    while at < len(cells):
        column, cell = cells[at]
        label, value = _parted(cell)
        found: Cell = value
        at += 1
        if label is None:
            form.rest.append(tidy(str(cell)))
            continue
        if found is None and at < len(cells) and cells[at][0] - column <= _REACH and _parted(cells[at][1])[0] is None:
            found = cells[at][1]
            at += 1
        form.pairs.append((label, found))
        if found is not None and is_heading(label):
            form.rows.add(number)
    form.widest = max(form.widest, len(form.pairs) - before)


def _parted(cell: Cell) -> tuple[str | None, str | None]:
    """(label, value) of 'Nom : DUPONT'; (label, None) of 'Nom :' or 'Nom'; (None, None) of anything else."""
    if not isinstance(cell, str):
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


def _is_form(form: Form, height: int) -> bool:
    """Several labels one under the other, with values; as many values as labels, nearly."""
    known = {folded(label) for label, value in form.pairs if value is not None and is_heading(label)}
    blank = sum(value is None for _, value in form.pairs)
    return (
        form.widest <= _LABELS_A_ROW
        and len(known) >= 4
        and len(form.rows) >= 3
        and len(form.rows) >= 0.3 * height
        and blank <= len(form.pairs) * 0.6
    )
