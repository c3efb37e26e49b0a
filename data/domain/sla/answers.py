"""When the first answer of each cycle was due, and whether one was owed: what 'answered in time' is counted from.

The verdict is decided at the due moment and stands: no later event of the case takes it back. An answer that was given
by then is in time. A case that was rejected (spam) or merged by then owes none. Everything else has missed it: a late
answer, none yet, an end without one, a rejection or a merge after the due moment. An answer that has no date, or whose
dispatch has none, counts as owed and not as given in time. Each cycle has a verdict of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from data.domain.sla.clock_intervals import ClockInterval, ClockKind, clock_intervals
from data.domain.sla.history import Cycle, History
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import moment


@dataclass(frozen=True, slots=True)
class FormerCycle:
    """A cycle before the present one; aware UTC, whole seconds."""

    cycle: int
    dispatched_at: datetime | None
    answer_due_at: datetime | None
    """None: no answer was owed."""
    answered_at: datetime | None
    undated: int
    """Undated: see CaseStatus.undated."""


def answer_due(respond: ClockInterval | None, cycle: Cycle) -> int | None:
    """When the first answer of a cycle with this clock is due; None: none is owed, or not yet."""
    due = None if respond is None else respond.due()
    refused_in_time = due is not None and cycle.refused and cycle.ended is not None and cycle.ended <= due
    return None if refused_in_time else due


def former_cycles(history: History, terms: Terms) -> tuple[FormerCycle, ...]:
    """The cycles before the present one, in order."""
    return tuple(_former(history, terms, cycle) for cycle in history.cycles[:-1])


def _former(history: History, terms: Terms, cycle: Cycle) -> FormerCycle:
    clocks = {interval.kind: interval for interval in clock_intervals(history, terms, cycle)}
    due = answer_due(clocks.get(ClockKind.RESPOND), cycle)
    dispatched, due_at, answered = (
        None if at is None else moment(at) for at in (cycle.dispatched, due, cycle.answered)
    )
    return FormerCycle(cycle.number, dispatched, due_at, answered, int(cycle.undated))
