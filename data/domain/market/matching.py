"""Unsold offers against open demands, solved as a transport problem: minimum-cost flow, one commodity at a time.

An arc stands only where grade, price, distance and days left allow the trade. What flows along it gains the buyer's bid
over the farmer's price, less the transport, and more where the harvest spoils soon; nothing flows at a loss, so each
proposal is worth making. The optimum is exact: keeping each offer's best arcs only would lose a sixth of it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from data.domain.distances import distances_m

ROAD_OVER_AIR = 1.4
"""Roads in the hills against the line through the air."""
RIPE_DAYS = 3.0
"""With fewer days left than these a harvest comes first .."""
RIPE_BONUS = 0.10
""".. by up to this share of its price."""
KM_A_DAY = 400.0
"""How far a load goes in a day."""


@dataclass(frozen=True, slots=True)
class Supply:
    """What is left of an offer."""

    id: int
    commodity: str
    grade: int
    """1 is the best."""
    quantity: int
    """In the smallest unit of the commodity: grams or pieces."""
    ask: int
    """Rupiah for one of the commodity's own unit, at least."""
    place: tuple[float, float] | None
    """Latitude and longitude; None: unknown."""
    days_left: float
    """Until it spoils."""
    ready_in: float = 0.0
    """Days until it is harvested."""


@dataclass(frozen=True, slots=True)
class Want:
    """What is left of a demand."""

    id: int
    commodity: str
    grade: int
    """The worst that is taken."""
    quantity: int
    bid: int
    """At most."""
    place: tuple[float, float] | None
    days_left: float
    """Until it is no longer wanted."""


Side = TypeVar("Side", Supply, Want)


@dataclass(frozen=True, slots=True)
class Costs:
    """What transport costs."""

    rupiah_per_km: float = 15.0
    """For one of the commodity's own unit, such as a kilogram."""
    unknown_km: float = 10.0
    """Where a place is not known."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A trade to be confirmed by people, with its reason."""

    supply: int
    want: int
    quantity: int
    gain: int
    """The bid over the ask, for one of the commodity's own unit; it is shared by both."""
    km: float
    days_left: float
    """Of the harvest."""
    leftover: int
    """What the demand still lacks when all its proposals are accepted."""


@dataclass(frozen=True, slots=True)
class Arcs:
    """Which supply may go to which want, and what a part of it costs: less than nothing, or there is no arc."""

    supply: NDArray[np.int64]
    want: NDArray[np.int64]
    cost: NDArray[np.int64]
    km: NDArray[np.float64]


Whole = NDArray[np.int64]
Solver = Callable[[Whole, Whole, Arcs], Whole]
"""(parts offered by each supply, parts wanted by each want, arcs) -> parts on each arc, at the least cost. Nothing must
flow: what costs nothing stays where it is."""


def propose(
    supplies: Sequence[Supply],
    wants: Sequence[Want],
    solve: Solver,
    costs: Costs = Costs(),
    *,
    refused: Collection[tuple[int, int]] = (),
) -> list[Proposal]:
    """The best set of trades, by commodity, then the one that spoils first. Equal inputs give equal proposals.

    refused: pairs (supply, want) that are none.
    """
    of_supply, of_want = _by_commodity(supplies), _by_commodity(wants)
    found: list[Proposal] = []
    for commodity in sorted(of_supply.keys() & of_want.keys()):
        here, there = of_supply[commodity], of_want[commodity]
        found += _of_commodity(here, there, _without(_arcs(here, there, costs), here, there, refused), solve)
    return found


def _without(
    arcs: Arcs, supplies: Sequence[Supply], wants: Sequence[Want], refused: Collection[tuple[int, int]]
) -> Arcs:
    if not refused:
        return arcs
    pairs = zip(arcs.supply.tolist(), arcs.want.tolist(), strict=True)
    kept = np.array([(supplies[one].id, wants[other].id) not in refused for one, other in pairs], dtype=np.bool_)
    return Arcs(arcs.supply[kept], arcs.want[kept], arcs.cost[kept], arcs.km[kept])


def _by_commodity(each: Sequence[Side]) -> dict[str, list[Side]]:
    groups: dict[str, list[Side]] = defaultdict(list)
    for one in sorted(each, key=lambda one: one.id):
        if one.quantity > 0:
            groups[one.commodity].append(one)
    return groups


def _of_commodity(supplies: Sequence[Supply], wants: Sequence[Want], arcs: Arcs, solve: Solver) -> list[Proposal]:
    if not len(arcs.cost):
        return []
    offered, wanted = (np.array([each.quantity for each in side], dtype=np.int64) for side in (supplies, wants))
    flow = solve(offered, wanted, arcs)
    taken = np.bincount(arcs.want, weights=flow, minlength=len(wants)).astype(np.int64)
    proposals = list(_proposals(supplies, wants, arcs, flow, taken))
    return sorted(proposals, key=lambda each: (each.days_left, each.supply, each.want))


def _arcs(supplies: Sequence[Supply], wants: Sequence[Want], costs: Costs) -> Arcs:
    """Those that grade, price and time allow, and that gain something."""
    ask, grade, left, ready = (
        np.array([getattr(s, name) for s in supplies]) for name in ("ask", "grade", "days_left", "ready_in")
    )
    bid, worst, window = (np.array([getattr(w, name) for w in wants]) for name in ("bid", "grade", "days_left"))
    km = _distances([s.place for s in supplies], [w.place for w in wants], costs.unknown_km)
    transit = km / KM_A_DAY
    fits = (
        (grade[:, None] <= worst)
        & (ask[:, None] <= bid)
        & (left[:, None] > transit)
        & (window > transit + ready[:, None])
    )
    ripe = ask * RIPE_BONUS * np.clip(1 - left / RIPE_DAYS, 0, 1)
    cost = np.rint(km * costs.rupiah_per_km - (bid - ask[:, None]) - ripe[:, None]).astype(np.int64)
    rows, columns = np.nonzero(fits & (cost < 0))
    return Arcs(rows, columns, cost[rows, columns], km[rows, columns])


def _distances(
    one: Sequence[tuple[float, float] | None], other: Sequence[tuple[float, float] | None], unknown_km: float
) -> NDArray[np.float64]:
    """Kilometers by road between each and each."""
    here, there = (np.array([each or (math.nan, math.nan) for each in places]) for places in (one, other))
    km = distances_m(here[:, None, 0], here[:, None, 1], there[:, 0], there[:, 1]) / 1000 * ROAD_OVER_AIR
    return np.where(np.isnan(km), unknown_km, km)


def _proposals(
    supplies: Sequence[Supply],
    wants: Sequence[Want],
    arcs: Arcs,
    flow: NDArray[np.int64],
    taken: NDArray[np.int64],
) -> Iterator[Proposal]:
    for place in np.flatnonzero(flow):
        supply, want = supplies[arcs.supply[place]], wants[arcs.want[place]]
        yield Proposal(
            supply.id,
            want.id,
            int(flow[place]),
            want.bid - supply.ask,
            round(float(arcs.km[place]), 1),
            supply.days_left,
            want.quantity - int(taken[arcs.want[place]]),
        )
