"""A small map of one case as SVG: the villages around it, their names, the case, and others near it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import shape

from layouts.boards.maps import base_map
from layouts.kit.tags import Tag
from layouts.kit.viewport import Box, DrawContext

WIDTH, HEIGHT = 420, 240
AROUND_DEG = 0.011
"""Half the height of the view around a position: about 1.2 km."""
WORTH_A_NAME = 0.03
"""Share of the view that an area must take to be named."""
CLEAR = 24
"""How near a name may come to the case, up or down."""
LETTER = 9
"""The width of a letter of a name, at most."""
EDGE = 50
"""How near the middle of a name may come to the map's sides."""
RADIUS = {"near": 5, "pin": 8}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case is: a position, else a village's code, else neither."""

    lat: float | None
    lon: float | None
    village: str | None


@dataclass(frozen=True, slots=True)
class Around:
    """What else the map shows."""

    near: Sequence[tuple[float, float]]
    """Positions (lat, lon) of other cases."""
    names: Mapping[str, str]
    """Of villages, by code."""


@dataclass(frozen=True, slots=True)
class _View:
    box: Box

    def xy(self, lat: float, lon: float) -> tuple[float, float]:
        (south, west), (north, east) = self.box
        return (lon - west) / (east - west) * WIDTH, (north - lat) / (north - south) * HEIGHT

    def path(self, geometry: Mapping[str, Any]) -> str:
        return "".join(f"M{'L'.join(self._corner(*corner) for corner in ring)}Z" for ring in base_map.rings(geometry))

    def _corner(self, lon: float, lat: float) -> str:
        x, y = self.xy(lat, lon)
        return f"{x:.0f} {y:.0f}"


def draw(place: Place, around: Around, context: DrawContext, label: str) -> Tag | None:
    """None: the place is not known. `label`: for who cannot see it."""
    box = _box(place, context)
    if box is None:
        return None
    view = _View(box)
    shown = {code: geometry for code, geometry in context.shapes.items() if _touches(geometry, box)}
    areas = [
        Tag("path", d=view.path(geometry), **{"class": "here" if code == place.village else "land"})
        for code, geometry in shown.items()
    ]
    spot = None if place.lat is None or place.lon is None else view.xy(place.lat, place.lon)
    named = [_name(view, around.names.get(code, ""), geometry, spot) for code, geometry in shown.items()]
    texts = _apart([each for each in named if each is not None], place.village and around.names.get(place.village))
    pins = [_pin(view, lat, lon, "near") for lat, lon in around.near]
    if place.lat is not None and place.lon is not None:
        pins.append(_pin(view, place.lat, place.lon, "pin"))
    size = {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "role": "img", "aria-label": label}
    return Tag("svg", [*areas, *texts, *pins], className="place-map", **size)


def _box(place: Place, context: DrawContext) -> Box | None:
    if place.lat is not None and place.lon is not None:
        tall = AROUND_DEG
        wide = tall * WIDTH / HEIGHT / math.cos(math.radians(place.lat))
        return (place.lat - tall, place.lon - wide), (place.lat + tall, place.lon + wide)
    village = context.shapes.get(place.village or "")
    return None if village is None else _in_shape(base_map.padded(base_map.bounds({"": village}), 0.12))


def _in_shape(box: Box) -> Box:
    """The box, made wider or taller until it has the map's shape."""
    wide = base_map.widened(box, WIDTH / HEIGHT)
    more = base_map.aspect(wide) / (WIDTH / HEIGHT)
    (south, west), (north, east) = wide
    taller = (north - south) * (more - 1) / 2
    return (south - taller, west), (north + taller, east)


def _touches(geometry: Mapping[str, Any], box: Box) -> bool:
    (south, west), (north, east) = base_map.bounds({"": geometry})
    (low, left), (high, right) = box
    return south <= high and north >= low and west <= right and east >= left


def _name(view: _View, name: str, geometry: Mapping[str, Any], spot: tuple[float, float] | None) -> Tag | None:
    """In the middle of the part that is seen, when that is worth a name; beside the case where both would meet."""
    (south, west), (north, east) = view.box
    part = shapely.clip_by_rect(shape(geometry), west, south, east, north)
    if part.area < WORTH_A_NAME * (north - south) * (east - west):
        return None
    middle = part.representative_point()
    x, y = view.xy(middle.y, middle.x)
    if spot is not None and abs(spot[0] - x) < EDGE and abs(spot[1] - y) < CLEAR:
        y = spot[1] - CLEAR if spot[1] > HEIGHT / 2 else spot[1] + CLEAR
    return Tag("text", name, x=round(min(max(x, EDGE), WIDTH - EDGE)), y=round(min(max(y, 20), HEIGHT - 12)))


def _apart(texts: Sequence[Tag], first: str | None) -> list[Tag]:
    """Names that do not touch one another; the case's own village is always named."""
    kept: list[Tag] = []
    for text in sorted(texts, key=lambda each: each.children != first):
        if all(_is_clear(text, other) for other in kept):
            kept.append(text)
    return kept


def _is_clear(one: Tag, other: Tag) -> bool:
    room = LETTER * (len(str(one.children)) + len(str(other.children))) / 2
    (x, y), (a, b) = ((int(str(each.attributes["x"])), int(str(each.attributes["y"]))) for each in (one, other))
    return abs(x - a) > room or abs(y - b) > CLEAR


def _pin(view: _View, lat: float, lon: float, name: str) -> Tag:
    x, y = view.xy(lat, lon)
    return Tag("circle", cx=round(x), cy=round(y), r=RADIUS[name], **{"class": name})
