"""Backups by the clock: when one is taken, by whom, and what is said when its process fails."""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from dashboard.app import App
from dashboard.backup.schedule import JOB, name_of
from dashboard.config.home import Home
from dashboard.config.models import BackupSettings
from dashboard.jobs.backup import Backups
from dashboard.jobs.runner import Jobs
from data import clock
from data.store.db.engine import Engine, reading, writing
from data.store.db.jobs import JobState, failed, jobs, succeeded
from data.store.intake.sources import claim, holder
from tests.factories import DAY, HOUR
from tests.ingest.runtime.other_process import a_dead_process

Make = Callable[..., Backups]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups"


@pytest.fixture
def make(home: Home, engine: Engine, folder: Path) -> Make:
    """The job, with a command that leaves a mark and ends as it is told."""

    def make(then: str = "", settings: BackupSettings | None = None) -> Backups:
        script = f"import pathlib, sys, time; pathlib.Path({str(folder / 'mark')!r}).touch(); {then}"
        settings = settings or BackupSettings(folder=str(folder))
        return Backups(settings, home, engine, (sys.executable, "-c", script))

    return make


def state(engine: Engine) -> JobState:
    with reading(engine) as conn:
        return jobs(conn).get(JOB, JobState(JOB))


def lease(engine: Engine) -> str | None:
    with reading(engine) as conn:
        found = holder(conn, JOB)
    return None if found is None else found.owner


def test_one_that_is_due_is_taken_in_a_process_of_its_own(make: Make, engine: Engine, folder: Path):
    make().work("me", threading.Event())
    assert (folder / "mark").exists()
    assert lease(engine) is None
    assert state(engine) == JobState(JOB)


@pytest.mark.parametrize("settings", [BackupSettings(), None])
def test_none_is_taken_without_a_folder_or_while_the_newest_is_young(
    make: Make, folder: Path, settings: BackupSettings | None
):
    (folder / name_of(clock.now(), encrypted=True)).touch()
    make(settings=settings).work("me", threading.Event())
    assert not (folder / "mark").exists()


def test_none_is_taken_while_another_process_takes_one_or_soon_after_a_failure(
    make: Make, engine: Engine, folder: Path
):
    with writing(engine) as conn:
        claim(conn, JOB, "another", clock.now(), 60)
    make().work("me", threading.Event())
    assert lease(engine) == "another"
    with writing(engine) as conn:
        failed(conn, JOB, clock.now(), "disk full")
    make().work("another", threading.Event())
    assert not (folder / "mark").exists()


def test_one_that_was_being_taken_by_a_killed_process_is_taken_at_once(
    make: Make, engine: Engine, folder: Path, home: Home
):
    with writing(engine) as conn:
        claim(conn, JOB, a_dead_process(home.path), clock.now(), 60)
    make().work("me", threading.Event())
    assert (folder / "mark").exists()


def test_what_the_process_wrote_down_itself_is_left_alone(make: Make, engine: Engine):
    with capture_logs() as said:
        make("sys.exit(1)").work("me", threading.Event())
    assert state(engine) == JobState(JOB)
    assert [line["event"] for line in said] == ["no_backup"]


@pytest.mark.parametrize(("then", "code"), [("sys.exit(3)", "3"), ("import os; os.kill(os.getpid(), 9)", "-9")])
def test_a_process_that_ended_without_a_word_is_a_failure(make: Make, engine: Engine, then: str, code: str):
    make(then).work("me", threading.Event())
    found = state(engine)
    assert f"exit code {code}" in (found.error or "")
    assert found.failed_at is not None
    assert lease(engine) is None


def test_when_the_jobs_stop_the_process_is_ended(make: Make, engine: Engine, folder: Path):
    stopping = threading.Event()
    working = threading.Thread(target=make("time.sleep(300)").work, args=("me", stopping))
    working.start()
    while not (folder / "mark").exists():
        time.sleep(0.05)
    assert lease(engine) == "me"
    stopping.set()
    working.join(30)
    assert not working.is_alive()
    assert lease(engine) is None
    assert state(engine).error is None


def test_a_success_of_the_future_is_no_proven_backup(app: App, engine: Engine):
    made, monitor = Jobs(app.config, app.home, engine, app.context, app.pipeline), app.monitor
    for ahead, age in ((DAY, math.inf), (-HOUR, 3600)):
        with writing(engine) as conn:
            succeeded(conn, JOB, clock.now() + ahead, {})
        made._look_at_backup(monitor)
        assert monitor.backup_age_s is not None
        assert monitor.backup_age_s >= age


def test_the_loop_runs_only_where_a_folder_is_named(app: App, folder: Path):
    named = replace(app.config, backup=BackupSettings(folder=str(folder), every="3d"))
    (folder / name_of(clock.now(), encrypted=False)).touch()
    for config, there in ((app.config, False), (named, True)):
        made = Jobs(config, app.home, app.engine, app.context, app.pipeline)
        made.start()
        assert ("backup" in {thread.name for thread in made._threads}) is there
        made.stop()
        made.wait(60)
