"""Which file shows its recognition first: one where a person would answer something else than « oui » for some column."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ml_admin.imports.rows import Table

SURE: Final = 0.75  # confidence from which a column needs no look

LIKELY: Final = 0.4


def is_doubtful(column: Mapping[str, Any]) -> bool:
    """Neither sure, nor chosen by somebody, nor read as before: a guess, or no field at all."""
    if column.get("employer") or column.get("slot") or (column.get("facts") or {}).get("nir"):
        return False
    if column.get("told") in ("choice", "memory"):
        return False
    # names of staff that nobody knows lower the confidence of their column, and are asked one by one
    least = LIKELY if column["meaning"] == "counsellor" else SURE
    return not column["meaning"] or column["confidence"] < least or column.get("told") in ("new", "unlike")


def doubts(tables: Sequence[Table]) -> list[str]:
    """French words for each; [] for a sure file, which goes straight to its preview."""
    taken = [table for table in tables if table.entity]
    if not taken:
        return ["aucun tableau reconnu"]
    found = []
    for table in taken:
        recalled = table.options.get("recalled") or {}
        if recalled.get("words"):
            found.append(str(recalled["words"]))
        names = [
            f"«\u00a0{c['heading'] or c['letter']}\u00a0»"
            for c in table.columns
            if is_doubtful(c) and c.get("told") != "new"
        ]
        if names:
            found.append(("colonne " if len(names) == 1 else "colonnes ") + ", ".join(names))
    return list(dict.fromkeys(found))
