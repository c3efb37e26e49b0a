"""Makes the reports that were ordered, and on the configured working day the one of the month that is over.

They are made in a process of its own and of low priority, so that no wall waits meanwhile.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from dashboard.config.home import ROOT, Home
from dashboard.config.load import Config
from dashboard.reports.archive.gathering import ReportDeps, report_deps
from dashboard.reports.archive.making import LEASE, Request, make
from dashboard.reports.archive.period import Months, ReportRefused, last_month
from dashboard.reports.documents.pdf import NotDrawn
from dashboard.server.companion import ended
from data.domain.reasons import Reason, encode_reason, reason
from data.domain.sla.calendars import Calendars
from data.domain.sla.worktime import epoch
from data.store.db.engine import Engine, reading, writing
from data.store.intake.sources import holder
from data.store.reports import mails, orders
from data.store.reports.orders import Order

log = structlog.get_logger(__name__)
BY_CALENDAR = "jobs"
"""Who has ordered what the calendar orders."""
BUSY = "report.busy"
COMMAND = (sys.executable, str(ROOT / "run.py"), "report", "orders")
LOOK_S = 0.5


class ReportJob:
    """Orders what is due, and starts the process while an order waits."""

    def __init__(self, reports: Reports, home: Home, engine: Engine, command: tuple[str, ...] = COMMAND) -> None:
        self._reports, self._home, self._engine, self._command = reports, home, engine, command

    def work(self, stopping: threading.Event, now: Callable[[], datetime]) -> None:
        """One order, unless a report is being made, here or elsewhere. Raises StoreDown, OSError."""
        self._reports.order_due(now())
        with reading(self._engine) as conn:
            order, held = orders.next_waiting(conn), holder(conn, LEASE)
        if order is not None and (held is None or held.until <= now()):
            self._run(order, stopping, now)

    def _run(self, order: Order, stopping: threading.Event, now: Callable[[], datetime]) -> None:
        where = {**os.environ, **self._home.environment}
        child = subprocess.Popen(
            self._command, cwd=ROOT, env=where, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        try:
            while child.poll() is None and not stopping.wait(LOOK_S):
                pass
        finally:
            code = ended(child)
        if code and not stopping.is_set():
            log.warning("no_report", exit_code=code)
            why = reason("report.failed", error=f"exit code {code}")
            with writing(self._engine) as conn:
                orders.end(conn, order.id, now(), why=encode_reason(why))


class Reports:
    """Makes them."""

    def __init__(self, config: Config, home: Home, engine: Engine, calendars: Calendars) -> None:
        self._config, self._home, self._engine, self._calendars = config, home, engine, calendars

    def work(self, owner: str, now: Callable[[], datetime]) -> None:
        """Make the oldest order, unless somebody makes one. Raises StoreDown."""
        with reading(self._engine) as conn:
            order = orders.next_waiting(conn)
        if order is not None:
            self._make(order, owner, now)

    def _make(self, order: Order, owner: str, now: Callable[[], datetime]) -> None:
        def tell(step: str) -> None:
            with writing(self._engine) as conn:
                orders.begin(conn, order.id, step, now())

        request = Request(Months(order.key.first, order.key.last), order.key.agency, langs=(order.lang,))
        why: Reason | str
        try:
            made = make(self._deps(), request, owner, order.by, now, tell=tell)
        except ReportRefused as refused:
            why = refused.reason
            if isinstance(why, Reason) and why.code == BUSY:
                return  # it waits
        except (NotDrawn, OSError, ValueError) as error:
            log.exception("no_report", order=order.id)
            why = reason("report.failed", error=str(error)[:500])
        else:
            with writing(self._engine) as conn:
                orders.end(conn, order.id, now(), revision_id=made.revision.id)
                if order.by == BY_CALENDAR and self._config.mails_reports:
                    mails.add(conn, made.revision.id, order.lang, now())
            return
        with writing(self._engine) as conn:
            orders.end(conn, order.id, now(), why=encode_reason(why))

    def _deps(self) -> ReportDeps:
        return report_deps(self._config, self._home, self._engine, self._calendars)

    def order_due(self, now: datetime) -> None:
        """Once a month and language; what cannot be made is not ordered again."""
        config = self._config
        if config.report.working_day is None:
            return
        zone = config.city.timezone
        today, months = now.astimezone(ZoneInfo(zone)).date(), last_month(zone, now)
        day = working_day(self._calendars, config.city.legal_calendar, today, config.report.working_day, zone)
        if day is None or today < day:
            return
        for lang in config.report.langs:
            with writing(self._engine) as conn:
                if not orders.was_ordered(conn, months.key(), lang, BY_CALENDAR):
                    orders.add(conn, months.key(), lang, BY_CALENDAR, now)


def working_day(calendars: Calendars, code: str, month: date, number: int, zone: str) -> date | None:
    """The working day of that number in the month of a date; None when the month has fewer."""
    day = month.replace(day=1)
    while day.month == month.month:
        midnight = epoch(datetime.combine(day, time.min, ZoneInfo(zone)))
        number -= calendars.of(code, received=midnight, stop=None).is_working_day(day)
        if number == 0:
            return day
        day += timedelta(days=1)
    return None
