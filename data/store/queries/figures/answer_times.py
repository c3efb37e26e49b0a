"""How long the first answers of a day took: in working time for the agencies, in calendar time for the citizen.

An answer counts whatever became of its case: closing, merging or reopening it takes no slow answer away. Sources that
tell no answers are left out, and so is an answer of which nobody knows when it was given; after a dispatch without a
date only the working time is not known.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import BigInteger, Connection, and_, bindparam, exists, or_, select, type_coerce

from data.domain.cases.model import Undated
from data.domain.city.model import City
from data.domain.sla.calendars import Calendars
from data.domain.sla.terms import policy_of
from data.domain.sla.worktime import Calendar
from data.store.cases.conditions import NOW, TELLS_ANSWERS, is_dated, seconds
from data.store.db.schema.cases import case, case_cycle
from data.store.db.types import EpochSeconds
from data.store.queries.figures.counts import midnight

_MIDNIGHT = bindparam("midnight", type_=EpochSeconds())
_EARLIER = case_cycle.alias("earlier")
_ANSWERED_BEFORE = and_(_EARLIER.c.case_id == case.c.id, _EARLIER.c.answered_at.is_not(None))


_POLICY = (case.c.policy, case.c.policy_version, seconds("received_at"))
_PRESENT = select(
    *_POLICY,
    *(seconds(name) for name in ("dispatched_at", "answered_at")),
    is_dated(Undated.DISPATCH),
    or_(case.c.cycle == 1, ~exists().where(_ANSWERED_BEFORE)),
).where(case.c.answered_at.between(_MIDNIGHT, NOW), TELLS_ANSWERS, is_dated(Undated.ANSWER))
_FORMER = (
    select(
        *_POLICY,
        *(type_coerce(column, BigInteger) for column in (case_cycle.c.dispatched_at, case_cycle.c.answered_at)),
        is_dated(Undated.DISPATCH, case_cycle.c.undated),
        ~exists().where(_ANSWERED_BEFORE, _EARLIER.c.cycle < case_cycle.c.cycle),
    )
    .select_from(case_cycle.join(case))
    .where(
        case_cycle.c.answered_at.between(_MIDNIGHT, NOW),
        TELLS_ANSWERS,
        is_dated(Undated.ANSWER, case_cycle.c.undated),
    )
)

Span = tuple[int, int]
"""Start and end, epoch seconds."""


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """The first answers given from midnight to a moment; each cycle has its first answer."""

    worked_s: list[int]
    """Working seconds from dispatch to answer, of each whose calendar reaches that far; without those outside."""
    outside: int
    """How many were given outside the working hours before any working time had passed: these tell no pace."""
    citizen_s: list[int]
    """Calendar seconds from receipt to the first answer of the case ever."""


def answer_times(conn: Connection, city: City, calendars: Calendars, at: datetime) -> AnswerTimes:
    """From midnight to `at`."""
    asked = {"midnight": midnight(city, at), "now": at, "no_answers": city.no_answers_from}
    spans: dict[Calendar, list[Span]] = defaultdict(list)
    citizen: list[int] = []
    for query in (_PRESENT, _FORMER):
        for policy, version, received, dispatched, answered, dated, is_first in conn.execute(query, asked).all():
            if is_first:
                citizen.append(max(0, answered - received))
            calendar = _calendar(city, calendars, (policy, version), (received, answered))
            if dated and dispatched is not None and calendar is not None:
                spans[calendar].append((dispatched, max(dispatched, answered)))
    each = [_worked(calendar, pairs) for calendar, pairs in spans.items()]
    worked = [length for lengths, _ in each for length in lengths]
    return AnswerTimes(worked, sum(outside for _, outside in each), citizen)


def _calendar(city: City, calendars: Calendars, policy: tuple[str, int], life: Span) -> Calendar | None:
    """The calendar that judges an answer, by when the case was received and answered; None when the policy is no
    longer configured."""
    received, answered = life
    try:
        return calendars.judging(received, answered)(policy_of(city, *policy).at(answered).calendar)
    except KeyError:
        return None


def _worked(calendar: Calendar, spans: list[Span]) -> tuple[list[int], int]:
    if calendar.spec.always:
        return [end - start for start, end in spans], 0
    starts, ends = np.array(spans, dtype=np.int64).T
    known = calendar.covers_many(starts) & calendar.covers_many(ends + 1)
    starts, ends = starts[known], ends[known]
    lengths = calendar.between_many(starts, ends)
    outside = (lengths == 0) & (calendar.between_many(ends, ends + 1) == 0)
    counted: list[int] = lengths[~outside].tolist()
    return counted, int(outside.sum())
