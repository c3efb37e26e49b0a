"""The schematic map: cells around the villages' offices, used until official boundaries are imported.

It is approximate, and every screen says so.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPoint, Polygon
from shapely.geometry.base import BaseGeometry

from data.reference.boundaries.areas import Area, Boundaries, region
from data.reference.places.villages import VILLAGES

OUTLINE: tuple[tuple[float, float], ...] = (
    (112.475, -7.940), (112.480, -7.915), (112.475, -7.890), (112.480, -7.870), (112.488, -7.840), (112.498, -7.815),
    (112.490, -7.790), (112.490, -7.765), (112.510, -7.745), (112.530, -7.735), (112.575, -7.733), (112.590, -7.755),
    (112.590, -7.768), (112.577, -7.795), (112.576, -7.820), (112.574, -7.840), (112.568, -7.860), (112.567, -7.882),
    (112.585, -7.890), (112.596, -7.905), (112.582, -7.918), (112.560, -7.918), (112.535, -7.926), (112.505, -7.931),
)  # fmt: skip
"""A rough hand-drawn outline of the city (longitude, latitude), from its extent and the points that lie in it."""

ALONG = (0.0, 0.25, 0.5, 0.75, 1.0, 1.4)
"""The positions of a village's seeds on the line from its office (0) through its middle (1)."""

_GRID = 1e-6
_LON_SCALE = 0.9907
"""Cosine of the latitude: the length of a degree of longitude relative to a degree of latitude."""


def schematic() -> Boundaries:
    """The cells as boundaries that are not official."""
    return Boundaries(cells(), official=False)


def cells() -> tuple[Area, ...]:
    """One area for each village: the land nearer to it than to any other village, inside the rough outline.

    Each village has several seeds, because the offices of Bumiaji are at the southern ends of villages that extend ten
    kilometres up the mountain. Measured against the Kemendagri boundaries with 170,000 random points of the city: 77 %
    get the right village (58 % with one seed at the office), 0.3 % are outside, and 9 % of the outline lies beyond the
    city's border.
    """
    seeds = np.array([_seed(step, village) for village in range(len(VILLAGES)) for step in ALONG])
    faces = _faces(seeds)
    middles = shapely.get_coordinates(shapely.point_on_surface(faces)) * (_LON_SCALE, 1.0)
    owner = np.array([np.argmin(((seeds - middle) ** 2).sum(axis=1)) // len(ALONG) for middle in middles])
    shapes = [region(shapely.coverage_union_all(faces[owner == number])) for number in range(len(VILLAGES))]
    return tuple(
        Area(village.code, village.name, village.district, True, shape)
        for village, shape in zip(VILLAGES, shapes, strict=True)
    )


def _seed(step: float, number: int) -> tuple[float, float]:
    village = VILLAGES[number]
    lon = village.office_lon + step * (village.inside_lon - village.office_lon)
    lat = village.office_lat + step * (village.inside_lat - village.office_lat)
    return lon * _LON_SCALE, lat


def _faces(seeds: NDArray[np.float64]) -> NDArray[np.object_]:
    """The Voronoi cells inside the outline, cut from one net of lines so that neighbours share their borders."""
    city = Polygon(OUTLINE)
    net = shapely.voronoi_polygons(MultiPoint(seeds), extend_to=_scaled(city), only_edges=True)
    lines = shapely.union_all([shapely.intersection(_unscaled(net), city), city.exterior], grid_size=_GRID)
    return shapely.get_parts(shapely.polygonize(list(shapely.get_parts(lines))))


def _scaled(shape: BaseGeometry) -> BaseGeometry:
    return shapely.transform(shape, lambda points: points * (_LON_SCALE, 1.0))


def _unscaled(shape: BaseGeometry) -> BaseGeometry:
    return shapely.transform(shape, lambda points: points / (_LON_SCALE, 1.0))
