"""A card for each agency that has to act; the others as chips in a strip below.

Cards: first all agencies with overdue or at-risk cases or silence, then others while every card keeps five lines.
Agencies without a card are in the strip with their counts, so that nothing overdue is hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from math import ceil

from dash import html
from dash.development.base_component import Component

from data.domain.city.model import TRIAGE
from data.domain.figures.boards import AgencyQueue, CaseRow, QueueBoard
from layouts.kit import tags
from layouts.kit.parts import TextSpace, badges_of, countdown, mark, since, state_of, titled, titles_of, widest
from layouts.kit.screen import GAP
from layouts.kit.tags import Tag
from layouts.kit.text_width import SURE, fits, packed, text_width
from layouts.kit.viewport import DrawContext, Sizes, Viewport

MOST_CARDS = 16
WIDE_LINE = "Jalan berlubang dalam  −00:00:00"
"""A line should hold this text before its type gets larger."""
NEXT = 5
"""Lines a card shows when it has room for them."""
FEWEST_LINES, MOST_LINES = 2, 8
CARD_PAD, CHIP_PAD, CHIP_GAP = 44, 36, 12
FIGURE_GAP, STATE_GAP = 18, 16
"""Left and right in a card and in a chip, and what stands between things in them, px. The style sheet has the same."""
LINE, AIRY = 1.25, 1.6
"""Least and greatest distance of a card's lines, in em."""


class Id(StrEnum):
    """The board's regions: the cards by position, and the strip of quiet agencies."""

    CARD_1 = "queue_board--card-1"
    CARD_2 = "queue_board--card-2"
    CARD_3 = "queue_board--card-3"
    CARD_4 = "queue_board--card-4"
    CARD_5 = "queue_board--card-5"
    CARD_6 = "queue_board--card-6"
    CARD_7 = "queue_board--card-7"
    CARD_8 = "queue_board--card-8"
    CARD_9 = "queue_board--card-9"
    CARD_10 = "queue_board--card-10"
    CARD_11 = "queue_board--card-11"
    CARD_12 = "queue_board--card-12"
    CARD_13 = "queue_board--card-13"
    CARD_14 = "queue_board--card-14"
    CARD_15 = "queue_board--card-15"
    CARD_16 = "queue_board--card-16"
    QUIET = "queue_board--quiet"


CARDS = tuple(region for region in Id if region is not Id.QUIET)


@dataclass(frozen=True, slots=True)
class Grid:
    """The arrangement of the cards."""

    cards: int
    columns: int
    width: float
    lines: int
    line_px: int
    """Type size of the lines: the largest with which five fit."""
    pitch: int
    """From one line to the next, px."""
    states: int
    """Lines of states beside the figure."""


def regions(viewport: Viewport, context: DrawContext) -> list[Component]:
    """Empty elements; those that stay empty take no space."""
    cards = html.Div([html.Div(id=region, className="slot") for region in CARDS], className="cards")
    return [cards, html.Div(id=Id.QUIET, className="quiet")]


def rows(viewport: Viewport) -> int:
    """How many cases of an agency the largest card shows."""
    return MOST_LINES


def draw(
    answer: QueueBoard, viewport: Viewport, now: datetime, context: DrawContext
) -> dict[str, Tag | dict[str, object]]:
    """By region id: a card or nothing; the strip."""
    grid, large, small = arrange(answer.queues, viewport)
    drawn: dict[str, Tag | dict[str, object]] = {region: tags.Div(hidden=True) for region in CARDS[len(large) :]}
    for region, queue in zip(CARDS, large, strict=False):
        drawn[region] = _card(queue, grid, viewport, now, context)
    drawn[Id.QUIET] = _strip(small, viewport, context, nothing=not large)
    return drawn


