"""What the pages of farmers and buyers show: own listings, what others offer and want. No name, no telephone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, func, select

from data.domain.market.nouns import OPEN_DEALS, Deal, Demand, ListingState, Offer, Side
from data.store.db.schema.market import deal, demand, offer, party
from data.store.market.deals import deal_of
from data.store.market.listings import demand_of, offer_of


@dataclass(frozen=True, slots=True)
class ListedOffer:
    """An offer as others see it."""

    offer: Offer
    farmer: str
    """The pseudonym."""
    photo: str | None


@dataclass(frozen=True, slots=True)
class ListedDemand:
    """A demand as others see it."""

    demand: Demand
    buyer: str


def open_offers(
    conn: Connection, now: datetime, most: int, *, commodity: str | None = None, but_of: int | None = None
) -> list[ListedOffer]:
    """What can be bought now, the soonest to spoil first. but_of: without those of this account."""
    asked = _open(offer, now, commodity).order_by(offer.c.expires_at, offer.c.id).limit(most)
    return [_listed_offer(row) for row in conn.execute(_without(asked, but_of)).mappings()]


def open_demands(
    conn: Connection, now: datetime, most: int, *, commodities: Sequence[str] | None = None, but_of: int | None = None
) -> list[ListedDemand]:
    """What is wanted now, the best price first within each commodity. commodities: only of these."""
    asked = _open(demand, now, None).order_by(demand.c.commodity, demand.c.price.desc(), demand.c.id).limit(most)
    if commodities is not None:
        asked = asked.where(demand.c.commodity.in_(commodities))
    found = conn.execute(_without(asked, but_of)).mappings()
    return [ListedDemand(demand_of(row), row["party_code"]) for row in found]


def _open(table: Table, now: datetime, commodity: str | None) -> Select[Any]:
    who = offer.c.farmer_id if table is offer else demand.c.buyer_id
    is_open = (table.c.state == ListingState.OPEN) & (table.c.expires_at > now) & (table.c.remaining > 0)
    asked = select(table, party.c.code.label("party_code")).join(party, party.c.id == who).where(is_open)
    return asked if commodity is None else asked.where(table.c.commodity == commodity)


def _without(asked: Select[Any], account_id: int | None) -> Select[Any]:
    if account_id is None:
        return asked
    others: ColumnElement[bool] = func.coalesce(party.c.account_id, 0) != account_id
    return asked.where(others)


def one_offer(conn: Connection, code: str) -> ListedOffer | None:
    """Whatever state it is in."""
    asked = select(offer, party.c.code.label("party_code")).join(party, party.c.id == offer.c.farmer_id)
    row = conn.execute(asked.where(offer.c.code == code)).mappings().one_or_none()
    return None if row is None else _listed_offer(row)


def _listed_offer(row: RowMapping) -> ListedOffer:
    return ListedOffer(offer_of(row), row["party_code"], row["photo"])


def own_offers(conn: Connection, farmer: int, most: int) -> list[Offer]:
    """What is open comes first, then the newest."""
    asked = select(offer).where(offer.c.farmer_id == farmer)
    asked = asked.order_by(offer.c.state != ListingState.OPEN, offer.c.id.desc()).limit(most)
    return [offer_of(row) for row in conn.execute(asked).mappings()]


def own_demands(conn: Connection, buyer: int, most: int) -> list[Demand]:
    """What is open comes first, then the newest."""
    asked = select(demand).where(demand.c.buyer_id == buyer)
    asked = asked.order_by(demand.c.state != ListingState.OPEN, demand.c.id.desc()).limit(most)
    return [demand_of(row) for row in conn.execute(asked).mappings()]


def own_deals(conn: Connection, side: Side, party_id: int, most: int) -> list[Deal]:
    """Likewise: an old one that is not paid stands before all that ended."""
    who = deal.c.farmer_id if side is Side.FARMER else deal.c.buyer_id
    asked = select(deal).where(who == party_id).order_by(deal.c.state.not_in(OPEN_DEALS), deal.c.id.desc())
    return [deal_of(row) for row in conn.execute(asked.limit(most)).mappings()]
