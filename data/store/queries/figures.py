"""The strip's figures at a present or past moment, computed from the present rows of the cases.

The figures are defined in `data.domain.figures.kpis`; merged and rejected cases are in none of them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, and_, bindparam, func, select, text

from data.domain.cases.model import Undated
from data.domain.city.model import City
from data.domain.figures.kpis import Share, median, on_time_share
from data.domain.sla.terms import policy_of
from data.domain.sla.worktime import Calendar, Calendars
from data.store.cases.conditions import (
    BEFORE,
    COUNTED,
    NOW,
    OPEN,
    changed_since,
    count_of,
    is_dated,
    seconds,
    was_open,
    was_overdue,
)
from data.store.db.schema import ANSWERED_LATE, case
from data.store.db.types import EpochSeconds

_MIDNIGHT = bindparam("midnight", type_=EpochSeconds())
_RECEIVED = select(func.count()).where(case.c.received_at.between(_MIDNIGHT, NOW), COUNTED)
_ANSWERS = select(
    case.c.policy,
    case.c.policy_version,
    *(seconds(name) for name in ("dispatched_at", "answered_at")),
).where(case.c.answered_at.between(_MIDNIGHT, NOW), COUNTED, is_dated(Undated.DISPATCH | Undated.ANSWER))
_THEN = select(
    count_of(was_open(BEFORE), "open"),
    count_of(was_overdue(BEFORE), "overdue"),
)
COHORT = timedelta(hours=24)
LONGEST_ANSWER = timedelta(days=21)
"""No answer in time was given longer before its due moment: the longest holidays and some days of work."""
_FELL_DUE = and_(
    case.c.respond_due_at > BEFORE,
    case.c.respond_due_at <= NOW,
    COUNTED,
    case.c.source.not_in(bindparam("no_answers", expanding=True)),
)
_IN_TIME = select(
    count_of(is_dated(Undated.DISPATCH | Undated.ANSWER), "dated"),
    count_of(~is_dated(Undated.DISPATCH | Undated.ANSWER), "undated"),
).where(
    _FELL_DUE,
    case.c.answered_at.between(bindparam("answered_from", type_=EpochSeconds()), NOW),
    case.c.answered_at <= case.c.respond_due_at,
)
_MISSED = select(func.count()).select_from(case).where(_FELL_DUE, text(f"({ANSWERED_LATE})"))
"""In the words of the index ix_case_late."""
_STILL_OPEN = _THEN.where(OPEN)
_CLOSED_SINCE = _THEN.where(changed_since(BEFORE))


@dataclass(frozen=True, slots=True)
class PastCounts:
    """Numbers of cases that were open at a moment, and of these, overdue."""

    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Answered:
    """The first answers given from midnight to a moment."""

    response_s: list[int]
    """Working seconds from dispatch to answer, of each whose calendar reaches that far; of none that is undated."""


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


def answered(conn: Connection, city: City, calendars: Calendars, at: datetime) -> Answered:
    """First answers from midnight to `at`."""
    by_policy: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
    moments = {"midnight": midnight(city, at), "now": at}
    for policy, version, dispatched, answer in conn.execute(_ANSWERS, moments).all():
        if dispatched is not None:
            by_policy[policy, version].append((dispatched, max(dispatched, answer)))
    by_calendar: dict[str | None, list[tuple[int, int]]] = defaultdict(list)
    for key, pairs in by_policy.items():
        by_calendar[_calendar(city, key)] += pairs
    spans = (_worked(calendars[code], pairs) for code, pairs in by_calendar.items() if code is not None)
    return Answered([length for lengths in spans for length in lengths])


def on_time(conn: Connection, city: City, at: datetime) -> Share:
    """Of the cases whose first answer fell due in the 24 hours before `at`: answered by then.

    The same at any later moment, because an answer counts by when it was given. One without a date counts, and not as
    given in time.
    """
    moments = {"before": at - COHORT, "now": at, "answered_from": at - COHORT - LONGEST_ANSWER}
    unknown = {"no_answers": city.no_answers_from}
    in_time = conn.execute(_IN_TIME, moments | unknown).one()
    missed = int(conn.execute(_MISSED, moments | unknown).scalar_one())
    return on_time_share(in_time.dated, missed + in_time.undated)


def first_response(answers: Answered) -> float | None:
    """The median first response, working seconds."""
    return median(answers.response_s)


def _calendar(city: City, policy: tuple[str, int]) -> str | None:
    """The calendar of a policy; None when the policy is no longer configured."""
    try:
        return policy_of(city, *policy).calendar
    except KeyError:
        return None


def _worked(calendar: Calendar, spans: list[tuple[int, int]]) -> list[int]:
    if calendar.spec.always:
        return [end - start for start, end in spans]
    starts, ends = np.array(spans, dtype=np.int64).T
    known = calendar.covers_many(starts) & calendar.covers_many(ends)
    lengths: list[int] = calendar.between_many(starts[known], ends[known]).tolist()
    return lengths
