"""How the promises of a source stand: `data.domain.sla.promise` in SQL, for as many cases as it has."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy import case as choice

from data.domain.cases.model import CaseState, Undated
from data.domain.sla.promise import PromiseState
from data.store.cases.conditions import NOW, is_dated
from data.store.db.schema.cases import case

_ENDED = func.coalesce(case.c.resolved_at, case.c.ended_at)
_STATE = choice(
    (_ENDED.is_(None) & (case.c.promised_at < NOW), PromiseState.OVERDUE.value),
    (_ENDED.is_(None), PromiseState.RUNNING.value),
    (~is_dated(Undated.END), PromiseState.UNDATED.value),
    (case.c.promised_at >= _ENDED, PromiseState.KEPT.value),
    else_=PromiseState.MISSED.value,
)
_VERDICT = _STATE.label("verdict")
_COUNTS = (
    select(_VERDICT, func.count())
    .where(
        case.c.source == bindparam("source"), case.c.promised_at.is_not(None), case.c.state != CaseState.MERGED.value
    )
    .group_by(_VERDICT)
)


def promise_counts(conn: Connection, source: str, now: datetime) -> Counter[PromiseState]:
    """How many cases of the source are in each state; cases without a promise are in none."""
    rows = conn.execute(_COUNTS, {"source": source, "now": now})
    return Counter({PromiseState(state): count for state, count in rows})
