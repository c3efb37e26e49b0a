"""The moments at which something begins, ends or expires: the bell rings, and boards are drawn anew.

What is over is not changed by it: reads look at the time themselves. `due_at` only says when to ring next.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, case, delete, select, update

from data.store.db.schema.guide import agenda, condition, occurrence
from data.store.guide import forecasts
from data.store.guide.agenda import KEPT, ROLLED, Window
from data.store.guide.writing import GuideWrite

SWEEP = "guide"
"""The source of its changes."""


def is_due(conn: Connection, now: datetime, window: Window) -> bool:
    """Whether something begins, ends, expires, or has to be expanded further."""
    tables = (condition, occurrence)
    if any(conn.execute(select(it.c.due_at).where(it.c.due_at <= now).limit(1)).first() for it in tables):
        return True
    of = agenda.c
    behind = of.expanded_to.is_not(None) & (of.expanded_to < now + window.ahead - ROLLED)
    return conn.execute(select(of.id).where(behind).limit(1)).first() is not None


def ring(conn: Connection, now: datetime) -> int:
    """One change for all that has begun, ended or expired by now; of how much it tells."""
    expired = conn.execute(update(condition).where(condition.c.due_at <= now).values(due_at=None)).rowcount
    next_moment = case((occurrence.c.ends_at > now, occurrence.c.ends_at), else_=None)
    moved = conn.execute(update(occurrence).where(occurrence.c.due_at <= now).values(due_at=next_moment)).rowcount
    if expired + moved:
        assert GuideWrite(conn, SWEEP, now, expired + moved).seq
    return expired + moved


def remove_old(conn: Connection, now: datetime) -> int:
    """Occurrences and forecasts that are long over go; entries and observations stay."""
    gone = conn.execute(delete(occurrence).where(occurrence.c.ends_at < now - KEPT)).rowcount
    return gone + forecasts.remove_old(conn, now)
