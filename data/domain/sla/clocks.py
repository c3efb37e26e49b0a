"""Clocks: a pure function of a case's events, its terms and now.

In time is: stopped at or before the due moment. Breached is: running after it. Both go by the moment,
so that the stored due moment and the clock never disagree; working time says how much. A clock that has
stopped keeps the verdict of the policy that was in force when it stopped; one that runs is counted from
its start by the policy in force now. A clock that a pause finds breached stays breached.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.domain.cases.model import CaseEvent, CaseState
from data.domain.sla.clock_intervals import ClockInterval, ClockKind, clock_intervals
from data.domain.sla.history import read
from data.domain.sla.segments import Segment, segments
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import epoch, moment

__all__ = ["WARNINGS", "Clock", "ClockKind", "ClockState", "Segment", "Terms", "clocks"]

WARNINGS = (0.5, 0.75, 0.9)
"""Shares of the target at which a clock warns."""


class ClockState(StrEnum):
    """What a clock says."""

    RUNNING = "running"
    WARNING = "warning"
    """The city's `warn_at` of the working time is used."""
    BREACHED = "breached"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock, judged. Times are aware UTC, whole seconds; durations are working seconds of its calendar."""

    kind: ClockKind
    cycle: int
    agency: str | None
    """Of a hold clock, whose it is."""
    calendar: str
    state: ClockState
    target_s: int
    started_at: datetime
    stopped_at: datetime | None
    due_at: datetime | None
    """While a capped pause lasts, as if it lasted to its cap; None while one without a cap does."""
    elapsed_s: int
    remaining_s: int
    """Negative when overdue."""
    warnings: tuple[datetime | None, ...]
    """When WARNINGS of the target are used, known or expected; None as for `due_at`."""
    segments: tuple[Segment, ...]


def clocks(events: Iterable[CaseEvent], terms: Terms, now: datetime) -> tuple[Clock, ...]:
    """All started clocks of all cycles, in order; none for a merged case, for which its head's speak.

    `now` before the last event counts as that event's moment. Raises HorizonError, KeyError, ValueError.
    """
    history = read(events, terms)
    if history.state is CaseState.MERGED:
        return ()
    at = max(epoch(now), history.updated)
    every = (interval for cycle in history.cycles for interval in clock_intervals(history, terms, cycle))
    return tuple(_judged(interval, terms.city.warn_at, at) for interval in every)


def _judged(interval: ClockInterval, warn_at: float, now: int) -> Clock:
    due, used = interval.due(), interval.used(now)
    return Clock(
        kind=interval.kind,
        cycle=interval.cycle,
        agency=interval.agency,
        calendar=interval.calendar.spec.code,
        state=_state(interval, due, warn_at, now),
        target_s=interval.target,
        started_at=moment(interval.start),
        stopped_at=_moment(interval.stop),
        due_at=_moment(due),
        elapsed_s=used,
        remaining_s=interval.target - used,
        warnings=tuple(_moment(interval.due(share)) for share in WARNINGS),
        segments=segments(interval, now),
    )


def _state(interval: ClockInterval, due: int | None, warn_at: float, now: int) -> ClockState:
    if interval.stop is not None:
        return ClockState.MET if due is None or interval.stop <= due else ClockState.MISSED
    if due is not None and now > due:
        return ClockState.BREACHED
    if due is None or interval.pause_at(now) is not None:
        return ClockState.PAUSED
    warn = interval.due(warn_at)
    return ClockState.WARNING if warn is not None and now >= warn else ClockState.RUNNING


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else moment(seconds)
