"""How long it took: median and 90th percentile by week, and the share that had come to its end after so long."""

from __future__ import annotations

from typing import Any

from data.domain.figures.kpis import FEW
from data.domain.performance.answers import PartTimes, Times
from layouts.charts.chart import LEGEND, Chart, ChartContext, Figure, Row, Table, day_ticks, figure, percent_ticks

DAY_S, HOUR_S = 86_400, 3_600


def draw_answers(answer: Times, context: ChartContext) -> Chart:
    """The first answer by part."""
    return _weekly("answers", answer, context)


def draw_resolutions(answer: Times, context: ChartContext) -> Chart:
    """The resolution by part."""
    return _weekly("resolutions", answer, context)


def draw_answer_curve(answer: Times, context: ChartContext) -> Chart:
    """After how long what share was answered."""
    return _curve("answers", answer, context)


def draw_resolution_curve(answer: Times, context: ChartContext) -> Chart:
    """After how long what share was resolved."""
    return _curve("resolutions", answer, context)


def _weekly(name: str, answer: Times, context: ChartContext) -> Chart:
    note = context.t(f"{name}.note")
    if not answer.n:
        return Chart(context.t("nothing_received"), note, 0, None)
    return Chart(
        _finding(name, answer, context), note, answer.n, _bands(answer, context), _parts(name, answer, context)
    )


def _finding(name: str, answer: Times, context: ChartContext) -> str:
    if answer.n < FEW:
        return context.t(f"{name}.few", done=answer.n - answer.open, n=answer.n)
    if answer.median_s is None:
        return context.t(f"{name}.not_half", n=answer.n, open=answer.open)
    tail = _at_least(answer.p90_s, answer.longest_s, context)
    said = context.t(f"{name}.finding", median=context.time(answer.median_s), p90=tail)
    if answer.before_median_s is None:
        return f"{said}."
    return f"{said}; {context.t('times.before', before=context.time(answer.before_median_s))}."


def _at_least(seconds: float | None, longest: float, context: ChartContext) -> str:
    """A time that is not reached is no number: '> 10 hari'."""
    return f"> {context.time(longest)}" if seconds is None else context.time(seconds)


def _unit(answer: Times) -> int:
    """Days, where the times are long enough for them, else hours."""
    known = [part.p90_s or part.median_s or 0 for part in answer.parts]
    return DAY_S if max([*known, answer.median_s or 0]) > 3 * DAY_S else HOUR_S


def _bands(answer: Times, context: ChartContext) -> Figure | None:
    parts, unit = answer.parts, _unit(answer)
    if sum(part.n >= FEW for part in parts) < 2:
        return None
    median = [_in_unit(part.median_s, unit) for part in parts]
    p90 = [_in_unit(part.p90_s, unit) for part in parts]
    places = list(range(len(parts)))
    shared: dict[str, Any] = {"type": "scatter", "x": places, "hoverinfo": "text", "connectgaps": False}
    shared["hovertext"] = [_hover(part, context) for part in parts]
    traces = [
        shared
        | {
            "y": p90,
            "mode": "lines+markers",
            "name": context.t("p90"),
            "line": {"color": context.colour("border"), "width": 1.5, "dash": "dot"},
            "marker": {"size": 5},
            "customdata": [f"received:{answer.step}:{part.start}" for part in parts],
        },
        shared
        | {
            "y": median,
            "mode": "lines+markers",
            "name": context.t("median"),
            "line": {"color": context.colour("text"), "width": 2.5},
            "marker": {"size": 7},
            "customdata": [f"received:{answer.step}:{part.start}" for part in parts],
        },
    ]
    suffix = context.words("unit.days" if unit == DAY_S else "unit.hours")
    yaxis = {"rangemode": "tozero", "title": {"text": suffix}, "nticks": 6}
    ticks = day_ticks([part.start for part in parts], context)
    return figure(context, traces, 270, xaxis=ticks, yaxis=yaxis, showlegend=True, legend=LEGEND)


def _in_unit(seconds: float | None, unit: int) -> float | None:
    return None if seconds is None else round(seconds / unit, 2)


def _hover(part: PartTimes, context: ChartContext) -> str:
    return context.t(
        "times.hover",
        day=context.day(part.start),
        median=context.time(part.median_s),
        p90=context.time(part.p90_s),
        n=part.n,
        over=part.over,
    )


