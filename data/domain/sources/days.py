"""A source's last days, one value a day: what it delivered, when it was late, when it was silent."""

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
    """The counts of one source in one hour; hours in which nothing happened have no row."""

    hour: datetime
    """Its first second, UTC."""
    delivered: int
    """Records of cases not known before."""
    updated: int
    """Records that changed a known case."""
    rejected: int
    """Records that were rejected, each counted once however often it comes."""
    fetches: int
    """Successful contacts: each delivery and each fetch without a record; of our Open311 server each heartbeat."""
    failures: int

    @property
    def heard(self) -> int:
        """Records of any kind: a source that sends only unreadable records is not silent."""
        return self.delivered + self.updated + self.rejected


class HourStatus(NamedTuple):
    """An hour, and whether the source was late or silent in it."""

    row: Hour
    late: bool
    """There was no successful contact for longer than expected."""
    silent: bool
    """It answered without records for so long that this is no longer chance (see `rhythm`)."""


@dataclass(slots=True)
class Day:
    """A local day of a source; `known` is False for days before its first known hour."""

    day: date
    known: bool = False
    delivered: int = 0
    updated: int = 0
    rejected: int = 0
    failures: int = 0
    late_h: int = 0
    silent_h: int = 0
    hours: dict[int, HourStatus] = field(default_factory=dict)
    """By hour of the local day."""

    def add(self, hour_statuses: HourStatus, hour: int) -> None:
        row = hour_statuses.row
        self.known = True
        self.hours[hour] = hour_statuses
        self.delivered += row.delivered
        self.updated += row.updated
        self.rejected += row.rejected
        self.failures += row.failures
        self.late_h += hour_statuses.late
        self.silent_h += hour_statuses.silent


def days_of(rows: Sequence[Hour], now: datetime, zone: ZoneInfo, count: int, **how: object) -> list[Day]:
    """The last `count` local days, today last; rows: hours, oldest first. `how`: see `hour_statuses`."""
    today = now.astimezone(zone).date()
    days = {day: Day(day) for n in reversed(range(count)) if (day := today - timedelta(days=n))}
    for each in hour_statuses(rows, now, **how):  # type: ignore[arg-type]
        local = each.row.hour.astimezone(zone)
        if local.date() in days:
            days[local.date()].add(each, local.hour)
    return list(days.values())


def unheard_days(rows: Sequence[Hour], now: datetime, zone: ZoneInfo, **how: object) -> dict[date, bool]:
    """Every known local day until now, and whether the source was late or silent in all of its hours that have ended.

    `how`: see `hour_statuses`.
    """
    found: dict[date, bool] = {}
    for each in hour_statuses(rows, now, **how):  # type: ignore[arg-type]
        if each.row.hour + _HOUR <= now:
            day = each.row.hour.astimezone(zone).date()
            found[day] = found.get(day, True) and (each.late or each.silent)
    return found


def hour_statuses(
    rows: Sequence[Hour], now: datetime, *, rhythm: Rhythm | None = None, expected_s: float = HOUR_S
) -> Iterator[HourStatus]:
    """Every hour from the first row until now, hours without a row included.

    rhythm: None when it is unknown, then no hour is silent. The present hour is neither late nor silent, because it has
    not ended.
    """
    if not rows:
        return
    by_hour = {row.hour: row for row in rows}
    hour, late_after_h = rows[0].hour, max(1.0, expected_s / HOUR_S)
    unanswered, surprisal = 0, 0.0
    while hour <= now:
        row = by_hour.get(hour) or Hour(hour, 0, 0, 0, 0, 0)
        ended = hour + _HOUR <= now
        answered = bool(row.fetches or row.heard)
        unanswered = 0 if answered else unanswered + 1
        if row.heard:
            surprisal = 0.0
        elif answered and rhythm is not None:
            surprisal += rhythm.weight(hour)
        yield HourStatus(row, ended and unanswered >= late_after_h, ended and answered and surprisal >= LIMIT)
        hour += _HOUR
