"""Which backups stay: the last one of each of the last days, weeks and months that have one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Kept(NamedTuple):
    """How many of each."""

    daily: int
    weekly: int
    monthly: int


def staying(taken: Iterable[datetime], kept: Kept, zone: ZoneInfo) -> set[datetime]:
    """Those that stay; the newest always does. A day is a local one, a week begins on Monday."""
    newest_first = sorted(taken, reverse=True)
    stay = set(newest_first[:1])
    periods: tuple[tuple[int, Callable[[date], object]], ...] = (
        (kept.daily, lambda day: day),
        (kept.weekly, lambda day: day.isocalendar()[:2]),
        (kept.monthly, lambda day: (day.year, day.month)),
    )
    for number, period_of in periods:
        last_of: dict[object, datetime] = {}
        for moment in newest_first:
            last_of.setdefault(period_of(moment.astimezone(zone).date()), moment)
        stay.update(list(last_of.values())[:number])
    return stay
