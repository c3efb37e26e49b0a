"""The nouns of Among Tani: what is grown, who sells and buys it, and what became of it.

Money is whole rupiah. A quantity is a whole number of *parts*, the smallest amount of its commodity: grams, millilitres
or pieces. A price is rupiah for one of the commodity's own unit (kg, liter, ikat, pot).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

from data.domain.market.units import Conversion


class Level(StrEnum):
    """At which step of the chain a price is paid, as the national tables number them: 1, 2, 3."""

    PRODUCER = "producer"
    WHOLESALE = "wholesale"
    CONSUMER = "consumer"


class Side(StrEnum):
    """On which side somebody stands."""

    FARMER = "farmer"
    BUYER = "buyer"


class Grade(StrEnum):
    """How good it is. Whoever asks for B takes A too."""

    A = "A"
    B = "B"
    C = "C"

    def satisfies(self, least: Grade) -> bool:
        """Whether it is at least so good."""
        return self.value <= least.value


class ListingState(StrEnum):
    """Of an offer or a demand."""

    OPEN = "open"
    """Something of it is left, or reserved in a deal that may still fail."""
    DONE = "done"
    """All of it was handed over."""
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """Its time was over."""


class DealState(StrEnum):
    """Of a deal; see `data.domain.market.deals`."""

    OFFERED = "offered"
    """Proposed by one side or by the market officer; nothing is kept back for it."""
    RESERVED = "reserved"
    """The quantity is kept back for this buyer; the other side has not agreed yet."""
    AGREED = "agreed"
    """Both have agreed: from here on each knows the other's telephone."""
    HANDED_OVER = "handed_over"
    PAID = "paid"
    DISPUTED = "disputed"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


OPEN_DEALS = frozenset(
    {DealState.OFFERED, DealState.RESERVED, DealState.AGREED, DealState.HANDED_OVER, DealState.DISPUTED}
)
HOLDING = frozenset({DealState.RESERVED, DealState.AGREED, DealState.HANDED_OVER, DealState.DISPUTED, DealState.PAID})
"""States in which the quantity is not free for others."""
KNOWN_TO_EACH_OTHER = frozenset({DealState.AGREED, DealState.HANDED_OVER, DealState.PAID, DealState.DISPUTED})
"""States in which each side is shown the other's name and telephone."""


@dataclass(frozen=True, slots=True)
class ReferenceBand:
    """What a regulation gives as the price at one level (HAP): a band with two ends, from a day on."""

    level: Level
    low: int
    high: int
    regulation: str
    since: date


@dataclass(frozen=True, slots=True)
class ProductionCost:
    """What it costs a farmer to grow one unit, from a day on, and who says so."""

    rupiah: int
    source: str
    since: date


@dataclass(frozen=True, slots=True)
class Commodity:
    """What is grown here."""

    code: str
    name: Mapping[str, str]
    """By language."""
    group: str
    """fruit, vegetable, flower or livestock."""
    unit: str
    """Its own unit: prices are rupiah for one of it."""
    keeps_days: int
    """How long after the harvest it can be sold."""
    usual: int
    """A rough price at the farm: what the first prices are held against while nothing was sold. No reference."""
    words: tuple[str, ...] = ()
    """Other names, in small letters: of outside tables ('cabai rawit merah'), of feeds and of people."""
    conversions: tuple[Conversion, ...] = ()
    """Of units without a fixed size, as measured here."""
    costs: tuple[ProductionCost, ...] = ()
    """Oldest first; empty: not known."""
    bands: tuple[ReferenceBand, ...] = ()
    """Empty: there is no reference."""
    months: tuple[int, ...] = ()
    """In which it is mostly harvested, 1 to 12; empty: all year."""

    def cost_on(self, day: date) -> int | None:
        """The production cost of one unit that is known for this day."""
        return next((it.rupiah for it in reversed(self.costs) if it.since <= day), None)


@dataclass(frozen=True)
class Market:
    """What the rules of the market know besides the store."""

    commodities: Mapping[str, Commodity] = field(default_factory=dict)
    floor_share: float = 0.8
    """Of the 14 days' median: below it a price is no fair one, where no production cost is known."""
    absurd_factor: float = 3.0
    """A price is held for review when it stands out and is so many times the usual one, or so small a part of it."""
    reserve: timedelta = timedelta(hours=24)
    """So long a quantity is kept back until the other side agrees."""
    hand_over: timedelta = timedelta(days=3)
    """So long after both agreed it must be handed over."""
    pay: timedelta = timedelta(days=7)
    """So long after it was handed over it should be paid."""
    offer_days: int = 14
    """An offer lapses after so many days, or earlier where its goods do not keep so long."""

    def named(self, text: str) -> Commodity | None:
        """The commodity of this code, name or other name, in any case."""
        return self._by_name.get(" ".join(text.split()).casefold())

    @cached_property
    def _by_name(self) -> Mapping[str, Commodity]:
        """A code before a name, a name before another name."""
        found: dict[str, Commodity] = {}
        every = self.commodities.values()
        for names in (
            lambda it: (it.code, it.code.replace("_", " ")),
            lambda it: tuple(it.name.values()),
            lambda it: it.words,
        ):
            for it in every:
                for name in names(it):
                    found.setdefault(name.casefold(), it)
        return found


@dataclass(frozen=True, slots=True)
class Party:
    """A farmer or a buyer. Walls show `code` and village, never who it is."""

    id: int
    side: Side
    code: str
    village: str | None
    name: str | None = None
    phone: str | None = None


Farmer = Party
"""A Party whose side is FARMER."""
Buyer = Party
"""A Party whose side is BUYER."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a farmer has to sell ('lapak')."""

    id: int
    code: str
    farmer: int
    commodity: str
    grade: Grade
    quantity: int
    remaining: int
    """Neither handed over nor kept back for a deal."""
    price: int
    village: str | None
    state: ListingState
    at: datetime
    ready_at: datetime
    """When it is, or was, harvested."""
    expires_at: datetime
    version: int = 0


@dataclass(frozen=True, slots=True)
class Demand:
    """What a buyer wants."""

    id: int
    code: str
    buyer: int
    commodity: str
    grade: Grade
    """At least."""
    quantity: int
    remaining: int
    price: int
    """At most."""
    village: str | None
    """Where to."""
    state: ListingState
    at: datetime
    expires_at: datetime
    version: int = 0


@dataclass(frozen=True, slots=True)
class Deal:
    """An offer and a buyer, about a part of the offer or all of it."""

    id: int
    code: str
    offer: int
    demand: int | None
    farmer: int
    buyer: int
    commodity: str
    quantity: int
    price: int
    total: int
    state: DealState
    at: datetime
    due_at: datetime | None
    """When it lapses, or is late, in this state; None: never."""
    version: int = 0
