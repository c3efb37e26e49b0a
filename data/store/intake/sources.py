"""The health and cursor of each source, and the leases: which process may poll a source or sweep, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, select, update

from data.store.db.change_feed import record_change
from data.store.db.engine import insert_into
from data.store.db.schema.cases import lease, source

CLOCKS_APART = timedelta(minutes=5)
"""How far the clocks of two machines may differ; a lease that was taken later than that was dated by a wrong clock."""


class Holder(NamedTuple):
    """Who holds a lease, and until when."""

    owner: str
    until: datetime


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source's row: moments aware UTC, None for 'never'."""

    name: str
    cursor: str | None = None
    last_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    last_record_at: datetime | None = None
    failing_since: datetime | None = None
    error: str | None = None
    """Why it fails; while it does not fail, what people should know of its last fetch."""
    delivered: int = 0
    rejected: int = 0
    lag_s: int | None = None


def state_of(conn: Connection, name: str) -> SourceState:
    """A source's state; that of one never asked is empty."""
    row = conn.execute(select(source).where(source.c.name == name)).mappings().one_or_none()
    return SourceState(name) if row is None else SourceState(**row)


def states(conn: Connection) -> dict[str, SourceState]:
    """The state of every source that was ever asked, by name."""
    return {row["name"]: SourceState(**row) for row in conn.execute(select(source)).mappings()}


def cursor_of(conn: Connection, name: str) -> str | None:
    """The cursor from which the next fetch continues."""
    return conn.execute(select(source.c.cursor).where(source.c.name == name)).scalar_one_or_none()


def set_cursor(conn: Connection, name: str, cursor: str | None) -> None:
    """Save the cursor, in the transaction that stores the records before it."""
    _ensure(conn, name)
    conn.execute(update(source).where(source.c.name == name).values(cursor=cursor))


def succeeded(
    conn: Connection,
    name: str,
    now: datetime,
    *,
    records: int = 0,
    newest: datetime | None = None,
    remark: str | None = None,
) -> bool:
    """Write a successful fetch with `records` new records, the newest received at `newest`; True when the source had
    been failing.

    remark: what is to be said of it although it succeeded, as `encode_reason` encodes it. The first success, a
    return and another remark are changes in the feed: new records have changes of their own.
    """
    before = _ensure(conn, name)
    values: dict[str, object] = {"last_attempt_at": now, "last_success_at": now, "failing_since": None, "error": remark}
    values |= _mended(before, now)
    if records:
        values |= {"last_record_at": now, "delivered": source.c.delivered + records}
    if newest is not None:
        values["lag_s"] = max(0, int((now - newest).total_seconds()))
    conn.execute(update(source).where(source.c.name == name).values(values))
    returned = before.failing_since is not None
    if returned or before.last_success_at is None or before.error != remark:
        record_change(conn, "source", now, source=name)
    return returned


def add_delivered(conn: Connection, name: str, now: datetime, records: int) -> None:
    """Count new records that came by an upload; this does not change the source's health."""
    _ensure(conn, name)
    if records:
        more = {"last_record_at": now, "delivered": source.c.delivered + records}
        conn.execute(update(source).where(source.c.name == name).values(more))


def failed(conn: Connection, name: str, now: datetime, error: str) -> bool:
    """Write a failed fetch; True (and a change in the feed) when the source was not failing before."""
    before = _ensure(conn, name)
    since = min(before.failing_since or now, now)
    values: dict[str, object] = {"last_attempt_at": now, "failing_since": since, "error": error, **_mended(before, now)}
    conn.execute(update(source).where(source.c.name == name).values(values))
    fell = before.failing_since is None
    if fell:
        record_change(conn, "source", now, source=name)
    return fell


def count_rejected(conn: Connection, name: str, more: int) -> None:
    """Update the number of records in the rejected table."""
    _ensure(conn, name)
    conn.execute(update(source).where(source.c.name == name).values(rejected=source.c.rejected + more))


def claim(conn: Connection, name: str, owner: str, now: datetime, for_s: float) -> bool:
    """Take or renew the lease `name` for `for_s` seconds; False while another owner holds it.

    A lease that was taken in the future is none: the clock was set back, and it would last for as long as that.
    """
    until = now + timedelta(seconds=for_s)
    statement = insert_into(conn, lease).values(name=name, owner=owner, since=now, until=until)
    statement = statement.on_conflict_do_update(
        index_elements=["name"],
        set_={"owner": owner, "since": now, "until": until},
        where=(lease.c.until <= now) | (lease.c.since > now + CLOCKS_APART) | (lease.c.owner == owner),
    )
    return conn.execute(statement.returning(lease.c.owner)).scalar_one_or_none() == owner


def release(conn: Connection, name: str, owner: str) -> None:
    """Release a lease, unless another owner has it."""
    conn.execute(delete(lease).where(lease.c.name == name, lease.c.owner == owner))


def holder(conn: Connection, name: str) -> Holder | None:
    """Who has a lease, expired or not; None when there is no such lease."""
    row = conn.execute(select(lease.c.owner, lease.c.until).where(lease.c.name == name)).one_or_none()
    return None if row is None else Holder(*row)


def take_over(conn: Connection, name: str, dead: str, owner: str, now: datetime, *, for_s: float) -> bool:
    """Take a lease from the owner `dead` before it expires; False when another process was faster."""
    release(conn, name, dead)
    return claim(conn, name, owner, now, for_s)


def _mended(before: SourceState, now: datetime) -> dict[str, object]:
    """A last record of the future was dated by a clock that ran ahead: its silence counts from now."""
    ahead = before.last_record_at is not None and before.last_record_at > now + CLOCKS_APART
    return {"last_record_at": now} if ahead else {}


def _ensure(conn: Connection, name: str) -> SourceState:
    conn.execute(insert_into(conn, source).values(name=name).on_conflict_do_nothing(index_elements=["name"]))
    return state_of(conn, name)
