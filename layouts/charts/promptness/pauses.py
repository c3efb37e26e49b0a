"""Why cases waited, and with whom."""

from __future__ import annotations

from typing import Any

from data.domain.figures.kpis import FEW
from data.domain.performance.answers import PauseRow, Pauses
from data.domain.performance.picks import ANY
from layouts.charts.chart import LEGEND, Chart, ChartContext, Figure, Row, Table, figure, rows_height, shade

DAY_S, HOUR_S = 86_400, 3_600
MOST_BARS = 12


def draw(answer: Pauses, context: ChartContext) -> Chart:
    """The time of all pauses together as bars of agencies, their reasons as parts."""
    note = context.t("pauses.note")
    if answer.running:
        note = f"{note} {context.t('pauses.running', n=answer.running)}"
    if not answer.n:
        return Chart(context.t("pauses.nothing"), note, 0, None)
    drawn = _figure(answer, context) if answer.n >= FEW else None
    return Chart(_finding(answer, context), note, answer.n, drawn, _table(answer, context))


def _finding(answer: Pauses, context: ChartContext) -> str:
    reason, agency = answer.reasons[0], answer.agencies[0]
    if answer.n < FEW:
        told = [f"{context.group('reason', row.reason)} {row.n}" for row in answer.reasons]
        return context.t("pauses.few", n=answer.n, names=", ".join(told))
    total = sum(row.total_s for row in answer.reasons)
    said = context.t(
        "pauses.finding",
        share=context.percent(reason.total_s / total if total else 0),
        reason=context.group("reason", reason.reason),
        median=context.time(reason.median_s),
    )
    if len(answer.agencies) < 2 or not total:
        return f"{said}."
    return f"{said}; {context.t('pauses.agency', name=context.group('agency', agency.agency), n=agency.n)}."


def _figure(answer: Pauses, context: ChartContext) -> Figure:
    shown = [row.agency for row in answer.agencies[:MOST_BARS]][::-1]
    unit = DAY_S if max(row.total_s for row in answer.agencies) > 3 * DAY_S else HOUR_S
    by_both = {(row.agency, row.reason): row for row in answer.rows}
    names = [f"{context.group('agency', agency)}  " for agency in shown]
    traces: list[dict[str, Any]] = []
    for place, reason in enumerate(row.reason for row in answer.reasons):
        rows = [by_both.get((agency, reason)) for agency in shown]
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": [round(row.total_s / unit, 2) if row else 0 for row in rows],
                "y": names,
                "name": context.group("reason", reason),
                "marker": shade(place, context),
                "customdata": [f"paused:{agency}:{reason}" for agency in shown],
                "hovertext": [_hover(row, context) if row else "" for row in rows],
                "hoverinfo": "text",
            }
        )
    title = context.t("pauses.days" if unit == DAY_S else "pauses.hours")
    return figure(
        context,
        traces,
        rows_height(len(shown), 230) + 24 * len(traces),
        barmode="stack",
        xaxis={"title": {"text": title}, "rangemode": "tozero", "nticks": 6},
        yaxis={"showgrid": False, "tickfont": {"color": context.colour("text")}},
        showlegend=True,
        legend=LEGEND | {"traceorder": "normal"},
    )


def _hover(row: PauseRow, context: ChartContext) -> str:
    return context.t(
        "pauses.hover",
        reason=context.group("reason", row.reason),
        total=context.time(row.total_s),
        n=row.n,
        median=context.time(row.median_s),
    )


def _table(answer: Pauses, context: ChartContext) -> Table:
    """Each reason, then each agency with each of its reasons."""
    head = (
        context.t("pauses.label"),
        context.t("pauses.reason"),
        context.t("n"),
        context.t("median"),
        context.t("p90"),
        context.t("pauses.total"),
    )
    return Table(head, tuple(_row(row, context) for row in (*answer.reasons, *answer.rows)))


def _row(row: PauseRow, context: ChartContext) -> Row:
    few = row.n < FEW
    cells = (
        context.group("agency", row.agency) if row.agency else context.t("all"),
        context.group("reason", row.reason),
        context.words.number(row.n),
        context.t("too_few") if few else context.time(row.median_s),
        context.t("too_few") if few else context.time(row.p90_s),
        context.time(row.total_s),
    )
    return Row(cells, f"paused:{row.agency or ANY}:{row.reason}")
