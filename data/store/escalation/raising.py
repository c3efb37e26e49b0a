"""Raises steps. Cases to look at are found by `case.escalate_at`: every change of a case sets it, and so does a look.

Each case is computed again from its events before anything is raised. A step is raised once for each hold
(UNIQUE), and again only when its acknowledgement has expired.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.city.model import CaseKind
from data.domain.escalation.ladder import HeldCase, RaisedStep, held_case, judge, without_assistants
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import HorizonError
from data.store.cases.cases import StoredCase, append, by_id, events_of, terms_for
from data.store.cases.conditions import MOST, NOW
from data.store.db.schema.cases import case
from data.store.db.schema.escalation import escalation
from data.store.db.schema.market_officer import assistant_village
from data.store.escalation.steps import LadderRules

_DUE = (
    select(case.c.id)
    .where(case.c.escalate_at.is_not(None), case.c.escalate_at <= NOW)
    .order_by(case.c.escalate_at, case.c.id)
    .limit(MOST)
)


def due(conn: Connection, now: datetime, most: int) -> list[int]:
    """Ids of cases to look at, those that wait longest first."""
    return list(conn.execute(_DUE, {"now": now, "most": most}).scalars())


def look_at_all(conn: Connection, now: datetime) -> None:
    """For the start of a process: ladders, calendars and policies may be others than before."""
    held = and_(case.c.open, case.c.held_at.is_not(None))
    conn.execute(update(case).where(held).values(escalate_at=now))


def look_at_questions(conn: Connection, now: datetime) -> None:
    """When the field assistants are others than before."""
    asked = and_(case.c.open, case.c.held_at.is_not(None), case.c.kind == CaseKind.QUESTION)
    conn.execute(update(case).where(asked).values(escalate_at=now))


def end_all(conn: Connection) -> None:
    """Where no ladder is configured any more, nothing is raised any more."""
    conn.execute(update(escalation).where(escalation.c.highest).values(highest=False))


def look(conn: Connection, case_ids: Iterable[int], rules: LadderRules, now: datetime) -> int:
    """Raise what is due of these cases, in a transaction of `engine.writing`; returns how many steps."""
    return sum(_look_at(conn, case_id, rules, now.replace(microsecond=0)) for case_id in case_ids)


def _look_at(conn: Connection, case_id: int, rules: LadderRules, now: datetime) -> bool:
    found = by_id(conn, case_id)
    if found is None:
        return False
    ladder = rules.city.escalation.ladder_of(found.status.policy, found.facts.service_class)
    try:
        terms = terms_for(found, rules.terms_of)
        held = held_case(events_of(conn, case_id), terms, ladder, now)
    except (KeyError, HorizonError):  # its policy or years are no longer configured
        held, terms = None, None
    raised = None
    if held is None or terms is None:
        _set_next(conn, case_id, None)
    else:
        raised = _raise_due(conn, found, held, terms, now)
    if not found.status.open or not ladder:
        conn.execute(update(escalation).where(escalation.c.case_id == case_id).values(highest=False))
    return raised is not None


def _raise_due(conn: Connection, found: StoredCase, held: HeldCase, terms: Terms, now: datetime) -> int | None:
    """The step that was raised."""
    rules = terms.city.escalation
    ladder = rules.ladder_of(found.status.policy, found.facts.service_class)
    if not _has_assistants(conn, found):
        held = without_assistants(held, ladder)
    step, next_at = judge(held, ladder, _stand_again(conn, found.id, held), now)
    if step is not None and found.facts.priority not in rules.urgent and rules.quiet is not None:
        morning = rules.quiet.end_after(now.astimezone(ZoneInfo(terms.city.timezone)))
        if morning is not None:
            step, next_at = None, morning if next_at is None else min(next_at, morning)
    if step is not None:
        to, at = ladder[step - 1].to, max(now, found.status.updated_at)
        _write(conn, found.id, held, (step, to), now)
        event = CaseEvent(at, EventKind.ESCALATED, ActorKind.SYSTEM, agency=held.agency, reason=to)
        append(conn, found.id, [event], terms, now)
    _set_next(conn, found.id, next_at)
    return step


def _has_assistants(conn: Connection, found: StoredCase) -> bool:
    """Whether somebody is there for the village that a question comes from. A confidential one is for no assistant."""
    facts = found.facts
    if facts.kind != CaseKind.QUESTION or facts.private or facts.village is None:
        return False
    theirs = select(assistant_village.c.assistant_id).where(assistant_village.c.village == facts.village)
    return conn.execute(theirs.limit(1)).first() is not None


def _stand_again(conn: Connection, case_id: int, held: HeldCase) -> RaisedStep | None:
    """The step of this hold that counts; when none does, since a fold was undone, its highest counts again."""
    columns = (escalation.c.id, escalation.c.highest, escalation.c.step)
    last = (escalation.c.highest.desc(), escalation.c.step.desc())
    rows = select(*columns, escalation.c.acknowledged_at, escalation.c.expires_at).where(_of_hold(case_id, held))
    row = conn.execute(rows.order_by(*last).limit(1)).one_or_none()
    if row is None:
        return None
    if not row.highest:
        every = update(escalation).where(escalation.c.case_id == case_id)
        conn.execute(every.values(highest=escalation.c.id == row.id))
    return RaisedStep(row.step, row.acknowledged_at, row.expires_at)


def _write(conn: Connection, case_id: int, held: HeldCase, raising: tuple[int, str], now: datetime) -> None:
    """Insert the step, or raise it again; of this case it is the highest one now. raising: its number and receiver."""
    step, receiver = raising
    conn.execute(update(escalation).where(escalation.c.case_id == case_id).values(highest=False))
    again = {"raised_at": now, "highest": True, "acknowledged_at": None, "acknowledged_by": None, "expires_at": None}
    this = and_(_of_hold(case_id, held), escalation.c.step == step)
    repeated = update(escalation).where(this).values(again | {"times": escalation.c.times + 1, "batch": None})
    if conn.execute(repeated).rowcount:
        return
    new = {"cycle": held.cycle, "held_at": held.held_at, "step": step, "receiver": receiver}
    more = {"case_id": case_id, "agency": held.agency, "due_at": held.dues[step - 1], "times": 1}
    conn.execute(insert(escalation).values(again | new | more))


def _of_hold(case_id: int, held: HeldCase) -> ColumnElement[bool]:
    return and_(escalation.c.case_id == case_id, escalation.c.cycle == held.cycle, escalation.c.held_at == held.held_at)


def _set_next(conn: Connection, case_id: int, at: datetime | None) -> None:
    conn.execute(update(case).where(case.c.id == case_id).values(escalate_at=at))
