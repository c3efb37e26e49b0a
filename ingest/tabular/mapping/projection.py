"""Laying one city upon another, so that a recording from elsewhere plays in ours.

Deterministic: the same position always comes to the same place. Only ever used for recordings marked DEMO.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from data.reference.boundaries.areas import Boundaries
from data.reference.places.villages import VILLAGES
from ingest.tabular.mapping.columns import Projection

_STEP = 0.001
"""Degrees between two lattice points, about 110 m."""
_PULLS = tuple(1 - n / 16 for n in range(17))


class Affine:
    """The first box laid upon the second; positions outside the first come to lie outside the second."""

    def __init__(self, settings: Projection) -> None:
        of, onto = settings.of, settings.onto
        self._lat = (onto.north - onto.south) / (of.north - of.south)
        self._lon = (onto.east - onto.west) / (of.east - of.west)
        self._lat_0 = onto.south - of.south * self._lat
        self._lon_0 = onto.west - of.west * self._lon

    def moved(self, lat: float, lon: float) -> tuple[float, float]:
        """Where a position comes to lie, (lat, lon)."""
        return round(self._lat_0 + lat * self._lat, 6), round(self._lon_0 + lon * self._lon, 6)


def middle() -> tuple[float, float]:
    """The middle of the city: the mean of the village offices, (lat, lon)."""
    return (
        sum(village.office_lat for village in VILLAGES) / len(VILLAGES),
        sum(village.office_lon for village in VILLAGES) / len(VILLAGES),
    )


def into_city(boundaries: Boundaries) -> Callable[[float, float], tuple[float, float]]:
    """A function that leaves a position inside the city alone and pulls one outside straight towards the middle.

    It stops at the first of 16 steps that is inside. Inside means: in a square of about 110 m whose corners all
    lie in the city, looked up in a table, so that a history of a million rows costs no polygon tests.
    """
    south, west, inside = _lattice(boundaries)
    mid_lat, mid_lon = middle()
    rows, columns = inside.shape

    def is_inside(lat: float, lon: float) -> bool:
        row, column = int((lat - south) // _STEP), int((lon - west) // _STEP)
        return 0 <= row < rows and 0 <= column < columns and bool(inside[row, column])

    def place(lat: float, lon: float) -> tuple[float, float]:
        for pull in _PULLS:
            at = mid_lat + (lat - mid_lat) * pull, mid_lon + (lon - mid_lon) * pull
            if is_inside(*at):
                return round(at[0], 6), round(at[1], 6)
        return round(mid_lat, 6), round(mid_lon, 6)

    return place


def _lattice(boundaries: Boundaries) -> tuple[float, float, np.ndarray[tuple[int, int], np.dtype[np.bool_]]]:
    """South and west edge, and which squares lie wholly inside."""
    lats, lons = (np.array(each) for each in zip(*((v.inside_lat, v.inside_lon) for v in VILLAGES), strict=True))
    south, north = lats.min() - 0.1, lats.max() + 0.1
    west, east = lons.min() - 0.1, lons.max() + 0.1
    grid_lat, grid_lon = np.meshgrid(np.arange(south, north, _STEP), np.arange(west, east, _STEP), indexing="ij")
    corner = boundaries.place_many(grid_lat.ravel(), grid_lon.ravel()).inside.reshape(grid_lat.shape)
    return float(south), float(west), corner[:-1, :-1] & corner[1:, :-1] & corner[:-1, 1:] & corner[1:, 1:]
