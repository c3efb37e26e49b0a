"""What has no date is in no duration and has no verdict."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data.domain.cases.model import CaseState, Undated
from data.domain.sla.clocks import ClockKind, ClockState
from data.domain.sla.promise import PromiseState, promise_state
from tests.data.domain.small_city import case, clock, every_clock, status, wib

VERIFY, RESPOND, RESOLVE, HOLD, LEGAL = ClockKind
DISPATCHED = ["2 08:00 received", "2 09:00 dispatched dlh"]


@pytest.mark.parametrize("end", ["closed", "resolved", "rejected"])
def test_an_end_without_a_date_is_not_met_in_no_time(end: str):
    ended = every_clock(case("2 08:00 received", f"2 08:00 {end}, undated"), "5 08:00")
    judged = {one.kind: (one.state, one.elapsed_s, one.remaining_s) for one in ended}
    nothing = (ClockState.UNDATED, None, None)
    assert (judged[VERIFY], judged[RESOLVE], judged[LEGAL]) == (nothing, nothing, nothing)
    assert all(one.stopped_at == wib("2 08:00") for one in ended)


def test_a_missing_answer_is_missed_whether_the_end_has_a_date_or_not():
    assert clock(case(*DISPATCHED, "2 10:00 closed, undated"), RESPOND, "5 08:00").state is ClockState.MISSED
    assert clock(case(*DISPATCHED, "2 10:00 rejected, undated"), RESPOND, "5 08:00").state is ClockState.UNDATED


def test_an_answer_without_a_date_stops_the_clock_and_is_not_in_time():
    answered = clock(case(*DISPATCHED, "2 09:00 answered, undated"), RESPOND, "5 08:00")
    assert (answered.state, answered.elapsed_s) == (ClockState.UNDATED, None)
    assert status(case(*DISPATCHED, "2 09:00 answered, undated"), "2 10:00").next_clock is RESOLVE


@pytest.mark.parametrize("why", ["undated", "inferred"])
def test_a_dispatch_without_a_date_has_a_running_clock_and_no_verdict_once_it_stopped(why: str):
    dispatched = ["2 08:00 received", f"2 08:00 dispatched dlh, {why}"]
    running = clock(case(*dispatched), HOLD, "2 10:00")
    assert (running.state, running.elapsed_s) == (ClockState.RUNNING, 2 * 3600)
    resolved = {one.kind: one.state for one in every_clock(case(*dispatched, "2 12:00 resolved"), "5 08:00")}
    assert (resolved[VERIFY], resolved[HOLD], resolved[RESOLVE]) == (
        ClockState.UNDATED,
        ClockState.UNDATED,
        ClockState.MET,
    )


def test_dispatched_and_resolved_in_one_dated_second_both_count():
    for lines in (("resolved", "dispatched dlh"), ("dispatched dlh", "resolved")):
        ended = every_clock(case("2 08:00 received", *(f"2 10:00 {line}" for line in lines)), "5 08:00")
        judged = {one.kind: (one.state, one.elapsed_s) for one in ended}
        assert judged[VERIFY] == (ClockState.MET, 2 * 3600)
        assert judged[HOLD] == (ClockState.MET, 0)
        assert judged[RESOLVE] == (ClockState.MET, 2 * 3600)
        assert judged[RESPOND][0] is ClockState.MISSED


def test_dispatched_and_resolved_in_one_second_without_a_date_claim_no_zero():
    lines = ["2 10:00 dispatched dlh, inferred", "2 10:00 resolved"]
    judged = {one.kind: (one.state, one.elapsed_s) for one in every_clock(case("2 08:00 received", *lines), "5 08:00")}
    assert judged[HOLD] == (ClockState.UNDATED, None)
    assert judged[RESOLVE] == (ClockState.MET, 2 * 3600)


def test_a_closing_without_a_date_takes_nothing_from_a_dated_resolution():
    ended = case(*DISPATCHED, "2 12:00 resolved", "2 12:00 closed, undated")
    assert clock(ended, RESOLVE, "5 08:00").state is ClockState.MET
    assert status(ended, "5 08:00").undated == 0


def test_the_row_keeps_which_moments_are_none():
    ended = status(case("2 08:00 received", "2 08:00 dispatched dlh, undated", "2 08:00 resolved, undated"), "5 08:00")
    assert Undated(ended.undated) == Undated.DISPATCH | Undated.END
    again = status(case("2 08:00 received", "2 08:00 closed, undated", "3 08:00 reopened"), "5 08:00")
    assert (again.undated, again.state) == (0, CaseState.RECEIVED)


@pytest.mark.parametrize(
    ("lines", "promised", "state"),
    [
        ((), "5 08:00", PromiseState.RUNNING),
        ((), "4 07:59", PromiseState.OVERDUE),
        (("3 08:00 resolved", "4 08:00 closed"), "3 08:00", PromiseState.KEPT),
        (("3 08:01 resolved",), "3 08:00", PromiseState.MISSED),
        (("3 08:00 rejected",), "3 08:00", PromiseState.KEPT),
        (("3 08:01 closed",), "3 08:00", PromiseState.MISSED),
        (("2 08:00 closed, undated",), "3 08:00", PromiseState.UNDATED),
        (("3 08:00 closed", "3 09:00 reopened"), "3 08:00", PromiseState.OVERDUE),
        (("3 08:00 merged",), "3 08:00", None),
    ],
)
def test_a_promise_is_kept_by_the_end_of_the_case(lines: tuple[str, ...], promised: str, state: PromiseState | None):
    found = status(case("2 08:00 received", *lines), "4 08:00")
    assert promise_state(wib(promised), found, wib("4 08:00")) is state


def test_a_promise_moves_no_clock_and_without_one_there_is_no_verdict():
    found = status(case("2 08:00 received"), "4 08:00")
    assert promise_state(None, found, wib("4 08:00")) is None
    assert found.resolve_due_at == wib("3 16:00")
    assert promise_state(found.resolve_due_at + timedelta(days=30), found, wib("4 08:00")) is PromiseState.RUNNING
