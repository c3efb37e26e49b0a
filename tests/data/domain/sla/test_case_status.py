"""Where a case stands: states by the table of rules, and the moments that are stored to be searched."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from data.domain.cases.model import TELLING, CaseEvent, CaseState, EventKind
from data.domain.sla.case_status import CaseStatus
from data.domain.sla.clocks import ClockKind
from data.domain.sla.history import EVENT_RULES
from data.domain.sla.terms import policy_of
from tests.data.domain.small_city import a_city, case, said, some_terms, status, wib

RECEIVED = "2 08:00 received"
DISPATCHED = "2 09:00 dispatched dlh"
ACKNOWLEDGED = "2 10:00 acknowledged"
PAUSED = "2 11:00 paused citizen"
RESOLVED = "2 12:00 resolved"
CLOSED = "3 08:00 closed"


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ([], "received"),
        (["2 08:30 verified"], "received"),
        (["2 08:30 note by operator"], "received"),
        (["2 08:30 acknowledged"], "received"),
        (["2 08:30 dispatched triase"], "received"),
        ([DISPATCHED], "dispatched"),
        (["2 09:00 transferred dlh"], "dispatched"),
        ([DISPATCHED, "2 10:00 note by operator"], "dispatched"),
        ([DISPATCHED, "2 10:00 answered by operator"], "dispatched"),
        ([DISPATCHED, "2 10:00 acknowledged pupr"], "dispatched"),
        ([DISPATCHED, "2 10:00 answered pupr"], "dispatched"),
        ([DISPATCHED, ACKNOWLEDGED], "acknowledged"),
        ([DISPATCHED, "2 10:00 acknowledged by system"], "acknowledged"),
        ([DISPATCHED, ACKNOWLEDGED, "2 10:30 rated by citizen"], "acknowledged"),
        ([DISPATCHED, ACKNOWLEDGED, "2 10:30 note"], "in_progress"),
        ([DISPATCHED, ACKNOWLEDGED, "2 10:30 answered"], "in_progress"),
        ([DISPATCHED, "2 10:30 answered dlh"], "in_progress"),
        ([DISPATCHED, "2 10:30 answered", "2 10:40 acknowledged"], "in_progress"),
        ([DISPATCHED, ACKNOWLEDGED, "2 11:00 transferred pupr"], "dispatched"),
        ([DISPATCHED, ACKNOWLEDGED, "2 11:00 transferred triase"], "received"),
        ([DISPATCHED, ACKNOWLEDGED, "2 11:00 transferred dlh"], "acknowledged"),
        ([DISPATCHED, PAUSED], "waiting"),
        ([DISPATCHED, PAUSED, "2 11:30 acknowledged"], "waiting"),
        ([DISPATCHED, PAUSED, "2 11:30 transferred pupr"], "waiting"),
        (["2 08:30 paused citizen by operator"], "waiting"),
        (["2 08:30 paused citizen by operator", "2 08:50 resumed by operator"], "received"),
        ([DISPATCHED, "2 09:30 paused citizen by operator", "2 10:00 resumed by citizen"], "dispatched"),
        ([DISPATCHED, PAUSED, "2 11:30 resumed by citizen"], "in_progress"),
        ([DISPATCHED, ACKNOWLEDGED, "2 11:00 paused citizen by operator", "2 11:30 resumed by citizen"], "in_progress"),
        ([DISPATCHED, "2 11:30 resumed"], "in_progress"),
        ([DISPATCHED, "2 11:00 paused holiday"], "dispatched"),
        ([DISPATCHED, RESOLVED], "resolved"),
        ([RESOLVED], "resolved"),
        ([DISPATCHED, PAUSED, RESOLVED], "resolved"),
        ([DISPATCHED, RESOLVED, "2 13:00 note"], "resolved"),
        ([DISPATCHED, RESOLVED, "2 13:00 answered"], "resolved"),
        ([DISPATCHED, RESOLVED, "2 13:00 paused citizen"], "resolved"),
        ([DISPATCHED, RESOLVED, "2 13:00 transferred pupr"], "resolved"),
        ([DISPATCHED, RESOLVED, CLOSED], "closed"),
        ([DISPATCHED, CLOSED], "closed"),
        ([DISPATCHED, RESOLVED, CLOSED, "3 09:00 resolved"], "closed"),
        ([DISPATCHED, "3 08:00 rejected"], "rejected"),
        (["2 09:00 rejected"], "rejected"),
        ([DISPATCHED, RESOLVED, "3 08:00 rejected"], "resolved"),
        ([DISPATCHED, RESOLVED, "3 08:00 merged"], "merged"),
        (["2 09:00 merged"], "merged"),
        ([DISPATCHED, RESOLVED, "3 08:00 reopened"], "dispatched"),
        ([DISPATCHED, RESOLVED, CLOSED, "3 09:00 reopened"], "dispatched"),
        (["2 09:00 rejected", "3 08:00 reopened"], "received"),
        (["2 09:00 merged", "3 08:00 reopened"], "received"),
        ([DISPATCHED, ACKNOWLEDGED, "3 08:00 reopened"], "acknowledged"),
    ],
)
def test_events_lead_to_the_state_that_the_rules_name(lines: list[str], state: str):
    found = status(case(RECEIVED, *lines), "4 10:00")
    assert found.state == state
    assert found.open is (state in {"received", "dispatched", "acknowledged", "in_progress", "waiting"})


def test_kinds_without_a_rule_only_tell():
    told = {EventKind.RECEIVED, EventKind.VERIFIED, EventKind.RATED, EventKind.UNDONE}
    assert set(EventKind) - set(EVENT_RULES) == told | TELLING


def test_a_pause_that_reaches_its_cap_is_over_without_an_event():
    waiting = case(RECEIVED, DISPATCHED, PAUSED)
    before, after = status(waiting, "9 10:59:59"), status(waiting, "9 11:00")
    assert (before.state, said(before.paused_at), before.next_clock) == (CaseState.WAITING, "2 11:00", "respond")
    assert (after.state, after.paused_at) == (CaseState.IN_PROGRESS, None)
    assert before.resolve_due_at == after.resolve_due_at


def test_a_second_pause_never_shortens_the_first():
    waiting = case(RECEIVED, DISPATCHED, "2 10:00 paused budget", "2 11:00 paused citizen")
    found = status(waiting, "30 10:00")
    assert (found.state, said(found.paused_at), found.resolve_due_at) == (CaseState.WAITING, "2 10:00", None)


def test_a_pause_after_the_cap_of_another_begins_where_it_begins():
    waiting = case(RECEIVED, DISPATCHED, PAUSED, "10 10:00 paused budget")
    assert said(status(waiting, "10 11:00").paused_at) == "10 10:00"


def test_a_cap_holds_for_all_pauses_of_a_reason_together():
    """One said again every six days never ended: its cap of seven days is that of the cycle."""
    again = case(RECEIVED, DISPATCHED, "2 10:00 paused citizen", "8 10:00 resumed", "8 11:00 paused citizen")
    assert said(status(again, "9 10:59").paused_at) == "8 11:00"
    assert status(again, "9 11:00").paused_at is None, "six days are used, one was left"
    third = [*again, *case("20 10:00 paused citizen")]
    assert status(third, "20 11:00").paused_at is None, "nothing is left"
    anew = [*again, *case("20 10:00 resolved", "21 10:00 reopened", "21 11:00 paused citizen")]
    assert said(status(anew, "22 11:00").paused_at) == "21 11:00", "a new cycle has its own"


def test_a_late_case_that_is_paused_stays_late():
    late = case(RECEIVED, DISPATCHED, "2 10:00 answered", "8 10:00 paused citizen")
    found = status(late, "8 11:00")
    assert (found.state, found.next_clock) == (CaseState.WAITING, "resolve")
    assert found.next_due_at == status(late[:-1], "8 09:00").next_due_at == found.resolve_due_at
    in_time = case(RECEIVED, DISPATCHED, "2 10:00 answered", "2 11:00 paused citizen")
    assert status(in_time, "2 12:00").next_clock is None


def test_an_agency_that_works_on_a_case_has_acknowledged_it():
    for first in ("note", "answered", "paused citizen", "resumed", "resolved"):
        assert said(status(case(RECEIVED, DISPATCHED, f"2 10:00 {first}"), "2 11:00").acknowledged_at) == "2 10:00"
    for first in ("note by operator", "answered by operator", "answered pupr", "rated", "resolved by operator"):
        assert status(case(RECEIVED, DISPATCHED, f"2 10:00 {first}"), "2 11:00").acknowledged_at is None


def test_the_first_acknowledgement_stays():
    twice = case(RECEIVED, DISPATCHED, ACKNOWLEDGED, "2 11:00 acknowledged", "2 12:00 note")
    assert said(status(twice, "2 13:00").acknowledged_at) == "2 10:00"


def test_another_agency_has_to_acknowledge_anew():
    moved = case(RECEIVED, DISPATCHED, ACKNOWLEDGED, "2 11:00 transferred pupr")
    found = status(moved, "2 12:00")
    assert (found.agency, said(found.held_at), found.acknowledged_at) == ("pupr", "2 11:00", None)
    assert said(found.dispatched_at) == "2 09:00"


def test_what_is_back_in_triage_is_held_by_nobody():
    found = status(case(RECEIVED, DISPATCHED, "2 11:00 transferred triase"), "2 12:00")
    assert (found.agency, found.held_at, found.hold_due_at) == ("triase", None, None)
    assert found.next_clock is ClockKind.RESPOND


def test_a_transfer_to_nobody_is_one_to_triage():
    assert status(case(RECEIVED, DISPATCHED, "2 11:00 transferred"), "2 12:00").agency == "triase"


def test_a_reopened_case_is_with_the_agency_that_had_it():
    again = case(RECEIVED, DISPATCHED, ACKNOWLEDGED, RESOLVED, CLOSED, "5 10:00 reopened by citizen")
    found = status(again, "5 10:30")
    assert (found.agency, found.cycle) == ("dlh", 2)
    moments = (found.dispatched_at, found.held_at, found.acknowledged_at, found.answered_at, found.ended_at)
    assert [said(at) for at in moments] == ["5 10:00", "5 10:00", None, None, None]
    assert (said(found.hold_due_at), said(found.resolve_due_at)) == ("8 15:00", "9 15:00")
    assert said(found.legal_due_at) == "26 11:00"


def test_a_case_reopened_from_triage_is_verified_until_its_dispatch_and_answered_from_it_on():
    again = case(RECEIVED, "2 09:00 rejected", "3 08:00 reopened")
    waiting = status(again, "3 09:00")
    assert (waiting.next_clock, said(waiting.verify_due_at), waiting.respond_due_at) == ("verify", "3 10:00", None)
    found = status([*again, *case("3 10:00 dispatched dlh")], "3 10:30")
    assert (said(found.dispatched_at), said(found.respond_due_at), said(found.next_start_at)) == (
        "3 10:00",
        "3 14:00",
        "3 10:00",
    )


def test_a_dispatch_and_a_resolution_of_one_second_both_count():
    found = status(case(RECEIVED, "2 09:00 resolved", "2 09:00 dispatched dlh"), "2 10:00")
    assert (found.state, found.agency, said(found.dispatched_at)) == (CaseState.RESOLVED, "dlh", "2 09:00")


@pytest.mark.parametrize(
    ("lines", "clock", "due", "warn", "start"),
    [
        ([], "verify", "2 10:00", "2 09:30", "2 08:00"),
        ([DISPATCHED], "respond", "2 13:00", "2 12:00", "2 09:00"),
        ([DISPATCHED, "2 10:00 answered"], "resolve", "3 16:00", "3 12:00", "2 08:00"),
        ([DISPATCHED, PAUSED], "respond", "2 13:00", "2 12:00", "2 09:00"),
        (["2 08:30 paused citizen by operator"], "verify", "2 10:00", "2 09:30", "2 08:00"),
        ([DISPATCHED, "2 10:00 answered", PAUSED], None, None, None, None),
        ([DISPATCHED, RESOLVED], None, None, None, None),
        (["2 09:00 rejected"], None, None, None, None),
        (["3 14:00 dispatched dlh"], "resolve", "3 16:00", "3 12:00", "2 08:00"),
    ],
)
def test_next_is_the_citizen_s_running_clock_that_is_due_first(
    lines: list[str], clock: str | None, due: str | None, warn: str | None, start: str | None
):
    found = status(case(RECEIVED, *lines), "2 09:30")
    assert found.next_clock == clock
    assert [said(at) for at in (found.next_due_at, found.next_warn_at, found.next_start_at)] == [due, warn, start]


def test_of_clocks_due_at_once_the_earlier_in_a_case_s_life_is_next():
    policy = replace(some_terms().policy, verify=some_terms().policy.resolve)
    assert status(case(RECEIVED), "2 09:00", replace(some_terms(), policy=policy)).next_clock is ClockKind.VERIFY


def test_the_next_warning_is_at_the_city_s_share():
    eager = some_terms(city=replace(a_city(), warn_at=0.5))
    assert said(status(case(RECEIVED), "2 08:00", eager).next_warn_at) == "2 09:00"


def test_what_has_ended_keeps_its_due_moments_for_the_figures():
    found = status(case(RECEIVED, DISPATCHED, RESOLVED, CLOSED), "9 10:00")
    dues = [found.verify_due_at, found.respond_due_at, found.resolve_due_at, found.hold_due_at, found.legal_due_at]
    assert [said(at) for at in dues] == ["2 10:00", "2 13:00", "3 16:00", "3 09:00", "23 16:00"]
    assert (said(found.held_at), said(found.ended_at), said(found.updated_at)) == ("2 09:00", "3 08:00", "3 08:00")


def test_a_case_closed_without_a_resolution_is_not_called_resolved():
    found = status(case(RECEIVED, DISPATCHED, CLOSED), "9 10:00")
    assert (found.resolved_at, found.first_resolved_at, said(found.ended_at)) == (None, None, "3 08:00")


def test_events_of_one_second_count_in_the_order_of_the_list():
    at_once = case(RECEIVED, "2 08:00 dispatched dlh", "2 08:00 transferred pupr", "2 08:00 acknowledged")
    found = status(at_once, "2 08:00")
    assert (found.agency, found.state, said(found.acknowledged_at)) == ("pupr", CaseState.ACKNOWLEDGED, "2 08:00")


def test_a_late_event_is_put_where_it_belongs():
    late = case(RECEIVED, DISPATCHED, RESOLVED, ACKNOWLEDGED)
    found = status(late, "3 10:00")
    assert (found.state, said(found.acknowledged_at), said(found.updated_at)) == (
        CaseState.RESOLVED,
        "2 10:00",
        "2 12:00",
    )


def test_nothing_counts_before_receipt():
    found = status(case("2 07:00 dispatched dlh", RECEIVED), "2 09:00")
    assert (said(found.dispatched_at), said(found.received_at)) == ("2 08:00", "2 08:00")


def test_a_history_without_a_receipt_begins_with_its_first_event():
    assert said(status(case(DISPATCHED), "2 10:00").received_at) == "2 09:00"


def test_a_receipt_that_carries_its_terms_is_right_whatever_the_row_says():
    receipt = CaseEvent(wib("2 08:00"), EventKind.RECEIVED, category="jalan", policy="biasa", policy_version=1)
    found = status([receipt], "2 09:00", some_terms("biasa", 2))
    assert (found.category, found.policy_version, said(found.verify_due_at)) == ("jalan", 1, "2 10:00")


def test_reclassifying_changes_the_category_and_only_with_a_policy_the_policy():
    moved = CaseEvent(wib("2 10:00"), EventKind.RECLASSIFIED, category="pohon")
    found = status([*case(RECEIVED, DISPATCHED), moved], "2 10:30")
    assert (found.category, found.policy, found.policy_version) == ("pohon", "biasa", 1)
    found = status([*case(RECEIVED, DISPATCHED), replace(moved, policy="biasa")], "2 10:30")
    assert (found.policy, found.policy_version) == ("biasa", 2)
    assert said(found.respond_due_at) == "3 09:00"


def test_an_unknown_policy_is_named():
    with pytest.raises(KeyError, match="policy 'biasa' has no version 9"):
        policy_of(a_city(), "biasa", 9)
    with pytest.raises(KeyError, match="tidak_ada"):
        policy_of(a_city(), "tidak_ada", 1)


def test_a_standing_is_whole_seconds_in_utc():
    found = status([replace(case(RECEIVED)[0], at=wib("2 08:00:00.750"))], "2 09:00")
    assert found.received_at.isoformat() == "2026-06-02T01:00:00+00:00"


def test_a_standing_has_the_columns_that_are_derived():
    names = {field.name for field in fields(CaseStatus)}
    assert {f"{kind}_due_at" for kind in ClockKind} < names
    assert {"category", "policy", "policy_version", "state", "open", "agency", "cycle"} < names
