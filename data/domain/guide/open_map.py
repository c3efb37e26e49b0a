"""The open map: what everybody may see of reports. No text, no photo, no code, no exact place, no hour.

The squares are fixed, so that the reports of a place cannot be averaged into its true position. Where a report may
stand before somebody's home only the number of its village is told, and a number below five is told as '<5'.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from data.domain.cases.model import CaseState

LAT_STEP, LON_STEP = 0.0009, 0.00091
"""About 100 m, in degrees at the city's latitude."""
FEW = 5
SHOWN: Mapping[CaseState, str] = {
    CaseState.DISPATCHED: "forwarded",
    CaseState.ACKNOWLEDGED: "working",
    CaseState.IN_PROGRESS: "working",
    CaseState.WAITING: "waiting",
    CaseState.RESOLVED: "done",
    CaseState.CLOSED: "done",
}
"""The states that are shown, in the words of the status page (`portal.state`). What nobody has checked yet, and what
was refused or joined to another, is not."""


class Square(NamedTuple):
    """The middle of a square of the grid."""

    lat: float
    lon: float


class OpenCase(NamedTuple):
    """A report as everybody may see it."""

    category: str
    state: str
    received: date
    solved: date | None
    square: Square


class VillageCount(NamedTuple):
    """How many reports of a category a village has in a state."""

    village: str
    category: str
    state: str
    """open or done."""
    n: int | None
    """None: fewer than five."""


@dataclass(frozen=True, slots=True)
class OpenMap:
    """What the map and its list show: what is dealt with, then what is solved, each the newest first."""

    cases: tuple[OpenCase, ...] = ()
    villages: tuple[VillageCount, ...] = ()


def square_of(lat: float, lon: float) -> Square:
    """The middle of the square in which a position lies."""

    def middle(value: float, step: float) -> float:
        return round((math.floor(value / step) + 0.5) * step, 6)

    return Square(middle(lat, LAT_STEP), middle(lon, LON_STEP))


def counted(found: Iterable[tuple[str, str, str]]) -> tuple[VillageCount, ...]:
    """From (village, category, state) of each report; where none is there is no row, which is not '<5'."""
    return tuple(VillageCount(*key, n if n >= FEW else None) for key, n in sorted(Counter(found).items()))
