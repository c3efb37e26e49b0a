"""Cases that broke other engines, one by one; the places where they broke are named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from data.domain.cases.model import CaseState
from data.domain.sla.clocks import Clock, ClockKind, ClockState
from tests.data.domain.small_city import (
    HOUR,
    OFFICE_HOURS,
    STANDARD,
    a_city,
    a_city_with,
    calendars_of,
    case,
    clock,
    every_clock,
    office,
    said,
    some_terms,
    status,
    wib,
)

VERIFY, RESPOND, RESOLVE, HOLD, LEGAL = ClockKind
DISPATCHED = case("2 08:00 received", "2 09:00 dispatched dlh")
REOPENED_TWICE = [
    *DISPATCHED,
    *case("2 10:00 answered", "2 12:00 resolved", "3 09:00 closed"),
    *case("8 08:00 reopened by citizen", "8 10:00 answered", "9 12:00 resolved"),
    *case("15 08:00 reopened by citizen"),
]


def resolves(now: str) -> list[Clock]:
    return [one for one in every_clock(REOPENED_TWICE, now) if one.kind is RESOLVE]


def test_a_case_reopened_several_times_keeps_every_cycle():
    """Zammad 188, GLPI PR 9267."""
    found = resolves("15 10:00")
    assert [(one.cycle, said(one.started_at), said(one.stopped_at)) for one in found] == [
        (1, "2 08:00", "2 12:00"),
        (2, "8 08:00", "9 12:00"),
        (3, "15 08:00", None),
    ]
    assert [one.elapsed_s // 3600 for one in found] == [4, 12, 2]
    assert said(found[2].due_at) == "17 16:00"
    now = status(REOPENED_TWICE, "15 10:00")
    assert (now.cycle, now.state, now.resolved_at, now.ended_at) == (3, CaseState.DISPATCHED, None, None)
    assert said(now.first_resolved_at) == "2 12:00"


def test_a_reopened_case_starts_verified_and_is_answered_anew():
    now = status(REOPENED_TWICE, "15 10:00")
    assert (now.verify_due_at, said(now.respond_due_at)) == (None, "15 12:00")
    assert (now.next_clock, now.answered_at) == (RESPOND, None)
    assert [one.cycle for one in every_clock(REOPENED_TWICE, "15 10:00") if one.kind is VERIFY] == [1]


@pytest.mark.parametrize("change", ["biasa:2", "darurat", "biasa"])
def test_a_policy_changed_while_paused_keeps_the_pause(change: str):
    """GLPI 6902, 15605: the new policy does not even list the reason."""
    paused = [*DISPATCHED, *case("2 10:00 paused citizen", f"2 12:00 reclassified {change}")]
    assert clock(paused, RESOLVE, "2 15:00").state is ClockState.PAUSED
    assert status(paused, "2 15:00").state is CaseState.WAITING
    resumed = clock([*paused, *case("3 09:00 resumed")], RESOLVE, "3 10:00")
    before, after = wib("2 10:00") - wib("2 08:00"), HOUR
    assert resumed.elapsed_s == (before + after).total_seconds()


@pytest.mark.parametrize(
    "back", ["2 14:00 dispatched pupr", "2 14:00 transferred triase", "2 14:00 resumed by citizen"]
)
def test_a_case_that_waits_and_goes_back_to_new_keeps_its_pause(back: str):
    """GLPI 14148."""
    waited = [*DISPATCHED, *case("2 10:00 paused citizen by operator", back, "3 09:00 resumed by operator")]
    resolve = clock(waited, RESOLVE, "3 16:00")
    pause = office().between(wib("2 10:00"), wib("2 14:00" if "resumed" in back else "3 09:00"))
    assert resolve.elapsed_s == 16 * 3600 - pause
    assert resolve.due_at == office().add(wib("3 16:00"), pause)


def test_no_breach_is_raised_while_paused():
    """GLPI 24481."""
    paused = [*DISPATCHED, *case("2 10:00 answered", "2 15:00 paused budget")]
    for now in ("2 16:00", "4 10:00", "30 10:00"):
        assert {clock(paused, kind, now).state for kind in (RESOLVE, HOLD, LEGAL)} == {ClockState.PAUSED}
        found = status(paused, now)
        assert (found.state, found.next_clock, found.next_due_at) == (CaseState.WAITING, None, None)


def test_time_between_solved_and_reopened_is_no_pause_and_no_work():
    """GLPI 23359."""
    found = resolves("15 10:00")
    assert not any("paused" in segment.reason for one in found for segment in one.segments)
    assert found[0].elapsed_s + found[1].elapsed_s == 16 * 3600
    total = found[1].stopped_at - found[0].started_at if found[1].stopped_at else None
    assert total == wib("9 12:00") - wib("2 08:00")


def test_a_warning_in_the_day_before_s_segment_keeps_its_hour():
    """GLPI PR 22678."""
    resolve = clock(case("2 12:00 received"), RESOLVE, "3 09:00")
    assert said(resolve.due_at) == "4 12:00"
    assert [said(at) for at in resolve.warnings] == ["3 12:00", "3 16:00", "4 10:24"]


def test_a_pause_longer_than_a_holiday_gives_back_working_time_only():
    """frappe/helpdesk PR 2449: Monday 10:00 to Thursday 10:00 with Tuesday off is 16 working hours."""
    paused = case("15 08:00 received", "15 08:00 dispatched dlh", "15 10:00 paused citizen", "18 10:00 resumed")
    resolve = clock(paused, RESOLVE, "18 12:00")
    assert resolve.elapsed_s == 4 * 3600
    assert said(resolve.due_at) == "22 13:00"
    assert office().between(wib("15 10:00"), wib("18 10:00")) == 16 * 3600


def test_a_schedule_without_monday_and_thursday_runs():
    """osTicket 6739: here open on Tuesdays and Saturdays only."""
    calendars = calendars_of(a_city_with(hours=dict.fromkeys((1, 5), OFFICE_HOURS[0])))
    resolve = clock(case("1 08:00 received"), RESOLVE, "2 10:00", some_terms(calendars=calendars))
    assert (resolve.elapsed_s, said(resolve.due_at)) == (2 * 3600, "6 16:00")


def test_two_pauses_in_the_same_minute_stay_two():
    """Zammad."""
    paused = [
        *DISPATCHED,
        *case("2 10:00:05 paused citizen", "2 10:00:15 resumed", "2 10:00:20 paused citizen", "2 10:00:50 resumed"),
    ]
    resolve = clock(paused, RESOLVE, "2 12:00")
    assert resolve.elapsed_s == 4 * 3600 - 10 - 30
    assert [one.reason for one in resolve.segments].count("paused:citizen") == 2


def test_pauses_that_follow_without_a_break_stay_two():
    paused = [*DISPATCHED, *case("2 10:00 paused citizen", "2 11:00 paused budget", "2 12:00 resumed")]
    whys = [one.reason for one in clock(paused, RESOLVE, "2 13:00").segments]
    assert whys == ["working", "paused:citizen", "paused:budget", "working"]
    assert said(status(paused[:-1], "2 11:30").paused_at) == "2 10:00"


def test_a_pause_under_a_minute_counts():
    """Zammad."""
    paused = [*DISPATCHED, *case("2 10:00 paused citizen", "2 10:00:07 resumed")]
    assert clock(paused, RESOLVE, "2 12:00").elapsed_s == 4 * 3600 - 7


def test_an_open_pause_counts():
    """Zammad."""
    assert clock([*DISPATCHED, *case("2 10:00 paused citizen")], RESOLVE, "2 15:00").elapsed_s == 2 * 3600


def test_a_new_version_of_a_policy_leaves_old_cases_as_they_were():
    """Zammad: the case keeps the version in force at its receipt."""
    before = every_clock(REOPENED_TWICE, "15 10:00")
    hard = replace(STANDARD, version=3, verify=0 * HOUR, respond=0 * HOUR, resolve=0 * HOUR, hold=0 * HOUR)
    versions = {**a_city().policies, "biasa": (*a_city().policies["biasa"], hard)}
    changed = some_terms(city=replace(a_city(), policies=versions))
    assert every_clock(REOPENED_TWICE, "15 10:00", changed) == before


def test_a_policy_applied_anew_leaves_what_has_stopped_as_it_was():
    before = every_clock(REOPENED_TWICE, "15 10:00")
    after = every_clock([*REOPENED_TWICE, *case("15 09:00 reclassified biasa:2")], "15 10:00")
    for old, new in zip(before, after, strict=True):
        assert old == new if old.stopped_at or old.kind is LEGAL else old.target_s < new.target_s


def test_open_cases_are_judged_by_an_edited_calendar():
    """Zammad 534."""
    edited = calendars_of(replace(a_city(), extra_holidays={date(2026, 6, 3): "Hari jadi kota"}))
    assert said(status(DISPATCHED, "2 10:00").resolve_due_at) == "3 16:00"
    assert said(status(DISPATCHED, "2 10:00", some_terms(calendars=edited)).resolve_due_at) == "4 16:00"


def test_a_merged_case_has_no_clock_and_nothing_due():
    """Zammad 904."""
    merged = [*DISPATCHED, *case("2 10:00 merged")]
    assert every_clock(merged, "30 10:00") == ()
    found = status(merged, "30 10:00")
    assert (found.state, found.open, found.next_due_at, found.next_warn_at) == (CaseState.MERGED, False, None, None)
    assert {getattr(found, f"{kind}_due_at") for kind in ClockKind} == {None}


def test_the_first_response_is_not_overruled_by_a_later_clock():
    """Zammad 5177."""
    later = [*DISPATCHED, *case("2 10:00 answered", "2 11:00 transferred pupr", "5 10:00 answered")]
    for more in ([], case("9 10:00 reclassified darurat"), case("9 10:00 resolved")):
        respond = clock([*later, *more], RESPOND, "10 10:00")
        assert (said(respond.stopped_at), respond.state) == ("2 10:00", ClockState.MET)
        assert said(status([*later, *more], "10 10:00").answered_at) == "2 10:00"


def test_a_holiday_that_is_not_off_is_worked():
    """Zammad 390."""
    worked = calendars_of(replace(a_city(), working_holidays=frozenset({date(2026, 6, 16)})))
    filed = case("15 08:00 received")
    assert said(clock(filed, RESOLVE, "15 09:00").due_at) == "17 16:00"
    assert said(clock(filed, RESOLVE, "15 09:00", some_terms(calendars=worked)).due_at) == "16 16:00"


def test_the_overdue_mark_goes_when_the_due_moment_moves():
    """osTicket 5160."""
    answered = [*DISPATCHED, *case("2 10:00 answered")]
    assert clock(answered, RESOLVE, "4 10:00").state is ClockState.BREACHED
    moved = [*answered, *case("2 11:00 reclassified biasa:2")]
    assert clock(moved, RESOLVE, "4 10:00").state is ClockState.RUNNING
    found = status(moved, "4 10:00")
    assert found.next_due_at
    assert found.next_due_at > wib("4 10:00")
    assert (found.policy, found.policy_version) == ("biasa", 2)


def test_a_late_case_does_not_become_punctual_by_another_policy():
    late = [*DISPATCHED, *case("2 10:00 answered", "4 10:00 reclassified biasa:2")]
    due = clock(late[:-1], RESOLVE, "4 09:00").due_at
    assert clock(late, RESOLVE, "4 10:00").state is ClockState.BREACHED
    assert clock(late, RESOLVE, "4 10:00").due_at == due == status(late, "4 10:00").next_due_at
    ended = [*late, *case("4 11:00 resolved")]
    assert clock(ended, RESOLVE, "5 10:00").state is ClockState.MISSED


def test_a_case_that_ends_without_an_answer_has_missed_it_however_early():
    for ending in ("2 09:30 closed", "2 09:30 resolved"):
        assert clock([*DISPATCHED, *case(ending)], RESPOND, "2 10:00").state is ClockState.MISSED
    assert clock([*DISPATCHED, *case("2 09:30 rejected")], RESPOND, "2 10:00").state is ClockState.MET
    in_time = [*DISPATCHED, *case("2 09:20 answered", "2 09:30 closed")]
    assert clock(in_time, RESPOND, "2 10:00").state is ClockState.MET
    soon_after = [*DISPATCHED, *case("2 09:20 resolved", "2 09:30 answered")]
    assert clock(soon_after, RESPOND, "2 10:00").state is ClockState.MET
    undispatched = case("2 08:00 received", "2 09:00 closed")
    assert clock(undispatched, RESPOND, "2 10:00").state is ClockState.MISSED
    assert status(undispatched, "2 10:00").respond_due_at is not None, "it is counted where answers are counted"


def test_a_working_day_of_another_length_is_one_working_day():
    """Jira Service Management said '1d 26h': Friday has 3 hours, the others 8."""
    five = some_terms(service_class="informasi")
    for filed, due in (
        ("2 10:00", "9 16:00"),
        ("4 10:00", "11 16:00"),
        ("5 10:00", "12 11:00"),
        ("7 10:00", "12 11:00"),
    ):
        legal = clock(case(f"{filed} received"), LEGAL, filed, five)
        assert said(legal.due_at) == due
        assert legal.target_s == (4 * 8 + 3) * 3600
