"""The outbreak watch: the villages as a small map, tinted where there are more reports than usual, and their names."""

from __future__ import annotations

from data.domain.market.board import MarketBoard, Outbreak
from layouts.boards.maps.outlines import outlines
from layouts.boards.market_board.plan import Id, Panels
from layouts.kit import tags
from layouts.kit.tags import Tag
from layouts.kit.text_width import shortened, text_width

MAP_SHARE = 0.42
"""The map's largest share of the panel's width."""
WEEKS_NEEDED = 8
"""C1's baseline and the week itself."""
GAP = 18
"""Between the map and the list, px; the style sheet has the same."""


def outbreak(answer: MarketBoard, shown: Panels) -> list[Tag]:
    """Map and list."""
    room, sizes = shown.rooms[Id.OUTBREAK], shown.viewport.sizes
    villages = outlines(shown.context)
    width = min(room.width * MAP_SHARE, room.height * villages.aspect)
    alarmed = {each.code for each in answer.watch.outbreaks}
    reported = {code for code, _ in answer.watch.reports}
    shapes = [
        Tag("path", d=path, className="alarm" if code in alarmed else "some" if code in reported else None)
        for code, path in villages.paths.items()
    ]
    svg = Tag("svg", shapes, className="villages", viewBox=villages.box, style={"--width": str(round(width))})
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
