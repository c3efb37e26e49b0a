"""The rows of sla_wall: their height, columns and content.

Wide: the case, its place, who holds it, the time used, the agency's and the citizen's clock. Narrow: the case and the
citizen's clock. Titles of overdue cases are as large as the countdowns: the farthest reader must be able to read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import ceil
from zoneinfo import ZoneInfo

from data.domain.cases.model import OPEN_STATES
from data.domain.figures.boards import CaseRow
from layouts.kit import tags
from layouts.kit.parts import (
    WIDEST_COUNT,
    TextSpace,
    badges_of,
    countdown,
    mark,
    near_text,
    state_of,
    target_s,
    titled,
    titles_of,
    widest,
)
from layouts.kit.tags import Tag
from layouts.kit.text_width import SURE, fits, shortened, text_width
from layouts.kit.viewport import DrawContext, Viewport
from layouts.kit.words import UNKNOWN

PAD, COLUMN_GAP = 28, 20
"""Left and right in the board, and between columns; the style sheet has the same."""
MARK_EM = 0.86
"""Of a row's mark, in em of the row's type."""
LEAST_CASE_EM = 8
"""Least width of a title, in em of the largest type; columns are left out for it."""
LEAST_BELOW_EM = 7
"""A text with less space than this, in em, is left out."""
GIVE_WAY = ("used", "agency_clock", "place")
"""Columns of the wide form that are left out where type is large, the first one first."""
WIDEST_PLACE = "Sumberbrantas"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns behind the case with their widths, px, and what they leave for it."""

    widths: Mapping[str, int]
    case: float
    stacked: bool = False
    """A narrow board so narrow that the countdown stands below the title."""

    @property
    def style(self) -> dict[str, str]:
        """For the style sheet."""
        px = [f"calc({width} * var(--u))" for width in self.widths.values()]
        return {"--grid": f"calc(var(--px-row) * {MARK_EM}) minmax(0, 1fr) {' '.join(px)}"}


@lru_cache(maxsize=32)
def columns_of(viewport: Viewport, context: DrawContext) -> Columns:
    """As many columns as leave enough room for the case."""
    room, least = (
        viewport.slot.width - 2 * PAD - viewport.sizes.row * MARK_EM - COLUMN_GAP,
        LEAST_CASE_EM * viewport.sizes.far,
    )
    if viewport.form == "narrow":
        beside = room - COLUMN_GAP - text_width(WIDEST_COUNT, viewport.sizes.far, 700)
        return Columns({}, beside) if beside >= least else Columns({}, room, stacked=True)
    widths = _widths(viewport, context)
    for name in GIVE_WAY:
        if room - sum(width + COLUMN_GAP for width in widths.values()) < least:
            del widths[name]
    return Columns(widths, room - sum(width + COLUMN_GAP for width in widths.values()))


def _widths(viewport: Viewport, context: DrawContext) -> dict[str, int]:
    """What the widest contents of each column need, and its title."""
    type_, row, words = viewport.sizes, viewport.sizes.row + 2, viewport.words
    holders = [text_width(agency.short, row) for agency in context.city.agencies.values()]
    states = [text_width(words(f"case.{state}"), type_.small) for state in OPEN_STATES]
    needs = {
        "place": text_width(WIDEST_PLACE, row),
        "holder": max(holders + states),
        "used": type_.small * 5.5,
        "agency_clock": text_width(WIDEST_COUNT, row, 600),
        "citizen_clock": text_width(WIDEST_COUNT, type_.far, 700),
    }
    titles = {name: text_width(words(f"sla.{name}"), type_.small) for name in needs}
    return {name: ceil(max(need, titles[name]) * SURE) for name, need in needs.items()}


def late_height(viewport: Viewport, columns: Columns) -> int:
    """Of an overdue row: the title as large as the countdown, and a small line, or the countdown, below it."""
    return round(viewport.sizes.far * 1.1 + _below(viewport, columns) + 8)


def next_height(viewport: Viewport, columns: Columns) -> int:
    """Of a row of what comes next."""
    return round(max((viewport.sizes.row + 4) * 1.16 + _below(viewport, columns), viewport.sizes.far * 1.25) + 8)


def _below(viewport: Viewport, columns: Columns) -> float:
    return viewport.sizes.far * 1.2 if columns.stacked else viewport.sizes.small * 1.2


