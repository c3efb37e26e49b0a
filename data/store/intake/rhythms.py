"""The rhythms of the sources, learnt from their hours and cached in memory.

Walls ask for the sources' health several times a second. Eight weeks of hours are read for one source at a time, each
at most every FRESH, so that no query takes long. A source whose rhythm is not learnt yet does not count as silent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from data.domain.sources.days import Hour
from data.domain.sources.rhythm import WEEKS, Rhythm, learn
from data.store.db.schema.intake import source_hour
from data.store.intake.hours import hour_of, of

FRESH = timedelta(minutes=5)
_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class SourceRhythm:
    """The rhythm of one source, learnt at `at`."""

    at: datetime
    rhythm: Rhythm | None
    """None: there are too few data."""
    outages: frozenset[datetime]
    """Hours without a successful contact."""
    dues: dict[datetime, datetime | None] = field(default_factory=dict)
    """By the last record: when a silence since then is not chance. Holds the last question only."""

    def due(self, last: datetime, least_s: float) -> datetime | None:
        """By when the next record is expected after `last`, at least `least_s` seconds later; None: unknown."""
        if self.rhythm is None:
            return None
        if last not in self.dues:
            self.dues = {last: self.rhythm.silent_at(last, self.outages)}
        found = self.dues[last]
        return found and max(found, last + timedelta(seconds=least_s))


class Rhythms:
    """One for a process; safe to use from many threads."""

    def __init__(self, zone: ZoneInfo, is_off: Callable[[date], bool]) -> None:
        """is_off: whether a local day is a day off, on which sources of offices deliver nothing."""
        self._zone, self._is_off = zone, is_off
        self._guard = threading.Lock()
        self._known: dict[str, SourceRhythm] = {}

    def learn_next(self, conn: Connection, names: Sequence[str], now: datetime) -> None:
        """Learn the rhythm that was learnt longest ago, if that is longer ago than FRESH."""
        with self._guard:
            ages = {name: abs(now - self._known[name].at) for name in names if name in self._known}
        oldest = max(names, key=lambda name: ages.get(name, timedelta.max), default=None)
        if oldest is not None and ages.get(oldest, timedelta.max) >= FRESH:
            self._learn(conn, oldest, now)

    def known(self, conn: Connection, name: str, now: datetime) -> SourceRhythm:
        """The rhythm of a source; learnt now when the cached one is missing or older than FRESH."""
        found = self.cached(name)
        return found if found is not None and abs(now - found.at) < FRESH else self._learn(conn, name, now)

    def cached(self, name: str) -> SourceRhythm | None:
        """The cached rhythm of a source; None when it was not learnt yet."""
        with self._guard:
            return self._known.get(name)

    def silent_since(
        self, conn: Connection, name: str, last_record: datetime | None, least_s: float, now: datetime
    ) -> datetime | None:
        """By when a record of the source was expected and did not come; None while its silence may be chance.

        last_record: when the last new record came. Updates and rejected records also end a silence.
        """
        found = self.cached(name)
        if found is None or last_record is None:
            return None
        due = found.due(last_record, least_s)
        if due is None or due > now:
            return None
        heard = last_arrival(conn, name, last_record, now)
        due = found.due(heard, least_s) if heard > last_record else due
        return due if due is not None and due <= now else None

    def _learn(self, conn: Connection, name: str, now: datetime) -> SourceRhythm:
        rows = of(conn, name, now - timedelta(weeks=WEEKS))
        heard, outages = split_hours(rows, now)
        found = SourceRhythm(now, learn(heard, self._zone, self._is_off), outages)
        with self._guard:
            self._known[name] = found
        return found


def split_hours(rows: Sequence[Hour], now: datetime) -> tuple[dict[datetime, int], frozenset[datetime]]:
    """(number of records by hour, outages: hours without a successful contact), both without the present hour.

    rows: the source's hours, oldest first. Time before the first row does not count.
    """
    by_hour = {row.hour: row for row in rows}
    heard, outages = dict[datetime, int](), set[datetime]()
    hour, end = (rows[0].hour if rows else now), hour_of(now)
    while hour < end:
        row = by_hour.get(hour)
        if row is not None and (row.fetches or row.heard):
            heard[hour] = row.heard
        else:
            outages.add(hour)
        hour += _HOUR
    return heard, frozenset(outages)


def last_arrival(conn: Connection, name: str, last_record: datetime, now: datetime) -> datetime:
    """When the source last delivered anything, known to the hour (its end, at most `now`); else `last_record`."""
    counts = source_hour.c.delivered + source_hour.c.updated + source_hour.c.rejected
    between = (source_hour.c.hour > last_record) & (source_hour.c.hour <= now)  # later ones are a wrong clock's
    asked = (source_hour.c.source == name) & between & (counts > 0)
    hour: datetime | None = conn.execute(select(func.max(source_hour.c.hour)).where(asked)).scalar_one()
    return last_record if hour is None else min(hour + _HOUR, now)
