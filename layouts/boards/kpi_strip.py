"""The strip of figures: label, figure, the usual value at this hour, the change since an hour ago; and what a figure
leaves out, counted beside it.

Which tiles are shown, their width and label depend on the panel and on whether a count has more than three digits, not
on the figures: a tile does not move from one change to the next.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from dash import html
from dash.development.base_component import Component

from data.domain.figures.boards import Kpi, KpiStrip, Note
from data.domain.figures.kpis import FEW, FIGURES, STRIP, Better, Unit
from layouts.kit import tags
from layouts.kit.screen import GAP, tile_height
from layouts.kit.tags import Tag
from layouts.kit.text_width import text_width
from layouts.kit.viewport import DrawContext, Sizes, Viewport
from layouts.kit.words import UNKNOWN, Words

PAD, FOOT_GAP_EM, UNIT_SHARE = 13, 0.7, 0.55
"""Left and right in a tile; between the notes below a figure; size of a unit. The style sheet has the same."""
IMPORTANCE = ("overdue", "at_risk", "open", "received", "on_time", "first_response", "citizen_wait")
"""The order of importance: what does not fit is left out from the end."""
TOGETHER = frozenset({"first_response", "citizen_wait"})
"""The agencies' time and the citizen's own: neither stands without the other."""
LEVELS = {"overdue": "overdue", "at_risk": "risk"}
"""Tiles that take a colour as soon as they are not zero."""
MORE_IS_BETTER = frozenset(figure.name for figure in STRIP if figure.better is Better.UP)
FEW_DIGITS, MANY_DIGITS = 3, 6
_LARGEST = {FEW_DIGITS: 888, MANY_DIGITS: 888_888}
LONGEST_S = 8.8 * 86400
"""The widest duration: '8,8 hari'."""
_NOTES = {"first_response": ("outside", "waiting"), "citizen_wait": ("p90",)}


class Id(StrEnum):
    """The board's regions."""

    TILES = "kpi_strip--tiles"


def regions(viewport: Viewport, context: DrawContext) -> list[Component]:
    """Empty elements."""
    return [html.Div(id=Id.TILES, className="tiles")]


def rows(viewport: Viewport) -> int:
    """All figures; the drawing decides how many fit."""
    return len(IMPORTANCE)


def draw(
    answer: KpiStrip, viewport: Viewport, now: datetime, context: DrawContext
) -> dict[str, Tag | dict[str, object]]:
    """By region id: the tiles that fit."""
    places, columns = arrange(tuple((kpi.name, kpi.unit, digits(kpi)) for kpi in answer.tiles), viewport)
    by_name = {kpi.name: kpi for kpi in answer.tiles}
    tiles = [_tile(by_name[place.name], place, viewport.words) for place in places]
    return {Id.TILES: tags.Div(tiles, className="tile-row", style={"--columns": str(columns)})}


def digits(kpi: Kpi) -> int:
    """FEW_DIGITS or MANY_DIGITS: what the largest count in the tile needs."""
    counts = [kpi.n or 0, *(value or 0 for value in (kpi.value, kpi.usual, kpi.hour_ago) if kpi.unit == "count")]
    counts += [note.value or 0 for note in kpi.notes if note.name != "p90"]
    return FEW_DIGITS if max(counts) < 1000 else MANY_DIGITS


