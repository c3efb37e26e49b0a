"""Where cases come from: villages, per 1,000 people where their number is configured."""

from __future__ import annotations

from data.domain.figures.kpis import FEW
from data.domain.performance.answers import PlaceRow, Where
from layouts.charts.chart import Chart, ChartContext, Figure, Row, Table, figure, rows_height

MOST_BARS = 12


def draw(answer: Where, context: ChartContext) -> Chart:
    """Bars of villages; the overdue part of each in colour."""
    n = sum(row.n for row in answer.rows)
    note = context.t("where.note")
    if answer.is_per_people:
        note = context.t("where.note_people", year=str(answer.population.year), source=answer.population.source)
    elif answer.rows:
        note = f"{note} {context.t('where.no_people')}"
    if answer.unplaced:
        note = f"{note} {context.t('where.unplaced', n=answer.unplaced)}"
    if not n:
        return Chart(context.t("where.nothing"), note, answer.unplaced, None)
    drawn = _figure(answer, context) if n >= FEW else None
    return Chart(_finding(answer, context, n), note, n, drawn, _table(answer, context))


def _value(row: PlaceRow, per_people: bool) -> float:
    return round(row.per_thousand or 0, 2) if per_people else row.n


def _finding(answer: Where, context: ChartContext, n: int) -> str:
    if n < FEW:
        return context.t("where.few", n=n, villages=len(answer.rows))
    top = answer.rows[:3]
    names, share = ", ".join(context.group("village", row.code) for row in top), sum(row.n for row in top) / n
    key = "finding_people" if answer.is_per_people else "finding"
    return context.t(f"where.{key}", names=names, share=context.percent(share), n=len(answer.rows))


def _figure(answer: Where, context: ChartContext) -> Figure:
    per_people = answer.is_per_people
    rows = answer.rows[:MOST_BARS][::-1]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [_value(row, per_people) for row in rows],
        "y": [f"{context.group('village', row.code)}  " for row in rows],
        "customdata": [f"received:village:{row.code}" for row in rows],
        "marker": {"color": context.colour("border")},
        "text": [_label(row, per_people, context) for row in rows],
        "textposition": "outside",
        "textfont": {"color": context.colour("text")},
        "cliponaxis": False,
        "hovertext": [
            context.t("where.hover", name=context.group("village", row.code), n=row.n, overdue=row.overdue)
            for row in rows
        ],
        "hoverinfo": "text",
    }
    yaxis = {"showgrid": False, "tickfont": {"color": context.colour("text")}}
    xaxis = {"rangemode": "tozero", "nticks": 5}
    return figure(context, [bars], rows_height(len(rows)), xaxis=xaxis, yaxis=yaxis, margin={"r": 136})


def _label(row: PlaceRow, per_people: bool, context: ChartContext) -> str:
    if per_people:
        return f"{context.words.number(row.per_thousand or 0, 1)}  n {context.words.number(row.n)}"
    late = f"  ({context.t('where.late', n=row.overdue)})" if row.overdue else ""
    return context.words.number(row.n) + late


def _table(answer: Where, context: ChartContext) -> Table:
    head = (context.t("by.village"), context.t("n"), context.t("where.overdue"), context.t("where.per_thousand"))
    rows = []
    for row in answer.rows:
        cells = (context.group("village", row.code), context.words.number(row.n), context.words.number(row.overdue))
        known = row.per_thousand is not None
        per_thousand = context.words.number(row.per_thousand or 0, 2) if known else context.count(None)
        rows.append(Row((*cells, per_thousand), f"received:village:{row.code}"))
    return Table(head, tuple(rows))
