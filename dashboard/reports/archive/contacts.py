"""What the store tells of the contacts of a report's period: the sources' with us, ours with the screens."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from dashboard.config.load import Config
from dashboard.reports.month.context import MonthContext, ScreenTimes, SourceHours
from data.domain.sla.calendars import Calendars
from data.domain.sla.worktime import epoch
from data.domain.sources.rhythm import WEEKS, learn
from data.domain.sources.screens import MINUTE_S, ScreenHour, blind_times, by_screen
from data.store.db.engine import Connection
from data.store.intake import hours
from data.store.intake.rhythms import split_hours
from data.store.intake.silence import silent_days
from data.store.reports import screens


def source_hours(
    conn: Connection, config: Config, calendars: Calendars, context: MonthContext
) -> Iterator[SourceHours]:
    """Each source's hours until the end of the period, from which its rhythm is learnt, too."""
    end = datetime.fromtimestamp(context.ends + 1, UTC)
    since = min(datetime.fromtimestamp(context.period.start, UTC), end - timedelta(weeks=WEEKS))
    infos = {info.name: info for info in config.source_infos}
    is_off = partial(_is_off, config, calendars)
    for name, rows in hours.of_all(conn, list(infos), since).items():
        mine = [row for row in rows if row.hour < end]
        heard, _ = split_hours(mine, end)
        rhythm = learn(heard, ZoneInfo(config.city.timezone), is_off) if mine else None
        yield SourceHours(name, infos[name].expected_s, mine, rhythm, infos[name].enabled)


def _is_off(config: Config, calendars: Calendars, day: date) -> bool:
    midnight = epoch(datetime.combine(day, time.min, ZoneInfo(config.city.timezone)))
    return not calendars.of(config.city.legal_calendar, received=midnight, stop=None).is_working_day(day)


def silent_in(conn: Connection, context: MonthContext, sources: Sequence[SourceHours]) -> frozenset[date]:
    """The local days of the period on which no source was heard."""
    zone = ZoneInfo(context.city.timezone)
    first, end = (datetime.fromtimestamp(at, zone) for at in (context.period.start, context.ends + 1))
    asked = {source.name: source.expected_s for source in sources if source.enabled or source.rows}
    rhythms = {source.name: source.rhythm for source in sources}
    return silent_days(conn, asked, first.date(), end, zone, rhythms=rhythms)


def screen_times(conn: Connection, configured: Collection[str], context: MonthContext) -> Iterator[ScreenTimes]:
    """Those that are configured, and others that were connected in the period, until they last were."""
    start, end = context.period.start, (context.ends + 1) // MINUTE_S * MINUTE_S
    begins, ends = (datetime.fromtimestamp(at, UTC) for at in (start, end))
    mine = by_screen(screens.between(conn, hours.hour_of(begins), ends))
    first = {each.screen: next(each.connected()) for each in screens.first_of_each(conn, ends)}
    for name in sorted({*configured, *mine}):
        since = max(start, first.get(name, end))
        if since == end:
            yield ScreenTimes(name)
            continue
        until = end if name in configured else _last(mine[name])
        yield ScreenTimes(name, since, blind_times(mine.get(name, ()), since, until))


def _last(mine: Sequence[ScreenHour]) -> int:
    """The last second of the last minute with a connection."""
    return max(at + MINUTE_S for at in mine[-1].connected())
