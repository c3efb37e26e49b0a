"""The ladder of one commodity's prices, from producer to consumer, and the farmer's share in it.

Farmer's share = farm value / retail price, for the same quantity in the same form (USDA ERS, Price Spreads); the margin
is the difference. Where things spoil on their way more is bought than is sold; the farm value is of what was bought.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class NoComparison(StrEnum):
    """Why prices cannot be compared."""

    NO_PRODUCER_PRICE = "market_no_producer_price"
    NO_CONSUMER_PRICE = "market_no_consumer_price"
    NO_CONVERSION = "market_no_conversion"


@dataclass(frozen=True, slots=True)
class Rung:
    """A price at one level: the median of `n` prices, rupiah for one `unit`."""

    price: int
    unit: str
    n: int
    unit_size: Decimal | None
    """How much of the commodity's own unit it is (a kuintal is 100 kg); None: nobody has measured it."""

    @property
    def comparable(self) -> Fraction | None:
        """Rupiah for one of the commodity's own unit; None without a conversion."""
        return Fraction(self.price) / Fraction(self.unit_size) if self.unit_size else None


@dataclass(frozen=True, slots=True)
class Ladder:
    """What is known of the three levels; a level that is None has no price."""

    producer: Rung | None
    wholesale: Rung | None
    consumer: Rung | None
    bought_for_one_sold: Decimal = Decimal(1)
    """1.1 when 1.1 kg are bought for each kg that is sold."""

    @property
    def refusal(self) -> NoComparison | None:
        """Why there is no farmer's share; None when there is one."""
        if self.producer is None or not self.producer.price:
            return NoComparison.NO_PRODUCER_PRICE
        if self.consumer is None or not self.consumer.price:
            return NoComparison.NO_CONSUMER_PRICE
        if self.producer.comparable is None or self.consumer.comparable is None:
            return NoComparison.NO_CONVERSION
        return None

    @property
    def farmers_share(self) -> Fraction | None:
        """0 to 1, and more where the farmer gets more than the market asks; None with a `refusal`."""
        ends = self._ends()
        return ends[0] / ends[1] if ends else None

    @property
    def margin(self) -> Fraction | None:
        """What is paid between farmer and consumer, rupiah for one of the commodity's own unit."""
        ends = self._ends()
        return ends[1] - ends[0] if ends else None

    def _ends(self) -> tuple[Fraction, Fraction] | None:
        if self.producer is None or self.consumer is None or self.refusal is not None:
            return None
        farm, retail = self.producer.comparable, self.consumer.comparable
        return (farm * Fraction(self.bought_for_one_sold), retail) if farm is not None and retail is not None else None
