"""Absurd prices: which are held for review, and why. On logarithms, so that ten times and a tenth weigh alike.

The score is that of Iglewicz and Hoaglin, 0.6745 (x - median) / MAD, and (x - median) / (1.253314 mean deviation) where
more than half of the prices are the same. A price that stands out is none of a slip by itself: a crash halves prices.
Held is what stands out and is several times the usual price, or as small a part of it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from statistics import fmean, median
from typing import NamedTuple

from data.domain.reasons import Reason, reason

CUTOFF = 3.5
ENOUGH = 8
"""Prices from which on they say what is usual."""
WINDOW = 60
"""The last so many prices are usual."""
LEAST_SCALE = 0.03
"""Of the logarithm: most prices do not change from one day to the next, and 3 % is no news."""
_NEAR = 0.16
"""How near to a power of ten the ratio of a slip of units is, in powers of ten: 10 is 6.9 to 14.5."""
_SCALE, _MEAN_SCALE = 0.6745, 1.253314


class Scale(NamedTuple):
    """What is usual: the median, and the spread around it as the score divides by it."""

    middle: float
    spread: float


def scale_of(values: Sequence[float], least: float = 0.0) -> Scale:
    """Of at least one value. A spread of 0: all of them are the same, and nothing can be said."""
    middle = median(values)
    away = [abs(value - middle) for value in values]
    spread = median(away) / _SCALE or _MEAN_SCALE * fmean(away)
    return Scale(middle, max(spread, least))


def score(value: float, scale: Scale) -> float:
    """How far it stands out; beyond CUTOFF it does. Infinite where all others are the same and it is not."""
    away = value - scale.middle
    if scale.spread == 0:
        return math.copysign(math.inf, away) if away else 0.0
    return away / scale.spread


def absurd(price: int, before: Collection[int], usual: int, factor: float) -> Reason | None:
    """Why this price is held; None: it is believed. `before`: prices of the same good at the same level, in order.

    `usual`: a rough price, by which it is judged until there are ENOUGH.
    """
    if price <= 0:
        return reason("market.price_positive", price=price)
    if len(before) < ENOUGH:
        return _why(price, usual, max(factor, 10.0 ** (1 - _NEAR)))
    scale = scale_of([math.log(each) for each in tuple(before)[-WINDOW:]], LEAST_SCALE)
    stands_out = abs(score(math.log(price), scale)) > CUTOFF
    return _why(price, round(math.exp(scale.middle)), factor) if stands_out else None


def _why(price: int, middle: int, factor: float) -> Reason | None:
    ratio = price / middle
    if 1 / factor < ratio < factor:
        return None
    powers = math.log10(ratio)
    told = {"price": price, "usual": middle}
    if round(powers) != 0 and abs(powers - round(powers)) <= _NEAR:
        times = 10 ** abs(round(powers))
        if powers > 0:
            return reason("market.price_slip_more", times=times, **told)
        return reason("market.price_slip_less", times=times, **told)
    return reason("market.price_absurd", **told)
