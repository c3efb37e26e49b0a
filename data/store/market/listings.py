"""Offers and demands: taken from sources, and what is left of them. A record of a source is a snapshot of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, case, insert, select, update

from data.domain.market.nouns import Demand, Grade, ListingState, Offer, Side
from data.store.db.schema.market import demand, offer
from data.store.market import parties
from data.store.market.told import Became, ListingTold, Taken
from data.store.market.writing import DEMANDS, OFFERS, MarketWrite, differs, is_older, rows_of

_TABLES: Mapping[Side, Table] = {Side.FARMER: offer, Side.BUYER: demand}
_WHO: Mapping[Side, str] = {Side.FARMER: "farmer_id", Side.BUYER: "buyer_id"}
_PREFIX: Mapping[Side, str] = {Side.FARMER: OFFERS, Side.BUYER: DEMANDS}


def take(write: MarketWrite, side: Side, tolds: Sequence[ListingTold]) -> list[Taken]:
    """Store these, no id twice; the outcome of each."""
    table = _TABLES[side]
    known = rows_of(write, table, [told.external_id for told in tolds])
    fresh = [told for told in tolds if told.external_id not in known]
    demo = any(told.demo for told in tolds)
    ids = parties.resolve(write, [told.party for told in tolds], demo=demo)
    codes = dict(zip([t.external_id for t in fresh], write.codes(_PREFIX[side], len(fresh)), strict=True))
    if fresh:
        rows = [_row(write, side, told, ids[parties.key_of(told.party)], codes[told.external_id]) for told in fresh]
        write.conn.execute(insert(table), rows)
    return [
        Taken(Became.NEW, codes[told.external_id])
        if told.external_id in codes
        else _update(write, table, known[told.external_id], told)
        for told in tolds
    ]


def _facts(told: ListingTold) -> dict[str, Any]:
    """What a later snapshot may change."""
    return {
        name: getattr(told, name)
        for name in ("commodity", "grade", "quantity", "price", "given", "village", "expires_at")
    }


def _row(write: MarketWrite, side: Side, told: ListingTold, who: int, code: str) -> dict[str, Any]:
    of_offer = {"ready_at": told.ready_at, "photo": told.photo} if side is Side.FARMER else {}
    return {
        **_facts(told),
        **write.stamped(told.at),
        **of_offer,
        "code": code,
        "source": write.source,
        "external_id": told.external_id,
        "demo": told.demo,
        _WHO[side]: who,
        "remaining": told.quantity,
        "told_at": told.told_at,
        "state": ListingState.WITHDRAWN if told.withdrawn else _state_at(told.expires_at, write.now),
    }


def _state_at(expires_at: datetime, now: datetime) -> ListingState:
    return ListingState.OPEN if expires_at > now else ListingState.LAPSED


def _update(write: MarketWrite, table: Table, row: RowMapping, told: ListingTold) -> Taken:
    """A newer snapshot; what was sold or is kept back of it meanwhile stays so."""
    facts = _facts(told)
    state = ListingState.WITHDRAWN if told.withdrawn else row["state"]
    if is_older(told.told_at, row) or not (differs(row, facts) or state != row["state"]):
        return Taken(Became.SAME, row["code"])
    taken = row["quantity"] - row["remaining"]
    facts["remaining"] = max(0, told.quantity - taken)
    if not told.withdrawn and row["state"] in (ListingState.OPEN, ListingState.LAPSED):
        state = _state_at(told.expires_at, write.now)
    changed = {**facts, "state": state, "told_at": told.told_at, "seq": write.seq, "recorded_at": write.now}
    mine = table.c.id == row["id"]
    write.conn.execute(update(table).where(mine).values({**changed, "version": table.c.version + 1}))
    return Taken(Became.UPDATED, row["code"])


def take_from(write: MarketWrite, side: Side, listing_id: int, quantity: int) -> None:
    """So many parts are sold, or (negative) free again. What sold out is done; what is free again may be open again."""
    table = _TABLES[side]
    left = table.c.remaining - quantity
    bounded = case((left < 0, 0), (left > table.c.quantity, table.c.quantity), else_=left)
    state = case(
        ((table.c.state == ListingState.OPEN) & (left <= 0), ListingState.DONE),
        ((table.c.state == ListingState.DONE) & (left > 0), ListingState.OPEN),
        else_=table.c.state,
    )
    values = {"remaining": bounded, "state": state, "version": table.c.version + 1, "seq": write.seq}
    write.conn.execute(update(table).where(table.c.id == listing_id).values(values))


def withdraw(write: MarketWrite, side: Side, listing_id: int) -> bool:
    """Nobody can take it any more; deals about it go on. False when it is not open."""
    table = _TABLES[side]
    mine = (table.c.id == listing_id) & (table.c.state == ListingState.OPEN)
    values = {"state": ListingState.WITHDRAWN, "version": table.c.version + 1, "seq": write.seq}
    return write.conn.execute(update(table).where(mine).values(values)).rowcount == 1


def is_over(conn: Connection, now: datetime) -> bool:
    """Whether something is open though its time is over."""
    return any(conn.execute(select(it.c.id).where(_over(it, now)).limit(1)).first() for it in _TABLES.values())


def _over(table: Table, now: datetime) -> ColumnElement[bool]:
    return (table.c.state == ListingState.OPEN) & (table.c.expires_at <= now)


def expire(conn: Connection, now: datetime) -> int:
    """What is open and whose time is over lapses; how many."""
    write, lapsed = MarketWrite(conn, "among_tani", now), 0
    for table in _TABLES.values():
        if conn.execute(select(table.c.id).where(_over(table, now)).limit(1)).first() is not None:
            values = {"state": ListingState.LAPSED, "version": table.c.version + 1, "seq": write.seq}
            lapsed += conn.execute(update(table).where(_over(table, now)).values(values)).rowcount
    return lapsed


def offer_of(row: RowMapping) -> Offer:
    return Offer(
        row["id"],
        row["code"],
        row["farmer_id"],
        row["commodity"],
        Grade(row["grade"]),
        row["quantity"],
        row["remaining"],
        row["price"],
        row["village"],
        ListingState(row["state"]),
        row["at"],
        row["ready_at"],
        row["expires_at"],
        row["version"],
    )


def demand_of(row: RowMapping) -> Demand:
    return Demand(
        row["id"],
        row["code"],
        row["buyer_id"],
        row["commodity"],
        Grade(row["grade"]),
        row["quantity"],
        row["remaining"],
        row["price"],
        row["village"],
        ListingState(row["state"]),
        row["at"],
        row["expires_at"],
        row["version"],
    )


def offer_by_code(conn: Connection, code: str) -> Offer | None:
    return _one_offer(conn, offer.c.code == code)


def offer_by_id(conn: Connection, offer_id: int) -> Offer | None:
    return _one_offer(conn, offer.c.id == offer_id)


def _one_offer(conn: Connection, which: ColumnElement[bool]) -> Offer | None:
    row = conn.execute(select(offer).where(which)).mappings().one_or_none()
    return None if row is None else offer_of(row)


def demand_by_code(conn: Connection, code: str) -> Demand | None:
    return _one_demand(conn, demand.c.code == code)


def demand_by_id(conn: Connection, demand_id: int) -> Demand | None:
    return _one_demand(conn, demand.c.id == demand_id)


def _one_demand(conn: Connection, which: ColumnElement[bool]) -> Demand | None:
    row = conn.execute(select(demand).where(which)).mappings().one_or_none()
    return None if row is None else demand_of(row)
