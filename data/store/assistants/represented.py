"""Farmers without a telephone: a field assistant offers for them, and knows them again by village and name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from data.domain.market.nouns import OPEN_DEALS, Deal, ListingState, Offer, Party, Side
from data.store.db.schema.market import deal, offer, party
from data.store.market.deals import OWN, deal_of
from data.store.market.listings import offer_of
from data.store.market.parties import party_of, represented_of


@dataclass(frozen=True, slots=True)
class RepresentedFarmer:
    """One of them, for the assistant who entered him."""

    party: Party
    external_id: str


def all_of(conn: Connection, account: str, most: int) -> list[RepresentedFarmer]:
    """The newest first."""
    rows = conn.execute(select(party).where(_of(account)).order_by(party.c.id.desc()).limit(most)).mappings()
    return [_read(row) for row in rows]


def by_code(conn: Connection, account: str, code: str) -> RepresentedFarmer | None:
    """None for a farmer whom this assistant did not enter."""
    return _one(conn, _of(account) & (party.c.code == code))


def by_id(conn: Connection, account: str, party_id: int) -> RepresentedFarmer | None:
    """Likewise."""
    return _one(conn, _of(account) & (party.c.id == party_id))


def offers_of(conn: Connection, farmers: Collection[int], most: int) -> list[Offer]:
    """What is open comes first, then the newest."""
    asked = select(offer).where(offer.c.farmer_id.in_(farmers))
    asked = asked.order_by(offer.c.state != ListingState.OPEN, offer.c.id.desc()).limit(most)
    return [offer_of(row) for row in conn.execute(asked).mappings()]


def deals_of(conn: Connection, farmers: Collection[int], most: int) -> list[Deal]:
    """Likewise."""
    asked = select(deal).where(deal.c.farmer_id.in_(farmers))
    asked = asked.order_by(deal.c.state.not_in(OPEN_DEALS), deal.c.id.desc()).limit(most)
    return [deal_of(row) for row in conn.execute(asked).mappings()]


def _of(account: str) -> ColumnElement[bool]:
    mine = party.c.external_id.startswith(represented_of(account), autoescape=True)
    return (party.c.source == OWN) & (party.c.side == Side.FARMER) & mine


def _one(conn: Connection, which: ColumnElement[bool]) -> RepresentedFarmer | None:
    row = conn.execute(select(party).where(which)).mappings().one_or_none()
    return None if row is None else _read(row)


def _read(row: RowMapping) -> RepresentedFarmer:
    return RepresentedFarmer(party_of(row), row["external_id"])
