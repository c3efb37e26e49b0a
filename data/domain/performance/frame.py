"""One question with the columns that answer it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.domain.city.model import City
from data.domain.figures.measures.flows import counted
from data.domain.figures.selection import Bucket, By, Filters, Period, Step
from data.domain.figures.view import View, view
from data.domain.history.columns import CaseColumns, Flags
from data.domain.sla.calendars import Calendars

Rows = NDArray[np.intp]
DAYS_MOST, WEEKS_MOST = 14, 60


def _none_silent(first: date) -> Collection[date]:
    return ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What the answers are computed from."""

    columns: CaseColumns
    city: City
    calendars: Calendars
    period: Period
    before: Period | None
    """The period that it is compared with."""
    filters: Filters
    scope: frozenset[str] | None
    """The agencies whose cases the reader may see; None: all."""
    silent_days: Callable[[date], Collection[date]] = _none_silent
    """The local days, from this one on, on which no source of these cases was heard."""

    @property
    def question(self) -> Hashable:
        """Equal for frames that ask the same of their columns."""
        return self.columns.seq, self.columns.at, self.period, self.before, self.filters, self.scope

    def view(self, by: By | None = None, step: Step | None = None, period: Period | None = None) -> View:
        """The figures' view of this question, or of the same question of another period."""
        within = period or self.period
        return view(self.columns, within, self.filters, by, step, no_answers_from=self.city.no_answers_from)

    def everywhere(self, period: Period | None = None, by: By | None = None) -> View:
        """All agencies with the other filters: what an agency is compared with.

        A reader who sees some agencies only is not compared with the private cases of the others: a count of one would
        tell of it.
        """
        filters = replace(self.filters, agencies=frozenset())
        whole = view(self.columns, period or self.period, filters, by, None, no_answers_from=self.city.no_answers_from)
        if self.scope is None:
            return whole
        c = self.columns
        shown = ~c.private | np.isin(c.agency, c.names.codes("agency", self.scope))
        return replace(whole, wanted=shown if whole.wanted is None else whole.wanted & shown, computed={})

    @property
    def by(self) -> By:
        """How groups are told apart: agencies; within one the categories; within one of these the villages."""
        if len(self.filters.agencies) != 1 and len(self.city.agencies) > 1:
            return By.AGENCY
        return By.VILLAGE if self.filters.categories else By.CATEGORY

    @property
    def step(self) -> Step:
        """Into what the period is divided: no more than about sixty parts."""
        days = (self.period.last - self.period.first).days + 1
        return Step.DAY if days <= DAYS_MOST else Step.WEEK if days <= WEEKS_MOST * 7 else Step.MONTH

    def wanted(self) -> Flags:
        """Per row: the filters want it, and it is neither rejected nor merged."""
        flags = counted(self.columns.state)
        chosen = self.view().wanted
        return flags if chosen is None else flags & chosen

    def heard(self) -> Callable[[Bucket, int], int | None]:
        """What a count of a part of the time tells: 0 of days on which no source was heard, or before the first case
        that is known at all, is no data."""
        received = self.columns.received
        first = int(received.min()) if len(received) else self.columns.at + 1

        def told(bucket: Bucket, n: int) -> int | None:
            if n:
                return n
            silent = bucket.end <= first or all(day in self.silent_days(bucket.days[0]) for day in bucket.days)
            return None if silent else 0

        return told

    def received(self, period: Period | None = None) -> Rows:
        """The rows of cases that came in the period."""
        within, moments = period or self.period, self.columns.received
        rows: Rows = np.flatnonzero(self.wanted() & (moments >= within.start) & (moments < within.end))
        return rows

    def local(self, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Weekday (0 Monday) and hour of the receipts, by the zone's offset at the period's start."""
        zone = ZoneInfo(self.period.zone)
        offset = datetime.fromtimestamp(self.period.start, zone).utcoffset()
        seconds = self.columns.received[rows].astype(np.int64) + (int(offset.total_seconds()) if offset else 0)
        days = seconds // 86_400
        return (days + date(1970, 1, 1).weekday()) % 7, seconds % 86_400 // 3_600
