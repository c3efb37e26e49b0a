"""The chapters about how long it took: first response, resolution, limits of the classes, stages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from dashboard.reports.month.building import NONE, cells_of, columns_of, table_by
from dashboard.reports.month.context import MonthContext
from dashboard.reports.month.facts import Chapter, Chart, Finding, Name
from dashboard.reports.month.tables import TOTAL, Cell, Column, Duration, Kind, Row, Share, Table, counts
from data.domain.figures.kpis import FEW
from data.domain.figures.measures.flows import counted
from data.domain.figures.period import By
from data.domain.figures.values import Duration as FigureDuration
from data.domain.history import columns as history

RESPONSE = ("first_response", "on_time")
RESOLUTION = ("resolution", "resolved_on_time")
BY_CATEGORY = ("on_time", "resolved_on_time", "solved_week", "solved_fortnight")
STAGES = ("stage_verify", "stage_accept", "stage_work", "stage_paused")


def times(context: MonthContext, name: str) -> Chapter:
    """First response and resolution by agency and category, against target and limit."""
    response, resolution = (
        table_by(context, f"{what}_by_agency", By.AGENCY, codes)
        for what, codes in (("response", RESPONSE), ("resolution", RESOLUTION))
    )
    by_category = table_by(context, "times_by_category", By.CATEGORY, BY_CATEGORY)
    limits = _limits(context)
    charts = tuple(Chart("chart_on_time", response.name, ("on_time",), told) for told in _of_on_time(response))
    findings = _of_limits(limits)
    return Chapter(name, findings, (response, resolution, by_category, limits), charts)


def _limits(context: MonthContext) -> Table:
    """By class, with its limit in working days before what was measured."""
    table = table_by(context, "limits_by_class", By.CLASS, ("within_limit", "resolution"))
    limits = {code: it.limit.working_days for code, it in context.city.classes.items()}
    rows = (Row(row.key, (limits.get(row.key), *row.cells)) for row in table.rows)
    return replace(table, columns=(Column("limit_days", Kind.COUNT), *table.columns), rows=tuple(rows))


def _of_limits(limits: Table) -> tuple[Finding, ...]:
    whole = limits.cell("total", "within_limit")
    if not isinstance(whole, Share) or not whole.of:
        return (Finding("within_limit.none"),)
    return (Finding(f"within_limit.{'some' if whole.of >= FEW else 'few'}", {"share": whole}),)


def _of_on_time(table: Table) -> Iterator[Finding]:
    """The lowest share of an agency with enough cases; where several have the same, what is drawn."""
    place = table.column("on_time")
    shares = [(cell, row.key) for row in table.rows[:-1] if row.key != NONE and _enough(cell := row.cells[place])]
    lowest = min((_ratio(cell) for cell, _ in shares), default=0.0)
    worst = [(cell, key) for cell, key in shares if _ratio(cell) == lowest]
    if len(worst) == 1:
        yield Finding("chart.on_time", {"name": Name(table.of, worst[0][1]), "share": worst[0][0]})
    elif worst:
        yield Finding("chart.on_time_all")


def _enough(cell: object) -> bool:
    return isinstance(cell, Share) and cell.of >= FEW


def _ratio(cell: object) -> float:
    return cell.part / cell.of if isinstance(cell, Share) else 0.0


def stages(context: MonthContext, name: str) -> Chapter:
    """Who had the case for how long: verification, acceptance, work, pauses; the whole city, then by agency."""
    asked = context.ask(*STAGES)
    columns = tuple(
        replace(column, name=column.name.removeprefix("stage_verify_")) for column in columns_of(STAGES[:1])
    )
    rows = tuple(Row(code, cells_of((code,), asked.total)) for code in STAGES)
    table = Table("stages", "stage", tuple(Column(f"stage_{it.name}", it.kind) for it in columns), rows)
    by_agency = table_by(context, "stages_by_agency", By.AGENCY, STAGES[1:3])
    longest = [
        (value.median_s, code)
        for code in STAGES
        if isinstance(value := asked.total[code], FigureDuration) and value.median_s is not None and not value.few
    ]
    findings: tuple[Finding, ...] = ()
    if longest:
        seconds, code = max(longest)
        findings = (Finding("longest_stage", {"name": Name("stage", code), "median": Duration(round(seconds))}),)
    pauses = _pauses(context)
    findings += (_of_pauses(pauses) if len(pauses.rows) > 1 else Finding("not_paused"),)
    return Chapter(name, findings, (table, by_agency, pauses))


def _pauses(context: MonthContext) -> Table:
    """By reason: how many began, how many cases were paused for how long within the period, how many still were at its
    end. What was longest comes first.
    """
    start, end = context.period.start, context.ends + 1
    found, names = context.columns.pauses, context.columns.names.reason
    since, until = (
        found.since.astype(np.int64),
        np.where(found.until == history.NONE, end, found.until.astype(np.int64)),
    )
    mine = (context.wanted & counted(context.columns.state))[found.row] & (since < end) & (until > start)
    within = np.minimum(until, end) - np.maximum(since, start)

    def cells(rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[Cell, ...]:
        return (
            int((since[rows] >= start).sum()),
            len(np.unique(found.row[rows])),
            Duration(int(within[rows].sum())),
            int((until[rows] >= end).sum()),
        )

    rows = []
    for code in np.unique(found.reason[mine]).tolist():
        some = mine & (found.reason == code)
        rows.append((int(within[some].sum()), Row(names[code], cells(some))))
    rows.sort(key=lambda each: (-each[0], each[1].key))
    columns = (*counts("begun", "paused_cases"), Column("paused_time", Kind.ELAPSED), *counts("still_paused"))
    return Table("pauses", "pause", columns, (*(row for _, row in rows), Row(TOTAL, cells(mine))))


def _of_pauses(table: Table) -> Finding:
    """The reason for which cases waited longest."""
    first, column = table.rows[0], table.column("paused_time")
    return Finding(
        "paused",
        {"n": table.cell(TOTAL, "paused_cases"), "name": Name(table.of, first.key), "time": first.cells[column]},
    )
