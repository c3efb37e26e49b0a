"""Polling: at its own pace, under a lease, through faults of the source and of the store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from data.store.db.engine import Engine, StoreDown, open_engine, reading, writing
from data.store.db.schema.cases import lease
from data.store.intake import sources
from data.store.intake.sources import SourceState
from ingest.pipeline.checkpoint import lease_name
from ingest.pipeline.pipeline import Pipeline
from ingest.runtime import poller
from ingest.runtime.leases import claim_or_take_over, kept_renewed
from ingest.runtime.poller import Poller, poll
from ingest.source import Delivery, Outcome, Source
from tests.conftest import Limit
from tests.factories import NOW, a_city, calendars
from tests.ingest.runtime.other_process import a_dead_process
from tests.ingest.sources.feed.feed import GROUND, Feed, a_pipeline, a_raw, how_many, old, stored_ids, until

pytestmark = pytest.mark.both_engines

ME, OTHER_HOST = "me:1", "another-host:1"
FAR_AWAY = timedelta(days=1)


def ticking() -> Callable[[], datetime]:
    """A clock that starts at NOW."""
    begin = time.monotonic()
    return lambda: NOW + timedelta(seconds=time.monotonic() - begin)


@contextmanager
def polled(pipeline: Pipeline, *feeds: Source, owner: str = ME) -> Iterator[list[dict[str, Any]]]:
    """Poll them meanwhile, each in its thread; what the log says."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=poll, args=(feed, pipeline, owner, stop), kwargs={"now": ticking()}) for feed in feeds
    ]
    with capture_logs() as said:
        for thread in threads:
            thread.start()
        try:
            yield said
        finally:
            stop.set()
            for thread in threads:
                thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


def state(engine: Engine, feed: Feed) -> SourceState:
    with reading(engine) as conn:
        return sources.state_of(conn, feed.name)


def a_poller(engine: Engine, feed: Feed, now: datetime = NOW, owner: str = ME) -> Poller:
    return Poller(feed, a_pipeline(engine), owner, threading.Event(), now=lambda: now)


def a_live(*ids: str) -> list[Any]:
    """Records of this minute."""
    return [a_raw(external_id) for external_id in ids]


