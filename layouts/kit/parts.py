"""Elements that several boards share: symbols of state, countdowns, ages, titles.

Countdowns and ages have no text: the wall's script writes it every second from their attributes. So a drawing, and
its hash, changes only when data change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from data.domain.city.model import TRIAGE, City
from data.domain.figures.boards import CaseRow, Countdown, Near
from data.texts import Texts
from layouts.kit import tags
from layouts.kit.tags import Tag
from layouts.kit.text_width import fits, shortened, text_width
from layouts.kit.viewport import Viewport

LONG_S = 100 * 3600
"""Longer countdowns show whole hours, from the server's rounded figure."""
WIDEST_COUNT = "−00:00:00"
HOUR_S = 3600
WORD_EM = 0.28
"""Between the parts of a title; the style sheet has the same."""


def state_of(line: CaseRow, now: datetime) -> str:
    """overdue, risk, run, paused or none: for colour, shape and word of a row."""
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


def countdown(clock: Countdown, leads: bool = True, roomy: bool = False) -> Tag:
    """Remaining working time; a clock that `leads` also changes the state of its row in the browser.

    roomy: there is room for two lines of text, in type of half the size.
    """
    attributes = {"data-due": int(clock.due.timestamp()), "data-cal": clock.calendar}
    if roomy:
        attributes["data-roomy"] = 1
    if leads:
        attributes |= {"data-warn": int(clock.warn.timestamp()), "data-leads": 1}
    if clock.paused:
        attributes |= {"data-paused": 1, "data-left": clock.left_s}
    elif abs(clock.left_s) >= LONG_S:
        attributes["data-left"] = round(clock.left_s / HOUR_S) * HOUR_S
    return tags.Time(className="count", **attributes)


def widest(clock: Countdown | None) -> str:
    """What a countdown may come to within the hour, in its widest figures; near its end it may be told in words."""
    if clock is None:
        return ""
    if clock.paused or not HOUR_S < abs(clock.left_s) < LONG_S - HOUR_S:
        return WIDEST_COUNT
    grown = HOUR_S if clock.left_s < 0 else 0
    return f"{'−' if grown else ''}{(abs(clock.left_s) + grown) // HOUR_S}:00:00"


def target_s(clock: Countdown) -> int | None:
    """The whole working time of the clock, to the minute; None when it cannot be told at this very moment."""
    if abs(1 - clock.used) < 0.001:
        return None
    return max(60, round(clock.left_s / (1 - clock.used) / 60) * 60)


def since(at: datetime, name: str = "age") -> Tag:
    """How long ago; the script updates it."""
    return tags.Span(className=name, **{"data-since": int(at.timestamp())})


def clock_time(at: datetime, zone: str) -> str:
    """Local 'HH:MM'."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def near_text(near: Near, words: Texts) -> str:
    """'200 m dari Alun-alun'; 'di Alun-alun' when it is as near as can be told."""
    return words("near.from", m=near.metres, name=near.name) if near.metres else words("near.at", name=near.name)


def category_name(city: City, code: str, lang: str) -> str:
    """The category's name in the language, of an unknown code the code itself."""
    category = city.categories.get(code)
    return category.name.get(lang, code) if category else code


def titles_of(line: CaseRow, viewport: Viewport, city: City) -> tuple[str, ...]:
    """Possible titles of a case, the best first: its own title, its category."""
    return names_of(line.title, line.category, line.private, viewport, city)


def names_of(title: str, category: str, private: bool, viewport: Viewport, city: City) -> tuple[str, ...]:
    """Title without the full stop of its sentence, then category; without the category when it belongs to triage,
    because it says nothing then."""
    if private:
        return (viewport.words("case.private"),)
    known, title = city.categories.get(category), title if title.endswith("..") else title.removesuffix(".")
    name = category_name(city, category, viewport.lang)
    if title and known and known.agency == TRIAGE:
        return (title,)
    return tuple(text for text in (title, name) if text)


@dataclass(frozen=True, slots=True)
class TextSpace:
    """Type size and width of one line of text, px."""

    px: float
    width: float


def counted(count: int, viewport: Viewport) -> tuple[str, ...]:
    """What says that a line stands for so many; nothing of one."""
    return (viewport.words("case.folded", n=count),) if count > 1 else ()


def badges_of(line: CaseRow, viewport: Viewport) -> tuple[str, ...]:
    """What says of how many reports a line tells, the longest first: of proposed ones that they may be one event."""
    if line.proposed:
        return tuple(
            viewport.words(f"case.{key}", n=line.proposed)
            for key in ("proposed", "proposed_short", "proposed_shortest")
        )
    return counted(line.folded + 1, viewport)


def titled(
    titles: Sequence[str], village: str | None, badges: Sequence[str], viewport: Viewport, room: TextSpace
) -> list[Tag]:
    """The first title that fits, else the shortest one cut; a badge, the first that leaves room for a title, else the
    last; the village when it fits."""

    def beside(badge: str) -> float:
        return room.width - (text_width(badge, room.px, 600) + WORD_EM * room.px if badge else 0)

    last = badges[-1] if badges else ""
    badge = next((one for one in badges if any(fits(title, room.px, beside(one)) for title in titles)), last)
    width = beside(badge)
    title = next((text for text in titles if fits(text, room.px, width)), "")
    title = title or shortened(min(titles, key=lambda text: text_width(text, room.px)), room.px, width)
    parts: list[Tag] = [tags.B(title)]
    if badge:
        parts.append(tags.Em(badge, className="maybe") if len(badges) > 1 else tags.Em(badge))
    if village and fits(f"{title} · {village}", room.px, width - 2 * WORD_EM * room.px):
        parts.append(tags.Span(village))
    return parts
