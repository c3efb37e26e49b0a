"""Gathers the facts of a report from the store, as they were known at a change's number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dashboard.config.home import Home
from dashboard.config.load import Config
from dashboard.reports.archive.fingerprints import hashes
from dashboard.reports.archive.period import Months, ReportRefused
from dashboard.reports.month.backlog import OLDEST, open_rows
from dashboard.reports.month.chapters import chapters
from dashboard.reports.month.context import MonthContext, SourceHours, public
from dashboard.reports.month.facts import Head, MonthFacts
from dashboard.reports.month.volume import published
from data.domain.figures.period import Filters
from data.domain.history.columns import CaseColumns, without_private_places
from data.domain.reasons import reason
from data.domain.sla.calendars import Calendars
from data.domain.sla.worktime import epoch
from data.domain.sources.rhythm import WEEKS, learn
from data.store.cases import recorded_versions
from data.store.cases.as_known import HistoryNotKept
from data.store.cases.cases import codes_of, holds_demo_cases
from data.store.db import change_feed
from data.store.db.engine import Connection, Engine, reading
from data.store.geo import boundaries
from data.store.history.history import FOLDER, History
from data.store.intake import hours
from data.store.intake.rhythms import split_hours


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
        context = replace(context, codes=codes, sources=tuple(_sources(conn, deps, context)))
        digests = hashes(recorded_versions.load(conn), boundaries.current(conn))
        demo = deps.config.demo or holds_demo_cases(conn)
    head = Head(months.first, months.last, city.timezone, known.at, known.seq, agency or None, demo, digests)
    without = replace(context, columns=public(columns, context.period.start))
    return MonthFacts(head, chapters(context), published(without))


def _context(deps: ReportDeps, months: Months, agency: str, columns: CaseColumns) -> MonthContext:
    zone = deps.config.city.timezone
    filters = Filters(agencies=frozenset({agency})) if agency else Filters()
    spans = (each.period(zone) for each in (months, months.before(), months.year_before()))
    period, before, year_before = spans
    return MonthContext(deps.config.city, columns, period, before, year_before, filters)


def _sources(conn: Connection, deps: ReportDeps, context: MonthContext) -> Iterator[SourceHours]:
    """Each source's hours until the end of the period, from which its rhythm is learnt, too."""
    end = datetime.fromtimestamp(context.ends + 1, UTC)
    since = min(datetime.fromtimestamp(context.period.start, UTC), end - timedelta(weeks=WEEKS))
    infos = deps.config.source_infos
    for name, rows in hours.of_all(conn, [info.name for info in infos], since).items():
        info = next(info for info in infos if info.name == name)
        mine = [row for row in rows if row.hour < end]
        heard, _ = split_hours(mine, end)
        rhythm = learn(heard, ZoneInfo(deps.config.city.timezone), lambda day: not _works(deps, day)) if mine else None
        yield SourceHours(name, info.expected_s, mine, rhythm, info.enabled)


def _works(deps: ReportDeps, day: date) -> bool:
    midnight = epoch(datetime.combine(day, time.min, ZoneInfo(deps.config.city.timezone)))
    return deps.calendars.of(deps.config.city.legal_calendar, received=midnight, stop=None).is_working_day(day)
