"""Where the panels of city_board stand, and how much fits into each.

The tiles stand on top, as large as those of the strip. Below them, wide: warnings above the weather, then the agenda,
then places with something wrong near them. Narrow: two columns below the tiles. Where type is so large that a panel
would hold less than two entries, what can wait is left out. The browser puts each panel where this says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from layouts.kit.screen import GAP, tile_height
from layouts.kit.viewport import DrawContext, Sizes, Slot, Viewport

PAD_X, PAD_Y = 22, 12
"""Inside a panel, px; the style sheet has the same."""
TITLE_EM = 1.35
DOUBLE_EM = 2.36
"""Height of an entry of two lines, in em of the row's type; the style sheet has the same."""
LEAST_TILE_EM = 4.3
"""Least width of a tile, in em of its figure."""
COLUMNS = (6, 3, 2, 1)
"""Of the tiles, so that rows are full."""
TILES = 6
LEAST_COLUMN_EM = 13
"""Least width of a list, in em of the row's type."""
FIRST_SHARE = 1.16
"""The width of the column with the warnings against the others."""
LEAST_ENTRIES = 2
WEATHER_ENTRIES = 3


class Id(StrEnum):
    """The board's panels."""

    TILES = "city_board--tiles"
    WARNINGS = "city_board--warnings"
    AGENDA = "city_board--agenda"
    PLACES = "city_board--places"
    WEATHER = "city_board--weather"


@dataclass(frozen=True, slots=True)
class Room:
    """A panel's place on the board, px."""

    left: float
    top: float
    width: float
    height: float

    @property
    def inner(self) -> float:
        """The width of its text."""
        return self.width - 2 * PAD_X

    def lines(self, px: float, em: float) -> int:
        """How many lines of this type fit under a title of the same type."""
        return max(0, int((self.height - 2 * PAD_Y - px * TITLE_EM + 1) // (px * em)))


@dataclass(frozen=True, slots=True)
class Panels:
    """What all panels of one drawing share."""

    viewport: Viewport
    context: DrawContext
    rooms: dict[Id, Room]
    columns: int
    """In how many columns the tiles stand."""
    tile_rows: int

    def style(self, each: Id) -> dict[str, str]:
        """Its place in shares of the board, so that it keeps it in a window of any shape."""
        room, slot = self.rooms[each], self.viewport.slot
        parts = {
            "left": room.left / slot.width,
            "top": room.top / slot.height,
            "width": room.width / slot.width,
            "height": room.height / slot.height,
        }
        return {name: f"{part * 100:.3f}%" for name, part in parts.items()}


def panels(viewport: Viewport, context: DrawContext, *, warnings: int = 1) -> Panels:
    """The room of every panel that is shown. `warnings`: how many there are; what they do not need has the weather."""
    rooms, columns, tile_rows = _rooms(viewport.slot, viewport.sizes, viewport.form, max(1, warnings))
    return Panels(viewport, context, rooms, columns, tile_rows)


@lru_cache(maxsize=64)
def _rooms(slot: Slot, sizes: Sizes, form: str, warnings: int) -> tuple[dict[Id, Room], int, int]:
    least_tile = sizes.figure * LEAST_TILE_EM + GAP
    columns = next((each for each in COLUMNS if each * least_tile <= slot.width + GAP), 1)
    least = _least(sizes, LEAST_ENTRIES)
    for tile_rows in (-(-TILES // columns), 1, 0):
        top = tile_rows * (tile_height(sizes) + GAP)
        body = Room(0, top, slot.width, slot.height - top)
        if body.height >= least * (1 if form == "wide" else 2) + GAP or not tile_rows:
            break
    rooms = _wide(body, sizes, warnings) if form == "wide" else _narrow(body, sizes)
    if tile_rows:
        rooms[Id.TILES] = Room(0, 0, slot.width, top - GAP)
    return rooms, columns, tile_rows


def panel_height(sizes: Sizes, inside: float) -> float:
    """Of a panel with so much below its title."""
    return 2 * PAD_Y + sizes.row * TITLE_EM + inside


def _least(sizes: Sizes, entries: int) -> float:
    """The height of a panel with so many entries."""
    return panel_height(sizes, sizes.row * entries * DOUBLE_EM)


def warning_row(sizes: Sizes) -> float:
    """The height of one: its event for the farthest reader, and its area. The style sheet has the same."""
    return sizes.far * 1.25 + sizes.small * 1.45


def _wide(body: Room, sizes: Sizes, warnings: int) -> dict[Id, Room]:
    """Three columns, the first one wider; the weather stands below the warnings, where both have room."""
    if body.width / 3 < sizes.row * LEAST_COLUMN_EM:
        return _beside(body, (Id.WARNINGS, Id.PLACES))
    first, agenda, places = _beside(body, (Id.WARNINGS, Id.AGENDA, Id.PLACES), FIRST_SHARE).items()
    one, weather = panel_height(sizes, warning_row(sizes)), _least(sizes, WEATHER_ENTRIES)
    if first[1].height - weather - GAP < one:
        return dict((first, agenda, places))
    wanted = panel_height(sizes, warnings * warning_row(sizes))
    weather = max(weather, first[1].height - wanted - GAP)
    return dict((*_above(first[1], Id.WARNINGS, Id.WEATHER, weather).items(), agenda, places))


def _narrow(body: Room, sizes: Sizes) -> dict[Id, Room]:
    """Warnings beside the weather, the agenda beside the places; one below the other where type is large."""
    least = _least(sizes, LEAST_ENTRIES)
    if body.width / 2 < sizes.row * LEAST_COLUMN_EM:
        count = max(1, min(4, int((body.height + GAP) // (_least(sizes, 1) + GAP))))
        order = (Id.WARNINGS, Id.PLACES, Id.AGENDA, Id.WEATHER)[:count]
        height = (body.height - GAP * (count - 1)) / count
        return {
            each: Room(body.left, body.top + at * (height + GAP), body.width, height) for at, each in enumerate(order)
        }
    if body.height < 2 * least + GAP:
        return _beside(body, (Id.WARNINGS, Id.PLACES))
    high = max(least, min(body.height * 0.4, panel_height(sizes, WEATHER_ENTRIES * warning_row(sizes))))
    upper = Room(body.left, body.top, body.width, high)
    lower = Room(body.left, body.top + high + GAP, body.width, body.height - high - GAP)
    return {**_beside(upper, (Id.WARNINGS, Id.WEATHER)), **_beside(lower, (Id.AGENDA, Id.PLACES))}


def _beside(room: Room, order: Sequence[Id], share: float = 1) -> dict[Id, Room]:
    """`share`: of the first one's width against the others'."""
    unit = (room.width - GAP * (len(order) - 1)) / (len(order) - 1 + share)
    found, left = {}, room.left
    for at, each in enumerate(order):
        width = unit if at else unit * share
        found[each] = Room(left, room.top, width, room.height)
        left += width + GAP
    return found


def _above(room: Room, upper: Id, lower: Id, height: float) -> dict[Id, Room]:
    """`height`: of the lower one."""
    top = room.height - height - GAP
    return {
        upper: Room(room.left, room.top, room.width, top),
        lower: Room(room.left, room.top + top + GAP, room.width, height),
    }
