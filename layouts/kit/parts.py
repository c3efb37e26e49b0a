"""What several boards draw alike: marks of state, running countdowns, ages, titles that fit.

A countdown and an age have no text of their own: the wall's script writes it every second from the attributes, so the
same drawing stays true (and its hash unchanged) until something really happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from data.domain.city.model import TRIAGE, City
from data.domain.figures.boards import CaseRow, Countdown
from layouts.kit import tags
from layouts.kit.tags import Tag
from layouts.kit.text_width import fits, shortened, text_width
from layouts.kit.viewport import Viewport

LONG_S = 100 * 3600
"""From here on a countdown says whole hours, and the server's figure (rounded to them) is good enough."""
HOUR_S = 3600
WORD_EM = 0.28
"""Between the parts of a title; the style sheet has the same."""


def state_of(line: CaseRow, now: datetime) -> str:
    """overdue, risk, run, paused or none: what colour, shape and word of a row say."""
    clock = line.citizen
    if clock is None:
        return "none"
    if clock.paused:
        return "paused"
    if clock.due <= now:
        return "overdue"
    return "risk" if clock.warn <= now else "run"


def mark(state: str = "") -> Tag:
    """The symbol of a state; without one, that of the nearest element around it that has `data-state`."""
    return tags.Icon(className=f"mark {state}" if state else "mark")


def countdown(clock: Countdown, leads: bool = True) -> Tag:
    """Working time left; a clock that leads also gives its row the state that it reaches on its way."""
    facts = {"data-due": int(clock.due.timestamp()), "data-cal": clock.calendar}
    if leads:
        facts |= {"data-warn": int(clock.warn.timestamp()), "data-leads": 1}
    if clock.paused:
        facts |= {"data-paused": 1, "data-left": clock.left_s}
    elif abs(clock.left_s) >= LONG_S:
        facts["data-left"] = round(clock.left_s / HOUR_S) * HOUR_S
    return tags.Time(className="count", **facts)


def target_s(clock: Countdown) -> int | None:
    """The whole working time of the clock, to the minute; None when it cannot be told at this very moment."""
    if abs(1 - clock.used) < 0.001:
        return None
    return max(60, round(clock.left_s / (1 - clock.used) / 60) * 60)


def since(at: datetime, name: str = "age") -> Tag:
    """How long ago, kept true by the script."""
    return tags.Span(className=name, **{"data-since": int(at.timestamp())})


def clock_time(at: datetime, zone: str) -> str:
    """Local 'HH:MM'."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def category_name(city: City, code: str, lang: str) -> str:
    """The category's name in the language, of an unknown code the code itself."""
    category = city.categories.get(code)
    return category.name.get(lang, code) if category else code


def titles_of(line: CaseRow, viewport: Viewport, city: City) -> tuple[str, ...]:
    """What a case may be called, the most telling first: its own title, its category, which is known by heart."""
    return names_of(line.title, line.category, line.private, viewport, city)


def names_of(title: str, category: str, private: bool, viewport: Viewport, city: City) -> tuple[str, ...]:
    """Title, then category; of what no agency is in charge of the category says nothing and is left out."""
    if private:
        return (viewport.words("case.private"),)
    known = city.categories.get(category)
    name = category_name(city, category, viewport.lang)
    if title and known and known.agency == TRIAGE:
        return (title,)
    return tuple(text for text in (title, name) if text)


@dataclass(frozen=True, slots=True)
class Room:
    """Room for one line of text: type size and width, px."""

    px: float
    width: float


def titled(titles: Sequence[str], village: str | None, count: int, viewport: Viewport, room: Room) -> list[Tag]:
    """The first title that fits, or what fits of the shortest; how many it stands for; the village, left out first."""
    badge = viewport.words("case.folded", n=count) if count > 1 else ""
    width = room.width - (text_width(badge, room.px, 600) + WORD_EM * room.px if badge else 0)
    title = next((text for text in titles if fits(text, room.px, width)), "")
    title = title or shortened(min(titles, key=lambda text: text_width(text, room.px)), room.px, width)
    parts: list[Tag] = [tags.B(title)]
    if badge:
        parts.append(tags.Em(badge))
    if village and fits(f"{title} · {village}", room.px, width - 2 * WORD_EM * room.px):
        parts.append(tags.Span(village))
    return parts
