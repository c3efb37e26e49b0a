"""Reads a GeoJSON geometry as an area in WGS84 degrees, longitude first; bad input is reported and not raised."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from data.reference.boundaries.areas import Region
from data.reference.boundaries.findings import FindingKind, MapReport, area_text, printable

NEAR = (112.42, -7.99, 112.65, -7.68)
"""West, south, east, north: the city's extent with five kilometres around it."""

SQUARE_METRES = 110_280.0 * 110_590.0
"""In one square degree at the city's latitude."""

MOST_POINTS = 500_000
"""Corners in one feature; the official boundaries have some hundreds."""


TANGLE = 10_000.0
"""Square of the outline's length over its bounding box; villages have about 20. Above it, mending takes minutes."""


class BadShape(ValueError):
    """Why a geometry cannot be used."""


class OutOfPlace(ValueError):
    """Where the coordinates seem to lie instead."""


@dataclass(slots=True)
class _Parts:
    polygons: list[Polygon] = field(default_factory=list)
    unclosed: int = 0
    others: list[str] = field(default_factory=list)
    """Types of the parts that are no polygons."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """A feature's area, and whether its coordinates had to be swapped."""

    region: Region
    swapped: bool


def shape_of(geometry: object, where: str, report: MapReport) -> Shaped | None:
    """The valid (multi)polygon of one feature; None with a fault in the report when there is none."""
    try:
        parts = _parts(geometry)
        shape = _joined(parts.polygons)
        _refuse_tangle(shape)
        swapped = _is_swapped(shape)
    except BadShape as error:
        report.fault(FindingKind.SHAPE, where, str(error))
        return None
    except OutOfPlace as error:
        report.fault(FindingKind.PLACE, where, str(error))
        return None
    _note(parts, where, report)
    if swapped:
        shape = shapely.transform(shape, lambda points: points[:, ::-1])
    region = _valid(shape, where, report)
    return Shaped(region, swapped) if region is not None else None


def _parts(geometry: object) -> _Parts:
    """All polygons in a geometry; without recursion, because a file may be nested very deeply."""
    parts, waiting = _Parts(), [geometry]
    while waiting:
        item = waiting.pop()
        if not isinstance(item, dict):
            raise BadShape("has no geometry")
        kind, coordinates = item.get("type"), item.get("coordinates")
        if kind == "Polygon":
            parts.polygons.append(_polygon(coordinates, parts))
        elif kind == "MultiPolygon":
            parts.polygons.extend(_polygon(rings, parts) for rings in _list(coordinates))
        elif kind == "GeometryCollection":
            waiting.extend(_list(item.get("geometries")))
        else:
            parts.others.append(printable(kind, 20))
    if not parts.polygons:
        raise BadShape(f"is no polygon but {', '.join(sorted(set(parts.others))) or 'empty'}")
    return parts


def _polygon(rings: object, parts: _Parts) -> Polygon:
    listed = [_ring(ring) for ring in _list(rings)]
    if not listed:
        raise BadShape("has a polygon without a ring")
    parts.unclosed += sum(not np.array_equal(ring[0], ring[-1]) for ring in listed)
    return Polygon(listed[0], listed[1:])


def _ring(raw: object) -> NDArray[np.float64]:
    points = _list(raw)
    if len(points) > MOST_POINTS:
        raise BadShape(f"has a ring of {len(points):,} corners; {MOST_POINTS:,} is the limit")
    flat = np.array([_position(point) for point in points], dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(flat).all():
        raise BadShape("has a coordinate that is not a finite number")
    if len(np.unique(flat, axis=0)) < 3:
        raise BadShape("has a ring of fewer than three different corners")
    return flat


def _position(point: object) -> tuple[float, float]:
    """The first two numbers; a third (height) is dropped."""
    if not isinstance(point, list) or len(point) < 2:
        raise BadShape(f"has a position that is not a pair of numbers: {printable(point)}")
    x, y = point[0], point[1]
    if type(x) not in (int, float) or type(y) not in (int, float):
        raise BadShape(f"has a position that is not a pair of numbers: {printable(point)}")
    try:
        return float(x), float(y)
    except OverflowError:
        raise BadShape("has a coordinate that is not a finite number") from None


def _list(raw: object) -> list[object]:
    if not isinstance(raw, list):
        raise BadShape("has coordinates of the wrong form")
    return raw


def _joined(polygons: list[Polygon]) -> Region:
    return polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)


def _refuse_tangle(shape: Region) -> None:
    """Refuses lines with a huge number of crossings, which would need hours to repair."""
    west, south, east, north = shape.bounds
    if shape.length**2 > TANGLE * (east - west) * (north - south) > 0:
        raise BadShape(f"is a tangle of {len(shapely.get_coordinates(shape)):,} corners, not a boundary")


def _is_swapped(shape: Region) -> bool:
    """Whether latitude stands first; OutOfPlace when the shape is near Batu neither way."""
    west, south, east, north = shape.bounds
    if _near(west, south, east, north):
        return False
    if _near(south, west, north, east):
        return True
    box = f"{west:,.4f}..{east:,.4f}, {south:,.4f}..{north:,.4f}"
    if abs(west) > 360 or abs(north) > 360:
        raise OutOfPlace(f"coordinates {box} are no degrees (metres of a projection?): export in WGS84, EPSG:4326")
    raise OutOfPlace(f"does not lie near Batu but at {box} (degrees)")


def _near(west: float, south: float, east: float, north: float) -> bool:
    return NEAR[0] <= west and east <= NEAR[2] and NEAR[1] <= south and north <= NEAR[3]


def _valid(shape: Region, where: str, report: MapReport) -> Region | None:
    if shape.is_valid:
        return shape
    reason, before = shapely.is_valid_reason(shape), shape.area
    repaired = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    polygons = [part for part in shapely.get_parts(repaired) if isinstance(part, Polygon) and part.area > 0]
    if not polygons:
        report.fault(FindingKind.SHAPE, where, f"encloses no ground ({printable(reason)})")
        return None
    region = _joined(polygons)
    change = area_text(abs(region.area - before) * SQUARE_METRES)
    report.note(
        FindingKind.VALIDITY, where, f"outline was not valid ({printable(reason)}); mended, area changed by {change}"
    )
    return region


def _note(parts: _Parts, where: str, report: MapReport) -> None:
    if parts.unclosed:
        report.note(FindingKind.CLOSED, where, f"{parts.unclosed} ring(s) did not end where they began; closed")
    if parts.others:
        kinds = ", ".join(sorted(set(parts.others)))
        report.note(FindingKind.LEFT_OUT, where, f"{len(parts.others)} part(s) that are no polygons left out ({kinds})")
