"""A source's own promise is kept with the case, follows its source, and moves none of the city's clocks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.domain.cases.model import EventKind
from data.store.db.engine import Engine
from tests.factories import DAY, HOUR, NOW
from tests.ingest.sources.feed.feed import (
    FEED,
    LONG_AGO,
    a_delivery,
    a_pipeline,
    its_events,
    its_kinds,
    old,
    the_case,
    took,
)

pytestmark = pytest.mark.both_engines


def test_it_stands_beside_clocks_that_do_not_know_it(engine: Engine):
    took(engine, promised_at=NOW + DAY)
    took(engine, "2")
    a_pipeline(engine).write_history(FEED, a_delivery(old("3", promised_at=LONG_AGO + DAY), old("4")), NOW)
    promised = [the_case(engine, number).facts.promised_at for number in "1234"]
    assert promised == [NOW + DAY, None, LONG_AGO + DAY, None]
    for one, other in (("1", "2"), ("3", "4")):
        assert the_case(engine, one).status == the_case(engine, other).status


def test_it_follows_its_source_and_leaves_a_note_when_it_is_moved(engine: Engine):
    took(engine, updated_at=NOW)
    assert took(engine, now=NOW + HOUR, promised_at=NOW + DAY, updated_at=NOW + HOUR) == "updated"
    assert its_kinds(engine) == [EventKind.RECEIVED]  # the first promise corrects nothing
    later = {"promised_at": NOW + 2 * DAY, "updated_at": NOW + 2 * HOUR}
    assert took(engine, now=NOW + 2 * HOUR, **later) == "updated"
    assert took(engine, now=NOW + 2 * HOUR, **later) == "same"
    assert "dijanjikan" in (its_events(engine)[-1].text or "")
    took(engine, now=NOW + 3 * HOUR, promised_at=NOW + DAY, updated_at=NOW + HOUR)  # an older snapshot
    took(engine, now=NOW + 3 * HOUR, updated_at=NOW + 3 * HOUR)  # it says nothing of it
    found = the_case(engine)
    assert found.facts == replace(found.facts, promised_at=NOW + 2 * DAY)
