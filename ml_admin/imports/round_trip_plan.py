"""What writing an exported workbook that came back would do: its changed cells, merged with what others changed since."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, cast

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Table,
    TextClause,
    UniqueConstraint,
    and_,
    bindparam,
    literal_column,
    select,
    text,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import Choice, Verdict
from ml_admin.cleaners import Context
from ml_admin.column_types import now
from ml_admin.editing import column_of, writable
from ml_admin.fields import fields_of
from ml_admin.imports.records import PARIS, wire
from ml_admin.imports.round_trip import COPIED, FORGED, GONE, MISSING, NEW, model_of
from ml_admin.imports.round_trip_cells import WrongCellError, read_cell, required
from ml_admin.imports.round_trip_known import Known, known, records_called
from ml_admin.imports.rows import Row
from ml_admin.journal import Collision, merge3, python_value
from ml_admin.listing import kind_of, target_of
from ml_admin.permissions import Viewer, may
from ml_admin.refusals import sentence_of

COLLISION, EMPTIED, WRONG, REFUSED_BY_DATABASE = "collision", "emptied", "cell", "refused"
CAUSES: Final = frozenset({COLLISION, EMPTIED, WRONG, REFUSED_BY_DATABASE, COPIED, MISSING})
_GONE = "Cette fiche n’existe plus, ou n’est pas ouverte à votre rôle. Cherchez-la, ou retirez la ligne."
_FORGED = "La clé de cette ligne n’est pas celle d’un export de cette base. Exportez la liste à nouveau, puis reportez-y vos changements."
_RIGHT = "Votre rôle ne modifie pas ces fiches. Confiez ce classeur à une personne qui le peut."
_NOT_DELETED = "Votre rôle ne supprime pas ces fiches. Confiez ce classeur à une personne qui le peut."


def plan(session: Session, viewer: Viewer, rows: Iterable[Row]) -> None:
    """Set the verdict, reason, target and changes of rows that are known by their keys; reads only.

    Rights, scope, fields and rules are those of a form: what it would refuse is refused here.
    """
    by_model: dict[type[m.Base], list[Row]] = defaultdict(list)
    for row in rows:
        if not row.written:
            _reset(row)
            if row.verdict is Verdict.CREATE:
                by_model[cast(type[m.Base], model_of(row.entity))].append(row)
    for model, found in by_model.items():
        _Plan(session, viewer, model, found).run()


def _reset(row: Row) -> None:
    row.changes, row.matches, row.reason, row.cause = {}, [], "", ""
    row.target_id, row.version = row.links.get("key"), None
    fault = row.links.get("is")
    if row.decision.get("ignore"):
        row.verdict, row.cause, row.reason = Verdict.SKIP, "ignored", "Ignorée à votre demande"
    elif fault in (FORGED, GONE):
        row.target_id = None
        row.verdict, row.cause, row.reason = Verdict.REFUSED, fault, _FORGED if fault == FORGED else _GONE
    elif fault == MISSING and not row.decision.get("delete"):
        row.verdict, row.cause, row.reason = Verdict.SKIP, MISSING, "Absente du classeur\u202f; rien n’est supprimé"
    elif row.links.get("key") and not row.records and not fault and not row.decision.get("erase"):
        _unchanged(row)
    else:
        row.verdict = Verdict.CREATE  # until something says otherwise


def _unchanged(row: Row) -> None:
    row.verdict = Verdict.UNCHANGED
    if row.links.get("emptied"):
        row.cause, row.reason = EMPTIED, _emptied_words(row)


def _emptied_words(row: Row) -> str:
    number = len(row.links["emptied"])
    return (
        "1 case vidée\u202f: la valeur est gardée"
        if number == 1
        else f"{number} cases vidées\u202f: les valeurs sont gardées"
    )


def _decide(row: Row, cause: str, reason: str) -> None:
    row.verdict, row.cause, row.reason, row.changes = Verdict.DECIDE, cause, reason[:300], {}


@dataclass
class _Cells:
    """The cells of one row, read: attribute -> value, and what could not be."""

    values: dict[str, Any]
    wrong: dict[str, str]
    matches: list[dict[str, Any]]


class _Plan:
    """The rows of one entity."""

    def __init__(self, session: Session, viewer: Viewer, model: type[m.Base], rows: Sequence[Row]) -> None:
        self.session, self.viewer, self.model, self.rows = session, viewer, model, rows
        self.context = Context(reference_date=now().astimezone(PARIS).date())
        self.fields = writable(viewer, model)
        self.new_fields = writable(viewer, model, "create")
        names = [name for name in fields_of(model) if kind_of(model, name) != "relations"]
        self.present = known(session, viewer, model, names, [row.target_id for row in rows if row.target_id])
        self.called = self._relations()

    def _relations(self) -> dict[tuple[type[m.Base], str], list[int]]:
        wanted: dict[type[m.Base], set[str]] = defaultdict(set)
        for row in self.rows:
            for name, cell in self._cells_of(row).items():
                if kind_of(self.model, name) == "relation":
                    wanted[target_of(self.model, name)].add(str(cell))
        found = {}
        for target, words in wanted.items():
            for word, keys in records_called(self.session, self.viewer, target, words).items():
                found[target, word] = keys
        return found

    def _cells_of(self, row: Row) -> Mapping[str, Any]:
        if row.links.get("is") == COPIED and row.decision.get("identity") == "new":
            whole: Mapping[str, Any] = row.links["whole"]
            return whole
        return row.record

    def run(self) -> None:
        for row in self.rows:
            fault = row.links.get("is")
            if fault == MISSING:
                self._delete(row)
            elif fault == NEW or (fault == COPIED and row.decision.get("identity") == "new"):
                self._new(row)
            elif fault == COPIED and not row.decision.get("accept"):
                _decide(
                    row,
                    COPIED,
                    "Plusieurs lignes portent la clé de cette fiche. Dites si celle-ci est la fiche, ou une nouvelle.",
                )
            else:
                self._update(row)

    # changed rows

    def _update(self, row: Row) -> None:
        record = self.present.get(row.target_id or 0)
        if record is None:
            row.target_id = None
            row.verdict, row.cause, row.reason = Verdict.REFUSED, GONE, _GONE
            return
        if not may(self.viewer, "update", self.model):
            row.verdict, row.cause, row.reason = Verdict.REFUSED, "right", _RIGHT
            return
        row.version = record.version
        cells = self._read(row, row.record, self.fields)
        if cells.wrong and not row.decision.get("accept"):
            self._wrong(row, cells)
            return
        if row.decision.get("erase"):
            cells.values |= {name: None for name in row.links.get("emptied", ()) if name in self.fields}
        mine = self._with_neighbours(cells.values, record, row)
        base = {name: self._base(row, record, name) for name in mine}
        merge = merge3(base, mine, {name: record.values[name] for name in mine})
        if row.links.get("erased"):
            merge.collisions.update(
                (name, Collision(None, value, record.values[name]))
                for name, value in mine.items()
                if not _equal(value, record.values[name])
            )
            merge.values.update((name, record.values[name]) for name in merge.collisions)
        sides = row.decision.get("sides", {})
        open_ = {name: both for name, both in merge.collisions.items() if sides.get(name, sides.get("")) is None}
        for name, both in merge.collisions.items():
            if name not in open_ and sides.get(name, sides.get("")) == "mine":
                merge.values[name] = both.mine
        if open_:
            self._collide(row, open_)
            return
        changes = {
            name: [wire(_code(record.values[name])), wire(_code(value))]
            for name, value in merge.values.items()
            if not _equal(value, record.values[name])
        }
        self._settle(row, record, changes)

    def _base(self, row: Row, record: Known, name: str) -> Any:
        base = row.links.get("base", {})
        if name not in base:
            return record.values[name]
        return python_value(cast(Any, self.model.__table__.c[column_of(self.model, name)]), base[name])

    def _with_neighbours(self, values: dict[str, Any], record: Known, row: Row) -> dict[str, Any]:
        """A telephone typed beside another goes to the empty place next to it."""
        extra = row.links.get("_extra", {})
        return {
            **{
                name: value
                for name, value in extra.items()
                if name in self.fields and record.values.get(name) in (None, "") and name not in values
            },
            **values,
        }

    def _read(self, row: Row, edits: Mapping[str, Any], fields: Sequence[str]) -> _Cells:
        cells = _Cells({}, {}, [])
        row.links.pop("_extra", None)
        row.flags = [flag for flag in row.flags if flag["code"] == "nir_removed"]
        for name, cell in edits.items():
            if name not in fields:
                row.flags.append(_flag(name, "not_open", cell))
                continue
            try:
                if kind_of(self.model, name) == "relation":
                    cells.values[name] = self._relation(row, name, str(cell), cells)
                    continue
                said = read_cell(self.model, name, cell, self.context)
            except WrongCellError as error:
                cells.wrong[name] = str(error)
                continue
            cells.values[name] = said.value
            row.flags += [_flag(of, code, cell) for of, code in said.flags]
            if said.extra:
                row.links["_extra"] = {
                    **row.links.get("_extra", {}),
                    **{n: wire(v) for n, v in said.extra.items() if v is not None},
                }
        return cells

    def _relation(self, row: Row, name: str, words: str, cells: _Cells) -> int:
        picked = row.decision.get("picked", {}).get(name)
        keys = self.called.get((target_of(self.model, name), words), [])
        if picked in keys:
            return int(picked)
        if not keys:
            raise WrongCellError(
                f"Aucune fiche ouverte à votre rôle ne s’appelle «\u00a0{words[:60]}\u00a0». Corrigez le nom, ou créez d’abord la fiche."
            )
        if len(keys) > 1:
            cells.matches += [
                {"ref": f"id:{key}", "field": name, "reason": fields_of(self.model)[name].label} for key in keys[:8]
            ]
            raise WrongCellError(f"{len(keys)} fiches s’appellent «\u00a0{words[:60]}\u00a0». Choisissez laquelle.")
        return keys[0]

    def _wrong(self, row: Row, cells: _Cells) -> None:
        name, reason = next(iter(cells.wrong.items()))
        _decide(row, f"{WRONG}:{name}", f"{fields_of(self.model)[name].label}\u00a0: {reason}")
        row.matches = cells.matches
        row.flags += [_flag(other, "cell_to_correct", row.record.get(other)) for other in cells.wrong]

    def _collide(self, row: Row, collisions: Mapping[str, Collision]) -> None:
        told, words = {}, []
        for name, both in collisions.items():
            who, at = self._who(row, name)
            told[name] = {
                "mine": wire(_code(both.mine)),
                "theirs": wire(_code(both.theirs)),
                "who": who,
                "at": wire(at),
            }
            said = f", le {at.astimezone(PARIS):%d/%m/%Y à %H:%M}" if at else ""
            words.append(f"{fields_of(self.model)[name].label} ({who}{said})")
        _decide(row, COLLISION, f"Changé aussi dans l’application depuis l’export\u00a0: {', '.join(words)}.")
        row.links["collisions"] = told

    def _who(self, row: Row, name: str) -> tuple[str, datetime | None]:
        """Who changed this field last, and when."""
        j = m.Journal
        query = select(j.actor, j.at, j.before).where(
            j.table_name == self.model.__tablename__, j.record_id == row.target_id
        )
        for actor, at, before in self.session.execute(query.order_by(j.id.desc()).limit(200)):
            if column_of(self.model, name) in (before or {}):
                return actor, at
        return "quelqu’un", None

    def _settle(self, row: Row, record: Known, changes: dict[str, list[Any]]) -> None:
        if not changes:
            row.verdict = Verdict.UNCHANGED
            if not row.decision.get("erase"):
                _unchanged(row)
            return
        after = self._after(record, changes)
        wrong = self._problem(after, changes, row.target_id)
        if wrong or row.decision.get("refused"):
            name, reason = wrong or ("", str(row.decision["refused"]))
            _decide(row, f"{REFUSED_BY_DATABASE}:{name}", reason)
            return
        row.verdict, row.changes = Verdict.UPDATE, changes
        if row.links.get("emptied") and not row.decision.get("erase"):
            row.cause, row.reason = EMPTIED, _emptied_words(row)

    def _after(self, record: Known, changes: Mapping[str, list[Any]]) -> dict[str, Any]:
        """Column -> value, once the row is written."""
        table = self.model.__table__
        after = {column_of(self.model, name): value for name, value in record.values.items()}
        for name, (_, new) in changes.items():
            column = column_of(self.model, name)
            after[column] = python_value(cast(Any, table.c[column]), new)
        return after

    def _problem(self, after: Mapping[str, Any], changed: Iterable[str], key: int | None) -> tuple[str, str] | None:
        for name in changed:
            if required(self.model, name) and after.get(column_of(self.model, name)) in (None, ""):
                return name, f"« {fields_of(self.model)[name].label} » est nécessaire. Complétez la case."
        columns = {column_of(self.model, name) for name in changed}
        constraint = broken_check(self.session, self.model, after, columns) or taken(
            self.session, self.model, after, columns, key
        )
        if constraint is None:
            return None
        attribute, reason = sentence_of(constraint, self.model)
        return attribute or "", reason

    # new rows and lines taken out

    def _new(self, row: Row) -> None:
        row.target_id = None
        if not may(self.viewer, "create", self.model):
            row.verdict, row.cause, row.reason = (
                Verdict.REFUSED,
                "right",
                "Votre rôle ne crée pas ces fiches. Confiez ce classeur à une personne qui le peut.",
            )
            return
        cells = self._read(row, self._cells_of(row), self.new_fields)
        if cells.wrong and not row.decision.get("accept"):
            self._wrong(row, cells)
            return
        values = {**{n: v for n, v in row.links.get("_extra", {}).items() if n in self.new_fields}, **cells.values}
        lacking = [name for name in self.new_fields if required(self.model, name) and values.get(name) in (None, "")]
        if lacking:
            _decide(
                row,
                f"{WRONG}:{lacking[0]}",
                f"Il manque «\u00a0{fields_of(self.model)[lacking[0]].label}\u00a0» pour créer la fiche.",
            )
            return
        if identical(self.session, self.model, values):
            row.verdict, row.reason = Verdict.UNCHANGED, "Une fiche identique existe déjà"
            return
        after = {column_of(self.model, name): value for name, value in values.items()}
        wrong = self._problem(after, values, None)
        if wrong or row.decision.get("refused"):
            name, reason = wrong or ("", str(row.decision["refused"]))
            _decide(row, f"{REFUSED_BY_DATABASE}:{name}", reason)
            return
        row.verdict, row.changes = Verdict.CREATE, {name: wire(_code(value)) for name, value in values.items()}

    def _delete(self, row: Row) -> None:
        record = self.present.get(row.target_id or 0)
        if record is None:
            row.verdict, row.reason, row.target_id = Verdict.UNCHANGED, "La fiche n’existe déjà plus", None
        elif not may(self.viewer, "delete", self.model):
            row.verdict, row.cause, row.reason = Verdict.REFUSED, "right", _NOT_DELETED
        elif record.version != row.links["at"]:
            who, at = self._last(row)
            said = f", le {at.astimezone(PARIS):%d/%m/%Y à %H:%M}" if at else ""
            _decide(
                row,
                MISSING,
                f"{who} a changé cette fiche depuis l’export{said}. Relisez-la, supprimez-la depuis sa page.",
            )
        elif row.decision.get("refused"):
            _decide(row, REFUSED_BY_DATABASE, str(row.decision["refused"]))
        else:
            row.verdict, row.version, row.reason = Verdict.DELETE, record.version, "Ligne retirée du classeur"

    def _last(self, row: Row) -> tuple[str, datetime | None]:
        j = m.Journal
        query = select(j.actor, j.at).where(j.table_name == self.model.__tablename__, j.record_id == row.target_id)
        line = self.session.execute(query.order_by(j.id.desc()).limit(1)).one_or_none()
        return (line[0], line[1]) if line else ("Quelqu’un", None)


def _flag(name: str, code: str, raw: Any) -> dict[str, Any]:
    return {"field": name, "code": code, "raw": str(raw)[:200] if raw is not None else "", "column": None}


def _code(value: Any) -> Any:
    return (
        value.value
        if isinstance(value, Choice)
        else value
        if isinstance(value, datetime | date | bool | int | list | None)
        else str(value)
    )


def _equal(one: Any, other: Any) -> bool:
    return bool((one in (None, "") and other in (None, "")) or one == other)


# --- What the database would refuse ----------------------------------------------------------------------------------


def broken_check(session: Session, model: type[m.Base], after: Mapping[str, Any], changed: Iterable[str]) -> str | None:
    """The name of the first check constraint of the table that a record of these values would break."""
    table = cast(Table, model.__table__)
    changed = set(changed)
    # those of closed lists hold by construction: a cell outside of its list is not read
    checks = (c for c in table.constraints if isinstance(c, CheckConstraint) and isinstance(c.sqltext, TextClause))
    for check in sorted(checks, key=lambda c: str(c.name)):
        sql = str(check.sqltext)
        used = [column for column in table.columns if column.name in after and _speaks_of(sql, column.name)]
        if not changed.intersection(column.name for column in used):
            continue
        if any(_speaks_of(sql, c.name) and c.name not in after for c in table.columns):
            continue
        if not _holds(session, sql, used, after):
            return str(check.name)
    return None


def _speaks_of(sql: str, name: str) -> bool:
    return f" {name} " in f" {''.join(sign if sign.isalnum() or sign == '_' else ' ' for sign in sql)} "


def _holds(session: Session, sql: str, used: Sequence[Any], after: Mapping[str, Any]) -> bool:
    # typed, because PostgreSQL asks the type of a NULL
    cells = (sql_cast(bindparam(f"v_{c.name}", after[c.name], type_=c.type), c.type).label(c.name) for c in used)
    held: Any = session.scalar(select(text(f"({sql})")).select_from(select(*cells).subquery("held")))
    return held is None or bool(held)


def taken(
    session: Session, model: type[m.Base], after: Mapping[str, Any], changed: Iterable[str], key: int | None
) -> str | None:
    """The name of the unique constraint that another record already meets with these values."""
    table = cast(Table, model.__table__)
    changed = set(changed)
    for unique in (c for c in table.constraints if isinstance(c, UniqueConstraint)):
        names = [column.name for column in unique.columns]
        if not changed.intersection(names) or any(after.get(name) is None for name in names):
            continue
        same: list[ColumnElement[bool]] = [table.c[name] == after[name] for name in names]
        other: Any = select(literal_column("1")).select_from(table).where(and_(*same, table.c.id != (key or 0)))
        if session.execute(other.limit(1)).first():
            return str(unique.name)
    return None


def identical(session: Session, model: type[m.Base], values: Mapping[str, Any]) -> bool:
    """Whether a record holds all these values already: the same workbook written twice makes nothing twice."""
    table = cast(Table, model.__table__)
    given = {column_of(model, name): value for name, value in values.items() if value not in (None, "", [])}
    plain = {name: value for name, value in given.items() if not isinstance(value, list)}
    if not plain:
        return False
    query = select(table.c.id).where(and_(*(table.c[name] == value for name, value in plain.items())))
    return session.execute(query.limit(1)).first() is not None
