"""Absurd prices: the worked examples, and what is held and what is not."""

from __future__ import annotations

import math

import pytest

from data.domain.market.prices import CUTOFF, absurd, scale_of, score

PRICES = [11000, 11500, 12000, 12000, 12500, 12500, 13000, 1250, 125000]
LIKE = [12000, 11800, 12200, 12000, 12500, 11500, 12000, 12100, 11900, 12000]


def scores(values: list[float]) -> list[float]:
    scale = scale_of(values)
    return [round(score(value, scale), 2) for value in values]


def test_the_scores_of_the_worked_example():
    assert scale_of(PRICES).middle == 12000
    assert scores([float(price) for price in PRICES])[-3:] == [1.35, -14.50, 152.44]


def test_on_logarithms_ten_times_and_a_tenth_weigh_alike():
    *_, tenth, ten_times = scores([math.log(price) for price in PRICES])
    assert (tenth, ten_times) == (-35.85, 37.14)


def test_where_most_prices_are_the_same_the_mean_deviation_is_the_scale():
    assert scores([12000.0] * 6 + [12500.0, 9000.0])[-2:] == [0.91, -5.47]


def test_the_same_price_always_stands_out_nowhere_and_any_other_does():
    scale = scale_of([5.0, 5.0])
    assert score(5.0, scale) == 0
    assert score(6.0, scale) > CUTOFF
    assert score(4.0, scale) == -math.inf


@pytest.mark.parametrize(
    ("price", "code"),
    [
        (12_000_000, "market.price_slip_more"),
        (125_000, "market.price_slip_more"),
        (12, "market.price_slip_less"),
        (60_000, "market.price_absurd"),
        (0, "market.price_positive"),
        (6_000, None),  # a crash, or a buyer who presses: for the alarm, not for the review
        (20_000, None),
        (12_000, None),
    ],
)
def test_only_what_is_several_times_the_usual_price_is_held(price: int, code: str | None):
    why = absurd(price, LIKE, 10_000, 3.0)
    assert (why.code if why else None) == code


def test_a_slip_says_how_many_times():
    why = absurd(12_000_000, LIKE, 10_000, 3.0)
    assert why is not None
    assert (why.params["times"], why.params["usual"]) == (1000, 12_000)


@pytest.mark.parametrize(("price", "held"), [(9_000_000, True), (9, True), (40_000, False), (2_000, False)])
def test_without_sales_the_rough_price_says_what_is_a_slip(price: int, held: bool):
    assert (absurd(price, LIKE[:3], 10_000, 3.0) is not None) == held
