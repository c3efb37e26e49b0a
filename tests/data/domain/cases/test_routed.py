"""A case that nobody holds yet stands in the column of the agency that it is routed to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.domain.cases.model import CaseEvent, EventKind
from data.domain.sla.bulk_eligible import bulk_row
from data.domain.sla.case_status import CaseStatus, case_status
from tests.data.domain.sla.histories import eligible_history
from tests.data.domain.small_city import case, some_terms

RECEIVED, DISPATCHED, TO_TRIAGE = "2 08:00 received", "2 09:00 dispatched pupr", "2 09:00 dispatched triase"


def routed(*lines: str, agency: str | None = "dlh") -> list[CaseEvent]:
    """These events; the receipt says where it was routed."""
    first, *later = case(RECEIVED, *lines)
    return [replace(first, agency=agency), *later]


def status(events: list[CaseEvent]) -> CaseStatus:
    return case_status(events, some_terms(), events[-1].at + timedelta(hours=1))


@pytest.mark.parametrize(
    ("lines", "agency"),
    [
        ([], "dlh"),
        (["2 08:30 note by operator"], "dlh"),
        ([DISPATCHED], "pupr"),
        ([TO_TRIAGE], "triase"),
        ([DISPATCHED, "2 10:00 transferred triase"], "triase"),
        (["2 09:00 rejected"], "triase"),
    ],
)
def test_the_column_is_the_routed_agencys_until_somebody_hands_it_over(lines: list[str], agency: str):
    assert status(routed(*lines)).agency == agency


def test_nobody_holds_a_routed_case():
    found = status(routed())
    assert (found.state, found.held_at, found.hold_due_at) == ("received", None, None)


def test_a_receipt_that_says_nothing_leaves_it_in_triage():
    assert status(routed(agency=None)).agency == "triase"


def test_a_reclassification_may_route_it_anew():
    events = routed("2 09:00 note by operator")
    anew = replace(events[-1], kind=EventKind.RECLASSIFIED, category="jalan", agency="pupr")
    assert status([*events[:-1], anew]).agency == "pupr"


@given(eligible_history(), st.sampled_from(["dlh", "triase", None]))
def test_the_twin_for_histories_says_the_same(events: list[CaseEvent], agency: str | None):
    events = [replace(events[0], agency=agency), *events[1:]]
    row = bulk_row(events)
    assert row is not None
    assert row.agency == status(events).agency
