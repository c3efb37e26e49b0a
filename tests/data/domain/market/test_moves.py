"""Which moves of prices are more than the season's ups and downs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from data.domain.market.moves import Move, biggest, move_of
from data.domain.market.prices import CUTOFF

LAST = date(2026, 11, 24)


def season(last: list[int], usual: list[int] | None = None) -> dict[date, int]:
    """Thirty days, of which the last ones are `last`."""
    before = usual or [12000, 12500, 11500]
    prices = [before[n % len(before)] for n in range(30 - len(last))] + last
    return {LAST - timedelta(days=29 - n): price for n, price in enumerate(prices)}


def move(last: list[int], usual: list[int] | None = None) -> Move:
    found = move_of("apel", season(last, usual))
    assert found is not None
    return found


def test_half_a_price_is_a_move_and_stays_one_when_it_holds():
    one, three = move([6000]), move([6000, 6100, 6000])
    assert (one.is_far, one.is_confirmed, one.held_days) == (True, False, 1)
    assert (three.is_far, three.is_confirmed, three.held_days) == (True, True, 3)
    assert (three.usual, three.change) == (12000, -0.5)


def test_a_jump_back_begins_anew():
    assert move([24000, 6000]).held_days == 1


@pytest.mark.parametrize("price", [12000, 12600, 11400])
def test_the_seasons_own_ups_and_downs_are_no_move(price: int):
    assert not move([price]).is_far


def test_a_price_that_never_changed_has_a_scale_all_the_same():
    assert not move([12500], [12000]).is_far
    assert move([14000], [12000]).score > CUTOFF


def test_a_short_season_tells_nothing_and_a_zero_is_no_price():
    assert move_of("apel", {LAST - timedelta(days=n): 12000 for n in range(9)}) is None
    assert move_of("apel", {LAST: 0}) is None
    assert move([0]).day == LAST - timedelta(days=1)


def test_the_biggest_are_the_confirmed_then_the_farthest():
    moves = [move([6000]), move([12000]), move([9000, 9000, 9000]), move([30000])]
    assert [each.price for each in biggest(moves)] == [9000, 30000, 6000]
