"""Records that could not be read: kept with reason and payload, counted, tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, select, update

from data.store import hours
from data.store.changes import record_change
from data.store.engine import insert_into
from data.store.schema import rejected
from data.store.sources import count_rejected


@dataclass(frozen=True, slots=True)
class Refused:
    """One record that cannot be read; `payload` as received, JSON text."""

    source: str
    external_id: str
    reason: str
    payload: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of the rejected table."""

    id: int
    refused: Refused
    at: datetime
    """When it first came."""
    attempts: int
    retried_at: datetime | None


def keep(conn: Connection, refused: Refused, now: datetime) -> bool:
    """Keep a record; True when it is new. One that is there already gets the later reason and payload."""
    columns = {
        "source": refused.source,
        "external_id": refused.external_id,
        "reason": refused.reason,
        "payload": refused.payload,
    }
    statement = insert_into(conn, rejected).values(at=now, **columns)
    statement = statement.on_conflict_do_nothing(index_elements=["source", "external_id"])
    if conn.execute(statement.returning(rejected.c.id)).scalar_one_or_none() is None:
        conn.execute(update(rejected).where(_is(refused.source, refused.external_id)).values(columns))
        return False
    count_rejected(conn, refused.source, 1)
    hours.count(conn, refused.source, now, rejected=1)
    record_change(conn, "rejected_record", now, source=refused.source)
    return True


def waiting(conn: Connection, source: str | None = None, limit: int = 1000, after: int = 0) -> list[Kept]:
    """Kept records with an id above `after`, oldest first."""
    statement = select(rejected).where(rejected.c.id > after).order_by(rejected.c.id).limit(limit)
    if source is not None:
        statement = statement.where(rejected.c.source == source)
    return [read_kept(row) for row in conn.execute(statement).mappings()]


def tried_again(conn: Connection, kept_id: int, reason: str, now: datetime) -> None:
    """It was tried again and still cannot be read, for `reason`."""
    values = {"reason": reason, "retried_at": now, "attempts": rejected.c.attempts + 1}
    conn.execute(update(rejected).where(rejected.c.id == kept_id).values(values))


def forget(conn: Connection, source: str, external_id: str, now: datetime) -> bool:
    """It has been read at last; True when it was kept."""
    if conn.execute(delete(rejected).where(_is(source, external_id))).rowcount == 0:
        return False
    count_rejected(conn, source, -1)
    record_change(conn, "rejected_record", now, source=source)
    return True


def correct(conn: Connection, kept_id: int, before: str, after: str) -> bool:
    """Put a corrected payload in the place of one that is still `before`; False when another has come meanwhile."""
    still = (rejected.c.id == kept_id) & (rejected.c.payload == before)
    return conn.execute(update(rejected).where(still).values(payload=after)).rowcount == 1


def _is(source: str, external_id: str) -> ColumnElement[bool]:
    return (rejected.c.source == source) & (rejected.c.external_id == external_id)


def read_kept(row: RowMapping) -> Kept:
    """A row of the table."""
    refused = Refused(row["source"], row["external_id"], row["reason"], row["payload"])
    return Kept(row["id"], refused, row["at"], row["attempts"], row["retried_at"])
