"""The change feed: an ever-growing number for everything new, written in the transaction that made it new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, RowMapping, bindparam, func, insert, select, text

from data.store.db.engine import CHANNEL, WRITERS_LOCK
from data.store.db.follower import Follower
from data.store.db.schema import change

__all__ = ["Change", "Follower", "NewChange", "latest", "record_change", "record_changes", "since"]

_LOCK_AND_NOTIFY = text(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK}), pg_notify('{CHANNEL}', '')")
_SINCE = (
    select(change)
    .where(change.c.seq > bindparam("seq", type_=BigInteger()))
    .order_by(change.c.seq)
    .limit(bindparam("most", type_=BigInteger()))
)
_LATEST = select(func.max(change.c.seq))


@dataclass(frozen=True, slots=True)
class NewChange:
    """A change to be numbered. `at`: when it took effect."""

    kind: str
    """An EventKind, or warned, breached, imported, source, rejected_record, boundaries."""
    at: datetime
    case_id: int | None = None
    agency: str | None = None
    source: str | None = None
    count: int = 1


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
    """Number one change; its number."""
    return record_changes(conn, [NewChange(kind, now, case_id, agency, source, count)])


def record_changes(conn: Connection, new: Sequence[NewChange]) -> int:
    """Number several changes in their order; the last number, 0 when there are none.

    On PostgreSQL the writers' lock is held from here to the commit, so that numbers become visible in order.
    """
    if not new:
        return 0
    if conn.dialect.name == "postgresql":
        conn.execute(_LOCK_AND_NOTIFY)
    for one in new[:-1]:
        conn.execute(insert(change), _columns(one))
    last = conn.execute(insert(change).returning(change.c.seq), _columns(new[-1]))
    return int(last.scalar_one())


def _columns(new: NewChange) -> dict[str, Any]:
    return {
        "kind": new.kind,
        "at": new.at,
        "case_id": new.case_id,
        "agency": new.agency,
        "source": new.source,
        "count": new.count,
    }


def since(conn: Connection, seq: int, limit: int) -> list[Change]:
    """Changes with a number above `seq`, oldest first, at most `limit`."""
    rows = conn.execute(_SINCE, {"seq": seq, "most": limit}).mappings()
    return [_read(row) for row in rows]


def latest(conn: Connection) -> int:
    """The highest number; 0 when nothing ever changed."""
    highest: int | None = conn.execute(_LATEST).scalar_one()
    return highest or 0


def _read(row: RowMapping) -> Change:
    return Change(row["seq"], row["at"], row["kind"], row["case_id"], row["agency"], row["source"], row["count"])
