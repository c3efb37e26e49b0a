"""How many resolutions will pass their limit in the next hours or days, and how such forecasts have done.

A forecast is made from what had happened by its moment: of each open case whose limit falls into the window the chance
that it lasts that long, by the pace of its category in the last weeks (Kaplan-Meier), and of those still to come the
same for the last weeks' arrivals, replayed at their weekday and hour. By category, because it sets the limit: by agency
the same forecast was two thirds too high on simulated months.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.domain.figures.flows import counted
from data.domain.figures.statistics import kaplan_meier
from data.domain.figures.values import Expected
from data.domain.figures.view import View
from data.domain.history.columns import NONE, CaseColumns, Flags

DAY_S = 86_400
WEEK_S = 7 * DAY_S
PACE_WEEKS = 12
REPLAYED_WEEKS = 4
ORIGINS = 12
"""So many past forecasts stand beside the present one."""
LEAST_ORIGINS = 6
"""With fewer of them nobody knows how good it is, and it is not shown."""

Floats = NDArray[np.float64]


class PastForecast(NamedTuple):
    """A forecast of the past, beside what came."""

    origin: int
    """The moment of which it is, epoch seconds."""
    expected: float
    came: int
    last: int
    """What came in the window before: the forecast 'as last time'."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Cases that will pass their limit within the window."""

    origin: int
    window_s: int
    expected: float
    past: tuple[PastForecast, ...]
    """Oldest first."""

    @property
    def error(self) -> float | None:
        """Mean absolute error of the past ones in cases; None without any."""
        return _mean([abs(each.expected - each.came) for each in self.past])

    @property
    def error_as_last(self) -> float | None:
        """The same of 'as last time'."""
        return _mean([abs(each.last - each.came) for each in self.past])

    @property
    def bias(self) -> float | None:
        """Mean error in cases: above 0 more were expected than came."""
        return _mean([each.expected - each.came for each in self.past])

    @property
    def is_shown(self) -> bool:
        """Whether it has been better than 'as last time'; else it says nothing and is hidden."""
        mine, last = self.error, self.error_as_last
        return mine is not None and last is not None and mine < last


def forecast(columns: CaseColumns, window_s: int, wanted: Flags | None = None, *, origins: int = ORIGINS) -> Forecast:
    """From the moment of the columns on. wanted: which rows; None: all. Windows of the past follow one another."""
    has_limit = (columns.resolve_due != NONE) & counted(columns.state) & _all(columns, wanted)
    first = int(columns.received[has_limit].min()) if has_limit.any() else columns.at
    cases = _Cases(columns, np.flatnonzero(has_limit & _matters(columns, columns.at - origins * window_s, window_s)))
    moments = [columns.at - n * window_s for n in range(origins, 0, -1)]
    past = [_past(cases, origin, window_s) for origin in moments if origin - PACE_WEEKS * WEEK_S >= first]
    return Forecast(columns.at, window_s, cases.expected(columns.at, window_s), tuple(past))


def _matters(columns: CaseColumns, oldest: int, window_s: int) -> Flags:
    """Which cases a forecast of that origin or a later one looks at: those that set the pace, and those that were open
    in the window before it or later."""
    young = columns.received > max(0, oldest - PACE_WEEKS * WEEK_S)
    open_since: Flags = (columns.finished == NONE) | (columns.finished > max(0, oldest - window_s))
    return young | open_since


def late_within_week(view: View) -> list[Expected]:
    """Cases that will pass their limit in the seven days after the moment of the columns: in the part that holds it."""
    columns, holds = view.columns, (view.starts <= view.columns.at) & (view.columns.at < view.ends)
    found: list[Expected] = []
    for name in range(view.n_keys):
        wanted = view.wanted if view.keys is None else _all(columns, view.wanted) & (view.keys == name)
        of_name = _expected(forecast(columns, WEEK_S, wanted)) if holds.any() else Expected(None, None, 0)
        found += [of_name if now else Expected(None, None, 0) for now in holds.tolist()]
    return found


