"""Gathers the facts of a report from the store, as they were known at a change's number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from dashboard.config.home import Home
from dashboard.config.load import Config
from dashboard.reports.archive.contacts import screen_times, silent_in, source_hours
from dashboard.reports.archive.fingerprints import hashes
from dashboard.reports.archive.period import Months, ReportRefused
from dashboard.reports.month.building import spans
from dashboard.reports.month.chapters.backlog import OLDEST, open_rows
from dashboard.reports.month.chapters.table_of_chapters import chapters
from dashboard.reports.month.chapters.volume import published
from dashboard.reports.month.context import MonthContext, public
from dashboard.reports.month.facts import Head, MonthFacts
from data.domain.figures.period import Filters
from data.domain.history.columns import CaseColumns, without_private_places
from data.domain.reasons import reason
from data.domain.sla.calendars import Calendars
from data.store.cases import recorded_versions
from data.store.cases.as_known import HistoryNotKept
from data.store.cases.case_list import codes_of, holds_demo_cases
from data.store.db import change_feed
from data.store.db.engine import Connection, Engine, reading
from data.store.geo import boundaries
from data.store.history.history import FOLDER, History
from data.store.queries.figures import satisfaction
from data.store.queries.market import month
from data.store.queries.market.month import Sales


@dataclass(frozen=True, slots=True)
class ReportDeps:
    """What reports are made from."""

    config: Config
    home: Home
    engine: Engine
    calendars: Calendars
    history: History


def report_deps(config: Config, home: Home, engine: Engine, calendars: Calendars) -> ReportDeps:
    """With the columns of the cases from the files beside the store. config: with the recorded versions."""
    return ReportDeps(config, home, engine, calendars, History(engine, home.path / FOLDER, config.city, calendars))


@dataclass(frozen=True, slots=True)
class Known:
    """What is asked of: everything up to a change's number."""

    seq: int
    at: datetime


def known_at(deps: ReportDeps, months: Months, as_of: datetime | None) -> Known:
    """The number of the last change by then, and its moment; None: the newest. Raises ReportRefused.

    What runs is measured until that moment, at least until the end of the months.
    """
    try:
        seq = deps.history.refresh() if as_of is None else deps.history.seq_at(as_of)
    except HistoryNotKept:
        raise ReportRefused(reason("report.not_kept", moment=f"{as_of:%Y-%m-%d %H:%M}")) from None
    with reading(deps.engine) as conn:
        changes = change_feed.since(conn, seq - 1, 1) if seq else []
    recorded = next((each.recorded_at or each.at for each in changes if each.seq == seq), None)
    end = datetime.fromtimestamp(months.period(deps.config.city.timezone).end, UTC)
    return Known(seq, end if recorded is None or recorded < end else recorded)


def gather(deps: ReportDeps, months: Months, agency: str, known: Known) -> MonthFacts:
    """The facts. Raises ReportRefused when there are no cases, or the number's past is not kept."""
    city = deps.config.city
    try:
        columns = without_private_places(deps.history.as_known(known.seq, known.at))
    except HistoryNotKept:
        raise ReportRefused(reason("report.not_kept", moment=f"{known.at:%Y-%m-%d %H:%M}")) from None
    context = _context(deps, months, agency, columns)
    if not context.knows(context.period):
        raise ReportRefused(reason("report.no_cases"))
    with reading(deps.engine) as conn:
        rows, _ = open_rows(context)
        codes = codes_of(conn, [int(columns.id[row]) for row in rows[:OLDEST].tolist()])
        heard = tuple(source_hours(conn, deps.config, deps.calendars, context))
        silent, seen = silent_in(conn, context, heard), tuple(screen_times(conn, deps.config.screens, context))
        first, end = (datetime.fromtimestamp(at, UTC) for at in (context.period.start, context.period.end))
        mine = set(columns.id[context.wanted].tolist()) if agency else None
        given = satisfaction.points(conn, first, end, known.seq, mine)
        context = replace(context, points=given, codes=codes, sources=heard, silent=silent, screens=seen)
        context = context if agency else replace(context, sales=sales_of(conn, context, known.seq))
        digests = hashes(recorded_versions.load(conn), boundaries.current(conn))
        demo = deps.config.demo or holds_demo_cases(conn)
    head = Head(months.first, months.last, city.timezone, known.at, known.seq, agency or None, demo, digests)
    without = replace(context, columns=public(columns, context.period.start))
    return MonthFacts(head, chapters(context), published(without))


def sales_of(conn: Connection, context: MonthContext, seq: int) -> dict[str, Sales | None]:
    """The trades of the report's spans, as known at that change."""
    found = {key: month.sales(conn, period, seq) for key, period in spans(context)}
    return {key: of if key == "this" or len(of.columns) else None for key, of in found.items()}


def _context(deps: ReportDeps, months: Months, agency: str, columns: CaseColumns) -> MonthContext:
    zone = deps.config.city.timezone
    filters = Filters(agencies=frozenset({agency})) if agency else Filters()
    spans = (each.period(zone) for each in (months, months.before(), months.year_before()))
    period, before, year_before = spans
    return MonthContext(deps.config.city, columns, period, before, year_before, filters)
