"""Many standings at once are each one alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.sla.bulk_eligible import NONE, bulk_row
from data.domain.sla.bulk_status import Batch, Cell, case_status_many
from data.domain.sla.case_status import STATUS_COLUMNS, case_status
from data.domain.sla.terms import policy_of, terms
from data.domain.sla.worktime import HorizonError, epoch
from tests.data.domain.sla.histories import any_history, eligible_history
from tests.data.domain.small_city import a_city, calendars, case

Facts = tuple[str, tuple[str, int], str]

facts = st.tuples(
    st.sampled_from(["sampah", "jalan"]),
    st.sampled_from([("biasa", 1), ("biasa", 2), ("darurat", 1)]),
    st.sampled_from(["pengaduan", "informasi", "lain"]),
)


def many(histories: list[list[CaseEvent]], about: list[Facts]) -> dict[str, list[Cell]]:
    rows = [row for events in histories if (row := bulk_row(events)) is not None]
    policies = [policy_of(a_city(), *policy) for _, policy, _ in about]
    batch = Batch(rows, [category for category, _, _ in about], policies, [name for _, _, name in about])
    return case_status_many(batch, a_city(), calendars())


def alone(events: list[CaseEvent], about: Facts) -> dict[str, object]:
    category, policy, service_class = about
    under = terms(a_city(), calendars(), category, policy, service_class)
    found = case_status(events, under, events[-1].at + timedelta(days=3))
    return {name: as_stored(getattr(found, name)) for name in STATUS_COLUMNS}


def as_stored(value: object) -> object:
    return epoch(value) if isinstance(value, datetime) else value


@settings(max_examples=300)
@given(st.lists(st.tuples(eligible_history(), facts), min_size=1, max_size=6))
def test_many_eligible_histories_stand_as_each_alone(cases: list[tuple[list[CaseEvent], Facts]]):
    columns = many([events for events, _ in cases], [about for _, about in cases])
    assert set(columns) == set(STATUS_COLUMNS)
    for n, (events, about) in enumerate(cases):
        assert {name: column[n] for name, column in columns.items()} == alone(events, about)


@settings(max_examples=300)
@given(any_history(), facts)
def test_an_eligible_history_stands_as_it_does_alone(events: list[CaseEvent], about: Facts):
    if bulk_row(events) is not None:
        columns = many([events], [about])
        assert {name: column[0] for name, column in columns.items()} == alone(events, about)


@pytest.mark.parametrize(
    "lines",
    [
        ["2 08:00 received", "2 09:00 dispatched dlh", "2 10:00 paused citizen"],
        ["2 08:00 received", "2 09:00 dispatched dlh", "2 10:00 dispatched pupr"],
        ["2 08:00 received", "2 09:00 dispatched dlh", "2 10:00 resolved", "2 11:00 reopened"],
        ["2 08:00 received", "2 09:00 resolved", "2 10:00 rejected"],
        ["2 08:00 received", "2 09:00 answered", "2 10:00 acknowledged"],
        ["2 08:00 received", "2 10:00 dispatched dlh", "2 09:00 acknowledged"],
        ["2 09:00 dispatched dlh"],
        [],
    ],
)
def test_a_history_that_pauses_moves_or_returns_is_not_eligible(lines: list[str]):
    assert bulk_row(case(*lines)) is None


def test_a_row_holds_what_happened_and_none_for_what_did_not():
    row = bulk_row(case("2 08:00 received", "2 09:00 dispatched dlh", "2 10:00 answered by system"))
    assert row is not None
    assert row.dispatched - row.received == 3600
    assert (row.answered, row.acknowledged, row.resolved, row.worked, row.agency) == (NONE, NONE, NONE, False, "dlh")


def test_an_empty_batch_has_no_columns():
    assert many([], []) == {}


def test_a_row_outside_the_calendars_stops_its_batch():
    old = [replace(event, at=event.at - timedelta(days=900)) for event in case("2 08:00 received")]
    with pytest.raises(HorizonError):
        many([old, case("2 08:00 received")], [("sampah", ("biasa", 1), "pengaduan")] * 2)


def test_a_standing_s_texts_are_plain_for_any_driver():
    columns = many([case("2 08:00 received")], [("sampah", ("biasa", 1), "pengaduan")])
    assert type(columns["state"][0]) is str
    assert type(columns["next_clock"][0]) is str
    assert type(columns["received_at"][0]) is int
    assert type(columns["open"][0]) is bool


def test_an_acknowledgement_may_be_entered_for_the_agency():
    row = bulk_row([*case("2 08:00 received", "2 09:00 dispatched dlh"), by_system("2 10:00 acknowledged")])
    assert row is not None
    assert row.acknowledged != NONE


def by_system(line: str) -> CaseEvent:
    return replace(case(line)[0], actor_kind=ActorKind.SYSTEM, kind=EventKind.ACKNOWLEDGED)
