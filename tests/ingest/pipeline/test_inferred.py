"""A dispatch that no source tells: it follows from what the agency has done, says so, and claims no moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data.domain.cases.model import ActorKind, CaseState, EventKind, Undated
from data.domain.city.model import TRIAGE
from data.domain.reasons import decode_reason
from data.store.cases import cases
from data.store.db.engine import Engine, writing
from data.texts import texts
from tests.factories import DAY, HOUR, MINUTE, NOW, event, terms_for
from tests.ingest.sources.feed.feed import (
    FEED,
    LONG_AGO,
    a_delivery,
    a_pipeline,
    happened,
    its_events,
    its_kinds,
    old,
    recomputed_status,
    the_case,
    took,
)

SEEN = happened("acknowledged", NOW + MINUTE)


@pytest.mark.parametrize("kind", ["acknowledged", "resolved"])
def test_what_an_agency_has_done_says_that_it_got_the_case(engine: Engine, kind: str):
    took(engine, now=NOW + HOUR, events=[happened(kind, NOW + MINUTE)])
    found, dispatch = the_case(engine).status, its_events(engine)[1]
    assert (found.state, found.agency, found.undated) == (CaseState(kind), "dpupr", Undated.DISPATCH)
    assert (dispatch.kind, dispatch.at, dispatch.reason) == (EventKind.DISPATCHED, NOW + MINUTE, "inferred")
    assert found == recomputed_status(engine, now=NOW + HOUR)


def test_it_says_so_in_both_languages(engine: Engine):
    took(engine, now=NOW + HOUR, events=[SEEN])
    why = decode_reason(its_events(engine)[1].text or "")
    assert "disimpulkan" in texts("id").sentence(why)
    assert "follows from the agency's work" in texts("en").sentence(why)


def test_a_history_is_finished_by_the_agency_that_it_is_routed_to(engine: Engine):
    done = [happened("resolved", LONG_AGO + DAY), happened("closed", LONG_AGO + DAY, actor_kind="system")]
    a_pipeline(engine).write_history(FEED, a_delivery(old("1", events=done), old("2", category="lainnya")), NOW)
    found = the_case(engine).status
    assert (found.state, found.agency, found.resolved_at) == (CaseState.CLOSED, "dpupr", LONG_AGO + DAY)
    assert found.acknowledged_at == LONG_AGO + DAY
    assert found == recomputed_status(engine)


@pytest.mark.parametrize(
    "changes",
    [
        {"events": [happened("rejected", NOW + MINUTE)]},
        {"events": [happened("closed", NOW + MINUTE, actor_kind="system")]},
        {"events": [happened("note", NOW + MINUTE, text="Belum terverifikasi")]},
        {"category": "lainnya", "title": "", "text": "", "events": [SEEN]},
        {},
    ],
)
def test_nothing_is_inferred_where_no_agency_has_worked_or_nobody_knows_which(
    engine: Engine, changes: dict[str, object]
):
    took(engine, now=NOW + HOUR, **changes)
    assert EventKind.DISPATCHED not in its_kinds(engine)
    assert the_case(engine).status.dispatched_at is None


def test_a_dispatch_that_is_told_is_the_only_one(engine: Engine):
    told = happened("dispatched", NOW, agency="dlh")
    inferred = happened("dispatched", NOW, reason="inferred")
    took(engine, now=NOW + HOUR, events=[told, inferred, SEEN])
    assert [one.agency for one in its_events(engine) if one.kind is EventKind.DISPATCHED] == ["dlh"]
    took(engine, "2", now=NOW + HOUR, events=[inferred])
    found = the_case(engine, "2").status
    assert (found.state, found.agency, found.undated) == (CaseState.DISPATCHED, "dpupr", Undated.DISPATCH)


def test_the_same_work_again_or_at_another_moment_infers_nothing_more(engine: Engine):
    took(engine, now=NOW + HOUR, events=[SEEN])
    assert took(engine, now=NOW + HOUR, events=[SEEN]) == "same"
    took(engine, now=NOW + HOUR, events=[happened("acknowledged", NOW + 30 * MINUTE)])
    assert its_kinds(engine).count(EventKind.DISPATCHED) == 1


def test_a_case_that_the_control_room_has_dispatched_stays_with_that_agency(engine: Engine):
    took(engine)
    found = the_case(engine)
    by_hand = event(EventKind.DISPATCHED, NOW + HOUR, actor_kind=ActorKind.OPERATOR, actor="Rina", agency="dlh")
    with writing(engine) as conn:
        cases.append_events(conn, found.id, [by_hand], terms_for(found.facts), NOW + HOUR)
    took(engine, now=NOW + 3 * HOUR, events=[happened("acknowledged", NOW + 2 * HOUR)])
    assert its_kinds(engine) == ["received", "dispatched", "acknowledged"]
    assert the_case(engine).status.agency == "dlh"


def test_a_dispatch_that_is_told_later_and_lay_before_counts(engine: Engine):
    took(engine, now=NOW + HOUR, events=[SEEN])
    told = [happened("dispatched", NOW + timedelta(seconds=5), agency="dlh"), SEEN]
    took(engine, now=NOW + HOUR, events=told)
    found = the_case(engine).status
    assert (found.agency, found.dispatched_at, found.undated) == ("dlh", NOW + timedelta(seconds=5), 0)


def test_a_finished_case_of_triage_stays_with_triage(engine: Engine):
    took(engine, now=NOW + HOUR, category="lainnya", title="", text="", events=[happened("resolved", NOW + MINUTE)])
    assert the_case(engine).status.agency == TRIAGE
