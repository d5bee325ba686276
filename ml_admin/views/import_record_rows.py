"""Rows of an exported workbook that came back, as a page shows them: old and new of each changed cell, and the answers."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import Verdict
from ml_admin.editing import column_of
from ml_admin.explanations import explain
from ml_admin.fields import fields_of
from ml_admin.imports.answers import ACCEPT, DELETE, ERASE, IGNORE, MINE, OTHER, REOPEN, SAME, THEIRS, correctable
from ml_admin.imports.round_trip import COPIED, MISSING, NEW, model_of
from ml_admin.imports.round_trip_plan import COLLISION, EMPTIED, WRONG
from ml_admin.imports.rows import Row
from ml_admin.journal import python_value
from ml_admin.listing import kind_of, target_of
from ml_admin.permissions import Viewer, may, may_see, scoped
from ml_admin.sheet_values import reader_of, shown, shown_name
from ml_admin.views.registry import views

_BADGES: Final[Mapping[str, tuple[str, str]]] = {
    "create": ("ok", "st-ok"),
    "update": ("ok", "st-ok"),
    "delete": ("danger", "st-danger"),
    "unchanged": ("", "st-ring"),
    "decide": ("warn", "st-warn"),
    "refused": ("danger", "st-danger"),
    "skip": ("", "st-dash"),
}
_LONGEST: Final = 200  # characters of a long note shown in a cell


def content_label(entity: str) -> str:
    """« Jeunes », the name of the list that the export came from."""
    view = views().get(_model(entity))
    return str(view.name) if view else "Fiches"


def field_label(entity: str, name: str) -> str:
    field = fields_of(_model(entity)).get(name)
    return field.label if field else name


def cause_label(entity: str, cause: str) -> str:
    """The reason of a group of rows, in a few words."""
    kind, _, name = cause.partition(":")
    said = {
        COLLISION: "Changé des deux côtés",
        COPIED: "Clé portée par plusieurs lignes",
        MISSING: "Changée depuis l’export",
        WRONG: f"{field_label(entity, name)} à corriger",
    }
    return said.get(kind, "À relire")


def _model(entity: str) -> type[m.Base]:
    model = model_of(entity)
    assert model is not None  # noqa: S101
    return model


class RecordPage:
    """Staged rows of one exported list."""

    def __init__(
        self, session: Session, viewer: Viewer, entity: str, rows: Sequence[Row], sheets: Mapping[int, str]
    ) -> None:
        self.entity, self.rows, self.model = entity, rows, _model(entity)
        self._session, self._viewer, self._sheets = session, viewer, sheets
        self._titles = self._records()
        self._names: dict[tuple[type[m.Base], int], str] = {}
        used = {name for row in rows for name in (*row.record, *row.changes, *row.links.get("emptied", ()))}
        self.columns = [name for name in fields_of(self.model) if name in used and may_see(viewer, self.model, name)]

    def show(self, columns: Sequence[str]) -> None:
        """Only these columns, without those closed to the viewer."""
        known = fields_of(self.model)
        self.columns = [name for name in columns if name in known and may_see(self._viewer, self.model, name)]

    @property
    def headings(self) -> list[str]:
        return [field_label(self.entity, name) for name in self.columns]

    def lines(self) -> list[dict[str, Any]]:
        return [self._line(row) for row in self.rows]

    def _records(self) -> dict[int, str]:
        keys = {row.target_id for row in self.rows if row.target_id}
        query = scoped(select(self.model).where(self.model.id.in_(keys)), self.model, self._viewer)
        return {record.id: str(record) for record in self._session.scalars(query).unique()}

    def _line(self, row: Row) -> dict[str, Any]:
        view = views().get(self.model)
        seen = row.target_id in self._titles
        edited = correctable(row) if row.verdict in (Verdict.DECIDE, Verdict.UPDATE, Verdict.CREATE) else []
        colour, shape = _BADGES[row.verdict]
        title = self._titles.get(row.target_id or 0) or ("Nouvelle fiche" if row.links.get("is") == NEW else "")
        return {
            "position": row.position,
            "number": row.row if row.row is not None else "",
            "sheet": self._sheets.get(row.table, ""),
            "title": title,
            "url": url_for(f"{view.endpoint}.details_view", key=row.target_id) if view and seen else None,
            "cells": [self._cell(row, name, name in edited, seen) for name in self.columns],
            "blank": False,
            "verdict": {"label": self.why(row), "kind": colour, "shape": shape},
            "warnings": self._warnings(row),
            "answers": self.answers(row),
            "also": self._also(row),
        }

    def why(self, row: Row) -> str:
        return row.reason or row.verdict.label

    def _cell(self, row: Row, name: str, editable: bool, seen: bool) -> dict[str, Any]:
        cell: dict[str, Any] = {"name": name, "editable": editable, "label": field_label(self.entity, name)}
        cell["flagged"] = any(flag["field"] == name for flag in row.flags) or row.cause == f"{WRONG}:{name}"
        change = row.changes.get(name)
        if row.verdict is Verdict.UPDATE and isinstance(change, list) and seen:
            cell["old"], cell["new"] = self._text(name, change[0]), self._text(name, change[1])
        else:
            cell["text"] = str(row.record.get(name, ""))[:_LONGEST]
        return cell

    def _text(self, name: str, value: Any) -> str:
        """A value of the record as its sheet shows it."""
        if value is None:
            return ""
        if kind_of(self.model, name) == "relation":
            return self._name(target_of(self.model, name), int(value))
        column: Any = self.model.__table__.c[column_of(self.model, name)]
        kept = python_value(column, value)
        text = shown(reader_of(name, kind_of(self.model, name))(kept))
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

    def _name(self, target: type[m.Base], key: int) -> str:
        if (target, key) not in self._names:
            query = scoped(select(shown_name(target, target)).where(target.id == key), target, self._viewer)
            self._names[target, key] = self._session.scalar(query) or "une autre fiche"
        return self._names[target, key]

    def _warnings(self, row: Row) -> list[str]:
        return [
            f"{field_label(self.entity, flag['field'])} : {explain(flag['code'], flag.get('raw'))}"
            for flag in row.flags
            if may_see(self._viewer, self.model, flag["field"])
        ]

    def _also(self, row: Row) -> list[str]:
        said = []
        for name, both in row.links.get("collisions", {}).items() if row.cause == COLLISION else ():
            if row.target_id in self._titles and may_see(self._viewer, self.model, name):
                said.append(
                    f"{field_label(self.entity, name)} : {self._text(name, both['mine']) or 'vide'} dans le classeur, "
                    f"{self._text(name, both['theirs']) or 'vide'} sur la fiche"
                )
        emptied = [name for name in row.links.get("emptied", ()) if name in self.columns]
        if emptied and not row.decision.get("erase"):
            said.append("Cases vidées : " + ", ".join(field_label(self.entity, name) for name in emptied))
        return said

    def answers(self, row: Row) -> list[dict[str, Any]]:
        """Buttons of one row: {kind, ref, label, hint, url}."""
        if row.verdict is Verdict.SKIP and row.cause == MISSING:
            deletes = may(self._viewer, "delete", self.model)
            return [{"kind": DELETE, "label": "Proposer sa suppression"}] if deletes else []
        if row.verdict is Verdict.SKIP:
            return [{"kind": REOPEN, "label": "Reprendre la ligne"}]
        if row.verdict is Verdict.DECIDE:
            return [*self._offers(row), {"kind": IGNORE, "label": "Ignorer la ligne"}]
        found = [{"kind": ERASE, "label": "Vider ces cases"}] if row.cause == EMPTIED else []
        if row.verdict in (Verdict.CREATE, Verdict.UPDATE, Verdict.DELETE):
            found += [{"kind": REOPEN, "label": "Revenir sur la réponse"}] if row.decision else []
            found.append({"kind": IGNORE, "label": "Ignorer"})
        return found

    def _offers(self, row: Row) -> list[dict[str, Any]]:
        kind = row.cause.partition(":")[0]
        if kind == COLLISION:
            return [
                {"kind": MINE, "label": "Prendre le classeur"},
                {"kind": THEIRS, "label": "Garder la fiche"},
            ]
        if kind == COPIED:
            return [
                {"kind": ACCEPT, "label": "C’est cette fiche"},
                {"kind": OTHER, "label": "C’est une nouvelle fiche"},
            ]
        if kind == WRONG:
            return [
                *(self._choice(match) for match in row.matches),
                {"kind": ACCEPT, "label": "Écrire sans cette valeur"},
            ]
        return [{"kind": REOPEN, "label": "Réessayer"}] if row.decision.get("refused") else []

    def _choice(self, match: Mapping[str, Any]) -> dict[str, Any]:
        target = target_of(self.model, match["field"])
        key, view = int(match["ref"][3:]), views().get(target)
        address = url_for(f"{view.endpoint}.details_view", key=key) if view else ""
        return {
            "kind": SAME,
            "ref": match["ref"],
            "label": f"{self._name(target, key)}, fiche n°\u00a0{key}",
            "url": address,
        }


def groups_of(
    entity: str, verdict: Verdict, rows: Sequence[Row], numbers: Mapping[str, int]
) -> list[tuple[Row, str, list[dict[str, str]]]]:
    """(first row, title, answers) for the rows of a tab that one answer may settle."""
    found = []
    for cause, row in {row.cause: row for row in reversed(rows)}.items():
        every = f"les {numbers.get(cause, 0)} lignes"
        kind = cause.partition(":")[0]
        if verdict is Verdict.SKIP and cause == MISSING:
            found.append(
                (row, "Lignes retirées du classeur", [{"kind": DELETE, "label": f"Proposer la suppression : {every}"}])
            )
        elif cause == EMPTIED and verdict in (Verdict.UNCHANGED, Verdict.UPDATE):
            found.append((row, "Cases vidées dans le classeur", [{"kind": ERASE, "label": "Vider les cases effacées"}]))
        elif verdict is Verdict.DECIDE and numbers.get(cause, 0) > 1:
            offers = {
                COLLISION: [
                    {"kind": MINE, "label": "Prendre le classeur"},
                    {"kind": THEIRS, "label": "Garder les fiches"},
                ],
                WRONG: [{"kind": ACCEPT, "label": f"Écrire {every} sans cette valeur"}],
            }.get(kind, [])
            found.append((row, cause_label(entity, cause), [*offers, {"kind": IGNORE, "label": f"Ignorer {every}"}]))
    return found