class Watched(threading.Event):
    """Writes down how long it was waited for, and waits for nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout or 0.0)
        return self.is_set()


def test_after_a_delivery_of_garbage_alone_others_have_their_turn_first(engine: Engine):
    bad = [a_raw(str(n), received_at="kapan") for n in range(6)]
    feed, rests = Feed(*bad[:4], *a_live("baik", "bagus"), *bad[4:5], *a_live("lain"), size=2), Watched()
    Poller(feed, a_pipeline(engine), ME, rests, now=lambda: NOW).poll_once()
    assert stored_ids(engine) == ["baik", "bagus", "lain"]
    assert len(rests.waited) == 2
    assert all(0 < seconds <= poller.LONGEST_PAUSE_S for seconds in rests.waited)


def test_everything_a_source_has_is_taken_and_its_health_written(engine: Engine):
    feed = Feed(*a_live("1", "2", "3"), size=2)
    assert a_poller(engine, feed, NOW + timedelta(seconds=90)).poll_once() == feed.every_s
    assert stored_ids(engine) == ["1", "2", "3"]
    health = state(engine, feed)
    assert (health.cursor, health.delivered, health.lag_s) == ("3", 3, 90)
    assert health.last_success_at == health.last_attempt_at == NOW + timedelta(seconds=90)
    assert feed.told == {"1": "new", "2": "new", "3": "new"}


def test_a_source_with_nothing_new_is_well(engine: Engine):
    feed = Feed()
    a_poller(engine, feed).poll_once()
    assert (state(engine, feed).last_success_at, state(engine, feed).delivered) == (NOW, 0)


def test_a_restart_goes_on_from_the_cursor(engine: Engine):
    feed = Feed(old("1"), old("2"), size=1, history=True)
    a_poller(engine, feed).poll_once()
    feed.raws.append(old("3"))
    feed.told.clear()
    a_poller(engine, feed, NOW + FAR_AWAY, owner="me:2").poll_once()
    assert feed.told == {"3": "new"}


def test_a_source_that_was_just_asked_is_not_asked_before_it_is_due(engine: Engine):
    feed = Feed()
    feed.every_s = 600
    a_poller(engine, feed).poll_once()
    assert a_poller(engine, feed, NOW + timedelta(seconds=200)).poll_once() == 400
    assert feed.fetched == 1
    a_poller(engine, feed, NOW + timedelta(seconds=600)).poll_once()
    assert feed.fetched == 2


def test_a_clock_that_was_set_back_does_not_stop_the_polling(engine: Engine):
    feed = Feed()
    a_poller(engine, feed, NOW + FAR_AWAY).poll_once()
    a_poller(engine, feed, NOW).poll_once()
    assert feed.fetched == 2


def test_another_process_is_left_alone_until_its_lease_expires(engine: Engine):
    feed = Feed(old("1"), history=True)
    with writing(engine) as conn:
        sources.claim(conn, lease_name(feed.name), OTHER_HOST, NOW, 60)
    a_poller(engine, feed, NOW + timedelta(seconds=59)).poll_once()
    assert feed.fetched == 0
    a_poller(engine, feed, NOW + timedelta(seconds=61)).poll_once()
    assert stored_ids(engine) == ["1"]


def test_a_killed_process_is_taken_over_at_once(engine: Engine, tmp_path: Path):
    feed = Feed(old("1"), history=True)
    with writing(engine) as conn:
        sources.claim(conn, lease_name(feed.name), a_dead_process(tmp_path), NOW, 3600)
    a_poller(engine, feed).poll_once()
    assert stored_ids(engine) == ["1"]


def test_two_containers_with_one_host_name_and_number_do_not_both_poll(engine: Engine):
    feed = Feed(old("1"), history=True)
    with writing(engine) as conn:
        sources.claim(conn, lease_name(feed.name), "loket:1:aaaa", NOW, 3600)
    a_poller(engine, feed, owner="loket:1:bbbb").poll_once()
    assert stored_ids(engine) == []


def test_of_two_that_want_a_dead_ones_lease_one_gets_it(engine: Engine, tmp_path: Path):
    with writing(engine) as conn:
        sources.claim(conn, "x", a_dead_process(tmp_path), NOW, 3600)
        assert claim_or_take_over(conn, "x", "a:1", NOW, 60)
        assert not claim_or_take_over(conn, "x", "b:1", NOW, 60)


def test_two_pollers_at_once_take_nothing_twice(engine: Engine):
    feeds = [Feed(*(old(str(n)) for n in range(300)), size=20, history=True) for _ in range(2)]
    pipelines = [a_pipeline(engine) for _ in feeds]
    with polled(pipelines[0], feeds[0], owner="a:1"), polled(pipelines[1], feeds[1], owner="b:2"):
        until(lambda: how_many(engine) == 300)
    assert len(set(stored_ids(engine))) == 300
    told = [set(feed.told) for feed in feeds]
    assert told[0].isdisjoint(told[1])
    assert len(told[0] | told[1]) == 300


def test_whoever_is_taken_over_stores_nothing_more(engine: Engine):
    feed = Feed(*(old(str(n)) for n in range(4)), size=2, history=True)
    slow, at = Feed(*feed.raws, size=2, history=True), [NOW]

    def is_overtaken() -> None:
        at[0] = NOW + FAR_AWAY
        a_poller(engine, feed, at[0], owner=OTHER_HOST).poll_once()

    slow.before_fetch = is_overtaken
    mine = Poller(slow, a_pipeline(engine), ME, threading.Event(), now=lambda: at[0])
    assert mine.poll_once() == poller.LEASE_CHECK_S
    assert (slow.told, how_many(engine)) == ({}, 4)


def test_a_slow_source_delays_no_other(sqlite_engine: Engine):
    asleep, wake = threading.Event(), threading.Event()
    slow, quick = Feed(name="lambat"), Feed(*a_live("1"), name="cepat")

    def sleeps() -> None:
        asleep.set()
        wake.wait(60)

    slow.before_fetch = sleeps
    with polled(a_pipeline(sqlite_engine), slow, quick):
        assert asleep.wait(60)
        until(lambda: quick.fetched > 3)
        wake.set()


def test_a_source_that_falls_and_returns_is_logged_once_each(sqlite_engine: Engine):
    feed = Feed(name="jauh")
    feed.down = "tidak dapat dihubungi; periksa jaringan"
    with polled(a_pipeline(sqlite_engine), feed) as said:
        until(lambda: feed.fetched >= 2)
        fallen = state(sqlite_engine, feed)
        feed.down = None
        feed.raws += a_live("1")
        until(lambda: state(sqlite_engine, feed).failing_since is None and feed.fetched > 4)
    assert (fallen.error, fallen.last_success_at) == ("tidak dapat dihubungi; periksa jaringan", None)
    assert fallen.failing_since is not None
    assert [line["event"] for line in said] == ["source_down", "source_back"]
    assert state(sqlite_engine, feed).error is None


def test_a_fault_in_a_sources_code_is_told_with_its_traceback_and_the_polling_goes_on(sqlite_engine: Engine):
    feed = Feed(*a_live("1"))

    def stumbles() -> None:
        if feed.fetched == 1:
            raise KeyError("kunci")

    feed.before_fetch = stumbles
    with polled(a_pipeline(sqlite_engine), feed) as said:
        until(lambda: how_many(sqlite_engine) == 1)
    [line, *_] = said
    assert (line["event"], line["error"]) == ("source_down", "KeyError: 'kunci'")
    assert isinstance(line["exc_info"], KeyError)


def test_the_lease_is_let_go_at_the_end(engine: Engine):
    feed = Feed()
    with polled(a_pipeline(engine), feed):
        until(lambda: feed.fetched > 0)
    with writing(engine) as conn:
        assert sources.claim(conn, lease_name(feed.name), "b:2", NOW, 1)


def impatient(url: str) -> Pipeline:
    """Its writers wait a twentieth of a second for their turn."""
    return Pipeline(open_engine(url, busy_timeout_s=0.05), a_city(), calendars(), GROUND)


def test_a_locked_store_is_waited_for_with_the_delivery_in_hand(engine: Engine, url: str):
    feed = Feed(*a_live("1", "2"), *(old(str(n)) for n in range(10, 20)))
    locked, pipeline = threading.Event(), impatient(url)

    def lock() -> None:
        if feed.fetched == 1:
            holding.start()
            locked.wait(60)

    def hold() -> None:
        with writing(engine):
            locked.set()
            release.wait(60)

    release, holding = threading.Event(), threading.Thread(target=hold)
    feed.before_fetch = lock
    with polled(pipeline, feed) as said:
        until(lambda: any(line["event"] == "store_down" for line in said))
        assert (feed.fetched, how_many(engine)) == (1, 0)
        release.set()
        until(lambda: how_many(engine) == 12)
    holding.join()
    pipeline.engine.dispose()
    assert [line["event"] for line in said] == ["store_down", "store_back"]
    assert set(feed.told.values()) == {"new"}


def test_who_is_stopped_while_the_store_is_down_ends_and_loses_nothing(engine: Engine, url: str):
    feed, pipeline = Feed(*a_live("1")), impatient(url)
    with writing(engine), polled(pipeline, feed) as said:
        until(lambda: len(said) > 0)
    assert [line["event"] for line in said] == ["store_down", "stopped_while_down"]
    with polled(pipeline, feed):
        until(lambda: how_many(engine) == 1)
    pipeline.engine.dispose()


def test_a_turn_stopped_while_the_store_is_down_says_so(engine: Engine, url: str):
    pipeline, stop = impatient(url), threading.Event()
    stop.set()
    with writing(engine), pytest.raises(StoreDown):
        Poller(Feed(), pipeline, ME, stop).poll_once()
    pipeline.engine.dispose()


def test_more_is_fetched_at_once(sqlite_engine: Engine):
    class Pages(Feed):
        """One page a fetch."""

        def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
            for delivery in super().fetch(cursor, now):
                yield Delivery(delivery.records, delivery.cursor, more=delivery.cursor != "3")
                return

    feed = Pages(*a_live("1", "2", "3"), size=1)
    a_poller(sqlite_engine, feed).poll_once()
    assert (feed.fetched, stored_ids(sqlite_engine)) == (3, ["1", "2", "3"])


def test_a_stopped_poller_ends_after_the_delivery_in_hand(sqlite_engine: Engine):
    stop = threading.Event()

    class Endless(Feed):
        """Stopped while its first delivery is stored."""

        def stored(self, outcomes: Mapping[str, Outcome]) -> None:
            stop.set()

    feed = Endless(*a_live("1", "2", "3"), size=1)
    Poller(feed, a_pipeline(sqlite_engine), ME, stop, now=lambda: NOW).poll_once()
    assert stored_ids(sqlite_engine) == ["1"]


def test_a_lease_is_prolonged_while_something_goes_on_and_lost_for_good_when_another_has_it(engine: Engine):
    name, at = lease_name("umpan"), [NOW]

    def far(seconds: float) -> datetime:
        at[0] = NOW + timedelta(seconds=seconds)
        return at[0]

    def until_of() -> datetime | None:
        with reading(engine) as conn:
            return conn.execute(select(lease.c.until).where(lease.c.name == name)).scalar_one_or_none()

    with writing(engine) as conn:
        assert claim_or_take_over(conn, name, ME, NOW, 0.3)
    with kept_renewed(engine, name, ME, 0.3, lambda: at[0]):
        far(50)
        until(lambda: until_of() == NOW + timedelta(seconds=50))
        with writing(engine) as conn:
            sources.release(conn, name, ME)
            assert sources.claim(conn, name, OTHER_HOST, at[0], 1000)
        far(100)
        time.sleep(0.3)
        assert until_of() == NOW + timedelta(seconds=1050)


def test_a_source_that_is_long_at_writing_its_result_keeps_its_lease(engine: Engine, limit: Limit):
    limit(poller, "LEASE_MARGIN_S", 0.4)
    at, kept = [NOW], list[str]()

    def others_turn() -> bool:
        with reading(engine) as conn:
            return bool(conn.execute(select(lease.c.until)).scalar_one() < at[0])

    class Writing(Feed):
        """A large workbook's result takes longer than the lease lasts."""

        def stored(self, outcomes: Mapping[str, Outcome]) -> None:
            super().stored(outcomes)
            at[0] = NOW + timedelta(seconds=60)
            until(lambda: not others_turn())
            kept.extend(outcomes)

    Poller(Writing(old()), a_pipeline(engine), ME, threading.Event(), now=lambda: at[0]).poll_once()
    assert kept == ["1"]
