"""Weeks that are out of the ordinary: an XmR chart of what is left without weekdays, holidays and season.

What a week should bring is the sum of its days, each by its weekday in the weeks before the period; on holidays less,
by as much as past holidays brought less; times the season, where a year before tells it. The limits are those of the
residuals of the same weeks, and stay frozen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.domain.figures.measures import flows
from data.domain.figures.measures.statistics import XmR, xmr
from data.domain.figures.selection import Bucket, Period, Step
from data.domain.history.columns import Flags
from data.domain.performance.answers import Unusual, XmrWeek
from data.domain.performance.frame import Frame
from data.domain.sla.worktime import epoch

BASE_WEEKS, LEAST_BASE = 26, 8
YEAR_WEEKS, SMOOTH = 52, 2
"""The season of a week is taken from so many weeks around the same one a year earlier."""
LEAST_HOLIDAYS = 3
"""With fewer of them a holiday is taken for a Sunday."""
WEEK = 7
_SUNDAY = 6

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Days:
    """Whole weeks, a row each, a column a weekday."""

    weeks: tuple[Bucket, ...]
    counts: Floats
    holiday: Flags
    heard: Flags
    """False: no source was heard that day, or it has not come."""


def unusual(frame: Frame) -> Unusual:
    """The whole weeks of the period against limits from the weeks before it."""
    days = _days(frame)
    totals, ends = days.counts.sum(axis=1), [week.end <= frame.columns.at + 1 for week in days.weeks]
    shown = [n for n, week in enumerate(days.weeks) if week.start >= frame.period.start and ends[n]]
    known = int(np.argmax(totals > 0)) if totals.any() else len(totals)
    first = (shown or [0])[0]
    told: Flags = np.any(days.heard, axis=1)
    base = [n for n in range(max(known + 1, first - BASE_WEEKS), first) if told[n] and ends[n]]
    if len(base) < LEAST_BASE:
        return Unusual((), len(base))
    plain = _of_days(days, base, known)
    season = _season(totals, plain, base[0], known)
    whole = plain * season
    expected = whole * (totals[base].sum() / whole[base].sum() if whole[base].sum() > 0 else 1.0)
    limits = xmr((totals[base] - expected[base]).tolist())
    assert limits is not None
    rows = ((days.weeks[n].first, int(totals[n]) if told[n] else None, float(expected[n])) for n in shown)
    return Unusual(tuple(_week(*row, limits) for row in rows), len(base))


def _days(frame: Frame) -> _Days:
    """From a year before the base until the end of the period, what was received on each day."""
    first, zone = frame.period.first, frame.period.zone
    start = first - timedelta(days=first.weekday() + WEEK * (YEAR_WEEKS + BASE_WEEKS + 2 * SMOOTH))
    last = frame.period.last - timedelta(days=(frame.period.last.weekday() + 1) % WEEK)
    whole = Period.days(start, max(last, start + timedelta(days=WEEK - 1)), zone)
    buckets = whole.buckets(Step.DAY)
    view = frame.view(step=Step.DAY, period=whole)
    counts = np.array([each.n or 0 for each in flows.received(view)], dtype=np.float64)
    quiet = np.flatnonzero(counts == 0)
    silent = frame.silent_days(start) if len(quiet) else ()
    heard: Flags = np.array([bucket.start <= frame.columns.at for bucket in buckets])
    heard[quiet] &= np.array([buckets[n].first not in silent for n in quiet.tolist()], dtype=np.bool_)
    holiday = np.array([_is_holiday(frame, bucket.first) for bucket in buckets])
    shape = (-1, WEEK)
    return _Days(whole.buckets(Step.WEEK), counts.reshape(shape), holiday.reshape(shape), heard.reshape(shape))


def _is_holiday(frame: Frame, day: date) -> bool:
    """Whether the city hall is closed though its weekday is a working day."""
    code = frame.city.legal_calendar
    midnight = epoch(datetime.combine(day, time.min, ZoneInfo(frame.period.zone)))
    calendar = frame.calendars.of(code, received=midnight, stop=None)
    return not calendar.is_working_day(day) and bool(calendar.spec.usual_hours(day))


def _of_days(days: _Days, base: list[int], known: int) -> Floats:
    """What each week brings by its weekdays and holidays alone."""
    usual = days.heard & ~days.holiday
    inside = np.zeros(len(days.counts), dtype=np.bool_)
    inside[base] = True
    chosen = usual & inside[:, None]
    n = chosen.sum(axis=0)
    means = np.where(chosen, days.counts, 0).sum(axis=0) / np.maximum(n, 1)
    means[n == 0] = means[n > 0].mean() if (n > 0).any() else 0.0
    by_day = np.broadcast_to(means, days.counts.shape)
    past = days.holiday & days.heard
    past[:known] = past[base[-1] + 1 :] = False
    share = _of_holidays(days, by_day, past, means)
    plain: Floats = np.where(days.heard, by_day * np.where(days.holiday, share, 1.0), 0.0).sum(axis=1)
    return plain


def _of_holidays(days: _Days, by_day: Floats, past: Flags, means: Floats) -> float:
    """What a holiday brings, as a share of the same weekday otherwise."""
    if past.sum() >= LEAST_HOLIDAYS and by_day[past].sum() > 0:
        return float(days.counts[past].sum() / by_day[past].sum())
    return min(1.0, float(means[_SUNDAY] / means.mean())) if means.mean() > 0 else 1.0


def _season(totals: Floats, plain: Floats, base: int, known: int) -> Floats:
    """What each week was a year earlier beside its weekdays and holidays, smoothed; all ones when that is not known for
    every week from `base` on."""
    ones = np.ones(len(totals))
    if base - YEAR_WEEKS - SMOOTH < known + 1:
        return ones
    relative = np.divide(totals, plain, out=np.ones(len(totals)), where=plain > 0)
    kernel = np.ones(2 * SMOOTH + 1) / (2 * SMOOTH + 1)
    smoothed = np.convolve(relative, kernel, mode="same")
    season = ones.copy()
    season[YEAR_WEEKS:] = smoothed[:-YEAR_WEEKS]
    return season if season[base:].min() > 0 else ones


def _week(start: date, n: int | None, expected: float, limits: XmR) -> XmrWeek:
    low, high = limits.limits
    return XmrWeek(start, n, expected, expected + low, expected + high)
