"""Working time: opening hours, holidays, and the arithmetic on them.

A calendar is a table of opening windows over a horizon of days, with the working time before each
window beside it; every answer is a look-up in that table. Moments are aware datetimes or whole epoch
seconds (UTC); the zone only decides where a day begins. A window belongs to the day on which it
starts, so a holiday also closes a night shift that starts on it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from math import floor
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.domain.city.model import CalendarSpec, DayHours

Seconds = NDArray[np.int64]
Window = tuple[int, int]

_DAY = timedelta(days=1)
_DAY_SECONDS = 86400


class HorizonError(ValueError):
    """A moment outside the days that a calendar knows; the text names the calendar, the moment and the days."""


def epoch(at: datetime) -> int:
    """Whole seconds since 1970 UTC, the fraction dropped as in the store. Raises ValueError on a naive one."""
    if at.tzinfo is None:
        raise ValueError(f"naive datetime {at!r}: give it a zone")
    return floor(at.timestamp())


def moment(seconds: int) -> datetime:
    """The aware UTC datetime of whole epoch seconds."""
    return datetime.fromtimestamp(seconds, UTC)


class Calendar:
    """Opening hours from `first` to `last` (local days, both included), immutable once built.

    `holidays` are the days off with their names; the calendar's own dated days are stronger. An `always` calendar
    ignores them and is exact arithmetic without a horizon, except where days are counted.
    """

    def __init__(
        self, spec: CalendarSpec, holidays: Mapping[date, str], zone: ZoneInfo, first: date, last: date
    ) -> None:
        """Build the table; a few milliseconds a decade."""
        self.spec, self.zone, self.first, self.last = spec, zone, first, last
        self.holidays = _days_off(spec, holidays)
        self.since = None if spec.since is None else midnight(spec.since, zone)
        self._horizon = (midnight(first, zone), midnight(last + _DAY, zone))
        self._fill([(day, hours) for day in _days(first, last) if (hours := self._hours(day))])

    def _hours(self, day: date) -> list[Window]:
        """The windows that start on this day, in order."""
        hours = () if self.spec.always else self._local_hours(day)
        if not (hours or self.spec.always):
            return []
        begin, end = midnight(day, self.zone), midnight(day + _DAY, self.zone)
        if self.spec.always:
            return [(begin, end)]
        if end - begin == _DAY_SECONDS and (within := _within(hours)) is not None:
            return [(begin + opens, begin + closes) for opens, closes in within]
        return sorted(_window(day, each, self.zone) for each in hours)

    def _local_hours(self, day: date) -> DayHours:
        if day in self.holidays:
            return ()
        dated = self.spec.days.get(day)
        return self.spec.usual_hours(day) if dated is None or dated.hours is None else dated.hours

    def is_working_day(self, day: date) -> bool:
        """Whether it opens on this local day at all."""
        return self.spec.always or bool(self._local_hours(day))

    def _fill(self, working: list[tuple[date, list[Window]]]) -> None:
        """Build the table as lists (bisect is fastest for one question) and as arrays (for many)."""
        opens = self._horizon[0]  # a calendar that never opens has one window without length
        windows = _joined([w for _, hours in working for w in hours], self._horizon[1]) or [(opens, opens)]
        lengths = [end - start for start, end in windows]
        self._starts, self._ends = [start for start, _ in windows], [end for _, end in windows]
        self._through = list(accumulate(lengths))
        self._before = [through - length for through, length in zip(self._through, lengths, strict=True)]
        self._day_starts = [midnight(day, self.zone) for day, _ in working]
        self._day_closes = [max(end for _, end in hours) for _, hours in working]
        self._many = _Arrays(*(np.array(column, dtype=np.int64) for column in self._columns()))

    def _columns(self) -> tuple[list[int], ...]:
        return (self._starts, self._ends, self._before, self._through, self._day_starts, self._day_closes)

    # One moment at a time, datetimes.

    def is_open(self, at: datetime) -> bool:
        """Whether working time passes at `at`; a window's end is not open."""
        return self._open_at(epoch(at))

    def add(self, start: datetime, seconds: int) -> datetime:
        """The first moment by which `seconds` of working time have passed since `start`.

        On a window's end it is that end, not the next start; 0 seconds is `start`. Raises HorizonError.
        """
        return moment(self.due(epoch(start), seconds))

    def between(self, a: datetime, b: datetime) -> int:
        """Working seconds from `a` to `b`; negative when `b` is earlier. Raises HorizonError."""
        return self.worked(epoch(a), epoch(b))

    def windows(self, a: datetime, b: datetime) -> list[tuple[datetime, datetime]]:
        """The opening windows between `a` and `b`, clipped to them; touching windows are one."""
        return [(moment(start), moment(end)) for start, end in self.spans(epoch(a), epoch(b))]

    def covers(self, at: datetime) -> bool:
        """Whether questions about `at` can be answered."""
        return self.spec.always or self._horizon[0] <= epoch(at) < self._horizon[1]

    # One moment at a time, epoch seconds.

    def worked(self, a: int, b: int) -> int:
        """`between` in epoch seconds."""
        return b - a if self.spec.always else self._up_to(b) - self._up_to(a)

    def due(self, start: int, seconds: int) -> int:
        """`add` in epoch seconds. Raises ValueError for negative `seconds`."""
        if seconds < 0:
            raise ValueError(f"calendar '{self.spec.code}' adds no negative time ({seconds} s)")
        if self.spec.always or seconds == 0:
            return start + seconds
        goal = self._up_to(start) + seconds
        i = bisect_left(self._through, goal)
        if i == len(self._through):
            raise self._beyond(f"{seconds} working seconds after {moment(start)}")
        return self._ends[i] - (self._through[i] - goal)

    def days_after(self, start: int, days: int) -> tuple[int, int]:
        """(midnight that opens the first, close of the last) of `days` working days after the local day of `start`."""
        if days < 1:
            raise ValueError(f"calendar '{self.spec.code}' counts 1 day or more, not {days}")
        self._check(start)
        i = bisect_right(self._day_starts, start)
        if i + days > len(self._day_starts):
            raise self._beyond(f"{days} working days after {moment(start)}")
        return self._day_starts[i], self._day_closes[i + days - 1]

    def spans(self, a: int, b: int) -> list[Window]:
        """`windows` in epoch seconds."""
        if self.spec.always or a >= b:
            return [(a, b)] if a < b else []
        self._check(a)
        self._check(b)
        i, j = bisect_right(self._ends, a), bisect_left(self._starts, b)
        return [(max(a, self._starts[k]), min(b, self._ends[k])) for k in range(i, j)]

    def holidays_between(self, a: int, b: int) -> tuple[str, ...]:
        """Names of the holidays between `a` and `b` (epoch seconds), in order, each once."""
        first = datetime.fromtimestamp(a, self.zone).date()
        last = datetime.fromtimestamp(max(a, b - 1), self.zone).date()
        return tuple(dict.fromkeys(self.holidays[day] for day in _days(first, last) if day in self.holidays))

    def _open_at(self, at: int) -> bool:
        if self.spec.always:
            return True
        self._check(at)
        i = bisect_right(self._starts, at) - 1
        return i >= 0 and at < self._ends[i]

    def _up_to(self, at: int) -> int:
        """Working seconds from the horizon's first moment to `at`."""
        self._check(at)
        i = bisect_right(self._starts, at) - 1
        return 0 if i < 0 else self._before[i] + min(at, self._ends[i]) - self._starts[i]

    def _check(self, at: int) -> None:
        if not self._horizon[0] <= at <= self._horizon[1]:
            raise self._beyond(str(moment(at)))

    def _beyond(self, what: str) -> HorizonError:
        return HorizonError(f"calendar '{self.spec.code}' knows {self.first} to {self.last} only, not {what}")

    # Many at once, int64 arrays of epoch seconds.

    def add_many(self, starts: Seconds, seconds: Seconds | int) -> Seconds:
        """`add` for every row; HorizonError when any row leaves the horizon."""
        length = np.asarray(seconds, dtype=np.int64)
        if (length < 0).any():
            raise ValueError(f"calendar '{self.spec.code}' adds no negative time")
        if self.spec.always or not starts.size:
            return starts + length
        goal = self._up_to_many(starts) + length
        i = np.searchsorted(self._many.through, goal, side="left")
        self._check_rows(starts, (i < len(self._through)) | (length == 0))
        i = np.minimum(i, len(self._through) - 1)
        return np.where(length == 0, starts, self._many.ends[i] - (self._many.through[i] - goal))

    def between_many(self, a: Seconds, b: Seconds) -> Seconds:
        """`between` for every row; HorizonError when any moment is outside the horizon."""
        return b - a if self.spec.always else self._up_to_many(b) - self._up_to_many(a)

    def days_after_many(self, starts: Seconds, days: Seconds) -> tuple[Seconds, Seconds]:
        """`days_after` for every row."""
        self._check_many(starts)
        i = np.searchsorted(self._many.day_starts, starts, side="right")
        self._check_rows(starts, i + days <= len(self._day_starts))
        return self._many.day_starts[i], self._many.day_closes[i + days - 1]

    def covers_many(self, at: Seconds) -> NDArray[np.bool_]:
        """Which rows have an answer."""
        return np.full(at.shape, True) if self.spec.always else (self._horizon[0] <= at) & (at < self._horizon[1])

    def _up_to_many(self, at: Seconds) -> Seconds:
        self._check_many(at)
        i = np.searchsorted(self._many.starts, at, side="right") - 1
        known = np.maximum(i, 0)
        inside = np.minimum(at, self._many.ends[known]) - self._many.starts[known]
        return np.where(i < 0, 0, self._many.before[known] + inside)

    def _check_many(self, at: Seconds) -> None:
        self._check_rows(at, (self._horizon[0] <= at) & (at <= self._horizon[1]))

    def _check_rows(self, at: Seconds, fine: NDArray[np.bool_]) -> None:
        if not fine.all():
            raise self._beyond(f"{moment(int(at[~fine][0]))} and {int((~fine).sum()) - 1} more rows")


