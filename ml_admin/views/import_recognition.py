"""The recognition step of an import: what each sheet and column was taken for, and the corrections read back."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ml_admin.imports.board import hidden_attributes
from ml_admin.imports.column_facts import fact_words, is_lost
from ml_admin.imports.compare import KEYS
from ml_admin.imports.doubts import is_doubtful
from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.records import WRITES
from ml_admin.imports.round_trip import LAYOUT
from ml_admin.imports.rows import Table
from ml_admin.imports.shapes import LEFT, recalled_words
from ml_admin.permissions import Viewer, may
from ml_admin.views.import_pages import ENTITY_LABELS, plural

MODE_WORDS: Final[Mapping[str, str]] = {
    "create": "Les fiches connues ne changent pas. Seules les lignes de personnes ou d’entreprises inconnues sont écrites.",
    "complete": "Dans les fiches connues, seuls les champs vides sont remplis. Rien n’y est remplacé.",
    "update": "Les fiches connues prennent les valeurs du fichier, sauf les colonnes protégées. Nom, prénom, naissance et SIRET ne changent que si vous le cochez, tableau par tableau.",
}
_KEYS_WORDS: Final[Mapping[str, str]] = {
    "young_person": "Corriger aussi les noms et dates de naissance des fiches connues",
    "employer": "Corriger aussi les noms, SIRET et SIREN des fiches connues",
    "partner": "Corriger aussi les noms des fiches connues",
}
_WHY_SKIPPED: Final[Mapping[str, str]] = {
    "title": "de titre",
    "note": "de note",
    "section": "de rubrique",
    "total": "de total",
    "repeated_header": "de titres répétés",
    "empty_slot": "sans personne",
}
_FEW: Final = 3  # tables that are all shown open
_WHY_IGNORED: Final[Mapping[str, str]] = {
    "empty sheet": "vide",
    "statistics": "des totaux",
    "value lists": "des listes de valeurs",
    "mailing labels": "des étiquettes d’envoi, dont les fiches sont ailleurs",
    "prose": "du texte, sans tableau",
    "staff": "des professionnels, et non des jeunes : choisissez un contenu pour les importer",
    "undated agenda": "un agenda dont les jours n’ont pas d’année : donnez-la à droite",
    "chosen": "laissée de côté",
}


def recognised(viewer: Viewer, tables: Sequence[Table], open_keys: Collection[int] = ()) -> list[dict[str, Any]]:
    """Each table of the file: what it was taken for, its columns, what is left out. `open_keys`: positions of the
    tables that also correct what records are recognised by."""
    ranks: dict[str | None, int] = {}
    found = []
    for table in tables:
        if table.layout == LAYOUT:
            continue  # an export is known by its keys: there is nothing to correct
        rank = ranks[table.sheet] = ranks.get(table.sheet, 0) + 1
        found.append(_recognised(viewer, table, rank) | {"corrects": table.position in open_keys})
    few = sum(bool(one["columns"]) for one in found) <= _FEW
    for one in found:
        one["shown"] = [c for c in one["columns"] if c["doubtful"] or c["remark"]] or one["columns"]
        one["folded"] = [c for c in one["columns"] if c not in one["shown"]]
        if len(one["folded"]) < _FEW or not one["shown"]:  # folding two lines hides more than it spares
            one["shown"], one["folded"] = one["columns"], []
        kinds = [column["reading"][1] for column in one["columns"] if not column["fixed"]]
        doubts, lost = kinds.count("warn"), kinds.count("danger")
        one["words"] = _column_words(kinds.count("ok"), doubts, lost)
        one["open"] = few or doubts > 0  # what is sure need not be read in a file of twelve sheets
    return found


def _column_words(sure: int, doubts: int, lost: int) -> str:
    """'12 sûres · 1 à vérifier · 1 non reconnue'."""
    parts = (
        (sure, plural(sure, "sûre", "sûres")),
        (doubts, f"{doubts} à vérifier"),
        (lost, plural(lost, "non reconnue", "non reconnues")),
    )
    return " · ".join(words for number, words in parts if number)


def imports(viewer: Viewer, table: Table) -> bool:
    """Whether the viewer's role imports what the table holds."""
    return table.entity is None or all(may(viewer, "import", model) for model in WRITES[table.entity])


