"""The tiles: value by target, with what it is made of. 1.0 is on target; the worst is first, missing ones are last."""

from __future__ import annotations

from data.domain.guide.board import CityBoard, Tile
from layouts.boards.city_board.plan import Id, Panels
from layouts.kit import tags
from layouts.kit.screen import GAP
from layouts.kit.tags import Tag
from layouts.kit.text_width import fits, shortened, text_width
from layouts.kit.words import UNKNOWN, Words

TILE_PAD = 13
"""Left and right; the style sheet has the same."""
MARK_EM = 1.15
"""A mark and its gap, in em."""
BESIDE_EM = 0.5
"""Between the figure and what stands beside it, in em of the small type."""
ON_TARGET = 0.995
"""What is written as 1.00 is on target."""
FAR_BELOW = 0.8
"""From here on somebody must act at once."""


def tiles(answer: CityBoard, shown: Panels) -> Tag:
    """As many as have room, in rows of equal tiles."""
    count = shown.columns * shown.tile_rows
    width = (shown.rooms[Id.TILES].width - GAP * (shown.columns - 1)) / shown.columns - 2 * TILE_PAD
    drawn = [_tile(each, width, shown) for each in answer.tiles[:count]]
    style = {**shown.style(Id.TILES), "--columns": str(shown.columns)}
    return tags.Div(drawn, className="tiles-of-city", style=style)


def state_of(tile: Tile) -> str:
    """Colour only where somebody must act."""
    if tile.score is None or tile.score >= ON_TARGET:
        return "none"
    return "overdue" if tile.score < FAR_BELOW else "risk"


def _tile(tile: Tile, width: float, shown: Panels) -> Tag:
    words, sizes, state = shown.viewport.words, shown.viewport.sizes, state_of(tile)
    known = tile.score is not None
    symbol = [tags.Icon(className="mark")] if state != "none" else []
    label_room = width - (MARK_EM * sizes.small if symbol else 0)
    figure = words.number(tile.score or 0, 2) if known else UNKNOWN
    beside = words("kpi.n", n=tile.n)
    left = width - text_width(figure, sizes.figure, 700) - BESIDE_EM * sizes.small
    foot = _foot(tile, words)
    return tags.A(
        [
            tags.Div(
                [*symbol, shortened(_label(tile, words, label_room, sizes.small), sizes.small, label_room, 500)],
                className="tile-label",
            ),
            tags.Div(
                [tags.B(figure), tags.Span(beside) if fits(beside, sizes.small, left) else None],
                className="tile-figure",
            ),
            tags.Div(shortened(foot, sizes.small, width, 500), className="tile-foot"),
        ],
        className="tile",
        href=f"/kota/kondisi/{tile.code}",
        tabindex="-1",
        **{"data-tile": tile.code, "data-state": state},
    )


def _label(tile: Tile, words: Words, room: float, px: float) -> str:
    """Its name; the short one where that has no room."""
    name = words(f"city.tile.{tile.code}")
    return name if fits(name, px, room, 500) else words(f"city.short.{tile.code}")


def _foot(tile: Tile, words: Words) -> str:
    """'72 % dari 90 %': the value and what it should be."""
    if tile.score is None or tile.value is None or tile.target is None:
        return words("city.too_few")
    return words(
        "city.of_target", value=written(tile.value, tile.unit, words), target=written(tile.target, tile.unit, words)
    )


def written(value: float, unit: str, words: Words) -> str:
    """A value of a tile as it is written."""
    if unit == "share":
        return words.number(value * 100) + words("unit.percent")
    return "".join(words.duration_parts(value)) if unit == "seconds" else words.number(value)
