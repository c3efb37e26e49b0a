"""The rhythms of the sources as learnt from their hours, kept in memory and learnt anew now and then.

Walls ask for the sources' health several times a second; eight weeks of hours are read for one source at a time and
at most every FRESH, so that no question waits long. What a process does not know yet it takes for no silence.
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
from data.store.db.intake_schema import source_hour
from data.store.intake.hours import hour_of, of

FRESH = timedelta(minutes=5)
_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Known:
    """What is known of one source, as of `at`."""

    at: datetime
    rhythm: Rhythm | None
    """None: too little is known."""
    unheard: frozenset[datetime]
    """Hours in which it was not asked or did not answer."""
    dues: dict[datetime, datetime | None] = field(default_factory=dict)
    """When a silence since then is none of chance: the last one asked for."""

    def due(self, last: datetime, least_s: float) -> datetime | None:
        """By when it should have been heard again after `last`, never earlier than `least_s` later; None: any time."""
        if self.rhythm is None:
            return None
        if last not in self.dues:
            self.dues = {last: self.rhythm.silent_at(last, self.unheard)}
        found = self.dues[last]
        return found and max(found, last + timedelta(seconds=least_s))


class Rhythms:
    """One for a process; safe to use from many threads."""

    def __init__(self, zone: ZoneInfo, is_off: Callable[[date], bool]) -> None:
        """`is_off`: whether a local day is a day off, when a source of an office has nothing to say."""
        self._zone, self._is_off = zone, is_off
        self._guard = threading.Lock()
        self._known: dict[str, Known] = {}

    def learn_next(self, conn: Connection, names: Sequence[str], now: datetime) -> None:
        """Learn the rhythm of the one source whose knowledge is oldest, if it is older than FRESH."""
        with self._guard:
            ages = {name: abs(now - self._known[name].at) for name in names if name in self._known}
        oldest = max(names, key=lambda name: ages.get(name, timedelta.max), default=None)
        if oldest is not None and ages.get(oldest, timedelta.max) >= FRESH:
            self._learn(conn, oldest, now)

    def known(self, conn: Connection, name: str, now: datetime) -> Known:
        """What is known of a source, learnt now when it was not or too long ago."""
        found = self.kept(name)
        return found if found is not None and abs(now - found.at) < FRESH else self._learn(conn, name, now)

    def kept(self, name: str) -> Known | None:
        """What was learnt of a source last; None when nothing was yet."""
        with self._guard:
            return self._known.get(name)

    def silent_since(
        self, conn: Connection, name: str, last_record: datetime | None, least_s: float, now: datetime
    ) -> datetime | None:
        """By when the source should have been heard and was not; None while its silence may be chance.

        last_record: when it last brought a new record. News of known cases and unreadable records break a silence, too.
        """
        found = self.kept(name)
        if found is None or last_record is None:
            return None
        due = found.due(last_record, least_s)
        if due is None or due > now:
            return None
        heard = last_heard(conn, name, last_record, now)
        due = found.due(heard, least_s) if heard > last_record else due
        return due if due is not None and due <= now else None

    def _learn(self, conn: Connection, name: str, now: datetime) -> Known:
        rows = of(conn, name, now - timedelta(weeks=WEEKS))
        heard, unheard = split(rows, now)
        found = Known(now, learn(heard, self._zone, self._is_off), unheard)
        with self._guard:
            self._known[name] = found
        return found


def split(rows: Sequence[Hour], now: datetime) -> tuple[dict[datetime, int], frozenset[datetime]]:
    """(records by hour, 0 where there were none; hours in which it could not be heard), both up to the present hour.

    rows: the source's hours, oldest first. Before the first of them nobody listened.
    """
    by_hour = {row.hour: row for row in rows}
    heard, unheard = dict[datetime, int](), set[datetime]()
    hour, end = (rows[0].hour if rows else now), hour_of(now)
    while hour < end:
        row = by_hour.get(hour)
        if row is not None and (row.fetches or row.heard):
            heard[hour] = row.heard
        else:
            unheard.add(hour)
        hour += _HOUR
    return heard, frozenset(unheard)


def last_heard(conn: Connection, name: str, last_record: datetime, now: datetime) -> datetime:
    """When the source last brought anything, to the end of the hour at the latest; `last_record` if nothing since."""
    counts = source_hour.c.delivered + source_hour.c.updated + source_hour.c.rejected
    asked = (source_hour.c.source == name) & (source_hour.c.hour > last_record) & (counts > 0)
    hour: datetime | None = conn.execute(select(func.max(source_hour.c.hour)).where(asked)).scalar_one()
    return last_record if hour is None else min(hour + _HOUR, now)
