"""The chapters about how much came and what became of it: summary, by agency, category and village, channels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dashboard.reports.month.building import VOLUME, columns_of, table_by, table_of_spans, table_over
from dashboard.reports.month.context import MonthContext
from dashboard.reports.month.facts import Chapter, Chart, Finding
from dashboard.reports.month.findings import of_count, of_duration, of_largest, of_share
from dashboard.reports.month.tables import TOTAL, Row, Table, counts
from data.domain.figures.measures.flows import counted
from data.domain.figures.period import By, Step
from data.domain.history.columns import NONE

PUBLISHED = (*VOLUME, "on_time")
DAY_S, MONTH_D = 86_400, 31
LONG = 3
"""A report over more months is divided by months, a shorter one by weeks."""
DIVIDED: tuple[By, ...] = (By.AGENCY, By.CATEGORY, By.VILLAGE)


def summary(context: MonthContext, name: str) -> Chapter:
    """The month in sentences, beside the month before and the same month a year ago."""
    totals = table_of_spans(context, "totals", VOLUME)
    pace = table_of_spans(context, "pace", ("on_time", "first_response", "resolved_on_time", "resolution"))
    by_agency = table_by(context, "by_agency", By.AGENCY, VOLUME)
    findings = (
        *of_count(totals, "received"),
        *(each for column in ("resolved", "open", "overdue") for each in list(of_count(totals, column))[:1]),
        *of_share(pace, "on_time"),
        *of_duration(pace, "first_response"),
        *of_duration(pace, "resolution"),
        *of_largest(by_agency, "overdue", "most_overdue"),
    )
    return Chapter(name, findings, (totals, pace))


def volume(context: MonthContext, name: str) -> Chapter:
    """By week, agency, category and village; of a single month by day, too."""
    days = (context.period.end - context.period.start) // DAY_S
    step = Step.MONTH if days > LONG * MONTH_D else Step.WEEK
    by_time = table_over(context, "by_time", step, ("received", "resolved"))
    by_day = (table_over(context, "by_day", Step.DAY, ("received", "resolved")),) if days <= MONTH_D else ()
    tables = published(context)
    by_agency, by_category, _ = tables
    charts = (
        Chart("chart_time", "by_time", ("received", "resolved"), Finding("chart.time"), sort=False, most=24),
        Chart("chart_category", by_category.name, ("received",), _told(by_category, "chart.category")),
        Chart("chart_agency", by_agency.name, ("received", "resolved"), _told(by_agency, "chart.agency")),
    )
    findings = (
        *of_largest(by_agency, "received", "most_received_agency"),
        *of_largest(by_category, "received", "most_received_category"),
    )
    return Chapter(name, findings, (by_time, *by_day, *tables), charts)


def published(context: MonthContext) -> tuple[Table, ...]:
    """The tables that are open data, too: what was received, what became of that, and what happened."""
    return tuple(
        _with_outcome(context, table_by(context, f"by_{by}", by, PUBLISHED, published=True), by) for by in DIVIDED
    )


def _with_outcome(context: MonthContext, table: Table, by: By) -> Table:
    """With two more columns after `received`: how many of these are done, and how many are not."""
    c = context.columns
    mine = context.wanted & counted(c.state) & (c.received >= context.period.start) & (c.received < context.period.end)
    names, keys = getattr(c.names, by), getattr(c, by)
    left = dict(zip(names, np.bincount(keys[mine & (c.finished == NONE)], minlength=len(names)).tolist(), strict=True))
    left = {key or "none": n for key, n in left.items()} | {TOTAL: int((mine & (c.finished == NONE)).sum())}
    rows = []
    for row in table.rows:
        received = row.cells[0] if isinstance(row.cells[0], int) else 0
        rows.append(Row(row.key, (received, received - left[row.key], left[row.key], *row.cells[1:])))
    first, *others = columns_of(PUBLISHED)
    return replace(table, columns=(first, *counts("done", "unfinished"), *others), rows=tuple(rows))


def channels(context: MonthContext, name: str) -> Chapter:
    """By source and by class."""
    by_source = table_by(context, "by_source", By.SOURCE, ("received", "answered", "resolved", "open"))
    by_class = table_by(context, "by_class", By.CLASS, ("received", "resolved", "open", "overdue"))
    return Chapter(name, tuple(of_largest(by_source, "received", "most_received_source")), (by_source, by_class))


def _told(table: Table, key: str) -> Finding:
    """Which row has the most; where several have as many, what is drawn."""
    return next(of_largest(table, "received", key), Finding(f"{key}_all"))
