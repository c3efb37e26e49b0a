"""How fresh each source is."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from data.domain.figures.boards import FeedHealth
from data.store.db.engine import Engine, reading, writing
from data.store.intake import hours, rejected, sources
from data.store.intake.rhythms import Rhythms, last_arrival
from data.store.queries import feed_health
from data.store.queries.feed_health import SourceInfo
from tests.factories import HOUR, MINUTE, NOW, a_case, received, stored

SOURCES = [SourceInfo(name, name.upper(), 60) for name in ("api", "drop", "feed", "new")]


def asked(engine: Engine, limit: int = 10) -> FeedHealth:
    with reading(engine) as conn:
        return feed_health.ask(conn, [*SOURCES, SourceInfo("old", "OLD", 60, enabled=False)], NOW, limit)


def test_sources_in_trouble_stand_first(engine: Engine):
    with writing(engine) as conn:
        sources.succeeded(conn, "api", NOW - MINUTE, records=2, newest=NOW - HOUR)
        sources.succeeded(conn, "drop", NOW - 2 * MINUTE)
        sources.succeeded(conn, "feed", NOW - MINUTE)
        sources.failed(conn, "feed", NOW, "tidak menjawab")
    answer = asked(engine)
    assert [(one.name, one.state) for one in answer.sources] == [
        ("feed", "failing"),
        ("drop", "late"),
        ("new", "never"),
        ("api", "ok"),
        ("old", "off"),
    ]
    failing, *_, api, _ = answer.sources
    assert (failing.error, failing.last_success) == ("tidak menjawab", NOW - MINUTE)
    assert (api.lag_s, api.last_record, api.title) == (59 * 60, NOW - MINUTE, "API")


def test_rejected_records_are_counted_for_each_source_and_together(engine: Engine):
    with writing(engine) as conn:
        for n in range(3):
            rejected.add(conn, rejected.RejectedRecord("drop", str(n), "no category", "{}"), NOW)
        rejected.add(conn, rejected.RejectedRecord("gone", "1", "no category", "{}"), NOW)
    answer = asked(engine)
    assert answer.rejected == 4
    assert {one.name: one.rejected for one in answer.sources}["drop"] == 3


def test_a_success_of_the_future_is_no_sign_of_health(engine: Engine):
    with writing(engine) as conn:
        sources.succeeded(conn, "api", NOW + HOUR)
    assert {one.name: one.state for one in asked(engine).sources}["api"] == "late"


def test_a_source_whose_last_hours_are_of_the_future_is_still_found_silent(engine: Engine):
    with writing(engine) as conn:
        hours.count(conn, "api", NOW - 3 * HOUR, delivered=1)
        hours.count(conn, "api", NOW + 5 * HOUR, delivered=1)
        assert last_arrival(conn, "api", NOW - 9 * HOUR, NOW) < NOW - HOUR


def test_demo_records_are_said(engine: Engine):
    assert not asked(engine).demo
    with writing(engine) as conn:
        stored(conn, a_case(demo=True), [received()])
    assert asked(engine).demo


def test_no_more_sources_than_fit(engine: Engine):
    assert len(asked(engine, 2).sources) == 2


def test_a_source_that_answers_and_brings_nothing_is_silent_by_its_own_rhythm(engine: Engine):
    rhythms, due = Rhythms(ZoneInfo("Asia/Jakarta"), lambda day: day.weekday() >= 5), NOW - HOUR
    with writing(engine) as conn:
        for n in range(2, 500):
            hours.count(conn, "api", NOW - n * HOUR, delivered=12, fetches=9)
            hours.count(conn, "drop", NOW - n * HOUR, fetches=9)
        sources.succeeded(conn, "api", NOW - 2 * HOUR, records=5)
        for name in ("api", "drop"):
            sources.succeeded(conn, name, NOW)
    with reading(engine) as conn:
        for _ in SOURCES:  # one is learnt at a time
            answer = feed_health.ask(conn, SOURCES, NOW, 10, rhythms)
    api, *others = answer.sources
    assert (api.name, api.state) == ("api", "silent")
    assert due - HOUR <= api.silent_since <= due
    assert {one.name: one.state for one in others} == {"drop": "ok", "feed": "never", "new": "never"}
