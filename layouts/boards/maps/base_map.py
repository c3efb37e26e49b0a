"""The base map: layers in the page that change only when boundaries are imported.

GeoJSON has (lon, lat); `Box` has (lat, lon).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from shapely import affinity
from shapely.geometry import shape
from shapely.ops import polylabel

from data.domain.figures.boards import Shapes
from layouts.kit.viewport import Box

CITY: Box = ((-7.9394, 112.4746), (-7.7326, 112.5957))
"""The city's bounding box, for a page that has no shapes yet."""
LABEL_FLATTENING = 0.35
"""A name is three times as wide as high: its best position is computed in a shape flattened by this factor."""

WORTH_A_NAME = 0.4
"""Share of an area that a view must show to name it."""

Feature = dict[str, object]


def collection(features: Iterable[Feature]) -> Feature:
    """A GeoJSON FeatureCollection."""
    return {"type": "FeatureCollection", "features": list(features)}


def point(lat: float, lon: float, properties: Feature) -> Feature:
    """A GeoJSON point, precise to about a meter."""
    geometry = {"type": "Point", "coordinates": [round(lon, 5), round(lat, 5)]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def areas(shapes: Shapes) -> Feature:
    """Every area with its code, the properties' stable id."""
    return collection(
        {"type": "Feature", "properties": {"id": code, "code": code}, "geometry": dict(geometry)}
        for code, geometry in shapes.items()
    )


def labels(shapes: Shapes, within: Box | None = None, without: Box | None = None) -> Feature:
    """Where each area's name stands best: in its part `within` a box, or `without` one, when that is worth a name."""
    places = {code: _label_place(geometry, within, without) for code, geometry in shapes.items()}
    return collection(point(place[0], place[1], {"id": code, "code": code}) for code, place in places.items() if place)


def _label_place(geometry: Mapping[str, object], within: Box | None, without: Box | None) -> tuple[float, float] | None:
    whole = shape(geometry)
    part = whole
    if within:
        part = whole.intersection(shape(rectangle(within)))
    elif without:
        part = whole.difference(shape(rectangle(without)))
    if part.area < WORTH_A_NAME * whole.area:
        return None
    pieces = [piece for piece in getattr(part, "geoms", [part]) if piece.geom_type == "Polygon"]
    largest = max(pieces, key=lambda piece: piece.area)
    squeezed = affinity.scale(largest, xfact=LABEL_FLATTENING, origin=(0, 0))
    best = polylabel(squeezed, tolerance=0.0005)
    return best.y, best.x / LABEL_FLATTENING


def rectangle(box: Box) -> dict[str, Any]:
    """A box as a GeoJSON polygon."""
    (south, west), (north, east) = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def bounds(shapes: Shapes) -> Box:
    """The box around all shapes; the city's known one when there are none."""
    places = [place for geometry in shapes.values() for place in _places(geometry["coordinates"])]
    if not places:
        return CITY
    lons, lats = zip(*places, strict=True)
    return (min(lats), min(lons)), (max(lats), max(lons))


def rings(geometry: Mapping[str, Any]) -> Iterator[Sequence[Sequence[float]]]:
    """The rings of a polygon or of several; corners are (lon, lat)."""
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        yield from polygon


def _places(coordinates: object) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates, Sequence) and coordinates and isinstance(coordinates[0], (int, float)):
        yield float(coordinates[0]), float(coordinates[1])
    elif isinstance(coordinates, Sequence):
        for part in coordinates:
            yield from _places(part)


def aspect(box: Box) -> float:
    """Width by height of the box as it looks on the map."""
    (south, west), (north, east) = box
    return (east - west) * math.cos(math.radians((south + north) / 2)) / (north - south)


def widened(box: Box, shape: float) -> Box:
    """The box, made wider until it has at least this aspect ratio."""
    (south, west), (north, east) = box
    more = (east - west) * max(0.0, shape / aspect(box) - 1) / 2
    return (south, west - more), (north, east + more)


def padded(box: Box, share: float) -> Box:
    """The box with a margin, as a share of its size."""
    (south, west), (north, east) = box
    lat, lon = (north - south) * share, (east - west) * share
    return (south - lat, west - lon), (north + lat, east + lon)
