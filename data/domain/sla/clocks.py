"""Decides whether a case is on time, at risk or late: its clocks, as a pure function of events, terms and now.

A clock is met when it stopped at or before its due moment, and breached when it runs after it. Both compare moments, so
that the stored due moment and the clock always agree; working time only tells how much is used. A stopped clock is
measured by the policy in force when it stopped, a running clock from its start by the policy in force now. A clock that
was breached before a pause or before a change of policy stays breached. A case that ends without an answer has missed
it, however early it ends.

A clock that stopped has neither a verdict nor a duration when its start or its stop is undated: its source tells that
something happened, and not when. (A missing answer needs no date: it is missed.) One definition for all figures: what
is undated is in no duration and no median; of a share it is in the denominator, and not among those in time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.domain.cases.model import CaseEvent, CaseState
from data.domain.sla.clock_intervals import ClockInterval, ClockKind, clock_intervals
from data.domain.sla.history import read_history
from data.domain.sla.segments import Segment, segments
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import epoch, moment

__all__ = ["WARNINGS", "Clock", "ClockKind", "ClockState", "Segment", "Terms", "clocks"]

WARNINGS = (0.5, 0.75, 0.9)
"""Shares of the target at which a clock warns."""


class ClockState(StrEnum):
    """The state of a clock."""

    RUNNING = "running"
    WARNING = "warning"
    """The city's `warn_at` of the working time is used."""
    BREACHED = "breached"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    UNDATED = "undated"
    """Stopped, and its start or its stop is not known: neither met nor missed."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock at a moment. Times are aware UTC, whole seconds; durations are working seconds of its calendar."""

    kind: ClockKind
    cycle: int
    agency: str | None
    """The agency of a hold clock; None for the others."""
    calendar: str
    state: ClockState
    target_s: int
    started_at: datetime
    stopped_at: datetime | None
    """Of an undated one the moment that the event was given."""
    due_at: datetime | None
    """During a pause with a cap it assumes that the pause lasts to its cap; during one without a cap it is None."""
    elapsed_s: int | None
    """None of an undated one."""
    remaining_s: int | None
    """Negative when overdue; None of an undated one."""
    warnings: tuple[datetime | None, ...]
    """When each share of WARNINGS is used, past or expected; None as for `due_at`."""
    segments: tuple[Segment, ...]


def clocks(events: Iterable[CaseEvent], terms: Terms, now: datetime) -> tuple[Clock, ...]:
    """All started clocks of all cycles, in order; none for a merged case, because its head's clocks count.

    A `now` before the last event is replaced by the last event's moment. Raises HorizonError, KeyError, ValueError.
    """
    history = read_history(events, terms)
    if history.state is CaseState.MERGED:
        return ()
    at = max(epoch(now), history.updated)
    every = (interval for cycle in history.cycles for interval in clock_intervals(history, terms, cycle))
    return tuple(_clock(interval, terms.city.warn_at, at) for interval in every)


def _clock(interval: ClockInterval, warn_at: float, now: int) -> Clock:
    due, state = interval.due(), _state(interval, interval.due(), warn_at, now)
    used = None if state is ClockState.UNDATED else interval.used(now)
    return Clock(
        kind=interval.kind,
        cycle=interval.cycle,
        agency=interval.agency,
        calendar=interval.calendar.spec.key,
        state=state,
        target_s=interval.target,
        started_at=moment(interval.start),
        stopped_at=_moment(interval.stop),
        due_at=_moment(due),
        elapsed_s=used,
        remaining_s=None if used is None else interval.target - used,
        warnings=tuple(_moment(interval.due(share)) for share in WARNINGS),
        segments=() if used is None else segments(interval, now),
    )


def _state(interval: ClockInterval, due: int | None, warn_at: float, now: int) -> ClockState:
    if interval.stop is not None:
        if not interval.is_dated:
            return ClockState.UNDATED
        in_time = due is None or interval.stop <= due
        return ClockState.MET if in_time and not interval.unmet else ClockState.MISSED
    if due is not None and now > due:
        return ClockState.BREACHED
    if due is None or interval.pause_at(now) is not None:
        return ClockState.PAUSED
    warn = interval.due(warn_at)
    return ClockState.WARNING if warn is not None and now >= warn else ClockState.RUNNING


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else moment(seconds)
