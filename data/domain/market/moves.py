"""The biggest moves of prices: how far a commodity's price is from that of its season, by a test that a few wild prices
do not move (Iglewicz and Hoaglin, on logarithms: a price doubled and a price halved weigh alike)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from data.domain.market.prices import CUTOFF, LEAST_SCALE, scale_of, score

SEASON = timedelta(days=90)
LEAST_DAYS = 10
"""With fewer days before it nobody knows what is usual."""
HELD_DAYS = 3
"""Two in three jumps of a day are gone after that: until then a move is told, and nobody is alarmed."""


@dataclass(frozen=True, slots=True)
class Move:
    """The last price of a commodity against its season."""

    commodity: str
    day: date
    price: int
    usual: int
    """The median of the season."""
    score: float
    """In standard deviations; negative: it fell."""
    held_days: int
    """For how many days on end, the last included, it has been as far on the same side."""

    @property
    def change(self) -> float:
        """As a share of the usual price."""
        return self.price / self.usual - 1

    @property
    def is_far(self) -> bool:
        """Whether it is more than the season's ups and downs."""
        return abs(self.score) > CUTOFF

    @property
    def is_confirmed(self) -> bool:
        """Whether it stayed."""
        return self.is_far and self.held_days >= HELD_DAYS


def move_of(commodity: str, prices: Mapping[date, int]) -> Move | None:
    """The move of the last day's price; None with too short a season. Days without a price are left out of `prices`."""
    days = sorted(day for day, price in prices.items() if price > 0)
    if not days:
        return None
    last = days[-1]
    season = [day for day in days if last - SEASON <= day <= last - timedelta(days=HELD_DAYS)]
    if len(season) < LEAST_DAYS:
        return None
    logs = [math.log(prices[day]) for day in season]
    usual = scale_of(logs, LEAST_SCALE)
    scores = [score(math.log(prices[day]), usual) for day in days]
    return Move(commodity, last, prices[last], round(math.exp(usual.middle)), scores[-1], _held(scores))


def biggest(moves: Sequence[Move]) -> list[Move]:
    """Those that are far, the confirmed and the farthest first."""
    far = [move for move in moves if move.is_far]
    return sorted(far, key=lambda move: (not move.is_confirmed, -abs(move.score), move.commodity))


def _held(scores: Sequence[float]) -> int:
    rises = scores[-1] > 0
    held = 0
    for each in reversed(scores):
        if abs(each) <= CUTOFF or (each > 0) is not rises:
            break
        held += 1
    return held
