"""The latest events, newest first, as many as fit in the footer; equal events are counted together."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from dash import html
from dash.development.base_component import Component

from data.domain.figures.boards import Ticker, TickerItem
from layouts.kit import tags
from layouts.kit.parts import TextSpace, clock_time, counted, names_of, titled
from layouts.kit.screen import GAP
from layouts.kit.tags import Tag
from layouts.kit.text_width import text_width
from layouts.kit.viewport import DrawContext, Viewport

COLUMN_EM = 18
"""Least width of a column of the ticker, in em of its type."""
LEAST_EM = 9
"""When a title would have less space, the time is left out; below half of it, everything."""
WORD_EM = 0.4
"""Between the words of an item, as in the style sheet."""
TONES = {"breached": "overdue", "warned": "risk", "escalated": "risk", "received": "new", "reopened": "new"}
"""Kinds that take a colour; everything else is grey."""


class Id(StrEnum):
    """The board's regions."""

    ITEMS = "ticker--items"


def regions(viewport: Viewport, context: DrawContext) -> list[Component]:
    """Empty elements."""
    return [html.Div(id=Id.ITEMS, className="items")]


def columns(viewport: Viewport) -> int:
    """How many items stand side by side."""
    return max(1, int((viewport.slot.width + GAP) // (viewport.sizes.small * COLUMN_EM + GAP)))


def rows(viewport: Viewport) -> int:
    """How many items fit: two lines of them."""
    return 2 * columns(viewport)


def draw(answer: Ticker, viewport: Viewport, now: datetime, context: DrawContext) -> dict[str, Tag | dict[str, object]]:
    """By region id: the newest items, down the first column, then down the next."""
    if viewport.slot.width < LEAST_EM / 2 * viewport.sizes.small:
        return {Id.ITEMS: tags.Div(hidden=True)}
    items = [_item(item, viewport, context) for item in answer.items[: rows(viewport)]]
    if not items:
        items = [tags.Div(viewport.words("ticker.none"), className="item calm")]
    return {Id.ITEMS: tags.Div(items, className="item-grid", style={"--columns": str(columns(viewport))})}


def _item(item: TickerItem, viewport: Viewport, context: DrawContext) -> Tag:
    px, clock, kind = (
        viewport.sizes.small,
        clock_time(item.at, viewport.timezone),
        _kind(item, viewport),
    )
    width = (viewport.slot.width - GAP * (columns(viewport) - 1)) / columns(viewport)
    room = TextSpace(px, width - text_width(f"{clock}{kind}", px, 600) - 2 * WORD_EM * px)
    if room.width < LEAST_EM * px:
        clock, room = "", TextSpace(px, width - text_width(kind, px, 600) - WORD_EM * px)
    village = None if item.private else item.village
    names = names_of(item.title, item.category, item.private, viewport, context.city)
    names = names or (viewport.words("ticker.cases", n=item.count),)
    told = tags.Div(titled(names, village, counted(item.count, viewport), viewport, room), className="fit")
    parts = [tags.Time(clock) if clock else None, tags.Span(kind, className="kind"), told]
    return tags.Div(parts, className="item", **{"data-state": TONES.get(item.kind, "none"), "data-kind": item.kind})


def _kind(item: TickerItem, viewport: Viewport) -> str:
    if item.receiver is None:
        return viewport.words(f"ticker.{item.kind}")
    return viewport.words(f"ticker.{item.kind}", to=viewport.words(f"escalation.to.{item.receiver}"))
