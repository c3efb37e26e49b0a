"""The ladders of prices: what farmers got, and the newest quotes at each level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import NamedTuple

from sqlalchemy import Connection, exists, func, select

from data.domain.market.board import LadderRow, Sold
from data.domain.market.ladder import Ladder, Rung
from data.domain.market.nouns import Commodity, Level
from data.domain.market.units import NoConversion, in_own_unit
from data.store.db.schema.market import price_quote
from data.store.queries.market.trades import Day, ResidentTrades

FRESH = timedelta(days=14)
"""An older quote is no price of today."""
BEFORE = timedelta(days=28)
"""Against the share of how long ago the trend is."""
_newer = price_quote.alias("newer")
_COUNTED = ~exists().where(_newer.c.replaces_id == price_quote.c.id)
_LAST = select(func.coalesce(func.max(price_quote.c.id), 0))


class Quote(NamedTuple):
    """A quoted price."""

    day: date
    price: int
    unit: str


Quotes = Mapping[tuple[str, str], list[Quote]]
"""By commodity and level, oldest first."""


class ResidentQuotes:
    """The quotes that ladders of today and of four weeks ago need; read again when one is new."""

    def __init__(self) -> None:
        self._known: tuple[int, date] | None = None
        self._quotes: Quotes = {}

    def read(self, conn: Connection, today: date) -> Quotes:
        """The quotes as of today."""
        known = (int(conn.execute(_LAST).scalar_one()), today)
        if known != self._known:
            self._quotes, self._known = _read(conn, today), known
        return self._quotes


def _read(conn: Connection, today: date) -> Quotes:
    of = price_quote.c
    rows = conn.execute(
        select(of.commodity, of.level, of.day, of.price, of.unit)
        .where(of.commodity.is_not(None), of.day > today - BEFORE - FRESH, of.day <= today, of.price > 0, _COUNTED)
        .order_by(of.day, of.id)
    )
    found: dict[tuple[str, str], list[Quote]] = defaultdict(list)
    for commodity, level, day, price, unit in rows:
        found[commodity, level].append(Quote(day, price, unit))
    return found


def ladders(
    commodities: Mapping[str, Commodity], quotes: Quotes, trades: ResidentTrades, today: date
) -> list[LadderRow]:
    """Of every commodity with a price; those with a share first, the smallest share first."""
    sold = trades.days()
    rows = []
    for each in commodities.values():
        ladder = _ladder(each, quotes, sold, today)
        if ladder.producer or ladder.wholesale or ladder.consumer:
            rows.append(LadderRow(each.code, ladder, _ladder(each, quotes, sold, today - BEFORE).farmers_share))
    return sorted(rows, key=_order)


def _order(row: LadderRow) -> tuple[bool, float, str]:
    share = row.ladder.farmers_share
    return share is None, float(share or 0), row.commodity


def _ladder(of: Commodity, quotes: Quotes, sold: Mapping[Day, Sold], today: date) -> Ladder:
    rungs = {level: _rung(of, quotes.get((of.code, level), []), today) for level in Level}
    own = _own(of, sold, today)
    return Ladder(own or rungs[Level.PRODUCER], rungs[Level.WHOLESALE], rungs[Level.CONSUMER])


def _own(of: Commodity, sold: Mapping[Day, Sold], today: date) -> Rung | None:
    """What farmers got: the median of the days' medians, with all trades of these days as its n."""
    days = (sold.get(Day(of.code, today - timedelta(days=n))) for n in range(FRESH.days))
    known = [day for day in days if day is not None]
    prices = [day.median for day in known if day.median is not None]
    return Rung(int(median(prices)), of.unit, sum(day.n for day in known), Decimal(1)) if prices else None


def _rung(of: Commodity, quotes: list[Quote], today: date) -> Rung | None:
    """The median of the quotes of the newest day that has one."""
    fresh = [quote for quote in quotes if today - FRESH < quote.day <= today]
    if not fresh:
        return None
    newest = [quote for quote in fresh if quote.day == fresh[-1].day]
    unit = newest[0].unit
    same = [quote.price for quote in newest if quote.unit == unit]
    return Rung(int(median(same)), unit, len(same), _size(of, unit, newest[0].day))


def _size(of: Commodity, unit: str, day: date) -> Decimal | None:
    try:
        return in_own_unit(of.unit, unit, of.conversions, day)
    except NoConversion:
        return None
