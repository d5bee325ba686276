"""An exported workbook that comes back: its rows are known by their keys, and only the cells that changed are kept."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.cleaned import as_text
from ml_admin.fields import fields_of
from ml_admin.imports.analysis import Choice
from ml_admin.imports.columns import letter_of
from ml_admin.imports.records import wire
from ml_admin.imports.round_trip_cells import is_blank, same
from ml_admin.imports.round_trip_known import Known, as_exported, former_names, known, sheet_value
from ml_admin.imports.rows import Row, Table
from ml_admin.imports.workbook import Cell, Sheet, Workbook
from ml_admin.listing import DERIVED, kind_of, target_of
from ml_admin.permissions import Viewer, may_see
from ml_admin.sheet_manifest import SHEET, Manifest, read_lines
from ml_admin.sheet_values import key_text, read_heading, read_key, shown
from ml_admin.text import fold, without_nir

RECORD: Final = "record:"  # before the table's name: the rows of a table whose records are known by their keys
LAYOUT: Final = "round_trip"
FORGED, GONE, COPIED, MISSING, NEW = "forged", "gone", "copied", "missing", "new"  # what a row is besides
_FIRST_ROWS: Final = 100  # where headings are looked for: somebody may have written a title above them
_LEAST_ALIKE: Final = 0.6  # share of cells that make an unknown column one of ours
# their new rows go through the usual import, which knows a person or a firm again
_RECOGNISED: Final[frozenset[type[m.Base]]] = frozenset({m.YoungPerson, m.Employer, m.Partner})

Line = tuple[int, list[Cell]]  # number in the spreadsheet, cells


@dataclass(slots=True)
class Column:
    """One column of the workbook; `name` is the attribute it holds, "" for none."""

    index: int
    heading: str
    name: str = ""


@dataclass(slots=True)
class Exported:
    """One sheet that an export made. `added`: rows without a key, which the usual import does not take up."""

    sheet: str | None
    model: type[m.Base]
    header: int  # as the spreadsheet numbers it
    key_at: int
    version_at: int | None
    columns: list[Column]
    lines: list[Line]
    added: list[Line] = field(default_factory=list)
    manifest: Manifest | None = None


@dataclass(slots=True)
class SetApart:
    """What came back of our exports; `numbers`: sheet left to the usual import -> the true number of each of its rows."""

    sheets: list[Exported] = field(default_factory=list)
    numbers: dict[str | None, list[int]] = field(default_factory=dict)
    choices: dict[tuple[str | None, int], Choice] = field(default_factory=dict)

    def renumber(self, tables: Sequence[Table], rows: Iterable[Row]) -> None:
        """Give rows that the usual import read their number in the user's own sheet."""
        for row in rows:
            numbers = self.numbers.get(tables[row.table].sheet)
            if numbers and row.row:
                row.row = numbers[row.row - 1]


def model_of(entity: str) -> type[m.Base] | None:
    """The model behind 'record:site'; None for the entities of the usual import."""
    return _models().get(entity.removeprefix(RECORD)) if entity.startswith(RECORD) else None


def is_record(row: Row) -> bool:
    """Whether the row is known by the key of its record."""
    return row.entity.startswith(RECORD)


def _models() -> dict[str, type[m.Base]]:
    return {mapper.class_.__tablename__: mapper.class_ for mapper in m.Base.registry.mappers}


# --- Which sheets are ours -------------------------------------------------------------------------------------------


def set_apart(workbook: Workbook) -> SetApart:
    """Take out of the workbook what our exports wrote, whatever was moved, sorted, renamed or added in it.

    New people and firms stay in it, under the headings, for the usual import.
    """
    apart = SetApart()
    hidden = next((sheet for sheet in workbook.sheets if sheet.name == SHEET), None)
    manifest = read_lines(row[0] for row in hidden.rows if row) if hidden else None
    left = []
    for sheet in workbook.sheets:
        found = _exported(sheet) if sheet is not hidden else None
        if found is None:
            left += [] if sheet is hidden else [sheet]
            continue
        if manifest and manifest.table == found.model.__tablename__:
            found.manifest = manifest
        apart.sheets.append(found)
        left += _new_ones(apart, found, sheet)
    # what else our export wrote says nothing to an import
    own = ("Listes", "Lisez-moi") if apart.sheets else ()
    workbook.sheets[:] = [sheet for sheet in left if sheet.name not in own]
    return apart


