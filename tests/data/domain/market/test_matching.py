"""The proposals: what may be traded, that they are the best, and that they are the same each time."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from data.domain.market import matching
from data.domain.market.matching import Costs, Proposal, Supply, Want
from data.store.queries.market.min_cost_flow import min_cost_flow

PUNTEN, SISIR = (-7.8337, 112.5218), (-7.8716, 112.5263)
FREE, USUAL = Costs(rupiah_per_km=0.0), Costs()


def propose(offers: list[Supply], demands: list[Want], costs: Costs = USUAL) -> list[Proposal]:
    return matching.propose(offers, demands, min_cost_flow, costs)


def offer(id_: int = 1, **changes: object) -> Supply:
    values: dict[str, object] = {
        "id": id_,
        "commodity": "apel",
        "grade": 2,
        "quantity": 100_000,
        "ask": 8000,
        "place": PUNTEN,
        "days_left": 6.0,
    }
    return Supply(**(values | changes))  # type: ignore[arg-type]


def demand(id_: int = 1, **changes: object) -> Want:
    values: dict[str, object] = {
        "id": id_,
        "commodity": "apel",
        "grade": 2,
        "quantity": 60_000,
        "bid": 9000,
        "place": SISIR,
        "days_left": 3.0,
    }
    return Want(**(values | changes))  # type: ignore[arg-type]


def test_a_proposal_tells_its_reason():
    (found,) = propose([offer()], [demand()])
    assert found == Proposal(1, 1, 60_000, 1000, found.km, 6.0, 0)
    assert 4 < found.km < 8


def test_nothing_is_proposed_that_grade_price_time_or_transport_forbid():
    refused = [
        [offer(grade=3)],
        [offer(ask=9001)],
        [offer(days_left=0.0)],
        [offer(commodity="jeruk")],
        [offer(quantity=0)],
        [offer(ask=8999)],
    ]
    assert [propose(offers, [demand()]) for offers in refused] == [[]] * len(refused)


def test_one_offer_is_parted_and_one_demand_is_filled_by_several():
    found = propose([offer(1), offer(2)], [demand(1, quantity=150_000), demand(2, quantity=80_000, bid=8500)])
    taken = {want: sum(each.quantity for each in found if each.want == want) for want in (1, 2)}
    assert taken == {1: 150_000, 2: 50_000}
    assert {each.leftover for each in found if each.want == 2} == {30_000}


def test_what_spoils_first_is_sold_first():
    fresh, ripe = offer(1, quantity=60_000), offer(2, quantity=60_000, days_left=0.5)
    assert [each.supply for each in propose([fresh, ripe], [demand()])] == [2]


def test_an_unknown_place_is_taken_as_far():
    (found,) = propose([offer(place=None)], [demand()])
    assert found.km == Costs().unknown_km


sides = st.tuples(st.integers(1, 3), st.integers(1, 4), st.sampled_from([100, 120, 150, 180]))


@settings(max_examples=60, deadline=None)
@given(st.lists(sides, max_size=3), st.lists(sides, max_size=3))
def test_no_other_set_of_trades_gains_more(offered: list[tuple[int, int, int]], wanted: list[tuple[int, int, int]]):
    offers = [offer(n, grade=g, quantity=q, ask=p) for n, (g, q, p) in enumerate(offered)]
    demands = [demand(n, grade=g, quantity=q, bid=p) for n, (g, q, p) in enumerate(wanted)]
    found = propose(offers, demands, FREE)
    assert found == propose(offers[::-1], demands[::-1], FREE)
    assert sum(each.gain * each.quantity for each in found) == _best(offers, demands)


def _best(offers: list[Supply], demands: list[Want]) -> int:
    """By trying every way, a piece at a time."""
    pieces = [each for each in offers for _ in range(each.quantity)]
    return _most(pieces, tuple(each.quantity for each in demands), demands, {})


def _most(pieces: list[Supply], left: tuple[int, ...], demands: list[Want], known: dict[object, int]) -> int:
    if not pieces:
        return 0
    key = (len(pieces), left)
    if key not in known:
        one, rest = pieces[0], pieces[1:]
        ways = [_most(rest, left, demands, known)]
        for place, want in enumerate(demands):
            if left[place] and one.grade <= want.grade and one.ask < want.bid:
                fewer = (*left[:place], left[place] - 1, *left[place + 1 :])
                ways.append(want.bid - one.ask + _most(rest, fewer, demands, known))
        known[key] = max(ways)
    return known[key]