def arrange(queues: Sequence[AgencyQueue], viewport: Viewport) -> tuple[Grid, list[AgencyQueue], list[AgencyQueue]]:
    """(the grid, the agencies on cards, those in the strip), each in the answer's order."""
    busy = [queue for queue in queues if _needs_action(queue)]
    calm = [queue for queue in queues if not _needs_action(queue) and queue.open]
    columns = max(1, int((viewport.slot.width + GAP) // (_card_width(viewport.sizes) + GAP)))
    room = viewport.slot.height - strip_height(viewport.sizes) - GAP
    most = min(MOST_CARDS, columns * _card_rows(room, viewport.sizes, FEWEST_LINES))
    ample = columns * _card_rows(room, viewport.sizes, NEXT)
    number = max(len(busy), min(ample, len(busy) + len(calm)))
    chosen = (busy + calm)[: min(most, number)]
    rest = [queue for queue in queues if queue not in chosen]
    return _grid(len(chosen), columns, room if rest else viewport.slot.height, viewport), chosen, rest


def strip_height(type_: Sizes) -> int:
    """Of the strip of quiet agencies: one line of chips."""
    return round(type_.small * 1.3 + 20)


def _needs_action(queue: AgencyQueue) -> bool:
    return bool(queue.overdue or queue.at_risk or queue.silent_since)


def _card_width(type_: Sizes) -> float:
    return text_width("Lampu lalu lintas−00:00:00", type_.small + 2, 600) + CARD_PAD


def _fixed(type_: Sizes, states: int = 2) -> float:
    """Height of a card without its lines."""
    return type_.row * 1.33 + max(type_.figure * 1.08, type_.small * 1.26 * states) + 12 + 10 * (states - 2)


def _least_px(type_: Sizes) -> int:
    return type_.small + 2


def _card_rows(room: float, type_: Sizes, lines: int) -> int:
    """How many rows of cards with so many lines of the least size fit."""
    card = _fixed(type_) + lines * _least_px(type_) * LINE
    return max(1, int((room + GAP) // (card + GAP)))


def _grid(cards: int, columns: int, room: float, viewport: Viewport) -> Grid:
    rows_needed = max(1, ceil(cards / columns))
    columns = max(min(2, columns), ceil(cards / rows_needed))
    height = (room - GAP * (rows_needed - 1)) / rows_needed
    width = (viewport.slot.width - GAP * (columns - 1)) / columns
    states = 3 if height - _fixed(viewport.sizes, 3) >= NEXT * viewport.sizes.row * LINE else 2
    free = height - _fixed(viewport.sizes, states)
    px = int(min(free / (NEXT * LINE), (width - CARD_PAD) / text_width(WIDE_LINE, 1, 600), viewport.sizes.far))
    px = max(_least_px(viewport.sizes), px)
    pitch = int(max(ceil(px * LINE), min(px * AIRY, free / NEXT)))
    return Grid(cards, columns, width, max(0, min(MOST_LINES, int(free // pitch))), px, pitch, states)


def _name(queue: AgencyQueue, viewport: Viewport, context: DrawContext) -> str:
    return viewport.words("queue.triage") if queue.agency == TRIAGE else context.city.agency_short(queue.agency)


def _duty(queue: AgencyQueue, viewport: Viewport, context: DrawContext) -> str:
    if queue.agency == TRIAGE:
        return viewport.words("queue.triage_duty")
    agency = context.city.agencies.get(queue.agency)
    return agency.duty.get(viewport.lang, "") if agency else ""


def _state(queue: AgencyQueue) -> str:
    return "overdue" if queue.overdue else "risk" if queue.at_risk else "calm"


def _card(queue: AgencyQueue, grid: Grid, viewport: Viewport, now: datetime, context: DrawContext) -> Tag:
    lines = grid.lines - (1 if queue.private else 0)
    told = [part for line in queue.next for part in _lines(line, grid, viewport, now, context)]
    body = told[: max(0, lines)]
    if queue.private and grid.lines:
        body.append(
            tags.Div([mark("lock"), viewport.words("queue.private", n=queue.private)], className="line private")
        )
    silent = " silent" if queue.silent_since else ""
    return tags.Article(
        [_head(queue, grid, viewport, context), _sum(queue, grid, viewport), tags.Div(body, className="lines")],
        className=f"card{silent}",
        style={"--line": str(grid.line_px), "--pitch": str(grid.pitch), "--states": str(grid.states)},
        **{"data-state": _state(queue), "data-columns": grid.columns, "data-agency": queue.agency},
    )


def _head(queue: AgencyQueue, grid: Grid, viewport: Viewport, context: DrawContext) -> Tag:
    """The name, the duty when it fits, and how long the agency is silent or its oldest case waits."""
    at, key = (queue.silent_since, "silent") if queue.silent_since else (queue.oldest, "oldest")
    name, duty, word = _name(queue, viewport, context), _duty(queue, viewport, context), viewport.words(f"queue.{key}")
    parts: list[Tag] = [tags.B(name)]
    room = grid.width - CARD_PAD - text_width(name, viewport.sizes.row * 1.06, 600) - 2 * CHIP_GAP
    if duty and fits(duty, viewport.sizes.small, room - text_width(f"{word} 88 menit", viewport.sizes.small, 600)):
        parts.append(tags.Span(duty, className="duty"))
    if at:
        parts.append(tags.Span([word, " ", since(at)], className=key))
    return tags.Div(parts, className="card-head")


def _sum(queue: AgencyQueue, grid: Grid, viewport: Viewport) -> Tag:
    """The number of open cases, and beside it their states that fit; the most urgent first."""
    words, px, figure = viewport.words, viewport.sizes.small, viewport.words.number(queue.open)
    told = [
        (state, words(f"queue.{key}", n=count))
        for state, key, count in (
            ("overdue", "overdue", queue.overdue),
            ("risk", "at_risk", queue.at_risk),
            ("paused", "paused", queue.waiting),
            ("none", "unacknowledged", queue.unacknowledged),
        )
        if count
    ] or [("calm", words("queue.calm" if queue.open else "queue.none"))]
    room = grid.width - CARD_PAD - text_width(figure, viewport.sizes.figure, 700) - FIGURE_GAP + STATE_GAP
    widths = [text_width(text, px, 600) * SURE + 1.04 * px + STATE_GAP for _, text in told]
    change = _trend(queue)
    if change:
        widths[0] += text_width(f"{abs(queue.overdue - queue.overdue_hour_ago)}", px, 600) + 1.1 * px
    fit = packed(widths, room, grid.states)[0]
    states = [_counted(state, text, change if state == "overdue" else None) for state, text in told[:fit]]
    return tags.Div([tags.B(figure), tags.Div(states, className="states")], className="sum")


def _counted(state: str, text: str, more: Tag | None = None) -> Tag:
    symbol = None if state == "calm" else mark(state)
    return tags.Span([symbol, text, more], className=f"counted {state}")


def _trend(queue: AgencyQueue) -> Tag | None:
    """The change of overdue cases since an hour ago."""
    change = queue.overdue - queue.overdue_hour_ago
    if not change or not queue.overdue:
        return None
    arrow = tags.Icon(className="way" if change > 0 else "way down")
    return tags.Span([arrow, str(abs(change))], className="trend worse" if change > 0 else "trend")


def _lines(line: CaseRow, grid: Grid, viewport: Viewport, now: datetime, context: DrawContext) -> list[Tag]:
    """One of a case, two of a group that may be one event: the second says so in words where these fit."""
    drawn = [_line(line, grid, viewport, now, context)]
    if line.proposed:
        said = (viewport.words(f"case.{key}", n=line.proposed) for key in ("proposed", "proposed_line"))
        fitting = (text for text in said if fits(text, grid.line_px, grid.width - CARD_PAD))
        drawn += [tags.Div(text, className="line maybe") for text in islice(fitting, 1)]
    return drawn


def _line(line: CaseRow, grid: Grid, viewport: Viewport, now: datetime, context: DrawContext) -> Tag:
    px = grid.line_px
    room = TextSpace(px, grid.width - CARD_PAD - text_width(widest(line.citizen), px, 600) - px * 0.5)
    told = titled(titles_of(line, viewport, context.city), line.village, badges_of(line, viewport), viewport, room)
    clock = countdown(line.citizen) if line.citizen else None
    return tags.Div([tags.Div(told, className="fit"), clock], className="line", **{"data-state": state_of(line, now)})


def _strip(queues: Sequence[AgencyQueue], viewport: Viewport, context: DrawContext, nothing: bool) -> Tag:
    """The chips that fit on a line, the most urgent first, and the number of the others; all, when nothing is open."""
    ordered = sorted(queues, key=lambda queue: (not _needs_action(queue), -queue.open))
    chips = [_chip(queue, viewport, context) for queue in ordered]
    if nothing:
        calm = tags.Div(viewport.words("queue.none"), className="nothing")
        return tags.Div([calm, tags.Div(chips, className="chips all")], className="quiet-strip")
    widths = [_chip_width(queue, viewport, context) for queue in ordered]
    more = text_width(viewport.words("queue.more", n=len(chips)), viewport.sizes.small) + CHIP_PAD
    fit = packed(widths, viewport.slot.width + CHIP_GAP, 1)[0]
    if fit < len(chips):
        fit = packed(widths, viewport.slot.width - more, 1)[0]
        chips = [*chips[:fit], tags.Div(viewport.words("queue.more", n=len(chips) - fit), className="chip more")]
    return tags.Div(tags.Div(chips, className="chips"), className="quiet-strip")


def _chip_width(queue: AgencyQueue, viewport: Viewport, context: DrawContext) -> float:
    px, number = viewport.sizes.small, viewport.words.number
    counts = [number(count) for count in (queue.open, queue.overdue, queue.at_risk) if count or count is queue.open]
    marks = (len(counts) - 1) * 1.1 * px
    texts = [_name(queue, viewport, context), *counts]
    return sum(text_width(text, px, 600) for text in texts) + marks + len(counts) * 0.5 * px + CHIP_PAD + CHIP_GAP


def _chip(queue: AgencyQueue, viewport: Viewport, context: DrawContext) -> Tag:
    number = viewport.words.number
    parts: list[Tag] = [tags.B(_name(queue, viewport, context)), tags.Span(number(queue.open))]
    if queue.overdue:
        parts.append(_counted("overdue", number(queue.overdue)))
    if queue.at_risk:
        parts.append(_counted("risk", number(queue.at_risk)))
    style = "chip silent" if queue.silent_since else "chip"
    return tags.Div(parts, className=style, **{"data-state": _state(queue) if queue.open else "none"})
