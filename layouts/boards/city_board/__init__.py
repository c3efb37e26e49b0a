"""What the room sees of the city: how its conditions stand against their targets, what it is warned of, what takes
place today and tomorrow, which places have something wrong near them, the weather."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from data.domain.guide.board import CityBoard
from layouts.boards.city_board import lists, tiles
from layouts.boards.city_board.agenda import agenda
from layouts.boards.city_board.plan import Id, Panels, panels
from layouts.boards.city_board.warned import warnings
from layouts.kit import tags
from layouts.kit.tags import Tag
from layouts.kit.viewport import DrawContext, Viewport

__all__ = ["Id", "draw", "regions", "rows"]

MOST_ROWS = 24
"""More never fit into a panel."""
_BODIES: dict[Id, Callable[[CityBoard, Panels], Tag]] = {
    Id.TILES: tiles.tiles,
    Id.WARNINGS: warnings,
    Id.AGENDA: agenda,
    Id.PLACES: lists.places,
    Id.WEATHER: lists.weather,
}


def regions(viewport: Viewport, context: DrawContext) -> list[Component]:
    """Empty elements."""
    return [html.Div(id=each, className=each.split("--")[1]) for each in Id]


def rows(viewport: Viewport) -> int:
    """The longest list."""
    return MOST_ROWS


def draw(
    answer: CityBoard, viewport: Viewport, now: datetime, context: DrawContext
) -> dict[str, Tag | dict[str, object]]:
    """By region id; a panel without room is hidden."""
    shown = panels(viewport, context, warnings=len(answer.warnings.rows))
    hidden = tags.Div(hidden=True)
    return {each: draw_one(answer, shown) if each in shown.rooms else hidden for each, draw_one in _BODIES.items()}
