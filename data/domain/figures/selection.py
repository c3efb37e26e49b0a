"""Which cases a figure is asked of: a period of whole local days, filters, and how the answer is divided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

ZONE = "Asia/Jakarta"
_DAY = timedelta(days=1)


class By(StrEnum):
    """By what the answer is divided: one row a name."""

    AGENCY = "agency"
    CATEGORY = "category"
    VILLAGE = "village"
    DISTRICT = "district"
    SOURCE = "source"
    CLASS = "service_class"


class Step(StrEnum):
    """Into what time the answer is divided: one row a day, a week from Monday, or a month."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Bucket(NamedTuple):
    """A part of a period: `first` is the local day on which it begins; start and end are epoch seconds, the end is not
    part of it. A week or month that reaches beyond the period is cut, and `whole` is False."""

    first: date
    start: int
    end: int
    whole: bool
    days: tuple[date, ...]
    """Its local days, of a cut one those within the period."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to before `end`, epoch seconds."""

    start: int
    end: int
    zone: str = ZONE

    def __post_init__(self) -> None:
        """Raises ValueError for one that is empty."""
        if self.end <= self.start:
            raise ValueError("a period ends after its start")

    @classmethod
    def days(cls, first: date, last: date, zone: str = ZONE) -> Period:
        """Whole local days, both included. Raises ValueError when the last is before the first."""
        return cls(_midnight(first, zone), _midnight(last + _DAY, zone), zone)

    @classmethod
    def months(cls, first: str, last: str | None = None, zone: str = ZONE) -> Period:
        """Whole months from '2026-10' to another one, both included. Raises ValueError."""
        begins, ends = (date.fromisoformat(f"{month}-01") for month in (first, last or first))
        return cls.days(begins, _next_month(ends) - _DAY, zone)

    @property
    def first(self) -> date:
        """The local day of its start."""
        return datetime.fromtimestamp(self.start, ZoneInfo(self.zone)).date()

    @property
    def last(self) -> date:
        """The local day of its last second."""
        return datetime.fromtimestamp(self.end - 1, ZoneInfo(self.zone)).date()

    def buckets(self, step: Step) -> tuple[Bucket, ...]:
        """Its days, weeks or months in order: none is missing."""
        return tuple(self._buckets(step))

    def _buckets(self, step: Step) -> Iterator[Bucket]:
        first_day, last_day = self.first, self.last
        first = _begin(first_day, step)
        while (start := _midnight(first, self.zone)) < self.end:
            following = _next(first, step)
            end = _midnight(following, self.zone)
            whole = self.start <= start and end <= self.end
            days = tuple(first + n * _DAY for n in range((following - first).days))
            inside = tuple(day for day in days if first_day <= day <= last_day)
            yield Bucket(first, max(start, self.start), min(end, self.end), whole, inside)
            first = following


@dataclass(frozen=True, slots=True)
class Filters:
    """Codes that a case must have; an empty set asks nothing. All that are given must hold."""

    agencies: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    villages: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    private: bool | None = None
    """True: private cases only; False: without them; None: all."""

    def by_table(self) -> dict[str, frozenset[str]]:
        """The ones that are given, by the name of their column."""
        tables = {
            "agency": self.agencies,
            "category": self.categories,
            "village": self.villages,
            "district": self.districts,
            "source": self.sources,
            "service_class": self.classes,
        }
        return {name: codes for name, codes in tables.items() if codes}


NO_FILTERS = Filters()


def _midnight(day: date, zone: str) -> int:
    return int(datetime.combine(day, time.min, ZoneInfo(zone)).timestamp())


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _begin(day: date, step: Step) -> date:
    if step is Step.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step is Step.MONTH else day


def _next(first: date, step: Step) -> date:
    return _next_month(first) if step is Step.MONTH else first + timedelta(days=7 if step is Step.WEEK else 1)
