"""The strip's figures at a present or past moment, computed from the present rows of the cases.

The figures are defined in `data.domain.figures.kpis`. Merged and rejected cases are in none of them but `on_time`,
which keeps what they had missed before. Of a reopened case the former cycles stand in `case_cycle`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, select

from data.domain.city.model import City
from data.domain.figures.kpis import Share, on_time_share
from data.store.cases.conditions import (
    ANSWER_TIME,
    BEFORE,
    COUNTED,
    NOW,
    OPEN,
    TELLS_ANSWERS,
    changed_since,
    count_of,
    is_dated,
    was_open,
    was_overdue,
)
from data.store.db.schema.cases import case, case_cycle
from data.store.db.types import EpochSeconds

_MIDNIGHT = bindparam("midnight", type_=EpochSeconds())
_RECEIVED = select(func.count()).where(case.c.received_at.between(_MIDNIGHT, NOW), COUNTED)
_THEN = select(
    count_of(was_open(BEFORE), "open"),
    count_of(was_overdue(BEFORE), "overdue"),
)
COHORT = timedelta(hours=24)


def _fell_due(due: ColumnElement[datetime | None]) -> ColumnElement[bool]:
    return and_(due > BEFORE, due <= NOW, TELLS_ANSWERS)


_ANSWERED_IN_TIME = case.c.answered_at <= case.c.respond_due_at
_PRESENT = select(
    count_of(and_(_ANSWERED_IN_TIME, is_dated(ANSWER_TIME)), "in_time"),
    func.count().label("all"),
).where(_fell_due(case.c.respond_due_at))
_FORMER = (
    select(
        count_of(
            and_(case_cycle.c.answered_at <= case_cycle.c.answer_due_at, is_dated(ANSWER_TIME, case_cycle.c.undated)),
            "in_time",
        ),
        func.count().label("all"),
    )
    .select_from(case_cycle.join(case))
    .where(_fell_due(case_cycle.c.answer_due_at))
)
_STILL_OPEN = _THEN.where(OPEN)
_CLOSED_SINCE = _THEN.where(changed_since(BEFORE))


@dataclass(frozen=True, slots=True)
class PastCounts:
    """Numbers of cases that were open at a moment, and of these, overdue."""

    open: int
    overdue: int


def midnight(city: City, at: datetime) -> datetime:
    """The local midnight before `at`."""
    zone = ZoneInfo(city.timezone)
    return datetime.combine(at.astimezone(zone).date(), time.min, zone)


def received(conn: Connection, city: City, at: datetime) -> int:
    """Received from midnight to `at`."""
    return int(conn.execute(_RECEIVED, {"midnight": midnight(city, at), "now": at}).scalar_one())


def counts_at(conn: Connection, at: datetime) -> PastCounts:
    """The counts at `at`, from the cases that are open now and those that were closed since."""
    still, closed_since = (conn.execute(which, {"before": at}).one() for which in (_STILL_OPEN, _CLOSED_SINCE))
    return PastCounts(still[0] + closed_since[0], still[1] + closed_since[1])


def on_time(conn: Connection, city: City, at: datetime) -> Share:
    """Of the first answers that fell due in the 24 hours before `at`, one a cycle: given by then.

    The same at any later moment, whatever becomes of the case: see `data.domain.sla.answers`. One without a date
    counts, and not as given in time.
    """
    asked = {"before": at - COHORT, "now": at, "no_answers": city.no_answers_from}
    both = [conn.execute(which, asked).one() for which in (_PRESENT, _FORMER)]
    in_time = sum(each.in_time for each in both)
    return on_time_share(in_time, sum(each.all for each in both) - in_time)
