"""Reads a case's events into cycles, holds and pauses, by one table of rules (`EVENT_RULES`).

Times are whole epoch seconds, as stored. Events are applied in order of their second, events of one second in their
given order, and none before receipt. An event that does not fit the state (resuming a case that is not paused,
resolving it twice, reopening an open case) changes nothing but `updated`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from data.domain.cases.model import (
    INFERRED,
    NO_REPLY,
    ActorKind,
    CaseEvent,
    CaseState,
    EventKind,
    Undated,
    without_undone,
)
from data.domain.city.model import TRIAGE, City, Policy
from data.domain.sla.terms import Terms, policy_of
from data.domain.sla.worktime import epoch


@dataclass(slots=True)
class Hold:
    """The time for which one agency holds the case; `until` is None while it still does."""

    agency: str
    since: int
    until: int | None = None
    begins_dated: bool = True
    ends_dated: bool = True

    @property
    def is_dated(self) -> bool:
        """False: when it began or ended is not known."""
        return self.begins_dated and self.ends_dated


@dataclass(slots=True)
class Pause:
    """One pause; `until` is when it was ended or reaches its cap. None: it is open and has no cap."""

    since: int
    until: int | None
    reason: str

    def is_active(self, at: int) -> bool:
        """Whether it is in force at `at`."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(slots=True)
class Cycle:
    """The time from receipt, or from a reopening, to the end of the case."""

    number: int
    started: int
    dispatched: int | None = None
    """When it went to the first agency; when an agency holds a reopened case, the reopening."""
    answered: int | None = None
    resolved: int | None = None
    ended: int | None = None
    """Closed, rejected or merged."""
    refused: bool = False
    """It ended rejected or merged: the city owes no answer."""
    held_from_start: bool = False
    """An agency had the case when it was reopened, so that nothing is to be verified."""
    undated: Undated = Undated.NONE
    holds: list[Hold] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)

    @property
    def finished(self) -> int | None:
        """When the work ended: the resolution, else the end."""
        return self.resolved if self.resolved is not None else self.ended


@dataclass(slots=True)
class History:
    """The result of the events. `state` ignores pauses: see `case_status`."""

    city: City
    category: str
    policies: list[tuple[int, Policy]]
    """Each policy with the moment from which it is in force."""
    cycles: list[Cycle]
    updated: int
    state: CaseState = CaseState.RECEIVED
    agency: str = TRIAGE
    acknowledged: int | None = None
    """When the agency that holds it now acknowledged it, or first worked on it."""
    routed: str = TRIAGE
    """The agency that it is routed to while nobody holds it: set at receipt or reclassification, until a dispatch."""

    @property
    def cycle(self) -> Cycle:
        """The current one."""
        return self.cycles[-1]

    @property
    def received(self) -> int:
        """The receipt."""
        return self.cycles[0].started

    @property
    def policy(self) -> Policy:
        """The one in force at the end."""
        return self.policies[-1][1]

    def policy_at(self, at: int | None) -> Policy:
        """The policy in force at `at` (None: now), as it read then. A stopped clock is measured by that at its stop."""
        if at is not None:
            for since, policy in reversed(self.policies):
                if since <= at:
                    return policy.at(at)
        return self.policy.at(at)

    def is_by_holder(self, event: CaseEvent) -> bool:
        """Whether the agency that holds the case caused the event."""
        ours = event.agency in (None, self.agency)
        return ours and event.actor_kind is ActorKind.AGENCY and self.agency != TRIAGE


def read_history(events: Iterable[CaseEvent], terms: Terms) -> History:
    """The history of one case. Raises ValueError without events, KeyError for an unknown policy."""
    ordered = _in_order(without_undone(events))
    if not ordered:
        raise ValueError("a case without events has no history")
    started, received = next((pair for pair in ordered if pair[1].kind is EventKind.RECEIVED), ordered[0])
    history = _start_history(received, started, terms)
    for at, event in ordered:
        _apply(history, event, max(at, started))
    return history


_RANK: Mapping[EventKind, int] = {
    EventKind.RECEIVED: 0,
    EventKind.VERIFIED: 1,
    EventKind.DISPATCHED: 2,
    EventKind.RESOLVED: 4,
    EventKind.CLOSED: 5,
}
"""The order of life within one second; what is missing here comes in the middle, as it was given."""


