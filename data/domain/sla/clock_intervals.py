"""The five clocks of a cycle as intervals of working time with pauses, and the arithmetic that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from data.domain.cases.model import Undated
from data.domain.city.model import Policy
from data.domain.sla.history import Cycle, History, Hold, Pause
from data.domain.sla.terms import Terms, hold_calendar, legal_limit
from data.domain.sla.worktime import Calendar


class ClockKind(StrEnum):
    """The kinds of clocks. All but `hold` count for the citizen; `hold` counts one agency's time with the case."""

    VERIFY = "verify"
    RESPOND = "respond"
    RESOLVE = "resolve"
    HOLD = "hold"
    LEGAL = "legal"


@dataclass(frozen=True, slots=True)
class ClockInterval:
    """One clock: start, stop and target. Times are epoch seconds."""

    kind: ClockKind
    cycle: int
    agency: str | None
    """The agency of a hold clock; None for the others."""
    calendar: Calendar
    start: int
    stop: int | None
    target: int
    """Working seconds."""
    pauses: tuple[Pause, ...] = ()
    """The pauses that stop this clock: in order, not overlapping, within start and stop."""
    counts_from: int | None = None
    """A legal clock counts from the midnight after the filing day; None: from `start`."""
    unmet: bool = False
    """It stopped without what it waits for: a case that ended without an answer."""
    is_dated: bool = True
    """False: when it started or stopped is not known, so that it has neither a verdict nor a duration."""

    def due(self, share: float = 1.0) -> int | None:
        """When `share` of the target is used; None while an open pause without a cap stops the clock before that."""
        at, left = self._counting_start(), round(self.target * share)
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
        first, last = self._counting_start(), now if self.stop is None else self.stop
        if last <= first:
            return 0
        paused = sum(self._paused(pause, first, last) for pause in self.pauses)
        return self.calendar.worked(first, last) - paused

    def pause_at(self, now: int) -> Pause | None:
        """The pause that stops it now; None when it runs or has stopped."""
        last = self.pauses[-1] if self.pauses and self.stop is None else None
        return last if last is not None and last.is_active(now) else None

    def _counting_start(self) -> int:
        return self.start if self.counts_from is None else self.counts_from

    def _paused(self, pause: Pause, first: int, last: int) -> int:
        since = max(pause.since, first)
        until = last if pause.until is None else min(pause.until, last)
        return self.calendar.worked(since, until) if until > since else 0


def clock_intervals(history: History, terms: Terms, cycle: Cycle) -> Iterator[ClockInterval]:
    """The clocks of a cycle that have started: verify, respond, resolve, every hold, legal."""
    if not cycle.held_from_start:
        stop = _earliest(cycle.dispatched, cycle.finished)
        verify = _citizen_interval(history, terms, cycle, ClockKind.VERIFY, (cycle.started, stop))
        yield replace(verify, is_dated=_is_dated(cycle, Undated.START, _stop_of(cycle, Undated.DISPATCH, stop)))
    if (start := _respond_start(cycle)) is not None:
        yield _respond_interval(history, terms, cycle, start)
    resolve = _citizen_interval(history, terms, cycle, ClockKind.RESOLVE, (cycle.started, cycle.finished))
    yield replace(resolve, is_dated=_is_dated(cycle, Undated.START, Undated.END))
    for hold in cycle.holds:
        yield hold_interval(history, terms, cycle, hold)
    yield legal_interval(terms, history.received, cycle)


def _is_dated(cycle: Cycle, *moments: Undated) -> bool:
    return not any(cycle.undated & moment for moment in moments)


def _stop_of(cycle: Cycle, first: Undated, stop: int | None) -> Undated:
    """Which moment stopped a clock that stops at `first` or at the end, whichever comes earlier."""
    at = cycle.dispatched if first is Undated.DISPATCH else cycle.answered
    return first if at is not None and at == stop else Undated.END


def _citizen_interval(
    history: History, terms: Terms, cycle: Cycle, kind: ClockKind, life: tuple[int, int | None]
) -> ClockInterval:
    pauses = _pauses_between(cycle, *life) if kind is ClockKind.RESOLVE else ()
    calendar_of = terms.calendars.judging(history.received, life[1])

    def under(policy: Policy) -> ClockInterval:
        calendar, target = calendar_of(policy.calendar), target_of(policy, kind)
        return ClockInterval(kind, cycle.number, None, calendar, *life, target, pauses)

    return _under_deciding_policy(history, *life, under)