def widest(name: str, size: int) -> Kpi:
    """The widest figures of this tile, with counts of so many digits."""
    figure, most = FIGURES[name], _LARGEST[size]
    value, less = {Unit.COUNT: (most, most - most // 10), Unit.SHARE: (0.88, 0.8), Unit.SECONDS: (LONGEST_S, 0)}[
        figure.unit
    ]
    notes = tuple(Note(note, LONGEST_S if note == "p90" else most) for note in _NOTES.get(name, ()))
    n = None if figure.unit is Unit.COUNT or name == "citizen_wait" else most
    return Kpi(name, value, figure.unit, n, value if figure.usual else None, less if figure.hour_ago else None, notes)


@dataclass(frozen=True, slots=True)
class TilePlace:
    """A tile's place in the strip."""

    name: str
    label: str
    width: float
    usual: bool
    """Whether the usual value fits; if not, the denominator is shown in its place."""
    span: int = 1
    """How many columns it takes on an upright panel."""


@dataclass(frozen=True, slots=True)
class TileText:
    """The texts of a tile; empty when unknown."""

    value: str
    unit: str
    n: str
    usual: str
    notes: str
    change: str
    up: bool
    worse: bool
    is_whole: bool
    """'100 %': there is no room beside it."""


def tile_text(kpi: Kpi, words: Words) -> TileText:
    """The texts of a tile. A share of few cases is shown as a count and not compared: one case more means nothing."""
    few = _is_of_few(kpi)
    value, unit = _count_of(kpi, words) if few else figure(kpi, kpi.value, words)
    of = FIGURES[kpi.name]
    known = not few and of.hour_ago and kpi.value is not None and kpi.hour_ago is not None
    change = (kpi.value or 0) - (kpi.hour_ago or 0) if known else 0
    text, nothing = (_joined(kpi, abs(amount), words) for amount in (change, 0))
    return TileText(
        value=value,
        unit=unit,
        n="" if kpi.n is None else words("kpi.of" if few else "kpi.n", n=kpi.n),
        usual="" if kpi.usual is None or not of.usual else words("kpi.usual", value=_joined(kpi, kpi.usual, words)),
        notes=_notes(kpi, words),
        change="" if text == nothing else text,
        up=change > 0,
        worse=(change > 0) != (kpi.name in MORE_IS_BETTER),
        is_whole=not few and kpi.unit == "share" and kpi.value == 1,
    )


def _joined(kpi: Kpi, value: float, words: Words) -> str:
    return "".join(figure(kpi, value, words))


def _notes(kpi: Kpi, words: Words) -> str:
    """What is told beside the figure; that there is no data, where there is none for a share or a duration."""
    if kpi.value is None and kpi.unit != "count" and kpi.name != "first_response":
        return words("kpi.no_data")
    told = [(note.name, note.value) for note in kpi.notes if note.value is not None]
    return " · ".join(
        words("kpi.p90", value=_joined(kpi, value, words)) if name == "p90" else words(f"kpi.{name}", n=value)
        for name, value in told
    )


def _is_of_few(kpi: Kpi) -> bool:
    return kpi.unit == "share" and kpi.value is not None and kpi.n is not None and kpi.n < FEW


def _count_of(kpi: Kpi, words: Words) -> tuple[str, str]:
    return words.number(round((kpi.value or 0) * (kpi.n or 0))), ""


def figure(kpi: Kpi, value: float | None, words: Words) -> tuple[str, str]:
    """(figure, unit) as written; an unknown value is a dash, never a zero."""
    if value is None:
        return UNKNOWN, ""
    if kpi.unit == "share":
        return words.share(value), words("unit.percent")
    if kpi.unit == "seconds":
        return words.duration_parts(value)
    return words.number(value), ""


def _tile(kpi: Kpi, place: TilePlace, words: Words) -> Tag:
    text = tile_text(kpi, words)
    state = LEVELS.get(kpi.name, "none") if kpi.value else "none"
    symbol = [tags.Icon(className="mark")] if state != "none" else []
    beside: list[Tag] = [tags.Small(text.unit)] if text.unit else []
    first, below = _foot_and_beside(text, place.usual)
    beside += [tags.Span(below)] if below else []
    notes: list[Tag] = [tags.Span(first)] if first else []
    if text.change:
        way = tags.Icon(className="way" if text.up else "way down")
        notes.append(tags.Span([way, text.change], className="trend worse" if text.worse else "trend"))
    return tags.Div(
        [
            tags.Div([*symbol, place.label], className="tile-label"),
            tags.Div([tags.B(text.value), *beside], className="tile-figure"),
            tags.Div(notes, className="tile-foot"),
        ],
        className="tile",
        style={"--width": f"{place.width:.0f}", "--span": str(place.span)},
        **{"data-kpi": kpi.name, "data-state": state},
    )


def _foot_and_beside(text: TileText, usual: bool) -> tuple[str, str]:
    """What stands below the figure, and what beside it."""
    if text.notes:
        return text.notes, text.n
    return (text.usual, text.n) if usual and not text.is_whole else (text.n, "")


@lru_cache(maxsize=64)
def arrange(tiles: tuple[tuple[str, str, int], ...], viewport: Viewport) -> tuple[list[TilePlace], int]:
    """The places of those (name, unit, digits) that fit, and in how many columns they stand.

    When room is short, labels get shorter, then what is usual is left out, then the least important tiles.
    """
    shown = [widest(name, size) for name, _, size in tiles]
    usual = bool(_columns(shown, viewport, True))
    dropped = sorted(shown, key=_importance)
    while len(shown) > 1 and not _columns(shown, viewport, usual):
        shown.remove(dropped.pop())
    if not {kpi.name for kpi in shown} >= TOGETHER and len(shown) > 1:
        shown = [kpi for kpi in shown if kpi.name not in TOGETHER]
    columns = _columns(shown, viewport, usual) or 1
    return _labelled(shown, viewport, usual, columns), columns


def _importance(kpi: Kpi) -> int:
    return IMPORTANCE.index(kpi.name) if kpi.name in IMPORTANCE else len(IMPORTANCE)


def _label(kpi: Kpi, words: Words, short: bool) -> str:
    return words(f"kpi.short.{kpi.name}" if short else f"kpi.{kpi.name}")


def _width(kpi: Kpi, label: str, usual: bool, viewport: Viewport) -> float:
    """What the tile needs on one line of each of its three, px."""
    text, small = tile_text(kpi, viewport.words), viewport.sizes.small
    head = text_width(label, small) + (small * 1.15 if kpi.name in LEVELS else 0)
    change = text_width(text.change, small, 600) + small * 0.8 if text.change else 0
    first, beside = _foot_and_beside(text, usual)
    least = text_width(viewport.words("kpi.no_data"), small) if kpi.unit != "count" else 0
    foot = [width for width in (change, max(least, text_width(first, small))) if width]
    figure_px = _figure_width(text, beside, viewport.sizes)
    return max(head, figure_px, sum(foot) + FOOT_GAP_EM * small * (len(foot) - 1)) + 2 * PAD


def _figure_width(text: TileText, beside: str, type_: Sizes) -> float:
    unit = text_width(text.unit, type_.figure * UNIT_SHARE, 600)
    more = text_width(beside, type_.small) + type_.small * 0.5 if beside else 0
    return text_width(text.value, type_.figure, 700) + unit + more


def _columns(tiles: Sequence[Kpi], viewport: Viewport, usual: bool) -> int:
    """In how many columns these stand with short labels, upright on two lines; 0 when they do not fit."""
    widths = [_width(kpi, _label(kpi, viewport.words, True), usual, viewport) for kpi in tiles]
    if _lines(viewport) == 1:
        return len(tiles) if sum(widths) + GAP * (len(tiles) - 1) <= viewport.slot.width else 0
    for columns in (3, 4, 2, 1):
        spans = [_span(width, columns, viewport) for width in widths]
        if max(spans) <= columns and _lines_taken(spans, columns) <= _lines(viewport):
            return columns
    return 0


def _span(width: float, columns: int, viewport: Viewport) -> int:
    """How many columns a tile takes."""
    cell = _cell(columns, viewport)
    return max(1, math.ceil((width + GAP) / (cell + GAP)))


def _lines_taken(spans: Sequence[int], columns: int) -> int:
    """As a grid places them: in order, none broken."""
    lines, left = 1, columns
    for span in spans:
        if span > left:
            lines, left = lines + 1, columns
        left -= span
    return lines


def _lines(viewport: Viewport) -> int:
    """Upright panels have room for two lines of tiles."""
    return 2 if viewport.slot.height >= 2 * tile_height(viewport.sizes) else 1


def _cell(columns: int, viewport: Viewport) -> float:
    return (viewport.slot.width - (columns - 1) * GAP) / columns


def _labelled(tiles: Sequence[Kpi], viewport: Viewport, usual: bool, columns: int) -> list[TilePlace]:
    """Full labels as long as there is place, the most important first."""
    places = {}
    for kpi in tiles:
        label = _label(kpi, viewport.words, True)
        width = _width(kpi, label, usual, viewport)
        places[kpi.name] = TilePlace(kpi.name, label, width, usual, _span(width, columns, viewport))
    cell = _cell(columns, viewport)
    left = cell * len(tiles) - sum(one.width for one in places.values())
    for kpi in sorted(tiles, key=_importance):
        label = _label(kpi, viewport.words, False)
        width = _width(kpi, label, usual, viewport)
        place = places[kpi.name]
        more = width - place.width
        if more <= left if _lines(viewport) == 1 else _span(width, columns, viewport) == place.span:
            left -= more
            places[kpi.name] = replace(place, label=label, width=width)
    return list(places.values())
