"""What a source tells of the market, understood: commodities by code, quantities in parts, prices for the own unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from data.domain.market.nouns import Grade, Level, Side
from data.domain.reasons import Reason


class Became(StrEnum):
    """What a record became."""

    NEW = "new"
    UPDATED = "updated"
    SAME = "same"
    HELD = "held"
    """For review, or until the offer comes that it is about."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome of one record."""

    became: Became
    code: str | None = None
    reason: Reason | None = None
    """Of HELD."""
    waits_for: str | None = None
    """Of HELD: the offer's id at the source."""


@dataclass(frozen=True, slots=True)
class PartyTold:
    """A farmer or a buyer, as far as the source tells."""

    side: Side
    external_id: str
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    village: str | None = None
    device_id: str | None = None
    lang: str | None = None
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class ListingTold:
    """An offer or a demand."""

    external_id: str
    at: datetime
    party: PartyTold
    commodity: str
    grade: Grade
    quantity: int
    price: int
    given: str
    """As it was told, in words: frozen."""
    village: str | None
    expires_at: datetime
    ready_at: datetime
    """Of an offer: when it is harvested."""
    told_at: datetime | None = None
    withdrawn: bool = False
    photo: str | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class TradeTold:
    """Something that was sold, or was not after all (`cancelled`)."""

    external_id: str
    at: datetime
    commodity: str
    quantity: int
    price: int
    total: int
    given: str
    grade: Grade | None = None
    offer: str | None = None
    """Its id at the source."""
    farmer: PartyTold | None = None
    buyer: PartyTold | None = None
    village: str | None = None
    told_at: datetime | None = None
    cancelled: bool = False
    demo: bool = False


@dataclass(frozen=True, slots=True)
class QuoteTold:
    """A price that somebody asked or published."""

    external_id: str
    at: datetime
    day: date
    commodity: str | None
    item: str
    place: str
    level: Level
    price: int
    unit: str
    demo: bool = False


@dataclass(frozen=True, slots=True)
class IndexTold:
    """The price index of a week of a month."""

    external_id: str
    at: datetime
    year: int
    month: int
    week: int
    change: int
    """Millionths of a percent."""
    drivers: tuple[tuple[str, int | None], ...]
    most_moved: str | None
    moved: int | None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class PlanTold:
    """What a farmer expects to harvest."""

    external_id: str
    at: datetime
    farmer: PartyTold
    commodity: str
    village: str | None
    quantity: int
    first_day: date
    last_day: date
    told_at: datetime | None = None
    demo: bool = False


Told = ListingTold | TradeTold | QuoteTold | IndexTold | PlanTold
