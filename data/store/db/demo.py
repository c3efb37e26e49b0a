"""Whether a store is a stage: invented reports and real ones never stand in the same one."""

from __future__ import annotations

from sqlalchemy import Connection, select

from data.store.db.schema import case


def holds_real_cases(conn: Connection) -> bool:
    """True when any case is not marked as invented."""
    return conn.execute(select(case.c.id).where(case.c.demo.is_(False)).limit(1)).first() is not None
