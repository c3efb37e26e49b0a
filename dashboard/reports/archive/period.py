"""Which months a report is of, and why one cannot be made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.domain.figures.period import Period
from data.domain.reasons import Reason, reason
from data.store.reports.revisions import ReportKey
from data.texts import ReasonError

_MONTH = re.compile(r"(2\d{3})-(0[1-9]|1[0-2])", re.ASCII)
_DAY = timedelta(days=1)


class ReportRefused(ReasonError):
    """The report cannot be made as asked; nothing was written."""


@dataclass(frozen=True, slots=True)
class Months:
    """Whole months from the first day of one to the last day of another."""

    first: date
    last: date

    def period(self, zone: str) -> Period:
        """Their time."""
        return Period.days(self.first, self.last, zone)

    def before(self) -> Months:
        """As many months directly before."""
        count = 12 * (self.last.year - self.first.year) + self.last.month - self.first.month + 1
        return Months(_moved(self.first, -count), self.first - _DAY)

    def year_before(self) -> Months:
        """The same months a year earlier."""
        return Months(_moved(self.first, -12), _moved(self.last.replace(day=1), -11) - _DAY)

    def key(self, agency: str = "") -> ReportKey:
        """Of the report in the archive."""
        return ReportKey(self.first, self.last, agency)


def months(first: str, last: str | None, zone: str, now: datetime) -> Months:
    """From '2026-10' to '2026-12', both included. Raises ReportRefused for what is no month or is not over."""
    begins, ends = _month(first), _month(last or first)
    found = Months(begins, _moved(ends, 1) - _DAY)
    today = now.astimezone(ZoneInfo(zone)).date()
    if ends < begins:
        raise ReportRefused(reason("report.backwards", first=first, last=last or first))
    if begins > today:
        raise ReportRefused(reason("report.future", month=first))
    if found.last >= today:
        raise ReportRefused(reason("report.running", month=last or first, day=(found.last + _DAY).isoformat()))
    return found


def last_month(zone: str, now: datetime) -> Months:
    """The newest month that is over."""
    this = now.astimezone(ZoneInfo(zone)).date().replace(day=1)
    return Months(_moved(this, -1), this - _DAY)


def _month(text: str) -> date:
    match = _MONTH.fullmatch(text)
    if match is None:
        raise ReportRefused(_no_month(text))
    return date(int(match[1]), int(match[2]), 1)


def _no_month(text: str) -> Reason:
    return reason("report.no_month", text=text[:40])


def _moved(first: date, months: int) -> date:
    """The first day of the month so many months later."""
    count = 12 * first.year + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
