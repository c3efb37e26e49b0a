"""Weeks that are out of the ordinary: an XmR chart with limits from a frozen base."""

from __future__ import annotations

from typing import Any

from data.domain.performance.answers import Unusual, XmrWeek
from layouts.charts.chart import LEGEND, Chart, ChartContext, Figure, Row, Table, day_ticks, figure


def draw(answer: Unusual, context: ChartContext) -> Chart:
    """Points between the limits; those outside are named and marked."""
    n, note = sum(week.n or 0 for week in answer.weeks), context.t("unusual.note", n=answer.base)
    if not answer.weeks:
        return Chart(context.t("unusual.nothing"), context.t("unusual.note_short"), 0, None)
    return Chart(_finding(answer, context), note, n, _figure(answer, context), _table(answer, context))


def _finding(answer: Unusual, context: ChartContext) -> str:
    unusual = [week for week in answer.weeks if week.unusual]
    if not unusual:
        return context.t("unusual.none", n=len(answer.weeks))
    named = ", ".join(context.t("unusual.week", day=context.day(week.start), n=week.n) for week in unusual[-3:])
    return context.t("unusual.finding", n=len(unusual), weeks=named)


def _figure(answer: Unusual, context: ChartContext) -> Figure | None:
    weeks = answer.weeks
    if len(weeks) < 3:
        return None
    places = list(range(len(weeks)))
    quiet: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": places, "hoverinfo": "skip"}
    line = {"color": context.colour("border"), "width": 1, "dash": "dot"}
    band = [
        quiet | {"y": [week.high for week in weeks], "line": line, "name": context.t("unusual.limits")},
        quiet | {"y": [week.low for week in weeks], "line": line, "showlegend": False},
        quiet
        | {
            "y": [week.expected for week in weeks],
            "line": {"color": context.colour("border"), "width": 1.5},
            "name": context.t("unusual.expected"),
        },
    ]
    points = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": places,
        "y": [week.n for week in weeks],
        "name": context.t("received"),
        "line": {"color": context.colour("text"), "width": 2},
        "marker": {
            "size": [12 if week.unusual else 6 for week in weeks],
            "symbol": ["square" if week.unusual else "circle" for week in weeks],
            "color": [context.colour("overdue" if week.unusual else "text") for week in weeks],
        },
        "customdata": [f"received:week:{week.start}" for week in weeks],
        "hovertext": [_hover(week, context) for week in weeks],
        "hoverinfo": "text",
    }
    ticks = day_ticks([week.start for week in weeks], context)
    yaxis = {"rangemode": "tozero", "nticks": 6}
    return figure(context, [*band, points], 270, xaxis=ticks, yaxis=yaxis, showlegend=True, legend=LEGEND)


def _limits(week: XmrWeek, context: ChartContext) -> str:
    number = context.words.number
    return context.t("interval", low=number(max(0.0, week.low), 1), high=number(week.high, 1))


def _hover(week: XmrWeek, context: ChartContext) -> str:
    return context.t(
        "unusual.hover", day=context.day(week.start), n=context.count(week.n), limits=_limits(week, context)
    )


def _table(answer: Unusual, context: ChartContext) -> Table:
    head = (context.t("step.week"), context.t("received"), context.t("unusual.limits"), context.t("unusual.label"))
    rows = [
        Row(
            (
                context.day(week.start),
                context.count(week.n),
                _limits(week, context),
                context.t("yes" if week.unusual else "no"),
            ),
            f"received:week:{week.start}",
        )
        for week in answer.weeks
    ]
    return Table(head, tuple(rows))
