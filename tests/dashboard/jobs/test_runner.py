"""What runs beside the requests, and what outlives a fault."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from structlog.testing import capture_logs

from dashboard.api.open311.service import IntakeHealth
from dashboard.app import App
from dashboard.config.home import ROOT
from dashboard.config.load import load
from dashboard.config.models import RetentionSettings
from dashboard.jobs import runner
from dashboard.jobs.runner import IMPORTED, Jobs
from dashboard.jobs.uploads import uploader
from dashboard.observability.part_health import PartHealth
from dashboard.server.serve import ACCESS, GunicornServer
from data import clock
from data.reference.boundaries.cells import schematic
from data.store.db.change_feed import record_change, since
from data.store.db.engine import Engine, StoreDown, engine_state, open_engine, reading, writing
from data.store.db.schema.cases import case
from data.store.geo import boundaries
from data.store.intake import hours, uploads
from data.store.intake.sources import claim, state_of
from data.store.queries.figures import pause_share
from ingest.runtime.sweeper import BATCH
from tests.conftest import Limit
from tests.factories import NOW, a_case, a_history, stored
from tests.ingest.commits import commits
from tests.ingest.runtime.other_process import a_dead_process
from tests.ingest.sources.feed.feed import FEED, a_delivery, old

pytestmark = pytest.mark.both_engines


@pytest.fixture
def jobs(app: App) -> Jobs:
    return Jobs(app.config, app.home, app.engine, app.context, app.pipeline)


def kinds(engine: Engine) -> list[str]:
    with reading(engine) as conn:
        return [change.kind for change in since(conn, 0, 100)]


def test_the_sweep_announces_what_is_overdue_once(app: App, jobs: Jobs):
    with writing(app.engine) as conn:
        at = clock.now() - timedelta(days=30)
        stored(conn, a_case("longsor"), a_history(at, dispatched=timedelta(minutes=1)), at)
    jobs._sweep()
    jobs._sweep()
    assert kinds(app.engine).count("breached") == 1


def test_while_another_process_sweeps_this_one_does_not(app: App, jobs: Jobs):
    with writing(app.engine) as conn:
        at = clock.now() - timedelta(days=30)
        stored(conn, a_case("longsor"), a_history(at), at)
        claim(conn, "sweep", "another", clock.now(), 60)
    jobs._sweep()
    assert "breached" not in kinds(app.engine)


def test_boundaries_imported_meanwhile_are_placed_by_from_now_on(app: App, jobs: Jobs):
    drafter = app.pipeline._drafter
    before = drafter.boundaries
    jobs._load_new_boundaries()
    jobs._load_new_boundaries()
    assert drafter.boundaries is before
    with writing(app.engine) as conn:
        boundaries.replace(conn, schematic().areas, "test", NOW)
    jobs._load_new_boundaries()
    imported = drafter.boundaries
    assert imported.official
    jobs._load_new_boundaries()
    assert drafter.boundaries is imported, "they are read once"


def test_what_is_usual_is_computed_when_an_import_has_ended_and_not_from_half_of_it(app: App, jobs: Jobs):
    def known() -> float:
        with reading(app.engine) as conn:
            return sum(each.total_s for each in pause_share.known(conn, clock.now()).values())

    def bring(first: int, number: int) -> None:
        at = clock.now() - timedelta(days=8)
        raws = [old(str(first + n), received_at=at) for n in range(number)]
        app.pipeline.write_history(FEED, a_delivery(*raws), clock.now())

    bring(0, 3)
    jobs._refresh_baseline()
    few = known()
    assert few > 0
    bring(3, IMPORTED + 1)
    jobs._refresh_baseline()
    assert known() == few
    jobs._refresh_baseline()
    assert known() > 100 * few


def test_cases_that_a_killed_import_left_are_placed_by_the_jobs(app: App, jobs: Jobs):
    with writing(app.engine) as conn:
        stored(conn, a_case(village="35.79.01.9999"), a_history(NOW))
        boundaries.replace(conn, schematic().areas, "test", NOW)
        claim(conn, "placing", a_dead_process(app.home.path), clock.now(), 60)
    jobs._place_cases()
    with reading(app.engine) as conn:
        assert conn.execute(select(case.c.village)).scalar_one() != "35.79.01.9999"


def test_loops_start_and_end(jobs: Jobs):
    jobs.start()
    assert {thread.name for thread in jobs._threads} == {
        "boundaries",
        "drafts",
        "escalation",
        "reports",
        "retention",
        "photos",
        "placing",
        "rules",
        "sweep",
        "uploads",
        "baseline",
        "wal",
        "words",
    }
    jobs.stop()
    jobs.wait(60)
    assert not any(thread.is_alive() for thread in jobs._threads)


def test_a_loop_that_still_waits_for_a_slow_server_is_left_behind_and_named(jobs: Jobs):
    asked, answer = threading.Event(), threading.Event()

    def asks() -> None:
        asked.set()
        answer.wait(60)

    jobs._spawn("source lambat", asks)
    assert asked.wait(60)
    jobs.stop()
    with capture_logs() as said:
        jobs.wait(0)
    answer.set()
    assert [(line["event"], line["parts"]) for line in said] == [("left_behind", ["source lambat"])]


def test_a_backlog_does_not_keep_the_sweep_from_ending(app: App, jobs: Jobs):
    at = clock.now() - timedelta(days=30)
    with writing(app.engine) as conn:
        for _ in range(3 * BATCH):
            stored(conn, a_case("longsor"), a_history(at), at)
    engine_state(app.engine).listeners.add(jobs.stop)
    jobs._sweep()
    assert kinds(app.engine).count("breached") == BATCH
    jobs._sweep()
    assert kinds(app.engine).count("breached") == BATCH


def test_what_came_through_the_door_is_written_down_in_its_health(engine: Engine):
    health = IntakeHealth(engine)
    health.save(NOW)
    for _ in range(3):
        health.count_report(NOW)
    health.save(NOW + timedelta(seconds=10))
    health.save(NOW + timedelta(seconds=20))
    with reading(engine) as conn:
        state = state_of(conn, "open311")
    assert state.delivered == 3
    assert state.last_record_at == NOW + timedelta(seconds=10)
    assert state.last_success_at == NOW + timedelta(seconds=20)


def test_a_beat_that_could_not_be_written_forgets_nothing(sqlite_url: str):
    busy, engine = open_engine(sqlite_url), open_engine(sqlite_url, busy_timeout_s=0.1)
    health = IntakeHealth(engine)
    health.count_report(NOW)
    with writing(busy), pytest.raises(StoreDown):
        health.save(NOW)
    health.save(NOW)
    with reading(engine) as conn:
        assert state_of(conn, "open311").delivered == 1


def test_a_part_that_falls_is_said_once_and_once_when_it_is_back():
    parts, broken = PartHealth(), [True, True, True, False, False]

    def work() -> str:
        if broken.pop(0):
            raise ValueError("broken")
        return "done"

    with capture_logs() as said:
        results = [parts.run("part", work) for _ in range(5)]
    assert results == [None, None, None, "done", "done"]
    assert [(line["event"], line["part"]) for line in said] == [("down", "part"), ("back", "part")]
    assert parts.down == {}


def test_every_screen_has_a_thread_and_requests_have_theirs(app: App):
    serving = GunicornServer(app.config, app.home, ("127.0.0.1", 1), jobs=True)
    server = app.config.server
    assert serving.cfg.threads >= server.screens + server.request_threads
    assert serving.cfg.workers == 1
    assert "%(r)s" not in ACCESS
    assert "%(q)s" not in ACCESS


def test_files_that_the_pages_received_are_looked_through_by_the_jobs(app: App):
    with_uploads = replace(app.config, sources=load(ROOT / "config.yaml", clock.now().date()).sources)
    pages = uploader(with_uploads, app.engine, app.home, app.pipeline, app.context)
    upload_id = pages.receive("opd_csv", "a.csv", io.BytesIO(b"nomor;tanggal;kategori\n1;12/03/2026;sampah\n"), NOW)
    Jobs(with_uploads, app.home, app.engine, app.context, app.pipeline)._process_uploads()
    with reading(app.engine) as conn:
        (found,) = uploads.latest(conn, "opd_csv", 5)
    assert (found.id, found.state, found.rows) == (upload_id, "asking", 1)


def test_what_retention_gives_an_end_is_deleted_a_few_rows_at_a_time(app: App, limit: Limit):
    limit(runner, "OLD_BATCH", 2)
    now = clock.now()
    with writing(app.engine) as conn:
        for days in (400, 300):
            hours.count(conn, "open311", now - timedelta(days=days), delivered=1)
        for days in (90, 80, 70, 60, 50, 1):
            record_change(conn, "source", now - timedelta(days=days))
    settings = RetentionSettings(changes="55d", hours="366d")
    jobs = Jobs(replace(app.config, retention=settings), app.home, app.engine, app.context, app.pipeline)
    with commits(app.engine) as seen:
        jobs._delete_old()
    assert seen[:-1] == ["write"] * 5, "one for each kind of hours, and three for four changes: the last finds none"
    assert seen[-1] == "read", "for personal data that is due"
    with reading(app.engine) as conn:
        assert len(hours.of(conn, "open311", now - timedelta(days=500))) == 1
        assert [round((now - each.at).days) for each in since(conn, 0, 100)] == [50, 1]


def test_what_has_no_end_by_config_is_kept(app: App):
    now = clock.now()
    with writing(app.engine) as conn:
        hours.count(conn, "open311", now - timedelta(days=4000), delivered=1)
        for days in (4000, 1):
            record_change(conn, "source", now - timedelta(days=days))
    settings = RetentionSettings(changes=None, hours=None)
    Jobs(replace(app.config, retention=settings), app.home, app.engine, app.context, app.pipeline)._delete_old()
    with reading(app.engine) as conn:
        assert len(hours.of(conn, "open311", now - timedelta(days=5000))) == 1
        assert len(since(conn, 0, 100)) == 2


@pytest.mark.parametrize("settings", [{"changes": "6d"}, {"hours": "59d"}, {"cases": "9d"}])
def test_no_setting_deletes_what_the_walls_or_the_rhythms_need(settings: dict[str, str]):
    with pytest.raises(ValidationError):
        RetentionSettings(**settings)
