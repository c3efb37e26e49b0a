"""The chapter about what the figures cannot tell: how long sources and screens were blind, and what is missing
from the cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from dashboard.reports.month.context import MonthContext, ScreenTimes, SourceHours
from dashboard.reports.month.facts import Chapter, Finding, Name
from dashboard.reports.month.tables import Cell, Column, Duration, Kind, Row, Share, Table, counts
from data.domain.cases.model import Undated
from data.domain.city.model import TRIAGE
from data.domain.figures.measures.flows import counted
from data.domain.sources.days import hour_statuses

HOUR_S = 3600


def coverage(context: MonthContext, name: str) -> Chapter:
    """Blind hours of each source, and shares of the received cases of which something is not known."""
    sources, missing = _sources(context), _missing(context)
    place = sources.column("blind_h")
    findings = [
        Finding("blind", {"name": Name("source", row.key), "n": row.cells[place]})
        for row in sources.rows
        if row.cells[place]
    ]
    unknown = sources.column("unknown_h")
    findings += [
        Finding("unknown_hours", {"name": Name("source", row.key), "n": row.cells[unknown]})
        for row in sources.rows
        if row.cells[unknown] and row.cells[unknown] != row.cells[0]
    ]
    screens = _screens(context)
    findings += _of_screens(screens)
    return Chapter(name, tuple(findings), (sources, screens, missing))


def _screens(context: MonthContext) -> Table:
    """For how long each screen was connected to no server, and for how many hours that is not known."""
    columns = (*counts("hours", "unknown_h", "times"), *(Column(each, Kind.ELAPSED) for each in ("blind", "longest")))
    return Table("screens", "screen", columns, tuple(Row(each.name, _blind(context, each)) for each in context.screens))


def _blind(context: MonthContext, screen: ScreenTimes) -> tuple[Cell, ...]:
    hours = (context.ends + 1 - context.period.start) // HOUR_S
    if screen.known_from is None:
        return hours, hours, None, None, None
    lengths = [each.until - each.since for each in screen.blind]
    unknown = (screen.known_from - context.period.start) // HOUR_S
    return hours, unknown, len(lengths), Duration(sum(lengths)), Duration(max(lengths, default=0))


def _of_screens(screens: Table) -> list[Finding]:
    """The screen that was blind longest; or that nothing is known."""
    place = screens.column("blind")
    known = [(cell.seconds, row) for row in screens.rows if isinstance(cell := row.cells[place], Duration)]
    if not known:
        return [Finding("screens_unknown")]
    seconds, row = max(known, key=lambda each: (each[0], each[1].key))
    if not seconds:
        return [Finding("screens_seen")]
    times = row.cells[screens.column("times")]
    return [Finding("screen_blind", {"name": Name("screen", row.key), "time": Duration(seconds), "n": times})]


def _sources(context: MonthContext) -> Table:
    """Hours of the period by source: without contact, silent beyond chance, and before anything was counted."""
    rows = [Row(source.name, _hours(context, source)) for source in context.sources if source.enabled or source.rows]
    columns = counts("hours", "blind_h", "silent_h", "unknown_h", "delivered", "unreadable")
    return Table("sources", "source", columns, tuple(rows))


def _hours(context: MonthContext, source: SourceHours) -> tuple[int | None, ...]:
    start, end = (datetime.fromtimestamp(at, UTC) for at in (context.period.start, context.ends + 1))
    hours = max(0, int((end - start).total_seconds()) // HOUR_S)
    if not source.rows:
        return hours, None, None, hours, None, None
    told = hour_statuses(source.rows, end, rhythm=source.rhythm, expected_s=source.expected_s)
    mine = [each for each in told if start <= each.row.hour < end]
    first = max(start, source.rows[0].hour)
    unknown = max(0, min(hours, int((first - start) / timedelta(hours=1))))
    return (
        hours,
        sum(each.late for each in mine),
        None if source.rhythm is None else sum(each.silent for each in mine),
        unknown,
        sum(each.row.delivered for each in mine),
        sum(each.row.rejected for each in mine),
    )


def _missing(context: MonthContext) -> Table:
    """Of the cases received in the period; those that were merged or rejected are not counted."""
    c = context.columns
    mine = context.wanted & (c.received >= context.period.start) & (c.received < context.period.end) & counted(c.state)
    of = int(mine.sum())
    no_answers = np.isin(c.source, c.names.codes("source", tuple(context.city.no_answers_from)))
    told = {
        "no_village": (c.village == 0) & ~c.private,
        "triage": np.isin(c.agency, c.names.codes("agency", (TRIAGE, ""))),
        "undated_dispatch": (c.undated & int(Undated.DISPATCH)) != 0,
        "undated_end": (c.undated & int(Undated.END)) != 0,
        "no_answers": no_answers,
        "private": c.private,
    }
    rows = tuple(Row(key, (Share(int((mine & which).sum()), of),)) for key, which in told.items())
    return Table("missing", "missing", (Column("of_received", Kind.SHARE),), rows)
