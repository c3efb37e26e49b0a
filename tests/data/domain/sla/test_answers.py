"""The verdict about a first answer stands: nothing that is done after the due moment takes a missed one back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.sla.case_status import CaseStatus, case_status
from tests.data.domain.sla.histories import any_event, any_history
from tests.data.domain.small_city import case, said, some_terms, status, wib

DAY = timedelta(days=1)
LATER_ACTIONS = (
    *(EventKind.PAUSED, EventKind.RESUMED, EventKind.CLOSED, EventKind.RESOLVED, EventKind.REOPENED),
    *(EventKind.RECLASSIFIED, EventKind.TRANSFERRED, EventKind.MERGED, EventKind.REJECTED, EventKind.ANSWERED),
)

Verdict = tuple[int, datetime, bool]
"""Cycle, due moment, missed."""


def verdicts(found: CaseStatus) -> list[Verdict]:
    """Of every cycle that owes or owed an answer."""
    cycles = [(one.cycle, one.answer_due_at, one.answered_at) for one in found.former]
    cycles.append((found.cycle, found.respond_due_at, found.answered_at))
    return [(n, due, at is None or at > due) for n, due, at in cycles if due is not None]


def missed(events: Sequence[CaseEvent], now: datetime) -> set[tuple[int, datetime]]:
    """The missed cycles in the cohort of the 24 hours before `now`."""
    found = verdicts(case_status(events, some_terms(), now))
    return {(n, due) for n, due, late in found if late and now - DAY < due <= now}


@st.composite
def later_actions(draw: st.DrawFn, after: datetime, until: datetime) -> list[CaseEvent]:
    """One to four actions in (after, until], in order of time."""
    room = int((until - after).total_seconds())
    moments = sorted(draw(st.lists(st.integers(1, room), min_size=1, max_size=4)))
    actions = []
    for seconds in moments:
        at = after + timedelta(seconds=seconds)
        if draw(st.booleans()):
            actions.append(draw(any_event(at)))
        else:
            reason = "citizen" if (kind := draw(st.sampled_from(LATER_ACTIONS))) is EventKind.PAUSED else None
            actions.append(CaseEvent(at, kind, ActorKind.OPERATOR, agency="pupr", reason=reason))
    return actions


@settings(max_examples=200)
@given(any_history(), st.data())
def test_nothing_done_after_the_due_moment_takes_a_missed_answer_out_of_the_cohort(
    events: list[CaseEvent], data: st.DataObject
):
    known = verdicts(case_status(events, some_terms(), events[-1].at))
    assume(known)
    cycle, due, _ = data.draw(st.sampled_from(known))
    now = due + timedelta(seconds=data.draw(st.integers(1, 86_399)))
    told = [event for event in events if event.at <= now]
    before = missed(told, now)
    assume((cycle, due) in before)
    # A change of category that came after that moment has set it: what is told to lie before that change, undoes it.
    assume(not any(event.kind is EventKind.RECLASSIFIED and event.at > due for event in told))
    more = data.draw(later_actions(due, now))
    after = missed(sorted([*told, *more], key=lambda event: event.at), now)
    assert {one for one in before if one[1] <= due} <= after


MISSED = ("2 08:00 received", "2 08:10 dispatched dlh")  # due at 12:10


@pytest.mark.parametrize(
    "later",
    [
        ("2 13:00 paused citizen",),
        ("2 13:00 paused citizen", "2 13:10 resumed"),
        ("2 13:00 transferred pupr",),
        ("2 13:00 reclassified biasa:2",),
        ("2 13:00 merged",),
        ("2 13:00 rejected",),
        ("2 13:00 resolved",),
        ("2 13:00 closed",),
        ("2 13:00 answered", "2 13:01 closed"),
        ("2 13:00 resolved", "2 13:01 merged"),
        ("2 13:00 closed", "2 13:01 reopened"),
        ("2 13:00 closed", "2 13:01 reopened", "2 13:02 answered"),
        ("2 13:00 closed", "2 13:01 reopened", "2 13:02 merged"),
        ("2 13:00 rejected", "2 13:01 reopened", "2 13:02 answered", "2 13:03 closed"),
    ],
)
def test_a_missed_answer_stays_missed_whatever_is_done_later(later: tuple[str, ...]):
    found = verdicts(status(case(*MISSED, *later), "2 14:00"))
    assert (1, wib("2 12:10"), True) in found


def test_a_resolution_without_an_answer_is_not_undone_by_a_merge_after_the_due_moment():
    silent = case("2 08:00 received", "2 08:10 resolved", "2 13:00 merged")
    assert verdicts(status(silent, "2 14:00")) == [(1, wib("2 12:10"), True)]
    assert verdicts(status(case("2 08:00 received", "2 08:10 resolved", "2 12:00 merged"), "2 14:00")) == []


@pytest.mark.parametrize("end", ["rejected", "merged"])
def test_what_is_rejected_or_merged_by_the_due_moment_owes_no_answer(end: str):
    assert verdicts(status(case(*MISSED, f"2 12:10 {end}"), "2 14:00")) == []
    assert verdicts(status(case("2 08:00 received", f"2 09:00 {end}"), "2 14:00")) == []
    assert [late for _, _, late in verdicts(status(case(*MISSED, f"2 12:11 {end}"), "2 14:00"))] == [True]


def test_every_cycle_has_a_verdict_of_its_own():
    found = status(
        case(*MISSED, "2 10:00 answered", "2 11:00 closed", "3 09:00 reopened", "3 14:00 answered"), "4 08:00"
    )
    assert [(n, said(due), late) for n, due, late in verdicts(found)] == [(1, "2 12:10", False), (2, "3 13:00", True)]
    [first] = found.former
    assert (said(first.dispatched_at), said(first.answered_at)) == ("2 08:10", "2 10:00")
    assert status(case(*MISSED), "2 14:00").former == ()


ENDS = (EventKind.RESOLVED, EventKind.CLOSED, EventKind.REJECTED, EventKind.MERGED)
LATE_STAYS_LATE = [
    "2 13:00 paused citizen",
    "2 13:00 reclassified biasa:2",
    "2 13:00 transferred pupr",
    "2 13:00 acknowledged dlh",
    "2 13:00 note",
]


@pytest.mark.parametrize("later", LATE_STAYS_LATE)
def test_a_late_case_is_late_still_after_anything_that_is_no_answer(later: str):
    found = status(case(*MISSED, later), "2 14:00")
    assert found.next_due_at is not None
    assert found.next_due_at < wib("2 14:00")


@settings(max_examples=200)
@given(any_history(), st.sampled_from(["paused", "resumed", "reclassified"]), st.integers(1, 3 * 86_400))
def test_no_pause_and_no_change_of_rules_makes_a_late_case_timely(events: list[CaseEvent], kind: str, seconds: int):
    running = [event for event in events if event.kind not in ENDS]
    at = running[-1].at + DAY + timedelta(seconds=seconds)
    found = case_status(running, some_terms(), at)
    assume(found.next_due_at is not None and found.next_due_at < at)
    how = {"reason": "citizen"} if kind == "paused" else {"policy": "biasa", "policy_version": 2}
    action = CaseEvent(at, EventKind(kind), ActorKind.AGENCY, **(how if kind != "resumed" else {}))
    after = case_status([*running, action], some_terms(), at)
    assert after.next_due_at is not None
    assert after.next_due_at < at
