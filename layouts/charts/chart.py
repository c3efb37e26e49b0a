"""What every chart of /kinerja is: a finding in words, a figure as a plain dict, and the table behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from data.domain.city.model import TRIAGE, City
from data.domain.figures.kpis import FEW
from data.domain.performance.answers import ShareRow
from layouts.kit.theme import THEMES
from layouts.kit.words import UNKNOWN, Words

Figure = dict[str, Any]
"""plotly's own JSON: `data` and `layout`."""


BELOW, BELOW_TITLED = 30, 52
"""Room for an axis' ticks, and for its title below them, px."""
ABOVE, ABOVE_LEGEND = 8, 36
WIDTH, LEAST_TICK, TITLE = 8, 3, 26
"""Of a letter; letters of the shortest number; of a title beside the axis."""
NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table; `pick` names the cases behind it, None: there is no list of them."""

    cells: tuple[str, ...]
    pick: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The first column holds names, the others numbers."""

    head: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawn chart."""

    finding: str
    """Its title: a sentence."""
    note: str
    """What is counted, in one line."""
    n: int
    figure: Figure | None
    """None: there is nothing to draw, and the finding says so."""
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class ChartContext:
    """What drawings depend on besides the answer."""

    words: Words
    theme: str
    city: City
    places: Mapping[str, str]
    """Names of villages and kecamatan by code."""
    as_of: datetime
    seq: int = 0
    """The number of the change up to which everything is known."""

    def t(self, key: str, **values: object) -> str:
        """A text of this page."""
        return self.words(f"performance.{key}", **values)

    def colour(self, name: str) -> str:
        """Of the theme."""
        return THEMES[self.theme][name]

    def percent(self, share: float | None) -> str:
        """'72 %'."""
        if share is None:
            return UNKNOWN
        return self.words.share(share) + self.words("unit.percent").replace(" ", NO_BREAK)

    def count(self, n: int | None) -> str:
        """'1.204'; 'tidak ada data' for None."""
        return self.words("kpi.no_data") if n is None else self.words.number(n)

    def share(self, hits: int, n: int) -> str:
        """'72 %'; with fewer than five cases '3 dari 4', without any a dash."""
        if n < FEW:
            return self.t("of", hits=hits, n=n) if n else UNKNOWN
        return self.percent(hits / n)

    def listed(self, names: Sequence[str], most: int) -> str:
        """'DLH, Dishub dan 2 lagi'."""
        said = ", ".join(names[:most])
        return said if len(names) <= most else self.t("and_more", names=said, n=len(names) - most)

    def time(self, seconds: float | None) -> str:
        """'2,1 jam'; a dash for None."""
        return UNKNOWN if seconds is None else "".join(self.words.duration_parts(seconds)).replace(" ", NO_BREAK)

    def group(self, by: str, code: str) -> str:
        """The name of an agency, a category, a reason of a pause or a village."""
        if by == "agency":
            return self.words("queue.triage") if code == TRIAGE else self.city.agency_short(code)
        if by == "category":
            category = self.city.categories.get(code)
            return category.name.get(self.words.lang, code) if category else code
        if by == "reason":
            reason = self.city.pauses.get(code)
            return reason.name.get(self.words.lang, code) if reason else code
        return self.places.get(code, code) if code else self.t("no_place")

    def day(self, day: date) -> str:
        """'24 Nov'."""
        return f"{day.day} {self.words(f'js.month.{day.month}')}"

    def moment(self, at: datetime) -> str:
        """'24 Nov 2026 14:07', local."""
        local = at.astimezone(ZoneInfo(self.city.timezone))
        return f"{self.day(local.date())} {local.year} {local:%H:%M}"


def figure(context: ChartContext, traces: Sequence[Mapping[str, Any]], height: int, **layout: Any) -> Figure:
    """A figure in the page's colours; `layout` goes over what all have in common."""
    muted, line = context.colour("muted"), context.colour("line")
    axis = {"gridcolor": line, "zerolinecolor": line, "linecolor": line, "fixedrange": True}
    # Margins are given: a browser that measures them draws everything twice.
    below = BELOW_TITLED if layout.get("xaxis", {}).get("title") else BELOW
    above = ABOVE_LEGEND if layout.get("showlegend") else ABOVE
    left = _left(traces, layout.get("yaxis", {}))
    common: dict[str, Any] = {
        "height": height,
        "margin": {"l": left, "r": 16, "t": above, "b": below} | layout.pop("margin", {}),
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "Manrope, system-ui, sans-serif", "size": 14, "color": muted},
        "colorway": [context.colour("running"), context.colour("text"), context.colour("border")],
        "separators": ",." if context.words.lang == "id" else ".,",
        "hoverlabel": {
            "bgcolor": context.colour("raised"),
            "bordercolor": context.colour("border"),
            "font": {"family": "Manrope, system-ui, sans-serif", "size": 14, "color": context.colour("text")},
        },
        "showlegend": False,
        "dragmode": False,
        "bargap": 0.35,
    }
    for name in ("xaxis", "yaxis"):
        common[name] = axis | dict(layout.pop(name, {}))
    return {"data": [dict(trace) for trace in traces], "layout": common | layout}


