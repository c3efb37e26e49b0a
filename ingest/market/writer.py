"""Writes market drafts, many at once, in the caller's transaction: what is new, what is held, what waited and fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.domain.market.nouns import Market, Side
from data.domain.reasons import encode_reason
from data.store.db.engine import Connection
from data.store.market import held, listings, parties, quotes, trades
from data.store.market.deals import OWN
from data.store.market.told import Became, IndexTold, ListingTold, PlanTold, QuoteTold, Taken, Told, TradeTold
from data.store.market.writing import MarketWrite
from ingest.market.drafts import MarketDraft, MarketDrafter, Missing, WithoutData
from ingest.market_record import MarketKind, MarketRecord
from ingest.source import Outcome, OutcomeKind, Unreadable

_BECAME = {
    Became.NEW: OutcomeKind.NEW,
    Became.UPDATED: OutcomeKind.UPDATED,
    Became.SAME: OutcomeKind.SAME,
    Became.HELD: OutcomeKind.HELD,
}
_PERSONAL = ("farmer", "farmer_name", "farmer_phone", "buyer", "buyer_name", "buyer_phone")
_FIRST = (MarketKind.OFFER, MarketKind.DEMAND)
"""Before the trades that are about them."""
Take = Callable[[MarketWrite, Sequence[Any], bool], list[Taken]]


@dataclass(frozen=True, slots=True)
class MarketWriter:
    """Writes drafts of one source; the caller commits."""

    market: Market
    drafter: MarketDrafter

    def prepare(self, record: MarketRecord, now: datetime) -> MarketDraft | Missing:
        """Understand a record, without a query. Raises Unreadable."""
        try:
            return self.drafter.draft(record, now)
        except WithoutData:
            return Missing(record.external_id)

    def write(
        self, conn: Connection, source: str, drafts: Sequence[MarketDraft], now: datetime, *, trusted: bool = False
    ) -> list[Outcome]:
        """The outcomes in the order of the drafts. Of drafts with one kind and id each is written after the other.

        trusted: a person has looked at the prices.
        """
        write = MarketWrite(conn, source, now, len(drafts))
        found: dict[int, Taken] = {}
        for places in _in_order(drafts):
            kind = drafts[places[0]].record.kind
            part = [drafts[place] for place in places]
            taken = self._take(write, kind, [each.told for each in part], trusted)
            self._hold(write, part, taken)
            found |= zip(places, taken, strict=True)
            if kind is MarketKind.OFFER:
                self._apply_waiting(write, [each.told.external_id for each in part])
        return [_outcome(draft, found[place]) for place, draft in enumerate(drafts)]

    def _take(self, write: MarketWrite, kind: MarketKind, tolds: Sequence[Told], trusted: bool) -> list[Taken]:
        if kind is MarketKind.TRADE:
            return trades.take(write, _all(TradeTold, tolds), self.market, trusted=trusted)
        if kind is MarketKind.QUOTE:
            return quotes.take(write, _all(QuoteTold, tolds), self.market, trusted=trusted)
        if kind is MarketKind.INDEX:
            return quotes.take_index(write, _all(IndexTold, tolds))
        if kind is MarketKind.PLAN:
            return quotes.take_plans(write, _all(PlanTold, tolds))
        return self._take_listings(write, kind, _all(ListingTold, tolds), trusted)

    def _take_listings(
        self, write: MarketWrite, kind: MarketKind, tolds: Sequence[ListingTold], trusted: bool
    ) -> list[Taken]:
        side = Side.FARMER if kind is MarketKind.OFFER else Side.BUYER
        usual = trades.Usual(write.conn, self.market)
        whys = [None if trusted or told.withdrawn else usual.why(told.commodity, told.price, told.at) for told in tolds]
        fine = [told for told, why in zip(tolds, whys, strict=True) if why is None]
        taken = iter(listings.take(write, side, fine))
        return [next(taken) if why is None else Taken(Became.HELD, reason=why) for why in whys]

    def _hold(self, write: MarketWrite, drafts: Sequence[MarketDraft], taken: Sequence[Taken]) -> None:
        """Keep what is held; what was held of a record that is now taken is held no more."""
        pairs = list(zip(drafts, taken, strict=True))
        new = [_held(draft, each) for draft, each in pairs if each.became is Became.HELD]
        if new:
            held.hold(write, new)
        changed = [d.record.external_id for d, each in pairs if each.became in (Became.NEW, Became.UPDATED)]
        held.settle(write, changed, held.REPLACED)

    def _apply_waiting(self, write: MarketWrite, offers: Sequence[str]) -> None:
        """Trades that came before their offer."""
        waiting = held.waiting_for(write, offers)
        drafts = [draft for each in waiting if (draft := self._again(each, write.now)) is not None]
        if not drafts:
            return
        taken = self._take(write, MarketKind.TRADE, [each.told for each in drafts], False)
        pairs = list(zip(drafts, taken, strict=True))
        applied = [d.record.external_id for d, each in pairs if each.became is not Became.HELD]
        held.settle(write, applied, held.APPLIED)
        self._hold(write, drafts, taken)

    def _again(self, one: held.HeldRecord, now: datetime) -> MarketDraft | None:
        """None of one that is not understood any more, by another config.yaml: it stays held."""
        try:
            return self.drafter.draft(MarketRecord.model_validate_json(one.payload), now)
        except (Unreadable, WithoutData):
            return None


def _all(shape: type[Any], tolds: Sequence[Told]) -> list[Any]:
    assert all(isinstance(told, shape) for told in tolds)
    return list(tolds)


def _in_order(drafts: Sequence[MarketDraft]) -> Iterator[list[int]]:
    """Places of drafts that can be written together: of one kind, no id twice; listings come first."""
    for kind in sorted({draft.record.kind for draft in drafts}, key=lambda it: (it not in _FIRST, it)):
        places, ids = list[int](), set[str]()
        for place, draft in enumerate(drafts):
            if draft.record.kind is not kind:
                continue
            if draft.record.external_id in ids:
                yield places
                places, ids = [], set()
            places.append(place)
            ids.add(draft.record.external_id)
        yield places


def _held(draft: MarketDraft, taken: Taken) -> held.NewHeld:
    told = draft.told
    commodity, price = getattr(told, "commodity", None), getattr(told, "price", None)
    payload = draft.record.model_dump_json(exclude_defaults=True)
    return held.NewHeld(draft.record.external_id, draft.record.kind, payload, taken, commodity, price)


def _outcome(draft: MarketDraft, taken: Taken) -> Outcome:
    why = "" if taken.reason is None else encode_reason(taken.reason)
    record = draft.record
    return Outcome(_BECAME[taken.became], record.external_id, taken.code, reason=why, received_at=record.at)


class AlreadyDecided(LookupError):
    """Nobody has to decide about this any more."""


def release(conn: Connection, writer: MarketWriter, held_id: int, by: str, now: datetime) -> Outcome:
    """A person says that the price is right: it is taken as it was told. Raises AlreadyDecided."""
    found = _undecided(conn, held_id)
    record = MarketRecord.model_validate_json(found.payload)
    _decide(conn, found, held.RELEASED, by, now)
    if found.source == OWN:
        record = _with_profile(conn, record)
    return writer.write(conn, found.source, [writer.drafter.draft(record, now)], now, trusted=True)[0]


def _with_profile(conn: Connection, record: MarketRecord) -> MarketRecord:
    """With name and telephone as they are now in the profile, which may have changed while the record was held."""
    for side in Side:
        key = getattr(record, side)
        who = None if key is None else parties.by_key(conn, OWN, (side, key))
        if who is not None:
            record = record.model_copy(update={f"{side}_name": who.name, f"{side}_phone": who.phone})
    return record


def refuse(conn: Connection, held_id: int, by: str, now: datetime) -> None:
    """A person says that it is wrong: it never counts. Raises AlreadyDecided."""
    _decide(conn, _undecided(conn, held_id), held.REFUSED, by, now)


def _undecided(conn: Connection, held_id: int) -> held.HeldRecord:
    found = held.by_id(conn, held_id)
    if found is None or found.decided_at is not None:
        raise AlreadyDecided(held_id)
    return found


def _decide(conn: Connection, found: held.HeldRecord, decision: str, by: str, now: datetime) -> None:
    """What is kept of it has no personal data; of our own accounts it is known whose it was, to tell them."""
    record = MarketRecord.model_validate_json(found.payload)
    personal = set(_PERSONAL) - set(Side) if found.source == OWN else set(_PERSONAL)
    kept = record.model_dump_json(exclude_defaults=True, exclude=personal)
    if not held.decide(MarketWrite(conn, found.source, now), found.id, decision, by, kept):
        raise AlreadyDecided(found.id)