def _respond_start(cycle: Cycle) -> int | None:
    """The dispatch; of a case that ended without a dispatch and without an answer, its end."""
    if cycle.dispatched is not None:
        return cycle.dispatched
    end = cycle.finished
    refused = cycle.refused and cycle.resolved is None
    if end is None or refused or (cycle.answered is not None and cycle.answered <= end):
        return None
    return end


def _respond_interval(history: History, terms: Terms, cycle: Cycle, start: int) -> ClockInterval:
    """Stops at the first answer or at the end of the case. An end without an answer is a missed answer; rejected and
    merged cases have missed it when they became so after the due moment."""
    answered = None if cycle.answered is None else max(start, cycle.answered)
    end = None if cycle.finished is None else max(start, cycle.finished)
    interval = _citizen_interval(history, terms, cycle, ClockKind.RESPOND, (start, _earliest(answered, end)))
    if interval.stop is None:
        return interval
    first = Undated.END if cycle.dispatched is None else Undated.DISPATCH
    answer, told = Undated.ANSWER, answered
    if answered is None:
        if not cycle.refused:
            return replace(interval, unmet=True)
        answer, told = Undated.END, cycle.ended
    due = interval.due()
    unmet = due is not None and told is not None and told > due
    return replace(interval, unmet=unmet, is_dated=_is_dated(cycle, first, answer))


def _under_deciding_policy(
    history: History, start: int, stop: int | None, under: Callable[[Policy], ClockInterval]
) -> ClockInterval:
    """The clock under the policy in force when it stopped, or now. Late stays late: when it was past its due moment
    under a policy that was then replaced, that policy decides.
    """
    for (since, policy), (until, _) in pairwise(history.policies):
        if since < until and until > start and (stop is None or until <= stop):
            due = (interval := under(policy.at(until))).due()
            if due is not None and due < until:
                return interval
    return under(history.policy_at(stop))


def _earliest(a: int | None, b: int | None) -> int | None:
    return a if b is None else b if a is None else min(a, b)


def target_of(policy: Policy, kind: ClockKind) -> int:
    """The policy's target in working seconds. There is none for LEGAL: that limit comes from the service class."""
    targets = {
        ClockKind.VERIFY: policy.verify,
        ClockKind.RESPOND: policy.respond,
        ClockKind.RESOLVE: policy.resolve,
        ClockKind.HOLD: policy.hold,
    }
    return int(targets[kind].total_seconds())


def hold_interval(history: History, terms: Terms, cycle: Cycle, hold: Hold) -> ClockInterval:
    """The clock of the holding agency: in the agency's calendar, unless the policy's calendar is always open."""
    pauses = _pauses_between(cycle, hold.since, hold.until)
    calendar_of = terms.calendars.judging(history.received, hold.until)

    def under(policy: Policy) -> ClockInterval:
        calendar = hold_calendar(terms.city, calendar_of, policy, hold.agency, hold.until)
        target = target_of(policy, ClockKind.HOLD)
        life = hold.since, hold.until
        return ClockInterval(
            ClockKind.HOLD, cycle.number, hold.agency, calendar, *life, target, pauses, is_dated=hold.is_dated
        )

    return _under_deciding_policy(history, hold.since, hold.until, under)


def legal_interval(terms: Terms, received: int, cycle: Cycle) -> ClockInterval:
    """The limit of the service class in working days, counted from the first working day after the filing day.

    Due at the close of the last day; a pause moves this by exactly the working time that it took.
    """
    limit = legal_limit(terms.city, terms.service_class, cycle.finished)
    calendar = terms.calendars.judging(received, cycle.finished)(limit.calendar)
    opening, close = calendar.days_after(cycle.started, limit.working_days)
    stop, target = cycle.finished, calendar.worked(opening, close)
    pauses = _pauses_between(cycle, cycle.started, stop)
    life, dated = (cycle.started, stop), _is_dated(cycle, Undated.START, Undated.END)
    return ClockInterval(ClockKind.LEGAL, cycle.number, None, calendar, *life, target, pauses, opening, is_dated=dated)


def _pauses_between(cycle: Cycle, start: int, stop: int | None) -> tuple[Pause, ...]:
    """The cycle's pauses, cut to start and stop."""
    if not cycle.pauses:
        return ()
    cut = (Pause(max(p.since, start), _earliest(p.until, stop), p.reason) for p in cycle.pauses)
    return tuple(p for p in cut if p.until is None or p.until > p.since)
