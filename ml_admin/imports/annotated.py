"""The user's own workbook given back: what waits is coloured and explained, what is written is marked done.

Made by the job that wrote the batch, once its transaction is over, in a child process with limits. Nothing in it
computes, and no social-security number is left in it.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from ml_admin import listing
from ml_admin import models as m
from ml_admin.choices import Verdict
from ml_admin.database import Actor, reading, writing
from ml_admin.explanations import display, explain
from ml_admin.imports import stage
from ml_admin.imports.annotated_lines import DONE, WAITING
from ml_admin.imports.batches import FOLDER, stored_file
from ml_admin.imports.columns import Column
from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.open import MEMORY, ROOT, environment
from ml_admin.imports.record_rows import holds_nir
from ml_admin.imports.records import MODELS, PARIS
from ml_admin.imports.rows import WHOLE_SHEETS, Row, Table

SECONDS: Final = 60  # of CPU, for the child; one more for each megabyte of the file
_LISTED: Final = 500  # lines named on the first sheet
_TO_CHOOSE: Final = frozenset({"unmapped_value", "ambiguous_level", "ambiguous_counsellor", "unknown_counsellor"})
_DONE_WORDS: Final[Mapping[str, str]] = {
    Verdict.UNCHANGED: "Déjà à jour",
    Verdict.SKIP: "Ignorée à votre demande",
}
_PIECES: Final[Mapping[str, tuple[type[m.Base], str]]] = {
    "programmes": (m.Enrolment, "programme"),
    "barriers": (m.Barrier, "theme"),
    "situation": (m.Situation, "kind"),
}

Told = dict[str, Any]  # of the order, see annotated_lines.Page


@dataclass
class _Batch:
    """What the order is made from."""

    batch: m.ImportBatch
    path: Path
    tables: Sequence[Table]
    waiting: Sequence[Row]
    done: Sequence[tuple[int, int, int | None, str]]  # position, table, row of the sheet, verdict
    counsellors: tuple[str, ...]
    sheets: dict[str, Told] = field(default_factory=dict)


def make(engine: Engine, data: Path, batch_id: int) -> bool:
    """Write the workbook of a batch that was written in part, and keep it beside its file; whether there is one now."""
    with reading(engine) as session:
        told = _load(session, data, batch_id)
    if told is None or not told.waiting:
        return False
    order = _order(told)
    folder = data / FOLDER
    with TemporaryDirectory(dir=folder, prefix="annotated-") as work:
        made = _written(order, Path(work))
        if made is None:
            return False
        name = uuid4().hex
        made.rename(folder / name)
    _keep(engine, data, batch_id, name)
    return True


def annotated_file(data: Path, batch: m.ImportBatch) -> Path | None:
    """Where the workbook given back waits, or None when there is none."""
    path = data / FOLDER / batch.annotated_as if batch.annotated_as else None
    return path if path is not None and path.is_file() else None


def _keep(engine: Engine, data: Path, batch_id: int, name: str) -> None:
    with writing(engine, Actor(None, "Import")) as session:
        batch = session.get_one(m.ImportBatch, batch_id, with_for_update=True)
        before, batch.annotated_as = batch.annotated_as, name
    if before:
        (data / FOLDER / before).unlink(missing_ok=True)


def _load(session: Session, data: Path, batch_id: int) -> _Batch | None:
    batch = session.get(m.ImportBatch, batch_id)
    path = stored_file(data, batch) if batch else None
    if batch is None or path is None:
        return None
    session.expunge(batch)
    tables = stage.load_tables(session, batch_id)
    places = {table.key: table.position for table in tables}
    r = m.ImportRow
    query = select(r.position, r.table_id, r.row, r.verdict).where(r.batch_id == batch_id, r.written)
    done = [(one, places[table], number, str(verdict)) for one, table, number, verdict in session.execute(query)]
    waiting = [row for row in stage.load_rows(session, batch_id, tables, list(Verdict)) if not row.written]
    names = select(m.Counsellor.last_name, m.Counsellor.first_name).order_by(m.Counsellor.last_name)
    counsellors = tuple(f"{last} {first}" for last, first in session.execute(names))
    return _Batch(batch, path, tables, waiting, done, counsellors)


# --- The child process --------------------------------------------------------------------------------------------------


def _written(order: Told, work: Path) -> Path | None:
    """With the user's styles when that is possible, else with the values alone: again in another child if one died."""
    for styled in (True, False):
        out = work / ("styled.xlsx" if styled else "plain.xlsx")
        readmes = {"readme_styled": _readme_for(order, True), "readme_plain": _readme_for(order, False)}
        if _child({**order, **readmes, "styled": styled, "out": str(out)}) and out.is_file():
            return out
    return None


