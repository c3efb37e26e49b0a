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

from data.domain.figures.measures.flows import counted
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

_BITS = 34
_LONGEST = 2**_BITS - 1
_NEVER = np.iinfo(np.int64).max

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
    return forecasts(columns, (window_s,), wanted, origins=origins)[0]


def forecasts(
    columns: CaseColumns, windows_s: Sequence[int], wanted: Flags | None = None, *, origins: int = ORIGINS
) -> list[Forecast]:
    """One a window."""
    has_limit = columns.resolve_due != NONE
    if wanted is not None:
        has_limit &= wanted
    rows = np.flatnonzero(has_limit)
    rows = rows[counted(columns.state[rows])]
    longest = max(windows_s)
    cases = _Cases(columns, rows[_matters(columns, rows, columns.at - origins * longest, longest)])
    first = int(columns.received[rows].min()) if len(cases.received) else columns.at
    return [_forecast(cases, columns.at, window_s, origins, first) for window_s in windows_s]


def _forecast(cases: _Cases, at: int, window_s: int, origins: int, first: int) -> Forecast:
    """first: the oldest receipt; an origin needs a whole history before it."""
    moments = [at - n * window_s for n in range(origins, 0, -1)]
    past = [_past(cases, origin, window_s) for origin in moments if origin - PACE_WEEKS * WEEK_S >= first]
    return Forecast(at, window_s, cases.expected(at, window_s), tuple(past))


def _matters(columns: CaseColumns, rows: NDArray[np.intp], oldest: int, window_s: int) -> Flags:
    """Which of these a forecast of that origin or a later one looks at: those that set the pace, and those that were
    open in the window before it or later."""
    finished = columns.finished[rows]
    young = columns.received[rows] > max(0, oldest - PACE_WEEKS * WEEK_S)
    open_since: Flags = (finished == NONE) | (finished > max(0, oldest - window_s))
    return young | open_since


def late_within_week(view: View) -> list[Expected]:
    """Cases that will pass their limit in the seven days after the moment of the columns: in the part that holds it."""
    holds = (view.starts <= view.columns.at) & (view.columns.at < view.ends)
    found: list[Expected] = []
    for name in range(view.n_keys):
        of_name = _of_name(view, name) if holds.any() else Expected(None, None, 0)
        found += [of_name if now else Expected(None, None, 0) for now in holds.tolist()]
    return found


def _of_name(view: View, name: int) -> Expected:
    columns = view.columns
    if view.keys is None:
        return view.once("late within week", lambda: _expected(forecast(columns, WEEK_S, view.wanted)))
    return _expected(forecast(columns, WEEK_S, _all(columns, view.wanted) & (view.keys == name)))


def _expected(found: Forecast) -> Expected:
    shown = found.is_shown and len(found.past) >= LEAST_ORIGINS
    return Expected(found.expected if shown else None, found.error, len(found.past))


def _past(cases: _Cases, origin: int, window_s: int) -> PastForecast:
    came, last = cases.came(origin, window_s), cases.came(origin - window_s, window_s)
    return PastForecast(origin, cases.expected(origin, window_s), came, last)


def _all(columns: CaseColumns, wanted: Flags | None) -> Flags:
    return np.ones(len(columns), dtype=np.bool_) if wanted is None else wanted


