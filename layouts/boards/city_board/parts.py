"""What the panels of city_board share: the panel with its title, an entry of two lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from layouts.boards.city_board.plan import DOUBLE_EM, PAD_Y, TITLE_EM, Id, Panels, warning_row
from layouts.kit import tags
from layouts.kit.parts import mark
from layouts.kit.tags import Tag
from layouts.kit.text_width import SURE, fits, shortened, text_width
from layouts.kit.viewport import Sizes

SIDE_GAP = 14
"""Between the two ends of a line, px; the style sheet has the same."""
MARK_EM = 1.1
"""A mark and its gap, in em."""
LEAST_NOTE_EM = 4
"""A note with less room, in em of its type, is left out when it does not fit."""
MOST_EASE_EM = 0.5
"""How much air an entry gets at most where there is room, in em of the small type."""


@dataclass(frozen=True, slots=True)
class Told:
    """The heading of a panel."""

    title: str
    note: str = ""
    """Beside the title, where it has room."""
    silent: bool = False
    """Its data do not come."""


def panel(each: Id, told: Told, body: Sequence[Tag], shown: Panels) -> Tag:
    """A panel in its place; its entries share what is left of its height."""
    style = {**shown.style(each), "--ease": f"{_ease(each, body, shown):.1f}"}
    name = "panel silent" if told.silent else "panel"
    return tags.Div([heading(each, told, shown), *body], className=name, style=style, lang=shown.viewport.lang)


def heading(each: Id, told: Told, shown: Panels) -> Tag:
    """The title, and as much of the note at its other end as has room: it may say whose the data are."""
    sizes, room = shown.viewport.sizes, shown.rooms[each].inner
    title = shortened(told.title, sizes.row, room)
    left = room - text_width(title, sizes.row, 600) * SURE - SIDE_GAP
    room_for_note = left >= sizes.small * LEAST_NOTE_EM or fits(told.note, sizes.small, left, 500)
    note = tags.Span(shortened(told.note, sizes.small, left, 500)) if told.note and room_for_note else None
    return tags.Div([tags.B(title), note], className="told")


def _ease(each: Id, body: Sequence[Tag], shown: Panels) -> float:
    sizes, entries = shown.viewport.sizes, sum("double" in _class(part) or "warned" in _class(part) for part in body)
    used = 2 * PAD_Y + sizes.row * TITLE_EM + sum(_height(part, sizes) for part in body)
    left = shown.rooms[each].height - used
    return max(0.0, min(left / max(1, entries), sizes.small * MOST_EASE_EM))


def _class(part: Tag) -> str:
    return str(part.attributes.get("className", ""))


def _height(part: Tag, sizes: Sizes) -> float:
    if "warned" in _class(part) or "large" in _class(part):
        return warning_row(sizes)
    return sizes.row * (DOUBLE_EM if "double" in _class(part) else TITLE_EM)


@dataclass(frozen=True, slots=True)
class Entry:
    """Two lines: what it is, and below it in small type what else is known."""

    what: str
    below: str
    ending: str = ""
    """A figure at the end of the first line."""
    state: str = ""
    """With one a mark stands before it."""
    time: str | None = None
    """Stands before it, in a column; None: there is no such column."""
    tail: str = ""
    """The end of the small line, which is not cut."""
    name: str = "double"
    """'double large': the figure is for the farthest reader."""


def entry(each: Id, it: Entry, shown: Panels) -> Tag:
    """The entry, with what fits."""
    sizes = shown.viewport.sizes
    column = time_width(shown) if it.time is not None else sizes.row * MARK_EM if it.state else 0.0
    room = shown.rooms[each].inner - column
    px = sizes.far if "large" in it.name else sizes.row
    ended = text_width(it.ending, px, 600) * SURE + SIDE_GAP if it.ending else 0
    what = tags.Span(shortened(it.what, sizes.row, room - ended))
    first = tags.Div([what, tags.B(it.ending) if it.ending else None], className="first")
    small = tags.Div(_with_tail(it, sizes.small, room), className="below")
    sign = [mark()] if it.state else []
    if it.time is not None:
        width = {"--column": f"{column - SIDE_GAP:.0f}"}
        sign = [tags.B(it.time, className="time", style=width)]
    state = {"data-state": it.state} if it.state else {}
    return tags.Div([*sign, tags.Div([first, small])], className=it.name, **state)


def _with_tail(it: Entry, px: float, room: float) -> str:
    tail = f" · {it.tail}" if it.below and it.tail else it.tail
    below = shortened(it.below, px, room - text_width(tail, px) * SURE, 500).removesuffix(" ·…")
    return shortened(below + tail, px, room, 500)


def time_width(shown: Panels) -> float:
    """Of the column of times, with its gap."""
    words, px = shown.viewport.words, shown.viewport.sizes.row
    told = ("00:00", words("city.on_now"))
    return max(text_width(each, px, 600) for each in told) * SURE + SIDE_GAP


def nothing(each: Id, key: str, shown: Panels) -> Tag:
    """Says that there is nothing."""
    text = shown.viewport.words(key)
    return tags.Div(shortened(text, shown.viewport.sizes.row, shown.rooms[each].inner, 500), className="no-rows")


def local(moment: datetime, shown: Panels) -> datetime:
    """In the city's zone."""
    return moment.astimezone(ZoneInfo(shown.viewport.timezone))


def day_and_time(moment: datetime, now: datetime, shown: Panels) -> str:
    """'17:30' today, else '25 Nov 17:30'."""
    day = day_of(moment, now, shown)
    return f"{day} {local(moment, shown):%H:%M}" if day else f"{local(moment, shown):%H:%M}"


def day_of(moment: datetime, now: datetime, shown: Panels) -> str:
    """'25 Nov'; empty of a moment of today."""
    at = local(moment, shown)
    return "" if at.date() == local(now, shown).date() else f"{at.day} {shown.viewport.words(f'js.month.{at.month}')}"
