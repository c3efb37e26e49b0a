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

from data.domain.city.model import City, Policy
from data.domain.figures.kpis import Share, median, on_time_share
from data.domain.sla.calendars import Calendars
from data.domain.sla.terms import policy_of
from data.domain.sla.worktime import Calendar
from data.store.cases.conditions import (
    BEFORE,
    COUNTED,
    NOW,
    OPEN,
    changed_since,
    count_of,
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
    *(seconds(name) for name in ("received_at", "dispatched_at", "answered_at")),
).where(case.c.answered_at.between(_MIDNIGHT, NOW), COUNTED)
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
_IN_TIME = select(func.count()).where(
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
    """Working seconds from dispatch to answer, of each whose calendar reaches that far."""


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
    spans: dict[Calendar, list[tuple[int, int]]] = defaultdict(list)
    moments, policies = {"midnight": midnight(city, at), "now": at}, _Policies(city)
    for policy, version, received_at, dispatched, answer in conn.execute(_ANSWERS, moments).all():
        found = policies[policy, version]
        if dispatched is not None and found is not None:
            calendar = calendars.judging(received_at, answer)(found.at(answer).calendar)
            spans[calendar].append((dispatched, max(dispatched, answer)))
    lengths = (_worked(calendar, pairs) for calendar, pairs in spans.items())
    return Answered([length for each in lengths for length in each])


def on_time(conn: Connection, city: City, at: datetime) -> Share:
    """Of the cases whose first answer fell due in the 24 hours before `at`: answered by then.

    The same at any later moment, because an answer counts by when it was given.
    """
    moments = {"before": at - COHORT, "now": at, "answered_from": at - COHORT - LONGEST_ANSWER}
    unknown = {"no_answers": city.no_answers_from}
    in_time, missed = (int(conn.execute(which, moments | unknown).scalar_one()) for which in (_IN_TIME, _MISSED))
    return on_time_share(in_time, missed)


def first_response(answers: Answered) -> float | None:
    """The median first response, working seconds."""
    return median(answers.response_s)


class _Policies(dict[tuple[str, int], Policy | None]):
    """Policies by code and version; None when it is no longer configured."""

    def __init__(self, city: City) -> None:
        self._city = city

    def __missing__(self, key: tuple[str, int]) -> Policy | None:
        try:
            found: Policy | None = policy_of(self._city, *key)
        except KeyError:
            found = None
        return self.setdefault(key, found)


def _worked(calendar: Calendar, spans: list[tuple[int, int]]) -> list[int]:
    if calendar.spec.always:
        return [end - start for start, end in spans]
    starts, ends = np.array(spans, dtype=np.int64).T
    known = calendar.covers_many(starts) & calendar.covers_many(ends)
    lengths: list[int] = calendar.between_many(starts[known], ends[known]).tolist()
    return lengths
