"""Agencies compared over the same mix of categories: a funnel."""

from __future__ import annotations

import math
from typing import Any

from data.domain.figures.kpis import FEW
from data.domain.performance.answers import Mix, MixRow
from layouts.charts.chart import LEGEND, Chart, ChartContext, Figure, Row, Table, figure, rows_height

LIMITS = ((1.96, "dot", "mix.limit_95"), (3.09, "solid", "mix.limit_998"))


def draw(answer: Mix, context: ChartContext) -> Chart:
    """Points of agencies within the limits of chance; those outside the wide ones are named."""
    n, note = sum(row.n for row in answer.rows), context.t("mix.note")
    if answer.spread > 1:
        note = f"{note} {context.t('mix.spread', spread=context.words.number(answer.spread, 1))}"
    comparable = [row for row in answer.rows if row.n >= FEW]
    own = next((row for row in comparable if row.code == answer.own), None)
    if own is not None and len(answer.rows) == 1:
        return Chart(_own(own, context), note, n, None, _table(answer, context))
    if len(comparable) < 3 or answer.share is None:
        table = _table(answer, context) if answer.rows else None
        return Chart(context.t("mix.nothing" if not n else "mix.few", n=len(comparable)), note, n, None, table)
    said = _finding(comparable, context) if own is None else _own(own, context)
    return Chart(said, note, n, _figure(comparable, answer, context), _table(answer, context))


def outside(row: MixRow) -> bool:
    """Beyond what chance alone explains in 998 of 1000."""
    return abs(row.z) > LIMITS[-1][0]


def _own(row: MixRow, context: ChartContext) -> str:
    """For who sees one agency only."""
    key = "own_alike" if not outside(row) else "own_worse" if row.z < 0 else "own_better"
    expected = context.words.number(row.expected, 1)
    return context.t(f"mix.{key}", name=context.group("agency", row.code), hits=row.hits, expected=expected)


def _finding(rows: list[MixRow], context: ChartContext) -> str:
    worse = [context.group("agency", row.code) for row in rows if outside(row) and row.z < 0]
    better = [context.group("agency", row.code) for row in rows if outside(row) and row.z > 0]
    if not worse and not better:
        return context.t("mix.alike", n=len(rows))
    said = [
        context.t(f"mix.{key}", names=context.listed(names, 3))
        for key, names in (("worse", worse), ("better", better))
        if names
    ]
    return "; ".join(said) + "."


def _figure(rows: list[MixRow], answer: Mix, context: ChartContext) -> Figure:
    far = max(row.n for row in rows)
    steps = [max(FEW, far * (n / 40) ** 2) for n in range(2, 43)]
    traces = [trace for limit in LIMITS for trace in _limit(limit, steps, answer, context)]
    traces.append(_points(rows, answer.own, context))
    xaxis = {"title": {"text": context.t("n")}, "rangemode": "tozero", "showgrid": False}
    ratios = [row.ratio or 1.0 for row in rows]
    low, high = min(0.7, *ratios) - 0.05, max(1.3, *ratios) + 0.1
    yaxis = {"title": {"text": context.t("mix.ratio")}, "range": [max(0, low), high]}
    return figure(
        context, traces, min(460, rows_height(len(rows), 300)), xaxis=xaxis, yaxis=yaxis, showlegend=True, legend=LEGEND
    )


def _limit(
    limit: tuple[float, str, str], steps: list[float], answer: Mix, context: ChartContext
) -> list[dict[str, Any]]:
    z, dash, name = limit
    share = answer.share or 0.5
    width = [z * math.sqrt(max(1.0, answer.spread)) * math.sqrt(share * (1 - share) / n) / share for n in steps]
    line = {"color": context.colour("border"), "width": 1, "dash": dash}
    shared = {"type": "scatter", "mode": "lines", "x": [round(n, 1) for n in steps], "line": line, "hoverinfo": "skip"}
    upper = shared | {"y": [round(1 + part, 3) for part in width], "name": context.t(name)}
    return [upper, shared | {"y": [round(1 - part, 3) for part in width], "showlegend": False}]


def _points(rows: list[MixRow], own: str, context: ChartContext) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [row.n for row in rows],
        "y": [round(row.ratio or 0, 3) for row in rows],
        "text": [f"  {context.group('agency', row.code)}" if outside(row) or row.code == own else "" for row in rows],
        "textposition": "middle right",
        "textfont": {"color": context.colour("text")},
        "cliponaxis": False,
        "marker": {
            "size": 11,
            "symbol": ["square" if outside(row) else "circle" for row in rows],
            "color": [context.colour(_tone(row, own)) for row in rows],
        },
        "customdata": [f"on_time:agency:{row.code}" for row in rows],
        "hovertext": [_hover(row, context) for row in rows],
        "hoverinfo": "text",
        "showlegend": False,
    }


def _tone(row: MixRow, own: str) -> str:
    if outside(row) and row.z < 0:
        return "overdue"
    return "text" if row.code == own else "running"


def _hover(row: MixRow, context: ChartContext) -> str:
    expected = context.words.number(row.expected, 1)
    return context.t("mix.hover", name=context.group("agency", row.code), hits=row.hits, n=row.n, expected=expected)


def _table(answer: Mix, context: ChartContext) -> Table:
    head = (
        context.t("by.agency"),
        context.t("n"),
        context.t("on_time.hits"),
        context.t("mix.expected"),
        context.t("mix.ratio"),
    )
    number = context.words.number
    rows = [
        Row(
            (
                context.group("agency", row.code),
                number(row.n),
                number(row.hits),
                number(row.expected, 1),
                number(row.ratio, 2) if row.ratio is not None and row.n >= FEW else context.t("too_few"),
            ),
            f"on_time:agency:{row.code}",
        )
        for row in answer.rows
    ]
    return Table(head, tuple(rows))
