"""Histories in bulk: the same cases as one by one, cursor and file with them, nothing twice after a crash."""

from __future__ import annotations

import gc
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from data.domain.cases.model import CaseState, EventKind
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.cases import case
from data.store.intake import sources, taken_files
from data.store.intake.rejected import waiting
from data.texts import texts
from ingest.pipeline.checkpoint import Lease, LeaseLost, lease_name
from ingest.pipeline.gc_pause import gc_paused
from ingest.pipeline.pipeline import Pipeline
from ingest.pipeline.store_retry import RunTransaction, run_once
from ingest.source import Delivery, FileMark, Raw, outcomes_by_id
from tests.factories import DAY, HOUR, MINUTE, NOW
from tests.ingest.one_record import write_one
from tests.ingest.sources.feed.feed import (
    FEED,
    LONG_AGO,
    a_delivery,
    a_pipeline,
    changes,
    happened,
    how_many,
    its_events,
    its_kinds,
    its_reporter,
    old,
    recomputed_status,
    stored_ids,
    the_case,
)

pytestmark = pytest.mark.both_engines


def a_life(*kinds: str, agency: str = "dpupr", **more: Any) -> list[dict[str, Any]]:
    """These events, an hour apart."""
    reasons = {"paused": "citizen"}
    return [
        happened(kind, LONG_AGO + n * HOUR, agency=agency, reason=reasons.get(kind), **more)
        for n, kind in enumerate(kinds, 1)
    ]


LIVES: dict[str, list[dict[str, Any]]] = {
    "received": [],
    "dispatched": a_life("dispatched"),
    "answered": a_life("dispatched", "acknowledged", "answered"),
    "resolved": a_life("dispatched", "answered", "resolved"),
    "closed": a_life("dispatched", "acknowledged", "answered", "resolved", "closed"),
    "rejected": a_life("rejected"),
    "paused": a_life("dispatched", "acknowledged", "paused"),
    "resumed": a_life("dispatched", "paused", "resumed", "resolved"),
    "transferred": a_life("dispatched") + a_life("transferred", agency="dlh"),
    "reopened": a_life("dispatched", "resolved", "reopened"),
    "noted": a_life("dispatched", "note", text="Sudah dilihat.\x00"),
    "to triage": a_life("dispatched", agency="triase"),
    "unsorted": list(reversed(a_life("dispatched", "acknowledged", "answered"))),
}


def took(engine: Engine, *raws: Raw, **more: Any) -> list[str]:
    """Take one history; what became of each."""
    return [str(outcome.kind) for outcome in a_pipeline(engine).write_history(FEED, a_delivery(*raws, **more), NOW)]


@pytest.mark.parametrize("life", LIVES)
def test_a_history_is_stored_as_one_by_one(engine: Engine, life: str):
    more = {"category": "sampah", "reporter_name": "Pak Warga", "sp4n_number": "77", "address": "Jl. Dewi Sartika"}
    write_one(a_pipeline(engine), FEED, old("1", events=LIVES[life], **more), NOW)
    assert took(engine, old("2", events=LIVES[life], **more)) == ["new"]
    one, bulk = the_case(engine, "1"), the_case(engine, "2")
    assert bulk.status == one.status == recomputed_status(engine, "2")
    assert its_events(engine, "2") == its_events(engine, "1")
    assert its_reporter(engine, "2")[1:] == its_reporter(engine, "1")[1:]
    names = [name for name in one.facts.__dataclass_fields__ if name not in ("code", "external_id")]
    assert [getattr(bulk.facts, name) for name in names] == [getattr(one.facts, name) for name in names]


def test_a_case_of_long_ago_that_is_still_open_stands_in_the_column_it_is_routed_to(engine: Engine):
    took(engine, old(category="longsor"))
    case_status = the_case(engine).status
    assert (case_status.state, case_status.agency, case_status.open) == (CaseState.RECEIVED, "bpbd", True)


def test_a_history_is_one_change_however_many_cases(engine: Engine):
    took(engine, *(old(str(n), events=LIVES["closed"]) for n in range(50)))
    assert changes(engine) == [("imported", 50), ("source", 1)]
    assert stored_ids(engine) == [str(n) for n in range(50)]