def _expected(found: Forecast) -> Expected:
    shown = found.is_shown and len(found.past) >= LEAST_ORIGINS
    return Expected(found.expected if shown else None, found.error, len(found.past))


def _past(cases: _Cases, origin: int, window_s: int) -> PastForecast:
    came, last = cases.came(origin, window_s), cases.came(origin - window_s, window_s)
    return PastForecast(origin, cases.expected(origin, window_s), came, last)


def _all(columns: CaseColumns, wanted: Flags | None) -> Flags:
    return np.ones(len(columns), dtype=np.bool_) if wanted is None else wanted


class _Cases:
    """The cases that a forecast looks at."""

    def __init__(self, columns: CaseColumns, rows: NDArray[np.intp]) -> None:
        self.received = columns.received[rows].astype(np.int64)
        self.due = columns.resolve_due[rows].astype(np.int64)
        finished = columns.finished[rows].astype(np.int64)
        self.finished = np.where(finished == NONE, np.iinfo(np.int64).max, finished)
        self.category = columns.category[rows]

    def came(self, origin: int, window_s: int) -> int:
        """How many passed their limit in the window after it."""
        fell_due = (self.due > origin) & (self.due <= origin + window_s)
        return int((fell_due & (self.finished > self.due)).sum())

    def expected(self, origin: int, window_s: int) -> float:
        """How many are expected to, by what had happened until then."""
        pace = self._pace(origin)
        due = (self.due > origin) & (self.due <= origin + window_s)
        running = np.flatnonzero((self.received <= origin) & (self.finished > origin) & due)
        lasts = pace.survival(self.category[running], self.due[running] - self.received[running])
        so_far = pace.survival(self.category[running], origin - self.received[running])
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = np.where(so_far > 0, lasts / so_far, 1.0)
        return float(np.minimum(chance, 1.0).sum()) + self._arriving(origin, window_s, pace)

    def _arriving(self, origin: int, window_s: int, pace: _Pace) -> float:
        """Of the arrivals of the last weeks, at the same weekday and hour: what would fall due within the window."""
        total = 0.0
        for week in range(1, REPLAYED_WEEKS + 1):
            shift = week * WEEK_S
            comes = (self.received + shift > origin) & (self.received + shift <= origin + window_s)
            rows = np.flatnonzero(comes & (self.received <= origin) & (self.due + shift <= origin + window_s))
            total += float(pace.survival(self.category[rows], self.due[rows] - self.received[rows]).sum())
        return total / REPLAYED_WEEKS

    def _pace(self, origin: int) -> _Pace:
        rows = np.flatnonzero((self.received <= origin) & (self.received > origin - PACE_WEEKS * WEEK_S))
        over = self.finished[rows] <= origin
        lasted = np.where(over, self.finished[rows], origin) - self.received[rows]
        return _Pace(self.category[rows], np.maximum(lasted, 0), over)


class _Pace:
    """The Kaplan-Meier curve of each category."""

    def __init__(self, category: NDArray[np.uint16], lasted: NDArray[np.int64], over: Flags) -> None:
        self._curves: dict[int, tuple[NDArray[np.int64], Floats]] = {}
        for code in np.unique(category).tolist():
            curve = kaplan_meier(lasted[category == code], over[category == code])
            steps = np.array([1.0, *curve.survival])
            self._curves[code] = (np.array(curve.times, dtype=np.int64), steps)

    def survival(self, category: NDArray[np.uint16], lasted: NDArray[np.int64]) -> Floats:
        """The share of each one's category that lasts longer; 1 for a category without a history."""
        found = np.ones(len(category))
        for code in np.unique(category).tolist():
            if code in self._curves:
                times, steps = self._curves[code]
                mine = category == code
                found[mine] = steps[np.searchsorted(times, lasted[mine], side="right")]
        return found


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
