"""Background work stands aside for what a screen waits for, and never for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import ModuleType

import pytest

from data import foreground
from data.foreground import in_background, stand_aside

Limit = Callable[[ModuleType, str, float], None]


def in_a_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_work_waits_until_the_drawing_is_done(limit: Limit):
    limit(foreground, "LONGEST_S", 60)
    done: list[int] = []
    with foreground.foreground():
        thread = in_a_thread(lambda: done.extend(in_background([1, 2])))
        thread.join(0.05)
        assert not done
    thread.join(10)
    assert done == [1, 2]


def test_a_drawing_that_lasts_is_waited_for_once_and_not_before_each_portion(limit: Limit):
    limit(foreground, "LONGEST_S", 0.5)
    with foreground.foreground():
        thread = in_a_thread(lambda: list(in_background(range(1000))))
        thread.join(60)
        assert not thread.is_alive()


def test_work_waits_for_everybody_who_answers(limit: Limit):
    limit(foreground, "LONGEST_S", 60)
    answered, done = threading.Event(), threading.Event()

    def answer() -> None:
        with foreground.foreground():
            answered.wait(60)

    with foreground.foreground():
        answering = in_a_thread(answer)
        work = in_a_thread(lambda: (stand_aside(), done.set()))
    assert not done.wait(0.05), "another one still answers"
    answered.set()
    assert done.wait(10)
    for thread in (answering, work):
        thread.join()


def test_who_answers_does_not_wait_for_himself(limit: Limit):
    limit(foreground, "LONGEST_S", 60)
    start = time.monotonic()
    with foreground.foreground():
        assert list(in_background([1, 2])) == [1, 2]
    assert time.monotonic() - start < 10


def test_a_drawing_that_fails_holds_nobody_up(limit: Limit):
    limit(foreground, "LONGEST_S", 60)
    with pytest.raises(ValueError, match="broken"), foreground.foreground():
        raise ValueError("broken")
    start = time.monotonic()
    stand_aside()
    assert time.monotonic() - start < 10