def _exported(sheet: Sheet) -> Exported | None:
    for at, row in enumerate(sheet.rows[:_FIRST_ROWS]):
        headings = {index: read_heading(cell) for index, cell in enumerate(row) if isinstance(cell, str)}
        own = {one[0]: (index, one[1]) for index, one in headings.items() if one}
        model = _models().get(own["Clé"][1]) if "Clé" in own else None
        if model is None or "version" not in model.__table__.c:
            continue
        key_at, version_at = own["Clé"][0], own.get("Version", (None, ""))[0]
        lines = [
            (number, cells) for number, cells in enumerate(sheet.rows[at + 1 :], at + 2) if any(map(_filled, cells))
        ]
        keyed = [line for line in lines if read_key(_cell(line[1], key_at))]
        if not keyed and any(_filled(_cell(cells, key_at)) for _, cells in lines):
            return None  # keys of an earlier version of the application, without their proof
        columns = [
            Column(index, without_nir(str(cell))[0], attribute_called(model, str(cell)))
            for index, cell in enumerate(row)
            if _filled(cell) and index not in (key_at, version_at)
        ]
        _once(columns)
        rest = [line for line in lines if not read_key(_cell(line[1], key_at)) and not _repeats(line[1], row)]
        return Exported(sheet.name, model, at + 1, key_at, version_at, columns, keyed, rest)
    return None


def _filled(cell: Cell) -> bool:
    return not is_blank(cell)


def _cell(cells: Sequence[Cell], at: int | None) -> Cell:
    return cells[at] if at is not None and at < len(cells) else None


def _repeats(cells: Sequence[Cell], headings: Sequence[Cell]) -> bool:
    return [cell for cell in cells if _filled(cell)] == [cell for cell in headings if _filled(cell)]


def attribute_called(model: type[m.Base], heading: str) -> str:
    """The attribute, derived ones included, that a heading names: its label, else one of its other names; '' if none."""
    words = fold(heading)
    fields = fields_of(model)
    labels = {fold(field.label): name for name, field in fields.items()}
    labels |= {fold(one.label): name for name, one in DERIVED.get(model, {}).items()}
    others = {fold(alias): name for name, field in fields.items() for alias in field.aliases}
    return labels.get(words) or others.get(words, "")


def _once(columns: Sequence[Column]) -> None:
    """Of two columns with one heading, the first is the export's, the second a copy."""
    seen: set[str] = set()
    for column in columns:
        if column.name in seen:
            column.name = ""
        seen.add(column.name)


def _new_ones(apart: SetApart, found: Exported, sheet: Sheet) -> list[Sheet]:
    if not found.added or found.model not in _RECOGNISED:
        return []
    kept = [column for column in found.columns if column.name not in DERIVED.get(found.model, {})]
    lines = [(found.header, sheet.rows[found.header - 1]), *found.added]
    rows = [[_cell(cells, column.index) for column in kept] for _, cells in lines]
    apart.numbers[sheet.name] = [number for number, _ in lines]
    apart.choices[sheet.name, 1] = Choice(found.model.__tablename__)
    found.added = []
    return [Sheet(sheet.name, rows)]


# --- What changed in them --------------------------------------------------------------------------------------------


def read_back(session: Session, viewer: Viewer, apart: SetApart, tables: list[Table], rows: list[Row]) -> Iterator[str]:
    """Stage the rows of our exports after the others; yields French sentences about each sheet.

    A row keeps the cells that differ from what the export wrote, with what the record held then; nothing else.
    """
    for found in apart.sheets:
        yield from _read_sheet(session, viewer, found, tables, rows)


def _read_sheet(
    session: Session, viewer: Viewer, found: Exported, tables: list[Table], rows: list[Row]
) -> Iterator[str]:
    reading = _Reading(session, viewer, found)
    place = len(tables)
    entity = RECORD + found.model.__tablename__
    for number, links, edits in [*reading.keyed(), *reading.added(), *reading.missing()]:
        reading.flags(links.get("whole", {}))
        rows.append(
            Row(len(rows), place, number, entity, [edits] if edits else [], reading.flags(edits), [], links=links)
        )
    tables.append(
        Table(place, found.sheet, None, entity, LAYOUT, [_told(one) for one in found.columns], reading.options())
    )
    yield from reading.notes()


def _told(column: Column) -> dict[str, Any]:
    return {
        "index": column.index,
        "letter": letter_of(column.index),
        "heading": column.heading,
        "group": "",
        "meaning": column.name or None,
        "confidence": 1.0 if column.name else 0.0,
        "employer": None,
        "slot": None,
        "told": "choice",  # a heading of ours leaves no doubt
        "samples": [],
    }


