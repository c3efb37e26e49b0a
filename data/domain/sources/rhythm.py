"""A source's rhythm: how many records usually come in each hour, and from when on a silence is not chance.

A source counts as silent when, by its last weeks, so long a silence has a probability below SILENT_BELOW. The weight of
an hour is -ln P(no record in it), its surprisal; the weights of a silence are added up. We only know the number of
records of each hour, so its weight is the smaller of two bounds:

- the mean number of records. For independent records (Poisson) the weight is exactly this; records that come in groups
  leave more hours empty, never fewer. This bound decides for a feed of 200 citizens' reports a day.
- -ln of the share of such hours without a record. This bound decides for a file of 500 rows every morning: one import,
  however large, is one hour with records.

Both are estimated for the hour of the week. Where there are few data, they are shrunk towards the same hour of all days
of its kind (working days, days off), of all days, and towards the mean of all hours. When all n hours of a kind had
records, the chance of an empty one is 1 / (n + 1)(n + 2): half of the prior is that the source never misses, the other
half is a uniform chance of missing.

Kinds of days without any record have the weight 0, and so have kinds of days that were never seen: the feed of an
office may be a week old, and no record is expected on a Saturday or a holiday.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

WEEKS = 8
"""The rhythm is learnt from the last weeks, this many."""
SILENT_BELOW = 0.001
LIMIT = -math.log(SILENT_BELOW)
FEWEST_RECORDS, FEWEST_HOURS = 20, 72
"""With less data the rhythm is unknown: three days, and twenty records of which each hour counts up to
MAX_COUNTED_FOR_MINIMUM."""
MAX_COUNTED_FOR_MINIMUM = 10
MAX_COUNTED_FOR_MEAN = 60
"""The most records of one hour that count in a mean: one import does not make a feed a busy one."""
MIN_SILENCE = timedelta(hours=1)
"""The shortest silence, because the exact time of a record within its hour is not known."""
MAX_OUTLIER_SHARE = 0.05
"""Past silences that were not chance are left out of learning, unless they are a larger share of all hours: then the
rhythm has changed."""
MAX_SILENCE = timedelta(weeks=WEEKS)
"""The longest silence that is examined."""
KIND_WEIGHT, WEEKDAY_WEIGHT = 1.0, 4.0
"""How many hours of the wider kind are added to those of the narrower kind."""

_HOUR = timedelta(hours=1)
Slot = tuple[bool, int, int]
"""Day off, weekday, hour of the day."""


@dataclass(slots=True)
class _HourStats:
    """Counts of hours of one kind: all, those with records, and the records."""

    hours: float = 0
    active: float = 0
    records: float = 0

    def add(self, records: int) -> None:
        self.hours += 1
        self.active += records > 0
        self.records += min(records, MAX_COUNTED_FOR_MEAN)

    def shrunk(self, share: float, mean: float, weight: float) -> tuple[float, float]:
        """(share of hours with records, mean of records), shrunk by `weight` hours of a wider kind."""
        whole = self.hours + weight
        return (self.active + weight * share) / whole, (self.records + weight * mean) / whole

    def never_missed(self) -> float:
        """The chance of an empty hour when none was empty so far; 1 when one was."""
        return 1 / ((self.hours + 1) * (self.hours + 2)) if self.active == self.hours else 1.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The weight of each hour of the week, at work and on days off."""

    weights: Mapping[Slot, float]
    means: Mapping[Slot, float]
    """Records expected in each hour."""
    zone: ZoneInfo
    is_off: Callable[[date], bool]

    def weight(self, hour: datetime) -> float:
        """-ln P(nothing comes in this hour)."""
        return self.weights[_slot(hour, self.zone, self.is_off)]

    def mean(self, hour: datetime) -> float:
        """How many records usually come in this hour."""
        return self.means[_slot(hour, self.zone, self.is_off)]

    def silent_at(self, last: datetime, outages: frozenset[datetime] = frozenset()) -> datetime | None:
        """From when on a silence since `last` is not chance; None when it never is.

        outages: hours without a successful contact; they do not count.
        """
        passed = 0.0
        for hour, start, weight in self._since(last, outages):
            steady, rest = weight
            whole = start == hour
            share = (hour + _HOUR - start) / _HOUR
            missing = LIMIT - passed
            if steady * share >= missing:
                return max(start + timedelta(seconds=3600 * missing / steady), last + MIN_SILENCE)
            passed += steady * share + (rest if whole else 0.0)
            if passed >= LIMIT:
                return max(hour + _HOUR, last + MIN_SILENCE)
        return None

    def surprisal(self, last: datetime, now: datetime, outages: frozenset[datetime] = frozenset()) -> float:
        """-ln P(nothing comes from `last` until `now`)."""
        passed = 0.0
        for hour, start, (steady, rest) in self._since(last, outages):
            end = min(hour + _HOUR, now)
            if end <= start:
                break
            passed += steady * ((end - start) / _HOUR)
            passed += rest if start == hour and end == hour + _HOUR else 0.0
        return passed

    def _since(
        self, last: datetime, outages: frozenset[datetime]
    ) -> Iterator[tuple[datetime, datetime, tuple[float, float]]]:
        """(hour, start of the silence in it, (steady weight, rest)).

        The steady part grows with the minutes; it is the weight that the hour before has, too, because what comes in
        every hour comes at any minute. The rest counts only when the hour is over: a file that comes at 7 may come at
        7:50.
        """
        hour = _floor(last)
        before = self.weight(hour - _HOUR)
        for _ in range(int(MAX_SILENCE / _HOUR)):
            weight = self.weight(hour)
            steady = min(weight, before)
            before = weight
            yield hour, max(hour, last), (0.0, 0.0) if hour in outages else (steady, weight - steady)
            hour += _HOUR


