"""The pieces of the import pages: steps, tabs, sentences, forms read back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from flask import url_for

from ml_admin import models as m
from ml_admin.choices import BatchState
from ml_admin.column_types import now
from ml_admin.imports import batches, progress, report
from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.records import PARIS
from ml_admin.imports.report import Made
from ml_admin.imports.rows import MODES
from ml_admin.imports.undo import Kept, Undone
from ml_admin.permissions import Viewer
from ml_admin.views import formats
from ml_admin.views.history import history_line
from ml_admin.views.registry import views

_FEW: Final = 10  # records of each entity on the first page of a report
_PAGE: Final = 50
_SOON: Final = 30  # days before the files of an import that waits are erased

ENTITY_LABELS: Final[Mapping[str, str]] = {name: entity.label for name, entity in ENTITIES.items()}

_STATES: Final[Mapping[BatchState, tuple[str, str]]] = {
    BatchState.READING: ("info", "st-half"),
    BatchState.STAGED: ("warn", "st-warn"),
    BatchState.APPLYING: ("info", "st-half"),
    BatchState.APPLIED: ("ok", "st-ok"),
    BatchState.UNDONE: ("", "st-dash"),
    BatchState.REFUSED: ("danger", "st-danger"),
    BatchState.ABANDONED: ("", "st-dash"),
}
# table -> (one, several, feminine)
_NOUNS: Final[Mapping[str, tuple[str, str, bool]]] = {
    "young_person": ("jeune", "jeunes", False),
    "employer": ("employeur", "employeurs", False),
    "employer_contact": ("contact d’employeur", "contacts d’employeurs", False),
    "partner": ("partenaire", "partenaires", False),
    "partner_contact": ("contact de partenaire", "contacts de partenaires", False),
    "appointment": ("rendez-vous", "rendez-vous", False),
    "action_item": ("action", "actions", True),
    "enrolment": ("programme", "programmes", False),
    "situation": ("situation", "situations", True),
    "barrier": ("frein", "freins", False),
    "job_dating": ("job dating", "job datings", False),
    "stand": ("stand", "stands", False),
    "registration": ("inscription", "inscriptions", True),
    "interview": ("entretien", "entretiens", False),
}


def plural(number: int, one: str, several: str) -> str:
    """'0 ligne', '1 ligne', '2 lignes'."""
    return f"{formats.number(number)}\u00a0{one if number < 2 else several}"


def sure(counts: Mapping[str, int]) -> int:
    """Rows that would be written now."""
    return counts.get("create", 0) + counts.get("update", 0) + counts.get("delete", 0)


def line_of(batch: m.ImportBatch) -> dict[str, Any]:
    """One import in the list."""
    colour, shape = _STATES[batch.state]
    waiting = batches.remaining(batch.counts or {}) if batch.state in batches.OPEN else 0
    label_ = "Écrit en partie" if batch.state is BatchState.APPLIED and waiting else batch.state.label
    return {
        "name": batch.file_name,
        "url": url_for("imports.show", key=batch.id),
        "at": formats.instant(batch.created_at),
        "actor": batch.actor,
        "state": {"label": label_, "kind": colour, "shape": shape},
        "facts": _facts(batch, waiting),
    }


def _facts(batch: m.ImportBatch, waiting: int) -> str:
    if batch.state is BatchState.REFUSED:
        return batch.message or ""
    counts = batch.counts or {}
    written = (batch.report or {}).get("created", {}), (batch.report or {}).get("updated", {})
    said = []
    if batch.state is BatchState.STAGED:
        said.append(f"{plural(sure(counts), 'ligne sûre', 'lignes sûres')} à écrire")
    if batch.state is BatchState.APPLIED:
        said.append(
            f"{plural(sum(written[0].values()), 'fiche créée', 'fiches créées')}, {plural(sum(written[1].values()), 'mise à jour', 'mises à jour')}"
        )
    if waiting:
        said.append(f"{plural(waiting, 'ligne', 'lignes')} à reprendre")
    if (waiting or batch.state is BatchState.STAGED) and (batch.files_until and batch.files_until < now() + timedelta(days=_SOON)):  # fmt: skip
        said.append(f"effacé le {batch.files_until.astimezone(PARIS):%d/%m/%Y} si rien n’est repris")
    return " · ".join(said)


def frame(batch: m.ImportBatch, step: int) -> dict[str, Any]:
    """What every page of one import shows: name, steps, addresses."""
    names = ("Fichier", "Reconnaissance", "Aperçu", "Résultat")
    hints = (batch.file_name, "feuilles et colonnes", "rien n’est encore écrit", "annulable à tout moment")
    if batch.applied_at:
        hints = (*hints[:2], "une partie est écrite", hints[3])
    states = ["done" if at < step else "now" if at == step else "" for at in range(4)]
    return {
        "batch": batch,
        "key": batch.id,
        "steps": [{"label": n, "hint": h, "state": s} for n, h, s in zip(names, hints, states, strict=True)],
    }


def writing_parts(told: progress.Told, poll: str) -> dict[str, Any]:
    """What the page of progress shows of a writing."""
    rows = told.rows * told.done // told.total  # a row counts once the preview has noted it too
    title = f"Écriture : {formats.number(rows)} {'ligne' if rows < 2 else 'lignes'} sur {formats.number(told.rows)}"
    if told.done >= told.total:
        title = "Dernières vérifications"
    return {
        "title": title,
        "done": told.done,
        "total": told.total,
        "left": progress.left_words(told),
        "poll": poll,
    }


# --- Result and undo -------------------------------------------------------------------------------------------------


def counted(numbers: Mapping[str, int], verb: str) -> list[str]:
    """'3 jeunes créés', '1 inscription créée'."""
    said = []
    for table, number in numbers.items():
        one, several, feminine = _NOUNS.get(table, ("fiche", "fiches", True))
        ending = ("e" if feminine else "") + ("s" if number > 1 else "")
        said.append(f"{plural(number, one, several)} {verb}{ending}")
    return said


def report_lines(batch: m.ImportBatch) -> list[str]:
    """What the batch wrote, in words."""
    told = batch.report or {}
    lines = counted(told.get("created", {}), "créé") + counted(told.get("updated", {}), "modifié")
    if told.get("values"):
        lines.append(f"{plural(told['values'], 'valeur changée', 'valeurs changées')} dans des fiches connues")
    return lines


def result_parts(batch: m.ImportBatch, workbook: Any, preparing: bool) -> dict[str, Any]:
    """What the result template shows of the batch itself. `workbook`: its path once it can be given back."""
    told = batch.report or {}
    purged = told.get("purged_at")
    waiting = batches.remaining(batch.counts or {}) if batch.state is BatchState.APPLIED and not purged else 0
    return {
        "state": batch.state,
        "applied": batch.applied_at is not None,
        "at": formats.instant(batch.applied_at) if batch.applied_at else "",
        "written": report_lines(batch),
        "to_read": told.get("last", {}).get("to_read", 0),
        "taken_back": counted(told.get("removed", {}), "retiré") + counted(told.get("rewritten", {}), "remis en état")
        if batch.undone_at
        else [],
        "kept": counted(told.get("kept", {}), "gardé") if batch.undone_at else [],
        "undone_at": formats.instant(batch.undone_at) if batch.undone_at else "",
        "undone_by": told.get("undone_by", ""),
        "waiting": waiting,
        "sure": sure(batch.counts or {}) if batch.state is BatchState.APPLIED and not purged else 0,
        "workbook": workbook is not None and waiting > 0,
        "preparing": preparing and waiting > 0,
        "purged": _day_of(purged) if purged else "",
        "lost": told.get("lost", 0),
        "origin": url_for("imports.show", key=batch.origin_id) if batch.origin_id else "",
        "resumed": [_resumed(one) for one in told.get("resumed", [])],
        "facts": list(_result_facts(batch)),
    }


def _day_of(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(PARIS):%d/%m/%Y}"


def _resumed(told: Mapping[str, Any]) -> dict[str, str]:
    words = f"{plural(told['rows'], 'ligne reprise', 'lignes reprises')} le {_day_of(told['at'])}"
    return {"words": words, "url": url_for("imports.show", key=told["batch"])}


def _result_facts(batch: m.ImportBatch) -> Iterator[tuple[str, str]]:
    """(label, value) of the panel « Le fichier »."""
    counts = batch.counts or {}
    yield "Déposé", f"{formats.instant(batch.created_at)}, par {batch.actor}"
    for run in (batch.report or {}).get("runs", []):
        at = formats.instant(datetime.fromisoformat(run["at"]))
        yield "Écrit", f"{at}, par {run['by']}, en {str(run['seconds']).replace('.', ',')}\u00a0s"
    if counts.get("written"):
        yield "Lignes", plural(counts["written"], "ligne faite", "lignes faites")
    if mode := MODES.get((batch.options or {}).get("mode", "")):
        yield "Fiches connues", mode
    yield (
        "Lecture",
        (
            "mémorisée : le prochain fichier du même modèle sera lu de la même façon"
            if batch.shape
            else "celle de ce fichier"
        ),
    )
    if batch.file_hash:
        yield "Empreinte (SHA-256)", batch.file_hash
    if batch.files_until and (batch.stored_as or batch.annotated_as):
        yield "Fichiers", f"effacés le {batch.files_until.astimezone(PARIS):%d/%m/%Y}\u202f; ce compte rendu reste"
    elif batch.file_hash:
        yield "Fichiers", "effacés : rien n’attend plus"


def written_parts(session: Any, viewer: Viewer, batch: m.ImportBatch, table: str, page: int) -> dict[str, Any]:
    """Records created and changed: the first ones of each entity, or one page of those that the address names."""
    parts: dict[str, Any] = {"made": [], "changed": [], "changed_total": 0, "pager": None}
    if batch.applied_at is None or batch.state is not BatchState.APPLIED:
        return parts
    if table == "modifiees":
        shown, total = report.changed(session, batch.id, viewer, page, _PAGE)
        parts |= {"changed": _changed(session, viewer, shown), "changed_total": total}
    elif table:
        one = report.made_page(session, batch.id, viewer, table, page, _PAGE)
        parts["made"], total = ([_made(batch, one)], one.number) if one else ([], 0)
    else:
        shown, total = report.changed(session, batch.id, viewer, 0, _FEW)
        made = [_made(batch, one) for one in report.made(session, batch.id, viewer, _FEW)]
        return parts | {"made": made, "changed": _changed(session, viewer, shown), "changed_total": total}
    return parts | {"pager": {"table": table, "page": page, "pages": max(1, -(-total // _PAGE)), "total": total}}


def _changed(session: Any, viewer: Viewer, shown: Iterable[report.Changed]) -> list[dict[str, Any]]:
    lines = []
    for one in shown:
        view = views().get(one.model)
        told = [history_line(view, viewer, one.record, entry) for entry in one.entries] if view else []
        changes = [change for line in told if line for change in line["changes"]]
        url = url_for(f"{view.endpoint}.details_view", key=one.record.id) if view else ""
        lines.append({"name": str(one.record), "url": url, "changes": changes})
    return lines


def _made(batch: m.ImportBatch, one: Made) -> dict[str, Any]:
    view = views().get(one.model)
    names = [
        {"name": str(record), "url": url_for(f"{view.endpoint}.details_view", key=record.id) if view else ""}
        for record in one.records
    ]
    table = one.model.__tablename__
    noun = _NOUNS.get(table, ("fiche", "fiches", True))
    created = ("créée" if noun[2] else "créé") + ("s" if one.number > 1 else "")
    return {
        "title": f"{plural(one.number, noun[0], noun[1])} {created}",
        "names": names,
        "more": one.number - len(names),
        "url": url_for("imports.result", key=batch.id, contenu=table),
    }


# --- Undo ---------------------------------------------------------------------------------------------------------------


def undo_parts(batch: m.ImportBatch, usual: Undone, whole: Undone) -> dict[str, Any]:
    """What the undo page announces: without the records changed since, and with all of them."""
    return {
        "counts": report_lines(batch),
        "usual": _undo_words(usual),
        "whole": _undo_words(whole),
        "edited": kept_lines([one for one in usual.kept if one.edited]),
        "held": kept_lines([one for one in usual.kept if not one.edited]),
        "kept_total": usual.kept_total,
        "not_shown": usual.kept_total - len(usual.kept),
        "nothing": usual.total == 0 and whole.total == 0,
    }


def _undo_words(undone: Undone) -> str:
    said = counted(undone.removed, "retiré") + counted(undone.rewritten, "remis en état")
    return ", ".join(said) or "rien"


def places(given: Iterable[str]) -> list[tuple[str, int]]:
    """'young_person:12' of the boxes that were ticked; what is malformed names nothing."""
    found = []
    for one in given:
        table, _, key = one.partition(":")
        if table in _NOUNS and key.isdecimal() and len(key) < 19:
            found.append((table, int(key)))
    return found


def kept_lines(kept: Sequence[Kept]) -> list[dict[str, Any]]:
    """Records that an undo keeps."""
    models: dict[str, Any] = {model.__tablename__: view for model, view in views().items()}
    lines = []
    for one in kept:
        view = models.get(one.table)
        address = url_for(f"{view.endpoint}.details_view", key=one.record_id) if view and one.name else ""
        noun = _NOUNS.get(one.table, ("fiche", "fiches", True))[0]
        lines.append(
            {
                "name": one.name or f"une fiche ({noun})",
                "noun": noun,
                "url": address,
                "reason": one.reason,
                "value": f"{one.table}:{one.record_id}",
            }
        )
    return lines


def undone_words(undone: Undone) -> str:
    removed, kept = sum(undone.removed.values()), undone.kept_total
    words = f"Import annulé : {plural(removed, 'fiche retirée', 'fiches retirées')}, {plural(sum(undone.rewritten.values()), 'remise en état', 'remises en état')}"
    return f"{words}. {plural(kept, 'fiche est gardée', 'fiches sont gardées')}." if kept else f"{words}."
