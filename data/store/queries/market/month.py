"""The counted trades of a range of time, as they were known at a change's number: month's report and export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Connection, select, type_coerce

from data.domain.figures.measures.market import TradeColumns
from data.domain.figures.selection import Period
from data.store.db.schema.market import party, trade
from data.store.queries.market.trades import counted


class Sales(NamedTuple):
    """Trades with what they are divided by."""

    commodity: tuple[str, ...]
    village: tuple[str | None, ...]
    columns: TradeColumns

    def by(self, name: str) -> dict[str, TradeColumns]:
        """By `commodity` or `village`, in alphabetical order; what has no village is ''."""
        keys = np.array([each or "" for each in getattr(self, name)], dtype=object)
        return {str(key): self.columns.of(keys == key) for key in sorted(set(keys.tolist()))}


class SoldTrade(NamedTuple):
    """One trade as it is exported: parties by their codes."""

    code: str
    at: int
    commodity: str
    grade: str | None
    quantity: int
    price: int
    total: int
    village: str | None
    farmer: str | None
    buyer: str | None


_AT = type_coerce(trade.c.at, BigInteger)


def sales(conn: Connection, period: Period, seq: int | None = None) -> Sales:
    """Of the period; `seq`: as known at that change, None: now."""
    columns = (trade.c.commodity, trade.c.village, trade.c.quantity, trade.c.price, trade.c.total)
    rows = conn.execute(select(*columns).where(_within(period), counted(seq)).order_by(trade.c.id)).all()
    numbers = np.array([row[2:] for row in rows], dtype=np.int64).reshape(-1, 3).T
    return Sales(tuple(row[0] for row in rows), tuple(row[1] for row in rows), TradeColumns(*numbers))


def sold_trades(conn: Connection, period: Period) -> Iterator[SoldTrade]:
    """Each of the period, oldest first."""
    farmer, buyer = party.alias(), party.alias()
    columns = (
        trade.c.external_id,
        _AT,
        *(trade.c[name] for name in ("commodity", "grade", "quantity", "price", "total", "village")),
        farmer.c.code,
        buyer.c.code,
    )
    joined = trade.outerjoin(farmer, farmer.c.id == trade.c.farmer_id).outerjoin(buyer, buyer.c.id == trade.c.buyer_id)
    asked = select(*columns).select_from(joined).where(_within(period), counted()).order_by(trade.c.at, trade.c.id)
    return (SoldTrade(*row) for row in conn.execute(asked))


def _within(period: Period) -> ColumnElement[bool]:
    return (period.start <= _AT) & (period.end > _AT)
