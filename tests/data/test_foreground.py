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


def test_a_drawing_that_fails_holds_nobody_up(limit: Limit):
    limit(foreground, "LONGEST_S", 60)
    with pytest.raises(ValueError, match="broken"), foreground.foreground():
        raise ValueError("broken")
    start = time.monotonic()
    stand_aside()
    assert time.monotonic() - start < 10
