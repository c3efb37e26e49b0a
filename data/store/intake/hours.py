"""Counts of each source by the hour. The source's days are drawn from them, and its rhythm is learnt from them.

The hour is that of arrival, not of the record's own times: a history of ten years counts in the hour of its import.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, tuple_

from data.domain.sources.days import Hour
from data.store.db.engine import insert_into
from data.store.db.schema.intake import source_hour

_HOUR_S = 3600
_COUNTS = ("delivered", "updated", "rejected", "fetches", "failures")


def hour_of(at: datetime) -> datetime:
    """The first second of its hour."""
    return at - timedelta(seconds=at.timestamp() % _HOUR_S)


def count(
    conn: Connection,
    source: str,
    now: datetime,
    *,
    delivered: int = 0,
    updated: int = 0,
    rejected: int = 0,
    fetches: int = 0,
    failures: int = 0,
) -> None:
    """Add to the hour of `now`."""
    more = dict(zip(_COUNTS, (delivered, updated, rejected, fetches, failures), strict=True))
    more = {name: n for name, n in more.items() if n}
    if not more:
        return
    statement = insert_into(conn, source_hour).values(source=source, hour=hour_of(now), **more)
    sums = {name: source_hour.c[name] + statement.excluded[name] for name in more}
    conn.execute(statement.on_conflict_do_update(index_elements=["source", "hour"], set_=sums))


def of(conn: Connection, source: str, since: datetime) -> list[Hour]:
    """The hours of a source from that of `since` on, oldest first."""
    return of_all(conn, [source], since)[source]


def of_all(conn: Connection, sources: Sequence[str], since: datetime) -> dict[str, list[Hour]]:
    """The same of several sources, by name."""
    columns = [source_hour.c[name] for name in ("source", "hour", *_COUNTS)]
    asked = source_hour.c.source.in_(sources) & (source_hour.c.hour >= hour_of(since))
    found: dict[str, list[Hour]] = {name: [] for name in sources}
    for name, *row in conn.execute(select(*columns).where(asked).order_by(source_hour.c.source, source_hour.c.hour)):
        found[name].append(Hour(*row))
    return found


def delete_old(conn: Connection, before: datetime, most: int) -> int:
    """Delete at most `most` rows from before the moment; returns how many."""
    key = (source_hour.c.source, source_hour.c.hour)
    old = select(*key).where(source_hour.c.hour < before).limit(most)
    return conn.execute(delete(source_hour).where(tuple_(*key).in_(old))).rowcount
