"""Who has which case open: a hint for colleagues, not a lock."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from data.store.db.engine import insert_into
from data.store.db.schema.cases import presence

LASTS = timedelta(seconds=40)
"""A page says so every 15 seconds; so long after its last word nobody is there."""


def seen(conn: Connection, code: str, name: str, now: datetime) -> list[str]:
    """Somebody has the case open now; who else has, by name."""
    conn.execute(delete(presence).where(presence.c.seen_at < now - LASTS))
    row = insert_into(conn, presence).values(code=code[:32], name=name, seen_at=now)
    conn.execute(row.on_conflict_do_update(index_elements=["code", "name"], set_={"seen_at": now}))
    others = select(presence.c.name).where(presence.c.code == code[:32], presence.c.name != name)
    return list(conn.execute(others.order_by(presence.c.name)).scalars())
