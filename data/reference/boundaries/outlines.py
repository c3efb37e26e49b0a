"""Simplifies the areas for the walls: small GeoJSON geometries whose neighbours still share their borders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import shapely
from shapely import LinearRing, Polygon
from shapely.geometry.base import BaseGeometry

GeoJson = Mapping[str, object]

TOLERANCE = 65 / 111_000
"""Degrees: corners whose triangle is smaller than about 65 m by 65 m are left out. The whole map is then
below 60 KB of JSON, and 0.5 % of the city's ground is drawn in the neighbour's colour."""
DECIMALS = 5
"""Of drawn coordinates: about one metre."""


class Drawable(Protocol):
    """What of an area is needed to draw it (see `boundaries.Area`)."""

    @property
    def code(self) -> str:
        """Its key."""

    @property
    def district(self) -> str:
        """Its kecamatan, or empty."""

    @property
    def village(self) -> bool:
        """False: forest."""

    @property
    def shape(self) -> BaseGeometry:
        """WGS84 degrees."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """GeoJSON geometries, coordinates longitude first, rounded."""

    villages: Mapping[str, GeoJson]
    forests: Mapping[str, GeoJson]
    districts: Mapping[str, GeoJson]
    outline: dict[str, object]


def draw(areas: Sequence[Drawable]) -> Drawing:
    """Simplify all areas together, so that neighbours keep touching, and dissolve them.

    Rounding comes last: it moves common corners alike, but may spoil the coverage that dissolving needs.
    """
    light = shapely.coverage_simplify([area.shape for area in areas], TOLERANCE)
    drawn = list(zip(areas, light, strict=True))
    return Drawing(
        villages={area.code: geojson(shape) for area, shape in drawn if area.village},
        forests={area.code: geojson(shape) for area, shape in drawn if not area.village},
        districts={
            name: geojson(shapely.coverage_union_all([shape for area, shape in drawn if area.district == name]))
            for name in sorted({area.district for area in areas if area.district})
        },
        outline=geojson(shapely.coverage_union_all(light), holes=False),
    )


def geojson(shape: BaseGeometry, *, holes: bool = True) -> dict[str, object]:
    """A polygon or multipolygon as a plain dict with rounded coordinates, with or without its holes."""
    polygons = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon)]
    parts = [[_ring(part.exterior), *(_ring(hole) for hole in part.interiors if holes)] for part in polygons]
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def _ring(ring: LinearRing) -> list[list[float]]:
    corners: list[list[float]] = np.round(shapely.get_coordinates(ring), DECIMALS).tolist()
    return corners
