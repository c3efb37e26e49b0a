"""The paused share of open working time, each second for who held the case in it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from data.domain.cases.model import CaseEvent, Undated
from data.domain.sla.history import Cycle, History, read_history
from data.domain.sla.pauses import HeldTime, held_times
from data.domain.sla.worktime import epoch
from tests.data.domain.sla.histories import any_history
from tests.data.domain.small_city import calendars, case, some_terms, wib

OFFICE = calendars()["kantor"]
HOUR = 3600


def times(start: str, end: str, *lines: str) -> list[HeldTime]:
    """Of a case about waste."""
    history = read_history(case(*lines), some_terms())
    return list(held_times(history, OFFICE, epoch(wib(start)), epoch(wib(end))))


def test_what_is_paused_and_what_is_open_are_counted_in_working_time():
    found = times("1 00:00", "5 00:00", "2 08:00 received", "2 09:00 dispatched dlh", "2 10:00 paused citizen")
    assert found == [("triase", 0, HOUR), ("dlh", 22 * HOUR, 23 * HOUR)]  # 10.00 to 16.00, and two days


def test_only_the_window_counts():
    lines = ("2 08:00 received", "2 08:00 dispatched dlh", "2 10:00 paused citizen", "3 12:00 resumed")
    assert times("3 00:00", "3 14:00", *lines) == [("dlh", 4 * HOUR, 6 * HOUR)]
    assert times("9 00:00", "9 14:00", *lines, "4 09:00 resolved") == []


def test_a_transfer_moves_no_pause_to_another_agency():
    lines = ("2 08:00 received", "2 08:00 dispatched dlh", "2 10:00 paused citizen", "2 14:00 transferred pupr")
    assert times("2 00:00", "2 16:00", *lines) == [("dlh", 4 * HOUR, 6 * HOUR), ("pupr", 2 * HOUR, 2 * HOUR)]


def test_a_reopening_takes_no_pause_out_of_sight_and_the_time_between_is_not_open():
    lines = ("2 08:00 received", "2 08:00 dispatched dlh", "2 10:00 paused citizen", "2 12:00 resolved")
    assert times("2 00:00", "3 16:00", *lines, "3 14:00 reopened") == [
        ("dlh", 2 * HOUR, 4 * HOUR),
        ("dlh", 0, 2 * HOUR),
    ]


def test_time_that_begins_or_ends_without_a_date_is_left_out():
    lines = ("2 08:00 received", "2 10:00 dispatched dlh, inferred", "2 14:00 transferred pupr", "3 09:00 resolved")
    assert times("1 00:00", "5 00:00", *lines) == [("pupr", 0, 3 * HOUR)]
    assert times("1 00:00", "5 00:00", *lines[:3], "3 09:00 resolved, undated") == []
    vague_end = ("2 08:00 received", "2 10:00 dispatched dlh", "3 09:00 resolved, undated")
    assert times("1 00:00", "5 00:00", *vague_end) == [("triase", 0, 2 * HOUR)]
    assert times("2 15:00", "5 00:00", *lines[:2]) == []


def holder(cycle: Cycle, at: int) -> str:
    """Who holds the case at a moment."""
    held = [hold.agency for hold in cycle.holds if hold.since <= at and (hold.until is None or at < hold.until)]
    return held[-1] if held else "triase"


def is_dated(cycle: Cycle, at: int) -> bool:
    """Whether the stretch around a moment, with one holder or with none, begins and ends at moments that are known."""
    around = [hold for hold in cycle.holds if hold.since <= at and (hold.until is None or at < hold.until)]
    if around:
        return around[-1].is_dated
    before = [hold.ends_dated for hold in cycle.holds if hold.until is not None and hold.until <= at]
    after = [hold.begins_dated for hold in cycle.holds if hold.since > at]
    begins = before[-1] if before else not cycle.undated & Undated.START
    return begins and (after[0] if after else not cycle.undated & Undated.END)


def slowly(history: History, start: int, end: int) -> Counter[tuple[str, bool]]:
    """Working seconds by holder and whether paused: from edge to edge nothing changes, so its beginning tells all."""
    edges = {start, end}
    for cycle in history.cycles:
        edges |= {cycle.started, cycle.finished or end}
        edges |= {at for one in (*cycle.holds, *cycle.pauses) for at in (one.since, one.until or end)}
    inside = sorted(at for at in edges if start <= at <= end)
    counted: Counter[tuple[str, bool]] = Counter()
    for a, b in pairwise(inside):
        for cycle in history.cycles:
            if cycle.started <= a and (cycle.finished is None or a < cycle.finished):
                if not is_dated(cycle, a):
                    continue
                paused = any(pause.is_active(a) for pause in cycle.pauses)
                counted[holder(cycle, a), paused] += OFFICE.worked(a, b)
    return counted


@settings(max_examples=300)
@given(any_history(), st.integers(0, 30 * 86_400), st.integers(0, 30 * 86_400))
def test_every_working_second_counts_once_for_who_held_the_case(events: list[CaseEvent], after: int, length: int):
    history = read_history(events, some_terms())
    start = epoch(events[0].at - timedelta(days=2)) + after
    found: Counter[tuple[str, bool]] = Counter()
    for agency, paused, total in held_times(history, OFFICE, start, start + length):
        found += Counter({(agency, True): paused, (agency, False): total - paused})
    assert found == +slowly(history, start, start + length)
