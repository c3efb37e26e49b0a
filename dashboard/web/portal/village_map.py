"""The villages as a small SVG, on which a reporter sets a pin. Its script turns pixels into degrees by the data-*."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from data.reference.places.villages import village_named
from layouts.kit.viewport import DrawContext

WIDTH = 600


@lru_cache(maxsize=2)
def svg(drawing: DrawContext) -> bytes:
    """Made once for each map."""
    rings = {code: list(_rings(shape)) for code, shape in drawing.shapes.items()}
    lons = [lon for each in rings.values() for ring in each for lon, _ in ring]
    lats = [lat for each in rings.values() for ring in each for _, lat in ring]
    west, east, south, north = min(lons), max(lons), min(lats), max(lats)
    across = WIDTH / (east - west)
    down = across / math.cos(math.radians((south + north) / 2))

    def path(code: str) -> str:
        corners = (
            [f"{round((lon - west) * across)} {round((north - lat) * down)}" for lon, lat in ring]
            for ring in rings[code]
        )
        return "".join(f"M{'L'.join(each)}Z" for each in corners)

    shapes = Markup("").join(
        Markup('<path d="{}"><title>{}</title></path>').format(path(code), _name(code)) for code in rings
    )
    frame = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" data-west="{}" data-north="{}"'
    opened = Markup(frame + ' data-across="{:.3f}" data-down="{:.3f}">')
    height = math.ceil((north - south) * down)
    return (opened.format(WIDTH, height, west, north, across, down) + shapes + Markup("</svg>")).encode()


def _rings(shape: Mapping[str, Any]) -> Iterator[list[list[float]]]:
    """The outer rings of a geometry."""
    polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    yield from (polygon[0] for polygon in polygons)


def _name(code: str) -> str:
    found = village_named(code)
    return found.name if found else code
