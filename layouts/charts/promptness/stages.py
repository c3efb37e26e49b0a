"""Who held it how long: verification, acceptance, work, pauses."""

from __future__ import annotations

from data.domain.figures.kpis import FEW
from data.domain.performance.answers import StageRow, Stages
from layouts.charts.chart import LEGEND, Chart, ChartContext, Figure, Row, Table, figure, rows_height

HOUR_S, DAY_S = 3_600, 86_400


def draw(answer: Stages, context: ChartContext) -> Chart:
    """The median as a bar, the 90th percentile as a line behind it."""
    note = context.t("stages.note")
    if not answer.n:
        return Chart(context.t("stages.nothing"), note, 0, None)
    drawn = _figure(answer, context) if answer.n >= FEW else None
    return Chart(_finding(answer, context), note, answer.n, drawn, _table(answer, context))


def _finding(answer: Stages, context: ChartContext) -> str:
    if answer.n < FEW:
        return context.t("stages.few", n=answer.n)
    longest = max((row for row in answer.rows if row.code != "paused"), key=lambda row: row.share)
    return context.t(
        "stages.finding",
        stage=_name(longest, context),
        share=context.percent(longest.share),
        median=context.time(longest.median_s),
    )


def _name(row: StageRow, context: ChartContext) -> str:
    return context.t(f"stages.{row.code}")


def _figure(answer: Stages, context: ChartContext) -> Figure | None:
    rows = [row for row in answer.rows if row.n >= FEW][::-1]
    if not rows:
        return None
    unit = DAY_S if max(row.p90_s or 0 for row in rows) > 3 * DAY_S else HOUR_S
    names = [f"{_name(row, context)}  " for row in rows]
    shared = {"type": "bar", "orientation": "h", "y": names, "hoverinfo": "text"}
    traces = [
        shared
        | {
            "x": [round((row.p90_s or 0) / unit, 2) for row in rows],
            "name": context.t("p90"),
            "width": 0.18,
            "marker": {"color": context.colour("edge")},
            "hovertext": [f"{context.t('p90')}: {context.time(row.p90_s)}" for row in rows],
        },
        shared
        | {
            "x": [round((row.median_s or 0) / unit, 2) for row in rows],
            "name": context.t("median"),
            "width": 0.55,
            "marker": {"color": context.colour("border")},
            "hovertext": [f"{context.t('median')}: {context.time(row.median_s)} · n {row.n}" for row in rows],
        },
    ]
    title = context.words("unit.days" if unit == DAY_S else "unit.hours")
    return figure(
        context,
        traces,
        rows_height(len(rows), 230),
        barmode="overlay",
        xaxis={"title": {"text": title}, "rangemode": "tozero"},
        yaxis={"showgrid": False, "tickfont": {"color": context.colour("text")}},
        showlegend=True,
        legend=LEGEND | {"traceorder": "reversed"},
    )


def _table(answer: Stages, context: ChartContext) -> Table:
    head = (context.t("stages.label"), context.t("n"), context.t("median"), context.t("p90"), context.t("stages.share"))
    rows = [
        Row(
            (
                _name(row, context),
                context.words.number(row.n),
                context.time(row.median_s),
                context.time(row.p90_s),
                context.percent(row.share),
            )
        )
        for row in answer.rows
        if row.n
    ]
    return Table(head, tuple(rows))
