"""Deals in the store: proposed, and one command at a time applied, in the caller's transaction.

A command says which version its giver saw, of the offer that he takes or of the deal. When that has moved on since,
it is refused with what it is now, and nothing is written: of two buyers at one offer the first wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, insert, select, update

from data.domain.market.deals import (
    LAPSING,
    DealCommand,
    DealEvent,
    DealEventKind,
    DealSide,
    DealStatus,
    deal_status,
    event_of,
    refusal,
)
from data.domain.market.nouns import HOLDING, Deal, DealState, Grade, ListingState, Market, Offer, Side
from data.domain.market.units import amount_of, total_of
from data.domain.reasons import Reason, encode_reason, reason
from data.store.citizens.privacy import spellings
from data.store.db.schema.market import deal, deal_event, demand, offer, party
from data.store.market import listings, messages, trades
from data.store.market.writing import DEALS, MarketWrite
from data.texts import ReasonError

SENT_AGAIN = timedelta(minutes=10)
"""So long after a proposal the same one is taken for a form that was sent twice."""
OWN = "among_tani"
"""The source of what is done at our own pages."""


class DealRefused(ReasonError, ValueError):
    """Not possible; the reason says why. Nothing was written."""


class Overtaken(DealRefused):
    """Somebody else was first."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A deal that somebody wants."""

    offer: str
    """Its code."""
    seen: int
    """The version of the offer that was seen."""
    quantity: int
    buyer: int
    side: DealSide
    actor: str
    demand: int | None = None
    reason: Reason | None = None
    """Why the market officer proposes it."""


@dataclass(frozen=True, slots=True)
class DealOrder:
    """A command for one deal, as somebody gave it."""

    code: str
    seen: int
    """The version of the deal that was seen."""
    command: DealCommand
    side: DealSide
    actor: str


@dataclass(frozen=True, slots=True)
class DealView:
    """A deal with what its events make of it."""

    deal: Deal
    status: DealStatus
    events: tuple[DealEvent, ...]


def propose(write: MarketWrite, proposal: Proposal, market: Market) -> Deal:
    """Begin a deal; the quantity is kept back unless the officer proposes it.

    Raises LookupError for an unknown offer, DealRefused, Overtaken.
    """
    found = listings.offer_by_code(write.conn, proposal.offer)
    if found is None:
        raise LookupError(proposal.offer)
    why = _unfit(write, found, proposal)
    if why is not None:
        raise DealRefused(why)
    if found.version != proposal.seen or proposal.quantity > found.remaining:
        unit = market.commodities[found.commodity].unit
        raise Overtaken(reason("market.offer_overtaken", remaining=float(amount_of(found.remaining, unit)), unit=unit))
    event = DealEvent(write.now, DealEventKind.PROPOSED, proposal.side, proposal.actor, proposal.quantity)
    status = deal_status([event], market, found.ready_at)
    deal_id = _insert(write, found, proposal, status, market)
    _append(write, deal_id, 1, event)
    _keep_back(write, found.id, proposal.demand, _kept(status))
    made = by_id(write.conn, deal_id, market)
    messages.tell(write, made.deal, event.kind, event.side, market)
    return made.deal


def _unfit(write: MarketWrite, found: Offer, proposal: Proposal) -> Reason | None:
    if found.state is not ListingState.OPEN or found.expires_at <= write.now:
        return reason("market.offer_over")
    if proposal.quantity <= 0:
        return reason("market.deal_quantity")
    if _is_one_person(write.conn, found.farmer, proposal.buyer):
        return reason("market.own_offer")
    if proposal.demand is not None:
        wanted = write.conn.execute(select(demand).where(demand.c.id == proposal.demand)).mappings().one()
        if wanted["state"] != ListingState.OPEN or wanted["expires_at"] <= write.now:
            return reason("market.demand_over")
        if wanted["commodity"] != found.commodity or wanted["buyer_id"] != proposal.buyer:
            return reason("market.demand_other")
        if wanted["remaining"] < proposal.quantity:
            return reason("market.demand_less")
        if proposal.side is DealSide.OFFICER and _is_asked(write.conn, found.id, proposal.demand):
            return reason("market.deal_asked")
    return None


