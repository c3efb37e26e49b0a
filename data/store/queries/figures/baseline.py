"""The usual values of the strip's figures at this time of this weekday, computed now and then and stored in a table.

Scanning four weeks of cases takes longer than a wall may wait, and the usual values do not change within minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select

from data.domain.city.model import City
from data.domain.figures.kpis import median
from data.store.db.engine import reading, writing
from data.store.db.schema.cases import case, usual
from data.store.db.types import EpochSeconds
from data.store.queries.figures.counts import counts_at, midnight, on_time, received

WEEKS = 4
FEWEST_WEEKS = 2
"""With less history there are no usual values."""
EVERY = timedelta(minutes=5)
GOOD_FOR = timedelta(minutes=20)
_FROM, _TO = bindparam("first", type_=EpochSeconds()), bindparam("last", type_=EpochSeconds())
_KNOWN = select(usual.c.name, usual.c.value).where(usual.c.at.between(_FROM, _TO), usual.c.value.is_not(None))


def refresh(engine: Engine, city: City, now: datetime, every: timedelta = EVERY) -> bool:
    """Compute the usual values again when the stored ones are older than `every`; True when it did.

    Reads in one transaction and writes in another, so that other writers do not wait for the reading.
    """
    with reading(engine) as conn:
        if _age(conn, now) < every:
            return False
        values = usual_values(conn, city, now)
    with writing(engine) as conn:
        save(conn, values, now)
    return True


def known(conn: Connection, now: datetime) -> dict[str, float]:
    """The stored values by figure, unless they are of another time of day; figures without history are missing."""
    rows = conn.execute(_KNOWN, {"first": now - GOOD_FOR, "last": now + GOOD_FOR}).all()
    return {row.name: row.value for row in rows}


def usual_values(conn: Connection, city: City, now: datetime) -> dict[str, float | None]:
    """Medians over the last weeks' same weekday up to the same local time; empty without history."""
    oldest = conn.execute(select(func.min(case.c.received_at))).scalar_one()
    moments = [at for at in _weeks_back(city, now) if oldest is not None and oldest <= midnight(city, at)]
    if len(moments) < FEWEST_WEEKS:
        return {}
    weeks = [_of(conn, city, at) for at in moments]
    return {name: median(value for week in weeks if (value := week[name]) is not None) for name in weeks[0]}


def save(conn: Connection, values: Mapping[str, float | None], now: datetime) -> None:
    """Store values in place of the former ones."""
    conn.execute(delete(usual))
    rows = [{"name": name, "value": value, "at": now} for name, value in values.items()]
    if rows:
        conn.execute(insert(usual), rows)


def _of(conn: Connection, city: City, at: datetime) -> dict[str, float | None]:
    counts = counts_at(conn, at)
    return {
        "received": received(conn, city, at),
        "open": counts.open,
        "overdue": counts.overdue,
        "on_time": on_time(conn, city, at).value,
    }


def _weeks_back(city: City, now: datetime) -> list[datetime]:
    local = now.astimezone(ZoneInfo(city.timezone))
    return [local - timedelta(weeks=week) for week in range(1, WEEKS + 1)]


def _age(conn: Connection, now: datetime) -> timedelta:
    at = conn.execute(select(func.max(usual.c.at))).scalar_one()
    return timedelta.max if at is None else abs(now - at)
