"""How well it held: reopened, ended within a minute, without a word, with copied words."""

from __future__ import annotations

from data.domain.figures.kpis import FEW
from data.domain.performance.answers import Quality, ShareRow
from layouts.charts.chart import Chart, ChartContext, Figure, Row, Table, errors, figure


def draw(answer: Quality, context: ChartContext) -> Chart:
    """Each share with its interval."""
    n, note = max((row.n for row in answer.rows), default=0), context.t("quality.note")
    if answer.erased:
        note = f"{note} {context.t('quality.erased', n=answer.erased)}"
    if not n:
        return Chart(context.t("quality.nothing"), note, 0, None)
    drawn = _shares(answer, context) if n >= FEW else None
    return Chart(_finding(answer, context), note, n, drawn, _table(answer, context))


def _finding(answer: Quality, context: ChartContext) -> str:
    said = [context.t(f"quality.{row.code}", share=context.share(row.hits, row.n)) for row in answer.rows if row.n]
    return "; ".join(said) + "."


def _shares(answer: Quality, context: ChartContext) -> Figure:
    rows = [row for row in answer.rows if row.n >= FEW][::-1]
    shares = [100 * (row.share or 0) for row in rows]
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": shares,
        "y": [f"{context.t(f'quality.name.{row.code}')}  " for row in rows],
        "customdata": [f"quality:{row.code}" for row in rows],
        "marker": {"size": 11, "color": context.colour("running")},
        "cliponaxis": False,
        "error_x": errors(rows, shares, context),
        "hovertext": [context.t("of", hits=row.hits, n=row.n) for row in rows],
        "hoverinfo": "text",
    }
    most = max(5.0, *(100 * row.interval.high for row in rows))
    xaxis = {"range": [0, most * 1.08], "ticksuffix": context.words("unit.percent"), "nticks": 6}
    yaxis = {"showgrid": False, "tickfont": {"color": context.colour("text")}, "range": [-0.6, len(rows) - 0.4]}
    return figure(context, [points], 80 + 44 * len(rows), xaxis=xaxis, yaxis=yaxis)


def _table(answer: Quality, context: ChartContext) -> Table:
    head = (
        context.t("quality.label"),
        context.t("n"),
        context.t("cases"),
        context.t("share"),
        context.t("interval_95"),
    )
    return Table(head, tuple(_row(row, context) for row in answer.rows))


def _row(row: ShareRow, context: ChartContext) -> Row:
    low, high = context.words.number(100 * row.interval.low, 1), context.words.number(100 * row.interval.high, 1)
    told = context.t("interval", low=low, high=high + context.words("unit.percent")) if row.n >= FEW else ""
    cells = (context.t(f"quality.name.{row.code}"), context.words.number(row.n), context.words.number(row.hits))
    return Row((*cells, context.share(row.hits, row.n), told or context.t("too_few")), f"quality:{row.code}")