def _is_asked(conn: Connection, offer_id: int, demand_id: int) -> bool:
    """What the officer proposes keeps nothing back: the same pair twice would be two deals."""
    same = (deal.c.offer_id == offer_id) & (deal.c.demand_id == demand_id) & (deal.c.state == DealState.OFFERED)
    return conn.execute(select(deal.c.id).where(same).limit(1)).first() is not None


def made_before(conn: Connection, proposal: Proposal, now: datetime) -> str | None:
    """The code of the deal that the same proposal became when it was sent a moment ago; None: there is none."""
    same = (
        (offer.c.code == proposal.offer)
        & (deal.c.buyer_id == proposal.buyer)
        & (deal.c.by_side == proposal.side)
        & (deal.c.quantity == proposal.quantity)
        & (deal.c.state == DealState.RESERVED)
        & (deal.c.at > now - SENT_AGAIN)
        & deal.c.demand_id.is_not_distinct_from(proposal.demand)
    )
    asked = select(deal.c.code).join(offer, offer.c.id == deal.c.offer_id).where(same)
    return conn.execute(asked.order_by(deal.c.id.desc()).limit(1)).scalar_one_or_none()


def _is_one_person(conn: Connection, farmer: int, buyer: int) -> bool:
    """Whether both are one account, or one telephone however it is written."""
    asked = select(party.c.account_id, party.c.phone).where(party.c.id.in_((farmer, buyer)))
    both = conn.execute(asked).all()
    if len(both) < 2:
        return True
    (one, one_phone), (other, other_phone) = both
    same_phone = one_phone and other_phone and not {*spellings(one_phone)}.isdisjoint(spellings(other_phone))
    return bool((one is not None and one == other) or same_phone)


def _insert(write: MarketWrite, found: Offer, proposal: Proposal, status: DealStatus, market: Market) -> int:
    own = market.commodities[found.commodity].unit
    demo = write.conn.execute(select(offer.c.demo).where(offer.c.id == found.id)).scalar_one()
    row = {
        "code": write.codes(DEALS, 1)[0],
        "demo": demo,
        "offer_id": found.id,
        "demand_id": proposal.demand,
        "farmer_id": found.farmer,
        "buyer_id": proposal.buyer,
        "commodity": found.commodity,
        "grade": found.grade,
        "price": found.price,
        "by_side": proposal.side,
        "reason": None if proposal.reason is None else encode_reason(proposal.reason),
        "at": write.now,
        **_status_columns(write, status, 1, total_of(found.price, status.quantity, own)),
    }
    return int(write.conn.execute(insert(deal).values(row).returning(deal.c.id)).scalar_one())


def _status_columns(write: MarketWrite, status: DealStatus, version: int, total: int) -> dict[str, Any]:
    return {
        "quantity": status.quantity,
        "total": total,
        "state": status.state,
        "version": version,
        "updated_at": write.now,
        "due_at": status.due_at,
    }


def _append(write: MarketWrite, deal_id: int, n: int, event: DealEvent) -> None:
    values = {name: getattr(event, name) for name in ("kind", "side", "actor", "quantity", "text")}
    write.conn.execute(insert(deal_event).values({**values, **write.stamped(event.at), "deal_id": deal_id, "n": n}))


def _kept(status: DealStatus) -> int:
    return status.quantity if status.state in HOLDING else 0


def _keep_back(write: MarketWrite, offer_id: int, demand_id: int | None, quantity: int) -> None:
    """So many parts more (or, negative, fewer) are not for others."""
    if quantity:
        listings.take_from(write, Side.FARMER, offer_id, quantity)
        if demand_id is not None:
            listings.take_from(write, Side.BUYER, demand_id, quantity)


def apply(write: MarketWrite, order: DealOrder, market: Market) -> Deal:
    """Write what a command becomes. Raises LookupError for an unknown code, DealRefused, Overtaken."""
    view = by_code(write.conn, order.code, market)
    if view is None:
        raise LookupError(order.code)
    found, status = view.deal, view.status
    if found.version != order.seen:
        raise Overtaken(reason("market.deal_overtaken"))
    why = refusal(order.command, order.side, status, write.now) or _short(write, found, status, order)
    if why is not None:
        raise DealRefused(why)
    event = event_of(order.command, order.side, order.actor, status, write.now)
    after = deal_status([*view.events, event], market, _offer_row(write.conn, found)["ready_at"])
    version = found.version + 1
    _append(write, found.id, version, event)
    own = market.commodities[found.commodity].unit
    columns = _status_columns(write, after, version, total_of(found.price, after.quantity, own))
    write.conn.execute(update(deal).where(deal.c.id == found.id).values(columns))
    _keep_back(write, found.offer, found.demand, _kept(after) - _kept(status))
    made = by_id(write.conn, found.id, market).deal
    _account(write, made, view.events)
    messages.tell(write, made, event.kind, event.side, market)
    return made


