"""The sweep announces what happens by time alone: warnings, breaches (late cases), pauses that reach their cap or the
moment until which they were to last (then the case is resumed), and waits for the citizen that close their case.

Each is written to the change feed once, dated when it took effect. Due cases are found by their stored moments in a
read-only transaction, because with many open cases that takes longer than other writers may wait. The status of each
case is computed again from its events before anything is announced. The mark is set by a conditional UPDATE, so that of
two sweepers only one announces.

What took effect last is announced first, because the control room acts on it: a long backlog does not delay new
breaches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import chain

from sqlalchemy import Connection, RowMapping, and_, bindparam, select, update

from data.domain.cases.model import NO_REPLY, ActorKind, CaseEvent, EventKind
from data.domain.sla.case_status import case_status
from data.domain.sla.pauses import closes_after, closes_at
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import HorizonError, epoch
from data.store.cases.cases import (
    BREACHED,
    WARNED,
    TermsOf,
    append,
    append_events,
    due_level,
    events_of,
    status_columns,
    write_status,
)
from data.store.cases.conditions import MOST, NOW, OPEN
from data.store.db.change_feed import NewChange, record_changes
from data.store.db.schema.cases import case, case_event

_BREACHED = (
    select(case.c.id, case.c.next_due_at.label("at"))
    .where(OPEN, case.c.next_due_at < NOW, case.c.marked < BREACHED)
    .order_by(case.c.next_due_at.desc())
    .limit(MOST)
)
_WARNED = (
    select(case.c.id, case.c.next_warn_at.label("at"))
    .where(OPEN, case.c.next_due_at >= NOW, case.c.next_warn_at <= NOW, case.c.marked < WARNED)
    .order_by(case.c.next_warn_at.desc())
    .limit(MOST)
)
_PAUSES = (
    select(
        case.c.id,
        *(case.c[name] for name in ("category", "policy", "policy_version", "service_class")),
        case_event.c.at,
        case_event.c.reason,
        case_event.c.until,
    )
    .outerjoin(case_event, and_(case_event.c.case_id == case.c.id, case_event.c.kind == EventKind.PAUSED))
    .where(OPEN, case.c.paused_at.is_not(None))
    .order_by(case_event.c.at, case_event.c.n)
)
"""An outer join, because SQLite starts any other join at the events and scans the whole table."""

_ROW = select(case).where(case.c.id == bindparam("key")).with_for_update()
_MARK = (
    update(case)
    .where(case.c.id == bindparam("key"), case.c.marked < bindparam("mark"))
    .values(marked=bindparam("mark"))
)


def due(conn: Connection, terms_of: TermsOf, now: datetime, most: int) -> list[int]:
    """Ids of cases with a warning, a breach, the end of a pause or of a wait to announce; what took effect last comes
    first.

    At most `most` warnings and `most` breaches, but every pause: call again when these are announced.
    """
    asked = {"now": now, "most": most}
    marks = chain(conn.execute(_BREACHED, asked), conn.execute(_WARNED, asked))
    found = [(row.at, row.id) for row in marks]
    found += [(at, case_id) for case_id, at in _ended_pauses(conn, terms_of, now).items()]
    return [case_id for _, case_id in sorted(found, reverse=True)]


def sweep(conn: Connection, case_ids: Iterable[int], terms_of: TermsOf, now: datetime) -> int:
    """Announce what is due of these cases, end pauses that reached their cap, close what the citizen did not complete;
    returns for how many it was new."""
    return sum(_sweep_case(conn, case_id, terms_of, now) for case_id in case_ids)


def _sweep_case(conn: Connection, case_id: int, terms_of: TermsOf, now: datetime) -> bool:
    """Compute the status of a case again and announce what is new; False when nothing is, or another sweeper was
    first."""
    row = conn.execute(_ROW, {"key": case_id}).mappings().one()
    if not row["open"]:  # ended since it was looked up
        return False
    try:
        terms, events = _terms_of(row, terms_of), events_of(conn, case_id)
        status = case_status(events, terms, now)
        if status.paused_at is not None and (until := _resumes_at(events, terms)) is not None and until <= now:
            resumed_at = max(until, status.updated_at)
            append_events(conn, case_id, [CaseEvent(resumed_at, EventKind.RESUMED)], terms, now)
            return True
    except (KeyError, HorizonError):  # its policy or years are no longer configured: use the stored moments
        return _announce(conn, row, (row["next_warn_at"], row["next_due_at"]), now)
    if row["paused_at"] is not None and _close_unreplied(conn, case_id, events, terms, now):
        return True
    resumed = row["paused_at"] is not None and status.paused_at is None
    if any(row[name] != value for name, value in status_columns(status).items()):
        write_status(conn, row, status, terms, now)
        row = conn.execute(_ROW, {"key": case_id}).mappings().one()
    if resumed:
        record_changes(conn, [_change(EventKind.RESUMED, _pause_ended(events, terms, now), row)], now)
    return _announce(conn, row, (status.next_warn_at, status.next_due_at), now) or resumed


def _close_unreplied(conn: Connection, case_id: int, events: Sequence[CaseEvent], terms: Terms, now: datetime) -> bool:
    """Close a case that waited for its citizen as long as its category allows, dated when that was."""
    at = closes_at(events, terms)
    if at is None or at > now:
        return False
    closed = CaseEvent(max(at, events[-1].at), EventKind.CLOSED, ActorKind.SYSTEM, reason=NO_REPLY)
    append(conn, case_id, [closed], terms, now)
    return True


def _announce(
    conn: Connection, row: RowMapping, moments: tuple[datetime | None, datetime | None], now: datetime
) -> bool:
    mark = due_level(*moments, now)
    if conn.execute(_MARK, {"key": row["id"], "mark": mark}).rowcount == 0:
        return False
    kinds = zip((WARNED, BREACHED), ("warned", "breached"), moments, strict=True)
    new = [_change(kind, at, row) for at_mark, kind, at in kinds if row["marked"] < at_mark <= mark and at is not None]
    record_changes(conn, new, now)
    return True


def _change(kind: str, at: datetime, row: RowMapping) -> NewChange:
    return NewChange(kind, at, row["id"], row["agency"], row["source"])


def _terms_of(row: RowMapping, terms_of: TermsOf) -> Terms:
    """Raises KeyError for a policy that is not configured."""
    return terms_of(row["category"], (row["policy"], row["policy_version"]), row["service_class"])


def _ended_pauses(conn: Connection, terms_of: TermsOf, now: datetime) -> dict[int, datetime]:
    """Cases stored as paused whose last pause has reached its cap or closes them, and when it did."""
    last = {row["id"]: row for row in conn.execute(_PAUSES).mappings()}
    ends: dict[int, datetime | None] = {}
    for case_id, row in last.items():
        with suppress(KeyError):
            ends[case_id] = _wait_over(row, _terms_of(row, terms_of))
    return {case_id: end for case_id, end in ends.items() if end is not None and end <= now}


def _resumes_at(events: Sequence[CaseEvent], terms: Terms) -> datetime | None:
    """Until when the last pause was to last, unless it closes the case before."""
    until = next((event.until for event in reversed(events) if event.kind is EventKind.PAUSED), None)
    closes = closes_at(events, terms)
    return until if until is None or closes is None or until < closes else None


def _wait_over(row: RowMapping, terms: Terms) -> datetime | None:
    """When the last pause of a case reaches its cap or its told end, or closes the case, whichever comes first."""
    after = closes_after(terms.city, row["category"], row["reason"])
    ends = (_cap_reached(row["at"], row["reason"], terms), row["until"], None if after is None else row["at"] + after)
    return min((end for end in ends if end is not None), default=None)


def _pause_ended(events: Sequence[CaseEvent], terms: Terms, now: datetime) -> datetime:
    """When the last pause reached its cap; the caller knows that it is over by `now` and was not ended by an event."""
    pause = next(event for event in reversed(events) if event.kind is EventKind.PAUSED)
    return min(_cap_reached(pause.at, pause.reason, terms) or now, now)


def _cap_reached(at: datetime, reason: str | None, terms: Terms) -> datetime | None:
    """When a pause that started at `at` reaches its cap; None: it has no cap."""
    listed = None if reason is None else terms.city.pauses.get(reason)
    cap = None if listed is None else listed.cap_at(epoch(at))
    return None if cap is None else at + cap
