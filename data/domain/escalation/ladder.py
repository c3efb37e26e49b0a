"""When an agency's silence goes up the ladder, as a function of a case's events, what was raised before, and now.

The steps are moments on the agency's hold clock: in its own working time, moved by pauses, begun anew with each agency.
An agency is silent at a step when it has neither answered nor noted anything since the step before; when its time is
used up nobody asks for that any more. To accept a case is no work, and to acknowledge a step is none either: it only
keeps the step quiet for a while.

Nothing is raised of a case that nobody holds, that is paused, ended or folded: what was raised before ends by itself,
because it belongs to that hold. When several steps are due, only the highest is raised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from data.domain.cases.model import HANDED_BACK, ActorKind, CaseEvent, EventKind, without_undone
from data.domain.city.escalation import Ladder, Receiver
from data.domain.city.model import TRIAGE
from data.domain.sla.clock_intervals import hold_interval
from data.domain.sla.history import OPEN, Hold, read_history
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import epoch, moment

WORK = frozenset({EventKind.NOTE, EventKind.ANSWERED, EventKind.PAUSED, EventKind.RESUMED})
"""What an agency does to a case, and is not silent then; but not the note with which its assistant hands it back."""


@dataclass(frozen=True, slots=True)
class HeldCase:
    """A case in the hands of an agency, as the ladder sees it; aware UTC, whole seconds."""

    cycle: int
    held_at: datetime
    agency: str
    dues: tuple[datetime | None, ...]
    """Of each step; None: never, as things stand."""
    worked_at: datetime | None
    """The agency's last work on it in this hold."""


@dataclass(frozen=True, slots=True)
class RaisedStep:
    """The highest step that was raised in this hold."""

    step: int
    """1, 2, 3."""
    acknowledged_at: datetime | None
    expires_at: datetime | None
    """Of its acknowledgement."""


class Verdict(NamedTuple):
    """What is to be done now."""

    step: int | None
    """To be raised, again perhaps; None: nothing."""
    next_at: datetime | None
    """When to look again, if nothing happens to the case; None: not before something happens."""


def held_case(events: Iterable[CaseEvent], terms: Terms, ladder: Ladder, now: datetime) -> HeldCase | None:
    """None: nothing of this case is to be raised. Raises HorizonError, KeyError, ValueError as `case_status`."""
    given = without_undone(events)
    history = read_history(given, terms)
    cycle, at = history.cycle, max(epoch(now), history.updated)
    hold = cycle.holds[-1] if cycle.holds else None
    if not ladder or history.state not in OPEN or history.agency == TRIAGE or hold is None or not hold.begins_dated:
        return None
    if hold.until is not None or (cycle.pauses and cycle.pauses[-1].is_active(at)):
        return None
    interval = hold_interval(history, terms, cycle, hold)
    dues = tuple(None if (due := interval.due(step.at)) is None else moment(due) for step in ladder)
    return HeldCase(cycle.number, moment(hold.since), hold.agency, dues, _worked_at(given, hold))


def _worked_at(events: Iterable[CaseEvent], hold: Hold) -> datetime | None:
    theirs = (
        event.at
        for event in events
        if event.kind in WORK
        and event.reason != HANDED_BACK
        and event.actor_kind is ActorKind.AGENCY
        and event.agency in (None, hold.agency)
    )
    return max((at for at in theirs if epoch(at) >= hold.since), default=None)


def without_assistants(held: HeldCase, ladder: Ladder) -> HeldCase:
    """As the ladder sees a case that no field assistant is for: their steps never come, all others as usual."""
    pairs = zip(held.dues, ladder, strict=True)
    return replace(held, dues=tuple(None if step.to is Receiver.ASSISTANT else due for due, step in pairs))


def judge(held: HeldCase, ladder: Ladder, raised: RaisedStep | None, now: datetime) -> Verdict:
    """Which step is to be raised at `now`, and when to look again.

    raised: perhaps on a ladder with more steps, which the case had under another policy.
    """
    if raised is not None and raised.step > len(ladder):
        raised = replace(raised, step=len(ladder))
    above = range((raised.step if raised else 0) + 1, len(ladder) + 1)
    reached = [n for n in above if (due := held.dues[n - 1]) is not None and due <= now]
    to_raise = next((n for n in reversed(reached) if _is_silent(held, ladder, n)), None)
    ahead = [due for n in above if (due := held.dues[n - 1]) is not None and due > now]
    if to_raise is None and raised is not None and raised.expires_at is not None:
        if raised.expires_at > now:
            ahead.append(raised.expires_at)
        elif _is_over(ladder, raised.step) or not _worked_since(held, raised.acknowledged_at):
            to_raise = raised.step
    return Verdict(to_raise, min(ahead, default=None))


def _is_silent(held: HeldCase, ladder: Ladder, step: int) -> bool:
    before = held.held_at if step == 1 else held.dues[step - 2]
    return _is_over(ladder, step) or not _worked_since(held, before)


def _is_over(ladder: Ladder, step: int) -> bool:
    """Whether the agency's time is used up at this step."""
    return ladder[step - 1].at >= 1


def _worked_since(held: HeldCase, at: datetime | None) -> bool:
    return held.worked_at is not None and (at is None or held.worked_at > at)
