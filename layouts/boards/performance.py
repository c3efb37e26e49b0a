"""What a mayor asks of the last weeks: answered in time, how long it took, what is open, what will breach.

The same answers and findings as the charts of /kinerja, drawn large and with as many rows as fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from dash import html
from dash.development.base_component import Component

from data.domain.figures.kpis import FEW
from data.domain.performance.answers import Flow, Forecast, OnTime, PerformanceBoard, Times
from data.domain.performance.question import DAYS, USUAL_PERIOD
from layouts.charts import flow
from layouts.charts.chart import ChartContext
from layouts.charts.promptness import on_time, times
from layouts.kit import tags
from layouts.kit.screen import GAP
from layouts.kit.tags import Tag
from layouts.kit.text_width import SURE, shortened, text_width
from layouts.kit.viewport import DrawContext, Viewport

PAD = 28
"""Left and right in a panel, px; above and below, with the gap below the title. The style sheet has the same."""
EDGE = 48
LINE, TITLE_LINES = 1.3, 2
ROW = 1.34
"""Height of a row in em of its type."""
MOST_ROWS, MOST_COLUMNS, LEAST_COLUMN_PX = 8, 10, 140
NAME_SHARE = 0.34
"""The largest share of a panel's width for names."""


class Id(StrEnum):
    """The board's panels."""

    ON_TIME = "performance--on-time"
    RESOLUTIONS = "performance--resolutions"
    FLOW = "performance--flow"
    DUE = "performance--due"


@dataclass(frozen=True, slots=True)
class Room:
    """The inside of a panel below its title, px."""

    width: float
    height: float


def regions(viewport: Viewport, context: DrawContext) -> list[Component]:
    """Empty elements."""
    return [html.Div(id=region, className="finding") for region in Id]


def rows(viewport: Viewport) -> int:
    """Bars of a panel at most."""
    return MOST_ROWS


def draw(
    answer: PerformanceBoard, viewport: Viewport, now: datetime, context: DrawContext
) -> dict[str, Tag | dict[str, object]]:
    """By region id."""
    said = ChartContext(viewport.words, "dark", context.city, {}, answer.as_of)
    room = _room(viewport)
    found = _findings(answer, said)
    bodies = {
        Id.ON_TIME: _on_time(answer.on_time, said, viewport, room),
        Id.RESOLUTIONS: _times(answer.resolutions, said, viewport, room),
        Id.FLOW: _flow(answer.flow, said, viewport, room),
        Id.DUE: _due(answer.forecast, said, viewport, room),
    }
    past = viewport.words("performance.last_days", days=DAYS[USUAL_PERIOD])
    notes = {region: "" if region is Id.DUE else past for region in Id}
    return {each: _panel((found[each], notes[each]), body, viewport, room) for each, body in bodies.items()}


def _findings(answer: PerformanceBoard, said: ChartContext) -> dict[Id, str]:
    """Those of the charts, without what they are compared with: from six meters only the first half is read."""
    alone = replace(answer.on_time, before=None, rows=())
    return {
        Id.ON_TIME: on_time.draw(alone, said).finding,
        Id.RESOLUTIONS: times.draw_resolutions(replace(answer.resolutions, before_median_s=None), said).finding,
        Id.FLOW: flow.draw(answer.flow, said, brief=True).finding,
        Id.DUE: _due_finding(answer.forecast, said),
    }


def _due_finding(answer: Forecast, said: ChartContext) -> str:
    due = sum(answer.due.values())
    if not answer.rows:
        return said.t("forecast.wall", due=due)
    week = answer.rows[-1]
    return said.t(
        "forecast.wall_expected", due=due, week=round(week.expected), low=round(week.low), high=round(week.high)
    )


def _room(viewport: Viewport) -> Room:
    """Two by two, in a narrow slot one below the other."""
    across, down = (1, 4) if viewport.form == "narrow" else (2, 2)
    width = (viewport.slot.width - GAP * (across - 1)) / across - 2 * PAD
    height = (viewport.slot.height - GAP * (down - 1)) / down
    return Room(width, height - EDGE - TITLE_LINES * LINE * viewport.sizes.row)