def _recognised(viewer: Viewer, table: Table, rank: int) -> dict[str, Any]:
    allowed = imports(viewer, table)
    hidden = frozenset(hidden_attributes(viewer, table.entity)) if table.entity else frozenset()
    plain = table.layout in ("table", "form")
    return {
        "id": f"t{table.position}",
        "position": table.position,
        "name": _place(table, rank),
        "entity": table.entity or "",
        "entities": [("", "Ne pas importer"), *ENTITY_LABELS.items()],
        "rows": table.options.get("rows", 0),
        "header": _header_words(table.options.get("header_rows") or []),
        "why": _WHY_IGNORED.get(table.options.get("why", ""), ""),
        "skipped": _skipped_words(table.options.get("skipped") or {}),
        "year": table.options.get("year") or "",
        "allowed": allowed,
        "grid": not plain,
        "recalled": recalled_words(table.options.get("recalled")),
        "keys_words": _KEYS_WORDS.get(table.entity or "", ""),
        "columns": [_column(viewer, table, column, hidden) for column in table.columns]
        if table.entity and allowed
        else [],
    }


def _place(table: Table, rank: int) -> str:
    name = table.sheet or "Le fichier"
    return f"{name}, tableau {rank}" if table.number else name


def _header_words(rows: Sequence[int]) -> str:
    if not rows:
        return "aucun titre"
    if rows[-1] - rows[0] + 1 != len(rows):
        return "lignes " + ", ".join(map(str, rows))
    return f"ligne {rows[0]}" + (f", sur {_NUMBERS.get(len(rows), len(rows))} lignes" if len(rows) > 1 else "")


_NUMBERS: Final = {2: "deux", 3: "trois", 4: "quatre"}


def _skipped_words(skipped: Mapping[str, int]) -> str:
    said = [
        f"{plural(number, 'ligne', 'lignes')} {_WHY_SKIPPED.get(why, 'de côté')}" for why, number in skipped.items()
    ]
    return ", ".join(said)


