"""Imports: drop a file, say whether it was read right, see what will change, decide, write, take back."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy import func
from werkzeug.datastructures import FileStorage

from ml_admin import models as m
from ml_admin.accounts import require_page
from ml_admin.choices import BatchState, JobState
from ml_admin.config import Settings
from ml_admin.consultations import record_consultation
from ml_admin.database import writing
from ml_admin.exports.template import has_template, write_template
from ml_admin.imports import annotated, answers, batches, memory, report, stage, tasks, undo, values
from ml_admin.imports import progress as progress_
from ml_admin.imports.batches import StepRefusedError
from ml_admin.imports.records import MODELS
from ml_admin.imports.round_trip import model_of
from ml_admin.imports.rows import MODES, Options
from ml_admin.jobs import OPEN
from ml_admin.permissions import Viewer
from ml_admin.views import formats, import_grid, import_pages, import_preview, import_recognition
from ml_admin.views.import_record_rows import RecordPage
from ml_admin.views.import_rows import Page, label
from ml_admin.views.requests import reads
from ml_admin.views.state import seal

blueprint = Blueprint("imports", __name__)

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SIZE: Final = 50
_LISTED: Final = 30
_BLOCK: Final = 2**18
_CLOSED = "Cet import n’est plus ouvert : il a été annulé ou abandonné. Déposez le fichier à nouveau pour recommencer."


def _session() -> Any:
    return current_app.extensions["ml_db"].session


def _engine() -> Any:
    return current_app.extensions["ml_db"].engine


def _settings() -> Settings:
    settings: Settings = current_app.config["ML_SETTINGS"]
    return settings


def _viewer() -> Viewer:
    return require_page("imports")


def _batch(viewer: Viewer, key: int) -> m.ImportBatch:
    """The batch if the viewer may open it; 404 tells nothing of the others."""
    batch = batches.find(_session(), viewer, key)
    return batch if batch is not None else abort(404)


def _wake() -> None:
    """Tell the worker of this process, when there is one; another process looks by itself every two seconds."""
    worker = current_app.extensions.get("ml_worker")
    if worker is not None:
        worker.wake()


# --- The list, and a file that arrives -----------------------------------------------------------------------------------


@blueprint.get("/imports")
def index() -> Any:
    viewer = _viewer()
    return _index_page(viewer, [])


def _index_page(viewer: Viewer, errors: Sequence[str]) -> Any:
    asked = request.args.get("page", "1")
    page = max(1, int(asked)) if asked.isdecimal() and len(asked) < 6 else 1
    query = batches.visible(viewer)
    total = _session().scalar(query.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    found = (
        _session().scalars(query.order_by(m.ImportBatch.id.desc()).limit(_LISTED).offset((page - 1) * _LISTED)).all()
    )
    return render_template(
        "imports/index.html",
        lines=[import_pages.line_of(batch) for batch in found],
        templates=_templates(viewer),
        errors=errors,
        total=total,
        page=page - 1,
        pages=max(1, -(-total // _LISTED)),
        url_for_page=lambda n: url_for("imports.index", page=n + 1),
        size_hint=f".xlsx, .xls, .ods, .csv, .txt · {_settings().upload_mb}\u00a0Mo au plus",
        modes=list(MODES.items()),
    )


def _templates(viewer: Viewer) -> list[dict[str, Any]]:
    return [
        {
            "label": import_pages.ENTITY_LABELS[entity],
            "url": url_for("imports.template", entity=entity),
            "icon": "download",
            "download": True,
        }
        for entity, model in MODELS.items()
        if has_template(viewer, model)
    ]


@blueprint.get("/imports/modele/<entity>.xlsx")
def template(entity: str) -> Any:
    """An empty workbook that imports back without a question."""
    viewer = _viewer()
    model = MODELS.get(entity)
    if model is None or not has_template(viewer, model):
        abort(404)
    stream = tempfile.TemporaryFile()  # noqa: SIM115 - sent, then closed by the server
    write_template(stream, _session(), viewer, model)
    stream.seek(0)
    return send_file(stream, _XLSX, as_attachment=True, download_name=f"modele_{entity}.xlsx")


@blueprint.post("/imports")
@reads
def upload() -> Any:
    viewer = _viewer()
    files = [file for file in request.files.getlist("files") if file.filename]
    mode = request.form.get("mode", "update")
    years, wrong = _years(request.form.get("year", "").strip())
    if not files or wrong or mode not in MODES:
        return _index_page(viewer, [wrong or "Choisissez au moins un fichier à importer."]), 422
    keys = [_take(viewer, file, Options(mode=mode, years=years)) for file in files]
    _wake()
    return redirect(url_for("imports.show", key=keys[0]) if len(keys) == 1 else url_for("imports.index"), 303)


def _years(text: str) -> tuple[dict[str, int], str]:
    if not text:
        return {}, ""
    if text.isdecimal() and len(text) == 4 and 1950 <= int(text) <= 2100:
        return {"": int(text)}, ""
    return {}, "L’année doit être un nombre, comme 2019. Corrigez-la, ou laissez la case vide."


def _take(viewer: Viewer, file: FileStorage, options: Options) -> int:
    with writing(_engine(), batches.actor_of(viewer)) as session:
        batch = batches.create(session, viewer, _settings().data, file.filename or "", _blocks(file), options)
        tasks.ask(session, tasks.READ, batch, viewer)
        return batch.id


def _blocks(file: FileStorage) -> Iterator[bytes]:
    while block := file.stream.read(_BLOCK):
        yield block


# --- Progress ------------------------------------------------------------------------------------------------------------


@blueprint.get("/imports/<int:key>")
def show(key: int) -> Any:
    """Where the import stands: being read or written, to be checked, or done."""
    viewer = _viewer()
    batch = _batch(viewer, key)
    if batch.state in (BatchState.READING, BatchState.APPLYING):
        step = 3 if batch.state is BatchState.APPLYING else 1
        return render_template(
            "imports/progress.html", **import_pages.frame(batch, step), work=_work(batch), stopping=_stopping(batch)
        )
    if batch.state is BatchState.STAGED:
        first = "recognition" if batch.options.get("doubts") and not batch.options.get("seen") else "preview"
        return redirect(url_for(f"imports.{first}", key=key), 303)
    return redirect(url_for("imports.result", key=key), 303)


@blueprint.get("/imports/<int:key>/avancement")
def progress(key: int) -> Any:
    """The progress alone, asked for every two seconds."""
    batch = _batch(_viewer(), key)
    if batch.state in (BatchState.READING, BatchState.APPLYING) and not _failed(batch):
        return render_template("imports/_progress.html", work=_work(batch))
    return Response(status=200, headers={"HX-Redirect": url_for("imports.show", key=key)})


def _job(batch: m.ImportBatch) -> m.Job | None:
    key = (batch.options or {}).get("job")
    job: m.Job | None = _session().get(m.Job, key) if isinstance(key, int) else None
    return job


def _failed(batch: m.ImportBatch) -> bool:
    job = _job(batch)
    return job is not None and job.state is JobState.FAILED


def _stopping(batch: m.ImportBatch) -> bool:
    job = _job(batch)
    return job is not None and progress_.is_stopping(_meter_at(job))


def _work(batch: m.ImportBatch) -> dict[str, Any]:
    job = _job(batch)
    if job is not None and job.state is JobState.FAILED:
        return {"failed": job.message, "retry": url_for("imports.retry", key=batch.id)}
    done, total = (job.done, job.total) if job else (0, 0)
    if job is not None and batch.state is BatchState.APPLYING and (told := progress_.told(_meter_at(job))).total:
        return import_pages.writing_parts(told, url_for("imports.progress", key=batch.id))
    words = job.message if job and job.message else "En attente de son tour"
    counted = f" : {formats.number(done)} lignes sur {formats.number(total)}" if total and done else ""
    return {
        "title": words + counted,
        "done": done,
        "total": total or 1,
        "poll": url_for("imports.progress", key=batch.id),
    }


def _meter_at(job: m.Job) -> Path:
    return progress_.place(_settings().data / batches.FOLDER, job.id)


@blueprint.post("/imports/<int:key>/arreter")
@reads
def stop(key: int) -> Any:
    """Have the writing stopped before its commit; nothing of it is kept then."""
    viewer = _viewer()
    _batch(viewer, key)
    if not tasks.stop(_engine(), _settings().data, key):
        flash("Cette écriture est déjà terminée. Pour la reprendre en arrière, annulez l’import.", "error")
    return redirect(url_for("imports.show", key=key), 303)


@blueprint.post("/imports/<int:key>/relancer")
@reads
def retry(key: int) -> Any:
    """Ask again for the work that failed."""
    viewer = _viewer()
    batch = _batch(viewer, key)
    if _failed(batch) and batch.state in (BatchState.READING, BatchState.APPLYING):
        _ask(viewer, key, tasks.READ if batch.state is BatchState.READING else tasks.APPLY)
    return redirect(url_for("imports.show", key=key), 303)


def _ask(viewer: Viewer, key: int, kind: str, **options: Any) -> bool:
    """Have the batch read or written again, with what was chosen; False when it is closed."""
    with writing(_engine(), batches.actor_of(viewer)) as session:
        batch = session.get_one(m.ImportBatch, key, with_for_update=True)
        if batch.state not in (*batches.OPEN, BatchState.READING):
            return False
        batch.options = {**batch.options, **options}
        tasks.ask(session, kind, batch, viewer)
    _wake()
    return True


# --- Recognition -----------------------------------------------------------------------------------------------------------


@blueprint.get("/imports/<int:key>/reconnaissance")
def recognition(key: int) -> Any:
    viewer = _viewer()
    batch = _batch(viewer, key)
    if batch.state is not BatchState.STAGED:
        return redirect(url_for("imports.show", key=key), 303)
    tables = stage.load_tables(_session(), key)
    return render_template(
        "imports/recognition.html",
        **import_pages.frame(batch, 1),
        tables=import_recognition.recognised(viewer, tables, batch.options.get("keys", ())),
        file_there=batches.stored_file(_settings().data, batch) is not None,
        modes=list(MODES.items()),
        mode=batch.options.get("mode", "update"),
        mode_words=import_recognition.MODE_WORDS,
        notes=batch.notes,
        values=values.unmapped(_session(), viewer, key),
        reused=values.reused(_session(), viewer, key),
        blind=bool(batch.options.get("blind")),
    )


@blueprint.post("/imports/<int:key>/valeur")
@reads
def answer_value(key: int) -> Any:
    """Give one word its meaning in every row that holds it, or take that meaning back."""
    viewer = _viewer()
    _batch(viewer, key)
    entity, name, written = (request.form.get(one, "")[:200] for one in ("entity", "field", "written"))
    value = request.form.get("value", "")[:80]
    try:
        if request.form.get("revoke"):
            changed = values.revoke(_engine(), key, viewer, entity, name, written)
        elif value:
            changed = values.answer_value(_engine(), key, viewer, entity, name, written, value)
        else:
            raise StepRefusedError("Choisissez d’abord ce que ce mot veut dire.")
        flash(import_preview.changed_words(changed), "success")
    except StepRefusedError as error:
        flash(str(error), "error")
    preview_ = request.form.get("here") == "preview"
    return redirect(_back(key) if preview_ else url_for("imports.recognition", key=key), 303)


@blueprint.post("/imports/<int:key>/memoire")
@reads
def forget_memory(key: int) -> Any:
    """Read the file as if no such file had been imported; `forget`: nor for the next ones."""
    viewer = _viewer()
    batch = _batch(viewer, key)
    if batch.state is not BatchState.STAGED or batches.stored_file(_settings().data, batch) is None:
        flash("Le fichier n’est plus là : déposez-le à nouveau pour changer sa lecture.", "error")
        return redirect(url_for("imports.show", key=key), 303)
    if request.form.get("forget"):
        own = [table for table in stage.load_tables(_session(), key) if import_recognition.imports(viewer, table)]
        recalled = [table.options.get("recalled") for table in own]
        with writing(_engine(), batches.actor_of(viewer)) as session:
            memory.forget(session, [one["memory"] for one in recalled if one])
    if not _ask(viewer, key, tasks.READ, blind=True, seen=False):
        flash(_CLOSED, "error")
    return redirect(url_for("imports.show", key=key), 303)


@blueprint.post("/imports/<int:key>/reconnaissance")
@reads
def recognise(key: int) -> Any:
    """Read the file again with what was corrected."""
    viewer = _viewer()
    batch = _batch(viewer, key)
    if batch.state is BatchState.READING:
        flash("Vos derniers choix sont encore en train d’être lus : recommencez dans un instant.", "error")
        return redirect(url_for("imports.show", key=key), 303)
    if batch.state is not BatchState.STAGED or batches.stored_file(_settings().data, batch) is None:
        flash(
            "Le fichier n’est plus là : une partie est déjà écrite. Déposez-le à nouveau pour changer sa lecture.",
            "error",
        )
        return redirect(url_for("imports.show", key=key), 303)
    before = batch.options.get("tables", [])
    chosen, wrong = import_recognition.corrections(request.form, stage.load_tables(_session(), key), before)
    mode = request.form.get("mode", batch.options.get("mode", "update"))
    if wrong or mode not in MODES:
        flash(wrong or "Ce choix n’existe pas. Rechargez la page.", "error")
        return redirect(url_for("imports.recognition", key=key), 303)
    years = {**batch.options.get("years", {}), **chosen.years}
    seen = bool(request.form.get("suite"))
    if seen and (chosen.tables, years, mode) == (before, batch.options.get("years", {}), batch.options.get("mode")):
        with writing(_engine(), batches.actor_of(viewer)) as session:
            line = session.get_one(m.ImportBatch, key, with_for_update=True)
            line.options = {**line.options, "seen": True}
        return redirect(url_for("imports.preview", key=key), 303)
    options = {"tables": chosen.tables, "years": years, "mode": mode, "mode_chosen": True, "seen": seen}
    if not _ask(viewer, key, tasks.READ, **options):
        flash(_CLOSED, "error")
    return redirect(url_for("imports.show", key=key), 303)


# --- Preview, answers, corrections -------------------------------------------------------------------------------------------


@blueprint.get("/imports/<int:key>/apercu")
def preview(key: int) -> Any:
    viewer = _viewer()
    batch = _batch(viewer, key)
    if batch.state not in (BatchState.STAGED, BatchState.APPLIED):
        return redirect(url_for("imports.show", key=key), 303)
    asked = import_preview.Asked.of(request.args, batch.counts, _secret())
    found = import_preview.rows_of(_session(), batch.id, asked, _SIZE)
    page = _page(viewer, found)
    words = values.unmapped(_session(), viewer, key)
    return render_template(
        "imports/preview.html",
        **import_pages.frame(batch, 2),
        **import_preview.preview_parts(batch, asked, found, page),
        values=words,
        values_words=import_preview.values_words(words),
        notes=batch.notes,
        message=batch.message,
    )


def _page(viewer: Viewer, found: import_preview.Found) -> Page | RecordPage | None:
    if not found.entity:
        return None
    if model_of(found.entity):
        return RecordPage(_session(), viewer, found.entity, found.rows, found.sheets)
    return Page(_session(), viewer, found.entity, found.rows, found.others, found.sheets)


@blueprint.post("/imports/<int:key>/lignes/<int:position>")
@reads
def answer(key: int, position: int) -> Any:
    """One answer, for one row or for all those left for the same reason."""
    viewer = _viewer()
    _batch(viewer, key)
    kind = request.form.get("answer", "")
    if kind not in answers.ANSWERS:
        abort(400)
    try:
        alike = request.form.get("alike") == "1"
        changed = answers.answer(
            _engine(), key, viewer, [position], kind, request.form.get("ref", "")[:40], alike=alike
        )
        flash(import_preview.changed_words(changed), "success")
    except StepRefusedError as error:
        flash(str(error), "error")
    return redirect(_back(key), 303)


@blueprint.post("/imports/<int:key>/chercher")
@reads
def search(key: int) -> Any:
    """The rows of a name: words go by POST and come back sealed, no name in an address."""
    _batch(_viewer(), key)
    words = request.form.get("search", "").strip()[:100]
    return redirect(_back(key, page="", q=seal(words, _secret()) if words else ""), 303)


def _secret() -> str:
    return str(current_app.secret_key)


def _back(key: int, **other: str) -> str:
    """The tab that the gesture came from."""
    names = ("onglet", "contenu", "cause", "page", "feuille", "verifier", "q")
    told = {name: request.form.get(name, "")[:400] for name in names} | other
    here: dict[str, Any] = {name: value for name, value in told.items() if value}
    return url_for("imports.preview", key=key, **here)


@blueprint.get("/imports/<int:key>/cellule")
def cell_form(key: int) -> Any:
    """A cell opened in place."""
    viewer = _viewer()
    _batch(viewer, key)
    row, name = _row_and_field(key, request.args)
    return render_template("admin/model/_quick_edit.html", cell=_quick(key, row, name, row.record.get(name)))


@blueprint.post("/imports/<int:key>/cellule")
@reads
def correct(key: int) -> Any:
    """The cell as it is read again; the page is shown again when the fate of the row changes."""
    viewer = _viewer()
    _batch(viewer, key)
    row, name = _row_and_field(key, request.form)
    typed = request.form.get("value", "")[:2000]
    context = batches.context_of(_session())
    wrong = import_grid.refusal(row, name, typed, context)
    after = row
    try:
        if not wrong:
            after = answers.correct(_engine(), key, viewer, row.position, name, typed, context)
            wrong = import_preview.problem_of(after, name)
    except StepRefusedError as error:
        return str(error), 409
    if wrong:
        said = f"{wrong} {import_grid.in_the_file(row, name)}".strip()
        return render_template("admin/model/_quick_edit.html", cell=_quick(key, after, name, typed, said)), 422
    return _drawn(viewer, key, [row.position], {}, f"{label(after.entity, name)} : enregistré.")


@blueprint.post("/imports/<int:key>/colonne")
@reads
def paste(key: int) -> Any:
    """A column of cells pasted at once: those understood are recorded in one gesture, the others say why not."""
    viewer = _viewer()
    _batch(viewer, key)
    name, context = request.form.get("column", "")[:60], batches.context_of(_session())
    typed = import_grid.pasted(request.form.getlist("ids"), request.form.getlist("values"))
    rows = {row.position: row for row in import_preview.rows_at(_session(), key, typed)}
    said = {at: import_grid.refusal(rows.get(at), name, text, context) for at, text in typed.items()}
    good = {at: text for at, text in typed.items() if not said[at]}
    try:
        if good:
            answers.correct_column(_engine(), key, viewer, name, good, context)
    except StepRefusedError as error:
        return str(error), 400
    refused = {at: (name, typed[at], sentence) for at, sentence in said.items() if sentence}
    return _drawn(viewer, key, list(rows), refused, import_grid.pasted_words(len(good), len(refused)))


def _drawn(
    viewer: Viewer, key: int, positions: Sequence[int], refused: Mapping[int, tuple[str, str, str]], said: str
) -> Any:
    """These rows as they now stand, the tabs and what would be written, each to take its place in the page."""
    writable = bool(import_pages.sure(_batch(viewer, key).counts))
    _session().rollback()  # what was read before the gesture is a picture of then
    batch = _batch(viewer, key)
    shown = dict(parse_qsl(urlsplit(request.headers.get("HX-Current-URL", "")).query))
    asked = import_preview.Asked.of(shown, batch.counts, _secret())
    found = import_preview.found_at(_session(), key, positions)
    page = _page(viewer, found)
    lines = import_grid.lines(page, request.form.get("columns", ""), str(asked.verdict), refused) if page else []
    response = current_app.make_response(
        render_template(
            "imports/_rows.html",
            **import_preview.standing(batch, asked),
            lines=lines,
            said=said,
            verdict=asked.verdict,
            here=import_preview.place_of(asked, found.entity),
            answer_url=lambda position: url_for("imports.answer", key=key, position=position),
        )
    )
    response.headers["HX-Reswap"] = "none"
    if writable != bool(import_pages.sure(batch.counts)):
        response.headers["HX-Refresh"] = "true"  # the button that writes comes or goes
    return response


@blueprint.post("/imports/<int:key>/cochees")
@reads
def answer_checked(key: int) -> Any:
    """Ignore the rows that were ticked, or take them up again."""
    viewer = _viewer()
    _batch(viewer, key)
    kind = request.form.get("action", "")
    if kind not in (answers.IGNORE, answers.REOPEN):
        abort(400)
    chosen = import_grid.positions(request.form.getlist("rowid"))
    try:
        if not chosen:
            raise StepRefusedError("Cochez d’abord au moins une ligne.")
        flash(import_preview.changed_words(answers.answer(_engine(), key, viewer, chosen, kind)), "success")
    except StepRefusedError as error:
        flash(str(error), "error")
    return redirect(_back(key), 303)


def _row_and_field(key: int, given: Any) -> tuple[Any, str]:
    position, name = given.get("id", ""), given.get("column", "")
    if not position.isdecimal() or len(position) > 9:
        abort(404)
    row = import_preview.row_at(_session(), key, int(position))
    if row is None or row.written or name not in answers.correctable(row):
        abort(404)
    return row, name


def _quick(key: int, row: Any, name: str, value: Any, error: str = "") -> dict[str, Any]:
    return import_preview.quick_edit(url_for("imports.correct", key=key), row, name, value, error)


# --- Writing, result, abandon, undo ------------------------------------------------------------------------------------------


@blueprint.post("/imports/<int:key>/ecrire")
@reads
def write(key: int) -> Any:
    viewer = _viewer()
    batch = _batch(viewer, key)
    if batch.state not in (BatchState.STAGED, BatchState.APPLIED) or not import_pages.sure(batch.counts):
        flash("Il n’y a plus rien de sûr à écrire. Répondez d’abord aux lignes à décider.", "error")
    elif not _ask(viewer, key, tasks.APPLY):
        flash(_CLOSED, "error")
    return redirect(url_for("imports.show", key=key), 303)


@blueprint.get("/imports/<int:key>/resultat")
def result(key: int) -> Any:
    viewer = _viewer()
    batch = _batch(viewer, key)
    if batch.state in (BatchState.READING, BatchState.APPLYING, BatchState.STAGED):
        return redirect(url_for("imports.show", key=key), 303)
    asked = request.args.get("page", "1")
    page = int(asked) - 1 if asked.isdecimal() and len(asked) < 6 and int(asked) else 0
    return render_template(
        "imports/result.html",
        **import_pages.frame(batch, 3),
        **import_pages.result_parts(batch, annotated.annotated_file(_settings().data, batch), _preparing(batch)),
        **import_pages.written_parts(_session(), viewer, batch, request.args.get("contenu", ""), page),
        notes=batch.notes,
        page_url=lambda n: url_for("imports.result", key=key, contenu=request.args.get("contenu", ""), page=n + 1),
    )


def _preparing(batch: m.ImportBatch) -> bool:
    """The job that wrote the batch still makes its workbook."""
    job = _job(batch)
    return batch.state is BatchState.APPLIED and job is not None and job.state in OPEN


@blueprint.get("/imports/<int:key>/classeur.xlsx")
def annotated_book(key: int) -> Any:
    """The user's own workbook, with what waits."""
    viewer = _viewer()
    batch = _batch(viewer, key)
    path = annotated.annotated_file(_settings().data, batch)
    if path is None:
        abort(404)
    return _sent(viewer, batch, path.open("rb"), "a_corriger", batches.remaining(batch.counts or {}))


