"""What a screen waits for goes first: the threads of a process share one interpreter.

Who draws does so in the `foreground`; long work that nobody waits for calls `stand_aside` before each of its portions,
outside of transactions.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

LONGEST_S = 0.1
"""Longer than a drawing takes. So long after it began background work goes on, though the store keeps it waiting."""
T = TypeVar("T")


class _Foreground:
    def __init__(self) -> None:
        self.is_free = threading.Event()
        self.is_free.set()
        self.began = 0.0
        """Monotonic."""


_foreground = _Foreground()


@contextmanager
def foreground() -> Iterator[None]:
    """For the one thread that draws."""
    _foreground.began = time.monotonic()
    _foreground.is_free.clear()
    try:
        yield
    finally:
        _foreground.is_free.set()


def stand_aside() -> None:
    """Wait while the foreground computes, until LONGEST_S after it began at most."""
    if not _foreground.is_free.is_set():
        _foreground.is_free.wait(max(0.0, _foreground.began + LONGEST_S - time.monotonic()))


def in_background(items: Iterable[T]) -> Iterator[T]:
    """The items, each after standing aside."""
    for item in items:
        stand_aside()
        yield item
