"""The last word on a row whose record is known: made new, changed, or already as the row says."""

from collections.abc import Mapping
from typing import Any

from ml_admin.choices import Verdict
from ml_admin.imports.board import CHECK, Board, decide
from ml_admin.imports.checks import Problem, label, problem
from ml_admin.imports.compare import Difference, compare, first_state, take
from ml_admin.imports.records import MODELS, Draft
from ml_admin.imports.rows import Ref, Row

_LOSSES = 5  # values that one « écrire quand même » may leave out


def settle_new(board: Board, row: Row, draft: Draft) -> None:
    """The row makes a record, unless the database would refuse it."""
    ref = f"row:{row.position}"
    for _ in range(_LOSSES):
        wrong = problem(row.entity, draft) or _taken(board, row.entity, draft, ref)
        if wrong is None:
            break
        if not _left_out(row, draft, wrong):
            return decide(row, f"{CHECK}:{wrong[0]}", wrong[1])
    row.verdict, row.cause, row.changes = Verdict.CREATE, "", draft
    board.states[ref] = first_state(draft)
    board.touched.add(ref)
    _remember(board, row.entity, draft, ref)
    return None


def settle_known(board: Board, row: Row, ref: Ref, draft: Draft) -> None:
    """Compare with a record of the database, or with the one that an earlier row of the file makes."""
    state = board.state(ref)
    if _mode(board, ref) == "update" and _reopens(row, ref, state, draft):
        return None
    for _ in range(_LOSSES):
        protected, keys = board.options.protected.get(row.entity, ()), row.table in board.options.keys
        difference = compare(row.entity, state, draft, _mode(board, ref), protected, keys=keys)
        after = {**state, **{name: new for name, (_, new) in difference.changes.items()}}
        wrong = problem(row.entity, after) or _taken(board, row.entity, after, ref) if difference.changes else None
        if wrong is None:
            break
        if not _left_out(row, draft, wrong):
            return decide(row, f"{CHECK}:{wrong[0]}", wrong[1])
    _note(board, row, ref, state, difference)
    _remember(board, row.entity, state, ref)
    return None


def _note(board: Board, row: Row, ref: Ref, state: Draft, difference: Difference) -> None:
    row.changes, row.cause = difference.changes, ""
    row.verdict = Verdict.UPDATE if row.changes else Verdict.UNCHANGED
    if ref.startswith("id:"):
        row.target_id, row.version = int(ref[3:]), state.get("version", 1)
    else:
        row.links["same"] = ref
    if difference.kept:
        labels = ", ".join(dict.fromkeys(label(MODELS[row.entity], name) for name in difference.kept))
        row.reason = f"{row.reason} ; valeur de la fiche gardée : {labels}"
    take(state, row.changes)
    board.touched.add(ref)


def _mode(board: Board, ref: Ref) -> str:
    """A second row of the same person only fills blanks: else a file would never be « inchangé »."""
    if ref not in board.touched:
        return board.options.mode
    return "create" if board.options.mode == "create" and ref.startswith("id:") else "complete"


def _left_out(row: Row, draft: Draft, wrong: Problem) -> bool:
    """« Écrire quand même » leaves out a value that the database would refuse."""
    if not row.decision.get("accept") or wrong[0] not in draft:
        return False
    row.links.setdefault("left_out", []).append(wrong[0])
    del draft[wrong[0]]
    return True


def _reopens(row: Row, ref: Ref, state: Draft, draft: Draft) -> bool:
    """An old file that says « actif » of somebody who left is not believed without a word."""
    if state.get("status") != "closed" or draft.get("status") in (None, "closed"):
        return False
    if row.decision.get("accept"):
        del draft["status"]
        return False
    reason = "Le dossier est sorti dans l’application, et ouvert dans le fichier."
    decide(row, f"{CHECK}:status", reason, [{"ref": ref, "reason": row.reason}])
    return True


# --- Unique values ---------------------------------------------------------------------------------------------------


def source_key(values: Mapping[str, Any]) -> tuple[str, ...]:
    """What the database holds unique among people; () when a part is missing and nothing is compared."""
    parts = [values.get(name) for name in ("external_source", "external_id", "last_name", "first_name", "birth_date")]
    return tuple(map(str, parts)) if all(parts) else ()


def _taken(board: Board, entity: str, values: Draft, ref: Ref) -> Problem | None:
    if entity == "employer" and values.get("siret") and board.sirets.get(values["siret"], ref) != ref:
        return (
            "siret",
            "Une autre fiche porte déjà ce SIRET. Dites que c’est la même entreprise, ou corrigez le numéro.",
        )
    key = source_key(values) if entity == "young_person" else ()
    if key and board.source_keys.get(key, ref) != ref:
        if ref.startswith("row:"):
            del values["external_source"]  # « quelqu’un d’autre » was answered: the number stays, as evidence only
            return None
        return "birth_date", "Une autre fiche a ce numéro, ce nom et cette date de naissance. Réunissez-les d’abord."
    return None


def _remember(board: Board, entity: str, values: Draft, ref: Ref) -> None:
    if entity == "employer" and values.get("siret"):
        board.sirets[values["siret"]] = ref
    elif entity == "young_person" and (key := source_key(values)):
        board.source_keys[key] = ref
