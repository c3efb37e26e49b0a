"""market_board: what is offered, sold, wanted and unsold, at what prices, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from data.domain.market.board import SPARK_DAYS, CommodityRow, MarketBoard, Sold, VillageStock, next_steps
from data.domain.market.moves import Move, biggest, move_of
from data.domain.market.nouns import Market
from data.store.db.schema.market import held_record
from data.store.queries.market import disputes
from data.store.queries.market.fair_price import Listings, fair_price
from data.store.queries.market.ladders import ResidentQuotes, ladders
from data.store.queries.market.open_listings import open_demands, open_offers, stocks, unsold, wanted
from data.store.queries.market.trades import Day, ResidentTrades
from data.store.queries.market.watch import OutbreakWatch

_HELD = select(func.count()).where(held_record.c.decided_at.is_(None), held_record.c.waits_for.is_(None))


class ResidentMarket:
    """What the board keeps between its answers. One for a process."""

    def __init__(self, market: Market, zone: ZoneInfo) -> None:
        self.market, self.zone = market, zone
        self.trades, self.quotes, self.watch = ResidentTrades(zone), ResidentQuotes(), OutbreakWatch(zone)

    def ask(self, conn: Connection, now: datetime, limit: int) -> MarketBoard:
        """Lists have at most `limit` entries; sums and counts are of all."""
        self.trades.renew(conn, now)
        today = now.astimezone(self.zone).date()
        days, commodities = self.trades.days(), self.market.commodities
        offers, demands = open_offers(conn, now), open_demands(conn, now)
        moves = _moves(days)
        ladder_rows = ladders(commodities, self.quotes.read(conn, today), self.trades, today)
        rows = _rows(days, stocks(offers), moves, today)
        board = MarketBoard(
            as_of=now,
            rows=rows[:limit],
            sold=_sum([row.sold for row in rows]),
            unsold=unsold(offers, commodities, now, self.zone)[:limit],
            wanted=wanted(offers, demands)[:limit],
            ladders=tuple(ladder_rows[:limit]),
            moves=tuple(biggest(list(moves.values()))[:limit]),
            alarms=tuple(fair_price(conn, Listings(offers, demands), self.trades, self.market, now)[:limit]),
            watch=self.watch.ask(conn, now),
            held=int(conn.execute(_HELD).scalar_one()),
            disputes=disputes.count(conn),
            steps=(),
        )
        return replace(board, steps=next_steps(board))


def _moves(days: Mapping[Day, Sold]) -> dict[str, Move]:
    prices: dict[str, dict[date, int]] = {}
    for (commodity, day), sold in days.items():
        if sold.median is not None:
            prices.setdefault(commodity, {})[day] = sold.median
    found = {commodity: move_of(commodity, of_days) for commodity, of_days in prices.items()}
    return {commodity: move for commodity, move in found.items() if move is not None}


def _rows(
    days: Mapping[Day, Sold], offered: Mapping[str, tuple[VillageStock, ...]], moves: Mapping[str, Move], today: date
) -> tuple[CommodityRow, ...]:
    shown = [today - timedelta(days=back) for back in range(SPARK_DAYS - 1, -1, -1)]
    sold_lately = {commodity for commodity, day in days if day >= shown[0]}
    rows = [
        CommodityRow(
            commodity,
            offered.get(commodity, ()),
            days.get(Day(commodity, today), Sold()),
            tuple(days[key].median if (key := Day(commodity, day)) in days else None for day in shown),
            moves.get(commodity),
        )
        for commodity in {*sold_lately, *offered}
    ]
    return tuple(sorted(rows, key=lambda row: (-row.sold.rupiah, -row.left, row.commodity)))


def _sum(sold: list[Sold]) -> Sold:
    return Sold(sum(each.n for each in sold), sum(each.quantity for each in sold), sum(each.rupiah for each in sold))