def _left(traces: Sequence[Mapping[str, Any]], yaxis: Mapping[str, Any]) -> int:
    """Room for the ticks of the vertical axis: names, or numbers as long as the largest of each trace together."""
    given = [each for trace in traces for each in trace.get("y", ()) if isinstance(each, str)]
    names = [*given, *yaxis.get("ticktext", ())]
    if names:
        return 16 + WIDTH * max(len(name.strip()) for name in names)
    largest = sum(max((abs(each) for each in trace.get("y", ()) if each), default=0) for trace in traces)
    ticks = max(LEAST_TICK, len(f"{largest:,.0f}"), len(f"100{yaxis['ticksuffix']}") if "ticksuffix" in yaxis else 0)
    return 12 + WIDTH * ticks + (TITLE if yaxis.get("title") else 0)


SHADES = (("text", ""), ("running", ""), ("edge", ""), ("running", "/"), ("edge", "x"), ("line", ""))
"""Colour and pattern of the parts of a stacked bar: greys that can be told apart; the last one is for the rest."""


def shade(place: int, context: ChartContext) -> dict[str, Any]:
    """The marker of the part with that place; behind the last one all are alike."""
    tone, pattern = SHADES[min(place, len(SHADES) - 1)]
    return {"color": context.colour(tone), "pattern": {"shape": pattern, "size": 6}}


LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom", "font": {"size": 13}}
"""Above the plot, in a line."""


def day_ticks(days: Sequence[date], context: ChartContext, most: int = 8) -> dict[str, Any]:
    """So many of the days are named on the axis, evenly."""
    step = max(1, -(-len(days) // most))
    named = list(range(0, len(days), step))
    return {"tickvals": named, "ticktext": [context.day(days[n]) for n in named], "showgrid": False, "zeroline": False}


def percent_ticks(context: ChartContext) -> dict[str, Any]:
    """Of an axis from 0 to 100 %."""
    quarters = (0, 25, 50, 75, 100)
    return {"tickvals": list(quarters), "ticktext": [context.percent(each / 100) for each in quarters]}


def rows_height(rows: int, least: int = 150) -> int:
    """Of a figure with so many horizontal bars."""
    return max(least, 56 + 26 * rows)


def errors(rows: Sequence[ShareRow], shares: Sequence[float], context: ChartContext) -> dict[str, Any]:
    """Wilson's intervals around shares in percent."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [100 * row.interval.high - share for row, share in zip(rows, shares, strict=True)],
        "arrayminus": [share - 100 * row.interval.low for row, share in zip(rows, shares, strict=True)],
        "color": context.colour("text"),
        "thickness": 1.5,
        "width": 5,
    }
