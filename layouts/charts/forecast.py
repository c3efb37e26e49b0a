"""What will breach in the next 24 hours and seven days, with the errors of the same forecast in the past."""

from __future__ import annotations

from data.domain.figures.kpis import FEW
from data.domain.performance.answers import Forecast
from layouts.charts.chart import LEGEND, Chart, ChartContext, Figure, Row, Table, figure, rows_height

MOST_BARS = 12


def draw(answer: Forecast, context: ChartContext) -> Chart:
    """The past forecasts beside what came; without a better forecast only what falls due."""
    due, note = sum(answer.due.values()), context.t("forecast.note")
    table = _table(answer, context)
    if not answer.rows:
        key = "hidden" if due else "nothing"
        drawn = _due(answer, context) if due >= FEW else None
        return Chart(context.t(f"forecast.{key}", due=due), context.t("forecast.note_due"), due, drawn, table)
    return Chart(_finding(answer, context), note, due, _figure(answer, context), table)


def _finding(answer: Forecast, context: ChartContext) -> str:
    day, week = answer.rows[0], answer.rows[-1]
    said = context.t(
        "forecast.finding",
        day=round(day.expected),
        week=round(week.expected),
        low=round(week.low),
        high=round(week.high),
    )
    if answer.error is None:
        return f"{said}."
    return f"{said}; {context.t('forecast.error', error=context.percent(answer.error), n=len(answer.past))}."


def _figure(answer: Forecast, context: ChartContext) -> Figure | None:
    if len(answer.past) < 3:
        return None
    days = [context.day(past.at.date()) for past in answer.past]
    places = list(range(len(days)))
    came = {
        "type": "bar",
        "x": places,
        "y": [past.came for past in answer.past],
        "name": context.t("forecast.came"),
        "marker": {"color": context.colour("border")},
    }
    expected = {
        "type": "scatter",
        "mode": "markers",
        "x": places,
        "y": [round(past.expected, 1) for past in answer.past],
        "name": context.t("forecast.expected"),
        "marker": {"color": context.colour("text"), "size": 10, "symbol": "diamond-open", "line": {"width": 2}},
    }
    xaxis = {"tickvals": places[::2], "ticktext": days[::2], "showgrid": False, "zeroline": False}
    return figure(
        context, [came, expected], 250, xaxis=xaxis, yaxis={"rangemode": "tozero"}, showlegend=True, legend=LEGEND
    )


def _due(answer: Forecast, context: ChartContext) -> Figure:
    """What falls due, by agency, where no better forecast is known."""
    ordered = sorted(answer.due.items(), key=lambda item: (item[1], item[0]))[-MOST_BARS:]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [n for _, n in ordered],
        "y": [f"{context.group('agency', code)}  " for code, _ in ordered],
        "customdata": [f"due:agency:{code}" for code, _ in ordered],
        "marker": {"color": context.colour("border")},
        "text": [context.words.number(n) for _, n in ordered],
        "textposition": "outside",
        "textfont": {"color": context.colour("text")},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    yaxis = {"showgrid": False, "tickfont": {"color": context.colour("text")}}
    xaxis = {"rangemode": "tozero", "nticks": 5, "tickformat": "d"}
    return figure(context, [bars], rows_height(len(ordered)), xaxis=xaxis, yaxis=yaxis)


def _table(answer: Forecast, context: ChartContext) -> Table | None:
    if not answer.due:
        return None
    head = (context.t("by.agency"), context.t("forecast.due"))
    ordered = sorted(answer.due.items(), key=lambda item: (-item[1], item[0]))
    rows = [Row((context.group("agency", code), context.words.number(n)), f"due:agency:{code}") for code, n in ordered]
    return Table(head, tuple(rows))