def _panel(told: tuple[str, str], body: Tag | None, viewport: Viewport, room: Room) -> Tag:
    finding, note = told
    left = room.width * TITLE_LINES * 0.88 - text_width(note, viewport.sizes.row)
    title = shortened(finding, viewport.sizes.row, left)
    one = " one" if viewport.form == "narrow" else ""
    return tags.Div([tags.Div([tags.B(title), " ", tags.Span(note)], className="told"), body], className=f"panel{one}")


def _on_time(answer: OnTime, said: ChartContext, viewport: Viewport, room: Room) -> Tag | None:
    """The worst shares first."""
    shown = [row for row in answer.rows if row.n >= FEW]
    bars = [
        (
            said.group(answer.by, row.code),
            row.share or 0.0,
            f"{said.percent(row.share)} · {viewport.words('kpi.n', n=row.n)}",
            "overdue" if on_time.below(row, answer.whole) else "run",
        )
        for row in shown
    ]
    return _bars(bars, viewport, room)


def _due(answer: Forecast, said: ChartContext, viewport: Viewport, room: Room) -> Tag | None:
    most = max(answer.due.values(), default=1)
    ordered = sorted(answer.due.items(), key=lambda item: -item[1])
    bars = [(said.group("agency", code), n / most, viewport.words.number(n), "run") for code, n in ordered]
    return _bars(bars, viewport, room)


def _bars(bars: Sequence[tuple[str, float, str, str]], viewport: Viewport, room: Room) -> Tag | None:
    """(name, share of the width, value, state) of each that fits."""
    px = viewport.sizes.row
    fit = min(MOST_ROWS, int(room.height // (px * ROW)))
    shown = bars[: max(0, fit)]
    if not shown:
        return None
    most = room.width * NAME_SHARE
    names = min(max(text_width(name, px) for name, *_ in shown) * SURE + 1, most)
    values = max(text_width(value, px, 600) for _, _, value, _ in shown) * 1.03
    lines = [
        tags.Div(
            [
                tags.Span(shortened(name, px, names) if names == most else name),
                tags.Div(tags.Icon(style={"width": f"{100 * share:.1f}%"}), className="track"),
                tags.B(value),
            ],
            className="bar",
            **{"data-state": state},
        )
        for name, share, value, state in shown
    ]
    widths = {"--names": str(round(names + 2)), "--values": str(round(values + 2))}
    return tags.Div(lines, className="bars", style=widths)


def _times(answer: Times, said: ChartContext, viewport: Viewport, room: Room) -> Tag | None:
    """The median of each week."""
    return _columns(_medians(answer), said, viewport, room, durations=True)


def _medians(answer: Times) -> list[tuple[date, float, bool]]:
    return [(part.start, part.median_s, False) for part in answer.parts if part.n >= FEW and part.median_s is not None]


def _flow(answer: Flow, said: ChartContext, viewport: Viewport, room: Room) -> Tag | None:
    """What was open at the end of each week; in colour, when something is older than the last age."""
    return _columns([(part.start, part.open, part.backlog[-1] > 0) for part in answer.known], said, viewport, room)


def _columns(
    values: Sequence[tuple[date, float, bool]],
    said: ChartContext,
    viewport: Viewport,
    room: Room,
    *,
    durations: bool = False,
) -> Tag | None:
    """Columns of the last weeks that fit, each with its value and the day it began."""
    px = viewport.sizes.small
    wide = max(LEAST_COLUMN_PX, text_width("88,8 menit", px) + 12)
    shown = values[-max(1, min(MOST_COLUMNS, int(room.width // wide))) :]
    if len(shown) < 2 or room.height < px * 5:
        return None
    most = max(value for _, value, _ in shown) or 1
    columns = [
        tags.Div(
            [
                tags.B(said.time(value) if durations else viewport.words.number(value)),
                tags.Icon(style={"--share": f"{value / most:.3f}"}),
                tags.Span(said.day(day)),
            ],
            className="column",
            **{"data-state": "overdue" if old else "run"},
        )
        for day, value, old in shown
    ]
    return tags.Div(columns, className="columns")
