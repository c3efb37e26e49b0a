"""The chapter about what was open at the end of the period: by age, and the ten oldest."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from dashboard.reports.month.building import table_by
from dashboard.reports.month.context import MonthContext
from dashboard.reports.month.facts import Chapter, Chart, Finding
from dashboard.reports.month.tables import TOTAL, Column, Kind, Row, Share, Table
from data.domain.figures.measures.flows import counted
from data.domain.figures.period import By
from data.domain.history.columns import NONE

AGES_D = (0, 3, 7, 14, 30, 60)
"""The ages at which the bands begin, in days."""
OLDEST = 10
DAY_S = 86_400


def backlog(context: MonthContext, name: str) -> Chapter:
    """The open cases."""
    rows, ages = open_rows(context)
    by_age = _by_age(ages)
    oldest = _oldest(context, rows, ages)
    by_agency = table_by(context, "backlog_by_agency", By.AGENCY, ("open", "overdue"))
    findings = [Finding("open.some", {"n": len(rows)}) if len(rows) else Finding("open.none")]
    if len(ages):
        old = int((ages >= 30).sum())
        findings.append(Finding("open.old", {"share": Share(old, len(ages))}))
        findings.append(Finding("open.oldest", {"days": int(ages[0])}))
    charts = (Chart("chart_age", "backlog_by_age", ("open",), findings[-1], sort=False),)
    return Chapter(name, tuple(findings), (by_age, by_agency, oldest), charts)


def open_rows(
    context: MonthContext,
) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """The rows of the cases that were open at the end of the period, oldest first, and their ages in whole days.

    A case that was reopened since is open from its reopening, as in the figure `open`; its age is that of its receipt.
    """
    c, at = context.columns, context.ends
    is_open = context.wanted & counted(c.state) & (c.started <= at) & ((c.finished == NONE) | (c.finished > at))
    former = c.former
    if len(former):
        was = (former.started <= at) & ((former.finished == NONE) | (former.finished > at))
        is_open[former.row[was & context.wanted[former.row] & counted(c.state)[former.row]]] = True
    rows = np.flatnonzero(is_open)
    rows = rows[np.lexsort((c.id[rows], c.received[rows]))]
    return rows, (at - c.received[rows].astype(np.int64)) // DAY_S


def _by_age(ages: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Table:
    edges = (*AGES_D, 2**40)
    counts = [int(((ages >= low) & (ages < high)).sum()) for low, high in pairwise(edges)]
    rows = [Row(str(low), (n, Share(n, len(ages)))) for low, n in zip(AGES_D, counts, strict=True)]
    rows.append(Row(TOTAL, (len(ages), None)))
    return Table("backlog_by_age", "age", (Column("open", Kind.COUNT), Column("of_open", Kind.SHARE)), tuple(rows))


def _oldest(
    context: MonthContext,
    rows: np.ndarray[tuple[int], np.dtype[np.intp]],
    ages: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> Table:
    """The ten oldest; of a private one neither its category nor its place is told."""
    c, names, codes = context.columns, context.columns.names, context.codes or {}
    found = []
    for row, age in zip(rows[:OLDEST].tolist(), ages[:OLDEST].tolist(), strict=True):
        private = bool(c.private[row])
        case_id = int(c.id[row])
        found.append(
            Row(
                codes.get(case_id, str(case_id)),
                (
                    "word:private" if private else f"category:{names.category[c.category[row]]}",
                    f"agency:{names.agency[c.agency[row]] or 'none'}",
                    "word:private" if private else f"village:{names.village[c.village[row]] or 'none'}",
                    _day(int(c.received[row]), context.city.timezone),
                    age,
                ),
            )
        )
    columns = tuple(Column(name, Kind.TEXT) for name in ("category", "agency", "village"))
    return Table(
        "oldest", "case", (*columns, Column("received_on", Kind.DAY), Column("age_days", Kind.COUNT)), tuple(found)
    )


def _day(at: int, zone: str) -> date:
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).date()
