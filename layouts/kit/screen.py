"""A configured screen: the boards of its main area, and the size of every board.

A wall has three bands: the strip (figures and clock), the main area, the footer (state, ticker, sources). Strip and
footer have the same size on every wall with the same panel; their heights follow from the type size.
All numbers are design px (see `layouts.kit.viewport`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from data.domain.figures.boards import Layer
from layouts.kit.text_width import text_width
from layouts.kit.viewport import Panel, Sizes, Slot, Viewport, sizes
from layouts.kit.words import LANGUAGES, Words, words

MARGIN = 24
GAP = 16
NARROW_BELOW = 1200
CLOCK_EM = 1.35
"""Size of the clock against the figures'; the style sheet has the same."""
MARK_PAD = 38
"""Left and right in the footer's marks, and their borders."""
SOURCES_SHARE = 0.37
"""The sources' share of the footer; the ticker has the rest."""
CLOCK_MOST = 0.26
"""The clock's largest share of the width; with larger type the date is short."""
MODES = ("connecting", "live", "late", "stale", "offline")
"""The states of a wall, decided by its script."""
PAGE_TYPE, PAGE_SLOT = Sizes(16, 16, 20, 28), Slot(NARROW_BELOW, 0)
"""What stands for type and room on a page for persons."""
OVERLAY = "warning_overlay"
FIXED = ("kpi_strip", "ticker", "feed_health", OVERLAY)
"""Boards on every wall: in the strip, in the footer, and over strip and main area while a warning takes the screen."""


@dataclass(frozen=True, slots=True)
class Part:
    """A board in the main area; widths (heights on a portrait screen) are in proportion to the shares."""

    board: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class ScreenLayout:
    """One screen of config.yaml."""

    name: str
    title: str
    panel: Panel
    lang: str
    """'id' or 'en'."""
    theme: str
    """'dark' or 'light'."""
    main: tuple[Part, ...]
    layers: frozenset[Layer] = frozenset()
    """What its map shows of the city besides cases."""

    @property
    def boards(self) -> tuple[str, ...]:
        """Every board this screen carries."""
        return tuple(part.board for part in self.main) + FIXED

    def turned(self, portrait: bool) -> ScreenLayout:
        """The same screen in portrait or landscape."""
        return replace(self, panel=replace(self.panel, portrait=portrait))


@dataclass(frozen=True, slots=True)
class Bands:
    """The heights of the bands and the width of the clock."""

    strip: int
    main: int
    footer: int
    clock: int


def tile_height(type_: Sizes) -> int:
    """Label, figure and footnote of one tile, with their air."""
    return round(type_.small * 1.25 * 2 + type_.figure * 1.06 + 22)


def footer_height(type_: Sizes, portrait: bool) -> int:
    """Two lines of the ticker; on a portrait screen the sources have a line of their own below."""
    line = type_.small * 1.3
    return round(line * 2 + 14 + (line + 10 if portrait else 0))


def badge_width(type_: Sizes) -> int:
    """Of the badge with the wall's state: its longest text in any language."""
    said = [words(lang)(f"js.{mode}") for lang in LANGUAGES for mode in MODES]
    return round(max(text_width(word, type_.small, 700) for word in [*said, "data 00:00:00"]) * 1.03) + MARK_PAD


def bands_of(panel: Panel) -> Bands:
    """The bands of a wall on this panel."""
    type_ = sizes(panel)
    date = min(text_width("Wednesday, 24 Nov 2026", type_.small), panel.width * CLOCK_MOST)
    clock = round(max(date, text_width("00:00", type_.figure * CLOCK_EM, 700)) + 8)
    strip = tile_height(type_)
    if panel.portrait:
        strip = round(type_.figure * 1.3) + GAP + 2 * strip + GAP
    footer = footer_height(type_, panel.portrait)
    main = panel.height - 2 * MARGIN - 2 * GAP - strip - footer
    return Bands(strip, main, footer, clock)


def viewports(screen: ScreenLayout, portrait: bool, lang: str, timezone: str) -> dict[str, Viewport]:
    """The viewport of every board of the screen, by the board's name. `portrait` and `lang` as the browser says."""
    turned = screen.turned(portrait)
    type_, texts = sizes(turned.panel), words(lang)
    found = {board: _viewport(slot, type_, texts, timezone) for board, slot in slots(turned).items()}
    found |= {OVERLAY: replace(found[OVERLAY], screen=screen.name)}
    if "command_map" in found:
        found["command_map"] = replace(found["command_map"], layers=screen.layers)
    return found


def page_viewport(lang: str, timezone: str) -> Viewport:
    """Of a board on a page for persons: the browser lays it out, and its type is the page's."""
    return Viewport(lang, PAGE_TYPE, PAGE_SLOT, words(lang), timezone)


def _viewport(slot: Slot, type_: Sizes, texts: Words, timezone: str) -> Viewport:
    form = "narrow" if slot.width < NARROW_BELOW else "wide"
    return Viewport(texts.lang, type_, slot, texts, timezone, form)


def slots(screen: ScreenLayout) -> dict[str, Slot]:
    """The room of every board of the screen, in its present orientation."""
    panel, bands = screen.panel, bands_of(screen.panel)
    inner = panel.width - 2 * MARGIN
    parts = _shares(screen, inner, bands.main)
    strip = Slot(inner, bands.strip) if panel.portrait else Slot(inner - bands.clock - GAP, bands.strip)
    overlay = Slot(inner, bands.strip + GAP + bands.main)
    return {**parts, "kpi_strip": strip, **_footer(panel, bands, inner), OVERLAY: overlay}


def _shares(screen: ScreenLayout, width: int, height: int) -> dict[str, Slot]:
    total = sum(part.share for part in screen.main)
    along = (height if screen.panel.portrait else width) - GAP * (len(screen.main) - 1)
    rooms = {part.board: int(along * part.share / total) for part in screen.main}
    if screen.panel.portrait:
        return {board: Slot(width, room) for board, room in rooms.items()}
    return {board: Slot(room, height) for board, room in rooms.items()}


def _footer(panel: Panel, bands: Bands, inner: int) -> dict[str, Slot]:
    type_ = sizes(panel)
    marks = badge_width(type_) + round(text_width("DEMO", type_.small * 1.1, 700)) + MARK_PAD + 2 * GAP
    if panel.portrait:
        line = round(type_.small * 1.3)
        return {"ticker": Slot(inner - marks, bands.footer - line - 10), "feed_health": Slot(inner, line)}
    rest = inner - marks - GAP
    sources = round(rest * SOURCES_SHARE)
    return {"ticker": Slot(rest - sources, bands.footer), "feed_health": Slot(sources, bands.footer)}