def _child(order: Told) -> bool:
    seconds = order["seconds"]
    try:
        done = subprocess.run(  # noqa: S603  the command is ours; what it is told goes by its stdin
            [sys.executable, "-m", "ml_admin.imports.annotated_book"],
            input=json.dumps(order).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds * 3,
            cwd=ROOT,
            env=environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


# --- The order ------------------------------------------------------------------------------------------------------------


def _order(told: _Batch) -> Told:
    for table in told.tables:
        _tell_table(told, table)
    places = {table.position: table for table in told.tables}
    for position, table_position, number, verdict in told.done:
        words = _DONE_WORDS.get(verdict, "Écrite")
        _tell(told, places[table_position], position, number, DONE, words)
    for row in told.waiting:
        _tell(told, places[row.table], row.position, row.row, WAITING, _said(row), row)
    for table in told.tables:
        _tell_lists(told, table)
    size = told.path.stat().st_size
    return {
        "path": str(told.path.resolve()),
        "file_name": told.batch.file_name,
        "memory": MEMORY,
        "seconds": SECONDS + size // (1024 * 1024),
        "batch": told.batch.id,
        "file_hash": told.batch.file_hash,
        "sheets": told.sheets,
        "readme": list(_readme(told)),
    }


def _sheet(told: _Batch, table: Table) -> Told:
    return told.sheets.setdefault(table.sheet or "", {"headers": [], "rows": {}, "blank": [], "lists": []})


def _tell_table(told: _Batch, table: Table) -> None:
    if table.entity not in MODELS:
        return
    sheet = _sheet(told, table)
    if table.layout not in WHOLE_SHEETS:
        sheet["headers"] += (table.options.get("header_rows") or [])[-1:]
        sheet["blank"] += [one["index"] for one in table.columns if holds_nir(Column(one["index"], one["heading"]))]
    same = [other for other in told.tables if other.sheet == table.sheet and other.entity in MODELS]
    numbers = _numbers(told, table)
    if len(same) == 1 and len(sheet["headers"]) == 1 and numbers:
        sheet["filter"] = [sheet["headers"][0], max(numbers)]


def _numbers(told: _Batch, table: Table) -> list[int]:
    done = [number for _, place, number, _ in told.done if place == table.position and number]
    return done + [row.row for row in told.waiting if row.table == table.position and row.row]


def _tell(
    told: _Batch, table: Table, position: int, number: int | None, state: str, said: str, row: Row | None = None
) -> None:
    """One staged row, beside those that stand on the same row of the sheet."""
    number = None if table.layout in WHOLE_SHEETS else number
    sheet = _sheet(told, table)
    empty = {"positions": [], "state": DONE, "said": "", "faults": [], "values": []}
    line = sheet.setdefault("whole", empty) if number is None else sheet["rows"].setdefault(str(number), empty)
    line["positions"].append(position)
    if state == WAITING and line["state"] == DONE:
        line["state"], line["said"] = WAITING, ""
    if state == line["state"] and said not in line["said"]:
        line["said"] = f"{line['said']} {said}".strip()
    if row is not None and number is not None:
        line["faults"] += _faults(table, row)
        line["values"] += _corrected(table, row)


def _said(row: Row) -> str:
    """Why the row waits, in words, and everything else that is wrong with it."""
    if row.verdict in (Verdict.CREATE, Verdict.UPDATE):
        return "À relire : la fiche a changé pendant l’écriture."
    sentences = [] if row.cause == "right" else [explain(flag["code"], flag.get("raw")) for flag in row.flags]
    return " ".join(dict.fromkeys(filter(None, [row.reason, *sentences])))


def _faults(table: Table, row: Row) -> Iterator[tuple[int, str, bool]]:
    """(column, sentence, whether the row stops there) of each cell to look at."""
    for flag in [] if row.cause == "right" else row.flags:
        column = flag.get("column")
        if column is None:
            column = _column_of(table, flag["field"])
        if column is not None:
            yield column, explain(flag["code"], flag.get("raw")), bool(flag.get("fatal"))


def _column_of(table: Table, name: str) -> int | None:
    return next((one["index"] for one in table.columns if name in (one["meaning"] or "").split("+")), None)


def _corrected(table: Table, row: Row) -> Iterator[tuple[int, str]]:
    """What somebody typed on the screen for a row that still waits."""
    alone = {one["meaning"]: one["index"] for one in table.columns if one["meaning"]}
    for name in row.decision.get("edits", ()):
        value = row.record.get(name)
        if name in alone and isinstance(value, str):
            yield alone[name], _typed(row.entity, name, value)


def _typed(entity: str, name: str, value: str) -> str:
    """A value of the staging table as a person would type it."""
    meaning = ENTITIES[entity].meaning(name)
    options = dict(_choices(entity, name))
    if value in options:
        return options[value]
    if meaning and meaning.cleaner in ("date", "birth_date", "due_date"):
        try:
            return display("date", date.fromisoformat(value))
        except ValueError:
            return value
    return display(meaning.cleaner, value) if meaning else value


# --- Drop-downs ------------------------------------------------------------------------------------------------------------


def _tell_lists(told: _Batch, table: Table) -> None:
    """A list to choose from in each column where a word was not understood."""
    numbers = _numbers(told, table)
    if table.entity not in MODELS or table.layout in WHOLE_SHEETS or not numbers:
        return
    asked = {
        (column, flag["field"])
        for row in told.waiting
        if row.table == table.position
        for flag in row.flags
        if flag["code"] in _TO_CHOOSE and (column := flag.get("column")) is not None
    }
    for column, name in sorted(asked):
        if options := _options(told, table.entity or "", name):
            _sheet(told, table)["lists"].append(
                {"column": column, "first": min(numbers), "last": max(numbers), "options": options}
            )


def _options(told: _Batch, entity: str, name: str) -> list[str]:
    if name in ("counsellor", "officer"):
        return list(told.counsellors)
    return [label for _, label in _choices(entity, name)]


def _choices(entity: str, name: str) -> list[tuple[str, str]]:
    model, attribute = _PIECES.get(name, (MODELS[entity], name))
    try:
        if listing.kind_of(model, attribute) == "choice":
            return listing.options_of(model, attribute).options()
    except (KeyError, AttributeError):  # a word of imports, no attribute of the record
        pass
    return []


# --- « Lisez-moi » -----------------------------------------------------------------------------------------------------------


def _readme(told: _Batch) -> Iterator[Told]:
    batch, waiting, done = told.batch, len(told.waiting), len(told.done) + told.batch.options.get("unstaged", 0)
    day = (batch.applied_at or batch.created_at).astimezone(PARIS)
    yield {"text": "Lisez-moi : ce qui reste à corriger", "strong": True}
    yield {"text": f"« {batch.file_name} », importé le {day:%d/%m/%Y} par {batch.actor}."}
    left = "1 ligne attend" if waiting == 1 else f"{_number(waiting)} lignes attendent"
    kept = "1 ligne est faite" if done == 1 else f"{_number(done)} lignes sont faites"
    yield {"text": f"{left} une correction ou une réponse. {kept} : elles sont en gris, laissez-les."}
    yield {"text": "Que faire", "strong": True}
    yield {"text": "1. Dans chaque feuille, la dernière colonne, « À corriger », dit pourquoi une ligne attend. Filtrez-la, ou suivez la liste plus bas."}  # fmt: skip
    yield {"text": "2. Corrigez les cellules en rouge : elles empêchent d’écrire la ligne. Leur commentaire dit comment.", "look": "fatal"}  # fmt: skip
    yield {"text": "3. Vérifiez les cellules en jaune : leur valeur est douteuse ou n’a pas été comprise.", "look": "doubt"}  # fmt: skip
    yield {"text": "4. Enregistrez ce classeur, puis déposez-le dans « Imports » : seules les lignes qui restaient sont relues."}  # fmt: skip
    yield {"text": "Vous pouvez trier, supprimer des lignes, ou répondre à l’écran si vous préférez. Gardez la colonne masquée à droite de « À corriger » : les lignes se reconnaissent à elle."}  # fmt: skip
    yield {"text": "Ce classeur contient des données de personnes : gardez-le à l’abri, effacez-le après usage."}
    yield {"text": "Lignes à corriger", "strong": True}
    sheets = {table.position: table.sheet for table in told.tables}
    for row in told.waiting[:_LISTED]:
        sheet = sheets[row.table]
        where = f"Feuille « {sheet} », ligne {row.row}" if sheet else f"Ligne {row.row}"
        yield {"text": f"{where if row.row else f'Feuille « {sheet} »'} : {_said(row)}"}
    if waiting > _LISTED:
        yield {"text": f"… et {_number(waiting - _LISTED)} autres."}


def _number(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def _readme_for(order: Told, styled: bool) -> list[Told]:
    """The same lines, with what was lost on the way; French signs take their no-break spaces."""
    if styled:
        lost = "Les formules sont remplacées par leurs valeurs\u202f; macros, graphiques, images et liens ne sont pas repris."
    else:
        lost = "Ce classeur reprend les feuilles, les colonnes, les lignes et les valeurs de votre fichier, pas sa mise en forme."
    lines: list[Told] = [*order["readme"][:3], {"text": lost}, *order["readme"][3:]]
    return [{**line, "text": _french(line["text"])} for line in lines]


def _french(text: str) -> str:
    return text.replace(" :", "\u00a0:").replace("« ", "«\u00a0").replace(" »", "\u00a0»")
