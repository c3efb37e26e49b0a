"""A later snapshot from a source neither takes back nor repeats what a person did here."""

from __future__ import annotations

from typing import Any

import pytest

from data.domain.cases.commands.model import Actor, Command, CommandKind
from data.domain.cases.model import ActorKind, CaseState, EventKind
from data.store.cases.commands import CommandRules, Order, apply
from data.store.db.engine import Engine, writing
from tests.factories import HOUR, MINUTE, NOW, a_city, terms_of
from tests.ingest.sources.feed.feed import FEED, happened, its_events, the_case, took

LATER = NOW + 3 * HOUR


def do(engine: Engine, kind: CommandKind, name: str = "rina", **given: str) -> None:
    """A command from the desk, an hour after receipt."""
    found = the_case(engine)
    order = Order(found.facts.code, found.version, Command(kind, **given), Actor(name, ActorKind.OPERATOR))  # type: ignore[arg-type]
    with writing(engine) as conn:
        apply(conn, order, CommandRules(a_city(), terms_of()), NOW + HOUR)


def told_again(engine: Engine, *events: Any, **changes: Any) -> list[str]:
    """The notes after a later snapshot, and after the same one once more."""
    took(engine, now=LATER, events=list(events), **changes)
    first = its_events(engine)
    took(engine, now=LATER + MINUTE, events=list(events), **changes)
    assert its_events(engine) == first
    return [event.text or "" for event in first if event.reason == "overruled"]


def test_a_case_that_the_desk_transferred_stays_where_it_is(engine: Engine):
    took(engine, events=[happened("dispatched", NOW + MINUTE, agency="dpupr")])
    do(engine, CommandKind.TRANSFER, agency="dlh")
    notes = told_again(
        engine,
        happened("dispatched", NOW + MINUTE, agency="dpupr"),
        happened("transferred", NOW + 2 * HOUR, agency="bpbd"),
    )
    assert the_case(engine).status.agency == "dlh"
    assert len(notes) == 1
    assert "bpbd" in notes[0]


def test_the_dispatch_that_a_source_repeats_is_no_second_one(engine: Engine):
    took(engine)
    do(engine, CommandKind.DISPATCH, agency="dpupr")
    told_again(engine, happened("dispatched", NOW + HOUR + MINUTE, agency="dpupr"))
    assert [event.kind for event in its_events(engine)].count(EventKind.DISPATCHED) == 1


def test_what_the_desk_closed_is_not_reopened_and_what_it_reopened_is_not_closed(engine: Engine):
    took(engine)
    do(engine, CommandKind.DECLINE, text="Selesai sesuai standar.")
    told_again(engine, happened("reopened", NOW + 2 * HOUR))
    assert the_case(engine).status.state is CaseState.CLOSED
    do(engine, CommandKind.REOPEN, text="Warga keberatan.")
    told_again(engine, happened("reopened", NOW + 2 * HOUR), happened("resolved", NOW + 2 * HOUR + MINUTE))
    assert the_case(engine).status.open


def test_the_desks_category_stays_and_a_new_one_from_the_source_is_a_note(engine: Engine):
    took(engine, category="jalan_rusak", updated_at=NOW.isoformat())
    do(engine, CommandKind.RECLASSIFY, category="sampah")
    notes = told_again(engine, category="longsor", updated_at=(NOW + 2 * HOUR).isoformat())
    assert (the_case(engine).facts.category, len(notes)) == ("sampah", 1)


@pytest.mark.parametrize("kind", ["acknowledged", "answered", "resolved"])
def test_the_work_of_an_agency_in_its_own_system_counts_after_a_dispatch_from_the_desk(engine: Engine, kind: str):
    took(engine)
    do(engine, CommandKind.DISPATCH, agency="dpupr")
    assert told_again(engine, happened(kind, NOW + 2 * HOUR, agency="dpupr", actor_kind="agency")) == []
    assert its_events(engine)[-1].kind == kind


def test_a_person_who_is_called_like_the_source_is_not_the_source(engine: Engine):
    took(engine, events=[happened("dispatched", NOW + MINUTE, agency="dpupr")])
    do(engine, CommandKind.TRANSFER, name=FEED.name, agency="dlh")
    assert told_again(engine, happened("dispatched", NOW + MINUTE, agency="dpupr")) == []
    assert the_case(engine).status.agency == "dlh"