Staged = tuple[int | None, dict[str, Any], dict[str, Any]]  # number, links, edits


class _Reading:
    """One sheet beside the records it speaks of, as they were when it was made."""

    def __init__(self, session: Session, viewer: Viewer, found: Exported) -> None:
        self.session, self.viewer, self.found, self.model = session, viewer, found, found.model
        self._nir: set[int] = set()
        asked = [key for _, cells in found.lines if (key := self._key(cells))]
        listed = found.manifest.keys if found.manifest else []
        keys = {key for key, _ in (*asked, *filter(None, map(read_key, listed)))}
        seen = [
            name for name in fields_of(self.model) if may_see(viewer, self.model, name) and _is_cell(self.model, name)
        ]
        self.present = known(session, viewer, self.model, seen, keys)
        # by the whole text: a true key elsewhere in the sheet proves nothing of this row
        self.versions = {text: version for key, text in asked if (version := self._version(key, text))}
        self.then = self._then()
        self._recognise(seen)
        self.columns = [column for column in found.columns if column.name in seen]
        self._same_name: dict[tuple[str, int, str], bool] = {}

    def _then(self) -> dict[str, Known]:
        """Text of a key -> the record as it was in the version that the key proves."""
        layers: list[dict[int, str]] = []  # the lines of one record may come from exports of several days
        for text in self.versions:
            key = (read_key(text) or (0, ""))[0]
            layer = next((one for one in layers if key not in one), None)
            if layer is None:
                layers.append(layer := {})
            layer[key] = text
        found: dict[str, Known] = {}
        for layer in layers:
            versions = {key: self.versions[text] for key, text in layer.items()}
            then = as_exported(self.session, self.model, self.present, versions)
            found.update((text, then[key]) for key, text in layer.items())
        return found

    def _key(self, cells: Sequence[Cell]) -> tuple[int, str] | None:
        return read_key(_cell(cells, self.found.key_at))

    def _number(self, cells: Sequence[Cell]) -> int:
        return (self._key(cells) or (0, ""))[0]

    def _version(self, key: int, text: str) -> int | None:
        """The version that the key proves; the column beside it may be gone."""
        record = self.present.get(key)
        table = self.model.__tablename__
        versions = range(record.version, 0, -1) if record else ()
        return next((one for one in versions if record and key_text(table, key, one, record.made) == text), None)

    # columns whose heading was changed

    def _recognise(self, seen: Sequence[str]) -> None:
        """An unknown heading over the values of one of our columns is that column, renamed."""
        taken = {column.name for column in self.found.columns}
        listed = self.found.manifest.columns if self.found.manifest else seen
        free = [name for name in listed if name in seen and name not in taken]
        for column in self.found.columns:
            if column.name or not free:
                continue
            shares = {name: self._alike(column, name) for name in free}
            best = max(shares, key=lambda name: shares[name])
            if shares[best] >= _LEAST_ALIKE:
                column.name = best
                free.remove(best)

    def _alike(self, column: Column, name: str) -> float:
        pairs = []
        for _, cells in self.found.lines[:500]:
            key = self._key(cells)
            cell = _cell(cells, column.index)
            if key and key[1] in self.then and not is_blank(cell):
                pairs.append((sheet_value(self.model, name, self.then[key[1]]), cell))
        return sum(same(old, cell) for old, cell in pairs) / len(pairs) if len(pairs) > 1 else 0.0

    # rows

    def keyed(self) -> Iterator[Staged]:
        counted = Counter(self._number(cells) for _, cells in self.found.lines)
        for number, cells in self.found.lines:
            key, text = self._key(cells) or (0, "")
            if text not in self.versions:
                fault = GONE if key not in self.present else FORGED
                yield number, {"key": key, "is": fault}, {}
                continue
            edits, links = self._changed(self.then[text], cells)
            links |= {"key": key, "at": self.versions[text]}
            if counted[key] > 1 and edits:
                links |= {"is": COPIED, "whole": self._whole(cells)}
            yield number, links, edits

    def _changed(self, then: Known, cells: Sequence[Cell]) -> tuple[dict[str, Any], dict[str, Any]]:
        edits: dict[str, Any] = {}
        base: dict[str, Any] = {}
        emptied: list[str] = []
        for column in self.columns:
            cell = _cell(cells, column.index)
            old = sheet_value(self.model, column.name, then)
            if cell == old or same(old, cell) or self._renamed(column.name, then, cell):
                continue
            if is_blank(cell):
                emptied += [column.name] if self._was_exported(column.name) else []
            else:
                edits[column.name] = _stored(self.model, column.name, cell)
            base[column.name] = wire(then.values[column.name])
        links: dict[str, Any] = {"base": base} if base else {}
        if emptied:
            links["emptied"] = emptied
        if base and then.erased:
            links["erased"] = True
        return edits, links

    def _was_exported(self, name: str) -> bool:
        """A column that somebody added and left blank empties nothing."""
        return self.found.manifest is None or name in self.found.manifest.columns

    def _renamed(self, name: str, then: Known, cell: Cell) -> bool:
        """Whether the cell calls what a relation points to by a name that it had when the workbook was made."""
        if name not in then.names or then.values[name] is None or not isinstance(cell, str):
            return False
        asked = (name, int(then.values[name]), cell)
        if asked not in self._same_name:
            former = former_names(self.session, target_of(self.model, name), asked[1])
            self._same_name[asked] = cell != then.names[name] and cell in former
        return self._same_name[asked]

    def _whole(self, cells: Sequence[Cell]) -> dict[str, Any]:
        found = {column.name: _cell(cells, column.index) for column in self.columns}
        return {name: _stored(self.model, name, cell) for name, cell in found.items() if not is_blank(cell)}

    def added(self) -> Iterator[Staged]:
        for number, cells in self.found.added:
            whole = self._whole(cells)
            if whole:
                yield number, {"is": NEW}, whole

    def missing(self) -> Iterator[Staged]:
        """Records of the export whose line was taken out of the workbook."""
        if self.found.manifest is None:
            return
        here = {self._number(cells) for _, cells in self.found.lines}
        for text in self.found.manifest.keys:
            key, written = read_key(text) or (0, "")
            version = self._version(key, written) if key in self.present and key not in here else None
            if version:
                yield None, {"is": MISSING, "key": key, "at": version}, {}

    def flags(self, edits: dict[str, Any]) -> list[dict[str, Any]]:
        found = []
        for name, value in list(edits.items()):
            whole = isinstance(value, float) and value.is_integer()
            left, held = without_nir(str(int(value) if whole else value))
            if held:
                found.append(name)
                edits[name] = left
        return [{"field": name, "code": "nir_removed", "raw": "", "column": None} for name in found]

    # what is said of the sheet

    def options(self) -> dict[str, Any]:
        manifest = self.found.manifest
        return {
            "header_rows": [self.found.header],
            "rows": len(self.found.lines) + len(self.found.added),
            "export": {"id": manifest.export, "at": manifest.at, "filters": manifest.filters} if manifest else {},
            "skipped": {},
        }

    def notes(self) -> Iterator[str]:
        yield "Ce fichier vient d’un export : ses lignes sont reconnues à leur clé, et seules les cases changées sont proposées."
        if self.found.manifest is None:
            yield "Ce fichier ne dit pas quelles lignes il avait à l’export : une ligne retirée ne supprime rien. Un classeur .xlsx le dit."
        derived = DERIVED.get(self.model, {})
        visible = {column.name for column in self.columns}
        yield from _named(
            "Colonnes calculées par l’application, qui ne se changent pas ici",
            [column for column in self.found.columns if column.name in derived],
        )
        yield from _named(
            "Colonnes laissées de côté, parce qu’elles ne sont pas ouvertes à votre rôle",
            [one for one in self.found.columns if one.name and one.name not in visible and one.name not in derived],
        )
        yield from _named(
            "Colonnes ajoutées au classeur, laissées de côté. Pour qu’une colonne soit lue, donnez-lui le nom d’un champ",
            [column for column in self.found.columns if not column.name],
        )


def _named(sentence: str, columns: Sequence[Column]) -> Iterator[str]:
    if columns:
        yield f"{sentence} : {', '.join(f'« {column.heading} »' for column in columns)}."


def _is_cell(model: type[m.Base], name: str) -> bool:
    return fields_of(model)[name].column and kind_of(model, name) != "relations"


def _stored(model: type[m.Base], name: str, cell: Cell) -> Any:
    """A cell as JSON holds it and as a person would type it."""
    if isinstance(cell, datetime) and kind_of(model, name) == "instant":
        return shown(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell
    return as_text(cell).replace("\x00", "")
