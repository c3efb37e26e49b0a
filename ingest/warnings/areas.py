"""The area of a warning: polygons and circles of CAP as one geometry in the city's surroundings, and its villages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import shapely
from shapely import MultiPolygon, Polygon, affinity
from shapely.geometry.base import BaseGeometry

from data.domain.reasons import reason
from data.domain.warnings.nouns import PublicWarning
from data.reference.boundaries.areas import Boundaries
from data.reference.boundaries.shapes import TANGLE
from data.store.db.engine import Connection
from data.store.warnings.writing import areas_of_present, touch
from ingest.source import Unreadable
from ingest.warning_record import Circle, Corner

AROUND = 0.3
"""Degrees around the city, some 33 km: farther away nothing is drawn."""
FINEST = 0.0003
"""Degrees: some 30 m, finer than what warnings say (BMKG has three decimals)."""
SMALLEST_KM = 0.1
"""A circle of radius 0 is drawn so large."""
KM_PER_DEGREE = 111.2
VILLAGE_SHARE, WARNED_SHARE = 0.05, 0.2
"""A village is touched when so much of it is warned, or so much of the warned area lies in it. Less is the border of a
neighbour, drawn with few decimals: whoever warns Pujon does not warn Batu."""


class WarnedArea(NamedTuple):
    """Where a warning is."""

    geometry: Mapping[str, Any] | None
    """GeoJSON; None: nothing of it lies near the city."""
    villages: tuple[str, ...]


def warned_area(polygons: Iterable[Iterable[Corner]], circles: Iterable[Circle], ground: Boundaries) -> WarnedArea:
    """What crosses itself is mended; what has no area left is nowhere. Raises Unreadable."""
    west, south, east, north = ground.bounds()
    near = shapely.box(west - AROUND, south - AROUND, east + AROUND, north + AROUND)
    parts = [part for part in (*_polygons(polygons), *map(_round, circles)) if shapely.intersects(part, near)]
    whole = shapely.union_all([shapely.intersection(part, near) for part in parts]) if parts else Polygon()
    areas = [part for part in shapely.get_parts(whole) if isinstance(part, Polygon) and part.area > 0]
    if not areas:
        return WarnedArea(None, ())
    warned = MultiPolygon(areas)
    return WarnedArea(_drawn(warned), ground.touched_by(warned, VILLAGE_SHARE, WARNED_SHARE))


def place_warnings(conn: Connection, ground: Boundaries, now: datetime) -> int:
    """Find the villages of all warnings that have not ended by another map; how many touch others now."""
    changed = 0
    for warning_id, geometry, villages in areas_of_present(conn, now):
        touched = ground.touched_by(shapely.geometry.shape(geometry), VILLAGE_SHARE, WARNED_SHARE)
        if touched != villages:
            touch(conn, warning_id, touched, now)
            changed += 1
    return changed


def is_inside(warning: PublicWarning, village: str | None, lat: float | None, lon: float | None) -> bool:
    """Whether a place lies in the area of a warning: by its position when both have one, else by its village."""
    if warning.geometry is None or lat is None or lon is None:
        return village in warning.villages
    return bool(shapely.intersects_xy(shapely.geometry.shape(dict(warning.geometry)), lon, lat))


def _polygons(polygons: Iterable[Iterable[Corner]]) -> Iterator[BaseGeometry]:
    """Raises Unreadable for one that crosses itself so often that mending it would take minutes."""
    for corners in polygons:
        shape: Any = Polygon([(lon, lat) for lat, lon in corners])
        if not shape.is_valid:
            if shape.length**2 > TANGLE * shapely.box(*shape.bounds).area:
                raise Unreadable(reason("warning.tangle", corners=len(shape.exterior.coords)))
            shape = shapely.make_valid(shape)
        yield shape


def _round(circle: Circle) -> BaseGeometry:
    degrees = max(circle.radius_km, SMALLEST_KM) / KM_PER_DEGREE
    wide = 1 / max(0.05, math.cos(math.radians(circle.lat)))
    return affinity.scale(shapely.Point(circle.lon, circle.lat).buffer(degrees), xfact=wide)


def _drawn(warned: MultiPolygon) -> Mapping[str, Any]:
    """With few corners and five decimals, about a metre."""
    simple = shapely.set_precision(shapely.simplify(warned, FINEST), 1e-5)
    found: Mapping[str, Any] = shapely.geometry.mapping(warned if simple.is_empty else simple)
    return {"type": found["type"], "coordinates": _rounded(found["coordinates"])}


def _rounded(value: Any) -> Any:
    return round(value, 5) if isinstance(value, float) else [_rounded(each) for each in value]
