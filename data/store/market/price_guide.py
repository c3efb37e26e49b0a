"""What a farmer should know before naming a price: what was paid lately, what it costs in town, the fair floor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from data.domain.market.floor import WINDOW, Floor, floor_of
from data.domain.market.nouns import Commodity, Level, Market
from data.store.db.schema.market import price_quote, trade

FRESH = timedelta(days=14)
"""An older quote says nothing of today."""


@dataclass(frozen=True, slots=True)
class Rung:
    """The newest price at one level."""

    level: Level
    price: int
    day: date
    place: str


@dataclass(frozen=True, slots=True)
class PriceGuide:
    """What is known of one commodity today; None and empty: nothing."""

    commodity: str
    median: int | None
    """Of the trades of the last 14 days, by whole rupiah."""
    n: int
    today: int
    """How many of them are of today."""
    ladder: tuple[Rung, ...]
    floor: Floor | None


def price_guide(conn: Connection, of: Commodity, market: Market, now: datetime, midnight: datetime) -> PriceGuide:
    """`midnight`: the beginning of the local day."""
    paid = _paid(conn, of.code, now)
    prices = sorted(price for _, price in paid)
    half = len(prices) // 2
    median = None if not prices else (prices[half] + prices[-half - 1]) // 2
    day = now.astimezone(midnight.tzinfo).date()
    return PriceGuide(
        of.code,
        median,
        len(prices),
        sum(at >= midnight for at, _ in paid),
        _ladder(conn, of.code, day),
        floor_of(of.cost_on(day), prices, market.floor_share),
    )


def _paid(conn: Connection, commodity: str, now: datetime) -> list[tuple[datetime, int]]:
    """What counts: no reversals, and nothing that was reversed."""
    other = trade.alias()
    asked = (
        select(trade.c.at, trade.c.price)
        .outerjoin(other, other.c.reverses_id == trade.c.id)
        .where(
            trade.c.commodity == commodity,
            trade.c.at > now - WINDOW,
            trade.c.at <= now,
            trade.c.quantity > 0,
            other.c.id.is_(None),
        )
    )
    return [(row.at, row.price) for row in conn.execute(asked)]


def _ladder(conn: Connection, commodity: str, day: date) -> tuple[Rung, ...]:
    """From the farm to the shop."""
    found = []
    for level in Level:
        newer = price_quote.alias()
        asked = (
            select(price_quote.c.price, price_quote.c.day, price_quote.c.place)
            .outerjoin(newer, newer.c.replaces_id == price_quote.c.id)
            .where(
                price_quote.c.commodity == commodity,
                price_quote.c.day > day - FRESH,
                price_quote.c.day <= day,
                price_quote.c.level == level,
                newer.c.id.is_(None),
            )
            .order_by(price_quote.c.day.desc(), price_quote.c.id.desc())
            .limit(1)
        )
        row = conn.execute(asked).one_or_none()
        if row is not None:
            found.append(Rung(level, row.price, row.day, row.place))
    return tuple(found)
