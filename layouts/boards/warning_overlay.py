"""A warning takes the screen: what, where, until when, what to do, who says so. Others stand below it in a list.

It is drawn for the farthest reader. Everything that ends carries `data-until`, and leaves by the browser's own clock
when the server is silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from data.domain.warnings.board import WarningOverlay, named_area
from data.domain.warnings.nouns import PublicWarning
from data.domain.warnings.rules import WarningGroup, grouped
from layouts.boards.maps.warned_area import aspect, small_map, state_of
from layouts.kit import tags
from layouts.kit.parts import mark
from layouts.kit.tags import Tag
from layouts.kit.text_width import SURE, fits, shortened, text_width
from layouts.kit.viewport import DrawContext, Viewport

LEADS = 3
"""So many are drawn whole, the gravest in front: when it ends by itself the next one is there."""
LISTED, LIST_SHARE = 4, 0.32
"""So many others are listed at most, in so much of the height; of more only the number."""
LINE = 1.24
"""Line height in em; the style sheet has the same."""
EVENT_EM = 1.5
"""The event's size against the figures'; likewise."""
GAP, BLOCK_GAP = 24, 14
PAD = 36
MAP_SHARE = 0.4
"""The map's largest share of the width, and on a portrait screen of the height."""


class Id(StrEnum):
    """The board's region."""

    OVERLAY = "warning_overlay--overlay"


def regions(viewport: Viewport, context: DrawContext) -> list[Component]:
    """Empty and without a size while no warning takes the screen."""
    return [html.Div(id=Id.OVERLAY, className="slot", role="alert")]


def rows(viewport: Viewport) -> int:
    """All warnings in force: which of them take a screen is decided by its rules."""
    return LEADS + LISTED


