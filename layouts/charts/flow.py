"""In, out, and what stays open, by age."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from data.domain.performance.answers import AGES_D, Flow, FlowPart
from layouts.charts.chart import LEGEND, Chart, ChartContext, Figure, Row, Table, day_ticks, figure

TONES = ("line", "edge", "running", "risk", "overdue")
"""Of the ages, youngest first: colour only for the old."""


def draw(answer: Flow, context: ChartContext, *, brief: bool = False) -> Chart:
    """Areas of open cases by age; the weekly numbers in and out as lines.

    brief: a finding without how many came and ended, for readers far away.
    """
    received, note = answer.received, context.t("flow.note")
    if not any(part.received or part.ended or part.open for part in answer.parts):
        return Chart(context.t("flow.nothing"), note, 0, None)
    return Chart(
        _finding(answer, context, brief=brief), note, received, _figure(answer, context), _table(answer, context)
    )


def ages(context: ChartContext) -> list[str]:
    """'sampai 3 hari', '3–7 hari', .., 'lebih dari 30 hari'."""
    first, *_, last = AGES_D
    between = [context.t("flow.between", low=low, high=high) for low, high in pairwise(AGES_D)]
    return [context.t("flow.upto", days=first), *between, context.t("flow.over", days=last)]


def _finding(answer: Flow, context: ChartContext, *, brief: bool) -> str:
    last, before, reopened = answer.parts[-1], answer.open_before, answer.reopened
    if not before and answer.known[0] is not answer.parts[0]:
        said = context.t("flow.since", day=context.day(answer.known[0].start), now=last.open)
    else:
        key = "grew" if last.open > before else "shrank" if last.open < before else "level"
        said = context.t(f"flow.{key}", before=before, now=last.open)
    if not brief:
        key = "flow.came_and_reopened" if reopened else "flow.came"
        came = context.t(key, received=answer.received, reopened=reopened)
        said += context.t("flow.how", came=came, ended=answer.ended)
    old = last.backlog[-1]
    return f"{said}; {context.t('flow.old', n=old, days=AGES_D[-1])}." if old else f"{said}."


def _figure(answer: Flow, context: ChartContext) -> Figure | None:
    parts = answer.parts
    if len(parts) < 2:
        return None
    places = list(range(len(parts)))
    traces: list[dict[str, Any]] = []
    for age, (name, tone) in enumerate(zip(ages(context), TONES, strict=True)):
        traces.append(
            {
                "type": "bar",
                "x": places,
                "y": [part.backlog[age] for part in parts],
                "name": name,
                "marker": {"color": context.colour(tone)},
                "customdata": [f"backlog:{part.start}:{age}" for part in parts],
                "hovertext": [f"{context.day(part.start)} · {name}: {part.backlog[age]}" for part in parts],
                "hoverinfo": "text",
            }
        )
    traces += [_line(answer, context, key) for key in ("received", "ended")]
    xaxis = day_ticks([part.start for part in parts], context)
    yaxis = {"rangemode": "tozero", "nticks": 6}
    return figure(
        context, traces, 320, xaxis=xaxis, yaxis=yaxis, barmode="stack", bargap=0.15, showlegend=True, legend=LEGEND
    )


def _line(answer: Flow, context: ChartContext, key: str) -> dict[str, Any]:
    is_in = key == "received"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(range(len(answer.parts))),
        "y": [getattr(part, key) if part.whole else None for part in answer.parts],
        "name": context.t(f"flow.{key}"),
        "line": {"color": context.colour("new" if is_in else "text"), "width": 2, "dash": "dot" if is_in else "solid"},
        "marker": {"size": 6, "symbol": "circle-open" if is_in else "circle"},
        "customdata": [f"{key}:{answer.step}:{part.start}" for part in answer.parts],
        "hovertext": [
            f"{context.day(part.start)} · {context.t(f'flow.{key}')}: {context.count(getattr(part, key))}"
            for part in answer.parts
        ],
        "hoverinfo": "text",
    }


def _table(answer: Flow, context: ChartContext) -> Table:
    head = (
        context.t(f"step.{answer.step}"),
        *(context.t(f"flow.{key}") for key in ("received", "reopened", "ended", "open")),
        *ages(context),
    )
    return Table(head, tuple(_row(part, answer, context) for part in answer.parts))


def _row(part: FlowPart, answer: Flow, context: ChartContext) -> Row:
    counts = (part.received, part.reopened, part.ended, part.open, *part.backlog)
    return Row((context.day(part.start), *map(context.count, counts)), f"received:{answer.step}:{part.start}")
