"""What a case's events amount to: cycles, holds and pauses, by one table of rules.

Times are whole epoch seconds, as stored. Events count in order of their second; those of one second keep
their order, none counts before receipt. An event that means nothing where the case stands (a resumption of what is
not paused, a second resolution, a reopening of what is open) changes nothing but `updated`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from data.domain.cases.model import ActorKind, CaseEvent, CaseState, EventKind
from data.domain.city.model import TRIAGE, City, Policy
from data.domain.sla.terms import Terms, policy_of
from data.domain.sla.worktime import epoch


@dataclass(slots=True)
class Hold:
    """One agency's time with the case; `until` None while it still holds it."""

    agency: str
    since: int
    until: int | None = None


@dataclass(slots=True)
class Pause:
    """One pause; `until` is when it was lifted or reaches its cap, None: open, without a cap."""

    since: int
    until: int | None
    reason: str

    def lasts(self, at: int) -> bool:
        """Whether it is in force at `at`."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(slots=True)
class Cycle:
    """From receipt, or a reopening, to the end."""

    number: int
    began: int
    dispatched: int | None = None
    """To the first agency; of a reopened case that an agency holds, the reopening."""
    answered: int | None = None
    resolved: int | None = None
    ended: int | None = None
    """Closed, rejected or merged."""
    holds: list[Hold] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)

    @property
    def finished(self) -> int | None:
        """When there was nothing left to do: resolved, or ended without it."""
        return self.resolved if self.resolved is not None else self.ended


@dataclass(slots=True)
class History:
    """Where the events lead. `state` leaves pauses out: see `standing`."""

    city: City
    category: str
    policies: list[tuple[int, Policy]]
    """Each policy with the moment since when it is in force."""
    cycles: list[Cycle]
    updated: int
    state: CaseState = CaseState.RECEIVED
    agency: str = TRIAGE
    acknowledged: int | None = None
    """By the agency that holds it now: said so, or shown by working on it."""
    routed: str = TRIAGE
    """In whose column it waits while nobody holds it: by its receipt or a reclassification, until a handing over."""

    @property
    def cycle(self) -> Cycle:
        """The current one."""
        return self.cycles[-1]

    @property
    def policy(self) -> Policy:
        """The one in force at the end."""
        return self.policies[-1][1]

    def policy_at(self, at: int | None) -> Policy:
        """The policy in force at `at` (None: now): a clock that has stopped keeps its verdict."""
        if at is not None:
            for since, policy in reversed(self.policies):
                if since <= at:
                    return policy
        return self.policy

    def held_by(self, event: CaseEvent) -> bool:
        """Whether the event is the doing of the agency that holds the case."""
        ours = event.agency in (None, self.agency)
        return ours and event.actor_kind is ActorKind.AGENCY and self.agency != TRIAGE


def read(events: Iterable[CaseEvent], terms: Terms) -> History:
    """The history of one case. Raises ValueError without events, KeyError for an unknown policy."""
    ordered = sorted(((epoch(event.at), event) for event in events), key=itemgetter(0))
    if not ordered:
        raise ValueError("a case without events has no history")
    began, received = next((pair for pair in ordered if pair[1].kind is EventKind.RECEIVED), ordered[0])
    history = _begin(received, began, terms)
    for at, event in ordered:
        _apply(history, event, max(at, began))
    return history


def _begin(received: CaseEvent, at: int, terms: Terms) -> History:
    category, policy = terms.category, terms.policy
    if received.kind is EventKind.RECEIVED:
        category = received.category or category
        policy = policy_of(terms.city, received.policy, received.policy_version) if received.policy else policy
    routed = received.agency if received.kind is EventKind.RECEIVED else None
    return History(terms.city, category, [(at, policy)], [Cycle(1, at)], at, routed=routed or TRIAGE)


def _apply(history: History, event: CaseEvent, at: int) -> None:
    history.updated = max(history.updated, at)
    rule = RULES.get(event.kind)
    if rule is None or history.state not in rule.counts_in:
        return
    rule.effect(history, event, at)
    if rule.leads_to is not None:
        history.state = rule.leads_to


def _hand_over(history: History, event: CaseEvent, at: int) -> None:
    """To another agency, whose own time begins; to the same one, nothing."""
    agency = event.agency or TRIAGE
    history.routed = TRIAGE
    if agency == history.agency:
        return
    _let_go(history, at)
    history.agency, history.acknowledged = agency, None
    _take_up(history, at)


def _take_up(history: History, at: int) -> None:
    """The agency named now holds the case; the triage queue does not hold, it waits for verification."""
    if history.agency == TRIAGE:
        history.state = CaseState.RECEIVED
        return
    history.state = CaseState.DISPATCHED
    history.cycle.holds.append(Hold(history.agency, at))
    if history.cycle.dispatched is None:
        history.cycle.dispatched = at


def _let_go(history: History, at: int) -> None:
    holds = history.cycle.holds
    if holds and holds[-1].until is None:
        holds[-1].until = at


def _acknowledge(history: History, event: CaseEvent, at: int) -> None:
    if event.agency in (None, history.agency) and history.acknowledged is None:
        history.acknowledged = at
        history.state = CaseState.ACKNOWLEDGED


def _work(history: History, event: CaseEvent, at: int) -> None:
    """An agency that works on a case has seen it."""
    if not history.held_by(event):
        return
    if history.acknowledged is None:
        history.acknowledged = at
    history.state = CaseState.IN_PROGRESS


def _answer(history: History, event: CaseEvent, at: int) -> None:
    by_person = event.actor_kind in (ActorKind.OPERATOR, ActorKind.AGENCY)
    if by_person and history.cycle.answered is None:
        history.cycle.answered = at
    if history.state in OPEN:
        _work(history, event, at)


def _pause(history: History, event: CaseEvent, at: int) -> None:
    """Only for a reason that the policy in force lists; a second pause goes on where the first stood."""
    if event.reason is None or event.reason not in history.policy.pauses:
        return
    until = _cap(history.city, event.reason, at)
    pauses = history.cycle.pauses
    if pauses and pauses[-1].lasts(at):
        until = _later(until, pauses[-1].until)
        pauses[-1].until = at
    pauses.append(Pause(at, until, event.reason))
    if history.acknowledged is not None:
        history.state = CaseState.IN_PROGRESS
    _work(history, event, at)


def _cap(city: City, reason: str, at: int) -> int | None:
    listed = city.pauses.get(reason)
    return None if listed is None or listed.cap is None else at + int(listed.cap.total_seconds())


def _later(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else max(a, b)


def _resume(history: History, event: CaseEvent, at: int) -> None:
    _lift(history, at)
    _work(history, event, at)


def _lift(history: History, at: int) -> None:
    pauses = history.cycle.pauses
    if pauses and pauses[-1].lasts(at):
        pauses[-1].until = at


def _resolve(history: History, event: CaseEvent, at: int) -> None:
    _work(history, event, at)
    _lift(history, at)
    _let_go(history, at)
    history.cycle.resolved = at


def _end(history: History, event: CaseEvent, at: int) -> None:
    _lift(history, at)
    _let_go(history, at)
    history.cycle.ended = at


def _reopen(history: History, event: CaseEvent, at: int) -> None:
    """A new cycle; the agency that had the case has it again and has to acknowledge anew."""
    history.cycles.append(Cycle(history.cycle.number + 1, at))
    history.acknowledged = None
    _take_up(history, at)


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
class Rule:
    """What an event does: in which states it counts, how, and the state it leads to (None: the effect decides)."""

    counts_in: frozenset[CaseState]
    effect: Callable[[History, CaseEvent, int], None]
    leads_to: CaseState | None = None


RULES: Mapping[EventKind, Rule] = {
    EventKind.DISPATCHED: Rule(OPEN, _hand_over),
    EventKind.TRANSFERRED: Rule(OPEN, _hand_over),
    EventKind.ACKNOWLEDGED: Rule(_HELD, _acknowledge),
    EventKind.NOTE: Rule(OPEN, _work),
    EventKind.ANSWERED: Rule(_ANY, _answer),
    EventKind.PAUSED: Rule(OPEN, _pause),
    EventKind.RESUMED: Rule(OPEN, _resume),
    EventKind.RESOLVED: Rule(OPEN, _resolve, CaseState.RESOLVED),
    EventKind.CLOSED: Rule(OPEN | _RESOLVED, _end, CaseState.CLOSED),
    EventKind.REJECTED: Rule(OPEN, _end, CaseState.REJECTED),
    EventKind.MERGED: Rule(OPEN | _RESOLVED, _end, CaseState.MERGED),
    EventKind.REOPENED: Rule(_RESOLVED | _ENDED, _reopen),
    EventKind.RECLASSIFIED: Rule(_ANY, _reclassify),
}
"""Kinds that are not here (received, verified, rated) change no state: dispatching implies verification."""
