"""Cases that have gone up the ladder, as many as fit: the rows of sla_wall under one heading."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from dash import html
from dash.development.base_component import Component

from data.domain.figures.boards import Escalations
from layouts.boards.sla_rows import PAD, Columns, Rows, columns_of, late_height
from layouts.boards.sla_wall import EDGE, HEADING_EM, heading_height
from layouts.kit import tags
from layouts.kit.parts import mark
from layouts.kit.tags import Tag
from layouts.kit.text_width import shortened
from layouts.kit.viewport import DrawContext, Viewport


class Id(StrEnum):
    """The board's region."""

    LIST = "escalations--list"


def regions(viewport: Viewport, context: DrawContext) -> list[Component]:
    """An empty element."""
    return [html.Div(id=Id.LIST, className="breached")]


def rows(viewport: Viewport) -> int:
    """How many rows can be needed at most, in the flattest form."""
    return max(1, int(_room(viewport) // late_height(viewport, Columns({}, 0))))


def _room(viewport: Viewport) -> int:
    return viewport.slot.height - EDGE - heading_height(viewport.sizes)


def draw(
    answer: Escalations, viewport: Viewport, now: datetime, context: DrawContext
) -> dict[str, Tag | dict[str, object]]:
    """By region id: how many there are, and the first of them."""
    columns = columns_of(viewport, context)
    height = late_height(viewport, columns)
    shown = answer.rows[: max(1, int(_room(viewport) // height))]
    drawn = Rows(viewport, now, context, columns).draw(shown, True)
    style = {"--row-height": str(height), **(columns.style if columns.widths else {})}
    return {Id.LIST: tags.Div([_heading(answer, viewport, columns), *drawn], className="part", style=style)}


def _heading(answer: Escalations, viewport: Viewport, columns: Columns) -> Tag:
    """How many there are; in the wide form the columns' titles follow."""
    words, px = viewport.words, viewport.sizes.small
    room = (columns.case if columns.widths else viewport.slot.width - 2 * PAD) - HEADING_EM * px
    if answer.rows:
        told = shortened(words("escalation.board.title", n=answer.total), px, room)
        first = tags.Div(tags.B([mark("overdue"), told], className="overdue"), className="heading")
    else:
        first = tags.Div(tags.B(shortened(words("escalation.board.none"), px, room)), className="heading")
    if not columns.widths or not answer.rows:
        return first
    titles = [tags.Span(words(f"sla.{name}"), className=name) for name in columns.widths]
    return tags.Div([first, *titles], className="titles")
