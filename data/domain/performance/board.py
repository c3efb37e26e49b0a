"""The wall's answer: the usual view of /kinerja, of all agencies."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from data.domain.city.model import City
from data.domain.figures.selection import Filters
from data.domain.history.columns import CaseColumns
from data.domain.performance.answers import PerformanceBoard
from data.domain.performance.forecast import forecast
from data.domain.performance.frame import Frame
from data.domain.performance.question import Question, compared_period, period_of
from data.domain.performance.shares import on_time
from data.domain.performance.times import resolutions
from data.domain.performance.weeks import flow
from data.domain.sla.calendars import Calendars


def ask(columns: CaseColumns, city: City, calendars: Calendars, now: datetime) -> PerformanceBoard:
    """The last 90 days, compared with those before them."""
    question = Question()
    period = period_of(question, now.astimezone(ZoneInfo(city.timezone)).date(), city.timezone)
    frame = Frame(columns, city, calendars, period, compared_period(question, period), Filters(), None)
    return PerformanceBoard(now, on_time(frame), resolutions(frame), flow(frame), forecast(frame))