class _Cases:
    """The cases that a forecast looks at, by receipt."""

    def __init__(self, columns: CaseColumns, rows: NDArray[np.intp]) -> None:
        rows = rows[np.argsort(columns.received[rows], kind="stable")]
        self.received = columns.received[rows].astype(np.int64)
        self.due = columns.resolve_due[rows].astype(np.int64)
        finished = columns.finished[rows].astype(np.int64)
        self.finished = np.where(finished == NONE, _NEVER, finished)
        self.category = columns.category[rows]
        self._durations = _Durations(self.category, self.received, self.finished)

    def came(self, origin: int, window_s: int) -> int:
        """How many passed their limit in the window after it."""
        fell_due = (self.due > origin) & (self.due <= origin + window_s)
        return int((fell_due & (self.finished > self.due)).sum())

    def expected(self, origin: int, window_s: int) -> float:
        """How many are expected to, by what had happened until then."""
        pace = self._durations.pace(origin)
        open_then = np.flatnonzero(self.finished[: self._received_by(origin)] > origin)
        due = self.due[open_then]
        running = open_then[(due > origin) & (due <= origin + window_s)]
        lasts = pace.survival(self.category[running], self.due[running] - self.received[running])
        so_far = pace.survival(self.category[running], origin - self.received[running])
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = np.where(so_far > 0, lasts / so_far, 1.0)
        return float(np.minimum(chance, 1.0).sum()) + self._arriving(origin, window_s, pace)

    def _arriving(self, origin: int, window_s: int, pace: _Pace) -> float:
        """Of the arrivals of the last weeks, at the same weekday and hour: what would fall due within the window."""
        total = 0.0
        for week in range(1, REPLAYED_WEEKS + 1):
            before = origin - week * WEEK_S
            comes = slice(self._received_by(before), self._received_by(min(before + window_s, origin)))
            due = self.due[comes]
            within = due <= before + window_s
            allowed = due[within] - self.received[comes][within]
            total += float(pace.survival(self.category[comes][within], allowed).sum())
        return total / REPLAYED_WEEKS

    def _received_by(self, moment: int) -> int:
        return int(np.searchsorted(self.received, moment, side="right"))


class _Durations:
    """How long cases took, by category and length: what sets the pace of any moment."""

    def __init__(self, category: NDArray[np.uint16], received: Ints, finished: Ints) -> None:
        lasts = np.minimum(finished - received, _LONGEST)
        order = np.argsort(category.astype(np.int64) << _BITS | np.maximum(lasts, 0))
        self._category, self._received, self._finished = category[order], received[order], finished[order]
        self._lasts = np.maximum(lasts[order], 0)

    def pace(self, origin: int) -> _Pace:
        """By those received in the weeks before it, as far as was known then."""
        known = np.flatnonzero((self._received <= origin) & (self._received > origin - PACE_WEEKS * WEEK_S))
        over = self._finished[known] <= origin
        ended, still = known[over], known[~over]
        category = self._category[still].astype(np.int64)
        waits = np.sort(category << _BITS | np.minimum(origin - self._received[still], _LONGEST))
        return _Pace(self._category[ended].astype(np.int64) << _BITS | self._lasts[ended], waits)


class _Pace:
    """The Kaplan-Meier curves of all categories. Keys are in order: category, then seconds in the lowest bits."""

    def __init__(self, ended: Ints, waiting: Ints) -> None:
        """ended: of each case that had ended; waiting: of each that had not, as long as it was seen."""
        self._keys = ended
        codes = ended >> _BITS
        first = np.flatnonzero(np.diff(codes, prepend=-1))
        of_code = np.diff(first, append=len(ended))
        ends = np.repeat(first + of_code, of_code)
        last_waiting = np.repeat(np.searchsorted(waiting, (codes[first] + 1) << _BITS), of_code)
        at_risk = ends - np.arange(len(ended)) + last_waiting - np.searchsorted(waiting, ended)
        factors = (at_risk - 1) / at_risk
        self._survival = np.ones(len(ended))
        for start, n in zip(first.tolist(), of_code.tolist(), strict=True):
            np.cumprod(factors[start : start + n], out=self._survival[start : start + n])

    def survival(self, category: NDArray[np.uint16], lasted: Ints) -> Floats:
        """The share of each one's category that lasts longer; 1 for a category without a history."""
        code = category.astype(np.int64)
        place = np.searchsorted(self._keys, code << _BITS | np.clip(lasted, 0, _LONGEST), side="right") - 1
        found = np.ones(len(code))
        known = np.flatnonzero(place >= 0)
        known = known[self._keys[place[known]] >> _BITS == code[known]]
        found[known] = self._survival[place[known]]
        return found


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