def draw(answer: WarningOverlay, viewport: Viewport, now: datetime, context: DrawContext) -> dict[str, Tag]:
    """Of the warnings in force those that take this screen."""
    taking = [each for each in answer.warnings if context.city.warnings.takes(viewport.screen, each)]
    return {Id.OVERLAY: _overlay(taking, Sheet(answer, viewport, now, context))}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What all parts of one drawing need."""

    answer: WarningOverlay
    viewport: Viewport
    now: datetime
    context: DrawContext

    @property
    def map_width(self) -> int:
        """Of the room that the map takes beside the text, design px; 0 when it stands below."""
        slot = self.viewport.slot
        if slot.height > slot.width:
            return 0
        return round(min(slot.width * MAP_SHARE, (slot.height - 2 * PAD) * aspect(self.context)))

    @property
    def map_height(self) -> int:
        """Of the map below the text on a portrait screen; 0 when it stands beside."""
        slot = self.viewport.slot
        most = min(slot.height * MAP_SHARE, (slot.width - 2 * PAD) / aspect(self.context))
        return 0 if self.map_width else round(most)

    @property
    def width(self) -> int:
        """Of the text."""
        beside = self.map_width + GAP if self.map_width else 0
        return self.viewport.slot.width - 2 * PAD - beside

    @property
    def height(self) -> int:
        """Of text and list together."""
        below = self.map_height + GAP if self.map_height else 0
        return self.viewport.slot.height - 2 * PAD - below


def _overlay(taking: Sequence[PublicWarning], sheet: Sheet) -> Tag:
    if not taking:
        return tags.Div(className="calm")
    groups, line = grouped(taking), round(sheet.viewport.sizes.far * LINE)
    least = max(sum(block.height for block in _needed(each.head, sheet, 1)) for each in groups[:LEADS])
    lines = min(LISTED + 1, int(sheet.height * LIST_SHARE // line), (sheet.height - least - GAP) // line)
    others = [_other(each, sheet) for each in groups[1:][: max(0, lines - 1)]]
    more = len(groups) - 1 - len(others)
    if more > 0 and lines > 0:
        others.append(tags.Div(sheet.viewport.words("warning.more", n=more), className="other"))
    room = sheet.height - (len(others) * line + GAP if others else 0)
    unlisted = len(groups) if more > 0 and lines <= 0 else 1
    leads = [_lead(each.head, sheet, room, unlisted) for each in groups[:LEADS]]
    size = {"--map-w": str(sheet.map_width), "--map-h": str(sheet.map_height)}
    unit = 1000 / (sheet.map_height or max(1.0, sheet.map_width / aspect(sheet.context)))
    chart = small_map(taking, sheet.context, sheet.viewport.sizes.row * unit)
    below = tags.Div(others, className="others") if others else None
    return tags.Div([tags.Div([*leads, below], className="said"), chart], className="takeover", style=size)


def _lead(warning: PublicWarning, sheet: Sheet, room: int, count: int) -> Tag:
    """One warning, whole: what it cannot be without, and as much of the rest as there is room for.

    count: how many there are, when there is no room for a list.
    """
    words = sheet.viewport.words
    lang, said = warning.words_in(words.lang)
    needed = _needed(warning, sheet, 2, count)
    if sum(block.height for block in needed) > room:
        needed = _needed(warning, sheet, 1, count)
    left = room - sum(block.height for block in needed)
    headline = "" if _says_no_more(said.headline, _event(warning, sheet)) else said.headline
    wanted = _wanted(headline, said.instruction or said.description, sheet, left)
    spoken = {} if lang == words.lang else {"lang": lang}
    blocks = [each.tag() for each in needed[:-1]]
    blocks += [*(each.tag(**spoken) for each in wanted), needed[-1].tag()]
    facts = {"data-state": state_of(warning), "data-until": _ends(warning)}
    return tags.Article(blocks, className="lead", **facts)


def _needed(warning: PublicWarning, sheet: Sheet, lines: int, count: int = 1) -> list[Block]:
    """What it cannot be without, each in at most so many lines."""
    sizes, width = sheet.viewport.sizes, sheet.width
    big, small = round(sizes.figure * EVENT_EM), sizes.far if lines > 1 else sizes.row
    until = until_text(warning, sheet.viewport, sheet.now, short=lines == 1)
    return [
        Block("kind", (_kind(warning, sheet, count),), sizes.far),
        Block("event", wrapped(_event(warning, sheet), big, width, lines), big),
        Block("until", wrapped(until, sizes.figure, width, lines), sizes.figure),
        Block("place", _place(warning, sheet, lines), sizes.far),
        Block("credit" if lines > 1 else "credit tight", wrapped(_source(warning, sheet), small, width, lines), small),
    ]


def _kind(warning: PublicWarning, sheet: Sheet, count: int) -> list[Tag]:
    """That it is a warning, whether it is played, and what time it is."""
    words = sheet.viewport.words
    title = words("warning.title") if count == 1 else words("warning.titles", n=count)
    played = tags.B(words("warning.demo"), className="played") if warning.demo else None
    parts = [
        mark(),
        tags.Span(title),
        played,
        tags.Time(className="now"),
    ]
    return [part for part in parts if part is not None]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one size that belong together."""

    name: str
    lines: Sequence[object]
    px: int

    @property
    def height(self) -> int:
        """With the gap below it, design px."""
        return len(self.lines) * round(self.px * LINE) + BLOCK_GAP

    def tag(self, **attributes: object) -> Tag:
        return tags.Div([tags.Div(line) for line in self.lines], className=self.name, **attributes)


