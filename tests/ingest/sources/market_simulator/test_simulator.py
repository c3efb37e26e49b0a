"""The simulated market: deterministic, marked as demo, with its glut, its crash and its pressing buyer."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy import func, select

from data.store.db.engine import Connection, Engine, reading
from data.store.db.schema.market import demand, harvest_plan, offer, party, price_quote, trade
from data.store.market import held
from ingest.sources.market_simulator.people import PRESSING
from tests.factories import DAY, HOUR, NOW
from tests.ingest.doors import Hand, around, configured, pipeline


@pytest.fixture
def hand(engine: Engine, tmp_path: Path) -> Hand:
    source = configured("demo_among_tani", around(engine, tmp_path), per_day=12)
    return Hand(source, pipeline(engine))


def test_the_story_is_there_after_the_first_start_and_goes_on(hand: Hand, engine: Engine):
    first = hand.take(NOW)
    assert set(first) == {"new"}
    assert hand.take(NOW) == {}
    later = hand.take(NOW + 6 * HOUR)
    assert set(later) == {"new"}
    with reading(engine) as conn:
        assert held.count(conn) == (0, 0)
        for table in (offer, demand, trade, price_quote, harvest_plan):
            assert conn.execute(select(func.count()).where(table.c.demo.is_(False))).scalar_one() == 0
            assert conn.execute(select(func.count()).select_from(table)).scalar_one() > 5
        prices = prices_of(conn, "apel", 0), prices_of(conn, "apel", 55)
        assert median(prices[1]) < 0.65 * median(prices[0])  # the glut
        assert median(prices_of(conn, "tomat", 86)) < 0.6 * median(prices_of(conn, "tomat", 70))  # the crash
        pressed = select(func.count(func.distinct(trade.c.farmer_id))).join(party, party.c.id == trade.c.buyer_id)
        assert conn.execute(pressed.where(party.c.name == PRESSING)).scalar_one() > 10


def prices_of(conn: Connection, code: str, after_days: int) -> list[int]:
    """Producer quotes in five days of the story."""
    begin = (NOW - 90 * DAY + timedelta(days=after_days)).date()
    asked = select(price_quote.c.price).where(
        price_quote.c.commodity == code,
        price_quote.c.level == "producer",
        price_quote.c.day >= begin,
        price_quote.c.day < begin + timedelta(days=5),
    )
    return list(conn.execute(asked).scalars())


def test_the_same_seed_tells_the_same(hand: Hand, engine: Engine, tmp_path: Path):
    again = Hand(configured("demo_among_tani", around(engine, tmp_path), per_day=12), pipeline(engine))
    one, other = (list(each.source.fetch(None, NOW)) for each in (hand, again))
    assert one == other