def _in_order(events: Iterable[CaseEvent]) -> list[tuple[int, CaseEvent]]:
    """By second; within one by `_RANK`, so that a dispatch and a resolution of the same second both count.

    A second in which the case was reopened keeps its given order: there, life goes round. So does one with a command:
    what a person did is stored in the order in which it was done.
    """
    timed = [(epoch(event.at), event) for event in events]
    given = {at for at, event in timed if event.kind is EventKind.REOPENED or event.version is not None}
    return sorted(timed, key=lambda pair: (pair[0], 3 if pair[0] in given else _RANK.get(pair[1].kind, 3)))


def _start_history(received: CaseEvent, at: int, terms: Terms) -> History:
    category, policy = terms.category, terms.policy
    if received.kind is EventKind.RECEIVED:
        category = received.category or category
        policy = policy_of(terms.city, received.policy, received.policy_version) if received.policy else policy
    routed = received.agency if received.kind is EventKind.RECEIVED else None
    return History(terms.city, category, [(at, policy)], [Cycle(1, at)], at, routed=routed or TRIAGE)


def _apply(history: History, event: CaseEvent, at: int) -> None:
    history.updated = max(history.updated, at)
    rule = EVENT_RULES.get(event.kind)
    if rule is None or history.state not in rule.counts_in:
        return
    rule.effect(history, event, at)
    if rule.leads_to is not None:
        history.state = rule.leads_to


def _assign(history: History, event: CaseEvent, at: int) -> None:
    """Assign the case to another agency and start its hold; the same agency again changes nothing.

    An inferred dispatch takes the case from nobody: a dispatch that is told counts, whenever we hear of it.
    """
    if event.reason == INFERRED and history.agency != TRIAGE:
        return
    agency = event.agency or TRIAGE
    history.routed = TRIAGE
    if agency == history.agency:
        return
    _end_hold(history, event, at)
    history.agency, history.acknowledged = agency, None
    _start_hold(history, event, at)


def _start_hold(history: History, event: CaseEvent, at: int) -> None:
    """Start the hold of `history.agency`. The triage queue does not hold a case: there it waits for verification."""
    if history.agency == TRIAGE:
        history.state = CaseState.RECEIVED
        return
    history.state = CaseState.DISPATCHED
    history.cycle.holds.append(Hold(history.agency, at, begins_dated=event.is_dated))
    if history.cycle.dispatched is None:
        history.cycle.dispatched = at
        _note_undated(history, event, Undated.DISPATCH)


def _end_hold(history: History, event: CaseEvent, at: int) -> None:
    holds = history.cycle.holds
    if holds and holds[-1].until is None:
        holds[-1].until = at
        holds[-1].ends_dated = event.is_dated


def _note_undated(history: History, event: CaseEvent, which: Undated) -> None:
    if not event.is_dated:
        history.cycle.undated |= which


def _acknowledge(history: History, event: CaseEvent, at: int) -> None:
    if event.agency in (None, history.agency) and history.acknowledged is None:
        history.acknowledged = at
        history.state = CaseState.ACKNOWLEDGED


def _record_work(history: History, event: CaseEvent, at: int) -> None:
    """Work by the holding agency also counts as its acknowledgement."""
    if not history.is_by_holder(event):
        return
    if history.acknowledged is None:
        history.acknowledged = at
    history.state = CaseState.IN_PROGRESS


def _answer(history: History, event: CaseEvent, at: int) -> None:
    by_person = event.actor_kind in (ActorKind.OPERATOR, ActorKind.AGENCY)
    if by_person and history.cycle.answered is None:
        history.cycle.answered = at
        _note_undated(history, event, Undated.ANSWER)
    if history.state in OPEN:
        _record_work(history, event, at)


def _pause(history: History, event: CaseEvent, at: int) -> None:
    """Pause, when the policy in force lists the reason and the cycle has time left for it.

    A second pause continues the first one without a gap.
    """
    if event.reason is None or event.reason not in history.policy.at(at).pauses:
        return
    until, pauses = _pause_end(history, event.reason, at), history.cycle.pauses
    if until is not None and until <= at:
        return
    if pauses and pauses[-1].is_active(at):
        until = _later_end(until, pauses[-1].until)
        pauses[-1].until = at
    pauses.append(Pause(at, until, event.reason))
    if history.acknowledged is not None:
        history.state = CaseState.IN_PROGRESS
    _record_work(history, event, at)


