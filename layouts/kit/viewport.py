"""The viewport of a board: panel, distance of readers, language, and the sizes that follow.

Sizes are in design pixels: a landscape wall is 1920 wide, a portrait one 1080; CSS scales them to the panel.
Character height = 6.283 x distance x arcminutes / 21600 (NUREG-0700); Manrope's capitals are 0.70 em high.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from data.domain.city.model import City
from data.domain.figures.boards import Layer, Shapes
from layouts.kit.words import Words

ARCMIN_FLOOR = 16
ARCMIN_GOOD = 20
CAP_HEIGHT = 0.70
SMALLEST_PX = 24


@dataclass(frozen=True, slots=True)
class Slot:
    """The size of a board on the screen, design px."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Panel:
    """A monitor and its readers' distances in meters."""

    inches: float
    farthest_m: float
    desk_m: float
    portrait: bool = False

    @property
    def width(self) -> int:
        """Design px."""
        return 1080 if self.portrait else 1920

    @property
    def height(self) -> int:
        """Design px."""
        return 1920 if self.portrait else 1080

    @property
    def mm_per_px(self) -> float:
        """Of a 16:9 panel, per design px."""
        return self.inches * 25.4 / math.hypot(1920, 1080)


def text_px(panel: Panel, distance_m: float, arcmin: float) -> float:
    """The font size (CSS px) at which capitals subtend `arcmin` at `distance_m`."""
    height_mm = 6.283 * distance_m * 1000 * arcmin / 21600
    return height_mm / CAP_HEIGHT / panel.mm_per_px


@dataclass(frozen=True, slots=True)
class Sizes:
    """Type sizes of one screen, design px: `small` and `row` for the desk, `far` and `figure` for the far reader."""

    small: int
    row: int
    far: int
    figure: int


def sizes(panel: Panel) -> Sizes:
    """What the panel and the distances ask for; never below SMALLEST_PX."""
    small = max(SMALLEST_PX, math.ceil(text_px(panel, panel.desk_m, ARCMIN_FLOOR)))
    row = max(small + 6, math.ceil(text_px(panel, panel.desk_m, ARCMIN_GOOD)))
    far = max(row + 4, math.ceil(text_px(panel, panel.farthest_m, ARCMIN_FLOOR)))
    figure = max(round(far * 1.4), math.ceil(text_px(panel, panel.farthest_m, ARCMIN_GOOD)))
    return Sizes(small, row, far, figure)


@dataclass(frozen=True, slots=True)
class Viewport:
    """What a drawing depends on besides the answer and the DrawContext; equal viewports have equal drawings."""

    lang: str
    sizes: Sizes
    slot: Slot
    words: Words
    """`words(key, **values)` gives text in the screen's language; also its numbers, durations and dates."""
    timezone: str
    form: str = "wide"
    """'wide' or 'narrow' (a side panel): follows from the slot's width."""
    layers: frozenset[Layer] = frozenset()
    """What a map shows of the city besides cases."""
    screen: str = ""
    """The screen, for a board that depends on it (warning_overlay); empty for all others, which screens share."""


Box = tuple[tuple[float, float], tuple[float, float]]
"""South-west and north-east corner, each (lat, lon) in WGS84 degrees."""


@dataclass(frozen=True, slots=True, eq=False)
class DrawContext:
    """What every drawing of this installation needs: the configured city, the boundaries of its map.

    Compared by identity, so that results can be cached by it.
    """

    city: City
    build: str
    """Of the running program and of everything a wall's page holds: a change makes every wall load anew."""
    demo: bool
    """True: this installation shows invented cases."""
    tiles: str | None
    """URL template of map tiles; None: the villages alone are the map."""
    shapes: Shapes
    """GeoJSON geometry by village code."""
    districts: Shapes
    """GeoJSON geometry by kecamatan name."""
    official: bool
    """False: the shapes are approximate cells around the village offices."""
    tiles_zoom: int = 17
    """The deepest zoom that the tiles hold; beyond it they are drawn larger."""
    attribution: str | None = None
    """Whose tiles they are, in plain text."""
    centre: Box = ((-7.9035, 112.4920), (-7.8455, 112.5600))
    """The crowded town centre, which the map shows once more and larger."""
