"""Waiting for news: from this process at once, from others nearly so, and through an outage."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from data.store.changes import Follower, record_change
from data.store.engine import Engine, open_engine, writing
from tests.factories import NOW


@pytest.fixture
def follower(engine: Engine) -> Iterator[Follower]:
    """One that has had its first look."""
    with Follower(engine) as following:
        assert following.wait(5)
        while following.wait(0.06):
            pass
        yield following


def waited(follower: Follower, timeout_s: float = 5) -> tuple[bool, float]:
    """What `wait` said, and after how long."""
    began = time.monotonic()
    return follower.wait(timeout_s), time.monotonic() - began


def write(engine: Engine) -> None:
    """Commit a change."""
    with writing(engine) as conn:
        record_change(conn, "note", NOW)


def test_without_news_it_waits_the_whole_time(follower: Follower):
    heard, took = waited(follower, 0.2)
    assert not heard
    assert took >= 0.19
    assert follower.healthy


def test_a_write_of_this_process_wakes_it(engine: Engine, follower: Follower):
    write(engine)
    heard, took = waited(follower)
    assert heard
    assert took < 1


def test_a_write_while_it_waits_wakes_it(engine: Engine, follower: Follower):
    threading.Timer(0.1, write, (engine,)).start()
    heard, took = waited(follower)
    assert heard
    assert took < 2


def test_a_write_of_another_process_wakes_it(engine: Engine, follower: Follower):
    other = open_engine(engine.url.render_as_string(hide_password=False))
    threading.Timer(0.1, write, (other,)).start()
    heard, took = waited(follower)
    assert heard
    assert took < 2


def test_after_another_process_has_written_it_looks_more_closely_for_a_while(sqlite_url: str):
    engine, other = open_engine(sqlite_url), open_engine(sqlite_url)
    with Follower(engine) as following:
        assert following.wait(5)
        following._ear._closely_until = 0.0
        write(engine)
        assert following.wait(5)
        assert following._ear._closely_until == 0.0, "its own writes ring the bell"
        write(other)
        assert following.wait(5)
        assert following._ear._closely_until > time.monotonic()
    engine.dispose()
    other.dispose()


def test_one_write_is_told_once(engine: Engine, follower: Follower):
    write(engine)
    while follower.wait(0.06):
        pass
    assert not follower.wait(0.1)


def test_a_bell_from_another_thread_wakes_it(follower: Follower):
    threading.Timer(0.05, follower.ring).start()
    heard, took = waited(follower)
    assert heard
    assert took < 2


def test_many_rings_before_it_looks_are_one(follower: Follower):
    for _ in range(20_000):
        follower.ring()
    assert follower.wait(1)


def test_a_closed_follower_is_no_longer_rung(engine: Engine):
    following = Follower(engine)
    following.wait(1)
    following.close()
    write(engine)


def test_a_lost_connection_is_made_again_and_says_look(postgresql_url: str):
    engine = open_engine(postgresql_url)
    with Follower(engine) as following:
        assert following.wait(5)
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        with engine.begin() as conn:
            conn.execute(text(others))
        assert following.wait(5)
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
        assert following.wait(3)
        assert following.healthy
    engine.dispose()
