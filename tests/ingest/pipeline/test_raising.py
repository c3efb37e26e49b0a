"""New cases in the area of a warning are raised as config.yaml says, and their history tells why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from data.domain.cases.model import CaseEvent, EventKind
from data.domain.city.model import Priority
from data.domain.warnings.rules import PriorityRule
from data.store.cases.cases import StoredCase, append_events
from data.store.db.engine import Engine, writing
from data.store.warnings.writing import take
from data.texts import texts
from ingest.pipeline.pipeline import Pipeline
from tests.factories import HOUR, MINUTE, NOW, a_city, calendars, terms_of
from tests.ingest.one_record import write_one
from tests.ingest.sources.feed.feed import FEED, GROUND, a_raw, its_events, the_case
from tests.warnings import LANDSLIDE, RULES, told

pytestmark = pytest.mark.both_engines

PLAIN = {"title": "Jalan berlubang", "text": "Lubang besar."}
CITY = replace(
    a_city(),
    warnings=replace(RULES, priority=(PriorityRule((LANDSLIDE,), ("jalan_rusak",), "critical"),)),
)


def warn(engine: Engine, identifier: str = "1", *refs: str, **facts: Any) -> None:
    with writing(engine) as conn:
        take(conn, "bpbd", told(identifier, *refs, facts={"event": LANDSLIDE, "rank": 1} | facts), NOW)


def reported(engine: Engine, external_id: str = "1", **changes: Any) -> tuple[StoredCase, list[CaseEvent]]:
    pipeline = Pipeline(engine, CITY, calendars(), GROUND)
    write_one(pipeline, FEED, a_raw(external_id, **PLAIN | changes), NOW)
    return the_case(engine, external_id), list(its_events(engine, external_id))


def test_a_case_in_the_area_is_raised_dispatched_and_says_why(engine: Engine):
    warn(engine)
    found, events = reported(engine)
    assert found.facts.priority == Priority.CRITICAL
    assert [each.kind for each in events] == [EventKind.RECEIVED, EventKind.RECLASSIFIED, EventKind.DISPATCHED]
    why = events[1].text or ""
    assert texts("id").stored_sentence(why) == (
        "Prioritas dinaikkan karena peringatan dini Tanah longsor (Landslide) dari BMKG sampai 16.07."
    )
    assert (
        texts("en").stored_sentence(why)
        == "Raised because of the early warning Tanah longsor (Landslide) by BMKG until 16.07."
    )


def test_its_clocks_are_those_of_its_category(engine: Engine):
    before, _ = reported(engine, "0")
    warn(engine)
    after, _ = reported(engine, "1")
    assert (after.facts.policy, after.facts.policy_version) == (before.facts.policy, before.facts.policy_version)
    assert after.facts.service_class == before.facts.service_class


def test_an_end_that_nobody_said_is_told_as_such(engine: Engine):
    warn(engine, expires_at=None, ends_at=NOW + 12 * HOUR)
    _, events = reported(engine)
    said = texts("id").stored_sentence(events[1].text or "")
    assert said.endswith("sampai kapan tidak disebutkan, diperkirakan 25/11 02.07.")


@pytest.mark.parametrize(
    "changes",
    [
        {"lat": -7.78, "lon": 112.53},
        {"category": "sampah", "title": "Sampah", "text": "Menumpuk"},
        {"received_at": NOW - 30 * HOUR},
    ],
    ids=["elsewhere", "another category", "old"],
)
def test_what_no_rule_is_about_stays_as_it_is(engine: Engine, changes: dict[str, Any]):
    warn(engine)
    found, events = reported(engine, **changes)
    assert found.facts.priority == Priority.NORMAL
    assert EventKind.RECLASSIFIED not in [each.kind for each in events]


def test_a_warning_that_is_over_or_withdrawn_raises_nothing(engine: Engine):
    warn(engine, ends_at=NOW, effective_at=NOW - HOUR)
    with writing(engine) as conn:
        take(conn, "bpbd", told("2", facts={"event": LANDSLIDE, "rank": 1}), NOW)
        take(conn, "bpbd", told("3", "2", facts=None), NOW)
    assert reported(engine)[0].facts.priority == Priority.NORMAL


def test_a_position_counts_before_its_village(engine: Engine):
    beside = {"type": "Polygon", "coordinates": [[[112.4, -7.7], [112.41, -7.7], [112.41, -7.69], [112.4, -7.7]]]}
    warn(engine, geometry=beside)
    assert reported(engine, "1")[0].facts.priority == Priority.NORMAL
    assert reported(engine, "2", lat=None, lon=None, village="Sisir")[0].facts.priority == Priority.CRITICAL


def test_older_cases_stay_as_they_are(engine: Engine):
    reported(engine)
    warn(engine)
    found, events = reported(engine)
    assert found.facts.priority == Priority.NORMAL
    assert len(events) == 1


def test_it_stays_raised_when_its_status_is_computed_again(engine: Engine):
    warn(engine)
    found, _ = reported(engine)
    with writing(engine) as conn:
        note = CaseEvent(NOW + MINUTE, EventKind.NOTE, text="x")
        append_events(conn, found.id, [note], terms_of()("jalan_rusak", ("biasa", 1), "pengaduan"), NOW + MINUTE)
    assert the_case(engine).facts.priority == Priority.CRITICAL
