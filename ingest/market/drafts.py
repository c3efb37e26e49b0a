"""Understands a market record: which commodity, how much in parts, what price for its own unit. Nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from data.domain.market.nouns import Commodity, Grade, Level, Market, Side
from data.domain.market.units import (
    Unfit,
    amount_of,
    in_own_unit,
    price_in_own_unit,
    to_parts,
    total_of,
    unit_named,
)
from data.domain.reasons import reason
from data.reference.places.villages import village_named
from data.store.market.told import IndexTold, ListingTold, PartyTold, PlanTold, QuoteTold, Told, TradeTold
from ingest.market_record import MarketKind, MarketRecord
from ingest.source import Unreadable

RUPIAH = frozenset({"", "idr", "rp", "rp.", "rupiah"})
MOST = 10**12
"""Rupiah: a total above it is a slip."""
_MILLION = Decimal(1_000_000)
_SHARE_MOST = 10_000
"""Percent."""
_GIVEN_MOST = 80
_FUTURE = timedelta(days=1)
"""A clock may go wrong by so much."""


class WithoutData(Exception):
    """The record says only that there is no price: a zero in a table of prices."""


@dataclass(frozen=True, slots=True)
class MarketDraft:
    """A record that was understood."""

    record: MarketRecord
    told: Told


@dataclass(frozen=True, slots=True)
class Missing:
    """A record that says only that there is no price."""

    external_id: str


class MarketDrafter:
    """Understands records; safe to use from many threads."""

    def __init__(self, market: Market, timezone: str) -> None:
        self._market, self._zone = market, ZoneInfo(timezone)
        self._kinds: Mapping[MarketKind, Callable[[MarketRecord], Told]] = {
            MarketKind.OFFER: self._listing,
            MarketKind.DEMAND: self._listing,
            MarketKind.TRADE: self._trade,
            MarketKind.QUOTE: self._quote,
            MarketKind.INDEX: self._index,
            MarketKind.PLAN: self._plan,
        }

    def draft(self, record: MarketRecord, now: datetime) -> MarketDraft:
        """Raises Unreadable, WithoutData."""
        if record.currency is not None and record.currency.strip().casefold() not in RUPIAH:
            raise Unreadable(reason("market.currency", currency=record.currency))
        if record.at > now + _FUTURE:
            raise Unreadable(reason("record.in_future", field="at", at=f"{record.at:%Y-%m-%d %H:%M:%S}Z"))
        try:
            return MarketDraft(record, self._kinds[record.kind](record))
        except Unfit as wrong:
            raise Unreadable(wrong.reason) from None

    def _commodity(self, record: MarketRecord) -> Commodity:
        found = self._market.named(record.commodity or "")
        if found is None:
            raise Unreadable(reason("market.unknown_commodity", commodity=record.commodity or ""))
        return found

    def _amounts(self, record: MarketRecord, of: Commodity) -> tuple[int, Decimal]:
        """Parts, and how many own units one of the record's units is."""
        unit = unit_named(record.unit or of.unit)
        day = record.at.astimezone(self._zone).date()
        factor = in_own_unit(of.unit, unit, of.conversions, day, grade=record.grade)
        return to_parts(record.quantity or Decimal(0), of.unit, factor), factor

    def _listing(self, record: MarketRecord) -> ListingTold:
        of = self._commodity(record)
        parts, factor = self._amounts(record, of)
        side = Side.FARMER if record.kind is MarketKind.OFFER else Side.BUYER
        who = _party(record, side)
        assert who is not None
        ready = record.ready_at or record.at
        keeps, offered = timedelta(days=of.keeps_days), timedelta(days=self._market.offer_days)
        return ListingTold(
            external_id=record.external_id,
            at=record.at,
            party=who,
            commodity=of.code,
            grade=record.grade or (Grade.B if side is Side.FARMER else Grade.C),
            quantity=parts,
            price=_price(record, factor),
            given=_given(record, of),
            village=_village(record.village),
            expires_at=record.expires_at or min(ready + keeps, max(ready, record.at) + offered),
            ready_at=ready,
            told_at=record.updated_at,
            withdrawn=record.cancelled,
            photo=record.photo,
            demo=record.demo,
        )

    def _trade(self, record: MarketRecord) -> TradeTold:
        of = self._commodity(record)
        parts, factor = self._amounts(record, of)
        if record.total is not None:
            total = _rupiah(record.total)
            price = max(1, int((Decimal(total) / amount_of(parts, of.unit)).to_integral_value(ROUND_HALF_UP)))
        else:
            price, total = _price(record, factor), _whole_total(record, parts, of, factor)
        return TradeTold(
            external_id=record.external_id,
            at=record.at,
            commodity=of.code,
            quantity=parts,
            price=price,
            total=total,
            given=_given(record, of),
            grade=record.grade,
            offer=record.offer,
            farmer=_party(record, Side.FARMER),
            buyer=_party(record, Side.BUYER),
            village=_village(record.village),
            told_at=record.updated_at,
            cancelled=record.cancelled,
            demo=record.demo,
        )

    def _quote(self, record: MarketRecord) -> QuoteTold:
        item = " ".join((record.commodity or "").split())
        if not item:
            raise Unreadable(reason("market.unknown_commodity", commodity=""))
        if record.price == 0:
            raise WithoutData
        of, day = self._market.named(item), record.at.astimezone(self._zone).date()
        unit = unit_named(record.unit or (of.unit if of else "kg"))
        factor = Decimal(1)
        if of is not None:
            factor, unit = in_own_unit(of.unit, unit, of.conversions, day, grade=record.grade), of.unit
        return QuoteTold(
            external_id=record.external_id,
            at=datetime.combine(day, time(), self._zone),
            day=day,
            commodity=of.code if of else None,
            item=item[:100],
            place=record.place or "",
            level=record.level or Level.CONSUMER,
            price=_price(record, factor),
            unit=unit[:16],
            demo=record.demo,
        )

    def _index(self, record: MarketRecord) -> IndexTold:
        assert record.year is not None
        assert record.month is not None
        assert record.week is not None
        assert record.change is not None
        most = " ".join((record.most_moved or "").split())
        return IndexTold(
            external_id=record.external_id,
            at=record.at,
            year=record.year,
            month=record.month,
            week=record.week,
            change=_millionths(record.change),
            drivers=_drivers(record.drivers or "", record.driver_values or ""),
            most_moved=None if most.casefold() in {"", "stabil"} else most[:100],
            moved=None if record.moved is None or not most else _fluctuation(record.moved),
            demo=record.demo,
        )

    def _plan(self, record: MarketRecord) -> PlanTold:
        of = self._commodity(record)
        parts, _ = self._amounts(record, of)
        who = _party(record, Side.FARMER)
        assert who is not None
        assert record.first_day is not None
        assert record.last_day is not None
        if record.last_day < record.first_day:
            raise Unreadable(reason("market.plan_days"))
        return PlanTold(
            external_id=record.external_id,
            at=record.at,
            farmer=who,
            commodity=of.code,
            village=_village(record.village),
            quantity=parts,
            first_day=record.first_day,
            last_day=record.last_day,
            told_at=record.updated_at,
            demo=record.demo,
        )


