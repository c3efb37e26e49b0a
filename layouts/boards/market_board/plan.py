"""Where the panels of market_board stand, and how much fits into each.

Wide: the table of commodities on the left, over the whole height; beside it a column with what must be sold, and at the
right what to do next, on top. Narrow: two columns below the table. The style sheet has the same tracks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from layouts.kit.screen import GAP
from layouts.kit.viewport import DrawContext, Viewport

PAD_X, PAD_Y = 22, 12
"""Inside a panel, px; the style sheet has the same."""
TITLE_EM = 1.35
ROW_EM = 1.34
WIDE_TABLE, NARROW = 2.4, 2
"""The table's width against one of the other columns'; how many columns the narrow form has."""
TRACKS = 10


class Id(StrEnum):
    """The board's panels."""

    TABLE = "market_board--table"
    LADDER = "market_board--ladder"
    UNSOLD = "market_board--unsold"
    WANTED = "market_board--wanted"
    NEXT = "market_board--next"
    FAIR = "market_board--fair"
    OUTBREAK = "market_board--outbreak"


WIDE_SPANS = {Id.LADDER: 4, Id.UNSOLD: 3, Id.WANTED: 3, Id.NEXT: 4, Id.FAIR: 3, Id.OUTBREAK: 3, Id.TABLE: 10}
NARROW_SPANS = {Id.TABLE: 4} | dict.fromkeys([each for each in Id if each is not Id.TABLE], 2)
"""How many of the tracks each panel is high."""


@dataclass(frozen=True, slots=True)
class Room:
    """The inside of a panel below its title, px."""

    width: float
    height: float

    def lines(self, px: float, em: float = ROW_EM) -> int:
        """How many lines of this type fit."""
        return max(0, int(self.height // (px * em)))


@dataclass(frozen=True, slots=True)
class Panels:
    """What all panels of one drawing share."""

    viewport: Viewport
    context: DrawContext
    rooms: dict[Id, Room]


def panels(viewport: Viewport, context: DrawContext) -> Panels:
    """The room of every panel."""
    narrow = viewport.form == "narrow"
    slot = viewport.slot
    unit = (slot.width - GAP) / 2 if narrow else (slot.width - 2 * GAP) / (WIDE_TABLE + 2)
    widths = dict.fromkeys(Id, unit) | {Id.TABLE: slot.width if narrow else unit * WIDE_TABLE}
    track = (slot.height - GAP * (TRACKS - 1)) / TRACKS
    title = viewport.sizes.row * TITLE_EM
    rooms = {
        each: Room(widths[each] - 2 * PAD_X, span * track + GAP * (span - 1) - 2 * PAD_Y - title)
        for each, span in (NARROW_SPANS if narrow else WIDE_SPANS).items()
    }
    return Panels(viewport, context, rooms)
