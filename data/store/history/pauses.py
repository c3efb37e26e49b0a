"""The pauses of some cases with their reasons, as they were known at a number of the change feed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy import Connection

from data.domain.history.pauses import KnownPause
from data.domain.sla.history import read_history
from data.store.cases.as_known import cases_as_known
from data.store.cases.cases import in_order
from data.store.db.schema.cases import case
from data.store.history.derived import Rules
from data.store.history.rows import Ids, terms_of, told


def pauses(conn: Connection, ids: Ids, rules: Rules, seq: int) -> Iterator[KnownPause]:
    """In the order of the cases' ids, the oldest of each first. Raises HistoryNotKept.

    Of a case whose policy is no longer configured there is none.
    """
    rows = conn.execute(cases_as_known(conn, seq).where(ids.of(case.c.id)).order_by(case.c.id)).mappings().all()
    events = told(conn, tuple(row["id"] for row in rows), seq)
    for row in rows:
        with suppress(KeyError):
            history = read_history(in_order(events[row["id"]]), terms_of(rules, dict(row)))
            for cycle in history.cycles:
                for pause in cycle.pauses:
                    ends = [at for at in (pause.until, cycle.finished) if at is not None]
                    yield KnownPause(row["id"], pause.since, min(ends, default=None), pause.reason)