def _wanted(headline: str, told: str, sheet: Sheet, left: int) -> list[Block]:
    """The sender's headline, then what to do, while there is room."""
    px, found = sheet.viewport.sizes.far, list[Block]()
    for name, text, most in (("headline", headline, 2), ("todo", told, 5)):
        room = left - BLOCK_GAP - sum(block.height for block in found)
        lines = wrapped(text, px, sheet.width, min(most, int(room // round(px * LINE))))
        if lines:
            found.append(Block(name, lines, px))
    return found


def wrapped(text: str, px: float, width: float, most: int) -> list[str]:
    """The text in at most so many lines that surely fit; the last one is cut."""
    lines: list[str] = []
    rest = text.split() if most > 0 else []
    while rest and len(lines) < most - 1:
        n = 1
        while n < len(rest) and fits(" ".join(rest[: n + 1]), px, width):
            n += 1
        line, rest = " ".join(rest[:n]), rest[n:]
        lines.append(shortened(line, px, width))
    if rest:
        lines.append(shortened(" ".join(rest), px, width))
    return lines


def _other(group: WarningGroup, sheet: Sheet) -> Tag:
    """One line of the list."""
    warning, px = group.head, sheet.viewport.sizes.far
    until = until_text(warning, sheet.viewport, sheet.now, short=True)
    room = sheet.width - 2 * px - text_width(until, px, 600) * SURE
    told = f"{_event(warning, sheet)} · {', '.join(_names(warning, sheet))}"
    left = shortened(told, px, room)
    parts = [mark(), tags.Span(left), tags.B(until)]
    return tags.Div(parts, className="other", **{"data-state": state_of(warning), "data-until": _ends(warning)})


def _event(warning: PublicWarning, sheet: Sheet) -> str:
    return event_text(warning, sheet.viewport, sheet.context)


def event_text(warning: PublicWarning, viewport: Viewport, context: DrawContext) -> str:
    """Our own name of the event, else the sender's."""
    lang = viewport.words.lang
    return context.city.warnings.name_of(warning.event, lang) or warning.words_in(lang)[1].event


def until_text(warning: PublicWarning, viewport: Viewport, now: datetime, *, short: bool = False) -> str:
    """'Sampai 16:00'; of another day with its date; of one whose sender did not say with our guess, said as such."""
    words, zone = viewport.words, ZoneInfo(viewport.timezone)
    ends = (warning.ends_at or now).astimezone(zone)
    at = f"{ends:%H:%M}" if ends.date() == now.astimezone(zone).date() else words.moment(ends)
    if warning.is_end_known:
        return words("warning.until_short" if short else "warning.until", at=at)
    return words("warning.open_short" if short else "warning.open", at=at)


def _says_no_more(headline: str, event: str) -> bool:
    """Whether the headline is the event's name with at most one word more."""
    return event.casefold() in headline.casefold() and len(headline.split()) <= len(event.split()) + 1


def _place(warning: PublicWarning, sheet: Sheet, lines: int) -> list[str]:
    """Whole kecamatan by their names, then villages, as many as there is room for and how many more."""
    names, words, px = _names(warning, sheet), sheet.viewport.words, sheet.viewport.sizes.far
    found: list[str] = []
    for shown in range(len(names), 0, -1):
        more = [words("warning.more_places", n=len(names) - shown)] if shown < len(names) else []
        found = wrapped(" ".join([", ".join(names[:shown]), *more]), px, sheet.width, lines)
        if not found[-1].endswith("…"):
            break
    return found


def _names(warning: PublicWarning, sheet: Sheet) -> list[str]:
    area, words = named_area(warning.villages, sheet.answer.villages), sheet.viewport.words
    if area.is_whole_city:
        return [words("warning.whole_city", city=sheet.context.city.name)]
    return [*(words("warning.district", name=name) for name in area.districts), *area.villages]


def _source(warning: PublicWarning, sheet: Sheet) -> str:
    sent = warning.sent_at.astimezone(ZoneInfo(sheet.viewport.timezone))
    words = sheet.viewport.words
    return words("warning.source", name=warning.sender_name, at=words.moment(sent))


def _ends(warning: PublicWarning) -> int | None:
    return None if warning.ends_at is None else int(warning.ends_at.timestamp())


def legend(
    warnings: Iterable[PublicWarning], viewport: Viewport, now: datetime, context: DrawContext, room: float
) -> Iterator[Tag]:
    """For the map's side: what is hatched there, until when, who says so; each in one line of `room`."""
    px = viewport.sizes.small
    for group in grouped(tuple(warnings)):
        warning = group.head
        until = until_text(warning, viewport, now, short=True)
        text = f"{event_text(warning, viewport, context)} {until} · {warning.sender_name}"
        facts = {"data-state": state_of(warning), "data-until": _ends(warning)}
        yield tags.Span([mark("hatched"), shortened(text, px, room - 2 * px, 500)], className="key", **facts)
