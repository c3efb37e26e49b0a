"""The tiles: value by target, with what it is made of. 1.0 is on target; the worst is first, missing ones are last."""

from __future__ import annotations

from data.domain.figures.definitions import BY_CODE
from data.domain.figures.kpis import Unit
from data.domain.guide.board import CityBoard
from data.domain.guide.scores import Missing, Tile
from layouts.boards.city_board.plan import Id, Panels
from layouts.boards.market_board.amounts import rupiah
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
"""Below it somebody must act first."""

_MISSING = {
    Missing.NO_DATA: "city.missing.no_data",
    Missing.FEW: "city.missing.few",
    Missing.NO_PAST: "city.missing.no_past",
}


def tiles(answer: CityBoard, shown: Panels) -> Tag:
    """As many as have room, in rows of equal tiles."""
    count = shown.columns * shown.tile_rows
    width = (shown.rooms[Id.TILES].width - GAP * (shown.columns - 1)) / shown.columns - 2 * TILE_PAD
    drawn = [_tile(each, width, shown) for each in answer.tiles.tiles[:count]]
    style = {**shown.style(Id.TILES), "--columns": str(shown.columns)}
    return tags.Div(drawn, className="tiles-of-city", style=style)


def state_of(tile: Tile) -> str:
    """Colour only where somebody must act."""
    if tile.score is None or tile.score >= ON_TARGET:
        return "none"
    return "overdue" if tile.score < FAR_BELOW else "risk"


def _tile(tile: Tile, width: float, shown: Panels) -> Tag:
    """A link to what it is made of; on a wall nobody clicks."""
    words, px, state = shown.viewport.words, shown.viewport.sizes.small, state_of(tile)
    symbol = [tags.Icon(className="mark")] if state != "none" else []
    name = tile.rule.name.get(words.lang) or tile.rule.code
    label = shortened(name, px, width - (MARK_EM * px if symbol else 0), 500)
    return tags.A(
        [
            tags.Div([*symbol, label], className="tile-label"),
            _figure(tile, width, shown),
            tags.Div(shortened(_foot(tile, width, shown), px, width, 500), className="tile-foot"),
        ],
        className="tile",
        href=f"/kota/kondisi/{tile.rule.code}",
        tabindex="-1",
        **{"data-tile": tile.rule.code, "data-state": state},
    )


def _figure(tile: Tile, width: float, shown: Panels) -> Tag:
    words, sizes = shown.viewport.words, shown.viewport.sizes
    figure = UNKNOWN if tile.score is None else words.number(tile.score, 2)
    left = width - text_width(figure, sizes.figure, 700) - BESIDE_EM * sizes.small
    beside = words("kpi.n", n=tile.n)
    more = tags.Span(beside) if fits(beside, sizes.small, left) else None
    return tags.Div([tags.B(figure), more], className="tile-figure")


def _foot(tile: Tile, width: float, shown: Panels) -> str:
    """'72 % dari 90 %': the value and what it should be, and until which day where that has room."""
    words = shown.viewport.words
    if tile.missing is not None:
        return words(_MISSING[tile.missing])
    value, target = written(tile.value, tile, words), written(tile.target, tile, words)
    day = f"{tile.period.last.day} {words(f'js.month.{tile.period.last.month}')}"
    told, until = words("city.of_target", value=value, target=target), f"{words('city.until')} {day}"
    ways = (f"{told} · {until}", f"{value} / {target} · {until}", f"{value} / {target} · {day}", told)
    return next((way for way in ways if fits(way, shown.viewport.sizes.small, width, 500)), told)


def written(value: float | None, tile: Tile, words: Words) -> str:
    """A value of its figure, with its unit."""
    if value is None:
        return UNKNOWN
    unit = BY_CODE[tile.rule.figure].unit
    if unit is Unit.SHARE:
        return words.share(value) + words("unit.percent")
    if unit is Unit.SECONDS:
        return "".join(words.duration_parts(value))
    return rupiah(round(value), words) if unit is Unit.RUPIAH else words.number(value)
