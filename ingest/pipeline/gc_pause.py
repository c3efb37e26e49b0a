"""Switches the garbage collector off while a history is stored.

A delivery of 5,000 records needs half a million objects, which all live until it is stored. The collector would scan
them again and again without result, for a quarter of the time. Objects are still freed by their reference counts;
reference cycles wait half a second.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_guard = threading.Lock()
_held_by = 0
_was_on = True
_mine = threading.local()


@contextmanager
def gc_paused() -> Iterator[None]:
    """No garbage collection in this process until the last thread leaves; no effect when it was off before.

    Leave it after the objects were dropped; otherwise the collector scans them then.
    """
    _hold(1)
    try:
        yield
    finally:
        _hold(-1)


@contextmanager
def gc_resumed() -> Iterator[None]:
    """Within `gc_paused`, for a thread that waits: garbage collection is possible as if the thread had left."""
    mine: int = getattr(_mine, "depth", 0)
    _hold(-mine)
    try:
        yield
    finally:
        _hold(mine)


def _hold(more: int) -> None:
    """Change the number of pauses of this thread by `more`, and switch the collector off or on."""
    global _held_by, _was_on
    with _guard:
        if _held_by == 0:
            _was_on = gc.isenabled()
        _held_by += more
        _mine.depth = getattr(_mine, "depth", 0) + more
        if _held_by:
            gc.disable()
        elif _was_on:
            gc.enable()
