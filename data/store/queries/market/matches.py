"""The matches that can be proposed now: unsold offers against open demands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from data.domain.market.matching import Proposal, Supply, Want, propose
from data.domain.market.nouns import DealState, Grade, Market
from data.reference.places.villages import village_named
from data.store.db.schema.market import deal
from data.store.db.schema.market_officer import match_refusal
from data.store.queries.market.min_cost_flow import min_cost_flow
from data.store.queries.market.open_listings import OpenDemand, OpenOffer, keeps_until, open_demands, open_offers

DAY_S = 86_400
_GRADES = {grade.value: place for place, grade in enumerate(Grade, 1)}


class ProposedMatch(NamedTuple):
    """A proposal with both sides of it."""

    offer: OpenOffer
    demand: OpenDemand
    proposal: Proposal


def proposed(conn: Connection, market: Market, now: datetime) -> list[ProposedMatch]:
    """The best set. What an officer proposed before and nobody has answered yet counts as taken; a refused pair is
    none, and what it would have taken is free for others."""
    offers, demands = open_offers(conn, now), open_demands(conn, now)
    asked_offers, asked_demands = _asked(conn)
    supplies = list(_supplies(offers, market, asked_offers, now))
    wants = [_want(each, asked_demands, now) for each in demands]
    refused = frozenset((row.offer_id, row.demand_id) for row in conn.execute(select(match_refusal)))
    of_offer, of_demand = {each.id: each for each in offers}, {each.id: each for each in demands}
    return [
        ProposedMatch(of_offer[each.supply], of_demand[each.want], each)
        for each in propose(supplies, wants, min_cost_flow, refused=refused)
    ]


def _asked(conn: Connection) -> tuple[Counter[int], Counter[int]]:
    """Parts of offers and of demands that are proposed and not answered."""
    waiting = (deal.c.state == DealState.OFFERED.value) & deal.c.demand_id.is_not(None)
    of_offer: Counter[int] = Counter()
    of_demand: Counter[int] = Counter()
    columns = (deal.c.offer_id, deal.c.demand_id, func.sum(deal.c.quantity))
    for offer_id, demand_id, parts in conn.execute(select(*columns).where(waiting).group_by(*columns[:2])):
        of_offer[offer_id] += int(parts)
        of_demand[demand_id] += int(parts)
    return of_offer, of_demand


def _supplies(offers: Iterable[OpenOffer], market: Market, asked: Counter[int], now: datetime) -> Iterable[Supply]:
    for each in offers:
        until = keeps_until(each, market.commodities, now)
        if until is not None:
            left = (until - now).total_seconds() / DAY_S
            parts = each.left - asked[each.id]
            yield Supply(
                each.id,
                each.commodity,
                _GRADES[each.grade],
                parts,
                each.price,
                _place(each.village),
                round(left, 2),
                max(0.0, (each.ready_at - now).total_seconds() / DAY_S),
            )


def _want(each: OpenDemand, asked: Counter[int], now: datetime) -> Want:
    left = (each.expires_at - now).total_seconds() / DAY_S
    parts = each.left - asked[each.id]
    return Want(each.id, each.commodity, _GRADES[each.grade], parts, each.price, _place(each.village), round(left, 2))


def _place(village: str | None) -> tuple[float, float] | None:
    found = village_named(village)
    return (found.office_lat, found.office_lon) if found else None
