"""The change feed: an ever-growing number for everything new, written in the transaction that made it new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, RowMapping, bindparam, delete, func, insert, select, text

from data.store.db.engine import CHANNEL, WRITERS_LOCK
from data.store.db.follower import Follower
from data.store.db.schema.cases import change
from data.store.db.types import EpochSeconds

__all__ = ["Change", "Follower", "NewChange", "latest", "record_change", "record_changes", "since"]

_LOCK_AND_NOTIFY = text(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK}), pg_notify('{CHANNEL}', '')")
_RECORD = insert(change).returning(change.c.seq)
_SINCE = (
    select(change)
    .where(change.c.seq > bindparam("seq", type_=BigInteger()))
    .order_by(change.c.seq)
    .limit(bindparam("most", type_=BigInteger()))
)
_LATEST = select(func.max(change.c.seq))
_AT = (
    select(change.c.seq)
    .where(change.c.recorded_at <= bindparam("moment", type_=EpochSeconds()))
    .order_by(change.c.seq.desc())
    .limit(1)
)
HISTORY_KEPT = "history_kept"
"""The kind of the change from which on the past of an older store is kept."""


@dataclass(frozen=True, slots=True)
class NewChange:
    """A change to be numbered. `at`: when it took effect."""

    kind: str
    """An EventKind, or warned, breached, imported, source, rejected_record, boundaries, placed (cases by a new map),
    revised (values of a case were replaced without an event), warning (to the public), history_kept (by a migration:
    from here on the store keeps what was known before), restored (from a backup)."""
    at: datetime
    case_id: int | None = None
    agency: str | None = None
    source: str | None = None
    count: int = 1
    first_case_id: int | None = None
    """Of an import: its cases have the ids from here to `last_case_id`."""
    last_case_id: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the feed."""

    seq: int
    at: datetime
    kind: str
    case_id: int | None
    agency: str | None
    source: str | None
    count: int
    recorded_at: datetime | None
    """None: before the store kept it, at or before the change `history_kept`."""
    first_case_id: int | None = None
    last_case_id: int | None = None


def record_change(
    conn: Connection,
    kind: str,
    now: datetime,
    *,
    case_id: int | None = None,
    agency: str | None = None,
    source: str | None = None,
    count: int = 1,
) -> int:
    """Number one change that takes effect now; its number."""
    return record_changes(conn, [NewChange(kind, now, case_id, agency, source, count)], now)[0]


def record_changes(conn: Connection, new: Sequence[NewChange], now: datetime) -> list[int]:
    """Number several changes in their order; their numbers. `now`: when they are recorded.

    On PostgreSQL the writers' lock is held from here to the commit, so that numbers become visible in order.
    """
    if not new:
        return []
    if conn.dialect.name == "postgresql":
        conn.execute(_LOCK_AND_NOTIFY)
    return [int(conn.execute(_RECORD, _columns(one) | {"recorded_at": now}).scalar_one()) for one in new]


def _columns(new: NewChange) -> dict[str, Any]:
    return {name: getattr(new, name) for name in NewChange.__slots__}


def since(conn: Connection, seq: int, limit: int) -> list[Change]:
    """Changes with a number above `seq`, oldest first, at most `limit`."""
    rows = conn.execute(_SINCE, {"seq": seq, "most": limit}).mappings()
    return [_read(row) for row in rows]


def latest(conn: Connection) -> int:
    """The highest number; 0 when nothing ever changed."""
    highest: int | None = conn.execute(_LATEST).scalar_one()
    return highest or 0


def number_at(conn: Connection, moment: datetime) -> int:
    """The number of the last change that was recorded at or before the moment; 0 when none is known."""
    found: int | None = conn.execute(_AT, {"moment": moment}).scalar_one_or_none()
    return found or 0


def is_complete(conn: Connection) -> bool:
    """False when `delete_old` has removed changes."""
    first: int | None = conn.execute(select(func.min(change.c.seq))).scalar_one()
    return first in {None, 1}


def delete_old(conn: Connection, before: datetime, most: int) -> int:
    """Delete at most `most` changes recorded before the moment, the oldest first; returns how many.

    The newest stays, whatever its age, because numbers go on from it; and the one from which on the past is kept.
    """
    last = min(number_at(conn, before), latest(conn) - 1)
    old = select(change.c.seq).where(change.c.seq <= last, change.c.kind != HISTORY_KEPT)
    chosen = old.order_by(change.c.seq).limit(most).subquery()
    return conn.execute(delete(change).where(change.c.seq.in_(select(chosen.c.seq)))).rowcount


def _read(row: RowMapping) -> Change:
    return Change(**{name: row[name] for name in Change.__slots__})