def _column(viewer: Viewer, table: Table, column: Mapping[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    meanings = [one for one in ENTITIES[table.entity or ""].meanings if not hidden.intersection(one.fields)]
    chosen = _chosen(column)
    closed = bool(column["meaning"]) and chosen not in {one.key for one in meanings}
    fixed = bool(column.get("employer") or column.get("slot"))
    nir = bool(column.get("facts", {}).get("nir"))
    return {
        "id": f"c{table.position}-{column['index']}",
        "name": f"champ-{table.position}-{column['index']}",
        "letter": column["letter"],
        "heading": column["heading"] or f"colonne {column['letter']}",
        "samples": "masqué" if closed or nir else " ; ".join(column["samples"]),
        "choices": [*_ASIDE, ("Champs", [(one.key, one.label) for one in meanings])],
        "chosen": chosen,
        "fixed": fixed,
        "closed": closed,
        "nir": nir,
        "key": bool(KEYS.get(table.entity or "", frozenset()).intersection(chosen.split("+"))),
        "right": f"juste-{table.position}-{column['index']}",
        "protect": f"protege-{table.position}-{column['index']}",
        "protected": bool(column.get("protected")),
        "confidence": 1.0 if nir else column["confidence"],
        "reading": _reading(column),
        "doubtful": is_doubtful(column) and not fixed and not closed,
        "remark": "" if fixed or closed else ". ".join(_remarks(table, column)),
    }


_ASIDE: Final = (("", "Gardée à part, sur la fiche"), (LEFT, "Laissée de côté, gardée nulle part"))


def _reading(column: Mapping[str, Any]) -> tuple[str, str]:
    if column.get("told") == "choice":
        return "votre choix", "ok"
    if column.get("told") == "memory":
        return "comme avant", "ok"
    if column.get("facts", {}).get("nir"):
        return "sûre", "ok"
    if not column["meaning"]:
        return "inconnue", "danger"
    return ("à vérifier", "warn") if is_doubtful(column) else ("sûre", "ok")


def _remarks(table: Table, column: Mapping[str, Any]) -> Iterator[str]:
    """What somebody should know of the column before going on."""
    if column.get("told") in _TOLD:
        yield _TOLD[column["told"]]
    lost = is_lost(table.entity or "", column)
    if lost and column.get("left"):
        yield "Ses mots ne sont repris nulle part"
    elif lost:
        yield "Aucun champ ressemblant, et ces fiches n’ont pas de place à part"
    names = [
        other["heading"]
        for other in table.columns
        if other is not column and column["meaning"] not in (None, "notes") and other["meaning"] == column["meaning"]
    ]
    if names:
        yield f"Même champ que «\u00a0{names[0]}\u00a0»\u00a0: la première valeur remplie est gardée"
    facts = list(fact_words(column))
    yield from facts
    if not column["meaning"] and not lost and not facts:
        yield "Ses mots restent lisibles sur la fiche" if column.get("told") else "Aucun champ ressemblant"


_TOLD: Final[Mapping[str, str]] = {
    "new": "Colonne nouvelle depuis le dernier import",
    "unlike": "Ne contient plus la même chose qu’au dernier import",
}


@dataclass
class Corrections:
    """What a person changed in the recognition, as the batch keeps it."""

    tables: list[dict[str, Any]] = field(default_factory=list)
    years: dict[str, int] = field(default_factory=dict)


def corrections(form: Any, tables: Sequence[Table], before: Sequence[dict[str, Any]] = ()) -> tuple[Corrections, str]:
    """Read the recognition form back, over the choices made before; the second value is a French sentence when
    something is wrong with it. Only what differs from the page is a choice: the rest is recognised again."""
    found = Corrections()
    ranks: dict[str | None, int] = {}
    held = {(one["sheet"], one["rank"]): one for one in before}
    for table in tables:
        if table.layout == LAYOUT:
            continue  # an export is known by its keys: there is nothing to correct
        rank = ranks[table.sheet] = ranks.get(table.sheet, 0) + 1
        wrong = _correct_year(form, table, found)
        if wrong:
            return found, wrong
        choice, wrong = _correct_table(form, table, held.get((table.sheet, rank), {}))
        if wrong:
            return found, wrong
        if choice:
            found.tables.append({"sheet": table.sheet, "rank": rank, **choice})
    return found, ""


def _correct_year(form: Any, table: Table, found: Corrections) -> str:
    year = form.get(f"annee-{table.position}", "").strip()
    if year and not (year.isdecimal() and len(year) == 4 and 1950 <= int(year) <= 2100):
        return f"L’année de «\u00a0{table.sheet or 'ce fichier'}\u00a0» doit être un nombre, comme 2019."
    if year and int(year) != table.options.get("year"):
        found.years[table.sheet or ""] = int(year)
    return ""


def _correct_table(form: Any, table: Table, before: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    entity = form.get(f"contenu-{table.position}", table.entity or "")
    if entity and entity not in ENTITIES:
        return {}, "Ce contenu n’existe pas. Rechargez la page."
    present = table.entity or ""
    if form.get(f"pris-{table.position}"):
        taken = bool(form.get(f"prendre-{table.position}"))
        if taken and not entity:
            return {}, f"Choisissez le contenu de «\u00a0{table.sheet or 'ce fichier'}\u00a0» pour le prendre."
        entity = entity if taken or entity != present else ""
    if entity != present:
        return {"entity": entity}, ""  # its columns are recognised for what it now is
    choice = {name: before[name] for name in ("entity", "fields", "protected", "keys") if name in before}
    if table.entity:
        fields = {**choice.get("fields", {}), **_fields(form, table)}
        choice |= {"fields": fields} if fields else {}
        choice |= _protected(form, table)
        if form.get(f"protections-{table.position}"):
            choice = {name: value for name, value in choice.items() if name != "keys"}
            choice |= {"keys": True} if form.get(f"cles-{table.position}") else {}
    return choice, ""


def _fields(form: Any, table: Table) -> dict[str, str]:
    """The columns whose field is another than the page showed, or was said to be right."""
    known = {one.key for one in ENTITIES[table.entity or ""].meanings} | {"", LEFT}
    found = {}
    for column in table.columns:
        chosen = form.get(f"champ-{table.position}-{column['index']}")
        right = form.get(f"juste-{table.position}-{column['index']}")
        if chosen is not None and chosen in known and (right or chosen != _chosen(column)):
            found[str(column["index"])] = chosen
    return found


def _protected(form: Any, table: Table) -> dict[str, list[int]]:
    if not form.get(f"protections-{table.position}"):
        return {}
    found = [c["index"] for c in table.columns if form.get(f"protege-{table.position}-{c['index']}")]
    shown = [c["index"] for c in table.columns if c.get("protected")]
    return {"protected": found} if found != shown else {}


def _chosen(column: Mapping[str, Any]) -> str:
    return LEFT if column.get("left") else column["meaning"] or ""
