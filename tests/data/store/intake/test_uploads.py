"""Uploads in the store: a state is left by one alone, and what rests too long goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from data.store.db.engine import Connection, Engine, reading, writing
from data.store.intake import uploads

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)
DIGEST = "e" * 64


def come(conn: Connection, upload_id: str, minute: int = 0, source: str = "opd_csv", state: str = "looking") -> None:
    at = NOW + timedelta(minutes=minute)
    uploads.create(conn, upload_id, source, f"{upload_id[0]}.csv", DIGEST, now=at)
    uploads.change(conn, upload_id, at, only_in={"looking"}, state=state)


def test_a_new_upload_is_to_be_looked_through_and_nothing_is_known_of_it(engine: Engine):
    with writing(engine) as conn:
        uploads.create(conn, A, "opd_csv", "Rekap Maret.csv", DIGEST, now=NOW)
    with reading(engine) as conn:
        assert uploads.get(conn, A) == uploads.Upload(
            A, "opd_csv", "Rekap Maret.csv", DIGEST, "looking", None, None, 0, at=NOW, changed_at=NOW
        )
        assert uploads.get(conn, B) is None


def test_a_change_is_made_only_in_the_states_it_names(engine: Engine):
    later = NOW + timedelta(minutes=5)
    with writing(engine) as conn:
        come(conn, A, state="asking")
        assert not uploads.change(conn, A, later, only_in={"queued", "failed"}, state="importing")
        assert not uploads.change(conn, B, later, only_in={"asking"}, state="queued")
        assert uploads.change(conn, A, later, only_in={"asking", "failed"}, state="queued", done=3, counts={"baru": 3})
        assert not uploads.change(conn, A, later, only_in={"asking", "failed"}, state="queued")
        found = uploads.get(conn, A)
        assert found is not None
        assert (found.state, found.done, found.counts, found.changed_at) == ("queued", 3, {"baru": 3}, later)


def test_lists_are_newest_first_for_people_and_oldest_first_for_the_job(engine: Engine):
    with writing(engine) as conn:
        come(conn, A, 1)
        come(conn, B, 2, source="other", state="importing")
        come(conn, C, 3, state="queued")
        come(conn, D, 4, state="done")
        assert [each.id for each in uploads.latest(conn, None, 3)] == [D, C, B]
        assert [each.id for each in uploads.latest(conn, "opd_csv", 10)] == [D, C, A]
        assert [each.id for each in uploads.next_waiting(conn)] == [A, B, C]
        uploads.forget(conn, A)
        assert [each.id for each in uploads.next_waiting(conn)] == [B, C]


def test_the_same_content_is_known_by_another_upload_that_is_or_was_imported(engine: Engine):
    with writing(engine) as conn:
        come(conn, A, 1, state="asking")
        come(conn, B, 2, source="other", state="done")
        assert uploads.same_content(conn, "opd_csv", DIGEST, D) is None
        come(conn, C, 3, state="done")
        found = uploads.same_content(conn, "opd_csv", DIGEST, A)
        assert found is not None
        assert found.id == C
        assert uploads.same_content(conn, "opd_csv", DIGEST, C) is None
        assert uploads.same_content(conn, "opd_csv", "f" * 64, A) is None


def test_what_rests_too_long_is_forgotten_and_what_waits_for_the_job_never(engine: Engine):
    with writing(engine) as conn:
        for upload_id, state in ((A, "done"), (B, "failed"), (C, "importing"), (D, "asking")):
            come(conn, upload_id, state=state)
        assert uploads.forget_resting(conn, NOW) == []
        assert uploads.change(conn, B, NOW + timedelta(days=2), only_in={"failed"}, error="x")
        assert uploads.forget_resting(conn, NOW + timedelta(days=1)) == [A, D]
        assert uploads.known(conn, [A, B, C, "f" * 32]) == {B, C}
