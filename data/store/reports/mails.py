"""Mails with a report: queued when it is made, and what became of them. Each revision and language is mailed once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, and_, select, update

from data.store.db.engine import insert_into
from data.store.db.schema.reports import report_mail


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail; it waits while it is neither sent nor refused."""

    id: int
    revision_id: int
    lang: str
    queued_at: datetime
    attempts: int
    next_at: datetime
    """When to try (again)."""
    sent_at: datetime | None
    refused_at: datetime | None
    reason: str | None
    """Why the last try failed, or whom the server refused, in the store's form of a reason."""


_WAITS = and_(report_mail.c.sent_at.is_(None), report_mail.c.refused_at.is_(None))


def add(conn: Connection, revision_id: int, lang: str, now: datetime) -> None:
    """Queue it; one that was queued before stays as it is."""
    row = {"revision_id": revision_id, "lang": lang, "queued_at": now, "next_at": now}
    conn.execute(insert_into(conn, report_mail).values(row).on_conflict_do_nothing())


def oldest_waiting(conn: Connection) -> Mail | None:
    """The next in order, due or not."""
    return _first(conn, select(report_mail).where(_WAITS).order_by(report_mail.c.id).limit(1))


def by_id(conn: Connection, mail_id: int) -> Mail | None:
    """One mail."""
    return _first(conn, select(report_mail).where(report_mail.c.id == mail_id))


def newest(conn: Connection, limit: int) -> list[Mail]:
    """The newest first."""
    rows = conn.execute(select(report_mail).order_by(report_mail.c.id.desc()).limit(limit)).mappings()
    return [_read(row) for row in rows]


def failing(conn: Connection) -> list[Mail]:
    """Those that were refused, and those that wait after a failed try; the oldest first."""
    rows = select(report_mail).where(report_mail.c.sent_at.is_(None), report_mail.c.reason.is_not(None))
    return [_read(row) for row in conn.execute(rows.order_by(report_mail.c.id)).mappings()]


def begin(conn: Connection, mail: Mail, next_at: datetime) -> None:
    """A try begins. Should its process die, the next one is at `next_at`."""
    _write(conn, mail.id, attempts=mail.attempts + 1, next_at=next_at)


def fail(conn: Connection, mail: Mail, why: str, *, refused_at: datetime | None = None) -> None:
    """The try failed; refused_at: for good."""
    _write(conn, mail.id, reason=why, refused_at=refused_at)


def sent(conn: Connection, mail: Mail, now: datetime, why: str | None) -> None:
    """The mail server took it; why: for whom it did not."""
    _write(conn, mail.id, sent_at=now, reason=why)


def send_again(conn: Connection, mail: Mail, now: datetime) -> None:
    """One that was refused, or waits, is tried at once. What is sent stays sent."""
    if mail.sent_at is None:
        _write(conn, mail.id, attempts=0, next_at=now, refused_at=None)


def _write(conn: Connection, mail_id: int, **values: object) -> None:
    conn.execute(update(report_mail).where(report_mail.c.id == mail_id).values(**values))


def _first(conn: Connection, asked: Select[tuple[object, ...]]) -> Mail | None:
    row = conn.execute(asked).mappings().one_or_none()
    return None if row is None else _read(row)


def _read(row: RowMapping) -> Mail:
    return Mail(**{name: row[name] for name in Mail.__slots__})
