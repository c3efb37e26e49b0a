"""Backups of a server at work, restored into a new installation; and what a stopped server leaves on the disk."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from data.store.db.engine import open_engine, reading
from data.store.db.jobs import jobs
from tests.e2e.helpers.burst import Burst
from tests.e2e.helpers.server import Installation, until

Install = Callable[..., Installation]
ROWS = 'SELECT * FROM "case" WHERE id IN (SELECT case_id FROM change WHERE seq <= ?) ORDER BY id'
EVENTS = "SELECT * FROM case_event WHERE case_id IN (SELECT case_id FROM change WHERE seq <= ?) ORDER BY case_id, n"
BY_AGENCY = 'SELECT agency, state, count(*), min(next_due_at) FROM "case" WHERE open GROUP BY agency, state'
NEWEST = "SELECT max(seq) FROM change WHERE kind != 'restored'"


def taken(house: Installation, file: Path) -> str:
    """A backup of a running server; what was said."""
    done = house.run("backup", str(file))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_backup_under_load_holds_the_store_of_one_moment(house: Installation, install: Install, tmp_path: Path):
    with Burst(house, rest_s=0.2) as burst:  # fewer in all than the public numbers that a restore passes over
        until(lambda: len(burst.accepted) >= 20, 120, "twenty accepted reports")
        before = set(burst.accepted)
        taken(house, tmp_path / "b.tar.gz")
        during = len(burst.accepted)
        until(lambda: len(burst.accepted) >= during + 20, 120, "twenty more")
    assert during > len(before), "reports were accepted while it was taken"
    assert set(burst.statuses) <= {200, 201}, "nobody was sent away"
    again = install()
    again.database.unlink()
    done = again.run("restore", str(tmp_path / "b.tar.gz"))
    assert done.returncode == 0, done.stderr
    restored = dict(again.rows('SELECT code, text FROM "case"'))
    assert before <= restored.keys()
    assert restored.items() <= burst.accepted.items()
    assert len(restored) < len(burst.accepted)
    ((seq,),) = again.rows(NEWEST)
    for question in (ROWS, EVENTS):
        assert again.rows(question, seq) == house.rows(question, seq)
    at_that_change = BY_AGENCY.replace("WHERE", f"WHERE id IN (SELECT case_id FROM change WHERE seq <= {seq}) AND")
    assert again.rows(BY_AGENCY) == house.rows(at_that_change) != []
    again.start()
    assert again.accepted("Setelah pemulihan", api_key=house.key) not in burst.accepted


def test_a_store_is_not_replaced_under_a_server_at_work(house: Installation, tmp_path: Path):
    code = house.accepted("Sebelum cadangan")
    taken(house, tmp_path / "b.tar.gz")
    done = house.run("restore", str(tmp_path / "b.tar.gz"), "--replace")
    assert done.returncode == 1
    assert "stop the server and the jobs" in done.stderr
    later = house.accepted("Sesudah ditolak")
    assert {code, later} <= {found for (found,) in house.rows('SELECT code FROM "case"')}
    house.stop()
    assert house.run("restore", str(tmp_path / "b.tar.gz"), "--replace").returncode == 0
    assert [found for (found,) in house.rows('SELECT code FROM "case"')] == [code]


def alone(database: Path, beside: Path) -> list[str]:
    """The codes in the database's one file, without those that SQLite keeps beside it."""
    copied = shutil.copyfile(database, beside)
    with closing(sqlite3.connect(copied)) as conn:
        return [code for (code,) in conn.execute('SELECT code FROM "case"')]


def test_jobs_that_stop_last_leave_everything_in_the_one_file(install: Install, tmp_path: Path):
    house = install()
    house.start("--no-jobs")
    jobs = house.spawn("jobs")
    code = house.accepted("Ditulis sebelum berhenti")
    house.stop()
    until(lambda: "Jobs are running." in house.log, 60, "the jobs at work")
    house.stop(jobs)
    assert alone(house.database, tmp_path / "alone.db") == [code]


def test_the_schedule_takes_backups_and_a_server_that_stops_leaves_everything_in_the_one_file(
    install: Install, tmp_path: Path
):
    folder = tmp_path / "backups"
    folder.mkdir()
    house = install({"backup": {"folder": str(folder)}})
    house.start()
    code = house.accepted("Masuk cadangan")

    def state() -> dict[str, Any]:
        engine = open_engine(f"sqlite:///{house.database}")
        with reading(engine) as conn:
            found = jobs(conn).get("backup")
        engine.dispose()
        return dict(found.detail) if found is not None else {}

    detail = until(state, 120, f"a backup; it said:\n{house.log[-2000:]}")
    (file,) = folder.iterdir()
    assert detail["file"] == str(file)
    assert detail["proven"] is True
    assert house.run("verify", str(file)).returncode == 0
    house.stop()
    assert alone(house.database, tmp_path / "alone.db") == [code]
