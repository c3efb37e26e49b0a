"""The farmer's share: the published examples, and when it is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from data.domain.market.ladder import Ladder, NoComparison, Rung


def kilo(price: int) -> Rung:
    return Rung(price, "kg", 5, Decimal(1))


@pytest.mark.parametrize(
    ("farm", "retail", "percent", "margin"),
    [
        (200, 400, "50.00", 200),  # USDA ERS, cents
        (150, 350, "42.86", 200),  # the same after both fell by 50 cents: 43 %
        (2000, 4600, "43.48", 2600),  # tomato, Pangandaran 2022
        (21000, 50000, "42.00", 29000),  # chilli, Central Java 2017
    ],
)
def test_the_published_shares_come_out(farm: int, retail: int, percent: str, margin: int):
    ladder = Ladder(kilo(farm), None, kilo(retail))
    assert ladder.farmers_share is not None
    assert f"{float(ladder.farmers_share) * 100:.2f}" == percent
    assert ladder.margin == margin
    assert ladder.refusal is None


def test_what_spoils_on_its_way_is_bought_too():
    assert Ladder(kilo(2000), None, kilo(4400), Decimal("1.1")).farmers_share == Fraction(1, 2)


def test_a_price_for_a_kuintal_is_compared_with_one_for_a_kilogram():
    assert Ladder(Rung(200_000, "kuintal", 3, Decimal(100)), None, kilo(4000)).farmers_share == Fraction(1, 2)


@pytest.mark.parametrize(
    ("producer", "consumer", "why"),
    [
        (None, kilo(4000), NoComparison.NO_PRODUCER_PRICE),
        (kilo(0), kilo(4000), NoComparison.NO_PRODUCER_PRICE),
        (kilo(2000), None, NoComparison.NO_CONSUMER_PRICE),
        (Rung(15_000, "ikat", 4, None), kilo(4000), NoComparison.NO_CONVERSION),
        (kilo(2000), Rung(90_000, "peti", 2, None), NoComparison.NO_CONVERSION),
    ],
)
def test_without_a_price_or_a_conversion_there_is_no_share(
    producer: Rung | None, consumer: Rung | None, why: NoComparison
):
    ladder = Ladder(producer, None, consumer)
    assert (ladder.refusal, ladder.farmers_share, ladder.margin) == (why, None, None)