def _sent(viewer: Viewer, batch: m.ImportBatch, stream: Any, suffix: str, rows: int) -> Any:
    """A workbook of an import as an attachment; who took it away is logged like any export."""
    detail = {"rows": rows, "kind": "xlsx"}
    record_consultation(_engine(), viewer, "export", m.ImportBatch, batch.id, detail)
    name = f"{Path(batch.file_name).stem or 'import'}_{suffix}.xlsx"
    return send_file(stream, _XLSX, as_attachment=True, download_name=name, max_age=0)


@blueprint.get("/imports/<int:key>/lignes.xlsx")
def remaining(key: int) -> Any:
    """The rows that wait, with the reason beside each."""
    viewer = _viewer()
    batch = _batch(viewer, key)
    stream = tempfile.TemporaryFile()  # noqa: SIM115 - sent, then closed by the server
    rows = report.write_remaining(stream, _session(), key)
    stream.seek(0)
    return _sent(viewer, batch, stream, "a_reprendre", rows)


@blueprint.post("/imports/<int:key>/abandonner")
@reads
def abandon(key: int) -> Any:
    viewer = _viewer()
    _batch(viewer, key)
    with writing(_engine(), batches.actor_of(viewer)) as session:
        batch = session.get_one(m.ImportBatch, key, with_for_update=True)
        if batch.state in (BatchState.STAGED, BatchState.APPLIED) or (
            batch.state is BatchState.READING and _failed(batch)
        ):
            batches.abandon(session, _settings().data, batch)
    flash("Import abandonné : ce qui attendait est effacé. Ce qui était déjà écrit reste.", "success")
    return redirect(url_for("imports.index"), 303)