def _party(record: MarketRecord, side: Side) -> PartyTold | None:
    """Known again by its id, else its telephone, else its name."""
    given: str | None = getattr(record, side)
    name: str | None = getattr(record, f"{side}_name")
    phone: str | None = getattr(record, f"{side}_phone")
    key = given or phone or name
    if not key or not key.strip():
        return None
    village = _village(record.village)
    return PartyTold(side, " ".join(key.split()).casefold(), name or given, phone, village=village)


def _village(text: str | None) -> str | None:
    found = village_named(text) if text else None
    return None if found is None else found.code


def _rupiah(value: Decimal) -> int:
    """Whole rupiah. Raises Unreadable."""
    if value <= 0:
        raise Unreadable(reason("market.price_positive", price=str(value)))
    if value > MOST:
        raise Unreadable(reason("market.price_size", price=str(value)))
    return int(value.to_integral_value(ROUND_HALF_UP))


def _price(record: MarketRecord, factor: Decimal) -> int:
    """Rupiah for one own unit."""
    if record.price is None:
        assert record.total is not None
        assert record.quantity is not None
        return price_in_own_unit(Decimal(_rupiah(record.total)) / record.quantity, factor)
    _rupiah(record.price)
    return max(1, price_in_own_unit(record.price, factor))


def _whole_total(record: MarketRecord, parts: int, of: Commodity, factor: Decimal) -> int:
    """By the price as it was told, before it is brought to the own unit: 3 crates at 100,000 are 300,000."""
    assert record.price is not None
    if factor == 1:
        return total_of(_rupiah(record.price), parts, of.unit)
    return _rupiah(record.price * (record.quantity or 0))


def _given(record: MarketRecord, of: Commodity) -> str:
    price = f"Rp{record.total}" if record.price is None else f"@ Rp{record.price}"
    return f"{record.quantity} {record.unit or of.unit} {price}"[:_GIVEN_MOST]


def _millionths(value: Decimal) -> int:
    return int((value * _MILLION).to_integral_value(ROUND_HALF_UP))


def _fluctuation(value: Decimal) -> int | None:
    """A coefficient of variation; a number above 10 is none (an Excel date stands in some cells)."""
    return _millionths(value) if abs(value) <= 10 else None


def _drivers(names: str, values: str) -> tuple[tuple[str, int | None], ...]:
    """In one spelling; a number that cannot be read is none."""
    numbers = values.split("|") if values else []
    found = []
    for n, name in enumerate(part for part in names.split("|") if part.strip()):
        found.append((" ".join(name.split()).upper(), _driver(numbers[n]) if n < len(numbers) else None))
    return tuple(found)


def _driver(text: str) -> int | None:
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return _millionths(number) if number.is_finite() and abs(number) < _SHARE_MOST else None
