"""Whatever JSON a server can send: each item becomes a draft or a refusal, no body brings anything down."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.store.db.engine import Engine
from data.store.intake.rejected import RejectedRecord
from ingest.pipeline.drafting.drafts import Draft
from ingest.pipeline.pipeline import Pipeline
from ingest.sources.feed.body import InvalidJson, items_of, parse_json
from ingest.sources.feed.paths import follow
from ingest.sources.feed.source import FeedSource
from tests.ingest.doors import NOW, pipeline
from tests.ingest.sources.feed.feed_sources import a_feed, item

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["2026-11-24", "1e999"])
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
KNOWN = st.sampled_from(["id", "dibuat", "diubah", "kategori", "judul", "isi", "lokasi", "status", "waktu", "desa"])
CHANGED = st.dictionaries(KNOWN, ANYTHING).map(lambda changes: item(1, **changes))
QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)


@pytest.fixture
def reading_items(sqlite_engine: Engine, tmp_path: Path) -> tuple[FeedSource, Pipeline]:
    return a_feed("http://127.0.0.1:1", sqlite_engine, tmp_path), pipeline(sqlite_engine)


@QUIET
@given(items=st.lists(ANYTHING | CHANGED, min_size=1, max_size=5))
def test_any_item_becomes_a_draft_or_a_refusal(reading_items: tuple[FeedSource, Pipeline], items: list[Any]):
    feed, taker = reading_items
    for each in items:
        ready = taker.prepare(feed, feed.raw(each), NOW)
        assert isinstance(ready, Draft | RejectedRecord)
        assert feed.raw(each).external_id == feed.raw(each).external_id


@given(
    st.binary() | ANYTHING.map(lambda value: json.dumps(value).encode()), st.sampled_from(["@", "data", "a.b", "[0]"])
)
def test_any_body_is_read_or_refused(body: bytes, path: str):
    with suppress(InvalidJson):
        assert isinstance(items_of(parse_json(body), follow(path), path), list)