def test_cases_of_a_month_have_codes_in_a_row(engine: Engine):
    took(engine, *(old(str(n), received_at=LONG_AGO + n * 10 * DAY) for n in range(6)))
    with reading(engine) as conn:
        codes = conn.execute(select(case.c.code).order_by(case.c.received_at)).scalars().all()
    assert codes == [f"AW-26{m}-{n:04d}" for m, n in (("08", 1), ("09", 1), ("09", 2), ("09", 3), ("10", 1), ("10", 2))]


def test_the_same_history_again_changes_nothing_but_the_cursor(engine: Engine):
    raws = [old(str(n), events=LIVES["closed"]) for n in range(20)]
    took(engine, *raws)
    before = changes(engine)
    assert took(engine, *raws, cursor="2") == ["same"] * 20
    assert (changes(engine), how_many(engine)) == (before, 20)


def test_a_history_that_goes_on_appends_what_is_new(engine: Engine):
    took(engine, old("1", events=LIVES["dispatched"]), old("2", events=LIVES["dispatched"]))
    assert took(engine, old("1", events=LIVES["resolved"]), old("2", events=LIVES["dispatched"]), old("3")) == [
        "updated",
        "same",
        "new",
    ]
    assert its_kinds(engine, "1") == ["received", "dispatched", "answered", "resolved"]


def test_an_id_that_stands_twice_is_one_case_with_all_its_events(engine: Engine):
    said = took(engine, old("1", events=LIVES["dispatched"]), old("2"), old("1", events=LIVES["resolved"]), old("2"))
    assert said == ["new", "new", "updated", "same"]
    assert its_kinds(engine, "1") == ["received", "dispatched", "answered", "resolved"]
    outcomes = a_pipeline(engine).write_history(FEED, a_delivery(old("3"), old("3"), old("4", lat="x"), old("4")), NOW)
    assert [outcomes_by_id(outcomes)[external_id].kind for external_id in "34"] == ["new", "rejected"]


def test_what_is_fresh_in_a_history_is_acted_on(engine: Engine):
    fresh = {"category": "pohon_tumbang", "received_at": NOW - HOUR, "reporter_phone": "0812"}
    assert took(engine, old("1"), old("2", **fresh), old("3", **fresh)) == ["new", "new", "merged"]
    assert its_kinds(engine, "2") == ["received", "dispatched"]
    assert ("received", 1) in changes(engine)


def test_what_cannot_be_read_is_kept_and_the_rest_goes_on(engine: Engine):
    said = took(engine, old("1"), old("2", received_at="kemarin"), old("3"))
    assert [words.split(":")[0] for words in said] == ["new", "rejected", "new"]
    with reading(engine) as conn:
        [kept] = waiting(conn)
        assert (kept.record.external_id, sources.state_of(conn, FEED.name).rejected) == ("2", 1)
    took(engine, old("2"))
    with reading(engine) as conn:
        assert (waiting(conn), sources.state_of(conn, FEED.name).rejected) == ([], 0)


def test_one_that_leads_beyond_the_calendars_is_kept_with_the_reason(engine: Engine):
    late = old("1", received_at=NOW.replace(year=2061), events=[])
    now = NOW.replace(year=2061, month=12)
    outcomes = a_pipeline(engine).write_history(FEED, a_delivery(late, old("2")), now)
    assert [outcome.kind for outcome in outcomes] == ["rejected", "new"]
    assert "kalender kerja" in texts("id").stored_sentence(outcomes[0].reason)


def test_cursor_file_and_health_come_with_the_cases(engine: Engine):
    took(engine, old("1"), old("2"), cursor="zwei", file=FileMark("f" * 64, "lama.csv"))
    with reading(engine) as conn:
        state = sources.state_of(conn, FEED.name)
        assert (state.cursor, state.delivered, state.last_success_at) == ("zwei", 2, NOW)
        assert state.lag_s is None  # a history is old and yet not late
        assert taken_files.is_taken(conn, FEED.name, "f" * 64)


def test_an_empty_delivery_moves_the_cursor(engine: Engine):
    assert took(engine, cursor="leer") == []
    with reading(engine) as conn:
        assert sources.cursor_of(conn, FEED.name) == "leer"


class Killed(BaseException):
    """The process ends here."""


def dies(after: int) -> RunTransaction:
    """Attempts so many transactions, then dies before the next one is committed."""
    left = [after]

    def attempt(transaction: Any, /) -> Any:
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        return transaction()

    return attempt


