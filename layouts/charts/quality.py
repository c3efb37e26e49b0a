"""How well it held: reopened, closed within a minute, ratings."""

from __future__ import annotations

from data.domain.figures.kpis import FEW
from data.domain.performance.answers import Quality, ShareRow
from layouts.charts.chart import Chart, ChartContext, Figure, Row, Table, errors, figure


def draw(answer: Quality, context: ChartContext) -> Chart:
    """Ratings as bars; the shares in the table and in the title."""
    n, note = max((row.n for row in answer.rows), default=0), context.t("quality.note")
    if not n and not answer.rated:
        return Chart(context.t("quality.nothing"), note, 0, None)
    drawn = _figure(answer, context) if answer.rated >= FEW else _shares(answer, context) if n >= FEW else None
    return Chart(_finding(answer, context), note, n, drawn, _table(answer, context))


def _finding(answer: Quality, context: ChartContext) -> str:
    said = [context.t(f"quality.{row.code}", share=context.share(row.hits, row.n)) for row in answer.rows if row.n]
    if answer.rated >= FEW:
        mean = sum((n + 1) * count for n, count in enumerate(answer.scores)) / answer.rated
        said.append(context.t("quality.mean", mean=context.words.number(mean, 1), n=answer.rated))
    else:
        said.append(context.t("quality.few_ratings", n=answer.rated))
    return "; ".join(said) + "."


def _figure(answer: Quality, context: ChartContext) -> Figure:
    scores = [str(n) for n in range(1, 6)]
    bars = {
        "type": "bar",
        "x": scores,
        "y": list(answer.scores),
        "customdata": [f"rated:score:{n}" for n in range(1, 6)],
        "marker": {"color": [context.colour("overdue" if n < 2 else "running") for n in range(5)]},
        "text": [context.words.number(count) for count in answer.scores],
        "textposition": "outside",
        "textfont": {"color": context.colour("text")},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    xaxis = {"title": {"text": context.t("quality.score")}, "type": "category", "showgrid": False}
    return figure(context, [bars], 250, xaxis=xaxis, yaxis={"rangemode": "tozero", "nticks": 5}, margin={"t": 24})


def _shares(answer: Quality, context: ChartContext) -> Figure:
    """Without ratings: the two shares with their intervals."""
    rows = answer.rows[::-1]
    shares = [100 * (row.share or 0) for row in rows]
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": shares,
        "y": [f"{context.t(f'quality.name.{row.code}')}  " for row in rows],
        "customdata": [f"quality:{row.code}" for row in rows],
        "marker": {"size": 11, "color": context.colour("running")},
        "error_x": errors(rows, shares, context),
        "hovertext": [context.t("of", hits=row.hits, n=row.n) for row in rows],
        "hoverinfo": "text",
    }
    most = max(5.0, *(100 * row.interval.high for row in rows))
    xaxis = {"range": [0, most * 1.08], "ticksuffix": context.words("unit.percent"), "nticks": 6}
    yaxis = {"showgrid": False, "tickfont": {"color": context.colour("text")}, "range": [-0.6, len(rows) - 0.4]}
    return figure(context, [points], 180, xaxis=xaxis, yaxis=yaxis)


def _table(answer: Quality, context: ChartContext) -> Table:
    head = (
        context.t("quality.label"),
        context.t("n"),
        context.t("cases"),
        context.t("share"),
        context.t("interval_95"),
    )
    rows = [_row(row, context) for row in answer.rows]
    for n, count in enumerate(answer.scores, 1):
        cells = (context.t("quality.scored", score=n), context.words.number(answer.rated), context.words.number(count))
        rows.append(Row((*cells, context.share(count, answer.rated), ""), f"rated:score:{n}"))
    return Table(head, tuple(rows))


def _row(row: ShareRow, context: ChartContext) -> Row:
    low, high = context.words.number(100 * row.interval.low, 1), context.words.number(100 * row.interval.high, 1)
    told = context.t("interval", low=low, high=high + context.words("unit.percent")) if row.n >= FEW else ""
    cells = (context.t(f"quality.name.{row.code}"), context.words.number(row.n), context.words.number(row.hits))
    return Row((*cells, context.share(row.hits, row.n), told or context.t("too_few")), f"quality:{row.code}")