@blueprint.get("/imports/<int:key>/annuler")
def undo_form(key: int) -> Any:
    """What an undo would do, to the last record, before it is done."""
    viewer = _viewer()
    batch = _batch(viewer, key)
    if batch.state is not BatchState.APPLIED:
        return redirect(url_for("imports.show", key=key), 303)
    try:
        usual = undo.foresee(_engine(), key, viewer)
        whole = undo.foresee(_engine(), key, viewer, "all") if any(one.edited for one in usual.kept) else usual
    except StepRefusedError as error:
        flash(str(error), "error")
        return redirect(url_for("imports.result", key=key), 303)
    return render_template(
        "imports/undo.html", **import_pages.frame(batch, 3), **import_pages.undo_parts(batch, usual, whole)
    )


@blueprint.post("/imports/<int:key>/annuler")
@reads
def take_back(key: int) -> Any:
    viewer = _viewer()
    _batch(viewer, key)
    choice = request.form.get("modifiees", "garder")
    also: undo.Also = "all" if choice == "toutes" else []
    if choice == "choisies":
        also = import_pages.places(request.form.getlist("aussi"))
    try:
        undone = undo.undo(_engine(), key, viewer, also)
        flash(import_pages.undone_words(undone), "success")
    except StepRefusedError as error:
        flash(str(error), "error")
    return redirect(url_for("imports.result", key=key), 303)
