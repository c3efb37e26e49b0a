"""Which step is raised when, from a case's events alone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from data.domain.access.roles import Person, Role
from data.domain.cases.model import CaseEvent, EventKind
from data.domain.city.escalation import Escalation, QuietHours, Receiver
from data.domain.escalation.ladder import RaisedStep, Verdict, held_case, judge
from data.domain.escalation.receivers import may_acknowledge
from tests.escalations import LADDER, STEPS
from tests.factories import DAY, HOUR, MINUTE, NOW, a_case, a_history, event, terms_for

CASE = a_case("longsor")
TERMS = terms_for(CASE)
HELD = a_history(NOW - MINUTE, "bpbd", dispatched=MINUTE)


def verdict(after: timedelta, *more: CaseEvent, raised: RaisedStep | None = None) -> Verdict | None:
    """Of a case that was dispatched at NOW, so much later."""
    now = NOW + after
    held = held_case([*HELD, *more], TERMS, LADDER, now)
    return None if held is None else judge(held, LADDER, raised, now)


def by_agency(kind: EventKind, after: timedelta, **changes: object) -> CaseEvent:
    return event(kind, NOW + after, agency="bpbd", **changes)


@pytest.mark.parametrize(
    ("after", "step"),
    [(5.9, None), (6, 1), (8.9, 1), (9, 2), (10.8, 3), (12, 4), (90, 4)],
)
def test_the_highest_step_that_is_due_is_raised_and_no_other(after: float, step: int | None):
    found = verdict(after * HOUR)
    assert found is not None
    assert found.step == step


def test_it_says_when_to_look_again():
    assert verdict(MINUTE) == Verdict(None, NOW + STEPS[0])
    assert verdict(7 * HOUR) == Verdict(1, NOW + STEPS[1])
    assert verdict(13 * HOUR) == Verdict(4, None)


@pytest.mark.parametrize(
    "more",
    [
        [by_agency(EventKind.RESOLVED, HOUR)],
        [by_agency(EventKind.PAUSED, HOUR, reason="citizen")],
        [event(EventKind.MERGED, NOW + HOUR)],
        [event(EventKind.REJECTED, NOW + HOUR)],
        [event(EventKind.TRANSFERRED, NOW + HOUR, agency="triase")],
    ],
    ids=lambda events: str(events[0].kind),
)
def test_what_is_resolved_paused_folded_refused_or_back_in_triage_goes_nowhere(more: list[CaseEvent]):
    assert verdict(13 * HOUR, *more) is None


def test_another_agency_begins_at_the_foot():
    moved = event(EventKind.TRANSFERRED, NOW + 11 * HOUR, agency="dpupr")
    held = held_case([*HELD, moved], TERMS, LADDER, NOW + 12 * HOUR)
    assert held is not None
    assert (held.agency, judge(held, LADDER, None, NOW + 12 * HOUR).step) == ("dpupr", None)


def test_a_pause_moves_the_steps():
    waits = by_agency(EventKind.PAUSED, HOUR, reason="citizen"), by_agency(EventKind.RESUMED, 4 * HOUR)
    assert verdict(5 * HOUR, *waits) == Verdict(None, NOW + STEPS[0] + 3 * HOUR)


def test_who_works_is_not_silent_until_the_step_after():
    worked = by_agency(EventKind.NOTE, 2 * HOUR)
    assert verdict(7 * HOUR, worked) == Verdict(None, NOW + STEPS[1])
    assert verdict(9 * HOUR, worked) == Verdict(2, NOW + STEPS[2])


def test_to_accept_a_case_is_no_work_and_neither_is_what_others_do():
    assert verdict(7 * HOUR, by_agency(EventKind.ACKNOWLEDGED, HOUR)) == Verdict(1, NOW + STEPS[1])
    others = event(EventKind.NOTE, NOW + HOUR, agency="dlh")
    assert verdict(7 * HOUR, others) == Verdict(1, NOW + STEPS[1])


def test_whose_time_is_used_up_goes_to_the_top_however_busy():
    busy = by_agency(EventKind.NOTE, 11 * HOUR + 50 * MINUTE)
    assert verdict(12 * HOUR, busy) == Verdict(4, None)


def test_an_acknowledgement_keeps_quiet_until_it_expires():
    seen = RaisedStep(1, NOW + 6 * HOUR, NOW + 8 * HOUR)
    assert verdict(7 * HOUR, raised=seen) == Verdict(None, NOW + 8 * HOUR)
    assert verdict(8 * HOUR, raised=seen) == Verdict(1, NOW + STEPS[1])
    assert verdict(8 * HOUR, by_agency(EventKind.NOTE, 7 * HOUR), raised=seen) == Verdict(None, NOW + STEPS[1])


def test_what_nobody_acknowledged_is_not_raised_again():
    assert verdict(30 * HOUR, raised=RaisedStep(4, None, None)) == Verdict(None, None)


def test_a_hold_that_nobody_dates_has_no_steps():
    unknown = [*a_history(NOW - DAY), event(EventKind.DISPATCHED, NOW, agency="bpbd", reason="undated")]
    assert held_case(unknown, TERMS, LADDER, NOW + 13 * HOUR) is None


@pytest.mark.parametrize(
    ("first", "last", "at", "over"),
    [
        ("20:00", "06:00", "24 19:59", None),
        ("20:00", "06:00", "24 20:00", "25 06:00"),
        ("20:00", "06:00", "25 05:59", "25 06:00"),
        ("20:00", "06:00", "25 06:00", None),
        ("12:00", "13:00", "24 12:30", "24 13:00"),
        ("12:00", "13:00", "24 13:00", None),
    ],
)
def test_quiet_hours_end_in_the_morning(first: str, last: str, at: str, over: str | None):
    zone = ZoneInfo("Asia/Jakarta")

    def local(told: str) -> datetime:
        return datetime.strptime(f"2026-11-{told}", "%Y-%m-%d %H:%M").replace(tzinfo=zone)

    quiet = QuietHours(time.fromisoformat(first), time.fromisoformat(last))
    assert quiet.end_after(local(at)) == (None if over is None else local(over))


def test_the_ladder_of_the_policy_counts_more_than_that_of_the_class():
    it = Escalation({"a": LADDER, "b": LADDER[:1]}, "a", {"darurat": "b", "tanya": None}, {"aspirasi": None})
    assert it.ladder_of("darurat", "aspirasi") == LADDER[:1]
    assert it.ladder_of("tanya", "pengaduan") == ()
    assert it.ladder_of("umum", "aspirasi") == ()
    assert it.ladder_of("umum", "pengaduan") == LADDER


@pytest.mark.parametrize(
    ("role", "agency", "may"),
    [
        (Role.RESPONDER, "bpbd", {"agency"}),
        (Role.HEAD, "bpbd", {"agency", "head"}),
        (Role.HEAD, "dlh", set()),
        (Role.SUPERVISOR, None, {"agency", "head", "supervisor", "mayor"}),
        (Role.OPERATOR, None, set()),
    ],
)
def test_a_step_is_acknowledged_by_its_receiver_or_the_supervisor(role: Role, agency: str | None, may: set[str]):
    person = Person(1, "siapa", role, frozenset({agency} if agency else ()))
    assert {to for to in Receiver if may_acknowledge(person, to, "bpbd")} == may
