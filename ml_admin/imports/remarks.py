"""What an import guesses or leaves out as a whole, said once at the head of its preview."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import Verdict
from ml_admin.imports.board import hidden_attributes
from ml_admin.imports.column_facts import is_lost
from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.records import PARIS, WRITES
from ml_admin.imports.rows import Row, Table
from ml_admin.permissions import Viewer, may


def remarks(
    session: Session, batch_id: int, digest: str, viewer: Viewer, tables: Sequence[Table], rows: Sequence[Row]
) -> Iterator[str]:
    """French sentences about the whole file."""
    yield from _written_before(session, batch_id, digest)
    yield from _left_out(viewer, tables)
    yield from left_by_choice(tables)
    yield from _guessed(tables, rows)


def _written_before(session: Session, batch_id: int, digest: str) -> Iterator[str]:
    b = m.ImportBatch
    query = select(b.applied_at).where(b.file_hash == digest, b.id != batch_id, b.undone_at.is_(None))
    last = session.scalar(query.where(b.applied_at.is_not(None)).order_by(b.applied_at.desc()).limit(1))
    if last is not None:
        yield f"Ce même fichier a déjà été écrit le {last.astimezone(PARIS):%d/%m/%Y}. Seules les différences le seront."


def _left_out(viewer: Viewer, tables: Sequence[Table]) -> Iterator[str]:
    """Columns whose field the viewer's role does not import."""
    headings = []
    for table in tables:
        if table.entity is None or not all(may(viewer, "import", model) for model in WRITES[table.entity]):
            continue
        hidden = frozenset(hidden_attributes(viewer, table.entity))
        for column in table.columns:
            meaning = ENTITIES[table.entity].meaning(column["meaning"] or "")
            if meaning and hidden.intersection(meaning.fields):
                headings.append(f"« {column['heading']} »")
    if headings:
        names = ", ".join(dict.fromkeys(headings))
        yield f"Colonnes laissées de côté, parce qu’elles ne sont pas ouvertes à votre rôle : {names}."


def left_by_choice(tables: Sequence[Table]) -> Iterator[str]:
    """One sentence for each column whose words are kept nowhere, with how many there are."""
    for table in tables:
        for column in table.columns if table.entity else ():
            if is_lost(table.entity or "", column) and not column.get("facts", {}).get("nir"):
                name = column["heading"] or f"colonne {column['letter']}"
                yield f"«\u00a0{name}\u00a0»\u00a0: {_values(column.get('facts', {}).get('values', 0))}."


def _values(number: int) -> str:
    if not number:
        return "colonne vide, laissée de côté"
    words = "valeur laissée de côté" if number < 2 else "valeurs laissées de côté"
    return f"{number:,} {words}".replace(",", "\u202f")


def _guessed(tables: Sequence[Table], rows: Sequence[Row]) -> Iterator[str]:
    without = {
        table.position
        for table in tables
        if table.entity == "young_person" and not any(column["meaning"] == "status" for column in table.columns)
    }
    if any(row.table in without and row.verdict is Verdict.CREATE for row in rows):
        yield "Le fichier ne dit pas où en sont les dossiers : les nouveaux sont créés « Actif »."