def _parts(name: str, answer: Times, context: ChartContext) -> Table:
    head = (
        context.t(f"step.{answer.step}"),
        context.t("received"),
        context.t(f"{name}.done"),
        context.t("median"),
        context.t("p90"),
    )
    rows = [
        Row(
            (
                context.day(part.start),
                context.count(None if part.silent else part.n),
                context.count(None if part.silent else part.over),
                *(_told(part, seconds, context) for seconds in (part.median_s, part.p90_s)),
            ),
            f"received:{answer.step}:{part.start}",
        )
        for part in answer.parts
    ]
    return Table(head, tuple(rows))


def _told(part: PartTimes, seconds: float | None, context: ChartContext) -> str:
    """Of few cases no time is told, of none there is none."""
    return context.time(seconds) if part.n >= FEW or not part.n else context.t("too_few")


def _curve(name: str, answer: Times, context: ChartContext) -> Chart:
    note = context.t(f"{name}.curve_note")
    if not answer.n:
        return Chart(context.t("nothing_received"), note, 0, None)
    return Chart(
        _curve_finding(name, answer, context), note, answer.n, _steps(answer, context), _points(answer, context)
    )


def _curve_finding(name: str, answer: Times, context: ChartContext) -> str:
    if answer.n < FEW:
        return context.t(f"{name}.few", done=answer.n - answer.open, n=answer.n)
    if answer.by_target is None:
        return context.t(f"{name}.open", n=answer.n, open=answer.open)
    hundred = round(answer.by_target * 100)
    return context.t(f"{name}.curve", hits=hundred, open=answer.open)


def _steps(answer: Times, context: ChartContext) -> Figure | None:
    if answer.n < FEW or len(answer.curve) < 2:
        return None
    unit = DAY_S if answer.curve[-1].seconds > 3 * DAY_S else HOUR_S
    line = {
        "type": "scatter",
        "mode": "lines",
        "line": {"color": context.colour("text"), "width": 2.5, "shape": "hv"},
        "x": [round(point.seconds / unit, 3) for point in answer.curve],
        "y": [round(100 * point.share, 2) for point in answer.curve],
        "hovertemplate": context.t("times.curve_hover", unit=_unit_word(unit, context)) + "<extra></extra>",
    }
    shapes, notes = _target(answer, unit, context)
    yaxis = {"range": [0, 104]} | percent_ticks(context)
    xaxis = {"title": {"text": _unit_word(unit, context)}, "rangemode": "tozero", "showgrid": False}
    return figure(context, [line], 270, xaxis=xaxis, yaxis=yaxis, shapes=shapes, annotations=notes)


def _unit_word(unit: int, context: ChartContext) -> str:
    return context.words("unit.days" if unit == DAY_S else "unit.hours")


def _target(answer: Times, unit: int, context: ChartContext) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Lines at the target and at the class's limit, with their names."""
    shapes, notes = [], []
    far = answer.curve[-1].seconds
    for seconds, name, low in ((answer.target_s, "target", 0.06), (answer.limit_s, "limit", 0.18)):
        if seconds is None:
            continue
        tone, at = context.colour("risk"), seconds / unit
        line = {"color": tone, "width": 1.5, "dash": "dash" if name == "target" else "dot"}
        shapes.append(
            {"type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1, "line": line}
        )
        note = {"xref": "x", "yref": "paper", "x": at, "y": low, "showarrow": False, "font": {"color": tone}}
        note["xanchor"] = "left" if seconds < far * 0.6 else "right"
        notes.append(note | {"text": f" {context.t(f'times.{name}', after=context.time(seconds))} "})
    return shapes, notes


def _points(answer: Times, context: ChartContext) -> Table:
    """The curve at tenths: after how long 10 of 100, 20 of 100."""
    rows = []
    for tenth in range(1, 10):
        reached = next((point for point in answer.curve if point.share >= tenth / 10 - 1e-9), None)
        after = context.time(reached.seconds) if reached else f"> {context.time(answer.longest_s)}"
        rows.append(Row((context.percent(tenth / 10), after)))
    return Table((context.t("share"), context.t("times.after")), tuple(rows) if answer.n >= FEW else ())
