"""What will breach: open cases by how cases of their category have lasted, and as many new ones as lately.

A case breaches when it has no resolution at its due moment. The same forecast is made for moments in the past, and
what came is set beside it: its errors give the band, and it is shown only when 'as last time' is worse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.domain.figures.statistics import Curve, kaplan_meier
from data.domain.history.columns import NONE
from data.domain.performance.answers import Forecast, ForecastRow, PastForecast
from data.domain.performance.frame import Frame, Rows
from data.domain.sla.worktime import moment

DAY_S = 86_400
WINDOWS_H = (24, 168)
LEARN_S = 84 * DAY_S
"""How far back the lasting of cases is learnt from."""
ARRIVALS_S = 28 * DAY_S
"""The arrivals of so many days are expected again."""
ORIGINS, LEAST_ORIGINS = 12, 6
LOOKS_BACK_S = (ORIGINS + 1) * 7 * DAY_S + LEARN_S
BAND = (0.1, 0.9)

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Cases:
    """The wanted cases that have a due moment, as whole numbers."""

    rows: Rows
    received: Ints
    finished: Ints
    """Never for what is open."""
    due: Ints
    category: Ints


_NEVER = 2**33


def forecast(frame: Frame) -> Forecast:
    """For the next 24 hours and seven days."""
    cases, at = _cases(frame), frame.columns.at
    past = _past(cases, at)
    weekly = past[WINDOWS_H[-1]]
    error, naive = _error(weekly, naive=False), _error(weekly, naive=True)
    better = len(weekly) >= LEAST_ORIGINS and error is not None and naive is not None and error < naive
    curves = _curves(cases, at) if better else {}
    rows = tuple(_row(_expected(cases, at, hours, curves), hours, past[hours]) for hours in WINDOWS_H if better)
    return Forecast(rows, tuple(weekly), error, naive, _due(frame, cases, at))


def _cases(frame: Frame) -> _Cases:
    c = frame.columns
    since = max(0, c.at - LOOKS_BACK_S)
    of_then = (c.received >= since) | (c.finished >= since) | (c.finished == NONE)
    rows = np.flatnonzero(of_then & (c.resolve_due != NONE) & frame.wanted())
    finished = np.where(c.finished[rows] == NONE, _NEVER, c.finished[rows].astype(np.int64))
    return _Cases(
        rows,
        c.received[rows].astype(np.int64),
        finished,
        c.resolve_due[rows].astype(np.int64),
        c.category[rows].astype(np.int64),
    )


def _past(cases: _Cases, now: int) -> dict[int, list[PastForecast]]:
    """By window: of earlier moments, oldest first, of which enough before is known."""
    found: dict[int, list[PastForecast]] = {hours: [] for hours in WINDOWS_H}
    begun = int(cases.received.min()) if len(cases.rows) else now
    for n in range(ORIGINS, 0, -1):
        at = now - n * 7 * DAY_S
        if begun <= at - ARRIVALS_S:
            curves = _curves(cases, at)
            for hours, past in found.items():
                came, naive = (_came(cases, since, hours * 3600) for since in (at, at - hours * 3600))
                past.append(PastForecast(moment(at), _expected(cases, at, hours, curves), came, naive))
    return found


def _came(cases: _Cases, at: int, window: int) -> int:
    """How many breached within the window."""
    return int(((cases.due > at) & (cases.due <= at + window) & (cases.finished > cases.due)).sum())


def _expected(cases: _Cases, at: int, hours: int, curves: dict[int, Curve]) -> float:
    window = hours * 3600
    is_open = (cases.received <= at) & (cases.finished > at) & (cases.due > at) & (cases.due <= at + window)
    known = _still_open(cases, np.flatnonzero(is_open), at, curves)
    fresh = np.flatnonzero((cases.received > at - ARRIVALS_S) & (cases.received <= at))
    until_due = cases.due[fresh] - cases.received[fresh]
    chance = _survival(cases.category[fresh], until_due, curves) * np.maximum(0, window - until_due) / ARRIVALS_S
    return float(known.sum() + chance.sum())


def _curves(cases: _Cases, at: int) -> dict[int, Curve]:
    """By category, from the cases of the last weeks as they stood at that moment."""
    some = np.flatnonzero((cases.received > at - LEARN_S) & (cases.received <= at))
    lasted = np.minimum(cases.finished[some], at) - cases.received[some]
    over, category = cases.finished[some] <= at, cases.category[some]
    return {int(code): kaplan_meier(lasted[category == code], over[category == code]) for code in np.unique(category)}


def _still_open(cases: _Cases, rows: Rows, at: int, curves: dict[int, Curve]) -> NDArray[np.float64]:
    """The chance of each open case not to be resolved by its due moment."""
    category, received = cases.category[rows], cases.received[rows]
    by_due = _survival(category, cases.due[rows] - received, curves)
    so_far = _survival(category, at - received, curves)
    with np.errstate(divide="ignore", invalid="ignore"):
        chance: NDArray[np.float64] = np.where(so_far > 0, by_due / so_far, 1.0)
    return chance


def _survival(category: Ints, seconds: Ints, curves: dict[int, Curve]) -> NDArray[np.float64]:
    found = np.ones(len(category))
    for code in np.unique(category):
        curve = curves.get(int(code))
        if curve is not None and curve.times:
            mine = category == code
            steps = np.array([1.0, *curve.survival])
            found[mine] = steps[np.searchsorted(np.array(curve.times), seconds[mine], side="right")]
    return found


def _error(past: list[PastForecast], *, naive: bool) -> float | None:
    """Of what came; None when nothing came."""
    came = sum(it.came for it in past)
    off = sum(abs((it.naive if naive else it.expected) - it.came) for it in past)
    return off / came if came else None


def _row(expected: float, hours: int, past: list[PastForecast]) -> ForecastRow:
    low, high = np.quantile([it.came - it.expected for it in past], BAND)
    return ForecastRow(hours, expected, max(0.0, expected + float(low)), max(0.0, expected + float(high)))


def _due(frame: Frame, cases: _Cases, at: int) -> dict[str, int]:
    open_now = due_rows(cases.received, cases.finished, cases.due, at)
    agencies = frame.columns.agency[cases.rows[open_now]]
    counts = np.bincount(agencies, minlength=len(frame.columns.names.agency))
    return {code: int(n) for code, n in zip(frame.columns.names.agency, counts, strict=True) if n}


def due_rows(received: Ints, finished: Ints, due: Ints, at: int) -> Rows:
    """Places of what is open and falls due within seven days."""
    rows: Rows = np.flatnonzero((received <= at) & (finished > at) & (due > at) & (due <= at + WINDOWS_H[-1] * 3600))
    return rows


def due_soon(frame: Frame) -> Rows:
    """The rows of the cases that are open and fall due within seven days."""
    cases = _cases(frame)
    return cases.rows[due_rows(cases.received, cases.finished, cases.due, frame.columns.at)]
