"""The villages' boundaries, and which village a position lies in.

Built from the schematic cells (`data.reference.boundaries.cells`) or from imported official boundaries
(`data.store.geo.boundaries`). Both are used in the same way; only `official` tells them apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from data.domain.figures.boards import Shapes
from data.reference.boundaries.outlines import Drawing, draw

Region = Polygon | MultiPolygon


@dataclass(frozen=True, slots=True)
class Area:
    """A village or, with `village` False, land of the city that belongs to no village (forest)."""

    code: str
    """Kemendagri code of a village; `hutan-1`, `hutan-2` for forest."""
    name: str
    district: str
    """Kecamatan by name; empty when unknown (forest only)."""
    village: bool
    shape: Region
    """WGS84 degrees, longitude first."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a position lies. A position outside the city gets no village."""

    village: str | None
    """Kemendagri code; None outside the city and in forest that is no village."""
    inside_city: bool


@dataclass(frozen=True, slots=True)
class PlacedMany:
    """Where many positions lie, in the order they were asked."""

    index: NDArray[np.int16]
    """Into `Boundaries.codes`; -1 for no village."""
    inside: NDArray[np.bool_]
    codes: NDArray[np.object_]
    """Village codes, None for no village."""


OUTSIDE = Placed(None, False)


def region(shape: BaseGeometry) -> Region:
    """The same geometry, typed as an area; TypeError for points and lines."""
    if not isinstance(shape, Polygon | MultiPolygon):
        raise TypeError(f"not a polygon: {shape.geom_type}")
    return shape


class Boundaries:
    """The city's areas. Immutable; drawings are made once, when first asked for."""

    def __init__(self, areas: Iterable[Area], *, official: bool, number: int = 0) -> None:
        """`areas` must not overlap (except at their common borders), and contain at least one village.

        number: which import they came by, as the store counts them; 0: by none that the store has counted.
        """
        ordered = sorted(areas, key=lambda area: (not area.village, area.code))
        self.areas: tuple[Area, ...] = tuple(ordered)
        self.official, self.number = official, number
        """False: the shapes are the schematic cells of the village offices."""
        self._villages = tuple(area for area in ordered if area.village)
        self.codes: tuple[str, ...] = tuple(area.code for area in self._villages)
        """Of the villages, ascending."""
        self._lookup = np.array([*self.codes, None], dtype=object)
        self._city = _without_holes(shapely.union_all([area.shape for area in ordered]))
        self._boxes = [area.shape.bounds for area in self._villages]
        for shape in (self._city, *(area.shape for area in self._villages)):
            shapely.prepare(shape)

    def place(self, lat: float | None, lon: float | None) -> Placed:
        """The village of one position in WGS84 degrees; OUTSIDE for a missing or NaN position.

        A point on the common border of villages gets the village with the lowest code. The city's border is inside. The
        result is that of `place_many`.
        """
        if lat is None or lon is None or math.isnan(lat) or math.isnan(lon):
            return OUTSIDE
        for area, (west, south, east, north) in zip(self._villages, self._boxes, strict=True):
            if west <= lon <= east and south <= lat <= north and shapely.intersects_xy(area.shape, lon, lat):
                return Placed(area.code, True)
        return Placed(None, bool(shapely.intersects_xy(self._city, lon, lat)))

    def place_many(self, lats: NDArray[np.float64], lons: NDArray[np.float64]) -> PlacedMany:
        """The villages of many positions (equally long arrays; NaN: no position). Below 1 us a position."""
        lats, lons = np.asarray(lats, dtype=np.float64), np.asarray(lons, dtype=np.float64)
        index = np.full(lats.shape, -1, dtype=np.int16)
        open_ = np.flatnonzero(_within(self._city.bounds, lats, lons))
        for number, area in enumerate(self._villages):
            near = open_[_within(self._boxes[number], lats[open_], lons[open_])]
            hit = near[shapely.intersects_xy(area.shape, lons[near], lats[near])]
            index[hit] = number
            open_ = open_[index[open_] < 0]
        inside = index >= 0
        inside[open_] = shapely.intersects_xy(self._city, lons[open_], lats[open_])
        return PlacedMany(index, inside, self._lookup[index])

    def touched_by(self, shape: BaseGeometry, share: float, share_of_shape: float) -> tuple[str, ...]:
        """The villages of which the shape covers at least `share`, or which hold at least `share_of_shape` of it."""
        touched = []
        for area in self._villages:
            if shapely.intersects(area.shape, shape):
                common = shapely.intersection(area.shape, shape).area
                if common >= min(share * area.shape.area, share_of_shape * shape.area):
                    touched.append(area.code)
        return tuple(touched)

    def shapes(self) -> Shapes:
        """Each village's geometry for drawing, by code: simplified to about 65 m, neighbours still touching."""
        return self._drawing.villages

    def forests(self) -> Shapes:
        """The geometry of land that belongs to no village, by code; empty without imported boundaries."""
        return self._drawing.forests

    def districts(self) -> Shapes:
        """Each kecamatan's geometry by its name, dissolved from the drawn areas."""
        return self._drawing.districts

    def outline(self) -> dict[str, object]:
        """The city's geometry, dissolved from the drawn areas, without holes."""
        return self._drawing.outline

    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the city in degrees."""
        west, south, east, north = self._city.bounds
        return west, south, east, north

    @cached_property
    def _drawing(self) -> Drawing:
        return draw(self.areas)


def _within(box: Sequence[float], lats: NDArray[np.float64], lons: NDArray[np.float64]) -> NDArray[np.bool_]:
    west, south, east, north = box
    return (lons >= west) & (lons <= east) & (lats >= south) & (lats <= north)


def _without_holes(shape: BaseGeometry) -> BaseGeometry:
    """The city's area; gaps between villages are filled."""
    shells = [Polygon(part.exterior) for part in shapely.get_parts(shape) if isinstance(part, Polygon)]
    return shapely.union_all(shells)
