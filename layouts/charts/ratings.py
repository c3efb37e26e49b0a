"""What citizens thought of it: ratings from 1 to 5."""

from __future__ import annotations

from data.domain.figures.kpis import FEW
from data.domain.performance.answers import Ratings
from layouts.charts.chart import Chart, ChartContext, Figure, Row, Table, figure


def draw(answer: Ratings, context: ChartContext) -> Chart:
    """A bar a score."""
    rated, note = answer.rated, context.t("ratings.note")
    if not rated:
        return Chart(context.t("ratings.nothing", n=answer.ended), note, 0, None)
    drawn = _figure(answer, context) if rated >= FEW else None
    return Chart(_finding(answer, context), note, rated, drawn, _table(answer, context))


def _finding(answer: Ratings, context: ChartContext) -> str:
    if answer.rated < FEW:
        told = ", ".join(str(n) for n, count in enumerate(answer.scores, 1) for _ in range(count))
        return context.t("ratings.few", n=answer.rated, scores=told)
    mean = sum(n * count for n, count in enumerate(answer.scores, 1)) / answer.rated
    return context.t("ratings.mean", mean=context.words.number(mean, 1), n=answer.rated, ended=answer.ended)


def _figure(answer: Ratings, context: ChartContext) -> Figure:
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
    xaxis = {"title": {"text": context.t("ratings.score")}, "type": "category", "showgrid": False}
    return figure(context, [bars], 250, xaxis=xaxis, yaxis={"rangemode": "tozero", "nticks": 5}, margin={"t": 24})


def _table(answer: Ratings, context: ChartContext) -> Table:
    rows = [
        Row(
            (context.t("ratings.scored", score=n), context.words.number(count), context.share(count, answer.rated)),
            f"rated:score:{n}",
        )
        for n, count in enumerate(answer.scores, 1)
    ]
    return Table((context.t("ratings.score"), context.t("cases"), context.t("share")), tuple(rows))
