"""What a screen waits for goes first: the threads of a process share one interpreter.

Who draws does so in the `foreground`; long work that nobody waits for calls `stand_aside` before each of its portions,
outside of transactions.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

LONGEST_S = 0.1
"""Longer than a drawing takes. Background work goes on after that, whatever happens in the foreground."""
T = TypeVar("T")
_is_free = threading.Event()
_is_free.set()


@contextmanager
def foreground() -> Iterator[None]:
    """For the one thread that draws."""
    _is_free.clear()
    try:
        yield
    finally:
        _is_free.set()


def stand_aside() -> None:
    """Wait while the foreground computes, LONGEST_S at most."""
    if not _is_free.is_set():
        _is_free.wait(LONGEST_S)


def in_background(items: Iterable[T]) -> Iterator[T]:
    """The items, each after standing aside."""
    for item in items:
        stand_aside()
        yield item
