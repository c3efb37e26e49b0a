"""What comes: the mix of categories over time."""

from __future__ import annotations

from typing import Any

from data.domain.figures.kpis import FEW
from data.domain.figures.measures.statistics import wilson
from data.domain.performance.answers import TopicRow, Topics
from layouts.charts.chart import (
    LEGEND,
    SHADES,
    Chart,
    ChartContext,
    Figure,
    Row,
    Table,
    day_ticks,
    figure,
    shade,
)

MOST = len(SHADES) - 1
"""So many categories have a part of their own; the others are one."""


def draw(answer: Topics, context: ChartContext) -> Chart:
    """Stacked bars of cases, so that few cases look like few."""
    note = context.t("topics.note")
    if not answer.n:
        return Chart(context.t("nothing_received"), note, 0, None)
    drawn = _figure(answer, context) if answer.n >= FEW and len(answer.starts) > 1 else None
    return Chart(_finding(answer, context), note, answer.n, drawn, _table(answer, context))


def _finding(answer: Topics, context: ChartContext) -> str:
    if answer.n < FEW:
        told = [f"{context.group('category', row.code)} {context.words.number(row.n)}" for row in answer.rows if row.n]
        return context.t("topics.few", n=answer.n, names=", ".join(told))
    top = answer.rows[0]
    said = context.t("topics.finding", share=context.percent(top.n / answer.n), name=_name(top, context))
    moved = [row for row in answer.rows if _has_moved(row, answer)]
    if not moved or not answer.before_n:
        return f"{said}."
    most = max(moved, key=lambda row: abs(row.n / answer.n - row.before / (answer.before_n or 1)))
    now, before = most.n / answer.n, most.before / answer.before_n
    key = "up" if now > before else "down"
    change = context.t(
        f"topics.{key}", name=_name(most, context), before=context.percent(before), now=context.percent(now)
    )
    return f"{said}; {change}."


def _has_moved(row: TopicRow, answer: Topics) -> bool:
    """Whether the intervals of the shares now and before do not meet."""
    now, before = wilson(row.n, answer.n), wilson(row.before, answer.before_n or 0)
    if now is None or before is None or (answer.before_n or 0) < FEW:
        return False
    return now.low > before.high or now.high < before.low


def _name(row: TopicRow, context: ChartContext) -> str:
    return context.group("category", row.code)


def _parts(answer: Topics, context: ChartContext) -> list[tuple[str, str, tuple[int, ...]]]:
    """(code, name, counts) of those with a part of their own, then of all others together ('' is their code)."""
    told = [(row.code, _name(row, context), row.counts) for row in answer.rows[:MOST] if row.n]
    rest = [row.counts for row in answer.rows[MOST:] if row.n]
    if rest:
        told.append(("", context.t("topics.rest", n=len(rest)), tuple(map(sum, zip(*rest, strict=True)))))
    return told


def _figure(answer: Topics, context: ChartContext) -> Figure:
    places = list(range(len(answer.starts)))
    totals = [sum(each) for each in zip(*(row.counts for row in answer.rows), strict=True)]
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "x": places,
            "y": [None if silent else n for n, silent in zip(counts, answer.silent, strict=True)],
            "name": name,
            "marker": shade(place if code else len(SHADES), context),
            "customdata": [f"topic:{start}:{code}" if code else None for start in answer.starts],
            "hovertext": [
                context.t("topics.hover", day=context.day(start), name=name, n=n, of=of)
                for start, n, of in zip(answer.starts, counts, totals, strict=True)
            ],
            "hoverinfo": "text",
        }
        for place, (code, name, counts) in enumerate(_parts(answer, context))
    ]
    return figure(
        context,
        traces,
        320,
        xaxis=day_ticks(answer.starts, context),
        yaxis={"rangemode": "tozero", "nticks": 6},
        barmode="stack",
        bargap=0.15,
        showlegend=True,
        legend=LEGEND | {"traceorder": "normal"},
    )


def _table(answer: Topics, context: ChartContext) -> Table:
    """The whole period first, then each part."""
    parts = _parts(answer, context)
    head = (context.t(f"step.{answer.step}"), context.t("total"), *(name for _, name, _ in parts))
    number = context.words.number
    whole = [number(sum(counts)) for _, _, counts in parts]
    rows = [Row((context.t("topics.whole"), number(answer.n), *whole))]
    for place, (start, silent) in enumerate(zip(answer.starts, answer.silent, strict=True)):
        counts = [each[place] for _, _, each in parts]
        cells = (
            [context.words("kpi.no_data")] * (len(parts) + 1) if silent else [number(sum(counts)), *map(number, counts)]
        )
        rows.append(Row((context.day(start), *cells), f"received:{answer.step}:{start}"))
    return Table(head, tuple(rows))
