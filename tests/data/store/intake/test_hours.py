"""What each source brought by the hour is counted once, on both kinds of database, whoever brings it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.api.open311.service import IntakeHealth
from data.domain.sources.days import Hour
from data.store.db.engine import Engine, reading, writing
from data.store.intake import hours, rejected, sources
from data.store.intake.rejected import RejectedRecord
from data.store.intake.rhythms import FRESH, Rhythms, split_hours
from ingest.runtime.poller import Poller
from tests.factories import DAY, HOUR, MINUTE, NOW
from tests.ingest.sources.feed.feed import FEED, Feed, a_delivery, a_pipeline, a_raw, old

SEVEN = datetime(2026, 11, 24, 7, tzinfo=UTC)


def counted(engine: Engine, source: str = FEED.name, since: datetime = NOW - DAY) -> list[tuple[int, ...]]:
    """(delivered, updated, rejected, fetches, failures) of each hour."""
    with reading(engine) as conn:
        return [tuple(row[1:]) for row in hours.of(conn, source, since)]


def polled(engine: Engine, feed: Feed) -> None:
    """One turn of the poller, as its thread takes it."""
    Poller(feed, a_pipeline(engine), "here:1", threading.Event(), now=lambda: NOW).poll_once()


def test_an_hour_grows_and_the_next_one_starts_at_nothing(engine: Engine):
    with writing(engine) as conn:
        hours.count(conn, "umpan", NOW, delivered=3, fetches=1)
        hours.count(conn, "umpan", NOW + MINUTE, delivered=2, updated=1, failures=1)
        hours.count(conn, "umpan", NOW + HOUR, rejected=4)
        hours.count(conn, "lain", NOW, delivered=9)
        hours.count(conn, "umpan", NOW)
    with reading(engine) as conn:
        first, second = hours.of(conn, "umpan", NOW)
        assert first == Hour(SEVEN, 5, 1, 0, 1, 1)
        assert second == Hour(SEVEN + HOUR, 0, 0, 4, 0, 0)
        assert hours.of_all(conn, ["umpan", "none"], NOW + HOUR) == {"umpan": [second], "none": []}


def test_a_bulk_import_counts_in_the_hour_of_its_arrival(engine: Engine):
    pipeline = a_pipeline(engine)
    pipeline.write_delivery(FEED, a_delivery(old("1"), old("2"), old("bad", lat="x")), NOW)
    pipeline.write_delivery(FEED, a_delivery(old("1"), old("2"), old("bad", lat="x"), cursor="2"), NOW)
    assert counted(engine) == [(2, 0, 1, 2, 0)]


def test_live_records_news_and_refusals_are_counted_apart(engine: Engine):
    polled(engine, Feed(a_raw("1"), a_raw("2", lat="x"), a_raw("3"), a_raw("1", sp4n_status="Diproses")))
    assert counted(engine) == [(2, 1, 1, 1, 0)]


def test_a_fetch_that_brings_nothing_is_an_answer_and_one_that_fails_is_none(engine: Engine):
    polled(engine, Feed())
    assert counted(engine) == [(0, 0, 0, 1, 0)]
    with writing(engine) as conn:
        hours.count(conn, FEED.name, NOW, failures=1)
    assert counted(engine) == [(0, 0, 0, 1, 1)]


def test_the_door_counts_what_came_between_two_beats(engine: Engine):
    intake_health = IntakeHealth(engine)
    intake_health.count_report(NOW)
    intake_health.count_report(NOW)
    intake_health.save(NOW)
    intake_health.save(NOW + MINUTE)
    assert counted(engine, "open311") == [(2, 0, 0, 2, 0)]


def test_old_hours_are_deleted(engine: Engine):
    with writing(engine) as conn:
        hours.count(conn, "umpan", NOW - timedelta(days=400), delivered=1)
        hours.count(conn, "umpan", NOW - timedelta(days=300), delivered=1)
        assert hours.delete_old(conn, NOW - timedelta(days=366), 10) == 1
    assert len(counted(engine, since=NOW - timedelta(days=500))) == 1


def test_hours_without_an_answer_are_not_taken_for_silence():
    rows = [Hour(SEVEN - 5 * HOUR, 0, 0, 0, 9, 0), Hour(SEVEN - 3 * HOUR, 0, 0, 0, 0, 7), Hour(SEVEN, 1, 0, 0, 1, 0)]
    heard, outages = split_hours(rows, SEVEN + MINUTE)
    assert heard == {SEVEN - 5 * HOUR: 0}
    assert outages == {SEVEN - n * HOUR for n in (1, 2, 3, 4)}


def a_rhythms() -> Rhythms:
    return Rhythms(ZoneInfo("Asia/Jakarta"), lambda day: day.weekday() >= 5)


def busy(engine: Engine, name: str = FEED.name, weeks: int = 3) -> None:
    """Ten records in every hour of the last weeks, until an hour and a half ago."""
    with writing(engine) as conn:
        for n in range(2, weeks * 168):
            hours.count(conn, name, NOW - n * HOUR, delivered=10, fetches=1)
        sources.succeeded(conn, name, NOW - 2 * HOUR, records=10)


def test_a_busy_source_that_says_nothing_is_silent_once_its_rhythm_is_known(engine: Engine):
    busy(engine)
    rhythms, last = a_rhythms(), NOW - 2 * HOUR
    with reading(engine) as conn:
        assert rhythms.silent_since(conn, FEED.name, last, 60, NOW) is None  # nothing was learnt yet
        rhythms.learn_next(conn, [FEED.name], NOW)
        since = rhythms.silent_since(conn, FEED.name, last, 60, NOW)
        assert since is not None
        assert last + HOUR <= since <= NOW
        assert rhythms.silent_since(conn, FEED.name, last, 3 * 3600, NOW) is None  # never below what is configured
        assert rhythms.silent_since(conn, FEED.name, None, 60, NOW) is None


def test_news_and_refusals_break_a_silence(engine: Engine):
    busy(engine)
    with writing(engine) as conn:
        rejected.add(conn, RejectedRecord(FEED.name, "1", "rusak", "{}"), NOW - MINUTE)
    rhythms = a_rhythms()
    with reading(engine) as conn:
        rhythms.learn_next(conn, [FEED.name], NOW)
        assert rhythms.silent_since(conn, FEED.name, NOW - 2 * HOUR, 60, NOW) is None


def test_one_source_is_learnt_at_a_time_and_not_again_at_once(engine: Engine):
    busy(engine, "a", 1)
    rhythms, names = a_rhythms(), ["a", "b"]
    with reading(engine) as conn:
        for n in range(3):
            rhythms.learn_next(conn, names, NOW + n * MINUTE)
        assert rhythms.known(conn, "a", NOW).at == NOW
        assert rhythms.known(conn, "b", NOW).at == NOW + MINUTE
        assert rhythms.known(conn, "b", NOW).rhythm is None
        later = NOW + MINUTE + FRESH
        assert rhythms.known(conn, "b", later).at == later