def learn(heard: Mapping[datetime, int], zone: ZoneInfo, is_off: Callable[[date], bool]) -> Rhythm | None:
    """The rhythm of a source; None when too little is known.

    heard: number of records by hour of arrival (the hour's first second, UTC), 0 for an hour with a successful contact
    and no record; hours without a contact are missing, and so is the hour that has not ended.
    """
    hours = _until_last(heard)
    if len(hours) < FEWEST_HOURS or sum(min(n, MAX_COUNTED_FOR_MINIMUM) for n in hours.values()) < FEWEST_RECORDS:
        return None
    first = _learn(hours, zone, is_off)
    outliers = [hour for gap in _gaps(hours) if sum(map(first.weight, gap)) >= LIMIT for hour in gap]
    if not outliers or len(outliers) > MAX_OUTLIER_SHARE * len(hours):
        return first
    usual = {hour: n for hour, n in hours.items() if hour not in frozenset(outliers)}
    return _learn(usual, zone, is_off)


def _until_last(heard: Mapping[datetime, int]) -> dict[datetime, int]:
    """In order, without the hours after the last record: a silence is measured by the time before it."""
    hours = dict(sorted(heard.items()))
    last = max((hour for hour, n in hours.items() if n), default=None)
    return {hour: n for hour, n in hours.items() if last is not None and hour <= last}


def _gaps(hours: Mapping[datetime, int]) -> Iterator[list[datetime]]:
    """Consecutive hours without a record."""
    for empty, run in groupby(hours, lambda hour: not hours[hour]):
        if empty:
            yield list(run)


def _learn(hours: Mapping[datetime, int], zone: ZoneInfo, is_off: Callable[[date], bool]) -> Rhythm:
    every, days, kinds, slots = (
        _HourStats(),
        dict[int, _HourStats](),
        dict[tuple[bool, int], _HourStats](),
        dict[Slot, _HourStats](),
    )
    for hour, records in hours.items():
        slot = off, _, at = _slot(hour, zone, is_off)
        for stats in (
            every,
            days.setdefault(at, _HourStats()),
            kinds.setdefault((off, at), _HourStats()),
            slots.setdefault(slot, _HourStats()),
        ):
            stats.add(records)
    found = {slot: _estimate(slot, every, days, kinds, slots) for slot in _all_slots()}
    heard_on = {off for (off, _), stats in kinds.items() if stats.active}
    weights = {slot: weight if slot[0] in heard_on else 0.0 for slot, (weight, _) in found.items()}
    means = {slot: mean for slot, (_, mean) in found.items()}
    return Rhythm(weights, means, zone, is_off)


def _estimate(
    slot: Slot,
    every: _HourStats,
    days: Mapping[int, _HourStats],
    kinds: Mapping[tuple[bool, int], _HourStats],
    slots: Mapping[Slot, _HourStats],
) -> tuple[float, float]:
    """(weight, mean) of an hour of the week."""
    none = _HourStats()
    day, kind = days.get(slot[2], none), kinds.get((slot[0], slot[2]), none)
    share, mean = day.shrunk(every.active / every.hours, every.records / every.hours, KIND_WEIGHT)
    share, mean = kind.shrunk(share, mean, KIND_WEIGHT)
    share, mean = slots.get(slot, none).shrunk(share, mean, WEEKDAY_WEIGHT)
    empty = min(1 - share, kind.never_missed() if kind.hours else 1.0, day.never_missed() if day.hours else 1.0)
    return min(mean, -math.log(max(empty, 1e-12))), mean


def _all_slots() -> Iterator[Slot]:
    return ((off, weekday, hour) for off in (False, True) for weekday in range(7) for hour in range(24))


def _slot(hour: datetime, zone: ZoneInfo, is_off: Callable[[date], bool]) -> Slot:
    local = hour.astimezone(zone)
    return is_off(local.date()), local.weekday(), local.hour


def _floor(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
