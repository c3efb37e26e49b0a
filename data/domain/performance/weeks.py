"""Over time: in, out and what stays open; weeks that are out of the ordinary."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from data.domain.figures import flows, stocks
from data.domain.figures.selection import Period, Step
from data.domain.figures.statistics import XmR, xmr
from data.domain.performance.answers import Flow, FlowPart, Unusual, XmrWeek
from data.domain.performance.frame import Frame

BASE_WEEKS, LEAST_BASE = 26, 8
YEAR_WEEKS, SMOOTH = 52, 2
"""The season of a week is taken from so many weeks around the same one a year earlier."""


def flow(frame: Frame) -> Flow:
    """By day, week or month; open cases at the end of each, by age."""
    view = frame.view(step=frame.step)
    received, ended, ages = flows.received(view), flows.resolved(view), list(stocks.backlog(view).values())
    heard = frame.heard()
    parts = [
        FlowPart(
            bucket.first,
            heard(bucket, received[n].n or 0),
            heard(bucket, ended[n].n or 0),
            tuple(age[n].n or 0 for age in ages),
            bucket.whole and bucket.end <= frame.columns.at + 1,
        )
        for n, bucket in enumerate(frame.period.buckets(frame.step))
        if bucket.start <= frame.columns.at
    ]
    eve = Period(frame.period.start - 1, frame.period.start, frame.period.zone)
    return Flow(frame.step, tuple(parts), stocks.open_at_end(frame.view(period=eve))[0].n or 0)


def unusual(frame: Frame) -> Unusual:
    """The whole weeks of the period against limits from the weeks before it; the season is taken out, where it is
    known for all of them."""
    first = frame.period.first
    starts = first - timedelta(days=first.weekday() + 7 * (YEAR_WEEKS + BASE_WEEKS + 2 * SMOOTH))
    buckets = Period.days(starts, frame.period.last, frame.period.zone).buckets(Step.WEEK)
    counts = _counts(frame, Period(buckets[0].start, buckets[-1].end, frame.period.zone))
    shown = [
        n
        for n, it in enumerate(buckets)
        if it.whole and it.start >= frame.period.start and it.end <= frame.columns.at + 1
    ]
    known = int(np.argmax(counts > 0)) if counts.any() else len(counts)
    base = [
        n for n in range(len(buckets) - 1) if max(known + 1, (shown or [0])[0] - BASE_WEEKS) <= n < (shown or [0])[0]
    ]
    if len(base) < LEAST_BASE:
        return Unusual((), len(base))
    season = _season(counts, base[0], known)
    level = float(counts[base].sum() / season[base].sum())
    limits = xmr([float(counts[n] - level * season[n]) for n in base])
    assert limits is not None
    found = (_week(buckets[n].first, int(counts[n]), level * float(season[n]), limits) for n in shown)
    return Unusual(tuple(found), len(base))


def _counts(frame: Frame, period: Period) -> NDArray[np.int64]:
    view = frame.view(step=Step.WEEK, period=period)
    return np.array([count.n or 0 for count in flows.received(view)], dtype=np.int64)


def _season(counts: NDArray[np.int64], base: int, known: int) -> NDArray[np.float64]:
    """What each week was a year earlier, smoothed; all ones when that is not known for every week from `base` on."""
    ones = np.ones(len(counts))
    if base - YEAR_WEEKS - SMOOTH < known + 1:
        return ones
    kernel = np.ones(2 * SMOOTH + 1) / (2 * SMOOTH + 1)
    smoothed = np.convolve(counts, kernel, mode="same")
    season = ones.copy()
    season[YEAR_WEEKS:] = smoothed[:-YEAR_WEEKS]
    return season if season[base:].min() > 0 else ones


def _week(start: date, n: int, expected: float, limits: XmR) -> XmrWeek:
    low, high = limits.limits
    return XmrWeek(start, n, expected, expected + low, expected + high)
