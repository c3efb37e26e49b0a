"""The same case told again: nothing twice, nothing taken back, whatever the order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from data.domain.cases.model import UNDATED, ActorKind, CaseState, EventKind
from data.store.cases import cases
from data.store.citizens import privacy
from data.store.db.engine import Engine, writing
from data.store.db.schema.cases import case
from tests.factories import DAY, HOUR, MINUTE, NOW, event, terms_for
from tests.ingest.one_record import write_one
from tests.ingest.sources.feed.feed import (
    FEED,
    a_pipeline,
    a_raw,
    changes,
    happened,
    its_events,
    its_kinds,
    recomputed_status,
    the_case,
    took,
)

pytestmark = pytest.mark.both_engines

LIFE = [
    happened("dispatched", NOW + MINUTE, agency="dpupr"),
    happened("acknowledged", NOW + 20 * MINUTE),
    happened("paused", NOW + 25 * MINUTE, reason="citizen"),
    happened("resumed", NOW + 30 * MINUTE),
    happened("answered", NOW + 40 * MINUTE, text="Segera kami perbaiki."),
    happened("resolved", NOW + 50 * MINUTE),
]


def do(engine: Engine, kind: EventKind, **more: Any) -> None:
    """Something done to the case in the control room."""
    found = the_case(engine)
    with writing(engine) as conn:
        done = event(kind, NOW + HOUR, actor_kind=ActorKind.OPERATOR, actor="Rina", **more)
        cases.append_events(conn, found.id, [done], terms_for(found.facts), NOW + HOUR)


def test_the_same_record_again_changes_nothing(engine: Engine):
    took(engine, events=LIFE[:2])
    before = the_case(engine), its_events(engine), changes(engine)
    assert took(engine, now=NOW + HOUR, events=LIFE[:2]) == "same"
    assert (the_case(engine), its_events(engine), changes(engine)) == before


@pytest.mark.parametrize("wished", [True, False])
def test_what_its_reporter_wants_confidential_stays_so_when_the_desk_finds_another_category(
    engine: Engine, wished: bool
):
    took(engine, category="narkoba", private=wished)
    assert the_case(engine).facts.private
    do(engine, EventKind.RECLASSIFIED, category="sampah")
    assert the_case(engine).facts.private is wished


def test_what_was_erased_does_not_come_back_with_the_same_record(engine: Engine):
    told = {"text": "Nama saya rahasia.", "address": "Jalan Bukit 6", "lat": -7.869642, "lon": 112.527631}
    took(engine, **told)
    with writing(engine) as conn:
        privacy.erase(conn, [the_case(engine).id], NOW, texts=True)
    before = the_case(engine).facts
    assert took(engine, now=NOW + HOUR, **told) == "same"
    assert the_case(engine).facts == before
    assert (before.title, before.text, before.address) == ("", "", None)


def test_later_events_are_appended_and_only_they(engine: Engine):
    took(engine, events=LIFE[:1])
    assert took(engine, now=NOW + HOUR, events=LIFE[:3]) == "updated"
    assert its_kinds(engine) == ["received", "dispatched", "acknowledged", "paused"]
    assert changes(engine)[2:] == [("acknowledged", 1), ("paused", 1)]
    assert the_case(engine).status == recomputed_status(engine, now=NOW + HOUR)


def test_an_older_snapshot_takes_nothing_back(engine: Engine):
    took(engine, now=NOW + HOUR, events=LIFE)
    before = the_case(engine), its_events(engine)
    assert took(engine, now=NOW + HOUR, events=LIFE[:2]) == "same"
    assert (the_case(engine), its_events(engine)) == before


@pytest.mark.parametrize("order", list(permutations((1, 3, 6))))
def test_snapshots_lead_to_the_same_case_in_any_order(sqlite_engine: Engine, order: Sequence[int]):
    for upto in order:
        took(sqlite_engine, now=NOW + HOUR, events=LIFE[:upto])
    assert its_kinds(sqlite_engine) == ["received", *(e["kind"] for e in LIFE)]
    assert the_case(sqlite_engine).status.state is CaseState.RESOLVED


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(
    minutes=st.lists(st.integers(0, 3), min_size=1, max_size=5).map(sorted),
    kinds=st.lists(st.sampled_from(["note", "paused", "resumed", "answered"]), min_size=5, max_size=5),
    seen=st.lists(st.integers(0, 5), min_size=1, max_size=4),
)
def test_events_of_the_same_moment_are_all_kept_once(
    sqlite_engine: Engine, minutes: list[int], kinds: list[str], seen: list[int]
):
    whole = [happened(kind, NOW + n * MINUTE) for n, kind in zip(minutes, kinds, strict=False)]
    external_id = repr((minutes, kinds[: len(minutes)], seen))
    for upto in [*seen, len(whole)]:
        took(sqlite_engine, external_id, NOW + HOUR, events=whole[:upto])
    assert sorted(its_kinds(sqlite_engine, external_id)) == sorted(["received", *(e["kind"] for e in whole)])


def test_what_people_decided_here_stays_when_the_source_says_the_same_again(engine: Engine):
    took(engine)
    do(engine, EventKind.RECLASSIFIED, category="sampah", policy="biasa", policy_version=2)
    do(engine, EventKind.DISPATCHED, agency="dlh")
    assert took(engine, now=NOW + DAY) == "same"
    assert (the_case(engine).facts.category, the_case(engine).status.agency) == ("sampah", "dlh")


def test_another_category_at_the_source_is_a_reclassification(engine: Engine):
    took(engine)
    assert took(engine, now=NOW + HOUR, category="narkoba") == "updated"
    told = its_events(engine)[-1]
    assert (told.kind, told.category, told.policy, told.policy_version) == ("reclassified", "narkoba", "biasa", 2)
    assert (told.at, told.actor, told.reason) == (NOW + HOUR, FEED.name, UNDATED)
    assert (the_case(engine).facts.category, the_case(engine).facts.private) == ("narkoba", True)
    assert the_case(engine).status.agency == "bnn"


@pytest.mark.parametrize(
    ("confidential", "first", "then", "private"),
    [(True, "sampah", "jalan_rusak", True), (True, "narkoba", "sampah", True), (False, "narkoba", "sampah", False)],
)
def test_what_is_confidential_at_its_source_stays_so_under_another_category(
    sqlite_engine: Engine, confidential: bool, first: str, then: str, private: bool
):
    took(sqlite_engine, category=first, private=confidential)
    took(sqlite_engine, now=NOW + HOUR, category=then, private=confidential)
    assert the_case(sqlite_engine).facts.private is private


def test_a_category_may_change_again_and_back(engine: Engine):
    for hour, category in enumerate(("jalan_rusak", "sampah", "jalan_rusak", "jalan_rusak")):
        took(engine, now=NOW + hour * HOUR, category=category)
    assert its_kinds(engine) == ["received", "reclassified", "reclassified"]
    assert the_case(engine).facts.category == "jalan_rusak"


def test_a_critical_category_dispatches_when_nobody_has_the_case(engine: Engine):
    took(engine)
    took(engine, now=NOW + HOUR, category="longsor")
    assert its_kinds(engine) == ["received", "reclassified", "dispatched"]
    assert the_case(engine).status.agency == "bpbd"


def test_a_dated_snapshot_older_than_the_last_word_changes_no_category(engine: Engine):
    took(engine, updated_at=NOW)
    took(engine, now=NOW + 3 * HOUR, category="sampah", updated_at=NOW + 2 * HOUR)
    assert took(engine, now=NOW + 4 * HOUR, updated_at=NOW + HOUR) == "same"
    assert the_case(engine).facts.category == "sampah"
    assert its_events(engine)[-1].at == NOW + 2 * HOUR


def test_a_snapshot_with_fewer_events_changes_no_category(engine: Engine):
    took(engine, now=NOW + HOUR, category="sampah", events=LIFE[:2])
    assert took(engine, now=NOW + HOUR, category="jalan_rusak", events=LIFE[:1]) == "same"
    assert the_case(engine).facts.category == "sampah"


def test_an_agency_that_is_named_later_gets_the_case_then(engine: Engine):
    took(engine)
    took(engine, now=NOW + HOUR, agency="dlh")
    took(engine, now=NOW + 2 * HOUR, agency="bnn")
    assert took(engine, now=NOW + 3 * HOUR, agency="bnn") == "same"
    assert [(e.kind, e.agency, e.at) for e in its_events(engine)[1:]] == [
        ("dispatched", "dlh", NOW + HOUR),
        ("transferred", "bnn", NOW + 2 * HOUR),
    ]


def test_an_agency_that_stays_is_not_dispatched_to_again(engine: Engine):
    took(engine, agency="dlh")
    assert took(engine, now=NOW + HOUR, agency="dlh") == "same"


def test_number_and_status_at_sp4n_follow_the_source(engine: Engine):
    took(engine, sp4n_status="Belum Terverifikasi")
    assert took(engine, now=NOW + HOUR, sp4n_number="8812345", sp4n_status="Dalam Proses") == "updated"
    assert took(engine, now=NOW + HOUR) == "same"
    assert (the_case(engine).facts.sp4n_number, the_case(engine).facts.sp4n_status) == ("8812345", "Dalam Proses")


def test_two_sources_may_use_the_same_id(engine: Engine):
    other = type(FEED)(name="lain")
    took(engine)
    assert write_one(a_pipeline(engine), other, a_raw(), NOW).kind == "new"


def test_a_folded_case_goes_on_being_told_of(engine: Engine):
    tree = {"category": "pohon_tumbang", "reporter_phone": "0812"}
    took(engine, "1", **tree)
    took(engine, "2", **tree)
    assert took(engine, "2", now=NOW + HOUR, **tree) == "same"
    assert took(engine, "2", now=NOW + HOUR, **tree, events=LIFE[:2]) == "updated"
    assert the_case(engine, "2").status.state is CaseState.MERGED


def as_an_earlier_release_left_it(engine: Engine) -> None:
    """Without the columns that came with the third revision."""
    with writing(engine) as conn:
        conn.execute(update(case).values(told_at=None, district=None))


def test_of_a_case_of_an_earlier_release_its_events_say_what_was_told_last(engine: Engine):
    took(engine, events=LIFE[:2], text="Baru")
    as_an_earlier_release_left_it(engine)
    assert took(engine, now=NOW + HOUR, events=LIFE[:1], text="Lama") == "older"
    assert the_case(engine).facts.told_at is None
    assert took(engine, now=NOW + HOUR, events=LIFE[:2], text="Lain", updated_at=NOW + HOUR) == "updated"
    assert (the_case(engine).facts.text, the_case(engine).facts.told_at) == ("Lain", NOW + HOUR)


def test_the_kecamatan_that_an_earlier_release_did_not_keep_is_filled_in_without_a_word(engine: Engine):
    nowhere = {"lat": None, "lon": None, "address": "Kec. Bumiaji"}
    took(engine, **nowhere)
    as_an_earlier_release_left_it(engine)
    assert took(engine, now=NOW + HOUR, **nowhere) == "same"
    assert the_case(engine).facts.district == "35.79.02"
    assert its_kinds(engine) == ["received"]


def test_an_event_of_the_source_says_how_far_it_has_told_and_an_undated_one_does_not(engine: Engine):
    noticed = happened("acknowledged", NOW + 2 * MINUTE, reason=UNDATED)
    took(engine, now=NOW + HOUR, events=[LIFE[0], noticed])
    assert the_case(engine).facts.told_at == NOW + MINUTE
    took(engine, "2", now=NOW + HOUR)
    assert the_case(engine, "2").facts.told_at is None
