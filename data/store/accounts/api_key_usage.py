"""How many reports were posted with each API key on each local day. The daily quota is checked against this."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from data.store.db.engine import insert_into
from data.store.db.intake_schema import key_day

KeyDay = tuple[str, str]
"""A key's name and a local day, 2026-11-24."""


def add(conn: Connection, posts: Mapping[KeyDay, int]) -> None:
    """Add to the counts."""
    if not posts:
        return
    statement = insert_into(conn, key_day)
    statement = statement.on_conflict_do_update(
        index_elements=["key_name", "day"], set_={"posts": key_day.c.posts + statement.excluded.posts}
    )
    rows = [{"key_name": name, "day": day, "posts": n} for (name, day), n in sorted(posts.items())]
    conn.execute(statement, rows)


def of_day(conn: Connection, day: str) -> dict[str, int]:
    """The counts of a local day, by the key's name."""
    rows = conn.execute(select(key_day.c.key_name, key_day.c.posts).where(key_day.c.day == day))
    return {row.key_name: row.posts for row in rows}
