"""The pieces of the import pages: steps, tabs, sentences, forms read back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from flask import url_for

from ml_admin import models as m
from ml_admin.choices import BatchState
from ml_admin.imports import batches
from ml_admin.imports.entities import ENTITIES
from ml_admin.imports.report import Made
from ml_admin.imports.undo import Kept, Undone
from ml_admin.views import formats
from ml_admin.views.registry import views

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
    return counts.get("create", 0) + counts.get("update", 0)


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
    report = batch.report or {}
    lines = counted(report.get("created", {}), "créé") + counted(report.get("updated", {}), "modifié")
    if report.get("values"):
        lines.append(f"{plural(report['values'], 'valeur changée', 'valeurs changées')} dans des fiches connues")
    return lines


def result_parts(batch: m.ImportBatch, made: Iterable[Made]) -> dict[str, Any]:
    """What the result template shows."""
    report = batch.report or {}
    return {
        "state": batch.state,
        "applied": batch.applied_at is not None,
        "at": formats.instant(batch.applied_at) if batch.applied_at else "",
        "written": report_lines(batch),
        "to_read": report.get("last", {}).get("to_read", 0),
        "taken_back": counted(report.get("removed", {}), "retiré")
        + counted(report.get("rewritten", {}), "remis en état")
        if batch.undone_at
        else [],
        "kept": counted(report.get("kept", {}), "gardé") if batch.undone_at else [],
        "undone_at": formats.instant(batch.undone_at) if batch.undone_at else "",
        "waiting": batches.remaining(batch.counts or {}) if batch.state is BatchState.APPLIED else 0,
        "sure": sure(batch.counts or {}) if batch.state is BatchState.APPLIED else 0,
        "made": [_made(one) for one in made],
    }


def _made(one: Made) -> dict[str, Any]:
    view = views().get(one.model)
    names = [
        {"name": str(record), "url": url_for(f"{view.endpoint}.details_view", key=record.id) if view else ""}
        for record in one.records
    ]
    noun = _NOUNS.get(one.model.__tablename__, ("fiche", "fiches", True))
    return {"title": plural(one.number, noun[0], noun[1]), "names": names, "more": one.number - len(names)}


def kept_lines(kept: Sequence[Kept]) -> list[dict[str, Any]]:
    """Records that an undo keeps."""
    models: dict[str, Any] = {model.__tablename__: view for model, view in views().items()}
    lines = []
    for one in kept:
        view = models.get(one.table)
        address = url_for(f"{view.endpoint}.details_view", key=one.record_id) if view and one.name else ""
        noun = _NOUNS.get(one.table, ("fiche", "fiches", True))[0]
        lines.append({"name": one.name or f"une fiche ({noun})", "noun": noun, "url": address, "reason": one.reason})
    return lines


def undone_words(undone: Undone) -> str:
    removed, kept = sum(undone.removed.values()), undone.kept_total
    words = f"Import annulé : {plural(removed, 'fiche retirée', 'fiches retirées')}, {plural(sum(undone.rewritten.values()), 'remise en état', 'remises en état')}"
    return (
        f"{words}. {plural(kept, 'fiche modifiée depuis est gardée', 'fiches modifiées depuis sont gardées')}."
        if kept
        else f"{words}."
    )
