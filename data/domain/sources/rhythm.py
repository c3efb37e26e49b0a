"""A source's rhythm: from when something came by the hour, since when a silence is no longer chance.

A source counts as silent when, by its own last weeks, so long a silence had a probability under SILENT_BELOW.
The weight of an hour is -ln P(nothing comes in it); weights add up over a silence. Of each hour we know only how
many records came, so its weight is the smaller of two bounds:

- the mean number of records. Were they independent (Poisson), it would be exactly this; records that come in heaps
  leave more hours empty than that, never fewer. A feed of 200 citizens' reports a day lives by this bound.
- -ln of the share of such hours in which nothing came. A file of 500 rows every morning lives by this bound: one
  import, however big, is one hour in which something came.

Both are estimated for the hour of the week and shrunk, as far as data are few, towards the same hour of all days of
its kind (working days, days off), of all days, and the mean of all hours. Of n hours of a kind that all brought
something the chance of an empty one is 1 / (n + 1)(n + 2): half of the belief is that the source never misses, the
other half that it does with a chance of which nothing is known.

Days off on which nothing ever came weigh nothing, and so do days of a kind that was never seen: an office's feed may
be a week old and is awaited on no Saturday and no holiday.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

WEEKS = 8
"""So far back the rhythm is learnt."""
SILENT_BELOW = 0.001
LIMIT = -math.log(SILENT_BELOW)
FEWEST_RECORDS, FEWEST_HOURS = 20, 72
"""With less nothing is known of a rhythm: three days, twenty records (a heap in one hour counts up to HEAP)."""
HEAP = 10
FULLEST = 60
"""No hour counts more records than these towards a mean: one import does not make a feed a busy one."""
LEAST = timedelta(hours=1)
"""No silence is shorter: within its hour we do not know when a record came."""
STRANGE_MOST = 0.05
"""Past silences that were no chance teach nothing, unless they are a larger share: then the rhythm has changed."""
FARTHEST = timedelta(weeks=WEEKS)
"""A silence that is no surprise for so long never is."""
KIND_WEIGHT, WEEKDAY_WEIGHT = 1.0, 4.0
"""So many hours of the wider kind count beside those of the narrower."""

_HOUR = timedelta(hours=1)
Slot = tuple[bool, int, int]
"""Day off, weekday, hour of the day."""


@dataclass(slots=True)
class _Seen:
    """Hours of a kind: how many, how many brought something, how many records."""

    hours: float = 0
    active: float = 0
    records: float = 0

    def add(self, records: int) -> None:
        self.hours += 1
        self.active += records > 0
        self.records += min(records, FULLEST)

    def shrunk(self, share: float, mean: float, weight: float) -> tuple[float, float]:
        """(share of hours that brought something, mean of records) together with `weight` hours of a wider kind."""
        whole = self.hours + weight
        return (self.active + weight * share) / whole, (self.records + weight * mean) / whole

    def never_missed(self) -> float:
        """The chance of an empty hour where there was none yet; 1 where there was one."""
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

    def silent_at(self, last: datetime, unheard: frozenset[datetime] = frozenset()) -> datetime | None:
        """From when on a silence since `last` is no chance; None when it never is.

        unheard: hours in which the source could not be heard; nothing is to be concluded from them.
        """
        passed = 0.0
        for hour, start, weight in self._since(last, unheard):
            steady, rest = weight
            whole = start == hour
            share = (hour + _HOUR - start) / _HOUR
            missing = LIMIT - passed
            if steady * share >= missing:
                return max(start + timedelta(seconds=3600 * missing / steady), last + LEAST)
            passed += steady * share + (rest if whole else 0.0)
            if passed >= LIMIT:
                return max(hour + _HOUR, last + LEAST)
        return None

    def surprise(self, last: datetime, now: datetime, unheard: frozenset[datetime] = frozenset()) -> float:
        """-ln P(nothing comes from `last` until `now`)."""
        passed = 0.0
        for hour, start, (steady, rest) in self._since(last, unheard):
            end = min(hour + _HOUR, now)
            if end <= start:
                break
            passed += steady * ((end - start) / _HOUR)
            passed += rest if start == hour and end == hour + _HOUR else 0.0
        return passed

    def _since(
        self, last: datetime, unheard: frozenset[datetime]
    ) -> Iterator[tuple[datetime, datetime, tuple[float, float]]]:
        """(hour, when the silence starts in it, weight): of the weight one part passes with the minutes.

        That is as much as the hour before has, too: what comes at all hours comes at any minute. The rest is known
        to be missing only when the hour is over: a file that comes at 7 may come at 7:50.
        """
        hour = _floor(last)
        before = self.weight(hour - _HOUR)
        for _ in range(int(FARTHEST / _HOUR)):
            weight = self.weight(hour)
            steady = min(weight, before)
            before = weight
            yield hour, max(hour, last), (0.0, 0.0) if hour in unheard else (steady, weight - steady)
            hour += _HOUR


def learn(heard: Mapping[datetime, int], zone: ZoneInfo, is_off: Callable[[date], bool]) -> Rhythm | None:
    """The rhythm of a source; None when too little is known.

    heard: records by the hour (its first second, UTC) of arrival, 0 of an hour in which the source was asked and
    brought nothing; hours in which it could not be heard are missing, and so is the hour that has not ended.
    """
    hours = _until_last(heard)
    if len(hours) < FEWEST_HOURS or sum(min(n, HEAP) for n in hours.values()) < FEWEST_RECORDS:
        return None
    first = _learn(hours, zone, is_off)
    strange = [hour for gap in _gaps(hours) if sum(map(first.weight, gap)) >= LIMIT for hour in gap]
    if not strange or len(strange) > STRANGE_MOST * len(hours):
        return first
    usual = {hour: n for hour, n in hours.items() if hour not in frozenset(strange)}
    return _learn(usual, zone, is_off)


def _until_last(heard: Mapping[datetime, int]) -> dict[datetime, int]:
    """In order, without the hours since something came last: a silence is judged by what was before it."""
    hours = dict(sorted(heard.items()))
    last = max((hour for hour, n in hours.items() if n), default=None)
    return {hour: n for hour, n in hours.items() if last is not None and hour <= last}


def _gaps(hours: Mapping[datetime, int]) -> Iterator[list[datetime]]:
    """Hours in a row in which nothing came."""
    for empty, run in groupby(hours, lambda hour: not hours[hour]):
        if empty:
            yield list(run)


def _learn(hours: Mapping[datetime, int], zone: ZoneInfo, is_off: Callable[[date], bool]) -> Rhythm:
    every, days, kinds, slots = _Seen(), dict[int, _Seen](), dict[tuple[bool, int], _Seen](), dict[Slot, _Seen]()
    for hour, records in hours.items():
        slot = off, _, at = _slot(hour, zone, is_off)
        for seen in (
            every,
            days.setdefault(at, _Seen()),
            kinds.setdefault((off, at), _Seen()),
            slots.setdefault(slot, _Seen()),
        ):
            seen.add(records)
    found = {slot: _judge(slot, every, days, kinds, slots) for slot in _all_slots()}
    heard_on = {off for (off, _), seen in kinds.items() if seen.active}
    weights = {slot: weight if slot[0] in heard_on else 0.0 for slot, (weight, _) in found.items()}
    means = {slot: mean for slot, (_, mean) in found.items()}
    return Rhythm(weights, means, zone, is_off)


def _judge(
    slot: Slot,
    every: _Seen,
    days: Mapping[int, _Seen],
    kinds: Mapping[tuple[bool, int], _Seen],
    slots: Mapping[Slot, _Seen],
) -> tuple[float, float]:
    """(weight, mean) of an hour of the week."""
    none = _Seen()
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
