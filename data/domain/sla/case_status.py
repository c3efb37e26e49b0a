"""The status of a case: the columns that are derived from its events and stored beside them for queries.

The rules of state are the table in `history`. A paused case is waiting, whatever it was before; after the pause it has
the state that the other events give it. A pause that reaches its cap ends without an event, so a stored status with
`paused_at` must be computed again (see `data.store.cases.sweep`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from data.domain.cases.model import CaseEvent, CaseState
from data.domain.city.model import TRIAGE
from data.domain.sla.answers import FormerCycle, answer_due, former_cycles
from data.domain.sla.clock_intervals import ClockInterval, ClockKind, clock_intervals
from data.domain.sla.history import OPEN, Cycle, History, read_history
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import epoch, moment

CITIZEN_CLOCKS = (ClockKind.VERIFY, ClockKind.RESPOND, ClockKind.RESOLVE)
"""The clocks that `next_clock` chooses from, in the order of a case's life."""


@dataclass(frozen=True, slots=True)
class CaseStatus:
    """The derived columns of data.store.db.schema.case, by the same names; aware UTC, whole seconds."""

    state: CaseState
    open: bool
    category: str
    policy: str
    policy_version: int
    agency: str
    """The agency that holds the case or held it last. Before the dispatch of an open case: the agency that it is
    routed to, else triage."""
    cycle: int
    received_at: datetime
    dispatched_at: datetime | None
    """The dispatch to the first agency in this cycle; when an agency holds a reopened case, the reopening."""
    acknowledged_at: datetime | None
    """When the agency that holds it now acknowledged it, or first worked on it."""
    answered_at: datetime | None
    """First answer by a person in this cycle."""
    first_resolved_at: datetime | None
    resolved_at: datetime | None
    """In this cycle; None when it was closed without a resolution."""
    ended_at: datetime | None
    updated_at: datetime
    undated: int
    """Undated: the moments of this cycle that enter no duration."""
    paused_at: datetime | None
    """The start of the pause in force, of adjacent pauses the first."""
    held_at: datetime | None
    """The start of the last hold; None in triage."""
    verify_due_at: datetime | None
    """None when an agency had the case at its reopening."""
    respond_due_at: datetime | None
    """When this cycle's first answer is or was due, whatever became of the case; None: none is owed (see `answers`)."""
    resolve_due_at: datetime | None
    hold_due_at: datetime | None
    legal_due_at: datetime | None
    next_clock: ClockKind | None
    """The citizen's clock due first, of those that run and those that were late when they were paused; None: none."""
    next_due_at: datetime | None
    next_warn_at: datetime | None
    next_start_at: datetime | None
    former: tuple[FormerCycle, ...] = ()
    """The cycles before this one: no column but rows of data.store.db.schema.case_cycle."""


STATUS_COLUMNS = tuple(field.name for field in fields(CaseStatus) if field.name != "former")


def case_status(events: Iterable[CaseEvent], terms: Terms, now: datetime) -> CaseStatus:
    """The status at `now`; a `now` before the last event is replaced by that event's moment.

    `now` matters only for a pause with a cap. Raises HorizonError, KeyError (unknown policy), ValueError.
    """
    history = read_history(events, terms)
    cycle, at = history.cycle, max(epoch(now), history.updated)
    paused, held = _paused_since(cycle, at), _held_since(history)
    intervals, running = _current_intervals(history, terms)
    due, following = {kind: _moment(each.due()) for kind, each in running.items()}, _next_due(running, at)
    return CaseStatus(
        state=state_at(history, at),
        open=history.state in OPEN,
        category=history.category,
        policy=history.policy.code,
        policy_version=history.policy.version,
        agency=responsible_agency(history),
        cycle=cycle.number,
        received_at=moment(history.cycles[0].started),
        dispatched_at=_moment(cycle.dispatched),
        acknowledged_at=_moment(history.acknowledged),
        answered_at=_moment(cycle.answered),
        first_resolved_at=_moment(history.cycles[0].resolved),
        resolved_at=_moment(cycle.resolved),
        ended_at=_moment(cycle.ended),
        updated_at=moment(history.updated),
        undated=int(cycle.undated),
        paused_at=_moment(paused),
        held_at=_moment(held),
        verify_due_at=due.get(ClockKind.VERIFY),
        respond_due_at=_moment(answer_due(intervals.get(ClockKind.RESPOND), cycle)),
        resolve_due_at=due.get(ClockKind.RESOLVE),
        hold_due_at=None if held is None else due.get(ClockKind.HOLD),
        legal_due_at=due.get(ClockKind.LEGAL),
        next_clock=following.kind if following else None,
        next_due_at=due[following.kind] if following else None,
        next_warn_at=_moment(following.due(terms.city.warn_at)) if following else None,
        next_start_at=moment(following.start) if following else None,
        former=former_cycles(history, terms),
    )


def _current_intervals(
    history: History, terms: Terms
) -> tuple[dict[ClockKind, ClockInterval], dict[ClockKind, ClockInterval]]:
    """The clocks of the current cycle by kind, of the hold clocks the last one; and those that speak for the case:
    none of a merged one."""
    intervals = {interval.kind: interval for interval in clock_intervals(history, terms, history.cycle)}
    return intervals, {} if history.state is CaseState.MERGED else intervals


def state_at(history: History, at: int) -> CaseState:
    """The state at `at`, epoch seconds, not before the last event."""
    return history.state if _paused_since(history.cycle, at) is None else CaseState.WAITING


def responsible_agency(history: History) -> str:
    """See CaseStatus.agency."""
    waits = history.agency == TRIAGE and history.state in OPEN
    return history.routed if waits else history.agency


def _paused_since(cycle: Cycle, now: int) -> int | None:
    """The start of the unbroken pause in force at `now`."""
    if not cycle.pauses or not cycle.pauses[-1].is_active(now):
        return None
    since = cycle.pauses[-1].since
    for pause in reversed(cycle.pauses):
        if pause.until == since:
            since = pause.since
    return since


def _held_since(history: History) -> int | None:
    holds = history.cycle.holds
    return holds[-1].since if holds and holds[-1].agency == history.agency else None


def _next_due(running: dict[ClockKind, ClockInterval], now: int) -> ClockInterval | None:
    """The clock due first; of equal ones the first in the order of CITIZEN_CLOCKS."""
    mine = (running[kind] for kind in CITIZEN_CLOCKS if kind in running and running[kind].stop is None)
    dues = [(due, interval) for interval in mine if _counts(interval, due := interval.due(), now) and due is not None]
    return min(dues, key=lambda pair: pair[0])[1] if dues else None


def _counts(interval: ClockInterval, due: int | None, now: int) -> bool:
    """Whether it runs. A clock that was late when it was paused is late still."""
    pause = interval.pause_at(now)
    return pause is None or (due is not None and due <= pause.since)


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else moment(seconds)
