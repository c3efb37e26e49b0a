"""How many reports each key brought today: counted here, written down at every beat of the door, read again at a start.

Nothing is asked of the store by a POST. What came since the last beat is lost when the process is killed; several
processes know of each other's counts a beat late.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data.store.accounts import api_key_usage
from data.store.accounts.api_key_usage import KeyDay
from data.store.db.engine import Engine, reading, writing


class Quotas:
    """Safe to use from many threads."""

    def __init__(self, engine: Engine, timezone: str) -> None:
        self._engine, self._zone = engine, ZoneInfo(timezone)
        self._guard = threading.Lock()
        self._fresh: Counter[KeyDay] = Counter()
        """Not yet written down."""
        self._written: dict[str, int] = {}
        self._day = ""
        """Whose counts `_written` holds."""

    def count(self, name: str, now: datetime) -> None:
        """A report of this key was stored."""
        with self._guard:
            self._fresh[name, self._local(now)] += 1

    def used(self, name: str, now: datetime) -> int:
        """How many came with this key today. Raises StoreDown, at the first question of a day only."""
        day = self._local(now)
        if day != self._day:
            self._read(day)
        with self._guard:
            return self._written.get(name, 0) + self._fresh[name, day]

    def until_tomorrow_s(self, now: datetime) -> int:
        """Seconds to the next local midnight, at least one."""
        local = now.astimezone(self._zone)
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return max(1, int((midnight.astimezone(now.tzinfo) - now).total_seconds()) + 1)

    def beat(self, now: datetime) -> None:
        """Write down what came since the last one. Raises StoreDown; then nothing is forgotten."""
        with self._guard:
            fresh = Counter(self._fresh)
        if fresh:
            with writing(self._engine) as conn:
                api_key_usage.add(conn, fresh)
        with self._guard:
            self._fresh -= fresh
            for (name, day), n in fresh.items():
                if day == self._day:
                    self._written[name] = self._written.get(name, 0) + n
        self._read(self._local(now))

    def _read(self, day: str) -> None:
        with reading(self._engine) as conn:
            written = api_key_usage.of_day(conn, day)
        with self._guard:
            self._day, self._written = day, written

    def _local(self, now: datetime) -> str:
        return now.astimezone(self._zone).date().isoformat()
