"""Keys of commands that a telephone has sent: the same one again is the same command."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from data.store.db.schema.accounts import sent_command


def version_of(conn: Connection, user_id: int, key: str) -> int | None:
    """The version of the case to which this person's command led; None: it was not given yet."""
    mine = (sent_command.c.user_id == user_id) & (sent_command.c.key == key)
    return conn.execute(select(sent_command.c.version).where(mine)).scalar_one_or_none()


def add(conn: Connection, user_id: int, key: str, version: int, now: datetime) -> None:
    """Keep it, in the command's transaction. Two tries at once are told apart by the version of the case."""
    conn.execute(insert(sent_command).values(user_id=user_id, key=key, version=version, at=now))


def delete_old(conn: Connection, before: datetime, most: int) -> int:
    """At most `most` of those before, which no telephone sends again; returns how many."""
    old = select(sent_command.c.key).where(sent_command.c.at <= before).limit(most)
    return conn.execute(delete(sent_command).where(sent_command.c.key.in_(old))).rowcount
