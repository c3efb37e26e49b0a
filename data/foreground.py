"""What somebody waits for goes first: the threads of a process share one interpreter.

Who draws or answers does so in the `foreground`; long work that nobody waits for calls `stand_aside` before each of its
portions, outside of transactions.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

LONGEST_S = 0.1
"""Longer than a drawing or an answer takes. So long at most background work waits at a stretch."""
LEAST_S = 0.001
"""Less is not worth waiting."""
PATIENCE = 3
"""For each second of work at most so many are waited: under a flood of reports an import becomes slower and goes on."""
T = TypeVar("T")


class _Foreground:
    def __init__(self) -> None:
        self.is_free = threading.Event()
        self.is_free.set()
        self._lock = threading.Lock()
        self._inside = 0

    def enter(self) -> None:
        with self._lock:
            self._inside += 1
            self.is_free.clear()

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self.is_free.set()


class _Mine(threading.local):
    """What a thread knows of itself."""

    def __init__(self) -> None:
        self.is_inside = False
        self.worked_since = -float("inf")
        """Monotonic: when it last waited."""
        self.left_s = LONGEST_S
        """How long it will wait now, had it not worked since."""


_foreground = _Foreground()
_mine = _Mine()


@contextmanager
def foreground() -> Iterator[None]:
    """For a thread that draws or answers. Not re-entrant."""
    _foreground.enter()
    _mine.is_inside = True
    try:
        yield
    finally:
        _mine.is_inside = False
        _foreground.leave()


def stand_aside() -> None:
    """Wait while others are in the foreground, within the limits above."""
    if _foreground.is_free.is_set() or _mine.is_inside:
        return
    began = time.monotonic()
    most_s = min(LONGEST_S, _mine.left_s + PATIENCE * (began - _mine.worked_since))
    if most_s < LEAST_S:
        return
    _foreground.is_free.wait(most_s)
    _mine.worked_since = time.monotonic()
    _mine.left_s = most_s - (_mine.worked_since - began)


def in_background(items: Iterable[T]) -> Iterator[T]:
    """The items, each after standing aside."""
    for item in items:
        stand_aside()
        yield item
