"""The floor, and who goes below it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from data.domain.market.floor import Alarm, Bought, Floor, FloorRule, Kind, Priced, below_floor, floor_of
from data.domain.market.floor import alarms as raised

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)
FLOORS = {"apel": Floor(8000, FloorRule.PRODUCTION_COST, 0)}
_ids = count(1)


def priced(price: int, **changes: object) -> Priced:
    values: dict[str, object] = {
        "kind": Kind.TRADE,
        "id": next(_ids),
        "at": NOON,
        "commodity": "apel",
        "price": price,
        "village": "Tulungrejo",
        "farmer": "T-1",
        "buyer": "P-1",
    }
    return Priced(**(values | changes))  # type: ignore[arg-type]


def alarms(prices: list[Priced], floors: dict[str, Floor]) -> list[Alarm]:
    theirs = [each for each in prices if each.buyer]
    n = Counter(str(each.buyer) for each in theirs if each.kind is Kind.TRADE)
    bought = {who: Bought(n[who], sum(it.total for it in theirs if it.buyer == who)) for who in n}
    bids = Counter(str(each.buyer) for each in theirs if each.kind is Kind.DEMAND)
    return raised(below_floor(prices, floors), bought, bids)


def only(found: list[Alarm]) -> Alarm:
    (alarm,) = found
    return alarm


@pytest.mark.parametrize(
    ("cost", "prices", "expected"),
    [
        (5000, [9000] * 9, Floor(5000, FloorRule.PRODUCTION_COST, 0)),
        (None, [9000, 10000, 11000, 12000, 90000], Floor(8800, FloorRule.SHARE_OF_MEDIAN, 5)),
        (None, [9000, 10000, 11000, 12000, 13000, 14000], Floor(9200, FloorRule.SHARE_OF_MEDIAN, 6)),
        (None, [9000] * 4, None),
        (0, [], None),
    ],
)
def test_the_floor_is_the_cost_or_a_share_of_the_median(cost: int | None, prices: list[int], expected: Floor | None):
    assert floor_of(cost, prices, 0.8) == expected


def test_a_price_at_the_floor_or_without_one_raises_nothing():
    assert alarms([priced(8000), priced(1, commodity="jeruk")], FLOORS) == []


def test_the_evidence_names_the_price_the_floor_and_the_village_the_lowest_first():
    low, lower = priced(7000), priced(4000, village="Punten", farmer="T-2")
    alarm = only(alarms([low, lower, priced(9000)], FLOORS))
    assert [(each.priced, float(each.share)) for each in alarm.evidence] == [(lower, 0.5), (low, 0.875)]
    assert (alarm.buyer, alarm.villages, alarm.farmers, alarm.n) == ("P-1", ("Punten", "Tulungrejo"), 2, 3)
    assert not alarm.presses_many


def test_one_buyer_who_presses_many_farmers_comes_first():
    many = [priced(5000, buyer="P-9", farmer=f"T-{n}") for n in range(3)]
    once = [priced(3000, buyer="P-2", farmer="T-8", at=NOON - timedelta(days=n)) for n in range(9)]
    found = alarms([*once, *many], FLOORS)
    assert [(alarm.buyer, alarm.presses_many) for alarm in found] == [("P-9", True), ("P-2", False)]


def test_who_buys_from_many_and_seldom_below_the_floor_presses_nobody():
    trades = [priced(5000 if n < 3 else 9000, farmer=f"T-{n}") for n in range(10)]
    assert not only(alarms(trades, FLOORS)).presses_many


def test_fine_bids_of_which_nothing_comes_hide_no_pressing():
    low = [priced(5000, farmer=f"T-{n}") for n in range(3)]
    bids = [priced(12_000, kind=Kind.DEMAND, farmer=None) for _ in range(20)]
    alarm = only(alarms([*low, *bids], FLOORS))
    assert (alarm.presses_many, alarm.n, alarm.bought) == (True, 23, 3)


@pytest.mark.parametrize("fine", [[12] * 7, [40_000_000]])
def test_neither_tiny_lots_nor_a_single_large_one_at_a_fine_price_hide_pressing(fine: list[int]):
    low = [priced(5000, farmer=f"T-{n}", total=500_000) for n in range(3)]
    assert only(alarms([*low, *(priced(12_000, total=paid) for paid in fine)], FLOORS)).presses_many
    both = [priced(12_000, total=700_000) for _ in range(4)]
    assert not only(alarms([*low, *both], FLOORS)).presses_many


def test_offers_without_a_buyer_are_told_by_village():
    offers = [priced(6000, kind=Kind.OFFER, buyer=None, village=name) for name in ("Punten", "Sisir", "Punten")]
    assert [(alarm.villages, len(alarm.evidence), alarm.presses_many) for alarm in alarms(offers, FLOORS)] == [
        (("Punten",), 2, False),
        (("Sisir",), 1, False),
    ]
