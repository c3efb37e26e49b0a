from __future__ import annotations

import signal
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from dashboard.config.home import Home
from dashboard.jobs.reports import BY_CALENDAR, ReportJob, Reports, working_day
from dashboard.reports.archive.making import LEASE
from dashboard.reports.archive.period import Months
from data.store.db.engine import Engine, open_engine, reading, writing
from data.store.intake.sources import claim, holder
from data.store.reports import orders, revisions
from ingest.runtime.process_files import owner_of
from tests.dashboard.reports.months import MADE_AT, OCTOBER, OWNER, settings, some_cases
from tests.factories import calendars
from tests.forked import FORKS

ON_THE_THIRD = replace(settings(), report=settings().report.model_copy(update={"working_day": 3}))


def job(engine: Engine, home: Path, *, by_calendar: bool = False) -> Reports:
    return Reports(ON_THE_THIRD if by_calendar else settings(), Home(home, "", None), engine, calendars())


def process(engine: Engine, home: Path, *, by_calendar: bool = False, ends: str = "") -> ReportJob:
    """With another command in place of the one that makes the order."""
    command = (sys.executable, "-c", ends or "pass")
    return ReportJob(job(engine, home, by_calendar=by_calendar), Home(home, "", None), engine, command)


def ordered(engine: Engine, months: Months = OCTOBER, by: str = "ani") -> None:
    with writing(engine) as conn:
        orders.add(conn, months.key(), "id", by, MADE_AT)


def all_orders(engine: Engine) -> list[orders.Order]:
    with reading(engine) as conn:
        return orders.newest(conn, 9)


def test_an_order_is_made_and_the_same_one_waits_once(engine: Engine, tmp_path: Path):
    some_cases(engine)
    ordered(engine)
    ordered(engine)
    job(engine, tmp_path).work(OWNER, lambda: MADE_AT)
    (done,) = all_orders(engine)
    assert (done.ended_at, done.reason, done.by) == (MADE_AT, None, "ani")
    with reading(engine) as conn:
        (made,) = revisions.newest(conn, 9)
    assert (made.id, made.made_by) == (done.revision_id, "ani")


def test_an_order_that_cannot_be_made_says_why(engine: Engine, tmp_path: Path):
    ordered(engine)
    job(engine, tmp_path).work(OWNER, lambda: MADE_AT)
    (done,) = all_orders(engine)
    assert done.ended_at == MADE_AT
    assert "report.no_cases" in (done.reason or "")


def test_an_order_of_a_crashed_run_is_made_when_its_lease_has_expired(engine: Engine, tmp_path: Path):
    some_cases(engine)
    ordered(engine)
    with writing(engine) as conn:
        claim(conn, LEASE, "elsewhere:7:other", MADE_AT, 60)
        orders.begin(conn, 1, "drawing", MADE_AT)
    job(engine, tmp_path).work(OWNER, lambda: MADE_AT)
    assert all_orders(engine)[0].ended_at is None
    later = MADE_AT + timedelta(seconds=61)
    job(engine, tmp_path).work(OWNER, lambda: later)
    assert all_orders(engine)[0].ended_at == later


def work(url: str, home: Path) -> None:
    """In a process of its own."""
    job(open_engine(url), home).work(owner_of(home, "report"), lambda: MADE_AT)


def test_a_run_that_is_killed_while_it_draws_leaves_nothing_and_is_taken_over_at_once(
    engine: Engine, sqlite_url: str, tmp_path: Path
):
    some_cases(engine)
    ordered(engine)
    child = FORKS.Process(target=work, args=(sqlite_url, tmp_path), daemon=True)
    child.start()
    while all_orders(engine)[0].step != "drawing":
        assert child.is_alive()
        time.sleep(0.02)
    child.kill()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    with reading(engine) as conn:
        assert revisions.newest(conn, 9) == []
        assert holder(conn, LEASE) is not None
    assert not (tmp_path / "reports").exists()
    job(engine, tmp_path).work(owner_of(tmp_path, "report"), lambda: MADE_AT)
    (done,) = all_orders(engine)
    assert (done.ended_at, done.reason) == (MADE_AT, None)
    with reading(engine) as conn:
        names = {each.sha256 for each in revisions.files(conn, done.revision_id or 0)}
    assert {path.name for path in (tmp_path / "reports").glob("*/*")} == names


def test_on_the_configured_working_day_the_month_that_is_over_is_made_once(engine: Engine, tmp_path: Path):
    some_cases(engine)
    reports = job(engine, tmp_path, by_calendar=True)
    reports.order_due(datetime(2026, 11, 3, 1, tzinfo=UTC))  # a Tuesday, the second working day
    assert all_orders(engine) == []
    for hour in (1, 2):
        reports.order_due(datetime(2026, 11, 4, hour, tzinfo=UTC))
        reports.work(OWNER, lambda hour=hour: datetime(2026, 11, 4, hour, tzinfo=UTC))
    (done,) = all_orders(engine)
    assert (done.key, done.by, done.reason) == (OCTOBER.key(), BY_CALENDAR, None)


def test_an_order_whose_process_fails_is_not_tried_for_ever(engine: Engine, tmp_path: Path):
    ordered(engine)
    process(engine, tmp_path, ends="raise SystemExit(7)").work(threading.Event(), lambda: MADE_AT)
    (done,) = all_orders(engine)
    assert done.ended_at == MADE_AT
    assert "exit code 7" in (done.reason or "")


def test_an_order_waits_on_when_the_jobs_stop(engine: Engine, tmp_path: Path):
    ordered(engine)
    stopping = threading.Event()
    stopping.set()
    process(engine, tmp_path, ends="import time; time.sleep(60)").work(stopping, lambda: MADE_AT)
    assert all_orders(engine)[0].ended_at is None


def test_what_is_due_is_ordered_by_the_job(engine: Engine, tmp_path: Path):
    work = process(engine, tmp_path, by_calendar=True)
    work.work(threading.Event(), lambda: datetime(2026, 11, 4, 1, tzinfo=UTC))
    assert [each.by for each in all_orders(engine)] == [BY_CALENDAR]


def test_working_days_are_those_of_the_calendar():
    days = [working_day(calendars(), "kantor", date(2026, 11, 17), n, "Asia/Jakarta") for n in (1, 5, 20, 21, 22)]
    assert [day and day.day for day in days] == [2, 6, 27, 30, None]
