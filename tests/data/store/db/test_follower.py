"""Waiting for news: from this process at once, from others nearly so, and through an outage."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from data.store.db import follower as module
from data.store.db.change_feed import Follower, record_change
from data.store.db.engine import Engine, open_engine, writing
from tests.conftest import Limit
from tests.factories import NOW

LONG_S = 60.0
"""What is to come has come by then on any machine."""


@pytest.fixture
def follower(engine: Engine) -> Iterator[Follower]:
    """One that has had its first look."""
    with Follower(engine) as following:
        assert following.wait(LONG_S)
        while following.wait(0.06):
            pass
        yield following


@pytest.fixture
def no_looking(limit: Limit) -> None:
    """Nothing is found by looking at the file every now and then: who wakes was woken."""
    limit(module, "POLL_S", 10 * LONG_S)
    limit(module, "FAST_POLL_S", 10 * LONG_S)


def waited(follower: Follower, timeout_s: float) -> tuple[bool, float]:
    """What `wait` said, and after how long."""
    began = time.monotonic()
    return follower.wait(timeout_s), time.monotonic() - began


@contextmanager
def soon(done: Callable[[], None]) -> Iterator[None]:
    """Another thread does it meanwhile, probably after `wait` has begun."""
    timer = threading.Timer(0.1, done)
    timer.start()
    yield
    timer.join()


def write(engine: Engine) -> None:
    """Commit a change."""
    with writing(engine) as conn:
        record_change(conn, "note", NOW)


def test_without_news_it_waits_the_whole_time(follower: Follower):
    heard, took = waited(follower, 0.2)
    assert not heard
    assert took >= 0.19
    assert follower.healthy


@pytest.mark.usefixtures("no_looking")
def test_a_write_of_this_process_wakes_it(engine: Engine, follower: Follower):
    write(engine)
    assert follower.wait(LONG_S)


@pytest.mark.usefixtures("no_looking")
def test_a_write_while_it_waits_wakes_it(engine: Engine, follower: Follower):
    with soon(lambda: write(engine)):
        assert follower.wait(LONG_S)


def test_a_write_of_another_process_wakes_it(engine: Engine, follower: Follower):
    other = open_engine(engine.url.render_as_string(hide_password=False))
    with soon(lambda: write(other)):
        assert follower.wait(LONG_S)
    other.dispose()


def test_after_another_process_has_written_it_looks_more_closely_for_a_while(sqlite_url: str):
    engine, other = open_engine(sqlite_url), open_engine(sqlite_url)
    with Follower(engine) as following:
        assert following.wait(LONG_S)
        following._listener._fast_until = 0.0
        write(engine)
        assert following.wait(LONG_S)
        assert following._listener._fast_until == 0.0, "its own writes wake it"
        began = time.monotonic()
        write(other)
        assert following.wait(LONG_S)
        assert following._listener._fast_until >= began + module.FAST_POLL_FOR_S
    engine.dispose()
    other.dispose()


def test_one_write_is_not_told_for_ever(engine: Engine, follower: Follower):
    write(engine)
    told = 0
    while follower.wait(0.3):
        told += 1
    most = 2 if engine.dialect.name == "postgresql" else 1  # it tells of it, too, perhaps long afterwards
    assert 1 <= told <= most


@pytest.mark.usefixtures("no_looking")
def test_a_bell_from_another_thread_wakes_it(follower: Follower):
    with soon(follower.wake):
        assert follower.wait(LONG_S)


def test_many_rings_before_it_looks_are_one(follower: Follower):
    for _ in range(20_000):
        follower.wake()
    assert follower.wait(LONG_S)


def test_a_closed_follower_is_no_longer_woken(engine: Engine):
    following = Follower(engine)
    following.wait(1)
    following.close()
    write(engine)


def test_a_lost_connection_is_made_again_and_says_look(postgresql_url: str):
    engine = open_engine(postgresql_url)
    with Follower(engine) as following:
        assert following.wait(LONG_S)
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        with engine.begin() as conn:
            conn.execute(text(others))
        assert following.wait(LONG_S)
        assert following.healthy
    engine.dispose()


def test_a_server_that_is_gone_is_said_and_does_not_end_the_waiting():
    engine = open_engine("postgresql://nobody@127.0.0.1:1/nothing")
    with Follower(engine) as following:
        heard, took = waited(following, 0.3)
        assert not heard
        assert took >= 0.29
        assert not following.healthy


def test_a_file_that_comes_back_is_noticed(sqlite_url: str):
    engine = open_engine(sqlite_url)
    path = Path(engine.url.database or "")
    away = path.rename(path.with_suffix(".away"))
    with Follower(engine) as following:
        assert not following.wait(0.1)
        assert not following.healthy
        away.rename(path)
        assert following.wait(LONG_S)
        assert following.healthy
    engine.dispose()
