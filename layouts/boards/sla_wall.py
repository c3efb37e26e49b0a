"""Overdue cases, and below them the next ones by remaining working time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from dash import html
from dash.development.base_component import Component

from data.domain.figures.boards import SlaWall
from layouts.boards.sla_rows import PAD, Columns, Rows, columns_of, late_height, next_height
from layouts.kit import tags
from layouts.kit.parts import mark
from layouts.kit.tags import Tag
from layouts.kit.text_width import fits, shortened, text_width
from layouts.kit.viewport import DrawContext, Sizes, Viewport
from layouts.kit.words import Words

BREACHED_SHARE = 0.6
"""Largest share of the height for overdue cases, when there are others."""
EDGE = 20
"""Above and below all rows together, px."""
HEADING_EM = 2.0
"""Mark and gaps of a heading's part, in em."""


class Id(StrEnum):
    """The board's regions."""

    BREACHED = "sla_wall--breached"
    NEXT = "sla_wall--next"


def regions(viewport: Viewport, context: DrawContext) -> list[Component]:
    """Empty elements."""
    return [html.Div(id=region, className=region.split("--")[1]) for region in Id]


def rows(viewport: Viewport) -> int:
    """How many rows can be needed at most: all of them of what comes next, in the flattest form."""
    return max(2, int(_room(viewport) // next_height(viewport, Columns({}, 0))))


def heading_height(type_: Sizes) -> int:
    """Of a part's heading."""
    return round(type_.small * 1.3 + 10)


def _room(viewport: Viewport) -> int:
    """Height for rows, besides the two headings."""
    return viewport.slot.height - EDGE - 2 * heading_height(viewport.sizes)


def draw(
    answer: SlaWall, viewport: Viewport, now: datetime, context: DrawContext
) -> dict[str, Tag | dict[str, object]]:
    """By region id: the overdue part, headed in the wide form by the column titles, and what comes next."""
    columns = columns_of(viewport, context)
    late, soon = share_rows(len(answer.breached), len(answer.next), viewport, columns)
    late_px, soon_px = late_height(viewport, columns), next_height(viewport, columns)
    ease = _ease(_room(viewport) - late * late_px - soon * soon_px, late + soon, viewport)
    drawn = Rows(viewport, now, context, columns)
    breached = [_late_heading(answer, late, viewport, columns), *drawn.draw(answer.breached[:late], True)]
    following = [_next_heading(answer, soon, viewport), *drawn.draw(answer.next[:soon], False)]
    if _cramped(viewport, columns):
        one, other = (Id.BREACHED, Id.NEXT) if answer.breached else (Id.NEXT, Id.BREACHED)
        part, height = (breached, late_px) if answer.breached else (following, soon_px)
        return {one: tags.Div(part, className="part", style=_style(columns, height)), other: tags.Div(hidden=True)}
    return {
        Id.BREACHED: tags.Div(breached, className="part", style=_style(columns, late_px + ease)),
        Id.NEXT: tags.Div(following, className="part", style=_style(columns, soon_px + ease)),
    }


def _cramped(viewport: Viewport, columns: Columns) -> bool:
    """Whether there is space for one part only."""
    return _room(viewport) < late_height(viewport, columns)


def _style(columns: Columns, row_height: int) -> dict[str, str]:
    return {"--row-height": str(row_height), **(columns.style if columns.widths else {})}


def share_rows(breached: int, following: int, viewport: Viewport, columns: Columns) -> tuple[int, int]:
    """How many rows each part gets: overdue first, but never so many that what comes next is out of sight."""
    room, late_px, next_px = _room(viewport), late_height(viewport, columns), next_height(viewport, columns)
    late = min(breached, int(max(room - following * next_px, room * BREACHED_SHARE, late_px) // late_px))
    return late, min(following, max(0, int((room - late * late_px) // next_px)))


def _ease(left: int, count: int, viewport: Viewport) -> int:
    """Extra height of each row, so that the rows fill the space evenly, px."""
    return max(0, min(viewport.sizes.small // 2, left // max(1, count)))


def _late_heading(answer: SlaWall, shown: int, viewport: Viewport, columns: Columns) -> Tag:
    """How many are overdue, and how many of them are shown."""
    words, px, note = viewport.words, viewport.sizes.small, ""
    room = columns.case if columns.widths else viewport.slot.width - 2 * PAD
    if not shown:
        told = tags.B(shortened(words("sla.no_breach"), px, room))
    else:
        text = words("sla.breached", n=answer.breached_total)
        told = tags.B([mark("overdue"), text], className="overdue")
        note = words("sla.shown", n=shown) if answer.breached_total > shown else ""
        note = note if fits(text + note, px, room - HEADING_EM * px) else ""
    if not columns.widths:
        return tags.Div([told, tags.Span(note, className="note")], className="heading")
    first = tags.Div([told, tags.Span(note, className="beside")], className="heading")
    titles = [tags.Span(words(f"sla.{name}"), className=name) for name in columns.widths]
    return tags.Div([first, *titles], className="titles")


def _next_heading(answer: SlaWall, shown: int, viewport: Viewport) -> Tag:
    """What comes next, how many of them soon, how much time is paused, and that time is working time: as
    much of it as there is room for."""
    words, px, room = viewport.words, viewport.sizes.small, float(viewport.slot.width - 2 * PAD)
    parts: list[tuple[str, Tag]] = []
    if answer.at_risk_total:
        risk = words("sla.at_risk", n=answer.at_risk_total)
        parts.append((risk, tags.Span([mark("risk"), risk], className="counted risk")))
    title = words("sla.next" if shown or parts else "sla.nothing")
    title = title if parts else shortened(title, px, room)
    parts.insert(0, (title, tags.B(title)))
    if paused := _paused(answer, words):
        parts.append((paused, tags.Span(paused, className="beside")))
    parts.append((words("sla.worktime"), tags.Span(words("sla.worktime"), className="note")))
    return tags.Div(_fitting(parts, px, room, keep=1 if answer.at_risk_total else 0), className="heading")


def _paused(answer: SlaWall, words: Words) -> str:
    """The share of working time that cases spent paused, with what it is a share of; empty without data."""
    time = answer.paused
    if time is None or time.share is None:
        return ""
    percent = words.number(time.share * 100) + words("unit.percent")
    value = words("sla.pause_value", share=percent, n=round(time.total_s / 3600))
    return ": ".join((words("sla.pause_share"), value))


def _fitting(parts: Sequence[tuple[str, Tag]], px: int, room: float, keep: int) -> list[Tag]:
    """Those that fit side by side; the part `keep` always, the others in their order."""
    left = room - text_width(parts[keep][0], px, 600) - HEADING_EM * px
    chosen = {keep}
    for place, (text, _) in enumerate(parts):
        if place != keep and fits(text, px, left):
            chosen.add(place)
            left -= text_width(text, px, 600) + HEADING_EM * px / 2
    return [component for place, (_, component) in enumerate(parts) if place in chosen]
