"""Laws of clocks over any history, the arithmetic against an oracle that walks minute by minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from data.domain.cases.model import OPEN_STATES, CaseEvent, CaseState
from data.domain.sla.case_status import CITIZEN_CLOCKS, case_status
from data.domain.sla.clock_intervals import ClockInterval
from data.domain.sla.clocks import Clock, ClockKind, ClockState, clocks
from data.domain.sla.history import Pause
from data.domain.sla.terms import terms
from data.domain.sla.worktime import epoch, moment
from tests.data.domain.sla.histories import any_history
from tests.data.domain.small_city import a_city, calendars, some_terms, wib

OFFICE = calendars()["kantor"]
FRIDAY = epoch(wib("5 07:00"))


@st.composite
def some_run(draw: st.DrawFn) -> ClockInterval:
    """A running office clock with up to three pauses, all on whole minutes."""
    edges = sorted(
        draw(st.lists(st.integers(0, 4000), min_size=0, max_size=6).filter(lambda found: len(found) % 2 == 0))
    )
    pairs = list(zip(edges[::2], edges[1::2], strict=True))
    pauses = tuple(Pause(FRIDAY + 60 * a, FRIDAY + 60 * b, "citizen") for a, b in pairs if a < b)
    return ClockInterval(ClockKind.RESOLVE, 1, None, OFFICE, FRIDAY, None, 60 * draw(st.integers(1, 600)), pauses)


def counts(interval: ClockInterval, minute: int) -> bool:
    paused = any(pause.since <= minute and (pause.until is None or minute < pause.until) for pause in interval.pauses)
    return OFFICE.is_open(moment(minute)) and not paused


@given(some_run())
def test_a_clock_is_due_when_the_oracle_has_counted_its_target(interval: ClockInterval):
    left, minute = interval.target, interval.start
    while left:
        left -= 60 * counts(interval, minute)
        minute += 60
    assert interval.due() == minute
    assert interval.used(minute) == interval.target


@given(some_run(), st.integers(0, 5000))
def test_a_clock_has_used_what_the_oracle_counts(interval: ClockInterval, minutes: int):
    end = interval.start + 60 * minutes
    assert interval.used(end) == 60 * sum(counts(interval, minute) for minute in range(interval.start, end, 60))


@given(some_run())
def test_a_pause_never_brings_the_due_moment_forward(interval: ClockInterval):
    due, free = interval.due(), replace(interval, pauses=()).due()
    assert due is not None
    assert free is not None
    assert due >= free


nows = st.integers(0, 40 * 86400).map(lambda seconds: wib("2 00:00") + timedelta(seconds=seconds))


@given(any_history(), nows)
def test_segments_cover_a_clock_s_life_once_and_count_what_it_used(events: list[CaseEvent], now: datetime):
    now = max(events[-1].at, now)
    for one in clocks(events, some_terms(), now):
        assert_segments_are_whole(one, moment(epoch(now)))


def assert_segments_are_whole(one: Clock, now: datetime) -> None:
    if one.elapsed_s is None or one.remaining_s is None:
        assert (one.state, one.segments) == (ClockState.UNDATED, ())
        return
    end = one.stopped_at or now
    counted = sum(int((part.end - part.start).total_seconds()) for part in one.segments if part.counted)
    assert counted == one.elapsed_s == one.target_s - one.remaining_s
    assert all(part.start < part.end for part in one.segments)
    assert all(a.end == b.start for a, b in pairwise(one.segments))
    if one.segments:
        assert (one.segments[0].start, one.segments[-1].end) == (one.started_at, end)
    else:
        assert one.started_at == end


@given(any_history(), nows)
def test_what_a_clock_says_agrees_with_its_moments(events: list[CaseEvent], now: datetime):
    at = max(events[-1].at, now)
    for one in clocks(events, some_terms(), at):
        if one.state is ClockState.UNDATED:
            assert (one.stopped_at is None, one.elapsed_s, one.remaining_s) == (False, None, None)
        elif one.stopped_at is not None:
            assert one.state in (ClockState.MET, ClockState.MISSED)
            in_time = one.due_at is None or one.stopped_at <= one.due_at
            assert in_time or one.state is ClockState.MISSED
            assert (one.state is ClockState.MET) == in_time or one.kind is ClockKind.RESPOND
        elif one.state is ClockState.BREACHED:
            assert (one.remaining_s or 0) <= 0
        else:
            assert one.remaining_s is not None
            assert one.remaining_s >= 0
            assert one.state in (ClockState.RUNNING, ClockState.WARNING, ClockState.PAUSED)
        known = [warn for warn in (*one.warnings, one.due_at) if warn is not None]
        assert known == sorted(known)


@settings(max_examples=200)
@given(any_history(), nows)
def test_a_standing_says_what_the_clocks_say(events: list[CaseEvent], now: datetime):
    at = max(events[-1].at, now)
    found = case_status(events, some_terms(), at)
    current = {one.kind: one for one in clocks(events, some_terms(), at) if one.cycle == found.cycle}
    for kind in ClockKind:
        due = current[kind].due_at if kind in current else None
        refused = found.state in (CaseState.REJECTED, CaseState.MERGED) and kind is ClockKind.RESPOND
        if not refused and (kind is not ClockKind.HOLD or found.held_at is not None):
            assert getattr(found, f"{kind}_due_at") == due
    running = [one for kind, one in current.items() if kind in CITIZEN_CLOCKS and one.stopped_at is None]
    unpaused = [one for one in running if one.state is not ClockState.PAUSED]
    dues = [one.due_at for one in unpaused if one.due_at is not None]
    assert found.next_due_at == min(dues, default=None)
    assert found.open == (found.state in OPEN_STATES)
    assert found.open == bool(running)
    assert (found.paused_at is not None) == (found.state == "waiting")


@given(any_history(), nows)
def test_the_moments_of_a_standing_are_in_order(events: list[CaseEvent], now: datetime):
    found = case_status(events, some_terms(), max(events[-1].at, now))
    assert found.received_at <= found.updated_at
    for at in (found.dispatched_at, found.acknowledged_at, found.answered_at, found.held_at, found.paused_at):
        assert at is None or found.received_at <= at <= found.updated_at
    if found.next_clock is not None:
        assert found.next_start_at is not None
        assert found.next_warn_at is not None
        assert found.next_due_at is not None
        assert found.next_start_at <= found.next_warn_at <= found.next_due_at


@given(any_history(), nows)
def test_a_case_is_judged_alike_from_its_row_once_its_receipt_carries_its_terms(events: list[CaseEvent], now: datetime):
    at = max(events[-1].at, now)
    kept = [replace(events[0], category="sampah", policy="biasa", policy_version=1), *events[1:]]
    first = case_status(kept, some_terms(), at)
    row = terms(a_city(), calendars(), first.category, (first.policy, first.policy_version), "pengaduan")
    assert case_status(kept, row, at) == first