def _short(write: MarketWrite, found: Deal, status: DealStatus, order: DealOrder) -> Reason | None:
    """Nothing was kept back for what the officer proposed: others may have taken it meanwhile."""
    if status.state is not DealState.OFFERED or order.command.kind is not DealEventKind.AGREED:
        return None
    for table, listing_id in ((offer, found.offer), (demand, found.demand)):
        if listing_id is None:
            continue
        row = write.conn.execute(select(table).where(table.c.id == listing_id)).mappings().one()
        if row["state"] != ListingState.OPEN or row["remaining"] < found.quantity or row["expires_at"] <= write.now:
            return reason("market.deal_gone")
    return None


def _account(write: MarketWrite, made: Deal, before: Sequence[DealEvent]) -> None:
    """What was handed over is a trade from that moment on, with what it really was; cancelled, it is reversed."""
    if made.state in {DealState.HANDED_OVER, DealState.PAID}:
        handed = [it for it in before if it.kind is DealEventKind.HANDED_OVER]
        at = handed[-1].at if handed and made.state is DealState.PAID else write.now
        row = _offer_row(write.conn, made)
        grade = write.conn.execute(select(deal.c.grade).where(deal.c.id == made.id)).scalar_one()
        sold = trades.DealSold(made, Grade(grade), row["village"], row["demo"], at)
        trade_id = trades.take_deal(write, sold)
        write.conn.execute(update(deal).where(deal.c.id == made.id).values(trade_id=trade_id))
    elif made.state is DealState.CANCELLED:
        trades.cancel_deal(write, made.code)


def _offer_row(conn: Connection, made: Deal) -> RowMapping:
    return conn.execute(select(offer).where(offer.c.id == made.offer)).mappings().one()


def by_code(conn: Connection, code: str, market: Market) -> DealView | None:
    row = conn.execute(select(deal).where(deal.c.code == code)).mappings().one_or_none()
    return None if row is None else _view(conn, row, market)


def by_id(conn: Connection, deal_id: int, market: Market) -> DealView:
    return _view(conn, conn.execute(select(deal).where(deal.c.id == deal_id)).mappings().one(), market)


def _view(conn: Connection, row: RowMapping, market: Market) -> DealView:
    asked = select(deal_event).where(deal_event.c.deal_id == row["id"]).order_by(deal_event.c.n)
    events = tuple(
        DealEvent(it["at"], DealEventKind(it["kind"]), DealSide(it["side"]), it["actor"], it["quantity"], it["text"])
        for it in conn.execute(asked).mappings()
    )
    # Until when was told to both sides: a time limit that the city changes later does not change it.
    return DealView(deal_of(row), replace(deal_status(events, market), due_at=row["due_at"]), events)


def deal_of(row: RowMapping) -> Deal:
    return Deal(
        row["id"],
        row["code"],
        row["offer_id"],
        row["demand_id"],
        row["farmer_id"],
        row["buyer_id"],
        row["commodity"],
        row["quantity"],
        row["price"],
        row["total"],
        DealState(row["state"]),
        row["at"],
        row["due_at"],
        row["version"],
    )


def is_due(conn: Connection, now: datetime) -> bool:
    """Whether there is a deal that lapses now."""
    return conn.execute(select(deal.c.id).where(_over(now)).limit(1)).first() is not None


def _over(now: datetime) -> ColumnElement[bool]:
    return (deal.c.due_at <= now) & deal.c.state.in_([str(state) for state in LAPSING])


def lapse_due(conn: Connection, market: Market, now: datetime, most: int) -> int:
    """Deals whose time is over lapse, and what was kept back is free; how many."""
    rows = conn.execute(select(deal.c.code, deal.c.version).where(_over(now)).order_by(deal.c.due_at).limit(most)).all()
    if rows:
        write = MarketWrite(conn, OWN, now, len(rows))
        for code, version in rows:
            apply(write, DealOrder(code, version, DealCommand(DealEventKind.LAPSED), DealSide.SYSTEM, ""), market)
    return len(rows)
