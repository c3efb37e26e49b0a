"""The outbreak watch: the villages as a small map, tinted where there are more reports than usual, and their names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from data.domain.market.board import MarketBoard, Outbreak
from layouts.boards.maps import base_map
from layouts.boards.market_board.plan import Id, Panels
from layouts.kit import tags
from layouts.kit.tags import Tag
from layouts.kit.text_width import shortened, text_width
from layouts.kit.viewport import DrawContext

MAP_SHARE = 0.42
"""The map's largest share of the panel's width."""
HEIGHT = 400
"""Of the map in its own units: corners closer than one are one."""
WEEKS_NEEDED = 8
"""C1's baseline and the week itself."""
GAP = 18
"""Between the map and the list, px; the style sheet has the same."""


def outbreak(answer: MarketBoard, shown: Panels) -> list[Tag]:
    """Map and list."""
    room, sizes = shown.rooms[Id.OUTBREAK], shown.viewport.sizes
    aspect, paths = _paths(shown.context)
    width = min(room.width * MAP_SHARE, room.height * aspect)
    alarmed = {each.code for each in answer.watch.outbreaks}
    reported = {code for code, _ in answer.watch.reports}
    shapes = [
        Tag("path", d=path, className="alarm" if code in alarmed else "some" if code in reported else None)
        for code, path in paths.items()
    ]
    box = f"0 0 {round(HEIGHT * aspect)} {HEIGHT}"
    svg = Tag("svg", shapes, className="villages", viewBox=box, style={"--width": str(round(width))})
    lines = room.lines(sizes.row)
    left = room.width - width - GAP
    rows = [_row(each, left, shown) for each in answer.watch.outbreaks[: max(1, lines - 1)]]
    words = shown.viewport.words
    total = sum(n for _, n in answer.watch.reports) + answer.watch.unplaced
    notes = [words("market.reports", n=total)]
    if answer.watch.weeks < WEEKS_NEEDED:
        notes.append(words("market.young", n=answer.watch.weeks))
    rows = rows or [tags.Div(shortened(words("market.no_outbreak"), sizes.row, left), className="single")]
    told = [tags.Div(shortened(note, sizes.small, left, 500), className="below") for note in notes]
    return [tags.Div([svg, tags.Div([*rows, *told], className="list")], className="watch")]


def _row(each: Outbreak, room: float, shown: Panels) -> Tag:
    words, px = shown.viewport.words, shown.viewport.sizes.row
    count = words("market.usual", n=each.reports, usual=words.number(each.usual, 1))
    ending = count if text_width(count, px, 600) < room * 0.55 else words.number(each.reports)
    name = shortened(each.village or each.code, px, room - text_width(ending, px, 600) - GAP)
    return tags.Div([tags.Span(name), tags.B(ending)], className="single", **{"data-state": "risk"})


@lru_cache(maxsize=4)
def _paths(context: DrawContext) -> tuple[float, dict[str, str]]:
    """(width over height, path by village)."""
    (south, west), (north, east) = base_map.bounds(context.shapes)
    shrink = math.cos(math.radians((south + north) / 2))
    scale = HEIGHT / (north - south)
    aspect = (east - west) * shrink / (north - south)

    def path(shape: Mapping[str, Any]) -> str:
        rings = base_map.rings(shape)
        return "".join(_ring([((x - west) * shrink * scale, (north - y) * scale) for x, y in ring]) for ring in rings)

    return aspect, {code: path(shape) for code, shape in context.shapes.items()}


def _ring(corners: list[tuple[float, float]]) -> str:
    """Corners that fall together are one."""
    rounded = [f"{round(x)} {round(y)}" for x, y in corners]
    kept = [each for place, each in enumerate(rounded) if place == 0 or each != rounded[place - 1]]
    return f"M{'L'.join(kept)}Z"
