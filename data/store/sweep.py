"""The sweep: what time alone brings about, written down once and dated when it took effect.

A case is found by its stored moments and judged again from its events before anything is said of it. The mark is
set by a conditional UPDATE, so that of two sweepers only one announces.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_, select, update

from data.domain.cases import EventKind
from data.domain.standing import standing
from data.domain.terms import Terms
from data.domain.worktime import HorizonError
from data.store.cases import BREACHED, WARNED, TermsOf, events_of, level, write_standing
from data.store.changes import NewChange, record_changes
from data.store.conditions import OPEN
from data.store.schema import case, case_event

BATCH = 100
"""At most so many cases in one transaction: others want to write too."""

_PAUSED = select(case.c.id, case.c.category, case.c.policy, case.c.policy_version, case.c.service_class).where(
    OPEN, case.c.paused_at.is_not(None)
)
_PAUSES = (
    select(case_event.c.case_id, case_event.c.at, case_event.c.reason)
    .where(case_event.c.case_id.in_(_PAUSED.with_only_columns(case.c.id)), case_event.c.kind == EventKind.PAUSED)
    .order_by(case_event.c.at, case_event.c.n)
)
"""Not a join: SQLite would begin it at the events, and go through all of history."""


def sweep(conn: Connection, terms_of: TermsOf, now: datetime, batch: int = BATCH) -> int:
    """Announce warnings and breaches that are due, and end pauses that have reached their cap; how many cases.

    `batch` or more: call again, there may be more.
    """
    ended = dict(list(_ended_pauses(conn, terms_of, now).items())[:batch])
    due = conn.execute(select(case.c.id).where(OPEN, _due(now)).order_by(case.c.next_due_at).limit(batch)).scalars()
    return sum(_judge(conn, case_id, terms_of, now, ended.get(case_id)) for case_id in dict.fromkeys([*ended, *due]))


def _due(now: datetime) -> ColumnElement[bool]:
    breached = and_(case.c.marked < BREACHED, case.c.next_due_at < now)
    warned = and_(case.c.marked < WARNED, case.c.next_warn_at <= now)
    return or_(breached, warned)


def _judge(conn: Connection, case_id: int, terms_of: TermsOf, now: datetime, pause_ended: datetime | None) -> bool:
    """Judge a case again and announce what is new; False when nothing is, or another sweeper was first."""
    row = conn.execute(select(case).where(case.c.id == case_id).with_for_update()).mappings().one()
    try:
        terms = _terms_of(row, terms_of)
        stands = standing(events_of(conn, case_id), terms, now)
    except (KeyError, HorizonError):  # config.yaml no longer knows its policy or its years: what is stored must do
        return _announce(conn, row, (row["next_warn_at"], row["next_due_at"]), now)
    write_standing(conn, row, stands, terms, now)
    fresh = conn.execute(select(case).where(case.c.id == case_id)).mappings().one()
    resumed = pause_ended is not None and stands.paused_at is None
    if resumed:
        record_changes(conn, [_change(EventKind.RESUMED, pause_ended or now, fresh)])
    return _announce(conn, fresh, (stands.next_warn_at, stands.next_due_at), now) or resumed


def _announce(
    conn: Connection, row: RowMapping, moments: tuple[datetime | None, datetime | None], now: datetime
) -> bool:
    mark = level(*moments, now)
    unmarked = (case.c.id == row["id"]) & (case.c.marked < mark)
    if conn.execute(update(case).where(unmarked).values(marked=mark)).rowcount == 0:
        return False
    kinds = zip((WARNED, BREACHED), ("warned", "breached"), moments, strict=True)
    new = [_change(kind, at, row) for at_mark, kind, at in kinds if row["marked"] < at_mark <= mark and at is not None]
    record_changes(conn, new)
    return True


def _change(kind: str, at: datetime, row: RowMapping) -> NewChange:
    return NewChange(kind, at, row["id"], row["agency"], row["source"])


def _terms_of(row: RowMapping, terms_of: TermsOf) -> Terms:
    """Raises KeyError for a policy that config.yaml does not know."""
    return terms_of(row["category"], (row["policy"], row["policy_version"]), row["service_class"])


def _ended_pauses(conn: Connection, terms_of: TermsOf, now: datetime) -> dict[int, datetime]:
    """Cases stored as paused whose last pause has reached its cap, and when it did."""
    cases = {row["id"]: row for row in conn.execute(_PAUSED).mappings()}
    if not cases:
        return {}
    last = {row["case_id"]: row for row in conn.execute(_PAUSES).mappings()}
    ends = {case_id: _cap_reached(cases[case_id], pause, terms_of) for case_id, pause in last.items()}
    return {case_id: end for case_id, end in ends.items() if end is not None and end <= now}


def _cap_reached(row: RowMapping, pause: RowMapping, terms_of: TermsOf) -> datetime | None:
    try:
        reason = _terms_of(row, terms_of).city.pauses.get(pause["reason"])
    except KeyError:
        return None
    at: datetime = pause["at"]
    return None if reason is None or reason.cap is None else at + reason.cap