def _pause_end(history: History, reason: str, at: int) -> int | None:
    """When the reason's cap is used up. It holds for all pauses of a cycle together, so that none renews it."""
    listed = history.city.pauses.get(reason)
    cap = None if listed is None else listed.cap_at(at)
    if cap is None:
        return None
    mine = (pause for pause in history.cycle.pauses if pause.reason == reason)
    used = sum((at if pause.until is None else min(pause.until, at)) - pause.since for pause in mine)
    return at + int(cap.total_seconds()) - used


def _later_end(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else max(a, b)


def _resume(history: History, event: CaseEvent, at: int) -> None:
    _end_pause(history, at)
    _record_work(history, event, at)


def _end_pause(history: History, at: int) -> None:
    pauses = history.cycle.pauses
    if pauses and pauses[-1].is_active(at):
        pauses[-1].until = at


def _resolve(history: History, event: CaseEvent, at: int) -> None:
    _record_work(history, event, at)
    _end_pause(history, at)
    _end_hold(history, event, at)
    history.cycle.resolved = at
    _note_undated(history, event, Undated.END)


def _end(history: History, event: CaseEvent, at: int) -> None:
    _end_pause(history, at)
    _end_hold(history, event, at)
    history.cycle.ended = at
    if history.cycle.resolved is None:
        _note_undated(history, event, Undated.END)
        if event.reason == NO_REPLY:
            history.cycle.undated |= Undated.END
    history.cycle.refused = event.kind is not EventKind.CLOSED


def _reopen(history: History, event: CaseEvent, at: int) -> None:
    """Start a new cycle; the agency that had the case holds it again and has to acknowledge it again."""
    history.cycles.append(Cycle(history.cycle.number + 1, at, held_from_start=history.agency != TRIAGE))
    history.acknowledged = None
    _note_undated(history, event, Undated.START)
    _start_hold(history, event, at)


def _reclassify(history: History, event: CaseEvent, at: int) -> None:
    if event.category is not None:
        history.category = event.category
    if event.agency is not None:
        history.routed = event.agency
    if event.policy is not None:
        history.policies.append((at, policy_of(history.city, event.policy, event.policy_version)))


OPEN = frozenset({CaseState.RECEIVED, CaseState.DISPATCHED, CaseState.ACKNOWLEDGED, CaseState.IN_PROGRESS})
_HELD = OPEN - {CaseState.RECEIVED}
_RESOLVED = frozenset({CaseState.RESOLVED})
_ENDED = frozenset({CaseState.CLOSED, CaseState.REJECTED, CaseState.MERGED})
_ANY = OPEN | _RESOLVED | _ENDED


@dataclass(frozen=True, slots=True)
class EventRule:
    """The effect of an event kind: the states in which it applies, and the new state (None: the effect sets it)."""

    counts_in: frozenset[CaseState]
    effect: Callable[[History, CaseEvent, int], None]
    leads_to: CaseState | None = None


EVENT_RULES: Mapping[EventKind, EventRule] = {
    EventKind.DISPATCHED: EventRule(OPEN, _assign),
    EventKind.TRANSFERRED: EventRule(OPEN, _assign),
    EventKind.ACKNOWLEDGED: EventRule(_HELD, _acknowledge),
    EventKind.NOTE: EventRule(OPEN, _record_work),
    EventKind.ANSWERED: EventRule(_ANY, _answer),
    EventKind.PAUSED: EventRule(OPEN, _pause),
    EventKind.RESUMED: EventRule(OPEN, _resume),
    EventKind.RESOLVED: EventRule(OPEN, _resolve, CaseState.RESOLVED),
    EventKind.CLOSED: EventRule(OPEN | _RESOLVED, _end, CaseState.CLOSED),
    EventKind.REJECTED: EventRule(OPEN, _end, CaseState.REJECTED),
    EventKind.MERGED: EventRule(OPEN | _RESOLVED, _end, CaseState.MERGED),
    EventKind.REOPENED: EventRule(_RESOLVED | _ENDED, _reopen),
    EventKind.RECLASSIFIED: EventRule(_ANY, _reclassify),
}
"""Kinds that are missing here (received, verified, rated, undone) change no state: a dispatch implies verification."""
