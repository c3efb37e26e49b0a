"""The garbage collector, held back while a history is stored.

A delivery of 5,000 records becomes half a million objects that all live until it is stored. The collector walks
through them again and again and finds nothing: a quarter of the whole time. What is dropped meanwhile is freed by
its reference count as ever; cycles wait half a second.
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
    """No garbage collection in this process until the last thread has left; nothing when it is off anyway.

    To be left after what was made has been dropped: whatever lives then, the collector walks through.
    """
    _hold(1)
    try:
        yield
    finally:
        _hold(-1)


@contextmanager
def gc_resumed() -> Iterator[None]:
    """Within `gc_paused`, for a thread that has to wait: as if it had left."""
    mine: int = getattr(_mine, "depth", 0)
    _hold(-mine)
    try:
        yield
    finally:
        _hold(mine)


def _hold(more: int) -> None:
    """This thread holds the collector back so many times more."""
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
