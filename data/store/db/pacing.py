"""Long work in short transactions, with a rest after each: whoever else wants to write waits for one of them at most,
and none begins while somebody waits for an answer or a drawing (`data.foreground`).

The rest is needed because SQLite's file lock has no queue between processes: a waiting writer only tries ten times a
second. Within a process the queue is fair.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from data.foreground import stand_aside
from data.store.db.engine import writing

REST_FACTOR = 3
"""A rest is this many times as long as the transaction before it."""
LONGEST_TRY_S = 0.1
"""Between two tries of a writer of another process, which waits for SQLite's lock."""


@contextmanager
def writing_then_resting(engine: Engine, stop: threading.Event, least_s: float = 0.0) -> Iterator[Connection]:
    """As `writing`, after standing aside; afterwards it rests, at least `least_s` seconds or until `stop` is set."""
    stand_aside()
    with writing(engine) as conn:
        began = time.monotonic()
        yield conn
    stop.wait(max(least_s, REST_FACTOR * (time.monotonic() - began)))


class Pacer:
    """Rests between many small transactions that follow one another closely."""

    def __init__(self, stop: threading.Event | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._stop, self._monotonic = stop or threading.Event(), monotonic
        self._began = monotonic()

    def step(self) -> None:
        """Call it outside of a transaction: rests when the last rest is LONGEST_TRY_S ago."""
        if self._monotonic() - self._began >= LONGEST_TRY_S:
            self._stop.wait(LONGEST_TRY_S)
            self._began = self._monotonic()
