"""The floors of today, and who goes below them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple, TypeVar

import numpy as np
from sqlalchemy import Connection, select

from data.domain.market.floor import WINDOW, Alarm, Bought, Floor, Kind, Priced, alarms, below_floor, floor_of
from data.domain.market.nouns import Market
from data.store.db.schema.market import party
from data.store.queries.market.open_listings import OpenDemand, OpenOffer, village_name
from data.store.queries.market.trades import Recent, ResidentTrades

Floors = Mapping[str, Floor]
T = TypeVar("T")


class Listings(NamedTuple):
    """What is offered and wanted now."""

    offers: Sequence[OpenOffer]
    demands: Sequence[OpenDemand]


class _Facts(NamedTuple):
    """A price with the ids of its parties."""

    kind: Kind
    id: int
    at: datetime
    commodity: str
    price: int
    village: str | None
    farmer: int
    buyer: int
    total: int = 0


def floors(market: Market, recent: Recent, day: date) -> dict[str, Floor]:
    """By commodity, of the last 14 days' trades; none where nobody knows a cost and too little was sold."""
    found: dict[str, Floor] = {}
    for code, commodity in market.commodities.items():
        cost = commodity.cost_on(day)
        floor = floor_of(cost, [] if cost else _prices(recent, code), market.floor_share)
        if floor is not None:
            found[code] = floor
    return found


def fair_price(
    conn: Connection, listings: Listings, trades: ResidentTrades, market: Market, now: datetime
) -> list[Alarm]:
    """The alarms of the last 14 days' trades and of what is offered and wanted now. Parties are told by their codes."""
    recent = trades.since(now - WINDOW)
    limits = floors(market, recent, trades.local_day(now))
    facts = [*_trades(recent, limits), *_listed(listings, limits)]
    bought, bids = _bought(recent), Counter(each.buyer for each in listings.demands)
    codes = _codes(conn, {of for each in facts for of in (each.farmer, each.buyer) if of})
    told = (_told(each, codes) for each in facts)
    return alarms(below_floor(told, limits), _by_code(bought, codes), _by_code(bids, codes))


def _bought(recent: Recent) -> dict[int, Bought]:
    buyers, place, n = np.unique(recent.buyer, return_inverse=True, return_counts=True)
    rupiah = np.zeros(len(buyers), dtype=np.int64)
    np.add.at(rupiah, place, recent.total)
    columns = zip(n.tolist(), rupiah.tolist(), strict=True)
    return {buyer: Bought(*of) for buyer, of in zip(buyers.tolist(), columns, strict=True)}


def _by_code(of: Mapping[int, T], codes: Mapping[int, str]) -> dict[str, T]:
    return {codes[buyer]: each for buyer, each in of.items() if buyer in codes}


def _told(each: _Facts, codes: Mapping[int, str]) -> Priced:
    farmer, buyer = codes.get(each.farmer), codes.get(each.buyer)
    where = village_name(each.village)
    return Priced(each.kind, each.id, each.at, each.commodity, each.price, where, farmer, buyer, each.total)


def _prices(recent: Recent, commodity: str) -> list[int]:
    if commodity not in recent.names:
        return []
    prices: list[int] = recent.price[recent.commodity == recent.names.index(commodity)].tolist()
    return prices


def _trades(recent: Recent, limits: Floors) -> Iterator[_Facts]:
    """Those below a floor."""
    floors_of = (limits.get(name or "") for name in recent.names)
    least = np.array([floor.price if floor else 0 for floor in floors_of], dtype=np.int64)
    rows = np.flatnonzero(recent.price < least[recent.commodity])
    names = recent.names
    columns = [getattr(recent, name)[rows].tolist() for name in ("id", "at", "commodity", "price", "village")]
    who = [getattr(recent, name)[rows].tolist() for name in ("farmer", "buyer", "total")]
    for id_, at, commodity, price, village, farmer, buyer, total in zip(*columns, *who, strict=True):
        moment = datetime.fromtimestamp(at, UTC)
        yield _Facts(Kind.TRADE, id_, moment, str(names[commodity]), price, names[village], farmer, buyer, total)


def _listed(listings: Listings, limits: Floors) -> Iterator[_Facts]:
    """Offers and demands below a floor."""
    for each in listings.offers:
        if each.commodity in limits and each.price < limits[each.commodity].price:
            yield _Facts(Kind.OFFER, each.id, each.at, each.commodity, each.price, each.village, each.farmer, 0)
    for want in listings.demands:
        if want.commodity in limits and want.price < limits[want.commodity].price:
            yield _Facts(Kind.DEMAND, want.id, want.at, want.commodity, want.price, want.village, 0, want.buyer)


def _codes(conn: Connection, parties: Iterable[int]) -> dict[int, str]:
    known = sorted(parties)
    found: dict[int, str] = {}
    for start in range(0, len(known), 500):
        of_some = select(party.c.id, party.c.code).where(party.c.id.in_(known[start : start + 500]))
        found |= {row.id: row.code for row in conn.execute(of_some)}
    return found
