"""Answers that are kept: never older than they may be, made once for all who ask at a time, bounded."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from dashboard.web.city.publishing import PageCache, Published
from tests.factories import NOW

FRESH = timedelta(seconds=15)


def published(body: bytes = b"x", after_s: float = 0) -> Published:
    return Published(body, "text/html", NOW + timedelta(seconds=after_s))


@pytest.mark.parametrize(("after_s", "made"), [(0, 1), (14, 1), (15, 2), (-1, 2)])
def test_an_answer_is_given_again_until_it_is_too_old(after_s: float, made: int):
    cache, asked = PageCache(FRESH), list[float]()
    for moment in (0.0, after_s):
        cache.get("a", NOW + timedelta(seconds=moment), lambda at=moment: asked.append(at) or published(after_s=at))
    assert len(asked) == made


def test_who_asks_at_a_time_waits_for_one_answer():
    cache, asked, begun = PageCache(FRESH), list[int](), threading.Barrier(8)

    def make() -> Published:
        asked.append(1)
        return published()

    def ask() -> None:
        begun.wait()
        cache.get("a", NOW, make)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(asked) == 1


def test_what_fails_is_asked_again():
    cache = PageCache(FRESH)

    def fails() -> Published:
        raise LookupError

    with pytest.raises(LookupError):
        cache.get("a", NOW, fails)
    assert cache.get("a", NOW, published).body == b"x"


def test_the_oldest_go_when_there_is_no_more_room():
    cache, asked = PageCache(FRESH, bytes_most=25), list[str]()

    def ask(key: str) -> None:
        cache.get(key, NOW, lambda: asked.append(key) or published(b"0123456789"))

    for key in ("a", "b", "a", "c", "a", "b"):
        ask(key)
    assert asked == ["a", "b", "c", "b"]
