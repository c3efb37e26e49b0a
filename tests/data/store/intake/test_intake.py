"""Sources and their leases, rejected records, API keys, taken files."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from data.store.accounts import api_keys
from data.store.db.change_feed import since
from data.store.db.engine import Engine, open_engine, reading, writing
from data.store.db.schema.cases import api_key
from data.store.intake import rejected, sources, taken_files
from data.store.intake.rejected import RejectedRecord
from tests.factories import DAY, HOUR, MINUTE, NOW


def kinds(engine: Engine) -> list[str]:
    """The feed so far."""
    with reading(engine) as conn:
        return [row.kind for row in since(conn, 0, 100)]


def test_a_source_never_asked_has_an_empty_state(engine: Engine):
    with reading(engine) as conn:
        assert sources.state_of(conn, "drop") == sources.SourceState("drop")
        assert sources.cursor_of(conn, "drop") is None
        assert sources.states(conn) == {}


def test_a_success_keeps_when_and_how_much_and_how_old(engine: Engine):
    with writing(engine) as conn:
        assert not sources.succeeded(conn, "drop", NOW, records=3, newest=NOW - MINUTE)
        sources.succeeded(conn, "drop", NOW + MINUTE)
        sources.set_cursor(conn, "drop", "17")
    with reading(engine) as conn:
        state = sources.states(conn)["drop"]
    assert state == sources.SourceState("drop", "17", NOW + MINUTE, NOW + MINUTE, NOW, None, None, 3, 0, 60)


def test_a_lease_of_the_future_holds_nobody_up(engine: Engine):
    with writing(engine) as conn:
        assert sources.claim(conn, "sweep", "a:1:x", NOW + DAY, 60)
        assert sources.claim(conn, "sweep", "b:2:y", NOW, 60), "the clock was set back"
        assert not sources.claim(conn, "sweep", "a:1:x", NOW, 60)


def test_a_long_lease_holds_for_whoever_asks_for_a_short_one(engine: Engine):
    with writing(engine) as conn:
        assert sources.claim(conn, "source:x", "a:1:x", NOW, 3630)
        assert not sources.claim(conn, "source:x", "b:2:y", NOW, 60)


def test_the_clock_of_another_machine_may_be_ahead_a_little(engine: Engine):
    with writing(engine) as conn:
        assert sources.claim(conn, "sweep", "a:1:x", NOW + 4 * MINUTE, 60)
        assert not sources.claim(conn, "sweep", "b:2:y", NOW, 60)


@pytest.mark.parametrize("fails", [False, True])
def test_after_a_clock_was_set_back_the_marks_of_a_source_are_of_now(engine: Engine, fails: bool):
    with writing(engine) as conn:
        sources.succeeded(conn, "drop", NOW + DAY, records=1)
        sources.failed(conn, "drop", NOW + DAY, "no route")
        if fails:
            sources.failed(conn, "drop", NOW, "no route")
        else:
            sources.succeeded(conn, "drop", NOW)
        state = sources.state_of(conn, "drop")
    assert (state.last_attempt_at, state.last_record_at) == (NOW, NOW)
    assert state.failing_since == (NOW if fails else None)


def test_a_failing_source_says_since_when_until_it_returns(engine: Engine):
    with writing(engine) as conn:
        assert sources.failed(conn, "drop", NOW, "no route")
        assert not sources.failed(conn, "drop", NOW + MINUTE, "still no route")
        state = sources.state_of(conn, "drop")
        assert (state.failing_since, state.error) == (NOW, "still no route")
        assert sources.succeeded(conn, "drop", NOW + HOUR)
        assert not sources.succeeded(conn, "drop", NOW + 2 * HOUR)
        state = sources.state_of(conn, "drop")
    assert (state.failing_since, state.error) == (None, None)


def test_only_a_fall_and_a_return_are_changes(engine: Engine):
    with writing(engine) as conn:
        for minute in range(3):
            sources.succeeded(conn, "drop", NOW + minute * MINUTE)
        sources.failed(conn, "drop", NOW, "no route")
        sources.failed(conn, "drop", NOW, "no route")
        sources.succeeded(conn, "drop", NOW)
    assert kinds(engine) == ["source", "source", "source"]


def test_a_lease_is_one_owners_until_it_runs_out(engine: Engine):
    with writing(engine) as conn:
        assert sources.claim(conn, "poll:drop", "a", NOW, 60)
        assert not sources.claim(conn, "poll:drop", "b", NOW + 59 * MINUTE / 60, 60)
        assert sources.claim(conn, "poll:drop", "a", NOW, 60)
        assert sources.claim(conn, "poll:drop", "b", NOW + MINUTE, 60)
        assert not sources.claim(conn, "poll:drop", "a", NOW + MINUTE, 60)


def test_a_released_lease_is_free_and_another_owners_stays(engine: Engine):
    with writing(engine) as conn:
        sources.claim(conn, "sweep", "a", NOW, 60)
        sources.release(conn, "sweep", "b")
        assert not sources.claim(conn, "sweep", "b", NOW, 60)
        sources.release(conn, "sweep", "a")
        assert sources.claim(conn, "sweep", "b", NOW, 60)


def test_of_many_who_claim_at_once_one_gets_the_lease(url: str):
    engine, got = open_engine(url, busy_timeout_s=60), list[str]()

    def claim(owner: str) -> None:
        with writing(engine) as conn:
            if sources.claim(conn, "sweep", owner, NOW, 60):
                got.append(owner)

    threads = [threading.Thread(target=claim, args=(f"owner {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    assert len(got) == 1


def test_a_rejected_record_is_kept_with_reason_and_payload_and_counted(engine: Engine):
    refused = RejectedRecord("drop", "17", "no category", '{"id": 17}')
    with writing(engine) as conn:
        assert rejected.add(conn, refused, NOW)
        kept = rejected.waiting(conn)
        assert (kept[0].record, kept[0].at, kept[0].attempts) == (refused, NOW, 1)
        assert sources.state_of(conn, "drop").rejected == 1
    assert kinds(engine) == ["rejected_record"]


def test_the_same_record_twice_is_one_row_with_the_later_reason(engine: Engine):
    with writing(engine) as conn:
        rejected.add(conn, RejectedRecord("drop", "17", "no category", "{}"), NOW)
        assert not rejected.add(conn, RejectedRecord("drop", "17", "no place", '{"a": 1}'), NOW + HOUR)
        (kept,) = rejected.waiting(conn)
        assert (kept.record.reason, kept.record.payload, kept.at) == ("no place", '{"a": 1}', NOW)
        assert sources.state_of(conn, "drop").rejected == 1


def test_a_record_that_could_be_read_at_last_is_forgotten_and_counted_off(engine: Engine):
    with writing(engine) as conn:
        rejected.add(conn, RejectedRecord("drop", "17", "no category", "{}"), NOW)
        (kept,) = rejected.waiting(conn)
        rejected.mark_retried(conn, [(kept, "still none")], NOW + HOUR)
        (again,) = rejected.waiting(conn, "drop")
        assert (again.attempts, again.retried_at, again.record.reason) == (2, NOW + HOUR, "still none")
        assert (rejected.has_waiting(conn, "drop"), rejected.has_waiting(conn, "api")) == (True, False)
        assert rejected.remove(conn, "drop", "17", NOW)
        assert not rejected.remove(conn, "drop", "17", NOW)
        assert rejected.waiting(conn) == []
        assert not rejected.has_waiting(conn, "drop")
        assert sources.state_of(conn, "drop").rejected == 0


def test_kept_records_are_listed_by_source_in_pages(engine: Engine):
    with writing(engine) as conn:
        for n in range(4):
            rejected.add(conn, RejectedRecord("drop" if n % 2 else "api", str(n), "no", "{}"), NOW)
        first = rejected.waiting(conn, limit=3)
        assert [one.record.external_id for one in first] == ["0", "1", "2"]
        assert [one.record.external_id for one in rejected.waiting(conn, after=first[-1].id)] == ["3"]
        assert [one.record.external_id for one in rejected.waiting(conn, "api")] == ["0", "2"]


def test_a_key_is_known_by_what_was_shown_and_only_its_digest_is_kept(engine: Engine):
    with writing(engine) as conn:
        key = api_keys.add(conn, "kelurahan", NOW)
        assert key.startswith("batt_")
        assert api_keys.check(conn, key) == "kelurahan"
        assert api_keys.check(conn, key + "x") is None
        row = conn.execute(select(api_key)).one()
        assert key not in str(row)


def test_a_revoked_key_opens_nothing_and_its_name_is_free_again(engine: Engine):
    with writing(engine) as conn:
        old = api_keys.add(conn, "kelurahan", NOW)
        with pytest.raises(api_keys.NameTaken, match="kelurahan"):
            api_keys.add(conn, "kelurahan", NOW)
        assert api_keys.revoke(conn, "kelurahan", NOW)
        assert not api_keys.revoke(conn, "kelurahan", NOW)
        assert api_keys.check(conn, old) is None
        assert api_keys.check(conn, api_keys.add(conn, "kelurahan", NOW)) == "kelurahan"


def test_the_same_content_is_taken_once_whatever_its_name(engine: Engine):
    with writing(engine) as conn:
        assert not taken_files.is_taken(conn, "drop", "ab12")
        assert taken_files.take(conn, "drop", "ab12", "laporan.csv", NOW)
        assert not taken_files.take(conn, "drop", "ab12", "salinan.csv", NOW)
        assert taken_files.is_taken(conn, "drop", "ab12")
        assert not taken_files.is_taken(conn, "other", "ab12")
