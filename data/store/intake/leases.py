"""Who holds a lease, and taking it from a holder that is known to be dead."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from data.store.db.schema import lease
from data.store.intake.sources import claim, release


def holder(conn: Connection, name: str) -> str | None:
    """The owner written on a lease, expired or not; None when nobody ever took it or it was let go."""
    return conn.execute(select(lease.c.owner).where(lease.c.name == name)).scalar_one_or_none()


def take_over(conn: Connection, name: str, dead: str, owner: str, now: datetime, *, for_s: float) -> bool:
    """Take a lease from `dead` before it expires; False when somebody else was quicker."""
    release(conn, name, dead)
    return claim(conn, name, owner, now, for_s)
