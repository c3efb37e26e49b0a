"""The five clocks: when each starts, stops and pauses, and what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.domain.sla.clocks import ClockKind, ClockState
from tests.data.domain.small_city import (
    HOUR,
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
    wib,
)

VERIFY, RESPOND, RESOLVE, HOLD, LEGAL = ClockKind
DISPATCHED = case("2 08:00 received", "2 09:00 dispatched dlh")


def test_a_new_case_is_verified_and_resolved_against_the_clock():
    started = every_clock(case("2 08:00 received"), "2 08:30")
    assert [one.kind for one in started] == [VERIFY, RESOLVE, LEGAL]
    assert [said(one.due_at) for one in started] == ["2 10:00", "3 16:00", "23 16:00"]


def test_verify_stops_when_dispatched_and_not_when_only_verified():
    assert clock(case("2 08:00 received", "2 08:30 verified"), VERIFY, "2 09:00").stopped_at is None
    assert clock(DISPATCHED, VERIFY, "2 12:00").stopped_at == wib("2 09:00")


def test_verify_stops_when_rejected():
    verify = clock(case("2 08:00 received", "2 11:00 rejected"), VERIFY, "2 12:00")
    assert (said(verify.stopped_at), verify.state) == ("2 11:00", ClockState.MISSED)


def test_handing_a_case_to_the_triage_queue_is_no_dispatch():
    started = every_clock(case("2 08:00 received", "2 09:00 dispatched triase"), "2 09:30")
    assert [one.kind for one in started] == [VERIFY, RESOLVE, LEGAL]


def test_respond_runs_from_dispatch_to_the_first_answer_by_a_person():
    answered = case("2 08:00 received", "2 09:00 dispatched dlh", "2 10:00 answered by system", "2 12:00 answered")
    respond = clock(answered, RESPOND, "2 15:00")
    assert (said(respond.started_at), said(respond.stopped_at)) == ("2 09:00", "2 12:00")
    assert (respond.elapsed_s, respond.remaining_s, respond.state) == (3 * 3600, 3600, ClockState.MET)


@pytest.mark.parametrize("who", ["operator", "agency"])
def test_an_answer_by_a_person_stops_respond(who: str):
    respond = clock([*DISPATCHED, *case(f"2 10:00 answered by {who}")], RESPOND, "2 12:00")
    assert said(respond.stopped_at) == "2 10:00"


@pytest.mark.parametrize("who", ["citizen", "system"])
def test_no_machine_and_no_citizen_answers_for_the_city(who: str):
    assert clock([*DISPATCHED, *case(f"2 10:00 answered by {who}")], RESPOND, "2 12:00").stopped_at is None


def test_an_answer_before_dispatch_leaves_nothing_to_respond():
    early = case("2 08:00 received", "2 08:10 answered by operator", "2 09:00 dispatched dlh")
    respond = clock(early, RESPOND, "2 12:00")
    assert (said(respond.started_at), said(respond.stopped_at), respond.elapsed_s) == ("2 09:00", "2 09:00", 0)


def test_neither_verify_nor_respond_pauses():
    waiting = [*DISPATCHED, *case("2 09:30 paused citizen")]
    assert clock(waiting, RESPOND, "3 12:00").state is ClockState.BREACHED
    assert said(clock(waiting, RESPOND, "3 12:00").due_at) == "2 13:00"
    unseen = case("2 08:00 received", "2 08:30 paused citizen by operator")
    assert said(clock(unseen, VERIFY, "2 09:00").due_at) == "2 10:00"


@pytest.mark.parametrize("kind", [RESOLVE, HOLD, LEGAL])
def test_a_pause_gives_back_the_working_time_that_it_took(kind: ClockKind):
    plain = clock(DISPATCHED, kind, "2 10:00")
    paused = clock([*DISPATCHED, *case("2 10:00 paused citizen", "3 09:00 resumed")], kind, "3 10:00")
    lost = office().between(wib("2 10:00"), wib("3 09:00"))
    if kind is LEGAL:  # counts from midnight after the filing day
        lost = office().between(wib("3 00:00"), wib("3 09:00"))
    assert plain.due_at
    assert paused.due_at == office().add(plain.due_at, lost)


def test_while_a_capped_pause_lasts_the_due_moment_stands_as_if_it_lasted_to_its_cap():
    waiting = [*DISPATCHED, *case("2 10:00 paused citizen")]
    resolve = clock(waiting, RESOLVE, "2 12:00")
    assert (resolve.state, said(resolve.due_at)) == (ClockState.PAUSED, "10 16:00")
    assert (resolve.elapsed_s, resolve.remaining_s) == (2 * 3600, 14 * 3600)


def test_a_pause_ends_at_its_cap_by_itself():
    waiting = [*DISPATCHED, *case("2 10:00 paused citizen")]
    resolve = clock(waiting, RESOLVE, "9 11:00")
    assert (resolve.state, resolve.elapsed_s, said(resolve.due_at)) == (ClockState.RUNNING, 3 * 3600, "10 16:00")


def test_a_pause_without_a_cap_leaves_the_due_moment_open():
    waiting = [*DISPATCHED, *case("2 10:00 paused budget")]
    resolve = clock(waiting, RESOLVE, "30 12:00")
    assert (resolve.state, resolve.due_at, resolve.elapsed_s) == (ClockState.PAUSED, None, 2 * 3600)
    assert [said(at) for at in resolve.warnings] == [None, None, None]


def test_what_warned_before_an_endless_pause_is_still_known():
    late = case("2 08:00 received", "3 08:00 dispatched dlh", "3 12:00 paused budget")
    assert [said(at) for at in clock(late, RESOLVE, "3 13:00").warnings] == ["2 16:00", "3 12:00", None]


def test_only_listed_reasons_pause():
    for event in ("2 10:00 paused vacation", "2 10:00 paused"):
        assert clock([*DISPATCHED, *case(event)], RESOLVE, "2 12:00").state is ClockState.RUNNING


def test_the_hold_clock_is_each_agency_s_own():
    moved = [*DISPATCHED, *case("2 15:00 transferred pupr")]
    first, second = (one for one in every_clock(moved, "3 09:00") if one.kind is HOLD)
    assert (first.agency, said(first.stopped_at), first.state) == ("dlh", "2 15:00", ClockState.MET)
    assert (second.agency, said(second.started_at), second.calendar) == ("pupr", "2 15:00", "pagi")
    assert said(second.due_at) == "4 12:00"
    assert second.elapsed_s == 3600


def test_the_citizen_s_clocks_do_not_start_anew_on_a_transfer():
    moved = [*DISPATCHED, *case("2 15:00 transferred pupr")]
    for kind in (VERIFY, RESPOND, RESOLVE, LEGAL):
        assert clock(moved, kind, "2 15:30").due_at == clock(DISPATCHED, kind, "2 15:30").due_at


def test_a_transfer_to_the_same_agency_is_no_new_start():
    again = [*DISPATCHED, *case("2 15:00 transferred dlh", "2 15:30 dispatched dlh")]
    holds = [one for one in every_clock(again, "3 09:00") if one.kind is HOLD]
    assert [said(one.started_at) for one in holds] == ["2 09:00"]


def test_a_pause_goes_on_over_a_transfer():
    moved = [*DISPATCHED, *case("2 10:00 paused citizen", "2 15:00 transferred pupr", "3 08:00 resumed")]
    first, second = (one for one in every_clock(moved, "3 09:00") if one.kind is HOLD)
    assert first.elapsed_s == 3600
    assert (second.elapsed_s, said(second.due_at)) == (3600, "4 12:00")
    assert clock(moved, RESOLVE, "3 09:00").elapsed_s == 3 * 3600


def test_an_emergency_is_held_around_the_clock_by_any_agency():
    terms = some_terms("darurat")
    hold = clock(case("6 22:00 received", "6 22:05 dispatched pupr"), HOLD, "6 23:00", terms)
    assert (hold.calendar, said(hold.due_at)) == ("selalu", "7 04:05")


def test_an_unknown_agency_is_held_to_the_policy_s_calendar():
    assert clock(case("2 08:00 received", "2 09:00 dispatched lama"), HOLD, "2 10:00").calendar == "kantor"


def test_the_hold_clock_stops_when_the_case_is_resolved():
    hold = clock([*DISPATCHED, *case("2 14:00 resolved")], HOLD, "5 10:00")
    assert (said(hold.stopped_at), hold.elapsed_s) == ("2 14:00", 5 * 3600)


@pytest.mark.parametrize("end", ["resolved", "closed", "rejected"])
def test_whatever_ends_a_case_ends_all_its_clocks(end: str):
    ended = every_clock([*DISPATCHED, *case(f"2 14:00 {end}")], "30 10:00")
    assert all(one.stopped_at is not None for one in ended)
    assert {said(one.stopped_at) for one in ended if one.kind in (RESPOND, RESOLVE, LEGAL)} == {"2 14:00"}


def test_closing_later_does_not_move_the_resolution():
    closed = [*DISPATCHED, *case("2 14:00 resolved", "9 10:00 closed", "9 11:00 resolved")]
    assert said(clock(closed, RESOLVE, "10 10:00").stopped_at) == "2 14:00"


def test_the_legal_limit_is_the_close_of_the_class_s_last_working_day():
    assert said(clock(DISPATCHED, LEGAL, "2 10:00").due_at) == "23 16:00"
    informed = some_terms(service_class="informasi")
    assert said(clock(DISPATCHED, LEGAL, "2 10:00", informed).due_at) == "9 16:00"


def test_an_unknown_class_has_the_limit_of_the_default_one():
    assert said(clock(DISPATCHED, LEGAL, "2 10:00", some_terms(service_class="?")).due_at) == "23 16:00"


def test_the_legal_clock_does_not_count_the_day_of_filing():
    legal = clock(DISPATCHED, LEGAL, "3 09:00")
    assert (said(legal.started_at), legal.elapsed_s) == ("2 08:00", 3600)
    assert [one.reason for one in legal.segments] == ["filing_day", "closed", "working"]
    assert clock(DISPATCHED, LEGAL, "2 15:00").elapsed_s == 0


@pytest.mark.parametrize(("joint_leave_off", "due"), [(True, "2026-04-10 11:00"), (False, "2026-04-06 16:00")])
def test_the_legal_limit_over_lebaran_depends_on_joint_leave(joint_leave_off: bool, due: str):
    terms = some_terms(calendars=calendars_of(a_city_with(joint_leave_off=joint_leave_off)))
    filed = case("2026-03-13 16:00 received")
    assert said(clock(filed, LEGAL, "2026-03-14 16:00", terms).due_at) == due


def test_clocks_warn_at_half_three_quarters_and_nine_tenths_of_working_time():
    resolve = clock(DISPATCHED, RESOLVE, "2 10:00")
    assert [said(at) for at in resolve.warnings] == ["2 16:00", "3 12:00", "3 14:24"]


def test_a_clock_is_at_risk_from_the_city_s_share_on():
    assert clock(DISPATCHED, RESOLVE, "3 11:59").state is ClockState.RUNNING
    assert clock(DISPATCHED, RESOLVE, "3 12:00").state is ClockState.WARNING
    eager = some_terms(city=replace(a_city(), warn_at=0.5))
    assert clock(DISPATCHED, RESOLVE, "3 11:59", eager).state is ClockState.WARNING


def test_a_clock_is_in_time_at_its_due_moment_and_late_after_it():
    assert clock(DISPATCHED, RESPOND, "2 13:00").state is ClockState.WARNING
    assert clock(DISPATCHED, RESPOND, "2 13:00:01").state is ClockState.BREACHED
    assert clock([*DISPATCHED, *case("2 13:00 answered")], RESPOND, "3 10:00").state is ClockState.MET
    assert clock([*DISPATCHED, *case("2 13:00:01 answered")], RESPOND, "3 10:00").state is ClockState.MISSED


def test_what_is_due_at_closing_time_is_late_after_it_though_no_working_time_has_passed():
    at_close = case("2 08:00 received", "2 12:00 dispatched dlh", "2 20:00 answered")
    respond = clock(at_close, RESPOND, "3 10:00")
    assert (said(respond.due_at), respond.remaining_s, respond.state) == ("2 16:00", 0, ClockState.MISSED)


def test_an_overdue_clock_has_less_than_nothing_left():
    resolve = clock(DISPATCHED, RESOLVE, "5 09:00")
    assert (resolve.state, resolve.remaining_s) == (ClockState.BREACHED, -9 * 3600)


def test_a_pause_does_not_undo_a_breach():
    late = [*DISPATCHED, *case("4 10:00 paused citizen")]
    assert clock(late, RESOLVE, "4 12:00").state is ClockState.BREACHED
    assert clock(late, RESOLVE, "4 12:00").remaining_s == -2 * 3600


def test_nothing_rings_outside_the_calendar():
    for filed in ("1 12:00", "5 10:30", "6 03:00", "15 15:59"):
        for one in every_clock(case(f"{filed} received", f"{filed} dispatched dlh"), filed):
            for at in (*one.warnings, one.due_at):
                assert at
                assert office().between(at - HOUR, at) > 0


def test_an_emergency_rings_at_any_hour():
    resolve = clock(case("6 22:00 received"), RESOLVE, "6 23:00", some_terms("darurat"))
    assert [said(at) for at in (*resolve.warnings, resolve.due_at)] == ["7 04:00", "7 07:00", "7 08:48", "7 10:00"]


def test_segments_tell_what_counted_and_what_did_not():
    told = case("12 09:00 received", "12 09:00 dispatched dlh", "15 10:00 paused citizen", "17 09:00 resumed")
    segments = [
        (said(one.start), said(one.end), one.counted, one.reason) for one in clock(told, RESOLVE, "17 10:00").segments
    ]
    assert segments == [
        ("12 09:00", "12 11:00", True, "working"),
        ("12 11:00", "15 08:00", False, "closed"),
        ("15 08:00", "15 10:00", True, "working"),
        ("15 10:00", "17 09:00", False, "paused:citizen"),
        ("17 09:00", "17 10:00", True, "working"),
    ]


def test_a_closed_stretch_names_its_holidays():
    segments = clock(case("15 15:00 received"), RESOLVE, "17 09:00").segments
    assert [one.reason for one in segments] == ["working", "closed: Libur nasional", "working"]


def test_a_target_of_nothing_is_due_at_once():
    terms = replace(some_terms(), policy=replace(STANDARD, verify=0 * HOUR))
    assert said(clock(case("2 08:00 received"), VERIFY, "2 08:00", terms).due_at) == "2 08:00"


def test_a_moment_before_the_last_event_counts_as_that_event():
    assert clock(DISPATCHED, RESOLVE, "1 00:00").elapsed_s == 3600


def test_a_case_without_events_is_refused():
    with pytest.raises(ValueError, match="without events"):
        every_clock([], "2 08:00")
