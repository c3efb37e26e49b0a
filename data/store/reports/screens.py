"""In which minutes screens were connected: a bit a minute, so that many processes may write the same hour."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, tuple_

from data.domain.sources.screens import ScreenHour
from data.store.db.engine import insert_into
from data.store.db.schema.reports import screen_hour


def add(conn: Connection, hours: Iterable[ScreenHour]) -> None:
    """Add these minutes to those that are known."""
    for each in hours:
        statement = insert_into(conn, screen_hour).values(each._asdict())
        both = screen_hour.c.minutes.bitwise_or(statement.excluded.minutes)
        conn.execute(statement.on_conflict_do_update(index_elements=["screen", "hour"], set_={"minutes": both}))


def between(conn: Connection, start: datetime, end: datetime) -> list[ScreenHour]:
    """The hours that begin in start <= hour < end, by screen, oldest first."""
    asked = select(*_COLUMNS).where(screen_hour.c.hour >= start, screen_hour.c.hour < end)
    return [ScreenHour(*row) for row in conn.execute(asked.order_by(screen_hour.c.screen, screen_hour.c.hour))]


def first_of_each(conn: Connection, before: datetime) -> list[ScreenHour]:
    """The oldest hour of each screen that began before the moment, by screen."""
    oldest = select(screen_hour.c.screen, func.min(screen_hour.c.hour)).where(screen_hour.c.hour < before)
    mine = tuple_(screen_hour.c.screen, screen_hour.c.hour).in_(oldest.group_by(screen_hour.c.screen))
    return [ScreenHour(*row) for row in conn.execute(select(*_COLUMNS).where(mine).order_by(screen_hour.c.screen))]


def delete_old(conn: Connection, before: datetime, most: int) -> int:
    """Delete at most `most` rows from before the moment; returns how many."""
    key = (screen_hour.c.screen, screen_hour.c.hour)
    old = select(*key).where(screen_hour.c.hour < before).limit(most)
    return conn.execute(delete(screen_hour).where(tuple_(*key).in_(old))).rowcount


_COLUMNS = (screen_hour.c.screen, screen_hour.c.hour, screen_hour.c.minutes)
