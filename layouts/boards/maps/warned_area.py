"""The area of warnings: as features for the map's layer, and as a small map of its own in the overlay."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from data.domain.warnings.nouns import PublicWarning, Severity
from layouts.boards.maps import base_map
from layouts.kit.tags import Tag
from layouts.kit.viewport import DrawContext

HEIGHT = 1000
"""Of the small map in its own units."""
GRAVE = frozenset({Severity.EXTREME, Severity.SEVERE})
HATCH = "warned-hatch"
"""The id of the pattern in the overlay's map."""


def state_of(warning: PublicWarning) -> str:
    """The `data-state` of a warning: whose severity says so is grave."""
    return "overdue" if warning.severity in GRAVE else "risk"


def features(warnings: Iterable[PublicWarning], context: DrawContext) -> base_map.Feature:
    """One a warning, or one a village of a warning that came without an area."""
    return base_map.collection(
        {
            "type": "Feature",
            "properties": {"id": f"{warning.id}-{n}", "state": state_of(warning), "until": _until(warning)},
            "geometry": dict(geometry),
        }
        for warning in warnings
        for n, geometry in enumerate(_geometries(warning, context))
    )


def _until(warning: PublicWarning) -> int:
    """Epoch seconds; 0: it does not end by itself."""
    return int(warning.ends_at.timestamp()) if warning.ends_at is not None else 0


def _geometries(warning: PublicWarning, context: DrawContext) -> list[Mapping[str, Any]]:
    if warning.geometry is not None:
        return [warning.geometry]
    return [context.shapes[code] for code in warning.villages if code in context.shapes]


class Frame(NamedTuple):
    """Degrees to the small map's units."""

    west: float
    north: float
    across: float
    scale: float
    width: int

    def at(self, lon: float, lat: float) -> tuple[int, int]:
        return round((lon - self.west) * self.across * self.scale), round((self.north - lat) * self.scale)


def aspect(context: DrawContext) -> float:
    """Width by height of the small map."""
    return _ground(context)[0].width / HEIGHT


def small_map(warnings: Sequence[PublicWarning], context: DrawContext, label_px: float) -> Tag:
    """The villages, the kecamatan with their names, and the areas, the gravest last; each leaves when it ends.

    label_px: of the names, in the map's units.
    """
    frame, land, districts, names = _ground(context)
    tile = Tag("path", d="M0 0V48", className="line")
    pattern = {"id": HATCH, "width": 48, "height": 48, "patternUnits": "userSpaceOnUse"}
    hatch = Tag("pattern", tile, patternTransform="rotate(45)", **pattern)
    areas = [_area(each, frame, context) for each in reversed(warnings)]
    labels = [
        Tag("text", name, x=str(x), y=str(y), **{"font-size": f"{label_px:.0f}"}) for name, (x, y) in names.items()
    ]
    box = f"0 0 {frame.width} {HEIGHT}"
    parts = [Tag("defs", hatch), Tag("path", d=land, className="ground"), *areas]
    parts.append(Tag("path", d=districts, className="borders"))
    return Tag("svg", [*parts, *labels], className="warned-map", viewBox=box)


def _area(warning: PublicWarning, frame: Frame, context: DrawContext) -> Tag:
    d = "".join(_path(shape, frame) for shape in _geometries(warning, context))
    shapes = [Tag("path", d=d, className="tone"), Tag("path", d=d, className="hatch")]
    return Tag("g", shapes, className="warned", **{"data-state": state_of(warning), "data-until": _until(warning)})


@lru_cache(maxsize=4)
def _ground(context: DrawContext) -> tuple[Frame, str, str, dict[str, tuple[int, int]]]:
    """(the frame, the villages as one path, the kecamatan as one, where their names stand)."""
    (south, west), (north, east) = base_map.padded(base_map.bounds(context.shapes), 0.02)
    across, scale = math.cos(math.radians((south + north) / 2)), HEIGHT / (north - south)
    frame = Frame(west, north, across, scale, round((east - west) * across * scale))
    land = "".join(_path(shape, frame) for shape in context.shapes.values())
    borders = "".join(_path(shape, frame) for shape in context.districts.values())
    labels: Any = base_map.labels(context.districts)
    names = {each["properties"]["code"]: frame.at(*each["geometry"]["coordinates"]) for each in labels["features"]}
    return frame, land, borders, names


def _path(shape: Mapping[str, Any], frame: Frame) -> str:
    if shape["type"] not in ("Polygon", "MultiPolygon"):
        return ""
    return "".join(f"M{'L'.join(_corners(ring, frame))}Z" for ring in base_map.rings(shape))


def _corners(ring: Sequence[Sequence[float]], frame: Frame) -> Iterator[str]:
    """Corners that fall together are one."""
    before = None
    for lon, lat, *_ in ring:
        here = frame.at(lon, lat)
        if here != before:
            yield f"{here[0]} {here[1]}"
        before = here
