"""One live record: placed, routed, under clocks, stored in one transaction, announced, folded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from data.domain.cases.model import ActorKind, CaseState, EventKind, Precision
from data.domain.city.model import TRIAGE, RoutingRule
from data.reference.boundaries.areas import Boundaries
from data.store.db.engine import Engine
from ingest.pipeline.drafting.drafts import Drafter
from ingest.pipeline.pipeline import Pipeline
from tests.factories import BEJI, DAY, HOUR, MINUTE, NOW, SISIR, a_city, a_policy, calendars
from tests.ingest.one_record import write_one
from tests.ingest.sources.feed.feed import (
    FEED,
    GROUND,
    SISIR_AT,
    a_pipeline,
    a_raw,
    changes,
    happened,
    its_events,
    its_kinds,
    its_reporter,
    recomputed_status,
    the_case,
    took,
)

pytestmark = pytest.mark.both_engines


def test_a_report_becomes_a_case_that_waits_for_an_operator_in_the_column_of_its_agency(engine: Engine):
    assert took(engine) == "new"
    found = the_case(engine)
    assert (found.status.state, found.status.open, found.status.agency) == (CaseState.RECEIVED, True, "dpupr")
    assert (found.facts.code, found.facts.village, found.facts.precision) == ("AW-2611-0001", SISIR, Precision.EXACT)
    assert found.status.next_clock == "verify"
    assert found.status.next_due_at == NOW.replace(day=25, hour=0, minute=37)  # two working hours from 14:07 WIB
    assert its_kinds(engine) == [EventKind.RECEIVED]


def test_a_case_that_waits_stays_in_that_column_whatever_is_noted_on_it(engine: Engine):
    took(engine)
    took(engine, now=NOW + HOUR, events=[happened("note", NOW + MINUTE, actor_kind="operator")])
    assert (the_case(engine).status.state, the_case(engine).status.agency) == (CaseState.RECEIVED, "dpupr")
    assert the_case(engine).status == recomputed_status(engine, now=NOW + HOUR)


def test_its_receipt_keeps_under_which_terms_it_came_in(engine: Engine):
    took(engine)
    [received] = its_events(engine)
    assert (received.at, received.actor_kind, received.agency) == (NOW, ActorKind.CITIZEN, "dpupr")
    assert (received.category, received.policy, received.policy_version) == ("jalan_rusak", "biasa", 2)


def test_every_event_of_a_new_case_is_a_change(engine: Engine):
    took(engine, events=[happened("dispatched", NOW, agency="dlh"), happened("acknowledged", NOW)])
    assert changes(engine) == [("received", 1), ("dispatched", 1), ("acknowledged", 1)]


def test_the_stored_clocks_are_those_of_its_events(engine: Engine):
    events = [happened("dispatched", NOW - HOUR, agency="dpupr"), happened("answered", NOW - HOUR / 2)]
    took(engine, received_at=NOW - 2 * HOUR, events=events)
    assert the_case(engine).status == recomputed_status(engine)


def test_a_critical_report_is_dispatched_at_once_by_the_system(engine: Engine):
    took(engine, category="longsor", received_at=NOW - HOUR)
    dispatched = its_events(engine)[-1]
    assert (dispatched.kind, dispatched.actor_kind, dispatched.agency) == ("dispatched", ActorKind.SYSTEM, "bpbd")
    assert dispatched.at == NOW
    assert the_case(engine).status.state is CaseState.DISPATCHED


@pytest.mark.parametrize(
    "changes",
    [
        {"received_at": NOW - 2 * DAY},
        {"events": [happened("resolved", NOW)]},
        {"events": [happened("dispatched", NOW, agency="dlh")]},
        {"category": "jalan_rusak"},
    ],
    ids=["old", "over", "handed over already", "not critical"],
)
def test_the_system_dispatches_nothing_that(sqlite_engine: Engine, changes: dict[str, object]):
    took(sqlite_engine, **{"category": "longsor"} | changes)
    assert [e.actor for e in its_events(sqlite_engine) if e.kind is EventKind.DISPATCHED] in ([], [FEED.name])


def test_a_category_that_nobody_knows_goes_to_triage_as_lainnya(engine: Engine):
    took(engine, category="kucing hilang", title="", text="Mohon bantuan")
    found = the_case(engine)
    assert (found.facts.category, found.status.agency) == ("lainnya", TRIAGE)


def test_a_category_is_known_by_its_other_words(engine: Engine):
    took(engine, category="Trash")
    assert the_case(engine).facts.category == "sampah"


def test_a_city_without_a_category_for_the_unknown_is_refused():
    city = a_city()
    without = replace(city, categories={code: c for code, c in city.categories.items() if code != "lainnya"})
    with pytest.raises(ValueError, match="lainnya"):
        Drafter(without, calendars(), GROUND)


def test_a_record_keeps_the_policy_in_force_on_the_day_of_its_receipt(engine: Engine):
    """However late it is told of, and though a newer version is in force by then."""
    versions = (a_policy(), a_policy(version=2), replace(a_policy(version=3), since=date(2026, 11, 23)))
    city = replace(a_city(), policies={**a_city().policies, "biasa": versions})
    pipeline = Pipeline(engine, city, calendars(), GROUND)
    for day in (22, 23):
        received = f"2026-11-{day}T09:00:00+07:00"
        write_one(pipeline, FEED, a_raw(f"n{day}", received_at=received), NOW)
    assert [the_case(engine, f"n{day}").facts.policy_version for day in (22, 23)] == [2, 3]


def test_a_routing_rule_wins_over_the_category(engine: Engine):
    city = replace(a_city(), rules=(RoutingRule("dlh", category="sampah"), RoutingRule("bpbd", words=("banjir",))))
    pipeline = Pipeline(engine, city, calendars(), GROUND)
    write_one(pipeline, FEED, a_raw(text="Jalan rusak karena banjir"), NOW)
    assert the_case(engine).status.agency == "bpbd"


def test_a_record_that_names_its_agency_was_dispatched_to_it_at_receipt(engine: Engine):
    took(engine, agency="dlh")
    assert [(e.kind, e.agency, e.actor) for e in its_events(engine)] == [
        ("received", "dlh", ""),
        ("dispatched", "dlh", "umpan"),
    ]


def test_a_handing_over_without_an_agency_is_to_the_records_own_or_the_routed_one(engine: Engine):
    took(engine, "1", events=[happened("dispatched", NOW)])
    took(engine, "2", agency="bnn", events=[happened("dispatched", NOW)])
    assert [the_case(engine, n).status.agency for n in ("1", "2")] == ["dpupr", "bnn"]


def test_a_position_outside_the_city_is_said_so_whatever_village_is_named(engine: Engine):
    took(engine, lat=-7.9666, lon=112.6326, village="Sisir")
    found = the_case(engine).facts
    assert (found.precision, found.village, found.lat) == (Precision.OUTSIDE, None, -7.9666)


@pytest.mark.parametrize(
    ("named", "precision", "village"),
    [
        ("Beji", Precision.VILLAGE, "35.79.03.2002"),
        (BEJI, Precision.VILLAGE, BEJI),
        ("Kecamatan Bumiaji", Precision.DISTRICT, None),
        ("di belakang pasar", Precision.NONE, None),
        (None, Precision.NONE, None),
    ],
)
def test_without_a_position_the_named_village_counts(
    sqlite_engine: Engine, named: str | None, precision: Precision, village: str | None
):
    took(sqlite_engine, lat=None, lon=None, village=named)
    found = the_case(sqlite_engine).facts
    assert (found.precision, found.village, found.lat) == (precision, village, None)
    assert found.district == ("35.79.02" if precision is Precision.DISTRICT else None)


@pytest.mark.parametrize(("lat", "lon"), [(0, 0), (None, 112.5), (-7.9, None)])
def test_half_a_position_and_that_of_a_phone_that_knows_none_are_none(sqlite_engine: Engine, lat: object, lon: object):
    took(sqlite_engine, lat=lat, lon=lon)
    assert the_case(sqlite_engine).facts.precision == Precision.NONE


def test_who_reported_it_is_kept_apart(engine: Engine):
    took(engine, "1", reporter_name="Ibu Warga", reporter_phone="0812")
    took(engine, "2")
    assert (its_reporter(engine, "1").name, its_reporter(engine, "1").phone) == ("Ibu Warga", "0812")
    assert its_reporter(engine, "2") is None


@pytest.mark.parametrize(
    ("changes", "private"), [({}, False), ({"private": True}, True), ({"category": "narkoba"}, True)]
)
def test_a_case_is_private_by_its_category_or_at_its_source(
    sqlite_engine: Engine, changes: dict[str, object], private: bool
):
    took(sqlite_engine, **changes)
    assert the_case(sqlite_engine).facts.private is private


@pytest.mark.parametrize(("told", "kept"), [("Pengaduan", "pengaduan"), ("apa saja", "pengaduan"), (None, "pengaduan")])
def test_a_service_class_is_known_by_its_names(sqlite_engine: Engine, told: str | None, kept: str):
    took(sqlite_engine, service_class=told)
    assert the_case(sqlite_engine).facts.service_class == kept


def test_codes_count_by_local_month(engine: Engine):
    late = NOW.replace(month=10, day=31, hour=16, minute=59)
    took(engine, "1", received_at=late)
    took(engine, "2", received_at=late + 2 * MINUTE)
    assert [the_case(engine, n).facts.code for n in ("1", "2")] == ["AW-2610-0001", "AW-2611-0001"]


def test_a_report_that_its_sender_sends_again_is_one_and_those_of_others_wait_for_a_person(engine: Engine):
    tree = {"category": "pohon_tumbang", "reporter_phone": "0812"}
    said = [took(engine, str(n), NOW + n * MINUTE, received_at=NOW + n * MINUTE, **tree) for n in range(4)]
    assert said == ["new", "merged", "merged", "merged"]
    assert took(engine, "9", NOW + 5 * MINUTE, received_at=NOW + 5 * MINUTE, category="pohon_tumbang") == "new"
    head, folded = the_case(engine, "0"), the_case(engine, "3")
    assert (head.folded, folded.facts.head_id, folded.status.open) == (3, head.id, False)
    merged = its_events(engine, "3")[-1]
    assert (merged.kind, merged.head, merged.actor_kind) == ("merged", head.facts.code, ActorKind.SYSTEM)
    assert ("dispatched", 1) in changes(engine)
    assert "dispatched" not in its_kinds(engine, "3")


@pytest.mark.parametrize(
    "changes",
    [
        {"lat": SISIR_AT[0] + 0.01},
        {"received_at": NOW - 7 * HOUR},
        {"category": "longsor"},
        {"lat": None},
        {"events": [happened("dispatched", NOW, agency="bpbd")]},
    ],
    ids=["far away", "long before", "another category", "nowhere", "in an agency's hands"],
)
def test_a_report_is_not_folded_when_it_is(sqlite_engine: Engine, changes: dict[str, object]):
    took(sqlite_engine, "1", category="pohon_tumbang")
    assert took(sqlite_engine, "2", **{"category": "pohon_tumbang"} | changes) == "new"


def test_nothing_is_folded_into_a_case_that_is_over(engine: Engine):
    took(engine, "1", category="pohon_tumbang", events=[happened("resolved", NOW)])
    assert took(engine, "2", category="pohon_tumbang") == "new"


def test_cases_are_placed_by_the_boundaries_that_were_imported_last(engine: Engine):
    area = replace(GROUND.areas[0], code="35.79.01.9999")
    within = area.shape.representative_point()
    pipeline = a_pipeline(engine)
    pipeline.place_by(Boundaries([area], official=True))
    write_one(pipeline, FEED, a_raw(lat=within.y, lon=within.x), NOW)
    assert the_case(engine).facts.village == "35.79.01.9999"


def test_a_clock_of_the_source_that_runs_a_little_fast_is_forgiven(engine: Engine):
    assert took(engine, received_at=NOW + timedelta(minutes=50), category="longsor") == "new"
    assert its_events(engine)[-1].at == NOW + timedelta(minutes=50)
