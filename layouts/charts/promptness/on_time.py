"""First answers in time, by agency, category or village: bars with Wilson's interval."""

from __future__ import annotations

from typing import Any

from data.domain.figures.kpis import FEW
from data.domain.performance.answers import OnTime, ShareRow
from layouts.charts.chart import Chart, ChartContext, Figure, Row, Table, errors, figure, percent_ticks, rows_height

MOST_BARS = 18


def draw(answer: OnTime, context: ChartContext) -> Chart:
    """Bars only for groups with five cases and more; the table has them all."""
    note = context.t("on_time.note")
    if not answer.whole.n:
        return Chart(context.t("on_time.nothing"), note, 0, None)
    return Chart(_finding(answer, context), note, answer.whole.n, _figure(answer, context), _table(answer, context))


def below(row: ShareRow, whole: ShareRow) -> bool:
    """Whether the whole interval lies below the share of all."""
    return row.n >= FEW and whole.share is not None and row.interval.high < whole.share


def _finding(answer: OnTime, context: ChartContext) -> str:
    whole = answer.whole
    if whole.n < FEW:
        return context.t("on_time.few", hits=whole.hits, n=whole.n)
    said = context.t("on_time.finding", share=context.percent(whole.share)) + _change(answer, context)
    worse = [context.group(answer.by, row.code) for row in answer.rows if below(row, whole)]
    if len(answer.rows) < 2:
        return f"{said}."
    if not worse:
        return f"{said}; {context.t('on_time.alike')}."
    return f"{said}; {context.t('on_time.below', names=context.listed(worse, 3))}."


def _change(answer: OnTime, context: ChartContext) -> str:
    """Against the other period: a change only where the intervals do not meet."""
    before, whole = answer.before, answer.whole
    if before is None or before.n < FEW or before.share is None or whole.share is None:
        return ""
    apart = whole.interval.low > before.interval.high or whole.interval.high < before.interval.low
    key = "same" if not apart else "up" if whole.share > before.share else "down"
    return ", " + context.t(f"change.{key}", before=context.percent(before.share))


def _figure(answer: OnTime, context: ChartContext) -> Figure | None:
    shown = [row for row in answer.rows if row.n >= FEW][:MOST_BARS][::-1]
    if not shown:
        return None
    names = [f"{context.group(answer.by, row.code)}  " for row in shown]
    shares = [100 * (row.share or 0) for row in shown]
    tones = [context.colour("overdue" if below(row, answer.whole) else "border") for row in shown]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": shares,
        "y": names,
        "customdata": [f"on_time:{answer.by}:{row.code}" for row in shown],
        "marker": {"color": tones},
        "error_x": errors(shown, shares, context),
        "hovertext": [_hover(row, answer, context) for row in shown],
        "hoverinfo": "text",
    }
    counted = {
        "type": "scatter",
        "mode": "text",
        "x": [101.5] * len(shown),
        "y": names,
        "text": [f"<b>{context.percent(row.share)}</b>  n {context.words.number(row.n)}" for row in shown],
        "textposition": "middle right",
        "cliponaxis": False,
        "textfont": {"color": context.colour("text")},
        "hoverinfo": "skip",
    }
    return figure(
        context,
        [bars, counted],
        rows_height(len(shown)),
        xaxis={"range": [0, 102]} | percent_ticks(context),
        yaxis={"showgrid": False, "tickfont": {"color": context.colour("text")}},
        shapes=[_city_line(answer, context)],
        margin={"r": 104},
    )


def _city_line(answer: OnTime, context: ChartContext) -> dict[str, Any]:
    at = 100 * (answer.whole.share or 0)
    line = {"color": context.colour("text"), "width": 1, "dash": "dot"}
    return {"type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1, "line": line}


def _interval(row: ShareRow, context: ChartContext) -> str:
    return context.t(
        "interval", low=context.words.number(100 * row.interval.low), high=context.percent(row.interval.high)
    )


def _hover(row: ShareRow, answer: OnTime, context: ChartContext) -> str:
    name = context.group(answer.by, row.code)
    return context.t("on_time.hover", name=name, hits=row.hits, n=row.n, interval=_interval(row, context))


def _table(answer: OnTime, context: ChartContext) -> Table:
    rows = [
        Row(
            (
                context.group(answer.by, row.code),
                context.words.number(row.n),
                context.words.number(row.hits),
                context.share(row.hits, row.n),
                _interval(row, context) if row.n >= FEW else context.t("too_few"),
            ),
            f"on_time:{answer.by}:{row.code}",
        )
        for row in answer.rows
    ]
    head = (context.t(f"by.{answer.by}"), context.t("n"), context.t("on_time.hits"), context.t("share"))
    return Table((*head, context.t("interval_95")), tuple(rows))