@dataclass(frozen=True, slots=True)
class Rows:
    """What all rows of one drawing share."""

    viewport: Viewport
    now: datetime
    context: DrawContext
    columns: Columns

    def draw(self, lines: Sequence[CaseRow], late: bool) -> list[Tag]:
        """The rows of one part; `late`: with titles for the farthest reader."""
        draw = self._wide if self.columns.widths else self._narrow
        return [draw(line, late) for line in lines]

    def _narrow(self, line: CaseRow, late: bool) -> Tag:
        clock = countdown(line.citizen, roomy=True) if line.citizen else None
        title = self._title(line, late)
        parts: list[Tag | None]
        if self.columns.stacked:
            parts = [mark(), tags.Div([_fit(title), clock], className="case")]
        else:
            place = [line.village or "", self.context.city.agency_short(line.agency), *self._near(line)]
            told = [*self._group(line), *place, *self._promise(line), self._unsaid(line, title) or line.code]
            below = self._below([part for part in told if part])
            parts = [mark(), tags.Div([_fit(title), below], className="case"), clock]
        return tags.Div(parts, className="row narrow", **{"data-state": state_of(line, self.now)})

    def _wide(self, line: CaseRow, late: bool) -> Tag:
        cells = [tags.Div(self._cell(name, line), className=name, **_used(name, line)) for name in self.columns.widths]
        title = self._title(line, late)
        told = (*self._group(line), line.code, *self._near(line), *self._promise(line), self._unsaid(line, title))
        below = self._below([part for part in told if part])
        parts = [mark(), tags.Div([_fit(title), below], className="case"), *cells]
        return tags.Div(parts, className="row wide", **{"data-state": state_of(line, self.now)})

    def _cell(self, name: str, line: CaseRow) -> object:
        if name == "place":
            return line.village or UNKNOWN
        if name == "holder":
            state = tags.Small(self.viewport.words(f"case.{line.state}"))
            return [tags.B(self.context.city.agency_short(line.agency)), state]
        if name == "used":
            return tags.Icon()
        is_citizens = name == "citizen_clock"
        clock = line.citizen if is_citizens else line.hold
        return countdown(clock, leads=is_citizens, roomy=is_citizens) if clock else UNKNOWN

    def _title(self, line: CaseRow, late: bool) -> list[Tag]:
        px, room = self.viewport.sizes.far if late else self.viewport.sizes.row + 4, self.columns.case
        if not self.columns.widths and not self.columns.stacked:  # the countdown leaves what it does not need
            far = self.viewport.sizes.far
            room += text_width(WIDEST_COUNT, far, 700) - text_width(widest(line.citizen), far, 700)
        names = titles_of(line, self.viewport, self.context.city)
        return titled(names, None, badges_of(line, self.viewport), self.viewport, TextSpace(px, room))

    def _group(self, line: CaseRow) -> list[str]:
        """That others may tell of the same event."""
        return [self.viewport.words("case.proposed", n=line.proposed)] if line.proposed else []

    def _near(self, line: CaseRow) -> list[str]:
        """What it lies near; of a private case nothing."""
        return [] if line.near is None or line.private else [near_text(line.near, self.viewport.words)]

    def _promise(self, line: CaseRow) -> list[str]:
        """Until when the source has promised the case; when that is past, so much."""
        if line.promised is None:
            return []
        if line.promised < self.now:
            return [self.viewport.words("sla.promise_overdue")]
        zone = self.context.city.timezone
        return [self.viewport.words("sla.promise", at=f"{line.promised.astimezone(ZoneInfo(zone)):%d/%m %H:%M}")]

    def _unsaid(self, line: CaseRow, title: list[Tag]) -> str:
        """The case's own title, when its category stands in its place."""
        whole = titles_of(line, self.viewport, self.context.city)[:1] if line.title else ()
        return "" if line.private or not whole or title[0].children == whole[0] else whole[0]

    def _below(self, parts: list[str]) -> Tag:
        """A small line: the last part as far as it goes, and not at all when hardly anything of it would fit."""
        px, width = self.viewport.sizes.small, self.columns.case
        while len(parts) > 1 and not fits(" · ".join(parts), px, width, 500):
            last, before = parts.pop(), " · ".join(parts)
            room = width - text_width(f"{before} · ", px) * SURE
            if " " in last and room >= LEAST_BELOW_EM * px:
                parts.append(shortened(last, px, room, 500))
                break
        return tags.Div(shortened(" · ".join(parts), px, width, 500), className="below")


def _fit(title: list[Tag]) -> Tag:
    return tags.Div(title, className="fit title")


def _used(name: str, line: CaseRow) -> dict[str, int]:
    """What the script needs to draw the bar of used working time."""
    whole = target_s(line.citizen) if name == "used" and line.citizen else None
    return {"data-target": whole} if whole else {}
