"""Which points lie near others: a tree of boxes finds candidates, the distance on the sphere decides.

In the tree longitudes are scaled by the cosine of the city's latitude, so that a degree is as long in both directions;
what is left of the error is taken up by a margin, and every distance that is told is of the sphere (haversine).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from data.domain.distances import EARTH_RADIUS_M, Numbers, distances_m

Indexes = NDArray[np.int64]

STEP_M = 50
"""A distance is told in such steps: a place is no point."""
_SCALE = float(np.cos(np.radians(7.87)))
_DEGREE_M = EARTH_RADIUS_M * np.pi / 180
_MARGIN = 1.01
ASKED_AGAIN = 8
"""Cases change much more often than their places: that many answers are remembered."""


class Pairs(NamedTuple):
    """Which of the asked points lies near which of the known ones, and how far away: arrays of one length."""

    asked: Indexes
    known: Indexes
    metres: Numbers


def rounded(distance: float) -> int:
    """In steps of 50 m."""
    return STEP_M * round(distance / STEP_M)


class Points:
    """Points by their position in two sequences of degrees."""

    def __init__(self, lat: Sequence[float], lon: Sequence[float]) -> None:
        self.lat, self.lon = np.asarray(lat, np.float64), np.asarray(lon, np.float64)
        self._tree = shapely.STRtree(np.asarray(shapely.points(self.lon * _SCALE, self.lat)))
        self._known_pairs = lru_cache(maxsize=ASKED_AGAIN)(self._pairs)

    def near(self, lat: Sequence[float], lon: Sequence[float], within_m: float) -> Pairs:
        """Every pair within so many metres; in the order of the asked points."""
        return self._known_pairs(np.asarray(lat, np.float64).tobytes(), np.asarray(lon, np.float64).tobytes(), within_m)

    def _pairs(self, lat: bytes, lon: bytes, within_m: float) -> Pairs:
        asked_lat, asked_lon = np.frombuffer(lat), np.frombuffer(lon)
        if not len(asked_lat) or not len(self.lat):
            none = np.empty(0, np.int64)
            return Pairs(none, none, np.empty(0, np.float64))
        radius = within_m / _DEGREE_M * _MARGIN
        x, y = asked_lon * _SCALE, asked_lat
        asked, known = self._tree.query(shapely.box(x - radius, y - radius, x + radius, y + radius))
        far = distances_m(asked_lat[asked], asked_lon[asked], self.lat[known], self.lon[known])
        inside = far <= within_m
        return Pairs(asked[inside], known[inside], far[inside])

    def nearest(self, lat: Sequence[float], lon: Sequence[float], within_m: float) -> list[tuple[int, float] | None]:
        """Of each asked point the nearest one and how far it is; None: there is none within so many metres."""
        found: list[tuple[int, float] | None] = [None] * len(lat)
        pairs = self.near(lat, lon, within_m)
        for asked, known, far in zip(pairs.asked.tolist(), pairs.known.tolist(), pairs.metres.tolist(), strict=True):
            best = found[asked]
            if best is None or far < best[1]:
                found[asked] = (known, far)
        return found
