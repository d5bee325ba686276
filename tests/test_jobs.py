"""Jobs: taken once, alive while they beat, taken over when they fall silent, failed after three deaths."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from ml_admin import jobs
from ml_admin.choices import JobState
from ml_admin.column_types import now
from ml_admin.database import Actor, reading, writing
from ml_admin.jobs import LostError, Work
from ml_admin.models import Job

HERE = Actor(None, "Essai")


def ask(engine: Engine, kind: str = "count", **payload: object) -> int:
    with writing(engine, HERE) as session:
        return jobs.enqueue(session, kind, payload).id


def job(engine: Engine, job_id: int) -> Job:
    with reading(engine) as session:
        return session.get_one(Job, job_id)


def silent_for(engine: Engine, job_id: int, seconds: int) -> None:
    with writing(engine, HERE) as session:
        session.execute(update(Job).where(Job.id == job_id).values(heartbeat_at=now() - timedelta(seconds=seconds)))


def count(work: Work) -> str:
    work.progress(3, 10, "Lecture", at_once=True)
    return "Compté."


def test_a_job_is_done_and_says_how_far_it_was(engine: Engine, tmp_path: Path) -> None:
    job_id = ask(engine)
    assert jobs.run_waiting(engine, tmp_path, {"count": count}) == 1
    done = job(engine, job_id)
    assert (done.state, done.done, done.total, done.message) == (JobState.DONE, 3, 10, "Compté.")


def test_the_oldest_job_is_taken_first_and_only_once(engine: Engine) -> None:
    first, second = ask(engine), ask(engine)
    assert [jobs.take(engine, f"worker {n}") for n in range(3)] == [first, second, None]


def test_several_workers_at_once_never_share_a_job(engine: Engine) -> None:
    asked = [ask(engine) for _ in range(8)]
    taken: list[int] = []

    def work() -> None:
        while (job_id := jobs.take(engine, threading.current_thread().name)) is not None:
            taken.append(job_id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == asked


def test_a_silent_worker_loses_its_job_to_another(engine: Engine, tmp_path: Path) -> None:
    job_id = ask(engine)
    jobs.take(engine, "dead")
    assert jobs.take(engine, "other") is None
    silent_for(engine, job_id, 61)
    assert jobs.take(engine, "other") == job_id
    with pytest.raises(LostError):
        Work(engine, tmp_path, job_id, "dead", {}).progress(1, 2, at_once=True)
    assert jobs.run(engine, tmp_path, job_id, "dead", {"count": count}) is False


def test_a_job_that_breaks_is_tried_three_times_and_then_says_so(engine: Engine, tmp_path: Path) -> None:
    def broken(work: Work) -> str:
        raise ValueError("GARÇON Inès")

    job_id = ask(engine)
    assert jobs.run_waiting(engine, tmp_path, {"count": broken}) == 3
    failed = job(engine, job_id)
    assert (failed.state, failed.attempts) == (JobState.FAILED, 3)
    assert (
        failed.message
        == "Le travail s’est interrompu trois fois. Relancez-le ; s’il s’arrête encore, prévenez votre administrateur."
    )


def test_the_text_of_an_error_is_not_logged(engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def broken(work: Work) -> str:
        raise ValueError("GARÇON Inès")

    ask(engine)
    jobs.run_waiting(engine, tmp_path, {"count": broken})
    assert "ValueError" in caplog.text and "GARÇON" not in caplog.text


def test_a_job_whose_three_workers_died_is_said_to_have_failed(engine: Engine) -> None:
    job_id = ask(engine)
    for _ in range(3):
        assert jobs.take(engine, "dies") == job_id
        silent_for(engine, job_id, 61)
    assert jobs.take(engine, "fourth") is None
    jobs.bury(engine)
    assert job(engine, job_id).state is JobState.FAILED


def test_an_unknown_kind_of_job_fails_without_harm(engine: Engine, tmp_path: Path) -> None:
    job_id = ask(engine, "nobody knows")
    jobs.run_waiting(engine, tmp_path, {"count": count})
    assert job(engine, job_id).state is JobState.FAILED


def test_a_job_asked_for_in_a_rolled_back_transaction_does_not_exist(engine: Engine) -> None:
    with pytest.raises(RuntimeError), writing(engine, HERE) as session:
        jobs.enqueue(session, "count", {})
        raise RuntimeError
    assert jobs.take(engine, "worker") is None


def test_the_health_of_the_jobs_is_counted(engine: Engine, session: Session) -> None:
    ask(engine)
    ask(engine)
    jobs.take(engine, "worker")
    assert jobs.health(session) == {"waiting": 1, "running": 1, "failed": 0}


def test_the_worker_of_a_server_does_jobs_in_processes_of_their_own(engine: Engine, tmp_path: Path) -> None:
    job_id = ask(engine, "nobody knows")
    url = engine.url.render_as_string(hide_password=False)
    worker = jobs.Worker(
        engine, jobs.child_command("ml_admin.worker"), {"DATABASE_URL": url, "ML_ADMIN_DATA": str(tmp_path)}
    )
    worker.start()
    worker.wake()
    while (state := job(engine, job_id).state) in jobs.OPEN:
        threading.Event().wait(0.05)
    worker.stop()
    worker.join()
    assert state is JobState.FAILED
