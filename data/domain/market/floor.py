"""The fair-price alarm: what was offered, bid or paid below the floor, by whom and in which village."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

WINDOW = timedelta(days=14)
"""Of the trades that the median is of, and of the evidence against a buyer."""
LEAST_TRADES = 5
"""With fewer trades a median is no floor."""
PRESSED_FARMERS = 3
"""From so many farmers on a buyer presses many."""
PRESSED_SHARE = Fraction(1, 2)
"""And at least this share of his trades, or of the rupiah that he paid, was below the floor: one who buys much meets a
bad price now and then. Small lots at a fine price, or one large one, hide nothing."""


class FloorRule(StrEnum):
    """Where a floor comes from."""

    PRODUCTION_COST = "production_cost"
    SHARE_OF_MEDIAN = "share_of_median"


@dataclass(frozen=True, slots=True)
class Floor:
    """The least fair price, rupiah for one of the commodity's own unit."""

    price: int
    rule: FloorRule
    n: int
    """Of how many trades the median is; 0 by production cost."""


class Kind(StrEnum):
    """What has the price."""

    TRADE = "trade"
    OFFER = "offer"
    DEMAND = "demand"


@dataclass(frozen=True, slots=True)
class Priced:
    """A price that somebody asked, bid or paid."""

    kind: Kind
    id: int
    at: datetime
    commodity: str
    price: int
    """Rupiah for one of the commodity's own unit."""
    village: str | None
    farmer: str | None
    buyer: str | None
    total: int = 0
    """Rupiah paid for all of it; 0 of what is not sold."""


class Bought(NamedTuple):
    """All that one buyer bought, at whatever price."""

    n: int
    rupiah: int


@dataclass(frozen=True, slots=True)
class BelowFloor:
    """One piece of evidence."""

    priced: Priced
    floor: Floor

    @property
    def share(self) -> Fraction:
        """The price as a share of the floor, below 1."""
        return Fraction(self.priced.price, self.floor.price)


@dataclass(frozen=True, slots=True)
class Alarm:
    """What one buyer did in the window; or, without a buyer, what one village was offered or asked."""

    buyer: str | None
    villages: tuple[str, ...]
    """Where, in alphabetical order."""
    farmers: int
    """How many met it."""
    n: int
    """All his trades and bids, at whatever price."""
    bought: int
    """His trades alone."""
    evidence: tuple[BelowFloor, ...]
    """The lowest first."""
    spent: int = 0
    """Rupiah for his trades."""

    @property
    def presses_many(self) -> bool:
        """Whether it is a buyer who presses many farmers, not one bad price. Bids at a fine price, of which nothing
        comes, make it no better."""
        trades = [each.priced for each in self.evidence if each.priced.kind is Kind.TRADE]
        paid = sum(each.total for each in trades)
        shares = (Fraction(len(trades), max(self.bought, len(trades), 1)), Fraction(paid, max(self.spent, paid, 1)))
        return self.buyer is not None and self.farmers >= PRESSED_FARMERS and max(shares) >= PRESSED_SHARE


def floor_of(production_cost: int | None, trade_prices: Sequence[int], share: float) -> Floor | None:
    """The production cost where it is known, else this share of the median of the window's trades; None: neither."""
    if production_cost:
        return Floor(production_cost, FloorRule.PRODUCTION_COST, 0)
    if len(trade_prices) < LEAST_TRADES:
        return None
    ordered, half = sorted(trade_prices), len(trade_prices) // 2
    twice = ordered[half] + ordered[-half - 1]
    return Floor(int(Fraction(str(share)) * twice / 2), FloorRule.SHARE_OF_MEDIAN, len(ordered))


def below_floor(priced: Iterable[Priced], floors: Mapping[str, Floor]) -> list[BelowFloor]:
    """The evidence: those whose commodity has a floor that is above their price."""
    floored = ((each, floors.get(each.commodity)) for each in priced)
    return [BelowFloor(each, floor) for each, floor in floored if floor is not None and each.price < floor.price]


def alarms(evidence: Iterable[BelowFloor], bought: Mapping[str, Bought], bids: Mapping[str, int]) -> list[Alarm]:
    """One for each buyer, and one for each village where no buyer is known.

    bought, bids: what each buyer bought, and how many prices he bids, in all. Buyers who press many farmers come first,
    then those who met the most.
    """
    groups: dict[tuple[str | None, str | None], list[BelowFloor]] = defaultdict(list)
    for each in evidence:
        of = each.priced
        groups[(of.buyer, None) if of.buyer else (None, of.village)].append(each)
    raised = [
        _alarm(buyer, below, bought.get(buyer or "", Bought(0, 0)), bids.get(buyer or "", 0))
        for (buyer, _), below in groups.items()
    ]
    return sorted(raised, key=lambda it: (not it.presses_many, -it.farmers, -len(it.evidence), it.buyer or ""))


def _alarm(buyer: str | None, below: Sequence[BelowFloor], bought: Bought, bids: int) -> Alarm:
    villages = sorted({each.priced.village for each in below if each.priced.village})
    farmers = len({each.priced.farmer for each in below if each.priced.farmer})
    evidence = tuple(sorted(below, key=lambda each: (each.share, each.priced.at, each.priced.id)))
    return Alarm(buyer, tuple(villages), farmers, max(bought.n + bids, len(below)), bought.n, evidence, bought.rupiah)
