"""How fresh each source is."""

from __future__ import annotations

from data.domain.answers import FeedHealth
from data.store import feed_health, rejected, sources
from data.store.engine import Engine, reading, writing
from data.store.feed_health import SourceInfo
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
            rejected.keep(conn, rejected.Refused("drop", str(n), "no category", "{}"), NOW)
        rejected.keep(conn, rejected.Refused("gone", "1", "no category", "{}"), NOW)
    answer = asked(engine)
    assert answer.rejected == 4
    assert {one.name: one.rejected for one in answer.sources}["drop"] == 3


def test_demo_records_are_said(engine: Engine):
    assert not asked(engine).demo
    with writing(engine) as conn:
        stored(conn, a_case(demo=True), [received()])
    assert asked(engine).demo


def test_no_more_sources_than_fit(engine: Engine):
    assert len(asked(engine, 2).sources) == 2
