"""How long it took: first answers and resolutions of the cases received in the period, and the stages between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.domain.cases.model import Undated
from data.domain.figures.measures import durations
from data.domain.figures.measures.statistics import Curve, kaplan_meier
from data.domain.figures.values import Duration
from data.domain.figures.view import View
from data.domain.history.columns import NONE, CaseColumns, Flags, Moments
from data.domain.performance.answers import CurvePoint, PartTimes, StageRow, Stages, Times
from data.domain.performance.frame import Frame, Rows

POINTS = 120
"""Of a curve: more cannot be told apart on a screen."""
STAGES: Sequence[tuple[str, Callable[[View], list[Duration]]]] = (
    ("verify", durations.stage_verify),
    ("accept", durations.stage_accept),
    ("work", durations.stage_work),
    ("paused", durations.stage_paused),
)


class Waits(NamedTuple):
    """Of some cases how long each lasted, and whether it is over."""

    rows: Rows
    lasted: NDArray[np.int64]
    over: Flags


def answers(frame: Frame) -> Times:
    """Until the first answer ever, against the first one that was due."""
    waits = answer_waits(frame)
    return _times(frame, waits, durations.answer_wait, _first_due(frame.columns, "answer_due"), limits=None)


def resolutions(frame: Frame) -> Times:
    """Until the end of the present cycle, against the due moments of the first one: a reopening moves none of them."""
    waits, c = resolution_waits(frame), frame.columns
    due, limits = _first_due(c, "resolve_due"), _first_due(c, "limit_due")
    return _times(frame, waits, durations.resolution, due, limits=limits)


def _first_due(columns: CaseColumns, name: str) -> Moments:
    """Per case that moment of its first cycle that has one."""
    former = columns.former
    theirs: Moments = getattr(former, name)
    latest_first = np.argsort(former.started, kind="stable")[::-1]
    latest_first = latest_first[theirs[latest_first] != NONE]
    due: Moments = getattr(columns, name).copy()
    due[former.row[latest_first]] = theirs[latest_first]  # of several of a case the last one written stays
    return due


def answer_waits(frame: Frame) -> Waits:
    """As `durations.answer_wait` counts them."""
    c, rows = frame.columns, frame.received()
    tells = frame.view().tells[c.source[rows]]
    rows = rows[tells & ((c.first_answer[rows] != NONE) | (c.answered[rows] == NONE))]
    ended = (c.finished[rows] != NONE) & ((c.undated[rows] & int(Undated.END)) == 0)
    over = c.first_answer[rows] != NONE
    stop = np.where(over, c.first_answer[rows], np.where(ended, c.finished[rows], c.at))
    return Waits(rows, np.maximum(stop.astype(np.int64) - c.received[rows], 0), over)


def resolution_waits(frame: Frame) -> Waits:
    """As `durations.resolution` counts them."""
    c, rows = frame.columns, frame.received()
    rows = rows[(c.undated[rows] & int(Undated.END)) == 0]
    over = c.finished[rows] != NONE
    stop = np.where(over, c.finished[rows], c.at)
    return Waits(rows, np.maximum(stop.astype(np.int64) - c.received[rows], 0), over)


def _times(
    frame: Frame,
    waits: Waits,
    figure: Callable[[View], list[Duration]],
    due: Moments,
    limits: Moments | None,
) -> Times:
    curve = kaplan_meier(waits.lasted, waits.over)
    target = _middle(frame, waits.rows, due)
    limit = None if limits is None else _middle(frame, waits.rows, limits)
    before = None if frame.before is None else figure(frame.view(period=frame.before))[0]
    return Times(
        step=frame.step,
        parts=_parts(frame, figure),
        curve=_points(curve),
        n=len(waits.rows),
        open=int((~waits.over).sum()),
        median_s=curve.quantile(0.5),
        p90_s=curve.quantile(0.9),
        target_s=target,
        by_target=_by_own_target(frame, waits, due),
        limit_s=limit,
        longest_s=float(curve.longest or 0),
        before_median_s=None if before is None or before.few else before.median_s,
    )


def _parts(frame: Frame, figure: Callable[[View], list[Duration]]) -> tuple[PartTimes, ...]:
    buckets = frame.period.buckets(frame.step)
    found = zip(buckets, figure(frame.view(step=frame.step)), strict=True)
    heard = frame.heard()
    return tuple(
        PartTimes(bucket.first, it.n, it.n - it.open_n, it.median_s, it.p90_s, silent=heard(bucket, it.n) is None)
        for bucket, it in found
        if bucket.start <= frame.columns.at
    )


def _middle(frame: Frame, rows: Rows, due: Moments) -> float | None:
    """The median of the calendar time that the cases had by their own due moments."""
    some = rows[due[rows] != NONE]
    if not len(some):
        return None
    return float(np.median(due[some].astype(np.int64) - frame.columns.received[some]))


def _by_own_target(frame: Frame, waits: Waits, due: Moments) -> float | None:
    """None when no target has passed and nothing has come to its end."""
    has = due[waits.rows] != NONE
    allowed = due[waits.rows].astype(np.int64) - frame.columns.received[waits.rows]
    by_then = has & waits.over & (waits.lasted <= allowed)
    told = has & (waits.over | (due[waits.rows] <= frame.columns.at))
    return int(by_then.sum()) / int(told.sum()) if told.any() else None


def _points(curve: Curve) -> tuple[CurvePoint, ...]:
    every = max(1, len(curve.times) // POINTS)
    kept = [*range(0, len(curve.times), every)]
    if kept and kept[-1] != len(curve.times) - 1:
        kept.append(len(curve.times) - 1)
    return (CurvePoint(0.0, 0.0), *(CurvePoint(float(curve.times[n]), 1 - float(curve.survival[n])) for n in kept))


def stages(frame: Frame) -> Stages:
    """By when each stage was left; the time of all cases together gives the shares."""
    view = frame.view()
    found = [(code, figure(view)[0]) for code, figure in STAGES]
    spent = {code: (it.mean_s or 0.0) * it.n for code, it in found}
    whole = sum(seconds for code, seconds in spent.items() if code != "paused")
    rows = [
        StageRow(code, it.n, it.median_s, it.p90_s, spent[code] / whole if whole else 0.0) for code, it in found if it.n
    ]
    return Stages(tuple(rows), max((row.n for row in rows), default=0))
