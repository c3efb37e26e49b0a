"""SQL conditions on a case at a moment, shared by the boards' queries: overdue, at risk, open then.

Queries are built once, when their module is loaded, and take their moments as parameters: building one takes longer
than running it.

Conditions about the past use the present row (dispatched, answered, resolved, due moments), so no history table is
needed. For a case that was reopened since then, only its present cycle is known.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, Label, and_, bindparam, func, or_
from sqlalchemy import case as choose

from data.domain.cases.model import CaseState, Undated
from data.store.db.schema.cases import case
from data.store.db.types import EpochSeconds, raw_seconds

Moment = BindParameter[datetime]
NOW: Moment = bindparam("now", type_=EpochSeconds())
BEFORE: Moment = bindparam("before", type_=EpochSeconds())
"""A moment in the past, an hour ago or weeks."""
MOST: BindParameter[int] = bindparam("most", type_=Integer())
"""How many rows at most."""

OPEN = case.c.open
COUNTED = case.c.state.not_in([CaseState.MERGED, CaseState.REJECTED])
"""The cases that figures count: no merged and no rejected ones."""


TELLS_ANSWERS = case.c.source.not_in(bindparam("no_answers", expanding=True))
"""The cases of sources that tell when an agency answered: `no_answers` are the others (City.no_answers_from)."""


def seconds(name: str) -> Label[int]:
    """A moment of a case as whole epoch seconds."""
    return raw_seconds(case.c[name])


def count_of(condition: ColumnElement[bool], name: str) -> Label[int]:
    """How many rows fulfil the condition."""
    return func.count().filter(condition).label(name)


ANSWER_TIME = Undated.DISPATCH | Undated.ANSWER
"""Between these moments the time to an answer runs."""


def is_dated(moments: Undated, undated: ColumnElement[int] = case.c.undated) -> ColumnElement[bool]:
    """None of these moments is undated. `undated`: the column that says it, of a case or of a former cycle."""
    return undated.bitwise_and(int(moments)) == 0


def overdue(now: Moment = NOW) -> ColumnElement[bool]:
    """The citizen's running clock is past its due moment."""
    return case.c.next_due_at < now


def at_risk(now: Moment = NOW) -> ColumnElement[bool]:
    """It has used the warning share of its time and is still in time."""
    return and_(case.c.next_warn_at <= now, case.c.next_due_at >= now)


NEW_FOR = timedelta(minutes=30)
"""How long a case that nobody has acknowledged counts as new."""
_NEW_SINCE: Moment = bindparam("new_since", type_=EpochSeconds())
URGENCY = choose(
    (overdue(), "overdue"),
    (at_risk(), "at_risk"),
    (and_(case.c.acknowledged_at.is_(None), case.c.received_at >= _NEW_SINCE), "new"),
    else_="running",
)
"""What the signs on the maps say of an open case; asked with `urgency_at`."""


def urgency_at(now: datetime) -> dict[str, Any]:
    """The parameters of URGENCY."""
    return {"now": now, "new_since": now - NEW_FOR}


def changed_since(at: Moment) -> ColumnElement[bool]:
    """Closed now and changed after `at`: together with the open cases these are all cases that were open at `at`."""
    return and_(case.c.updated_at > at, case.c.open.is_(False), COUNTED)


def was_open(at: Moment) -> ColumnElement[bool]:
    """Received by then, neither resolved nor ended by then, not reopened since."""
    left = func.coalesce(case.c.resolved_at, case.c.ended_at)
    return and_(
        case.c.received_at <= at,
        or_(left.is_(None), left > at),
        or_(case.c.cycle == 1, case.c.dispatched_at.is_(None), case.c.dispatched_at <= at),
    )


def was_overdue(at: Moment) -> ColumnElement[bool]:
    """Open then, and one of the citizen's clocks ran past its due moment."""
    unverified = and_(case.c.verify_due_at < at, _not_yet(case.c.dispatched_at, at))
    runs = or_(_not_yet(case.c.paused_at, at), case.c.resolve_due_at <= case.c.paused_at)  # paused late is late
    unresolved = and_(case.c.resolve_due_at < at, runs)
    return and_(was_open(at), or_(unverified, _unanswered_late(at), unresolved))


def _unanswered_late(at: Moment) -> ColumnElement[bool]:
    return and_(case.c.respond_due_at < at, case.c.dispatched_at <= at, _not_yet(case.c.answered_at, at))


def _not_yet(moment: ColumnElement[datetime | None], at: Moment) -> ColumnElement[bool]:
    return or_(moment.is_(None), moment > at)
