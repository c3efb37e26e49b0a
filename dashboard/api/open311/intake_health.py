"""The health of what is brought to us: the Open311 door is a source like any other, heard of by its beat."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from dashboard.api.open311.intake import NAME
from data.store.db.engine import Engine, writing
from data.store.intake import hours
from data.store.intake.sources import succeeded

BEAT_S = 10.0


class Arrivals:
    """Counts reports as they come and writes them down every few seconds: one row less in every POST."""

    def __init__(self, engine: Engine, also: Callable[[datetime], None] | None = None) -> None:
        """`also`: what else is written down at every beat."""
        self._engine, self._also = engine, also
        self._guard = threading.Lock()
        self._count = 0
        self._newest: datetime | None = None

    def note(self, now: datetime) -> None:
        """A report was stored."""
        with self._guard:
            self._count += 1
            self._newest = now

    def beat(self, now: datetime) -> None:
        """Write down that the door is open, and what came through it. Raises StoreDown; then nothing is forgotten."""
        with self._guard:
            count, newest = self._count, self._newest
        with writing(self._engine) as conn:
            succeeded(conn, NAME, now, records=count, newest=newest if count else None)
            hours.count(conn, NAME, now, delivered=count, fetches=1)
        with self._guard:
            self._count -= count
        if self._also is not None:
            self._also(now)
