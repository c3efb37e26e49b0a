"""When cases come: hour by weekday."""

from __future__ import annotations

from data.domain.figures.kpis import FEW
from data.domain.performance.answers import When
from layouts.charts.chart import Chart, ChartContext, Figure, Row, Table, figure

HOURS = range(24)


def draw(answer: When, context: ChartContext) -> Chart:
    """A heat map; the table has parts of the day."""
    note = context.t("when.note")
    if not answer.n:
        return Chart(context.t("nothing_received"), note, 0, None)
    drawn = _figure(answer, context) if answer.n >= FEW else None
    return Chart(_finding(answer, context), note, answer.n, drawn, _table(answer, context))


def _finding(answer: When, context: ChartContext) -> str:
    if answer.n < FEW:
        return context.t("when.few", n=answer.n, outside=answer.outside_hours)
    weekday, hour = max(
        ((day, hour) for day in range(7) for hour in HOURS), key=lambda cell: answer.counts[cell[0]][cell[1]]
    )
    share = context.percent(answer.outside_hours / answer.n)
    return context.t("when.finding", share=share, day=_day(weekday, context), start=f"{hour:02}.00")


def _day(weekday: int, context: ChartContext) -> str:
    return context.t(f"weekday.{weekday}")


def _figure(answer: When, context: ChartContext) -> Figure:
    heat = {
        "type": "heatmap",
        "x": list(HOURS),
        "y": [_day(day, context) for day in range(7)],
        "z": [list(row) for row in answer.counts],
        "customdata": [[f"received:hour:{day}-{hour}" for hour in HOURS] for day in range(7)],
        "colorscale": [[0, context.colour("panel")], [0.02, context.colour("raised")], [1, context.colour("text")]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hovertemplate": context.t("when.hover") + "<extra></extra>",
    }
    xaxis = {"tickvals": [0, 6, 12, 18, 23], "ticktext": ["00", "06", "12", "18", "23"], "showgrid": False}
    yaxis = {"autorange": "reversed", "showgrid": False, "zeroline": False}
    return figure(context, [heat], 330, xaxis=xaxis | {"zeroline": False}, yaxis=yaxis)


PARTS = ((0, 6), (6, 12), (12, 18), (18, 24))


def _table(answer: When, context: ChartContext) -> Table:
    head = (context.t("weekday.label"), *(f"{low:02}–{high:02}" for low, high in PARTS), context.t("total"))
    rows = []
    for day, counts in enumerate(answer.counts):
        parts = [context.words.number(sum(counts[low:high])) for low, high in PARTS]
        rows.append(Row((_day(day, context), *parts, context.words.number(sum(counts))), f"received:weekday:{day}"))
    return Table(head, tuple(rows))
