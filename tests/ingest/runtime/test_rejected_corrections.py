"""What a person corrects or throws away: the record as received is never lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.store.db.engine import Engine, reading, writing
from data.store.intake import rejected, rejected_search, sources
from data.store.intake.rejected import RejectedEntry, RejectedRecord
from data.texts import texts
from ingest.runtime.rejected_corrections import (
    AS_RECEIVED,
    correct,
    corrected_file,
    corrected_of,
    discard,
    discarded_file,
    received_of,
)
from ingest.runtime.rejected_retry import retry_one, retry_pages
from tests.factories import HOUR, NOW
from tests.ingest.one_record import write_one
from tests.ingest.sources.feed.feed import FEED, a_pipeline, old, stored_ids

pytestmark = pytest.mark.both_engines


def kept(engine: Engine, external_id: str = "1") -> RejectedEntry:
    with reading(engine) as conn:
        [found] = [row for row in rejected.waiting(conn) if row.record.external_id == external_id]
    return found


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def refused(engine: Engine, *ids: str) -> None:
    for each in ids:
        write_one(a_pipeline(engine), FEED, old(each, lat="x"), NOW)


def payload_with(row: RejectedEntry, **changes: object) -> dict:
    return {**(corrected_of(row.record.payload) or {}), "received_at": NOW.isoformat(), **changes}


def test_a_corrected_record_becomes_a_case_and_the_received_one_stays_on_the_disk(engine: Engine, tmp_path: Path):
    refused(engine, "1")
    row = kept(engine)
    assert correct(engine, tmp_path, row, payload_with(row, lat=-7.87), NOW)
    assert received_of(kept(engine).record.payload)["lat"] == "x"
    assert retry_one(a_pipeline(engine), FEED, row.id, NOW).kind == "new"
    assert stored_ids(engine) == ["1"]
    [line] = lines(corrected_file(tmp_path, FEED.name))
    assert (line["received"]["lat"], line["corrected"]["lat"], line["external_id"]) == ("x", -7.87, "1")
    assert AS_RECEIVED not in line["corrected"]
    assert corrected_file(tmp_path, FEED.name).stat().st_mode & 0o077 == 0


def test_what_was_received_stays_beside_a_correction_that_did_not_help(engine: Engine, tmp_path: Path):
    refused(engine, "1")
    for wrong in ("y", "z"):
        row = kept(engine)
        assert correct(engine, tmp_path, row, payload_with(row, lat=wrong), NOW)
        outcome = retry_one(a_pipeline(engine), FEED, row.id, NOW + HOUR)
        assert texts("id").stored_sentence(outcome.reason).startswith(f"lat: '{wrong}' bukan bilangan")
    last = kept(engine)
    assert received_of(last.record.payload)["lat"] == "x"
    assert corrected_of(last.record.payload)["lat"] == "z"
    assert last.attempts == 3


def test_a_record_that_came_again_meanwhile_is_not_overwritten(engine: Engine, tmp_path: Path):
    refused(engine, "1")
    row = kept(engine)
    write_one(a_pipeline(engine), FEED, old("1", lat="later"), NOW)
    assert not correct(engine, tmp_path, row, payload_with(row, lat=-7.87), NOW)
    assert corrected_of(kept(engine).record.payload)["lat"] == "later"


def test_what_is_thrown_away_is_written_down_with_the_reason(engine: Engine, tmp_path: Path):
    refused(engine, "1", "2", "3")
    ids = [kept(engine, each).id for each in ("1", "3")]
    assert discard(engine, tmp_path, FEED.name, [*ids, 999], NOW, why="uji coba") == 2
    assert discard(engine, tmp_path, FEED.name, ids, NOW, why="lagi") == 0
    written = lines(discarded_file(tmp_path, FEED.name))
    assert [(line["external_id"], line["why"], line["payload"]["lat"]) for line in written] == [
        ("1", "uji coba", "x"),
        ("3", "uji coba", "x"),
    ]
    with reading(engine) as conn:
        assert [row.record.external_id for row in rejected.waiting(conn)] == ["2"]
        assert sources.state_of(conn, FEED.name).rejected == 1


def test_a_sources_name_leads_to_no_other_folder(tmp_path: Path):
    assert discarded_file(tmp_path, "../../etc/x").parent == tmp_path / "discarded"


def test_only_records_with_the_same_kind_of_reason_are_tried_again(engine: Engine):
    refused(engine, "1", "2")
    with writing(engine) as conn:
        rejected.add(conn, RejectedRecord(FEED.name, "3", "lain sama sekali", "[1]"), NOW)
        kind = rejected_search.kind_of(rejected.waiting(conn)[0].record.reason)
    outcomes = list(retry_pages(a_pipeline(engine), FEED, NOW, kind))
    assert [outcome.external_id for outcome in outcomes] == ["1", "2"]
    assert kept(engine, "3").attempts == 1
    assert retry_one(a_pipeline(engine), FEED, 999, NOW) is None


def test_a_payload_with_an_own_key_of_that_name_is_read_as_it_is():
    assert corrected_of(f'{{"{AS_RECEIVED}": "ours"}}') == {AS_RECEIVED: "ours"}
    assert corrected_of("[1]") is None
    assert received_of('{"a": 1}') is None
