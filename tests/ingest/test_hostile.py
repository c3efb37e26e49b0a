"""Whatever a source delivers, there is an outcome, the reason is said, and the payload survives."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.store.db.engine import Engine, reading
from data.store.intake import rejected
from data.store.intake.rejected import RejectedEntry
from data.texts import texts
from ingest.pipeline.reading import payload_of, payload_text
from ingest.source import OutcomeKind, Raw, Record
from tests.factories import DAY, HOUR, NOW
from tests.ingest.one_record import write_one
from tests.ingest.sources.feed.feed import FEED, Feed, a_delivery, a_payload, a_pipeline, happened, old, the_case, took

pytestmark = pytest.mark.both_engines


def kept(engine: Engine) -> list[RejectedEntry]:
    with reading(engine) as conn:
        return rejected.waiting(conn)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"received_at": "2026-11-24 14:00"}, "received_at: '2026-11-24 14:00' tanpa zona waktu, yang benar misalnya"),
        ({"received_at": "besok"}, "received_at: 'besok' bukan waktu, yang benar misalnya 2026-03-13T16:00:00+07:00"),
        ({"received_at": NOW + 2 * HOUR}, "received_at: 2026-11-24 09:07:00+0000 di masa depan; periksa jam sumber"),
        ({"received_at": NOW.replace(year=1999)}, "sebelum hari pertama kalender kerja (2026-01-01)"),
        ({"updated_at": NOW + DAY}, "updated_at: 2026-11-25 07:07:00+0000 di masa depan"),
        ({"lat": 97.2}, "lat: 97.2 terlalu besar, paling besar 90"),
        ({"lon": -181}, "lon: -181 terlalu kecil, paling kecil -180"),
        ({"lat": "tujuh"}, "lat: 'tujuh' bukan bilangan, yang benar misalnya -7.8672"),
        ({"lat": float("nan")}, "lat: nan"),
        ({"text": "x" * 4001}, "text: terlalu panjang, paling banyak 4000 huruf"),
        ({"text": "\ud83d rusak"}, "text: berisi huruf yang rusak; simpan ulang sebagai teks UTF-8"),
        ({"title": 7}, "title: 7 bukan teks"),
        ({"demo": "mungkin"}, "demo: 'mungkin' bukan true atau false"),
        ({"judul": "x"}, "judul: tidak dikenal di sini"),
        ({"category": None}, "category: None bukan teks"),
        ({"agency": "dinas_x"}, "agency: 'dinas_x' bukan kode OPD; yang benar: bnn, bpbd, dlh, dpupr, triase"),
        ({"events": [{"kind": "dispatched"}]}, "events.0.at: tidak ada, padahal wajib diisi"),
        ({"events": [happened("dipecat", NOW)]}, "events.0.kind: 'dipecat' tidak dikenal, yang benar 'received'"),
        ({"events": [happened("note", NOW + DAY)]}, "events.0.at: 2026-11-25 07:07:00+0000 di masa depan"),
        ({"events": [happened("note", NOW, agency="x")]}, "events.0.agency: 'x' bukan kode OPD"),
        ({"external_id": ""}, "external_id: kosong, padahal wajib diisi"),
        ({"external_id": "a\x00b"}, "external_id: berisi karakter NUL"),
        ({"lat": 97, "lon": 200, "title": 7}, "lat: 97 terlalu besar, paling besar 90.0; lon"),
    ],
)
def test_a_refusal_says_which_field_is_wrong_and_what_would_be_right(
    sqlite_engine: Engine, changes: dict[str, Any], reason: str
):
    said = took(sqlite_engine, **changes)
    assert said.startswith("rejected: ")
    assert any(reason[:30] in part for part in (said, said.replace("title: 7 bukan teks; ", "")))
    assert reason in said or "title: 7 bukan teks; " + reason in said


def test_many_faults_are_counted(sqlite_engine: Engine):
    said = took(sqlite_engine, **{f"x{n}": n for n in range(9)})
    assert "dan 4 kesalahan lain" in said


@pytest.mark.parametrize(
    "payload",
    [
        {"text": "NUL \x00 dan \ud800 sendirian"},
        {"text": "é ü 中 🙂", "dalam": {"list": [1, 2.5, None, True]}},
        {"banyak": 10**40, "kosong": ""},
    ],
)
def test_a_payload_survives_storing(engine: Engine, payload: dict[str, Any]):
    write_one(a_pipeline(engine), FEED, Raw("1", payload), NOW)
    [row] = kept(engine)
    assert payload_of(row.record.payload) == payload


@pytest.mark.parametrize("external_id", ["", "a\x00b", "\ud800", "x" * 201])
def test_a_record_without_a_usable_id_is_kept_once(engine: Engine, external_id: str):
    for _ in range(2):
        outcome = write_one(a_pipeline(engine), FEED, Raw(external_id, {"x": 1}), NOW)
        assert (outcome.kind, outcome.external_id) == (OutcomeKind.REJECTED, external_id)
    [row] = kept(engine)
    assert row.record.external_id.startswith("sha256:")


def test_payloads_that_json_cannot_say_are_kept_as_written():
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    circle: dict[str, Any] = {}
    circle["ich"] = circle
    said = payload_of(payload_text({"tief": deep, "zeit": NOW, 7: "sieben"})) or {}
    assert (said["tief"], said["7"]) == ("<list>", "'sieben'")
    assert payload_of(payload_text(circle)) == {"ich": "{'ich': {...}}"}
    assert payload_of("[1]") is None


def test_nul_in_a_text_is_dropped_and_the_report_is_taken(engine: Engine):
    a_pipeline(engine).write_history(
        FEED,
        a_delivery(old("1", title="Ja\x00lan", reporter_name="I\x00bu", events=[happened("note", NOW, text="\x00a")])),
        NOW,
    )
    assert took(engine, "2", text="lu\x00bang") == "new"
    assert (the_case(engine, "1").facts.title, the_case(engine, "2").facts.text) == ("Jalan", "lubang")


class Clumsy(Feed):
    """Its `read` trusts payloads."""

    def read(self, raw: Raw, now: datetime) -> Record:
        when = datetime.fromtimestamp(raw.payload["epoch"], UTC)
        return Record(external_id=raw.payload["id"].strip(), received_at=when, category=raw.payload["tags"][0])


@pytest.mark.parametrize(
    "payload",
    [{}, {"epoch": "x"}, {"epoch": 1e300}, {"epoch": 0, "id": 5}, {"epoch": 0, "id": "a", "tags": []}],
)
def test_a_source_that_stumbles_over_a_payload_refuses_it(sqlite_engine: Engine, payload: dict[str, Any]):
    outcome = write_one(a_pipeline(sqlite_engine), Clumsy(), Raw("1", payload), NOW)
    assert outcome.kind is OutcomeKind.REJECTED
    assert "tidak dapat dibaca: " in texts("id").stored_sentence(outcome.reason)


def test_a_payload_that_comes_again_keeps_its_row_and_its_newest_reason(engine: Engine):
    took(engine, lat=91)
    took(engine, lat=92)
    [row] = kept(engine)
    assert "92" in texts("id").stored_sentence(row.record.reason)


ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=8)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)
ANY_TIME = st.datetimes(timezones=st.just(UTC)) | st.just(NOW) | st.just(NOW - timedelta(days=40))
ANY_EVENT = st.fixed_dictionaries(
    {
        "at": ANY_TIME,
        "kind": st.sampled_from(["dispatched", "paused", "merged", "reopened", "received", "resolved", "x"]),
    },
    optional={
        "agency": st.sampled_from(["dlh", "triase", "?"]),
        "reason": ANY_TEXT,
        "text": ANY_TEXT,
        "actor": ANY_TEXT,
    },
)
NEARLY_RIGHT = st.fixed_dictionaries(
    {
        "external_id": ANY_TEXT | st.sampled_from("ab"),
        "received_at": ANY_TIME,
        "category": ANY_TEXT | st.just("longsor"),
    },
    optional={
        "lat": st.floats() | st.just(-7.87),
        "lon": st.floats() | st.just(112.52),
        "village": ANY_TEXT,
        "title": ANY_TEXT,
        "agency": ANY_TEXT | st.just("bpbd"),
        "updated_at": ANY_TIME,
        "service_class": ANY_TEXT,
        "sp4n_status": ANY_TEXT,
        "reporter_phone": ANY_TEXT,
        "events": st.lists(ANY_EVENT, max_size=4),
        "surplus": ANY_JSON,
    },
)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(payloads=st.lists(st.dictionaries(ANY_TEXT, ANY_JSON, max_size=4) | NEARLY_RIGHT, min_size=1, max_size=6))
def test_any_payload_has_an_outcome_and_is_stored_or_kept(engine: Engine, payloads: list[dict[str, Any]]):
    raws = [Raw(str(payload.get("external_id", n)), payload) for n, payload in enumerate(payloads)]
    pipeline = a_pipeline(engine)
    for raw in raws[:2]:
        assert write_one(pipeline, FEED, raw, NOW).external_id == raw.external_id
    outcomes = pipeline.write_history(FEED, a_delivery(*raws), NOW)
    assert [outcome.external_id for outcome in outcomes] == [raw.external_id for raw in raws]
    for outcome in outcomes:
        assert (outcome.code is None) == (outcome.kind is OutcomeKind.REJECTED) == bool(outcome.reason)
    for row in kept(engine):
        assert isinstance(json.loads(row.record.payload), dict)


def test_a_right_payload_is_right():
    assert FEED.read(Raw("1", a_payload()), NOW).external_id == "1"
