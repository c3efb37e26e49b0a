"""What could not be read is tried again once the mapping is mended."""

from __future__ import annotations

import pytest

from data.store.db.engine import Engine, reading, writing
from data.store.intake import rejected, sources
from data.store.intake.rejected import RejectedRecord
from data.texts import texts
from ingest.pipeline.reading import rejected_record
from ingest.runtime.rejected_retry import retry_rejected
from ingest.source import Raw, Record
from tests.factories import HOUR, NOW
from tests.ingest.commits import commits
from tests.ingest.one_record import write_one
from tests.ingest.sources.feed.feed import FEED, Feed, a_payload, a_pipeline, old, stored_ids

pytestmark = pytest.mark.both_engines


class Mended(Feed):
    """Knows by now that `kategori` is the category."""

    def read(self, raw: Raw, now: object) -> Record:
        payload = dict(raw.payload)
        payload["category"] = payload.pop("kategori", "lainnya")
        return Record.model_validate(payload)


def wrong(external_id: str, **changes: object) -> Raw:
    """A payload that FEED cannot read and Mended can."""
    payload = a_payload(external_id, **changes) | {"kategori": "sampah"}
    del payload["category"]
    return Raw(external_id, payload | {"received_at": NOW.isoformat()})


def test_what_can_be_read_now_is_a_case_and_kept_no_longer(engine: Engine):
    pipeline = a_pipeline(engine)
    for raw in (wrong("1"), wrong("2", lat="x"), wrong("3")):
        write_one(pipeline, FEED, raw, NOW)
    said = [outcome.kind for outcome in retry_rejected(pipeline, Mended(), NOW + HOUR)]
    assert said == ["new", "rejected", "new"]
    assert stored_ids(engine) == ["1", "3"]
    with reading(engine) as conn:
        [left] = rejected.waiting(conn)
        assert (left.record.external_id, left.attempts, left.retried_at) == ("2", 2, NOW + HOUR)
        assert texts("id").stored_sentence(left.record.reason).startswith("lat: 'x' bukan bilangan")
        assert sources.state_of(conn, FEED.name).rejected == 1


def test_many_that_still_cannot_be_read_are_written_down_together(engine: Engine):
    pipeline = a_pipeline(engine)
    for n in range(40):
        write_one(pipeline, FEED, wrong(str(n), **({"lat": "x"} if n != 7 else {})), NOW)
    with commits(engine) as seen:
        said = [outcome.kind for outcome in retry_rejected(pipeline, Mended(), NOW + HOUR)]
    assert said == [*["rejected"] * 7, "new", *["rejected"] * 32]
    assert seen.count("write") == 2
    with reading(engine) as conn:
        assert {(row.attempts, row.retried_at) for row in rejected.waiting(conn)} == {(2, NOW + HOUR)}


def test_one_that_comes_again_while_it_is_tried_stays_as_it_came(engine: Engine):
    pipeline = a_pipeline(engine)
    write_one(pipeline, FEED, wrong("1", lat="x"), NOW)

    class Slow(Mended):
        """While it reads, another delivery brings the record anew."""

        def read(self, raw: Raw, now: object) -> Record:
            write_one(pipeline, FEED, wrong("1", lat="y"), NOW)
            return super().read(raw, now)

    [outcome] = retry_rejected(pipeline, Slow(), NOW + HOUR)
    assert texts("id").stored_sentence(outcome.reason).startswith("lat: 'x'")
    with reading(engine) as conn:
        [row] = rejected.waiting(conn)
    assert (row.attempts, row.record.payload) == (1, rejected_record(FEED.name, wrong("1", lat="y"), "").payload)
    assert texts("id").stored_sentence(row.record.reason).startswith("category: ")


def test_other_sources_are_left_alone(engine: Engine):
    write_one(a_pipeline(engine), Feed(name="lain"), wrong("1"), NOW)
    assert retry_rejected(a_pipeline(engine), Mended(), NOW) == []


def test_a_record_without_a_usable_id_is_not_kept_for_ever(engine: Engine):
    pipeline = a_pipeline(engine)
    raw = Raw("", wrong("7").payload)
    write_one(pipeline, FEED, raw, NOW)
    assert [outcome.kind for outcome in retry_rejected(pipeline, Mended(), NOW)] == ["new"]
    with reading(engine) as conn:
        assert rejected.waiting(conn) == []


def test_a_payload_that_is_no_object_stays(engine: Engine):
    with writing(engine) as conn:
        rejected.add(conn, RejectedRecord(FEED.name, "x", "bukan objek", "[1]"), NOW)
    [outcome] = retry_rejected(a_pipeline(engine), FEED, NOW)
    assert (outcome.kind, outcome.reason) == ("rejected", "bukan objek")


def test_a_refusal_is_made_fit_for_storing():
    refused = rejected_record("umpan", Raw("1", {"a": "\x00"}), "salah: \x00 \ud800")
    assert (refused.reason, refused.payload) == ("salah: \\u0000 \\ud800", '{"a": "\\u0000"}')


def test_what_a_later_delivery_brings_right_is_kept_no_longer(engine: Engine):
    pipeline = a_pipeline(engine)
    write_one(pipeline, FEED, old("1", lat="x"), NOW)
    write_one(pipeline, FEED, old("1"), NOW)
    with reading(engine) as conn:
        assert rejected.waiting(conn) == []
