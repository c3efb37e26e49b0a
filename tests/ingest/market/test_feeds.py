"""JSON of the market: numbers of JSON have a point, what is deleted at its source counts no more; and the sweep."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from data.domain.market.nouns import ListingState
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.market import offer, trade
from data.store.market import deals
from ingest.pipeline.pipeline import Pipeline
from ingest.runtime.market_sweeper import sweep_market
from ingest.source import OutcomeKind
from ingest.sources.feed.settings import FeedSettings
from ingest.sources.feed.source import FeedSource
from tests.factories import DAY, NOW, a_city, calendars
from tests.ingest.doors import around, ground
from tests.market_rows import MARKET, an_offer, offer_now, sums, taken

SETTINGS = {
    "kind": "feed",
    "title": {"id": "Pasar", "en": "Market"},
    "enabled": True,
    "every_s": 60,
    "push": {"secret_env": "BATT_UJI_PUSH", "per_minute": 60},
    "updated": "diubah",
    "deleted": "dihapus",
    "mapping": {
        "times": {"zone": "Asia/Jakarta"},
        "optional": ["diubah", "lapak", "satuan"],
        "id": {"column": "id", "required": True},
        "received": "waktu",
        "market": {
            "kind": "trade",
            "commodity": {"column": "barang", "required": True},
            "quantity": {"column": "jumlah", "required": True},
            "unit": "satuan",
            "price": "harga",
            "offer": "lapak",
        },
    },
}


@pytest.fixture
def feed(engine: Engine, tmp_path: Path) -> FeedSource:
    return FeedSource("pasar_json", FeedSettings.model_validate(SETTINGS), around(engine, tmp_path))


def told(engine: Engine, feed: FeedSource, *items: dict[str, Any]) -> list[OutcomeKind]:
    pipeline = Pipeline(engine, a_city(), calendars(), ground())
    return [outcome.kind for outcome in pipeline.write_each(feed, map(feed.raw, items), NOW)]


def an_item(**changes: Any) -> dict[str, Any]:
    plain = {"id": "J1", "waktu": "2026-11-20T08:00:00+07:00", "barang": "apel", "jumlah": 12.125, "harga": 9500}
    return {**plain, **changes}


def test_numbers_of_json_have_a_point(engine: Engine, feed: FeedSource):
    assert told(engine, feed, an_item(), an_item(id="J2", jumlah="1250.5")) == [OutcomeKind.NEW] * 2
    with reading(engine) as conn:
        found = conn.execute(select(trade.c.quantity, trade.c.total).order_by(trade.c.id)).all()
    assert [tuple(row) for row in found] == [
        (12_125, 115_188),
        (1_250_500, 11_879_750),
    ]


def test_what_is_deleted_at_its_source_is_reversed_and_an_older_copy_does_not_bring_it_back(
    engine: Engine, feed: FeedSource
):
    old, new = "2026-11-20T09:00:00+07:00", "2026-11-21T09:00:00+07:00"
    assert told(engine, feed, an_item(diubah=old)) == [OutcomeKind.NEW]
    assert told(engine, feed, an_item(diubah=new, dihapus=True)) == [OutcomeKind.UPDATED]
    assert told(engine, feed, an_item(diubah=old)) == [OutcomeKind.SAME]
    with reading(engine) as conn:
        assert sums(conn) == (0, 0)


def test_the_sweep_lets_lapse_what_is_over_and_writes_nothing_else(engine: Engine):
    with writing(engine) as conn:
        lapsing, kept = an_offer(conn), an_offer(conn, now=NOW + 6 * DAY)
        deal = taken(conn, lapsing, 60)
    stop, late = threading.Event(), NOW + 8 * DAY
    assert sweep_market(engine, MARKET, "uji:1", stop, NOW) == 0
    assert sweep_market(engine, MARKET, "uji:1", stop, late) == 2
    assert sweep_market(engine, MARKET, "uji:1", stop, late) == 0
    with reading(engine) as conn:
        view = deals.by_code(conn, deal.code, MARKET)
        assert view is not None
        assert view.status.state == "lapsed"
        assert offer_now(conn, kept.code).state is ListingState.OPEN
        states = conn.execute(select(offer.c.state).order_by(offer.c.id)).scalars().all()
    assert states == ["lapsed", "open"]
