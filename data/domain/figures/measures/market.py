"""The figures of the market, of trades that count: of one commodity, or of all where money is added.

A trade counts unless it was taken back; a correction is a trade that was taken back and another one. Quantities of
different commodities are never added, and prices of different ones have no median.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.domain.figures.values import Amount, Count
from data.domain.market.ladder import Ladder

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TradeColumns:
    """Trades that count, an array a field."""

    quantity: Whole
    """Parts of the commodity's own unit: grams, millilitres, pieces."""
    price: Whole
    """Rupiah for one own unit."""
    total: Whole
    """Rupiah."""

    def of(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> TradeColumns:
        """Some of them."""
        return TradeColumns(self.quantity[rows], self.price[rows], self.total[rows])

    def __len__(self) -> int:
        return len(self.total)


def trades(of: TradeColumns) -> Sequence[Count]:
    """How many."""
    return (Count(len(of)),)


def sold_quantity(of: TradeColumns) -> Sequence[Amount]:
    """In parts; of one commodity."""
    return (Amount(int(of.quantity.sum()), len(of)),)


def sold_value(of: TradeColumns) -> Sequence[Amount]:
    """In rupiah."""
    return (Amount(int(of.total.sum()), len(of)),)


def median_price(of: TradeColumns) -> Sequence[Amount]:
    """Of one commodity, every trade with the same weight; half a rupiah is dropped."""
    return (Amount(int(np.median(of.price)) if len(of) else None, len(of)),)


def farmers_share(of: Ladder) -> Sequence[Amount]:
    """0 to 1; n: the trades or quotes behind the farmer's price. Without a conversion there is none."""
    share = of.farmers_share
    return (Amount(None if share is None else float(share), of.producer.n if of.producer else 0),)
