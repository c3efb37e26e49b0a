"""The local days on which no source was heard: their counts are 'no data' and not 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from data.domain.sources.days import Hour, unheard_days
from data.domain.sources.rhythm import Rhythm
from data.store.db.schema.intake import source_hour
from data.store.intake import hours


def silent_days(
    conn: Connection,
    expected_s: Mapping[str, float],
    first: date,
    now: datetime,
    zone: ZoneInfo,
    *,
    rhythms: Mapping[str, Rhythm | None] | None = None,
) -> frozenset[date]:
    """The days from `first` until now on which every source of these that was known by then was late or silent.

    expected_s: the longest time between two contacts, by source. rhythms: without them no source counts as silent while
    it responds. A day before any source was known is not among them: nobody knows.
    """
    start = datetime.combine(first, time.min, zone)
    unheard: dict[date, bool] = {}
    for name, seconds in expected_s.items():
        rows = _hours_around(conn, name, start)
        rhythm = None if rhythms is None else rhythms.get(name)
        for day, silent in unheard_days(rows, now, zone, rhythm=rhythm, expected_s=seconds).items():
            unheard[day] = unheard.get(day, True) and silent
    return frozenset(day for day, silent in unheard.items() if silent and day >= first)


def _hours_around(conn: Connection, name: str, start: datetime) -> Sequence[Hour]:
    """From the last hour before the start that is known, so that a source that had gone silent before is not new."""
    before = (source_hour.c.source == name) & (source_hour.c.hour < start - timedelta(hours=1))
    last: datetime | None = conn.execute(select(func.max(source_hour.c.hour)).where(before)).scalar_one()
    return hours.of(conn, name, start if last is None else last)
