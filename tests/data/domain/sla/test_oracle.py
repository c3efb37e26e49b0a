"""The oracle gives what a person counts on the fingers. June 2026: the 2nd is a Tuesday, the 16th is off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from data.domain.cases.model import CaseEvent, CaseState
from data.domain.city.model import City, PauseReason, Policy
from tests.data.domain.sla.oracle import Holidays, Replayed, replay
from tests.data.domain.small_city import JOINT_2026, PUBLIC_2026, STANDARD, a_city, a_city_with, case, said, wib

IN_TRIAGE = "2 08:00 received"
HELD = ["2 08:00 received", "2 08:00 dispatched dlh"]


def played(events: Sequence[CaseEvent], now: str, policy: Policy = STANDARD, city: City | None = None) -> Replayed:
    holidays = Holidays(PUBLIC_2026, JOINT_2026)
    return replay(events, city or a_city(), holidays, "sampah", policy, 14, wib(now))


def told(replayed: Replayed) -> list[str]:
    """Its clocks as lines: cycle, kind, agency, start, stop, due, verdict."""
    return [
        f"{clock.cycle} {clock.kind}{f' {clock.agency}' if clock.agency else ''}: "
        f"{said(clock.start)}, {said(clock.stop)}, {said(clock.due)}, {clock.verdict}"
        for clock in replayed.clocks
    ]


def line(replayed: Replayed, kind: str) -> str:
    """Its last clock of this kind, without cycle and kind."""
    return [text.partition(": ")[2] for text in told(replayed) if text.split()[1].rstrip(":") == kind][-1]


def test_a_case_that_goes_its_way_has_five_clocks():
    events = case(
        "2 09:00 received pupr",
        "2 09:30 verified",
        "2 10:00 dispatched dlh",
        "2 10:30 acknowledged",
        "2 12:00 answered",
        "3 15:00 resolved",
        "4 09:00 closed by operator",
    )
    ended = played(events, "5 08:00")
    assert told(ended) == [
        "1 verify: 2 09:00, 2 10:00, 2 11:00, met",
        "1 respond: 2 10:00, 2 12:00, 2 14:00, met",
        "1 resolve: 2 09:00, 3 15:00, 4 09:00, met",
        "1 hold dlh: 2 10:00, 3 15:00, 3 10:00, missed",
        "1 legal: 2 09:00, 3 15:00, 23 16:00, met",
    ]
    assert (ended.state, ended.agency, ended.policy) == (CaseState.CLOSED, "dlh", ("biasa", 1))
    assert [said(at) for at in (ended.acknowledged_at, ended.resolved_at, ended.ended_at, ended.held_at)] == [
        "2 10:30",
        "3 15:00",
        "4 09:00",
        "2 10:00",
    ]
    assert (said(ended.first_resolved_at), said(ended.updated_at), ended.next_due) == ("3 15:00", "4 09:00", None)


def test_the_legal_limit_skips_holidays_and_joint_leave():
    filed = played(case("2026-03-13 16:00 received"), "2026-03-14 09:00")
    assert line(filed, "legal") == "2026-03-13 16:00, None, 2026-04-10 11:00, running"
    city = a_city_with(joint_leave_off=False)
    filed = played(case("2026-03-13 16:00 received"), "2026-03-14 09:00", city=city)
    assert line(filed, "legal") == "2026-03-13 16:00, None, 2026-04-06 16:00, running"


def test_a_capped_pause_is_taken_to_last_to_its_cap_and_the_cap_is_for_all_of_the_cycle():
    first = played(case(*HELD, "2 10:00 paused citizen"), "3 09:00")
    assert line(first, "resolve") == "2 08:00, None, 10 16:00, paused"
    assert line(first, "respond") == "2 08:00, None, 2 12:00, breached"
    assert (first.state, said(first.paused_at), first.next_due) == (
        CaseState.WAITING,
        "2 10:00",
        ("respond", wib("2 12:00")),
    )
    again = case(*HELD, "2 10:00 paused citizen", "3 10:00 resumed", "8 08:00 paused citizen")
    # 2 h on the 2nd, 6 h on the 3rd, 8 h on the 4th: all 16 h are used up before the second pause.
    assert line(played(again, "9 08:00"), "resolve") == "2 08:00, None, 4 16:00, breached"
    # The first pause took one of seven days: the second ends on the 14th, a Sunday, at 08:00.
    assert played(again, "14 07:59").state is CaseState.WAITING
    assert played(again, "14 08:00").state is CaseState.IN_PROGRESS
    third = [*again, *case("15 08:00 paused citizen")]
    assert played(third, "15 09:00").state is CaseState.IN_PROGRESS
    nothing_left = case(*HELD, "2 10:00 paused citizen by operator", "10 08:00 paused citizen")
    assert played(nothing_left, "10 09:00").acknowledged_at is None


def test_a_pause_without_cap_leaves_no_due_and_a_pause_inside_it_does_not_end_it():
    events = case(*HELD, "2 09:00 answered", "2 10:00 paused budget", "3 10:00 paused citizen")
    waiting = played(events, "29 10:00")
    assert line(waiting, "resolve") == "2 08:00, None, None, paused"
    assert line(waiting, "legal") == "2 08:00, None, None, paused"
    assert (said(waiting.paused_at), waiting.next_due) == ("2 10:00", None)
    late = played(case(*HELD, "2 09:00 answered", "3 16:00 paused budget"), "4 10:00")
    assert line(late, "resolve") == "2 08:00, None, 3 16:00, breached"
    assert late.next_due == ("resolve", wib("3 16:00"))


def test_a_pause_that_takes_the_place_of_a_longer_one_lasts_as_long():
    budget = PauseReason("budget", {}, timedelta(days=1))
    city = replace(a_city(), pauses={**a_city().pauses, "budget": budget})
    events = case(*HELD, "2 10:00 paused citizen", "3 10:00 paused budget")
    assert line(played(events, "4 10:00", city=city), "resolve") == "2 08:00, None, 10 16:00, paused"
    shorter_first = case(*HELD, "2 10:00 paused budget", "3 09:00 paused citizen")
    assert line(played(shorter_first, "4 10:00", city=city), "resolve") == "2 08:00, None, 11 15:00, paused"


def test_the_due_second_itself_is_in_time():
    assert line(played(case(*HELD, "3 16:00 resolved"), "4 08:00"), "resolve") == "2 08:00, 3 16:00, 3 16:00, met"
    assert line(played(case(*HELD), "3 16:00"), "resolve") == "2 08:00, None, 3 16:00, running"
    late = case(*HELD, "3 16:00:01 resolved")
    assert line(played(late, "4 08:00"), "resolve") == "2 08:00, 3 16:00, 3 16:00, missed"


def test_another_policy_moves_a_due_moment_but_late_stays_late():
    merely_equal = played(case(*HELD, "3 16:00 reclassified biasa:2"), "5 08:00")
    assert line(merely_equal, "resolve") == "2 08:00, None, 9 13:00, running"
    late = played(case(*HELD, "4 09:00 reclassified biasa:2"), "5 08:00")
    assert line(late, "resolve") == "2 08:00, None, 3 16:00, breached"
    assert late.policy == ("biasa", 2)
    stopped_with_it = played(case(*HELD, "3 15:00 reclassified biasa:2", "3 15:00 resolved"), "5 08:00")
    assert line(stopped_with_it, "resolve") == "2 08:00, 3 15:00, 9 13:00, met"
    stopped_before = played(case(*HELD, "3 15:00 resolved", "3 15:01 reclassified biasa:2"), "5 08:00")
    assert line(stopped_before, "resolve") == "2 08:00, 3 15:00, 3 16:00, met"


def test_every_hold_has_a_clock_in_the_hours_of_its_agency():
    events = case(*HELD, "2 10:00 transferred pupr", "3 09:00 transferred triase")
    back = played(events, "3 10:00")
    assert [text for text in told(back) if "hold" in text] == [
        "1 hold dlh: 2 08:00, 2 10:00, 2 16:00, met",
        "1 hold pupr: 2 10:00, 3 09:00, 4 10:00, met",
    ]
    assert (back.state, back.agency, back.held_at) == (CaseState.RECEIVED, "triase", None)
    assert said(back.dispatched_at) == "2 08:00"


def test_a_reopened_case_is_held_at_once_and_is_not_verified_again():
    events = case(*HELD, "2 09:00 answered", "2 10:00 resolved", "3 08:00 reopened by citizen")
    again = played(events, "3 09:00")
    assert [text for text in told(again) if text.startswith("2 ")] == [
        "2 respond: 3 08:00, None, 3 12:00, running",
        "2 resolve: 3 08:00, None, 4 16:00, running",
        "2 hold dlh: 3 08:00, None, 3 16:00, running",
        "2 legal: 3 08:00, None, 24 16:00, running",
    ]
    assert (again.state, again.cycle, again.acknowledged_at) == (CaseState.DISPATCHED, 2, None)
    assert (again.answered_at, said(again.first_resolved_at)) == (None, "2 10:00")
    unseen = played(case(IN_TRIAGE, "2 09:00 closed", "3 08:00 reopened"), "3 09:00")
    assert line(unseen, "verify") == "3 08:00, None, 3 10:00, running"
    assert unseen.next_due == ("verify", wib("3 10:00"))


def test_an_end_without_an_answer_is_a_missed_answer_but_a_rejection_is_an_answer():
    assert line(played(case(*HELD, "2 09:00 closed"), "3 09:00"), "respond") == "2 08:00, 2 09:00, 2 12:00, missed"
    assert line(played(case(*HELD, "2 09:00 rejected"), "3 09:00"), "respond") == "2 08:00, 2 09:00, 2 12:00, met"
    late = case(*HELD, "2 12:01 rejected")
    assert line(played(late, "3 09:00"), "respond") == "2 08:00, 2 12:01, 2 12:00, missed"
    unheld = case(IN_TRIAGE, "2 10:00 closed")
    assert line(played(unheld, "3 09:00"), "respond") == "2 10:00, 2 10:00, 2 14:00, missed"
    by_system = case(*HELD, "2 09:00 answered by system", "2 10:00 answered by operator")
    assert line(played(by_system, "3 09:00"), "respond") == "2 08:00, 2 10:00, 2 12:00, met"


def test_events_of_one_second_count_in_the_order_of_life():
    events = case("2 09:00 closed", "2 09:00 resolved", "2 09:00 dispatched dlh", "2 09:00 received", "2 08:00 note")
    told_at_once = played(events, "2 10:00")
    assert (told_at_once.state, told_at_once.agency) == (CaseState.CLOSED, "dlh")
    assert [said(at) for at in (told_at_once.received_at, told_at_once.dispatched_at, told_at_once.resolved_at)] == [
        "2 09:00"
    ] * 3
    late_in_it = replace(events[3], at=wib("2 09:00").replace(microsecond=999_999))
    parts = played([*case("2 09:00 resolved by operator"), late_in_it], "2 10:00")
    assert (parts.state, parts.received_at) == (CaseState.RESOLVED, wib("2 09:00"))
    with_reopening = case("2 09:00 received", "2 09:00 closed", "2 09:00 reopened", "2 09:00 dispatched dlh")
    assert played(with_reopening, "2 10:00").state is CaseState.DISPATCHED


def test_a_merged_case_has_no_clocks():
    merged = played(case(*HELD, "2 09:00 merged"), "9 09:00")
    assert (merged.state, merged.clocks, merged.next_due) == (CaseState.MERGED, [], None)


def test_the_policy_of_the_receipt_wins_and_an_emergency_is_counted_around_the_clock():
    received, dispatched = case("2 20:00 received bpbd", "2 20:10 dispatched dlh")
    urgent = played([replace(received, policy="darurat", policy_version=1, category="pohon"), dispatched], "2 20:20")
    assert told(urgent) == [
        "1 verify: 2 20:00, 2 20:10, 2 20:15, met",
        "1 respond: 2 20:10, None, 2 20:40, running",
        "1 resolve: 2 20:00, None, 3 08:00, running",
        "1 hold dlh: 2 20:10, None, 3 02:10, running",
        "1 legal: 2 20:00, None, 23 16:00, running",
    ]
    assert (urgent.policy, urgent.category) == (("darurat", 1), "pohon")


def test_work_of_the_holder_acknowledges_and_a_routed_agency_is_shown_until_a_dispatch():
    routed = played(case("2 08:00 received pupr"), "2 09:00")
    assert (routed.agency, routed.state, routed.held_at) == ("pupr", CaseState.RECEIVED, None)
    to_triage = played(case("2 08:00 received pupr", "2 09:00 dispatched triase"), "2 10:00")
    assert (to_triage.agency, to_triage.dispatched_at) == ("triase", None)
    handed_on = played(case(*HELD, "2 09:00 acknowledged", "2 10:00 transferred pupr"), "2 11:00")
    assert (handed_on.agency, handed_on.acknowledged_at) == ("pupr", None)
    of_another = played(case(*HELD, "2 09:00 note pupr", "2 09:00 note by operator"), "2 10:00")
    assert (of_another.state, of_another.acknowledged_at) == (CaseState.DISPATCHED, None)
    own = played(case(*HELD, "2 09:00 note dlh", "2 09:30 acknowledged"), "2 10:00")
    assert (own.state, said(own.acknowledged_at)) == (CaseState.IN_PROGRESS, "2 09:00")