RAWS = (
    old("1", events=LIVES["closed"]),
    old("2", received_at=NOW - HOUR, category="longsor"),
    old("3", lat="x"),
    old("4"),
)


@pytest.mark.parametrize("after", range(4))
def test_a_process_killed_anywhere_loses_nothing_and_takes_nothing_twice(engine: Engine, after: int):
    delivery = a_delivery(*RAWS, cursor="ende", file=FileMark("a" * 64, "a.csv"))
    try:
        a_pipeline(engine).write_history(FEED, delivery, NOW, run=dies(after))
        assert after == 3
    except Killed:
        with reading(engine) as conn:
            assert sources.cursor_of(conn, FEED.name) is None
            assert not taken_files.is_taken(conn, FEED.name, "a" * 64)
    a_pipeline(engine).write_history(FEED, delivery, NOW + MINUTE)
    assert sorted(stored_ids(engine)) == ["1", "2", "4"]
    assert its_kinds(engine, "2") == ["received", "dispatched"]
    assert len(its_events(engine, "1")) == 6
    with reading(engine) as conn:
        assert sources.cursor_of(conn, FEED.name) == "ende"
        assert len(waiting(conn)) == 1


def test_a_fault_at_the_end_of_the_transaction_leaves_nothing_of_it(engine: Engine):
    broken: list[Any] = [*(old(str(n)) for n in range(10))]
    delivery = a_delivery(*broken, cursor=object())  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r"type 'object'|cannot adapt"):
        a_pipeline(engine).write_history(FEED, delivery, NOW)
    assert (how_many(engine), changes(engine)) == (0, [])
    a_pipeline(engine).write_history(FEED, a_delivery(*broken), NOW)
    assert how_many(engine) == 10


def test_whoever_has_lost_the_lease_stores_nothing_more(engine: Engine):
    with writing(engine) as conn:
        sources.claim(conn, lease_name(FEED.name), "other:1", NOW, 60)
    with pytest.raises(LeaseLost):
        a_pipeline(engine).write_history(FEED, a_delivery(old()), NOW, lease=Lease("me:2", 60))
    assert how_many(engine) == 0
    a_pipeline(engine).write_history(FEED, a_delivery(old()), NOW + timedelta(seconds=61), lease=Lease("me:2", 60))
    assert how_many(engine) == 1


def test_a_case_that_another_process_stored_meanwhile_is_not_stored_again(engine: Engine):
    class Rival:
        """Stores one of the cases between the look and the storing."""

        def __init__(self) -> None:
            self.calls = 0

        def __call__(self, transaction: Any, /) -> Any:
            self.calls += 1
            if self.calls == 2:
                write_one(a_pipeline(engine), FEED, old("2"), NOW)
            return transaction()

    delivery = a_delivery(*(old(str(n), events=LIVES["closed"]) for n in range(4)))
    outcomes = a_pipeline(engine).write_history(FEED, delivery, NOW, run=Rival())
    assert [outcome.kind for outcome in outcomes] == ["new", "new", "updated", "new"]
    assert sorted(stored_ids(engine)) == ["0", "1", "2", "3"]


def test_live_records_each_have_their_own_transaction_and_the_cursor_follows(engine: Engine):
    delivery = Delivery((old("1", received_at=NOW - MINUTE), old("2", received_at="x")), "c")
    outcomes = a_pipeline(engine).write_delivery(FEED, delivery, NOW)
    assert [outcome.kind for outcome in outcomes] == ["new", "rejected"]
    with reading(engine) as conn:
        state = sources.state_of(conn, FEED.name)
        assert (state.cursor, state.delivered, state.rejected, state.lag_s) == ("c", 1, 1, 60)


def test_garbage_is_collected_again_when_the_last_batch_is_stored():
    with gc_paused():
        with gc_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with gc_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_an_attempt_may_be_made_once():
    assert run_once(lambda: 7) == 7


def test_kinds_that_only_people_can_bring_about_keep_their_words(engine: Engine):
    pipeline: Pipeline = a_pipeline(engine)
    pipeline.write_history(FEED, a_delivery(old(events=a_life("resolved", "rated"))), NOW)
    kinds = [EventKind.RECEIVED, EventKind.DISPATCHED, EventKind.RESOLVED, EventKind.RATED]
    assert its_kinds(engine) == kinds  # who resolves it must have got it
