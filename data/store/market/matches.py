"""What the market officer says of a match that was proposed: it becomes a deal that both sides are asked about, or it
is refused and not proposed again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select

from data.domain.market.deals import DealSide
from data.domain.market.nouns import Deal, Market
from data.domain.reasons import Reason
from data.store.db.schema.market import demand, offer
from data.store.db.schema.market_officer import match_refusal
from data.store.market import deals
from data.store.market.writing import MarketWrite


@dataclass(frozen=True, slots=True)
class Match:
    """A pair as the officer saw it."""

    offer: str
    """Its code."""
    seen: int
    """The version of the offer that was seen."""
    demand: str
    """Its code."""
    quantity: int
    """Parts."""


def accept(write: MarketWrite, match: Match, why: Reason, by: str, market: Market) -> Deal:
    """Ask both sides. Raises LookupError for an unknown code, DealRefused, Overtaken."""
    wanted = write.conn.execute(
        select(demand.c.id, demand.c.buyer_id).where(demand.c.code == match.demand)
    ).one_or_none()
    if wanted is None:
        raise LookupError(match.demand)
    proposal = deals.Proposal(
        match.offer, match.seen, match.quantity, wanted.buyer_id, DealSide.OFFICER, by, wanted.id, why
    )
    return deals.propose(write, proposal, market)


def refuse(write: MarketWrite, match: Match, why: str, by: str) -> bool:
    """False when it was refused already. Raises LookupError for an unknown code."""
    offer_id = write.conn.execute(select(offer.c.id).where(offer.c.code == match.offer)).scalar_one_or_none()
    demand_id = write.conn.execute(select(demand.c.id).where(demand.c.code == match.demand)).scalar_one_or_none()
    if offer_id is None or demand_id is None:
        raise LookupError(f"{match.offer} {match.demand}")
    pair = (match_refusal.c.offer_id == offer_id) & (match_refusal.c.demand_id == demand_id)
    if write.conn.execute(select(match_refusal.c.at).where(pair)).first() is not None:
        return False
    row = {"offer_id": offer_id, "demand_id": demand_id, "at": write.now, "by": by, "seq": write.seq, "why": why}
    write.conn.execute(insert(match_refusal).values(row))
    return True
