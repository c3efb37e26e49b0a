"""The five clocks of a cycle before they are judged, and the one arithmetic that all of them share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from data.domain.city.model import Policy
from data.domain.sla.history import Cycle, History, Hold, Pause
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import Calendar


class ClockKind(StrEnum):
    """The timers; the first three and the last are the citizen's, hold is the agency's own."""

    VERIFY = "verify"
    RESPOND = "respond"
    RESOLVE = "resolve"
    HOLD = "hold"
    LEGAL = "legal"


@dataclass(frozen=True, slots=True)
class ClockInterval:
    """One clock: where it started, where it stopped, what it may use. Epoch seconds."""

    kind: ClockKind
    cycle: int
    agency: str | None
    """Of a hold clock, whose it is."""
    calendar: Calendar
    start: int
    stop: int | None
    target: int
    """Working seconds."""
    pauses: tuple[Pause, ...] = ()
    """Those that stop it, in order, apart from one another, inside start and stop."""
    counts_from: int | None = None
    """Of a legal clock, the midnight after the filing day; None: from the start."""

    def due(self, share: float = 1.0) -> int | None:
        """When `share` of the target is used; None while an open pause without a cap stands before it."""
        at, left = self._first(), round(self.target * share)
        for pause in self.pauses:
            ran = self.calendar.worked(at, max(at, pause.since))
            if ran >= left:
                break
            if pause.until is None:
                return None
            at, left = max(at, pause.until), left - ran
        return self.calendar.due(at, left)

    def used(self, now: int) -> int:
        """Working seconds counted by `now`, or by the stop."""
        first, last = self._first(), now if self.stop is None else self.stop
        if last <= first:
            return 0
        paused = sum(self._paused(pause, first, last) for pause in self.pauses)
        return self.calendar.worked(first, last) - paused

    def pause_at(self, now: int) -> Pause | None:
        """The pause that stops it now; None when it runs or has stopped."""
        last = self.pauses[-1] if self.pauses and self.stop is None else None
        return last if last is not None and last.lasts(now) else None

    def _first(self) -> int:
        return self.start if self.counts_from is None else self.counts_from

    def _paused(self, pause: Pause, first: int, last: int) -> int:
        since = max(pause.since, first)
        until = last if pause.until is None else min(pause.until, last)
        return self.calendar.worked(since, until) if until > since else 0


def clock_intervals(history: History, terms: Terms, cycle: Cycle) -> Iterator[ClockInterval]:
    """The clocks of a cycle that have started: verify, respond, resolve, every hold, legal."""
    if cycle.number == 1:
        yield _citizen(history, terms, cycle, ClockKind.VERIFY)
    if cycle.dispatched is not None or cycle.number > 1:
        yield _citizen(history, terms, cycle, ClockKind.RESPOND)
    yield _citizen(history, terms, cycle, ClockKind.RESOLVE)
    for hold in cycle.holds:
        yield held(history, terms, cycle, hold)
    yield legal(terms, cycle)


def _citizen(history: History, terms: Terms, cycle: Cycle, kind: ClockKind) -> ClockInterval:
    start, stop = _ends(cycle, kind)
    policy = history.policy_at(stop)
    pauses = _within(cycle, start, stop) if kind is ClockKind.RESOLVE else ()
    return ClockInterval(
        kind, cycle.number, None, terms.calendars[policy.calendar], start, stop, target_of(policy, kind), pauses
    )


def _ends(cycle: Cycle, kind: ClockKind) -> tuple[int, int | None]:
    """Start and stop. Whatever ends the case ends its clocks: nothing is left to verify or to answer."""
    if kind is ClockKind.VERIFY:
        return cycle.began, _first_of(cycle.dispatched, cycle.finished)
    if kind is ClockKind.RESOLVE:
        return cycle.began, cycle.finished
    start = cycle.began if cycle.number > 1 or cycle.dispatched is None else cycle.dispatched
    stop = _first_of(cycle.answered, cycle.finished)
    return start, None if stop is None else max(start, stop)


def _first_of(a: int | None, b: int | None) -> int | None:
    return a if b is None else b if a is None else min(a, b)


def target_of(policy: Policy, kind: ClockKind) -> int:
    """What the policy allows for a clock of its own, in working seconds; the legal limit is not the policy's."""
    targets = {
        ClockKind.VERIFY: policy.verify,
        ClockKind.RESPOND: policy.respond,
        ClockKind.RESOLVE: policy.resolve,
        ClockKind.HOLD: policy.hold,
    }
    return int(targets[kind].total_seconds())


def held(history: History, terms: Terms, cycle: Cycle, hold: Hold) -> ClockInterval:
    """The holding agency's own clock: in its own calendar, unless the policy's is open always."""
    policy = history.policy_at(hold.until)
    calendar = terms.hold_calendar(policy, hold.agency)
    pauses = _within(cycle, hold.since, hold.until)
    target = target_of(policy, ClockKind.HOLD)
    return ClockInterval(ClockKind.HOLD, cycle.number, hold.agency, calendar, hold.since, hold.until, target, pauses)


def legal(terms: Terms, cycle: Cycle) -> ClockInterval:
    """The class's limit: its working days, each of its own length, from the first one after the day of filing.

    Due at the close of the last; a pause gives back exactly the working time that it took.
    """
    calendar = terms.legal_calendar
    opening, close = calendar.days_after(cycle.began, terms.legal_days)
    stop, target = cycle.finished, calendar.worked(opening, close)
    pauses = _within(cycle, cycle.began, stop)
    return ClockInterval(ClockKind.LEGAL, cycle.number, None, calendar, cycle.began, stop, target, pauses, opening)


def _within(cycle: Cycle, start: int, stop: int | None) -> tuple[Pause, ...]:
    """The cycle's pauses as far as they fall between start and stop."""
    if not cycle.pauses:
        return ()
    cut = (Pause(max(p.since, start), _first_of(p.until, stop), p.reason) for p in cycle.pauses)
    return tuple(p for p in cut if p.until is None or p.until > p.since)
