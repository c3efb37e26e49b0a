"""What is offered and what is wanted now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from data.domain.market.board import Unsold, VillageStock, Wanted
from data.domain.market.nouns import Commodity, ListingState
from data.domain.market.spoiling import freshness
from data.reference.places.villages import village_named
from data.store.db.schema.market import demand, offer


def village_name(code: str | None) -> str | None:
    """Of a village's code; None when it is unknown."""
    found = village_named(code) if code else None
    return found.name if found else None


class OpenOffer(NamedTuple):
    """An offer of which something is left."""

    id: int
    code: str
    farmer: int
    commodity: str
    grade: str
    left: int
    price: int
    village: str | None
    at: datetime
    ready_at: datetime
    version: int


class OpenDemand(NamedTuple):
    """A demand of which something is lacking."""

    id: int
    code: str
    buyer: int
    commodity: str
    grade: str
    left: int
    price: int
    village: str | None
    at: datetime
    expires_at: datetime


_O, _D = offer.c, demand.c
_OFFER_COLUMNS = (_O.id, _O.code, _O.farmer_id, _O.commodity, _O.grade, _O.remaining, _O.price, _O.village, _O.at)
_OFFERS = (
    select(*_OFFER_COLUMNS, _O.ready_at, _O.version)
    .where(_O.state == ListingState.OPEN.value, _O.remaining > 0)
    .order_by(_O.id)
)
_DEMAND_COLUMNS = (_D.id, _D.code, _D.buyer_id, _D.commodity, _D.grade, _D.remaining, _D.price, _D.village, _D.at)
_DEMANDS = (
    select(*_DEMAND_COLUMNS, _D.expires_at).where(_D.state == ListingState.OPEN.value, _D.remaining > 0).order_by(_D.id)
)


def open_offers(conn: Connection, now: datetime) -> list[OpenOffer]:
    """By id, without those whose time is over though the sweep has not said so yet."""
    return [OpenOffer(*tuple(row)) for row in conn.execute(_OFFERS.where(_O.expires_at > now))]


def open_demands(conn: Connection, now: datetime) -> list[OpenDemand]:
    """By id, likewise."""
    return [OpenDemand(*tuple(row)) for row in conn.execute(_DEMANDS.where(_D.expires_at > now))]


def stocks(offers: Iterable[OpenOffer]) -> dict[str, tuple[VillageStock, ...]]:
    """By commodity what each village offers, the largest first."""
    left: dict[str, Counter[str | None]] = defaultdict(Counter)
    count: dict[str, Counter[str | None]] = defaultdict(Counter)
    for each in offers:
        left[each.commodity][each.village] += each.left
        count[each.commodity][each.village] += 1
    return {
        commodity: tuple(
            VillageStock(village_name(village), most, count[commodity][village]) for village, most in of.most_common()
        )
        for commodity, of in left.items()
    }


def keeps_until(each: OpenOffer, commodities: Mapping[str, Commodity], now: datetime) -> datetime | None:
    """When it spoils; None: of its commodity nobody knows."""
    of = commodities.get(each.commodity)
    return freshness(each.ready_at, timedelta(days=of.keeps_days), now).spoils_at if of else None


def unsold(
    offers: Iterable[OpenOffer], commodities: Mapping[str, Commodity], now: datetime, zone: ZoneInfo
) -> tuple[Unsold, ...]:
    """What keeps still, gathered by commodity, village and the day on which it spoils; what spoils first, first."""
    groups: dict[tuple[str, str | None, date], list[tuple[datetime, int]]] = defaultdict(list)
    for each in offers:
        until = keeps_until(each, commodities, now)
        if until is not None and until > now:
            groups[each.commodity, each.village, until.astimezone(zone).date()].append((until, each.left))
    found = (
        Unsold(commodity, village_name(village), sum(left for _, left in of), len(of), min(until for until, _ in of))
        for (commodity, village, _), of in groups.items()
    )
    return tuple(sorted(found, key=lambda each: (each.spoils_at, -each.left, each.commodity, each.village or "")))


def wanted(offers: Sequence[OpenOffer], demands: Sequence[OpenDemand]) -> tuple[Wanted, ...]:
    """What the demands lack when all offers that fit go to them, what is lacking most first.

    A demand takes offers of its grade or better that ask no more than it bids; the highest bid takes first, the
    cheapest offer goes first. That is near enough for a sign; `matching` says who should sell to whom.
    """
    groups: dict[str, list[OpenDemand]] = defaultdict(list)
    for each in demands:
        groups[each.commodity].append(each)
    of_commodity: dict[str, list[OpenOffer]] = defaultdict(list)
    for one in offers:
        of_commodity[one.commodity].append(one)
    found = (_wanted(commodity, of, of_commodity[commodity]) for commodity, of in groups.items())
    return tuple(
        sorted((each for each in found if each.lacking), key=lambda each: (-each.lacking * each.bid, each.commodity))
    )


def _wanted(commodity: str, demands: Sequence[OpenDemand], offers: Sequence[OpenOffer]) -> Wanted:
    left = {each.id: each.left for each in offers}
    cheapest = sorted(offers, key=lambda each: (each.price, each.id))
    lacking = 0
    for want in sorted(demands, key=lambda each: (-each.price, each.id)):
        missing = want.left
        for each in cheapest:
            if each.grade <= want.grade and each.price <= want.price:
                taken = min(missing, left[each.id])
                left[each.id] -= taken
                missing -= taken
        lacking += missing
    return Wanted(commodity, lacking, sum(it.left for it in demands), len(demands), max(it.price for it in demands))
