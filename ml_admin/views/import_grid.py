"""The grid of the preview: what is typed or pasted in its cells, and its rows drawn again in place."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ml_admin import cleaners
from ml_admin.cleaners import Context
from ml_admin.explanations import explain
from ml_admin.imports.answers import cleaner_of, correctable
from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.round_trip import is_record
from ml_admin.imports.rows import Row
from ml_admin.text import without_nir
from ml_admin.views.import_pages import plural
from ml_admin.views.import_preview import TAB_LABELS
from ml_admin.views.import_record_rows import RecordPage
from ml_admin.views.import_rows import Page

MOST: Final = 500  # cells of one paste
_COLUMNS: Final = 80
_FIXED: Final = "Cette cellule ne se corrige pas ici."


def refusal(row: Row | None, name: str, raw: str, context: Context) -> str:
    """Why what was typed cannot be that field, as a sentence; '' when it is understood. Nothing is recorded.

    Cells of an exported workbook are judged by their plan: it alone knows the record.
    """
    if row is None or row.written or name not in correctable(row):
        return _FIXED
    if is_record(row):
        return ""
    cleaned = cleaners.clean(cleaner_of(row.entity, name), raw, context)
    lost = cleaned.value in (None, [], "")
    if lost and not cleaned.flags and name in ENTITIES[row.entity].required:
        return explain("missing_required", "")
    return explain(cleaned.flags[0].code, without_nir(raw)[0][:200]) if lost and cleaned.flags else ""


def in_the_file(row: Row, name: str) -> str:
    """« Dans le fichier : « 06.39.98.7 ». », where the file's own words were kept."""
    if name in row.decision.get("edits", ()):
        return ""
    raw = next((flag.get("raw") for flag in row.flags if flag["field"] == name), "")
    return f"Dans le fichier\u00a0: «\u00a0{raw}\u00a0»." if raw else ""


def pasted(ids: Sequence[str], values: Sequence[str]) -> dict[int, str]:
    """Position -> text of a pasted column; what is no position is left out."""
    pairs = list(zip(ids, values, strict=False))[:MOST]
    return {at: text[:2000] for one, text in pairs for at in positions([one])}


def positions(given: Sequence[str]) -> list[int]:
    """Places of rows as a form sends them; what is no place is left out."""
    return [int(one) for one in given[:MOST] if one.isdecimal() and len(one) < 10]


def pasted_words(saved: int, refused: int) -> str:
    """What became of a paste."""
    said = [plural(saved, "cellule enregistrée", "cellules enregistrées")]
    if refused:
        said.append(f"{plural(refused, 'refusée', 'refusées')}\u00a0: la raison est dans la cellule")
    return ", ".join(said) + "."


def lines(
    page: Page | RecordPage, columns: str, tab: str, refused: Mapping[int, tuple[str, str, str]]
) -> list[dict[str, Any]]:
    """Rows drawn again with the columns (names, with commas) that the page shows.

    `refused`: position -> (field, what was typed, sentence).
    """
    if columns:
        page.show(columns.split(",")[:_COLUMNS])
    drawn = page.lines()
    for row, line in zip(page.rows, drawn, strict=True):
        if str(row.verdict) != tab:
            line["moved"] = TAB_LABELS[row.verdict]
        name, typed, sentence = refused.get(row.position, ("", "", ""))
        for cell in line["cells"]:
            if cell["name"] == name:
                cell["typed"], cell["error"] = typed, sentence
    return drawn
