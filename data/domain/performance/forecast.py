"""What will breach in the next 24 hours and seven days, and how the same forecasts did in the past.

The forecast is that of the table of figures. Its own errors give the band; it is shown only when 'as last time' is
worse.
"""

from __future__ import annotations

import numpy as np

from data.domain.figures.measures import forecast as figure
from data.domain.history.columns import NONE
from data.domain.performance.answers import Forecast, ForecastRow, PastForecast
from data.domain.performance.frame import Frame, Rows
from data.domain.sla.worktime import moment

WINDOWS_H = (24, 168)
BAND = (0.1, 0.9)


def forecast(frame: Frame) -> Forecast:
    """With what falls due within seven days, by agency, in any case."""
    wanted = frame.view().wanted
    asked = figure.forecasts(frame.columns, [hours * 3600 for hours in WINDOWS_H], wanted)
    found = dict(zip(WINDOWS_H, asked, strict=True))
    weekly = found[WINDOWS_H[-1]]
    is_shown = weekly.is_shown and len(weekly.past) >= figure.LEAST_ORIGINS
    return Forecast(
        rows=tuple(_row(hours, it) for hours, it in found.items()) if is_shown else (),
        past=tuple(PastForecast(moment(it.origin), it.expected, it.came, it.last) for it in weekly.past),
        error=_of_what_came(weekly, weekly.error),
        naive_error=_of_what_came(weekly, weekly.error_as_last),
        due=_due(frame),
    )


def _of_what_came(found: figure.Forecast, error: float | None) -> float | None:
    """A mean error in cases, as a share of what came; None when nothing came."""
    came = sum(it.came for it in found.past)
    return None if error is None or not came else error * len(found.past) / came


def _row(hours: int, found: figure.Forecast) -> ForecastRow:
    low, high = np.quantile([it.came - it.expected for it in found.past], BAND)
    expected = found.expected
    return ForecastRow(hours, expected, max(0.0, expected + float(low)), max(0.0, expected + float(high)))


def _due(frame: Frame) -> dict[str, int]:
    names = frame.columns.names.agency
    counts = np.bincount(frame.columns.agency[due_soon(frame)], minlength=len(names))
    return {code: int(n) for code, n in zip(names, counts, strict=True) if n}


def due_soon(frame: Frame) -> Rows:
    """The rows of the cases that are open and fall due within seven days."""
    c = frame.columns
    is_open = (c.received <= c.at) & ((c.finished == NONE) | (c.finished > c.at))
    soon = (c.resolve_due > c.at) & (c.resolve_due.astype(np.int64) <= c.at + WINDOWS_H[-1] * 3600)
    rows: Rows = np.flatnonzero(is_open & soon & frame.wanted())
    return rows
