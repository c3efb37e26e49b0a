"""Trades: only appended to. What was told wrongly is reversed by a negative row, and told right by a new one.

A reversal takes effect at the moment of what it reverses, so the sums of that day come right; its number in the change
feed says when it became known.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from data.domain.market.nouns import Deal, Grade, Market, Side
from data.domain.market.prices import WINDOW, absurd
from data.domain.reasons import Reason, reason
from data.store.db.schema.market import offer, trade
from data.store.market import listings, parties
from data.store.market.told import Became, PartyTold, Taken, TradeTold
from data.store.market.writing import MarketWrite, differs, is_older, parts_of, rows_of

_OWN = frozenset({"id", "recorded_at", "seq"})
"""What a reversal does not take over from the row that it reverses."""
USUAL_FOR = timedelta(days=28)
"""Prices of so long ago do not say any more what is usual."""
GAP = timedelta(days=14)
"""Between two trades of a batch: what was usual before it is asked of the store anew."""


class Usual:
    """What was paid lately for each commodity, as a batch of trades in order of time goes on."""

    def __init__(self, conn: Connection, market: Market) -> None:
        self._conn, self._market = conn, market
        self._lately: dict[str, deque[int]] = {}
        self._until: dict[str, datetime] = {}

    def judge(self, told: TradeTold) -> Taken | None:
        """HELD for an absurd price; None: it is believed, and counts as usual from now on."""
        why = self.why(told.commodity, told.price, told.at)
        if why is not None:
            return Taken(Became.HELD, reason=why)
        self._lately[told.commodity].append(told.price)
        return None

    def why(self, commodity: str, price: int, at: datetime) -> Reason | None:
        """Why this price is absurd; None: it is not."""
        before = self._until.get(commodity)
        if before is None or at - before > GAP:  # another time, of which this batch says nothing
            self._lately[commodity] = deque(lately_paid(self._conn, commodity, at), WINDOW)
        self._until[commodity] = at
        of = self._market.commodities[commodity]
        return absurd(price, self._lately[commodity], of.usual, self._market.absurd_factor)


def lately_paid(conn: Connection, commodity: str, at: datetime) -> list[int]:
    """The last prices before the moment, oldest first. Reversals and what they reverse do not count."""
    other = trade.alias()
    asked = (
        select(trade.c.price)
        .outerjoin(other, other.c.reverses_id == trade.c.id)
        .where(
            trade.c.commodity == commodity,
            trade.c.at <= at,
            trade.c.at > at - USUAL_FOR,
            trade.c.quantity > 0,
            other.c.id.is_(None),
        )
        .order_by(trade.c.at.desc(), trade.c.id.desc())
        .limit(WINDOW)
    )
    return list(conn.execute(asked).scalars())[::-1]


def take(write: MarketWrite, tolds: Sequence[TradeTold], market: Market, *, trusted: bool = False) -> list[Taken]:
    """Store these, no id twice; the outcome of each in their order. `trusted`: a person has looked at the price.

    Of what is HELD only the parties are written: the caller keeps it.
    """
    batch = _Batch(write, tolds)
    usual = Usual(write.conn, market)
    found: dict[int, Taken] = {}
    for place in sorted(range(len(tolds)), key=lambda n: tolds[n].at):
        told = tolds[place]
        is_fine = trusted or told.cancelled  # a price that counts no more needs nobody's look
        taken = batch.known(told) or batch.waits(told) or (None if is_fine else usual.judge(told))
        found[place] = taken or batch.add(told)
    batch.write()
    return [found[place] for place in range(len(tolds))]


class _Batch:
    """Rows that are to be written together."""

    def __init__(self, write: MarketWrite, tolds: Sequence[TradeTold]) -> None:
        self._write = write
        self._last = rows_of(write, trade, [told.external_id for told in tolds])
        self._offers = _offers(write, [told.offer for told in tolds if told.offer])
        demo = any(told.demo for told in tolds)
        self._ids = parties.resolve(write, (who for told in tolds for who in _parties(told)), demo=demo)
        self._rows: list[tuple[TradeTold, int]] = []
        """New trades and their revision."""
        self._reversals: list[dict[str, Any]] = []
        self._sold: dict[int, int] = defaultdict(int)
        """By offer, the parts."""

    def known(self, told: TradeTold) -> Taken | None:
        """SAME, when nothing is new about it."""
        last = self._last.get(told.external_id)
        if last is None:
            return None
        gone = last["quantity"] < 0
        values: dict[str, Any] = {name: getattr(told, name) for name in ("at", "commodity", "quantity", "total")}
        values |= {f"{who.side}_id": self._ids[parties.key_of(who)] for who in _parties(told)}
        same = gone if told.cancelled else not gone and not differs(last, values)
        return Taken(Became.SAME) if same or is_older(told.told_at, last) else None

    def waits(self, told: TradeTold) -> Taken | None:
        """HELD, until the offer comes that it is about."""
        if told.offer is None or told.offer in self._offers:
            return None
        return Taken(Became.HELD, reason=reason("market.offer_unknown", offer=told.offer), waits_for=told.offer)

    def add(self, told: TradeTold) -> Taken:
        last = self._last.get(told.external_id)
        revision = 0 if last is None else last["revision"]
        if last is not None and last["quantity"] > 0:
            revision += 1
            self._reverse(last, revision, told.told_at)
        if last is None or not told.cancelled:
            self._rows.append((told, revision + 1))
        return Taken(Became.NEW if last is None else Became.UPDATED)

    def _reverse(self, row: RowMapping, revision: int, told_at: datetime | None) -> None:
        self._reversals.append(_reversal(self._write, row, revision) | {"told_at": told_at or row["told_at"]})
        if row["offer_id"] is not None:
            self._sold[row["offer_id"]] -= row["quantity"]

    def write(self) -> None:
        """All of them: reversals, new ones, and those that were cancelled before they came."""
        rows = [self._row(told, revision) for told, revision in self._rows if not told.cancelled]
        for part in (self._reversals, rows):
            if part:
                self._write.conn.execute(insert(trade), part)
        for told, revision in self._rows:
            if told.cancelled:
                self._write_cancelled(self._row(told, revision))
        for offer_id, quantity in sorted(self._sold.items()):
            if quantity:
                listings.take_from(self._write, Side.FARMER, offer_id, quantity)

    def _write_cancelled(self, row: dict[str, Any]) -> None:
        """With its reversal at once, so that what was said before and comes later changes nothing."""
        inserted = self._write.conn.execute(insert(trade).values(row).returning(trade.c.id)).scalar_one()
        reversal = {**row, "revision": row["revision"] + 1, "reverses_id": inserted}
        negative = {"quantity": -row["quantity"], "total": -row["total"]}
        self._write.conn.execute(insert(trade).values({**reversal, **negative}))
        if row["offer_id"] is not None:
            self._sold[row["offer_id"]] -= row["quantity"]

    def _row(self, told: TradeTold, revision: int) -> dict[str, Any]:
        about = self._offers.get(told.offer or "")
        who = {each.side: self._ids[parties.key_of(each)] for each in _parties(told)}
        if about is not None:
            self._sold[about["id"]] += told.quantity
        same = ("external_id", "commodity", "grade", "quantity", "price", "total", "given", "told_at", "demo")
        return {
            **{name: getattr(told, name) for name in same},
            **self._write.stamped(told.at),
            "source": self._write.source,
            "revision": revision,
            "offer_id": about and about["id"],
            "farmer_id": who.get(Side.FARMER, about and about["farmer_id"]),
            "buyer_id": who.get(Side.BUYER),
            "village": told.village or (about and about["village"]),
            "reverses_id": None,
        }


def _reversal(write: MarketWrite, row: RowMapping, revision: int) -> dict[str, Any]:
    """The row that takes back what this one says."""
    kept = {column.name: row[column.name] for column in trade.columns if column.name not in _OWN}
    negative = {"quantity": -row["quantity"], "total": -row["total"]}
    return {**kept, **write.stamped(row["at"]), **negative, "revision": revision, "reverses_id": row["id"]}


@dataclass(frozen=True, slots=True)
class DealSold:
    """A deal whose goods were handed over."""

    deal: Deal
    grade: Grade
    village: str | None
    demo: bool
    at: datetime
    """When."""


def take_deal(write: MarketWrite, sold: DealSold) -> int:
    """The trade that a deal has become: appended once, and corrected when another quantity was settled. Its id."""
    made, last = sold.deal, rows_of(write, trade, [sold.deal.code]).get(sold.deal.code)
    if last is not None and last["quantity"] == made.quantity:
        return int(last["id"])
    revision = 1
    if last is not None:
        revision = last["revision"] + 1
        if last["quantity"] > 0:
            write.conn.execute(insert(trade).values(_reversal(write, last, revision)))
            revision += 1
    row = {
        **{name: getattr(made, name) for name in ("commodity", "quantity", "price", "total")},
        **write.stamped(sold.at if last is None else last["at"]),
        "source": write.source,
        "external_id": made.code,
        "demo": sold.demo,
        "revision": revision,
        "offer_id": made.offer,
        "farmer_id": made.farmer,
        "buyer_id": made.buyer,
        "grade": sold.grade,
        "village": sold.village,
        "given": made.code,
    }
    return int(write.conn.execute(insert(trade).values(row).returning(trade.c.id)).scalar_one())


def cancel_deal(write: MarketWrite, code: str) -> None:
    """The trade of a deal that came to nothing is taken back; nothing where there was none."""
    last = rows_of(write, trade, [code]).get(code)
    if last is not None and last["quantity"] > 0:
        write.conn.execute(insert(trade).values(_reversal(write, last, last["revision"] + 1)))


def _parties(told: TradeTold) -> Iterator[PartyTold]:
    yield from (who for who in (told.farmer, told.buyer) if who is not None)


def _offers(write: MarketWrite, ids: Sequence[str]) -> dict[str, RowMapping]:
    found: dict[str, RowMapping] = {}
    for part in parts_of(list(dict.fromkeys(ids))):
        asked = select(offer.c.id, offer.c.external_id, offer.c.farmer_id, offer.c.village)
        mine = (offer.c.source == write.source) & offer.c.external_id.in_(part)
        found |= {row["external_id"]: row for row in write.conn.execute(asked.where(mine)).mappings()}
    return found
