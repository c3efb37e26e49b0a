"""Farmers, buyers and what they have, in a store: `an_offer(conn, kg=100)` says only what the test is about."""

from __future__ import annotations

import itertools
from datetime import datetime

from sqlalchemy import select

from data.domain.market.deals import DealCommand, DealEventKind, DealSide
from data.domain.market.nouns import Deal, Demand, Grade, Market, Offer, Side
from data.reference.commodities import BY_CODE
from data.store.db.engine import Connection
from data.store.db.schema.market import party, trade
from data.store.market import deals, listings, parties
from data.store.market.deals import DealOrder, Proposal
from data.store.market.told import ListingTold, PartyTold
from data.store.market.writing import MarketWrite
from tests.factories import DAY, NOW, SISIR

MARKET = Market(BY_CODE)
SOURCE = "uji"
NUMBERS = itertools.count(1)


def writing_at(conn: Connection, now: datetime = NOW, source: str = SOURCE) -> MarketWrite:
    return MarketWrite(conn, source, now)


def a_party(conn: Connection, side: Side, name: str = "", phone: str | None = None, lang: str | None = None) -> int:
    key = name or f"{side}-{next(NUMBERS)}"
    told = PartyTold(side, key, key, phone, village=SISIR, lang=lang)
    return parties.resolve(writing_at(conn), [told])[side, key]


def _listing(conn: Connection, side: Side, kg: int, price: int, now: datetime, grade: Grade) -> str:
    number = next(NUMBERS)
    told = ListingTold(
        external_id=f"l{number}",
        at=now,
        party=PartyTold(side, f"{side}-{number}", f"Pak {number}", f"08{number:010d}", village=SISIR, lang="id"),
        commodity="apel",
        grade=grade,
        quantity=kg * 1000,
        price=price,
        given=f"{kg} kg",
        village=SISIR,
        expires_at=now + 7 * DAY,
        ready_at=now,
    )
    (taken,) = listings.take(writing_at(conn, now), side, [told])
    assert taken.code is not None
    return taken.code


def an_offer(conn: Connection, *, kg: int = 100, price: int = 10_000, now: datetime = NOW) -> Offer:
    found = listings.offer_by_code(conn, _listing(conn, Side.FARMER, kg, price, now, Grade.A))
    assert found is not None
    return found


def a_demand(conn: Connection, *, kg: int = 50, price: int = 11_000, now: datetime = NOW) -> Demand:
    found = listings.demand_by_code(conn, _listing(conn, Side.BUYER, kg, price, now, Grade.B))
    assert found is not None
    return found


def taken(conn: Connection, offer: Offer, kg: int, *, buyer: int | None = None, now: datetime = NOW) -> Deal:
    """A buyer takes a part of it, having seen it as it is given."""
    who = a_party(conn, Side.BUYER) if buyer is None else buyer
    proposal = Proposal(offer.code, offer.version, kg * 1000, who, DealSide.BUYER, "pembeli")
    return deals.propose(writing_at(conn, now), proposal, MARKET)


def step(
    conn: Connection, deal: Deal, kind: DealEventKind, side: DealSide, *, kg: int | None = None, now: datetime = NOW
) -> Deal:
    command = DealCommand(kind, None if kg is None else kg * 1000, "alasan")
    return deals.apply(writing_at(conn, now), DealOrder(deal.code, deal.version, command, side, "x"), MARKET)


def offer_now(conn: Connection, code: str) -> Offer:
    found = listings.offer_by_code(conn, code)
    assert found is not None
    return found


def sums(conn: Connection) -> tuple[int, int]:
    """Parts and rupiah of all trades."""
    rows = conn.execute(select(trade.c.quantity, trade.c.total)).all()
    return sum(row.quantity for row in rows), sum(row.total for row in rows)


def party_codes(conn: Connection) -> list[str]:
    return list(conn.execute(select(party.c.code).order_by(party.c.id)).scalars())
