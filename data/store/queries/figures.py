"""The strip's figures at a present or past moment, computed from the present rows of the cases.

The figures are defined in `data.domain.figures.kpis`; merged and rejected cases are in none of them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, bindparam, func, select

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
    seconds,
    was_open,
    was_overdue,
    was_unanswered_late,
)
from data.store.db.schema import case
from data.store.db.types import EpochSeconds

_MIDNIGHT = bindparam("midnight", type_=EpochSeconds())
_RECEIVED = select(func.count()).where(case.c.received_at.between(_MIDNIGHT, NOW), COUNTED)
_ANSWERS = select(
    case.c.policy,
    case.c.policy_version,
    *(seconds(name) for name in ("dispatched_at", "answered_at", "respond_due_at")),
).where(case.c.answered_at.between(_MIDNIGHT, NOW), COUNTED)
_THEN = select(
    count_of(was_open(BEFORE), "open"),
    count_of(was_overdue(BEFORE), "overdue"),
    count_of(was_unanswered_late(BEFORE), "unanswered_late"),
)
_STILL_OPEN = _THEN.where(OPEN)
_CLOSED_SINCE = _THEN.where(changed_since(BEFORE))


@dataclass(frozen=True, slots=True)
class PastCounts:
    """Numbers of cases that were open at a moment; of these, overdue, and without a first answer after its due
    moment."""

    open: int
    overdue: int
    unanswered_late: int


@dataclass(frozen=True, slots=True)
class Answered:
    """The first answers given from midnight to a moment."""

    in_time: int
    late: int
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
    return PastCounts(still[0] + closed_since[0], still[1] + closed_since[1], still[2] + closed_since[2])


def answered(conn: Connection, city: City, calendars: Calendars, at: datetime) -> Answered:
    """First answers from midnight to `at`."""
    in_time, late = 0, 0
    by_policy: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
    for policy, version, dispatched, answer, due in conn.execute(
        _ANSWERS, {"midnight": midnight(city, at), "now": at}
    ).all():
        if due is None or dispatched is None:
            continue
        in_time, late = (in_time + 1, late) if answer <= due else (in_time, late + 1)
        by_policy[policy, version].append((dispatched, max(dispatched, answer)))
    by_calendar: dict[str | None, list[tuple[int, int]]] = defaultdict(list)
    for key, pairs in by_policy.items():
        by_calendar[_calendar(city, key)] += pairs
    spans = (_worked(calendars[code], pairs) for code, pairs in by_calendar.items() if code is not None)
    return Answered(in_time, late, [length for lengths in spans for length in lengths])


def on_time(answers: Answered, unanswered_late: int) -> Share:
    """Answered within target."""
    return on_time_share(answers.in_time, answers.late, unanswered_late)


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
