"""The villages as small outlines, for a picture without a map's script."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from layouts.boards.maps import base_map
from layouts.kit.viewport import DrawContext

HEIGHT = 400
"""Of the picture in its own units: corners closer than one are one."""


class Outlines(NamedTuple):
    """What an SVG needs."""

    aspect: float
    """Width over height."""
    paths: dict[str, str]
    """By village."""

    @property
    def box(self) -> str:
        """The view box."""
        return f"0 0 {round(HEIGHT * self.aspect)} {HEIGHT}"


@lru_cache(maxsize=4)
def outlines(context: DrawContext) -> Outlines:
    """Of all villages."""
    (south, west), (north, east) = base_map.bounds(context.shapes)
    shrink = math.cos(math.radians((south + north) / 2))
    scale = HEIGHT / (north - south)
    aspect = (east - west) * shrink / (north - south)

    def path(shape: Mapping[str, Any]) -> str:
        rings = base_map.rings(shape)
        return "".join(_ring([((x - west) * shrink * scale, (north - y) * scale) for x, y in ring]) for ring in rings)

    return Outlines(aspect, {code: path(shape) for code, shape in context.shapes.items()})


def _ring(corners: list[tuple[float, float]]) -> str:
    """Corners that fall together are one."""
    rounded = [f"{round(x)} {round(y)}" for x, y in corners]
    kept = [each for place, each in enumerate(rounded) if place == 0 or each != rounded[place - 1]]
    return f"M{'L'.join(kept)}Z"
