"""A source's last days, one value a day: what it delivered, when it could not be heard, when it was silent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from data.domain.sources.rhythm import LIMIT, Rhythm

_HOUR = timedelta(hours=1)
HOUR_S = 3600


class Hour(NamedTuple):
    """One hour of one source; hours in which nothing at all happened have no row."""

    hour: datetime
    """Its first second, UTC."""
    delivered: int
    """Records of cases not known before."""
    updated: int
    """News of cases known already."""
    rejected: int
    """Records kept as unreadable, each counted once however often it comes."""
    fetches: int
    """Answers: each delivery, each fetch that brought nothing; of the Open311 server each beat."""
    failures: int

    @property
    def heard(self) -> int:
        """Records of any kind: a source that sends only rubbish is not silent."""
        return self.delivered + self.updated + self.rejected


class Judged(NamedTuple):
    """An hour as it is drawn."""

    row: Hour
    late: bool
    """It was not asked, or did not answer, for longer than expected."""
    silent: bool
    """It answered, and so long a silence was no chance any more."""


@dataclass(slots=True)
class Day:
    """A local day of a source. Before the first hour known of it: `known` is False."""

    day: date
    known: bool = False
    delivered: int = 0
    updated: int = 0
    rejected: int = 0
    failures: int = 0
    late_h: int = 0
    silent_h: int = 0
    hours: dict[int, Judged] = field(default_factory=dict)
    """By hour of the local day."""

    def add(self, judged: Judged, hour: int) -> None:
        """One hour more."""
        row = judged.row
        self.known = True
        self.hours[hour] = judged
        self.delivered += row.delivered
        self.updated += row.updated
        self.rejected += row.rejected
        self.failures += row.failures
        self.late_h += judged.late
        self.silent_h += judged.silent


def days_of(rows: Sequence[Hour], now: datetime, zone: ZoneInfo, count: int, **how: object) -> list[Day]:
    """The last `count` local days, today last; rows: hours, oldest first. `how`: see `judged`."""
    today = now.astimezone(zone).date()
    days = {day: Day(day) for n in reversed(range(count)) if (day := today - timedelta(days=n))}
    for each in judged(rows, now, **how):  # type: ignore[arg-type]
        local = each.row.hour.astimezone(zone)
        if local.date() in days:
            days[local.date()].add(each, local.hour)
    return list(days.values())


def judged(
    rows: Sequence[Hour], now: datetime, *, rhythm: Rhythm | None = None, expected_s: float = HOUR_S
) -> Iterator[Judged]:
    """Every hour from the first row on until now, those without a row included.

    rhythm: None when nothing is known of it, then no hour is silent. The present hour is neither late nor silent: it
    has not ended.
    """
    if not rows:
        return
    by_hour = {row.hour: row for row in rows}
    hour, patience = rows[0].hour, max(1.0, expected_s / HOUR_S)
    unanswered, surprise = 0, 0.0
    while hour <= now:
        row = by_hour.get(hour) or Hour(hour, 0, 0, 0, 0, 0)
        ended = hour + _HOUR <= now
        answered = bool(row.fetches or row.heard)
        unanswered = 0 if answered else unanswered + 1
        if row.heard:
            surprise = 0.0
        elif answered and rhythm is not None:
            surprise += rhythm.weight(hour)
        yield Judged(row, ended and unanswered >= patience, ended and answered and surprise >= LIMIT)
        hour += _HOUR
