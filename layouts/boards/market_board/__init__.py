"""What the room sees of the market: one table of commodities, what must be sold and what is wanted, who presses
farmers, where pests spread, and at the top right what to do next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from data.domain.market.board import MarketBoard
from layouts.boards.market_board import outbreak_map
from layouts.boards.market_board import panels as lists
from layouts.boards.market_board import table as commodities
from layouts.boards.market_board.plan import Id, Panels, panels
from layouts.kit import tags
from layouts.kit.tags import Tag
from layouts.kit.text_width import fits, shortened, text_width
from layouts.kit.viewport import DrawContext, Viewport

__all__ = ["Id", "draw", "regions", "rows"]

MOST_ROWS = 24
"""More never fit into a panel; there are 22 commodities."""
_BODIES: dict[Id, Callable[[MarketBoard, Panels], list[Tag]]] = {
    Id.TABLE: commodities.table,
    Id.LADDER: lists.ladder,
    Id.UNSOLD: lists.unsold,
    Id.WANTED: lists.wanted,
    Id.NEXT: lists.following,
    Id.FAIR: lists.fair,
    Id.OUTBREAK: outbreak_map.outbreak,
}


def regions(viewport: Viewport, context: DrawContext) -> list[Component]:
    """Empty elements."""
    return [html.Div(id=each, className=each.split("--")[1]) for each in Id]


def rows(viewport: Viewport) -> int:
    """The longest list."""
    return MOST_ROWS


def draw(
    answer: MarketBoard, viewport: Viewport, now: datetime, context: DrawContext
) -> dict[str, Tag | dict[str, object]]:
    """By region id."""
    shown = panels(viewport, context)
    return {each: _panel(each, answer, shown) for each in Id}


def _panel(each: Id, answer: MarketBoard, shown: Panels) -> Tag:
    room, px, words = shown.rooms[each], shown.viewport.sizes.row, shown.viewport.words
    title, note = commodities.told(answer, shown) if each is Id.TABLE else _title(each, shown)
    told = shortened(title, px, room.width)
    note = note if fits(f"{told} {note}", px, room.width) else ""
    width = text_width(note, px)
    head = tags.Div([tags.B(told), tags.Span(note) if width else None], className="told")
    one = " one" if shown.viewport.form == "narrow" else ""
    return tags.Div([head, *_BODIES[each](answer, shown)], className=f"panel{one}", lang=words.lang)


def _title(each: Id, shown: Panels) -> tuple[str, str]:
    name = each.split("--")[1]
    return shown.viewport.words(f"market.title.{name}"), str(shown.viewport.words.texts.get(f"market.note.{name}", ""))