@dataclass(frozen=True, slots=True)
class _Arrays:
    """A calendar's table for many questions at once."""

    starts: Seconds
    ends: Seconds
    before: Seconds
    through: Seconds
    day_starts: Seconds
    day_closes: Seconds


def _days_off(spec: CalendarSpec, holidays: Mapping[date, str]) -> dict[date, str]:
    """The holidays without those that the calendar opens, and its own closed days."""
    closed = {day: dated.name for day, dated in spec.days.items() if dated.hours == ()}
    return {day: name for day, name in holidays.items() if day not in spec.days} | closed


def _days(first: date, last: date) -> Iterator[date]:
    return (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))


@lru_cache(maxsize=2**16)
def midnight(day: date, zone: ZoneInfo) -> int:
    """The local midnight that begins the day, epoch seconds."""
    return _local(day, time.min, zone)


def _local(day: date, wall: time, zone: ZoneInfo) -> int:
    """The first moment at which the clocks show it; of a time that they skip, when they were put forward."""
    at = datetime.combine(day, wall, zone)
    shown, skipped = epoch(at), epoch(at.replace(fold=1))
    if skipped >= shown:
        return shown
    offset = datetime.fromtimestamp(skipped, zone).utcoffset()
    seconds = range(skipped, shown + 1)
    return seconds[bisect_left(seconds, True, key=lambda it: datetime.fromtimestamp(it, zone).utcoffset() != offset)]


@lru_cache(maxsize=2**10)
def _within(hours: DayHours) -> tuple[tuple[int, int], ...] | None:
    """The hours in seconds since midnight, in order; None when one reaches into the next day."""
    if any(end <= start for start, end in hours):
        return None
    return tuple(sorted((_seconds(start), _seconds(end)) for start, end in hours))


def _seconds(local: time) -> int:
    return _DAY_SECONDS if local == time.max else local.hour * 3600 + local.minute * 60 + local.second


def _window(day: date, hours: tuple[time, time], zone: ZoneInfo) -> Window:
    """A window's epoch seconds; `time.max`, and an end not after its start, reach into the next day."""
    start, end = hours
    if end == time.max:
        return _local(day, start, zone), midnight(day + _DAY, zone)
    return _local(day, start, zone), _local(day if end > start else day + _DAY, end, zone)


def _joined(windows: list[Window], limit: int) -> list[Window]:
    """Windows in order that neither touch nor overlap, none beyond `limit`."""
    joined: list[Window] = []
    for start, end in sorted(windows):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], min(limit, max(joined[-1][1], end)))
        else:
            joined.append((start, min(end, limit)))
    return joined
