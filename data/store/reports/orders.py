"""What was ordered at /laporan or by the calendar, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from data.store.db.schema.reports import report_order
from data.store.reports.revisions import ReportKey

WAITING = "waiting"
"""The step of an order that nobody has begun."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order."""

    id: int
    key: ReportKey
    lang: str
    at: datetime
    by: str
    started_at: datetime | None
    step: str
    ended_at: datetime | None
    reason: str | None
    """Why there is no report, in the store's form of a reason."""
    revision_id: int | None


def add(conn: Connection, key: ReportKey, lang: str, by: str, now: datetime) -> int:
    """Order a report; the id of an order of the same that still waits, if there is one."""
    waiting = next((each for each in _waiting(conn) if (each.key, each.lang) == (key, lang)), None)
    if waiting is not None:
        return waiting.id
    row = {
        "first": key.first.isoformat(),
        "last": key.last.isoformat(),
        "agency": key.agency,
        "lang": lang,
        "at": now,
        "by": by,
    }
    number: int = conn.execute(insert(report_order).values(row).returning(report_order.c.id)).scalar_one()
    return number


def next_waiting(conn: Connection) -> Order | None:
    """The oldest that is not ended, whether somebody had begun it or not."""
    return next(iter(_waiting(conn)), None)


def newest(conn: Connection, limit: int) -> list[Order]:
    """The newest first."""
    rows = conn.execute(select(report_order).order_by(report_order.c.id.desc()).limit(limit)).mappings()
    return [_read(row) for row in rows]


def was_ordered(conn: Connection, key: ReportKey, lang: str, by: str) -> bool:
    """Whether somebody has ordered it ever."""
    columns = report_order.c
    found = select(columns.id).where(
        columns.first == key.first.isoformat(),
        columns.last == key.last.isoformat(),
        columns.agency == key.agency,
        columns.lang == lang,
        columns.by == by,
    )
    return conn.execute(found.limit(1)).first() is not None


def begin(conn: Connection, order_id: int, step: str, now: datetime) -> None:
    """A step begins."""
    _write(conn, order_id, started_at=now, step=step)


def end(
    conn: Connection, order_id: int, now: datetime, *, revision_id: int | None = None, why: str | None = None
) -> None:
    """It is made, or cannot be."""
    _write(conn, order_id, ended_at=now, revision_id=revision_id, reason=why)


def _write(conn: Connection, order_id: int, **values: object) -> None:
    conn.execute(update(report_order).where(report_order.c.id == order_id).values(**values))


def _waiting(conn: Connection) -> list[Order]:
    found = select(report_order).where(report_order.c.ended_at.is_(None)).order_by(report_order.c.id)
    return [_read(row) for row in conn.execute(found).mappings()]


def _read(row: RowMapping) -> Order:
    key = ReportKey(date.fromisoformat(row["first"]), date.fromisoformat(row["last"]), row["agency"])
    return Order(key=key, **{name: row[name] for name in Order.__slots__ if name != "key"})
