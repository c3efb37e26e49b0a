"""Rows of Among Tani, put into the store as they stand there: `a_trade(conn, price=9000)` says only what the test is
about. Times are those of tests/factories.py."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert

from data.domain.market.nouns import Market
from data.domain.market.units import total_of
from data.reference.commodities import BY_CODE
from data.store.db.change_feed import record_change
from data.store.db.engine import Connection
from data.store.db.schema.market import demand, held_record, offer, party, price_quote, trade
from tests.factories import DAY, NOW, SISIR

MARKET = Market(BY_CODE)
_numbers = itertools.count(1)


def _put(conn: Connection, table: Table, plain: Mapping[str, Any], changes: Mapping[str, Any]) -> int:
    return int(conn.execute(insert(table).returning(table.c.id), {**plain, **changes}).scalar_one())


def _origin(at: datetime) -> dict[str, Any]:
    return {"source": "among_tani", "external_id": f"m-{next(_numbers)}", "at": at, "recorded_at": at, "seq": 0}


def a_party(conn: Connection, side: str = "farmer", **changes: Any) -> int:
    number = next(_numbers)
    plain = {
        "side": side,
        "code": f"{'T' if side == 'farmer' else 'P'}-{number:03}",
        "source": "among_tani",
        "external_id": f"m-{number}",
        "village": SISIR,
        "created_at": NOW,
    }
    return _put(conn, party, plain, changes)


def an_offer(conn: Connection, farmer: int, commodity: str = "apel", kg: int = 100, **changes: Any) -> int:
    at = changes.pop("at", NOW - timedelta(hours=1))
    parts = kg * 1000
    plain = _origin(at) | {
        "code": f"L-{next(_numbers):04}",
        "farmer_id": farmer,
        "commodity": commodity,
        "grade": "B",
        "quantity": parts,
        "remaining": parts,
        "price": 9000,
        "given": f"{kg} kg",
        "village": SISIR,
        "ready_at": at,
        "expires_at": at + 14 * DAY,
        "state": "open",
    }
    return _put(conn, offer, plain, changes)


def a_demand(conn: Connection, buyer: int, commodity: str = "apel", kg: int = 100, **changes: Any) -> int:
    at = changes.pop("at", NOW - timedelta(hours=1))
    parts = kg * 1000
    plain = _origin(at) | {
        "code": f"M-{next(_numbers):04}",
        "buyer_id": buyer,
        "commodity": commodity,
        "grade": "B",
        "quantity": parts,
        "remaining": parts,
        "price": 10_000,
        "given": f"{kg} kg",
        "village": SISIR,
        "expires_at": at + 7 * DAY,
        "state": "open",
    }
    return _put(conn, demand, plain, changes)


def a_trade(conn: Connection, price: int = 9000, kg: int = 10, **changes: Any) -> int:
    """With its change in the feed."""
    at = changes.pop("at", NOW - timedelta(hours=1))
    parts = kg * 1000
    plain = _origin(at) | {
        "seq": record_change(conn, "market", at),
        "revision": 1,
        "commodity": "apel",
        "grade": "B",
        "quantity": parts,
        "price": price,
        "total": total_of(price, parts, "kg"),
        "given": f"{kg} kg",
        "village": SISIR,
    }
    return _put(conn, trade, plain, changes)


def reversed_trade(conn: Connection, trade_id: int, at: datetime = NOW) -> int:
    """The row that takes a trade back."""
    row = conn.execute(trade.select().where(trade.c.id == trade_id)).mappings().one()
    plain = {name: value for name, value in row.items() if name not in {"id", "reverses_id"}}
    plain |= {"quantity": -row["quantity"], "total": -row["total"], "revision": row["revision"] + 1, "recorded_at": at}
    plain["seq"] = record_change(conn, "market", at)
    return _put(conn, trade, plain, {"reverses_id": trade_id})


def a_quote(conn: Connection, level: str, price: int, day: date, **changes: Any) -> int:
    plain = _origin(NOW) | {
        "revision": 1,
        "day": day,
        "commodity": "apel",
        "item": "Apel",
        "place": "Kota Batu",
        "level": level,
        "price": price,
        "unit": "kg",
    }
    return _put(conn, price_quote, plain, changes)


def a_held_price(conn: Connection, **changes: Any) -> int:
    plain = {
        "source": "among_tani",
        "external_id": f"m-{next(_numbers)}",
        "kind": "trade",
        "at": NOW,
        "reason": "market.price_absurd",
        "payload": "{}",
        "commodity": "apel",
        "price": 90_000,
    }
    return _put(conn, held_record, plain, changes)
